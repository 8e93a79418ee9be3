"""Views and explanations for tabs of the page."""

from __future__ import annotations

import pytest
from pages import Page

import annlab as ann
from annlab.lab import views

pytest.importorskip("anywidget")


def outline(page: Page, net: ann.Network) -> dict:
    return page.get("outline", network=net.id)


def test_the_outline_says_which_views_there_are(page: Page, net: ann.Network) -> None:
    found = outline(page, net)
    assert found["populations"][0]["views"] == ("raster", "rate", "activity", "trace")
    assert found["projections"][0]["views"] == ("weights", "histogram")


def test_a_rate_coded_population_has_no_raster(page: Page) -> None:
    net = ann.Network(backend="reference")
    net.create(2, ann.LeakyIntegrator)
    assert outline(page, net)["populations"][0]["views"] == ("rate", "activity", "trace")


@pytest.mark.parametrize(
    ("made", "variable"),
    [
        (ann.PoissonPopulation(2, rates=5.0), None),
        (ann.PoissonPopulation(2, rates="5.0 + t"), "rates"),
        (ann.TimedPoissonPopulation(2, [10.0, 50.0], schedule=[0.0, 100.0]), None),
        (ann.HomogeneousCorrelatedSpikeTrains(2, rates=10.0, corr=0.3, tau=10.0), None),
        (ann.SpikeSourceArray([[1.0], [2.0]]), None),
        (ann.InputArray(2), "r"),
    ],
    ids=lambda made: type(made).__name__,
)
def test_no_trace_is_offered_of_what_tells_nothing(made: object, variable: str | None) -> None:
    """The trace of an input that spikes by chance was that of its `r`, which is always 0."""
    population = ann.Network(backend="reference").create(made)
    assert views._traced(population) == variable
    assert ("trace" in views.views_of(population)) is (variable is not None)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("cells", "raster"),
        ("cells", "rate"),
        ("cells", "activity"),
        ("cells", "trace"),
        ("recurrent", "weights"),
        ("recurrent", "histogram"),
    ],
)
def test_a_view_opens_and_closes(page: Page, net: ann.Network, name: str, kind: str) -> None:
    net.compile()
    opened = page.get("open_view", network=net.id, name=name, kind=kind)
    assert opened["title"] == f"{name}: {kind}"
    assert opened["model_id"]
    assert page.get("close_view", view=opened["view"]) is True
    assert page.get("close_view", view=opened["view"]) is False


def test_a_closed_page_leaves_no_tap(page: Page, net: ann.Network) -> None:
    net.compile()
    page.get("watch", is_shown=True)
    assert net._state is not None
    assert len(net._state.taps) == 1  # it counts spikes
    page.get("open_view", network=net.id, name="cells", kind="raster")
    assert len(net._state.taps) == 2
    page.close()
    assert net._state.taps == []


def test_a_page_counts_by_the_ring_that_a_view_reads(page: Page, net: ann.Network) -> None:
    net.compile()
    assert net._state is not None
    page.get("open_view", network=net.id, name="cells", kind="raster")
    page.get("watch", is_shown=True)
    assert len(net._state.taps) == 1
    page.get("watch", is_shown=False)
    assert len(net._state.taps) == 1  # the view stays


def test_a_view_of_a_network_that_is_not_compiled_says_what_to_do(
    page: Page, net: ann.Network
) -> None:
    reply = page.ask("open_view", network=net.id, name="cells", kind="raster")
    assert "compile" in reply["details"]


def test_a_view_that_there_is_not_is_refused(page: Page, net: ann.Network) -> None:
    reply = page.ask("open_view", network=net.id, name="recurrent", kind="raster")
    assert reply["error"] == "there is no live raster of 'recurrent'"
    assert "possible: weights, histogram" in reply["details"]


def test_without_the_widgets_no_view_is_offered(
    page: Page, net: ann.Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "_has_widgets", lambda: False)
    assert outline(page, net)["populations"][0]["views"] == ()
    reply = page.ask("open_view", network=net.id, name="cells", kind="raster")
    assert "pip install anywidget bokeh ipywidgets jupyter_bokeh" in reply["details"]


def test_a_model_is_explained_stage_by_stage(page: Page, net: ann.Network) -> None:
    found = page.get("explain", network=net.id, name="cells")
    stages = {s["stage"]: s for s in found["stages"]}
    assert {"text", "typed", "discretised", "code", "lines"} <= stages.keys()
    assert stages["code"]["language"] == "cpp"
    assert "for (" in stages["code"]["text"]


def test_a_projection_is_explained_too(page: Page, net: ann.Network) -> None:
    found = page.get("explain", network=net.id, name="recurrent")
    assert "storage" in [s["stage"] for s in found["stages"]]
