"""Populations: neurons of one model, their values, their geometry.

Before compile a population keeps what the user sets; compile turns it into a
`PopulationState` that the back ends run, and from then on every read and write
goes through the network, so that it works while a simulation is under way.
What users read is a copy; `live` gives the array itself.
"""

from __future__ import annotations

import copy
import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from annlab.calls import InitSignature, public, warn
from annlab.errors import (
    AnnlabError,
    ArgumentError,
    ArgumentTypeError,
    ConfigurationError,
    LocalityError,
    StateError,
    nearest,
)
from annlab.ir.definition import Neuron
from annlab.ir.expr import Expr, Locality
from annlab.ir.model import Attribute, Distribution, NeuronModel, asks_for_nan
from annlab.network import geometry as grid
from annlab.network.attributes import (
    Place,
    as_scalar,
    is_single,
    many_values,
    names_and_values,
    one_value,
    refuse_fixed,
    set_together,
    unknown_attribute,
)
from annlab.network.checks import read_names, read_number
from annlab.network.constants import Constant
from annlab.network.context import current_network
from annlab.network.copies import copied
from annlab.network.distributions import RandomDistribution, from_model
from annlab.network.first_values import computed
from annlab.network.neuron import IndividualNeuron
from annlab.network.view import PopulationView
from annlab.runtime.memory import padded
from annlab.runtime.remodel import back_end
from annlab.runtime.state import NEVER, PopulationState, RateWindow, numpy_dtype

if TYPE_CHECKING:
    from annlab.network.explanation import Explanation
    from annlab.network.network import Network

log = logging.getLogger("annlab")

_DEFAULT_NAME = re.compile(r"pop\d+")
_STORAGE_ORDERS = ("post_to_pre", "pre_to_post")
_LONGEST_WINDOW = 10_000_000  # steps of which the spikes are remembered
_DIGITS = 10  # of a time in ms that is a number of steps


@public
class Population:
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

    def __repr__(self) -> str:
        return f"<Population {self._name!r}: {self._size} x {self._definition.name}>"

    # -- geometry -----------------------------------------------------------------

    @property
    def geometry(self) -> tuple[int, ...]:
        """Extents along each dimension; ``(size,)`` if it has one."""
        return self._geometry

    @property
    def size(self) -> int:
        """Number of neurons."""
        return self._size

    def __len__(self) -> int:
        return self._size

    @property
    def dimension(self) -> int:
        """Number of dimensions."""
        return len(self._geometry)

    @property
    def width(self) -> int:
        """Extent of the first dimension."""
        return self._extent(0)

    @property
    def height(self) -> int:
        """Extent of the second dimension, 1 if there is none."""
        return self._extent(1)

    @property
    def depth(self) -> int:
        """Extent of the third dimension, 1 if there is none."""
        return self._extent(2)

    def _extent(self, axis: int) -> int:
        return self._geometry[axis] if axis < len(self._geometry) else 1

    @property
    def ranks(self) -> NDArray[np.int32]:
        """0 ... size - 1."""
        return np.arange(self._size, dtype=np.int32)

    def rank_from_coordinates(self, coord: Sequence[int] | int, local: bool = False) -> int:
        """Return the rank of the neuron at `coord` (the last coordinate runs fastest).

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> sheet = net.create((3, 4), annlab.LeakyIntegrator)
        >>> sheet.rank_from_coordinates((1, 2))
        6
        """
        return grid.rank_from_coordinates(self._geometry, coord, self._label)

    def coordinates_from_rank(self, rank: int, local: bool = False) -> tuple[int, ...]:
        """Return the coordinates of the neuron of this rank.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> sheet = net.create((3, 4), annlab.LeakyIntegrator)
        >>> sheet.coordinates_from_rank(6)
        (1, 2)
        """
        return grid.coordinates_from_rank(self._geometry, rank, self._label)

    def normalized_coordinates_from_rank(self, rank: int, norm: float = 1.0) -> tuple[float, ...]:
        """Return the coordinates scaled to [0, norm] along each dimension.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> sheet = net.create((3, 5), annlab.LeakyIntegrator)
        >>> sheet.normalized_coordinates_from_rank(6)
        (0.5, 0.25)
        """
        return grid.normalized_coordinates(self._geometry, rank, norm, self._label)

    # -- neurons and views --------------------------------------------------------

    @property
    def neuron(self) -> Callable[..., IndividualNeuron]:
        """``pop.neuron(3)`` is one neuron, by rank or by coordinates.

        ``pop.neuron = model`` gives all neurons another model, also while the network runs: what is
        called as before keeps its value, and the old equations go on until the new ones are
        compiled. If the model is wrong, nothing changes. See `annlab.network.remodel`.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> sheet = net.create((3, 4), annlab.LeakyIntegrator)
        >>> sheet.neuron(6).rank, sheet.neuron(1, 2).rank
        (6, 6)
        """
        return self._neuron_at

    @neuron.setter
    def neuron(self, model: Neuron | type[Neuron]) -> None:
        from annlab.network.remodel import exchange_neuron  # models are rarely exchanged

        exchange_neuron([self], model).warn()

    def _neuron_at(self, *coord: Any) -> IndividualNeuron:  # Any: rank, coordinates, or a tuple
        position = coord[0] if len(coord) == 1 else coord
        if isinstance(position, (int, np.integer)):
            return IndividualNeuron(self, grid.check_rank(position, self._size, self._label))
        return IndividualNeuron(self, self.rank_from_coordinates(position))

    @property
    def neurons(self) -> Iterator[IndividualNeuron]:
        """The neurons one by one."""
        return (IndividualNeuron(self, rank) for rank in range(self._size))

    def __iter__(self) -> Iterator[IndividualNeuron]:
        return self.neurons

    def __getitem__(self, index: Any) -> Any:  # a view, or one neuron for full coordinates
        is_position = isinstance(index, tuple) and all(
            isinstance(i, (int, np.integer)) for i in index
        )
        ranks, shape = grid.select(self._geometry, index, self._label)
        if is_position and len(index) == len(self._geometry) > 1:
            return IndividualNeuron(self, int(ranks[0]))
        return PopulationView(self, ranks, shape)

    # -- attributes of the model --------------------------------------------------

    @property
    def attributes(self) -> list[str]:
        """Names of all attributes: parameters, then variables."""
        return [*self.parameters, *self.variables]

    @property
    def parameters(self) -> list[str]:
        """Names of the parameters of the model."""
        return [a.name for a in self._model.attributes if a.is_parameter]

    @property
    def variables(self) -> list[str]:
        """Names of the variables of the model."""
        return [a.name for a in self._model.attributes if not a.is_parameter]

    @property
    def functions(self) -> list[str]:
        """Names of the functions of the model."""
        return self._network._functions.local_names(self._definition)

    @property
    def targets(self) -> list[str]:
        """Targets of the projections that end here."""
        return self._network._targets_of(self)

    @property
    def init(self) -> dict[str, Any]:
        """Values with which the attributes begin."""
        return {name: self._shown(name, self._initial(name).copy()) for name in self.attributes}

    def get(self, name: str) -> Any:
        """Return a copy of an attribute: an array of the geometry, or a number if global.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(3, annlab.LeakyIntegrator(B=0.5))
        >>> cells.get("B")
        array([0.5, 0.5, 0.5])
        """
        self._attribute(name)
        return self._shown(name, self._read(name))

    def set(self, values: Mapping[str, object]) -> None:
        """Set several attributes: all of them, or none if one does not fit.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(3, annlab.Neuron("drive = 0.0", "r = drive"))
        >>> cells.set({"drive": [1.0, 2.0, 3.0], "r": 0.5})
        >>> cells.drive
        array([1., 2., 3.])
        """
        for name in names_and_values(values, self._label):
            if name != "refractory":
                self._attribute(name)
        with self._network._at_once():
            set_together(
                values,
                read=lambda name: getattr(self, name),
                write=lambda name, value: setattr(self, name, value),
                restore=self._restore,
            )

    def live(self, name: str) -> NDArray:
        """Return the values themselves, as a view in the shape of the population.

        Valid until the network is cleared; it changes while the network runs, and writing
        into it takes effect at once. Global attributes are arrays of one element. On a GPU the
        values lie elsewhere: see `on_device`.

        Raises
        ------
        ConfigurationError
            If the network runs on a GPU.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.Neuron(equations="r = t"))
        >>> net.compile()
        >>> rates = cells.live("r")
        >>> net.simulate(4.0)
        4
        >>> rates  # has followed
        array([3., 3.])
        """
        attribute = self._attribute(name)
        state = self._require_state(f"live({name!r})")
        if state.keeper is not None:
            raise ConfigurationError(
                f"{self._label}: {name!r} lies in the memory of the device while the network runs",
                hint=f"take on_device({name!r}), a copy by get({name!r}), or a monitor",
            )
        if attribute.locality is Locality.LOCAL:
            return state.local(name).reshape(self._geometry)
        return state.values[name][:1]

    def on_device(self, name: str) -> Any:
        """Return the values where a GPU has them: a CuPy array of ``(size,)``, without a copy.

        For a network with ``backend="cuda"``. What is written into it takes effect at once. Take
        it anew after the network has run, and after values were read or set in another way. Global
        attributes are arrays of one element. An example is in docs/gpu.md.

        Raises
        ------
        ConfigurationError
            If the network does not run on a GPU.
        StateError
            Before the network is compiled.
        """
        attribute = self._attribute(name)
        state = self._require_state(f"on_device({name!r})")
        runner: Any = self._network._runner
        runner = back_end(runner)
        if not hasattr(runner, "on_device"):
            raise ConfigurationError(
                f"{self._label}: there is no device, the network runs on "
                f"backend={self._network._config.backend!r}",
                hint=f'Network(backend="cuda") has one; get({name!r}) returns a copy',
            )
        n = self._size if attribute.locality is Locality.LOCAL else 1
        return self._network._call(lambda: runner.on_device(state, name, n))

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.attributes]

    def __getattr__(self, name: str) -> Any:  # Any: arrays, numbers, functions of the model
        if name.startswith("_"):
            raise AttributeError(name)
        if self._model.attribute(name) is not None:
            advice = f"write {self._name}[i].{name} = value, or set {name} as a whole"
            return copied(self.get(name), advice)
        function = self._network._functions.local(self._definition, name)
        if function is not None:
            return function
        raise unknown_attribute(name, self._label, self.attributes)

    def __setattr__(self, name: str, value: object) -> None:
        if "_is_built" not in self.__dict__ or name.startswith("_"):
            object.__setattr__(self, name, value)
        elif hasattr(type(self), name):
            refuse_fixed(self, name, self._label)
            object.__setattr__(self, name, value)
        elif self._model.attribute(name) is not None:
            self._write(name, value)
        else:
            self._warn_unknown(name)
            object.__setattr__(self, name, value)

    def _warn_unknown(self, name: str) -> None:
        if name in self.__dict__:
            return
        near = nearest(name, self.attributes)
        hint = f"; did you mean {near!r}?" if near else ""
        warn(f"{self._label} has no attribute {name!r}: a plain Python attribute is made{hint}")

    # -- what the neurons receive and emit ----------------------------------------

    def sum(self, target: str = "") -> NDArray:
        """Return the last weighted sums of `target`; of spiking neurons the conductance.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> source = net.create(annlab.InputArray(3))
        >>> source.r = [1.0, 2.0, 3.0]
        >>> cells = net.create(1, annlab.LeakyIntegrator)
        >>> proj = net.connect(source, cells, "exc").all_to_all(0.5)
        >>> net.compile()
        >>> net.step()
        >>> cells.sum("exc")
        array([3.])
        """
        state = self._state
        found = None if state is None else _inputs(state, target)
        if found is None:
            why = "the network is not compiled" if state is None else f"it has no input {target!r}"
            warn(f"{self._label}: sum({target!r}) is 0: {why}")
            return np.zeros(self._geometry, self._network._config.dtype)
        return self._network._call(lambda: found[: self._size].copy())

    @property
    def spike(self) -> NDArray[np.int32]:
        """Ranks of the neurons that spiked in the last step."""
        state = self._require_state("spike")
        spikes = state.spikes
        if spikes is None:
            raise StateError(f"{self._label} is rate-coded: it has no spikes", hint="read its r")
        network = self._network
        return network._call(lambda: spikes.at(network.current_step - 1))

    def compute_firing_rate(self, window: float) -> None:
        """Let `r` be the mean firing rate [Hz] over the last `window` ms.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(annlab.SpikeSourceArray([1.0, 3.0, 5.0]))
        >>> cells.compute_firing_rate(window=10.0)
        >>> net.compile()
        >>> net.simulate(10.0)
        10
        >>> cells.r  # [Hz]
        array([300.])
        """
        if not self._model.is_spiking:
            raise ArgumentError(
                f"{self._label} is rate-coded: it has no firing rate", hint="its r is its rate"
            )
        window_ms = read_number(window, f"the window of {self._label} [ms]")
        n_steps = window_ms / self._network.dt
        if n_steps < 1:
            raise ArgumentError(
                f"{self._label}: a window of {window_ms:g} ms is shorter than a step",
                hint=f"give at least {self._network.dt:g} ms",
            )
        if n_steps > _LONGEST_WINDOW:
            raise ArgumentError(
                f"{self._label}: a window of {window_ms:g} ms are {n_steps:g} steps",
                why="the spikes of all of them are remembered",
                hint=f"give at most {_LONGEST_WINDOW} steps",
            )
        self._rate_window_ms = window_ms
        if self._state is not None:
            state = self._state
            made = self._rate_window()

            def apply() -> None:
                state.rate_window = made
                self._network._refresh()

            self._network._call(apply)

    @property
    def refractory(self) -> Any:
        """Refractory period [ms]: a number if it is the same for all, else an array."""
        linked = self._linked_refractory()
        if not self._model.is_spiking:
            warn(f"{self._label} is rate-coded: it has no refractory period")
            return None
        if linked is not None:
            return self.get(linked)
        state = self._state
        if state is None:
            values = self._refractory_ms()
        else:
            steps = self._network._call(lambda: state.refractory_steps[: self._size].copy())
            values = np.round(steps * self._network.dt, _DIGITS)
        is_uniform = bool(np.all(values == values[0]))
        return float(values[0]) if is_uniform else values.reshape(self._geometry)

    @refractory.setter
    def refractory(self, value: object) -> None:
        linked = self._linked_refractory()
        if linked is not None or not self._model.is_spiking:
            reason = f"it follows {linked!r}" if linked else "it is rate-coded"
            warn(f"{self._label}: the refractory period is not set, {reason}")
            return
        values = self._read_refractory(value)
        self._refractory = values
        state = self._state
        if state is not None:
            steps = self._in_steps(values)

            def apply() -> None:
                state.refractory_steps[: self._size] = steps

            self._network._call(apply)

    # -- control ------------------------------------------------------------------

    @property
    def enabled(self) -> bool:
        """False while the neurons are not updated and receive nothing."""
        return self._is_enabled

    def enable(self) -> None:
        """Update the neurons again.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(1, annlab.Neuron(equations="r += 1.0"))
        >>> net.compile()
        >>> cells.disable()
        >>> net.step()
        >>> cells.enable()
        >>> net.step()
        >>> cells.r, cells.enabled
        (array([1.]), True)
        """
        self._set_enabled(True)

    def disable(self) -> None:
        """Do not update the neurons; their values stay and are still transmitted.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(1, annlab.Neuron(equations="r += 1.0"))
        >>> net.compile()
        >>> cells.disable()
        >>> net.simulate(10.0)
        10
        >>> cells.r, cells.enabled
        (array([0.]), False)
        """
        self._set_enabled(False)

    def _set_enabled(self, is_enabled: bool) -> None:
        self._is_enabled = is_enabled
        state = self._state
        if state is not None:

            def apply() -> None:
                state.enabled[0] = is_enabled

            self._network._call(apply)

    @property
    def max_delay(self) -> int:
        """The longest delay [steps] of the projections that begin here."""
        return self._network._max_delay_of(self)

    def reset(self, attributes: Sequence[str] | None = None) -> None:
        """Give attributes the values that they had at compile; all of them by default.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(1, annlab.Neuron("drive = 1.0", "r = drive"))
        >>> net.compile()
        >>> cells.drive = 2.0
        >>> net.step()
        >>> cells.reset(["r"])
        >>> cells.r, cells.drive
        (array([0.]), array([2.]))
        """
        state = self._state
        if state is None:
            return
        names = self.attributes if attributes is None else read_names(attributes, "attributes")
        unknown = [name for name in names if self._model.attribute(name) is None]
        for name in unknown:
            warn(f"reset: {unknown_attribute(name, self._label, self.attributes)}")

        def apply() -> None:
            for name in names:
                if name not in unknown:
                    state.values[name][: len(self._values[name])] = self._values[name]

        self._network._call(apply)
        self._network._notices.tell(self)

    def clear(self) -> None:
        """Forget the spikes and delayed values of the past.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> source = net.create(annlab.SpikeSourceArray([1.0]))
        >>> cells = net.create(1, annlab.Neuron(equations="v += g_exc", spike="v > 99.0"))
        >>> proj = net.connect(source, cells, "exc").one_to_one(1.0, delays=5.0)
        >>> net.compile()
        >>> net.simulate(3.0)
        3
        >>> source.clear()  # the spike that was on its way
        >>> net.simulate(10.0)
        10
        >>> cells.v
        array([0.])
        """
        state = self._state
        if state is not None:
            self._network._call(lambda: _forget(state))

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
        _forget(state)
        if self._model.is_spiking:
            state.last_spike[:] = NEVER
            state.frozen_until[:] = NEVER
        if self._rate_window_ms is not None:
            state.rate_window = self._rate_window()
        for table in state.timed:
            table.origin[0] = 0
        if state.spike_table is not None:
            state.spike_table.origin[0] = 0
            state.spike_table.cursor[0] = 0

    # -- helpers ------------------------------------------------------------------

    @property
    def _label(self) -> str:
        return f"population {self.__dict__.get('_name', '')!r}"

    def _chosen_name(self, name: str | None) -> str | None:
        return None if name is None or _DEFAULT_NAME.fullmatch(str(name)) else str(name)

    def _attribute(self, name: str) -> Attribute:
        attribute = self._model.attribute(name)
        if attribute is None:
            raise unknown_attribute(name, self._label, self.attributes)
        return attribute

    def _count(self, attribute: Attribute) -> int:
        return self._size if attribute.locality is Locality.LOCAL else 1

    def _dtype(self, attribute: Attribute) -> np.dtype:
        return numpy_dtype(attribute.dtype, self._network._config.dtype)

    def _require_state(self, what: str) -> PopulationState:
        if self._state is None:
            raise StateError(
                f"{self._label}: {what} needs a compiled network", hint="call compile() first"
            )
        return self._state

    def _initial(self, name: str) -> NDArray:
        """Return the values, (size,) or (1,), with which an attribute begins."""
        if name in self._values:
            return self._values[name]
        values = self._declared(self._attribute(name), self._model)
        if isinstance(self._attribute(name).init, Distribution | RandomDistribution):
            self._values[name] = values  # what was shown once is what will be used
        return values

    def _declared(self, attribute: Attribute, model: NeuronModel) -> NDArray:
        """Return the values, (size,) or (1,), that a model declares for an attribute."""
        init = attribute.init
        if isinstance(init, Distribution):
            init = from_model(init)
        if isinstance(init, Constant):
            init = init.value
        if isinstance(init, str):
            init = self._named_value(init, model)
        if isinstance(init, Expr):
            init = computed(
                init,
                attribute=lambda name: self._named_value(name, model),
                constant=self._network._constant_value,
            )
        return many_values(
            init,
            self._count(attribute),
            self._dtype(attribute),
            self._place(attribute.name),
            rng=self._network.default_rng,
        )

    def _named_value(self, name: str, model: NeuronModel) -> object:
        attribute = model.attribute(name)
        if attribute is None:
            return self._network._constant_value(name)
        is_known = model is self._model or name in self._values
        values = self._initial(name) if is_known else self._declared(attribute, model)
        return values if len(values) > 1 else values[0]

    def _read(self, name: str) -> NDArray:
        self._attribute(name)
        state = self._state
        if state is None:
            return self._initial(name).copy()
        count = self._count(self._attribute(name))
        return self._network._call(lambda: state.values[name][:count].copy())

    def _shown(self, name: str, values: NDArray) -> Any:
        """Return values as users see them; an array that nobody else holds becomes theirs."""
        if self._attribute(name).locality is Locality.LOCAL:
            return values.reshape(self._geometry)
        return as_scalar(values[0])

    def _read_selected(self, name: str, ranks: NDArray | int) -> Any:
        """Return the values of some neurons; one number for a global attribute."""
        values = self._read(name)
        if self._attribute(name).locality is Locality.LOCAL:
            return values[ranks]
        return as_scalar(values[0])

    def _place(self, name: str) -> Place:
        """Return how messages call an attribute, whose values may be NaN if equations ask."""
        return Place(name, self._label, lambda: asks_for_nan(self._model))

    def _write(self, name: str, value: object, ranks: NDArray | None = None) -> None:
        """Set an attribute, of the whole population or of some neurons."""
        attribute = self._attribute(name)
        place = self._place(name)
        if attribute.locality is not Locality.LOCAL:
            is_each = ranks is not None or not is_single(value)
            if not is_each:
                self._store(name, np.atleast_1d(one_value(value, self._dtype(attribute), place)))
                return
            self._make_local(attribute, place)
            attribute = self._attribute(name)
        n = self._size if ranks is None else len(ranks)
        rng = self._network.default_rng
        values = many_values(value, n, self._dtype(attribute), place, rng=rng)
        self._refuse(name, values)
        self._store(name, values, ranks)

    def _refuse(self, name: str, values: NDArray) -> None:
        """Refuse values that have no meaning for an attribute of an input."""

    def _restore(self, name: str, value: Any, ranks: NDArray | None = None) -> None:
        """Give an attribute back what was read of it, which may be NaN."""
        attribute = self._model.attribute(name)
        if attribute is None:
            setattr(self, name, value)
            return
        n = self._count(attribute) if ranks is None else len(ranks)
        self._store(name, np.broadcast_to(np.ravel(value), n), ranks)

    def _store(self, name: str, values: NDArray, ranks: NDArray | None = None) -> None:
        where = slice(len(values)) if ranks is None else ranks
        state = self._state
        if state is None:
            array = self._initial(name).copy()
            array[where] = values
            self._values[name] = array
        else:

            def apply() -> None:
                state.values[name][where] = values

            self._network._call(apply)
        self._network._notices.tell(self, name)

    def _make_local(self, attribute: Attribute, place: Place) -> None:
        """Give an open parameter one value per neuron, or say why that cannot be."""
        if self._state is not None or not attribute.is_open:
            is_late = attribute.is_open
            raise LocalityError(
                f"{place} is global: it has one value, not one each",
                why="the network is compiled already" if is_late else None,
                hint="set values per neuron before compile(), or declare it with "
                'Parameter(..., locality="local")',
            )
        before = self._initial(attribute.name)
        self._localities[attribute.name] = Locality.LOCAL
        try:
            self._renew_model()
        except Exception:
            del self._localities[attribute.name]
            raise
        self._values[attribute.name] = np.full(self._size, before[0])
        log.info("%s becomes local: values per neuron were set on it", place)

    def _linked_refractory(self) -> str | None:
        refractory = self._model.refractory
        return refractory if isinstance(refractory, str) else None

    def _refractory_ms(self) -> NDArray:
        if self._refractory is None:
            given = self._model.refractory
            if isinstance(given, Distribution):
                given = from_model(given)
            self._refractory = self._read_refractory(0.0 if given is None else given)
        return self._refractory

    def _read_refractory(self, value: object) -> NDArray:
        values = many_values(
            value,
            self._size,
            np.dtype(float),
            Place("refractory", self._label),
            rng=self._network.default_rng,
        )
        if not np.all((values >= 0) & np.isfinite(values)):
            raise ArgumentError(
                f"{self._label}: a refractory period is finite and not below 0 ms",
                hint="to keep neurons from spiking, call disable()",
            )
        return values.copy()

    def _in_steps(self, values_ms: NDArray) -> NDArray[np.int32]:
        return np.rint(values_ms / self._network.dt).astype(np.int32)

    def _rate_window(self) -> RateWindow:
        assert self._rate_window_ms is not None
        window = max(1, round(self._rate_window_ms / self._network.dt))
        return RateWindow(
            window=window,
            counts=np.zeros(padded(self._size), np.int32),
            per_step=np.zeros(window, np.int32),
            fifo=np.empty(self._size * window, np.int32),
            ends=np.zeros(2, np.int64),
        )


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


def _inputs(state: PopulationState, target: str) -> NDArray | None:
    if state.model.is_spiking:
        return state.values.get(f"g_{target}")
    return state.sums.get(str(target))


def _forget(state: PopulationState) -> None:
    """Empty the buffers of spikes and delayed values."""
    for ring in (state.spikes, state.axon_spikes):
        if ring is not None:
            ring.clear()
    for name, history in state.histories.items():
        history.fill(state.values[name])


__all__ = ["Population", "read_definition"]
