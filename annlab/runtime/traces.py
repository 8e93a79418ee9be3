"""Event-driven variables kept once per neuron instead of once per synapse.

A variable that only presynaptic (or only postsynaptic) events change, with
parameters that are the same for the whole projection, has the same value at all
synapses of that neuron. Kernels then walk one array of neurons instead of three
of synapses. Users see one value per synapse, as it was at that synapse's last
event: `TraceMirror.publish` writes those, and `take_back` looks whether they
were changed.

A synapse that is created later starts from the initial values, its neighbours do not. While it is
*young* it has values of its own; it has ripened when they are those of its neurons to the last
digit, as what it missed is forgotten. Kernels treat the few young ones apart. That costs time, so
they are looked at again when the last that came must have ripened, and not at the next change only.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from annlab.ir.expr import Side, Symbol, SymbolKind, symbols
from annlab.ir.model import Method, SynapseModel
from annlab.runtime.ageing import decayed, solutions
from annlab.runtime.memory import aligned
from annlab.runtime.splicing import Splice
from annlab.runtime.state import NO_EVENT, NetworkState, ProjectionState
from annlab.runtime.storage import Storage

_LONGEST_YOUTH = 1e9  # steps; who takes longer does not ripen
_UNNOTICED = 4  # units of the last digit: the same value is rounded differently on two ways


def can_keep_traces(p: ProjectionState, model: SynapseModel) -> bool:
    """Tell whether all event-driven variables of a model can be traces of neurons here.

    All synapses of a presynaptic neuron must see its spike in the same step. Code for traces is
    made for no other projection.
    """
    return (
        _is_provable(model)
        and p.storage.major is Side.PRE
        and not p.storage.has_delays
        and p.decoding_window is None
    )


def may_have_traces(p: ProjectionState) -> bool:
    """Tell whether a projection can keep traces as from now.

    All synapses must have the same value as of the same step.
    """
    return (
        can_keep_traces(p, p.model)
        and p._last_event is not None
        and _is_uniform(p, p._last_event)
        and all(_is_uniform(p, p.values.raw(name)) for name, _ in p.model.trace_sides)
    )


def _is_provable(model: SynapseModel) -> bool:
    wanted = {e.variable.name for e in model.equations if e.method is Method.EVENT_DRIVEN}
    has_axon = bool(model.pre_axon_spike) or model.axon_same_as_spike
    return bool(wanted) and wanted == dict(model.trace_sides).keys() and not has_axon


def _is_uniform(p: ProjectionState, array: NDArray) -> bool:
    _, _, positions = p.storage.pairs()
    values = array[positions]
    return len(values) == 0 or bool(np.all(values == values[0]))


@dataclass(frozen=True, slots=True, eq=False)
class YoungLists:
    """The young synapses of a projection by rows and by columns, as kernels walk them.

    Attributes
    ----------
    row_ptr
        Row r has ``young[row_ptr[r]:row_ptr[r + 1]]``.
    columns, owners, order
        Sorted by column: positions, presynaptic ranks, and where the values of each are.
    column_ptr
        Where each column begins in these.
    """

    row_ptr: NDArray[np.int64]
    columns: NDArray[np.int64]
    column_ptr: NDArray[np.int64]
    order: NDArray[np.int64]
    owners: NDArray[np.int32]

    @classmethod
    def of(cls, young: NDArray[np.int64], storage: Storage) -> YoungLists:
        """List synapses that are at these positions of a storage, ascending."""
        if not len(young):
            return cls.none(storage)
        post = storage.index[young]
        order = np.argsort(post, kind="stable")  # by radix where ranks are narrow
        row_ptr = np.searchsorted(young, storage.row_ptr)
        owners = np.repeat(np.arange(storage.n_pre, dtype=np.int32), np.diff(row_ptr))
        per_column = np.bincount(post, minlength=storage.n_post)
        return cls(
            row_ptr=row_ptr,
            columns=young[order],
            column_ptr=np.concatenate(([0], np.cumsum(per_column))),
            order=order,
            owners=owners[order],
        )

    @classmethod
    def none(cls, storage: Storage) -> YoungLists:
        """List no synapses of a storage."""
        pointers = (np.zeros(n + 1, np.int64) for n in (len(storage.row_ptr) - 1, storage.n_post))
        none = np.empty(0, np.int64)
        return cls(next(pointers), none, next(pointers), none, none.astype(np.int32))

    def rows(self) -> NDArray[np.int64]:
        """Return the presynaptic rank of each, in the order of positions."""
        return np.repeat(np.arange(len(self.row_ptr) - 1), np.diff(self.row_ptr))

    def within(self, longer: YoungLists) -> YoungLists:
        """Return the same in the memory of other lists."""
        names = (f.name for f in fields(self))
        return YoungLists(**{n: _shortened(getattr(longer, n), getattr(self, n)) for n in names})


def _shortened(array: NDArray, values: NDArray) -> NDArray:
    """Return the beginning of an array, with these values."""
    array[: len(values)] = values
    return array[: len(values)]


@dataclass(frozen=True, slots=True)
class _Decay:
    """How a trace decays: by what share a step, and to what."""

    per_step: float
    drive: float

    def __call__(self, values: NDArray, elapsed: NDArray) -> NDArray:
        """Return the values as they are `elapsed` steps later."""
        if not elapsed.any():
            return values
        return decayed(values, elapsed, per_step=self.per_step, drive=self.drive)


class TraceMirror:
    """The traces of one projection; see the module.

    Attributes
    ----------
    traces
        Name -> values of the neurons of its side.
    events
        Side -> step at which the values of that side are valid (int64).
    young
        Positions of the synapses with values of their own, ascending.
    own, own_event
        Those values by name, and the step at which they are valid: one for each of `young`, apart
        from the arrays of the projection, so that kernels find them all in cache.
    ripe_at
        Step before which those that came last have ripened for sure; None: never, or nothing came.
    """

    def __init__(self, p: ProjectionState, network: NetworkState) -> None:
        # Weakly, as the projection holds this: what is in a circle waits for Python's collector,
        # and synapses are large.
        self._projection = weakref.ref(p)
        self._dt, self._constants = network.dt, network.constants
        self._float_type = network.float_type
        self._storage = p.storage
        self.young = np.empty(0, np.int64)
        self.own: dict[str, NDArray] = {}
        self.own_event = np.empty(0, np.int64)
        self.ripe_at: int | None = None
        self._lists: YoungLists | None = None
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
        self._decays: dict[str, tuple[tuple[float, ...], _Decay]] = {}

    @property
    def _p(self) -> ProjectionState:
        projection = self._projection()
        assert projection is not None  # it holds this, and nothing else does
        return projection

    def _arrays_now(self) -> list[NDArray | None]:
        return [*(self._p.values.raw(name) for name in self.names), self._p._last_event]

    def fits(self) -> bool:
        """Tell whether the projection still has the synapses and arrays of the beginning."""
        pairs = zip(self._arrays, self._arrays_now(), strict=True)
        return self._p.storage is self._storage and all(old is new for old, new in pairs)

    # -- synapses that come and go ------------------------------------------------------

    def ripen(self, step: int) -> None:
        """Forget which synapses are young where nobody can tell any more, before step `step`."""
        storage, young = self._p.storage, self.young
        if self.ripe_at is not None and self.ripe_at <= step:
            self.ripe_at = None
        if not len(young):
            return
        ranks = {
            Side.PRE: self.lists().rows(),
            Side.POST: storage.index[young],
        }
        is_young = np.zeros(len(young), bool)
        for name, side in self.sides.items():
            decay = self._decay(name)
            own = decay(self.own[name], step - self.own_event)
            shared = decay(self.traces[name], step - self.events[side])[ranks[side]]
            scale = np.max(np.abs(self.traces[name]))
            unnoticed = _UNNOTICED * np.finfo(own.dtype).eps * scale
            is_young |= ~(np.abs(own - shared) <= unnoticed)  # NaN stays
        self._keep_only(np.flatnonzero(is_young))

    def follow(self, joint: Splice, coming: Mapping[str, NDArray | float], event: int) -> None:
        """Go on after synapses have come or gone: with the values of those that came.

        The arrays of the projection get their new length; what they hold means nothing until it
        is published.
        """
        p, last_event = self._p, self._p._last_event
        assert last_event is not None  # who has traces has events
        places, stays = joint.moved(self.young)
        self._choose(np.flatnonzero(stays), places)
        n_new = len(joint.places)
        for name in self.names:
            p.values[name] = joint.room(p.values.raw(name))
            new = np.empty(n_new, self.own[name].dtype)
            new[:] = coming[name]
            self.own[name] = np.concatenate((self.own[name], new))
        p.last_event = joint.room(last_event)
        self.own_event = np.concatenate((self.own_event, np.full(n_new, event)))
        had_young, self.young = len(self.young), np.concatenate((self.young, joint.places))
        if had_young and n_new:
            order = np.argsort(self.young)
            self._choose(order, self.young[order])
        self._storage, self._arrays = p.storage, self._arrays_now()
        if n_new:
            self.ripe_at = self._forgotten_at(event - NO_EVENT)

    def _forgotten_at(self, step: int) -> int | None:
        """Return when the last digit of a difference of before `step` is gone."""
        per_step = min(self._decay(name).per_step for name in self.names)
        n_digits = -np.log(np.finfo(self._float_type).eps)
        if per_step * _LONGEST_YOUTH > n_digits:  # not where it is not a number
            return step + int(np.ceil(n_digits / per_step))
        return None

    def _choose(self, chosen: NDArray[np.int64], young: NDArray[np.int64]) -> None:
        """Let the chosen ones of the young synapses be all, at these positions."""
        self.own = {name: self.own_values(name)[chosen] for name in self.names}
        self.own_event = self.own_event[chosen]
        self.young = young
        self._lists = None

    def _keep_only(self, chosen: NDArray[np.int64]) -> None:
        """Let the chosen ones be all, where they are: kernels know the addresses."""
        lists = self.lists()
        self.own = {n: _shortened(values, values[chosen]) for n, values in self.own.items()}
        self.own_event = _shortened(self.own_event, self.own_event[chosen])
        self.young = _shortened(self.young, self.young[chosen])
        self._lists = YoungLists.of(self.young, self._storage).within(lists)

    def lists(self) -> YoungLists:
        """Return the young synapses as kernels walk them."""
        if self._lists is None:
            self._lists = YoungLists.of(self.young, self._storage)
        return self._lists

    def own_values(self, name: str) -> NDArray:
        return self.own.get(name, np.empty(0, self.traces[name].dtype))

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
        last_event[self.young] = self.own_event
        for name, side in self.sides.items():
            ranks = pre if side is Side.PRE else post
            elapsed = last - self.events[side][ranks]
            p.values.raw(name)[positions] = self._decay(name)(self.traces[name][ranks], elapsed)
            p.values.raw(name)[self.young] = self.own_values(name)
        self._published = {name: p.values.raw(name).copy() for name in self.names}
        self._published[""] = last_event.copy()

    def put(
        self,
        traces: Mapping[str, NDArray],
        events: Mapping[Side, NDArray],
        young: NDArray[np.int64],
    ) -> None:
        """Stand for the projection with these traces; its arrays hold what was published."""
        for name, values in traces.items():
            self.traces[name][:] = values
        for side, steps in events.items():
            self.events[side][:] = steps
        self._published = {name: self._p.values.raw(name).copy() for name in self.names}
        last_event = self._p._last_event
        assert last_event is not None  # who has traces has events
        self._published[""] = last_event.copy()
        self.young, self.own_event = young, last_event[young]
        self.own = {name: self._p.values.raw(name)[young] for name in self.names}
        self._lists = None
        self._p.values.mirror = self

    def shift_events(self, by: int) -> None:
        """Count events so many steps later: the clock was set."""
        for steps in self.events.values():
            steps += by
        self.own_event += by
        if self.ripe_at is not None:
            self.ripe_at += by
        if self._published is not None:
            self._published[""] += by

    def still_fits(self) -> bool:
        """Tell whether the projection is what the traces were made for, and nobody changed them.

        Once there were events, traces that are given up cannot be had again.
        """
        return self._p.storage is self._storage and self.take_back()

    def take_back(self) -> bool:
        """Tell whether the traces still stand for what the projection's arrays hold."""
        is_same = self._is_untouched()
        self._published = None
        return is_same

    def _is_untouched(self) -> bool:
        """Tell whether the arrays hold what was published, if anything was."""
        if self._published is None:
            return True
        p = self._p
        arrays = {"": p._last_event, **{name: p.values.raw(name) for name in self.names}}
        return all(
            array is not None and np.array_equal(array, self._published[name], equal_nan=True)
            for name, array in arrays.items()
        )

    def bring_to(self, step: int, *, is_still: bool) -> bool:
        """Let all traces decay until `step`, or keep their values until then.

        False if the projection's arrays hold other values.
        """
        stamps = (*self.events.values(), self.own_event)
        if all((steps == step).all() for steps in stamps):
            return True  # and so is what was published of them, and changed since
        if not self._is_untouched():
            return False
        self._published = None
        for name, side in () if is_still else self.sides.items():
            decay = self._decay(name)
            # In place: kernels know the addresses.
            self.traces[name][:] = decay(self.traces[name], step - self.events[side])
            if name in self.own:
                self.own[name][:] = decay(self.own[name], step - self.own_event)
        for steps in stamps:
            steps[:] = step
        return True

    def _decay(self, name: str) -> _Decay:
        """Return how a trace decays now."""
        # Reading a trace is rare; importing this costs more than starting a network.
        from annlab.codegen.reference import evaluate

        event = next(e for e in solutions(self._p) if e.variable.name == name)
        numbers = symbols(event.rate) | symbols(event.drive)
        values = (self._dt, *map(self._lookup, sorted(numbers, key=lambda s: s.name)))
        known = self._decays.get(name)
        if known is None or known[0] != values:
            rate, drive = (float(evaluate(e, self._lookup)) for e in (event.rate, event.drive))
            known = self._decays[name] = values, _Decay(self._dt * rate, drive)
        return known[1]

    def _lookup(self, symbol: Symbol) -> float:
        match symbol.kind:
            case SymbolKind.CONSTANT:
                return float(self._constants[symbol.name][0])
            case SymbolKind.CLOCK if symbol.name == "dt":
                return self._dt
            case SymbolKind.ATTRIBUTE if symbol.side is Side.OWN:
                return float(self._p.values.raw(symbol.name)[0])
            case SymbolKind.ATTRIBUTE:
                q = self._p.pre if symbol.side is Side.PRE else self._p.post
                return float(q.values[symbol.name][0])
        raise KeyError(symbol.name)
