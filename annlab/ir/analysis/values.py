"""Numbers that stand in the text of a model: literals and random distributions."""

from __future__ import annotations

import math
import numbers
import operator
from collections.abc import Callable

from annlab.errors import EquationError, Source
from annlab.ir.expr import DType
from annlab.language.syntax import Apply, Infix, Node, Number, Prefix

DISTRIBUTIONS: dict[str, tuple[str, ...]] = {
    "Uniform": ("min", "max"),
    "DiscreteUniform": ("min", "max"),
    "Normal": ("mu", "sigma"),
    "LogNormal": ("mu", "sigma"),
    "Exponential": ("lambda",),
    "Gamma": ("alpha", "beta"),
    "Binomial": ("n", "p"),
}
_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
_ZERO: dict[DType, bool | int | float] = {DType.FLOAT: 0.0, DType.INT: 0, DType.BOOL: False}


def zero(dtype: DType) -> bool | int | float:
    """Return what an attribute starts from if nothing else is said."""
    return _ZERO[dtype]


def fold(node: Node, source: Source) -> bool | int | float | None:
    """Return the number that arithmetic with literals gives; None if names occur in it."""
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Prefix) and node.op == "-":
        inner = fold(node.operand, source)
        return None if inner is None else -inner
    if isinstance(node, Infix):
        left, right = fold(node.left, source), fold(node.right, source)
        if left is not None and right is not None:
            return _calculate(node, left, right, source)
    return None


def _calculate(node: Infix, left: float, right: float, source: Source) -> float | None:
    try:
        if node.op == "**":
            power = float(left) ** float(right)
            return power if isinstance(power, float) else None
        function = _ARITHMETIC.get(node.op)
        return None if function is None else function(left, right)
    except (ZeroDivisionError, OverflowError) as error:
        raise EquationError(
            f"the number cannot be calculated: {error}", source=source, span=node.span
        ) from error


def is_distribution(value: object) -> bool:
    """Is this a random distribution of the host side?"""
    return hasattr(value, "get_values")


def is_constant(value: object) -> bool:
    """Is this a user's Constant?"""
    return isinstance(value, float) and hasattr(value, "name")


def is_number(value: object) -> bool:
    """Is this a single number of Python or NumPy?"""
    return isinstance(value, numbers.Real) or type(value).__name__ in ("bool", "bool_")


def plain_number(value: object) -> bool | int | float:
    """Return a number of NumPy as one of Python."""
    if isinstance(value, bool | int):
        return value
    if isinstance(value, numbers.Integral):
        return int(value)
    is_truth = type(value).__name__ in ("bool", "bool_")
    return bool(value) if is_truth else float(value)  # type: ignore[arg-type]  # see is_number


def as_dtype(value: object, dtype: DType) -> object:
    """Return a number as the kind of an attribute; everything else unchanged."""
    if is_constant(value) or not is_number(value):
        return value
    if dtype is DType.BOOL:
        return bool(value)
    if dtype is DType.INT:
        return int(value)  # type: ignore[call-overload]  # is_number says it is one
    return float(value)  # type: ignore[arg-type]


def check_distribution(node: Apply, source: Source) -> None:
    """Refuse a random distribution with too few or too many arguments."""
    expected = DISTRIBUTIONS[node.function]
    if len(node.arguments) != len(expected):
        raise EquationError(
            f"'{node.function}' takes {len(expected)} argument{'s'[: len(expected) > 1]}, "
            f"not {len(node.arguments)}",
            source=source,
            span=node.span,
            hint=f"write '{node.function}({', '.join(expected)})'",
        )


# What the numbers of a distribution must be, by position; a pair must be in order.
_DOMAINS: dict[str, tuple[tuple[str, Callable[..., bool]], ...]] = {
    "Uniform": (("min must be below max", lambda low, high: low < high),),
    "DiscreteUniform": (("min must not be above max", lambda low, high: low <= high),),
    "Normal": (("sigma must not be below 0", lambda _, sigma: sigma >= 0),),
    "LogNormal": (("sigma must not be below 0", lambda _, sigma: sigma >= 0),),
    "Exponential": (("lambda must be above 0", lambda rate: rate > 0),),
    "Gamma": (
        ("alpha must be above 0", lambda shape, _: shape > 0),
        ("beta must be above 0", lambda _, scale: scale > 0),
    ),
    "Binomial": (
        ("n must be a whole number of at least 0", lambda n, _: n >= 0 and n % 1 == 0),
        ("p must lie between 0 and 1", lambda _, p: 0 <= p <= 1),
    ),
}
_ANYTHING = {"min": -math.inf, "max": math.inf, "n": 1, "p": 0.5}


def check_domain(node: Apply, source: Source) -> None:
    """Refuse numbers that are no parameters of the distribution; names are seen when drawn."""
    given = [fold(argument, source) for argument in node.arguments]
    values = [
        _ANYTHING.get(name, 1.0) if number is None else number
        for name, number in zip(DISTRIBUTIONS[node.function], given)
    ]
    for rule, holds in _DOMAINS[node.function]:
        if not holds(*values):
            raise EquationError(
                f"'{node.function}' cannot be drawn with these numbers",
                source=source,
                span=node.span,
                why=rule,
            )
