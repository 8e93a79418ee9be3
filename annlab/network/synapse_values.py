"""Values of synapses: allocated as kernels want them, read and written as users count them.

A user sees one list per dendrite, in ascending order of ranks. In memory a value lies
where its storage puts it, or exists once per dendrite, or once for all. Functions here
translate; they know no equations, and no moment at which it is safe to call them.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annlab.errors import ArgumentError, ArgumentTypeError, ShapeError
from annlab.ir.expr import Locality
from annlab.ir.model import Attribute, Method, asks_for_nan
from annlab.network.attributes import Place, is_single, many_values, one_value
from annlab.network.distributions import RandomDistribution
from annlab.runtime.memory import aligned
from annlab.runtime.state import NO_EVENT, ProjectionState, numpy_dtype
from annlab.runtime.storage import Storage, StorageKind


def allocate(state: ProjectionState, weights: float | NDArray) -> None:
    """Give every attribute of the model its array; weights get their values, others are 0."""
    state.values.keeper = state.storage.keeper  # first values may be computed of weights
    for attribute in state.model.attributes:
        dtype = numpy_dtype(attribute.dtype, state.pre.float_type)
        if attribute.name == "w" and attribute.locality is Locality.LOCAL:
            state.values["w"] = _weights(state, weights, dtype)
            continue
        n = length_of(attribute, state)
        state.values[attribute.name] = aligned(n, dtype)[:n]
    if any(e.method is Method.EVENT_DRIVEN for e in state.model.equations):
        state.last_event = aligned(state.storage.n_slots, np.int64, NO_EVENT)


def length_of(attribute: Attribute, state: ProjectionState) -> int:
    """Return how many values of an attribute are kept in memory, a single weight aside."""
    match attribute.locality:
        case Locality.GLOBAL:
            return 1
        case Locality.SEMIGLOBAL:
            return state.post.n_padded
    return state.storage.n_slots


def _weights(state: ProjectionState, weights: float | NDArray, dtype: np.dtype) -> NDArray:
    if state.has_single_weight:
        return np.array([weights], dtype)
    if isinstance(weights, np.ndarray):
        if weights.dtype != dtype and state.storage.keeper is not None:
            state.storage.keeper.read(weights)
        return weights.astype(dtype, copy=False)
    values = aligned(state.storage.n_slots, dtype)[: state.storage.n_slots]
    fill_existing(state.storage, values, weights)
    return values


def fill_existing(storage: Storage, values: NDArray, value: float) -> None:
    """Set all synapses to `value`; slots of a dense storage without a synapse keep theirs."""
    if storage.kind is not StorageKind.DENSE:
        values[:] = value
        return
    n_columns = len(storage.columns)
    grid = values[: storage.n_slots].reshape(len(storage.rows), storage.stride)
    own = _own_entries(storage)
    kept = grid[own]
    grid[:, :n_columns] = value
    grid[own] = kept


def _own_entries(storage: Storage) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (rows, columns) of a dense storage's entries of equal rank that do not exist."""
    if storage.has_self:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    first = max(storage.rows.start, storage.columns.start)
    ranks = np.arange(first, max(first, min(storage.rows.stop, storage.columns.stop)))
    return ranks - storage.rows.start, ranks - storage.columns.start


def owners(storage: Storage) -> NDArray[np.int32]:
    """Return the postsynaptic rank of every synapse, in the user's order."""
    dendrites = storage.dendrites
    return np.repeat(dendrites.post_ranks, np.diff(dendrites.row_ptr))


def places(state: ProjectionState, rows: slice = slice(None)) -> NDArray[np.int64]:
    """Return where the values of local attributes lie, for some entries of the user's order."""
    return state.storage.dendrites.positions_of(rows)


def locality(state: ProjectionState, name: str) -> Locality:
    """Return how many values the user sees; a single weight counts as global."""
    if name == "w" and state.has_single_weight:
        return Locality.GLOBAL
    attribute = state.model.attribute(name)
    assert attribute is not None  # callers have checked the name
    return attribute.locality


def flat(state: ProjectionState, name: str) -> NDArray:
    """Return one value per synapse, in the user's order, whatever the locality."""
    values = state.values[name]
    match locality(state, name):
        case Locality.GLOBAL:
            return np.full(state.storage.n_synapses, values[0])
        case Locality.SEMIGLOBAL:
            return values[owners(state.storage)]
    taken = state.storage.dendrites.take(values)
    return taken.copy() if np.may_share_memory(taken, values) else taken


def as_array(state: ProjectionState, name: str) -> NDArray:
    """Return a copy of one value per synapse in the user's order, per dendrite, or one in all."""
    match locality(state, name):
        case Locality.GLOBAL:
            return state.values[name][:1].copy()
        case Locality.SEMIGLOBAL:
            return state.values[name][state.storage.dendrites.post_ranks]
    return flat(state, name)


def read(state: ProjectionState, name: str) -> Any:
    """Return a number, a list per dendrite, or a list of lists."""
    values = state.values[name]
    dendrites = state.storage.dendrites
    match locality(state, name):
        case Locality.GLOBAL:
            return values[0].item()
        case Locality.SEMIGLOBAL:
            return values[dendrites.post_ranks].tolist()
    return by_dendrite(state.storage, dendrites.take(values))


def by_dendrite(storage: Storage, values: NDArray) -> list[list[Any]]:
    """Cut one value per synapse, in the user's order, into one list per dendrite."""
    ends = storage.dendrites.row_ptr.tolist()
    with _no_collection():
        return [values[a:b].tolist() for a, b in pairwise(ends)]


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the garbage collector from walking lists of numbers that grow; they hold no garbage."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def write(
    state: ProjectionState,
    name: str,
    value: Any,
    *,
    label: str,
    rng: np.random.Generator,
    is_restored: bool = False,
) -> None:
    """Set all values of an attribute.

    `value` is a number, a distribution, or a list: one number per dendrite for a semiglobal
    attribute, one list per dendrite for a local one, or an array with one number per synapse.
    `is_restored`: it was read before, and may be NaN.
    """
    values = state.values[name]
    place = place_in(state, name, f"projection {label}", is_restored=is_restored)
    kind = locality(state, name)
    if kind is Locality.GLOBAL:
        is_shared = name == "w" and state.has_single_weight
        values[0] = _one(value, values.dtype, place, has_single_weight=is_shared, rng=rng)
    elif is_single(value):
        number = one_value(value, values.dtype, place)
        if name == "w":
            fill_existing(state.storage, values, number)
        else:
            values[:] = number
    elif kind is Locality.SEMIGLOBAL:
        ranks = state.storage.dendrites.post_ranks
        values[ranks] = many_values(value, len(ranks), values.dtype, place, rng=rng)
    else:
        _write_synapses(state, name, value, place=place, rng=rng)


def _one(
    value: Any,
    dtype: np.dtype,
    place: Place,
    *,
    has_single_weight: bool,
    rng: np.random.Generator,
) -> np.generic:
    if has_single_weight and not is_single(value):
        raise ShapeError(
            f"{place} is one number for all synapses",
            hint="connect with force_multiple_weights=True to have one weight per synapse",
        )
    if isinstance(value, RandomDistribution):
        return many_values(value, 1, dtype, place, rng=rng)[0]
    return one_value(value, dtype, place)


def _write_synapses(
    state: ProjectionState, name: str, value: Any, *, place: Place, rng: np.random.Generator
) -> None:
    values, dendrites = state.values[name], state.storage.dendrites
    if isinstance(value, RandomDistribution):
        n = state.storage.n_synapses
        dendrites.put(values, many_values(value, n, values.dtype, place, rng=rng))
        return
    dendrites.put(values, joined(value, state.storage, place, values.dtype))


def joined(value: Any, storage: Storage, place: Place, dtype: np.dtype) -> NDArray:
    """Return a list of lists, or an array, as one value per synapse in the user's order."""
    dendrites = storage.dendrites
    if isinstance(value, np.ndarray) and value.ndim == 1 and value.dtype != object:
        return many_values(value, storage.n_synapses, dtype, place)
    if not isinstance(value, Sequence | np.ndarray) or isinstance(value, str):
        raise ArgumentTypeError(
            f"{place} was given {type(value).__name__}",
            hint="give a number, a distribution, or one list per dendrite",
        )
    n = len(dendrites.post_ranks)
    if len(value) != n:
        raise ShapeError(
            f"{place} was given {len(value)} lists and there are {n} dendrites",
            hint="give one list per neuron of post_ranks",
        )
    expected = np.diff(dendrites.row_ptr)
    for post, part, length in zip(dendrites.post_ranks, value, expected):
        if np.ndim(part) != 1 or len(part) != length:
            raise ShapeError(
                f"{place} was given {np.size(part)} values for the dendrite of neuron {post}, "
                f"which has {length} synapses"
            )
    if not n:
        return np.empty(0, dtype)
    return many_values(np.concatenate(list(value)), int(expected.sum()), dtype, place)


def row_slice(state: ProjectionState, row: int) -> slice:
    """Return the entries of one dendrite in the user's order."""
    ptr = state.storage.dendrites.row_ptr
    return slice(int(ptr[row]), int(ptr[row + 1]))


def read_row(state: ProjectionState, name: str, row: int) -> Any:
    """Return the values of one dendrite: a list, or a number if there is only one."""
    values = state.values[name]
    match locality(state, name):
        case Locality.GLOBAL:
            return values[0].item()
        case Locality.SEMIGLOBAL:
            return values[state.storage.dendrites.post_ranks[row]].item()
    return values[places(state, row_slice(state, row))].tolist()


def place_in(state: ProjectionState, name: str, owner: str, *, is_restored: bool = False) -> Place:
    """Return how messages call an attribute, whose values may be NaN if equations ask."""
    return Place(name, owner, lambda: is_restored or asks_for_nan(state.model))


def write_row(
    state: ProjectionState,
    name: str,
    row: int,
    value: Any,
    *,
    label: str,
    rng: np.random.Generator,
    is_restored: bool = False,
) -> None:
    """Set the values of one dendrite; see `write`."""
    values = state.values[name]
    kind = locality(state, name)
    if kind is Locality.GLOBAL:
        raise ArgumentError(
            f"{Place(name, f'projection {label}')} is one value for all dendrites",
            hint=f"set it on the projection: proj.{name} = ...",
        )
    rank = int(state.storage.dendrites.post_ranks[row])
    owner = f"the dendrite of neuron {rank} in projection {label}"
    place = place_in(state, name, owner, is_restored=is_restored)
    if kind is Locality.SEMIGLOBAL:
        values[rank] = _one(value, values.dtype, place, has_single_weight=False, rng=rng)
        return
    where = places(state, row_slice(state, row))
    values[where] = many_values(value, len(where), values.dtype, place, rng=rng)
