"""What the lowering refuses, and how it says so."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from typed_models import equation, local, neuron, shared, synapse

from annlab.codegen.lowering import lower_neuron, lower_synapse
from annlab.errors import EquationError, MethodError

NAMES = {n: local(n) for n in ("x", "y", "r")} | {"tau": shared("tau")}


def refused(line: str, method: str, *others: tuple[str, str]) -> str:
    equations = [equation(text, NAMES, m) for text, m in ((line, method), *others)]
    with pytest.raises(MethodError) as info:
        lower_neuron(neuron(NAMES, equations))
    return str(info.value)


def test_error_shows_the_equation_with_carets() -> None:
    assert refused("dr/dt = 1.0 - r**2", "exponential") == (
        "the method 'exponential' needs an equation linear in 'r' in equations of neuron 'Test'\n"
        "  1 | dr/dt = 1.0 - r**2\n"
        "    | ^^^^^^^^^^^^^^^^^^\n"
        "  powers or products of it cannot be solved for the new value\n"
        "  use 'explicit', 'midpoint' or 'rk4'"
    )


@pytest.mark.parametrize("method", ["implicit", "exponential", "semiimplicit"])
@pytest.mark.parametrize(
    "slope", ["1.0 - r**2", "r*(1.0 - r)", "r*r*r/3.0", "power(r, 2) - r", "(r - 1.0)**3"]
)
def test_polynomial_is_refused(method, slope) -> None:
    text = refused(f"dr/dt = {slope}", method)
    assert text.startswith(f"the method '{method}' needs an equation linear in 'r'")


@pytest.mark.parametrize("slope", ["exp(r) - r", "r/(1.0 + r)", "-r*exp(r)"])
def test_implicit_refuses_what_is_not_exactly_linear(slope) -> None:
    text = refused(f"dr/dt = {slope}", "implicit")
    assert text.startswith("the method 'implicit' needs an equation linear in 'r'")


def test_implicit_refuses_products_of_coupled_variables() -> None:
    text = refused("dx/dt = -x*y", "implicit", ("dy/dt = -y", "implicit"))
    assert text.startswith("the method 'implicit' needs an equation linear in 'x', 'y'")


@pytest.mark.parametrize("method", ["exponential", "semiimplicit"])
@pytest.mark.parametrize("slope", ["1.0", "y", "exp(r)"])
def test_missing_linear_term_is_refused(method, slope) -> None:
    text = refused(f"dr/dt = {slope}", method)
    assert f"the method '{method}' needs a term linear in 'r'" in text
    assert "it brings the equation into the form tau*dr/dt + r = S" in text


@pytest.mark.parametrize("method", ["implicit", "exponential", "semiimplicit"])
@pytest.mark.parametrize("slope", ["-r if x > 0.0 else -2.0*r", "1.0 - (r if r > 0.0 else 0.0)"])
def test_conditional_is_refused_by_methods_with_normal_form(method, slope) -> None:
    text = refused(f"dr/dt = {slope}", method)
    assert f"the method '{method}' does not take conditional equations" in text
    assert "use 'explicit', 'midpoint' or 'rk4', or compute the case in an equation before" in text


def test_mixed_methods_in_one_block_are_refused() -> None:
    text = refused("dx/dt = -x", "midpoint", ("dy/dt = -y", "rk4"))
    assert "the methods 'midpoint' and 'rk4' cannot be mixed in one block" in text
    assert "'x' and 'y' are advanced together" in text
    assert "1 | dy/dt = -y" in text


def test_mixed_methods_in_different_blocks_are_taken() -> None:
    lines = (("dx/dt = -x", "midpoint"), ("r = x", None), ("dy/dt = -y", "rk4"))
    kernel = lower_neuron(neuron(NAMES, [equation(t, NAMES, m) for t, m in lines]))
    assert [s.target.name for s in kernel.update if s.text] == ["x", "r", "y"]


def test_event_driven_neuron_is_refused() -> None:
    text = refused("dr/dt = -r", "event-driven")
    assert "the method 'event-driven' is for synapses" in text
    assert "use 'exponential'" in text


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("tau*dx/dt = y - x", "'y'"),
        ("tau*dx/dt = t - x", "'t'"),
        ("tau*dx/dt = pre.r - x", "'pre.r'"),
        ("tau*dx/dt = exp(x) - x", "'x'"),
    ],
)
def test_event_driven_variable_may_depend_on_parameters_only(line, shown) -> None:
    equations = [equation(line, NAMES, "event-driven"), equation("y = 2.0*x", NAMES)]
    with pytest.raises(MethodError, match=re.escape(f"variable 'x' depends on {shown}")) as info:
        lower_synapse(synapse(NAMES, equations))
    assert "between two events only parameters are known to keep their value" in str(info.value)


def test_event_driven_polynomial_is_refused() -> None:
    equations = [equation("dx/dt = -x**2", NAMES, "event-driven")]
    with pytest.raises(MethodError, match="'event-driven' needs an equation linear in 'x'"):
        lower_synapse(synapse(NAMES, equations))


@pytest.mark.parametrize(
    "line",
    ["(dx/dt)**2 = x", "exp(dx/dt) = x", "dx/dt = x + dx/dt", "1.0/(dx/dt) = x"],
)
def test_gradient_must_occur_linearly(line) -> None:
    with pytest.raises(EquationError, match="cannot solve for dx/dt") as info:
        lower_neuron(neuron(NAMES, [equation(line, NAMES)]))
    assert "write the equation as dx/dt = ..." in str(info.value)


def test_gradient_of_another_variable_is_refused() -> None:
    with pytest.raises(EquationError, match="'x' needs exactly one gradient") as info:
        lower_neuron(neuron(NAMES, [equation("dx/dt = dy/dt", NAMES)]))
    assert "found dx/dt, dy/dt" in str(info.value)


def test_ode_in_an_event_is_refused() -> None:
    model = synapse(NAMES, pre_spike=(equation("dx/dt = -x", NAMES),))
    with pytest.raises(EquationError, match="an event cannot contain a differential equation"):
        lower_synapse(model)


def test_equation_without_source_is_shown_by_its_text() -> None:
    line = replace(equation("dr/dt = r**2", NAMES, "implicit"), source=None, span=None)
    with pytest.raises(MethodError, match=re.escape("1 | dr/dt = r**2\n    | ^^^^")):
        lower_neuron(neuron(NAMES, [line]))
