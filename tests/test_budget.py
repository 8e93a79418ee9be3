"""Files and functions stay small, and a warm start imports little."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted(str(p.relative_to(ROOT)) for p in (ROOT / "annlab").rglob("*.py"))
# Without docstrings: who explains and shows more is not to be punished for it.
MOST_LINES = 400
MOST_LINES_OF_A_FUNCTION = 40

# Longer files, each with its reason.
LONG_FILES = {
    "annlab/codegen/clike/projection.py": "one builder: all functions of a kernel share its slots",
    "annlab/diagnosis.py": "one short check after another",
    "annlab/models/neurons.py": "the texts of the standard models: data",
    "annlab/network/connectors.py": "the connector methods of users, with their arguments",
    "annlab/network/network.py": "the class that users know; its methods delegate",
    "annlab/network/projection.py": "the class that users know; its methods delegate",
    "annlab/network/recipes.py": "one small class for each pattern of connections",
    "annlab/runtime/reference.py": "the time step of the language, phase by phase, in one place",
    "annlab/runtime/worker.py": "one state machine: what may happen when is read in one place",
}
LONG_FUNCTIONS = {
    ("annlab/ir/analysis/neuron.py", "analyse_neuron"): "the rules of a neuron, in their order",
}

# What only building, the widgets and statistics of users need.
HEAVY = ("sympy", "jinja2", "Cython", "scipy", "matplotlib", "bokeh", "ipywidgets", "cupy")

WARM_START = """
import sys
import annlab as ann
net = ann.Network(dt=1.0, seed=1)
cell = ann.Neuron(equations="5.0*dv/dt = 1.3 - v + g_exc", spike="v > 1.0", reset="v = 0.0")
pop = net.create(10, cell)
net.connect(pop, pop, "exc").all_to_all(ann.Uniform(0.0, 0.1))
spikes = net.monitor(pop, "spike")
net.compile()
net.simulate(20.0)
assert spikes.get("spike")[0]
print(*(name for name in sys.argv[1:] if name in sys.modules))
"""


@pytest.mark.parametrize("file", FILES)
def test_a_file_is_short_or_says_why_not(file: str) -> None:
    assert _lines_of_code((ROOT / file).read_text()) <= MOST_LINES or file in LONG_FILES


def _lines_of_code(text: str) -> int:
    documented = ast.Module | ast.ClassDef | ast.FunctionDef
    strings = [
        node.body[0]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None
    ]
    lines = sum((s.end_lineno or s.lineno) - s.lineno + 1 for s in strings)
    return len(text.splitlines()) - lines


@pytest.mark.parametrize("file", LONG_FILES)
def test_a_file_that_may_be_long_is_there(file: str) -> None:
    assert file in FILES


@pytest.mark.parametrize("file", FILES)
def test_a_function_is_short_or_says_why_not(file: str) -> None:
    long = [
        node.name
        for node in ast.walk(ast.parse((ROOT / file).read_text()))
        if isinstance(node, ast.FunctionDef) and _length(node) > MOST_LINES_OF_A_FUNCTION
    ]
    assert [name for name in long if (file, name) not in LONG_FUNCTIONS] == []


def _length(function: ast.FunctionDef) -> int:
    has_docstring = ast.get_docstring(function, clean=False) is not None
    body = function.body[1:] if has_docstring else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("backend", ["cpu", "reference"])
def test_a_warm_start_imports_nothing_heavy(backend: str) -> None:
    """The first process compiles, the second finds everything in the cache."""
    # The reference back end discretises each time, and that takes a computer algebra system.
    heavy = [h for h in HEAVY if h != "sympy" or backend != "reference"]
    first, second = (_run(WARM_START, *heavy, backend=backend) for _ in range(2))
    assert first.returncode == 0, first.stderr
    assert (second.returncode, second.stdout.split(), second.stderr) == (0, [], "")


def _run(code: str, *arguments: str, backend: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, "ANNLAB_BACKEND": backend},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
