"""From durations in ms to numbers of steps."""

from __future__ import annotations

import math

import numpy as np

from annlab.calls import warn
from annlab.errors import ArgumentError

_TOLERANCE = 1e-6  # binary rounding of T/dt, which is no fraction of a step that anybody meant

_MOST_STEPS = 2.0**62


def is_whole(duration: float, dt: float) -> bool:
    """Is a duration a whole number of steps, but for rounding errors?"""
    quotient = duration / dt
    return abs(quotient - round(quotient)) <= _TOLERANCE * max(1.0, abs(quotient))


def warn_of_rounding(what: str, given: float, n_steps: int, dt: float) -> None:
    """Tell of a time [ms] that lies between the steps, and which one is taken for it."""
    if not is_whole(given, dt):
        warn(f"{what} is {given:g} ms, no multiple of dt={dt:g} ms: {n_steps * dt:g} ms are taken")


def n_steps(duration: object, dt: float) -> int:
    """Return how many steps a duration takes: the next whole number, but for rounding errors."""
    is_number = isinstance(duration, (int, float, np.number)) and not isinstance(duration, bool)
    if not is_number or not math.isfinite(duration) or duration < 0:  # type: ignore[arg-type]
        raise ArgumentError(
            f"a simulation cannot take {duration!r} ms", hint="give a number of at least 0"
        )
    quotient = float(duration) / dt  # type: ignore[arg-type]  # a number, see above
    if not quotient < _MOST_STEPS:
        raise ArgumentError(
            f"a simulation cannot take {duration!r} ms",
            why="these are more steps than can be counted",
            hint="net.start() runs until net.stop()",
        )
    nearest = round(quotient)
    if abs(quotient - nearest) < _TOLERANCE * max(1.0, abs(quotient)):
        return nearest
    return math.ceil(quotient)
