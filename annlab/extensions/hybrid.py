"""Populations that translate rates into spikes and spikes into rates.

They are ordinary neurons with one ordinary projection of their own, so they run on every back
end; like all transmission, theirs takes one step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from annlab.calls import public
from annlab.errors import ArgumentError, ArgumentTypeError
from annlab.ir.definition import Neuron
from annlab.network.checks import read_number
from annlab.network.inputs_poisson import PoissonPopulation
from annlab.network.inputs_projections import DecodingProjection
from annlab.network.population import Population
from annlab.network.projection import Projection

if TYPE_CHECKING:
    from annlab.network.network import Network

_INPUT = "hybrid"
_MODES = ("window", "isi")

_WINDOW = "found = sum(hybrid)"
# The interval between the last two spikes counts until `cut` intervals pass without another one.
_INTERVALS = """
    is_spike = sum(hybrid) > 0.0 : bool
    interval = if is_spike: ite(has_spiked, age, 0.0) else: interval
    has_spiked = has_spiked or is_spike : bool
    age = if is_spike: dt else: age + dt
    found = if (interval > 0.0) and (age <= cut * interval): 1000.0 / interval else: 0.0
"""
_SMOOTHED = "smooth * dr/dt = scaling * found - r : exponential, min=0.0"


@public
class Rate2SpikePopulation(PoissonPopulation):
    """Let the neurons of a rate-coded population spike by chance, at ``scaling * r`` Hz.

    Parameters
    ----------
    population
        The rate-coded neurons; there is one spiking neuron for each.
    scaling
        Hz for a rate of 1.
    refractory
        Refractory period [ms].

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If the population is not rate-coded, or `scaling` no number of at least 0.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(seed=1)
    >>> rates = net.create(annlab.InputArray(1000))
    >>> rates.r = 0.5
    >>> cells = net.create(annlab.Rate2SpikePopulation(rates, scaling=40.0))
    >>> spikes = net.monitor(cells, "spike")
    >>> net.compile()
    >>> steps = net.simulate(500.0)
    >>> 19.0 < spikes.mean_fr() < 21.0
    True
    """

    def __init__(
        self,
        population: Population,
        name: str | None = None,
        scaling: float = 1.0,
        refractory: object = None,
        *,
        network: Network | None = None,
    ) -> None:
        _require(population, "Rate2SpikePopulation", is_spiking=False)
        super().__init__(
            population.geometry,
            name,
            rates=f"scaling * sum({_INPUT})",
            parameters={"scaling": read_number(scaling, "scaling", least=0.0)},
            refractory=refractory,
            network=population.network if network is None else network,
        )
        with self._withdrawn_if_refused():
            _join(Projection(population, self, _INPUT, network=self._network))

    def _arguments_in(self, network: Network) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return _with_source(*super()._arguments_in(network), network)


@public
class Spike2RatePopulation(Population):
    """Let rate-coded neurons follow the firing rates of spiking ones: ``r = scaling * rate``.

    Parameters
    ----------
    population
        The spiking neurons; there is one rate-coded neuron for each.
    mode
        "window": the spikes of the last `window` ms are counted; "isi": the interval between the
        last two spikes is inverted.
    window
        Duration [ms] of the count.
    scaling
        Rate for 1 Hz.
    smooth
        Time constant [ms] of the rate.
    cut
        In the mode "isi" the rate falls to 0 when no spike comes for so many intervals.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If the population is not spiking, the mode is unknown, or a number does not fit.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network()
    >>> cells = net.create(annlab.SpikeSourceArray([[k * 20.0 for k in range(50)]]))
    >>> rates = net.create(annlab.Spike2RatePopulation(cells, window=200.0, smooth=10.0))
    >>> net.compile()
    >>> steps = net.simulate(800.0)
    >>> rates.r.round(1)  # a spike every 20 ms
    array([50.])
    """

    def __init__(
        self,
        population: Population,
        name: str | None = None,
        mode: str = "window",
        window: float = 100.0,
        scaling: float = 1.0,
        smooth: float = 1.0,
        cut: float = 3.0,
        *,
        network: Network | None = None,
    ) -> None:
        _require(population, "Spike2RatePopulation", is_spiking=True)
        if mode not in _MODES:
            raise ArgumentError(
                f"a Spike2RatePopulation knows no mode {mode!r}", hint='use "window" or "isi"'
            )
        if not read_number(smooth, "smooth [ms]") > 0:
            raise ArgumentError(f"smooth is {smooth!r} ms", hint="give a time constant above 0")
        parameters = {
            "scaling": read_number(scaling, "scaling"),
            "smooth": float(smooth),
            "cut": read_number(cut, "cut", least=0.0),
        }
        is_count = mode == "window"
        neuron = Neuron(
            parameters={k: v for k, v in parameters.items() if k != "cut" or not is_count},
            equations=[_WINDOW if is_count else _INTERVALS, _SMOOTHED],
            name="Spikes to rates",
            description="Rates that follow those of spiking neurons.",
        )
        owner = population.network if network is None else network
        counted_ms = read_number(window, "window [ms]", least=0.0) if is_count else 0.0
        super().__init__(population.geometry, neuron, name, network=owner)
        with self._withdrawn_if_refused():
            _join(DecodingProjection(population, self, _INPUT, counted_ms, network=owner))

    def _arguments_in(self, network: Network) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return _with_source(*super()._arguments_in(network), network)


def _require(population: object, owner: str, *, is_spiking: bool) -> None:
    if not isinstance(population, Population):
        raise ArgumentTypeError(
            f"a {owner} follows a population, not {population!r}",
            hint=f"write {owner}(population)",
        )
    if population.model.is_spiking != is_spiking:
        kinds = {True: "spiking", False: "rate-coded"}
        raise ArgumentError(
            f"the neurons of a {owner} are {kinds[not is_spiking]}",
            hint=f"they have to be {kinds[is_spiking]}",
        )


def _join(projection: Projection) -> None:
    """Connect neuron by neuron; copies of the population make this projection anew."""
    projection.one_to_one(weights=1.0)
    projection._is_part = True


def _with_source(
    args: tuple[Any, ...], kwargs: dict[str, Any], network: Network
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the arguments of a translation of the same neurons in another network."""
    if args:
        return (network.get(args[0]), *args[1:]), kwargs
    return args, {**kwargs, "population": network.get(kwargs["population"])}


__all__ = ["Rate2SpikePopulation", "Spike2RatePopulation"]
