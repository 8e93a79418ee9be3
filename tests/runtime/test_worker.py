"""One network, many threads: nobody sees half a step, nothing is lost, nothing hangs."""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pytest

from annlab.errors import ArgumentError, StateError
from annlab.runtime.interrupts import Shield
from annlab.runtime.runner import Until
from annlab.runtime.state import NetworkState, ProjectionState
from annlab.runtime.worker import RunState, Worker

WAIT = 10.0  # [s] a test that waits longer has failed


class Counter:
    """A runner whose step only counts, twice, so that half a step can be seen."""

    def __init__(self, state: NetworkState, seconds_per_step: float = 0.0002) -> None:
        self.state = state
        self.seconds_per_step = seconds_per_step
        self.first = self.second = 0
        self.fails_at: int | None = None
        self.until_step: int | None = None
        self.is_closed = False
        self._attention = threading.Event()

    def run(self, n_steps: int, until: Until | None = None) -> int:
        for done in range(1, n_steps + 1):
            self._step()
            if until is not None:
                holds = self.state.step == self.until_step
                until.populations[0].stopped[0] = holds
                if holds:
                    return done
            if self._attention.is_set():
                self._attention.clear()
                return done
        return n_steps

    def _step(self) -> None:
        if self.state.step == self.fails_at:
            raise FloatingPointError("the step went wrong")
        self.first += 1
        time.sleep(self.seconds_per_step)
        self.second += 1
        self.state.clock[0] += 1

    def request_attention(self) -> None:
        self._attention.set()

    def refresh(self) -> None: ...

    def follow(self, projections: Sequence[ProjectionState]) -> None: ...

    def close(self) -> None:
        self.is_closed = True


class Population:
    stopped = np.zeros(1, np.int32)


@pytest.fixture
def state() -> NetworkState:
    return NetworkState(dt=1.0, seed=1, float_type=np.dtype(float))


@pytest.fixture
def runner(state: NetworkState) -> Counter:
    return Counter(state)


@pytest.fixture
def worker(runner: Counter, state: NetworkState) -> Iterator[Worker]:
    worker = Worker(runner, state, name="network 1")
    yield worker
    worker.close()


def eventually(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.001)
    return False


# -- blocking runs ------------------------------------------------------------------


def test_a_blocking_run_does_the_steps_that_were_asked_for(worker: Worker, state) -> None:
    assert worker.simulate(37) == 37
    assert state.step == 37
    assert worker.run_state is RunState.IDLE


def test_a_blocking_run_ends_with_the_step_in_which_conditions_hold(worker, runner, state) -> None:
    runner.until_step = 9

    done = worker.simulate(50, until=Until((Population(),)))

    assert (done, state.step) == (9, 9)


def test_conditions_that_hold_in_the_last_step_of_a_piece_are_seen(worker, runner, state) -> None:
    runner.until_step = 1  # the first piece is one step long

    assert worker.simulate(50, until=Until((Population(),))) == 1


def test_an_interrupt_ends_a_blocking_run_between_two_steps(worker, runner, state) -> None:
    threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()

    with pytest.raises(KeyboardInterrupt):
        worker.simulate(10**6)

    assert runner.first == runner.second == state.step > 0
    assert worker.simulate(3) == 3


def test_the_handler_of_interrupts_is_as_it_was_after_a_run(worker: Worker) -> None:
    before = signal.getsignal(signal.SIGINT)
    worker.simulate(1)
    assert signal.getsignal(signal.SIGINT) is before


@pytest.fixture
def on_alarm() -> Iterator[Callable[[Callable[[], object]], None]]:
    """Return a function that says what a signal does, which comes 50 ms later."""
    before = signal.getsignal(signal.SIGALRM)

    def will(act: Callable[[], object]) -> None:
        signal.signal(signal.SIGALRM, lambda *_: act())
        signal.setitimer(signal.ITIMER_REAL, 0.05)

    yield will
    signal.setitimer(signal.ITIMER_REAL, 0.0)
    signal.signal(signal.SIGALRM, before)


def _complain() -> None:
    raise TimeoutError("the time is up")


def test_what_a_handler_raises_ends_a_blocking_run_between_two_steps(
    worker, runner, state, on_alarm
) -> None:
    on_alarm(_complain)

    with pytest.raises(TimeoutError, match="the time is up"):
        worker.simulate(10**6)

    assert runner.first == runner.second == state.step > 0
    assert worker.simulate(3) == 3


def test_a_handler_that_raises_nothing_lets_the_run_go_on(worker, runner, on_alarm) -> None:
    seen: list[tuple[int, int]] = []
    on_alarm(lambda: seen.append((runner.first, runner.second)))

    assert worker.simulate(1000) == 1000
    assert [first == second for first, second in seen] == [True]


def test_a_handler_of_ctrl_c_that_a_program_has_set_decides(worker) -> None:
    seen: list[int] = []
    before = signal.signal(signal.SIGINT, lambda signum, _: seen.append(signum))
    try:
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
        assert worker.simulate(1000) == 1000
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == [signal.SIGINT]


def test_what_held_signals_back_does_not_hold_itself() -> None:
    """A network that was dropped lived on with it, and its run in the background."""
    gc.disable()
    try:
        shield = Shield(lambda: None)
        with shield:
            assert signal.getsignal(signal.SIGINT) == shield._handle
        held = weakref.ref(shield)
        del shield
        assert held() is None
    finally:
        gc.enable()


def test_a_signal_in_the_last_piece_is_not_lost(worker, runner) -> None:
    runner.until_step = 1

    def step() -> None:
        runner.state.clock[0] += 1
        os.kill(os.getpid(), signal.SIGINT)

    runner._step = step
    with pytest.raises(KeyboardInterrupt):
        worker.simulate(5, until=Until((Population(),)))


def test_a_handler_that_a_callback_sets_stays(worker, state, on_alarm) -> None:
    def another(*_: object) -> None: ...

    on_alarm(lambda: None)
    worker.simulate(4, callbacks=Calls(state, 10, lambda: signal.signal(signal.SIGALRM, another)))
    assert signal.getsignal(signal.SIGALRM) is another


def test_a_handler_that_a_callback_puts_back_later_is_that_of_the_program(
    worker, state, on_alarm
) -> None:
    seen: list[int] = []
    found: list[object] = []
    on_alarm(lambda: seen.append(1))
    take = lambda: found.append(signal.signal(signal.SIGALRM, signal.SIG_IGN))  # noqa: E731
    worker.simulate(4, callbacks=Calls(state, 10, take))

    signal.signal(signal.SIGALRM, found[0])
    os.kill(os.getpid(), signal.SIGALRM)

    assert eventually(lambda: bool(seen))


def test_an_error_in_a_blocking_run_is_raised_at_once(worker, runner) -> None:
    runner.fails_at = 3
    with pytest.raises(FloatingPointError, match="the step went wrong"):
        worker.simulate(10)
    assert worker.run_state is RunState.IDLE


def test_another_thread_reaches_a_blocking_run_between_two_steps(worker, runner) -> None:
    seen: list[tuple[int, int]] = []

    def look() -> None:
        for _ in range(20):
            seen.append(worker.call(lambda: (runner.first, runner.second)))

    thread = threading.Thread(target=look)
    thread.start()
    worker.simulate(200)
    thread.join(WAIT)

    assert len(seen) == 20
    assert all(first == second for first, second in seen)


def test_one_step_costs_little_beside_the_step(worker, runner) -> None:
    runner.seconds_per_step = 0.0
    runner._step = lambda: runner.state.clock.__setitem__(0, runner.state.step + 1)  # type: ignore[method-assign]
    worker.simulate(100)
    costs = []
    for _ in range(200):
        begin = time.perf_counter()
        worker.simulate(1)
        costs.append(time.perf_counter() - begin)
    assert np.median(costs) < 100e-6


# -- background runs ----------------------------------------------------------------


def test_a_background_run_returns_at_once_and_ends_by_itself(worker, state) -> None:
    worker.start(100)
    assert worker.run_state is RunState.RUNNING
    assert worker.wait(WAIT)
    assert state.step == 100
    assert worker.run_state is RunState.IDLE


def test_wait_says_that_time_has_passed(worker: Worker) -> None:
    worker.start()
    assert not worker.wait(0.02)
    worker.stop()
    assert worker.wait(0.0)


def test_stop_ends_a_run_and_is_harmless_without_one(worker: Worker, state) -> None:
    worker.stop()
    worker.start()
    worker.stop()
    step = state.step
    time.sleep(0.01)
    assert state.step == step
    assert worker.run_state is RunState.IDLE


def test_a_paused_run_does_no_step_and_still_answers(worker: Worker, state) -> None:
    worker.start()
    worker.pause()
    step = state.step
    time.sleep(0.01)
    assert worker.run_state is RunState.PAUSED
    assert worker.call(lambda: state.step) == step
    worker.resume()
    assert eventually(lambda: state.step > step)


def test_a_paused_run_can_be_stopped(worker: Worker) -> None:
    worker.start()
    worker.pause()
    worker.stop()
    assert worker.run_state is RunState.IDLE


def test_closures_see_whole_steps_only_and_run_in_order(worker, runner) -> None:
    worker.start()
    seen = [worker.call(lambda i=i: (i, runner.first - runner.second)) for i in range(100)]
    worker.stop()
    assert seen == [(i, 0) for i in range(100)]


def test_calls_of_many_threads_are_all_answered(worker, runner) -> None:
    answers: list[int] = []
    worker.start()
    threads = [
        threading.Thread(target=lambda: answers.extend(worker.call(lambda: 1) for _ in range(25)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
    worker.stop()
    assert len(answers) == 200


def test_calls_that_meet_the_end_of_a_run_are_answered(worker: Worker) -> None:
    for _ in range(20):
        worker.start(3)
        assert worker.call(lambda: "answer") == "answer"
        assert worker.wait(WAIT)


def test_an_error_of_a_closure_is_raised_where_it_was_asked(worker: Worker, state) -> None:
    worker.start()
    with pytest.raises(ZeroDivisionError):
        worker.call(lambda: 1 // 0)
    assert worker.run_state is RunState.RUNNING


def test_several_changes_take_effect_together(worker, state) -> None:
    worker.start()
    with worker.hold():
        begin = worker.call(lambda: state.step)
        time.sleep(0.01)
        end = worker.call(lambda: state.step)
    assert begin == end
    assert eventually(lambda: state.step > end)


def test_an_error_in_the_background_is_raised_at_the_next_call_once(worker, runner) -> None:
    runner.fails_at = 5
    worker.start()
    assert eventually(lambda: worker.run_state is RunState.IDLE)
    assert isinstance(worker.failure, FloatingPointError)

    with pytest.raises(FloatingPointError) as caught:
        worker.call(lambda: None)

    assert caught.value.__notes__ == ["in the background run of network 1, before step 5"]
    assert worker.call(lambda: "well") == "well"


@pytest.mark.parametrize("act", ["wait", "stop", "start"])
def test_an_error_in_the_background_is_raised_by(act: str, worker, runner) -> None:
    runner.fails_at = 0
    worker.start()
    assert eventually(lambda: worker.run_state is RunState.IDLE)
    with pytest.raises(FloatingPointError):
        getattr(worker, act)()


def test_live_views_leave_the_error_to_others(worker, runner) -> None:
    runner.fails_at = 0
    worker.start()
    assert eventually(lambda: worker.run_state is RunState.IDLE)
    assert worker.peek(lambda: "seen") == "seen"
    with pytest.raises(FloatingPointError):
        worker.wait()


def test_an_interrupted_wait_stops_the_run(worker, runner, state) -> None:
    worker.start()
    threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()

    with pytest.raises(KeyboardInterrupt):
        worker.wait()

    assert worker.run_state is RunState.IDLE
    assert runner.first == runner.second == state.step


def test_a_run_is_no_faster_than_it_may_be(worker, runner, state) -> None:
    runner.seconds_per_step = 0.0
    begin = time.perf_counter()
    worker.start(20, seconds_per_step=0.005)
    assert worker.wait(WAIT)
    assert time.perf_counter() - begin >= 19 * 0.005
    assert state.step == 20


def test_the_pace_of_a_run_can_change_under_way(worker, runner, state) -> None:
    runner.seconds_per_step = 0.0
    worker.start(1000, seconds_per_step=5.0)
    assert eventually(lambda: state.step == 1)
    worker.set_pace(None)
    assert worker.wait(2.0)
    assert state.step == 1000


def test_a_paused_run_advances_by_as_many_steps_as_it_is_told_to(worker, state) -> None:
    fired = Calls(state, 1, lambda: None)
    worker.start(callbacks=fired, seconds_per_step=0.001)
    worker.pause()
    before = state.step
    worker.advance(3)
    assert state.step == before + 3
    assert worker.run_state is RunState.PAUSED
    assert fired.steps[-3:] == [before, before + 1, before + 2]
    worker.resume()
    assert eventually(lambda: state.step > before + 5)
    worker.stop()


def test_who_posts_a_request_does_not_wait_for_it(worker, runner) -> None:
    runner.seconds_per_step = 0.05
    worker.start()
    request = worker.post(lambda: "done")
    assert not request.done.is_set()
    assert request.done.wait(WAIT)
    assert request.result == "done"
    worker.stop()
    assert worker.post(lambda: 1).done.is_set()


# -- refusals -----------------------------------------------------------------------


@pytest.mark.parametrize("act", [lambda w: w.start(), lambda w: w.simulate(1)])
def test_a_second_run_is_refused_while_one_is_under_way(act, worker: Worker) -> None:
    worker.start()
    with pytest.raises(StateError, match="network 1 already runs in the background") as caught:
        act(worker)
    assert "call stop() first, or wait() until it ends" in str(caught.value)


def test_a_run_is_refused_while_another_thread_simulates(worker: Worker) -> None:
    thread = threading.Thread(target=worker.simulate, args=(300,))
    thread.start()
    assert eventually(lambda: worker.run_state is RunState.BLOCKING)
    with pytest.raises(StateError, match="is inside simulate\\(\\) in another thread"):
        worker.start()
    thread.join(WAIT)


@pytest.mark.parametrize("act", ["pause", "resume"])
def test_without_a_run_there_is_nothing_to(act: str, worker: Worker) -> None:
    with pytest.raises(StateError, match=f"so {act}\\(\\) means nothing\n  call start\\(\\) first"):
        getattr(worker, act)()


def test_a_pace_of_nothing_is_refused(worker: Worker) -> None:
    with pytest.raises(ArgumentError, match="a step cannot take -1.0 s"):
        worker.start(1, seconds_per_step=-1.0)
    assert worker.run_state is RunState.IDLE


def test_a_run_that_is_not_paused_cannot_advance_by_steps(worker: Worker) -> None:
    with pytest.raises(StateError, match="is not paused.*\n.*call pause\\(\\) first"):
        worker.advance(1)


# -- callbacks ----------------------------------------------------------------------


class Calls:
    """Callbacks every `period` steps that write down the step."""

    def __init__(self, state: NetworkState, period: int, act: Callable[[], object]) -> None:
        self.state, self.period, self.act = state, period, act
        self.steps: list[int] = []

    def next_step(self, step: int) -> int:
        return -(-step // self.period) * self.period

    def fire(self, step: int) -> None:
        assert step == self.state.step
        self.steps.append(step)
        self.act()


def test_callbacks_come_before_their_steps_in_a_blocking_run(worker, state) -> None:
    calls = Calls(state, 10, lambda: None)
    worker.simulate(25, callbacks=calls)
    assert calls.steps == [0, 10, 20]


def test_callbacks_come_in_a_background_run_too(worker, state) -> None:
    calls = Calls(state, 10, lambda: worker.call(lambda: None))
    worker.start(25, callbacks=calls)
    worker.wait(WAIT)
    assert calls.steps == [0, 10, 20]


def test_a_callback_may_stop_the_background_run(worker, state) -> None:
    calls = Calls(state, 10, worker.stop)
    worker.start(callbacks=calls)
    assert worker.wait(WAIT)
    assert state.step == 0


@pytest.mark.parametrize("act", [lambda w: w.start(), lambda w: w.simulate(1)])
def test_a_callback_cannot_run_the_network(act, worker, state) -> None:
    calls = Calls(state, 10, lambda: act(worker))
    with pytest.raises(StateError, match="a callback cannot run it as well"):
        worker.simulate(5, callbacks=calls)


def test_a_callback_cannot_wait_for_its_own_run(worker, state) -> None:
    calls = Calls(state, 10, worker.wait)
    with pytest.raises(StateError, match="wait\\(\\) was called by the run that it would wait for"):
        worker.simulate(5, callbacks=calls)


def test_an_interrupt_goes_through_the_users_own_code_at_once(worker, state) -> None:
    def linger() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(WAIT)

    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        worker.simulate(5, callbacks=Calls(state, 10, linger))
    assert time.monotonic() - begin < WAIT / 2


def test_close_from_a_callback_frees_the_runner_after_the_run(worker, runner, state) -> None:
    seen: list[bool] = []

    def close() -> None:
        worker.close()
        seen.append(runner.is_closed)

    worker.start(callbacks=Calls(state, 10, close))
    assert worker.wait(WAIT)
    assert (seen, runner.is_closed) == ([False], True)


def test_close_frees_the_runner_of_a_running_network(state: NetworkState) -> None:
    runner = Counter(state)
    worker = Worker(runner, state)
    worker.start()
    worker.close()
    assert runner.is_closed
    assert worker.run_state is RunState.IDLE


def test_a_closed_network_does_not_run_for_who_still_knows_its_worker(worker, runner) -> None:
    """What it computed with is given back: on a device it is not there any more."""
    worker.close()
    assert runner.is_closed
    for run in (worker.start, lambda: worker.simulate(1)):
        with pytest.raises(StateError, match="was cleared, deleted or compiled anew"):
            run()


@pytest.mark.skipif(not hasattr(time, "pthread_getcpuclockid"), reason="the system does not tell")
def test_the_time_that_a_run_got_is_told_while_it_goes_as_fast_as_it_can(
    worker: Worker,
) -> None:
    assert worker.spent_s is None
    worker.start()
    first = worker.spent_s
    time.sleep(0.1)
    second = worker.spent_s
    worker.set_pace(0.001)
    paced = worker.spent_s
    worker.set_pace(None)
    worker.pause()
    paused = worker.spent_s
    worker.stop()
    assert first is not None
    assert second is not None
    assert 0.0 < first < second < first + 1.0
    assert (paced, paused, worker.spent_s) == (None, None, None)
