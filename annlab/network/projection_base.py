"""What the parts of a projection share: its ends, its synapses, and the moment to touch them.

`Projection` is put together of one class for each concern: its values, delays, learning,
dendrites and structural plasticity. They know each other through what is declared here.
"""

from __future__ import annotations

import numbers
import weakref
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from annlab.errors import StateError
from annlab.ir.definition import Synapse
from annlab.ir.model import Attribute, SynapseModel
from annlab.network.recipes import Recipe
from annlab.runtime import ageing
from annlab.runtime.state import ProjectionState

if TYPE_CHECKING:
    from annlab.network.monitor import Monitor
    from annlab.network.network import Network

T = TypeVar("T")


class ProjectionBase:
    """The fields of a projection, and how to reach its synapses."""

    pre: Any
    post: Any
    target: str | list[str]
    synapse_type: Synapse
    name: Any  # a property of Projection
    _network: Network
    _model: SynapseModel
    _recipe: Recipe | None
    _state: ProjectionState | None = None
    _flags: NDArray[np.int32]
    _monitors: weakref.WeakSet[Monitor]

    @property
    def _label(self) -> str:
        """How messages call the projection."""
        ends = (getattr(side, "name", "?") for side in (self.pre, self.post))
        return f"{self.name!r} ({' -> '.join(ends)})"

    def _connected(self) -> Recipe:
        if self._recipe is None:
            raise StateError(
                f"projection {self._label} is not connected",
                hint=f"call a connector, such as net.get_projection({self.name!r})."
                "all_to_all(weights=1.0)",
            )
        return self._recipe

    def _compiled(self, what: str) -> ProjectionState:
        if self._state is None:
            raise StateError(
                f"projection {self._label} is not compiled, so it has no {what} yet",
                hint="call compile() first",
            )
        return self._state

    def _settled(self, what: str, post: int | None = None) -> ProjectionState:
        """Return the state with all changes made, of all dendrites or of that of `post`."""
        state = self._compiled(what)
        structure = state.structure
        if structure is not None and structure.touches(post):
            self._now(lambda: None, post)
        return state

    def _now(self, function: Callable[[], T], post: int | None = None) -> T:
        """Do something while no step is under way, with all changes of synapses made.

        `post`: it concerns this dendrite alone, so changes of others may wait.
        """
        structure = None if self._state is None else self._state.structure
        if structure is None:
            return self._network._call(function)

        def settle_first() -> T:
            if structure.touches(post):
                structure.settle(self._network.current_step)
            return function()

        return self._network._call(settle_first)

    def _ages(self, names: Iterable[str]) -> bool:
        """Tell whether event-driven variables have to be brought to now before these are set."""
        state = self._state
        if state is None or not any(ageing.is_part_of(state.model, name) for name in names):
            return False
        ageing.solutions(state)  # reading the model takes time, and nothing waits yet
        return True

    def _bring_to_now(self, places: NDArray[np.int64] | None = None) -> None:
        """Let event-driven variables decay until now, at some places (None: all)."""
        network = self._network._require_state("bring event-driven variables to now")
        ageing.bring_to_now(self._compiled("values"), network, places)

    def _require_attribute(self, name: str) -> Attribute:
        raise NotImplementedError

    @staticmethod
    def _rank(side: Any, position: Any) -> int:
        """Return the rank of a neuron that is given by rank or coordinates."""
        if isinstance(position, numbers.Integral):
            return int(position)
        return int(population_of(side).rank_from_coordinates(position))


def population_of(side: Any) -> Any:
    """Return the population of a population or view."""
    # Asked of the class: a population answers for names that it does not have with what was meant.
    return side.population if hasattr(type(side), "population") else side


__all__ = ["ProjectionBase", "population_of"]
