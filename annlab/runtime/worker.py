"""Run a network, in the caller's thread or in the background: the one module that starts a thread.

A blocking run (`simulate`) happens in the thread that asks for it, in pieces of
about 20 ms, so that an interrupt is seen between two pieces without a change of
threads. A background run (`start`) has a thread of its own. In both cases other
threads reach the network through `call` only: their closures wait in a queue,
the running thread executes them in order between two slices, and nothing ever
sees half of a step or half of an update.

Owns no numbers: it drives a `Runner` and calls closures. It knows neither
populations nor equations. Who runs, who waits and who closes is one machine of states
under one lock, and so stands in one place.
"""

from __future__ import annotations

import atexit
import enum
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

from annlab.errors import StateError
from annlab.runtime import beginnings
from annlab.runtime.interrupts import Shield
from annlab.runtime.pieces import FOREVER, Callbacks, Calls, Pace, Pieces, is_met
from annlab.runtime.requests import Request, my_seat
from annlab.runtime.runner import Runner, Until
from annlab.runtime.state import NetworkState
from annlab.runtime.turns import Turns

PACED_SECONDS = 0.01  # with `speed`: the clock is compared with the wall so often
STOP_SECONDS = 5.0  # how long an interrupted wait lets the worker finish its slice
FORGOTTEN_SECONDS = 0.2  # the same where nobody asked for the end: a slice, but no slow function

T = TypeVar("T")

_living: weakref.WeakSet[Worker] = weakref.WeakSet()


@atexit.register
def _end_all() -> None:
    """Let no thread outlive the interpreter, and no failure go unheard."""
    for worker in tuple(_living):
        worker.exit()


class RunState(enum.StrEnum):
    """What a network is doing."""

    IDLE = "idle"  # nobody runs it
    BLOCKING = "blocking"  # inside simulate() of some thread
    RUNNING = "running"  # in the background
    PAUSED = "paused"  # in the background, waiting for resume()


class Upkeep(Protocol):
    """What is done between two pieces of a run (recordings are brought to their files)."""

    def __call__(self, *, is_resting: bool) -> None:
        """Called in the running thread; `is_resting`: the run is about to end or to pause."""
        ...


class Worker(Turns):
    """Everything that happens to one compiled network passes through here.

    All methods may be called from any thread.
    """

    def __init__(
        self,
        runner: Runner,
        state: NetworkState,
        name: str = "network",
        upkeep: Upkeep | None = None,
        network: object | None = None,
    ) -> None:
        self.runner = runner
        self._upkeep = upkeep
        self._network = None if network is None else weakref.ref(network)
        self.name = name
        self._state = state
        super().__init__()  # makes the lock that guards all that follows
        self._run_state = RunState.IDLE
        self._clock_id: int | None = None  # of the processor time of the thread that runs
        self._wants_stop = False
        self._wants_pause = False
        self._wants_close = False
        self._is_closed = False
        self._is_last = False  # the process ends
        self._failure: BaseException | None = None
        self._thread: threading.Thread | None = None  # of the latest background run
        self._finished = threading.Event()
        self._finished.set()
        self._pieces = Pieces()
        self._pace: Pace | None = None
        self._n_granted = 0  # steps that a paused run may do
        self._n_begun = 0  # runs
        _living.add(self)

    # -- what is going on ---------------------------------------------------------

    @property
    def run_state(self) -> RunState:
        """What the network is doing now."""
        return self._run_state

    def is_run_by(self, thread: threading.Thread) -> bool:
        """Tell whether `thread` is inside of a blocking run."""
        return self._run_state is RunState.BLOCKING and self._owner == thread.ident

    @property
    def spent_s(self) -> float | None:
        """Processor time of the thread that runs as fast as it can.

        None where no thread does, where it keeps a pace, or where the system does not tell.
        """
        clock_id = self._clock_id
        if clock_id is None or self._pace is not None or self._run_state not in _GOES_ON:
            return None
        try:
            return time.clock_gettime(clock_id)
        except OSError:
            return None  # the thread has ended just now

    @property
    def pace_s(self) -> float | None:
        """How long [s] a step takes at least; None where it is as fast as it can."""
        pace = self._pace
        return None if pace is None else pace.seconds_per_step

    @property
    def failure(self) -> BaseException | None:
        """The exception that ended the background run and has not been raised yet."""
        return self._failure

    def call(self, function: Callable[[], T]) -> T:
        """Execute `function` while no step is under way, and return what it returns.

        In the running thread itself (a callback) and while nobody runs, it is executed at once.

        Raises
        ------
        Exception
            That of `function`; or first, once, the one that ended a background run.
        """
        if self._may_touch():
            return function()
        self._raise_failure()
        return self.peek(function)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Keep the network between two steps while several calls are made."""
        if self._is_owner():
            with self._busy():
                yield
            return
        if self._may_touch():
            yield
            return
        self._raise_failure()
        with self._held():
            yield

    # -- blocking runs ------------------------------------------------------------

    def simulate(
        self,
        n_steps: int,
        *,
        until: Until | None = None,
        callbacks: Callbacks | None = None,
        progress: Callable[[int], object] | None = None,
    ) -> int:
        """Run in this thread and return the number of steps done.

        Handlers of signals are called at the end of a piece, and may raise: the network is whole
        and may go on. `progress` is called after each piece with the number of steps done.
        """
        self._begin(RunState.BLOCKING)
        try:
            with Shield(self.runner.request_attention) as shield:
                try:
                    return self._advance(
                        n_steps, shield, until=until, callbacks=callbacks, progress=progress
                    )
                finally:
                    self._rest()
        finally:  # whatever that raises, the network is not run any more
            self._let_go()

    # -- background runs ----------------------------------------------------------

    def start(
        self,
        n_steps: int | None = None,
        *,
        callbacks: Callbacks | None = None,
        seconds_per_step: float | None = None,
    ) -> None:
        """Run in a thread of its own and return at once.

        Parameters
        ----------
        n_steps
            None: until `stop`.
        seconds_per_step
            Do not run faster than that.
        """
        pace = Pace(self._state.n_run, seconds_per_step) if seconds_per_step else None
        self._begin(RunState.RUNNING, pace)
        self._thread = threading.Thread(
            target=self._background,
            args=(FOREVER if n_steps is None else n_steps, callbacks),
            name=f"annlab {self.name}",
            daemon=True,
        )
        try:
            self._thread.start()
        except BaseException:
            self._let_go()  # no step was done: nothing has to rest
            self._finished.set()
            raise

    def pause(self) -> None:
        """Hold the background run at the end of its slice; return when it holds."""
        self._raise_failure()
        with self._changed:
            begun = self._require_background("pause")
            self._wants_pause = True
            self._notify()
        if self._is_part():
            return
        # Or until another thread lets it go on, before or after it held.
        self._wait_for(
            lambda: self._run_state is not RunState.RUNNING or not self._wants_pause, begun
        )

    def resume(self) -> None:
        """Let a paused run go on."""
        self._raise_failure()
        with self._changed:
            begun = self._require_background("resume")
            self._wants_pause = False
            self._notify()
        beginnings.tell()
        if self._is_part():
            return
        self._wait_for(lambda: self._run_state is not RunState.PAUSED or self._wants_pause, begun)

    def set_pace(self, seconds_per_step: float | None) -> None:
        """Let the background run go no faster than that from now on; None: as fast as it can."""
        with self._changed:
            self._pace = Pace(self._state.n_run, seconds_per_step) if seconds_per_step else None
            self._notify()

    def advance(self, n_steps: int) -> None:
        """Let a paused run do some steps, callbacks included; it is paused again after them."""
        self._raise_failure()
        with self._changed:
            if self._run_state is not RunState.PAUSED:
                raise StateError(
                    f"{self.name} is not paused, so it cannot advance step by step",
                    hint="call pause() first, or simulate() if it does not run",
                )
            begun = self._n_begun
            self._n_granted += n_steps
            self._notify()
        beginnings.tell()
        if not self._is_part():
            self._wait_for(lambda: not (self._n_granted and self._wants_pause), begun)

    def stop(self) -> None:
        """End whatever run there is, blocking ones too; return when it has ended."""
        with self._changed:
            begun = self._n_begun
            self.interrupt()
        if self._is_part():
            return
        self._wait_for(lambda: self._run_state is not RunState.BLOCKING, begun)
        self._wait_for(self._finished.is_set, begun)
        self._raise_failure()

    def interrupt(self) -> None:
        """End whatever run there is, blocking ones too, at the end of its piece."""
        with self._changed:
            self._wants_stop = self._run_state is not RunState.IDLE
            self._notify()
        self.runner.request_attention()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end of the background run; False if `timeout` [s] passed first.

        An interrupt stops the run and is raised again.

        Raises
        ------
        StateError
            In the run itself; or if it is paused and there is no timeout.
        """
        if self._is_part():
            raise StateError(
                f"{self.name}: wait() was called by the run that it would wait for",
                hint="call it outside of callbacks",
            )
        if timeout is None and self._run_state is RunState.PAUSED:
            raise StateError(
                f"{self.name} is paused, so wait() would never end",
                hint="call resume() first, or stop(); wait(timeout) returns in any case",
            )
        longest = None if timeout is None else min(timeout, threading.TIMEOUT_MAX)
        try:
            is_finished = self._wait_finished(longest)
        except KeyboardInterrupt:
            with self._changed:
                self._wants_stop = True
                self._notify()
            self.runner.request_attention()
            self._wait_finished(STOP_SECONDS)
            raise
        self._raise_failure()
        return is_finished

    def _wait_finished(self, timeout_s: float | None) -> bool:
        with self._awaited() as can_come:
            if not can_come and timeout_s is None:
                raise StateError(
                    f"{self.name}: its callback waits for the run whose callback calls wait()",
                    why="each would wait for the end of the other",
                    hint="give wait() a timeout, or wait outside of callbacks",
                )
            if my_seat().runs:
                return self._until(self._finished.is_set, timeout_s)
            return self._finished.wait(timeout_s)

    def close(self, timeout_s: float = STOP_SECONDS) -> None:
        """End everything and free the runner. The pending exception, if any, is dropped.

        In the running thread itself, and where a run takes longer, the runner is freed when the run
        has ended.
        """
        if self._must_wait_to_close():
            with self._awaited() as can_come:
                if can_come:
                    self._until(self._finished.is_set, timeout_s)
            self._until(self._is_mine, timeout_s)
            self._free()

    def _must_wait_to_close(self) -> bool:
        with self._changed:
            self._wants_stop = self._wants_close = True
            self._notify()
        if self._is_part():
            return False
        self.runner.request_attention()
        return True

    def forget(self) -> None:
        """Close what nobody knows any more, and tell of the pending exception on stderr.

        What comes of a run under way is dropped: it may fail because its network is gone.
        """
        self._tell(self._take_failure())
        if self._must_wait_to_close():
            # Nothing is served meanwhile: Python collects anywhere, in the middle of a change too.
            self._finished.wait(FORGOTTEN_SECONDS)
            self._free()

    def exit(self) -> None:
        """As `close`, when the process ends: a failure that was not raised is told on stderr."""
        self._is_last = True
        self.close()

    def _free(self) -> None:
        failure = self._take_failure()
        with self._changed:
            is_idle = self._run_state is RunState.IDLE and self._is_mine()
            is_due = self._wants_close and is_idle
            self._wants_close = self._wants_close and not is_due
            self._is_closed |= is_due
        if is_due:
            self.runner.close()
        if self._is_last:
            self._tell(failure)

    def _tell(self, failure: BaseException | None) -> None:
        if failure is not None:
            # Where Python tells of any thread that failed, and tools listen.
            kind, trace, thread = type(failure), failure.__traceback__, self._thread
            threading.excepthook(threading.ExceptHookArgs((kind, failure, trace, thread)))

    def _draw_attention(self) -> None:
        self.runner.request_attention()

    def _released(self) -> None:
        if self._wants_close:
            self._free()

    # -- the running thread -------------------------------------------------------

    def _background(self, n_steps: int, callbacks: Callbacks | None) -> None:
        with self._changed:
            self._owner = threading.get_ident()
            self._clock_id = _own_clock()
            self._sit_down()
        try:
            shield = Shield(self.runner.request_attention)  # interrupts go to the main thread
            try:
                self._advance(n_steps, shield, callbacks=callbacks)
            finally:
                self._rest()
        except BaseException as error:  # noqa: BLE001  # raised again at the next call from outside
            error.add_note(f"in the background run of {self.name}, before step {self._state.step}")
            if self._network is None or self._network() is not None:  # else it failed as it went
                self._failure = error  # before anybody sees that the run is over
        finally:
            try:
                self._let_go()
            finally:
                self._finished.set()
                with self._changed:
                    self._notify()

    def _advance(
        self,
        n_steps: int,
        shield: Shield,
        *,
        until: Until | None = None,
        callbacks: Callbacks | None = None,
        progress: Callable[[int], object] | None = None,
    ) -> int:
        beginnings.tell()
        self.shield = shield
        first = self._state.n_run
        last = first + n_steps
        calls = Calls(callbacks, shield) if callbacks is not None else None
        while True:
            self._serve()
            shield.check()
            step = self._state.n_run
            if self._upkeep is not None:
                self._upkeep(is_resting=False)
            if self._wants_stop or step >= last:
                break
            if calls is not None and calls.fire(step):
                continue
            target = last if calls is None else min(last, calls.following)
            n_piece = min(target - step, self._pieces.n_steps())
            if self._n_granted:
                n_piece = min(n_piece, self._n_granted)
            elif (pace := self._pace) is not None:
                n_piece = self._paced(pace, step, n_piece)
                if n_piece == 0:
                    continue
            if self._run(n_piece, until):
                break
            if progress is not None:
                progress(self._state.n_run - first)
        return self._state.n_run - first

    def _run(self, n_steps: int, until: Until | None) -> bool:
        """Run one piece; return True if the stop conditions hold."""
        before = time.perf_counter()
        done = self.runner.run(n_steps, until)
        if self._n_granted:
            self._n_granted = max(0, self._n_granted - done)
        self._pieces.learn(time.perf_counter() - before, done)
        return until is not None and done > 0 and is_met(until)

    def _paced(self, pace: Pace, step: int, n_steps: int) -> int:
        """Return how many steps may be done now; sleep a little if it is none."""
        allowed = pace.steps_due(step)
        if allowed > 0:
            return min(n_steps, allowed)
        with self._changed:
            if not self._requests and not self._wants_stop and not self._wants_pause:
                self._changed.wait(min(pace.seconds_until(step + 1), PACED_SECONDS))
        return 0

    def _serve(self) -> None:
        """Execute what other threads asked for; while paused, wait for more."""
        if not self._requests and not self._wants_pause and self._holder is None:
            return
        while True:
            self._get_back()
            with self._changed:
                request = self._next()
                if request is None and not self._rests():
                    return
            if request is not None:
                request.serve()

    def _rests(self) -> bool:
        """Be paused until something happens; return False if it goes on. Call inside the lock."""
        if self._wants_pause and not self._wants_stop:
            if self._n_granted:
                return False
            if self._run_state is RunState.RUNNING:
                self._rest()
                self._run_state = RunState.PAUSED
            self._notify()
            self._changed.wait()
            return True
        if self._run_state is RunState.PAUSED:
            self._run_state = RunState.RUNNING
            self._notify()
            if self._pace is not None:
                self._pace.restart(self._state.n_run)
        return False

    # -- states -------------------------------------------------------------------

    def _begin(self, run_state: RunState, pace: Pace | None = None) -> None:
        if self._is_owner():
            raise StateError(
                f"{self.name} is running: a callback cannot run it as well",
                hint="change values in the callback; the run goes on after it",
            )
        self._raise_failure()
        if not self._take(run_state, pace):
            with self._held():  # when the thread that touches it has done so
                self._take(run_state, pace)

    def _take(self, run_state: RunState, pace: Pace | None) -> bool:
        """Begin a run; return False if another thread just touches the network."""
        with self._changed:
            self._refuse_run()
            if not self._is_mine():
                return False
            self._run_state = run_state
            self._n_begun += 1
            is_here = run_state is RunState.BLOCKING
            self._owner = threading.get_ident() if is_here else _NOBODY
            self._clock_id = _own_clock() if is_here else None
            if is_here:
                self._sit_down()
            self._pace = pace
            self._n_granted = 0
            self._wants_stop = self._wants_pause = False
            if run_state is RunState.RUNNING:
                self._finished.clear()
            return True

    def _refuse_run(self) -> None:
        if self._is_closed or self._wants_close:
            raise StateError(
                f"{self.name} was cleared, deleted or compiled anew by another thread",
                hint="run it from one thread, or call again what compiles it",
            )
        if self._run_state in (RunState.RUNNING, RunState.PAUSED):
            raise StateError(
                f"{self.name} already runs in the background",
                hint="call stop() first, or wait() until it ends",
            )
        if self._run_state is RunState.BLOCKING:
            raise StateError(
                f"{self.name} is inside simulate() in another thread",
                hint="wait until it ends, or use start() in place of both",
            )

    def _rest(self) -> None:
        if self._upkeep is not None:
            self._upkeep(is_resting=True)

    def _let_go(self) -> None:
        try:
            while (request := self._next_or_idle()) is not None:
                request.serve()
        except BaseException:
            self._let_go()
            raise
        if self._wants_close:
            self._free()

    def _next_or_idle(self) -> Request | None:
        if self._holder is not None:
            self._get_back()
        with self._changed:
            request = self._next()
            if request is None:
                self._get_up()
                self._run_state = RunState.IDLE
                self._owner = self._clock_id = None
                self._n_granted = 0
                self._wants_stop = self._wants_pause = False
                self._notify()
            return request

    def _require_background(self, what: str) -> int:
        """Return which run it is. Call it inside the lock, and act on it there."""
        if self._run_state not in (RunState.RUNNING, RunState.PAUSED):
            raise StateError(
                f"{self.name} does not run in the background, so {what}() means nothing",
                hint="call start() first",
            )
        return self._n_begun

    def _wait_for(self, holds: Callable[[], bool], begun: int) -> None:
        """Wait until `holds()`, or until the run of that number is over and another one goes on.

        Where its callback waits for the run that waits here, it happens after this one's.
        """
        self.runner.request_attention()
        with self._awaited() as can_come:
            if can_come:
                self._until(lambda: holds() or self._n_begun != begun)

    def _raise_failure(self) -> None:
        failure = None if self._failure is None or self._is_owner() else self._take_failure()
        if failure is not None:
            raise failure

    def _take_failure(self) -> BaseException | None:
        with self._changed:  # only one of several threads raises it
            failure, self._failure = self._failure, None
            return failure


_NOBODY = -1  # a background run whose thread has not begun yet
_GOES_ON = (RunState.BLOCKING, RunState.RUNNING)


def _own_clock() -> int | None:
    """Return the clock of the processor time of this thread, which other threads may read."""
    if not hasattr(time, "pthread_getcpuclockid"):
        return None  # macOS, Windows
    return time.pthread_getcpuclockid(threading.get_ident())
