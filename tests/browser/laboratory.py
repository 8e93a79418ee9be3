"""JupyterLab in headless Chromium, for tests and for pictures."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import nbformat
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "notebooks" / "izhikevich.ipynb"

CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# What would lie over the notebook or ask the internet.
QUIET = {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True}

CURRENT = "window.jupyterapp.shell.currentWidget"
KERNEL = f"{CURRENT}.sessionContext.session.kernel"


def chromium() -> str | None:
    """Return the path of the browser, or None."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


def extension() -> Path:
    """Build the JupyterLab extension, if that is not done; return the folder to look for it in."""
    command = [sys.executable, str(ROOT / "labextension" / "build.py")]
    environment = {**os.environ, "ANNLAB_LABEXTENSION": "required"}
    subprocess.run(command, check=True, env=environment, timeout=280)
    return ROOT / "labextension" / "dist"


@contextmanager
def jupyterlab(
    folder: Path,
    *,
    theme: str = "JupyterLab Light",
    settings: Mapping[str, Mapping[str, object]] | None = None,
    extensions: Path | None = None,
) -> Iterator[str]:
    """Run a server on the loopback address that serves `folder`; yield its address.

    `settings` are those of the user: plugin -> values; `extensions` is a folder with more of them.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = folder / ".jupyter"
    own = "@jupyterlab/apputils-extension"
    chosen = {f"{own}:notification": QUIET, f"{own}:themes": {"theme": theme}, **(settings or {})}
    for plugin, values in chosen.items():
        file = home / "settings" / f"{plugin.replace(':', '/')}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
    }
    if extensions is not None:
        environment["JUPYTER_PATH"] = str(extensions)
    options = [
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
        f"--port={port}",
        "--IdentityProvider.token=",
        "--ServerApp.password=",
        "--LabApp.expose_app_in_browser=True",
        f"--ServerApp.root_dir={folder}",
    ]
    with open(folder / "server.log", "w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options],
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment,
        )
        try:
            _wait_for_port(port, folder / "server.log")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(20)


@contextmanager
def browser_page(*, width: int = 1200, height: int = 1400, scale: float = 1.0) -> Iterator[Page]:
    """Open a page in headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
        page = browser.new_page(
            viewport={"width": width, "height": height}, device_scale_factor=scale
        )
        page.set_default_timeout(60_000)
        yield page
        browser.close()


def write_notebook(path: Path, cells: Sequence[str]) -> None:
    """Write a notebook of code cells."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    made = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells], metadata={"kernelspec": kernel}
    )
    nbformat.write(made, path)


def open_notebook(page: Page, address: str, name: str) -> None:
    """Show a notebook and wait for its kernel."""
    page.goto(f"{address}/lab/tree/{name}?reset")
    page.wait_for_function(f"{KERNEL.replace('.', '?.')}?.status === 'idle'")


def run_all_cells(page: Page, timeout_s: float = 120.0) -> None:
    """Run the notebook to its end, or to the first cell that fails."""
    page.evaluate("void window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_function(
        f"""() => {{
          const cells = {CURRENT}.content.widgets.filter((c) => c.model.type === 'code');
          const hasRun = (c) => c.model.executionCount > 0 && c.model.executionState === 'idle';
          return cells.every(hasRun) || {errors_in("cells")}.length > 0;
        }}""",
        timeout=timeout_s * 1000,
    )


def errors(page: Page) -> list[str]:
    """Return the messages of the cells that failed."""
    return page.evaluate(errors_in(f"{CURRENT}.content.widgets"))


def errors_in(cells: str) -> str:
    """Return JavaScript for the errors in an array of cells."""
    return (
        f"{cells}.flatMap((c) => c.model.outputs?.toJSON() ?? [])"
        ".filter((o) => o.output_type === 'error').map((o) => o.evalue)"
    )


def scroll_to(page: Page, code: str) -> None:
    """Bring the cell that contains `code` to the top of the page."""
    page.evaluate(
        f"""async (code) => {{
          const notebook = {CURRENT}.content;
          const hasCode = (c) => c.model.sharedModel.getSource().includes(code);
          await notebook.scrollToItem(notebook.widgets.findIndex(hasCode), 'start');
        }}""",
        code,
    )


def start_cell(page: Page, code: str) -> None:
    """Let the kernel run `code`, and do not wait for it."""
    page.evaluate(f"(code) => void {KERNEL}.requestExecute({{ code }})", code)


def ask_kernel(page: Page, expression: str) -> str:
    """Return the repr of an expression in the kernel; waits while a cell is busy."""
    return page.evaluate(
        f"""async (expression) => {{
          const options = {{ code: '', user_expressions: {{ answer: expression }} }};
          const reply = await {KERNEL}.requestExecute(options).done;
          const answer = reply.content.user_expressions.answer;
          return answer.data ? answer.data['text/plain'] : answer.evalue;
        }}""",
        expression,
    )


def _wait_for_port(port: int, log: Path) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(f"JupyterLab did not start:\n{log.read_text()}")
