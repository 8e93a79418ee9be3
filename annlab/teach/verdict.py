"""What a check says, as text and as HTML that follows the theme of the notebook."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from html import escape

from annlab.calls import public
from annlab.errors import ArgumentTypeError


class Status(StrEnum):
    """What became of an exercise."""

    OPEN = "not answered yet"
    WRONG = "not yet"
    RIGHT = "right"


# A sign and a word for each, because colours alone tell some people nothing.
_SIGNS = {Status.OPEN: "○", Status.WRONG: "✗", Status.RIGHT: "✓"}
_COLOURS = {
    Status.OPEN: "var(--jp-ui-font-color2, #616161)",
    Status.WRONG: "var(--jp-warn-color1, #c76a00)",
    Status.RIGHT: "var(--jp-success-color1, #2e7d32)",
}


@public
@dataclass(frozen=True, slots=True, repr=False)
class Verdict:
    """The outcome of one check: true where the answer is right.

    Attributes
    ----------
    status
        Open, wrong or right.
    text
        The hint or the explanation; it never holds the expected answer, unless the author of the
        exercise wrote it there.
    name
        Of the exercise, or empty.

    Examples
    --------
    >>> from annlab import teach
    >>> verdict = teach.check("inhibition", "inhibition", name="Exercise 1")
    >>> verdict
    ✓ Exercise 1 – right.
    >>> bool(verdict), verdict.status
    (True, <Status.RIGHT: 'right'>)
    """

    status: Status
    text: str = ""
    name: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.status, Status):
            raise ArgumentTypeError(
                f"the status of a verdict is {self.status!r}",
                hint="give teach.Status.OPEN, WRONG or RIGHT",
            )

    @property
    def sign(self) -> str:
        """✓, ✗ or ○."""
        return _SIGNS[self.status]

    def __bool__(self) -> bool:
        return self.status is Status.RIGHT

    def __repr__(self) -> str:
        return f"{_SIGNS[self.status]} {self._head()}{self._joint()}{self.text}".rstrip()

    def _head(self) -> str:
        words = str(self.status)
        return f"{self.name} – {words}" if self.name else words.capitalize()

    def _joint(self) -> str:
        # A right answer is a sentence of its own; a hint goes on after the colon.
        return ". " if self.status is Status.RIGHT or not self.text else ": "

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """Return the verdict for a notebook."""
        return {"text/plain": repr(self), "text/html": self._html()}

    def _html(self) -> str:
        colour = _COLOURS[self.status]
        head = f"{_SIGNS[self.status]} {escape(self._head())}{self._joint()}"
        return (
            f'<div class="annlab-verdict" role="status" style="border-left: 4px solid {colour}; '
            f'padding: 0.4em 0.8em; margin: 0.2em 0">'
            f'<b style="color: {colour}">{head}</b>{escape(self.text)}</div>'
        )


@public
@dataclass(frozen=True, slots=True, repr=False)
class Progress:
    """The exercises that were checked, in the order in which they were met.

    Examples
    --------
    >>> from annlab import teach
    >>> teach.Progress((teach.Verdict(teach.Status.RIGHT, name="Exercise 1"),))
    1 of 1 solved
      ✓ Exercise 1
    """

    verdicts: tuple[Verdict, ...]

    @property
    def n_solved(self) -> int:
        """The number of exercises whose last answer was right."""
        return sum(map(bool, self.verdicts))

    def __repr__(self) -> str:
        lines = [f"  {_SIGNS[v.status]} {v.name}" for v in self.verdicts]
        return "\n".join([self._headline(), *lines])

    def _headline(self) -> str:
        if not self.verdicts:
            return "no exercise with a name was checked yet"
        return f"{self.n_solved} of {len(self.verdicts)} solved"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """Return the list for a notebook."""
        items = "".join(
            f'<li><span style="color: {_COLOURS[v.status]}">{_SIGNS[v.status]}</span> '
            f"{escape(v.name)}</li>"
            for v in self.verdicts
        )
        html = (
            f'<div class="annlab-progress"><b>{self._headline()}</b>'
            f'<ul style="list-style: none; padding-left: 1em">{items}</ul></div>'
        )
        return {"text/plain": repr(self), "text/html": html}


__all__ = ["Progress", "Status", "Verdict"]
