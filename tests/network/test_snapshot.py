"""Snapshots: from one, a network goes on bit for bit; another network refuses it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import annlab
from annlab import Creating, Network, Neuron, Pruning, Synapse, Uniform
from annlab.errors import AnnlabError, ArgumentError, ArgumentTypeError, StateError

BACKENDS = pytest.mark.parametrize("backend", ["reference", "cpu"])
NOISY = Neuron(
    parameters="tau = 5.0 : population\nI = 1.5",
    equations="tau * dv/dt = I - v + g_exc + 2.0 * Normal(0.0, 1.0)",
    spike="v > 1.0",
    reset="v = 0.0",
    refractory=1.5,
)
RATE = Neuron(
    parameters="tau = 10.0", equations="tau * dr/dt + r = sum(exc) + mean(r) + Uniform(0.0, 1.0)"
)


def rate(net: Network) -> None:
    cells = net.create(8, RATE, name="cells")
    net.connect(cells, cells, "exc", annlab.Oja()).all_to_all(Uniform(0.0, 0.2), delays=3.0)


def spiking(net: Network) -> None:
    cells = net.create(12, NOISY, name="cells")
    loop = net.connect(cells, cells, "exc", name="loop")
    loop.fixed_probability(0.6, Uniform(0.1, 0.5), delays=Uniform(0.5, 4.0))
    cells.compute_firing_rate(5.0)


def stdp(net: Network) -> None:
    cells = net.create(12, NOISY, name="cells")
    loop = net.connect(cells, cells, "exc", annlab.STDP(A_plus=0.1), name="loop")
    loop.fixed_probability(0.6, Uniform(0.1, 0.5))


def delayed_stdp(net: Network) -> None:
    cells = net.create(12, NOISY, name="cells")
    loop = net.connect(cells, cells, "exc", annlab.STDP(A_plus=0.1), name="loop")
    loop.fixed_probability(0.6, Uniform(0.1, 0.5), delays=Uniform(0.5, 4.0))


def inputs(net: Network) -> None:
    given = net.create(annlab.SpikeSourceArray([[1.0, 12.0, 13.5, 21.0], [11.0, 17.0]]))
    cells = net.create(2, NOISY, name="cells")
    net.connect(given, cells, "exc").all_to_all(0.7, delays=2.0)
    net.create(annlab.TimedArray(rates=[[1.0], [2.0], [3.0]], schedule=4.0, period=12.0))
    net.create(annlab.PoissonPopulation(5, rates=200.0))


def structural(net: Network) -> None:
    cells = net.create(8, RATE, name="cells")
    synapse = Synapse(
        parameters="age = 0.0",
        creating=Creating("pre.r > 0.3", proba=0.2, w=0.1),
        pruning=Pruning("post.r > 0.4", proba=0.3),
    )
    loop = net.connect(cells, cells, "exc", synapse, name="loop")
    loop.fixed_probability(0.3, 0.1)


BUILDERS = [rate, spiking, stdp, delayed_stdp, inputs, structural]
NETWORKS = pytest.mark.parametrize("build", BUILDERS, ids=lambda b: b.__name__)


def built(build: Callable[[Network], None], backend: str = "reference", **options: Any) -> Network:
    net = Network(dt=0.5, backend=backend, **({"seed": 1} | options))
    build(net)
    net.compile()
    if build is structural:
        loop = net.get_projection("loop")
        loop.start_creating(2.0)
        loop.start_pruning(3.0)
    return net


def seen(net: Network) -> list[Any]:
    """Return all that users see of a network, and what it will draw next."""
    numbers: list[Any] = [net.current_step, net.default_rng.bit_generator.state]
    for population in net.get_populations():
        numbers += [population.get(name).tolist() for name in population.variables]
    for projection in net.get_projections():
        numbers += [projection.pre_ranks, projection.delay]
        numbers += [projection.get(name) for name in projection.attributes]
    return numbers


# -- going on -----------------------------------------------------------------------


@BACKENDS
@NETWORKS
def test_a_network_goes_on_bit_for_bit(build, backend: str) -> None:
    net = built(build, backend)
    net.simulate(10.0)
    moment = net.snapshot()
    then = seen(net)
    net.simulate(15.0)
    expected = seen(net)
    net.restore(moment)
    assert seen(net) == then
    assert then != expected
    net.simulate(15.0)
    assert seen(net) == expected


@BACKENDS
@NETWORKS
def test_another_process_could_go_on_from_a_file(build, backend: str, tmp_path) -> None:
    net = built(build, backend)
    net.simulate(10.0)
    path = str(tmp_path / "moment.npz")
    net.snapshot().save(path)
    net.simulate(15.0)
    other = built(build, backend, seed=2)
    other.simulate(3.0)
    other.restore(annlab.load_snapshot(path))
    other.simulate(15.0)
    assert seen(other) == seen(net)


@BACKENDS
@NETWORKS
def test_taking_a_snapshot_changes_nothing(build, backend: str) -> None:
    net, undisturbed = built(build, backend), built(build, backend)
    for other in (net, undisturbed):
        other.simulate(10.0)
    net.snapshot()
    for other in (net, undisturbed):
        other.simulate(10.0)
    assert seen(net) == seen(undisturbed)


def test_synapses_made_by_hand_are_held() -> None:
    net = Network(seed=1)
    net.config(structural_plasticity=True)
    cells = net.create(3, RATE)
    loop = net.connect(cells, cells, "exc").from_matrix(
        [[None, 1.0, None], [1.0, None, None], [None, 1.0, None]]
    )
    net.compile()
    loop.dendrite(0).create_synapse(2, w=0.5)
    moment = net.snapshot()
    loop.dendrite(0).prune_synapse(2)
    loop.dendrite(1).create_synapse(2, w=0.7)
    net.restore(moment)
    assert loop.pre_ranks == [[1, 2], [0], [1]]
    assert loop.w == [[1.0, 0.5], [1.0], [1.0]]


@BACKENDS
def test_a_projection_gets_back_the_layout_it_had_before_synapses_were_made(backend: str) -> None:
    net = Network(seed=1, backend=backend)
    cells = net.create(3, RATE)
    loop = net.connect(cells, cells, "exc", Synapse(pruning=Pruning("w > 9.0")))
    loop.one_to_one(1.0)
    plain = net.connect(cells, cells, "exc").one_to_one(1.0)
    net.compile()
    moment = net.snapshot()
    net.simulate(5.0)
    expected = seen(net)
    plain.dendrite(0).create_synapse(2, w=0.5)
    net.simulate(2.0)
    net.restore(moment)
    net.simulate(5.0)
    assert seen(net) == expected
    plain.dendrite(0).create_synapse(2, w=0.5)
    net.simulate(1.0)
    assert plain.pre_ranks == [[0, 2], [1], [2]]


@BACKENDS
def test_a_snapshot_is_restored_again_and_again(backend: str) -> None:
    net = built(stdp, backend)
    net.simulate(10.0)
    moment = net.snapshot()
    runs = []
    for _ in range(3):
        net.restore(moment)
        net.simulate(10.0)
        runs.append(seen(net))
    assert runs[0] == runs[1] == runs[2]


def test_flags_learning_and_constants_come_back() -> None:
    net = Network(dt=0.5, seed=1)
    gain = net.constant("gain", 2.0)
    cells = net.create(3, Neuron(equations="r = gain + sum(exc)"))
    loop = net.connect(cells, cells, "exc", annlab.Oja()).all_to_all(0.1)
    net.compile()
    moment = net.snapshot()
    loop.transmission = False
    cells.disable()
    gain.set(3.0)
    net.restore(moment)
    assert (loop.transmission, cells.enabled, gain.value) == (True, True, 2.0)
    net.step()
    assert cells.r.tolist() == [2.0, 2.0, 2.0]


def test_a_snapshot_says_when_it_was() -> None:
    net = built(rate)
    net.simulate(10.0)
    moment = net.snapshot()
    assert (moment.step, moment.time, repr(moment)) == (20, 10.0, "<Snapshot at t = 10 ms>")


# -- what is refused ----------------------------------------------------------------


def one(size: int = 3, name: str = "cells", equations: str = "r = 1.0", **options: Any) -> Network:
    net = Network(**({"seed": 1, "dt": 0.5} | options))
    net.create(size, Neuron(equations=equations), name=name)
    net.compile()
    return net


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"size": 4}, "size of population 'cells': 3 in the snapshot, 4 in the network"),
        ({"name": "other"}, "name of population 'other': 'cells' in the snapshot"),
        ({"equations": "r = 2.0 + t"}, "population 'cells' has other equations now"),
        ({"dt": 1.0}, "dt: 0.5 in the snapshot, 1.0 in the network"),
        ({"dtype": "float32"}, "dtype: 'float64' in the snapshot, 'float32' in the network"),
    ],
    ids=["size", "name", "equations", "dt", "dtype"],
)
def test_another_network_refuses(changes: dict[str, Any], why: str) -> None:
    moment = one().snapshot()
    net = one(**changes)
    net.simulate(5.0)
    before = seen(net)
    with pytest.raises(AnnlabError, match="of another network") as caught:
        net.restore(moment)
    assert why in str(caught.value)
    assert seen(net) == before


def test_other_projections_and_inputs_are_refused() -> None:
    with pytest.raises(ArgumentError, match="number of projections: 1 in the snapshot, 0 in"):
        built(lambda net: net.create(12, NOISY, name="cells")).restore(built(stdp).snapshot())
    net = built(inputs)
    moment = net.snapshot()
    net.get_populations()[0].spike_times = [[5.0], [6.0]]
    with pytest.raises(ArgumentError, match="has other inputs now"):
        net.restore(moment)


def test_only_snapshots_of_compiled_networks() -> None:
    net = Network()
    with pytest.raises(StateError, match="take a snapshot"):
        net.snapshot()
    with pytest.raises(ArgumentTypeError, match="str is no snapshot\n.*load_snapshot"):
        one().restore("moment.npz")  # type: ignore[arg-type]


def test_files_are_npz(tmp_path) -> None:
    moment = one().snapshot()
    with pytest.raises(ArgumentError, match=r"cannot be kept in '.*'\n.*end in .npz"):
        moment.save(str(tmp_path / "moment.gz"))
    with pytest.raises(ArgumentError, match=r"end in .npz"):
        annlab.load_snapshot(str(tmp_path / "moment.gz"))


def test_other_files_and_versions_are_refused(tmp_path) -> None:
    path = str(tmp_path / "x.npz")
    one().save(path)
    with pytest.raises(ArgumentError, match=r"is no snapshot\n.*net.load"):
        annlab.load_snapshot(path)
    np.savez(path, format="annlab snapshot", version=99)
    with pytest.raises(ArgumentError, match=r"of version 99\n.*reads version 1"):
        annlab.load_snapshot(path)
    np.savez(path, format=np.array([object()]))
    with pytest.raises(ArgumentError, match=r"cannot be read as a snapshot\n.*pickled objects"):
        annlab.load_snapshot(path)


@pytest.mark.parametrize(
    ("key", "change", "text"),
    [
        ("projections/0/storage/index", lambda a: a + 100, "connectivity of projection 'loop'"),
        ("projections/0/storage/row_ptr", lambda a: a[::-1], "connectivity of projection 'loop'"),
        ("populations/0/_spikes/depth", lambda _: 0, "spikes of population 'cells'"),
        ("populations/0/values/v", lambda a: a[:3], "the snapshot holds 3 values"),
        ("projections/0/learning", lambda a: a * 0, "periods or weights of projection 'loop'"),
        ("generator", lambda _: "{}", "random numbers"),
        ("step", lambda _: -1, "step -1"),
    ],
)
def test_damaged_files_are_refused(key: str, change, text: str, tmp_path) -> None:
    net = built(stdp)
    net.simulate(10.0)
    path = str(tmp_path / "moment.npz")
    net.snapshot().save(path)
    with np.load(path) as file:
        content = dict(file)
    content[key] = change(content[key])
    np.savez(path, **content)
    before = seen(net)
    with pytest.raises(AnnlabError, match=text):
        net.restore(annlab.load_snapshot(path))
    assert seen(net) == before
