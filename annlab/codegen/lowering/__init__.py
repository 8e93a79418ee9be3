"""From the typed model to kernel IR: numerical methods, events, hoisting."""

from annlab.codegen.lowering.describe import describe
from annlab.codegen.lowering.kernel import (
    EventDriven,
    PopulationKernel,
    ProjectionKernel,
    Statement,
)
from annlab.codegen.lowering.neuron import lower_neuron
from annlab.codegen.lowering.synapse import lower_synapse

__all__ = [
    "EventDriven",
    "PopulationKernel",
    "ProjectionKernel",
    "Statement",
    "describe",
    "lower_neuron",
    "lower_synapse",
]
