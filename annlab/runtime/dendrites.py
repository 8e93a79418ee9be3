"""Synapses in the order in which users count them: dendrite by dendrite.

A `Storage` lies as kernels walk it. Where everybody
is connected to everybody nothing is listed until somebody asks for all pairs: the table of a
hundred million of them takes seconds and more memory than the weights.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from annlab.ir.expr import Side

if TYPE_CHECKING:
    from annlab.runtime.columns import Columns
    from annlab.runtime.storage import Storage


class Dendrites(ABC):
    """The dendrites of a projection.

    Attributes
    ----------
    post_ranks
        Postsynaptic ranks that have a dendrite, ascending.
    row_ptr
        Dendrite k holds synapses ``row_ptr[k]:row_ptr[k + 1]``.
    """

    post_ranks: NDArray[np.int32]
    row_ptr: NDArray[np.int64]

    @property
    @abstractmethod
    def pre_ranks(self) -> NDArray[np.int32]:
        """The presynaptic rank of every synapse, ascending within a dendrite."""

    @property
    @abstractmethod
    def positions(self) -> NDArray[np.int64]:
        """Where the values of every synapse lie in the arrays of the projection."""

    def pre_of(self, rows: slice) -> NDArray[np.int32]:
        """Return `pre_ranks` of some synapses."""
        return self.pre_ranks[rows]

    def positions_of(self, rows: slice) -> NDArray[np.int64]:
        """Return `positions` of some synapses."""
        return self.positions[rows]

    @abstractmethod
    def take(self, values: NDArray) -> NDArray:
        """Return an array of the projection in the user's order, a view where that can be."""

    @abstractmethod
    def put(self, values: NDArray, given: NDArray) -> None:
        """Set an array of the projection; `given` is in the user's order, or one number."""

    def row_of(self, post_rank: int) -> int | None:
        """Return the row of a postsynaptic rank, or None if it has no dendrite."""
        k = int(np.searchsorted(self.post_ranks, post_rank))
        found = k < len(self.post_ranks) and self.post_ranks[k] == post_rank
        return k if found else None


class ListedDendrites(Dendrites):
    """Of which all synapses are listed once somebody asks for them.

    `listing` returns presynaptic ranks and positions; it knows arrays, and no storage, which would
    know it in turn. `is_storage_order`: the values of the synapses lie in this order.
    """

    def __init__(
        self,
        post_ranks: NDArray[np.int32],
        row_ptr: NDArray[np.int64],
        listing: Callable[[], tuple[NDArray[np.int32], NDArray[np.int64]]],
        *,
        is_storage_order: bool = False,
    ) -> None:
        self.post_ranks, self.row_ptr = post_ranks, row_ptr
        self._listing = listing
        self._is_storage_order = is_storage_order

    @cached_property
    def _listed(self) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        return self._listing()

    @property
    def pre_ranks(self) -> NDArray[np.int32]:
        """Presynaptic ranks."""
        return self._listed[0]

    @property
    def positions(self) -> NDArray[np.int64]:
        """Where values lie."""
        return self._listed[1]

    @property
    def _places(self) -> slice | NDArray[np.int64]:
        """Where values lie: a slice costs no gathering."""
        return slice(int(self.row_ptr[-1])) if self._is_storage_order else self.positions

    def take(self, values: NDArray) -> NDArray:
        """Gather, unless the order is the same."""
        return values[self._places]

    def put(self, values: NDArray, given: NDArray) -> None:
        """Scatter, unless the order is the same."""
        values[self._places] = given


class DenseDendrites(Dendrites):
    """Of a dense storage: all that is asked for is computed from ranks."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        ranges = (storage.rows, storage.columns)
        self._pre, self._post = ranges if storage.major is Side.PRE else ranges[::-1]
        post = np.arange(self._post.start, self._post.stop, dtype=np.int32)
        lengths = np.full(len(post), len(self._pre), np.int64)
        lengths -= self._lacks(post)
        self.post_ranks = post[lengths > 0]
        self.row_ptr = np.concatenate(([0], np.cumsum(lengths[lengths > 0])))

    def _lacks(self, post: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Tell which postsynaptic neurons lack the synapse of their own rank."""
        is_among = (post >= self._pre.start) & (post < self._pre.stop)
        return is_among & (not self._storage.has_self)

    @property
    def pre_ranks(self) -> NDArray[np.int32]:
        """Presynaptic ranks: a table of all pairs."""
        return self._all_pre

    @property
    def positions(self) -> NDArray[np.int64]:
        """Where values lie: a table of all pairs."""
        return self._all_positions

    @cached_property
    def _all_pre(self) -> NDArray[np.int32]:
        pre = np.arange(self._pre.start, self._pre.stop, dtype=np.int32)
        return self._flat(np.broadcast_to(pre, (len(self._post), len(pre))))

    @cached_property
    def _all_positions(self) -> NDArray[np.int64]:
        return self.take(np.arange(self._storage.n_slots))

    def pre_of(self, rows: slice) -> NDArray[np.int32]:
        """Compute the ranks, unless they are of several dendrites."""
        row = self._row_of(rows)
        if row is None:
            return self.pre_ranks[rows]
        ranks = np.arange(rows.start, rows.stop) - self.row_ptr[row] + self._pre.start
        post = self.post_ranks[row : row + 1]
        if self._lacks(post)[0]:
            ranks += ranks >= post
        return ranks.astype(np.int32)

    def positions_of(self, rows: slice) -> NDArray[np.int64]:
        """Compute the positions, unless they are of several dendrites."""
        row = self._row_of(rows)
        if row is None:
            return self.positions[rows]
        s, post = self._storage, int(self.post_ranks[row])
        pre = self.pre_of(rows).astype(np.int64) - self._pre.start
        if s.major is Side.PRE:
            return pre * s.stride + (post - s.columns.start)
        return pre + (post - s.rows.start) * s.stride

    def _row_of(self, rows: slice) -> int | None:
        """Return the dendrite to which all those synapses belong."""
        if rows.start is None or rows.stop is None or not rows.start < rows.stop:
            return None
        row = int(np.searchsorted(self.row_ptr, rows.start, side="right")) - 1
        return row if rows.stop <= self.row_ptr[row + 1] else None

    def take(self, values: NDArray) -> NDArray:
        """Return the table of values, row by row."""
        return self._flat(self._table(values))

    def put(self, values: NDArray, given: NDArray) -> None:
        """Set the table of values."""
        table = self._table(values)
        if self._exists is None:
            table[:] = given.reshape(table.shape) if given.size > 1 else given
        else:
            table[self._exists] = given

    def _table(self, values: NDArray) -> NDArray:
        """Return a view (postsynaptic, presynaptic) of an array of the projection."""
        s = self._storage
        grid = values[: s.n_slots].reshape(len(s.rows), s.stride)[:, : len(s.columns)]
        return grid.T if s.major is Side.PRE else grid

    def _flat(self, table: NDArray) -> NDArray:
        return table.reshape(-1) if self._exists is None else table[self._exists]

    @cached_property
    def _exists(self) -> NDArray[np.bool_] | None:
        """Which entries of the table are synapses; None: all."""
        post = np.arange(self._post.start, self._post.stop, dtype=np.int32)
        lacking = np.flatnonzero(self._lacks(post))
        if not len(lacking):
            return None
        exists = np.ones((len(self._post), len(self._pre)), bool)
        exists[lacking, post[lacking] - self._pre.start] = False
        return exists


def of_pairs(storage: Storage) -> Dendrites:
    """Return the dendrites of one-to-one synapses."""
    n, first = storage.n_synapses, storage.rows.start
    post = np.arange(storage.columns.start, storage.columns.start + n, dtype=np.int32)

    def listing() -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        return np.arange(first, first + n, dtype=np.int32), np.arange(n)

    return ListedDendrites(post, np.arange(n + 1), listing, is_storage_order=True)


def of_rows(storage: Storage) -> Dendrites:
    """Return the dendrites of compressed rows; one side is in order already."""
    is_by_post = storage.major is Side.POST
    if is_by_post:
        counts, listing = _of_post(storage)
    elif storage.by_column is not None:
        counts, listing = _of_columns(storage.by_column)
    else:
        counts, listing = _of_pre(storage)
    post_ranks = storage.kept_post_ranks
    if post_ranks is None:
        post_ranks = np.flatnonzero(counts)
    dendrites = ListedDendrites(
        post_ranks=post_ranks.astype(np.int32),
        row_ptr=np.concatenate(([0], np.cumsum(counts[post_ranks]))),
        listing=listing,
        is_storage_order=is_by_post,
    )
    if storage.kept_post_ranks is not None:
        _ = dendrites.pre_ranks  # synapses will come and go, in the memory in which they are
    return dendrites


Listing = Callable[[], tuple[NDArray[np.int32], NDArray[np.int64]]]


def _of_post(storage: Storage) -> tuple[NDArray[np.int64], Listing]:
    index, is_changing = storage.index, storage.kept_post_ranks is not None
    listing = lambda: (index.astype(np.int32, copy=is_changing), np.arange(len(index)))  # noqa: E731
    return np.diff(storage.row_ptr), listing


def _of_columns(columns: Columns) -> tuple[NDArray[np.int64], Listing]:
    owner, position = columns.owner, columns.position
    listing = lambda: (owner.astype(np.int32), position.astype(np.int64))  # noqa: E731
    return np.diff(columns.pointers), listing


def _of_pre(storage: Storage) -> tuple[NDArray[np.int64], Listing]:
    index, lengths, row_owner = storage.index, np.diff(storage.row_ptr), storage.row_owner()

    def listing() -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        positions = np.argsort(index, kind="stable")  # radix sort for 16-bit ranks
        return np.repeat(row_owner.astype(np.int32), lengths)[positions], positions

    return np.bincount(index, minlength=storage.n_post), listing


__all__ = ["DenseDendrites", "Dendrites", "ListedDendrites", "of_pairs", "of_rows"]
