"""Synapses in the containers of other libraries: sparse matrices and graphs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from annlab.errors import ArgumentError
from annlab.network import synapse_values
from annlab.network.interchange import library
from annlab.network.projection_base import population_of

if TYPE_CHECKING:
    from annlab.network.projection import Projection


def to_scipy(projection: Projection, variable: str, form: str) -> Any:
    """Return a sparse matrix of one attribute; see `Projection.to_scipy`."""
    sparse = library("scipy.sparse", "to_scipy")
    forms = {"csr": "tocsr", "csc": "tocsc", "coo": "tocoo", "lil": "tolil"}
    if not isinstance(form, str) or form not in forms:
        raise ArgumentError(
            f"unknown format {form!r} of a sparse matrix", hint=f"use one of {', '.join(forms)}"
        )
    state = projection._compiled("synapses")
    projection._require_attribute(variable)
    values, pre, post = projection._now(lambda: _synapses(projection, [variable]))
    table = sparse.coo_matrix((values[variable], (post, pre)), shape=(state.post.n, state.pre.n))
    return getattr(table, forms[form])()


def to_networkx(projection: Projection, variables: Sequence[str]) -> Any:
    """Return a directed graph of the neurons; see `Projection.to_networkx`."""
    networkx = library("networkx", "to_networkx")
    projection._compiled("synapses")
    for name in variables:
        projection._require_attribute(name)
    sides = [
        (population_of(side).name, np.asarray(side.ranks))
        for side in (projection.pre, projection.post)
    ]
    values, pre, post = projection._now(lambda: _synapses(projection, variables))
    names = ["weight" if name == "w" else name for name in values]
    columns = [column.tolist() for column in values.values()]
    graph = networkx.DiGraph(name=projection.name)
    for name, ranks in sides:
        graph.add_nodes_from(
            ((name, rank), {"population": name, "rank": rank}) for rank in ranks.tolist()
        )
    (pre_name, _), (post_name, _) = sides
    graph.add_edges_from(
        ((pre_name, i), (post_name, j), dict(zip(names, row)))
        for i, j, row in zip(pre.tolist(), post.tolist(), zip(*columns))
    )
    return graph


def _synapses(
    projection: Projection, variables: Sequence[str]
) -> tuple[dict[str, NDArray], NDArray, NDArray]:
    """Return attributes and delays, one per synapse, and both ranks. While no step is under way."""
    state = projection._compiled("synapses")
    storage = state.storage
    steps = (
        np.full(storage.n_synapses, state.delay_steps[0])
        if storage.delays is None
        else storage.delays[storage.dendrites.positions]
    )
    values = {name: synapse_values.flat(state, name).copy() for name in variables}
    values["delay"] = steps * projection._network.dt
    return values, storage.dendrites.pre_ranks.copy(), synapse_values.owners(storage)


__all__ = ["to_networkx", "to_scipy"]
