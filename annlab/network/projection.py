"""Projections: the synapses from one population (or view) onto another.

Before compile a projection is a recipe and a few given values; at compile it gets
its synapses (`ProjectionState`). Everything that reads or writes them afterwards
goes through the network, which does it at once or between two slices of a run.

How values lie in memory is known to `synapse_values` and the storage alone.
"""

from __future__ import annotations

import logging
import numbers
import warnings
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from annlab.errors import (
    AnnlabWarning,
    ArgumentError,
    ArgumentTypeError,
    LocalityError,
    ShapeError,
    StateError,
    UnknownObjectError,
    nearest,
)
from annlab.ir.analysis import analyse_synapse
from annlab.ir.definition import Synapse
from annlab.ir.expr import Locality, Side
from annlab.ir.model import Attribute, Distribution, NeuronModel, SynapseModel
from annlab.network import synapse_values
from annlab.network.attributes import Place, is_single, one_value, unknown_attribute
from annlab.network.connectors import Connectors, check_storage
from annlab.network.dendrite import Dendrite, IndividualSynapse
from annlab.network.distributions import from_model
from annlab.network.recipes import Ends, Recipe, delay_steps
from annlab.runtime.state import (
    NO_EVENT,
    NetworkState,
    PopulationState,
    ProjectionState,
    numpy_dtype,
)
from annlab.runtime.storage import AllToAll, Connectivity, build_storage, with_delays
from annlab.runtime.wiring import deepen, longest_delay

if TYPE_CHECKING:
    from annlab.network.explanation import Explanation
    from annlab.network.monitor import Monitor
    from annlab.network.network import Network

log = logging.getLogger("annlab")
T = TypeVar("T")

_FLAGS = {
    "transmission": ProjectionState.TRANSMISSION,
    "axon_transmission": ProjectionState.AXON_TRANSMISSION,
    "update": ProjectionState.UPDATE,
    "plasticity": ProjectionState.PLASTICITY,
}


class Projection(Connectors):
    """Synapses of one type between two populations or views.

    Parameters
    ----------
    pre, post
        Populations or views.
    target
        What the postsynaptic equations call this input; a list of names is possible for spikes.
    synapse
        The model; the default transmits the weight.
    disable_omp
        Accepted and without effect.

    Model attributes are attributes of the projection: one number if global, a list with one
    number per dendrite if semiglobal, a list of lists if local. A projection that was connected
    with one constant weight and does not learn has one number as `w`.

    Raises
    ------
    ModelError
        Or one of its kinds, if the text of the synapse is wrong or does not fit its neurons.
    ArgumentError, ArgumentTypeError
        If the sides or the synapse are none, or spikes go to neurons that cannot take them.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(backend="reference")
    >>> a = net.create(2, annlab.LeakyIntegrator)
    >>> proj = net.connect(a, a, "exc").from_matrix([[0.0, 1.0], [2.0, 0.0]])
    >>> net.compile()
    >>> proj.w  # rows are postsynaptic neurons
    [[0.0, 1.0], [2.0, 0.0]]
    """

    _state: ProjectionState | None = None
    is_saveable = True
    _is_built = False  # set at the end of __init__: unknown names are warned of from then on

    def __new__(cls, *args: object, **kwargs: object) -> Self:
        projection = super().__new__(cls)
        # What it takes to make the same projection again in another network.
        object.__setattr__(projection, "_arguments", (args, kwargs))
        return projection

    def __init__(
        self,
        pre: Any,
        post: Any,
        target: str | Sequence[str],
        synapse: Synapse | type[Synapse] | None = None,
        name: str | None = None,
        disable_omp: bool = True,
        *,
        network: Network | None = None,
    ) -> None:
        self.pre, self.post = pre, post
        for side, what in ((pre, "pre"), (post, "post")):
            if not hasattr(side, "ranks"):
                raise ArgumentTypeError(
                    f"{what} is {type(side).__name__}", hint="give a population or a view"
                )
        self.target = target if isinstance(target, str) else list(target)
        if isinstance(synapse, type):
            synapse = synapse()
        if synapse is not None and not isinstance(synapse, Synapse):
            raise ArgumentTypeError(
                f"synapse is {type(synapse).__name__}", hint="give a Synapse, or leave it out"
            )
        self._network: Network = network if network is not None else _population(pre)._network
        self._has_own_synapse = synapse is not None
        self.synapse_type = synapse if synapse is not None else self._default_synapse()
        self._id = len(self._network._projections)
        self._name = name if name is not None else f"proj{self._id}"
        self._recipe: Recipe | None = None
        self._given: dict[str, Any] = {}  # values set before compile
        self._localities: dict[str, Locality] = {}  # open ones that became local
        self._flags = np.ones(4, np.int32)
        self._monitors: weakref.WeakSet[Monitor] = weakref.WeakSet()
        self._model: SynapseModel = self._first_analysis()
        self._check_types()
        self._network._add_projection(self)
        self._is_built = True

    def _default_synapse(self) -> Synapse:
        is_spiking = _population(self.pre)._model.is_spiking
        return Synapse(pre_spike="g_target += w") if is_spiking else Synapse(psp="w * pre.r")

    def _first_analysis(self) -> SynapseModel:
        """Analyse the synapse; a fault of its localities is told by `compile`.

        Localities that were left unsaid are settled only then.
        """
        try:
            return self._analyse()
        except LocalityError:
            stated, self.synapse_type = self.synapse_type, self._default_synapse()
            try:
                return self._analyse()
            finally:
                self.synapse_type = stated

    def _analyse(self) -> SynapseModel:
        pre, post = _population(self.pre)._model, _population(self.post)._model
        return analyse_synapse(
            self.synapse_type,
            pre=pre,
            post=post,
            targets=self.targets,
            is_spiking=self._is_spiking(pre),
            localities=self._localities,
            **self._network._analysis_options(),
        )

    @staticmethod
    def _is_spiking(pre: NeuronModel) -> bool:
        """Does the projection transmit spikes? A synapse takes the type of its first neuron."""
        return pre.is_spiking

    def _check_types(self) -> None:
        """Refuse spikes onto neurons that cannot receive them."""
        receives = _population(self.post)._model.is_spiking
        if self._model.is_spiking and self._model.psp is None and not receives:
            raise ArgumentError(
                f"projection {self._label} sends spikes to rate-coded neurons",
                hint="use a DecodingProjection",
            )

    @property
    def name(self) -> str:
        """The name; ``proj<i>`` by default."""
        return self._name

    @name.setter
    def name(self, name: str) -> None:
        self._network._require_uncompiled("rename a projection")
        self._name = str(name)

    @property
    def id(self) -> int:
        """Position among the projections of its network."""
        return self._id

    @property
    def targets(self) -> tuple[str, ...]:
        """The names of all targets."""
        return (self.target,) if isinstance(self.target, str) else tuple(self.target)

    @property
    def _label(self) -> str:
        """How messages call the projection."""
        ends = (getattr(side, "name", "?") for side in (self.pre, self.post))
        return f"{self.name!r} ({' -> '.join(ends)})"

    def __repr__(self) -> str:
        return f"<Projection {self._label}, target {self.target!r}>"

    # -- connecting -----------------------------------------------------------------

    def _ends(self) -> Ends:
        pre, post = _population(self.pre), _population(self.post)
        return Ends(
            label=self._label,
            pre=np.asarray(self.pre.ranks, dtype=np.int64),
            post=np.asarray(self.post.ranks, dtype=np.int64),
            n_pre=pre.size,
            n_post=post.size,
            is_recurrent=pre is post,
            pre_geometry=tuple(pre.geometry) if pre is self.pre else None,
            post_geometry=tuple(post.geometry) if post is self.post else None,
            dt=self._network.dt,
            float_type=self._network._config.dtype,
        )

    def _use(self, recipe: Recipe) -> Self:
        if self._state is not None:
            raise StateError(
                f"projection {self._label} is compiled and cannot be connected anew",
                hint="connect before compile, or call reset(synapses=True) to draw again",
            )
        is_spiking = self._model.is_spiking and self._model.psp is None
        check_storage(
            recipe.storage_format,
            recipe.storage_order,
            spiking=is_spiking,
            has_own_synapse=self._has_own_synapse,
        )
        ends = self._ends()
        recipe.check(ends)
        recipe.require_memory(ends, has_own_weights=not self._keeps_one_weight(recipe))
        if self._recipe is not None:
            warnings.warn(
                f"projection {self._label} was already connected; the last connector counts",
                AnnlabWarning,
                stacklevel=3,
            )
        self._recipe = recipe
        return self

    def _keeps_one_weight(self, recipe: Recipe) -> bool:
        model = self._model
        is_structural = model.creating is not None or model.pruning is not None
        return recipe.has_single_weight and not model.is_plastic and not is_structural

    def _connected(self) -> Recipe:
        if self._recipe is None:
            raise StateError(
                f"projection {self._label} is not connected",
                hint="call a connector, such as proj.all_to_all(weights=1.0)",
            )
        return self._recipe

    @property
    def connector_name(self) -> str:
        """The connector that was called; empty before."""
        return self._recipe.name if self._recipe is not None else ""

    @property
    def connector_description(self) -> str:
        """The connector and its arguments; empty before."""
        return self._recipe.description if self._recipe is not None else ""

    @property
    def _major(self) -> Side:
        """Spikes are delivered by presynaptic rows, sums are taken by postsynaptic ones."""
        has_spikes = self._model.is_spiking and bool(
            self._model.pre_spike or self._model.pre_axon_spike
        )
        return Side.PRE if has_spikes else Side.POST

    def _connectivity(self, rng: np.random.Generator) -> Connectivity | AllToAll:
        """Draw the synapses once."""
        return self._connected().connect(self._ends(), rng, self._major)

    # -- compiling ------------------------------------------------------------------

    def _instantiate(self, network: NetworkState) -> ProjectionState:
        """Make the synapses and give them their initial values."""
        self._connected()
        self._model = self._analyse()
        self._state = self._new_state(network, self._connectivity(self._network.default_rng))
        self._state.flags[:] = self._flags
        self._initialise(None)
        return self._state

    def _new_state(
        self, network: NetworkState, connectivity: Connectivity | AllToAll
    ) -> ProjectionState:
        recipe = self._connected()
        major = self._major
        storage, weights = build_storage(
            connectivity, major=major, delays_cut_rows=major is Side.PRE
        )
        has_single_weight = self._keeps_one_weight(recipe) and isinstance(weights, float)
        state = ProjectionState(
            name=self.name,
            index=self.id,
            pre=_state_of(self.pre),
            post=_state_of(self.post),
            targets=self.targets,
            model=self._model,
            storage=storage,
            has_single_weight=has_single_weight,
            has_traces=network.has_traces,
        )
        if isinstance(connectivity.delays, numbers.Integral):
            state.delay_steps[0] = int(connectivity.delays)
        synapse_values.allocate(state, weights)
        return state

    def _initialise(self, names: Iterable[str] | None) -> None:
        """Give attributes (all but weights if None) the values they had before compile."""
        state = self._compiled("initialise")
        chosen = None if names is None else set(names)
        # Parameters first: a variable may start from one.
        for attribute in sorted(self._model.attributes, key=lambda a: not a.is_parameter):
            is_weight = attribute.name == "w" and attribute.locality is Locality.LOCAL
            if is_weight or (chosen is not None and attribute.name not in chosen):
                continue
            value = self._given.get(attribute.name, attribute.init)
            self._write_initial(state, attribute, value)
        if chosen is None and state.last_event is not None:
            state.last_event[:] = NO_EVENT

    def _write_initial(self, state: ProjectionState, attribute: Attribute, value: Any) -> None:
        if value is None:
            value = 0
        if isinstance(value, Distribution):
            value = from_model(value)
        if isinstance(value, str):
            if value in state.values:
                _copy_values(state, attribute.name, value)
                return
            value = self._network._constant_value(value)
        synapse_values.write(
            state, attribute.name, value, label=self._label, rng=self._network.default_rng
        )

    def _copy(self, network: Network, pre: Any, post: Any) -> Projection:
        """Return the same projection between two populations or views of `network`."""
        args, kwargs = self._arguments
        kwargs = {k: v for k, v in kwargs.items() if k not in ("network", "pre", "post")}
        twin = type(self)(pre, post, *args[2:], **kwargs, network=network)
        twin._localities = dict(self._localities)
        twin._given = dict(self._given)
        twin._flags[:] = self._flags
        twin._recipe = self._recipe.renewed() if self._recipe is not None else None
        return twin

    # -- the moment -----------------------------------------------------------------

    @property
    def initialized(self) -> bool:
        """True once the network is compiled."""
        return self._state is not None

    def _compiled(self, what: str) -> ProjectionState:
        if self._state is None:
            raise StateError(
                f"projection {self._label} is not compiled, so it has no {what} yet",
                hint="call compile() first",
            )
        return self._state

    def _now(self, function: Callable[[], T]) -> T:
        """Do something while no step is under way."""
        return self._network._call(function)

    # -- attributes -----------------------------------------------------------------

    @property
    def attributes(self) -> list[str]:
        """Names of all attributes of the model."""
        return [a.name for a in self._model.attributes]

    @property
    def parameters(self) -> list[str]:
        """Names of the parameters."""
        return [a.name for a in self._model.attributes if a.is_parameter]

    @property
    def variables(self) -> list[str]:
        """Names of the variables."""
        return [a.name for a in self._model.attributes if not a.is_parameter]

    @property
    def init(self) -> dict[str, Any]:
        """Initial values as they were declared or set before compile."""
        return {a.name: self._given.get(a.name, a.init) for a in self._model.attributes}

    @property
    def functions(self) -> list[str]:
        """Names of the functions of the model."""
        return self._network._functions.local_names(self.synapse_type)

    def get(self, name: str) -> Any:
        """Return the values of an attribute."""
        return getattr(self, name)

    def set(self, values: Mapping[str, Any]) -> None:
        """Set several attributes."""
        for name, value in values.items():
            if name not in _FLAGS and name != "delay":
                self._require_attribute(name)
            setattr(self, name, value)

    def _require_attribute(self, name: str) -> Attribute:
        found = self._model.attribute(name)
        if found is None:
            raise unknown_attribute(name, f"projection {self._label}", self.attributes)
        return found

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not self._is_built:
            raise AttributeError(name)
        attribute = self._model.attribute(name)
        if attribute is None:
            function = self._network._functions.local(self.synapse_type, name)
            if function is not None:
                return function
            raise unknown_attribute(name, f"projection {self._label}", self.attributes)
        state = self._state
        if state is None:
            return self._given.get(name, attribute.init)
        return self._now(lambda: synapse_values.read(state, name))

    def __setattr__(self, name: str, value: Any) -> None:
        if not self._is_built or name.startswith("_") or hasattr(type(self), name):
            object.__setattr__(self, name, value)
        elif self._model.attribute(name) is not None:
            self._set_attribute(name, value)
        else:
            if name not in self.__dict__:
                self._warn_of_unknown(name)
            object.__setattr__(self, name, value)

    def _warn_of_unknown(self, name: str) -> None:
        near = nearest(name, self.attributes)
        hint = f"; did you mean {near!r}?" if near else ""
        warnings.warn(
            f"projection {self._label} has no attribute {name!r}{hint}",
            AnnlabWarning,
            stacklevel=4,
        )

    def _set_attribute(self, name: str, value: Any) -> None:
        state = self._state
        if state is None:
            self._set_before_compile(name, value)
            return
        self._now(
            lambda: synapse_values.write(
                state, name, value, label=self._label, rng=self._network.default_rng
            )
        )

    def _set_before_compile(self, name: str, value: Any) -> None:
        attribute = self._require_attribute(name)
        if name == "w" and attribute.locality is Locality.LOCAL:
            warnings.warn(
                f"w of projection {self._label} was set before compile: the weights of the "
                "connector count",
                AnnlabWarning,
                stacklevel=5,
            )
            return
        if attribute.locality is Locality.GLOBAL and not is_single(value):
            if not attribute.is_open:
                dtype = numpy_dtype(attribute.dtype, self._network._config.dtype)
                one_value(value, dtype, Place(name, f"projection {self._label}"))  # raises
            log.info(
                "parameter %r of projection %s is now one value per synapse", name, self._label
            )
            self._localities[name] = Locality.LOCAL
            self._model = self._analyse()
        self._given[name] = value

    # -- flags ----------------------------------------------------------------------

    def _flag(self, name: str) -> bool:
        flags = self._flags if self._state is None else self._state.flags
        return bool(flags[_FLAGS[name]])

    def _set_flag(self, name: str, value: Any) -> None:
        def change() -> None:
            self._flags[_FLAGS[name]] = bool(value)
            if self._state is not None:
                self._state.flags[_FLAGS[name]] = bool(value)

        self._now(change)

    @property
    def transmission(self) -> bool:
        """May anything be transmitted?"""
        return self._flag("transmission")

    @transmission.setter
    def transmission(self, value: bool) -> None:
        self._set_flag("transmission", value)

    @property
    def axon_transmission(self) -> bool:
        """May axonal events be transmitted?"""
        return self._flag("axon_transmission")

    @axon_transmission.setter
    def axon_transmission(self, value: bool) -> None:
        self._set_flag("axon_transmission", value)

    @property
    def update(self) -> bool:
        """May the equations of the synapses run?"""
        return self._flag("update")

    @update.setter
    def update(self, value: bool) -> None:
        self._set_flag("update", value)

    @property
    def plasticity(self) -> bool:
        """May weights change?"""
        return self._flag("plasticity")

    @plasticity.setter
    def plasticity(self, value: bool) -> None:
        self._set_flag("plasticity", value)

    def enable_learning(self, period: float | None = None, offset: float | None = None) -> None:
        """Let the synapses learn.

        Parameters
        ----------
        period
            Time [ms] between two evaluations of the equations; every step by default.
        offset
            Delay [ms] of the first evaluation after now, below `period`.
        """
        if offset is not None and period is None:
            raise ArgumentError("an offset of learning needs a period", hint="give both")
        if offset is not None and period is not None and offset >= period:
            raise ArgumentError(
                f"offset {offset:g} ms of learning is not below the period of {period:g} ms"
            )
        dt = self._network.dt
        every = 1 if period is None else max(1, round(period / dt))
        later = 0 if offset is None else round(offset / dt)

        def change() -> None:
            self._set_flag("update", True)
            self._set_flag("plasticity", True)
            if self._state is not None:
                self._state.learning[:] = every, (self._network.current_step + later) % every

        self._now(change)

    def disable_learning(self, update: Any = None) -> None:
        """Stop learning: all equations if rate-coded, changes of the weights if spiking.

        `update` is accepted and ignored.
        """
        self._set_flag("plasticity" if self._model.is_spiking else "update", False)

    # -- delays ---------------------------------------------------------------------

    @property
    def max_delay(self) -> int:
        """The longest delay [steps]."""
        if self._state is None:
            return 1
        return longest_delay(self._state)

    @property
    def uniform_delay(self) -> int:
        """The delay of all synapses [steps], or -1 if each has its own."""
        if self._state is None:
            return 1
        return -1 if self._state.storage.delays is not None else int(self._state.delay_steps[0])

    @property
    def delay(self) -> Any:
        """Delays [ms]: one number, or a list per dendrite."""
        state = self._state
        if state is None:
            delays = self._recipe.delays if self._recipe is not None else 0.0
            is_number = isinstance(delays, numbers.Real)
            return max(float(delays), self._network.dt) if is_number else delays
        dt = self._network.dt
        if state.storage.delays is None:
            return int(state.delay_steps[0]) * dt

        def read() -> list[list[float]]:
            storage = state.storage
            assert storage.delays is not None
            steps = storage.delays[storage.dendrites.positions]
            return synapse_values.by_dendrite(storage, steps * dt)

        return self._now(read)

    @delay.setter
    def delay(self, value: Any) -> None:
        state = self._compiled("delay that could be set")
        if state.storage.delays is None:
            self._set_uniform_delay(state, value)
        else:
            self._now(lambda: self._set_delays(state, value))

    def _set_uniform_delay(self, state: ProjectionState, value: Any) -> None:
        if not isinstance(value, numbers.Real):
            raise ArgumentTypeError(
                f"projection {self._label} has one delay for all synapses",
                hint="give one number [ms]",
            )
        dt = self._network.dt
        if float(value) < dt * (1 - 1e-9):
            raise ArgumentError(
                f"delay {value:g} ms of projection {self._label} is below one step ({dt:g} ms)"
            )
        steps = int(delay_steps(value, dt))
        if state.delay_steps[0] == 1 and steps > 1 and not self._had_delay:
            raise StateError(
                f"projection {self._label} was compiled without delays",
                hint="give delays to the connector, for instance delays=2 * dt",
            )

        def change() -> None:
            state.delay_steps[0] = steps
            deepen(state, self._network.current_step)
            self._network._refresh()

        self._now(change)

    @property
    def _had_delay(self) -> bool:
        delays = self._connected().delays
        if isinstance(delays, numbers.Real):
            return int(delay_steps(delays, self._network.dt)) > 1
        return True

    def _set_delays(self, state: ProjectionState, value: Any) -> None:
        place = Place("delay", f"projection {self._label}")
        if isinstance(value, numbers.Real):
            raise ShapeError(
                f"{place} has one value per synapse", hint="give one list [ms] per dendrite"
            )
        storage = state.storage
        new_ms = synapse_values.joined(value, storage, place, np.dtype(np.float64))
        steps = np.ones(storage.n_slots, dtype=np.int32)
        steps[storage.dendrites.positions] = delay_steps(new_ms, self._network.dt)
        state.storage, order = with_delays(storage, steps)
        if order is not None:
            self._reorder(state, order)
        deepen(state, self._network.current_step)
        self._network._refresh()

    def _reorder(self, state: ProjectionState, order: NDArray) -> None:
        traces = synapse_values.trace_sides(state)
        for attribute in self._model.attributes:
            name = attribute.name
            if synapse_values.locality(state, name) is Locality.LOCAL and name not in traces:
                state.values[name] = state.values[name][order]
        if state.last_event is not None:
            state.last_event = state.last_event[order]
        for monitor in self._monitors:
            monitor._rebind()

    # -- dendrites ------------------------------------------------------------------

    @property
    def size(self) -> int:
        """Number of dendrites: postsynaptic neurons with at least one synapse."""
        if self._state is None:
            warnings.warn(
                f"projection {self._label} has no dendrites before compile",
                AnnlabWarning,
                stacklevel=2,
            )
            return 0
        return len(self._state.storage.dendrites.post_ranks)

    def __len__(self) -> int:
        return self.size

    def __bool__(self) -> bool:
        return True  # `if proj:` asks whether there is a projection, not whether it is empty

    @property
    def nb_synapses(self) -> int:
        """Number of synapses."""
        return self._compiled("synapses").storage.n_synapses

    @property
    def nb_synapses_per_dendrite(self) -> list[int]:
        """Number of synapses of each dendrite."""
        return np.diff(self._compiled("synapses").storage.dendrites.row_ptr).tolist()

    def nb_efferent_synapses(self) -> list[int]:
        """Return the number of synapses of each presynaptic neuron."""
        state = self._compiled("synapses")
        return np.bincount(state.storage.dendrites.pre_ranks, minlength=state.pre.n).tolist()

    _nb_efferent_synapses = nb_efferent_synapses

    @property
    def post_ranks(self) -> list[int]:
        """Ranks of the postsynaptic neurons that have synapses, ascending."""
        return self._compiled("synapses").storage.dendrites.post_ranks.tolist()

    @property
    def pre_ranks(self) -> list[list[int]]:
        """Presynaptic ranks, one list per dendrite."""
        storage = self._compiled("synapses").storage
        return synapse_values.by_dendrite(storage, storage.dendrites.pre_ranks)

    def pre_rank(self, post_rank: int) -> list[int]:
        """Return the presynaptic ranks of one postsynaptic neuron."""
        return self.dendrite(post_rank).pre_ranks

    def dendrite(self, post: int | Sequence[int]) -> Dendrite:
        """Return the synapses of one postsynaptic neuron, given by rank or coordinates."""
        state = self._compiled("dendrites")
        rank = self._rank(self.post, post)
        row = state.storage.dendrites.row_of(rank)
        if row is None:
            raise UnknownObjectError(
                f"neuron {rank} has no dendrite in projection {self._label}",
                hint="post_ranks lists the neurons that have one",
            )
        return Dendrite(self, rank)

    @staticmethod
    def _rank(side: Any, position: Any) -> int:
        if isinstance(position, numbers.Integral):
            return int(position)
        return int(_population(side).rank_from_coordinates(tuple(position)))

    def __getitem__(self, post: int | Sequence[int]) -> Dendrite:
        return self.dendrite(post)

    @property
    def dendrites(self) -> Iterator[Dendrite]:
        """All dendrites in ascending order of postsynaptic ranks."""
        return (Dendrite(self, rank) for rank in self.post_ranks)

    def __iter__(self) -> Iterator[Dendrite]:
        return self.dendrites

    def synapse(self, pre: int | Sequence[int], post: int | Sequence[int]) -> IndividualSynapse:
        """Return the synapse between two neurons."""
        return self.dendrite(post).synapse(self._rank(self.pre, pre))

    # -- tables ---------------------------------------------------------------------

    def connectivity_matrix(self, fill: float = 0.0) -> NDArray:
        """Return the weights (n_post, n_pre) of whole populations, `fill` without a synapse."""
        state = self._compiled("synapses")
        return self._now(
            lambda: synapse_values.matrix(state, synapse_values.flat(state, "w"), fill)
        )

    def receptive_fields(self, variable: str = "w", in_post_geometry: bool = True) -> NDArray:
        """Return one big image made of the receptive fields of all postsynaptic neurons.

        Fields lie in the geometry of the postsynaptic population, or, if not
        `in_post_geometry`, one for each dendrite in a nearly square arrangement.
        """
        state = self._compiled("synapses")
        self._require_attribute(variable)
        pre, post = (tuple(_population(side).geometry) for side in (self.pre, self.post))
        for geometry, side in ((pre, "pre"), *([(post, "post")] if in_post_geometry else [])):
            if len(geometry) != 2:
                raise ShapeError(
                    f"receptive_fields needs a {side}synaptic population of two dimensions, "
                    f"projection {self._label} has {len(geometry)}",
                    hint="in_post_geometry=False arranges the fields of any population"
                    if side == "post"
                    else None,
                )
        table = self._now(
            lambda: synapse_values.matrix(state, synapse_values.flat(state, variable), 0.0)
        )
        if not in_post_geometry:
            post_ranks = state.storage.dendrites.post_ranks
            n_columns = max(1, int(np.sqrt(len(post_ranks))))
            post = (-(-len(post_ranks) // n_columns), n_columns)
            chosen = np.zeros((post[0] * post[1], table.shape[1]), table.dtype)
            chosen[: len(post_ranks)] = table[post_ranks]
            table = chosen
        image = table.reshape(*post, *pre).transpose(0, 2, 1, 3)
        return image.reshape(post[0] * pre[0], post[1] * pre[1])

    @property
    def storage(self) -> str:
        """How the synapses lie in memory, in words."""
        storage = self._compiled("storage").storage
        weights = "one shared weight" if self._state and self._state.has_single_weight else "own"
        return f"{storage.kind}, rows of the {storage.major}synaptic side, weights: {weights}"

    def size_in_bytes(self) -> int:
        """Return the memory of the synapses and their values [bytes]."""
        state = self._state
        if state is None:
            return 0
        events = 0 if state.last_event is None else state.last_event.nbytes
        return state.storage.nbytes() + sum(v.nbytes for v in state.values.values()) + events

    _size_in_bytes = size_in_bytes

    # -- understanding --------------------------------------------------------------

    def explain(self, stage: str | Sequence[str] | None = None) -> Explanation:
        """Return what became of the model at each stage; see `Network.explain`."""
        return self._network.explain(self, stage)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from annlab.network.display import projection_bundle  # only notebooks ask

        return projection_bundle(self)

    # -- reset and files ------------------------------------------------------------

    def reset(self, attributes: Iterable[str] | int = -1, synapses: bool = False) -> None:
        """Give attributes their initial values; `w` and the connections only with `synapses`."""
        self._compiled("values")
        names = None if isinstance(attributes, int) else list(attributes)
        for name in names or ():
            self._require_attribute(name)

        def change() -> None:
            if synapses:
                self._draw_again()
            else:
                self._initialise(names)

        self._now(change)

    def _draw_again(self) -> None:
        self._recipe = self._connected().renewed()
        self._exchange_synapses(self._connectivity(self._network.default_rng))

    def _exchange_synapses(self, connectivity: Connectivity | AllToAll) -> None:
        """Take other synapses, with all attributes at their initial values."""
        state, network = self._compiled("synapses"), self._network
        assert network._state is not None  # a compiled projection is part of a compiled network
        new = self._new_state(network._state, connectivity)
        # The object stays: back ends, recorders and live views hold it.
        for name in ("storage", "has_single_weight", "values", "last_event"):
            setattr(state, name, getattr(new, name))
        state.delay_steps[:] = new.delay_steps
        self._initialise(None)
        deepen(state, network.current_step)
        for monitor in self._monitors:
            monitor._rebind()
        network._refresh()

    def save(self, filename: str) -> None:
        """Write all values and the connectivity (.npz, .gz, .mat, anything else: pickle)."""
        from annlab.network.io import save_object  # files are rarely written: start is faster

        save_object(self, filename)

    def load(
        self,
        filename: str,
        pickle_encoding: str | None = None,
        *,
        allow_pickle: bool = False,
    ) -> None:
        """Read what `save` wrote."""
        from annlab.network.io import load_object

        load_object(self, filename, pickle_encoding=pickle_encoding, allow_pickle=allow_pickle)

    def save_connectivity(self, filename: str) -> None:
        """Write ranks, weights and delays to a file that `from_file` reads."""
        from annlab.network.io import save_connectivity

        save_connectivity(self, filename)

    # -- what annlab does not do (yet) ----------------------------------------------

    def start_pruning(self, period: float | None = None) -> None:
        """Begin to remove synapses by the model's rule."""
        raise _not_yet(self._label, "pruning")

    def stop_pruning(self) -> None:
        """End the removal of synapses."""
        raise _not_yet(self._label, "pruning")

    def start_creating(self, period: float | None = None) -> None:
        """Begin to create synapses by the model's rule."""
        raise _not_yet(self._label, "creating")

    def stop_creating(self) -> None:
        """End the creation of synapses."""
        raise _not_yet(self._label, "creating")

    def update_launch_config(self, nb_blocks: int = -1, threads_per_block: int = 32) -> None:
        """Do nothing: only GPUs have launch configurations."""
        warnings.warn(
            f"projection {self._label} does not run on a GPU: the launch configuration is ignored",
            AnnlabWarning,
            stacklevel=2,
        )


def _copy_values(state: ProjectionState, name: str, source: str) -> None:
    """Start an attribute from the values of another one."""
    given, target = state.values[source], state.values[name]
    if len(given) in (1, len(target)):
        target[:] = given
    elif len(target) == 1:
        target[:] = given[0]
    else:
        target[synapse_values.places(state, name)] = synapse_values.flat(state, source)


def _population(side: Any) -> Any:
    """Return the population of a population or view."""
    return getattr(side, "population", side)


def _state_of(side: Any) -> PopulationState:
    return _population(side)._state


def _not_yet(label: str, what: str) -> StateError:
    return StateError(
        f"{what} synapses of projection {label} is not possible",
        why="this version of annlab has no structural plasticity",
    )
