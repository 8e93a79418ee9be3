"""Live views on a running network, without a browser."""

from __future__ import annotations

import gc
import re
import threading
import weakref
from collections.abc import Iterator
from types import SimpleNamespace

import IPython.display
import ipywidgets
import numpy as np
import pytest
from anywidget import AnyWidget
from bokeh.models import HoverTool, Scatter
from conftest import Page, eventually, pump_threads
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

import annlab
from annlab import STDP, Izhikevich, Network, PoissonPopulation
from annlab.errors import (
    ArgumentError,
    ArgumentTypeError,
    StateError,
    UnknownAttributeError,
    UnknownObjectError,
)
from annlab.runtime.tap import SpikeTap
from annlab.widgets import (
    Raster,
    Trace,
    activity,
    boxes,
    cells,
    controls,
    raster,
    rate,
    sliders,
    trace,
)
from annlab.widgets.channel import pump_of

PNG = b"\x89PNG"


def rows_of(page: Page, view_id: str) -> list[int]:
    """Return the rows of all spikes that a page got for one view."""
    rows: list[int] = []
    for content, buffers in zip(page.frames, page.buffers):
        part = content["views"].get(view_id)
        if part:
            if part["fresh"]:
                rows.clear()
            rows += np.frombuffer(buffers[part["buffers"][0] + 1], np.uint16).tolist()
    return rows


def test_a_raster_of_a_network_shows_its_spiking_populations(network: Network) -> None:
    view = raster(network)
    assert [g["name"] for g in view.groups] == ["clock"]


def test_a_raster_gives_each_group_its_rows_and_its_colour(network: Network) -> None:
    clock = network.get_population("clock")
    view = raster([clock[:4], clock[7:]], names=["first", "last"])
    assert [(g["first_row"], g["n_rows"]) for g in view.groups] == [(0, 4), (4, 3)]
    assert len({g["colour"] for g in view.groups}) == 2
    assert "first (4 neurons), last (3 neurons)" in view.description


def test_the_rows_of_a_raster_are_called_by_the_ranks_of_their_neurons(network: Network) -> None:
    clock = network.get_population("clock")
    data = raster([clock[[1, 4, 9]], clock[7:]]).data()
    assert [data.rank(row) for row in range(-1, 7)] == ["", "1", "4", "9", "7", "8", "9", ""]


def test_the_axis_of_a_raster_has_no_ticks_beside_its_neurons(network: Network) -> None:
    """A single neuron had ticks at -1, -0.5, 0.5 and 1."""
    plot = raster(network.get_population("clock")[3:5]).to_figure()
    low, high = plot.yaxis[0].bounds
    assert -1 < low < 0 < 1 < high < 2
    assert plot.yaxis[0].ticker.args["groups"] == plot.yaxis[0].formatter.args["groups"]
    assert plot.ygrid[0].bounds == (low, high)
    (group,) = plot.yaxis[0].formatter.args["groups"]
    assert group == {"first": 0, "n": 2, "ranks": 3}


def test_a_raster_without_a_browser_has_the_spikes_of_its_window(network: Network) -> None:
    view = raster(network, window_ms=10.0)
    network.simulate(20.0)
    data = view.data()
    assert sorted(set(data.times_ms.tolist())) == [14.0, 19.0]
    assert (data.start_ms, data.stop_ms) == (10.0, 20.0)
    assert sorted(set(data.rows.tolist())) == list(range(10))


def test_a_raster_of_views_shows_only_their_neurons(network: Network) -> None:
    clock = network.get_population("clock")
    view = raster([clock[8:], clock[:2]])
    network.simulate(5.0)
    assert view.data().rows.tolist() == [2, 3, 0, 1]


def test_all_views_of_a_population_read_one_copy_of_its_spikes(network: Network) -> None:
    clock = network.get_population("clock")
    views = [raster(clock), rate(clock), activity(clock), controls(network)]
    assert network._state is not None
    assert len(network._state.taps) == 1
    views.pop(0).close()
    network.simulate(10.0)
    later = raster(clock)
    assert len(later.data().rows) == 20  # of the time before it, too
    dash = network.dashboard()
    spikes = [tap for tap in network._state.taps if isinstance(tap, SpikeTap)]
    assert len(spikes) == 1
    for view in (dash, later, *views):
        view.close()
    assert network._state.taps == []


def test_a_page_gets_every_spike_of_a_running_network(network: Network, page: Page) -> None:
    view = raster(network)
    page.show(view.view_id)
    network.start(duration=400.0, speed=1.0)
    network.wait()
    assert eventually(lambda: len(rows_of(page, view.view_id)) == 800)
    assert page.frames[-1]["status"]["time_ms"] <= 400.0


def test_a_network_that_runs_faster_than_its_pictures_sends_the_last_window_only(
    network: Network, page: Page
) -> None:
    view = raster(network, window_ms=50.0)
    network.simulate(2000.0)
    page.show(view.view_id)
    assert eventually(lambda: bool(page.frames))
    assert len(rows_of(page, view.view_id)) == 100


def test_a_reset_clears_the_picture(network: Network, page: Page) -> None:
    view = raster(network)
    network.simulate(50.0)
    page.show(view.view_id)
    assert eventually(lambda: len(rows_of(page, view.view_id)) == 100)
    network.reset()
    network.simulate(10.0)
    assert eventually(lambda: len(rows_of(page, view.view_id)) == 20)
    assert len(view.data().rows) == 20


def test_a_trace_follows_its_neurons(network: Network) -> None:
    view = trace(network.get_population("clock"), "v", ranks=[0, 5], window_ms=4.0)
    network.simulate(9.0)
    data = view.data()
    assert data.values.tolist() == [[1, 1], [2, 2], [3, 3], [4, 4]]
    assert data.times_ms.tolist() == [6.0, 7.0, 8.0, 9.0]
    assert data.names == ("clock[0]", "clock[5]")


def test_a_trace_of_a_view_counts_ranks_within_it(network: Network) -> None:
    clock = network.get_population("clock")
    clock[7:].drive = 2.0
    view = trace(clock[7:], "v", ranks=[0])
    network.simulate(1.0)
    assert view.data().values.tolist() == [[2.0]]


def test_a_trace_of_a_value_that_all_share_is_one_line(network: Network) -> None:
    view = trace(network.get_population("clock"), "tau", ranks=[0, 1])
    network.simulate(2.0)
    assert view.data().values.tolist() == [[10.0], [10.0]]


def test_a_trace_sends_values_in_the_order_of_time(network: Network, page: Page) -> None:
    view = trace(network.get_population("rate"), "r", ranks=[0, 1])
    network.simulate(5.0)
    page.show(view.view_id)
    assert eventually(lambda: bool(page.frames))
    part = page.frames[0]["views"][view.view_id]
    ages, values = page.buffers[0]
    assert (part["last"] - np.frombuffer(ages, np.uint32)).tolist() == [0, 1, 2, 3, 4]
    assert np.frombuffer(values, np.float32).tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


@pytest.mark.parametrize(
    "make",
    [lambda net: raster(net), lambda net: trace(net.get_population("clock"), "v")],
    ids=["raster", "trace"],
)
def test_a_snapshot_is_a_png_that_survives(make, network: Network, tmp_path) -> None:
    view = make(network)
    network.simulate(20.0)
    picture = view.snapshot()
    bundle = picture._repr_mimebundle_()
    assert bundle["image/png"].startswith(PNG)
    assert "t = 1000 ms" in bundle["text/plain"]
    picture.save(tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes() == picture.png


def test_a_raster_becomes_a_bokeh_figure_with_hover_and_tools(network: Network) -> None:
    view = raster(network, title="seen", window_ms=20.0)
    network.simulate(20.0)
    plot = view.to_figure()
    assert plot.title.text == "seen"
    assert isinstance(plot.renderers[0].glyph, Scatter)
    assert len(plot.renderers[0].data_source.data["t"]) == 40
    assert plot.select(HoverTool)
    assert (plot.x_range.start, plot.x_range.end) == (0.0, 20.0)


def test_a_trace_becomes_a_bokeh_figure_with_a_legend(network: Network) -> None:
    view = trace(network.get_population("clock"), "v", ranks=[0, 1], window_ms=10.0)
    network.simulate(20.0)
    plot = view.to_figure()
    assert [item.label.value for item in plot.legend.items] == ["clock[0]", "clock[1]"]
    assert plot.yaxis.axis_label == "v"


def test_a_page_that_asks_for_bokehjs_gets_it_from_the_kernel(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = pump_of(network)._channel
    sent = []
    monkeypatch.setattr(AnyWidget, "send", lambda _self, *message: sent.append(message))
    channel._receive(channel, {"ask": "bokehjs"}, [])
    ((content, (script,)),) = sent
    assert content == {"answer": "bokehjs"}
    assert b"Bokeh" in bytes(script[:4000])


def test_closing_a_view_leaves_no_tap_and_no_thread(network: Network, page: Page) -> None:
    view = raster(network)
    page.show(view.view_id)
    assert eventually(lambda: pump_threads() == 1)
    view.close()
    assert network._state.taps == []
    assert eventually(lambda: pump_threads() == 0)
    assert view.comm is None


def test_closing_a_view_twice_is_harmless(network: Network) -> None:
    view = raster(network)
    view.close()
    view.close()
    assert view.comm is None


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[dict]:
    """What is displayed from now on."""
    bundles: list[dict] = []
    monkeypatch.setattr("annlab.widgets.page.display", lambda data, **_: bundles.append(data))
    return bundles


@pytest.mark.parametrize("make", [raster, controls, lambda net: sliders(net.get_populations()[0])])
def test_a_saved_notebook_has_the_code_of_a_view_that_was_shown(
    network: Network, shown: list[dict], make
) -> None:
    view = make(network)
    view._ipython_display_()
    alive, saved = shown
    assert "application/vnd.jupyter.widget-view+json" in alive
    assert f'data-annlab-saved="{view.saved_id}"' in saved["text/html"]
    imported, called = saved["text/plain"].splitlines()
    assert called == view.code()
    assert imported == f"from annlab.widgets import {called.split('(')[0]}"
    before = view.saved_id
    view._ipython_display_()
    assert view.saved_id == before  # it is one view, in two places
    view.close()


@pytest.fixture
def notebook() -> Iterator[InteractiveShell]:
    """IPython, with annlab's views imported there."""
    shell = InteractiveShell.instance()
    boxes.keep_boxes()
    yield shell
    InteractiveShell.clear_instance()


def test_a_saved_notebook_has_the_code_of_views_in_boxes(
    network: Network, notebook: InteractiveShell
) -> None:
    """Of two pictures side by side nothing was left but a line of red."""
    inner = ipywidgets.HBox([raster(network), ipywidgets.Label("between"), rate(network)])
    with capture_output() as captured:
        IPython.display.display(ipywidgets.VBox([controls(network), inner]))
    alive, saved = [output.data for output in captured.outputs]
    assert "application/vnd.jupyter.widget-view+json" in alive
    codes = saved["text/plain"].split("\n\n")
    assert [code.splitlines()[1].split("(")[0] for code in codes] == ["controls", "raster", "rate"]
    names = re.findall('data-annlab-saved="([0-9a-f]+)"', saved["text/html"])
    assert names == re.findall("<!--annlab-saved ([0-9a-f]+)--><div", saved["text/html"])
    assert len(set(names)) == 3


def arrangement(box: ipywidgets.Box) -> str:
    """Return what is saved of a box: "v" for a view, and the styles around them."""
    with capture_output() as captured:
        boxes.show_box(box)
    html = captured.outputs[1].data["text/html"]
    short = re.sub("<!--annlab-saved.*?<!--/annlab-saved-->", "v", html, flags=re.DOTALL)
    return short.replace('<div style="flex: 1 1 0; min-width: 0">v</div>', "[v]")


ROW = '<div style="display: flex; gap: 8px">'
GRID = '<div style="display: grid; gap: 8px; grid-template-columns: 1fr 2fr">'


@pytest.mark.parametrize(
    ("arrange", "saved"),
    [
        (lambda a, b: ipywidgets.HBox([a, b]), f"{ROW}[v][v]</div>"),
        (lambda a, b: ipywidgets.Box([a, b]), f"{ROW}[v][v]</div>"),
        (lambda a, b: ipywidgets.VBox([a, b]), "vv"),
        (lambda a, b: ipywidgets.Tab([a, b]), "vv"),
        (lambda a, b: ipywidgets.Box([a, b], layout={"flex_flow": "column"}), "vv"),
        (
            lambda a, b: ipywidgets.GridBox([a, b], layout={"grid_template_columns": "1fr 2fr"}),
            f"{GRID}[v][v]</div>",
        ),
        (lambda a, b: ipywidgets.HBox([a, ipywidgets.Label("alone"), a]), "v"),
        (
            lambda a, b: ipywidgets.HBox([a, ipywidgets.VBox([b, ipywidgets.HBox([b, a])])]),
            f"{ROW}[v][v]</div>",
        ),
    ],
)
def test_what_is_saved_of_a_box_is_arranged_as_it_was(
    network: Network, notebook: InteractiveShell, arrange, saved: str
) -> None:
    """Of two pictures side by side one was saved below the other."""
    first, second = raster(network), rate(network)
    assert arrangement(arrange(first, second)) == saved
    first.close()
    second.close()


def test_a_style_of_a_box_cannot_leave_its_place(
    network: Network, notebook: InteractiveShell
) -> None:
    columns = {"grid_template_columns": '1fr"><script>'}
    views = [raster(network), rate(network)]
    assert "<script>" not in arrangement(ipywidgets.GridBox(views, layout=columns))


def test_a_box_without_views_is_shown_as_ever(notebook: InteractiveShell) -> None:
    with capture_output() as captured:
        IPython.display.display(ipywidgets.HBox([ipywidgets.Label("alone")]))
    [output] = captured.outputs
    assert "application/vnd.jupyter.widget-view+json" in output.data


def test_nothing_is_saved_of_a_view_that_was_closed(network: Network, shown: list[dict]) -> None:
    view = raster(network)
    view.close()
    view._ipython_display_()
    assert len(shown) == 1
    assert shown[0]["text/plain"].startswith("<closed live raster")


def test_the_rings_of_a_raster_hold_its_window() -> None:
    """At full speed there is more than a window between two pictures: its beginning was missing."""
    net = annlab.Network(dt=1.0, seed=1)
    noise = net.create(PoissonPopulation(4000, rates=40.0))
    net.compile()
    view = raster(noise, window_ms=1000.0)
    net.simulate(3000.0)
    times = view.data().times_ms
    assert len(times) == pytest.approx(160_000, rel=0.02)
    assert times.min() == 2000.0
    view.close()


def test_one_thread_feeds_all_views_of_a_network(network: Network, page: Page) -> None:
    first, second = raster(network), trace(network.get_population("clock"), "v")
    page.show(first.view_id)
    page.show(second.view_id)
    assert eventually(lambda: pump_threads() == 1)


def test_running_a_cell_again_closes_what_it_opened(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ["run 1"]
    monkeypatch.setattr(cells, "_current_cell", lambda: ("cell", run[0]))
    first, second = raster(network), raster(network)
    run[0] = "run 2"
    third = raster(network)
    assert (first.comm, second.comm) == (None, None)
    assert third.comm is not None
    assert len(network._state.taps) == 1


def test_a_cell_that_runs_again_ends_the_run_of_the_network_that_it_replaces(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from conftest import Clock

    run = ["run 1"]
    monkeypatch.setattr(cells, "_current_cell", lambda: ("cell", run[0]))

    def cell() -> Network:
        net = Network()
        net.create(1, Clock, name="clock")
        net.compile()
        raster(net)
        return net

    net = cell()
    net.start()  # by the button, say
    old = weakref.ref(net._state)
    del net
    run[0] = "run 2"
    cell()
    assert old() is None


def test_the_view_of_a_cell_that_ran_again_is_fed(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ["run 1"]
    monkeypatch.setattr(cells, "_current_cell", lambda: ("cell", run[0]))
    raster(network)
    run[0] = "run 2"
    view = raster(network)
    page = Page(pump_of(network), monkeypatch)
    assert view.pump_id == pump_of(network).id
    network.simulate(10.0)
    page.show(view.view_id)
    assert eventually(lambda: len(rows_of(page, view.view_id)) == 20)


def test_a_notebook_cell_is_known_by_its_number_and_its_run(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = {"header": {"msg_id": "one"}, "metadata": {"cellId": "a"}, "content": {"code": "x"}}
    shell = SimpleNamespace(kernel=SimpleNamespace(get_parent=lambda: parent))
    monkeypatch.setattr(cells, "get_ipython", lambda: shell)
    first = raster(network)
    parent["metadata"] = {"cellId": "b"}
    elsewhere = raster(network)
    parent["metadata"] = {"cellId": "a"}
    parent["header"] = {"msg_id": "two"}
    raster(network)
    assert first.comm is None
    assert elsewhere.comm is not None


def test_fifty_runs_of_a_cell_leave_one_view(
    network: Network, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ["first"]
    monkeypatch.setattr(cells, "_current_cell", lambda: ("cell", run[0]))
    for k in range(50):
        run[0] = f"run {k}"
        raster(network)
    assert len(network._state.taps) == 1
    assert eventually(lambda: pump_threads() == 0)


def test_a_view_keeps_no_network_alive() -> None:
    from conftest import Clock

    net = Network(dt=1.0, seed=1, backend="reference")
    net.create(10, Clock)
    net.compile()
    view = raster(net)
    seen = weakref.ref(net)
    del net
    gc.collect()
    assert seen() is None
    view.close()


def test_buttons_run_pause_and_stop(network: Network) -> None:
    bar = controls(network, speed=1.0)
    bar.press("run")
    assert network.run_state == "running"
    bar.press("pause")
    assert network.run_state == "paused"
    bar.press("run")
    assert network.run_state == "running"
    bar.press("stop")
    assert network.run_state == "idle"


def test_the_reset_button_sets_the_clock_back(network: Network) -> None:
    network.simulate(10.0)
    controls(network).press("reset")
    assert network.time == 0.0


def test_a_button_that_cannot_be_pressed_says_so_in_the_bar(network: Network) -> None:
    bar = controls(network)
    bar._receive(bar, {"do": "pause"}, [])
    assert "does not run in the background" in bar.status["refused"]


def test_a_button_that_meets_the_error_of_the_run_says_it_in_the_bar(network: Network) -> None:
    bar = controls(network)
    annlab.every(network=network, period=1.0)(lambda n: 1 / 0)
    network.start()
    assert eventually(lambda: not network.running)
    bar._receive(bar, {"do": "run"}, [])
    assert bar.status["refused"] == "division by zero"


def test_an_error_of_the_run_is_told_in_full(
    network: Network, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = raster(network)
    page.show(view.view_id)
    network.config(check_nan=True)
    network.get_population("clock").live("v")[:] = np.nan
    network.start()
    assert eventually(lambda: page.frames and page.frames[-1]["status"]["state"] == "failed")
    status = page.frames[-1]["status"]
    assert status["error"].startswith("SimulationError: NaN in 'v' of population 'clock', neuron 0")
    assert "a smaller dt, bounds (min=, max=)" in status["detail"]
    assert status["detail"].endswith(
        f"in the background run of network {network.id}, before step {network._state.step}"
    )
    with pytest.raises(annlab.errors.SimulationError):
        network.step()
    assert eventually(lambda: page.frames[-1]["status"]["error"] is None)


def test_a_failed_run_is_shown_in_every_frame(
    network: Network, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = raster(network)
    page.show(view.view_id)

    def fail(step: int) -> None:
        raise RuntimeError("the tap broke")

    monkeypatch.setattr(network._state.taps[0], "write", fail)
    network.start()
    assert eventually(lambda: page.frames and page.frames[-1]["status"]["state"] == "failed")
    assert page.frames[-1]["status"]["error"] == "RuntimeError: the tap broke"
    assert page.frames[-1]["status"]["detail"].startswith("in the background run of network")
    with pytest.raises(RuntimeError, match="the tap broke"):
        network.wait()


REFUSED = [
    (lambda net: raster(net, window_ms=0), ArgumentError, "window_ms of raster.. is 0"),
    (lambda net: raster([]), ArgumentError, "was given an empty list"),
    (lambda net: raster("clock"), ArgumentTypeError, "a live view cannot show 'clock'"),
    (
        lambda net: raster(net.get_population("rate")),
        ArgumentError,
        "population 'rate' is rate-coded and has no spikes",
    ),
    (lambda net: raster(net, names=["a", "b"]), ArgumentError, "2 names were given for 1 groups"),
    (
        lambda net: trace(net.get_population("clock"), "vv"),
        UnknownAttributeError,
        "has no variable 'vv'\n.*\n  did you mean 'v'?",
    ),
    (
        lambda net: trace(net.get_population("clock"), ranks=[10]),
        UnknownObjectError,
        "'clock' has no neuron 10\n  its ranks are 0 to 9",
    ),
    (
        lambda net: trace(net.get_population("clock"), ranks=range(17)),
        ArgumentError,
        "a trace shows 1 to 16 neurons",
    ),
    (
        lambda net: trace(net.get_population("clock"), window_ms=-1),
        ArgumentError,
        "window_ms of trace.. is -1",
    ),
    (lambda net: controls(net, speed=0), ArgumentError, "cannot run at 0 times real time"),
    (lambda net: controls(net).press("jump"), ArgumentError, "there is no button 'jump'"),
    (lambda net: controls(3), ArgumentTypeError, "3 belongs to no network"),
]


@pytest.mark.parametrize(("call", "kind", "text"), REFUSED, ids=[r[2][:30] for r in REFUSED])
def test_a_view_says_what_it_cannot_show(call, kind, text, network: Network) -> None:
    with pytest.raises(kind, match=text.replace("?", r"\?")):
        call(network)


def test_a_view_needs_a_compiled_network() -> None:
    from conftest import Clock

    net = Network(dt=1.0, seed=1, backend="reference")
    pop = net.create(10, Clock)
    with pytest.raises(StateError, match="needs a compiled network\n  call net.compile()"):
        raster(pop)


def test_populations_of_two_networks_do_not_share_a_raster(network: Network) -> None:
    from conftest import Clock

    other = Network(dt=1.0, seed=1, backend="reference")
    pop = other.create(10, Clock)
    other.compile()
    with pytest.raises(ArgumentError, match="must belong to one network"):
        raster([network.get_population("clock"), pop])


def test_a_network_without_spikes_has_no_raster() -> None:
    from conftest import Rate

    net = Network(dt=1.0, seed=1, backend="reference")
    net.create(2, Rate)
    net.compile()
    with pytest.raises(ArgumentError, match="no spiking population"):
        raster(net)


def test_views_are_widgets_with_a_short_name(network: Network) -> None:
    assert isinstance(raster(network), Raster)
    assert isinstance(trace(network.get_population("clock"), "v"), Trace)
    assert repr(raster(network)) == "<live raster of clock (10 neurons)>"


def test_the_size_of_plastic_synapses_may_be_asked_while_they_learn() -> None:
    net = Network(dt=1.0, seed=1)
    noise = net.create(PoissonPopulation(50, "noise", rates=200.0))
    cells = net.create(50, Izhikevich, name="cells")
    net.connect(noise, cells, "exc", STDP(), name="learn").all_to_all(weights=0.1)
    net.compile()
    bar = controls(net)
    net.start(duration=3000.0)
    while net.running:
        assert bar._meter.read()["bytes"] > 20_000
    net.wait()


def test_a_bar_counts_spikes_of_simulated_seconds(network: Network) -> None:
    bar = controls(network)
    network.simulate(50.0)
    assert bar._meter.read()["spikes_per_s"] == pytest.approx(2000.0)
    assert bar.meter["has_spikes"]


def test_a_bar_counts_the_spikes_of_runs_after_a_reset_per_time_of_these_runs(
    network: Network,
) -> None:
    """Where the clock came further between two looks than it was, it told twenty times as many."""
    bar = controls(network)
    network.simulate(50.0)
    assert bar._meter.read()["spikes_per_s"] == pytest.approx(2000.0)
    network.reset()
    network.simulate(50.0)
    network.simulate(1.0)
    assert bar._meter.read()["spikes_per_s"] == pytest.approx(2000.0, rel=0.03)
    network.reset()
    assert bar._meter.read()["spikes_per_s"] == 0.0


def test_a_step_advances_by_one(network: Network) -> None:
    bar = controls(network, speed=0.001)
    bar.press("step")
    assert network.current_step == 1
    bar.press("run")
    bar.press("pause")
    before = network.current_step
    bar.press("step")
    assert network.current_step == before + 1
    assert network.run_state == "paused"


def test_the_speed_changes_under_way(network: Network) -> None:
    bar = controls(network, speed=0.001)
    bar.press("run")
    bar._receive(bar, {"speed": 0}, [])
    assert eventually(lambda: network.current_step > 50)
    assert bar.speed == 0.0
    with pytest.raises(ArgumentError, match="cannot run at -1 times"):
        bar.set_speed(-1)


def test_stop_ends_a_run_that_another_thread_waits_for(network: Network) -> None:
    bar = controls(network)
    thread = threading.Thread(target=network.simulate, args=(1e9,))
    thread.start()
    assert eventually(lambda: network.run_state == "blocking")
    bar.press("stop")
    thread.join(3.0)
    assert not thread.is_alive()


def test_stop_ends_a_cell_that_simulates(network: Network) -> None:
    bar = controls(network)
    timer = threading.Timer(0.3, bar.press, ["stop"])
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        network.simulate(1e9)
    timer.join()
    network.simulate(1.0)


def test_axes_say_units_where_they_are_known() -> None:
    import annlab as ann
    from annlab.widgets.source import axis_label

    net = ann.Network(dt=1.0, backend="reference")
    standard = net.create(2, ann.Izhikevich)
    own = net.create(2, ann.Neuron(equations="dv/dt = -v", spike="v > 1.0"))
    assert axis_label(standard, "v") == "v (mV)"
    assert axis_label(standard[:1], "v") == "v (mV)"
    assert axis_label(own, "v") == "v"


@pytest.mark.parametrize("is_compiled_again", [False, True])
def test_views_of_a_network_that_was_cleared_end(
    network: Network, page: Page, is_compiled_again: bool
) -> None:
    """They showed the last moment as if it were the present, and their buttons did nothing."""
    clock = network.get_population("clock")
    dots, bar = raster(clock), controls(network)
    page.show(dots.view_id)
    network.start(speed=1.0)
    assert eventually(lambda: len(page.frames) > 1)
    network.clear()
    if is_compiled_again:
        network.compile()
        network.start(speed=1.0)
    assert eventually(lambda: dots.has_ended and bar.has_ended)
    with pytest.raises(StateError, match="or its network was cleared or deleted\n  run its cell"):
        dots.data()
    with pytest.raises(StateError, match="or its network was cleared or deleted"):
        bar.press("stop")
    assert network.running == is_compiled_again
    network.stop()
    network.compile()
    later = raster(clock)
    network.simulate(5.0)
    assert len(later.data().rows) == 10
    assert not later.has_ended
    later.close()


def test_a_view_that_nobody_sees_ends_when_the_next_is_made(network: Network) -> None:
    dots = raster(network)
    network.clear()
    network.compile()
    later = raster(network)
    assert dots.has_ended
    assert not later.has_ended
    later.close()


def test_a_closed_view_says_that_it_is(network: Network) -> None:
    view = raster(network.get_population("clock"))
    assert repr(view) == "<live raster of clock (10 neurons)>"
    view.close()
    assert repr(view) == "<closed live raster of clock (10 neurons)>"
    dash = network.dashboard(views=[], panels=[])
    dash.close()
    assert repr(dash) == "<closed dashboard>"
