"""What a kernel depends on, as text and as a key.

Two models with the same canonical text need the same code. Numbers that are
data at run time (first values, probabilities, a refractory period) and
everything that only people read (names of models, comments, places in a text)
are left out; numbers that stand in equations are part of the structure.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Sequence
from dataclasses import fields, is_dataclass

from annlab.errors import Source, Span
from annlab.ir.expr import Literal
from annlab.ir.model import Attribute, Equation, NeuronModel, StructuralRule, SynapseModel

_IGNORED = {
    NeuronModel: frozenset({"name"}),
    SynapseModel: frozenset({"name"}),
    Attribute: frozenset({"init", "is_open", "unit"}),
    StructuralRule: frozenset({"probability", "weight", "delay"}),
    Equation: frozenset(),
}
_FOR_PEOPLE = frozenset({"text", "source", "span"})


def canonical(model: NeuronModel | SynapseModel) -> str:
    """Return the structure of `model` as text: equal structures give equal texts."""
    return _text(model)


def canonical_equations(equations: Sequence[Equation]) -> str:
    """Return the structure of some equations as text."""
    return _text(tuple(equations))


def digest(model: NeuronModel | SynapseModel, *extra: str) -> str:
    """Return the SHA-256 of the structure of `model` and of `extra`, in hexadecimal."""
    state = hashlib.sha256()
    for part in (canonical(model), *extra):
        encoded = part.encode()
        # The length keeps ("ab", "c") and ("a", "bc") apart.
        state.update(f"{len(encoded)}:".encode())
        state.update(encoded)
    return state.hexdigest()


def _text(value: object) -> str:
    if isinstance(value, Literal):
        return repr(value.value)
    if isinstance(value, enum.Enum):
        return str(value.value)
    if isinstance(value, tuple):
        return f"[{','.join(_text(v) for v in value)}]"
    if is_dataclass(value) and not isinstance(value, type | Source | Span):
        ignored = _IGNORED.get(type(value), frozenset()) | _FOR_PEOPLE
        parts = [
            f"{field.name}={_field(field.name, getattr(value, field.name))}"
            for field in fields(value)
            if field.name not in ignored
        ]
        return f"{type(value).__name__}({','.join(parts)})"
    return repr(value)


def _field(name: str, value: object) -> str:
    # A period of refractoriness is data; that there is one, or which attribute holds it, is not.
    if name == "refractory" and value is not None and not isinstance(value, str):
        return "given"
    return _text(value)
