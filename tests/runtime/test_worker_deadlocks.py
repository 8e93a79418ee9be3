"""Threads that touch networks and ask for them at the same time: nothing waits for ever."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from annlab.errors import StateError
from annlab.runtime.state import NetworkState
from annlab.runtime.worker import RunState, Worker

WAIT = 10.0  # [s] a test that waits longer has failed


class Runner:
    """Counts steps, twice, so that half a step can be seen."""

    def __init__(self, state: NetworkState) -> None:
        self.state = state
        self.begun = 0
        self.is_closed = False
        self._attention = threading.Event()

    def run(self, n_steps: int, until: object = None) -> int:
        for done in range(1, n_steps + 1):
            self.begun += 1
            time.sleep(0.0001)
            self.state.clock[0] += 1
            if self._attention.is_set():
                self._attention.clear()
                return done
        return n_steps

    def request_attention(self) -> None:
        self._attention.set()

    def close(self) -> None:
        self.is_closed = True


def new_worker(name: str = "network 1") -> Worker:
    state = NetworkState(dt=1.0, seed=1, float_type=np.dtype(float))
    return Worker(Runner(state), state, name=name)  # type: ignore[arg-type]  # enough of a runner


def all_end(*functions: Callable[[], object]) -> bool:
    """Tell whether all return, each in a thread of its own, which is left to itself if not."""
    threads = [threading.Thread(target=f, daemon=True) for f in functions]
    for thread in threads:
        thread.start()
    end = time.monotonic() + WAIT
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    return not any(thread.is_alive() for thread in threads)


@pytest.fixture
def worker() -> Iterator[Worker]:
    worker = new_worker()
    yield worker
    all_end(worker.close)


class Held:
    """A thread that holds a worker until it is told to let go."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._has_it, self._lets_go = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._hold, daemon=True)

    def _hold(self) -> None:
        with self._worker.hold():
            self._has_it.set()
            self._lets_go.wait(WAIT)

    def __enter__(self) -> None:
        self._thread.start()
        assert self._has_it.wait(WAIT)

    def __exit__(self, *_: object) -> None:
        self._lets_go.set()
        self._thread.join(WAIT)


# -- a network that is held, or touched -----------------------------------------------


@pytest.mark.parametrize("is_running", [True, False])
def test_who_posts_waits_for_nothing_where_another_thread_holds_the_network(
    worker: Worker, is_running: bool
) -> None:
    if is_running:
        worker.start()
    requests = []
    with Held(worker):
        assert all_end(lambda: requests.append(worker.post(lambda: "done")))
        assert not requests[0].done.is_set()
    assert requests[0].done.wait(WAIT)
    assert requests[0].result == "done"


@pytest.mark.parametrize("act", ["pause", "resume", "stop", "interrupt"])
def test_who_holds_a_running_network_tells_it_what_to_do_afterwards(
    worker: Worker, act: str
) -> None:
    def tell() -> None:
        with worker.hold():
            getattr(worker, act)()

    worker.start()
    assert all_end(tell)


def test_who_holds_a_running_network_cannot_wait_for_it(worker: Worker) -> None:
    worker.start()
    with worker.hold(), pytest.raises(StateError, match="the run that it would wait for"):
        worker.wait()


def test_others_stop_a_network_that_is_held_once_it_is_let_go(worker: Worker) -> None:
    worker.start()
    with Held(worker):
        stopping = threading.Thread(target=worker.stop, daemon=True)
        stopping.start()
        stopping.join(0.05)
        assert stopping.is_alive()
    stopping.join(WAIT)
    assert not stopping.is_alive()


def test_a_run_begins_when_the_thread_that_touches_the_network_is_done(worker: Worker) -> None:
    runs = threading.Thread(target=worker.simulate, args=(3,), daemon=True)
    with Held(worker):
        runs.start()
        runs.join(0.05)
        assert worker.run_state is RunState.IDLE
    runs.join(WAIT)
    assert worker._state.step == 3


def test_a_network_is_freed_when_the_thread_that_touches_it_is_done(worker: Worker) -> None:
    with Held(worker):
        worker.close(0.01)
        assert not worker.runner.is_closed  # type: ignore[attr-defined]  # ours tells
    assert worker.runner.is_closed  # type: ignore[attr-defined]


def test_nobody_sees_half_of_what_a_closure_does_while_nobody_runs(worker: Worker) -> None:
    written: list[tuple[int, str]] = []

    def write(number: int) -> None:
        written.append((number, "begin"))
        time.sleep(0.0005)
        written.append((number, "end"))

    def many(number: int) -> None:
        for _ in range(20):
            worker.call(lambda: write(number))

    assert all_end(*(lambda n=n: many(n) for n in range(4)))
    pairs = list(zip(written[::2], written[1::2], strict=True))
    assert len(pairs) == 80
    assert all(first == (last[0], "begin") and last[1] == "end" for first, last in pairs)


def test_closures_of_many_threads_see_whole_steps_through_begins_and_ends(worker: Worker) -> None:
    runner = worker.runner
    halves: list[int] = []

    def look() -> None:
        for _ in range(200):
            seen = worker.call(lambda: runner.begun - worker._state.step)  # type: ignore[attr-defined]
            with worker.hold():
                before = worker._state.step
                seen += worker._state.step - before
            halves.append(seen)

    def run() -> None:
        for _ in range(60):
            worker.simulate(2)

    assert all_end(look, look, run)
    assert halves == [0] * 400
