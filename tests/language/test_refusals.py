"""What the parser refuses, with the place and the advice that it gives."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from annlab.errors import EquationError, Source
from annlab.language import (
    STOP_FLAGS,
    parse_condition,
    parse_equations,
    parse_functions,
    parse_parameters,
    parse_psp,
)

Reader = Callable[[Source], object]


def message(reader: Reader, text: str) -> str:
    with pytest.raises(EquationError) as caught:
        reader(Source(text, "neuron 'A'"))
    return str(caught.value)


def shown(what: str, line: str, carets: str, *advice: str) -> str:
    number, text = line.split("|", 1)
    parts = [f"{what} in neuron 'A'", f"  {number.strip()} | {text}", f"    | {carets}"]
    return "\n".join(parts + [f"  {a}" for a in advice])


NESTED_ADVICE = "write 'else: if condition: value else: value'"
CONDITION_ADVICE = "write one, such as 'v > 1.0', or leave it out"
ONE_SIGN = "'==' compares two values\n  write one '='"
IF_ADVICE = "write 'if condition: value else: value'"
HIGHER_ORDER = "a derivative of higher order cannot be solved"
SECOND_ORDER = "write two equations of first order: 'd{0}/dt = {1}' and 'd{1}/dt = ...'"
ONE_VALUE = (
    "an equation gives one variable one value\n  write one equation per line, and '==' to compare"
)
COPIED = "text from papers and web pages has other characters"
ITE_ADVICE = "inside an expression write 'ite(condition, value, value)'"


@pytest.mark.parametrize(
    ("text", "what", "carets", "advice"),
    [
        ("r = (1.0 + 2.0", "'(' is never closed", "    ^", "add ')' or remove this one"),
        ("r = f(1, 2", "'(' is never closed", "     ^", "add ')' or remove this one"),
        ("r = 1 + 2)", "')' was never opened", "         ^", "add '(' or remove this one"),
        ("r = (1 + )", "a value must stand before ')'", "         ^", ""),
        ("r = if 1 > 0: 1", "'if' without 'else'", "    ^^",
         "a conditional is a value, so both cases need one\n  " + IF_ADVICE),
        ("r = 1 if x", "'if' without 'else'", "      ^^", "write 'value if condition else value'"),
        ("r = a else b", "'else' without 'if'", "      ^^^^", ""),
        ("r = 1 + if x: 1 else: 2", "a conditional must be the whole right-hand side",
         "        ^^", ITE_ADVICE),
        ("r = exp(if x: 1 else: 2)", "a conditional must be the whole right-hand side",
         "        ^^", ITE_ADVICE),
        ("r = (if x: 1 else: 2)", "a conditional must be the whole right-hand side",
         "     ^^", ITE_ADVICE),
        ("r = if x 1 else: 2", "a conditional needs ':' after its condition",
         "         ^", IF_ADVICE),
        ("r = if x: 1 else 2", "'else' needs ':' in this form of the conditional",
         "            ^^^^", IF_ADVICE),
        ("r = if x: 1 elif y: 2 else: 3", "unknown word 'elif'", "            ^^^^",
         NESTED_ADVICE),
        ("r = if x: 1 else if y: 2 else: 3",
         "'else' needs ':' in this form of the conditional", "            ^^^^", NESTED_ADVICE),
        ("r = if v>1 andd v<3: 1 else: 0", "unknown word 'andd'", "           ^^^^",
         "did you mean 'and'?"),
        ("r = 1 if v>1 AND v<3 else 0", "unknown word 'AND'", "             ^^^",
         "did you mean 'and'?"),
        ("r = (x orr y)", "unknown word 'orr'", "       ^^^", "did you mean 'or'?"),
        ("r = x xor y", "unknown word 'xor'", "      ^^^",
         "write '!=' between two conditions in parentheses"),
        ("r = a mod b", "unknown word 'mod'", "      ^^^",
         "write 'modulo(a, b)' for the remainder"),
        ("r = 2 rand(1)", "an operator is missing before 'rand'", "      ^^^^",
         "write '*' to multiply"),
        ("dv/dt == -v", "an equation needs '=', not '=='", "      ^^", ONE_SIGN),
        ("r = 'abc", 'unexpected character "\'"', "    ^", "the quote is never closed"),
        ("r' = -r", 'unexpected character "\'"', " ^", "write 'dr/dt' for the derivative"),
        ("r'' = -r", 'unexpected character "\'"', " ^", SECOND_ORDER.format("r", "u")),
        ("d2r/dt2 = -r", HIGHER_ORDER, "^^^^^^^", SECOND_ORDER.format("r", "u")),
        ("m * d^2u/dt^2 = -u", HIGHER_ORDER, "^^^^^^^^^^^^^", SECOND_ORDER.format("u", "v")),
        ("d3x/dt3 = -x", HIGHER_ORDER, "^^^^^^^", "write 3 equations of first order"),
        ("r = 2 x", "an operator is missing before 'x'", "      ^", "write '*' to multiply"),
        ("r = 1,5", "unexpected ','", "     ^", "a decimal number is written with a point"),
        ("r = 1 +", "the expression is not finished", "      ^", ""),
        ("r = * 2", "a value must stand here, not '*'", "    ^", ""),
        ("r = a % 2", "unexpected character '%'", "      ^",
         "write 'modulo(a, b)' for the remainder"),
        ("r = \u03c4", "unexpected character '\u03c4'", "    ^", "spell it out: 'tau'"),
        ("r = \u5cf6", "unexpected character '\u5cf6'", "    ^",
         "names are made of the letters A-Z and a-z, digits and '_'"),
        ("r = 1 \u2212 x", "unexpected character '\u2212'", "      ^", f"write '-'; {COPIED}"),
        ("r = x \u2265 1", "unexpected character '\u2265'", "      ^", f"write '>='; {COPIED}"),
        ("r =\u00a01", "unexpected character '\\xa0'", "   ^",
         "it is an invisible character that came along when the text was copied: remove it"),
        ("r = a && b", "unknown operator '&&'", "      ^^", "write 'and'"),
        ("r = a || b", "unknown operator '||'", "      ^^", "write 'or'"),
        ("r = a // b", "unknown operator '//'", "      ^^",
         "write 'modulo(a, b)' for the remainder; '/' divides real numbers"),
        ("r = 1_000", "an operator is missing before '_000'", "     ^^^^",
         "write numbers in decimal, without '_': 1000.0 or 1e3"),
        ("r = 1e400", "the number 1e400 is too large", "    ^^^^^",
         "real numbers reach to 1.8e308"),
        ("r = Normal(mu=1.0, sigma=2.0)", "unexpected '='", "             ^",
         "arguments have no names here: write their values in order; write '==' to compare"),
        ("r = a[0]", "unexpected character '['", "     ^", "use '(' and ')'"),
        ("r = neuron.x", "'neuron.' has no meaning", "    ^^^^^^^^",
         "only 'pre.' and 'post.' may stand before a name"),
        ("r = v = 1.0", "a second '='", "      ^",
         ONE_VALUE),
        ("r + v", "an equation needs '='", "^^^^^",
         "write 'variable = value' or 'dvariable/dt = value'"),
        ("= 1", "a variable must stand before '='", "^", ""),
        ("r =", "a value must stand after '='", "  ^", ""),
        ("r = 1 : exponentail", "unknown flag 'exponentail'", "        ^^^^^^^^^^^",
         "did you mean 'exponential'?"),
        ("r = if x: 1 else: 2 : event-drivn", "unknown flag 'event-drivn'",
         "                      ^^^^^^^^^^^", "did you mean 'event-driven'?"),
        ("r = 1 : init", "the flag 'init' needs a value", "        ^^^^", "write 'init=...'"),
        ("r = 1 : int=2", "the flag 'int' takes no value", "        ^^^", ""),
        ("r = 1 : init=1, init=2", "the flag 'init' is given twice", "                ^^^^", ""),
        ("r = 1 : init=1 min=2", "unexpected 'min' among the flags", "               ^^^",
         "separate flags by ','"),
    ],
)  # fmt: skip
def test_a_bad_equation_is_refused_where_it_is_bad(
    text: str, what: str, carets: str, advice: str
) -> None:
    expected = shown(what, f"1|{text}", carets, *([advice] if advice else []))
    assert message(parse_equations, text) == expected


@pytest.mark.parametrize("sign", [" + ", " / ", "^", " and "])
def test_a_chain_that_python_could_not_walk_is_refused(sign: str) -> None:
    text = "r = " + sign.join(["x"] * 3000)
    assert "the expression is nested too deeply in neuron 'A'" in message(parse_equations, text)


def test_of_a_long_line_what_lies_around_the_mistake_is_shown() -> None:
    text = "r = " + " + ".join(["x"] * 100) + " + 2y + " + " + ".join(["x"] * 50)
    line, carets = message(parse_equations, text).split("\n")[1:3]
    assert len(line) < 140
    assert line.startswith("  1 | ... ")
    assert line.endswith(" ...")
    assert line[carets.index("^")] == "y"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_on_any_system(end: str) -> None:
    lines = parse_equations(Source(end.join(["v = 1.0 # one", "r = v", "  + 1.0 : max = 2.0", ""])))
    assert [line.text for line in lines] == ["v = 1.0", "r = v + 1.0"]
    expected = shown(
        "an operator is missing before 'y'", "2|r = 2y", "     ^", "write '*' to multiply"
    )
    assert message(parse_equations, f"v = 1{end}r = 2y{end}") == expected


def test_the_place_is_found_in_a_text_of_several_lines() -> None:
    text = "\n    v = 1.0\n    r = (v + 1\n"
    expected = shown(
        "'(' is never closed", "3|    r = (v + 1", "        ^", "add ')' or remove this one"
    )
    assert message(parse_equations, text) == expected


@pytest.mark.parametrize(("line", "carets"), [("r == 2", "  ^^"), ("dr/dt == v", "      ^^")])
def test_a_line_that_compares_a_variable_is_no_continuation(line: str, carets: str) -> None:
    expected = shown("an equation needs '=', not '=='", f"2|{line}", carets, ONE_SIGN)
    assert message(parse_equations, f"v = 1.0 : init = 2.0\n{line}") == expected


def test_a_comparison_may_stand_on_a_line_of_its_own() -> None:
    (line,) = parse_equations(Source("r = a and\n  b == 2"))
    assert line.text == "r = a and b == 2"


def test_nesting_without_end_is_refused() -> None:
    text = "r = " + "(" * 200 + "1" + ")" * 200
    assert message(parse_equations, text).startswith("the expression is nested too deeply")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 = a", shown("a parameter must begin with its name", "1|1 = a", "^^^^^",
                        "write 'name = value : flags'")),
        ("a 1", shown("'=' must follow the name of a parameter, not '1'", "1|a 1", "  ^",
                      "write 'name = value : flags'")),
        ("a = 1 : popluation", shown("unknown flag 'popluation'", "1|a = 1 : popluation",
                                     "        ^^^^^^^^^^", "did you mean 'population'?")),
        ("a = 1 : xyz", shown("unknown flag 'xyz'", "1|a = 1 : xyz", "        ^^^",
                              "known here: bool, float, int, population, postsynaptic, "
                              "projection, init=")),
    ],
)  # fmt: skip
def test_a_bad_parameter_is_refused(text: str, expected: str) -> None:
    assert message(parse_parameters, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f(x, y) = x : int, int",
         shown("2 types for the function 'f' with 2 arguments", "1|f(x, y) = x : int, int",
               "              ^^^^^^^^",
               "give the type of the result, then one for each argument")),
        ("f(x)", shown("a function needs '='", "1|f(x)", "^^^^",
                       "write 'name(arguments) = expression'")),
        ("f = 1", shown("a function must begin with 'name(arguments) ='", "1|f = 1", "^^^")),
        ("f(x, x) = 1", shown("two arguments are called 'x'", "1|f(x, x) = 1", "     ^")),
        ("f(x + 1) = 1", shown("a function must begin with 'name(arguments) ='",
                               "1|f(x + 1) = 1", "^^^^^^^^^^")),
    ],
)  # fmt: skip
def test_a_bad_function_is_refused(text: str, expected: str) -> None:
    assert message(parse_functions, text) == expected


@pytest.mark.parametrize("sign", ["+=", "="])
def test_a_psp_assigns_nothing(sign: str) -> None:
    expected = shown(
        f"a psp cannot contain {sign!r}",
        f"1|g_target {sign} w",
        "         " + "^" * len(sign),
        "it is one expression, such as 'w * pre.r'",
        "write what happens at a spike into `pre_spike`",
    )
    assert message(parse_psp, f"g_target {sign} w") == expected


def test_arguments_in_a_psp_have_no_names() -> None:
    assert "arguments have no names here" in message(parse_psp, "w * f(x=1)")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("v = 1", shown("a condition cannot contain '='", "1|v = 1", "  ^",
                        "write '==' to compare")),
        ("v > 1\nu > 2", shown("several conditions stand here", "2|u > 2", "^^^^^",
                               "join them by 'and' or 'or'")),
        ("v > 1; u > 2", shown("several conditions stand here", "1|v > 1; u > 2", "       ^^^^^",
                               "join them by 'and' or 'or'")),
        ("v > 1 : al", shown("unknown flag 'al'", "1|v > 1 : al", "        ^^",
                             "did you mean 'all'?")),
        ("", f"an expression is missing in neuron 'A'\n  {CONDITION_ADVICE}"),
    ],
)  # fmt: skip
def test_a_bad_condition_is_refused(text: str, expected: str) -> None:
    assert message(lambda source: parse_condition(source, STOP_FLAGS), text) == expected
