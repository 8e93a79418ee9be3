"""Refuse at the user's call what would only fail at compile.

Some numerical methods fit some equations only. Whether they do is found out by
the lowering, which need not be loaded for models that use no such method.
"""

from __future__ import annotations

from importlib import import_module

from annlab.ir.model import Method, NeuronModel, SynapseModel

_FIT_ALL = (Method.EXPLICIT, Method.MIDPOINT, Method.RK4)
_LOWERING = "annlab.codegen.lowering"


def check_methods(model: NeuronModel | SynapseModel) -> None:
    """Raise if a numerical method does not fit its equation.

    Raises
    ------
    MethodError
        With the equation, the reason and the methods that would fit.
    """
    if not any(e.is_ode and e.method not in _FIT_ALL for e in model.equations):
        return
    lowering = import_module(_LOWERING)  # loaded late: most models need no check
    is_neuron = isinstance(model, NeuronModel)
    (lowering.lower_neuron if is_neuron else lowering.lower_synapse)(model)
