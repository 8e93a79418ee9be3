"""Standard neurons against published or measured numbers."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import annlab as ann
from annlab.ir.analysis import analyse_neuron
from annlab.ir.definition import Neuron
from annlab.models import Neurons, list_standard_neurons

NAMES = """
    LeakyIntegrator Izhikevich IF_curr_exp IF_cond_exp IF_curr_alpha IF_cond_alpha GIF_curr
    GIF_curr_exp HH_cond_exp EIF_cond_alpha_isfa_ista EIF_cond_exp_isfa_ista
"""
SPIKING = [m for m in list_standard_neurons() if m is not ann.LeakyIntegrator]


def test_the_list_is_in_its_order() -> None:
    assert [m.__name__ for m in Neurons.list_standard_neurons()] == NAMES.split()


@pytest.mark.parametrize("model", list_standard_neurons())
def test_arguments_are_attributes_with_the_given_value(model: type[Neuron]) -> None:
    arguments = inspect.signature(model).parameters
    numbers = {
        name: 1.5 + k
        for k, (name, p) in enumerate(arguments.items())
        if isinstance(p.default, int | float)
    }
    analysed = analyse_neuron(model(**numbers))
    derived = {"C_m", "refractory_period"}  # the capacitance is part of R, the period is a number
    found = {a.name: a.init for a in analysed.attributes if a.is_parameter}
    expected = {n: v for n, v in numbers.items() if n not in derived}
    assert {n: found[n] for n in expected} == expected
    assert found.keys() - expected.keys() <= {"R"}


@pytest.mark.parametrize("model", SPIKING)
def test_parameters_may_be_numbers_of_numpy_or_constants(model: type[Neuron]) -> None:
    ann.Constant("of_a_test", 2.0)
    first, second = list(inspect.signature(model).parameters)[:2]
    neuron = model(**{first: np.float32(0.5), second: np.int64(3)})
    found = {a.name: a.init for a in analyse_neuron(neuron).attributes}
    assert found.get(second) == 3.0


def fired(model: Neuron, *, dt: float, duration: float, **values: float) -> list[int]:
    net = ann.Network(dt=dt, seed=1, backend="reference")
    pop = net.create(1, model)
    pop.set(values)
    monitor = net.monitor(pop, "spike")
    net.compile()
    net.simulate(duration)
    return monitor.get("spike")[0]


@pytest.mark.parametrize(
    ("current", "expected"), [(10.0, [4, 31, 78, 125, 172]), (5.0, [9, 102, 199])]
)
def test_izhikevich_fires_at_measured_steps(current: float, expected: list[int]) -> None:
    steps = fired(ann.Izhikevich(i_offset=current), dt=1.0, duration=200.0)
    assert steps == expected


def test_a_leaky_neuron_fires_at_the_rate_of_theory() -> None:
    model = ann.IF_curr_exp(i_offset=1.0, tau_refrac=5.0)
    steps = fired(model, dt=0.05, duration=120.0)
    # v(t) relaxes to v_rest + tau_m i/cm = -45 mV and crosses -50 mV after tau_m ln(20/5).
    expected = 20.0 * np.log(20.0 / 5.0) + 5.0
    assert np.diff(steps) * 0.05 == pytest.approx(expected, abs=0.1)


@pytest.mark.slow
def test_the_hodgkin_huxley_neuron_fires_as_published() -> None:
    """The rate `bh` of the literature makes it fire at 39 Hz; another form keeps it silent."""
    steps = fired(ann.HH_cond_exp(i_offset=0.2), dt=0.02, duration=90.0)
    intervals = np.diff(steps)[1:] * 0.02
    assert 1000.0 / intervals.mean() == pytest.approx(39.0, abs=1.0)


@pytest.mark.parametrize("argument", [15.0, 13.0, 40.0], ids=["an", "am", "bm"])
def test_rates_of_channels_have_no_holes(argument: float) -> None:
    """Where a rate is 0/0, its limit counts."""
    net = ann.Network(dt=0.01, backend="reference")
    pop = net.create(1, ann.HH_cond_exp())
    net.compile()
    pop.v = -63.0 + argument
    net.step()
    assert np.isfinite(pop.v).all()


@pytest.mark.parametrize(
    "model", [ann.IF_curr_alpha, ann.IF_cond_alpha, ann.EIF_cond_alpha_isfa_ista]
)
def test_alpha_functions_peak_after_their_time_constant_with_the_weight(model) -> None:
    net = ann.Network(dt=0.01, backend="reference")
    pop = net.create(1, model(tau_syn_E=2.0))
    monitor = net.monitor(pop, "alpha_exc")
    net.compile()
    pop.g_exc = 0.001  # too little for a spike, which would freeze the current
    net.simulate(4.0)
    alpha = monitor.get("alpha_exc")[:, 0]
    assert alpha.max() == pytest.approx(0.001, rel=0.01)
    assert alpha.argmax() * 0.01 == pytest.approx(2.0, abs=0.05)


def test_escape_noise_has_the_rate_of_its_hazard() -> None:
    """At rest on the threshold and without adaptation, the hazard is `c` [Hz]."""
    net = ann.Network(dt=1.0, seed=1, backend="reference")
    pop = net.create(500, ann.GIF_curr(J_v=0.0, I_ext=0.0, u_r=-50.0, u_th=-50.0, c=20.0))
    monitor = net.monitor(pop, "spike")
    net.compile()
    net.simulate(1000.0)
    assert monitor.mean_fr() == pytest.approx(20.0, rel=0.05)


def test_the_leaky_integrator_follows_its_input_and_noise() -> None:
    model = ann.LeakyIntegrator(tau=10.0, B=2.0, T=0.5, noise="Normal(0.0, 1.0)")
    net = ann.Network(dt=1.0, seed=1, backend="reference")
    pop = net.create(2000, model)
    net.compile()
    net.simulate(100.0)
    # Exponential Euler: a stationary AR(1) process with factor exp(-1/10).
    factor = np.exp(-0.1)
    deviation = (1 - factor) / np.sqrt(1 - factor**2)
    assert pop.v.mean() == pytest.approx(2.0, abs=0.03)
    assert pop.v.std() == pytest.approx(deviation, rel=0.06)
    np.testing.assert_allclose(pop.r, np.maximum(pop.v - 0.5, 0.0))


def test_izhikevich_begins_with_each_neurons_own_b_and_c() -> None:
    net = ann.Network(backend="reference")
    cells = net.create(2, ann.Izhikevich)
    cells.b, cells.c = [0.2, 0.25], [-65.0, -50.0]
    net.compile()
    np.testing.assert_allclose(cells.v, [-65.0, -50.0])
    np.testing.assert_allclose(cells.u, [-13.0, -12.5])
