"""Hodgkin-Huxley neurons with the channels of a hippocampal cell, weakly connected.

Traub & Miles (1991), Neuronal Networks of the Hippocampus; benchmark 3 of Brette et
al. (2007), J. Comput. Neurosci. 23:349. Bound by arithmetic: six exponentials a
neuron and step.
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

RATES = """
    an = 0.032*(15.0 - v + V0)/(exp((15.0 - v + V0)/5.0) - 1.0)
    am = 0.32*(13.0 - v + V0)/(exp((13.0 - v + V0)/4.0) - 1.0)
    ah = 0.128*exp((17.0 - v + V0)/18.0)
    bn = 0.5*exp((10.0 - v + V0)/40.0)
    bm = 0.28*(v - V0 - 40.0)/(exp((v - V0 - 40.0)/5.0) - 1.0)
    bh = 4.0/(1.0 + exp((40.0 - v + V0)/5.0))
"""
CURRENT = """gleak*(El - v) + gK*n**4*(EK - v) + gNa*m**3*h*(ENa - v)
    + g_exc*(Ee - v) + g_inh*(Ei - v) + I"""


@dataclass(frozen=True, slots=True, kw_only=True)
class HodgkinHuxley:
    """The numbers of the network; conductances in µS, capacitance in nF, current in nA."""

    n_excitatory: int = 3200
    n_inhibitory: int = 800
    probability: float = 0.02
    excitatory_weight: float = 0.0001
    inhibitory_weight: float = 0.0005
    offset_mv: float = -63.0
    sodium: float = 20.0
    potassium: float = 6.0
    leak: float = 0.01
    sodium_reversal_mv: float = 50.0
    potassium_reversal_mv: float = -90.0
    leak_reversal_mv: float = -65.0
    excitatory_reversal_mv: float = 0.0
    inhibitory_reversal_mv: float = -80.0
    capacitance: float = 0.2
    drive: float = 0.2
    tau_excitatory_ms: float = 5.0
    tau_inhibitory_ms: float = 10.0
    step_ms: float = 0.02
    duration_ms: float = 200.0

    @property
    def n_neurons(self) -> int:
        return self.n_excitatory + self.n_inhibitory

    @property
    def n_synapses(self) -> int:
        return round(self.n_neurons**2 * self.probability)

    def start(self, seed: int) -> np.ndarray:
        """Return the membrane potential of every neuron at time 0."""
        return np.random.default_rng(seed).uniform(-70.0, -60.0, self.n_neurons)

    def constants(self) -> dict[str, float]:
        """Return the constants by their names in the equations."""
        return {
            "V0": self.offset_mv,
            "gNa": self.sodium,
            "gK": self.potassium,
            "gleak": self.leak,
            "ENa": self.sodium_reversal_mv,
            "EK": self.potassium_reversal_mv,
            "El": self.leak_reversal_mv,
            "Ee": self.excitatory_reversal_mv,
            "Ei": self.inhibitory_reversal_mv,
            "C": self.capacitance,
            "I": self.drive,
        }


def describe(
    library: Library, network: Network, numbers: HodgkinHuxley, settings: Settings
) -> list[Population]:
    constants = numbers.constants() | {
        "tau_exc": numbers.tau_excitatory_ms,
        "tau_inh": numbers.tau_inhibitory_ms,
    }
    neuron = library.Neuron(
        parameters="\n".join(f"{name} = {value} : population" for name, value in constants.items()),
        equations=f"""
            prev_v = v
            {RATES}
            dn/dt = an*(1.0 - n) - bn*n : init = 0.0, exponential
            dm/dt = am*(1.0 - m) - bm*m : init = 0.0, exponential
            dh/dt = ah*(1.0 - h) - bh*h : init = 1.0, exponential
            C * dv/dt = {CURRENT} : exponential
            tau_exc * dg_exc/dt = -g_exc : exponential
            tau_inh * dg_inh/dt = -g_inh : exponential
        """,
        spike="(v > 0.0) and (prev_v <= 0.0)",
        reset="",
    )
    pop = network.create(numbers.n_neurons, neuron)
    pop.v = numbers.start(settings.seed)
    exc, inh = pop[: numbers.n_excitatory], pop[numbers.n_excitatory :]
    network.connect(exc, pop, "exc").fixed_probability(
        numbers.probability, weights=numbers.excitatory_weight
    )
    network.connect(inh, pop, "inh").fixed_probability(
        numbers.probability, weights=numbers.inhibitory_weight
    )
    return [pop]


def build_brian2(numbers: HodgkinHuxley, settings: Settings) -> Runner:
    b2 = brian2_standalone(settings, numbers.step_ms)
    rates = "\n".join(f"{line.strip()}/ms : Hz" for line in RATES.strip().splitlines())
    group = b2.NeuronGroup(
        numbers.n_neurons,
        f"""
        {rates}
        dn/dt = an*(1.0 - n) - bn*n : 1
        dm/dt = am*(1.0 - m) - bm*m : 1
        dh/dt = ah*(1.0 - h) - bh*h : 1
        dv/dt = ({" ".join(CURRENT.split())})/(C*ms) : 1
        dg_exc/dt = -g_exc/({numbers.tau_excitatory_ms}*ms) : 1
        dg_inh/dt = -g_inh/({numbers.tau_inhibitory_ms}*ms) : 1
        """,
        threshold="v > 0.0",
        refractory="v > 0.0",
        method="exponential_euler",
        namespace=numbers.constants(),
        name="neurons",
    )
    group.v = numbers.start(settings.seed)
    group.h = 1.0
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


CASES = (
    Case(
        name="hh-4000",
        numbers=HodgkinHuxley(),
        builders=annlab_like(describe) | {"brian2": build_brian2},
        bar=0.45,
    ),
)
