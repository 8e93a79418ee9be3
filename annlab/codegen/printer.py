"""Kernel IR to C: one printer, spelled by a dialect table.

Takes expressions and returns text; a `Dialect` says how a back end writes
numbers, types and functions. Knows nothing of arrays, threads or templates.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

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
    Side,
    Symbol,
    SymbolKind,
    Unary,
    dtype_of,
)

# Macros of the headers that generated sources include.
_MACRO = re.compile(
    r"NULL|ANNLAB_\w+|U?(INT|PTRDIFF|SIG_ATOMIC|SIZE|WCHAR|WINT)[A-Z0-9_]*_(MAX|MIN|WIDTH|C)"
)
# Words that a user may call a variable and C++ would not.
RESERVED = frozenset(
    [
        "alignas",
        "alignof",
        "and",
        "and_eq",
        "asm",
        "auto",
        "bitand",
        "bitor",
        "bool",
        "break",
        "case",
        "catch",
        "char",
        "char8_t",
        "char16_t",
        "char32_t",
        "class",
        "compl",
        "concept",
        "const",
        "const_cast",
        "consteval",
        "constexpr",
        "constinit",
        "continue",
        "co_await",
        "co_return",
        "co_yield",
        "decltype",
        "default",
        "delete",
        "do",
        "dynamic_cast",
        "double",
        "else",
        "enum",
        "explicit",
        "export",
        "extern",
        "false",
        "float",
        "for",
        "friend",
        "goto",
        "if",
        "inline",
        "int",
        "long",
        "mutable",
        "namespace",
        "new",
        "noexcept",
        "not",
        "not_eq",
        "nullptr",
        "operator",
        "or",
        "or_eq",
        "private",
        "protected",
        "public",
        "register",
        "reinterpret_cast",
        "requires",
        "restrict",
        "return",
        "short",
        "signed",
        "sizeof",
        "static",
        "static_assert",
        "static_cast",
        "struct",
        "switch",
        "template",
        "this",
        "thread_local",
        "throw",
        "true",
        "try",
        "typedef",
        "typeid",
        "typename",
        "union",
        "unsigned",
        "using",
        "virtual",
        "void",
        "volatile",
        "wchar_t",
        "while",
        "xor",
        "xor_eq",
        "real",
        "integer",
        "annlab",
        "linux",
        "unix",
        "int8_t",
        "int16_t",
        "int32_t",
        "int64_t",
        "uint8_t",
        "uint16_t",
        "uint32_t",
        "uint64_t",
        "size_t",
        "SHARED",
        "Storage",
        "i",
        "j",
        "k",
        "l",
        "threadIdx",
        "blockIdx",
        "blockDim",
        "gridDim",
    ]
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a back end spells what the printer needs.

    Attributes
    ----------
    real, integer
        Names of the types of FLOAT and INT values.
    suffix
        What follows a floating-point literal ("" or "f").
    functions
        Prefix of the built-in functions, e.g. ``annlab::``.
    nan, infinity
        Expressions of these values, of double precision.
    """

    real: str
    integer: str
    suffix: str
    functions: str
    nan: str = '__builtin_nan("")'
    infinity: str = "__builtin_inf()"


class Binding(IntEnum):
    """How tightly a piece of C text holds together: as an operand it needs at least so much."""

    CHOICE = 0
    LOGIC = 1
    COMPARISON = 2
    SUM = 3
    PRODUCT = 4
    SIGN = 5
    ATOM = 6


_OF_OPERATOR = {"+": Binding.SUM, "-": Binding.SUM, "*": Binding.PRODUCT, "/": Binding.PRODUCT}


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of C and how tightly it holds together."""

    code: str
    binding: Binding = Binding.ATOM

    def within(self, least: Binding) -> str:
        """Return the text as an operand that has to hold together at least so tightly."""
        return self.code if self.binding >= least else f"({self.code})"

    def at_the_right(self, least: Binding) -> str:
        """Return the text as a right operand: there a sign wants parentheses too."""
        return f"({self.code})" if self.code.startswith("-") else self.within(least)


@dataclass(frozen=True, slots=True)
class Printer:
    """Prints expressions of one kernel, with the parentheses that C and its readers need.

    The order of the operations stays as in the expression, so that all back ends round alike.
    `name` says how a symbol is spelled; `spell` is the usual choice.
    """

    dialect: Dialect
    name: Callable[[Symbol], str]

    def __call__(self, expr: Expr) -> str:
        """Return the C text of an expression, fit to be an operand anywhere."""
        return self._text(expr).within(Binding.ATOM)

    def condition(self, expr: Expr) -> str:
        """Print `expr` as a truth value, fit to be an operand: a number is true if not zero."""
        return self._condition(expr).within(Binding.ATOM)

    def as_real(self, expr: Expr) -> str:
        """Print `expr` as a floating-point value, fit to be an operand."""
        return self._real(expr).within(Binding.ATOM)

    def as_type(self, expr: Expr, dtype: DType) -> str:
        """Print `expr` as a whole, so that it can be stored in a variable of `dtype`."""
        return self._in(dtype)(expr).code

    def as_limit(self, expr: Expr, dtype: DType) -> str:
        """Print `expr` so that it can be compared with a variable of `dtype`."""
        return self._in(dtype)(expr).within(Binding.SUM)

    def _text(self, expr: Expr) -> Text:
        match expr:
            case Literal(value=value):
                return self._literal(value)
            case Symbol():
                return Text(self.name(expr))
            case Unary(op="not", operand=operand):
                return Text(f"!{self._condition(operand).within(Binding.ATOM)}", Binding.SIGN)
            case Unary(operand=operand):
                return Text(f"-{self._text(operand).within(Binding.ATOM)}", Binding.SIGN)
            case Binary(op="**"):
                return self._power(expr)
            case Binary(op=op, left=left, right=right):
                show = self._real if op == "/" else self._operand_of(expr.dtype)
                return self._operation(op, show(left), show(right))
            case Compare(op=op, left=left, right=right):
                show = self._operand_of(Binary("+", left, right).dtype)
                shown = (show(e).within(Binding.SUM) for e in (left, right))
                return Text(f" {op} ".join(shown), Binding.COMPARISON)
            case Logic(op=op, left=left, right=right):
                # Not && and ||: a short cut is a branch, and a branch ends vectorisation.
                shown = (self._condition(e).within(Binding.SIGN) for e in (left, right))
                return Text(f" {'&' if op == 'and' else '|'} ".join(shown), Binding.LOGIC)
            case Select(condition=condition, then=then, otherwise=otherwise):
                show = self._in(dtype_of(expr))
                test = self._condition(condition).within(Binding.COMPARISON)
                values = (show(e).within(Binding.COMPARISON) for e in (then, otherwise))
                return Text(f"{test} ? {' : '.join(values)}", Binding.CHOICE)
            case Cast(dtype=dtype, operand=operand):
                return self._cast(dtype, operand)
            case Call():
                return self._call(expr)
        raise TypeError(f"cannot print {expr!r}")

    def _operation(self, op: str, left: Text, right: Text) -> Text:
        binding = _OF_OPERATOR[op]
        # C groups from the left, so the right operand must hold together more tightly.
        tighter = Binding(binding + 1)
        return Text(f"{left.within(binding)} {op} {right.at_the_right(tighter)}", binding)

    def _condition(self, expr: Expr) -> Text:
        if dtype_of(expr) is DType.BOOL:
            return self._text(expr)
        return Text(f"{self._text(expr).within(Binding.SUM)} != 0", Binding.COMPARISON)

    def _real(self, expr: Expr) -> Text:
        if isinstance(expr, Literal):
            return self._literal(float(expr.value))
        if dtype_of(expr) is DType.FLOAT:
            return self._text(expr)
        return Text(f"{self.dialect.real}({self._text(expr).code})")

    def _in(self, dtype: DType) -> Callable[[Expr], Text]:
        match dtype:
            case DType.FLOAT:
                return self._real
            case DType.BOOL:
                return self._condition
        return lambda e: self._cast(DType.INT, e)

    def _operand_of(self, dtype: DType) -> Callable[[Expr], Text]:
        """Return how to print an operand: a literal as what C would make of it, if it could."""

        def show(expr: Expr) -> Text:
            is_real = dtype is DType.FLOAT and isinstance(expr, Literal)
            return self._real(expr) if is_real else self._number(expr)

        return show

    def _number(self, expr: Expr) -> Text:
        text = self._text(expr)
        if dtype_of(expr) is DType.BOOL:
            return Text(f"{self.dialect.integer}({text.code})")
        return text

    def _literal(self, value: bool | float) -> Text:
        if isinstance(value, bool):
            return Text("true" if value else "false")
        if isinstance(value, int):
            is_long = abs(value) >= 2**31  # and whole numbers may have 32 bits
            return Text(f"{'int64_t' if is_long else self.dialect.integer}({value})")
        if value != value or value in (float("inf"), float("-inf")):
            sign = "-" if value == float("-inf") else ""
            call = self.dialect.nan if value != value else self.dialect.infinity
            return Text(f"{self.dialect.real}({sign}{call})")
        text = f"{value!r}{self.dialect.suffix}"
        return Text(text, Binding.SIGN if text.startswith("-") else Binding.ATOM)

    def _cast(self, dtype: DType, operand: Expr) -> Text:
        if dtype is DType.BOOL:
            return self._condition(operand)
        if dtype_of(operand) is dtype:
            return self._text(operand)
        target = self.dialect.real if dtype is DType.FLOAT else self.dialect.integer
        return Text(f"{target}({self._text(operand).code})")

    def _power(self, expr: Binary) -> Text:
        """Print a power of the kind of number that it gives, whatever that of its base."""
        prefix, exponent = self.dialect.functions, expr.right
        shown = self._number(expr.left) if expr.dtype is DType.INT else self._real(expr.left)
        match exponent:
            case Literal(value=2 | 2.0):
                return Text(f"{prefix}square({shown.code})")
            case Literal(value=3 | 3.0):
                return Text(f"{prefix}cube({shown.code})")
            case Literal(value=4 | 4.0):
                return Text(f"{prefix}fourth({shown.code})")
            case Literal(value=1 | 1.0):
                return shown
            case Literal(value=n) if expr.dtype is DType.INT:
                return Text(f"{prefix}power({shown.code}, {int(n)})")
        return Text(f"{prefix}pow({shown.code}, {self._real(exponent).code})")

    def _call(self, call: Call) -> Text:
        prefix, arguments = self.dialect.functions, call.arguments
        show = self._real
        match call.function:
            case "min" | "max":
                return self._extreme(call)
            case "abs" | "pos" | "neg" | "clip":
                show = self._in(dtype_of(call))
            case "modulo":
                shown = ", ".join(f"int64_t({self._text(a).code})" for a in arguments)
                return Text(f"{self.dialect.integer}({prefix}modulo({shown}))")
            case "power":
                base, exponent = arguments
                whole = f"int64_t({self._text(exponent).code})"
                return Text(f"{prefix}power({self._real(base).code}, {whole})")
        return Text(f"{prefix}{call.function}({', '.join(show(a).code for a in arguments)})")

    def _extreme(self, call: Call) -> Text:
        """Print the smallest or largest of several values, two at a time."""
        name = "smaller" if call.function == "min" else "larger"
        first, *rest = (self._in(dtype_of(call))(a).code for a in call.arguments)
        for argument in rest:
            first = f"{self.dialect.functions}{name}({first}, {argument})"
        return Text(first) if rest else self._in(dtype_of(call))(call.arguments[0])


def spell(symbol: Symbol) -> str:
    """Return the name of a symbol in generated code: the user's own, ours begin with ``_``.

    No two symbols share a name: what follows ``_pre_`` and ``_post_`` is an attribute and nothing
    else, and the inputs and reductions of another population begin with ``_pre`` and a letter.
    """
    side = "" if symbol.side is Side.OWN else symbol.side
    match symbol.kind:
        case SymbolKind.ATTRIBUTE | SymbolKind.CONSTANT:
            return f"_{side}_{symbol.name}" if side else user_name(symbol.name)
        case SymbolKind.INPUT:
            return f"_{side}sum_{symbol.name}" if symbol.name else f"_{side}sums"
        case SymbolKind.REDUCTION:
            return f"_{side}{symbol.name.replace('(', '_').replace(')', '')}"
        case SymbolKind.DRAW:
            return f"_rand_{symbol.name}"
        case SymbolKind.CLOCK:
            return f"_{symbol.name}"
        case SymbolKind.CONDUCTANCE:
            return "_g_target"
        case SymbolKind.SPIKED:
            return "_spiked"
    return symbol.name


def user_name(name: str) -> str:
    """Return a user's name, changed only where C++ would not take it.

    Then it gets an underscore, and so does what differs from such a name by underscores alone.
    """
    plain = name.rstrip("_")
    return f"{name}_" if plain in RESERVED or _MACRO.fullmatch(plain) else name


def pointer_to(name: str) -> str:
    """Return the name of the array in which the values of `name` lie; no user has such a name."""
    return f"_at{name}" if name.startswith("_") else f"_p_{name}"
