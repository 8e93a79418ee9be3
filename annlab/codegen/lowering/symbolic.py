"""Expressions to SymPy and back; the only module of annlab that imports SymPy.

Only ``+ - * / **`` with whole exponents are handed to SymPy. Everything else (functions,
conditionals, comparisons, powers with other exponents) travels as an opaque symbol, so SymPy
can never change what a function means. Import this module only where it is needed.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import sympy

from annlab.codegen.lowering.arithmetic import ONE, add, div, mul
from annlab.ir.expr import Binary, Call, DType, Expr, Literal, Unary

Opaque = dict[Expr, sympy.Symbol]
# SymPy's annotations do not know that parts of a formula are formulas.
Formula = Any


def expanded(expr: Expr) -> Expr:
    """Return `expr` multiplied out, with equal terms collected and opposite ones cancelled."""
    opaque: Opaque = {}
    formula = sympy.expand(to_sympy(expr, opaque))
    return from_sympy(formula, {symbol: e for e, symbol in opaque.items()})


def to_sympy(expr: Expr, opaque: Opaque) -> Formula:
    """Convert `expr`; sub-expressions that SymPy must not look into are filed in `opaque`."""
    if isinstance(expr, Literal) and expr.dtype is DType.INT:
        return sympy.Integer(expr.value)
    if isinstance(expr, Literal) and expr.dtype is DType.FLOAT:
        return sympy.Float(expr.value)
    if isinstance(expr, Unary) and expr.op == "-":
        return -to_sympy(expr.operand, opaque)
    if isinstance(expr, Binary) and expr.op in _OPERATORS:
        return _OPERATORS[expr.op](to_sympy(expr.left, opaque), to_sympy(expr.right, opaque))
    power = _whole_power(expr)
    if power is not None:
        return to_sympy(power[0], opaque) ** power[1]
    # Numbered names make the order of terms, and so the generated code, reproducible.
    return opaque.setdefault(expr, sympy.Symbol(f"s{len(opaque):04d}", real=True))


def from_sympy(formula: Formula, meaning: dict[sympy.Symbol, Expr]) -> Expr:
    """Convert a formula back; `meaning` gives the expression behind each symbol."""
    if isinstance(formula, sympy.Symbol):
        return meaning[formula]
    if isinstance(formula, sympy.Integer):
        return Literal(int(formula))
    if isinstance(formula, sympy.Rational):
        return Binary("/", Literal(float(formula.p)), Literal(float(formula.q)))
    if isinstance(formula, sympy.Number | sympy.NumberSymbol):
        return Literal(float(formula))
    if isinstance(formula, sympy.Add):
        return reduce(add, (from_sympy(a, meaning) for a in formula.as_ordered_terms()))
    if isinstance(formula, sympy.Mul):
        return _product(formula, meaning)
    if isinstance(formula, sympy.Pow):
        return _power(formula, meaning)
    raise TypeError(f"no expression for {formula!r}")


def _whole_power(expr: Expr) -> tuple[Expr, int] | None:
    if isinstance(expr, Binary) and expr.op == "**":
        base, exponent = expr.left, expr.right
    elif isinstance(expr, Call) and expr.function == "power":
        base, exponent = expr.arguments
    else:
        return None
    if isinstance(exponent, Literal) and exponent.value == int(exponent.value):
        return base, int(exponent.value)
    return None


def _product(formula: Formula, meaning: dict[sympy.Symbol, Expr]) -> Expr:
    above: Expr = ONE
    below: Expr = ONE
    for factor in formula.args:
        base, exponent = factor.as_base_exp()
        if exponent.is_negative:
            below = mul(below, from_sympy(base**-exponent, meaning))
        else:
            above = mul(above, from_sympy(factor, meaning))
    return div(above, below)


def _power(formula: Formula, meaning: dict[sympy.Symbol, Expr]) -> Expr:
    base, exponent = formula.args
    if exponent.is_negative:
        return div(ONE, from_sympy(base**-exponent, meaning))
    return Binary("**", from_sympy(base, meaning), Literal(int(exponent)))


_OPERATORS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
}
