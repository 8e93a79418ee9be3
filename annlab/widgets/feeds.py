"""Turn what taps hold into what views draw.

A feed reads its taps since it was asked last and returns small integer arrays
for the pump, or the last window as plain data for a still picture. What would
fall outside the window when it arrives is never sent, so a network that runs a
hundred times faster than its pictures costs no more than its last window.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from annlab.runtime.tap import SpikeTap, ValueTap
from annlab.widgets.feed_share import Share
from annlab.widgets.finite import single
from annlab.widgets.pump import Json, Part

# More points than this between two frames become the extremes of as many short intervals.
MAX_ROWS = 2_000
# As much of the past, when the network stands still and it can be looked at.
MAX_SPIKES_OF_PAST = 1 << 17
MAX_ROWS_OF_PAST = 1 << 14
HALT_S = 0.3


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


class Halt:
    """Tells once when a network has come to rest after it ran."""

    def __init__(self, clock: Clock, now: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._now = now
        self._since: float | None = None
        self._step = clock.step

    def is_new(self) -> bool:
        """Return True in the first call that finds the network at rest for `HALT_S`."""
        if self._clock.is_running or self._clock.step != self._step:
            self._step = self._clock.step
            self._since = self._now()
            return False
        if self._since is None or self._now() - self._since < HALT_S:
            return False
        self._since = None
        return True


class RasterFeed:
    """The spikes of several populations as (age in steps, row).

    A running network sends what belongs on the screen; once it rests, all that its taps still
    hold, so that one can scroll back.
    """

    def __init__(self, watched: Sequence[Watched], *, window_steps: int, clock: Clock) -> None:
        self._watched = tuple(watched)
        self._cursors = [0] * len(self._watched)
        self._window_steps = window_steps
        self._clock = clock
        self._halt = Halt(clock)
        self._last_step = 0
        self._is_fresh = True
        self._has_skipped = False
        self._share = Share(window_steps)
        n_rows = sum(int((w.row_of_rank >= 0).sum()) for w in self._watched)
        self._row_type = _unsigned(n_rows)

    def rewind(self) -> None:
        self._is_fresh = True

    def collect(self) -> Part | None:
        wants_past = self._halt.is_new() and self._has_skipped
        is_fresh, self._is_fresh = self._is_fresh or wants_past, False
        if self._clock.step < self._last_step:
            self._share.forget()
        found = self._since([0] * len(self._watched) if is_fresh else self._cursors)
        if self._has_other_share(found) and not is_fresh:
            # What is on the screen is of another share.
            is_fresh = True
            found = self._since([0] * len(self._watched))
        self._cursors = found.cursors
        now = self._clock.step
        is_fresh = is_fresh or found.was_reset or now < self._last_step
        self._last_step = now
        steps, rows = found.steps, found.rows
        if not is_fresh and len(steps) == 0:
            return None
        last = max(now - 1, int(steps.max(initial=0)))
        ages = last - steps
        # No population is shown further back than another: as if that had been silent.
        seen = steps >= found.known_from
        if not wants_past:
            seen &= ages < self._window_steps
        self._has_skipped = not seen.all() or self._has_skipped
        seen &= self._share.of(steps, rows)
        ages, rows = ages[seen], rows[seen]
        # Oldest first, also where several populations take turns. Of the past what is old is left
        # out: with fewer of all it would look as if the network had grown calmer.
        order = np.argsort(-ages, kind="stable")[-MAX_SPIKES_OF_PAST:]
        age_type = _unsigned(int(ages.max(initial=0)))
        arrays = (ages[order].astype(age_type), rows[order].astype(self._row_type))
        header: dict[str, Json] = {
            "fresh": is_fresh,
            "last": last,
            "every": self._share.every,
            "bytes": [a.itemsize for a in arrays],
        }
        return Part(header=header, arrays=arrays)

    def window(self) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
        """Return steps and rows of the spikes in the last window, and the current step."""
        found = self._since([0] * len(self._watched))
        steps, rows, now = found.steps, found.rows, self._clock.step
        recent = steps >= now - self._window_steps
        order = np.argsort(steps[recent], kind="stable")
        now = max(now, int(steps.max(initial=-1)) + 1)
        return steps[recent][order], rows[recent][order].astype(np.int64), now

    def _has_other_share(self, found: _Found) -> bool:
        """Choose which share of the spikes is shown; tell whether it is another one than before."""
        now = self._clock.step
        n_known = int(np.count_nonzero(found.steps >= now - self._window_steps))
        return self._share.is_changed(now, sum(found.cursors), n_known)

    def _since(self, cursors: Sequence[int]) -> _Found:
        parts = []
        moved = []
        was_reset = False
        known_from = 0
        for watched, since in zip(self._watched, cursors, strict=True):
            steps, ranks, cursor, n_lost = watched.tap.read(since)
            first = first_after_reset(steps, self._clock)
            if n_lost and len(steps) and not first:
                known_from = max(known_from, int(steps[0]))
            parts.append((steps[first:], watched.row_of_rank[ranks[first:]]))
            moved.append(cursor)
            was_reset = was_reset or first > 0
        return _Found(
            steps=np.concatenate([p[0] for p in parts]),
            rows=np.concatenate([p[1] for p in parts]),
            cursors=moved,
            was_reset=was_reset,
            known_from=known_from,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What taps hold since some cursors: steps, rows, and the new cursors.

    `was_reset` tells whether the clock was set back meanwhile; from step `known_from` on no
    population lacks a spike.
    """

    steps: NDArray[np.int64]
    rows: NDArray[np.int32]
    cursors: list[int]
    was_reset: bool
    known_from: int


class TraceFeed:
    """The values of a few neurons over time."""

    def __init__(self, tap: ValueTap, *, window_steps: int, clock: Clock) -> None:
        self._tap = tap
        self._cursor = 0
        self._window_steps = window_steps
        self._clock = clock
        self._halt = Halt(clock)
        self._last_step = 0
        self._is_fresh = True
        self._has_skipped = False

    def rewind(self) -> None:
        self._is_fresh = True

    def collect(self) -> Part | None:
        wants_past = self._halt.is_new() and self._has_skipped
        is_fresh, self._is_fresh = self._is_fresh or wants_past, False
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
        recent = slice(None) if wants_past else steps > last - self._window_steps
        limit = MAX_ROWS_OF_PAST if wants_past else MAX_ROWS
        n_known = len(steps)
        steps, rows = extremes(steps[recent], rows[recent], limit)
        self._has_skipped = len(steps) < n_known or self._has_skipped
        return Part(
            header={"fresh": is_fresh, "last": last},
            arrays=((last - steps).astype(np.uint32), single(rows)),
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
    # What is not a number hides nothing beside it.
    both[0::2] = np.fmin.reduceat(rows, starts)
    both[1::2] = np.fmax.reduceat(rows, starts)
    middles = (starts + np.append(starts[1:], len(steps))) // 2
    return steps[np.stack([starts, middles], axis=1).ravel()], both


def _unsigned(largest: int) -> type[np.uint16] | type[np.uint32]:
    return np.uint16 if largest < 1 << 16 else np.uint32
