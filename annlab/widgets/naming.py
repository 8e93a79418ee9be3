"""Write populations, projections and calls as Python that means the same."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from annlab.network.network import Network
from annlab.network.population import Population
from annlab.network.projection import Projection
from annlab.network.view import PopulationView

# As many ranks are written one by one.
FEW = 20
# As many letters of a name are shown where room is short, and so many of these at its end.
SHORT, TAIL = 36, 9


def expression(thing: object) -> str:
    """Return code for an argument of a view; the network is called ``net``.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(backend="reference")
    >>> cells = net.create(10, annlab.Izhikevich, name="cells")
    >>> expression([cells[2:5], cells[[1, 7]]])
    "[net.get_population('cells')[2:5], net.get_population('cells')[[1, 7]]]"
    """
    match thing:
        case Network():
            return "net"
        case Population():
            return f"net.get_population({thing.name!r})"
        case PopulationView():
            return f"net.get_population({thing.name!r})[{_ranks(thing)}]"
        case Projection():
            return f"net.get_projection({thing.name!r})"
        case list() | tuple():
            return f"[{', '.join(expression(one) for one in thing)}]"
        case np.generic():
            return repr(thing.item())
    return repr(thing)


def call(function: str, *arguments: object, **options: object) -> str:
    """Return code that calls `function`; options that are None or empty are left out."""
    given = [expression(one) for one in arguments]
    given += [f"{k}={expression(v)}" for k, v in options.items() if not _is_empty(v)]
    return f"{function}({', '.join(given)})"


def alone(code: str) -> str:
    """Return a call with the import that it needs; nothing of nothing.

    Examples
    --------
    >>> print(alone("raster(net)"))
    from annlab.widgets import raster
    raster(net)
    """
    return code and f"from annlab.widgets import {code.split('(')[0]}\n{code}"


def shortened(name: str) -> str:
    """Return a name without its middle, if it is long: names mostly differ at their ends.

    Examples
    --------
    >>> shortened("a population whose name is as long as this [12]")
    'a population whose name is…this [12]'
    """
    return name if len(name) <= SHORT else f"{name[: SHORT - TAIL - 1]}…{name[-TAIL:]}"


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, Sequence) and len(value) == 0)


def _ranks(view: PopulationView) -> str:
    ranks = np.asarray(view.ranks)
    if len(ranks) and np.array_equal(ranks, np.arange(ranks[0], ranks[0] + len(ranks))):
        return f"{ranks[0]}:{ranks[0] + len(ranks)}"
    if len(ranks) <= FEW:
        return str(ranks.tolist())
    step = int(ranks[1] - ranks[0])
    if step > 0 and np.array_equal(ranks, np.arange(ranks[0], ranks[-1] + 1, step)):
        return f"{ranks[0]}:{ranks[-1] + 1}:{step}"
    return str(ranks.tolist())
