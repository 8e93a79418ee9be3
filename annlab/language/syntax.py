"""The syntax tree: what the user wrote, before any name has a meaning.

Frozen and untyped. Two trees are equal when they say the same thing, wherever
in the text they stand: spans do not count.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from annlab.errors import Source, Span


@dataclass(frozen=True, slots=True)
class Node:
    """Base of all expressions of the syntax tree."""

    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Number(Node):
    """A number, or ``True`` or ``False``."""

    value: bool | int | float


@dataclass(frozen=True, slots=True)
class Text(Node):
    """A quoted text; only as the value of a parameter."""

    value: str


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A plain name."""

    name: str


@dataclass(frozen=True, slots=True)
class Dotted(Node):
    """``pre.name`` or ``post.name``."""

    owner: str
    name: str


@dataclass(frozen=True, slots=True)
class Apply(Node):
    """``function(arguments)``, also ``sum(exc)``; `owner` is set in ``pre.sum(exc)``."""

    function: str
    arguments: tuple[Node, ...]
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Prefix(Node):
    """``-x`` or ``not x``."""

    op: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Infix(Node):
    """``+ - * / **``, a comparison, ``and`` or ``or``; synonyms are resolved."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Conditional(Node):
    """``if condition: then else: otherwise``, or ``then if condition else otherwise``."""

    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Gradient(Node):
    """``dname/dt``."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """One entry of a flag list: ``name`` or ``name = value``."""

    name: str
    value: Node | None = None
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EquationLine:
    """``left op right : flags``; `op` is one of ``= += -= *= /=``."""

    left: Node
    op: str
    right: Node
    flags: tuple[Flag, ...] = ()
    text: str = field(default="", compare=False)
    span: Span = field(compare=False)
    source: Source = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterLine:
    """``name = value : flags``; the value may be missing."""

    name: str
    value: Node | None = None
    flags: tuple[Flag, ...] = ()
    span: Span = field(compare=False)
    source: Source = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpressionLine:
    """``value : flags``: a condition, a psp, a rule of structural plasticity."""

    value: Node
    flags: tuple[Flag, ...] = ()
    text: str = field(default="", compare=False)
    source: Source = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionDefinition:
    """``name(arguments) = body : result_type, argument_types``.

    The types are words such as ``int``; empty where the user gave none.
    """

    name: str
    arguments: tuple[str, ...]
    body: Node
    types: tuple[str, ...] = ()
    text: str = field(default="", compare=False)
    span: Span = field(compare=False)
    source: Source = field(compare=False, repr=False)


def children(node: Node) -> tuple[Node, ...]:
    """Return the direct parts of `node`, left to right."""
    match node:
        case Infix(left=left, right=right):
            return (left, right)
        case Prefix(operand=operand):
            return (operand,)
        case Apply(arguments=arguments):
            return arguments
        case Conditional(condition=condition, then=then, otherwise=otherwise):
            return (condition, then, otherwise)
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """Yield `node` and everything below it, in the order of the text, parents first."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(children(node)))
