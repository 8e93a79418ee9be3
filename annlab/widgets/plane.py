"""The live phase plane: two variables of some neurons, and the field of their equations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import traitlets
from bokeh.plotting import figure
from numpy.typing import NDArray

from annlab.calls import public
from annlab.errors import ArgumentError
from annlab.network.population import Population
from annlab.network.view import PopulationView
from annlab.runtime.state import PopulationState
from annlab.runtime.tap import ValueTap
from annlab.widgets import assets, naming
from annlab.widgets.feed_plane import PlaneFeed
from annlab.widgets.figure_parts import frame_of
from annlab.widgets.figure_plane import NULLCLINES, PlaneData, plane_figure, plane_png
from annlab.widgets.flow_field import FlowField, Limits, locals_of
from annlab.widgets.given import read_few_ranks, read_limits, read_span, read_title
from annlab.widgets.palette import colour
from annlab.widgets.source import SurroundingsReader, axis_label, network_of, selection
from annlab.widgets.view import LiveFigure, Shot, Snapshot

MAX_NEURONS = 6
MAX_ROWS = 2000


@public
def phase_plane(
    population: Population | PopulationView,
    x: str | None = None,
    y: str | None = None,
    *,
    ranks: Sequence[int] = (0,),
    window_ms: float = 200.0,
    x_limits: Limits | None = None,
    y_limits: Limits | None = None,
    title: str = "",
) -> Plane:
    """Show two variables against each other, with nullclines, while the network runs.

    The nullclines and the arrows are those of the first neuron: made from its equations, with all
    other variables, its parameters and its inputs (a mean over the last moments) as they are now.

    Parameters
    ----------
    population
        A population or a view; `ranks` count within it.
    x, y
        Variables with a differential equation; without, the first two.
    ranks
        The neurons, at most 6.
    window_ms
        How much of the past is drawn [ms].
    x_limits, y_limits
        Ends of the axes; without, those of the paths.
    title
        Shown above the picture.

    Raises
    ------
    ArgumentError
        If the neuron has no two such variables, or a name is not one of them.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(backend="reference")
    >>> cells = net.create(2, annlab.Izhikevich)
    >>> net.compile()
    >>> plane = phase_plane(cells, x_limits=(-80.0, 30.0), y_limits=(-20.0, 20.0))
    >>> plane.data().nullcline_names
    ('dv/dt = 0', 'du/dt = 0')
    >>> plane.close()
    """
    chosen = selection(population)
    window_ms = read_span(window_ms, "window_ms of phase_plane()")
    title = read_title(title, "phase_plane()")
    x_limits = read_limits(x_limits, "the x axis")
    y_limits = read_limits(y_limits, "the y axis")
    n_neurons = len(chosen.ranks)
    ranks = read_few_ranks(ranks, chosen.name, n_neurons, most=MAX_NEURONS, view="phase plane")
    x, y = _variables(population, x, y)
    code = naming.call(
        "phase_plane", population, x, y, ranks=list(ranks), window_ms=window_ms,
        x_limits=x_limits, y_limits=y_limits, title=title,
    )  # fmt: skip
    return Plane(
        population,
        FlowField(chosen.population.model, x, y),
        ranks=chosen.ranks[list(ranks)],
        names=[f"{chosen.name}[{rank}]" for rank in ranks],
        window_ms=window_ms,
        limits=(x_limits, y_limits),
        title=title,
        code=code,
    )


@public
class Plane(LiveFigure):
    """What `phase_plane` returns: paths that move while the network runs.

    Examples
    --------
    >>> import annlab
    >>> from annlab.widgets import phase_plane
    >>> net = annlab.Network(backend="reference")
    >>> cells = net.create(2, annlab.Izhikevich, name="cells")
    >>> net.compile()
    >>> plane = phase_plane(cells, x_limits=(-80.0, 30.0), y_limits=(-20.0, 20.0))
    >>> plane
    <live phase plane of v and u of cells[0]>
    >>> plane.close()
    """

    _files = (*assets.FIGURE, "plane")
    axis_names = traitlets.List().tag(sync=True)
    n_neurons = traitlets.Int().tag(sync=True)

    def __init__(
        self,
        population: Population | PopulationView,
        field: FlowField,
        *,
        ranks: NDArray[np.int64],
        names: Sequence[str],
        window_ms: float,
        limits: tuple[Limits | None, Limits | None],
        title: str,
        code: str,
    ) -> None:
        network = network_of(population)
        state = selection(population).population
        self._field = field
        self._labels = (axis_label(population, field.x), axis_label(population, field.y))
        self._names = tuple(names)
        self._colours = tuple(colour(k) for k in range(len(names)))
        window_steps = max(1, round(window_ms / network.dt))
        period = max(1, window_steps // MAX_ROWS)
        self._taps = tuple(
            ValueTap(_values(state, name), ranks, period, 2 * (window_steps // period + 1))
            for name in (field.x, field.y)
        )
        reader = SurroundingsReader(network, state, int(ranks[0]))
        super().__init__(
            network,
            f"live phase plane of {field.x} and {field.y} of {', '.join(names)}",
            frame=frame_of(plane_figure, self._blank(limits)),
            groups=self._legend(field),
            title=title,
            code=code,
            axis_names=[field.x, field.y],
            n_neurons=len(names),
        )
        self._source.add_taps(self._taps)
        self._feed = PlaneFeed(
            self._taps,
            field,
            reader,
            keep=window_steps // period + 1,
            limits=limits,
            clock=self._source,
            ask=self._source.post,
        )
        self._start(self._feed)

    def data(self) -> PlaneData:
        """Return the paths of the last `window_ms` and the field, as they are now.

        Examples
        --------
        >>> import annlab
        >>> from annlab.widgets import phase_plane
        >>> net = annlab.Network(backend="reference")
        >>> cells = net.create(2, annlab.Izhikevich, name="cells")
        >>> net.compile()
        >>> plane = phase_plane(cells, x_limits=(-80.0, 30.0), y_limits=(-20.0, 20.0))
        >>> plane.data().nullcline_names
        ('dv/dt = 0', 'du/dt = 0')
        >>> plane.close()
        """
        self._require_open()
        now = self._feed.window(self._source.call(self._feed.reader.copy))
        return PlaneData(
            paths=now.paths,
            names=self._names,
            colours=self._colours,
            axis_names=(self._field.x, self._field.y),
            axis_labels=self._labels,
            x_limits=now.x_limits,
            y_limits=now.y_limits,
            nullclines=now.nullclines,
            arrows=now.arrows,
            time_ms=self._source.step * self._source.dt,
        )

    def snapshot(self) -> Snapshot:
        """Return a still picture of now; it stays in a saved notebook."""
        return self._shot().snapshot()

    def _shot(self) -> Shot[PlaneData]:
        data = self.data()
        what = f"phase plane of {', '.join(self._names)}, t = {data.time_ms:g} ms"
        return Shot(data, partial(plane_png, title=self.title or None), what)

    def to_figure(self) -> figure:
        """Return a Bokeh figure of now that belongs to the caller."""
        return plane_figure(self.data(), title=self.title or None)

    def _legend(self, field: FlowField) -> list[dict[str, str]]:
        neurons = [{"name": n, "colour": c} for n, c in zip(self._names, self._colours)]
        names = (f"d{field.x}/dt = 0", f"d{field.y}/dt = 0")
        return [*neurons, *({"name": n, "colour": c} for n, c in zip(names, NULLCLINES))]

    def _blank(self, limits: tuple[Limits | None, Limits | None]) -> PlaneData:
        return PlaneData(
            paths=np.empty((0, len(self._names), 2)),
            names=self._names,
            colours=self._colours,
            axis_names=(self._field.x, self._field.y),
            axis_labels=self._labels,
            x_limits=limits[0] or (0.0, 1.0),
            y_limits=limits[1] or (0.0, 1.0),
            nullclines=((), ()),
            arrows=np.empty((0, 4)),
            time_ms=0.0,
        )

    def _release(self) -> None:
        self._source.remove_taps(self._taps)
        del self._taps, self._feed, self._field


def _variables(
    population: Population | PopulationView, x: str | None, y: str | None
) -> tuple[str, str]:
    """Return the two variables: those named, and for the others the first that are left."""
    model = selection(population).population.model
    known = [e.variable.name for e in model.equations if e.is_ode]
    known = [name for name in known if name in locals_of(model)]
    first = x if x is not None else next((n for n in known if n != y), None)
    second = y if y is not None else next((n for n in known if n != first), None)
    if first is None or second is None:
        raise ArgumentError(
            f"neuron '{model.name}' has no two differential equations to draw a plane of",
            why=f"those it has: {', '.join(known) or 'none'}",
            hint="use trace(population, variable)",
        )
    return first, second


def _values(state: PopulationState, name: str) -> Callable[[], NDArray]:
    return lambda: state.values[name]
