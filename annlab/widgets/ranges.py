"""Choose the range of a slider from a parameter's value, bounds and name.

Pure: numbers and text in, a `SliderRange` out.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from annlab.ir.model import NeuronModel, SynapseModel

# Time constants and rates span decades; everything else is moved evenly.
_DECADES = re.compile(r"^(tau|rate|freq|lambda|mu$)|(_tau|_rate|_rates|_hz)($|_)", re.IGNORECASE)
_TIME = re.compile(r"(^|_)(tau|delay|refrac)", re.IGNORECASE)
_POTENTIAL = re.compile(r"^(v|e)(_|$)", re.IGNORECASE)
_SPREAD = re.compile(r"(^|_)(noise|sigma|std|sd)(_|$)", re.IGNORECASE)
_RATE = re.compile(r"(^|_)(rate|rates|hz)($|_)", re.IGNORECASE)
N_STEPS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SliderRange:
    """From `low` to `high`; on a logarithmic scale both are > 0."""

    low: float
    high: float
    is_logarithmic: bool = False

    @property
    def step(self) -> float:
        """The smallest move: a round number, about a two-hundredth of the range."""
        if self.is_logarithmic:
            return (math.log10(self.high) - math.log10(self.low)) / N_STEPS
        return 10.0 ** math.floor(math.log10((self.high - self.low) / N_STEPS) + 0.5)


def slider_range(
    name: str,
    value: float,
    *,
    low: float | None = None,
    high: float | None = None,
    is_in_mv: bool = False,
) -> SliderRange:
    """Return a range that holds `value`, within the declared bounds where there are any.

    Of a value of 0 the name must tell the rest: no time, rate or standard deviation is negative,
    and what drives a potential in mV is some ten times what drives one between 0 and 1.

    Examples
    --------
    >>> slider_range("noise", 5.0)
    SliderRange(low=0.0, high=15.0, is_logarithmic=False)
    >>> slider_range("tau", 10.0)
    SliderRange(low=1.0, high=100.0, is_logarithmic=True)
    >>> slider_range("c", -65.0)
    SliderRange(low=-100.0, high=-30.0, is_logarithmic=False)
    """
    if value > 0 and _DECADES.search(name) and (low is None or low >= 0):
        return SliderRange(
            low=low if low else value / 10, high=high if high else value * 10, is_logarithmic=True
        )
    around = _around(value) if value != 0 else _around_zero(name, is_in_mv=is_in_mv)
    low = around[0] if low is None else low
    high = around[1] if high is None else high
    if not low < high:  # a value outside of its own bounds
        low, high = min(low, value) - 1.0, max(high, value) + 1.0
    return SliderRange(low=min(low, value), high=max(high, value))


def unit(name: str) -> str:
    """Return the unit that a parameter of this name usually has, or nothing."""
    for pattern, text in ((_TIME, "ms"), (_POTENTIAL, "mV"), (_RATE, "Hz")):
        if pattern.search(name):
            return text
    return ""


def unit_of(model: NeuronModel | SynapseModel, name: str, *, is_in_mv: bool) -> str:
    """Return the declared unit of an attribute, or the one that its name stands for.

    Times are in ms everywhere, potentials in mV only where `is_in_mv`.
    """
    attribute = model.attribute(name)
    declared = attribute.unit if attribute is not None else ""
    usual = unit(name)
    return declared or (usual if is_in_mv or usual != "mV" else "")


def _around_zero(name: str, *, is_in_mv: bool) -> tuple[float, float]:
    if unit(name) == "ms":
        return (0.0, 10.0)
    if unit(name) == "Hz":
        return (0.0, 100.0)
    top = 10.0 if is_in_mv else 1.0
    return (0.0 if _SPREAD.search(name) else -top, top)


def _around(value: float) -> tuple[float, float]:
    if value > 0:
        return (0.0, _round_up(3 * value))
    return (-_round_up(1.5 * -value), -_round_up(0.4 * -value))


def _round_up(value: float) -> float:
    """Return the next 1, 1.5, 2, 3, 5 or 7 times a power of ten."""
    scale = 10.0 ** math.floor(math.log10(value))
    for digit in (1.0, 1.5, 2.0, 3.0, 5.0, 7.0):
        if digit * scale >= value * (1 - 1e-9):
            return digit * scale
    return 10.0 * scale
