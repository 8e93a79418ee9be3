"""Synapses that sum a variable in every step, and spikes that change it."""

from __future__ import annotations

import pytest

import annlab


def input_of(synapse: annlab.Synapse | None, backend: str, delays: object) -> list[list[float]]:
    net = annlab.Network(dt=0.5, backend=backend)
    pre = net.create(annlab.SpikeSourceArray([[1.0, 2.0], [1.5]]))
    post = net.create(2, annlab.Neuron("", "v = g_exc", spike="v > 99.0"))
    net.connect(pre, post, "exc", synapse).from_matrix([[0.5, 1.0], [None, 2.0]], delays)
    recorded = net.monitor(post, "v")
    net.compile()
    net.simulate(8.0)
    return recorded.get("v").tolist()


@pytest.mark.parametrize("backend", ["cpu", "reference"])
@pytest.mark.parametrize("delays", [0.0, 2.0, [[0.5, 2.0], [None, 1.0]]])
def test_psp_sees_a_spike_when_the_conductance_would(backend: str, delays: object) -> None:
    once = annlab.Synapse("", "x = 0.0", psp="x", pre_spike="x += w")
    assert input_of(once, backend, delays) == input_of(None, backend, delays)
