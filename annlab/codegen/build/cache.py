"""The folder in which compiled kernels stay.

Files are written beside their place and moved there in one step, so that a
reader, another process or a full disk never sees half a file.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from annlab.errors import CacheError

VARIABLE = "ANNLAB_CACHE"


def cache_folder() -> Path:
    """Return the folder for compiled kernels; makes it.

    ``$ANNLAB_CACHE``, else ``$XDG_CACHE_HOME/annlab``, else ``~/.cache/annlab`` (macOS:
    ``~/Library/Caches/annlab``). If it cannot be written, a private folder for temporary files is
    taken, so that a read-only home costs time and not the session.

    Raises
    ------
    CacheError
        If no folder can be written.
    """
    problems = []
    for folder in (_preferred(), Path(tempfile.gettempdir(), f"annlab-{_user()}")):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if os.access(folder, os.W_OK) and _is_ours(folder):
                return folder
            problems.append(f"{folder}: not writable by this user")
        except OSError as problem:
            problems.append(f"{folder}: {problem}")
    raise CacheError(
        "there is no folder to keep compiled kernels in",
        why="\n  ".join(problems),
        hint=f"set the environment variable {VARIABLE} to a folder that you may write to",
    )


def _preferred() -> Path:
    if named := os.environ.get(VARIABLE):
        return Path(named).expanduser()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "annlab"
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "annlab"


def _user() -> str:
    return str(os.getuid()) if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")


def _is_ours(folder: Path) -> bool:
    """Code is loaded from this folder: nobody else may be its owner."""
    return not hasattr(os, "getuid") or folder.stat().st_uid == os.getuid()


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that others see all of it or nothing.

    Raises
    ------
    CacheError
        If the disk is full or the folder read-only; nothing is left behind.
    """
    handle, name = -1, ""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(name, path)
    except OSError as problem:
        if name:
            Path(name).unlink(missing_ok=True)
        raise CacheError(
            f"cannot write {path}",
            why=str(problem),
            hint=f"free some space, or set {VARIABLE} to another folder",
        ) from problem
