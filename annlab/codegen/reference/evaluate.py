"""The value of an expression over NumPy arrays: what each operator and function means.

Takes a typed expression and a function from symbols to values; returns an array or a scalar.
Slow and plain on purpose: the other back ends are tested against it.

Real numbers have the width of `float_type`; whole numbers keep the width of their arrays. No
operation warns or raises: a division by zero gives inf or NaN, as on the other back ends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from annlab.ir.expr import (
    Binary,
    Call,
    Cast,
    Compare,
    DType,
    Expr,
    Literal,
    Logic,
    Select,
    Symbol,
    Unary,
)

# NumPy arrays and scalars alike, of any dtype: naming them all would hide the idea.
Value = Any
Lookup = Callable[[Symbol], Value]


def evaluate(
    expr: Expr, lookup: Lookup | Mapping[Symbol, Value], *, float_type: DTypeLike = np.float64
) -> Value:
    """Return the value of `expr`; shapes of the symbols' values broadcast.

    Examples
    --------
    >>> evaluate(Call("round", (Literal(-2.5),)), {})
    np.float64(-3.0)
    """
    find = lookup.__getitem__ if isinstance(lookup, Mapping) else lookup
    with np.errstate(all="ignore"):
        return _Evaluator(find, float_type).value(expr)


def converted(value: Value, dtype: DType, float_type: DTypeLike = np.float64) -> Value:
    """Convert to a kind of number: towards zero for INT, "is not 0" for BOOL."""
    array = np.asarray(value)
    if dtype is DType.FLOAT:
        return array.astype(float_type, copy=False)[()]
    if dtype is DType.BOOL:
        return (array != 0)[()]
    if array.dtype.kind == "f":
        with np.errstate(invalid="ignore"):
            return np.trunc(array).astype(np.int64)[()]
    return (array.astype(np.int64) if array.dtype.kind == "b" else array)[()]


@dataclass(frozen=True, slots=True)
class _Evaluator:
    lookup: Lookup
    float_type: DTypeLike

    def value(self, expr: Expr) -> Value:
        match expr:
            case Literal(value):
                return converted(value, expr.dtype, self.float_type)
            case Symbol():
                return converted(self.lookup(expr), expr.dtype, self.float_type)
            case Unary("not", operand):
                return np.logical_not(self.truth(operand))
            case Unary(_, operand):
                return -self.number(operand, expr.dtype)
            case Binary():
                return self.binary(expr)
            case Compare(op, left, right):
                kind = Binary("+", left, right).dtype
                return _COMPARISONS[op](self.number(left, kind), self.number(right, kind))
            case Logic(op, left, right):
                both = np.logical_and if op == "and" else np.logical_or
                return both(self.truth(left), self.truth(right))
            case Call():
                return self.call(expr)
            case Select(condition, then, otherwise):
                chosen = (self.number(e, expr.dtype) for e in (then, otherwise))
                return np.where(self.truth(condition), *chosen)[()]
            case Cast(dtype, operand):
                return converted(self.value(operand), dtype, self.float_type)
        raise TypeError(f"not an expression: {expr!r}")

    def number(self, expr: Expr, dtype: DType) -> Value:
        return converted(self.value(expr), dtype, self.float_type)

    def truth(self, expr: Expr) -> Value:
        return converted(self.value(expr), DType.BOOL)

    def binary(self, expr: Binary) -> Value:
        if expr.op == "**" and isinstance(expr.right, Literal) and _is_small(expr.right.value):
            return _power(self.number(expr.left, expr.dtype), int(expr.right.value))
        operands = (self.number(e, expr.dtype) for e in (expr.left, expr.right))
        return _OPERATORS[expr.op](*operands)

    def call(self, expr: Call) -> Value:
        name, arguments = expr.function, expr.arguments
        if name == "modulo":
            return _modulo(*(self.number(a, DType.INT) for a in arguments))
        if name == "power":
            return _power(self.number(arguments[0], DType.FLOAT), self.exponent(arguments[1]))
        kind = expr.dtype if name in _KEEPS_KIND else DType.FLOAT
        return _FUNCTIONS[name](*(self.number(a, kind) for a in arguments))

    def exponent(self, expr: Expr) -> Value:
        return self.number(expr, DType.INT)


def _is_small(exponent: float) -> bool:
    return exponent == int(exponent) and 0 <= exponent <= 64


def _power(base: Value, exponent: Value) -> Value:
    """Multiply `base` with itself; the exponent may differ among elements."""
    result = np.ones(
        np.broadcast_shapes(np.shape(base), np.shape(exponent)), np.asarray(base).dtype
    )
    for n in range(int(np.max(exponent, initial=0))):
        result = np.where(n < exponent, base if n == 0 else result * base, result)
    return result[()]


def _modulo(left: Value, right: Value) -> Value:
    # The sign of C: that of the dividend. A remainder of a division by 0 is 0.
    return np.where(right == 0, 0, np.fmod(left, np.where(right == 0, 1, right)))[()]


def _round(x: Value) -> Value:
    # Not floor(x + 0.5), which is 1 for the largest number below 0.5.
    whole = np.trunc(x)
    return np.where(np.abs(x - whole) >= 0.5, whole + np.copysign(1, x).astype(x.dtype), whole)[()]


def _exprel(x: Value) -> Value:
    return np.where(x == 0, 1, np.expm1(x) / x).astype(x.dtype)[()]


def _minimum(*values: Value) -> Value:
    return reduce(lambda a, b: np.where(b < a, b, a)[()], values)


def _maximum(*values: Value) -> Value:
    return reduce(lambda a, b: np.where(b > a, b, a)[()], values)


def _clip(x: Value, low: Value, high: Value) -> Value:
    return np.where(x < low, low, np.where(x > high, high, x))[()]


def _pos(x: Value) -> Value:
    return np.where(x > 0, x, np.zeros_like(x))[()]


def _neg(x: Value) -> Value:
    return np.where(x < 0, x, np.zeros_like(x))[()]


_OPERATORS: dict[str, Callable[[Value, Value], Value]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.true_divide,
    "**": np.power,
}

_COMPARISONS: dict[str, Callable[[Value, Value], Value]] = {
    "==": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}

_KEEPS_KIND = frozenset({"abs", "pos", "neg", "clip", "min", "max"})

_FUNCTIONS: dict[str, Callable[..., Value]] = {
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "expm1": np.expm1,
    "exprel": _exprel,
    "abs": np.abs,
    "pos": _pos,
    "neg": _neg,
    "clip": _clip,
    "min": _minimum,
    "max": _maximum,
    "round": _round,
    "isnan": np.isnan,
    "isfinite": np.isfinite,
}
