"""Traces of neurons, read by more synapses than are visited at once, in every storage."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import annlab as ann

N = 300  # two stages of 128 synapses and a rest

CELL = {
    "parameters": "drive = 0.3",
    "equations": "dv/dt = drive - 0.1*v + 0.0005*g_exc",
    "spike": "v > 1.0",
    "reset": "v = 0.0",
}
TRIPLETS = {
    "equations": """
        17.0*dx/dt = -x : event-driven
        34.0*dy/dt = -y : event-driven
        101.0*dz/dt = -z : event-driven
    """,
    "pre_spike": "g_target += w\nw = clip(w - 0.02*y, 0.0, 1.0)\nx += 1.0",
    "post_spike": "w = clip(w + x*(0.01 + 0.005*z), 0.0, 1.0)\ny += 1.0\nz += 1.0",
}
CONNECTORS = {
    "all to all": ("all_to_all", {}),
    "all to all and itself": ("all_to_all", {"allow_self_connections": True}),
    "compressed rows": ("fixed_probability", {"probability": 0.6}),
    "one to one": ("one_to_one", {}),
}


def learned(connector: str, backend: str, n_threads: int) -> np.ndarray:
    """Return the weights (n_post, n_pre) after fifty steps, -1 where there is none."""
    net = ann.Network(dt=1.0, seed=5, backend=backend, num_threads=n_threads)
    pop = net.create(N, ann.Neuron(**CELL))
    pop.drive = np.linspace(0.15, 0.5, N)
    name, options = CONNECTORS[connector]
    given: dict[str, Any] = {"weights": ann.Uniform(0.2, 0.8), "delays": 2.0, **options}
    projection = net.connect(pop, pop, "exc", ann.Synapse(**TRIPLETS))
    getattr(projection, name)(**given)
    net.compile()
    net.simulate(50.0)
    return projection.connectivity_matrix(fill=-1.0)


@pytest.mark.parametrize("connector", CONNECTORS)
def test_every_storage_learns_what_the_equations_say(connector: str) -> None:
    expected = learned(connector, "reference", 1)
    one = learned(connector, "cpu", 1)
    assert one == pytest.approx(expected, abs=1e-12)
    assert np.std(one[one >= 0.0]) > 0.05
    np.testing.assert_array_equal(one, learned(connector, "cpu", 2))
