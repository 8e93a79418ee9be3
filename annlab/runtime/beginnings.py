"""Who wants to know that some network begins to run: pages that rest while none does."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable

Listener = Callable[[], None]

_listeners: tuple[weakref.WeakMethod[Listener], ...] = ()
_lock = threading.Lock()


def listen(listener: Listener) -> None:
    """Call a bound method, held weakly, whenever a run begins or goes on.

    It is called in whatever thread begins the run, and must neither wait nor raise.
    """
    global _listeners  # replaced as a whole: `tell` needs no lock
    with _lock:
        living = (known for known in _listeners if known() is not None)
        _listeners = (*living, weakref.WeakMethod(listener))


def tell() -> None:
    """Say that a run begins, or goes on after a pause."""
    for known in _listeners:  # nearly always none: a loop of short runs is as fast as ever
        listener = known()
        if listener is not None:
            listener()


def _forget() -> None:
    global _listeners  # as above
    _listeners = ()


# A forked process has the page's listeners, but not the page.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
