"""Which share of many spikes a raster shows.

In: how many there are in the window that is on the screen. Out: one of 1, 2, 4, 8 ... spikes, and
which. Knows no taps and no page.
"""

from __future__ import annotations

import math
from collections import deque

import numpy as np
from numpy.typing import NDArray

# More dots than this in a window cannot be told apart on a screen.
MAX_SPIKES = 40_000
# So much fewer spikes a window must have before more of them are shown.
CALMER = 1.5
# Of Steele, Lea & Flood (2014), Proc. OOPSLA: odd numbers that spread neighbours.
_MIX = tuple(map(np.uint64, (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)))


class Share:
    """Which share of the spikes is shown: one of `every`, which is 1, 2, 4, 8 ...

    It depends on how many spikes a window has and not on how many a frame brings, or a raster would
    look as if its neurons had changed their rates where frames came late.
    """

    def __init__(self, window_steps: int) -> None:
        self.every = 1
        self._window_steps = window_steps
        self._moments: deque[tuple[int, int]] = deque()  # steps, and spikes ever until then

    def forget(self) -> None:
        """Begin to count anew: the clock was set back."""
        self._moments.clear()

    def is_changed(self, step: int, n_ever: int, n_known: int) -> bool:
        """Tell whether another share is to be shown from now on.

        `n_ever` spikes came until `step`, and at least `n_known` of them are in the window.
        """
        moments = self._moments
        if moments and moments[-1][0] == step:
            moments.pop()  # at rest it is asked again and again
        moments.append((step, n_ever))
        while len(moments) > 1 and moments[1][0] <= step - self._window_steps:
            moments.popleft()
        begin, n_before = moments[0]
        n_counted = (n_ever - n_before) * self._window_steps / max(step - begin, self._window_steps)
        n = max(n_known, n_counted)
        if _every(n) <= self.every <= max(1, _every(CALMER * n)):
            return False
        self.every = _every(n)
        return True

    def of(self, steps: NDArray[np.int64], rows: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Return which spikes are shown: always the same ones, and by chance.

        To take each k-th makes patterns that are not in the activity.
        """
        if self.every == 1:
            return np.ones(len(steps), np.bool_)
        mixed = steps.astype(np.uint64) * _MIX[0] + rows.astype(np.uint64) * _MIX[1]
        mixed = (mixed ^ (mixed >> np.uint64(31))) * _MIX[2]
        return (mixed >> np.uint64(40)) & np.uint64(self.every - 1) == 0


def _every(n: float) -> int:
    """Return the power of two that brings `n` spikes below `MAX_SPIKES`."""
    return 1 << max(0, math.ceil(math.log2(max(n, 1) / MAX_SPIKES)))


__all__ = ["MAX_SPIKES", "Share"]
