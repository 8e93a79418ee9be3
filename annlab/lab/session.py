"""One page that looks at this kernel: its requests, and what it is sent.

Answers on the thread on which the kernel serves the request, which is not the one that
runs cells if the kernel has subshells. A thread of its own sends what moves while the page
watches, a few times a second, also while a cell is busy; nothing is sent where nothing moves.
A page says nothing while nothing moves, lest it keep a kernel awake, and is taken for gone after
a while: then the thread rests until the page asks for something, or a network begins to run.
"""

from __future__ import annotations

import contextvars
import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from annlab.comms import leave_figures_alone
from annlab.errors import AnnlabError, ArgumentError
from annlab.lab import messages
from annlab.lab.checking import check, vocabulary
from annlab.lab.networks import Networks, details, explained, find_object
from annlab.lab.palette import palette
from annlab.lab.views import Views
from annlab.runtime import beginnings

log = logging.getLogger(__name__)

PERIOD_S = 0.3  # between two looks while something runs
IDLE_S = 0.5  # while nothing does
SOON_S = 0.1  # a run is seen at once if the last look was longer ago: a loop may begin a thousand
# Silence after which the page is taken for gone. A page that the main thread serves may be unheard
# for as long as a cell takes.
SILENT_S = 60.0
SILENT_BUSY_S = 3600.0


class Session:
    """The kernel's end of one comm."""

    _of_client: dict[str, Session] = {}

    # Any: kernels hand over comms and messages without types.
    @classmethod
    def begin(
        cls, comm: Any, *, client: str, namespace: Callable[[], Mapping[str, object]]
    ) -> Session:
        """Answer `comm`; a page that was reloaded takes the place of what it was before."""
        session = cls(comm, namespace)
        earlier = cls._of_client.get(client)
        cls._of_client[client] = session
        if earlier is not None:
            earlier.end()
        return session

    def __init__(self, comm: Any, namespace: Callable[[], Mapping[str, object]]) -> None:
        self._comm = comm
        self._networks = Networks(namespace)
        self._views = Views()
        self._publisher = Publisher(self._send_status)
        self._answers: Mapping[str, Callable[[Any], object]] = {
            "watch": self._watch,
            "outline": lambda ask: self._networks.outline(ask.network),
            "details": lambda ask: details(self._networks.find(ask.network), ask.name),
            "control": lambda ask: self._networks.control(ask.network, ask.action),
            "stop_all": lambda _: self._networks.stop_all(),
            "check": lambda ask: check(ask.source, namespace()),
            "vocabulary": lambda _: vocabulary(),
            "palette": lambda _: palette(namespace()),
            "open_view": self._open_view,
            "close_view": lambda ask: self._views.close(ask.view),
            "explain": lambda ask: explained(self._networks.find(ask.network), ask.name),
        }
        comm.on_msg(self._receive)
        leave_figures_alone(comm)
        comm.on_close(lambda _: self.end())

    def end(self) -> None:
        """Send nothing any more."""
        self._publisher.stop()
        self._networks.watch(False)
        self._views.close_all()

    def _receive(self, message: Mapping[str, Any]) -> None:
        content = message["content"]["data"]
        self._publisher.heard()
        self._comm.send(messages.encode(self._reply(content)))
        self._publisher.wake()

    def _reply(self, content: Mapping[str, Any]) -> messages.Reply:
        value: object = None
        error = whole = None
        try:
            value = self._answer(str(content.get("do")), content.get("arguments", {}))
        except AnnlabError as wrong:
            error, whole = wrong.what, str(wrong)
        except Exception as wrong:
            # The page asked; it must not wait for ever because annlab is wrong.
            log.exception("annlab: the request %r of the page failed", content.get("do"))
            error = whole = f"{type(wrong).__name__}: {wrong}"
        return messages.Reply(
            version=messages.VERSION,
            id=int(content.get("id", 0)),
            value=value,
            error=error,
            details=whole,
        )

    def _answer(self, what: str, arguments: Mapping[str, object]) -> object:
        if what not in self._answers:
            raise ArgumentError(
                f"this annlab cannot answer the page's request {what!r}",
                hint="the extension is newer than the kernel's annlab: restart the kernel",
            )
        kind, _ = messages.REQUESTS[what]
        return self._answers[what](messages.decode(kind, arguments))

    def _watch(self, ask: messages.Watch) -> messages.Status:
        self._networks.watch(ask.is_shown)
        if ask.is_shown:
            self._publisher.start()
        else:
            self._publisher.stop()
        return self._status()

    def _open_view(self, ask: messages.OpenView) -> messages.OpenedView:
        return self._views.open(find_object(self._networks.find(ask.network), ask.name), ask.kind)

    def _status(self) -> messages.Status:
        return messages.Status(version=messages.VERSION, networks=self._networks.status())

    def _send_status(self, last: messages.Status | None) -> messages.Status:
        status = self._status()
        if status != last:
            self._comm.send({"status": messages.encode(status)})
        return status


class Publisher:
    """Calls `publish` a few times a second on a thread of its own.

    `publish` takes what it returned the last time.
    """

    def __init__(self, publish: Callable[[messages.Status | None], messages.Status]) -> None:
        self._publish = publish
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_wanted = False  # also while it rests
        self._context = contextvars.copy_context()
        self._heard_s = time.monotonic()
        self._looked_s = float("-inf")
        self._silent_s = SILENT_BUSY_S
        self._is_hopeful = True  # a run wakes it once; then the page has to speak
        beginnings.listen(self.begun)

    def heard(self) -> None:
        """Note a sign of life of the page; called where the kernel serves it."""
        self._heard_s = time.monotonic()
        is_main = threading.current_thread() is threading.main_thread()
        self._silent_s = SILENT_BUSY_S if is_main else SILENT_S
        self._is_hopeful = True
        # What leaves the thread is then answered where this message was: see `Pump`.
        self._context = contextvars.copy_context()

    def start(self) -> None:
        """Begin, if it did not."""
        with self._lock:
            self._is_wanted = True
            self._go_on()

    def stop(self) -> None:
        """End after the turn that is under way."""
        with self._lock:
            self._is_wanted = False
            self._thread = None
        self._wake.set()

    def wake(self) -> None:
        """Look at once, also if it rests."""
        self._wake.set()
        with self._lock:
            if self._is_wanted:
                self._go_on()

    def begun(self) -> None:
        """Look at once: a network begins to run.

        Go on if the thread rests: the page may look on in silence.
        A page that does not answer then is gone: no later run wakes the thread for it.
        """
        if time.monotonic() - self._looked_s > SOON_S:
            self._wake.set()
        if self._thread is not None or not self._is_hopeful:
            return
        with self._lock:
            if self._is_wanted and self._thread is None:
                self._is_hopeful = False
                self._heard_s = time.monotonic()
                try:
                    self._go_on()
                except RuntimeError:  # no more threads: that must not end the run
                    self._thread = None
                    log.exception("annlab: the sidebar cannot follow this run")

    def _go_on(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="annlab-lab", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        last: messages.Status | None = None
        while self._thread is threading.current_thread():
            last, moves = self._look(last)
            self._wake.wait(PERIOD_S if moves else IDLE_S)
            self._wake.clear()
            if self._rest():
                # What began between the last look and now found the thread still there.
                _, moves_now = self._look(last)
                if moves_now and not moves:
                    self.begun()

    def _look(self, last: messages.Status | None) -> tuple[messages.Status | None, bool]:
        """Return what was published, and whether something moves."""
        self._looked_s = time.monotonic()
        try:
            last = self._context.copy().run(self._publish, last)
        except Exception:
            log.exception("annlab: the sidebar could not be updated")
            return last, False
        return last, any(n.state == "running" for n in last.networks)

    def _rest(self) -> bool:
        """End this thread if the page has been silent for too long; True if so."""
        with self._lock:
            is_silent = time.monotonic() - self._heard_s > self._silent_s
            if not is_silent or self._thread is not threading.current_thread():
                return False
            self._thread = None
            return True
