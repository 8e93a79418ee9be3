"""Learning rules and short-term plasticity against analytic and published results."""

from __future__ import annotations

import numpy as np
import pytest

import annlab as ann

# --- Tsodyks, Pawelzik & Markram (1998), Neural Comput. 10:821, equations 2.1 to 2.4 ---
DEPRESSING = {"U": 0.5, "tau_rec": 800.0, "tau_facil": 0.01}
FACILITATING = {"U": 0.04, "tau_rec": 100.0, "tau_facil": 1000.0}
N_SPIKES = 300


def stationary_efficacy(interval: float, U: float, tau_rec: float, tau_facil: float) -> float:
    """Return u·x at a spike of an endless regular train, from the recursion of the paper."""
    u = U / (1.0 - (1.0 - U) * np.exp(-interval / tau_facil))
    recovery = np.exp(-interval / tau_rec)
    return u * (1.0 - recovery) / (1.0 - (1.0 - u) * recovery)


def efficacies(interval: float, values: dict[str, float]) -> np.ndarray:
    """Return what each spike of a regular train adds to the target."""
    net = ann.Network(dt=1.0, seed=1, backend="cpu")
    train = [[float(t) for t in np.arange(1, N_SPIKES + 1) * interval]]
    pre = net.create(ann.SpikeSourceArray(train))
    post = net.create(1, ann.Neuron(equations="v = g_exc", spike="v > 100.0", reset=""))
    net.connect(pre, post, "exc", ann.STP(**values)).all_to_all(1.0)
    monitor = net.monitor(post, "v")
    net.compile()
    net.simulate(N_SPIKES * interval + 5.0)
    v = monitor.get("v")[:, 0]
    return v[v > 0.0]


@pytest.mark.parametrize("interval", [10.0, 25.0, 50.0, 100.0])
@pytest.mark.parametrize("values", [DEPRESSING, FACILITATING], ids=["depressing", "facilitating"])
def test_short_term_plasticity_settles_at_the_analytic_efficacy(
    values: dict[str, float], interval: float
) -> None:
    found = efficacies(interval, values)
    assert len(found) == N_SPIKES
    assert found[0] == pytest.approx(values["U"], rel=1e-9)  # the first spike finds all at rest
    # What remains of the start after 300 spikes is below exp(-300 * 10 / 800 - 300 * 0.04).
    assert found[-1] == pytest.approx(stationary_efficacy(interval, **values), rel=1e-6)


def test_depression_makes_the_efficacy_fall_as_the_inverse_of_the_rate() -> None:
    fast, slow = (efficacies(t, DEPRESSING)[-1] for t in (10.0, 20.0))
    # A = (interval / tau_rec) up to terms of its square (1 % to 2 %): figure 2 of the paper.
    assert slow / fast == pytest.approx(2.0, rel=0.05)


def test_facilitation_grows_before_depression_takes_over() -> None:
    found = efficacies(25.0, FACILITATING)
    assert found.max() > 2.5 * found[0]
    assert np.all(np.diff(found[:4]) > 0.0)


# --- Oja (1982), J. Math. Biol. 15:267 ---
def test_oja_finds_the_first_principal_component() -> None:
    n_samples = 6000
    rng = np.random.default_rng(4)
    axis = np.array([0.6, 0.5, 0.4, 0.3, 0.2])
    samples = rng.normal(0.0, 1.5, (n_samples, 1)) * axis + rng.normal(0.0, 0.3, (n_samples, 5))
    net = ann.Network(dt=1.0, seed=1, backend="cpu")
    # A sample stands for two steps, since a weighted sum is of the rates of the step before.
    pre = net.create(ann.TimedArray(rates=samples, schedule=2.0))
    post = net.create(1, ann.Neuron(equations="r = sum(exc)"))
    proj = net.connect(pre, post, "exc", ann.Oja(eta=0.002)).all_to_all(ann.Uniform(0.0, 0.4))
    net.compile()
    proj.enable_learning(period=2.0, offset=1.0)
    net.simulate(2.0 * n_samples)

    weights = np.array(proj.w[0])
    component = np.linalg.eigh(np.cov(samples.T))[1][:, -1]
    # The rule's own noise: variance of the order of eta times the small eigenvalues, 1e-3.
    assert abs(weights @ component) / np.linalg.norm(weights) > 0.995
    assert np.linalg.norm(weights) == pytest.approx(1.0, abs=0.05)


# --- Song, Miller & Abbott (2000), Nature Neurosci. 3:919 ---
INTEGRATOR = ann.Neuron(
    parameters="tau_m = 20.0 : population\n tau_exc = 5.0 : population",
    equations="""
        tau_m * dv/dt = -70.0 - v - g_exc * v : init = -70.0
        tau_exc * dg_exc/dt = -g_exc : exponential
    """,
    spike="v > -54.0",
    reset="v = -60.0",
)


# A_minus / A_plus = 1.05 as in the paper. The short form learns at twice the paper's rate.
@pytest.mark.parametrize(
    ("a_plus", "duration"), [(0.01, 600_000.0), pytest.param(0.005, 2e6, marks=pytest.mark.slow)]
)
def test_spike_timing_dependent_plasticity_makes_weights_bimodal(
    a_plus: float, duration: float
) -> None:
    g_max = 0.015
    net = ann.Network(dt=1.0, seed=3, backend="cpu")
    pre = net.create(ann.PoissonPopulation(1000, rates=10.0))
    post = net.create(1, INTEGRATOR)
    rule = ann.STDP(A_plus=a_plus, A_minus=1.05 * a_plus, w_max=g_max)
    proj = net.connect(pre, post, "exc", rule).all_to_all(ann.Uniform(0.0, g_max))
    spikes = net.monitor(post, "spike")
    net.compile()
    net.simulate(duration)

    weights = np.array(proj.w[0]) / g_max
    quarters, _ = np.histogram(weights, 4, (0.0, 1.0))
    rate = np.count_nonzero(np.array(spikes.get("spike")[0]) > duration - 50_000) / 50.0
    # Figure 2: most weights end near 0, a smaller group near the maximum, few between. The rate is
    # one of a balanced state: without competition, all strong, it would exceed 50 Hz.
    assert quarters[0] > 500
    assert quarters[3] > 150
    assert quarters[1:3].max() < 0.5 * quarters[3]
    assert 1.0 < rate < 20.0
