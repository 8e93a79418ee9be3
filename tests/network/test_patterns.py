"""Random patterns: what is drawn, how often, and with how little memory."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annlab.network import patterns


@given(
    n_rows=st.integers(0, 12),
    n_columns=st.integers(0, 12),
    probability=st.floats(0, 1),
    seed=st.integers(0, 99),
)
@settings(deadline=None)
def test_bernoulli_rows_ascend_and_exist(
    n_rows: int, n_columns: int, probability: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    counts, columns = patterns.bernoulli_rows(n_rows, n_columns, probability, rng)
    rows = np.split(columns, np.cumsum(counts)[:-1]) if n_rows else []
    assert counts.sum() == len(columns)
    assert all(np.all(np.diff(row.astype(int)) > 0) for row in rows)
    assert np.all(columns < max(n_columns, 1))


def test_every_pair_is_equally_likely() -> None:
    rng = np.random.default_rng(1)
    n_draws, probability = 4000, 0.3
    hits = np.zeros((4, 5))
    for _ in range(n_draws):
        counts, columns = patterns.bernoulli_rows(4, 5, probability, rng)
        hits[np.repeat(np.arange(4), counts), columns] += 1
    # Five standard deviations of a binomial proportion.
    tolerance = 5 * np.sqrt(probability * (1 - probability) / n_draws)
    assert np.abs(hits / n_draws - probability).max() < tolerance


def test_the_number_of_synapses_varies_like_a_binomial() -> None:
    rng = np.random.default_rng(2)
    counts, _ = patterns.bernoulli_rows(20000, 50, 0.2, rng)
    assert counts.mean() == pytest.approx(10.0, abs=0.1)
    assert counts.var() == pytest.approx(8.0, rel=0.05)


@pytest.mark.parametrize("number", [0, 1, 2, 5, 9, 10])
def test_every_subset_is_equally_likely(number: int) -> None:
    rng = np.random.default_rng(3)
    chosen = patterns.choice_rows(20000, 10, number, rng)
    assert chosen.shape == (20000, number)
    assert np.all(np.diff(chosen.astype(int), axis=1) > 0)
    frequency = np.bincount(chosen.ravel(), minlength=10) / 20000
    assert np.abs(frequency - number / 10).max() < 0.02


@pytest.mark.parametrize("number", [1, 3, 6])
def test_an_excluded_column_is_never_chosen_and_the_others_evenly(number: int) -> None:
    rng = np.random.default_rng(4)
    excluded = np.where(np.arange(14000) % 8 < 7, np.arange(14000) % 8, -1)
    chosen = patterns.choice_rows(14000, 7, number, rng, excluded)
    assert not np.any(chosen == excluded[:, np.newaxis])
    assert np.all(np.diff(chosen.astype(int), axis=1) > 0)
    frequency = np.bincount(chosen[excluded == 3].ravel(), minlength=7) / (14000 / 8)
    expected = np.where(np.arange(7) == 3, 0, number / 6)
    assert np.abs(frequency - expected).max() < 0.07


@given(shape=st.tuples(st.integers(1, 9), st.integers(1, 9)), seed=st.integers(0, 99))
@settings(deadline=None)
def test_transposing_twice_changes_nothing(shape: tuple[int, int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    counts, columns = patterns.bernoulli_rows(*shape, 0.4, rng)
    there = patterns.transposed(counts, columns, shape[1])
    back = patterns.transposed(*there, shape[0])
    assert back[0].tolist() == counts.tolist()
    assert back[1].tolist() == columns.tolist()


@pytest.mark.parametrize("geometry", [((7,), (5,)), ((4, 6), (3, 5)), ((3, 1, 4), (2, 2, 3))])
@pytest.mark.parametrize("radius", [0.0, 0.3, 0.8, 5.0])
def test_neighbours_are_those_of_all_pairs_that_are_near(
    geometry: tuple[tuple[int, ...], tuple[int, ...]], radius: float
) -> None:
    here, there = (unit_grid(shape) for shape in geometry)
    squared = ((here[:, np.newaxis] - there) ** 2).sum(axis=2)
    expected = {(i, j): squared[i, j] for i, j in zip(*np.nonzero(squared <= radius**2 + 1e-12))}
    found = {}
    for rows, columns, distances in patterns.neighbours(*geometry, radius + 1e-9):
        found |= dict(zip(zip(rows, columns), distances))
    assert found.keys() == expected.keys()
    assert found == pytest.approx(expected)


def unit_grid(shape: tuple[int, ...]) -> np.ndarray:
    axes = [np.linspace(0, 1, n) if n > 1 else np.zeros(1) for n in shape]
    return np.stack([a.ravel() for a in np.meshgrid(*axes, indexing="ij")], axis=1)


@pytest.mark.parametrize(
    ("ranks", "expected"),
    [([], range(0)), ([3, 4, 5], range(3, 6)), ([3, 5], None), ([2], range(2, 3))],
)
def test_ranks_without_gaps_are_a_range(ranks: list[int], expected: range | None) -> None:
    assert patterns.as_range(np.array(ranks, int)) == expected


def test_peak_memory_stays_near_what_is_kept() -> None:
    rng = np.random.default_rng(5)
    tracemalloc.start()
    _, columns = patterns.bernoulli_rows(100_000, 1000, 0.1, rng)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    in_one_block = 6 * 8 * patterns.BLOCK  # six arrays of doubles
    assert peak < 2 * columns.nbytes + in_one_block
