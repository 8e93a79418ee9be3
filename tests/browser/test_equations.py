"""Equations in cells: colours, completion and squiggles, in real JupyterLab in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import laboratory
import pytest
from laboratory import eventually

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

NEURON = """
cell = ann.Neuron(
    parameters="tau = 10.0 : population",
    equations="tau*dv/dt = exp(-v) : init=1.0",
    spike="v > 1.0",
)
""".strip()
MAGIC = """
%%neuron leaky
parameters: tau = 10.0
equations:
    tau*dr/dt = -r
""".strip()
CELLS = ["import annlab as ann", NEURON, MAGIC, "x = 1"]
SUBSHELLS = "@jupyterlab/apputils-extension:kernels-settings"

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the server shows."""
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="module")
def page(folder: Path) -> Iterator[Page]:
    """A notebook whose kernel has annlab."""
    laboratory.need_chromium()
    laboratory.write_notebook(folder / "one.ipynb", CELLS)
    with (
        laboratory.jupyterlab(folder, extensions=laboratory.extension()) as address,
        laboratory.browser_page(width=1100, height=800) as page,
    ):
        laboratory.open_notebook(page, address, "one.ipynb")
        laboratory.run_all_cells(page)
        assert laboratory.errors(page) == []
        yield page


def cell(page: Page, number: int) -> Locator:
    return page.locator(".jp-CodeCell").nth(number).locator(".jp-InputArea-editor")


def write(page: Page, number: int, text: str) -> None:
    """Replace the text of a cell, as a user who types would."""
    page.evaluate(
        f"([n, text]) => {laboratory.CURRENT}.content.widgets[n].model.sharedModel.setSource(text)",
        [number, text],
    )


def squiggles(page: Page, number: int) -> list[str]:
    return cell(page, number).locator(".cm-lintRange-error").all_inner_texts()


def coloured(page: Page, number: int, kind: str) -> list[str]:
    return cell(page, number).locator(f".annlab-token-{kind}").all_inner_texts()


@pytest.fixture
def restored(page: Page) -> Iterator[Page]:
    """Cells get their text back."""
    yield page
    for number, text in enumerate(CELLS):
        write(page, number, text)
    page.keyboard.press("Escape")


@pytest.mark.parametrize(
    ("number", "kind", "expected"),
    [
        (1, "gradient", ["dv/dt"]),
        (1, "function", ["exp"]),
        (1, "flag", ["population", "init"]),
        (1, "defined", ["tau"]),
        (2, "section", ["parameters:", "equations:"]),
        (2, "gradient", ["dr/dt"]),
        (3, "text", []),
    ],
)
def test_words_of_equations_are_coloured(
    page: Page, number: int, kind: str, expected: list[str]
) -> None:
    assert eventually(lambda: coloured(page, number, kind) == expected)


def test_the_colours_are_not_those_of_a_string(page: Page) -> None:
    def colour(selector: str) -> str:
        found = cell(page, 1).locator(selector).first
        return found.evaluate("(node) => getComputedStyle(node.lastChild.parentNode).color")

    assert colour(".annlab-token-flag") != colour(".annlab-token-name")


def test_good_equations_have_no_squiggles(restored: Page) -> None:
    # Something wrong, written last: once it is marked, the others were looked at.
    for number, text in enumerate(CELLS[:3]):
        write(restored, number, f"{text}\n")
    write(restored, 3, 'y = ann.Neuron(equations="r = q")')
    assert eventually(lambda: squiggles(restored, 3) == ["q"])
    assert [squiggles(restored, n) for n in range(3)] == [[], [], []]


@pytest.mark.parametrize(
    ("number", "right", "wrong", "marked"),
    [
        (1, "exp(-v)", "exp(-q)", "q"),
        (1, "tau*dv/dt", "tua*dv/dt", "tua"),
        (1, ": population", ": populatoin", "populatoin"),
        (1, "v > 1.0", "v = 1.0", "="),
        (2, "= -r", "= -rr", "rr"),
        (3, "x = 1", 'y = ann.Neuron(equations="r = 𝛕") # 𝛕\nz = ann.Neuron("", "r = q")', "𝛕"),
    ],
)
def test_a_mistake_is_marked_at_its_place_while_one_types(
    restored: Page, number: int, right: str, wrong: str, marked: str
) -> None:
    write(restored, number, CELLS[number].replace(right, wrong))
    assert eventually(lambda: squiggles(restored, number)[:1] == [marked])
    write(restored, number, CELLS[number])
    assert eventually(lambda: squiggles(restored, number) == [])


def test_a_squiggle_says_what_is_wrong_and_what_to_do(restored: Page) -> None:
    write(restored, 1, NEURON.replace("tau*dv/dt", "tua*dv/dt"))
    squiggle = cell(restored, 1).locator(".cm-lintRange-error")
    squiggle.wait_for()
    squiggle.hover()
    hint = restored.locator(".cm-tooltip-lint")
    hint.wait_for()
    assert "unknown name 'tua'" in hint.inner_text()
    assert "did you mean 'tau'?" in hint.inner_text()


def test_typing_key_by_key_ends_without_a_squiggle(restored: Page) -> None:
    cell(restored, 3).click()
    restored.keyboard.press("Control+a")
    restored.keyboard.type('c = ann.Neuron(equations="dr/dt = 1.0 - r', delay=20)
    assert eventually(lambda: squiggles(restored, 3) == [])


def test_names_and_functions_are_completed(restored: Page) -> None:
    text = 'c = ann.Neuron("tau_m = 10.0", "dr/dt = ta")'
    write(restored, 3, text)
    complete_at(restored, 3, text.rindex("ta") + 2)
    items = restored.locator(".jp-Completer-item")

    def offers(*item: str) -> bool:
        return list(item) in [text.split("\n")[1:] for text in items.all_inner_texts()]

    assert eventually(lambda: offers("tau_m", "parameter") and offers("tan", "function"))
    items.filter(has_text="tau_m").click()
    assert eventually(lambda: "dr/dt = tau_m" in source(restored, 3))


def test_flags_are_completed_after_the_colon(restored: Page) -> None:
    text = 'c = ann.Neuron(equations="r = 1.0 : expon")'
    write(restored, 3, text)
    complete_at(restored, 3, text.index("expon") + 5)
    restored.locator(".jp-Completer-item").filter(has_text="flag").first.click()
    assert eventually(lambda: ": exponential" in source(restored, 3))


def complete_at(page: Page, number: int, offset: int) -> None:
    page.evaluate(
        f"""([n, offset]) => {{
          const notebook = {laboratory.CURRENT}.content;
          notebook.activeCellIndex = n;
          notebook.mode = 'edit';
          const editor = notebook.activeCell.editor;
          editor.focus();
          editor.setCursorPosition(editor.getPositionAt(offset));
        }}""",
        [number, offset],
    )
    page.keyboard.press("Tab")


def source(page: Page, number: int) -> str:
    return page.evaluate(
        f"(n) => {laboratory.CURRENT}.content.widgets[n].model.sharedModel.getSource()", number
    )


def test_equations_are_checked_while_a_cell_is_busy(restored: Page, folder: Path) -> None:
    with laboratory.busy_cell(restored, folder):
        write(restored, 1, NEURON.replace("exp(-v)", "exp(-q)"))
        assert eventually(lambda: squiggles(restored, 1) == ["q"])


def test_checks_can_be_switched_off(restored: Page) -> None:
    toggle = "window.jupyterapp.commands.execute('annlab:toggle-checks')"
    write(restored, 1, NEURON.replace("exp(-v)", "exp(-q)"))
    assert eventually(lambda: squiggles(restored, 1) == ["q"])
    restored.evaluate(toggle)
    assert eventually(lambda: squiggles(restored, 1) == [])
    restored.evaluate(toggle)
    assert eventually(lambda: squiggles(restored, 1) == ["q"])
