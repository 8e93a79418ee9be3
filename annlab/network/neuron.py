"""One neuron of a population, read and written like an object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from annlab.calls import public
from annlab.network.attributes import names_and_values, set_together, unknown_attribute
from annlab.network.view import PopulationView

if TYPE_CHECKING:
    from annlab.network.population import Population


@public
class IndividualNeuron:
    """The neuron of one rank; its attributes are single numbers.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network()
    >>> sheet = net.create((2, 3), annlab.LeakyIntegrator(B=0.5))
    >>> one = sheet[1, 2]
    >>> one.B = 2.0
    >>> one.rank, one.B
    (5, 2.0)
    >>> (one + sheet.neuron(0)).ranks  # neurons join to views
    array([0, 5], dtype=int32)
    """

    def __init__(self, population: Population, rank: int) -> None:
        object.__setattr__(self, "population", population)
        object.__setattr__(self, "rank", int(rank))

    population: Population
    rank: int

    def get(self, name: str) -> Any:  # Any: float, int or bool
        """Return the value of an attribute.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(3, annlab.LeakyIntegrator(B=0.5))
        >>> cells.neuron(1).get("B")
        0.5
        """
        value = self.population._read_selected(name, self.rank)
        return value.item() if isinstance(value, np.generic) else value

    def set(self, values: dict[str, object]) -> None:
        """Set several attributes.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(3, annlab.LeakyIntegrator)
        >>> cells.neuron(1).set({"r": 0.5, "B": 1.0})
        >>> cells.r
        array([0. , 0.5, 0. ])
        """
        for name in names_and_values(values, repr(self)):
            self.population._attribute(name)
        with self.population.network._at_once():
            set_together(
                values,
                read=self.get,
                write=lambda name, value: setattr(self, name, value),
                restore=lambda name, value: self.population._restore(
                    name, value, np.array([self.rank])
                ),
            )

    def __getattr__(self, name: str) -> Any:  # Any: float, int or bool
        if name.startswith("_"):
            raise AttributeError(name)
        if self.population.model.attribute(name) is None:
            raise unknown_attribute(name, repr(self), self.population.attributes)
        return self.get(name)

    def __setattr__(self, name: str, value: object) -> None:
        if self.population.model.attribute(name) is None:
            raise unknown_attribute(name, repr(self), self.population.attributes)
        self.population._write(name, value, np.array([self.rank]))

    def __add__(self, other: object) -> PopulationView:
        return self._view() + other

    def _view(self) -> PopulationView:
        return PopulationView(self.population, [self.rank])

    def __repr__(self) -> str:
        return f"neuron {self.rank} of population {self.population.name!r}"
