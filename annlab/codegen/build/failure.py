"""Say why a compilation failed: command, first error, generated line, the user's equation."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from annlab.codegen.build.cache import FAILED_LOG, cache_folder, write_atomically
from annlab.codegen.build.commands import Command, Unit
from annlab.codegen.build.settings import read_settings, whose_fault
from annlab.errors import BuildError, CacheError

_KILLED = re.compile(r"[Kk]illed( signal terminated program)?|unable to allocate|out of memory")
_NO_SPACE = re.compile(r"No space left on device|Disk quota exceeded")


def was_killed(code: int, log: str) -> bool:
    """True if something from outside ended the compiler; trying again may help."""
    return code < 0 or bool(_KILLED.search(log))


def failure(unit: Unit, command: Command, code: int, log: str) -> BuildError:
    """Return the error for a command that ended with `code`."""
    kept = _keep_log(unit, command, log)
    shown = f"command: {shlex.join(command)}"
    if _NO_SPACE.search(log):
        return CacheError(
            f"the disk is full: {unit.name} could not be compiled",
            why=_first_error(log),
            hint="free some space, or set TMPDIR to a folder on another disk",
        )
    if was_killed(code, log):
        cause = f"signal {-code}" if code < 0 else _first_error(log)
        return BuildError(
            f"the compiler was killed twice while it made {unit.name} ({cause})",
            why=shown,
            hint="there may be too little memory; nothing is lost, call compile() again",
        )
    first = _first_error(log)
    return BuildError(
        f"{unit.name} could not be compiled",
        why=f"{first}\n{_offending_line(first, unit.source or '')}  {shown}",
        hint=f"the whole log is in {kept}; {whose_fault(read_settings().flags)}",
    )


def _first_error(log: str) -> str:
    return next((line for line in log.splitlines() if "error:" in line), log.strip()[:400])


def _offending_line(error: str, source: str) -> str:
    """Return the generated line that an error points to; its comment is the user's equation."""
    found = re.search(r"\.cpp:(\d+):", error)
    lines = source.splitlines()
    if found is None or not 1 <= int(found[1]) <= len(lines):
        return ""
    code, _, equation = lines[int(found[1]) - 1].partition("//")
    shown = f"  {found[1]} | {code.strip()}\n"
    return f"{shown}  from the equation: {equation.strip()}\n" if equation.strip() else shown


def _keep_log(unit: Unit, command: Command, log: str) -> str:
    text = f"{shlex.join(command)}\n\n{log}\n\n{unit.source or ''}"
    try:
        kept: Path = cache_folder() / FAILED_LOG
        write_atomically(kept, text.encode())
    except CacheError:
        return "(it could not be written)"
    return str(kept)
