"""What the parts of a population share: its model, its size, and what compile made of it.

`Population` is put together of one class for each concern: its values, its geometry, its activity,
and how it is switched off and back. They know each other through what is declared here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from numpy.typing import NDArray

from annlab.errors import StateError
from annlab.ir.definition import Neuron
from annlab.ir.model import NeuronModel
from annlab.runtime.state import PopulationState

if TYPE_CHECKING:
    from annlab.network.network import Network
    from annlab.network.population import Population


class PopulationBase:
    """The fields of a population, and how messages call it."""

    _network: Network
    _geometry: tuple[int, ...]
    _size: int
    _definition: Neuron
    _model: NeuronModel
    _values: dict[str, NDArray]  # set before compile; afterwards: what reset restores
    _state: PopulationState | None
    attributes: Any  # a property of PopulationValues, as the next is a method of it
    get: Any

    @property
    def _label(self) -> str:
        return f"population {self.__dict__.get('_name', '')!r}"

    def _require_state(self, what: str) -> PopulationState:
        if self._state is None:
            raise StateError(
                f"{self._label}: {what} needs a compiled network", hint="call compile() first"
            )
        return self._state

    def _as_population(self) -> Population:
        """Return the whole of which this class is a part."""
        return cast("Population", self)


__all__ = ["PopulationBase"]
