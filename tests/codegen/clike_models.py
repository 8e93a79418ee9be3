"""The models whose generated code is looked at: source text, and the binary made from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from annlab.codegen.clike.layout import Layout
from annlab.codegen.clike.render import Renderer
from annlab.codegen.cpu.render import RENDERER
from annlab.ir.analysis import analyse_neuron, analyse_synapse
from annlab.ir.definition import Neuron, Synapse
from annlab.ir.expr import Side
from annlab.models import STDP, HH_cond_exp, IF_cond_exp, Izhikevich, LeakyIntegrator, Oja

FLOAT64 = np.dtype(np.float64)

NOISY = Neuron(
    name="Noisy",
    parameters="a = 0.02; b = 0.2; c = -65.0; d = 8.0; noise = 0.0",
    equations="""
        I = g_exc - g_inh + noise * Normal(0.0, 1.0)
        dv/dt = 0.04*v^2 + 5.0*v + 140.0 - u + I : init=-65.0
        du/dt = a*(b*v - u) : init=-13.0
    """,
    spike="v > 30.0",
    reset="v = c; u += d",
)
BURSTING = Neuron(
    name="Bursting",
    parameters="tau = 10.0; I = 20.0",
    equations="tau * dv/dt + v = g_exc + I : exponential",
    spike="v > 15.0",
    reset="v = 0.0",
    axon_spike="v > 12.0",
    axon_reset="v -= 1.0",
)
GATE = Neuron(
    name="Gate",
    parameters="tau = 10.0",
    equations="tau * dv/dt + v = exp(-v) + sum(exc) : exponential\nr = pos(v)",
)


def population_source(
    neuron: Neuron, float_type: np.dtype = FLOAT64, renderer: Renderer = RENDERER
) -> str:
    return renderer.population(analyse_neuron(neuron), float_type)[0]


@dataclass(frozen=True, kw_only=True)
class Wiring:
    """A synapse between neurons, and how it is stored."""

    synapse: Synapse
    neuron: Neuron
    storage: str = "csr"
    major: Side = Side.PRE
    has_delays: bool = False
    has_traces: bool = False
    has_young: bool = False

    def source(self, float_type: np.dtype = FLOAT64, renderer: Renderer = RENDERER) -> str:
        ends = analyse_neuron(self.neuron)
        model = analyse_synapse(self.synapse, pre=ends, post=ends, targets=("exc",))
        layout = Layout(
            storage=self.storage,
            major=self.major,
            has_delays=self.has_delays,
            n_targets=1,
            has_traces=self.has_traces,
            has_young=self.has_young,
        )
        return renderer.projection(model, layout, float_type)[0]


POPULATIONS = {
    "izhikevich": Izhikevich(),
    "noisy_izhikevich": NOISY,
    "if_cond_exp": IF_cond_exp(),
    "hh_cond_exp": HH_cond_exp(),
    "leaky_integrator": LeakyIntegrator(),
    "axon": BURSTING,
}
PROJECTIONS = {
    "spikes_csr": Wiring(synapse=Synapse(), neuron=Izhikevich()),
    "spikes_dense": Wiring(synapse=Synapse(), neuron=Izhikevich(), storage="dense"),
    "spikes_delayed_csr": Wiring(synapse=Synapse(), neuron=Izhikevich(), has_delays=True),
    "spikes_one_to_one": Wiring(synapse=Synapse(), neuron=Izhikevich(), storage="one_to_one"),
    "rates_dense": Wiring(
        synapse=Synapse(), neuron=LeakyIntegrator(), storage="dense", major=Side.POST
    ),
    "rates_csr": Wiring(synapse=Synapse(), neuron=LeakyIntegrator(), major=Side.POST),
    "oja_dense": Wiring(synapse=Oja(), neuron=LeakyIntegrator(), storage="dense", major=Side.POST),
    "stdp_csr": Wiring(synapse=STDP(), neuron=IF_cond_exp()),
    "stdp_traces_csr": Wiring(synapse=STDP(), neuron=IF_cond_exp(), has_traces=True),
    "stdp_young_csr": Wiring(synapse=STDP(), neuron=IF_cond_exp(), has_traces=True, has_young=True),
}
