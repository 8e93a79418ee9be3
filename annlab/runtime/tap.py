"""Bounded rings beside the loop that live views read without stopping it.

A recorder keeps everything; a tap keeps the last part only and may be read at
any moment from another thread, without a lock. One writer (the loop, native or
reference) fills it at the end of each step; the arrays are plain and never
replaced, so native code may hold their addresses.

How a reader knows what is safe: `head` counts what was ever written and grows
only after the entries are there, entry k lives in slot ``k % capacity``. A
reader copies, looks at `head` again, and drops what the writer may have
overwritten meanwhile, including one batch that is not yet announced.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from annlab.errors import StateError
from annlab.runtime.state import PopulationState

SPIKES = 1 << 16  # that a tap keeps at least


class Tap(Protocol):
    """What a runner does with a tap: call `write` at the end of each step.

    `is_active` is an int32 array of one element; a tap whose source is gone is switched off with
    it. `n_views` counts those who read it: the spikes of a population are written once, however
    many look on.
    """

    is_active: NDArray[np.int32]
    n_views: int

    def write(self, step: int) -> None: ...


class SpikeTap:
    """The last spikes of a population, or of the neurons that `mask` selects.

    Attributes
    ----------
    steps, ranks
        (capacity,) int64 and int32: a ring; `capacity` is a power of two.
    head
        int64 array of one element: number of spikes ever written.
    mask
        (n_padded,) uint8, 1 for a neuron that is watched; None for all.
    """

    def __init__(
        self,
        population: PopulationState,
        mask: NDArray[np.bool_] | None = None,
        capacity: int = SPIKES,
    ) -> None:
        self.population = population
        self.batch = population.n  # at most so many in one step
        self.capacity = _power_of_two(max(capacity, 4 * population.n))
        self.steps = np.zeros(self.capacity, np.int64)
        self.ranks = np.zeros(self.capacity, np.int32)
        self.head = np.zeros(1, np.int64)
        self.is_active = np.ones(1, np.int32)
        self.n_views = 0
        self.mask = _padded(population, mask)

    def serves(
        self, population: PopulationState, mask: NDArray[np.bool_] | None, capacity: int
    ) -> bool:
        """Return True if this ring holds what another one of these arguments would."""
        if self.population is not population or self.capacity < capacity:
            return False
        wanted = _padded(population, mask)
        if self.mask is None or wanted is None:
            return self.mask is wanted
        return np.array_equal(self.mask, wanted)

    def write(self, step: int) -> None:
        """Append the spikes of `step` (reference loop)."""
        spikes = self.population.spikes
        if spikes is None or not self.is_active[0]:
            return
        ranks = spikes.at(step)
        if self.mask is not None:
            ranks = ranks[self.mask[ranks] != 0]
        head = int(self.head[0])
        slots = np.arange(head, head + len(ranks)) & (self.capacity - 1)
        self.steps[slots] = step
        self.ranks[slots] = ranks
        self.head[0] = head + len(ranks)

    def read(self, since: int) -> tuple[NDArray[np.int64], NDArray[np.int32], int, int]:
        """Return copies of what was written after cursor `since`, the new cursor, and the loss.

        Parameters
        ----------
        since
            The cursor of the last read; 0 for everything that is still there.

        Returns
        -------
        ``steps, ranks, cursor, lost``; `lost` counts the spikes that were overwritten unread.
        """
        cursor = int(self.head[0])
        first = max(since, cursor - self.capacity + self.batch)
        steps, ranks = (_between(ring, first, cursor) for ring in (self.steps, self.ranks))
        safe = max(first, int(self.head[0]) - self.capacity + self.batch)
        n_torn = min(safe - first, cursor - first)
        return steps[n_torn:], ranks[n_torn:], cursor, max(0, first - since) + n_torn


class ValueTap:
    """The last values of chosen elements of one array, every `period_steps` steps.

    Attributes
    ----------
    positions
        (width,) int64 indices into the source.
    rows, steps
        (capacity, width) of the source's type and (capacity,) int64: a ring; `capacity` is a
        power of two.
    head
        int64 array of one element: number of rows ever written.
    lost
        The source, while the model that runs has no such variable; None while it has.
    """

    lost: Callable[[], NDArray] | None = None

    def __init__(
        self,
        source: Callable[[], NDArray],
        positions: NDArray[np.int64],
        period_steps: int = 1,
        capacity: int = 1 << 14,
    ) -> None:
        self.source = source
        self.positions = np.ascontiguousarray(positions, dtype=np.int64)
        self.period_steps = period_steps
        self.capacity = _power_of_two(max(capacity, 4))
        self.rows = np.zeros((self.capacity, len(self.positions)), source().dtype)
        self.steps = np.zeros(self.capacity, np.int64)
        self.head = np.zeros(1, np.int64)
        self.is_active = np.ones(1, np.int32)
        self.n_views = 0

    def write(self, step: int) -> None:
        """Append the values after `step` if it is due (reference loop)."""
        if step % self.period_steps or not self.is_active[0]:
            return
        head = int(self.head[0])
        slot = head & (self.capacity - 1)
        self.rows[slot] = self.source()[self.positions]
        self.steps[slot] = step
        self.head[0] = head + 1

    def read(self, since: int) -> tuple[NDArray[np.int64], NDArray, int, int]:
        """Return copies of ``steps (n,)`` and ``rows (n, width)``, the new cursor, and the loss.

        Raises
        ------
        StateError
            While the model that runs has no such variable.
        """
        if self.lost is not None:
            raise gone()
        cursor = int(self.head[0])
        first = max(since, cursor - self.capacity + 1)
        steps, rows = (_between(ring, first, cursor) for ring in (self.steps, self.rows))
        safe = max(first, int(self.head[0]) - self.capacity + 1)
        n_torn = min(safe - first, cursor - first)
        return steps[n_torn:], rows[n_torn:], cursor, max(0, first - since) + n_torn


def spike_tap(
    taps: Sequence[Tap],
    population: PopulationState,
    mask: NDArray[np.bool_] | None = None,
    capacity: int = SPIKES,
) -> SpikeTap:
    """Return the one of `taps` that serves, or a new one that `join` is to put among them."""
    for tap in tuple(taps):
        if isinstance(tap, SpikeTap) and tap.serves(population, mask, capacity):
            return tap
    return SpikeTap(population, mask, capacity)


def join(taps: list[Tap], tap: Tap) -> None:
    """Let a run write `tap` for one more view. Call it between two steps."""
    tap.n_views += 1
    if tap.n_views == 1:
        taps.append(tap)


def leave(taps: list[Tap], tap: Tap) -> None:
    """Let a run write `tap` for one view less. Call it between two steps."""
    tap.n_views -= 1
    if tap.n_views == 0:
        taps[:] = [other for other in taps if other is not tap]


def _padded(
    population: PopulationState, mask: NDArray[np.bool_] | None
) -> NDArray[np.uint8] | None:
    if mask is None:
        return None
    padded = np.zeros(population.n_padded, np.uint8)
    padded[: population.n] = mask
    return padded


def _between(ring: NDArray, first: int, stop: int) -> NDArray:
    """Return a copy of entries `first` to before `stop`, at most as many as there are slots."""
    n = len(ring)  # a power of two
    start, end = first & (n - 1), stop & (n - 1)
    if first >= stop:
        return ring[:0].copy()
    return ring[start:end].copy() if start < end else np.concatenate([ring[start:], ring[:end]])


def gone() -> StateError:
    """Return the error of who wants to see what a changed model no longer has."""
    return StateError(
        "what this view shows is no longer part of the model",
        hint="make another view, or give the model this variable again",
    )


def _power_of_two(n: int) -> int:
    return 1 << (n - 1).bit_length()
