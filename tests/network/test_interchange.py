"""Recordings and synapses come out in the containers of other libraries."""

from __future__ import annotations

import sys
import warnings
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

import annlab as ann
from annlab.errors import ArgumentError, ConfigurationError, StateError, UnknownObjectError

COUNTING = ann.Neuron(parameters="k = 1.0", equations="total += 1.0 : population\nr += k*total")
CLOCK = ann.Neuron(equations="v += 1.0", spike="v > 2.5", reset="v = 0.0")


@pytest.fixture
def rates(network: ann.Network) -> ann.Population:
    return network.create((2, 3), COUNTING, name="rates")


@pytest.fixture
def clocks(network: ann.Network) -> ann.Population:
    """Spikes in steps 2, 5 ...; of neuron 1 in steps 1, 4, 7 ..."""
    cells = network.create(3, CLOCK, name="clocks")
    cells.v = [0.0, 1.0, 0.0]
    return cells


def recorded(
    network: ann.Network, obj: object, variables: str | list[str], **options: object
) -> ann.Monitor:
    """Return a monitor after 8 steps, of which the fourth and fifth were not recorded."""
    if not network.compiled and not isinstance(obj, ann.Dendrite):
        monitor = network.monitor(obj, variables, **options)
        network.compile()
    else:
        monitor = network.monitor(obj, variables, **options)
    network.simulate(1.5)
    monitor.pause()
    network.simulate(1.0)
    monitor.resume()
    network.simulate(1.5)
    return monitor


TIMES = [0.0, 0.5, 1.0, 2.5, 3.0, 3.5]

# -- pandas ---------------------------------------------------------------------------


def test_values_are_a_table_by_time_and_rank(network, rates) -> None:
    pytest.importorskip("pandas")
    monitor = recorded(network, rates, "r")
    expected = monitor.get("r", keep=True, reshape=False)
    frame = monitor.to_pandas("r")
    assert frame.index.name == "time_ms"
    assert frame.index.tolist() == TIMES
    assert frame.columns.tolist() == [0, 1, 2, 3, 4, 5]
    assert np.array_equal(frame.to_numpy(), expected)


def test_times_follow_period_and_offset(network, rates) -> None:
    pytest.importorskip("pandas")
    monitor = recorded(network, rates, "r", period=1.0, period_offset=0.5)
    assert monitor.to_pandas("r").index.tolist() == [0.5, 2.5, 3.5]


def test_columns_of_a_view_are_its_ranks(network, rates) -> None:
    pytest.importorskip("pandas")
    monitor = recorded(network, rates[[4, 1]], "r")
    assert monitor.to_pandas("r").columns.tolist() == monitor.object.ranks.tolist()


def test_a_global_value_is_one_column(network, rates) -> None:
    pytest.importorskip("pandas")
    frame = recorded(network, rates, "total").to_pandas("total")
    assert frame["total"].tolist() == [1.0, 2.0, 3.0, 6.0, 7.0, 8.0]


def test_spikes_are_rows(network, clocks) -> None:
    pytest.importorskip("pandas")
    frame = recorded(network, clocks, "spike").to_pandas("spike")
    spikes = sorted(zip(frame["time_ms"], frame["rank"]))
    assert spikes == [(0.5, 1), (1.0, 0), (1.0, 2), (2.5, 0), (2.5, 2), (3.5, 1)]


def test_several_names_give_a_dictionary(network, clocks) -> None:
    pytest.importorskip("pandas")
    frames = recorded(network, clocks, ["spike", "v"]).to_pandas()
    assert {name: frame.shape for name, frame in frames.items()} == {"spike": (6, 2), "v": (6, 3)}


def test_what_was_read_is_forgotten_unless_it_is_kept(network, rates) -> None:
    pytest.importorskip("pandas")
    monitor = recorded(network, rates, "r")
    lengths = [len(monitor.to_pandas("r", keep=keep)) for keep in (True, False, False)]
    assert lengths == [6, 6, 0]


def test_recordings_of_a_projection_are_told_by_both_ranks(network, connect) -> None:
    pytest.importorskip("pandas")
    synapse = ann.Synapse(equations="w += pre.r")
    proj = connect(3, 2, synapse=synapse).from_matrix([[1.0, None, 2.0], [None, 3.0, None]])
    monitor = recorded(network, proj, "w", period=1.0)
    frame = monitor.to_pandas("w")
    assert frame.columns.names == ["post", "pre"]
    assert frame.columns.tolist() == [(0, 0), (0, 2), (1, 1)]
    assert frame[1, 1].iloc[0] == 4.0


def test_recordings_of_a_dendrite_are_told_by_presynaptic_ranks(network, connect) -> None:
    pytest.importorskip("pandas")
    synapse = ann.Synapse(equations="w += pre.r")
    proj = connect(3, 2, synapse=synapse).from_matrix([[1.0, None, 2.0], [None, 3.0, None]])
    network.compile()
    frame = recorded(network, proj.dendrite(0), "w").to_pandas("w")
    assert (frame.columns.name, frame.columns.tolist()) == ("pre", [0, 2])


def test_times_are_right_when_the_period_was_changed_meanwhile(network, rates) -> None:
    pytest.importorskip("pandas")
    monitor = recorded(network, rates, "r")
    monitor.period = 2.0
    network.simulate(4.0)
    assert monitor.to_pandas("r").index.tolist() == [*TIMES, 4.0, 6.0]


def test_a_name_that_is_not_recorded_is_refused(network, rates) -> None:
    pytest.importorskip("pandas")
    with pytest.raises(UnknownObjectError, match="does not record 'v'"):
        recorded(network, rates, "r").to_pandas("v")


# -- xarray ---------------------------------------------------------------------------


def test_values_have_the_dimensions_of_the_population(network, rates) -> None:
    pytest.importorskip("xarray")
    monitor = recorded(network, rates, "r")
    expected = monitor.get("r", keep=True)
    array = monitor.to_xarray("r")
    assert array.dims == ("time", "width", "height")
    assert array.time.to_numpy().tolist() == TIMES
    assert array.time.attrs == {"units": "ms"}
    assert np.array_equal(array.to_numpy(), expected)


def test_neurons_in_a_row_are_told_by_rank(network, clocks) -> None:
    pytest.importorskip("xarray")
    array = recorded(network, clocks[1:], "v").to_xarray("v")
    assert array.dims == ("time", "rank")
    assert array.sel(rank=2, time=1.0).item() == 0.0


def test_synapses_have_both_ranks_as_coordinates(network, connect) -> None:
    pytest.importorskip("xarray")
    synapse = ann.Synapse(equations="w += pre.r")
    proj = connect(3, 2, synapse=synapse).from_matrix([[1.0, None, 2.0], [None, 3.0, None]])
    array = recorded(network, proj, "w", period=1.0).to_xarray("w")
    assert array.dims == ("time", "synapse")
    assert (array.post.to_numpy().tolist(), array.pre.to_numpy().tolist()) == ([0, 0, 1], [0, 2, 1])


def test_several_values_are_a_dataset_without_events(network, clocks) -> None:
    pytest.importorskip("xarray")
    monitor = recorded(network, clocks, ["spike", "v"])
    assert list(monitor.to_xarray().data_vars) == ["v"]
    assert sum(map(len, monitor.get("spike").values())) == 6


@pytest.mark.parametrize("asked", ["spike", ["spike"], None])
def test_spikes_are_no_array(network, clocks, asked) -> None:
    pytest.importorskip("xarray")
    monitor = recorded(network, clocks, "spike")
    text = "has no value at each time\n  to_pandas\\(\\) and to_neo\\(\\) give spikes"
    with pytest.raises(ArgumentError, match=text):
        monitor.to_xarray(asked)


# -- Neo and NWB ----------------------------------------------------------------------


def test_a_segment_is_an_uninterrupted_recording(network, clocks) -> None:
    pytest.importorskip("neo")
    block = recorded(network, clocks, ["spike", "v"], name="mine").to_neo()
    assert block.name == "mine"
    assert [s.name for s in block.segments] == ["0 ms to 1.5 ms", "2.5 ms to 4 ms"]


def test_every_recorded_neuron_has_a_spike_train(network, clocks) -> None:
    pytest.importorskip("neo")
    segment = recorded(network, clocks, "spike").to_neo().segments[0]
    trains = [
        (t.annotations["rank"], t.rescale("ms").magnitude.tolist()) for t in segment.spiketrains
    ]
    assert trains == [(0, [1.0]), (1, [0.5]), (2, [1.0])]
    assert [t.t_stop.item() for t in segment.spiketrains] == [1.5] * 3


def test_values_are_analog_signals(network, clocks) -> None:
    pytest.importorskip("neo")
    monitor = recorded(network, clocks[1:], "v")
    expected = monitor.get("v", keep=True)
    first, second = (s.analogsignals[0] for s in monitor.to_neo().segments)
    assert np.array_equal(np.vstack((first.magnitude, second.magnitude)), expected)
    assert [second.t_start.item(), second.sampling_period.item()] == [2.5, 0.5]
    assert first.array_annotations["rank"].tolist() == [1, 2]
    assert first.name == "v"


def test_neo_without_a_record_has_no_segment(network, clocks) -> None:
    pytest.importorskip("neo")
    monitor = network.monitor(clocks, "v", start=False)
    network.compile()
    network.simulate(2.0)
    assert len(monitor.to_neo().segments) == 0


def test_recordings_are_written_as_nwb(network, clocks, tmp_path: Path) -> None:
    neo, _ = pytest.importorskip("neo"), pytest.importorskip("pynwb")
    monitor = recorded(network, clocks, ["spike", "v"])
    path = tmp_path / "new" / "run.nwb"
    start = datetime(2024, 5, 6, tzinfo=UTC)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Neo and PyNWB warn of one another
        monitor.to_nwb(str(path), session_start_time=start)
        (block,) = neo.io.NWBIO(str(path), mode="r").read_all_blocks()
    assert [len(s.spiketrains) for s in block.segments] == [3, 3]
    assert block.segments[1].analogsignals[0].t_start.rescale("ms").item() == pytest.approx(2.5)


def test_nwb_has_a_name_of_its_own(network, clocks) -> None:
    pytest.importorskip("neo"), pytest.importorskip("pynwb")
    monitor = recorded(network, clocks, "spike")
    with pytest.raises(ConfigurationError, match="NWB cannot be written as '.h5'\n  use .nwb"):
        monitor.to_nwb("run.h5")


# -- synapses -------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "lil"])
def test_weights_are_a_sparse_matrix_with_postsynaptic_rows(network, connect, form: str) -> None:
    pytest.importorskip("scipy")
    proj = connect(3, 2).from_matrix([[1.0, None, 0.0], [None, 3.0, None]])
    network.compile()
    matrix = proj.to_scipy(format=form)
    assert (matrix.format, matrix.shape, matrix.nnz) == (form, (2, 3), 3)
    assert matrix.toarray().tolist() == proj.connectivity_matrix().tolist()


def test_the_transpose_connects_again(network, connect) -> None:
    pytest.importorskip("scipy")
    proj = connect(5, 4).fixed_probability(0.5, weights=ann.Uniform(0.0, 1.0))
    network.compile()
    other = ann.Network()
    cells = [other.create(n, COUNTING) for n in (5, 4)]
    again = other.connect(*cells, "exc").from_sparse(proj.to_scipy().T.tocsr())
    other.compile()
    assert again.w == proj.w
    assert again.pre_ranks == proj.pre_ranks


def test_views_keep_their_place_in_the_matrix(network, rates) -> None:
    pytest.importorskip("scipy")
    target = network.create(3, ann.Neuron(equations="r = sum(exc)"))
    proj = network.connect(rates[4:6], target[1:2], "exc").all_to_all(2.0)
    network.compile()
    assert np.argwhere(proj.to_scipy().toarray()).tolist() == [[1, 4], [1, 5]]


def test_synapses_are_edges_of_a_graph(network, connect) -> None:
    pytest.importorskip("networkx")
    proj = connect(3, 2).from_matrix([[1.0, None, 2.0], [None, 3.0, None]], delays=1.0)
    network.compile()
    graph = proj.to_networkx()
    assert list(graph.edges(data="weight")) == [
        (("pop0", 0), ("pop1", 0), 1.0),
        (("pop0", 1), ("pop1", 1), 3.0),
        (("pop0", 2), ("pop1", 0), 2.0),
    ]
    assert {d for _, _, d in graph.edges(data="delay")} == {1.0}
    assert graph.nodes["pop1", 1] == {"population": "pop1", "rank": 1}
    assert len(graph) == 5


def test_edges_have_what_else_is_asked_for(network, connect) -> None:
    pytest.importorskip("networkx")
    synapse = ann.Synapse(parameters="k = 2.0", psp="k*w*pre.r")
    proj = connect(2, 1, synapse=synapse).all_to_all(0.5)
    network.compile()
    edges = proj.to_networkx(["w", "k"]).edges(data=True)
    assert [d for *_, d in edges] == [{"weight": 0.5, "k": 2.0, "delay": 0.5}] * 2


@pytest.mark.parametrize("method", ["to_scipy", "to_networkx"])
def test_synapses_do_not_exist_before_compile(connect, method: str) -> None:
    pytest.importorskip("scipy"), pytest.importorskip("networkx")
    proj = connect().all_to_all(1.0)
    with pytest.raises(StateError, match="is not compiled, so it has no synapses yet"):
        getattr(proj, method)()


@pytest.mark.parametrize("method", ["to_scipy", "to_networkx"])
def test_unknown_attributes_of_synapses_are_refused(network, connect, method: str) -> None:
    pytest.importorskip("scipy"), pytest.importorskip("networkx")
    proj = connect().all_to_all(1.0)
    network.compile()
    with pytest.raises(AttributeError, match="has no attribute 'z'"):
        getattr(proj, method)("z")


def test_an_unknown_format_is_refused(network, connect) -> None:
    pytest.importorskip("scipy")
    proj = connect().all_to_all(1.0)
    network.compile()
    text = "unknown format 'dia' of a sparse matrix\n  use one of csr, csc, coo, lil"
    with pytest.raises(ArgumentError, match=text):
        proj.to_scipy(format="dia")


# -- libraries that are not there -----------------------------------------------------


@pytest.mark.parametrize(
    ("method", "arguments", "package"),
    [
        ("to_pandas", (), "pandas"),
        ("to_xarray", (), "xarray"),
        ("to_neo", (), "neo"),
        ("to_nwb", ("run.nwb",), "pynwb"),
    ],
)
def test_a_library_that_is_missing_is_named(
    network, rates, monkeypatch: pytest.MonkeyPatch, method: str, arguments, package: str
) -> None:
    monitor = recorded(network, rates, "r")
    monkeypatch.setitem(sys.modules, package, None)
    text = f"{method}\\(\\) needs the package {package}, .*\n  pip install {package}"
    with pytest.raises(ConfigurationError, match=text):
        getattr(monitor, method)(*arguments)
    assert len(monitor.get("r")) == 6  # nothing was lost


@pytest.mark.parametrize(
    ("method", "module", "package"),
    [("to_scipy", "scipy.sparse", "scipy"), ("to_networkx", "networkx", "networkx")],
)
def test_a_library_of_synapses_that_is_missing_is_named(
    network, connect, monkeypatch: pytest.MonkeyPatch, method: str, module: str, package: str
) -> None:
    proj = connect().all_to_all(1.0)
    network.compile()
    monkeypatch.setitem(sys.modules, module, None)
    text = f"{method}\\(\\) needs the package {package}, .*\n  pip install {package}"
    with pytest.raises(ConfigurationError, match=text):
        getattr(proj, method)()
