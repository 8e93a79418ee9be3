"""A notebook with a dashboard, saved, and opened again without its kernel."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import laboratory
import measures
import meter
import nbformat
import numpy as np
import pytest
from PIL import Image

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SAVED = ".annlab-saved"
MOVED = "dash.panels['cells']['d'].value = 12.5"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("saved")


@pytest.fixture(scope="module")
def page(folder: Path) -> Iterator[Page]:
    """The dashboard after the network ran; a slider was moved, and the notebook saved."""
    laboratory.need_chromium()
    with measures.live_page(folder) as page:
        measures.start(page)
        meter.watch_frames(page)
        page.wait_for_function("window.annlabFrames.length > 10", timeout=120_000)
        laboratory.tell_kernel(page, MOVED)
        page.wait_for_function("window.annlabFrames.at(-1).sent_ms > Date.now() - 60000")
        n = page.evaluate("window.annlabFrames.length")
        page.wait_for_timeout(1500)
        page.wait_for_function(f"window.annlabFrames.length > {n} + 5", timeout=120_000)
        measures.stop(page)
        page.evaluate("window.jupyterapp.commands.execute('docmanager:save').then(() => null)")
        yield page


@pytest.fixture(scope="module")
def html(page: Page, folder: Path) -> str:
    """What the file holds for the dashboard."""
    notebook = nbformat.read(folder / measures.NOTEBOOK, 4)
    found = [
        output["data"]["text/html"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "annlab-saved" in output.get("data", {}).get("text/html", "")
    ]
    assert len(found) == 1
    return found[0]


def test_a_live_dashboard_hides_what_is_saved_of_it(page: Page) -> None:
    assert page.locator(SAVED).count() == 1
    assert not page.locator(SAVED).is_visible()


def test_the_file_holds_the_code_with_the_values_of_now(html: str) -> None:
    assert "net.dashboard(" in html
    assert MOVED.replace("'", "&#39;") in html or MOVED in html


def test_the_file_names_the_colours_of_each_view(html: str) -> None:
    assert "cells[0]" in html  # of the trace
    assert html.count("● ") >= 6


def test_the_file_holds_a_picture_of_each_view(html: str) -> None:
    names = re.findall(r'<img[^>]*alt="([^"]+)"', html)
    assert [name.split()[1] for name in names][:3] == ["raster", "rate", "trace"] or len(names) == 5
    for kind, data in re.findall(r'src="data:image/(\w+);base64,([^"]+)"', html):
        assert kind in ("webp", "png")
        picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"))
        assert picture.std() > 5
    assert len(html) < 1_500_000


def test_a_picture_of_the_raster_shows_its_spikes(html: str) -> None:
    data = re.findall(r'src="data:image/\w+;base64,([^"]+)"', html)[0]
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")).astype(int)
    is_blue = (pixels[..., 2] - pixels[..., 0]) > 60
    assert is_blue.sum() > 2000


def test_opened_without_its_kernel_the_notebook_shows_pictures_and_code(
    page: Page, html: str
) -> None:
    address = page.url.split("/lab")[0]
    page.evaluate(f"{laboratory.CURRENT}.sessionContext.shutdown().then(() => null)")
    page.goto("about:blank")
    laboratory.open_notebook(page, address, measures.NOTEBOOK)
    laboratory.scroll_to(page, "net.dashboard")
    saved = page.locator(SAVED)
    saved.wait_for(state="visible")
    assert saved.locator("img").count() == 5
    assert saved.locator("img").first.evaluate("(image) => image.naturalWidth") > 300
    assert not page.get_by_text("Error displaying widget").first.is_visible()
    saved.get_by_text("Code").click()
    assert "net.dashboard(" in saved.locator("pre").inner_text()
    laboratory.photograph(page, "saved-dashboard")


def test_running_the_cell_again_brings_the_dashboard_to_life(page: Page) -> None:
    laboratory.run_all_cells(page)
    page.locator(".annlab-bar").first.wait_for(state="visible")
    assert laboratory.eventually(lambda: not page.locator(SAVED).first.is_visible())
