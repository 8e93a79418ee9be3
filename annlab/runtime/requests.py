"""What other threads ask of the one that runs a network: to do something, or to hold still.

Who asks, in which order and when it is done is the business of `annlab.runtime.worker`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable


class Request:
    """A closure of another thread, and what came of it once `done` is set."""

    __slots__ = ("done", "error", "function", "is_withdrawn", "result")

    def __init__(self, function: Callable[[], object]) -> None:
        self.function = function
        self.done = threading.Event()
        self.result: object = None
        self.error: BaseException | None = None
        self.is_withdrawn = False

    def serve(self) -> None:
        """Execute the closure, unless who asked has gone."""
        if not self.is_withdrawn:
            try:
                self.result = self.function()
            except Exception as error:  # noqa: BLE001  # raised again in the thread that asked
                self.error = error
            finally:
                self.done.set()


class Hold(Request):
    """The wish to keep the network between two steps; once `done` is set the thread has it."""

    __slots__ = ("thread_id",)

    def __init__(self) -> None:
        super().__init__(_nothing)
        self.thread_id = threading.get_ident()

    def serve(self) -> None:
        """Do nothing: the thread that asked does it all."""


def _nothing() -> None: ...
