"""The comm that carries a pump's frames: an invisible widget, one for each network."""

from __future__ import annotations

import threading
import uuid
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import traitlets

from annlab.network.network import Network
from annlab.widgets import assets
from annlab.widgets.hearing import Hearing
from annlab.widgets.held import forgetful
from annlab.widgets.page import PageWidget
from annlab.widgets.pump import Feed, Json, Pump
from annlab.widgets.routing import close_layouts, serve_while_busy
from annlab.widgets.source import LiveNetwork


class PumpChannel(PageWidget):
    """The kernel's end of the comm. `switchboard.js` is the page's end."""

    _files = ("switchboard", "parts", "pump")
    pump_id = traitlets.Unicode().tag(sync=True)

    def __init__(self) -> None:
        super().__init__(pump_id=uuid.uuid4().hex)
        self._pump: Pump | None = None
        self.hearing = Hearing()
        self.on_msg(self._receive)
        serve_while_busy(self)

    def feed(self, pump: Pump) -> None:
        """Let the page's messages go to `pump`."""
        self._pump = pump

    def close(self) -> None:
        """Close the comm; the pump hears nothing any more."""
        super().close()
        self._pump = None

    # The base class names the first argument `content` too.
    def send(self, content: dict[str, Json], buffers: Sequence[memoryview] | None = None) -> None:
        super().send(content, None if buffers is None else list(buffers))

    # ipywidgets hands over untyped messages.
    def _receive(self, _widget: Any, content: Mapping[str, Json], _buffers: Any) -> None:
        self.hearing.note()
        pump = self._pump  # another thread may close it
        if content.get("ask") == "bokehjs":
            self.send({"answer": "bokehjs"}, [memoryview(assets.bokehjs())])
        elif pump is not None:
            pump.receive(content)


class LivePump:
    """The pump of one network, with its channel. Made by `pump_of`."""

    def __init__(self, network: Network) -> None:
        self.source = LiveNetwork(network)
        self._channel = PumpChannel()
        source, hearing = self.source, self._channel.hearing
        self.pump = Pump(
            self._channel,
            status=source.status,
            is_running=lambda: source.is_running,
            is_heard=lambda: hearing.is_open,
            spent_s=source.spent_s,
            on_gone=forgetful(self.close),
            name=f"annlab-pump-{network.id}",
        )
        self._channel.feed(self.pump)
        self.id: str = self._channel.pump_id
        self._views: dict[str, weakref.WeakMethod] = {}  # how each ends with the network
        # A network that is gone takes its pump along. It lets go of a pump that was closed before.
        self._at_the_end = weakref.finalize(network, self.close)
        self._at_the_end.atexit = False

    def attach(self, view_id: str, feed: Feed, end: Callable[[], object]) -> None:
        """Add a view; `end` is a method of it, for when the network is gone."""
        self._views[view_id] = weakref.WeakMethod(end)
        self.pump.attach(view_id, feed)

    def detach(self, view_id: str) -> None:
        """Remove a view; the last one closes the comm."""
        if self._views.pop(view_id, None) is None:
            return  # the network took all of them along
        self.pump.detach(view_id)
        if not self._views:
            self.close()

    def close(self) -> None:
        """Stop the thread and close the comm; views let go of the network, which may be gone."""
        self._at_the_end.detach()
        views = tuple(self._views.values())
        self._views.clear()
        for view in views:
            end = view()
            if end is not None:
                end()
        self.pump.close()
        close_layouts(self._channel)
        self._channel.close()


_lock = threading.RLock()  # views end with their network, and Python's collector may come
_pumps: weakref.WeakKeyDictionary[Network, LivePump] = weakref.WeakKeyDictionary()


def pump_of(network: Network) -> LivePump:
    """Return the one pump of `network`, a new one if the last was closed."""
    with _lock:
        live = _pumps.get(network)
        if live is not None and live.source.worker is None:
            live.close()  # of what the network was before it was cleared
        if live is None or live.pump.is_closed:
            live = LivePump(network)
            _pumps[network] = live
        return live
