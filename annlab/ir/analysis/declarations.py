"""Read the parameters of a model, in both styles.

A dictionary declares global parameters unless it says otherwise, a text local
ones. The values themselves are understood later, when all names are known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from annlab.errors import ArgumentTypeError, EquationError, LocalityError, ModelError, Source, Span
from annlab.ir.analysis.names import check_name
from annlab.ir.analysis.options import Given, read_flags
from annlab.ir.analysis.origin import Origin
from annlab.ir.analysis.values import is_distribution, is_number
from annlab.ir.definition import Parameter, read_locality, read_type
from annlab.ir.expr import DType, Locality
from annlab.language import parse_expression, parse_parameters
from annlab.language.syntax import Number, ParameterLine, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """A parameter or a variable before its first value is understood."""

    name: str
    dtype: DType
    locality: Locality
    is_parameter: bool
    init: Given | None
    is_open: bool = False
    source: Source | None = None
    span: Span | None = None


def read_parameters(
    parameters: object,
    origin: Origin,
    *,
    extra_values: Mapping[str, object],
    localities: Mapping[str, Locality],
) -> list[Declaration]:
    """Return the parameters of a model in the order in which they are given."""
    if isinstance(parameters, Mapping):
        found = [_from_object(str(n), v, origin) for n, v in parameters.items()]
    else:
        found = list(_from_text(parameters, origin, extra_values))
    for declaration in found:
        check_name(
            declaration.name,
            of_neuron=origin.is_neuron,
            source=declaration.source or Source("", f"parameters of {origin.label}"),
            span=declaration.span,
        )
    return [_relocated(d, localities.get(d.name), origin) for d in found]


def _relocated(declaration: Declaration, locality: Locality | None, origin: Origin) -> Declaration:
    if locality is None or locality is declaration.locality:
        return declaration
    if not declaration.is_open:
        raise LocalityError(
            f"'{declaration.name}' of {origin.label} cannot become {locality}",
            why=f"its locality is said to be {declaration.locality}",
            hint=f"declare it with locality='{locality}'",
        )
    return Declaration(
        name=declaration.name,
        dtype=declaration.dtype,
        locality=locality,
        is_parameter=True,
        init=declaration.init,
        source=declaration.source,
        span=declaration.span,
    )


def _from_object(name: str, value: object, origin: Origin) -> Declaration:
    parameter = value if isinstance(value, Parameter) else Parameter(value)
    if not (name.isidentifier() and name.isascii()):
        raise origin.error(
            f"{name!r} cannot be the name of a parameter",
            hint="names are made of the letters A-Z and a-z, digits and '_'",
        )
    said = parameter.locality
    locality = Locality.GLOBAL if said is None else read_locality(said)
    if locality is Locality.SEMIGLOBAL and origin.is_neuron:
        raise origin.error(f"the semiglobal parameter '{name}'", why="only synapses have such")
    return Declaration(
        name=name,
        dtype=read_type(parameter.type),
        locality=locality,
        is_parameter=True,
        init=_value(name, parameter.value, origin),
        is_open=said is None,
    )


def _value(name: str, value: object, origin: Origin) -> Given:
    if isinstance(value, str):
        source = origin.source(value, f"parameter '{name}'")
        return Given(parse_expression(source).value, source)
    if getattr(value, "shape", None) == ():
        value = value.item()  # type: ignore[attr-defined]  # an array of one number
    if is_number(value) or is_distribution(value):
        return Given(value)
    raise origin.error(
        f"the parameter '{name}' cannot be {value!r}",
        why="a parameter is a number, a random distribution, or the name of another one",
        hint=f"set values per element later: pop.{name} = values"
        if hasattr(value, "__len__")
        else None,
    )


def _from_text(
    parameters: object, origin: Origin, extra_values: Mapping[str, object]
) -> Iterator[Declaration]:
    if parameters is not None and not isinstance(parameters, str | list | tuple):
        raise ArgumentTypeError(
            f"`parameters` of {origin.label} must be a dictionary or text, not {parameters!r}",
            hint='write dict(tau=10.0), or "tau = 10.0"',
        )
    for source in origin.sources(parameters, "parameters"):
        for line in parse_parameters(source):
            yield _from_line(line, origin, extra_values)


def _from_line(
    line: ParameterLine, origin: Origin, extra_values: Mapping[str, object]
) -> Declaration:
    options = read_flags(line.flags, line.source, origin)
    init = options.init
    if line.value is not None:
        init = _text_value(line, extra_values)
    is_truth = (
        init is not None and isinstance(init.value, Number) and isinstance(init.value.value, bool)
    )
    return Declaration(
        name=line.name,
        dtype=options.dtype or (DType.BOOL if is_truth else DType.FLOAT),
        locality=options.locality or Locality.LOCAL,
        is_parameter=True,
        init=init,
        source=line.source,
        span=line.span,
    )


def _text_value(line: ParameterLine, extra_values: Mapping[str, object]) -> Given:
    if not isinstance(line.value, Text):
        return Given(line.value, line.source)
    key = line.value.value
    if key not in extra_values:
        raise EquationError(
            f"no value called '{key}' in `extra_values`",
            source=line.source,
            span=line.value.span,
        )
    return Given(extra_values[key])


def refuse_duplicates(declarations: list[Declaration], origin: Origin) -> None:
    """Refuse two attributes of one name."""
    seen: set[str] = set()
    for declaration in declarations:
        if declaration.name in seen:
            raise ModelError(
                f"'{declaration.name}' is declared twice",
                source=declaration.source or Source("", origin.label),
                span=declaration.span,
                hint="a name belongs to one parameter or to one equation",
            )
        seen.add(declaration.name)
