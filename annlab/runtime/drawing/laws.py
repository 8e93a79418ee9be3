"""Distributions as numbers: what a value per synapse is drawn from.

Takes nothing but numbers, so that compiled loops and devices can be given the same.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Purpose(enum.IntEnum):
    """What is drawn with a projection's key; each has numbers of its own."""

    PAIRS = 1
    WEIGHTS = 2
    DELAYS = 3


class Kind(enum.IntEnum):
    """The distributions; `a` and `b` are their parameters."""

    UNIFORM = 0  # of [a, b)
    WHOLE = 1  # integers from a to b, both included
    NORMAL = 2  # mean a, standard deviation b
    LOG_NORMAL = 3  # exp of the one before
    EXPONENTIAL = 4  # of rate a


@dataclass(frozen=True, slots=True)
class Law:
    """A distribution whose draws are moved into [low, high].

    `unit` is 0, or the step [ms] in which delays are counted: then a draw is a number of ms and
    what is kept is the nearest whole number of steps, at least 1.
    """

    kind: Kind
    a: float
    b: float
    low: float
    high: float
    unit: float = 0.0
