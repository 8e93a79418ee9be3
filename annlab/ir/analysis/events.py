"""Rules that all events share: what a spike may change."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from annlab.calls import warn
from annlab.errors import nearest
from annlab.ir.analysis.declarations import Declaration
from annlab.ir.analysis.names import check_name
from annlab.ir.analysis.origin import Origin
from annlab.ir.analysis.statements import Statement
from annlab.ir.expr import Locality
from annlab.language.syntax import EquationLine

_SHORT = 3  # names of so few letters look alike by chance


def assigned_parameters(
    declarations: Sequence[Declaration], events: Sequence[Statement]
) -> list[Declaration]:
    """Return the declarations; a parameter that an event assigns is really a variable.

    It must exist once per neuron or synapse, which an open one then does.
    """
    assigned = {statement.variable for statement in events}
    return [_as_variable(d) if d.name in assigned else d for d in declarations]


def _as_variable(declaration: Declaration) -> Declaration:
    if not declaration.is_open and declaration.locality is not Locality.LOCAL:
        return declaration
    return replace(declaration, is_parameter=False, is_open=False, locality=Locality.LOCAL)


def created_variables(
    events: Iterable[Statement], known: Collection[str], origin: Origin
) -> list[Declaration]:
    """Return the variables that events assign and nothing declares."""
    created: dict[str, Declaration] = {}
    for statement in events:
        name, line = statement.variable, statement.line
        if name in known:
            continue
        check_name(name, of_neuron=origin.is_neuron, source=line.source, span=line.left.span)
        _warn_of_near_miss(name, known, line, of_neuron=origin.is_neuron)
        earlier = created.get(name)
        if earlier is None or earlier.init is None:
            created[name] = statement.declaration()
    return list(created.values())


def _warn_of_near_miss(
    name: str, known: Collection[str], line: EquationLine, *, of_neuron: bool
) -> None:
    """Warn where a variable is made that was most likely meant to be a declared one.

    Events of synapses make variables by the rules of the language, so only what is very much alike
    is told there; a reset mostly gives those of the neuron other values.
    """
    spelt = {k.lower().replace("_", ""): k for k in known}
    found = spelt.get(name.lower().replace("_", ""))
    if found is None and len(name) > _SHORT:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
        found = near[0] if near else None
    if found is None and of_neuron:
        found = nearest(name, known)
    if found is None or name.rstrip("0123456789") == found.rstrip("0123456789"):
        return  # x2 beside x1 is meant
    warn(
        f"'{line.text}' in {line.source.origin} makes a new variable '{name}'; "
        f"did you mean '{found}'?"
    )
