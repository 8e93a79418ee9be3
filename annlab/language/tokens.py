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
from annlab.language.advice import on_character, on_quoted_name

KEYWORDS = frozenset({"and", "or", "not", "is", "if", "else"})

_PATTERN = re.compile(
    r"""(?P<blank>[ \t\r\f]+|\#[^\n]*|\\\r?\n)
    |(?P<newline>[\n;])
    |(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
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
        is_prime = text[position] == "'" and _follows_name(tokens, position)
        if match is None or is_prime:
            raise _unexpected_character(source, position, tokens[-1].text if is_prime else None)
        position = match.end()
        group = match.lastgroup
        if group == "blank":
            continue
        word = match.group()
        kind = TokenKind.KEYWORD if word in KEYWORDS else _KINDS[str(group)]
        tokens.append(Token(kind, word, match.start(), position))
    return tokens


def _follows_name(tokens: list[Token], position: int) -> bool:
    return bool(tokens) and tokens[-1].kind is TokenKind.NAME and tokens[-1].end == position


def _unexpected_character(source: Source, position: int, primed: str | None) -> EquationError:
    """Return the error; `primed`: the name that a quote follows as if it were a derivative."""
    character = source.text[position]
    rest = source.text[position:]
    quotes = len(rest) - len(rest.lstrip("'"))
    return EquationError(
        f"unexpected character {character!r}",
        source=source,
        span=Span(position, position + 1),
        hint=on_quoted_name(primed, quotes) if primed else on_character(character),
    )
