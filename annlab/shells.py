"""The shell of IPython: whether one runs, and how it shows an error of annlab.

A notebook shows the user's own lines, and what is wrong.
The lines inside annlab tell a user nothing, and push what tells something off the page. IPython
asks an exception how it is shown; ``%xmode Verbose`` shows everything, as does plain Python.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

_PACKAGE = f"{Path(__file__).parent}/"
_LIBRARIES = (_PACKAGE, f"{Path(sys.prefix)}/", f"{Path(sys.base_prefix)}/", "<frozen ", "<string>")
_COMPILED = (".pyx", ".pxd")  # NumPy's own, for one, which say nothing of where they lay
_EVERYTHING = "Verbose"


def running_shell() -> Any:  # IPython need not be installed
    """Return the shell of IPython whose cells run here, or None.

    The one that runs, not any that was made: a shell leaves its prompts and names in Python.
    """
    get_shell = getattr(sys.modules.get("IPython"), "get_ipython", None)
    return None if get_shell is None else get_shell()


def shown(error: BaseException) -> list[str]:
    """Return the lines that IPython prints of an error.

    Examples
    --------
    >>> from annlab.errors import ArgumentError
    >>> shown(ArgumentError("dt is 0 ms", hint="give a step above 0"))  # where no IPython runs
    ['ArgumentError: dt is 0 ms\\n  give a step above 0']
    """
    shell = running_shell()
    if shell is None:
        return [f"{type(error).__name__}: {error}"]
    printer = shell.InteractiveTB
    if printer.mode == _EVERYTHING:
        return printer.structured_traceback(type(error), error, error.__traceback__)
    with _without_inner_lines(error):
        return printer.structured_traceback(type(error), error, error.__traceback__)


@contextmanager
def _without_inner_lines(error: BaseException) -> Iterator[None]:
    """Let an error have no lines inside annlab for a while, and no cause that has only such."""
    trace, cause, is_suppressed = error.__traceback__, error.__cause__, error.__suppress_context__
    inner = error.__context__ if cause is None and not is_suppressed else cause
    inner_trace = None if inner is None else inner.__traceback__
    error.__traceback__ = _of_users(trace)
    if inner is not None and _is_of_users(inner_trace):
        inner.__traceback__ = _of_users(inner_trace)
    else:
        error.__cause__ = None  # suppresses the context as well
    try:
        yield
    finally:
        error.__traceback__, error.__cause__ = trace, cause
        error.__suppress_context__ = is_suppressed
        if inner is not None:
            inner.__traceback__ = inner_trace


def _lines(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next


def _place(line: TracebackType) -> str:
    return line.tb_frame.f_code.co_filename


def _is_of_users(trace: TracebackType | None) -> bool:
    places = {_place(line) for line in _lines(trace)}
    return any(not p.startswith(_LIBRARIES) and not p.endswith(_COMPILED) for p in places)


def _of_users(trace: TracebackType | None) -> TracebackType | None:
    """Return a traceback without the lines inside annlab."""
    kept = None
    for line in reversed([x for x in _lines(trace) if not _place(x).startswith(_PACKAGE)]):
        kept = TracebackType(kept, line.tb_frame, line.tb_lasti, line.tb_lineno)
    return kept


__all__ = ["running_shell", "shown"]
