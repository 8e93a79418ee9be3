"""Users' functions in typed form, for inlining and for calls from Python."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from annlab.errors import ArgumentTypeError, EquationError, ModelError, Source, Span
from annlab.ir.analysis.scope import FunctionTable, Place, Scope, UserFunction
from annlab.ir.analysis.typing import BUILT_IN, Typer, convert
from annlab.ir.expr import DType, Symbol, SymbolKind
from annlab.language import parse_functions
from annlab.language.syntax import FunctionDefinition

_NO_DRAWS = "a function gives the same result for the same arguments"


def analyse_function(
    text: str | FunctionDefinition,
    *,
    constants: Collection[str] = (),
    functions: Mapping[str, str | FunctionDefinition] | None = None,
) -> UserFunction:
    """Return the typed form of one function ``name(arguments) = body : types``.

    Parameters
    ----------
    text
        The function as the user wrote it, or already parsed.
    functions
        The other functions that its body may call.
    """
    definition = parse_function(text)
    table = Functions({**(functions or {}), definition.name: definition}, constants=constants)
    found = table.find(definition.name)
    assert found is not None
    return found


def analyse_functions(
    text: str | None,
    *,
    origin: str = "",
    constants: Collection[str] = (),
    functions: Mapping[str, str | FunctionDefinition] | None = None,
) -> dict[str, UserFunction]:
    """Return the typed forms of all functions of a text, one a line."""
    local = local_functions(text, origin)
    table = Functions({**(functions or {}), **local}, constants=constants)
    return {name: found for name in local if (found := table.find(name)) is not None}


def parse_function(text: str | FunctionDefinition) -> FunctionDefinition:
    """Return the syntax of a text that must hold exactly one function."""
    if isinstance(text, FunctionDefinition):
        return text
    if not isinstance(text, str):
        raise ArgumentTypeError(
            f"a function is text, not {text!r}", hint="write 'name(arguments) = expression'"
        )
    source = Source(text, "a function")
    found = parse_functions(source)
    if len(found) != 1:
        raise EquationError(
            "exactly one function must stand here",
            source=source,
            span=found[1].span if found else Span(0, len(text)),
            hint="write 'name(arguments) = expression'",
        )
    _check_name(found[0])
    return found[0]


def local_functions(text: str | None, origin: str) -> dict[str, FunctionDefinition]:
    """Return the functions of a model by name, unanalysed."""
    if text is not None and not isinstance(text, str):
        raise ArgumentTypeError(
            f"`functions` of {origin} must be text, not {text!r}",
            hint="write one 'name(arguments) = expression' per line",
        )
    found: dict[str, FunctionDefinition] = {}
    for definition in parse_functions(Source(text or "", f"functions of {origin}")):
        _check_name(definition)
        if definition.name in found:
            raise ModelError(
                f"the function '{definition.name}' is defined twice",
                source=definition.source,
                span=definition.span,
            )
        found[definition.name] = definition
    return found


class Functions(FunctionTable):
    """Functions by name; each is typed once, when it is first asked for."""

    def __init__(
        self,
        definitions: Mapping[str, str | FunctionDefinition],
        *,
        constants: Collection[str],
    ) -> None:
        self._definitions = definitions
        self._constants = constants
        self._typed: dict[str, UserFunction] = {}
        self._open: list[str] = []

    def find(self, name: str) -> UserFunction | None:
        if name not in self._definitions:
            return None
        if name not in self._typed:
            self._typed[name] = self._type(parse_function(self._definitions[name]))
        return self._typed[name]

    def names(self) -> Collection[str]:
        return self._definitions.keys()

    def _type(self, definition: FunctionDefinition) -> UserFunction:
        if definition.name in self._open:
            raise ModelError(
                f"the function '{definition.name}' calls itself",
                source=definition.source,
                span=definition.span,
                why=" -> ".join([*self._open, definition.name]),
            )
        self._open.append(definition.name)
        try:
            return self._typed_body(definition)
        finally:
            self._open.pop()

    def _typed_body(self, definition: FunctionDefinition) -> UserFunction:
        result, *kinds = _types(definition)
        arguments = tuple(
            Symbol(name, SymbolKind.ARGUMENT, dtype)
            for name, dtype in zip(definition.arguments, kinds, strict=True)
        )
        scope = _FunctionScope(
            symbols={a.name: a for a in arguments}, constants=self._constants, functions=self
        )
        place = Place(source=definition.source, variable=definition.name, no_draws=_NO_DRAWS)
        body = Typer(scope, place).value(definition.body)
        return UserFunction(
            name=definition.name,
            arguments=arguments,
            body=convert(body, result),
            result=result,
            constants=tuple(scope.usage.constants),
            text=definition.text,
        )


class _FunctionScope(Scope):
    """Only arguments and Constants are visible in the body of a function."""

    def advice(self, name: str) -> str | None:
        if name in ("t", "dt"):
            return f"pass '{name}' as an argument"
        return None


def _types(definition: FunctionDefinition) -> tuple[DType, ...]:
    if not definition.types:
        return (DType.FLOAT,) * (len(definition.arguments) + 1)
    return tuple(DType(word) for word in definition.types)


def _check_name(definition: FunctionDefinition) -> None:
    if definition.name in BUILT_IN:
        raise ModelError(
            f"'{definition.name}' is a built-in function",
            source=definition.source,
            span=definition.span,
            hint="choose another name",
        )
    for argument in definition.arguments:
        if argument in BUILT_IN | {"pre", "post", "True", "False"}:
            raise ModelError(
                f"an argument of '{definition.name}' cannot be called '{argument}'",
                source=definition.source,
                span=definition.span,
                why=f"'{argument}' has a meaning of its own in equations",
            )


__all__ = [
    "Functions",
    "UserFunction",
    "analyse_function",
    "analyse_functions",
    "local_functions",
    "parse_function",
]
