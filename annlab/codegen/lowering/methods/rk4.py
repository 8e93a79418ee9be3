"""The classical Runge-Kutta method of fourth order, as a vector over the system.

Source: Kutta (1901), Z. Math. Phys. 46:435-453.
"""

from __future__ import annotations

from collections.abc import Sequence

from annlab.codegen.lowering.arithmetic import STEP, add, div, mul
from annlab.codegen.lowering.methods.midpoint import HALF_STEP
from annlab.codegen.lowering.methods.protocol import Advance
from annlab.codegen.lowering.methods.stages import Values, shifted, slopes
from annlab.codegen.lowering.ode import Ode
from annlab.ir.expr import Expr, Literal

SIXTH_OF_STEP = div(STEP, Literal(6.0))
TWO = Literal(2.0)


class RungeKutta4:
    """Fourth order; takes any equation. Inputs and `t` are held over the step."""

    is_coupled = True

    def advance(self, system: Sequence[Ode]) -> Advance:
        """Return ``x + h/6 * (k1 + 2*k2 + 2*k3 + k4)``."""
        first, k1 = slopes("k1", system, {})
        to_second, x2 = shifted("x2", system, HALF_STEP, k1)
        second, k2 = slopes("k2", system, x2)
        to_third, x3 = shifted("x3", system, HALF_STEP, k2)
        third, k3 = slopes("k3", system, x3)
        to_fourth, x4 = shifted("x4", system, STEP, k3)
        fourth, k4 = slopes("k4", system, x4)
        stages = (*first, *to_second, *second, *to_third, *third, *to_fourth, *fourth)
        values = tuple(_new_value(ode, (k1, k2, k3, k4)) for ode in system)
        return Advance(stages=stages, new_values=values)


def _new_value(ode: Ode, k: tuple[Values, Values, Values, Values]) -> Expr:
    k1, k2, k3, k4 = (slope[ode.variable] for slope in k)
    total = add(add(add(k1, mul(TWO, k2)), mul(TWO, k3)), k4)
    return add(ode.variable, mul(SIXTH_OF_STEP, total))
