"""How populations, projections and networks look in a notebook: equations, values, a summary.

Returns MIME bundles. Looking draws no random number and never holds a running network longer
than reading its values takes: what is not decided yet shows as it was declared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from annlab.ir.expr import Locality
from annlab.ir.model import NeuronModel, SynapseModel
from annlab.ir.notebook import Bundle, attributes_table, box, folded, formula, table
from annlab.ir.typeset import latex_model
from annlab.network.synapse_values import locality
from annlab.runtime.state import ProjectionState
from annlab.runtime.storage import Storage, StorageKind

if TYPE_CHECKING:
    from annlab.network.network import Network
    from annlab.network.population import Population
    from annlab.network.projection import Projection

MAX_SUMMARISED = 4_000_000  # values; more would take longer than a look is worth


def population_bundle(population: Population) -> Bundle:
    """Return the MIME bundle of a population: size, equations, the values of all attributes."""
    shape = " x ".join(str(n) for n in population.geometry)
    kind = "spiking" if population.model.is_spiking else "rate-coded"
    title = f"{repr(population).strip('<>')} ({kind}, geometry {shape})"
    return _bundle(title, population.model, population_values(population))


def projection_bundle(projection: Projection) -> Bundle:
    """Return the MIME bundle of a projection: ends, connector, storage, equations, values."""
    state = projection._state
    facts = [projection.connector_description or "not connected yet"]
    if state is not None:
        facts += [f"{state.storage.n_synapses} synapses", projection.storage]
    title = f"{repr(projection).strip('<>')}: {'; '.join(facts)}"
    return _bundle(title, projection._model, projection_values(projection))


def network_bundle(network: Network) -> Bundle:
    """Return the MIME bundle of a network: its options and tables of its objects."""
    config = network._config
    title = (
        f"{repr(network).strip('<>')}, {network.run_state}: t = {network.time:g} ms, "
        f"dt = {network.dt:g} ms, {config.backend} back end, {config.dtype.name}"
    )
    parts, lines = [], [title]
    for name, titles, rows in (
        ("populations", ("name", "neurons", "model"), _population_rows(network)),
        ("projections", ("name", "from", "to", "target", "connector"), _projection_rows(network)),
        ("monitors", ("name", "of", "variables"), _monitor_rows(network)),
    ):
        if rows:
            parts.append(folded(name, table(titles, rows), is_open=True))
            lines += [f"  {name}:", *("    " + "  ".join(row) for row in rows)]
    return {"text/plain": "\n".join(lines), "text/html": box(title, *parts)}


def _bundle(title: str, model: NeuronModel | SynapseModel, values: dict[str, str]) -> Bundle:
    formulas = latex_model(model)
    lines = [title, *(f"  {name} = {value}" for name, value in values.items())]
    content = attributes_table(model, values)
    bundle = {
        "text/plain": "\n".join(lines),
        "text/html": box(title, formula(formulas), folded("values", content, is_open=True)),
    }
    return {**bundle, "text/latex": f"$$\n{formulas}\n$$"} if formulas else bundle


# -- values -----------------------------------------------------------------------------


def population_values(population: Population) -> dict[str, str]:
    """Return the values of all attributes in a few characters each."""
    state, n = population._state, population.size
    if state is None:
        given = population._values
        return {k: summary(v) for k, v in given.items()}

    def read() -> dict[str, str]:
        return {
            a.name: summary(state.values[a.name][: n if a.locality is Locality.LOCAL else 1])
            for a in state.model.attributes
        }

    return population.network._call(read)


def projection_values(projection: Projection) -> dict[str, str]:
    """Return the values of all attributes in a few characters each; none before compile."""
    state = projection._state
    if state is None:
        return {}

    return projection._network._call(
        lambda: {a.name: summary(_used(state, a.name)) for a in state.model.attributes}
    )


def _used(state: ProjectionState, name: str) -> NDArray:
    """Return the values of an attribute without what only pads the array."""
    values = state.values[name]
    match locality(state, name):
        case Locality.GLOBAL:
            return values[:1]
        case Locality.SEMIGLOBAL:
            return values[: state.post.n]
    is_padded = state.storage.kind is StorageKind.DENSE and len(values) >= state.storage.n_slots
    is_small = len(values) <= MAX_SUMMARISED
    return _without_padding(state.storage, values) if is_padded and is_small else values


def _without_padding(storage: Storage, values: NDArray) -> NDArray:
    grid = values[: storage.n_slots].reshape(len(storage.rows), storage.stride)
    grid = grid[:, : len(storage.columns)]
    if storage.has_self:
        return grid.ravel()
    return grid[np.not_equal.outer(storage.rows, storage.columns)]


def summary(values: NDArray) -> str:
    """Return values in a few characters: one number, or mean and range.

    Examples
    --------
    >>> summary(np.array([2.0, 2.0])), summary(np.array([1.0, 2.0, 4.5]))
    ('2', '2.5 on average, 1 to 4.5')
    """
    if not len(values):
        return "none"
    if len(values) > MAX_SUMMARISED:
        return f"{len(values)} values"
    if values.dtype == bool:
        n_true = int(np.count_nonzero(values))
        return str(bool(n_true)) if n_true in (0, len(values)) else f"{n_true} of {len(values)}"
    low, high = values.min(), values.max()
    if low == high:
        return f"{low:.6g}"
    return f"{values.mean():.4g} on average, {low:.4g} to {high:.4g}"


# -- tables ------------------------------------------------------------------------------


def _population_rows(network: Network) -> list[tuple[str, ...]]:
    return [(p.name, str(p.size), p.neuron_type.name) for p in network._populations]


def _projection_rows(network: Network) -> list[tuple[str, ...]]:
    return [
        (p.name, p.pre.name, p.post.name, "+".join(p.targets), p.connector_name or "none yet")
        for p in network._projections
    ]


def _monitor_rows(network: Network) -> list[tuple[str, ...]]:
    return [
        (m.name, getattr(m.object, "name", type(m.object).__name__), ", ".join(m.variables))
        for m in network._monitors
    ]


__all__ = [
    "network_bundle",
    "population_bundle",
    "population_values",
    "projection_bundle",
    "projection_values",
    "summary",
]
