"""Recorders: buffers that a running network fills, and that are handed over when they are full.

A recorder is written by the loop (native or reference) at one of two moments of
a step. What it hands over goes, together with the steps to which it belongs, to a
`Sink`: memory, a ring, or a file (`annlab.network.tracks`). It knows when it
recorded (`intervals`), also if the clock was set meanwhile.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from annlab.runtime.state import PopulationState

BUFFER_BYTES = 1 << 22
MOST_ROWS = 1 << 16
LEAST_ROWS = 16  # the loop asks for service four rows before the end, and runs on a little
EVER = 2**62

Steps = range | NDArray[np.int64]


class Phase(enum.IntEnum):
    """When a value is taken: before the neurons are updated, or at the end of the step."""

    INPUTS = 0  # sum(target), g_target
    END = 1


class Sink(Protocol):
    """Where a full buffer goes."""

    def put(self, steps: Steps, payload: NDArray, moved: int) -> None:
        """Take entries in order of time: rows of values, or ranks.

        The arrays are the sink's own from now on. `moved`: by how many steps the clock had been
        set by hand, so that ``step - moved`` counts the steps that were really run.
        """
        ...


@dataclass(slots=True)
class Interval:
    """Steps of uninterrupted recording; `end` is None while it goes on. For `moved` see `Sink`."""

    first: int
    end: int | None
    moved: int


class _Recorder:
    """When a recorder records; the base of both kinds.

    Attributes
    ----------
    is_active
        int32 array of one element.
    window
        int64 [first step, step after the last] of the clock; nothing is recorded outside.
    count
        int64 array of one element: filled entries of the buffer.
    intervals
        When it was active since it was last emptied.
    """

    window: NDArray[np.int64]

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.is_active = np.zeros(1, np.int32)
        self.count = np.zeros(1, np.int64)
        self.intervals: list[Interval] = []
        self.moved = 0
        self.n_entries = 0  # handed over so far
        self._n_steps_before = 0  # of recording, before the present intervals

    def hand_over(self) -> None:
        """Give the filled part of the buffer to the sink."""
        raise NotImplementedError

    def begin(self, step: int) -> None:
        """Record from `step` on. Call it, as all that follows, while no step is under way."""
        if self.is_active[0]:
            return
        self._set_begin(step)
        self.is_active[0] = 1
        self.intervals.append(Interval(step, None, self.moved))

    def rest(self, step: int) -> None:
        """Record nothing from `step` on."""
        self.hand_over()
        self.is_active[0] = 0
        self.intervals = self.recorded(step)

    def forget(self, step: int) -> None:
        """Drop what is in the buffer, and all intervals but the one under way."""
        self.count[0] = 0
        self.renew(step)

    def renew(self, step: int) -> None:
        """Let the intervals begin at `step`: what came before has been read."""
        self._n_steps_before = self.n_steps(step)
        self._set_begin(step)
        self.intervals = [Interval(step, None, self.moved)] if self.is_active[0] else []

    def record_in(self, window: tuple[int, int], step: int) -> None:
        """Record inside another window from `step` on."""
        was_active = bool(self.is_active[0])
        self.rest(step)
        self.window[:] = window
        if was_active:
            self.begin(step)

    def clock_moved(self, by: int, step: int, *, with_plans: bool) -> None:
        """Go on after the clock was set by hand, by so many steps, to `step`."""
        was_active = bool(self.is_active[0])
        self.rest(step - by)
        self.moved += by
        if with_plans:
            self._move_plans(by)
        if was_active:
            self.begin(step)

    def recorded(self, now: int) -> list[Interval]:
        """Return the intervals inside the window, the one under way until `now`."""
        if not self.intervals or self.intervals[-1].end is not None:
            return list(self.intervals)
        *closed, present = self.intervals
        first, end = max(present.first, int(self.window[0])), min(now, int(self.window[1]))
        return [*closed, Interval(first, end, present.moved)] if first < end else closed

    def n_steps(self, now: int) -> int:
        """Return for how many steps there was recording so far."""
        return self._n_steps_before + sum((i.end or 0) - i.first for i in self.recorded(now))

    def _set_begin(self, step: int) -> None:
        """Note that the next entry is of `step` or later."""

    def _move_plans(self, by: int) -> None:
        """Keep the distance of what is planned to now."""


class ValueRecorder(_Recorder):
    """Rows of one array, every `period` steps.

    Attributes
    ----------
    source
        Returns the array to record from (called again whenever buffers are re-bound).
    positions
        int64 indices into the source, or None for its first `width` elements.
    schedule
        int64 [period, offset, start, *window]: a row is taken in step n of the window if
        ``(n - start) % period == offset``.
    buffer
        (capacity, width) of the source's type.
    """

    def __init__(
        self,
        source: Callable[[], NDArray],
        *,
        width: int,
        positions: NDArray[np.int64] | None,
        phase: Phase,
        sink: Sink,
        period: int = 1,
        offset: int = 0,
        start: int = 0,
        window: tuple[int, int] = (0, EVER),
        most_rows: int = MOST_ROWS,
    ) -> None:
        super().__init__(sink)
        self.schedule = np.array([period, offset, start, *window], np.int64)
        self.window = self.schedule[3:]
        self.phase = phase
        self._most_rows = most_rows
        self._begun = 0
        self.point_at(source, width, positions)

    def point_at(
        self, source: Callable[[], NDArray], width: int, positions: NDArray[np.int64] | None
    ) -> None:
        """Record other values from now on; what was recorded has been handed over."""
        self.source, self.width, self.positions = source, width, positions
        self._dtype = source().dtype  # asked once: a back end may have to fetch the array
        self._new_buffer()

    @property
    def row_bytes(self) -> int:
        """Memory of one row."""
        return self.width * self._dtype.itemsize

    @property
    def capacity(self) -> int:
        """Number of rows of a buffer."""
        fitting = min(BUFFER_BYTES // max(1, self.row_bytes), self._most_rows, MOST_ROWS)
        return max(fitting, LEAST_ROWS)

    def _new_buffer(self) -> None:
        self.buffer = np.empty((self.capacity, self.width), dtype=self._dtype)
        self.count[0] = 0

    @property
    def is_full(self) -> bool:
        return int(self.count[0]) >= len(self.buffer)

    def is_due(self, step: int) -> bool:
        period, offset, start, first, end = self.schedule
        is_inside = first <= step < end
        return bool(self.is_active[0]) and is_inside and (step - start) % period == offset

    def plan(self, period: int, offset: int, *, step: int) -> None:
        """Take a row every `period` steps from `step` on."""
        self.hand_over()
        self._begun = step
        self.schedule[:2] = period, offset
        self.schedule[2] %= period

    def take(self) -> None:
        """Record one row now (reference loop)."""
        source = self.source()
        row = source[: self.width] if self.positions is None else source[self.positions]
        self.buffer[self.count[0]] = row
        self.count[0] += 1
        if self.is_full:
            self.hand_over(may_replace=True)

    def hand_over(self, *, may_replace: bool = False) -> None:
        """Give the rows to the sink.

        `may_replace` says that the caller looks for the buffer anew afterwards: a native loop has
        its address, and would go on writing into one that is gone.
        """
        n_rows = int(self.count[0])
        if n_rows == 0:
            return
        steps = self._next_steps(n_rows)
        if not may_replace or n_rows < len(self.buffer) // 2:
            self.sink.put(steps, self.buffer[:n_rows].copy(), self.moved)
        else:  # a full buffer is handed over as it is: nothing is copied
            buffer = np.empty_like(self.buffer)
            self.sink.put(steps, self.buffer[:n_rows], self.moved)
            self.buffer = buffer
        # Last: where there is no memory for more, nothing is lost and no row gets another's time.
        self.count[0] = 0
        self._begun = steps[-1] + 1
        self.n_entries += n_rows

    def _next_steps(self, n_rows: int) -> range:
        """Return the steps of the next rows: whenever there is no gap, one follows the other."""
        period, offset, start, opening, _ = (int(x) for x in self.schedule)
        first = max(self._begun, opening)
        first += (offset + start - first) % period
        return range(first, first + n_rows * period, period)

    def n_rows_until(self, first: int, end: int) -> int:
        """Return how many rows are due from step `first` to before step `end`."""
        period, offset, start, opening, closing = (int(x) for x in self.schedule)
        first, end = max(first, opening), min(end, closing)
        first += (offset + start - first) % period
        return max(0, -(-(end - first) // period))

    def _set_begin(self, step: int) -> None:
        self._begun = step

    def _move_plans(self, by: int) -> None:
        self.schedule[2] = (self.schedule[2] + by) % self.schedule[0]


class SpikeRecorder(_Recorder):
    """(step, rank) of every spike of a population or of some of its neurons.

    `mask` (n_padded,) uint8 selects neurons, None records all. `kind` is "spike" or
    "axon_spike".
    """

    def __init__(
        self,
        population: PopulationState,
        *,
        kind: str,
        mask: NDArray[np.uint8] | None,
        sink: Sink,
        window: tuple[int, int] = (0, EVER),
    ) -> None:
        super().__init__(sink)
        self.population = population
        self.kind = kind
        self.mask = mask
        self.window = np.array(window, np.int64)
        self.capacity = max(1 << 18, 4 * population.n)
        self.steps = np.empty(self.capacity, np.int64)
        self.ranks = np.empty(self.capacity, np.int32)

    @property
    def is_full(self) -> bool:
        """True if one more step might not fit."""
        return int(self.count[0]) + self.population.n > self.capacity

    def is_due(self, step: int) -> bool:
        return bool(self.is_active[0]) and bool(self.window[0] <= step < self.window[1])

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
        n = int(self.count[0])
        if n == 0:
            return
        self.sink.put(self.steps[:n].copy(), self.ranks[:n].copy(), self.moved)
        self.count[0] = 0
        self.n_entries += n
