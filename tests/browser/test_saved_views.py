"""A notebook with single views, saved, and opened again without its kernel."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import laboratory
import pytest
import scenes
from laboratory import eventually

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CELLS = [
    scenes.NOISE.format(rate=10.0),
    "raster(net)",
    "sliders(more)",
    "controls(net)",
    "import ipywidgets\nipywidgets.HBox([rate(noise), trace(more, 'r', ranks=range(9))])",
]
NAME = "views.ipynb"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("saved")


@pytest.fixture(scope="module")
def page(folder: Path) -> Iterator[Page]:
    """The views after the network ran; the notebook is saved."""
    laboratory.need_chromium()
    laboratory.write_notebook(folder / NAME, CELLS)
    with (
        laboratory.jupyterlab(folder, extensions=laboratory.extension()) as address,
        laboratory.browser_page() as page,
    ):
        laboratory.open_notebook(page, address, NAME)
        laboratory.run_all_cells(page)
        assert laboratory.errors(page) == []
        empty = page.locator(".annlab-empty:visible")
        assert eventually(lambda: empty.count() == 3)
        laboratory.tell_kernel(page, "net.simulate(1000.0)")
        clocks = page.locator(".annlab-clock")
        assert eventually(lambda: all("t = 1.00 s" in t for t in clocks.all_inner_texts()))
        assert eventually(lambda: empty.count() == 0)
        page.wait_for_timeout(500)  # by then the spikes are drawn
        page.evaluate("window.jupyterapp.commands.execute('docmanager:save').then(() => null)")
        yield page


def saved(folder: Path) -> list[str]:
    """Return what the file holds for each view."""
    cells = json.loads((folder / NAME).read_text())["cells"]
    outputs = [output for cell in cells for output in cell["outputs"]]
    found = ["".join(output.get("data", {}).get("text/html", "")) for output in outputs]
    return [html for html in found if "annlab-saved" in html]


def test_live_views_hide_what_is_saved_of_them(page: Page) -> None:
    assert page.locator(".annlab-saved").count() == 5
    assert not any(one.is_visible() for one in page.locator(".annlab-saved").all())


def test_the_file_holds_pictures_and_code(page: Page, folder: Path) -> None:
    raster, sliders, controls, box = saved(folder)
    assert "from annlab.widgets import raster\nraster(net, window_ms=1000.0)" in raster
    assert raster.count("<img") == 1
    assert "sliders(net.get_population(" in sliders
    assert "controls(net)" in controls
    assert box.count("<img") == 2
    colours = re.findall(r'style="color: (rgb[^"]*)">(.) <', box)
    assert [mark for _, mark in colours] == ["●"] * 9 + ["╍"]  # of the rate, and of nine lines
    assert len({colour for colour, _ in colours}) == 9


def test_opened_without_their_kernel_views_are_pictures_and_code(page: Page) -> None:
    """Each was a line of red: Error displaying widget, model not found."""
    address = page.url.split("/lab")[0]
    page.evaluate(f"{laboratory.CURRENT}.sessionContext.shutdown().then(() => null)")
    page.goto("about:blank")
    laboratory.open_notebook(page, address, NAME)
    pictures = page.locator(".annlab-saved img")
    pictures.last.wait_for(state="visible")
    assert all(
        picture.evaluate("(image) => image.naturalWidth") > 300 for picture in pictures.all()
    )
    assert page.locator(".annlab-saved:visible").count() == 5
    # Those of the box lie beside each other, as they did.
    left, right = (picture.bounding_box() for picture in pictures.all()[-2:])
    assert left is not None
    assert right is not None
    assert left["y"] < right["y"] + right["height"]
    assert right["y"] < left["y"] + left["height"]
    assert left["x"] + left["width"] <= right["x"]
    assert not any(one.is_visible() for one in page.get_by_text("Error displaying widget").all())
    laboratory.photograph(page, "saved-views")
