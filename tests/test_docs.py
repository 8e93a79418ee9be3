"""What the documentation shows works, and prints what it says.

The Python blocks of a page are one program, as a reader types them one after the other; a
block that opens with ``python text`` is only read. A line ``print(...)  # result`` has to print
that result. (The example of the README has a test of its own.)
"""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
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
    annlab.teach.forget()  # what other tests have solved
    text = program(page.read_text(encoding="utf-8"))
    example = tmp_path / f"{page.stem}.py"
    example.write_text(text, encoding="utf-8")
    try:
        runpy.run_path(str(example))
    finally:
        annlab.clear()
    assert capsys.readouterr().out.splitlines() == EXPECTED.findall(text)


def _links() -> list[tuple[Path, str]]:
    every = sorted((ROOT / "docs").rglob("*.md"))
    found = [
        (p, re.findall(r"\]\(([^)#:]+)[^):]*\)", p.read_text(encoding="utf-8"))) for p in every
    ]
    return [(page, target) for page, targets in found for target in targets]


@pytest.mark.parametrize(("page", "target"), _links(), ids=lambda x: getattr(x, "name", x))
def test_every_link_leads_somewhere(page: Path, target: str) -> None:
    assert (page.parent / target).exists()


# -- the site -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build as `make docs` does: no notebook is run, a warning is an error."""
    folder = tmp_path_factory.mktemp("site")
    html = folder / "html"
    options = ["-b", "html", "-n", "-W", "--keep-going", "-q", "-c", "docs"]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *options, "-d", str(folder / "doctrees"), ".", str(html)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return html


@pytest.mark.slow
def test_every_page_and_notebook_is_on_the_site(site: Path) -> None:
    sources = [*(ROOT / "docs").rglob("*.md"), *(ROOT / "notebooks").glob("*.ipynb")]
    wanted = {p.relative_to(ROOT).with_suffix(".html") for p in sources}
    assert wanted - {p.relative_to(site) for p in site.rglob("*.html")} == set()


@pytest.mark.slow
def test_the_site_is_whole_without_a_network(site: Path) -> None:
    """Scripts, styles and pictures come with it; only what a reader clicks lies elsewhere."""
    loads = re.compile(r"""<(?:script|link|img|iframe)[^>]*(?:src|href)=["'](?:https?:)?//[^"']+""")
    found = {m for p in site.rglob("*.html") for m in loads.findall(p.read_text(encoding="utf-8"))}
    assert found == set()


@pytest.mark.slow
def test_the_reference_has_docstrings_with_their_examples(site: Path) -> None:
    page = (site / "docs" / "api" / "network.html").read_text(encoding="utf-8")
    method = page[page.index('id="annlab.Network.simulate"') :]
    assert "the number of steps" in method[: method.index("</dd></dl>")]
