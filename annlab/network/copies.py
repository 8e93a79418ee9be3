"""Values that were read are copies; whoever sets an item of one that nobody keeps is told.

``pop.r[0] = 5`` sets an item of a copy that is gone with the line; ``pop[0].r = 5`` was meant.
``r = pop.r; r[0] = 5; pop.r = r`` is right, and nothing is said. Takes arrays and lists, returns
arrays and lists that know what they are copies of; knows neither populations nor projections.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from annlab.calls import warn

# Of PyPy and its like, which do not count, nothing is told.
# From Python 3.14 on a variable of a function lends its reference, which is not counted then.
_OWNERS_ARE_COUNTED = sys.version_info < (3, 14)
_count: Callable[[object], int] = getattr(sys, "getrefcount", lambda _: 1 << 30)


class CopiedArray(np.ndarray):
    """An array of values as they were. Whatever is computed of it is a plain array."""

    def __new__(cls, values: NDArray, advice: str) -> CopiedArray:
        array = values.view(cls)
        array._advice = advice
        return array

    def __array_finalize__(self, source: NDArray | None) -> None:
        self._advice: str | None = None

    def __array_wrap__(
        self, array: Any, context: Any = None, return_scalar: bool = False
    ) -> Any:  # Any: as NumPy declares it
        if array is self:  # of ``values += 1``
            return array
        return array[()] if return_scalar else np.asarray(array)

    def __setitem__(self, key: Any, value: Any) -> None:
        # In ``pop.r[:] += 1`` the value is a part of the copy and holds it.
        is_unkept = _count(self) - (getattr(value, "base", None) is self) <= _UNKEPT
        super().__setitem__(key, value)
        row_of = self.base  # of ``pop.r[0][1] = 5``, where the row is what is set
        if is_unkept and self._advice is not None:
            _tell(self, self._advice, sys._getframe(1))
        elif is_unkept and isinstance(row_of, CopiedArray) and row_of._advice is not None:
            if _count(row_of) <= _HELD_BY_ROW:
                _tell(row_of, row_of._advice, sys._getframe(1))

    def __repr__(self) -> str:
        return repr(self.view(np.ndarray))

    def __reduce__(self) -> Any:  # Any: as NumPy declares it
        return self.view(np.ndarray).__reduce__()


class CopiedList(list[Any]):
    """A list of values as they were."""

    __slots__ = ("_advice",)

    def __init__(self, values: Iterable[Any], advice: str) -> None:
        super().__init__(values)
        self._advice = advice

    def __setitem__(self, key: SupportsIndex | slice, value: Any) -> None:  # type: ignore[override]
        is_unkept = _count(self) <= _UNKEPT
        super().__setitem__(key, value)
        if is_unkept:
            _tell(self, self._advice, sys._getframe(1))

    def __getitem__(self, key: SupportsIndex | slice) -> Any:  # type: ignore[override]  # a row
        found = super().__getitem__(key)
        if _OWNERS_ARE_COUNTED and isinstance(found, list) and _count(self) <= _UNKEPT:
            # Of ``proj.w[0][1] = 5``: the row is what is set. Rows that are kept stay plain lists,
            # for a million weights are not copied once more to be told of.
            return CopiedList(found, self._advice)
        return found

    def __reduce__(self) -> tuple[type[list], tuple[list]]:
        return list, (list(self),)


def copied(values: Any, advice: str) -> Any:  # Any: arrays, lists, lists of lists, numbers
    """Return values that were read, so that a change that is lost is told of.

    Examples
    --------
    >>> values = copied([0.5, 1.0], "write cells[i].r = value")
    >>> values[0] = 2.0  # kept: nothing is said
    >>> values
    [2.0, 1.0]
    """
    if isinstance(values, np.ndarray):
        return CopiedArray(values, advice)
    if not isinstance(values, list):
        return values
    return CopiedList(values, advice)


def _tell(values: object, advice: str, frame: FrameType) -> None:
    # Where owners are not counted well, the variables of the caller tell.
    if not any(kept is values for kept in list(frame.f_locals.values())):
        warn(f"an item of a copy is set, which nobody keeps: nothing changes; {advice}")


class _Measured(list[int]):
    def __setitem__(self, key: Any, value: Any) -> None:
        n_owners = _count(self)
        _seen.append(n_owners)


_seen: list[int] = []
_Measured([0])[0] = 1
_UNKEPT = _seen.pop()  # how often an object is counted that only the line itself holds
_HELD_BY_ROW = 3  # by the row, by the name under which it is counted, and by the count

__all__ = ["CopiedArray", "CopiedList", "copied"]
