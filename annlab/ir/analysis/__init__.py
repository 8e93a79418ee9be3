"""Syntax to typed model: names resolved, flags understood, the language's rules checked."""

from annlab.ir.analysis.neuron import analyse_neuron
from annlab.ir.analysis.synapse import analyse_synapse

__all__ = ["analyse_neuron", "analyse_synapse"]
