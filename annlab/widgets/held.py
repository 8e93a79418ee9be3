"""Hold parts of a network weakly.

A notebook keeps whatever a cell showed, and nobody can tell it to let go. If that knew a network,
each run of the cells that build one would leave all its synapses in memory.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from annlab.errors import StateError
from annlab.network.population import Population
from annlab.network.projection import Projection
from annlab.network.recorders import whole_of
from annlab.network.view import PopulationView

Part = TypeVar("Part", bound=Population | PopulationView | Projection)


class Held(Generic[Part]):
    """A population, a view of one or a projection, for as long as its network is there.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(backend="reference")
    >>> cells = net.create(10, annlab.Izhikevich, name="cells")
    >>> Held(cells[2:5]).part.ranks
    array([2, 3, 4], dtype=int32)
    """

    def __init__(self, part: Part) -> None:
        self._name = part.name
        self._whole = weakref.ref(whole_of(part))
        self._find: Callable[[], Part | None] = _finder(part)

    @property
    def whole(self) -> Population | Projection | None:
        """The projection, or the population that it is or is a part of; None once it is gone."""
        return self._whole()

    @property
    def is_gone(self) -> bool:
        """True once it was deleted, as a rule with its network."""
        return self._whole() is None

    @property
    def part(self) -> Part:
        """What is held.

        Raises
        ------
        StateError
            If its network was deleted.
        """
        found = self._find()
        if found is None:
            raise StateError(
                f"'{self._name}' is gone, and its network with it",
                hint="run the cell again that made this panel",
            )
        return found


# Any: it finds what it was given, a view for a view.
def _finder(part: Any) -> Callable[[], Any]:
    if not isinstance(part, PopulationView):
        return weakref.ref(part)
    # A view is made anew: nobody else may hold this one.
    population, ranks, geometry = weakref.ref(part.population), part.ranks, part.geometry

    def find() -> PopulationView | None:
        found = population()
        return None if found is None else PopulationView(found, ranks, geometry)

    return find


def forgetful(method: Callable[[], object]) -> Callable[[], None]:
    """Return a function that calls a method while somebody else knows its object."""
    weak = weakref.WeakMethod(method)

    def call() -> None:
        bound = weak()
        if bound is not None:
            bound()

    return call
