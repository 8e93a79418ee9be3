"""Hold Ctrl-C back until the network is whole again.

Python raises KeyboardInterrupt between any two instructions of the main thread,
also in the middle of a step. While a `Shield` is up the signal only leaves a
mark, and whoever runs the network raises at the end of its piece.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class Shield:
    """Context manager; without effect outside the main thread.

    Parameters
    ----------
    on_interrupt
        Called from the signal's handler; must return at once.
    """

    def __init__(self, on_interrupt: Callable[[], None]) -> None:
        self._on_interrupt = on_interrupt
        self._is_open = False
        self._previous: object = None
        self.is_hit = False

    def __enter__(self) -> Shield:
        if threading.current_thread() is threading.main_thread():
            previous = signal.getsignal(signal.SIGINT)
            if callable(previous):
                self._previous = previous
                signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        if self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)  # type: ignore[arg-type]  # was a handler

    def check(self) -> None:
        """Raise KeyboardInterrupt if the signal came since the shield went up."""
        if self.is_hit:
            self.is_hit = False
            raise KeyboardInterrupt

    @contextmanager
    def lowered(self) -> Iterator[None]:
        """Let the signal through at once: the user's own code is running."""
        self._is_open = True
        try:
            yield
        finally:
            self._is_open = False

    @property
    def is_lowered(self) -> bool:
        """Whether the user's own code is running."""
        return self._is_open

    @contextmanager
    def raised(self) -> Iterator[None]:
        """Hold the signal back in the user's own code, while something has to be done whole."""
        before, self._is_open = self._is_open, False
        try:
            yield
        finally:
            self._is_open = before
        if before:
            self.check()

    def _handle(self, signum: int, frame: FrameType | None) -> None:
        if self._is_open:
            raise KeyboardInterrupt
        self.is_hit = True
        self._on_interrupt()
