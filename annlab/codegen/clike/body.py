"""Statements of kernel IR as lines of C++ with their loads and stores.

A `Place` says where a symbol lives (a constant, an element of an array, a row);
`Body` collects the lines of one loop body. Shared by the contexts of populations
and projections.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from annlab.codegen.lowering.kernel import Statement
from annlab.codegen.printer import Dialect, Printer, spell
from annlab.ir.expr import (
    Call,
    DType,
    Expr,
    Locality,
    Select,
    Symbol,
    SymbolKind,
    dtype_of,
    symbols,
    transform,
    walk,
)
from annlab.ir.model import Draw

C_TYPE = {DType.FLOAT: "real", DType.INT: "integer", DType.BOOL: "bool"}
VECTOR_CALLS = frozenset(
    [
        "exp",
        "expm1",
        "exprel",
        "log",
        "sin",
        "cos",
        "tan",
        "asin",
        "acos",
        "atan",
        "sinh",
        "cosh",
        "tanh",
    ]
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a symbol lives.

    Attributes
    ----------
    text
        The expression that it is loaded from and stored to.
    index
        What picks the element of an array: ``i``, ``j``, ``k``; empty where there is but one.
    array
        The pointer to the elements; empty where there is none of its own.
    """

    text: str
    index: str = ""
    array: str = ""

    @classmethod
    def element(cls, array: str, index: str) -> Place:
        """Return the place of one element of an array."""
        return cls(f"{array}[{index}]", index, array)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of generated code, the user's line it came from, and what it loads or stores."""

    code: str
    comment: str = ""
    place: Place | None = None

    def is_of(self, index: str) -> bool:
        """Tell whether it loads or stores what `index` picks."""
        return self.place is not None and self.place.index == index


@dataclass(slots=True)
class Slots:
    """The table of addresses that a kernel gets: keys in order of first use."""

    keys: list[str] = field(default_factory=list)

    def __call__(self, key: str) -> int:
        if key not in self.keys:
            self.keys.append(key)
        return self.keys.index(key)

    def pointer(self, c_type: str, key: str) -> str:
        """Return an expression for the address under `key`."""
        return f"({c_type}*)_slots[{self(key)}]"


@dataclass(slots=True)
class Body:
    """The lines of a loop body: loads, statements, stores.

    Attributes
    ----------
    place
        For a symbol: where it is loaded from in this body, or None if its name is already defined
        outside.
    """

    printer: Printer
    place: Callable[[Symbol], Place | None]
    loads: list[Line] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    stores: list[Line] = field(default_factory=list)
    seen: dict[str, bool] = field(default_factory=dict)  # name -> is it written
    n_temporaries: int = 0

    def use(self, expr: Expr | None, extra: Iterable[Expr] = ()) -> None:
        """Load every symbol of the expressions that is not there yet."""
        for e in (expr, *extra):
            if e is not None:
                for symbol in sorted(symbols(e), key=lambda s: (s.kind, s.side, s.name)):
                    self._load(symbol)

    def _load(self, symbol: Symbol, *, is_written: bool = False) -> None:
        name = self.printer.name(symbol)
        if name not in self.seen:
            place = self.place(symbol)
            if place is None:
                return
            code = f"const {C_TYPE[symbol.dtype]} {name} = {place.text};"
            self.loads.append(Line(code, place=place))
            self.seen[name] = False
        if is_written and not self.seen[name]:
            place = self.place(symbol)
            assert place is not None
            self.seen[name] = True
            code = f"{C_TYPE[symbol.dtype]} {name} = {place.text};"
            constant = Line(f"const {code}", place=place)
            self.loads[self.loads.index(constant)] = Line(code, place=place)
            self.stores.append(Line(f"{place.text} = {name};", place=place))

    def add(self, statement: Statement, *, guard: str | None = None) -> None:
        """Append a statement; where `guard` is false it has no effect (bounds still apply)."""
        self.use(statement.value, (e for e in (statement.minimum, statement.maximum) if e))
        target = statement.target
        value = self._without_branches(statement.value)
        text = self.printer.as_type(value, target.dtype)
        c_type, name = C_TYPE[target.dtype], self.printer.name(target)
        if target.kind is SymbolKind.TEMPORARY:
            self.lines.append(Line(f"const {c_type} {name} = {text};", statement.text))
            return
        self._load(target, is_written=True)
        if guard is not None:
            temporary = self._temporary()
            self.lines.append(Line(f"const {c_type} {temporary} = {text};"))
            text = f"{guard} ? {temporary} : {name}"
        self.lines.append(Line(f"{name} = {text};", statement.text))
        self.bound(statement)

    def bound(self, statement: Statement) -> None:
        """Append the bounds of a statement."""
        name, dtype = self.printer.name(statement.target), statement.target.dtype
        for sign, limit in (("<", statement.minimum), (">", statement.maximum)):
            if limit is not None:
                shown = self.printer.as_limit(limit, dtype)
                self.lines.append(Line(f"{name} = {name} {sign} {shown} ? {shown} : {name};"))

    def condition(self, expr: Expr) -> str:
        """Load what a condition needs and return its text."""
        self.use(expr)
        return self.printer.condition(self._without_branches(expr))

    def value(self, expr: Expr) -> str:
        """Load what an expression needs and return its text, to be stored as a real number."""
        self.use(expr)
        return self.printer.as_type(self._without_branches(expr), DType.FLOAT)

    def _temporary(self) -> str:
        self.n_temporaries += 1
        return f"_n{self.n_temporaries}"

    def _without_branches(self, expr: Expr) -> Expr:
        """Take calls out of conditional values: the compiler vectorises a choice, not a branch."""

        def visit(e: Expr) -> Expr | None:
            if not isinstance(e, Select):
                return None
            parts = {
                side: transform(transform(getattr(e, side), visit), self._take_call)
                for side in ("then", "otherwise")
            }
            return replace(e, condition=transform(e.condition, visit), **parts)

        if any(isinstance(e, Select) for e in walk(expr)):
            return transform(expr, visit)
        return expr

    def _take_call(self, e: Expr) -> Expr | None:
        if not isinstance(e, Call) or e.function not in VECTOR_CALLS:
            return None
        name = self._temporary()
        self.lines.append(Line(f"const real {name} = {self.printer(e)};"))
        return Symbol(name, SymbolKind.TEMPORARY, dtype_of(e))


def draw_value(draw: Draw, printer: Printer, unit: str) -> str:
    """Return the number drawn, given the name of a unit draw (see `draw_unit`)."""
    a = [printer.as_real(x) for x in draw.distribution.arguments]
    match draw.distribution.name:
        case "Uniform":
            return f"{a[0]} + ({a[1]} - {a[0]}) * {unit}"
        case "DiscreteUniform":
            return f"{a[0]} + real(int64_t(({a[1]} - {a[0]} + 1) * {unit}))"
        case "Normal":
            return f"{a[0]} + {a[1]} * {unit}"
        case "LogNormal":
            return f"annlab::exp({a[0]} + {a[1]} * {unit})"
        case "Exponential":
            return f"-annlab::log(1 - {unit}) / {a[0]}"
        case "Gamma":
            return f"{a[1]} * {unit}"
    return unit


def draw_unit(draw: Draw, printer: Printer, stream: str, identity: str) -> str:
    """Return the call that draws one unit number for one element."""
    a = [printer.as_real(x) for x in draw.distribution.arguments]
    where = f"{stream}, _now->step, uint64_t({identity})"
    match draw.distribution.name:
        case "Normal" | "LogNormal":
            return f"annlab::normal_one({where}, real())"
        case "Gamma":
            return f"real(annlab::gamma_one({where}, {a[0]}))"
        case "Binomial":
            return f"real(annlab::binomial_one({where}, {a[0]}, {a[1]}))"
    return f"annlab::uniform_one({where}, real())"


def block_filler(draw: Draw) -> str | None:
    """Return the function that draws for a whole block of neurons, or None if there is none."""
    match draw.distribution.name:
        case "Normal" | "LogNormal":
            return "annlab::normal_block"
        case "Uniform" | "DiscreteUniform" | "Exponential":
            return "annlab::uniform_block"
    return None


def used(statements: Iterable[Statement], *more: Expr | None) -> frozenset[Symbol]:
    """Return all symbols that statements and expressions read."""
    found: set[Symbol] = set()
    for s in statements:
        for e in (s.value, s.minimum, s.maximum):
            if e is not None:
                found |= symbols(e)
    for e in more:
        if e is not None:
            found |= symbols(e)
    return frozenset(found)


def draws_of(draws: Sequence[Draw], wanted: frozenset[Symbol]) -> list[Draw]:
    """Return the draws among `wanted`, in order."""
    names = {s.name for s in wanted if s.kind is SymbolKind.DRAW}
    return [d for d in draws if str(d.index) in names]


def is_global(symbol: Symbol) -> bool:
    """Tell whether a symbol has one value for the whole object."""
    return symbol.locality is Locality.GLOBAL and symbol.kind is not SymbolKind.TEMPORARY


def make_printer(dialect: Dialect) -> Printer:
    """Return the printer that spells symbols in the usual way."""
    return Printer(dialect, spell)
