"""A page without a browser."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


class Page:
    """The other end of a session's comm: asks, and keeps what it is sent."""

    def __init__(self) -> None:
        self.statuses: list[dict[str, Any]] = []
        self.replies: dict[int, dict[str, Any]] = {}
        self.variables: dict[str, object] = {}
        self._number = 0
        self._listen: Callable[[dict], None] | None = None
        self._on_close: Callable[[dict], None] | None = None

    # What the session calls.

    def on_msg(self, listen: Callable[[dict], None]) -> None:
        self._listen = listen

    def on_close(self, listen: Callable[[dict], None]) -> None:
        self._on_close = listen

    def send(self, content: dict[str, Any]) -> None:
        if "status" in content:
            self.statuses.append(content["status"])
        else:
            self.replies[content["id"]] = content

    # What tests call.

    def ask(self, what: str, **arguments: object) -> dict[str, Any]:
        """Return the whole reply."""
        assert self._listen is not None
        self._number += 1
        content = {"version": 1, "id": self._number, "do": what, "arguments": arguments}
        self._listen({"content": {"data": content}})
        return self.replies[self._number]

    def get(self, what: str, **arguments: object) -> Any:
        """Return the value of the reply, which must not be an error."""
        reply = self.ask(what, **arguments)
        assert reply["error"] is None, reply["details"]
        return reply["value"]

    def network(self, number: int) -> dict[str, Any]:
        """Return the newest status of a network that the page was sent."""
        return next(n for n in self.statuses[-1]["networks"] if n["id"] == number)

    def close(self) -> None:
        assert self._on_close is not None
        self._on_close({})


def eventually(holds: Callable[[], bool], timeout_s: float = 30.0) -> bool:
    deadline = time.monotonic() + timeout_s
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.01)
    return holds()
