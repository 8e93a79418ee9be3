"""What monitors keep and what a run will take: windows, rings, estimates."""

from __future__ import annotations

from itertools import count
from typing import Any

import numpy as np
import pytest
from small import Connect

import annlab as ann
from annlab.errors import AnnlabWarning, ArgumentError, ArgumentTypeError, StateError, TooLargeError
from annlab.network import estimates
from annlab.network.tracks import Memory

CLOCK = ann.Neuron(equations="r = t")
FAST = ann.Neuron(equations="v += 0.5", spike="v > 0.9", reset="v = 0.0")  # every second step


@pytest.fixture
def pop(network: ann.Network) -> ann.Population:
    return network.create(2, CLOCK)


# -- windows and rings --------------------------------------------------------------


def test_a_window_may_be_open_at_its_end(network: ann.Network, pop: ann.Population) -> None:
    watch = network.monitor(pop, "r", window=(1.0, float("inf")))
    network.compile()
    network.simulate(2.0)
    assert watch.get("r")[:, 0].tolist() == [1.0, 1.5]
    assert watch.window == (1.0, float("inf"))


def test_a_window_is_the_same_after_a_reset(network: ann.Network, pop: ann.Population) -> None:
    watch = network.monitor(pop, "r", window=(1.0, 2.0))
    network.compile()
    for _ in range(2):
        network.simulate(5.0)
        assert watch.get("r")[:, 0].tolist() == [1.0, 1.5]
        network.reset()


def test_a_paused_ring_keeps_what_led_there(network: ann.Network, pop: ann.Population) -> None:
    watch = network.monitor(pop, "r", last=1.5)
    network.compile()
    network.simulate(5.0)
    watch.pause()
    network.simulate(50.0)
    assert watch.get("r", keep=True)[:, 0].tolist() == [3.5, 4.0, 4.5]
    assert watch.times(unit="ms")["r"] == {"start": [3.5], "stop": [5.0]}
    watch.resume()
    network.simulate(0.5)
    assert watch.get("r")[:, 0].tolist() == [55.0]


@pytest.mark.parametrize("backend", ["reference", "cpu"])
def test_a_ring_does_not_grow(backend: str) -> None:
    net = ann.Network(dt=1.0, backend=backend)
    cells = net.create(100, FAST)
    values = net.monitor(cells, "v", last=50.0)
    spikes = net.monitor(cells, "spike", last=50.0)
    net.compile()
    sizes = []
    for _ in range(3):
        net.simulate(3000.0)
        sizes.append(values.size_in_bytes() + spikes.size_in_bytes())
    assert values.size_in_bytes() < 3 * 51 * 100 * 8
    assert len(values.get("v")) == 50
    assert len(spikes.get("spike")[7]) == 25
    assert sizes[2] <= sizes[1]


def test_synapses_that_come_and_go_turn_with_the_ring(
    network: ann.Network, connect: Connect
) -> None:
    proj = connect(3, 1, synapse=ann.Synapse(equations="w += 1.0")).from_matrix([[1.0, None, 2.0]])
    network.config(structural_plasticity=True)
    watch = network.monitor(proj, "w", period=1.0, last=2.0)
    network.compile()
    network.simulate(3.0)
    proj.dendrite(0).create_synapse(1, 5.0)
    network.simulate(1.0)
    assert [len(row[0]) for row in watch.get("w", keep=True)] == [2, 3]
    network.simulate(1.0)
    assert [len(row[0]) for row in watch.get("w")] == [3, 3]


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"window": 5.0}, ArgumentTypeError, r"the window of Monitor_pop0 is 5.0\n  give \(first"),
        ({"window": (5.0, 5.0)}, ArgumentError, "goes from 5 ms to 5 ms\n  it begins at 0"),
        ({"window": (-1.0, 5.0)}, ArgumentError, "goes from -1 ms to 5 ms"),
        ({"last": 0.0}, ArgumentError, "cannot keep the last 0.0 ms\n  give a time above 0"),
        ({"last": 5.0, "file": "x"}, ArgumentError, "last=5 and a file\n.*keeps everything"),
    ],
)
def test_times_that_mean_nothing_are_refused(
    network: ann.Network, pop: ann.Population, options: dict, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        network.monitor(pop, "r", **options)
    assert network.get_monitors() == []


# -- estimates ----------------------------------------------------------------------


def test_values_are_counted_exactly(network: ann.Network, pop: ann.Population) -> None:
    plain = network.monitor(pop, "r", period=1.0)
    window = network.monitor(pop, "r", window=(10.0, 20.0))
    paused = network.monitor(pop, "r", start=False)
    network.compile()
    network.simulate(3.5)
    expected = {plain: 100 // 1 * 2 * 8, window: 20 * 2 * 8, paused: 0}
    for monitor, n_bytes in expected.items():
        assert monitor.estimate(100.0).in_memory == n_bytes
    estimate = network.memory_estimate(100.0)
    assert estimate.in_memory == sum(expected.values())
    assert (estimate.spikes, estimate.on_disk, estimate.rate) == (0, 0, None)
    assert estimate.fits
    before = plain.get("r", keep=True).nbytes
    network.simulate(100.0)
    assert plain.get("r").nbytes - before == expected[plain]


def test_spikes_are_estimated_from_the_rate_so_far(network: ann.Network) -> None:
    watch = network.monitor(network.create(10, FAST), "spike")
    network.compile()
    assert watch.estimate(1000.0).rate == 10.0  # nothing is known yet
    network.simulate(100.0)
    estimate = watch.estimate(1000.0)
    assert estimate.rate == pytest.approx(1000.0, rel=0.02)  # each second step of 0.5 ms
    before = len(watch.get_spikes()[0])
    network.simulate(1000.0)
    assert estimate.spikes == pytest.approx(len(watch.get_spikes()[0]) * 12, rel=0.02)
    assert before == 1000
    assert watch.estimate(1000.0, rate=5.0).in_memory == 10 * 5 * 12
    with pytest.raises(ArgumentError, match="the firing rate .* is -1.0"):
        watch.estimate(1000.0, rate=-1.0)


def test_a_ring_takes_no_more_in_an_hour_than_in_a_minute(network: ann.Network) -> None:
    cells = network.create(1000, CLOCK)
    watch = network.monitor(cells, "r", last=10.0)
    network.compile()
    minute, hour = (watch.estimate(ms).in_memory for ms in (60_000.0, 3_600_000.0))
    assert hour <= minute * 1.01
    assert 20 * 8000 <= hour < 100 * 8000


def test_a_file_takes_no_memory(network: ann.Network, pop: ann.Population, tmp_path) -> None:
    pytest.importorskip("zarr")
    network.monitor(pop, "r", file=tmp_path / "r")
    network.compile()
    estimate = network.memory_estimate(1000.0)
    assert (estimate.in_memory, estimate.on_disk) == (0, 2000 * 2 * 8)
    assert "0.032 MB in files" in repr(estimate)


def test_before_compile_nothing_can_be_said(network: ann.Network, pop: ann.Population) -> None:
    watch = network.monitor(pop, "r")
    with pytest.raises(StateError, match="estimate the recordings of Monitor_pop0"):
        watch.estimate(10.0)
    with pytest.raises(StateError, match="cannot estimate its recordings"):
        network.memory_estimate(10.0)


def test_a_run_whose_values_cannot_fit_is_refused(
    network: ann.Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    network.monitor(network.create(10_000, CLOCK, name="cells"), "r")
    network.compile()
    monkeypatch.setattr(estimates, "available_bytes", lambda: 1 << 30)
    with pytest.raises(
        TooLargeError, match=r"16.00 GB of recordings.*Monitor_cells.r.*1.07 GB"
    ) as e:
        network.simulate(100_000.0)
    assert "last=" in str(e.value)
    assert network.current_step == 0
    network.simulate(10.0)


def test_a_run_whose_spikes_may_not_fit_is_warned_of(
    network: ann.Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    network.monitor(network.create(1000, FAST, name="cells"), "spike")
    network.compile()
    network.simulate(10.0)
    monkeypatch.setattr(estimates, "available_bytes", lambda: 1 << 20)
    asked = network.memory_estimate(6_000.0)
    assert not asked.fits
    assert "1.05 MB are free" in repr(asked)
    monkeypatch.setattr(network._worker, "simulate", lambda *a, **k: 0)  # it would run for hours
    with pytest.warns(AnnlabWarning, match="Hz the run may need .*cells.spike") as found:
        network.simulate(6_000.0)
    assert found[0].filename == __file__


# -- lists --------------------------------------------------------------------------


def test_a_list_of_monitors_is_read_by_name(network: ann.Network, pop: ann.Population) -> None:
    spiking = network.create(2, FAST)
    watches = ann.MonitorList(
        [network.monitor(pop, "r"), network.monitor(pop[0], "r", name="Monitor_pop0"),
         network.monitor(spiking, "spike")]
    )  # fmt: skip
    network.compile()
    network.simulate(2.0)
    assert repr(watches) == "<MonitorList: Monitor_pop0, Monitor_pop0_1, Monitor_pop1>"
    assert watches["Monitor_pop0_1"] is watches[1]
    found = watches.get(keep=True)
    assert found["Monitor_pop0"]["r"].shape == (4, 2)
    assert found["Monitor_pop0_1"]["r"].shape == (4, 1)
    assert found["Monitor_pop1"]["spike"] == {0: [1, 3], 1: [1, 3]}
    with pytest.raises(ann.errors.UnknownObjectError, match="no monitor 'Monitor_pop'(.|\n)*mean"):
        watches["Monitor_pop"]
    with pytest.raises(ArgumentTypeError, match="a MonitorList holds monitors"):
        ann.MonitorList([pop])
    watches.reset()
    assert found["Monitor_pop0"]["r"].shape == (4, 2)
    assert watches.get()["Monitor_pop0"]["r"].shape == (0, 2)


def test_a_list_of_monitors_is_one_block(network: ann.Network, pop: ann.Population) -> None:
    pytest.importorskip("neo")
    spiking = network.create(3, FAST)
    one, two = network.monitor(pop, "r", period=1.0), network.monitor(spiking, ["spike", "v"])
    late = network.monitor(pop, "r", start=False, name="late")
    network.compile()
    network.simulate(4.0)
    late.start()
    network.simulate(2.0)
    one.period = 2.0
    network.simulate(4.0)
    block = ann.MonitorList([one, two, late]).to_neo(keep=True)
    assert [s.name for s in block.segments] == ["0 ms to 10 ms", "4 ms to 10 ms"]
    first, second = block.segments
    assert len(first.spiketrains) == 3
    assert [a.shape for a in first.analogsignals] == [(20, 3)]
    (irregular,) = first.irregularlysampledsignals
    assert irregular.times.magnitude.tolist() == [0, 1, 2, 3, 4, 5, 6, 8]
    assert [a.shape for a in second.analogsignals] == [(12, 2)]
    tables = ann.MonitorList([one, two]).to_pandas(keep=True)
    assert tables["Monitor_pop1"]["v"].shape == (20, 3)
    data = ann.MonitorList([two]).to_xarray()
    assert np.array_equal(data["Monitor_pop1"]["v"].values, tables["Monitor_pop1"]["v"].to_numpy())


def test_tables_of_synapses_that_came_have_gaps(network: ann.Network, connect: Connect) -> None:
    pytest.importorskip("pandas")
    proj = connect(3, 1, synapse=ann.Synapse(equations="w += 1.0")).from_matrix([[1.0, None, 2.0]])
    network.config(structural_plasticity=True)
    watch = network.monitor(proj, "w", period=1.0)
    network.compile()
    network.simulate(1.0)
    proj.dendrite(0).create_synapse(1, 5.0)
    network.simulate(1.0)
    frame = watch.to_pandas("w")
    assert frame.columns.tolist() == [(0, 0), (0, 1), (0, 2)]
    assert frame.isna().to_numpy().tolist() == [[False, True, False], [False, False, False]]
    assert frame[0, 2].tolist() == [3.0, 5.0]


def test_recordings_for_which_there_is_no_memory_are_kept_until_there_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where one monitor has its room already and the next does not get any."""
    put, n_calls = Memory.put, count()

    def put_now_and_then(self: Memory, *what: Any) -> None:
        if next(n_calls) % 3 == 1:
            raise MemoryError
        put(self, *what)

    network = ann.Network(dt=1.0, backend="cpu")
    cells = network.create(20_000, CLOCK)
    spiking = network.create(
        100_000, ann.Neuron(equations="v = modulo(t, 3.0)", spike="v < 0.5", reset="v = 1.0")
    )
    rates, spikes = network.monitor(cells, "r"), network.monitor(spiking, "spike")
    network.compile()
    with monkeypatch.context() as patch:
        patch.setattr(Memory, "put", put_now_and_then)
        n_failures = 0
        while network.current_step < 120:
            try:
                network.simulate(120.0 - network.current_step)
            except MemoryError:
                n_failures += 1
    assert n_failures > 3

    np.testing.assert_array_equal(rates.get("r")[:, 0], np.arange(120))
    times, _ = spikes.raster_plot()
    np.testing.assert_array_equal(np.unique(times), np.arange(0, 120, 3))
    assert len(times) == 40 * 100_000
