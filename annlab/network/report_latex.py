"""A report as LaTeX: one table per section, in the layout of Nordlie, Gewaltig & Plesser (2009).

Uses packages that every distribution of LaTeX has.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from string import ascii_uppercase

from annlab.network.report_content import Cell, Maths, Model, Section, Table

PACKAGES = (
    r"\usepackage{amsmath,amssymb}",
    r"\usepackage{array,longtable}",
    r"\usepackage[table]{xcolor}",
    r"\usepackage{graphicx}",
)
# Notebooks need words for these signs, which are brackets of HTML; LaTeX does not know the words.
# Equations that are wider than their column are made smaller.
COMMANDS = (
    r"\providecommand{\lt}{<}",
    r"\providecommand{\gt}{>}",
    r"\providecommand{\fitted}[1]{\sbox0{$\displaystyle #1$}%",
    r"  \raisebox{0pt}[\dimexpr\height+0.8ex][\dimexpr\depth+0.8ex]{%",
    r"  \ifdim\wd0>\linewidth\resizebox{\linewidth}{!}{\usebox0}\else\usebox0\fi}}",
)
TODAY = r"\today"
_SPECIAL = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", "×": r"\(\times\)",
    **{sign: f"\\{sign}" for sign in "&%$#{}"},
    "_": r"\_\allowbreak{}",  # names may be wider than a column
}  # fmt: skip
_FIRST_UNKNOWN = 0x180  # of Unicode: up to there a text font has the letters
_SIGNS = {
    "→": r"\(\to\)", "∞": r"\(\infty\)", "≤": r"\(\le\)", "≥": r"\(\ge\)", "≈": r"\(\approx\)",
    "–": "--", "—": "---", "…": r"\ldots{}", "’": "'", "“": "``", "”": "''", "−": r"\(-\)",
    "∑": r"\(\sum\)", "∂": r"\(\partial\)", "√": r"\(\surd\)",
}  # fmt: skip
_GREEK = re.compile(
    r"GREEK (SMALL|CAPITAL) LETTER (ALPHA|BETA|GAMMA|DELTA|EPSILON|ZETA|ETA|THETA|"
    r"IOTA|KAPPA|LAMBDA|LAMDA|MU|NU|XI|OMICRON|PI|RHO|SIGMA|TAU|UPSILON|PHI|CHI|PSI|OMEGA)"
)
_GREEK_LIKE_LATIN = dict(zip("οΑΒΕΖΗΙΚΜΝΟΡΤΧ", "oABEZHIKMNOPTX"))
_PATTERN = re.compile("|".join(re.escape(sign) for sign in _SPECIAL))
_TEXT_WIDTH = 0.96  # of the line, shared by the columns
_LAST = 1.6  # the last column has the longest texts, as a share of the others
_NARROW = 0.2  # the first column of a model, of the line


def document(
    sections: Sequence[Section],
    *,
    title: str,
    author: str | None,
    date: str | None,
    standalone: bool,
) -> str:
    r"""Return a whole document, or, unless `standalone`, tables to be read with ``\input``."""
    body = [line for k, section in enumerate(sections) for line in _section(section, k)]
    if not standalone:
        needed = [f"% needs {line}" for line in PACKAGES]
        return "\n".join([*needed, *COMMANDS, "", *body]) + "\n"
    head = [
        r"\documentclass[10pt,a4paper]{article}",
        r"\usepackage[utf8]{inputenc}",
        r"\usepackage[margin=2cm]{geometry}",
        *PACKAGES,
        *COMMANDS,
        rf"\title{{{escaped(title)}}}",
        rf"\author{{{escaped(author or '')}}}",
        rf"\date{{{escaped(date) if date else TODAY}}}",
        r"\begin{document}",
        r"\maketitle",
        "",
    ]
    return "\n".join([*head, *body, r"\end{document}"]) + "\n"


def escaped(text: str) -> str:
    r"""Return text that LaTeX shows as it is.

    Examples
    --------
    >>> print(escaped("100 % of pop_1"))
    100 \% of pop\_\allowbreak{}1
    """
    return "".join(map(_spelled, _PATTERN.sub(lambda found: _SPECIAL[found[0]], text)))


def _spelled(sign: str) -> str:
    """Return a sign in a way that LaTeX knows: letters of Europe as they are, others by name."""
    if ord(sign) < _FIRST_UNKNOWN:
        return sign
    greek = _GREEK.fullmatch(unicodedata.name(sign, ""))
    if greek is None:
        return _SIGNS.get(sign, f"[U+{ord(sign):04X}]")
    word = greek[2].lower().replace("lamda", "lambda")
    return (
        rf"\({_GREEK_LIKE_LATIN.get(sign, chr(92) + (word if sign.islower() else word.title()))}\)"
    )


def _section(section: Section, number: int) -> list[str]:
    heading = f"{ascii_uppercase[number]}. {section.title}"
    lines: list[str] = []
    for part in section.parts:
        lines += _table(part, heading) if isinstance(part, Table) else _model(part, heading)
    return lines


def _table(table: Table, heading: str) -> list[str]:
    n = len(table.titles)
    widths = [*[1.0] * (n - 1), _LAST]
    widths = [_TEXT_WIDTH * width / sum(widths) for width in widths]
    titles = [rf"\textbf{{{escaped(t)}}}" for t in table.titles]
    return _framed(heading, widths, [titles, *([_cell(c) for c in row] for row in table.rows)])


def _model(model: Model, heading: str) -> list[str]:
    rows = [(r"\textbf{Name}", escaped(model.name))]
    rows += [(rf"\textbf{{{escaped(name)}}}", escaped(text)) for name, text in model.facts]
    if model.equations.latex:
        rows.append((r"\textbf{Equations}", rf"\fitted{{{model.equations.latex}}}"))
    return _framed(heading, [_NARROW, _TEXT_WIDTH - _NARROW], rows)


def _framed(heading: str, widths: Sequence[float], rows: Sequence[Sequence[str]]) -> list[str]:
    # Columns have space on both sides, which a width of the line does not know; the first word of
    # a cell is hyphenated only after something.
    begin = r">{\raggedright\arraybackslash\hspace{0pt}}"
    columns = "|".join(rf"{begin}p{{\dimexpr {w:.3f}\linewidth-2\tabcolsep\relax}}" for w in widths)
    title = (
        rf"\multicolumn{{{len(widths)}}}{{|c|}}"
        rf"{{\cellcolor{{black}}\color{{white}}\textbf{{{heading}}}}} \\ \hline"
    )
    return [
        rf"\begin{{longtable}}{{|{columns}|}}",
        r"\hline",
        title,
        *(" & ".join(row) + r" \\ \hline" for row in rows),
        r"\end{longtable}",
        "",
    ]


def _cell(cell: Cell) -> str:
    return f"${cell.latex}$" if isinstance(cell, Maths) else escaped(cell)


__all__ = ["document", "escaped"]
