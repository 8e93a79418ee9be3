"""The shape of lowered kernels: golden text, flags, hoisting, sharing, singular rates."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typed_models import equation, formula, local, neuron, run, semiglobal, shared, synapse

from annlab.codegen.lowering import describe, lower_neuron, lower_synapse
from annlab.codegen.lowering.describe import describe_expr
from annlab.codegen.lowering.hoist import hoist
from annlab.codegen.lowering.kernel import Statement
from annlab.codegen.lowering.sharing import share
from annlab.codegen.lowering.singular import without_singularities
from annlab.codegen.reference import evaluate
from annlab.ir.expr import Binary, Expr, Literal, Side, Symbol, SymbolKind, Unary

GOLDEN = Path(__file__).parents[1] / "golden"

LOCAL = {n: local(n) for n in ("v", "u", "x", "y", "I", "g_exc", "w", "r")}
SHARED = {n: shared(n) for n in ("tau", "E", "tau_g", "cm", "a")}
NAMES = LOCAL | SHARED


def lif() -> str:
    lines = [
        ("I = g_exc*(E - v) + sin(2.0*t)", None),
        ("cm*dv/dt = cm/tau*(E - v) + I", "exponential"),
        ("tau_g*dg_exc/dt = -g_exc", "exponential"),
    ]
    model = neuron(
        NAMES,
        [equation(text, NAMES, method) for text, method in lines],
        spike="v > -50.0 and not v > 0.0",
        reset=(equation("v = E", NAMES), equation("u += a", NAMES, bounds=(None, "10.0"))),
        refractory=2.0,
    )
    return describe(lower_neuron(model))


def coupled() -> str:
    lines = ("tau*dv/dt = 1.0 - v - u", "tau*du/dt = v - u")
    return describe(lower_neuron(neuron(NAMES, [equation(x, NAMES, "implicit") for x in lines])))


def runge_kutta() -> str:
    lines = ("dv/dt = v - v**3/3.0 - u + I", "tau*du/dt = v + 0.7 - a*u")
    return describe(lower_neuron(neuron(NAMES, [equation(x, NAMES, "rk4") for x in lines])))


def stdp() -> str:
    lines = ("tau*dx/dt = -x", "cm*dy/dt = E - y")
    model = synapse(
        NAMES,
        [equation(x, NAMES, "event-driven") for x in lines],
        pre_spike=(
            equation("g_target += w*x", NAMES),
            equation("x += 1.0", NAMES, unless_post=True),
            equation("w = clip(w + y, 0.0, 1.0)", NAMES),
        ),
        post_spike=(equation("y -= a", NAMES), equation("w += x", NAMES, bounds=("0.0", "1.0"))),
    )
    return describe(lower_synapse(model))


def ibcm() -> str:
    names = NAMES | {"theta": semiglobal("theta")}
    equations = [
        equation("tau*dtheta/dt + theta = post.r**2", names, "exponential"),
        equation("dw/dt = a*post.r*(post.r - theta)*pre.r", names, bounds=("0.0", None)),
    ]
    return describe(lower_synapse(synapse(names, equations, psp="w*pre.r", is_spiking=False)))


@pytest.mark.parametrize("kernel", [lif, coupled, runge_kutta, stdp, ibcm])
def test_kernel_reads_as_reviewed(kernel) -> None:
    assert kernel() == (GOLDEN / f"{kernel.__name__}.txt").read_text()


def test_conductances_and_globals_are_not_frozen_while_refractory() -> None:
    lines = ("a = a + 1.0", "dv/dt = -v", "dg_exc/dt = -g_exc", "r = v")
    equations = [equation(x, NAMES) for x in lines]
    kernel = lower_neuron(neuron(NAMES, equations, spike="v > 1.0", refractory=1.0))
    stored = [s for s in (*kernel.global_update, *kernel.update) if s.text]
    assert {s.target.name: s.is_frozen for s in stored} == {
        "a": False,
        "v": True,
        "g_exc": False,
        "r": True,
    }


def test_without_refractory_period_nothing_is_frozen() -> None:
    kernel = lower_neuron(neuron(NAMES, [equation("dv/dt = -v", NAMES)], spike="v > 1.0"))
    assert not any(s.is_frozen for s in kernel.update)


@pytest.mark.parametrize(
    ("line", "increment"),
    [
        ("g_target += w*x", "w * x"),
        ("g_target -= w", "-w"),
        ("g_target = g_target + w + x", "w + x"),
        ("g_target = w + g_target", "w"),
    ],
)
def test_addition_to_the_conductance_becomes_an_increment(line, increment) -> None:
    (statement,) = lower_synapse(synapse(NAMES, pre_spike=(equation(line, NAMES),))).pre_spike
    assert statement.is_increment
    assert describe_expr(statement.value) == increment


@pytest.mark.parametrize("line", ["g_target = w", "g_target = 2.0*g_target + w"])
def test_other_statements_set_the_conductance(line) -> None:
    (statement,) = lower_synapse(synapse(NAMES, pre_spike=(equation(line, NAMES),))).pre_spike
    assert not statement.is_increment


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.032*(15.0 - v)/(exp((15.0 - v)/5.0) - 1.0)", "0.16 / exprel((15.0 - v) / 5.0)"),
        ("(v - 40.0)/(exp((40.0 - v)/5.0) - 1.0)", "-(5.0 / exprel((40.0 - v) / 5.0))"),
        ("(v - 40.0)/(1.0 - exp(-(v - 40.0)/a))", "a / exprel(-(v - 40.0) / a)"),
        ("x*v/(exp(v) - 1)", "x / exprel(v)"),
        ("v/((exp(0.5*v) - 1.0)*y)", "2.0 / (y * exprel(0.5 * v))"),
        ("v/(exp(x) - 1.0)", "v / (exp(x) - 1.0)"),
        ("(v + 1.0)/(exp(v) - 1.0)", "(v + 1.0) / (exp(v) - 1.0)"),
        ("v/(exp(v) + 1.0)", "v / (exp(v) + 1.0)"),
    ],
)
def test_removable_singularity_is_rewritten_and_nothing_else(text, expected) -> None:
    expr = formula(text, NAMES)
    rewritten = without_singularities(expr)
    assert describe_expr(rewritten) == expected
    values = {s: 0.37 + i for i, s in enumerate(sorted(LOCAL.values(), key=lambda s: s.name))}
    values |= {NAMES["a"]: 7.0}
    assert evaluate(rewritten, values) == pytest.approx(evaluate(expr, values), rel=1e-13)


def test_random_and_presynaptic_values_are_not_hoisted() -> None:
    draw = Symbol("0", SymbolKind.DRAW, locality=SHARED["a"].locality)
    pre = Symbol("k", SymbolKind.ATTRIBUTE, locality=SHARED["a"].locality, side=Side.PRE)
    value = Binary("+", Binary("*", draw, SHARED["a"]), Binary("*", pre, SHARED["a"]))
    statement = Statement(target=LOCAL["v"], value=value)
    assert hoist([[statement]]) == ([], [[statement]])


def test_assignments_keep_their_division() -> None:
    kernel = lower_neuron(neuron(NAMES, [equation("v = u/tau", NAMES)]))
    assert describe_expr(kernel.update[0].value) == "u / tau"


def test_expensive_call_is_shared_until_its_argument_changes() -> None:
    lines = ("x = exp(v)", "y = 2.0*exp(v)", "v = v + 1.0", "u = exp(v)")
    shared_lines = share(
        [Statement(target=(e := equation(t, NAMES)).variable, value=e.right) for t in lines]
    )
    assert [f"{s.target.name} = {describe_expr(s.value)}" for s in shared_lines] == [
        "_c0 = exp(v)",
        "x = _c0",
        "y = 2.0 * _c0",
        "v = v + 1.0",
        "u = exp(v)",
    ]


def test_nested_calls_are_shared_as_a_whole() -> None:
    lines = ("x = log(1.0 + exp(v))", "y = log(1.0 + exp(v)) + exp(v)")
    shared_lines = share(
        [Statement(target=(e := equation(t, NAMES)).variable, value=e.right) for t in lines]
    )
    assert [f"{s.target.name} = {describe_expr(s.value)}" for s in shared_lines] == [
        "_c1 = exp(v)",
        "_c0 = log(1.0 + _c1)",
        "x = _c0",
        "y = _c0 + _c1",
    ]


def test_usual_models_need_no_sympy() -> None:
    # A fresh process: other tests have imported SymPy here.
    folders = [str(Path(__file__).parents[n]) for n in (0, 1)]
    code = (
        f"import sys; sys.path[:0] = {folders};"
        "import test_kernels as k;"
        "[f() for f in (k.lif, k.coupled, k.runge_kutta, k.stdp, k.ibcm)];"
        "sys.exit('sympy' in sys.modules)"
    )
    root = Path(__file__).parents[3]
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=root).returncode == 0


numbers = st.floats(-4, 4, allow_nan=False).map(lambda x: Literal(round(x, 3)))
leaves = st.sampled_from([NAMES[n] for n in ("x", "y", "u", "tau", "a")]) | numbers
expressions = st.recursive(
    leaves,
    lambda inner: (
        st.builds(Binary, st.sampled_from(["+", "-", "*", "/"]), inner, inner)
        | st.builds(lambda e: Unary("-", e), inner)
        | inner.map(lambda e: formula("exp(x)", NAMES | {"x": e}) if isinstance(e, Symbol) else e)
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(expr=expressions)
def test_lowering_never_changes_an_assignment(expr: Expr) -> None:
    start = {"x": [0.3, -1.7], "y": [2.5, 0.01], "u": [-0.4, 3.0], "tau": 10.0, "a": 0.25}
    line = equation("v = x", NAMES)
    model = neuron(NAMES, [replace(line, right=expr)])
    found = run(model, start, n_steps=1, dt=0.1)["v"]
    values = {NAMES[n]: np.array(v) for n, v in start.items()}
    np.testing.assert_array_equal(found, np.broadcast_to(evaluate(expr, values), 2))
