"""Compute once per step what is the same for all neurons or synapses.

`hoist` moves every largest sub-expression of global symbols out of the statements, so that
``exp(-dt/tau)`` is one exponential per step and not one per neuron. The values do not change:
the same operations are done, only elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from annlab.codegen.lowering.arithmetic import div, temporary
from annlab.codegen.lowering.kernel import Statement
from annlab.ir.expr import (
    Binary,
    Expr,
    Literal,
    Locality,
    Side,
    Symbol,
    SymbolKind,
    dtype_of,
    substitute,
    symbols,
    transform,
)

_VARYING = frozenset({SymbolKind.DRAW, SymbolKind.CONDUCTANCE})


def is_invariant(expr: Expr) -> bool:
    """Tell if `expr` has one value for the whole population or projection during a step."""
    return all(_is_shared(s) for s in symbols(expr))


def _is_shared(symbol: Symbol) -> bool:
    # With a delay per synapse, a global value of the presynaptic side differs among synapses.
    return (
        symbol.locality is Locality.GLOBAL
        and symbol.kind not in _VARYING
        and symbol.side is not Side.PRE
    )


def multiply_by_reciprocals(expr: Expr) -> Expr:
    """Replace ``x / tau`` by ``x * (1/tau)`` where `tau` is invariant and x is not.

    Changes the value by rounding, so it is for ODEs and not for the user's assignments.
    """
    return transform(expr, _reciprocal)


def _reciprocal(expr: Expr) -> Expr | None:
    if not isinstance(expr, Binary) or expr.op != "/":
        return None
    if not is_invariant(expr.right) or is_invariant(expr.left):
        return None
    if isinstance(expr.right, Literal):
        if expr.right.value == 0:
            return None
        factor: Expr = Literal(1.0 / expr.right.value)
    else:
        factor = div(Literal(1.0), expr.right)
    return Binary("*", multiply_by_reciprocals(expr.left), factor)


def hoist(lists: Sequence[Sequence[Statement]]) -> tuple[list[Statement], list[list[Statement]]]:
    """Return the invariants of several lists of statements, and the lists that use them."""
    found: dict[Expr, Symbol] = {}

    def visit(expr: Expr) -> Expr | None:
        if not is_invariant(expr):
            return None
        if isinstance(expr, Symbol | Literal) or not symbols(expr):
            return expr
        return found.setdefault(expr, _invariant(len(found), expr))

    changed = [_replaced(statements, visit) for statements in lists]
    return [Statement(target=s, value=e) for e, s in found.items()], changed


def _replaced(
    statements: Sequence[Statement], visit: Callable[[Expr], Expr | None]
) -> list[Statement]:
    """Apply `visit` to all values; temporaries that become invariant disappear."""
    same: dict[Symbol, Expr] = {}
    kept: list[Statement] = []
    for statement in statements:
        value = transform(substitute(statement.value, same), visit)
        is_temporary = statement.target.kind is SymbolKind.TEMPORARY
        if is_temporary and isinstance(value, Symbol | Literal) and is_invariant(value):
            same[statement.target] = value
        else:
            kept.append(replace(statement, value=value))
    return kept


def _invariant(number: int, expr: Expr) -> Symbol:
    return replace(temporary(f"h{number}", Locality.GLOBAL), dtype=dtype_of(expr))
