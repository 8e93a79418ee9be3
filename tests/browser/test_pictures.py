"""Maps and receptive fields in a page: whose numbers they show, and of which time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import laboratory
import numpy as np
import pytest
import scenes
from laboratory import eventually, photograph
from PIL import Image

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

CELLS = [
    scenes.MIXED,
    "activity(image)",
    "receptive_fields(plastic, ranks=[3, 30, 300])",
    "raster(cells[[3, 30, 300]])",
    'phase_plane(cells, "v", "u", x_limits=(-90, 60), y_limits=(0.2, 0.9))',
    'rate([image, cells], title="both")',
    "rate(field)",
]
N_VIEWS, N_IN_SIGHT = 6, 4

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A notebook with a map, fields and a raster, after the network ran for 50 ms."""
    laboratory.need_chromium()
    folder = tmp_path_factory.mktemp("pictures")
    laboratory.write_notebook(folder / "pictures.ipynb", CELLS)
    with (
        laboratory.jupyterlab(folder) as address,
        laboratory.browser_page(width=1000, height=1900) as page,
    ):
        laboratory.open_notebook(page, address, "pictures.ipynb")
        laboratory.run_all_cells(page)
        assert laboratory.errors(page) == []
        laboratory.tell_kernel(page, "net.simulate(50.0)")
        assert eventually(lambda: page.locator(".annlab-canvas").count() == N_VIEWS)
        yield page


def view(page: Page, index: int) -> Locator:
    return page.locator(".annlab-figure").nth(index)


def said_at(page: Page, figure: Locator, x: float, y: float) -> str:
    """Return what the page says where the pointer is: `x` and `y` are parts of the picture."""
    box = figure.locator(".annlab-canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
    hint = figure.locator(".annlab-hint")
    return hint.inner_text() if hint.is_visible() else ""


@pytest.mark.parametrize("index", range(N_IN_SIGHT))
def test_each_picture_tells_its_time(page: Page, index: int) -> None:
    """Pictures that do not fill their place did not."""
    clock = view(page, index).locator(".annlab-clock")
    assert eventually(lambda: clock.inner_text() == "t = 50 ms · stopped")
    assert clock.is_visible()


# Two fields in the first line, the third below the first.
@pytest.mark.parametrize(("x", "y", "rank"), [(0.25, 0.4, 3), (0.75, 0.4, 30), (0.25, 0.9, 300)])
def test_a_field_says_whose_it_is(page: Page, x: float, y: float, rank: int) -> None:
    fields = view(page, 1)
    assert eventually(lambda: said_at(page, fields, x, y).startswith(f"neuron {rank} · row "))
    photograph(page, "fields")


@pytest.mark.parametrize(("x", "y"), [(0.25, 0.02), (0.75, 0.9)])
def test_between_fields_nothing_is_said(page: Page, x: float, y: float) -> None:
    fields = view(page, 1)
    assert eventually(lambda: said_at(page, fields, 0.25, 0.4) != "")
    assert eventually(lambda: said_at(page, fields, x, y) == "")


def test_the_corners_of_a_map_are_its_outer_neurons(page: Page) -> None:
    image = view(page, 0)
    assert eventually(lambda: said_at(page, image, 0.01, 0.01).startswith("row 0 · column 0 · "))
    assert eventually(lambda: said_at(page, image, 0.99, 0.99).startswith("row 19 · column 19 · "))


def test_the_axis_of_a_raster_names_its_neurons(page: Page) -> None:
    words = page.evaluate(
        """() => {
          const figures = Bokeh.documents.map((d) => d.roots()[0]);
          const [axis] = figures.find((f) => f.left[0].axis_label === 'neuron').left;
          const [, ticks] = Bokeh.index.find_one(axis).tick_coords.major;
          return axis.formatter.doFormat([...ticks], { loc: 0 });
        }"""
    )
    assert words == ["3", "30", "300"]


def test_a_phase_plane_has_the_limits_that_were_given(page: Page) -> None:
    """Also where they lie inside of those that a plane has without them, which are 0 and 1."""
    laboratory.scroll_to(page, "phase_plane")

    def limits() -> list[float] | None:
        return page.evaluate(
            """() => {
              const figures = Bokeh.documents.map((d) => d.roots()[0]);
              const plane = figures.find((f) => f.left[0].axis_label?.startsWith('u'));
              const { x_range: x, y_range: y } = plane ?? {};
              return plane ? [x.start, x.end, y.start, y.end] : null;
            }"""
        )

    assert eventually(lambda: limits() == [-90, 60, 0.2, 0.9], timeout_s=20.0)
    assert not eventually(lambda: limits() != [-90, 60, 0.2, 0.9], timeout_s=1.0)


@pytest.fixture
def dark(page: Page) -> Iterator[Page]:
    """The page in the dark theme, for one test."""

    def choose(theme: str) -> None:
        page.evaluate(
            "(theme) => window.jupyterapp.commands.execute('apputils:change-theme', { theme })",
            theme,
        )

    choose("JupyterLab Dark")
    assert eventually(
        lambda: page.evaluate("document.body.dataset.jpThemeName") == "JupyterLab Dark"
    )
    page.wait_for_timeout(500)
    yield page
    choose("JupyterLab Light")


def test_a_saved_picture_has_a_ground_and_a_legend(dark: Page, tmp_path: Path) -> None:
    """Its words were nearly white, on nothing: who put it on paper read none of them."""
    laboratory.scroll_to(dark, "rate(field)")
    figure = view(dark, N_VIEWS - 1)
    figure.locator(".bk-Canvas").wait_for()
    with dark.expect_download() as download:
        figure.locator(".bk-tool-icon-save").click()
    assert download.value.suggested_filename == "annlab-mean-r.png"
    download.value.save_as(tmp_path / "rate.png")
    pixels = np.asarray(Image.open(tmp_path / "rate.png").convert("RGBA")).astype(int)
    assert pixels[..., 3].min() == 255
    brightness = pixels[..., :3].mean(axis=2)
    assert np.median(brightness) < 60
    assert (brightness > 150).sum() > 100

    figure = view(dark, N_VIEWS - 2)
    with dark.expect_download() as download:
        figure.locator(".bk-tool-icon-save").click()
    download.value.save_as(tmp_path / "both.png")
    legend = np.asarray(Image.open(tmp_path / "both.png").convert("RGB")).astype(int)[:20]
    is_coloured = legend.max(axis=2) - legend.min(axis=2) > 80
    assert is_coloured.sum() > 100  # two dots
    assert (legend.min(axis=2) > 150).sum() > 50  # words
