"""Read the equations and events of a model: which variable, which flags.

Nothing is typed here; that needs the names of the whole model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from annlab.errors import ArgumentTypeError, EquationError, Source, Span
from annlab.ir.analysis.declarations import Declaration
from annlab.ir.analysis.names import check_name
from annlab.ir.analysis.options import Options, read_flags, read_variable
from annlab.ir.analysis.origin import Origin
from annlab.ir.definition import Variable
from annlab.ir.expr import DType, Locality
from annlab.language import parse_equations
from annlab.language.syntax import (
    EquationLine,
    Gradient,
    Name,
    Node,
    walk,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One equation and the variable that it belongs to."""

    variable: str
    is_ode: bool
    line: EquationLine
    options: Options

    def declaration(self) -> Declaration:
        """Return the variable that this equation declares."""
        return Declaration(
            name=self.variable,
            dtype=self.options.dtype or DType.FLOAT,
            locality=self.options.locality or Locality.LOCAL,
            is_parameter=False,
            init=self.options.init,
            source=self.line.source,
            span=self.line.left.span,
        )

    def nodes(self) -> Iterator[Node]:
        """Yield all syntax of the statement, also that of its bounds."""
        yield from walk(self.line.left)
        yield from walk(self.line.right)
        for bound in (self.options.minimum, self.options.maximum):
            if bound is not None and isinstance(bound.value, Node):
                yield from walk(bound.value)


def read_equations(equations: object, origin: Origin) -> list[Statement]:
    """Return the equations of a model in the order of the text."""
    if equations is None:
        return []
    items = [equations] if isinstance(equations, str | Variable) else equations
    if not isinstance(items, Sequence):
        raise _wrong_type(equations, origin)
    found: list[Statement] = []
    for item in items:
        found.extend(_read_item(item, origin))
    return found


def _read_item(item: object, origin: Origin) -> Iterator[Statement]:
    text = item.equation if isinstance(item, Variable) else item
    if not isinstance(text, str):
        raise _wrong_type(item, origin)
    source = origin.source(text, "equations")
    lines = parse_equations(source)
    if isinstance(item, Variable) and len(lines) != 1:
        raise EquationError(
            "a Variable holds exactly one equation",
            source=source,
            span=lines[1].span if lines else Span(0, len(text)),
        )
    for line in lines:
        statement = _read_line(line, origin)
        check_name(
            statement.variable,
            of_neuron=origin.is_neuron,
            source=line.source,
            span=line.left.span,
        )
        if isinstance(item, Variable):
            options = read_variable(item, statement.options, origin)
            statement = Statement(
                variable=statement.variable, is_ode=statement.is_ode, line=line, options=options
            )
        yield statement


def _wrong_type(item: object, origin: Origin) -> ArgumentTypeError:
    return ArgumentTypeError(
        f"`equations` of {origin.label} must be text, Variable or a list of these, not {item!r}"
    )


def read_event(texts: object, field: str, origin: Origin) -> list[Statement]:
    """Return the assignments of an event such as ``reset`` or ``pre_spike``."""
    found = [
        _read_line(line, origin)
        for source in origin.sources(texts, field)
        for line in parse_equations(source)
    ]
    for statement in found:
        if statement.is_ode:
            raise EquationError(
                "a differential equation cannot stand here",
                source=statement.line.source,
                span=statement.line.span,
                why="an event changes values at once",
                hint="write it in `equations`",
            )
    return found


def _read_line(line: EquationLine, origin: Origin) -> Statement:
    gradient = _gradient(line)
    options = read_flags(line.flags, line.source, origin)
    if gradient is not None:
        return Statement(variable=gradient.name, is_ode=True, line=line, options=options)
    if not isinstance(line.left, Name):
        raise EquationError(
            f"'{_cut(line.source, line.left.span)}' cannot be assigned",
            source=line.source,
            span=line.left.span,
            why="one variable of this model must stand left of an assignment",
            hint="write 'variable = value', or 'dvariable/dt' for a differential equation",
        )
    return Statement(variable=line.left.name, is_ode=False, line=line, options=options)


def _gradient(line: EquationLine) -> Gradient | None:
    """Return the one gradient of an ODE."""
    found = [n for side in (line.left, line.right) for n in walk(side) if isinstance(n, Gradient)]
    if not found:
        return None
    if len(found) > 1:
        second = found[1]
        raise EquationError(
            f"a second gradient 'd{second.name}/dt'",
            source=line.source,
            span=second.span,
            hint="an equation holds one gradient of one variable",
        )
    if line.op != "=":
        raise EquationError(
            f"a differential equation needs '=', not '{line.op}'",
            source=line.source,
            span=line.span,
        )
    if _is_assignment_to_name(line):
        raise EquationError(
            f"the gradient 'd{found[0].name}/dt' stands on the right of an assignment",
            source=line.source,
            span=found[0].span,
            hint=f"write 'd{found[0].name}/dt = ...' and name the result in another equation",
        )
    return found[0]


def _is_assignment_to_name(line: EquationLine) -> bool:
    is_left_free = not any(isinstance(n, Gradient) for n in walk(line.left))
    return is_left_free and isinstance(line.left, Name)


def _cut(source: Source, span: Span) -> str:
    return " ".join(source.text[span.start : span.end].split())
