"""Hold Ctrl-C and its like back until the network is whole again.

Python calls the handler of a signal between any two instructions of the main thread, and a handler
may raise: in the middle of a step, or after steps whose recordings have not been counted yet.
While a `Shield` is up a signal only leaves a mark, and whoever runs the network calls its handler
at the end of the piece. Knows nothing of what handlers do.
"""

from __future__ import annotations

# `signal` makes enumerations of all numbers and handlers, which would be half of what a call of
# step() takes: it asks for ten handlers.
import _signal
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

Handler = Callable[[int, FrameType | None], object]

# By these people and job systems end work; handlers of profilers and of children do not raise.
_ENDINGS = ("INT", "TERM", "HUP", "QUIT", "USR1", "USR2", "ALRM", "VTALRM", "XCPU", "BREAK")
_SIGNALS = tuple(
    int(getattr(signal, f"SIG{name}")) for name in _ENDINGS if hasattr(signal, f"SIG{name}")
)


class Shield:
    """Context manager; without effect outside the main thread.

    Parameters
    ----------
    on_interrupt
        Called when a signal comes; must return at once.
    """

    def __init__(self, on_interrupt: Callable[[], None]) -> None:
        self._on_interrupt = on_interrupt
        self._is_open = False
        self._handlers: dict[int, Handler] = {}  # of others, in whose place ours are
        self._came: dict[int, FrameType | None] = {}  # in order; and where the program was then
        self._ours: Handler | None = None  # one object, to be recognised; holds this one

    def __enter__(self) -> Shield:
        if threading.current_thread() is threading.main_thread():
            try:
                self._go_up()
            except BaseException:  # of a handler that was not replaced yet
                self._come_down()
                raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._come_down()
        finally:
            self.check()

    def _go_up(self) -> None:
        self._ours = self._handle
        for number in _SIGNALS:
            handler = _signal.getsignal(number)
            if callable(handler):
                self._handlers[number] = handler
                _signal.signal(number, self._ours)

    def _come_down(self) -> None:
        self._is_open = True  # for who took our handler for that of the program and calls it later
        for number, handler in self._handlers.items():
            if _signal.getsignal(number) is self._ours:  # a callback may have set another
                _signal.signal(number, handler)
        self._ours = None  # or a network that is dropped would live until Python's collector comes

    def check(self) -> None:
        """Call the handlers of the signals that came since the shield went up, or the last check.

        Raises
        ------
        KeyboardInterrupt
            Or what else a handler raises; the rest are called at the next check.
        """
        while self._came:
            number = next(iter(self._came))
            self._handlers[number](number, self._came.pop(number))

    @contextmanager
    def lowered(self) -> Iterator[None]:
        """Let signals through at once: the user's own code is running."""
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
        """Hold signals back in the user's own code, while something has to be done whole."""
        before, self._is_open = self._is_open, False
        try:
            yield
        finally:
            self._is_open = before
        if before:
            self.check()

    def _handle(self, signum: int, frame: FrameType | None) -> None:
        if self._is_open:
            self._handlers[signum](signum, frame)
            return
        self._came[signum] = frame
        self._on_interrupt()
