"""Forks of this process: with what the child may go on.

Python's `multiprocessing` forks by default on Linux up to Python 3.13. The child has one thread,
the one that forked, and finds what all the others were doing half done. So runs hold still between
two steps while the process forks; in the child they are over, and no lock is left that a thread of
the parent has. Knows who runs (`annlab.runtime.worker`) and nothing of what is run.
"""

from __future__ import annotations

import os
import threading
import time

from annlab.runtime import threads, worker
from annlab.runtime.worker import RunState, Worker

_STAYS = ("name", "_upkeep", "_network", "_failure")  # of a worker; all else is of its runs
PATIENCE_S = 1.0  # so long a fork waits for runs: a slice takes some ms, a callback may take longer


class _Stillness:
    """Runs of other threads, which hold still between two steps until they may go on."""

    def __init__(self) -> None:
        self._me = threading.get_ident()
        self._go_on = threading.Event()
        self._still = [self._stop(w) for w in tuple(worker._living) if _is_run(w)]

    def _stop(self, running: Worker) -> threading.Event:
        is_still = threading.Event()

        def wait() -> None:
            is_still.set()
            if threading.get_ident() != self._me:  # a callback may fork
                self._go_on.wait()

        running.post(wait)
        return is_still

    def wait(self) -> None:
        """Return when all hold still, or after some time: a fork must not wait for ever."""
        end = time.monotonic() + PATIENCE_S
        for is_still in self._still:
            is_still.wait(max(0.0, end - time.monotonic()))

    def end(self) -> None:
        self._go_on.set()


def _is_run(living: Worker) -> bool:
    return living.run_state is not RunState.IDLE


_stillness: dict[int, _Stillness] = {}  # by the thread that forks


def _before() -> None:
    stillness = _Stillness()
    _stillness[threading.get_ident()] = stillness
    stillness.wait()


def _after_in_parent() -> None:
    stillness = _stillness.pop(threading.get_ident(), None)
    if stillness is not None:
        stillness.end()


def _after_in_child() -> None:
    _stillness.clear()
    threads.leave_teams()
    for living in tuple(worker._living):
        _end_run(living)


def _end_run(living: Worker) -> None:
    """Let a worker begin again: who ran its network, asked for it or held it is not here."""
    is_closed = living._is_closed or living._wants_close
    new = vars(Worker(living.runner, living._state))
    living.__dict__.update({name: value for name, value in new.items() if name not in _STAYS})
    living._is_closed = is_closed


def settle_forks() -> None:
    """Do what this module is for, from now on."""
    if hasattr(os, "register_at_fork"):  # Windows never forks
        os.register_at_fork(
            before=_before, after_in_parent=_after_in_parent, after_in_child=_after_in_child
        )


__all__ = ["settle_forks"]
