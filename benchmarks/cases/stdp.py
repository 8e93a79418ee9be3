"""The COBA network with plasticity on every synapse between excitatory neurons.

Song, Miller & Abbott (2000), Nat. Neurosci. 3:919: additive, all pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.case import Case, Runner, Settings
from benchmarks.cases import coba
from benchmarks.simulators import (
    Library,
    Network,
    Population,
    annlab_like,
    brian2_standalone,
    run_brian2,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stdp(coba.Coba):
    """The numbers of the network; weights in units of the leak."""

    tau_plus_ms: float = 20.0
    tau_minus_ms: float = 20.0
    potentiation: float = 0.01
    depression: float = 0.0105
    largest_weight: float = 1.2
    duration_ms: float = 2000.0


def describe(
    library: Library, network: Network, numbers: Stdp, settings: Settings
) -> list[Population]:
    stdp = library.Synapse(
        parameters=f"""
            tau_plus = {numbers.tau_plus_ms} : projection
            tau_minus = {numbers.tau_minus_ms} : projection
            A_plus = {numbers.potentiation * numbers.largest_weight} : projection
            A_minus = {numbers.depression * numbers.largest_weight} : projection
            w_max = {numbers.largest_weight} : projection
        """,
        equations="""
            tau_plus * dx/dt = -x : event-driven
            tau_minus * dy/dt = -y : event-driven
        """,
        pre_spike="""
            g_target += w
            x += A_plus
            w = clip(w + y, 0.0, w_max)
        """,
        post_spike="""
            y -= A_minus
            w = clip(w + x, 0.0, w_max)
        """,
    )
    pop = network.create(numbers.n_neurons, coba.neuron(library, numbers))
    for name, values in numbers.start(settings.seed).items():
        setattr(pop, name, values)
    exc, inh = pop[: numbers.n_excitatory], pop[numbers.n_excitatory :]
    p, weight = numbers.probability, numbers.excitatory_weight
    network.connect(exc, exc, "exc", stdp, name="plastic").fixed_probability(p, weights=weight)
    network.connect(exc, inh, "exc").fixed_probability(p, weights=weight)
    network.connect(inh, pop, "inh").fixed_probability(p, weights=numbers.inhibitory_weight)
    return [pop]


def restore(network: Network, numbers: Stdp) -> None:
    network.get_projection("plastic").w = numbers.excitatory_weight


def build_brian2(numbers: Stdp, settings: Settings) -> Runner:
    b2 = brian2_standalone(settings, numbers.step_ms)
    group = coba.brian2_group(b2, numbers, settings)
    exc, inh = group[: numbers.n_excitatory], group[numbers.n_excitatory :]
    plastic = b2.Synapses(
        exc,
        exc,
        f"""
        w : 1
        dx/dt = -x/({numbers.tau_plus_ms}*ms) : 1 (event-driven)
        dy/dt = -y/({numbers.tau_minus_ms}*ms) : 1 (event-driven)
        """,
        on_pre=f"""
        g_exc_post += w
        x += {numbers.potentiation * numbers.largest_weight}
        w = clip(w + y, 0, {numbers.largest_weight})
        """,
        on_post=f"""
        y -= {numbers.depression * numbers.largest_weight}
        w = clip(w + x, 0, {numbers.largest_weight})
        """,
    )
    to_inhibitory = b2.Synapses(exc, inh, on_pre=f"g_exc_post += {numbers.excitatory_weight}")
    inhibition = b2.Synapses(inh, group, on_pre=f"g_inh_post += {numbers.inhibitory_weight}")
    for synapses in (plastic, to_inhibitory, inhibition):
        synapses.connect(p=numbers.probability)
    plastic.w = numbers.excitatory_weight
    network = b2.Network(group, plastic, to_inhibitory, inhibition)
    return run_brian2(b2, network, numbers, settings)


CASES = (
    Case(
        name="coba-stdp",
        numbers=Stdp(),
        builders=annlab_like(describe, restore) | {"brian2": build_brian2},
        bar=0.35,
    ),
)
