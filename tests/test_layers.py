"""A package imports only from those to its left; see docs/layout.md."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "annlab"

# From left to right. What stands in one group may import one another only where ALSO says so.
ORDER = (
    {"annlab.errors", "annlab.limits", "annlab.shells", "annlab._version"},
    {"annlab.calls"},
    {"annlab.language"},
    {"annlab.ir"},
    {"annlab.codegen"},
    {"annlab.runtime"},
    {"annlab.network"},
    {"annlab.models"},
    {"annlab.extensions"},
    {"annlab.comms", "annlab.diagnosis", "annlab.explain", "annlab.magics", "annlab.teach"},
    {"annlab.widgets"},
    {"annlab.lab"},
    {"annlab", "annlab.__main__"},
)
# Inside codegen: lowering knows no C, the back ends do not know each other.
CODEGEN = {
    "lowering": {"lowering"},
    "storage": {"storage", "lowering"},
    "printer": {"printer", "lowering"},
    "build": {"build"},
    "clike": {"clike", "build", "printer", "lowering"},
    "cpu": {"cpu", "clike", "build", "printer", "storage", "lowering"},
    "cuda": {"cuda", "clike", "build", "printer", "storage", "lowering"},
    "reference": {"reference", "lowering"},
}
# Libraries, and who alone may import them at all (inside a function or not).
LIBRARIES = {
    "sympy": ("annlab.codegen.lowering",),
    "jinja2": ("annlab.codegen.clike", "annlab.codegen.cpu", "annlab.codegen.cuda"),
    "cupy": ("annlab.codegen.cuda", "annlab.runtime.cuda", "annlab.diagnosis"),
    "ipywidgets": ("annlab.widgets", "annlab.diagnosis"),
    "bokeh": ("annlab.widgets", "annlab.diagnosis"),
}


def modules() -> list[str]:
    return sorted(_name(path) for path in PACKAGE.rglob("*.py"))


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _tree(module: str) -> ast.Module:
    path = ROOT / Path(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return ast.parse(file.read_text(), str(file))


def imports(module: str) -> Iterator[str]:
    """Yield what a module imports, type checkers' imports left out."""
    for node in _executed(_tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _executed(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from _executed(child)


def _is_in(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def _place(module: str) -> int:
    """Return how far to the right a module stands; -1 if it stands nowhere."""
    found = [
        (len(package), place)
        for place, group in enumerate(ORDER)
        for package in group
        if _is_in(module, package) and (package != "annlab" or module == "annlab")
    ]
    return max(found, default=(0, -1))[1]


@pytest.mark.parametrize("module", modules())
def test_a_module_stands_somewhere_on_the_way(module: str) -> None:
    assert _place(module) >= 0, f"say in ORDER where {module} belongs"


@pytest.mark.parametrize("module", modules())
def test_a_module_imports_from_its_left_only(module: str) -> None:
    here = _place(module)
    assert [i for i in imports(module) if _is_in(i, "annlab") and _place(i) > here] == []


@pytest.mark.parametrize("module", [m for m in modules() if _is_in(m, "annlab.codegen")])
def test_the_parts_of_the_code_generator_know_what_they_should(module: str) -> None:
    part = [*module.split("."), "", ""][2]
    if part not in CODEGEN:
        return
    others = (i.split(".")[2] for i in imports(module) if _is_in(i, "annlab.codegen"))
    assert {o for o in others if o in CODEGEN} <= CODEGEN[part]


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("module", modules())
def test_a_heavy_library_is_imported_where_it_belongs(module: str, library: str) -> None:
    if any(_is_in(module, owner) for owner in LIBRARIES[library]):
        return
    assert [i for i in imports(module) if _is_in(i, library)] == []
