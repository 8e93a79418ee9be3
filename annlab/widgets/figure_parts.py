"""What all figures have in common: their tools, their axes, their legend, their PNG."""

from __future__ import annotations

import gc
import io
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

from bokeh.embed import json_item
from bokeh.models import (
    Axis,
    BasicTicker,
    BasicTickFormatter,
    ColumnDataSource,
    CustomJSTickFormatter,
    GlyphRenderer,
    Grid,
    HoverTool,
    InlineStyleSheet,
    Legend,
    LegendItem,
    NoOverlap,
    Range1d,
    ResetTool,
    SaveTool,
    Title,
)
from bokeh.plotting import figure
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from annlab.widgets import assets

D = TypeVar("D")

TOOLS = "pan,wheel_zoom,box_zoom,reset,save"
TIME = "time (ms)"
HEIGHT = 340
SMALL_HEIGHT = 240
NAMES_IN_A_LINE = 8  # of a legend
LABEL_GAP = 6  # pixels between the numbers of an axis
# The lines between the tools have the colour of the page's lines; the active tool has a ground,
# where Bokeh draws a blue line that seems to belong to the picture.
TOOL_STYLE = """
:host { --button-color: var(--annlab-line, lightgray); }
.bk-active {
  --active-border: transparent;
  background-color: rgb(127 127 127 / 20%);
  border-radius: 4px;
}
[role="button"]:focus-visible {
  outline: 2px solid var(--jp-brand-color1, #1976d2);
  outline-offset: -2px;
}
"""


def blank(
    x_limits: tuple[float, float],
    y_limits: tuple[float, float],
    *,
    x_label: str,
    y_label: str,
    name: str,
    title: str | None = None,
    height: int = HEIGHT,
    width: int | None = None,
) -> figure:
    """Return an empty figure in the common style.

    `name` is that of a saved picture, which has no blanks. Without a `width` it is as
    wide as its place.
    """
    # Any: keywords of Bokeh's own class.
    size: dict[str, Any] = {"sizing_mode": "stretch_width"} if width is None else {"width": width}
    plot = figure(
        title=title,
        height=height,
        tools=TOOLS,
        active_drag="pan",
        x_range=Range1d(start=x_limits[0], end=x_limits[1]),
        y_range=Range1d(start=y_limits[0], end=y_limits[1]),
        x_axis_label=x_label,
        y_axis_label=y_label,
        min_border_left=66,
        **size,
    )
    plot.toolbar.logo = None
    for tool in plot.toolbar.tools:
        if isinstance(tool, SaveTool):
            # Without a name it asks for one with a dialogue of the browser, which halts the page.
            tool.filename = f"annlab-{'-'.join(name.split())}"
            tool.description = "Save picture"
        elif isinstance(tool, ResetTool):
            tool.description = "Reset view"  # the bar above has a "Reset" for the network
    plot.outline_line_color = None
    plot.grid.grid_line_alpha = 0.35
    for axis in plot.axis:
        axis.axis_label_text_font_style = "normal"
        axis.minor_tick_line_color = None
        axis.formatter = CustomJSTickFormatter(code=assets.script("ticks"))
        axis.major_label_policy = NoOverlap(min_distance=LABEL_GAP)
    if x_label == TIME:
        # After a hundred seconds too a time reads 172800 and not 1.728e+5.
        plot.xaxis.formatter = BasicTickFormatter(use_scientific=False)
    return plot


def count_on(axis: Axis, grid: Grid, n: int) -> None:
    """Let an axis of things numbered from 0 have whole ticks, and none where there is nothing."""
    axis.bounds = grid.bounds = (-0.5, max(n, 1) - 0.5)
    axis.ticker = BasicTicker(min_interval=1.0)


@contextmanager
def swept() -> Iterator[None]:
    """Collect what is made and dropped inside when it has ended. Decorates functions, too.

    Models of Bokeh and artists of Matplotlib hold each other in circles. Python's collector takes
    new ones soon, but those that it met while they were in use only after a quarter as much again
    as all that is in the kernel: ten dashboards, of 1.6 MB each. So it may not meet them.
    """
    _pause.begin()
    try:
        yield
    finally:
        _pause.end()


class _Pause:
    """The collector is off while any thread is inside, and afterwards what it was before."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # the collector may come, and close views, in between
        self._n_inside = 0
        self._was_on = False

    def begin(self) -> None:
        with self._lock:
            if not self._n_inside:
                self._was_on = gc.isenabled()
                gc.disable()
            self._n_inside += 1

    def end(self) -> None:
        with self._lock:
            self._n_inside -= 1
            if self._n_inside or not self._was_on:
                return
            gc.enable()
        gc.collect(0)


_pause = _Pause()


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A figure without legend, hover and data, as the page gets it: a live view brings its own.

    `width` is 0 if it is as wide as its place.
    """

    item: Mapping[str, Any]  # Bokeh's JSON
    height: int
    width: int


@swept()
def frame_of(draw: Callable[[D], figure], empty: D) -> Frame:
    """Return the frame of a live view: what `draw` makes of data without anything in it."""
    plot = draw(empty)
    _strip(plot)
    width = 0 if plot.sizing_mode == "stretch_width" else plot.width or 0
    return Frame(item=json_item(plot), height=plot.height or HEIGHT, width=width)


def _strip(plot: figure) -> None:
    plot.above = []
    # From the first moment on: Bokeh would never quite wipe the white off the edges again.
    plot.background_fill_color = plot.border_fill_color = None
    plot.toolbar.stylesheets = [InlineStyleSheet(css=TOOL_STYLE)]
    plot.right = [r for r in plot.right if not r.tags]
    plot.toolbar.tools = [t for t in plot.toolbar.tools if not isinstance(t, HoverTool)]
    # What was drawn here would stay for ever below what the page draws.
    for glyph in (r for r in plot.renderers if isinstance(r, GlyphRenderer)):
        glyph.visible = False
        source = glyph.data_source
        if isinstance(source, ColumnDataSource):
            source.data = {name: [] for name in source.column_names}


def add_legend(plot: figure, items: Sequence[tuple[str, GlyphRenderer]]) -> None:
    """Name the glyphs above the plot, if there are several."""
    if len(items) < 2:
        return
    entries = [LegendItem(label=name, renderers=[glyph]) for name, glyph in items]
    plot.add_layout(
        Legend(
            items=entries,
            orientation="horizontal",
            ncols=min(len(items), NAMES_IN_A_LINE),
            border_line_color=None,
        ),
        "above",
    )


def say(plot: figure, text: str) -> None:
    """Put a remark above the plot, if there is one."""
    if text:
        remark = Title(text=text, text_font_style="italic", text_font_size="12px", align="right")
        plot.add_layout(remark, "above")


def write(axes: Axes, text: str) -> None:
    """Do for a still picture what `say` does for a figure."""
    if text:
        axes.set_title(text, loc="right", fontsize="small", style="italic")


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What still pictures are drawn on: its colour, and how wide they may be [inches]."""

    is_dark: bool = False
    width: float = 9.0

    def names_in_a_line(self, n: int) -> int:
        """Return how many of `n` names a line of a legend takes."""
        return max(1, min(n, round(NAMES_IN_A_LINE * self.width / 9.0)))


_WHITE = Paper()
_paper: ContextVar[Paper] = ContextVar("paper", default=_WHITE)
_DARK, _LIGHT = "#111111", "#dddddd"  # as JupyterLab's dark theme


def paper() -> Paper:
    """Return what is drawn on here."""
    return _paper.get()


@contextmanager
def drawn_on(sheet: Paper) -> Iterator[None]:
    """Let still pictures that are made inside be drawn on `sheet`."""
    token = _paper.set(sheet)
    try:
        yield
    finally:
        _paper.reset(token)


def png(picture: Figure) -> bytes:
    """Return a figure of Matplotlib as the bytes of a PNG, on the paper of here."""
    sheet = paper()
    width, height = picture.get_size_inches()
    if width > sheet.width:
        share = sheet.width / width
        is_flat = height < width / 2  # words keep their size and need room
        picture.set_size_inches(sheet.width, height * share ** (0.5 if is_flat else 1.0))
    if sheet.is_dark:
        _darken(picture)
    FigureCanvasAgg(picture)
    file = io.BytesIO()
    picture.savefig(file, format="png", dpi=110 if sheet.width >= width else 150)
    return file.getvalue()


def _darken(picture: Figure) -> None:
    """Draw in light ink on dark paper. Not by Matplotlib's settings: those are everybody's."""
    picture.set_facecolor(_DARK)
    for axes in picture.axes:
        axes.set_facecolor(_DARK)
        axes.tick_params(which="both", colors=_LIGHT)
        for spine in axes.spines.values():
            spine.set_color(_LIGHT)
    for text in picture.findobj(Text):
        text.set_color(_LIGHT)  # type: ignore[attr-defined]  # artists, as far as types know
