"""The live trace: a variable of a few neurons over the last moments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import traitlets
from bokeh.plotting import figure
from numpy.typing import NDArray

from annlab.calls import public
from annlab.ir.expr import Locality
from annlab.network.population import Population
from annlab.network.view import PopulationView
from annlab.runtime.memory import require
from annlab.runtime.state import PopulationState
from annlab.runtime.tap import ValueTap
from annlab.widgets import assets, naming
from annlab.widgets.feeds import TraceFeed
from annlab.widgets.figure_parts import frame_of
from annlab.widgets.figures import TraceData, trace_figure, trace_png
from annlab.widgets.given import read_few_ranks, read_span, read_title, read_variable
from annlab.widgets.palette import colour, dash
from annlab.widgets.source import Selection, axis_label, network_of, selection
from annlab.widgets.view import LiveFigure, Shot, Snapshot

MAX_TRACES = 16
# So many steps can be looked back at when the network rests.
PAST_ROWS = 1 << 15


@public
def trace(
    population: Population | PopulationView,
    variable: str = "v",
    *,
    ranks: Sequence[int] = (0,),
    window_ms: float = 1000.0,
    title: str = "",
) -> Trace:
    """Show a variable of chosen neurons while the network runs.

    Parameters
    ----------
    population
        A population or a view; `ranks` count within it.
    variable
        Name of a variable or parameter of the neurons, such as "v".
    ranks
        The neurons, at most 16. A variable that all share needs none.
    window_ms
        How much simulated time is on the screen [ms].
    title
        Shown above the picture.

    Examples
    --------
    >>> import annlab
    >>> from annlab.widgets import trace
    >>> net = annlab.Network()
    >>> cells = net.create(10, annlab.Izhikevich, name="cells")
    >>> net.compile()
    >>> view = trace(cells, "v", ranks=[0, 1])  # a notebook shows it
    >>> view
    <live trace of v of cells[0], cells[1]>
    >>> view.close()
    """
    window_ms = read_span(window_ms, "window_ms of trace()")
    title = read_title(title, "trace()")
    chosen = selection(population)
    variable = read_variable(
        variable, f"population '{chosen.name}'", list(chosen.population.values)
    )
    ranks = read_few_ranks(ranks, chosen.name, len(chosen.ranks), most=MAX_TRACES, view="trace")
    _require_room(window_ms / network_of(population).dt, len(ranks))
    code = naming.call(
        "trace", population, variable, ranks=list(ranks), window_ms=window_ms, title=title
    )
    return Trace(
        population,
        chosen,
        variable=variable,
        ranks=ranks,
        window_ms=window_ms,
        title=title,
        code=code,
    )


def _require_room(n_steps: float, n_traces: int) -> None:
    """Refuse a window whose values of each step would not fit into memory."""
    n_bytes = 2 * int(n_steps) * 8 * (n_traces + 1)
    require(n_bytes, "so long a trace", hint="give a smaller window_ms")


@public
class Trace(LiveFigure):
    """What `trace` returns: a widget that scrolls while the network runs.

    Examples
    --------
    >>> import annlab
    >>> from annlab.widgets import trace
    >>> net = annlab.Network()
    >>> cells = net.create(2, annlab.Neuron(equations="r = t"))
    >>> net.compile()
    >>> view = trace(cells, "r")
    >>> net.simulate(10.0)
    10
    >>> view.data().values.shape
    (10, 1)
    >>> view.close()
    """

    _files = (*assets.FIGURE, "trace")
    label = traitlets.Unicode().tag(sync=True)
    dt = traitlets.Float().tag(sync=True)
    window_ms = traitlets.Float().tag(sync=True)

    def __init__(
        self,
        population: Population | PopulationView,
        chosen: Selection,
        *,
        variable: str,
        ranks: Sequence[int],
        window_ms: float,
        title: str,
        code: str = "",
    ) -> None:
        network = network_of(population)
        source, positions, names = _what_to_record(chosen, variable, ranks)
        self._names = names
        self._colours = tuple(colour(k) for k in range(len(names)))
        self._axis_label = axis_label(population, variable)
        empty = self._picture(np.empty(0), np.empty((0, len(names))), 0.0, window_ms)
        super().__init__(
            network,
            f"live trace of {variable} of {', '.join(names)}",
            frame=frame_of(trace_figure, empty),
            groups=[
                {"name": n, "colour": c, "dash": list(dash(k))}
                for k, (n, c) in enumerate(zip(names, self._colours))
            ],
            title=title,
            code=code,
            label=variable,
            dt=network.dt,
            window_ms=float(window_ms),
        )
        window_steps = max(1, round(window_ms / network.dt))
        self._tap = ValueTap(source, positions, capacity=max(2 * window_steps, PAST_ROWS))
        self._source.add_taps([self._tap])
        self._feed = TraceFeed(self._tap, window_steps=window_steps, clock=self._source)
        self._start(self._feed)

    def data(self) -> TraceData:
        """Return the values of the last `window_ms`, as they are now.

        Examples
        --------
        >>> import annlab
        >>> from annlab.widgets import trace
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.Neuron(equations="r = t"))
        >>> net.compile()
        >>> view = trace(cells, "r", ranks=[1])
        >>> net.simulate(5.0)
        5
        >>> view.data().times_ms
        array([1., 2., 3., 4., 5.])
        >>> view.close()
        """
        self._require_open()
        steps, values, now = self._feed.window()
        stop_ms = max(now * self.dt, self.window_ms)
        return self._picture((steps + 1) * self.dt, values, stop_ms - self.window_ms, stop_ms)

    def snapshot(self) -> Snapshot:
        """Return a still picture of the last `window_ms`; it stays in a saved notebook.

        Examples
        --------
        >>> import annlab
        >>> from annlab.widgets import trace
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.Neuron(equations="r = t"))
        >>> net.compile()
        >>> view = trace(cells, "r")
        >>> net.simulate(10.0)
        10
        >>> view.snapshot()
        <r of pop0[0], t = 1000 ms>
        >>> view.close()
        """
        return self._shot().snapshot()

    def _shot(self) -> Shot[TraceData]:
        data = self.data()
        what = f"{self.label} of {', '.join(data.names)}, t = {data.stop_ms:g} ms"
        return Shot(data, partial(trace_png, title=self.title or None), what)

    def to_figure(self) -> figure:
        """Return a Bokeh figure of the last `window_ms` that belongs to the caller.

        Examples
        --------
        >>> import annlab
        >>> from annlab.widgets import trace
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.Neuron(equations="r = t"))
        >>> net.compile()
        >>> view = trace(cells, "r", title="time")
        >>> net.simulate(10.0)
        10
        >>> view.to_figure().title.text
        'time'
        >>> view.close()
        """
        return trace_figure(self.data(), title=self.title or None)

    def _picture(
        self,
        times_ms: NDArray[np.floating],
        values: NDArray[np.float64],
        start_ms: float,
        stop_ms: float,
    ) -> TraceData:
        return TraceData(
            times_ms=times_ms,
            values=values,
            names=self._names,
            colours=self._colours,
            dashes=tuple(dash(k) for k in range(len(self._names))),
            label=self._axis_label,
            start_ms=start_ms,
            stop_ms=stop_ms,
        )

    def _release(self) -> None:
        self._source.remove_taps([self._tap])
        del self._tap, self._feed


def _what_to_record(
    chosen: Selection, variable: str, ranks: Sequence[int]
) -> tuple[Callable[[], NDArray], NDArray[np.int64], tuple[str, ...]]:
    """Return the array to record from, the positions in it, and what to call them."""
    state = chosen.population
    attribute = state.model.attribute(variable)
    if attribute is not None and attribute.locality is Locality.GLOBAL:
        return _array_of(state, variable), np.zeros(1, np.int64), (chosen.name,)
    names = tuple(f"{chosen.name}[{rank}]" for rank in ranks)
    return _array_of(state, variable), chosen.ranks[list(ranks)], names


def _array_of(state: PopulationState, variable: str) -> Callable[[], NDArray]:
    return lambda: state.values[variable]
