"""What a numerical method is, and what the linear ones share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from annlab.codegen.lowering.arithmetic import (
    ONE,
    STEP,
    add,
    contains,
    mul,
    neg,
    scaled,
    sub,
    temporary,
)
from annlab.codegen.lowering.hoist import is_invariant
from annlab.codegen.lowering.kernel import Statement
from annlab.codegen.lowering.linear import LinearForm, NotLinear, has_conditional, linear_form
from annlab.codegen.lowering.ode import Ode
from annlab.errors import MethodError
from annlab.ir.expr import Binary, Expr, Literal, Select, Symbol, Unary

_SUMS = {"+": add, "-": sub}


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """One step of a system: temporaries, then the new value of each variable, in order."""

    stages: tuple[Statement, ...] = ()
    new_values: tuple[Expr, ...]


class NumericalMethod(Protocol):
    """How a system of ODEs is advanced by one step.

    `is_coupled` says whether all ODEs of a block that use the method form one system; if not,
    each is advanced alone, with the others held.
    """

    @property
    def is_coupled(self) -> bool: ...

    def advance(self, system: Sequence[Ode]) -> Advance:
        """Return the new values of the variables of `system`, all from the old ones."""
        ...


def stage(name: str, ode: Ode, value: Expr) -> Statement:
    """Return a temporary of the method, ``_name_x``, as precise as a state variable."""
    target = temporary(f"{name}_{ode.variable.name}", ode.variable.locality)
    return Statement(target=target, value=value)


def linear_slope(ode: Ode, variables: Sequence[Symbol]) -> LinearForm:
    """Return the slope of `ode` as a linear form of `variables`.

    Raises
    ------
    MethodError
        If the slope is a conditional of the variables, or a polynomial of degree 2 or more.
    """
    if isinstance(ode.equation.right, Select) or has_conditional(ode.slope, variables):
        raise ode.refusal(
            f"the method '{ode.method}' does not take conditional equations",
            why="it has to know the factor of the variable, and that must not depend on a case",
            hint="use 'explicit', 'midpoint' or 'rk4', or compute the case in an equation before",
        )
    try:
        return linear_form(ode.slope, variables)
    except NotLinear:
        raise not_linear(ode, variables) from None


def decay_rate(ode: Ode) -> tuple[Expr, LinearForm]:
    """Return 1/tau of the normal form ``tau*dx/dt + x = S``, and the linear form of the slope.

    Raises
    ------
    MethodError
        If `ode` is a polynomial of `x`, or has no term linear in `x`.
    """
    form = linear_slope(ode, (ode.variable,))
    if not form.coefficients:
        name = ode.variable.name
        raise ode.refusal(
            f"the method '{ode.method}' needs a term linear in '{name}'",
            why=f"it brings the equation into the form tau*d{name}/dt + {name} = S",
            hint="use 'explicit', 'midpoint' or 'rk4'",
        )
    return neg(form.coefficient(ode.variable)), form


def quotient(ode: Ode, variables: Sequence[Symbol]) -> tuple[Ode, Expr]:
    """Return ``dx/dt = N`` and d, where the slope of `ode` is N/d with a d free of `variables`.

    If it is no such quotient, d is 1.

    ``tau*dx/dt = B - x`` is ``x = B`` where tau is 0. Formulas of N and d have that limit, those of
    the slope, which is infinite there, have not.
    """
    numerator, divisor = _fraction(ode.slope)
    if isinstance(divisor, Literal) or contains(divisor, frozenset(variables)):
        return ode, ONE
    return replace(ode, slope=numerator), divisor


def _fraction(expr: Expr) -> tuple[Expr, Expr]:
    """Return N and d of ``N/d``, ``N/d + M/d`` or ``1/d*N``; d is 1 for all else."""
    if isinstance(expr, Unary) and expr.op == "-":
        numerator, divisor = _fraction(expr.operand)
        return neg(numerator), divisor
    if not isinstance(expr, Binary) or expr.op == "**":
        return expr, ONE
    if expr.op == "/":
        return expr.left, expr.right
    (left, below_left), (right, below_right) = _fraction(expr.left), _fraction(expr.right)
    if expr.op == "*" and ONE in (below_left, below_right):
        return mul(left, right), mul(below_left, below_right)
    if expr.op in _SUMS and below_left == below_right:
        return _SUMS[expr.op](left, right), below_left
    return expr, ONE


def weighted_step(ode: Ode, weight: Expr) -> Expr:
    """Return ``x + h*weight*f(x)``, with all that is invariant side by side."""
    if is_invariant(weight):
        return add(ode.variable, scaled(mul(STEP, weight), ode.slope))
    return add(ode.variable, mul(scaled(STEP, ode.slope), weight))


def not_linear(ode: Ode, variables: Sequence[Symbol]) -> MethodError:
    """Return the error for an equation that is not linear in `variables`."""
    names = ", ".join(f"'{v.name}'" for v in variables)
    return ode.refusal(
        f"the method '{ode.method}' needs an equation linear in {names}",
        why="powers or products of it cannot be solved for the new value",
        hint="use 'explicit', 'midpoint' or 'rk4'",
    )
