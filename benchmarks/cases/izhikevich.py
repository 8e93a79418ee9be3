"""1000 Izhikevich neurons, all-to-all, driven by noise: the first notebook's network.

Izhikevich (2003), IEEE Trans. Neural Networks 14:1569.
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
class Izhikevich:
    """The numbers of the network."""

    n_excitatory: int = 800
    n_inhibitory: int = 200
    excitatory_weight: float = 0.5
    inhibitory_weight: float = 1.0
    excitatory_noise: float = 5.0
    inhibitory_noise: float = 2.0
    threshold_mv: float = 30.0
    growth: float = 140.0
    """The constant of the quadratic; written into the equation, so changing it compiles."""
    step_ms: float = 1.0
    duration_ms: float = 10_000.0

    @property
    def n_neurons(self) -> int:
        return self.n_excitatory + self.n_inhibitory

    @property
    def n_synapses(self) -> int:
        return self.n_neurons**2

    def spread(self, seed: int) -> dict[str, np.ndarray]:
        """Return a, b, c, d and the noise of every neuron."""
        rng = np.random.default_rng(seed)
        re, ri = rng.random(self.n_excitatory), rng.random(self.n_inhibitory)
        return {
            "a": np.concatenate([np.full_like(re, 0.02), 0.02 + 0.08 * ri]),
            "b": np.concatenate([np.full_like(re, 0.2), 0.25 - 0.05 * ri]),
            "c": np.concatenate([-65.0 + 15.0 * re**2, np.full_like(ri, -65.0)]),
            "d": np.concatenate([8.0 - 6.0 * re**2, np.full_like(ri, 2.0)]),
            "noise": np.concatenate(
                [
                    np.full_like(re, self.excitatory_noise),
                    np.full_like(ri, self.inhibitory_noise),
                ]
            ),
        }


def describe(
    library: Library, network: Network, numbers: Izhikevich, settings: Settings
) -> list[Population]:
    neuron = library.Neuron(
        parameters="""
            noise = 0.0
            a = 0.02
            b = 0.2
            c = -65.0
            d = 2.0
            v_thresh = 30.0 : population
        """,
        equations=f"""
            I = g_exc - g_inh + noise * Normal(0.0, 1.0)
            dv/dt = 0.04 * v^2 + 5.0 * v + {numbers.growth} - u + I : init = -65.0
            du/dt = a * (b*v - u) : init = -13.0
        """,
        spike="v >= v_thresh",
        reset="v = c; u += d",
    )
    pop = network.create(numbers.n_neurons, neuron)
    pop.v_thresh = numbers.threshold_mv
    for name, values in numbers.spread(settings.seed).items():
        setattr(pop, name, values)
    pop.u = numbers.spread(settings.seed)["b"] * -65.0
    exc, inh = pop[: numbers.n_excitatory], pop[numbers.n_excitatory :]
    network.connect(exc, pop, "exc").all_to_all(library.Uniform(0.0, numbers.excitatory_weight))
    network.connect(inh, pop, "inh").all_to_all(library.Uniform(0.0, numbers.inhibitory_weight))
    return [pop]


def build_brian2(numbers: Izhikevich, settings: Settings) -> Runner:
    b2 = brian2_standalone(settings, numbers.step_ms)
    group = b2.NeuronGroup(
        numbers.n_neurons,
        f"""
        dv/dt = (0.04*v**2 + 5*v + {numbers.growth} - u + I)/ms : 1
        du/dt = a*(b*v - u)/ms : 1
        I : 1
        g : 1
        a : 1 (constant)
        b : 1 (constant)
        c : 1 (constant)
        d : 1 (constant)
        noise : 1 (constant)
        """,
        threshold=f"v >= {numbers.threshold_mv}",
        reset="v = c; u += d",
        method="euler",
        name="neurons",
    )
    group.run_regularly("I = g + noise*randn(); g = 0", when="start")
    for name, values in numbers.spread(settings.seed).items():
        setattr(group, name, values)
    group.v = -65.0
    group.u = "b*v"
    parts = [
        (group[: numbers.n_excitatory], f"rand()*{numbers.excitatory_weight}"),
        (group[numbers.n_excitatory :], f"-rand()*{numbers.inhibitory_weight}"),
    ]
    network = b2.Network(group)
    for source, weight in parts:
        synapses = b2.Synapses(source, group, "w : 1", on_pre="g_post += w")
        synapses.connect()
        synapses.w = weight
        network.add(synapses)
    return run_brian2(b2, network, numbers, settings)


def build_nest(numbers: Izhikevich, settings: Settings) -> Runner:
    import nest

    def network(nest: Any) -> list[Population]:
        spread = numbers.spread(settings.seed)
        pop = nest.Create("izhikevich", numbers.n_neurons)
        pop.set({name: spread[name] for name in "abcd"})
        pop.set({"V_m": -65.0, "U_m": spread["b"] * -65.0, "V_th": numbers.threshold_mv})
        exc, inh = pop[: numbers.n_excitatory], pop[numbers.n_excitatory :]
        low_high = nest.random.uniform
        for part, weight, std in (
            (exc, low_high(0.0, numbers.excitatory_weight), numbers.excitatory_noise),
            (inh, low_high(-numbers.inhibitory_weight, 0.0), numbers.inhibitory_noise),
        ):
            nest.Connect(part, pop, "all_to_all", {"weight": weight, "delay": numbers.step_ms})
            noise = nest.Create("noise_generator", params={"std": std, "dt": numbers.step_ms})
            nest.Connect(noise, part)
        return [pop]

    return run_nest(nest, network, numbers, settings)


CASES = (
    Case(
        name="izhikevich",
        numbers=Izhikevich(),
        builders=annlab_like(describe) | {"brian2": build_brian2, "nest": build_nest},
        bar=0.30,
    ),
)
