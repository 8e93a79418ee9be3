"""Where receptive fields lie in a picture: in a grid, each below the rank of its neuron.

Takes how many fields there are and how large they are, returns cells and pixels. Knows
neither synapses nor figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

INNER = (250, 480)  # pixels of the longer side: with few fields, with many
PITCH = 44  # pixels from one field to the next, if there is room
LABEL = 14  # pixels above a field, for its rank
GAP = 5  # pixels between two fields beside one another


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldGrid:
    """Fields of ``shape`` cells for the neurons `ranks`, `across` of them beside one another.

    `gap` is how many rows are free above each field, and how many columns between two. The sender
    of row and column (i, j) of a field has the rank ``i * shape[1] + j``; if `is_folded`, its
    population has not two dimensions, and row and column mean nothing.
    """

    ranks: tuple[int, ...]
    across: int
    shape: tuple[int, int]
    gap: tuple[int, int]
    is_folded: bool

    @property
    def down(self) -> int:
        return -(-len(self.ranks) // self.across)

    @property
    def cells(self) -> tuple[int, int]:
        """Rows and columns of the whole picture."""
        rows = self.down * (self.shape[0] + self.gap[0])
        columns = self.across * (self.shape[1] + self.gap[1]) - self.gap[1]
        return rows, columns

    @property
    def inner(self) -> int:
        """The pixels of the picture's longer side."""
        return _inner(max(self.down, self.across))

    def corner(self, index: int) -> tuple[int, int]:
        """Return row and column of the first cell of a field."""
        row, column = divmod(index, self.across)
        top = row * (self.shape[0] + self.gap[0]) + self.gap[0]
        return top, column * (self.shape[1] + self.gap[1])


def field_grid(
    ranks: Sequence[int], across: int, shape: tuple[int, int], *, is_folded: bool
) -> FieldGrid:
    """Return the grid whose gaps have room for labels.

    Examples
    --------
    >>> grid = field_grid([3, 7, 8], 2, (20, 20), is_folded=False)
    >>> grid.gap, grid.cells, grid.corner(2)
    ((3, 1), (46, 41), (26, 0))
    """
    down = -(-len(ranks) // across)
    pitch = _inner(max(down, across)) / max(down, across)
    label, gap = min(LABEL, pitch / 3), min(GAP, pitch / 5)
    above = max(1, -(-shape[0] * label // (pitch - label)))
    beside = max(1, -(-shape[1] * gap // (pitch - gap)))
    return FieldGrid(
        ranks=tuple(ranks),
        across=across,
        shape=shape,
        gap=(int(above), int(beside)),
        is_folded=is_folded,
    )


def _inner(n: int) -> int:
    """Return the pixels of the side with the most fields."""
    return min(max(INNER[0], n * PITCH), INNER[1])
