"""The file of a monitor that records into one: when what was recorded comes to it.

What is in the file is known to `recording_layout`, the thread that writes it to `spill`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from annlab.calls import public
from annlab.network.files import read_path
from annlab.network.monitor_base import MonitorBase
from annlab.network.recorders import name_of

if TYPE_CHECKING:
    from annlab.network.spill import RecordingFile


@public
class MonitorFile(MonitorBase):
    """A folder instead of memory."""

    @property
    def file(self) -> Path | None:
        """The folder of the recording; None if it is kept in memory."""
        return None if self._file is None else self._file.path

    def _new_file(self, path: str | os.PathLike[str]) -> RecordingFile:
        from annlab.network.spill import RecordingFile  # it brings a library

        folder = read_path(path)
        header = {"name": self.name, "object": name_of(self.object), "dt": self._network.dt}
        return RecordingFile(folder, header)

    def flush(self) -> None:
        """Write everything recorded so far into the file; nothing of it can be lost any more.

        A running network does so about once a second by itself, and so does the end of the
        process. Without a file there is nothing to do.

        Raises
        ------
        StorageError
            If it cannot be written. What was not written stays in memory: make room and flush
            again, or read it with `get`.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(backend="reference")
        >>> cells = net.create(2, annlab.LeakyIntegrator)
        >>> watch = net.monitor(cells, "r", file="rates")
        >>> watch.file.name
        'rates'
        >>> net.compile()
        >>> net.simulate(5.0)
        5
        >>> watch.flush()
        >>> annlab.open_recording(watch.file).get("r").shape
        (5, 2)
        """
        if self._file is None:
            return
        self._network._call(self._gather)
        self._file.write()

    def _gather(self) -> None:
        """Bring what was recorded to where it is kept."""
        now = self._step()
        for track in self._tracks.values():
            track.gather(now)

    def _tend(self, file: RecordingFile, *, is_resting: bool) -> None:
        if is_resting or file.wants_more():
            self._gather()
        if not is_resting:
            file.require_room()


def tend(monitors: Sequence[MonitorFile], *, is_resting: bool) -> None:
    """Let all files have what they should; called between two pieces of a run."""
    for monitor in monitors:
        if monitor._file is not None:
            monitor._tend(monitor._file, is_resting=is_resting)


def gather_last(monitor: MonitorFile | None) -> None:
    """Bring what was recorded to the file; the process ends."""
    worker = None if monitor is None else monitor._network._worker
    if monitor is not None and worker is not None:
        worker.peek(monitor._gather)


def forget_parents(monitor: MonitorFile | None) -> None:
    """Drop what is in no file yet, in a process that was forked: the other one writes it."""
    if monitor is not None:
        for track in monitor._tracks.values():
            track.recorder.forget(monitor._step())


__all__ = ["MonitorFile", "forget_parents", "gather_last", "tend"]
