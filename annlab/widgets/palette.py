"""The colours of populations, traces and pictures, the same in every view.

Middle tones that stand out on white and on near-black, in an order whose
neighbours remain apart for the common kinds of colour blindness. From the ninth
on they come again darker, then lighter, which everybody sees, and lines are
dashed as well.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from bokeh.palettes import Viridis256

COLOURS = (
    "#3584e4",  # blue
    "#e66100",  # orange
    "#2a9d6f",  # green
    "#a457c2",  # purple
    "#c79a00",  # ochre
    "#d5406f",  # rose
    "#1c9cab",  # teal
    "#8a6d5a",  # brown
)


# How far the second and the third eight are on the way to black and to white: twice as dark or
# as light as the first, and still seen on any page.
_TONES = ((0, 0.0), (0, 0.4), (255, 0.45))
# Pixels with and without ink, in turn. Three tones and four kinds of line: the first 96 differ.
_DASHES: tuple[tuple[int, ...], ...] = ((), (7, 3), (2, 3), (8, 3, 2, 3))


def colour(index: int) -> str:
    """Return the colour of the population or trace number `index`.

    Examples
    --------
    >>> colour(0), colour(8), colour(16), colour(24)
    ('#3584e4', '#204f89', '#90bbf0', '#3584e4')
    """
    tone, part = _TONES[index // len(COLOURS) % len(_TONES)]
    rgb = _channels(COLOURS[index % len(COLOURS)])
    return _hex([own + part * (tone - own) for own in rgb])


def dash(index: int) -> tuple[int, ...]:
    """Return the dashes of line number `index` [pixels]; none for one that is drawn through.

    Examples
    --------
    >>> dash(7), dash(8)
    ((), (7, 3))
    """
    return _DASHES[index // len(COLOURS) % len(_DASHES)]


def _channels(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def _hex(rgb: Iterable[float]) -> str:
    return "#" + "".join(f"{round(c):02x}" for c in rgb)


def _between(anchors: tuple[str, ...], n: int) -> tuple[str, ...]:
    """Return `n` colours on the way through `anchors`."""
    known = np.array([_channels(a) for a in anchors])
    places = np.linspace(0, len(anchors) - 1, n)
    channels = [np.interp(places, np.arange(len(anchors)), known[:, c]) for c in range(3)]
    return tuple(_hex(rgb) for rgb in zip(*channels))


# Dark to light: more is brighter, on any page and in print without colours.
SEQUENTIAL = _between(tuple(Viridis256[::17]), 64)
# Blue to orange with a middle grey at 0, which is seen on white and on black.
DIVERGING = _between(
    ("#1b4fa8", "#3584e4", "#9db6d0", "#b9b6b3", "#dca884", "#e66100", "#a33f00"), 65
)
