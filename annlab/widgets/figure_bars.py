"""Figures and still pictures of histograms."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from bokeh.models import ColumnDataSource, HoverTool
from bokeh.plotting import figure
from matplotlib.figure import Figure
from numpy.typing import NDArray

from annlab.widgets.figure_parts import SMALL_HEIGHT, blank, png, swept
from annlab.widgets.finite import Ends, joined


@dataclass(frozen=True, slots=True, kw_only=True)
class BarsData:
    """How many of `what` have a value in each interval of ``edges (n + 1,)``: ``counts (n,)``."""

    edges: NDArray[np.float64]
    counts: NDArray[np.int64]
    colour: str
    label: str
    what: str
    time_ms: float
    limits: tuple[Ends, Ends] | None = None  # of both axes; without, those of its own bars

    def beside(self, other: BarsData) -> BarsData:
        """Return this on axes that hold the bars of the other as well."""
        (x, y), (its_x, its_y) = self.axes, other.axes
        return replace(self, limits=(joined(x, its_x), joined(y, its_y)))

    @property
    def axes(self) -> tuple[Ends, Ends]:
        """The ends of both axes."""
        highest = 1.06 * max(float(self.counts.max(initial=0)), 1.0)
        own = (float(self.edges[0]), float(self.edges[-1])), (0.0, highest)
        return self.limits or own


def bars_figure(data: BarsData, *, title: str | None = None) -> figure:
    """Return a figure with a bar for each interval, and the numbers under the pointer."""
    plot = blank(
        *data.axes,
        x_label=data.label,
        y_label=data.what,
        name=data.label.replace(" ", "-"),
        title=title,
        height=SMALL_HEIGHT,
    )
    source = ColumnDataSource(
        {"left": data.edges[:-1], "right": data.edges[1:], "count": data.counts}
    )
    plot.quad(
        left="left", right="right", top="count", bottom=0, source=source, color=data.colour,
        line_color=None,
    )  # fmt: skip
    plot.add_tools(
        HoverTool(tooltips=[(data.what, "@count"), (data.label, "@left{0.000} to @right{0.000}")])
    )
    return plot


@swept()
def bars_png(data: BarsData, *, title: str | None = None) -> bytes:
    """Return a still picture of the histogram."""
    picture = Figure(figsize=(6.0, 2.6), layout="constrained")
    axes = picture.subplots()
    axes.stairs(data.counts, data.edges, fill=True, color=data.colour)
    axes.set_xlim(*data.axes[0])
    axes.set_ylim(*data.axes[1])
    axes.set_xlabel(data.label)
    axes.set_ylabel(data.what)
    axes.spines[["top", "right"]].set_visible(False)
    if title:
        axes.set_title(title, loc="left", fontsize="medium")
    return png(picture)
