"""The wheel is pure Python, holds every template, and works without a checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from annlab._version import __version__

ROOT = Path(__file__).parents[1]


EXTENSION = "data/share/jupyter/labextensions/annlab"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made, _ = build(tmp_path_factory.mktemp("dist"), extension="required")
    return made


def build(folder: Path, *, extension: str) -> tuple[Path, str]:
    """Return a new wheel, and what was said while it was built."""
    environment = {**os.environ, "ANNLAB_LABEXTENSION": extension}
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
        timeout=290,
    )
    return next(folder.glob("*.whl")), done.stdout + done.stderr


def files_of_extension(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        found = [name.partition(f"{EXTENSION}/") for name in archive.namelist()]
    return [name for _, separator, name in found if separator]


def test_wheel_is_pure_python(wheel: Path) -> None:
    assert wheel.name == f"annlab-{__version__}-py3-none-any.whl"


def test_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if name.startswith("annlab/")}
    wanted = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "annlab").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert held == wanted


def test_wheel_holds_the_built_extension_of_jupyterlab(wheel: Path) -> None:
    files = files_of_extension(wheel)
    assert {"install.json", "package.json", "schemas/annlab/stop-all.json"} <= set(files)
    assert [f for f in files if f.startswith("static/remoteEntry.")]
    assert [f for f in files if f.endswith((".ts", ".tsx"))] == []


def test_a_wheel_can_be_built_without_the_extension(tmp_path: Path) -> None:
    made, _ = build(tmp_path, extension="skip")
    assert files_of_extension(made) == []


def test_wheel_runs_without_a_checkout(wheel: Path, tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        + ["--no-deps", "--no-index", "--target", str(tmp_path / "site"), str(wheel)],
        check=True,
        capture_output=True,
        timeout=120,
    )
    program = "import annlab, pathlib; print(pathlib.Path(annlab.__file__).parents[1])"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "site"), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.strip() == str(tmp_path / "site"), done.stderr
