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


def learning_cells(net: ann.Network) -> tuple[ann.Population, ann.Projection, ann.Monitor]:
    """Return cells that spike every nine steps, with traces at their synapses, after 200 steps."""
    cell = ann.Neuron(
        parameters="I = 0.3", equations="v += I", spike="v > 1.0", reset="v = 0.0", refractory=5.0
    )
    synapse = ann.Synapse(
        equations="10.0*dx/dt = -x : event-driven\n9.0*dy/dt = -y : event-driven",
        pre_spike="g_target += w\nx += 1.0\nw += 0.001*y",
        post_spike="y += 1.0",
    )
    pop = net.create(4, cell)
    proj = net.connect(pop, pop, "exc", synapse).all_to_all(0.1)
    spikes = net.monitor(pop, "spike")
    net.compile()
    net.simulate(200.0)
    spikes.get("spike")
    return pop, proj, spikes


def test_traces_do_not_explode_after_a_reset(net: ann.Network) -> None:
    """Once: events of before the reset lay in the future, and traces grew by exp(200/tau)."""
    _, proj, _ = learning_cells(net)
    before = np.ravel(proj.x)
    net.reset()
    net.simulate(9.0)
    assert np.all(np.ravel(proj.x) < 1.0 + before)


def test_refractory_neurons_go_on_when_the_clock_is_set_back(net: ann.Network) -> None:
    """Once: they stayed silent until the clock showed what it had shown before."""
    _pop, _, spikes = learning_cells(net)
    net.time = 0.0
    net.simulate(30.0)
    assert len(spikes.get("spike")[0]) == 4


def test_traces_survive_a_new_monitor() -> None:
    """Once: any monitor, seed or delay set between two runs gave the traces of neurons up."""
    net = ann.Network(dt=1.0, seed=2, backend="cpu")
    pop, proj, _ = learning_cells(net)
    proj.w = 0.2
    net.monitor(pop, "v")
    net.set_seed(4)
    net.simulate(1.0)
    assert proj._state is not None
    assert proj._state.values.mirror is not None


@pytest.fixture
def ranked(net: ann.Network) -> ann.Population:
    """Return silent neurons whose `v` is their rank."""
    neuron = ann.Neuron(
        parameters={"rank": ann.Parameter(0.0, locality="local")},
        equations="v = rank",
        spike="v > 1e9",
    )
    pop = net.create(20, neuron)
    pop.rank = np.arange(20.0)
    return pop


DELAYED = {"probability": 0.5, "weights": 1.0, "delays": ann.DiscreteUniform(1, 3)}


def test_synapses_with_delays_of_their_own_read_their_own_presynaptic_neuron(
    net: ann.Network, ranked: ann.Population
) -> None:
    """Once: they read that of another neuron, or memory of nobody."""
    synapse = ann.Synapse(equations="a = pre.v", pre_spike="g_target += w")
    proj = net.connect(ranked, ranked, "exc", synapse).fixed_probability(**DELAYED)
    net.compile()
    net.simulate(6.0)
    assert proj.a == proj.pre_ranks


def test_sums_of_synapses_with_delays_of_their_own_read_their_own_presynaptic_neuron(
    net: ann.Network, ranked: ann.Population
) -> None:
    """Once: as above, for continuous transmission."""
    cell = ann.Neuron(equations="seen = g_exc", spike="seen < -1.0")
    post = net.create(20, cell)
    synapse = ann.Synapse(psp="w*pre.v")
    proj = net.connect(ranked, post, "exc", synapse).fixed_probability(**DELAYED)
    net.compile()
    net.simulate(6.0)
    expected = [sum(ranks) for ranks in proj.pre_ranks]
    assert post.seen[proj.post_ranks].tolist() == expected
