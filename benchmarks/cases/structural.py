"""Synapses that come and go beside the same network in which they stay.

One per cent of 10**6 synapses leaves and as many come every second, by rules that are asked
every `period_ms`. The rival is annlab itself while the same rules rest: the ratio is the price.
Butz & van Ooyen (2013), PLoS Comput. Biol. 9:e1003259, for the kind of model.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.case import Case, Run, Runner, Settings
from benchmarks.simulators import Library, Network, Population


@dataclass(frozen=True, slots=True, kw_only=True)
class Turnover:
    """The numbers of a network of inputs and outputs; half of all pairs have a synapse."""

    n_inputs: int = 2000
    n_outputs: int = 1000
    probability: float = 0.5
    rate_hz: float = 15.0
    weight: float = 0.0008
    turnover_per_s: float = 0.01
    period_ms: float = 1000.0
    step_ms: float = 0.1
    duration_ms: float = 3000.0

    @property
    def n_neurons(self) -> int:
        return self.n_outputs

    @property
    def n_synapses(self) -> int:
        return round(self.n_inputs * self.n_outputs * self.probability)

    def rules(self) -> dict[str, str]:
        """Return rules that take and give the same number of synapses."""
        leaving = self.turnover_per_s * self.period_ms / 1000.0
        coming = leaving * self.probability / (1.0 - self.probability)
        return {
            "creating": f"post.z > -1.0 : proba={coming}, w={self.weight}",
            "pruning": f"w >= 0.0 : proba={leaving}",
        }


Build = Callable[[Library, Network, Turnover, dict[str, str]], Population]


def spiking(
    library: Library, network: Network, numbers: Turnover, rules: dict[str, str]
) -> Population:
    """Build inputs of Poisson and integrate-and-fire outputs that learn from spike times."""
    neuron = library.Neuron(
        parameters="z = 0.0 : population",
        equations="20.0 * dv/dt = -v + 20.0 * g_exc\n5.0 * dg_exc/dt = -g_exc",
        spike="v > 1.0",
        reset="v = 0.0",
        refractory=5.0,
    )
    synapse = library.Synapse(
        parameters=f"A = 0.00001 : projection\nw_max = {2 * numbers.weight} : projection",
        equations="20.0 * dx/dt = -x : event-driven\n20.0 * dy/dt = -y : event-driven",
        pre_spike="g_target += w\nx += A\nw = clip(w + y, 0.0, w_max)",
        post_spike="y -= A\nw = clip(w + x, 0.0, w_max)",
        **rules,
    )
    inputs = network.create(library.PoissonPopulation(numbers.n_inputs, rates=numbers.rate_hz))
    outputs = network.create(numbers.n_outputs, neuron)
    network.connect(inputs, outputs, "exc", synapse, name="changing").fixed_probability(
        numbers.probability, weights=numbers.weight
    )
    return outputs


def rates(
    library: Library, network: Network, numbers: Turnover, rules: dict[str, str]
) -> Population:
    """Build rate-coded inputs and outputs whose weights follow Oja's rule."""
    inputs = network.create(numbers.n_inputs, library.Neuron(parameters="r = 0.0"))
    inputs.r = np.random.default_rng(1).uniform(0.0, 1.0, numbers.n_inputs)
    neuron = library.Neuron(
        parameters="z = 0.0 : population", equations="10.0 * dr/dt + r = tanh(sum(exc))"
    )
    synapse = library.Synapse(
        parameters="eta = 0.0001 : projection",
        equations="dw/dt = eta * (pre.r * post.r - post.r^2 * w)",
        **rules,
    )
    outputs = network.create(numbers.n_outputs, neuron)
    network.connect(inputs, outputs, "exc", synapse, name="changing").fixed_probability(
        numbers.probability, weights=numbers.weight, force_multiple_weights=True
    )
    return outputs


def builder(build: Build, *, is_changing: bool) -> Callable[[Turnover, Settings], Runner]:
    """Return what builds annlab's network, with rules that work or rest."""

    def prepare(numbers: Turnover, settings: Settings) -> Runner:
        import annlab

        network = annlab.Network(dt=numbers.step_ms, seed=settings.seed)
        network.config(num_threads=settings.n_threads, dtype=getattr(annlab, settings.dtype))
        outputs = build(annlab, network, numbers, numbers.rules())
        is_recorded = build is spiking and settings.is_recording
        monitor = network.monitor(outputs, "spike") if is_recorded else None
        network.compile()
        changing = network.get_projection("changing")
        if is_changing:
            changing.start_creating(numbers.period_ms)
            changing.start_pruning(numbers.period_ms)

        def run() -> Run:
            # Time goes on: after a reset the rules would draw the same pairs, which exist by now.
            changing.w = numbers.weight
            start = time.perf_counter()
            network.simulate(numbers.duration_ms * settings.scale)
            seconds = time.perf_counter() - start
            spikes = None if monitor is None else sum(map(len, monitor.get("spike").values()))
            return Run(seconds=seconds, n_spikes=spikes)

        return run

    return prepare


def both(build: Build) -> dict[str, Callable[[Turnover, Settings], Runner]]:
    """Return the builders with rules that work, and with rules that rest."""
    return {
        "annlab": builder(build, is_changing=True),
        "annlab-fixed": builder(build, is_changing=False),
    }


CASES = (
    Case(
        name="structural-quiet",
        # Longer than the others: what a second of it takes is short beside what machines hesitate.
        numbers=Turnover(rate_hz=5.0, weight=0.002, duration_ms=9000.0),
        builders=both(spiking),
        bar=1.1,
        rival="annlab-fixed",
    ),
    Case(
        name="structural-stdp",
        numbers=Turnover(),
        builders=both(spiking),
        bar=1.1,
        rival="annlab-fixed",
    ),
    Case(
        name="structural-rate",
        numbers=Turnover(step_ms=1.0),
        builders=both(rates),
        bar=1.1,
        rival="annlab-fixed",
    ),
)
