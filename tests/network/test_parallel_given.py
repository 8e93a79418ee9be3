"""Parallel runs of networks that exist: they travel, go on there, and stay here as they are."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

import annlab as ann

pytestmark = pytest.mark.skipif(find_spec("loky") is None, reason="loky is not installed")

NOISY = ann.Neuron(
    parameters="a = 1.0",
    equations="v += a * twice(rise) + Uniform(0.0, 1.0) + g_exc",
    spike="v > 10.0",
    reset="v = 0.0",
)


class World:
    """Everything that a script of version 4 may have: made of global functions."""

    def __init__(self) -> None:
        ann.setup(dt=0.5, seed=5)
        self.rise = ann.Constant("rise", 0.02)
        ann.add_function("twice(x) = 2*x")
        self.cells = ann.Population(20, NOISY, name="cells")
        self.cells.a = ann.Uniform(0.0, 1.0)
        self.table = ann.TimedArray(np.arange(20.0).reshape(10, 2), schedule=10.0)
        self.reader = ann.Population(2, ann.Neuron(equations="r = sum(exc)"), name="reader")
        self.learning = ann.Projection(self.cells, self.cells, "exc", ann.STDP)
        self.learning.connect_fixed_probability(0.3, weights=ann.Uniform(0.0, 0.1))
        ann.Projection(self.table, self.reader, "exc").connect_one_to_one(1.0)
        self.spikes = ann.Monitor(self.cells, "spike")
        self.rates = ann.Monitor(self.reader, "r")
        self.weights = ann.Monitor(self.learning, "w", period=10.0)
        ann.compile()


@pytest.fixture
def world() -> World:
    return World()


def test_copies_of_the_global_network_have_all_it_has(world: World) -> None:
    def run(index: int, net: ann.Network, gain: float) -> tuple[Any, ...]:
        net.simulate(20.0)
        twin = net.get(world.cells)
        return (
            index,
            net.seed,
            gain,
            twin is world.cells,
            bool((twin.a == net.get(world.cells).a).all()),
            net.get(world.rates).get("r")[10::20].tolist(),
            len(net.get(world.weights).get("w")),
        )

    found = ann.parallel_run(run, number=2, gain=[1.0, 2.0])
    rows = [[0.0, 1.0], [2.0, 3.0]]
    assert found == [(0, 6, 1.0, False, True, rows, 2), (1, 7, 2.0, False, True, rows, 2)]


@pytest.mark.parametrize(("same_seed", "n_different"), [(True, 1), (False, 2)])
def test_copies_have_one_seed_or_many(world: World, same_seed: bool, n_different: int) -> None:
    def run(index: int, net: ann.Network) -> tuple[int, ...]:
        net.simulate(50.0)
        return tuple(net.get(world.spikes).get_spikes()[0])

    found = ann.parallel_run(run, number=2, same_seed=same_seed)
    assert len(set(found)) == n_different


def test_a_network_goes_on_bit_for_bit_and_stays_here_as_it_is(world: World) -> None:
    net = ann.Network(everything=True)
    net.compile()
    net.simulate(30.0)
    moment = net.snapshot()

    def run(index: int, there: ann.Network) -> tuple[float, list[list[float]]]:
        there.simulate(20.0)
        return there.time, there.get(world.learning).w

    (found,) = ann.parallel_run(run, networks=[net])
    assert net.time == 30.0
    net.restore(moment)
    net.simulate(20.0)
    assert found == (50.0, net.get(world.learning).w)


def test_what_the_function_names_is_that_of_the_network_there(world: World) -> None:
    def run(index: int, net: ann.Network) -> tuple[Any, ...]:
        world.rise.set(5.0)  # more than enough for a spike every second step
        net.simulate(5.0)
        names = ann.get_population("cells").name, world.cells.network is net
        return (*names, net.id, min(len(s) for s in world.spikes.get("spike").values()) > 0)

    world.cells.a = 1.0
    here = world.spikes.get("spike")
    assert ann.parallel_run(run, networks=[ann.magic_network()]) == [("cells", True, 0, True)]
    assert world.rise.value == 0.02
    assert here == {rank: [] for rank in range(20)}


def test_networks_of_a_class_keep_their_attributes() -> None:
    class Own(ann.Network):
        def __init__(self, size: int) -> None:
            self.gain = self.constant("gain", 1.0)
            self.cells = self.create(size, ann.Neuron(equations="r += gain"))
            self.notes: list[float] = []
            self.watch = self.monitor(self.cells, "r")
            ann.every(network=self, period=1.0)(self.notes.append)

    def run(index: int, net: Own, gain: float) -> tuple[Any, ...]:
        net.gain.set(gain)
        net.simulate(2.0)
        return type(net).__name__, net.watch.get("r").tolist(), net.notes, os.getpid()

    networks = [Own(1), Own(2)]
    found = ann.parallel_run(run, networks, gain=[2.0, 3.0])
    assert [f[:3] for f in found] == [
        ("Own", [[2.0], [4.0]], [0, 1]),
        ("Own", [[3.0, 3.0], [6.0, 6.0]], [0, 1]),
    ]
    assert os.getpid() not in {f[3] for f in found}
    assert [(net.compiled, net.notes) for net in networks] == [(False, []), (False, [])]


def test_runs_keep_to_their_cores(world: World) -> None:
    core = min(os.sched_getaffinity(0))

    def run(index: int, net: ann.Network) -> tuple[int, ...]:
        net.simulate(1.0)
        return net._config.visible_cores

    assert ann.parallel_run(run, number=1, visible_cores=[core]) == [(core,)]


def test_an_error_names_its_run_and_loses_no_other_result(world: World) -> None:
    def run(index: int, net: ann.Network, key: int) -> int:
        return 10 // key

    with pytest.raises(
        ann.errors.ParallelRunError, match=r"run 1 \(key=0\): ZeroDivisionError"
    ) as e:
        ann.parallel_run(run, number=3, key=[1, 0, 2])
    assert e.value.results == [10, None, 5]
