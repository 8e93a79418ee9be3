"""What live work promises, in a real page: young pictures, nothing lost, nothing left behind.

Times are bounded generously, by what the machine's load leaves over; `python -m benchmarks.live`
measures them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import laboratory
import measures
import meter
import numpy as np
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module", params=measures.SUBSHELLS)
def stopped(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Page]:
    laboratory.need_chromium()
    with measures.live_page(tmp_path_factory.mktemp("live"), subshells=request.param) as page:
        yield page


@pytest.fixture
def page(stopped: Page) -> Iterator[Page]:
    """The dashboard of a network that runs in real time."""
    laboratory.scroll_to(stopped, "net.dashboard")
    measures.start(stopped)
    meter.watch_frames(stopped)
    yield stopped
    measures.stop(stopped)


def share() -> float:
    """Return how many others want each processor: times are as many times as long."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def pictures(page: Page, at_least: int, timeout_s: float = 200.0) -> meter.Frames:
    """Wait for so many pictures from now on, and return them."""
    meter.watch_frames(page)
    enough = f"window.annlabFrames.length >= {at_least}"
    page.wait_for_function(enough, timeout=timeout_s * 1000)
    return meter.frames(page)


def test_eleven_thousand_spikes_a_second_are_drawn_while_they_are_young(page: Page) -> None:
    pictures(page, 5)
    drawn = pictures(page, 20)
    assert np.median(drawn.latency_ms) < 300 * share()


def test_no_frame_between_kernel_and_picture_is_lost(page: Page) -> None:
    assert pictures(page, 20).n_lost == 0


def test_a_slow_page_shows_a_picture_of_one_or_two_frames_ago_and_says_so(page: Page) -> None:
    """It used to fall ever farther behind: two minutes within one."""
    with meter.slowed(page, 6):
        pictures(page, 4)  # whatever was on its way
        drawn = pictures(page, 5)
    pause_ms = np.median(np.diff(drawn.drawn_ms))
    assert drawn.latency_ms.max() < 3 * pause_ms + 500
    behind = [badges for age, badges in zip(drawn.latency_ms, drawn.badges) if age > 2000]
    assert all(badges and badges[0].startswith("behind by") for badges in behind)
    assert behind or drawn.latency_ms.max() < 2000


def test_a_page_that_was_slow_is_quick_again(page: Page) -> None:
    with meter.slowed(page, 6):
        pictures(page, 3)
    pictures(page, 15)
    assert np.median(pictures(page, 15).latency_ms) < 300 * share()


def test_every_move_of_a_slider_reaches_an_idle_kernel_or_is_overtaken_by_a_later_one(
    page: Page,
) -> None:
    moves = measures.move_slider(page, "d", n=12, pause_ms=100, value="float(cells.d[0])")
    assert moves.has_last
    assert np.nanmedian(moves.latencies_ms) < 150 * share()


def test_no_last_move_is_lost_while_a_cell_is_busy(page: Page) -> None:
    moves = measures.move_slider(
        page, "d", n=40, pause_ms=20, busy_s=2.0, value="float(cells.d[0])"
    )
    assert moves.has_last


def test_pictures_keep_coming_while_a_cell_is_busy(page: Page, tmp_path: Path) -> None:
    with laboratory.busy_cell(page, tmp_path):
        pictures(page, 3)
        drawn = pictures(page, 5)
    assert np.median(drawn.oldest_ms) < 600 * share()


def test_a_tab_behind_another_gets_no_frames(page: Page) -> None:
    pictures(page, 3)
    measures.hide_notebook(page, True)
    before = measures.n_frames(page)
    page.wait_for_timeout(1500)
    after = measures.n_frames(page)
    measures.hide_notebook(page, False)
    assert after == before
    assert laboratory.eventually(lambda: measures.n_frames(page) > after)


def test_views_that_are_scrolled_out_of_sight_are_not_in_the_frames(page: Page) -> None:
    """The bar that is still in sight goes on."""
    pictures(page, 3)
    page.set_viewport_size({"width": 1400, "height": 420})
    laboratory.tell_kernel(page, LISTEN)
    try:
        page.wait_for_timeout(1500)
        laboratory.tell_kernel(page, "_annlab_sent.clear()")
        page.wait_for_timeout(1500)
        kinds = laboratory.ask_kernel(page, "sorted(set(_annlab_sent))")
    finally:
        laboratory.tell_kernel(page, "_annlab_pump._send = _annlab_send")
        page.set_viewport_size({"width": 1400, "height": 1900})
    assert "Activity" not in kinds
    assert "Histogram" not in kinds


# Which views were in the frames, by the names of their classes.
LISTEN = f"""
_annlab_pump = {measures.PUMP}
_annlab_send = _annlab_pump._send
_annlab_sent = []
_annlab_names = {{v.view_id: type(v).__name__ for v in dash.views}}
def _annlab_listen(parts, status):
    _annlab_sent.extend(_annlab_names.get(key, 'bar') for key in parts)
    _annlab_send(parts, status)
_annlab_pump._send = _annlab_listen
"""
