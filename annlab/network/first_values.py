"""First values that are computed from parameters and Constants: ``v : init = E_L - 5.0``.

Takes an attribute's first value as the model declares it; returns what it depends on, an order in
which to compute several, and the number. Knows neither populations nor projections.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from annlab.ir.expr import Expr, SymbolKind, symbols
from annlab.ir.model import Attribute


def computed(expr: Expr, *, attribute: Callable[[str], Any], constant: Callable[[str], Any]) -> Any:
    """Return the value of `expr`, given how to look up attributes and Constants by name."""
    values = {
        symbol: (constant if symbol.kind is SymbolKind.CONSTANT else attribute)(symbol.name)
        for symbol in symbols(expr)
    }
    # Imported late: the interpreter is no part of a network that comes from the cache.
    return import_module("annlab.codegen.reference").evaluate(expr, values)


def by_dependence(attributes: Iterable[Attribute]) -> list[Attribute]:
    """Return attributes so that each stands behind those that its first value is made of."""
    waiting = {a.name: a for a in attributes}
    ordered: list[Attribute] = []

    def visit(attribute: Attribute) -> None:
        for name in _names(attribute.init):
            if (other := waiting.pop(name, None)) is not None:
                visit(other)
        ordered.append(attribute)

    while waiting:
        visit(waiting.pop(next(iter(waiting))))
    return ordered


def _names(init: object) -> tuple[str, ...]:
    if isinstance(init, Expr):
        return tuple(s.name for s in symbols(init))
    return (init,) if isinstance(init, str) else ()


__all__ = ["by_dependence", "computed"]
