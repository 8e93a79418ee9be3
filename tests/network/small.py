"""Small models for tests of synapses."""

from __future__ import annotations

from collections.abc import Callable

from annlab import Network, Neuron, Projection, Synapse

RATE = Neuron(equations="r = sum(exc)")
STEADY = Neuron(parameters="r = 1.0")
SPIKING = Neuron(equations="v += g_exc", spike="v > 1000.0", reset="v = 0.0")

Connect = Callable[..., Projection]


def connecting(net: Network) -> Connect:
    """Return a function that makes a projection in `net` between populations or sizes."""

    def make(pre=4, post=3, *, synapse: Synapse | None = None, spiking: bool = False) -> Projection:
        models = (SPIKING, SPIKING) if spiking else (STEADY, RATE)
        ends = [
            net.create(side, model) if isinstance(side, int | tuple) else side
            for side, model in zip((pre, post), models)
        ]
        return net.connect(*ends, "exc", synapse)

    return make
