"""Monitors: what they record, when, and in which shape they return it."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from small import Connect

from annlab import Monitor, MonitorList, Network, Neuron, SpikeSourceArray, Synapse, Variable
from annlab.errors import (
    AnnlabWarning,
    ArgumentError,
    ArgumentTypeError,
    ConfigurationError,
    StateError,
    StorageError,
    UnknownAttributeError,
    UnknownObjectError,
)

CLOCK = Neuron(equations=["r = t", Variable("g = 2 * t", locality="global")])


@pytest.fixture
def source(network: Network) -> SpikeSourceArray:
    """Three neurons, at a step of 0.5 ms: spikes at steps 2, 8 / 4 / none."""
    return network.create(SpikeSourceArray([[1.0, 4.0], [2.0], []]))


# -- shapes -------------------------------------------------------------------------


def test_shapes_follow_the_object(network: Network, connect: Connect) -> None:
    pop = network.create((2, 3), CLOCK)
    monitors = {
        "population": network.monitor(pop, "r"),
        "block": network.monitor(pop[1, :], "r"),
        "scattered": network.monitor(pop[:, 1], "r"),
        "global": network.monitor(pop, "g"),
    }
    network.compile()
    network.simulate(2.0)
    shapes = {name: m.get(m.variables[0], keep=True).shape for name, m in monitors.items()}
    assert shapes == {
        "population": (4, 2, 3),
        "block": (4, 3),
        "scattered": (4, 2),
        "global": (4,),
    }
    assert monitors["population"].get("r", reshape=False).shape == (4, 6)


def test_views_record_their_own_neurons(network: Network) -> None:
    pop = network.create(5, Neuron(parameters="k = 0.0", equations="r = k"))
    pop.k = [0.0, 1.0, 2.0, 3.0, 4.0]
    block, scattered = network.monitor(pop[1:4], "r"), network.monitor(pop[[4, 0]], "r")
    network.compile()
    network.step()
    assert block.get("r").tolist() == [[1.0, 2.0, 3.0]]
    assert scattered.get("r").tolist() == [[4.0, 0.0]]


def test_projections_and_dendrites_are_recorded_by_synapse(
    network: Network, connect: Connect
) -> None:
    synapse = Synapse(
        equations=["w += 1.0", Variable("s += 1.0", locality="semiglobal"), "c = t : projection"]
    )
    ragged = connect(3, 2, synapse=synapse).from_matrix([[1.0, None, 2.0], [None, 3.0, None]])
    square = connect(2, 2, synapse=synapse).all_to_all(0.0)
    monitors = [network.monitor(p, ["w", "s", "c"], period=1.0) for p in (ragged, square)]
    network.compile()
    dendrite = network.monitor(ragged.dendrite(0), ["w", "s"])
    network.simulate(2.0)
    found = monitors[0].get()
    assert [[row.tolist() for row in time] for time in found["w"]] == [[[2, 3], [4]], [[4, 5], [6]]]
    assert found["s"].tolist() == [[1.0, 1.0], [3.0, 3.0]]
    assert found["c"].tolist() == [0.0, 1.0]
    assert monitors[1].get("w").tolist() == [[[1, 1], [1, 1]], [[3, 3], [3, 3]]]
    assert dendrite.get("w").tolist() == [[2, 3], [3, 4], [4, 5], [5, 6]]
    assert dendrite.get("s").tolist() == [1.0, 2.0, 3.0, 4.0]


def test_inputs_are_recorded_before_the_neurons_use_them(network: Network) -> None:
    source = network.create(SpikeSourceArray([1.0]))
    sink = network.create(1, Neuron(equations="dg_exc/dt = -g_exc", spike="g_exc > 100.0"))
    network.connect(source, sink, "exc").one_to_one(1.0)
    monitor = network.monitor(sink, "g_exc")
    network.compile()
    network.simulate(2.5)
    assert monitor.get("g_exc")[:, 0].tolist() == [0.0, 0.0, 0.0, 1.0, 0.5]


def test_weighted_sums_are_recorded(network: Network, connect: Connect) -> None:
    proj = connect(2, 1).all_to_all(3.0)
    monitor = network.monitor(proj.post, "sum(exc)")
    network.compile()
    network.simulate(1.0)
    assert monitor["sum( exc )"].tolist() == [[6.0], [6.0]]


def test_synapses_drawn_again_are_recorded_anew(network: Network, connect: Connect) -> None:
    proj = connect(20, 20, synapse=Synapse(equations="w += 1.0"))
    proj.fixed_probability(0.5, 0.0)
    monitor = network.monitor(proj, "w", period=1.0)
    network.compile()
    network.simulate(1.0)
    proj.reset(synapses=True)
    network.simulate(1.0)
    (recorded,) = monitor.get("w")
    assert [len(row) for row in recorded] == proj.nb_synapses_per_dendrite
    assert {w for row in recorded for w in row} == {1.0}


# -- spikes -------------------------------------------------------------------------


def test_every_recorded_neuron_has_its_list(network: Network, source: SpikeSourceArray) -> None:
    everyone, view = network.monitor(source, "spike"), network.monitor(source[1:], "spike")
    network.compile()
    network.simulate(5.0)
    assert everyone.get("spike") == {0: [2, 8], 1: [4], 2: []}
    assert view.get("spike") == {1: [4], 2: []}
    assert everyone.get("spike") == {0: [], 1: [], 2: []}


def test_spikes_come_as_arrays_in_order_of_time(network: Network, source: SpikeSourceArray) -> None:
    monitor = network.monitor(source, ["spike"])
    network.compile()
    network.simulate(5.0)
    for _ in range(2):
        times, ranks = monitor.get_spikes(keep=True)
        times_again, ranks_again = times.tolist(), ranks.tolist()
        times[:] = ranks[:] = 0
    assert (times_again, ranks_again) == ([1.0, 2.0, 4.0], [0, 1, 0])


# -- when ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("period", "offset", "expected"),
    [
        (None, None, [0, 0.5, 1, 1.5, 2, 2.5]),
        (1.0, None, [0, 1, 2]),
        (1.5, 0.5, [0.5, 2]),
        (0.0, None, [0, 0.5, 1, 1.5, 2, 2.5]),
    ],
)
def test_records_are_taken_every_period(
    network: Network, period: float | None, offset: float | None, expected: list[float]
) -> None:
    monitor = network.monitor(network.create(1, CLOCK), "r", period, offset)
    network.compile()
    network.simulate(3.0)
    assert monitor.get("r")[:, 0].tolist() == expected


def test_times_between_the_steps_are_warned_of(network: Network) -> None:
    pop = network.create(1, CLOCK)
    text = "the period of Monitor_pop0 is 0.1 ms, no multiple of dt=0.5 ms: 0.5 ms are taken"
    with pytest.warns(AnnlabWarning, match=text):
        monitor = network.monitor(pop, "r", period=0.1)
    with pytest.warns(AnnlabWarning, match="period of .* is 1.3 ms, .*: 1.5 ms are taken"):
        monitor.period = 1.3
    monitor.period = 15.0
    with pytest.warns(AnnlabWarning, match="period_offset of .* is 0.6 ms, .*: 0.5 ms are taken"):
        monitor.period_offset = 0.6
    assert (monitor.period, monitor.period_offset) == (15.0, 0.5)


def test_rounding_errors_of_a_period_are_not_warned_of() -> None:
    net = Network(dt=0.1)
    assert net.monitor(net.create(1, CLOCK), "r", period=0.3).period == pytest.approx(0.3)


def test_a_monitor_of_a_running_network_keeps_to_its_own_begin(network: Network) -> None:
    pop = network.create(1, CLOCK)
    network.compile()
    network.simulate(1.5)
    monitor = network.monitor(pop, "r", period=1.0)
    network.simulate(3.0)
    assert monitor.get("r")[:, 0].tolist() == [1.5, 2.5, 3.5]


def test_period_and_offset_are_known_and_settable_in_ms(network: Network) -> None:
    monitor = network.monitor(network.create(1, CLOCK), "r", period=2.0, period_offset=0.5)
    network.compile()
    assert (monitor.period, monitor.period_offset) == (2.0, 0.5)
    monitor.period_offset = 0.0
    monitor.period = 1.0
    network.simulate(2.0)
    assert monitor.get("r")[:, 0].tolist() == [0.0, 1.0]


def test_pauses_are_told_by_times(network: Network) -> None:
    monitor = network.monitor(network.create(1, CLOCK), "r", start=False)
    network.compile()
    network.simulate(1.0)
    monitor.start()
    network.simulate(1.0)
    monitor.pause()
    network.simulate(1.0)
    monitor.resume()
    network.simulate(0.5)
    assert monitor.get("r")[:, 0].tolist() == [1.0, 1.5, 3.0]
    assert monitor.times() == {"r": {"start": [2, 6], "stop": [4, 7]}}
    assert monitor.times("r", unit="ms") == {"r": {"start": [1.0, 3.0], "stop": [2.0, 3.5]}}
    network.simulate(0.5)
    assert monitor.get("r")[:, 0].tolist() == [3.5]
    assert monitor.times() == {"r": {"start": [7], "stop": [8]}}


def test_stopping_loses_what_was_not_read_and_starting_begins_anew(network: Network) -> None:
    monitor = network.monitor(network.create(1, CLOCK), "r")
    network.compile()
    network.simulate(1.0)
    monitor.stop()
    network.simulate(1.0)
    assert monitor.get("r").shape == (0, 1)
    monitor.start()
    network.simulate(1.0)
    assert monitor.get("r")[:, 0].tolist() == [2.0, 2.5]


def test_more_variables_can_be_recorded_later(network: Network) -> None:
    monitor = network.monitor(network.create(1, CLOCK), "r")
    network.compile()
    network.simulate(1.0)
    monitor.start("g")
    network.simulate(1.0)
    found = monitor.get()
    assert (found["r"].shape, found["g"].tolist()) == ((4, 1), [2.0, 3.0])
    assert monitor.variables == ["r", "g"]


def test_keeping_leaves_the_recording_untouched_by_the_reader(network: Network) -> None:
    monitor = network.monitor(network.create(1, CLOCK), "r")
    network.compile()
    network.simulate(1.0)
    monitor.get("r", keep=True)[:] = 9.0
    network.simulate(0.5)
    assert monitor.get("r", keep=True)[:, 0].tolist() == [0.0, 0.5, 1.0]
    assert list(monitor.get("r", force_dict=True)) == ["r"]
    monitor.reset()
    assert monitor.get("r").shape == (0, 1)


def test_resetting_the_network_drops_recordings(network: Network) -> None:
    monitor = network.monitor(network.create(1, CLOCK), "r")
    network.compile()
    network.simulate(1.0)
    network.reset()
    network.simulate(1.0)
    assert monitor.get("r")[:, 0].tolist() == [0.0, 0.5]
    assert monitor.times() == {"r": {"start": [0], "stop": [2]}}


# -- refusals -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variables", "error", "text"),
    [
        ("rr", UnknownObjectError, r"'pop0' has no variable 'rr'\n.*\n.*did you mean 'r'"),
        ("k", ArgumentError, "'k' is a parameter. Parameters are not recordable"),
        ("spike", ArgumentError, "'pop0' is rate-coded and has no spike"),
        ("sum(inh)", ArgumentError, r"do not read sum\(inh\)\n.*they read: exc"),
    ],
)
def test_what_cannot_be_recorded_is_refused(
    network: Network, variables: str, error: type[Exception], text: str
) -> None:
    pop = network.create(2, Neuron(parameters="k = 1.0", equations="r = k * sum(exc)"))
    with pytest.raises(error, match=text):
        network.monitor(pop, variables)
    assert network.get_monitors() == []


def test_neurons_without_axon_have_no_axonal_events(
    network: Network, source: SpikeSourceArray
) -> None:
    with pytest.raises(ArgumentError, match="have no axon_spike\n.*give the neuron an axon_spike"):
        network.monitor(source, "axon_spike")


def test_only_objects_of_networks_are_monitored() -> None:
    with pytest.raises(ArgumentTypeError, match="a monitor cannot record list"):
        Monitor([1, 2], "r")


@pytest.mark.parametrize(("period", "offset"), [(1.0, 1.0), (None, 0.5), (1.0, -0.5)])
def test_an_offset_lies_inside_the_period(
    network: Network, period: float | None, offset: float
) -> None:
    pop = network.create(1, CLOCK)
    with pytest.raises(ArgumentError, match=f"period_offset {offset:g} ms of Monitor_pop0 is not"):
        network.monitor(pop, "r", period, offset)


def test_reading_what_is_not_recorded_is_refused(network: Network) -> None:
    monitor = network.monitor(network.create(1, CLOCK), "r")
    with pytest.raises(StateError, match="Monitor_pop0 has no recordings before compile"):
        monitor.get("r")
    network.compile()
    with pytest.raises(UnknownObjectError, match="Monitor_pop0 does not record 'g'\n.*records: r"):
        monitor.get("g")
    with pytest.raises(ArgumentError, match="'r' of Monitor_pop0 is no event"):
        monitor.get_spikes("r")
    with pytest.raises(ArgumentError, match="unknown unit 's'"):
        monitor.times(unit="s")
    with pytest.raises(AttributeError):
        monitor.variables = ["g"]


def test_recording_every_step_of_a_projection_warns(network: Network, connect: Connect) -> None:
    proj = connect(synapse=Synapse(equations="w += 0.1")).all_to_all(1.0)
    with pytest.warns(AnnlabWarning, match="records projection .* in every step"):
        network.monitor(proj, "w")


# -- files --------------------------------------------------------------------------


def test_one_variable_is_saved_as_npy(network: Network, source: SpikeSourceArray, tmp_path) -> None:
    pop = network.create((1, 2), CLOCK)
    rates, spikes = network.monitor(pop, ["r", "g"]), network.monitor(source, "spike")
    network.compile()
    network.simulate(5.0)
    rates.save(str(tmp_path / "deep" / "r.npy"), "r", reshape=True)
    spikes.save(str(tmp_path / "s.npy"))
    assert np.load(tmp_path / "deep" / "r.npy").shape == (10, 1, 2)
    assert np.load(tmp_path / "s.npy").tolist() == [[2, 8, 4], [0, 0, 1]]
    with pytest.raises(ArgumentError, match="one variable and 2 were asked for"):
        rates.save(str(tmp_path / "both.npy"))
    with pytest.raises(ConfigurationError, match="cannot be saved as '.txt'"):
        rates.save(str(tmp_path / "r.txt"), "r")


def test_without_h5py_the_user_is_told(
    network: Network, monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    monkeypatch.setitem(sys.modules, "h5py", None)
    monitor = network.monitor(network.create(1, CLOCK), "r")
    network.compile()
    network.simulate(1.0)
    with pytest.raises(ConfigurationError, match="needs the package h5py.*\n.*pip install h5py"):
        monitor.save(str(tmp_path / "r.hdf5"))
    with pytest.raises(ConfigurationError, match="pip install h5py"):
        MonitorList([monitor]).save_all(str(tmp_path / "r.hdf5"))
    with pytest.raises(ConfigurationError, match="several monitors cannot be saved as '.npy'"):
        MonitorList([monitor]).save_all("r.npy")
    assert monitor.get("r").shape == (2, 1)


@pytest.mark.parametrize(("flat", "key"), [(False, "/pop0/r"), (True, "pop0_r")])
def test_several_monitors_share_one_file(network: Network, flat: bool, key: str, tmp_path) -> None:
    h5py = pytest.importorskip("h5py")
    monitor = network.monitor(network.create(2, CLOCK), ["r", "g"])
    network.compile()
    network.simulate(1.0)
    MonitorList([monitor]).save_all(str(tmp_path / "all.hdf5"), flat_keys=flat)
    with h5py.File(tmp_path / "all.hdf5") as file:
        assert file[key][()].tolist() == [[0.0, 0.0], [0.5, 0.5]]


def test_statistics_of_a_monitor_use_its_clock(network: Network, source: SpikeSourceArray) -> None:
    monitor = network.monitor(source, "spike", start=False)
    network.compile()
    network.simulate(1.0)
    monitor.start()
    network.simulate(4.0)
    spikes = monitor.get("spike", keep=True)
    assert spikes == {0: [2, 8], 1: [4], 2: []}
    assert [part.tolist() for part in monitor.raster_plot(spikes)] == [[1.0, 4.0, 2.0], [0, 0, 1]]
    assert monitor.mean_fr(spikes) == pytest.approx(3 / (3 * 4.0) * 1000)
    assert np.flatnonzero(monitor.population_rate(spikes)).tolist() == [0, 2, 6]
    assert monitor.smoothed_rate(spikes)[0].tolist() == [pytest.approx(1000 / 3)] * 6 + [0.0] * 2
    assert monitor.inter_spike_interval(spikes) == [3.0]
    assert monitor.coefficient_of_variation(spikes) == []
    assert monitor.histogram(spikes, bins=2.0).tolist() == [2, 1]
    assert monitor.raster_plot()[1].tolist() == [0, 0, 1]


def test_rates_after_a_pause_are_those_of_the_time_recorded(
    network: Network, source: SpikeSourceArray
) -> None:
    monitor = network.monitor(source, "spike")
    network.compile()
    network.simulate(1.5)
    monitor.pause()
    network.simulate(1.0)
    monitor.resume()
    network.simulate(2.5)
    spikes = monitor.get("spike")
    assert spikes == {0: [2, 8], 1: [], 2: []}  # that of neuron 1 fell into the pause
    assert monitor.mean_fr(spikes) == pytest.approx(2 / (3 * 4.0) * 1000)
    rate = monitor.population_rate(spikes)
    assert (len(rate), np.flatnonzero(rate).tolist()) == (10, [2, 8])


# -- what is refused --------------------------------------------------------------------


def test_a_schedule_that_is_refused_changes_nothing(network: Network) -> None:
    watch = network.monitor(network.create(1, CLOCK), "r", period=2.0, period_offset=1.0)
    network.compile()
    for name, value in (("period", -1.0), ("period", 0.5), ("period_offset", 3.0)):
        with pytest.raises(ArgumentError):
            setattr(watch, name, value)
    assert (watch.period, watch.period_offset) == (2.0, 1.0)


def test_a_monitor_of_another_networks_neurons_is_refused(network: Network) -> None:
    stranger = Network().create(1, CLOCK, name="stranger")
    with pytest.raises(ArgumentError, match=r"cannot record 'stranger'\n  it belongs to network"):
        network.monitor(stranger, "r")


def test_a_monitor_of_what_was_added_records_the_copy(network: Network) -> None:
    original = Network().create(3, CLOCK)
    network.add([original])
    view, neurons = network.monitor(original[1:], "r"), network.monitor(original, "r")
    assert (view.object.population, neurons.object) == (network.get(original),) * 2


@pytest.mark.parametrize("last", ["x", True, float("nan"), float("inf"), 0.0])
def test_what_is_no_time_to_keep_is_refused(network: Network, last: float) -> None:
    with pytest.raises((ArgumentError, ArgumentTypeError), match="Monitor_pop0"):
        network.monitor(network.create(1, CLOCK), "r", last=last)


def test_a_misspelt_attribute_of_a_monitor_is_told(network: Network) -> None:
    watch = network.monitor(network.create(1, CLOCK), ["r", "r"])
    assert watch.variables == ["r"]
    with pytest.warns(AnnlabWarning, match="has no attribute 'perid'"):
        watch.perid = 3.0  # type: ignore[attr-defined]
    with pytest.raises(UnknownAttributeError, match="'last' of Monitor_pop0 can be read"):
        watch.last = 3.0  # type: ignore[misc]
    with pytest.raises(ArgumentTypeError, match="start of Monitor_pop0 is 'now'"):
        network.monitor(watch.object, "r", start="now")  # type: ignore[arg-type]


# -- files ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filename", "error"),
    [("rates.txt", ConfigurationError), ("plain/rates.npy", StorageError), (3, ArgumentTypeError)],
)
def test_what_could_not_be_saved_is_still_there(
    network: Network, tmp_path: Path, filename: str | int, error: type[Exception]
) -> None:
    (tmp_path / "plain").write_text("a file where a folder should be")
    watch = network.monitor(network.create(2, CLOCK), "r")
    network.compile()
    network.simulate(2.0)
    with pytest.raises(error):
        watch.save(tmp_path / filename if isinstance(filename, str) else filename)  # type: ignore[arg-type]
    assert watch.get("r").shape == (4, 2)


def test_dendrites_that_fit_no_file_are_still_there(
    network: Network, connect: Connect, tmp_path: Path
) -> None:
    synapse = Synapse(equations="w += 1.0")
    projection = connect(synapse=synapse).from_matrix([[1.0] * 4, [None] * 3 + [1.0], [1.0] * 4])
    network.compile()
    watch = network.monitor(projection, "w", period=1.0)
    network.simulate(2.0)
    with pytest.raises(ArgumentError, match="different lengths"):
        watch.save(str(tmp_path / "weights.hdf5"))
    assert watch.get("w").shape == (2, 3)


def test_two_monitors_of_one_variable_are_numbered_in_a_file(
    network: Network, tmp_path: Path
) -> None:
    h5py = pytest.importorskip("h5py")
    pop = network.create(2, CLOCK, name="pop")
    monitors = MonitorList([network.monitor(pop, "r"), network.monitor(pop, "r", period=1.0)])
    network.compile()
    network.simulate(2.0)
    monitors.save_all(str(tmp_path / "all.hdf5"))
    with h5py.File(tmp_path / "all.hdf5") as file:
        assert {name: len(file["pop"][name]) for name in file["pop"]} == {"r": 4, "r_1": 2}
    with pytest.raises(UnknownObjectError, match="the list has 2 monitors, and no monitor 2"):
        _ = monitors[2]
