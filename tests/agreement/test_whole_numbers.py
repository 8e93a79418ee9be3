"""Whole numbers among real ones: every back end computes what the text says."""

from __future__ import annotations

import pytest

import annlab as ann
from annlab.runtime.cuda.device import EMULATE_VARIABLE

BACKENDS = ("reference", "cpu", "cuda")
OF_POPULATION = " : int, population"


@pytest.fixture(autouse=True)
def emulated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(EMULATE_VARIABLE, "1")


def result(backend: str, parameters: str, equation: str, **options: object) -> float:
    """Return the `r` of one neuron of three after one step."""
    net = ann.Network(dt=1.0, backend=backend, seed=1, **options)
    cells = net.create(3, ann.Neuron(parameters, equation))
    net.compile()
    net.simulate(1.0)
    return float(cells.r[1])


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("parameters", "equation", "expected"),
    [
        # As whole numbers 49 / 4 is 12, and 0 / 0, where there is no neuron, the end of Python.
        ("k = 7 : int\nm = 2 : int", "r = k^2.0 / m^2.0", 12.25),
        (f"k = 7{OF_POPULATION}\nm = 3{OF_POPULATION}", "r = k^2.0 / m^2.0", 49 / 9),
        ("k = 7 : int\nm = 2 : int", "r = k^1.0 / m^1.0", 3.5),
        ("k = 7 : int\nm = 2 : int", "r = pow(k, 3.0) / pow(m, 4.0)", 343 / 16),
        ("k = 7 : int\nm = 2 : int", "r = k^m / 2", 24.5),
        ("k = 3 : int", "r = min(k^5, 3)", 3.0),
        ("k = 3 : int", "r = max(k^5, 3)", 243.0),
        ("k = 3 : int", "r = min(k^2.0, 3.5)", 3.5),
        ("k = 3 : int", "r = modulo(k^39, 1000)", float(3**39 % 1000)),  # more digits than a double
        ("k = -7 : int", "r = abs(k) + pos(k) + 10 * neg(k)", -63.0),
        ("k = 2 : int", "r = k^0 + k^1 + k^2 + k^3 + k^4 + k^6", 95.0),
        ("x = 1.0", "r = x + 3000000000", 3000000001.0),
        ("x = 2.0", "r = x * 99999999999999999999", 2e20),
        ("k = 2 : int", "r = k * 99999999999999999999", 2e20),
        ("x = 1.0", "r = ite(x < 3000000000, 1.0, 0.0)", 1.0),
        # `k*k*1*k` and `k*k*1.0*k` were taken for one expression.
        (f"k = 2000000000{OF_POPULATION}", "q = k*k*1*0\nr = q + k*k*1.0*k", 8e27),
    ],
)
def test_powers_and_literals(backend: str, parameters: str, equation: str, expected: float) -> None:
    assert result(backend, parameters, equation) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("parameters", "equation", "expected"),
    [
        ("x = 1.0", "r = x + 3000000000", 3e9),
        ("k = 7 : int", "r = abs(k)", 7.0),
        ("k = 7 : int", "r = abs(-k) + k^2.0", 56.0),
        ("k = 1 : int", "r = k + 3000000000", 3e9),
    ],
)
def test_single_precision_has_whole_numbers_too(
    backend: str, parameters: str, equation: str, expected: float
) -> None:
    found = result(backend, parameters, equation, dtype="float32")
    assert found == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "text", ["0.4 < Uniform(0.0, 1.0) < 0.6", "0.2 < 0.4 < Uniform(0, 1) <= 0.6 < 1"]
)
def test_a_chain_of_comparisons_draws_its_number_once(backend: str, text: str) -> None:
    """It was 0.35: one number was above 0.4, or another below 0.6."""
    net = ann.Network(dt=1.0, backend=backend, seed=1)
    cells = net.create(20_000, ann.Neuron(equations=f"r = ite({text}, 1.0, 0.0)"))
    net.compile()
    net.simulate(1.0)
    assert cells.r.mean() == pytest.approx(0.2, abs=0.01)


def test_comparisons_that_are_written_out_draw_twice() -> None:
    net = ann.Network(dt=1.0, backend="reference", seed=1)
    text = "0.4 < Uniform(0.0, 1.0) and Uniform(0.0, 1.0) < 0.6"
    cells = net.create(20_000, ann.Neuron(equations=f"r = ite({text}, 1.0, 0.0)"))
    net.compile()
    net.simulate(1.0)
    assert cells.r.mean() == pytest.approx(0.36, abs=0.01)
