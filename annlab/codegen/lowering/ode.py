"""Isolate the gradient: from the two sides that the user wrote to ``dx/dt = slope``.

The slope keeps the user's arithmetic: ``tau*dv/dt + v = B`` gives ``(B - v)/tau``.
"""

from __future__ import annotations

from dataclasses import dataclass

from annlab.codegen.lowering.arithmetic import contains, div, sub
from annlab.codegen.lowering.linear import NotLinear, linear_form
from annlab.errors import EquationError, MethodError, Source, Span
from annlab.ir.expr import Expr, Symbol, SymbolKind, symbols
from annlab.ir.model import Equation, Method


@dataclass(frozen=True, slots=True, kw_only=True)
class Ode:
    """``d variable / dt = slope``."""

    variable: Symbol
    slope: Expr
    method: Method
    equation: Equation

    def refusal(self, what: str, *, why: str, hint: str | None = None) -> MethodError:
        """Return the error that says why the method does not fit this equation."""
        source, span = place(self.equation)
        return MethodError(what, source=source, span=span, why=why, hint=hint)


def place(equation: Equation) -> tuple[Source, Span]:
    """Return where the user wrote `equation`, or its own text if nobody knows."""
    if equation.source is not None and equation.span is not None:
        return equation.source, equation.span
    return Source(equation.text), Span(0, len(equation.text))


def solve_for_gradient(equation: Equation) -> Ode:
    """Write the ODE `equation` as ``dx/dt = slope``.

    Raises
    ------
    EquationError
        If the gradient does not occur linearly, or another variable's gradient occurs.
    """
    gradient = _only_gradient(equation)
    try:
        left = linear_form(equation.left, {gradient})
        right = linear_form(equation.right, {gradient})
    except NotLinear:
        raise _gradient_error(equation) from None
    factor = sub(left.coefficient(gradient), right.coefficient(gradient))
    numerator = sub(right.rest, left.rest)
    if any(contains(e, frozenset({gradient})) for e in (factor, numerator)) or _is_zero(factor):
        raise _gradient_error(equation)
    return Ode(
        variable=equation.variable,
        slope=div(numerator, factor),
        method=equation.method or Method.EXPLICIT,
        equation=equation,
    )


def _only_gradient(equation: Equation) -> Symbol:
    found = symbols(equation.left) | symbols(equation.right)
    gradients = sorted((s for s in found if s.kind is SymbolKind.GRADIENT), key=lambda s: s.name)
    if len(gradients) == 1 and gradients[0].name == equation.variable.name:
        return gradients[0]
    source, span = place(equation)
    raise EquationError(
        f"an equation of '{equation.variable.name}' needs exactly one gradient",
        source=source,
        span=span,
        why="found " + (", ".join(f"d{g.name}/dt" for g in gradients) or "none"),
        hint="write one equation for each variable",
    )


def _gradient_error(equation: Equation) -> EquationError:
    name = equation.variable.name
    source, span = place(equation)
    return EquationError(
        f"cannot solve for d{name}/dt",
        source=source,
        span=span,
        why=f"d{name}/dt must occur linearly: multiplied by something, with something added",
        hint=f"write the equation as d{name}/dt = ...",
    )


def _is_zero(expr: Expr) -> bool:
    return getattr(expr, "value", None) == 0
