"""What to do about signs of other languages and of print, where they are met.

Takes the sign, returns a sentence. Knows nothing of tokens or grammar.
"""

from __future__ import annotations

import unicodedata

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
    return "write '*' to multiply"


__all__ = ["FOREIGN_OPERATORS", "on_character", "on_missing_operator"]
