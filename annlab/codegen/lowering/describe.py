"""Show a kernel as pseudo-code, one statement a line, the user's line beside it."""

from __future__ import annotations

from collections.abc import Iterable

from annlab.codegen.lowering.kernel import (
    EventDriven,
    PopulationKernel,
    ProjectionKernel,
    Statement,
)
from annlab.ir.expr import (
    Binary,
    Call,
    Cast,
    Compare,
    Expr,
    Literal,
    Logic,
    Select,
    Side,
    Symbol,
    SymbolKind,
    Unary,
)

_BINDING = {
    "or": 1, "and": 2, "not": 3,
    "==": 4, "!=": 4, "<": 4, "<=": 4, ">": 4, ">=": 4,
    "+": 5, "-": 5, "*": 6, "/": 6, "**": 8,
}  # fmt: skip
_NEGATION = 7
_ATOM = 9


def describe(kernel: PopulationKernel | ProjectionKernel) -> str:
    """Return `kernel` as readable text, without the parts that are empty."""
    parts = _population(kernel) if isinstance(kernel, PopulationKernel) else _projection(kernel)
    blocks = [f"{title}:\n" + "\n".join(f"    {x}" for x in lines) for title, lines in parts]
    return f"{kernel.model.name}\n" + "\n".join(blocks) + "\n"


def describe_statement(statement: Statement) -> str:
    """Return one statement, its bounds and conditions, and the user's line as a comment."""
    operator = "+=" if statement.is_increment else "="
    text = f"{describe_expr(statement.target)} {operator} {describe_expr(statement.value)}"
    notes = [
        f"at least {describe_expr(statement.minimum)}" if statement.minimum else "",
        f"at most {describe_expr(statement.maximum)}" if statement.maximum else "",
        "unless refractory" if statement.is_frozen else "",
        "unless post" if statement.unless_post else "",
        "if plasticity" if statement.is_gated else "",
    ]
    shown = ", ".join(n for n in notes if n)
    text += f"  [{shown}]" if shown else ""
    return text + (f"  # {statement.text}" if statement.text else "")


def describe_expr(expr: Expr) -> str:
    """Return `expr` in the notation of the model language."""
    return _text(expr)[0]


def _population(kernel: PopulationKernel) -> list[tuple[str, list[str]]]:
    conditions = (("spike if", kernel.spike), ("axonal spike if", kernel.axon_spike))
    spike, axon = ([(t, [describe_expr(e)])] if e is not None else [] for t, e in conditions)
    return [
        *_lists(("once per step", kernel.global_update), ("then once per step", kernel.invariants)),
        *_lists(("for each neuron", kernel.update)),
        *spike,
        *_lists(("reset", kernel.reset)),
        *axon,
        *_lists(("axonal reset", kernel.axon_reset)),
    ]


def _projection(kernel: ProjectionKernel) -> list[tuple[str, list[str]]]:
    psp = [("transmit", [describe_expr(kernel.psp)])] if kernel.psp is not None else []
    decay = [("before an event", [_decay(e) for e in kernel.event_driven])]
    return [
        *psp,
        *(decay if kernel.event_driven else []),
        *_lists(
            ("presynaptic spike", kernel.pre_spike),
            ("presynaptic axonal spike", kernel.pre_axon_spike),
            ("postsynaptic spike", kernel.post_spike),
            ("once per step", kernel.global_update),
            ("then once per step", kernel.invariants),
            ("for each postsynaptic neuron", kernel.semiglobal_update),
            ("for each synapse", kernel.local_update),
        ),
    ]


def _lists(*parts: tuple[str, Iterable[Statement]]) -> list[tuple[str, list[str]]]:
    shown = [(title, [describe_statement(s) for s in found]) for title, found in parts]
    return [(title, lines) for title, lines in shown if lines]


def _decay(event: EventDriven) -> str:
    name, drive = describe_expr(event.variable), describe_expr(event.drive)
    text = f"{name} -> {drive} at rate {describe_expr(event.rate)}"
    return text + (f"  # {event.text}" if event.text else "")


def _text(expr: Expr) -> tuple[str, int]:
    """Return the text of `expr` and how tightly its outermost operator binds."""
    match expr:
        case Literal(value):
            return repr(value), _ATOM if not isinstance(value, float) or value >= 0 else _NEGATION
        case Symbol():
            return _name(expr), _ATOM
        case Unary("not", operand):
            return f"not {_inside(operand, _BINDING['not'])}", _BINDING["not"]
        case Unary(_, operand):
            return f"-{_inside(operand, _NEGATION)}", _NEGATION
        case Binary("**", base, exponent):
            return f"{_inside(base, _ATOM)}**{_inside(exponent, _NEGATION)}", _BINDING["**"]
        case Binary(op, left, right) | Compare(op, left, right) | Logic(op, left, right):
            binding = _BINDING[op]
            return f"{_inside(left, binding)} {op} {_inside(right, binding + 1)}", binding
        case Call(function, arguments):
            return f"{function}({', '.join(describe_expr(a) for a in arguments)})", _ATOM
        case Select(condition, then, otherwise):
            chosen = (describe_expr(e) for e in (condition, then, otherwise))
            return f"ite({', '.join(chosen)})", _ATOM
        case Cast(dtype, operand):
            return f"{dtype}({describe_expr(operand)})", _ATOM
    raise TypeError(f"not an expression: {expr!r}")


def _inside(expr: Expr, binding: int) -> str:
    text, own = _text(expr)
    return text if own >= binding else f"({text})"


def _name(symbol: Symbol) -> str:
    match symbol.kind:
        case SymbolKind.INPUT:
            name = f"sum({symbol.name})"
        case SymbolKind.DRAW:
            name = f"random[{symbol.name}]"
        case SymbolKind.CONDUCTANCE:
            return "g_target"
        case SymbolKind.REDUCTION if symbol.side is not Side.OWN:
            return symbol.name.replace("(", f"({symbol.side}.")
        case SymbolKind.GRADIENT:
            name = f"d{symbol.name}/dt"
        case _:
            name = symbol.name
    return name if symbol.side is Side.OWN else f"{symbol.side}.{name}"
