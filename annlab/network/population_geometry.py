"""Where neurons are: the geometry of a population, and its neurons one by one or as views."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annlab.calls import public
from annlab.ir.definition import Neuron
from annlab.network import geometry as grid
from annlab.network.neuron import IndividualNeuron
from annlab.network.population_base import PopulationBase
from annlab.network.view import PopulationView


@public
class PopulationGeometry(PopulationBase):
    """Extents, ranks and coordinates, and the neurons that they choose."""

    @property
    def geometry(self) -> tuple[int, ...]:
        """Extents along each dimension; ``(size,)`` if it has one."""
        return self._geometry

    @property
    def size(self) -> int:
        """Number of neurons."""
        return self._size

    def __len__(self) -> int:
        return self._size

    @property
    def dimension(self) -> int:
        """Number of dimensions."""
        return len(self._geometry)

    @property
    def width(self) -> int:
        """Extent of the first dimension."""
        return self._extent(0)

    @property
    def height(self) -> int:
        """Extent of the second dimension, 1 if there is none."""
        return self._extent(1)

    @property
    def depth(self) -> int:
        """Extent of the third dimension, 1 if there is none."""
        return self._extent(2)

    def _extent(self, axis: int) -> int:
        return self._geometry[axis] if axis < len(self._geometry) else 1

    @property
    def ranks(self) -> NDArray[np.int32]:
        """0 ... size - 1."""
        return np.arange(self._size, dtype=np.int32)

    def rank_from_coordinates(self, coord: Sequence[int] | int, local: bool = False) -> int:
        """Return the rank of the neuron at `coord` (the last coordinate runs fastest).

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> sheet = net.create((3, 4), annlab.LeakyIntegrator)
        >>> sheet.rank_from_coordinates((1, 2))
        6
        """
        return grid.rank_from_coordinates(self._geometry, coord, self._label)

    def coordinates_from_rank(self, rank: int, local: bool = False) -> tuple[int, ...]:
        """Return the coordinates of the neuron of this rank.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> sheet = net.create((3, 4), annlab.LeakyIntegrator)
        >>> sheet.coordinates_from_rank(6)
        (1, 2)
        """
        return grid.coordinates_from_rank(self._geometry, rank, self._label)

    def normalized_coordinates_from_rank(self, rank: int, norm: float = 1.0) -> tuple[float, ...]:
        """Return the coordinates scaled to [0, norm] along each dimension.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> sheet = net.create((3, 5), annlab.LeakyIntegrator)
        >>> sheet.normalized_coordinates_from_rank(6)
        (0.5, 0.25)
        """
        return grid.normalized_coordinates(self._geometry, rank, norm, self._label)

    @property
    def neuron(self) -> Callable[..., IndividualNeuron]:
        """``pop.neuron(3)`` is one neuron, by rank or by coordinates.

        ``pop.neuron = model`` gives all neurons another model, also while the network runs: what is
        called as before keeps its value, and the old equations go on until the new ones are
        compiled. If the model is wrong, nothing changes. See `annlab.network.remodel`.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> sheet = net.create((3, 4), annlab.LeakyIntegrator)
        >>> sheet.neuron(6).rank, sheet.neuron(1, 2).rank
        (6, 6)
        """
        return self._neuron_at

    @neuron.setter
    def neuron(self, model: Neuron | type[Neuron]) -> None:
        from annlab.network.remodel import exchange_neuron  # models are rarely exchanged

        exchange_neuron([self._as_population()], model).warn()

    def _neuron_at(self, *coord: Any) -> IndividualNeuron:  # Any: rank, coordinates, or a tuple
        position = coord[0] if len(coord) == 1 else coord
        if isinstance(position, (int, np.integer)):
            return IndividualNeuron(
                self._as_population(), grid.check_rank(position, self._size, self._label)
            )
        return IndividualNeuron(self._as_population(), self.rank_from_coordinates(position))

    @property
    def neurons(self) -> Iterator[IndividualNeuron]:
        """The neurons one by one."""
        return (IndividualNeuron(self._as_population(), rank) for rank in range(self._size))

    def __iter__(self) -> Iterator[IndividualNeuron]:
        return self.neurons

    def __getitem__(self, index: Any) -> Any:  # a view, or one neuron for full coordinates
        is_position = isinstance(index, tuple) and all(
            isinstance(i, (int, np.integer)) for i in index
        )
        ranks, shape = grid.select(self._geometry, index, self._label)
        if is_position and len(index) == len(self._geometry) > 1:
            return IndividualNeuron(self._as_population(), int(ranks[0]))
        return PopulationView(self._as_population(), ranks, shape)


__all__ = ["PopulationGeometry"]
