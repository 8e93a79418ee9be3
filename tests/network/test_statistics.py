"""Statistics of spikes, against their definitions."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import annlab
from annlab.errors import AnnlabError, ArgumentError, ArgumentTypeError
from annlab.network import statistics
from annlab.network.statistics import SpikeTrains

trains = st.dictionaries(
    st.integers(0, 9),
    st.lists(st.integers(0, 30), unique=True).map(sorted),
    max_size=5,
)
SPIKES = {0: [1, 4, 6, 12], 1: [2, 9], 2: [3]}


def recorded(spikes: dict[int, list[int]]) -> SpikeTrains:
    """Return the same spikes as a monitor returns them."""
    pairs = sorted((step, rank) for rank, steps in spikes.items() for step in steps)
    steps, ranks = np.array(pairs, np.int64).reshape(-1, 2).T
    return SpikeTrains(steps, ranks.astype(np.int32), np.array(sorted(spikes), np.int32))


@given(trains)
@settings(deadline=None)
def test_recorded_spikes_are_a_dictionary_of_lists(spikes: dict[int, list[int]]) -> None:
    assert recorded(spikes) == spikes


@given(trains)
@settings(deadline=None)
def test_arrays_and_lists_give_the_same(spikes: dict[int, list[int]]) -> None:
    ordered = dict(sorted(spikes.items()))
    for plain, fast in zip(statistics.flat(ordered), statistics.flat(recorded(spikes))):
        np.testing.assert_array_equal(plain, fast)


def test_changed_lists_count_not_what_was_recorded() -> None:
    spikes = recorded(SPIKES)
    spikes[2].append(7)
    assert statistics.raster_plot(spikes)[0].tolist() == [1, 4, 6, 12, 2, 9, 3, 7]


@given(trains, st.floats(0.05, 20), st.sampled_from([0.1, 0.5, 1.0]))
@settings(deadline=None)
def test_a_histogram_counts_every_spike_once(
    spikes: dict[int, list[int]], bins: float, dt: float
) -> None:
    counts = statistics.histogram(spikes, bins, dt=dt)
    assert counts.sum() == sum(map(len, spikes.values()))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [1, 1, 1, 1, 0, 1, 0, 0, 1, 0, 0, 1]),
        ({"bins": 5.0}, [4, 2, 1]),
        ({"bins": 2.5, "dt": 0.5}, [4, 2, 1]),
        ({"bins": 0.3, "dt": 0.1}, [3, 2, 1, 1]),
        ({"bins": 5.0, "recording_window": (0, 9)}, [4, 2]),
    ],
)
def test_histogram(options: dict, expected: list[float]) -> None:
    assert statistics.histogram(SPIKES, **options).tolist() == pytest.approx(expected)


def test_spikes_of_each_neuron_are_counted_by_themselves() -> None:
    spikes = {4: [7, 1], 2: [], 3: [3, 3, 8]}
    counts = statistics.histogram(spikes, bins=4.0, per_neuron=True, dt=1.0)  # from step 1 on
    assert counts.tolist() == [[0, 0], [2, 1], [1, 1]]
    assert statistics.histogram({0: [], 1: []}, per_neuron=True).shape == (2, 0)
    window = {"recording_window": (0, 3), "per_neuron": True, "dt": 1.0}
    assert statistics.histogram(spikes, **window).sum(axis=1).tolist() == [0, 2, 1]


def test_the_step_is_that_of_the_global_network() -> None:
    annlab.setup(dt=0.5)
    spikes = {0: [1, 2, 4, 7]}
    assert statistics.raster_plot(spikes)[0].tolist() == [0.5, 1.0, 2.0, 3.5]
    assert statistics.inter_spike_interval(spikes) == [0.5, 1.0, 1.5]
    assert statistics.mean_fr(spikes) == 4 / 0.004
    assert statistics.population_rate(spikes).max() == 1000.0 / 0.5
    assert statistics.raster_plot(spikes, 1.0)[0].tolist() == [1.0, 2.0, 4.0, 7.0]


def test_the_variation_of_intervals_by_rank() -> None:
    spikes = {3: [0, 2, 4, 6], 5: [0, 1, 4], 6: [1]}
    assert statistics.coefficient_of_variation(spikes, per_neuron=True) == {3: 0.0, 5: 0.5}
    assert statistics.coefficient_of_variation(spikes) == [0.0, 0.5]


def test_intervals_and_their_variation() -> None:
    assert statistics.inter_spike_interval(SPIKES) == [3.0, 2.0, 6.0, 7.0]
    assert statistics.inter_spike_interval(SPIKES, per_neuron=True, dt=0.5) == {
        0: [1.5, 1.0, 3.0],
        1: [3.5],
    }
    assert statistics.inter_spike_interval(SPIKES, ranks=[1]) == [7.0]
    assert statistics.coefficient_of_variation(SPIKES) == [pytest.approx(0.463547228508435)]


def test_rates() -> None:
    assert statistics.mean_fr(SPIKES, 20.0) == pytest.approx(116.66666666666667)
    assert statistics.mean_fr(SPIKES) == pytest.approx(7 / (3 * 13) * 1000)
    rate = statistics.population_rate(SPIKES, start=1, stop=5)
    assert rate.tolist() == pytest.approx([1000 / 3] * 4)
    assert statistics.population_rate(SPIKES).shape == (13,)


def test_instantaneous_rates_are_inverse_intervals() -> None:
    rates = statistics.smoothed_rate(SPIKES, start=0, stop=14)
    expected = [0] + [1000 / 3] * 3 + [500] * 2 + [1000 / 6] * 6 + [0] * 2
    assert rates[0].tolist() == pytest.approx(expected)
    assert rates.shape == (3, 14)


def test_an_interval_that_begins_before_the_window_counts_inside_it() -> None:
    rates = statistics.smoothed_rate({0: [2, 6]}, start=4, stop=8)
    assert rates[0].tolist() == [250.0, 250.0, 0.0, 0.0]


def test_smoothing_is_a_first_order_filter() -> None:
    step = np.r_[0.0, np.ones(200)]
    found = statistics.smoothed(step, smooth=10.0, dt=1.0)
    assert found[10] == pytest.approx(1 - 0.9**10)
    assert found[-1] == pytest.approx(1.0, abs=1e-8)


def test_no_spikes_are_no_error() -> None:
    silent: dict[int, list[int]] = {0: [], 1: []}
    assert statistics.raster_plot(silent)[0].size == 0
    assert statistics.histogram(silent).size == 0
    assert statistics.mean_fr(silent, 10.0) == 0.0
    assert statistics.inter_spike_interval(silent) == []
    assert statistics.smoothed_rate(silent, stop=3).shape == (2, 3)
    assert statistics.population_rate(silent, stop=3).tolist() == [0.0] * 3


def test_refusals() -> None:
    with pytest.raises(ArgumentTypeError, match="spikes are list\n.*what monitor.get"):
        statistics.raster_plot([1, 2, 3])
    with pytest.raises(ArgumentError, match="bins of 0 ms"):
        statistics.histogram(SPIKES, bins=0)


@pytest.mark.slow
def test_ten_million_spikes_are_plotted_in_less_than_a_second() -> None:
    rng = np.random.default_rng(0)
    n = 10_000_000
    spikes = SpikeTrains(
        np.sort(rng.integers(0, 10_000, n)),
        rng.integers(0, 10_000, n).astype(np.int32),
        np.arange(10_000),
    )
    begin = time.perf_counter()
    times, ranks = statistics.raster_plot(spikes)
    assert time.perf_counter() - begin < 1.0
    assert len(times) == len(ranks) == n


@pytest.mark.parametrize(
    ("ask", "text"),
    [
        (lambda: statistics.raster_plot({0: [1.5]}), r"spikes of neuron 0 are \[1.5\]"),
        (lambda: statistics.mean_fr({0: 3}), "spikes of neuron 0 are 3"),
        (lambda: statistics.mean_fr({"a": [3]}), "spikes of neuron 'a'"),
        (lambda: statistics.inter_spike_interval({0: ["x"]}), "statistics count in steps"),
        (lambda: statistics.inter_spike_interval(SPIKES, ranks=3), "ranks are 3"),
        (lambda: statistics.coefficient_of_variation(SPIKES, ranks=[0.5]), "ranks are"),
        (lambda: statistics.histogram(SPIKES, bins="x"), r"bins \[ms\] is 'x'"),
        (lambda: statistics.histogram(SPIKES, recording_window=(5, 1)), "the last not before"),
        (lambda: statistics.histogram(SPIKES, recording_window=3), "recording_window is 3"),
        (lambda: statistics.population_rate(SPIKES, smooth=-1.0), r"smooth \[ms\] is -1.0"),
        (lambda: statistics.smoothed_rate(SPIKES, smooth="x"), r"smooth \[ms\] is 'x'"),
        (lambda: statistics.raster_plot(SPIKES, dt=0.0), "dt is 0.0 ms"),
    ],
)
def test_what_no_statistics_can_be_made_of_is_told(ask: Callable[[], object], text: str) -> None:
    with pytest.raises(AnnlabError, match=text):
        ask()


def test_spikes_that_the_user_has_put_together_need_no_order() -> None:
    assert statistics.inter_spike_interval({0: [7, 3, 4]}) == [1.0, 3.0]


def regular() -> tuple[annlab.Network, annlab.Monitor]:
    """Return neurons of 100 Hz that have run for 200 ms, and their monitor."""
    net = annlab.Network(dt=1.0, backend="reference")
    clock = annlab.Neuron(equations="n += 1.0", spike="n >= 10.0", reset="n = 0.0")
    spikes = net.monitor(net.create(4, clock), "spike")
    net.compile()
    net.simulate(200.0)
    return net, spikes


def test_statistics_without_spikes_are_all_of_the_same() -> None:
    """The second said 0 Hz: the first had emptied the monitor."""
    _, spikes = regular()
    times, _ = spikes.raster_plot()
    assert len(times) == 80
    assert [spikes.mean_fr(), spikes.mean_fr()] == [100.0, 100.0]
    assert spikes.population_rate().mean() == pytest.approx(100.0)
    assert spikes.times()["spike"] == {"start": [0], "stop": [200]}
    assert spikes.get("spike") == {rank: [] for rank in range(4)}  # they were read


def test_statistics_are_of_what_was_recorded_since() -> None:
    net, spikes = regular()
    assert len(spikes.raster_plot()[0]) == 80
    net.simulate(100.0)
    assert len(spikes.raster_plot()[0]) == 40
    assert spikes.mean_fr() == 100.0


@pytest.mark.parametrize("forget", ["get", "reset the network", "reset the monitor"])
def test_what_was_read_or_forgotten_is_in_no_statistic(forget: str) -> None:
    net, spikes = regular()
    spikes.mean_fr()
    if forget == "get":
        spikes.get("spike")
    else:
        net.reset() if forget == "reset the network" else spikes.reset()
    assert len(spikes.raster_plot()[0]) == 0


def test_functions_know_step_and_time_of_what_a_monitor_returned() -> None:
    """They took the step of the global network, and a recording that began with step 0."""
    annlab.Network(dt=5.0)
    net = annlab.Network(dt=0.5, backend="reference")
    clock = annlab.Neuron(equations="n += 1.0", spike="n >= 20.0", reset="n = 0.0")
    spikes = net.monitor(net.create(4, clock), "spike")
    net.compile()
    net.simulate(200.0)
    spikes.get("spike")
    net.simulate(100.0)
    trains = spikes.get("spike")
    assert annlab.mean_fr(trains) == spikes.mean_fr(trains) == 100.0
    assert annlab.mean_fr(trains, duration=200.0) == 50.0
    assert annlab.population_rate(trains).shape == (200,)
    assert annlab.smoothed_rate(trains).shape == (4, 200)
    assert annlab.raster_plot(trains)[0].min() > 200.0
    assert annlab.inter_spike_interval(trains)[0] == 10.0
    assert annlab.mean_fr(dict(trains), dt=0.5) == pytest.approx(100.0 / 3.0, rel=0.02)
