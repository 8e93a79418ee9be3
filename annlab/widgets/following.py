"""Let sliders follow what code sets: a cell, a callback, `restore`, `reset`.

A notice of the network only marks the knobs that it concerns. A moment later a
thread reads all of them between two steps of the run, at once, and shows what is
new: a loop that sets a parameter a thousand times is not held up, and no page is
flooded. What a knob has set itself is no news to it. A knob whose attribute was
edited away rests until the model has it again.
"""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from annlab.errors import AnnlabError
from annlab.network.network import Network
from annlab.widgets.errands import Soon
from annlab.widgets.held import forgetful
from annlab.widgets.knobs import Knob

log = logging.getLogger(__name__)

# How long [s] after a notice the values are read; what comes meanwhile is read with them.
SOON_S = 0.05
# How long [s] who wants to know at once waits for a thread that reads already.
LONGEST_S = 1.0


class Follower:
    """Keeps `knobs` at what the network has; calls `show` when one has moved."""

    def __init__(self, knobs: Sequence[Knob], show: Callable[[], None]) -> None:
        self._knobs = tuple(knobs)
        self._show = show
        self._lock = threading.Lock()
        self._reading = threading.RLock()
        self._due: list[Knob] = []
        self._soon = Soon(forgetful(self._read_due), SOON_S, "annlab-sliders")
        # Weakly: what a notebook shows keeps no network alive.
        self._networks = weakref.WeakSet(knob.network for knob in knobs)
        for network in self._networks:
            network._notices.subscribe(self._hear)

    def close(self) -> None:
        """Follow no longer."""
        for network in self._networks:
            network._notices.unsubscribe(self._hear)
        with self._lock:
            self._knobs = ()
            self._due.clear()
        self._networks.clear()

    def _hear(self, thing: object, name: str | None) -> None:
        knobs = [knob for knob in self._knobs if knob.is_concerned(thing, name)]
        if knobs:
            self._look_soon(knobs)

    def _look_soon(self, knobs: Sequence[Knob]) -> None:
        with self._lock:
            self._due += [knob for knob in knobs if knob not in self._due]
            if not self._knobs:
                return
        self._soon.ask()

    def catch_up(self) -> None:
        """Read at once what was set and not looked at yet."""
        # Another thread may be at it; but in a callback of the run it waits for us.
        if not self._reading.acquire(timeout=LONGEST_S):
            return
        try:
            self._read_due()
        finally:
            self._reading.release()

    def _read_due(self) -> None:
        with self._reading:
            with self._lock:
                due, self._due = self._due, []
            if due:
                self._read(due)

    def _read(self, due: Sequence[Knob]) -> None:
        try:
            is_news = [self._follow(network, due) for network in tuple(self._networks)]
            if any(is_news):
                self._show()
        except Exception:
            # Nobody waits for this thread.
            log.exception("annlab: sliders could not follow")

    def _follow(self, network: Network, due: Sequence[Knob]) -> bool:
        """Read the knobs of one network in one pause of its run; tell whether one has moved."""
        knobs = [knob for knob in due if not knob.is_gone and knob.network is network]
        moves = [knob.n_moves for knob in knobs]
        worker = network._worker

        def read() -> list[NDArray[np.float64] | None]:
            return [_values(knob) for knob in knobs]

        found = read() if worker is None else worker.peek(read)
        # The hand was faster: what was read is old, and is read again.
        overtaken = [k for k, n in zip(knobs, moves) if k.is_moving or k.n_moves != n]
        if overtaken:
            self._look_soon(overtaken)
        is_news = False
        for knob, values in zip(knobs, found):
            if knob not in overtaken:
                is_news |= knob.lose() if values is None else knob.see(values)
        return is_news


def _values(knob: Knob) -> NDArray[np.float64] | None:
    try:
        return knob.read()
    except AnnlabError:
        return None  # an edited model has it no longer
