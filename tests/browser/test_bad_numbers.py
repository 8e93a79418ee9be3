"""Pictures of what is not a number, or too large for one, and of a view that fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import laboratory
import pytest
from laboratory import eventually, photograph

if TYPE_CHECKING:
    from playwright.sync_api import Page

CELLS = [
    r"""
import annlab as ann
from annlab.widgets import *
net = ann.Network(dt=1.0, seed=2)
bad = net.create(5, ann.Neuron(
    parameters="k = 0.01",
    equations="dx/dt = k*x*x - y : init = 1.0, explicit\ndy/dt = x - y : explicit",
    spike="x > 1e300", reset="x = 0",
), name="bad")
half = net.create(2, ann.Neuron(
    parameters="k = 0.0", equations="r = k / (k * max(t - 40.0, 0.0)) if t > 50.0 else t",
), name="half")
noise = net.create(ann.PoissonPopulation(20, rates=20.0, name="noise"))
net.compile()
""",
    "phase_plane(bad, 'x', 'y')",
    "raster(noise)",
    "trace(half, 'r', ranks=[0])",
]
PLANE, RASTER, TRACE = range(3)

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def said() -> list[str]:
    """What the page told its console of errors."""
    return []


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, said: list[str]) -> Iterator[Page]:
    """A notebook in which the numbers of one population have left all bounds."""
    laboratory.need_chromium()
    folder = tmp_path_factory.mktemp("numbers")
    laboratory.write_notebook(folder / "numbers.ipynb", CELLS)
    with (
        laboratory.jupyterlab(folder) as address,
        laboratory.browser_page(width=1000, height=1900) as page,
    ):
        page.on("console", lambda m: said.append(m.text) if "annlab" in m.text else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        laboratory.open_notebook(page, address, "numbers.ipynb")
        laboratory.run_all_cells(page)
        assert laboratory.errors(page) == []
        assert eventually(lambda: page.locator(".annlab-canvas").count() == len(CELLS) - 1)
        laboratory.tell_kernel(page, "net.simulate(10.0)\nbad.x = -1e6\nnet.simulate(90.0)")
        yield page


def clock(page: Page, index: int) -> str:
    return page.locator(".annlab-figure").nth(index).locator(".annlab-clock").inner_text()


def test_numbers_without_end_stop_no_picture(page: Page, said: list[str]) -> None:
    """Bokeh refused an axis that ends at NaN, and no view of the page was drawn any more."""
    assert eventually(lambda: clock(page, RASTER) == "t = 0.10 s · stopped")
    assert clock(page, PLANE) == "t = 0.10 s · stopped"
    ends = page.evaluate(
        """() => Bokeh.documents.map((d) => d.roots()[0]).flatMap(
          ({ x_range: x, y_range: y }) => [x.start, x.end, y.start, y.end])"""
    )
    assert all(abs(end) < 1e38 for end in ends)
    assert said == []
    photograph(page, "bad-numbers")


def test_views_say_what_is_not_a_number(page: Page) -> None:
    for index, text in ((PLANE, "bad[0]: infinite"), (TRACE, "half[0]: not a number")):
        badge = page.locator(".annlab-figure").nth(index).locator(".annlab-badge")
        assert eventually(lambda: badge.inner_text() == text)  # noqa: B023  # called at once


def test_a_view_that_fails_says_so_and_the_others_go_on(page: Page, said: list[str]) -> None:
    broken = page.locator(".annlab-figure").nth(PLANE)
    broken.evaluate(
        """(figure) => {
          const canvas = figure.querySelector('.annlab-canvas');
          canvas.getContext = () => { throw new Error('no canvas today'); };
        }"""
    )
    laboratory.tell_kernel(page, "net.simulate(100.0)")
    assert eventually(lambda: clock(page, RASTER) == "t = 0.20 s · stopped")
    banner = broken.locator(".annlab-banner")
    assert eventually(banner.is_visible)
    assert "This view could not be drawn: no canvas today" in banner.inner_text()
    assert page.locator(".annlab-banner:visible").count() == 1
    assert any("a view could not be drawn" in text for text in said)
    photograph(page, "broken-view")
    broken.evaluate("(figure) => delete figure.querySelector('.annlab-canvas').getContext")
    laboratory.tell_kernel(page, "net.simulate(100.0)")
    assert eventually(lambda: not banner.is_visible())
    assert clock(page, PLANE) == "t = 0.30 s · stopped"


def test_a_picture_follows_its_plot_area(page: Page) -> None:
    """Bars lay over the numbers of their axis once these had become wider."""
    shifts = page.evaluate(
        """async () => {
          const models = Bokeh.documents.map((d) => d.roots()[0]);
          for (const { left: [axis] } of models) axis.major_label_standoff = 90;
          await new Promise((resolve) => setTimeout(resolve, 1000));
          const canvases = [...document.querySelectorAll('.annlab-canvas')];
          return models.map((model) => {
            const { frame, canvas_view: { el } } = Bokeh.index.find_one(model);
            const left = el.getBoundingClientRect().left + frame.bbox.left;
            const offs = canvases.map((c) => Math.abs(c.getBoundingClientRect().left - left));
            return [frame.bbox.left, Math.min(...offs)];
          });
        }"""
    )
    assert len(shifts) == len(CELLS) - 1
    for left, off in shifts:
        assert left > 90
        assert off < 1.0
