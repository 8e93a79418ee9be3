"""Standard synapses against measured numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import annlab as ann
from annlab.errors import AnnlabError, ArgumentError
from annlab.models import Synapses

DT = 1.0


def test_the_list_is_in_its_order() -> None:
    assert Synapses.list_standard_synapses() == [ann.STP, ann.STDP, ann.Hebb, ann.Oja, ann.IBCM]


@pytest.mark.parametrize(
    ("synapse", "expected"),
    [
        (ann.Hebb(eta=0.1), [1.2125, 1.925]),
        (ann.Oja(eta=0.1, alpha=1.0), [0.49866809, 0.86721619]),
        (ann.IBCM(eta=0.01, tau=20.0), [0.56609066, 0.63218132]),
    ],
)
def test_rate_coded_rules(synapse: ann.Synapse, expected: list[float]) -> None:
    net = ann.Network(dt=DT, backend="reference")
    pre = net.create(2, ann.Neuron(parameters="r = 0.0"))
    pre.r = [1.0, 2.0]
    post = net.create(1, ann.Neuron(equations="r = sum(exc)"))
    proj = net.connect(pre, post, "exc", synapse).all_to_all(0.5)
    net.compile()
    net.simulate(3.0)
    assert proj.w[0] == pytest.approx(expected, rel=1e-7)


def paired(synapse: ann.Synapse, pre_ms: list[float], post_ms: list[float]) -> ann.Projection:
    """Return the projection of one synapse after given spikes of both neurons."""
    net = ann.Network(dt=DT, backend="reference")
    pre, post = (net.create(ann.SpikeSourceArray(times)) for times in (pre_ms, post_ms))
    proj = net.connect(pre, post, "exc", synapse).one_to_one(0.5)
    net.compile()
    net.simulate(60.0)
    return proj


@pytest.mark.parametrize("distance", [3.0, 10.0, 25.0])
def test_stdp_depends_on_the_order_and_distance_of_two_spikes(distance: float) -> None:
    rule = {"A_plus": 0.1, "A_minus": 0.08, "tau_plus": 15.0, "tau_minus": 25.0}
    # A presynaptic spike is seen one step after its emission; its trace begins there.
    before = paired(ann.STDP(**rule), [5.0], [5.0 + distance])
    after = paired(ann.STDP(**rule), [5.0 + distance], [5.0])
    assert before.w[0][0] - 0.5 == pytest.approx(0.1 * np.exp(-distance / 15.0), rel=1e-9)
    assert after.w[0][0] - 0.5 == pytest.approx(-0.08 * np.exp(-distance / 25.0), rel=1e-9)


@pytest.mark.parametrize(("A_plus", "A_minus", "bound"), [(5.0, 0.0, 0.9), (0.0, 5.0, 0.2)])
def test_stdp_keeps_to_its_bounds(A_plus: float, A_minus: float, bound: float) -> None:
    rule = ann.STDP(A_plus=A_plus, A_minus=A_minus, w_min=0.2, w_max=0.9)
    spikes = [5.0, 15.0, 25.0]
    assert paired(rule, spikes, [s + 3 for s in spikes]).w == [[bound]]


def test_depression_and_recovery_of_short_term_plasticity() -> None:
    net = ann.Network(dt=DT, backend="reference")
    source = net.create(ann.SpikeSourceArray([1.0, 11.0]))
    sink = net.create(1, ann.Neuron(equations="v = g_exc", spike="v > 100.0"))
    synapse = ann.STP(tau_rec=100.0, tau_facil=0.01, U=0.5)
    net.connect(source, sink, "exc", synapse).one_to_one(1.0)
    monitor = net.monitor(sink, "g_exc")
    net.compile()
    net.simulate(20.0)
    received = monitor.get("g_exc")[:, 0]
    # Half of the resources are used; x relaxes back to 1 with tau_rec, u to U at once.
    second = 0.5 * (1.0 - 0.5 * np.exp(-10.0 / 100.0))
    assert received[received > 0] == pytest.approx([0.5, second], rel=1e-9)


@pytest.mark.parametrize("tau_facil", [0.0, -1.0])
def test_short_term_plasticity_needs_a_time_constant(tau_facil: float) -> None:
    with pytest.raises(ArgumentError, match=f"STP: tau_facil is {tau_facil} ms\n.*above 0"):
        ann.STP(tau_facil=tau_facil)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: ann.STDP(tau_plus=None), "STDP: tau_plus is None\n  give one number"),
        (lambda: ann.STP(tau_facil="a"), "STP: tau_facil is 'a'\n  give one number"),
        (lambda: ann.Izhikevich(a="x"), "Izhikevich: a is 'x'\n  give one number"),
        (lambda: ann.GIF_curr(c=[1.0]), r"GIF_curr: c is \[1.0\]\n  give one number"),
        (lambda: ann.LeakyIntegrator(tau=float("nan")), "LeakyIntegrator: tau is nan"),
        (lambda: ann.HH_cond_exp(cm=float("inf")), "HH_cond_exp: cm is inf"),
    ],
)
def test_parameters_of_standard_models_are_finite_numbers(
    make: Callable[[], object], text: str
) -> None:
    with pytest.raises(AnnlabError, match=text):
        make()
