"""Statistics as methods of whatever holds recorded spikes: monitors, files of recordings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annlab.calls import public
from annlab.network import statistics
from annlab.network.statistics import Intervals, Spikes


@public
class SpikeStatistics:
    """The functions of `annlab.network.statistics`, with the step and times of the recording.

    `spikes` is what ``get("spike")`` returned; left out, it is read as `get` reads, and once for
    all statistics that are asked for before more is recorded.
    """

    @property
    def _step_ms(self) -> float:
        raise NotImplementedError

    def _read_spikes(self) -> Spikes:
        """Return all spikes that were not read yet."""
        raise NotImplementedError

    def _spike_intervals(self) -> list[tuple[int, int]]:
        """Return [first step, step after the last] of what was last read."""
        raise NotImplementedError

    def raster_plot(
        self, spikes: Spikes | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return times [ms] and ranks of all spikes, neuron by neuron.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(dt=0.5)
        >>> cells = net.create(annlab.SpikeSourceArray([[1.0, 3.0], [2.0]]))
        >>> spikes = net.monitor(cells, "spike")
        >>> net.compile()
        >>> net.simulate(5.0)
        10
        >>> times, ranks = spikes.raster_plot()
        >>> times, ranks
        (array([1., 3., 2.]), array([0, 0, 1]))
        """
        return statistics.raster_plot(self._spikes(spikes), self._step_ms)

    def histogram(
        self,
        spikes: Spikes | None = None,
        bins: float | None = None,
        per_neuron: bool = False,
        recording_window: tuple[int, int] | None = None,
    ) -> NDArray:
        """Return the number of spikes in bins of `bins` ms (`statistics.histogram`).

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(annlab.SpikeSourceArray([[1.0, 3.0], [2.0]]))
        >>> spikes = net.monitor(cells, "spike")
        >>> net.compile()
        >>> net.simulate(5.0)
        5
        >>> spikes.histogram(bins=2.0)
        array([2, 1])
        """
        return statistics.histogram(
            self._spikes(spikes), bins, per_neuron, recording_window, self._step_ms
        )

    def inter_spike_interval(
        self,
        spikes: Spikes | None = None,
        ranks: Iterable[int] | None = None,
        per_neuron: bool = False,
    ) -> Any:
        """Return the intervals between spikes [ms], as a list or by rank.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(annlab.SpikeSourceArray([1.0, 3.0, 7.0]))
        >>> spikes = net.monitor(cells, "spike")
        >>> net.compile()
        >>> net.simulate(10.0)
        10
        >>> spikes.inter_spike_interval()
        [2.0, 4.0]
        """
        return statistics.inter_spike_interval(
            self._spikes(spikes), ranks, per_neuron, self._step_ms
        )

    def coefficient_of_variation(
        self, spikes: Spikes | None = None, ranks: Iterable[int] | None = None
    ) -> list[float]:
        """Return the coefficient of variation of the intervals of each neuron.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(annlab.SpikeSourceArray([1.0, 3.0, 5.0, 7.0]))
        >>> spikes = net.monitor(cells, "spike")
        >>> net.compile()
        >>> net.simulate(10.0)
        10
        >>> spikes.coefficient_of_variation()
        [0.0]
        """
        return statistics.coefficient_of_variation(self._spikes(spikes), ranks)

    def mean_fr(self, spikes: Spikes | None = None) -> float:
        """Return the mean firing rate [Hz] over the neurons and the time of recording.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(annlab.SpikeSourceArray([[10.0, 60.0], [20.0]]))
        >>> spikes = net.monitor(cells, "spike")
        >>> net.compile()
        >>> net.simulate(100.0)
        100
        >>> spikes.mean_fr()
        15.0
        """
        spikes = self._spikes(spikes)
        n_steps = sum(end - first for first, end in self._intervals_of(spikes))
        return statistics.mean_fr(spikes, n_steps * self._step_ms, self._step_ms)

    def population_rate(
        self, spikes: Spikes | None = None, smooth: float = 0.0
    ) -> NDArray[np.float64]:
        """Return the rate of the population [Hz] in each recorded step.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(annlab.SpikeSourceArray([[1.0, 3.0], [3.0]]))
        >>> spikes = net.monitor(cells, "spike")
        >>> net.compile()
        >>> net.simulate(5.0)
        5
        >>> spikes.population_rate()
        array([   0.,  500.,    0., 1000.,    0.])
        """
        spikes = self._spikes(spikes)
        start, stop = self._span(spikes)
        return statistics.population_rate(spikes, smooth, self._step_ms, start=start, stop=stop)

    def smoothed_rate(
        self, spikes: Spikes | None = None, smooth: float = 0.0
    ) -> NDArray[np.float64]:
        """Return the instantaneous rates [Hz], (neurons, steps).

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(annlab.SpikeSourceArray([1.0, 3.0]))
        >>> spikes = net.monitor(cells, "spike")
        >>> net.compile()
        >>> net.simulate(5.0)
        5
        >>> spikes.smoothed_rate()
        array([[  0., 500., 500.,   0.,   0.]])
        """
        spikes = self._spikes(spikes)
        start, stop = self._span(spikes)
        return statistics.smoothed_rate(spikes, smooth, self._step_ms, start=start, stop=stop)

    def _spikes(self, spikes: Spikes | None) -> Spikes:
        return self._read_spikes() if spikes is None else spikes

    def _intervals_of(self, spikes: Spikes) -> Intervals:
        """Return when spikes were recorded: a recording may have grown since they were read."""
        known = statistics.recorded_in(spikes)
        return self._spike_intervals() if known is None else known

    def _span(self, spikes: Spikes) -> tuple[int, int]:
        intervals = self._intervals_of(spikes)
        return (intervals[0][0], intervals[-1][1]) if intervals else (0, 0)


__all__ = ["SpikeStatistics"]
