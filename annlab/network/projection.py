"""Projections: the synapses from one population (or view) onto another.

Before compile a projection is a recipe and a few given values; at compile it gets
its synapses (`ProjectionState`). Everything that reads or writes them afterwards
goes through the network, which does it at once or between two slices of a run.

What users read and set is in the modules `projection_*` beside this one. How values lie in
memory is known to `synapse_values` and the storage alone.
"""

from __future__ import annotations

import numbers
import weakref
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from annlab.calls import InitSignature, public, warn
from annlab.errors import (
    ArgumentError,
    ArgumentTypeError,
    LocalityError,
    StateError,
    nearest,
)
from annlab.ir.analysis import analyse_synapse
from annlab.ir.definition import Synapse
from annlab.ir.expr import Expr, Locality, Side
from annlab.ir.model import Attribute, Distribution, NeuronModel, SynapseModel
from annlab.network import synapse_values
from annlab.network.checks import read_flag, read_names
from annlab.network.connectors import Connectors, check_storage
from annlab.network.distributions import from_model
from annlab.network.drawing import drawing_for
from annlab.network.exchange import ProjectionExchange
from annlab.network.first_values import by_dependence, computed
from annlab.network.projection_base import population_of
from annlab.network.projection_delays import ProjectionDelays
from annlab.network.projection_dendrites import ProjectionDendrites
from annlab.network.projection_learning import ProjectionLearning
from annlab.network.projection_structure import ProjectionStructure
from annlab.network.projection_values import ProjectionValues
from annlab.network.recipes import Ends, Recipe
from annlab.runtime.drawing import plain
from annlab.runtime.drawing.source import Drawing, Source
from annlab.runtime.state import (
    NO_EVENT,
    PopulationState,
    ProjectionState,
)
from annlab.runtime.storage import AllToAll, Connectivity, Storage, build_storage
from annlab.runtime.wiring import deepen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annlab.network.explanation import Explanation
    from annlab.network.monitor import Monitor
    from annlab.network.network import Network
    from annlab.runtime.backends import Rows
    from annlab.runtime.drawing.plan import Plan


@dataclass(frozen=True, slots=True)
class Drawn:
    """Synapses as they were drawn: laid out, with their weights and the delay [steps] of all."""

    storage: Storage
    weights: float | NDArray
    delay: int | None


@public
class Projection(
    Connectors,
    ProjectionValues,
    ProjectionLearning,
    ProjectionDelays,
    ProjectionDendrites,
    ProjectionExchange,
    ProjectionStructure,
):
    """Synapses of one type between two populations or views.

    Model attributes are attributes of the projection: one number if global, a list with one
    number per dendrite if semiglobal, a list of lists if local. A projection that was connected
    with one constant weight and does not learn has one number as `w`.

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
    >>> proj = net.connect(a, a, "exc", name="loop").from_matrix([[0.0, 1.0], [2.0, 0.0]])
    >>> net.compile()
    >>> proj.w  # rows are postsynaptic neurons
    [[0.0, 1.0], [2.0, 0.0]]
    >>> proj.name, proj.id, proj.targets, proj.initialized
    ('loop', 0, ('exc',), True)
    >>> proj.size, proj.nb_synapses, proj.post_ranks, proj.pre_ranks
    (2, 4, [0, 1], [[0, 1], [0, 1]])
    >>> [dendrite.post_rank for dendrite in proj.dendrites]
    [0, 1]
    >>> proj.connector_name, proj.connector_description
    ('from_matrix', 'from_matrix(2, 2)')
    >>> proj.storage
    'dense, rows of the postsynaptic side, weights: own'
    >>> proj.delay, proj.max_delay, proj.uniform_delay  # [ms], [steps], [steps]
    (1.0, 1, 1)
    >>> proj.attributes, proj.parameters, proj.variables, proj.functions, proj.init
    (['w'], ['w'], [], [], {'w': 0.0})
    >>> proj.transmission, proj.axon_transmission, proj.update, proj.plasticity
    (True, True, True, True)
    """

    is_saveable = True
    _is_part = False  # of a population, which makes it anew where it is copied

    __signature__ = InitSignature()

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
            _check_side(side, what)
        self.target = _read_target(target)
        self._given_synapse = synapse  # as the user holds it: a cell magic finds by it who uses it
        if isinstance(synapse, type):
            synapse = synapse()
        if synapse is not None and not isinstance(synapse, Synapse):
            raise ArgumentTypeError(
                f"synapse is {type(synapse).__name__}", hint="give a Synapse, or leave it out"
            )
        self._network: Network = network if network is not None else population_of(pre)._network
        self._check_network()
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
        self._warn_of_unread_targets()
        self._network._add_projection(self)
        self._is_built = True

    def _check_network(self) -> None:
        """Refuse ends that live in another network."""
        for side in map(population_of, (self.pre, self.post)):
            if side._network is not self._network:
                raise ArgumentError(
                    f"network {self._network.id} cannot connect population {side.name!r}",
                    why=f"it belongs to network {side._network.id}",
                    hint="create both populations in one network",
                )

    def _default_synapse(self) -> Synapse:
        is_spiking = population_of(self.pre)._model.is_spiking
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
        return self._analyse_as(self.synapse_type, self._localities)

    def _analyse_as(
        self,
        definition: Synapse,
        localities: Mapping[str, Locality],
        *,
        pre: NeuronModel | None = None,
        post: NeuronModel | None = None,
    ) -> SynapseModel:
        """Return what a synapse is here; `pre`, `post`: models that the populations will have."""
        before: NeuronModel = population_of(self.pre)._model if pre is None else pre
        after: NeuronModel = population_of(self.post)._model if post is None else post
        return analyse_synapse(
            definition,
            pre=before,
            post=after,
            targets=self.targets,
            is_spiking=self._is_spiking(before),
            localities=localities,
            **self._network._analysis_options(),
        )

    @staticmethod
    def _is_spiking(pre: NeuronModel) -> bool:
        """Does the projection transmit spikes? A synapse takes the type of its first neuron."""
        return pre.is_spiking

    def _warn_of_unread_targets(self) -> None:
        """Warn where what arrives is most likely meant for an input of another name.

        A projection that only learns may well have a target that nobody reads.
        """
        neuron = population_of(self.post)._model
        read = [*(name.removeprefix("g_") for name in neuron.conductances), *neuron.targets]
        for target in self.targets:
            parameter = neuron.attribute(f"g_{target}")
            if parameter is not None and parameter.is_parameter and neuron.is_spiking:
                reason = f"its 'g_{target}' is a parameter, which spikes cannot change"
            elif target in read or "" in read or not read:
                continue
            elif near := nearest(target, read):
                reason = f"it reads {', '.join(map(repr, read))}; did you mean {near!r}?"
            elif self._learns():
                continue
            else:
                reason = f"it reads {', '.join(map(repr, read))}"
            warn(
                f"projection {self._label}: {population_of(self.post)._label} makes nothing of "
                f"the target {target!r}: {reason}"
            )

    def _learns(self) -> bool:
        model = self._model
        return bool(model.equations or model.post_spike or model.creating or model.pruning)

    def _check_types(self) -> None:
        """Refuse spikes onto neurons that cannot receive them."""
        receives = population_of(self.post)._model.is_spiking
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

    def __repr__(self) -> str:
        return f"<Projection {self._label}, target {self.target!r}>"

    # -- connecting -----------------------------------------------------------------

    def _ends(self) -> Ends:
        pre, post = population_of(self.pre), population_of(self.post)
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
            warn(f"projection {self._label} was already connected; the last connector counts")
        self._recipe = recipe
        return self

    def _keeps_one_weight(self, recipe: Recipe) -> bool:
        is_fixed = not self._model.is_plastic and not self._is_structural
        return recipe.has_single_weight and is_fixed

    @property
    def _is_structural(self) -> bool:
        """Are synapses made by hand or by rule expected? Other projections learn it late."""
        has_changed = self._state is not None and self._state.structure is not None
        return self._has_rules or has_changed or self._network._config.structural_plasticity

    @property
    def connector_name(self) -> str:
        """The connector that was called; empty before."""
        return self._recipe.called if self._recipe is not None else ""

    @property
    def connector_description(self) -> str:
        """The connector and its arguments; empty before."""
        return self._recipe.description if self._recipe is not None else ""

    @property
    def _major(self) -> Side:
        return major_of(self._model)

    def _n_pairs(self) -> int:
        ends = self._ends()
        return len(ends.pre) * len(ends.post)

    def _n_drawn(self, rows: Rows | None = None) -> float:
        """Return how many synapses are drawn on the host, if `rows` draws where it can."""
        is_elsewhere = self._plan_for(rows) is not None
        return 0.0 if is_elsewhere else self._connected().n_drawn(self._ends())

    def _plan_for(self, rows: Rows | None) -> Plan | None:
        """Return what `rows` is to draw, or None if the host draws."""
        if rows is None or self._is_structural:
            return None
        recipe, ends = self._connected(), self._ends()
        plan = recipe.plan(ends, self._major)
        is_taken = plan and rows.takes(plan, recipe.n_expected(ends), self._major)
        return plan if is_taken else None

    def _draw(self, source: Source) -> Drawn:
        """Draw the synapses once and lay them out. Touches nothing that another thread reads."""
        plan = self._plan_for(source.rows)
        if plan is not None and source.rows is not None:
            storage, weights = source.rows.draw(plan, source.key, self._major)
            return Drawn(storage, weights, None if storage.has_delays else plan.longest)
        connectivity = self._connected().connect(self._ends(), source, self._major)
        return self._laid_out(connectivity, source.drawing)

    def _laid_out(self, connectivity: Connectivity | AllToAll, drawing: Drawing = plain) -> Drawn:
        storage, weights = build_storage(
            connectivity,
            major=self._major,
            delays_cut_rows=self._major is Side.PRE,
            drawing=drawing,
        )
        delays = connectivity.delays
        return Drawn(
            storage, weights, int(delays) if isinstance(delays, numbers.Integral) else None
        )

    # -- compiling ------------------------------------------------------------------

    def _renew_model(self) -> None:
        self._connected()
        self._model = self._analyse()

    def _instantiate(self, drawn: Drawn) -> ProjectionState:
        """Take the synapses and give them their initial values."""
        self._state = self._new_state(drawn)
        self._state.flags[:] = self._flags
        if self._is_structural:
            self._state.structure = self._new_structure(self._state)
        self._initialise(None)
        return self._state

    def _new_state(self, drawn: Drawn) -> ProjectionState:
        recipe, weights = self._connected(), drawn.weights
        has_single_weight = self._keeps_one_weight(recipe) and isinstance(weights, float)
        state = ProjectionState(
            name=self.name,
            index=self.id,
            pre=_state_of(self.pre),
            post=_state_of(self.post),
            targets=self.targets,
            model=self._model,
            storage=drawn.storage,
            has_single_weight=has_single_weight,
        )
        if drawn.delay is not None:
            state.delay_steps[0] = drawn.delay
        synapse_values.allocate(state, weights)
        if self._is_structural:
            self._lay_out_for_changes(state)
        return state

    def _initialise(self, names: Iterable[str] | None) -> None:
        """Give attributes (all but weights if None) the values they had before compile."""
        state = self._compiled("initialise")
        chosen = None if names is None else set(names)
        # Parameters first: a variable may start from one.
        parameters_first = sorted(self._model.attributes, key=lambda a: not a.is_parameter)
        for attribute in by_dependence(parameters_first):
            is_weight = attribute.name == "w" and attribute.locality is Locality.LOCAL
            if is_weight or (chosen is not None and attribute.name not in chosen):
                continue
            value = self._given.get(attribute.name, attribute.init)
            self._write_initial(state, attribute, value)
        if chosen is None and state.last_event is not None:
            # All that is event-driven has another value now: what came before does not count.
            state.last_event[:] = self._network.current_step + NO_EVENT

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
        if isinstance(value, Expr):
            value = self._computed(state, attribute, value)
        synapse_values.write(
            state, attribute.name, value, label=self._label, rng=self._network.default_rng
        )

    def _computed(self, state: ProjectionState, attribute: Attribute, value: Expr) -> Any:
        is_local = attribute.locality is Locality.LOCAL
        read = synapse_values.flat if is_local else synapse_values.as_array
        found = np.atleast_1d(
            computed(
                value,
                attribute=lambda name: read(state, name),
                constant=self._network._constant_value,
            )
        )
        return found[0] if len(found) == 1 else found

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

    # -- understanding --------------------------------------------------------------

    def explain(self, stage: str | Sequence[str] | None = None) -> Explanation:
        """Return what became of the model at each stage; see `Network.explain`.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(4, annlab.LeakyIntegrator)
        >>> loop = net.connect(cells, cells, "exc").all_to_all(0.1)
        >>> print(loop.explain("discretised")["discretised"])
        Rate-coded synapse
        transmit:
            w * pre.r
        """
        return self._network.explain(self, stage)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from annlab.network.display import projection_bundle  # only notebooks ask

        return projection_bundle(self)

    # -- reset and files ------------------------------------------------------------

    def reset(self, attributes: Iterable[str] | int = -1, synapses: bool = False) -> None:
        """Give attributes their initial values; `w` and the connections only with `synapses`.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator)
        >>> rule = annlab.Synapse(equations="x += 1.0")
        >>> loop = net.connect(cells, cells, "exc", rule).one_to_one(0.1)
        >>> net.compile()
        >>> net.simulate(3.0)
        3
        >>> loop.reset()
        >>> loop.x
        [[0.0], [0.0]]
        """
        self._compiled("values")
        is_all = isinstance(attributes, int)
        names = None if is_all else read_names(attributes, f"attributes of {self._label}")
        read_flag(synapses, f"synapses of reset() of projection {self._label}")
        for name in names or ():
            self._require_attribute(name)

        must_age = names is not None and self._ages(names)

        def change() -> None:
            if synapses:
                self._draw_again()
                return
            if must_age:
                self._bring_to_now()
            self._initialise(names)

        self._now(change)
        self._network._notices.tell(self)

    def _draw_again(self) -> None:
        self._recipe = self._connected().renewed()
        network = self._network
        drawing = drawing_for(self._n_drawn(), network._config.backend)
        self._exchange_synapses(self._draw(Source.below(network.default_rng, drawing)))

    def _exchange_synapses(self, drawn: Drawn) -> None:
        """Take other synapses, with all attributes at their initial values."""
        state, network = self._compiled("synapses"), self._network
        new = self._new_state(drawn)
        # The object stays: back ends, recorders and live views hold it.
        for name in ("storage", "has_single_weight", "values", "last_event"):
            setattr(state, name, getattr(new, name))
        if state.structure is not None:
            state.structure.forget()
        state.delay_steps[:] = new.delay_steps
        self._initialise(None)
        deepen(state, network.current_step)
        for monitor in self._monitors:
            monitor._rebind()
        for projection in network._projections:
            projection._exchanged(self)
        network._refresh()

    def _exchanged(self, source: Projection) -> None:
        """Hear that another projection has other synapses; those that share them take them."""

    def _rejoin(self, state: ProjectionState) -> None:
        """Share again what is shared, after a snapshot has brought arrays of its own."""

    def save(self, filename: str) -> None:
        """Write all values and the connectivity (.npz, .gz, .mat, anything else: pickle).

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator)
        >>> loop = net.connect(cells, cells, "exc").one_to_one(annlab.Uniform(0.0, 1.0))
        >>> net.compile()
        >>> loop.w = 0.25
        >>> loop.save("loop.npz")
        >>> loop.w = 1.0
        >>> loop.load("loop.npz")
        >>> loop.w
        [[0.25], [0.25]]
        """
        from annlab.network.io import save_object  # files are rarely written: start is faster

        save_object(self, filename)

    def load(
        self,
        filename: str,
        pickle_encoding: str | None = None,
        *,
        allow_pickle: bool = False,
    ) -> None:
        """Read what `save` wrote.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator)
        >>> loop = net.connect(cells, cells, "exc").from_matrix([[0.0, 1.0], [2.0, 0.0]])
        >>> net.compile()
        >>> loop.save("loop.npz")
        >>> loop.w = 0.0
        >>> loop.load("loop.npz")
        >>> loop.w
        [[0.0, 1.0], [2.0, 0.0]]
        """
        from annlab.network.io import load_object

        load_object(self, filename, pickle_encoding=pickle_encoding, allow_pickle=allow_pickle)

    def save_connectivity(self, filename: str) -> None:
        """Write ranks, weights and delays to a file that `from_file` reads.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator)
        >>> loop = net.connect(cells, cells, "exc").from_matrix([[None, 1.0], [2.0, None]])
        >>> net.compile()
        >>> loop.save_connectivity("loop.npz")
        >>> twin = annlab.Network()
        >>> others = twin.create(2, annlab.LeakyIntegrator)
        >>> copy = twin.connect(others, others, "exc").from_file("loop.npz")
        >>> twin.compile()
        >>> copy.connectivity_matrix()
        array([[0., 1.],
               [2., 0.]])
        """
        from annlab.network.io_connectivity import save_connectivity

        save_connectivity(self, filename)

    # -- other back ends --------------------------------------------------------------

    def update_launch_config(self, nb_blocks: int = -1, threads_per_block: int = 32) -> None:
        """Do nothing: only GPUs have launch configurations."""
        warn(f"projection {self._label} does not run on a GPU: the launch configuration is ignored")


def major_of(model: SynapseModel) -> Side:
    """Spikes are delivered by presynaptic rows, sums are taken by postsynaptic ones."""
    has_spikes = model.is_spiking and bool(model.pre_spike or model.pre_axon_spike)
    return Side.PRE if has_spikes else Side.POST


def _copy_values(state: ProjectionState, name: str, source: str) -> None:
    """Start an attribute from the values of another one."""
    given, target = state.values[source], state.values[name]
    if len(given) in (1, len(target)):
        target[:] = given
    elif len(target) == 1:
        target[:] = given[0]
    else:
        state.storage.dendrites.put(target, synapse_values.flat(state, source))


def _check_side(side: Any, what: str) -> None:
    if not hasattr(side, "ranks"):
        raise ArgumentTypeError(
            f"{what} is {type(side).__name__}", hint="give a population or a view"
        )
    if population_of(side) is side:
        return
    ranks, counts = np.unique(side.ranks, return_counts=True)
    if len(ranks) < len(side.ranks):
        raise ArgumentError(
            f"neuron {ranks[counts > 1][0]} stands twice in the {what}synaptic {side!r}",
            why="there is at most one synapse between two neurons of a projection",
            hint="give every rank once",
        )


def _read_target(target: object) -> str | list[str]:
    names = [target] if isinstance(target, str) else target
    is_list = isinstance(names, Sequence) and len(names) > 0
    if not is_list or not all(isinstance(n, str) and n.isidentifier() for n in names):  # type: ignore[union-attr]
        raise ArgumentTypeError(
            f"the target of a projection cannot be {target!r}",
            hint='give one word, as it stands in sum(...) or after g_, such as "exc"',
        )
    return target if isinstance(target, str) else list(names)  # type: ignore[arg-type]


def _state_of(side: Any) -> PopulationState:
    return population_of(side)._state
