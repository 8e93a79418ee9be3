"""The bars of live work, measured in a real page: each function one number of `benchmarks.live`.

A page here shows a notebook of `cells_of`: the network, its dashboard, and what else is asked for.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import laboratory
import meter
import numpy as np
import scenes
from playwright.sync_api import Page

NOTEBOOK = "live.ipynb"
SUBSHELLS = {"on": "perCommTarget", "off": "disabled"}
_SETTINGS = "@jupyterlab/apputils-extension:kernels-settings"
PUMP = "__import__('annlab.widgets.channel').widgets.channel.pump_of(net).pump"


@contextmanager
def live_page(
    folder: Path, *more: str, subshells: str = "on", height: int = 1900
) -> Iterator[Page]:
    """Show the dashboard of the live network, stopped; `more` are cells that are not run."""
    laboratory.write_notebook(folder / NOTEBOOK, [scenes.LIVE, scenes.DASHBOARD])
    settings = {_SETTINGS: {"commsOverSubshells": SUBSHELLS[subshells]}}
    with (
        laboratory.jupyterlab(folder, settings=settings) as address,
        laboratory.browser_page(width=1400, height=height) as page,
    ):
        laboratory.open_notebook(page, address, NOTEBOOK)
        laboratory.run_all_cells(page)
        assert laboratory.errors(page) == []
        # With each message to the kernel JupyterLab loads the icon of a busy page, and the tools
        # that drive this page keep a record of whatever it asks for: 48 kB a message.
        page.evaluate("document.querySelectorAll('link.favicon').forEach((icon) => icon.remove())")
        for code in more:
            add_cell(page, code)
        laboratory.scroll_to(page, "net.dashboard")
        meter.watch_frames(page)
        yield page


def add_cell(page: Page, code: str) -> None:
    """Put a cell at the end of the notebook."""
    page.evaluate(
        f"""(source) => {{
          const notebook = {laboratory.CURRENT}.content;
          const cell = {{ cell_type: 'code', source, metadata: {{}}, outputs: [] }};
          notebook.model.sharedModel.addCell(cell);
        }}""",
        code,
    )


def run_cell(page: Page, code: str) -> None:
    """Run the first cell that contains `code`, wait for its end, and raise what it raised."""
    failed = page.evaluate(
        f"""async (code) => {{
          const notebook = {laboratory.CURRENT}.content;
          const hasCode = (c) => c.model.sharedModel.getSource().includes(code);
          notebook.activeCellIndex = notebook.widgets.findIndex(hasCode);
          await window.jupyterapp.commands.execute('notebook:run-cell');
          return {laboratory.errors_in("[notebook.activeCell]")};
        }}""",
        code,
    )
    if failed:
        raise RuntimeError(failed[0])


def start(page: Page, *, speed: float | None = 1.0) -> None:
    """Let the network run in the background, and wait for pictures of it."""
    laboratory.tell_kernel(page, f"net.start(speed={speed!r})")
    page.wait_for_function(
        "document.querySelector('.annlab-state')?.textContent === 'running'", timeout=120_000
    )


def stop(page: Page) -> None:
    """Stop the network."""
    laboratory.tell_kernel(page, "net.stop()")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """Moves of a slider: what was chosen, and when it was in the network [ms]; nan if never."""

    values: Sequence[float]
    latencies_ms: np.ndarray
    last_value: float  # in the network, when all was over

    @property
    def has_last(self) -> bool:
        """True if the network ended with the value that the hand chose last."""
        return self.last_value == self.values[-1]


# Notes when a slider's value has been handed to the network: `set` returns when it is there.
_LISTEN = """
import time as _time
from annlab.widgets import knobs as _knobs
_annlab_moves = []
if not hasattr(_knobs.Knob, '_annlab_move'):
    _knobs.Knob._annlab_move = _knobs.Knob.move
def _annlab_listen(self, value, **options):
    self._annlab_move(value, **options)
    _annlab_moves.append([float(value), _time.time() * 1000.0])
_knobs.Knob.move = _annlab_listen
"""
_MOVE = """async ([label, n, pauseMs]) => {
  const slider = document.querySelector(`.annlab-sliders input[type=range][aria-label="${label}"]`);
  const number = document.querySelector(`[aria-label="Value of ${label}"]`);
  const moves = [];
  for (let k = 1; k <= n; k++) {
    slider.value = 0.25 + (0.5 * k) / n;
    const at = Date.now();
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    moves.push([Number(number.value), at]);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  return moves;
}"""


def move_slider(
    page: Page, label: str, *, n: int, pause_ms: int, busy_s: float = 0.0, value: str
) -> Moves:
    """Move a slider `n` times; while a cell keeps the kernel busy for `busy_s`.

    `value` is an expression for what the network has in the end.
    """
    laboratory.tell_kernel(page, _LISTEN)
    if busy_s:
        laboratory.start_cell(page, f"import time; time.sleep({busy_s})")
    moves = page.evaluate(_MOVE, [label, n, pause_ms])
    chosen = [shown for shown, _ in moves]
    laboratory.eventually(lambda: _is_near(page, value, chosen[-1]), timeout_s=20.0)
    taken = dict(json.loads(_text(page, "__import__('json').dumps(_annlab_moves)")))
    latencies = [_first_near(taken, shown) - at for shown, at in moves]
    last = float(laboratory.ask_kernel(page, value))
    last = chosen[-1] if np.isclose(last, chosen[-1], rtol=1e-3) else last
    return Moves(values=chosen, latencies_ms=np.array(latencies), last_value=last)


def _is_near(page: Page, expression: str, value: float) -> bool:
    return bool(np.isclose(float(laboratory.ask_kernel(page, expression)), value, rtol=1e-3))


def _first_near(taken: Mapping[float, float], shown: float) -> float:
    """Return when the value came that the page shows with four digits."""
    return next((at for v, at in taken.items() if np.isclose(v, shown, rtol=1e-3)), np.nan)


def _text(page: Page, expression: str) -> str:
    """Return a string of the kernel."""
    quoted = laboratory.ask_kernel(page, expression)
    return quoted[1:-1]


_TIMED = """
import time as _time
_begin, _cpu = _time.perf_counter(), _time.thread_time()
net.simulate({duration_ms})
_annlab_took = (_time.perf_counter() - _begin, _time.thread_time() - _cpu)
"""


def run_times(page: Page, duration_ms: float, n: int) -> dict[str, np.ndarray]:
    """Return how long runs take, in turn without a dashboard, with one in sight, and out of sight.

    Two columns: seconds on the wall, seconds of the thread that runs.
    """
    times: dict[str, list[tuple[float, ...]]] = {"without": [], "in sight": [], "out of sight": []}
    code = _TIMED.format(duration_ms=duration_ms)
    for k in range(n + 1):
        for place in times:
            if place == "without":
                laboratory.tell_kernel(page, "dash.close()")
            elif place == "in sight":
                run_cell(page, "net.dashboard")
                laboratory.scroll_to(page, "net.dashboard")
                page.wait_for_timeout(1000)
            else:
                hide_notebook(page, True)
            laboratory.tell_kernel(page, code)
            took = laboratory.ask_kernel(page, "_annlab_took").strip("()").split(",")
            if place == "out of sight":
                hide_notebook(page, False)
            if k:  # the first round warms up
                times[place].append(tuple(float(word) for word in took))
    return {place: np.array(rows) for place, rows in times.items()}


def hide_notebook(page: Page, is_hidden: bool) -> None:
    """Bring another tab of JupyterLab before the notebook, or the notebook back."""
    if is_hidden:
        page.evaluate("void window.jupyterapp.commands.execute('launcher:create')")
    else:
        page.evaluate(
            """() => {
              const { shell } = window.jupyterapp;
              const isLauncher = (w) => w.id.startsWith('launcher');
              for (const w of [...shell.widgets('main')]) if (isLauncher(w)) w.dispose();
            }"""
        )
    page.wait_for_timeout(700)


def n_frames(page: Page) -> int:
    """Return how many frames have left the kernel."""
    return int(laboratory.ask_kernel(page, f"{PUMP}.n_frames"))


# What is out of sight is not drawn: look where the picture is, as a person would.
_FIRST_PICTURE = """() => {
  document.querySelector('.annlab-figure')?.scrollIntoView({ block: 'center' });
  return [...document.querySelectorAll('.annlab-canvas')].some((canvas) => {
    const { width, height } = canvas;
    if (width < 2 || height < 2) return false;
    const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
    // Data has a colour, the grid behind it is grey.
    for (let i = 0; i < data.length; i += 4) if (Math.abs(data[i] - data[i + 2]) > 40) return true;
    return false;
  });
}"""


def time_to_first_picture(page: Page, address: str, name: str) -> float:
    """Return the seconds from "run all cells" in a fresh kernel to data on a live picture."""
    laboratory.open_notebook(page, address, name)
    page.evaluate(f"{laboratory.CURRENT}.sessionContext.restartKernel().then(() => null)")
    page.wait_for_function(f"{laboratory.KERNEL.replace('.', '?.')}?.status === 'idle'")
    page.evaluate("void window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    page.wait_for_timeout(1000)
    begin = time.perf_counter()
    page.evaluate("void window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_function(_FIRST_PICTURE, polling=50, timeout=120_000)
    return time.perf_counter() - begin


def growth(
    page: Page, code: str, n: int, *, n_before: int = 5, without_code: bool = False
) -> tuple[meter.Footprint, meter.Footprint]:
    """Run the cell with `code` to warm up, then `n` times; what was held before and after."""
    look = partial(meter.footprint, page, without_code=without_code)
    for _ in range(n_before):
        _run_shown(page, code)
    before = look()
    for _ in range(n):
        _run_shown(page, code)
    after = look()
    for _ in range(10):  # the thread of a view that was closed just now may not have ended yet
        if after.n_threads <= before.n_threads:
            break
        page.wait_for_timeout(500)
        after = look()
    return before, after


def _run_shown(page: Page, code: str) -> None:
    """Run a cell and wait until what it shows has said hello."""
    run_cell(page, code)
    page.wait_for_timeout(120)
