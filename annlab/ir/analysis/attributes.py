"""Understand the first values of parameters and variables and make them attributes."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from annlab.errors import EquationError, ModelError, Source
from annlab.ir.analysis.declarations import Declaration
from annlab.ir.analysis.options import Given
from annlab.ir.analysis.origin import Origin
from annlab.ir.analysis.scope import FunctionTable, Place, Scope
from annlab.ir.analysis.typing import Typer
from annlab.ir.analysis.values import (
    DISTRIBUTIONS,
    as_dtype,
    check_distribution,
    check_domain,
    fold,
    is_distribution,
    is_number,
    zero,
)
from annlab.ir.expr import DType, Expr, Literal, Symbol, SymbolKind, symbols
from annlab.ir.model import (
    Attribute,
    Distribution,
    NeuronModel,
    SynapseModel,
    asks_for_nan,
)
from annlab.language.printer import print_expression
from annlab.language.syntax import Apply, Name, Node

_NO_DRAWS = "a first value is either a distribution alone or none at all"


def symbol_of(declaration: Declaration) -> Symbol:
    """Return the symbol by which equations know an attribute."""
    return Symbol(declaration.name, SymbolKind.ATTRIBUTE, declaration.dtype, declaration.locality)


def make_attributes(
    declarations: Sequence[Declaration],
    origin: Origin,
    *,
    constants: Collection[str],
    functions: FunctionTable,
) -> tuple[Attribute, ...]:
    """Return the attributes with their first values understood."""
    parameters = {d.name: symbol_of(d) for d in declarations if d.is_parameter}
    scope = _FirstValueScope(
        symbols=parameters,
        constants=constants,
        functions=functions,
        parameters=parameters.keys(),
        variables=[d.name for d in declarations if not d.is_parameter],
    )
    attributes = tuple(
        Attribute(
            name=d.name,
            dtype=d.dtype,
            locality=d.locality,
            is_parameter=d.is_parameter,
            init=_first_value(d, scope, origin),
            is_open=d.is_open,
        )
        for d in declarations
    )
    _refuse_circles(attributes, declarations, origin)
    return attributes


class _FirstValueScope(Scope):
    """Parameters and Constants, which have their values before anything runs."""

    def __init__(
        self,
        *,
        symbols: dict[str, Symbol],
        constants: Collection[str],
        functions: FunctionTable,
        parameters: Collection[str],
        variables: Sequence[str],
    ) -> None:
        super().__init__(
            symbols=symbols, constants=constants, functions=functions, parameters=parameters
        )
        self._variables = variables

    def advice(self, name: str) -> str | None:
        if name in self._variables:
            return f"'{name}' is a variable; a first value depends on parameters only"
        return None


def _first_value(declaration: Declaration, scope: Scope, origin: Origin) -> object:
    given = declaration.init
    if given is None:
        return zero(declaration.dtype)
    if not isinstance(given.value, Node):
        return _from_object(declaration, given.value, origin)
    assert given.source is not None
    number = fold(given.value, given.source)
    if number is not None:
        return _number(number, declaration, origin)
    return _from_node(declaration, given, scope)


def _from_object(declaration: Declaration, value: object, origin: Origin) -> object:
    if not is_number(value) and not is_distribution(value):
        raise origin.error(f"the first value of '{declaration.name}' cannot be {value!r}")
    return _number(value, declaration, origin)


def _number(value: object, declaration: Declaration, origin: Origin) -> object:
    """Return the first value as the kind of the attribute, which it has to be."""
    try:
        converted = as_dtype(value, declaration.dtype)
    except (ValueError, OverflowError):  # NaN and infinity are no integers
        converted = None
    if declaration.dtype is not DType.FLOAT and converted != value:
        what = "an integer" if declaration.dtype is DType.INT else "a truth value"
        raise origin.error(
            f"the first value of '{declaration.name}', which is {what}, is {value!r}",
            hint="declare it as a float, or give a value of its type",
        )
    return converted


def _from_node(declaration: Declaration, given: Given, scope: Scope) -> str | Distribution | Expr:
    node, source = given.value, given.source
    assert isinstance(node, Node)
    assert source is not None
    if isinstance(node, Apply) and node.function in DISTRIBUTIONS:
        return _distribution(node, source)
    place = Place(
        source=source,
        locality=declaration.locality,
        variable=declaration.name,
        no_draws=_NO_DRAWS,
    )
    typed = Typer(scope, place).value(node)
    return node.name if isinstance(node, Name) and isinstance(typed, Symbol) else typed


def _distribution(node: Apply, source: Source) -> Distribution:
    check_distribution(node, source)
    arguments = []
    for argument in node.arguments:
        number = fold(argument, source)
        if number is None:
            raise EquationError(
                f"'{print_expression(argument)}' cannot be an argument of '{node.function}'",
                source=source,
                span=argument.span,
                why="the distribution of a first value takes numbers",
            )
        arguments.append(Literal(number))
    check_domain(node, source)
    return Distribution(name=node.function, arguments=tuple(arguments))


def refuse_nan(model: NeuronModel | SynapseModel, origin: Origin) -> None:
    """Refuse first values that are no numbers, unless the equations tell them from numbers."""
    for attribute in model.attributes:
        first = attribute.init
        if isinstance(first, float) and math.isnan(first) and not asks_for_nan(model):
            raise origin.error(
                f"the first value of '{attribute.name}' is NaN",
                why="whatever is computed of it becomes NaN as well",
                hint="give a number; equations that ask isnan() may hold NaN",
            )


def _refuse_circles(
    attributes: Sequence[Attribute], declarations: Sequence[Declaration], origin: Origin
) -> None:
    sources = {a.name: _depends_on(a) for a in attributes if a.is_parameter}
    for name in sources:
        waiting, seen = list(sources[name]), set()
        while waiting:
            other = waiting.pop()
            if other == name:
                raise _circle(next(d for d in declarations if d.name == name), origin)
            if other not in seen:
                seen.add(other)
                waiting.extend(sources.get(other, ()))


def _circle(declaration: Declaration, origin: Origin) -> ModelError:
    name = declaration.name
    return ModelError(
        f"the value of '{name}' depends on itself",
        source=declaration.source or Source("", origin.label),
        span=declaration.span,
        hint=f"give '{name}', or what it depends on, a number",
    )


def _depends_on(attribute: Attribute) -> tuple[str, ...]:
    if isinstance(attribute.init, Expr):
        return tuple(s.name for s in symbols(attribute.init))
    return (attribute.init,) if isinstance(attribute.init, str) else ()
