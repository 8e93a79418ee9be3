"""Projections between rates and spikes: rates that flow as currents, spikes that are read as rates.

Both are ordinary projections with a synapse of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from annlab.calls import public, warn
from annlab.errors import ArgumentError, ArgumentTypeError, ShapeError
from annlab.ir.definition import Synapse
from annlab.ir.model import NeuronModel
from annlab.network.checks import read_number
from annlab.network.population import Population
from annlab.network.projection import Drawn, Projection
from annlab.network.recipes import (
    AllPairs,
    FixedNumber,
    FixedProbability,
    Gaussian,
    OneToOne,
    Recipe,
)
from annlab.network.view import PopulationView
from annlab.runtime.state import ProjectionState

if TYPE_CHECKING:
    from annlab.network.network import Network


@public
class CurrentInjection(Projection):
    """Let the rates of one population flow as currents into spiking neurons.

    In every step ``g_target`` of the i-th neuron grows by the rate of the i-th input.
    Weights and delays have no part in it.

    Raises
    ------
    ArgumentError
        If the first population is not rate-coded or the second not spiking.
    ShapeError
        If the two differ in size.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(backend="reference")
    >>> current = net.create(annlab.InputArray(1))
    >>> cell = net.create(1, annlab.Neuron("", "v = g_exc", spike="v > 99.0"))
    >>> flow = annlab.CurrentInjection(current, cell, "exc", network=net).connect_current()
    >>> current.r = 2.0
    >>> net.compile()
    >>> steps = net.simulate(3.0)
    >>> cell.v
    array([2.])
    """

    def __init__(
        self,
        pre: Any,
        post: Any,
        target: str,
        name: str | None = None,
        *,
        network: Network | None = None,
    ) -> None:
        _require_type(pre, post, "CurrentInjection", pre_spiking=False, post_spiking=True)
        if len(pre.ranks) != len(post.ranks):
            raise ShapeError(
                f"a CurrentInjection joins {len(pre.ranks)} neurons to {len(post.ranks)}",
                why="each input belongs to one neuron",
                hint="use populations or views of one size",
            )
        super().__init__(pre, post, target, Synapse(psp="pre.r"), name, network=network)

    def connect_current(self) -> Self:
        """Connect each input to its neuron.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> current = net.create(annlab.InputArray(2))
        >>> cells = net.create(2, annlab.Neuron(equations="v = g_exc", spike="v > 99.0"))
        >>> injection = annlab.CurrentInjection(current, cells, "exc", network=net)
        >>> injection = injection.connect_current()
        >>> current.r = [1.0, 2.0]
        >>> net.compile()
        >>> net.simulate(2.0)
        2
        >>> cells.v
        array([1., 2.])
        """
        return self.one_to_one(weights=1.0)

    def _use(self, recipe: Recipe) -> Self:
        if isinstance(recipe, AllPairs | FixedProbability | FixedNumber | Gaussian):
            raise ArgumentError(
                f"CurrentInjection {self._label} cannot be connected by {recipe.name}",
                why="each input belongs to one neuron",
                hint="call connect_current()",
            )
        if isinstance(recipe, OneToOne) and recipe.weights != 1.0:
            warn(
                f"CurrentInjection {self._label}: weights have no effect; scale the rate of the "
                "inputs"
            )
        return super()._use(recipe)


@public
class DecodingProjection(Projection):
    """Turn spikes into rates: weighted mean firing rates [Hz] of the inputs.

    A dendrite receives, per step, the sum of the weights of all spikes of the last `window`,
    divided by the duration and by its number of synapses. Delays have no part in it.

    Parameters
    ----------
    window
        Duration [ms] over which spikes are counted; 0: one step.

    Raises
    ------
    ArgumentError
        If the first population is not spiking, the second not rate-coded, or the window negative.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(backend="reference")
    >>> source = net.create(annlab.SpikeSourceArray([1.0, 2.0]))
    >>> reader = net.create(1, annlab.Neuron("", "r = sum(exc)"))
    >>> decoded = annlab.DecodingProjection(source, reader, "exc", window=10.0, network=net)
    >>> decoded = decoded.one_to_one(weights=1.0)
    >>> net.compile()
    >>> steps = net.simulate(6.0)
    >>> reader.r  # two spikes in 10 ms
    array([200.])
    >>> decoded.window
    10.0
    """

    def __init__(
        self,
        pre: Any,
        post: Any,
        target: str,
        window: float = 0.0,
        name: str | None = None,
        *,
        network: Network | None = None,
    ) -> None:
        _require_type(pre, post, "DecodingProjection", pre_spiking=True, post_spiking=False)
        self._window_ms = read_number(window, "the window of a DecodingProjection [ms]", least=0.0)
        super().__init__(pre, post, target, None, name, network=network)

    @property
    def window(self) -> float:
        """Duration over which spikes are counted [ms]."""
        return self._window_ms

    def _check_types(self) -> None:
        """Types are checked by the constructor: spikes onto rate-coded neurons are wanted."""

    def _new_state(self, drawn: Drawn) -> ProjectionState:
        state = super()._new_state(drawn)
        state.decoding_window = max(1, round(self._window_ms / self._network.dt))
        return state


_KINDS = {True: "spiking", False: "rate-coded"}
_JOINED_BY = {  # (are the presynaptic neurons spiking, are the postsynaptic ones)
    (False, True): "use a CurrentInjection",
    (True, False): "use a DecodingProjection",
    (False, False): "use an ordinary projection: net.connect(pre, post, target)",
    (True, True): "use an ordinary projection: net.connect(pre, post, target)",
}


def _require_type(
    pre: Any, post: Any, owner: str, *, pre_spiking: bool, post_spiking: bool
) -> None:
    found: list[bool] = []
    for side in (pre, post):
        if not isinstance(side, Population | PopulationView):
            raise ArgumentTypeError(
                f"a {owner} joins populations, not {side!r}", hint="give a population or a view"
            )
        model: NeuronModel = side.model
        found.append(model.is_spiking)
    expected, (from_spiking, to_spiking) = (pre_spiking, post_spiking), found
    if (from_spiking, to_spiking) != expected:
        raise ArgumentError(
            f"a {owner} does not join {pre.name!r} ({_KINDS[from_spiking]}) to {post.name!r} "
            f"({_KINDS[to_spiking]})",
            why=f"it joins {_KINDS[pre_spiking]} neurons to {_KINDS[post_spiking]} ones",
            hint=_JOINED_BY[from_spiking, to_spiking],
        )


__all__ = ["CurrentInjection", "DecodingProjection"]
