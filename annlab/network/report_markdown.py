"""A report as Markdown, with formulas for MathJax."""

from __future__ import annotations

import re
from collections.abc import Sequence

from annlab.network.report_content import Cell, Maths, Model, Section, Table

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|$~])")


def markdown(
    sections: Sequence[Section],
    *,
    title: str,
    author: str | None,
    date: str | None,
    standalone: bool,
) -> str:
    """Return the report; without title, author and date unless `standalone`."""
    lines = _head(title, author, date) if standalone else []
    level = "##" if standalone else "#"
    for section in sections:
        lines += [f"{level} {section.title}", ""]
        for part in section.parts:
            lines += _table(part) if isinstance(part, Table) else _model(part, f"{level}#")
    return "\n".join(lines).rstrip() + "\n"


def escaped(text: str) -> str:
    r"""Return text that Markdown shows as it is.

    Examples
    --------
    >>> print(escaped("tau_m | *"))
    tau\_m \| \*
    """
    return _SPECIAL.sub(r"\\\1", text)


def _head(title: str, author: str | None, date: str | None) -> list[str]:
    below = [escaped(x) for x in (author, date) if x]
    return [f"# {escaped(title)}", "", *([", ".join(below), ""] if below else [])]


def _table(table: Table) -> list[str]:
    rows = [table.titles, ["---"] * len(table.titles), *([_cell(c) for c in r] for r in table.rows)]
    return [*("| " + " | ".join(row) + " |" for row in rows), ""]


def _cell(cell: Cell) -> str:
    return f"${cell.latex}$" if isinstance(cell, Maths) else escaped(cell)


def _model(model: Model, heading: str) -> list[str]:
    lines = [f"{heading} {escaped(model.name)}", ""]
    lines += [f"- {name}: {escaped(text)}" for name, text in model.facts]
    formula = model.equations.latex
    return [*lines, "", *(["$$", formula, "$$", ""] if formula else [])]


__all__ = ["escaped", "markdown"]
