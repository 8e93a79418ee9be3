"""The work of `annlab.runtime.splicing` on long arrays, done by the native engine."""

from __future__ import annotations

from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from annlab.codegen.cpu.loose import LooseEngine
from annlab.runtime.binding.binder import address
from annlab.runtime.columns import Columns
from annlab.runtime.splicing import Ends, Indices, Runs
from annlab.runtime.storage import Storage


class NativeCopier:
    """A `Copier` that needs no long arrays beside those it reads and fills."""

    def __init__(self, engine: ModuleType | LooseEngine) -> None:
        self._engine = engine

    def bisect(
        self, index: NDArray[np.integer], low: Indices, high: Indices, wanted: Indices
    ) -> Indices:
        """Return the first place of each range at which `index` is not below what is wanted."""
        bounds = [np.ascontiguousarray(a, np.int64) for a in (low, high, wanted)]
        place = np.empty(len(bounds[0]), np.int64)
        addresses = (address(a) for a in (*bounds, place))
        self._engine.bisect(address(index), index.itemsize == 2, len(place), *addresses)
        return place

    def find(
        self, row_ptr: Indices, index: NDArray[np.integer], rows: Indices, wanted: Indices
    ) -> Indices:
        """Return where in its row each entry is; the complement of where it would be if not."""
        asked = [np.ascontiguousarray(a, np.int64) for a in (rows, wanted)]
        if not len(index):
            return np.full(len(rows), ~0)
        place = np.empty(len(rows), np.int64)
        self._engine.find(
            address(row_ptr), address(index), index.itemsize == 2, len(place),
            *map(address, (*asked, place)),
        )  # fmt: skip
        return place

    def find_free(
        self,
        row_ptr: Indices,
        index: NDArray[np.integer],
        columns: Indices,
        rows: Indices,
        which: Indices,
    ) -> Indices:
        """Return before which entry of its row the k-th of the `columns` without one stands."""
        place = np.empty(len(rows), np.int64)
        self._engine.find_free(
            address(row_ptr), address(index), index.itemsize == 2, address(columns), len(place),
            *map(address, (rows, which, place)),
        )  # fmt: skip
        return place

    def cut(self, n_old: int, leaving: Indices, before: Indices) -> tuple[Runs, Indices]:
        """Return what stays of `n_old` entries, and the places of what comes afterwards."""
        n_cuts = len(leaving) + len(before)
        begins, ends, n_come = (np.empty(n_cuts + 1, np.int64) for _ in range(3))
        places = np.empty(len(before) + 1, np.int64)
        self._engine.cut(
            n_old, len(leaving), address(leaving), len(before), address(before),
            *map(address, (begins, ends, n_come, places)),
        )  # fmt: skip
        return Runs(begins, ends, n_come), places[:-1]

    def splice(self, old: NDArray, made: NDArray, runs: Runs, coming: NDArray) -> None:
        """Fill `made` with the runs of `old` that stay and the values that come between them."""
        self._engine.splice(
            address(old), address(made), old.itemsize, *_cuts(runs), address(coming)
        )

    def columns(
        self, storage: Storage, row_ptr: Indices, leaving: Ends, coming: Ends
    ) -> Columns | None:
        """Return the columns of a storage after a splice; None where they have to be listed anew.

        `row_ptr` are the rows afterwards.
        """
        if storage.by_column is None or storage.segment_ptr is not None:
            return None
        n_come = np.bincount(coming.minor, minlength=storage.n_post)
        n_gone = np.bincount(leaving.minor, minlength=storage.n_post)
        shift = _pointers(n_come - n_gone)
        # All that comes into a column may be written before any that leaves it is read.
        lead = max(0, int(np.max(shift[:-1] + n_come, initial=0)))
        old, made = storage.by_column.following(storage.by_column.pointers + shift, lead)
        room = np.empty((3, max(len(coming.rows), len(leaving.rows))), np.int32)
        lists = [
            (row_ptr - storage.row_ptr).astype(np.int32),
            *(old.pointers, old.owner, old.position),
            *(_pointers(n_come), room[0], room[1]),
            *(_pointers(n_gone), room[2]),
            *(made.owner, made.position),
            *(coming.minor, coming.rows, coming.places),
            *(leaving.minor, leaving.rows, leaving.places),
        ]
        addresses = np.array([address(a) for a in lists], np.uint64)
        self._engine.splice_columns(
            storage.n_post, len(coming.rows), len(leaving.rows), address(addresses)
        )
        return made

    def units(
        self, key: tuple[int, int], draw: int, step: int, counters: NDArray[np.uint64]
    ) -> NDArray[np.float64]:
        """Return a number of [0, 1) for each counter."""
        words, numbers = np.array(key, np.uint64), np.empty(len(counters))
        self._engine.draw_units(
            address(words), draw, step, len(counters), address(counters), address(numbers)
        )
        return numbers


def _pointers(lengths: Indices) -> Indices:
    return np.concatenate(([0], np.cumsum(lengths)))


def _cuts(runs: Runs) -> tuple[int, int, int, int]:
    return len(runs.begins), address(runs.begins), address(runs.ends), address(runs.n_come)


__all__ = ["NativeCopier"]
