"""Populations: neurons of one model, their values, their geometry.

Before compile a population keeps what the user sets; compile turns it into a
`PopulationState` that the back ends run, and from then on every read and write
goes through the network, so that it works while a simulation is under way.
What users read is a copy; `live` gives the array itself.

What users read, set and call is in the modules `population_*` beside this one.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from annlab.calls import InitSignature, public
from annlab.errors import AnnlabError, ArgumentError, ArgumentTypeError
from annlab.ir.definition import Neuron
from annlab.ir.expr import Locality
from annlab.ir.model import NeuronModel
from annlab.network import geometry as grid
from annlab.network.context import current_network
from annlab.network.population_activity import PopulationActivity
from annlab.network.population_control import PopulationControl, forget
from annlab.network.population_geometry import PopulationGeometry
from annlab.network.population_values import PopulationValues
from annlab.runtime.memory import require
from annlab.runtime.state import NEVER, PopulationState

if TYPE_CHECKING:
    from annlab.network.explanation import Explanation
    from annlab.network.network import Network

_DEFAULT_NAME = re.compile(r"pop\d+")
_STORAGE_ORDERS = ("post_to_pre", "pre_to_post")


@public
class Population(PopulationValues, PopulationGeometry, PopulationActivity, PopulationControl):
    """Neurons of one model.

    Parameters
    ----------
    geometry
        Number of neurons, or a tuple of extents.
    neuron
        A `Neuron`, or a class derived from it.
    name
        Default ``pop<i>``.
    stop_condition
        When `simulate_until` ends: a condition, optionally followed by ``: any`` or ``: all``.
    storage_order
        Accepted for scripts; annlab chooses by itself.
    network
        Default: the global network.

    Raises
    ------
    ModelError
        Or one of its kinds, if the text of the model is wrong.
    ArgumentError, ArgumentTypeError
        If the geometry or the neuron is none.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(backend="reference")
    >>> field = net.create((2, 3), annlab.LeakyIntegrator, name="field")
    >>> field.B = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]  # (2, 3)
    >>> field[1, 2].B
    6.0
    >>> field[0:2, 1].B
    array([2., 5.])
    >>> [neuron.rank for neuron in field.neurons]
    [0, 1, 2, 3, 4, 5]
    >>> field.name, field.id, field.network is net, field.initialized
    ('field', 0, True, False)
    >>> field.geometry, field.size, field.dimension
    ((2, 3), 6, 2)
    >>> field.width, field.height, field.depth, field.ranks
    (2, 3, 1, array([0, 1, 2, 3, 4, 5], dtype=int32))
    >>> field.attributes, field.parameters, field.variables, field.functions
    (['tau', 'B', 'T', 'v', 'r'], ['tau', 'B', 'T'], ['v', 'r'], [])
    >>> field.init["B"], field.neuron_type.name, field.model.is_spiking
    (array([[1., 2., 3.],
           [4., 5., 6.]]), 'Leaky integrator', False)
    >>> field.targets, field.max_delay  # of its projections
    ([], 1)
    >>> cells = net.create(3, annlab.IF_curr_exp(tau_refrac=2.0))
    >>> cells.refractory  # [ms]
    array([2., 2., 2.])
    """

    __signature__ = InitSignature()

    def __new__(cls, *args: object, **kwargs: object) -> Population:
        population = super().__new__(cls)
        # What it takes to make the same population again in another network.
        object.__setattr__(population, "_arguments", (args, kwargs))
        return population

    def __init__(
        self,
        geometry: int | tuple[int, ...],
        neuron: Neuron | type[Neuron],
        name: str | None = None,
        stop_condition: str | None = None,
        storage_order: str = "post_to_pre",
        *,
        network: Network | None = None,
    ) -> None:
        is_template = type(self) is not Population
        self._network = network if network is not None else current_network(is_template=is_template)
        self._network._require_uncompiled("create a population")
        self._geometry = grid.read_geometry(geometry)
        self._size = int(np.prod(self._geometry))
        self._given_neuron = neuron  # as the user holds it: a cell magic finds by it who uses it
        self._definition = read_definition(neuron)
        if storage_order not in _STORAGE_ORDERS:
            raise ArgumentError(
                f"unknown storage_order {storage_order!r}",
                hint=f"use one of {', '.join(_STORAGE_ORDERS)}",
            )
        self._storage_order = storage_order
        self._stop_condition = stop_condition
        self._localities: dict[str, Locality] = {}
        self._values: dict[str, NDArray] = {}  # set before compile; afterwards: what reset restores
        self._drawn: dict[str, NDArray] = {}  # those of them that the constructor drew
        self._refractory: NDArray | None = None  # [ms], one or one each, as set by the user
        self._rate_window_ms: float | None = None
        self._is_enabled = True
        self._state: PopulationState | None = None
        self._model: NeuronModel = self._analyse()
        self._id, self._name = self._network._register_population(self, self._chosen_name(name))
        self._is_built = True

    # -- identity -----------------------------------------------------------------

    @property
    def network(self) -> Network:
        """The network that the population belongs to."""
        return self._network

    @property
    def name(self) -> str:
        """Its name, ``pop<i>`` by default."""
        return self._name

    @name.setter
    def name(self, name: str) -> None:
        self._network._require_uncompiled("rename a population")
        self._name = str(name)

    @property
    def id(self) -> int:
        """Position among the populations of its network."""
        return self._id

    @property
    def model(self) -> NeuronModel:
        """The analysed model."""
        return self._model

    @property
    def neuron_type(self) -> Neuron:
        """The model as the user wrote it."""
        return self._definition

    @property
    def initialized(self) -> bool:
        """True once the network is compiled."""
        return self._state is not None

    @property
    def max_delay(self) -> int:
        """The longest delay [steps] of the projections that begin here."""
        return self._network._max_delay_of(self)

    def __repr__(self) -> str:
        return f"<Population {self._name!r}: {self._size} x {self._definition.name}>"

    # -- understanding ------------------------------------------------------------

    def explain(self, stage: str | Sequence[str] | None = None) -> Explanation:
        """Return what became of the model at each stage; see `Network.explain`.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(1, annlab.Neuron(equations="dr/dt = 1.0 - r : exponential"))
        >>> print(cells.explain("discretised")["discretised"])
        Rate-coded neuron
        then once per step:
            _h0 = dt * exprel(-dt)
        for each neuron:
            r = r + _h0 * (1.0 - r)  # dr/dt = 1.0 - r
        """
        return self._network.explain(self, stage)

    def size_in_bytes(self) -> int:
        """Return the bytes that the values of the neurons take.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(64, annlab.Neuron(equations="r = t"))
        >>> net.compile()
        >>> cells.size_in_bytes()
        512
        """
        state = self._state
        if state is None:
            return sum(v.nbytes for v in self._values.values())
        return sum(v.nbytes for v in (*state.values.values(), *state.sums.values()))

    _size_in_bytes = size_in_bytes

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from annlab.network.display import population_bundle  # only notebooks ask

        return population_bundle(self)

    # -- files --------------------------------------------------------------------

    def save(self, filename: str) -> None:
        """Write all values (.npz, .gz, .mat, anything else: pickle).

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator, name="cells")
        >>> net.compile()
        >>> cells.r = [0.25, 0.5]
        >>> cells.save("cells.npz")
        >>> cells.r = 0.0
        >>> cells.load("cells.npz")
        >>> cells.r
        array([0.25, 0.5 ])
        """
        from annlab.network.io import save_object  # it imports this module

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
        >>> cells = net.create(2, annlab.LeakyIntegrator, name="cells")
        >>> net.compile()
        >>> cells.B = 0.5
        >>> cells.save("cells.npz")
        >>> cells.B = 0.0
        >>> cells.load("cells.npz")
        >>> cells.B
        array([0.5, 0.5])
        """
        from annlab.network.io import load_object

        load_object(self, filename, pickle_encoding=pickle_encoding, allow_pickle=allow_pickle)

    # -- for the network ----------------------------------------------------------

    @contextmanager
    def _withdrawn_if_refused(self) -> Iterator[None]:
        """Leave the network again if what makes the population an input is refused."""
        try:
            yield
        except AnnlabError:
            self._network._withdraw(self)
            raise

    def _analyse(self) -> NeuronModel:
        return self._network._analyse_neuron(
            self._definition, self._localities, self._stop_condition
        )

    def _renew_model(self) -> None:
        """Analyse again: options of the network may have changed since."""
        self._model = self._analyse()

    def _copy(self, network: Network, *, draws_again: bool = False) -> Population:
        """Return the same population, values set so far included, as a member of `network`.

        `draws_again`: what the constructor drew is drawn by the generator of `network`, whose seed
        decides then.
        """
        args, kwargs = self._arguments_in(network)
        with network._joining():
            twin = type(self)(*args, **kwargs)
        twin._localities = dict(self._localities)
        twin._renew_model()
        kept = {name: values.copy() for name, values in self._values.items()}
        if draws_again:
            for name, drawn in self._drawn.items():
                if self._values.get(name) is drawn:  # nobody has set others since
                    kept[name] = twin._values[name]
        twin._values = kept
        twin._refractory = self._refractory
        twin._rate_window_ms = self._rate_window_ms
        twin._is_enabled = self._is_enabled
        return twin

    def _arguments_in(self, network: Network) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return what it takes to make the same population in `network`."""
        args, kwargs = self._arguments
        return args, {k: v for k, v in kwargs.items() if k != "network"}

    def _instantiate(self, index: int) -> PopulationState:
        """Return the state from which the back end starts."""
        attributes = [self._attribute(name) for name in self.attributes]
        n_bytes = sum(self._count(a) * self._dtype(a).itemsize for a in attributes)
        require(  # what is set on `reset` is kept beside what runs
            2 * n_bytes,
            f"{self._label} of {self._size:.3g} neurons",
            hint="use fewer neurons, fewer local attributes (: population), or dtype=float32",
        )
        state = PopulationState(
            name=self._name,
            index=index,
            n=self._size,
            model=self._model,
            float_type=self._network._config.dtype,
        )
        values = {name: self._initial(name) for name in self.attributes}
        for name, array in values.items():
            state.values[name][: len(array)] = array
        state.enabled[0] = self._is_enabled
        if self._model.is_spiking and self._linked_refractory() is None:
            state.refractory_steps[: self._size] = self._in_steps(self._refractory_ms())
        if self._rate_window_ms is not None:
            state.rate_window = self._rate_window()
        self._prepare(state)
        return state

    def _prepare(self, state: PopulationState) -> None:
        """Add tables of given rates or spikes (populations that are inputs)."""

    def _attach(self, state: PopulationState) -> None:
        """Belong to a compiled network from now on; its values are those of a reset."""
        self._values = {
            name: state.values[name][: self._count(self._attribute(name))].copy()
            for name in self.attributes
        }
        self._state = state

    def _detach(self) -> None:
        self._state = None

    def _start_again(self) -> None:
        """Return to the moment of compile. Called while nothing runs."""
        state = self._state
        assert state is not None
        for name, array in self._values.items():
            state.values[name][: len(array)] = array
        for sums in state.sums.values():
            sums[:] = 0
        for value in state.reductions.values():
            value[:] = 0
        forget(state)
        if self._model.is_spiking:
            state.last_spike[:] = NEVER
            state.frozen_until[:] = NEVER
        for table in state.timed:
            table.origin[0] = 0
        if state.spike_table is not None:
            state.spike_table.origin[0] = 0
            state.spike_table.cursor[0] = 0

    # -- helpers ------------------------------------------------------------------

    def _chosen_name(self, name: str | None) -> str | None:
        return None if name is None or _DEFAULT_NAME.fullmatch(str(name)) else str(name)


def read_definition(neuron: object) -> Neuron:
    """Return a copy of the model that later changes of the user's object do not reach."""
    if isinstance(neuron, type) and issubclass(neuron, Neuron):
        neuron = neuron()  # type: ignore[call-arg]  # a class of the user needs no arguments
    if not isinstance(neuron, Neuron):
        raise ArgumentTypeError(
            f"a population needs a Neuron, not {neuron!r}",
            hint="write create(geometry, neuron)",
        )
    definition = copy.copy(neuron)
    if isinstance(definition.parameters, Mapping):
        definition.parameters = dict(definition.parameters)
    return definition


__all__ = ["Population", "read_definition"]
