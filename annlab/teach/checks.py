"""The check of an exercise, and how far a reader has come."""

from __future__ import annotations

from collections.abc import Mapping

from annlab.calls import public
from annlab.errors import ArgumentError, ArgumentTypeError
from annlab.network.checks import read_number, read_text
from annlab.teach.judging import (
    Tolerance,
    difference,
    is_open,
    is_the_wrong,
    read_expected,
    wanted,
)
from annlab.teach.verdict import Progress, Status, Verdict

# The last verdict of each exercise with a name, in this process.
_verdicts: dict[str, Verdict] = {}


@public
def check(
    answer: object,
    expected: object,
    *,
    name: str = "",
    unit: str = "",
    rtol: float = 0.01,
    atol: float = 0.0,
    hint: str = "",
    hints: Mapping[object, str] | None = None,
    because: str = "",
) -> Verdict:
    """Judge an answer, kindly. A wrong one raises nothing, and no answer is ever printed.

    Parameters
    ----------
    answer
        What the reader found. None, ``...``, empty text, or a collection with one of them inside
        is no answer yet.
    expected
        A number (NumPy's too), text (upper and lower case are the same), True or False, a set of
        texts, an array (shapes have to agree), any of them `sealed`, or a function of the answer
        that returns True, False, or a hint for what is wrong. If the function raises a usual error,
        the reader is told which.
    name
        Of the exercise. `progress` lists those that have one.
    unit
        Of numbers; it is shown, not converted.
    rtol, atol
        A number is right within ``atol + rtol * |expected|``. Rates that a simulation measures
        deserve a tenth or so.
    hint
        What to say to any wrong answer.
    hints
        Wrong answers that have a hint of their own, each with it; a function as a key stands for
        the answers for which it is true.
    because
        Why the answer is right, said when it is.

    Returns
    -------
    A `Verdict`, which a notebook shows in colour; true if the answer is right.

    Raises
    ------
    ArgumentError
        If a tolerance is negative, or no answer could be right.
    ArgumentTypeError
        If nothing of that kind can be expected, a function returns something else than it may, or
        a tolerance is no number, a name, unit or hint no text.

    Examples
    --------
    >>> from annlab import teach
    >>> teach.check("excitation", "inhibition", hints={"excitation": "It adds to v."})
    ✗ Not yet: It adds to v.
    >>> teach.check(0.02, 20.0, unit="ms")
    ✗ Not yet: your 0.02 ms has the right digits. Look at the unit again.
    >>> teach.check([1, 2, 4], [1, 2, 3], hint="Each is one more than the last.")
    ✗ Not yet: 1 of 3 values are not right. Each is one more than the last.
    >>> def doubles(function):
    ...     return function(3) == 6 or "try it with 3."
    >>> teach.check(lambda x: x + 3, doubles)
    ✓ Right.
    >>> teach.check(lambda x: x + 2, doubles)
    ✗ Not yet: try it with 3.
    """
    texts = {"name": name, "unit": unit, "hint": hint, "because": because}
    for what, text in texts.items():
        read_text(text, f"{what} of check()")
    hints = _read_hints(hints)
    tolerance = _read_tolerance(rtol, atol, unit)
    expected = read_expected(expected)
    if is_open(answer):
        text = f"replace the dots by {wanted(expected, unit)}."
        return _remember(Verdict(Status.OPEN, text, name))
    found = difference(answer, expected, tolerance)
    if found is None:
        return _remember(Verdict(Status.RIGHT, because, name))
    own = [text for known, text in hints.items() if is_the_wrong(answer, known)]
    # A hint for this very answer says more than the direction, or than what fits any answer.
    parts = own[:1] or [found, hint]
    text = " ".join(filter(None, parts)) or "think again, or run the cells above once more."
    return _remember(Verdict(Status.WRONG, text, name))


@public
def progress() -> Progress:
    """Return the exercises with a name that were checked in this kernel.

    Examples
    --------
    >>> from annlab import teach
    >>> verdict = teach.check(3, 3, name="Exercise 1")
    >>> teach.progress().n_solved >= 1
    True
    """
    return Progress(tuple(_verdicts.values()))


@public
def forget() -> None:
    """Begin anew: `progress` knows no exercise after it.

    Examples
    --------
    >>> from annlab import teach
    >>> teach.forget()
    >>> teach.progress()
    no exercise with a name was checked yet
    """
    _verdicts.clear()


def _read_tolerance(rtol: float, atol: float, unit: str) -> Tolerance:
    least = min(read_number(rtol, "rtol of check()"), read_number(atol, "atol of check()"))
    if least < 0.0:
        raise ArgumentError(
            f"a tolerance is negative: rtol={rtol}, atol={atol}", hint="give 0 for an exact answer"
        )
    return Tolerance(rtol=float(rtol), atol=float(atol), unit=unit)


def _read_hints(hints: Mapping[object, str] | None) -> Mapping[object, str]:
    if hints is None:
        return {}
    if not isinstance(hints, Mapping) or not all(isinstance(h, str) for h in hints.values()):
        raise ArgumentTypeError(
            f"hints of check() are {hints!r}", hint='write hints={answer: "what to say to it"}'
        )
    return hints


def _remember(verdict: Verdict) -> Verdict:
    if verdict.name:
        _verdicts[verdict.name] = verdict
    return verdict


__all__ = ["check", "forget", "progress"]
