"""Functions that equations may call: those of all networks, and those of one model.

Keeps their text for the analysis, and makes them callable from Python.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from annlab.calls import is_interactive, public, warn
from annlab.errors import (
    ArgumentError,
    ArgumentTypeError,
    ShapeError,
    UnknownObjectError,
    nearest,
)
from annlab.ir.expr import Expr, Symbol, SymbolKind
from annlab.ir.functions import UserFunction, analyse_function, analyse_functions, parse_function

if TYPE_CHECKING:
    from annlab.ir.definition import Neuron, Synapse
    from annlab.network.network import Network

GLOBAL_FUNCTIONS: dict[str, str] = {}


@public
def add_function(function: str) -> None:
    """Make ``name(arguments) = expression`` known to all equations.

    The same text again changes nothing. Another text under a known name is refused in a script;
    in an interactive session it replaces the old one, with a warning.

    Examples
    --------
    >>> import annlab
    >>> annlab.add_function("sigmoid(x) = 1.0 / (1.0 + exp(-x))")
    >>> net = annlab.Network()
    >>> cells = net.create(1, annlab.Neuron(equations="r = sigmoid(t)"))
    >>> net.compile()
    >>> net.step()
    >>> cells.r
    array([0.5])
    """
    name = parse_function(function).name
    known = GLOBAL_FUNCTIONS.get(name)
    if known is not None and known.split() == function.split():
        return
    if known is not None:
        if not is_interactive():
            raise ArgumentError(
                f"the function {name!r} exists already: {known.strip()}",
                hint="choose another name, or call clear() to forget all functions",
            )
        warn(f"the function {name!r} is replaced; what was compiled before keeps the old one")
    GLOBAL_FUNCTIONS[name] = function


class FunctionLibrary:
    """The functions that one network knows."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def texts(self) -> Mapping[str, str]:
        """Return the functions by name, as the analysis wants them."""
        return GLOBAL_FUNCTIONS

    def find(self, name: str) -> Callable[..., list]:
        """Return a global function as one that takes lists."""
        texts = self.texts()
        if not isinstance(name, str) or name not in texts:
            near = nearest(name, texts)
            raise UnknownObjectError(
                f"there is no function {name!r}",
                why=f"known here: {', '.join(texts)}" if texts else "no function was added",
                hint=f"did you mean {near!r}?" if near else "use add_function() first",
            )
        typed = analyse_function(texts[name], constants=self._constants(), functions=texts)
        return _callable(typed, self._network)

    def local_names(self, definition: Neuron | Synapse) -> list[str]:
        """Return the names of the functions of a model."""
        return list(self._of(definition))

    def local(self, definition: Neuron | Synapse, name: str) -> Callable[..., list] | None:
        """Return a function of a model as one that takes lists, or None."""
        found = self._of(definition).get(name) if definition.functions else None
        return None if found is None else _callable(found, self._network)

    def _of(self, definition: Neuron | Synapse) -> dict[str, UserFunction]:
        return analyse_functions(
            definition.functions,
            origin=definition.label,
            constants=self._constants(),
            functions=self.texts(),
        )

    def _constants(self) -> list[str]:
        return list(self._network._constants)


def _callable(function: UserFunction, network: Network) -> Callable[..., list]:
    def call(*lists: object) -> list:
        columns = [np.atleast_1d(np.asarray(values)) for values in lists]
        for values, column in zip(lists, columns):
            if column.dtype.kind not in "biuf":
                raise ArgumentTypeError(
                    f"{function.name}() was given {values!r}", hint="give a list of numbers"
                )
        if len(columns) != len(function.arguments):
            raise ArgumentError(
                f"{function.name}() takes {len(function.arguments)} lists, {len(columns)} given",
                hint=f"write {function.name}({', '.join(a.name for a in function.arguments)})",
            )
        lengths = {len(c) for c in columns}
        if len(lengths) > 1:
            raise ShapeError(
                f"{function.name}() was given lists of lengths "
                f"{', '.join(str(len(c)) for c in columns)}",
                hint="give lists of equal length",
            )
        table = dict(zip(function.arguments, columns))

        def lookup(symbol: Symbol) -> object:
            if symbol.kind is SymbolKind.CONSTANT:
                return network._constant_value(symbol.name)
            return table[symbol]

        value = _evaluate(function.body, lookup)
        return np.broadcast_to(value, (max(lengths, default=1),)).tolist()

    call.__name__ = function.name
    call.__doc__ = f"Return the values of ``{function.text.strip()}`` for lists of arguments."
    return call


def _evaluate(expr: Expr, lookup: Callable[[Symbol], object]) -> NDArray:
    # Imported late: the interpreter brings the symbolic library, and few networks call this.
    return import_module("annlab.codegen.reference").evaluate(expr, lookup)


__all__ = ["GLOBAL_FUNCTIONS", "FunctionLibrary", "add_function"]
