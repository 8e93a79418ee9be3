"""Views: some neurons of a population, read, written and connected as a group."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from annlab.calls import public
from annlab.errors import ArgumentError, ArgumentTypeError, ShapeError, UnknownObjectError
from annlab.network import geometry as grid
from annlab.network.attributes import (
    names_and_values,
    refuse_fixed,
    set_together,
    unknown_attribute,
)
from annlab.network.checks import read_flag
from annlab.network.copies import copied

if TYPE_CHECKING:
    from annlab.ir.model import NeuronModel
    from annlab.network.network import Network
    from annlab.network.neuron import IndividualNeuron
    from annlab.network.population import Population


@public
class PopulationView:
    """Some neurons of a population.

    Parameters
    ----------
    population
        Whose neurons they are.
    ranks
        Ranks in the population.
    geometry
        The shape in which they lie, if they form a block.

    Raises
    ------
    ArgumentError
        If the ranks are not one list.
    UnknownObjectError
        If the population has no neuron of a rank.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(backend="reference")
    >>> cells = net.create((2, 5), annlab.LeakyIntegrator, name="cells")
    >>> part = cells[0:2, 1:3]
    >>> part.B = 2.0
    >>> cells.B
    array([[0., 2., 2., 0., 0.],
           [0., 2., 2., 0., 0.]])
    >>> part.ranks, part.geometry, part.size
    (array([1, 2, 6, 7], dtype=int32), (2, 2), 4)
    >>> (part + cells.neuron(9)).ranks
    array([1, 2, 6, 7, 9], dtype=int32)
    >>> [neuron.rank for neuron in part.neurons]
    [1, 2, 6, 7]
    >>> part.population is cells, part.network is net, part.name, part.id
    (True, True, 'cells', 0)
    >>> part.attributes, part.parameters, part.variables, part.targets
    (['tau', 'B', 'T', 'v', 'r'], ['tau', 'B', 'T'], ['v', 'r'], [])
    >>> part.neuron_type.name, part.model.is_spiking
    ('Leaky integrator', False)
    """

    def __init__(
        self,
        population: Population,
        ranks: Iterable[int],
        geometry: tuple[int, ...] | None = None,
    ) -> None:
        if not hasattr(population, "rank_from_coordinates"):
            raise ArgumentTypeError(
                f"a view shows a population, not {population!r}",
                hint="write PopulationView(population, ranks)",
            )
        chosen = _read_ranks(ranks)
        if len(chosen) and not 0 <= chosen.min() <= chosen.max() < population.size:
            raise UnknownObjectError(
                f"population {population.name!r} has no neuron of rank "
                f"{chosen.min() if chosen.min() < 0 else chosen.max()}",
                why=f"its ranks are 0 to {population.size - 1}",
            )
        if geometry is not None and math.prod(geometry) != len(chosen):
            raise ShapeError(
                f"a view of {len(chosen)} neurons cannot have the geometry {tuple(geometry)}",
                hint="leave it out, or give one whose extents multiply to the number of neurons",
            )
        self._population = population
        self._ranks = chosen.astype(np.int32)
        self._geometry = None if geometry is None else tuple(geometry)
        self._is_built = True

    # -- identity -----------------------------------------------------------------

    @property
    def population(self) -> Population:
        """The population that it is a part of."""
        return self._population

    @property
    def network(self) -> Network:
        """The network of the population."""
        return self._population.network

    @property
    def _network(self) -> Network:
        return self._population.network

    @property
    def ranks(self) -> NDArray[np.int32]:
        """Ranks of the neurons in the population."""
        return self._ranks.copy()

    @property
    def geometry(self) -> tuple[int, ...] | None:
        """The shape of the block, None if the neurons form none."""
        return self._geometry

    @property
    def size(self) -> int:
        """Number of neurons in the view."""
        return len(self._ranks)

    def __len__(self) -> int:
        return len(self._ranks)

    @property
    def name(self) -> str:
        """The name of the population."""
        return self._population.name

    @property
    def id(self) -> int:
        """The number of the population."""
        return self._population.id

    @property
    def model(self) -> NeuronModel:
        """The analysed model of the population."""
        return self._population.model

    @property
    def neuron_type(self) -> Any:  # Neuron; named by the population
        """The `Neuron` of the population."""
        return self._population.neuron_type

    @property
    def targets(self) -> list[str]:
        """Targets of the projections that end at the population."""
        return self._population.targets

    @property
    def attributes(self) -> list[str]:
        """Names of all attributes: parameters, then variables."""
        return self._population.attributes

    @property
    def parameters(self) -> list[str]:
        """Names of the parameters of the model."""
        return self._population.parameters

    @property
    def variables(self) -> list[str]:
        """Names of the variables of the model."""
        return self._population.variables

    # -- values -------------------------------------------------------------------

    def get(self, name: str) -> Any:
        """Return a copy of the neurons' values, one-dimensional; one number if global.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(4, annlab.LeakyIntegrator)
        >>> cells[1:3].B = [1.0, 2.0]
        >>> cells[1:3].get("B")
        array([1., 2.])
        >>> cells.B
        array([0., 1., 2., 0.])
        """
        return self._population._read_selected(name, self._ranks)

    def set(self, values: Mapping[str, object]) -> None:
        """Set several attributes: all of them, or none if one does not fit.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(4, annlab.Neuron("drive = 0.0", "r = drive"))
        >>> cells[:2].set({"drive": 1.0, "r": 0.5})
        >>> cells.drive
        array([1., 1., 0., 0.])
        """
        for name in names_and_values(values, repr(self)):
            self._population._attribute(name)
        with self.network._at_once():
            set_together(
                values,
                read=self.get,
                write=lambda name, value: self._population._write(name, value, self._ranks),
                restore=lambda name, value: self._population._restore(name, value, self._ranks),
            )

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.attributes]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if self._population.model.attribute(name) is None:
            raise unknown_attribute(name, repr(self), self.attributes)
        return copied(self.get(name), f"write view[i].{name} = value, or set {name} as a whole")

    def __setattr__(self, name: str, value: object) -> None:
        if "_is_built" not in self.__dict__ or name.startswith("_"):
            object.__setattr__(self, name, value)
        elif hasattr(type(self), name):
            refuse_fixed(self, name, f"the {self!r}")
            object.__setattr__(self, name, value)
        elif self._population.model.attribute(name) is not None:
            self._population._write(name, value, self._ranks)
        else:
            raise unknown_attribute(name, repr(self), self.attributes)

    def sum(self, target: str = "") -> NDArray:
        """Return the last weighted sums of these neurons.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> source = net.create(annlab.InputArray(3))
        >>> source.r = [1.0, 2.0, 3.0]
        >>> cells = net.create(3, annlab.LeakyIntegrator)
        >>> proj = net.connect(source, cells, "exc").one_to_one(0.5)
        >>> net.compile()
        >>> net.step()
        >>> cells[1:].sum("exc")
        array([1. , 1.5])
        """
        return self._population.sum(target).ravel()[self._ranks]

    @property
    def spike(self) -> NDArray[np.int32]:
        """Ranks (in the population) of these neurons that spiked in the last step.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> source = net.create(annlab.SpikeSourceArray([[1.0], [0.0], [0.0]]))
        >>> net.compile()
        >>> net.step()
        >>> source[1:].spike  # ranks in the population
        array([1, 2], dtype=int32)
        """
        spikes = self._population.spike
        return spikes[np.isin(spikes, self._ranks)]

    # -- geometry -----------------------------------------------------------------

    def rank_from_coordinates(self, coord: Any, local: bool = False) -> int:
        """Return the rank at `coord`, in the population or (`local`) in the view.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> sheet = net.create((3, 4), annlab.LeakyIntegrator)
        >>> block = sheet[1:3, 2:4]
        >>> block.rank_from_coordinates((1, 2)), block.rank_from_coordinates((0, 0), local=True)
        (6, 0)
        """
        if not read_flag(local, "local"):
            return self._population.rank_from_coordinates(coord)
        return grid.rank_from_coordinates(self._block(), coord, repr(self))

    def coordinates_from_rank(self, rank: int, local: bool = False) -> tuple[int, ...]:
        """Return the coordinates of a rank, in the population or (`local`) in the view.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> sheet = net.create((3, 4), annlab.LeakyIntegrator)
        >>> block = sheet[1:3, 2:4]
        >>> block.coordinates_from_rank(6), block.coordinates_from_rank(0, local=True)
        ((1, 2), (0, 0))
        """
        if not read_flag(local, "local"):
            return self._population.coordinates_from_rank(rank)
        return grid.coordinates_from_rank(self._block(), rank, repr(self))

    def _block(self) -> tuple[int, ...]:
        if self._geometry is None:
            raise ArgumentError(
                f"{self!r} has no geometry", hint="select a block: population[a:b, c:d]"
            )
        return self._geometry

    # -- neurons ------------------------------------------------------------------

    def neuron(self, rank: int) -> IndividualNeuron:
        """Return the neuron at a position of the view.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(10, annlab.LeakyIntegrator)
        >>> cells[4:8].neuron(1).rank
        5
        """
        position = grid.check_rank(rank, self.size, repr(self))
        return self._population.neuron(int(self._ranks[position]))

    @property
    def neurons(self) -> Iterator[IndividualNeuron]:
        """The neurons of the view, one by one."""
        return (self._population.neuron(int(rank)) for rank in self._ranks)

    def __iter__(self) -> Iterator[IndividualNeuron]:
        return self.neurons

    def __getitem__(self, index: Any) -> PopulationView:
        ranks, _ = grid.select((self.size,), index, repr(self))
        return PopulationView(self._population, self._ranks[ranks])

    def __add__(self, other: object) -> PopulationView:
        """Return the union of two views of one population."""
        ranks = other.ranks if isinstance(other, PopulationView) else getattr(other, "rank", None)
        if ranks is None:
            raise ArgumentTypeError(f"{self!r} cannot be joined with {other!r}")
        owner = other.population  # type: ignore[attr-defined]  # views and neurons have one
        if owner is not self._population:
            raise ArgumentError(
                f"neurons of populations {self.name!r} and {owner.name!r} cannot form one view",
                hint="connect them with two projections",
            )
        return PopulationView(self._population, np.union1d(self._ranks, ranks))

    def __repr__(self) -> str:
        return f"view of {self.size} neurons of population {self.name!r}"


def _read_ranks(ranks: Any) -> NDArray[np.int64]:
    """Return the ranks of a view, which are one list of whole numbers."""
    try:
        given = np.asarray(ranks if isinstance(ranks, np.ndarray) else list(ranks))
    except (TypeError, ValueError):
        given = np.array("no list")
    are_numbers = given.ndim == 1 and given.dtype.kind in "iuf"
    whole = given.astype(np.int64) if are_numbers else None
    if whole is None or not np.array_equal(whole, given):
        raise ArgumentError(
            f"the ranks of a view are {ranks!r}", hint="give one list of whole numbers"
        )
    return whole


__all__ = ["PopulationView"]
