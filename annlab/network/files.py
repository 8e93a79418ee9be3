"""Names of files that users give, and files that are there whole or not at all.

Knows nothing of what is written.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from annlab.errors import (
    AnnlabError,
    ArgumentTypeError,
    MissingFileError,
    StorageError,
    nearest,
)


def read_path(filename: object, what: str = "a file") -> Path:
    """Return the path that a user has named; `what` it is of in the message.

    Raises
    ------
    ArgumentTypeError
        If it is no name.

    Examples
    --------
    >>> read_path("weights.npz").suffix
    '.npz'
    """
    if not isinstance(filename, str | os.PathLike) or not os.fspath(filename):
        raise ArgumentTypeError(f"{what} cannot be called {filename!r}", hint="give its name")
    return Path(filename)


def existing_path(filename: object, what: str = "a file", *, owner: str = "") -> Path:
    """Return the path of what is to be read; `owner` begins the message.

    Raises
    ------
    ArgumentTypeError
        If it is no name.
    MissingFileError
        If nothing has this name.

    Examples
    --------
    >>> Path("weights.npz").touch()
    >>> existing_path("weights.npz").name
    'weights.npz'
    """
    path = read_path(filename, what)
    folder = path.absolute().parent
    why, hint = f"the folder {str(folder)!r} has none", "give its name there, or its whole path"
    try:
        if path.exists():
            return path
        if not folder.is_dir():
            why = f"there is no folder {str(folder)!r}"
        elif meant := _meant(path, list(folder.iterdir())):
            hint = f"did you mean {str(path.with_name(meant))!r}?"
    except OSError:  # a folder that may not be looked into; opening the file will say so
        return path
    begin = f"{owner}: " if owner else ""
    raise MissingFileError(f"{begin}there is no file {str(path)!r}", why=why, hint=hint)


def _meant(path: Path, files: list[Path]) -> str | None:
    """Return a name that is there: one of this kind that is spelt alike, or of another kind."""
    # Without their ending: short names would be alike for that alone.
    alike = nearest(path.stem, [file.stem for file in files if file.suffix == path.suffix])
    of_another_kind = (file.name for file in files if file.stem == path.stem)
    return f"{alike}{path.suffix}" if alike else next(of_another_kind, None)


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give a temporary name to write to; the file gets its own at the end.

    If anything fails, what was there before stays as it was.

    Raises
    ------
    StorageError
        If it cannot be written.

    Examples
    --------
    >>> with written_whole(Path("folder/text.md")) as draft:
    ...     _ = draft.write_text("done")
    >>> Path("folder/text.md").read_text()
    'done'
    """
    draft: Path | None = None
    try:
        target = Path(os.path.realpath(path))  # a link stays one
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = _begun_beside(target)
        yield draft
        with draft.open("rb") as file:
            os.fsync(file.fileno())  # else a machine that loses its power may keep the name alone
        if target.exists():
            draft.chmod(target.stat().st_mode & 0o777)
        draft.replace(target)
    except AnnlabError:
        raise
    except OSError as error:
        raise StorageError(
            f"{str(path)!r} cannot be written: {error.strerror or error}",
            hint="make room, mend the folder's permissions, or give another name",
        ) from error
    finally:
        if draft is not None:
            with suppress(OSError):  # it has its own name by now
                draft.unlink(missing_ok=True)


def _begun_beside(path: Path) -> Path:
    """Return a new file with the permissions that files get here.

    Those of `tempfile` are their owner's alone.
    """
    draft = path.with_name(f".{path.stem}.{secrets.token_hex(4)}{path.suffix}")
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    return draft


__all__ = ["existing_path", "read_path", "written_whole"]
