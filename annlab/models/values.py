"""Numbers that users give to the standard models, as the text that models are made of."""

from __future__ import annotations

import math
import numbers

from annlab.errors import ArgumentError, ArgumentTypeError


def text_of(model: str, name: str, value: object) -> str:
    """Return a parameter's number as text, or say what else it would have to be.

    Examples
    --------
    >>> text_of("Hebb", "eta", 1)
    '1.0'
    """
    if not isinstance(value, numbers.Real):
        raise ArgumentTypeError(
            f"{model}: {name} is {value!r}",
            hint=f"give one number; values for each are set later: population.{name} = values",
        )
    if not math.isfinite(value):
        raise ArgumentError(f"{model}: {name} is {value}", hint="give a finite number")
    return repr(float(value))


__all__ = ["text_of"]
