"""What users hand over as values of an attribute, and what they get back.

Turns numbers, lists, arrays and distributions into arrays of the right length and
type, and says what is wrong with those that do not fit. Knows neither networks
nor models.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annlab.errors import (
    AnnlabError,
    ArgumentError,
    ArgumentTypeError,
    LocalityError,
    ShapeError,
    UnknownAttributeError,
    nearest,
)
from annlab.network.distributions import RandomDistribution

_WHOLE = {
    "i": ("an integer", "round the values, or declare the attribute as a float"),
    "b": ("a truth value", "give True or False: values != 0 makes them of numbers"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Whose attribute it is, for messages: ``attribute 'v' of population 'pop0'``.

    `takes_nan` is asked where a value is NaN: may it stay?
    """

    attribute: str
    owner: str
    takes_nan: Callable[[], bool] = field(default=lambda: False, compare=False)

    def __str__(self) -> str:
        return f"attribute {self.attribute!r} of {self.owner}"


def is_single(value: object) -> bool:
    """True for one number, False for lists, arrays and distributions."""
    if isinstance(value, RandomDistribution | list | tuple):  # lists of unequal length have no ndim
        return False
    return np.ndim(value) == 0  # type: ignore[arg-type]


def one_value(value: object, dtype: np.dtype, place: Place) -> Any:  # a NumPy scalar
    """Return one number of type `dtype`."""
    if not is_single(value):
        raise LocalityError(
            f"{place} is global: it has one value, not one each",
            hint='give one number, or declare it with Parameter(..., locality="local")',
        )
    return _converted(np.asarray(value), dtype, place)[()]


def many_values(
    value: object,
    n: int,
    dtype: np.dtype,
    place: Place,
    *,
    rng: np.random.Generator | None = None,
) -> NDArray:
    """Return n numbers of type `dtype`: one for all, one each, or draws.

    They may be the array that was given: whoever keeps them copies them.
    """
    if isinstance(value, RandomDistribution):
        return _converted(np.asarray(value.get_values(n, rng)), dtype, place)
    array = _converted(_as_array(value, place), dtype, place)
    if array.ndim == 0:
        return np.full(n, array)
    if array.size != n:
        raise ShapeError(
            f"{place} has {n} values, {array.size} were given",
            why=f"the given array has shape {array.shape}" if array.ndim > 1 else None,
            hint="give one number for all, or one for each",
        )
    return array.reshape(n)


def _as_array(value: object, place: Place) -> NDArray:
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise ArgumentTypeError(
            f"{place} cannot take an array in which values are masked",
            hint="fill them: array.filled(0.0)",
        )
    try:
        return np.asarray(value)
    except ValueError:  # ragged lists
        raise ShapeError(f"{place} cannot take lists of different lengths") from None


def names_and_values(values: object, owner: str) -> Mapping[str, object]:
    """Return what `set` was given, which must be a dictionary."""
    if not isinstance(values, Mapping):
        raise ArgumentTypeError(
            f"set() of {owner} was given {values!r}",
            hint='give a dictionary of names and values: set({"name": 1.0})',
        )
    return values


def set_together(
    values: Mapping[str, object],
    *,
    read: Callable[[str], object],
    write: Callable[[str, object], None],
    restore: Callable[[str, object], None] | None = None,
) -> None:
    """Set several attributes: all of them or, if a value does not fit, none.

    `restore` writes what was read, which may be NaN; `write` by default.
    """
    restore = write if restore is None else restore
    before: list[tuple[str, object]] = []
    try:
        for n_left, (name, value) in zip(range(len(values) - 1, -1, -1), values.items()):
            # The last one is either written, or there is nothing to take back of it.
            old = read(name) if n_left else None
            write(name, value)
            before.append((name, old))
    except AnnlabError:
        for name, old in reversed(before):
            restore(name, old)
        raise


def _converted(array: NDArray, dtype: np.dtype, place: Place) -> NDArray:
    if array.dtype.kind not in "biuf":
        array = _of_an_object(array, place)
    with np.errstate(invalid="ignore", over="ignore"):
        converted = array.astype(dtype, copy=False)
    if dtype.kind == "f" and has_nan(converted) and not place.takes_nan():
        raise ArgumentError(
            f"{place} cannot become NaN",
            why="whatever is computed of it becomes NaN as well",
            hint="give numbers; equations that ask isnan() may hold NaN",
        )
    if dtype.kind in "bi" and not np.array_equal(converted, array):
        what, hint = _WHOLE[dtype.kind]
        raise ArgumentError(
            f"{place} is {what}, {array.ravel()[(converted != array).ravel()][0]} is none",
            hint=hint,
        )
    return converted


def has_nan(array: NDArray) -> bool:
    """Return True if a number of an array of floats is none.

    Examples
    --------
    >>> has_nan(np.array([0.0, np.inf])), has_nan(np.array([0.0, np.nan]))
    (False, True)
    """
    if array.size == 1:
        return math.isnan(array.item())
    return bool(array.size) and bool(np.isnan(array.min()))  # of NaN and a number the least is NaN


def _of_an_object(array: NDArray, place: Place) -> NDArray:
    """Return the number that one object stands for, such as a Constant or a fraction."""
    single: Any = array.item() if array.ndim == 0 else None
    if array.dtype.kind != "O" or not hasattr(type(single), "__float__"):
        raise ArgumentTypeError(
            f"{place} cannot become {repr(array.dtype) if array.ndim else repr(single)}",
            hint="give a number, a list or array of numbers, or a random distribution",
        )
    try:
        return np.asarray(float(single))
    except OverflowError:
        raise ArgumentError(
            f"{place} cannot become a number of {len(str(single))} digits",
            hint="real numbers reach to 1.8e308",
        ) from None


def unknown_attribute(
    name: str, owner: str, known: Iterable[str], kind: type | None = None
) -> UnknownAttributeError:
    """Return the error for a name that neither the model has nor `kind`, whose owner it is."""
    names = list(known)
    members = [m for m in dir(kind) if not m.startswith("_")] if kind is not None else []
    near = nearest(name, names) or nearest(name, members)
    return UnknownAttributeError(
        f"{owner} has no attribute {name!r}",
        why=f"known here: {', '.join(names)}" if names else None,
        hint=f"did you mean {near!r}?" if near else None,
    )


def refuse_fixed(owner: object, name: str, label: str) -> None:
    """Refuse to replace what a class computes or does: a property without a setter, a method."""
    found = getattr(type(owner), name, None)
    if isinstance(found, property) and found.fset is None:
        raise UnknownAttributeError(
            f"{name!r} of {label} can be read and not be set",
            why="it follows from how it was made, and from what has happened since",
        )
    if callable(found):
        raise UnknownAttributeError(
            f"{name!r} of {label} is a method and cannot be set", hint=f"call it: {name}(...)"
        )


def as_scalar(value: np.generic) -> float | int | bool:
    """Return one value of an array as a plain number of Python."""
    return value.item()
