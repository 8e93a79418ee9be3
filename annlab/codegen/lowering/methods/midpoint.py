"""Midpoint method: ``k = f(x)``, then ``x + h*f(x + h*k/2)``, as a vector over the system."""

from __future__ import annotations

from collections.abc import Sequence

from annlab.codegen.lowering.arithmetic import STEP, add, mul
from annlab.codegen.lowering.methods.protocol import Advance
from annlab.codegen.lowering.methods.stages import shifted, slopes
from annlab.codegen.lowering.ode import Ode
from annlab.ir.expr import Literal

HALF_STEP = mul(Literal(0.5), STEP)


class Midpoint:
    """Second order; takes any equation. Inputs and `t` are held over the step."""

    is_coupled = True

    def advance(self, system: Sequence[Ode]) -> Advance:
        """Return ``x + h*k2`` with the slopes `k2` at the middle of the step."""
        first, k1 = slopes("k1", system, {})
        middle, at_middle = shifted("x2", system, HALF_STEP, k1)
        second, k2 = slopes("k2", system, at_middle)
        values = (add(o.variable, mul(STEP, k2[o.variable])) for o in system)
        return Advance(stages=(*first, *middle, *second), new_values=tuple(values))
