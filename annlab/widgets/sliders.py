"""Sliders for the parameters of a population or projection, also while it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import ipywidgets
import numpy as np
from numpy.typing import NDArray

from annlab.errors import AnnlabError, ArgumentError, UnknownAttributeError, nearest
from annlab.ir.expr import Expr, Literal
from annlab.ir.model import NeuronModel, SynapseModel
from annlab.network.population import Population
from annlab.network.projection import Projection
from annlab.network.view import PopulationView
from annlab.widgets import cells
from annlab.widgets.latest import Latest
from annlab.widgets.ranges import SliderRange, slider_range, unit
from annlab.widgets.routing import serve_while_busy

Steerable = Population | PopulationView | Projection


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
        else a range around the value.

    Notes
    -----
    A parameter that differs between neurons or synapses is moved by a factor, which keeps the
    differences.

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
    >>> panel.close()
    """
    known = [str(name) for name in thing.attributes]
    for name in (*names, *limits):
        if name not in known:
            near = nearest(name, known)
            raise UnknownAttributeError(
                f"'{thing.name}' has no attribute '{name}'",
                why=f"known here: {', '.join(sorted(known))}",
                hint=f"did you mean '{near}'?" if near else None,
            )
    for name, (low, high) in limits.items():
        if not low < high:
            raise ArgumentError(f"the slider of '{name}' cannot go from {low} to {high}")
    chosen = list(names or limits or thing.parameters)
    return Sliders(thing, chosen, title=thing.name if title is None else title, limits=limits)


class Sliders(ipywidgets.VBox):
    """What `sliders` returns: one row a parameter, with its unit and a button for the default.

    ``panel["noise"]`` is the slider of `noise`, an ordinary ipywidgets one: set its `value` to move
    it from code.

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

    # What `close` needs, also after a constructor that failed.
    _rows: Mapping[str, _Row] = {}
    _message: ipywidgets.Label | None = None

    def __init__(
        self,
        thing: Steerable,
        names: list[str],
        *,
        title: str,
        limits: Mapping[str, tuple[float, float]],
    ) -> None:
        cells.close_earlier_runs()
        self._message = ipywidgets.Label("", layout={"display": "none"})
        self._rows = {name: _row(thing, name, limits.get(name), self._say) for name in names}
        head = ipywidgets.Label(title)
        head.add_class("annlab-title")
        super().__init__([head, *(row.box for row in self._rows.values()), self._message])
        self.add_class("annlab-sliders")
        cells.own(self)

    def __getitem__(self, name: str) -> ipywidgets.FloatSlider | ipywidgets.FloatLogSlider:
        return self._rows[name].slider

    def __repr__(self) -> str:
        return f"<sliders of {', '.join(self._rows)}>"

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
        for row in self._rows.values():
            row.reset()

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
        for row in self._rows.values():
            row.close()
        if self._message is not None:
            self._message.close()
        super().close()

    def _say(self, text: str) -> None:
        assert self._message is not None  # made first
        self._message.value = text
        self._message.layout.display = "" if text else "none"


class _Row:
    """One parameter: name, slider, unit, button."""

    def __init__(
        self,
        label: str,
        unit_text: str,
        value: float,
        limits: SliderRange,
        apply: Callable[[float], None],
    ) -> None:
        self._default = value
        self.slider = _slider(label, value, limits)
        self._name = ipywidgets.Label(label, layout={"width": "9em"})
        self._name.add_class("annlab-name")
        self._unit = ipywidgets.Label(unit_text, layout={"width": "2.2em"})
        self._button = ipywidgets.Button(
            icon="undo",
            tooltip=f"Reset {label} to {value:g}",
            layout={"width": "34px"},
        )
        self._button.on_click(lambda _: self.reset())
        self.box = ipywidgets.HBox([self._name, self.slider, self._unit, self._button])
        latest = Latest(apply)

        def moved(change: Mapping[str, float]) -> None:
            serve_while_busy(self.slider)
            latest.set(float(change["new"]))

        self.slider.observe(moved, names="value")
        serve_while_busy(self.slider, self._button)

    def reset(self) -> None:
        self.slider.value = self._default

    def close(self) -> None:
        for widget in (*self.box.children, self.box):
            widget.close()


def _slider(
    label: str, value: float, limits: SliderRange
) -> ipywidgets.FloatSlider | ipywidgets.FloatLogSlider:
    common = {
        "value": value,
        "step": limits.step,
        "continuous_update": True,
        "readout_format": _digits(limits),
        "layout": {"width": "22em"},
        "tooltip": label,
    }
    if limits.is_logarithmic:
        return ipywidgets.FloatLogSlider(
            min=float(np.log10(limits.low)), max=float(np.log10(limits.high)), **common
        )
    return ipywidgets.FloatSlider(min=limits.low, max=limits.high, **common)


def _digits(limits: SliderRange) -> str:
    """Return the format of the number beside the slider: as fine as its steps, no finer."""
    step = limits.low * 0.02 if limits.is_logarithmic else limits.step
    return f".{max(0, min(6, int(np.ceil(-np.log10(step)))))}f"


def _row(
    thing: Steerable,
    name: str,
    limits: tuple[float, float] | None,
    say: Callable[[str], None],
) -> _Row:
    """Return the row of one parameter: its value if it is one number, else a common factor."""
    values = _numbers(thing, name)
    is_uniform = values.size == 0 or bool((values == values.flat[0]).all())
    scaled = _Scaled(thing, name, values)

    def apply(value: float) -> None:
        try:
            thing.set({name: value if is_uniform else scaled.by(value)})
            say("")
        except AnnlabError as error:
            say(f"{name}: {error.what or error}")

    if not is_uniform:
        span = SliderRange(low=limits[0], high=limits[1]) if limits else SliderRange(low=0, high=2)
        return _Row(f"{name} ×", "", 1.0, span, apply)
    value = float(values.flat[0]) if values.size else 0.0
    low, high = limits or _declared_bounds(_model_of(thing), name)
    span = slider_range(name, value, low=low, high=high)
    return _Row(name, _unit(_model_of(thing), name), value, span, apply)


class _Scaled:
    """Values that are moved by a factor, from where they were when the slider was made."""

    def __init__(self, thing: Steerable, name: str, first: NDArray[np.float64]) -> None:
        self._thing, self._name = thing, name
        self._first = first
        self._moved = np.empty_like(first)  # kept: fresh memory costs more than the product
        self._factor = 1.0

    def by(self, factor: float) -> NDArray[np.float64]:
        """Return the values that belong to a factor."""
        if self._has_other_synapses():
            now = _numbers(self._thing, self._name)
            self._first = now / self._factor if self._factor else now
            self._moved = np.empty_like(now)
        self._factor = factor
        return np.multiply(self._first, factor, out=self._moved)

    def _has_other_synapses(self) -> bool:
        """Tell whether some have come or gone, so that the first values fit no longer."""
        thing = self._thing
        if not isinstance(thing, Projection) or not thing.initialized:
            return False
        return self._first.size not in (thing.nb_synapses, thing.size)


def _numbers(thing: Steerable, name: str) -> NDArray[np.float64]:
    """Return a copy of all values, in one array that may be set again."""
    if isinstance(thing, Projection) and thing.initialized:
        return thing.get(name, as_array=True).astype(np.float64)
    return np.array(getattr(thing, name), dtype=np.float64)


def _model_of(thing: Steerable) -> NeuronModel | SynapseModel:
    return thing._model if isinstance(thing, Projection) else thing.model


def _declared_bounds(
    model: NeuronModel | SynapseModel, name: str
) -> tuple[float | None, float | None]:
    """Return the numbers that the model gives as min and max of a variable."""
    for equation in model.equations:
        if equation.variable.name == name:
            return (_constant(equation.minimum), _constant(equation.maximum))
    return (None, None)


def _constant(bound: Expr | None) -> float | None:
    return float(bound.value) if isinstance(bound, Literal) else None


def _unit(model: NeuronModel | SynapseModel, name: str) -> str:
    attribute = model.attribute(name)
    return (attribute.unit if attribute is not None else "") or unit(name)
