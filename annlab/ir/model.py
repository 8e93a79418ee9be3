"""The typed model: what a neuron or a synapse is, independent of any back end.

Made by `annlab.ir.analysis` from the syntax trees of `annlab.language`. All
names are resolved, flags understood, functions inlined, rules of the language
checked. ODEs are not yet discretised: `annlab.codegen.lowering` does that.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass

from annlab.errors import Source, Span
from annlab.ir.expr import Call, DType, Expr, Locality, Side, Symbol, walk


class Method(enum.StrEnum):
    """How an ODE is advanced by one step (language reference, numerical methods)."""

    EXPLICIT = "explicit"
    IMPLICIT = "implicit"
    SEMIIMPLICIT = "semiimplicit"
    EXPONENTIAL = "exponential"
    MIDPOINT = "midpoint"
    RK4 = "rk4"
    EVENT_DRIVEN = "event-driven"


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """A random distribution with its arguments, as numbers or expressions of global symbols.

    `name` is one of Uniform, DiscreteUniform, Normal, LogNormal, Exponential, Gamma, Binomial.
    """

    name: str
    arguments: tuple[Expr, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """One random number per step and element, used through a DRAW symbol."""

    index: int
    distribution: Distribution
    locality: Locality


@dataclass(frozen=True, slots=True, kw_only=True)
class Reduction:
    """``op(attribute)`` over a whole population, as of the previous step.

    `op` is one of min, max, mean, norm1, norm2.
    """

    op: str
    attribute: str
    side: Side = Side.OWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """A parameter or a variable of a model.

    Attributes
    ----------
    init
        A number; or a `Distribution` with literal arguments; or the name of a parameter or
        Constant (str); or an `Expr` of parameters and Constants (``init = b*c``); or a host-side
        object with `get_values` (annlab.network.distributions).
        Never part of the identity of a kernel: numbers do not compile.
    is_open
        The locality was left unsaid in a dictionary of parameters: global until per-element
        values are set before compile.
    """

    name: str
    dtype: DType
    locality: Locality
    is_parameter: bool
    init: object = 0.0
    is_open: bool = False
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Equation:
    """One update of one variable, in the order of evaluation.

    An assignment has ``left`` = the variable's symbol and ``right`` = its new value (augmented
    assignments are written out: ``v += 1`` has right ``v + 1``). An ODE keeps both sides as
    written, the gradient being a GRADIENT symbol somewhere in them.
    """

    variable: Symbol
    left: Expr
    right: Expr
    is_ode: bool
    method: Method | None
    text: str
    minimum: Expr | None = None
    maximum: Expr | None = None
    unless_post: bool = False
    source: Source | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A boolean expression of the user (spike, axon_spike, stop condition, pruning ...)."""

    expr: Expr
    text: str


class StopMode(enum.StrEnum):
    """How a stop condition combines the neurons of a population."""

    ANY = "any"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class StopCondition:
    """When `simulate_until` ends."""

    condition: Condition
    mode: StopMode


@dataclass(frozen=True, slots=True, kw_only=True)
class NeuronModel:
    """A neuron, ready to be discretised.

    Attributes
    ----------
    equations
        In order of evaluation: global ones first, then local ones, textual order within each;
        the implicit ``g_x = 0.0`` of conductances without equation last.
    refractory
        None; or a float [ms]; or the name of an attribute; or a host-side distribution.
    targets
        Targets read with ``sum(target)``; "" stands for ``sum()``.
    conductances
        Names ``g_x`` that are attributes because they occur in the equations.
    """

    name: str
    is_spiking: bool
    attributes: tuple[Attribute, ...]
    equations: tuple[Equation, ...]
    spike: Condition | None = None
    reset: tuple[Equation, ...] = ()
    axon_spike: Condition | None = None
    axon_reset: tuple[Equation, ...] = ()
    refractory: object = None
    draws: tuple[Draw, ...] = ()
    reductions: tuple[Reduction, ...] = ()
    targets: tuple[str, ...] = ()
    conductances: tuple[str, ...] = ()
    constants: tuple[str, ...] = ()
    stop: StopCondition | None = None

    def attribute(self, name: object) -> Attribute | None:
        """Return the attribute called `name`, or None."""
        if not isinstance(name, str):  # an array would compare by element
            return None
        return next((a for a in self.attributes if a.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class StructuralRule:
    """A `creating` or `pruning` rule; its `draws` happen when it is evaluated, not every step."""

    condition: Condition
    probability: float = 1.0
    weight: object = 0.0
    delay: float | None = None
    draws: tuple[Draw, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SynapseModel:
    """A synapse between two given populations, ready to be discretised.

    Attributes
    ----------
    is_spiking
        Type of the presynaptic population.
    psp
        Continuous transmission; None for a spiking synapse that only transmits spikes.
    pre_spike
        In order of execution: statements on the conductance (CONDUCTANCE symbol) first, then
        the others; the implicit ``g_target += w`` is written out.
    trace_sides
        Event-driven variables that are provably one value per presynaptic (Side.PRE) or per
        postsynaptic (Side.POST) neuron: name -> side. All others are one value per synapse.
    pre_attributes, post_attributes
        Names of attributes of the two populations that are read.
    """

    name: str
    is_spiking: bool
    attributes: tuple[Attribute, ...]
    equations: tuple[Equation, ...] = ()
    psp: Condition | None = None
    operation: str = "sum"
    pre_spike: tuple[Equation, ...] = ()
    post_spike: tuple[Equation, ...] = ()
    pre_axon_spike: tuple[Equation, ...] = ()
    axon_same_as_spike: bool = False
    is_plastic: bool = False
    draws: tuple[Draw, ...] = ()
    reductions: tuple[Reduction, ...] = ()
    pre_attributes: tuple[str, ...] = ()
    post_attributes: tuple[str, ...] = ()
    pre_inputs: tuple[str, ...] = ()
    post_inputs: tuple[str, ...] = ()
    constants: tuple[str, ...] = ()
    trace_sides: tuple[tuple[str, Side], ...] = ()
    creating: StructuralRule | None = None
    pruning: StructuralRule | None = None

    def attribute(self, name: object) -> Attribute | None:
        """Return the attribute called `name`, or None."""
        if not isinstance(name, str):  # an array would compare by element
            return None
        return next((a for a in self.attributes if a.name == name), None)


_ASK_FOR_NAN = ("isnan", "isfinite")


def asks_for_nan(model: NeuronModel | SynapseModel) -> bool:
    """True if the equations tell numbers from NaN, which may stand for something then."""
    asked = (e.function for e in _expressions(model) if isinstance(e, Call))
    return any(function in _ASK_FOR_NAN for function in asked)


def _expressions(part: object) -> Iterator[Expr]:
    """Yield all expressions of a model or of a part of one."""
    if isinstance(part, Expr):
        yield from walk(part)
    elif isinstance(part, tuple):
        for item in part:
            yield from _expressions(item)
    elif is_dataclass(part):
        for field in fields(part):
            yield from _expressions(getattr(part, field.name))
