"""Take the picture that opens a tutorial from the tutorial: ``python from_cells.py [name ...]``.

A cell with the tag ``picture`` draws it, so that a picture and its notebook cannot disagree.
"""

from __future__ import annotations

import base64
import io
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from PIL import Image

FOLDER = Path(__file__).parent
TAG = "picture"


def main(names: list[str]) -> None:
    """Make the pictures of these notebooks, or of all that have a cell for it."""
    for path in sorted(FOLDER.parent.glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        if _drawing(notebook) is not None and (not names or path.stem in names):
            (FOLDER / f"{path.stem}.png").write_bytes(_picture(notebook, path.parent))


def _drawing(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode | None:
    cells = notebook.cells
    return next((c for c in cells if TAG in c.metadata.get("tags", [])), None)


def _picture(notebook: nbformat.NotebookNode, folder: Path) -> bytes:
    client = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}})
    client.execute()
    outputs = (o for o in _drawing(notebook).outputs if "image/png" in o.get("data", {}))
    return _small(base64.b64decode(next(outputs).data["image/png"]))


def _small(png: bytes) -> bytes:
    """Return the picture in 64 colours: a raster of many dots has far more, which nobody sees."""
    written = io.BytesIO()
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture.quantize(64, dither=Image.Dither.NONE).save(written, "png", optimize=True)
    return written.getvalue()


if __name__ == "__main__":
    main(sys.argv[1:])
