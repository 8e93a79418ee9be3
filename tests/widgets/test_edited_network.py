"""What views and sliders do when the model that they show is exchanged."""

from __future__ import annotations

import warnings

import pytest
from conftest import Page, eventually

from annlab import Network, Neuron
from annlab.errors import AnnlabWarning
from annlab.widgets import raster, sliders, trace

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
