"""The calls of a projection: transmission, learning, events."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

import numpy as np
from numpy.typing import NDArray

from annlab.ir.expr import Locality, Side
from annlab.runtime.binding.binder import Binder, BoundKernel, Slot, address
from annlab.runtime.binding.storage import BoundStorage
from annlab.runtime.memory import aligned
from annlab.runtime.rings import MAX_THREADS
from annlab.runtime.schedule import RING, Call
from annlab.runtime.state import PopulationState, ProjectionState
from annlab.runtime.storage import Storage, StorageKind
from annlab.runtime.traces import TraceMirror


class BoundProjection:
    """The calls of one projection.

    `known` keeps what was made for a storage from one binding to the next.
    """

    def __init__(
        self,
        binder: Binder,
        projection: ProjectionState,
        kernel: BoundKernel,
        known: dict[int, BoundStorage],
    ) -> None:
        self.binder = binder
        self.known = known
        self.p = projection
        self.kernel = kernel
        self.variant = self._variant()
        self.storage = self._storage_slots()
        self.ahead = self._ahead()
        self._table = binder.keep(self._addresses())
        self.slots = binder.place(self._table)

    def _addresses(self) -> NDArray[np.uint64]:
        return self.binder.addresses(self._slot(key) for key in self.kernel.slots)

    def may_follow(self) -> bool:
        """Tell whether the calls are those of now, so that `follow` is enough."""
        return self.variant == self._variant()

    def follow(self) -> None:
        """Take the arrays of now, after synapses came or went; calls know where the table is."""
        self.binder = self.binder.part()  # what it kept alive goes
        self.storage = self._storage_slots()
        self.ahead = self._ahead()
        self._table[:] = self._addresses()

    def _variant(self) -> str:
        storage = self.p.storage
        index = ""
        if storage.kind is StorageKind.CSR:
            index = "_narrow" if storage.index.dtype == np.uint16 else "_wide"
        shared = f"{index}_shared"
        is_shared = self.p.has_single_weight and shared in self.kernel.manifest["variants"]
        return shared if is_shared else f"{index}_own"

    def _storage_slots(self) -> list[Slot]:
        """Return the slots of the storage; made once for each storage, because it takes time."""
        storage = self.p.storage
        has_columns = storage.major is Side.PRE and self.kernel.has("post_events")
        known = self.known.get(id(self.p))
        if known is None or known.storage is not storage or known.has_columns != has_columns:
            known = self._bound(storage, has_columns, known)
            self.known[id(self.p)] = known
        return self.binder.keep(known).slots

    def _bound(
        self, storage: Storage, has_columns: bool, earlier: BoundStorage | None
    ) -> BoundStorage:
        return BoundStorage(
            storage,
            self.binder.engine,
            n_threads=self.binder.n_threads,
            has_columns=has_columns,
            earlier=earlier,
        )

    @property
    def _mirror(self) -> TraceMirror:
        mirror = self.p.values.mirror
        assert isinstance(mirror, TraceMirror)
        return mirror

    def _ahead(self) -> NDArray | None:
        if not self.kernel.manifest["runs_ahead"]:
            return None
        steps = self.binder.keep(np.full(MAX_THREADS, -1, np.int64))
        sums = self.binder.keep(aligned(self.p.post.n, self.p.post.float_type))
        return self.binder.keep(np.array([address(steps), address(sums)], np.uint64))

    def _slot(self, key: str) -> Slot:
        p, binder = self.p, self.binder
        kind, _, name = key.partition(":")
        match kind:
            case "storage":
                return self.storage[int(name)]
            case "value":
                return p.values.raw(name)
            case "trace" | "trace_event" | "young" | "young.value":
                return self._trace_slot(kind, name)
            case "target":
                return self._target(p.targets[int(name)])
            case "constant":
                return binder.state.constants[name]
            case "dt":
                return binder.dt
            case "flags" | "learning":
                return getattr(p, kind)
            case "last_event":
                return p._last_event
            case "delay":
                longest = p.storage.max_delay
                return p.delay_steps if longest is None else binder.numbers(longest)
            case "delays":
                return p.storage.delays
            case "key":
                return binder.key("projection", p.name)
            case "sizes":
                return binder.numbers(p.pre.n, p.post.n)
            case "ahead":
                return self.ahead
            case "decoding_window":
                return binder.numbers(p.decoding_window or 1)
            case "decoding_factor":
                return self._decoding_factor()
        side, _, rest = kind.partition(".")
        return self._side_slot(p.pre if side == "pre" else p.post, rest, name)

    def _trace_slot(self, kind: str, name: str) -> Slot:
        match kind:
            case "trace":
                return self._mirror.traces[name]
            case "trace_event":
                return self._mirror.events[Side(name)]
            case "young":
                return self.binder.keep(self._young(name))
        return self.binder.keep(self._mirror.own_values(name))

    def _young(self, name: str) -> NDArray:
        """Return an array of the synapses that have values of their own."""
        match name:
            case "rows":
                return self._mirror.young
            case "event":
                return self._mirror.own_event
        return getattr(self._mirror.lists(), name)

    def _decoding_factor(self) -> NDArray:
        """Return what turns a spike of the window into a rate [Hz], per postsynaptic neuron."""
        p, dendrites = self.p, self.p.storage.dendrites
        factor = self.binder.keep(aligned(p.post.n, p.post.float_type))
        duration_ms = self.binder.state.dt * (p.decoding_window or 1)
        factor[dendrites.post_ranks] = 1000.0 / (duration_ms * np.diff(dendrites.row_ptr))
        return factor

    def _side_slot(self, q: PopulationState, kind: str, name: str) -> Slot:
        match kind:
            case "value":
                return q.values[name]
            case "sum":
                return q.sums[name] if name in q.sums else self.binder.scratch(q)
            case "reduction":
                return self.binder.reduction(q, name)
            case "history":
                return q.histories[name].values if name in q.histories else None
            case "history_dims":
                history = q.histories.get(name)
                depth, stride = (history.depth, history.values.shape[1]) if history else (1, 0)
                return self.binder.numbers(depth, stride)
            case "enabled" | "last_spike":
                return getattr(q, kind)
        ring, _, part = kind.partition(".")
        return self.binder.ring_slot(q, ring, part)

    def _target(self, target: str) -> NDArray:
        post = self.p.post
        if self._is_conductance(target):
            return post.values[f"g_{target}"]
        if target in post.sums:
            return post.sums[target]
        return post.sums.get("", self.binder.scratch(post))

    def _target_name(self, target: str) -> str:
        post = self.p.post
        if self._is_conductance(target):
            return f"{post.name}.g_{target}"
        return f"{post.name}.sum:{target if target in post.sums else ''}"

    def _is_conductance(self, target: str) -> bool:
        """Tell where synapses add to: spikes to ``g_exc``, sums to it only without ``sum(exc)``."""
        post, model = self.p.post, self.p.model
        has_events = bool(model.pre_spike or model.pre_axon_spike)
        return f"g_{target}" in post.values and (has_events or target not in post.sums)

    def _target_names(self) -> frozenset[str]:
        return frozenset(self._target_name(target) for target in self.p.targets)

    def _call(
        self, function: str, *, is_serial: bool = False, writes_targets: bool = False
    ) -> Call:
        p, model = self.p, self.p.model
        traces = {f"{p.name}.{name}" for name, side in self._traces if side is Side.PRE}
        traces |= {f"{p.name}.trace_event"} if self._traces else set()
        own = {f"{p.name}.{name}" for name in p.values} - traces
        own |= {f"{p.post.name}.{a}" for a in model.post_attributes}
        own |= {f"{p.post.name}.sum:{t}" for t in model.post_inputs}
        own.add(f"{p.post.name}.last_spike")
        reads = {f"{p.pre.name}.{a}" for a in model.pre_attributes}
        reads |= {f"{p.pre.name}.history:{a}" for a in model.pre_attributes}
        reads |= {f"{p.pre.name}.sum:{t}" for t in model.pre_inputs}
        if "pre.last_spike" in self.kernel.slots:
            reads.add(f"{p.pre.name}.last_spike")
        for r in model.reductions:
            q = p.pre if r.side is Side.PRE else p.post
            reads.add(f"{q.name}.reduction:{r.op}({r.attribute})")
        if function in ("deliver", "deliver_axon"):
            reads |= {f"{RING}{p.pre.name}.spikes", f"{RING}{p.pre.name}.axon"}
            if any(e.unless_post for e in model.pre_spike):
                reads.add(f"{RING}{p.post.name}.spikes")
        if function == "commit_traces":
            found = reads | {f"{RING}{p.pre.name}.spikes"}
            return self._make(function, reads=found, own_writes=traces)
        reads |= traces
        written = frozenset(own & {f"{p.name}.{v}" for v in p.values})
        written = frozenset() if function == "transmit" else written
        targets = self._target_names() if writes_targets else frozenset()
        if is_serial or self._writes_shared(function):
            own, written = own | targets, written | targets
            return self._make(function, reads=reads | own, writes=written, is_serial=True)
        return self._make(function, reads=reads, own_reads=own, own_writes=written | targets)

    def _writes_shared(self, function: str) -> bool:
        """Whether an event writes a value that several synapses have in common."""
        model = self.p.model
        events = {
            "deliver": model.pre_spike,
            "deliver_axon": (*model.pre_axon_spike, *model.pre_spike),
            "post_events": model.post_spike,
        }.get(function, ())
        names = {a.name for a in model.attributes if a.locality is not Locality.LOCAL}
        return any(e.variable.name in names for e in events)

    def _make(
        self,
        function: str,
        *,
        reads: AbstractSet[str] = frozenset(),
        own_reads: AbstractSet[str] = frozenset(),
        writes: AbstractSet[str] = frozenset(),
        own_writes: AbstractSet[str] = frozenset(),
        is_serial: bool = False,
    ) -> Call:
        return Call(
            kernel=self.kernel.address(function + self.variant),
            slots=self.slots,
            name=f"{self.p.name}.{function}",
            reads=frozenset(reads),
            own_reads=frozenset(own_reads),
            writes=frozenset(writes),
            own_writes=frozenset(own_writes),
            is_serial=is_serial,
        )

    @property
    def _traces(self) -> tuple[tuple[str, Side], ...]:
        return self.p.model.trace_sides if self.p.values.mirror is not None else ()

    def transmission(self) -> list[Call]:
        """Return the calls that bring input to the postsynaptic neurons."""
        return [
            self._call(function, writes_targets=True)
            for function in ("deliver", "deliver_axon", "transmit")
            if self.kernel.has(function)
        ]

    def learning(self) -> list[Call]:
        """Return the calls that advance the variables of the synapses."""
        commit = [self._call("commit_traces")] if self.kernel.has("commit_traces") else []
        return commit + [
            self._call(function, is_serial=function == "update_global")
            for function in ("update_global", "update_semiglobal", "update_synapses")
            if self.kernel.has(function)
        ]

    def post_events(self) -> list[Call]:
        """Return the calls for the postsynaptic neurons that have just spiked."""
        return [self._call("post_events")] if self.kernel.has("post_events") else []
