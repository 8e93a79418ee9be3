"""Mended faults, each named after what a user saw of it; both back ends."""

from __future__ import annotations

import numpy as np
import pytest

import annlab as ann

BACKENDS = ("reference", "cpu")
RATE = dict(parameters="r = 0.5")


@pytest.fixture(params=BACKENDS)
def net(request: pytest.FixtureRequest) -> ann.Network:
    return ann.Network(dt=1.0, seed=2, backend=request.param)


def test_synapses_may_multiply_a_variable_of_the_projection_with_the_time(
    net: ann.Network,
) -> None:
    """Once: "'m' was not declared in this scope", from the compiler."""
    pop = net.create(3, ann.Neuron(**RATE))
    synapse = ann.Synapse(equations="m = 2.0 + t : projection\nw = m*t")
    proj = net.connect(pop, pop, "exc", synapse).one_to_one(1.0)
    net.compile()
    net.simulate(4.0)
    assert np.ravel(proj.w) == pytest.approx([15.0] * 3)
