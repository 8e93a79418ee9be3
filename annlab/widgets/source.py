"""What a live view needs of a network, and nothing more.

The only module of the package that knows where a network keeps its state and
its worker. Holds both weakly: an open view keeps no network alive, and one that
was closed, which the notebook may keep for ever, none of its arrays.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from annlab.errors import ArgumentTypeError, StateError
from annlab.ir.expr import Locality
from annlab.network.network import Network
from annlab.network.population import Population
from annlab.network.projection import Projection
from annlab.network.synapse_values import locality, owners
from annlab.network.view import PopulationView
from annlab.runtime.state import PopulationState
from annlab.runtime.storage import Storage
from annlab.runtime.tap import SPIKES, SpikeTap, Tap, gone, join, leave, spike_tap
from annlab.runtime.worker import Request, RunState, Worker
from annlab.widgets.flow_field import Surroundings, locals_of
from annlab.widgets.pump import Json, told
from annlab.widgets.ranges import unit

T = TypeVar("T")

_STATES = {
    RunState.IDLE: "stopped",
    RunState.BLOCKING: "running",
    RunState.RUNNING: "running",
    RunState.PAUSED: "paused",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Some neurons of one population: what the user named in a call."""

    name: str
    population: PopulationState
    ranks: NDArray[np.int64]


class LiveNetwork:
    """A network as the live views see it."""

    def __init__(self, network: Network) -> None:
        state = network._state
        if state is None:
            raise StateError(
                "a live view needs a compiled network", hint="call net.compile() before this cell"
            )
        self._network = weakref.ref(network)
        self.dt: float = network.dt
        self.id: int = network.id
        self._state = weakref.ref(state)
        self._clock = state.clock
        self._speed = _Speed()

    @property
    def network(self) -> Network | None:
        """The network; None once it was deleted."""
        return self._network()

    @property
    def step(self) -> int:
        """The next step to run. Read without stopping the run."""
        return int(self._clock[0])

    @property
    def n_steps_run(self) -> int:
        """How many steps there ever were, whatever the clock was set to. Read without stopping."""
        state = self._state()
        return 0 if state is None else state.n_run

    @property
    def is_running(self) -> bool:
        worker = self.worker
        return worker is not None and worker.run_state in (RunState.RUNNING, RunState.BLOCKING)

    @property
    def worker(self) -> Worker | None:
        """What runs the network; None once it was cleared, compiled anew or deleted."""
        network, state = self._network(), self._state()
        if network is None or state is None or network._state is not state:
            return None
        return network._worker

    @property
    def is_in_background(self) -> bool:
        """True while a run goes on, or is paused, that `start` began."""
        worker = self.worker
        return worker is not None and worker.run_state in (RunState.RUNNING, RunState.PAUSED)

    @property
    def speed(self) -> float | None:
        """How many times real time the run is held to; None as fast as it can."""
        worker = self.worker
        pace_s = None if worker is None else worker.pace_s
        return None if pace_s is None else float(f"{self.dt / 1000.0 / pace_s:.6g}")

    def spent_s(self) -> float | None:
        """Return the processor time of the thread that runs as fast as it can; None without."""
        worker = self.worker
        return None if worker is None else worker.spent_s

    def status(self) -> dict[str, Json] | None:
        """Return time, state and speed for the page; None once the network is gone."""
        worker = self.worker
        if worker is None:
            return None
        state = _STATES[worker.run_state]
        error = detail = None
        failure = worker.failure
        if failure is not None:
            state, (error, detail) = "failed", told(failure)
        return {
            "time_ms": round(self.step * self.dt, 6),
            "state": state,
            "factor": self._speed.factor(self.step * self.dt) if state == "running" else 0.0,
            "error": error,
            "detail": detail,
        }

    def call(self, function: Callable[[], T]) -> T:
        """Execute `function` between two steps of a run, or at once."""
        worker = self.worker
        return function() if worker is None else worker.peek(function)

    def post(self, function: Callable[[], object]) -> Request:
        """Have `function` executed between two steps, and wait for nothing."""
        worker = self.worker
        if worker is not None:
            return worker.post(function)
        request = Request(function)
        request.serve()
        return request

    def spike_tap(
        self,
        population: PopulationState,
        mask: NDArray[np.bool_] | None = None,
        capacity: int = SPIKES,
    ) -> SpikeTap:
        """Return a ring of spikes, one that another view reads if there is such a one."""
        state = self._state()
        return spike_tap(() if state is None else state.taps, population, mask, capacity)

    def add_taps(self, taps: Sequence[Tap]) -> None:
        """Let the run fill `taps` from the next step on."""
        self._each(taps, join)

    def remove_taps(self, taps: Sequence[Tap]) -> None:
        """Let the run forget `taps` that no other view reads. Harmless if the network is gone."""
        self._each(taps, leave)

    def _each(self, taps: Sequence[Tap], function: Callable[[list[Tap], Tap], None]) -> None:
        state = self._state()
        if state is None:
            return

        def change() -> None:
            for tap in taps:
                function(state.taps, tap)

        self._change(change)

    def _change(self, function: Callable[[], None]) -> None:
        worker = self.worker
        if worker is None:
            function()
            return
        runner = worker.runner

        def change() -> None:
            function()
            runner.refresh()

        worker.peek(change)


class _Speed:
    """Simulated time over wall time, averaged over about a second."""

    SMOOTH_S = 1.0

    def __init__(self) -> None:
        self._last: tuple[float, float] | None = None
        self._factor = 0.0

    def factor(self, time_ms: float) -> float:
        now = time.perf_counter()
        last, self._last = self._last, (now, time_ms)
        if last is None or now - last[0] > 2 * self.SMOOTH_S or time_ms < last[1]:
            self._factor = 0.0
            return 0.0
        elapsed_s = max(now - last[0], 1e-6)
        current = (time_ms - last[1]) / 1000.0 / elapsed_s
        share = min(1.0, elapsed_s / self.SMOOTH_S)
        self._factor += (current - self._factor) * (share if self._factor else 1.0)
        return float(f"{self._factor:.3g}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Synapses:
    """All synapses of a projection at one moment, in one order, ``(n,)`` each."""

    pre: NDArray[np.integer]
    post: NDArray[np.integer]
    values: NDArray[np.floating]


class SynapseReader:
    """Copies one value per synapse out of a running network; works on the copy elsewhere."""

    def __init__(self, projection: Projection, name: str) -> None:
        state = projection._state
        if state is None:
            raise StateError(
                "a live view needs a compiled network", hint="call net.compile() before this cell"
            )
        self._state = state
        self._name = name
        self._step = projection._network._state
        self.n_pre: int = state.pre.n
        self.n_post: int = state.post.n
        self._known: tuple[object, NDArray[np.integer]] = (None, np.empty(0, np.int64))

    @property
    def n_synapses(self) -> int:
        return self._state.storage.n_synapses

    def copy(self) -> tuple[Storage, NDArray]:
        """Return a copy of the values as they lie in memory. Call it between two steps."""
        structure = self._state.structure
        if structure is not None and self._step is not None and structure.touches(None):
            structure.settle(self._step.step)
        return self._state.storage, np.array(present(self._state.values, self._name))

    def arranged(self, copied: tuple[Storage, NDArray]) -> Synapses:
        """Return what `copy` took, synapse by synapse."""
        storage, raw = copied
        dendrites = storage.dendrites
        if self._known[0] is not dendrites:
            self._known = (dendrites, owners(storage))
        post = self._known[1]
        match locality(self._state, self._name):
            case Locality.GLOBAL:
                values = np.full(len(post), raw[0])
            case Locality.SEMIGLOBAL:
                values = raw[post]
            case _:
                values = raw[dendrites.positions]
        return Synapses(pre=dendrites.pre_ranks, post=post, values=values)


class SurroundingsReader:
    """Copies what the equations of one neuron read."""

    def __init__(self, network: Network, population: PopulationState, rank: int) -> None:
        state = network._state
        assert state is not None  # the population has one
        self._network = state
        self._population = population
        self._rank = rank

    def copy(self) -> Surroundings:
        """Return the numbers of now. Call it between two steps."""
        own, rank, network = self._population, self._rank, self._network
        locals_ = locals_of(own.model)
        return Surroundings(
            model=own.model,
            values={k: float(v[rank if k in locals_ else 0]) for k, v in own.values.items()},
            inputs={k: float(v[rank]) for k, v in own.sums.items()},
            reductions={k: float(v[0]) for k, v in own.reductions.items()},
            constants={k: float(v[0]) for k, v in network.constants.items()},
            clock={"t": network.step * network.dt, "dt": network.dt},
        )


def present(values: Mapping[str, NDArray], name: str) -> NDArray:
    """Return the values of an attribute that a model had once.

    Raises
    ------
    StateError
        If it has none of that name any more.
    """
    try:
        return values[name]
    except KeyError:
        raise gone() from None


def network_of(thing: object) -> Network:
    """Return the network that `thing` (network, population, view, projection) belongs to."""
    if isinstance(thing, Network):
        return thing
    if isinstance(thing, Population | PopulationView | Projection):
        return thing._network
    raise ArgumentTypeError(
        f"{thing!r} belongs to no network",
        hint="pass a Network, a Population, a view such as pop[:100], or a list of them",
    )


def selection(thing: object) -> Selection:
    """Return the neurons that a population or a view of one names."""
    if isinstance(thing, Population):
        ranks = np.arange(thing.size)
        return Selection(name=thing.name, population=_state_of(thing), ranks=ranks)
    if isinstance(thing, PopulationView):
        ranks = np.asarray(thing.ranks, dtype=np.int64)
        state = _state_of(thing.population)
        return Selection(name=_view_name(thing), population=state, ranks=ranks)
    raise ArgumentTypeError(
        f"a live view cannot show {thing!r}",
        hint="pass a Population or a view such as pop[:100]",
    )


def axis_label(thing: Population | PopulationView, name: str) -> str:
    """Return how an axis calls a variable: with its unit, where that is known.

    annlab's own models are in mV and ms; `v` of somebody else's may be anything.
    """
    population = thing.population if isinstance(thing, PopulationView) else thing
    attribute = population.model.attribute(name)
    text = attribute.unit if attribute is not None else ""
    if not text and is_annlabs_own(population):
        text = unit(name)
    return f"{name} ({text})" if text else name


def is_annlabs_own(thing: Population | Projection) -> bool:
    """Tell whether its model is one that annlab brings, and not somebody else's equations."""
    definition = thing.synapse_type if isinstance(thing, Projection) else thing.neuron_type
    return type(definition).__module__.startswith("annlab.models")


def _state_of(population: Population) -> PopulationState:
    if population._state is None:
        raise StateError(
            "a live view needs a compiled network", hint="call net.compile() before this cell"
        )
    return population._state


def _view_name(view: PopulationView) -> str:
    """Return ``pop[0:800]`` for a range of neurons, else ``pop[5 neurons]``."""
    ranks = view.ranks
    if len(ranks) and np.array_equal(ranks, np.arange(ranks[0], ranks[0] + len(ranks))):
        return f"{view.population.name}[{ranks[0]}:{ranks[0] + len(ranks)}]"
    return f"{view.population.name}[{len(ranks)} neurons]"
