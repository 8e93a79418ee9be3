"""Where a projection draws from: a key, what draws with it, and a generator for the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from annlab.runtime.drawing import plain
from annlab.runtime.drawing.laws import Law, Purpose
from annlab.runtime.drawing.plain import Key

if TYPE_CHECKING:
    from annlab.runtime.backends import Rows

WORDS = 4


class Drawing(Protocol):
    """What draws; the module `annlab.runtime.drawing.plain` says what comes out."""

    def bernoulli(
        self,
        key: Key,
        n_rows: int,
        n_columns: int,
        probability: float,
        excluded: NDArray[np.int64] | None = None,
    ) -> tuple[NDArray[np.int64], NDArray]:
        """Return (entries per row, columns) where each pair exists with `probability` < 1."""
        ...

    def choice(
        self,
        key: Key,
        n_rows: int,
        n_columns: int,
        number: int,
        excluded: NDArray[np.int64] | None = None,
    ) -> NDArray:
        """Return (n_rows, number) distinct columns per row, ascending."""
        ...

    def fill(self, out: NDArray, law: Law, key: Key, purpose: Purpose, first: int = 0) -> None:
        """Write the values of the positions that begin with `first`."""
        ...

    def transposed(
        self, counts: NDArray[np.int64], columns: NDArray, n_columns: int
    ) -> tuple[NDArray[np.int64], NDArray]:
        """Return (entries per row, columns) of the transposed pattern."""
        ...

    def cut_rows(
        self, row_ptr: NDArray[np.int64], delays: NDArray[np.int32], sorted_too: Sequence[NDArray]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
        """Sort rows by delay, in place, and cut them where it changes."""
        ...


@dataclass(frozen=True, slots=True)
class Source:
    """What one projection draws from.

    Attributes
    ----------
    key
        Of all that is drawn by position.
    generator
        For distributions that are not.
    drawing
        What draws on the host.
    rows
        What draws whole projections elsewhere, if anything does.
    """

    key: Key
    generator: np.random.Generator
    drawing: Drawing = plain
    rows: Rows | None = None

    @classmethod
    def below(
        cls, parent: np.random.Generator, drawing: Drawing = plain, rows: Rows | None = None
    ) -> Source:
        """Return a source of its own; its seed is drawn from `parent`."""
        words = parent.integers(0, 1 << 32, size=WORDS, dtype=np.uint32)
        return cls((int(words[0]), int(words[1])), np.random.default_rng(words), drawing, rows)
