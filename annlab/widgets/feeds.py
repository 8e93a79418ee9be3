"""Turn what taps hold into what views draw.

A feed reads its taps since it was asked last and returns small integer arrays
for the pump, or the last window as plain data for a still picture. What would
fall outside the window when it arrives is never sent, so a network that runs a
hundred times faster than its pictures costs no more than its last window.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from annlab.runtime.tap import SpikeTap, ValueTap
from annlab.widgets.pump import Json, Part

# More dots than this in one frame cannot be told apart on a screen: every k-th is sent.
MAX_SPIKES = 40_000
# More points than this between two frames become the extremes of as many short intervals.
MAX_ROWS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """The neurons of one population that a raster shows.

    `row_of_rank (n,)` is the row of each neuron in the picture, -1 if it is not shown.
    """

    tap: SpikeTap
    row_of_rank: NDArray[np.int32]


class Clock(Protocol):
    """The network's clock. It moves on between slices of a run only."""

    @property
    def step(self) -> int: ...

    @property
    def is_running(self) -> bool: ...


class RasterFeed:
    """The spikes of several populations as (age in steps, row)."""

    def __init__(self, watched: Sequence[Watched], *, window_steps: int, clock: Clock) -> None:
        self._watched = tuple(watched)
        self._cursors = [0] * len(self._watched)
        self._window_steps = window_steps
        self._clock = clock
        self._last_step = 0
        self._is_fresh = True
        n_rows = sum(int((w.row_of_rank >= 0).sum()) for w in self._watched)
        self._row_type = _unsigned(n_rows)
        self._age_type = _unsigned(window_steps)

    def rewind(self) -> None:
        self._is_fresh = True

    def collect(self) -> Part | None:
        is_fresh, self._is_fresh = self._is_fresh, False
        cursors = [0] * len(self._watched) if is_fresh else self._cursors
        steps, rows, self._cursors, was_reset = self._since(cursors)
        now = self._clock.step
        if now < self._last_step:
            was_reset = True
        self._last_step = now
        is_fresh = is_fresh or was_reset
        if not is_fresh and len(steps) == 0:
            return None
        last = max(now - 1, int(steps.max(initial=0)))
        ages = last - steps
        recent = ages < self._window_steps
        ages, rows = ages[recent], rows[recent]
        every = -(-len(ages) // MAX_SPIKES)
        if every > 1:
            ages, rows = ages[::every], rows[::every]
        # Oldest first, also where several populations take turns.
        order = np.argsort(-ages, kind="stable")
        arrays = (ages[order].astype(self._age_type), rows[order].astype(self._row_type))
        header: dict[str, Json] = {
            "fresh": is_fresh,
            "last": last,
            "every": max(every, 1),
            "bytes": [a.itemsize for a in arrays],
        }
        return Part(header=header, arrays=arrays)

    def window(self) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
        """Return steps and rows of the spikes in the last window, and the current step."""
        steps, rows, _, _ = self._since([0] * len(self._watched))
        now = self._clock.step
        recent = steps >= now - self._window_steps
        order = np.argsort(steps[recent], kind="stable")
        now = max(now, int(steps.max(initial=-1)) + 1)
        return steps[recent][order], rows[recent][order].astype(np.int64), now

    def _since(
        self, cursors: Sequence[int]
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], list[int], bool]:
        """Return steps, rows, the new cursors, and whether the clock was set back meanwhile."""
        parts = []
        moved = []
        was_reset = False
        for watched, since in zip(self._watched, cursors, strict=True):
            steps, ranks, cursor, _ = watched.tap.read(since)
            first = first_after_reset(steps, self._clock)
            parts.append((steps[first:], watched.row_of_rank[ranks[first:]]))
            moved.append(cursor)
            was_reset = was_reset or first > 0
        steps = np.concatenate([p[0] for p in parts])
        rows = np.concatenate([p[1] for p in parts])
        return steps, rows, moved, was_reset


class TraceFeed:
    """The values of a few neurons over time."""

    def __init__(self, tap: ValueTap, *, window_steps: int, clock: Clock) -> None:
        self._tap = tap
        self._cursor = 0
        self._window_steps = window_steps
        self._clock = clock
        self._last_step = 0
        self._is_fresh = True

    def rewind(self) -> None:
        self._is_fresh = True

    def collect(self) -> Part | None:
        is_fresh, self._is_fresh = self._is_fresh, False
        since = 0 if is_fresh else self._cursor
        steps, rows, self._cursor, _ = self._tap.read(since)
        first = first_after_reset(steps, self._clock)
        now = self._clock.step
        is_fresh = is_fresh or first > 0 or now < self._last_step
        self._last_step = now
        steps, rows = steps[first:], rows[first:]
        if not is_fresh and len(steps) == 0:
            return None
        last = int(steps[-1]) if len(steps) else max(now - 1, 0)
        recent = steps > last - self._window_steps
        steps, rows = extremes(steps[recent], rows[recent], MAX_ROWS)
        return Part(
            header={"fresh": is_fresh, "last": last},
            arrays=((last - steps).astype(np.uint32), rows.astype(np.float32)),
        )

    def window(self) -> tuple[NDArray[np.int64], NDArray[np.float64], int]:
        """Return steps and values (n, n_traces) of the last window, and the current step."""
        steps, rows, _, _ = self._tap.read(0)
        first = first_after_reset(steps, self._clock)
        now = self._clock.step
        steps, rows = steps[first:], rows[first:]
        recent = steps >= now - self._window_steps
        now = max(now, int(steps.max(initial=-1)) + 1)
        return steps[recent], rows[recent].astype(np.float64), now


def first_after_reset(steps: NDArray[np.int64], clock: Clock) -> int:
    """Return the index of the first entry that was written since the clock was set back last."""
    # While a network runs its clock is behind what was written.
    if len(steps) and not clock.is_running and steps[-1] > clock.step:
        return len(steps)
    descents = np.flatnonzero(np.diff(steps) < 0)
    return int(descents[-1]) + 1 if len(descents) else 0


def extremes(
    steps: NDArray[np.int64], rows: NDArray, limit: int
) -> tuple[NDArray[np.int64], NDArray]:
    """Return at most `limit` rows that keep the lowest and highest value of every interval.

    A line through them looks like the line through all of them, spikes included.
    """
    if len(steps) <= limit:
        return steps, rows
    n_intervals = limit // 2
    starts = np.linspace(0, len(steps), n_intervals, endpoint=False).astype(np.int64)
    both = np.empty((2 * n_intervals, rows.shape[1]), rows.dtype)
    both[0::2] = np.minimum.reduceat(rows, starts)
    both[1::2] = np.maximum.reduceat(rows, starts)
    middles = (starts + np.append(starts[1:], len(steps))) // 2
    return steps[np.stack([starts, middles], axis=1).ravel()], both


def _unsigned(largest: int) -> type[np.uint16] | type[np.uint32]:
    return np.uint16 if largest < 1 << 16 else np.uint32
