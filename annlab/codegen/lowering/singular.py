"""Give ``u/(exp(u/c) - 1)`` its value at ``u = 0``, where the text says 0/0.

Rates of ion channels are written this way (Traub & Miles 1991). The expression becomes
``c/exprel(u/c)`` with ``exprel(z) = (exp(z) - 1)/z`` and ``exprel(0) = 1``: the same value up to
rounding everywhere else, and the limit `c` at the singular point.
"""

from __future__ import annotations

from dataclasses import dataclass

from annlab.codegen.lowering.arithmetic import ONE, div, mul, neg
from annlab.ir.expr import Binary, Call, Expr, Literal, Unary, symbols, transform


def without_singularities(expr: Expr) -> Expr:
    """Rewrite all quotients of the form ``k*u/(exp(u/c) - 1)`` in `expr`."""
    return transform(expr, _rewritten)


@dataclass(frozen=True, slots=True)
class _Product:
    """``above[0] * above[1] ... / (below[0] * ...)``."""

    above: tuple[Expr, ...]
    below: tuple[Expr, ...]


def _rewritten(expr: Expr) -> Expr | None:
    if not isinstance(expr, Binary) or expr.op not in "*/" or not _has_exponential(expr):
        return None
    product = _factors(expr)
    for i, divisor in enumerate(product.below):
        found = _exponent(divisor)
        if found is None:
            continue
        exponent, is_reversed = found
        for j, factor in enumerate(product.above):
            scale = _ratio(factor, exponent)
            if scale is not None:
                scale = neg(scale) if is_reversed else scale
                rest = _Product(_without(product.above, j), _without(product.below, i))
                return _joined(rest, scale, Call("exprel", (exponent,)))
    return None


def _has_exponential(expr: Expr) -> bool:
    return any(_exponent(divisor) is not None for divisor in _factors(expr).below)


def _exponent(divisor: Expr) -> tuple[Expr, bool] | None:
    """Return E of ``exp(E) - 1``, and whether it was written ``1 - exp(E)``."""
    if not isinstance(divisor, Binary):
        return None
    left, right = divisor.left, divisor.right
    first, second = _exp_argument(left), _exp_argument(right)
    if divisor.op == "-" and first is not None and _is_number(right, 1):
        return first, False
    if divisor.op == "-" and _is_number(left, 1) and second is not None:
        return second, True
    if divisor.op == "+" and _is_number(left, -1) and second is not None:
        return second, False
    return None


def _exp_argument(expr: Expr) -> Expr | None:
    return expr.arguments[0] if isinstance(expr, Call) and expr.function == "exp" else None


def _is_number(expr: Expr, number: int) -> bool:
    if isinstance(expr, Unary) and expr.op == "-":
        return _is_number(expr.operand, -number)
    return isinstance(expr, Literal) and expr.value == number


def _factors(expr: Expr) -> _Product:
    if isinstance(expr, Binary) and expr.op == "*":
        left, right = _factors(expr.left), _factors(expr.right)
        return _Product(left.above + right.above, left.below + right.below)
    if isinstance(expr, Binary) and expr.op == "/":
        left, right = _factors(expr.left), _factors(expr.right)
        return _Product(left.above + right.below, left.below + right.above)
    if isinstance(expr, Unary) and expr.op == "-":
        inner = _factors(expr.operand)
        return _Product((Literal(-1.0), *inner.above), inner.below)
    return _Product((expr,), ())


def _without(items: tuple[Expr, ...], index: int) -> tuple[Expr, ...]:
    return items[:index] + items[index + 1 :]


def _joined(rest: _Product, scale: Expr, exprel: Expr) -> Expr:
    result = ONE
    for factor in (*rest.above, scale):
        result = mul(result, without_singularities(factor))
    divisor: Expr = exprel
    for factor in rest.below:
        divisor = mul(without_singularities(factor), divisor)
    return div(result, divisor)


def _ratio(numerator: Expr, exponent: Expr) -> Expr | None:
    """Return c with ``numerator == c * exponent``, or None if they are not proportional."""
    parts = _factors(exponent)
    for i, core in enumerate(parts.above):
        ratio = _sum_ratio(numerator, core) if symbols(core) else None
        if ratio is not None:
            scale: Expr = Literal(ratio)
            for factor in parts.below:
                scale = mul(scale, factor)
            for factor in _without(parts.above, i):
                scale = div(scale, factor)
            return scale
    return None


def _sum_ratio(numerator: Expr, denominator: Expr) -> float | None:
    above, below = _terms(numerator), _terms(denominator)
    if above.keys() != below.keys():
        return None
    ratios = {above[term] / below[term] for term in above}
    return ratios.pop() if len(ratios) == 1 else None


def _terms(expr: Expr) -> dict[Expr, float]:
    """Return the factor of each term of a sum; the constant term has key 1."""
    total: dict[Expr, float] = {}
    _add_terms(expr, 1.0, total)
    return {term: factor for term, factor in total.items() if factor != 0}


def _add_terms(expr: Expr, sign: float, total: dict[Expr, float]) -> None:
    if isinstance(expr, Binary) and expr.op in ("+", "-"):
        _add_terms(expr.left, sign, total)
        _add_terms(expr.right, sign if expr.op == "+" else -sign, total)
    elif isinstance(expr, Unary) and expr.op == "-":
        _add_terms(expr.operand, -sign, total)
    elif isinstance(expr, Literal):
        total[ONE] = total.get(ONE, 0.0) + sign * expr.value
    else:
        total[expr] = total.get(expr, 0.0) + sign
