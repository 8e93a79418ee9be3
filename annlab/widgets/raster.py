"""The live raster: the spikes of the last moments, one row a neuron."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import traitlets
from bokeh.plotting import figure
from numpy.typing import NDArray

from annlab.calls import public
from annlab.errors import AnnlabError, ArgumentError, UnknownObjectError
from annlab.network.checks import read_number
from annlab.network.network import Network
from annlab.network.population import Population
from annlab.network.view import PopulationView
from annlab.runtime.tap import SPIKES
from annlab.widgets import assets, naming
from annlab.widgets.feeds import RasterFeed, Watched
from annlab.widgets.figure_parts import frame_of
from annlab.widgets.figures import Group, RasterData, raster_figure, raster_png
from annlab.widgets.given import read_group_names, read_span, read_title
from annlab.widgets.palette import colour
from annlab.widgets.pump import Json
from annlab.widgets.source import LiveNetwork, Selection, network_of, selection
from annlab.widgets.stimulus import can_stimulate, stimulate
from annlab.widgets.view import LiveFigure, Shot, Snapshot

Spiking = Population | PopulationView

# Spikes of a window that a ring has room for: of so many a second and neuron, up to 12 MB.
BUSY_HZ = 50.0
MOST_SPIKES = 1 << 20


@public
def raster(
    what: Network | Spiking | Sequence[Spiking],
    *,
    window_ms: float = 1000.0,
    names: Sequence[str] | None = None,
    title: str = "",
) -> Raster:
    """Show the spikes of a network while it runs.

    Parameters
    ----------
    what
        A network (all its spiking populations), a population, a view, or a list of them; each
        gets a colour, the first is at the bottom.
    window_ms
        How much simulated time is on the screen [ms].
    names
        What to call them, in the same order.
    title
        Shown above the picture.

    Examples
    --------
    >>> import annlab
    >>> from annlab.widgets import raster
    >>> net = annlab.Network(seed=1)
    >>> noise = net.create(annlab.PoissonPopulation(100, rates=20.0, name="noise"))
    >>> net.compile()
    >>> view = raster(noise, window_ms=500.0)  # a notebook shows it
    >>> view
    <live raster of noise (100 neurons)>
    >>> view.close()
    """
    window_ms = read_span(window_ms, "window_ms of raster()")
    title = read_title(title, "raster()")
    items = _spiking(what)
    names = read_group_names(names, len(items), "raster()")
    code = naming.call("raster", what, window_ms=window_ms, names=names, title=title)
    return Raster(items, window_ms=window_ms, names=names, title=title, code=code)


@public
class Raster(LiveFigure):
    """What `raster` returns: a widget that scrolls while the network runs.

    Examples
    --------
    >>> import annlab
    >>> from annlab.widgets import raster
    >>> net = annlab.Network()
    >>> source = net.create(annlab.SpikeSourceArray([1.0, 3.0]))
    >>> net.compile()
    >>> view = raster(source)
    >>> net.simulate(10.0)
    10
    >>> view.data().times_ms
    array([1., 3.])
    >>> view.close()
    """

    _files = (*assets.FIGURE, "raster")
    dt = traitlets.Float().tag(sync=True)
    window_ms = traitlets.Float().tag(sync=True)
    can_stimulate = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self,
        items: Sequence[Spiking],
        *,
        window_ms: float,
        names: Sequence[str] | None,
        title: str,
        code: str = "",
    ) -> None:
        network = network_of(items[0])
        chosen = [selection(item) for item in items]
        names = [s.name for s in chosen] if names is None else names
        self._groups = _groups(chosen, names)
        empty = RasterData(
            times_ms=np.empty(0),
            rows=np.empty(0, np.int64),
            groups=self._groups,
            start_ms=0.0,
            stop_ms=window_ms,
        )
        super().__init__(
            network,
            "live raster of " + ", ".join(f"{g.name} ({g.n_rows} neurons)" for g in self._groups),
            frame=frame_of(raster_figure, empty),
            groups=[_shown(group) for group in self._groups],
            title=title,
            code=code,
            dt=network.dt,
            window_ms=float(window_ms),
        )
        populations = [i.population if isinstance(i, PopulationView) else i for i in items]
        # By name: a view keeps no network alive.
        self._members = [(p.name, s.ranks) for p, s in zip(populations, chosen)]
        self.can_stimulate = any(can_stimulate(p) for p in populations)
        self.on_msg(self._receive)
        self._watched = _watched(chosen, self._source, window_ms / 1000.0)
        self._source.add_taps([w.tap for w in self._watched])
        self._feed = RasterFeed(
            self._watched,
            window_steps=max(1, round(window_ms / network.dt)),
            clock=self._source,
        )
        self._start(self._feed)

    def stimulate(self, row: int) -> None:
        """Let the neuron in a row of the picture spike in the next step.

        Examples
        --------
        >>> import annlab
        >>> from annlab.widgets import raster
        >>> net = annlab.Network(backend="reference")
        >>> cells = net.create(2, annlab.Izhikevich, name="cells")
        >>> net.compile()
        >>> view = raster(cells)
        >>> view.stimulate(1)
        >>> net.simulate(3.0)
        3
        >>> view.data().rows
        array([1])
        >>> view.close()
        """
        name, rank = self._neuron_of(row)
        network = self._source.network
        population = None if network is None else network.get_population(name)
        if population is not None:
            stimulate(population, [rank])

    def _neuron_of(self, row: int) -> tuple[str, int]:
        """Return whose row it is: the name of a population, and the rank in it."""
        read_number(row, "the row of stimulate()")
        for (name, ranks), group in zip(self._members, self._groups):
            if row in range(group.first_row, group.first_row + group.n_rows):
                return name, int(ranks[int(row) - group.first_row])
        raise UnknownObjectError(
            f"the raster has no row {row}",
            why=f"its rows are 0 to {sum(g.n_rows for g in self._groups) - 1}",
        )

    # ipywidgets hands over untyped messages.
    def _receive(self, _widget: Any, content: Mapping[str, Json], _buffers: Any) -> None:
        try:
            self.stimulate(int(content["stimulate"]))  # type: ignore[arg-type]  # a number
        except AnnlabError as error:
            self.notice = error.what or str(error)

    def data(self) -> RasterData:
        """Return the spikes of the last `window_ms`, as they are now.

        Examples
        --------
        >>> import annlab
        >>> from annlab.widgets import raster
        >>> net = annlab.Network()
        >>> source = net.create(annlab.SpikeSourceArray([[1.0, 3.0], [2.0]]))
        >>> net.compile()
        >>> view = raster(source)
        >>> net.simulate(10.0)
        10
        >>> view.data().rows
        array([0, 1, 0])
        >>> view.close()
        """
        self._require_open()
        steps, rows, now = self._feed.window()
        stop_ms = max(now * self.dt, self.window_ms)
        return RasterData(
            times_ms=steps * self.dt,
            rows=rows,
            groups=self._groups,
            start_ms=stop_ms - self.window_ms,
            stop_ms=stop_ms,
        )

    def snapshot(self) -> Snapshot:
        """Return a still picture of the last `window_ms`; it stays in a saved notebook.

        Examples
        --------
        >>> import annlab
        >>> from annlab.widgets import raster
        >>> net = annlab.Network()
        >>> source = net.create(annlab.SpikeSourceArray([1.0, 3.0]))
        >>> net.compile()
        >>> view = raster(source)
        >>> net.simulate(10.0)
        10
        >>> view.snapshot()
        <raster of 2 spikes, t = 1000 ms>
        >>> view.close()
        """
        return self._shot().snapshot()

    def _shot(self) -> Shot[RasterData]:
        data = self.data()
        what = f"raster of {len(data.rows)} spikes, t = {data.stop_ms:g} ms"
        return Shot(data, partial(raster_png, title=self.title or None), what)

    def to_figure(self) -> figure:
        """Return a Bokeh figure of the last `window_ms` that belongs to the caller.

        Examples
        --------
        >>> import annlab
        >>> from annlab.widgets import raster
        >>> net = annlab.Network()
        >>> source = net.create(annlab.SpikeSourceArray([1.0, 3.0]))
        >>> net.compile()
        >>> view = raster(source, title="two spikes")
        >>> net.simulate(10.0)
        10
        >>> view.to_figure().title.text
        'two spikes'
        >>> view.close()
        """
        return raster_figure(self.data(), title=self.title or None)

    def _release(self) -> None:
        self._source.remove_taps([w.tap for w in self._watched])
        del self._watched, self._feed, self._members


def _spiking(what: Network | Spiking | Sequence[Spiking]) -> list[Spiking]:
    """Return the populations and views to show; refuse what has no spikes."""
    if isinstance(what, Network):
        items: list[Spiking] = [p for p in what.get_populations() if selection(p).population.spikes]
        if not items:
            raise ArgumentError(
                "the network has no spiking population, so there is no raster to show",
                hint="use annlab.widgets.trace(population, 'r') for rates",
            )
        return items
    items = list(what) if isinstance(what, (list, tuple)) else [what]  # type: ignore[list-item]
    if not items:
        raise ArgumentError("raster() was given an empty list", hint="pass at least one population")
    for item in items:
        if selection(item).population.spikes is None:
            raise ArgumentError(
                f"population '{selection(item).name}' is rate-coded and has no spikes",
                hint="use annlab.widgets.trace(population, 'r') for rates",
            )
    if len({id(network_of(item)) for item in items}) > 1:
        raise ArgumentError("the populations of one raster must belong to one network")
    return items


def _groups(chosen: Sequence[Selection], names: Sequence[str]) -> tuple[Group, ...]:
    first = 0
    groups = []
    for index, (one, name) in enumerate(zip(chosen, names, strict=True)):
        n_rows = len(one.ranks)
        ranks = _listed(one.ranks)
        groups.append(
            Group(name=name, colour=colour(index), first_row=first, n_rows=n_rows, ranks=ranks)
        )
        first += n_rows
    return tuple(groups)


def _listed(ranks: NDArray[np.int64]) -> Sequence[int]:
    """Return ranks as a range if they count on, else one by one."""
    first = int(ranks[0]) if len(ranks) else 0
    counted = range(first, first + len(ranks))
    return counted if np.array_equal(ranks, counted) else tuple(ranks.tolist())


def _shown(group: Group) -> dict[str, Json]:
    """Return what the page has to know of a group: where it lies, and whose rows they are."""
    shown: dict[str, Json] = {
        "name": group.name,
        "colour": group.colour,
        "first_row": group.first_row,
        "n_rows": group.n_rows,
        "first_rank": group.ranks[0] if group.ranks else 0,
        "note": str(group.n_rows),
    }
    if not isinstance(group.ranks, range):
        shown["ranks"] = list(group.ranks)
    return shown


def _watched(chosen: Sequence[Selection], source: LiveNetwork, window_s: float) -> list[Watched]:
    """Return one tap a population; several views of one population share it.

    A network at full speed runs through more than its window between two pictures: its rings hold
    the whole window, as long as neurons spike no faster than `BUSY_HZ`.
    """
    rows: dict[int, NDArray[np.int32]] = {}
    populations = {id(s.population): s.population for s in chosen}
    first = 0
    for one in chosen:
        of_rank = rows.setdefault(id(one.population), np.full(one.population.n, -1, dtype=np.int32))
        of_rank[one.ranks] = np.arange(first, first + len(one.ranks))
        first += len(one.ranks)
    watched = []
    for key, of_rank in rows.items():
        shown = of_rank >= 0
        mask = None if shown.all() else shown
        capacity = min(MOST_SPIKES, max(SPIKES, int(shown.sum() * window_s * BUSY_HZ)))
        tap = source.spike_tap(populations[key], mask, capacity)
        watched.append(Watched(tap=tap, row_of_rank=of_rank))
    return watched
