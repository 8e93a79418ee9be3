"""The frame pump with a channel that keeps what it was given."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from annlab.widgets.pump import Part, Pump


class Channel:
    """Keeps frames; answers each at once if told to."""

    def __init__(self) -> None:
        self.frames: list[tuple[dict, list[bytes]]] = []
        self.answer: Callable[[dict], None] | None = None

    def send(self, content, buffers) -> None:
        self.frames.append((content, [bytes(b) for b in buffers]))
        if self.answer is not None:
            self.answer({"ack": content["frame"], "draw_ms": 2.0})


class Counter:
    """A feed whose `collect` returns how many things came since the last."""

    def __init__(self) -> None:
        self.waiting = 0
        self.rewound = 0
        self.threads: set[str] = set()

    def collect(self) -> Part | None:
        self.threads.add(threading.current_thread().name)
        if not self.waiting:
            return None
        taken, self.waiting = self.waiting, 0
        return Part(header={"n": taken}, arrays=(np.arange(taken, dtype=np.uint16),))

    def rewind(self) -> None:
        self.rewound += 1


class Stage:
    """A pump with two views and a network that the test moves."""

    def __init__(self) -> None:
        self.channel = Channel()
        self.time_ms: float | None = 0.0
        self.first, self.second = Counter(), Counter()
        self.pump = Pump(
            self.channel,
            status=lambda: None if self.time_ms is None else {"time_ms": self.time_ms},
            is_running=lambda: True,
            name="annlab-pump-test",
        )
        self.pump.attach("first", self.first)
        self.pump.attach("second", self.second)

    def frames(self) -> int:
        return len(self.channel.frames)

    def show(self, *views: str) -> None:
        for view in views:
            self.pump.receive({"hello": view, "display": f"{view}-1"})

    def answer(self) -> None:
        self.channel.answer = self.pump.receive


@pytest.fixture
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.pump.close(timeout_s=2.0)


def pump_threads() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name == "annlab-pump-test"]


def eventually(holds: Callable[[], bool], timeout_s: float = 2.0) -> bool:
    deadline = time.monotonic() + timeout_s
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.005)
    return holds()


def test_nothing_is_sent_and_no_thread_runs_before_a_view_said_hello(stage: Stage) -> None:
    stage.first.waiting = 5
    time.sleep(0.15)
    assert (stage.frames(), pump_threads()) == (0, [])


def test_hello_starts_one_thread_for_all_views(stage: Stage) -> None:
    stage.show("first", "second")
    assert eventually(lambda: stage.frames() > 0)
    assert pump_threads() == ["annlab-pump-test"]


def test_all_views_share_one_message(stage: Stage) -> None:
    stage.first.waiting, stage.second.waiting = 3, 2
    stage.answer()
    stage.pump._lock.acquire()  # both are seen by the same turn
    stage.pump._lock.release()
    stage.show("first")
    stage.show("second")
    assert eventually(lambda: stage.first.waiting == stage.second.waiting == 0)
    stage.first.waiting, stage.second.waiting = 3, 2
    stage.time_ms = 1.0
    assert eventually(lambda: set(stage.channel.frames[-1][0]["views"]) == {"first", "second"})
    content, buffers = stage.channel.frames[-1]
    start, stop = content["views"]["second"]["buffers"]
    assert np.frombuffer(buffers[start], np.uint16).tolist() == [0, 1]
    assert stop == len(buffers)


def test_every_frame_carries_the_state_of_the_network(stage: Stage) -> None:
    stage.time_ms = 42.0
    stage.show("first")
    assert eventually(lambda: stage.frames() > 0)
    assert stage.channel.frames[0][0]["status"] == {"time_ms": 42.0}


def test_a_page_that_does_not_answer_gets_few_frames_and_nothing_is_lost(stage: Stage) -> None:
    stage.show("first")
    total = 0
    for k in range(60):
        stage.time_ms = float(k)
        stage.first.waiting += 10
        total += 10
        time.sleep(0.01)
    assert stage.frames() <= 3 + 4
    assert stage.pump.n_unacknowledged <= 3
    stage.answer()
    stage.pump.receive({"ack": stage.pump.n_frames})
    assert eventually(lambda: stage.first.waiting == 0)
    assert eventually(
        lambda: (
            sum(f["views"].get("first", {"n": 0})["n"] for f, _ in stage.channel.frames) == total
        )
    )


def test_a_view_that_is_hidden_is_neither_collected_nor_sent(stage: Stage) -> None:
    stage.answer()
    stage.show("first", "second")
    assert eventually(lambda: stage.frames() > 0)
    stage.pump.receive({"hide": "second", "display": "second-1"})
    time.sleep(0.1)
    stage.first.waiting = stage.second.waiting = 1
    assert eventually(lambda: stage.first.waiting == 0)
    time.sleep(0.05)
    assert stage.second.waiting == 1


def test_a_page_that_is_hidden_costs_nothing(stage: Stage) -> None:
    stage.answer()
    stage.show("first")
    assert eventually(lambda: stage.frames() > 0)
    stage.pump.receive({"hide": "first", "display": "first-1"})
    time.sleep(0.1)
    before = stage.frames()
    for k in range(10):
        stage.time_ms = 100.0 + k
        time.sleep(0.01)
    assert stage.frames() == before
    assert stage.pump.is_idle


def test_a_view_shown_twice_is_fed_until_both_are_gone(stage: Stage) -> None:
    stage.answer()
    stage.pump.receive({"hello": "first", "display": "a"})
    stage.pump.receive({"hello": "first", "display": "b"})
    stage.pump.receive({"bye": "first", "display": "a"})
    assert not stage.pump.is_idle
    stage.pump.receive({"bye": "first", "display": "b"})
    assert stage.pump.is_idle


def test_a_new_display_gets_the_whole_picture(stage: Stage) -> None:
    stage.show("first")
    stage.pump.receive({"hello": "first", "display": "again"})
    assert stage.first.rewound == 2


def test_a_hello_for_a_view_that_was_closed_is_ignored(stage: Stage) -> None:
    stage.pump.detach("first")
    stage.show("first")
    assert stage.pump.is_idle


def test_the_last_view_takes_the_thread_with_it(stage: Stage) -> None:
    stage.show("first", "second")
    assert eventually(lambda: bool(pump_threads()))
    stage.pump.detach("first")
    stage.pump.detach("second")
    assert eventually(lambda: not pump_threads())


def test_close_leaves_no_thread(stage: Stage) -> None:
    stage.show("first")
    stage.pump.close(timeout_s=2.0)
    assert pump_threads() == []


def test_a_network_that_is_gone_closes_the_pump(stage: Stage) -> None:
    stage.show("first")
    stage.time_ms = None
    assert eventually(lambda: stage.pump.is_closed)
    assert eventually(lambda: not pump_threads())


def test_data_is_collected_on_the_pumps_own_thread(stage: Stage) -> None:
    stage.show("first")
    assert eventually(lambda: stage.first.threads == {"annlab-pump-test"})


def test_a_network_that_stands_still_sends_nothing_more(stage: Stage) -> None:
    stage.answer()
    stage.show("first")
    assert eventually(lambda: stage.frames() == 1)
    time.sleep(0.2)
    assert stage.frames() == 1


def test_a_feed_that_fails_is_logged_and_tried_again(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise ValueError("broken feed")

    works = stage.first.collect
    stage.first.collect = fail  # type: ignore[method-assign]
    stage.answer()
    stage.show("first", "second")
    assert eventually(lambda: "a live view could not be updated" in caplog.text)
    assert pump_threads() == ["annlab-pump-test"]

    def failed() -> dict:
        return stage.channel.frames[-1][0]["status"].get("failed", {})

    assert eventually(lambda: failed() == {"first": ["ValueError: broken feed", ""]})
    for k in range(1, 4):  # the other one goes on meanwhile
        stage.second.waiting, stage.time_ms = k, float(k)
        assert eventually(lambda: stage.second.waiting == 0, timeout_s=0.5)
    stage.first.collect = works  # type: ignore[method-assign]
    assert eventually(lambda: failed() == {})


def test_the_page_tells_how_long_it_draws(stage: Stage) -> None:
    stage.answer()
    stage.show("first")
    assert eventually(lambda: stage.pump.drawn.draw_ms == 2.0)


def test_frames_give_way_to_a_run_that_does_not_get_its_processor() -> None:
    """A tenth of the time on the wall is all that this one gets."""
    stage = Stage()
    begin = time.monotonic()
    stage.pump._spent_s = lambda: 0.1 * (time.monotonic() - begin)
    stage.channel.answer = stage.pump.receive
    stage.pump.receive({"hello": "first", "display": "a"})
    while time.monotonic() < begin + 1.5:
        stage.first.waiting += 1
        time.sleep(0.002)
    stage.pump.close(5.0)
    assert 3 <= len(stage.channel.frames) <= 9
