"""What a model's author is told who leaves a text empty or names a method as others do."""

from __future__ import annotations

import pytest

import annlab
from annlab.errors import EquationError


def test_empty_psp_is_told_what_to_write() -> None:
    net = annlab.Network()
    pop = net.create(1, annlab.Neuron(equations="r = 1.0"))
    with pytest.raises(EquationError, match=r"such as 'w \* pre.r', or leave it out"):
        net.connect(pop, pop, "exc", annlab.Synapse(psp="")).one_to_one(1.0)


def test_empty_spike_condition_is_told_what_to_write() -> None:
    neuron = annlab.Neuron("tau = 10.0", "tau*dv/dt = -v", spike="")
    with pytest.raises(EquationError, match="such as 'v > 1.0', or leave it out"):
        annlab.Network().create(1, neuron)


@pytest.mark.parametrize(
    ("flag", "method"),
    [
        ("euler", "explicit"),
        ("Euler", "explicit"),
        ("forward", "explicit"),
        ("backward", "implicit"),
        ("rk2", "midpoint"),
        ("runge-kutta", "rk4"),
    ],
)
def test_methods_by_other_names_are_suggested(flag: str, method: str) -> None:
    neuron = annlab.Neuron("tau = 10.0", f"tau*dr/dt = -r : {flag}")
    with pytest.raises(EquationError, match=f"did you mean '{method}'"):
        annlab.Network().create(1, neuron)
