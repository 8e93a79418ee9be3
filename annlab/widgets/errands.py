"""Threads that are used again: what was done on one is soon to be done once more.

The C library gives a thread that begins one of a dozen heaps, and a heap keeps the most that was
ever asked of it. A new thread for each live view would bring all of them to a megabyte, one after
the other, with none of it in use.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue

# So many threads wait for an errand; others end with theirs.
MOST_WAITING = 2
_IDLE = "annlab-waiting"


class Errand:
    """Something to do once, on a thread that keeps no program alive.

    Parameters
    ----------
    function
        What to do. Nobody hears what it raises.
    name
        Of the thread meanwhile.

    Examples
    --------
    >>> from annlab.widgets.errands import Errand
    >>> done = []
    >>> errand = Errand(lambda: done.append("it"), "annlab-example")
    >>> errand.begin()
    >>> errand.wait(1.0), done
    (True, ['it'])
    """

    def __init__(self, function: Callable[[], object], name: str) -> None:
        self.name = name
        self._function = function
        self._thread: threading.Thread | None = None
        self._is_over = threading.Event()

    @property
    def is_here(self) -> bool:
        """True on the thread that does it."""
        return self._thread is threading.current_thread()

    def begin(self) -> None:
        """Have it done from now on. To be called once."""
        with _lock:
            thread = _waiting.pop() if _waiting else None
        if thread is None:
            thread = _Thread(name=self.name, daemon=True)
            thread.start()
        thread.errands.put(self)

    def wait(self, timeout_s: float) -> bool:
        """Wait until it is done; False if it is not by then."""
        return self._is_over.wait(timeout_s)

    def do(self) -> None:
        """Do it on the thread that calls."""
        self._thread = thread = threading.current_thread()
        thread.name = self.name
        try:
            self._function()
        finally:
            thread.name = _IDLE
            self._is_over.set()


class Soon:
    """Does something a moment after it was asked for, once for all that ask meanwhile.

    Parameters
    ----------
    function
        What to do. Nobody hears what it raises.
    delay_s
        How long a moment is [s].
    name
        Of the thread meanwhile.

    Examples
    --------
    >>> import time
    >>> from annlab.widgets.errands import Soon
    >>> done = []
    >>> soon = Soon(lambda: done.append("it"), 0.01, "annlab-example")
    >>> soon.ask()
    >>> soon.ask()
    >>> time.sleep(0.5)
    >>> done
    ['it']
    """

    def __init__(self, function: Callable[[], object], delay_s: float, name: str) -> None:
        self._function = function
        self._delay_s = delay_s
        self._name = name
        self._lock = threading.Lock()
        self._is_waiting = False

    def ask(self) -> None:
        """Have it done soon. What happened before this call is seen by it."""
        with self._lock:
            if self._is_waiting:
                return
            self._is_waiting = True
        Errand(self._do, self._name).begin()

    def _do(self) -> None:
        time.sleep(self._delay_s)
        with self._lock:
            self._is_waiting = False
        self._function()


class _Thread(threading.Thread):
    """Does one errand after the other."""

    def __init__(self, *, name: str, daemon: bool) -> None:
        super().__init__(name=name, daemon=daemon)
        self.errands: SimpleQueue[Errand] = SimpleQueue()

    def run(self) -> None:
        # Not by name: what a thread waits with must not hold what it did last.
        self.errands.get().do()
        while self._may_wait():
            self.errands.get().do()

    def _may_wait(self) -> bool:
        with _lock:
            if len(_waiting) >= MOST_WAITING:
                return False
            _waiting.append(self)
            return True


_lock = threading.Lock()
_waiting: list[_Thread] = []


def _forget_all() -> None:
    """Begin anew in a process that was forked: it has none of the threads."""
    global _lock
    _lock = threading.Lock()
    _waiting.clear()


if hasattr(os, "register_at_fork"):  # where processes can be forked
    os.register_at_fork(after_in_child=_forget_all)
