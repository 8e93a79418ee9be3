"""The exact meaning of operators and functions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from typed_models import formula, local, shared

from annlab.codegen.reference import evaluate
from annlab.ir.expr import Binary, Call, Cast, DType, Literal, Select, dtype_of

X = local("x")
NAMES = {"x": X, "y": local("y"), "k": shared("k", DType.INT), "b": shared("b", DType.BOOL)}
NAN, INF = math.nan, math.inf


def value(text: str, **values: object) -> np.ndarray:
    return evaluate(formula(text, NAMES), {NAMES[n]: v for n, v in values.items()})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pos(x)", [0.0, 0.25, 1.5]),
        ("neg(x)", [-2.0, 0.0, 0.0]),
        ("clip(x, -0.5, 0.5)", [-0.5, 0.25, 0.5]),
        ("abs(x)", [2.0, 0.25, 1.5]),
        ("power(x, 3)", [-8.0, 0.015625, 3.375]),
        ("power(x, 0)", [1.0, 1.0, 1.0]),
        ("x**2 + x**2", [8.0, 0.125, 4.5]),
        (
            "exp(x) + sin(x) + cos(x) + tan(x)",
            [0.9949308831253074, 2.7556837188739456, 19.65134120578154],
        ),
        ("x if x > 0.5 else -x", [2.0, -0.25, 1.5]),
        ("min(x, 0.5, 1.0)", [-2.0, 0.25, 0.5]),
        ("max(x, 0.5, 1.0)", [1.0, 1.0, 1.5]),
        ("not x > 0.0", [True, False, False]),
        ("x > 0.0 and x", [False, True, True]),
        ("x == 0.25 or x < -1.0", [True, True, False]),
    ],
)  # fmt: skip
def test_function_gives_the_documented_values(text, expected) -> None:
    assert value(text, x=np.array([-2.0, 0.25, 1.5])) == pytest.approx(np.array(expected))


@pytest.mark.parametrize(
    ("x", "expected"),
    [(0.5, 1), (-0.5, -1), (2.5, 3), (-2.5, -3), (2.4, 2), (0.49999999999999994, 0), (4e15, 4e15)],
)
def test_round_takes_halves_away_from_zero(x, expected) -> None:
    assert value("round(x)", x=x) == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [(7.9, 3.2, 1), (-7, 3, -1), (7, -3, 1), (-7.9, 3.9, -1), (5, 0, 0)],
)
def test_modulo_truncates_and_has_the_sign_of_c(left, right, expected) -> None:
    found = value("modulo(x, y)", x=left, y=right)
    assert found == expected
    assert np.asarray(found).dtype.kind == "i"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("clip(x, 0.0, 1.0)", NAN),
        ("pos(x)", 0.0),
        ("neg(x)", 0.0),
        ("min(x, 1.0)", NAN),
        ("min(1.0, x)", 1.0),
        ("1.0 if x > 0.0 else 2.0", 2.0),
        ("isnan(x)", True),
        ("isfinite(x)", False),
        ("x == x", False),
    ],
)
def test_nan_compares_as_in_c(text, expected) -> None:
    assert value(text, x=NAN) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("x/0.0", INF), ("-x/0", -INF), ("log(0.0*x)", -INF), ("sqrt(-x)", NAN), ("exp(1000*x)", INF)],
)
def test_division_by_zero_and_the_like_are_silent(text, expected) -> None:
    assert value(text, x=1.0) == pytest.approx(expected, nan_ok=True)


def test_unchosen_branch_may_be_invalid() -> None:
    assert value("sqrt(x) if x > 0.0 else 0.0", x=np.array([-1.0, 4.0])).tolist() == [0.0, 2.0]


def test_division_of_whole_numbers_is_real() -> None:
    assert value("k/2", k=np.int64(5)) == 2.5


@pytest.mark.parametrize(
    ("text", "expected", "dtype"),
    [
        ("2**3", 8, DType.INT),
        ("2**-1", 0.5, DType.FLOAT),
        ("2**(k - 6)", 0.5, DType.FLOAT),
        ("k*k", 25, DType.INT),
        ("b + b", 2, DType.INT),
        ("-b", -1, DType.INT),
        ("k + 0.5", 5.5, DType.FLOAT),
        ("abs(-k)", 5, DType.INT),
        ("max(k, 2)", 5, DType.INT),
    ],
)
def test_kind_of_number_follows_the_operands(text, expected, dtype) -> None:
    assert dtype_of(formula(text, NAMES)) is dtype
    assert value(text, k=np.int32(5), b=np.True_) == expected


@pytest.mark.parametrize("text", ["x", "x*k", "x/3", "exp(x) + 0.1", "k/2", "exprel(x)", "pos(x)"])
def test_single_precision_stays_single(text) -> None:
    values = {X: np.float32([0.1, 0.2]), NAMES["k"]: np.int64(3)}
    found = evaluate(formula(text, NAMES), values, float_type=np.float32)
    assert np.asarray(found).dtype == np.float32


@pytest.mark.parametrize(
    ("x", "expected"), [(0.0, 1.0), (1e-300, 1.0), (1.0, math.e - 1), (-INF, 0.0)]
)
def test_exprel_has_its_limit_at_zero(x, expected) -> None:
    assert value("exprel(x)", x=x) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    ("dtype", "expected"), [(DType.INT, -2), (DType.BOOL, True), (DType.FLOAT, -2.7)]
)
def test_cast_truncates_towards_zero(dtype, expected) -> None:
    assert evaluate(Cast(dtype, Literal(-2.7)), {}) == expected


@pytest.mark.parametrize("number", [NAN, INF])
def test_cast_of_what_is_no_number_is_silent(number) -> None:
    assert np.asarray(evaluate(Cast(DType.INT, X), {X: number})).dtype.kind == "i"


def test_unknown_symbol_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        evaluate(X, {})


def test_shapes_broadcast() -> None:
    chosen = Select(Literal(True), Binary("+", X, Literal(1)), Call("exp", (X,)))
    assert evaluate(chosen, lambda _: np.zeros((2, 3))).shape == (2, 3)
