"""Execute a list of statements: values, bounds, refractoriness."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import DTypeLike, NDArray

from annlab.codegen.lowering.kernel import Statement
from annlab.codegen.reference.evaluate import Lookup, Value, converted, evaluate
from annlab.ir.expr import Expr, Symbol, SymbolKind

Store = Callable[[Symbol, Value], None]
Temporaries = dict[Symbol, Value]


def run_statements(
    statements: Iterable[Statement],
    lookup: Lookup,
    store: Store,
    *,
    mask: NDArray[np.bool_] | None = None,
    temporaries: Temporaries | None = None,
    float_type: DTypeLike = np.float64,
) -> None:
    """Execute `statements` in order.

    Parameters
    ----------
    lookup, store
        Read and write the value of a symbol. Temporaries never reach them.
    mask
        Where frozen statements take effect (True) or keep the old value (False); bounds apply
        everywhere.
    temporaries
        Values of temporaries declared before (the invariants); new ones are added.
    """
    local: Temporaries = {} if temporaries is None else temporaries

    def find(symbol: Symbol) -> Value:
        return local[symbol] if symbol in local else lookup(symbol)

    for statement in statements:
        target = statement.target
        value = evaluate(statement.value, find, float_type=float_type)
        value = converted(value, target.dtype, float_type)
        if target.kind is SymbolKind.TEMPORARY:
            local[target] = value
            continue
        if statement.is_frozen and mask is not None:
            value = np.where(mask, value, find(target))
        store(target, _bounded(statement, value, find, float_type))


def _bounded(statement: Statement, value: Value, find: Lookup, float_type: DTypeLike) -> Value:
    def limit(bound: Expr) -> Value:
        # A bound may depend on the variable itself, whose value is then the new one.
        return evaluate(
            bound, lambda s: value if s == statement.target else find(s), float_type=float_type
        )

    dtype = statement.target.dtype
    if statement.minimum is not None:
        low = limit(statement.minimum)
        value = converted(np.where(value < low, low, value), dtype, float_type)
    if statement.maximum is not None:
        high = limit(statement.maximum)
        value = converted(np.where(value > high, high, value), dtype, float_type)
    return value
