"""What `parallel_run` was given that nobody takes: neither it nor the function that it runs."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any  # Any: what users' functions take and return

from annlab.errors import ArgumentTypeError, nearest

OPTIONS = ("number", "max_processes", "measure_time")  # of all kinds of parallel runs
_MEANT = {"seeds": "same_seed"}  # one kind is told of seeds in other words than the other


def require_taken(
    method: Callable[..., Any], names: Iterable[str], first: Sequence[str], also: Sequence[str]
) -> None:
    """Refuse arguments that a function does not take: every run would fail for the same reason.

    `first`: what it is given by place. `also`: what `parallel_run` takes besides.
    """
    takes = _taken_by_name(method, len(first))
    unknown = [] if takes is None else [name for name in names if name not in takes]
    if not unknown:
        return
    known = [*also, *(takes or ())]
    meant = [_MEANT[u] if _MEANT.get(u) in known else nearest(u, known) for u in unknown]
    near = dict.fromkeys(repr(name) for name in meant if name)
    asked = f"did you mean {' and '.join(near)}? " if near else ""
    name = getattr(method, "__name__", "the function")
    raise ArgumentTypeError(
        f"parallel_run() takes no {', '.join(map(repr, unknown))}, and neither does {name}()",
        why=f"it takes: {', '.join(dict.fromkeys(also))}; "
        f"{name}() takes: {', '.join(takes or ()) or 'nothing'} besides {' and '.join(first)}",
        hint=f"{asked}what the function is to be given is a parameter of it: "
        f"def {name}({', '.join((*first, *unknown))})",
    )


def _taken_by_name(method: Callable[..., Any], n_first: int) -> list[str] | None:
    """Return what a function takes by name behind its first arguments; None: anything."""
    try:
        parameters = inspect.signature(method).parameters.values()
    except (TypeError, ValueError):  # of a function written in C
        return None
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return None
    by_place = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    names = [p.name for p in by_place[n_first:] if p.kind is not p.POSITIONAL_ONLY]
    return names + [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]


def named_by(cls: type) -> list[str]:
    """Return what the constructor of a class of networks takes."""
    named = list(inspect.signature(cls.__init__).parameters.values())[1:]
    return [p.name for p in named if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]


__all__ = ["OPTIONS", "named_by", "require_taken"]
