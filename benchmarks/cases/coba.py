"""Conductance-based integrate-and-fire neurons, sparsely connected at random.

Vogels & Abbott (2005), J. Neurosci. 25:10786; benchmark 1 of Brette et al. (2007),
J. Comput. Neurosci. 23:349. A constant drive keeps the network active for any
length of run.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.case import Case, Runner, Settings
from benchmarks.simulators import (
    Library,
    Network,
    Population,
    annlab_like,
    brian2_standalone,
    run_brian2,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coba:
    """The numbers of the network; conductances in units of the leak."""

    n_excitatory: int = 3200
    n_inhibitory: int = 800
    probability: float = 0.02
    excitatory_weight: float = 0.6
    inhibitory_weight: float = 6.7
    rest_mv: float = -60.0
    threshold_mv: float = -50.0
    excitatory_reversal_mv: float = 0.0
    inhibitory_reversal_mv: float = -80.0
    drive_mv: float = 20.0
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

    def start(self, seed: int) -> dict[str, np.ndarray]:
        """Return the state of every neuron at time 0."""
        rng = np.random.default_rng(seed)
        v = rng.uniform(self.rest_mv, self.threshold_mv, self.n_neurons)
        return {
            "v": v,
            "g_exc": np.abs(rng.normal(4.0, 1.5, self.n_neurons)) / 10,
            "g_inh": np.abs(rng.normal(20.0, 12.0, self.n_neurons)) / 10,
        }


def neuron(library: Library, numbers: Coba) -> Library:
    """Return the neuron in the words that annlab and ANNarchy share."""
    return library.Neuron(
        parameters=f"""
            El = {numbers.rest_mv} : population
            Vt = {numbers.threshold_mv} : population
            Ee = {numbers.excitatory_reversal_mv} : population
            Ei = {numbers.inhibitory_reversal_mv} : population
            drive = {numbers.drive_mv} : population
            tau = {numbers.tau_ms} : population
            tau_exc = {numbers.tau_excitatory_ms} : population
            tau_inh = {numbers.tau_inhibitory_ms} : population
        """,
        equations="""
            tau * dv/dt = (El - v) + g_exc * (Ee - v) + g_inh * (Ei - v) + drive : exponential
            tau_exc * dg_exc/dt = -g_exc : exponential
            tau_inh * dg_inh/dt = -g_inh : exponential
        """,
        spike="v > Vt",
        reset="v = El",
        refractory=numbers.refractory_ms,
    )


def describe(
    library: Library, network: Network, numbers: Coba, settings: Settings
) -> list[Population]:
    pop = network.create(numbers.n_neurons, neuron(library, numbers))
    for name, values in numbers.start(settings.seed).items():
        setattr(pop, name, values)
    exc, inh = pop[: numbers.n_excitatory], pop[numbers.n_excitatory :]
    network.connect(exc, pop, "exc").fixed_probability(
        numbers.probability, weights=numbers.excitatory_weight
    )
    network.connect(inh, pop, "inh").fixed_probability(
        numbers.probability, weights=numbers.inhibitory_weight
    )
    return [pop]


def brian2_group(b2: Library, numbers: Coba, settings: Settings) -> Library:
    """Return the neurons in Brian2's words."""
    group = b2.NeuronGroup(
        numbers.n_neurons,
        f"""
        dv/dt = ((El - v) + g_exc*(Ee - v) + g_inh*(Ei - v) + drive)/tau : 1 (unless refractory)
        dg_exc/dt = -g_exc/({numbers.tau_excitatory_ms}*ms) : 1
        dg_inh/dt = -g_inh/({numbers.tau_inhibitory_ms}*ms) : 1
        """,
        threshold=f"v > {numbers.threshold_mv}",
        reset="v = El",
        refractory=numbers.refractory_ms * b2.ms,
        method="exponential_euler",
        namespace={
            "El": numbers.rest_mv,
            "Ee": numbers.excitatory_reversal_mv,
            "Ei": numbers.inhibitory_reversal_mv,
            "drive": numbers.drive_mv,
            "tau": numbers.tau_ms * b2.ms,
        },
        name="neurons",
    )
    for name, values in numbers.start(settings.seed).items():
        setattr(group, name, values)
    return group


def build_brian2(numbers: Coba, settings: Settings) -> Runner:
    b2 = brian2_standalone(settings, numbers.step_ms)
    group = brian2_group(b2, numbers, settings)
    network = b2.Network(group)
    exc, inh = group[: numbers.n_excitatory], group[numbers.n_excitatory :]
    for source, target, weight in (
        (exc, "g_exc", numbers.excitatory_weight),
        (inh, "g_inh", numbers.inhibitory_weight),
    ):
        synapses = b2.Synapses(source, group, on_pre=f"{target}_post += {weight}")
        synapses.connect(p=numbers.probability)
        network.add(synapses)
    return run_brian2(b2, network, numbers, settings)


BUILDERS = annlab_like(describe) | {"brian2": build_brian2}

CASES = (
    Case(name="coba-4000", numbers=Coba(), builders=BUILDERS, bar=0.50),
    Case(
        name="coba-40000",
        numbers=Coba(
            n_excitatory=32_000, n_inhibitory=8_000, probability=0.002, duration_ms=1000.0
        ),
        builders=BUILDERS,
        bar=0.40,
    ),
)
