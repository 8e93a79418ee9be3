"""Random distributions: statistics, reproducibility, refusals."""

from __future__ import annotations

import numpy as np
import pytest

import annlab as ann
from annlab.errors import ArgumentError, ArgumentTypeError

N = 20_000


@pytest.mark.parametrize(
    ("make", "mean", "deviation"),
    [
        (lambda **k: ann.Uniform(-1.0, 3.0, **k), 1.0, 4 / np.sqrt(12)),
        (lambda **k: ann.DiscreteUniform(1, 4, **k), 2.5, np.sqrt(15 / 12)),
        (lambda **k: ann.Normal(2.0, 0.5, **k), 2.0, 0.5),
        (lambda **k: ann.LogNormal(0.0, 0.5, **k), np.exp(0.125), 0.6039),
        (lambda **k: ann.Exponential(4.0, **k), 0.25, 0.25),
        (lambda **k: ann.Gamma(2.0, 3.0, **k), 6.0, 3 * np.sqrt(2)),
        (lambda **k: ann.Binomial(10, 0.3, **k), 3.0, np.sqrt(2.1)),
    ],
    ids=["uniform", "discrete", "normal", "lognormal", "exponential", "gamma", "binomial"],
)
def test_draws_have_the_stated_mean_and_deviation(make, mean: float, deviation: float) -> None:
    values = make(seed=7).get_values(N)
    # Five standard errors; the deviation of a skewed distribution varies a little more.
    assert values.mean() == pytest.approx(mean, abs=5 * deviation / np.sqrt(N))
    assert values.std() == pytest.approx(deviation, rel=0.06)


def test_both_ends_of_a_discrete_distribution_are_drawn() -> None:
    values = ann.DiscreteUniform(1, 4, seed=1).get_values(500)
    assert sorted(set(values.tolist())) == [1, 2, 3, 4]


def test_draws_are_moved_to_the_bounds() -> None:
    values = ann.Normal(0.0, 10.0, min=-1.0, max=1.0, seed=1).get_values(100)
    assert (values.min(), values.max()) == (-1.0, 1.0)


@pytest.mark.parametrize("options", [{"seed": 5}, {"rng": np.random.default_rng(5)}])
def test_a_seed_or_a_generator_makes_draws_reproducible(options) -> None:
    expected = np.random.default_rng(5).uniform(0.0, 1.0, (2, 3))
    assert np.array_equal(ann.Uniform(0.0, 1.0, **options).get_values((2, 3)), expected)


def test_an_integer_in_third_place_of_gamma_is_a_seed() -> None:
    old, new = ann.Gamma(2.0, 1.0, 9), ann.Gamma(2.0, 1.0, seed=9)
    assert old.get_value() == new.get_value()


def test_lists_and_text() -> None:
    uniform = ann.Uniform(0.0, 1.0)
    assert isinstance(uniform.get_list_values(3), list)
    assert repr(uniform) == "Uniform(0.0, 1.0)"
    assert uniform.latex() == "$\\mathcal{U}$(0.0, 1.0)"


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: ann.Uniform(1.0, 0.0), "Uniform: min \\(1.0\\) is not below max \\(0.0\\)"),
        (lambda: ann.DiscreteUniform(2, 2), "min \\(2\\) is not below max \\(2\\)\n  give 2"),
        (lambda: ann.Normal(0.0, 1.0, min=2.0, max=1.0), "Normal: min \\(2.0\\) is not below"),
        (lambda: ann.Normal(0.0, -1.0), "Normal: sigma is -1.0, it must be at least 0"),
        (lambda: ann.LogNormal(0.0, -1.0), "LogNormal: sigma is -1.0"),
        (lambda: ann.Exponential(-2.0), "Exponential: Lambda is -2.0, it must be above 0"),
        (lambda: ann.Gamma(0.0), "Gamma: alpha is 0.0, it must be above 0"),
        (lambda: ann.Binomial(3, 1.5), "Binomial: p is 1.5, it must be between 0 and 1"),
    ],
)
def test_impossible_arguments_are_refused(make, text: str) -> None:
    with pytest.raises(ArgumentError, match=text):
        make()


def test_a_generator_of_another_kind_is_refused() -> None:
    with pytest.raises(ArgumentTypeError, match="Uniform: rng must be a NumPy generator, not 0.5"):
        ann.Uniform(0.0, 1.0, 0.5)
