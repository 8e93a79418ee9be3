"""The extension and the kernel speak the same language."""

from __future__ import annotations

import re
import typing
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from annlab.errors import ArgumentError
from annlab.lab import messages

PROTOCOL = Path(__file__).parents[2] / "labextension" / "src" / "protocol.ts"
CLASSES = [
    found
    for found in vars(messages).values()
    if isinstance(found, type) and is_dataclass(found) and found.__module__ == messages.__name__
]
NAMES = {
    "int": "number",
    "float": "number",
    "str": "string",
    "bool": "boolean",
    "object": "unknown",
}


def typescript(kind: object) -> str:
    """Return how TypeScript calls a type of Python."""
    if kind is type(None):
        return "null"
    if kind is object:
        return "unknown"
    arguments = typing.get_args(kind)
    if typing.get_origin(kind) is tuple:
        return f"{typescript(arguments[0])}[]"
    if typing.get_origin(kind) is typing.Literal:
        return next(name for name, value in vars(messages).items() if value is kind)
    if arguments:
        return " | ".join(typescript(a) for a in arguments)
    assert isinstance(kind, type)
    return NAMES.get(kind.__name__, kind.__name__)


def interfaces() -> dict[str, dict[str, str]]:
    """Return the interfaces of the page's side: name -> field -> type."""
    found = re.findall(r"export interface (\w+) \{(.*?)\}", PROTOCOL.read_text(), re.DOTALL)
    return {name: dict(re.findall(r"(\w+): ([^;]+);", body)) for name, body in found}


@pytest.mark.parametrize("kind", CLASSES, ids=lambda k: k.__name__)
def test_a_message_has_the_same_fields_on_both_sides(kind: type) -> None:
    types = typing.get_type_hints(kind)
    expected = {f.name: typescript(types[f.name]) for f in fields(kind)}
    assert interfaces()[kind.__name__] == expected


def test_neither_side_has_a_message_that_the_other_lacks() -> None:
    assert {k.__name__ for k in CLASSES} == interfaces().keys() - {"Requests"}


def test_a_request_carries_and_brings_the_same_on_both_sides() -> None:
    expected = {
        name: f"[{kind.__name__}, {value}]" for name, (kind, value) in messages.REQUESTS.items()
    }
    assert interfaces()["Requests"] == expected


@pytest.mark.parametrize("name", ["State", "Action", "PaletteKind"])
def test_words_are_the_same_on_both_sides(name: str) -> None:
    found = re.search(rf"export type {name} =([^;]+);", PROTOCOL.read_text())
    assert found
    assert tuple(re.findall(r"'([^']+)'", found[1])) == typing.get_args(getattr(messages, name))


@pytest.mark.parametrize("name", ["TARGET", "VERSION", "BEACON"])
def test_constants_are_the_same_on_both_sides(name: str) -> None:
    found = re.search(rf"export const {name} = ([^;]+);", PROTOCOL.read_text())
    assert found
    assert found[1].strip("'") == str(getattr(messages, name))


def test_a_message_of_other_fields_is_refused() -> None:
    with pytest.raises(ArgumentError, match="a Watch with the fields is_hidden") as refused:
        messages.decode(messages.Watch, {"is_hidden": True})
    assert "expected: is_shown" in str(refused.value)
    assert "install annlab again" in str(refused.value)


def test_a_message_becomes_plain_json() -> None:
    status = messages.Status(version=1, networks=())
    assert messages.encode(status) == {"version": 1, "networks": ()}
