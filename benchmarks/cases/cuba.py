"""Current-based integrate-and-fire neurons, sparsely connected at random.

Vogels & Abbott (2005), J. Neurosci. 25:10786; benchmark 2 of Brette et al. (2007),
J. Comput. Neurosci. 23:349.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.case import Case, Runner, Settings
from benchmarks.simulators import (
    Library,
    Network,
    Population,
    annlab_like,
    brian2_standalone,
    run_brian2,
    run_nest,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuba:
    """The numbers of the network; weights in mV."""

    n_excitatory: int = 3200
    n_inhibitory: int = 800
    probability: float = 0.02
    excitatory_weight_mv: float = 1.62
    inhibitory_weight_mv: float = 9.0
    rest_mv: float = -49.0
    threshold_mv: float = -50.0
    reset_mv: float = -60.0
    tau_ms: float = 20.0
    tau_excitatory_ms: float = 5.0
    tau_inhibitory_ms: float = 10.0
    refractory_ms: float = 5.0
    step_ms: float = 0.1
    duration_ms: float = 10_000.0

    @property
    def n_neurons(self) -> int:
        return self.n_excitatory + self.n_inhibitory

    @property
    def n_synapses(self) -> int:
        return round(self.n_neurons**2 * self.probability)

    def start(self, seed: int) -> np.ndarray:
        """Return the membrane potential of every neuron at time 0."""
        rng = np.random.default_rng(seed)
        return rng.uniform(self.reset_mv, self.threshold_mv, self.n_neurons)


def describe(
    library: Library, network: Network, numbers: Cuba, settings: Settings
) -> list[Population]:
    neuron = library.Neuron(
        parameters=f"""
            El = {numbers.rest_mv} : population
            Vt = {numbers.threshold_mv} : population
            Vr = {numbers.reset_mv} : population
            tau = {numbers.tau_ms} : population
            tau_exc = {numbers.tau_excitatory_ms} : population
            tau_inh = {numbers.tau_inhibitory_ms} : population
        """,
        equations="""
            tau * dv/dt = (El - v) + g_exc - g_inh : exponential
            tau_exc * dg_exc/dt = -g_exc : exponential
            tau_inh * dg_inh/dt = -g_inh : exponential
        """,
        spike="v > Vt",
        reset="v = Vr",
        refractory=numbers.refractory_ms,
    )
    pop = network.create(numbers.n_neurons, neuron)
    pop.v = numbers.start(settings.seed)
    exc, inh = pop[: numbers.n_excitatory], pop[numbers.n_excitatory :]
    network.connect(exc, pop, "exc").fixed_probability(
        numbers.probability, weights=numbers.excitatory_weight_mv
    )
    network.connect(inh, pop, "inh").fixed_probability(
        numbers.probability, weights=numbers.inhibitory_weight_mv
    )
    return [pop]


def build_brian2(numbers: Cuba, settings: Settings) -> Runner:
    b2 = brian2_standalone(settings, numbers.step_ms)
    group = b2.NeuronGroup(
        numbers.n_neurons,
        f"""
        dv/dt = ({numbers.rest_mv} - v + g_exc - g_inh)/tau : 1 (unless refractory)
        dg_exc/dt = -g_exc/({numbers.tau_excitatory_ms}*ms) : 1
        dg_inh/dt = -g_inh/({numbers.tau_inhibitory_ms}*ms) : 1
        """,
        threshold=f"v > {numbers.threshold_mv}",
        reset=f"v = {numbers.reset_mv}",
        refractory=numbers.refractory_ms * b2.ms,
        method="exact",
        namespace={"tau": numbers.tau_ms * b2.ms},
        name="neurons",
    )
    group.v = numbers.start(settings.seed)
    network = b2.Network(group)
    exc, inh = group[: numbers.n_excitatory], group[numbers.n_excitatory :]
    for source, target, weight in (
        (exc, "g_exc", numbers.excitatory_weight_mv),
        (inh, "g_inh", numbers.inhibitory_weight_mv),
    ):
        synapses = b2.Synapses(source, group, on_pre=f"{target}_post += {weight}")
        synapses.connect(p=numbers.probability)
        network.add(synapses)
    return run_brian2(b2, network, numbers, settings)


def build_nest(numbers: Cuba, settings: Settings) -> Runner:
    import nest

    capacity_pf = 200.0
    current_pa_per_mv = capacity_pf / numbers.tau_ms

    def network(nest: Any) -> list[Population]:
        pop = nest.Create(
            "iaf_psc_exp",
            numbers.n_neurons,
            {
                "C_m": capacity_pf,
                "tau_m": numbers.tau_ms,
                "E_L": numbers.rest_mv,
                "V_th": numbers.threshold_mv,
                "V_reset": numbers.reset_mv,
                "t_ref": numbers.refractory_ms,
                "tau_syn_ex": numbers.tau_excitatory_ms,
                "tau_syn_in": numbers.tau_inhibitory_ms,
            },
        )
        pop.set({"V_m": numbers.start(settings.seed)})
        exc, inh = pop[: numbers.n_excitatory], pop[numbers.n_excitatory :]
        rule = {"rule": "pairwise_bernoulli", "p": numbers.probability}
        for source, weight_mv in (
            (exc, numbers.excitatory_weight_mv),
            (inh, -numbers.inhibitory_weight_mv),
        ):
            synapse = {"weight": weight_mv * current_pa_per_mv, "delay": numbers.step_ms}
            nest.Connect(source, pop, rule, synapse)
        return [pop]

    return run_nest(nest, network, numbers, settings)


CASES = (
    Case(
        name="cuba-4000",
        numbers=Cuba(),
        builders=annlab_like(describe) | {"brian2": build_brian2, "nest": build_nest},
        bar=0.45,
    ),
)
