"""Networks that reach into one another while they run: nothing waits for ever."""

from __future__ import annotations

import threading
import time
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


# -- callbacks that reach into another network ------------------------------------------


def reach(from_: ann.Population, into: ann.Population) -> Callable[[int], None]:
    """Return a callback that sets one network from another, a little later than others look."""

    def callback(n: int) -> None:
        time.sleep(3e-4)
        into.B = from_.r[0]

    return callback


def couple(made: list[tuple[ann.Network, ann.Population]]) -> None:
    """Let each network set the next one every ms."""
    for (net, cells), (_, following) in zip(made, [*made[1:], made[0]], strict=True):
        ann.every(network=net, period=1.0)(reach(cells, following))


@pytest.mark.parametrize("n_networks", [2, 3])
def test_networks_that_set_one_another_run_to_their_ends(n_networks: int) -> None:
    made = [network() for _ in range(n_networks)]
    couple(made)
    for net, _ in made:
        net.start(duration=100.0)
    assert all_end([net.wait for net, _ in made])
    assert [net.time for net, _ in made] == [100.0] * n_networks


def test_a_network_that_is_simulated_and_one_in_the_background_set_one_another(
    pair: list[tuple[ann.Network, ann.Population]],
) -> None:
    couple(pair)
    (first, cells), (second, _) = pair
    second.start()
    assert all_end([lambda: first.simulate(100.0), lambda: [cells.r for _ in range(50)]])
    assert first.time == 100.0


def test_networks_that_set_one_another_are_looked_at_saved_and_stopped(
    pair: list[tuple[ann.Network, ann.Population]], tmp_path: Path
) -> None:
    watches = [net.monitor(cells, "r", period=10.0) for net, cells in pair]
    couple(pair)
    for net, _ in pair:
        net.start()

    def save() -> None:
        for _ in range(5):
            ann.MonitorList(watches).save_all(str(tmp_path / "all.hdf5"))

    assert all_end([save, *(lambda cells=cells: [cells.r for _ in range(50)] for _, cells in pair)])
    assert all_end([net.stop for net, _ in pair])
