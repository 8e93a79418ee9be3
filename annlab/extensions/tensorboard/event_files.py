"""Files of events as TensorBoard reads them, and the folders that are its runs.

Takes messages of tensorboardX, which is imported when the first logger asks for it. An event is
in its file when the call returns, whole or not at all: neither a process that is killed nor a full
disk damages what was logged before. Knows nothing of what is logged.

Source: TFRecord files, https://www.tensorflow.org/tutorials/load_data/tfrecord.
"""

from __future__ import annotations

import os
import socket
import struct
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any

from annlab.errors import ConfigurationError, StorageError

_FORMAT = "brain.Event:2"  # what TensorBoard wants to read first in a file


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """What annlab uses of tensorboardX; Any: type checkers may not have it."""

    Event: Any
    Summary: Any
    Value: Any
    Histogram: Any
    hparams: Callable[..., Any]
    checksum: Callable[[bytes], int]


def library() -> Library:
    """Import tensorboardX, or say what to do."""
    try:
        import_module("tensorboardX")
        events = import_module("tensorboardX.proto.event_pb2")
        messages = import_module("tensorboardX.proto.summary_pb2")
        return Library(
            Event=events.Event,
            Summary=messages.Summary,
            Value=messages.Summary.Value,
            Histogram=messages.HistogramProto,
            hparams=import_module("tensorboardX.summary").hparams,
            checksum=import_module("tensorboardX.record_writer").masked_crc32c,
        )
    except ImportError as error:
        raise ConfigurationError(
            f"Logger() needs the package tensorboardX, which cannot be imported: {error}",
            hint='pip install "tensorboardX>=2.6"',
        ) from error


class EventFile:
    """A file of events in a folder, both made anew; the library's own would write in a thread.

    That one keeps up to ten events to itself, hangs when the disk is full, and overwrites the file
    that another logger of the same folder began in the same second.
    """

    def __init__(self, folder: Path, library: Library) -> None:
        self._library = library
        name = f"events.out.tfevents.{int(time.time()):010}.{host()}.{uuid.uuid4().hex[:8]}"
        self._path = folder / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("xb", buffering=0)
        except OSError as error:
            raise _not_made(folder, error) from error
        try:
            self._append(library.Event(wall_time=time.time(), file_version=_FORMAT))
        except StorageError:
            self._file.close()
            self._path.unlink()
            raise

    def write(self, step: int, summary: Any) -> None:
        """Write an event of now, or raise a StorageError and leave the file as it was."""
        self._append(self._library.Event(wall_time=time.time(), step=step, summary=summary))

    def flush(self) -> None:
        """Wait for the disk."""
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            raise self._not_written(error) from error

    def close(self) -> None:
        """Close the file; a second time does nothing."""
        self._file.close()

    def _append(self, event: Any) -> None:
        """Write a record: length, data, and a checksum of each."""
        data = event.SerializeToString()
        length = struct.pack("<Q", len(data))
        sums = [struct.pack("<I", self._library.checksum(part)) for part in (length, data)]
        record = memoryview(length + sums[0] + data + sums[1])
        end = self._file.tell()
        try:
            while record:
                record = record[self._file.write(record) :]
        except OSError as error:
            # Half a record would hide all that is written after it.
            self._file.seek(end)
            self._file.truncate()
            raise self._not_written(error) from error

    def _not_written(self, error: OSError) -> StorageError:
        return StorageError(
            f"{str(self._path)!r} cannot be written: {error.strerror or error}",
            why="it holds what was logged before",
            hint="make room and log it again",
        )


def close_all(files: Mapping[str, EventFile]) -> None:
    """Close the files of a logger, of which nothing else is left."""
    for file in files.values():
        file.close()


def host() -> str:
    """Return the name of this machine, as a part of the name of a file."""
    return socket.gethostname().replace("/", "-") or "localhost"


def new_folder(parent: Path, name: str) -> Path:
    """Make and return a folder that nobody else has, with a number if there is one already."""
    for k in count(1):
        folder = parent / (name if k == 1 else f"{name}_{k}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError as error:
            if not folder.is_dir():  # `parent` is a file
                raise _not_made(folder, error) from error
        except OSError as error:
            raise _not_made(folder, error) from error
        else:
            return folder
    raise AssertionError("numbers do not end")


def _not_made(folder: Path, error: OSError) -> StorageError:
    return StorageError(
        f"a logger cannot make {str(folder)!r}: {error.strerror or error}",
        hint="make room, mend the permissions, or give another logdir or name",
    )


__all__ = ["EventFile", "Library", "close_all", "host", "library", "new_folder"]
