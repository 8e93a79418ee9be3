"""Ranks and coordinates: how the neurons of a population are arranged.

Ranks count in C order: the last coordinate runs fastest. Knows nothing of
populations; takes shapes and numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annlab.errors import ArgumentError, ArgumentTypeError, UnknownObjectError
from annlab.network.checks import read_number

Geometry = tuple[int, ...]


def read_geometry(geometry: object) -> Geometry:
    """Return the tuple of extents for an int, a float that is whole, or a tuple."""
    if isinstance(geometry, (int, float, np.number)) and not isinstance(geometry, bool):
        geometry = (geometry,)
    if not isinstance(geometry, tuple) or not geometry:
        raise ArgumentTypeError(
            f"the geometry of a population is {geometry!r}",
            hint="give the number of neurons, or a tuple with one extent per dimension",
        )
    return tuple(_extent(e, geometry) for e in geometry)


def _extent(extent: object, geometry: object) -> int:
    is_number = isinstance(extent, (int, float, np.number)) and not isinstance(extent, bool)
    is_extent = is_number and np.isfinite(extent) and extent == int(extent) and extent >= 1  # type: ignore[call-overload]
    if not is_extent:
        raise ArgumentError(
            f"the geometry of a population is {geometry!r}", hint="extents are integers above 0"
        )
    return int(extent)  # type: ignore[call-overload]


def rank_from_coordinates(geometry: Geometry, coordinates: object, owner: str) -> int:
    """Return the rank of the neuron at `coordinates`."""
    if isinstance(coordinates, (int, np.integer)):
        return check_rank(coordinates, int(np.prod(geometry)), owner)
    position = _position(coordinates, owner)
    if len(position) != len(geometry) or any(
        not 0 <= c < extent for c, extent in zip(position, geometry)
    ):
        raise UnknownObjectError(
            f"{owner} has no neuron at {position}", why=f"its geometry is {geometry}"
        )
    return int(np.ravel_multi_index(position, geometry))


def _position(coordinates: object, owner: str) -> Geometry:
    is_sequence = isinstance(coordinates, tuple | list | np.ndarray)
    is_sequence = is_sequence and coordinates is not np.ma.masked
    if not is_sequence or not all(isinstance(c, (int, np.integer)) for c in coordinates):  # type: ignore[union-attr]
        raise ArgumentTypeError(
            f"coordinates in {owner} are integers, not {coordinates!r}",
            hint="give one for each dimension",
        )
    return tuple(int(c) for c in coordinates)  # type: ignore[union-attr]


def coordinates_from_rank(geometry: Geometry, rank: int, owner: str) -> Geometry:
    """Return the coordinates of the neuron of this rank."""
    check_rank(rank, int(np.prod(geometry)), owner)
    return tuple(int(c) for c in np.unravel_index(rank, geometry))


def normalized_coordinates(
    geometry: Geometry, rank: int, norm: float, owner: str
) -> tuple[float, ...]:
    """Return the coordinates scaled to [0, norm] along each dimension."""
    position = coordinates_from_rank(geometry, rank, owner)
    norm = read_number(norm, "norm")
    return tuple(
        norm * c / (extent - 1) if extent > 1 else 0.0 for c, extent in zip(position, geometry)
    )


def check_rank(rank: object, n: int, owner: str) -> int:
    """Return `rank` as an int, or refuse it."""
    if isinstance(rank, bool) or not isinstance(rank, (int, np.integer)):
        raise ArgumentTypeError(f"a rank of {owner} is an integer, not {rank!r}")
    if not 0 <= rank < n:
        raise UnknownObjectError(
            f"{owner} has no neuron of rank {rank}", why=f"its ranks are 0 to {n - 1}"
        )
    return int(rank)


def select(geometry: Geometry, index: Any, owner: str) -> tuple[NDArray[np.int32], Geometry]:
    """Return the ranks that ``population[index]`` means, and their geometry (NumPy's rules)."""
    ranks = np.arange(int(np.prod(geometry)), dtype=np.int32)
    is_flat = isinstance(index, list | np.ndarray | range | slice) or np.isscalar(index)
    try:
        if is_flat and not _is_mask_of(index, geometry):
            flat: Any = list(index) if isinstance(index, range) else index
            chosen = ranks[flat]
        else:
            chosen = ranks.reshape(geometry)[index]  # type: ignore[call-overload]
    except (IndexError, ValueError, TypeError) as error:
        raise UnknownObjectError(
            f"{owner} cannot be indexed with {index!r}",
            why=f"its geometry is {geometry}: {error}",
        ) from None
    if (
        isinstance(index, np.ndarray | list)
        and np.ndim(index) > 1
        and not _is_mask_of(index, geometry)
    ):
        raise ArgumentError(
            f"{owner} cannot be indexed with an array of {np.ndim(index)} dimensions",
            hint="give a list of ranks, or a mask of the population's shape",
        )
    if _is_mask_of(index, geometry):
        chosen = chosen.ravel()
    return np.atleast_1d(chosen).ravel(), tuple(np.atleast_1d(chosen).shape)


def _is_mask_of(index: object, geometry: Geometry) -> bool:
    if not isinstance(index, np.ndarray | list | Sequence):
        return False
    try:
        array = np.asarray(index)
    except ValueError:
        return False
    return array.dtype == np.bool_ and array.shape == geometry
