"""What was recorded of one variable: entries in order of time, and what they stand for.

A `Series` has one or several parts: a projection whose synapses came or went has one for each
set of synapses. Monitors and files of recordings make them; reading, statistics and other
libraries take them.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annlab.network.statistics import SpikeTrains


class FormKind(enum.StrEnum):
    """How the columns of recorded rows are arranged for the user."""

    EVENTS = "events"  # no rows: (step, rank) of spikes
    SINGLE = "single"  # one value
    PLAIN = "plain"  # one column for each neuron, synapse or dendrite
    GRID = "grid"  # one for each neuron of a population, in its geometry
    DENDRITES = "dendrites"  # one for each synapse of a projection


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """What recorded entries stand for.

    Attributes
    ----------
    labels
        Name -> (columns,): ``rank``, ``pre`` or ``post`` of each column; nothing for a value that
        exists once. Of events: ``rank`` of all neurons that were recorded.
    geometry
        Of a grid.
    row_ptr
        (dendrites + 1,): where the columns of each dendrite begin.
    """

    kind: FormKind
    labels: Mapping[str, NDArray] = field(default_factory=dict)
    geometry: tuple[int, ...] = ()
    row_ptr: NDArray[np.int64] | None = None
    unit: str = ""

    def shaped(self, rows: NDArray, *, reshape: bool) -> NDArray:
        """Return rows as the user gets them; without `reshape` a grid stays flat."""
        match self.kind:
            case FormKind.SINGLE:
                return rows[:, 0]
            case FormKind.GRID if reshape:
                return rows.reshape(len(rows), *self.geometry)
            case FormKind.DENDRITES:
                assert self.row_ptr is not None  # of all forms of this kind
                return _by_dendrite(rows, self.row_ptr)
        return rows


@dataclass(slots=True)
class Part:
    """Entries of one form: `steps (n,)` and rows `(n, columns)`, or ranks `(n,)`."""

    form: Form
    steps: NDArray[np.int64]
    payload: NDArray


@dataclass(frozen=True, slots=True)
class Series:
    """Everything that was recorded of one variable, at least one part.

    `intervals`: [first step, step after the last] of each uninterrupted recording.
    """

    name: str
    parts: Sequence[Part]
    intervals: Sequence[tuple[int, int]]

    @property
    def is_events(self) -> bool:
        return self.parts[0].form.kind is FormKind.EVENTS

    @property
    def steps(self) -> NDArray[np.int64]:
        """Steps of all entries."""
        return _concatenated([part.steps for part in self.parts])

    @property
    def payload(self) -> NDArray:
        """Entries of all parts, which have the same columns."""
        return _concatenated([part.payload for part in self.parts])

    @property
    def recorded(self) -> NDArray[np.int64]:
        """Ranks of all neurons whose events were recorded, ascending."""
        return np.sort(np.asarray(self.parts[0].form.labels["rank"], dtype=np.int64))

    def value(self, *, reshape: bool) -> Any:
        """Return what `Monitor.get` promises: a dictionary of spikes, or an array."""
        if self.is_events:
            return SpikeTrains(self.steps, self.payload, self.recorded, self.intervals)
        return joined([part.form.shaped(part.payload, reshape=reshape) for part in self.parts])


def _concatenated(arrays: list[NDArray]) -> NDArray:
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def joined(parts: list[Any]) -> Any:
    """Return recordings that follow each other as one; rows that differ in length are objects."""
    if len(parts) == 1:
        return parts[0]
    parts = [part for part in parts if len(part)] or parts[-1:]
    if len({(part.shape[1:], part.dtype) for part in parts}) == 1:
        return np.concatenate(parts)
    n_axes = min(part.ndim if part.dtype == object else part.ndim - 1 for part in parts)
    return np.concatenate([_as_objects(part, n_axes) for part in parts])


def _as_objects(rows: NDArray, n_axes: int) -> NDArray:
    """Return an array of `n_axes` axes whose elements are what lies behind them."""
    if rows.dtype == object:
        return rows
    table = np.empty(rows.shape[:n_axes], dtype=object)
    for place in np.ndindex(table.shape):
        table[place] = rows[place]
    return table


def _by_dendrite(rows: NDArray, row_ptr: NDArray[np.int64]) -> NDArray:
    """Cut rows of synapses into dendrites."""
    lengths = np.diff(row_ptr)
    if len(lengths) and np.all(lengths == lengths[0]):
        return rows.reshape(len(rows), len(lengths), int(lengths[0]))
    table = np.empty((len(rows), len(lengths)), dtype=object)
    for time, row in enumerate(rows):
        for k, part in enumerate(np.split(row, row_ptr[1:-1])[: len(lengths)]):
            table[time, k] = part
    return table


__all__ = ["Form", "FormKind", "Part", "Series", "joined"]
