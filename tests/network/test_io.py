"""Files: what is saved comes back, and nothing else happens."""

from __future__ import annotations

import gzip
import json
import os
import pickle
import zipfile

import numpy as np
import pytest
from small import SPIKING, Connect

import annlab as ann
from annlab import Network, Neuron, Projection, Synapse, Uniform
from annlab.errors import (
    AnnlabWarning,
    ArgumentError,
    ConfigurationError,
    MissingFileError,
    ShapeError,
    StateError,
)
from annlab.network import archive

FORMATS = pytest.mark.parametrize("extension", ["npz", "gz", "data"])


def spiking_network(seed: int = 1) -> tuple[Network, Projection]:
    """Return a noisy, delayed, plastic network: everything that a snapshot has to hold."""
    net = Network(dt=0.5, seed=seed)
    noisy = Neuron(
        parameters="tau = 5.0 : population\nI = 1.5",
        equations="tau * dv/dt = I - v + g_exc + 2.0 * Normal(0.0, 1.0)",
        spike="v > 1.0",
        reset="v = 0.0",
        refractory=1.5,
    )
    pop = net.create(12, noisy, name="cells")
    proj = net.connect(pop, pop, "exc", ann.STDP(A_plus=0.1), name="loop")
    proj.fixed_probability(0.6, Uniform(0.1, 0.5), delays=Uniform(0.5, 4.0))
    net.compile()
    return net, proj


@FORMATS
def test_a_network_goes_on_as_if_it_had_never_stopped(tmp_path, extension: str) -> None:
    net, proj = spiking_network()
    path = str(tmp_path / "deep" / "folder" / f"state.{extension}")
    net.simulate(20.0)
    net.save(path)
    net.simulate(20.0)
    expected = proj.w, net.get_population("cells").v.tolist()
    net.load(path)
    assert net.time == 20.0
    net.simulate(20.0)
    assert (proj.w, net.get_population("cells").v.tolist()) == expected


@FORMATS
def test_another_network_takes_over_connectivity_and_values(tmp_path, extension: str) -> None:
    first, proj = spiking_network(seed=1)
    other, twin = spiking_network(seed=2)
    path = str(tmp_path / f"state.{extension}")
    first.simulate(10.0)
    first.save(path)
    assert twin.pre_ranks != proj.pre_ranks
    other.load(path)
    assert (twin.pre_ranks, twin.delay, twin.w) == (proj.pre_ranks, proj.delay, proj.w)
    assert other.time == 10.0
    other.simulate(5.0)


@FORMATS
def test_single_objects_are_saved_and_loaded(
    network: Network, connect: Connect, tmp_path, extension: str
) -> None:
    proj = connect(2, 2, synapse=Synapse(parameters="k = 1.0\nq = 1.0 : projection"))
    proj.all_to_all(Uniform(0.0, 1.0))
    network.compile()
    proj.set({"k": [[1.0, 2.0], [3.0, 4.0]], "q": 5.0})
    paths = [str(tmp_path / f"{what}.{extension}") for what in ("proj", "pop")]
    proj.save(paths[0])
    proj.post.r = [3.0, 4.0]
    proj.post.save(paths[1])
    proj.set({"k": 0.0, "q": 0.0})
    proj.post.r = 0.0
    proj.load(paths[0])
    proj.post.load(paths[1])
    assert (proj.k, proj.q, proj.post.r.tolist()) == ([[1.0, 2.0], [3.0, 4.0]], 5.0, [3.0, 4.0])


@FORMATS
@pytest.mark.parametrize("delays", [1.5, Uniform(0.5, 3.0)], ids=["uniform", "own"])
def test_connectivity_is_read_by_from_file(
    network: Network, connect: Connect, tmp_path, extension: str, delays
) -> None:
    path = str(tmp_path / f"c.{extension}")
    proj = connect(6, 5).fixed_probability(0.4, Uniform(0.0, 1.0), delays=delays)
    network.compile()
    proj.save_connectivity(path)
    other = Network(dt=0.5)
    twin = other.connect(
        other.create(6, Neuron(parameters="r = 1.0")),
        other.create(5, Neuron(equations="r = sum(exc)")),
        "exc",
    ).from_file(path)
    other.compile()
    assert (twin.post_ranks, twin.pre_ranks) == (proj.post_ranks, proj.pre_ranks)
    assert (twin.w, twin.delay) == (proj.w, proj.delay)


def test_no_npz_file_holds_pickles(tmp_path) -> None:
    net, proj = spiking_network()
    net.save(str(tmp_path / "n.npz"))
    proj.save_connectivity(str(tmp_path / "c.npz"))
    for name in ("n.npz", "c.npz"):
        with np.load(tmp_path / name, allow_pickle=False) as file:
            assert all(file[key].dtype != object for key in file.files)


# -- what is refused ----------------------------------------------------------------


class Harmful:
    """Runs a command when it is unpickled."""

    def __reduce__(self):
        return os.system, ("touch executed",)


@pytest.mark.parametrize("extension", ["gz", "data"])
def test_files_do_not_execute_code(tmp_path, extension: str, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    net, proj = spiking_network()
    path = tmp_path / f"evil.{extension}"
    opener = gzip.open if extension == "gz" else open
    with opener(path, "wb") as file:
        pickle.dump({"cells": Harmful()}, file)
    for read in (net.load, proj.load, net.get_population("cells").load):
        with pytest.raises(ArgumentError, match=r"wants to execute \w+.system.*\n.*allow_pickle"):
            read(str(path))
    assert not (tmp_path / "executed").exists()


def test_a_trusted_pickle_of_lists_is_read(network: Network, connect: Connect, tmp_path) -> None:
    content = {
        "name": "p",
        "post_ranks": [0, 2],
        "pre_ranks": [[1], [0, 3]],
        "w": [[0.5], [1.0, 2.0]],
        "delay": 1.5,
    }
    (tmp_path / "c.data").write_bytes(pickle.dumps(content))
    proj = connect(4, 3).from_file(str(tmp_path / "c.data"), allow_pickle=True)
    network.compile()
    assert (proj.post_ranks, proj.pre_ranks) == ([0, 2], [[1], [0, 3]])
    assert (proj.w, proj.delay) == ([[0.5], [1.0, 2.0]], 1.5)


def test_object_arrays_of_other_programs_need_trust(tmp_path) -> None:
    net, _ = spiking_network()
    ragged = np.array([[1], [2, 3]], dtype=object)
    np.savez(tmp_path / "old.npz", cells=ragged)
    with pytest.raises(ArgumentError, match=r"holds pickled objects \('cells'\)\n.*allow_pickle"):
        net.load(str(tmp_path / "old.npz"))


@pytest.mark.parametrize("name", ["damaged.npz", "damaged.gz", "damaged"])
def test_unreadable_files_are_refused(tmp_path, name: str) -> None:
    net, _ = spiking_network()
    (tmp_path / name).write_bytes(b"not what it should be")
    with pytest.raises(ArgumentError, match=f"{name}' cannot be read.*\n  .*") as caught:
        net.load(str(tmp_path / name))
    assert "save" in str(caught.value).splitlines()[-1]


def test_matlab_files_are_not_read(tmp_path) -> None:
    net, _ = spiking_network()
    with pytest.raises(ConfigurationError, match="is a Matlab file.*\n.*save as .npz"):
        net.load(str(tmp_path / "x.mat"))


def test_matlab_files_are_written(tmp_path) -> None:
    scipy_io = pytest.importorskip("scipy.io")
    net, _ = spiking_network()
    net.save(str(tmp_path / "x.mat"))
    assert "cells" in scipy_io.loadmat(tmp_path / "x.mat")


def test_nothing_is_saved_before_compile(network: Network, connect: Connect, tmp_path) -> None:
    connect().all_to_all(1.0)
    with pytest.raises(StateError, match="cannot be saved before compile"):
        network.save(str(tmp_path / "x.npz"))
    with pytest.raises(StateError, match="cannot be loaded before compile"):
        network.load(str(tmp_path / "x.npz"))


def test_what_does_not_fit_changes_nothing(tmp_path) -> None:
    net, _ = spiking_network()
    smaller = Network(dt=0.5, seed=1)
    pop = smaller.create(3, SPIKING, name="cells")
    smaller.compile()
    path = str(tmp_path / "x.npz")
    net.save(path)
    pop.v = 7.0
    with pytest.warns(AnnlabWarning, match="holds 'loop', which the network does not have"):
        with pytest.raises(ShapeError, match="'v' of population 'cells' has 12 values, expected 3"):
            smaller.load(path)
    assert (pop.v.tolist(), smaller.time) == ([7.0] * 3, 0.0)


def test_weights_of_another_projection_of_the_same_name_are_refused(tmp_path) -> None:
    """ANNarchy 5.0.4 counts hybrid projections otherwise: `proj1` was another one there."""
    path, weights = str(tmp_path / "n.npz"), [0.25, 0.75]
    nets = [Network(seed=1), Network(seed=1)]
    for net, are_swapped in zip(nets, (False, True), strict=True):
        pops = [net.create(2, ann.LeakyIntegrator, name=name) for name in "abc"]
        ends = [(pops[0], pops[1]), (pops[1], pops[2])]
        for (pre, post), w in zip(ends[::-1] if are_swapped else ends, weights, strict=True):
            net.connect(pre, post, "exc").one_to_one(w, force_multiple_weights=True)
        net.compile()
    nets[0].save(path)
    with pytest.raises(ArgumentError) as caught:
        nets[1].load(path)
    assert "'proj0' led from 'a' to 'b', and here from 'b' to 'c'\n" in str(caught.value)
    assert nets[1].get_projection("proj0").w == [[0.25], [0.25]]
    nets[1].load(path, projections=False)


def test_a_population_with_a_new_name_keeps_its_projection(tmp_path) -> None:
    path = str(tmp_path / "n.npz")
    for name, weight in (("old", 0.25), ("new", 0.75)):
        net = Network(seed=1)
        pre, post = (
            net.create(2, ann.LeakyIntegrator, name=name),
            net.create(2, ann.LeakyIntegrator),
        )
        proj = net.connect(pre, post, "exc").one_to_one(weight, force_multiple_weights=True)
        net.compile()
        if name == "old":
            net.save(path)
    with pytest.warns(AnnlabWarning, match="holds 'old', which the network does not have"):
        net.load(path)
    assert proj.w == [[0.25], [0.25]]


def test_a_file_of_another_network_is_refused_before_the_clock_is_set(tmp_path) -> None:
    net, _ = spiking_network()
    net.simulate(5.0)
    path = str(tmp_path / "x.npz")
    net.save(path)
    other = Network(dt=0.5)
    other.create(3, SPIKING, name="others")
    other.compile()
    with pytest.raises(ArgumentError, match="there: 'cells', 'loop'.*; here: 'others'"):
        other.load(path)
    assert other.time == 0.0


def test_many_weights_do_not_fit_one(network: Network, connect: Connect, tmp_path) -> None:
    proj = connect(2, 2).all_to_all(1.0)
    network.compile()
    other = Network(dt=0.5)
    own = other.connect(
        other.create(2, Neuron(parameters="r = 1.0")),
        other.create(2, Neuron(equations="r = sum(exc)")),
        "exc",
    ).all_to_all(Uniform(0.0, 1.0))
    other.compile()
    own.save(str(tmp_path / "p.npz"))
    with pytest.raises(ShapeError, match="keeps one weight.*\n.*force_multiple_weights=True"):
        proj.load(str(tmp_path / "p.npz"))


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    net, _ = spiking_network()
    path = tmp_path / "x.npz"
    net.save(str(path))
    before = path.read_bytes()

    def fail(*args: object, **kwargs: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(np.lib.format, "write_array", fail)
    with pytest.raises(OSError, match="no space left"):
        net.save(str(path))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_only_what_shrinks_is_compressed(tmp_path) -> None:
    content = {"same": np.ones(100_000), "drawn": np.random.default_rng(0).random(100_000)}
    archive.write(tmp_path / "x.npz", content)
    with zipfile.ZipFile(tmp_path / "x.npz") as file:
        sizes = {info.filename: info.compress_size for info in file.infolist()}
    assert sizes["same.npy"] < 10_000
    assert sizes["drawn.npy"] > 800_000
    found = archive.read(tmp_path / "x.npz")
    assert all(np.array_equal(found[name], array) for name, array in content.items())


# -- parameters ---------------------------------------------------------------------


@pytest.mark.parametrize("rank_type", [None, np.int32, np.int64])
def test_ranks_are_written_narrow_and_read_in_any_width(tmp_path, rank_type) -> None:
    net, proj = spiking_network()
    path = str(tmp_path / "state.npz")
    net.save(path)
    content = archive.read(path)
    table = content["loop"]["pre_ranks"]
    assert (table.dtype, table.shape) == (np.uint16, (2, proj.nb_synapses))
    if rank_type is not None:
        content["loop"]["pre_ranks"] = table.astype(rank_type)
        archive.write(path, content)
    other, twin = spiking_network(seed=2)
    other.load(path)
    assert (twin.pre_ranks, twin.w) == (proj.pre_ranks, proj.w)


def test_a_global_constant_follows_the_file_of_the_global_network(tmp_path) -> None:
    rest = ann.Constant("rest", -65.0)
    cells = ann.Population(1, ann.Neuron(equations="r = rest"))
    ann.save_parameters(str(tmp_path / "p.json"))
    rest.set(-70.0)
    ann.load_parameters(str(tmp_path / "p.json"))
    assert rest.value == -65.0
    ann.compile()
    ann.step()
    assert cells.r.tolist() == [-65.0]


def test_global_parameters_are_saved_as_json(tmp_path) -> None:
    net, _ = spiking_network()
    path = tmp_path / "p.json"
    ann.save_parameters(str(path), net_id=net)
    content = json.loads(path.read_text())
    assert content["populations"] == {"cells": {"tau": 5.0}}
    assert content["projections"]["loop"]["A_plus"] == 0.1
    content["populations"]["cells"] = {"tau": 7.0, "I": 3.0}
    content["populations"]["unknown"] = {"tau": 1.0}
    content["network"] = {"scale": "2.5"}
    path.write_text(json.dumps(content))
    assert ann.load_parameters(str(path), net_id=net.id) == {"scale": 2.5}
    cells = net.get_population("cells")
    assert (cells.tau, cells.I[0]) == (7.0, 1.5)
    ann.load_parameters(str(path), global_only=False, net_id=net)
    assert cells.I.tolist() == [3.0] * 12


READERS = {
    "network": lambda net, path: net.load(path),
    "population": lambda net, path: net.get_populations()[0].load(path),
    "snapshot": lambda net, path: ann.load_snapshot(path),
    "parameters": lambda net, path: ann.load_parameters(path, net_id=net),
}


@pytest.mark.parametrize("reader", READERS)
def test_a_missing_file_is_told_where_it_was_looked_for(tmp_path, reader: str) -> None:
    net, _ = spiking_network()
    (tmp_path / "weights.npz").touch()
    with pytest.raises(FileNotFoundError) as caught:
        READERS[reader](net, tmp_path / "wieghts.npz")
    assert str(caught.value).split("\n") == [
        f"there is no file {str(tmp_path / 'wieghts.npz')!r}",
        f"  the folder {str(tmp_path)!r} has none",
        f"  did you mean {str(tmp_path / 'weights.npz')!r}?",
    ]


@pytest.mark.parametrize(
    ("there", "told"), [("run", "did you mean 'run'"), ("g.npz", "or its whole path")]
)
def test_a_missing_file_suggests_no_name_that_ends_alike(
    tmp_path, monkeypatch, there: str, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    net, _ = spiking_network()
    (tmp_path / there).touch()
    with pytest.raises(MissingFileError, match=told):
        net.load("run.npz")


def test_a_missing_folder_is_told(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    net, _ = spiking_network()
    with pytest.raises(MissingFileError, match=r"no file 'runs.*\n  there is no folder .*runs'\n"):
        net.load("runs/monday.npz")


def test_unreadable_parameters_are_refused(tmp_path) -> None:
    net, _ = spiking_network()
    (tmp_path / "p.json").write_text("{")
    with pytest.raises(ArgumentError, match="p.json' cannot be read"):
        ann.load_parameters(str(tmp_path / "p.json"), net_id=net)


def test_parameters_of_old_versions_are_read(tmp_path) -> None:
    (tmp_path / "p.xml").write_text("<root><tau>10.0</tau><name>x</name></root>")
    with pytest.warns(DeprecationWarning, match="use load_parameters"):
        assert ann.load_parameter(str(tmp_path / "p.xml")) == {"tau": 10.0}


@pytest.mark.parametrize("backend", ["reference", "cpu"])
def test_event_driven_variables_are_loaded_where_neurons_keep_them(backend: str, tmp_path) -> None:
    nets = []
    for _ in range(2):
        net = ann.Network(seed=1, backend=backend)
        source = net.create(ann.SpikeSourceArray([[1.0, 4.0], [2.0]]))
        cells = net.create(3, ann.Neuron(equations="v = g_exc", spike="v > 99.0"))
        net.connect(source, cells, "exc", ann.STDP(), name="learning").all_to_all(0.5)
        net.compile()
        nets.append(net)
    nets[0].simulate(10.0)
    nets[0].save(str(tmp_path / "state.npz"))
    nets[1].load(str(tmp_path / "state.npz"))
    for net in nets:
        net.simulate(2.0)
    x = [net.get_projection("learning").x for net in nets]
    assert x[0] == x[1]
    assert x[0][0][0] > 0.0
