"""Free the networks that nobody knows any more before the next one is built or runs.

Python's collector counts objects, not bytes. A network that a cell or a loop has replaced is a few
hundred objects that know each other, however large its synapses are; with nothing else to collect
dozens of them would wait. So bytes are counted here: what a variable still names while the next
network is built (``net = build()``) goes with the one after that.
"""

from __future__ import annotations

import gc
import threading
import weakref
from typing import TYPE_CHECKING

from annlab.network import context
from annlab.runtime.worker import RunState

if TYPE_CHECKING:
    from annlab.network.network import Network

# Less is left to Python.
FEW_BYTES = 64_000_000
_IN_BACKGROUND = (RunState.RUNNING, RunState.PAUSED)


class Burden:
    """The networks that there are, known or forgotten, and their bytes.

    The collector is called when half as many have come as it left behind the last time, and
    `FEW_BYTES`.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bytes: weakref.WeakKeyDictionary[Network, int] = weakref.WeakKeyDictionary()
        self._last: weakref.ref[Network] | None = None
        self._left = 0  # bytes after the last collection

    @property
    def n_bytes(self) -> int:
        """Bytes of all networks, as they were when the next was built."""
        last = None if self._last is None else self._last()
        if last is not None:
            self.add(last)  # with all that it has recorded since
        with self._lock:
            return sum(self._bytes.values())

    def relieve(self) -> None:
        """Collect what is forgotten, if it may be much. A disabled collector is left alone."""
        n_bytes = self.n_bytes
        self._left = min(self._left, n_bytes)  # some went by themselves
        if gc.isenabled() and n_bytes > self._left + max(FEW_BYTES, self._left // 2):
            gc.collect()
            self._left = self.n_bytes

    def add(self, network: Network) -> None:
        """Count a network that has been built."""
        n_bytes = network.size_in_bytes()
        with self._lock:
            self._bytes[network] = n_bytes
            self._last = weakref.ref(network)


BURDEN = Burden()


def end_forgotten_runs() -> None:
    """End the background runs of networks that nobody knows any more.

    A run ends when its network is collected, and Python may take minutes to come to that: a cell
    that starts a network would, run again, start the next beside it. A tenth of a second, and only
    where something runs. A disabled collector is left alone.
    """
    if gc.isenabled() and any(n.run_state in _IN_BACKGROUND for n in context.networks()):
        gc.collect()
