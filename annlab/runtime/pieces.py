"""How long a piece of a run is: until something is due, as the wall's clock allows, some 20 ms.

Between two pieces a run sees interrupts and what other threads ask for. Knows steps and times, and
starts nothing.
"""

from __future__ import annotations

import time
from typing import Protocol

from annlab.errors import ArgumentError
from annlab.runtime.interrupts import Shield
from annlab.runtime.runner import Until

PIECE_SECONDS = 0.02  # an interrupt waits at most so long, or one step
FOREVER = 2**62


class Pieces:
    """So many steps that an interrupt need not wait for long, as far as is known of their cost."""

    def __init__(self) -> None:
        self._seconds_per_step = 0.0  # measured; 0 while unknown

    def n_steps(self) -> int:
        """Return how many steps take about `PIECE_SECONDS`."""
        if self._seconds_per_step == 0:
            return 1
        return max(1, min(1 << 20, int(PIECE_SECONDS / self._seconds_per_step)))

    def learn(self, seconds: float, n_steps: int) -> None:
        """Take note of how long some steps took."""
        if n_steps:
            one, known = seconds / n_steps, self._seconds_per_step
            self._seconds_per_step = one if known == 0 else 0.5 * (known + one)


class Callbacks(Protocol):
    """Functions to call before certain steps of one run.

    Steps are those that were really run (`NetworkState.n_run`), also if the clock is set meanwhile.
    """

    def next_step(self, step: int) -> int | None:
        """Return the first step from `step` on before which something is due."""
        ...

    def fire(self, step: int) -> None:
        """Call what is due before `step`."""
        ...


class Calls:
    """The callbacks of one run; each step's are called once."""

    def __init__(self, callbacks: Callbacks, shield: Shield) -> None:
        self._callbacks = callbacks
        self.shield = shield
        self._fired: int | None = None
        self.following = 0

    def fire(self, step: int) -> bool:
        """Call what is due before `step`; else note in `following` when something will be."""
        following = self._callbacks.next_step(step + 1 if self._fired == step else step)
        self.following = FOREVER if following is None else following
        if self.following != step:
            return False
        self._fired = step
        with self.shield.lowered():
            self._callbacks.fire(step)
        return True


class Pace:
    """How many steps are due on the clock on the wall."""

    def __init__(self, step: int, seconds_per_step: float) -> None:
        if not seconds_per_step > 0:
            raise ArgumentError(f"a step cannot take {seconds_per_step} s")
        self.seconds_per_step = seconds_per_step
        self.restart(step)

    def restart(self, step: int) -> None:
        self.first = step
        self.begin = time.perf_counter()

    def steps_due(self, step: int) -> int:
        elapsed = time.perf_counter() - self.begin
        return self.first + int(elapsed / self.seconds_per_step) + 1 - step

    def seconds_until(self, step: int) -> float:
        due = self.begin + (step - 1 - self.first) * self.seconds_per_step
        return max(0.0, due - time.perf_counter())


def is_met(until: Until) -> bool:
    """Tell whether the condition at which a run stops is met."""
    stopped = [bool(p.stopped[0]) for p in until.populations]
    return all(stopped) if until.operator == "and" else any(stopped)


__all__ = ["FOREVER", "Callbacks", "Calls", "Pace", "Pieces", "is_met"]
