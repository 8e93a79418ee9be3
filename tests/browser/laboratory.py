"""JupyterLab and Notebook 7 in headless Chromium, for tests and for pictures."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest
from PIL import Image
from playwright.sync_api import Error, Locator, Page, sync_playwright

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
NOTEBOOK = ROOT / "notebooks" / "izhikevich.ipynb"
FAILURES = ROOT / "build" / "browser-failures"

# So long a page, a server or a kernel may take: on a machine that does other things too it is
# seconds, and where all is well the wait ends when what is waited for is there.
PATIENCE_S = 90.0

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

APPS = {"jupyterlab": "LabApp", "notebook": "JupyterNotebookApp"}

CURRENT = "window.jupyterapp.shell.currentWidget"
KERNEL = f"{CURRENT}.sessionContext.session.kernel"
# That of the first document with a kernel, whichever tab is in front.
A_KERNEL = (
    "[...(window.jupyterapp?.shell.widgets('main') ?? [])]"
    ".find((w) => w.sessionContext?.session?.kernel)?.sessionContext.session.kernel"
)


def chromium() -> str | None:
    """Return the path of the browser, or None."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


def need_chromium() -> None:
    """Skip the test where there is no browser; fail it in CI, which has to have one."""
    if chromium() is None:
        if os.environ.get("CI"):
            pytest.fail("there is no Chromium, and CI needs it: apt-get install chromium")
        pytest.skip("there is no Chromium on this machine: apt-get install chromium")


def eventually(holds: Callable[[], bool], timeout_s: float = PATIENCE_S) -> bool:
    """Return True as soon as `holds` does; False if it does not in time."""
    deadline = time.monotonic() + timeout_s
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def stands_still(read: Callable[[], object], for_s: float = 0.5) -> bool:
    """Tell whether what `read` returns does not change for a while."""
    before = read()
    time.sleep(for_s)
    return read() == before


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
    app: str = "jupyterlab",
) -> Iterator[str]:
    """Run a server on the loopback address that serves `folder`; yield its address.

    `settings` are those of the user: plugin -> values; `extensions` is a folder with more of them;
    `app` is the program: "jupyterlab", or "notebook" for Notebook 7.
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
        f"--{APPS[app]}.expose_app_in_browser=True",
        f"--ServerApp.root_dir={folder}",
    ]
    with open(folder / "server.log", "w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", app, *options],
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment,
        )
        try:
            _wait_for_port(port, server, folder / "server.log")
            yield f"http://127.0.0.1:{port}"
        finally:
            _end(server)


@contextmanager
def browser_page(*, width: int = 1200, height: int = 1400, scale: float = 1.0) -> Iterator[Page]:
    """Open a page in headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
        page = browser.new_page(
            viewport={"width": width, "height": height}, device_scale_factor=scale
        )
        page.set_default_timeout(PATIENCE_S * 1000)
        try:
            yield page
        except Exception as error:
            error.add_note(keep_failure(page, "page"))
            raise
        finally:
            browser.close()


def photograph(seen: Page | Locator, name: str) -> None:
    """Keep a picture of a state for people, where ANNLAB_PICTURES names a folder for them."""
    folder = os.environ.get("ANNLAB_PICTURES")
    if folder:
        save_picture(seen.screenshot(), Path(folder) / f"{name}.png")


def save_picture(png: bytes, path: Path) -> None:
    """Write a picture as small as it can be with 256 colours."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    method, dither = Image.Quantize.MAXCOVERAGE, Image.Dither.NONE
    # Refined, or the greys of the page get a tint.
    picture.quantize(256, method=method, kmeans=3, dither=dither).save(path, optimize=True)


def keep_failure(page: Page, name: str) -> str:
    """Take a picture of a page on which a test has failed, and say where it is."""
    path = FAILURES / f"{re.sub(r'[^A-Za-z0-9]+', '-', name).strip('-')}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        page.screenshot(path=path, timeout=20_000)
    except Error as error:
        return f"no screenshot: {error.message}"
    return f"screenshot: {path}"


def write_notebook(path: Path, cells: Sequence[str]) -> None:
    """Write a notebook of code cells."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    made = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells], metadata={"kernelspec": kernel}
    )
    nbformat.write(made, path)


def open_notebook(page: Page, address: str, name: str, *, place: str = "lab/tree") -> None:
    """Show a notebook and wait for its kernel."""
    page.goto(f"{address}/{place}/{name}?reset")
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
    page.evaluate(f"(code) => void ({A_KERNEL}).requestExecute({{ code }})", code)


def tell_kernel(page: Page, code: str) -> None:
    """Let the kernel run `code` and wait for it; the code may not fail."""
    status = page.evaluate(
        f"""async (code) => {{
          const reply = await ({A_KERNEL}).requestExecute({{ code }}).done;
          const {{ status, evalue }} = reply.content;
          return status === 'ok' ? '' : `${{status}}: ${{evalue}}`;
        }}""",
        code,
    )
    assert status == "", status


@contextmanager
def busy_cell(page: Page, folder: Path) -> Iterator[None]:
    """Keep the kernel busy with a cell for as long as the block takes.

    The cell ends when a file appears in `folder`, so that nothing depends on how fast things go.
    """
    begun, ended = (folder / f"{uuid.uuid4().hex}.flag" for _ in range(2))
    start_cell(
        page,
        f"""import pathlib, time
pathlib.Path({str(begun)!r}).touch()
_end = time.monotonic() + 240.0
while not pathlib.Path({str(ended)!r}).exists() and time.monotonic() < _end:
    time.sleep(0.02)""",
    )
    try:
        assert eventually(begun.exists), "the cell did not begin"
        yield
    finally:
        ended.touch()
    assert ask_kernel(page, "1 + 1") == "2"


def ask_kernel(page: Page, expression: str) -> str:
    """Return the repr of an expression in the kernel; waits while a cell is busy."""
    return page.evaluate(
        f"""async (expression) => {{
          const options = {{ code: '', user_expressions: {{ answer: expression }} }};
          const reply = await ({A_KERNEL}).requestExecute(options).done;
          const answer = reply.content.user_expressions.answer;
          return answer.data ? answer.data['text/plain'] : answer.evalue;
        }}""",
        expression,
    )


def _wait_for_port(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    def is_there() -> bool:
        if server.poll() is not None:
            raise ChildProcessError(
                f"JupyterLab ended with {server.returncode}:\n{log.read_text()}"
            )
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            return False
        return True

    if not eventually(is_there, timeout_s=2 * PATIENCE_S):
        raise TimeoutError(f"the server did not start:\n{log.read_text()}")


def _end(server: subprocess.Popen[bytes]) -> None:
    """End a server, which first ends its kernels; one that does not is killed."""
    server.terminate()
    try:
        server.wait(30)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait(10)
