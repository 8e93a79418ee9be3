"""The CUDA back end: a `NetworkState` on a device, advanced by launches of kernels.

The order of a step is that of `annlab.runtime.native`; what threads of the CPU wait
for, here one launch waits for the one before.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from annlab.codegen.clike.layout import Layout
from annlab.codegen.cuda.kernels import KernelSource, population_source, projection_source
from annlab.ir.expr import Side
from annlab.ir.model import NeuronModel, SynapseModel
from annlab.runtime.backends import Factory
from annlab.runtime.binding import population as population_calls
from annlab.runtime.cuda.binder import (
    ACCUMULATE,
    DeviceBinder,
    DeviceKernel,
    DeviceProjection,
    Engine,
)
from annlab.runtime.cuda.device import Device, open_device
from annlab.runtime.cuda.launches import batches
from annlab.runtime.cuda.memory import DeviceMemory
from annlab.runtime.cuda.pending import PendingSums, WeightBook
from annlab.runtime.cuda.recording import DeviceRecorders
from annlab.runtime.cuda.synapses import DeviceRows
from annlab.runtime.held import HeldArrays
from annlab.runtime.recorder import Phase
from annlab.runtime.runner import Until
from annlab.runtime.schedule import Call
from annlab.runtime.state import NetworkState, PopulationState, ProjectionState
from annlab.runtime.storage import StorageKind

SLICE_S = 0.005  # a run is interrupted so often to look for attention
WHOLE_STEPS = 16  # are cheaper to launch than some more or fewer
FIRST_STEPS = 8  # of the first slice, whose duration nobody knows


def open_cuda(gpu: int | None) -> Factory:
    """Return what makes one network on a GPU, where threads of the CPU are of no matter."""
    device = open_device(gpu)
    memory = DeviceMemory(device)
    weights = WeightBook(memory)

    def factory(state: NetworkState, *, num_threads: int | str = 1) -> CudaRunner:
        return CudaRunner(state, device, memory, weights)

    return Factory(factory, DeviceRows(device, memory, weights))


def layout_of(projection: ProjectionState) -> Layout:
    """Return what of a projection's storage its code depends on."""
    storage = projection.storage
    return Layout(
        storage=str(storage.kind),
        major=storage.major,
        has_delays=storage.has_delays,
        n_targets=len(projection.targets),
        is_decoding=projection.decoding_window is not None,
    )


@dataclass(frozen=True, slots=True)
class _Code:
    """What the code of a network depends on: models are never changed, only replaced."""

    models: list[NeuronModel | SynapseModel]
    layouts: list[Layout]

    @classmethod
    def of(cls, state: NetworkState) -> _Code:
        models = [p.model for p in (*state.populations, *state.projections)]
        return cls(models, [layout_of(p) for p in state.projections])

    def fits(self, other: _Code) -> bool:
        pairs = zip(self.models, other.models, strict=True)
        return self.layouts == other.layouts and all(a is b for a, b in pairs)


class CudaRunner:
    """Runs a network on a device; see `annlab.runtime.runner.Runner`.

    Attributes
    ----------
    launches, tick
        Those of one step, and that which sets the clock on; for whoever measures them.
    """

    def __init__(
        self, state: NetworkState, device: Device, memory: DeviceMemory, weights: WeightBook
    ) -> None:
        self.state = state
        self.device = device
        self.memory = memory
        self._engine = Engine(device)
        self._storages: dict = {}
        self._weights = weights
        self._is_due = True  # what the host may have changed since it was uploaded
        self._wants_attention = False
        self._with_stops = False
        self._seconds_per_step = 0.0
        self._load()
        self._bind()

    def _load(self) -> None:
        state = self.state
        self._loaded = _Code.of(state)
        kernels = self._engine.load(
            self._sources(
                [(p, p.model) for p in state.populations],
                [(p, p.model) for p in state.projections],
            )
        )
        self.population_kernels = kernels[: len(state.populations)]
        self.projection_kernels = kernels[len(state.populations) :]

    def prepare(
        self,
        populations: Sequence[tuple[PopulationState, NeuronModel]],
        projections: Sequence[tuple[ProjectionState, SynapseModel]],
    ) -> None:
        """Compile models that will be exchanged; see `annlab.runtime.remodel.Exchanging`."""
        self._engine.load(self._sources(populations, projections))

    def _sources(
        self,
        populations: Sequence[tuple[PopulationState, NeuronModel]],
        projections: Sequence[tuple[ProjectionState, SynapseModel]],
    ) -> list[KernelSource]:
        float_type = self.state.float_type
        return [
            *(population_source(model, float_type, p.name) for p, model in populations),
            *(projection_source(m, layout_of(p), float_type, p.name) for p, m in projections),
        ]

    # ---- running ------------------------------------------------------------------------------

    def run(self, n_steps: int, until: Until | None = None) -> int:
        """Advance by at most `n_steps`; see `Runner.run`."""
        if until is not None and not self._with_stops:
            self._with_stops = True
            self._bind()
        if not self._sums.are_current():
            self._bind()
        self._is_due = True
        done = 0
        while done < n_steps:
            n = 1 if until is not None else min(n_steps - done, self._slice())
            self._advance(n)
            done += n
            if until is not None and self._is_over(until):
                break
            if self._wants_attention:
                self._wants_attention = False
                break
        return done

    def on_device(self, population: PopulationState, name: str, n: int) -> Any:
        """Return the first `n` values of an attribute as an array of the device, not a copy."""
        values = population.values
        assert isinstance(values, HeldArrays)
        return self.memory.view(values.held(name)[:n])

    def request_attention(self) -> None:
        """Make a `run` in another thread return at the end of its slice."""
        self._wants_attention = True

    def close(self) -> None:
        """Bring back to the host what can be, and free the device's memory."""
        self._give_to(None)
        if not self.device.is_lost:
            self.memory.close()
        self._binder.pending = None  # what knows itself in a circle would outlive the network

    def _slice(self) -> int:
        """Return how many steps may be launched before somebody looks up."""
        steps = FIRST_STEPS
        if self._seconds_per_step > 0:
            steps = max(1, int(SLICE_S / self._seconds_per_step))
        self._grow_windows()
        free = [
            (len(w.fifo) - int(w.ends[1] - w.ends[0])) // max(1, p.n)
            for p in self.state.populations
            if (w := p.rate_window) is not None
        ]
        steps = min(steps, self._recorders.most_steps(), *free)
        return max(1, steps - steps % WHOLE_STEPS if steps > WHOLE_STEPS else steps)

    def _grow_windows(self) -> None:
        is_grown = False
        for p in self.state.populations:
            if p.rate_window is not None and not p.rate_window.has_room(p.n):
                p.rate_window.grow(4 * p.n)
                is_grown = True
        if is_grown:
            self._bind()

    def _advance(self, n_steps: int) -> None:
        first = self.state.step
        self._clock[:2] = first
        self.device.write(self.memory.address(self._clock), self._clock)
        if self._is_due:  # nobody changes anything while a run is under way
            self.memory.before_run()
            self._is_due = False
        for tap in self.state.taps:  # but whoever looks on may come and go
            self.memory.upload(tap.is_active)
        begin = time.perf_counter()
        self._graph.run(n_steps)
        self._seconds_per_step = (time.perf_counter() - begin) / n_steps
        self.memory.after_run()
        self.state.clock[0] = first + n_steps
        self._recorders.drain(first, first + n_steps - 1)

    def _is_over(self, until: Until) -> bool:
        for p in until.populations:
            self.memory.show(p.stopped)
        return until.holds()

    # ---- binding ------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Bind again after anything but values may have changed; see `Runner.refresh`."""
        if not self._loaded.fits(_Code.of(self.state)):
            self._load()
        self._bind()
        self.memory.doubt()

    def follow(self, projections: Sequence[ProjectionState]) -> None:
        """Bind again: the device has other arrays."""
        self.refresh()

    def _bind(self) -> None:
        memory = self.memory
        with memory.binding():
            binder = DeviceBinder(self.state, self._engine, memory)
            self._clock = binder.clock
            self._sums = binder.pending = PendingSums(binder, self._adding(), self._weights)
            self._recorders = DeviceRecorders(binder)
            self.launches = [binder.launch(batch) for batch in batches(self._calls(binder))]
            self.tick = binder.tick()
            self._mark_written(binder)
            self._graph = self.device.graph(self.launches, self.tick)
            self._is_due = True
            self._binder = binder  # keeps alive what kernels have addresses of
        self._give_to(memory)

    def _adding(self) -> list[tuple[ProjectionState, int]]:
        """Return the projections that may add in any order, with how many kinds of events do."""
        pairs = zip(self.state.projections, self.projection_kernels, strict=True)
        kinds = [
            (p, sum(map(kernel.has, (ACCUMULATE, f"{ACCUMULATE}_axon")))) for p, kernel in pairs
        ]
        return [(p, n_kinds) for p, n_kinds in kinds if n_kinds]

    def _begun(self) -> dict[tuple[int, str], ProjectionState]:
        """Return the sums that are set by the first projection onto them, and by which.

        Only those over all synapses of a neuron at once can be; and synapses that read sums of
        neurons must find them cleared.
        """
        if any("sum:" in key for kernel in self.projection_kernels for key in kernel.slots):
            return {}
        first: dict[tuple[int, str], tuple[ProjectionState, DeviceKernel]] = {}
        for p, kernel in zip(self.state.projections, self.projection_kernels, strict=True):
            for target in set(p.targets) & p.post.sums.keys():
                first.setdefault((id(p.post), target), (p, kernel))
        return {
            key: p
            for key, (p, kernel) in first.items()
            if kernel.has("transmit")
            and not (p.model.pre_spike or p.model.pre_axon_spike)
            and (p.storage.major is Side.POST or p.storage.kind is StorageKind.ONE_TO_ONE)
        }

    def _calls(self, binder: DeviceBinder) -> list[Call]:
        """Return the calls of one step, in the order of the language's time step."""
        state = self.state
        populations = list(zip(state.populations, self.population_kernels, strict=True))
        binder.begun = self._begun()
        projections = [
            DeviceProjection(binder, p, kernel, self._storages)
            for p, kernel in zip(state.projections, self.projection_kernels, strict=True)
        ]
        calls: list[Call] = []
        for p, _ in populations:
            zeros = zip(p.sums, population_calls.zero_sums(binder, p), strict=True)
            calls += [zero for target, zero in zeros if (id(p), target) not in binder.begun]
        for projection in projections:
            calls += projection.transmission()
        calls += self._settlement(binder, projections)
        for p, _ in populations:
            calls += population_calls.total_sums(binder, p)
        calls += self._recorders.calls(Phase.INPUTS)
        for p, kernel in populations:
            calls += population_calls.update(binder, p, kernel)
            for settlement in binder.settled(p):
                settlement.join(calls[-1])
        for p, _ in populations:
            for name, ring in (("spikes", p.spikes), ("axon", p.axon_spikes)):
                if ring is not None and binder.marks(p, name):
                    calls.append(binder.collect(p, name, ring, self._recorders.of_ring(ring)))
        for p, _ in populations:
            calls += population_calls.after_update(binder, p)
        for projection in projections:
            calls += projection.learning()
        for projection in projections:
            calls += projection.post_events()
        calls += self._recorders.calls(Phase.END)
        if self._with_stops:
            for p, kernel in populations:
                calls += population_calls.stop(binder, p, kernel)
        return calls

    def _settlement(
        self, binder: DeviceBinder, projections: Sequence[DeviceProjection]
    ) -> list[Call]:
        """Return the calls that bring sums to targets that others read before the update does."""
        is_recorded = bool(self._recorders.calls(Phase.INPUTS))
        calls = []
        for settlement in (s for projection in projections for s in projection.settlement()):
            if is_recorded or not _settles(settlement.post):
                calls.append(settlement.call(binder))
            else:
                binder.settle_with_update(settlement)
        return calls

    def _mark_written(self, binder: DeviceBinder) -> None:
        for p in self.state.populations:
            binder.written(*p.values.values(), *p.sums.values(), *p.reductions.values(), p.stopped)
            binder.written(*(h.values for h in p.histories.values()))
            for ring in (p.spikes, p.axon_spikes):
                if ring is not None:
                    binder.written(ring.ranks, ring.counts, ring.starts)
            if p.spikes is not None:
                binder.written(p.last_spike, p.frozen_until)
            if (w := p.rate_window) is not None:
                binder.written(w.counts, w.per_step, w.fifo, w.ends)
        for p in self.state.projections:
            model = p.model
            events = (*model.pre_spike, *model.pre_axon_spike, *model.post_spike)
            names = {e.variable.name for e in (*model.equations, *events)}
            binder.written(*(p.values.raw(name) for name in names & p.values.keys()), p._last_event)

    def _give_to(self, keeper: DeviceMemory | None) -> None:
        """Let the arrays of the state ask for their newest numbers."""
        for p in self.state.populations:
            holders = [p, p.values, p.sums, p.reductions, *p.histories.values()]
            holders += [h for h in (p.spikes, p.axon_spikes, p.rate_window) if h is not None]
            for holder in holders:
                holder.keeper = keeper
        for projection in self.state.projections:
            projection.keeper = projection.values.keeper = keeper


def _settles(p: PopulationState) -> bool:
    """Tell whether the update of a population is the first to read what arrived at its neurons."""
    is_updated = p.spike_table is None and (p.model.equations or p.model.is_spiking)
    return bool(is_updated) and "" not in p.sums
