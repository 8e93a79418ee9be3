"""Bokeh figures and still pictures of spikes and traces, made by pure functions.

In: arrays, names and colours. Out: a figure that belongs to the caller, or the
bytes of a PNG. Nothing here knows networks, threads or widgets. A live view uses
the same figure, empty, as its frame.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from bokeh.models import (
    ColumnDataSource,
    GlyphRenderer,
    HoverTool,
)
from bokeh.plotting import figure
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from annlab.widgets import rank_ticks
from annlab.widgets.figure_parts import (
    HEIGHT,
    SMALL_HEIGHT,
    TIME,
    add_legend,
    blank,
    count_on,
    paper,
    png,
    say,
    swept,
    write,
)
from annlab.widgets.finite import drawable, joined, lacking
from annlab.widgets.rank_ticks import Block, ticks_of

# How high the rows of a raster are together [pixels], in a figure and in a still picture.
INNER_HEIGHT = 255.0
STILL_HEIGHT = 200.0
# A still picture of more spikes than this is drawn with finer dots.
MANY_SPIKES = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Neurons that share a colour: rows ``first_row`` to ``first_row + n_rows - 1``."""

    name: str
    colour: str
    first_row: int
    n_rows: int
    ranks: Sequence[int] = ()  # of the neurons in its rows; without, 0, 1, 2 ...

    def rank(self, row: int) -> int:
        """Return which neuron of its population a row shows."""
        offset = row - self.first_row
        return self.ranks[offset] if self.ranks else offset


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

    def rank(self, row: float) -> str:
        """Return what to call a row; nothing where there is none."""
        own = [g for g in self.groups if g.first_row <= row < g.first_row + g.n_rows]
        return str(own[0].rank(int(row))) if own and row == int(row) else ""

    def beside(self, other: RasterData) -> RasterData:
        """Return this: rows are the same at all times."""
        return self

    @property
    def row_limits(self) -> tuple[float, float]:
        """The limits of an axis on which dots of the outer rows are whole."""
        n = max(self.n_rows, 1)
        room = 0.5 + max(0.5, 0.012 * n)
        return -room, n - 1 + room


class Line(NamedTuple):
    """One line of a picture of traces; a faint one has no name in the legend."""

    values: NDArray[np.floating]
    name: str
    colour: str
    alpha: float
    dash: tuple[int, ...]


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
    is_faint: tuple[bool, ...] = ()
    dashes: tuple[tuple[int, ...], ...] = ()  # of each line [pixels]
    silent_below: float | None = None  # of rates: no line is higher where nobody spikes
    limits: tuple[float, float] | None = None  # of values; without, those of its own

    @property
    def lines(self) -> Iterator[Line]:
        """The lines, from the first column to the last."""
        dashes = self.dashes or ((),) * len(self.names)
        known = zip(self.values.T, self.names, self.colours, self.alphas, dashes, strict=True)
        return (Line(*one) for one in known)

    def beside(self, other: TraceData) -> TraceData:
        """Return this on an axis that holds the lines of the other as well."""
        return replace(self, limits=joined(self.value_limits, other.value_limits))

    @property
    def value_limits(self) -> tuple[float, float]:
        """The limits of an axis that shows all lines with a little room; of a silence, 0 to 1."""
        if self.limits is not None:
            return self.limits
        finite = drawable(self.values)
        highest = -1.0 if self.silent_below is None else self.silent_below
        is_silent = len(finite) > 0 and finite.min() >= 0 and finite.max() <= highest
        return value_range(np.array([0.0, 1.0]) if is_silent else finite)

    @property
    def lacking(self) -> str:
        """What to say of lines that end at no finite number."""
        strong = [k for k, alpha in enumerate(self.alphas) if alpha == 1.0]
        newest = self.values[-1] if len(self.values) else np.zeros(len(self.names))
        return lacking(newest[strong], [self.names[k] for k in strong])

    @property
    def alphas(self) -> list[float]:
        """How strongly each line is drawn."""
        faint = self.is_faint or (False,) * len(self.names)
        return [0.35 if one else 1.0 for one in faint]


def raster_figure(data: RasterData, *, title: str | None = None) -> figure:
    """Return a figure with one dot a spike, and the neuron and time under the pointer."""
    plot = _time_frame(data.start_ms, data.stop_ms, data.row_limits, "neuron", title)
    _count_ranks(plot, data)
    items: list[tuple[str, GlyphRenderer]] = []
    for group in data.groups:
        times, rows = data.of(group)
        ranks = [group.rank(int(row)) for row in rows]
        source = ColumnDataSource({"t": times, "row": rows, "rank": ranks})
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
    add_legend(plot, items)
    return plot


def trace_figure(data: TraceData, *, title: str | None = None) -> figure:
    """Return a figure with one line a trace, and the value under the pointer."""
    plot = _time_frame(
        data.start_ms, data.stop_ms, data.value_limits, data.label, title, SMALL_HEIGHT
    )
    items: list[tuple[str, GlyphRenderer]] = []
    for values, name, colour, alpha, dash in data.lines:
        source = ColumnDataSource({"t": data.times_ms, "value": values})
        line = plot.line(
            "t", "value", source=source, color=colour, line_width=1.5, alpha=alpha, name=name,
            line_dash=list(dash),
        )  # fmt: skip
        if alpha == 1.0:
            items.append((name, line))
    plot.add_tools(
        HoverTool(tooltips=[("", "$name"), (data.label, "@value{0.00}"), ("ms", "@t{0.0}")])
    )
    add_legend(plot, items)
    say(plot, data.lacking)
    return plot


def _count_ranks(plot: figure, data: RasterData) -> None:
    """Let the vertical axis show ranks of neurons, and none that does not exist."""
    [axis], [grid] = plot.yaxis, plot.ygrid
    count_on(axis, grid, data.n_rows)
    blocks = _blocks(data)
    axis.ticker = rank_ticks.ticker(blocks, INNER_HEIGHT)
    axis.formatter = rank_ticks.formatter(blocks)


def _blocks(data: RasterData) -> list[Block]:
    return [Block(first=g.first_row, n=g.n_rows, ranks=_short(g.ranks)) for g in data.groups]


def _short(ranks: Sequence[int]) -> int | list[int]:
    """Return the first of ranks that count on from there, or all."""
    first = ranks[0] if ranks else 0
    return first if isinstance(ranks, range) or not ranks else list(ranks)


def value_range(values: NDArray[np.floating]) -> tuple[float, float]:
    """Return the limits of an axis that shows all finite `values` with a little room."""
    finite = drawable(values)
    if len(finite) == 0:
        return (0.0, 1.0)
    low, high = float(finite.min()), float(finite.max())
    room = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    return (low - room, high + room)


@swept()
def raster_png(data: RasterData, *, title: str | None = None) -> bytes:
    """Return a still picture of the spikes."""
    picture = Figure(figsize=(9.0, 3.4), layout="constrained")
    axes = picture.subplots()
    size = 1.0 if len(data.rows) > MANY_SPIKES else 4.0
    for group in data.groups:
        times, rows = data.of(group)
        axes.scatter(times, rows, s=size, c=group.colour, linewidths=0, label=group.name)
    axes.set_ylim(*data.row_limits)
    ticks = ticks_of(_blocks(data), data.row_limits, STILL_HEIGHT)
    axes.set_yticks(ticks, [data.rank(tick) for tick in ticks])
    return _png(picture, axes, data, "neuron", title, len(data.groups))


@swept()
def trace_png(data: TraceData, *, title: str | None = None) -> bytes:
    """Return a still picture of the traces."""
    picture = Figure(figsize=(9.0, 2.4), layout="constrained")
    axes = picture.subplots()
    for values, name, colour, alpha, dash in data.lines:
        label = name if alpha == 1.0 else None
        style = (0, tuple(0.7 * pixels for pixels in dash)) if dash else "-"
        axes.plot(data.times_ms, values, color=colour, alpha=alpha, label=label, linestyle=style)
    axes.set_ylim(*data.value_limits)
    write(axes, data.lacking)
    return _png(picture, axes, data, data.label, title, data.alphas.count(1.0))


def _time_frame(
    start_ms: float,
    stop_ms: float,
    y_limits: tuple[float, float],
    y_label: str,
    title: str | None,
    height: int = HEIGHT,
) -> figure:
    return blank(
        (start_ms, stop_ms),
        y_limits,
        x_label=TIME,
        y_label=y_label,
        name=y_label,
        title=title,
        height=height,
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
    axes.set_xlabel(TIME)
    axes.set_ylabel(y_label)
    axes.spines[["top", "right"]].set_visible(False)
    if title:
        axes.set_title(title, loc="left", fontsize="medium")
    if n_names > 1:
        picture.legend(
            loc="outside upper right", ncols=paper().names_in_a_line(n_names), frameon=False,
            markerscale=3, fontsize="small",
        )  # fmt: skip
    return png(picture)
