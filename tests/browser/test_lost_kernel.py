"""Views whose kernel has gone say so: they do not seem to run, and their buttons do nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import laboratory
import pytest
import scenes
from laboratory import eventually

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

CELLS = [scenes.NOISE.format(rate=10.0), "controls(net)", "raster(net)", "sliders(more)"]
GONE = "The kernel has gone: run the cell again"
N_VIEWS = 3

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    laboratory.need_chromium()
    folder = tmp_path_factory.mktemp("lost")
    laboratory.write_notebook(folder / "lost.ipynb", CELLS)
    with laboratory.jupyterlab(folder) as address, laboratory.browser_page() as page:
        laboratory.open_notebook(page, address, "lost.ipynb")
        yield page


@pytest.fixture
def page(opened: Page) -> Page:
    """The views of a network that runs, in a fresh kernel."""
    context = f"{laboratory.CURRENT}.sessionContext"
    opened.evaluate(f"{context}.restartKernel().then(() => null)")
    opened.wait_for_function(f"{laboratory.KERNEL.replace('.', '?.')}?.status === 'idle'")
    opened.evaluate("void window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    laboratory.run_all_cells(opened)
    assert laboratory.errors(opened) == []
    button(opened, "Run").click()
    assert eventually(lambda: state(opened) == "running")
    assert eventually(lambda: "running" in clock(opened) or "real time" in clock(opened))
    return opened


def button(page: Page, name: str) -> Locator:
    return page.locator(".annlab-bar").get_by_role("button", name=name)


def state(page: Page) -> str:
    return page.locator(".annlab-bar .annlab-state").inner_text()


def clock(page: Page) -> str:
    return page.locator(".annlab-clock").inner_text()


def said(page: Page) -> list[str]:
    """Return what the views say is wrong."""
    found = page.locator(".annlab-banner strong, .annlab-sliders .annlab-badge")
    return [one.inner_text() for one in found.all() if one.is_visible()]


def useful(page: Page) -> list[str]:
    return page.locator(".annlab-bar button:not(:disabled)").all_inner_texts()


def test_a_restart_ends_all_views(page: Page) -> None:
    page.evaluate(f"{laboratory.CURRENT}.sessionContext.restartKernel().then(() => null)")
    assert eventually(lambda: said(page) == [GONE] * N_VIEWS, timeout_s=20.0)
    assert state(page) == "gone"
    assert useful(page) == []
    assert clock(page).endswith(" · gone")
    assert not eventually(page.get_by_text("behind by").is_visible, timeout_s=1.5)
    assert page.locator(".annlab-sliders input:not(:disabled)").count() == 0


def test_a_click_that_nobody_hears_ends_the_views_of_the_network(page: Page) -> None:
    """It was an error that nobody caught; here the page is not told before."""
    uncaught: list[str] = []
    page.on("pageerror", lambda error: uncaught.append(error.message))
    kernel = page.evaluate_handle(laboratory.KERNEL)
    # As a message on a connection that is closed.
    kernel.evaluate(
        "(kernel) => { for (const comm of [...kernel._comms.values()]) comm.dispose(); }"
    )
    button(page, "Stop").click()
    assert eventually(lambda: state(page) == "gone", timeout_s=10.0)
    assert said(page)[:2] == [GONE, GONE]
    assert useful(page) == []
    page.locator(".annlab-sliders .annlab-icon").first.click(timeout=10_000)
    assert eventually(lambda: said(page) == [GONE] * N_VIEWS, timeout_s=10.0)
    assert uncaught == []
