"""Where the user's code meets ours: arguments that do not fit, warnings, interactive sessions.

`public` marks what users call. Python tells of a wrong keyword with a TypeError that knows neither
what was meant nor what there is; a marked function raises an `ArgumentTypeError` that says both.
`warn` warns at the line of the user, however deep inside annlab the fault is found.
`running_shell` and `is_interactive` tell where that line comes from. Nothing here knows what is
called.
"""

from __future__ import annotations

import functools
import inspect
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any, TypeVar

from annlab.errors import AnnlabWarning, ArgumentTypeError, nearest
from annlab.shells import running_shell

T = TypeVar("T")

_MADE_BY = ("__new__", "__init__")
_OTHER_NAMES = "_annlab_other_names"
_MARKED = (*_MADE_BY, "__call__")  # besides the methods whose names begin with a letter
_LEFT_BEHIND = "In : "  # the prompt of a shell of IPython, also of one that is gone
_NOT_THE_USERS = ("annlab", "contextlib")  # whose lines no warning is about


def public(thing: T) -> T:
    """Tell whoever calls a function, or methods of a class, with arguments that do not fit.

    Signatures stay as they are, for people and for type checkers. A call that fits costs one
    more call of Python, some 50 ns, and is not looked at.

    Examples
    --------
    >>> @public
    ... def connect(probability, weights=1.0):
    ...     return probability
    >>> connect(probabilty=0.1)
    Traceback (most recent call last):
    annlab.errors.ArgumentTypeError: connect() takes no 'probabilty'
      it takes: probability, weights
      did you mean 'probability'?
    """
    if isinstance(thing, type):
        for name, member in list(vars(thing).items()):
            if name in _MARKED or not name.startswith("_"):
                _mark(thing, name, member)
        return thing
    assert callable(thing)
    return told(thing, thing.__name__)  # type: ignore[return-value]  # as the argument is


def _mark(owner: type, name: str, member: object) -> None:
    if inspect.isfunction(member):
        setattr(owner, name, told(member, name, n_bound=1))
    elif isinstance(member, classmethod | staticmethod) and inspect.isfunction(member.__func__):
        kind = type(member)
        n_bound = int(isinstance(member, classmethod) or name == "__new__")
        setattr(owner, name, kind(told(member.__func__, name, n_bound=n_bound)))


def told(
    function: Callable[..., T], name: str, *, n_bound: int = 0, also: Sequence[str] = ()
) -> Callable[..., T]:
    """Return a function that refuses wrong arguments by their names.

    Parameters
    ----------
    name
        Under which users call it: one function may have several.
    n_bound
        How many of its first arguments are not the user's, but what the method belongs to.
    also
        Keywords that are taken before the function sees them.

    Examples
    --------
    >>> told(lambda tau: tau, "leak")()
    Traceback (most recent call last):
    annlab.errors.ArgumentTypeError: leak() needs 'tau'
      it takes: tau
      write leak(tau=...)
    """

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> T:
        __tracebackhide__ = True  # IPython and pytest leave this frame out
        try:
            return function(*args, **kwargs)
        except TypeError as error:
            # One that is raised inside the function has a frame more than one about its arguments.
            if error.__traceback__ is None or error.__traceback__.tb_next is not None:
                raise
            renamed = _renamed(kwargs, getattr(function, _OTHER_NAMES, {}))
            if renamed.keys() == kwargs.keys():
                tried = _Call(
                    name=_called(function, name, args),
                    args=args[n_bound:],
                    kwargs=kwargs,
                    parameters=tuple(inspect.signature(function).parameters.values())[n_bound:],
                    also=tuple(also),
                )
                raise (tried.misfit() or error) from None
        # Not inside the handler: an error of this call is not one of the first.
        return call(*args, **renamed)

    return call


def other_names(**others: str) -> Callable[[T], T]:
    """Decorate a function, or a class for its constructor, whose arguments have further names.

    They are those of older scripts: taken, and not shown. Put it below `public`.

    Examples
    --------
    >>> @public
    ... @other_names(proba="probability")
    ... def connect(probability, weights=1.0):
    ...     return probability
    >>> connect(proba=0.1)
    0.1
    """

    def mark(thing: T) -> T:
        function = thing.__init__ if isinstance(thing, type) else thing
        setattr(function, _OTHER_NAMES, others)
        return thing

    return mark


def _renamed(kwargs: Mapping[str, Any], others: Mapping[str, str]) -> dict[str, Any]:
    """Return keywords by their first names; what is given under two is left, and refused."""
    return {
        key if others.get(key, key) in kwargs else others.get(key, key): value
        for key, value in kwargs.items()
    }


def _called(function: Callable[..., Any], name: str, args: tuple[Any, ...]) -> str:
    """Return what the user called: the name of a function, method or class."""
    if name not in _MADE_BY:
        return name
    made = args[0] if isinstance(args[0], type) else type(args[0])
    owner = next(cls for cls in made.__mro__ if name in vars(cls))
    is_inherited = inspect.unwrap(getattr(owner, name)) is inspect.unwrap(function)
    return made.__name__ if is_inherited else function.__qualname__.split(".")[-2]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """A call that Python refused, and what the function takes."""

    name: str
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    parameters: tuple[inspect.Parameter, ...]
    also: tuple[str, ...]

    def misfit(self) -> ArgumentTypeError | None:
        """Return what is wrong; the first of several faults."""
        return self._unknown() or self._twice() or self._too_many() or self._missing()

    @property
    def _named(self) -> list[str]:
        return [p.name for p in self.parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]

    @property
    def _by_place(self) -> list[str]:
        return [p.name for p in self.parameters if p.kind is p.POSITIONAL_OR_KEYWORD]

    @property
    def _takes(self) -> str:
        known = (*self._named, *self.also)
        return f"it takes: {', '.join(known)}" if known else "it takes none"

    def _unknown(self) -> ArgumentTypeError | None:
        unknown = [name for name in self.kwargs if name not in self._named]
        if not unknown:
            return None
        known = (*self._named, *self.also)
        near = dict.fromkeys(repr(n) for name in unknown if (n := nearest(name, known)))
        return ArgumentTypeError(
            f"{self.name}() takes no {', '.join(map(repr, unknown))}",
            why=self._takes,
            hint=f"did you mean {' and '.join(near)}?" if near else None,
        )

    def _twice(self) -> ArgumentTypeError | None:
        for place, name in enumerate(self._by_place[: len(self.args)], start=1):
            if name in self.kwargs:
                return ArgumentTypeError(
                    f"{self.name}() was given {name!r} twice",
                    why=f"it is argument {place}, and was given by its name as well",
                    hint="give it once",
                )
        return None

    def _too_many(self) -> ArgumentTypeError | None:
        given, most = len(self.args), len(self._by_place)
        if given <= most:
            return None
        by_name = [name for name in self._named if name not in self._by_place]
        arguments = "1 argument" if given == 1 else f"{given} arguments"
        return ArgumentTypeError(
            f"{self.name}() was given {arguments} and takes {most or 'none'}",
            why=self._takes,
            hint=f"by name alone: {', '.join(by_name)}" if by_name else None,
        )

    def _missing(self) -> ArgumentTypeError | None:
        given = {*self.kwargs, *self._by_place[: len(self.args)]}
        missing = [
            p.name
            for p in self.parameters
            if p.name in self._named and p.default is p.empty and p.name not in given
        ]
        if not missing:
            return None
        return ArgumentTypeError(
            f"{self.name}() needs {' and '.join(map(repr, missing))}",
            why=self._takes,
            hint=f"write {self.name}({', '.join(f'{name}=...' for name in missing)})",
        )


class InitSignature:
    """Lets help and notebooks show the arguments of ``__init__``, whatever else makes objects.

    Examples
    --------
    >>> class Made:
    ...     __signature__ = InitSignature()
    ...     def __new__(cls, *args, **kwargs):
    ...         return super().__new__(cls)
    ...     def __init__(self, size): ...
    >>> inspect.signature(Made)
    <Signature (size)>
    """

    def __get__(self, made: object, owner: type) -> inspect.Signature:
        _self, *given = inspect.signature(owner.__init__).parameters.values()
        return inspect.Signature(given)


def warn(text: str, category: type[Warning] = AnnlabWarning) -> None:
    """Warn at the line of the user, which is the nearest one outside annlab.

    Examples
    --------
    >>> with warnings.catch_warnings(record=True) as seen:
    ...     warnings.simplefilter("always")
    ...     warn("weights have no effect")
    >>> seen[0].category.__name__, str(seen[0].message)
    ('AnnlabWarning', 'weights have no effect')
    """
    frame = sys._getframe(1)
    while not _is_of_the_user(frame) and frame.f_back is not None:
        frame = frame.f_back
    warnings.warn_explicit(
        text,
        category,
        frame.f_code.co_filename,
        frame.f_lineno,
        module=frame.f_globals.get("__name__", "<string>"),
        registry=frame.f_globals.setdefault("__warningregistry__", {}),
    )


def _is_of_the_user(frame: FrameType) -> bool:
    package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
    return package not in _NOT_THE_USERS


def is_interactive() -> bool:
    """True where users define things again and again: in a notebook, and at Python's prompt."""
    return running_shell() is not None or getattr(sys, "ps1", _LEFT_BEHIND) != _LEFT_BEHIND


__all__ = [
    "InitSignature",
    "is_interactive",
    "other_names",
    "public",
    "running_shell",
    "told",
    "warn",
]
