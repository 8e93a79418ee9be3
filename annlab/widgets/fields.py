"""Where synapses lie in a picture: as a matrix, or as receptive fields."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from annlab.network.population import Population
from annlab.network.projection_base import population_of
from annlab.network.view import PopulationView
from annlab.widgets.field_grid import field_grid
from annlab.widgets.given import read_few_ranks
from annlab.widgets.source import Synapses

# A picture has at most so many cells on a side; more are put together.
MAX_SIDE = 300
MAX_FIELDS = 100

Neurons = Population | PopulationView


class _Cells:
    """Sums synapses into cells; remembers which cell belongs to which synapse."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self._shape = shape
        self._pre: object = None
        self._index = np.empty(0, np.int64)
        self._counts = np.empty(0)

    def means(
        self, synapses: Synapses, place: tuple[NDArray[np.integer], NDArray[np.integer]] | None
    ) -> NDArray[np.floating]:
        """Return the mean in each cell, NaN in empty ones; `place` is None if it is known."""
        n = self._shape[0] * self._shape[1]
        if place is not None:
            rows, columns = place
            inside = (rows >= 0) & (columns >= 0)
            # Everything that is not shown is counted in one cell too many.
            self._index = np.where(inside, rows * self._shape[1] + columns, n)
            self._counts = np.bincount(self._index, minlength=n + 1)[:n]
            self._pre = synapses.pre
        sums = np.bincount(self._index, weights=synapses.values, minlength=n + 1)[:n]
        with np.errstate(invalid="ignore"):
            return (sums / self._counts).reshape(self._shape)

    def knows(self, synapses: Synapses) -> bool:
        return self._pre is synapses.pre


class MatrixLayout:
    """Rows are postsynaptic, columns presynaptic."""

    axis_names = ("postsynaptic", "presynaptic")
    grid = None

    def __init__(self, n_post: int, n_pre: int) -> None:
        self.extent = (n_pre, n_post)
        self._cells = _Cells((min(n_post, MAX_SIDE), min(n_pre, MAX_SIDE)))

    def cells(self, synapses: Synapses) -> NDArray[np.floating]:
        place = None
        if not self._cells.knows(synapses):
            n_rows, n_columns = self._cells._shape
            place = (
                synapses.post.astype(np.int64) * n_rows // self.extent[1],
                synapses.pre.astype(np.int64) * n_columns // self.extent[0],
            )
        return self._cells.means(synapses, place)


class FieldLayout:
    """One field for each postsynaptic neuron, with room between them and for their ranks."""

    def __init__(self, pre: Neurons, post: Neurons, ranks: Sequence[int] | None) -> None:
        pre, post = population_of(pre), population_of(post)
        n_post = post.size
        if ranks is None:
            chosen = np.arange(min(n_post, MAX_FIELDS))
        else:
            few = read_few_ranks(ranks, post.name, n_post, most=n_post, view="picture of fields")
            chosen = np.asarray(few)
        self.axis_names = ("", f"neurons of {post.name}")
        shape = _extents(pre.geometry, pre.size)
        is_whole = ranks is None and len(chosen) == n_post
        _, across = _extents(post.geometry if is_whole else None, len(chosen))
        is_folded = pre.geometry is None or len(pre.geometry) != 2
        self.grid = field_grid(chosen.tolist(), across, shape, is_folded=is_folded)
        # Of each postsynaptic neuron, the first cell of its field; -1 where it has none.
        self._corners = np.full((n_post, 2), -1, np.int64)
        self._corners[chosen] = [self.grid.corner(k) for k in range(len(chosen))]
        rows, columns = self.grid.cells
        self.extent = (columns, rows)
        self._cells = _Cells((rows, columns))

    def cells(self, synapses: Synapses) -> NDArray[np.floating]:
        place = None
        if not self._cells.knows(synapses):
            top, left = self._corners[synapses.post].T
            row, column = np.divmod(synapses.pre.astype(np.int64), self.grid.shape[1])
            is_shown = top >= 0
            place = (np.where(is_shown, top + row, -1), np.where(is_shown, left + column, -1))
        return self._cells.means(synapses, place)


def _extents(geometry: tuple[int, ...] | None, n: int) -> tuple[int, int]:
    """Return the geometry if it has two dimensions, else a nearly square block for `n`."""
    if geometry is not None and len(geometry) == 2:
        return geometry[0], geometry[1]
    columns = max(1, int(np.ceil(np.sqrt(n))))
    return -(-n // columns), columns
