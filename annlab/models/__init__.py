"""The standard neurons and synapses: equations as text, data and not code."""

from annlab.models import neurons as Neurons
from annlab.models import synapses as Synapses
from annlab.models.neurons import (
    EIF_cond_alpha_isfa_ista,
    EIF_cond_exp_isfa_ista,
    GIF_curr,
    GIF_curr_exp,
    HH_cond_exp,
    IF_cond_alpha,
    IF_cond_exp,
    IF_curr_alpha,
    IF_curr_exp,
    Izhikevich,
    LeakyIntegrator,
    list_standard_neurons,
)
from annlab.models.synapses import IBCM, STDP, STP, Hebb, Oja, list_standard_synapses

__all__ = [
    "EIF_cond_alpha_isfa_ista",
    "EIF_cond_exp_isfa_ista",
    "GIF_curr",
    "GIF_curr_exp",
    "HH_cond_exp",
    "Hebb",
    "IBCM",
    "IF_cond_alpha",
    "IF_cond_exp",
    "IF_curr_alpha",
    "IF_curr_exp",
    "Izhikevich",
    "LeakyIntegrator",
    "Neurons",
    "Oja",
    "STDP",
    "STP",
    "Synapses",
    "list_standard_neurons",
    "list_standard_synapses",
]
