"""Neurons that spike by chance, each on its own: rates are fixed, computed, or given over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from annlab.calls import public
from annlab.errors import ArgumentError
from annlab.ir.definition import Neuron, Parameter, Parameters
from annlab.network.attributes import Place, is_single, one_value
from annlab.network.checks import read_flag, read_number
from annlab.network.distributions import RandomDistribution
from annlab.network.inputs_tables import Timed
from annlab.network.population import Population
from annlab.network.schedules import Schedule, require_rates, table_rows, warn_of_rates

if TYPE_CHECKING:
    from annlab.network.network import Network
    from annlab.runtime.state import PopulationState

SPIKE_BY_CHANCE = "p = Uniform(0.0, 1.0) * 1000.0 / dt"


@public
class PoissonPopulation(Population):
    """Neurons that spike by chance, independently in each step.

    Parameters
    ----------
    geometry
        Number of neurons or tuple of extents.
    rates
        Mean rates [Hz]: a number, one per neuron, or an equation, which may use `parameters`.
        Numbers are at least 0, here and where they are set later; where an equation is below 0,
        the neuron is silent.
    target
        Instead of `rates`: the weighted sum of rate-coded inputs of that name.
    parameters
        Of the equation.
    refractory
        Refractory period [ms].

    Raises
    ------
    ArgumentError
        If neither rates nor a target are given, or a rate is negative.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(seed=1, backend="reference")
    >>> noise = net.create(annlab.PoissonPopulation(1000, rates=20.0))
    >>> spikes = net.monitor(noise, "spike")
    >>> net.compile()
    >>> steps = net.simulate(500.0)
    >>> 19.0 < spikes.mean_fr() < 21.0
    True
    """

    def __init__(
        self,
        geometry: int | tuple[int, ...],
        name: str | None = None,
        rates: float | str | ArrayLike | None = None,
        target: str | None = None,
        parameters: Parameters = None,
        refractory: object = None,
        *,
        network: Network | None = None,
    ) -> None:
        if rates is None and target is None:
            raise ArgumentError(
                "a PoissonPopulation needs rates or a target",
                hint='write PoissonPopulation(100, rates=20.0), or target="exc"',
            )
        if rates is not None and target is not None:
            raise ArgumentError(
                "a PoissonPopulation was given rates and a target",
                hint="give one of them: the rates, or the name of the input that sets them",
            )
        is_equation = target is not None or isinstance(rates, str)
        rate_line = f"rates = sum({target})" if target is not None else f"rates = {rates}"
        equations = [rate_line, SPIKE_BY_CHANCE] if is_equation else [SPIKE_BY_CHANCE]
        given = parameters if parameters is not None else ""
        neuron = _RateDriven(
            parameters=given if is_equation else _with_rates(given, rates),
            equations=equations,
            spike="p < rates",
            refractory=refractory,
            name="Poisson",
            description="Neurons that spike by chance.",
        )
        super().__init__(geometry, neuron, name, network=network)
        if not is_equation and not is_single(rates):
            with self._withdrawn_if_refused():
                self.set({"rates": rates})
            if isinstance(rates, RandomDistribution):
                self._drawn = {"rates": self._values["rates"]}

    def _refuse(self, name: str, values: NDArray) -> None:
        # Of an equation a rate below 0 is silence, as wherever a sum of inputs is one.
        if name == "rates" and self._attribute(name).is_parameter:
            require_rates(values, f"PoissonPopulation {self.name!r}")
            if self._state is not None:  # before compile dt may still change
                warn_of_rates(values, self._network.dt, f"PoissonPopulation {self.name!r}")

    def _prepare(self, state: PopulationState) -> None:
        super()._prepare(state)
        if self._attribute("rates").is_parameter:
            rates = state.values["rates"][: self._count(self._attribute("rates"))]
            warn_of_rates(rates, self._network.dt, f"PoissonPopulation {self.name!r}")


class _RateDriven(Neuron):
    """A spiking neuron that may read weighted sums of rates."""

    reads_sums = True


def _with_rates(parameters: Parameters, rates: object) -> Parameters:
    """Add the parameter `rates`, one per neuron."""
    first = 0.0  # of many, which are set later
    if is_single(rates):
        place = Place("rates", "a PoissonPopulation")
        number = float(one_value(rates, np.dtype(float), place))
        first = read_number(number, f"{place} [Hz]", least=0.0)
    if isinstance(parameters, Mapping):
        return {**parameters, "rates": Parameter(first, locality="local")}
    lines = [parameters] if isinstance(parameters, str) else parameters
    if not (isinstance(lines, list | tuple) and all(isinstance(line, str) for line in lines)):
        return parameters  # no parameters at all: the neuron refuses them in words
    return "\n".join([*lines, f"rates = {first!r}"])


@public
class TimedPoissonPopulation(Timed):
    """Neurons that spike by chance, with rates that change at given times.

    Parameters
    ----------
    rates
        For each time one rate [Hz] of at least 0, or one per neuron.
    schedule
        The times [ms].
    period
        Begin again after so many ms; negative: never.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(seed=1, backend="reference")
    >>> wave = annlab.TimedPoissonPopulation(100, rates=[0.0, 100.0], schedule=[0.0, 100.0])
    >>> spikes = net.monitor(net.create(wave), "spike")
    >>> net.compile()
    >>> steps = net.simulate(200.0)
    >>> bool(spikes.get_spikes()[0].min() >= 100.0)
    True
    """

    def __init__(
        self,
        geometry: int | tuple[int, ...],
        rates: Sequence[float] | Sequence[Sequence[float]] | NDArray,
        schedule: Sequence[float],
        period: float = -1.0,
        name: str | None = None,
        *,
        network: Network | None = None,
    ) -> None:
        neuron = Neuron(
            parameters="rate_now = 0.0",
            equations=SPIKE_BY_CHANCE,
            spike="p < rate_now",
            name="Timed Poisson",
            description="Neurons that spike by chance with rates given over time.",
        )
        super().__init__(geometry, neuron, name, network=network)
        with self._withdrawn_if_refused():
            self._take(rates, schedule, period)

    def _take(self, rates: Any, schedule: Any, period: float) -> None:
        rows = table_rows(rates, self.size, f"TimedPoissonPopulation {self.name!r}")
        times = Schedule.read(schedule, period, len(rows), "TimedPoissonPopulation", exact=True)
        self._given_rates, self._times = rates, times
        self._given_rows = rows

    def _tables(self) -> dict[str, NDArray]:
        return {"rate_now": self._given_rows}

    def _prepare(self, state: PopulationState) -> None:
        warn_of_rates(self._given_rows, self._network.dt, f"TimedPoissonPopulation {self.name!r}")
        super()._prepare(state)

    @property
    def rates(self) -> Any:
        """The rates as they were given [Hz]."""
        return self._given_rates

    @property
    def schedule(self) -> float | list[float]:
        """The times of the rates [ms]."""
        return self._times.given

    @property
    def period(self) -> float:
        """Time after which the rates begin again [ms]; negative: never."""
        return self._times.period

    def update(
        self,
        rates: Any,
        schedule: Sequence[float] | None = None,
        period: float | None = None,
        reset: bool = True,
    ) -> None:
        """Follow other rates, until a reset; schedule and period stay unless given.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> noise = annlab.TimedPoissonPopulation(5, rates=[10.0, 20.0], schedule=[0.0, 50.0])
        >>> noise = net.create(noise)
        >>> noise.update([0.0, 1000.0], schedule=[0.0, 10.0], period=20.0)
        >>> noise.rates, noise.schedule, noise.period
        ([0.0, 1000.0], [0.0, 10.0], 20.0)
        """
        read_flag(reset, "reset of update()")
        self._take(
            rates,
            self._times.given if schedule is None else schedule,
            self._times.period if period is None else period,
        )
        self._replace_tables(reset=reset)

    def reset(self, attributes: Sequence[str] | None = None) -> None:
        """Begin again with the first of the rates that were there at compile.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> noise = annlab.TimedPoissonPopulation(5, rates=[0.0, 1000.0], schedule=[0.0, 5.0])
        >>> noise = net.create(noise)
        >>> net.compile()
        >>> net.simulate(10.0)
        10
        >>> noise.reset()  # silent again for 5 ms
        >>> net.step()
        >>> noise.spike
        array([], dtype=int32)
        """
        self._restart()
        super().reset(attributes)


__all__ = ["SPIKE_BY_CHANCE", "PoissonPopulation", "TimedPoissonPopulation"]
