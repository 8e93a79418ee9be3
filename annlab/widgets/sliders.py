"""Sliders for the parameters of a population or projection, also while it runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

import traitlets

from annlab.calls import public
from annlab.errors import (
    AnnlabError,
    ArgumentTypeError,
    UnknownAttributeError,
    UnknownObjectError,
    nearest,
)
from annlab.widgets import assets, cells, naming
from annlab.widgets.following import Follower
from annlab.widgets.given import read_limits, read_title
from annlab.widgets.knobs import OF_SPREAD, Knob, Steerable
from annlab.widgets.page import PageWidget
from annlab.widgets.pump import Json
from annlab.widgets.routing import close_layouts, serve_while_busy

T = TypeVar("T")


@public
def sliders(
    thing: Steerable, *names: str, title: str | None = None, **limits: tuple[float, float]
) -> Sliders:
    """Show a slider for each parameter; a move takes effect in the next slice of the run.

    Parameters
    ----------
    thing
        A population, a view of one, or a projection.
    names
        Its parameters or variables; all parameters if none is named.
    title
        Shown above; the name of `thing` if not given.
    limits
        Range of a slider, as in ``noise=(0, 20)``. Without, the bounds that the model declares,
        else a range around the value. They can be edited in the page too.

    Notes
    -----
    A parameter of which each neuron has its own value is moved by a factor or a shift, which keep
    the differences, or by mean and standard deviation: choose beside the slider, or with
    ``panel["noise"].set_mode("mean")``.

    The slider of a parameter that an edited model has no longer rests until one has it again. New
    parameters need a new panel.

    Raises
    ------
    UnknownAttributeError
        If there is no such parameter.
    ArgumentError
        If limits are upside down.

    Examples
    --------
    >>> import annlab
    >>> from annlab.widgets import sliders
    >>> net = annlab.Network()
    >>> cells = net.create(10, annlab.LeakyIntegrator(B=0.5))
    >>> net.compile()
    >>> panel = sliders(cells, B=(0.0, 2.0))  # a notebook shows it
    >>> panel["B"].value = 1.5
    >>> float(cells.B[0])
    1.5
    >>> panel.reset()
    >>> panel.close()
    """
    if not isinstance(thing, Steerable):
        raise ArgumentTypeError(
            f"sliders() cannot move {thing!r}",
            hint="give a population, a view of one, or a projection; inputs(net) has the inputs",
        )
    known = [str(name) for name in thing.attributes]
    for name in (*names, *limits):
        if name not in known:
            near = nearest(name, known)
            shown = f"'{name}'" if isinstance(name, str) else repr(name)
            raise UnknownAttributeError(
                f"'{thing.name}' has no attribute {shown}",
                why=f"known here: {', '.join(sorted(known))}",
                hint=f"did you mean '{near}'?" if near else None,
            )
    title = None if title is None else read_title(title, "sliders()")
    for name, ends in limits.items():
        if read_limits(ends, f"the slider of '{name}'") is None:
            raise ArgumentTypeError(
                f"the limits of the slider of '{name}' are None",
                hint=f"give two numbers, or name it alone: sliders(thing, {name!r})",
            )
    chosen = list(dict.fromkeys([*names, *limits])) or list(thing.parameters)
    code = naming.call("sliders", thing, *names, title=title, **limits)
    return Sliders(
        [(thing, name, limits.get(name)) for name in chosen],
        title=thing.name if title is None else title,
        code=code,
    )


@public
class Sliders(PageWidget):
    """What `sliders` returns: one row a parameter, with limits, unit and a button for the default.

    ``panel["noise"]`` is the knob of `noise`: set its `value` to move it from code.

    Examples
    --------
    >>> import annlab
    >>> from annlab.widgets import sliders
    >>> net = annlab.Network()
    >>> cells = net.create(10, annlab.Izhikevich)
    >>> net.compile()
    >>> panel = sliders(cells, "a", "b")
    >>> panel
    <sliders of a, b>
    >>> panel.close()
    """

    _files = ("switchboard", "parts", "saving", "sliders")
    _css = assets.style()
    title = traitlets.Unicode().tag(sync=True)
    message = traitlets.Unicode().tag(sync=True)
    rows = traitlets.List().tag(sync=True)
    # The page moves rows by itself, so what is new for it may be old here.
    version = traitlets.Int().tag(sync=True)
    _follower: Follower | None = None
    _knobs: Mapping[str, Knob] = MappingProxyType({})  # for `close` after a constructor that failed

    def __init__(
        self,
        moved: Sequence[tuple[Steerable, str, tuple[float, float] | None]],
        *,
        title: str,
        code: str = "",
    ) -> None:
        cells.close_earlier_runs()
        knobs: dict[str, Knob] = {}
        self._knobs = knobs
        for thing, name, limits in moved:
            knobs[self._key(name)] = Knob(thing, name, limits, self._show)
        self._code = code
        # Called when a hand has moved, widened or reset something.
        self._on_obeyed: Callable[[], None] | None = None
        self._showing = threading.Lock()
        super().__init__(title=title, rows=self._all_rows())
        self.on_msg(self._receive)
        self._follower = Follower(list(knobs.values()), self._show)
        serve_while_busy(self)
        cells.own(self)

    def __getitem__(self, name: str) -> Knob:
        return self._of(name, self._knobs, "slider")

    def _of(self, name: str, known: Mapping[str, T], what: str) -> T:
        """Return what a row stands for."""
        if not isinstance(name, str) or name not in known:
            near = nearest(name, known)
            raise UnknownObjectError(
                f"there is no {what} {name!r}",
                why=f"known here: {', '.join(known) or 'none'}",
                hint=f"did you mean '{near}'?" if near else None,
            )
        return known[name]

    def __iter__(self):
        return iter(self._knobs)

    def __repr__(self) -> str:
        is_closed = self.comm is None
        return f"<{'closed ' if is_closed else ''}sliders of {', '.join(self._knobs)}>"

    @property
    def values(self) -> dict[str, float]:
        """What the sliders show now, by name.

        Examples
        --------
        >>> import annlab
        >>> from annlab.widgets import sliders
        >>> net = annlab.Network(backend="reference")
        >>> cells = net.create(2, annlab.Izhikevich, name="cells")
        >>> net.compile()
        >>> panel = sliders(cells, "a", "b")
        >>> panel.values
        {'a': 0.02, 'b': 0.2}
        >>> panel.close()
        """
        self._catch_up()
        return {key: knob.value for key, knob in self._knobs.items()}

    def _catch_up(self) -> None:
        """Show what code has set, at once and not in a moment."""
        if self._follower is not None:
            self._follower.catch_up()

    def reset(self) -> None:
        """Put all sliders back to where they began.

        Examples
        --------
        >>> import annlab
        >>> from annlab.widgets import sliders
        >>> net = annlab.Network()
        >>> cells = net.create(10, annlab.LeakyIntegrator(B=0.5))
        >>> net.compile()
        >>> panel = sliders(cells, B=(0.0, 2.0))
        >>> panel["B"].value = 1.5
        >>> panel.reset()
        >>> float(cells.B[0])
        0.5
        >>> panel.close()
        """
        for knob in self._knobs.values():
            if not knob.is_lost:
                knob.reset()

    def code(self) -> str:
        """Return Python that makes these sliders again; the network is called ``net`` there.

        Examples
        --------
        >>> import annlab
        >>> from annlab.widgets import sliders
        >>> net = annlab.Network(backend="reference")
        >>> cells = net.create(2, annlab.Izhikevich, name="cells")
        >>> net.compile()
        >>> panel = sliders(cells, "a", "b")
        >>> panel.code()
        "sliders(net.get_population('cells'), 'a', 'b')"
        >>> panel.close()
        """
        return self._code

    def _code_alone(self) -> str:
        return naming.alone(self._code)

    def close(self) -> None:
        """Take the sliders off the page. The values stay as they are.

        Examples
        --------
        >>> import annlab
        >>> from annlab.widgets import sliders
        >>> net = annlab.Network()
        >>> cells = net.create(10, annlab.LeakyIntegrator)
        >>> net.compile()
        >>> panel = sliders(cells, "B")
        >>> panel.close()
        """
        cells.disown(self)
        follower, self._follower = self._follower, None
        if follower is not None:
            follower.close()
        # A notebook keeps whatever a cell showed, closed or not.
        for knob in self._knobs.values():
            knob.let_go()
        close_layouts(self)
        super().close()
        self.rows = []

    def _key(self, name: str) -> str:
        """Return a name that no other row has."""
        key, n = name, 2
        while key in self._knobs:
            key, n = f"{name} {n}", n + 1
        return key

    def _all_rows(self) -> list[dict[str, Json]]:
        return [row for key, knob in self._knobs.items() for row in knob.rows(key)]

    def _show(self) -> None:
        """Tell the page what has changed from elsewhere."""
        with self._showing:  # the hand and code speak on threads of their own
            if self.comm is not None and not any(k.is_gone for k in self._knobs.values()):
                self.rows = self._all_rows()
                self.version += 1
                serve_while_busy(self)

    # ipywidgets hands over untyped messages.
    def _receive(self, _widget: Any, content: Mapping[str, Json], _buffers: Any) -> None:
        try:
            self._obey(content)
            self.message = ""
        except AnnlabError as error:
            self.message = error.what or str(error)
            self._show()
        finally:
            # The page sends the next one when it knows that this one was taken.
            self.send({"done": True})
            if self._on_obeyed is not None:
                self._on_obeyed()

    def _obey(self, content: Mapping[str, Any]) -> None:
        match content:
            case {"set": key, "value": value}:
                knob, is_spread = self._named(key)
                if content.get("widen"):
                    knob.widen(value, is_spread=is_spread)
                knob.move(value, is_spread=is_spread)
                if content.get("widen"):
                    self._show()
            case {"limits": key}:
                knob, is_spread = self._named(key)
                knob.set_limits(content.get("low"), content.get("high"), is_spread=is_spread)
            case {"mode": key, "to": mode}:
                self._named(key)[0].set_mode(mode)
            case {"reset": "*"}:
                self.reset()
            case {"reset": key}:
                self._named(key)[0].reset()
            case {"show": _}:
                self._show()

    def _named(self, key: str) -> tuple[Knob, bool]:
        """Return whose row it is, and whether it is that of the deviation."""
        is_spread = key.endswith(OF_SPREAD)
        return self[key.removesuffix(OF_SPREAD)], is_spread
