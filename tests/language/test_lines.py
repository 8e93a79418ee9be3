"""Reading lines: where equations end, which colon begins the flags."""

from __future__ import annotations

import pytest

from annlab.errors import Source
from annlab.language import (
    STOP_FLAGS,
    parse_condition,
    parse_equations,
    parse_functions,
    parse_parameters,
    print_expression,
)
from annlab.language.syntax import EquationLine


def equations(text: str) -> list[str]:
    return [shown(line) for line in parse_equations(Source(text))]


def shown(line: EquationLine) -> str:
    return f"{print_expression(line.left)} {line.op} {print_expression(line.right)}"


def flags(text: str) -> list[tuple[str, str | None]]:
    line = parse_equations(Source(text))[0]
    return [(f.name, None if f.value is None else print_expression(f.value)) for f in line.flags]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = 1\nb += 2", ["a = 1", "b += 2"]),
        ("a = 1; b -= 2;", ["a = 1", "b -= 2"]),
        ("\n  # a comment; with = in it\n a = 1  # another\n\n", ["a = 1"]),
        ("a = 1\n   + 2\n   + 3", ["a = (1 + 2) + 3"]),
        ("a = b\n  == 2", ["a = b == 2"]),
        ("a = b >= 2\nc *= 3", ["a = b >= 2", "c *= 3"]),
        ("a = clip(x,\n 0, 1)\nb /= 2", ["a = clip(x, 0, 1)", "b /= 2"]),
        ("", []),
    ],
)
def test_a_line_without_assignment_continues_the_one_before(text: str, expected: list[str]) -> None:
    assert equations(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "r = if x > t: if x > 2*t : (x - 2*t)^2 else: x - t else: 0.",
        "r = if x > t:\n  if x > 2*t:\n    (x - 2*t)^2\n  else:\n    x - t\nelse:\n  0.",
        "r=if x>t:if x>2*t:(x-2*t)^2 else:x-t else:0.",
    ],
)
def test_conditionals_nest_and_may_span_lines(text: str) -> None:
    expected = "((((x - (2 * t)) ** 2) if (x > (2 * t)) else (x - t)) if (x > t) else 0.0)"
    assert equations(text) == [f"r = {expected[1:-1]}"]


def test_a_conditional_may_nest_in_the_second_branch() -> None:
    text = "r = if a: 1 else: if b: 2 else: 3"
    assert equations(text) == ["r = 1 if a else (2 if b else 3)"]


def test_the_ternary_may_stand_inside_a_block_conditional() -> None:
    text = "r = if a: 1 if b else 2 else: 3 : init=4"
    assert equations(text) == ["r = (1 if b else 2) if a else 3"]
    assert flags(text) == [("init", "4")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = 1", []),
        ("a = 1 : init=0.5, exponential", [("init", "0.5"), ("exponential", None)]),
        ("a = 1 : event-driven", [("event-driven", None)]),
        ("a = 1 : runge-kutta4, min = -1", [("runge-kutta4", None), ("min", "-1")]),
        ("a = 1 : init = Uniform(0, 1), max=b*2", [("init", "Uniform(0, 1)"), ("max", "b * 2")]),
        ("a = if b: c else: d : int", [("int", None)]),
        ("a = if b: c\n else: d\n : int,\n min=0", [("int", None), ("min", "0")]),
        ("a = b if c else d : bool", [("bool", None)]),
        ("a = if b: c else: explicit", []),
    ],
)  # fmt: skip
def test_flags_follow_the_colon_of_no_conditional(
    text: str, expected: list[tuple[str, str | None]]
) -> None:
    assert flags(text) == expected


def test_the_text_of_an_equation_has_neither_comments_nor_line_ends() -> None:
    line = parse_equations(Source("a = 1 # one\n  + 2 : init=3"))[0]
    assert line.text == "a = 1 + 2"


def test_parameters_may_lack_a_value() -> None:
    lines = parse_parameters(Source("a = 1/3. : population; b\nc : init=0.5"))
    found = [(p.name, p.value and print_expression(p.value), len(p.flags)) for p in lines]
    assert found == [("a", "1 / 3.0", 1), ("b", None, 0), ("c", None, 1)]


def test_functions_have_arguments_a_body_and_types() -> None:
    text = "f(x, n) = x*n : float, float, int\ng() = 1\nh(x) = if x > 0: x\n  else: 0"
    found = [(f.name, f.arguments, f.types) for f in parse_functions(Source(text))]
    assert found == [
        ("f", ("x", "n"), ("float", "float", "int")),
        ("g", (), ()),
        ("h", ("x",), ()),
    ]


def test_a_condition_may_span_lines() -> None:
    line = parse_condition(Source("(v > 1) and\n (u > 2) : all"), STOP_FLAGS)
    assert print_expression(line.value) == "(v > 1) and (u > 2)"
    assert [f.name for f in line.flags] == ["all"]
