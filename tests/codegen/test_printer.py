"""Expressions as C: the order of the operations stays, parentheses stand where they are needed."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annlab.codegen.clike.dialect import dialect
from annlab.codegen.printer import Printer, spell
from annlab.ir.expr import (
    Binary,
    Call,
    Compare,
    DType,
    Expr,
    Literal,
    Logic,
    Select,
    Symbol,
    SymbolKind,
    Unary,
)

PRINT = Printer(dialect("float64"), spell)
A, B, C = (Symbol(name, SymbolKind.ATTRIBUTE) for name in "abc")

LEAVES = st.sampled_from([A, B, C, Literal(2.5), Literal(-2.5)])


def _branches(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    operators = st.sampled_from(["+", "-", "*", "/"])
    return (
        st.builds(Binary, operators, inner, inner)
        | st.builds(lambda e: Unary("-", e), inner)
        | st.builds(lambda e: Call("exp", (e,)), inner)
    )


@given(expr=st.recursive(LEAVES, _branches, max_leaves=12))
def test_what_is_printed_groups_as_the_expression_does(expr: Expr) -> None:
    """Python reads these operators as C does, so its parser is the judge."""
    text = PRINT.as_type(expr, DType.FLOAT).replace("annlab::", "")
    assert _read(ast.parse(text, mode="eval").body) == _normal(expr)


def _normal(expr: Expr) -> object:
    """Write an expression as nested tuples, a negative number as a sign and a number."""
    match expr:
        case Literal(value=value):
            return ("-", -value) if value < 0 else value
        case Symbol(name=name):
            return name
        case Unary(operand=operand):
            return ("-", _normal(operand))
        case Binary(op=op, left=left, right=right):
            return (op, _normal(left), _normal(right))
        case Call(function=function, arguments=arguments):
            return (function, *map(_normal, arguments))
    raise TypeError(expr)


SIGNS: dict[type, str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}


def _read(node: ast.expr) -> object:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return name
        case ast.UnaryOp(operand=operand):
            return ("-", _read(operand))
        case ast.BinOp(op=op, left=left, right=right):
            return (SIGNS[type(op)], _read(left), _read(right))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return (name, *map(_read, arguments))
    raise TypeError(ast.dump(node))


IS_LESS, IS_MORE = Compare("<", A, B), Compare(">", A, Literal(-65.0))


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        (Binary("-", Binary("-", A, B), C), "a - b - c"),
        (Binary("-", A, Binary("-", B, C)), "a - (b - c)"),
        (Binary("-", A, Unary("-", B)), "a - (-b)"),
        (Unary("-", Unary("-", A)), "-(-a)"),
        (Binary("*", Unary("-", A), B), "-a * b"),
        (Unary("-", Binary("*", A, B)), "-(a * b)"),
        (Binary("**", Binary("+", A, B), Literal(2)), "annlab::square(a + b)"),
        (Call("max", (A, Binary("+", A, B))), "annlab::larger(a, a + b)"),
        (Select(IS_LESS, Unary("-", A), B), "a < b ? -a : b"),
        (Select(IS_LESS, Select(IS_MORE, A, B), C), "a < b ? (a > -65.0 ? a : b) : c"),
        (Select(Logic("and", IS_LESS, IS_MORE), A, B), "((a < b) & (a > -65.0)) ? a : b"),
        (Binary("+", Select(IS_LESS, A, B), C), "(a < b ? a : b) + c"),
        (Binary("+", IS_LESS, A), "int64_t(a < b) + a"),
        (Binary("/", Literal(1), Literal(2)), "1.0 / 2.0"),
    ],
)
def test_parentheses_stand_where_c_or_its_reader_needs_them(expr: Expr, text: str) -> None:
    assert PRINT.as_type(expr, DType.FLOAT).replace("integer", "int64_t") == text


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        (Logic("or", Logic("and", IS_LESS, IS_MORE), IS_LESS), "((a < b) & (a > -65.0)) | (a < b)"),
        (Unary("not", IS_LESS), "!(a < b)"),
        (Binary("+", A, B), "a + b != 0"),
        (Compare("==", IS_LESS, IS_MORE), "int64_t(a < b) == int64_t(a > -65.0)"),
    ],
)
def test_truth_values_keep_comparisons_apart(expr: Expr, text: str) -> None:
    assert PRINT.as_type(expr, DType.BOOL).replace("integer", "int64_t") == text


@pytest.mark.parametrize("expr", [Binary("+", A, B), Unary("-", A), IS_LESS, Literal(-1.0)])
def test_a_text_that_becomes_an_operand_is_in_parentheses(expr: Expr) -> None:
    assert PRINT(expr).startswith("(")
    assert PRINT(expr).endswith(")")
