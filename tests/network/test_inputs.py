"""Inputs: rates, spikes and currents that come from outside."""

from __future__ import annotations

import numpy as np
import pytest
from small import RATE, SPIKING, STEADY

import annlab
from annlab import (
    CurrentInjection,
    DecodingProjection,
    HomogeneousCorrelatedSpikeTrains,
    InputArray,
    Network,
    Neuron,
    PoissonPopulation,
    SpikeSourceArray,
    TimedArray,
    TimedPoissonPopulation,
)
from annlab.errors import (
    AnnlabError,
    AnnlabWarning,
    ArgumentError,
    ArgumentTypeError,
    ShapeError,
    StateError,
)
from annlab.network.schedules import rectified_gaussian

ROWS = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])


def test_the_seed_of_a_network_decides_rates_that_are_drawn() -> None:
    """They were drawn by the global network, where the population is made first."""

    def rates(**options: object) -> list[float]:
        net = Network(**options)
        noise = net.create(PoissonPopulation(3, rates=annlab.Uniform(0.0, 100.0)))
        shown = noise.rates.tolist()
        net.compile()
        assert noise.rates.tolist() == shown
        return shown

    assert rates(seed=1) == rates(seed=1, backend="reference")
    assert rates(seed=1) != rates(seed=2)


def test_rates_that_were_set_since_are_kept() -> None:
    noise = PoissonPopulation(2, rates=annlab.Uniform(0.0, 100.0))
    noise.rates = [3.0, 4.0]
    assert Network(seed=1).create(noise).rates.tolist() == [3.0, 4.0]


def rates_of(network: Network, population, steps: int) -> list[float]:
    """Return the rate of the first neuron in each of the next steps."""
    found = []
    for _ in range(steps):
        network.step()
        found.append(float(population.r.ravel()[0]))
    return found


def spikes_of(network: Network, population, steps: int) -> list[list[int]]:
    """Return the ranks that spike in each of the next steps."""
    found = []
    for _ in range(steps):
        network.step()
        found.append(population.spike.tolist())
    return found


# -- rates --------------------------------------------------------------------------


def test_an_input_array_keeps_what_is_set(network: Network) -> None:
    source = network.create(InputArray((2, 2)))
    network.compile()
    source.r = [[1.0, 2.0], [3.0, 4.0]]
    network.simulate(2.0)
    assert source.r.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    with pytest.raises(ArgumentError, match="an InputArray needs a geometry"):
        InputArray()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [1, 3, 5, 5, 5, 5, 5]),
        ({"schedule": 1.0}, [1, 1, 3, 3, 5, 5, 5]),
        ({"schedule": 0.7}, [1, 3, 3, 5, 5, 5, 5]),
        ({"schedule": 0.2}, [1, 3, 5, 5, 5, 5, 5]),
        ({"schedule": [0.0, 0.5, 2.0]}, [1, 3, 3, 3, 5, 5, 5]),
        ({"schedule": [1.0, 2.0, 2.5]}, [0, 0, 1, 1, 3, 5, 5]),
        ({"period": 1.5}, [1, 3, 5, 1, 3, 5, 1]),
        ({"schedule": 1.0, "period": 2.0}, [1, 1, 3, 3, 1, 1, 3]),
        ({"schedule": [0.5, 1.0, 1.5], "period": 2.0}, [0, 1, 3, 5, 0, 1, 3]),
    ],
)
def test_rows_come_into_force_in_time(network: Network, options: dict, expected: list) -> None:
    source = network.create(TimedArray(rates=ROWS, **options))
    network.compile()
    assert rates_of(network, source, 7) == expected


def test_a_timed_array_begins_again_on_reset(network: Network) -> None:
    source = network.create(TimedArray(rates=ROWS))
    network.compile()
    network.simulate(3.0)
    source.reset()
    assert source.r.tolist() == [0.0, 0.0]
    assert rates_of(network, source, 2) == [1, 3]
    network.reset()
    assert rates_of(network, source, 2) == [1, 3]


@pytest.mark.parametrize("start_again", ["population", "network"])
def test_a_reset_brings_back_the_rates_of_compile(network: Network, start_again: str) -> None:
    """It went on with those of the last update, while attributes had their old values."""
    source = network.create(TimedArray(rates=ROWS, schedule=1.0))
    network.compile()
    source.update(10 * ROWS[:2], schedule=0.5, period=1.0)
    assert rates_of(network, source, 3) == [10, 30, 10]
    (source if start_again == "population" else network).reset()
    assert rates_of(network, source, 3) == [1, 1, 3]
    assert (source.rates.tolist(), source.schedule, source.period) == (ROWS.tolist(), 1.0, -1.0)


def test_rates_that_came_after_compile_stay_where_there_were_none(network: Network) -> None:
    source = network.create(TimedArray(geometry=2))
    network.compile()
    source.update(ROWS, schedule=1.0)
    network.simulate(2.0)
    network.reset()
    assert rates_of(network, source, 3) == [1, 1, 3]


def test_a_network_that_is_compiled_again_begins_with_the_rates_it_has(network: Network) -> None:
    source = network.create(TimedArray(rates=ROWS))
    network.compile()
    source.update(10 * ROWS)
    network.clear()
    network.compile()
    network.reset()
    assert rates_of(network, source, 2) == [10, 30]


def test_a_reset_brings_back_poisson_rates_of_compile(network: Network) -> None:
    source = network.create(TimedPoissonPopulation(3, rates=[0.0, 2000.0], schedule=[0.0, 1.0]))
    spikes = network.monitor(source, "spike")
    network.compile()
    source.update(rates=[2000.0], schedule=[0.0], period=10.0)
    network.simulate(2.0)
    assert spikes.get("spike")[0] == [0, 1, 2, 3]
    network.reset()
    network.simulate(2.0)
    assert spikes.get("spike")[0] == [2, 3]
    assert (source.rates, source.schedule, source.period) == ([0.0, 2000.0], [0.0, 1.0], -1.0)


@pytest.mark.parametrize("rates", [50.0, [50.0, 10.0]])
@pytest.mark.parametrize("attributes", [None, ["x"]])
def test_a_reset_brings_back_statistics_of_compile(network: Network, rates, attributes) -> None:
    """`mu` and `sigma` were those of compile, while `rates` and `corr` told the update."""
    schedule = [0.0, 5.0] if isinstance(rates, list) else None
    source = network.create(
        HomogeneousCorrelatedSpikeTrains(2, rates=rates, corr=0.2, tau=10.0, schedule=schedule)
    )
    network.compile()
    source.update(rates=20.0, corr=0.3, tau=5.0, schedule=[0.0])
    network.step()
    source.reset(attributes)
    network.step()
    assert (source.mu, source.sigma) == pytest.approx(rectified_gaussian(50.0, 0.2, 10.0))
    assert (source.tau, source.rates, source.corr) == (10.0, rates, 0.2)


def test_a_timed_array_takes_other_rates(network: Network) -> None:
    source = network.create(TimedArray(geometry=2, schedule=1.0))
    network.compile()
    assert rates_of(network, source, 2) == [0, 0]
    source.update(ROWS)
    assert rates_of(network, source, 3) == [1, 1, 3]
    source.update(ROWS[:2] * 10, reset=False)
    assert rates_of(network, source, 2) == [30, 30]
    source.update([[7.0, 7.0]], schedule=0.0, period=0.5)
    assert (source.schedule, source.period) == (0.0, 0.5)
    source.rates = ROWS
    assert rates_of(network, source, 2) == [1, 1]  # a period of one step


def test_the_schedule_can_be_changed(network: Network) -> None:
    source = network.create(TimedArray(rates=ROWS))
    network.compile()
    source.schedule = [0.0, 1.0, 1.5]
    source.period = 2.0
    assert rates_of(network, source, 6) == [1, 1, 3, 5, 1, 1]


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (TimedArray, ArgumentError, "needs rates or a geometry"),
        (lambda: TimedArray(rates=np.zeros((3, 0))), ShapeError, r"shape \(3, 0\), without"),
        (lambda: TimedArray(rates=[[1.0], [1.0, 2.0]]), ShapeError, "rows of unequal length"),
        (lambda: TimedArray(rates=ROWS, geometry=3), ShapeError, r"shape \(3, 2\), expected"),
        (lambda: TimedArray(rates=ROWS, schedule=[0, 1, 2, 3]), ShapeError, "4 times .* 3 rows"),
        (lambda: TimedArray(rates=ROWS, schedule=[0, 2, 1]), ArgumentError, "do not ascend"),
        (lambda: TimedArray(rates=ROWS, schedule=-1.0), ArgumentError, r"schedule \[ms\] is -1.0"),
        (lambda: TimedArray(rates=ROWS, schedule="x"), ArgumentTypeError, "schedule is 'x'"),
    ],
)
def test_timed_arrays_are_checked(make, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        make()


def test_rows_without_a_time_are_not_used(network: Network) -> None:
    with pytest.warns(AnnlabWarning, match="2 times .* and 3 rows .* never used"):
        source = TimedArray(rates=ROWS, schedule=[0.0, 0.5], network=network)
    network.compile()
    assert rates_of(network, source, 4) == [1, 3, 3, 3]


def test_the_rates_of_a_timed_array_cannot_be_set(network: Network) -> None:
    source = network.create(TimedArray(rates=ROWS))
    with pytest.raises(StateError, match="follow its array and cannot be set\n.*InputArray"):
        source.r = 1.0
    with pytest.raises(ShapeError, match=r"rates have shape \(2, 3\), expected \(time, 2\)"):
        source.update(np.zeros((2, 3)))


# -- spikes by chance ---------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {"rates": 100.0},
        {"rates": "k * 50.0", "parameters": {"k": 2.0}},
        {"rates": "k * 50.0", "parameters": "k = 2.0"},
        {"rates": np.full(400, 100.0)},
    ],
    ids=["number", "equation", "text", "array"],
)
def test_poisson_rates(network: Network, options: dict) -> None:
    source = network.create(PoissonPopulation(400, **options))
    monitor = network.monitor(source, "spike")
    network.compile()
    network.simulate(500.0)
    # 20 000 expected spikes: three standard deviations are 2 %.
    assert monitor.mean_fr() == pytest.approx(100.0, rel=0.03)


def test_poisson_rates_can_be_changed(network: Network) -> None:
    source = network.create(PoissonPopulation(200, rates=0.0))
    network.compile()
    assert spikes_of(network, source, 5) == [[]] * 5
    source.rates = 2000.0  # one spike per step
    assert spikes_of(network, source, 2) == [list(range(200))] * 2


def test_poisson_neurons_follow_rate_coded_inputs(network: Network) -> None:
    pre = network.create(1, Neuron(parameters="r = 2000.0"))
    source = network.create(PoissonPopulation(3, target="exc"))
    network.connect(pre, source, "exc").all_to_all(1.0)
    network.compile()
    assert spikes_of(network, source, 3)[1:] == [[0, 1, 2]] * 2


def test_poisson_neurons_may_be_refractory(network: Network) -> None:
    source = network.create(PoissonPopulation(1, rates=2000.0, refractory=1.0))
    network.compile()
    assert spikes_of(network, source, 6) == [[0], [], [], [0], [], []]


def test_poisson_neurons_need_rates() -> None:
    with pytest.raises(ArgumentError, match="needs rates or a target"):
        PoissonPopulation(10)


@pytest.mark.parametrize("high", [2000.0, [2000.0, 2000.0]], ids=["one rate", "per neuron"])
def test_timed_poisson_rates(network: Network, high) -> None:
    low = np.zeros_like(high).tolist()
    source = network.create(
        TimedPoissonPopulation(2, rates=[high, low], schedule=[0.5, 1.5], period=2.0)
    )
    network.compile()
    assert [bool(s) for s in spikes_of(network, source, 8)] == [False, True, True, False] * 2
    source.update([high], schedule=[0.0])
    assert spikes_of(network, source, 2) == [[0, 1]] * 2


@pytest.mark.parametrize(
    ("rates", "schedule", "error", "text"),
    [
        ([1.0, 2.0], [0.0], ShapeError, "1 times in the schedule and 2 rows"),
        ([[1.0, 2.0, 3.0]], [0.0], ShapeError, "3 rates for 2 neurons"),
        ([], [], ShapeError, "rates are no list"),
        ([1.0], 0.0, ArgumentTypeError, "schedule is 0.0"),
    ],
)
def test_timed_poisson_rates_are_checked(
    network: Network, rates, schedule, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        TimedPoissonPopulation(2, rates, schedule, network=network)


# -- given spikes -------------------------------------------------------------------


def test_spikes_come_at_the_nearest_step_once(network: Network) -> None:
    source = network.create(SpikeSourceArray([[1.0, 0.24, 0.26, 1.0], [0.0]]))
    network.compile()
    assert spikes_of(network, source, 4) == [[0, 1], [0], [0], []]


def test_times_count_from_reset(network: Network) -> None:
    source = network.create(SpikeSourceArray([0.5]))
    network.compile()
    assert spikes_of(network, source, 3) == [[], [0], []]
    source.reset()
    assert spikes_of(network, source, 3) == [[], [0], []]
    network.reset()
    assert spikes_of(network, source, 3) == [[], [0], []]


def test_new_times_that_are_past_are_skipped(network: Network) -> None:
    source = network.create(SpikeSourceArray([0.0]))
    network.compile()
    network.simulate(2.0)
    source.spike_times = [0.0, 1.0, 2.5]
    assert spikes_of(network, source, 3) == [[], [0], []]
    source.spike_times = [0.0]
    assert spikes_of(network, source, 3) == [[], [], []]
    assert source.spike_times == [0.0]


@pytest.mark.parametrize("times", [np.array([1.0]), (1.0,), [["x"]], [[1.0], 2.0]])
def test_spike_times_are_lists_of_numbers(times) -> None:
    with pytest.raises(ArgumentTypeError, match="the times of a SpikeSourceArray are"):
        SpikeSourceArray(times)


def test_the_number_of_neurons_stays(network: Network) -> None:
    source = network.create(SpikeSourceArray([[1.0], [2.0]]))
    with pytest.raises(ShapeError, match="has 2 neurons and was given times for 1"):
        source.spike_times = [1.0]


# -- correlated spikes --------------------------------------------------------------


@pytest.mark.parametrize(
    ("rate", "correlation", "tau"), [(20, 0.3, 10), (5, 0.9, 50), (50, 0.01, 5)]
)
def test_the_positive_part_of_the_process_has_the_wanted_moments(
    rate: float, correlation: float, tau: float
) -> None:
    mu, sigma = rectified_gaussian(rate, correlation, tau)
    x = np.linspace(max(0.0, mu - 10 * sigma), mu + 10 * sigma, 200_001)
    density = np.exp(-0.5 * ((x - mu) / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi))
    mean = np.trapezoid(x * density, x)
    deviation = np.sqrt(np.trapezoid(x**2 * density, x) - mean**2)
    assert mean == pytest.approx(rate, rel=1e-6)
    assert deviation == pytest.approx(np.sqrt(correlation * rate / (2 * tau / 1000)), rel=1e-6)


def test_correlated_trains_have_their_rates_and_follow_new_ones(network: Network) -> None:
    source = network.create(HomogeneousCorrelatedSpikeTrains(200, rates=50.0, corr=0.0, tau=10.0))
    monitor = network.monitor(source, "spike")
    network.compile()
    network.simulate(500.0)
    assert monitor.mean_fr() == pytest.approx(50.0, rel=0.06)
    source.update(rates=20.0, corr=0.3, tau=5.0)
    assert (source.mu, source.sigma) == pytest.approx(rectified_gaussian(20.0, 0.3, 5.0))
    assert (source.tau, source.rates, source.corr) == (5.0, 20.0, 0.3)


def test_statistics_of_correlated_trains_follow_a_schedule(network: Network) -> None:
    source = network.create(
        HomogeneousCorrelatedSpikeTrains(
            2, rates=[10.0, 30.0], corr=0.2, tau=10.0, schedule=[0.0, 1.0], period=2.0
        )
    )
    network.compile()
    found = []
    for _ in range(5):
        network.step()
        found.append(source.mu)
    low, high = (rectified_gaussian(r, 0.2, 10.0)[0] for r in (10.0, 30.0))
    assert found == pytest.approx([low, low, high, high, low])


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"tau": 0.0}, ArgumentError, "tau is 0.0 ms"),
        ({"corr": 1.5}, ArgumentError, "correlation 1.5\n.*between 0 and 1"),
        ({"rates": [1.0, 2.0]}, ArgumentError, "2 rates without a schedule"),
        (
            {"rates": [1.0, 2.0], "schedule": [1.0, 2.0]},
            ArgumentError,
            "the schedule does not begin with 0",
        ),
        (
            {"rates": [1.0, 2.0], "corr": [0.1, 0.2, 0.3], "schedule": [0.0, 1.0]},
            ShapeError,
            "2 rates and 3 correlations",
        ),
    ],
)
def test_correlated_trains_are_checked(
    network: Network, options: dict, error: type[Exception], text: str
) -> None:
    given = {"rates": 10.0, "corr": 0.2, "tau": 10.0, **options}
    with pytest.raises(error, match=text):
        HomogeneousCorrelatedSpikeTrains(2, **given, network=network)


# -- between rates and spikes -------------------------------------------------------


def test_rates_are_injected_as_currents(network: Network) -> None:
    pre = network.create(2, Neuron(equations="r = t + 1.0"))
    post = network.create(2, Neuron(equations="v = g_exc", spike="v > 1000.0"))
    assert network.connect(CurrentInjection(pre, post, "exc")).connect_current()
    network.compile()
    network.simulate(1.5)
    assert post.v.tolist() == [1.5, 1.5]


def test_spikes_are_decoded_as_rates(network: Network) -> None:
    source = network.create(SpikeSourceArray([[0.5, 1.0], [1.0]]))
    sink = network.create(1, RATE)
    proj = network.connect(DecodingProjection(source, sink, "exc", window=1.0)).all_to_all(0.5)
    network.compile()
    unit = 1000.0 / (0.5 * 2 * 2) * 0.5  # of one spike among two synapses, over two steps
    assert rates_of(network, sink, 6) == [0, 0, unit, 3 * unit, 2 * unit, 0]
    assert proj.window == 1.0


@pytest.mark.parametrize(
    ("kind", "pre", "post", "text"),
    [
        (CurrentInjection, SPIKING, SPIKING, "use an ordinary projection"),
        (CurrentInjection, SPIKING, RATE, "use a DecodingProjection"),
        (DecodingProjection, STEADY, RATE, "use an ordinary projection"),
        (DecodingProjection, STEADY, SPIKING, "use a CurrentInjection"),
        (DecodingProjection, SPIKING, SPIKING, "use an ordinary projection"),
    ],
)
def test_types_of_the_two_sides_are_checked(network: Network, kind, pre, post, text: str) -> None:
    with pytest.raises(ArgumentError, match=text):
        kind(network.create(2, pre), network.create(2, post), "exc")


def test_a_hybrid_projection_names_the_populations_that_it_does_not_join(network: Network) -> None:
    cells = network.create(2, SPIKING, name="cells")
    with pytest.raises(ArgumentError) as caught:
        CurrentInjection(cells[:1], network.create(1, RATE, name="rates"), "exc")
    first, *others = str(caught.value).split("\n")
    assert first.startswith("a CurrentInjection does not join 'cells")
    assert first.endswith("(spiking) to 'rates' (rate-coded)")
    assert others == ["  it joins rate-coded neurons to spiking ones", "  use a DecodingProjection"]


def test_each_current_belongs_to_one_neuron(network: Network) -> None:
    with pytest.raises(ShapeError, match="a CurrentInjection joins 2 neurons to 3"):
        CurrentInjection(network.create(2, STEADY), network.create(3, SPIKING), "exc")


def test_a_window_is_not_negative(network: Network) -> None:
    with pytest.raises(ArgumentError, match="window of a DecodingProjection \\[ms\\] is -1.0"):
        DecodingProjection(network.create(2, SPIKING), network.create(2, RATE), "exc", window=-1.0)


# -- what is refused --------------------------------------------------------------------

NAN = float("nan")


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: TimedArray([[1.0]], schedule=NAN), r"schedule \[ms\] is nan"),
        (lambda: TimedArray([[1.0], [2.0]], schedule=[0, "a"]), "a time of the schedule .* 'a'"),
        (lambda: TimedArray([[1.0], [2.0]], schedule=[0, NAN]), "a time of the schedule .* nan"),
        (lambda: TimedArray([[1.0]], schedule=[]), "the schedule is empty"),
        (lambda: TimedArray([[1.0]], period="x"), r"period \[ms\] is 'x'"),
        (lambda: TimedArray([[1.0], [NAN]]), "some are NaN"),
        (lambda: TimedArray([[1j]]), "complex numbers"),
        (lambda: TimedPoissonPopulation(1, [NAN], [0.0]), "some are NaN"),
        (lambda: TimedPoissonPopulation(1, [1.0], [0.0], period="x"), r"period \[ms\] is 'x'"),
        (lambda: PoissonPopulation(1, rates=NAN), "'rates' of a PoissonPopulation .* become NaN"),
        (lambda: PoissonPopulation(1, rates=1j), "'rates' of a PoissonPopulation cannot become"),
        (lambda: PoissonPopulation(4, rates=[1.0, 2.0]), "has 4 values, 2 were given"),
        (lambda: SpikeSourceArray([NAN]), "is not finite"),
        (lambda: SpikeSourceArray([[1.0], [float("inf")]]), "is not finite"),
    ],
)
def test_an_input_that_is_refused_leaves_nothing_behind(make, text: str) -> None:
    with pytest.raises(AnnlabError, match=text):
        make()
    assert annlab.populations() == []


def test_an_update_that_is_refused_changes_nothing(network: Network) -> None:
    flash = network.create(TimedArray([[1.0], [2.0]], schedule=2.0))
    network.compile()
    with pytest.raises(ArgumentTypeError, match="period"):
        flash.update([[7.0]], period="x")  # type: ignore[arg-type]
    with pytest.raises(ArgumentTypeError, match=r"reset of update\(\) is 'no'"):
        flash.update([[7.0]], reset="no")  # type: ignore[arg-type]
    network.simulate(1.0)
    assert (flash.r.tolist(), flash.period) == ([1.0], -1.0)


def test_inputs_keep_what_they_were_given(network: Network) -> None:
    rates, times = np.array([[1.0], [2.0]]), [1.0]
    flash, source = (network.create(i) for i in (TimedArray(rates), SpikeSourceArray(times)))
    rates[:] = 9.0
    times.append(2.0)
    with pytest.warns(AnnlabWarning, match=r"call update\(rates\)"):
        flash.rates[:] = 9.0
    spikes = network.monitor(source, "spike")
    network.compile()
    network.simulate(4.0)
    assert (flash.r.tolist(), spikes.get("spike")) == ([2.0], {0: [2]})


def test_a_rate_may_be_an_array_of_one_number(network: Network) -> None:
    noise = network.create(PoissonPopulation(2, rates=np.array(30.0)))  # type: ignore[arg-type]
    assert noise.rates.tolist() == [30.0, 30.0]


def test_a_current_flows_from_each_input_to_its_neuron_alone(network: Network) -> None:
    source, cells = network.create(2, RATE), network.create(2, SPIKING)
    current = network.connect(CurrentInjection(source, cells, "exc"))
    with pytest.raises(ArgumentError, match=r"by all_to_all\n.*\n  call connect_current\(\)"):
        current.all_to_all(1.0)
    with pytest.warns(AnnlabWarning, match="weights have no effect"):
        current.one_to_one(2.0)


@pytest.mark.parametrize(
    "noise",
    [
        lambda: annlab.PoissonPopulation(3, rates=[10.0, 10_001.0, 5.0], name="noise"),
        lambda: annlab.PoissonPopulation(3, rates=20_000.0, name="noise"),
        lambda: annlab.TimedPoissonPopulation(
            3, rates=[10.0, 20_000.0], schedule=[0.0, 5.0], name="noise"
        ),
    ],
)
def test_rates_that_steps_cannot_hold_are_warned_of(noise) -> None:
    net = annlab.Network(dt=0.1, seed=1, backend="reference")
    net.create(noise())
    with pytest.warns(
        annlab.errors.AnnlabWarning,
        match=r"noise' has rates above 10000 Hz, and a neuron spikes at",
    ):
        net.compile()


def test_rates_that_are_set_later_are_warned_of_too() -> None:
    net = annlab.Network(dt=0.1, seed=1, backend="reference")
    noise = net.create(annlab.PoissonPopulation(3, rates=10_000.0))  # one spike a step: allowed
    net.compile()
    with pytest.warns(annlab.errors.AnnlabWarning, match="above 10000 Hz"):
        noise.rates = 10_001.0
