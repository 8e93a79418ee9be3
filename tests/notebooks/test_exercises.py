"""The exercises of the tutorials accept right answers and have a hint for wrong ones.

Each notebook is run as a script in which every exercise is answered twice: wrongly, then rightly.
"""

from __future__ import annotations

import json
import re
import runpy
from itertools import pairwise
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

from annlab import teach
from annlab.teach import Status

FOLDER = Path(__file__).parents[2] / "notebooks"
FIRST = FOLDER / "izhikevich.ipynb"
TUTORIALS = [FIRST, *sorted(FOLDER.glob("[0-9][0-9]-*.ipynb"))]
# Notebook -> variable -> a wrong answer and a right one, as Python text.
ANSWERS = json.loads((Path(__file__).parent / "answers.json").read_text())

HEAD = """
import matplotlib
matplotlib.use("agg")
from annlab import teach
display = lambda *things: None
_wrong = []
"""


def script(path: Path) -> str:
    """Return the code of a notebook with both answers to each exercise."""
    cells = json.loads(path.read_text())["cells"]
    answers = ANSWERS[path.stem]
    lines = [HEAD]
    for cell in cells:
        if cell["cell_type"] != "code":
            continue
        code = "".join(cell["source"])
        found = re.match(r"(\w+) = \.\.\.", code)
        if found is None:
            lines.append(code)
            continue
        for answer in answers[found[1]]:
            lines.append(f"{found[1]} = {answer}{code[found.end() :]}")
            lines.append("_wrong.append(teach.progress().verdicts)")
    return "\n".join(lines)


@pytest.mark.slow
@pytest.mark.parametrize("path", TUTORIALS, ids=lambda p: p.stem)
def test_every_exercise_tells_right_from_wrong(path: Path, tmp_path: Path) -> None:
    program = tmp_path / f"{path.stem.replace('-', '_')}.py"
    program.write_text(script(path))
    try:
        teach.forget()
        seen = runpy.run_path(str(program))["_wrong"]
    finally:
        plt.close("all")
    assert [len(v) for v in seen] == [k // 2 + 1 for k in range(len(seen))]
    wrong, right = ([verdicts[-1] for verdicts in seen[k::2]] for k in (0, 1))
    assert [v.status for v in wrong] == [Status.WRONG] * len(ANSWERS[path.stem])
    assert [v.text for v in wrong if v.text.startswith("think again")] == []
    assert [f"{v!r}" for v in right if not v] == []


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda p: p.stem)
def test_a_tutorial_opens_with_its_picture_and_has_two_exercises(path: Path) -> None:
    cells = json.loads(path.read_text())["cells"]
    first, text = "".join(cells[0]["source"]), "".join("".join(c["source"]) for c in cells)
    shown = re.search(r"!\[[^\]]{20,}\]\((images/[^)]+)\)", first)
    assert shown is not None
    assert (FOLDER / shown[1]).stat().st_size < 150_000
    assert "minutes" in first
    assert "**Predict" in text
    assert len(ANSWERS[path.stem]) == text.count("= ...") >= 2


@pytest.mark.parametrize(("path", "following"), list(pairwise(TUTORIALS)), ids=lambda p: p.stem)
def test_a_tutorial_leads_to_the_next(path: Path, following: Path) -> None:
    last_text = json.loads(path.read_text())["cells"][-2]["source"]
    title = json.loads(following.read_text())["cells"][0]["source"][0].removeprefix("# ").strip()
    assert f"**Next:** [{title}]({following.name})" in "".join(last_text)


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda p: p.stem)
def test_the_course_and_the_list_of_notebooks_know_each_tutorial(path: Path) -> None:
    for page in ("course.md", "notebooks.md"):
        assert f"](../notebooks/{path.name})" in (FOLDER.parent / "docs" / page).read_text()


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda p: p.stem)
def test_a_line_of_code_is_no_longer_than_a_page_is_wide(path: Path) -> None:
    code = [c for c in json.loads(path.read_text())["cells"] if c["cell_type"] == "code"]
    lines = "\n".join("".join(c["source"]) for c in code).splitlines()
    assert [line for line in lines if len(line) > 100] == []
