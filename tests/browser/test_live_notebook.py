"""The first notebook, in real JupyterLab in a real browser."""

from __future__ import annotations

import os
import re
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import laboratory
import numpy as np
import pytest
from PIL import Image

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

VIEWS = "bar = controls(net"  # the cell that shows them
PUMP = "__import__('annlab.widgets.channel').widgets.channel.pump_of(net).pump"

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The notebook after all its cells ran."""
    if laboratory.chromium() is None:
        if os.environ.get("CI"):
            pytest.fail("there is no Chromium, and CI needs it: apt-get install chromium")
        pytest.skip("there is no Chromium on this machine: apt-get install chromium")
    folder = tmp_path_factory.mktemp("lab")
    shutil.copy(laboratory.NOTEBOOK, folder)
    with laboratory.jupyterlab(folder) as address, laboratory.browser_page() as page:
        laboratory.open_notebook(page, address, laboratory.NOTEBOOK.name)
        laboratory.run_all_cells(page)
        assert laboratory.errors(page) == []
        laboratory.scroll_to(page, VIEWS)
        yield page


@pytest.fixture
def running(page: Page) -> Iterator[Page]:
    """The network runs, started by its button."""
    button(page, "Run").click()
    assert eventually(lambda: state(page) == "running")
    yield page
    if state(page) != "stopped":
        button(page, "Stop").click()
    assert eventually(lambda: state(page) == "stopped")


def button(page: Page, name: str) -> Locator:
    return page.locator(".annlab-bar").first.get_by_role("button", name=name)


def state(page: Page) -> str:
    return page.locator(".annlab-state").first.inner_text()


def picture(page: Page) -> str:
    """Return the raster's pixels."""
    return page.locator(".annlab-canvas").first.evaluate("(canvas) => canvas.toDataURL()")


def n_dots(page: Page) -> int:
    """Return how many pixels of the raster are not empty."""
    return page.locator(".annlab-canvas").first.evaluate(
        """(canvas) => {
          const { width, height } = canvas;
          const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
          let n = 0;
          for (let i = 3; i < data.length; i += 4) n += data[i] > 0;
          return n;
        }"""
    )


def eventually(holds: Callable[[], bool], timeout_s: float = 10.0) -> bool:
    deadline = time.monotonic() + timeout_s
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds()


def test_no_cell_of_the_notebook_fails(page: Page) -> None:
    assert laboratory.errors(page) == []


def test_the_raster_moves_while_the_network_runs(running: Page) -> None:
    seen = set()
    assert eventually(lambda: (seen.add(picture(running)), len(seen) >= 5)[1])
    assert n_dots(running) > 500


def test_the_raster_stands_still_when_the_network_does(page: Page) -> None:
    time.sleep(0.5)
    before = picture(page)
    time.sleep(0.5)
    assert picture(page) == before


def test_a_move_of_a_slider_reaches_the_kernel(running: Page) -> None:
    before = float(laboratory.ask_kernel(running, "float(exc.noise[0])"))
    handle = running.get_by_role("slider", name="noise")
    handle.focus()
    for _ in range(5):
        handle.press("ArrowRight")
    assert eventually(
        lambda: float(laboratory.ask_kernel(running, "float(exc.noise[0])")) > before + 0.2
    )
    shown = running.get_by_role("textbox", name="Value of noise").input_value()
    assert float(shown) == pytest.approx(
        float(laboratory.ask_kernel(running, "float(exc.noise[0])")), abs=0.06
    )


def test_the_picture_is_younger_than_300_ms(running: Page) -> None:
    ages = []
    for _ in range(15):
        time.sleep(0.1)
        ages.append(float(laboratory.ask_kernel(running, f"{PUMP}.drawn.behind_ms")))
    # The bound is for a machine of one's own; a share of one takes as much longer.
    share = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    assert statistics.median(ages) < 300 * share


def test_view_and_buttons_work_while_a_cell_is_busy(running: Page) -> None:
    running.evaluate(
        f"void {laboratory.KERNEL}.requestExecute({{ code: 'import time; time.sleep(6)' }})"
    )
    begin = time.monotonic()
    seen = set()
    assert eventually(lambda: (seen.add(picture(running)), len(seen) >= 4)[1], timeout_s=3.0)
    button(running, "Stop").click()
    assert eventually(lambda: state(running) == "stopped", timeout_s=2.0)
    assert time.monotonic() - begin < 5.5
    # The kernel answers once the cell has ended.
    assert laboratory.ask_kernel(running, "net.running") == "False"


def test_what_is_out_of_sight_is_not_sent(running: Page) -> None:
    frames = f"{PUMP}.n_frames"
    laboratory.scroll_to(running, "Lasting = Neuron")
    time.sleep(0.5)
    before = int(laboratory.ask_kernel(running, frames))
    time.sleep(0.7)
    after = int(laboratory.ask_kernel(running, frames))
    laboratory.scroll_to(running, VIEWS)
    assert eventually(lambda: int(laboratory.ask_kernel(running, frames)) > after + 3)
    assert after - before <= 1


def test_the_server_says_nothing_of_dropped_messages(page: Page) -> None:
    log = Path(laboratory.ask_kernel(page, "__import__('os').getcwd()").strip("'")) / "server.log"
    assert "rate exceeded" not in log.read_text()


def test_dragging_stops_the_scrolling_and_a_button_brings_back_the_present(
    running: Page,
) -> None:
    canvas = running.locator(".annlab-canvas").first
    follow = running.locator(".annlab-follow").first
    box = canvas.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    running.mouse.move(x, y)
    running.mouse.down()
    running.mouse.move(x + 120, y, steps=6)
    running.mouse.up()
    assert eventually(follow.is_visible)
    follow.click()
    assert eventually(lambda: not follow.is_visible())
    assert eventually(lambda: n_dots(running) > 500)


def test_a_spike_under_the_pointer_says_whose_it_is(page: Page) -> None:
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


def test_a_saved_picture_holds_the_spikes(page: Page, tmp_path: Path) -> None:
    with page.expect_download() as download:
        page.locator(".annlab-target .bk-tool-icon-save").first.click()
    download.value.save_as(tmp_path / "raster.png")
    pixels = np.asarray(Image.open(tmp_path / "raster.png").convert("RGB")).astype(int)
    is_blue = (pixels[..., 2] - pixels[..., 0]) > 80
    assert is_blue.sum() > 500
