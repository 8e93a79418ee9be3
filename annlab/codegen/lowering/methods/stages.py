"""What the Runge-Kutta methods share: slopes at shifted values."""

from __future__ import annotations

from collections.abc import Sequence

from annlab.codegen.lowering.arithmetic import add, mul
from annlab.codegen.lowering.kernel import Statement
from annlab.codegen.lowering.methods.protocol import stage
from annlab.codegen.lowering.ode import Ode
from annlab.ir.expr import Expr, Symbol, substitute

Values = dict[Symbol, Symbol]


def slopes(name: str, system: Sequence[Ode], at: Values) -> tuple[list[Statement], Values]:
    """Compute ``_name_x = f_x(at)`` for all variables; `at` maps variables to their values."""
    table: dict[Symbol, Expr] = {**at}
    found = [stage(name, ode, substitute(ode.slope, table)) for ode in system]
    return found, _targets(system, found)


def shifted(
    name: str, system: Sequence[Ode], by: Expr, along: Values
) -> tuple[list[Statement], Values]:
    """Compute ``_name_x = x + by*along_x`` for all variables."""
    found = [stage(name, ode, add(ode.variable, mul(by, along[ode.variable]))) for ode in system]
    return found, _targets(system, found)


def _targets(system: Sequence[Ode], statements: Sequence[Statement]) -> Values:
    return {o.variable: s.target for o, s in zip(system, statements, strict=True)}
