"""Random projections that are drawn where they are used; see ``codegen/cuda/native/drawing.cu``.

Only what has one number for each row comes to the host: how many synapses it has, so that the
host can say where rows begin. The arrays of synapses are there in name; whoever reads them gets
them from the device.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annlab.codegen.cuda.kernels import drawing_source
from annlab.ir.expr import Side
from annlab.runtime.cuda.device import Block, Device, Launch, Library
from annlab.runtime.cuda.memory import DeviceMemory
from annlab.runtime.cuda.pending import WeightBook
from annlab.runtime.cuda.sums import Extent
from annlab.runtime.drawing.laws import Law, Purpose
from annlab.runtime.drawing.plain import Key, index_dtype, mean_gap_of
from annlab.runtime.drawing.plan import Plan
from annlab.runtime.storage import Storage, StorageKind

WARP = 32
MOST_DELAYS = 1 << 16  # steps, which a team counts one by one
MOST_SCRATCH = 1 << 26  # bytes, for all teams
LEAST_SYNAPSES = 1_000_000  # fewer are drawn on the host before the kernels are loaded

Slot = NDArray | int


@dataclass(frozen=True, slots=True)
class _Counted:
    """How many different delays each row has, the longest of all, and the slots that counted."""

    n_segments: NDArray[np.int64]
    longest: int
    slots: list[Slot]
    n_blocks: int
    scratch: Block


class DeviceRows:
    """Draws projections on a device, one at a time."""

    def __init__(self, device: Device, memory: DeviceMemory, book: WeightBook) -> None:
        self.memory = memory
        self._device = device
        self._book = book
        self._library: Library | None = None
        self._functions: dict[str, Any] = {}
        self._lock = threading.Lock()

    def draw(self, plan: Plan, key: Key, major: Side) -> tuple[Storage, float | NDArray]:
        """Return the storage of a projection, and its weights in the order of the storage.

        Raises
        ------
        TooLargeError
            If the device has no room for it.
        """
        with self._lock:
            storage, weights, n_inputs, extent = _Draw(self, plan, key, major).made()
        self._book.note_inputs(storage, n_inputs)
        if isinstance(weights, np.ndarray):
            self._book.note_weights(weights, extent)
        return storage, weights

    def takes(self, plan: Plan, n_expected: float, major: Side) -> bool:
        """Tell whether a projection is drawn here."""
        n_rows, n_columns = (len(side) for side in plan.sides(major))
        return (
            n_expected >= LEAST_SYNAPSES
            and n_rows * n_columns < 1 << 62
            and (not isinstance(plan.delays, Law) or plan.longest < MOST_DELAYS)
        )

    # ---- launches -----------------------------------------------------------------------------

    def call(self, name: str, slots: Sequence[Slot], n_items: int, n_blocks: int = 0) -> None:
        """Have a kernel do its work, with a thread for each item at most, and wait."""
        device = self._device
        n_wanted = max(1, -(-n_items // device.n_threads))
        # Blocks are freed when nobody knows them any more: here, after the kernel.
        given = [self.copy(slot) if isinstance(slot, np.ndarray) else slot for slot in slots]
        addresses = [slot if isinstance(slot, int) else slot.address for slot in given]
        table = self.copy(np.array(addresses, np.uint64))
        tables = self.copy(np.array([table.address], np.uint64))
        first, clock = self.copy(np.array([0, 1], np.int32)), self.copy(np.zeros(2, np.int64))
        device.launch(
            Launch(
                name=name,
                function=self._function(name),
                arguments=(tables.address, first.address, clock.address),
                grid=(min(n_wanted, n_blocks or device.n_blocks), 1),
                n_threads=device.n_threads,
            )
        )

    def _function(self, name: str) -> Any:
        if name not in self._functions:
            if self._library is None:
                (self._library,) = self._device.load([drawing_source()])
            self._functions[name] = self._library.function(name)
        return self._functions[name]

    def copy(self, array: NDArray) -> Block:
        """Return memory of the device with the numbers of an array."""
        block = self.memory.allocate(array.nbytes)
        self._device.write(block.address, array)
        return block

    def room(self, n: int, itemsize: int) -> Block:
        """Return memory of the device for `n` elements."""
        return self.memory.allocate(n * itemsize)

    def zeros(self, n: int, itemsize: int) -> Block:
        """Return memory of the device with zeros."""
        return self.copy(np.zeros(n * itemsize, np.uint8))

    def read(self, block: Block, n: int, dtype: type) -> NDArray:
        """Return numbers of the device."""
        found = np.empty(n, dtype)
        self._device.read(block.address, found)
        return found

    def scratch(self, n_words: int) -> tuple[Block, int]:
        """Return memory for teams with so many 32-bit words each, and for how many blocks."""
        n_teams = self._device.n_threads // WARP
        n_blocks = max(1, min(self._device.n_blocks, MOST_SCRATCH // (4 * n_words * n_teams)))
        return self.room(n_blocks * n_teams * n_words, 4), n_blocks


class _Draw:
    """The making of one projection; what it needs for a while goes with it."""

    def __init__(self, rows: DeviceRows, plan: Plan, key: Key, major: Side) -> None:
        self._on = rows
        self._memory = rows.memory
        self._plan = plan
        self._key = key
        self._major = major
        self._ranks, self._columns = plan.sides(major)
        self._n_ranks, self._n_others = (
            (plan.n_pre, plan.n_post) if major is Side.PRE else (plan.n_post, plan.n_pre)
        )

    def made(self) -> tuple[Storage, float | NDArray, int, Extent]:
        """Return storage and weights, the most synapses onto one neuron, the extent of weights."""
        plan = self._plan
        row_ptr, index = self._pairs()
        n = len(index)
        weights = None
        if isinstance(plan.weights, Law):
            weights = self._values(plan.weights, n, plan.float_type, Purpose.WEIGHTS)
        storage = Storage(
            kind=StorageKind.CSR,
            major=self._major,
            n_pre=plan.n_pre,
            n_post=plan.n_post,
            n_synapses=n,
            n_slots=n,
            row_ptr=row_ptr,
            index=index,
        )
        if isinstance(plan.delays, Law):
            delays = self._values(plan.delays, n, np.dtype(np.int32), Purpose.DELAYS)
            storage.delays = delays
            counted = self._count_delays(storage, delays)
            storage.note_longest(max(1, counted.longest))
            if self._major is Side.PRE:
                weights = self._cut(storage, delays, weights, counted)
        n_inputs = self._most_inputs(storage)
        storage.keeper = self._memory
        if weights is None:
            assert not isinstance(plan.weights, Law)
            return storage, plan.weights, n_inputs, Extent(0, True)
        return storage, weights, n_inputs, self._extent(weights)

    # ---- pairs --------------------------------------------------------------------------------

    def _pairs(self) -> tuple[NDArray[np.int64], NDArray]:
        """Return where rows begin, and their ranks, which are on the device."""
        if self._plan.probability is not None:
            return self._bernoulli()
        return self._chosen() if self._plan.drawn is self._major else self._chosen_by_others()

    def _pattern(self) -> list[Slot]:
        """Return the slots that say how the rows are drawn, each by itself."""
        plan = self._plan
        rows, columns = plan.sides(plan.drawn)
        own = rows.start - columns.start
        dims = (*self._key, len(rows), len(columns), plan.number, own, plan.is_recurrent)
        mean_gap = mean_gap_of(plan.probability or 0.0)
        return [np.array(dims, np.int64), np.array([mean_gap])]

    def _bernoulli(self) -> tuple[NDArray[np.int64], NDArray]:
        on, n_rows = self._on, len(self._ranks)
        counts = on.room(n_rows, 8)
        on.call("count_rows", [*self._pattern(), counts.address], n_rows * WARP)
        row_ptr, index, place = self._empty(on.read(counts, n_rows, np.int64))
        begins = np.ascontiguousarray(row_ptr[self._ranks.start : self._ranks.stop])
        first = np.array([self._columns.start], np.int64)
        on.call(
            f"draw_rows_{index.itemsize}", [*self._pattern(), begins, place, first], n_rows * WARP
        )
        return row_ptr, index

    def _chosen(self) -> tuple[NDArray[np.int64], NDArray]:
        n_rows = len(self._ranks)
        row_ptr, index, place = self._empty(np.full(n_rows, self._plan.number, np.int64))
        self._choose(place, index.itemsize, self._columns.start)
        return row_ptr, index

    def _choose(self, place: int, itemsize: int, first_rank: int) -> None:
        """Draw rows of a fixed number, one after the other."""
        rows, columns = self._plan.sides(self._plan.drawn)
        n_words = -(-len(columns) // WARP)
        scratch, n_blocks = self._on.scratch(n_words)
        self._on.call(
            f"choose_rows_{itemsize}",
            [
                *self._pattern(), place, np.array([first_rank], np.int64),
                scratch.address, np.array([n_words], np.int64),
            ],
            len(rows) * WARP,
            n_blocks,
        )  # fmt: skip

    def _chosen_by_others(self) -> tuple[NDArray[np.int64], NDArray]:
        """Draw the rows of the other side, and turn them round."""
        on, plan = self._on, self._plan
        n_rows, n_drawn = len(self._ranks), len(self._columns)
        n = n_drawn * plan.number
        size = index_dtype(n_rows).itemsize
        chosen = on.room(n, size)
        self._choose(chosen.address, size, 0)
        counts = on.zeros(n_rows, 4)
        on.call(
            f"count_columns_{size}", [chosen.address, np.array([n], np.int64), counts.address], n
        )
        row_ptr, index, place = self._empty(on.read(counts, n_rows, np.uint32))
        begins = row_ptr[self._ranks.start : self._ranks.stop + 1].copy()
        dims = np.array([n, plan.number, self._columns.start], np.int64)
        counters = on.zeros(n_rows, 4)
        on.call(
            f"scatter_rows_{size}_{index.itemsize}",
            [chosen.address, dims, begins, counters.address, place],
            n,
        )
        n_words = -(-self._n_others // WARP)
        scratch, n_blocks = on.scratch(n_words)
        dims, words = np.array([n_rows, self._n_others], np.int64), np.array([n_words], np.int64)
        on.call(
            f"sort_rows_{index.itemsize}",
            [begins, place, dims, scratch.address, words],
            n_rows * WARP,
            n_blocks,
        )
        return row_ptr, index

    def _empty(self, counts: NDArray) -> tuple[NDArray[np.int64], NDArray, int]:
        """Return where rows of the whole population begin, and ranks with their address."""
        row_ptr = np.zeros(self._n_ranks + 1, np.int64)
        row_ptr[self._ranks.start + 1 : self._ranks.stop + 1] = counts
        np.cumsum(row_ptr, out=row_ptr)
        index = np.empty(row_ptr[-1], index_dtype(self._n_others))
        return row_ptr, index, self._memory.born(index)

    # ---- values -------------------------------------------------------------------------------

    def _values(self, law: Law, n: int, dtype: np.dtype, purpose: Purpose) -> NDArray:
        values = np.empty(n, dtype)
        self._on.call(
            f"fill_values_{dtype.name}",
            [
                np.array([*self._key, purpose, n], np.int64),
                np.array([law.kind, law.a, law.b, law.low, law.high, law.unit]),
                self._memory.born(values),
            ],
            -(-n // 2),
        )
        return values

    def _extent(self, weights: NDArray) -> Extent:
        found = self._on.copy(np.array([0, 2**64 - 1, 0], np.uint64))
        slots = [self._memory.address(weights), np.array([len(weights)], np.int64), found.address]
        self._on.call(f"find_extent_{weights.dtype.name}", slots, len(weights))
        largest, smallest, n_bad = self._on.read(found, 3, np.uint64)
        ends = np.array([largest, smallest], np.uint64).view(np.float64)
        return Extent.between(math.nan if n_bad else float(ends[0]), float(ends[1]))

    def _most_inputs(self, storage: Storage) -> int:
        if self._major is Side.POST:
            return int(np.diff(storage.row_ptr).max(initial=0))
        on, index = self._on, storage.index
        counts = on.zeros(self._n_others, 4)
        slots = [self._memory.address(index), np.array([len(index)], np.int64), counts.address]
        on.call(f"count_columns_{index.itemsize}", slots, len(index))
        return int(on.read(counts, self._n_others, np.uint32).max(initial=0))

    # ---- delays -------------------------------------------------------------------------------

    def _count_delays(self, storage: Storage, delays: NDArray[np.int32]) -> _Counted:
        on, n_rows, n_delays = self._on, self._n_ranks, self._plan.longest + 1
        scratch, n_blocks = on.scratch(n_delays)
        slots: list[Slot] = [
            storage.row_ptr, self._memory.address(delays),
            np.array([n_rows, n_delays], np.int64), scratch.address, np.array([n_delays], np.int64),
        ]  # fmt: skip
        n_segments, longest = on.room(n_rows, 8), on.room(n_rows, 4)
        found = [n_segments.address, longest.address]
        on.call("count_delays", [*slots, *found], n_rows * WARP, n_blocks)
        return _Counted(
            n_segments=on.read(n_segments, n_rows, np.int64),
            longest=int(on.read(longest, n_rows, np.int32).max(initial=0)),
            slots=slots,
            n_blocks=n_blocks,
            scratch=scratch,
        )

    def _cut(
        self,
        storage: Storage,
        delays: NDArray[np.int32],
        weights: NDArray | None,
        counted: _Counted,
    ) -> NDArray | None:
        """Cut rows by delay; return the weights in the new order."""
        memory, old = self._memory, storage.index
        segment_ptr = np.concatenate(([0], np.cumsum(counted.n_segments)))
        cuts = np.empty(segment_ptr[-1] + 1, np.int64)
        segment_delay = np.empty(segment_ptr[-1], np.int32)
        index = np.empty_like(old)
        moved = None if weights is None else np.empty_like(weights)
        slots = [
            *counted.slots, segment_ptr, memory.born(cuts), memory.born(segment_delay),
            memory.address(old), memory.born(index),
            np.array([old.itemsize, 0 if weights is None else weights.itemsize], np.int64),
        ]  # fmt: skip
        if weights is not None and moved is not None:
            slots += [memory.address(weights), memory.born(moved)]
        self._on.call("cut_rows", slots, self._n_ranks * WARP, counted.n_blocks)
        for array in (old, delays, weights):
            if array is not None:
                memory.drop(array)
        storage.row_ptr, storage.index = cuts, index
        storage.segment_ptr, storage.segment_delay = segment_ptr, segment_delay

        def by_segment(memory: DeviceMemory) -> NDArray:
            memory.fetch(segment_delay)
            memory.fetch(cuts)
            return np.repeat(segment_delay, np.diff(cuts))

        memory.owe(delays, by_segment)  # kernels need the segments alone
        return moved
