"""Population kernel -> CUDA C: what differs from C++ for the CPU.

A thread is a neuron: it draws its numbers itself, and notes that it spiked in a
word that it shares with its warp.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from annlab.codegen.clike.body import Line, draw_unit, draw_value
from annlab.codegen.clike.population import DrawLines, PopulationBuilder, PopulationContext
from annlab.codegen.cuda.dialect import dialect
from annlab.ir.model import Draw

SETTLING = 7  # slots of what arrives: two targets, and where there are more
_UNITS = {
    "Normal": "normal",
    "LogNormal": "normal",
    "Uniform": "uniform",
    "DiscreteUniform": "uniform",
    "Exponential": "uniform",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicePopulationContext(PopulationContext):
    """All that the template prints.

    Attributes
    ----------
    arrays
        What is read of each neuron.
    """

    arrays: list[str]


class DevicePopulationBuilder(PopulationBuilder):
    """Makes the context of ``population.cu.j2``."""

    dialect = staticmethod(dialect)
    rings = ("fired",)

    def build(self) -> tuple[DevicePopulationContext, list[str]]:
        context, slots = super().build()
        values = {f.name: getattr(context, f.name) for f in fields(context)}
        arrays = [line.place.array for line in context.loads if line.place and line.is_of("i")]
        if context.has_refractory:
            arrays.append("_frozen_until")
        return DevicePopulationContext(**values, arrays=arrays), slots

    def _fixed_slots(self) -> dict[str, int]:
        settling = {f"settling_{k}": self.slots(f"settling.{k}") for k in range(SETTLING)}
        return {**super()._fixed_slots(), **settling}

    def _draw(self, draw: Draw) -> DrawLines:
        name, stream = f"_unit_{draw.index}", self._stream(draw)
        kind = _UNITS.get(draw.distribution.name)
        if kind is not None:
            unit = f"annlab::{kind}_of_neuron({stream}, _now->step, i, real())"
        else:
            unit = draw_unit(draw, self.printer, stream, "i")
        fill = Line(f"const real {name} = {unit};", draw.distribution.name)
        value = draw_value(draw, self.printer, name)
        load = Line(f"const real _rand_{draw.index} = {value};")
        return DrawLines(array=name, fill=fill, load=load)
