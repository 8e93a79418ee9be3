"""The dashboard: suits any network, becomes code, keeps presets, leaves nothing behind."""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Callable

import pytest
from conftest import eventually, pump_threads
from ipywidgets import Box, Label, Tab
from ipywidgets.widgets import widget

import annlab
from annlab import STDP, InputArray, Izhikevich, LeakyIntegrator, Network, PoissonPopulation
from annlab.errors import ArgumentError, StateError, UnknownObjectError
from annlab.widgets import cells as notebook_cells
from annlab.widgets import dashboard, raster, sliders, weight_histogram
from annlab.widgets.channel import pump_of
from annlab.widgets.synapses import Histogram

# The package exports the function of the same name.
dashboard_module = sys.modules["annlab.widgets.dashboard"]


def spiking() -> Network:
    net = Network(dt=1.0, seed=1, backend="reference")
    net.create(5, Izhikevich(noise=5.0), name="cells")
    return net


def rated() -> Network:
    net = Network(dt=1.0, seed=1, backend="reference")
    net.create((3, 4), LeakyIntegrator, name="field")
    net.create(5, LeakyIntegrator, name="line")
    return net


def hybrid() -> Network:
    net = Network(dt=1.0, seed=1, backend="reference")
    net.create(InputArray((2, 2), "image"))
    noise = net.create(PoissonPopulation((3, 3), "noise", rates=50.0))
    cells = net.create((3, 3), Izhikevich, name="cells")
    net.create(4, LeakyIntegrator, name="rates")
    net.connect(noise, cells, "exc", STDP(), name="learn").all_to_all(weights=0.5)
    return net


def silent() -> Network:
    net = Network(dt=1.0, seed=1, backend="reference")
    net.create(InputArray(3, "image"))
    return net


KINDS: dict[Callable[[], Network], list[str]] = {
    spiking: ["Raster", "Rate", "Trace"],
    rated: ["Rate", "Activity", "Trace"],
    hybrid: ["Raster", "Rate", "Trace", "Activity", "Histogram"],
    silent: ["Rate", "Trace"],
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_dashboard_suits_the_network(kind: Callable[[], Network]) -> None:
    net = kind()
    net.compile()
    dash = net.dashboard()
    assert [type(view).__name__ for view in dash.views] == KINDS[kind]
    net.simulate(20.0)
    html = dash.snapshot()._repr_html_()
    assert html.count("data:image/png;base64") == len(KINDS[kind])
    dash.close()


def test_a_histogram_fills_the_line_of_a_map_and_has_its_own_without_one() -> None:
    net = hybrid()
    net.compile()
    dash = net.dashboard()
    shared = next(child for child in dash.children if type(child) is Box)
    assert [type(view).__name__ for view in shared.children] == ["Activity", "Histogram"]
    (histogram,) = (view for view in dash.views if isinstance(view, Histogram))
    assert histogram.layout.flex
    dash.close()
    histogram = weight_histogram(net.get_projections()[-1])
    dash = net.dashboard(views=[histogram])
    assert histogram in dash.children
    dash.close()


@pytest.mark.parametrize("kind", KINDS)
def test_the_code_of_a_dashboard_makes_it_again(kind: Callable[[], Network]) -> None:
    net = kind()
    net.compile()
    dash = net.dashboard()
    for panel in dash.panels.values():
        for name in panel:
            panel[name].value = panel[name].range.high
    names: dict = {"net": net}
    exec(dash.code(), names)  # noqa: S102  # our own text
    again = names["dash"]
    assert again.code().split("speed")[0] == dash.code().split("speed")[0]
    for title, panel in dash.panels.items():
        assert list(again.panels[title]) == list(panel)
    dash.close()
    again.close()


def test_layout_and_sliders_can_be_chosen() -> None:
    net = spiking()
    net.compile()
    cells = net.get_population("cells")
    dash = dashboard(net, views=[raster(cells)], panels=[sliders(cells, "a")], speed=None)
    assert [type(view).__name__ for view in dash.views] == ["Raster"]
    assert "speed=None" in dash.code()
    assert list(dash.panels["cells"]) == ["a"]
    dash.close()


def test_moved_sliders_are_in_the_code() -> None:
    net = spiking()
    net.compile()
    cells = net.get_population("cells")
    cells.a = [0.01, 0.02, 0.03, 0.04, 0.05]
    dash = dashboard(net, panels=[sliders(cells, "a", "b")])
    knob = dash.panels["cells"]["a"]
    knob.set_mode("mean")
    knob.value, knob.spread = 0.1, 0.02
    assert dash.code().splitlines()[-3:] == [
        "dash.panels['cells']['a'].set_mode('mean')",
        "dash.panels['cells']['a'].value = 0.1",
        "dash.panels['cells']['a'].spread = 0.02",
    ]
    dash.close()


def test_a_preset_brings_back_network_and_sliders() -> None:
    net = spiking()
    net.compile()
    cells = net.get_population("cells")
    dash = net.dashboard()
    net.simulate(30.0)
    dash.save("calm")
    v = cells.v.tolist()
    dash.panels["cells"]["noise"].value = 9.0
    net.simulate(30.0)
    dash.restore("calm")
    assert net.time == 30.0
    assert cells.v.tolist() == v
    assert cells.noise.tolist() == [5.0] * 5
    assert dash.panels["cells"]["noise"].value == 5.0
    dash.close()


def test_two_presets_are_compared() -> None:
    net = spiking()
    net.compile()
    dash = net.dashboard()
    dash.save("before")
    dash.panels["cells"]["noise"].value = 9.0
    dash.save("after")
    both = dash.compare("before", "after")
    assert both.differences == {"cells: noise": (5.0, 9.0)}
    assert repr(both).splitlines() == ["before | after", "cells: noise: 5 | 9"]
    assert both._repr_html_().count("data:image/png;base64") == 2 * len(dash.views)
    dash.close()


def test_the_page_hears_why_a_preset_cannot_be_had() -> None:
    net = spiking()
    net.compile()
    dash = net.dashboard()
    dash._tools._receive(dash._tools, {"restore": "calm"}, [])
    assert dash._tools.message == "there is no preset 'calm'"
    with pytest.raises(UnknownObjectError, match="there is no preset 'calm'"):
        dash.compare("calm", "calm")
    with pytest.raises(ArgumentError, match="a preset needs a name"):
        dash.save(" ")
    dash.close()


def test_presets_without_a_name_do_not_replace_one_another() -> None:
    """Two quick clicks did: the page named the second before it had heard of the first."""
    net = spiking()
    net.compile()
    dash = net.dashboard()
    dash.save("preset 2")
    for _ in range(2):
        dash._tools._receive(dash._tools, {"save": ""}, [])
    assert dash._tools.names == ["preset 2", "preset 3", "preset 4"]
    dash.close()


def test_a_closed_dashboard_keeps_its_code_and_nothing_else() -> None:
    """A notebook keeps whatever a cell showed: each run of a cell left 90 kB."""
    net = spiking()
    net.compile()
    dash = net.dashboard()
    dash.save("calm")
    dash.panels["cells"]["noise"].value = 9.0
    code = dash.code()
    parts = [weakref.ref(part) for part in (*dash.views, *dash.panels.values())]
    dash.close()
    gc.collect()
    assert [part() for part in parts] == [None] * len(parts)
    assert dash.code() == code
    for use in (dash.snapshot, dash._ipython_display_, lambda: dash.save("late")):
        with pytest.raises(StateError, match="the dashboard is closed") as caught:
            use()
        assert "run its cell again" in str(caught.value)
    with pytest.raises(UnknownObjectError, match="there is no preset 'calm'"):
        dash.restore("calm")
    dash.close()


def test_a_dashboard_needs_a_compiled_network() -> None:
    with pytest.raises(StateError, match="needs a compiled network"):
        spiking().dashboard()


@pytest.mark.slow
def test_fifty_runs_of_a_cell_leave_one_dashboard(monkeypatch: pytest.MonkeyPatch) -> None:
    net = spiking()
    net.compile()
    run = [""]
    monkeypatch.setattr(notebook_cells, "_current_cell", lambda: ("cell", run[0]))
    counts = []
    gc.collect()
    gc.freeze()  # what other tests left is not looked through fifty times
    for k in range(50):
        run[0] = f"run {k}"
        dash = net.dashboard()
        gc.collect()
        assert net._state is not None
        counts.append((len(widget._instances), len(net._state.taps), pump_threads()))
        alive = weakref.ref(dash)
        del dash
    assert set(counts[1:]) == {counts[0]}
    assert alive() is not None
    assert not pump_of(net).pump.is_closed


def test_a_saved_notebook_has_the_code_and_a_place_for_pictures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    net = hybrid()
    net.compile()
    dash = net.dashboard()
    shown: list[dict] = []
    monkeypatch.setattr(dashboard_module, "display", lambda data, raw: shown.append(data))
    dash._ipython_display_()
    widget_view, saved = shown
    assert "application/vnd.jupyter.widget-view+json" in widget_view
    assert saved["text/plain"] == dash.code()
    assert f'data-annlab-saved="{dash._tools.saved_id}"' in saved["text/html"]
    assert "net.dashboard(" in saved["text/html"]
    dash.close()


def test_the_page_hears_of_the_code_when_something_was_set() -> None:
    """It was told only while the top of the dashboard was in sight: a notebook lost its sliders."""
    net = spiking()
    net.compile()
    dash = net.dashboard()
    assert dash._tools.saved_code == dash.code()
    panel = dash.panels["cells"]
    panel._receive(panel, {"set": "a", "value": 0.05}, [])
    moved = "dash.panels['cells']['a'].value = 0.05"
    assert eventually(lambda: dash._tools.saved_code.endswith(moved))
    net.get_population("cells").a = 0.03
    assert eventually(lambda: dash._tools.saved_code.endswith("['a'].value = 0.03"))
    dash.close()
    net.get_population("cells").a = 0.04  # and nobody minds


def test_presets_and_code_tell_what_code_has_just_set() -> None:
    """They told what the sliders showed, which follow a moment later."""
    net = spiking()
    cells = net.get_population("cells")
    net.compile()
    dash = net.dashboard()
    dash.save("a")
    cells.a = 0.05
    dash.save("b")
    assert repr(dash.compare("a", "b")) == "a | b\ncells: a: 0.02 | 0.05"
    net.start(speed=1.0)
    cells.a = 0.06
    assert dash.code().endswith("dash.panels['cells']['a'].value = 0.06")
    cells.a = 0.07
    assert dash.panels["cells"].values["a"] == 0.07
    net.stop()
    dash.close()


def test_a_callback_may_look_at_sliders() -> None:
    """Whoever reads them already waits for the run, which waits for the callback."""
    net = spiking()
    cells = net.get_population("cells")
    seen = []

    @annlab.every(network=net, period=1.0)
    def look(n: int) -> None:
        cells.a = 0.02 + 0.001 * n
        seen.append(panel.values["a"])

    net.compile()
    panel = sliders(cells, "a")
    net.simulate(5.0)
    assert seen == pytest.approx([0.02 + 0.001 * n for n in range(5)])
    panel.close()


def test_what_has_no_sliders_is_told_of() -> None:
    """Of thirty populations it had those of six, and nothing said so."""
    net = Network(backend="reference")
    cells = [net.create(2, Izhikevich, name=f"cells {k}") for k in range(30)]
    for pre, post in zip(cells, cells[1:4]):
        net.connect(pre, post, "exc").all_to_all(1.0)
    net.compile()
    dash = net.dashboard()
    line = dash.children[-1]
    assert isinstance(line, Label)
    assert line.value == "24 more populations and 3 projections: sliders(pop), sliders(proj)"
    dash.close()
    assert line.comm is None
    few = net.dashboard(panels=[])
    assert not isinstance(few.children[-1], Label)
    few.close()


def test_parameters_that_have_no_sliders_are_told_of() -> None:
    net = Network(backend="reference")
    many = annlab.Neuron(
        parameters="\n".join(f"p{k} = 1.0" for k in range(12)), equations="r = p0", name="Many"
    )
    net.create(2, many, name="cells")
    some = annlab.Neuron(parameters="\n".join(f"p{k} = 1.0" for k in range(9)), equations="r = p0")
    net.create(2, some, name="others")
    net.compile()
    dash = net.dashboard()
    line = dash.children[-1]
    assert isinstance(line, Label)
    assert line.value == (
        "4 more parameters of cells: sliders(pop, 'p8', 'p9', 'p10', ...); "
        "1 more parameter of others: sliders(pop, 'p8')"
    )
    dash.close()


def test_a_long_name_is_cut_in_the_middle_of_its_tab() -> None:
    net = Network(backend="reference")
    for k in range(2):
        net.create(2, Izhikevich, name=f"a population whose name is long, as number {k}")
    net.compile()
    dash = net.dashboard(views=[])
    tabs = dash.children[-1]
    assert isinstance(tabs, Tab)
    assert [title[-2:] for title in tabs.titles] == [" 0", " 1"]
    assert {len(title) for title in tabs.titles} == {36}
    dash.close()
