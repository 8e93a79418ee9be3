"""Put expressions together, leaving out what is known to do nothing.

For formulas that the lowering makes itself: ``0 + x`` becomes ``x``, ``x * (1/tau)`` becomes
``x/tau``, two numbers become one. What the user wrote is never passed through here, only used
as an operand, so its arithmetic stays as it is.
"""

from __future__ import annotations

from typing import TypeGuard

from annlab.ir.expr import Binary, Expr, Literal, Locality, Symbol, SymbolKind, Unary, walk

ZERO = Literal(0.0)
ONE = Literal(1.0)
STEP = Symbol("dt", SymbolKind.CLOCK, locality=Locality.GLOBAL)


def temporary(name: str, locality: Locality = Locality.LOCAL) -> Symbol:
    """Return a symbol that only the lowering can make: user's names do not begin with ``_``."""
    return Symbol(f"_{name}", SymbolKind.TEMPORARY, locality=locality)


def add(left: Expr, right: Expr) -> Expr:
    """Return ``left + right``."""
    if _is(left, 0):
        return right
    if _is(right, 0):
        return left
    if isinstance(left, Literal) and isinstance(right, Literal):
        return Literal(left.value + right.value)
    if _is_negative(right):
        return sub(left, neg(right))
    if _is_negative(left):
        return sub(right, neg(left))
    return Binary("+", left, right)


def sub(left: Expr, right: Expr) -> Expr:
    """Return ``left - right``."""
    if _is(right, 0):
        return left
    if _is(left, 0):
        return neg(right)
    if left == right:
        return ZERO
    if isinstance(left, Literal) and isinstance(right, Literal):
        return Literal(left.value - right.value)
    if _is_negative(right):
        return add(left, neg(right))
    if _is_negative(left):
        return neg(add(neg(left), right))
    return Binary("-", left, right)


def mul(left: Expr, right: Expr) -> Expr:
    """Return ``left * right``."""
    if _is(left, 0) or _is(right, 0):
        return ZERO
    if _is(left, 1):
        return right
    if _is(right, 1):
        return left
    if isinstance(left, Literal) and isinstance(right, Literal):
        return Literal(left.value * right.value)
    if _is_negative(left):
        return neg(mul(neg(left), right))
    if _is_negative(right):
        return neg(mul(left, neg(right)))
    if _is_quotient(right) and _is(right.left, 1):
        return div(left, right.right)
    if _is_quotient(left) and _is(left.left, 1):
        return div(right, left.right)
    return Binary("*", left, right)


def div(left: Expr, right: Expr) -> Expr:
    """Return ``left / right``."""
    if _is(left, 0):
        return ZERO
    if _is(right, 1):
        return left
    if left == right:
        return ONE
    if isinstance(left, Literal) and isinstance(right, Literal) and right.value != 0:
        return Literal(left.value / right.value)
    if _is_quotient(left) and _is_quotient(right) and left.right == right.right:
        return div(left.left, right.left)
    if _is_negative(left):
        return neg(div(neg(left), right))
    if _is_negative(right):
        return neg(div(left, neg(right)))
    return Binary("/", left, right)


def neg(expr: Expr) -> Expr:
    """Return ``-expr``."""
    if isinstance(expr, Literal):
        return Literal(-expr.value)
    if isinstance(expr, Unary) and expr.op == "-":
        return expr.operand
    if isinstance(expr, Binary) and expr.op == "-":
        if _is_negative(expr.left):
            return add(neg(expr.left), expr.right)
        return Binary("-", expr.right, expr.left)
    if isinstance(expr, Binary) and expr.op in "*/" and _is_negative(expr.left):
        return (mul if expr.op == "*" else div)(neg(expr.left), expr.right)
    return Unary("-", expr)


def scaled(factor: Expr, expr: Expr) -> Expr:
    """Return ``factor * expr``, with the divisor of `expr` moved into the factor.

    ``dt`` times ``(B - v)/tau`` becomes ``(dt/tau) * (B - v)``, and ``dt/tau`` can be hoisted.
    """
    if _is_quotient(expr):
        return mul(div(factor, expr.right), expr.left)
    return mul(factor, expr)


def contains(expr: Expr, wanted: frozenset[Symbol]) -> bool:
    """Tell if any of the `wanted` symbols occurs in `expr`."""
    return any(e in wanted for e in walk(expr) if isinstance(e, Symbol))


def _is(expr: Expr, number: int) -> bool:
    return isinstance(expr, Literal) and expr.value == number


def _is_quotient(expr: Expr) -> TypeGuard[Binary]:
    return isinstance(expr, Binary) and expr.op == "/"


def _is_negative(expr: Expr) -> bool:
    if isinstance(expr, Literal):
        return expr.value < 0
    if isinstance(expr, Unary):
        return expr.op == "-"
    return isinstance(expr, Binary) and expr.op in ("*", "/") and _is_negative(expr.left)
