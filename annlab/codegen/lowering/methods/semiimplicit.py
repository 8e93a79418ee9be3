"""Semi-implicit Euler: implicit in the variable itself, all else held.

In normal form ``x + (h/tau)/(1 + h/tau) * (S - x)``; because the slope is ``(S - x)/tau`` this
is ``x + h*f(x)/(1 + h/tau)``, which needs neither S nor a division by the rate. Times tau above and
below it is S where tau is 0.
"""

from __future__ import annotations

from collections.abc import Sequence

from annlab.codegen.lowering.arithmetic import ONE, STEP, add, div, scaled
from annlab.codegen.lowering.methods.protocol import Advance, decay_rate, quotient, weighted_step
from annlab.codegen.lowering.ode import Ode
from annlab.ir.expr import Expr


class SemiImplicit:
    """First order, stable for any step where the rate is positive."""

    is_coupled = False

    def advance(self, system: Sequence[Ode]) -> Advance:
        """Return ``x + h*N/(d + h*factor)`` for each equation, whose slope is N/d."""
        return Advance(new_values=tuple(_new_value(ode) for ode in system))


def _new_value(ode: Ode) -> Expr:
    numerator, divisor = quotient(ode, (ode.variable,))
    factor, _ = decay_rate(numerator)
    return weighted_step(numerator, div(ONE, add(divisor, scaled(STEP, factor))))
