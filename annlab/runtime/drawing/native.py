"""The draws of `annlab.runtime.drawing.plain` by compiled loops, on all cores.

Rows are shared among threads; the bits do not depend on how.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from ctypes import c_double, c_int, c_int64, c_uint32, c_void_p
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from annlab.codegen.cpu.kernels import drawing_library
from annlab.limits import n_cores
from annlab.runtime.drawing.laws import Law, Purpose
from annlab.runtime.drawing.plain import Key, index_dtype, mean_gap_of

T = TypeVar("T")
R = TypeVar("R")

SOME = 1 << 18  # entries that a thread does in one go
_TYPES = {np.dtype(np.float64): 0, np.dtype(np.float32): 1, np.dtype(np.int32): 2}
_PROTOTYPES: dict[str, tuple[object, ...]] = {
    "annlab_bernoulli": (
        c_uint32, c_uint32, c_int64, c_int64, c_int64, c_double, c_void_p, c_void_p, c_void_p,
        c_int, c_int64,
    ),
    "annlab_choice": (
        c_uint32, c_uint32, c_int64, c_int64, c_int64, c_int64, c_void_p, c_void_p, c_int,
    ),
    "annlab_fill": (
        c_uint32, c_uint32, c_uint32, c_void_p, c_int64, c_int64, c_void_p, c_int,
    ),
    "annlab_transpose_rows": (
        c_void_p, c_int64, c_void_p, c_int, c_int64, c_int64, c_void_p, c_void_p, c_int,
    ),
    "annlab_count_delays": (c_void_p, c_int64, c_int64, c_void_p, c_int64, c_void_p),
    "annlab_cut_rows": (
        c_void_p, c_int64, c_int64, c_void_p, c_int64, c_void_p, c_void_p, c_void_p, c_void_p,
        c_void_p, c_int64,
    ),
}  # fmt: skip
_RESULTS = {
    "annlab_bernoulli": c_int64,
    "annlab_choice": c_int,
    "annlab_count_delays": c_int,
    "annlab_cut_rows": c_int,
}


class NativeDrawing:
    """Implements `annlab.runtime.drawing.source.Drawing`."""

    def __init__(self, n_threads: int | None = None) -> None:
        self._n_threads = n_threads or n_cores()
        self._library = drawing_library()
        for name, arguments in _PROTOTYPES.items():
            function = getattr(self._library, name)
            function.argtypes = arguments
            function.restype = _RESULTS.get(name)

    def bernoulli(
        self,
        key: Key,
        n_rows: int,
        n_columns: int,
        probability: float,
        excluded: NDArray[np.int64] | None = None,
    ) -> tuple[NDArray[np.int64], NDArray]:
        """Return (entries per row, columns); see `plain.bernoulli`."""
        counts = np.zeros(n_rows, np.int64)
        mean_gap = mean_gap_of(probability)
        if not mean_gap or not n_rows:
            return counts, np.empty(0, index_dtype(n_columns))
        cuts = _cuts(n_rows, n_columns * probability)
        n_expected = np.diff(cuts) * (n_columns * probability)
        # More than one of 10^15 parts would have, and what a row writes beyond its end.
        room = (n_expected + 8 * np.sqrt(n_expected) + 128).astype(np.int64)
        starts = np.concatenate(([0], np.cumsum(room)))
        columns = np.empty(starts[-1], index_dtype(n_columns))
        own = None if excluded is None else np.ascontiguousarray(excluded, np.int64)

        def draw(part: int) -> int:
            return self._library.annlab_bernoulli(
                *key, cuts[part], cuts[part + 1], n_columns, mean_gap, _address(own),
                _address(counts), _address(columns[starts[part] :]), columns.itemsize == 2,
                room[part],
            )  # fmt: skip

        found = self._each(draw, range(len(room)))
        if min(found) < 0:
            raise RuntimeError("more synapses were drawn than can be")
        n = 0
        for start, n_found in zip(starts, found):  # they move to the left, in order
            columns[n : n + n_found] = columns[start : start + n_found]
            n += n_found
        columns.resize(n, refcheck=False)
        return counts, columns

    def choice(
        self,
        key: Key,
        n_rows: int,
        n_columns: int,
        number: int,
        excluded: NDArray[np.int64] | None = None,
    ) -> NDArray:
        """Return (n_rows, number) distinct columns per row; see `plain.choice`."""
        chosen = np.empty((n_rows, number), index_dtype(n_columns))
        own = None if excluded is None else np.ascontiguousarray(excluded, np.int64)

        def draw(part: tuple[int, int]) -> None:
            _require_memory(self._library.annlab_choice(
                *key, *part, n_columns, number, _address(own), _address(chosen),
                chosen.itemsize == 2,
            ))  # fmt: skip

        self._each(draw, pairwise(_cuts(n_rows, number)))
        return chosen

    def fill(self, out: NDArray, law: Law, key: Key, purpose: Purpose, first: int = 0) -> None:
        """Write the values of the positions that begin with `first`; see `plain.fill`."""
        numbers = np.array([law.kind, law.a, law.b, law.low, law.high, law.unit])

        def draw(part: tuple[int, int]) -> None:
            begin, end = part
            self._library.annlab_fill(
                *key, purpose, _address(numbers), first + begin, end - begin,
                _address(out[begin:]), _TYPES[out.dtype],
            )  # fmt: skip

        self._each(draw, pairwise(_cuts(len(out), 1.0)))

    def transposed(
        self, counts: NDArray[np.int64], columns: NDArray, n_columns: int
    ) -> tuple[NDArray[np.int64], NDArray]:
        """Return the transposed pattern; see `annlab.network.patterns.transposed`."""
        row_ptr = _pointers(counts)
        new_counts = np.bincount(columns, minlength=n_columns)
        places = _pointers(new_counts)
        rows = np.empty(len(columns), index_dtype(len(counts)))

        def move(part: tuple[int, int]) -> None:
            self._library.annlab_transpose_rows(
                _address(row_ptr), len(counts), _address(columns), columns.itemsize == 2, *part,
                _address(places), _address(rows), rows.itemsize == 2,
            )  # fmt: skip

        # A part looks for its columns in every row.
        n_parts = max(1, min(self._n_threads, len(columns) // SOME))
        self._each(move, pairwise(_cuts_into(n_columns, n_parts)))
        return new_counts, rows

    def cut_rows(
        self, row_ptr: NDArray[np.int64], delays: NDArray[np.int32], sorted_too: Iterable[NDArray]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
        """Sort rows by delay, in place; see `annlab.runtime.storage`."""
        n_rows, n_delays = len(row_ptr) - 1, int(delays.max(initial=0)) + 1
        parts = list(pairwise(_cuts(n_rows, len(delays) / max(n_rows, 1))))
        n_segments = np.zeros(n_rows, np.int64)

        def count(part: tuple[int, int]) -> None:
            _require_memory(self._library.annlab_count_delays(
                _address(row_ptr), *part, _address(delays), n_delays, _address(n_segments)
            ))  # fmt: skip

        self._each(count, parts)
        segment_ptr = _pointers(n_segments)
        cuts = np.empty(segment_ptr[-1] + 1, np.int64)
        cuts[-1] = len(delays)
        segment_delay = np.empty(segment_ptr[-1], np.int32)
        arrays = [delays, *sorted_too]
        addresses = np.array([_address(a) for a in arrays], np.int64)
        sizes = np.array([a.itemsize for a in arrays], np.int64)

        def cut(part: tuple[int, int]) -> None:
            _require_memory(self._library.annlab_cut_rows(
                _address(row_ptr), *part, _address(delays), n_delays, _address(segment_ptr),
                _address(cuts), _address(segment_delay), _address(addresses), _address(sizes),
                len(arrays),
            ))  # fmt: skip

        self._each(cut, parts)
        return cuts, segment_ptr, segment_delay

    def _each(self, function: Callable[[T], R], parts: Iterable[T]) -> list[R]:
        """Return the results for all parts, which are done side by side."""
        given = list(parts)
        if len(given) < 2 or self._n_threads < 2:
            return [function(part) for part in given]
        with ThreadPoolExecutor(self._n_threads, thread_name_prefix="annlab-draw") as threads:
            return list(threads.map(function, given))


def _require_memory(has_memory: int) -> None:
    if not has_memory:
        raise MemoryError("there is no memory left to draw synapses in")


def _cuts(n_rows: int, n_entries: float) -> list[int]:
    """Return where parts of rows begin, and the end: some entries in each."""
    return _cuts_into(n_rows, max(1, min(n_rows, int(n_rows * n_entries / SOME))))


def _cuts_into(n: int, n_parts: int) -> list[int]:
    return [n * part // n_parts for part in range(n_parts + 1)]


def _pointers(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate(([0], np.cumsum(counts)))


def _address(array: NDArray | None) -> int | None:
    return None if array is None else array.ctypes.data
