"""Live pictures that a hand has zoomed, and the ways back; and two that a hand put side by side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import laboratory
import pytest
from laboratory import eventually

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CELLS = (
    """
import annlab as ann
from annlab.widgets import *
net = ann.Network(dt=1.0, seed=2)
cells = net.create(400, ann.Izhikevich(noise=5.0), name="cells")
net.compile()
""",
    "raster(cells)",
    "trace(cells, 'v', ranks=[0, 1])",
    "import ipywidgets\nipywidgets.HBox([raster(cells, window_ms=300.0), rate(cells)])",
)
LABELS = {"raster": "neuron", "trace": "v (mV)"}
SOON_S = 20.0
CODE = {"raster": "raster(cells)", "trace": "trace(cells"}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    laboratory.need_chromium()
    folder = tmp_path_factory.mktemp("zoom")
    laboratory.write_notebook(folder / "zoom.ipynb", CELLS)
    with (
        laboratory.jupyterlab(folder) as address,
        laboratory.browser_page(width=1200, height=1400) as page,
    ):
        laboratory.open_notebook(page, address, "zoom.ipynb")
        laboratory.run_all_cells(page)
        assert laboratory.errors(page) == []
        laboratory.tell_kernel(page, "net.start(speed=1.0)")
        yield page
        laboratory.tell_kernel(page, "net.stop()")


@pytest.fixture(params=["raster", "trace"])
def view(page: Page, request: pytest.FixtureRequest) -> str:
    """The kind of a view that has run for a while."""
    laboratory.scroll_to(page, CODE[request.param])
    page.locator(".annlab-figure .bk-Canvas").nth(list(LABELS).index(request.param)).wait_for()
    assert eventually(lambda: shows_all(page, request.param))
    return request.param


def figure(page: Page, view: str) -> Locator:
    return page.locator(".annlab-figure").nth(list(LABELS).index(view))


def limits(page: Page, view: str) -> tuple[float, float]:
    """Return the limits of the vertical axis."""
    start, end = page.evaluate(
        """(label) => {
          const figures = Bokeh.documents.map((d) => d.roots()[0]);
          const { start, end } = figures.find((f) => f.left[0].axis_label === label).y_range;
          return [start, end];
        }""",
        LABELS[view],
    )
    return start, end


def shows_all(page: Page, view: str) -> bool:
    """Tell whether the whole height is in sight: 400 rows, or potentials from rest to spike."""
    low, high = limits(page, view)
    return low < 0 and high > 399 if view == "raster" else low < -75 and high > 0


def zoom(page: Page, view: str, *, beside: bool) -> None:
    """Turn the wheel over the picture, or over the axis beside it."""
    page.evaluate(
        """(label) => {
          const figures = Bokeh.documents.map((d) => d.roots()[0]);
          const { toolbar } = figures.find((f) => f.left[0].axis_label === label);
          toolbar.tools.find((tool) => tool.type === 'WheelZoomTool').active = true;
        }""",
        LABELS[view],
    )
    box = figure(page, view).locator(".annlab-canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + (-20 if beside else 100), box["y"] + box["height"] / 2)
    page.mouse.wheel(0, -300)
    assert eventually(lambda: not shows_all(page, view), timeout_s=SOON_S)


def test_follow_shows_the_whole_height_again(page: Page, view: str) -> None:
    """The present came back, and the height stayed what the hand had made of it."""
    zoom(page, view, beside=False)
    follow = figure(page, view).get_by_role("button", name="Follow")
    follow.click()
    assert eventually(lambda: shows_all(page, view), timeout_s=SOON_S)
    assert eventually(lambda: not follow.is_visible(), timeout_s=SOON_S)


def test_a_height_that_a_hand_has_chosen_has_a_button_to_leave_it(page: Page, view: str) -> None:
    zoom(page, view, beside=True)
    fit = figure(page, view).get_by_role("button", name="Fit", exact=True)
    fit.click()
    assert eventually(lambda: shows_all(page, view), timeout_s=SOON_S)
    assert eventually(lambda: not fit.is_visible(), timeout_s=SOON_S)


def test_the_reset_tool_shows_all(page: Page, view: str) -> None:
    """A trace of potentials was left with an axis from 0 to 1, on which none of them lies."""
    zoom(page, view, beside=False)
    tool(page, view, "Reset view").click()
    assert eventually(lambda: shows_all(page, view), timeout_s=SOON_S)


def tool(page: Page, view: str, name: str) -> Locator:
    return figure(page, view).get_by_role("button", name=name, exact=True)


def test_the_tools_have_names_and_hear_the_keyboard(page: Page) -> None:
    """They were icons without a name, and Enter put the cursor into the cell."""
    laboratory.scroll_to(page, CODE["raster"])
    tool(page, "raster", "Save picture").wait_for()
    pan, box = (tool(page, "raster", name) for name in ("Pan", "Box Zoom"))
    pan.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert eventually(lambda: box.get_attribute("aria-pressed") == "true", timeout_s=SOON_S)
    assert pan.get_attribute("aria-pressed") == "false"
    page.keyboard.press("Space")
    assert eventually(lambda: box.get_attribute("aria-pressed") == "false", timeout_s=SOON_S)
    assert page.evaluate(f"{laboratory.CURRENT}.content.mode") == "command"
    pan.press("Enter")
    page.keyboard.press("Shift+Tab")
    # The picture, which hears no key, lies on nobody's way.
    assert page.evaluate("document.activeElement.matches('.annlab-header button')")


def test_views_side_by_side_share_the_line(page: Page) -> None:
    """One took what its words asked for, the other half of that; the rest was empty."""
    laboratory.scroll_to(page, "HBox")
    canvases = page.locator(".widget-hbox .annlab-canvas")
    assert eventually(lambda: canvases.count() == 2, timeout_s=SOON_S)

    def widths() -> list[float]:
        boxes = [canvas.bounding_box() for canvas in canvases.all()]
        return [box["width"] if box else 0.0 for box in boxes]

    line = page.locator(".widget-hbox").bounding_box()
    assert line is not None
    assert eventually(lambda: min(widths()) > 0.35 * line["width"], timeout_s=SOON_S)
    assert max(widths()) - min(widths()) < 20.0
