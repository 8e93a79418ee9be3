"""Compile: from a network's objects to one state and one runner, or nothing at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from annlab.network.drawing import draw_all
from annlab.runtime.backends import open_backend
from annlab.runtime.memory import give_back
from annlab.runtime.runner import Runner
from annlab.runtime.state import NetworkState
from annlab.runtime.wiring import wire

if TYPE_CHECKING:
    from annlab.network.network import Network

MANY_SYNAPSES = 1_000_000  # from there on it is worth telling the system what is free again


def assemble(network: Network, gpu: int | None = None) -> tuple[NetworkState, Runner]:
    """Return the state and the runner of a network, on a certain GPU if it has its own wish.

    If anything fails, every object is as it was before, and so is the network's generator.
    """
    config = network._config
    factory = open_backend(config.backend, config.device if gpu is None else gpu)
    before = _Before(network)
    try:
        state = _state_of(network)
        for population in network._populations:
            population._renew_model()
            population_state = population._instantiate(len(state.populations))
            state.populations.append(population_state)
            population._attach(population_state)
        for projection in network._projections:
            projection._renew_model()
        drawn = draw_all(
            network._projections, network.default_rng, network._config.backend, factory.rows
        )
        while drawn:  # nothing is held twice
            projection = network._projections[len(state.projections)]
            state.projections.append(projection._instantiate(drawn.pop(0)))
        wire(state)
        runner = factory.runner(state, num_threads=network._config.num_threads)
        if network._config.visible_cores:
            from annlab.runtime.pinning import PinnedRunner  # few need it

            runner = PinnedRunner(runner, network._config.visible_cores)
    except BaseException:
        before.restore()
        raise
    if sum(p.storage.n_synapses for p in state.projections) > MANY_SYNAPSES:
        give_back()
    if any(p.structure is not None for p in state.projections):
        from annlab.runtime.rules import StructuralRunner  # few need it: start is faster

        runner = StructuralRunner(runner, state)
    return state, runner


def _state_of(network: Network) -> NetworkState:
    config = network._config
    return NetworkState(
        dt=config.dt,
        seed=network.seed,
        float_type=config.dtype,
        constants={
            name: np.array([constant.value], config.dtype)
            for name, constant in network._constants.items()
        },
    )


class _Before:
    """What compile changes in objects that exist already."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._values = [dict(p._values) for p in network._populations]
        self._generator = network.default_rng.bit_generator.state

    def restore(self) -> None:
        network = self._network
        for population, values in zip(network._populations, self._values):
            population._detach()
            population._values = values
        for projection in network._projections:
            projection._state = None
        network.default_rng.bit_generator.state = self._generator
