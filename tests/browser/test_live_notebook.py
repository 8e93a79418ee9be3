"""The first notebook, in real JupyterLab in a real browser."""

from __future__ import annotations

import os
import re
import shutil
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import laboratory
import numpy as np
import pytest
from laboratory import eventually, stands_still
from PIL import Image

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

VIEWS = "bar = controls(net"  # the cell that shows them
PUMP = "__import__('annlab.widgets.channel').widgets.channel.pump_of(net).pump"

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the server shows."""
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="module")
def page(folder: Path) -> Iterator[Page]:
    """The notebook after all its cells ran."""
    laboratory.need_chromium()
    shutil.copy(laboratory.NOTEBOOK, folder)
    with laboratory.jupyterlab(folder) as address, laboratory.browser_page() as page:
        laboratory.open_notebook(page, address, laboratory.NOTEBOOK.name)
        laboratory.run_all_cells(page)
        assert laboratory.errors(page) == []
        laboratory.scroll_to(page, VIEWS)
        yield page


@pytest.fixture(autouse=True)
def _at_rest(page: Page) -> Iterator[None]:
    """Whatever a test did, the next one finds the views on the screen and the network stopped."""
    yield
    laboratory.tell_kernel(page, "net.stop()")
    laboratory.scroll_to(page, VIEWS)
    assert eventually(lambda: state(page) == "stopped")


@pytest.fixture
def running(page: Page) -> Page:
    """The network runs, started by its button, and the raster is full."""
    button(page, "Run").click()
    assert eventually(lambda: state(page) == "running")
    assert eventually(lambda: n_dots(page) > 500)
    # Cells above that the notebook lays out late move what is in sight.
    laboratory.scroll_to(page, VIEWS)
    return page


def button(page: Page, name: str) -> Locator:
    return page.locator(".annlab-bar").first.get_by_role("button", name=name)


def state(page: Page) -> str:
    return page.locator(".annlab-state").first.inner_text()


def picture(page: Page) -> str:
    """Return the raster's pixels."""
    return page.locator(".annlab-canvas").first.evaluate("(canvas) => canvas.toDataURL()")


def bokeh_window(page: Page) -> tuple[float, float]:
    """Return the time [ms] that Bokeh takes the raster for."""
    start, end = page.evaluate(
        """() => {
          const figures = Bokeh.documents.map((d) => d.roots()[0]);
          const { start, end } = figures.find((f) => f.left[0].axis_label === 'neuron').x_range;
          return [start, end];
        }"""
    )
    return start, end


def n_dots(page: Page) -> int:
    """Return how many pixels of the raster are coloured, as spikes are and the grid is not."""
    return page.locator(".annlab-canvas").first.evaluate(
        """(canvas) => {
          const { width, height } = canvas;
          const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
          let n = 0;
          for (let i = 0; i < data.length; i += 4) n += Math.abs(data[i] - data[i + 2]) > 40;
          return n;
        }"""
    )


def test_no_cell_of_the_notebook_fails(page: Page) -> None:
    assert laboratory.errors(page) == []


def test_the_raster_moves_while_the_network_runs(running: Page) -> None:
    seen = set()
    assert eventually(lambda: (seen.add(picture(running)), len(seen) >= 5)[1])


def test_the_raster_stands_still_when_the_network_does(running: Page) -> None:
    button(running, "Stop").click()
    assert eventually(lambda: state(running) == "stopped")
    # What was under way when it stopped is drawn first.
    assert eventually(lambda: stands_still(lambda: picture(running)))


def test_the_axis_of_time_moves_and_bokeh_has_nothing_to_repaint(running: Page) -> None:
    before = bokeh_window(running)
    strip = running.locator(".annlab-time").first
    seen = set()
    assert eventually(
        lambda: (
            seen.add(strip.evaluate("(canvas) => canvas.toDataURL()")),
            len(seen) >= 5,
        )[1]
    )
    assert bokeh_window(running) == before


def test_nothing_changes_its_place_when_the_network_stops(running: Page) -> None:
    def places() -> list[float]:
        return running.evaluate(
            """() => [...document.querySelectorAll('.annlab-view')]
              .map((view) => view.getBoundingClientRect().height)"""
        )

    while_running = places()
    button(running, "Stop").click()
    assert eventually(running.locator(".annlab-scroll").first.is_visible)
    assert places() == while_running


def test_the_past_has_as_many_dots_as_the_present(running: Page) -> None:
    """All spikes from there to now were taken to be in sight, so the dots were made smaller."""
    assert eventually(lambda: float(laboratory.ask_kernel(running, "net.time")) > 6000.0)
    button(running, "Stop").click()
    scroll = running.locator(".annlab-scroll").first
    assert eventually(scroll.is_visible)
    assert eventually(lambda: stands_still(lambda: picture(running)))
    present, now = picture(running), n_dots(running)
    scroll.evaluate(
        "(s) => { s.value = Number(s.max) - 3000; s.dispatchEvent(new Event('input')); }"
    )
    assert eventually(lambda: picture(running) != present)
    assert 0.75 * now < n_dots(running) < 1.33 * now
    follow = running.get_by_role("button", name="Follow").first
    follow.click()
    assert eventually(lambda: not follow.is_visible())
    assert eventually(lambda: 0.95 * now < n_dots(running) < 1.05 * now)


def test_a_move_of_a_slider_reaches_the_kernel(running: Page) -> None:
    before = float(laboratory.ask_kernel(running, "float(exc.noise[0])"))
    handle = running.get_by_role("slider", name="noise")
    handle.focus()
    for _ in range(5):
        handle.press("ArrowRight")
    for _ in range(2):
        handle.press("ArrowLeft")
    # Three hundredths of the way, in round numbers, whichever of them is between two steps.
    assert eventually(
        lambda: (
            float(laboratory.ask_kernel(running, "float(exc.noise[0])"))
            == pytest.approx(before + 0.3)
        )
    )
    shown = running.get_by_role("textbox", name="Value of noise")
    assert eventually(
        lambda: (
            float(shown.input_value())
            == pytest.approx(float(laboratory.ask_kernel(running, "float(exc.noise[0])")), abs=0.06)
        )
    )


def test_the_picture_is_younger_than_300_ms(running: Page) -> None:
    ages: list[float] = []

    def is_young() -> bool:
        ages.append(float(laboratory.ask_kernel(running, f"{PUMP}.drawn.behind_ms")))
        # The bound is for a machine of one's own; a share of one takes as much longer.
        share = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
        return len(ages) >= 15 and statistics.median(ages[-15:]) < 300 * share

    # A queue somewhere on the way would only ever grow.
    assert eventually(is_young), ages


def test_view_and_buttons_work_while_a_cell_is_busy(running: Page, folder: Path) -> None:
    with laboratory.busy_cell(running, folder):
        seen = set()
        assert eventually(lambda: (seen.add(picture(running)), len(seen) >= 4)[1])
        button(running, "Stop").click()
        assert eventually(lambda: state(running) == "stopped")
    assert laboratory.ask_kernel(running, "net.running") == "False"


def test_what_is_out_of_sight_is_not_sent(running: Page) -> None:
    def n_frames() -> int:
        return int(laboratory.ask_kernel(running, f"{PUMP}.n_frames"))

    assert not stands_still(n_frames)
    laboratory.scroll_to(running, "Lasting = Neuron")
    assert eventually(lambda: stands_still(n_frames))
    before = n_frames()
    laboratory.scroll_to(running, VIEWS)
    assert eventually(lambda: n_frames() > before + 3)


def test_the_server_says_nothing_of_dropped_messages(running: Page, folder: Path) -> None:
    seen = set()
    assert eventually(lambda: (seen.add(picture(running)), len(seen) >= 30)[1])
    assert "rate exceeded" not in (folder / "server.log").read_text()


def test_dragging_stops_the_scrolling_and_a_button_brings_back_the_present(
    running: Page,
) -> None:
    canvas = running.locator(".annlab-canvas").first
    follow = running.locator(".annlab-follow").first
    box = canvas.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    # Bokeh takes a press that rests for a quarter of a second for no drag, and so a drag on a
    # page that is slow: whoever drags does it again.
    def is_dragged() -> bool:
        running.mouse.move(x, y)
        running.mouse.down()
        running.mouse.move(x + 120, y, steps=6)
        running.mouse.up()
        return eventually(follow.is_visible, timeout_s=3.0)

    assert eventually(is_dragged)
    # Bokeh's tools began with the time that was in sight.
    start, end = bokeh_window(running)
    assert end - start == pytest.approx(1000.0)
    now = float(laboratory.ask_kernel(running, "net.time"))
    assert 0 < now - end < 60_000
    follow.click()
    assert eventually(lambda: not follow.is_visible())
    assert eventually(lambda: n_dots(running) > 500)
    assert eventually(is_dragged)
    running.locator(".annlab-target .bk-tool-icon-reset").first.click()
    assert eventually(lambda: not follow.is_visible())
    assert eventually(lambda: n_dots(running) > 500)


def test_a_spike_under_the_pointer_says_whose_it_is(running: Page) -> None:
    page = running
    button(page, "Stop").click()
    assert eventually(lambda: state(page) == "stopped")
    box = page.locator(".annlab-canvas").first.bounding_box()
    assert box is not None
    hint = page.locator(".annlab-hint").first

    def found() -> bool:
        for k in range(1, 20):
            page.mouse.move(box["x"] + box["width"] * k / 20, box["y"] + box["height"] * 0.6)
            if hint.is_visible():
                return True
        return False

    assert eventually(found)
    assert re.fullmatch(r"excitatory · neuron \d+ · \d+ ms", hint.inner_text())


def test_a_saved_picture_holds_the_spikes(running: Page, tmp_path: Path) -> None:
    with running.expect_download() as download:
        running.locator(".annlab-target .bk-tool-icon-save").first.click()
    download.value.save_as(tmp_path / "raster.png")
    pixels = np.asarray(Image.open(tmp_path / "raster.png").convert("RGB")).astype(int)
    is_blue = (pixels[..., 2] - pixels[..., 0]) > 80
    assert is_blue.sum() > 500
