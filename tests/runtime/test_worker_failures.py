"""A run that fails is over, and somebody hears of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest

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
