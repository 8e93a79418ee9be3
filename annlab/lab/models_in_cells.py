"""Find the models that a cell defines: calls of `Neuron` and `Synapse`, and cell magics.

Nothing is executed: strings and numbers are read as they stand, names are looked up in the cell and
among the user's variables. What cannot be known without running the cell is left open, and a
model that has something open is checked line by line only.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from annlab.errors import EquationError
from annlab.ir.definition import Neuron, Parameter, Synapse
from annlab.ir.sections import neuron_of, synapse_of
from annlab.lab.literals import Cell, Placed

KINDS: Mapping[str, type[Neuron] | type[Synapse]] = {"Neuron": Neuron, "Synapse": Synapse}
_MAGIC = re.compile(r"\s*%%(neuron|synapse)[ \t]+(\w+)[ \t]*\n")
_OF_SHELL = re.compile(r"^[ \t]*[%!?].*$", re.MULTILINE)
_ARGUMENTS = {
    name: [p for p in inspect.signature(kind.__init__).parameters if p != "self"]
    for name, kind in KINDS.items()
}
# A parameter whose value is known when the cell runs only.
_SOME_NUMBER = Parameter(1.0)


@dataclass(slots=True)
class FoundModel:
    """A model in a cell.

    Attributes
    ----------
    kind
        ``"Neuron"`` or ``"Synapse"``.
    head
        Where the cell names the model: what an error without a place is put under.
    fields
        The arguments whose value is known.
    texts
        Argument -> its texts with their places.
    is_open
        True if an argument is not known before the cell runs.
    """

    kind: str
    head: tuple[int, int]
    fields: dict[str, object] = field(default_factory=dict)
    texts: dict[str, list[Placed]] = field(default_factory=dict)
    is_open: bool = False


def find_models(source: str, variables: Mapping[str, object]) -> list[FoundModel]:
    """Return the models of a cell; none if its Python cannot be read.

    Raises
    ------
    EquationError
        If the sections of a cell magic are wrong.
    """
    magic = _MAGIC.match(source)
    if magic is not None:
        return [_of_magic(source, magic)]
    cell = Cell(_OF_SHELL.sub(lambda m: " " * len(m[0]), source))
    try:
        tree = ast.parse(cell.text)
    except (SyntaxError, ValueError):
        return []
    reader = _Reader(cell, variables, tree)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [reader.model(call) for call in calls if _called(call) in KINDS]


def _called(node: ast.Call) -> str:
    """Return the last word of what is called."""
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


class _Reader:
    """Reads the arguments of calls without executing anything."""

    def __init__(self, cell: Cell, variables: Mapping[str, object], tree: ast.Module) -> None:
        self._cell = cell
        self._variables = variables
        self._assigned = {
            target.id: node.value
            for node in tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }

    def model(self, call: ast.Call) -> FoundModel:
        kind = _called(call)
        found = FoundModel(kind, self._cell.range(call.func))
        named = [
            *zip(_ARGUMENTS[kind], call.args),
            *((k.arg or "", k.value) for k in call.keywords),
        ]
        for name, node in named:
            if name in _ARGUMENTS[kind]:
                self._read(found, name, node)
            else:
                found.is_open = True  # **arguments, or a mistake that Python will tell
        return found

    def _read(self, found: FoundModel, name: str, node: ast.expr) -> None:
        if isinstance(node, ast.Name) and node.id in self._assigned:
            node = self._assigned[node.id]
        match node:
            case ast.Constant(value=str()):
                found.fields[name] = node.value
                self._place(found, name, node)
            case ast.Constant(value=value):
                found.fields[name] = value
            case ast.List(elts=items) | ast.Tuple(elts=items) if _are_texts(items):
                found.fields[name] = [
                    item.value for item in items if isinstance(item, ast.Constant)
                ]
                for item in items:
                    self._place(found, name, item)
            case ast.Dict(keys=keys, values=values) if name == "parameters":
                found.fields[name] = self._parameters(keys, values, found)
            case ast.Call(func=ast.Name(id="dict"), args=[], keywords=words):
                given = {w.arg: self._value(w.value) for w in words if w.arg is not None}
                found.fields[name] = given
            case ast.Name(id=variable) if variable in self._variables:
                found.fields[name] = self._variables[variable]
            case _:
                found.is_open = True

    def _place(self, found: FoundModel, name: str, node: ast.expr) -> None:
        assert isinstance(node, ast.Constant)
        placed = self._cell.placed(node)
        if placed is not None:
            found.texts.setdefault(name, []).append(placed)

    def _parameters(
        self, keys: Sequence[ast.expr | None], values: Sequence[ast.expr], found: FoundModel
    ) -> dict[str, object]:
        given: dict[str, object] = {}
        for key, value in zip(keys, values):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                given[key.value] = self._value(value)
            else:
                found.is_open = True
        return given

    def _value(self, node: ast.expr) -> object:
        if isinstance(node, ast.Name) and node.id in self._variables:
            return self._variables[node.id]
        try:
            return ast.literal_eval(node)
        except (ValueError, TypeError):
            return _SOME_NUMBER


def _are_texts(items: Sequence[ast.expr]) -> bool:
    return all(isinstance(i, ast.Constant) and isinstance(i.value, str) for i in items)


def _of_magic(source: str, magic: re.Match[str]) -> FoundModel:
    """Return the model of a cell magic; its lines keep the numbers that they have in the cell."""
    body = source[magic.end() :]
    first_line = source.count("\n", 0, magic.end()) + 1
    make: Callable[..., Neuron | Synapse] = neuron_of if magic[1] == "neuron" else synapse_of
    kind = magic[1].capitalize()
    try:
        model = make(body, magic[2], first_line=first_line)
    except EquationError as error:
        if error.source is not None and error.span is not None:
            placed = _by_line(error.source.text, source)
            error.span = type(error.span)(
                placed.place(error.span.start), placed.place(error.span.end)
            )
            error.source = type(error.source)(source, error.source.origin)
        raise
    found = FoundModel(kind, magic.span(1))
    for name in _ARGUMENTS[kind]:
        value = getattr(model, name, None)
        if isinstance(value, str) and name not in ("name", "description"):
            found.fields[name] = value
            found.texts[name] = [_by_line(value, source)]
    found.fields["name"] = magic[2]
    if isinstance(model, Neuron):
        found.fields["refractory"] = model.refractory
    return found


def _by_line(text: str, source: str) -> Placed:
    """Place a text whose lines and columns are those of the cell."""
    starts = [0]
    for line in source.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    places: list[int] = []
    for number, line in enumerate(text.split("\n")):
        places += range(starts[number], starts[number] + len(line) + 1)
    return Placed(text, tuple(min(place, len(source)) for place in places))


__all__ = ["FoundModel", "find_models"]
