"""Compare an answer with what is expected.

Takes both and returns None where the answer is right, else what a reader may know of the
difference. What is expected appears in no returned text.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Real

import numpy as np
from numpy.typing import NDArray

from annlab.calls import public
from annlab.errors import AnnlabError, ArgumentError, ArgumentTypeError
from annlab.network.checks import read_text

# What a test of an answer of any kind may raise: the answer is to blame, and the reader is told.
_ANSWERS_FAULT = (
    AnnlabError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,  # an endless recursion among them
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """How far a number may be off: ``|answer - expected| <= atol + rtol * |expected|``."""

    rtol: float = 0.01
    atol: float = 0.0
    unit: str = ""

    def allows(self, answer: float, expected: float) -> bool:
        """Return whether a number is near enough."""
        return abs(answer - expected) <= self.atol + self.rtol * abs(expected)


# Exact but for rounding: for comparing with the wrong answers that have hints of their own.
_SAME = Tolerance(rtol=1e-9, atol=1e-12)
_CLOSE = 0.15  # of the expected number: worth a kind word, but no right answer


@public
@dataclass(frozen=True, slots=True, repr=False)
class Sealed:
    """An expected answer that cannot be read at a glance; see `sealed`.

    Raises
    ------
    ArgumentTypeError
        If what was sealed is no text.
    """

    text: str

    def __post_init__(self) -> None:
        read_text(self.text, "what was sealed")

    def open(self) -> object:
        """Return the answer.

        Raises
        ------
        ArgumentError
            If the text was not made by `sealed`.
        """
        try:
            return json.loads(base64.b64decode(self.text, validate=True))
        except (binascii.Error, ValueError) as error:
            raise ArgumentError(
                "this is no sealed answer",
                why=str(error),
                hint="make one with print(teach.sealed('answer'))",
            ) from error

    def __repr__(self) -> str:
        return f"teach.Sealed({self.text!r})"


@public
def sealed(answer: str | float | bool | list[float]) -> Sealed:
    """Hide an expected answer from the eye, not from somebody who wants to know.

    Print it and paste what is printed into the exercise.

    Raises
    ------
    ArgumentTypeError
        If it is neither text nor a number, True, False, or a list of them.

    Examples
    --------
    >>> from annlab import teach
    >>> print(teach.sealed("b"))
    teach.Sealed('ImIi')
    >>> teach.check("b", teach.Sealed("ImIi"))
    ✓ Right.
    """
    plain = answer.tolist() if isinstance(answer, np.generic | np.ndarray) else answer
    try:
        text = json.dumps(read_expected(plain))
    except TypeError:
        raise ArgumentTypeError(
            f"{answer!r} cannot be sealed",
            hint="give text, a number, True, False, or a list of numbers",
        ) from None
    return Sealed(base64.b64encode(text.encode()).decode())


@public
def between(low: float, high: float) -> Callable[[float], bool | str]:
    """Return a predicate for numbers in a range, both ends included.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If a bound is no number, or no number lies between them.

    Examples
    --------
    >>> from annlab import teach
    >>> rate = 31.0
    >>> teach.check(rate, teach.between(5.0, 15.0), unit="Hz")
    ✗ Not yet: it is too large.
    """

    for bound in (low, high):
        if not _is_number(bound):
            raise ArgumentTypeError(f"a bound of between() is {bound!r}", hint="give a number")
    if not low <= high:
        raise ArgumentError(
            f"no number lies between {low!r} and {high!r}", hint="give the lower bound first"
        )

    def is_between(number: float) -> bool | str:
        value = _number(number)
        if isinstance(value, str):
            return value
        if value < low:
            return "it is too small."
        return "it is too large." if value > high else low <= value

    return is_between


def is_open(answer: object) -> bool:
    """Return whether an answer is still None, ``...`` or empty text, or has one of them inside."""
    if answer is None or answer is Ellipsis:
        return True
    if isinstance(answer, str):
        return not answer.strip(" .")
    if isinstance(answer, list | tuple | set):
        return not answer or any(map(is_open, answer))
    return isinstance(answer, Mapping) and any(map(is_open, answer.values()))


def read_expected(expected: object) -> object:
    """Return what an answer is compared with, unsealed.

    Raises
    ------
    ArgumentError
        If no answer could be right.
    ArgumentTypeError
        If answers cannot be compared with it.
    """
    opened = expected.open() if isinstance(expected, Sealed) else expected
    if isinstance(opened, bool | np.bool_) or (callable(opened) and not _is_number(opened)):
        return opened
    if isinstance(opened, str):
        is_empty = is_open(opened)
    elif isinstance(opened, set | frozenset):
        is_empty = not opened
    else:
        values = _as_numbers(opened)
        is_empty = values is not None and not values.size
        if values is None:
            raise ArgumentTypeError(
                f"an answer cannot be compared with {opened!r}",
                hint="expect a number, text, True, False, a set of texts, an array of numbers, or "
                "give a function of the answer",
            )
    if is_empty:
        raise ArgumentError(
            f"no answer can be right where {opened!r} is expected", hint="expect an answer"
        )
    return opened


def _as_numbers(values: object) -> NDArray[np.float64] | None:
    is_listed = isinstance(values, list | tuple | np.ndarray)
    if not is_listed and not _is_number(values):
        return None
    try:
        array = np.asarray(values)
        return array.astype(float) if array.dtype.kind in "biuf" else None
    except (TypeError, ValueError, OverflowError):
        return None


def wanted(expected: object, unit: str) -> str:
    """Say what kind of answer is expected."""
    of_unit = f" (in {unit})" if unit else ""
    if callable(expected):
        return f"your answer{of_unit}"
    if isinstance(expected, bool | np.bool_):
        return "True or False"
    if isinstance(expected, str):
        return "text between quotes"
    return f"a number{of_unit}" if _is_number(expected) else f"several values{of_unit}"


def difference(answer: object, expected: object, tolerance: Tolerance) -> str | None:
    """Return None where the answer is right, else what may be told of the difference."""
    if isinstance(expected, Sealed):
        expected = expected.open()
    if callable(expected):
        return _of_predicate(answer, expected)
    if isinstance(expected, bool | np.bool_):
        return _of_truth(answer, bool(expected))
    if isinstance(expected, str):
        return _of_text(answer, expected)
    if isinstance(expected, set | frozenset):
        return _of_sets(answer, expected)
    if _is_number(expected):
        return _of_numbers(answer, float(expected), tolerance)  # type: ignore[arg-type]
    return _of_arrays(answer, np.asarray(expected, dtype=float), tolerance)


def is_the_wrong(answer: object, known: object) -> bool:
    """Return whether an answer is a wrong one that has a hint of its own."""
    try:
        return difference(answer, known, _SAME) is None
    except _ANSWERS_FAULT:
        return False


def _of_predicate(answer: object, predicate: Callable[[object], object]) -> str | None:
    try:
        verdict = predicate(answer)
    except _ANSWERS_FAULT as error:
        return f"trying it failed with {type(error).__name__}: {error}."
    if isinstance(verdict, str):
        return verdict
    if not isinstance(verdict, bool | np.bool_):
        raise ArgumentTypeError(
            f"the predicate of a check returned {verdict!r}",
            hint="return True, False, or a hint for what is wrong",
        )
    return None if verdict else ""


def _of_truth(answer: object, expected: bool) -> str | None:
    if not isinstance(answer, bool | np.bool_):
        return "answer True or False, without quotes."
    return None if answer == expected else ""


def _of_text(answer: object, expected: str) -> str | None:
    if not isinstance(answer, str):
        return "the answer is text: write it between quotes."
    return None if _plain(answer) == _plain(expected) else ""


def _of_sets(answer: object, expected: set[object] | frozenset[object]) -> str | None:
    if isinstance(answer, str) or not isinstance(answer, list | tuple | set | frozenset):
        return "several answers belong here: write them as {..., ...}."
    try:
        given, right = ({_plain(each) for each in answers} for answers in (answer, expected))
    except TypeError:  # lists in a list
        return "each answer is text or a number of its own."
    if given == right:
        return None
    extra = "" if given <= right else "something does not belong there"
    missing = "" if right <= given else "something is missing"
    return f"{' and '.join(filter(None, (extra, missing)))}."


def _plain(text: object) -> object:
    return " ".join(text.split()).casefold() if isinstance(text, str) else text


def _of_numbers(answer: object, expected: float, tolerance: Tolerance) -> str | None:
    value = _number(answer)
    if isinstance(value, str):
        return value
    if tolerance.allows(value, expected):
        return None
    shown = f"your {value:.6g} {tolerance.unit}".rstrip()
    direction = "too small" if value < expected else "too large"
    if abs(value - expected) <= _CLOSE * abs(expected):
        return f"{shown} is close, but {direction}."
    if tolerance.allows(-value, expected):
        return f"{shown} has the right size and the wrong sign."
    if any(tolerance.allows(value * factor, expected) for factor in (1e3, 1e-3, 1e6, 1e-6)):
        return f"{shown} has the right digits. Look at the unit again."
    if any(tolerance.allows(value * factor, expected) for factor in (1e2, 1e-2)):
        return f"{shown} is off by a factor of 100. Is it a part of 1, or per cent?"
    return f"{shown} is {direction}."


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool | np.bool_)


def _number(answer: object) -> float | str:
    """Return the answer as a number, or what is wrong with it."""
    if isinstance(answer, np.ndarray) and answer.size == 1:
        answer = answer.item()
    if isinstance(answer, str):
        return "a number is expected: write it without quotes and without a unit."
    if isinstance(answer, tuple) and len(answer) == 2:
        return "a number is expected: write its decimals after a point, not after a comma."
    if callable(answer):
        return "a number is expected, this is a function: call it, with its arguments in (...)."
    if not _is_number(answer):
        return f"a number is expected, this is a {type(answer).__name__}."
    try:
        value = float(answer)  # type: ignore[arg-type]
    except OverflowError:
        value = math.inf
    return value if math.isfinite(value) else f"a number is expected, this is {value}."


def _of_arrays(answer: object, expected: NDArray[np.float64], tolerance: Tolerance) -> str | None:
    try:
        values = np.asarray(answer, dtype=float)
    except (TypeError, ValueError, OverflowError):
        return "numbers are expected."
    if values.shape != expected.shape:
        return f"its shape is {values.shape}, {expected.shape} is expected."
    allowed = tolerance.atol + tolerance.rtol * np.abs(expected)
    # Not `>`: NaN is no right answer.
    n_wrong = int(np.count_nonzero(~(np.abs(values - expected) <= allowed)))
    return f"{n_wrong} of {expected.size} values are not right." if n_wrong else None


__all__ = [
    "Sealed",
    "Tolerance",
    "between",
    "difference",
    "is_open",
    "is_the_wrong",
    "read_expected",
    "sealed",
    "wanted",
]
