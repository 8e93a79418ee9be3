"""What a live page does, in numbers: frames and their age, memory, messages.

The page's part of the pump tells after each picture when its data left the kernel
(the event ``annlab-drawn``). Kernel and page run on one machine here, so their clocks
are one and ages need no guess.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import laboratory
import numpy as np
import psutil
from playwright.sync_api import CDPSession, Page

_WATCH = """() => {
  if (window.annlabFrames) return void (window.annlabFrames.length = 0);
  const frames = (window.annlabFrames = []);
  addEventListener('annlab-drawn', ({ detail }) => {
    const frame = { ...detail, drawn_ms: Date.now(), shown_ms: null, badges: [] };
    frames.push(frame);
    for (const badge of document.querySelectorAll('.annlab-badge')) {
      const text = badge.hidden ? '' : badge.textContent;
      if (text.startsWith('behind')) frame.badges.push(text);
    }
    // The next animation frame begins when this one was handed on to the screen.
    requestAnimationFrame(() => (frame.shown_ms = Date.now()));
  });
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """The pictures that a page drew, oldest first; times [ms] on the clock of the wall."""

    number: np.ndarray
    merged: np.ndarray  # how many frames of the kernel each picture holds
    sent_ms: np.ndarray
    drawn_ms: np.ndarray
    shown_ms: np.ndarray
    draw_ms: np.ndarray
    badges: Sequence[Sequence[str]]

    def __len__(self) -> int:
        return len(self.number)

    @property
    def latency_ms(self) -> np.ndarray:
        """From leaving the kernel to drawn."""
        return self.drawn_ms - self.sent_ms

    @property
    def oldest_ms(self) -> np.ndarray:
        """How old each picture had become when the next one replaced it."""
        return self.drawn_ms[1:] - self.sent_ms[:-1]

    @property
    def n_lost(self) -> int:
        """Frames that left the kernel between the first picture and the last and were not drawn."""
        return int(self.number[-1] - self.number[0] - self.merged[1:].sum())

    @property
    def rate_hz(self) -> float:
        return (len(self) - 1) / (self.drawn_ms[-1] - self.drawn_ms[0]) * 1000.0


def watch_frames(page: Page) -> None:
    """Begin to note pictures; forget those noted before."""
    page.evaluate(_WATCH)


def frames(page: Page, *, forget: bool = False) -> Frames:
    """Return the pictures since `watch_frames`; `forget` all but the last of them."""
    rows = page.evaluate("window.annlabFrames")
    if forget:
        page.evaluate(f"window.annlabFrames.splice(0, {len(rows) - 1})")
    column = {
        key: np.array([np.nan if row[key] is None else row[key] for row in rows], float)
        for key in ("frame", "merged", "sent_ms", "drawn_ms", "shown_ms", "draw_ms")
    }
    return Frames(
        number=column["frame"],
        merged=column["merged"],
        sent_ms=column["sent_ms"],
        drawn_ms=column["drawn_ms"],
        shown_ms=column["shown_ms"],
        draw_ms=column["draw_ms"],
        badges=[row["badges"] for row in rows],
    )


@contextlib.contextmanager
def slowed(page: Page, factor: float) -> Iterator[None]:
    """Let the page's processor seem `factor` times as slow."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": factor})
    try:
        yield
    finally:
        session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
        session.detach()


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """What kernel and page hold at one moment."""

    kernel_bytes: int
    page_bytes: int  # of the page's process
    heap_bytes: int  # of its objects, after collecting garbage; see `footprint`
    n_nodes: int
    n_listeners: int
    n_threads: int
    n_comms: int
    n_widgets: int

    def __str__(self) -> str:
        mb = 1e6
        return (
            f"kernel {self.kernel_bytes / mb:.1f} MB, page {self.page_bytes / mb:.1f} MB, "
            f"heap {self.heap_bytes / mb:.1f} MB, {self.n_nodes} nodes, "
            f"{self.n_listeners} listeners, {self.n_threads} threads, {self.n_comms} comms, "
            f"{self.n_widgets} widgets"
        )


# Freed memory goes back to the system, so that what is left is what is held.
_KERNEL = """
import ctypes, gc, os, threading
import comm, ipywidgets
gc.collect()
with __import__('contextlib').suppress(OSError, AttributeError):
    ctypes.CDLL(None).malloc_trim(0)
_annlab_footprint = (
    os.getpid(), threading.active_count(), len(comm.get_comm_manager().comms),
    len(ipywidgets.Widget.widgets) if hasattr(ipywidgets.Widget, 'widgets') else 0,
)
"""


def footprint(page: Page, *, without_code: bool = False) -> Footprint:
    """Return what kernel and page hold now; waits for a busy cell.

    `without_code` takes seconds: objects are then counted without what the browser has compiled.
    It goes on compiling for hundreds of runs, 0.1 to 0.3 MB each, all over JupyterLab.
    """
    laboratory.tell_kernel(page, _KERNEL)
    pid, n_threads, n_comms, n_widgets = (
        int(word)
        for word in laboratory.ask_kernel(page, "_annlab_footprint").strip("()").split(",")
    )
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    # What the browser only keeps because nobody needs the memory is not held by the page.
    session.send("Memory.simulatePressureNotification", {"level": "critical"})
    page.wait_for_timeout(500)
    heap_bytes = _objects(session) if without_code else _used(session)
    counters = session.send("Memory.getDOMCounters")
    session.detach()
    return Footprint(
        kernel_bytes=psutil.Process(pid).memory_info().rss,
        page_bytes=renderer().memory_info().rss,
        heap_bytes=heap_bytes,
        n_nodes=int(counters["nodes"]),
        n_listeners=int(counters["jsEventListeners"]),
        n_threads=n_threads,
        n_comms=n_comms,
        n_widgets=n_widgets,
    )


def _used(session: CDPSession) -> int:
    return int(session.send("Runtime.getHeapUsage")["usedSize"])


def _objects(session: CDPSession) -> int:
    """Return the size of all objects that are held, by their own count."""
    heap, kinds, nodes = _heap(session)
    is_compiled = np.isin(nodes[:, _column(heap, "type")], [kinds.index(k) for k in _COMPILED])
    return int(nodes[~is_compiled, _column(heap, "self_size")].sum())


def n_texts(page: Page, beginning: str) -> int:
    """Count the texts that begin so and that something in the page still knows."""
    return sum(name.startswith(beginning) for name in _names(page, "string"))


def n_objects(page: Page, kind: str) -> int:
    """Count the objects of a class that something in the page still knows."""
    return _names(page, "object").count(kind)


def _names(page: Page, kind: str) -> list[str]:
    """Return what a snapshot of the heap calls the nodes of a kind: a text itself, a class."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    heap, kinds, nodes = _heap(session)
    session.detach()
    is_wanted = nodes[:, _column(heap, "type")] == kinds.index(kind)
    return [heap["strings"][name] for name in nodes[is_wanted, _column(heap, "name")].tolist()]


def _heap(session: CDPSession) -> tuple[dict[str, Any], list[str], np.ndarray]:
    """Return a snapshot of the heap, the kinds of its nodes, and a row of numbers for each."""
    chunks: list[str] = []
    session.on("HeapProfiler.addHeapSnapshotChunk", lambda event: chunks.append(event["chunk"]))
    session.send("HeapProfiler.takeHeapSnapshot", {"reportProgress": False})
    heap = json.loads("".join(chunks))
    meta = heap["snapshot"]["meta"]
    nodes = np.array(heap["nodes"]).reshape(-1, len(meta["node_fields"]))
    return heap, meta["node_types"][_column(heap, "type")], nodes


def _column(heap: dict[str, Any], field: str) -> int:
    return heap["snapshot"]["meta"]["node_fields"].index(field)


_COMPILED = ("code", "object shape")


def renderer() -> psutil.Process:
    """Return the process of the page: the largest of the browser's that this process started."""
    found = [
        child
        for child in psutil.Process().children(recursive=True)
        if "--type=renderer" in " ".join(child.cmdline())
    ]
    return max(found, key=lambda process: process.memory_info().rss)
