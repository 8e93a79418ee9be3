"""Reading expressions: how operators bind, and that printing loses nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annlab.errors import Source, Span
from annlab.language import parse_equations, parse_expression, print_expression
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
)

NOWHERE = Span(0, 0)


def read(text: str) -> Node:
    return parse_expression(Source(text)).value


def bracketed(text: str) -> str:
    return print_expression(read(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 - 2 - 3", "(1 - 2) - 3"),
        ("a / b * c", "(a / b) * c"),
        ("a + b * c", "a + (b * c)"),
        ("2^3^2", "2 ** (3 ** 2)"),
        ("-x^2", "-(x ** 2)"),
        ("2**-x", "2 ** (-x)"),
        ("-x * y", "(-x) * y"),
        ("+x", "x"),
        ("not a and b", "(not a) and b"),
        ("not a == b", "not (a == b)"),
        ("a or b and c", "a or (b and c)"),
        ("a > 1 & b < 2", "(a > 1) and (b < 2)"),
        ("a | b", "a or b"),
        ("t is 1", "t == 1"),
        ("t is not 1", "t != 1"),
        ("a < b < c", "(a < b) and (b < c)"),
        ("(a < b) < c", "(a < b) < c"),
        ("a if c else b if e else f", "a if c else (b if e else f)"),
        ("1/3.", "1 / 3.0"),
        (".5e-3", "0.0005"),
        ("True", "True"),
        ("pre.sum(exc) + pre.r", "pre.sum(exc) + pre.r"),
        ("sum()", "sum()"),
    ],
)
def test_operators_bind_as_in_python(text: str, expected: str) -> None:
    # Brackets around a sum in a comparison chain are the reader's, not the printer's.
    assert bracketed(text) == expected


def test_a_gradient_is_a_name_that_begins_with_d_and_is_divided_by_dt() -> None:
    assert read("tau * dv / dt") == Infix(
        NOWHERE, "*", Name(NOWHERE, "tau"), Gradient(NOWHERE, "v")
    )


def test_a_variable_called_dv_is_no_gradient() -> None:
    equation = parse_equations(Source("dv/dt = dv/(tau + tau_out)/second"))[0]
    assert equation.left == Gradient(NOWHERE, "v")
    assert print_expression(equation.right) == "((dv) / (tau + tau_out)) / second"


def test_the_step_divided_by_itself_is_no_gradient() -> None:
    assert read("dt/dt") == Infix(NOWHERE, "/", Name(NOWHERE, "dt"), Name(NOWHERE, "dt"))


def test_every_node_knows_its_place() -> None:
    node = read("tau + exp(x)")
    assert isinstance(node, Infix)
    assert (node.span, node.left.span, node.right.span) == (Span(0, 12), Span(0, 3), Span(6, 12))


NAMES = st.sampled_from(["a", "v", "dv", "dt", "t", "tau_m", "d", "g_exc"])


def larger(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    operators = st.sampled_from(["+", "-", "*", "/", "**", "==", "!=", "<", ">=", "and", "or"])
    return st.one_of(
        st.builds(lambda op, a, b: Infix(NOWHERE, op, a, b), operators, inner, inner),
        st.builds(lambda op, a: Prefix(NOWHERE, op, a), st.sampled_from(["-", "not"]), inner),
        st.builds(lambda c, a, b: Conditional(NOWHERE, c, a, b), inner, inner, inner),
        st.builds(
            lambda f, a: Apply(NOWHERE, f, tuple(a)),
            st.sampled_from(["exp", "clip", "sum"]),
            st.lists(inner, max_size=3),
        ),
    )


LEAVES = st.one_of(
    st.builds(
        lambda v: Number(NOWHERE, v),
        st.booleans()
        | st.integers(min_value=0, max_value=10**6)
        | st.floats(min_value=0, allow_infinity=False, allow_nan=False),
    ),
    st.builds(lambda n: Name(NOWHERE, n), NAMES),
    st.builds(lambda n: Dotted(NOWHERE, "pre", n), NAMES),
    st.builds(lambda n: Gradient(NOWHERE, n), st.sampled_from(["v", "x", "dv"])),
)
TREES = st.recursive(LEAVES, larger, max_leaves=20)


@given(tree=TREES)
@settings(max_examples=300, deadline=None)
def test_a_printed_tree_reads_back_as_itself(tree: Node) -> None:
    assert read(print_expression(tree)) == tree
