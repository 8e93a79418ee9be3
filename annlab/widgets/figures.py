"""Bokeh figures and still pictures of spikes and traces, made by pure functions.

In: arrays, names and colours. Out: a figure that belongs to the caller, or the
bytes of a PNG. Nothing here knows networks, threads or widgets. A live view uses
the same figure, empty, as its frame.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from bokeh.models import (
    ColumnDataSource,
    GlyphRenderer,
    HoverTool,
    Legend,
    LegendItem,
    Range1d,
    SaveTool,
)
from bokeh.plotting import figure
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

TOOLS = "pan,wheel_zoom,box_zoom,reset,save"
HEIGHT = 340
SMALL_HEIGHT = 240
# A still picture of more spikes than this is drawn with finer dots.
MANY_SPIKES = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Neurons that share a colour: rows ``first_row`` to ``first_row + n_rows - 1``."""

    name: str
    colour: str
    first_row: int
    n_rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RasterData:
    """Spikes of a time window: ``times_ms (n,)`` and ``rows (n,)``."""

    times_ms: NDArray[np.floating]
    rows: NDArray[np.int64]
    groups: tuple[Group, ...]
    start_ms: float
    stop_ms: float

    @property
    def n_rows(self) -> int:
        return sum(group.n_rows for group in self.groups)

    def of(self, group: Group) -> tuple[NDArray[np.floating], NDArray[np.int64]]:
        """Return times and rows of one group."""
        inside = (self.rows >= group.first_row) & (self.rows < group.first_row + group.n_rows)
        return self.times_ms[inside], self.rows[inside]


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceData:
    """Values over a time window: ``times_ms (n,)`` and ``values (n, n_traces)``."""

    times_ms: NDArray[np.floating]
    values: NDArray[np.floating]
    names: tuple[str, ...]
    colours: tuple[str, ...]
    label: str
    start_ms: float
    stop_ms: float


def raster_figure(data: RasterData, *, title: str | None = None) -> figure:
    """Return a figure with one dot a spike, and the neuron and time under the pointer."""
    plot = _frame(data.start_ms, data.stop_ms, (-1.0, float(max(data.n_rows, 1))), "neuron", title)
    items: list[tuple[str, GlyphRenderer]] = []
    for group in data.groups:
        times, rows = data.of(group)
        source = ColumnDataSource({"t": times, "row": rows, "rank": rows - group.first_row})
        dots = plot.scatter(
            "t",
            "row",
            source=source,
            size=2.5,
            color=group.colour,
            line_color=None,
            name=group.name,
        )
        items.append((group.name, dots))
    plot.add_tools(HoverTool(tooltips=[("", "$name"), ("neuron", "@rank"), ("ms", "@t{0.0}")]))
    _add_legend(plot, items)
    return plot


def trace_figure(data: TraceData, *, title: str | None = None) -> figure:
    """Return a figure with one line a trace, and the value under the pointer."""
    plot = _frame(data.start_ms, data.stop_ms, value_range(data.values), data.label, title)
    plot.height = SMALL_HEIGHT
    items: list[tuple[str, GlyphRenderer]] = []
    for column, (name, colour) in enumerate(zip(data.names, data.colours, strict=True)):
        source = ColumnDataSource({"t": data.times_ms, "value": data.values[:, column]})
        line = plot.line("t", "value", source=source, color=colour, line_width=1.5, name=name)
        items.append((name, line))
    plot.add_tools(
        HoverTool(tooltips=[("", "$name"), (data.label, "@value{0.00}"), ("ms", "@t{0.0}")])
    )
    _add_legend(plot, items)
    return plot


def frame_of(plot: figure) -> figure:
    """Return `plot` without legend and hover: a live view brings its own."""
    plot.above = []
    plot.toolbar.tools = [t for t in plot.toolbar.tools if not isinstance(t, HoverTool)]
    return plot


def value_range(values: NDArray[np.floating]) -> tuple[float, float]:
    """Return the limits of an axis that shows all finite `values` with a little room."""
    finite = values[np.isfinite(values)]
    if len(finite) == 0:
        return (0.0, 1.0)
    low, high = float(finite.min()), float(finite.max())
    room = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    return (low - room, high + room)


def raster_png(data: RasterData, *, title: str | None = None) -> bytes:
    """Return a still picture of the spikes."""
    picture = Figure(figsize=(9.0, 3.4), layout="constrained")
    axes = picture.subplots()
    size = 1.0 if len(data.rows) > MANY_SPIKES else 4.0
    for group in data.groups:
        times, rows = data.of(group)
        axes.scatter(times, rows, s=size, c=group.colour, linewidths=0, label=group.name)
    axes.set_ylim(-1, max(data.n_rows, 1))
    return _png(picture, axes, data, "neuron", title, len(data.groups))


def trace_png(data: TraceData, *, title: str | None = None) -> bytes:
    """Return a still picture of the traces."""
    picture = Figure(figsize=(9.0, 2.4), layout="constrained")
    axes = picture.subplots()
    for column, (name, colour) in enumerate(zip(data.names, data.colours, strict=True)):
        axes.plot(data.times_ms, data.values[:, column], color=colour, linewidth=1.2, label=name)
    axes.set_ylim(*value_range(data.values))
    return _png(picture, axes, data, data.label, title, len(data.names))


def _frame(
    start_ms: float,
    stop_ms: float,
    y_limits: tuple[float, float],
    y_label: str,
    title: str | None,
) -> figure:
    """Return an empty figure in the common style."""
    plot = figure(
        title=title,
        height=HEIGHT,
        sizing_mode="stretch_width",
        tools=TOOLS,
        active_drag="pan",
        x_range=Range1d(start=start_ms, end=stop_ms),
        y_range=Range1d(start=y_limits[0], end=y_limits[1]),
        x_axis_label="time (ms)",
        y_axis_label=y_label,
        min_border_left=66,
    )
    plot.toolbar.logo = None
    # Without a name the tool asks for one with a dialogue of the browser, which halts the page.
    for tool in plot.toolbar.tools:
        if isinstance(tool, SaveTool):
            tool.filename = f"annlab-{y_label}"
    plot.outline_line_color = None
    plot.grid.grid_line_alpha = 0.35
    for axis in plot.axis:
        axis.axis_label_text_font_style = "normal"
        axis.minor_tick_line_color = None
    return plot


def _add_legend(plot: figure, items: Sequence[tuple[str, GlyphRenderer]]) -> None:
    """Name the glyphs above the plot, if there are several."""
    if len(items) < 2:
        return
    entries = [LegendItem(label=name, renderers=[glyph]) for name, glyph in items]
    plot.add_layout(
        Legend(items=entries, orientation="horizontal", border_line_color=None), "above"
    )


def _png(
    picture: Figure,
    axes: Axes,
    data: RasterData | TraceData,
    y_label: str,
    title: str | None,
    n_names: int,
) -> bytes:
    axes.set_xlim(data.start_ms, data.stop_ms)
    axes.set_xlabel("time (ms)")
    axes.set_ylabel(y_label)
    axes.spines[["top", "right"]].set_visible(False)
    if title:
        axes.set_title(title, loc="left", fontsize="medium")
    if n_names > 1:
        picture.legend(
            loc="outside upper right", ncols=n_names, frameon=False, markerscale=3, fontsize="small"
        )
    FigureCanvasAgg(picture)
    file = io.BytesIO()
    picture.savefig(file, format="png", dpi=110)
    return file.getvalue()
