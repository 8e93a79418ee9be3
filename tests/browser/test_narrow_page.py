"""On a page of 800 pixels with the sidebar open everything stays in reach, and names tell apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import laboratory
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NAME = "a_population_whose_name_is_rather_long"
CELLS = (
    f"""
import annlab as ann
from annlab.widgets import *
net = ann.Network(dt=1.0, seed=1, backend="reference")
noise = net.create(ann.PoissonPopulation((25, 40), "noise", rates=10.0))
pops = [net.create(10, ann.Izhikevich, name=f"{NAME}_{{k}}") for k in range(8)]
net.compile()
""",
    "controls(net)",
    "sliders(pops[0], 'a', 'v_thresh')",
    "inputs(net)",
    "activity(noise)",
    "trace(pops[0], 'v', ranks=[0, 5, 9])",
    "net.dashboard(views=[])",
)
# How far [px] what `selector` finds reaches beyond the output of its cell.
BEYOND = """(selector) => {
  const nodes = [...document.querySelectorAll(selector)].filter((node) => node.clientWidth);
  const edge = (node) => node.closest('.jp-OutputArea-output').getBoundingClientRect().right;
  const beyond = nodes.map((node) => node.getBoundingClientRect().right - edge(node));
  return nodes.length ? Math.max(...beyond) : 1e9;
}"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    laboratory.need_chromium()
    folder = tmp_path_factory.mktemp("narrow")
    laboratory.write_notebook(folder / "narrow.ipynb", CELLS)
    with (
        laboratory.jupyterlab(folder) as address,
        laboratory.browser_page(width=800, height=2000) as page,
    ):
        laboratory.open_notebook(page, address, "narrow.ipynb")
        laboratory.run_all_cells(page)
        assert laboratory.errors(page) == []
        page.locator(".annlab-figure .bk-Canvas").nth(1).wait_for()
        yield page


@pytest.mark.parametrize(
    "selector",
    [
        ".annlab-value",
        ".annlab-row .annlab-mode",
        ".annlab-row .annlab-small",
        ".annlab-row .annlab-icon",
        ".annlab-bar button",
        ".annlab-strip",
        ".annlab-narrow .annlab-canvas",
        ".annlab-narrow .annlab-target > *",  # with the tools
        ".annlab-chip",
        ".annlab-left-out",
    ],
)
def test_all_is_in_reach(page: Page, selector: str) -> None:
    """Value, unit, mode and reset of a slider were out of sight, and a map lost its tools."""
    assert laboratory.eventually(lambda: page.evaluate(BEYOND, selector) < 1.0, timeout_s=20.0)


def test_a_trace_of_a_long_name_tells_its_rank(page: Page) -> None:
    chips = page.locator(".annlab-figure .annlab-chip", has_text=NAME)
    assert [chip.locator(".annlab-end").inner_text() for chip in chips.all()] == [
        "[0]",
        "[5]",
        "[9]",
    ]
    assert chips.first.locator(".annlab-words").get_attribute("title") == f"{NAME}_0[0]"


def test_a_tab_tells_its_whole_name_under_a_pointer(page: Page) -> None:
    tab = page.locator(".annlab-dashboard .lm-TabBar-tab").nth(1)
    assert tab.inner_text().startswith(NAME[:20])
    tab.hover()
    assert tab.get_attribute("title") == f"{NAME}_0"


def test_the_speed_slider_goes_on_from_the_pace_of_a_run_of_code(page: Page) -> None:
    """One press of a key let a run in real time go as fast as it could."""
    laboratory.tell_kernel(page, "net.start(speed=1.0)")
    speed = page.locator(".annlab-bar").first.locator(".annlab-speed")
    assert laboratory.eventually(lambda: speed.inner_text() == "1×")
    page.locator(".annlab-bar .annlab-range").first.press("ArrowLeft")
    pace = "round(1e-3 / net._worker.pace_s, 2)"
    assert laboratory.eventually(lambda: laboratory.ask_kernel(page, pace) == "0.89")
    laboratory.tell_kernel(page, "net.stop()")


def test_a_field_takes_what_is_typed_with_enter_and_leaves_it_with_escape(page: Page) -> None:
    """Enter put the keyboard back to the top of the page, and what Escape had left was taken."""
    field = page.get_by_label("Value of a", exact=True).first
    has_focus = "(node) => node === document.activeElement"
    field.focus()
    field.press("Control+a")
    page.keyboard.type("0.05")
    page.keyboard.press("Enter")
    a = f"float(net.get_population('{NAME}_0').a[0])"
    assert laboratory.eventually(lambda: laboratory.ask_kernel(page, a) == "0.05")
    assert laboratory.eventually(lambda: field.input_value() == "0.05")
    # JupyterLab makes the cell its active one meanwhile, and gives the focus back.
    assert laboratory.eventually(lambda: field.evaluate(has_focus))
    page.keyboard.type("7")
    page.keyboard.press("Escape")
    assert field.input_value() == "0.05"
    page.keyboard.press("Tab")
    assert not field.evaluate(has_focus)
    assert not laboratory.eventually(
        lambda: laboratory.ask_kernel(page, a) != "0.05", timeout_s=1.0
    )


def test_a_wide_page_has_one_line_a_slider(page: Page) -> None:
    assert page.locator(".annlab-slim").count() > 0
    page.set_viewport_size({"width": 1200, "height": 2000})
    assert laboratory.eventually(lambda: page.locator(".annlab-slim").count() == 0)
