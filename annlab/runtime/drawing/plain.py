"""The meaning of what is drawn, with NumPy.

A draw is a function of (key, purpose, row, position): Philox counts positions, two numbers for a
count. Logarithm, exponential and direction are written out in operations that every processor
rounds alike, so that a compiled loop or a GPU gives the same bits and not almost the same: one
synapse more would be another network.

Source: Salmon, Moraes, Dror & Shaw (2011), "Parallel random numbers: as easy as 1, 2, 3", SC11
(Philox4x32-10); Box & Muller (1958).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from annlab.runtime.drawing.laws import Kind, Law, Purpose
from annlab.runtime.streams import philox, unit

Key = tuple[int, int]

BLOCK = 1 << 16  # entries at a time: temporary arrays stay in cache (twice as many: 1.3 times)
NEGLIGIBLE = 1e-30  # a probability with which no table of pairs ever gets a synapse
# Below this density rows are sorted and mended where numbers are repeated, which is faster than to
# mark places of a table (measured for 100 to 10 000 columns: equal between 0.1 and 0.25).
FEW = 0.15
_SORTED_AT_ONCE = 1 << 20  # entries, roughly: what sorting needs beside them stays small

LN2 = 0.6931471805599453
SQRT_HALF = 0.7071067811865476
HALF_PI = 1.5707963267948966
LARGEST_EXPONENT = 708.0  # of e, that is a normal number and so is its reciprocal

# Taylor series, the last coefficient first. The argument of each is small: |s| < 0.172 and an
# eighth of a turn, so that what is left out is below the last bit.
ATANH = tuple(1 / k for k in range(21, 0, -2))
SINE = (
    -7.647163731819816e-13, 1.6059043836821613e-10, -2.505210838544172e-08, 2.7557319223985893e-06,
    -0.0001984126984126984, 0.008333333333333333, -0.16666666666666666, 1.0,
)  # fmt: skip
COSINE = (
    4.779477332387385e-14, -1.1470745597729725e-11, 2.08767569878681e-09, -2.755731922398589e-07,
    2.48015873015873e-05, -0.001388888888888889, 0.041666666666666664, -0.5, 1.0,
)  # fmt: skip
EXPONENTIAL = (
    1.6059043836821613e-10, 2.08767569878681e-09, 2.505210838544172e-08, 2.755731922398589e-07,
    2.7557319223985893e-06, 2.48015873015873e-05, 0.0001984126984126984, 0.001388888888888889,
    0.008333333333333333, 0.041666666666666664, 0.16666666666666666, 0.5, 1.0, 1.0,
)  # fmt: skip


def index_dtype(n: int) -> np.dtype:
    """Return the smallest type that holds the ranks of `n` neurons."""
    return np.dtype(np.uint16 if n <= 1 << 16 else np.int32)


# ---- numbers ------------------------------------------------------------------------------------


def units(
    key: Key, purpose: Purpose, rows: NDArray | np.uint64, counts: NDArray
) -> NDArray[np.float64]:
    """Return the two numbers of [0, 1) of each count, in a last axis; `rows` and `counts` join."""
    rows, counts = np.broadcast_arrays(rows, counts)
    words = philox(counts.astype(np.uint64), attempt=0, step=rows, draw=int(purpose), key=key)
    return np.stack([unit(word, np.dtype(float)) for word in words], axis=-1)


def fill(out: NDArray, law: Law, key: Key, purpose: Purpose, first: int = 0) -> None:
    """Write the values of the positions that begin with `first`."""
    for start in range(0, len(out), BLOCK):
        block = out[start : start + BLOCK]
        begin = first + start
        counts = np.arange(begin // 2, (begin + len(block) + 1) // 2, dtype=np.uint64)
        pairs = units(key, purpose, np.uint64(0), counts)
        block[:] = values(law, pairs).ravel()[begin % 2 :][: len(block)]


def values(law: Law, pairs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what `law` makes of pairs of numbers of [0, 1)."""
    match law.kind:
        case Kind.UNIFORM:
            drawn = law.a + (law.b - law.a) * pairs
        case Kind.WHOLE:
            drawn = law.a + np.floor((law.b - law.a + 1) * pairs)
        case Kind.NORMAL:
            drawn = law.a + law.b * normal(pairs)
        case Kind.LOG_NORMAL:
            drawn = exp(law.a + law.b * normal(pairs))
        case Kind.EXPONENTIAL:
            drawn = -log(1 - pairs) / law.a
    drawn = np.minimum(np.maximum(drawn, law.low), law.high)
    return np.maximum(np.rint(drawn / law.unit), 1.0) if law.unit else drawn


def normal(pairs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return two standard normal numbers for two of [0, 1)."""
    radius = np.sqrt(-2 * log(1 - pairs[..., :1]))
    return radius * direction(pairs[..., 1])


def direction(turns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (cosine, sine) of parts of a turn, in a last axis."""
    quarters = 4 * turns
    q = np.trunc(quarters + 0.5)
    x = (quarters - q) * HALF_PI
    sine, cosine = x * _polynomial(SINE, x * x), _polynomial(COSINE, x * x)
    is_odd = (q == 1) | (q == 3)
    across, up = np.where(is_odd, sine, cosine), np.where(is_odd, cosine, sine)
    across = np.where((q == 1) | (q == 2), -across, across)
    return np.stack([across, np.where((q == 2) | (q == 3), -up, up)], axis=-1)


def log(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the logarithm of normal numbers."""
    mantissa, exponent = np.frexp(x)
    is_small = mantissa < SQRT_HALF
    mantissa = np.where(is_small, 2 * mantissa, mantissa)
    s = (mantissa - 1) / (mantissa + 1)
    return (exponent - is_small) * LN2 + 2 * s * _polynomial(ATANH, s * s)


def exp(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return e to the power of `x`; beyond the range of normal numbers that of its end."""
    x = np.minimum(np.maximum(x, -LARGEST_EXPONENT), LARGEST_EXPONENT)
    n = np.rint(x / LN2)
    return np.ldexp(_polynomial(EXPONENTIAL, x - n * LN2), n.astype(np.int32))


def _polynomial(coefficients: tuple[float, ...], x: NDArray[np.float64]) -> NDArray[np.float64]:
    return reduce(lambda sum_, c: sum_ * x + c, coefficients[1:], np.full_like(x, coefficients[0]))


# ---- pairs --------------------------------------------------------------------------------------


def bernoulli(
    key: Key,
    n_rows: int,
    n_columns: int,
    probability: float,
    excluded: NDArray[np.int64] | None = None,
) -> tuple[NDArray[np.int64], NDArray]:
    """Return (entries per row, columns) where each pair exists with `probability` < 1.

    Jumps from one synapse of a row to the next: the gaps between successes of independent trials
    are geometric, and the integer part of an exponential number is geometric.
    """
    counts = np.zeros(n_rows, np.int64)
    blocks = [np.empty(0, index_dtype(n_columns))]
    mean_gap = mean_gap_of(probability)
    n_drawn = _enough(n_columns * probability)
    n_at_once = max(1, BLOCK // n_drawn)
    for start in range(0, n_rows if mean_gap else 0, n_at_once):
        rows = np.arange(start, min(start + n_at_once, n_rows))
        jumps = _jumps if n_drawn <= BLOCK else _jumps_of_a_long_row
        for columns in jumps(key, rows, n_columns, mean_gap, n_drawn):
            exists = columns < n_columns
            if excluded is not None:
                exists &= columns != excluded[rows, np.newaxis]
            counts[rows] += exists.sum(axis=1)
            blocks.append(columns[exists].astype(blocks[0].dtype))
    return counts, np.concatenate(blocks)


def mean_gap_of(probability: float) -> float:
    """Return the mean of the exponential numbers that are gaps; 0 if there is no synapse at all."""
    return 0.0 if probability < NEGLIGIBLE else float(-1.0 / np.log1p(-probability))


def _enough(n_expected: float) -> int:
    """Return so many jumps that hardly any row needs more; an even number."""
    return 2 * (int(n_expected + 6 * np.sqrt(n_expected)) // 2 + 4)


def _jumps(
    key: Key, rows: NDArray, n_columns: int, mean_gap: float, n_drawn: int
) -> Iterator[NDArray]:
    """Yield the columns at which jumps land, (rows, jumps), once; the last is beyond the row."""
    while True:
        columns = np.cumsum(_gaps(key, rows, 0, n_drawn, n_columns, mean_gap), axis=1) - 1
        if np.all(columns[:, -1] >= n_columns):
            break
        n_drawn *= 2
    yield columns


def _jumps_of_a_long_row(
    key: Key, rows: NDArray, n_columns: int, mean_gap: float, n_drawn: int
) -> Iterator[NDArray]:
    """Yield the same of one row, `BLOCK` jumps at a time."""
    last, first = -1, 0
    while last < n_columns:
        gaps = _gaps(key, rows, first, BLOCK, n_columns, mean_gap)
        columns = np.cumsum(gaps, axis=1) + last
        yield columns
        last, first = int(columns[0, -1]), first + BLOCK


def _gaps(
    key: Key, rows: NDArray, first: int, n: int, n_columns: int, mean_gap: float
) -> NDArray[np.int64]:
    """Return by how many columns jumps go on, (rows, n)."""
    counts = np.arange(first // 2, (first + n) // 2)
    u = units(key, Purpose.PAIRS, rows[:, np.newaxis], counts).reshape(len(rows), -1)
    return np.minimum(-log(1 - u) * mean_gap, n_columns).astype(np.int64) + 1


def choice(
    key: Key, n_rows: int, n_columns: int, number: int, excluded: NDArray[np.int64] | None = None
) -> NDArray:
    """Return (n_rows, number) distinct columns per row, ascending, every subset equally likely.

    Of a row's numbers the first distinct ones are taken; where more than half of the columns are
    wanted, they are those that are left out. Where a row has an excluded column (not -1), its
    candidates are the ``n_columns - 1`` others.
    """
    chosen = np.empty((n_rows, number), index_dtype(n_columns))
    own = np.full(n_rows, -1) if excluded is None else excluded
    for has_own in (False, True):
        rows, n = np.flatnonzero((own >= 0) == has_own), n_columns - has_own
        n_drawn = min(number, n - number)
        is_sparse = n_drawn == number and number < FEW * n and number <= BLOCK
        draw = _by_sorting if is_sparse else _by_marking
        n_parts = 1 + len(rows) * (number if is_sparse else n) // BLOCK
        for some in np.array_split(rows, min(n_parts, len(rows))) if len(rows) else ():
            part = draw(key, some, n, number)
            chosen[some] = part + (part >= own[some, np.newaxis]) if has_own else part
    return chosen


def _whole(key: Key, rows: NDArray, places: NDArray, n: int) -> NDArray[np.int64]:
    """Return the number below `n` at each place of a row."""
    pairs = units(key, Purpose.PAIRS, rows, places // 2)
    return np.floor(np.where(places % 2 == 1, pairs[:, 1], pairs[:, 0]) * n).astype(np.int64)


def _first_whole(key: Key, rows: NDArray, begin: int, end: int, n: int) -> NDArray[np.int64]:
    """Return the numbers below `n` from one place of the rows (an even one) to another."""
    pairs = units(key, Purpose.PAIRS, rows[:, np.newaxis], np.arange(begin // 2, (end + 1) // 2))
    return np.floor(pairs.reshape(len(rows), -1)[:, : end - begin] * n).astype(np.int64)


def _by_sorting(key: Key, rows: NDArray, n: int, number: int) -> NDArray[np.int64]:
    chosen = np.sort(_first_whole(key, rows, 0, number, n), axis=1)
    n_seen = np.full(len(rows), number)
    pending = np.arange(len(rows))
    while len(pending):
        part = chosen[pending]
        is_repeated = part[:, 1:] == part[:, :-1]
        n_repeated = is_repeated.sum(axis=1)
        is_dirty = n_repeated > 0
        pending, part, is_repeated = pending[is_dirty], part[is_dirty], is_repeated[is_dirty]
        places = n_seen[pending, np.newaxis] + np.cumsum(is_repeated, axis=1) - 1
        owners = np.broadcast_to(rows[pending, np.newaxis], places.shape)
        part[:, 1:][is_repeated] = _whole(key, owners[is_repeated], places[is_repeated], n)
        n_seen[pending] += n_repeated[is_dirty]
        chosen[pending] = np.sort(part, axis=1)
    return chosen


def _by_marking(key: Key, rows: NDArray, n: int, number: int) -> NDArray[np.int64]:
    n_marks = min(number, n - number)
    marks = np.zeros((len(rows), n), bool)
    here = np.arange(len(rows))
    for begin in range(0, n_marks, BLOCK):  # one piece, but for a row that is longer
        columns = _first_whole(key, rows, begin, min(begin + BLOCK, n_marks), n)
        marks[here[:, np.newaxis], columns] = True
    n_seen = np.full(len(rows), n_marks)
    while np.any(missing := n_marks - marks.sum(axis=1)):
        ends = np.cumsum(missing)
        for begin in range(0, int(ends[-1]), BLOCK):
            entries = np.arange(begin, min(begin + BLOCK, int(ends[-1])))
            at = np.searchsorted(ends, entries, side="right")
            places = n_seen[at] + entries - (ends - missing)[at]
            marks[at, _whole(key, rows[at], places, n)] = True
        n_seen += missing
    kept = marks if n_marks == number else ~marks
    return (np.flatnonzero(kept) % n).reshape(len(rows), number)


# ---- rows ---------------------------------------------------------------------------------------


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
    keys %= key_type(max(n_rows, 1))
    return new_counts, keys.astype(index_dtype(n_rows))


def cut_rows(
    row_ptr: NDArray[np.int64], delays: NDArray[np.int32], sorted_too: Sequence[NDArray]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
    """Sort each row by delay, and arrays with it, in place; equal ones keep their order.

    Rows are taken in groups whose (row, delay) fits 16 bits, so that the stable sort is a radix
    sort, and small enough that no array of the size of the projection is needed beside.

    Returns
    -------
    Where segments of equal delay begin and the last one ends, the first segment of each row and
    the end, and the delay of each segment.
    """
    n_rows = len(row_ptr) - 1
    n_delays = int(delays.max(initial=0)) + 1
    n_group = max(1, min((1 << 16) // n_delays, n_rows * _SORTED_AT_ONCE // max(len(delays), 1)))
    segments = np.zeros(n_rows + 1, dtype=np.int64)
    starts = [np.empty(0, np.int64)]
    for first in range(0, n_rows, n_group):
        last = min(first + n_group, n_rows)
        entries = slice(row_ptr[first], row_ptr[last])
        row = np.repeat(np.arange(last - first), np.diff(row_ptr[first : last + 1]))
        key = row * n_delays + delays[entries]
        if n_group * n_delays <= 1 << 16:
            key = key.astype(np.uint16)
        order = np.argsort(key, kind="stable")
        key = key[order]
        for values in (delays, *sorted_too):
            values[entries] = values[entries][order]
        is_first = np.ones(len(key), bool)
        is_first[1:] = key[1:] != key[:-1]
        found = np.flatnonzero(is_first)
        segments[first + 1 : last + 1] = np.bincount(row[found], minlength=last - first)
        starts.append(found + int(row_ptr[first]))
    cuts = np.concatenate(starts)
    return np.append(cuts, len(delays)), np.cumsum(segments), delays[cuts].astype(np.int32)
