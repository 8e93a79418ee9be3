"""Every error that annlab raises on purpose, and how it is worded.

AnnlabError
├── ModelError (ValueError)            the text of a model is wrong
│   ├── EquationError                  a line cannot be read or has no meaning
│   │   └── UnknownNameError           a symbol that nothing defines
│   ├── LocalityError                  a global value depends on a local one
│   └── MethodError                    the numerical method does not fit the equation
├── ConfigurationError (ValueError)    an option, format or paradigm does not fit
├── ShapeError (ValueError)            an array has the wrong shape or length
├── ArgumentError (ValueError)         a call's arguments do not fit together
│   └── MissingFileError (FileNotFoundError)
├── ArgumentTypeError (TypeError)      an argument is of the wrong type
├── UnknownObjectError (LookupError)   no population, rank, variable ... of that name
├── UnknownAttributeError (AttributeError)
├── StateError (RuntimeError)          right call, wrong moment (before compile ...)
├── SimulationError (RuntimeError)     a run failed; NaN found
│   └── ParallelRunError               some of several runs failed
├── TooLargeError (MemoryError)        refused before allocating
├── StorageError (OSError)             a file or a recording cannot be written
├── DeviceError (RuntimeError)         there is no GPU that can be used, or it failed
└── BuildError (RuntimeError)          native code could not be built
    ├── NoCompilerError
    └── CacheError (OSError)

Every message has up to four parts, in this order: what is wrong, where (with a
caret under the user's text), why, and what to do. Nothing here knows about
models or networks.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

__all__ = [
    "AnnlabError",
    "AnnlabWarning",
    "ArgumentError",
    "ArgumentTypeError",
    "BuildError",
    "CacheError",
    "ConfigurationError",
    "DeviceError",
    "EquationError",
    "LocalityError",
    "MethodError",
    "MissingFileError",
    "ModelError",
    "NoCompilerError",
    "ParallelRunError",
    "ShapeError",
    "SimulationError",
    "Source",
    "Span",
    "StateError",
    "StorageError",
    "TooLargeError",
    "UnknownAttributeError",
    "UnknownNameError",
    "UnknownObjectError",
    "message",
    "nearest",
]


_WIDEST = 120  # characters of a line that an excerpt shows
_TELLING = 3  # letters with which a name has to begin to stand for it


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of characters of a `Source`.

    Examples
    --------
    >>> import annlab
    >>> annlab.errors.Span(2, 5).end
    5
    """

    start: int
    end: int

    def to(self, other: Span) -> Span:
        """Return the span that covers this one and `other`.

        Examples
        --------
        >>> import annlab
        >>> annlab.errors.Span(2, 5).to(annlab.errors.Span(7, 9))
        Span(start=2, end=9)
        """
        return Span(min(self.start, other.start), max(self.end, other.end))


@dataclass(frozen=True, slots=True)
class Source:
    """A text that the user wrote, and what it is (``equations of neuron 'LIF'``).

    Examples
    --------
    >>> import annlab
    >>> text = annlab.errors.Source("tau*dr/dt = -r", origin="equations of neuron 'Leaky'")
    >>> print(text.excerpt(annlab.errors.Span(0, 3)))
      1 | tau*dr/dt = -r
        | ^^^
    """

    text: str
    origin: str = ""

    def __post_init__(self) -> None:
        if "\r" in self.text:  # files of other systems end their lines in other ways
            plain = self.text.replace("\r\n", "\n").replace("\r", "\n")
            object.__setattr__(self, "text", plain)

    def line(self, span: Span) -> str:
        """Return the whole line on which `span` starts, stripped.

        Examples
        --------
        >>> import annlab
        >>> text = annlab.errors.Source("  r = 1.0  # comment")
        >>> text.line(annlab.errors.Span(2, 3))
        'r = 1.0  # comment'
        """
        start, end = self._bounds(span)
        return self.text[start:end].strip()

    def excerpt(self, span: Span) -> str:
        """Return the line of `span`, numbered, with carets under the span.

        Examples
        --------
        >>> import annlab
        >>> text = annlab.errors.Source("r = 1.0 + x")
        >>> print(text.excerpt(annlab.errors.Span(10, 11)))
          1 | r = 1.0 + x
            |           ^
        """
        start, end = self._bounds(span)
        number = self.text.count("\n", 0, start) + 1
        first, last = _window(start, end, span)
        head = f"  {number} | " + ("... " if first > start else "")
        shown = self.text[first:last] + (" ..." if last < end else "")
        width = max(1, min(span.end, last) - span.start)
        pad = "".join("\t" if c == "\t" else " " for c in self.text[first : span.start])
        margin = " " * len(f"  {number} ") + "| " + " " * (4 if first > start else 0)
        return f"{head}{shown}\n{margin}{pad}{'^' * width}"

    def _bounds(self, span: Span) -> tuple[int, int]:
        start = self.text.rfind("\n", 0, span.start) + 1
        end = self.text.find("\n", span.start)
        return start, len(self.text) if end < 0 else end


def _window(start: int, end: int, span: Span) -> tuple[int, int]:
    """Return which part of a line is shown: all of it, or what lies around the span."""
    if end - start <= _WIDEST:
        return start, end
    first = max(start, min(span.start - _WIDEST // 2, end - _WIDEST))
    return first, min(end, first + _WIDEST)


def nearest(name: object, known: Iterable[str]) -> str | None:
    """Return the known name that `name` most likely meant, or None.

    Examples
    --------
    >>> import annlab
    >>> annlab.errors.nearest("tua", ["tau", "theta", "v"])
    'tau'
    >>> annlab.errors.nearest("file", ["title", "filename"])
    'filename'
    """
    if not isinstance(name, str):  # of a user
        return None
    names = list(known)
    longer = [k for k in names if k.startswith(name)] if len(name) >= _TELLING else []
    if len(longer) == 1:
        return longer[0]
    lowered = {k.lower(): k for k in reversed(names)}
    found = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    found = found or difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=0.6)
    return lowered.get(found[0].lower(), found[0]) if found else None


def message(
    what: str,
    *,
    source: Source | None = None,
    span: Span | None = None,
    why: str | None = None,
    hint: str | None = None,
) -> str:
    """Join the four parts of an error message.

    Examples
    --------
    >>> import annlab
    >>> print(annlab.errors.message("unknown name 'tua'", hint="did you mean 'tau'?"))
    unknown name 'tua'
      did you mean 'tau'?
    """
    if source is not None and source.origin:
        what = f"{what} in {source.origin}"
    lines = [what]
    if source is not None and span is not None:
        lines.append(source.excerpt(span))
    lines += [f"  {part}" for part in (why, hint) if part]
    return "\n".join(lines)


class AnnlabWarning(UserWarning):
    """Something is suspicious, and annlab goes on."""


class AnnlabError(Exception):
    """Base of everything that a user of annlab can cause.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network()
    >>> try:
    ...     cells = net.create(1, annlab.Neuron("tau = 10.0", "tua*dr/dt = -r", name="Leaky"))
    ... except annlab.errors.AnnlabError as error:
    ...     print(error)
    unknown name 'tua' in equations of neuron 'Leaky'
      1 | tua*dr/dt = -r
        | ^^^
      known here: tau, r, t, dt
      did you mean 'tau'?
    """

    def __init__(
        self,
        what: str = "",
        *,
        source: Source | None = None,
        span: Span | None = None,
        why: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message(what, source=source, span=span, why=why, hint=hint))
        self.what = what
        self.source = source
        self.span = span

    def __str__(self) -> str:
        # KeyError and its like would show the repr of the message.
        return str(self.args[0]) if self.args else ""

    def _render_traceback_(self) -> list[str]:
        """Return what IPython prints; it asks for this."""
        from annlab.shells import shown  # only when something is shown

        return shown(self)


class ModelError(AnnlabError, ValueError):
    """The text of a model is wrong."""


class EquationError(ModelError):
    """A line of a model cannot be read or has no meaning."""


class UnknownNameError(EquationError):
    """A symbol that nothing defines."""


class LocalityError(ModelError):
    """A value depends on another that exists once per neuron or synapse."""


class MethodError(ModelError):
    """The numerical method does not fit the equation."""


class ConfigurationError(AnnlabError, ValueError):
    """An option, storage format or paradigm does not fit."""


class ShapeError(AnnlabError, ValueError):
    """An array has the wrong shape or length."""


class ArgumentError(AnnlabError, ValueError):
    """The arguments of a call do not fit together."""


class MissingFileError(ArgumentError, FileNotFoundError):
    """There is no file of the name that was given."""


class ArgumentTypeError(AnnlabError, TypeError):
    """An argument is of the wrong type."""


class UnknownObjectError(AnnlabError, LookupError):
    """No population, projection, rank or variable of that name."""


class UnknownAttributeError(AnnlabError, AttributeError):
    """A model has no attribute of that name."""


class StateError(AnnlabError, RuntimeError):
    """The call is right and the moment is wrong (before or after compile)."""


class SimulationError(AnnlabError, RuntimeError):
    """A run failed."""


class ParallelRunError(SimulationError):
    """Some of the runs of `parallel_run` failed; what the others returned is not lost.

    Attributes
    ----------
    results
        One for each run, None for those that failed.
    errors
        Number of the run -> its error, with the traceback of the other process as a note.
    """

    def __init__(
        self,
        what: str = "",
        *,
        results: Sequence[object] = (),
        errors: Mapping[int, Exception] | None = None,
        why: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(what, why=why, hint=hint)
        self.results = list(results)
        self.errors = dict(errors or {})


class TooLargeError(AnnlabError, MemoryError):
    """The object would not fit into memory; nothing was allocated."""


class StorageError(AnnlabError, OSError):
    """A file or a recording cannot be written; what was recorded is still in memory."""


class DeviceError(AnnlabError, RuntimeError):
    """There is no GPU that can be used, or it failed."""


class BuildError(AnnlabError, RuntimeError):
    """Native code could not be built."""


class NoCompilerError(BuildError):
    """There is no usable compiler on this machine."""


class CacheError(BuildError, OSError):
    """The folder of compiled kernels cannot be used."""
