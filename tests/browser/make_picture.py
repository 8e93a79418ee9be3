"""Make the picture of the README: ``python tests/browser/make_picture.py``.

Opens the first notebook in JupyterLab in headless Chromium, runs it, and takes a
picture of the views while the network runs, with its equations in the sidebar.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

import laboratory

PICTURE = laboratory.ROOT / "docs" / "images" / "live-notebook.png"
SIZE_LIMIT = 300_000  # bytes
WATCHED_S = 4.0  # of simulated time: the raster is full and has settled


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--theme", default="JupyterLab Light")
    options.add_argument("--output", type=Path, default=PICTURE)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        save(photograph(Path(name), given.theme), given.output)


def photograph(folder: Path, theme: str) -> bytes:
    """Return a picture of the running views."""
    shutil.copy(laboratory.NOTEBOOK, folder)
    with (
        laboratory.jupyterlab(folder, theme=theme, extensions=laboratory.extension()) as address,
        laboratory.browser_page(width=1280, height=1000, scale=1.25) as page,
    ):
        laboratory.open_notebook(page, address, laboratory.NOTEBOOK.name)
        laboratory.run_all_cells(page)
        page.evaluate("window.jupyterapp.commands.execute('annlab:show-networks')")
        population = page.locator("[id='annlab:networks'] .annlab-item").first
        population.locator("summary").click()
        population.locator("mjx-container").wait_for()
        laboratory.scroll_to(page, "Watch and steer")
        page.locator(".annlab-bar").first.get_by_role("button", name="Run").click()
        begin = float(laboratory.ask_kernel(page, "net.time"))
        laboratory.eventually(
            lambda: float(laboratory.ask_kernel(page, "net.time")) > begin + 1000 * WATCHED_S
        )
        # The cell at the top, where JupyterLab's own scrolling leaves it somewhere below.
        page.locator(".jp-Cell").filter(has=page.locator(".annlab-bar")).first.evaluate(
            "(cell) => cell.scrollIntoView({ block: 'start' })"
        )
        page.mouse.move(5, 5)
        # A machine that does other things too may lag for a moment.
        laboratory.eventually(lambda: page.locator(".annlab-badge:visible").count() == 0)
        return page.screenshot()


def save(png: bytes, path: Path) -> None:
    """Write the picture, which a page has to load."""
    laboratory.save_picture(png, path)
    if path.stat().st_size > SIZE_LIMIT:
        raise SystemExit(f"{path} has {path.stat().st_size} bytes, {SIZE_LIMIT} are allowed")


if __name__ == "__main__":
    main()
