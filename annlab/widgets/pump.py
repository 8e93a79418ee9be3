"""The frame pump: one thread that carries a network's live data to the browser.

In: feeds, each of which returns what is new since it was asked last. Out: one
message a frame for all views together, with raw binary buffers. The pump knows
neither neurons nor widgets: feeds give it arrays, and a `Channel` carries them.

The browser tells which views are on the screen. What nobody sees is not
collected and not sent, and the thread then sleeps until it is woken.
"""

from __future__ import annotations

import contextvars
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from annlab.errors import AnnlabError
from annlab.widgets.courtesy import Courtesy
from annlab.widgets.errands import Errand
from annlab.widgets.flow import FlowControl

log = logging.getLogger(__name__)

# How often a pump looks at a network that does not run.
IDLE_S = 0.1
# How often one that waits for an answer looks whether a cell has begun that holds answers up.
LOOK_S = 0.1
# How long a view that cannot be updated is left alone.
FAILED_S = 1.0

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one view gets in one frame: a small header and the arrays it speaks of."""

    header: Mapping[str, Json]
    arrays: tuple[NDArray[np.generic], ...] = ()


class Feed(Protocol):
    """The source of one view's data. Called on the pump's thread only, except `rewind`."""

    def collect(self) -> Part | None:
        """Return what is new since the last call; None if nothing is. Must not block."""
        ...

    def rewind(self) -> None:
        """Start again: the next `collect` returns everything that a new picture needs."""
        ...


class Channel(Protocol):
    """The way to the browser. May be called from any thread."""

    def send(self, content: dict[str, Json], buffers: Sequence[memoryview]) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What the page said about the frame that it drew last [ms]."""

    round_trip_ms: float = 0.0  # from leaving the kernel to the answer
    behind_ms: float = 0.0  # age of the picture when it was drawn, as far as the page can tell
    draw_ms: float = 0.0


@dataclass(slots=True)
class _View:
    feed: Feed
    displays: set[str] = field(default_factory=set)  # on the screen now
    failure: tuple[str, str] | None = None  # what is wrong in one line, and the rest
    due: float = 0.0  # a failed one is not asked before


class Pump:
    """Publish the feeds of one network.

    Parameters
    ----------
    channel
        Carries the frames.
    status
        Returns a small dictionary about the network (time, state ...) that every frame carries;
        None once the network is gone, which closes the pump.
    is_running
        Returns whether the network advances by itself now.
    is_heard
        Returns whether an answer of the page can arrive now, and is not held up by a busy cell.
    spent_s
        Returns the processor time of the thread that runs as fast as it can, None if there is none:
        pictures give way to it.
    on_gone
        Called once when `status` returns None, after the pump has closed itself.
    name
        Of the thread.

    Notes
    -----
    Every method may be called from any thread. `close` does not wait for a frame that is just
    being sent, except when called with a `timeout_s`.
    """

    def __init__(
        self,
        channel: Channel,
        *,
        status: Callable[[], dict[str, Json] | None],
        is_running: Callable[[], bool],
        is_heard: Callable[[], bool] = lambda: True,
        spent_s: Callable[[], float | None] = lambda: None,
        on_gone: Callable[[], object] = lambda: None,
        name: str = "annlab-pump",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._channel = channel
        self._status = status
        self._is_running = is_running
        self._is_heard = is_heard
        self._spent_s = spent_s
        self._on_gone = on_gone
        self._name = name
        self._clock = clock
        # Python's collector may come at any line, and closes the pump of a network that it frees.
        self._lock = threading.RLock()
        self._wake = threading.Event()
        self._views: dict[str, _View] = {}
        self._flow = FlowControl()
        self._courtesy = Courtesy()
        self._context: contextvars.Context | None = None
        self._last_status: dict[str, Json] | None = None
        self._errand: Errand | None = None
        self._closed = False
        self.drawn = Drawn()

    @property
    def n_frames(self) -> int:
        """Number of frames sent so far."""
        return self._flow.n_sent

    @property
    def n_unacknowledged(self) -> int:
        """Number of frames that the browser has not drawn yet."""
        return self._flow.n_unacknowledged

    @property
    def is_closed(self) -> bool:
        return self._closed

    @property
    def is_idle(self) -> bool:
        """True if no view is on a screen, so that nothing is sent."""
        with self._lock:
            return not any(view.displays for view in tuple(self._views.values()))

    def attach(self, view_id: str, feed: Feed) -> None:
        """Add a view. Nothing is sent to it before it said hello."""
        with self._lock:
            self._views[view_id] = _View(feed)

    def detach(self, view_id: str) -> None:
        """Remove a view; the last one takes the thread with it."""
        with self._lock:
            self._views.pop(view_id, None)
            is_last = not self._views
        if is_last:
            self._stop_thread()

    def close(self, timeout_s: float = 0.0) -> None:
        """Stop the thread and forget all views."""
        with self._lock:
            self._closed = True
            self._views.clear()
        self._stop_thread(timeout_s)

    def receive(self, content: Mapping[str, Json]) -> None:
        """Take a message of the browser.

        ``{"ack": frame, "merged": n}``: drawn, together with those before it.
        ``{"hello" | "hide" | "bye": view, "display": id}``: one of the places where a view is shown
        came onto the screen, left it, or is gone.
        """
        now = self._clock()
        display = str(content.get("display", ""))
        with self._lock:
            self._flow.heard()
            if "ack" in content:
                self._flow.acknowledged(
                    int(_number(content, "ack")),
                    now,
                    n_merged=int(_number(content, "merged")),
                    cost_s=_number(content, "cost_ms") / 1000.0,
                )
                self.drawn = Drawn(
                    round_trip_ms=self._flow.round_trip_s * 1000.0,
                    behind_ms=_number(content, "behind_ms"),
                    draw_ms=_number(content, "draw_ms"),
                )
            elif "hello" in content:
                self._hello(str(content["hello"]), display)
            else:
                view = self._views.get(str(content.get("hide", content.get("bye"))))
                if view is not None:
                    view.displays.discard(display)
        self._wake.set()

    def _hello(self, view_id: str, display: str) -> None:
        view = self._views.get(view_id)
        if view is None or self._closed:
            return
        # What leaves the thread is then answered where this message was: on the kernel's
        # subshell, if it has one, so that acknowledgements pass a busy cell.
        self._context = contextvars.copy_context()
        view.displays.add(display)
        view.due = 0.0
        view.feed.rewind()
        self._last_status = None
        self._flow.restart()
        if self._errand is None:
            self._errand = Errand(self._publish, self._name)
            self._errand.begin()

    def _stop_thread(self, timeout_s: float = 0.0) -> None:
        with self._lock:
            errand, self._errand = self._errand, None
        self._wake.set()
        if errand is not None and not errand.is_here and timeout_s > 0:
            errand.wait(timeout_s)

    def _publish(self) -> None:
        """Send frames until the thread is not wanted any more."""
        while (errand := self._errand) is not None and errand.is_here:
            try:
                pause_s = self._turn()
            except Exception:
                # Nobody waits for this thread, and it must not end.
                log.exception("annlab: the live views could not be updated")
                pause_s = 1.0
            self._wake.wait(pause_s)
            self._wake.clear()

    def _turn(self) -> float | None:
        """Send at most one frame; return how long [s] to sleep, None for until woken."""
        with self._lock:
            views = {k: v for k, v in tuple(self._views.items()) if v.displays}
            delay_s = self._delay_s()
        if not views or delay_s == float("inf"):
            return None
        if delay_s > 0:
            return delay_s
        self._flow.spacing_s = self._courtesy.look(self._clock(), self._spent_s())
        status = self._status()
        if status is None:
            self.close()
            self._on_gone()
            return None
        parts = {k: part for k, view in views.items() if (part := self._collect(view)) is not None}
        failed = {k: [*view.failure] for k, view in views.items() if view.failure is not None}
        status = {**status, "failed": failed} if failed else status
        if not parts and status == self._last_status:
            return self._delay_s() or (0.02 if self._is_running() else IDLE_S)
        self._last_status = status
        self._send(parts, status)
        return self._delay_s()

    def _collect(self, view: _View) -> Part | None:
        """Ask a view for what is new. One that cannot tell takes no other with it, and says why."""
        if self._clock() < view.due:
            return None
        try:
            part = view.feed.collect()
        except Exception as error:
            failure = told(error)
            if failure != view.failure and not isinstance(error, AnnlabError):
                log.exception("annlab: a live view could not be updated")
            view.failure, view.due = failure, self._clock() + FAILED_S
            view.feed.rewind()
            return None
        view.failure = None
        return part

    def _delay_s(self) -> float:
        """Return how long to wait before the next frame, and look whether a cell has begun."""
        delay_s = self._flow.delay_s(self._clock(), is_heard=self._is_heard())
        return delay_s if delay_s == float("inf") else min(delay_s, LOOK_S)

    def _send(self, parts: Mapping[str, Part], status: dict[str, Json]) -> None:
        views: dict[str, Json] = {}
        buffers: list[memoryview] = []
        for view_id, part in parts.items():
            first = len(buffers)
            buffers += [memoryview(a.tobytes()) for a in part.arrays]
            views[view_id] = {**part.header, "buffers": [first, len(buffers)]}
        with self._lock:
            frame = self._flow.sent(self._clock())
            asks = self._flow.asks(frame)
            context = self._context
        content: dict[str, Json] = {
            "frame": frame,
            "asks": asks,
            "sent_ms": time.time() * 1000.0,
            "status": status,
            "views": views,
        }
        if context is None:
            self._channel.send(content, buffers)
        else:
            context.run(self._channel.send, content, buffers)


def told(error: BaseException) -> tuple[str, str]:
    """Return what is wrong in one line, and the rest of what is said about it."""
    first, *rest = str(error).strip().splitlines() or [""]
    notes: list[str] = getattr(error, "__notes__", [])
    name = type(error).__name__
    return f"{name}: {first}" if first else name, "\n".join([*rest, *notes])


def _number(content: Mapping[str, Json], key: str) -> float:
    value = content.get(key)
    return float(value) if isinstance(value, (int, float)) else 0.0
