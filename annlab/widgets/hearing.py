"""Know whether what the page says can arrive now.

With subshells the kernel hears the page at any time. Without, messages wait
until the cell that runs has ended, and a missing answer then says nothing about
the page. IPython tells when a cell begins and ends; the thread that a message
came on tells the rest.
"""

from __future__ import annotations

import threading
from typing import Any

from IPython.core.getipython import get_ipython


class Hearing:
    """Whether messages of one comm can arrive. May be asked from any thread."""

    def __init__(self) -> None:
        self._is_on_main_thread = False
        self._cells = _cells_of(get_ipython())

    def note(self) -> None:
        """Note that a message arrives, on the thread that calls."""
        self._is_on_main_thread = threading.current_thread() is threading.main_thread()

    @property
    def is_open(self) -> bool:
        """False while a busy cell holds up what the page says."""
        return not (self._is_on_main_thread and self._cells.is_running)


class _Cells:
    """Follows the cells of one shell, begun inside one of them or between two."""

    def __init__(self, *, is_running: bool) -> None:
        self._depth = int(is_running)

    @property
    def is_running(self) -> bool:
        return self._depth > 0

    def begin(self) -> None:
        self._depth += 1

    def end(self) -> None:
        self._depth = max(0, self._depth - 1)


_followed: dict[int, _Cells] = {}


# IPython does not say of which type its shell is.
def _cells_of(shell: Any) -> _Cells:
    """Return the one follower of `shell`; of None, one that never sees a cell."""
    if shell is None:
        return _Cells(is_running=False)
    if id(shell) not in _followed:
        kernel = getattr(shell, "kernel", None)
        parent = kernel.get_parent() if kernel is not None else {}
        kind = parent.get("header", {}).get("msg_type")
        cells = _followed[id(shell)] = _Cells(is_running=kind == "execute_request")
        shell.events.register("pre_execute", cells.begin)
        shell.events.register("post_execute", cells.end)
    return _followed[id(shell)]
