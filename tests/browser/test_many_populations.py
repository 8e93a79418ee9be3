"""Thirty populations in one picture: their names leave room for it, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import laboratory
import pytest
from laboratory import eventually

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CELLS = (
    """
import annlab as ann
from annlab.widgets import *
net = ann.Network(dt=1.0, seed=1)
for k in range(30):
    net.create(ann.PoissonPopulation(50, f"area_{k:02d}", rates=1.0))
net.compile()
""",
    "controls(net)",
    "raster(net)",
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    laboratory.need_chromium()
    folder = tmp_path_factory.mktemp("many")
    laboratory.write_notebook(folder / "many.ipynb", CELLS)
    with (
        laboratory.jupyterlab(folder) as address,
        laboratory.browser_page(width=1200, height=1000) as page,
    ):
        laboratory.open_notebook(page, address, "many.ipynb")
        laboratory.run_all_cells(page)
        assert laboratory.errors(page) == []
        page.locator(".annlab-figure .bk-Canvas").wait_for()
        yield page


def test_of_many_names_the_first_are_shown_and_the_others_counted(page: Page) -> None:
    names = page.locator(".annlab-figure .annlab-chip")
    more = page.locator(".annlab-figure .annlab-more")
    assert names.count() == 30
    assert page.locator(".annlab-figure .annlab-chip:visible").count() == 8
    assert more.inner_text() == "+ 22 more"
    more.press("Enter")
    assert eventually(lambda: all(name.is_visible() for name in names.all()), timeout_s=20.0)
    more.press("Enter")
    assert eventually(lambda: not names.last.is_visible(), timeout_s=20.0)


def test_the_pointer_tells_whose_row_it_is_where_nobody_spikes(page: Page) -> None:
    """Thirty populations had no name at the picture, and few at the legend were told apart."""
    box = page.locator(".annlab-canvas").bounding_box()
    assert box is not None
    hint = page.locator(".annlab-hint")

    def told() -> str:
        page.mouse.move(box["x"] + 200, box["y"] + box["height"] / 2)
        page.mouse.move(box["x"] + 202, box["y"] + box["height"] / 2)
        return hint.inner_text() if hint.is_visible() else ""

    assert eventually(lambda: told().startswith(("area_14 · neuron", "area_15 · neuron")), 20.0)
    laboratory.photograph(page, "many-populations")


def test_out_of_sight_a_picture_keeps_what_it_showed(page: Page) -> None:
    """Drawn anew, for a new width, it was of now: of a time of which it knows nothing."""
    canvas = page.locator(".annlab-canvas")

    def n_dots() -> int:
        return canvas.evaluate(
            """(canvas) => {
              const { width, height } = canvas;
              const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
              let n = 0;
              for (let i = 0; i < data.length; i += 4) n += Math.abs(data[i] - data[i + 2]) > 40;
              return n;
            }"""
        )

    laboratory.tell_kernel(page, "net.simulate(1000.0)")
    assert eventually(lambda: n_dots() > 500, timeout_s=20.0)
    canvas.evaluate(
        "(canvas) => canvas.closest('.jp-OutputArea-output').style.marginTop = '3000px'"
    )
    laboratory.tell_kernel(page, "import time; time.sleep(1.0); net.simulate(60_000.0)")
    assert eventually(lambda: "61.0 s" in page.locator(".annlab-readouts").inner_text(), 20.0)
    before = canvas.evaluate("(canvas) => canvas.width")
    page.set_viewport_size({"width": 1000, "height": 1000})
    assert eventually(lambda: canvas.evaluate("(canvas) => canvas.width") != before, 20.0)
    page.wait_for_timeout(500)
    assert n_dots() > 300
