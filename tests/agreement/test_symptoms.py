"""Mended faults, each named after what a user saw of it; both back ends."""

from __future__ import annotations

import numpy as np
import pytest

import annlab as ann

BACKENDS = ("reference", "cpu")
RATE = {"parameters": "r = 0.5"}


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


def test_a_postsynaptic_event_sees_the_presynaptic_value_of_its_delay(net: ann.Network) -> None:
    """Once: with a delay, it was one step older than what the equations of synapses see."""
    counter = ann.Neuron(equations="n += 1.0", spike="n < 0.0")
    pre, post = (
        net.create(1, counter),
        net.create(1, ann.Neuron(equations="v += 1.0", spike="v > 5.5")),
    )
    synapse = ann.Synapse(
        equations="now = pre.n", pre_spike="g_target += w", post_spike="then = pre.n"
    )
    proj = net.connect(pre, post, "exc", synapse).one_to_one(1.0, delays=3.0)
    net.compile()
    net.simulate(6.0)
    assert (np.ravel(proj.now)[0], np.ravel(proj.then)[0]) == (4.0, 4.0)


def test_unless_post_compares_the_last_spike_with_the_emission(net: ann.Network) -> None:
    """Once: it held on one back end for any spike of that step, also if another followed it."""
    pre = net.create(ann.SpikeSourceArray([[2.0], [2.0], [2.0]]))
    # The first fires together with its input, the second does so too and again, the third never.
    post = net.create(
        3,
        ann.Neuron(
            parameters={
                "again": ann.Parameter(0.0, locality="local"),
                "off": ann.Parameter(0.0, locality="local"),
            },
            spike="(off < 0.5) and ((t is 2) or ((again > 0.5) and (t is 4)))",
        ),
    )
    post.again, post.off = [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]
    synapse = ann.Synapse(pre_spike="g_target += w\nw += 1.0 : unless_post")
    proj = net.connect(pre, post, "exc", synapse).one_to_one(
        1.0, delays=4.0, force_multiple_weights=True
    )
    net.compile()
    net.simulate(8.0)
    assert np.ravel(proj.w).tolist() == [1.0, 2.0, 2.0]
