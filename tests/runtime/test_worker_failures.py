"""A run that fails is over, and somebody hears of it."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import annlab as ann
from annlab.network.callbacks import every
from annlab.runtime.state import NetworkState
from annlab.runtime.worker import RunState, Worker

WAIT = 10.0  # [s] a test that waits longer has failed


class Runner:
    """Counts steps."""

    def __init__(self, state: NetworkState) -> None:
        self.state = state

    def run(self, n_steps: int, until: object = None) -> int:
        self.state.clock[0] += n_steps
        return n_steps

    def request_attention(self) -> None: ...

    def close(self) -> None: ...


class Upkeep:
    """What fails when a run is about to rest, as often as it is told to."""

    n_failures = 1

    def __call__(self, *, is_resting: bool) -> None:
        if is_resting and self.n_failures:
            self.n_failures -= 1
            raise MemoryError("no room for what was recorded")


@pytest.fixture
def upkeep() -> Upkeep:
    return Upkeep()


@pytest.fixture
def worker(upkeep: Upkeep) -> Iterator[Worker]:
    state = NetworkState(dt=1.0, seed=1, float_type=np.dtype(float))
    worker = Worker(Runner(state), state, name="network 1", upkeep=upkeep)  # type: ignore[arg-type]  # enough of one
    yield worker
    worker.close(0.1)


def test_a_blocking_run_whose_upkeep_fails_at_the_end_is_over(worker: Worker) -> None:
    with pytest.raises(MemoryError, match="no room for what was recorded"):
        worker.simulate(3)
    assert worker.run_state is RunState.IDLE
    assert worker.simulate(2) == 2


def test_a_background_run_whose_upkeep_fails_at_the_end_says_so_to_who_waits(
    worker: Worker,
) -> None:
    worker.start(3)
    with pytest.raises(MemoryError, match="no room for what was recorded") as caught:
        worker.wait(WAIT)
    assert caught.value.__notes__ == ["in the background run of network 1, before step 3"]
    assert worker.run_state is RunState.IDLE
    assert worker.simulate(2) == 2


def test_a_run_whose_upkeep_fails_as_it_pauses_ends_and_says_so(worker: Worker) -> None:
    worker.start()
    pausing = threading.Thread(target=worker.pause, daemon=True)
    pausing.start()
    pausing.join(WAIT)
    assert not pausing.is_alive()
    with pytest.raises(MemoryError):
        worker.wait(WAIT)
    assert worker.run_state is RunState.IDLE


# -- that nobody asked about ----------------------------------------------------------

SCRIPT = """
import time, numpy as np
import annlab as ann
from annlab.network.callbacks import every
from annlab.runtime.state import NetworkState
from annlab.runtime.worker import RunState, Worker
from tests.runtime.test_worker_failures import Failing, Runner
state = NetworkState(dt=1.0, seed=1, float_type=np.dtype(float))
worker = Worker(Runner(state), state, name="network 1")
worker.start(callbacks=Failing())
time.sleep(0.2)
"""


class Failing:
    """Callbacks that fail before step 5."""

    def next_step(self, step: int) -> int:
        return 5

    def fire(self, step: int) -> None:
        raise ValueError("the callback went wrong")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """What was told of threads that failed."""
    told: list[BaseException] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: told.append(args.exc_value))
    return told


@pytest.fixture
def upkept_well(upkeep: Upkeep) -> None:
    upkeep.n_failures = 0


def test_a_script_that_ends_tells_of_a_run_that_failed() -> None:
    script = [sys.executable, "-c", SCRIPT]
    root = Path(__file__).parents[2]
    ended = subprocess.run(script, capture_output=True, text=True, cwd=root, timeout=60, check=True)
    assert "Exception in thread annlab network 1" in ended.stderr
    assert 'raise ValueError("the callback went wrong")' in ended.stderr
    assert "in the background run of network 1, before step 5" in ended.stderr


@pytest.mark.usefixtures("upkept_well")
def test_a_failure_that_was_raised_is_not_told_again(
    worker: Worker, told: list[BaseException]
) -> None:
    worker.start(callbacks=Failing())
    with pytest.raises(ValueError, match="the callback went wrong"):
        worker.wait(WAIT)
    worker.forget()
    assert told == []


@pytest.mark.usefixtures("upkept_well")
def test_who_closes_a_network_does_not_want_to_know(
    worker: Worker, told: list[BaseException]
) -> None:
    worker.start(callbacks=Failing())
    assert worker._finished.wait(WAIT)
    worker.close()
    assert told == []


@pytest.mark.usefixtures("upkept_well")
def test_what_fails_because_its_network_was_deleted_is_not_told(
    worker: Worker, told: list[BaseException]
) -> None:
    is_forgotten = threading.Event()
    callbacks = Failing()
    callbacks.fire = lambda step: is_forgotten.wait(WAIT) and Failing.fire(callbacks, step)  # type: ignore[method-assign]
    worker.start(callbacks=callbacks)
    worker.forget()
    is_forgotten.set()
    assert worker._finished.wait(WAIT)
    assert told == []


def test_a_run_that_fails_as_its_network_goes_is_not_told(told: list[BaseException]) -> None:
    """The running thread may see that it is gone before it is told to end."""

    class Network: ...

    network = Network()
    state = NetworkState(dt=1.0, seed=1, float_type=np.dtype(float))
    worker = Worker(Runner(state), state, network=network)  # type: ignore[arg-type]  # as above
    del network
    worker.start(callbacks=Failing())
    assert worker._finished.wait(WAIT)
    worker.forget()
    assert told == []


def test_what_the_end_of_the_process_brings_to_light_is_told(
    worker: Worker, told: list[BaseException]
) -> None:
    """The last recordings could not be kept, for instance."""
    worker.start()
    worker.exit()
    assert [str(error) for error in told] == ["no room for what was recorded"]


def test_the_failure_of_a_network_that_was_deleted_is_told(told: list[BaseException]) -> None:
    net = ann.Network(backend="reference")
    net.create(1, ann.LeakyIntegrator)
    every(network=net, period=5.0)(_fail)
    net.compile()
    net.start()
    worker = net._worker
    assert worker is not None
    assert worker._finished.wait(WAIT)
    forgettable = weakref.ref(net)
    del net, worker
    gc.collect()
    assert forgettable() is None
    assert [str(error) for error in told] == ["the callback went wrong"]


def _fail(n: int) -> None:
    raise ValueError("the callback went wrong")
