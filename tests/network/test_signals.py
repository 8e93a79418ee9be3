"""Signals that come while a network runs: no step is halved, and no row is lost."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import numpy as np
import pytest

from annlab import Network, Neuron

CLOCK = Neuron(equations="r = t")


class OutOfTimeError(Exception):
    """What a program raises in its handler of signals."""


@pytest.fixture(autouse=True)
def _alarm_complains() -> Iterator[None]:
    def complain(*_: object) -> None:
        raise OutOfTimeError

    before = signal.signal(signal.SIGALRM, complain)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0.0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("backend", ["reference", "cpu"])
def test_a_handler_that_raises_leaves_every_row_at_its_time(backend: str) -> None:
    network = Network(dt=1.0, backend=backend)
    watch = network.monitor(network.create(2, CLOCK), "r")
    network.compile()

    for _ in range(3):
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(OutOfTimeError):
            network.simulate(1e7)
    network.simulate(1.0)

    rows = watch.get("r")
    assert len(rows) == network.get_current_step()
    np.testing.assert_array_equal(rows[:, 0], np.arange(len(rows)))  # the clock, which is recorded


def test_a_handler_may_stop_the_run() -> None:
    network = Network(dt=1.0)
    network.create(2, CLOCK)
    network.compile()
    signal.signal(signal.SIGALRM, lambda *_: network.stop())
    signal.setitimer(signal.ITIMER_REAL, 0.05)

    n_steps = network.simulate(1e6)

    assert 0 < n_steps < 10**6
    assert network.get_current_step() == n_steps
