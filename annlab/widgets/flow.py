"""Decide when the next frame may leave for the browser.

Pure bookkeeping on a clock that the caller passes in: no thread, no comm. The
rules, each of which was measured to matter:

- at most `FRAMES_PER_S` frames a second and `MAX_UNACKNOWLEDGED` on their way, so that a slow
  browser sees fewer frames and never older ones;
- an acknowledgement that is late (`SLOW_S`) lowers the pace but does not stop it, because it may be
  held up by a busy cell and not by the browser: the picture then still is younger than 0.3 s;
- an acknowledgement that does not come (`FORGET_S`) is forgotten;
- when nobody has answered for `SILENT_S`, nobody is there.
"""

from __future__ import annotations

from collections import OrderedDict

FRAMES_PER_S = 30
MAX_UNACKNOWLEDGED = 3
FORGET_S = 0.5
SLOW_S = 0.1
SILENT_S = 30.0

_FRAME_S = 1.0 / FRAMES_PER_S
# Two fast frames that nobody answers are followed by one halfway to where they are forgotten, so
# that no picture is older than 0.3 s even if no answer comes at all.
_SLOW_FRAME_S = (FORGET_S - _FRAME_S) / 2


class FlowControl:
    """Frames on their way, and the earliest moment of the next one. All times in seconds."""

    def __init__(self) -> None:
        self._unacknowledged: OrderedDict[int, float] = OrderedDict()
        self._last_sent = float("-inf")
        self._unanswered_since: float | None = None
        self.n_sent = 0
        self.round_trip_s = 0.0  # of the frame that was acknowledged last

    @property
    def n_unacknowledged(self) -> int:
        return len(self._unacknowledged)

    def heard(self) -> None:
        """Note that the browser said something."""
        self._unanswered_since = None

    def sent(self, now: float) -> int:
        """Note a frame that leaves and return its number, counted from 1."""
        self.n_sent += 1
        self._unacknowledged[self.n_sent] = now
        self._last_sent = now
        if self._unanswered_since is None:
            self._unanswered_since = now
        return self.n_sent

    def acknowledged(self, frame: int, now: float) -> None:
        """Note that `frame` was drawn, and with it all before it."""
        self.heard()
        if frame in self._unacknowledged:
            self.round_trip_s = now - self._unacknowledged[frame]
        while self._unacknowledged and next(iter(self._unacknowledged)) <= frame:
            self._unacknowledged.popitem(last=False)

    def restart(self) -> None:
        """Forget what is on its way: the page it was sent to is gone."""
        self._unacknowledged.clear()

    def delay_s(self, now: float) -> float:
        """Return how long to wait before the next frame; 0 if it may leave, inf if never."""
        if self._unanswered_since is not None and now - self._unanswered_since > SILENT_S:
            return float("inf")
        while self._unacknowledged and self._oldest() + FORGET_S <= now:
            self._unacknowledged.popitem(last=False)
        pace = _FRAME_S
        earliest = float("-inf")
        if self._unacknowledged:
            is_last = self.n_unacknowledged == MAX_UNACKNOWLEDGED - 1
            if is_last or now - self._oldest() > SLOW_S:
                pace = _SLOW_FRAME_S
            if self.n_unacknowledged >= MAX_UNACKNOWLEDGED:
                earliest = self._oldest() + FORGET_S
        return max(0.0, self._last_sent + pace - now, earliest - now)

    def _oldest(self) -> float:
        return next(iter(self._unacknowledged.values()))
