"""Synapses as a table of all pairs, whatever the layout in memory."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import annlab as ann
from annlab.network.projection import Projection
from annlab.network.synapse_matrix import matrix

WEIGHTS = ann.Uniform(0.5, 1.0)
NEURONS = {
    "rates": lambda: ann.LeakyIntegrator(),
    "spikes": lambda: ann.Izhikevich(),
}
CONNECTORS: dict[str, Callable[[Projection], object]] = {
    "dense": lambda p: p.all_to_all(WEIGHTS),
    "csr": lambda p: p.fixed_number_pre(5, weights=WEIGHTS),
    "delays": lambda p: p.fixed_number_pre(5, weights=WEIGHTS, delays=ann.DiscreteUniform(1, 4)),
    "one to one": lambda p: p.one_to_one(WEIGHTS),
    "one weight": lambda p: p.fixed_probability(0.3, weights=0.25),
}


def connected(neuron: str, connector: str) -> Projection:
    net = ann.Network(dt=1.0, seed=3, backend="reference")
    pre, post = net.create(17, NEURONS[neuron]()), net.create(11, NEURONS[neuron]())
    synapse = ann.Synapse(parameters="a = 0.0 : postsynaptic")
    proj = net.connect(pre[:11], post, "exc", synapse)
    CONNECTORS[connector](proj)
    net.compile()
    return proj


def by_dendrites(proj: Projection, name: str, fill: float) -> np.ndarray:
    table = np.full((11, 17), fill)
    for dendrite in proj.dendrites:
        table[dendrite.post_rank, dendrite.pre_ranks] = getattr(dendrite, name)
    return table


@pytest.mark.parametrize("neuron", NEURONS)
@pytest.mark.parametrize("connector", CONNECTORS)
@pytest.mark.parametrize("fill", [0.0, np.nan])
def test_a_matrix_has_each_dendrite_in_its_row(neuron: str, connector: str, fill: float) -> None:
    proj = connected(neuron, connector)
    table = proj.connectivity_matrix(fill)
    np.testing.assert_array_equal(table, by_dendrites(proj, "w", fill))


@pytest.mark.parametrize("neuron", NEURONS)
@pytest.mark.parametrize("connector", CONNECTORS)
def test_a_value_of_a_dendrite_stands_at_all_its_synapses(neuron: str, connector: str) -> None:
    proj = connected(neuron, connector)
    proj.a = np.arange(1.0, len(proj.post_ranks) + 1.0)
    state = proj._state
    assert state is not None
    np.testing.assert_array_equal(matrix(state, "a", -1.0), by_dendrites(proj, "a", -1.0))


def test_reading_a_matrix_makes_no_table_of_dendrites() -> None:
    proj = connected("spikes", "csr")
    proj.connectivity_matrix()
    assert proj._state is not None
    assert proj._state.storage._dendrites is None
