"""The sidebar, the status bar and the stop button, in real JupyterLab in a real browser."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import laboratory
import pytest

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
]
SUBSHELLS = "@jupyterlab/apputils-extension:kernels-settings"

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module", params=["perCommTarget", "disabled"])
def page(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Page]:
    """A notebook whose cells ran, with the sidebar open; messages over subshells and without."""
    if laboratory.chromium() is None:
        if os.environ.get("CI"):
            pytest.fail("there is no Chromium, and CI needs it: apt-get install chromium")
        pytest.skip("there is no Chromium on this machine: apt-get install chromium")
    folder = tmp_path_factory.mktemp("lab")
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
        page.evaluate("window.jupyterapp.commands.execute('annlab:show-networks')")
        laboratory.run_all_cells(page)
        assert laboratory.errors(page) == []
        page.wait_for_selector(".annlab-network")
        yield page


@pytest.fixture
def has_subshells(request: pytest.FixtureRequest) -> bool:
    return request.node.callspec.params["page"] != "disabled"


@pytest.fixture
def running(page: Page) -> Iterator[Page]:
    """The network runs in real time, started from a cell."""
    laboratory.ask_kernel(page, "net.start(speed=1.0)")
    assert eventually(lambda: state(page) == "running")
    yield page
    laboratory.ask_kernel(page, "net.stop()")
    assert eventually(lambda: state(page) == "stopped")


def state(page: Page) -> str:
    return page.locator(".annlab-panel .annlab-state").first.inner_text()


def number(page: Page, name: str) -> str:
    row = page.locator(".annlab-numbers > div").filter(has=page.get_by_text(name, exact=True))
    return row.locator("dd").inner_text()


def button(page: Page, name: str) -> Locator:
    return page.locator(".annlab-panel").get_by_role("button", name=name, exact=True)


def eventually(holds: Callable[[], bool], timeout_s: float = 10.0) -> bool:
    deadline = time.monotonic() + timeout_s
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds()


def test_the_network_is_listed_by_the_name_of_its_variable(page: Page) -> None:
    assert page.locator(".annlab-network h2").all_inner_texts() == ["net"]


def test_populations_and_projections_are_listed_with_their_sizes(page: Page) -> None:
    items = page.locator(".annlab-item summary")
    assert eventually(lambda: items.count() == 2)
    cells, recurrent = items.all()
    assert cells.inner_text().split("\n")[:2] == ["cells", "1k neurons (20 × 50)"]
    assert "cells → cells · exc" in recurrent.inner_text()
    assert eventually(lambda: "999k synapses" in recurrent.inner_text())


def test_an_opened_population_shows_its_equations_typeset(page: Page) -> None:
    item = page.locator(".annlab-item").first
    item.locator("summary").click()
    item.locator("mjx-container").wait_for()
    assert "noise" in item.locator("table").inner_text()
    item.locator("summary").click()
    assert eventually(lambda: item.locator("table").count() == 0)


def test_time_and_speed_move_while_the_network_runs(running: Page) -> None:
    seen = set()
    assert eventually(lambda: (seen.add(number(running, "time")), len(seen) >= 4)[1], 5.0)
    assert eventually(lambda: 0.5 < float(number(running, "speed").rstrip("×")) < 1.5)
    assert number(running, "spikes").endswith(" /s")


def test_the_sidebar_is_live_while_a_cell_is_busy(running: Page) -> None:
    laboratory.start_cell(running, "import time; time.sleep(4)")
    begin, seen = time.monotonic(), set()
    assert eventually(lambda: (seen.add(number(running, "time")), len(seen) >= 6)[1], 3.5)
    assert time.monotonic() - begin < 3.5


def test_the_status_bar_says_the_same(running: Page) -> None:
    text = running.locator(".annlab-status-text")
    assert eventually(lambda: "× real time" in text.inner_text())
    assert "spikes/s" in text.inner_text()


def test_the_status_bar_opens_the_sidebar(page: Page) -> None:
    page.evaluate("window.jupyterapp.commands.execute('filebrowser:activate')")
    assert not page.locator(".annlab-panel").is_visible()
    page.locator(".annlab-status button").click()
    assert page.locator(".annlab-panel").is_visible()


def test_the_buttons_steer_the_network(page: Page) -> None:
    button(page, "Run").click()
    assert eventually(lambda: state(page) == "running")
    button(page, "Pause").click()
    assert eventually(lambda: state(page) == "paused")
    before = int(laboratory.ask_kernel(page, "net.current_step"))
    button(page, "One step").click()
    assert eventually(lambda: int(laboratory.ask_kernel(page, "net.current_step")) == before + 1)
    button(page, "Stop").click()
    assert eventually(lambda: state(page) == "stopped")
    button(page, "Back to the start").click()
    assert eventually(lambda: number(page, "time") == "0.00 s")


def test_a_button_works_while_a_cell_is_busy(running: Page, has_subshells: bool) -> None:
    laboratory.start_cell(running, "import time; time.sleep(4)")
    time.sleep(0.3)
    begin = time.monotonic()
    button(running, "Stop").click()
    if has_subshells:
        assert eventually(lambda: state(running) == "stopped", 2.0)
        assert time.monotonic() - begin < 2.0
    else:
        # The page says that the kernel does not hear, and the button works in the end.
        running.get_by_text("A cell is busy").wait_for(timeout=3000)
        assert eventually(lambda: state(running) == "stopped", 8.0)


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
        page.get_by_role("button", name="Interrupt").click()
    assert eventually(lambda: state(page) == "stopped")
    assert laboratory.ask_kernel(page, "net.running") == "False"


def test_a_reloaded_page_finds_the_network_of_the_busy_kernel(
    running: Page, has_subshells: bool
) -> None:
    laboratory.start_cell(running, "import time; time.sleep(6)")
    running.reload()
    running.wait_for_selector(".annlab-network", timeout=30_000)
    seen = set()
    assert eventually(lambda: (seen.add(number(running, "time")), len(seen) >= 4)[1])


def test_every_button_can_be_reached_and_has_a_name(page: Page) -> None:
    buttons = page.locator(".annlab-panel button, .annlab-status button").all()
    assert len(buttons) >= 6
    for found in buttons:
        assert found.get_attribute("aria-label")
    page.evaluate("window.jupyterapp.commands.execute('annlab:show-networks')")
    assert page.evaluate("document.activeElement.closest('.annlab-panel') !== null")


def test_a_restarted_kernel_has_no_networks(page: Page) -> None:
    page.evaluate(f"{laboratory.KERNEL}.restart()")
    page.get_by_text("has not imported annlab yet").wait_for()
    laboratory.run_all_cells(page)
    page.wait_for_selector(".annlab-network")
