"""What a user writes: neurons, synapses, parameters and variables, still as text.

These objects hold what they were given. Only what needs no network is checked
here, at the user's call; the text itself is read by `annlab.ir.analysis` when
the first population or projection uses the model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from annlab.calls import other_names, public
from annlab.errors import ArgumentError, ArgumentTypeError, ModelError, nearest
from annlab.ir.expr import DType, Locality

OPERATIONS = ("sum", "max", "min", "mean")

_LOCALITIES = {
    "global": Locality.GLOBAL,
    "population": Locality.GLOBAL,
    "projection": Locality.GLOBAL,
    "semiglobal": Locality.SEMIGLOBAL,
    "postsynaptic": Locality.SEMIGLOBAL,
    "local": Locality.LOCAL,
}
_TYPES: dict[object, DType] = {
    float: DType.FLOAT,
    int: DType.INT,
    bool: DType.BOOL,
    "float": DType.FLOAT,
    "int": DType.INT,
    "bool": DType.BOOL,
}


def read_locality(locality: object) -> Locality:
    """Return the locality that a word such as ``"postsynaptic"`` stands for."""
    found = _LOCALITIES.get(locality) if isinstance(locality, str) else None
    if found is None:
        raise ArgumentError(
            f"unknown locality {locality!r}",
            why=f"known here: {', '.join(_LOCALITIES)}",
            hint=_did_you_mean(locality, _LOCALITIES),
        )
    return found


def read_type(kind: object) -> DType:
    """Return the kind of number that ``int``, ``"int"`` ... stand for."""
    found = _TYPES.get(kind) if isinstance(kind, type | str) else None
    if found is None:
        raise ArgumentError(f"unknown type {kind!r} of an attribute", hint="use float, int or bool")
    return found


def _did_you_mean(word: object, known: Mapping[str, object]) -> str | None:
    near = nearest(word, known) if isinstance(word, str) else None
    return f"did you mean {near!r}?" if near else None


@public
@dataclass
class Parameter:
    """A constant of a model: its value, how many there are of it, and its type.

    Parameters
    ----------
    value
        A number, a random distribution, a Constant, or the name of another parameter.
    locality
        ``"global"``, ``"semiglobal"`` or ``"local"``. Left unsaid it is open: one value for all,
        until values per neuron or synapse are set on it before compile.
    type
        float, int or bool, or their names.

    Examples
    --------
    >>> import annlab
    >>> cell = annlab.Neuron(
    ...     parameters={"tau": 10.0, "B": annlab.Parameter(0.5, locality="local")},
    ...     equations="tau*dr/dt + r = B",
    ... )
    >>> net = annlab.Network()
    >>> cells = net.create(3, cell)
    >>> cells.tau, cells.B
    (10.0, array([0.5, 0.5, 0.5]))
    """

    value: object
    locality: str | None = None
    type: object = "float"

    def __post_init__(self) -> None:
        if self.locality is not None:
            read_locality(self.locality)
        read_type(self.type)


@public
@dataclass
class Variable:
    """An equation together with the variable's properties; flags as arguments.

    Parameters
    ----------
    equation
        One equation, as in a string of equations; it may carry flags as well.
    init, min, max
        A number, a name, a random distribution (`init`) or an expression (`min`, `max`).
    method
        The numerical method of an ODE; None for that of the network.

    Examples
    --------
    >>> import annlab
    >>> cell = annlab.Neuron(
    ...     parameters={"tau": 10.0},
    ...     equations=annlab.Variable("tau*dr/dt = 1.0 - r", init=0.5, max=0.6),
    ... )
    >>> net = annlab.Network()
    >>> cells = net.create(2, cell)
    >>> net.compile()
    >>> net.simulate(20.0)
    20
    >>> cells.r
    array([0.6, 0.6])
    """

    equation: str
    init: object = None
    min: object = None
    max: object = None
    method: str | None = None
    locality: str = "local"
    type: object = "float"

    def __post_init__(self) -> None:
        if not isinstance(self.equation, str):
            raise ArgumentTypeError(
                f"the equation of a Variable must be text, not {self.equation!r}"
            )
        read_locality(self.locality)
        read_type(self.type)


@public
@other_names(equation="condition")
@dataclass
class Creating:
    """When a synapse comes into being: condition, probability, weight and delay [ms].

    Examples
    --------
    >>> import annlab
    >>> grow = annlab.Synapse(creating=annlab.Creating("pre.r * post.r > 1.0", w=0.5))
    >>> net = annlab.Network()
    >>> cells = net.create(3, annlab.Neuron("r = 2.0"))
    >>> loop = net.connect(cells, cells, "exc", grow).one_to_one(1.0)
    >>> net.compile()
    >>> loop.start_creating()
    >>> net.step()
    >>> loop.nb_synapses
    9
    """

    condition: str
    proba: float = 1.0
    w: object = 0.0
    d: float | None = None


@public
@other_names(equation="condition")
@dataclass
class Pruning:
    """When a synapse disappears: condition and probability.

    Examples
    --------
    >>> import annlab
    >>> fade = annlab.Synapse(pruning=annlab.Pruning("w < 0.5"))
    >>> net = annlab.Network()
    >>> cells = net.create(2, annlab.LeakyIntegrator)
    >>> loop = net.connect(cells, cells, "exc", fade).from_matrix([[1.0, 0.1], [0.2, 0.9]])
    >>> net.compile()
    >>> loop.start_pruning()
    >>> net.step()
    >>> loop.pre_ranks
    [[0], [1]]
    """

    condition: str
    proba: float = 1.0


Equations = str | Variable | Sequence[str | Variable] | None
Parameters = str | Mapping[str, object] | Sequence[str] | None


@public
class Neuron:
    """A model of neurons, as text.

    Parameters
    ----------
    parameters
        The constants: a dictionary, or lines ``name = value : flags``.
    equations
        The updates of the variables, in order.
    spike
        The condition for a spike; its presence makes the neuron a spiking one.
    axon_spike
        A second condition, that of an axonal event.
    reset, axon_reset
        Assignments made after a spike or an axonal event.
    refractory
        Refractory period [ms], the name of an attribute, or a random distribution.
    functions
        Functions of this model, one a line.
    name, description
        For reports and messages.

    Examples
    --------
    >>> import annlab
    >>> leaky = annlab.Neuron(
    ...     parameters={"tau": 10.0, "B": 1.0},
    ...     equations="tau*dr/dt + r = B + sum(exc) : exponential, min=0.0",
    ...     name="Leaky",
    ... )
    >>> spiking = annlab.Neuron(equations="v += g_exc", spike="v > 1.0", reset="v = 0.0")
    >>> leaky.type, spiking.type
    ('rate', 'spike')
    >>> annlab.Network().create(10, leaky)
    <Population 'pop0': 10 x Leaky>
    """

    reads_sums = False  # spiking neurons that are driven by rates say True

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        public(cls)

    def __init__(
        self,
        parameters: Parameters = "",
        equations: Equations = "",
        spike: str | None = None,
        axon_spike: str | None = None,
        reset: str | Sequence[str] | None = None,
        axon_reset: str | Sequence[str] | None = None,
        refractory: object = None,
        functions: str | None = None,
        name: str = "",
        description: str = "",
        extra_values: Mapping[str, object] | None = None,
    ) -> None:
        self.parameters = parameters
        self.equations = equations
        self.spike = spike
        self.axon_spike = axon_spike
        self.reset = reset
        self.axon_reset = axon_reset
        self.refractory = refractory
        self.functions = functions
        self.extra_values = _table(extra_values)
        name = _words(name)
        self.label = _label(self, Neuron, name, "neuron", self.type)
        self.name = name or f"{_ADJECTIVES[self.type].capitalize()} neuron"
        self.short_description = (
            _words(description) or f"User-defined {_ADJECTIVES[self.type]} neuron."
        )

    @property
    def type(self) -> str:
        """``"spike"`` for a spiking neuron, ``"rate"`` for a rate-coded one."""
        return "rate" if self.spike is None else "spike"

    def __repr__(self) -> str:
        return f"<Neuron: {self.label}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from annlab.ir.notebook import model_bundle  # it reads the text; only notebooks ask

        return model_bundle(self)


@public
class Synapse:
    """A model of synapses, as text.

    Parameters
    ----------
    parameters, equations, functions, name, description
        As for a `Neuron`.
    psp
        What a synapse adds to the input of its neuron in every step.
    operation
        How a neuron reduces the `psp` of a projection: sum, max, min or mean.
    pre_spike, post_spike, pre_axon_spike
        Assignments made when a spike of the presynaptic neuron arrives, when the postsynaptic
        neuron spikes, and when an axonal event arrives.
    pruning, creating
        Rules of structural plasticity.

    Examples
    --------
    >>> import annlab
    >>> hebb = annlab.Synapse({"eta": 0.1}, "dw/dt = eta * pre.r * post.r : max=1.0")
    >>> depressing = annlab.Synapse(
    ...     parameters="tau = 100.0 : projection; U = 0.5 : projection",
    ...     equations="tau*dx/dt = 1.0 - x : init=1.0, event-driven",
    ...     pre_spike="g_target += w * U * x; x -= U * x",
    ... )
    >>> hebb.type, depressing.type
    ('rate', 'spike')
    """

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        public(cls)

    def __init__(
        self,
        parameters: Parameters = "",
        equations: Equations = "",
        psp: str | None = None,
        operation: str = "sum",
        pre_spike: str | Sequence[str] | None = None,
        post_spike: str | Sequence[str] | None = None,
        pre_axon_spike: str | Sequence[str] | None = None,
        functions: str | None = None,
        pruning: str | Pruning | None = None,
        creating: str | Creating | None = None,
        name: str | None = None,
        description: str | None = None,
        extra_values: Mapping[str, object] | None = None,
    ) -> None:
        self.parameters = parameters
        self.equations = equations
        self.psp = psp
        self.operation = operation
        self.pre_spike = pre_spike
        self.post_spike = post_spike
        self.pre_axon_spike = pre_axon_spike
        self.functions = functions
        self.pruning = pruning
        self.creating = creating
        self.extra_values = _table(extra_values)
        name = _words(name)
        self._given_name = name
        reacts = (pre_spike, post_spike, pre_axon_spike) != (None, None, None)
        self.label = self.label_as("spike" if reacts else "rate")
        self.name = name or f"{_ADJECTIVES[self.type].capitalize()} synapse"
        self.short_description = (
            _words(description) or f"User-defined {_ADJECTIVES[self.type]} synapse."
        )
        self._check_operation()
        self._check_axon()

    @property
    def type(self) -> str:
        """``"spike"`` if the synapse reacts to spikes; a projection may overrule it."""
        return "rate" if self.pre_spike is None else "spike"

    def label_as(self, kind: str) -> str:
        """Return how messages call the synapse between neurons of a kind, rate or spike.

        Examples
        --------
        >>> import annlab
        >>> annlab.Synapse(psp="w * pre.r").label_as("spike")
        'a spiking synapse'
        """
        return _label(self, Synapse, self._given_name, "synapse", kind)

    def __add__(self, other: object) -> Synapse:
        raise ModelError(
            "synapses cannot be added", hint="write one Synapse with the equations of both"
        )

    def __repr__(self) -> str:
        return f"<Synapse: {self.label}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from annlab.ir.notebook import model_bundle  # it reads the text; only notebooks ask

        return model_bundle(self)

    def _check_operation(self) -> None:
        if not isinstance(self.operation, str) or self.operation not in OPERATIONS:
            near = nearest(str(self.operation), OPERATIONS)
            raise ModelError(
                f"unknown operation {self.operation!r} in {self.label}",
                why=f"known here: {', '.join(OPERATIONS)}",
                hint=f"did you mean {near!r}?" if near else None,
            )
        if self.type == "spike" and self.operation != "sum":
            raise ModelError(
                f"operation {self.operation!r} does not fit {self.label}",
                why="a synapse with `pre_spike` adds to the conductance",
                hint="remove `operation`",
            )

    def _check_axon(self) -> None:
        if self.pre_axon_spike is not None and self.post_spike is not None:
            raise ModelError(
                f"`pre_axon_spike` together with `post_spike` in {self.label}",
                why="axonal projections cannot learn",
                hint="use a second projection with its own synapse",
            )


def _table(values: object) -> dict[str, object]:
    if values is not None and not isinstance(values, Mapping):
        raise ArgumentTypeError(
            f"`extra_values` are {values!r}", hint='give a dictionary: {"name": 1.0}'
        )
    return dict(values or {})


def _words(text: object) -> str:
    """Return a name or a description, which may be anything that can be written."""
    return "" if text is None else str(text)


_ADJECTIVES = {"rate": "rate-coded", "spike": "spiking"}


def _label(model: object, base: type, name: str | None, what: str, kind: str) -> str:
    """Return how messages call the model."""
    known = name or (type(model).__name__ if type(model) is not base else "")
    return f"{what} '{known}'" if known else f"a {_ADJECTIVES[kind]} {what}"


__all__ = [
    "Creating",
    "Neuron",
    "Parameter",
    "Pruning",
    "Synapse",
    "Variable",
    "read_locality",
    "read_type",
]
