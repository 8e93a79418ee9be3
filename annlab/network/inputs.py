"""Populations and projections that bring data into a network.

All of them are ordinary neurons or synapses: their equations are text, and data
given over time are tables that the running network reads (`TimedTable`,
`SpikeTable`). New data replace the tables between two slices of a run.
"""

from __future__ import annotations

import numbers
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from annlab.calls import public, warn
from annlab.errors import ArgumentError, ArgumentTypeError, ShapeError, StateError
from annlab.ir.definition import Neuron, Parameter, Parameters, Synapse
from annlab.ir.model import NeuronModel
from annlab.network.attributes import Place, is_single, one_value
from annlab.network.checks import read_flag, read_number
from annlab.network.copies import copied
from annlab.network.distributions import RandomDistribution
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
from annlab.network.schedules import (
    Schedule,
    rates_as_array,
    rectified_gaussian,
    require_rates,
    table_rows,
)
from annlab.network.view import PopulationView
from annlab.runtime.state import (
    PopulationState,
    ProjectionState,
    SpikeTable,
    TimedTable,
)

if TYPE_CHECKING:
    from annlab.network.network import Network

_ROUNDING = 1e-9  # of times [ms] that were computed
_NO_STEP = 2.0**62  # later than any network runs
_SPIKE_BY_CHANCE = "p = Uniform(0.0, 1.0) * 1000.0 / dt"


@public
class InputArray(Population):
    """Rate-coded neurons whose rates `r` are set by the user and kept.

    Parameters
    ----------
    geometry
        Number of neurons or tuple of extents.

    Raises
    ------
    ArgumentError
        If no geometry is given.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(backend="reference")
    >>> image = net.create(annlab.InputArray((2, 2)))
    >>> image.r = [[0.0, 1.0], [1.0, 0.0]]
    >>> net.compile()
    >>> steps = net.simulate(5.0)
    >>> image.r
    array([[0., 1.],
           [1., 0.]])
    """

    def __init__(
        self,
        geometry: int | tuple[int, ...] | None = None,
        name: str | None = None,
        *,
        network: Network | None = None,
    ) -> None:
        if geometry is None:
            raise ArgumentError("an InputArray needs a geometry", hint="write InputArray(100)")
        neuron = Neuron(equations="r = r", name="Input array", description="Rates set by hand.")
        super().__init__(geometry, neuron, name, network=network)


class _Timed(Population):
    """A population some of whose attributes follow tables of values over time.

    Sub-classes say which rows are in force (`_tables`) and keep what the user gave.
    """

    _times: Schedule

    def _tables(self) -> dict[str, NDArray]:
        """Return the rows (n_rows, n) of each driven attribute."""
        raise NotImplementedError

    def _prepare(self, state: PopulationState) -> None:
        for name, rows in self._tables().items():
            state.timed.append(
                TimedTable(
                    attribute=name,
                    rows=np.ascontiguousarray(rows, dtype=state.float_type),
                    starts=self._times.starts(len(rows), self._network.dt),
                    origin=np.zeros(1, np.int64),
                    period=np.array([self._times.period_steps(self._network.dt)], np.int64),
                )
            )

    def _replace_tables(self, *, reset: bool) -> None:
        """Follow new data; with `reset` from their begin."""
        state = self._state
        if state is None:
            return

        def change() -> None:
            origins = [int(table.origin[0]) for table in state.timed]
            state.timed.clear()
            self._prepare(state)
            for table, origin in zip(state.timed, origins, strict=True):
                table.origin[0] = self._network.current_step if reset else origin
            self._network._refresh()

        self._network._call(change)

    def _restart(self) -> None:
        state = self._state
        if state is None:
            return

        def change() -> None:
            for table in state.timed:
                table.origin[0] = self._network.current_step

        self._network._call(change)

    def _copy(self, network: Network, *, draws_again: bool = False) -> Population:
        twin = super()._copy(network, draws_again=draws_again)
        for name, value in self.__dict__.items():
            if name.startswith("_given_") or name == "_times":
                object.__setattr__(twin, name, value)
        return twin


@public
class TimedArray(_Timed):
    """Rate-coded neurons whose rates follow an array over time.

    Parameters
    ----------
    rates
        Rates, ``(time, *geometry)``. Left out, the neurons are silent until `update`.
    geometry
        Of the population; taken from `rates` if left out.
    schedule
        Time [ms] between two rows (0: one step), or the time of each row. Before the first time
        the rates are 0; after the last row they stay.
    period
        Begin again after so many ms; negative: never.

    Raises
    ------
    ArgumentError
        If neither rates nor a geometry are given, or the schedule does not fit.
    ShapeError
        If the rates do not have the shape of the population.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(backend="reference")
    >>> flash = net.create(annlab.TimedArray([[1.0], [0.0]], schedule=[2.0, 4.0]))
    >>> seen = net.monitor(flash, "r")
    >>> net.compile()
    >>> steps = net.simulate(6.0)
    >>> seen.get("r").ravel()
    array([0., 0., 1., 1., 0., 0.])
    >>> flash.rates.shape, flash.schedule, flash.period
    ((2, 1), [2.0, 4.0], -1.0)
    """

    def __init__(
        self,
        rates: ArrayLike | None = None,
        geometry: int | tuple[int, ...] | None = None,
        schedule: float | Sequence[float] = 0.0,
        period: float = -1.0,
        name: str | None = None,
        *,
        network: Network | None = None,
    ) -> None:
        if rates is None and geometry is None:
            raise ArgumentError(
                "a TimedArray needs rates or a geometry", hint="write TimedArray(rates=array)"
            )
        array = None if rates is None else _rates_array(rates)
        shape = geometry if geometry is not None else array.shape[1:] or (1,)  # type: ignore[union-attr]
        neuron = Neuron(equations="r = r", name="Timed array", description="Rates given over time.")
        super().__init__(shape, neuron, name, network=network)
        with self._withdrawn_if_refused():
            self._given_rates = None if array is None else self._fitting(array)
            self._times = Schedule.read(schedule, period, self._n_rows, "TimedArray")

    @property
    def _n_rows(self) -> int:
        return 0 if self._given_rates is None else len(self._given_rates)

    def _fitting(self, array: NDArray) -> NDArray:
        if array.shape[1:] != self.geometry and not (array.ndim == 1 and self.size == 1):
            raise ShapeError(
                f"TimedArray {self.name!r}: rates have shape {array.shape}, "
                f"expected (time, {', '.join(map(str, self.geometry))})",
                why="the first axis is time, the others are those of the population",
            )
        return array

    def _tables(self) -> dict[str, NDArray]:
        if self._given_rates is None:
            return {"r": np.zeros((1, self.size))}
        rows = self._given_rates.reshape(self._n_rows, self.size)
        return {"r": self._times.used(rows)}

    @property
    def r(self) -> NDArray:
        """The rates now. They follow the array and cannot be set."""
        return self.get("r")

    @r.setter
    def r(self, value: object) -> None:
        raise StateError(
            f"the rates of TimedArray {self.name!r} follow its array and cannot be set",
            hint="call update(rates), or use an InputArray",
        )

    @property
    def rates(self) -> NDArray | None:
        """The array, ``(time, *geometry)``. Setting it keeps the schedule and restarts."""
        rates = self._given_rates
        return None if rates is None else copied(rates.copy(), "call update(rates)")

    @rates.setter
    def rates(self, value: ArrayLike) -> None:
        self.update(value)

    @property
    def schedule(self) -> float | list[float]:
        """Time between two rows, or the times of the rows [ms]."""
        return self._times.given

    @schedule.setter
    def schedule(self, value: float | Sequence[float]) -> None:
        self._times = Schedule.read(value, self._times.period, self._n_rows, "TimedArray")
        self._replace_tables(reset=False)

    @property
    def period(self) -> float:
        """Time after which the array begins again [ms]; negative: never."""
        return self._times.period

    @period.setter
    def period(self, value: float) -> None:
        self._times = Schedule.read(self._times.given, value, self._n_rows, "TimedArray")
        self._replace_tables(reset=False)

    def update(
        self,
        rates: ArrayLike,
        schedule: float | Sequence[float] | None = None,
        period: float | None = None,
        reset: bool = True,
    ) -> None:
        """Follow another array; schedule and period stay unless given.

        With `reset` it begins now, else the internal time goes on.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> flash = net.create(annlab.TimedArray([[1.0], [2.0]]))
        >>> net.compile()
        >>> net.simulate(2.0)
        2
        >>> flash.update([[5.0], [6.0]])  # begins now
        >>> net.step()
        >>> flash.r
        array([5.])
        """
        read_flag(reset, "reset of update()")
        array = self._fitting(_rates_array(rates))
        times = Schedule.read(
            self._times.given if schedule is None else schedule,
            self._times.period if period is None else period,
            len(array),
            "TimedArray",
        )
        self._given_rates, self._times = array, times
        self._replace_tables(reset=reset)

    def reset(self, attributes: Sequence[str] | None = None) -> None:
        """Begin again with the first row; `r` is 0 until the next step.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> flash = net.create(annlab.TimedArray([[1.0], [2.0]]))
        >>> net.compile()
        >>> net.simulate(2.0)
        2
        >>> flash.r
        array([2.])
        >>> flash.reset()
        >>> net.step()
        >>> flash.r
        array([1.])
        """
        self._restart()
        super().reset(attributes)


def _rates_array(rates: ArrayLike) -> NDArray:
    array = rates_as_array(rates, "TimedArray")
    if array.ndim == 0 or 0 in array.shape:
        raise ShapeError(f"the rates of a TimedArray have shape {array.shape}, without elements")
    return array


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
        equations = [rate_line, _SPIKE_BY_CHANCE] if is_equation else [_SPIKE_BY_CHANCE]
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
class TimedPoissonPopulation(_Timed):
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
            equations=_SPIKE_BY_CHANCE,
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
        """Follow other rates; schedule and period stay unless given.

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
        """Begin again with the first rates.

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


@public
class SpikeSourceArray(Population):
    """Neurons that spike at given times.

    Parameters
    ----------
    spike_times
        A list of times [ms] for one neuron, or a list of lists, one per neuron.

    Raises
    ------
    ArgumentTypeError
        If the times are not lists.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(dt=0.5, backend="reference")
    >>> source = net.create(annlab.SpikeSourceArray([[1.0, 3.0], [2.0]]))
    >>> spikes = net.monitor(source, "spike")
    >>> net.compile()
    >>> steps = net.simulate(5.0)
    >>> times, ranks = spikes.get_spikes()
    >>> times, ranks
    (array([1., 2., 3.]), array([0, 1, 0], dtype=int32))
    >>> source.spike_times = [[6.0], [7.0]]  # others, also while the network runs
    """

    def __init__(
        self,
        spike_times: Sequence[float] | Sequence[Sequence[float]],
        name: str | None = None,
        *,
        network: Network | None = None,
    ) -> None:
        trains = _trains(spike_times)
        neuron = Neuron(spike="False", name="Spike source", description="Spikes at given times.")
        super().__init__(len(trains), neuron, name, network=network)
        self._given_times = spike_times
        self._trains = trains

    @property
    def spike_times(self) -> Any:
        """Times of the spikes [ms], as they were given."""
        return self._given_times

    @spike_times.setter
    def spike_times(self, spike_times: Sequence[float] | Sequence[Sequence[float]]) -> None:
        trains = _trains(spike_times)
        if len(trains) != self.size:
            raise ShapeError(
                f"SpikeSourceArray {self.name!r} has {self.size} neurons and was given times "
                f"for {len(trains)}"
            )
        self._given_times, self._trains = spike_times, trains
        state = self._state
        if state is None:
            return

        def change() -> None:
            old = state.spike_table
            self._prepare(state)
            if old is not None and state.spike_table is not None:
                self._continue(state.spike_table, int(old.origin[0]))
            self._network._refresh()

        self._network._call(change)

    def _continue(self, table: SpikeTable, origin: int) -> None:
        """Count times from `origin` on and skip those that are past."""
        table.origin[0] = origin
        table.cursor[0] = np.searchsorted(table.steps, self._network.current_step - origin)

    def _prepare(self, state: PopulationState) -> None:
        dt = self._network.dt
        steps = [np.unique(np.rint(np.asarray(t, dtype=np.float64) / dt)) for t in self._trains]
        ranks = np.repeat(np.arange(len(steps), dtype=np.int32), [len(s) for s in steps])
        joined = np.concatenate(steps) if steps else np.empty(0)
        joined = np.minimum(joined, _NO_STEP).astype(np.int64)
        order = np.lexsort((ranks, joined))
        state.spike_table = SpikeTable(
            steps=joined[order],
            ranks=ranks[order],
            origin=np.zeros(1, np.int64),
            cursor=np.zeros(1, np.int64),
        )

    def reset(self, attributes: Sequence[str] | None = None) -> None:
        """Let the times count from now on.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> source = net.create(annlab.SpikeSourceArray([1.0, 3.0]))
        >>> spikes = net.monitor(source, "spike")
        >>> net.compile()
        >>> net.simulate(10.0)
        10
        >>> source.reset()
        >>> net.simulate(10.0)
        10
        >>> spikes.get("spike")
        {0: [1, 3, 11, 13]}
        """
        super().reset(attributes)
        state = self._state
        if state is None or state.spike_table is None:
            return
        table = state.spike_table
        self._network._call(lambda: self._continue(table, self._network.current_step))

    def _copy(self, network: Network, *, draws_again: bool = False) -> Population:
        twin = super()._copy(network, draws_again=draws_again)
        if isinstance(twin, SpikeSourceArray):
            twin._given_times, twin._trains = self._given_times, self._trains
        return twin


def _trains(spike_times: object) -> list[Sequence[float]]:
    """Return the times of each neuron, checked."""
    hint = "give a list of times [ms], or one list per neuron"
    if not isinstance(spike_times, list):
        raise ArgumentTypeError(
            f"the times of a SpikeSourceArray are {type(spike_times).__name__}", hint=hint
        )
    is_nested = any(isinstance(t, list | tuple | np.ndarray) for t in spike_times)
    trains: list[Any] = spike_times if is_nested else [spike_times]
    for train in trains:
        if not isinstance(train, list | tuple | np.ndarray) or not all(
            isinstance(t, numbers.Real) for t in train
        ):
            raise ArgumentTypeError("the times of a SpikeSourceArray are no numbers", hint=hint)
        if not np.all(np.isfinite(train)):
            raise ArgumentError("a time of a SpikeSourceArray is not finite", hint=hint)
    n_never = sum(int(np.count_nonzero(np.asarray(train, float) < -_ROUNDING)) for train in trains)
    if n_never:
        warn(f"{n_never} times of a SpikeSourceArray lie before 0 ms: no spike will come of them")
    return [list(train) for train in trains]


@public
class HomogeneousCorrelatedSpikeTrains(_Timed):
    """Neurons that spike by chance with one common, fluctuating rate.

    The rate is the positive part of an Ornstein-Uhlenbeck process ``x`` with time constant
    `tau`; its mean `mu` and standard deviation `sigma` follow from the wanted statistics.

    Parameters
    ----------
    rates
        Mean rate [Hz], or one for each time of `schedule`.
    corr
        Correlation of two spike trains, 0 to 1, or one for each time.
    tau
        Time constant of the correlation [ms].
    schedule
        Times [ms], beginning with 0.

    Source
    ------
    Brette (2009), Neural Comput. 21:188-215, section "doubly stochastic processes".

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(seed=1, dt=1.0, backend="reference")
    >>> trains = annlab.HomogeneousCorrelatedSpikeTrains(200, rates=20.0, corr=0.2, tau=10.0)
    >>> spikes = net.monitor(net.create(trains), "spike")
    >>> net.compile()
    >>> steps = net.simulate(400.0)
    >>> 10.0 < spikes.mean_fr() < 30.0
    True
    """

    def __init__(
        self,
        geometry: int | tuple[int, ...],
        rates: float | Sequence[float],
        corr: float | Sequence[float],
        tau: float,
        schedule: Sequence[float] | None = None,
        period: float = -1.0,
        name: str | None = None,
        refractory: object = None,
        *,
        network: Network | None = None,
    ) -> None:
        self._given_period = period
        mu, sigma, times = _process(rates, corr, tau, schedule, period)
        neuron = Neuron(
            parameters=f"""
                tau = {float(tau)!r} : population
                mu = {mu[0]!r} : population
                sigma = {sigma[0]!r} : population
            """,
            equations=f"""
                x += dt * (mu - x) / tau + sqrt(dt / tau) * sigma * Normal(0.0, 1.0) : population, init=mu
                {_SPIKE_BY_CHANCE}
            """,  # noqa: E501  # one equation
            spike="p < x",
            refractory=refractory,
            name="Correlated spike trains",
            description="Neurons that spike by chance with one fluctuating rate.",
        )
        super().__init__(geometry, neuron, name, network=network)
        self._given_process = (mu, sigma)
        self._given_rates, self._given_corr = rates, corr
        self._times = times

    def _tables(self) -> dict[str, NDArray]:
        mu, sigma = self._given_process
        if len(mu) == 1:
            return {}  # the parameters themselves, which may be set
        return {
            name: np.asarray(values)[:, np.newaxis]
            for name, values in (("mu", mu), ("sigma", sigma))
        }

    @property
    def rates(self) -> Any:
        """Mean rates as they were given [Hz]."""
        return self._given_rates

    @property
    def corr(self) -> Any:
        """Correlations as they were given."""
        return self._given_corr

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
        rates: float | Sequence[float],
        corr: float | Sequence[float],
        schedule: Sequence[float] | None = None,
        tau: float | None = None,
        reset: bool = True,
    ) -> None:
        """Follow other statistics; schedule and time constant stay unless given.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> trains = annlab.HomogeneousCorrelatedSpikeTrains(10, rates=10.0, corr=0.3, tau=20.0)
        >>> trains = net.create(trains)
        >>> net.compile()
        >>> trains.update(rates=20.0, corr=0.1)
        >>> trains.rates, trains.corr
        (20.0, 0.1)
        """
        given = self.tau if tau is None else tau
        constant = read_number(given, "HomogeneousCorrelatedSpikeTrains: tau [ms]")
        times = self._times.given if schedule is None and np.ndim(rates) else schedule
        mu, sigma, read = _process(rates, corr, constant, times, self._given_period)
        self._given_process, self._times = (mu, sigma), read
        self._given_rates, self._given_corr = rates, corr
        with self._network._at_once():
            self.set({"tau": constant, "mu": mu[0], "sigma": sigma[0]})
            self._exchange(reset=reset)

    def _exchange(self, *, reset: bool) -> None:
        state = self._state
        if state is None:
            return

        def change() -> None:
            origin = int(state.timed[0].origin[0]) if state.timed else 0
            state.timed.clear()
            self._prepare(state)
            for table in state.timed:
                table.origin[0] = self._network.current_step if reset else origin
            self._network._refresh()

        self._network._call(change)

    def reset(self, attributes: Sequence[str] | None = None) -> None:
        """Begin again with the first statistics.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> trains = annlab.HomogeneousCorrelatedSpikeTrains(
        ...     10, rates=[5.0, 10.0], corr=[0.3, 0.1], tau=20.0, schedule=[0.0, 50.0]
        ... )
        >>> trains = net.create(trains)
        >>> net.compile()
        >>> net.simulate(80.0)
        80
        >>> trains.reset()
        >>> trains.schedule, trains.period
        ([0.0, 50.0], -1.0)
        """
        self._restart()
        super().reset(attributes)


def _process(
    rates: Any, corr: Any, tau: float, schedule: Any, period: float
) -> tuple[list[float], list[float], Schedule]:
    """Return means and standard deviations of the process, and their times."""
    owner = "HomogeneousCorrelatedSpikeTrains"
    if not read_number(tau, f"{owner}: tau [ms]") > 0:
        raise ArgumentError(f"{owner}: tau is {tau!r} ms", hint="give a time constant above 0")
    all_rates, all_corr = np.atleast_1d(rates), np.atleast_1d(corr)
    for what, values in (("a rate", all_rates), ("a correlation", all_corr)):
        for value in values.tolist():
            read_number(value, f"{owner}: {what}")
    n = max(len(all_rates), len(all_corr))
    if {len(all_rates), len(all_corr)} - {1, n}:
        raise ShapeError(f"{owner}: {len(all_rates)} rates and {len(all_corr)} correlations")
    if schedule is None and n > 1:
        raise ArgumentError(f"{owner}: {n} rates without a schedule", hint="give their times [ms]")
    times = Schedule.read(
        [0.0] if schedule is None else schedule, period, n, owner, exact=True, from_zero=True
    )
    pairs = [
        rectified_gaussian(float(r), float(c), tau)
        for r, c in zip(np.broadcast_to(all_rates, n), np.broadcast_to(all_corr, n))
    ]
    return [mu for mu, _ in pairs], [sigma for _, sigma in pairs], times


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


def _require_type(
    pre: Any, post: Any, owner: str, *, pre_spiking: bool, post_spiking: bool
) -> None:
    kinds = {True: "spiking", False: "rate-coded"}
    for side, what, expected in ((pre, "pre", pre_spiking), (post, "post", post_spiking)):
        if not isinstance(side, Population | PopulationView):
            raise ArgumentTypeError(
                f"a {owner} joins populations, not {side!r}", hint="give a population or a view"
            )
        model: NeuronModel = side.model
        if model.is_spiking != expected:
            raise ArgumentError(
                f"the {what}synaptic neurons of a {owner} are {kinds[not expected]}",
                hint=f"they have to be {kinds[expected]}",
            )


__all__ = [
    "CurrentInjection",
    "DecodingProjection",
    "HomogeneousCorrelatedSpikeTrains",
    "InputArray",
    "PoissonPopulation",
    "SpikeSourceArray",
    "TimedArray",
    "TimedPoissonPopulation",
]
