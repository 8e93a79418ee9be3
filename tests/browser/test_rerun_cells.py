"""A cell that runs again leaves nothing behind, but for what JupyterLab keeps of every widget.

Apart from the other tests of live pages: a process drives one browser at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import laboratory
import measures
import meter
import pytest
import scenes

from annlab.widgets import assets

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page with one cell for each view."""
    laboratory.need_chromium()
    with measures.live_page(
        tmp_path_factory.mktemp("views"),
        "from annlab.widgets import *",
        *scenes.VIEW_CELLS.values(),
    ) as page:
        laboratory.tell_kernel(page, "from annlab.widgets import *\ndash.close()")
        # What the page makes once and keeps, and makes anew when it is first short of memory.
        measures.run_cell(page, scenes.VIEW_CELLS["raster"])
        assert laboratory.eventually(lambda: n_documents(page) >= 1)
        page.wait_for_timeout(2000)
        measures.growth(page, scenes.VIEW_CELLS["raster"], 2, n_before=2)
        yield page


# JupyterLab keeps one or two of both for any cell that runs again, and now and then two dozen of
# either at once; as long as it kept the widgets of a dashboard, seven nodes of each stayed.
NODES = {"dashboard": 40}
LISTENERS = {"dashboard": 12}


@pytest.mark.parametrize("view", scenes.VIEW_CELLS)
def test_a_cell_that_runs_again_leaves_nothing_behind(cells: Page, view: str) -> None:
    n = 4
    before, after = measures.growth(cells, scenes.VIEW_CELLS[view], n, n_before=2)
    assert after.n_threads <= before.n_threads
    assert after.n_comms == before.n_comms
    assert after.n_widgets == before.n_widgets
    assert after.n_nodes - before.n_nodes < n * NODES.get(view, 20)
    assert after.n_listeners - before.n_listeners < n * LISTENERS.get(view, 8)


def test_figures_closed_while_they_are_laid_out_are_forgotten(cells: Page) -> None:
    code = scenes.VIEW_CELLS["dashboard"]
    measures.run_cell(cells, code)
    assert laboratory.eventually(lambda: n_documents(cells) >= 5)
    cells.wait_for_timeout(2000)
    n_shown, had = n_documents(cells), kept_arrays(cells)
    for _ in range(8):
        measures.run_cell(cells, code)
        cells.wait_for_timeout(120)  # by then one or two of its figures are laid out
    cells.wait_for_timeout(3000)
    assert n_documents(cells) <= n_shown
    assert kept_arrays(cells) < had + 3e6  # the past of one raster alone is two million bytes


def texts(page: Page) -> int:
    return meter.n_texts(page, assets.script("switchboard")[:60])


def models(page: Page) -> int:
    return meter.n_objects(page, "AnyModel")


@pytest.mark.parametrize("what", [texts, models])
def test_closed_views_are_let_go_of(cells: Page, what: Callable[[Page], int]) -> None:
    """The text of their page was kept, and by JupyterLab's comms their models."""

    def kept() -> int:
        cells.wait_for_timeout(1500)
        return what(cells)

    code = scenes.VIEW_CELLS["dashboard"]
    measures.run_cell(cells, code)
    had = kept()
    assert had > 0  # of the views on the screen
    for _ in range(4):
        measures.run_cell(cells, code)
        cells.wait_for_timeout(500)
    assert kept() <= had


def n_documents(page: Page) -> int:
    return page.evaluate("globalThis.Bokeh?.documents.length ?? 0")


def kept_arrays(page: Page) -> float:
    """Return the bytes of typed arrays that something in the page still knows."""
    meter.footprint(page)  # collects garbage
    session = page.context.new_cdp_session(page)
    found = session.send("Runtime.getHeapUsage")["backingStorageSize"]
    session.detach()
    return found
