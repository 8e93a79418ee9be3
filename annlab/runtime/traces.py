"""Event-driven variables kept once per neuron instead of once per synapse.

A variable that only presynaptic (or only postsynaptic) events change, with
parameters that are the same for the whole projection, has the same value at all
synapses of that neuron. Kernels then walk one array of neurons instead of three
of synapses. Users see one value per synapse, as it was at that synapse's last
event: `TraceMirror.publish` writes those, and `take_back` looks whether they
were changed.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from annlab.ir.expr import Side, Symbol, SymbolKind
from annlab.ir.model import Method, SynapseModel
from annlab.runtime.memory import aligned
from annlab.runtime.state import NO_EVENT, NetworkState, ProjectionState


def may_have_traces(p: ProjectionState) -> bool:
    """Tell whether all event-driven variables of a projection can be traces of neurons now.

    All synapses of a presynaptic neuron must see its spike in the same step, all must have the
    same value as of the same step, and none may have come later (structural plasticity).
    """
    model = p.model
    return (
        _is_provable(model)
        and p.storage.major is Side.PRE
        and p.storage.delays is None
        and p.decoding_window is None
        and (p.structure is None or not p.structure.has_created)
        and p._last_event is not None
        and _is_uniform(p, p._last_event)
        and all(_is_uniform(p, p.values.raw(name)) for name, _ in model.trace_sides)
    )


def _is_provable(model: SynapseModel) -> bool:
    wanted = {e.variable.name for e in model.equations if e.method is Method.EVENT_DRIVEN}
    has_axon = bool(model.pre_axon_spike) or model.axon_same_as_spike
    return bool(wanted) and wanted == dict(model.trace_sides).keys() and not has_axon


def _is_uniform(p: ProjectionState, array: NDArray) -> bool:
    _, _, positions = p.storage.pairs()
    values = array[positions]
    return len(values) == 0 or bool(np.all(values == values[0]))


class TraceMirror:
    """The traces of one projection; see the module.

    Attributes
    ----------
    traces
        Name -> values of the neurons of its side.
    events
        Side -> step at which the values of that side are valid (int64).
    """

    def __init__(self, p: ProjectionState, network: NetworkState) -> None:
        self._p = p
        self._network = network
        self._storage = p.storage
        self.sides = dict(p.model.trace_sides)
        self.names = frozenset(self.sides)
        populations = {Side.PRE: p.pre, Side.POST: p.post}
        _, _, positions = p.storage.pairs()
        last_event = p._last_event
        valid = NO_EVENT
        if last_event is not None and len(positions):
            valid = int(last_event[positions[0]])
        self.events = {s: aligned(q.n, np.int64, valid) for s, q in populations.items()}
        self.traces: dict[str, NDArray] = {}
        for name, side in self.sides.items():
            values = p.values.raw(name)
            first = values[positions[0]] if len(positions) else 0
            self.traces[name] = aligned(populations[side].n, values.dtype, first)
        self._storage, self._arrays = p.storage, self._arrays_now()
        self._published: dict[str, NDArray] | None = None

    def _arrays_now(self) -> list[NDArray | None]:
        return [*(self._p.values.raw(name) for name in self.names), self._p._last_event]

    def fits(self) -> bool:
        """Tell whether the projection still has the synapses and arrays of the beginning."""
        pairs = zip(self._arrays, self._arrays_now(), strict=True)
        return self._p.storage is self._storage and all(old is new for old, new in pairs)

    def rebind(self) -> None:
        """Go on with the synapses that are left after others have gone."""
        self._storage, self._arrays = self._p.storage, self._arrays_now()

    def publish(self) -> None:
        """Write into the projection's arrays what each synapse saw at its last event."""
        if self._published is not None:
            return
        p = self._p
        pre, post, positions = p.storage.pairs()
        last_event = p._last_event
        assert last_event is not None
        last = np.maximum(self.events[Side.PRE][pre], self.events[Side.POST][post])
        last_event[positions] = last
        for name, side in self.sides.items():
            ranks = pre if side is Side.PRE else post
            elapsed = last - self.events[side][ranks]
            values = self._decayed(name, self.traces[name][ranks], elapsed)
            p.values.raw(name)[positions] = values
        self._published = {name: p.values.raw(name).copy() for name in self.names}
        self._published[""] = last_event.copy()

    def put(self, traces: Mapping[str, NDArray], events: Mapping[Side, NDArray]) -> None:
        """Stand for the projection with these traces; its arrays hold what was published."""
        for name, values in traces.items():
            self.traces[name][:] = values
        for side, steps in events.items():
            self.events[side][:] = steps
        self._published = {name: self._p.values.raw(name).copy() for name in self.names}
        last_event = self._p._last_event
        assert last_event is not None  # who has traces has events
        self._published[""] = last_event.copy()
        self._p.values.mirror = self

    def shift_events(self, by: int) -> None:
        """Count events so many steps later: the clock was set."""
        for steps in self.events.values():
            steps += by
        if self._published is not None:
            self._published[""] += by

    def still_fits(self) -> bool:
        """Tell whether the projection is what the traces were made for, and nobody changed them.

        Once there were events, traces that are given up cannot be had again.
        """
        return self._p.storage is self._storage and self.take_back()

    def take_back(self) -> bool:
        """Tell whether the traces still stand for what the projection's arrays hold."""
        if self._published is None:
            return True
        p = self._p
        arrays = {"": p._last_event, **{name: p.values.raw(name) for name in self.names}}
        is_same = all(
            array is not None and np.array_equal(array, self._published[name], equal_nan=True)
            for name, array in arrays.items()
        )
        self._published = None
        return is_same

    def _decayed(self, name: str, values: NDArray, elapsed: NDArray) -> NDArray:
        """Return the values as they are `elapsed` steps later."""
        if not elapsed.any():
            return values
        # Reading a trace is rare; importing the lowering costs more than starting a network.
        from annlab.codegen.lowering import lower_synapse
        from annlab.codegen.reference import evaluate

        events = lower_synapse(self._p.model).event_driven
        event = next(e for e in events if e.variable.name == name)
        rate, drive = (float(evaluate(e, self._lookup)) for e in (event.rate, event.drive))
        factor = np.exp(-self._network.dt * rate * elapsed)
        return (drive + (values - drive) * factor).astype(values.dtype)

    def _lookup(self, symbol: Symbol) -> float:
        match symbol.kind:
            case SymbolKind.CONSTANT:
                return float(self._network.constants[symbol.name][0])
            case SymbolKind.CLOCK if symbol.name == "dt":
                return self._network.dt
            case SymbolKind.ATTRIBUTE if symbol.side is Side.OWN:
                return float(self._p.values.raw(symbol.name)[0])
            case SymbolKind.ATTRIBUTE:
                q = self._p.pre if symbol.side is Side.PRE else self._p.post
                return float(q.values[symbol.name][0])
        raise KeyError(symbol.name)
