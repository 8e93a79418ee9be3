"""One call for a whole network: controls, a handful of views, sliders, presets."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import ipywidgets
import traitlets
from IPython.core.display_functions import display

from annlab.calls import public
from annlab.errors import (
    AnnlabError,
    ArgumentError,
    ArgumentTypeError,
    StateError,
    UnknownObjectError,
    nearest,
)
from annlab.network.checks import read_text
from annlab.network.network import Network
from annlab.widgets import cells, naming
from annlab.widgets.choice import left_out, names_for, steered, views_for
from annlab.widgets.controls import Controls, controls
from annlab.widgets.held import forgetful
from annlab.widgets.inputs import inputs, is_input
from annlab.widgets.keeping import Keeper
from annlab.widgets.presets import Comparison, Preset, Still
from annlab.widgets.pump import Json
from annlab.widgets.routing import close_layouts, serve_while_busy
from annlab.widgets.saved import saved
from annlab.widgets.sliders import Sliders, sliders
from annlab.widgets.synapses import Histogram
from annlab.widgets.view import LiveFigure, LiveView

# Of a view that fills a line: as wide as it can, and on a line of its own where this is more.
FILLING = "1 1 380px"
T = TypeVar("T", LiveFigure, Sliders)


@public
def dashboard(
    network: Network,
    *,
    views: Sequence[LiveFigure] | None = None,
    panels: Sequence[Sliders] | None = None,
    speed: float | None = 1.0,
) -> Dashboard:
    """Show a network with all that is needed to watch and steer it.

    Parameters
    ----------
    network
        A compiled network of any kind.
    views
        What to look at, such as ``[raster(net), rate(net)]``; without, at most five that suit it.
    panels
        Sliders, such as ``[sliders(pop)]``; without, those of its inputs and, of at most six
        populations and projections, of up to eight parameters each: a line tells what is left out.
    speed
        How fast the run button runs: 1.0 is real time, None as fast as it can.

    Raises
    ------
    StateError
        If the network is not compiled.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(backend="reference")
    >>> cells = net.create(10, annlab.Izhikevich, name="cells")
    >>> net.compile()
    >>> dash = net.dashboard()
    >>> [type(view).__name__ for view in dash.views]
    ['Raster', 'Rate', 'Trace']
    >>> dash.panels["cells"]["a"].value = 0.05
    >>> print(dash.code().splitlines()[-1])
    dash.panels['cells']['a'].value = 0.05
    >>> dash.close()
    """
    if not isinstance(network, Network):
        raise ArgumentTypeError(
            f"dashboard() shows a network, not {network!r}", hint="write net.dashboard()"
        )
    views = _checked(views, network, what="views", kind=LiveFigure, example="raster(net)")
    panels = _checked(panels, network, what="panels", kind=Sliders, example="sliders(pop)")
    cells.close_earlier_runs()
    chosen = views_for(network) if views is None else list(views)
    bar = controls(network, speed=speed)  # counts the spikes that the views before it read
    rest = left_out(network) if panels is None else ""
    if panels is None:
        panels = []
        if any(is_input(p) for p in network.get_populations()):
            panels.append(inputs(network))
        panels += [sliders(thing, *names_for(thing)) for thing in steered(network)]
    return Dashboard(network, bar, chosen, list(panels), speed=speed, rest=rest)


def _checked(
    given: Any, network: Network, *, what: str, kind: type[T], example: str
) -> list[T] | None:
    """Return the parts that a dashboard was given, all of this network."""
    if given is None:
        return None
    parts = list(given) if isinstance(given, list | tuple) else []
    if not isinstance(given, list | tuple) or not all(isinstance(part, kind) for part in parts):
        raise ArgumentTypeError(
            f"{what} of dashboard() are {given!r}", hint=f"give a list: {what}=[{example}, ...]"
        )
    for part in parts:
        if not _belongs_to(part, network):
            raise ArgumentError(
                f"{part!r} cannot be part of this dashboard",
                why="it belongs to another network, or its network is gone",
                hint="make it of the network of the dashboard",
            )
        if isinstance(part, LiveView):
            part._require_open()
    return parts


def _lined_up(views: Sequence[LiveFigure]) -> tuple[list[LiveFigure], list[LiveFigure]]:
    """Return the views that have a line of their own, and those that share one.

    Pictures of a fixed width share theirs; a histogram, which needs no width, fills what is left.
    """
    fixed = [view for view in views if view.width]
    filling = [view for view in views if isinstance(view, Histogram)] if fixed else []
    for view in filling:
        view.layout.flex = FILLING
    shared = [*fixed, *filling]
    return [view for view in views if view not in shared], shared


def _belongs_to(part: LiveView | Sliders, network: Network) -> bool:
    if isinstance(part, LiveView):
        return part._source.network is network
    return all(part[key].network is network for key in part)


class _Panels(dict[str, Sliders]):
    """Panels by their titles."""

    def __init__(self, panels: Sequence[Sliders]) -> None:
        super().__init__()
        for panel in panels:
            title, n = panel.title, 2
            while title in self:
                title, n = f"{panel.title} {n}", n + 1
            self[title] = panel

    def __missing__(self, title: object) -> Sliders:
        near = nearest(title, self)
        raise UnknownObjectError(
            f"the dashboard has no panel {title!r}",
            why=f"known here: {', '.join(self) or 'none'}",
            hint=f"did you mean '{near}'?" if near else None,
        )


@public
class Dashboard(ipywidgets.VBox):
    """What `dashboard` returns. ``views`` and ``panels`` (by title) are its parts.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(backend="reference")
    >>> cells = net.create(2, annlab.Izhikevich, name="cells")
    >>> net.compile()
    >>> dash = net.dashboard()
    >>> list(dash.panels)
    ['cells']
    >>> dash.close()
    """

    _parts: Sequence[ipywidgets.DOMWidget] = ()
    _last_code = ""  # of a dashboard that was closed

    def __init__(
        self,
        network: Network,
        bar: Controls,
        views: Sequence[LiveFigure],
        panels: Sequence[Sliders],
        *,
        speed: float | None,
        rest: str = "",
    ) -> None:
        self.views = tuple(views)
        self.panels = _Panels(panels)
        self._bar = bar
        self._speed = speed
        self._presets: dict[str, Preset] = {}
        self._network = bar._source  # weakly: an open view keeps no network alive
        self._tools = _Tools(network, self)
        wide, narrow = _lined_up(views)
        beside = ipywidgets.Box(narrow, layout={"flex_flow": "row wrap"})
        tabs = ipywidgets.Tab(list(panels), titles=[naming.shortened(t) for t in self.panels])
        inner = [bar, self._tools, *wide]
        inner += [beside] if narrow else []
        inner += [tabs] if panels else []
        boxes: list[ipywidgets.DOMWidget] = [beside, tabs]
        if rest:
            boxes.append(ipywidgets.Label(rest).add_class("annlab-left-out"))
            inner.append(boxes[-1])
        self._n_boxes = len(boxes)
        self._parts = (bar, self._tools, *views, *panels, *boxes)
        super().__init__(inner)
        self._tools.around = [box.model_id for box in (*boxes, self) if box.comm is not None]
        self.add_class("annlab-dashboard")
        cells.own(self)

    def __repr__(self) -> str:
        if not self._parts:
            return "<closed dashboard>"
        return f"<dashboard with {len(self.views)} views>"

    def _ipython_display_(self) -> None:
        """Show the dashboard, and beside it what a saved notebook shows instead."""
        self._require_open()
        display(self._repr_mimebundle_(), raw=True)
        display(self._kept(), raw=True)

    def _kept(self) -> dict[str, str]:
        """Return what a saved notebook shows instead; nothing of a dashboard that was closed."""
        return saved(self._tools.saved_id, self.code()) if self._parts else {}

    def code(self) -> str:
        """Return Python that makes this dashboard again, with the values of the sliders now.

        Of a dashboard that was closed: with those that they had.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(backend="reference")
        >>> cells = net.create(2, annlab.Izhikevich, name="cells")
        >>> net.compile()
        >>> dash = net.dashboard()
        >>> print(dash.code().splitlines()[0])
        from annlab.widgets import raster, rate, sliders, trace
        >>> dash.close()
        """
        if self._last_code:
            return self._last_code
        for panel in self.panels.values():
            panel._catch_up()
        return self._code()

    def _code(self) -> str:
        """Return the code with the values that the sliders show."""
        parts = [*(v.code() for v in self.views), *(p.code() for p in self.panels.values())]
        names = sorted({part.split("(")[0] for part in parts})
        lines = [f"from annlab.widgets import {', '.join(names)}", ""] if names else []
        lines += ["dash = net.dashboard(", "    views=["]
        lines += [f"        {view.code()}," for view in self.views]
        lines += ["    ],", "    panels=["]
        lines += [f"        {panel.code()}," for panel in self.panels.values()]
        lines += ["    ],", f"    speed={self._speed!r},", ")"]
        for title, panel in self.panels.items():
            for key in panel:
                lines += panel[key].code(f"dash.panels[{title!r}][{key!r}]")
        return "\n".join(lines)

    def snapshot(self) -> Still:
        """Return still pictures of all views and the code; a saved notebook keeps them.

        Raises
        ------
        StateError
            If the dashboard was closed.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(backend="reference")
        >>> cells = net.create(2, annlab.Izhikevich, name="cells")
        >>> net.compile()
        >>> dash = net.dashboard()
        >>> print(repr(dash.snapshot()).splitlines()[0])
        from annlab.widgets import raster, rate, sliders, trace
        >>> dash.close()
        """
        self._require_open()
        return Still([view.snapshot() for view in self.views], self.code())

    def save(self, name: str) -> None:
        """Keep the network as it is now, with its pictures, under a name.

        Raises
        ------
        StateError
            If the dashboard was closed.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(backend="reference")
        >>> cells = net.create(2, annlab.Izhikevich, name="cells")
        >>> net.compile()
        >>> dash = net.dashboard()
        >>> dash.save("calm")
        >>> dash.close()
        """
        self._require_open()
        if not read_text(name, "the name of a preset").strip():
            raise ArgumentError("a preset needs a name", hint="write dash.save('calm')")
        self._presets[name] = Preset(
            name=name,
            moment=self._require_network().snapshot(),
            values=self._values(),
            shots=[view._shot() for view in self.views],
        )
        self._tools.names = list(self._presets)

    def restore(self, name: str) -> None:
        """Return to a preset: the network bit for bit, and the sliders.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(backend="reference")
        >>> cells = net.create(2, annlab.Izhikevich, name="cells")
        >>> net.compile()
        >>> dash = net.dashboard()
        >>> dash.save("calm")
        >>> dash.panels["cells"]["a"].value = 0.05
        >>> dash.restore("calm")
        >>> float(cells.a[0])
        0.02
        >>> dash.close()
        """
        preset = self._preset(name)
        self._require_network().restore(preset.moment)
        for title, panel in self.panels.items():
            for key in panel:
                panel[key].follow(preset.values.get(f"{title}: {key}"))

    def compare(self, first: str, second: str) -> Comparison:
        """Return two presets side by side: values that differ, and pictures on equal axes.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(backend="reference")
        >>> cells = net.create(2, annlab.Izhikevich, name="cells")
        >>> net.compile()
        >>> dash = net.dashboard()
        >>> dash.save("slow")
        >>> dash.panels["cells"]["a"].value = 0.05
        >>> dash.save("fast")
        >>> dash.compare("slow", "fast")
        slow | fast
        cells: a: 0.02 | 0.05
        >>> dash.close()
        """
        return Comparison(self._preset(first), self._preset(second))

    def close(self) -> None:
        """Take everything off the page. Views, panels and presets go; `code` is kept.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(backend="reference")
        >>> cells = net.create(2, annlab.Izhikevich, name="cells")
        >>> net.compile()
        >>> dash = net.dashboard()
        >>> dash.close()
        """
        cells.disown(self)
        if not self._parts:
            return
        self._last_code = self.code()
        parts, self._parts = self._parts, ()
        for part in parts:
            part.close()
        close_layouts(*parts[-self._n_boxes :], self)
        super().close()
        # No comm is left to tell a page of it; a notebook keeps whatever a cell showed.
        self.children, self.views, self.panels = (), (), _Panels(())
        self._presets.clear()
        del self._bar, self._tools

    def _require_open(self) -> None:
        if not self._parts:
            raise StateError("the dashboard is closed", hint="run its cell again")

    def _values(self) -> dict[str, float]:
        for panel in self.panels.values():
            panel._catch_up()
        return {
            f"{title}: {key}": panel[key].value
            for title, panel in self.panels.items()
            for key in panel
        }

    def _free_name(self) -> str:
        """Return a name for a preset that was given none: the page may not know of the last yet."""
        n = len(self._presets) + 1
        while f"preset {n}" in self._presets:
            n += 1
        return f"preset {n}"

    def _preset(self, name: str) -> Preset:
        if not isinstance(name, str) or name not in self._presets:
            near = nearest(name, self._presets)
            raise UnknownObjectError(
                f"there is no preset {name!r}",
                why=f"known here: {', '.join(self._presets) or 'none'}",
                hint=f"did you mean '{near}'?" if near else "save one: dash.save('name')",
            )
        return self._presets[name]

    def _require_network(self) -> Network:
        network = self._network.network
        if network is None:
            raise UnknownObjectError("the network of this dashboard is gone")
        return network


class _Tools(LiveView):
    """The line of buttons: copy as code, presets. Lets the page know the code."""

    _files = ("switchboard", "parts", "saving", "tools")
    names = traitlets.List().tag(sync=True)
    message = traitlets.Unicode().tag(sync=True)
    around = traitlets.List().tag(sync=True)  # boxes of the dashboard, by the names of their models
    panels = traitlets.List().tag(sync=True)  # their whole names

    def __init__(self, network: Network, owner: Dashboard) -> None:
        # A name that no other kernel's dashboard has, for a page that shows several notebooks.
        super().__init__(
            network, "tools of a dashboard", saved_id=uuid.uuid4().hex, panels=list(owner.panels)
        )
        self._owner = owner
        self._keeper = Keeper(network, forgetful(self._keep_code))
        for panel in owner.panels.values():
            panel._on_obeyed = self._keeper.soon
        self.saved_code = owner._code()
        self.on_msg(self._receive)
        self._start(_Silence())

    def _keep_code(self) -> None:
        if self._live is not None:
            self.saved_code = self._owner._code()
            serve_while_busy(self)

    def _release(self) -> None:
        self._keeper.close()

    # ipywidgets hands over untyped messages.
    def _receive(self, _widget: Any, content: Mapping[str, Json], _buffers: Any) -> None:
        self.message = ""
        try:
            match content:
                case {"ask": "code"}:
                    self.send({"code": self._owner.code()})
                case {"save": str(name)}:
                    self._owner.save(name or self._owner._free_name())
                case {"restore": str(name)}:
                    self._owner.restore(name)
                case {"compare": [str(first), str(second)], "dark": bool(is_dark)}:
                    both = self._owner.compare(first, second)
                    self.send({"html": both._html(is_dark=is_dark)})
        except AnnlabError as error:
            self.message = error.what or str(error)


class _Silence:
    """The feed of what shows nothing that moves."""

    def rewind(self) -> None:
        pass

    def collect(self) -> None:
        return None
