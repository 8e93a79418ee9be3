"""Expressions through SymPy and back."""

from __future__ import annotations

import pytest
from typed_models import formula, local

from annlab.codegen.lowering.describe import describe_expr
from annlab.codegen.lowering.symbolic import expanded
from annlab.codegen.reference import evaluate

NAMES = {n: local(n) for n in ("x", "y", "tau")}
VALUES = {NAMES["x"]: 0.7, NAMES["y"]: -1.3, NAMES["tau"]: 10.0}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x*(1.0 - x) + x**2", "x"),
        ("(x + y)*(x - y) + y*y", "x**2"),
        ("exp(x)*x - x*exp(x) + tau", "tau"),
        ("x/y + 2*x/y", "3 * x / y"),
    ],
)
def test_symbolic_expansion_cancels_terms(text, expected) -> None:
    assert describe_expr(expanded(formula(text, NAMES))) == expected


@pytest.mark.parametrize(
    "text",
    [
        "x/3 - y/(tau*x)",
        "power(x, 3)*(x - y)**2",
        "sin(x)*exp(y) + abs(x)*modulo(7, 3)",
        "x**0.5 + x**-2 - (1/3)*y",
        "(x if y > 0.0 else tau)*(x + 1.0)",
        "-(x - y)/(x + y)",
        "clip(x, 0.0, 1.0)*min(x, y)*max(x, y, tau) + round(x)*pos(x)*neg(y)",
        "isnan(x)*x + isfinite(x)*y",
    ],
)
def test_value_survives_the_way_through_sympy(text) -> None:
    expr = formula(text, NAMES)
    assert evaluate(expanded(expr), VALUES) == pytest.approx(evaluate(expr, VALUES), rel=1e-13)
