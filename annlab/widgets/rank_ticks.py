"""Ticks of an axis on which the neurons of several populations stand above each other.

In: where each population lies, and how much room there is. Out: rows. A population that has room
for two numbers has them at round ranks; where one without room begins there is a tick between two
rows, which has no number: of many small populations all would say 0.

Figures of Bokeh ask ``static/ranks.js``, which does the same for what is in sight.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bokeh.models import CustomJSTicker, CustomJSTickFormatter

from annlab.widgets import assets

ROOM = 14.0  # between two numbers [pixels]
MOST = 6  # numbers of one population
# JavaScript: what the axis calls row number `tick`.
RANK = """
const own = groups.find(({ first, n }) => tick >= first && tick < first + n);
if (!own || !Number.isInteger(tick)) return "";
return String(own.ranks[tick - own.first] ?? own.ranks + tick - own.first);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Rows `first` to ``first + n - 1``; `ranks` are theirs, or the first if they count on."""

    first: int
    n: int
    ranks: int | list[int] = 0


def ticks_of(blocks: Sequence[Block], limits: tuple[float, float], height: float) -> list[float]:
    """Return the rows with a tick on an axis of `height` pixels; those with a half have no number.

    Examples
    --------
    >>> ticks_of([Block(first=0, n=3), Block(first=3, n=50)], (-1.0, 53.0), 200.0)
    [-0.5, 3, 13, 23, 33, 43]
    """
    pixels = height / (limits[1] - limits[0])
    ticks: list[float] = []
    for block in blocks:
        is_last = block is blocks[-1]
        rows = _named(block, pixels, is_last=is_last)
        border = block.first - 0.5
        if rows:
            ticks += rows
        elif not ticks or (border - ticks[-1]) * pixels >= ROOM / 2:
            ticks.append(border)
    return ticks


def _named(block: Block, pixels: float, *, is_last: bool) -> list[int]:
    """Return the rows of a population that have a number; none if there is no room for two."""
    if block.n == 0:
        return []
    step = _round_up(max(ROOM / pixels, block.n / MOST))
    lowest = block.ranks if isinstance(block.ranks, int) else 0
    stop = block.first + block.n
    rows = range(block.first + -lowest % step, stop, step)
    clear = [row for row in rows if is_last or (stop - row) * pixels >= ROOM]
    return clear if len(clear) > 1 or (block.n == 1 and pixels >= ROOM) else []


def _round_up(value: float) -> int:
    """Return the next 1, 2 or 5 times a power of ten, at least 1."""
    power = 10.0 ** math.floor(math.log10(value))
    digit = next(digit for digit in (1, 2, 5, 10) if digit * power >= value * (1 - 1e-9))
    return max(1, round(digit * power))


def ticker(blocks: Sequence[Block], height: float) -> CustomJSTicker:
    """Return what puts these ticks on an axis of Bokeh that is `height` pixels high."""
    args = {"groups": _told(blocks), "height": height, "room": ROOM, "most": MOST}
    return CustomJSTicker(args=args, major_code=assets.script("ranks"))


def formatter(blocks: Sequence[Block]) -> CustomJSTickFormatter:
    """Return what calls the rows of Bokeh's axis by their ranks."""
    return CustomJSTickFormatter(args={"groups": _told(blocks)}, code=RANK)


def _told(blocks: Sequence[Block]) -> list[dict[str, int | list[int]]]:
    return [{"first": b.first, "n": b.n, "ranks": b.ranks} for b in blocks]
