"""The live map: a population of two dimensions as a picture, one square a neuron."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import traitlets
from bokeh.plotting import figure
from numpy.typing import NDArray

from annlab.calls import public
from annlab.errors import ShapeError
from annlab.ir.expr import Locality
from annlab.network.population import Population
from annlab.network.view import PopulationView
from annlab.runtime.tap import SpikeTap
from annlab.widgets import assets, naming
from annlab.widgets.feed_copies import CopyFeed, Scale, image_part
from annlab.widgets.feeds import Clock, first_after_reset
from annlab.widgets.figure_image import ImageData, image_figure, image_png
from annlab.widgets.figure_parts import frame_of
from annlab.widgets.given import read_limits, read_span, read_title, read_variable
from annlab.widgets.palette import SEQUENTIAL
from annlab.widgets.pump import Feed, Part
from annlab.widgets.source import LiveNetwork, Selection, network_of, present, selection
from annlab.widgets.view import LiveFigure, Shot, Snapshot

PERIOD_S = 1 / 15
# A scale of rates is no finer: what is below is the rest of a spike long ago.
SILENT_HZ = 1.0


@public
def activity(
    population: Population | PopulationView,
    variable: str | None = None,
    *,
    window_ms: float = 100.0,
    limits: tuple[float, float] | None = None,
    title: str = "",
) -> Activity:
    """Show a population of two dimensions as a map while the network runs.

    Parameters
    ----------
    population
        A population, or a view that is a block of two dimensions such as ``pop[2:5, :]``. Of three
        dimensions the first two are shown as one; of one dimension, a nearly square block is made.
    variable
        What the colours mean. Without, the firing rate [Hz] of spiking neurons, `r` of others.
    window_ms
        Time constant of the mean that makes rates out of spikes [ms].
    limits
        The ends of the colour scale; without, those of the values.
    title
        Shown above the picture.

    Raises
    ------
    UnknownAttributeError
        If the neurons have no such variable.

    Examples
    --------
    >>> import annlab
    >>> from annlab.widgets import activity
    >>> net = annlab.Network()
    >>> sheet = net.create((4, 5), annlab.Neuron(equations="r = t"), name="sheet")
    >>> net.compile()
    >>> view = activity(sheet, limits=(0.0, 10.0))  # a notebook shows it
    >>> view
    <live map of r of sheet>
    >>> view.close()
    """
    chosen = selection(population)
    state = chosen.population
    window_ms = read_span(window_ms, "window_ms of activity()")
    title = read_title(title, "activity()")
    limits = read_limits(limits, "the colours")
    if variable is None and state.spikes is None:
        variable = "r"
    if variable is not None:
        variable = read_variable(variable, f"population '{chosen.name}'", list(state.values))
    attribute = None if variable is None else state.model.attribute(variable)
    if attribute is not None and attribute.locality is Locality.GLOBAL:
        raise ShapeError(
            f"'{variable}' of '{chosen.name}' is one number for all neurons, so there is no map",
            hint=f"use trace(population, {variable!r})",
        )
    code = naming.call(
        "activity", population, variable, window_ms=window_ms, limits=limits, title=title
    )
    return Activity(
        population,
        chosen,
        variable=variable,
        window_ms=window_ms,
        limits=limits,
        title=title,
        code=code,
    )


@public
class Activity(LiveFigure):
    """What `activity` returns: a picture that changes while the network runs.

    Examples
    --------
    >>> import annlab
    >>> from annlab.widgets import activity
    >>> net = annlab.Network()
    >>> sheet = net.create((4, 5), annlab.Neuron(equations="r = t"))
    >>> net.compile()
    >>> view = activity(sheet)
    >>> view.snapshot()
    <map of pop0: r, t = 0 ms>
    >>> view.close()
    """

    _files = (*assets.FIGURE, "fields", "image")
    colours = traitlets.List().tag(sync=True)
    axis_names = traitlets.List(["row", "column"]).tag(sync=True)
    unit = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        population: Population | PopulationView,
        chosen: Selection,
        *,
        variable: str | None,
        window_ms: float,
        limits: tuple[float, float] | None,
        title: str,
        code: str,
    ) -> None:
        network = network_of(population)
        self._shape = _block(population.geometry, len(chosen.ranks))
        self._limits = limits
        self._has_zero = variable in (None, "r")
        self._least = SILENT_HZ if variable is None else None
        label = "firing rate (Hz)" if variable is None else variable
        self._label = f"{chosen.name}: {label}"
        empty = ImageData(
            cells=np.zeros(self._shape),
            extent=(self._shape[1], self._shape[0]),
            ends=(0.0, 1.0),
            colours=SEQUENTIAL,
            label=label,
            axis_names=("row", "column"),
            time_ms=0.0,
        )
        super().__init__(
            network,
            f"live map of {label} of {chosen.name}",
            frame=frame_of(image_figure, empty),
            title=title or self._label,
            code=code,
            colours=list(SEQUENTIAL),
            unit="Hz" if variable is None else "",
        )
        self._tap: SpikeTap | None = None
        if variable is None:
            self._tap = _tap(chosen, self._source)
            self._source.add_taps([self._tap])
        self._read, feed = self._reading(chosen, variable, window_ms / network.dt)
        self._start(feed)

    def data(self) -> ImageData:
        """Return the map as it is now.

        Examples
        --------
        >>> import annlab
        >>> from annlab.widgets import activity
        >>> net = annlab.Network()
        >>> sheet = net.create((4, 5), annlab.Neuron(equations="r = t"))
        >>> net.compile()
        >>> view = activity(sheet)
        >>> view.data().cells.shape
        (4, 5)
        >>> view.close()
        """
        self._require_open()
        cells = self._cells(self._read())
        return ImageData(
            cells=cells,
            extent=(cells.shape[1], cells.shape[0]),
            ends=self._scale().ends(cells),
            colours=SEQUENTIAL,
            label=self._label,
            axis_names=("row", "column"),
            time_ms=self._source.step * self._source.dt,
        )

    def snapshot(self) -> Snapshot:
        """Return a still picture of now; it stays in a saved notebook."""
        return self._shot().snapshot()

    def _shot(self) -> Shot[ImageData]:
        data = self.data()
        return Shot(data, image_png, f"map of {self._label}, t = {data.time_ms:g} ms")

    def to_figure(self) -> figure:
        """Return a Bokeh figure of now that belongs to the caller."""
        return image_figure(self.data(), title=self.title or None)

    def _scale(self) -> Scale:
        return Scale(self._limits, has_zero=self._has_zero, least=self._least)

    def _cells(self, values: NDArray) -> NDArray[np.floating]:
        """Lay the neurons out; where the block has more places, nothing is there."""
        cells = np.full(self._shape[0] * self._shape[1], np.nan)
        cells[: len(values)] = values
        return cells.reshape(self._shape)

    def _reading(
        self, chosen: Selection, variable: str | None, window_steps: float
    ) -> tuple[Callable[[], NDArray], Feed]:
        """Return a function that reads the values now, and the feed of the page."""
        scale = self._scale()

        def part(values: NDArray, _is_fresh: bool) -> Part:
            cells = self._cells(values)
            extent = (cells.shape[1], cells.shape[0])
            return image_part(cells, extent=extent, ends=scale.ends(cells))

        source = self._source
        if self._tap is not None:
            to_hz = 1000.0 / source.dt
            window = _Rates(self._tap, chosen.ranks, window_steps, to_hz, source)
            return window.now, _SpikeMapFeed(window, part, scale)
        state, ranks, name = chosen.population, chosen.ranks, str(variable)
        copy = lambda: present(state.values, name)[ranks]  # noqa: E731  # read between two steps
        feed = CopyFeed(ask=source.post, copy=copy, part=part, period_s=PERIOD_S)
        return lambda: source.call(copy), feed

    def _release(self) -> None:
        if self._tap is not None:
            self._source.remove_taps([self._tap])
        del self._tap, self._read


class _Rates:
    """Rates from spikes: each spike counts less and less as time passes."""

    def __init__(
        self,
        tap: SpikeTap,
        ranks: NDArray[np.int64],
        window_steps: float,
        to_hz: float,
        clock: Clock,
    ) -> None:
        self._tap = tap
        self._ranks = ranks
        self._window_steps = window_steps
        self._scale = to_hz / window_steps
        self._clock = clock

    def now(self) -> NDArray[np.floating]:
        """Return the rates [Hz]. Spikes older than some ten windows no longer matter."""
        steps, ranks, _, _ = self._tap.read(0)
        first = first_after_reset(steps, self._clock)
        steps, ranks = steps[first:], ranks[first:]
        now = max(self._clock.step, int(steps[-1]) + 1 if len(steps) else 0)
        recent = np.searchsorted(steps, now - 10 * self._window_steps)
        weights = np.exp((steps[recent:] - now) / self._window_steps)
        sums = np.bincount(ranks[recent:], weights=weights, minlength=self._tap.population.n)
        return sums[self._ranks] * self._scale


class _SpikeMapFeed:
    """A new map whenever time has passed, and while its scale is not what it will be."""

    def __init__(self, rates: _Rates, part: Callable[[NDArray, bool], Part], scale: Scale) -> None:
        self._rates = rates
        self._scale = scale
        self._part = part
        self._step: int | None = None

    def rewind(self) -> None:
        self._step = None

    def collect(self) -> Part | None:
        step = self._rates._clock.step
        if step == self._step and self._scale.is_settled:
            return None
        self._step = step
        return self._part(self._rates.now(), False)


def _tap(chosen: Selection, source: LiveNetwork) -> SpikeTap:
    state = chosen.population
    mask = None
    if len(chosen.ranks) < state.n:
        mask = np.zeros(state.n, np.bool_)
        mask[chosen.ranks] = True
    return source.spike_tap(state, mask)


def _block(geometry: tuple[int, ...] | None, n: int) -> tuple[int, int]:
    """Return rows and columns of the picture.

    Examples
    --------
    >>> _block((4, 5), 20), _block((2, 3, 4), 24), _block((10,), 10), _block(None, 3)
    ((4, 5), (6, 4), (3, 4), (2, 2))
    """
    if geometry is not None and len(geometry) >= 2:
        return int(np.prod(geometry[:-1])), geometry[-1]
    columns = max(1, int(np.ceil(np.sqrt(n))))
    return -(-n // columns), columns
