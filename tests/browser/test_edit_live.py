"""Edit a running network, break it, wait for it: in JupyterLab, with subshells and without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import laboratory
import pytest
from laboratory import eventually, photograph

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MODEL = """%%neuron driven
parameters:
    noise = 5.0
equations:
    I = g_exc + noise * Normal(0.0, 1.0)
    dv/dt = 0.04*v^2 + 5.0*v + 140.0 - u + I : init = -65.0
    du/dt = 0.02 * (0.2*v - u) : init = -13.0
spike: v >= 30.0
reset:
    v = -65.0
    u += 8.0
"""
CELLS = [
    "import annlab as al",
    MODEL,
    """net = al.Network(dt=1.0, seed=1)
pop = net.create(200, driven, name="cells")
loop = net.connect(pop, pop, "exc").fixed_probability(0.1, al.Uniform(0.0, 0.5))
net.compile()""",
    """from annlab.widgets import controls, raster, trace
display(controls(net, speed=1.0), raster(pop), trace(pop, "v", ranks=[0]))""",
    "'a cell to write into'",
]
REST = """
try:
    net.stop()
except al.errors.SimulationError:
    pass
net.config(check_nan=False)
net.clear_all_callbacks()
net.reset()
"""
SUBSHELLS = {
    "on": "perCommTarget",
    "off": "disabled",
}


@pytest.fixture(scope="module", params=SUBSHELLS)
def page(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Page]:
    """The notebook after all its cells ran."""
    laboratory.need_chromium()
    folder = tmp_path_factory.mktemp(f"lab-{request.param}")
    laboratory.write_notebook(folder / "edit.ipynb", CELLS)
    kernels = {"commsOverSubshells": SUBSHELLS[request.param]}
    settings = {"@jupyterlab/apputils-extension:kernels-settings": kernels}
    with (
        laboratory.jupyterlab(folder, settings=settings) as address,
        laboratory.browser_page() as page,
    ):
        laboratory.open_notebook(page, address, "edit.ipynb")
        laboratory.run_all_cells(page)
        assert laboratory.errors(page) == []
        laboratory.scroll_to(page, "import controls")
        yield page


def run_cell(page: Page, source: str, *, wait: bool = True) -> None:
    """Write into the last cell and run it."""
    page.evaluate(
        f"""async ([source, wait]) => {{
          const panel = {laboratory.CURRENT};
          const notebook = panel.content;
          notebook.activeCellIndex = notebook.widgets.length - 1;
          notebook.activeCell.model.sharedModel.setSource(source);
          const done = window.jupyterapp.commands.execute('notebook:run-cell');
          if (wait) await done;
        }}""",
        [source, wait],
    )


def outputs(page: Page) -> list[dict]:
    """Return what the last cell has shown."""
    return page.evaluate(f"{laboratory.CURRENT}.content.widgets.at(-1).model.outputs.toJSON()")


def state(page: Page) -> str:
    return page.locator(".annlab-state").first.inner_text()


@pytest.fixture(autouse=True)
def _at_rest(page: Page) -> Iterator[None]:
    """Whatever a test did, the next one finds the network stopped, whole and at its start."""
    yield
    laboratory.tell_kernel(page, REST)
    assert eventually(lambda: state(page) == "stopped")


@pytest.fixture
def running(page: Page) -> Page:
    run_cell(page, "net.start(speed=1.0)")
    assert eventually(lambda: state(page) == "running")
    return page


def moves_on(page: Page) -> bool:
    """Tell whether simulated time passes."""
    before = float(laboratory.ask_kernel(page, "net.time"))
    return eventually(lambda: float(laboratory.ask_kernel(page, "net.time")) > before)


def test_a_cell_edits_the_network_that_runs(running: Page) -> None:
    before = float(laboratory.ask_kernel(running, "net.time"))
    run_cell(
        running, MODEL.replace("u += 8.0", "u += 2.0").replace("I = g", "k = 2.0 * v\n    I = g")
    )
    shown = outputs(running)
    assert shown[0]["text"].startswith("neuron 'driven' runs in population 'cells' (200 neurons)")
    assert shown[0]["text"].endswith("new: k\n")
    assert state(running) == "running"
    assert moves_on(running)
    photograph(running, "edited")
    assert float(laboratory.ask_kernel(running, "net.time")) > before
    assert laboratory.ask_kernel(running, "float(abs(pop.k - 2.0 * pop.v).max() >= 0)") == "1.0"


def test_a_mistake_is_shown_with_its_caret_and_the_network_runs_on(running: Page) -> None:
    run_cell(running, MODEL.replace("- u + I", "- u + II"))
    (shown,) = outputs(running)
    assert shown["output_type"] == "error"
    said = "\n".join(shown["traceback"])
    assert "unknown name 'II' in equations of neuron 'driven'" in said
    assert "  6 |     dv/dt = 0.04*v^2 + 5.0*v + 140.0 - u + II : init = -65.0\n" in said
    assert "^^" in said
    assert "magics.py" not in said
    running.locator(
        ".jp-RenderedText[data-mime-type*=stderr], .jp-OutputArea-output"
    ).last.scroll_into_view_if_needed()
    photograph(running, "mistake")
    assert moves_on(running)


def test_what_ends_a_run_is_said_across_every_view(page: Page) -> None:
    run_cell(
        page,
        "net.config(check_nan=True)\npop.live('v')[7] = float('nan')\nnet.start(speed=1.0)",
    )
    banners = page.locator(".annlab-banner")
    assert eventually(lambda: banners.first.is_visible())
    assert banners.count() == 3
    assert (
        "SimulationError: NaN in 'v' of population 'cells', neuron 7" in banners.first.inner_text()
    )
    # The next picture says it too.
    assert eventually(lambda: state(page) == "failed")
    banners.nth(1).locator("summary").click()
    assert "a smaller dt, bounds (min=, max=)" in banners.nth(1).inner_text()
    photograph(page, "banner")
    run_cell(page, "net.step()")
    assert outputs(page)[0]["ename"] == "SimulationError"
    assert eventually(lambda: not banners.first.is_visible())


def test_a_dashboard_says_once_what_ended_a_run(page: Page) -> None:
    run_cell(page, "dash = net.dashboard()\ndash")
    laboratory.scroll_to(page, "net.dashboard")
    dashboard = page.locator(".annlab-dashboard")
    assert eventually(lambda: dashboard.locator("canvas.annlab-canvas").count() == 3)
    laboratory.tell_kernel(
        page, "net.config(check_nan=True); pop.live('v')[7] = float('nan'); net.start(speed=1.0)"
    )
    said = dashboard.locator(".annlab-banner:visible")
    said.first.wait_for()
    # Each view has drawn what came with the error.
    assert eventually(lambda: dashboard.locator(".annlab-state").inner_text() == "failed")
    assert said.count() == 1
    assert said.bounding_box()["y"] < dashboard.locator("canvas").first.bounding_box()["y"]
    assert "NaN in 'v' of population 'cells'" in said.inner_text()
    laboratory.tell_kernel(page, "dash.close()")
    laboratory.scroll_to(page, "import controls")


def test_a_long_run_shows_a_bar_and_leaves_a_line(page: Page, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    run_cell(
        page,
        "import pathlib, time\n@al.every(network=net, period=1.0)\ndef slowly(n):\n"
        f"    time.sleep(0.0 if pathlib.Path({str(seen)!r}).exists() else 0.03)\n"
        "done = net.simulate(9000.0)",
        wait=False,
    )
    bar = page.locator("progress[aria-label=simulated]")
    bar.wait_for(state="attached")
    laboratory.scroll_to(page, "def slowly")
    values = set()
    assert eventually(lambda: (values.add(bar.get_attribute("value")), len(values) > 2)[1])
    photograph(page, "progress")
    seen.touch()
    assert eventually(lambda: bar.count() == 0)
    (shown,) = outputs(page)
    assert shown["data"]["text/plain"].startswith("9 s in ")
    laboratory.scroll_to(page, "import controls")


def test_a_view_of_what_is_gone_says_so_and_the_others_go_on(running: Page) -> None:
    page = running
    model = """al.Neuron("tau = 10.0", "tau*dx/dt = 2.0 - x", spike="x > 1.0", reset="x = 0.0")"""
    run_cell(page, f"pop.neuron = {model}")
    wrong = page.locator(".annlab-banner:visible")
    wrong.get_by_text("what this view shows is no longer part of the model").wait_for()
    assert wrong.count() == 1
    photograph(page, "gone-variable")
    clock = page.locator(".annlab-clock").first
    before = clock.inner_text()
    page.wait_for_timeout(500)
    assert clock.inner_text() != before
    assert page.locator(".annlab-badge:visible").count() == 0  # none is behind
    run_cell(page, "pop.neuron = driven")
    assert eventually(lambda: wrong.count() == 0)


def test_views_of_a_network_that_was_cleared_say_so(running: Page) -> None:
    page = running
    run_cell(page, "net.clear(); net.compile(); net.start(speed=1.0)")
    text = "The network that this shows was cleared or deleted: run the cell again"
    assert eventually(lambda: page.get_by_text(text).count() == 3)
    assert page.locator(".annlab-bar button:enabled").count() == 0
    photograph(page, "cleared-network")
    run_cell(page, "net.stop()")
