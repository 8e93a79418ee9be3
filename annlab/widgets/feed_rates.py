"""Population rates over time: spikes counted in bins, or the mean of a rate variable.

The feed keeps the bins of the last moments itself, because taps hold single
spikes, and a few seconds of a busy network are more of them than a tap keeps.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from annlab.runtime.tap import SpikeTap, ValueTap
from annlab.widgets.feeds import Clock, first_after_reset
from annlab.widgets.finite import single
from annlab.widgets.pump import Part

_BLOCK = 64  # rows that are smoothed at a time


class Counted(Protocol):
    """One population whose rate is shown."""

    def add(self, first_bin: int, stop_bin: int) -> tuple[int, NDArray[np.floating]]:
        """Return the rates of the bins from the first that is still known to before `stop_bin`.

        The first number is that of the first bin returned, at least `first_bin`.
        """
        ...

    def forget(self) -> None:
        """Start again after the clock was set back."""
        ...


class SpikeCounts:
    """Spikes of some neurons in bins of `bin_steps`, as a rate [Hz] of one neuron.

    What was before the tap was opened is not known: no rate, which is not a rate of 0.
    """

    def __init__(self, tap: SpikeTap, n: int, *, bin_steps: int, bin_s: float, clock: Clock):
        self._tap = tap
        self._clock = clock
        self._bin_steps = bin_steps
        self._scale = 1.0 / (max(n, 1) * bin_s)
        self.forget()
        self._known_from = clock.step

    def forget(self) -> None:
        self._cursor = 0
        self._known_from = 0
        self._waiting = np.empty(0, np.int64)

    def add(self, first_bin: int, stop_bin: int) -> tuple[int, NDArray[np.floating]]:
        steps, _, self._cursor, lost = self._tap.read(self._cursor)
        steps = steps[first_after_reset(steps, self._clock) :]
        first_bin = min(max(first_bin, -(-self._known_from // self._bin_steps)), stop_bin)
        if lost and len(steps):  # what was before is incomplete
            first_bin = max(first_bin, min(int(steps[0]) // self._bin_steps + 1, stop_bin))
        bins = np.concatenate([self._waiting, steps]) // self._bin_steps
        done = bins < stop_bin
        self._waiting = np.concatenate([self._waiting, steps])[~done]
        inside = bins[done & (bins >= first_bin)] - first_bin
        counts = np.bincount(inside, minlength=max(0, stop_bin - first_bin))
        return first_bin, counts * self._scale


class MeanValues:
    """The mean of a variable over some neurons, at the end of each bin."""

    def __init__(self, tap: ValueTap, *, bin_steps: int, clock: Clock) -> None:
        self._tap = tap
        self._clock = clock
        self._bin_steps = bin_steps
        self.forget()

    def forget(self) -> None:
        self._cursor = 0

    def add(self, first_bin: int, stop_bin: int) -> tuple[int, NDArray[np.floating]]:
        steps, rows, cursor, _ = self._tap.read(self._cursor)
        first = first_after_reset(steps, self._clock)
        steps, rows = steps[first:], rows[first:]
        bins = steps // self._bin_steps
        done = bins < stop_bin
        self._cursor = cursor - int((~done).sum())
        wanted = done & (bins >= first_bin)
        if not wanted.any():
            return stop_bin, np.empty(0)
        return int(bins[wanted][0]), rows[wanted].mean(axis=1, dtype=np.float64)


class RateFeed:
    """Rates of several populations and, beside each, the same smoothed.

    Columns: ``rate of the first, smoothed rate of the first, rate of the second ...``.
    """

    def __init__(
        self,
        counted: Sequence[Counted],
        *,
        bin_steps: int,
        smooth_bins: float,
        window_bins: int,
        clock: Clock,
    ) -> None:
        self._counted = tuple(counted)
        self._bin_steps = bin_steps
        self._keep = np.exp(-1.0 / smooth_bins) if smooth_bins > 0 else 0.0
        self._window_bins = window_bins
        self._clock = clock
        self._lock = threading.Lock()
        self._clear()
        self._is_fresh = True
        self._sent = 0

    def rewind(self) -> None:
        self._is_fresh = True

    def collect(self) -> Part | None:
        is_fresh, self._is_fresh = self._is_fresh, False
        with self._lock:
            is_fresh = self._advance() or is_fresh
            first = 0 if is_fresh else max(0, len(self._bins) - (self._next - self._sent))
            bins, values = self._bins[first:], self._values[first:]
            self._sent = self._next
        if not is_fresh and len(bins) == 0:
            return None
        last = self._next * self._bin_steps - 1
        ages = last - ((bins + 1) * self._bin_steps - 1)
        return Part(
            header={"fresh": is_fresh, "last": last},
            arrays=(ages.astype(np.uint32), single(values)),
        )

    def window(self) -> tuple[NDArray[np.int64], NDArray[np.floating], int]:
        """Return the last steps of the bins, their rates (n, 2 * n_populations), and now."""
        with self._lock:
            self._advance()
            bins, values = self._bins, self._values
        recent = bins >= self._next - self._window_bins
        return ((bins + 1) * self._bin_steps - 1)[recent], values[recent], self._clock.step

    def _clear(self) -> None:
        self._next = 0  # the first bin that is not done
        self._bins = np.empty(0, np.int64)
        self._values = np.empty((0, 2 * len(self._counted)))
        self._smooth: NDArray[np.float64] | None = None

    def _advance(self) -> bool:
        """Count what is done; return True if the clock was set back meanwhile."""
        stop = self._clock.step // self._bin_steps
        was_reset = stop < self._next
        if was_reset:
            self._clear()
            for one in self._counted:
                one.forget()
        # Of a network that runs much faster than pictures only the end is looked at.
        first = max(self._next, stop - 8 * self._window_bins)
        if stop > first:
            rows = [one.add(first, stop) for one in self._counted]
            self._append(max(start for start, _ in rows), stop, [r for _, r in rows])
            self._next = stop
        return was_reset

    def _append(self, first: int, stop: int, rates: Sequence[NDArray[np.floating]]) -> None:
        n = min([stop - first, *(len(r) for r in rates)])
        if n == 0:
            return
        raw = np.stack([r[len(r) - n :] for r in rates], axis=1)
        before = raw[0] if self._smooth is None else self._smooth
        smooth = smoothed(raw, self._keep, before)
        self._smooth = smooth[-1]
        both = np.stack([raw, smooth], axis=2).reshape(n, -1)
        limit = 8 * self._window_bins
        self._bins = np.concatenate([self._bins, np.arange(stop - n, stop)])[-limit:]
        self._values = np.concatenate([self._values, both])[-limit:]


def smoothed(raw: NDArray[np.floating], keep: float, before: NDArray) -> NDArray[np.floating]:
    """Return a running mean of ``raw (n, m)`` in which the past loses ``1 - keep`` with each row.

    ``s[k] = keep * s[k - 1] + (1 - keep) * raw[k]`` with `before (m,)` for the first. Many rows at
    a time: a network that is faster than its pictures has thousands of new bins in each.
    """
    lags = np.subtract.outer(np.arange(_BLOCK), np.arange(_BLOCK))
    weights = np.where(lags < 0, 0.0, (1.0 - keep) * keep ** np.maximum(lags, 0))
    fading = keep ** np.arange(1, _BLOCK + 1)[:, None]
    smooth = np.empty_like(raw)
    for first in range(0, len(raw), _BLOCK):
        block = raw[first : first + _BLOCK]
        n = len(block)
        smooth[first : first + n] = weights[:n, :n] @ block + fading[:n] * before
        before = smooth[first + n - 1]
    return smooth
