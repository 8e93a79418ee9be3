"""How many threads a run uses: what pays now, found by trying."""

from __future__ import annotations

import re
import warnings

import pytest

from annlab.errors import ConfigurationError
from annlab.runtime import threads as module
from annlab.runtime.threads import Threads


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that the test moves."""
    now = [100.0]
    monkeypatch.setattr(module.time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(module, "n_cores", lambda: 2)
    return now


def run(threads: Threads, clock: list[float], step_s: dict[int, float], duration_s: float) -> list:
    """Run a network whose steps take `step_s` for that long; return who ran how many seconds."""
    spent: dict[int, float] = {}
    end = clock[0] + duration_s
    while clock[0] < end:
        n_threads, n_steps = threads.next(10**9)
        seconds = n_steps * step_s[n_threads]
        clock[0] += seconds
        spent[n_threads] = spent.get(n_threads, 0.0) + seconds
        threads.learn(n_threads, n_steps, seconds)
    return [spent.get(1, 0.0), spent.get(2, 0.0)]


def test_two_threads_are_kept_where_they_pay(clock: list[float]) -> None:
    one, two = run(Threads("auto", has_openmp=True), clock, {1: 1e-3, 2: 0.6e-3}, 20.0)
    assert two > 10 * one


def test_one_thread_is_kept_where_two_are_slower_and_trials_cost_little(
    clock: list[float],
) -> None:
    one, two = run(Threads("auto", has_openmp=True), clock, {1: 1e-3, 2: 8e-3}, 60.0)
    assert two < 0.03 * one


def test_a_core_that_is_taken_away_is_noticed_at_once(clock: list[float]) -> None:
    threads = Threads("auto", has_openmp=True)
    run(threads, clock, {1: 1e-3, 2: 0.6e-3}, 3.0)
    _, two = run(threads, clock, {1: 1e-3, 2: 8e-3}, 1.5)
    assert two < 0.3


def test_a_step_shorter_than_a_meeting_is_not_tried_with_two(clock: list[float]) -> None:
    one, two = run(Threads("auto", has_openmp=True), clock, {1: 1e-6, 2: 1e-7}, 0.1)
    assert one > 0
    assert two == 0


def test_a_number_is_obeyed(clock: list[float]) -> None:
    assert Threads(2, has_openmp=True).next(50) == (2, 50)


def test_without_openmp_there_is_one(clock: list[float]) -> None:
    assert Threads("auto", has_openmp=False).next(50) == (1, 50)


def test_a_team_that_did_not_come_is_not_asked_for_again(clock: list[float]) -> None:
    threads = Threads("auto", has_openmp=True)
    for _ in range(3):
        asked, n_steps = threads.next(50)
        threads.learn(asked, n_steps, n_steps * 1e-3 / asked, came=1)
    assert (threads.next(50)[0], threads.used) == (1, 1)


def test_no_more_are_asked_for_than_there_can_be(clock: list[float]) -> None:
    assert Threads(8, has_openmp=True, limit=2).most == 2


def test_more_threads_than_cores_are_warned_of_once(clock: list[float]) -> None:
    module._warn_of_cores.cache_clear()
    text = 'num_threads is 3, and this process may use 2 cores: .*; give at most 2, or "auto"'
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        for _ in range(2):
            assert Threads(3, has_openmp=True).best == 3  # it is obeyed all the same
        Threads(2, has_openmp=True)
        Threads("auto", has_openmp=True)
    assert [bool(re.match(text, str(w.message))) for w in seen] == [True]
    assert seen[0].filename == __file__


def test_another_word_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="num_threads is 'all'"):
        Threads("all", has_openmp=True)
