"""The CPU back end: a `NetworkState` bound to compiled kernels and the native loop.

Keeps the arrays alive whose addresses the kernels hold. No text, no symbolic
library: a network that is in the cache starts without them.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from annlab.codegen.clike.layout import Layout
from annlab.codegen.clike.requests import Request
from annlab.codegen.cpu.kernels import (
    engine,
    obtain,
    population_request,
    projection_request,
)
from annlab.ir.model import NeuronModel, SynapseModel
from annlab.runtime.backends import Factory
from annlab.runtime.binding import population as population_calls
from annlab.runtime.binding import recording
from annlab.runtime.binding.binder import Binder, address
from annlab.runtime.binding.projection import BoundProjection
from annlab.runtime.binding.splicing import NativeCopier
from annlab.runtime.binding.storage import BoundStorage
from annlab.runtime.recorder import Phase, ValueRecorder
from annlab.runtime.runner import Until
from annlab.runtime.schedule import Call, place_barriers
from annlab.runtime.state import NetworkState, PopulationState, ProjectionState
from annlab.runtime.tap import ValueTap
from annlab.runtime.threads import Threads
from annlab.runtime.traces import TraceMirror, can_keep_traces, may_have_traces

NO_SERVICE = 2**63 - 1


def requests(state: NetworkState) -> list[Request]:
    """Return the kernels that a network needs: populations first, then projections."""
    found = [population_request(p.model, state.float_type, p.name) for p in state.populations]
    return found + [
        projection_request(p.model, layout_of(p), state.float_type, p.name)
        for p in state.projections
    ]


def layout_of(projection: ProjectionState, *, has_traces: bool | None = None) -> Layout:
    """Return what of a projection's storage its code depends on; `has_traces` as it is now."""
    storage = projection.storage
    if has_traces is None:
        has_traces = projection.values.mirror is not None
    return Layout(
        storage=str(storage.kind),
        major=storage.major,
        has_delays=storage.has_delays,
        n_targets=len(projection.targets),
        is_decoding=projection.decoding_window is not None,
        has_traces=has_traces,
        has_young=has_traces and projection.structure is not None,
    )


def open_cpu(_gpu: int | None) -> Factory:
    """Return what makes runners. Where nothing can be compiled the engine cannot be had either."""
    engine()
    return Factory(NativeRunner)


class NativeRunner:
    """Runs a network on the CPU; see `annlab.runtime.runner.Runner`."""

    def __init__(self, state: NetworkState, num_threads: int | str = 1) -> None:
        self.state = state
        self._settle_traces()
        self._obtain_kernels()
        self._engine = engine()
        self.copier = NativeCopier(self._engine)
        self._attention = np.zeros(1, np.int32)
        self._service = np.full(1, NO_SERVICE, np.int64)
        self._threads = Threads(
            num_threads,
            has_openmp=self._engine.HAS_OPENMP,
            limit=self._engine.thread_limit(),
        )
        self._program = self._engine.NativeProgram(
            address(state.clock), address(self._attention), address(self._service)
        )
        self._with_stops = False
        self._storages: dict[int, BoundStorage] = {}
        self._bind()

    def _obtain_kernels(self) -> None:
        state = self.state
        self._layouts = [layout_of(p) for p in state.projections]
        self._models = self._models_now()
        kernels = obtain(requests(state))
        self.population_kernels = kernels[: len(state.populations)]
        self.projection_kernels = kernels[len(state.populations) :]

    def _models_now(self) -> list[NeuronModel | SynapseModel]:
        return [p.model for p in (*self.state.populations, *self.state.projections)]

    def prepare(
        self,
        populations: Sequence[tuple[PopulationState, NeuronModel]],
        projections: Sequence[tuple[ProjectionState, SynapseModel]],
    ) -> None:
        """Compile models that will be exchanged; see `annlab.runtime.remodel.Exchanging`."""
        float_type = self.state.float_type
        wanted = [population_request(model, float_type, p.name) for p, model in populations]
        for p, model in projections:
            # Whether traces are kept where they can be is known only when the model is in place.
            for has_traces in (False, True) if can_keep_traces(p, model) else (False,):
                layout = layout_of(p, has_traces=has_traces)
                wanted.append(projection_request(model, layout, float_type, p.name))
        obtain(wanted)

    # ---- running ------------------------------------------------------------------------

    def run(self, n_steps: int, until: Until | None = None) -> int:
        """Advance by at most `n_steps`; see `Runner.run`."""
        self._take_back_traces()
        self._serve()
        if until is not None:
            return self._run_until(n_steps, until)
        done = 0
        while done < n_steps:
            first = self.state.step
            n_threads, longest = self._threads.next(n_steps - done)
            begin = time.perf_counter()
            ran = self._program.run(longest, n_threads)
            seconds = time.perf_counter() - begin
            self._threads.learn(n_threads, ran, seconds, came=self._program.team())
            done += ran
            self._account(first, first + ran - 1)
            if self._take_attention():
                break
        return done

    def _run_until(self, n_steps: int, until: Until) -> int:
        if not self._with_stops:
            self._with_stops = True
            self._bind()
        self._program.set_stops([address(p.stopped) for p in until.populations if p.model.stop])
        needs_all = until.operator == "and"
        can_stop = bool([p for p in until.populations if p.model.stop])
        if needs_all and any(p.model.stop is None for p in until.populations):
            can_stop = False  # a population without a condition never agrees
        if not can_stop:
            self._program.set_stops([])
        done = 0
        while done < n_steps:
            first = self.state.step
            ran = self._program.run_until(n_steps - done, needs_all)
            done += ran
            self._account(first, first + ran - 1)
            if self._take_attention() or (can_stop and self._holds(until)):
                break
        return done

    @staticmethod
    def _holds(until: Until) -> bool:
        flags = [bool(p.stopped[0]) for p in until.populations]
        return all(flags) if until.operator == "and" else any(flags)

    def _take_attention(self) -> bool:
        wanted = bool(self._attention[0])
        self._attention[0] = 0
        return wanted

    def request_attention(self) -> None:
        """Make a `run` in another thread return at the end of its slice."""
        self._attention[0] = 1

    def close(self) -> None:
        """Forget all addresses."""
        self._program.clear()
        self._binder, self._projections = None, []

    def _account(self, first: int, last: int) -> None:
        """Count what was recorded from step `first` to `last`, and make room for more."""
        if last < first:
            return
        for recorder in recording.value_recorders(self.state):
            if recorder.is_active[0]:
                self._engine.add_rows(
                    address(recorder.count), address(recorder.schedule), first, last
                )
        self._serve()

    def _serve(self) -> None:
        """Make room where a kernel has asked for it.

        If that fails for want of memory it is done before the next step: kernels write without
        looking for the end.
        """
        if self._service[0] == NO_SERVICE:
            return
        try:
            for recorder in self.state.recorders:
                if isinstance(recorder, ValueRecorder):
                    if recorder.count[0] + 8 >= len(recorder.buffer):
                        recorder.hand_over(may_replace=True)  # bound anew below
                elif recorder.count[0] + 4 * recorder.population.n > recorder.capacity:
                    recorder.hand_over()
            for population in self.state.populations:
                window = population.rate_window
                if window is not None and not window.has_room(3 * population.n):
                    window.grow(4 * population.n)
        finally:
            self._bind()
        self._service[0] = NO_SERVICE

    # ---- traces of neurons ----------------------------------------------------------------

    def _settle_traces(self) -> None:
        """Keep event-driven variables once per neuron where that is possible now."""
        for p in self.state.projections:
            mirror = p.values.mirror
            if isinstance(mirror, TraceMirror):
                is_untouched, is_watched = mirror.still_fits(), self._is_watched(p)
                if is_untouched and not is_watched:
                    continue
                if is_untouched or not mirror.fits():
                    mirror.publish()  # otherwise what was written into the arrays stands
                p.values.mirror = None
            if p.values.mirror is None and may_have_traces(p) and not self._is_watched(p):
                p.values.mirror = TraceMirror(p, self.state)

    def _is_watched(self, p: ProjectionState) -> bool:
        """Tell whether a recorder or a tap reads the values of the synapses in every step."""
        arrays = [p.values.raw(name) for name, _ in p.model.trace_sides]
        return any(np.shares_memory(w.source(), a) for w in self._watchers() for a in arrays)

    def _take_back_traces(self) -> None:
        """Notice values of synapses that were changed since the last run."""
        is_changed = False
        for p in self.state.projections:
            mirror = p.values.mirror
            if isinstance(mirror, TraceMirror) and not mirror.take_back():
                p.values.mirror = None  # what the user wrote stands; see _settle_traces
                is_changed = True
        if is_changed:
            self.refresh()

    # ---- binding ------------------------------------------------------------------------

    def refresh(self) -> None:
        """Bind again after anything but values may have changed; see `Runner.refresh`."""
        self._settle_traces()
        if not self._knows_code():
            self._obtain_kernels()
        self._bind()

    def follow(self, projections: Sequence[ProjectionState]) -> None:
        """Bind again after synapses of these came or went; see `Runner.follow`."""
        self._settle_traces()
        bound = [b for b in self._projections if any(b.p is p for p in projections)]
        is_recorded = [*map(id, self._recorded)] != [*map(id, self._recorded_now())]
        if is_recorded or not self._knows_code() or not all(b.may_follow() for b in bound):
            self.refresh()
            return
        for projection in bound:
            projection.follow()

    def _knows_code(self) -> bool:
        """Tell whether the kernels are those of the models and layouts of now."""
        models = zip(self._models_now(), self._models, strict=True)
        layouts = [layout_of(p) for p in self.state.projections]
        return layouts == self._layouts and all(model is old for model, old in models)

    def _recorded_now(self) -> list[NDArray | None]:
        """Return the arrays of recorders and live views that changes of synapses may exchange."""
        arrays: list[NDArray | None] = [w.source() for w in self._watchers()]
        for recorder in recording.value_recorders(self.state):
            arrays += [recorder.buffer, recorder.positions]
        return arrays

    def _watchers(self) -> list[ValueRecorder | ValueTap]:
        watchers = [*self.state.recorders, *self.state.taps]
        return [w for w in watchers if isinstance(w, ValueRecorder | ValueTap)]

    def _bind(self) -> None:
        binder = Binder(self.state, self._engine, self._threads.most, self._service)
        projections = [
            BoundProjection(binder.part(), p, kernel, self._storages)
            for p, kernel in zip(self.state.projections, self.projection_kernels, strict=True)
        ]
        calls = place_barriers(self._calls(binder, projections))
        self._program.clear()
        for call in calls:
            self._program.add(call.kernel, call.slots, call.barrier_before, call.is_serial)
        for kernel, slots in binder.followers:
            self._program.add_follower(kernel, slots)
        # These keep alive what the program has addresses of.
        self._binder: Binder | None = binder
        self._projections = projections
        self._recorded = self._recorded_now()

    def _calls(self, binder: Binder, projections: Sequence[BoundProjection]) -> list[Call]:
        """Return the calls of one step, in the order of the language's time step."""
        state = self.state
        populations = list(zip(state.populations, self.population_kernels, strict=True))
        calls: list[Call] = []
        for p, _ in populations:
            calls += population_calls.zero_sums(binder, p)
        for projection in projections:
            calls += projection.transmission()
        for p, _ in populations:
            calls += population_calls.total_sums(binder, p)
        calls += recording.value_calls(binder, Phase.INPUTS)
        for p, kernel in populations:
            calls += population_calls.update(binder, p, kernel)
        for p, _ in populations:
            calls += population_calls.after_update(binder, p)
        for projection in projections:
            calls += projection.learning()
        for projection in projections:
            calls += projection.post_events()
        calls += recording.value_calls(binder, Phase.END)
        if self._with_stops:
            for p, kernel in populations:
                calls += population_calls.stop(binder, p, kernel)
        recording.follow_spikes(binder)
        recording.follow_taps(binder)
        return calls
