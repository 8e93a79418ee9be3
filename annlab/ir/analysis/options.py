"""What the flags of a line mean: locality, type, method, bounds, first value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from annlab.calls import warn
from annlab.errors import EquationError, Source, Span, nearest
from annlab.ir.analysis.origin import LOCALITY_FLAGS, Origin
from annlab.ir.analysis.values import is_constant, is_distribution, is_number, plain_number
from annlab.ir.definition import Variable, read_locality, read_type
from annlab.ir.expr import DType, Locality
from annlab.ir.model import Method
from annlab.language import parse_expression
from annlab.language.flags import METHODS, TYPES
from annlab.language.syntax import Flag, Name, Node, Number

_METHODS = {
    **{method.value: method for method in Method},
    "runge-kutta4": Method.RK4,
    "exact": Method.EVENT_DRIVEN,
}


@dataclass(frozen=True, slots=True)
class Given:
    """A value that the user gave: syntax and its text, or an object of Python."""

    value: Node | object
    source: Source | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The properties of a variable or a parameter; None where nothing was said."""

    locality: Locality | None = None
    dtype: DType | None = None
    method: Method | None = None
    init: Given | None = None
    minimum: Given | None = None
    maximum: Given | None = None
    unless_post: Span | None = None


def read_flags(flags: Sequence[Flag], source: Source, origin: Origin) -> Options:
    """Return what a list of flags says."""
    options = Options()
    for flag in flags:
        options = _with_flag(options, flag, source, origin)
    return options


def _with_flag(options: Options, flag: Flag, source: Source, origin: Origin) -> Options:
    name = flag.name
    if name in LOCALITY_FLAGS:
        return _with_locality(options, flag, source, origin)
    if name in TYPES:
        if options.dtype is not None:
            raise _second("type", flag, source)
        return replace(options, dtype=DType(name))
    if name in METHODS:
        if options.method is not None:
            raise _second("method", flag, source)
        if name == "exact":
            warn("the flag 'exact' is now called 'event-driven'")
        return replace(options, method=_METHODS[name])
    if name == "unless_post":
        return replace(options, unless_post=flag.span)
    given = Given(flag.value, source)
    if name == "init":
        return replace(options, init=given)
    if name == "min":
        return replace(options, minimum=given)
    if name == "max":
        return replace(options, maximum=given)
    return options  # unless_refractory is accepted and has no effect


def _with_locality(options: Options, flag: Flag, source: Source, origin: Origin) -> Options:
    if not origin.allows(flag.name):
        right = "'population'" if origin.is_neuron else "'projection' or 'postsynaptic'"
        raise EquationError(
            f"the flag '{flag.name}' does not fit a {origin.what}",
            source=source,
            span=flag.span,
            hint=f"use {right}, or no flag for a local value",
        )
    if options.locality is not None:
        raise _second("locality", flag, source)
    return replace(options, locality=LOCALITY_FLAGS[flag.name])


def _second(what: str, flag: Flag, source: Source) -> EquationError:
    return EquationError(
        f"'{flag.name}' is a second {what} for one line", source=source, span=flag.span
    )


def read_method(word: object, origin: Origin) -> Method:
    """Return the method that an argument or the configuration names."""
    found = _METHODS.get(word) if isinstance(word, str) else None
    if found is None:
        near = nearest(str(word), _METHODS)
        raise origin.error(
            f"unknown numerical method {word!r}",
            why=f"known here: {', '.join(_METHODS)}",
            hint=f"did you mean '{near}'?" if near else None,
        )
    return found


def read_variable(variable: Variable, flags: Options, origin: Origin) -> Options:
    """Return what the arguments of a `Variable` add to the flags of its text."""
    locality = read_locality(variable.locality)
    if locality is Locality.SEMIGLOBAL and origin.is_neuron:
        raise origin.error("a semiglobal variable", why="only synapses have such values")
    method = None if variable.method is None else read_method(variable.method, origin)
    if method is not None and flags.method is not None:
        raise origin.error(f"two methods for '{variable.equation}'", hint="give the method once")
    for what, told, given in (
        ("init", flags.init, variable.init),
        ("min", flags.minimum, variable.min),
        ("max", flags.maximum, variable.max),
    ):
        if told is not None and given is not None:
            raise origin.error(
                f"`{what}` stands in the text of '{variable.equation}' and beside it",
                hint="give it once",
            )
    dtype = read_type(variable.type)
    return replace(
        flags,
        locality=flags.locality or locality,
        dtype=flags.dtype or dtype,
        method=flags.method or method,
        init=flags.init or _given(variable.init, "init", origin),
        minimum=flags.minimum or _given(variable.min, "min", origin),
        maximum=flags.maximum or _given(variable.max, "max", origin),
    )


def _given(value: object, what: str, origin: Origin) -> Given | None:
    if value is None:
        return None
    if isinstance(value, str):
        source = origin.source(value, what)
        return Given(parse_expression(source).value, source)
    if is_constant(value) and what != "init":
        source = Source("", f"{what} of {origin.label}")
        return Given(Name(Span(0, 0), value.name), source)  # type: ignore[attr-defined]
    if is_number(value) and what != "init":
        literal = Number(Span(0, 0), plain_number(value))
        return Given(literal, Source("", f"{what} of {origin.label}"))
    if is_number(value) or (is_distribution(value) and what == "init"):
        return Given(value)
    raise origin.error(
        f"the `{what}` of a Variable cannot be {value!r}", hint="give a number or a name"
    )
