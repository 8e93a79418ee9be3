"""Arguments of users, checked at the call: a number that is none is told by its name.

Knows nothing of networks.
"""

from __future__ import annotations

import math
import numbers

from annlab.errors import ArgumentError, ArgumentTypeError


def read_number(value: object, what: str, *, least: float = -math.inf) -> float:
    """Return a finite number of at least `least`; `what` is its name in the message.

    Raises
    ------
    ArgumentTypeError
        If it is no number.
    ArgumentError
        If it is not finite, or below `least`.

    Examples
    --------
    >>> read_number(3, "the window")
    3.0
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise ArgumentTypeError(f"{what} is {value!r}", hint="give a number")
    number = float(value)
    if not math.isfinite(number) or number < least:
        bound = "" if least == -math.inf else f" of at least {least:g}"
        raise ArgumentError(f"{what} is {value!r}", hint=f"give a finite number{bound}")
    return number


__all__ = ["read_number"]
