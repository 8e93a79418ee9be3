"""Find and read the list of flags that may follow the last colon of a line.

Takes the tokens of one line, splits them at the colon that belongs to no
conditional, and reads ``flag, key=value, ...``. Checks names only; what a flag
means is the analysis' affair.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from annlab.errors import EquationError, Source, Span, nearest
from annlab.language.advice import on_unit_after_colon
from annlab.language.expressions import ExpressionParser
from annlab.language.syntax import Flag, Node
from annlab.language.tokens import Token, TokenKind

LOCALITIES = frozenset({"population", "projection", "postsynaptic"})
TYPES = frozenset({"int", "bool", "float"})
METHODS = frozenset(
    {
        "explicit",
        "implicit",
        "semiimplicit",
        "exponential",
        "midpoint",
        "rk4",
        "runge-kutta4",
        "event-driven",
        "exact",
    }
)
_OTHER_NAMES = {
    "euler": "explicit",
    "forward": "explicit",
    "backward": "implicit",
    "rk2": "midpoint",
    "runge-kutta": "rk4",
    "runge-kutta2": "midpoint",
}


@dataclass(frozen=True, slots=True)
class FlagTable:
    """The flags and keys that a kind of line may carry."""

    names: frozenset[str]
    keys: frozenset[str] = frozenset()


PARAMETER_FLAGS = FlagTable(LOCALITIES | TYPES, frozenset({"init"}))
EQUATION_FLAGS = FlagTable(
    LOCALITIES | TYPES | METHODS | {"unless_post", "unless_refractory"},
    frozenset({"init", "min", "max"}),
)
FUNCTION_FLAGS = FlagTable(TYPES)
STOP_FLAGS = FlagTable(frozenset({"any", "all"}))
CREATING_FLAGS = FlagTable(frozenset(), frozenset({"proba", "w", "d"}))
PRUNING_FLAGS = FlagTable(frozenset(), frozenset({"proba"}))
NO_FLAGS = FlagTable(frozenset())


def split_flags(tokens: Sequence[Token]) -> tuple[Sequence[Token], Sequence[Token] | None]:
    """Return the code of a line, and its flags (None if it has no colon for them)."""
    colon = flag_colon(tokens)
    if colon is None:
        return tokens, None
    return tokens[:colon], tokens[colon + 1 :]


def flag_colon(tokens: Sequence[Token]) -> int | None:
    """Return the index of the first colon that belongs to no ``if`` and no ``else``."""
    open_ifs = 0
    for index, token in enumerate(tokens):
        text = token.text
        if text == "if":
            open_ifs += 1
        elif text == "else" and not _is_colon(tokens, index + 1):
            open_ifs = max(0, open_ifs - 1)
        elif text == ":" and not _follows_else(tokens, index):
            if open_ifs == 0:
                return index
            open_ifs -= 1
    return None


def _is_colon(tokens: Sequence[Token], index: int) -> bool:
    return index < len(tokens) and tokens[index].text == ":"


def _follows_else(tokens: Sequence[Token], index: int) -> bool:
    return index > 0 and tokens[index - 1].text == "else"


def parse_flags(
    tokens: Sequence[Token] | None,
    source: Source,
    table: FlagTable,
    *,
    may_repeat: bool = False,
) -> tuple[Flag, ...]:
    """Read ``flag, key=value, ...``."""
    if not tokens:
        return ()
    parser = ExpressionParser(tokens, source)
    flags: list[Flag] = []
    while parser.token.kind is not TokenKind.END:
        flag = _flag(parser, table)
        if not may_repeat and any(f.name == flag.name for f in flags):
            raise parser.error(f"the flag '{flag.name}' is given twice", flag.span)
        flags.append(flag)
        _separator(parser)
    return tuple(flags)


def _separator(parser: ExpressionParser) -> None:
    token = parser.token
    if parser.at(","):
        parser.advance()
    elif token.kind is not TokenKind.END:
        raise parser.error(
            f"unexpected {token.text!r} among the flags",
            token.span,
            hint="separate flags by ','",
        )


def _flag(parser: ExpressionParser, table: FlagTable) -> Flag:
    start = parser.advance()
    if start.kind is not TokenKind.NAME:
        hint = on_unit_after_colon(start.text) or _choice(table)
        raise parser.error(
            f"a flag must stand after ':', not {start.text!r}", start.span, hint=hint
        )
    name, span = start.text, start.span
    while parser.at("-") and parser.peek(1).kind is TokenKind.NAME:
        parser.advance()
        last = parser.advance()
        name, span = f"{name}-{last.text}", span.to(last.span)
    has_value = parser.at("=")
    _check_name(parser, name, span, table, has_value=has_value)
    value: Node | None = None
    if has_value:
        parser.advance()
        value = parser.expression()
    return Flag(name=name, value=value, span=span)


def _check_name(
    parser: ExpressionParser, name: str, span: Span, table: FlagTable, *, has_value: bool
) -> None:
    if name in table.keys:
        if not has_value:
            raise parser.error(f"the flag '{name}' needs a value", span, hint=f"write '{name}=...'")
        return
    if name in table.names:
        if has_value:
            raise parser.error(f"the flag '{name}' takes no value", span)
        return
    raise _unknown_flag(parser, name, span, table)


def _unknown_flag(
    parser: ExpressionParser, name: str, span: Span, table: FlagTable
) -> EquationError:
    names = table.names | table.keys
    other = _OTHER_NAMES.get(name.lower())
    near = other if other in names else nearest(name, sorted(names))
    meant = f"did you mean '{near}'?" if near else _choice(table)
    hint = on_unit_after_colon(name) or meant
    return parser.error(f"unknown flag '{name}'", span, hint=hint)


def _choice(table: FlagTable) -> str:
    words = sorted(table.names) + [f"{key}=" for key in sorted(table.keys)]
    return f"known here: {', '.join(words)}" if words else "no flags are known here"
