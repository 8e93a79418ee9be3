"""The strings of a cell, and where each of their characters stands.

Takes a node of Python's syntax tree and the text of the cell; knows nothing of models.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

_STRING = re.compile(r"(?P<prefix>[A-Za-z]*)(?P<quote>'''|\"\"\"|'|\")")
_ESCAPE = re.compile(
    r"\\(\r?\n|[0-7]{1,3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^}]*\}|.)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Placed:
    """A text, and the place in the cell of each of its characters and of its end."""

    text: str
    places: tuple[int, ...]

    def place(self, offset: int) -> int:
        """Return where the character at `offset` of the text stands in the cell."""
        return self.places[min(max(offset, 0), len(self.places) - 1)]


class Cell:
    """The text of a cell of Python."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0]
        for line in text.split("\n"):
            self._starts.append(self._starts[-1] + len(line) + 1)
        self._lines = text.split("\n")

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a place that Python counts in lines from 1 and bytes from 0."""
        return self._starts[line - 1] + len(self._lines[line - 1].encode()[:column].decode())

    def range(self, node: ast.expr) -> tuple[int, int]:
        """Return where a node begins and ends."""
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
        return self.offset(node.lineno, node.col_offset), self.offset(end_line, end_column)

    def placed(self, node: ast.Constant) -> Placed | None:
        """Return the text of a string with its places; None if they cannot be told."""
        value = node.value
        start, end = self.range(node)
        places: list[int] = []
        last = start
        for part, content in _parts(self.text[start:end]):
            places += [start + part + place for place in content]
            last = start + part + _end(self.text[start + part : end], content)
        if not isinstance(value, str) or len(places) != len(value):
            return None
        return Placed(value, (*places, last))


def _parts(text: str) -> Iterator[tuple[int, list[int]]]:
    """Yield each literal of an implicit concatenation: where it starts, its characters' places."""
    line_starts = [0]
    for line in text.split("\n"):
        line_starts.append(line_starts[-1] + len(line) + 1)
    # In brackets, because the parts may stand on lines of their own.
    for token in tokenize.generate_tokens(io.StringIO(f"({text}\n)").readline):
        if token.type == tokenize.STRING:
            line, column = token.start
            yield line_starts[line - 1] + column - (line == 1), _characters(token.string)


def _characters(literal: str) -> list[int]:
    """Return where the characters of one literal stand in it."""
    opening = _STRING.match(literal)
    assert opening is not None  # the tokeniser called it a string
    position, end = opening.end(), len(literal) - len(opening["quote"])
    is_raw = "r" in opening["prefix"].lower()
    found: list[int] = []
    while position < end:
        escape = None if is_raw else _ESCAPE.match(literal, position)
        # A backslash before the end of a line stands for nothing, any other escape for one sign.
        if escape is None or not escape[1].endswith("\n"):
            found.append(position)
        if escape is not None and _is_unknown(escape[1]):
            found.append(position + 1)
        position = position + 1 if escape is None else escape.end()
    return found


def _is_unknown(escape: str) -> bool:
    """True where Python keeps the backslash: ``\\d`` is two characters."""
    return escape[0] not in "\r\n\\'\"abfnrtvxuUN01234567"


def _end(literal: str, content: list[int]) -> int:
    """Return where the content of a literal ends."""
    return content[-1] + 1 if content else _STRING.match(literal).end()  # type: ignore[union-attr]  # a string


__all__ = ["Cell", "Placed"]
