"""Neurons that spike by chance together: trains with a wanted rate and a wanted correlation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from annlab.calls import public
from annlab.errors import ArgumentError, ShapeError
from annlab.ir.definition import Neuron
from annlab.network.checks import read_number
from annlab.network.inputs_poisson import SPIKE_BY_CHANCE
from annlab.network.inputs_tables import Timed
from annlab.network.schedules import Schedule, rectified_gaussian

if TYPE_CHECKING:
    from annlab.network.network import Network


@public
class HomogeneousCorrelatedSpikeTrains(Timed):
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

    Notes
    -----
    In each step ``x`` takes ``sqrt(dt / tau) * sigma`` of a normal number, as in the reference
    simulator, and so spreads by ``sigma / sqrt(2)``: trains of 20 Hz with a correlation of 0.3
    come out with 18.6 Hz and 0.19. ``trains.sigma *= 2 ** 0.5`` gives what was asked for.

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
                {SPIKE_BY_CHANCE}
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
        """Follow other statistics, until a reset; schedule and time constant stay unless given.

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
            self._replace_tables(reset=reset)

    def reset(self, attributes: Sequence[str] | None = None) -> None:
        """Begin again with the statistics of compile, also after `update`.

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
        statistics = ("tau", "mu", "sigma")  # where no table drives them, `update` has set them
        super().reset(None if attributes is None else [*attributes, *statistics])


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


__all__ = ["HomogeneousCorrelatedSpikeTrains"]
