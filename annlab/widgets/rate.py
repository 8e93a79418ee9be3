"""The live rate: how active whole populations are, bin by bin and smoothed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import traitlets
from bokeh.plotting import figure
from numpy.typing import NDArray

from annlab.calls import public
from annlab.errors import ArgumentError
from annlab.network.checks import read_number
from annlab.network.network import Network
from annlab.network.population import Population
from annlab.network.view import PopulationView
from annlab.runtime.tap import Tap, ValueTap
from annlab.widgets import assets, naming
from annlab.widgets.feed_rates import Counted, MeanValues, RateFeed, SpikeCounts
from annlab.widgets.figure_parts import frame_of
from annlab.widgets.figures import TraceData, trace_figure, trace_png
from annlab.widgets.given import read_group_names, read_span, read_title
from annlab.widgets.palette import colour, dash
from annlab.widgets.source import LiveNetwork, Selection, network_of, selection
from annlab.widgets.view import LiveFigure, Shot, Snapshot

Neurons = Population | PopulationView

# The mean over more neurons than this is estimated from so many, evenly chosen.
MAX_SAMPLE = 1024
# A smoothed rate never quite ends: what is lower is silence [Hz].
SILENT_HZ = 1e-3


@public
def rate(
    what: Network | Neurons | Sequence[Neurons],
    *,
    bin_ms: float = 5.0,
    smooth_ms: float = 50.0,
    window_ms: float = 2000.0,
    names: Sequence[str] | None = None,
    title: str = "",
) -> Rate:
    """Show the mean rate of populations while the network runs.

    Parameters
    ----------
    what
        A network, a population, a view, or a list of them: all spiking, or all rate-coded (the mean
        of `r` is shown then). Of a network, its spiking populations if it has any.
    bin_ms
        Width of a bin [ms]: spikes are counted in it.
    smooth_ms
        Time constant of the strong line [ms], an exponential mean over the past; 0 draws the bins
        alone.
    window_ms
        How much simulated time is on the screen [ms].
    names
        What to call them, in the same order.
    title
        Shown above the picture.

    Raises
    ------
    ArgumentError
        If spiking and rate-coded populations are mixed, or a time is not positive.

    Examples
    --------
    >>> import annlab
    >>> from annlab.widgets import rate
    >>> net = annlab.Network()
    >>> noise = net.create(annlab.PoissonPopulation(100, rates=20.0, name="noise"))
    >>> net.compile()
    >>> view = rate(noise, bin_ms=10.0)  # a notebook shows it
    >>> view
    <live rate of noise>
    >>> view.close()
    """
    bin_ms = read_span(bin_ms, "bin_ms of rate()")
    window_ms = read_span(window_ms, "window_ms of rate()")
    smooth_ms = read_number(smooth_ms, "smooth_ms of rate()", least=0.0)
    if bin_ms > window_ms:
        raise ArgumentError(
            f"bins of {bin_ms:g} ms do not fit into a window of {window_ms:g} ms",
            hint="give a larger window_ms, or a smaller bin_ms",
        )
    title = read_title(title, "rate()")
    items = _chosen(what)
    names = read_group_names(names, len(items), "rate()")
    code = naming.call(
        "rate", what, bin_ms=bin_ms, smooth_ms=smooth_ms, window_ms=window_ms, names=names,
        title=title,
    )  # fmt: skip
    return Rate(
        items,
        bin_ms=bin_ms,
        smooth_ms=smooth_ms,
        window_ms=window_ms,
        names=names,
        title=title,
        code=code,
    )


@public
class Rate(LiveFigure):
    """What `rate` returns: for each population a faint line of bins and a strong smoothed one.

    Examples
    --------
    >>> import annlab
    >>> from annlab.widgets import rate
    >>> net = annlab.Network()
    >>> noise = net.create(annlab.PoissonPopulation(100, rates=20.0))
    >>> net.compile()
    >>> view = rate(noise, title="noise")
    >>> view.to_figure().title.text
    'noise'
    >>> view.close()
    """

    _files = (*assets.FIGURE, "trace")
    label = traitlets.Unicode().tag(sync=True)
    dt = traitlets.Float().tag(sync=True)
    window_ms = traitlets.Float().tag(sync=True)
    silent_below = traitlets.Float().tag(sync=True)

    def __init__(
        self,
        items: Sequence[Neurons],
        *,
        bin_ms: float,
        smooth_ms: float,
        window_ms: float,
        names: Sequence[str] | None,
        title: str,
        code: str,
    ) -> None:
        network = network_of(items[0])
        chosen = [selection(item) for item in items]
        self._names = tuple(s.name for s in chosen) if names is None else tuple(names)
        is_spiking = chosen[0].population.spikes is not None
        self._label = "rate (Hz)" if is_spiking else "mean r"
        self._is_smooth = smooth_ms > 0
        self._silent_below = SILENT_HZ if is_spiking else 0.0
        bin_steps = max(1, round(bin_ms / network.dt))
        empty = self._picture(np.empty(0), np.empty((0, 2 * len(items))), 0.0, window_ms)
        super().__init__(
            network,
            f"live rate of {', '.join(self._names)}",
            frame=frame_of(trace_figure, empty),
            groups=[
                {"name": n, "colour": c, "dash": list(d), "is_faint": f, "is_unnamed": f}
                for n, c, d, f in zip(empty.names, empty.colours, empty.dashes, empty.is_faint)
            ],
            title=title,
            code=code,
            label=self._label,
            silent_below=self._silent_below,
            dt=network.dt,
            window_ms=float(window_ms),
        )
        window_bins = max(1, round(window_ms / (bin_steps * network.dt)))
        watched = [_watched(s, bin_steps, network.dt, window_bins, self._source) for s in chosen]
        self._taps = [tap for tap, _ in watched]
        self._source.add_taps(self._taps)
        self._feed = RateFeed(
            [counted for _, counted in watched],
            bin_steps=bin_steps,
            smooth_bins=smooth_ms / (bin_steps * network.dt),
            window_bins=window_bins,
            clock=self._source,
        )
        self._start(self._feed)

    def data(self) -> TraceData:
        """Return the rates of the last `window_ms`: two columns for each population.

        Examples
        --------
        >>> import annlab
        >>> from annlab.widgets import rate
        >>> net = annlab.Network()
        >>> noise = net.create(annlab.PoissonPopulation(100, rates=20.0))
        >>> net.compile()
        >>> view = rate(noise, bin_ms=10.0)
        >>> net.simulate(50.0)
        50
        >>> data = view.data()
        >>> data.times_ms.shape[0] == data.values.shape[0]
        True
        >>> view.close()
        """
        self._require_open()
        steps, values, now = self._feed.window()
        stop_ms = max(now * self.dt, self.window_ms)
        return self._picture((steps + 1) * self.dt, values, stop_ms - self.window_ms, stop_ms)

    def snapshot(self) -> Snapshot:
        """Return a still picture of the last `window_ms`; it stays in a saved notebook."""
        return self._shot().snapshot()

    def _shot(self) -> Shot[TraceData]:
        data = self.data()
        what = f"rate of {', '.join(self._names)}, t = {data.stop_ms:g} ms"
        return Shot(data, partial(trace_png, title=self.title or None), what)

    def to_figure(self) -> figure:
        """Return a Bokeh figure of the last `window_ms` that belongs to the caller."""
        return trace_figure(self.data(), title=self.title or None)

    def _picture(
        self,
        times_ms: NDArray[np.floating],
        values: NDArray[np.floating],
        start_ms: float,
        stop_ms: float,
    ) -> TraceData:
        n = len(self._names)
        return TraceData(
            times_ms=times_ms,
            values=values,
            names=tuple(name for name in self._names for _ in range(2)),
            colours=tuple(colour(k) for k in range(n) for _ in range(2)),
            label=self._label,
            start_ms=start_ms,
            stop_ms=stop_ms,
            is_faint=(True, False) * n,
            dashes=tuple(d for k in range(n) for d in ((), dash(k))),
            silent_below=self._silent_below,
        )

    def _release(self) -> None:
        self._source.remove_taps(self._taps)
        del self._taps, self._feed


def _chosen(what: Network | Neurons | Sequence[Neurons]) -> list[Neurons]:
    """Return the populations and views to show; refuse what cannot share an axis."""
    if isinstance(what, Network):
        everyone = list(what.get_populations())
        spiking = [p for p in everyone if selection(p).population.spikes is not None]
        items: list[Neurons] = [*(spiking or [p for p in everyone if "r" in p.attributes])]
    else:
        items = list(what) if isinstance(what, (list, tuple)) else [what]  # type: ignore[list-item]
    if not items:
        raise ArgumentError("rate() was given nothing to show", hint="pass at least one population")
    chosen = [selection(item) for item in items]
    kinds = {s.population.spikes is not None for s in chosen}
    if len(kinds) > 1:
        raise ArgumentError(
            "spiking and rate-coded populations have no common axis of rates",
            hint="make one view for each kind",
        )
    for one in chosen:
        if one.population.spikes is None and "r" not in one.population.values:
            raise ArgumentError(
                f"population '{one.name}' has no rate 'r'", hint="use trace(population, variable)"
            )
    if len({id(network_of(item)) for item in items}) > 1:
        raise ArgumentError("the populations of one view must belong to one network")
    return items


def _watched(
    one: Selection, bin_steps: int, dt: float, window_bins: int, source: LiveNetwork
) -> tuple[Tap, Counted]:
    """Return the tap of a population and what makes rates of it."""
    state, ranks = one.population, one.ranks
    if state.spikes is not None:
        mask = None
        if len(ranks) < state.n:
            mask = np.zeros(state.n, np.bool_)
            mask[ranks] = True
        spikes = source.spike_tap(state, mask)
        bin_s = bin_steps * dt / 1000.0
        counts = SpikeCounts(spikes, len(ranks), bin_steps=bin_steps, bin_s=bin_s, clock=source)
        return spikes, counts
    sample = ranks
    if len(ranks) > MAX_SAMPLE:
        sample = ranks[np.linspace(0, len(ranks) - 1, MAX_SAMPLE).astype(np.int64)]
    capacity = max(64, min(2 * window_bins, (1 << 21) // max(len(sample), 1)))
    values = ValueTap(lambda: state.values["r"], sample, bin_steps, capacity)
    return values, MeanValues(values, bin_steps=bin_steps, clock=source)
