"""What views and sliders do when the model that they show is exchanged."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import pytest
from conftest import Clock, Page, eventually

from annlab import Network, Neuron, Population, Synapse
from annlab.errors import AnnlabWarning, StateError
from annlab.widgets import LiveFigure, activity, phase_plane, raster, sliders, trace
from annlab.widgets.channel import pump_of

Other = Neuron(
    "period = 5.0\ntau = 10.0 : population", "v = v + 0.5", spike="v > period", reset="v = 0.0"
)


def test_a_slider_of_what_is_gone_says_so_and_the_others_go_on(network: Network) -> None:
    cells = network.get_population("clock")
    panel = sliders(cells, "drive", "tau")
    cells.neuron = Other
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        panel._receive(panel, {"set": "drive", "value": 1.5}, [])
    assert panel.message == "population 'clock' has no attribute 'drive'"
    assert not hasattr(cells, "drive")
    panel["tau"].value = 12.0
    assert cells.tau == pytest.approx(panel["tau"].value)


def test_the_slider_of_what_is_gone_rests_until_it_is_there_again(network: Network) -> None:
    """It could still be moved, and moved nothing."""
    cells = network.get_population("clock")

    panel = sliders(cells, "drive", "tau")
    panel["drive"].value = 1.5
    cells.neuron = Other
    assert eventually(lambda: "lost" in panel.rows[0])
    assert panel.rows[0]["lost"] == "no longer part of the model"
    assert "lost" not in panel.rows[1]
    panel.reset()
    cells.neuron = Clock
    assert eventually(lambda: "lost" not in panel.rows[0])
    assert panel["drive"].value == cells.drive[0]
    panel["drive"].value = 2.5
    assert cells.drive[0] == 2.5
    panel.close()


def test_the_slider_of_synapses_that_have_it_no_longer_rests() -> None:
    net = Network(backend="reference")
    cells = net.create(3, Other, name="cells")
    loop = net.connect(cells, cells, "exc", Synapse("gain = 2.0", psp="w * gain"), name="loop")
    loop.all_to_all(1.0)
    net.compile()
    panel = sliders(loop, "gain", "w")
    loop.synapse = Synapse(psp="w")
    assert eventually(lambda: "lost" in panel.rows[0])
    assert "lost" not in panel.rows[1]
    panel.close()


def test_views_of_what_stays_go_on_while_the_network_runs(network: Network, page: Page) -> None:
    cells = network.get_population("clock")
    dots, gone, kept = raster(cells), trace(cells, "w", ranks=[0]), trace(cells, "v", ranks=[0])
    for view in (dots, gone, kept):
        page.show(view.view_id)
    network.start()
    assert eventually(lambda: any(kept.view_id in frame["views"] for frame in page.frames))
    with pytest.warns(AnnlabWarning, match=r"1 live view\(s\) of what is gone stand still"):
        cells.neuron = Other
    page.frames.clear()
    assert eventually(lambda: len(page.frames) > 1)  # with what was on its way
    page.frames.clear()
    assert eventually(lambda: sum(kept.view_id in frame["views"] for frame in page.frames) > 2)
    assert any(dots.view_id in frame["views"] for frame in page.frames)
    assert not any(gone.view_id in frame["views"] for frame in page.frames)
    network.stop()


def test_a_view_of_what_is_gone_says_so_and_goes_on_when_it_is_back(
    network: Network, page: Page
) -> None:
    cells = network.get_population("clock")
    before = cells.neuron_type
    view = trace(cells, "w", ranks=[0])
    page.show(view.view_id)
    network.start(speed=1.0)
    with pytest.warns(AnnlabWarning, match="stand still"):
        cells.neuron = Other
    assert eventually(lambda: view.view_id in page.frames[-1]["status"].get("failed", {}))
    what, rest = page.frames[-1]["status"]["failed"][view.view_id]
    assert what == "StateError: what this view shows is no longer part of the model"
    assert "make another view" in rest
    with pytest.raises(StateError, match="no longer part of the model"):
        view.data()
    cells.neuron = before
    page.frames.clear()
    assert eventually(lambda: any(view.view_id in frame["views"] for frame in page.frames))
    assert "failed" not in page.frames[-1]["status"]
    assert len(view.data().values)
    network.stop()


# What is copied out of the network fails there, and the phase plane in the equations of the page.
Planar = Neuron(
    equations="dv/dt = 1.0 - v - u : init = 0.1\ndu/dt = 0.1 * v - u",
    spike="v > 5.0",
    reset="v = 0.0",
)
Linear = Neuron(equations="dv/dt = 1.0 - v", spike="v > 5.0", reset="v = 0.0")
Turned = Neuron(
    equations="dv/dt = u\ndu/dt = -v : init = 0.1", spike="v > 5.0", reset="v = 0.0"
)  # fmt: skip


@pytest.mark.parametrize("make", [phase_plane, lambda cells: activity(cells, "u")])
def test_a_view_that_cannot_go_on_takes_no_other_with_it(
    make: Callable[[Population], LiveFigure], monkeypatch: pytest.MonkeyPatch
) -> None:
    net = Network(dt=1.0, seed=1, backend="reference")
    cells = net.create(4, Planar)
    net.compile()
    page = Page(pump_of(net), monkeypatch)
    dots, other = raster(cells), make(cells)
    for view in (dots, other):
        page.show(view.view_id)
    net.start(speed=1.0)
    assert eventually(lambda: any(other.view_id in frame["views"] for frame in page.frames))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cells.neuron = Linear
    assert eventually(lambda: [*page.frames[-1]["status"].get("failed", {})] == [other.view_id])
    n_frames = page.pump.n_frames
    assert eventually(lambda: page.pump.n_frames > n_frames + 10)  # at the usual pace
    cells.neuron = Planar
    page.frames.clear()
    assert eventually(lambda: any(other.view_id in frame["views"] for frame in page.frames))
    net.stop()
    dots.close()
    other.close()


def test_a_phase_plane_follows_the_equations() -> None:
    net = Network(dt=0.1, seed=1, backend="reference")
    cells = net.create(1, Planar)
    net.compile()
    plane = phase_plane(cells, x_limits=(-1.0, 1.0), y_limits=(-1.0, 1.0))
    cells.neuron = Turned  # dv/dt = 0 lies where u is 0
    (line,) = plane.data().nullclines[0]
    assert line[:, 1] == pytest.approx(0.0, abs=1e-9)
    plane.close()
