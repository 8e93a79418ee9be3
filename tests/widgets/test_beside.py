"""Pictures of two moments side by side: what is equal looks equal."""

from __future__ import annotations

import io
from functools import partial

import numpy as np
import pytest
from PIL import Image

from annlab.widgets.figure_bars import BarsData, bars_png
from annlab.widgets.figure_image import ImageData, image_png
from annlab.widgets.figure_parts import Paper, drawn_on
from annlab.widgets.figure_plane import PlaneData, plane_png
from annlab.widgets.figures import TraceData, trace_png
from annlab.widgets.view import Shot


def rate_of(hertz: float) -> TraceData:
    return TraceData(
        times_ms=np.arange(3.0), values=np.full((3, 1), hertz), names=("a",), colours=("red",),
        label="rate (Hz)", start_ms=0.0, stop_ms=3.0,
    )  # fmt: skip


def map_to(highest: float) -> ImageData:
    return ImageData(
        cells=np.full((2, 2), highest), extent=(2, 2), ends=(0.0, highest),
        colours=("#000000", "#ffffff"), label="r", axis_names=("row", "column"), time_ms=0.0,
    )  # fmt: skip


def bars_to(edge: float, count: int) -> BarsData:
    return BarsData(
        edges=np.array([0.0, edge]), counts=np.array([count]), colour="#000000", label="w",
        what="synapses", time_ms=0.0,
    )  # fmt: skip


def plane_to(highest: float) -> PlaneData:
    return PlaneData(
        paths=np.zeros((2, 1, 2)), names=("a",), colours=("red",), axis_names=("x", "y"),
        x_limits=(-highest, 1.0), y_limits=(0.0, highest), nullclines=((), ()),
        arrows=np.empty((0, 4)), time_ms=0.0, axis_labels=("x", "y"),
    )  # fmt: skip


def test_rates_have_one_axis() -> None:
    """5 Hz and 17 Hz looked equal: each column of a comparison had axes of its own."""
    slow, fast = rate_of(5.0), rate_of(17.0)
    assert slow.beside(fast).value_limits == fast.beside(slow).value_limits
    assert slow.beside(fast).value_limits[1] > 17.0


def test_maps_have_one_scale() -> None:
    assert map_to(1.0).beside(map_to(4.0)).ends == map_to(4.0).beside(map_to(1.0)).ends == (0, 4)


def test_histograms_have_one_pair_of_axes() -> None:
    assert bars_to(1.0, 7).beside(bars_to(2.0, 3)).axes == ((0.0, 2.0), (0.0, 1.06 * 7))


def test_planes_have_one_pair_of_axes() -> None:
    both = plane_to(2.0).beside(plane_to(5.0))
    assert (both.x_limits, both.y_limits) == ((-5.0, 1.0), (0.0, 5.0))


@pytest.mark.parametrize(
    ("first", "second", "draw"),
    [
        (rate_of(5.0), rate_of(17.0), partial(trace_png, title="rate")),
        (map_to(1.0), map_to(4.0), image_png),
        (bars_to(1.0, 7), bars_to(2.0, 3), bars_png),
        (plane_to(2.0), plane_to(5.0), plane_png),
    ],
)
def test_a_picture_beside_another_is_not_that_of_itself(first, second, draw) -> None:
    one, other = Shot(first, draw, "one"), Shot(second, draw, "other")
    assert one.beside(other).png != one.snapshot().png
    assert one.beside(one).png == one.snapshot().png


@pytest.mark.parametrize(
    ("data", "draw"),
    [
        (rate_of(5.0), trace_png),
        (map_to(1.0), image_png),
        (bars_to(1.0, 7), bars_png),
        (plane_to(2.0), plane_png),
    ],
)
def test_a_picture_suits_the_paper_that_it_is_drawn_on(data, draw) -> None:
    """White pictures in words of four points stood in a dark page."""
    plain = picture_of(draw(data))
    with drawn_on(Paper(is_dark=True, width=3.0)):
        dark = picture_of(draw(data))
    assert plain.getpixel((1, 1)) == (255, 255, 255)
    assert max(dark.getpixel((1, 1))) < 40
    assert max(np.asarray(dark).max(axis=(0, 1))) > 200  # and its words are light
    assert dark.width <= 3.0 * 150
    assert picture_of(draw(data)).getpixel((1, 1)) == (255, 255, 255)


def picture_of(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGB")
