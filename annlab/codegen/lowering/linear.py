"""Read an expression as ``sum(coefficient * variable) + rest``.

This is what the linear methods need to know of an equation, and how the gradient is isolated.
Works on the tree itself, so that the terms stay as the user wrote them; SymPy is asked only
where the tree looks nonlinear, because terms may cancel (``x*(1 - x) + x**2``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from annlab.codegen.lowering.arithmetic import ONE, ZERO, add, contains, div, mul, neg, sub
from annlab.ir.expr import Binary, Call, Expr, Literal, Select, Symbol, Unary, walk

Variables = frozenset[Symbol]


class NotLinear(Exception):
    """Internal: a product or a power of variables was met. Callers raise the user's error."""


@dataclass(frozen=True, slots=True)
class LinearForm:
    """``sum(coefficients[x] * x) + rest``.

    `is_exact` is False where a coefficient or the rest still depends on the variables through
    a function such as ``exp``, a root, or a quotient.
    """

    coefficients: Mapping[Symbol, Expr]
    rest: Expr
    is_exact: bool = True

    def coefficient(self, variable: Symbol) -> Expr:
        """Return the factor of `variable`, 0 if it does not occur."""
        return self.coefficients.get(variable, ZERO)


def linear_form(expr: Expr, variables: Iterable[Symbol]) -> LinearForm:
    """Split `expr` into terms linear in `variables` and the rest.

    Raises
    ------
    NotLinear
        If a polynomial of degree 2 or more in the variables remains.
    """
    wanted = frozenset(variables)
    try:
        return _form(expr, wanted)
    except NotLinear:
        # Imported here because a model that needs no SymPy must not wait for it (0.4 s).
        from annlab.codegen.lowering.symbolic import expanded

        return _form(expanded(expr), wanted)


def has_conditional(expr: Expr, variables: Iterable[Symbol]) -> bool:
    """Tell if a conditional of `expr` depends on any of `variables`."""
    wanted = frozenset(variables)
    return any(isinstance(e, Select) and contains(e, wanted) for e in walk(expr))


def _form(expr: Expr, variables: Variables) -> LinearForm:
    if not contains(expr, variables):
        return LinearForm({}, expr)
    if isinstance(expr, Symbol):
        return LinearForm({expr: ONE}, ZERO)
    if isinstance(expr, Unary) and expr.op == "-":
        return _mapped(_form(expr.operand, variables), neg)
    if isinstance(expr, Binary):
        return _BINARY[expr.op](expr.left, expr.right, variables)
    if isinstance(expr, Call) and expr.function == "power":
        base, exponent = expr.arguments
        return _power(base, exponent, variables)
    return LinearForm({}, expr, is_exact=False)


def _sum(left: Expr, right: Expr, variables: Variables) -> LinearForm:
    return _combined(_form(left, variables), _form(right, variables), add)


def _difference(left: Expr, right: Expr, variables: Variables) -> LinearForm:
    return _combined(_form(left, variables), _form(right, variables), sub)


def _product(left: Expr, right: Expr, variables: Variables) -> LinearForm:
    first, second = _form(left, variables), _form(right, variables)
    if first.coefficients and second.coefficients:
        raise NotLinear
    if second.coefficients:
        scaled = _mapped(second, lambda e: mul(left, e))
    else:
        scaled = _mapped(first, lambda e: mul(e, right))
    return LinearForm(scaled.coefficients, scaled.rest, first.is_exact and second.is_exact)


def _quotient(left: Expr, right: Expr, variables: Variables) -> LinearForm:
    divisor = _form(right, variables)
    if divisor.coefficients:
        return LinearForm({}, Binary("/", left, right), is_exact=False)
    form = _mapped(_form(left, variables), lambda e: div(e, right))
    return LinearForm(form.coefficients, form.rest, form.is_exact and divisor.is_exact)


def _power(base: Expr, exponent: Expr, variables: Variables) -> LinearForm:
    degree = exponent.value if isinstance(exponent, Literal) else None
    if degree == 0:
        return LinearForm({}, ONE)
    if degree == 1:
        return _form(base, variables)
    is_polynomial = degree is not None and degree > 1 and degree == int(degree)
    if is_polynomial and _form(base, variables).coefficients:
        raise NotLinear
    return LinearForm({}, Binary("**", base, exponent), is_exact=False)


_BINARY: dict[str, Callable[[Expr, Expr, Variables], LinearForm]] = {
    "+": _sum,
    "-": _difference,
    "*": _product,
    "/": _quotient,
    "**": _power,
}


def _mapped(form: LinearForm, change: Callable[[Expr], Expr]) -> LinearForm:
    coefficients = {x: change(c) for x, c in form.coefficients.items()}
    rest = ZERO if form.rest == ZERO else change(form.rest)
    return LinearForm(coefficients, rest, form.is_exact)


def _combined(
    left: LinearForm, right: LinearForm, join: Callable[[Expr, Expr], Expr]
) -> LinearForm:
    names = dict.fromkeys((*left.coefficients, *right.coefficients))
    joined = {x: join(left.coefficient(x), right.coefficient(x)) for x in names}
    coefficients = {x: c for x, c in joined.items() if c != ZERO}
    return LinearForm(coefficients, join(left.rest, right.rest), left.is_exact and right.is_exact)
