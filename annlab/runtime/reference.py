"""The reference back end: one step of a network over NumPy arrays.

Executes the time step of the language phase by phase, one small method each, and
leaves what equations mean to `annlab.codegen.reference`. Slow, plain and
complete: the other back ends are tested against it. Needs no compiler.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annlab.codegen import reference as meaning
from annlab.codegen.lowering import (
    PopulationKernel,
    ProjectionKernel,
    Statement,
    lower_neuron,
    lower_synapse,
)
from annlab.codegen.reference.evaluate import Lookup
from annlab.codegen.reference.population import population_lookup
from annlab.ir.expr import Locality, Side, SymbolKind
from annlab.ir.model import Draw, NeuronModel, StopMode, SynapseModel
from annlab.runtime.backends import Factory
from annlab.runtime.memory import require
from annlab.runtime.recorder import Phase, SpikeRecorder, ValueRecorder
from annlab.runtime.runner import Until
from annlab.runtime.state import (
    NetworkState,
    PopulationState,
    ProjectionState,
    RateWindow,
    SpikeRing,
    TimedTable,
)
from annlab.runtime.storage import StorageKind
from annlab.runtime.streams import Layout, Stream, stream_key
from annlab.runtime.wiring import ALL_TARGETS, reduced, reduction_name

Values = dict[str, NDArray]
_PAIR_BYTES = 56  # of one synapse while pairs are listed; four numbers of it stay


def open_reference(_gpu: int | None) -> Factory:
    """Return what makes runners; there is always one thread."""

    def factory(state: NetworkState, *, num_threads: int | str = 1) -> ReferenceRunner:
        return ReferenceRunner(state)

    return Factory(factory)


class ReferenceRunner:
    """Implements `annlab.runtime.runner.Runner`."""

    def __init__(self, state: NetworkState) -> None:
        self._state = state
        self._wants_attention = False
        self._populations = [_Population(p, state) for p in state.populations]
        by_state = {id(p.state): p for p in self._populations}
        self._projections = [
            _Projection(p, state, by_state[id(p.pre)], by_state[id(p.post)])
            for p in state.projections
        ]
        # id of a model that will come -> the model (an id is its own only while it lives), kernel
        self._ready: dict[int, tuple[Any, Any]] = {}

    def run(self, n_steps: int, until: Until | None = None) -> int:
        """Advance by at most `n_steps` and return how many were done."""
        for done in range(1, n_steps + 1):
            self._step()
            if until is not None and self._is_over(until):
                return done
            if self._wants_attention:
                self._wants_attention = False
                return done
        return n_steps

    def request_attention(self) -> None:
        """Make `run` return after the step under way."""
        self._wants_attention = True

    def prepare(
        self,
        populations: Sequence[tuple[PopulationState, NeuronModel]],
        projections: Sequence[tuple[ProjectionState, SynapseModel]],
    ) -> None:
        """Discretise models that will be exchanged; see `annlab.runtime.remodel.Exchanging`."""
        ready: dict[int, tuple[Any, Any]] = {id(m): (m, lower_neuron(m)) for _, m in populations}
        ready |= {id(m): (m, lower_synapse(m)) for _, m in projections}
        self._ready = ready

    def refresh(self) -> None:
        """Look again at models, arrays, connectivity and seed."""
        for part in (*self._populations, *self._projections):
            model = part.state.model
            if part.model is not model:
                part.model, part.kernel = self._ready[id(model)]
            part.bind()

    def follow(self, projections: Sequence[ProjectionState]) -> None:
        """Look again at all."""
        self.refresh()

    def close(self) -> None:
        """Forget the network."""
        self._populations, self._projections = [], []

    def _step(self) -> None:
        step = self._state.step
        for population in self._populations:
            population.reset_inputs()
        for projection in self._projections:
            projection.transmit(step)
        self._record(step, Phase.INPUTS)
        for population in self._populations:
            population.update(step)
        for population in self._populations:
            population.remember(step)
            population.reduce()
        for projection in self._projections:
            projection.update(step)
        for projection in self._projections:
            projection.react_to_post_spikes(step)
        self._record(step, Phase.END)
        for tap in self._state.taps:
            tap.write(step)
        self._state.clock[0] = step + 1

    def _record(self, step: int, phase: Phase) -> None:
        for recorder in self._state.recorders:
            if isinstance(recorder, ValueRecorder):
                if recorder.phase is phase and recorder.is_due(step):
                    recorder.take()
            elif isinstance(recorder, SpikeRecorder):
                if phase is Phase.END and recorder.is_due(step):
                    recorder.take(step)

    def _is_over(self, until: Until) -> bool:
        step = self._state.step - 1
        chosen = {id(p) for p in until.populations}
        holds = [p.has_stopped(step) for p in self._populations if id(p.state) in chosen]
        return all(holds) if until.operator == "and" else any(holds)


class _Population:
    """One population: its kernel and its part of each phase."""

    def __init__(self, state: PopulationState, network: NetworkState) -> None:
        self.state = state
        self.network = network
        self.model = state.model
        self.kernel: PopulationKernel = lower_neuron(state.model)
        self.all_ranks = np.arange(state.n)
        self.bind()

    def bind(self) -> None:
        """Find the arrays, and make the random streams of the network's seed."""
        state = self.state
        self.values: Values = {
            a.name: state.values[a.name][: state.n if a.locality is Locality.LOCAL else 1]
            for a in state.model.attributes
        }
        key = stream_key(self.network.seed, "population", self.state.name)
        self.streams = [
            Stream(
                key=key,
                draw=draw.index,
                layout=Layout.NEURONS if draw.locality is Locality.LOCAL else Layout.SINGLE,
                float_type=self.state.float_type,
            )
            for draw in self.state.model.draws
        ]

    @property
    def is_enabled(self) -> bool:
        return bool(self.state.enabled[0])

    # -- phases -------------------------------------------------------------------

    def reset_inputs(self) -> None:
        if self.is_enabled:
            for sums in self.state.sums.values():
                sums[:] = 0

    def update(self, step: int) -> None:
        state = self.state
        fired = axonal = np.empty(0, np.int32)
        if self.is_enabled:
            for table in state.timed:
                _apply(table, self.values[table.attribute], step)
            spikes = meaning.step_population(self.kernel, self.values, self._inputs(step))
            fired = np.union1d(np.flatnonzero(spikes.somatic), self._given_spikes(step))
            axonal = np.flatnonzero(spikes.axonal)
        if state.spikes is None:
            return
        fired = fired.astype(np.int32)
        state.spikes.put(step, fired)
        if state.axon_spikes is not None:
            state.axon_spikes.put(step, axonal)
        state.last_spike[fired] = step
        state.frozen_until[fired] = step + 1 + self._refractory_steps(fired)
        if state.rate_window is not None:
            _count(state.rate_window, fired, step)
            if self.is_enabled:
                window_ms = state.rate_window.window * self.network.dt
                self.values["r"][:] = state.rate_window.counts[: state.n] * (1000.0 / window_ms)

    def remember(self, step: int) -> None:
        for name, history in self.state.histories.items():
            history.at(step)[:] = self.state.values[name]

    def reduce(self) -> None:
        for name, result in self.state.reductions.items():
            result[0] = reduced(name, self.values)

    def has_stopped(self, step: int) -> bool:
        stop = self.state.model.stop
        if stop is None:
            return False
        holds = meaning.is_stopping(self.kernel, self.values, self._inputs(step, is_after=True))
        stopped = bool(holds.all() if stop.mode is StopMode.ALL else holds.any())
        self.state.stopped[0] = stopped
        return stopped

    # -- what the equations see ---------------------------------------------------

    def _inputs(self, step: int, *, is_after: bool = False) -> meaning.PopulationInputs:
        state, network = self.state, self.network
        spiked = np.zeros(state.n, bool)
        if is_after and state.spikes is not None:
            spiked[state.spikes.at(step)] = True
        is_spiking = state.model.is_spiking
        inputs = meaning.PopulationInputs(
            n_neurons=state.n,
            t_ms=step * network.dt,
            dt_ms=network.dt,
            inputs={target: sums[: state.n] for target, sums in state.sums.items()},
            constants={name: value[0] for name, value in network.constants.items()},
            reductions={name: value[0] for name, value in state.reductions.items()},
            t_last_ms=state.last_spike[: state.n] * network.dt if is_spiking else 0.0,
            is_refractory=step < state.frozen_until[: state.n] if is_spiking else None,
            spiked=spiked,
            draws={} if is_after else self._draws(step),
            float_type=state.float_type,
        )
        return inputs

    def _draws(self, step: int) -> dict[int, NDArray]:
        if not self.streams:
            return {}
        plain = meaning.PopulationInputs(
            n_neurons=self.state.n,
            t_ms=0.0,
            dt_ms=self.network.dt,
            constants={name: value[0] for name, value in self.network.constants.items()},
        )
        lookup = population_lookup(self.values, plain)
        ids = {Locality.LOCAL: self.all_ranks, Locality.GLOBAL: np.zeros(1, np.int64)}
        return {
            draw.index: _drawn(draw, stream, lookup, step, ids[draw.locality])
            for draw, stream in zip(self.state.model.draws, self.streams)
        }

    def _given_spikes(self, step: int) -> NDArray[np.int32]:
        table = self.state.spike_table
        if table is None:
            return np.empty(0, np.int32)
        tau = step - int(table.origin[0])
        first, last = np.searchsorted(table.steps, (tau, tau + 1))
        table.cursor[0] = last
        return table.ranks[first:last]

    def _refractory_steps(self, ranks: NDArray[np.int32]) -> NDArray[np.int64]:
        linked = self.state.model.refractory
        if isinstance(linked, str):
            value = np.broadcast_to(self.values[linked], (self.state.n,))[ranks]
            return np.rint(value / self.network.dt).astype(np.int64)
        return self.state.refractory_steps[ranks].astype(np.int64)


class _Projection:
    """One projection: its kernel and its part of each phase."""

    def __init__(
        self,
        state: ProjectionState,
        network: NetworkState,
        pre: _Population,
        post: _Population,
    ) -> None:
        self.state = state
        self.network = network
        self.pre = pre
        self.post = post
        self.model = state.model
        self.kernel: ProjectionKernel = lower_synapse(state.model)
        self.bind()

    def bind(self) -> None:
        """Read the connectivity and make the random streams of the network's seed."""
        key = stream_key(self.network.seed, "projection", self.state.name)
        float_type = self.pre.state.float_type
        self.streams = [
            Stream(key=key, draw=d.index, layout=Layout.SINGLE, float_type=float_type)
            for d in self.state.model.draws
        ]
        require(
            self.state.storage.n_synapses * _PAIR_BYTES,
            f"projection {self.state.name!r} of {self.state.storage.n_synapses} synapses on the "
            "reference back end, which lists every synapse,",
            hint="use fewer synapses, or another back end",
        )
        pre, post, positions = self.state.storage.pairs()
        self.pre_index = pre.astype(np.int64)
        self.post_index = post.astype(np.int64)
        self.positions = positions
        self.is_padded = self.state.storage.kind is StorageKind.DENSE
        n_per_dendrite = np.bincount(self.post_index, minlength=self.post.state.n)
        self.n_in_dendrite = n_per_dendrite[self.post_index]

    @property
    def _is_transmitting(self) -> bool:
        return bool(self.state.flags[self.state.TRANSMISSION]) and self.post.is_enabled

    # -- phases -------------------------------------------------------------------

    def transmit(self, step: int) -> None:
        if not self._is_transmitting:
            return
        if self.state.decoding_window is not None:
            self._decode(step, self.state.decoding_window)
            return
        if self.kernel.pre_spike and self.pre.state.spikes is not None:
            self._deliver(step, self.pre.state.spikes, is_axonal=False)
        may_axon = self.state.flags[self.state.AXON_TRANSMISSION]
        if may_axon and self.pre.state.axon_spikes is not None and self.kernel.pre_axon_spike:
            self._deliver(step, self.pre.state.axon_spikes, is_axonal=True)
        # Last, so that a psp sees what a spike changes as soon as the neuron would see the spike.
        if self.kernel.psp is not None:
            self._sum_psp(step)

    def update(self, step: int) -> None:
        state, kernel = self.state, self.kernel
        period, offset = (int(x) for x in state.learning)
        has_work = kernel.global_update or kernel.semiglobal_update or kernel.local_update
        is_due = state.flags[state.UPDATE] and (step - offset) % period == 0
        if not (has_work and is_due and self._is_transmitting):
            return
        if not state.flags[state.PLASTICITY]:
            kernel = _without_weights(kernel)
        values = self._gathered()
        inputs = self._inputs(step, values, is_after=True, dt_ms=period * self.network.dt)
        meaning.update_synapses(kernel, values, inputs)
        self._scatter(values)

    def react_to_post_spikes(self, step: int) -> None:
        post = self.post.state.spikes
        if not self.kernel.post_spike or post is None or not self._is_transmitting:
            return
        fired = np.zeros(self.post.state.n, bool)
        fired[post.at(step)] = True
        entries = np.flatnonzero(fired[self.post_index])
        if not entries.size:
            return
        values, last_event = self._gathered(), self._gathered_events()
        event = meaning.Event(
            entries=entries,
            valid_step=step,
            last_event=last_event,
            is_plastic=bool(self.state.flags[self.state.PLASTICITY]),
        )
        inputs = self._inputs(step, values, is_after=True)
        meaning.post_events(self.kernel, values, inputs, event)
        self._scatter(values, last_event)

    # -- transmission -------------------------------------------------------------

    def _sum_psp(self, step: int) -> None:
        values = self._gathered()
        psp = meaning.psp_values(self.kernel, values, self._inputs(step, values))
        self._receive(self._reduced(psp))

    def _reduced(self, psp: NDArray) -> NDArray:
        n_post, operation = self.post.state.n, self.state.model.operation
        return meaning.reduce_psp(psp, self.post_index, n_post, operation)

    def _decode(self, step: int, window: int) -> None:
        ring = self.pre.state.spikes
        assert ring is not None  # checked where the projection is made
        weights = self._gathered()["w"]
        total = np.zeros(self.post.state.n, self.post.state.float_type)
        scale = 1000.0 / (self.network.dt * window)
        for emitted in range(step - window, step):
            entries = self._entries_of(ring.at(emitted))
            share = scale * weights[entries] / self.n_in_dendrite[entries]
            np.add.at(total, self.post_index[entries], share)
        self._receive(total)

    def _receive(self, total: NDArray) -> None:
        """Add to the weighted sums, or to the conductances of neurons that have no such sum."""
        post = self.post.state
        for target in self.state.targets:
            if target in post.sums:
                post.sums[target][: post.n] += total
            elif f"g_{target}" in post.values:
                post.values[f"g_{target}"][: post.n] += total
            if ALL_TARGETS in post.sums:
                post.sums[ALL_TARGETS][: post.n] += total

    def _deliver(self, step: int, ring: SpikeRing, *, is_axonal: bool) -> None:
        entries, emitted = self._arrivals(step, ring)
        if not entries.size:
            return
        state, post = self.state, self.post.state
        values, last_event = self._gathered(), self._gathered_events()
        names = [f"g_{target}" for target in state.targets if f"g_{target}" in post.values]
        shared = len(names) != 1
        conductance = (
            np.zeros(post.n, post.float_type) if shared else post.values[names[0]][: post.n]
        )
        event = meaning.Event(
            entries=entries,
            valid_step=step - 1,
            conductance=conductance,
            last_event=last_event,
            is_plastic=bool(state.flags[state.PLASTICITY]),
            has_post_fired=post.last_spike[self.post_index] == emitted
            if post.model.is_spiking
            else None,
        )
        inputs = self._inputs(step, values)
        meaning.deliver(self.kernel, values, inputs, event, is_axonal=is_axonal)
        if shared:
            for name in names:
                post.values[name][: post.n] += conductance
        self._scatter(values, last_event)

    def _arrivals(self, step: int, ring: SpikeRing) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the entries whose spike arrives now, and the step each entry listens to."""
        delays = self._delays()
        emitted = step - delays
        is_here = np.zeros(len(self.pre_index), bool)
        for delay in np.unique(delays):
            fired = np.zeros(self.pre.state.n, bool)
            fired[ring.at(step - int(delay))] = True
            is_here |= fired[self.pre_index] & (delays == delay)
        return np.flatnonzero(is_here), emitted

    def _delays(self) -> NDArray[np.int64]:
        delays = self.state.storage.delays
        if delays is None:
            return np.full(len(self.pre_index), self.state.delay_steps[0])
        return delays.astype(np.int64)

    def _entries_of(self, ranks: NDArray) -> NDArray[np.int64]:
        fired = np.zeros(self.pre.state.n, bool)
        fired[ranks] = True
        return np.flatnonzero(fired[self.pre_index])

    # -- what the equations see ---------------------------------------------------

    def _inputs(
        self, step: int, values: Values, *, is_after: bool = False, dt_ms: float | None = None
    ) -> meaning.ProjectionInputs:
        network, pre, post = self.network, self.pre.state, self.post.state
        model = self.state.model
        constants = {name: value[0] for name, value in network.constants.items()}
        following = step + 1 if is_after else step
        return meaning.ProjectionInputs(
            pre_index=self.pre_index,
            post_index=self.post_index,
            n_post=post.n,
            t_ms=step * network.dt,
            dt_ms=network.dt if dt_ms is None else dt_ms,
            pre={
                **{name: self._delayed(name, following) for name in model.pre_attributes},
                **{f"sum({t})": _input_of(pre, t)[self.pre_index] for t in model.pre_inputs},
            },
            post={
                **{name: _shaped(self.post, name) for name in model.post_attributes},
                **{f"sum({t})": _input_of(post, t) for t in model.post_inputs},
            },
            constants=constants,
            draws=self._draws(step, values, constants) if is_after else {},
            reductions={
                (r.side, reduction_name(r)): (pre if r.side is Side.PRE else post).reductions[
                    reduction_name(r)
                ][0]
                for r in model.reductions
            },
            t_pre_ms=pre.last_spike[self.pre_index] * network.dt if pre.model.is_spiking else 0.0,
            t_post_ms=post.last_spike[: post.n] * network.dt if post.model.is_spiking else 0.0,
            float_type=pre.float_type,
        )

    def _delayed(self, name: str, following: int) -> NDArray:
        """Return a presynaptic attribute as of its delay before step `following`, per entry."""
        attribute = self.pre.state.model.attribute(name)
        assert attribute is not None  # checked by the analysis
        is_local = attribute.locality is Locality.LOCAL
        live = self.pre.values[name]
        history = self.pre.state.histories.get(name)
        if self.state.storage.delays is None:
            delay = int(self.state.delay_steps[0])
            source = live if delay == 1 or history is None else history.at(following - delay)
            return source[self.pre_index] if is_local else source[0]
        delays = self._delays()
        place = self.pre_index if is_local else np.zeros_like(self.pre_index)
        now = live[place]
        if history is None:
            return now
        past = history.values[(following - delays) % history.depth, place]
        return np.where(delays == 1, now, past)

    def _draws(
        self, step: int, values: Values, constants: Mapping[str, float]
    ) -> dict[int, NDArray]:
        if not self.streams:
            return {}
        plain = meaning.PopulationInputs(
            n_neurons=self.post.state.n, t_ms=0.0, dt_ms=self.network.dt, constants=constants
        )
        lookup = population_lookup(values, plain)
        ids = {
            Locality.LOCAL: self.post_index * self.pre.state.n + self.pre_index,
            Locality.SEMIGLOBAL: np.arange(self.post.state.n),
            Locality.GLOBAL: np.zeros(1, np.int64),
        }
        drawn = {}
        for draw, stream in zip(self.state.model.draws, self.streams):
            value = _drawn(draw, stream, lookup, step, ids[draw.locality])
            drawn[draw.index] = value[0] if draw.locality is Locality.GLOBAL else value
        return drawn

    # -- values of the synapses, one after the other ------------------------------

    def _gathered(self) -> Values:
        n = len(self.pre_index)
        values: Values = {}
        for attribute in self.state.model.attributes:
            array = self.state.values[attribute.name]
            if attribute.locality is Locality.GLOBAL:
                values[attribute.name] = array[:1]
            elif attribute.locality is Locality.SEMIGLOBAL:
                values[attribute.name] = array[: self.post.state.n]
            elif attribute.name == "w" and self.state.has_single_weight:
                values["w"] = np.full(n, array[0])
            else:
                values[attribute.name] = array[self.positions] if self.is_padded else array[:n]
        return values

    def _gathered_events(self) -> NDArray[np.int64] | None:
        events = self.state.last_event
        if events is None:
            return None
        return events[self.positions] if self.is_padded else events[: len(self.pre_index)]

    def _scatter(self, values: Values, last_event: NDArray[np.int64] | None = None) -> None:
        if not self.is_padded:
            return
        for attribute in self.state.model.attributes:
            is_single = attribute.name == "w" and self.state.has_single_weight
            if attribute.locality is Locality.LOCAL and not is_single:
                self.state.values[attribute.name][self.positions] = values[attribute.name]
        if last_event is not None and self.state.last_event is not None:
            self.state.last_event[self.positions] = last_event


def _without_weights(kernel: ProjectionKernel) -> ProjectionKernel:
    """Return the kernel without the statements that change ``w``."""

    def rest(statements: tuple[Statement, ...]) -> tuple[Statement, ...]:
        return tuple(
            s for s in statements if s.target.name != "w" or s.target.kind is SymbolKind.TEMPORARY
        )

    return replace(
        kernel,
        global_update=rest(kernel.global_update),
        semiglobal_update=rest(kernel.semiglobal_update),
        local_update=rest(kernel.local_update),
    )


def _apply(table: TimedTable, values: NDArray, step: int) -> None:
    """Copy the row in force into the attribute that the table drives."""
    tau = step - int(table.origin[0])
    period = int(table.period[0])
    if period > 0:
        tau %= period
    row = int(np.searchsorted(table.starts, tau, side="right")) - 1
    values[:] = table.rows[row] if row >= 0 else 0


def _count(window: RateWindow, fired: NDArray[np.int32], step: int) -> None:
    """Let the spikes of this step into the window, and those that have become too old out."""
    slot = step % window.window
    capacity = len(window.fifo)
    head, tail = (int(x) for x in window.ends)
    leaving = window.fifo[np.arange(head, head + int(window.per_step[slot])) % capacity]
    np.subtract.at(window.counts, leaving, 1)
    window.fifo[np.arange(tail, tail + len(fired)) % capacity] = fired
    np.add.at(window.counts, fired, 1)
    window.per_step[slot] = len(fired)
    window.ends[:] = head + len(leaving), tail + len(fired)


def _drawn(draw: Draw, stream: Stream, lookup: Lookup, step: int, ids: NDArray) -> NDArray:
    arguments = [
        float(np.reshape(meaning.evaluate(a, lookup, float_type=stream.float_type), ()))
        for a in draw.distribution.arguments
    ]
    return stream.sample(draw.distribution.name, arguments, step, ids)


def _shaped(population: _Population, name: str) -> NDArray:
    values = population.values[name]
    attribute = population.state.model.attribute(name)
    assert attribute is not None  # checked by the analysis
    return values if attribute.locality is Locality.LOCAL else values[0]


def _input_of(population: PopulationState, target: str) -> NDArray:
    found = population.sums.get(target)
    if found is None:
        found = population.values.get(f"g_{target}")
    return np.zeros(population.n) if found is None else found[: population.n]
