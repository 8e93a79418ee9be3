"""Equations whose time constant is 0 follow their input at once, as their formulas say."""

from __future__ import annotations

import pytest

import annlab

FORMS = (
    "tau*dr/dt = x - r",
    "tau*dr/dt + r = x",
    "tau*dr/dt + 2.0*r = 2.0*x",
    "dr/dt = (x - r)/tau",
    "dr/dt = -(r - x)/tau",
    "dr/dt = 1.0/tau*(x - r)",
    "dr/dt = x/tau - r/tau",
    "-dr/dt = (r - x)/tau",
)


def rates(parameters: str, text: str, backend: str = "reference") -> list[float]:
    net = annlab.Network(dt=0.5, backend=backend)
    pop = net.create(2, annlab.Neuron(parameters, text))
    pop.x = [3.0, -2.0]
    net.compile()
    net.simulate(1.0)
    return pop.r.tolist()


@pytest.mark.parametrize("method", ["exponential", "semiimplicit", "implicit"])
@pytest.mark.parametrize("text", FORMS)
@pytest.mark.parametrize("flag", ["", ": population"])
def test_time_constant_of_zero_follows_at_once(text, method, flag) -> None:
    assert rates(f"tau = 0.0 {flag}\nx = 0.0", f"{text} : {method}") == pytest.approx([3.0, -2.0])


def test_coupled_implicit_equations_take_a_time_constant_of_zero() -> None:
    text = "tau*dr/dt = x - r : implicit\n10.0*du/dt = r - u : implicit"
    assert rates("tau = 0.0\nx = 0.0", text) == pytest.approx([3.0, -2.0])
    text = "10.0*du/dt = r - u : implicit\ndr/dt = (x - r)/tau : implicit"
    assert rates("tau = 0.0\nx = 0.0", text) == pytest.approx([3.0, -2.0])


@pytest.mark.parametrize("method", ["exponential", "semiimplicit", "implicit"])
def test_rate_of_zero_still_integrates(method) -> None:
    text = f"tau*dr/dt = x - k*r : {method}"
    assert rates("tau = 2.0\nk = 0.0\nx = 0.0", text) == pytest.approx([1.5, -1.0])


@pytest.mark.parametrize("backend", ["cpu", "reference"])
def test_factor_shared_by_all_takes_a_time_constant_of_zero(backend) -> None:
    text = "tau*dr/dt + k*r = x : exponential"
    shared = "tau = {} : population\nk = {} : population\nx = 0.0"
    assert rates(shared.format(0.0, 4.0), text, backend) == pytest.approx([0.75, -0.5])
    assert rates(shared.format(2.0, 0.0), text, backend) == pytest.approx([1.5, -1.0])
    assert rates(shared.format(2.0, 4.0), text, backend) == pytest.approx([0.64849854, -0.43233236])
