"""Give populations and projections of a running network other models.

Arrays of attributes that stay are the same arrays afterwards, so spikes on their way,
refractory periods, traces, delays, random streams and the clock go on. Called while no step
is under way; whoever calls binds the back end again. Knows neither text nor initial values:
it is handed models and arrays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from annlab.ir.digest import canonical_equations
from annlab.ir.expr import Locality
from annlab.ir.model import Equation, Method, NeuronModel, SynapseModel
from annlab.runtime.memory import aligned
from annlab.runtime.recorder import SpikeRecorder
from annlab.runtime.runner import Runner
from annlab.runtime.state import (
    NetworkState,
    PopulationState,
    ProjectionState,
    SpikeRing,
    SynapticValues,
)
from annlab.runtime.tap import Tap, ValueTap
from annlab.runtime.wiring import (
    longest_delay,
    reduced,
    reduction_name,
    wire_population,
    wire_projection,
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NewNeurons:
    """Another model of a population, with an array for each of its attributes."""

    state: PopulationState
    model: NeuronModel
    values: Mapping[str, NDArray]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NewSynapses:
    """Another model of a projection, with an array for each of its attributes."""

    state: ProjectionState
    model: SynapseModel
    values: Mapping[str, NDArray]
    has_single_weight: bool


@runtime_checkable
class Exchanging(Protocol):
    """A back end that can exchange the models of a network that it runs."""

    def prepare(
        self,
        populations: Sequence[tuple[PopulationState, NeuronModel]],
        projections: Sequence[tuple[ProjectionState, SynapseModel]],
    ) -> None:
        """Have ready what `refresh` will need once the states have these models.

        May be called from any thread while the network runs; may take as long as a compiler.
        """
        ...


def back_end(runner: Runner) -> Runner:
    """Return the runner of the back end itself, behind those that stand before it."""
    inner: Any = runner
    while hasattr(inner, "inner"):
        inner = inner.inner
    return inner


def exchange(
    network: NetworkState, neurons: Sequence[NewNeurons], synapses: Sequence[NewSynapses]
) -> list[Any]:
    """Put other models in place; return the recorders and taps whose source is gone."""
    watched = [w for w in (*network.recorders, *network.taps) if hasattr(w, "source")]
    sources = [(w, w.source()) for w in watched]
    for new in neurons:
        _take_neurons(new)
    for new_synapses in synapses:
        _take_synapses(new_synapses, network.step)
    touched = {id(n.state) for n in neurons}
    touched |= {id(end) for s in synapses for end in (s.state.pre, s.state.post)}
    for population in network.populations:
        if id(population) in touched:
            _forget_unused(population, network)
            known = set(population.reductions)
            wire_population(population)
            _wire_projections(population, network)
            _reduce(population, population.reductions.keys() - known)
    return _ended(network, sources)


def _take_neurons(new: NewNeurons) -> None:
    state = new.state
    for name in list(state.histories):
        if new.values.get(name) is not state.values[name]:
            del state.histories[name]  # of another length or type now, or gone
    state.values.clear()
    state.values.update(new.values)
    state.model = new.model
    for target in new.model.targets:
        if target not in state.sums:
            state.sums[target] = aligned(state.n, state.float_type)
    if new.model.axon_spike is None:
        state.axon_spikes = None
    elif state.axon_spikes is None:
        state.axon_spikes = SpikeRing(state.n)


def _take_synapses(new: NewSynapses, step: int) -> None:
    state = new.state
    mirror = state.values.mirror
    values = SynapticValues(new.values)
    values.mirror = mirror
    state.values, state.model, state.has_single_weight = values, new.model, new.has_single_weight
    if not event_driven(new.model):
        state.last_event = None
    elif state._last_event is None:
        # Before the next step nothing has happened to them yet.
        state.last_event = aligned(state.storage.n_slots, np.int64, step - 1)


def event_driven(model: SynapseModel) -> tuple[Equation, ...]:
    """Return the event-driven equations of a model."""
    return tuple(e for e in model.equations if e.method is Method.EVENT_DRIVEN)


def has_same_events(old: SynapseModel, new: SynapseModel) -> bool:
    """Tell whether event-driven variables decay as before and may stay as they are kept."""
    return (
        old.trace_sides == new.trace_sides
        and canonical_equations(event_driven(old)) == canonical_equations(event_driven(new))
        and bool(new.pre_axon_spike) == bool(old.pre_axon_spike)
        and new.axon_same_as_spike == old.axon_same_as_spike
    )


def _forget_unused(population: PopulationState, network: NetworkState) -> None:
    """Drop reductions and histories that no model reads any more."""
    reductions = {reduction_name(r) for r in population.model.reductions}
    histories: set[str] = set()
    for p in network.projections:
        for side, end in (("pre", p.pre), ("post", p.post)):
            if end is population:
                reductions |= {reduction_name(r) for r in p.model.reductions if r.side == side}
        if p.pre is population and longest_delay(p) > 1:
            histories |= set(p.model.pre_attributes)
    for kept, needed in ((population.reductions, reductions), (population.histories, histories)):
        for name in kept.keys() - needed:
            del kept[name]


def _wire_projections(population: PopulationState, network: NetworkState) -> None:
    for projection in network.projections:
        if population is projection.pre or population is projection.post:
            wire_projection(projection, network.step)


def _reduce(population: PopulationState, names: AbstractSet[str]) -> None:
    """Give new reductions the value that they would have had after the last step."""
    lengths = {
        a.name: population.n if a.locality is Locality.LOCAL else 1
        for a in population.model.attributes
    }
    values = {name: population.values[name][:n] for name, n in lengths.items()}
    for name in names:
        population.reductions[name][0] = reduced(name, values)


def _ended(network: NetworkState, sources: Sequence[tuple[Any, NDArray]]) -> list[Any]:
    """Let recorders and taps stand still whose array is gone or was replaced; return them."""
    ended = []
    for watcher, before in sources:
        try:
            is_same = np.shares_memory(watcher.source(), before)
        except KeyError:
            is_same = False
        if not is_same:
            if isinstance(watcher, ValueTap):
                watcher.lost = watcher.source
            watcher.source = lambda before=before: before
            watcher.is_active[0] = 0
            ended.append(watcher)
    for tap in network.taps:
        _find_again(tap)
    ended = [e for e in ended if not (isinstance(e, ValueTap) and e.lost is None)]
    for recorder in network.recorders:
        if isinstance(recorder, SpikeRecorder) and recorder.kind == "axon_spike":
            if recorder.population.axon_spikes is None:
                recorder.is_active[0] = 0
                ended.append(recorder)
    gone = {id(e) for e in ended}
    network.recorders[:] = [r for r in network.recorders if id(r) not in gone]
    return ended


def _find_again(tap: Tap) -> None:
    """Let a tap go on if the model has its variable again, of which the numbers may be others."""
    if not isinstance(tap, ValueTap) or tap.lost is None:
        return
    try:
        values = tap.lost()
    except KeyError:
        return
    if len(values) > tap.positions.max(initial=0) and values.dtype == tap.rows.dtype:
        tap.source, tap.lost = tap.lost, None
        tap.is_active[0] = 1


__all__ = [
    "Exchanging",
    "NewNeurons",
    "NewSynapses",
    "back_end",
    "event_driven",
    "exchange",
    "has_same_events",
]
