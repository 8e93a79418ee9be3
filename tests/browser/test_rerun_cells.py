"""A cell that runs again leaves nothing behind, but for what JupyterLab keeps of every widget.

Apart from the other tests of live pages: a process drives one browser at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import laboratory
import measures
import pytest
import scenes

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
        measures.growth(page, scenes.VIEW_CELLS["raster"], 2, n_before=2)
        yield page


# JupyterLab never forgets a comm, and with it the model and the outermost elements of a widget: a
# plain `ipywidgets.HTML` leaves seven of them for each run. A dashboard is two dozen widgets.
NODES = {"dashboard": 200}
LISTENERS = {"dashboard": 10}


@pytest.mark.parametrize("view", scenes.VIEW_CELLS)
def test_a_cell_that_runs_again_leaves_nothing_behind(cells: Page, view: str) -> None:
    n = 4
    before, after = measures.growth(cells, scenes.VIEW_CELLS[view], n, n_before=2)
    assert after.n_threads <= before.n_threads
    assert after.n_comms == before.n_comms
    assert after.n_widgets == before.n_widgets
    assert after.n_nodes - before.n_nodes < n * NODES.get(view, 20)
    assert after.n_listeners - before.n_listeners < n * LISTENERS.get(view, 5)
