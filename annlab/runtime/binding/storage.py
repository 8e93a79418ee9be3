"""The slots of a storage, with what threads and columns need; see ``native/storage.hpp``."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from annlab.errors import TooLargeError
from annlab.ir.expr import Side
from annlab.runtime.binding.binder import Slot, address
from annlab.runtime.columns import Columns
from annlab.runtime.memory import BLOCK
from annlab.runtime.storage import Storage, StorageKind


class BoundStorage:
    """The slots of a storage, with what is derived from it for threads and for columns.

    `earlier` was bound for the synapses before some came or went; its memory is used again.
    """

    def __init__(
        self,
        storage: Storage,
        engine: Any,
        *,
        n_threads: int,
        has_columns: bool,
        earlier: BoundStorage | None = None,
    ) -> None:
        self.storage = storage
        self.has_columns = has_columns
        self._earlier = None if earlier is None else earlier.storage.by_column
        self._engine = engine
        self._kept: list[object] = []
        self.slots: list[Slot] = self._slots(n_threads)
        self._earlier = None  # it goes

    def _numbers(self, *values: int) -> NDArray[np.int64]:
        return np.array(values, np.int64)

    def _slots(self, n_threads: int) -> list[Slot]:
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
        begin = address(self.storage.row_ptr)
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
            address(storage.row_ptr), len(out), address(storage.index),
            storage.index.dtype == np.uint16, first, address(out),
        )  # fmt: skip
        return address(out)

    def _transposed(self) -> list[NDArray | None]:
        """Return the entries of each postsynaptic neuron; only `post_spike` walks them."""
        storage = self.storage
        if not self.has_columns:
            return [None, None, None]
        if storage.n_synapses > np.iinfo(np.int32).max:
            raise TooLargeError(
                f"A projection whose synapses react to postsynaptic spikes can have at most"
                f" 2**31 - 1 synapses, not {storage.n_synapses}. Split it: projections with the"
                f" same target add up."
            )
        if storage.by_column is None:
            storage.by_column = self._listed()
        columns = storage.by_column
        return [columns.pointers, columns.owner, columns.position]

    def _listed(self) -> Columns:
        storage = self.storage
        pointers = np.empty(storage.n_post + 1, np.int64)
        columns = Columns.empty(pointers, storage.n_synapses, self._earlier)
        first = columns.start * columns.owners.itemsize
        row_owner = None
        if storage.segment_ptr is not None:
            counts = np.diff(storage.segment_ptr)
            row_owner = np.repeat(np.arange(storage.n_pre, dtype=np.int32), counts)
        self._engine.transposed(
            address(storage.row_ptr), 0 if row_owner is None else address(row_owner),
            len(storage.row_ptr) - 1, address(storage.index), storage.index.dtype == np.uint16,
            storage.n_post, address(pointers), address(columns.owners) + first,
            address(columns.positions) + first,
        )  # fmt: skip
        return columns
