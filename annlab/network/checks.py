"""Arguments of users, checked at the call: a number that is none is told by its name.

Knows nothing of networks.
"""

from __future__ import annotations

import math
import numbers
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
    number = math.inf
    with suppress(OverflowError):  # of an integer
        number = float(value)
    if not math.isfinite(number) or number < least:
        bound = "" if least == -math.inf else f" of at least {least:g}"
        raise ArgumentError(f"{what} is {value!r}", hint=f"give a finite number{bound}")
    return number


def read_whole(value: object, what: str, *, least: int = 0) -> int:
    """Return a whole number of at least `least`; 2.0 is one, 2.5 is none.

    Raises
    ------
    ArgumentTypeError
        If it is no number.
    ArgumentError
        If it is not whole, or below `least`.

    Examples
    --------
    >>> read_whole(2.0, "the step")
    2
    """
    number = read_number(value, what, least=least)
    if number != int(number):
        raise ArgumentError(f"{what} is {value!r}", hint=f"give a whole number of at least {least}")
    return int(value)  # type: ignore[call-overload]  # not of the float: it may be large


def read_flag(value: object, what: str) -> bool:
    """Return True or False, which NumPy's and the numbers 1 and 0 are as well.

    Raises
    ------
    ArgumentTypeError
        If it is something else.

    Examples
    --------
    >>> read_flag(1, "the option")
    True
    """
    is_flag = isinstance(value, bool | np.bool_)
    if not is_flag and not (isinstance(value, numbers.Integral) and value in (0, 1)):
        raise ArgumentTypeError(f"{what} is {value!r}", hint="give True or False")
    return bool(value)


def read_names(names: object, what: str) -> list[str]:
    """Return names that were given as one, or as several.

    Raises
    ------
    ArgumentTypeError
        If they are no words.

    Examples
    --------
    >>> read_names("v", "the variables"), read_names(("v", "u"), "the variables")
    (['v'], ['v', 'u'])
    """
    if isinstance(names, str):
        return [names]
    found: list[Any] = [None]
    with suppress(TypeError):
        found = list(names)  # type: ignore[call-overload]  # refused below
    if not all(isinstance(name, str) for name in found):
        raise ArgumentTypeError(f"{what} are {names!r}", hint="give a name, or a list of names")
    return found


def read_text(text: object, what: str) -> str:
    """Return a text, which may be empty.

    Raises
    ------
    ArgumentTypeError
        If it is something else.

    Examples
    --------
    >>> read_text("mV", "the unit")
    'mV'
    """
    if not isinstance(text, str):
        raise ArgumentTypeError(f"{what} is {text!r}", hint="give text between quotes")
    return text


def read_fill(value: object) -> float:
    """Return what stands where there is no synapse: a number, or NaN.

    Raises
    ------
    ArgumentTypeError
        If it is something else.

    Examples
    --------
    >>> read_fill(0)
    0.0
    """
    if not isinstance(value, numbers.Real):
        raise ArgumentTypeError(f"fill is {value!r}", hint="give a number, or NaN")
    return float(value)


def read_numbers(values: object, what: str, *, are_whole: bool = False) -> NDArray[np.float64]:
    """Return an array of numbers, a copy; `what` are they in the message.

    Raises
    ------
    ArgumentTypeError
        If they are no array of real numbers, hold NaN, or are not whole where that is asked for.

    Examples
    --------
    >>> read_numbers([1, 2], "the filter")
    array([1., 2.])
    """
    try:
        given = np.asarray(values)
        array = None if given.dtype.kind == "c" else np.array(given, dtype=np.float64)
    except (TypeError, ValueError):
        array = None
    if array is not None and np.isnan(array).any():
        array = None
    if array is None or (are_whole and np.any(array != np.floor(array))):
        kind = "whole numbers" if are_whole else "numbers"
        raise ArgumentTypeError(f"{what} cannot be {values!r}", hint=f"give an array of {kind}")
    return array


__all__ = [
    "read_fill",
    "read_flag",
    "read_names",
    "read_number",
    "read_numbers",
    "read_text",
    "read_whole",
]
