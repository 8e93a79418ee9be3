"""Compute an expensive function once where a list of statements needs its value several times.

Compilers do not see that two calls of a vectorised ``exp`` are the same, and the reference back
end does not look. Cheap arithmetic is left alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from annlab.codegen.lowering.arithmetic import temporary
from annlab.codegen.lowering.kernel import Statement
from annlab.ir.expr import (
    Binary,
    Call,
    Expr,
    Literal,
    Locality,
    Symbol,
    SymbolKind,
    children,
    dtype_of,
    symbols,
    transform,
    walk,
)

_CHEAP = frozenset({"abs", "pos", "neg", "clip", "min", "max", "isnan", "isfinite", "round"})

# An expression together with how often each of its symbols has been assigned before.
_Key = tuple[Expr, frozenset[tuple[Symbol, int]]]


def share(statements: Sequence[Statement], *, prefix: str = "c") -> list[Statement]:
    """Replace repeated expensive calls of `statements` by temporaries ``_c0``, ``_c1`` ..."""
    current = list(statements)
    for number in range(sum(1 for s in statements for _ in walk(s.value))):
        repeated = _largest_repeated(current)
        if repeated is None:
            break
        current = _with_temporary(current, repeated, f"{prefix}{number}")
    return current


def _is_expensive(expr: Expr) -> bool:
    if isinstance(expr, Call):
        return expr.function not in _CHEAP
    if isinstance(expr, Binary) and expr.op == "**":
        return not isinstance(expr.right, Literal) or expr.right.value != int(expr.right.value)
    return False


def _versioned(statements: Sequence[Statement]) -> Iterator[tuple[Statement, Counter[Symbol]]]:
    versions: Counter[Symbol] = Counter()
    for statement in statements:
        yield statement, versions
        if statement.target.kind is not SymbolKind.TEMPORARY:
            versions[statement.target] += 1


def _key(expr: Expr, versions: Counter[Symbol]) -> _Key:
    return expr, frozenset((s, versions[s]) for s in symbols(expr))


def _largest_repeated(statements: Sequence[Statement]) -> _Key | None:
    counts: Counter[_Key] = Counter()
    for statement, versions in _versioned(statements):
        counts.update(_key(e, versions) for e in walk(statement.value) if _is_expensive(e))
    repeated = [key for key, n in counts.items() if n > 1]
    return max(repeated, key=lambda key: _size(key[0]), default=None)


def _size(expr: Expr) -> int:
    return 1 + sum(_size(child) for child in children(expr))


def _with_temporary(statements: Sequence[Statement], wanted: _Key, name: str) -> list[Statement]:
    is_shared = all(s.locality is Locality.GLOBAL for s in symbols(wanted[0]))
    locality = Locality.GLOBAL if is_shared else Locality.LOCAL
    target = replace(temporary(name, locality), dtype=dtype_of(wanted[0]))
    changed: list[Statement] = []
    is_declared = False
    for statement, versions in _versioned(statements):

        def visit(expr: Expr, versions: Counter[Symbol] = versions) -> Expr | None:
            return target if expr == wanted[0] and _key(expr, versions) == wanted else None

        value = transform(statement.value, visit)
        if value != statement.value and not is_declared:
            changed.append(Statement(target=target, value=wanted[0]))
            is_declared = True
        changed.append(replace(statement, value=value))
    return changed
