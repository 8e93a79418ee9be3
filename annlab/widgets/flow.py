"""Decide when the next frame may leave for the browser.

Pure bookkeeping on a clock that the caller passes in: no thread, no comm. The
rules, each of which was measured to matter:

- at most `FRAMES_PER_S` frames a second and `MAX_UNACKNOWLEDGED` on their way; a page that merges
  frames because it is slow gets one at a time, so that its next picture is as young as can be;
- pictures take a `SHARE` of the page's thread at most: the more one costs, the fewer there are. The
  next waits no longer than `SLOWEST_FRAME_S` for that, or what is shown would be old;
- pictures give way to a run that is as fast as it can be (`courtesy`);
- the page is asked to answer a frame now and then only: for each message of the page JupyterLab
  shows a busy kernel and then an idle one, which costs as much as a picture. Unasked the page tells
  of frames that came late, and is asked more often, or that it had to merge, and is asked for each
  one, until it keeps up again;
- when the oldest frame that was asked about is late (`SLOW_S`), none follows before the page has
  answered: a page that is slower than its frames would otherwise show an ever older past;
- only where an answer *cannot* come, because a cell keeps the thread busy that would take it,
  frames leave unanswered, at a pace that the page has kept up with before;
- an answer that does not come for `LOST_S` is not waited for;
- when nobody has answered for `SILENT_S`, nobody is there.
"""

from __future__ import annotations

from collections import OrderedDict

FRAMES_PER_S = 30
# The rest of the browser and the kernel take as much for a picture as the page's own thread does.
SHARE = 0.2
SLOWEST_FRAME_S = 0.12
MAX_UNACKNOWLEDGED = 3
SLOW_S = 0.1
ASK_S = 1.0
ASK_LATE_S = 0.25
LOST_S = 10.0
SILENT_S = 30.0
# Frames to a page that cannot answer now leave so often that no picture is older than 0.3 s.
UNHEARD_FRAME_S = 0.23

_FRAME_S = 1.0 / FRAMES_PER_S
# So many pictures of one frame each, and one more frame may be on its way.
_TRUST = 10


class FlowControl:
    """Frames on their way, and the earliest moment of the next one. All times in seconds."""

    def __init__(self) -> None:
        self._unacknowledged: OrderedDict[int, float] = OrderedDict()
        self._asked: OrderedDict[int, float] = OrderedDict()  # those that wait for an answer
        self._last_sent = self._last_asked = float("-inf")
        self._unanswered_since: float | None = None
        self._unheard = 0  # the last frame that could not be answered at once
        self._is_heard = True
        self._limit = MAX_UNACKNOWLEDGED
        self._n_single = 0  # pictures of one frame since the last of several
        self._usual_round_trip_s = 0.0
        self._usual_cost_s = 0.0
        self.spacing_s = 0.0  # the least that a run asks for
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
        if not self._is_heard:
            self._unheard = self.n_sent
        if self._asks(now):
            self._asked[self.n_sent] = self._last_asked = now
            if self._unanswered_since is None:
                self._unanswered_since = now
        return self.n_sent

    def asks(self, frame: int) -> bool:
        """Return True if the page is to answer `frame`."""
        return frame in self._asked

    def acknowledged(
        self, frame: int, now: float, *, n_merged: int = 1, cost_s: float = 0.0
    ) -> None:
        """Note that `frame` was drawn, and with it all before it.

        `n_merged` is how many frames one picture holds at most of late, `cost_s` what one costs on
        average of late.
        """
        self.heard()
        self._usual_cost_s += 0.5 * (cost_s - self._usual_cost_s)
        # What a busy cell held up says nothing of the page.
        if frame in self._unacknowledged and frame > self._unheard:
            self.round_trip_s = now - self._unacknowledged[frame]
            self._usual_round_trip_s += 0.2 * (self.round_trip_s - self._usual_round_trip_s)
            self._learn(n_merged)
        for waiting in (self._unacknowledged, self._asked):
            while waiting and next(iter(waiting)) <= frame:
                waiting.popitem(last=False)

    def restart(self) -> None:
        """Forget what is on its way: the page it was sent to is gone."""
        self._unacknowledged.clear()
        self._asked.clear()
        self._last_asked = float("-inf")

    def delay_s(self, now: float, *, is_heard: bool = True) -> float:
        """Return how long to wait before the next frame; 0 if it may leave, inf if never.

        `is_heard`: an answer of the page can arrive now.
        """
        if self._unanswered_since is not None and now - self._unanswered_since > SILENT_S:
            return float("inf")
        self._forget_lost(now)
        self._is_heard = is_heard
        if not is_heard:
            self._unheard = self.n_sent
            pace = max(UNHEARD_FRAME_S, 2.0 * self._usual_round_trip_s)
            return max(0.0, self._last_sent + pace - now)
        earliest = self._last_sent + self._frame_s
        if self._asked:
            first, since = next(iter(self._asked.items()))
            if now - since > SLOW_S or self.n_sent - first + 1 >= self._limit:
                earliest = since + LOST_S
        return max(0.0, earliest - now)

    def _asks(self, now: float) -> bool:
        """Return whether the page has to answer a frame that leaves now."""
        is_trusted = self._limit == MAX_UNACKNOWLEDGED and self._is_heard
        period_s = ASK_S if self.round_trip_s <= SLOW_S else ASK_LATE_S
        return not is_trusted or now - self._last_asked >= period_s

    def _forget_lost(self, now: float) -> None:
        while self._asked and next(iter(self._asked.values())) + LOST_S <= now:
            frame, _ = self._asked.popitem(last=False)
            while self._unacknowledged and next(iter(self._unacknowledged)) <= frame:
                self._unacknowledged.popitem(last=False)

    @property
    def _frame_s(self) -> float:
        """Time between two frames that a page can keep up with, and that leaves a run its core."""
        paid_s = min(self._usual_cost_s / SHARE, SLOWEST_FRAME_S)
        return max(_FRAME_S, paid_s, self.spacing_s)

    def _learn(self, n_merged: int) -> None:
        """Have fewer frames on their way to a page that merges them, more to one that does not."""
        if n_merged > 1:
            self._limit, self._n_single = 1, 0
            return
        if self._usual_round_trip_s > 2 * SLOW_S:
            return  # more than one would only wait
        self._n_single += 1
        if self._n_single >= _TRUST:
            self._limit, self._n_single = min(self._limit + 1, MAX_UNACKNOWLEDGED), 0
