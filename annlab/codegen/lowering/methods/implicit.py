"""Implicit (backward) Euler: ``x' = x + h*f(x')``, solved for all variables of the system.

With a linear f, the change ``d = x' - x`` solves ``(1 - h*A) d = h*f(x)``, where A holds the
factors of the variables. A row with a slope N/d is multiplied by d, so that its equation still
holds where d is 0. One equation is a quotient; several are eliminated in order, without
exchange of rows: the diagonal is close to 1 (or d) for any step that resolves the system, and it is
0 only if ``h`` times a growth rate is 1, where the method has no solution anyway.
"""

from __future__ import annotations

from collections.abc import Sequence

from annlab.codegen.lowering.arithmetic import (
    ONE,
    STEP,
    ZERO,
    add,
    contains,
    div,
    mul,
    scaled,
    sub,
    temporary,
)
from annlab.codegen.lowering.kernel import Statement
from annlab.codegen.lowering.linear import LinearForm
from annlab.codegen.lowering.methods.protocol import (
    Advance,
    linear_slope,
    not_linear,
    quotient,
    weighted_step,
)
from annlab.codegen.lowering.ode import Ode
from annlab.ir.expr import Expr, Literal, Symbol

Matrix = list[list[Expr]]


class Implicit:
    """First order, stable for any step; takes linear equations only."""

    is_coupled = True

    def advance(self, system: Sequence[Ode]) -> Advance:
        """Return ``x + d`` where `d` solves the linear system of the step."""
        variables = tuple(ode.variable for ode in system)
        numerators, divisors = zip(*(quotient(ode, variables) for ode in system), strict=True)
        forms = [_exact_form(ode, variables) for ode in numerators]
        if len(system) == 1:
            return Advance(new_values=(_single(numerators[0], forms[0], divisors[0]),))
        return _Elimination(numerators, forms, divisors).solve()


def _exact_form(ode: Ode, variables: tuple[Symbol, ...]) -> LinearForm:
    form = linear_slope(ode, variables)
    parts = (*form.coefficients.values(), form.rest)
    if any(contains(part, frozenset(variables)) for part in parts):
        raise not_linear(ode, variables)
    return form


def _single(numerator: Ode, form: LinearForm, divisor: Expr) -> Expr:
    change = scaled(STEP, form.coefficient(numerator.variable))
    return weighted_step(numerator, div(ONE, sub(divisor, change)))


class _Elimination:
    """Gaussian elimination written out as statements; entries known to be 0 cost nothing."""

    def __init__(
        self, system: Sequence[Ode], forms: Sequence[LinearForm], divisors: Sequence[Expr]
    ) -> None:
        self.system = system
        self.divisors = divisors
        self.statements: list[Statement] = []
        self.matrix: Matrix = [
            [self._entry(form, i, j) for j in range(len(system))] for i, form in enumerate(forms)
        ]
        self.right = [self._named("b", i, scaled(STEP, ode.slope)) for i, ode in enumerate(system)]

    def solve(self) -> Advance:
        """Eliminate below the diagonal, then substitute backwards."""
        size = len(self.system)
        for pivot in range(size):
            for row in range(pivot + 1, size):
                self._eliminate(row, pivot)
        changes: list[Expr] = [ZERO] * size
        for row in reversed(range(size)):
            changes[row] = self._substituted(row, changes)
        values = (add(o.variable, d) for o, d in zip(self.system, changes, strict=True))
        return Advance(stages=tuple(self.statements), new_values=tuple(values))

    def _entry(self, form: LinearForm, row: int, column: int) -> Expr:
        diagonal = self.divisors[row] if row == column else ZERO
        factor = form.coefficient(self.system[column].variable)
        value = sub(diagonal, scaled(STEP, factor))
        return self._named(f"m{column}", row, value)

    def _eliminate(self, row: int, pivot: int) -> None:
        if self.matrix[row][pivot] == ZERO:
            return
        quotient = div(self.matrix[row][pivot], self.matrix[pivot][pivot])
        factor = self._named(f"q{pivot}", row, quotient)
        for column in range(pivot + 1, len(self.system)):
            above = self.matrix[pivot][column]
            if above != ZERO:
                value = sub(self.matrix[row][column], mul(factor, above))
                self.matrix[row][column] = self._named(f"m{column}_{pivot}", row, value)
        value = sub(self.right[row], mul(factor, self.right[pivot]))
        self.right[row] = self._named(f"b{pivot}", row, value)

    def _substituted(self, row: int, changes: Sequence[Expr]) -> Expr:
        total = self.right[row]
        for column in range(row + 1, len(self.system)):
            total = sub(total, mul(self.matrix[row][column], changes[column]))
        return self._named("d", row, div(total, self.matrix[row][row]))

    def _named(self, name: str, row: int, value: Expr) -> Expr:
        if isinstance(value, Literal | Symbol):
            return value
        variable = self.system[row].variable
        target = temporary(f"{name}_{variable.name}", variable.locality)
        self.statements.append(Statement(target=target, value=value))
        return target
