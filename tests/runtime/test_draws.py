"""What connectors draw: how often, with how little memory, and the same whatever draws it."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats

from annlab.runtime.drawing import plain
from annlab.runtime.drawing.laws import Kind, Law, Purpose
from annlab.runtime.drawing.native import NativeDrawing
from annlab.runtime.drawing.source import Source

KEY = (0x243F6A88, 0x85A308D3)
WORD = st.integers(0, 2**32 - 1)

native = NativeDrawing(2)
by_both = pytest.mark.parametrize("drawing", [plain, native], ids=["plain", "native"])


def law(kind: Kind, a: float, b: float = 0.0, low: float = -np.inf, high: float = np.inf) -> Law:
    return Law(kind, a, b, low, high)


def rows_of(counts: np.ndarray, columns: np.ndarray) -> list[np.ndarray]:
    return np.split(columns.astype(int), np.cumsum(counts)[:-1]) if len(counts) else []


# ---- pairs --------------------------------------------------------------------------------------


@by_both
@given(
    n_rows=st.integers(0, 12),
    n_columns=st.integers(0, 12),
    probability=st.floats(0, 1, exclude_max=True),
    key=st.tuples(WORD, WORD),
)
@settings(deadline=None)
def test_rows_ascend_and_their_columns_exist(
    drawing: Any, n_rows: int, n_columns: int, probability: float, key: tuple[int, int]
) -> None:
    counts, columns = drawing.bernoulli(key, n_rows, n_columns, probability)
    assert counts.sum() == len(columns)
    assert all(np.all(np.diff(row) > 0) for row in rows_of(counts, columns))
    assert np.all(columns < max(n_columns, 1))


@by_both
def test_every_pair_is_equally_likely(drawing: Any) -> None:
    n_draws, probability = 4000, 0.3
    hits = np.zeros((4, 5))
    for draw in range(n_draws):
        counts, columns = drawing.bernoulli((draw, 1), 4, 5, probability)
        hits[np.repeat(np.arange(4), counts), columns] += 1
    # Five standard deviations of a binomial proportion.
    tolerance = 5 * np.sqrt(probability * (1 - probability) / n_draws)
    assert np.abs(hits / n_draws - probability).max() < tolerance


def test_the_number_of_synapses_is_binomial_on_both_sides() -> None:
    counts, columns = plain.bernoulli(KEY, 20000, 50, 0.2)
    expected = stats.binom(50, 0.2).pmf(np.arange(51)) * len(counts)
    is_common = expected > 10
    found = np.bincount(counts, minlength=51)[is_common]
    pooled = np.append(expected[is_common], len(counts) - expected[is_common].sum())
    found = np.append(found, len(counts) - found.sum())
    assert stats.chisquare(found, pooled).pvalue > 1e-3
    n_inputs = np.bincount(columns, minlength=50)
    assert n_inputs.var() == pytest.approx(20000 * 0.2 * 0.8, rel=0.5)


@pytest.mark.parametrize("probability", [1e-4, 0.02, 0.9])
def test_gaps_are_geometric(probability: float) -> None:
    _, columns = plain.bernoulli(KEY, 1, 60_000_000 if probability < 0.01 else 60_000, probability)
    gaps = np.diff(columns.astype(int))
    assert stats.kstest(gaps + np.random.default_rng(1).random(len(gaps)),
                        _continuous_geometric(probability)).pvalue > 1e-3  # fmt: skip


def _continuous_geometric(probability: float) -> Any:
    """Return the distribution function of a geometric number plus a uniform one of [0, 1)."""

    def below(x: np.ndarray) -> np.ndarray:
        whole = np.floor(x)
        here, before = (stats.geom(probability).cdf(k) for k in (whole, whole - 1))
        return before + (here - before) * (x - whole)

    return below


@by_both
@pytest.mark.parametrize("number", [0, 1, 2, 5, 9, 10])
def test_every_subset_is_equally_likely(drawing: Any, number: int) -> None:
    chosen = drawing.choice(KEY, 20000, 10, number)
    assert chosen.shape == (20000, number)
    assert np.all(np.diff(chosen.astype(int), axis=1) > 0)
    frequency = np.bincount(chosen.ravel(), minlength=10) / 20000
    assert np.abs(frequency - number / 10).max() < 0.02
    if number == 2:
        pairs = np.bincount(chosen[:, 0] * 10 + chosen[:, 1])
        assert stats.chisquare(pairs[pairs > 0]).pvalue > 1e-3
        assert np.count_nonzero(pairs) == 45


@by_both
@pytest.mark.parametrize("number", [1, 3, 6])
def test_an_excluded_column_is_never_chosen_and_the_others_evenly(
    drawing: Any, number: int
) -> None:
    excluded = np.where(np.arange(14000) % 8 < 7, np.arange(14000) % 8, -1)
    chosen = drawing.choice(KEY, 14000, 7, number, excluded)
    assert not np.any(chosen == excluded[:, np.newaxis])
    assert np.all(np.diff(chosen.astype(int), axis=1) > 0)
    frequency = np.bincount(chosen[excluded == 3].ravel(), minlength=7) / (14000 / 8)
    expected = np.where(np.arange(7) == 3, 0, number / 6)
    assert np.abs(frequency - expected).max() < 0.07


@pytest.mark.parametrize("number", [3, 40])
def test_the_two_ways_of_choosing_choose_the_same(
    monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(plain, "FEW", 0.0)
    by_marking = plain.choice(KEY, 300, 100, number)
    monkeypatch.setattr(plain, "FEW", 1.0)
    assert np.array_equal(plain.choice(KEY, 300, 100, number), by_marking)


@by_both
@given(shape=st.tuples(st.integers(1, 9), st.integers(1, 9)), key=st.tuples(WORD, WORD))
@settings(deadline=None)
def test_transposing_twice_changes_nothing(
    drawing: Any, shape: tuple[int, int], key: tuple[int, int]
) -> None:
    counts, columns = plain.bernoulli(key, *shape, 0.4)
    there = drawing.transposed(counts, columns, shape[1])
    back = drawing.transposed(*there, shape[0])
    assert back[0].tolist() == counts.tolist()
    assert back[1].tolist() == columns.tolist()


# ---- values -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("drawn", "expected"),
    [
        (law(Kind.UNIFORM, -1.0, 3.0), stats.uniform(-1.0, 4.0)),
        (law(Kind.NORMAL, 2.0, 0.5), stats.norm(2.0, 0.5)),
        (law(Kind.LOG_NORMAL, 0.5, 0.75), stats.lognorm(0.75, scale=np.exp(0.5))),
        (law(Kind.EXPONENTIAL, 4.0), stats.expon(scale=0.25)),
    ],
    ids=lambda x: x.kind.name if isinstance(x, Law) else "",
)
def test_values_follow_their_law(drawn: Law, expected: Any) -> None:
    values = np.empty(100_000)
    plain.fill(values, drawn, KEY, Purpose.WEIGHTS)
    assert stats.kstest(values, expected.cdf).pvalue > 1e-3
    neighbours = np.corrcoef(values[::2], values[1::2])[0, 1]
    assert abs(neighbours) < 5 / np.sqrt(len(values) / 2)


def test_whole_numbers_are_all_equally_likely() -> None:
    values = np.empty(60_000)
    plain.fill(values, law(Kind.WHOLE, -1, 4), KEY, Purpose.WEIGHTS)
    found, counts = np.unique(values, return_counts=True)
    assert found.tolist() == [-1, 0, 1, 2, 3, 4]
    assert stats.chisquare(counts).pvalue > 1e-3


@by_both
def test_values_stay_in_bounds_and_delays_are_whole_steps(drawing: Any) -> None:
    values = np.empty(10_000)
    drawing.fill(values, law(Kind.NORMAL, 0.0, 1.0, -0.5, 1.5), KEY, Purpose.WEIGHTS)
    assert (values.min(), values.max()) == (-0.5, 1.5)
    steps = np.empty(10_000, np.int32)
    drawing.fill(steps, Law(Kind.UNIFORM, 0.0, 2.0, 0.0, 2.0, unit=0.5), KEY, Purpose.DELAYS)
    assert set(steps) == {1, 2, 3, 4}  # what is nearest to no step at all is one


@pytest.mark.parametrize("function", ["log", "exp"])
def test_functions_that_are_written_out_are_right(function: str) -> None:
    x = np.concatenate((np.geomspace(1e-300, 1.0, 10_001), np.linspace(0.5, 2.0, 10_001)))
    if function == "exp":
        x = np.linspace(-700, 700, 20_001)
    got, expected = getattr(plain, function)(x), getattr(np, function)(x)
    assert got == pytest.approx(expected, rel=2e-13 if function == "exp" else 1e-15, abs=1e-16)


# ---- the same, whatever draws -------------------------------------------------------------------


@given(
    n_rows=st.integers(0, 40),
    n_columns=st.sampled_from([0, 1, 2, 63, 64, 65, 5000, 70_000]),
    probability=st.floats(0, 0.99),
    has_excluded=st.booleans(),
    key=st.tuples(WORD, WORD),
)
@settings(deadline=None, max_examples=60)
def test_compiled_loops_draw_the_same_pairs(
    n_rows: int, n_columns: int, probability: float, has_excluded: bool, key: tuple[int, int]
) -> None:
    excluded = np.arange(n_rows) % max(n_columns, 1) - 1 if has_excluded else None
    expected = plain.bernoulli(key, n_rows, n_columns, probability, excluded)
    found = native.bernoulli(key, n_rows, n_columns, probability, excluded)
    assert_same(found, expected)
    assert_same(native.transposed(*expected, n_columns), plain.transposed(*expected, n_columns))


@given(
    n_rows=st.integers(0, 30),
    n_columns=st.sampled_from([1, 2, 64, 129, 3000, 70_000]),
    share=st.floats(0, 1),
    has_excluded=st.booleans(),
    key=st.tuples(WORD, WORD),
)
@settings(deadline=None, max_examples=60)
def test_compiled_loops_choose_the_same(
    n_rows: int, n_columns: int, share: float, has_excluded: bool, key: tuple[int, int]
) -> None:
    excluded = np.arange(n_rows) % n_columns - 1 if has_excluded else None
    number = int(share * (n_columns - has_excluded))
    expected = plain.choice(key, n_rows, n_columns, number, excluded)
    assert_same((native.choice(key, n_rows, n_columns, number, excluded),), (expected,))


@given(
    kind=st.sampled_from(Kind),
    a=st.floats(0.1, 5.0),
    b=st.floats(0.1, 5.0),
    first=st.integers(0, 2**40),
    n=st.integers(0, 700),
    dtype=st.sampled_from([np.float64, np.float32, np.int32]),
    key=st.tuples(WORD, WORD),
)
@example(Kind.UNIFORM, 1.0, 2.0, 2**33 - 300, 700, np.float64, (0, 0))  # counts beyond 32 bits
@settings(deadline=None)
def test_compiled_loops_draw_the_same_values(
    kind: Kind, a: float, b: float, first: int, n: int, dtype: type, key: tuple[int, int]
) -> None:
    drawn = Law(kind, a, b, 0.2, 50.0, unit=0.1 if dtype is np.int32 else 0.0)
    expected, found = np.empty(n, dtype), np.empty(n, dtype)
    plain.fill(expected, drawn, key, Purpose.DELAYS, first)
    native.fill(found, drawn, key, Purpose.DELAYS, first)
    assert_same((found,), (expected,))


@given(
    n_rows=st.integers(0, 20),
    longest=st.sampled_from([1, 3, 80, 5000]),
    weight=st.sampled_from([None, np.float32, np.float64]),
    key=st.tuples(WORD, WORD),
)
@settings(deadline=None)
def test_compiled_loops_cut_rows_alike(
    n_rows: int, longest: int, weight: type | None, key: tuple[int, int]
) -> None:
    counts, columns = plain.bernoulli(key, n_rows, 60, 0.3)
    row_ptr = np.concatenate(([0], np.cumsum(counts)))
    delays = np.empty(len(columns), np.int32)
    plain.fill(delays, law(Kind.WHOLE, 1, longest), key, Purpose.DELAYS)
    others = [columns] if weight is None else [columns, np.arange(len(columns)).astype(weight)]
    results = []
    for drawing in (plain, native):
        mine = [a.copy() for a in (delays, *others)]
        cut = drawing.cut_rows(row_ptr, mine[0], mine[1:])
        results.append((*cut, *mine))
    assert_same(results[1], results[0])


@pytest.mark.parametrize("n_threads", [1, 3])
def test_threads_do_not_matter(n_threads: int) -> None:
    few = NativeDrawing(n_threads)
    assert_same(few.bernoulli(KEY, 3000, 900, 0.3), native.bernoulli(KEY, 3000, 900, 0.3))
    one, other = np.empty(700_001), np.empty(700_001)
    few.fill(one, law(Kind.NORMAL, 0, 1), KEY, Purpose.WEIGHTS)
    native.fill(other, law(Kind.NORMAL, 0, 1), KEY, Purpose.WEIGHTS)
    assert_same((one,), (other,))


def test_a_machine_without_memory_raises_and_lives_on() -> None:
    with pytest.raises(MemoryError, match="no memory left to draw synapses"):
        native.choice(KEY, 1, 1 << 52, 3)
    assert native.choice(KEY, 1, 10, 3).shape == (1, 3)


def assert_same(found: Any, expected: Any) -> None:
    for a, b in zip(found, expected, strict=True):
        assert a.dtype == b.dtype
        assert np.array_equal(a, b)


# ---- sources and memory -------------------------------------------------------------------------


def test_sources_of_one_parent_differ_and_follow_its_seed() -> None:
    parent = np.random.default_rng(3)
    one, other = Source.below(parent), Source.below(parent)
    assert one.key != other.key
    assert Source.below(np.random.default_rng(3)).key == one.key


def test_a_long_row_is_drawn_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = plain.bernoulli(KEY, 3, 5000, 0.4, np.array([7, 8, 9]))
    chosen = plain.choice(KEY, 3, 5000, 1000)
    monkeypatch.setattr(plain, "BLOCK", 64)
    assert_same(plain.bernoulli(KEY, 3, 5000, 0.4, np.array([7, 8, 9])), expected)
    assert_same((plain.choice(KEY, 3, 5000, 1000),), (chosen,))


@by_both
@pytest.mark.parametrize("shape", [(100_000, 1000), (1, 20_000_000)], ids=["rows", "one row"])
def test_peak_memory_stays_near_what_is_kept(drawing: Any, shape: tuple[int, int]) -> None:
    tracemalloc.start()
    _, columns = drawing.bernoulli(KEY, *shape, 0.1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    in_one_block = 12 * 8 * plain.BLOCK  # twelve arrays of doubles
    assert peak < 2 * columns.nbytes + in_one_block
