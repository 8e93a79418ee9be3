"""Colours: no two of a picture are the same."""

from __future__ import annotations

import numpy as np
import pytest

from annlab.widgets.figures import TraceData, trace_figure, trace_png
from annlab.widgets.palette import COLOURS, colour, dash


def brightness(colour: str) -> float:
    """Return the relative luminance of a colour, as WCAG 2.2 defines it."""
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_the_first_eight_are_those_of_the_palette_and_drawn_through() -> None:
    assert tuple(colour(k) for k in range(8)) == COLOURS
    assert {dash(k) for k in range(8)} == {()}


def test_the_first_96_lines_differ() -> None:
    """The ninth looked like the first."""
    assert len({(colour(k), dash(k)) for k in range(96)}) == 96


@pytest.mark.parametrize("index", range(8))
def test_one_tone_is_told_from_the_next_without_seeing_colours(index: int) -> None:
    dark, middle, light = (brightness(colour(index + 8 * k)) + 0.05 for k in (1, 0, 2))
    assert middle / dark > 1.5
    assert light / middle > 1.5


def test_figures_dash_their_lines() -> None:
    data = TraceData(
        times_ms=np.arange(2.0), values=np.zeros((2, 9)), names=tuple("abcdefghi"),
        colours=tuple(colour(k) for k in range(9)), label="v", start_ms=0.0, stop_ms=2.0,
        dashes=tuple(dash(k) for k in range(9)),
    )  # fmt: skip
    assert [line.glyph.line_dash for line in trace_figure(data).renderers][-2:] == [[], [7, 3]]
    assert trace_png(data)
