"""What is asked at the wrong moment, or of the wrong network, is refused in words or done whole.

Found by calling everything while a network runs, rests, is paused or was cleared, from callbacks
and other threads, and with the objects of another network.
"""

from __future__ import annotations

import copy
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
from small import RATE, STEADY

import annlab
from annlab import Network, Neuron
from annlab.errors import AnnlabError, ArgumentError, ArgumentTypeError, StateError
from annlab.network.assembly import assemble
from annlab.runtime.watch import NanWatch


class World:
    """A network that is not compiled, and the populations of another one."""

    def __init__(self) -> None:
        self.net = Network(seed=1)
        self.a = self.net.create(3, Neuron(equations="r = 1.0"), name="a")
        self.b = self.net.create(3, RATE, name="b")
        self.path = self.net.connect(self.a, self.b, "exc", name="path").all_to_all(0.5)
        self.watch = self.net.monitor(self.a, "r", name="watch")
        self.other = Network(seed=1)
        self.foreign = self.other.create(3, RATE, name="foreign")
        self.spikes_abroad = self.other.create(3, annlab.Izhikevich, name="spikes_abroad")
        ends = self.other.create(3, STEADY), self.foreign
        self.foreign_path = self.other.connect(*ends, "exc", name="abroad").all_to_all(0.5)

    def compiled(self) -> Network:
        self.net.compile()
        return self.net


@pytest.fixture
def world() -> World:
    return World()


Misuse = Callable[[Any], object]
CASES: dict[str, tuple[Misuse, type[AnnlabError], str]] = {
    "projection-between-networks": (
        lambda w: annlab.Projection(w.a, w.foreign, "exc"),
        ArgumentError,
        r"cannot connect population 'foreign'\n  it belongs to network \d+\n  create both",
    ),
    "projection-in-a-third-network": (
        lambda w: annlab.Projection(w.a, w.b, "exc", network=w.other),
        ArgumentError,
        "cannot connect population 'a'\n  it belongs to network",
    ),
    "learning-of-a-stranger": (
        lambda w: w.net.enable_learning([w.foreign_path]),
        ArgumentError,
        "projection 'abroad' does not belong to network .*\n  it belongs to network",
    ),
    "rest-of-a-stranger": (
        lambda w: w.net.disable_learning(w.foreign_path),
        ArgumentError,
        "projection 'abroad' does not belong to network",
    ),
    "copy-of-a-name": (
        lambda w: w.net.get("a"),
        ArgumentTypeError,
        r"get\(\) was given 'a', which is no object of a network\n  get_population\(name\)",
    ),
    "until-nobody": (
        lambda w: w.compiled().simulate_until(10.0, []),
        ArgumentError,
        "was given no population\n  nothing would stop the run",
    ),
    "no-period-of-calls": (
        lambda w: annlab.every(w.net, period=0.0),
        ArgumentError,
        r"every\(\): period \[ms\] is 0.0\n  give more than 0",
    ),
    "calls-before-the-begin": (
        lambda w: annlab.every(w.net, period=1.0, wait=-5.0),
        ArgumentError,
        r"every\(\): wait \[ms\] is -5.0",
    ),
    "python-copy": (
        lambda w: copy.copy(w.net),
        ArgumentTypeError,
        r"cannot be copied by Python's module copy\n.*\n  net.copy\(\) builds another one",
    ),
    "deep-copy": (
        lambda w: copy.deepcopy({"net": w.compiled()}),
        ArgumentTypeError,
        "cannot be copied by Python's module copy",
    ),
    "number-as-folder": (
        lambda w: w.net.compile(directory=3),
        ArgumentTypeError,
        r"directory of compile\(\) is 3\n  give the name of a folder",
    ),
    "number-as-device": (
        lambda w: w.net.compile(cuda_config=3),
        ArgumentTypeError,
        r"cuda_config of compile\(\) is 3",
    ),
    "half-a-device": (
        lambda w: w.net.compile(cuda_config={"device": 0.5}),
        ArgumentError,
        r"device is 0\.5\n  give the number of a GPU, from 0 on, or None",
    ),
    "device-below-0": (
        lambda w: w.net.config(device=-1),
        ArgumentError,
        "device is -1",
    ),
    "endless-step": (
        lambda w: Network(dt=float("inf")),
        ArgumentError,
        "dt is inf\n  give the step in ms, a number above 0",
    ),
    "word-as-number-of-a-network": (
        lambda w: annlab.simulate(1.0, net_id="x"),  # type: ignore[arg-type]
        ArgumentTypeError,
        "the number of a network is 'x'\n  use net.id",
    ),
    "list-as-number-of-a-network": (
        lambda w: annlab.every(1.0, net_id=[1]),  # type: ignore[arg-type]
        ArgumentTypeError,
        r"the number of a network is \[1\]",
    ),
    "word-as-callbacks": (
        lambda w: w.compiled().simulate(1.0, callbacks="none"),
        ArgumentTypeError,
        r"callbacks of simulate\(\) is 'none'\n  give True or False",
    ),
    "word-as-progress": (
        lambda w: w.compiled().simulate(1.0, progress="no"),
        ArgumentTypeError,
        "progress of a run is 'no'",
    ),
    "word-as-measure-time": (
        lambda w: w.compiled().simulate(1.0, "no"),
        ArgumentTypeError,
        "measure_time of a run is 'no'",
    ),
    "word-as-start-of-a-bold-monitor": (
        lambda w: w.net.boldmonitor(w.b, mapping={"I_CBF": "r"}, start="now"),
        ArgumentTypeError,
        "start of a BOLD monitor is 'now'",
    ),
    "rates-of-spikes-elsewhere": (
        lambda w: annlab.Rate2SpikePopulation(w.foreign, network=w.net),
        ArgumentError,
        "cannot connect population 'foreign'",
    ),
    "spikes-counted-elsewhere": (
        lambda w: annlab.Spike2RatePopulation(w.spikes_abroad, network=w.net),
        ArgumentError,
        "cannot connect population 'spikes_abroad'",
    ),
    "word-as-window-of-counts": (
        lambda w: annlab.Spike2RatePopulation(w.spikes_abroad, window="long"),
        ArgumentTypeError,
        r"window \[ms\] is 'long'",
    ),
    "projection-without-its-end": (
        lambda w: w.net.compile(populations=[w.a], projections=[w.path]),
        ArgumentError,
        r"projection 'path' without population 'b', which it connects\n  add the population",
    ),
    "weights-of-no-connector": (
        lambda w: w.net.connect(w.a, w.b, "exc").w,
        StateError,
        r"projection 'proj1' \(a -> b\) is not connected",
    ),
    "weights-before-they-are-drawn": (
        lambda w: w.net.connect(w.a, w.b, "exc").all_to_all(annlab.Uniform(0, 1)).w,
        StateError,
        r"projection 'proj1' \(a -> b\) is not compiled, so it has no weights yet",
    ),
}


@pytest.mark.parametrize(("misuse", "error", "text"), CASES.values(), ids=list(CASES))
def test_it_is_told(world: World, misuse: Misuse, error: type[AnnlabError], text: str) -> None:
    before = [_populations(net) for net in (world.net, world.other)]
    with pytest.raises(error, match=text):
        misuse(world)
    assert [_populations(net) for net in (world.net, world.other)] == before


def _populations(net: Network) -> list[str]:
    return [population.name for population in net.get_populations()]


def test_one_weight_for_all_is_known_before_compile(world: World) -> None:
    assert world.path.w == 0.5


def test_an_object_that_is_added_twice_at_once_is_there_once(world: World) -> None:
    net = Network()
    net.add([world.a, world.a])
    assert [p.name for p in net.get_populations()] == ["a"]


@pytest.mark.parametrize("is_compiled", [True, False])
def test_where_there_is_no_copy_the_hint_can_be_followed(world: World, is_compiled: bool) -> None:
    if is_compiled:
        world.net.compile()
    hint = r"get_population\(name\)" if is_compiled else r"net.add\(\[...\]\)"
    with pytest.raises(annlab.errors.UnknownObjectError, match=f"has no copy of .*\n.*{hint}"):
        world.net.get(world.foreign)


# -- a part of a network ----------------------------------------------------------------------


def test_what_a_left_out_population_takes_with_it_is_left_out(world: World) -> None:
    world.net.compile(populations=[world.b])
    world.net.simulate(2.0)
    assert (world.net.get_projections(), world.net.get_monitors()) == ([], [])
    with pytest.raises(StateError, match="watch has no recordings before compile"):
        world.watch.get("r")


def test_what_a_compiled_network_is_to_take_comes_too_late(world: World) -> None:
    world.net.compile()
    with pytest.warns(annlab.errors.AnnlabWarning, match=r"call net.clear\(\) first"):
        world.net.compile(populations=[world.b])
    assert world.net.get_populations() == [world.a, world.b]


def test_a_cleared_network_has_again_what_was_left_out(world: World) -> None:
    world.net.compile(populations=[world.b])
    later = world.net.monitor(world.b, "r", name="later")
    world.net.clear()
    assert world.net.get_populations() == [world.a, world.b]
    assert world.net.get_monitors() == [world.watch, later]
    world.net.compile()
    world.net.simulate(3.0)
    assert (world.watch.get("r").shape, later.get("r")[-1, 0]) == ((3, 3), 1.5)


def test_a_network_whose_part_cannot_be_compiled_is_as_it_was(world: World) -> None:
    bad = world.net.connect(world.a, world.b, "exc", name="bad")
    with pytest.raises(StateError, match=r"'bad' .* is not connected"):
        world.net.compile(projections=[bad])
    assert world.net.get_projections() == [world.path, bad]
    assert not world.net.compiled


# -- the end of a run --------------------------------------------------------------------------


def test_a_callback_ends_simulate_by_stop(world: World) -> None:
    @annlab.every(world.net, period=1.0)
    def end(n: int) -> None:
        if n == 4:
            world.net.stop()

    assert world.compiled().simulate(100.0) == 4
    assert world.net.simulate(2.0) == 2


def test_another_thread_ends_simulate_by_stop(world: World) -> None:
    net = world.other  # of which nothing is recorded
    net.compile()
    begun, states = threading.Event(), []

    def end() -> None:
        begun.wait(60.0)
        net.stop()
        states.append(net.running)

    annlab.every(net, period=1.0)(lambda n: begun.set())
    thread = threading.Thread(target=end)
    thread.start()
    n_steps = net.simulate(1e9)
    thread.join(60.0)
    assert (n_steps < 1e9, states) == (True, [False])


def test_nobody_waits_for_a_paused_run_for_ever(world: World) -> None:
    net = world.compiled()
    net.start()
    net.pause()
    with pytest.raises(StateError, match=r"is paused, so wait\(\) would never end\n  call resume"):
        net.wait()
    assert not net.wait(0.01)
    net.stop()


def test_a_timeout_of_centuries_is_none_too_long(world: World) -> None:
    net = world.compiled()
    net.start(2.0)
    assert net.wait(1e300)


def test_two_threads_that_compile_at_once_compile_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on, built = threading.Event(), threading.Event(), []

    def slowly(net: Network, gpu: int | None) -> Any:
        built.append(net)
        begun.set()
        go_on.wait(60.0)
        return assemble(net, gpu)

    monkeypatch.setattr("annlab.network.network.assemble", slowly)
    threads = [threading.Thread(target=world.net.compile) for _ in range(2)]
    threads[0].start()
    begun.wait(60.0)
    threads[1].start()
    go_on.set()
    for thread in threads:
        thread.join(60.0)
    assert (built, world.net.compiled) == ([world.net], True)
    assert world.net.simulate(2.0) == 2


def test_who_comes_while_a_network_is_compiled_hears_that_it_is_not_yet(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []

    def meanwhile(*arguments: Any, **options: Any) -> NanWatch:
        with pytest.raises(StateError) as caught:
            world.net.simulate(1.0)
        heard.append(str(caught.value))
        return NanWatch(*arguments, **options)

    monkeypatch.setattr("annlab.network.network.NanWatch", meanwhile)
    world.net.compile()
    assert heard == [
        f"network {world.net.id} cannot simulate before it is compiled\n  call net.compile() first"
    ]


@pytest.mark.filterwarnings("ignore::annlab.errors.AnnlabWarning")
def test_threads_that_read_while_a_network_is_cleared_hear_it_in_words(world: World) -> None:
    net, faults, is_over = world.net, [], threading.Event()
    before = sys.getswitchinterval()

    def again(use: Callable[[], object]) -> None:
        while not is_over.is_set():
            try:
                use()
            except AnnlabError:
                continue
            except Exception as fault:  # noqa: BLE001  # whatever it is, the test tells
                faults.append(fault)
                return

    uses = [
        lambda: net.simulate(1.0),
        net.size_in_bytes,
        lambda: net.memory_estimate(10.0),
        lambda: world.watch.get("r"),
        lambda: world.path.w,
        lambda: world.a.r,
    ]
    threads = [threading.Thread(target=again, args=(use,)) for use in uses]
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for _ in range(15):
            net.compile()
            net.clear()
    finally:
        is_over.set()
        sys.setswitchinterval(before)
        for thread in threads:
            thread.join(60.0)
    assert faults == []
