"""Figures and still pictures of phase planes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from bokeh.models import ColumnDataSource, GlyphRenderer, HoverTool
from bokeh.plotting import figure
from matplotlib.figure import Figure
from numpy.typing import NDArray

from annlab.widgets.figure_parts import HEIGHT, add_legend, blank, png, say, swept, write
from annlab.widgets.finite import joined, lacking

WIDTH = 560
# Of the line where x stands still, and of that where y does.
NULLCLINES = ("#d5406f", "#1c9cab")
ARROW = 0.028  # part of an axis

Line = NDArray[np.floating]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaneData:
    """Paths ``(n, n_neurons, 2)`` of neurons, and the field of their equations.

    `nullclines` has the lines ``(n, 2)`` where x does not change, then those of y; ``arrows
    (n, 4)`` places and directions in parts of the axes.
    """

    paths: NDArray[np.floating]
    names: tuple[str, ...]
    colours: tuple[str, ...]
    axis_names: tuple[str, str]
    x_limits: tuple[float, float]
    y_limits: tuple[float, float]
    nullclines: tuple[Sequence[Line], Sequence[Line]]
    arrows: NDArray[np.floating]
    time_ms: float
    axis_labels: tuple[str, str]  # the names with their units

    def beside(self, other: PlaneData) -> PlaneData:
        """Return this on axes that hold the paths of the other as well."""
        x_limits = joined(self.x_limits, other.x_limits)
        return replace(self, x_limits=x_limits, y_limits=joined(self.y_limits, other.y_limits))

    @property
    def lacking(self) -> str:
        """What to say of neurons that are nowhere in the plane."""
        newest = self.paths[-1].sum(axis=1) if len(self.paths) else np.zeros(len(self.names))
        return lacking(newest, self.names)

    @property
    def nullcline_names(self) -> tuple[str, str]:
        """What the two kinds of lines are called."""
        return (f"d{self.axis_names[0]}/dt = 0", f"d{self.axis_names[1]}/dt = 0")

    def segments(self) -> tuple[NDArray, NDArray, NDArray, NDArray]:
        """Return the ends x0, y0, x1, y1 of the arrows in data units."""
        width = ARROW * (self.x_limits[1] - self.x_limits[0])
        height = ARROW * (self.y_limits[1] - self.y_limits[0])
        x, y, u, v = self.arrows.T
        return x - u * width, y - v * height, x + u * width, y + v * height


def plane_figure(data: PlaneData, *, title: str | None = None) -> figure:
    """Return a figure with paths, nullclines and the field, and the values under the pointer."""
    x_name, y_name = data.axis_names
    plot = blank(
        data.x_limits,
        data.y_limits,
        x_label=data.axis_labels[0],
        y_label=data.axis_labels[1],
        name=f"{x_name}-{y_name}",
        title=title,
        height=HEIGHT,
        width=WIDTH,
    )
    items: list[tuple[str, GlyphRenderer]] = []
    x0, y0, x1, y1 = data.segments()
    plot.segment(x0, y0, x1, y1, color="#888888", alpha=0.5)
    plot.scatter(x1, y1, size=2.5, color="#888888", alpha=0.5)
    for k, lines in enumerate(data.nullclines):
        xs, ys = ([line[:, axis] for line in lines] for axis in (0, 1))
        shown = plot.multi_line(
            "xs",
            "ys",
            source=ColumnDataSource({"xs": xs, "ys": ys}),
            color=NULLCLINES[k],
            line_width=2,
            line_dash="dashed" if k else "solid",
        )
        items.append((data.nullcline_names[k], shown))
    for k, (name, colour) in enumerate(zip(data.names, data.colours, strict=True)):
        source = ColumnDataSource({"x": data.paths[:, k, 0], "y": data.paths[:, k, 1]})
        items.append((name, plot.line("x", "y", source=source, color=colour, name=name)))
        plot.scatter(data.paths[-1:, k, 0], data.paths[-1:, k, 1], size=8, color=colour)
    plot.add_tools(HoverTool(tooltips=[(x_name, "$x"), (y_name, "$y")]))
    add_legend(plot, items)
    say(plot, data.lacking)
    return plot


@swept()
def plane_png(data: PlaneData, *, title: str | None = None) -> bytes:
    """Return a still picture of the plane."""
    picture = Figure(figsize=(6.4, 4.2), layout="constrained")
    axes = picture.subplots()
    x0, y0, x1, y1 = data.segments()
    axes.plot([x0, x1], [y0, y1], color="0.6", linewidth=0.8)
    axes.plot(x1, y1, ".", color="0.6", markersize=2.5)
    for k, lines in enumerate(data.nullclines):
        for i, line in enumerate(lines):
            axes.plot(
                line[:, 0],
                line[:, 1],
                color=NULLCLINES[k],
                linewidth=1.8,
                linestyle="--" if k else "-",
                label=None if i else data.nullcline_names[k],
            )
    for k, (name, colour) in enumerate(zip(data.names, data.colours, strict=True)):
        axes.plot(data.paths[:, k, 0], data.paths[:, k, 1], color=colour, linewidth=1, label=name)
        axes.plot(data.paths[-1:, k, 0], data.paths[-1:, k, 1], "o", color=colour)
    axes.set_xlim(*data.x_limits)
    axes.set_ylim(*data.y_limits)
    write(axes, data.lacking)
    axes.set_xlabel(data.axis_labels[0])
    axes.set_ylabel(data.axis_labels[1])
    axes.spines[["top", "right"]].set_visible(False)
    if title:
        axes.set_title(title, loc="left", fontsize="medium")
    picture.legend(loc="outside lower center", ncols=4, frameon=False, fontsize="small")
    return png(picture)
