"""Presets by hand, on a dark page: saved, compared, and useless once the kernel has gone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import laboratory
import pytest
import scenes
from laboratory import eventually

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CELLS = [scenes.LIVE, "net.dashboard(views=[raster(net), trace(cells, 'v')])"]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    laboratory.need_chromium()
    folder = tmp_path_factory.mktemp("presets")
    first = f"{CELLS[0]}\nfrom annlab.widgets import raster, trace\nnet.simulate(500.0)"
    laboratory.write_notebook(folder / "presets.ipynb", [first, CELLS[1]])
    with (
        laboratory.jupyterlab(folder, theme="JupyterLab Dark") as address,
        laboratory.browser_page(width=1400) as page,
    ):
        laboratory.open_notebook(page, address, "presets.ipynb")
        laboratory.run_all_cells(page)
        assert laboratory.errors(page) == []
        yield page


def button(page: Page, name: str) -> Locator:
    return page.locator(".annlab-dashboard").get_by_role("button", name=name)


def save(page: Page, name: str) -> None:
    page.get_by_label("Name of the preset").fill(name)
    button(page, "Save preset").click()
    option = page.locator(f"select[aria-label='Preset'] option[value='{name}']")
    assert eventually(lambda: option.count() == 1)


def grey(picture: Locator) -> float:
    """Return how light the corner of a picture is, 0 to 255."""
    return picture.evaluate(
        """(image) => {
            const canvas = document.createElement("canvas");
            [canvas.width, canvas.height] = [1, 1];
            const context = canvas.getContext("2d");
            context.drawImage(image, 0, 0, 1, 1, 0, 0, 1, 1);
            const [r, g, b] = context.getImageData(0, 0, 1, 1).data;
            return (r + g + b) / 3;
        }"""
    )


def test_nothing_comes_under_the_pointer_that_saves(page: Page) -> None:
    """Restore appeared there: a double click saved a preset and went back to it."""
    before = button(page, "Save preset").bounding_box()
    save(page, "calm")
    assert button(page, "Restore").is_visible()
    assert button(page, "Save preset").bounding_box() == before


def test_two_presets_are_compared_in_the_colours_of_the_page(page: Page) -> None:
    laboratory.tell_kernel(page, "cells.noise = 9.0\nnet.simulate(500.0)")
    save(page, "wild")
    button(page, "Compare").click()
    pictures = page.locator(".annlab-comparison img")
    assert eventually(lambda: pictures.count() == 4)
    text = page.locator(".annlab-comparison").inner_text()
    assert "cells: noise: 5" in text
    assert "cells: noise: 9" in text
    assert all(grey(picture) < 60 for picture in pictures.all())
    laboratory.photograph(page, "presets")
    button(page, "×").click()


def test_nobody_hears_a_preset_without_a_kernel(page: Page) -> None:
    page.evaluate(f"{laboratory.CURRENT}.sessionContext.restartKernel().then(() => null)")
    assert eventually(
        lambda: all(button(page, name).is_disabled() for name in ("Restore", "Compare"))
    )
    assert button(page, "Save preset").is_disabled()
    assert button(page, "Stimulate").is_disabled()
