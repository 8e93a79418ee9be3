"""What the sidebar shows of networks, and what its buttons do to them.

Holds networks weakly and never stops a run to look at it: what moves is read beside
the loop, spikes are counted by taps that are on while somebody watches.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable, Iterable, Mapping

from annlab.errors import UnknownObjectError
from annlab.ir.model import NeuronModel, SynapseModel
from annlab.ir.notebook import initial
from annlab.ir.typeset import latex_model
from annlab.lab.messages import (
    Action,
    AttributeRow,
    Details,
    Explained,
    NetworkOutline,
    NetworkStatus,
    PopulationOutline,
    ProjectionOutline,
    Stage,
    State,
)
from annlab.lab.meter import Meter, Sample, Speed
from annlab.lab.views import views_of
from annlab.network import context
from annlab.network.display import population_values, projection_values
from annlab.network.network import Network
from annlab.network.population import Population
from annlab.network.projection import Projection
from annlab.runtime.state import NetworkState
from annlab.runtime.tap import SpikeTap, join, leave, spike_tap
from annlab.runtime.worker import RunState, Worker

_STATES: Mapping[RunState, State] = {
    RunState.IDLE: "stopped",
    RunState.BLOCKING: "running",
    RunState.RUNNING: "running",
    RunState.PAUSED: "paused",
}
_MEMORY_S = 1.0  # how long the sum of all arrays counts as known


class Networks:
    """The networks of this process, as one page sees them.

    Parameters
    ----------
    namespace
        Returns the user's variables, after which networks are called.
    """

    def __init__(self, namespace: Callable[[], Mapping[str, object]]) -> None:
        self._namespace = namespace
        self._seen: weakref.WeakKeyDictionary[Network, _Seen] = weakref.WeakKeyDictionary()
        self._lock = threading.Lock()
        self._is_watched = False

    def status(self) -> tuple[NetworkStatus, ...]:
        """Return what moves, of all networks that have anything in them."""
        networks = [n for n in context.networks() if n._populations]
        names = self._names(networks)
        return tuple(self._of(n).status(n, names[n.id]) for n in networks)

    def outline(self, number: int) -> NetworkOutline:
        """Return what a network is made of."""
        network = self.find(number)
        return NetworkOutline(
            id=network.id,
            revision=self._of(network).revision(network),
            label=self._names([network])[network.id],
            dt_ms=network.dt,
            backend=network._config.backend,
            is_compiled=network.compiled,
            populations=tuple(_population(p) for p in list(network._populations)),
            projections=tuple(_projection(p) for p in list(network._projections)),
        )

    def control(self, number: int, action: Action) -> NetworkStatus:
        """Do what a button says, and return what became of it."""
        network = self.find(number)
        _ACTIONS[action](network)
        return self._of(network).status(network, self._names([network])[network.id])

    def stop_all(self) -> int:
        """Stop every run and return how many there were."""
        running = [n for n in context.networks() if n.run_state is not RunState.IDLE]
        for network in running:
            _stop(network)
        return len(running)

    def watch(self, is_shown: bool) -> None:
        """Count spikes from now on, or no more; also those of networks that are yet to come."""
        self._is_watched = is_shown
        for network in context.networks():
            self._of(network).spikes.switch(network, is_shown)

    def find(self, number: int) -> Network:
        """Return the network of that number."""
        return context.network_of_id(number)

    def _of(self, network: Network) -> _Seen:
        with self._lock:
            if network not in self._seen:
                self._seen[network] = _Seen(is_watched=self._is_watched)
            return self._seen[network]

    def _names(self, networks: Iterable[Network]) -> dict[int, str]:
        """Return how the user calls the networks: by the first variable that holds each."""
        known: dict[int, str] = {}
        for name, value in list(self._namespace().items()):
            if isinstance(value, Network) and not name.startswith("_"):
                known.setdefault(value.id, name)
        return {n.id: known.get(n.id, _default_name(n)) for n in networks}


def details(network: Network, name: str) -> Details:
    """Return equations and values of a population or projection.

    Raises
    ------
    UnknownObjectError
        If the network has nothing of that name.
    """
    # Reading values would raise the exception that ended a run, here and not where the user looks.
    has_failed = network._worker is not None and network._worker.failure is not None
    found = find_object(network, name)
    if isinstance(found, Population):
        return _details(found, found.model, {} if has_failed else population_values(found))
    return _details(found, found._model, {} if has_failed else projection_values(found))


def explained(network: Network, name: str) -> Explained:
    """Return what became of the model of a population or projection, stage by stage."""
    explanation = network.explain(find_object(network, name))
    return Explained(
        title=explanation.title,
        stages=tuple(
            Stage(stage=s.stage, title=s.title, text=s.text, language=s.language)
            for s in explanation.sections
        ),
    )


def find_object(network: Network, name: str) -> Population | Projection:
    """Return the population or projection of that name.

    Raises
    ------
    UnknownObjectError
        If there is none.
    """
    for found in (*network._populations, *network._projections):
        if found.name == name:
            return found
    raise UnknownObjectError(f"network {network.id} has no population or projection '{name}'")


def _details(
    owner: Population | Projection, model: NeuronModel | SynapseModel, values: Mapping[str, str]
) -> Details:
    return Details(
        name=owner.name,
        description=repr(owner).strip("<>"),
        latex=latex_model(model),
        attributes=tuple(
            AttributeRow(
                name=a.name,
                kind="parameter" if a.is_parameter else "variable",
                value=values.get(a.name, initial(a)),
            )
            for a in model.attributes
        ),
    )


def _default_name(network: Network) -> str:
    return "global network" if network.id == context.GLOBAL_ID else f"network {network.id}"


def _population(population: Population) -> PopulationOutline:
    return PopulationOutline(
        name=population.name,
        size=population.size,
        geometry=tuple(int(n) for n in population.geometry),
        model=population.neuron_type.name,
        is_spiking=population.model.is_spiking,
        memory_bytes=int(population.size_in_bytes()),
        views=views_of(population),
    )


def _projection(projection: Projection) -> ProjectionOutline:
    state = projection._state
    return ProjectionOutline(
        name=projection.name,
        pre=projection.pre.name,
        post=projection.post.name,
        target="+".join(projection.targets),
        model=projection.synapse_type.name,
        connector=projection.connector_name,
        n_synapses=None if state is None else int(state.storage.n_synapses),
        memory_bytes=int(projection.size_in_bytes()),
        views=views_of(projection),
    )


# -- buttons ----------------------------------------------------------------------------


def _run(network: Network) -> None:
    if network.run_state is RunState.PAUSED:
        network.resume()
    elif network.run_state is RunState.IDLE:
        network.compile()
        network.start()


def _step(network: Network) -> None:
    network.compile()
    network.step()


def _stop(network: Network) -> None:
    # A cell that is inside simulate() ends it as an interrupt would, without the error.
    if network.run_state is RunState.BLOCKING:
        network._interrupt()
    else:
        network.stop()


_ACTIONS: Mapping[Action, Callable[[Network], object]] = {
    "run": _run,
    "pause": Network.pause,
    "step": _step,
    "stop": _stop,
    "reset": Network.reset,
}


# -- what moves -------------------------------------------------------------------------


class _Seen:
    """What a page remembers of one network."""

    def __init__(self, *, is_watched: bool) -> None:
        self.spikes = _SpikeCounter(is_on=is_watched)
        self._meter = Meter()
        self._fingerprint: object = None
        self._revision = 0
        self._memory = (float("-inf"), False, 0)  # when it was added up, compiled or not, bytes

    def revision(self, network: Network) -> int:
        """Return a number that grows when the outline changes."""
        fingerprint = (
            network.compiled,
            network.dt,
            tuple((p.name, p.size, id(p.neuron_type)) for p in list(network._populations)),
            tuple((p.name, id(p.synapse_type), _count(p)) for p in list(network._projections)),
        )
        if fingerprint != self._fingerprint:
            self._fingerprint = fingerprint
            self._revision += 1
        return self._revision

    def status(self, network: Network, label: str) -> NetworkStatus:
        worker = network._worker
        state, error = _state(worker)
        time_ms = network.time
        built = network._state
        now = Sample(
            wall_s=time.monotonic(),
            run_ms=0.0 if built is None else built.n_run * network.dt,
            n_spikes=self.spikes.read(network),
        )
        speed = self._meter.read(now)
        speed = speed if state == "running" else Speed()
        return NetworkStatus(
            id=network.id,
            revision=self.revision(network),
            label=label,
            state=state,
            time_ms=round(time_ms, 6),
            factor=float(f"{speed.factor:.3g}"),
            spikes_per_s=float(f"{speed.spikes_per_s:.3g}") if _has_spikes(network) else None,
            memory_bytes=self._memory_bytes(network),
            error=error,
        )

    def _memory_bytes(self, network: Network) -> int:
        now, is_compiled = time.monotonic(), network.compiled
        since, was_compiled, n_bytes = self._memory
        if now - since > _MEMORY_S or was_compiled != is_compiled:
            n_bytes = int(network.size_in_bytes())
            self._memory = (now, is_compiled, n_bytes)
        return n_bytes


def _count(projection: Projection) -> int:
    state = projection._state
    return -1 if state is None else int(state.storage.n_synapses)


def _state(worker: Worker | None) -> tuple[State, str | None]:
    if worker is None:
        return "not compiled", None
    if worker.failure is not None:
        lines = str(worker.failure).strip().splitlines()
        return "failed", f"{type(worker.failure).__name__}: {lines[0] if lines else ''}"
    return _STATES[worker.run_state], None


class _SpikeCounter:
    """Counts the spikes of a network while somebody watches."""

    def __init__(self, *, is_on: bool) -> None:
        self._taps: list[SpikeTap] = []
        self._state: Callable[[], NetworkState | None] = lambda: None
        self._is_on = is_on
        self._n_before = 0  # spikes that are not to be counted, less those that were

    def switch(self, network: Network, is_on: bool) -> None:
        n_spikes = self.read(network)
        self._is_on = is_on
        self._attach(network)
        self._n_before = self._n_written() - n_spikes

    def read(self, network: Network) -> int:
        """Return how many spikes were counted since the network was compiled."""
        if network._state is not self._state():
            self._attach(network)
            self._n_before = self._n_written()
        return self._n_written() - self._n_before

    def _n_written(self) -> int:
        return sum(int(tap.head[0]) for tap in self._taps)

    def _attach(self, network: Network) -> None:
        state, worker = network._state, network._worker
        before, self._taps = self._taps if state is self._state() else [], []
        if state is None or worker is None:
            self._state = lambda: None
            return
        self._state = weakref.ref(state)
        wanted = [p for p in state.populations if p.spikes is not None] if self._is_on else []
        taps = [spike_tap(state.taps, p, capacity=1) for p in wanted]

        def change() -> None:
            for tap in taps:
                join(state.taps, tap)
            for tap in before:
                leave(state.taps, tap)
            worker.runner.refresh()

        worker.peek(change)
        self._taps = taps


def _has_spikes(network: Network) -> bool:
    """Return True if the network is compiled and has neurons that spike."""
    state = network._state
    return state is not None and any(p.spikes is not None for p in state.populations)
