"""Names of files that users give, and files that are there whole or not at all.

Knows nothing of what is written.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from annlab.errors import AnnlabError, ArgumentTypeError, StorageError


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
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            prefix=f".{path.stem}.", suffix=path.suffix, dir=path.parent
        )
        os.close(handle)
        draft = Path(name)
        yield draft
        draft.chmod(0o644)
        draft.replace(path)
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


__all__ = ["read_path", "written_whole"]
