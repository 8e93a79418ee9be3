"""No axis ends at NaN or at infinity, whatever a network computes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from bokeh.models import Title

from annlab import Network, Neuron
from annlab.widgets import phase_plane
from annlab.widgets.channel import pump_of
from annlab.widgets.feed_copies import Scale
from annlab.widgets.feed_plane import Room
from annlab.widgets.feeds import extremes
from annlab.widgets.figures import TraceData, trace_figure, trace_png, value_range
from annlab.widgets.finite import drawable
from annlab.widgets.flow_field import Surroundings

NOWHERE = [np.nan, np.inf, -np.inf, 1e300, -1e308]


def are_finite(limits: tuple[float, float]) -> bool:
    low, high = limits
    return low < high and math.isfinite(high - low)


@pytest.mark.parametrize("centre", NOWHERE)
@pytest.mark.parametrize("values", [[], NOWHERE, [1.0, np.nan]])
def test_the_room_of_a_plane_is_finite(values: list[float], centre: float) -> None:
    assert are_finite(Room(None).around(np.array(values), centre))


@pytest.mark.parametrize("values", [[], NOWHERE, [1.0, *NOWHERE], [-3.0, 2.0, np.inf]])
def test_axes_and_scales_are_finite(values: list[float]) -> None:
    assert are_finite(value_range(np.array(values)))
    assert are_finite(Scale(None).ends(np.array(values)))
    assert are_finite(Scale(None, is_round=True, has_zero=False).ends(np.array(values)))


@pytest.mark.parametrize("value", [1e-320, -1e36, 1e37])
def test_a_scale_of_the_smallest_and_the_largest_numbers_is_finite(value: float) -> None:
    assert are_finite(Scale(None, is_round=True).ends(np.array([value])))


def test_a_mean_forgets_what_was_not_finite() -> None:
    """An input that was infinite once stayed so for as long as the view was open."""
    model = Network(backend="reference").create(1, Neuron(equations="r = sum(exc)")).model
    before, now = (
        Surroundings(
            model=model, values={}, inputs={"exc": x}, reductions={}, constants={}, clock={}
        )
        for x in (np.inf, 2.0)
    )
    assert now.mixed(before, 0.3, frozenset()).inputs == {"exc": 2.0}


def test_a_neuron_that_leaves_all_numbers_leaves_a_plane_behind() -> None:
    """The axes ended at NaN, and the page drew none of its views any more."""
    net = Network(dt=1.0, backend="reference")
    equations = "dx/dt = k*x*x - y : init=1.0, explicit\ndy/dt = x - y : explicit"
    bad = net.create(
        2,
        Neuron(parameters="k=0.01", equations=equations, spike="x > 1e300", reset="x=0"),
        name="bad",
    )
    net.compile()
    view = phase_plane(bad, "x", "y")
    bad.x = -1e6
    with np.errstate(all="ignore"):
        net.simulate(40.0)
        data = view.data()
        assert len(drawable(data.paths[-1])) < 2
        assert are_finite(data.x_limits)
        assert are_finite(data.y_limits)
        assert np.isfinite(data.arrows).all()
        view.to_figure()
        assert view.snapshot().png
    pump_of(net).close()


def test_a_scale_arrives_where_it_closes_in() -> None:
    """Of a map that had become all 0 the numbers grew smaller for ever."""
    scale, zeros = Scale(None), np.zeros(4)
    scale.ends(np.array([40.0]))
    ends = [scale.ends(zeros) for _ in range(200)]
    assert ends[-1] == Scale(None).ends(zeros) == (0.0, 1.0)
    assert scale.is_settled


def test_a_scale_of_rates_is_not_that_of_what_is_left_of_a_spike() -> None:
    assert Scale(None, least=1.0).ends(np.array([0.0, 2e-4])) == (0.0, 1.0)


def test_a_trace_says_what_is_not_a_number_and_draws_the_rest() -> None:
    """It was an empty picture that said nothing."""
    values = np.array([[1.0, 1.0], [np.nan, 2.0], [np.inf, 3.0]])
    data = TraceData(
        times_ms=np.arange(3.0), values=values, names=("a", "b"), colours=("red", "blue"),
        label="v", start_ms=0.0, stop_ms=3.0,
    )  # fmt: skip
    assert data.lacking == "a: infinite"
    plot = trace_figure(data)
    assert (plot.y_range.start, plot.y_range.end) == (0.9, 3.1)
    assert [one.text for one in plot.above if isinstance(one, Title)][-1] == "a: infinite"
    assert trace_png(data)


def test_the_extremes_of_an_interval_are_those_of_its_numbers() -> None:
    rows = np.arange(400.0)[:, None]
    rows[::2] = np.nan
    _, few = extremes(np.arange(400), rows, 40)
    assert np.isfinite(few).all()


@pytest.mark.parametrize("left", [0.0, 8e-25])
def test_the_axis_of_a_silent_rate_is_from_0_to_1(left: float) -> None:
    """It was from -1 to 1 Hz, or that of what smoothing had left of a spike."""
    data = TraceData(
        times_ms=np.arange(3.0), values=np.array([[left], [0.0], [0.0]]), names=("a",),
        colours=("red",), label="rate (Hz)", start_ms=0.0, stop_ms=3.0, silent_below=1e-3,
    )  # fmt: skip
    assert data.value_limits == (-0.05, 1.05)
