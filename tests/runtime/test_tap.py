"""Bounded rings that another thread reads while a network writes."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from annlab import Network, Neuron
from annlab.runtime.tap import SpikeTap, ValueTap, _between, join, leave, spike_tap

Clock = Neuron(
    parameters="period = 5.0",
    equations="v = v + 1.0 : init = 0.0",
    spike="v >= period",
    reset="v = 0.0",
)


@pytest.fixture
def network() -> Network:
    net = Network(dt=1.0, seed=1, backend="reference")
    net.create(10, Clock, name="clock")
    net.compile()
    return net


def tapped(net: Network, **options: int) -> SpikeTap:
    state = net._state
    assert state is not None
    tap = SpikeTap(state.populations[0], **options)
    state.taps.append(tap)
    return tap


def test_a_spike_tap_holds_step_and_rank_of_every_spike(network: Network) -> None:
    tap = tapped(network)
    network.simulate(11.0)
    steps, ranks, cursor, lost = tap.read(0)
    assert steps.tolist() == [4] * 10 + [9] * 10
    assert ranks.tolist() == list(range(10)) * 2
    assert (cursor, lost) == (20, 0)


def test_reading_again_gives_only_what_is_new(network: Network) -> None:
    tap = tapped(network)
    network.simulate(5.0)
    _, _, cursor, _ = tap.read(0)
    network.simulate(5.0)
    steps, _, _, _ = tap.read(cursor)
    assert steps.tolist() == [9] * 10


def test_a_masked_tap_sees_only_its_neurons(network: Network) -> None:
    state = network._state
    assert state is not None
    tap = SpikeTap(state.populations[0], mask=np.arange(10) % 2 == 0)
    state.taps.append(tap)
    network.simulate(5.0)
    assert tap.read(0)[1].tolist() == [0, 2, 4, 6, 8]


def test_a_ring_that_overflows_keeps_the_newest_and_counts_the_loss(network: Network) -> None:
    tap = tapped(network, capacity=16)
    network.simulate(200.0)
    steps, _, cursor, lost = tap.read(0)
    assert cursor == 400
    assert len(steps) + lost == 400
    assert steps[-1] == 199
    assert len(steps) <= tap.capacity


def test_a_tap_that_is_switched_off_writes_nothing(network: Network) -> None:
    tap = tapped(network)
    tap.is_active[0] = 0
    network.simulate(10.0)
    assert tap.read(0)[2] == 0


def test_a_value_tap_holds_a_row_every_period(network: Network) -> None:
    state = network._state
    assert state is not None
    values = state.populations[0].values["v"]
    tap = ValueTap(lambda: values, np.array([0, 3]), period_steps=2)
    state.taps.append(tap)
    network.simulate(7.0)
    steps, rows, cursor, lost = tap.read(0)
    assert steps.tolist() == [0, 2, 4, 6]
    assert rows.tolist() == [[1, 1], [3, 3], [0, 0], [2, 2]]
    assert (cursor, lost) == (4, 0)


def test_a_value_tap_keeps_the_newest_rows(network: Network) -> None:
    state = network._state
    assert state is not None
    values = state.populations[0].values["v"]
    tap = ValueTap(lambda: values, np.array([0]), capacity=8)
    state.taps.append(tap)
    network.simulate(20.0)
    steps, _, _, lost = tap.read(0)
    assert steps.tolist() == list(range(13, 20))
    assert lost == 13


def test_a_reader_in_another_thread_never_sees_a_torn_entry(network: Network) -> None:
    tap = tapped(network, capacity=64)
    torn: list[np.ndarray] = []
    stop = threading.Event()

    def read() -> None:
        cursor = 0
        while not stop.is_set():
            steps, ranks, cursor, _ = tap.read(cursor)
            # The clock neurons fire together, in order: rank and step determine each other.
            if (np.diff(steps) < 0).any() or (steps % 5 != 4).any() or (ranks < 0).any():
                torn.append(steps)

    reader = threading.Thread(target=read)
    reader.start()
    network.simulate(2000.0)
    stop.set()
    reader.join()
    assert torn == []


@pytest.mark.parametrize(("first", "n"), [(0, 0), (3, 5), (5, 8), (6, 4), (8, 8), (13, 8), (15, 2)])
def test_a_reader_gets_the_entries_in_order_however_the_ring_has_turned(first: int, n: int) -> None:
    ring = np.arange(first, first + 8)
    ring = np.roll(ring, first % 8)  # entry k lies in slot k % 8
    found = _between(ring, first, first + n)
    assert found.tolist() == list(range(first, first + n))
    assert not np.shares_memory(found, ring)


def test_views_of_the_same_neurons_share_one_ring(network: Network) -> None:
    state = network._state
    assert state is not None
    neurons = state.populations[0]
    even = np.arange(10) % 2 == 0
    everyone = spike_tap(state.taps, neurons)
    assert spike_tap(state.taps, neurons) is not everyone  # nobody reads it yet
    join(state.taps, everyone)
    assert spike_tap(state.taps, neurons) is everyone
    assert spike_tap(state.taps, neurons, capacity=1) is everyone
    assert spike_tap(state.taps, neurons, capacity=2 * everyone.capacity) is not everyone
    assert spike_tap(state.taps, neurons, even) is not everyone
    some = spike_tap(state.taps, neurons, even)
    join(state.taps, some)
    assert spike_tap(state.taps, neurons, even) is some
    assert spike_tap(state.taps, neurons, ~even) is not some
    join(state.taps, everyone)
    assert state.taps == [everyone, some]
    network.simulate(5.0)
    assert everyone.read(0)[2] == 10  # each spike is there once
    leave(state.taps, everyone)
    assert state.taps == [everyone, some]
    leave(state.taps, everyone)
    assert state.taps == [some]
