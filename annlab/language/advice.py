"""What to do about signs of other languages and of print, where they are met.

Takes the sign, returns a sentence. Knows nothing of tokens or grammar.
"""

from __future__ import annotations

import re
import unicodedata

from annlab.errors import nearest

NESTED = "write 'else: if condition: value else: value'"
ON_THE_RIGHT = "'variable = if condition: value else: value'"

_ADVICE = {
    "%": "write 'modulo(a, b)' for the remainder",
    "!": "write 'not' for the negation",
    "?": "write 'ite(condition, value, value)'",
    "@": "values are multiplied by '*', and inputs summed by 'sum(target)'",
    "~": "write 'not' for the negation",
    "[": "use '(' and ')'",
    "{": "use '(' and ')'",
    "'": "the quote is never closed",
    '"': "the quote is never closed",
}
# What comes along when equations are copied from a paper or a web page.
_MEANT = {
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d", "-"),
    **dict.fromkeys("\u00d7\u00b7\u22c5\u2217\u2219\u2022", "*"),
    **dict.fromkeys("\u00f7\u2044\u2215", "/"),
    "\u2264": "<=",
    "\u2265": ">=",
    "\u2260": "!=",
    "\u00b2": "^2",
    "\u00b3": "^3",
    "\u221a": "sqrt()",
}
# Operators of Python and C that are none here, and how to say the same.
FOREIGN_OPERATORS = {
    "&&": "write 'and'",
    "||": "write 'or'",
    "//": "write 'modulo(a, b)' for the remainder; '/' divides real numbers",
    "<<": "write '* 2^n'",
    ">>": "write '/ 2^n'",
    "=>": "write '>='",
    "=<": "write '<='",
    "<>": "write '!='",
}
_UNIT = re.compile("[unpmkMG]?(?:s|V|A|F|S|Hz|Ohm)|sec|seconds?")
_PREFIX = "(?:milli|micro|nano|pico|kilo|mega|giga)?"
_UNIT_WORD = re.compile(
    f"{_PREFIX}(?:volt|amp|ampere|farad|siemens|ohm|hertz|second|met(?:er|re))s?"
)
_MODULES = frozenset({"np", "numpy", "math", "cmath", "torch", "scipy", "std", "jnp"})
# Words of other languages between two values.
_FOREIGN_WORDS = {
    **dict.fromkeys(("elif", "elseif", "elsif"), NESTED),
    **dict.fromkeys(("xor", "XOR"), "write '!=' between two conditions in parentheses"),
    **dict.fromkeys(("mod", "MOD"), "write 'modulo(a, b)' for the remainder"),
}
_NO_UNIT = "a number has no unit, and times are in ms"
_OWNERS = "only 'pre.' and 'post.' may stand before a name"
_HIGHER_DERIVATIVE = re.compile(
    r"(?<![A-Za-z0-9_])d(?:\^|\*\*)?([2-9])([A-Za-z_]\w*)/\(?dt(?:\^|\*\*)?\1(?!\w)"
)


def on_character(character: str) -> str | None:
    """Return what to write instead of a character that has no meaning."""
    return _ADVICE.get(character) if character.isascii() else _beyond_ascii(character)


def _beyond_ascii(character: str) -> str:
    if character in _MEANT:
        return f"write '{_MEANT[character]}'; text from papers and web pages has other characters"
    if character.isspace() or unicodedata.category(character) == "Cf":
        return "it is an invisible character that came along when the text was copied: remove it"
    name = unicodedata.name(character, "")
    if name.startswith("GREEK"):
        return f"spell it out: '{name.split()[-1].lower()}'"
    return "names are made of the letters A-Z and a-z, digits and '_'"


def on_missing_operator(before: str, after: str, *, are_joined: bool) -> str:
    """Return what to write where two operands meet, which may be a number of another language."""
    is_split_number = after[0] == "_" or (after[0] in "xX" and before == "0")
    if are_joined and before[-1].isdigit() and is_split_number:
        return "write numbers in decimal, without '_': 1000.0 or 1e3"
    if are_joined and before[-1].isdigit() and after[0] == ".":
        return "a number has one decimal point"
    if are_joined and before[-1] in "0123456789." and after in ("e", "E"):
        return "digits must follow the exponent: 1e3"
    if before[-1] in "0123456789." and _UNIT.fullmatch(after):
        return f"write '*' to multiply; {_NO_UNIT}"
    return "write '*' to multiply"


def on_unit(word: str) -> str | None:
    """Return what to write instead of a unit; None if the word is none, or a variable's like V."""
    is_unit = (len(word) > 1 and _UNIT.fullmatch(word)) or _UNIT_WORD.fullmatch(word)
    return f"{_NO_UNIT}: leave '{word}' out" if is_unit else None


def on_unit_after_colon(text: str) -> str | None:
    """Return what to write where others give the unit of a variable: ``volt``, ``1``."""
    is_unit = text == "1" or on_unit(text) is not None
    return f"{_NO_UNIT}: leave ': {text}' out" if is_unit else None


def on_owner(owner: str, name: str) -> str:
    """Return what to write instead of ``owner.name``, where `owner` is neither pre nor post."""
    if owner in _MODULES:
        return f"leave '{owner}.' out: write '{name}'"
    near = nearest(owner, ("pre", "post"))
    return f"did you mean '{near}.{name}'?" if near else _OWNERS


def on_word(word: str) -> str | None:
    """Return what to write instead of a word that stands like an operator between two values."""
    if word in _FOREIGN_WORDS:
        return _FOREIGN_WORDS[word]
    near = nearest(word, ("and", "or"))
    return f"did you mean '{near}'?" if near else None


def on_quoted_name(name: str, quotes: int) -> str:
    """Return what to write instead of ``name'``, which is a derivative in print."""
    return f"write 'd{name}/dt' for the derivative" if quotes == 1 else _first_order(name, quotes)


def on_higher_derivative(text: str) -> str | None:
    """Return what to write where the left side holds a derivative such as ``d2x/dt2``."""
    found = _HIGHER_DERIVATIVE.search(text)
    return _first_order(found[2], int(found[1])) if found else None


def _first_order(name: str, order: int) -> str:
    if order > 2:
        return f"write {order} equations of first order"
    other = "u" if name != "u" else "v"
    return f"write two equations of first order: 'd{name}/dt = {other}' and 'd{other}/dt = ...'"


__all__ = [
    "FOREIGN_OPERATORS",
    "NESTED",
    "ON_THE_RIGHT",
    "on_character",
    "on_higher_derivative",
    "on_missing_operator",
    "on_owner",
    "on_quoted_name",
    "on_unit",
    "on_unit_after_colon",
    "on_word",
]
