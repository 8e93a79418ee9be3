"""A model as plain text, the way its user wrote it: one part after the other, one line each.

Takes a `Neuron` or a `Synapse` and reads nothing of its text, so it works for models that are
wrong as well.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import fields

from annlab.ir.definition import Creating, Neuron, Parameter, Pruning, Synapse, Variable

NEURON_PARTS = (
    "parameters", "equations", "spike", "axon_spike", "reset", "axon_reset", "refractory",
    "functions",
)  # fmt: skip
SYNAPSE_PARTS = (
    "parameters", "equations", "psp", "operation", "pre_spike", "post_spike", "pre_axon_spike",
    "functions", "pruning", "creating",
)  # fmt: skip


def listing(definition: Neuron | Synapse) -> str:
    """Return what the user wrote, part by part, without the parts that are empty."""
    names = NEURON_PARTS if isinstance(definition, Neuron) else SYNAPSE_PARTS
    parts = [(name, _lines(getattr(definition, name))) for name in names]
    blocks = [
        f"{name}:\n" + textwrap.indent("\n".join(lines), "    ")
        for name, lines in parts
        if lines and lines != ["sum"]
    ]
    return "\n".join(blocks) or "(nothing: the default model)"


def _lines(value: object) -> list[str]:
    match value:
        case None:
            return []
        case str():
            return [x.strip() for x in value.splitlines() if x.strip()]
        case Mapping():
            return [f"{name} = {_shown(given)}" for name, given in value.items()]
        case Variable() | Creating() | Pruning():
            return [_with_flags(value)]
        case Sequence():
            return [line for part in value for line in _lines(part)]
        case _:
            return [_shown(value)]


def _shown(value: object) -> str:
    if not isinstance(value, Parameter):
        return repr(value)
    kind = value.type if isinstance(value.type, str) else getattr(value.type, "__name__", "")
    flags = [x for x in (value.locality, kind if kind != "float" else None) if x]
    return repr(value.value) + (f" : {', '.join(flags)}" if flags else "")


def _with_flags(given: Variable | Creating | Pruning) -> str:
    """Return the first field as it is, and the others that were set as flags."""
    first, *rest = fields(given)
    flags = [
        f"{f.name}={getattr(given, f.name)}" for f in rest if getattr(given, f.name) != f.default
    ]
    text = str(getattr(given, first.name)).strip()
    return f"{text} : {', '.join(flags)}" if flags else text


__all__ = ["NEURON_PARTS", "SYNAPSE_PARTS", "listing"]
