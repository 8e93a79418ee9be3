"""Discretise a synapse: `SynapseModel` in, `ProjectionKernel` out."""

from __future__ import annotations

from annlab.codegen.lowering.blocks import lower_equations
from annlab.codegen.lowering.events import lower_event
from annlab.codegen.lowering.hoist import hoist
from annlab.codegen.lowering.kernel import EventDriven, ProjectionKernel
from annlab.codegen.lowering.methods import event_driven
from annlab.codegen.lowering.ode import solve_for_gradient
from annlab.codegen.lowering.sharing import share
from annlab.codegen.lowering.singular import without_singularities
from annlab.ir.expr import Locality
from annlab.ir.model import Equation, Method, SynapseModel


def lower_synapse(model: SynapseModel) -> ProjectionKernel:
    """Return one step of a projection of `model`.

    Raises
    ------
    MethodError
        If a numerical method does not fit its equation.
    EquationError
        If an ODE cannot be solved for its gradient, or stands in an event.
    """
    shared = lower_equations(_of(model, Locality.GLOBAL))
    invariants, (dendrites, synapses) = hoist(
        [lower_equations(_of(model, each)) for each in (Locality.SEMIGLOBAL, Locality.LOCAL)]
    )
    return ProjectionKernel(
        model=model,
        psp=without_singularities(model.psp.expr) if model.psp else None,
        pre_spike=lower_event(model.pre_spike),
        pre_axon_spike=lower_event(model.pre_axon_spike),
        post_spike=lower_event(model.post_spike),
        event_driven=_event_driven(model),
        invariants=tuple(share(invariants, prefix="hc")),
        global_update=tuple(share(shared)),
        semiglobal_update=tuple(share(dendrites)),
        local_update=tuple(share(synapses)),
    )


def _of(model: SynapseModel, locality: Locality) -> list[Equation]:
    return [e for e in model.equations if e.variable.locality is locality]


def _event_driven(model: SynapseModel) -> tuple[EventDriven, ...]:
    parameters = frozenset(a.name for a in model.attributes if a.is_parameter)
    return tuple(
        event_driven(solve_for_gradient(e), parameters)
        for e in model.equations
        if e.is_ode and e.method is Method.EVENT_DRIVEN
    )
