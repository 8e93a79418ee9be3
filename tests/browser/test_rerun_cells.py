"""A cell that runs again leaves nothing behind in the kernel.

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
        yield page


@pytest.mark.parametrize("view", scenes.VIEW_CELLS)
def test_a_cell_that_runs_again_leaves_nothing_in_the_kernel(cells: Page, view: str) -> None:
    """What the page keeps is measured by the benchmark: JupyterLab has a part in it."""
    before, after = measures.growth(cells, scenes.VIEW_CELLS[view], 5)
    assert after.n_threads <= before.n_threads
    assert after.n_comms == before.n_comms
    assert after.n_widgets == before.n_widgets
