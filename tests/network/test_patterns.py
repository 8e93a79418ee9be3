"""Spatial patterns and ranks; what is drawn is tested in tests/runtime/test_draws.py."""

from __future__ import annotations

import numpy as np
import pytest

from annlab.network import patterns


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


@pytest.mark.parametrize("ranks", [[], [3], [2, 5, 6], [5, 2, 6], [2, 2, 5]])
def test_ascending_ranks_are_distinct_and_in_order(ranks: list[int]) -> None:
    found = patterns.ascending(np.array(ranks, np.int64))
    assert found.tolist() == sorted(set(ranks))


def unit_grid(shape: tuple[int, ...]) -> np.ndarray:
    axes = [np.linspace(0, 1, n) if n > 1 else np.zeros(1) for n in shape]
    return np.stack([a.ravel() for a in np.meshgrid(*axes, indexing="ij")], axis=1)


@pytest.mark.parametrize(
    ("ranks", "expected"),
    [([], range(0)), ([3, 4, 5], range(3, 6)), ([3, 5], None), ([2], range(2, 3))],
)
def test_ranks_without_gaps_are_a_range(ranks: list[int], expected: range | None) -> None:
    assert patterns.as_range(np.array(ranks, int)) == expected
