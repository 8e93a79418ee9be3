"""When frames leave, on a clock of our own."""

from __future__ import annotations

import pytest

from annlab.widgets.flow import (
    FORGET_S,
    FRAMES_PER_S,
    MAX_UNACKNOWLEDGED,
    SILENT_S,
    FlowControl,
)

TICK_S = 0.005


def frames_of(flow: FlowControl, *, draw_s: float | None, until_s: float) -> list[list[float]]:
    """Return when each picture was begun and how old its newest frame then was.

    The page takes all frames that have arrived, draws them as one picture in `draw_s`, and says
    so. None: it never answers.
    """
    arrived: list[tuple[int, float]] = []
    busy_until, drawing = 0.0, 0
    pictures = []
    for k in range(round(until_s / TICK_S)):
        now = k * TICK_S
        if flow.delay_s(now) == 0:
            arrived.append((flow.sent(now), now))
        if draw_s is None or now < busy_until:
            continue
        if drawing:
            flow.acknowledged(drawing, now)
            drawing = 0
        if arrived:
            drawing, sent = arrived[-1]
            arrived.clear()
            pictures.append([now, now - sent])
            busy_until = now + draw_s
    return pictures


@pytest.mark.parametrize("draw_s", [0.005, 0.05, 0.12, 0.3, 1.0, 3.0])
def test_a_picture_is_never_older_than_300_ms_however_slow_the_page(draw_s: float) -> None:
    pictures = frames_of(FlowControl(), draw_s=draw_s, until_s=20.0)
    assert max(age for _, age in pictures) <= 0.3


def test_a_fast_page_gets_at_most_30_frames_a_second() -> None:
    flow = FlowControl()
    frames_of(flow, draw_s=0.005, until_s=10.0)
    assert 0.8 * FRAMES_PER_S * 10 < flow.n_sent <= FRAMES_PER_S * 10 + 1


def test_a_page_that_never_answers_gets_three_frames_in_half_a_second() -> None:
    flow = FlowControl()
    frames_of(flow, draw_s=None, until_s=10.0)
    assert flow.n_sent <= MAX_UNACKNOWLEDGED * 10 / FORGET_S + 1


def test_frames_to_a_page_that_does_not_answer_keep_coming_every_300_ms() -> None:
    flow = FlowControl()
    sent = []
    for k in range(2000):
        now = k * TICK_S
        if flow.delay_s(now) == 0:
            flow.sent(now)
            sent.append(now)
    assert max(b - a for a, b in zip(sent, sent[1:])) <= 0.3


def test_never_more_than_three_frames_are_on_their_way() -> None:
    flow = FlowControl()
    most = 0
    for k in range(400):
        if flow.delay_s(k * TICK_S) == 0:
            flow.sent(k * TICK_S)
        most = max(most, flow.n_unacknowledged)
    assert most == MAX_UNACKNOWLEDGED


def test_a_missing_answer_is_forgotten() -> None:
    flow = FlowControl()
    flow.sent(0.0)
    assert flow.delay_s(FORGET_S + 0.01) == 0
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
