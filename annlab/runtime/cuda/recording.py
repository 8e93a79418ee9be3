"""Recorders and taps of a device: rings there, emptied after every run.

A ring holds what a run of some steps can bring at most, and says how many steps that
are. Nothing is read between two steps, and nothing is ever lost.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from annlab.runtime.cuda.binder import DeviceBinder, SpikeRecord, marks_of
from annlab.runtime.cuda.launches import ANYTHING, RECORD
from annlab.runtime.recorder import Phase, SpikeRecorder, ValueRecorder
from annlab.runtime.rings import SpikeRing
from annlab.runtime.schedule import RING, Call
from annlab.runtime.tap import SpikeTap, ValueTap

RING_BYTES = 1 << 22
SPIKE_BYTES = 1 << 26
LEAST_STEPS = 64  # of a run, however many neurons spike in each
MOST_STEPS = 1024  # that are worth memory: emptying the rings costs as much as some steps


class DeviceRecorder(Protocol):
    """What a recorder or a tap has on the device."""

    def calls(self, phase: Phase) -> list[Call]:
        """Return the calls of a phase."""
        ...

    def most_steps(self) -> int:
        """Return how many steps may be run before it has to be emptied."""
        ...

    def drain(self, first: int, last: int) -> None:
        """Hand over what was recorded from step `first` to step `last`."""
        ...


class DeviceRecorders:
    """What the recorders and taps of a network have on the device."""

    def __init__(self, binder: DeviceBinder) -> None:
        self._device = binder.memory.device
        state = binder.state
        watchers = [*state.recorders, *state.taps]
        # Two for each, of even steps and of odd ones: a kernel reads one and writes the other.
        self._n = np.zeros((max(1, len(watchers)), 2), np.int64)
        self._counts = binder.memory.allocate(self._n.nbytes)
        self._device.write(self._counts.address, self._n)
        self._spikes: list[_Spikes] = []
        self._rows: list[DeviceRecorder] = []
        for number, one in enumerate(watchers):
            name = frozenset({f"{RECORD}{number}"})
            if isinstance(one, ValueRecorder):
                self._rows.append(_Rows(binder, one, name))
            elif isinstance(one, ValueTap):
                self._rows.append(_TapRows(binder, one, name))
            elif isinstance(one, SpikeRecorder | SpikeTap):
                count = self._counts.address + self._n[: len(self._spikes)].nbytes
                self._spikes.append(_Spikes(binder, one, count, name))

    def calls(self, phase: Phase) -> list[Call]:
        """Return the calls of a phase."""
        return [call for one in (*self._rows, *self._spikes) for call in one.calls(phase)]

    def of_ring(self, ring: SpikeRing | None) -> list[SpikeRecord]:
        """Return what is to be recorded of a ring, by the kernel that fills it."""
        found = [one for one in self._spikes if one.ring is ring and ring is not None]
        for one in found:
            one.is_taken = True
        return [one.record for one in sorted(found, key=lambda one: one.record.is_masked)]

    def most_steps(self) -> int:
        """Return how many steps may be run before all have to be emptied."""
        return min((one.most_steps() for one in (*self._rows, *self._spikes)), default=2**62)

    def drain(self, first: int, last: int) -> None:
        """Hand over what was recorded from step `first` to step `last`."""
        for one in self._rows:
            one.drain(first, last)
        if not self._spikes:
            return
        self._device.read(self._counts.address, self._n)
        if not self._n.any():
            return
        counts = self._n[:, (last + 1) % 2]
        taken = [one.prepare(int(n)) for one, n in zip(self._spikes, counts, strict=False)]
        self._device.read_all([place for places in taken for place in places])
        for one, ((_, steps), (_, ranks)) in zip(self._spikes, taken, strict=True):
            if len(steps):
                one.take(steps, ranks)
        self._n[:] = 0
        self._device.write(self._counts.address, self._n)


class _Rows:
    """Rows of one array; see `annlab.runtime.recorder.ValueRecorder`."""

    def __init__(
        self, binder: DeviceBinder, recorder: ValueRecorder, names: frozenset[str]
    ) -> None:
        self._recorder = recorder
        self._memory = binder.memory
        source = recorder.source()
        self._row_bytes = recorder.width * source.itemsize
        self._capacity = max(LEAST_STEPS, RING_BYTES // max(1, self._row_bytes))
        self._block = binder.memory.allocate(self._capacity * self._row_bytes)
        positions = recorder.positions
        if positions is not None:
            positions = binder.keep(np.ascontiguousarray(positions, np.int64))
        dims = binder.numbers(recorder.width, source.itemsize, self._capacity, 0)
        self._call = binder.generic(
            f"record_values<{source.itemsize}>",
            (source, self._block.address, binder.numbers(0), recorder.schedule,
             recorder.is_active, dims, positions),
            reads=frozenset({ANYTHING}), writes=names, n_items=max(1, recorder.width),
        )  # fmt: skip

    def calls(self, phase: Phase) -> list[Call]:
        return [self._call] if phase is self._recorder.phase else []

    def most_steps(self) -> int:
        return (self._capacity - 1) * int(self._recorder.schedule[0])

    def drain(self, first: int, last: int) -> None:
        recorder = self._recorder
        n_rows = recorder.n_rows_until(first, last + 1) if recorder.is_active[0] else 0
        begin = 0
        while begin < n_rows:
            if recorder.is_full:
                recorder.hand_over()
            at = int(recorder.count[0])
            n = min(n_rows - begin, len(recorder.buffer) - at)
            into = recorder.buffer[at : at + n]
            self._memory.device.read(self._block.address + begin * self._row_bytes, into)
            recorder.count[0] = at + n
            begin += n


class _TapRows:
    """The last rows of chosen elements; see `annlab.runtime.tap.ValueTap`."""

    def __init__(self, binder: DeviceBinder, tap: ValueTap, names: frozenset[str]) -> None:
        self._tap = tap
        self._memory = binder.memory
        source = tap.source()
        self._rows = binder.memory.allocate(tap.rows.nbytes)
        self._steps = binder.memory.allocate(tap.steps.nbytes)
        dims = binder.numbers(tap.capacity, len(tap.positions), tap.period_steps)
        self._call = binder.generic(
            f"tap_values<{source.itemsize}>",
            (source, tap.positions, self._rows.address, self._steps.address, binder.numbers(0),
             tap.is_active, dims),
            reads=frozenset({ANYTHING}), writes=names, n_items=max(1, len(tap.positions)),
        )  # fmt: skip

    def calls(self, phase: Phase) -> list[Call]:
        return [self._call] if phase is Phase.END else []

    def most_steps(self) -> int:
        return (self._tap.capacity - 1) * self._tap.period_steps

    def drain(self, first: int, last: int) -> None:
        tap, period = self._tap, self._tap.period_steps
        n_rows = last // period - (first - 1) // period
        if not tap.is_active[0] or n_rows == 0:
            return
        rows, steps = np.empty_like(tap.rows[:n_rows]), np.empty(n_rows, np.int64)
        self._memory.device.read(self._rows.address, rows)
        self._memory.device.read(self._steps.address, steps)
        for row, step in zip(rows, steps, strict=True):  # one by one, as readers expect
            head = int(tap.head[0])
            slot = head & (tap.capacity - 1)
            tap.rows[slot], tap.steps[slot] = row, step
            tap.head[0] = head + 1


class _Spikes:
    """Who spiked when, for a recorder or a tap; `count` is the address of how many there are."""

    def __init__(
        self,
        binder: DeviceBinder,
        one: SpikeRecorder | SpikeTap,
        count: int,
        names: frozenset[str],
    ) -> None:
        self._one = one
        population = one.population
        self._n = max(1, population.n)
        wanted = min(SPIKE_BYTES // 12, MOST_STEPS * self._n)
        self._capacity = max(wanted, LEAST_STEPS * self._n)
        self._steps = binder.memory.allocate(self._capacity * 8)
        self._ranks = binder.memory.allocate(self._capacity * 4)
        is_axonal = isinstance(one, SpikeRecorder) and one.kind != "spike"
        self.ring = population.axon_spikes if is_axonal else population.spikes
        self.is_taken = False
        marks = None if one.mask is None else binder.keep(marks_of(one.mask))
        slots = (
            self._steps.address, self._ranks.address, count, one.is_active, marks,
            getattr(one, "window", None),
        )  # fmt: skip
        self.record = SpikeRecord(slots, names, is_masked=marks is not None)
        self._binder = binder

    def calls(self, phase: Phase) -> list[Call]:
        if phase is not Phase.END or self.ring is None or self.is_taken:
            return []
        population = self._one.population.name
        return [
            self._binder.generic(
                "append_spikes", (*self.record.slots, *self._binder.ring(self.ring)),
                reads=frozenset({f"{RING}{population}.spikes", f"{RING}{population}.axon"}),
                writes=self.record.names,
            )
        ]  # fmt: skip

    def most_steps(self) -> int:
        return self._capacity // self._n

    def prepare(self, n: int) -> tuple[tuple[int, NDArray], tuple[int, NDArray]]:
        """Return where `n` steps and ranks are, each with an array for them."""
        steps, ranks = np.empty(n, np.int64), np.empty(n, np.int32)
        return (self._steps.address, steps), (self._ranks.address, ranks)

    def take(self, steps: NDArray, ranks: NDArray) -> None:
        """Hand over what was read."""
        if isinstance(self._one, SpikeTap):
            _show(self._one, steps, ranks)
        else:
            _put(self._one, steps, ranks)


def _put(recorder: SpikeRecorder, steps: NDArray, ranks: NDArray) -> None:
    """Append spikes to a recorder."""
    begin = 0
    while begin < len(steps):
        at = int(recorder.count[0])
        n = min(len(steps) - begin, recorder.capacity - at)
        recorder.steps[at : at + n] = steps[begin : begin + n]
        recorder.ranks[at : at + n] = ranks[begin : begin + n]
        recorder.count[0] = at + n
        begin += n
        if recorder.is_full:
            recorder.hand_over()


def _show(tap: SpikeTap, steps: NDArray, ranks: NDArray) -> None:
    """Append spikes to a tap, in parts as large as its readers expect."""
    for begin in range(0, len(steps), max(1, tap.batch)):
        part = slice(begin, begin + max(1, tap.batch))
        head, n = int(tap.head[0]), len(steps[part])
        slots = np.arange(head, head + n) & (tap.capacity - 1)
        tap.steps[slots], tap.ranks[slots] = steps[part], ranks[part]
        tap.head[0] = head + n
