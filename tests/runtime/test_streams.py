"""Random numbers: the right distributions, from counters alone, the same on every back end."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy import stats

import annlab as ann
from annlab.runtime.streams import Layout, Stream, philox, stream_key

N = 20_000
N_STEPS = 5

# name -> arguments, and the distribution as SciPy knows it
CONTINUOUS = {
    "Uniform": ((-1.0, 3.0), stats.uniform(-1.0, 4.0)),
    "Normal": ((2.0, 0.5), stats.norm(2.0, 0.5)),
    "LogNormal": ((0.3, 0.6), stats.lognorm(0.6, scale=np.exp(0.3))),
    "Exponential": ((2.5,), stats.expon(scale=1.0 / 2.5)),
    "Gamma": ((2.0, 1.5), stats.gamma(2.0, scale=1.5)),
    "Gamma below 1": ((0.4, 2.0), stats.gamma(0.4, scale=2.0)),
}
DISCRETE = {
    "DiscreteUniform": ((-2.0, 5.0), stats.randint(-2, 6)),
    "Binomial": ((12.0, 0.3), stats.binom(12, 0.3)),
    "Binomial likely": ((12.0, 0.8), stats.binom(12, 0.8)),
    "Binomial in chunks": ((4000.0, 0.4), stats.binom(4000, 0.4)),
}
EVERY = CONTINUOUS | DISCRETE
LAYOUTS = pytest.mark.parametrize("layout", Layout, ids=lambda layout: layout.value)
PRECISIONS = pytest.mark.parametrize("float_type", [np.float64, np.float32], ids=["64", "32"])


def sample(name: str, layout: Layout, float_type: type = np.float64) -> np.ndarray:
    """Return N numbers in each of N_STEPS steps."""
    stream = Stream(
        key=stream_key(7, "population", name),
        draw=1,
        layout=layout,
        float_type=np.dtype(float_type),
    )
    draws = [
        stream.sample(name.split()[0], EVERY[name][0], k, np.arange(N)) for k in range(N_STEPS)
    ]
    return np.concatenate(draws)


# ---- distributions ------------------------------------------------------------------------------


@PRECISIONS
@LAYOUTS
@pytest.mark.parametrize("name", CONTINUOUS)
def test_continuous_draws_follow_their_distribution(
    name: str, layout: Layout, float_type: type
) -> None:
    draws = sample(name, layout, float_type).astype(float)
    assert stats.kstest(draws, CONTINUOUS[name][1].cdf).pvalue > 1e-3


@PRECISIONS
@LAYOUTS
@pytest.mark.parametrize("name", DISCRETE)
def test_discrete_draws_follow_their_distribution(
    name: str, layout: Layout, float_type: type
) -> None:
    draws = sample(name, layout, float_type)
    expected = DISCRETE[name][1]
    values, counts = np.unique(draws, return_counts=True)
    assert (values == np.round(values)).all()
    probabilities = expected.pmf(values.astype(int))
    often = probabilities * len(draws) > 10
    observed = [*counts[often], len(draws) - counts[often].sum()]
    wanted = np.array([*probabilities[often], 1 - probabilities[often].sum()]) * len(draws)
    kept = wanted > 1
    observed, wanted = np.array(observed)[kept], wanted[kept]
    assert stats.chisquare(observed, wanted * observed.sum() / wanted.sum()).pvalue > 1e-3


@LAYOUTS
@pytest.mark.parametrize("name", EVERY)
def test_mean_and_variance_are_those_of_the_distribution(name: str, layout: Layout) -> None:
    draws = sample(name, layout).astype(float)
    mean, variance, kurtosis = EVERY[name][1].stats(moments="mvk")
    # Five standard errors.
    assert draws.mean() == pytest.approx(mean, abs=5 * np.sqrt(variance / len(draws)))
    error = variance * np.sqrt((kurtosis + 2) / len(draws))
    assert draws.var() == pytest.approx(variance, abs=5 * error)


@LAYOUTS
@pytest.mark.parametrize("name", ["Uniform", "DiscreteUniform"])
def test_bounds_are_kept(name: str, layout: Layout) -> None:
    draws = sample(name, layout)
    low, high = EVERY[name][0]
    assert low <= draws.min()
    assert draws.max() <= high
    assert (draws.max() == high) == (name == "DiscreteUniform")


@pytest.mark.parametrize(
    ("n", "p", "expected"), [(5.0, 0.0, 0.0), (5.0, 1.0, 5.0), (0.0, 0.5, 0.0), (5.0, -1.0, 0.0)]
)
def test_certain_binomial_draws_are_certain(n: float, p: float, expected: float) -> None:
    stream = Stream(
        key=(1, 2), draw=0, layout=Layout.SINGLE, float_type=np.dtype(float)
    )  # fmt: skip
    assert (stream.sample("Binomial", (n, p), 0, np.arange(50)) == expected).all()


@pytest.mark.parametrize("shape", [-1.0, 0.0, np.nan, np.inf])
def test_gamma_without_a_shape_is_not_drawn_for_ever(shape: float) -> None:
    stream = Stream(key=(1, 2), draw=0, layout=Layout.SINGLE, float_type=np.dtype(float))
    assert np.isnan(stream.sample("Gamma", (shape, 1.0), 0, np.arange(5))).all()


@pytest.mark.parametrize("backend", ["reference", "cpu"])
def test_a_network_with_gamma_of_a_wrong_parameter_ends(backend: str) -> None:
    net = ann.Network(backend=backend, seed=1)
    cells = net.create(3, ann.Neuron({"a": -1.0}, "r = Gamma(a, 1.0)"))
    net.compile()
    net.simulate(2.0)
    assert np.isnan(cells.r).all()
    cells.a = 2.0
    net.simulate(1.0)
    assert (cells.r > 0).all()


def test_an_unknown_distribution_is_refused() -> None:
    stream = Stream(key=(1, 2), draw=0, layout=Layout.SINGLE, float_type=np.dtype(float))
    with pytest.raises(ValueError, match="Cauchy"):
        stream.sample("Cauchy", (0.0, 1.0), 0, np.arange(5))


# ---- counters -----------------------------------------------------------------------------------


def normal(*, seed=1, kind="population", name="pop0", draw=0, step=0, ids=None) -> np.ndarray:
    stream = Stream(
        key=stream_key(seed, kind, name),
        draw=draw,
        layout=Layout.NEURONS,
        float_type=np.dtype(float),
    )
    return stream.normal(step, np.arange(2000, dtype=np.uint64) if ids is None else ids)


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 2},
        {"kind": "projection"},
        {"name": "pop1"},
        {"draw": 1},
        {"step": 1},
        {"step": 2**33},
        {"ids": np.arange(2**33, 2**33 + 2000, dtype=np.uint64)},
    ],
    ids=str,
)
def test_whatever_differs_makes_independent_numbers(change: dict) -> None:
    one, other = normal(), normal(**change)
    assert not (one == other).any()
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.1


def test_a_number_depends_on_nothing_but_its_element() -> None:
    ids = np.array([1999, 3, 700], np.uint64)
    assert (normal(ids=ids) == normal()[[1999, 3, 700]]).all()


@pytest.mark.parametrize("shift", [1, 32, 64, N])
@LAYOUTS
def test_neighbours_in_space_and_time_are_uncorrelated(layout: Layout, shift: int) -> None:
    draws = sample("Uniform", layout)
    assert abs(np.corrcoef(draws[:-shift], draws[shift:])[0, 1]) < 0.02


def test_philox_gives_the_published_words() -> None:
    """The known answers of the authors' Random123 for the counters 0 and all ones."""
    first, second = philox(np.array([0], np.uint64), attempt=0, step=0, draw=0, key=(0, 0))
    assert [hex(int(first[0])), hex(int(second[0]))] == ["0x6627e8d5e169c58d", "0xbc57ac4c9b00dbd8"]
    ones = np.array([2**64 - 1], np.uint64)
    first, second = philox(
        ones, attempt=0xFFFF, step=2**48 - 1, draw=0xFFFF, key=(2**32 - 1, 2**32 - 1)
    )
    assert [hex(int(first[0])), hex(int(second[0]))] == ["0x408f276d41c83b0e", "0xa20bc7c66d5451fd"]


# ---- back ends ----------------------------------------------------------------------------------

DTYPES = pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["64", "32"])
TEXTS = {
    name.lower().replace(" ", "_"): f"{name.split()[0]}({', '.join(map(str, EVERY[name][0]))})"
    for name in EVERY
}
# log, sin and cos of the vector library are exact to a few units in the last place.
TOLERANCE = {np.float64: 1e-12, np.float32: 2e-5}


@cache
def drawn_by_neurons(flag: str, **options) -> dict[str, np.ndarray]:
    """Return what a population draws in some steps, by the name of the variable."""
    ann.clear()
    net = ann.Network(dt=1.0, seed=11, **options)
    equations = [f"{name} = {text} {flag}" for name, text in TEXTS.items()]
    pop = net.create(150, ann.Neuron(equations="\n".join([*equations, "r = 0.0"])))
    net.compile()
    rows = []
    for _ in range(8):
        net.simulate(1.0)
        rows.append({name: np.array(getattr(pop, name), float) for name in TEXTS})
    ann.clear()
    return {name: np.array([row[name] for row in rows]) for name in TEXTS}


@DTYPES
@pytest.mark.parametrize("flag", ["", ": population"], ids=["neurons", "single"])
@pytest.mark.parametrize("name", TEXTS)
def test_back_ends_draw_the_same_numbers(name: str, flag: str, dtype: type) -> None:
    expected = drawn_by_neurons(flag, backend="reference", dtype=dtype)[name]
    found = drawn_by_neurons(flag, backend="cpu", num_threads=1, dtype=dtype)[name]
    np.testing.assert_allclose(found, expected, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])
    assert np.ptp(expected) > 0


@DTYPES
@pytest.mark.parametrize("flag", ["", ": population"], ids=["neurons", "single"])
@pytest.mark.parametrize("name", TEXTS)
def test_threads_do_not_change_what_is_drawn(name: str, flag: str, dtype: type) -> None:
    one = drawn_by_neurons(flag, backend="cpu", num_threads=1, dtype=dtype)[name]
    three = drawn_by_neurons(flag, backend="cpu", num_threads=3, dtype=dtype)[name]
    np.testing.assert_array_equal(one, three)


@cache
def drawn_by_synapses(**options) -> dict[str, np.ndarray]:
    """Return what the synapses of a projection drew last, by the name of the variable."""
    ann.clear()
    net = ann.Network(dt=1.0, seed=5, **options)
    pop = net.create(9, ann.Neuron(equations="r = 1.0"))
    synapse = ann.Synapse(equations="\n".join(f"{name} = {t}" for name, t in TEXTS.items()))
    projection = net.connect(pop, pop, "exc", synapse)
    projection.all_to_all(0.0)
    net.compile()
    net.simulate(2.0)
    found = {name: np.array(getattr(projection, name), float) for name in TEXTS}
    ann.clear()
    return found


@DTYPES
@pytest.mark.parametrize("name", TEXTS)
def test_synapses_draw_the_same_numbers_on_back_ends(name: str, dtype: type) -> None:
    expected = drawn_by_synapses(backend="reference", dtype=dtype)[name]
    found = drawn_by_synapses(backend="cpu", num_threads=2, dtype=dtype)[name]
    np.testing.assert_allclose(found, expected, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])
    assert np.ptp(expected) > 0
