"""Which neurons are connected: the arithmetic of patterns that are not drawn.

Rows and columns are positions, not ranks; the caller knows which side is which.
Everything is done in blocks of `BLOCK` entries, so that temporary arrays stay in
cache and a projection never needs much more memory than it will keep.

Knows no populations, weights or delays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from annlab.runtime.drawing.plain import index_dtype

BLOCK = 1 << 18


class Growing:
    """An array that is filled block by block and never exists twice.

    The memory of a large array grows in place (the system moves pages, not bytes), and what is
    not filled yet is not taken from the machine.
    """

    def __init__(self, dtype: np.dtype) -> None:
        self._values = np.empty(0, dtype)
        self._n = 0

    def __len__(self) -> int:
        return self._n

    def append(self, block: NDArray) -> None:
        """Add a block at the end, in the type of the array."""
        n = self._n + len(block)
        if n > len(self._values):
            self._values.resize(max(n, len(self._values) * 5 // 4, BLOCK), refcheck=False)
        self._values[self._n : n] = block
        self._n = n

    def filled(self) -> NDArray:
        """Return the array; nothing can be added any more."""
        self._values.resize(self._n, refcheck=False)
        return self._values


def ascending(ranks: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return distinct ranks in order: the array itself if it is so, as it nearly always is.

    NumPy sorts by hashing, which takes a second for a million ranks that are in order already.
    """
    return ranks if np.all(ranks[1:] > ranks[:-1]) else np.unique(ranks)


def as_range(ranks: NDArray[np.integer]) -> range | None:
    """Return ascending `ranks` as a range, or None if they have gaps."""
    if len(ranks) == 0:
        return range(0)
    first, last = int(ranks[0]), int(ranks[-1])
    if last - first + 1 != len(ranks) or np.any(np.diff(ranks) != 1):
        return None
    return range(first, last + 1)


def own_columns(
    row_ranks: NDArray[np.integer], column_ranks: NDArray[np.integer]
) -> NDArray[np.int64]:
    """Return, for each row, the column that has the same rank, or -1. Both sides ascend."""
    if len(column_ranks) == 0:
        return np.full(len(row_ranks), -1)
    found = np.minimum(np.searchsorted(column_ranks, row_ranks), len(column_ranks) - 1)
    return np.where(column_ranks[found] == row_ranks, found, -1)


def all_rows(
    n_rows: int, n_columns: int, excluded: NDArray[np.int64] | None = None
) -> tuple[NDArray[np.int64], NDArray]:
    """Return (entries per row, columns) of every pair, without one excluded column per row."""
    columns = np.empty((n_rows, n_columns), dtype=index_dtype(n_columns))
    columns[:] = np.arange(n_columns)
    counts = np.full(n_rows, n_columns, dtype=np.int64)
    if excluded is None:
        return counts, columns.ravel()
    rows = np.flatnonzero(excluded >= 0)
    counts[rows] -= 1
    return counts, np.delete(columns.ravel(), rows * n_columns + excluded[rows])


def grouped(
    rows: NDArray[np.integer], columns: NDArray[np.integer], n_rows: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (entries per row, order) that sorts pairs by row, then by column."""
    order = np.lexsort((columns, rows))
    return np.bincount(rows, minlength=n_rows), order


def neighbours(
    row_geometry: Sequence[int], column_geometry: Sequence[int], radius: float
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]]:
    """Yield (rows, columns, squared distances) of all pairs not beyond `radius`, in blocks.

    Positions lie on grids in the unit cube (a single neuron lies at 0). Rows are expanded one
    axis after the other and only inside the window that `radius` allows, so the work grows
    with the number of neighbours. Rows ascend, columns ascend within a row.
    """
    n_rows = int(np.prod(row_geometry))
    widest = 1.0
    for n in column_geometry:
        widest *= min(n, 2 * radius * max(n - 1, 1) + 1)
    n_block = max(1, int(BLOCK / widest))
    for start in range(0, n_rows, n_block):
        block = np.arange(start, min(start + n_block, n_rows))
        rows, columns, squared = _neighbours(block, row_geometry, column_geometry, radius)
        yield rows + start, columns, squared


def _neighbours(
    block: NDArray[np.int64],
    row_geometry: Sequence[int],
    column_geometry: Sequence[int],
    radius: float,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    row_axes = np.unravel_index(block, tuple(row_geometry))
    rows = np.arange(len(block))
    columns = np.zeros(len(block), dtype=np.int64)
    squared = np.zeros(len(block))
    for axis, n_columns in enumerate(column_geometry):
        here = _unit_positions(row_geometry[axis])[row_axes[axis]]
        there = _unit_positions(n_columns)
        first = np.searchsorted(there, here - radius, side="left")
        stop = np.searchsorted(there, here + radius, side="right")
        widths = (stop - first)[rows]
        offsets = np.arange(widths.sum()) - np.repeat(np.cumsum(widths) - widths, widths)
        rows, columns = np.repeat(rows, widths), np.repeat(columns, widths)
        squared = np.repeat(squared, widths)
        chosen = first[rows] + offsets
        squared += (here[rows] - there[chosen]) ** 2
        keep = squared <= radius**2
        rows, squared = rows[keep], squared[keep]
        columns = columns[keep] * n_columns + chosen[keep]
    return rows, columns, squared


def _unit_positions(n: int) -> NDArray[np.float64]:
    return np.arange(n) / max(n - 1, 1)
