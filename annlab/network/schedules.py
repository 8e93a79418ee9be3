"""When rows of a table come into force, and what rates a table holds.

Times are given in ms and become steps of a network only where its step is known.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annlab.calls import warn
from annlab.errors import ArgumentError, ArgumentTypeError, ShapeError
from annlab.network.checks import read_number

NEVER_AGAIN = -1


@dataclass(frozen=True)
class Schedule:
    """The times of the rows of a table, and the time after which they begin again [ms].

    `given` is one number (between two rows; 0 for a step) or a list of times.
    """

    given: float | list[float]
    period: float

    @classmethod
    def read(
        cls,
        given: Any,
        period: float,
        n_rows: int,
        owner: str,
        *,
        exact: bool = False,
        from_zero: bool = False,
    ) -> Schedule:
        """Check times against the number of rows (`exact`: as many times as rows)."""
        period = read_number(period, f"{owner}: period [ms]")
        if isinstance(given, numbers.Real) and not exact:
            return cls(read_number(given, f"{owner}: schedule [ms]", least=0.0), period)
        is_list = isinstance(given, Sequence | np.ndarray) and given is not np.ma.masked
        if not is_list or isinstance(given, str):
            raise ArgumentTypeError(f"{owner}: schedule is {given!r}", hint="give a list of times")
        listed: Any = given
        times = [read_number(t, f"{owner}: a time of the schedule [ms]") for t in listed]
        if not times:
            raise ArgumentError(f"{owner}: the schedule is empty", hint="give one time per row")
        if any(b <= a for a, b in pairwise(times)) or times[0] < 0:
            raise ArgumentError(f"{owner}: the times of the schedule do not ascend from 0 on")
        if from_zero and times[0] != 0:
            raise ArgumentError(f"{owner}: the schedule does not begin with 0")
        if (len(times) > n_rows and n_rows) or (exact and len(times) != n_rows):
            raise ShapeError(
                f"{owner}: {len(times)} times in the schedule and {n_rows} rows of rates",
                hint="give one time per row",
            )
        if len(times) < n_rows:
            warn(
                f"{owner}: {len(times)} times in the schedule and {n_rows} rows of rates; the "
                "last rows are never used"
            )
        n_late = sum(t >= period for t in times) if period > 0 else 0
        if n_late:
            warn(
                f"{owner}: {n_late} of {len(times)} times in the schedule are not before the "
                f"period of {period:g} ms; their rows are never used"
            )
        return cls(times, period)

    def used(self, rows: NDArray) -> NDArray:
        """Return the rows that have a time."""
        return rows[: len(self.given)] if isinstance(self.given, list) else rows

    def starts(self, n_rows: int, dt: float) -> NDArray[np.int64]:
        """Return the step at which each row comes into force."""
        if isinstance(self.given, list):
            return np.rint(np.asarray(self.given[:n_rows]) / dt).astype(np.int64)
        # Each time is rounded by itself: rows that last 0.7 ms drift apart from steps of 0.5 ms
        # if the length of one is rounded and added up.
        between = max(1.0, self.given / dt)
        return np.rint(np.arange(n_rows) * between).astype(np.int64)

    def period_steps(self, dt: float) -> int:
        """Return the period in steps; -1 for never."""
        return max(1, round(self.period / dt)) if self.period > 0 else NEVER_AGAIN


def table_rows(rates: Any, n: int, owner: str) -> NDArray[np.float64]:
    """Return (n_rows, n) from one rate per row, or one rate per row and neuron."""
    array = rates_as_array(rates, owner)
    if array.ndim == 0 or array.size == 0:
        raise ShapeError(f"{owner}: rates are no list", hint="give one rate per time")
    require_rates(array, owner)
    rows = array.reshape(len(array), -1)
    if rows.shape[1] not in (1, n):
        raise ShapeError(
            f"{owner}: {rows.shape[1]} rates for {n} neurons",
            hint="give one rate per time, or one per time and neuron",
        )
    return np.broadcast_to(rows, (len(rows), n))


def rates_as_array(rates: Any, owner: str) -> NDArray[np.float64]:
    """Return rates as an array of their own, which later changes of the user's do not reach."""
    try:
        given = np.asarray(rates)
        array = np.array(given, dtype=np.float64) if given.dtype.kind != "c" else None
    except (ValueError, TypeError) as error:
        raise ShapeError(
            f"{owner}: rates are no numbers, or rows of unequal length",
            why=str(error),
            hint="give one row per time, all of the same shape",
        ) from error
    if array is None or np.isnan(array).any():
        what = "complex numbers" if array is None else "not known at all times: some are NaN"
        raise ArgumentError(f"{owner}: rates are {what}", hint="give a number for each time")
    return array


def require_rates(rates: NDArray, owner: str) -> None:
    """Refuse rates [Hz] at which no neuron can spike.

    Raises
    ------
    ArgumentError
        If one is below 0 or not finite.
    """
    wrong = rates[~((rates >= 0) & np.isfinite(rates))]
    if wrong.size:
        raise ArgumentError(
            f"{owner}: a rate is {wrong[0]:g} Hz",
            hint="give rates of at least 0; numpy.maximum(rates, 0.0) makes them of others",
        )


def warn_of_rates(rates: NDArray, dt: float, owner: str) -> None:
    """Tell of rates [Hz] that steps of `dt` [ms] cannot hold: a neuron spikes once a step."""
    if (rates > 1000.0 / dt).any():
        warn(
            f"{owner} has rates above {1000.0 / dt:g} Hz, and a neuron spikes at most once in a "
            f"step of {dt:g} ms; spread such a rate over several neurons, or take a smaller dt"
        )


def rectified_gaussian(rate: float, correlation: float, tau: float) -> tuple[float, float]:
    """Return mean and standard deviation of a Gaussian whose positive part has given moments.

    The positive part has mean R = `rate` [Hz] and standard deviation
    s = sqrt(c R / (2 tau)), c being the `correlation` and tau its time constant [ms].
    """
    if rate < 0 or not 0 <= correlation <= 1:
        raise ArgumentError(
            f"correlated spike trains of {rate:g} Hz and correlation {correlation:g}",
            hint="rates are at least 0, correlations lie between 0 and 1",
        )
    if rate == 0 or correlation == 0:
        return rate, 0.0
    deviation = math.sqrt(correlation * rate / (2 * tau / 1000.0))
    y = _solve(rate / deviation)
    sigma = rate / _mean(y)
    return y * sigma, sigma


def _density(y: float) -> float:
    return math.exp(-0.5 * y * y) / math.sqrt(2 * math.pi)


def _below(y: float) -> float:
    return 0.5 * math.erfc(-y / math.sqrt(2))


def _mean(y: float) -> float:
    """Return the mean of max(0, N(y, 1))."""
    return _density(y) + y * _below(y)


def _ratio(y: float) -> float:
    """Return mean / standard deviation of max(0, N(y, 1)), which grows with y."""
    mean = _mean(y)
    variance = (1 + y * y) * _below(y) + y * _density(y) - mean * mean
    return mean / math.sqrt(max(variance, 1e-300))


def _solve(ratio: float) -> float:
    low, high = -8.0, max(8.0, 2 * ratio)
    for _ in range(200):
        middle = 0.5 * (low + high)
        if _ratio(middle) < ratio:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)
