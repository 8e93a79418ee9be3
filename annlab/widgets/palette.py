"""The colours of populations and traces, the same in every view.

Middle tones that stand out on white and on near-black, in an order whose
neighbours remain apart for the common kinds of colour blindness.
"""

from __future__ import annotations

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
