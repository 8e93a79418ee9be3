"""What users give to a logger, checked at the call.

Takes anything, returns names, steps, numbers and arrays that TensorBoard can show. Knows nothing
of files.
"""

from __future__ import annotations

import math
import numbers
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annlab.errors import ArgumentError, ArgumentTypeError, ShapeError
from annlab.network.checks import read_number, read_text, read_whole

LAST_STEP = 2**63 - 1
_LARGEST = 1e150  # the sum of many squares is finite
_SMALLEST = 1e-290  # a fiftieth of it is no subnormal number
_NARROWEST = 1e-9  # of a histogram, relative to its values; 1e-16 is lost in rounding


def read_tag(tag: object, what: str) -> str:
    """Return a name that can be shown in one line."""
    text = read_text(tag, what)
    if not text.strip() or not text.isprintable():
        raise ArgumentError(f"{what} is {text!r}", hint="give a name in one line: 'rate/exc'")
    return text


def read_run(name: object, what: str) -> str:
    """Return a name that is a folder as well, in the folder of the logger."""
    text = read_tag(name, what)
    path = PurePosixPath(text)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise ArgumentError(
            f"{what} is {text!r}",
            why="it names a folder, which would not lie in that of the logger",
            hint="give a name without '..' that does not begin with '/'",
        )
    return text


def read_step(step: object, tag: str) -> int | None:
    """Return a step that fits into a message, or None."""
    if step is None:
        return None
    found = read_whole(step, f"the step of {tag!r}")
    if found > LAST_STEP:
        raise ArgumentError(f"the step of {tag!r} is {step!r}", hint="give one below 2**63")
    return found


def read_table(table: object, what: str) -> dict[Any, Any]:
    """Return a dictionary, a copy, that is not empty."""
    if not isinstance(table, Mapping):
        raise ArgumentTypeError(
            f"{what} are {table!r}", hint='give a dictionary of names: {"accuracy": 0.9}'
        )
    if not table:
        raise ArgumentError(f"{what} are empty", hint="give at least one name and its value")
    return dict(table)


def read_value(value: object, what: str) -> float:
    """Return a number, which need not be finite."""
    if isinstance(value, int):
        with suppress(OverflowError):
            return float(value)
        return math.inf if value > 0 else -math.inf
    if isinstance(value, numbers.Real):
        return float(value)
    array = np.asarray(value) if isinstance(value, np.ndarray | np.generic) else None
    if array is None or array.dtype.kind not in "biuf":
        raise ArgumentTypeError(f"{what} is {value!r}", hint="give a number")
    if array.size != 1:
        raise ShapeError(
            f"{what} has the shape {array.shape}",
            hint="give one number, such as its mean(); add_histogram() takes many",
        )
    return float(array.item())


def read_parameter(value: object, name: str) -> bool | float | str:
    """Return a flag, a finite number or a text."""
    what = f"parameter {name!r}"
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, numbers.Real):
        return read_number(value, what)
    raise ArgumentTypeError(f"{what} is {value!r}", hint="give a number, True, False or text")


def read_array(values: object, what: str) -> NDArray[Any]:
    """Return finite numbers in the type that they have."""
    array = None
    with suppress(TypeError, ValueError):  # refused below
        array = np.asarray(values)
    if array is None or array.dtype.kind not in "biuf":
        raise ArgumentTypeError(f"{what} is {values!r}", hint="give an array of numbers")
    if array.size == 0:
        raise ShapeError(f"{what} has no values, but the shape {array.shape}", hint="give some")
    if not np.all(np.abs(array.astype(np.float64)) <= _LARGEST):
        raise ArgumentError(
            f"{what} holds values that are NaN, infinite or beyond {_LARGEST:g}",
            hint="say what to show there: np.nan_to_num(values, nan=0.0, posinf=1.0, neginf=0.0)",
        )
    return array


def joined(values: object) -> object:
    """Return rows of different lengths, at any depth, as one array."""
    if not isinstance(values, list | tuple):
        return values
    with suppress(ValueError):  # of different lengths
        np.asarray(values)
        return values
    parts = [np.asarray(joined(row)).ravel() for row in values]
    return np.concatenate([part for part in parts if part.size] or [np.empty(0)])


def bin_ends(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return the ends of a histogram, which are far enough apart for its bins."""
    low, high = float(values.min()), float(values.max())
    scale = max(abs(low), abs(high))
    if high - low > max(_NARROWEST * scale, _SMALLEST):
        return low, high
    # TensorBoard takes the largest value for the end of the last bin, which has to hold all.
    return high - (1e3 * _NARROWEST * scale if scale > 1e6 * _SMALLEST else 1.0), high


def require_figure(figure: object, what: str) -> None:
    """Refuse what is no figure of matplotlib, without importing it."""
    module = sys.modules.get("matplotlib.figure")  # whoever has a figure has imported it
    if module is None or not isinstance(figure, module.Figure):
        raise ArgumentTypeError(
            f"{what} is {figure!r}",
            hint="give a figure of matplotlib: plt.gcf(), or axes.figure",
        )


__all__ = [
    "LAST_STEP",
    "bin_ends",
    "joined",
    "read_array",
    "read_parameter",
    "read_run",
    "read_step",
    "read_table",
    "read_tag",
    "read_value",
    "require_figure",
]
