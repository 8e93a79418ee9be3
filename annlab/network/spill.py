"""Recordings that go into a file while the network runs.

Running threads hand chunks to a `Stream` and go on; a thread for each file writes them, so that
the loop waits for the disk only if the disk is slower all the time. What could not be written
stays in memory, in order, until it can. A chunk waits until it is known when it was recorded
(`Stream.note`), so that what a file says it has recorded is what is in it.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from annlab.errors import ArgumentError, StorageError
from annlab.network import recording_layout as layout
from annlab.network.series import Form, Part
from annlab.network.tracks import Chunk, merged
from annlab.runtime.recorder import Interval, Steps

log = logging.getLogger("annlab")

FLUSH_SECONDS = 1.0  # so much of a recording may be lost with its process
_HURRY_BYTES = 1 << 24  # so much is written without waiting for more
_BATCH_BYTES = 1 << 26  # so much is written at once; the last chunk of each is written twice
_MOST_BYTES = 1 << 28  # so much may wait to be written before the run waits


class RecordingFile:
    """The folder of one monitor, which this process writes.

    Raises
    ------
    ArgumentError
        If there is something in the folder.
    StorageError
        If it cannot be written.
    """

    def __init__(self, path: Path, header: Mapping[str, Any]) -> None:
        self.path = path = path.absolute()  # a program may go to another folder meanwhile
        self._header = dict(header)
        if path.exists() and not (path.is_dir() and not any(path.iterdir())):
            raise ArgumentError(
                f"there is something at {str(path)!r} already",
                why="a recording is never overwritten",
                hint="take another name, or remove it: shutil.rmtree(path)",
            )
        try:
            self._root = layout.create(path, header)
        except OSError as error:
            raise _not_written(path, error) from error
        self._streams: dict[str, Stream] = {}
        self._is_parents = False  # this process was forked by the one that writes the folder
        self._begin()
        _files.add(self)

    def _begin(self) -> None:
        self.writing = threading.RLock()  # held while the folder changes
        self.changed = threading.Condition()  # guards what waits to be written
        self._waiting_bytes = 0
        self._new_bytes = 0  # that came since it was last gathered
        self._has_news = False  # there is something to write
        self._failure: StorageError | None = None
        self._is_closed = False
        self._thread: threading.Thread | None = None
        self._last_gathered = time.monotonic()

    def stream(self, variable: str, form: Form) -> Stream:
        """Return where the entries of a variable go; what it had so far counts as read."""
        old = self._streams.get(variable)
        if old is not None:
            old.begin_again(form)
            return old
        try:
            self._leave_to_parent()
            group = layout.add_variable(self._root, variable)
        except OSError as error:
            raise _not_written(self.path, error) from error
        self._streams[variable] = Stream(self, group, form)
        return self._streams[variable]

    # -- the running thread -------------------------------------------------------

    def take(self, stream: Stream, chunk: Chunk) -> None:
        """Let a chunk wait for the thread that writes."""
        with self.changed:
            stream.waiting.append(chunk)
            self._waiting_bytes += chunk.n_bytes
            self._new_bytes += chunk.n_bytes

    def announce(self) -> None:
        """Let the thread write what waits and is complete; called with `changed` held."""
        self._has_news = True
        if self._thread is None and not self._is_closed:
            self._thread = threading.Thread(
                target=self._write_on, name=f"annlab writes {self.path.name}", daemon=True
            )
            self._thread.start()
        self.changed.notify_all()

    def wants_more(self) -> bool:
        """Tell whether it is time to bring what was recorded since."""
        now = time.monotonic()
        # Chunks wait to be noted: without a limit they could leave no room, and all would wait.
        if now - self._last_gathered < FLUSH_SECONDS / 2 and self._new_bytes < _HURRY_BYTES:
            return False
        self._last_gathered = now
        self._new_bytes = 0
        return True

    def require_room(self) -> None:
        """Wait while too much waits to be written; raise what kept it from being written."""
        if self._failure is not None:
            self.write()  # once again: there may be room now
        with self.changed:
            self.changed.wait_for(
                lambda: self._waiting_bytes < _MOST_BYTES or self._failure is not None
            )
        if self._failure is not None:
            raise self._failure

    # -- writing ------------------------------------------------------------------

    def write(self) -> None:
        """Write everything that waits, in the calling thread.

        Raises
        ------
        StorageError
            If that fails; what was not written waits on.
        """
        with self.writing:
            if self._is_parents and not self._has_news:
                return
            had_news, self._has_news = self._has_news, False  # what comes now is news again
            try:
                self._leave_to_parent()
                if had_news and (gone := _whether_there(self.path)) is not None:
                    raise FileNotFoundError(gone)  # Zarr would make half of it anew
                for stream in list(self._streams.values()):
                    stream.write()
            except Exception as error:  # noqa: BLE001  # else the thread would end in silence
                self._failure, self._has_news = _not_written(self.path, error), True
            else:
                self._failure = None
            with self.changed:
                self._waiting_bytes = sum(s.n_bytes for s in self._streams.values())
                self.changed.notify_all()
        if self._failure is not None:
            raise self._failure

    def _write_on(self) -> None:
        """Write what comes, at least once in `FLUSH_SECONDS`, until the file is closed."""
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self._is_closed or self._has_news)
                self.changed.wait_for(
                    lambda: self._is_closed or self._waiting_bytes >= _HURRY_BYTES,
                    FLUSH_SECONDS / 2,
                )
                if self._is_closed:
                    return  # who closes writes what is left
            try:
                self.write()
            except StorageError:
                with self.changed:  # the user is told; his next flush or run tries again
                    self.changed.wait_for(lambda: self._is_closed or self._failure is None)

    def close(self) -> None:
        """Write what is left and let the thread end."""
        with self.changed:
            self._is_closed = True
            self.changed.notify_all()
        self.write()

    def _close_or_tell(self) -> None:
        """Close where nobody is left to whom an error could be raised."""
        try:
            self.close()
        except StorageError as error:  # nor a call that could try again
            log.error("%s\n  what was recorded since the last flush is lost", error.what)

    def close_in_time(
        self, owner: object, gather: Callable[[], None], forget: Callable[[], None]
    ) -> None:
        """Write what is left when `owner` is forgotten, and at the end of the process.

        `gather` brings it then; `forget` drops what is not brought yet, in a process that was
        forked. They must not keep the owner alive.
        """
        _open[self] = gather, forget
        weakref.finalize(owner, self._close_or_tell).atexit = False

    def begin_beside(self) -> None:
        """Begin with nothing in a process that was forked: the other one writes what there is."""
        self._is_parents = True
        self._begin()
        for stream in self._streams.values():
            stream.begin()

    def _leave_to_parent(self) -> None:
        """Take another folder, now that something is to be written, if this one is the parent's."""
        if self._is_parents:
            other = _beside(self.path, self._header)
            self.path, self._root = other.path, other._root
            for variable, stream in self._streams.items():
                stream.group = layout.add_variable(self._root, variable)
            self._is_parents = False

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to another process as a new file beside this one."""
        return _beside, (self.path, dict(self._header))


def _beside(path: Path, header: Mapping[str, Any]) -> RecordingFile:
    """Return a new recording: ``name_copy1``, ``name_copy2`` ..."""
    number = 1
    while True:
        other = path.with_name(f"{path.stem}_copy{number}{path.suffix}")
        try:
            other.mkdir(parents=True)  # of several processes, one makes it
            return RecordingFile(other, header)
        except FileExistsError:
            number += 1


_Calls = tuple[Callable[[], None], Callable[[], None]]
_files: weakref.WeakSet[RecordingFile] = weakref.WeakSet()
_open: weakref.WeakKeyDictionary[RecordingFile, _Calls] = weakref.WeakKeyDictionary()


def _begin_beside_all() -> None:
    for _gather, forget in list(_open.values()):
        forget()
    for file in list(_files):
        file.begin_beside()


if hasattr(os, "register_at_fork"):  # Windows never forks
    os.register_at_fork(after_in_child=_begin_beside_all)


def _close_all() -> None:
    for file, (gather, _forget) in list(_open.items()):
        gather()
        file._close_or_tell()


# Zarr works in threads of a pool, which the interpreter ends before it calls what `atexit` knows.
# The pool's own hook has to be older than ours, because the last that came is called first.
import_module("concurrent.futures.thread")
getattr(threading, "_register_atexit", atexit.register)(_close_all)


class Stream:
    """The entries of one variable; a `Store` (see `annlab.network.tracks`)."""

    def __init__(self, file: RecordingFile, group: Any, form: Form) -> None:
        self.form = form
        self.group = group
        self._file = file
        self.begin()

    def begin(self) -> None:
        """Begin with nothing."""
        self.waiting: list[Chunk] = []
        self._parts: list[tuple[Form, Any]] = []
        self._rows: list[int] = []  # of each part, that count
        self._n_read = 0  # entries, those that wait included
        self._n_noted = 0  # chunks that wait and lie in the intervals: they may be written
        self._past: list[Interval] = []
        self._present: list[Interval] = []
        self._counted: tuple[list[int], list[tuple[int, int]]] = ([], [])

    def put(self, steps: Steps, payload: NDArray, moved: int) -> None:
        self._file.take(self, Chunk(self.form, steps, payload, moved))

    def note(self, intervals: list[Interval], *, is_over: bool) -> None:
        with self._file.changed:  # who writes takes chunks and intervals of one moment
            has_news = self._n_noted < len(self.waiting) or intervals != self._present
            self._n_noted = len(self.waiting)
            self._present = [] if is_over else intervals
            if is_over:
                self._past += intervals
            if has_news:
                self._file.announce()

    def begin_again(self, form: Form) -> None:
        """Take the entries of another recorder from now on: the old one has told its intervals."""
        self.note(self._present, is_over=True)
        self.drop()
        self.form = form

    @property
    def n_bytes(self) -> int:
        """Memory taken by what waits to be written."""
        return sum(chunk.n_bytes for chunk in self.waiting)

    def drop(self) -> None:
        """Call everything read. The file keeps it."""
        with self._file.writing:
            self._n_read = sum(self._rows) + sum(len(c.steps) for c in self.waiting)

    def read(self, *, keep: bool) -> list[Part]:
        """Return what was not read yet, from the file and from what waits.

        Raises
        ------
        StorageError
            If the file was removed or changed; what it had counts as read then.
        """
        with self._file.writing:
            chunks, n = [], 0
            for (form, part), n_rows in zip(self._parts, self._rows):
                first = max(0, self._n_read - n)
                if first < n_rows:
                    chunks.append(Chunk(form, *self._entries(part, first, n_rows), 0))
                n += n_rows
            for chunk in self.waiting:
                first = max(0, self._n_read - n)
                if first < len(chunk.steps):
                    steps, payload = chunk.steps[first:], chunk.payload[first:].copy()
                    chunks.append(Chunk(chunk.form, steps, payload, 0))
                n += len(chunk.steps)
            if not keep:
                self._n_read = n
        return merged(chunks)

    def _entries(self, part: Any, first: int, end: int) -> tuple[NDArray, NDArray]:
        try:
            return layout.entries(part, first, end)
        except Exception as error:  # Zarr has many
            self._n_read = max(self._n_read, sum(self._rows))
            raise StorageError(
                f"the recording {str(self._file.path)!r} cannot be read any more",
                why=_whether_there(self._file.path) or _told_error(error),
                hint="what was not written yet is still in memory: get() returns it now",
            ) from error

    def write(self) -> None:
        """Write what waits and let it count; called with the file's lock."""
        with self._file.changed:
            intervals = _told([*self._past, *self._present])
            complete = self.waiting[: self._n_noted]
        rows = list(self._rows)
        for batch in _batches(complete):
            for part in merged(batch):
                self._append(part, rows)
        if (rows, intervals) != self._counted:
            layout.count(self.group, rows, intervals)
            self._counted = list(rows), intervals
        with self._file.changed:
            del self.waiting[: len(complete)]
            self._n_noted -= len(complete)
        self._rows = rows

    def _append(self, part: Part, rows: list[int]) -> None:
        if not self._parts or self._parts[-1][0] is not part.form:
            columns = None if part.payload.ndim == 1 else part.payload.shape[1]
            number, dtype = len(self._parts), part.payload.dtype
            group = layout.add_part(self.group, number, part.form, dtype, columns)
            self._parts.append((part.form, group))
        rows += [0] * (len(self._parts) - len(rows))
        layout.append(self._parts[-1][1], rows[-1], part.steps, part.payload)
        rows[-1] += len(part.steps)


def _batches(chunks: list[Chunk]) -> Iterator[list[Chunk]]:
    """Yield copies of chunks, some megabytes at a time: small ones are written together."""
    batch, n_bytes = [], 0
    for chunk in chunks:
        batch.append(Chunk(chunk.form, chunk.steps, chunk.payload, chunk.moved))
        n_bytes += chunk.n_bytes
        if n_bytes >= _BATCH_BYTES:
            yield batch
            batch, n_bytes = [], 0
    if batch:
        yield batch


def _told(intervals: list[Interval]) -> list[tuple[int, int]]:
    """Return intervals as (first, end); those that follow each other are one."""
    told: list[tuple[int, int]] = []
    moved: int | None = None
    for i in intervals:
        end = i.first if i.end is None else i.end
        if told and told[-1][1] == i.first and i.moved == moved:
            told[-1] = (told[-1][0], end)
        else:
            told.append((i.first, end))
        moved = i.moved
    return told


def _not_written(path: Path, error: Exception) -> StorageError:
    place = "put it back" if _whether_there(path) else "make room or mend the folder's permissions"
    refused = StorageError(
        f"the recording {str(path)!r} cannot be written: {_told_error(error)}",
        why="what was recorded since the last flush is still in memory",
        hint=f"{place} and call flush(), or read it with get()",
    )
    refused.__cause__ = error
    return refused


def _told_error(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or repr(error)


def _whether_there(path: Path) -> str | None:
    return None if layout.is_there(path) else "the folder was removed or renamed since it was begun"


__all__ = ["RecordingFile", "Stream"]
