"""Synapses in files: ranks, weights and delays, from annlab and from others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annlab.errors import ArgumentError, ShapeError
from annlab.ir.expr import Locality
from annlab.network import archive, synapse_values
from annlab.network.projection import Projection
from annlab.runtime.drawing.plain import index_dtype


def save_connectivity(projection: Projection, filename: str) -> None:
    """Write the ranks, weights and delays [ms] of a projection.

    ``pre_ranks`` (2, n_synapses): the position of the dendrite in ``post_ranks``, and the
    presynaptic rank; ``w`` and ``delay``: one number, or one per synapse in the same order.
    """

    def describe() -> dict[str, Any]:
        state = projection._settled("connectivity to save")
        return {
            "name": projection.name,
            "post_ranks": state.storage.dendrites.post_ranks,
            "pre_ranks": ranks_by_synapse(projection),
            "w": saved_values(projection, "w"),
            "delay": delays_ms(projection),
            "max_delay": projection.max_delay,
            "uniform_delay": projection.uniform_delay,
            "size": len(state.storage.dendrites.post_ranks),
            "nb_synapses": state.storage.n_synapses,
        }

    projection._settled("connectivity to save")
    archive.write(filename, projection._network._call(describe))


def ranks_by_synapse(projection: Projection) -> NDArray[np.integer]:
    """Return row among the dendrites and presynaptic rank (2, n) of every synapse.

    In the narrowest type, because what is written takes the time of the disk.
    """
    state = projection._settled("synapses")
    dendrites, n = state.storage.dendrites, state.storage.n_synapses
    table = np.empty((2, n), index_dtype(max(state.pre.n, state.post.n)))
    lengths = np.diff(dendrites.row_ptr)
    table[0] = np.repeat(np.arange(len(lengths), dtype=table.dtype), lengths)
    table[1] = dendrites.pre_ranks
    return table


def delays_ms(projection: Projection) -> float | NDArray[np.float64]:
    """Return the delay [ms] of all synapses, or of each in the user's order."""
    state = projection._settled("delays")
    storage, dt = state.storage, projection._network.dt
    if storage.delays is None:
        return int(state.delay_steps[0]) * dt
    return storage.delays[storage.dendrites.positions].astype(np.float64) * dt


def saved_values(projection: Projection, name: str) -> Any:
    """Return one value, one per dendrite, or one per synapse in the user's order."""
    state = projection._settled("values")
    if synapse_values.locality(state, name) is Locality.LOCAL:
        return synapse_values.flat(state, name)
    return np.asarray(synapse_values.read(state, name))


def read_connectivity(
    filename: str,
    *,
    pickle_encoding: str | None = None,
    allow_pickle: bool = False,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Return (post ranks, pre ranks, weights, delays [ms]), one entry per synapse."""
    content = archive.read(filename, pickle_encoding=pickle_encoding, allow_pickle=allow_pickle)
    missing = {"post_ranks", "pre_ranks", "w", "delay"} - content.keys()
    if missing:
        raise ArgumentError(
            f"{filename!r} holds no connectivity: {', '.join(sorted(missing))} is missing",
            hint="such files are written by Projection.save_connectivity",
        )
    post, pre = read_pairs(content, filename)
    weights, delays = (_per_synapse(content, k, len(pre), filename) for k in ("w", "delay"))
    if np.any(~(delays >= 0)):
        raise ArgumentError(f"{filename!r} has a delay that is no time: {delays.min():g} ms")
    return post.astype(np.int64), pre.astype(np.int64), weights, delays


def read_pairs(
    content: Mapping[str, Any], filename: str
) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
    """Return (post ranks, pre ranks) of all synapses of a file that somebody else may have made."""
    try:
        post, pre = _pairs(content)
    except (TypeError, ValueError, IndexError) as error:
        raise ArgumentError(
            f"{filename!r} holds no connectivity: its ranks are no lists of integers",
            why=str(error),
        ) from error
    return post, pre


def _pairs(content: Mapping[str, Any]) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
    """Return (post ranks, pre ranks) of all synapses from any of the forms in use.

    Tables of 16-bit and 32-bit ranks, which is what annlab writes, stay narrow: loading waits
    for memory.
    """
    post_ranks = _whole(content["post_ranks"])
    given = content["pre_ranks"]
    if isinstance(given, np.ndarray) and given.ndim == 2 and given.dtype != object:
        is_table = given.shape[0] == 2 and _n_synapses(content, given.shape[1]) == given.shape[1]
        if is_table:
            is_narrow = given.dtype in (np.int32, np.uint16)
            rank_type = np.int32 if is_narrow else np.int64
            return post_ranks.astype(rank_type)[given[0]], given[1].astype(rank_type, copy=False)
    lengths = [len(row) for row in given]
    pre = np.concatenate([_whole(row) for row in given]) if lengths else np.empty(0, np.int64)
    return np.repeat(post_ranks, lengths), pre


def _whole(ranks: Any) -> NDArray[np.int64]:
    given = np.asarray(ranks)
    whole = given.astype(np.int64)
    if whole.ndim != 1 or not np.array_equal(whole, given):
        raise ValueError(f"{ranks!r} is no list of whole numbers")
    return whole


def _n_synapses(content: Mapping[str, Any], default: int) -> int:
    return int(content.get("nb_synapses", content.get("_nb_synapses", default)))


def _given(content: Mapping[str, Any], what: str) -> Any:
    """Return an entry; version 5 of the reference puts numbers and None into 0-d arrays."""
    values = content[what]
    if isinstance(values, np.ndarray) and values.ndim == 0:
        values = values.item()
    return 0.0 if values is None and what == "delay" else values


def _per_synapse(
    content: Mapping[str, Any], what: str, n: int, filename: str
) -> NDArray[np.float64]:
    """Return one number per synapse, given as such, as one for all, or as a list per dendrite."""
    values = _given(content, what)
    is_nested = isinstance(values, list | np.ndarray) and any(
        isinstance(row, list | np.ndarray) for row in values
    )
    try:
        parts = [np.ravel(row) for row in values] if is_nested else [np.ravel(values)]
        array = np.concatenate(parts).astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"{filename!r}: {what!r} are no numbers", why=str(error)) from error
    lengths = [len(part) for part in parts]
    rows = content["pre_ranks"]
    is_wrong = is_nested and np.ndim(rows[0]) == 1 and lengths != [len(row) for row in rows]
    if isinstance(rows, np.ndarray) and rows.ndim == 2:  # a table of pairs, and not of rows
        is_wrong = False
    if is_wrong or array.size not in (1, n):
        raise ShapeError(f"{filename!r} has {lengths} values of {what!r} for {n} synapses")
    return np.broadcast_to(array, (n,))


__all__ = [
    "delays_ms",
    "ranks_by_synapse",
    "read_connectivity",
    "read_pairs",
    "save_connectivity",
    "saved_values",
]
