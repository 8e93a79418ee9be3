"""Where threads wait for each other: exactly where the data ask for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

import annlab as ann
from annlab.runtime import native
from annlab.runtime.schedule import RING, Call, place_barriers

ACCESS = ("own_reads", "own_writes", "reads", "writes")


def call(name: str, *, is_serial: bool = False, **access: str) -> Call:
    names = {kind: frozenset(access.get(kind, "").split()) for kind in ACCESS}
    return Call(kernel=0, slots=0, name=name, is_serial=is_serial, **names)


def waits(calls: list[Call]) -> list[str]:
    """Return the names of the calls before which the threads meet."""
    return [c.name for c in place_barriers(calls) if c.barrier_before]


# ---- pairs of calls -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("earlier", "later", "must_wait"),
    [
        pytest.param({"own_writes": "v"}, {"own_reads": "v"}, False, id="own after own"),
        pytest.param({"own_writes": "v"}, {"own_writes": "v"}, False, id="own write after own"),
        pytest.param({"own_writes": "v"}, {"reads": "v"}, True, id="foreign read after write"),
        pytest.param({"reads": "v"}, {"own_writes": "v"}, True, id="write after foreign read"),
        pytest.param({"writes": "v"}, {"own_reads": "v"}, True, id="own read after foreign write"),
        pytest.param({"reads": "v"}, {"reads": "v"}, False, id="two reads"),
        pytest.param({"own_writes": "v"}, {"reads": "u"}, False, id="different names"),
        pytest.param({"own_writes": f"{RING}s"}, {"reads": f"{RING}s"}, True, id="spikes read"),
        pytest.param(
            {"reads": f"{RING}s"}, {"own_writes": f"{RING}s"}, False, id="spikes written again"
        ),
    ],
)
def test_a_call_waits_for_what_others_wrote_or_still_read(
    earlier: dict, later: dict, must_wait: bool
) -> None:
    assert call("later", **later).must_follow(call("earlier", **earlier)) == must_wait


@pytest.mark.parametrize(
    ("earlier", "later", "must_wait"),
    [(True, True, False), (True, False, True), (False, True, True)],
)
def test_what_one_thread_does_alone_concerns_the_others(
    earlier: bool, later: bool, must_wait: bool
) -> None:
    first = call("first", is_serial=earlier, own_writes="mean")
    second = call("second", is_serial=later, own_reads="mean")
    assert second.must_follow(first) == must_wait


def test_calls_between_two_meetings_share_them() -> None:
    assert waits(
        [
            call("sum", reads="r", own_writes="sum"),
            call("another sum", reads="r", own_writes="sum"),
            call("update", own_reads="sum", own_writes="r"),
            call("learn", reads="r", own_writes="w"),
        ]
    ) == ["update", "learn"]


def test_the_end_of_a_step_is_followed_by_the_beginning_of_the_next() -> None:
    assert waits([call("read", reads="r"), call("write", own_writes="r")]) == ["read", "write"]


def test_threads_meet_once_a_step_even_without_need() -> None:
    """Recorders of spikes look at a step that everybody has finished."""
    assert waits([call("update", own_writes="v"), call("push", own_reads="v")]) == ["update"]


def test_no_calls_need_no_meeting() -> None:
    assert waits([]) == []


# ---- whole networks -----------------------------------------------------------------------------

Meetings = Callable[[ann.Network], list[str]]
LEAKY = ann.Neuron(parameters="tau = 10.0", equations="tau * dr/dt + r = sum(exc)")
LIF = ann.Neuron(
    parameters="tau = 10.0",
    equations="tau * dv/dt + v = g_exc\ntau * dg_exc/dt = -g_exc",
    spike="v > 15.0",
    reset="v = 0.0",
)


@pytest.fixture
def meetings(monkeypatch: pytest.MonkeyPatch) -> Iterator[Meetings]:
    """Return a function that compiles a network and tells before which calls threads meet."""
    placed: list[list[Call]] = []

    def spy(calls: list[Call]) -> list[Call]:
        placed.append(place_barriers(calls))
        return placed[-1]

    monkeypatch.setattr(native, "place_barriers", spy)

    def compile_(net: ann.Network) -> list[str]:
        net.compile()
        return [c.name for c in placed[-1] if c.barrier_before]

    ann.clear()
    yield compile_
    ann.clear()


@pytest.fixture
def net() -> ann.Network:
    return ann.Network(seed=1, backend="cpu", num_threads=2)


def test_neurons_alone_meet_once(net: ann.Network, meetings: Meetings) -> None:
    net.create(100, LEAKY, name="pop")
    assert len(meetings(net)) == 1


def test_a_rate_coded_network_meets_before_and_after_its_sums(
    net: ann.Network, meetings: Meetings
) -> None:
    pop = net.create(100, LEAKY, name="pop")
    net.connect(pop, pop, "exc", name="proj").all_to_all(0.1)
    assert meetings(net) == ["proj.transmit", "pop.update"]


def test_a_chain_of_rates_meets_no_more_often(net: ann.Network, meetings: Meetings) -> None:
    pops = [net.create(100, LEAKY, name=f"pop{k}") for k in range(4)]
    for pre, post in zip(pops[:-1], pops[1:], strict=True):
        net.connect(pre, post, "exc").all_to_all(0.1)
    assert len(meetings(net)) == 2


def test_a_delayed_rate_is_read_while_the_next_is_written(
    net: ann.Network, meetings: Meetings
) -> None:
    pop = net.create(100, LEAKY, name="pop")
    net.connect(pop, pop, "exc", name="proj").all_to_all(0.1, delays=5.0)
    assert len(meetings(net)) <= 2


@pytest.mark.parametrize("delays", [1.0, 5.0, ann.Uniform(1.0, 5.0)], ids=["1", "5", "many"])
def test_a_spiking_network_meets_once(
    net: ann.Network, meetings: Meetings, delays: float | ann.Uniform
) -> None:
    pop = net.create(100, LIF, name="pop")
    net.connect(pop, pop, "exc", name="proj").fixed_probability(0.1, weights=1.0, delays=delays)
    assert meetings(net) == ["proj.deliver"]


def test_recorders_of_spikes_and_values_add_no_meeting(
    net: ann.Network, meetings: Meetings
) -> None:
    pop = net.create(100, LIF, name="pop")
    net.connect(pop, pop, "exc", name="proj").fixed_probability(0.1, weights=1.0)
    net.monitor(pop, ["spike", "v"])
    assert meetings(net) == ["proj.deliver"]


def test_stdp_meets_twice(net: ann.Network, meetings: Meetings) -> None:
    pop = net.create(100, LIF, name="pop")
    net.connect(pop, pop, "exc", ann.STDP(), name="proj").fixed_probability(0.1, weights=1.0)
    assert len(meetings(net)) == 2


def test_oja_learning_meets_twice(net: ann.Network, meetings: Meetings) -> None:
    """Sums read the rates, the update writes them; learning and the next sums read them."""
    pop = net.create(100, LEAKY, name="pop")
    net.connect(pop, pop, "exc", ann.Oja(), name="proj").all_to_all(0.1)
    assert meetings(net) == ["pop.update", "proj.update_synapses"]


@pytest.mark.timeout(60)
def test_a_recorder_that_fills_up_does_not_stop_threads_that_meet_once(net: ann.Network) -> None:
    """One thread left the step to empty the recorder, and the others waited for it forever."""
    every_step = ann.Neuron(equations="v = 1.0", spike="v > 0.0", reset="v = 0.0")
    pop = net.create(1000, every_step)
    monitor = net.monitor(pop, "spike")
    net.compile()
    net.simulate(900.0)
    assert len(monitor.raster_plot()[0]) == 900_000
