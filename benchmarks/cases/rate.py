"""Rate-coded neurons, all connected to all: a chaotic network.

Sompolinsky, Crisanti & Sommers (1988), Phys. Rev. Lett. 61:259. A step is one
product of a matrix with a vector, so NumPy's own is the rival.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from benchmarks.case import Case, Run, Runner, Settings, Unit
from benchmarks.simulators import (
    Library,
    Network,
    Population,
    annlab_like,
    brian2_standalone,
    run_brian2,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """The numbers of the network."""

    n_neurons: int
    duration_ms: float
    gain: float = 1.5
    tau_ms: float = 10.0
    step_ms: float = 1.0

    @property
    def n_synapses(self) -> int:
        return self.n_neurons**2

    def start(self, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the weights (n_neurons, n_neurons) and the rates at time 0."""
        rng = np.random.default_rng(seed)
        weights = rng.normal(0.0, self.gain / np.sqrt(self.n_neurons), (self.n_neurons,) * 2)
        return weights, rng.uniform(-0.5, 0.5, self.n_neurons)


def describe(
    library: Library, network: Network, numbers: Rate, settings: Settings
) -> list[Population]:
    neuron = library.Neuron(
        parameters=f"tau = {numbers.tau_ms} : population",
        equations="tau * dr/dt + r = tanh(sum(exc))",
    )
    pop = network.create(numbers.n_neurons, neuron)
    pop.r = numbers.start(settings.seed)[1]
    weights = library.Normal(0.0, numbers.gain / numbers.n_neurons**0.5)
    network.connect(pop, pop, "exc").all_to_all(weights, allow_self_connections=True)
    return []


def build_numpy(numbers: Rate, settings: Settings) -> Runner:
    """Return the loop that a careful user of NumPy writes."""
    weights, start = numbers.start(settings.seed)
    weights = weights.astype(settings.dtype)

    def run() -> Run:
        r = start.astype(settings.dtype)
        fraction = r.dtype.type(numbers.step_ms / numbers.tau_ms)
        n_steps = round(numbers.duration_ms * settings.scale / numbers.step_ms)
        begin = time.perf_counter()
        for _ in range(n_steps):
            r += fraction * (np.tanh(weights @ r) - r)
        return Run(seconds=time.perf_counter() - begin)

    return run


def build_brian2(numbers: Rate, settings: Settings) -> Runner:
    b2 = brian2_standalone(settings, numbers.step_ms)
    group = b2.NeuronGroup(
        numbers.n_neurons,
        f"""
        dr/dt = (tanh(total) - r)/({numbers.tau_ms}*ms) : 1
        total : 1
        """,
        method="euler",
        name="neurons",
    )
    group.r = numbers.start(settings.seed)[1]
    synapses = b2.Synapses(group, group, "w : 1\ntotal_post = w*r_pre : 1 (summed)")
    synapses.connect()
    synapses.w = f"randn()*{numbers.gain / numbers.n_neurons**0.5}"
    return run_brian2(b2, b2.Network(group, synapses), numbers, settings)


CASES = tuple(
    Case(
        name=f"rate-{n}",
        numbers=Rate(n_neurons=n, duration_ms=duration_ms),
        builders=annlab_like(describe) | {"brian2": build_brian2, "numpy": build_numpy},
        bar=1.05,
        rival="numpy",
        unit=Unit.MS_PER_STEP,
    )
    for n, duration_ms in ((1000, 2000.0), (2000, 500.0), (4000, 100.0))
)
