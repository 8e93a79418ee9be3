"""Feeds of large arrays: copied between two slices of a run, a few times a second.

What changes in every step is read from taps. Weights and maps are too large for
that and too slow to need it: the run is asked for a copy, and the pump goes on
without waiting for it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from annlab.runtime.worker import Request
from annlab.widgets.finite import drawable
from annlab.widgets.pump import Json, Part

T = TypeVar("T")

NOTHING = 0xFFFF
# Share of the pump's time that one view may take.
SHARE = 0.05
# Nothing is smaller to a scale: its tenth has to be a number too.
SMALLEST = 1e-300


class CopyFeed(Generic[T]):
    """Ask for a copy every `period_s` and make it a part.

    Parameters
    ----------
    ask
        Has a function executed between two steps; never blocks.
    copy
        That function: quick, touches the network.
    part
        Turns the copy into what the page draws; slow work belongs here. None: nothing new.
    """

    def __init__(
        self,
        *,
        ask: Callable[[Callable[[], object]], Request],
        copy: Callable[[], T],
        part: Callable[[T, bool], Part | None],
        period_s: float,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._copy = copy
        self._part = part
        self._period_s = period_s
        self._now = now
        self._request: Request | None = None
        self._due = 0.0
        self._is_fresh = True

    def rewind(self) -> None:
        self._is_fresh = True
        self._due = 0.0

    def collect(self) -> Part | None:
        if self._request is None:
            if self._now() < self._due:
                return None
            self._request = self._ask(self._copy)
        request = self._request
        if not request.done.is_set():
            return None
        self._request = None
        begin = self._now()
        is_fresh, self._is_fresh = self._is_fresh, False
        if request.error is not None:
            raise request.error
        part = self._part(request.result, is_fresh)  # type: ignore[arg-type]  # what copy returned
        spent = self._now() - begin
        self._due = begin + max(self._period_s, spent / SHARE)
        return part


class Scale:
    """The ends of a colour scale: they widen at once and close in slowly, until they are there.

    With given `limits` they stay. Where all values have one sign, 0 is an end if `has_zero`; the
    upper end is at least `least`. With
    `is_round` they are round numbers just outside of the values, which seldom change: for each
    change of an axis Bokeh repaints its figure.
    """

    CLOSE_IN = 0.05  # part of the way at each new picture
    THERE = 0.01  # part of the scale that is not worth another step

    def __init__(
        self,
        limits: tuple[float, float] | None,
        *,
        has_zero: bool = True,
        is_even: bool = False,
        is_round: bool = False,
        least: float | None = None,
    ) -> None:
        self.is_settled = True
        self._limits = limits
        self._least = least
        self._has_zero = has_zero
        self._is_even = is_even
        self._is_round = is_round
        self._ends: tuple[float, float] | None = None

    def ends(self, values: NDArray[np.floating]) -> tuple[float, float]:
        """Return the ends for a picture of `values` (NaN: nothing there)."""
        if self._limits is not None:
            return self._limits
        finite = drawable(values)
        if len(finite) == 0:
            return self._ends or (0.0, 1.0)
        low, high = float(finite.min()), float(finite.max())
        wanted = self._around(low, high)
        self._ends = self._closer_to(wanted)
        self.is_settled = self._ends == wanted
        return rounded_outwards(*self._ends) if self._is_round else self._ends

    def _around(self, low: float, high: float) -> tuple[float, float]:
        """Return the ends for values from `low` to `high`."""
        if self._has_zero:
            low, high = min(low, 0.0), max(high, 0.0)
        if self._least is not None:
            high = max(high, self._least)
        if self._is_even:
            low, high = -max(-low, high), max(-low, high)
        is_narrow = high - low <= max(SMALLEST, 1e-12 * max(-low, high))
        return (low, low + (abs(low) or 1.0)) if is_narrow else (low, high)

    def _closer_to(self, wanted: tuple[float, float]) -> tuple[float, float]:
        """Return the ends of the next picture, on the way from those of the last."""
        low, high = wanted
        before_low, before_high = self._ends or wanted
        near = self.THERE * (high - low)
        next_low = before_low + self.CLOSE_IN * (low - before_low)
        next_high = before_high + self.CLOSE_IN * (high - before_high)
        return (
            low if low - next_low < near else next_low,
            high if next_high - high < near else next_high,
        )


def rounded_outwards(low: float, high: float) -> tuple[float, float]:
    """Return the round numbers around an interval, at most a tenth of its width away.

    Examples
    --------
    >>> rounded_outwards(0.012, 0.9951), rounded_outwards(-63.2, 12.0)
    ((0.0, 1.0), (-65.0, 15.0))
    """
    width = high - low
    power = 10.0 ** math.floor(math.log10(width))
    parts = 10 if width < 2 * power else 5 if width < 5 * power else 2
    # In whole parts of the power, so that what is printed has no digits of rounding.
    inverse = parts / power
    return math.floor(low * inverse) / inverse, math.ceil(high * inverse) / inverse


def image_part(
    cells: NDArray[np.floating], *, extent: tuple[int, int], ends: tuple[float, float]
) -> Part:
    """Return a picture of ``cells (rows, columns)`` as whole numbers of 16 bits; NaN: nothing.

    `extent` is what the columns and rows stand for, which may be more than the cells are.
    """
    low, high = ends
    with np.errstate(invalid="ignore"):
        parts = np.clip((cells - low) / (high - low), 0.0, 1.0) * (NOTHING - 1)
    parts = np.where(np.isfinite(parts), np.rint(parts), NOTHING).astype(np.uint16)
    header: dict[str, Json] = {
        "rows": cells.shape[0],
        "columns": cells.shape[1],
        "extent": [extent[0], extent[1]],
        "low": low,
        "high": high,
    }
    return Part(header=header, arrays=(np.ascontiguousarray(parts),))
