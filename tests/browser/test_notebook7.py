"""Live views in Notebook 7, which shows one notebook and no sidebars."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import laboratory
import pytest
from laboratory import eventually, photograph

if TYPE_CHECKING:
    from playwright.sync_api import Page

CELLS = [
    "import annlab as ann\nfrom annlab.widgets import controls, raster, sliders",
    """net = ann.Network(dt=1.0, seed=1)
pop = net.create(200, ann.Izhikevich(noise=5.0), name="cells")
net.compile()
display(controls(net, speed=1.0), sliders(pop, noise=(0.0, 15.0)), raster(pop))""",
]

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A notebook whose cells ran."""
    laboratory.need_chromium()
    pytest.importorskip("notebook")
    folder = tmp_path_factory.mktemp("notebook7")
    laboratory.write_notebook(folder / "one.ipynb", CELLS)
    with (
        laboratory.jupyterlab(folder, app="notebook", extensions=laboratory.extension()) as address,
        laboratory.browser_page(height=900) as page,
    ):
        laboratory.open_notebook(page, address, "one.ipynb", place="notebooks")
        laboratory.run_all_cells(page)
        assert laboratory.errors(page) == []
        yield page


def test_views_move_and_a_slider_reaches_the_kernel(page: Page) -> None:
    canvas = page.locator(".annlab-canvas").first
    bar = page.locator(".annlab-bar")
    bar.get_by_role("button", name="Run").click()
    seen = set()
    assert eventually(
        lambda: (seen.add(canvas.evaluate("(c) => c.toDataURL()")), len(seen) >= 5)[1]
    )
    handle = page.get_by_role("slider", name="noise")
    handle.focus()
    for _ in range(3):
        handle.press("ArrowRight")
    assert eventually(lambda: laboratory.ask_kernel(page, "float(pop.noise[0])") == "5.3")
    shown = page.get_by_role("textbox", name="Value of noise")
    laboratory.tell_kernel(page, "pop.noise = 8.0")
    assert eventually(lambda: shown.input_value() == "8")
    # In the hand it stays where it is, and follows when it is let go.
    box = handle.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 3, box["y"] + box["height"] / 2)
    page.mouse.down()
    assert eventually(lambda: laboratory.ask_kernel(page, "float(pop.noise[0])") != "8.0")
    in_hand = shown.input_value()
    laboratory.tell_kernel(page, "pop.noise = 12.0")
    page.wait_for_timeout(500)
    assert shown.input_value() == in_hand
    page.mouse.up()
    assert eventually(lambda: shown.input_value() == "12")
    photograph(page, "notebook7")
    # In command mode, in which the notebook takes plain keys for itself.
    bar.get_by_role("button", name="Stop").press("Enter")
    assert eventually(lambda: laboratory.ask_kernel(page, "net.running") == "False")
