"""How far a long run is: a bar with the rate and the time that is left.

Shown once a run has taken a second, at most five times a second: as HTML in notebooks, as one
line on a terminal, and nowhere else (a pipe, a file) unless it is asked for.
"""

from __future__ import annotations

import sys
import time
import uuid
from collections.abc import Callable
from html import escape
from importlib import import_module
from typing import Any, Protocol, Self, TextIO

from annlab.calls import running_shell

PATIENCE_SECONDS = 1.0
INTERVAL_SECONDS = 0.2
_WIDTH = 30


class Place(Protocol):
    """Where the bar is shown."""

    def show(self, share: float, text: str) -> None:
        """Replace what is shown; `share` from 0 to 1."""
        ...

    def close(self, text: str) -> None:
        """End it; `text` says what was done."""
        ...


class ProgressLine:
    """Call it with the number of steps done; `close` it, or use it as a context manager.

    Parameters
    ----------
    total
        Steps of the whole run, or whatever is counted.
    is_wanted
        True: show it from the beginning, wherever the output goes. False: never. None: where
        somebody looks.
    step_ms
        Duration of a step of the network [ms], for the rate; None if no steps are counted.
    stream
        Of a terminal; standard error by default.
    """

    def __init__(
        self,
        total: int,
        *,
        is_wanted: bool | None = None,
        step_ms: float | None = None,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._total = max(1, total)
        self._step_ms = step_ms
        self._clock = clock
        self._place = None if is_wanted is False else _place(stream, is_asked=bool(is_wanted))
        self._begin = clock()
        self._next = self._begin + (0.0 if is_wanted else PATIENCE_SECONDS)
        self._done = 0
        self._is_shown = False

    def __call__(self, done: int) -> None:
        """Show that `done` steps are done, if it is time to."""
        self._done = done
        if self._place is None:
            return
        now = self._clock()
        if now < self._next:
            return
        self._next = now + INTERVAL_SECONDS
        self._is_shown = True
        share = min(1.0, done / self._total)
        self._place.show(share, ", ".join([self._amount(), *self._pace(now - self._begin)]))

    def close(self) -> None:
        """End the bar."""
        if self._place is not None and self._is_shown:
            seconds = self._clock() - self._begin
            parts = [f"{self._amount()} in {_duration(seconds)}", *self._pace(seconds)[:-1]]
            self._place.close(", ".join(parts))
            self._is_shown = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _amount(self) -> str:
        if self._step_ms is None:
            return f"{self._done} of {self._total}"
        done, total = (n * self._step_ms for n in (self._done, self._total))
        unit = "ms" if total < 1000.0 else "s"
        if unit == "s":
            done, total = done / 1000.0, total / 1000.0
        digits = 0 if total >= 100 else 1 if total >= 10 else 2
        is_whole = self._done >= self._total
        return f"{total:g} {unit}" if is_whole else f"{done:.{digits}f} of {total:g} {unit}"

    def _pace(self, seconds: float) -> list[str]:
        """Return the rate, where there is one, and the time that is left."""
        if self._done <= 0 or seconds <= 0:
            return ["beginning"]
        left = f"{_duration(seconds * (self._total - self._done) / self._done)} left"
        if self._step_ms is None:
            return [left]
        factor = self._done * self._step_ms / 1000.0 / seconds
        return [f"{_factor(factor)} x real time", left]


def _factor(value: float) -> str:
    """Return how many times real time, as the live views say it (``widgets/static/format.js``)."""
    return f"{value:.1g}" if value < 0.095 else f"{value:.1f}" if value < 9.95 else f"{value:.0f}"


def _duration(seconds: float) -> str:
    """Return a time in words that do not jump while they are read."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def _place(given: TextIO | None, *, is_asked: bool) -> Place | None:
    if given is None and _is_notebook():
        return _Notebook()
    stream: TextIO | None = given or sys.stderr
    if stream is None:  # a program without a console
        return None
    return _Terminal(stream) if is_asked or stream.isatty() else None


def _is_notebook() -> bool:
    """Tell whether cells of a notebook show what is displayed."""
    return hasattr(running_shell(), "kernel")


class _Terminal:
    """One line, written over itself and wiped at the end."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._length = 0

    def show(self, share: float, text: str) -> None:
        bar = "#" * round(_WIDTH * share)
        self._write(f"[{bar:<{_WIDTH}}] {100 * share:3.0f} %  {text}")

    def close(self, text: str) -> None:
        self._write("")
        self._stream.write("\r")
        self._stream.flush()

    def _write(self, text: str) -> None:
        self._stream.write(f"\r{text:<{self._length}}")
        self._stream.flush()
        self._length = len(text)


class _Notebook:
    """One output of the cell, replaced by a line that says what was done."""

    def __init__(self) -> None:
        self._id = f"annlab-progress-{uuid.uuid4().hex}"
        self._is_there = False

    def show(self, share: float, text: str) -> None:
        bar = (
            f'<progress value="{share:.4f}" max="1" aria-label="simulated" '
            'style="width: 20em; vertical-align: middle"></progress>'
        )
        said = f"{100 * share:.0f} % · {text}"
        self._display(f"{bar} {_small(said)}", said)

    def close(self, text: str) -> None:
        self._display(_small(text), text)

    def _display(self, html: str, plain: str) -> None:
        display: Any = import_module("IPython.display").display  # only notebooks have it
        bundle = {"text/html": f"<div>{html}</div>", "text/plain": plain}
        display(bundle, raw=True, display_id=self._id, update=self._is_there)
        self._is_there = True


def _small(text: str) -> str:
    text = escape(text).replace(" x real", "× real").replace(", ", " · ")
    return f'<small style="font-variant-numeric: tabular-nums; opacity: 0.8">{text}</small>'


__all__ = ["ProgressLine"]
