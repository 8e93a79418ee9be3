"""How many threads a run uses.

Results do not depend on it, so the number may change at any moment: with "auto"
one thread and all threads are tried on the running network, and the faster one
goes on. What pays changes with the network and with what else the machine does.
After a fork of a process that had a team there is one: OpenMP of GCC waits for ever for threads
that were not forked.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache

from annlab.calls import warn
from annlab.errors import ConfigurationError
from annlab.limits import n_cores
from annlab.runtime.rings import MAX_THREADS

TRIAL_S = 0.005  # a trial takes so many steps as one thread does in this time
FIRST_PAUSE_S = 2.0  # from one trial to the next; doubled each time that one thread wins
LONGEST_PAUSE_S = 60.0
SHORTEST_STEP_S = 4e-6  # a shorter step is over before two threads have met
GAIN = 0.9  # a second core has to save at least a tenth of the time
WATCH_S = 0.02  # so often is looked whether several threads still pay


@dataclass(slots=True)
class _Teams:
    """Whether this process may have teams of threads."""

    were_made: bool = False
    are_lost: bool = False  # those of the process that forked


_teams = _Teams()


def leave_teams() -> None:
    """Use one thread from now on, if there ever was a team: this process has been forked."""
    _teams.are_lost |= _teams.were_made


class Threads:
    """The choice of the number of threads.

    Parameters
    ----------
    wanted
        A number, or "auto".
    has_openmp
        Without it there is one thread.
    limit
        So many threads OpenMP gives at most.

    Attributes
    ----------
    most
        The largest number that may be asked for.
    used
        How many did the last stretch.
    """

    def __init__(self, wanted: int | str, *, has_openmp: bool, limit: int = MAX_THREADS) -> None:
        self.is_auto = wanted == "auto"
        if not self.is_auto and not isinstance(wanted, int):
            raise ConfigurationError(
                f"num_threads is {wanted!r}", hint='give a number of threads, or "auto"'
            )
        asked = n_cores() if self.is_auto else int(wanted)
        if not self.is_auto and has_openmp and asked > n_cores():
            _warn_of_cores(asked, n_cores())
        self.most = max(1, min(asked, MAX_THREADS, limit)) if has_openmp else 1
        self.used = 1
        self.best = 1 if self.is_auto else self.most
        self._pause_s = FIRST_PAUSE_S
        self._next_trial = 0.0
        self._seconds_per_step: dict[int, float] = {}

    def next(self, n_steps: int) -> tuple[int, int]:
        """Return the number of threads and of steps for the next stretch of a run."""
        n_threads, n_next = (1, n_steps) if _teams.are_lost else self._next(n_steps)
        _teams.were_made |= n_threads > 1
        return n_threads, n_next

    def _next(self, n_steps: int) -> tuple[int, int]:
        if not self.is_auto or self.most == 1:
            return self.best, n_steps
        if time.perf_counter() >= self._next_trial:
            self._seconds_per_step = {}
            self._next_trial = float("inf")
        known = self._seconds_per_step
        if 1 not in known:
            return 1, min(n_steps, 64)
        if self.most not in known:
            return self.most, min(n_steps, max(1, int(TRIAL_S / known[1])))
        pause = max(self._next_trial - time.perf_counter(), TRIAL_S)
        stretch = min(pause, WATCH_S) if self.best > 1 else pause
        return self.best, min(n_steps, max(1, int(stretch / known[self.best])))

    def learn(self, n_threads: int, n_steps: int, seconds: float, came: int | None = None) -> None:
        """Take note of how long a stretch took; `came`: with so many threads, if not with all."""
        self.used = n_threads if came is None else came
        if not self.is_auto or self.most == 1 or n_steps < 1 or _teams.are_lost:
            return
        known = self._seconds_per_step
        is_trial = self._next_trial == float("inf")
        known[n_threads] = seconds / n_steps if self.used == n_threads else float("inf")
        if not is_trial:
            if n_threads > 1 and known[n_threads] > known[1]:
                self._settle(1)  # another program has come for the core
            return
        if known.get(1, 1.0) < SHORTEST_STEP_S:
            known[self.most] = float("inf")
        if len(known) == 2:
            self._settle(self.most if known[self.most] < GAIN * known[1] else 1)

    def _settle(self, n_threads: int) -> None:
        """Go on with a number of threads until the next trial."""
        self.best = n_threads
        longer = min(2 * self._pause_s, LONGEST_PAUSE_S)
        self._pause_s = longer if n_threads == 1 else FIRST_PAUSE_S
        self._next_trial = time.perf_counter() + self._pause_s


@cache  # once: a script makes many networks with the same options
def _warn_of_cores(n_threads: int, n_there: int) -> None:
    cores = "1 core" if n_there == 1 else f"{n_there} cores"
    warn(
        f"num_threads is {n_threads}, and this process may use {cores}: threads that share a core "
        f'wait for each other in every step, which is slower; give at most {n_there}, or "auto"'
    )
