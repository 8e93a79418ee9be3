"""What happens at spikes: the statements of events, and those on the conductance first."""

from __future__ import annotations

from collections.abc import Sequence

from annlab.calls import warn
from annlab.errors import EquationError
from annlab.ir.analysis.equations import Rules, check_event_target, type_statement
from annlab.ir.analysis.scope import Place, Scope
from annlab.ir.analysis.statements import Statement
from annlab.ir.analysis.typing import Typer
from annlab.ir.expr import Binary, Expr, Side, Symbol, SymbolKind, symbols
from annlab.ir.model import Equation
from annlab.language.syntax import Node

CONDUCTANCE = Symbol("g_target", SymbolKind.CONDUCTANCE, side=Side.POST)
_NO_DRAWS = "random numbers are drawn once per step, events happen in between"


def is_on_conductance(statement: Statement) -> bool:
    """Does the statement change ``g_target``?"""
    return statement.variable == CONDUCTANCE.name


def type_events(statements: Sequence[Statement], field: str, scope: Scope) -> tuple[Equation, ...]:
    """Return the typed statements of an event, in the order of the text."""
    rules = Rules(part=field, no_draws=_NO_DRAWS)
    typed: list[Equation] = []
    for statement in statements:
        if is_on_conductance(statement):
            typed.append(_on_conductance(statement, field, scope))
        else:
            check_event_target(statement, scope, field)
            typed.append(type_statement(statement, scope, rules))
    return tuple(typed)


def _on_conductance(statement: Statement, field: str, scope: Scope) -> Equation:
    line = statement.line
    if field == "post_spike":
        raise EquationError(
            "'g_target' cannot be assigned here",
            source=line.source,
            span=line.left.span,
            why="the spike of the postsynaptic neuron is not transmitted backwards",
        )
    place = Place(source=line.source, variable=CONDUCTANCE.name, no_draws=_NO_DRAWS)
    right = Typer(scope, place).value(line.right)
    options = statement.options
    bounds = [
        None if given is None else _bound(given.value, place, scope)
        for given in (options.minimum, options.maximum)
    ]
    return Equation(
        variable=CONDUCTANCE,
        left=CONDUCTANCE,
        right=right if line.op == "=" else Binary(line.op[0], CONDUCTANCE, right),
        is_ode=False,
        method=None,
        text=line.text,
        minimum=bounds[0],
        maximum=bounds[1],
        unless_post=options.unless_post is not None,
        source=line.source,
        span=line.span,
    )


def _bound(node: object, place: Place, scope: Scope) -> Expr:
    assert isinstance(node, Node)
    return Typer(scope, place).value(node)


def conductance_first(equations: Sequence[Equation], *, warn: bool) -> tuple[Equation, ...]:
    """Move the statements on ``g_target`` to the front, as published models expect.

    Warns where this gives another result than the order of the text.
    """
    assigned: set[Symbol] = set()
    for equation in equations:
        if equation.variable != CONDUCTANCE:
            assigned.add(equation.variable)
            continue
        read = symbols(equation.right) & assigned
        if read and warn:
            _warn(equation, sorted(symbol.name for symbol in read))
    first = [e for e in equations if e.variable == CONDUCTANCE]
    return (*first, *(e for e in equations if e.variable != CONDUCTANCE))


def _warn(equation: Equation, names: Sequence[str]) -> None:
    origin = equation.source.origin if equation.source else ""
    listed = ", ".join(f"'{name}'" for name in names)
    warn(
        f"'{equation.text}' in {origin} uses {listed} as before the event: statements on "
        "'g_target' run before all others, whatever their order in the text. "
        "Write it as the first line."
    )
