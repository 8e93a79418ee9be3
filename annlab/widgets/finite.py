"""What of some numbers can be drawn, and what to say of the others.

Pages get numbers of 32 bits, and Bokeh refuses an axis that ends at NaN or at infinity: its figure
then stays as it is for ever.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# Well within numbers of 32 bits, so that what lies a little beside an axis is finite as well.
LARGEST = 1e37

Ends = tuple[float, float]
MOST_SAID = 3


def drawable(values: NDArray) -> NDArray:
    """Return those of `values` that have a place on an axis.

    Examples
    --------
    >>> import numpy as np
    >>> drawable(np.array([1.0, np.nan, -np.inf, 1e300]))
    array([1.])
    """
    return values[np.abs(values) <= LARGEST]


def joined(first: Ends, second: Ends) -> Ends:
    """Return the ends of an axis that holds both.

    Examples
    --------
    >>> joined((0.0, 5.0), (-1.0, 2.0))
    (-1.0, 5.0)
    """
    return min(first[0], second[0]), max(first[1], second[1])


def lacking(newest: NDArray, names: Sequence[str]) -> str:
    """Return which of the `newest` values no picture can show, and why; nothing if it shows all.

    Examples
    --------
    >>> lacking(np.array([np.nan, 1.0, np.inf]), ["a", "b", "c"])
    'a: not a number, c: infinite'
    """
    what = {True: "not a number", False: "infinite"}
    found = [
        f"{name}: {what[bool(np.isnan(value))]}"
        for name, value in zip(names, newest)
        if not np.isfinite(value)
    ]
    return ", ".join(found[:MOST_SAID]) + (" …" if len(found) > MOST_SAID else "")


def single(values: NDArray) -> NDArray[np.float32]:
    """Return `values` with 32 bits; what is too large for them becomes infinite."""
    with np.errstate(over="ignore"):
        return values.astype(np.float32)
