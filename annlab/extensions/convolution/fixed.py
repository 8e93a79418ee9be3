"""What projections of this package share: synapses that stay as their pattern has laid them out."""

from __future__ import annotations

from typing import Any

from annlab.errors import ArgumentError, StateError
from annlab.network.projection import Projection
from annlab.network.projection_base import population_of
from annlab.runtime.state import ProjectionState

DEFAULT_PSP = "pre.r * w"


class Fixed(Projection):
    """A projection that is not saved, and whose synapses neither come nor go."""

    is_saveable = False

    @property
    def _is_structural(self) -> bool:
        return False

    def _changeable(self, what: str) -> ProjectionState:
        raise StateError(
            f"synapses of projection {self._label} cannot be {what}",
            why=f"those of a {type(self).__name__} are given by its pattern",
        )


def require_rate_coded(pre: Any, post: Any, owner: str) -> None:
    """Refuse spiking neurons on either side."""
    for side, what in ((pre, "pre"), (post, "post")):
        population = population_of(side)
        if hasattr(population, "_model") and population._model.is_spiking:
            raise ArgumentError(
                f"the {what}synaptic neurons of a {owner} are spiking",
                hint="they have to be rate-coded",
            )


__all__ = ["DEFAULT_PSP", "Fixed", "require_rate_coded"]
