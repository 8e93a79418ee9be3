"""When frames leave, on a clock of our own."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from annlab.widgets.flow import (
    ASK_LATE_S,
    ASK_S,
    FRAMES_PER_S,
    LOST_S,
    MAX_UNACKNOWLEDGED,
    SHARE,
    SILENT_S,
    SLOW_S,
    SLOWEST_FRAME_S,
    FlowControl,
)

TICK_S = 0.005


@dataclass
class Page:
    """A page that takes frames one after the other and draws what it has taken as one picture.

    Taking a message costs time as drawing does, so that too many of them make it ever later.
    """

    take_s: float
    draw_s: float

    def pictures(
        self, flow: FlowControl, until_s: float, *, start_s: float = 0.0, is_heard: bool = True
    ) -> list[tuple[float, float]]:
        """Return when each picture was ready and how old its newest frame then was."""
        arrived: list[tuple[int, float]] = []
        taken: list[tuple[int, float]] = []
        drawing: list[tuple[int, float]] = []
        busy_until = start_s
        pictures = []
        for k in range(round((until_s - start_s) / TICK_S)):
            now = start_s + k * TICK_S
            if flow.delay_s(now, is_heard=is_heard) == 0:
                arrived.append((flow.sent(now), now))
            if now < busy_until:
                continue
            if drawing:
                frame, sent = drawing[-1]
                pictures.append((now, now - sent))
                is_asked = any(flow.asks(number) for number, _ in drawing)
                if is_heard and (is_asked or len(drawing) > 1):
                    flow.acknowledged(frame, now, n_merged=len(drawing))
                drawing = []
            if arrived:
                taken.append(arrived.pop(0))
                busy_until = now + self.take_s
            elif taken:
                drawing, taken = taken, []
                busy_until = now + self.draw_s
        return pictures


@pytest.mark.parametrize("take_s", [0.0, 0.002, 0.02, 0.05])
@pytest.mark.parametrize("draw_s", [0.005, 0.05, 0.1])
def test_a_picture_is_younger_than_300_ms_as_long_as_the_page_can_draw_in_time(
    take_s: float, draw_s: float
) -> None:
    pictures = Page(take_s, draw_s).pictures(FlowControl(), until_s=20.0)
    assert max(age for _, age in pictures) <= 0.3


@pytest.mark.parametrize("take_s", [0.1, 0.5, 2.0])
@pytest.mark.parametrize("draw_s", [0.3, 1.0])
def test_a_picture_of_a_slow_page_is_no_older_than_it_takes_to_make_one(
    take_s: float, draw_s: float
) -> None:
    pictures = Page(take_s, draw_s).pictures(FlowControl(), until_s=120.0)
    ages = [age for when, age in pictures if when > 30.0]
    # One frame on its way: it waits for nothing.
    assert max(ages) <= take_s + draw_s + 3 * TICK_S


def test_a_page_that_was_slow_and_is_fast_again_gets_its_pace_back() -> None:
    flow = FlowControl()
    Page(0.2, 0.3).pictures(flow, until_s=10.0)
    before = flow.n_sent
    flow.restart()
    for k in range(round(5.0 / TICK_S)):
        now = 10.0 + k * TICK_S
        if flow.delay_s(now) == 0:
            flow.acknowledged(flow.sent(now), now)
    assert flow.n_sent - before > 0.8 * FRAMES_PER_S * 5


def test_a_fast_page_gets_at_most_30_frames_a_second() -> None:
    flow = FlowControl()
    Page(0.0, 0.005).pictures(flow, until_s=10.0)
    assert 0.8 * FRAMES_PER_S * 10 < flow.n_sent <= FRAMES_PER_S * 10 + 1


def test_a_page_that_keeps_up_is_asked_a_few_times_a_second() -> None:
    """Each answer lets JupyterLab show a busy kernel, which costs it as much as a picture."""
    flow = FlowControl()
    n_asked = 0
    for k in range(round(10.0 / TICK_S)):
        now = k * TICK_S
        if flow.delay_s(now) == 0:
            frame = flow.sent(now)
            if flow.asks(frame):
                n_asked += 1
                flow.acknowledged(frame, now)
    assert flow.n_sent > 0.8 * FRAMES_PER_S * 10
    assert n_asked <= 10 / ASK_S + 1


def test_a_page_that_merges_frames_is_asked_for_each() -> None:
    flow = FlowControl()
    flow.acknowledged(flow.sent(0.0), 0.3, n_merged=2)
    assert [flow.asks(flow.sent(0.4 + k)) for k in range(3)] == [True, True, True]


@pytest.mark.parametrize(("cost_s", "frame_s"), [(0.001, 1 / FRAMES_PER_S), (0.01, 0.01 / SHARE)])
def test_pictures_take_a_share_of_the_page_at_most(cost_s: float, frame_s: float) -> None:
    assert frame_time(cost_s) == pytest.approx(frame_s, abs=TICK_S)


def test_pictures_that_cost_much_still_come_often_enough_to_be_young() -> None:
    assert frame_time(1.0) == pytest.approx(SLOWEST_FRAME_S, abs=2 * TICK_S)


def frame_time(cost_s: float) -> float:
    """Return the time between two frames to a page that answers at once."""
    flow = FlowControl()
    times = []
    for k in range(round(8.0 / TICK_S)):
        now = k * TICK_S
        if flow.delay_s(now) == 0:
            frame = flow.sent(now)
            times.append(now)
            if flow.asks(frame):
                flow.acknowledged(frame, now, cost_s=cost_s)
    return times[-1] - times[-2]


def test_a_page_that_does_not_answer_gets_no_more_than_it_is_trusted_with() -> None:
    flow = FlowControl()
    times = sent_times(flow, until_s=LOST_S)
    assert len(times) == MAX_UNACKNOWLEDGED
    assert times[-1] <= SLOW_S


def test_an_answer_that_is_lost_does_not_stop_the_pictures() -> None:
    times = sent_times(FlowControl(), until_s=LOST_S + 1.0)
    assert times[MAX_UNACKNOWLEDGED] == pytest.approx(LOST_S, abs=SLOW_S)


def test_frames_to_a_page_that_cannot_be_heard_keep_coming_every_300_ms() -> None:
    times = sent_times(FlowControl(), until_s=10.0, is_heard=False)
    assert max(b - a for a, b in zip(times, times[1:])) <= 0.3


def test_a_slow_page_that_cannot_be_heard_gets_no_more_than_it_kept_up_with() -> None:
    flow = FlowControl()
    page = Page(0.2, 0.4)
    page.pictures(flow, until_s=30.0)
    pictures = page.pictures(flow, until_s=50.0, start_s=30.0, is_heard=False)
    assert len(pictures) > 10
    assert max(age for _, age in pictures) <= 2 * (page.take_s + page.draw_s)


def test_what_a_busy_cell_held_up_says_nothing_of_the_page() -> None:
    flow = FlowControl()
    assert flow.delay_s(0.0, is_heard=False) == 0
    frame = flow.sent(0.0)
    flow.acknowledged(frame, 5.0)
    assert flow.round_trip_s == 0.0


def sent_times(flow: FlowControl, *, until_s: float, is_heard: bool = True) -> list[float]:
    """Return when frames leave for a page that never answers."""
    times = []
    for k in range(round(until_s / TICK_S)):
        now = k * TICK_S
        if flow.delay_s(now, is_heard=is_heard) == 0:
            flow.sent(now)
            times.append(now)
    return times


def test_never_more_than_three_frames_are_on_their_way() -> None:
    flow = FlowControl()
    most = 0
    for k in range(400):
        if flow.delay_s(k * TICK_S) == 0:
            flow.sent(k * TICK_S)
        most = max(most, flow.n_unacknowledged)
    assert most == MAX_UNACKNOWLEDGED


def test_an_answer_that_is_missing_for_long_is_forgotten() -> None:
    flow = FlowControl()
    flow.sent(0.0)
    assert flow.delay_s(LOST_S + 0.01) == 0
    assert flow.n_unacknowledged == 0


def test_one_answer_stands_for_all_frames_before_it() -> None:
    flow = FlowControl()
    for k in range(3):
        flow.sent(k * 0.04)
    flow.acknowledged(3, 0.15)
    assert flow.n_unacknowledged == 0
    assert flow.round_trip_s == pytest.approx(0.07)


def test_nothing_is_sent_after_half_a_minute_without_a_word() -> None:
    flow = FlowControl()
    flow.sent(0.0)
    assert flow.delay_s(SILENT_S + 0.1) == float("inf")


def test_a_word_of_the_page_revives_the_frames() -> None:
    flow = FlowControl()
    flow.sent(0.0)
    flow.heard()
    assert flow.delay_s(SILENT_S + 0.1) == 0


def test_a_network_that_stands_still_for_long_does_not_count_as_silence() -> None:
    flow = FlowControl()
    flow.acknowledged(flow.sent(0.0), 0.01)
    assert flow.delay_s(100 * SILENT_S) == 0


def test_frames_are_as_far_apart_as_a_run_asks_for() -> None:
    flow = FlowControl()
    flow.spacing_s = 0.2
    Page(0.0, 0.005).pictures(flow, until_s=10.0)
    assert flow.n_sent == pytest.approx(10.0 / 0.2, abs=2)


def test_a_page_that_tells_unasked_that_frames_are_late_is_asked_more_often() -> None:
    flow = FlowControl()
    flow.sent(0.0)
    flow.acknowledged(1, 0.02)
    flow.sent(0.05)
    flow.acknowledged(2, 0.05 + 2 * SLOW_S)  # it was not asked
    assert flow.asks(flow.sent(ASK_LATE_S + 0.01))
