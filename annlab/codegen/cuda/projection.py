"""Projection kernel -> CUDA C: what differs from C++ for the CPU."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import ClassVar

from annlab.codegen.clike.body import Place
from annlab.codegen.clike.projection import Function, ProjectionBuilder, ProjectionContext
from annlab.codegen.cuda.dialect import dialect
from annlab.codegen.lowering.kernel import Statement
from annlab.ir.expr import Locality, Side, Symbol, SymbolKind


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceProjectionContext(ProjectionContext):
    """All that the template prints.

    Attributes
    ----------
    accumulate, accumulate_axon
        Whether spikes (axonal ones) do no more than add the weights of their synapses.
    """

    accumulate: bool
    accumulate_axon: bool


class DeviceProjectionBuilder(ProjectionBuilder):
    """Makes the context of ``projection.cu.j2``; see ``native/storage.cuh`` for the slots."""

    dialect = staticmethod(dialect)
    storage_slots: ClassVar = {"dense": 1, "csr": 8, "one_to_one": 1}
    may_run_ahead = False  # a second pass over the weights costs less than to keep the sums
    is_streaming = False  # while the function that only reads the synapses is made

    def build(self) -> tuple[DeviceProjectionContext, list[str]]:
        context, slots = super().build()
        values = {f.name: getattr(context, f.name) for f in fields(context)}
        found = DeviceProjectionContext(
            **values,
            accumulate=self._adds_weights(self.kernel.pre_spike),
            accumulate_axon=context.deliver_axon is not None
            and self._adds_weights(self.kernel.pre_axon_spike or self.kernel.pre_spike),
        )
        return found, slots

    def _transmit(self) -> Function:
        """As on the CPU; what each synapse has is read once in a step."""
        self.is_streaming = self.layout.major is Side.POST
        function = super()._transmit()
        self.is_streaming = False
        return function

    def _of_synapse(self, array: str) -> Place:
        place = super()._of_synapse(array)
        if self.is_streaming:
            return replace(place, text=f"annlab::streamed({array} + k)")
        return place

    def _fixed(self) -> list[str]:
        names = super()._fixed()
        if self.kernel.psp is not None:
            names.append("begins")
        events = (self.kernel.pre_spike, self.kernel.pre_axon_spike)
        if any(self._adds_weights(statements) for statements in events):
            targets = range(self.layout.n_targets)
            names += ["sharing", *(f"{part}:{k}" for part in ("pending", "scale") for k in targets)]
        return names

    def _adds_weights(self, statements: Sequence[Statement]) -> bool:
        """Tell whether events add weights that nothing changes, and do nothing else.

        Such sums may be taken in any order if they are taken over integers.
        """
        return (
            self.layout.major is Side.PRE
            and not self.layout.is_decoding
            and not self.kernel.event_driven
            and self._can_share_weight()
            and len(statements) == 1
            and all(_adds_weight(s) for s in statements)
        )


def _adds_weight(statement: Statement) -> bool:
    value = statement.value
    return (
        statement.target.kind is SymbolKind.CONDUCTANCE
        and statement.is_increment
        and not statement.unless_post
        and statement.minimum is None
        and statement.maximum is None
        and isinstance(value, Symbol)
        and (value.kind, value.name) == (SymbolKind.ATTRIBUTE, "w")
        and value.side is Side.OWN
        and value.locality is Locality.LOCAL
    )
