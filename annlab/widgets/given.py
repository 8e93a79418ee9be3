"""Arguments of views, checked at the call: times, ends of scales, ranks, names.

A view that was given something else would die later, in the words of Bokeh or of the traits of
widgets, or draw nothing. Knows nothing of pictures.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from annlab.errors import (
    ArgumentError,
    ArgumentTypeError,
    UnknownAttributeError,
    UnknownObjectError,
    nearest,
)
from annlab.network.checks import read_names, read_number, read_text, read_whole

LONGEST_MS = 1e9  # 11 days of the model


def read_span(span_ms: object, what: str) -> float:
    """Return a time [ms] above 0 that a view can show; `what` is its name in the message.

    Examples
    --------
    >>> read_span(100, "window_ms of raster()")
    100.0
    """
    number = read_number(span_ms, what)
    if not 0.0 < number <= LONGEST_MS:
        most = "above 0" if number <= 0.0 else f"of at most {LONGEST_MS:g}"
        raise ArgumentError(f"{what} is {span_ms!r}", hint=f"give a number of ms {most}")
    return number


def read_limits(limits: object, what: str) -> tuple[float, float] | None:
    """Return the ends of a scale, or None where none are given.

    Examples
    --------
    >>> read_limits((0, 20), "the colours")
    (0.0, 20.0)
    """
    if limits is None:
        return None
    if not isinstance(limits, Sequence | np.ndarray) or isinstance(limits, str) or len(limits) != 2:
        raise ArgumentTypeError(
            f"the limits of {what} are {limits!r}", hint="give two numbers: (lowest, highest)"
        )
    low, high = (read_number(end, f"a limit of {what}") for end in limits)
    if not low < high:
        raise ArgumentError(
            f"{what} cannot go from {low:g} to {high:g}", hint="give the lower end first"
        )
    return low, high


def read_ranks(ranks: object, name: str, n: int) -> list[int]:
    """Return ranks of `n` neurons that are called `name`, as a list.

    Examples
    --------
    >>> read_ranks([0, 2], "cells", 3)
    [0, 2]
    """
    chosen = _whole_numbers(ranks, name)
    for rank in chosen:
        if not 0 <= rank < n:
            raise UnknownObjectError(
                f"'{name}' has no neuron {rank}",
                why=f"its ranks are 0 to {n - 1}" if n else "it has none at all",
            )
    return chosen


def _whole_numbers(ranks: object, name: str) -> list[int]:
    found = ranks
    if isinstance(ranks, np.ndarray | range):
        found = np.asarray(ranks).tolist()
    is_listed = isinstance(found, Sequence | set) and not isinstance(found, str)
    if not is_listed or not all(_is_rank(rank) for rank in found):  # type: ignore[union-attr]
        raise ArgumentTypeError(
            f"ranks of '{name}' are {ranks!r}", hint="give a list of whole numbers: ranks=[0, 1]"
        )
    return [int(rank) for rank in found]  # type: ignore[union-attr]  # checked just now


def _is_rank(rank: object) -> bool:
    return isinstance(rank, int | np.integer) and not isinstance(rank, bool)


def read_few_ranks(ranks: object, name: str, n: int, *, most: int, view: str) -> list[int]:
    """Return at least one and at most so many ranks.

    Examples
    --------
    >>> read_few_ranks([1], "cells", 3, most=6, view="phase plane")
    [1]
    """
    n_chosen = len(_whole_numbers(ranks, name))
    if not 0 < n_chosen <= most:
        raise ArgumentError(
            f"a {view} shows 1 to {most} neurons, {n_chosen} were given",
            hint="choose some with ranks=[...]",
        )
    return read_ranks(ranks, name, n)


def read_variable(variable: object, owner: str, known: Sequence[str]) -> str:
    """Return the name of a variable that there is.

    Examples
    --------
    >>> read_variable("v", "population 'cells'", ["u", "v"])
    'v'
    """
    if not isinstance(variable, str) or variable not in known:
        near = nearest(variable, known)
        shown = f"'{variable}'" if isinstance(variable, str) else repr(variable)
        raise UnknownAttributeError(
            f"{owner} has no variable {shown}",
            why=f"known here: {', '.join(sorted(known))}",
            hint=f"did you mean '{near}'?" if near else "name one of them",
        )
    return variable


def read_group_names(names: object, n: int, what: str) -> list[str] | None:
    """Return how `n` groups of neurons are to be called, or None where nothing is said.

    Examples
    --------
    >>> read_group_names(["input", "output"], 2, "raster()")
    ['input', 'output']
    """
    if names is None:
        return None
    found = read_names(names, f"names of {what}")
    if len(found) != n:
        raise ArgumentError(f"{len(found)} names were given for {n} groups of neurons")
    return found


def read_title(title: object, what: str) -> str:
    """Return what stands above a view.

    Examples
    --------
    >>> read_title("before learning", "raster()")
    'before learning'
    """
    return read_text(title, f"title of {what}")


def read_bars(n_bars: object, most: int) -> int:
    """Return a number of bars that can be told apart.

    Examples
    --------
    >>> read_bars(10, 1000)
    10
    """
    number = read_whole(n_bars, "n_bars of weight_histogram()", least=1)
    if number > most:
        raise ArgumentError(f"a histogram cannot have {number} bars", hint=f"give at most {most}")
    return number


__all__ = [
    "read_bars",
    "read_few_ranks",
    "read_group_names",
    "read_limits",
    "read_ranks",
    "read_span",
    "read_title",
    "read_variable",
]
