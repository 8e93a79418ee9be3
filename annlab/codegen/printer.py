"""Kernel IR to C: one printer, spelled by a dialect table.

Takes expressions and returns text; a `Dialect` says how a back end writes
numbers, types and functions. Knows nothing of arrays, threads or templates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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
        "class",
        "compl",
        "concept",
        "const",
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
        "struct",
        "switch",
        "template",
        "this",
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
        "i",
        "j",
        "k",
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


@dataclass(frozen=True, slots=True)
class Printer:
    """Prints expressions of one kernel.

    `name` says how a symbol is spelled; `spell` is the usual choice.
    """

    dialect: Dialect
    name: Callable[[Symbol], str]

    def __call__(self, expr: Expr) -> str:
        """Return the C text of an expression; every operator is in parentheses of its own."""
        match expr:
            case Literal(value=value):
                return self._literal(value)
            case Symbol():
                return self.name(expr)
            case Unary(op="not", operand=operand):
                return f"!{self.condition(operand)}"
            case Unary(operand=operand):
                return f"(-{self(operand)})"
            case Binary(op="**", left=left, right=right):
                return self._power(left, right)
            case Binary(op="/", left=left, right=right):
                return f"({self.as_real(left)} / {self.as_real(right)})"
            case Binary(op=op, left=left, right=right):
                return f"({self._number(left)} {op} {self._number(right)})"
            case Compare(op=op, left=left, right=right):
                return f"({self._number(left)} {op} {self._number(right)})"
            case Logic(op=op, left=left, right=right):
                # Not && and ||: a short cut is a branch, and a branch ends vectorisation.
                sign = "&" if op == "and" else "|"
                return f"({self.condition(left)} {sign} {self.condition(right)})"
            case Select(condition=condition, then=then, otherwise=otherwise):
                show = self._in(dtype_of(expr))
                return f"({self.condition(condition)} ? {show(then)} : {show(otherwise)})"
            case Cast(dtype=dtype, operand=operand):
                return self._cast(dtype, operand)
            case Call():
                return self._call(expr)
        raise TypeError(f"cannot print {expr!r}")

    def condition(self, expr: Expr) -> str:
        """Print `expr` as a truth value: a number is true when it is not zero."""
        if dtype_of(expr) is DType.BOOL:
            return self(expr)
        return f"({self(expr)} != 0)"

    def as_real(self, expr: Expr) -> str:
        """Print `expr` as a floating-point value."""
        if isinstance(expr, Literal):
            return self._literal(float(expr.value))
        if dtype_of(expr) is DType.FLOAT:
            return self(expr)
        return f"{self.dialect.real}({self(expr)})"

    def as_type(self, expr: Expr, dtype: DType) -> str:
        """Print `expr` so that it can be stored in a variable of `dtype`."""
        return self._in(dtype)(expr)

    def _in(self, dtype: DType) -> Callable[[Expr], str]:
        match dtype:
            case DType.FLOAT:
                return self.as_real
            case DType.BOOL:
                return self.condition
        return lambda e: self._cast(DType.INT, e)

    def _number(self, expr: Expr) -> str:
        if dtype_of(expr) is DType.BOOL:
            return f"{self.dialect.integer}({self(expr)})"
        return self(expr)

    def _literal(self, value: bool | float) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int):
            return f"{self.dialect.integer}({value})"
        if value != value or value in (float("inf"), float("-inf")):
            sign = "-" if value == float("-inf") else ""
            call = self.dialect.nan if value != value else self.dialect.infinity
            return f"{self.dialect.real}({sign}{call})"
        text = f"{value!r}{self.dialect.suffix}"
        return f"({text})" if value < 0 else text

    def _cast(self, dtype: DType, operand: Expr) -> str:
        if dtype is DType.BOOL:
            return self.condition(operand)
        if dtype_of(operand) is dtype:
            return self(operand)
        target = self.dialect.real if dtype is DType.FLOAT else self.dialect.integer
        return f"{target}({self(operand)})"

    def _power(self, base: Expr, exponent: Expr) -> str:
        prefix, shown = self.dialect.functions, self._number(base)
        match exponent:
            case Literal(value=2 | 2.0):
                return f"{prefix}square({shown})"
            case Literal(value=3 | 3.0):
                return f"{prefix}cube({shown})"
            case Literal(value=4 | 4.0):
                return f"{prefix}fourth({shown})"
            case Literal(value=1 | 1.0):
                return shown
        return f"{prefix}pow({self.as_real(base)}, {self.as_real(exponent)})"

    def _call(self, call: Call) -> str:
        prefix, arguments = self.dialect.functions, call.arguments
        match call.function:
            case "min" | "max":
                name = "smaller" if call.function == "min" else "larger"
                show = self._in(dtype_of(call))
                text = show(arguments[0])
                for argument in arguments[1:]:
                    text = f"{prefix}{name}({text}, {show(argument)})"
                return text
            case "abs" | "pos" | "neg" | "clip":
                show = self._in(dtype_of(call))
                return f"{prefix}{call.function}({', '.join(map(show, arguments))})"
            case "modulo":
                shown = ", ".join(f"int64_t({self(a)})" for a in arguments)
                return f"{self.dialect.integer}({prefix}modulo({shown}))"
            case "power":
                base, exponent = arguments
                return f"{prefix}power({self.as_real(base)}, int64_t({self(exponent)}))"
        return f"{prefix}{call.function}({', '.join(map(self.as_real, arguments))})"


def spell(symbol: Symbol) -> str:
    """Return the name of a symbol in generated code: the user's own, ours begin with ``_``."""
    prefix = "" if symbol.side is Side.OWN else f"_{symbol.side}_"
    match symbol.kind:
        case SymbolKind.ATTRIBUTE | SymbolKind.CONSTANT:
            return f"{prefix}{symbol.name}" if prefix else user_name(symbol.name)
        case SymbolKind.INPUT:
            return f"{prefix or '_'}sum_{symbol.name or 'all'}"
        case SymbolKind.REDUCTION:
            return f"{prefix or '_'}{symbol.name.replace('(', '_').replace(')', '')}"
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
    """Return a user's name, changed only where C++ would not take it."""
    return f"{name}_" if name in RESERVED or name.startswith("__") else name
