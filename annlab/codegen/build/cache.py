"""The folder in which compiled kernels stay.

Takes bytes and gives them back whole or not at all. A file is written beside its
place and moved there in one step, so that a reader, another process or a full disk
never sees half of it; code ends with its own digest, so that what happened to it
later is seen too. The folder may have other files, which are left alone. Knows nothing of
compilers.
"""

from __future__ import annotations

import atexit
import errno
import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path

from annlab.calls import warn
from annlab.errors import CacheError

VARIABLE = "ANNLAB_CACHE"
LIMIT_VARIABLE = "ANNLAB_CACHE_MB"
_DEFAULT_LIMIT_MB = 500.0  # some thousands of models
FAILED_LOG = "failed.log"
_PRUNED = ".pruned"
_OURS = re.compile(  # a key ends with a digest; what was being written has more behind its name
    rf"\.?[a-z]+(-[a-z]+)*-[0-9a-f]{{16,}}\.(so|cpp|json)(\.\w+)?|{re.escape(FAILED_LOG)}|{_PRUNED}"
)
_MARK = b"annlab:sha256:"
_DIGEST_BYTES = 32
_LEFTOVER_S = 3600.0  # no write takes so long
_PRUNE_S = 3600.0
_IN_USE_S = 600.0  # who has just made or found a file may still load it, in any process
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM})


def cache_folder() -> Path:
    """Return the folder for compiled kernels; makes it.

    ``$ANNLAB_CACHE``, else ``$XDG_CACHE_HOME/annlab``, else ``~/.cache/annlab`` (macOS:
    ``~/Library/Caches/annlab``). If it cannot be written, the next of these is taken, and last a
    private folder for temporary files: a read-only home costs time and not the session, and whoever
    shares a folder of root's keeps models of his own at home.

    Raises
    ------
    CacheError
        If no folder can be written.
    """
    problems = []
    for folder in (preferred_folder(), _at_home(), _fallback()):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if os.access(folder, os.W_OK) and _is_ours(folder):
                return folder
            problems.append(f"{folder}: not writable by this user")
        except OSError as problem:
            problems.append(f"{folder}: {problem}")
            if os.environ.get(VARIABLE) and folder == preferred_folder():
                _warn_of_folder(str(folder), str(problem))
    raise CacheError(
        "there is no folder to keep compiled kernels in",
        why="\n  ".join(problems),
        hint=f"set the environment variable {VARIABLE} to a folder that you may write to",
    )


@cache
def _warn_of_folder(folder: str, problem: str) -> None:
    """Tell once of a folder that was asked for and is none, nor can be made."""
    warn(f"{VARIABLE}={folder} cannot be used: {problem}\n  the usual folder is taken")


def read_manifest(key: str) -> dict | None:
    """Return what was kept under `key`, or None if it is not there or damaged."""
    for folder in _folders():
        try:
            found = json.loads((folder / f"{key}.json").read_bytes())
        except (OSError, ValueError):
            continue
        if isinstance(found, dict):
            _touch(folder / f"{key}.json")
            return found
    return None


def code_file(key: str) -> Path | None:
    """Return the file of a finished binary, or None if it is not there or damaged.

    Marks it as used, which keeps it from being pruned.
    """
    for folder in _folders():
        path = folder / f"{key}.so"
        try:
            is_whole = _is_whole(path.read_bytes())
        except OSError:
            continue
        if is_whole:
            _touch(path)
            return path
    return None


def preferred_folder() -> Path:
    """Return the folder that was asked for, or the usual one; it need not be there."""
    if named := os.environ.get(VARIABLE):
        return Path(named).expanduser()
    return _at_home()


def shared_folder() -> Path | None:
    """Return the folder that is only read because root keeps it for all, or None."""
    preferred = preferred_folder()
    if preferred == cache_folder() or not preferred.is_dir() or not _is_trusted(preferred):
        return None
    return preferred if os.access(preferred, os.R_OK | os.X_OK) else None


def keep_manifest(key: str, manifest: dict) -> None:
    """Keep a manifest for later processes."""
    _keep(f"{key}.json", json.dumps(manifest).encode())


def keep_code(key: str, content: bytes, source: str) -> None:
    """Keep a binary and its source text for later processes."""
    if source:
        _keep(f"{key}.cpp", source.encode())
    _keep(f"{key}.so", content + _MARK + hashlib.sha256(content).digest())


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
        error = CacheError(
            f"cannot write {path}",
            why=str(problem),
            hint=f"free some space, or set {VARIABLE} to another folder",
        )
        error.errno = problem.errno
        raise error from problem


def clean() -> None:
    """Remove everything; a run that has loaded a model keeps it."""
    for entry in files():
        Path(entry).unlink(missing_ok=True)


def files() -> list[os.DirEntry[str]]:
    """Return the files of the cache that are annlab's: somebody may have named a folder of his."""
    with os.scandir(cache_folder()) as entries:
        return [e for e in entries if _OURS.fullmatch(e.name) and e.is_file(follow_symlinks=False)]


def size() -> tuple[int, int]:
    """Return the number of files and their bytes."""
    sizes: list[int] = []
    for entry in files():
        with suppress(OSError):  # another process has removed it
            sizes += [entry.stat().st_size] if entry.name != _PRUNED else []
    return len(sizes), sum(sizes)


def prune_in_time() -> None:
    """As `prune`, unless it was done within the last hour.

    To look at thousands of files takes longer than to compile a model.
    """
    stamp = cache_folder() / _PRUNED
    with suppress(OSError):  # never yet
        if 0.0 <= time.time() - stamp.stat().st_mtime < _PRUNE_S:
            return
    with suppress(OSError):  # no room: whoever comes next does it again
        stamp.touch()
    prune()


def prune(limit_mb: float | None = None) -> int:
    """Remove what has not been used for longest until the folder is small enough.

    What was made or found in the last minutes stays, however little may: it is about to be loaded.

    Parameters
    ----------
    limit_mb
        Size that may stay; ``$ANNLAB_CACHE_MB``, else 500, if not given.

    Returns
    -------
    The number of files removed.
    """
    limit = (_limit_mb() if limit_mb is None else limit_mb) * 1e6
    by_key: dict[str, list[os.DirEntry[str]]] = {}
    for file in files():
        if file.name.startswith("."):
            _remove_leftover(file)
        elif file.name != FAILED_LOG:
            by_key.setdefault(file.name.partition(".")[0], []).append(file)
    entries = sorted(_entries(by_key.values()), key=lambda e: e.used, reverse=True)
    n_bytes, n_removed, now = 0, 0, time.time()
    for entry in entries:
        n_bytes += entry.size
        if n_bytes > limit and now - entry.used > _IN_USE_S:
            n_removed += entry.remove()
    return n_removed


# ---- folders ----------------------------------------------------------------------------------


def _at_home() -> Path:
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "annlab"
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "annlab"


def _fallback() -> Path:
    return Path(tempfile.gettempdir(), f"annlab-{_user()}")


def _user() -> str:
    return str(os.getuid()) if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")


def _is_ours(folder: Path) -> bool:
    """Code is loaded from this folder: nobody else may be its owner."""
    return not hasattr(os, "getuid") or folder.stat().st_uid == os.getuid()


def _folders() -> Iterator[Path]:
    """Yield the folders to look into: one that cannot be written may still be read."""
    if shared := shared_folder():
        yield shared
    yield cache_folder()
    if _session_folder.cache_info().currsize:
        yield _session_folder()


def _is_trusted(folder: Path) -> bool:
    return _is_ours(folder) or folder.stat().st_uid == 0


@lru_cache(maxsize=1)
def _session_folder() -> Path:
    """Return a folder that lives as long as this process; for when the cache has no room."""
    folder = tempfile.mkdtemp(prefix="annlab-session-")
    atexit.register(_remove_own, folder, os.getpid())
    return Path(folder)


def _remove_own(folder: str, process_id: int) -> None:
    """Remove a folder in the process that made it: one that it forked ends earlier."""
    if os.getpid() == process_id:
        shutil.rmtree(folder, ignore_errors=True)


# ---- content ----------------------------------------------------------------------------------


def _keep(name: str, content: bytes) -> None:
    folder = cache_folder()
    try:
        write_atomically(folder / name, content)
    except CacheError as problem:
        if problem.errno not in _NO_ROOM:
            raise
        # What was compiled is good: the session goes on with it and the next one compiles again.
        if not _session_folder.cache_info().currsize:
            warn(f"{problem}\n  compiled models are kept for this session only")
        write_atomically(_session_folder() / name, content)


def _is_whole(content: bytes) -> bool:
    code, mark, digest = (
        content[: -len(_MARK) - _DIGEST_BYTES],
        content[-len(_MARK) - _DIGEST_BYTES : -_DIGEST_BYTES],
        content[-_DIGEST_BYTES:],
    )
    return mark == _MARK and hashlib.sha256(code).digest() == digest


def _touch(path: Path) -> None:
    with suppress(OSError):  # a folder that can only be read is not pruned either
        os.utime(path)


# ---- size -------------------------------------------------------------------------------------


class _Entry:
    """The files of one key."""

    def __init__(self, files: Sequence[os.DirEntry[str]]) -> None:
        self.files = files
        status = [file.stat() for file in files]
        self.size = sum(s.st_size for s in status)
        self.used = max(s.st_mtime for s in status)

    def remove(self) -> int:
        for file in self.files:
            Path(file).unlink(missing_ok=True)
        return len(self.files)


def _entries(by_key: Iterable[Sequence[os.DirEntry[str]]]) -> Iterator[_Entry]:
    for files in by_key:
        try:
            yield _Entry(files)
        except OSError:
            continue  # another process has removed it


def _remove_leftover(file: os.DirEntry[str]) -> None:
    """Remove what a process that was killed while it wrote has left behind."""
    with suppress(OSError):  # another process has removed it
        if file.name != _PRUNED and time.time() - file.stat().st_mtime > _LEFTOVER_S:
            Path(file).unlink()


def _limit_mb() -> float:
    try:
        return float(os.environ.get(LIMIT_VARIABLE, _DEFAULT_LIMIT_MB))
    except ValueError:
        return _DEFAULT_LIMIT_MB
