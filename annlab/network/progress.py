"""A line that shows how far a long simulation is.

Written to the terminal or the notebook's cell at most five times a second, only
once a run has taken two seconds, and wiped when it ends. Nothing is written
where nobody looks (a pipe, a file), unless it is asked for.
"""

from __future__ import annotations

import builtins
import sys
import time
from typing import TextIO

PATIENCE_SECONDS = 2.0
INTERVAL_SECONDS = 0.2
_WIDTH = 30


class ProgressLine:
    """Call it with the number of steps done.

    Parameters
    ----------
    n_steps
        Of the whole run.
    is_wanted
        Show it from the beginning, wherever the output goes.
    """

    def __init__(
        self, n_steps: int, *, is_wanted: bool = False, stream: TextIO | None = None
    ) -> None:
        self._n_steps = max(1, n_steps)
        self._stream = stream if stream is not None else sys.stderr
        self._is_seen = is_wanted or _is_watched(self._stream)
        self._begin = time.monotonic()
        self._next = self._begin + (0.0 if is_wanted else PATIENCE_SECONDS)
        self._length = 0

    def __call__(self, done: int) -> None:
        """Show that `done` steps are done, if it is time to."""
        now = time.monotonic()
        if not self._is_seen or now < self._next:
            return
        self._next = now + INTERVAL_SECONDS
        share = min(1.0, done / self._n_steps)
        left = (now - self._begin) * (1 - share) / share if share > 0 else 0.0
        bar = "#" * round(_WIDTH * share)
        self._write(f"[{bar:<{_WIDTH}}] {100 * share:3.0f} %, {left:.0f} s left")

    def close(self) -> None:
        """Wipe the line."""
        if self._length:
            self._write("")
            self._stream.write("\r")

    def _write(self, text: str) -> None:
        self._stream.write(f"\r{text:<{self._length}}")
        self._stream.flush()
        self._length = len(text)


def _is_watched(stream: TextIO) -> bool:
    return stream.isatty() or hasattr(builtins, "get_ipython")
