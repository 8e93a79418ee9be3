"""A dashboard for a long time: nothing grows, nothing is lost, stop still works.

``make soak`` takes thirty minutes; the suite takes three, in which a leak of a megabyte in ten
seconds shows.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import laboratory
import measures
import meter
import numpy as np
import pytest
import scenes
from playwright.sync_api import Page

MINUTES = float(os.environ.get("ANNLAB_SOAK_MINUTES", "3"))
WARM_UP_S = min(60.0, 0.35 * MINUTES * 60)
GROWTH = 0.05
# Of the page's process, which keeps what its collector has freed: it ended half an hour at 355 to
# 360 MB whenever it was measured, and had begun it at anything from 338 to 354.
GROWTH_OF_PAGE = 0.1
# So long spikes wait for the views: 2^16 of them, at 11 000 a second.
KEPT_MS = 5000
# The least that says something where little is held: what collecting garbage leaves to chance.
SLACK_BYTES = 4_000_000

# Count the spikes that views read of a running network, and those that were gone before they did.
COUNT = """
from annlab.runtime.tap import SpikeTap
_annlab_read, _annlab_counts = SpikeTap.read, [0, 0]
def _annlab_counted(self, since):
    steps, ranks, cursor, lost = _annlab_read(self, since)
    if since:
        _annlab_counts[:] = [_annlab_counts[0] + len(steps), _annlab_counts[1] + lost]
    return steps, ranks, cursor, lost
SpikeTap.read = _annlab_counted
"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(MINUTES * 60 * 1.5 + 400),
]


def test_a_dashboard_at_ten_thousand_spikes_a_second_goes_on_for_minutes(tmp_path: Path) -> None:
    laboratory.need_chromium()
    with measures.live_page(tmp_path) as page:
        laboratory.tell_kernel(page, COUNT)
        measures.start(page)
        page.wait_for_timeout(WARM_UP_S * 1000)
        before = meter.footprint(page)
        meter.watch_frames(page)
        lasts_s = MINUTES * 60 - WARM_UP_S
        end = time.monotonic() + lasts_s
        n_lost = n_pictures = 0
        longest_ms = 0.0
        page_mb = [before.page_bytes / 1e6]
        while time.monotonic() < end:
            page.wait_for_timeout(min(20.0, lasts_s / 3) * 1000)
            drawn = meter.frames(page, forget=True)
            n_lost += drawn.n_lost
            n_pictures += len(drawn)
            longest_ms = max(longest_ms, float(np.diff(drawn.sent_ms).max(initial=0.0)))
            page_mb.append(meter.renderer().memory_info().rss / 1e6)
        after = meter.footprint(page)
        n_read, n_missed = counts(page)
        rate = float(laboratory.ask_kernel(page, "dash._bar._meter.read()['spikes_per_s']"))
        page.locator(".annlab-bar").first.get_by_role("button", name="Stop").click()
        assert laboratory.eventually(
            lambda: page.locator(".annlab-state").first.inner_text() == "stopped"
        )
        assert laboratory.ask_kernel(page, "net.running") == "False"
        print(f"\nwarmed up:      {before}\nin the end:     {after}\n{n_pictures} pictures")
        print(f"{n_read} spikes read, {n_missed} not; longest pause {longest_ms / 1000:.1f} s")
        # A leak is a slope; one step is a moment in which the page had much to catch up with.
        print("MB of the page meanwhile:", *(f"{mb:.0f}" for mb in page_mb))
    assert rate > scenes.SPIKES_PER_S
    assert n_pictures > lasts_s / 10  # they kept coming, however slowly
    assert n_lost == 0
    assert n_read > scenes.SPIKES_PER_S * lasts_s * 0.5
    # What nobody fetched for longer than it is kept cannot be in a picture any more.
    assert n_missed == 0 or longest_ms > KEPT_MS
    assert "rate exceeded" not in (tmp_path / "server.log").read_text()
    assert_flat(before, after)


def counts(page: Page) -> tuple[int, int]:
    """Return how many spikes the views have read, and how many they came too late for."""
    n_read, n_missed = laboratory.ask_kernel(page, "_annlab_counts").strip("[]").split(",")
    return int(n_read), int(n_missed)


def assert_flat(before: meter.Footprint, after: meter.Footprint) -> None:
    for name in ("kernel_bytes", "page_bytes", "heap_bytes"):
        had, has = getattr(before, name), getattr(after, name)
        growth = GROWTH_OF_PAGE if name == "page_bytes" else GROWTH
        assert has < had + max(growth * had, SLACK_BYTES), f"{name}: {had} -> {has}"
    for name in ("n_threads", "n_comms", "n_widgets"):
        assert getattr(after, name) <= getattr(before, name), name
    assert after.n_nodes < before.n_nodes * (1 + GROWTH) + 200
    assert after.n_listeners < before.n_listeners * (1 + GROWTH) + 200
