"""The cortical microcircuit: eight populations of one square millimetre of cortex.

Potjans & Diesmann (2014), Cereb. Cortex 24:785-806: sizes and in-degrees (table 5), neurons and
synapses (table 4), Poisson input. Smaller versions keep mean and variance of the input
(van Albada, Helias & Diesmann 2015, PLoS Comput. Biol. 11:e1004490): fewer and stronger
synapses, and a current for the mean that is missing. At full size 77 169 neurons
and 0.3 billion synapses; runs on the back end that ANNLAB_BACKEND names.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from benchmarks.case import Case, Settings
from benchmarks.simulators import Library, Network, Population, annlab_like

LAYERS = ("L23E", "L23I", "L4E", "L4I", "L5E", "L5I", "L6E", "L6I")
SIZES = (20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948)
# Probability that a neuron of the row's population gets a synapse from one of the column's.
PROBABILITIES = (
    (0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0.0, 0.0076, 0.0),
    (0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0.0, 0.0042, 0.0),
    (0.0077, 0.0059, 0.0497, 0.1350, 0.0067, 0.0003, 0.0453, 0.0),
    (0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0.0, 0.1057, 0.0),
    (0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0.0),
    (0.0548, 0.0269, 0.0257, 0.0022, 0.0600, 0.3158, 0.0086, 0.0),
    (0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252),
    (0.0364, 0.0010, 0.0034, 0.0005, 0.0277, 0.0080, 0.0658, 0.1443),
)
OUTER_INPUTS = (1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100)
# Rates of the full network [Hz] (their table 6): what a smaller one is compensated for.
RATES_HZ = (0.86, 2.80, 4.45, 5.93, 7.59, 8.64, 1.09, 7.88)


@dataclass(frozen=True, slots=True, kw_only=True)
class Microcircuit:
    """The numbers of the network; `size` is the part of neurons and of synapses of each."""

    size: float = 1.0
    weight_pa: float = 87.8
    relative_inhibition: float = 4.0
    outer_rate_hz: float = 8.0
    tau_ms: float = 10.0
    tau_syn_ms: float = 0.5
    capacity_pf: float = 250.0
    refractory_ms: float = 2.0
    delays_ms: tuple[float, float] = (1.5, 0.75)  # excitatory, inhibitory
    step_ms: float = 0.1
    duration_ms: float = 1000.0

    @property
    def sizes(self) -> list[int]:
        return [max(1, round(n * self.size)) for n in SIZES]

    @property
    def n_neurons(self) -> int:
        return sum(self.sizes)

    @property
    def n_synapses(self) -> int:
        pairs = ((i, j) for i in range(8) for j in range(8))
        return round(sum(self.inputs(i, j) * self.sizes[i] for i, j in pairs))

    def inputs(self, post: int, pre: int) -> float:
        """Return the mean number of synapses from a population onto one neuron."""
        return self.size * _full_inputs(post, pre)

    def weight(self, post: int, pre: int) -> float:
        """Return the mean weight [pA] of a projection, without its sign."""
        doubled = 2.0 if (LAYERS[post], LAYERS[pre]) == ("L23E", "L4E") else 1.0
        kind = 1.0 if pre % 2 == 0 else self.relative_inhibition
        return self.weight_pa * doubled * kind / math.sqrt(self.size)

    def missing_pa(self, post: int) -> float:
        """Return the mean current that fewer synapses leave out, although they are stronger."""
        per_second = self.weight_pa * OUTER_INPUTS[post] * self.outer_rate_hz
        for pre in range(8):
            sign = 1.0 if pre % 2 == 0 else -1.0
            weight = self.weight(post, pre) * math.sqrt(self.size)
            per_second += sign * weight * _full_inputs(post, pre) * RATES_HZ[pre]
        return 1e-3 * self.tau_syn_ms * (1.0 - math.sqrt(self.size)) * per_second


def _full_inputs(post: int, pre: int) -> float:
    """Return the in-degree of the full network: several synapses may join one pair (eq. 1)."""
    probability, pairs = PROBABILITIES[post][pre], SIZES[post] * SIZES[pre]
    return math.log1p(-probability) / math.log1p(-1.0 / pairs) / SIZES[post]


def describe(
    library: Library, network: Network, numbers: Microcircuit, settings: Settings
) -> list[Population]:
    pops = [_population(library, network, numbers, settings, layer) for layer in range(len(LAYERS))]
    for i, post in enumerate(pops):
        for j, pre in enumerate(pops):
            n_inputs = numbers.inputs(i, j)
            if n_inputs == 0.0:
                continue
            weight, delay = numbers.weight(i, j), numbers.delays_ms[j % 2]
            network.connect(pre, post, "inh" if j % 2 else "exc").fixed_probability(
                n_inputs / numbers.sizes[j],
                weights=library.Normal(weight, 0.1 * weight, min=0.0),
                delays=library.Normal(delay, 0.5 * delay, min=numbers.step_ms, max=4.0 * delay),
            )
    return pops


def _population(
    library: Library, network: Network, numbers: Microcircuit, settings: Settings, layer: int
) -> Population:
    # Several sources of one rate make one Poisson source; the strength is that of fewer synapses.
    neuron = library.Neuron(
        parameters=f"""
            tau = {numbers.tau_ms} : population
            tau_syn = {numbers.tau_syn_ms} : population
            capacity = {numbers.capacity_pf} : population
            n_outer = {float(round(numbers.size * OUTER_INPUTS[layer]))} : population
            p_outer = {1e-3 * numbers.outer_rate_hz * numbers.step_ms} : population
            w_outer = {numbers.weight_pa / math.sqrt(numbers.size)} : population
            missing = {numbers.missing_pa(layer)} : population
        """,
        equations="""
            outer = outer * exp(-dt/tau_syn) + w_outer * Binomial(n_outer, p_outer)
            tau * dv/dt = -65.0 - v + tau/capacity * (g_exc - g_inh + outer + missing) : exponential
            tau_syn * dg_exc/dt = -g_exc : exponential
            tau_syn * dg_inh/dt = -g_inh : exponential
        """,
        spike="v > -50.0",
        reset="v = -65.0",
        refractory=numbers.refractory_ms,
    )
    pop = network.create(numbers.sizes[layer], neuron)
    generator = np.random.default_rng([settings.seed, layer])
    pop.v = generator.normal(-58.0, 10.0, pop.size)
    return pop


# Nobody else has been asked yet: there is no ratio.
BUILDERS = {k: v for k, v in annlab_like(describe).items() if k == "annlab"}

CASES = (
    Case(name="microcircuit", numbers=Microcircuit(), builders=BUILDERS, bar=1.0, is_large=True),
    Case(name="microcircuit-tenth", numbers=Microcircuit(size=0.1), builders=BUILDERS, bar=1.0),
)
