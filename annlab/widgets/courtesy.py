"""Let pictures give way to a run that goes as fast as it can.

On a machine with cores to spare a run does not feel who looks on. On two cores kernel, server and
browser push it off its own with every picture. How much it loses, it says itself: the time on the
wall that its thread did not get. Then pictures come less often, and more often again when it gets
all.
"""

from __future__ import annotations

# No picture shall be older than 0.3 s when the next replaces it, and some of that is its way.
WIDEST_S = 0.24
NARROWEST_S = 1.0 / 30
# Shares of its time that a run may lose: more, and pictures give way; less, and they come back.
TOO_MUCH = 0.04
LITTLE = 0.02
# Of less than that time nothing can be said.
LOOK_S = 0.03


class Courtesy:
    """How far apart pictures are to be. All times in seconds."""

    def __init__(self) -> None:
        self._last: tuple[float, float] | None = None
        self._spacing_s = 0.0

    def look(self, now: float, spent_s: float | None) -> float:
        """Return the least time between two pictures.

        Parameters
        ----------
        now
            On any clock that goes on.
        spent_s
            Processor time of the thread that runs as fast as it can; None if there is none.
        """
        last = self._last
        if spent_s is None:
            self._last, self._spacing_s = None, 0.0
        elif last is None or spent_s < last[1]:
            # A run may be over before it was seen what it loses: it does not pay for its pictures.
            self._last, self._spacing_s = (now, spent_s), WIDEST_S
        elif now - last[0] >= LOOK_S:
            self._learn(1.0 - (spent_s - last[1]) / (now - last[0]))
            self._last = (now, spent_s)
        return self._spacing_s

    def _learn(self, lost: float) -> None:
        if lost > TOO_MUCH:
            self._spacing_s = min(WIDEST_S, 1.5 * max(self._spacing_s, NARROWEST_S))
        elif lost < LITTLE:
            self._spacing_s *= 0.85
