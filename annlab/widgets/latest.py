"""Apply values that come faster than they can be applied: the last one wins.

A slider calls from whatever thread the kernel serves it on. One of the callers
applies; the others leave their value and return at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable


class Latest:
    """Apply values one at a time, skipping those that were overtaken.

    When `set` returns, its value or a later one was applied, or another thread is about to.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: float | None = None
        self._is_applying = False

    @property
    def is_applying(self) -> bool:
        """True while a value is on its way."""
        return self._is_applying

    def set(self, value: float, apply: Callable[[float], None]) -> None:
        """Call `apply` with `value`, or leave it to the thread that applies just now."""
        with self._lock:
            self._waiting = value
            if self._is_applying:
                return
            self._is_applying = True
        try:
            while (latest := self._take()) is not None:
                apply(latest)
        except BaseException:
            with self._lock:
                self._is_applying = False
            raise

    def _take(self) -> float | None:
        with self._lock:
            latest, self._waiting = self._waiting, None
            if latest is None:
                self._is_applying = False
            return latest
