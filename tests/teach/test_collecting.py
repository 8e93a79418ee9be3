"""What was handed in is run, each in a kernel of its own, and listed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import nbformat
import pytest

from annlab import teach
from annlab.errors import AnnlabError, ArgumentError, ArgumentTypeError
from annlab.teach import Status

HEAD = "from annlab import teach"
FIRST = "answer = {}\nteach.check(answer, 20.0, unit='ms', name='Exercise 1')"
SECOND = "teach.check('b', 'b', name='Exercise 2')"


def hand_in(path: Path, cells: Sequence[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    nbformat.write(made, path)


def test_each_notebook_is_judged_by_itself(tmp_path: Path) -> None:
    hand_in(tmp_path / "ada.ipynb", [HEAD, FIRST.format(20.0), SECOND])
    hand_in(tmp_path / "team" / "bob.ipynb", [HEAD, FIRST.format(0.02), "1 / 0", SECOND])
    before = (tmp_path / "ada.ipynb").read_bytes()

    collection = teach.collect(tmp_path)

    assert {n: [v.status for v in p.verdicts] for n, p in collection.items()} == {
        "ada": [Status.RIGHT, Status.RIGHT],
        "team/bob": [Status.WRONG, Status.RIGHT],
    }
    assert dict(collection.problems) == {"team/bob": "a cell raised ZeroDivisionError"}
    assert repr(collection).splitlines() == [
        "ada       ✓✓  2 of 2",
        "team/bob  ✗✓  1 of 2; a cell raised ZeroDivisionError",
    ]
    assert collection.table()[1] == {
        "notebook": "team/bob",
        "solved": 1,
        "Exercise 1": "not yet",
        "Exercise 2": "right",
        "problem": "a cell raised ZeroDivisionError",
    }
    assert "<td>team/bob</td><td>✗✓</td>" in collection._repr_mimebundle_()["text/html"]
    assert (tmp_path / "ada.ipynb").read_bytes() == before


def test_an_endless_loop_holds_nobody_up(tmp_path: Path) -> None:
    hand_in(tmp_path / "eve.ipynb", [HEAD, FIRST.format(20.0), "while True: pass"])
    (tmp_path / "not one.ipynb").write_text("{")
    collection = teach.collect(tmp_path, timeout=4.0)
    assert collection.problems["eve"] == "a cell took more than 4 s"
    assert collection.problems["not one"].startswith("it cannot be read (")
    assert "nothing was checked" in repr(collection)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="there is no folder .*nowhere"):
        teach.collect(tmp_path / "nowhere")


@pytest.mark.parametrize("folder", [3, None, "", b"."])
def test_a_folder_needs_a_name(folder: object) -> None:
    with pytest.raises(ArgumentTypeError, match="a folder cannot be called .*\n  give its name"):
        teach.collect(folder)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("timeout", "error", "text"),
    [
        ("long", ArgumentTypeError, "is 'long'\n  give a number"),
        (0.0, ArgumentError, "is 0.0\n  give a number of seconds above 0"),
    ],
)
def test_a_cell_needs_time(
    tmp_path: Path, timeout: float, error: type[AnnlabError], text: str
) -> None:
    with pytest.raises(error, match=text):
        teach.collect(tmp_path, timeout=timeout)


def test_a_notebook_that_was_not_collected_is_told(tmp_path: Path) -> None:
    (tmp_path / "ada.ipynb").write_text("{")
    collection = teach.collect(tmp_path)
    with pytest.raises(KeyError, match="no notebook 'adda' was collected\n  did you mean 'ada'?"):
        collection["adda"]
    assert ("adda" in collection, collection.get("adda")) == (False, None)
