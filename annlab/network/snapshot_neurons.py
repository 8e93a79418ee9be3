"""The neurons of one population as arrays, and back: values, spikes on their way, inputs.

What comes back is checked before anything is changed. Knows nothing of files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any  # Any: contents are nested, and files hold anything

import numpy as np
from numpy.typing import NDArray

from annlab.errors import ArgumentError
from annlab.network.io_population import in_flight, rings
from annlab.network.snapshot_synapses import fitting
from annlab.runtime.state import History, PopulationState

if TYPE_CHECKING:
    from annlab.network.population import Population

_PER_NEURON = ("last_spike", "frozen_until", "refractory_steps")


def describe_population(state: PopulationState, now: int) -> dict[str, Any]:
    """Return copies of all that changes in a population; `now` is the next step to run."""
    content: dict[str, Any] = {
        "values": _copies(state.values),
        "sums": _copies(state.sums),
        "reductions": _copies(state.reductions),
        "enabled": state.enabled.copy(),
        "stopped": state.stopped.copy(),
        "origins": np.array([int(table.origin[0]) for table in state.timed], np.int64),
        "histories": {
            name: {
                "rows": np.array([h.at(s) for s in range(now - h.depth, now)]),
                "initial": h.initial.copy(),
            }
            for name, h in state.histories.items()
        },
    }
    if state.model.is_spiking:
        content |= {name: getattr(state, name).copy() for name in _PER_NEURON}
    for key, ring in rings(state):
        ages, ranks = in_flight(ring, now)
        content[key] = {"ages": ages, "ranks": ranks, "depth": ring.depth}
    if state.spike_table is not None:
        table = state.spike_table
        content["spike_table"] = np.concatenate((table.origin, table.cursor))
    if state.rate_window is not None:
        window = state.rate_window
        head, tail = window.ends
        content["rate_window"] = {
            "counts": window.counts.copy(),
            "per_step": window.per_step.copy(),
            # From 0 on: the ring of the network that goes on may be of another length.
            "fifo": window.fifo[np.arange(head, tail) % len(window.fifo)],
        }
    return content


def _copies(arrays: Mapping[str, NDArray]) -> dict[str, NDArray]:
    return {name: array.copy() for name, array in arrays.items()}


def restoring_population(
    population: Population, content: Mapping[str, Any], now: int
) -> Callable[[], None]:
    """Check what a snapshot holds of a population; return the function that puts it in place."""
    state = population._require_state("restore")
    pairs = [(state.enabled, content["enabled"]), (state.stopped, content["stopped"])]
    for kind in ("values", "sums", "reductions"):
        held = content.get(kind, {})
        pairs += [(array, held.get(name)) for name, array in getattr(state, kind).items()]
    if state.model.is_spiking:
        pairs += [(getattr(state, name), content[name]) for name in _PER_NEURON]
    owner = f"population {population.name!r}"
    checked = [(to, fitting(held, len(to), to.dtype, owner)) for to, held in pairs]
    for key, _ in rings(state):
        _require_spikes(content[key], state.n, owner)
    histories = content.get("histories", {})
    for name, held in histories.items():
        width, dtype = len(state.values[name]), state.values[name].dtype
        fitting(held["initial"], width, dtype, f"the history of {name!r} of {owner}")
        for row in held["rows"]:
            fitting(row, width, dtype, f"the history of {name!r} of {owner}")
    apply_inputs = _restoring_inputs(state, content, owner)

    def apply() -> None:
        for to, held in checked:
            to[:] = held
        population._is_enabled = bool(state.enabled[0])
        for key, ring in rings(state):
            ages, ranks = content[key]["ages"], content[key]["ranks"]
            ring.deepen(int(content[key]["depth"]), now)
            for age in range(1, ring.depth + 1):
                ring.put(now - age, ranks[ages == age])
        for name, held in histories.items():
            _restore_history(state, name, held, now)
        apply_inputs()

    return apply


def _require_spikes(held: Mapping[str, Any], n: int, owner: str) -> None:
    ages, ranks, depth = held["ages"], held["ranks"], int(held["depth"])
    is_sound = len(ages) == len(ranks) and 1 <= depth < 2**30
    if is_sound and len(ages):
        # One neuron spikes at most once in a step; slots have no room for more.
        pairs = ages * n + ranks
        is_sound = bool(
            ages.min() >= 1
            and ages.max() <= depth
            and ranks.min() >= 0
            and ranks.max() < n
            and len(np.unique(pairs)) == len(pairs)
        )
    if not is_sound:
        raise ArgumentError(f"the snapshot is damaged: spikes of {owner}")


def _restore_history(state: PopulationState, name: str, held: Mapping[str, Any], now: int) -> None:
    rows, initial = held["rows"], held["initial"]
    if name not in state.histories:
        state.histories[name] = History(initial, len(rows), now)
    history = state.histories[name]
    history.deepen(len(rows), now)
    history.fill(initial)
    for age, row in enumerate(rows[::-1], start=1):
        history.at(now - age)[:] = row


def _restoring_inputs(
    state: PopulationState, content: Mapping[str, Any], owner: str
) -> Callable[[], None]:
    int64 = np.dtype(np.int64)
    origins = fitting(content["origins"], len(state.timed), int64, f"the inputs of {owner}")
    table, window = state.spike_table, state.rate_window
    cursor, held = None, None
    if table is not None:
        cursor = fitting(content["spike_table"], 2, int64, f"the spikes given to {owner}")
        if not 0 <= cursor[1] <= len(table.steps):
            raise ArgumentError(f"the snapshot is damaged: spikes given to {owner}")
    if window is not None:
        held = content["rate_window"]
        for name in ("counts", "per_step"):
            like = getattr(window, name)
            fitting(held[name], len(like), like.dtype, f"the firing rate of {owner}")
        fifo = held["fifo"]
        if len(fifo) and not (fifo.min() >= 0 and fifo.max() < state.n):
            raise ArgumentError(f"the snapshot is damaged: firing rate of {owner}")

    def apply() -> None:
        for timed, origin in zip(state.timed, origins, strict=True):
            timed.origin[0] = origin
        if table is not None and cursor is not None:
            table.origin[0], table.cursor[0] = cursor
        if window is not None and held is not None:
            window.counts[:], window.per_step[:] = held["counts"], held["per_step"]
            n = len(held["fifo"])
            if len(window.fifo) < n + 3 * state.n:
                window.fifo = np.zeros(2 * n + 4 * state.n, np.int32)
            window.fifo[:n] = held["fifo"]
            window.ends[:] = 0, n

    return apply


__all__ = ["describe_population", "restoring_population"]
