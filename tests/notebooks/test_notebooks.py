"""Notebooks are kept as they are read for the first time. That they run, nbval says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


def code_cells(path: Path) -> list[dict]:
    return [c for c in json.loads(path.read_text())["cells"] if c["cell_type"] == "code"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_is_stored_without_outputs(path: Path) -> None:
    assert [c["outputs"] for c in code_cells(path) if c["outputs"]] == []
    assert {c["execution_count"] for c in code_cells(path)} == {None}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_ends_with_stop(path: Path) -> None:
    assert "net.stop()" in "".join(code_cells(path)[-1]["source"])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_who_runs_all_cells_at_once_sees_something_before_the_network_stops(path: Path) -> None:
    """The last cell stopped what an earlier one had started a moment before: views were empty."""
    text = "\n".join("".join(c["source"]) for c in code_cells(path))
    for begun in re.finditer(r"(\w+)\.start\(", text):
        watched, stop, _ = text[begun.end() :].partition(f"{begun[1]}.stop()")
        assert stop
        assert re.search(r"\w+\.wait\(timeout=[1-9]", watched)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_fixes_its_seeds(path: Path) -> None:
    text = "\n".join("".join(c["source"]) for c in code_cells(path))
    used = re.sub(r"^class .*:$", "", text, flags=re.MULTILINE)
    assert used.count("Network(") == used.count("seed=")
    assert "default_rng()" not in text


def test_the_first_notebook_is_there() -> None:
    assert "izhikevich" in [path.stem for path in NOTEBOOKS]
