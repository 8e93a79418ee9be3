"""12 500 integrate-and-fire neurons with 15.6 million synapses and delays.

Brunel (2000), J. Comput. Neurosci. 8:183. The spikes from outside are replaced by
the white noise of their mean and variance (his eq. 2), so that every simulator has
the same input. Bound by memory: twice, with one weight a synapse and with one
weight for all.
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
class Brunel:
    """The numbers of the network."""

    n_excitatory: int = 10_000
    n_inhibitory: int = 2_500
    probability: float = 0.1
    weight_mv: float = 0.1
    relative_inhibition: float = 5.0
    relative_drive: float = 2.0
    threshold_mv: float = 20.0
    reset_mv: float = 10.0
    tau_ms: float = 20.0
    refractory_ms: float = 2.0
    delay_ms: float = 1.5
    step_ms: float = 0.1
    duration_ms: float = 1000.0
    has_shared_weight: bool = False

    @property
    def n_neurons(self) -> int:
        return self.n_excitatory + self.n_inhibitory

    @property
    def n_synapses(self) -> int:
        return round(self.n_neurons**2 * self.probability)

    @property
    def n_excitatory_inputs(self) -> int:
        return round(self.n_excitatory * self.probability)

    @property
    def n_inhibitory_inputs(self) -> int:
        return round(self.n_inhibitory * self.probability)

    @property
    def outer_spikes_per_ms(self) -> float:
        """Return how many spikes a neuron gets from outside."""
        needed = self.threshold_mv / (self.weight_mv * self.tau_ms)
        return self.relative_drive * needed

    @property
    def drive_mv(self) -> float:
        """Return the mean input from outside."""
        return self.weight_mv * self.outer_spikes_per_ms * self.tau_ms

    @property
    def noise_mv(self) -> float:
        """Return the standard deviation of the input from outside."""
        return self.weight_mv * (self.outer_spikes_per_ms * self.tau_ms) ** 0.5

    def start(self, seed: int) -> np.ndarray:
        """Return the membrane potential of every neuron at time 0."""
        return np.random.default_rng(seed).uniform(0.0, self.threshold_mv, self.n_neurons)


def describe(
    library: Library, network: Network, numbers: Brunel, settings: Settings
) -> list[Population]:
    neuron = library.Neuron(
        parameters=f"""
            tau = {numbers.tau_ms} : population
            theta = {numbers.threshold_mv} : population
            Vr = {numbers.reset_mv} : population
            mu = {numbers.drive_mv} : population
            sigma = {numbers.noise_mv} : population
        """,
        equations="""
            noise = sigma * sqrt(tau/dt) * Normal(0.0, 1.0)
            tau * dv/dt = -v + mu + noise + tau/dt * (g_exc - g_inh)
        """,
        spike="v > theta",
        reset="v = Vr",
        refractory=numbers.refractory_ms,
    )
    pop = network.create(numbers.n_neurons, neuron)
    pop.v = numbers.start(settings.seed)
    exc, inh = pop[: numbers.n_excitatory], pop[numbers.n_excitatory :]
    options = {
        "delays": numbers.delay_ms,
        "force_multiple_weights": not numbers.has_shared_weight,
    }
    network.connect(exc, pop, "exc").fixed_number_pre(
        numbers.n_excitatory_inputs, weights=numbers.weight_mv, **options
    )
    network.connect(inh, pop, "inh").fixed_number_pre(
        numbers.n_inhibitory_inputs,
        weights=numbers.weight_mv * numbers.relative_inhibition,
        **options,
    )
    return [pop]


def fixed_inputs(n_pre: int, n_post: int, n_inputs: int, seed: int) -> np.ndarray:
    """Return pairs (2, n_post * n_inputs) with as many inputs for each neuron, ordered by `pre`.

    Brian2 could draw them itself, but ordered by the target, in which delivery
    is four times slower.
    """
    rng = np.random.default_rng(seed)
    inputs = [rng.choice(n_pre, n_inputs, replace=False) for _ in range(n_post)]
    pairs = np.stack([np.concatenate(inputs), np.repeat(np.arange(n_post), n_inputs)])
    return pairs[:, np.argsort(pairs[0], kind="stable")]


def build_brian2(numbers: Brunel, settings: Settings) -> Runner:
    b2 = brian2_standalone(settings, numbers.step_ms)
    group = b2.NeuronGroup(
        numbers.n_neurons,
        f"dv/dt = ({numbers.drive_mv} - v)/tau + {numbers.noise_mv}*xi*tau**-0.5"
        " : 1 (unless refractory)",
        threshold=f"v > {numbers.threshold_mv}",
        reset=f"v = {numbers.reset_mv}",
        refractory=numbers.refractory_ms * b2.ms,
        method="euler",
        namespace={"tau": numbers.tau_ms * b2.ms},
        name="neurons",
    )
    group.v = numbers.start(settings.seed)
    network = b2.Network(group)
    exc, inh = group[: numbers.n_excitatory], group[numbers.n_excitatory :]
    for source, n_inputs, weight in (
        (exc, numbers.n_excitatory_inputs, numbers.weight_mv),
        (inh, numbers.n_inhibitory_inputs, -numbers.weight_mv * numbers.relative_inhibition),
    ):
        model, change = ("", weight) if numbers.has_shared_weight else ("w : 1", "w")
        synapses = b2.Synapses(
            source, group, model, on_pre=f"v_post += {change}", delay=numbers.delay_ms * b2.ms
        )
        pre, post = fixed_inputs(len(source), numbers.n_neurons, n_inputs, settings.seed)
        synapses.connect(i=pre, j=post)
        if model:
            synapses.w = weight
        network.add(synapses)
    return run_brian2(b2, network, numbers, settings)


def build_nest(numbers: Brunel, settings: Settings) -> Runner:
    import nest

    # Potentials move by current times resistance, here 1 mV per pA.
    capacity_pf = numbers.tau_ms

    def network(nest: Any) -> list[Population]:
        pop = nest.Create(
            "iaf_psc_delta",
            numbers.n_neurons,
            {
                "C_m": capacity_pf,
                "tau_m": numbers.tau_ms,
                "E_L": 0.0,
                "V_th": numbers.threshold_mv,
                "V_reset": numbers.reset_mv,
                "t_ref": numbers.refractory_ms,
            },
        )
        pop.set({"V_m": numbers.start(settings.seed)})
        spread = numbers.noise_mv * (numbers.tau_ms / numbers.step_ms) ** 0.5
        noise = nest.Create(
            "noise_generator",
            params={"mean": numbers.drive_mv, "std": spread, "dt": numbers.step_ms},
        )
        nest.Connect(noise, pop)
        exc, inh = pop[: numbers.n_excitatory], pop[numbers.n_excitatory :]
        for source, n_inputs, weight in (
            (exc, numbers.n_excitatory_inputs, numbers.weight_mv),
            (inh, numbers.n_inhibitory_inputs, -numbers.weight_mv * numbers.relative_inhibition),
        ):
            rule = {"rule": "fixed_indegree", "indegree": n_inputs}
            synapse: dict[str, Any] = {"weight": weight, "delay": numbers.delay_ms}
            if numbers.has_shared_weight:
                # The weight belongs to the model, so each weight needs a model of its own.
                model = "excitatory" if weight > 0.0 else "inhibitory"
                nest.CopyModel("static_synapse_hom_w", model, {"weight": weight})
                synapse = {"synapse_model": model, "delay": numbers.delay_ms}
            nest.Connect(source, pop, rule, synapse)
        return [pop]

    return run_nest(nest, network, numbers, settings)


BUILDERS = annlab_like(describe) | {"brian2": build_brian2, "nest": build_nest}

CASES = (
    Case(name="brunel-own", numbers=Brunel(), builders=BUILDERS, bar=0.45, bytes_bar=14.0),
    Case(
        name="brunel-shared",
        numbers=Brunel(has_shared_weight=True),
        builders=BUILDERS,
        bar=0.45,
        bytes_bar=4.0,
    ),
)
