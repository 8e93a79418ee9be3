"""The CPU back end: a `NetworkState` bound to compiled kernels and the native loop.

Keeps the arrays alive whose addresses the kernels hold. No text, no symbolic
library: a network that is in the cache starts without them.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from annlab.codegen.cpu.kernels import (
    Kernel,
    Request,
    engine,
    obtain,
    population_request,
    projection_request,
)
from annlab.codegen.cpu.layout import Layout
from annlab.ir.expr import Locality, Side
from annlab.runtime.memory import BLOCK, aligned
from annlab.runtime.recorder import Phase, SpikeRecorder, ValueRecorder
from annlab.runtime.runner import Until
from annlab.runtime.schedule import RING, Call, place_barriers
from annlab.runtime.state import (
    MAX_THREADS,
    NetworkState,
    PopulationState,
    ProjectionState,
    SpikeRing,
)
from annlab.runtime.storage import Storage, StorageKind
from annlab.runtime.streams import stream_key
from annlab.runtime.tap import SpikeTap, ValueTap
from annlab.runtime.threads import Threads
from annlab.runtime.traces import TraceMirror, may_have_traces

NO_SERVICE = 2**63 - 1
_REDUCTIONS = {"min": 0, "max": 1, "mean": 2, "norm1": 3, "norm2": 4}


def requests(state: NetworkState) -> list[Request]:
    """Return the kernels that a network needs: populations first, then projections."""
    found = [population_request(p.model, state.float_type, p.name) for p in state.populations]
    return found + [
        projection_request(p.model, layout_of(p), state.float_type, p.name)
        for p in state.projections
    ]


def layout_of(projection: ProjectionState) -> Layout:
    """Return what of a projection's storage its code depends on."""
    storage = projection.storage
    return Layout(
        storage=str(storage.kind),
        major=storage.major,
        has_delays=storage.delays is not None,
        n_targets=len(projection.targets),
        is_decoding=projection.decoding_window is not None,
        has_traces=projection.values.mirror is not None,
    )


class NativeRunner:
    """Runs a network on the CPU; see `annlab.runtime.runner.Runner`."""

    def __init__(self, state: NetworkState, num_threads: int | str = 1) -> None:
        self.state = state
        self._settle_traces()
        self._obtain_kernels()
        self._engine = engine()
        self._attention = np.zeros(1, np.int32)
        self._service = np.full(1, NO_SERVICE, np.int64)
        self._threads = Threads(num_threads, has_openmp=self._engine.HAS_OPENMP)
        self._program = self._engine.NativeProgram(
            _address(state.clock), _address(self._attention), _address(self._service)
        )
        self._with_stops = False
        self._storages: dict[int, _BoundStorage] = {}
        self._bind()

    def _obtain_kernels(self) -> None:
        state = self.state
        wanted = requests(state)
        self._keys = [r.key for r in wanted]
        kernels = obtain(wanted)
        self.population_kernels = kernels[: len(state.populations)]
        self.projection_kernels = kernels[len(state.populations) :]

    # ---- running ------------------------------------------------------------------------

    def run(self, n_steps: int, until: Until | None = None) -> int:
        """Advance by at most `n_steps`; see `Runner.run`."""
        self._take_back_traces()
        if until is not None:
            return self._run_until(n_steps, until)
        done = 0
        while done < n_steps:
            first = self.state.step
            n_threads, longest = self._threads.next(n_steps - done)
            begin = time.perf_counter()
            ran = self._program.run(longest, n_threads)
            self._threads.learn(n_threads, ran, time.perf_counter() - begin)
            done += ran
            self._account(first, first + ran - 1)
            if self._take_attention():
                break
        return done

    def _run_until(self, n_steps: int, until: Until) -> int:
        if not self._with_stops:
            self._with_stops = True
            self._bind()
        self._program.set_stops([_address(p.stopped) for p in until.populations if p.model.stop])
        needs_all = until.operator == "and"
        can_stop = bool([p for p in until.populations if p.model.stop])
        if needs_all and any(p.model.stop is None for p in until.populations):
            can_stop = False  # a population without a condition never agrees
        if not can_stop:
            self._program.set_stops([])
        done = 0
        while done < n_steps:
            first = self.state.step
            ran = self._program.run_until(n_steps - done, needs_all)
            done += ran
            self._account(first, first + ran - 1)
            if self._take_attention() or (can_stop and self._holds(until)):
                break
        return done

    @staticmethod
    def _holds(until: Until) -> bool:
        flags = [bool(p.stopped[0]) for p in until.populations]
        return all(flags) if until.operator == "and" else any(flags)

    def _take_attention(self) -> bool:
        wanted = bool(self._attention[0])
        self._attention[0] = 0
        return wanted

    def request_attention(self) -> None:
        """Make a `run` in another thread return at the end of its slice."""
        self._attention[0] = 1

    def close(self) -> None:
        """Forget all addresses."""
        self._program.clear()
        self._kept = []

    def _account(self, first: int, last: int) -> None:
        """Count what was recorded from step `first` to `last`, and empty what is almost full."""
        if last < first:
            return
        for recorder in self._value_recorders:
            if recorder.is_active[0]:
                self._engine.add_rows(
                    _address(recorder.count), _address(recorder.schedule), first, last
                )
        if self._service[0] == NO_SERVICE:
            return
        self._service[0] = NO_SERVICE
        for recorder in self.state.recorders:
            if isinstance(recorder, ValueRecorder):
                if recorder.count[0] + 8 >= len(recorder.buffer):
                    recorder.hand_over()
            elif recorder.count[0] + 4 * recorder.population.n > recorder.capacity:
                recorder.hand_over()
        for population in self.state.populations:
            _grow_window(population)
        self._bind()

    # ---- traces of neurons ----------------------------------------------------------------

    def _settle_traces(self) -> None:
        """Keep event-driven variables once per neuron where that is possible now."""
        for p in self.state.projections:
            if p.values.mirror is not None:
                p.values.mirror.publish()
                p.values.mirror = None
            if may_have_traces(p) and not self._is_watched(p):
                p.values.mirror = TraceMirror(p, self.state)

    def _is_watched(self, p: ProjectionState) -> bool:
        """Tell whether a recorder or a tap reads the values of the synapses in every step."""
        arrays = [p.values.raw(name) for name, _ in p.model.trace_sides]
        watchers = [*self.state.recorders, *self.state.taps]
        sources = [w.source() for w in watchers if isinstance(w, ValueRecorder | ValueTap)]
        return any(np.shares_memory(s, a) for s in sources for a in arrays)

    def _take_back_traces(self) -> None:
        """Notice values of synapses that were changed since the last run."""
        is_changed = False
        for p in self.state.projections:
            mirror = p.values.mirror
            if isinstance(mirror, TraceMirror) and not mirror.take_back():
                p.values.mirror = None  # what the user wrote stands; see _settle_traces
                is_changed = True
        if is_changed:
            self.refresh()

    # ---- binding ------------------------------------------------------------------------

    def refresh(self) -> None:
        """Bind again after anything but values may have changed; see `Runner.refresh`."""
        self._settle_traces()
        if [r.key for r in requests(self.state)] != self._keys:
            self._obtain_kernels()
        self._bind()

    def _bind(self) -> None:
        self._kept: list[object] = []
        self._value_recorders = [r for r in self.state.recorders if isinstance(r, ValueRecorder)]
        self._followers: list[tuple[int, int]] = []
        self._dt = self._keep(np.array([self.state.dt], np.float64))
        self._scratch: dict[int, NDArray] = {}
        calls = place_barriers(self._calls())
        self._program.clear()
        for call in calls:
            self._program.add(call.kernel, call.slots, call.barrier_before, call.is_serial)
        for kernel, slots in self._followers:
            self._program.add_follower(kernel, slots)

    def _keep(self, value):
        self._kept.append(value)
        return value

    def _table(self, entries: Iterable[NDArray | int | None]) -> int:
        """Return the address of a table of addresses."""
        addresses = []
        for entry in entries:
            if isinstance(entry, np.ndarray):
                self._kept.append(entry)
                addresses.append(_address(entry))
            else:
                addresses.append(int(entry or 0))
        return _address(self._keep(np.array(addresses or [0], np.uint64)))

    def _numbers(self, *values: int) -> NDArray[np.int64]:
        return self._keep(np.array(values, np.int64))

    def _generic(self, name: str, slots: Iterable[NDArray | int | None], **access) -> Call:
        return Call(kernel=self._engine.KERNELS[name], slots=self._table(slots), name=name, **access)

    def _follow(self, name: str, slots: Iterable[NDArray | int | None]) -> None:
        self._followers.append((self._engine.KERNELS[name], self._table(slots)))

    def _calls(self) -> list[Call]:
        state = self.state
        calls: list[Call] = []
        for population in state.populations:
            calls += self._zero_sums(population)
        projections = list(zip(state.projections, self.projection_kernels, strict=True))
        bound = [_BoundProjection(self, p, k) for p, k in projections]
        for projection in bound:
            calls += projection.transmission()
        for population in state.populations:
            calls += self._total_sums(population)
        calls += self._recorders(Phase.INPUTS)
        for population, kernel in zip(state.populations, self.population_kernels, strict=True):
            calls += self._update(population, kernel)
        for population in state.populations:
            calls += self._after_update(population)
        for projection in bound:
            calls += projection.learning()
        for projection in bound:
            calls += projection.post_events()
        calls += self._recorders(Phase.END)
        if self._with_stops:
            for population, kernel in zip(state.populations, self.population_kernels, strict=True):
                if kernel.has("check_stop"):
                    calls.append(self._population_call(population, kernel, "check_stop", True))
        self._spike_recorders()
        self._taps()
        return calls

    def _zero_sums(self, p: PopulationState) -> list[Call]:
        return [
            self._generic(
                "zero_sums",
                (array, self._numbers(p.n, array.itemsize), p.enabled),
                own_writes=frozenset({f"{p.name}.sum:{target}"}),
            )
            for target, array in p.sums.items()
        ]

    def _total_sums(self, p: PopulationState) -> list[Call]:
        if "" not in p.sums:
            return []
        return [
            self._generic(
                f"add_sums<{p.float_type.name}>",
                (p.sums[""], self._numbers(p.n), array),
                own_reads=frozenset({f"{p.name}.sum:{target}"}),
                own_writes=frozenset({f"{p.name}.sum:"}),
            )
            for target, array in p.sums.items()
            if target
        ]

    def _update(self, p: PopulationState, kernel: Kernel) -> list[Call]:
        calls = [self._timed(p, table) for table in p.timed]
        if p.spike_table is not None:
            return [*calls, self._spike_table(p)]
        if kernel.has("update_global"):
            calls.append(self._population_call(p, kernel, "update_global", True))
        if p.model.equations or p.model.is_spiking:
            calls.append(self._population_call(p, kernel, "update", False))
        return calls

    def _timed(self, p: PopulationState, table) -> Call:
        target = p.values[table.attribute]
        is_global = _is_global(p, table.attribute)
        dims = self._numbers(table.rows.shape[1], len(table.starts), int(is_global))
        written = frozenset({f"{p.name}.{table.attribute}"})
        return self._generic(
            f"timed_rows<{p.float_type.name}>",
            (target, table.rows, table.starts, dims, table.origin, table.period, p.enabled),
            own_writes=written,
            is_serial=is_global,
        )

    def _spike_table(self, p: PopulationState) -> Call:
        table = p.spike_table
        assert table is not None
        return self._generic(
            "spike_table",
            (table.steps, table.ranks, self._numbers(len(table.steps), p.n), table.origin,
             table.cursor, p.enabled, p.last_spike, *self.ring(p.spikes)),
            own_writes=frozenset({f"{RING}{p.name}.spikes", f"{p.name}.last_spike"}),
        )  # fmt: skip

    def _population_call(
        self, p: PopulationState, kernel: Kernel, function: str, is_serial: bool
    ) -> Call:
        slots = self._table(self._population_slot(p, key) for key in kernel.slots)
        reads, own_reads = set(), set()
        own_writes = {f"{p.name}.{e.variable.name}" for e in (*p.model.equations, *p.model.reset, *p.model.axon_reset)}
        own_writes |= {f"{RING}{p.name}.spikes", f"{RING}{p.name}.axon", f"{p.name}.last_spike"}
        for key in kernel.slots:
            kind, _, name = key.partition(":")
            if kind == "value":
                attribute = p.model.attribute(name)
                is_local = attribute is None or attribute.locality is Locality.LOCAL
                (own_reads if is_local else reads).add(f"{p.name}.{name}")
            elif kind == "sum":
                own_reads.add(f"{p.name}.sum:{name}")
            elif kind == "reduction":
                reads.add(f"{p.name}.reduction:{name}")
        if function == "update":
            globals_ = {a.name for a in p.model.attributes if a.locality is Locality.GLOBAL}
            own_writes -= {f"{p.name}.{name}" for name in globals_}
        return Call(
            kernel=kernel.address(function), slots=slots, name=f"{p.name}.{function}",
            reads=frozenset(reads), own_reads=frozenset(own_reads),
            own_writes=frozenset() if function == "check_stop" else frozenset(own_writes),
            is_serial=is_serial,
        )  # fmt: skip

    def _population_slot(self, p: PopulationState, key: str) -> NDArray | int | None:
        kind, _, name = key.partition(":")
        match kind:
            case "value":
                return p.values[name]
            case "sum":
                return p.sums[name]
            case "constant":
                return self.state.constants[name]
            case "reduction":
                return self.reduction(p, name)
            case "size":
                return self._numbers(p.n)
            case "dt":
                return self._dt
            case "key":
                return self.key("population", p.name)
            case "enabled" | "stopped" | "last_spike" | "frozen_until" | "refractory_steps":
                return getattr(p, kind)
        ring, _, part = key.partition(".")
        found = self.ring(p.spikes if ring == "spikes" else p.axon_spikes)
        return found[("ranks", "counts", "starts", "dims").index(part)]

    def key(self, kind: str, name: str) -> NDArray:
        """Return the two words of an object's stream of random numbers."""
        return self._keep(np.array(stream_key(self.state.seed, kind, name), np.uint64))

    def reduction(self, p: PopulationState, name: str) -> NDArray:
        """Return the array of one element that holds a reduction."""
        if name not in p.reductions:
            p.reductions[name] = np.zeros(8, p.float_type)[:1]
        return p.reductions[name]

    def ring(self, ring: SpikeRing | None) -> tuple[NDArray | None, ...]:
        """Return the four slots of a ring of spikes."""
        if ring is None:
            return (None, None, None, self._numbers(1, 0, 0))
        dims = self._numbers(ring.depth, ring.ranks.shape[1], max(1, self._threads.most))
        return (ring.ranks, ring.counts, ring.starts, dims)

    def _after_update(self, p: PopulationState) -> list[Call]:
        calls: list[Call] = []
        for name, history in p.histories.items():
            source = p.values[name]
            is_global = _is_global(p, name)
            dims = self._numbers(
                0 if is_global else p.n, source.itemsize, history.depth, history.values.shape[1]
            )
            calls.append(
                self._generic(
                    "push_history",
                    (history.values, source, dims),
                    own_reads=frozenset({f"{p.name}.{name}"}),
                    own_writes=frozenset({f"{p.name}.history:{name}"}),
                    is_serial=is_global,
                )
            )
        if p.rate_window is not None:
            calls.append(self._rate_window(p))
        for name in p.reductions:
            calls += self._reduce(p, name)
        return calls

    def _rate_window(self, p: PopulationState) -> Call:
        window = p.rate_window
        assert window is not None
        per_spike = self._keep(np.array([1000.0 / (window.window * self.state.dt)], np.float64))
        return self._generic(
            f"rate_window<{p.float_type.name}>",
            (p.values["r"], window.counts, window.per_step, window.fifo, window.ends,
             self._numbers(p.n, window.window, len(window.fifo)), per_spike,
             *self.ring(p.spikes), self._service),
            reads=frozenset({f"{RING}{p.name}.spikes"}),
            writes=frozenset({f"{p.name}.r"}),
            is_serial=True,
        )  # fmt: skip

    def _reduce(self, p: PopulationState, name: str) -> list[Call]:
        operation, _, attribute = name.rstrip(")").partition("(")
        source = p.values[attribute]
        kind = f"bool,{p.float_type.name}" if source.dtype == bool else source.dtype.name
        dims = self._numbers(p.n, _REDUCTIONS[operation])
        partial = self._keep(aligned(p.n_padded // BLOCK, p.float_type))
        slots = (source, partial, dims, self.reduction(p, name))
        part = frozenset({f"{p.name}.partial:{name}"})
        return [
            self._generic(
                f"reduce_blocks<{kind}>", slots,
                own_reads=frozenset({f"{p.name}.{attribute}"}), own_writes=part,
            ),
            self._generic(
                f"reduce_partials<{p.float_type.name}>", slots, reads=part,
                writes=frozenset({f"{p.name}.reduction:{name}"}), is_serial=True,
            ),
        ]  # fmt: skip

    def _recorders(self, phase: Phase) -> list[Call]:
        calls = []
        for recorder in self._value_recorders:
            if recorder.phase is not phase:
                continue
            source = recorder.source()
            owner = self._owner_of(source)
            dims = self._numbers(
                recorder.width, source.itemsize, len(recorder.buffer), owner[1] if owner else 0
            )
            positions = recorder.positions
            if positions is not None:
                positions = self._keep(np.ascontiguousarray(positions, np.int64))
            names = frozenset({owner[0]}) if owner else frozenset({"everything"})
            calls.append(
                self._generic(
                    f"record_values<{source.itemsize}>",
                    (source, recorder.buffer, recorder.count, recorder.schedule,
                     recorder.is_active, dims, positions, self._service),
                    own_reads=names if owner else frozenset(),
                    reads=frozenset() if owner else self._all_names(),
                    is_serial=owner is None,
                )
            )  # fmt: skip
        return calls

    def _owner_of(self, source: NDArray) -> tuple[str, int] | None:
        """Return the name of a population's local array and the size of the population."""
        for p in self.state.populations:
            for name, array in p.values.items():
                if np.shares_memory(array, source):
                    return None if _is_global(p, name) else (f"{p.name}.{name}", p.n)
            for target, array in p.sums.items():
                if np.shares_memory(array, source):
                    return f"{p.name}.sum:{target}", p.n
        return None

    def _all_names(self) -> frozenset[str]:
        """Return the names of all that is not one local array of a population."""
        names = {f"{p.name}.{v}" for p in self.state.projections for v in p.values}
        names |= {f"{p.name}.{v}" for p in self.state.populations for v in p.values}
        return frozenset(names)

    def _spike_recorders(self) -> None:
        for recorder in self.state.recorders:
            if not isinstance(recorder, SpikeRecorder):
                continue
            p = recorder.population
            ring = p.spikes if recorder.kind == "spike" else p.axon_spikes
            self._follow(
                "record_spikes",
                (recorder.steps, recorder.ranks, recorder.count, recorder.is_active,
                 self._numbers(recorder.capacity, 3 * p.n), recorder.mask, self._service,
                 *self.ring(ring)),
            )  # fmt: skip

    def _taps(self) -> None:
        for tap in self.state.taps:
            if isinstance(tap, SpikeTap):
                self._follow(
                    "tap_spikes",
                    (tap.steps, tap.ranks, tap.head, tap.is_active, self._numbers(tap.capacity),
                     tap.mask, *self.ring(tap.population.spikes)),
                )  # fmt: skip
            elif isinstance(tap, ValueTap):
                source = tap.source()
                dims = self._numbers(tap.capacity, len(tap.positions), tap.period_steps)
                self._follow(
                    f"tap_values<{source.itemsize}>",
                    (source, tap.positions, tap.rows, tap.steps, tap.head, tap.is_active, dims),
                )

    def scratch(self, p: PopulationState) -> NDArray:
        """Return an array that takes what a population does not read."""
        return self._scratch.setdefault(id(p), self._keep(aligned(p.n, p.float_type)))


class _BoundProjection:
    """The calls of one projection."""

    def __init__(self, runner: NativeRunner, projection: ProjectionState, kernel: Kernel) -> None:
        self.runner = runner
        self.p = projection
        self.kernel = kernel
        self.variant = self._variant()
        self.storage = self._storage_slots()
        self.ahead = self._ahead()
        self.slots = runner._table(self._slot(key) for key in kernel.slots)

    def _variant(self) -> str:
        storage = self.p.storage
        index = ""
        if storage.kind is StorageKind.CSR:
            index = "_narrow" if storage.index.dtype == np.uint16 else "_wide"
        shared = f"{index}_shared"
        is_shared = self.p.has_single_weight and shared in self.kernel.manifest["variants"]
        return shared if is_shared else f"{index}_own"

    def _storage_slots(self) -> list[NDArray | int | None]:
        """Return the slots of the storage; made once for each storage, because it takes time."""
        runner, p = self.runner, self.p
        has_columns = p.storage.major is Side.PRE and self.kernel.has("post_events")
        known = runner._storages.get(id(p))
        if known is None or known.storage is not p.storage or known.has_columns != has_columns:
            known = _BoundStorage(p.storage, runner._engine, runner._threads.most, has_columns)
            runner._storages[id(p)] = known
        return runner._keep(known).slots

    @property
    def _mirror(self) -> TraceMirror:
        mirror = self.p.values.mirror
        assert isinstance(mirror, TraceMirror)
        return mirror

    def _ahead(self) -> NDArray | None:
        if not self.kernel.manifest["runs_ahead"]:
            return None
        steps = self.runner._keep(np.full(MAX_THREADS, -1, np.int64))
        sums = self.runner._keep(aligned(self.p.post.n, self.p.post.float_type))
        return self.runner._keep(np.array([_address(steps), _address(sums)], np.uint64))

    def _slot(self, key: str) -> NDArray | int | None:
        p, runner = self.p, self.runner
        kind, _, name = key.partition(":")
        match kind:
            case "storage":
                return self.storage[int(name)]
            case "value":
                return p.values.raw(name)
            case "trace":
                return self._mirror.traces[name]
            case "trace_event":
                return self._mirror.events[Side(name)]
            case "target":
                return self._target(p.targets[int(name)])
            case "constant":
                return runner.state.constants[name]
            case "dt":
                return runner._dt
            case "flags" | "learning":
                return getattr(p, kind)
            case "last_event":
                return p._last_event
            case "delay":
                longest = p.storage.max_delay
                return p.delay_steps if longest is None else runner._numbers(longest)
            case "delays":
                return p.storage.delays
            case "key":
                return runner.key("projection", p.name)
            case "sizes":
                return runner._numbers(p.pre.n, p.post.n)
            case "ahead":
                return self.ahead
            case "decoding_window":
                return runner._numbers(p.decoding_window or 1)
            case "decoding_factor":
                return self._decoding_factor()
        side, _, rest = kind.partition(".")
        return self._side_slot(p.pre if side == "pre" else p.post, rest, name)

    def _decoding_factor(self) -> NDArray:
        """Return what turns a spike of the window into a rate [Hz], per postsynaptic neuron."""
        p, dendrites = self.p, self.p.storage.dendrites
        factor = self.runner._keep(aligned(p.post.n, p.post.float_type))
        duration_ms = self.runner.state.dt * (p.decoding_window or 1)
        factor[dendrites.post_ranks] = 1000.0 / (duration_ms * np.diff(dendrites.row_ptr))
        return factor

    def _side_slot(self, q: PopulationState, kind: str, name: str) -> NDArray | int | None:
        match kind:
            case "value":
                return q.values[name]
            case "sum":
                return q.sums[name] if name in q.sums else self.runner.scratch(q)
            case "reduction":
                return self.runner.reduction(q, name)
            case "history":
                return q.histories[name].values if name in q.histories else None
            case "history_dims":
                history = q.histories.get(name)
                depth, stride = (history.depth, history.values.shape[1]) if history else (1, 0)
                return self.runner._numbers(depth, stride)
            case "enabled" | "last_spike":
                return getattr(q, kind)
        ring, _, part = kind.partition(".")
        found = self.runner.ring(q.spikes if ring == "spikes" else q.axon_spikes)
        return found[("ranks", "counts", "starts", "dims").index(part)]

    def _target(self, target: str) -> NDArray:
        post = self.p.post
        if f"g_{target}" in post.values:
            return post.values[f"g_{target}"]
        if target in post.sums:
            return post.sums[target]
        return post.sums.get("", self.runner.scratch(post))

    def _target_names(self) -> frozenset[str]:
        post = self.p.post
        names = set()
        for target in self.p.targets:
            if f"g_{target}" in post.values:
                names.add(f"{post.name}.g_{target}")
            else:
                names.add(f"{post.name}.sum:{target if target in post.sums else ''}")
        return frozenset(names)

    def _call(self, function: str, *, is_serial: bool = False, writes_targets: bool = False) -> Call:
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
            return self._make(function, found, set(), frozenset(), frozenset(traces), False)
        reads |= traces
        written = frozenset(own & {f"{p.name}.{v}" for v in p.values})
        written = frozenset() if function == "transmit" else written
        targets = self._target_names() if writes_targets else frozenset()
        if is_serial or self._writes_shared(function):
            own, written = own | targets, written | targets
            return self._make(function, reads | own, set(), written, frozenset(), True)
        return self._make(function, reads, own, frozenset(), written | targets, False)

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

    def _make(self, function, reads, own_reads, writes, own_writes, is_serial) -> Call:
        return Call(
            kernel=self.kernel.address(function + self.variant), slots=self.slots,
            name=f"{self.p.name}.{function}", reads=frozenset(reads), own_reads=frozenset(own_reads),
            writes=frozenset(writes), own_writes=frozenset(own_writes), is_serial=is_serial,
        )  # fmt: skip

    @property
    def _traces(self) -> tuple[tuple[str, Side], ...]:
        return self.p.model.trace_sides if self.p.values.mirror is not None else ()

    def transmission(self) -> list[Call]:
        """Return the calls that bring input to the postsynaptic neurons."""
        return [
            self._call(function, writes_targets=True)
            for function in ("transmit", "deliver", "deliver_axon")
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


class _BoundStorage:
    """The slots of a storage, with what is derived from it for threads and for columns."""

    def __init__(self, storage: Storage, engine, n_threads: int, has_columns: bool) -> None:
        self.storage = storage
        self.has_columns = has_columns
        self._engine = engine
        self._kept: list[object] = []
        self.slots: list[NDArray | int | None] = self._slots(n_threads)

    def _numbers(self, *values: int) -> NDArray[np.int64]:
        return np.array(values, np.int64)

    def _slots(self, n_threads: int) -> list[NDArray | int | None]:
        storage = self.storage
        rows, columns = storage.rows, storage.columns
        if storage.kind is StorageKind.DENSE:
            has_self = int(storage.has_self)
            extent = (rows.start, len(rows), columns.start, len(columns))
            return [self._numbers(*extent, storage.stride, has_self)]
        if storage.kind is StorageKind.ONE_TO_ONE:
            return [self._numbers(rows.start, len(rows), columns.start)]
        return [
            self._numbers(len(storage.row_ptr) - 1),
            self._bounds(1),
            self._bounds(n_threads),
            storage.index,
            *self._transposed(),
            storage.segment_ptr,
            storage.segment_delay,
        ]

    def _bounds(self, n_threads: int) -> NDArray:
        """Return the addresses of where each thread's part of the rows begins and ends."""
        begin = _address(self.storage.row_ptr)
        end = begin + self.storage.row_ptr.itemsize
        if n_threads == 1 or self.storage.major is Side.POST:
            table = [begin, end] * n_threads
        else:
            cuts = [begin, *(self._cut(t, n_threads) for t in range(1, n_threads)), end]
            table = [a for pair in zip(cuts[:-1], cuts[1:], strict=True) for a in pair]
        return np.array(table, np.uint64)

    def _cut(self, thread: int, n_threads: int) -> int:
        storage = self.storage
        n_blocks = max(1, -(-storage.n_post // BLOCK))
        first = n_blocks * thread // n_threads * BLOCK
        out = np.empty(len(storage.row_ptr) - 1, np.int64)
        self._kept.append(out)
        self._engine.split(
            _address(storage.row_ptr), len(out), _address(storage.index),
            storage.index.dtype == np.uint16, first, _address(out),
        )  # fmt: skip
        return _address(out)

    def _transposed(self) -> list[NDArray | None]:
        """Return the entries of each postsynaptic neuron; only `post_spike` walks them."""
        storage = self.storage
        if not self.has_columns:
            return [None, None, None]
        counts = np.bincount(storage.index, minlength=storage.n_post)
        pointers = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
        following = pointers[:-1].copy()
        owner = np.empty(max(1, storage.n_synapses), np.int32)
        position = np.empty(max(1, storage.n_synapses), np.uint32)
        row_owner = None
        if storage.segment_ptr is not None:
            counts = np.diff(storage.segment_ptr)
            row_owner = np.repeat(np.arange(storage.n_pre, dtype=np.int32), counts)
        self._engine.transposed(
            _address(storage.row_ptr), 0 if row_owner is None else _address(row_owner),
            len(storage.row_ptr) - 1, _address(storage.index), storage.index.dtype == np.uint16,
            _address(following), _address(owner), _address(position),
        )  # fmt: skip
        return [pointers, owner, position]


def _address(array: NDArray) -> int:
    return array.__array_interface__["data"][0]


def _is_global(p: PopulationState, name: str) -> bool:
    attribute = p.model.attribute(name)
    return attribute is not None and attribute.locality is Locality.GLOBAL


def _grow_window(p: PopulationState) -> None:
    """Double the memory of a rate window that is almost full."""
    window = p.rate_window
    if window is None or window.ends[1] - window.ends[0] + 3 * p.n <= len(window.fifo):
        return
    old, (head, tail) = len(window.fifo), window.ends
    larger = np.zeros(2 * old + 4 * p.n, np.int32)
    larger[: tail - head] = window.fifo[np.arange(head, tail) % old]
    window.fifo = larger
    window.ends[:] = (0, tail - head)
