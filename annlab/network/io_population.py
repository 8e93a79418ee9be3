"""What a file holds of a population: values, times of last spikes, spikes on their way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annlab.ir.expr import Locality
from annlab.network.file_checks import Held, warn_of_unknown
from annlab.network.population import Population
from annlab.network.recipes import MOST_STEPS
from annlab.runtime.state import PopulationState, SpikeRing


def describe_population(population: Population) -> dict[str, Any]:
    """Return what is written of a population."""
    state = population._require_state("save")
    content: dict[str, Any] = {
        "name": population.name,
        "geometry": np.array(population.geometry),
        "size": population.size,
        "attributes": population.attributes,
        "parameters": population.parameters,
        "variables": population.variables,
    }
    for name in population.attributes:
        content[name] = population.get(name)
    if state.model.is_spiking:
        content["_last_spike"] = state.last_spike[: state.n].copy()
        content["_frozen_until"] = state.frozen_until[: state.n].copy()
        content["_refractory_steps"] = state.refractory_steps[: state.n].copy()
    now = population.network.current_step
    for key, ring in rings(state):
        steps, ranks = in_flight(ring, now)
        content[f"{key}_steps"], content[f"{key}_ranks"] = steps, ranks
    for name, history in state.histories.items():
        rows = [history.at(s)[: _width(state, name)] for s in range(now - history.depth, now)]
        content[f"_history_{name}"] = np.array(rows)
    return content


def rings(state: PopulationState) -> list[tuple[str, SpikeRing]]:
    """Return what a population remembers of its spikes, each by the name it has in files."""
    both = (("_spikes", state.spikes), ("_axon_spikes", state.axon_spikes))
    return [(key, ring) for key, ring in both if ring is not None]


def in_flight(ring: SpikeRing, now: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the spikes that a ring remembers as (steps before now, ranks)."""
    parts = [ring.at(s) for s in range(now - ring.depth, now)]
    ages = np.arange(ring.depth, 0, -1)
    return np.repeat(ages, [len(p) for p in parts]), np.concatenate(parts)


def _width(state: PopulationState, name: str) -> int:
    attribute = state.model.attribute(name)
    assert attribute is not None  # histories are made of attributes
    return state.n if attribute.locality is Locality.LOCAL else 1


def population_loading(
    population: Population, content: Mapping[str, Any], filename: str
) -> Callable[[], None]:
    """Check what was read of a population and return the function that puts it in place."""
    state = population._require_state("load")
    held = Held(content, f"population {population.name!r}", filename)
    values = {
        name: held.numbers(name, state.values[name].dtype, (_width(state, name),))
        for name in population.attributes
        if name in content
    }
    hidden = [
        (getattr(state, key), held.numbers(f"_{key}", getattr(state, key).dtype, (state.n,)))
        for key in ("last_spike", "frozen_until", "refractory_steps")
        if state.model.is_spiking and f"_{key}" in content
    ]
    memory = _read_memory(state, held)
    warn_of_unknown(content, population.attributes, f"population {population.name!r}", filename)

    def apply() -> None:
        for name, array in values.items():
            state.values[name][: len(array)] = array
        for array, numbers in hidden:
            array[: state.n] = numbers
        _restore_memory(state, memory, population.network.current_step)

    return apply


def _read_memory(state: PopulationState, held: Held) -> dict[str, NDArray]:
    """Return the spikes on their way and the older values that a file holds."""
    found: dict[str, NDArray] = {}
    for key, _ in rings(state):
        if f"{key}_steps" not in held.content or f"{key}_ranks" not in held.content:
            continue
        ages = held.whole(f"{key}_steps", least=1, below=MOST_STEPS)
        ranks = held.whole(f"{key}_ranks", least=0, below=state.n, n=len(ages))
        if len(np.unique(ages * state.n + ranks)) < len(ages):
            raise held.error(f"{key}_ranks", "names a neuron twice in one step")
        found |= {f"{key}_steps": ages, f"{key}_ranks": ranks.astype(np.int32)}
    for name in state.histories:
        key, width = f"_history_{name}", _width(state, name)
        if key in held.content:
            n = np.size(held.content[key])
            numbers = held.numbers(key, state.values[name].dtype, (n - n % width,))
            found[key] = numbers.reshape(-1, width)
    return found


def _restore_memory(state: PopulationState, memory: Mapping[str, NDArray], now: int) -> None:
    for key, ring in rings(state):
        ring.clear()
        ages, ranks = (memory.get(f"{key}_{part}", np.empty(0)) for part in ("steps", "ranks"))
        for age in range(1, ring.depth + 1):
            ring.put(now - age, ranks[ages == age])
    for name, history in state.histories.items():
        width = _width(state, name)
        history.values[:, :width] = state.values[name][:width]
        for age, row in enumerate(memory.get(f"_history_{name}", ())[::-1], start=1):
            if age <= history.depth:
                history.at(now - age)[:width] = row


__all__ = ["describe_population", "in_flight", "population_loading", "rings"]
