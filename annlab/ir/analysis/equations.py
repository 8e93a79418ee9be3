"""Type the equations of a model, put them in the order of evaluation, check their methods."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from annlab.errors import EquationError, LocalityError, MethodError
from annlab.ir.analysis.options import Given
from annlab.ir.analysis.scope import Place, Scope
from annlab.ir.analysis.statements import Statement
from annlab.ir.analysis.typing import Typer
from annlab.ir.analysis.values import fold
from annlab.ir.expr import Binary, DType, Expr, Literal, Locality, Symbol
from annlab.ir.model import Equation, Method
from annlab.language.syntax import Conditional, Gradient, Name, Node, walk

_ORDER = {Locality.GLOBAL: 0, Locality.SEMIGLOBAL: 1, Locality.LOCAL: 2}
_COUPLED = frozenset({Method.IMPLICIT, Method.MIDPOINT, Method.RK4})
# These rest on a linear form of the right-hand side, which a conditional of x does not have.
_LINEAR = frozenset({Method.IMPLICIT, Method.SEMIIMPLICIT, Method.EXPONENTIAL, Method.EVENT_DRIVEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What holds for all statements of one field of a model.

    Attributes
    ----------
    part
        Name of the argument of the model, such as ``reset``.
    method
        Of ODEs that name none; None where there are no ODEs.
    no_draws
        Why random numbers are refused; None where they are allowed.
    refused
        Names that may not be read, each with the reason.
    """

    part: str
    method: Method | None = None
    no_draws: str | None = None
    refused: Mapping[str, str] = field(default_factory=dict)


def type_statement(statement: Statement, scope: Scope, rules: Rules) -> Equation:
    """Return the typed form of one equation or assignment."""
    symbol = scope.symbols[statement.variable]
    _check_flags(statement, rules)
    _check_dtype(statement, symbol)
    place = Place(
        source=statement.line.source,
        locality=symbol.locality,
        variable=symbol.name,
        no_draws=rules.no_draws,
        gradient=symbol.name if statement.is_ode else None,
        refused=rules.refused,
    )
    method = (statement.options.method or rules.method) if statement.is_ode else None
    if method in _LINEAR:
        _refuse_conditional(statement, method)
    typer = Typer(scope, place)
    right = typer.value(statement.line.right)
    _check_bounds(statement)
    return Equation(
        variable=symbol,
        left=typer.value(statement.line.left) if statement.is_ode else symbol,
        right=right if statement.line.op == "=" else _written_out(statement, symbol, right),
        is_ode=statement.is_ode,
        method=method,
        text=statement.line.text,
        minimum=_bound(statement.options.minimum, scope, place),
        maximum=_bound(statement.options.maximum, scope, place),
        unless_post=statement.options.unless_post is not None,
        source=statement.line.source,
        span=statement.line.span,
    )


def _written_out(statement: Statement, symbol: Symbol, right: Expr) -> Expr:
    """Return the new value that ``x += y`` and its like give."""
    return Binary(statement.line.op[0], symbol, right)


def _bound(given: Given | None, scope: Scope, place: Place) -> Expr | None:
    if given is None:
        return None
    assert isinstance(given.value, Node)
    assert given.source is not None
    inner = Place(
        source=given.source,
        locality=place.locality,
        variable=place.variable,
        no_draws="a bound is not random",
        refused=place.refused,
    )
    return Typer(scope, inner).value(given.value)


def _check_bounds(statement: Statement) -> None:
    """Refuse two numbers between which no value lies; names are anybody's guess."""
    low, high = (_literal(g) for g in (statement.options.minimum, statement.options.maximum))
    if low is not None and high is not None and low > high:
        raise EquationError(
            f"'{statement.variable}' has the bounds min={low} and max={high}",
            source=statement.line.source,
            span=statement.line.span,
            hint="exchange them",
        )


def _literal(given: Given | None) -> float | None:
    if given is None or not isinstance(given.value, Node) or given.source is None:
        return None
    return fold(given.value, given.source)


def _check_flags(statement: Statement, rules: Rules) -> None:
    span = statement.options.unless_post
    if span is not None and rules.part != "pre_spike":
        raise EquationError(
            "the flag 'unless_post' has no meaning here",
            source=statement.line.source,
            span=span,
            hint="it belongs to statements of `pre_spike`",
        )


def _check_dtype(statement: Statement, symbol: Symbol) -> None:
    if statement.is_ode and symbol.dtype is not DType.FLOAT:
        raise EquationError(
            f"'{symbol.name}' is of type {symbol.dtype} and has a differential equation",
            source=statement.line.source,
            span=statement.line.span,
            hint="only float variables change continuously",
        )


def _refuse_conditional(statement: Statement, method: Method | None) -> None:
    right = statement.line.right
    if not isinstance(right, Conditional):
        return
    name = statement.variable
    if any(isinstance(n, Name | Gradient) and n.name == name for n in walk(right)):
        raise MethodError(
            f"the method '{method}' cannot solve an equation whose right-hand side is conditional",
            source=statement.line.source,
            span=right.span,
            why=f"it needs a right-hand side that is linear in '{name}'",
            hint="use explicit, midpoint or rk4",
        )


def in_order(equations: Iterable[Equation]) -> tuple[Equation, ...]:
    """Return the equations in the order of evaluation, methods of coupled ones checked."""
    ordered = tuple(sorted(equations, key=lambda e: _ORDER[e.variable.locality]))
    for block in blocks(ordered):
        _check_methods(block)
    return ordered


def blocks(equations: Sequence[Equation]) -> list[tuple[Equation, ...]]:
    """Return the blocks of consecutive ODEs of one locality; event-driven ones do not count."""
    continuous = [e for e in equations if e.method is not Method.EVENT_DRIVEN]
    keyed = groupby(continuous, key=lambda e: (e.is_ode, e.variable.locality))
    return [tuple(group) for (is_ode, _), group in keyed if is_ode]


def _check_methods(block: tuple[Equation, ...]) -> None:
    coupled = [e for e in block if e.method in _COUPLED]
    for equation in coupled[1:]:
        if equation.method is not coupled[0].method:
            raise MethodError(
                f"the methods '{coupled[0].method}' and '{equation.method}' "
                "are mixed in one system of equations",
                source=equation.source,
                span=equation.span,
                why=f"'{coupled[0].variable.name}' and '{equation.variable.name}' "
                "are advanced together",
                hint=f"use '{coupled[0].method}' for both, or put an assignment between them",
            )


def check_event_target(statement: Statement, scope: Scope, field_name: str) -> None:
    """Refuse an event that assigns something other than a local variable."""
    name, line = statement.variable, statement.line
    if scope.symbols[name].locality is not Locality.LOCAL:
        raise LocalityError(
            f"`{field_name}` assigns '{name}', which is not local",
            source=line.source,
            span=line.left.span,
            why="the event concerns one neuron or synapse, the value many",
            hint=f"make '{name}' local",
        )


def zero_equation(symbol: Symbol) -> Equation:
    """Return the implicit equation of a conductance that has none of its own."""
    return Equation(
        variable=symbol,
        left=symbol,
        right=Literal(0.0),
        is_ode=False,
        method=None,
        text=f"{symbol.name} = 0.0",
    )
