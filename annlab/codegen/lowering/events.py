"""Statements that run when a spike is emitted or arrives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from annlab.codegen.lowering.arithmetic import add, contains, neg, sub
from annlab.codegen.lowering.blocks import write
from annlab.codegen.lowering.kernel import Statement
from annlab.codegen.lowering.ode import place
from annlab.codegen.lowering.singular import without_singularities
from annlab.errors import EquationError
from annlab.ir.expr import Binary, Expr, Symbol, SymbolKind
from annlab.ir.model import Equation


def lower_reset(equations: Iterable[Equation]) -> tuple[Statement, ...]:
    """Return the statements of `reset` or `axon_reset`."""
    return tuple(write(_assignment(e), without_singularities(e.right)) for e in equations)


def lower_event(equations: Iterable[Equation]) -> tuple[Statement, ...]:
    """Return the statements of `pre_spike`, `post_spike` or `pre_axon_spike`."""
    return tuple(_event_statement(_assignment(e)) for e in equations)


def _assignment(equation: Equation) -> Equation:
    if equation.is_ode:
        source, span = place(equation)
        raise EquationError(
            "an event cannot contain a differential equation",
            source=source,
            span=span,
            why="events happen at one moment, and an ODE needs a time step",
            hint="move it to 'equations', with the flag event-driven if only events read it",
        )
    return equation


def _event_statement(equation: Equation) -> Statement:
    statement = write(equation, without_singularities(equation.right))
    target = statement.target
    if target.kind is SymbolKind.CONDUCTANCE:
        increment = _increment(statement.value, target)
        if increment is not None:
            statement = replace(statement, value=increment, is_increment=True)
    is_weight = target.kind is SymbolKind.ATTRIBUTE and target.name == "w"
    return replace(statement, unless_post=equation.unless_post, is_gated=is_weight)


def _increment(value: Expr, target: Symbol) -> Expr | None:
    """Return what `value` adds to `target`, or None if it is not ``target + ...``."""
    if not isinstance(value, Binary) or value.op not in ("+", "-"):
        return None
    own = frozenset({target})
    if not contains(value.right, own):
        if value.left == target:
            return value.right if value.op == "+" else neg(value.right)
        inner = _increment(value.left, target)
        join = add if value.op == "+" else sub
        return None if inner is None else join(inner, value.right)
    if value.op == "+" and value.right == target and not contains(value.left, own):
        return value.left
    return None
