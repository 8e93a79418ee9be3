"""A small network for live views, and a page that keeps what it is sent."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from annlab import Network, Neuron
from annlab.widgets.channel import LivePump, pump_of

Clock = Neuron(
    parameters="""
        period = 5.0
        drive = 1.0
        tau = 10.0 : population
    """,
    equations="""
        w = w + 0.0 : init = 2.0, min = 0.0, max = 8.0
        v = v + drive : init = 0.0
    """,
    spike="v >= period",
    reset="v = 0.0",
)
Rate = Neuron(equations="r = r + 1.0 : init = 0.0")


@pytest.fixture
def network() -> Iterator[Network]:
    """Ten neurons that all spike in every fifth step, and three that have a rate."""
    net = Network(dt=1.0, seed=1, backend="reference")
    net.create(10, Clock, name="clock")
    net.create(3, Rate, name="rate")
    net.compile()
    yield net
    net.stop()
    pump_of(net).close()


class Page:
    """What the browser would do: say hello, take frames, answer."""

    def __init__(self, live: LivePump, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pump = live.pump
        self.frames: list[dict] = []
        self.buffers: list[list[bytes]] = []
        monkeypatch.setattr(live._channel, "send", self._take)

    def _take(self, content: dict, buffers: list[memoryview]) -> None:
        self.frames.append(content)
        self.buffers.append([bytes(b) for b in buffers])
        self.pump.receive({"ack": content["frame"]})

    def show(self, view_id: str) -> None:
        self.pump.receive({"hello": view_id, "display": "here"})


@pytest.fixture
def page(network: Network, monkeypatch: pytest.MonkeyPatch) -> Page:
    return Page(pump_of(network), monkeypatch)


def eventually(holds: Callable[[], bool], timeout_s: float = 3.0) -> bool:
    deadline = time.monotonic() + timeout_s
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.005)
    return holds()


def pump_threads() -> int:
    return sum(t.name.startswith("annlab-pump") for t in threading.enumerate())
