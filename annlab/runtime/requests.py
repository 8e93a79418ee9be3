"""What threads ask of the one that runs a network, and how they wait for one another.

A thread that runs a network and waits for another one (in a callback) serves its own meanwhile:
otherwise two networks that reach into each other would wait for ever. Who may touch a network,
and when, is the business of `annlab.runtime.worker`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

from annlab.runtime.interrupts import Shield


class Served(Protocol):
    """A worker, as the thread that runs it knows it."""

    shield: Shield | None

    @property
    def is_lent(self) -> bool:
        """Whether another thread holds the network."""
        ...

    @property
    def seat(self) -> Seat | None:
        """Of the thread that runs it."""
        ...

    def serve_meanwhile(self) -> None:
        """Execute what others ask for, if a callback waits; else do nothing."""
        ...


class Seat:
    """What one thread runs, and what it waits for."""

    def __init__(self) -> None:
        self.runs: list[Served] = []  # the first is the outermost: its callback runs the next
        self.bell = threading.Event()  # something happened that it may wait for
        self.asked: list[Request] = []  # what it waits for
        self.awaited: Served | None = None  # whose pause or end it waits for
        self.n_lent = 0  # how often it gave a network out of its hands

    @property
    def is_lent(self) -> bool:
        """Whether it has to wait for a thread that holds one of its networks."""
        return any(worker.is_lent for worker in self.runs)

    @property
    def has_more(self) -> bool:
        """Whether it holds what it has just waited for, and is about to go on."""
        return any(isinstance(r, Hold) and r.done.is_set() for r in self.asked)

    def attend(
        self,
        is_over: Callable[[], object],
        timeout_s: float | None = None,
        retry: Callable[[], None] | None = None,
    ) -> bool:
        """Serve the networks of this thread until `is_over` or the time has passed.

        It does not return while one of them is lent. `retry` is called when one comes back: what
        this thread asked for was perhaps passed over, as it could not have gone on.
        """
        end = None if timeout_s is None else time.monotonic() + timeout_s
        n_lent = self.n_lent
        while True:
            self.bell.clear()
            for worker in tuple(self.runs):
                worker.serve_meanwhile()
            left = None
            if not self.is_lent:
                if n_lent != self.n_lent and retry is not None:
                    n_lent = self.n_lent
                    retry()
                left = None if end is None else end - time.monotonic()
                if is_over():
                    return True
                if left is not None and left <= 0.0:
                    return False
            self.bell.wait(None if left is None else min(left, threading.TIMEOUT_MAX))

    def waits_for_itself(self) -> bool:
        """Whether who it waits for waits for it, directly or by way of others."""
        worker = self.awaited
        seen: set[int] = set()
        while worker is not None and id(worker) not in seen:
            seen.add(id(worker))
            seat = worker.seat
            if seat is self:
                return True
            worker = None if seat is None else seat.awaited
        return False


class _Seats(threading.local):
    def __init__(self) -> None:
        self.mine = Seat()


_seats = _Seats()
GRANTING = threading.RLock()  # guards who gets what, and who waits for whom, between networks


def my_seat() -> Seat:
    """Return that of this thread."""
    return _seats.mine


class Request:
    """A closure of another thread, and what came of it once `done` is set."""

    __slots__ = ("done", "error", "function", "is_withdrawn", "result", "seat")

    def __init__(self, function: Callable[[], object]) -> None:
        self.function = function
        self.done = threading.Event()
        self.seat = _seats.mine  # of who asks
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
                self.finish()

    def finish(self) -> None:
        """Say that it is done."""
        self.done.set()
        if self.seat.runs:
            self.seat.bell.set()

    def wait(self, retry: Callable[[], None]) -> None:
        """Wait until it is done, and serve meanwhile what this thread runs; see `Seat.attend`."""
        seat = self.seat
        if not seat.runs or self.done.is_set():
            self.done.wait()
            return
        seat.asked.append(self)
        try:
            seat.attend(self.done.is_set, retry=retry)
        finally:
            seat.asked.remove(self)


class Hold(Request):
    """The wish to keep the network between two steps; once `done` is set the thread has it."""

    __slots__ = ("thread_id",)

    def __init__(self) -> None:
        super().__init__(_nothing)
        self.thread_id = threading.get_ident()

    def serve(self) -> None:
        """Do nothing: the thread that asked does it all."""


def _nothing() -> None: ...
