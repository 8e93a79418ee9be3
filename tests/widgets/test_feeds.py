"""What is sent of a long or interrupted series."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from annlab.widgets import feed_share, feeds
from annlab.widgets.feed_rates import smoothed
from annlab.widgets.feeds import RasterFeed, Watched, extremes, first_after_reset


def test_a_short_series_is_sent_as_it_is() -> None:
    steps, rows = np.arange(5), np.ones((5, 2))
    assert extremes(steps, rows, 10)[0] is steps


def test_a_long_series_keeps_its_peaks() -> None:
    rows = np.zeros((10_000, 1))
    rows[1234], rows[7777] = 30.0, -90.0
    steps, kept = extremes(np.arange(10_000), rows, 1000)
    assert len(steps) == len(kept) == 1000
    assert (kept.max(), kept.min()) == (30.0, -90.0)
    assert (np.diff(steps) >= 0).all()


def test_a_peak_stays_where_it_was() -> None:
    rows = np.zeros((10_000, 1))
    rows[5000] = 1.0
    steps, kept = extremes(np.arange(10_000), rows, 1000)
    assert abs(int(steps[kept[:, 0].argmax()]) - 5000) <= 20


@pytest.mark.parametrize(
    ("steps", "now", "is_running", "first"),
    [
        ([], 0, False, 0),
        ([1, 2, 3], 4, False, 0),
        ([1, 2, 3, 0, 1], 2, False, 3),  # set back, and new ones since
        ([8, 9], 3, False, 2),  # set back, and none since
        ([8, 9], 3, True, 0),  # the clock of a running network is behind its taps
        ([5, 6, 0, 1, 0], 1, True, 4),  # set back twice
    ],
)
def test_what_is_older_than_a_reset_is_dropped(
    steps: list[int], now: int, is_running: bool, first: int
) -> None:
    clock = SimpleNamespace(step=now, is_running=is_running)
    assert first_after_reset(np.array(steps, np.int64), clock) == first


@pytest.mark.parametrize("n", [1, 63, 64, 65, 300])
def test_a_smoothed_series_is_the_sum_of_its_fading_past(n: int) -> None:
    raw = np.random.default_rng(1).random((n, 2))
    keep, before = 0.9, np.array([3.0, 0.0])
    expected = []
    state = before
    for row in raw:
        state = keep * state + (1.0 - keep) * row
        expected.append(state)
    np.testing.assert_allclose(smoothed(raw, keep, before), expected, rtol=1e-12)


def test_nothing_is_smoothed_where_nothing_is_kept() -> None:
    raw = np.arange(6.0).reshape(3, 2)
    np.testing.assert_array_equal(smoothed(raw, 0.0, np.zeros(2)), raw)


def tap_of(steps: list[int], *, n_lost: int = 0) -> SimpleNamespace:
    """Return a tap of one neuron that holds `steps`, and has forgotten some before."""
    read = np.array(steps, np.int64), np.zeros(len(steps), np.int64), len(steps), n_lost
    return SimpleNamespace(read=lambda _since: read)


def past(*taps: SimpleNamespace, now: int) -> tuple[list[int], list[int]]:
    """Return steps and rows that a raster of 10 steps sends once its network rests."""
    clock = SimpleNamespace(step=now, is_running=True)
    watched = [Watched(tap=t, row_of_rank=np.array([k], np.int32)) for k, t in enumerate(taps)]
    feed = RasterFeed(watched, window_steps=10, clock=clock)
    feed.collect()
    clock.is_running = False
    feed._halt = SimpleNamespace(is_new=lambda: True)
    part = feed.collect()
    ages, rows = part.arrays
    return (part.header["last"] - ages.astype(int)).tolist(), rows.tolist()


def test_at_rest_the_past_begins_where_all_populations_are_known() -> None:
    """Before that a population whose spikes were forgotten looked as if it had been silent."""
    busy = tap_of(list(range(50, 100)), n_lost=50)
    calm = tap_of([1, 20, 60, 99])
    steps, rows = past(busy, calm, now=100)
    assert min(steps) == 50
    assert [s for s, row in zip(steps, rows, strict=True) if row == 1] == [60, 99]


def test_no_population_of_a_fast_network_is_shown_further_back_than_another() -> None:
    busy = tap_of(list(range(95, 100)), n_lost=50)
    calm = tap_of([1, 20, 60, 91, 97])
    clock = SimpleNamespace(step=100, is_running=True)
    watched = [
        Watched(tap=t, row_of_rank=np.array([k], np.int32)) for k, t in enumerate((busy, calm))
    ]
    part = RasterFeed(watched, window_steps=10, clock=clock).collect()
    ages, rows = part.arrays
    assert (part.header["last"] - ages.astype(int)).tolist() == [95, 96, 97, 97, 98, 99]
    assert rows.tolist() == [0, 0, 0, 1, 0, 0]


def test_at_rest_a_long_past_loses_its_beginning_and_no_spike_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every second spike was left out, so that the network seemed to fire half as much."""
    monkeypatch.setattr(feeds, "MAX_SPIKES_OF_PAST", 40)
    steps, _ = past(tap_of(list(range(100))), now=100)
    assert steps == list(range(60, 100))


class Ring:
    """A tap of 100 neurons that all spike in each step."""

    def __init__(self) -> None:
        self.now = 0

    def read(self, since: int) -> tuple[np.ndarray, np.ndarray, int, int]:
        index = np.arange(since, 100 * self.now)
        return index // 100, index % 100, 100 * self.now, 0


def dots_per_step(monkeypatch: pytest.MonkeyPatch, frames: list[int]) -> tuple[np.ndarray, int]:
    """Return how many spikes of each step of a window a page knows after `frames` [steps]."""
    monkeypatch.setattr(feed_share, "MAX_SPIKES", 1000)
    ring, clock = Ring(), SimpleNamespace(step=0, is_running=True)
    watched = [Watched(tap=ring, row_of_rank=np.arange(100, dtype=np.int32))]
    feed = RasterFeed(watched, window_steps=100, clock=clock)
    known: list[int] = []
    every = 0
    for n_steps in frames:
        ring.now = clock.step = ring.now + n_steps
        part = feed.collect()
        assert part is not None
        every = part.header["every"]
        known = [] if part.header["fresh"] else known
        known += (part.header["last"] - part.arrays[0].astype(int)).tolist()
    ages = ring.now - 1 - np.array(known)
    return np.bincount(ages[ages < 100], minlength=100), every


def test_late_frames_do_not_make_a_raster_thinner(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a frame brought many spikes fewer of them were shown: neurons seemed to pause."""
    even, _ = dots_per_step(monkeypatch, [10] * 60)
    uneven, every = dots_per_step(monkeypatch, [10] * 54 + [1] * 20 + [40])
    assert uneven.sum() == pytest.approx(even.sum(), rel=0.1)
    assert uneven[:40].sum() == pytest.approx(uneven[60:].sum(), rel=0.3)
    assert every == 16  # of 10 000 spikes in a window of at most 1000


def test_of_many_spikes_a_share_is_shown_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    shown, every = dots_per_step(monkeypatch, [10] * 60)
    assert shown.sum() == pytest.approx(100 * 100 / every, rel=0.15)
    assert shown.max() < 25
