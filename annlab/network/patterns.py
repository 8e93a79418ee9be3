"""Which neurons are connected: the arithmetic of random and spatial patterns.

Rows and columns are positions, not ranks; the caller knows which side is which.
Everything is drawn in blocks of `BLOCK` entries, so that temporary arrays stay in
cache and a projection never needs much more memory than it will keep.

Knows no populations, weights or delays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

BLOCK = 1 << 18
# Below this density, drawing with replacement and mending repetitions is faster than ranking
# random keys of all candidates (measured: equal at about 1/4).
FEW = 0.25

NEGLIGIBLE = 1e-30  # a probability with which no table of pairs ever gets a synapse


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


def index_dtype(n: int) -> np.dtype:
    """Return the smallest type that holds the ranks of `n` neurons."""
    return np.dtype(np.uint16 if n <= 1 << 16 else np.int32)


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


def bernoulli_rows(
    n_rows: int,
    n_columns: int,
    probability: float,
    rng: np.random.Generator,
    excluded: NDArray[np.int64] | None = None,
) -> tuple[NDArray[np.int64], NDArray]:
    """Return (entries per row, columns) where each pair exists with `probability`.

    Jumps from one pair to the next: the gaps between successes of independent trials are
    geometric, and the integer part of an exponential number is geometric. The work grows with
    the synapses, not with the pairs.
    """
    n_pairs = n_rows * n_columns
    counts = np.zeros(n_rows, dtype=np.int64)
    found = Growing(index_dtype(n_columns))
    if probability < NEGLIGIBLE or n_pairs == 0:
        return counts, found.filled()
    if probability >= 1:
        return all_rows(n_rows, n_columns, excluded)
    mean_gap = -1.0 / np.log1p(-probability)
    last = -1
    while last < n_pairs:
        n_expected = (n_pairs - last) * probability
        n_drawn = min(BLOCK, int(n_expected + 4 * np.sqrt(n_expected)) + 8)
        gaps = rng.standard_exponential(n_drawn) * mean_gap
        np.minimum(gaps, n_pairs, out=gaps)  # a longer jump leaves the table in any case
        flat = np.cumsum(gaps.astype(np.int64) + 1) + last
        last = int(flat[-1])
        flat = flat[: np.searchsorted(flat, n_pairs)]
        rows, columns = np.divmod(flat, n_columns)
        if excluded is not None:
            keep = columns != excluded[rows]
            rows, columns = rows[keep], columns[keep]
        counts += np.bincount(rows, minlength=n_rows)
        found.append(columns)
    return counts, found.filled()


def choice_rows(
    n_rows: int,
    n_columns: int,
    number: int,
    rng: np.random.Generator,
    excluded: NDArray[np.int64] | None = None,
) -> NDArray:
    """Return (n_rows, number) distinct columns per row, ascending, every subset equally likely.

    Where a row has an excluded column, its candidates are the ``n_columns - 1`` others.
    """
    chosen = np.empty((n_rows, number), dtype=index_dtype(n_columns))
    if excluded is None or np.all(excluded < 0):
        _choose(chosen, np.arange(n_rows), n_columns, rng)
        return chosen
    _choose(chosen, np.flatnonzero(excluded < 0), n_columns, rng)
    skipping = np.flatnonzero(excluded >= 0)
    _choose(chosen, skipping, n_columns - 1, rng)
    for rows in _blocks(skipping, number):
        part = chosen[rows]
        chosen[rows] = part + (part >= excluded[rows, np.newaxis])
    return chosen


def _blocks(rows: NDArray[np.int64], width: int) -> list[NDArray[np.int64]]:
    n_rows = max(1, BLOCK // max(width, 1))
    return [rows[start : start + n_rows] for start in range(0, len(rows), n_rows)]


def _choose(chosen: NDArray, rows: NDArray[np.int64], n: int, rng: np.random.Generator) -> None:
    """Fill `rows` of `chosen` with distinct numbers below `n`."""
    number = chosen.shape[1]
    if number == n:
        chosen[rows] = np.arange(n)
        return
    is_few = number <= FEW * n
    for block in _blocks(rows, number if is_few else n):
        draw = _few if is_few else _many
        chosen[block] = draw(len(block), n, number, rng, chosen.dtype)


def _few(n_rows: int, n: int, number: int, rng: np.random.Generator, dtype: np.dtype) -> NDArray:
    """Draw with replacement, then draw again what is repeated.

    The first distinct values of independent uniform draws are a uniform subset, by symmetry.
    """
    draws = np.sort(rng.integers(0, n, size=(n_rows, number), dtype=dtype), axis=1)
    pending = np.arange(n_rows)
    while len(pending):
        rows = draws[pending]
        is_repeated = rows[:, 1:] == rows[:, :-1]
        is_dirty = is_repeated.any(axis=1)
        pending, rows, is_repeated = pending[is_dirty], rows[is_dirty], is_repeated[is_dirty]
        rows[:, 1:][is_repeated] = rng.integers(0, n, size=is_repeated.sum(), dtype=dtype)
        rows.sort(axis=1)
        draws[pending] = rows
    return draws


def _many(n_rows: int, n: int, number: int, rng: np.random.Generator, dtype: np.dtype) -> NDArray:
    """Keep the candidates with the `number` smallest random keys."""
    keys = rng.random((n_rows, n))
    limits = np.partition(keys, number, axis=1)[:, number, np.newaxis]
    is_kept = keys < limits
    for row in np.flatnonzero(is_kept.sum(axis=1) != number):  # two keys were equal: rare
        is_kept[row] = False
        is_kept[row, rng.choice(n, number, replace=False)] = True
    return (np.flatnonzero(is_kept) % n).reshape(n_rows, number).astype(dtype)


def transposed(
    counts: NDArray[np.int64], columns: NDArray, n_columns: int
) -> tuple[NDArray[np.int64], NDArray]:
    """Return (entries per row, columns) of the transposed pattern, columns ascending.

    Sorts one number per entry in place: less memory than a permutation, and faster.
    """
    n_rows = len(counts)
    key_type = np.uint32 if n_rows * n_columns < 1 << 32 else np.uint64
    row_type = np.uint16 if n_rows <= 1 << 16 else np.uint32  # a signed one would give floats
    keys = columns.astype(key_type)
    keys *= key_type(n_rows)
    keys += np.repeat(np.arange(n_rows, dtype=row_type), counts)
    keys.sort()
    new_counts = np.bincount(columns, minlength=n_columns)
    keys %= key_type(n_rows)
    return new_counts, keys.astype(index_dtype(n_rows))


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
