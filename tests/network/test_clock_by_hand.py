"""The clock is set by hand: what counts steps keeps its distance to now, on both back ends."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import annlab as ann

BACKENDS = pytest.mark.parametrize("backend", ["reference", "cpu"])
RATE = ann.Neuron(equations="r = sum(exc)")
Move = Callable[[ann.Network], None]


def hours_later(net: ann.Network) -> None:
    """By no multiple of any period below."""
    net.current_step += 7213


def earlier(net: ann.Network) -> None:
    net.time = 1.5


@pytest.fixture(params=[hours_later, earlier])
def move(request: pytest.FixtureRequest) -> Move:
    return request.param


def both(build: Callable[[ann.Network], Callable[[], object]], backend: str, move: Move) -> list:
    """Run 8 + 20 steps, without and with a clock that is set in between; return what was read."""
    found = []
    for change in (None, move):
        net = ann.Network(dt=0.5, seed=1, backend=backend)
        read = build(net)
        net.compile()
        if hasattr(read, "begin"):
            read.begin()
        net.simulate(4.0)
        if change is not None:
            change(net)
        net.simulate(10.0)
        found.append(read())
        net.clear()
    return found


@BACKENDS
def test_rows_of_a_timed_array(backend: str, move: Move) -> None:
    def build(net: ann.Network) -> Callable[[], object]:
        pop = net.create(ann.TimedArray(np.arange(8.0)[:, None], schedule=1.5, period=9.0))
        watch = net.monitor(pop, "r")
        return lambda: watch.get("r").ravel().tolist()

    untouched, moved = both(build, backend, move)
    assert moved == untouched
    assert len(set(untouched)) > 3


@BACKENDS
def test_spikes_of_a_source(backend: str, move: Move) -> None:
    def build(net: ann.Network) -> Callable[[], object]:
        pop = net.create(ann.SpikeSourceArray([[1.0, 5.0, 11.5], [4.5]]))
        watch = net.monitor(pop, "spike")
        return lambda: watch.get_spikes()[1].tolist()

    assert both(build, backend, move) == [[0, 1, 0, 0]] * 2


@BACKENDS
def test_learning_with_a_period(backend: str, move: Move) -> None:
    def build(net: ann.Network) -> Callable[[], object]:
        pop = net.create(1, RATE)
        proj = net.connect(pop, pop, "exc", ann.Synapse(equations="w += 1.0"))
        proj.all_to_all(0.0, allow_self_connections=True)
        watch = net.monitor(proj.post, "sum(exc)")

        def read() -> object:
            return proj.dendrite(0).w, len(watch.get("sum(exc)"))

        read.begin = lambda: proj.enable_learning(period=3.0, offset=1.0)  # type: ignore[attr-defined]
        return read

    untouched, moved = both(build, backend, move)
    assert moved == untouched == ([5.0], 28)  # in steps 2, 8, 14, 20 and 26


@BACKENDS
def test_rules_of_structural_plasticity(backend: str, move: Move) -> None:
    def build(net: ann.Network) -> Callable[[], object]:
        net.config(structural_plasticity=True)
        pop = net.create(4, ann.Neuron(equations="r = t"))
        synapse = ann.Synapse(equations="age += 1.0", pruning="age > 10.0")
        proj = net.connect(pop, pop, "exc", synapse).all_to_all(1.0)
        sizes: list[int] = []

        @ann.every(network=net, period=0.5)
        def count(n: int) -> None:
            sizes.append(proj.nb_synapses)

        def read() -> object:
            return sizes

        read.begin = lambda: proj.start_pruning(period=3.5)  # type: ignore[attr-defined]
        return read

    untouched, moved = both(build, backend, move)
    assert moved == untouched
    assert untouched[0] == 12
    assert untouched[-1] == 0


@BACKENDS
def test_a_monitor_with_a_period(backend: str, move: Move) -> None:
    def build(net: ann.Network) -> Callable[[], object]:
        watch = net.monitor(net.create(1, ann.Neuron(equations="r += 1.0")), "r", 2.5, 1.0)
        return lambda: watch.get("r").ravel().tolist()

    untouched, moved = both(build, backend, move)
    assert moved == untouched == [3.0, 8.0, 13.0, 18.0, 23.0, 28.0]


def test_recorded_times_are_those_that_the_clock_showed() -> None:
    net = ann.Network(dt=0.5, backend="reference")
    watch = net.monitor(net.create(1, ann.Neuron(equations="r = t")), "r")
    net.compile()
    net.simulate(1.0)
    net.time = 100.0
    net.simulate(1.0)
    assert watch.get("r").ravel().tolist() == [0.0, 0.5, 100.0, 100.5]
    assert watch.times(unit="ms") == {"r": {"start": [0.0, 100.0], "stop": [1.0, 101.0]}}


def test_going_back_to_the_beginning_repeats_the_plans() -> None:
    net = ann.Network(dt=0.5, seed=1, backend="reference")
    pop = net.create(1, RATE)
    proj = net.connect(pop, pop, "exc", ann.Synapse(equations="w += 1.0"))
    proj.all_to_all(0.0, allow_self_connections=True)
    watch = net.monitor(proj, "w", period=1.0)
    source = net.create(ann.SpikeSourceArray([1.0, 2.0]))
    spikes = net.monitor(source, "spike")
    net.compile()
    proj.enable_learning(period=3.5, offset=1.0)
    found = []
    for _ in range(2):
        net.simulate(11.5)  # no multiple of any period
        found.append((np.diff(watch.get("w").ravel()).tolist(), spikes.get("spike")))
        net.reset(projections=True)
    assert found[0] == found[1]
    assert sum(found[0][0]) > 0


def test_a_run_is_as_long_as_it_was_to_be_when_a_callback_sets_the_clock() -> None:
    net = ann.Network(dt=0.5, backend="reference")
    watch = net.monitor(net.create(1, ann.Neuron(equations="r += 1.0")), "r")
    calls: list[float] = []

    @ann.every(network=net, period=2.0)
    def back(n: int) -> None:
        calls.append(net.time)
        if n == 2:
            net.time = 0.0

    net.compile()
    assert net.simulate(10.0) == 20
    assert watch.get("r").ravel().tolist() == list(range(1, 21))
    assert calls == [0.0, 2.0, 4.0, 2.0, 4.0]
    assert net.time == 6.0
