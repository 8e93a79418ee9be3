"""Choose a handful of views and sliders that suit a network."""

from __future__ import annotations

from annlab.network.inputs import InputArray
from annlab.network.network import Network
from annlab.network.population import Population
from annlab.network.projection import Projection
from annlab.network.view import PopulationView
from annlab.widgets.activity import activity
from annlab.widgets.inputs import is_input
from annlab.widgets.raster import raster
from annlab.widgets.rate import rate
from annlab.widgets.synapses import weight_histogram
from annlab.widgets.trace import trace
from annlab.widgets.view import LiveFigure

MAX_VIEWS = 5
MAX_PANELS = 6
# Of a larger population the raster shows the first so many neurons.
MAX_ROWS = 2000
MAX_PARAMETERS = 8


def views_for(network: Network) -> list[LiveFigure]:
    """Return at most `MAX_VIEWS` views: spikes, rates, a variable, maps, weights that learn."""
    populations = list(network.get_populations())
    spiking = [p for p in populations if p.model.is_spiking]
    rated = [p for p in populations if "r" in p.attributes and not p.model.is_spiking]
    rated = [p for p in rated if not isinstance(p, InputArray)] or rated
    found: list[LiveFigure] = []
    if spiking:
        found.append(raster([_first(p) for p in spiking]))
        found.append(rate(spiking))
    elif rated:
        found.append(rate(rated))
    for population in _largest([p for p in spiking if not is_input(p)])[:1]:
        variable = _main_variable(population)
        if variable is not None:
            found.append(trace(population, variable, ranks=_few(population)))
    maps = _largest([p for p in populations if p.dimension == 2])
    maps = [p for p in maps if p.model.is_spiking or "r" in p.attributes]
    plastic = [p for p in network.get_projections() if p._model.is_plastic and "w" in p.attributes]
    room = MAX_VIEWS - len(found) - bool(plastic)
    found += [activity(p) for p in maps[: min(2, room)]]
    flat = [p for p in _largest(rated) if p.dimension != 2]
    if flat and len(found) < MAX_VIEWS - bool(plastic):
        found.append(trace(flat[0], "r", ranks=_few(flat[0])))
    found += [weight_histogram(p) for p in plastic[:1]]
    return found[:MAX_VIEWS]


def steered(network: Network) -> list[Population | Projection]:
    """Return whose parameters get sliders: populations first, then projections."""
    return _steerable(network)[:MAX_PANELS]


def left_out(network: Network) -> str:
    """Return a line about what gets no sliders, and how it does; "" if all parameters have one."""
    rest = _steerable(network)[MAX_PANELS:]
    n_projections = sum(isinstance(thing, Projection) for thing in rest)
    counts = {"population": len(rest) - n_projections, "projection": n_projections}
    told = [f"{n} {what}{'s' if n > 1 else ''}" for what, n in counts.items() if n]
    told[:1] = [text.replace(" ", " more ") for text in told[:1]]
    calls = ["sliders(pop)"] * bool(counts["population"]) + ["sliders(proj)"] * bool(n_projections)
    whole = [f"{' and '.join(told)}: {', '.join(calls)}"] if told else []
    return "; ".join([*whole, *filter(None, map(_names_left_out, steered(network)))])


def _names_left_out(thing: Population | Projection) -> str:
    names = _names(thing)[MAX_PARAMETERS:]
    if not names:
        return ""
    what = "proj" if isinstance(thing, Projection) else "pop"
    shown = ", ".join(map(repr, names[:3])) + (", ..." if len(names) > 3 else "")
    many = f"{len(names)} more parameters" if len(names) > 1 else "1 more parameter"
    return f"{many} of {thing.name}: sliders({what}, {shown})"


def _steerable(network: Network) -> list[Population | Projection]:
    populations = [p for p in network.get_populations() if not is_input(p) and p.parameters]
    projections = [p for p in network.get_projections() if _names(p)]
    return [*populations, *projections]


def names_for(thing: Population | Projection) -> list[str]:
    """Return the parameters that get a slider; of projections the weights too."""
    return _names(thing)[:MAX_PARAMETERS]


def _names(thing: Population | Projection) -> list[str]:
    names = [str(name) for name in thing.parameters]
    if isinstance(thing, Projection) and "w" in thing.attributes and "w" not in names:
        names.insert(0, "w")
    return names


def _first(population: Population) -> Population | PopulationView:
    return population if population.size <= MAX_ROWS else population[:MAX_ROWS]


def _largest(populations: list[Population]) -> list[Population]:
    return sorted(populations, key=lambda p: -p.size)


def _few(population: Population) -> list[int]:
    """Return the ranks of up to three neurons, far from one another."""
    return sorted({0, population.size // 2, population.size - 1})


def _main_variable(population: Population) -> str | None:
    """Return the membrane potential, or the first variable with a differential equation."""
    odes = [e.variable.name for e in population.model.equations if e.is_ode]
    return "v" if "v" in odes else next(iter(odes), None)
