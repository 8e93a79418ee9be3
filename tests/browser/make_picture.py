"""Make the picture of the README: ``python tests/browser/make_picture.py``.

Opens the first notebook in JupyterLab in headless Chromium, runs it, and takes a
picture of the views while the network runs.
"""

from __future__ import annotations

import argparse
import io
import shutil
import tempfile
import time
from pathlib import Path

import laboratory
from PIL import Image

PICTURE = laboratory.ROOT / "docs" / "images" / "live-notebook.png"
SIZE_LIMIT = 400_000  # bytes
FIRST, LAST = ".annlab-bar", ".annlab-sliders"


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
        laboratory.jupyterlab(folder, theme=theme) as address,
        laboratory.browser_page(width=1100, height=1250, scale=1.25) as page,
    ):
        laboratory.open_notebook(page, address, laboratory.NOTEBOOK.name)
        page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
        laboratory.run_all_cells(page)
        laboratory.scroll_to(page, "bar = controls(net")
        page.locator(FIRST).first.get_by_role("button", name="Run").click()
        time.sleep(4.0)
        page.mouse.move(5, 5)
        return page.screenshot()


def save(png: bytes, path: Path) -> None:
    """Write the picture as small as it can be without loss."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture.quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
        path, optimize=True
    )
    if path.stat().st_size > SIZE_LIMIT:
        raise SystemExit(f"{path} has {path.stat().st_size} bytes, {SIZE_LIMIT} are allowed")


if __name__ == "__main__":
    main()
