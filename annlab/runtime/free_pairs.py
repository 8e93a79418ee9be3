"""The pairs of neurons between which a synapse may be created: those that have none.

Rules draw among them by number (`annlab.runtime.rules`). They are counted row by row and
never listed: the one with a given number is searched in its row.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from annlab.ir.expr import Side
from annlab.runtime.splicing import NUMPY, Copier, locate
from annlab.runtime.storage import Storage

Indices = NDArray[np.int64]


class FreePairs:
    """The pairs without a synapse between some neurons of a CSR storage, row by row.

    Where rows are cut by delay a search would go through all parts of a row; so those pairs that
    have a synapse are numbered too there, and left out by `at`.

    Parameters
    ----------
    pres, posts
        Ranks, ascending; all synapses of the storage are between them.

    Attributes
    ----------
    n
        How many pairs are numbered.
    """

    def __init__(
        self, storage: Storage, pres: Indices, posts: Indices, copier: Copier = NUMPY
    ) -> None:
        self._storage, self._copier = storage, copier
        self._rows, self._columns = (pres, posts) if storage.major is Side.PRE else (posts, pres)
        n_free = np.full(len(self._rows), len(self._columns))
        if storage.segment_ptr is None:
            n_free -= np.diff(storage.row_ptr)[self._rows]
        self._first = np.concatenate(([0], np.cumsum(n_free)))
        self.n = int(self._first[-1])

    def at(self, numbers: Indices) -> tuple[Indices, Indices, Indices | None]:
        """Return ``pre, post`` of the pairs with these ascending numbers, and their places.

        A place is the entry before which a synapse will stand; None where that depends on delays.
        """
        row = np.searchsorted(self._first, numbers, side="right") - 1
        which = numbers - self._first[row]
        major = self._rows[row]
        if self._storage.segment_ptr is not None:
            return *self._without_synapse(major, self._columns[which]), None
        begin = self._storage.row_ptr[major]
        places = self._copier.find_free(
            self._storage.row_ptr, self._storage.index, self._columns, major, which
        )
        minor = self._columns[which + places - begin]
        return *self._ends(major, minor), places

    def _without_synapse(self, major: Indices, minor: Indices) -> tuple[Indices, Indices]:
        pre, post = self._ends(major, minor)
        free = np.flatnonzero(locate(self._storage, pre, post, self._copier) < 0)
        return pre[free], post[free]

    def _ends(self, major: Indices, minor: Indices) -> tuple[Indices, Indices]:
        return (major, minor) if self._storage.major is Side.PRE else (minor, major)


__all__ = ["FreePairs"]
