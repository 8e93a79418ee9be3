"""Kernel IR -> source, through the templates of a back end.

Imported only when something has to be compiled: a warm start must not pay for
Jinja2 or SymPy.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path

import jinja2
import numpy as np

from annlab.codegen.clike.layout import Layout
from annlab.codegen.clike.population import PopulationBuilder
from annlab.codegen.clike.projection import ProjectionBuilder
from annlab.codegen.lowering import lower_neuron, lower_synapse
from annlab.ir.model import NeuronModel, SynapseModel

_PROJECTION_FUNCTIONS = (
    "deliver", "deliver_axon", "accumulate", "accumulate_axon", "post_events", "commit_traces",
    "transmit", "update_global", "update_semiglobal", "update_synapses",
)  # fmt: skip


@dataclass(frozen=True)
class Renderer:
    """Prints kernels by the templates ``population`` and ``projection`` of a folder.

    Attributes
    ----------
    suffix
        What the names of the templates end in, e.g. ``.cpp.j2``.
    population_builder, projection_builder
        Make the contexts.
    """

    folder: Path
    suffix: str
    population_builder: type[PopulationBuilder] = PopulationBuilder
    projection_builder: type[ProjectionBuilder] = ProjectionBuilder

    def population(self, model: NeuronModel, float_type: np.dtype) -> tuple[str, dict]:
        """Return the source of a population's kernel and its manifest.

        The manifest says what the binder must know: the keys of the slots in order and the names
        of the exported functions.
        """
        context, slots = self.population_builder(lower_neuron(model), float_type).build()
        functions = ["update"]
        functions += ["update_global"] if context.has_global else []
        functions += ["check_stop"] if context.stop else []
        return self._render("population", context), {"slots": slots, "functions": functions}

    def projection(
        self, model: SynapseModel, layout: Layout, float_type: np.dtype
    ) -> tuple[str, dict]:
        """Return the source of a projection's kernels and its manifest (see `population`)."""
        builder = self.projection_builder(lower_synapse(model), layout, float_type)
        context, slots = builder.build()
        manifest = {
            "slots": slots,
            "functions": [n for n in _PROJECTION_FUNCTIONS if getattr(context, n, None)],
            "variants": [suffix for suffix, _ in context.variants],
            "runs_ahead": context.runs_ahead is not None,
        }
        return self._render("projection", context), manifest

    @cached_property
    def _environment(self) -> jinja2.Environment:
        return jinja2.Environment(
            loader=jinja2.FileSystemLoader(self.folder),
            undefined=jinja2.StrictUndefined,
            keep_trailing_newline=True,
            autoescape=False,
        )

    def _render(self, template: str, context: object) -> str:
        values = {f.name: getattr(context, f.name) for f in fields(context)}  # type: ignore[arg-type]
        text = self._environment.get_template(template + self.suffix).render(values)
        return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"
