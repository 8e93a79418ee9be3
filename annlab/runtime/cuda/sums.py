"""Sums of weights in fixed point: which projections may use them, and with how many bits.

Where spikes do no more than add weights that nothing changes, the device adds integers, atomically
and in any order; the result has no other bits for it. A weight is multiplied by a power of two,
its scale, that leaves room for as many of the largest as can meet at one neuron in one step. Knows
weights and storages; nothing of kernels.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annlab.runtime.storage import Storage, StorageKind

TOTAL_BITS = 62  # of a sum; one is for the sign, one is kept free
MOST_RANGE = 36  # bits from the largest weight to the smallest of one projection
MOST_SPREAD = 8  # bits between the largest weights of projections that share a sum
MOST_SCALE = 1000  # exponent of a scale that is a number still
_AT_ONCE = 1 << 22


@dataclass(frozen=True, slots=True)
class Extent:
    """How large weights are, as exponents of two; `top` is None where all are 0."""

    top: int | None
    is_fit: bool  # finite, and the smallest not lost beside the largest

    @classmethod
    def of(cls, weights: NDArray) -> Extent:
        """Look at all weights once."""
        largest, smallest = 0.0, math.inf
        for first in range(0, len(weights), _AT_ONCE):
            some = np.abs(weights[first : first + _AT_ONCE])
            largest = max(largest, float(some.max(initial=0.0)))
            if not math.isfinite(largest) or np.isnan(some).any():
                return cls(None, False)
            smallest = min(smallest, float(np.min(some, where=some > 0, initial=math.inf)))
        return cls.between(largest, smallest)

    @classmethod
    def between(cls, largest: float, smallest: float) -> Extent:
        """Return how large weights are of which these are the ends, without signs and zeros."""
        if not math.isfinite(largest):
            return cls(None, False)
        if largest == 0.0:
            return cls(None, True)
        top, bottom = math.frexp(largest)[1], math.frexp(smallest)[1]
        return cls(top, top - bottom <= MOST_RANGE and abs(top) < MOST_SCALE - TOTAL_BITS)


@dataclass(frozen=True, slots=True)
class Addend:
    """A projection as one that adds to a sum.

    Attributes
    ----------
    name
        Of the projection.
    n_inputs
        The most synapses onto one neuron, times the kinds of events that use them.
    """

    name: str
    n_inputs: int
    extent: Extent


@dataclass(frozen=True, slots=True)
class Sum:
    """Projections that share an array of sums, and the exponent of their scale."""

    members: tuple[str, ...]
    exponent: int


def plan(addends: Iterable[Addend]) -> list[Sum]:
    """Return how the projections onto one target share sums, without those that are not fit."""
    fit = [a for a in addends if a.extent.is_fit]
    found: list[list[Addend]] = []
    for addend in sorted(fit, key=lambda a: (-_top(a), a.name)):
        if found and _top(found[-1][0]) - _top(addend) <= MOST_SPREAD:
            found[-1].append(addend)
        else:
            found.append([addend])
    return [Sum(tuple(a.name for a in members), _exponent(members)) for members in found]


def _exponent(members: Sequence[Addend]) -> int:
    n_inputs = sum(a.n_inputs for a in members)
    return TOTAL_BITS - max(1, n_inputs).bit_length() - _top(members[0])


def _top(addend: Addend) -> int:
    """Return the exponent of the largest weight; weights of 0 go with any."""
    return 0 if addend.extent.top is None else addend.extent.top


def most_inputs(storage: Storage) -> int:
    """Return the most synapses that one postsynaptic neuron has."""
    if storage.kind is StorageKind.DENSE:
        return len(storage.rows)
    if storage.kind is StorageKind.ONE_TO_ONE:
        return 1
    return int(np.bincount(storage.index, minlength=1).max(initial=0))


def sharing(storage: Storage) -> tuple[int, int]:
    """Return among how many teams a row is divided, and how many rows a team takes at once.

    So that a team has some synapses for each of its lanes, and not many more.
    """
    if storage.kind is StorageKind.DENSE:
        length = len(storage.columns)
    elif storage.kind is StorageKind.ONE_TO_ONE:
        length = 1
    else:
        length = storage.n_synapses // max(1, len(storage.row_ptr) - 1)
    if length >= _OF_TEAM:
        return -(-length // _OF_TEAM), 1
    return 1, min(32, 1 << int(math.log2(_OF_TEAM / max(1, length))))


_OF_TEAM = 128  # synapses
