"""The synapses of a projection as a table of all pairs of neurons.

Takes the state of a projection and the name of an attribute; returns an array (n_post, n_pre). Its
rows, or its columns, lie in memory as those of the synapses do: so nothing of the size of the
projection is needed beside it, and no order of dendrites has to be made first.
Knows no moment at which it is safe to be called.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from annlab.ir.expr import Locality, Side
from annlab.network.synapse_values import locality
from annlab.runtime.state import ProjectionState
from annlab.runtime.storage import Storage, StorageKind


def matrix(state: ProjectionState, name: str, fill: float) -> NDArray:
    """Return (n_post, n_pre) of an attribute, `fill` where there is no synapse."""
    values, storage = state.values[name], state.storage
    # Not zeros from the system: what is filled at once may have pages of two megabytes.
    order = "F" if storage.major is Side.PRE else "C"
    shape = (state.post.n, state.pre.n)
    table = np.empty(shape, np.result_type(values, np.float32), order)
    match locality(state, name):
        case Locality.GLOBAL:
            _fill(table, storage, np.broadcast_to(values[:1], storage.n_slots), fill)
        case Locality.SEMIGLOBAL:
            is_there = np.empty(shape, bool, order)
            _fill(is_there, storage, np.broadcast_to(np.True_, storage.n_slots), fill=False)
            table[:] = fill
            np.copyto(table, values[: state.post.n, np.newaxis], where=is_there)
        case Locality.LOCAL:
            _fill(table, storage, values, fill)
    return table


def _fill(table: NDArray, storage: Storage, values: NDArray, fill: float) -> None:
    by_rows = table.T if storage.major is Side.PRE else table
    match storage.kind:
        case StorageKind.DENSE:
            _fill_dense(by_rows, storage, values, fill)
        case StorageKind.ONE_TO_ONE:
            by_rows[:] = fill
            by_rows[storage.rows, storage.columns] = values[: storage.n_synapses]
        case StorageKind.CSR:
            _fill_rows(by_rows, storage, values, fill)


def _fill_dense(table: NDArray, storage: Storage, values: NDArray, fill: float) -> None:
    rows, columns = storage.rows, storage.columns
    if len(rows) * len(columns) < table.size:
        table[:] = fill
    grid = values[: storage.n_slots].reshape(len(rows), storage.stride)
    table[rows.start : rows.stop, columns.start : columns.stop] = grid[:, : len(columns)]
    if not storage.has_self:
        own = np.arange(max(rows.start, columns.start), min(rows.stop, columns.stop))
        table[own, own] = fill


def _fill_rows(table: NDArray, storage: Storage, values: NDArray, fill: float) -> None:
    cuts = storage.row_ptr
    if storage.segment_ptr is not None:
        cuts = cuts[storage.segment_ptr]
    for row, (begin, end) in zip(table, pairwise(cuts.tolist()), strict=True):
        row.fill(fill)  # it stays in cache until its synapses are in place
        row[storage.index[begin:end]] = values[begin:end]


__all__ = ["matrix"]
