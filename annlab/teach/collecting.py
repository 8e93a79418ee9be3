"""Run what students handed in, and list which exercises each of them solved.

Takes notebooks with named checks and returns a `Progress` for each. Every notebook runs in a kernel
of its own, so that nobody's names, networks or faults reach another's. Knows nothing of authors.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from annlab.calls import public
from annlab.errors import ArgumentError, ConfigurationError, UnknownObjectError, nearest
from annlab.network.checks import read_number
from annlab.network.files import read_path
from annlab.teach.verdict import Progress, Status, Verdict

# Runs after the student's cells; the mark tells its line from what they print.
_MARK = "annlab.teach:"
_TELL = f"""
import json
from annlab import teach
print("{_MARK}" + json.dumps([[v.status, v.text, v.name] for v in teach.progress().verdicts]))
"""


class _UnknownNotebook(UnknownObjectError, KeyError):  # by which mappings tell
    pass


@public
@dataclass(frozen=True, slots=True, repr=False)
class Collection(Mapping[str, Progress]):
    """What became of each notebook: its name and a `Progress`, shown as a table.

    Attributes
    ----------
    problems
        For notebooks that did not run to their end, what stopped them. Exercises that were checked
        before that count; those of a kernel that died or ran out of time are lost.
    """

    found: Mapping[str, Progress]
    problems: Mapping[str, str]

    def __getitem__(self, name: str) -> Progress:
        if name not in self.found:
            near = nearest(name, self.found)
            raise _UnknownNotebook(
                f"no notebook {name!r} was collected",
                hint=f"did you mean {near!r}?" if near else f"known here: {', '.join(self.found)}",
            )
        return self.found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)

    def table(self) -> list[dict[str, object]]:
        """Return a row for each notebook, as `csv.DictWriter` and pandas take it."""
        return [
            {
                "notebook": name,
                "solved": progress.n_solved,
                **{verdict.name: str(verdict.status) for verdict in progress.verdicts},
                "problem": self.problems.get(name, ""),
            }
            for name, progress in self.found.items()
        ]

    def __repr__(self) -> str:
        if not self.found:
            return "no notebooks"
        width = max(map(len, self.found))
        return "\n".join(
            f"{name:{width}}  {_marks(progress)}  {self._told(name)}".rstrip()
            for name, progress in self.found.items()
        )

    def _told(self, name: str) -> str:
        n_all = len(self.found[name].verdicts)
        told = f"{self.found[name].n_solved} of {n_all}" if n_all else "nothing was checked"
        return f"{told}; {self.problems[name]}" if name in self.problems else told

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """Return the table for a notebook."""
        rows = "".join(
            f"<tr><td>{escape(name)}</td><td>{escape(_marks(self.found[name]))}</td>"
            f"<td>{escape(self._told(name))}</td></tr>"
            for name in self.found
        )
        head = "<tr><th>notebook</th><th>exercises</th><th>solved</th></tr>"
        html = f'<table class="annlab-collection">{head}{rows}</table>'
        return {"text/plain": repr(self), "text/html": html}


@public
def collect(folder: str | Path, *, timeout: float = 120.0) -> Collection:
    """Run each notebook of a folder in a kernel of its own, and list who solved what.

    The notebooks are not changed. A cell that fails does not keep the later ones from running.
    They are programs: run those of strangers where they can do no harm.

    Parameters
    ----------
    folder
        With the notebooks, in folders of any depth.
    timeout
        [s] For each cell; a notebook that takes longer is given up.

    Returns
    -------
    A `Collection`: for each notebook, by its path in the folder without ``.ipynb``, a `Progress`.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If there is no such folder, or a cell is given no time.
    ConfigurationError
        If the package nbclient is missing; JupyterLab brings it.

    Examples
    --------
    >>> from annlab import teach
    >>> teach.collect(".")
    no notebooks
    """
    folder = read_path(folder, "a folder")
    if not read_number(timeout, "timeout of collect() [s]") > 0.0:
        raise ArgumentError(
            f"timeout of collect() is {timeout!r}", hint="give a number of seconds above 0"
        )
    if not folder.is_dir():
        raise ArgumentError(
            f"there is no folder {str(folder)!r}", hint="name one that holds notebooks"
        )
    found, problems = {}, {}
    for path in sorted(folder.rglob("*.ipynb")):
        if ".ipynb_checkpoints" in path.parts:
            continue
        name = path.relative_to(folder).with_suffix("").as_posix()
        found[name], problem = _run(path, timeout)
        if problem:
            problems[name] = problem
    return Collection(found, problems)


def _run(path: Path, timeout_s: float) -> tuple[Progress, str]:
    nbformat, client, errors = _tools()
    try:
        notebook = nbformat.read(path, as_version=4)
    except (OSError, ValueError, LookupError, AttributeError) as error:  # a file that is none
        return Progress(()), f"it cannot be read ({type(error).__name__})"
    notebook.cells.append(nbformat.v4.new_code_cell(_TELL))
    place = {"metadata": {"path": str(path.parent)}}
    try:
        client(notebook, timeout=timeout_s, allow_errors=True, resources=place).execute()
    except errors.CellTimeoutError:
        return Progress(()), f"a cell took more than {timeout_s:g} s"
    except errors.DeadKernelError:
        return Progress(()), "its kernel died"
    faults = [_fault(cell) for cell in notebook.cells]
    return _verdicts(notebook.cells[-1]), next(filter(None, faults), "")


def _tools() -> tuple[Any, Any, Any]:  # Any: modules without types
    try:
        import nbformat
        from nbclient import NotebookClient, exceptions
    except ImportError as error:
        raise ConfigurationError(
            f"collect() needs the package nbclient, which cannot be imported: {error}",
            hint="pip install nbclient",
        ) from error
    return nbformat, NotebookClient, exceptions


def _verdicts(cell: Any) -> Progress:
    text = "".join(o.text for o in cell.outputs if o.output_type == "stream")
    _, mark, told = text.rpartition(_MARK)
    listed = json.loads(told) if mark else []
    return Progress(tuple(Verdict(Status(status), text, name) for status, text, name in listed))


def _fault(cell: Any) -> str:
    if cell.cell_type != "code" or "raises-exception" in cell.metadata.get("tags", []):
        return ""
    names = (o.ename for o in cell.outputs if o.output_type == "error")
    return next((f"a cell raised {name}" for name in names), "")


def _marks(progress: Progress) -> str:
    return "".join(verdict.sign for verdict in progress.verdicts)


__all__ = ["Collection", "collect"]
