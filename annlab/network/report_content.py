"""What a report says of a network, as values: tables, models, formulas.

The parts are those that Nordlie, Gewaltig & Plesser ask for. Takes a network, compiled or not;
knows nothing of LaTeX documents and Markdown. Gathering draws no random number.

Source: Nordlie, Gewaltig & Plesser (2009), PLoS Comput. Biol. 5(8):e1000456.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from annlab.ir.definition import Neuron, Synapse
from annlab.ir.expr import Expr
from annlab.ir.model import Attribute, Distribution, NeuronModel, SynapseModel
from annlab.ir.typeset import latex, latex_model, latex_name
from annlab.network.constants import Constant
from annlab.network.display import projection_values, summary
from annlab.network.distributions import from_model
from annlab.network.population import Population
from annlab.network.projection import Projection
from annlab.network.projection_base import population_of

if TYPE_CHECKING:
    from annlab.network.monitor import Monitor
    from annlab.network.network import Network

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Maths:
    """A formula of LaTeX, without dollar signs."""

    latex: str


Cell = str | Maths


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under titles; every row has one cell per title."""

    titles: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A neuron or a synapse: facts by name, and its equations as one block."""

    name: str
    facts: tuple[tuple[str, str], ...]
    equations: Maths


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Parts under one title."""

    title: str
    parts: tuple[Table | Model, ...]


def sections(network: Network, *, gather_subprojections: bool) -> tuple[Section, ...]:
    """Return the report of a network, without the sections that would be empty."""
    groups = _groups(network._projections, gather_subprojections=gather_subprojections)
    found = (
        ("Model summary", [_summary(network)]),
        ("Populations", [_populations(network)]),
        ("Connectivity", [_connectivity(groups)]),
        ("Neuron models", _neurons(network)),
        ("Synapse models", _synapses(network)),
        ("Inputs", [_inputs(network)]),
        ("Measurements", [_measurements(network)]),
        ("Parameters", [_parameters(network, groups)]),
        ("Initial values", [_initial_values(network, groups)]),
        ("Constants", [_constants(network)]),
    )
    return tuple(
        Section(title=title, parts=kept)
        for title, parts in found
        if (kept := tuple(p for p in parts if isinstance(p, Model) or p.rows))
    )


# -- tables -----------------------------------------------------------------------------


def _summary(network: Network) -> Table:
    config = network._config
    names = {
        "Populations": [p.name for p in network._populations],
        "Connectivity": [p.connector_name for p in network._projections],
        "Neuron models": [p.neuron_type.name for p in network._populations],
        "Synapse models": [p.synapse_type.name for p in network._projections],
        "Plasticity": [p.synapse_type.name for p in network._projections if p._model.is_plastic],
        "Inputs": [type(p).__name__ for p in network._populations if _is_input(p)],
        "Measurements": [v for m in network._monitors for v in m.variables],
        "Simulation": [f"step {network.dt:g} ms", f"seed {network.seed}", config.dtype.name],
    }
    rows = tuple((title, ", ".join(_unique(found)) or "none") for title, found in names.items())
    return Table(titles=("Topic", "Content"), rows=rows)


def _populations(network: Network) -> Table:
    rows = tuple((p.name, p.neuron_type.name, _size(p)) for p in network._populations)
    return Table(titles=("Name", "Elements", "Size"), rows=rows)


def _connectivity(groups: Sequence[Sequence[Projection]]) -> Table:
    rows = tuple(
        (
            _listed(group),
            _side(group[0].pre, has_parts=len(group) > 1),
            _side(group[0].post, has_parts=len(group) > 1),
            ", ".join(group[0].targets),
            group[0].synapse_type.name,
            "; ".join(_unique(p.connector_description or "not connected" for p in group)),
        )
        for group in groups
    )
    return Table(
        titles=("Name", "Source", "Destination", "Target", "Synapse", "Pattern"), rows=rows
    )


def _inputs(network: Network) -> Table:
    rows = tuple(
        (p.name, type(p).__name__, p.neuron_type.short_description)
        for p in network._populations
        if _is_input(p)
    )
    return Table(titles=("Name", "Type", "Description"), rows=rows)


def _measurements(network: Network) -> Table:
    return Table(
        titles=("Name", "Of", "Variables", "Every"),
        rows=tuple(_measurement(m) for m in network._monitors),
    )


def _measurement(monitor: Monitor) -> tuple[str, ...]:
    owner = getattr(monitor.object, "name", type(monitor.object).__name__)
    return monitor.name, owner, ", ".join(monitor.variables), f"{monitor.period:g} ms"


def _parameters(network: Network, groups: Sequence[Sequence[Projection]]) -> Table:
    return _attributes(network, groups, lambda a: a.is_parameter, value_title="Value")


def _initial_values(network: Network, groups: Sequence[Sequence[Projection]]) -> Table:
    def is_told(attribute: Attribute) -> bool:
        return not attribute.is_parameter and attribute.name != "w"  # weights: Connectivity

    return _attributes(network, groups, is_told, value_title="Initial value")


def _attributes(
    network: Network,
    groups: Sequence[Sequence[Projection]],
    is_wanted: Callable[[Attribute], bool],
    *,
    value_title: str,
) -> Table:
    owners: list[tuple[str, tuple[Attribute, ...], Mapping[str, str]]] = [
        (p.name, p.model.attributes, _values_of_population(p)) for p in network._populations
    ]
    owners += [(_listed(g), g[0]._model.attributes, _values_of_projection(g[0])) for g in groups]
    rows = tuple(
        (owner, Maths(latex_name(a.name)), values[a.name], str(a.locality), a.dtype.value, a.unit)
        for owner, attributes, values in owners
        for a in attributes
        if is_wanted(a)
    )
    titles = ("Of", "Name", value_title, "Locality", "Type", "Unit")
    if any(row[-1] for row in rows):
        return Table(titles=titles, rows=rows)
    return Table(titles=titles[:-1], rows=tuple(row[:-1] for row in rows))


def _constants(network: Network) -> Table:
    found = network._constants.values()
    rows = tuple((Maths(latex_name(c.name)), f"{c.value:g}") for c in found)
    return Table(titles=("Name", "Value"), rows=rows)


# -- models -----------------------------------------------------------------------------


def _neurons(network: Network) -> list[Model]:
    used = _by_model((p.neuron_type, p.model, p.name) for p in network._populations)
    return [
        _model(definition, model, [("Populations", ", ".join(names)), *_refractory(model)])
        for definition, model, names in used
    ]


def _synapses(network: Network) -> list[Model]:
    used = _by_model((p.synapse_type, p._model, p.name) for p in network._projections)
    return [
        _model(definition, model, [("Projections", ", ".join(names)), *_plasticity(model)])
        for definition, model, names in used
    ]


def _by_model(used: Iterable[tuple[Any, Any, str]]) -> list[tuple[Any, Any, list[str]]]:
    """Return each model once, with the names of what has it."""
    grouped: dict[Hashable, tuple[Any, Any, list[str]]] = {}
    for definition, model, name in used:
        key = definition.name, model.is_spiking, latex_model(model)
        grouped.setdefault(key, (definition, model, []))[2].append(name)
    return list(grouped.values())


def _model(
    definition: Neuron | Synapse, model: NeuronModel | SynapseModel, facts: list[tuple[str, str]]
) -> Model:
    methods = _unique(str(e.method) for e in model.equations if e.method is not None)
    all_facts = [
        ("Type", "spiking" if model.is_spiking else "rate-coded"),
        ("Description", definition.short_description),
        *facts,
        ("Numerical method", ", ".join(methods)),
    ]
    return Model(
        name=definition.name,
        facts=tuple((name, text) for name, text in all_facts if text),
        equations=Maths(latex_model(model)),
    )


def _refractory(model: NeuronModel) -> list[tuple[str, str]]:
    period = model.refractory
    if period is None:
        return []
    return [("Refractory period", f"{period:g} ms" if isinstance(period, float) else str(period))]


def _plasticity(model: SynapseModel) -> list[tuple[str, str]]:
    rules = [name for name in ("creating", "pruning") if getattr(model, name) is not None]
    return [
        ("Weights", "plastic" if model.is_plastic else "fixed"),
        ("Structure", ", ".join(rules)),
    ]


# -- values -----------------------------------------------------------------------------


def _values_of_population(population: Population) -> dict[str, str]:
    """Return parameters as they are now, and what variables begin with."""
    found = {}
    for attribute in population.model.attributes:
        name = attribute.name
        if attribute.is_parameter and population.initialized:
            found[name] = summary(population._read(name))
        elif name in population._values:
            found[name] = summary(population._values[name])
        else:
            found[name] = spelled(attribute.init)
    return found


def _values_of_projection(projection: Projection) -> dict[str, str]:
    now = projection_values(projection)
    declared = projection.init
    return {
        a.name: now[a.name] if a.is_parameter and a.name in now else spelled(declared[a.name])
        for a in projection._model.attributes
    }


def spelled(value: Any) -> str:
    """Return a first value in a few words, without drawing it."""
    match value:
        case Distribution():
            return repr(from_model(value))
        case Constant():
            return f"{value.name} = {value.value:g}"
        case Expr():
            return latex(value)
        case bool() | str():
            return str(value)
        case numbers.Real():
            return f"{float(value):g}"
        case np.ndarray():
            return summary(value.ravel())
        case list() | tuple():
            return f"{len(value)} given values"
        case _:
            return repr(value)


# -- words ------------------------------------------------------------------------------


def _groups(
    projections: Sequence[Projection], *, gather_subprojections: bool
) -> list[list[Projection]]:
    """Return projections in groups that are told as one."""
    if not gather_subprojections:
        return [[p] for p in projections]
    groups: dict[Hashable, list[Projection]] = {}
    for p in projections:
        ends = _whole(p.pre).name, _whole(p.post).name
        key = (*ends, p.targets, p.synapse_type.name, p.connector_name)
        groups.setdefault(key, []).append(p)
    return list(groups.values())


def _whole(side: Any) -> Population:
    return population_of(side)


def _side(side: Any, *, has_parts: bool) -> str:
    population = _whole(side)
    if population is side or has_parts:
        return population.name
    return f"{population.name} ({len(side.ranks)} of {population.size} neurons)"


def _is_input(population: Population) -> bool:
    return type(population) is not Population


def _size(population: Population) -> str:
    extents = " × ".join(str(n) for n in population.geometry)
    return extents if population.dimension == 1 else f"{extents} = {population.size}"


def _listed(objects: Sequence[Any]) -> str:
    return ", ".join(o.name for o in objects)


def _unique(items: Iterable[T]) -> list[T]:
    return list(dict.fromkeys(items))


__all__ = ["Cell", "Maths", "Model", "Section", "Table", "sections", "spelled"]
