"""The sidebar, the status bar and the stop button, in real JupyterLab in a real browser."""

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
pop = net.create((20, 50), ann.Izhikevich(noise=5.0), name="cells")
net.connect(pop, pop, "exc", name="recurrent").all_to_all(weights=ann.Uniform(0.0, 0.3))
net.compile()
""".strip(),
    "from annlab.widgets import rate\nrate(net)",
]
SUBSHELLS = "@jupyterlab/apputils-extension:kernels-settings"

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the server shows."""
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="module", params=["perCommTarget", "disabled"])
def page(request: pytest.FixtureRequest, folder: Path) -> Iterator[Page]:
    """A notebook whose cells ran, with the sidebar open; messages over subshells and without."""
    laboratory.need_chromium()
    laboratory.write_notebook(folder / "one.ipynb", CELLS)
    with (
        laboratory.jupyterlab(
            folder,
            settings={SUBSHELLS: {"commsOverSubshells": request.param}},
            extensions=laboratory.extension(),
        ) as address,
        laboratory.browser_page(width=1300, height=850) as page,
    ):
        laboratory.open_notebook(page, address, "one.ipynb")
        laboratory.run_all_cells(page)
        assert laboratory.errors(page) == []
        yield page


@pytest.fixture
def has_subshells(request: pytest.FixtureRequest) -> bool:
    return request.node.callspec.params["page"] != "disabled"


@pytest.fixture(autouse=True)
def _at_rest(page: Page) -> Iterator[None]:
    """Every test finds the sidebar open and the network stopped, whatever the one before did."""
    execute(page, "annlab:show-networks")
    sidebar(page).locator(".annlab-network").wait_for()
    yield
    laboratory.tell_kernel(page, "net.stop()")
    for cancel in page.locator(".jp-Dialog .jp-mod-reject").all():
        cancel.click()


@pytest.fixture
def running(page: Page) -> Page:
    """The network runs in real time, started from a cell."""
    laboratory.tell_kernel(page, "net.start(speed=1.0)")
    assert eventually(lambda: state(page) == "running")
    return page


def execute(page: Page, command: str) -> None:
    page.evaluate("(command) => window.jupyterapp.commands.execute(command)", command)


def sidebar(page: Page) -> Locator:
    return page.locator("[id='annlab:networks']")


def state(page: Page) -> str:
    return sidebar(page).locator(".annlab-state").first.inner_text()


def number(page: Page, name: str) -> str:
    rows = sidebar(page).locator(".annlab-numbers > div")
    return rows.filter(has=page.get_by_text(name, exact=True)).locator("dd").inner_text()


def button(page: Page, name: str) -> Locator:
    return sidebar(page).get_by_role("button", name=name, exact=True)


def runs_when_pressed(page: Page) -> bool:
    """Press "Run", again if a page under load missed it, and tell whether the network runs."""
    for _ in range(3):
        button(page, "Run").click()
        if eventually(lambda: state(page) == "running", timeout_s=laboratory.PATIENCE_S / 3):
            return True
    return False


def time_passes(page: Page, n: int = 4) -> bool:
    """Tell whether the sidebar shows `n` moments one after the other."""
    seen = set()
    return eventually(lambda: (seen.add(number(page, "time")), len(seen) >= n)[1])


def test_the_network_is_listed_by_the_name_of_its_variable(page: Page) -> None:
    assert page.locator(".annlab-network h2").all_inner_texts() == ["net"]


def test_populations_and_projections_are_listed_with_their_sizes(page: Page) -> None:
    items = sidebar(page).locator(".annlab-item summary")
    assert eventually(lambda: items.count() == 2)
    cells, recurrent = items.all()
    assert cells.inner_text().split("\n")[:2] == ["cells", "1000 neurons (20 × 50)"]
    assert "cells → cells · exc" in recurrent.inner_text()
    assert eventually(lambda: "999k synapses" in recurrent.inner_text())


def test_an_opened_population_shows_its_equations_typeset(page: Page) -> None:
    item = sidebar(page).locator(".annlab-item").first
    item.locator("summary").click()
    item.locator("mjx-container").wait_for()
    assert "noise" in item.locator("table").inner_text()
    item.locator("summary").click()
    assert eventually(lambda: item.locator("table").count() == 0)


def test_time_and_speed_move_while_the_network_runs(running: Page) -> None:
    assert time_passes(running)
    assert eventually(lambda: 0.5 < float(number(running, "speed").rstrip("×")) < 1.5)
    assert number(running, "spikes").endswith(" /s")


def test_the_sidebar_is_live_while_a_cell_is_busy(running: Page, folder: Path) -> None:
    with laboratory.busy_cell(running, folder):
        assert time_passes(running, n=6)


def test_the_status_bar_says_the_same(running: Page) -> None:
    text = running.locator(".annlab-status-text")
    assert eventually(lambda: "× real time" in text.inner_text())
    assert "spikes/s" in text.inner_text()


def test_the_status_bar_opens_the_sidebar(page: Page) -> None:
    execute(page, "filebrowser:activate")
    sidebar(page).wait_for(state="hidden")

    def opens() -> bool:
        page.locator(".annlab-status button").click()
        return sidebar(page).is_visible()

    assert eventually(opens)


def test_the_buttons_steer_the_network(page: Page) -> None:
    assert runs_when_pressed(page)
    button(page, "Pause").click()
    assert eventually(lambda: state(page) == "paused")
    before = int(laboratory.ask_kernel(page, "net.current_step"))
    button(page, "One step").click()
    assert eventually(lambda: int(laboratory.ask_kernel(page, "net.current_step")) == before + 1)
    button(page, "Stop").click()
    assert eventually(lambda: state(page) == "stopped")
    button(page, "Back to the start").click()
    assert eventually(lambda: number(page, "time") == "0.00 s")


def test_a_button_works_while_a_cell_is_busy(
    running: Page, folder: Path, has_subshells: bool
) -> None:
    note = sidebar(running).get_by_text("A cell is busy")
    with laboratory.busy_cell(running, folder):
        button(running, "Stop").click()
        if has_subshells:
            assert eventually(lambda: state(running) == "stopped")
        else:
            # The page says that the kernel does not hear, and the button works in the end.
            note.wait_for()
            assert state(running) == "running"
    assert eventually(lambda: state(running) == "stopped")
    note.wait_for(state="hidden")


@pytest.mark.parametrize("way", ["toolbar", "shortcut"])
def test_stop_all_stops_all(running: Page, way: str) -> None:
    if way == "toolbar":
        running.locator('[data-command="annlab:stop-all"]').first.click()
    else:
        running.keyboard.press("Control+Alt+s")
    assert eventually(lambda: state(running) == "stopped")
    assert laboratory.ask_kernel(running, "net.running") == "False"


def test_stop_all_reaches_a_simulation_inside_a_cell(page: Page, has_subshells: bool) -> None:
    laboratory.start_cell(page, "net.simulate(1e9)")
    assert eventually(lambda: state(page) == "running")
    page.locator('[data-command="annlab:stop-all"]').first.click()
    if not has_subshells:
        page.locator(".jp-Dialog").get_by_role("button", name="Interrupt").click()
    assert eventually(lambda: state(page) == "stopped")
    assert laboratory.ask_kernel(page, "net.running") == "False"


def test_a_reloaded_page_finds_the_network_of_the_busy_kernel(running: Page, folder: Path) -> None:
    running.evaluate("window.jupyterapp.commands.execute('docmanager:save').then(() => null)")
    with laboratory.busy_cell(running, folder):
        running.reload()
        # A kernel tells a new page what it can when the cell has ended, and the page says so.
        sidebar(running).get_by_text("Waiting for the kernel").wait_for()
    assert time_passes(running)
    # Until then a view is what was saved of it. It comes to life by itself.
    running.locator(".annlab-figure .bk-Canvas").wait_for()
    assert not running.locator(".annlab-saved").is_visible()


def test_every_button_can_be_reached_and_has_a_name(page: Page) -> None:
    buttons = page.locator("[id='annlab:networks'] button, .annlab-status button").all()
    assert len(buttons) >= 6
    for found in buttons:
        assert found.get_attribute("aria-label")
    execute(page, "filebrowser:activate")

    def has_focus() -> bool:
        # Again where the notebook, which may still be opening, took the focus in between.
        execute(page, "annlab:show-networks")
        return page.evaluate("document.activeElement.closest('[id=\"annlab:networks\"]') !== null")

    assert eventually(has_focus)


def test_a_restarted_kernel_has_no_networks(page: Page) -> None:
    page.evaluate(f"{laboratory.KERNEL}.restart()")
    sidebar(page).get_by_text("has not imported annlab yet").wait_for()
    assert sidebar(page).locator(".annlab-network").count() == 0
    laboratory.run_all_cells(page)
    sidebar(page).locator(".annlab-network").wait_for()
    assert sidebar(page).get_by_text("has not imported annlab yet").count() == 0
