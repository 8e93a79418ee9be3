"""Named moments of a network with the pictures of that moment, and two of them compared."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from annlab.network.snapshot import Snapshot as Moment
from annlab.widgets.figure_parts import Paper, drawn_on
from annlab.widgets.view import Shot, Snapshot

WIDTH = 5.0  # of one of two pictures side by side [inches]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A moment: `values` are those of the sliders, as ``{"cells: tau": 10.0}``."""

    name: str
    moment: Moment
    values: Mapping[str, float]
    shots: Sequence[Shot[Any]]  # each view has data of its own kind


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two presets side by side: the values that differ, and pictures on equal axes."""

    first: Preset
    second: Preset

    @property
    def differences(self) -> dict[str, tuple[float, float]]:
        """The values that are not the same, by name."""
        both = [k for k in self.first.values if k in self.second.values]
        pairs = {k: (self.first.values[k], self.second.values[k]) for k in both}
        return {k: pair for k, pair in pairs.items() if pair[0] != pair[1]}

    def __repr__(self) -> str:
        lines = [f"{self.first.name} | {self.second.name}"]
        lines += [f"{name}: {a:g} | {b:g}" for name, (a, b) in self.differences.items()]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return self._html(is_dark=False)

    def _html(self, *, is_dark: bool) -> str:
        """Return the table of both, with pictures that suit a dark page or a light one."""
        head = "".join(f"<th>{escape(one.name)}</th>" for one in (self.first, self.second))
        rows = [
            _row(*(f"{escape(name)}: <b>{value:g}</b>" for value in pair))
            for name, pair in self.differences.items()
        ]
        with drawn_on(Paper(is_dark=is_dark, width=WIDTH)):
            rows += [
                _row(image(a.beside(b)), image(b.beside(a)))
                for a, b in zip(self.first.shots, self.second.shots)
            ]
        return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _row(left: str, right: str) -> str:
    return f"<tr><td>{left}</td><td>{right}</td></tr>"


@dataclass(frozen=True, slots=True)
class Still:
    """A dashboard as it was, with the code that makes it again; it stays in a saved notebook."""

    pictures: Sequence[Snapshot]
    code: str

    def __repr__(self) -> str:
        return self.code

    def _repr_html_(self) -> str:
        pictures = "".join(f"<div>{image(picture)}</div>" for picture in self.pictures)
        code = f"<details><summary>Code</summary><pre>{escape(self.code)}</pre></details>"
        return f"<div>{pictures}{code}</div>"


def image(picture: Snapshot) -> str:
    """Return a picture as HTML that needs no file."""
    data = b64encode(picture.png).decode("ascii")
    text = escape(picture.description, quote=True)
    return f'<img alt="{text}" style="max-width: 100%" src="data:image/png;base64,{data}">'
