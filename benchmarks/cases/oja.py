"""Rate-coded neurons, all connected to all, every weight learning by Oja's rule.

Oja (1982), J. Math. Biol. 15:267.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.case import Case, Runner, Settings, Unit
from benchmarks.simulators import (
    Library,
    Network,
    Population,
    annlab_like,
    brian2_standalone,
    run_brian2,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OjaRule:
    """The numbers of the network."""

    n_neurons: int = 1000
    largest_weight: float = 0.002
    learning_rate: float = 0.0001
    alpha: float = 1.0
    tau_ms: float = 10.0
    step_ms: float = 1.0
    duration_ms: float = 1000.0

    @property
    def n_synapses(self) -> int:
        return self.n_neurons**2

    def input(self, seed: int) -> np.ndarray:
        """Return the constant input of every neuron."""
        return np.random.default_rng(seed).uniform(0.0, 1.0, self.n_neurons)


def describe(
    library: Library, network: Network, numbers: OjaRule, settings: Settings
) -> list[Population]:
    neuron = library.Neuron(
        parameters=f"tau = {numbers.tau_ms} : population\nB = 0.0",
        equations="tau * dr/dt + r = tanh(sum(exc) + B)",
    )
    synapse = library.Synapse(
        parameters=f"""
            eta = {numbers.learning_rate} : projection
            alpha = {numbers.alpha} : projection
        """,
        equations="dw/dt = eta * (pre.r * post.r - alpha * post.r^2 * w)",
    )
    pop = network.create(numbers.n_neurons, neuron)
    pop.B = numbers.input(settings.seed)
    weights = library.Uniform(0.0, numbers.largest_weight)
    network.connect(pop, pop, "exc", synapse).all_to_all(weights, allow_self_connections=True)
    return []


def build_brian2(numbers: OjaRule, settings: Settings) -> Runner:
    b2 = brian2_standalone(settings, numbers.step_ms)
    group = b2.NeuronGroup(
        numbers.n_neurons,
        f"""
        dr/dt = (tanh(total + B) - r)/({numbers.tau_ms}*ms) : 1
        total : 1
        B : 1 (constant)
        """,
        method="euler",
        name="neurons",
    )
    group.B = numbers.input(settings.seed)
    synapses = b2.Synapses(
        group,
        group,
        f"""
        dw/dt = {numbers.learning_rate}/ms
                * (r_pre*r_post - {numbers.alpha}*r_post**2*w) : 1 (clock-driven)
        total_post = w*r_pre : 1 (summed)
        """,
        method="euler",
    )
    synapses.connect()
    synapses.w = f"rand()*{numbers.largest_weight}"
    return run_brian2(b2, b2.Network(group, synapses), numbers, settings)


CASES = (
    Case(
        name="oja-1000",
        numbers=OjaRule(),
        builders=annlab_like(describe) | {"brian2": build_brian2},
        bar=0.30,
        unit=Unit.MS_PER_STEP,
    ),
)
