"""From arrays and kernels to tables of device addresses; see `annlab.runtime.binding`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annlab.codegen.cuda.kernels import KernelSource, service_source
from annlab.ir.expr import Side
from annlab.runtime.binding.binder import Binder, Slot
from annlab.runtime.binding.projection import BoundProjection
from annlab.runtime.binding.storage import BoundStorage
from annlab.runtime.cuda.device import Device, Launch, Library
from annlab.runtime.cuda.launches import Batch
from annlab.runtime.cuda.memory import DeviceMemory
from annlab.runtime.cuda.pending import PendingSums, Settlement, written_by
from annlab.runtime.cuda.sums import sharing
from annlab.runtime.memory import BLOCK
from annlab.runtime.rings import SpikeRing
from annlab.runtime.schedule import RING, Call
from annlab.runtime.state import NetworkState, PopulationState, ProjectionState
from annlab.runtime.storage import Storage, StorageKind

WARP = 32
ACCUMULATE = "accumulate"
UPDATE = "update"
FEW_SPIKES = 64  # of a small population in a step
MOST_SPIKES = 1024  # that are looked at side by side; more take turns
# Kernels that one block does alone, or few large ones.
_ALONE = frozenset(["spike_table", "append_spikes", "rate_window_float64", "rate_window_float32"])
_LARGE = "collect_spikes"
_MARKS_AT_ONCE = 4  # words of marks that a thread reads
_SYMBOL = str.maketrans({"<": "_", ",": "_", ">": None})


@dataclass(frozen=True, slots=True)
class SpikeRecord:
    """What a recorder or a tap keeps of a ring: slots, and what is written to the schedule."""

    slots: tuple[Slot, ...]
    names: frozenset[str]
    is_masked: bool


def marks_of(mask: NDArray) -> NDArray[np.uint32]:
    """Return which neurons are not 0, as bits in as many words as threads read at once."""
    found = no_marks(len(mask))
    bits = np.packbits(mask != 0, bitorder="little")
    found.view(np.uint8)[: len(bits)] = bits
    return found


def no_marks(n: int) -> NDArray[np.uint32]:
    """Return words for a bit of each neuron."""
    return np.zeros(-(-n // (WARP * _MARKS_AT_ONCE)) * _MARKS_AT_ONCE, np.uint32)


@dataclass(frozen=True, slots=True)
class Function:
    """A kernel of a library; its number stands in calls."""

    name: str
    function: Any


class Engine:
    """The kernels of a network by number, and those that depend on no model by name."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.functions: list[Function] = []
        self._numbers: dict[tuple[int, str], int] = {}
        self._libraries: dict[str, Library] = {}
        self.KERNELS = _Services(self)

    def load(self, sources: Sequence[KernelSource]) -> list[DeviceKernel]:
        """Return loaded kernels; what is loaded already is not loaded again."""
        missing = {s.text: s for s in sources if s.text not in self._libraries}
        for text, library in zip(missing, self.device.load(list(missing.values())), strict=True):
            self._libraries[text] = library
        return [DeviceKernel(self, self._libraries[s.text], s.manifest) for s in sources]

    def number(self, library: Library, name: str) -> int:
        """Return the number of a kernel."""
        key = (id(library), name)
        if key not in self._numbers:
            self.functions.append(Function(name, library.function(name)))
            self._numbers[key] = len(self.functions) - 1
        return self._numbers[key]


class _Services:
    """Numbers of the kernels that depend on no model, by the names that calls use."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._library: Library | None = None

    def __getitem__(self, name: str) -> int:
        if self._library is None:
            (self._library,) = self._engine.device.load([service_source()])
        return self._engine.number(self._library, name.translate(_SYMBOL))


@dataclass(frozen=True, slots=True)
class DeviceKernel:
    """A loaded kernel as the binding asks for it."""

    engine: Engine
    library: Library
    manifest: dict

    @property
    def slots(self) -> list[str]:
        return self.manifest["slots"]

    def has(self, function: str) -> bool:
        return function in self.manifest["functions"]

    def address(self, function: str) -> int:
        """Return the number of an exported function."""
        return self.engine.number(self.library, function)


class DeviceBinder(Binder):
    """Tables of device addresses for one network."""

    def __init__(self, state: NetworkState, engine: Engine, memory: DeviceMemory) -> None:
        self.memory = memory
        # The next step, the first of this run, and a place that only kernels of the CPU use.
        self.clock = np.zeros(16, np.int64)
        self.pending: PendingSums | None = None
        self._fired: dict[tuple[int, str], NDArray] = {}
        # Sums of populations, and the projections that set them where others add.
        self.begun: dict[tuple[int, str], ProjectionState] = {}
        self._settled: dict[int, list[Settlement]] = {}  # by who updates the neurons
        super().__init__(state, engine, 1, np.zeros(1, np.int64))

    def place(self, array: NDArray) -> int:
        """Return the address of an array on the device."""
        return self.memory.address(array)

    def table(self, entries: Iterable[Slot]) -> int:
        """Return the address of a table of addresses, which stays as it is."""
        found = self.keep(self.addresses(entries))
        found.flags.writeable = False
        return self.place(found)

    def numbers(self, *values: int) -> NDArray[np.int64]:
        """Return an array of integers that stays alive and as it is."""
        found = super().numbers(*values)
        found.flags.writeable = False
        return found

    def written(self, *arrays: NDArray | None) -> None:
        """Note that kernels write into arrays."""
        for array in arrays:
            if array is not None:
                self.memory.mark_written(array)

    def fired(self, p: PopulationState, ring: str) -> NDArray:
        """Return where the threads of a population note who has spiked."""
        key = (id(p), ring)
        if key not in self._fired:
            self._fired[key] = self.keep(no_marks(p.n_padded))
        return self._fired[key]

    def ring_slot(self, p: PopulationState, ring: str, part: str) -> Slot:
        """Return one slot of a population's ring, or where its threads note who has spiked."""
        if ring == "settling":
            return self._settling(self.settled(p))[int(part)]
        return self.fired(p, ring) if part == "fired" else super().ring_slot(p, ring, part)

    def settle_with_update(self, settlement: Settlement) -> None:
        """Have sums brought to their target by the call that updates the neurons."""
        self._settled.setdefault(id(settlement.post), []).append(settlement)

    def settled(self, p: PopulationState) -> list[Settlement]:
        """Return what the update of a population brings to its targets."""
        return self._settled.get(id(p), [])

    def _settling(self, settled: Sequence[Settlement]) -> list[Slot]:
        """Return the slots of two settlements, and where those of more are."""
        slots: list[Slot] = [slot for s in settled[:2] for slot in (s.into, s.sums, s.unit)]
        slots += [None] * (6 - len(slots))
        return [*slots, self.table(self._settling(settled[2:])) if settled[2:] else None]

    def marks(self, p: PopulationState, name: str) -> bool:
        """Tell whether threads note who has spiked."""
        return (id(p), name) in self._fired

    def collect(
        self, p: PopulationState, name: str, ring: SpikeRing, records: Sequence[SpikeRecord]
    ) -> Call:
        """Return the call that lists who has spiked, in the ring and for recorders."""
        rings = frozenset({f"{RING}{p.name}.{name}"})
        marks = self.fired(p, name)
        n_reads = len(marks) // _MARKS_AT_ONCE
        has_plain = int(bool(records) and not records[0].is_masked)
        others = self.keep(np.array([self.table(r.slots) for r in records[has_plain:]], np.uint64))
        first = records[0].slots if has_plain else (None,) * 6
        slots = (
            marks, self.numbers(n_reads), *self.ring(ring), others if len(others) else None,
            self.numbers(len(others), has_plain), *first,
        )  # fmt: skip
        names = rings.union(*(r.names for r in records))
        return self.generic("collect_spikes", slots, reads=rings, writes=names, n_items=n_reads)

    def launch(self, batch: Batch) -> Launch:
        """Return the launch of a batch of calls."""
        assert isinstance(self.engine, Engine)
        function = self.engine.functions[batch.kernel]
        device = self.memory.device
        n_threads, n_blocks = device.n_threads_alone, 1
        if function.name not in _ALONE:
            n_threads = device.n_threads_alone if function.name == _LARGE else device.n_threads
            n_blocks = -(-max(call.n_items for call in batch.calls) // n_threads)
        if function.name == UPDATE:  # what a thread computes once serves all its neurons
            n_blocks = min(n_blocks, device.n_blocks_of(function.function))
        if function.name.startswith(ACCUMULATE):  # its teams go on until nothing is left
            n_at_a_time = device.n_blocks_of(function.function)
            n_blocks = min(n_blocks, max(1, n_at_a_time // len(batch.groups)))
        tables = self.keep(np.array([call.slots for call in batch.calls], np.uint64))
        tables.flags.writeable = False
        sizes = [len(group) for group in batch.groups]
        first = 0
        if max(sizes) > 1:
            first = self.place(self.keep(np.concatenate(([0], np.cumsum(sizes))).astype(np.int32)))
        return Launch(
            name=function.name,
            function=function.function,
            arguments=(self.place(tables), first, self.place(self.clock)),
            grid=(max(1, n_blocks), len(batch.groups)),
            n_threads=n_threads,
        )

    def tick(self) -> Launch:
        """Return the launch that sets the clock on."""
        assert isinstance(self.engine, Engine)
        function = self.engine.functions[self.engine.KERNELS["advance_clock"]]
        return Launch(
            name=function.name,
            function=function.function,
            arguments=(0, 0, self.place(self.clock)),
            grid=(1, 1),
            n_threads=WARP,
        )


class DeviceStorage(BoundStorage):
    """The slots of a storage; see ``codegen/cuda/native/storage.cuh``."""

    def __init__(self, storage: Storage, has_columns: bool) -> None:
        super().__init__(storage, None, n_threads=1, has_columns=has_columns)

    def _slots(self, n_threads: int) -> list[Slot]:
        storage = self.storage
        if storage.kind is not StorageKind.CSR:
            return super()._slots(n_threads)
        segments = storage.segment_ptr
        n_rows = len(storage.row_ptr) - 1
        return [
            self._numbers(n_rows, n_rows if segments is None else len(segments) - 1),
            storage.row_ptr,
            storage.index,
            *self._transposed(),
            segments,
            storage.segment_delay,
        ]

    def _transposed(self) -> list[NDArray | None]:
        """Return the entries of each postsynaptic neuron, ascending in storage order."""
        storage = self.storage
        if not self.has_columns:
            return [None, None, None]
        storage.fetch()
        counts = np.bincount(storage.index, minlength=storage.n_post)
        pointers = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
        position = np.argsort(storage.index, kind="stable")
        owner = np.repeat(storage.row_owner(), np.diff(storage.row_ptr))[position]
        return [pointers, owner.astype(np.int32), position.astype(np.uint32)]


class DeviceProjection(BoundProjection):
    """The calls of one projection, with how many threads may share each."""

    def _bound(
        self, storage: Storage, has_columns: bool, earlier: BoundStorage | None
    ) -> BoundStorage:
        return DeviceStorage(storage, has_columns)

    @property
    def _pending(self) -> PendingSums:
        assert isinstance(self.binder, DeviceBinder)
        assert self.binder.pending is not None
        return self.binder.pending

    def _slot(self, key: str) -> Slot:
        kind, _, name = key.partition(":")
        if kind == "begins":
            return self._begins()
        if kind in ("pending", "scale", "sharing"):
            return self._pending.slot(self.p, kind, int(name or 0))
        if kind == "delays" and not self._reads_histories():
            return None  # rows are cut by delay
        return super()._slot(key)

    def _begins(self) -> Slot:
        """Return for each target whether its sum begins with this projection."""
        assert isinstance(self.binder, DeviceBinder)
        begun = self.binder.begun
        targets = self.p.targets
        return self.binder.numbers(
            *(
                begun.get((id(self.p.post), target)) is self.p and target not in targets[:k]
                for k, target in enumerate(targets)
            )
        )

    def _reads_histories(self) -> bool:
        return any(key.startswith("pre.history:") for key in self.kernel.slots)

    def transmission(self) -> list[Call]:
        """Return the calls that bring input to the postsynaptic neurons, or to sums of it."""
        calls = []
        for function in ("deliver", "deliver_axon", "transmit"):
            added = function.replace("deliver", ACCUMULATE)
            if self.kernel.has(added) and self._pending.takes(self.p):
                calls.append(self._accumulate(added))
            elif self.kernel.has(function):
                calls.append(self._call(function, writes_targets=True))
        return calls

    def _accumulate(self, function: str) -> Call:
        pre = self.p.pre.name
        rings = frozenset({f"{RING}{pre}.spikes", f"{RING}{pre}.axon"})
        return self._make(function, reads=rings, own_writes=frozenset({written_by(self.p.name)}))

    def settlement(self) -> list[Settlement]:
        """Return how the sums get to targets of which this is the first projection."""
        return [
            settlement
            for target in self.p.targets
            if self._pending.is_first(self.p, target)
            for settlement in self._pending.settle(
                self.p.post, target, self._target(target), self._target_name(target)
            )
        ]

    def _make(self, function: str, **names: Any) -> Call:
        call = super()._make(function, **names)
        call.n_items = 1 if call.is_serial else self._n_threads(function)
        return call

    def _n_threads(self, function: str) -> int:
        p, storage = self.p, self.p.storage
        n_post = p.post.n
        is_post_major = storage.major is Side.POST
        match function:
            case "accumulate" | "accumulate_axon":
                return WARP * self._n_teams()
            case "update_global":
                return 1
            case "update_semiglobal":
                return n_post
            case "update_synapses":
                rows = storage.rows.stop if storage.kind is not StorageKind.CSR else 0
                return WARP * max(rows, len(storage.row_ptr) - 1, 1)
            case "post_events":
                return WARP * min(n_post, MOST_SPIKES)
            case "transmit" if storage.kind is StorageKind.ONE_TO_ONE:
                return n_post
            case "transmit" if is_post_major:
                return WARP * n_post
        return WARP * -(-n_post // BLOCK)  # a team for each block of neurons

    def _n_teams(self) -> int:
        """Return how many teams have something to do where one neuron in 500 spikes in a step."""
        n_parts, n_at_once = sharing(self.p.storage)
        n_spikes = max(FEW_SPIKES, self.p.pre.n // 500) * (self.p.storage.max_delay or 1)
        return n_parts * -(-n_spikes // n_at_once)
