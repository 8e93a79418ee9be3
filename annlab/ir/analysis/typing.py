"""Turn syntax trees into typed expressions.

Every name is looked up in a `Scope`, synonyms get their one name, users'
functions are inlined, and numbers that stand as conditions become conditions.
The order of operands is kept.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from annlab.errors import Span, nearest
from annlab.ir.analysis.scope import Place, Scope, UserFunction
from annlab.ir.analysis.values import DISTRIBUTIONS, check_distribution, check_domain, fold
from annlab.ir.expr import (
    FUNCTIONS,
    Binary,
    Call,
    Cast,
    Compare,
    DType,
    Expr,
    Literal,
    Locality,
    Logic,
    Select,
    Symbol,
    SymbolKind,
    Unary,
    dtype_of,
    substitute,
)
from annlab.ir.model import Distribution
from annlab.language.printer import print_expression
from annlab.language.syntax import (
    Apply,
    Conditional,
    Dotted,
    Gradient,
    Infix,
    Name,
    Node,
    Number,
    Prefix,
    Text,
    walk,
)

_SYNONYMS = {"ln": "log", "positive": "pos", "negative": "neg", "fabs": "abs"}
_HIDDEN = frozenset({"expm1", "exprel"})
REDUCTIONS = frozenset({"min", "max", "mean", "norm1", "norm2"})
BUILT_IN = frozenset(
    {*(FUNCTIONS.keys() - _HIDDEN), *_SYNONYMS, *REDUCTIONS, *DISTRIBUTIONS, "pow", "ite", "sum"}
)
_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
# Functions of other languages that are none here, and how to say the same.
_ELSEWHERE = {
    **dict.fromkeys(("int", "trunc"), "give the variable the flag 'int', which cuts off the rest"),
    **dict.fromkeys(("float", "double"), "numbers are real anyway: leave it out"),
    # Not 'round(x - 0.5)': a half is rounded away from 0, which is wrong for whole numbers.
    **dict.fromkeys(
        ("floor", "ceil"), "a variable with the flag 'int' cuts off what stands behind the point"
    ),
    **dict.fromkeys(("sign", "sgn"), "write 'ite(x > 0.0, 1.0, ite(x < 0.0, -1.0, 0.0))'"),
    **dict.fromkeys(("heaviside", "step"), "write 'ite(x > 0.0, 1.0, 0.0)'"),
    **dict.fromkeys(("relu", "rect"), "write 'pos(x)'"),
    **dict.fromkeys(("sigmoid", "logistic"), "write '1.0 / (1.0 + exp(-x))'"),
    **dict.fromkeys(("where", "select"), "write 'ite(condition, value, value)'"),
    **dict.fromkeys(("mod", "fmod", "remainder"), "write 'modulo(a, b)'"),
    **dict.fromkeys(("rand", "random"), "write 'Uniform(0.0, 1.0)'"),
    "randn": "write 'Normal(0.0, 1.0)'",
    "square": "write 'x^2'",
    "log2": "write 'log(x) / log(2.0)'",
    "log10": "write 'log(x) / log(10.0)'",
    "log1p": "write 'log(1.0 + x)'",
    "expm1": "write 'exp(x) - 1.0'",
    "atan2": "write 'atan(y / x)' for x > 0",
}
_FIXED = "the arguments of a distribution are numbers, global parameters or Constants"


class Typer:
    """Types the expressions at one place of a model."""

    def __init__(self, scope: Scope, place: Place) -> None:
        self._scope = scope
        self._place = place
        self._visit: dict[type, Callable[..., Expr]] = {
            Number: self._number,
            Name: self._name,
            Dotted: self._dotted,
            Apply: self._apply,
            Prefix: self._prefix,
            Infix: self._infix,
            Conditional: self._conditional,
            Gradient: self._gradient,
            Text: self._text,
        }

    def value(self, node: Node) -> Expr:
        """Return the typed form of `node`."""
        return self._visit[type(node)](node)

    def condition(self, node: Node) -> Expr:
        """Return the typed form of `node` as something true or false."""
        return as_condition(self.value(node))

    def _number(self, node: Number) -> Expr:
        value = node.value
        return Literal(float(value) if isinstance(value, int) and value >= 2**63 else value)

    def _name(self, node: Name) -> Expr:
        if node.name == "pi" and "pi" not in self._scope.symbols:
            return Literal(math.pi)
        return self._scope.name(node.name, node.span, self._place)

    def _dotted(self, node: Dotted) -> Expr:
        return self._scope.dotted(node.owner, node.name, node.span, self._place)

    def _text(self, node: Text) -> Expr:
        raise self._place.error("quoted text cannot stand in an expression", node.span)

    def _gradient(self, node: Gradient) -> Expr:
        if node.name != self._place.gradient:
            raise self._foreign_gradient(node)
        return Symbol(node.name, SymbolKind.GRADIENT, locality=self._place.locality)

    def _foreign_gradient(self, node: Gradient) -> Exception:
        gradient = f"'d{node.name}/dt'"
        if self._place.gradient is not None:
            return self._place.error(
                f"a second gradient {gradient}",
                node.span,
                hint="an equation holds the gradient of one variable",
            )
        return self._place.error(f"the gradient {gradient} cannot stand here", node.span)

    def _prefix(self, node: Prefix) -> Expr:
        if node.op == "not":
            return Unary("not", self.condition(node.operand))
        return Unary("-", self.value(node.operand))

    def _infix(self, node: Infix) -> Expr:
        op = node.op
        if op == "and" and _is_chain(node):
            return self._chain(node)
        if op in ("and", "or"):
            return Logic(op, self.condition(node.left), self.condition(node.right))
        left, right = self.value(node.left), self.value(node.right)
        if op in _COMPARISONS:
            return Compare(op, left, right)
        return _power(left, right) if op == "**" else Binary(op, left, right)

    def _chain(self, node: Infix) -> Expr:
        """Type ``a < b < c``: `b` is one value, also where it is drawn."""
        earlier = self.condition(node.left)
        last = earlier.right if isinstance(earlier, Logic) else earlier
        assert isinstance(last, Compare)
        assert isinstance(node.right, Infix)
        return Logic(
            "and", earlier, Compare(node.right.op, last.right, self.value(node.right.right))
        )

    def _conditional(self, node: Conditional) -> Expr:
        return Select(
            self.condition(node.condition), self.value(node.then), self.value(node.otherwise)
        )

    # -- calls ------------------------------------------------------------------------

    def _apply(self, node: Apply) -> Expr:
        name = node.function
        if name == "sum":
            return self._sum(node)
        if node.owner is not None:
            raise self._place.error(
                f"'{node.owner}.{name}(...)' has no meaning",
                node.span,
                hint=f"only '{node.owner}.sum(target)' may follow '{node.owner}.'",
            )
        if name in REDUCTIONS and (len(node.arguments) == 1 or name not in FUNCTIONS):
            return self._reduction(node)
        if name in DISTRIBUTIONS:
            return self._draw(node)
        return self._function(node)

    def _function(self, node: Apply) -> Expr:
        name = _SYNONYMS.get(node.function, node.function)
        if name == "ite":
            self._check_count(node, 3, 3)
            condition, then, otherwise = node.arguments
            return Select(self.condition(condition), self.value(then), self.value(otherwise))
        if name == "pow":
            self._check_count(node, 2, 2)
            return _power(*(self.value(a) for a in node.arguments))
        if name in FUNCTIONS and name not in _HIDDEN:
            self._check_count(node, *FUNCTIONS[name].n_arguments)
            if name == "power":
                self._check_whole_power(node)
            return Call(name, tuple(self.value(a) for a in node.arguments))
        function = self._scope.functions.find(name)
        if function is None:
            raise self._unknown_function(node)
        return self._inline(function, node)

    def _check_whole_power(self, node: Apply) -> None:
        times = fold(node.arguments[1], self._place.source)
        if times is not None and (times < 0 or times != int(times)):
            raise self._place.error(
                f"'power' multiplies a whole number of times, not {times}",
                node.arguments[1].span,
                hint="write 'pow(x, y)' or 'x^y'",
            )

    def _inline(self, function: UserFunction, node: Apply) -> Expr:
        n_arguments = len(function.arguments)
        self._check_count(node, n_arguments, n_arguments)
        for constant in function.constants:
            self._scope.usage.constants[constant] = None
        table = {
            symbol: convert(self.value(argument), symbol.dtype)
            for symbol, argument in zip(function.arguments, node.arguments, strict=True)
        }
        return substitute(function.body, table)

    def _sum(self, node: Apply) -> Expr:
        self._check_count(node, 0, 1)
        target = ""
        if node.arguments:
            argument = node.arguments[0]
            if not isinstance(argument, Name):
                raise self._place.error(
                    "'sum' takes the name of a target",
                    argument.span,
                    hint="write for instance 'sum(exc)'",
                )
            target = argument.name
        return self._scope.weighted_sum(node.owner, target, node.span, self._place)

    def _reduction(self, node: Apply) -> Expr:
        self._check_count(node, 1, 1)
        return self._scope.reduction(node.function, node.arguments[0], node.span, self._place)

    def _draw(self, node: Apply) -> Expr:
        if self._place.no_draws is not None:
            raise self._place.error(
                f"a random number '{node.function}' cannot be drawn here",
                node.span,
                why=self._place.no_draws,
                hint="draw it in an equation and use that variable here",
            )
        return self._scope.usage.draw(self.distribution(node), self._place.locality)

    def distribution(self, node: Apply) -> Distribution:
        """Return a random distribution; its arguments must be the same for all elements."""
        check_distribution(node, self._place.source)
        inner = Typer(self._scope, replace(self._place, locality=Locality.LOCAL, no_draws=_FIXED))
        arguments = tuple(inner.value(a) for a in node.arguments)
        for argument in node.arguments:
            self._check_fixed(argument, node.function)
        check_domain(node, self._place.source)
        return Distribution(name=node.function, arguments=arguments)

    def _check_fixed(self, argument: Node, function: str) -> None:
        for part in walk(argument):
            if isinstance(part, Name) and self._scope.is_fixed(part.name):
                continue
            if isinstance(part, Name | Dotted) or _is_sum(part):
                name = part.name if isinstance(part, Name) else print_expression(part)
                raise self._place.error(
                    f"'{name}' cannot be an argument of '{function}'",
                    part.span,
                    why=_FIXED,
                    hint="scale the random number instead, or make it a global parameter",
                )

    def _check_count(self, node: Apply, least: int, most: int | None) -> None:
        count = len(node.arguments)
        if count < least or (most is not None and count > most):
            raise self._place.error(
                f"'{node.function}' takes {_arity(least, most)}, not {count}", node.span
            )

    def _unknown_function(self, node: Apply) -> Exception:
        known = sorted(BUILT_IN | set(self._scope.functions.names()))
        near = nearest(node.function, known)
        hint = _ELSEWHERE.get(node.function) or (f"did you mean '{near}'?" if near else None)
        if node.function in self._scope.symbols:
            hint = f"'{node.function}' is not a function; write '*' to multiply"
        return self._place.error(
            f"unknown function '{node.function}'",
            Span(node.span.start, node.span.start + len(node.function)),
            hint=hint,
        )


def _is_chain(node: Infix) -> bool:
    """Tell whether the parser made an ``and`` of a chain: then both sides share an operand."""
    left, right = node.left, node.right
    if isinstance(left, Infix) and left.op == "and":
        left = left.right
    are_compared = all(isinstance(e, Infix) and e.op in _COMPARISONS for e in (left, right))
    return are_compared and left.right is right.left  # type: ignore[attr-defined]  # Infix


def _is_sum(node: Node) -> bool:
    return isinstance(node, Apply) and (node.function == "sum" or node.function in REDUCTIONS)


def _arity(least: int, most: int | None) -> str:
    if most is None:
        return f"at least {least} arguments"
    words = f"{least}" if least == most else f"{least} or {most}"
    return f"{words} argument{'' if most == 1 else 's'}"


def _power(base: Expr, exponent: Expr) -> Expr:
    """Keep whole numbers whole only where the result surely is."""
    is_natural = isinstance(exponent, Literal) and exponent.value >= 0
    are_whole = DType.FLOAT not in (dtype_of(base), dtype_of(exponent))
    if are_whole and not is_natural:
        base = convert(base, DType.FLOAT)
    return Binary("**", base, exponent)


def as_condition(expr: Expr) -> Expr:
    """Return `expr` as something true or false: a number is true if it is not 0."""
    if dtype_of(expr) is DType.BOOL:
        return expr
    return Compare("!=", expr, Literal(0))


def convert(expr: Expr, dtype: DType) -> Expr:
    """Return `expr` as another kind of number."""
    if dtype_of(expr) is dtype:
        return expr
    if isinstance(expr, Literal) and dtype is DType.FLOAT:
        return Literal(float(expr.value))
    return Cast(dtype, expr)
