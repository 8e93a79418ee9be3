"""Exponential Euler: exact where rate and drive are constant over the step.

In normal form ``x + (1 - exp(-h/tau)) * (S - x)``; because the slope is ``(S - x)/tau`` this is
``x + h*f(x)*exprel(-h/tau)`` with ``exprel(z) = (exp(z) - 1)/z``. It loses no digits where
``h/tau`` is small, and has the right limit where the rate is 0. The limit where tau is 0, which is
S, is that of the first form: it is taken where the factor of x is a number, or a name shared by
all, whose value of 0 is asked for once per step and not per neuron.

Source: Cox & Matthews (2002), J. Comput. Phys. 176:430-455, first-order scheme.
"""

from __future__ import annotations

from collections.abc import Sequence

from annlab.codegen.lowering.arithmetic import ONE, STEP, ZERO, add, div, mul, neg, scaled
from annlab.codegen.lowering.hoist import is_invariant
from annlab.codegen.lowering.methods.protocol import Advance, decay_rate, quotient, weighted_step
from annlab.codegen.lowering.ode import Ode
from annlab.ir.expr import Call, Compare, Expr, Literal, Select, Symbol


class Exponential:
    """First order, stable for any step where the rate is positive."""

    is_coupled = False

    def advance(self, system: Sequence[Ode]) -> Advance:
        """Return ``x + h*f*exprel(-h*rate)``, or ``x*exp(-h*rate)`` where nothing drives x."""
        return Advance(new_values=tuple(_new_value(ode) for ode in system))


def _new_value(ode: Ode) -> Expr:
    rate, form = decay_rate(ode)
    exponent = neg(scaled(STEP, rate))
    if form.rest == ZERO:
        # One multiplication, and a decaying value can never change its sign by rounding.
        return mul(ode.variable, Call("exp", (exponent,)))
    numerator, divisor = quotient(ode, (ode.variable,))
    factor, _ = decay_rate(numerator)
    if divisor != ONE and _is_number_or_shared(factor, divisor):
        gain = div(neg(Call("expm1", (exponent,))), factor)
        if not isinstance(factor, Literal):
            gain = Select(Compare("==", factor, ZERO), div(STEP, divisor), gain)
        return add(ode.variable, mul(gain, numerator.slope))
    return weighted_step(ode, Call("exprel", (exponent,)))


def _is_number_or_shared(factor: Expr, divisor: Expr) -> bool:
    is_shared = isinstance(factor, Symbol) and is_invariant(factor) and is_invariant(divisor)
    return is_shared or isinstance(factor, Literal)
