"""The phases of a step, seen through networks, on each back end."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import annlab as ann

RELAY = ann.Neuron(parameters="I = 0.0", equations="r = I + t")
SUMMING = ann.Neuron(equations="r = sum(exc)")
INTEGRATING = ann.Neuron(equations="v += g_exc", spike="v > 1000.0")
FIRING = ann.Neuron(
    parameters="period = 3.0 : population",
    equations="c += 1.0",
    spike="c >= period",
    reset="c = 0.0",
)


@pytest.fixture(autouse=True, params=["reference", "cpu"])
def backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("ANNLAB_BACKEND", request.param)
    monkeypatch.setenv("ANNLAB_NUM_THREADS", "2")
    ann.clear()
    yield
    ann.clear()


@pytest.fixture
def net() -> ann.Network:
    return ann.Network(seed=1)


def recorded(net: ann.Network, obj, variable: str, duration: float) -> list[float]:
    monitor = net.monitor(obj, variable)
    if not net.compiled:
        net.compile()
    net.simulate(duration)
    return np.asarray(monitor.get(variable))[:, 0].tolist()


def test_a_spike_is_felt_one_step_later(net: ann.Network) -> None:
    source = net.create(ann.SpikeSourceArray([[2.0]]))
    post = net.create(1, INTEGRATING)
    net.connect(source, post, "exc").all_to_all(5.0)
    assert recorded(net, post, "v", 5.0) == [0.0, 0.0, 0.0, 5.0, 5.0]


def test_axonal_events_are_delayed_like_spikes(net: ann.Network) -> None:
    neuron = ann.Neuron(equations="c = t", spike="c > 99.0", axon_spike="c == 2.0")
    source, post = net.create(1, neuron), net.create(1, INTEGRATING)
    synapse = ann.Synapse(pre_spike="g_target += w", pre_axon_spike="g_target += 10*w")
    net.connect(source, post, "exc", synapse).all_to_all(1.0, delays=3.0)
    assert recorded(net, post, "v", 7.0) == [0.0] * 5 + [10.0, 10.0]


def test_unless_post_compares_with_the_step_of_emission(net: ann.Network) -> None:
    # The postsynaptic neuron fires with the first spike and not with the second.
    source = net.create(ann.SpikeSourceArray([[2.0, 3.0]]))
    post = net.create(1, FIRING)
    synapse = ann.Synapse(
        parameters="n = 0.0", pre_spike=["g_target += w", "n += 1.0 : unless_post"]
    )
    projection = net.connect(source, post, "exc", synapse).all_to_all(1.0, delays=2.0)
    net.compile()
    net.simulate(8.0)
    assert projection.n == [[1.0]]


def test_delayed_global_attributes_come_from_the_past(net: ann.Network) -> None:
    source = net.create(
        2, ann.Neuron(equations=[ann.Variable("g = t", locality="global"), "r = 0"])
    )
    post = net.create(1, SUMMING)
    net.connect(source, post, "exc", ann.Synapse(psp="w * pre.g")).all_to_all(1.0, delays=3.0)
    assert recorded(net, post, "r", 6.0) == [0.0, 0.0, 0.0, 0.0, 2.0, 4.0]


def test_each_synapse_has_its_own_past(net: ann.Network) -> None:
    source, post = net.create(2, RELAY), net.create(1, SUMMING)
    projection = net.connect(source, post, "exc")
    projection.from_matrix([[1.0, 100.0]], delays=[[1.0, 3.0]])
    assert recorded(net, post, "r", 5.0) == [0.0, 0.0, 1.0, 2.0, 103.0]


def test_a_linked_refractory_period_is_read_when_the_neuron_fires(net: ann.Network) -> None:
    neuron = ann.Neuron(
        parameters="rest = 0.0",
        equations="v += 1.0",
        spike="v > 0.5",
        reset="v = 0.0",
        refractory="rest",
    )
    pop = net.create(2, neuron)
    monitor = net.monitor(pop, "spike")
    net.compile()
    pop.rest = [1.0, 3.0]
    net.simulate(8.0)
    assert monitor.get("spike") == {0: [0, 2, 4, 6], 1: [0, 4]}


def test_a_disabled_population_receives_nothing_and_still_transmits(net: ann.Network) -> None:
    source, middle, post = net.create(1, RELAY), net.create(1, SUMMING), net.create(1, SUMMING)
    net.connect(source, middle, "exc").all_to_all(1.0)
    net.connect(middle, post, "exc").all_to_all(1.0)
    net.compile()
    net.simulate(5.0)
    middle.disable()
    net.simulate(5.0)
    assert (middle.r[0], post.r[0]) == (3.0, 3.0)


def test_weights_stand_still_while_plasticity_is_off(net: ann.Network) -> None:
    source, post = net.create(1, RELAY), net.create(1, SUMMING)
    synapse = ann.Synapse(equations=["c += 1.0", "w += 1.0", "d = w"])
    projection = net.connect(source, post, "exc", synapse).all_to_all(0.0)
    projection.plasticity = False
    net.compile()
    net.simulate(3.0)
    assert (projection.w, projection.c, projection.d) == ([[0.0]], [[3.0]], [[0.0]])


def test_one_spike_reaches_several_targets(net: ann.Network) -> None:
    source = net.create(ann.SpikeSourceArray([[0.0]]))
    post = net.create(1, ann.Neuron(equations="v += g_exc + 10*g_inh", spike="v > 1000.0"))
    net.connect(source, post, ["exc", "inh"]).all_to_all(1.0)
    assert recorded(net, post, "v", 3.0) == [0.0, 11.0, 11.0]


def test_dense_synapses_without_self_keep_their_places(net: ann.Network) -> None:
    pop = net.create(3, ann.Neuron(parameters="b = 1.0", equations="r = b + 0*sum(exc)"))
    synapse = ann.Synapse(equations="w += pre.r")
    projection = net.connect(pop, pop, "exc", synapse).all_to_all(0.0)
    net.compile()
    pop.b = [1.0, 2.0, 4.0]
    net.step()
    assert projection.w == [[2.0, 4.0], [1.0, 4.0], [1.0, 2.0]]


def test_the_firing_rate_forgets_spikes_that_leave_the_window(net: ann.Network) -> None:
    source = net.create(ann.SpikeSourceArray([[1.0, 2.0]]))
    source.compute_firing_rate(3.0)
    rates = recorded(net, source, "r", 7.0)
    assert rates == pytest.approx([0.0, 1000 / 3, 2000 / 3, 2000 / 3, 1000 / 3, 0.0, 0.0])


def test_a_float32_network_computes_in_float32() -> None:
    net = ann.Network(dtype=ann.float32)
    pop = net.create(1, ann.Neuron(equations="r += 0.1"))
    net.compile()
    net.simulate(3.0)
    assert pop.r[0] == np.float32(0.1) + np.float32(0.1) + np.float32(0.1)


def test_a_run_returns_when_attention_is_wanted(net: ann.Network) -> None:
    net.create(1, RELAY)
    net.compile()
    net._runner.request_attention()
    assert net._runner.run(10**7) < 10**7
    assert net._runner.run(100) == 100
