"""Set the clock: the one place that knows everything that counts steps.

Three kinds of things do. *Events* have happened or are on their way (spikes, delayed rates,
refractory periods): they always keep their distance to now. *Plans* say when something is due
(tables of inputs, learning, structural rules, monitors): whoever sets the clock by hand moves
them along; whoever goes back to the beginning leaves them where they are on the clock.
*Recorders* have to know that the clock was set, because a recording says when it was taken.
"""

from __future__ import annotations

import numpy as np

from annlab.runtime.state import NetworkState, PopulationState, ProjectionState


def move_clock(state: NetworkState, step: int) -> None:
    """Set the clock by hand; events and plans keep their distance to now."""
    by = step - state.step
    for projection in state.projections:
        _move_plans_of_synapses(projection, by)
    for population in state.populations:
        for table in population.timed:
            table.origin += by
        if population.spike_table is not None:
            population.spike_table.origin += by
    _set(state, step, with_plans=True)


def rewind_clock(state: NetworkState, step: int = 0) -> None:
    """Go to another time of the same plans: to the beginning, or to where a file was saved."""
    for population in state.populations:
        table = population.spike_table
        if table is not None:  # the next event is the first that is not past then
            table.cursor[0] = np.searchsorted(table.steps, step - table.origin[0])
    _set(state, step, with_plans=False)


def jump(state: NetworkState, step: int) -> None:
    """Set the clock alone, and tell recorders: the caller puts all the rest in place."""
    by = step - state.step
    for recorder in state.recorders:
        recorder.clock_moved(by, step, with_plans=False)
    state.moved += by
    state.clock[0] = step


def _set(state: NetworkState, step: int, *, with_plans: bool) -> None:
    by = step - state.step
    for projection in state.projections:
        projection.shift_events(by)
    for population in state.populations:
        _move_events(population, state.step, by)
    for recorder in state.recorders:
        recorder.clock_moved(by, step, with_plans=with_plans)
    state.moved += by
    state.clock[0] = step


def _move_plans_of_synapses(projection: ProjectionState, by: int) -> None:
    period = int(projection.learning[0])
    projection.learning[1] = (projection.learning[1] + by) % period
    if projection.structure is not None:
        for clock in (projection.structure.creating, projection.structure.pruning):
            clock.move(by)


def _move_events(population: PopulationState, now: int, by: int) -> None:
    for ring in (population.spikes, population.axon_spikes):
        if ring is not None:
            kept = [(s, ring.at(s)) for s in range(now - ring.depth, now)]
            ring.clear()
            for old_step, ranks in kept:
                ring.put(old_step + by, ranks)
    if population.spikes is not None:
        population.last_spike += by
        population.frozen_until += by
    for history in population.histories.values():
        kept = {s: history.at(s).copy() for s in range(now - history.depth, now)}
        for old_step, row in kept.items():
            history.values[(old_step + by) % history.depth] = row
    if population.rate_window is not None:
        window = population.rate_window
        old = window.per_step.copy()
        for s in range(now - window.window, now):
            window.per_step[(s + by) % window.window] = old[s % window.window]


__all__ = ["jump", "move_clock", "rewind_clock"]
