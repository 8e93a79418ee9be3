"""Live views for tabs beside the notebook.

Makes widgets of `annlab.widgets` when a page asks for one, and closes them with their tab. The
package works without the widgets' libraries; then nothing is offered.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from annlab.errors import ArgumentError
from annlab.ir.expr import Locality
from annlab.lab.messages import OpenedView, ViewKind
from annlab.network.inputs import (
    HomogeneousCorrelatedSpikeTrains,
    PoissonPopulation,
    TimedPoissonPopulation,
)
from annlab.network.population import Population
from annlab.network.projection import Projection

_BY_CHANCE = (HomogeneousCorrelatedSpikeTrains, PoissonPopulation, TimedPoissonPopulation)
_NEEDED = ("anywidget", "bokeh", "ipywidgets", "jupyter_bokeh")


def views_of(thing: Population | Projection) -> tuple[ViewKind, ...]:
    """Return the views that can be opened of a population or projection."""
    if not _has_widgets():
        return ()
    if isinstance(thing, Projection):
        return ("weights", "histogram")
    found: list[ViewKind] = []
    if thing.model.is_spiking:
        found.append("raster")
    if thing.model.is_spiking or "r" in thing.attributes:
        found.extend(("rate", "activity"))
    if _traced(thing) is not None:
        found.append("trace")
    return tuple(found)


class Views:
    """The views that one page has opened."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._open: dict[int, Any] = {}  # widgets, whose library need not be installed
        self._lock = threading.Lock()

    def open(self, thing: Population | Projection, kind: ViewKind) -> OpenedView:
        """Make a view.

        Raises
        ------
        ArgumentError
            If there is no such view of `thing`.
        StateError
            If its network is not compiled.
        """
        if kind not in views_of(thing):
            raise ArgumentError(
                f"there is no live {kind} of '{thing.name}'",
                why=f"possible: {', '.join(views_of(thing)) or 'none'}",
                hint=None if _has_widgets() else f"views need: pip install {' '.join(_NEEDED)}",
            )
        widget = _MAKERS[kind](import_module("annlab.widgets"), thing)
        with self._lock:
            number = next(self._numbers)
            self._open[number] = widget
        return OpenedView(view=number, model_id=widget.model_id, title=f"{thing.name}: {kind}")

    def close(self, number: int) -> bool:
        """Close a view; True if it was there."""
        with self._lock:
            widget = self._open.pop(number, None)
        if widget is not None:
            widget.close()
        return widget is not None

    def close_all(self) -> None:
        """Close every view, because the page is gone."""
        for number in list(self._open):
            self.close(number)


@cache
def _has_widgets() -> bool:
    return all(find_spec(name) is not None for name in _NEEDED)


def _traced(population: Population) -> str | None:
    """Return the variable that a trace shows: the membrane potential if there is one.

    Neurons that spike have an `r` that is 0 unless its computation is asked for, and inputs that
    spike by chance a number that is drawn in each step: neither tells anything.
    """
    model = population.model
    idle = {"r"} if model.is_spiking else set()
    idle -= {equation.variable.name for equation in model.equations}
    if isinstance(population, _BY_CHANCE):
        idle.add("p")
    names = [
        a.name
        for a in model.attributes
        if not a.is_parameter and a.locality is Locality.LOCAL and a.name not in idle
    ]
    return next((n for n in ("v", "r", *names) if n in names), None)


def _trace(widgets: Any, population: Any) -> Any:
    ranks = range(min(3, population.size))
    return widgets.trace(population, _traced(population), ranks=tuple(ranks))


# Any: the module of widgets is imported only if somebody wants one.
_MAKERS: Mapping[ViewKind, Callable[[Any, Any], Any]] = {
    "raster": lambda widgets, thing: widgets.raster(thing),
    "rate": lambda widgets, thing: widgets.rate(thing),
    "activity": lambda widgets, thing: widgets.activity(thing),
    "trace": _trace,
    "weights": lambda widgets, thing: widgets.weights(thing),
    "histogram": lambda widgets, thing: widgets.weight_histogram(thing),
}


__all__ = ["Views", "views_of"]
