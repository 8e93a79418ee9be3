"""Figures and still pictures of numbers as colours: maps, weights, receptive fields."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from bokeh.models import ColorBar, ColumnDataSource, HoverTool, Image, LinearColorMapper
from bokeh.plotting import figure
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from annlab.widgets.figure_parts import blank, png

INNER = 250  # pixels of the longer side
BORDERS = (118, 66)  # of axes and tools: width and height


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageData:
    """``cells (rows, columns)``, row 0 on top; NaN where there is nothing.

    `extent` is how many columns and rows the cells stand for.
    """

    cells: NDArray[np.floating]
    extent: tuple[int, int]
    ends: tuple[float, float]
    colours: tuple[str, ...]
    label: str
    axis_names: tuple[str, str]  # of rows, of columns
    time_ms: float


def size_of(extent: tuple[int, int]) -> tuple[int, int]:
    """Return width and height of a figure in which cells are square, unless that is too flat.

    Examples
    --------
    >>> size_of((10, 10))
    (368, 316)
    """
    columns, rows = extent
    aspect = min(max(columns / max(rows, 1), 0.5), 2.4)
    inner = (INNER, round(INNER / aspect)) if aspect > 1.6 else (round(INNER * aspect), INNER)
    return inner[0] + BORDERS[0], inner[1] + BORDERS[1]


def image_figure(data: ImageData, *, title: str | None = None) -> figure:
    """Return a figure of the cells, with the value under the pointer and a colour bar."""
    columns, rows = data.extent
    width, height = size_of(data.extent)
    plot = blank(
        (0.0, float(columns)),
        (float(rows), 0.0),
        x_label=data.axis_names[1],
        y_label=data.axis_names[0],
        name=data.label.replace(" ", "-"),
        title=title,
        height=height,
        width=width,
    )
    plot.min_border_left = 56
    plot.grid.visible = False
    low, high = data.ends
    mapper = LinearColorMapper(
        palette=list(data.colours), low=low, high=high, nan_color="rgba(0, 0, 0, 0)"
    )
    place = {"x": 0, "y": 0, "dw": columns, "dh": rows}
    source = ColumnDataSource({"image": [data.cells], **{k: [v] for k, v in place.items()}})
    glyph = Image(image="image", x="x", y="y", dw="dw", dh="dh", color_mapper=mapper)
    plot.add_glyph(source, glyph)
    bar = ColorBar(color_mapper=mapper, title=None, width=10, tags=["scale"])
    plot.add_layout(bar, "right")
    names = data.axis_names
    plot.add_tools(
        HoverTool(tooltips=[(names[0], "$y{0}"), (names[1], "$x{0}"), (data.label, "@image")])
    )
    return plot


def image_png(data: ImageData, *, title: str | None = None) -> bytes:
    """Return a still picture of the cells."""
    columns, rows = data.extent
    width, height = size_of(data.extent)
    picture = Figure(figsize=(width / 72 + 0.6, height / 72), layout="constrained")
    axes = picture.subplots()
    shown = axes.imshow(
        data.cells,
        cmap=ListedColormap(data.colours),
        vmin=data.ends[0],
        vmax=data.ends[1],
        extent=(0, columns, rows, 0),
        aspect="auto",
        interpolation="nearest" if max(data.cells.shape) < 300 else "antialiased",
    )
    axes.set_xlabel(data.axis_names[1])
    axes.set_ylabel(data.axis_names[0])
    picture.colorbar(shown, ax=axes, label=data.label)
    if title:
        axes.set_title(title, loc="left", fontsize="medium")
    return png(picture)
