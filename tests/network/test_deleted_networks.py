"""A network that nobody knows any more is freed, with all that it built."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator

import pytest

import annlab as ann
from annlab.network import burden
from annlab.runtime import memory
from annlab.runtime.cuda import synapses
from annlab.runtime.cuda.device import EMULATE_VARIABLE

Growing = ann.Synapse(
    parameters="w_min = 0.1 : projection",
    creating="pre.r * post.r > 0.5 : proba = 0.1, w = 0.5",
    pruning="w < w_min : proba = 0.1",
)
Rate = ann.Neuron(equations="r = sum(exc) + Uniform(0.0, 1.0)")


def _plain(net: ann.Network) -> None:
    noise = net.create(ann.PoissonPopulation(50, name="noise", rates=20.0))
    cells = net.create(50, ann.Izhikevich(noise=5.0), name="cells")
    net.connect(noise, cells, "exc").fixed_probability(0.2, weights=1.0, delays=2.0)


def _recorded(net: ann.Network) -> None:
    _plain(net)
    net.monitor(net.get_population("cells"), ["v", "spike"])


def _learning(net: ann.Network) -> None:
    _plain(net)
    ends = (net.get_population("noise"), net.get_population("cells"))
    net.connect(*ends, "exc", ann.STDP()).fixed_probability(0.2, weights=0.5)


def _structural(net: ann.Network) -> None:
    net.config(structural_plasticity=True)
    cells = net.create(20, Rate, name="cells")
    proj = net.connect(cells, cells, "exc", Growing, name="growing")
    proj.fixed_probability(0.2, weights=0.5)


def _learning_and_structural(net: ann.Network) -> None:
    net.config(structural_plasticity=True)
    _learning(net)


def _watched(net: ann.Network) -> None:
    _plain(net)
    ann.every(network=net, period=1.0)(lambda n: net.get_population("cells").v)


BUILDERS: dict[str, Callable[[ann.Network], None]] = {
    "plain": _plain,
    "recorded": _recorded,
    "learning": _learning,
    "structural": _structural,
    "learning and structural": _learning_and_structural,
    "with callbacks": _watched,
}


def ran(build: Callable[[ann.Network], None], backend: str) -> ann.Network:
    net = ann.Network(dt=1.0, seed=1, backend=backend)
    build(net)
    net.compile()
    for proj in net.get_projections():
        if proj.name == "growing":
            proj.start_creating(1.0)
            proj.start_pruning(1.0)
    net.simulate(10.0)
    return net


def held_by(net: ann.Network) -> list[weakref.ref]:
    state = net._state
    assert state is not None
    storages = [p.storage for p in state.projections]
    return [weakref.ref(thing) for thing in (net, net._worker, state, *storages)]


@pytest.mark.parametrize("backend", ["reference", "cpu", "cuda"])
@pytest.mark.parametrize("name", BUILDERS)
def test_a_deleted_network_leaves_nothing(
    name: str, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(EMULATE_VARIABLE, "1")
    monkeypatch.setattr(synapses, "LEAST_SYNAPSES", 0)
    net = ran(BUILDERS[name], backend)
    held = held_by(net)
    del net
    gc.collect()  # once: what it finds must not wait for the next
    assert [ref() for ref in held] == [None] * len(held)


@pytest.mark.parametrize("name", ["plain", "structural"])
def test_a_network_that_runs_in_the_background_ends_when_it_is_deleted(name: str) -> None:
    net = ran(BUILDERS[name], "cpu")
    net.start()
    state = weakref.ref(net._state)
    del net
    gc.collect()
    assert state() is None


def test_a_forgotten_run_ends_when_the_next_begins(collections: list[int]) -> None:
    """A cell that was run again left its old network running until Python came to collect it."""

    def cell() -> ann.Network:
        net = built()
        net.start()
        return net

    net = cell()
    old = weakref.ref(net._state)
    net = cell()
    # While it was begun the name held the one before; that goes with the next beginning.
    net.stop()
    net.start()
    assert old() is None
    assert net.running
    net.stop()


def test_networks_that_are_known_run_side_by_side() -> None:
    nets = [built() for _ in range(3)]
    for net in nets:
        net.start()
    assert all(net.running for net in nets)
    for net in nets:
        net.stop()


def built(n_synapses: int = 100_000) -> ann.Network:
    """Return a network with weights of its own, of a megabyte and more."""
    net = ann.Network(dt=1.0, seed=1, backend="reference")
    cells = net.create(n_synapses // 100, Rate, name="cells")
    net.connect(cells, cells, "exc").fixed_number_pre(100, weights=ann.Uniform(0.0, 1.0))
    net.compile()
    return net


@pytest.fixture
def collections(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Generations that are collected from now on, by annlab and not because of many objects."""
    monkeypatch.setattr(burden, "FEW_BYTES", 3_000_000)
    monkeypatch.setattr("annlab.network.network.BURDEN", burden.Burden())
    gc.collect()
    done: list[int] = []

    def note(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            done.append(info["generation"])

    before = gc.get_threshold()
    gc.set_threshold(0)
    gc.callbacks.append(note)
    yield done
    gc.callbacks.remove(note)
    gc.set_threshold(*before)


def test_networks_that_a_loop_replaces_do_not_pile_up(collections: list[int]) -> None:
    states = []
    for _ in range(12):
        net = built()
        states.append(weakref.ref(net._state))
        del net
    assert sum(state() is not None for state in states) <= 4
    assert 2 in collections


def test_networks_that_a_name_holds_until_the_next_is_built_do_not_pile_up(
    collections: list[int],
) -> None:
    states = []
    for _ in range(12):
        net = built()
        states.append(weakref.ref(net._state))
    assert sum(state() is not None for state in states) <= 5
    assert net.compiled


def test_one_large_network_does_not_let_small_ones_pile_up_after_it(
    collections: list[int],
) -> None:
    large = built(1_000_000)
    built()
    del large
    gc.collect()
    states = [weakref.ref(built()._state) for _ in range(12)]
    assert sum(state() is not None for state in states) <= 4


def test_recordings_count(collections: list[int]) -> None:
    states = []
    for _ in range(4):
        net = ann.Network(dt=1.0, backend="reference")
        cells = net.create(1000, Rate)
        net.monitor(cells, "r")
        net.compile()
        net.simulate(500.0)  # 4 MB
        states.append(weakref.ref(net._state))
        del net, cells
    assert sum(state() is not None for state in states) <= 2


def test_networks_in_use_are_not_looked_through_again_and_again(collections: list[int]) -> None:
    kept = [built() for _ in range(24)]
    assert len(collections) <= 5  # each time there are twice as many
    assert all(net.compiled for net in kept)


def test_a_disabled_collector_is_left_alone(collections: list[int]) -> None:
    gc.disable()
    try:
        for _ in range(8):
            built()
    finally:
        gc.enable()
    assert collections == []


def test_what_a_replaced_network_holds_counts_as_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """A projection was refused for the memory of one that nobody could reach any more."""
    gc.disable()
    try:
        old = weakref.ref(built()._state)
        monkeypatch.setattr(memory, "available_bytes", lambda: 2**20 if old() else 2**40)
        memory.require(2**30, "a projection")
    finally:
        gc.enable()
    assert old() is None
