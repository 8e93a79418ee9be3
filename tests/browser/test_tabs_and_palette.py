"""Palette, live views and code in tabs, tutorials: in real JupyterLab in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import laboratory
import pytest
from laboratory import eventually

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

CELLS = [
    "import annlab as ann",
    """
net = ann.Network(dt=1.0, seed=1)
pop = net.create((10, 10), ann.Izhikevich(noise=5.0), name="cells")
net.connect(pop, pop, "exc", name="recurrent").all_to_all(weights=ann.Uniform(0.0, 0.3))
net.compile()
""".strip(),
]

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the server shows."""
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="module")
def page(folder: Path) -> Iterator[Page]:
    """A notebook whose cells ran."""
    laboratory.need_chromium()
    laboratory.write_notebook(folder / "one.ipynb", CELLS)
    with (
        laboratory.jupyterlab(folder, extensions=laboratory.extension()) as address,
        laboratory.browser_page(width=1400, height=900) as page,
    ):
        laboratory.open_notebook(page, address, "one.ipynb")
        laboratory.run_all_cells(page)
        assert laboratory.errors(page) == []
        yield page


@pytest.fixture
def models(page: Page) -> Iterator[Locator]:
    """The palette, on the screen."""
    execute(page, "annlab:show-palette")
    panel = page.locator("[id='annlab:palette']")
    panel.get_by_text("Izhikevich", exact=True).wait_for()
    yield panel
    panel.locator("input").fill("")


@pytest.fixture
def networks(page: Page) -> Locator:
    """The list of networks, with everything unfolded."""
    execute(page, "annlab:show-networks")
    panel = page.locator("[id='annlab:networks']")
    items = panel.locator(".annlab-item")
    assert eventually(lambda: items.count() == 2)
    for item in items.all():
        if item.get_attribute("open") is None:
            item.locator("summary").click()
    return panel


def execute(page: Page, command: str) -> None:
    page.evaluate("(command) => void window.jupyterapp.commands.execute(command)", command)


def tab(page: Page, title: str) -> Locator:
    return page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab").filter(has_text=title)


def close_tab(page: Page, title: str) -> None:
    tab(page, title).locator(".lm-TabBar-tabCloseIcon").click()
    assert eventually(lambda: tab(page, title).count() == 0)


def test_the_palette_lists_every_kind(models: Locator) -> None:
    titles = models.locator("section > h3").all_inner_texts()
    assert [t.lower() for t in titles] == ["neurons", "synapses", "connectors", "inputs"]
    assert models.locator(".annlab-entry").count() >= 30


def test_a_search_narrows_the_palette(models: Locator) -> None:
    models.locator("input").fill("stdp")
    assert eventually(lambda: models.locator(".annlab-item-name").all_inner_texts() == ["STDP"])
    models.locator("input").fill("no such thing")
    models.get_by_text("Nothing of that name").wait_for()


def test_an_entry_shows_its_equations_typeset_and_its_source(models: Locator) -> None:
    models.locator("input").fill("Izhikevich")
    models.locator("summary").first.click()
    models.locator("mjx-container").first.wait_for()
    assert "Izhikevich (2003)" in models.locator(".annlab-source").inner_text()


def test_an_inserted_cell_runs_with_the_names_of_the_notebook(page: Page, models: Locator) -> None:
    models.locator("input").fill("poisson chance independently")
    models.get_by_role("button", name="Insert a cell with PoissonPopulation").focus()
    page.keyboard.press("Enter")
    cell = f"{laboratory.CURRENT}.content.activeCell.model.sharedModel.getSource()"
    expected = "noise = net.create(ann.PoissonPopulation(100, rates=20.0))"
    assert eventually(lambda: page.evaluate(cell) == expected)
    execute(page, "notebook:delete-cell")


def test_a_live_view_opens_beside_the_notebook_and_draws(page: Page, networks: Locator) -> None:
    networks.get_by_role("button", name="Live raster of cells in a tab").click()
    canvas = page.locator(".annlab-view-tab canvas.annlab-canvas")
    canvas.wait_for()
    assert page.locator(".jp-NotebookPanel").is_visible()
    laboratory.tell_kernel(page, "net.start(speed=1.0)")
    seen = set()
    picture = "(canvas) => canvas.toDataURL()"
    assert eventually(lambda: (seen.add(canvas.evaluate(picture)), len(seen) >= 4)[1])
    n_taps = int(laboratory.ask_kernel(page, "len(net._state.taps)"))
    close_tab(page, "cells: raster")
    # The kernel takes the view down with its tab.
    assert eventually(lambda: int(laboratory.ask_kernel(page, "len(net._state.taps)")) < n_taps)
    laboratory.tell_kernel(page, "net.stop()")


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("Live trace of cells in a tab", "cells: trace"),
        ("Live weights of recurrent in a tab", "recurrent: weights"),
    ],
)
def test_other_views_open_too(page: Page, networks: Locator, name: str, title: str) -> None:
    networks.get_by_role("button", name=name).click()
    tab(page, title).wait_for()
    canvas = page.locator(".annlab-view-tab canvas.annlab-canvas").first
    canvas.wait_for()
    what, kind = title.split(": ")
    assert what in (canvas.get_attribute("aria-label") or "")
    assert kind in tab(page, title).inner_text()
    close_tab(page, title)
    assert eventually(lambda: tab(page, title).count() == 0)


def test_the_generated_code_opens_in_a_tab(page: Page, networks: Locator) -> None:
    networks.get_by_role("button", name="Generated code of cells in a tab").click()
    viewer = page.locator(".annlab-code-viewer")
    viewer.wait_for()
    assert eventually(lambda: "for (" in viewer.locator("pre").inner_text())
    assert eventually(lambda: viewer.locator("pre span").count() > 20)  # coloured
    chosen = viewer.locator("[aria-selected='true']")
    assert "generated C++" in chosen.inner_text()
    chosen.focus()
    page.keyboard.press("ArrowRight")
    assert eventually(
        lambda: "Line by line" in viewer.locator("[aria-selected='true']").inner_text()
    )
    assert eventually(lambda: "0.04" in viewer.locator("pre").inner_text())
    close_tab(page, "cells: code")


def test_the_launcher_offers_the_tutorials_and_opens_a_copy(page: Page, folder: Path) -> None:
    execute(page, "launcher:create")
    card = page.locator(".jp-LauncherCard").filter(has_text="A network that you can watch")
    card.click()
    tab(page, "izhikevich.ipynb").wait_for()
    assert eventually((folder / "izhikevich.ipynb").exists)
    # A second time it is opened, and not written again.
    execute(page, "launcher:create")
    card.click()
    assert eventually(lambda: tab(page, "Launcher").count() == 0)
    assert tab(page, "izhikevich").count() == 1
