"""The state of a network: every number that changes or may be changed.

Structure of arrays, owned by NumPy; back ends get addresses (CPU) or the
arrays themselves (reference). Nothing here knows equations or code.

Conventions
-----------
step
    The clock counts steps; ``t = step * dt``. A ring of depth D keeps what
    belongs to step m in its slot ``m % D``.
local arrays
    ``(n_padded,)``; the first n elements are neurons, the rest is padding that
    kernels may overwrite. Global values are arrays of one element.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from annlab.ir.expr import DType, Locality
from annlab.ir.model import NeuronModel, SynapseModel
from annlab.runtime.held import Held, HeldArrays, Keeper, held
from annlab.runtime.memory import aligned, padded
from annlab.runtime.rings import History, SpikeRing
from annlab.runtime.storage import Storage

if TYPE_CHECKING:
    from annlab.codegen.lowering.kernel import EventDriven
    from annlab.runtime.structure import Structure

NEVER = -10000  # step of the last spike of a neuron that has not spiked yet
NO_EVENT = -1  # step of the last event of a synapse that has not seen one


def numpy_dtype(dtype: DType, float_type: np.dtype) -> np.dtype:
    """Return the NumPy type in which an attribute is stored."""
    return {
        DType.FLOAT: np.dtype(float_type),
        DType.INT: np.dtype(np.int32 if float_type == np.float32 else np.int64),
        DType.BOOL: np.dtype(np.bool_),
    }[dtype]


@dataclass(eq=False)
class TimedTable:
    """Rows that are copied into attributes at given steps (TimedArray, TimedPoisson ...).

    At internal time tau (steps since `origin`, modulo `period` if that is > 0) the row in force
    is the last k with ``starts[k] <= tau``; before the first, the value is 0.

    Attributes
    ----------
    attribute
        Name of the attribute that is driven (local or global).
    rows
        (n_rows, n) of the network's float type; n = 1 for a global attribute.
    starts
        (n_rows,) int64, ascending [steps].
    origin
        int64 array of one element: the step at which internal time is 0.
    period
        int64 array of one element [steps]; <= 0: never repeat.
    """

    attribute: str
    rows: NDArray
    starts: NDArray[np.int64]
    origin: NDArray[np.int64]
    period: NDArray[np.int64]


@dataclass(eq=False)
class SpikeTable:
    """Given spike times, sorted by step (SpikeSourceArray).

    ``steps (n_events,)`` int64 ascending, relative to `origin`; ``ranks (n_events,)`` int32,
    ascending within a step; ``cursor`` int64 (1,): next event not yet emitted.
    """

    steps: NDArray[np.int64]
    ranks: NDArray[np.int32]
    origin: NDArray[np.int64]
    cursor: NDArray[np.int64]


@dataclass(eq=False)
class RateWindow:
    """Mean firing rate over the last `window` steps, kept in the attribute ``r``.

    `fifo` holds the ranks of all spikes inside the window, oldest first, in a ring of its own
    capacity; `per_step` the number of spikes of each step of the window; `ends` are positions since
    the start, to be taken modulo the capacity.
    """

    window: int
    counts: Any = Held()  # noqa: RUF009  (n_padded,) int32: spikes inside the window
    per_step: Any = Held()  # noqa: RUF009  (window,) int32
    fifo: Any = Held()  # noqa: RUF009  (capacity,) int32
    ends: Any = Held()  # noqa: RUF009  int64 [head, tail], counted since the start

    def clear(self) -> None:
        """Forget all spikes of the window."""
        self.counts[:] = 0
        self.per_step[:] = 0
        self.ends[:] = 0

    def has_room(self, n: int) -> bool:
        """Tell whether `n` more spikes fit, whoever leaves."""
        return int(self.ends[1] - self.ends[0]) + n <= len(self.fifo)

    def grow(self, n: int) -> None:
        """Double the memory, and make room for `n` more spikes."""
        old, (head, tail) = len(self.fifo), self.ends
        larger = np.zeros(2 * old + n, np.int32)
        larger[: tail - head] = self.fifo[np.arange(head, tail) % old]
        self.fifo = larger
        self.ends[:] = (0, tail - head)


class PopulationState:
    """All numbers of one population.

    Attributes
    ----------
    values
        Name of an attribute -> array, padded if local, of one element if global.
    sums
        Target -> (n_padded,) weighted sums of a rate-coded population; "" is the total.
    reductions
        ``"mean(v)"`` -> array of one element.
    last_spike
        (n_padded,) int64 step of the last spike, `NEVER` at first.
    frozen_until
        (n_padded,) int64: first step at which a refractory neuron is integrated again.
    refractory_steps
        (n_padded,) int32, used when the model's refractory period is a number.
    enabled, stopped
        int32 arrays of one element: may the population be updated; does its stop condition hold.
    """

    keeper: Keeper | None = None
    last_spike: Any = Held()
    frozen_until: Any = Held()
    refractory_steps: Any = Held()

    def __init__(
        self, *, name: str, index: int, n: int, model: NeuronModel, float_type: np.dtype
    ) -> None:
        self.name = name
        self.index = index
        self.n = n
        self.n_padded = padded(n)
        self.model = model
        self.float_type = np.dtype(float_type)
        self.values: dict[str, NDArray] = HeldArrays(
            (
                a.name,
                aligned(
                    n if a.locality is Locality.LOCAL else 1, numpy_dtype(a.dtype, self.float_type)
                ),
            )
            for a in model.attributes
        )
        self.sums: dict[str, NDArray] = HeldArrays(
            (target, aligned(n, self.float_type)) for target in model.targets
        )
        self.reductions: dict[str, NDArray] = HeldArrays()
        self.enabled = np.ones(1, np.int32)
        self.stopped = np.zeros(1, np.int32)
        self.histories: dict[str, History] = {}
        self.timed: list[TimedTable] = []
        self.spike_table: SpikeTable | None = None
        self.rate_window: RateWindow | None = None
        self.spikes: SpikeRing | None = None
        self.axon_spikes: SpikeRing | None = None
        if model.is_spiking:
            self.spikes = SpikeRing(n)
            self.last_spike = aligned(n, np.int64, NEVER)
            self.frozen_until = aligned(n, np.int64, NEVER)
            self.refractory_steps = aligned(n, np.int32)
            if model.axon_spike is not None:
                self.axon_spikes = SpikeRing(n)

    def count_from_0(self) -> None:
        """Forget the spikes by which firing rates are counted."""
        if self.rate_window is not None:
            self.rate_window.clear()
            self.values["r"][:] = 0.0  # later only rates that change are written

    def local(self, name: str) -> NDArray:
        """Return the zero-copy view of the neurons' values of a local attribute."""
        return self.values[name][: self.n]


class SynapticValues(HeldArrays):
    """Name of an attribute -> array; asks a mirror to bring what it stands for up to date.

    A back end may keep some values in another form while it runs (`annlab.runtime.traces`).
    Whoever takes such an array gets it with the values of now, and may change it.
    """

    mirror: Mirror | None = None

    def __getitem__(self, name: str) -> NDArray:
        if self.mirror is not None and name in self.mirror.names:
            self.mirror.publish()
        return super().__getitem__(name)

    def publish(self) -> None:
        """Bring all arrays up to date."""
        if self.mirror is not None:
            self.mirror.publish()
        super().publish()

    def raw(self, name: str) -> NDArray:
        """Return the array as it is, whatever a mirror stands for."""
        return super().__getitem__(name)


class Mirror(Protocol):
    """Values that a back end keeps in another form."""

    names: frozenset[str]

    def publish(self) -> None:
        """Write the values of now into the projection's arrays."""
        ...

    def shift_events(self, by: int) -> None:
        """Count events so many steps later: the clock was set."""
        ...

    def bring_to(self, step: int, *, is_still: bool) -> bool:
        """Let event-driven variables decay until `step`, or keep their values until then.

        False if the arrays hold other values.
        """
        ...


class ProjectionState:
    """All numbers of one projection.

    Attributes
    ----------
    values
        Local attributes are ``(storage.n_slots,)`` in storage order; semiglobal ones
        ``(post.n_padded,)`` by postsynaptic rank; global ones have one element. ``w`` has one
        element if `has_single_weight`.
    delay_steps
        Uniform delay [steps] in an int64 array of one element, >= 1; per-synapse delays are in
        ``storage.delays``.
    last_event
        int64 per synapse (storage order), `NO_EVENT` at first; None without event-driven
        variables per synapse.
    flags
        int32 [transmission, axon_transmission, update, plasticity].
    learning
        int64 [period, offset] in steps: equations run when ``(step - offset) % period == 0``.
    structure
        What synapses come and go, and when; None without structural plasticity.
    solutions
        A model and how its event-driven variables decay (`annlab.runtime.ageing`); None: not asked
        for yet.
    """

    keeper: Keeper | None = None
    solutions: tuple[SynapseModel, tuple[EventDriven, ...]] | None = None
    _last_event: Any = Held()

    def __init__(
        self,
        *,
        name: str,
        index: int,
        pre: PopulationState,
        post: PopulationState,
        targets: tuple[str, ...],
        model: SynapseModel,
        storage: Storage,
        has_single_weight: bool,
    ) -> None:
        self.name = name
        self.index = index
        self.pre = pre
        self.post = post
        self.targets = targets
        self.model = model
        self.storage = storage
        self.has_single_weight = has_single_weight
        self.values = SynapticValues()
        self.delay_steps = np.ones(1, np.int64)
        self._last_event = None
        self.flags = np.ones(4, np.int32)
        self.learning = np.array([1, 0], np.int64)
        self.decoding_window: int | None = None  # steps; DecodingProjection only
        self.structure: Structure | None = None

    TRANSMISSION, AXON_TRANSMISSION, UPDATE, PLASTICITY = range(4)

    @property
    def is_still(self) -> bool:
        """True while neither events nor equations of the synapses happen."""
        return not (self.flags[self.TRANSMISSION] and self.post.enabled[0])

    def shift_events(self, by: int) -> None:
        """Count events so many steps later: the clock was set."""
        if self._last_event is not None:
            self._last_event += by
        if self.values.mirror is not None:
            self.values.mirror.shift_events(by)

    def nbytes(self) -> int:
        """Return the bytes of all values. Touches none, so it may be asked at any time."""
        steps = held(self, "_last_event")
        events = 0 if steps is None else steps.nbytes
        return sum(self.values.held(name).nbytes for name in self.values) + events

    @property
    def last_event(self) -> NDArray[np.int64] | None:
        """Step of the last event of each synapse; see the class."""
        if self.values.mirror is not None:
            self.values.mirror.publish()
        return self._last_event

    @last_event.setter
    def last_event(self, steps: NDArray[np.int64] | None) -> None:
        self._last_event = steps


@dataclass(eq=False)
class NetworkState:
    """A whole network as the back ends see it.

    `constants` maps a name to a float array of one element. `recorders` is in order of
    creation. `projections` is in order of creation, which is the order of transmission.
    """

    dt: float
    seed: int
    float_type: np.dtype
    populations: list[PopulationState] = field(default_factory=list)
    projections: list[ProjectionState] = field(default_factory=list)
    constants: dict[str, NDArray] = field(default_factory=dict)
    recorders: list = field(default_factory=list)  # of annlab.runtime.recorder
    taps: list = field(default_factory=list)  # of annlab.runtime.tap; written last in a step
    clock: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))
    moved: int = 0  # by how many steps the clock was set by hand (annlab.runtime.clocks)

    @property
    def step(self) -> int:
        """The next step to run."""
        return int(self.clock[0])

    @property
    def n_run(self) -> int:
        """Number of steps that were really run, whatever the clock was set to."""
        return int(self.clock[0]) - self.moved
