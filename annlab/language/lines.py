"""Read the lines of a model: parameters, equations, conditions, functions.

Takes a `Source`, returns the lines of its syntax tree. A line without an
assignment continues the equation before it. Knows nothing of what names mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise, takewhile

from annlab.errors import EquationError, Source, Span
from annlab.language.advice import on_higher_derivative
from annlab.language.expressions import ExpressionParser
from annlab.language.flags import (
    EQUATION_FLAGS,
    FUNCTION_FLAGS,
    NO_FLAGS,
    PARAMETER_FLAGS,
    FlagTable,
    parse_flags,
    split_flags,
)
from annlab.language.syntax import (
    EquationLine,
    ExpressionLine,
    FunctionDefinition,
    Node,
    ParameterLine,
)
from annlab.language.tokens import Token, TokenKind, tokenise

ASSIGNMENTS = frozenset({"=", "+=", "-=", "*=", "/="})


def parse_equations(source: Source, flags: FlagTable = EQUATION_FLAGS) -> tuple[EquationLine, ...]:
    """Read ``left = right : flags`` lines; a line without ``=`` continues the one before."""
    return tuple(_equation(tokens, source, flags) for tokens in _equation_groups(source))


def parse_parameters(source: Source) -> tuple[ParameterLine, ...]:
    """Read ``name = value : flags`` lines; the value may be missing."""
    return tuple(_parameter(tokens, source) for tokens in _physical_lines(tokenise(source)))


def parse_expression(
    source: Source, flags: FlagTable = NO_FLAGS, *, example: str | None = None
) -> ExpressionLine:
    """Read one expression, which may span lines, and its flags; show `example` if it is missing."""
    tokens = [t for t in tokenise(source) if t.text != "\n"]
    separator = next((t for t in tokens if t.text == ";"), None)
    if separator is not None:
        if separator is not tokens[-1]:
            raise EquationError(
                "only one expression may stand here", source=source, span=separator.span
            )
        tokens.pop()
    if not tokens:
        hint = None if example is None else f"write one, such as '{example}', or leave it out"
        raise EquationError("an expression is missing", source=source, hint=hint)
    code, flag_tokens = split_flags(tokens)
    parser = ExpressionParser(code, source)
    value = parser.right_hand_side()
    parser.finish()
    found = parse_flags(flag_tokens, source, flags)
    return ExpressionLine(value=value, flags=found, text=_text(code, source), source=source)


def parse_condition(source: Source, flags: FlagTable = NO_FLAGS) -> ExpressionLine:
    """Read one condition; assignments and several conditions are refused by name."""
    tokens = tokenise(source)
    _refuse_assignments(tokens, source, "a condition", hint="write '==' to compare")
    _refuse_second_condition(tokens, source)
    return parse_expression(source, flags, example="v > 1.0")


def parse_psp(source: Source) -> ExpressionLine:
    """Read what a synapse transmits; an assignment is refused by name."""
    _refuse_assignments(
        list(takewhile(lambda t: t.text != "(", tokenise(source))),  # no named arguments
        source,
        "a psp",
        why="it is one expression, such as 'w * pre.r'",
        hint="write what happens at a spike into `pre_spike`",
    )
    return parse_expression(source, example="w * pre.r")


def parse_functions(source: Source) -> tuple[FunctionDefinition, ...]:
    """Read ``name(arguments) = body : types`` lines."""
    return tuple(_function(tokens, source) for tokens in _equation_groups(source))


# -- lines --------------------------------------------------------------------------


def _physical_lines(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    line: list[Token] = []
    for token in tokens:
        if token.kind is not TokenKind.NEWLINE:
            line.append(token)
        elif line:
            yield line
            line = []
    if line:
        yield line


def _equation_groups(source: Source) -> Iterator[list[Token]]:
    group: list[Token] = []
    for line in _physical_lines(tokenise(source)):
        if group and _starts_equation(line, group):
            yield group
            group = []
        group.extend(line)
    if group:
        yield group


def _starts_equation(line: Sequence[Token], before: Sequence[Token]) -> bool:
    # After ',' or ':' a list of flags goes on, and its '=' assigns nothing.
    if before[-1].text in (",", ":") and before[-1].kind is TokenKind.OPERATOR:
        return False
    for token in line:
        if token.text in ASSIGNMENTS:
            return True
        if token.text == ":":
            break
    return _looks_like_equation(line, before[-1])


def _looks_like_equation(line: Sequence[Token], before: Token) -> bool:
    """Does a line compare a name or a gradient, where nothing of the line before goes on?"""
    if not _ends_operand(before) or line[0].kind is not TokenKind.NAME:
        return False
    texts = [t.text for t in line[1:4]]
    return texts[:1] == ["=="] or texts == ["/", "dt", "=="]


def _refuse_assignments(
    tokens: Sequence[Token], source: Source, what: str, *, hint: str, why: str | None = None
) -> None:
    for token in tokens:
        if token.text in ASSIGNMENTS and not _stands_in_flags(tokens, token):
            raise EquationError(
                f"{what} cannot contain {token.text!r}",
                source=source,
                span=token.span,
                why=why,
                hint=hint,
            )


def _stands_in_flags(tokens: Sequence[Token], token: Token) -> bool:
    code, _ = split_flags(tokens)
    return all(t is not token for t in code)


def _refuse_second_condition(tokens: Sequence[Token], source: Source) -> None:
    lines = list(_physical_lines(tokens))
    for before, line in pairwise(lines):
        if _ends_operand(before[-1]) and _starts_operand(line[0]):
            raise EquationError(
                "several conditions stand here",
                source=source,
                span=Span(line[0].start, line[-1].end),
                hint="join them by 'and' or 'or'",
            )


def _ends_operand(token: Token) -> bool:
    return token.kind in (TokenKind.NUMBER, TokenKind.NAME) or token.text == ")"


def _starts_operand(token: Token) -> bool:
    return token.kind in (TokenKind.NUMBER, TokenKind.NAME) or token.text in ("(", "not")


def _text(tokens: Sequence[Token], source: Source) -> str:
    """Return the text of `tokens` on one line, without comments."""
    pieces: list[str] = []
    for before, token in zip((None, *tokens), tokens, strict=False):
        if before is not None and before.end < token.start:
            pieces.append(" ")
        pieces.append(token.text)
    return "".join(pieces)


def _span(tokens: Sequence[Token]) -> Span:
    return Span(tokens[0].start, tokens[-1].end)


# -- one line -----------------------------------------------------------------------


def _equation(tokens: Sequence[Token], source: Source, flags: FlagTable) -> EquationLine:
    code, flag_tokens = split_flags(tokens)
    sign = _assignment(code, tokens, source, _EQUATION)
    _refuse_higher_derivative(code[:sign], source)
    left = _whole(code[:sign], source, where=code[sign])
    right = _right_side(code[sign + 1 :], source, where=code[sign])
    return EquationLine(
        left=left,
        op=code[sign].text,
        right=right,
        flags=parse_flags(flag_tokens, source, flags),
        text=_text(code, source),
        span=_span(code),
        source=source,
    )


_EQUATION = ("an equation", "write 'variable = value' or 'dvariable/dt = value'")
_AN_EQUATION = "an equation belongs to `equations`; a parameter is 'name = value : flags'"
_OF_EQUATIONS = frozenset("+-*/^(") | (ASSIGNMENTS - {"="})
_FUNCTION = ("a function", "write 'name(arguments) = expression'")


def _assignment(
    code: Sequence[Token], line: Sequence[Token], source: Source, kind: tuple[str, str]
) -> int:
    """Return where the sign stands; `kind`: what is read, and how one writes it."""
    what, form = kind
    signs = [i for i, t in enumerate(code) if t.text in ASSIGNMENTS]
    if not signs:
        _refuse_comparison(code, source, what)
        raise EquationError(
            f"{what} needs '='",
            source=source,
            span=_span(code or line),
            hint=form,
        )
    if len(signs) > 1:
        _refuse_named_argument(code, signs[1], source)
        raise EquationError(
            f"a second {code[signs[1]].text!r}",
            source=source,
            span=code[signs[1]].span,
            why="an equation gives one variable one value",
            hint="write one equation per line, and '==' to compare",
        )
    return signs[0]


def _refuse_comparison(code: Sequence[Token], source: Source, what: str) -> None:
    """Refuse ``==`` where the one ``=`` of an equation was meant."""
    sign = next((t for t in code[1:] if t.text in ("==", "if")), None)
    if sign is not None and sign.text == "==":
        raise EquationError(
            f"{what} needs '=', not '=='",
            source=source,
            span=sign.span,
            why="'==' compares two values",
            hint="write one '='",
        )


def _refuse_higher_derivative(left: Sequence[Token], source: Source) -> None:
    advice = on_higher_derivative("".join(t.text for t in left))
    if advice is not None:
        raise EquationError(
            "a derivative of higher order cannot be solved",
            source=source,
            span=_span(left),
            hint=advice,
        )


def _refuse_named_argument(code: Sequence[Token], sign: int, source: Source) -> None:
    before = [t.text for t in code[:sign]]
    if code[sign].text == "=" and before.count("(") > before.count(")"):
        raise EquationError(
            "unexpected '='",
            source=source,
            span=code[sign].span,
            hint="arguments have no names here: write their values in order; write '==' to compare",
        )


def _whole(tokens: Sequence[Token], source: Source, *, where: Token) -> Node:
    if not tokens:
        raise EquationError(
            f"a variable must stand before {where.text!r}", source=source, span=where.span
        )
    parser = ExpressionParser(tokens, source)
    node = parser.expression()
    parser.finish()
    return node


def _right_side(tokens: Sequence[Token], source: Source, *, where: Token) -> Node:
    if not tokens:
        raise EquationError(
            f"a value must stand after {where.text!r}", source=source, span=where.span
        )
    parser = ExpressionParser(tokens, source)
    node = parser.right_hand_side()
    parser.finish()
    return node


def _parameter(tokens: Sequence[Token], source: Source) -> ParameterLine:
    code, flag_tokens = split_flags(tokens)
    if not code or code[0].kind is not TokenKind.NAME:
        raise EquationError(
            "a parameter must begin with its name",
            source=source,
            span=_span(code or tokens),
            hint="write 'name = value : flags'",
        )
    return ParameterLine(
        name=code[0].text,
        value=_parameter_value(code, source),
        flags=parse_flags(flag_tokens, source, PARAMETER_FLAGS),
        span=code[0].span,
        source=source,
    )


def _parameter_value(code: Sequence[Token], source: Source) -> Node | None:
    if len(code) == 1:
        return None
    if code[1].text != "=":
        raise EquationError(
            f"'=' must follow the name of a parameter, not {code[1].text!r}",
            source=source,
            span=code[1].span,
            hint=_AN_EQUATION if code[1].text in _OF_EQUATIONS else "write 'name = value : flags'",
        )
    return _right_side(code[2:], source, where=code[1])


def _function(tokens: Sequence[Token], source: Source) -> FunctionDefinition:
    code, flag_tokens = split_flags(tokens)
    sign = _assignment(code, tokens, source, _FUNCTION)
    head = code[:sign]
    if code[sign].text != "=" or not _is_function_head(head):
        raise EquationError(
            "a function must begin with 'name(arguments) ='",
            source=source,
            span=_span(code[: sign + 1]),
        )
    arguments = head[2:-1:2]
    for earlier, argument in enumerate(arguments):
        if argument.text in {a.text for a in arguments[:earlier]}:
            raise EquationError(
                f"two arguments are called '{argument.text}'", source=source, span=argument.span
            )
    flags = parse_flags(flag_tokens, source, FUNCTION_FLAGS, may_repeat=True)
    if flags and len(flags) != len(arguments) + 1:
        raise EquationError(
            f"{len(flags)} types for the function '{head[0].text}' "
            f"with {_count(len(arguments), 'argument')}",
            source=source,
            span=flags[0].span.to(flags[-1].span),
            hint="give the type of the result, then one for each argument",
        )
    return FunctionDefinition(
        name=head[0].text,
        arguments=tuple(a.text for a in arguments),
        body=_right_side(code[sign + 1 :], source, where=code[sign]),
        types=tuple(f.name for f in flags),
        text=_text(code, source),
        span=head[0].span,
        source=source,
    )


def _is_function_head(head: Sequence[Token]) -> bool:
    """Are these tokens ``name ( name , name )``?"""
    if len(head) < 3 or head[0].kind is not TokenKind.NAME:
        return False
    if head[1].text != "(" or head[-1].text != ")":
        return False
    inside = head[2:-1]
    if not inside:
        return True
    names, commas = inside[::2], inside[1::2]
    return (
        len(names) == len(commas) + 1
        and all(t.kind is TokenKind.NAME for t in names)
        and all(t.text == "," for t in commas)
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
