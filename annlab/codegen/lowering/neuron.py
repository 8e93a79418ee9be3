"""Discretise a neuron: `NeuronModel` in, `PopulationKernel` out."""

from __future__ import annotations

from annlab.codegen.lowering.blocks import lower_equations
from annlab.codegen.lowering.events import lower_reset
from annlab.codegen.lowering.hoist import hoist
from annlab.codegen.lowering.kernel import PopulationKernel
from annlab.codegen.lowering.ode import place
from annlab.codegen.lowering.sharing import share
from annlab.codegen.lowering.singular import without_singularities
from annlab.errors import MethodError
from annlab.ir.expr import Expr, Locality
from annlab.ir.model import Condition, Equation, Method, NeuronModel


def lower_neuron(model: NeuronModel) -> PopulationKernel:
    """Return one step of a population of `model`.

    Raises
    ------
    MethodError
        If a numerical method does not fit its equation.
    EquationError
        If an ODE cannot be solved for its gradient.
    """
    _refuse_event_driven(model.equations)
    is_global = [e.variable.locality is Locality.GLOBAL for e in model.equations]
    shared = [e for e, yes in zip(model.equations, is_global, strict=True) if yes]
    own = [e for e, yes in zip(model.equations, is_global, strict=True) if not yes]
    has_refractory = model.is_spiking and model.refractory is not None
    invariants, (update,) = hoist([lower_equations(own, has_refractory=has_refractory)])
    return PopulationKernel(
        model=model,
        invariants=tuple(share(invariants, prefix="hc")),
        global_update=tuple(share(lower_equations(shared))),
        update=tuple(share(update)),
        spike=_condition(model.spike),
        reset=lower_reset(model.reset),
        axon_spike=_condition(model.axon_spike),
        axon_reset=lower_reset(model.axon_reset),
        stop=_condition(model.stop.condition if model.stop else None),
    )


def _condition(condition: Condition | None) -> Expr | None:
    return None if condition is None else without_singularities(condition.expr)


def _refuse_event_driven(equations: tuple[Equation, ...]) -> None:
    for equation in equations:
        if equation.is_ode and equation.method is Method.EVENT_DRIVEN:
            source, span = place(equation)
            raise MethodError(
                "the method 'event-driven' is for synapses",
                source=source,
                span=span,
                why="neurons are updated in every step",
                hint="use 'exponential'",
            )
