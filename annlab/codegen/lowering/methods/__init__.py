"""The numerical methods, one file each, found by name.

A method takes the ODEs of a system and says what their new values are. It
knows nothing of blocks, bounds, refractoriness, hoisting or C.
"""

from annlab.codegen.lowering.methods.event_driven import event_driven
from annlab.codegen.lowering.methods.explicit import Explicit
from annlab.codegen.lowering.methods.exponential import Exponential
from annlab.codegen.lowering.methods.implicit import Implicit
from annlab.codegen.lowering.methods.midpoint import Midpoint
from annlab.codegen.lowering.methods.protocol import Advance, NumericalMethod
from annlab.codegen.lowering.methods.rk4 import RungeKutta4
from annlab.codegen.lowering.methods.semiimplicit import SemiImplicit
from annlab.ir.model import Method

# Event-driven variables are not advanced by the step, so they have no entry.
METHODS: dict[Method, NumericalMethod] = {
    Method.EXPLICIT: Explicit(),
    Method.EXPONENTIAL: Exponential(),
    Method.IMPLICIT: Implicit(),
    Method.MIDPOINT: Midpoint(),
    Method.RK4: RungeKutta4(),
    Method.SEMIIMPLICIT: SemiImplicit(),
}

__all__ = ["METHODS", "Advance", "NumericalMethod", "event_driven"]
