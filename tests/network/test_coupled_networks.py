"""Networks that reach into one another while they run: nothing waits for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import annlab as ann

WAIT = 20.0  # [s] a test that waits longer has failed


def all_end(functions: list[Callable[[], object]]) -> bool:
    """Tell whether all return, each in a thread of its own."""
    threads = [threading.Thread(target=f, daemon=True) for f in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
    return not any(thread.is_alive() for thread in threads)


def network() -> tuple[ann.Network, ann.Population]:
    """A compiled network of one neuron that adds B to r in each step."""
    net = ann.Network(backend="reference", seed=1)
    cells = net.create(1, ann.Neuron("B = 1.0", "r += B"), name="cells")
    net.compile()
    return net, cells


@pytest.fixture
def pair() -> Iterator[list[tuple[ann.Network, ann.Population]]]:
    made = [network(), network()]
    yield made
    end([net for net, _ in made])


def end(networks: list[ann.Network]) -> None:
    """Stop networks that perhaps wait for ever."""
    all_end([net.stop for net in networks])


# -- held together ------------------------------------------------------------------


def test_recordings_of_running_networks_are_saved_in_any_order_of_their_monitors(
    pair: list[tuple[ann.Network, ann.Population]], tmp_path: Path
) -> None:
    watches = [net.monitor(cells, "r", period=10.0) for net, cells in pair]
    for net, _ in pair:
        net.start()

    def save(monitors: list[ann.Monitor], name: str) -> None:
        for _ in range(20):
            ann.MonitorList(monitors).save_all(str(tmp_path / name))

    assert all_end([lambda: save(watches, "a.hdf5"), lambda: save(watches[::-1], "b.hdf5")])
