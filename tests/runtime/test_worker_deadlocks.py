"""Threads that touch networks and ask for them at the same time: nothing waits for ever."""

from __future__ import annotations

import os
import signal
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


# -- networks that reach into one another -----------------------------------------------


class Every:
    """Callbacks before each step, which first linger so that those of others meet them."""

    def __init__(self, act: Callable[[], object]) -> None:
        self._act = act
        self.n_calls = 0

    def next_step(self, step: int) -> int:
        return step

    def fire(self, step: int) -> None:
        time.sleep(0.0003)
        self._act()
        self.n_calls += 1


@pytest.fixture
def ring() -> Iterator[list[Worker]]:
    ring = [new_worker(f"network {n}") for n in range(3)]
    yield ring
    all_end(*(worker.close for worker in ring))


def ask(worker: Worker) -> None:
    """Look at a network, and make two changes of it together."""
    before = worker.call(lambda: worker._state.step)
    with worker.hold():
        now = worker._state.step
        time.sleep(0.0001)
        assert worker.call(lambda: worker._state.step) == now >= before


def ask_in_turn(ring: list[Worker], n_steps: int) -> list[Every]:
    """Start all; the callback of each asks the next."""
    callbacks = [Every(lambda n=n: ask(ring[(n + 1) % len(ring)])) for n in range(len(ring))]
    for worker, every in zip(ring, callbacks, strict=True):
        worker.start(n_steps, callbacks=every)
    return callbacks


@pytest.mark.parametrize("n_networks", [2, 3])
def test_callbacks_of_networks_that_ask_one_another_are_answered(
    ring: list[Worker], n_networks: int
) -> None:
    part = ring[:n_networks]
    callbacks = ask_in_turn(part, 200)
    assert all_end(*(worker.wait for worker in part))
    assert [every.n_calls for every in callbacks] == [200] * n_networks


def test_other_threads_ask_and_hold_networks_that_ask_one_another(ring: list[Worker]) -> None:
    def hold_all() -> None:
        for _ in range(30):
            with ring[0].hold(), ring[1].hold(), ring[2].hold():
                steps = [worker._state.step for worker in ring]
                time.sleep(0.0002)
                assert [worker._state.step for worker in ring] == steps

    def ask_all() -> None:
        for _ in range(30):
            for worker in ring:
                ask(worker)

    ask_in_turn(ring, 10**6)
    assert all_end(hold_all, hold_all, ask_all)
    assert all_end(*(worker.stop for worker in ring))


def test_who_holds_a_network_that_rests_may_hold_one_that_asks_for_it(ring: list[Worker]) -> None:
    resting, running = ring[:2]
    running.start(callbacks=Every(lambda: ask(resting)))

    def hold_both() -> None:
        for _ in range(30):
            with resting.hold():
                time.sleep(0.001)
                with running.hold():
                    ask(running)

    assert all_end(hold_both, hold_both)
    assert all_end(running.stop)


def test_networks_that_ask_one_another_are_paused_and_go_on(ring: list[Worker]) -> None:
    def pause_and_resume() -> None:
        for worker in ring:
            worker.pause()
        for worker in ring:
            worker.advance(1)
            worker.resume()

    ask_in_turn(ring, 10**6)
    assert all_end(pause_and_resume)
    assert all_end(*(worker.close for worker in ring))
    assert [worker.run_state for worker in ring] == [RunState.IDLE] * 3


@pytest.mark.parametrize("act", ["stop", "close", "pause"])
def test_callbacks_that_end_or_pause_the_network_of_the_other_both_succeed(
    ring: list[Worker], act: str
) -> None:
    def other(worker: Worker) -> Every:
        return Every(lambda: worker.run_state is RunState.RUNNING and getattr(worker, act)())

    first, second = ring[:2]
    first.start(callbacks=other(second))
    second.start(callbacks=other(first))
    wanted = RunState.PAUSED if act == "pause" else RunState.IDLE

    def look() -> None:
        while not any(worker.run_state is wanted for worker in (first, second)):
            time.sleep(0.001)

    began = time.monotonic()
    assert all_end(look)
    assert all_end(first.stop, second.stop)
    assert time.monotonic() - began < 4.0  # `close` has not waited until it gave up


def test_a_callback_that_waits_for_a_run_answers_its_callbacks(ring: list[Worker]) -> None:
    first, second = ring[:2]
    second.start(50, callbacks=Every(lambda: ask(first)))
    first.start(1, callbacks=Every(second.wait))
    assert all_end(first.wait)
    assert second._state.step == 50


def test_callbacks_that_wait_for_the_end_of_each_other_are_told_so(ring: list[Worker]) -> None:
    first, second = ring[:2]
    both = threading.Barrier(2, timeout=WAIT)
    first.start(1, callbacks=Every(lambda: (both.wait(), second.wait())))
    second.start(1, callbacks=Every(lambda: (both.wait(), first.wait())))
    failures: list[BaseException] = []

    def end(worker: Worker) -> None:
        try:
            worker.wait()
        except StateError as error:
            failures.append(error)

    assert all_end(lambda: end(first), lambda: end(second))
    assert "each would wait for the end of the other" in str(failures[0])


def test_a_run_inside_of_a_callback_asks_and_is_asked(ring: list[Worker]) -> None:
    """One thread runs two networks; each of them is asked by the third."""
    outer, inner, third = ring

    def ask_both() -> None:
        ask(outer)
        ask(inner)

    third.start(callbacks=Every(ask_both))
    outer.start(5, callbacks=Every(lambda: inner.simulate(5, callbacks=Every(lambda: ask(third)))))
    assert all_end(outer.wait)
    assert (outer._state.step, inner._state.step) == (5, 25)
    assert all_end(third.stop)


def test_nothing_is_done_in_the_middle_of_a_change_that_a_callback_makes(
    ring: list[Worker],
) -> None:
    """It asks another network between the first and the second half of it."""
    first, second = ring[:2]
    halves = [0, 0]
    seen: list[bool] = []

    def change() -> None:
        with first.hold():
            halves[0] += 1
            ask(second)
            halves[1] += 1

    first.start(callbacks=Every(change))
    second.start()

    def look() -> None:
        for _ in range(100):
            seen.append(first.call(lambda: halves[0] == halves[1]))

    assert all_end(look)
    assert seen == [True] * 100


def test_an_interrupt_waits_for_what_is_served_inside_of_a_callback(ring: list[Worker]) -> None:
    first, second = ring[:2]
    done: list[str] = []
    is_asked = threading.Event()

    def change() -> None:
        done.append("begin")
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)
        done.append("end")

    def ask_back() -> None:
        while first.run_state is RunState.IDLE:  # the interrupt is for its run
            time.sleep(0.001)
        is_asked.set()
        first.call(change)

    rescue = threading.Timer(WAIT, os.kill, (os.getpid(), signal.SIGINT))
    rescue.start()
    second.start(1, callbacks=Every(lambda: is_asked.is_set() or ask_back()))
    try:
        with pytest.raises(KeyboardInterrupt):
            first.simulate(10**6, callbacks=Every(lambda: ask(second)))
    finally:
        rescue.cancel()
    assert done == ["begin", "end"]
    assert first.run_state is RunState.IDLE


def test_a_pause_that_another_thread_takes_back_is_over(ring: list[Worker]) -> None:
    """It waited for a moment at rest that had passed, or never came."""
    worker = ring[0]
    worker.start()

    def change(act: Callable[[], None]) -> None:
        for _ in range(300):
            act()

    def resume() -> None:
        change(worker.resume)

    assert all_end(lambda: change(worker.pause), resume, resume)
    worker.stop()
