"""Recording buffers that a running network fills and Python empties.

A recorder is written by the loop (native or reference) at one of two moments of
a step and read by `annlab.network.monitor`. Full buffers are handed over as they
are and replaced, so nothing is copied twice.
"""

from __future__ import annotations

import enum
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from annlab.runtime.state import PopulationState

BUFFER_BYTES = 1 << 22


class Phase(enum.IntEnum):
    """When a value is taken: before the neurons are updated, or at the end of the step."""

    INPUTS = 0  # sum(target), g_target
    END = 1


class ValueRecorder:
    """Rows of one array, every `period` steps.

    Attributes
    ----------
    source
        Returns the array to record from (called again whenever buffers are re-bound).
    positions
        int64 indices into the source, or None for its first `width` elements.
    schedule
        int64 [period, offset, start]: a row is taken in step n if
        ``(n - start) % period == offset``.
    is_active
        int32 array of one element.
    buffer, count
        (capacity, width) of the source's type; int64 array of one element: rows filled.
    """

    def __init__(
        self,
        source: Callable[[], NDArray],
        *,
        width: int,
        positions: NDArray[np.int64] | None,
        phase: Phase,
        period: int = 1,
        offset: int = 0,
        start: int = 0,
    ) -> None:
        self.source = source
        self.width = width
        self.positions = positions
        self.phase = phase
        self.schedule = np.array([period, offset, start], np.int64)
        self.is_active = np.ones(1, np.int32)
        self.count = np.zeros(1, np.int64)
        self.chunks: list[NDArray] = []
        self._new_buffer()

    def _new_buffer(self) -> None:
        dtype = self.source().dtype
        row_bytes = max(1, self.width * dtype.itemsize)
        capacity = int(min(max(BUFFER_BYTES // row_bytes, 16), 1 << 16))
        self.buffer = np.empty((capacity, self.width), dtype=dtype)
        self.count[0] = 0

    @property
    def is_full(self) -> bool:
        return int(self.count[0]) >= len(self.buffer)

    def is_due(self, step: int) -> bool:
        period, offset, start = self.schedule
        return bool(self.is_active[0]) and (step - start) % period == offset

    def take(self) -> None:
        """Record one row now (reference loop)."""
        source = self.source()
        row = source[: self.width] if self.positions is None else source[self.positions]
        self.buffer[self.count[0]] = row
        self.count[0] += 1
        if self.is_full:
            self.hand_over()

    def hand_over(self) -> None:
        """Put the filled part of the buffer onto the list of chunks and start a new one."""
        n_rows = int(self.count[0])
        if n_rows == 0:
            return
        if n_rows < len(self.buffer) // 2:
            self.chunks.append(self.buffer[:n_rows].copy())
            self.count[0] = 0
            return
        self.chunks.append(self.buffer[:n_rows])
        self._new_buffer()

    def data(self) -> NDArray:
        """Return all rows so far, (n_rows, width), without forgetting them."""
        self.hand_over()
        if not self.chunks:
            return np.empty((0, self.width), dtype=self.source().dtype)
        if len(self.chunks) > 1:
            self.chunks = [np.concatenate(self.chunks)]
        return self.chunks[0]

    def clear(self) -> None:
        """Forget everything recorded so far."""
        self.chunks = []
        self.count[0] = 0


class SpikeRecorder:
    """(step, rank) of every spike of a population or of some of its neurons.

    `mask` (n_padded,) uint8 selects neurons, None records all. `kind` is "spike" or
    "axon_spike".
    """

    def __init__(
        self, population: PopulationState, *, kind: str, mask: NDArray[np.uint8] | None
    ) -> None:
        self.population = population
        self.kind = kind
        self.mask = mask
        self.is_active = np.ones(1, np.int32)
        self.count = np.zeros(1, np.int64)
        self.capacity = max(1 << 18, 4 * population.n)
        self.chunks: list[tuple[NDArray[np.int64], NDArray[np.int32]]] = []
        self._new_buffer()

    def _new_buffer(self) -> None:
        self.steps = np.empty(self.capacity, np.int64)
        self.ranks = np.empty(self.capacity, np.int32)
        self.count[0] = 0

    @property
    def is_full(self) -> bool:
        """True if one more step might not fit."""
        return int(self.count[0]) + self.population.n > self.capacity

    def take(self, step: int) -> None:
        """Record the spikes of `step` (reference loop)."""
        ring = self.population.spikes if self.kind == "spike" else self.population.axon_spikes
        if ring is None:
            return
        ranks = ring.at(step)
        if self.mask is not None:
            ranks = ranks[self.mask[ranks] != 0]
        start = int(self.count[0])
        self.steps[start : start + len(ranks)] = step
        self.ranks[start : start + len(ranks)] = ranks
        self.count[0] += len(ranks)
        if self.is_full:
            self.hand_over()

    def hand_over(self) -> None:
        """Put the filled part of the buffer onto the list of chunks and start a new one."""
        n = int(self.count[0])
        if n == 0:
            return
        self.chunks.append((self.steps[:n].copy(), self.ranks[:n].copy()))
        self.count[0] = 0

    def data(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Return (steps, ranks) of all spikes so far, in order of time, without forgetting."""
        self.hand_over()
        if not self.chunks:
            return np.empty(0, np.int64), np.empty(0, np.int32)
        if len(self.chunks) > 1:
            steps = np.concatenate([c[0] for c in self.chunks])
            ranks = np.concatenate([c[1] for c in self.chunks])
            self.chunks = [(steps, ranks)]
        return self.chunks[0]

    def clear(self) -> None:
        """Forget everything recorded so far."""
        self.chunks = []
        self.count[0] = 0
