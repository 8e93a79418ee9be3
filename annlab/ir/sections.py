"""A model as one text with sections, the way `annlab.ir.listing` shows it, and back.

    parameters:
        tau = 10.0
    equations:
        tau*dv/dt = E - v
    spike: v > 1.0

A section begins at the margin with its name and a colon; what belongs to it follows on the same
line or below. Text without any section is taken for equations. Each section keeps the place of
its lines, so that errors count lines as the user sees them. Reads no equation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from annlab.errors import EquationError, Source, Span, nearest
from annlab.ir.definition import Neuron, Synapse
from annlab.ir.listing import NEURON_PARTS, SYNAPSE_PARTS

_HEADER = re.compile(r"([A-Za-z_]\w*)[ \t]*:(?!=)")
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\Z")


def neuron_of(text: str, name: str, *, first_line: int = 1) -> Neuron:
    """Return the neuron that a text with sections describes.

    Parameters
    ----------
    text
        See the module.
    name
        Of the neuron, for messages and reports.
    first_line
        What the user counts as the number of the first line.

    Raises
    ------
    EquationError
        If a section is unknown or comes twice. Equations are read later, as in `Neuron`.

    Examples
    --------
    >>> neuron_of("parameters: tau = 10.0\\nequations: tau*dr/dt = -r", "leaky")
    <Neuron: neuron 'leaky'>
    """
    found = _sections(text, NEURON_PARTS, f"%%neuron {name}", first_line)
    given: dict[str, object] = dict(found)
    period = found.get("refractory", "").strip()
    if period:
        given["refractory"] = float(period) if _NUMBER.match(period) else period
    return Neuron(**given, name=name)  # type: ignore[arg-type]  # the names are checked


def synapse_of(text: str, name: str, *, first_line: int = 1) -> Synapse:
    """Return the synapse that a text with sections describes; as `neuron_of`."""
    found = _sections(text, SYNAPSE_PARTS, f"%%synapse {name}", first_line)
    given: dict[str, object] = dict(found)
    if "operation" in found:
        given["operation"] = found["operation"].strip()
    return Synapse(**given, name=name)  # type: ignore[arg-type]  # the names are checked


def _sections(text: str, known: Sequence[str], origin: str, first_line: int) -> Mapping[str, str]:
    source = Source("\n" * (first_line - 1) + text, origin)
    lines = source.text.split("\n")
    sections: dict[str, list[str]] = {}
    current: list[str] | None = None
    start = 0
    for number, line in enumerate(lines):
        header = _HEADER.match(line)
        if header and (header[1] in known or not line[header.end() :].strip()):
            _check(header[1], known, sections, source, Span(start, start + len(header[1])))
            current = sections[header[1]] = [""] * number
            line = " " * header.end() + line[header.end() :]
        if current is not None:
            current.append(line)
        elif line.strip() and not line.lstrip().startswith("#"):
            current = sections["equations"] = [*[""] * number, line]
        start += len(lines[number]) + 1
    return {name: "\n".join(part) for name, part in sections.items()}


def _check(
    name: str, known: Sequence[str], sections: Mapping[str, object], source: Source, span: Span
) -> None:
    if name not in known:
        near = nearest(name, known)
        raise EquationError(
            f"unknown section {name!r}",
            source=source,
            span=span,
            why=f"known here: {', '.join(known)}",
            hint=f"did you mean {near!r}?" if near else None,
        )
    if name in sections:
        raise EquationError(
            f"the section {name!r} comes twice",
            source=source,
            span=span,
            hint="put all its lines under one header, and what comes before the first header too",
        )


__all__ = ["neuron_of", "synapse_of"]
