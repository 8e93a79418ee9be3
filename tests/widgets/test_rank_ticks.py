"""Ticks of rasters: round ranks in each population, no number that says nothing."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from annlab.widgets.rank_ticks import Block, ticks_of


def stacked(*sizes: int) -> list[Block]:
    return [Block(first=sum(sizes[:k]), n=n) for k, n in enumerate(sizes)]


def ticks(blocks: Sequence[Block]) -> list[float]:
    n = sum(block.n for block in blocks)
    return ticks_of(blocks, (-1.0, n), 255.0)


@pytest.mark.parametrize(
    ("sizes", "rows"),
    [
        ((100,), [0, 20, 40, 60, 80]),
        ((1,), [0]),
        ((1, 3, 50, 7), [-0.5, 4, 14, 24, 34, 44, 54, 59]),
        ((100, 25), [0, 20, 40, 60, 80, 100, 110, 120]),
    ],
)
def test_ticks_are_round_ranks_of_each_population(sizes: tuple[int, ...], rows: list) -> None:
    assert ticks(stacked(*sizes)) == rows


def test_many_small_populations_have_ticks_where_they_begin() -> None:
    """Thirty had ticks at their ranks 0, 14, 14 and 24."""
    assert ticks(stacked(*[15] * 30)) == [15 * k - 0.5 for k in range(30)]


def test_a_part_of_a_population_counts_by_its_own_ranks() -> None:
    assert ticks([Block(first=0, n=20, ranks=3)]) == [2, 7, 12, 17]
    assert ticks([Block(first=0, n=3, ranks=[3, 30, 300])]) == [0, 1, 2]
