"""The generated C++ is reviewed as code: it is compared with files that are checked in.

ANNLAB_UPDATE_GOLDEN=1 writes them anew; read the difference before you commit it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest
from clike_models import POPULATIONS, PROJECTIONS, population_source

GOLDEN = Path(__file__).parent / "golden"


def assert_golden(name: str, text: str) -> None:
    path = GOLDEN / f"{name}.cpp"
    if os.environ.get("ANNLAB_UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    assert text == path.read_text(), f"{path.name} differs; ANNLAB_UPDATE_GOLDEN=1 renews it"


@pytest.mark.parametrize("name", POPULATIONS)
def test_the_kernel_of_a_population_is_as_reviewed(name: str) -> None:
    assert_golden(f"population_{name}", population_source(POPULATIONS[name]))


@pytest.mark.parametrize("name", PROJECTIONS)
def test_the_kernels_of_a_projection_are_as_reviewed(name: str) -> None:
    assert_golden(f"projection_{name}", PROJECTIONS[name].source())


@pytest.mark.parametrize("name", POPULATIONS)
def test_single_precision_has_no_number_of_double_precision(name: str) -> None:
    text = population_source(POPULATIONS[name], np.dtype(np.float32))
    code = [line.partition("//")[0] for line in text.splitlines()]
    assert "using real = float;" in code
    assert not [line for line in code if re.search(r"\d\.\d+(e[-+]?\d+)?(?![\d.fe])", line)]


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.cpp")), ids=lambda path: path.stem)
def test_no_reviewed_file_is_left_over(path: Path) -> None:
    kind, _, name = path.stem.partition("_")
    assert name in {"population": POPULATIONS, "projection": PROJECTIONS}[kind]


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.cpp")), ids=lambda path: path.stem)
def test_generated_code_is_stable_and_tidy(path: Path) -> None:
    lines = path.read_text().splitlines()
    assert not [line for line in lines if line != line.rstrip() or "\t" in line]
    directives = {line.split()[0] for line in lines if line.startswith("#")}
    assert directives <= {"#define", "#include", "#pragma"}
