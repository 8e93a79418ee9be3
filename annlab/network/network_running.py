"""How a network runs: for a while, until something happens, or in the background."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from annlab.calls import public, warn
from annlab.errors import ArgumentError, ArgumentTypeError
from annlab.network.burden import end_forgotten_runs
from annlab.network.checks import read_flag, read_number
from annlab.network.estimates import require_room
from annlab.network.network_callbacks import NetworkCallbacks
from annlab.network.population import Population
from annlab.network.progress import ProgressLine
from annlab.network.timing import n_steps
from annlab.network.view import PopulationView
from annlab.runtime.forking import settle_forks
from annlab.runtime.runner import Until
from annlab.runtime.worker import RunState

_OPERATORS = ("and", "or")

settle_forks()  # before there is a network that could run


@public
class NetworkRunning(NetworkCallbacks):
    """Runs, and the functions that they call."""

    @property
    def run_state(self) -> RunState:
        """What the network is doing: idle, blocking, running or paused."""
        return RunState.IDLE if self._worker is None else self._worker.run_state

    @property
    def running(self) -> bool:
        """True while the network runs, in the background or inside `simulate`."""
        return self.run_state in (RunState.RUNNING, RunState.BLOCKING)

    def simulate(
        self,
        duration: float,
        measure_time: bool = False,
        *,
        callbacks: bool = True,
        progress: bool | None = None,
        progress_bar: bool = False,
    ) -> int:
        """Run for `duration` [ms] and return the number of steps.

        A bar shows how far a run of more than a second is, in terminals and notebooks; with
        ``progress=True`` (or `progress_bar`) at once and everywhere, with ``progress=False`` never.
        ``net.config(progress=...)`` says so for all runs.

        Ctrl-C, or the stop button of a notebook, ends it between two steps; the network is whole
        then and may go on.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(dt=0.5)
        >>> cells = net.create(1, annlab.Neuron(equations="r = t"))
        >>> net.compile()
        >>> net.simulate(10.0)  # the number of steps
        20
        >>> net.time, net.current_step
        (10.0, 20)
        """
        worker = self._require_worker("simulate")
        steps = n_steps(duration, self.dt)
        doubt = self._call(lambda: require_room(self._as_network(), steps))
        if doubt is not None:
            warn(doubt)
        schedule = self._schedule() if read_flag(callbacks, "callbacks of simulate()") else None
        is_wanted = True if read_flag(progress_bar, "progress_bar of simulate()") else progress

        def run() -> int:
            with self._progress(steps, is_wanted) as line:
                return worker.simulate(steps, callbacks=schedule, progress=line)

        return self._measured(measure_time, run)

    def simulate_until(
        self,
        max_duration: float,
        population: Population | PopulationView | Sequence[Population],
        operator: str = "and",
        measure_time: bool = False,
        *,
        progress: bool | None = None,
    ) -> float:
        """Run until the stop conditions of populations hold; return how long that took [ms].

        Parameters
        ----------
        max_duration
            Give up after so many ms.
        operator
            "and": all populations have to stop; "or": one is enough.
        progress
            As for `simulate`; the bar is full at `max_duration`.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(dt=0.5)
        >>> climb = annlab.Neuron(equations="dr/dt = 1.0")
        >>> ramp = net.create(3, climb, stop_condition="r > 4.5 : all")
        >>> net.compile()
        >>> net.simulate_until(100.0, ramp)  # how long it took [ms]
        5.0
        """
        worker = self._require_worker("simulate")
        if operator not in _OPERATORS:
            raise ArgumentError(f"unknown operator {operator!r}", hint='use "and" or "or"')
        chosen: list[Any] = (
            list(population) if isinstance(population, list | tuple) else [population]
        )
        members = [p.population if isinstance(p, PopulationView) else p for p in chosen]
        if not members:
            raise ArgumentError(
                "simulate_until() was given no population",
                why="nothing would stop the run",
                hint="write simulate_until(1000.0, population), or simulate(1000.0)",
            )
        for member in members:
            if not isinstance(member, Population):
                raise ArgumentTypeError(
                    f"simulate_until() watches populations, not {member!r}",
                    hint="write simulate_until(1000.0, population)",
                )
            if member.network is not self:
                raise ArgumentError(
                    f"network {self._id} cannot wait for population {member.name!r}",
                    why=f"it belongs to network {member.network.id}",
                )
        until = Until(tuple(p._require_state("simulate_until") for p in members), operator)
        steps = n_steps(max_duration, self.dt)

        def run() -> int:
            with self._progress(steps, progress) as line:
                return worker.simulate(steps, until=until, progress=line)

        return self._measured(measure_time, run) * self.dt

    def _progress(self, steps: int, is_wanted: bool | None) -> ProgressLine:
        if is_wanted is None:
            is_wanted = self._config.progress
        else:
            is_wanted = read_flag(is_wanted, "progress of a run")
        return ProgressLine(steps, is_wanted=is_wanted, step_ms=self.dt)

    def step(self) -> None:
        """Run one step and return when it is done.

        A run that is paused goes on by one step, with its callbacks, and is paused again. Without
        a run no callbacks are called.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(dt=0.5)
        >>> cells = net.create(1, annlab.Neuron(equations="r += 1.0"))
        >>> net.compile()
        >>> net.step()
        >>> cells.r, net.time
        (array([1.]), 0.5)
        >>> net.start()
        >>> net.pause()
        >>> before = net.time
        >>> net.step()
        >>> net.time - before, net.run_state
        (0.5, <RunState.PAUSED: 'paused'>)
        >>> net.stop()
        """
        worker = self._require_worker("step")
        if worker.run_state is RunState.PAUSED:
            worker.advance(1)
        else:
            worker.simulate(1)

    def start(self, duration: float | None = None, speed: float | None = None) -> None:
        """Run in the background and return at once.

        Everything may be read and set meanwhile; it takes effect between two slices. Callbacks
        are called. An exception ends the run and is raised at the next call from outside.

        Parameters
        ----------
        duration
            [ms]; None: until `stop`.
        speed
            At most so many ms of the model per ms on the wall; None: as fast as it can.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(1, annlab.Neuron("drive = 1.0", "r = drive"))
        >>> net.compile()
        >>> net.start(duration=100.0)
        >>> cells.drive = 2.0  # takes effect between two slices
        >>> net.wait()
        True
        >>> net.time
        100.0
        """
        worker = self._require_worker("start")
        if speed is not None and not read_number(speed, "speed of start()") > 0:
            raise ArgumentError(f"speed is {speed!r}", hint="give a number above 0, or None")
        end_forgotten_runs()
        worker.start(
            None if duration is None else n_steps(duration, self.dt),
            callbacks=self._schedule(),
            seconds_per_step=None if speed is None else self.dt / 1000.0 / speed,
        )

    def pause(self) -> None:
        """Hold the background run; returns when it holds.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(1, annlab.LeakyIntegrator)
        >>> net.compile()
        >>> net.start()
        >>> net.pause()
        >>> net.run_state, net.running
        (<RunState.PAUSED: 'paused'>, False)
        >>> net.stop()
        """
        self._require_worker("pause").pause()

    def resume(self) -> None:
        """Let the background run go on.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(1, annlab.LeakyIntegrator)
        >>> net.compile()
        >>> net.start()
        >>> net.pause()
        >>> net.resume()
        >>> net.running
        True
        >>> net.stop()
        """
        self._require_worker("resume").resume()

    def stop(self) -> None:
        """End the run; returns when it has ended. Harmless without one.

        A callback, or another thread, ends `simulate` with it: that returns the steps done so far.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(1, annlab.LeakyIntegrator)
        >>> net.compile()
        >>> net.start()
        >>> net.stop()
        >>> net.running
        False
        """
        if self._worker is not None:
            self._worker.stop()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end of the background run; False if `timeout` [s] passed first.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(1, annlab.LeakyIntegrator)
        >>> net.compile()
        >>> net.start(duration=50.0)
        >>> net.wait(timeout=60.0)
        True
        >>> net.time
        50.0
        """
        if timeout is not None:
            timeout = read_number(timeout, "timeout of wait() [s]", least=0.0)
        return self._require_worker("wait").wait(timeout)

    def _measured(self, is_wanted: bool, run: Callable[[], int]) -> int:
        is_wanted = read_flag(is_wanted, "measure_time of a run")
        begin = time.perf_counter()
        done = run()
        if is_wanted or self._config.show_time:
            seconds = time.perf_counter() - begin
            sys.stdout.write(
                f"{done * self.dt / 1000.0:g} s of the network took {seconds:.3g} s to simulate.\n"
            )
        return done

    def _interrupt(self) -> None:
        if self._worker is not None:
            self._worker.interrupt()


__all__ = ["NetworkRunning"]
