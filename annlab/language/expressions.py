"""Read expressions with a precedence (Pratt) parser.

Takes tokens, returns syntax trees. Operators bind as in Python; ``&`` and ``|``
are other spellings of ``and`` and ``or``, ``^`` of ``**``, ``is`` of ``==``.
Knows nothing of what a name means.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from annlab.errors import EquationError, Source, Span
from annlab.language.advice import (
    FOREIGN_OPERATORS,
    NESTED,
    ON_THE_RIGHT,
    on_missing_operator,
    on_owner,
    on_word,
)
from annlab.language.syntax import (
    Apply,
    Conditional,
    Dotted,
    Gradient,
    Infix,
    Name,
    Node,
    Number,
    Prefix,
    Text,
)
from annlab.language.tokens import Token, TokenKind

COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})

# How strongly an operator binds to its left operand.
_OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _SIGN, _POWER = range(1, 9)
_STRENGTH = {
    "or": _OR,
    "|": _OR,
    "and": _AND,
    "&": _AND,
    "is": _COMPARE,
    **dict.fromkeys(COMPARISONS, _COMPARE),
    "+": _SUM,
    "-": _SUM,
    "*": _PRODUCT,
    "/": _PRODUCT,
    "^": _POWER,
    "**": _POWER,
}
_CANONICAL = {"|": "or", "&": "and", "is": "==", "^": "**"}

# Python's own stack is the limit; deeper nesting than this is a slip of the pen. A chain of
# operators is a tree as deep as the chain is long, though it costs the parser no stack.
_DEEPEST = 80
_LONGEST = 200


_LARGEST = "real numbers reach to 1.8e308"


class ExpressionParser:
    """A cursor over the tokens of one expression or one line."""

    def __init__(self, tokens: Sequence[Token], source: Source) -> None:
        self._tokens = tokens
        self._source = source
        self._position = 0
        self._depth = 0
        last = tokens[-1].end if tokens else 0
        self._end = Token(TokenKind.END, "", last, last)

    # -- the cursor ---------------------------------------------------------------

    @property
    def token(self) -> Token:
        """The token under the cursor."""
        return self.peek(0)

    def peek(self, ahead: int) -> Token:
        """Return a token further on."""
        index = self._position + ahead
        return self._tokens[index] if index < len(self._tokens) else self._end

    def advance(self) -> Token:
        """Return the token under the cursor and step over it."""
        token = self.token
        self._position += 1
        return token

    def at(self, text: str) -> bool:
        """Is the token under the cursor this operator or keyword?"""
        token = self.token
        return token.text == text and token.kind is not TokenKind.STRING

    def error(
        self, what: str, span: Span, *, why: str | None = None, hint: str | None = None
    ) -> EquationError:
        """Return an error about a place of this text."""
        return EquationError(what, source=self._source, span=span, why=why, hint=hint)

    # -- the grammar --------------------------------------------------------------

    def right_hand_side(self) -> Node:
        """Read ``if C: A else: B`` or an expression, up to a stop of the line."""
        if not self.at("if"):
            return self.expression()
        return self._nested(self._block_conditional)

    def expression(self) -> Node:
        """Read an expression, which may be ``A if C else B``."""
        return self._nested(self._ternary)

    def finish(self) -> None:
        """Refuse anything that is left."""
        token = self.token
        if token.kind is not TokenKind.END:
            raise self._left_over(token)

    def _nested(self, read: Callable[[], Node]) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._too_deep()
        node = read()
        self._depth -= 1
        return node

    def _block_conditional(self) -> Node:
        start = self.advance()
        condition = self.expression()
        if not self.at(":"):
            self._refuse_word()
            raise self.error(
                "a conditional needs ':' after its condition",
                self.token.span if self.token.kind is not TokenKind.END else start.span,
                hint="write 'if condition: value else: value'",
            )
        self.advance()
        then = self.right_hand_side()
        if not self.at("else"):
            raise self._missing_else(start)
        self.advance()
        if not self.at(":"):
            raise self.error(
                "'else' needs ':' in this form of the conditional",
                self._tokens[self._position - 1].span,
                hint=NESTED if self.at("if") else "write 'if condition: value else: value'",
            )
        self.advance()
        otherwise = self.right_hand_side()
        span = start.span.to(otherwise.span)
        return Conditional(span, condition, then, otherwise)

    def _missing_else(self, start: Token) -> EquationError:
        if self.token.kind is not TokenKind.END:
            return self._left_over(self.token)
        return self.error(
            "'if' without 'else'",
            start.span,
            why="a conditional is a value, so both cases need one",
            hint="write 'if condition: value else: value'",
        )

    def _ternary(self) -> Node:
        then = self._operators(0)
        if not self.at("if"):
            return then
        start = self.advance()
        condition = self._operators(0)
        if self.at(":"):
            raise self._conditional_inside(start)
        if not self.at("else"):
            self._refuse_word()
            raise self.error(
                "'if' without 'else'",
                start.span,
                hint="write 'value if condition else value'",
            )
        self.advance()
        otherwise = self.expression()
        return Conditional(then.span.to(otherwise.span), condition, then, otherwise)

    def _operators(self, strength: int) -> Node:
        left = self._operand()
        compared: Node | None = None
        length = 0
        while True:
            op, binds = self._operator()
            if binds <= strength:
                return left
            length += 1
            if length > _LONGEST:
                raise self._too_deep()
            self._position += 2 if op == "is not" else 1
            right = self._right_operand(binds)
            node = _infix(op, left if compared is None or binds != _COMPARE else compared, right)
            if binds == _COMPARE:
                # a < b < c means a < b and b < c
                left = node if compared is None else _infix("and", left, node)
                compared = right
            else:
                left, compared = node, None

    def _right_operand(self, binds: int) -> Node:
        if binds != _POWER:
            return self._operators(binds)
        # ** groups to the right, and its exponent may have a sign: 2**-x
        return self._nested(lambda: self._operators(_POWER - 1))

    def _operator(self) -> tuple[str, int]:
        token = self.token
        if token.kind is not TokenKind.OPERATOR and token.kind is not TokenKind.KEYWORD:
            return "", 0
        if token.text == "is" and self.peek(1).text == "not":
            return "is not", _COMPARE
        return token.text, _STRENGTH.get(token.text, 0)

    def _operand(self) -> Node:
        token = self.token
        if token.text == "not" and token.kind is TokenKind.KEYWORD:
            return self._prefix(_NOT)
        if token.kind is TokenKind.OPERATOR and token.text in "+-":
            return self._prefix(_SIGN)
        return self._primary()

    def _prefix(self, binds: int) -> Node:
        token = self.advance()
        operand = self._nested(lambda: self._operators(binds - 1))
        if token.text == "+":
            return operand
        return Prefix(token.span.to(operand.span), token.text, operand)

    def _primary(self) -> Node:
        token = self.token
        kind = token.kind
        if kind is TokenKind.NUMBER:
            return self._number()
        if kind is TokenKind.NAME:
            return self._named()
        if kind is TokenKind.STRING:
            self.advance()
            return Text(token.span, token.text[1:-1])
        if self.at("("):
            return self._parenthesised()
        raise self._no_operand(token)

    def _number(self) -> Node:
        token = self.advance()
        text = token.text
        if not math.isfinite(float(text)):
            raise self.error(f"the number {text} is too large", token.span, hint=_LARGEST)
        value = int(text) if text.isdigit() else float(text)
        return Number(token.span, value)

    def _parenthesised(self) -> Node:
        opening = self.advance()
        if self.at("if"):
            raise self._conditional_inside(self.token)
        inner = self.expression()
        self._close(opening)
        return inner

    def _close(self, opening: Token) -> Token:
        if self.at(")"):
            return self.advance()
        if self.token.kind is TokenKind.END or self.at(":"):
            raise self.error("'(' is never closed", opening.span, hint="add ')' or remove this one")
        raise self._left_over(self.token)

    def _named(self) -> Node:
        token = self.advance()
        if token.text in ("True", "False"):
            return Number(token.span, token.text == "True")
        if self.at("("):
            return self._call(token, None, token)
        if self.at("."):
            return self._dotted(token)
        if self._is_gradient(token):
            self.advance()
            return Gradient(token.span.to(self.advance().span), token.text[1:])
        return Name(token.span, token.text)

    def _is_gradient(self, token: Token) -> bool:
        name = token.text
        return (
            self.at("/")
            and self.peek(1).text == "dt"
            and len(name) > 1
            and name[0] == "d"
            and name != "dt"
            and self.peek(2).text not in ("(", ".")
        )

    def _dotted(self, owner: Token) -> Node:
        self.advance()
        name = self.token
        if owner.text not in ("pre", "post"):
            raise self.error(
                f"'{owner.text}.' has no meaning",
                owner.span.to(name.span),
                hint=on_owner(owner.text, name.text),
            )
        if name.kind is not TokenKind.NAME:
            raise self.error(f"a name must follow '{owner.text}.'", owner.span.to(name.span))
        self.advance()
        if self.at("("):
            return self._call(name, owner.text, owner)
        return Dotted(owner.span.to(name.span), owner.text, name.text)

    def _call(self, name: Token, owner: str | None, start: Token) -> Node:
        opening = self.advance()
        arguments: list[Node] = []
        while not self.at(")"):
            arguments.append(self._argument())
            if not self.at(","):
                break
            self.advance()
        closing = self._close(opening)
        return Apply(start.span.to(closing.span), name.text, tuple(arguments), owner)

    def _argument(self) -> Node:
        if self.at("if"):
            raise self._conditional_inside(self.token)
        return self.expression()

    # -- what went wrong ----------------------------------------------------------

    def _too_deep(self) -> EquationError:
        return self.error(
            "the expression is nested too deeply",
            self.token.span,
            hint="give a part of it a name in an equation of its own",
        )

    def _conditional_inside(self, token: Token) -> EquationError:
        hint = "inside an expression write 'ite(condition, value, value)'"
        if self._position == 0:
            hint = f"write {ON_THE_RIGHT}, or 'ite(condition, value, value)' in an expression"
        return self.error("a conditional must be the whole right-hand side", token.span, hint=hint)

    def _no_operand(self, token: Token) -> EquationError:
        if self.at("if"):
            return self._conditional_inside(token)
        if token.kind is TokenKind.END:
            before = self._tokens[self._position - 1] if self._position else token
            return self.error("the expression is not finished", before.span)
        if self.at(")"):
            return self._unmatched(token)
        return self._stray_operator(token)

    def _stray_operator(self, token: Token) -> EquationError:
        foreign = self.peek(-1).text + token.text if self._is_joined() else ""
        if foreign in FOREIGN_OPERATORS:
            span = self.peek(-1).span.to(token.span)
            return self.error(
                f"unknown operator {foreign!r}", span, hint=FOREIGN_OPERATORS[foreign]
            )
        return self.error(f"a value must stand here, not {token.text!r}", token.span)

    def _unmatched(self, token: Token) -> EquationError:
        if self._has_open_parenthesis():
            return self.error("a value must stand before ')'", token.span)
        return self.error("')' was never opened", token.span, hint="add '(' or remove this one")

    def _has_open_parenthesis(self) -> bool:
        before = [t.text for t in self._tokens[: self._position]]
        return before.count("(") > before.count(")")

    def _refuse_word(self) -> None:
        """Refuse a name that stands where an operator must and is followed by a value."""
        token, after = self.token, self.peek(1)
        is_call = after.text == "(" and after.start == token.end
        is_value = after.kind in (TokenKind.NUMBER, TokenKind.NAME) or after.text in ("(", "not")
        if token.kind is not TokenKind.NAME or is_call or not is_value:
            return
        advice = on_word(token.text)
        if advice is not None:
            raise self.error(f"unknown word {token.text!r}", token.span, hint=advice)

    def _left_over(self, token: Token) -> EquationError:
        self._refuse_word()
        if token.text == ")" and not self._has_open_parenthesis():
            return self._unmatched(token)
        if token.text == "else":
            return self.error("'else' without 'if'", token.span)
        if token.text in ("=", "+=", "-=", "*=", "/="):
            hint = self._advice_on_assignment()
            return self.error(f"unexpected {token.text!r}", token.span, hint=hint)
        if token.text == ",":
            hint = "a decimal number is written with a point"
            return self.error("unexpected ','", token.span, hint=hint)
        if token.kind in (TokenKind.NUMBER, TokenKind.NAME) or token.text == "(":
            is_joined = self._is_joined()
            hint = on_missing_operator(self.peek(-1).text, token.text, are_joined=is_joined)
            what = f"an operator is missing before {token.text!r}"
            return self.error(what, token.span, hint=hint)
        return self.error(f"unexpected {token.text!r}", token.span)

    def _is_joined(self) -> bool:
        """Does the token under the cursor follow another one without a blank?"""
        return self._position > 0 and self.peek(-1).end == self.token.start

    def _advice_on_assignment(self) -> str:
        if self._has_open_parenthesis():
            return "arguments have no names here: write their values in order"
        return "write '==' to compare"


def _infix(op: str, left: Node, right: Node) -> Infix:
    op = "!=" if op == "is not" else _CANONICAL.get(op, op)
    return Infix(left.span.to(right.span), op, left, right)
