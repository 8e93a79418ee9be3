"""One recorded variable of a monitor: its recorder, and where what it hands over is kept.

`Memory` keeps everything, or what was recorded in the last steps; a file of recordings
(`annlab.network.spill`) is another `Store`. All functions are called while no step is under way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from annlab.network.series import Form, Part, Series
from annlab.network.statistics import SpikeArrays
from annlab.runtime.recorder import Interval, SpikeRecorder, Steps, ValueRecorder


@dataclass(slots=True)
class Chunk:
    """Entries that were handed over together; see `annlab.runtime.recorder.Sink`."""

    form: Form
    steps: Steps
    payload: NDArray
    moved: int

    @property
    def n_bytes(self) -> int:
        return self.payload.nbytes + (0 if isinstance(self.steps, range) else self.steps.nbytes)


class Store(Protocol):
    """Where the entries of one variable go. `form`: what those that come now stand for."""

    form: Form

    def put(self, steps: Steps, payload: NDArray, moved: int) -> None: ...

    def read(self, *, keep: bool) -> list[Part]:
        """Return what was not read yet, and unless `keep` call it read."""
        ...

    def drop(self) -> None:
        """Forget what was not read."""
        ...

    def note(self, intervals: list[Interval], *, is_over: bool) -> None:
        """Take when the recorder was active: everything it recorded then has been put.

        `is_over`: other intervals follow, which begin later.
        """
        ...

    @property
    def n_bytes(self) -> int:
        """Memory taken."""
        ...


class Memory:
    """Entries in memory: all, or those of the last `most_steps` steps of recording."""

    def __init__(self, form: Form, most_steps: int | None = None) -> None:
        self.form = form
        self.most_steps = most_steps
        self._chunks: list[Chunk] = []

    def put(self, steps: Steps, payload: NDArray, moved: int) -> None:
        self._chunks.append(Chunk(self.form, steps, payload, moved))
        if self.most_steps is not None:
            # Whole chunks only: what is left of the oldest is cut off when somebody reads.
            first = int(steps[-1]) + 1 - moved - self.most_steps
            while int(self._chunks[0].steps[-1]) - self._chunks[0].moved < first:
                del self._chunks[0]

    def trim(self, end: int) -> None:
        """Keep the last `most_steps` of the steps that were run before `end`."""
        if self.most_steps is None:
            return
        for chunk in self._chunks:
            steps = np.asarray(chunk.steps)
            cut = int(np.searchsorted(steps - chunk.moved, end - self.most_steps))
            if cut:
                chunk.steps, chunk.payload = chunk.steps[cut:], chunk.payload[cut:].copy()
        self._chunks = [chunk for chunk in self._chunks if len(chunk.steps)]

    def read(self, *, keep: bool) -> list[Part]:
        if not keep:
            return merged(self._chunks)
        if self.most_steps is None:
            self._chunks = _one_for_each_form(self._chunks)
        # Copies: the caller may change what he gets.
        chunks = [Chunk(c.form, np.array(c.steps), c.payload.copy(), c.moved) for c in self._chunks]
        return merged(chunks)

    def drop(self) -> None:
        self._chunks = []

    def note(self, intervals: list[Interval], *, is_over: bool) -> None:
        pass  # the recorder knows them as long as they are of interest

    @property
    def n_bytes(self) -> int:
        return sum(chunk.n_bytes for chunk in self._chunks)


def merged(chunks: list[Chunk]) -> list[Part]:
    """Return one part for each run of chunks of one form; the list is emptied."""
    parts = []
    for run in _runs(chunks):
        steps = _joined([np.asarray(c.steps, np.int64) for c in run])
        payloads = [c.payload for c in run]
        form = run[0].form
        for chunk in run:
            chunk.payload = _NOTHING  # so that no more than one chunk is in memory twice
        del run
        parts.append(Part(form, steps, _joined(payloads)))
    return parts


def _one_for_each_form(chunks: list[Chunk]) -> list[Chunk]:
    """Join what can be joined: whoever reads again and again finds it done."""
    if all(len(run) == 1 for run in _runs(list(chunks))):
        return chunks
    moved = [run[-1].moved for run in _runs(list(chunks))]
    return [Chunk(p.form, p.steps, p.payload, m) for p, m in zip(merged(chunks), moved)]


def _runs(chunks: list[Chunk]) -> list[list[Chunk]]:
    runs: list[list[Chunk]] = []
    for chunk in chunks:
        if runs and runs[-1][0].form is chunk.form:
            runs[-1].append(chunk)
        else:
            runs.append([chunk])
    chunks.clear()
    return runs


def _joined(arrays: list[NDArray]) -> NDArray:
    """Concatenate, letting each array go as soon as it is copied."""
    if len(arrays) == 1:
        return arrays[0]
    n = sum(len(a) for a in arrays)
    whole = np.empty((n, *arrays[0].shape[1:]), arrays[0].dtype)
    place = 0
    for k, array in enumerate(arrays):
        whole[place : place + len(array)] = array
        place += len(array)
        arrays[k] = _NOTHING
    return whole


_NOTHING: NDArray = np.empty(0)


class Track:
    """One recorded variable.

    Attributes
    ----------
    last
        When the data of the last reading were taken, as [first step, step after the last].
    shown
        The spikes of the last statistic, and of the next until more is recorded or read.
    """

    def __init__(self, name: str, recorder: ValueRecorder | SpikeRecorder, store: Store) -> None:
        self.name = name
        self.recorder = recorder
        self.store = store
        self.last: list[tuple[int, int]] = []
        self.shown: SpikeArrays | None = None

    def read(self, now: int, *, keep: bool) -> Series:
        """Return what was recorded before step `now`, and unless `keep` forget it."""
        intervals = self.gather(now)
        parts = self.store.read(keep=keep)
        if not keep:
            self.store.note(intervals, is_over=True)
            self.recorder.renew(now)
            self.shown = None
        self.last = [(i.first, i.end or i.first) for i in intervals]
        return Series(self.name, parts or [self._nothing()], self.last)

    def gather(self, now: int) -> list[Interval]:
        """Bring everything that was recorded to the store, and return when that was."""
        self.recorder.hand_over()
        intervals = self.recorder.recorded(now)
        if isinstance(self.store, Memory) and self.store.most_steps is not None and intervals:
            end = (intervals[-1].end or 0) - intervals[-1].moved
            self.store.trim(end)
            return _since(intervals, end - self.store.most_steps)
        self.store.note(intervals, is_over=False)
        return intervals

    def forget(self, now: int) -> None:
        """Drop everything that was not read."""
        self.store.note(self.gather(now), is_over=True)
        self.recorder.forget(now)
        self.store.drop()
        self.shown = None

    def _nothing(self) -> Part:
        dtype: np.dtype = np.dtype(np.int32)
        shape: tuple[int, ...] = (0,)
        if isinstance(self.recorder, ValueRecorder):
            dtype, shape = self.recorder.source().dtype, (0, self.recorder.width)
        return Part(self.store.form, np.empty(0, np.int64), np.empty(shape, dtype))

    @property
    def n_bytes(self) -> int:
        """Memory taken by what was recorded, the recorder's buffer included."""
        recorder = self.recorder
        if isinstance(recorder, ValueRecorder):
            return self.store.n_bytes + recorder.buffer.nbytes
        shown = 0 if self.shown is None else self.shown.n_bytes
        return self.store.n_bytes + recorder.steps.nbytes + recorder.ranks.nbytes + shown


def _since(intervals: list[Interval], first: int) -> list[Interval]:
    """Return what lies after so many steps that were really run."""
    cut = [Interval(max(i.first, first + i.moved), i.end, i.moved) for i in intervals]
    return [i for i in cut if i.end is None or i.first < i.end]


__all__ = ["Chunk", "Memory", "Store", "Track", "merged"]
