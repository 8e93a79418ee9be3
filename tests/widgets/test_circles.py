"""What is closed and dropped is gone at once: nothing waits for Python's collector.

The collector comes for what is old after a quarter as much again as all that is in the process, in
a kernel after tens of megabytes.
"""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import pytest

from annlab import STDP, Izhikevich, Network, PoissonPopulation, Uniform, widgets
from annlab.errors import StateError
from annlab.widgets.figure_parts import swept


class Closable(Protocol):
    def close(self) -> None: ...


def new_network() -> Network:
    net = Network(dt=1.0, seed=1, backend="reference")
    noise = net.create(PoissonPopulation((4, 5), "noise", rates=10.0))
    cells = net.create(20, Izhikevich(noise=5.0), name="cells")
    plastic = net.connect(noise, cells, "exc", STDP(), name="plastic")
    plastic.fixed_probability(0.5, weights=Uniform(0.0, 0.5))
    net.compile()
    return net


@pytest.fixture
def net() -> Iterator[Network]:
    net = new_network()
    yield net
    net.stop()


MAKERS: dict[str, Callable[[Network], Closable]] = {
    "raster": widgets.raster,
    "rate": widgets.rate,
    "trace": lambda net: widgets.trace(net.get_population("cells"), "v"),
    "activity": lambda net: widgets.activity(net.get_population("noise")),
    "weights": lambda net: widgets.weights(net.get_projection("plastic")),
    "weight histogram": lambda net: widgets.weight_histogram(net.get_projection("plastic")),
    "receptive fields": lambda net: widgets.receptive_fields(net.get_projection("plastic")),
    "phase plane": lambda net: widgets.phase_plane(net.get_population("cells"), x="v", y="u"),
    "sliders": lambda net: widgets.sliders(net.get_population("cells")),
    "inputs": widgets.inputs,
    "controls": widgets.controls,
    "dashboard": lambda net: net.dashboard(),
}
ORDERS = ("closed first", "deleted first")
USES: dict[str, Callable[[Network], object]] = {
    "snapshots": lambda net: used(net.dashboard(), lambda dash: dash.snapshot()),
    "presets": lambda net: used(net.dashboard(), lambda dash: dash.save("calm")),
}


def used(dash: widgets.Dashboard, use: Callable[[widgets.Dashboard], object]) -> None:
    use(dash)
    dash.close()


def circles_of(make: Callable[[], object]) -> int:
    """Return how many objects only the collector could free after each `make`."""
    make()  # the first of a kind makes what all share
    before = gc.get_threshold()
    gc.set_threshold(0)  # it does not come by itself
    found = []
    try:
        for _ in range(3):  # threads of earlier tests may leave something meanwhile
            gc.collect()
            make()
            found.append(gc.collect())
    finally:
        gc.set_threshold(*before)
    return min(found)


@pytest.mark.parametrize("name", MAKERS)
def test_a_closed_view_leaves_no_circles(name: str, net: Network) -> None:
    assert circles_of(lambda: MAKERS[name](net).close()) == 0


@pytest.mark.parametrize("name", USES)
def test_still_pictures_leave_no_circles(name: str, net: Network) -> None:
    assert circles_of(lambda: USES[name](net)) == 0


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", MAKERS)
def test_what_a_notebook_keeps_of_a_closed_view_holds_no_network(name: str, order: str) -> None:
    """``Out[3]`` of each run of a cell held all synapses of a network that was replaced since."""
    net = new_network()
    view = MAKERS[name](net)
    net.simulate(5.0)
    held = [weakref.ref(thing) for thing in (net, net._state, net.get_projection("plastic")._state)]
    if order == "closed first":
        view.close()
    del net
    gc.collect()
    assert [ref() for ref in held] == [None] * len(held)
    view.close()


@pytest.mark.parametrize("name", ["raster", "weights", "phase plane", "controls", "dashboard"])
def test_a_view_whose_network_was_deleted_says_so(name: str) -> None:
    net = new_network()
    view: Any = MAKERS[name](net)
    del net
    gc.collect()
    with pytest.raises(StateError, match="or its network was cleared or deleted"):
        view.press("run") if name == "controls" else view.snapshot()
    view.close()


def test_sliders_whose_network_was_deleted_say_so() -> None:
    net = new_network()
    panel, part = (widgets.sliders(net.get_population("cells")[k:], "a") for k in (0, 5))
    del net
    gc.collect()
    assert panel.values == part.values == {"a": 0.02}
    for one in (panel, part):
        with pytest.raises(StateError, match="'cells' is gone"):
            one["a"].value = 1.0
        one._receive(one, {"set": "a", "value": 1.0}, [])
        assert one.message.startswith("'cells' is gone")
        one.close()


def test_the_collector_is_off_only_while_a_figure_is_made() -> None:
    """Two threads at once left it off for ever."""
    both_inside, one_left = threading.Barrier(2), threading.Event()
    seen = []

    @swept()
    def first() -> None:
        both_inside.wait(2.0)

    @swept()
    def second() -> None:
        both_inside.wait(2.0)
        one_left.wait(2.0)
        seen.append(gc.isenabled())

    other = threading.Thread(target=second)
    other.start()
    first()
    one_left.set()
    other.join()
    assert seen == [False]
    assert gc.isenabled()
    gc.disable()
    try:
        swept()(lambda: None)()
        assert not gc.isenabled()  # as the user wants it
    finally:
        gc.enable()
