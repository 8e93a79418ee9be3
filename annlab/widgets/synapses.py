"""Live views of synapses: the weight matrix, receptive fields, the histogram of weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from typing import Protocol

import numpy as np
import traitlets
from bokeh.plotting import figure
from numpy.typing import NDArray

from annlab.calls import public
from annlab.errors import ArgumentTypeError
from annlab.network.projection import Projection
from annlab.widgets import assets, naming
from annlab.widgets.feed_copies import CopyFeed, Scale, image_part
from annlab.widgets.field_grid import FieldGrid
from annlab.widgets.fields import FieldLayout, MatrixLayout
from annlab.widgets.figure_bars import BarsData, bars_figure, bars_png
from annlab.widgets.figure_image import ImageData, image_figure, image_png
from annlab.widgets.figure_parts import frame_of
from annlab.widgets.given import read_bars, read_limits, read_title, read_variable
from annlab.widgets.palette import DIVERGING, SEQUENTIAL, colour
from annlab.widgets.pump import Part
from annlab.widgets.source import SynapseReader, Synapses
from annlab.widgets.view import LiveFigure, Shot, Snapshot

PERIOD_S = 0.5
N_BARS = 60
MOST_BARS = 10_000


class Layout(Protocol):
    """Where each synapse lies in a picture."""

    extent: tuple[int, int]

    @property
    def grid(self) -> FieldGrid | None: ...

    @property
    def axis_names(self) -> tuple[str, str]: ...

    def cells(self, synapses: Synapses) -> NDArray[np.floating]:
        """Return ``(rows, columns)``: the mean of the synapses in a cell, NaN where is none."""
        ...


@public
def weights(
    projection: Projection,
    variable: str = "w",
    *,
    limits: tuple[float, float] | None = None,
    title: str = "",
) -> SynapseImage:
    """Show the matrix of weights: a row a postsynaptic neuron, a column a presynaptic one.

    Large matrices are shown in blocks, each with the mean of its synapses. Where there is no
    synapse, nothing is drawn.

    Parameters
    ----------
    projection
        A projection of a compiled network.
    variable
        Any variable or parameter of its synapses.
    limits
        The ends of the colour scale; without, those of the values.
    title
        Shown above the picture.

    Examples
    --------
    >>> import annlab
    >>> from annlab.widgets import weights
    >>> net = annlab.Network()
    >>> cells = net.create(20, annlab.LeakyIntegrator)
    >>> drawn = annlab.Uniform(0.0, 1.0)
    >>> loop = net.connect(cells, cells, "exc", name="loop").all_to_all(drawn)
    >>> net.compile()
    >>> view = weights(loop, limits=(0.0, 1.0))  # a notebook shows it
    >>> view
    <live picture of loop: w>
    >>> view.close()
    """
    limits = _checked(projection, variable, limits, title)
    reader = SynapseReader(projection, variable)
    code = naming.call("weights", projection, variable, limits=limits, title=title)
    layout = MatrixLayout(reader.n_post, reader.n_pre)
    what = f"{projection.name}: {variable}"
    return SynapseImage(projection, reader, layout, what, limits=limits, title=title, code=code)


@public
def receptive_fields(
    projection: Projection,
    variable: str = "w",
    *,
    ranks: Sequence[int] | None = None,
    limits: tuple[float, float] | None = None,
    title: str = "",
) -> SynapseImage:
    """Show what postsynaptic neurons listen to: one small picture of the weights for each.

    Parameters
    ----------
    projection
        A projection of a compiled network; each field has the geometry of the presynaptic
        population, and above it the rank of its neuron.
    variable
        Any variable or parameter of its synapses.
    ranks
        The postsynaptic neurons; without, all, or the first hundred. They lie in the geometry of
        their population if all of them are shown and it has two dimensions.
    limits
        The ends of the colour scale; without, those of the values.
    title
        Shown above the picture.

    Examples
    --------
    >>> import annlab
    >>> from annlab.widgets import receptive_fields
    >>> net = annlab.Network()
    >>> pixels = net.create((8, 8), annlab.LeakyIntegrator)
    >>> cells = net.create((2, 3), annlab.LeakyIntegrator)
    >>> drawn = annlab.Uniform(0.0, 1.0)
    >>> proj = net.connect(pixels, cells, "exc", name="fields").all_to_all(drawn)
    >>> net.compile()
    >>> view = receptive_fields(proj)  # a notebook shows it
    >>> view
    <live picture of fields: fields of w>
    >>> view.close()
    """
    limits = _checked(projection, variable, limits, title)
    layout = FieldLayout(projection.pre, projection.post, ranks)
    reader = SynapseReader(projection, variable)
    code = naming.call(
        "receptive_fields", projection, variable, ranks=ranks, limits=limits, title=title
    )
    what = f"{projection.name}: fields of {variable}"
    return SynapseImage(projection, reader, layout, what, limits=limits, title=title, code=code)


@public
class SynapseImage(LiveFigure):
    """What `weights` and `receptive_fields` return: a picture, renewed twice a second.

    Examples
    --------
    >>> import annlab
    >>> from annlab.widgets import weights
    >>> net = annlab.Network()
    >>> cells = net.create(20, annlab.LeakyIntegrator)
    >>> drawn = annlab.Uniform(0.0, 1.0)
    >>> loop = net.connect(cells, cells, "exc", name="loop").all_to_all(drawn)
    >>> net.compile()
    >>> view = weights(loop)
    >>> view.snapshot()
    <loop: w, t = 0 ms>
    >>> view.close()
    """

    _files = (*assets.FIGURE, "fields", "image")
    colours = traitlets.List().tag(sync=True)
    axis_names = traitlets.List().tag(sync=True)
    unit = traitlets.Unicode().tag(sync=True)
    fields = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        projection: Projection,
        reader: SynapseReader,
        layout: Layout,
        what: str,
        *,
        limits: tuple[float, float] | None,
        title: str,
        code: str,
    ) -> None:
        self._reader = reader
        self._layout = layout
        self._what = what
        self._limits = limits
        first = projection._network._call(reader.copy)
        values = reader.arranged(first).values
        self._is_signed = bool((values < 0).any() and (values > 0).any())
        self._colours = DIVERGING if self._is_signed else SEQUENTIAL
        super().__init__(
            projection._network,
            f"live picture of {what}",
            frame=frame_of(image_figure, self._picture(reader.arranged(first), 0.0)),
            title=title or what,
            code=code,
            colours=list(self._colours),
            axis_names=list(layout.axis_names),
            fields=asdict(layout.grid) if layout.grid else {},
        )
        scale = self._scale()

        def part(copied: object, _is_fresh: bool) -> Part:
            cells = layout.cells(reader.arranged(copied))  # type: ignore[arg-type]  # of `copy`
            return image_part(cells, extent=layout.extent, ends=scale.ends(cells))

        feed = CopyFeed(ask=self._source.post, copy=reader.copy, part=part, period_s=PERIOD_S)
        self._start(feed)

    def data(self) -> ImageData:
        """Return the picture as it is now.

        Examples
        --------
        >>> import annlab
        >>> from annlab.widgets import weights
        >>> net = annlab.Network()
        >>> cells = net.create(20, annlab.LeakyIntegrator)
        >>> drawn = annlab.Uniform(0.0, 1.0)
        >>> loop = net.connect(cells, cells, "exc").all_to_all(drawn)
        >>> net.compile()
        >>> view = weights(loop)
        >>> view.data().cells.shape
        (20, 20)
        >>> view.close()
        """
        self._require_open()
        synapses = self._reader.arranged(self._source.call(self._reader.copy))
        return self._picture(synapses, self._source.step * self._source.dt)

    def snapshot(self) -> Snapshot:
        """Return a still picture of now; it stays in a saved notebook."""
        return self._shot().snapshot()

    def _shot(self) -> Shot[ImageData]:
        data = self.data()
        what = f"{self._what}, t = {data.time_ms:g} ms"
        return Shot(data, partial(image_png, title=self.title or None), what)

    def to_figure(self) -> figure:
        """Return a Bokeh figure of now that belongs to the caller."""
        return image_figure(self.data(), title=self.title or None)

    def _scale(self) -> Scale:
        return Scale(self._limits, is_even=self._is_signed)

    def _release(self) -> None:
        del self._reader, self._layout  # they know where each synapse lies

    def _picture(self, synapses: Synapses, time_ms: float) -> ImageData:
        cells = self._layout.cells(synapses)
        return ImageData(
            cells=cells,
            extent=self._layout.extent,
            ends=self._scale().ends(cells),
            colours=self._colours,
            label=self._what,
            axis_names=self._layout.axis_names,
            time_ms=time_ms,
            fields=self._layout.grid,
        )


@public
def weight_histogram(
    projection: Projection,
    variable: str = "w",
    *,
    n_bars: int = N_BARS,
    limits: tuple[float, float] | None = None,
    title: str = "",
) -> Histogram:
    """Show how many synapses have which weight.

    Parameters
    ----------
    projection
        A projection of a compiled network.
    variable
        Any variable or parameter of its synapses.
    n_bars
        How many intervals.
    limits
        Ends of the axis; without, those of the values.
    title
        Shown above the picture.

    Examples
    --------
    >>> import annlab
    >>> from annlab.widgets import weight_histogram
    >>> net = annlab.Network()
    >>> cells = net.create(20, annlab.LeakyIntegrator)
    >>> drawn = annlab.Uniform(0.0, 1.0)
    >>> loop = net.connect(cells, cells, "exc", name="loop").all_to_all(drawn)
    >>> net.compile()
    >>> view = weight_histogram(loop, n_bars=10)  # a notebook shows it
    >>> view
    <live histogram of loop: w>
    >>> view.close()
    """
    limits = _checked(projection, variable, limits, title)
    n_bars = read_bars(n_bars, MOST_BARS)
    given = None if n_bars == N_BARS else n_bars
    code = naming.call(
        "weight_histogram", projection, variable, n_bars=given, limits=limits, title=title
    )
    return Histogram(projection, variable, n_bars=n_bars, limits=limits, title=title, code=code)


@public
class Histogram(LiveFigure):
    """What `weight_histogram` returns: bars, renewed twice a second.

    Examples
    --------
    >>> import annlab
    >>> from annlab.widgets import weight_histogram
    >>> net = annlab.Network()
    >>> cells = net.create(20, annlab.LeakyIntegrator)
    >>> drawn = annlab.Uniform(0.0, 1.0)
    >>> loop = net.connect(cells, cells, "exc", name="loop").all_to_all(drawn)
    >>> net.compile()
    >>> view = weight_histogram(loop)
    >>> view.snapshot()
    <histogram of loop: w, 380 synapses>
    >>> view.close()
    """

    _files = (*assets.FIGURE, "bars")
    axis_names = traitlets.List().tag(sync=True)

    def __init__(
        self,
        projection: Projection,
        variable: str,
        *,
        n_bars: int,
        limits: tuple[float, float] | None,
        title: str,
        code: str,
    ) -> None:
        self._reader = SynapseReader(projection, variable)
        self._n_bars = n_bars
        self._limits = limits
        self._label = variable
        self._what = f"{projection.name}: {variable}"
        copied = projection._network._call(self._reader.copy)
        first = self._bars(copied, self._scale())
        super().__init__(
            projection._network,
            f"live histogram of {self._what}",
            frame=frame_of(bars_figure, first),
            groups=[{"name": self._what, "colour": colour(0)}],
            title=title,
            code=code,
            axis_names=["synapses", variable],
        )
        scale = self._scale()

        def part(copied: object, _is_fresh: bool) -> Part:
            bars = self._bars(copied, scale)
            header = {
                "low": float(bars.edges[0]),
                "high": float(bars.edges[-1]),
                "total": int(bars.counts.sum()),
            }
            return Part(header=header, arrays=(bars.counts.astype(np.uint32),))

        self._start(
            CopyFeed(ask=self._source.post, copy=self._reader.copy, part=part, period_s=PERIOD_S)
        )

    def data(self) -> BarsData:
        """Return the histogram as it is now.

        Examples
        --------
        >>> import annlab
        >>> from annlab.widgets import weight_histogram
        >>> net = annlab.Network()
        >>> cells = net.create(20, annlab.LeakyIntegrator)
        >>> drawn = annlab.Uniform(0.0, 1.0)
        >>> loop = net.connect(cells, cells, "exc").all_to_all(drawn)
        >>> net.compile()
        >>> view = weight_histogram(loop, n_bars=10)
        >>> int(view.data().counts.sum())
        380
        >>> view.close()
        """
        self._require_open()
        return self._bars(self._source.call(self._reader.copy), self._scale())

    def snapshot(self) -> Snapshot:
        """Return a still picture of now; it stays in a saved notebook."""
        return self._shot().snapshot()

    def _shot(self) -> Shot[BarsData]:
        data = self.data()
        what = f"histogram of {self._what}, {data.counts.sum()} synapses"
        return Shot(data, partial(bars_png, title=self.title or self._what), what)

    def to_figure(self) -> figure:
        """Return a Bokeh figure of now that belongs to the caller."""
        return bars_figure(self.data(), title=self.title or self._what)

    def _scale(self) -> Scale:
        return Scale(self._limits, has_zero=False, is_round=True)

    def _release(self) -> None:
        del self._reader

    def _bars(self, copied: object, scale: Scale) -> BarsData:
        values = self._reader.arranged(copied).values  # type: ignore[arg-type]  # of `copy`
        values = values[np.isfinite(values)]
        counts, edges = np.histogram(values, bins=self._n_bars, range=scale.ends(values))
        return BarsData(
            edges=edges,
            counts=counts,
            colour=colour(0),
            label=self._label,
            what="synapses",
            time_ms=0.0,
        )


def _checked(
    projection: object, variable: str, limits: tuple[float, float] | None, title: str
) -> tuple[float, float] | None:
    """Return the limits; refuse what cannot be shown."""
    if not isinstance(projection, Projection):
        raise ArgumentTypeError(
            f"a view of synapses cannot show {projection!r}", hint="pass a projection"
        )
    read_variable(variable, f"projection '{projection.name}'", list(projection.attributes))
    read_title(title, "the view")
    return read_limits(limits, "the scale")
