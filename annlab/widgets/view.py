"""What all live views have in common: their pump, their cell, their end."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, Protocol, Self, TypeVar

import traitlets
from bokeh.plotting import figure

from annlab.calls import public
from annlab.errors import StateError
from annlab.network.files import read_path, written_whole
from annlab.network.network import Network
from annlab.widgets import assets, cells, naming
from annlab.widgets.channel import LivePump, pump_of
from annlab.widgets.figure_parts import HEIGHT, Frame
from annlab.widgets.page import PageWidget
from annlab.widgets.pump import Feed, Json
from annlab.widgets.routing import close_layouts, serve_while_busy

D = TypeVar("D", bound="Drawn")

_numbers = itertools.count(1)


@public
@dataclass(frozen=True, slots=True)
class Snapshot:
    """A still picture: shown by the notebook, and still there when it is opened again.

    Examples
    --------
    >>> import annlab
    >>> from annlab.widgets import trace
    >>> net = annlab.Network()
    >>> cells = net.create(2, annlab.LeakyIntegrator)
    >>> net.compile()
    >>> view = trace(cells, "r")
    >>> picture = view.snapshot()
    >>> picture.png[:4]
    b'\x89PNG'
    >>> view.close()
    """

    png: bytes
    description: str

    def save(self, path: str | Path) -> None:
        """Write the picture to a .png file.

        Raises
        ------
        ArgumentTypeError
            If it is given no name.
        StorageError
            If it cannot be written.

        Examples
        --------
        >>> from pathlib import Path
        >>> import annlab
        >>> from annlab.widgets import trace
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator)
        >>> net.compile()
        >>> view = trace(cells, "r")
        >>> view.snapshot().save("rates.png")
        >>> Path("rates.png").exists()
        True
        >>> view.close()
        """
        with written_whole(read_path(path)) as draft:
            draft.write_bytes(self.png)

    def __repr__(self) -> str:
        return f"<{self.description}>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        return {"text/plain": repr(self), "image/png": self.png}


class Drawn(Protocol):
    """What a still picture is drawn of."""

    def beside(self, other: Self) -> Self:
        """Return this with axes and scales that hold the other as well."""
        ...


@dataclass(frozen=True, slots=True)
class Shot(Generic[D]):
    """A still picture before it is drawn: pictures of two moments can still get the same axes."""

    data: D
    draw: Callable[[D], bytes]
    description: str

    def snapshot(self) -> Snapshot:
        """Draw the picture."""
        return Snapshot(self.draw(self.data), self.description)

    def beside(self, other: Shot[D]) -> Snapshot:
        """Draw the picture on axes and in colours that suit the other one too."""
        return replace(self, data=self.data.beside(other.data)).snapshot()


@public
class LiveView(PageWidget):
    """A view on a running network.

    It gets its data from the network's pump while it is on the screen. Running its cell again, or
    `close`, ends it.

    Examples
    --------
    >>> import annlab
    >>> from annlab.widgets import LiveView, trace
    >>> net = annlab.Network()
    >>> cells = net.create(2, annlab.LeakyIntegrator)
    >>> net.compile()
    >>> view = trace(cells, "r")
    >>> isinstance(view, LiveView)
    True
    >>> view.close()
    """

    _css = assets.style()
    pump_id = traitlets.Unicode().tag(sync=True)
    view_id = traitlets.Unicode().tag(sync=True)
    description = traitlets.Unicode().tag(sync=True)
    has_ended = traitlets.Bool(False).tag(sync=True)  # its network was cleared or deleted
    _live: LivePump | None = None  # for `close` after a constructor that failed

    def __init__(
        self, network: Network, description: str, *, code: str = "", **traits: object
    ) -> None:
        # First, because the last view of a pump closes it.
        cells.close_earlier_runs()
        live = pump_of(network)
        super().__init__(
            pump_id=live.id,
            view_id=f"view-{next(_numbers)}",
            description=description,
            **traits,
        )
        self._live = live
        self._source = live.source
        self._code = code
        cells.own(self)

    def _start(self, feed: Feed) -> None:
        """Begin to feed the page; the last thing that a view's constructor does."""
        serve_while_busy(self)
        if self._live is not None:
            self._live.attach(self.view_id, feed, self._end)

    def code(self) -> str:
        """Return Python that makes this view again; the network is called ``net`` there.

        Examples
        --------
        >>> import annlab
        >>> from annlab.widgets import trace
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator, name="cells")
        >>> net.compile()
        >>> view = trace(cells, "r")
        >>> print(view.code())
        trace(net.get_population('cells'), 'r', ranks=[0], window_ms=1000.0)
        >>> view.close()
        """
        return self._code

    def _code_alone(self) -> str:
        return naming.alone(self._code)

    def close(self) -> None:
        """Take the view off the page and stop its feed. May be called twice.

        Examples
        --------
        >>> import annlab
        >>> from annlab.widgets import trace
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator)
        >>> net.compile()
        >>> view = trace(cells, "r")
        >>> view.close()
        >>> view
        <closed live trace of r of pop0[0]>
        """
        if self._live is not None:
            cells.disown(self)
        self._let_go()
        close_layouts(self)
        super().close()

    def _end(self) -> None:
        """Tell the page that there is nothing more to show; what it shows is the past."""
        self._let_go()
        self.has_ended = True

    def _let_go(self) -> None:
        """Stop the feed, and give back what the view holds of its network."""
        live, self._live = self._live, None
        if live is not None:
            live.detach(self.view_id)
            self._release()

    def _release(self) -> None:
        """Give back what the view holds in the network.

        A notebook keeps whatever a cell showed, closed or not: so its taps are let go of as well.
        """

    def _require_open(self) -> None:
        if self._live is None:
            raise StateError(
                f"the {self.description} ended: closed, or its network was cleared or deleted",
                hint="run its cell again",
            )

    def __repr__(self) -> str:
        return f"<{'closed ' if self._live is None else ''}{self.description}>"


@public
class LiveFigure(LiveView):
    """A view that is a picture: a Bokeh figure as frame, its data drawn by the page.

    Examples
    --------
    >>> import annlab
    >>> from annlab.widgets import LiveFigure, raster
    >>> net = annlab.Network()
    >>> source = net.create(annlab.SpikeSourceArray([1.0, 3.0]))
    >>> net.compile()
    >>> view = raster(source)
    >>> isinstance(view, LiveFigure)
    True
    >>> view.close()
    """

    frame = traitlets.Dict().tag(sync=True)
    groups = traitlets.List().tag(sync=True)
    title = traitlets.Unicode().tag(sync=True)
    height = traitlets.Int(HEIGHT).tag(sync=True)
    notice = traitlets.Unicode().tag(sync=True)  # shown for a moment
    width = traitlets.Int(0).tag(sync=True)  # of a picture that does not fill its place

    def __init__(
        self,
        network: Network,
        description: str,
        *,
        frame: Frame,
        groups: Sequence[Mapping[str, Json]] = (),
        title: str = "",
        code: str = "",
        **traits: object,
    ) -> None:
        super().__init__(
            network,
            description,
            code=code,
            frame=frame.item,
            groups=[dict(group) for group in groups],
            title=title,
            height=frame.height,
            width=frame.width,
            **traits,
        )

    def close(self) -> None:
        """Take the view off the page and stop its feed. May be called twice."""
        super().close()
        # No comm is left to tell a page of it; a notebook keeps whatever a cell showed.
        self.frame = {}

    def snapshot(self) -> Snapshot:
        """Return a still picture of now; it stays in a saved notebook.

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
        >>> view.snapshot().save("raster.png")
        >>> view.close()
        """
        return self._shot().snapshot()

    # Any: each view draws data of its own kind.
    def _shot(self) -> Shot[Any]:
        """Return what is needed for a still picture of now."""
        raise NotImplementedError

    def to_figure(self) -> figure:
        """Return a Bokeh figure of now that belongs to the caller.

        Examples
        --------
        >>> import annlab
        >>> from annlab.widgets import raster
        >>> net = annlab.Network()
        >>> source = net.create(annlab.SpikeSourceArray([1.0, 3.0]))
        >>> net.compile()
        >>> view = raster(source, title="two spikes")
        >>> view.to_figure().title.text
        'two spikes'
        >>> view.close()
        """
        raise NotImplementedError
