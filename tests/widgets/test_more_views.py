"""Rates, maps and synapses on a running network, without a browser."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np
import pytest
from bokeh.document import Document
from bokeh.models import HoverTool, SaveTool
from bokeh.plotting import figure
from conftest import Page, eventually

from annlab import STDP, Network, Neuron, Uniform, widgets
from annlab.errors import (
    ArgumentError,
    ArgumentTypeError,
    ShapeError,
    StateError,
    UnknownAttributeError,
    UnknownObjectError,
)
from annlab.widgets import (
    LiveFigure,
    activity,
    raster,
    rate,
    receptive_fields,
    trace,
    weight_histogram,
    weights,
)
from annlab.widgets.channel import pump_of
from annlab.widgets.feed_copies import NOTHING, Scale
from annlab.widgets.field_grid import field_grid
from annlab.widgets.figure_bars import BarsData, bars_figure
from annlab.widgets.figure_parts import TIME, blank, frame_of
from annlab.widgets.source import LiveNetwork

T = TypeVar("T")

Beat = Neuron(
    parameters="period = 10.0\ngain = 2.0 : population",
    equations="v = v + 1.0 : init = 0.0",
    spike="v >= period",
    reset="v = 0.0",
)
Level = Neuron(equations="r = r + 1.0 : init = 0.0")


@pytest.fixture
def net() -> Iterator[Network]:
    """Six neurons (2 x 3) that spike each 10 ms, four rates, weights 0 to 23."""
    net = Network(dt=1.0, seed=1, backend="reference")
    beat = net.create((2, 3), Beat, name="beat")
    level = net.create(4, Level, name="level")
    other = net.create(4, Beat, name="other")
    net.connect(beat, other, "exc", name="all").all_to_all(weights=Uniform(0.5, 1.5))
    net.connect(other, other, "exc", STDP(), name="pairs").one_to_one(weights=0.25)
    net.connect(level, level, "exc", name="ring").one_to_one(weights=1.0)
    net.compile()
    net.get_projection("all").w = np.arange(24.0).reshape(4, 6).tolist()
    yield net
    net.stop()
    pump_of(net).close()


@pytest.fixture
def page(net: Network, monkeypatch: pytest.MonkeyPatch) -> Page:
    return Page(pump_of(net), monkeypatch)


MAKERS: dict[str, Callable[[Network], LiveFigure]] = {
    "raster": lambda net: raster(net.get_population("beat")),
    "trace": lambda net: trace(net.get_population("beat"), "v"),
    "rate": lambda net: rate(net.get_population("beat")),
    "rates": lambda net: rate(net.get_population("level")),
    "spikes": lambda net: activity(net.get_population("beat")),
    "values": lambda net: activity(net.get_population("beat"), "v", limits=(0.0, 10.0)),
    "weights": lambda net: weights(net.get_projection("all")),
    "fields": lambda net: receptive_fields(net.get_projection("all"), ranks=[0, 2]),
    "bars": lambda net: weight_histogram(net.get_projection("all"), n_bars=12),
}


@pytest.mark.parametrize("name", MAKERS)
def test_each_view_leaves_a_still_picture(name: str, net: Network) -> None:
    view = MAKERS[name](net)
    net.simulate(30.0)
    bundle = view.snapshot()._repr_mimebundle_()
    assert bundle["image/png"].startswith(b"\x89PNG")
    assert len(bundle["image/png"]) > 2000


@pytest.mark.parametrize("name", MAKERS)
def test_each_view_becomes_a_figure_with_tools(name: str, net: Network) -> None:
    view = MAKERS[name](net)
    net.simulate(30.0)
    plot = view.to_figure()
    assert plot.select(HoverTool)
    assert plot.select(SaveTool)[0].filename.startswith("annlab-")
    assert " " not in plot.select(SaveTool)[0].filename
    assert plot.renderers


@pytest.mark.parametrize("name", MAKERS)
def test_the_code_of_a_view_makes_the_same_view(name: str, net: Network) -> None:
    view = MAKERS[name](net)
    again = eval(view.code(), {"net": net, **vars(widgets)})  # noqa: S307  # our own text
    assert again.description == view.description
    assert again.code() == view.code()


@pytest.mark.parametrize("name", MAKERS)
def test_a_closed_view_leaves_no_tap(name: str, net: Network) -> None:
    MAKERS[name](net).close()
    assert net._state is not None
    assert net._state.taps == []


@pytest.mark.parametrize("name", ["raster", "trace", "rate", "rates", "spikes"])
def test_a_closed_view_that_the_notebook_still_knows_holds_no_data(name: str, net: Network) -> None:
    view = MAKERS[name](net)
    tap = weakref.ref(net._state.taps[-1])
    view.close()
    gc.collect()
    assert tap() is None
    with pytest.raises(StateError, match="ended: closed"):
        view.data()


@pytest.mark.parametrize("name", MAKERS)
def test_a_closed_view_that_the_notebook_still_knows_holds_no_arrays(
    name: str, net: Network
) -> None:
    """IPython's list of outputs knows every view that a cell ever showed."""
    view = MAKERS[name](net)
    view.close()
    gc.collect()
    assert arrays_of(view) == []


def arrays_of(view: object) -> list[np.ndarray]:
    """Return the arrays that attributes of `view` lead to, but not those of its network."""
    found: dict[int, object] = {}
    waiting = [view]
    while waiting:
        one = waiting.pop()
        if id(one) in found or isinstance(one, (LiveNetwork, type)):
            continue
        found[id(one)] = one
        if isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, (list, tuple, set)):
            waiting += one
        elif type(one).__module__.startswith("annlab"):
            waiting += [vars(one)] if hasattr(one, "__dict__") else []
            waiting += [getattr(one, name, None) for name in getattr(type(one), "__slots__", ())]
    return [one for one in found.values() if isinstance(one, np.ndarray)]


def test_a_pump_that_was_closed_is_gone_before_its_network(net: Network) -> None:
    """The network used to keep all that there ever were, until its end."""
    view = raster(net)
    live = weakref.ref(pump_of(net))
    view.close()
    del view
    raster(net).close()  # the network knows its newest
    gc.collect()
    assert live() is None


@pytest.mark.parametrize("name", MAKERS)
def test_nothing_is_sent_before_a_page_said_hello(name: str, net: Network, page: Page) -> None:
    view = MAKERS[name](net)
    net.simulate(30.0)
    assert page.frames == []
    page.show(view.view_id)
    assert eventually(lambda: any(view.view_id in f["views"] for f in page.frames))


# -- rates ------------------------------------------------------------------------


def test_a_rate_counts_spikes_in_bins(net: Network) -> None:
    view = rate(net.get_population("beat"), bin_ms=5.0, smooth_ms=0.0, window_ms=40.0)
    net.simulate(40.0)
    data = view.data()
    assert data.times_ms.tolist() == [5.0 * k for k in range(1, 9)]
    # Each neuron spikes in steps 9, 19 ...: once in every second bin of 5 ms.
    assert data.values[:, 0].tolist() == [0.0, 200.0] * 4
    assert data.values[:, 1].tolist() == data.values[:, 0].tolist()


def test_what_was_before_a_rate_was_opened_is_unknown_and_not_silence(net: Network) -> None:
    net.simulate(42.0)
    view = rate(net.get_population("beat"), bin_ms=5.0, smooth_ms=0.0, window_ms=100.0)
    net.simulate(20.0)
    assert view.data().times_ms.tolist() == [50.0, 55.0, 60.0]
    assert view.data().values[:, 0].tolist() == [200.0, 0.0, 200.0]


def test_a_smoothed_rate_goes_to_the_mean(net: Network) -> None:
    view = rate(net.get_population("beat"), bin_ms=5.0, smooth_ms=100.0)
    net.simulate(600.0)
    assert view.data().values[-1, 1] == pytest.approx(100.0, abs=5.0)


def test_a_rate_of_a_view_counts_its_neurons_only(net: Network) -> None:
    beat = net.get_population("beat")
    beat[0, :].period = 5.0
    view = rate([beat[0, :], beat[1, :]], bin_ms=10.0, names=["fast", "slow"])
    net.simulate(100.0)
    assert view.data().values[-1, [0, 2]].tolist() == [200.0, 100.0]
    assert view.data().names == ("fast", "fast", "slow", "slow")


def test_the_rate_of_rate_coded_neurons_is_the_mean_of_r(net: Network) -> None:
    level = net.get_population("level")
    level.r = [0.0, 1.0, 2.0, 3.0]
    view = rate(level, bin_ms=5.0, smooth_ms=0.0)
    net.simulate(20.0)
    assert view.data().values[:, 0].tolist() == [2.5, 7.5, 12.5, 17.5]


def test_a_reset_clears_the_rates(net: Network, page: Page) -> None:
    view = rate(net.get_population("beat"), bin_ms=5.0)
    net.simulate(50.0)
    page.show(view.view_id)
    assert eventually(lambda: bool(page.frames))
    net.reset()
    net.simulate(20.0)
    assert view.data().times_ms.tolist() == [5.0, 10.0, 15.0, 20.0]


def test_bins_are_sent_once(net: Network, page: Page) -> None:
    view = rate(net.get_population("beat"), bin_ms=5.0)
    page.show(view.view_id)
    net.start(duration=400.0, speed=2.0)
    net.wait()

    def n_bins() -> int:
        n = 0
        for content, buffers in zip(page.frames, page.buffers):
            part = content["views"].get(view.view_id)
            if part:
                ages = np.frombuffer(buffers[part["buffers"][0]], np.uint32)
                n = len(ages) if part["fresh"] else n + len(ages)
        return n

    assert eventually(lambda: n_bins() == 80)


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda n: rate(n, bin_ms=0.0), ArgumentError, "bin_ms of rate.. is 0.0"),
        (lambda n: rate(n, smooth_ms=-1.0), ArgumentError, "smooth_ms of rate.. is -1.0"),
        (lambda n: rate([]), ArgumentError, "nothing to show"),
        (lambda n: rate(n, names=["x"]), ArgumentError, "1 names were given for 2"),
        (lambda n: rate(n.get_populations()), ArgumentError, "no common axis"),
        (lambda n: rate(n.get_projection("all")), ArgumentTypeError, "cannot show"),
    ],
)
def test_a_rate_says_what_it_cannot_show(make, error, text: str, net: Network) -> None:
    with pytest.raises(error, match=text):
        make(net)


# -- maps -------------------------------------------------------------------------


def test_a_map_has_the_shape_of_the_population(net: Network) -> None:
    beat = net.get_population("beat")
    view = activity(beat, "v")
    beat.v = [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]
    assert view.data().cells.tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]


def test_a_map_of_spikes_shows_rates(net: Network) -> None:
    beat = net.get_population("beat")
    beat[0, :].period = 5.0
    view = activity(beat, window_ms=100.0)
    net.simulate(800.0)
    assert view.data().cells[0] == pytest.approx([200.0] * 3, rel=0.06)
    assert view.data().cells[1] == pytest.approx([100.0] * 3, rel=0.06)


def test_a_line_of_neurons_becomes_a_block_with_empty_places(net: Network) -> None:
    view = activity(net.get_population("level")[:3])
    assert np.isnan(view.data().cells).tolist() == [[False, False], [False, True]]


def test_a_page_gets_a_map_as_whole_numbers(net: Network, page: Page) -> None:
    beat = net.get_population("beat")
    view = activity(beat, "v", limits=(0.0, 10.0))
    beat.v = [[0.0, 1.0, 2.0], [3.0, 5.0, 10.0]]
    page.show(view.view_id)
    assert eventually(lambda: bool(page.frames) and view.view_id in page.frames[-1]["views"])
    part = page.frames[-1]["views"][view.view_id]
    values = np.frombuffer(page.buffers[-1][part["buffers"][0]], np.uint16)
    top = NOTHING - 1
    assert values.tolist() == [round(top * x) for x in (0.0, 0.1, 0.2, 0.3, 0.5, 1.0)]
    assert (part["rows"], part["columns"], part["extent"]) == (2, 3, [3, 2])


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda p: activity(p, "u"), UnknownAttributeError, "has no variable 'u'"),
        (lambda p: activity(p, window_ms=0.0), ArgumentError, "window_ms of activity.. is 0.0"),
        (lambda p: activity(p, limits=(1.0, 1.0)), ArgumentError, "from 1 to 1"),
        (lambda p: activity(p, "gain"), ShapeError, "one number for all neurons"),
    ],
)
def test_a_map_says_what_it_cannot_show(make, error, text: str, net: Network) -> None:
    with pytest.raises(error, match=text):
        make(net.get_population("beat"))


def test_a_scale_widens_at_once_and_closes_in_slowly() -> None:
    scale = Scale(None)
    assert scale.ends(np.array([1.0, 4.0])) == (0.0, 4.0)
    assert scale.ends(np.array([1.0, 8.0])) == (0.0, 8.0)
    assert scale.ends(np.array([1.0, 4.0]))[1] == pytest.approx(7.8)


def test_a_scale_of_both_signs_is_even() -> None:
    assert Scale(None, is_even=True).ends(np.array([-1.0, 3.0])) == (-3.0, 3.0)


def test_a_scale_of_one_value_is_not_empty() -> None:
    low, high = Scale(None, has_zero=False).ends(np.array([2.0]))
    assert low < high


# -- synapses ---------------------------------------------------------------------


def test_a_matrix_has_a_row_for_each_postsynaptic_neuron(net: Network) -> None:
    cells = weights(net.get_projection("all")).data().cells
    assert cells.tolist() == np.arange(24.0).reshape(4, 6).tolist()


def test_a_matrix_is_empty_where_no_synapse_is(net: Network) -> None:
    cells = weights(net.get_projection("pairs")).data().cells
    assert np.isfinite(cells).sum() == 4
    assert np.diag(cells).tolist() == [0.25] * 4


def test_a_large_matrix_is_shown_in_means(monkeypatch, net: Network) -> None:
    monkeypatch.setattr("annlab.widgets.fields.MAX_SIDE", 2)
    data = weights(net.get_projection("all")).data()
    whole = np.arange(24.0).reshape(2, 2, 2, 3)
    assert data.cells.tolist() == whole.mean(axis=(1, 3)).tolist()
    assert data.extent == (6, 4)


def test_a_field_has_the_geometry_of_the_presynaptic_side(net: Network) -> None:
    data = receptive_fields(net.get_projection("all"), ranks=[1, 3]).data()
    assert data.fields.ranks == (1, 3)
    for k, first in enumerate([6.0, 18.0]):
        top, left = data.fields.corner(k)
        field = data.cells[top : top + 2, left : left + 3]
        assert field.tolist() == np.arange(first, first + 6.0).reshape(2, 3).tolist()
    assert np.isfinite(data.cells).sum() == 12


def test_fields_have_room_between_them_and_for_the_ranks_above() -> None:
    grid = field_grid(range(12), 4, (20, 20), is_folded=False)
    pixels = grid.inner / grid.cells[0]  # of a cell
    assert grid.gap[0] * pixels > 12
    assert grid.gap[1] * pixels > 3
    corners = [grid.corner(k) for k in range(12)]
    assert corners[0] == (grid.gap[0], 0)
    assert corners[5] == (2 * grid.gap[0] + 20, 20 + grid.gap[1])
    assert grid.cells == (corners[-1][0] + 20, corners[-1][1] + 20)


def test_many_fields_get_a_larger_picture() -> None:
    few, many = (field_grid(range(n**2), n, (8, 8), is_folded=False) for n in (3, 10))
    assert (few.inner, many.inner) == (250, 440)


def test_a_figure_of_fields_names_the_neuron_of_each(net: Network) -> None:
    plot = receptive_fields(net.get_projection("all"), ranks=[3, 0]).to_figure()
    named = [r for r in plot.renderers if "rank" in r.data_source.data]
    assert {tuple(r.data_source.data["rank"]) for r in named} == {("3", "0")}
    assert plot.xaxis[0].axis_label == "neurons of other"
    assert not plot.yaxis[0].visible


def test_the_axes_of_a_map_count_rows_and_columns_that_exist(net: Network) -> None:
    plot = activity(net.get_population("beat")).to_figure()
    assert (plot.x_range.start, plot.x_range.end) == (-0.5, 2.5)
    assert (plot.y_range.start, plot.y_range.end) == (1.5, -0.5)
    assert [axis.ticker.min_interval for axis in plot.axis] == [1.0, 1.0]
    assert plot.xaxis[0].bounds == (-0.5, 2.5)


def test_a_picture_of_weights_follows_them(net: Network, page: Page) -> None:
    projection = net.get_projection("all")
    view = weights(projection, limits=(0.0, 100.0))
    page.show(view.view_id)
    assert eventually(lambda: bool(page.frames))
    net.start(speed=1.0)
    projection.w = 100.0

    def all_full() -> bool:
        part = page.frames[-1]["views"].get(view.view_id)
        if part is None:
            return False
        values = np.frombuffer(page.buffers[-1][part["buffers"][0]], np.uint16)
        return bool((values == NOTHING - 1).all())

    assert eventually(all_full)


def test_a_histogram_counts_synapses(net: Network) -> None:
    data = weight_histogram(net.get_projection("all"), n_bars=4, limits=(0.0, 24.0)).data()
    assert data.counts.tolist() == [6, 6, 6, 6]
    assert data.edges.tolist() == [0.0, 6.0, 12.0, 18.0, 24.0]


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda p: weights(p.pre), ArgumentTypeError, "a view of synapses cannot show"),
        (lambda p: weights(p, "v"), UnknownAttributeError, "has no variable 'v'"),
        (lambda p: weights(p, limits=(2.0, 1.0)), ArgumentError, "from 2 to 1"),
        (
            lambda p: weight_histogram(p, n_bars=0),
            ArgumentError,
            "n_bars of weight_histogram.. is 0",
        ),
        (lambda p: receptive_fields(p, ranks=[9]), UnknownObjectError, "has no neuron 9"),
    ],
)
def test_a_view_of_synapses_says_what_it_cannot_show(make, error, text, net: Network) -> None:
    with pytest.raises(error, match=text):
        make(net.get_projection("all"))


# -- looking back -----------------------------------------------------------------


def test_at_rest_a_raster_sends_all_that_is_still_known(net: Network, page: Page) -> None:
    view = raster(net.get_population("beat"), window_ms=50.0)
    net.simulate(1000.0)
    page.show(view.view_id)

    def n_known() -> int:
        parts = [(f["views"].get(view.view_id), b) for f, b in zip(page.frames, page.buffers)]
        fresh = [(p, b) for p, b in parts if p and p["fresh"]]
        return len(fresh[-1][1][fresh[-1][0]["buffers"][0] + 1]) // 2 if fresh else 0

    assert eventually(lambda: n_known() == 600)


def test_at_rest_a_trace_sends_all_that_is_still_known(net: Network, page: Page) -> None:
    view = trace(net.get_population("beat"), "v", window_ms=50.0)
    net.simulate(1000.0)
    page.show(view.view_id)

    def n_known() -> int:
        sizes = [0]
        for content, buffers in zip(page.frames, page.buffers):
            part = content["views"].get(view.view_id)
            if part and part["fresh"]:
                sizes.append(len(buffers[part["buffers"][0]]) // 4)
        return sizes[-1]

    assert eventually(lambda: n_known() == 1000)


def framed(draw: Callable[[T], figure], empty: T) -> figure:
    """Return the figure that the page makes of a frame."""
    [plot] = Document.from_json(frame_of(draw, empty).item["doc"]).roots
    assert isinstance(plot, figure)
    return plot


def test_the_frame_of_a_live_picture_draws_no_data_of_its_own() -> None:
    """Bars of the first moment stood for ever below those of now."""
    frame = framed(
        bars_figure,
        BarsData(
            edges=np.array([0.0, 1.0, 2.0]), counts=np.array([3, 4]), colour="#000000",
            label="w", what="synapses", time_ms=0.0,
        ),
    )  # fmt: skip
    (bars,) = frame.renderers
    assert not bars.visible
    assert [len(column) for column in bars.data_source.data.values()] == [0, 0, 0]


def test_the_frame_of_a_live_picture_never_paints_a_ground() -> None:
    """White of the first moment stood for ever along two edges of dark pictures."""
    frame = framed(lambda ends: blank(ends, ends, x_label="x", y_label="y", name="x"), (0.0, 1.0))
    assert (frame.background_fill_color, frame.border_fill_color) == (None, None)


def test_the_axis_of_time_counts_without_powers_of_ten() -> None:
    plot = blank((0.0, 1.0), (0.0, 1.0), x_label=TIME, y_label="v", name="x")
    assert plot.xaxis[0].formatter.use_scientific is False
