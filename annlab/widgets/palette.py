"""The colours of populations, traces and pictures, the same in every view.

Middle tones that stand out on white and on near-black, in an order whose
neighbours remain apart for the common kinds of colour blindness.
"""

from __future__ import annotations

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


def colour(index: int) -> str:
    """Return the colour of the population or trace number `index`."""
    return COLOURS[index % len(COLOURS)]


def _between(anchors: tuple[str, ...], n: int) -> tuple[str, ...]:
    """Return `n` colours on the way through `anchors`."""
    known = np.array([[int(a[i : i + 2], 16) for i in (1, 3, 5)] for a in anchors])
    places = np.linspace(0, len(anchors) - 1, n)
    channels = [np.interp(places, np.arange(len(anchors)), known[:, c]) for c in range(3)]
    return tuple("#" + "".join(f"{round(c):02x}" for c in rgb) for rgb in zip(*channels))


# Dark to light: more is brighter, on any page and in print without colours.
SEQUENTIAL = _between(tuple(Viridis256[::17]), 64)
# Blue to orange with a middle grey at 0, which is seen on white and on black.
DIVERGING = _between(
    ("#1b4fa8", "#3584e4", "#9db6d0", "#b9b6b3", "#dca884", "#e66100", "#a33f00"), 65
)
