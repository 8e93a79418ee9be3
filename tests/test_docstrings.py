"""Every public name says what it is and shows how it is used.

The form is that of numpydoc (style guide, "Docstrings"). Functions, classes and methods carry an
example of their own, which ``make unit`` runs as a doctest; a method that a class only writes
anew may leave it to the class that has it first, and a property to an example of its class.
Who adds a public name and fails here: the message names what is missing.
"""

from __future__ import annotations

import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import annlab
import annlab.extensions

PACKAGES = ("annlab", "annlab.errors", "annlab.models", "annlab.widgets")
# Classes that users get but do not import by a public name.
HANDED_OUT = (
    "annlab.network.dendrite.Dendrite",
    "annlab.network.dendrite.IndividualSynapse",
    "annlab.network.distributions.RandomDistribution",
    "annlab.network.explanation.Explanation",
    "annlab.network.neuron.IndividualNeuron",
)
# Names without an example, each with its reason.
WITHOUT_EXAMPLE = {
    "annlab.extensions.image.VideoPopulation.start_camera": "needs a camera; docs/user-guide.md",
    "annlab.network.projection.Projection.update_launch_config": "needs a GPU",
    "annlab.network.population_values.PopulationValues.on_device": "needs a GPU; see docs/gpu.md",
    "annlab.network.io_parameters.load_parameter": "reads files that annlab cannot write",
}
API = Path(__file__).parents[1] / "docs" / "api"


@dataclass(frozen=True, kw_only=True)
class Public:
    """A public function, class, method or property, by the place of its definition."""

    place: str
    owner: str  # the class, or the module, that is to be mended
    kind: str
    text: str  # its docstring
    arguments: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.place.rpartition(".")[2]


def _extensions() -> list[str]:
    found = pkgutil.iter_modules(annlab.extensions.__path__, "annlab.extensions.")
    return [module.name for module in found]


def _exported() -> Iterator[tuple[str, Any]]:
    """Yield what users import, as (public name, object)."""
    for package in (*PACKAGES, *_extensions()):
        module = import_module(package)
        for name in getattr(module, "__all__", None) or _own_names(module):
            yield f"{package}.{name}", getattr(module, name)


def _own_names(module: Any) -> list[str]:
    return [
        name
        for name, obj in vars(module).items()
        if not name.startswith("_") and getattr(obj, "__module__", None) == module.__name__
    ]


@cache
def _public() -> tuple[Public, ...]:
    found: dict[str, Public] = {}
    objects = [obj for _, obj in _exported()]
    objects += [_by_name(place) for place in HANDED_OUT]
    for obj in objects:
        for public in _members(obj):
            found.setdefault(public.place, public)
    return tuple(found.values())


def _by_name(place: str) -> Any:
    module, _, name = place.rpartition(".")
    return getattr(import_module(module), name)


def _members(obj: Any) -> Iterator[Public]:
    if not str(getattr(obj, "__module__", "")).startswith("annlab"):
        return  # a module, a number, a type of NumPy
    if not inspect.isclass(obj):
        if callable(obj):
            yield _describe(obj, kind="function")
        return
    yield _describe(obj, kind="class")
    for base in obj.__mro__:
        if not base.__module__.startswith("annlab") or issubclass(obj, BaseException):
            continue
        for name, member in vars(base).items():
            if name.startswith("_"):
                continue
            if isinstance(member, property):
                yield _describe(member, kind="property")
            elif inspect.isfunction(plain := getattr(member, "__func__", member)):
                yield _describe(plain, kind="method")


def _describe(obj: Any, *, kind: str) -> Public:
    code = inspect.unwrap(obj.fget if isinstance(obj, property) else obj)
    place = f"{code.__module__}.{code.__qualname__}"
    owner = place if kind in ("class", "function") else place.rpartition(".")[0]
    called = code.__init__ if kind == "class" else code
    is_called = kind != "property"
    return Public(
        place=place,
        owner=owner if kind != "function" else code.__module__,
        kind=kind,
        text=inspect.cleandoc(obj.__doc__ or ""),
        arguments=tuple(inspect.signature(called).parameters) if is_called else (),
    )


def _owners() -> list[str]:
    return sorted({public.owner for public in _public()})


def _of(owner: str) -> list[Public]:
    return [public for public in _public() if public.owner == owner]


@pytest.mark.parametrize("owner", _owners())
def test_a_public_name_has_a_summary_that_ends_with_a_full_stop(owner: str) -> None:
    wrong = [p.name for p in _of(owner) if not re.match(r"\S[^\0]*?[.:](\n\n|\Z)", p.text)]
    assert not wrong, f"{owner}: write a docstring that begins with a sentence: {wrong}"


@pytest.mark.parametrize("owner", _owners())
def test_a_public_name_has_an_example(owner: str) -> None:
    missing = [p.name for p in _of(owner) if _needs_example(p) and p.place not in WITHOUT_EXAMPLE]
    assert not missing, (
        f"{owner}: give each of these a section Examples that runs as a doctest (a property may "
        f"be shown in an example of its class instead): {missing}"
    )


def _needs_example(public: Public) -> bool:
    if ">>>" in public.text or _is_error(public):
        return False
    if public.kind == "method":
        return not _is_shown_by_a_base(public)
    if public.kind != "property":
        return True
    return not re.search(rf"\.{public.name}\b", _examples_around(public.owner))


def _is_shown_by_a_base(public: Public) -> bool:
    bases = _by_name(public.owner).__mro__[1:]
    methods = [vars(base).get(public.name) for base in bases]
    return any(">>>" in (inspect.getdoc(method) or "") for method in methods if method)


def _is_error(public: Public) -> bool:
    """Errors and warnings are raised, not made: the sections Raises of others show them."""
    return public.kind == "class" and issubclass(_by_name(public.place), BaseException)


@cache
def _examples_around(owner: str) -> str:
    """Return the lines of all examples of a class, of classes made of it, and of their parts.

    Users know none but the whole, so what one part has may be shown in an example of another.
    """
    classes = [_by_name(p.place) for p in _public() if p.kind == "class"]
    whole = [cls for cls in classes if owner in _parts(cls)]
    owners = {owner}.union(*(_parts(cls) for cls in whole))
    texts = [p.text for p in _public() if p.owner in owners]
    return "\n".join(
        line for t in texts for line in t.splitlines() if re.match(r">>>|\.\.\.", line)
    )


def _parts(cls: type) -> set[str]:
    """Return the places of the classes of which a class is made, itself included."""
    return {f"{base.__module__}.{base.__qualname__}" for base in cls.__mro__}


@pytest.mark.parametrize("owner", _owners())
def test_parameters_that_are_described_are_arguments(owner: str) -> None:
    wrong = {p.name: found for p in _of(owner) if (found := _undeclared(p))}
    assert not wrong, f"{owner}: the section Parameters names what is no argument: {wrong}"


def _undeclared(public: Public) -> list[str]:
    section = re.search(r"^Parameters\n-+\n(.*?)(\n\n\S[^\n]*\n-+\n|\Z)", public.text, re.M | re.S)
    if section is None or public.kind == "property":
        return []
    heads = [line for line in section[1].splitlines() if re.match(r"\S", line)]
    names = [name.strip(" *") for head in heads for name in head.split(",")]
    known = set(public.arguments) | set(FREE.get(public.place, ()))
    return [name for name in names if name not in known]


# Arguments of ``**kwargs``.
FREE: dict[str, tuple[str, ...]] = {
    "annlab.network.magic.setup": ("dt", "seed", "method", "num_threads", "backend", "dtype ..."),
}


def test_no_exception_is_out_of_date() -> None:
    public = {p.place: p for p in _public()}
    stale = [place for place in WITHOUT_EXAMPLE if ">>>" in public[place].text]
    assert stale == []


def test_the_reference_lists_every_public_name() -> None:
    listed = re.findall(
        r"^\.\. auto(?:class|function):: (\S+)$",
        "\n".join(page.read_text(encoding="utf-8") for page in API.glob("*.md")),
        flags=re.MULTILINE,
    )
    found = {id(_resolved(name)) for name in listed}
    missing = [name for name, obj in _exported() if _is_ours(obj) and id(obj) not in found]
    assert not missing, f"list these on a page of docs/api: {missing}"


def _resolved(name: str) -> Any:
    return _by_name(name)


def _is_ours(obj: Callable[..., Any]) -> bool:
    is_named = inspect.isclass(obj) or inspect.isfunction(obj)
    return is_named and obj.__module__.startswith("annlab")
