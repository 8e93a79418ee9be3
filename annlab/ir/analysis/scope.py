"""What a name may mean at a place of a model.

A `Scope` knows the attributes, constants and functions of one model; a `Place`
says what may be used in one expression of it; `Usage` collects what was used.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from annlab.errors import (
    EquationError,
    LocalityError,
    Source,
    Span,
    UnknownNameError,
    nearest,
)
from annlab.ir.expr import DType, Expr, Locality, Side, Symbol, SymbolKind
from annlab.ir.model import Distribution, Draw, NeuronModel, Reduction
from annlab.language.advice import on_unit
from annlab.language.syntax import Node

_RANKS = {Locality.GLOBAL: 0, Locality.SEMIGLOBAL: 1, Locality.LOCAL: 2}
_MANY = {
    Locality.GLOBAL: "one value",
    Locality.SEMIGLOBAL: "one value per postsynaptic neuron",
    Locality.LOCAL: "one value each",
}
_LONGEST_LIST = 24

TIME = Symbol("t", SymbolKind.CLOCK, locality=Locality.GLOBAL)
STEP = Symbol("dt", SymbolKind.CLOCK, locality=Locality.GLOBAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFunction:
    """A user's function whose body is typed.

    Attributes
    ----------
    arguments
        Symbols of kind ARGUMENT, with the declared types.
    body
        Holds only arguments, Constants and built-in functions, and is of the declared type.
    constants
        Names of the Constants in the body.
    """

    name: str
    arguments: tuple[Symbol, ...]
    body: Expr
    result: DType = DType.FLOAT
    constants: tuple[str, ...] = ()
    text: str = ""


class FunctionTable:
    """Functions by name, typed when they are first asked for."""

    def find(self, name: str) -> UserFunction | None:
        """Return the function called `name`, or None."""
        return None

    def names(self) -> Collection[str]:
        """Return the names of all functions."""
        return ()


@dataclass(slots=True)
class Usage:
    """What the expressions of a model have used so far, in order of appearance."""

    draws: list[Draw] = field(default_factory=list)
    reductions: dict[Reduction, None] = field(default_factory=dict)
    constants: dict[str, None] = field(default_factory=dict)
    targets: dict[str, None] = field(default_factory=dict)
    attributes: dict[tuple[Side, str], None] = field(default_factory=dict)
    inputs: dict[tuple[Side, str], None] = field(default_factory=dict)

    def draw(self, distribution: Distribution, locality: Locality) -> Symbol:
        """Return the symbol of a new random number."""
        index = len(self.draws)
        self.draws.append(Draw(index=index, distribution=distribution, locality=locality))
        return Symbol(str(index), SymbolKind.DRAW, locality=locality)

    def of_side(self, side: Side) -> tuple[str, ...]:
        """Return the attributes read of the pre- or postsynaptic population."""
        return tuple(name for owner, name in self.attributes if owner is side)

    def inputs_of_side(self, side: Side) -> tuple[str, ...]:
        """Return the targets read of the pre- or postsynaptic population."""
        return tuple(name for owner, name in self.inputs if owner is side)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an expression stands, and what it may therefore use.

    Attributes
    ----------
    source
        The text that spans point into.
    locality
        Of the value that is computed; nothing more local may be read.
    variable
        Its name, for messages; "" for conditions.
    no_draws
        Why random numbers are refused here; None where they are allowed.
    gradient
        The variable whose gradient may occur.
    refused
        Names that may not be read here, each with the reason.
    """

    source: Source
    locality: Locality = Locality.LOCAL
    variable: str = ""
    no_draws: str | None = None
    gradient: str | None = None
    refused: Mapping[str, str] = field(default_factory=dict)

    def error(
        self, what: str, span: Span, *, why: str | None = None, hint: str | None = None
    ) -> EquationError:
        """Return an error about a piece of this text."""
        return EquationError(what, source=self.source, span=span, why=why, hint=hint)


class Scope:
    """The names of one model; neurons, synapses and functions add their own rules."""

    def __init__(
        self,
        *,
        symbols: Mapping[str, Symbol],
        constants: Collection[str],
        functions: FunctionTable,
        parameters: Collection[str] = (),
    ) -> None:
        self.symbols = dict(symbols)
        self.parameters = parameters
        self.constants = constants
        self.functions = functions
        self.usage = Usage()

    def name(self, name: str, span: Span, place: Place) -> Symbol:
        """Return what a plain name means."""
        symbol = self.symbols.get(name)
        if symbol is None:
            if name not in self.constants:
                raise self._unknown(name, span, place)
            self.usage.constants[name] = None
            return Symbol(name, SymbolKind.CONSTANT, locality=Locality.GLOBAL)
        if name in place.refused:
            raise place.error(f"'{name}' cannot be used here", span, why=place.refused[name])
        self.check_locality(symbol, symbol.locality, name, span, place)
        return symbol

    def is_fixed(self, name: str) -> bool:
        """Is this a value that never differs between elements nor changes by itself?"""
        symbol = self.symbols.get(name)
        if symbol is None:
            return True  # a Constant or pi; unknown names are refused elsewhere
        is_parameter = name in self.parameters and symbol.locality is Locality.GLOBAL
        return is_parameter or symbol == STEP

    def dotted(self, owner: str, name: str, span: Span, place: Place) -> Symbol:
        """Return what ``pre.name`` or ``post.name`` means."""
        raise place.error(
            f"'{owner}.{name}' has no meaning here",
            span,
            why="only synapses lie between two neurons",
        )

    def weighted_sum(self, owner: str | None, target: str, span: Span, place: Place) -> Symbol:
        """Return what ``sum(target)`` or ``pre.sum(target)`` means."""
        raise place.error(
            "'sum' has no meaning here", span, hint="write it in `equations`, which read the input"
        )

    def reduction(self, op: str, argument: Node, span: Span, place: Place) -> Symbol:
        """Return what ``op(x)`` over a whole population means."""
        raise place.error(f"'{op}' over a population has no meaning here", span)

    def check_locality(
        self, symbol: Symbol, locality: Locality, text: str, span: Span, place: Place
    ) -> None:
        """Refuse to compute a value from one that exists more often."""
        if _RANKS[locality] > _RANKS[place.locality]:
            raise LocalityError(
                f"'{place.variable}' depends on '{text}', which is more local",
                source=place.source,
                span=span,
                why=f"there is {_MANY[place.locality]} of '{place.variable}', "
                f"and {self._how_many(locality)} of '{text}'",
                hint=self._locality_advice(place),
            )

    def _how_many(self, locality: Locality) -> str:
        if locality is Locality.SEMIGLOBAL:
            return _MANY[locality]
        return "one value per neuron or synapse"

    def _locality_advice(self, place: Place) -> str:
        return f"make '{place.variable}' as local as what it depends on"

    def known(self) -> list[str]:
        """Return the names that may be used, the user's own first."""
        return [*self.symbols, *(c for c in self.constants if c not in self.symbols)]

    def advice(self, name: str) -> str | None:
        """Return a special hint for an unknown name."""
        return None

    def _unknown(self, name: str, span: Span, place: Place) -> UnknownNameError:
        known = self.known()
        near = nearest(name, known)
        hint = self.advice(name) or on_unit(name) or (f"did you mean '{near}'?" if near else None)
        if hint is None and name in self.functions.names():
            hint = f"'{name}' is a function: write '{name}(...)'"
        return UnknownNameError(
            f"unknown name '{name}'",
            source=place.source,
            span=span,
            why=f"known here: {listing(known)}" if known else None,
            hint=hint,
        )


def listing(names: Collection[str]) -> str:
    """Return a list of names for a message, cut where it gets long."""
    shown = list(names)[:_LONGEST_LIST]
    return ", ".join(shown) + (", ..." if len(names) > _LONGEST_LIST else "")


def plain_name(
    op: str, argument: Node, span: Span, place: Place, is_name: Callable[[Node], bool]
) -> None:
    """Refuse ``op(expression)``: a global operation takes one name."""
    if is_name(argument):
        return
    extra = f", and '{op}(a, b)' the one of two values" if op in ("min", "max") else ""
    raise place.error(
        f"'{op}' over a population takes one plain name",
        argument.span,
        why=f"'{op}(x)' is computed over all neurons{extra}",
        hint="give the expression a name in an equation of its own",
    )


def model_attribute(model: NeuronModel, owner: str, name: str, span: Span, place: Place) -> Symbol:
    """Return the symbol of an attribute of the pre- or postsynaptic population."""
    attribute = model.attribute(name)
    if attribute is None:
        known = [a.name for a in model.attributes]
        near = nearest(name, known)
        raise UnknownNameError(
            f"unknown name '{owner}.{name}'",
            source=place.source,
            span=span,
            why=f"the {owner}synaptic neuron has: {listing(known)}",
            hint=f"did you mean '{owner}.{near}'?" if near else None,
        )
    side = Side(owner)
    return Symbol(name, SymbolKind.ATTRIBUTE, attribute.dtype, attribute.locality, side)
