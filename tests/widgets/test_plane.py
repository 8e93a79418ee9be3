"""The phase plane: its lines are those of the equations."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from conftest import Page, eventually

from annlab import Izhikevich, LeakyIntegrator, Network, Neuron
from annlab.errors import ArgumentError, UnknownObjectError
from annlab.widgets import phase_plane, plane
from annlab.widgets.channel import pump_of
from annlab.widgets.feed_plane import Room
from annlab.widgets.flow_field import FlowField, Surroundings

# FitzHugh (1961), Biophys. J. 1:445-466, with a drive that is assigned and noisy.
FitzHugh = Neuron(
    parameters="a = 0.7\nb = 0.8\ntau = 12.5 : population\nI = 0.5",
    equations="""
        drive = I + Normal(0.0, 0.3) + g_exc
        dv/dt = v - v^3 / 3.0 - w + drive : init = -1.0
        tau * dw/dt = v + a - b * w : init = 1.0
    """,
    spike="v > 100.0",
)


@pytest.fixture
def net() -> Iterator[Network]:
    net = Network(dt=0.5, seed=1, backend="reference")
    net.create(3, FitzHugh, name="cells")
    net.compile()
    yield net
    net.stop()
    pump_of(net).close()


LIMITS = {"x_limits": (-2.5, 2.5), "y_limits": (-1.0, 2.0)}


def test_nullclines_are_where_the_equations_are_zero(net: Network) -> None:
    data = phase_plane(net.get_population("cells"), "v", "w", **LIMITS).data()
    (first,), (second,) = data.nullclines
    v, w = first.T
    assert w == pytest.approx(v - v**3 / 3 + 0.5, abs=0.01)
    v, w = second.T
    assert w == pytest.approx((v + 0.7) / 0.8, abs=1e-9)


def test_nullclines_follow_the_parameters(net: Network) -> None:
    cells = net.get_population("cells")
    view = phase_plane(cells, "v", "w", **LIMITS)
    cells.I = 1.0
    v, w = view.data().nullclines[0][0].T
    assert w == pytest.approx(v - v**3 / 3 + 1.0, abs=0.01)


def test_nullclines_are_those_of_the_first_neuron(net: Network) -> None:
    cells = net.get_population("cells")
    cells.I = [0.0, 0.0, 0.8]
    v, w = phase_plane(cells, ranks=[2], **LIMITS).data().nullclines[0][0].T
    assert w == pytest.approx(v - v**3 / 3 + 0.8, abs=0.01)


def test_paths_are_what_the_neurons_went_through(net: Network) -> None:
    cells = net.get_population("cells")
    view = phase_plane(cells, ranks=[0, 1], window_ms=10.0)
    net.simulate(30.0)
    paths = view.data().paths
    assert paths.shape == (21, 2, 2)
    assert paths[-1, :, 0].tolist() == cells.v[:2].tolist()
    assert paths[-1, :, 1].tolist() == cells.w[:2].tolist()


def test_arrows_point_where_the_neuron_goes(net: Network) -> None:
    data = phase_plane(net.get_population("cells"), **LIMITS).data()
    v, w, u, _ = data.arrows.T
    clear = np.abs(v - v**3 / 3 - w + 0.5) > 0.05
    assert np.array_equal(np.sign(u[clear]), np.sign(v - v**3 / 3 - w + 0.5)[clear])
    assert np.hypot(*data.arrows[:, 2:].T).max() <= 1.0


def test_axes_hold_the_paths(net: Network) -> None:
    view = phase_plane(net.get_population("cells"), window_ms=100.0)
    net.simulate(100.0)
    data = view.data()
    assert data.x_limits[0] < data.paths[..., 0].min() < data.paths[..., 0].max() < data.x_limits[1]
    assert data.y_limits[0] < data.paths[..., 1].min() < data.paths[..., 1].max() < data.y_limits[1]


def test_a_page_gets_the_field_once_and_then_only_paths(
    net: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Page(pump_of(net), monkeypatch)
    view = phase_plane(net.get_population("cells"), window_ms=50.0, **LIMITS)
    page.show(view.view_id)
    assert eventually(lambda: bool(page.frames) and view.view_id in page.frames[-1]["views"])
    net.start(duration=200.0, speed=0.5)
    net.wait()
    parts = [f["views"][view.view_id]["buffers"] for f in page.frames if view.view_id in f["views"]]
    assert parts[0] == [0, 4]
    assert {tuple(p) for p in parts[1:]} == {(0, 1)}


def test_axes_widen_at_once_and_narrow_when_half_empty() -> None:
    room = Room(None)
    wide = room.around(np.array([0.0, 10.0]), 5.0)
    assert room.around(np.array([1.0, 9.0]), 5.0) == wide
    assert room.around(np.array([0.0, 20.0]), 5.0)[1] > 20.0
    assert room.around(np.array([4.0, 6.0]), 5.0)[1] < 7.0


@pytest.mark.parametrize(
    ("noise", "mean"),
    [
        ("Uniform(1.0, 3.0)", 2.0),
        ("Normal(4.0, 1.0)", 4.0),
        ("Exponential(4.0)", 0.25),
        ("LogNormal(0.0, 1.0)", np.exp(0.5)),
        ("Gamma(2.0, 3.0)", 6.0),
    ],
)
def test_random_numbers_count_with_their_mean(noise: str, mean: float) -> None:
    net = Network(dt=1.0, backend="reference")
    net.constant("scale", 2.0)
    cells = net.create(
        1, Neuron(equations=f"dx/dt = scale * {noise} - x\ndr/dt = t - r + mean(x) + sum(exc)")
    )
    field = FlowField(cells.model, "x", "r")
    around = Surroundings(
        model=cells.model,
        values={"x": 0.0, "r": 0.0},
        inputs={"exc": 3.0},
        reductions={"mean(x)": 5.0},
        constants={"scale": 2.0},
        clock={"t": 7.0, "dt": 1.0},
    )
    dx, dr = field.slopes(np.array([1.0]), np.array([2.0]), around)
    assert dx == pytest.approx([2.0 * mean - 1.0])
    assert dr == pytest.approx([7.0 - 2.0 + 5.0 + 3.0])


def test_a_plane_leaves_a_still_picture_and_a_figure(net: Network) -> None:
    view = phase_plane(net.get_population("cells"), title="FitzHugh")
    net.simulate(50.0)
    assert view.snapshot().png.startswith(b"\x89PNG")
    plot = view.to_figure()
    labels = [item.label.value for item in plot.legend.items]
    assert labels == ["dv/dt = 0", "dw/dt = 0", "cells[0]"]


def test_the_code_of_a_plane_makes_the_same_plane(net: Network) -> None:
    view = phase_plane(net.get_population("cells"), ranks=[1], **LIMITS)
    again = eval(view.code(), {"net": net, "phase_plane": phase_plane})  # noqa: S307  # our text
    assert again.code() == view.code()


def test_a_closed_plane_leaves_no_tap(net: Network) -> None:
    phase_plane(net.get_population("cells")).close()
    assert net._state is not None
    assert net._state.taps == []


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"x": "drive"}, ArgumentError, "'drive' of neuron .* has no differential equation"),
        ({"x": "vv"}, ArgumentError, "did you mean 'v'"),
        ({"x": "v", "y": "v"}, ArgumentError, "'v' was named twice"),
        ({"ranks": [3]}, UnknownObjectError, "has no neuron 3"),
        ({"ranks": []}, ArgumentError, "1 to 6 neurons"),
        ({"window_ms": 0.0}, ArgumentError, "window_ms of phase_plane.. is 0.0"),
    ],
)
def test_a_plane_says_what_it_cannot_show(options, error, text: str, net: Network) -> None:
    with pytest.raises(error, match=text):
        phase_plane(net.get_population("cells"), **options)


def test_a_neuron_of_one_equation_has_no_plane() -> None:
    net = Network(dt=1.0, backend="reference")
    cells = net.create(1, LeakyIntegrator)
    net.compile()
    with pytest.raises(ArgumentError, match="no two differential equations"):
        phase_plane(cells)


def test_the_first_two_variables_are_chosen() -> None:
    net = Network(dt=1.0, backend="reference")
    cells = net.create(1, Izhikevich)
    net.compile()
    view = phase_plane(cells)
    assert view.axis_names == ["v", "u"]
    assert isinstance(view, plane.Plane)
    view.close()
