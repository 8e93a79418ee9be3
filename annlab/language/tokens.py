"""Cut the text of a model into tokens.

Takes a `Source`, returns tokens with their place in it. Line ends and ``;`` are
tokens of their own, because they may end an equation; comments and blanks are
dropped. Knows nothing of grammar.
"""

from __future__ import annotations

import enum
import re
from typing import NamedTuple

from annlab.errors import EquationError, Source, Span
from annlab.language.advice import on_character

KEYWORDS = frozenset({"and", "or", "not", "is", "if", "else"})

_PATTERN = re.compile(
    r"""(?P<blank>[ \t\r\f]+|\#[^\n]*|\\\r?\n)
    |(?P<newline>[\n;])
    |(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<operator>\*\*|[-+*/]=|==|!=|<=|>=|[-+*/^<>=(),:.&|])
    |(?P<string>'[^'\n]*'|"[^"\n]*")""",
    re.VERBOSE,
)


class TokenKind(enum.Enum):
    """What a token is; the values are the groups of the pattern."""

    NUMBER = "number"
    NAME = "name"
    KEYWORD = "keyword"
    OPERATOR = "operator"
    STRING = "string"
    NEWLINE = "newline"
    END = "end"


class Token(NamedTuple):
    """A piece of text and its place."""

    kind: TokenKind
    text: str
    start: int
    end: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


_KINDS = {kind.value: kind for kind in TokenKind}


def tokenise(source: Source) -> list[Token]:
    """Return the tokens of `source`, without blanks and comments."""
    text = source.text
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        match = _PATTERN.match(text, position)
        if match is None:
            raise _unexpected_character(source, position)
        position = match.end()
        group = match.lastgroup
        if group == "blank":
            continue
        word = match.group()
        kind = TokenKind.KEYWORD if word in KEYWORDS else _KINDS[str(group)]
        tokens.append(Token(kind, word, match.start(), position))
    return tokens


def _unexpected_character(source: Source, position: int) -> EquationError:
    character = source.text[position]
    return EquationError(
        f"unexpected character {character!r}",
        source=source,
        span=Span(position, position + 1),
        hint=on_character(character),
    )
