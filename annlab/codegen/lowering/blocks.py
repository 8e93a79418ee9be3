"""Turn a list of equations of one locality class into statements.

Consecutive ODEs are a block: all new values are computed from the values at its start, then
written in order, each with its bounds. Assignments stand between blocks and act at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from annlab.codegen.lowering.arithmetic import temporary
from annlab.codegen.lowering.hoist import multiply_by_reciprocals
from annlab.codegen.lowering.kernel import Statement
from annlab.codegen.lowering.methods import METHODS, Advance
from annlab.codegen.lowering.ode import Ode, solve_for_gradient
from annlab.codegen.lowering.singular import without_singularities
from annlab.ir.expr import Expr, Locality, Symbol, SymbolKind
from annlab.ir.model import Equation, Method


def lower_equations(
    equations: Iterable[Equation], *, has_refractory: bool = False
) -> list[Statement]:
    """Discretise `equations`, leaving out the event-driven ones."""
    stepped = [e for e in equations if e.method is not Method.EVENT_DRIVEN]
    statements: list[Statement] = []
    for is_ode, group in groupby(stepped, key=lambda e: e.is_ode):
        if is_ode:
            statements += _block(list(group), has_refractory)
        else:
            statements += [write(e, without_singularities(e.right), has_refractory) for e in group]
    return statements


def write(equation: Equation, value: Expr, has_refractory: bool = False) -> Statement:
    """Return the statement that stores `value` in the variable of `equation`."""
    return Statement(
        target=equation.variable,
        value=value,
        minimum=equation.minimum,
        maximum=equation.maximum,
        text=equation.text,
        is_frozen=has_refractory and _is_freezable(equation.variable),
    )


def _is_freezable(variable: Symbol) -> bool:
    # Conductances go on during the refractory period, and what all neurons share has none.
    is_own = variable.kind is SymbolKind.ATTRIBUTE and variable.locality is Locality.LOCAL
    return is_own and not variable.name.startswith("g_")


def _block(equations: Sequence[Equation], has_refractory: bool) -> Iterator[Statement]:
    odes = [_prepared(e) for e in equations]
    advances = list(_advances(odes))
    new_values: dict[Symbol, Expr] = {}
    for system, advance in advances:
        yield from (_optimised(s) for s in advance.stages)
        for ode, value in zip(system, advance.new_values, strict=True):
            new_values[ode.variable] = _reciprocals(ode.variable, value)
    if len(odes) == 1:
        yield write(equations[0], new_values[odes[0].variable], has_refractory)
        return
    targets = {v: temporary(f"new_{v.name}", v.locality) for v in new_values}
    yield from (Statement(target=targets[v], value=value) for v, value in new_values.items())
    yield from (write(e, targets[e.variable], has_refractory) for e in equations)


def _prepared(equation: Equation) -> Ode:
    ode = solve_for_gradient(equation)
    return Ode(
        variable=ode.variable,
        slope=without_singularities(ode.slope),
        method=ode.method,
        equation=equation,
    )


def _advances(odes: Sequence[Ode]) -> Iterator[tuple[list[Ode], Advance]]:
    coupled = [ode for ode in odes if METHODS[ode.method].is_coupled]
    _check_same_method(coupled)
    if coupled:
        yield coupled, METHODS[coupled[0].method].advance(coupled)
    for ode in odes:
        if ode not in coupled:
            yield [ode], METHODS[ode.method].advance([ode])


def _check_same_method(coupled: Sequence[Ode]) -> None:
    for ode in coupled[1:]:
        if ode.method is not coupled[0].method:
            first = coupled[0]
            raise ode.refusal(
                f"the methods '{first.method}' and '{ode.method}' cannot be mixed in one block",
                why=f"'{first.variable.name}' and '{ode.variable.name}' are advanced together",
                hint="give both the same method, or use 'explicit' or 'exponential' for one",
            )


def _optimised(statement: Statement) -> Statement:
    value = _reciprocals(statement.target, statement.value)
    return Statement(target=statement.target, value=value)


def _reciprocals(target: Symbol, value: Expr) -> Expr:
    # What is computed once a step gains nothing from a reciprocal.
    return value if target.locality is Locality.GLOBAL else multiply_by_reciprocals(value)
