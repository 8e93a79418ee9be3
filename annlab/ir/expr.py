"""Typed expressions: what a formula means once every name has been resolved.

Frozen trees. Operands keep the order in which the user wrote them, because
floating-point arithmetic is not associative and an assignment must give the
number that the user's text gives. Nothing here knows text, methods or C.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace


class DType(enum.StrEnum):
    """What kind of number a value is; the width of FLOAT is the network's choice."""

    BOOL = "bool"
    INT = "int"
    FLOAT = "float"


class Locality(enum.StrEnum):
    """How many values of an attribute there are."""

    GLOBAL = "global"  # one per population or projection
    SEMIGLOBAL = "semiglobal"  # one per postsynaptic neuron (synapses only)
    LOCAL = "local"  # one per neuron or synapse


class Side(enum.StrEnum):
    """Whose value a symbol is, seen from the model that uses it."""

    OWN = "own"
    PRE = "pre"
    POST = "post"


class SymbolKind(enum.StrEnum):
    """Where the value of a symbol comes from."""

    ATTRIBUTE = "attribute"  # parameter or variable; side OWN, PRE or POST
    INPUT = "input"  # sum(target); name is the target, "" for all targets
    CONDUCTANCE = "conductance"  # left side of pre_spike only: g_target of the post neuron
    CONSTANT = "constant"  # a user's Constant
    CLOCK = "clock"  # t, dt, t_last, t_pre, t_post
    DRAW = "draw"  # random number; name is its index in the model's `draws`
    REDUCTION = "reduction"  # mean(v) ...; name is "mean(v)"
    GRADIENT = "gradient"  # dx/dt on either side of an ODE; name is x
    ARGUMENT = "argument"  # argument of a user's function, while its body is typed
    TEMPORARY = "temporary"  # made by the lowering
    SPIKED = "spiked"  # stop conditions only: did the neuron spike in this step


@dataclass(frozen=True, slots=True)
class Expr:
    """Base of all typed expressions."""


@dataclass(frozen=True, slots=True, eq=False)
class Literal(Expr):
    """A number that stands in the text. ``1``, ``1.0`` and ``true`` are three of them."""

    value: bool | int | float

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Literal) and repr(self.value) == repr(other.value)

    def __hash__(self) -> int:
        return hash(repr(self.value))

    @property
    def dtype(self) -> DType:
        if isinstance(self.value, bool):
            return DType.BOOL
        return DType.INT if isinstance(self.value, int) else DType.FLOAT


@dataclass(frozen=True, slots=True)
class Symbol(Expr):
    """A named value. Two symbols are the same value if all fields are equal."""

    name: str
    kind: SymbolKind
    dtype: DType = DType.FLOAT
    locality: Locality = Locality.LOCAL
    side: Side = Side.OWN


@dataclass(frozen=True, slots=True)
class Unary(Expr):
    """``-x`` or ``not x``."""

    op: str
    operand: Expr

    @property
    def dtype(self) -> DType:
        if self.op == "not":
            return DType.BOOL
        inner = dtype_of(self.operand)
        return DType.INT if inner is DType.BOOL else inner


@dataclass(frozen=True, slots=True)
class Binary(Expr):
    """``+ - * / **``. Division is always that of real numbers.

    A power of whole numbers is whole only if its exponent is a literal >= 0; ``2**-1`` is 0.5.
    """

    op: str
    left: Expr
    right: Expr

    @property
    def dtype(self) -> DType:
        if self.op == "/" or (self.op == "**" and not _is_count(self.right)):
            return DType.FLOAT
        both = (dtype_of(self.left), dtype_of(self.right))
        return DType.FLOAT if DType.FLOAT in both else DType.INT


def _is_count(expr: Expr) -> bool:
    return isinstance(expr, Literal) and isinstance(expr.value, int) and expr.value >= 0


@dataclass(frozen=True, slots=True)
class Compare(Expr):
    """``== != < <= > >=``."""

    op: str
    left: Expr
    right: Expr
    dtype = DType.BOOL


@dataclass(frozen=True, slots=True)
class Logic(Expr):
    """``and`` / ``or`` of two conditions. Both sides may be evaluated."""

    op: str
    left: Expr
    right: Expr
    dtype = DType.BOOL


@dataclass(frozen=True, slots=True)
class Call(Expr):
    """A built-in function; users' functions are inlined by the analysis.

    `function` is one of `FUNCTIONS`.
    """

    function: str
    arguments: tuple[Expr, ...]

    @property
    def dtype(self) -> DType:
        return FUNCTIONS[self.function].result(self.arguments)


@dataclass(frozen=True, slots=True)
class Select(Expr):
    """`then` where `condition` is true, else `otherwise`."""

    condition: Expr
    then: Expr
    otherwise: Expr

    @property
    def dtype(self) -> DType:
        kinds = (dtype_of(self.then), dtype_of(self.otherwise))
        if DType.FLOAT in kinds:
            return DType.FLOAT
        return DType.INT if DType.INT in kinds else DType.BOOL


@dataclass(frozen=True, slots=True)
class Cast(Expr):
    """Conversion to another kind of number (towards zero for INT)."""

    dtype: DType
    operand: Expr


@dataclass(frozen=True, slots=True)
class Function:
    """A built-in function: how many arguments it takes and what it returns."""

    n_arguments: tuple[int, int | None]
    result: Callable[[tuple[Expr, ...]], DType]


def _float(_: tuple[Expr, ...]) -> DType:
    return DType.FLOAT


def _int(_: tuple[Expr, ...]) -> DType:
    return DType.INT


def _bool(_: tuple[Expr, ...]) -> DType:
    return DType.BOOL


def _widest(arguments: tuple[Expr, ...]) -> DType:
    kinds = {dtype_of(a) for a in arguments}
    return DType.FLOAT if DType.FLOAT in kinds else DType.INT


# Canonical names only: the parser maps synonyms (ln -> log, positive -> pos, negative -> neg,
# fabs -> abs, ite -> Select, pow(x, y) -> Binary "**") onto these.
FUNCTIONS: dict[str, Function] = {
    **{
        name: Function((1, 1), _float)
        for name in (
            "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh",
            "exp", "log", "sqrt", "expm1", "exprel",
        )
    },
    "abs": Function((1, 1), _widest),
    "pos": Function((1, 1), _widest),
    "neg": Function((1, 1), _widest),
    "clip": Function((3, 3), _widest),
    "min": Function((2, None), _widest),
    "max": Function((2, None), _widest),
    "modulo": Function((2, 2), _int),
    "power": Function((2, 2), _float),
    "round": Function((1, 1), _float),
    "isnan": Function((1, 1), _bool),
    "isfinite": Function((1, 1), _bool),
}  # fmt: skip
# `expm1` and `exprel` (expm1(x)/x, 1 at x = 0) cannot be written by users; the lowering makes them.


def dtype_of(expr: Expr) -> DType:
    """Return the kind of number that `expr` gives."""
    return expr.dtype  # type: ignore[attr-defined]  # every concrete node has one


def children(expr: Expr) -> tuple[Expr, ...]:
    """Return the direct sub-expressions of `expr`, left to right."""
    found: list[Expr] = []
    for field in fields(expr):
        value = getattr(expr, field.name)
        if isinstance(value, Expr):
            found.append(value)
        elif isinstance(value, tuple):
            found.extend(v for v in value if isinstance(v, Expr))
    return tuple(found)


def walk(expr: Expr) -> Iterator[Expr]:
    """Yield `expr` and everything below it, parents first."""
    yield expr
    for child in children(expr):
        yield from walk(child)


def symbols(expr: Expr) -> frozenset[Symbol]:
    """Return all symbols that occur in `expr`."""
    return frozenset(e for e in walk(expr) if isinstance(e, Symbol))


def transform(expr: Expr, visit: Callable[[Expr], Expr | None]) -> Expr:
    """Rebuild `expr`; where `visit` returns an expression it replaces the node."""
    replaced = visit(expr)
    if replaced is not None:
        return replaced
    changes: dict[str, object] = {}
    for field in fields(expr):
        value = getattr(expr, field.name)
        if isinstance(value, Expr):
            new: object = transform(value, visit)
        elif isinstance(value, tuple) and value and isinstance(value[0], Expr):
            new = tuple(transform(v, visit) for v in value)
        else:
            continue
        if new is not value and new != value:
            changes[field.name] = new
    return replace(expr, **changes) if changes else expr


def substitute(expr: Expr, table: dict[Symbol, Expr]) -> Expr:
    """Replace symbols of `expr` by the expressions of `table`."""
    return transform(expr, lambda e: table.get(e) if isinstance(e, Symbol) else None)
