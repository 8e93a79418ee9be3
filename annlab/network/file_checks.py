"""What a file holds of a population or a projection, checked before anything is changed.

Takes what `annlab.network.archive` has read, which anybody may have written; returns arrays of the
kind and length that are needed, or says of which entry of which file that cannot be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annlab.calls import warn
from annlab.errors import ArgumentError, ShapeError


@dataclass(frozen=True, slots=True)
class Held:
    """What one file holds of one object; `owner` and `filename` are for messages."""

    content: Mapping[str, Any]
    owner: str
    filename: str

    def numbers(self, name: str, dtype: np.dtype, lengths: tuple[int, ...]) -> NDArray:
        """Return an entry as one row of numbers; an array of one length, or nested lists."""
        values = _flat(self.content[name])
        if values is None or values.dtype.kind not in "biuf":
            raise self.error(name, "is no array of numbers")
        with np.errstate(invalid="ignore", over="ignore"):
            converted = values.astype(dtype)
        if dtype.kind in "iu" and not np.array_equal(converted, values):
            raise self.error(name, "holds what is no whole number")
        if len(converted) not in lengths:
            raise ShapeError(
                f"{self.filename!r}: {name!r} of {self.owner} has {len(converted)} values, "
                f"expected {' or '.join(map(str, dict.fromkeys(lengths)))}"
            )
        return converted

    def whole(self, name: str, *, least: int, below: int, n: int | None = None) -> NDArray:
        """Return an entry as whole numbers in a range; `n` of them."""
        found = _flat(self.content[name])
        length = (0 if found is None else len(found)) if n is None else n
        numbers = self.numbers(name, np.dtype(np.int64), (length,))
        if len(numbers) and not least <= numbers.min() <= numbers.max() < below:
            raise self.error(name, "holds numbers that cannot be")
        return numbers

    def error(self, name: str, what: str) -> ArgumentError:
        """Return an error about one entry."""
        return ArgumentError(
            f"{self.filename!r}: {name!r} of {self.owner} {what}",
            hint="the file is damaged, or was written by something else",
        )


def _flat(values: Any) -> NDArray | None:
    """Return numbers, an array, or lists in lists as one row; None if that cannot be."""
    try:
        if isinstance(values, np.ndarray) and values.dtype != object:
            return values.reshape(-1)
        if isinstance(values, list | tuple | np.ndarray) and any(
            isinstance(row, list | tuple | np.ndarray) for row in values
        ):
            rows = [np.asarray(row).reshape(-1) for row in values]
            return np.concatenate(rows) if rows else np.empty(0)
        return np.asarray(values).reshape(-1)
    except (TypeError, ValueError):
        return None


def warn_of_unknown(
    content: Mapping[str, Any], known: list[str], owner: str, filename: str
) -> None:
    """Tell which saved attributes an object does not have."""
    described = content.get("attributes")
    saved = [str(name) for name in described] if described is not None else []
    for name in saved:
        if name not in known:
            warn(f"{filename!r} holds {name!r} of {owner}, which it does not have: ignored")


__all__ = ["Held", "warn_of_unknown"]
