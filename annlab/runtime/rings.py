"""What a population remembers of its last steps: who spiked, and older values.

A ring of depth D keeps what belongs to step m in its slot ``m % D``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from annlab.errors import TooLargeError
from annlab.runtime.held import Held, Keeper
from annlab.runtime.memory import padded

MAX_THREADS = 64
BYTES_OF_SLOT = 2 * 4 * MAX_THREADS  # of a ring of spikes, ranks left out


class SpikeRing:
    """Ranks of the neurons that spiked in each of the last `depth` steps.

    A slot is divided into segments, one per thread that wrote it; segment s holds
    ``counts[slot, s]`` ranks from ``ranks[slot, starts[slot, s]]`` on. Ranks ascend within a
    segment and from segment to segment.
    """

    keeper: Keeper | None = None
    ranks: Any = Held()  # NDArray[np.int32]; and so on
    counts: Any = Held()
    starts: Any = Held()

    def __init__(self, n: int, depth: int = 2) -> None:
        self.n = n
        self.depth = depth
        self._allocate()

    def _allocate(self) -> None:
        # np.empty: pages of a slot that never spikes that much are never touched.
        try:
            self.ranks = np.empty((self.depth, padded(self.n)), dtype=np.int32)
        except MemoryError:
            raise TooLargeError(
                f"the spikes of {self.n} neurons cannot be remembered for {self.depth} steps",
                hint="shorten the longest delay",
            ) from None
        self.counts = np.zeros((self.depth, MAX_THREADS), dtype=np.int32)
        self.starts = np.zeros((self.depth, MAX_THREADS), dtype=np.int32)

    def at(self, step: int) -> NDArray[np.int32]:
        """Return the ranks that spiked in `step`, ascending. A copy."""
        slot = step % self.depth
        parts = [
            self.ranks[slot, s : s + c]
            for s, c in zip(self.starts[slot], self.counts[slot], strict=True)
            if c
        ]
        return np.concatenate(parts) if parts else np.empty(0, np.int32)

    def put(self, step: int, ranks: NDArray[np.integer]) -> None:
        """Store the ranks that spiked in `step`, ascending."""
        slot = step % self.depth
        self.counts[slot] = 0
        self.starts[slot] = 0
        self.ranks[slot, : len(ranks)] = ranks
        self.counts[slot, 0] = len(ranks)

    def clear(self) -> None:
        """Forget all spikes."""
        self.counts[:] = 0

    def deepen(self, depth: int, step: int) -> None:
        """Make room for `depth` steps; `step` is the next step to run. Never shrinks."""
        if depth <= self.depth:
            return
        kept = [(s, self.at(s)) for s in range(step - self.depth, step)]
        before, self.depth = self.depth, depth
        try:
            self._allocate()
        except TooLargeError:
            self.depth = before
            raise
        for old_step, ranks in kept:
            self.put(old_step, ranks)


class History:
    """The last `depth` values of a local or global attribute, for delayed rates."""

    keeper: Keeper | None = None
    values: Any = Held()

    def __init__(self, source: NDArray, depth: int, step: int = 0) -> None:
        self.depth = depth
        self.values = np.empty((depth, len(source)), dtype=source.dtype)
        self.fill(source)

    def at(self, step: int) -> NDArray:
        """Return the values as they were after `step`. A view."""
        return self.values[step % self.depth]

    def fill(self, source: NDArray) -> None:
        """Pretend that the attribute always had the values of `source`."""
        self.values[:] = source
        self.initial = np.array(source)

    def deepen(self, depth: int, step: int, initial: NDArray | None = None) -> None:
        """Make room for `depth` values; what is older than known counts as `initial`.

        Left out, these are the values that `fill` was last given.
        """
        if depth <= self.depth:
            return
        kept = {s: self.at(s).copy() for s in range(step - self.depth, step)}
        self.depth = depth
        self.values = np.empty((depth, self.values.shape[1]), dtype=self.values.dtype)
        self.values[:] = self.initial if initial is None else initial
        for old_step, row in kept.items():
            self.values[old_step % depth] = row
