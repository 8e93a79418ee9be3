"""What the documentation shows works, and prints what it says.

The Python blocks of a page are one program, as a reader types them one after the other; a
block that opens with ``python text`` is only read. A line ``print(...)  # result`` has to print
that result. (The example of the README has a test of its own.)
"""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

import annlab

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").glob("*.md"))
EXPECTED = re.compile(r"^print\(.*\)  # (.+)$", flags=re.MULTILINE)


def program(page: str) -> str:
    """Return the Python of a page; every line stays where it is, so that errors name it."""
    lines, is_inside = [], False
    for line in page.splitlines():
        if line.startswith("```"):
            is_inside = line.strip() == "```python" and not is_inside
            lines.append("")
        else:
            lines.append(line if is_inside else "")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("page", PAGES, ids=[p.name for p in PAGES])
def test_every_example_of_a_page_runs(
    page: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("ANNLAB_BACKEND", "reference")
    monkeypatch.chdir(tmp_path)
    annlab.clear()
    text = program(page.read_text(encoding="utf-8"))
    example = tmp_path / f"{page.stem}.py"
    example.write_text(text, encoding="utf-8")
    try:
        runpy.run_path(str(example))
    finally:
        annlab.clear()
    assert capsys.readouterr().out.splitlines() == EXPECTED.findall(text)


def _links() -> list[tuple[Path, str]]:
    found = [(p, re.findall(r"\]\(([^)#:]+)\)", p.read_text(encoding="utf-8"))) for p in PAGES]
    return [(page, target) for page, targets in found for target in targets]


@pytest.mark.parametrize(("page", "target"), _links(), ids=lambda x: getattr(x, "name", x))
def test_every_link_leads_somewhere(page: Path, target: str) -> None:
    assert (page.parent / target).exists()
