"""Explicit (forward) Euler: ``x + h*f(x)``."""

from __future__ import annotations

from collections.abc import Sequence

from annlab.codegen.lowering.arithmetic import STEP, add, scaled
from annlab.codegen.lowering.methods.protocol import Advance
from annlab.codegen.lowering.ode import Ode


class Explicit:
    """First order, conditionally stable; takes any equation."""

    is_coupled = False

    def advance(self, system: Sequence[Ode]) -> Advance:
        """Return ``x + h*f`` for each equation."""
        values = (add(ode.variable, scaled(STEP, ode.slope)) for ode in system)
        return Advance(new_values=tuple(values))
