"""Figures and still pictures of numbers as colours: maps, weights, receptive fields."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from bokeh.models import (
    ColorBar,
    ColumnDataSource,
    FixedTicker,
    HoverTool,
    Image,
    LinearColorMapper,
)
from bokeh.plotting import figure
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from annlab.widgets.field_grid import INNER, FieldGrid
from annlab.widgets.figure_parts import blank, count_on, png, swept
from annlab.widgets.finite import joined

BORDERS = (118, 66)  # of axes and tools: width and height
BARE_BORDERS = (72, 66)  # without numbers at the left
MOST_LABELS = 400


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
    fields: FieldGrid | None = None  # of a picture of receptive fields

    def beside(self, other: ImageData) -> ImageData:
        """Return this in colours whose scale holds the other as well."""
        return replace(self, ends=joined(self.ends, other.ends))


def size_of(extent: tuple[int, int], longer: int = INNER[0]) -> tuple[int, int]:
    """Return width and height of a picture in which cells are square, unless that is too flat.

    Examples
    --------
    >>> size_of((10, 10))
    (250, 250)
    """
    columns, rows = extent
    aspect = min(max(columns / max(rows, 1), 0.5), 2.4)
    return (longer, round(longer / aspect)) if aspect > 1.6 else (round(longer * aspect), longer)


def image_figure(data: ImageData, *, title: str | None = None) -> figure:
    """Return a figure of the cells, with the value under the pointer and a colour bar."""
    columns, rows = data.extent
    longer, borders = (data.fields.inner, BARE_BORDERS) if data.fields else (INNER[0], BORDERS)
    width, height = size_of(data.extent, longer)
    # The frames of the outer fields are seen whole.
    room = 0.5 + (0.006 * max(data.extent) if data.fields else 0.0)
    plot = blank(
        (-room, columns - 1 + room),
        (rows - 1 + room, -room),
        x_label=data.axis_names[1],
        y_label=data.axis_names[0],
        name=data.label.replace(" ", "-"),
        title=title,
        height=height + borders[1],
        width=width + borders[0],
    )
    plot.min_border_left = borders[0] - 62
    count_on(plot.xaxis[0], plot.xgrid[0], columns)
    count_on(plot.yaxis[0], plot.ygrid[0], rows)
    plot.grid.visible = False
    low, high = data.ends
    mapper = LinearColorMapper(
        palette=list(data.colours), low=low, high=high, nan_color="rgba(0, 0, 0, 0)"
    )
    place = {"x": -0.5, "y": -0.5, "dw": columns, "dh": rows}
    source = ColumnDataSource({"image": [data.cells], **{k: [v] for k, v in place.items()}})
    glyph = Image(image="image", x="x", y="y", dw="dw", dh="dh", color_mapper=mapper)
    plot.add_glyph(source, glyph)
    bar = ColorBar(color_mapper=mapper, title=None, width=10, tags=["scale"])
    plot.add_layout(bar, "right")
    if data.fields:
        _add_fields(plot, data.fields)
    places = zip(data.axis_names, ("$y{0}", "$x{0}"))
    where = [] if data.fields else list(places)
    plot.add_tools(HoverTool(tooltips=[*where, (data.label, "@image")]))
    return plot


def _add_fields(plot: figure, grid: FieldGrid) -> None:
    """Put a frame around each field, and the rank of its neuron above; the axes mean nothing."""
    plot.yaxis.visible = False
    plot.xaxis.ticker = FixedTicker(ticks=[])
    plot.xaxis.axis_line_width = 0
    top, left = (np.array([grid.corner(k) for k in range(len(grid.ranks))]) - 0.5).T
    height, width = grid.shape
    source = ColumnDataSource(
        {
            "left": left,
            "right": left + width,
            "top": top,
            "bottom": top + height,
            "rank": [str(rank) for rank in grid.ranks],
        }
    )
    plot.quad(
        "left", "right", "top", "bottom", source=source, fill_color=None, line_color="#88888888"
    )
    if len(grid.ranks) <= MOST_LABELS:
        plot.text(
            "left", "top", text="rank", source=source, text_font_size="10px", text_color="#888888"
        )


@swept()
def image_png(data: ImageData, *, title: str | None = None) -> bytes:
    """Return a still picture of the cells."""
    columns, rows = data.extent
    longer, borders = (data.fields.inner, BARE_BORDERS) if data.fields else (INNER[0], BORDERS)
    width, height = (a + b for a, b in zip(size_of(data.extent, longer), borders))
    picture = Figure(figsize=(width / 72 + 0.6, height / 72), layout="constrained")
    axes = picture.subplots()
    shown = axes.imshow(
        data.cells,
        cmap=ListedColormap(data.colours),
        vmin=data.ends[0],
        vmax=data.ends[1],
        extent=(-0.5, columns - 0.5, rows - 0.5, -0.5),
        aspect="auto",
        interpolation="nearest" if max(data.cells.shape) < 300 else "antialiased",
    )
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel(data.axis_names[1])
    axes.set_ylabel(data.axis_names[0])
    if data.fields:
        _draw_fields(axes, data.fields)
    picture.colorbar(shown, ax=axes, label=data.label)
    if title:
        axes.set_title(title, loc="left", fontsize="medium")
    return png(picture)


def _draw_fields(axes: Axes, grid: FieldGrid) -> None:
    """Do for a still picture what `_add_fields` does for a figure."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_ylabel("")
    axes.spines[:].set_visible(False)
    height, width = grid.shape
    for k, rank in enumerate(grid.ranks):
        top, left = (x - 0.5 for x in grid.corner(k))
        axes.add_patch(Rectangle((left, top), width, height, fill=False, ec="0.6", lw=0.6))
        if len(grid.ranks) <= MOST_LABELS:
            axes.text(left, top, str(rank), fontsize=6.5, color="0.4", va="bottom")
