"""Whose turn it is to touch a network: one thread's, at any moment.

The thread that runs it, or, between two steps, one that asks for it; while nobody runs it, whoever
comes first. What comes meanwhile waits in a queue. Knows nothing of runs: `Worker` is made of this.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from annlab.runtime.interrupts import Shield
from annlab.runtime.requests import GRANTING, Hold, Request, Seat, my_seat

T = TypeVar("T")


class Turns:
    """Lets threads touch a network one after the other. All methods may be called from any."""

    def __init__(self) -> None:
        self._changed = threading.Condition(threading.RLock())  # guards all that follows
        self._owner: int | None = None  # ident of the thread that runs
        self._holder: int | None = None  # ident of the one that touches it meanwhile
        self.seat: Seat | None = None  # of the thread that runs
        self.shield: Shield | None = None  # of the run
        self._is_busy = False  # the running thread is at something that others see whole or not
        self._watching: list[Seat] = []  # of threads that run others and wait for this one
        self._requests: deque[Request] = deque()

    def _draw_attention(self) -> None:
        """Let the running thread look at the requests soon."""
        raise NotImplementedError

    def _released(self) -> None:
        """Called by the last thread that touched a network that nobody runs."""
        raise NotImplementedError

    def peek(self, function: Callable[[], T]) -> T:
        """As `call`, but leave an exception of the background run to others (live views)."""
        if self._may_touch():
            return function()
        if self._owner is None:  # which costs nothing but the lock
            try:
                if self._occupy(None):
                    return function()
            finally:
                if self._holder == threading.get_ident():
                    self._release()
        request = self.post(function)
        try:
            request.wait(lambda: self._retry(request))
        except BaseException:
            request.is_withdrawn = True
            raise
        if request.error is not None:
            raise request.error
        return request.result  # type: ignore[return-value]  # what the closure returned

    def post(self, function: Callable[[], object]) -> Request:
        """As `peek`, but wait for nothing: the request says when it is done."""
        request = Request(function)
        if self._may_touch():
            request.serve()
            return request
        try:
            # What `function` calls here in turn belongs to it: `call` does not begin with an
            # exception that is left to others.
            if self._occupy(request):
                request.serve()
        finally:
            if self._holder == threading.get_ident():
                self._release()
        return request

    @contextmanager
    def _held(self) -> Iterator[None]:
        request = Hold()
        try:
            if not self._occupy(request):
                request.wait(lambda: self._retry(request))
            yield
        finally:
            with self._changed:
                request.is_withdrawn = True  # an interrupt may come before it is granted
            if self._holder == threading.get_ident():
                self._release()

    def _notify(self) -> None:
        """Say that something has changed. Call it inside the lock."""
        self._changed.notify_all()
        for seat in self._watching if self.seat is None else (self.seat, *self._watching):
            seat.bell.set()

    # -- whose turn it is ---------------------------------------------------------
    #
    # The lock guards who may touch the network, and nobody has it while he does: what a closure
    # does may take long, or ask for other networks.

    def _occupy(self, request: Request | None) -> bool:
        """Begin to touch a network that nobody else does; else let `request` wait for its turn."""
        with self._changed:
            is_run = self._owner is not None
            if not is_run and self._holder is None:
                self._holder = threading.get_ident()
                return True
            if request is None:
                return False
            self._requests.append(request)
            self._notify()
        if is_run:
            self._draw_attention()
        return False

    def _release(self) -> None:
        """Touch the network no more; where nobody runs it, do first what others ask for."""
        try:
            while (request := self._next_or_free()) is not None:
                request.serve()
        except BaseException:
            self._release()
            raise
        self._released()

    def _next_or_free(self) -> Request | None:
        with self._changed:
            request = self._next() if self._owner is None else None
            if isinstance(request, Hold) and request.done.is_set():
                return None  # it is the turn of who wanted to hold it
            if request is None:
                self._holder = None
                self._notify()
            return request

    def _next(self) -> Request | None:
        """Return what is to be executed next, if anything. Call it inside the lock."""
        for request in self._requests:
            if not isinstance(request, Hold) or request.is_withdrawn or self._grants(request):
                self._requests.remove(request)
                return request
        return None

    def _grants(self, request: Hold) -> bool:
        """Let a thread hold the network, if it can go on then and this one need not go on first.

        Two callbacks may wish to hold the network of the other: if each got what it wants, both
        would wait for their own.
        """
        with GRANTING:
            mine = my_seat()
            is_run_here = self.seat is mine
            if request.seat.is_lent or (is_run_here and mine.has_more):
                return False
            mine.n_lent += is_run_here
            self._holder = request.thread_id
            request.finish()
            return True

    def _retry(self, request: Request) -> None:
        """Ask once more for what was passed over."""
        with self._changed:
            is_free = self._owner is None and self._holder is None
            if is_free and request in self._requests:
                self._holder = threading.get_ident()
            self._notify()
        if is_free and self._holder == threading.get_ident():
            self._release()  # serves what has come, in order

    def serve_meanwhile(self) -> None:
        """Execute what others ask for while a callback waits for another network.

        Nothing sees half of a step or of an update: no step is under way in a callback, and while
        it is at a change of its own network nothing is done here.
        """
        while self._requests and not self._is_busy:
            shield, seat = self.shield, self.seat
            if shield is None or seat is None or not shield.is_lowered or not self._is_mine():
                return
            with self._changed:
                request = self._next()
            if request is None:
                return
            innermost = seat.runs[-1].shield or shield  # to it an interrupt comes
            with self._busy(), innermost.raised():
                request.serve()

    @contextmanager
    def _busy(self) -> Iterator[None]:
        before, self._is_busy = self._is_busy, True
        try:
            yield
        finally:
            self._is_busy = before

    @property
    def is_lent(self) -> bool:
        """Whether the running thread waits for another one that holds the network."""
        return self._holder is not None and self._holder != self._owner

    def _is_mine(self) -> bool:
        """False while another thread touches the network, or holds it where this one runs it."""
        return self._holder in (None, threading.get_ident())

    def _get_back(self) -> None:
        """Wait for who holds the network."""
        if not self._is_mine():
            self._until(self._is_mine)

    def _until(self, holds: Callable[[], bool], timeout_s: float | None = None) -> bool:
        """Wait until something holds of this network; a thread that runs others serves them."""
        seat = my_seat()
        if not seat.runs:
            with self._changed:
                return self._changed.wait_for(holds, timeout_s)
        with self._changed:
            self._watching.append(seat)
        try:
            return seat.attend(holds, timeout_s)
        finally:
            with self._changed:
                self._watching.remove(seat)

    def _sit_down(self) -> None:
        self.seat = my_seat()
        self.seat.runs.append(self)

    def _get_up(self) -> None:
        if self.seat is not None:
            self.seat.runs.remove(self)
        self.seat = self.shield = None

    def _may_touch(self) -> bool:
        """True in the running thread, and in one that holds it between two steps."""
        return threading.get_ident() in (self._owner, self._holder)

    def _is_owner(self) -> bool:
        return self._owner == threading.get_ident()

    def _is_part(self) -> bool:
        """True where nothing can be waited for: in the run, and in a thread that holds it."""
        return self._owner is not None and self._may_touch()

    @contextmanager
    def _awaited(self) -> Iterator[bool]:
        """Let others know that this thread waits for what this run does; tell whether it can."""
        seat = my_seat()
        with GRANTING:
            before, seat.awaited = seat.awaited, self
            can_come = not seat.waits_for_itself()
        try:
            yield can_come
        finally:
            seat.awaited = before


__all__ = ["Turns"]
