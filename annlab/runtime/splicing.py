"""Take synapses out of compressed rows and put others in: one linear pass for any number of them.

Takes a CSR storage, the positions of the entries that leave and the neurons of those
that come; returns the new storage and a `Splice`, which does the same to every array
that holds one value per synapse. Entries stay in the order in which a storage that was built
at once would have them, so a history of changes leaves no trace in results.

Why one pass and no gaps in the rows: kernels walk entries without asking whether one exists,
and several changes between two steps cost no more than one. What stays is moved in long runs,
within the memory in which it is while there is room; nothing is sorted but what comes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from annlab.ir.expr import Side
from annlab.runtime.columns import Columns
from annlab.runtime.memory import Rooms
from annlab.runtime.storage import Storage
from annlab.runtime.streams import Layout, Stream

Indices = NDArray[np.int64]

_LONG_RUN = 500  # mean length from which copying runs beats gathering entries; measured


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """The runs of entries that stay: where each begins and ends, how many came before it."""

    begins: Indices
    ends: Indices
    n_come: Indices


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """Entries by the rows and ranks that they join, and their places in the storage, ascending."""

    rows: Indices
    minor: Indices
    places: Indices


class Copier(Protocol):
    """Who does the work on long arrays; all do the same."""

    def bisect(
        self, index: NDArray[np.integer], low: Indices, high: Indices, wanted: Indices
    ) -> Indices:
        """Return the first place of each range at which `index` is not below what is wanted."""
        ...

    def find(
        self, row_ptr: Indices, index: NDArray[np.integer], rows: Indices, wanted: Indices
    ) -> Indices:
        """Return where in its row each entry is; the complement of where it would be if not."""
        ...

    def find_free(
        self,
        row_ptr: Indices,
        index: NDArray[np.integer],
        columns: Indices,
        rows: Indices,
        which: Indices,
    ) -> Indices:
        """Return before which entry of its row the k-th of the `columns` without one stands."""
        ...

    def cut(self, n_old: int, leaving: Indices, before: Indices) -> tuple[Runs, Indices]:
        """Return what stays of `n_old` entries, and the places of what comes afterwards."""
        ...

    def splice(self, old: NDArray, made: NDArray, runs: Runs, coming: NDArray) -> None:
        """Fill `made` with the runs of `old` that stay and the values that come between them.

        Both may begin at the same place in memory.
        """
        ...

    def columns(
        self, storage: Storage, row_ptr: Indices, leaving: Ends, coming: Ends
    ) -> Columns | None:
        """Return the columns of a storage after a splice; None where they have to be listed anew.

        `row_ptr` are the rows afterwards.
        """
        ...

    def units(
        self, key: tuple[int, int], draw: int, step: int, counters: NDArray[np.uint64]
    ) -> NDArray[np.float64]:
        """Return a number of [0, 1) for each counter, as `Stream.uniform` does."""
        ...


class NumpyCopier:
    """The work done by NumPy, for networks that run without a compiler."""

    def bisect(
        self, index: NDArray[np.integer], low: Indices, high: Indices, wanted: Indices
    ) -> Indices:
        """Halve all ranges side by side."""
        low, high = low.astype(np.int64), high.astype(np.int64)
        for _ in range(int(np.max(high - low, initial=0)).bit_length()):
            is_open = low < high
            middle = (low + high) // 2
            is_below = is_open & (index[np.where(is_open, middle, 0)] < wanted)
            high = np.where(is_open & ~is_below, middle, high)
            low = np.where(is_below, middle + 1, low)
        return low

    def find(
        self, row_ptr: Indices, index: NDArray[np.integer], rows: Indices, wanted: Indices
    ) -> Indices:
        """Return where in its row each entry is; the complement of where it would be if not."""
        begin, end = row_ptr[rows], row_ptr[rows + 1]
        place = self.bisect(index, begin, end, wanted)
        is_there = place < end
        is_there[is_there] = index[place[is_there]] == wanted[is_there]
        return np.where(is_there, place, ~place)

    def find_free(
        self,
        row_ptr: Indices,
        index: NDArray[np.integer],
        columns: Indices,
        rows: Indices,
        which: Indices,
    ) -> Indices:
        """Halve all rows side by side."""
        begin = row_ptr[rows]
        low, high = begin.copy(), row_ptr[rows + 1]
        for _ in range(int(np.max(high - low, initial=0)).bit_length()):
            is_open = low < high
            middle = (low + high) // 2
            # Up to this entry all columns but k have one: then it stands before the k-th without.
            column = columns[np.where(is_open, which + middle - begin, 0)]
            is_before = is_open & (index[np.where(is_open, middle, 0)] <= column)
            high = np.where(is_open & ~is_before, middle, high)
            low = np.where(is_before, middle + 1, low)
        return low

    def cut(self, n_old: int, leaving: Indices, before: Indices) -> tuple[Runs, Indices]:
        """Sort where the runs are cut."""
        # An entry that leaves is cut out behind what comes before it: one number holds both.
        keys = np.concatenate((2 * before, 2 * leaving + 1))
        keys.sort()
        cuts, skips = keys >> 1, keys & 1
        runs = Runs(
            begins=np.concatenate(([0], cuts + skips)),
            ends=np.concatenate((cuts, [n_old])),
            n_come=np.concatenate(([0], np.cumsum(1 - skips))),
        )
        which = np.arange(len(before))
        n_gone = np.flatnonzero(skips == 0) - which
        return runs, before - n_gone + which

    def splice(self, old: NDArray, made: NDArray, runs: Runs, coming: NDArray) -> None:
        """Copy long runs one by one, gather short ones together."""
        if len(old) == 0 or len(runs.begins) * _LONG_RUN < len(old):
            sources = (old, coming)
            made[:] = np.concatenate([sources[k][begin:end] for k, begin, end in _parts(runs)])
            return
        source, is_new = _source(runs)
        made[:] = old.take(source, mode="clip")
        made[is_new] = coming

    def columns(
        self, storage: Storage, row_ptr: Indices, leaving: Ends, coming: Ends
    ) -> Columns | None:
        """Leave it to who needs them."""
        return None

    def units(
        self, key: tuple[int, int], draw: int, step: int, counters: NDArray[np.uint64]
    ) -> NDArray[np.float64]:
        """Return a number of [0, 1) for each counter."""
        stream = Stream(key=key, draw=draw, layout=Layout.SINGLE, float_type=np.dtype(float))
        return stream.uniform(step, counters)


NUMPY = NumpyCopier()


class Splice:
    """What leaves and what comes, as positions in the old arrays.

    Parameters
    ----------
    n_old
        Number of entries before.
    leaving
        Positions of entries, ascending, without duplicates.
    before
        Entry k that comes stands before the old entry ``before[k]``; ascending too.

    Attributes
    ----------
    places
        Positions of the entries that came, afterwards.
    runs
        What stays.
    """

    def __init__(
        self,
        n_old: int,
        leaving: Indices,
        before: Indices,
        *,
        copier: Copier = NUMPY,
        rooms: Rooms | None = None,
    ) -> None:
        self.n_old = n_old
        self.n_new = n_old - len(leaving) + len(before)
        self._leaving, self._before = leaving, before
        self.runs, self.places = copier.cut(n_old, leaving, before)
        self._copier = copier
        self._rooms = Rooms() if rooms is None else rooms

    def apply(self, values: NDArray, coming: NDArray | float) -> NDArray:
        """Return the array afterwards; `coming` are the values of the new entries.

        Nobody may read the old array any more: the new one may have its memory.
        """
        made = self._rooms.fit(values, self.n_new)
        new = np.empty(len(self.places), values.dtype)
        new[:] = coming
        self._copier.splice(values[: self.n_old], made, self.runs, new)
        return made

    def room(self, values: NDArray) -> NDArray:
        """Return an array of the length afterwards, with no values in particular; as `apply`."""
        return self._rooms.fit(values, self.n_new)

    def moved(self, positions: Indices) -> tuple[Indices, NDArray[np.bool_]]:
        """Return where entries that stay are afterwards, and which of `positions` stay."""
        n_gone = np.searchsorted(self._leaving, positions)
        stays = np.ones(len(positions), bool)
        inside = n_gone < len(self._leaving)
        stays[inside] = self._leaving[n_gone[inside]] != positions[inside]
        n_come = np.searchsorted(self._before, positions, side="right")
        return (positions - n_gone + n_come)[stays], stays


def _parts(runs: Runs) -> list[tuple[int, int, int]]:
    """Return the parts of an array afterwards: (0 from the old one, 1 from what comes; slice)."""
    parts, n_before = [], 0
    rows = zip(runs.begins.tolist(), runs.ends.tolist(), runs.n_come.tolist(), strict=True)
    for begin, end, n in rows:
        if n > n_before:
            parts.append((1, n_before, n))
        if end > begin:
            parts.append((0, begin, end))
        n_before = n
    return parts or [(0, 0, 0)]


def _source(runs: Runs) -> tuple[Indices, Indices]:
    """Return which old entry stands at each place afterwards, and the places of new entries."""
    stay, come = runs.ends - runs.begins, np.diff(runs.n_come, prepend=0)
    lengths = stay + come  # a new entry belongs to the run after it
    starts = np.cumsum(lengths) - lengths
    source = np.arange(int(lengths.sum()))
    source += np.repeat(runs.begins - come - starts, lengths)
    is_new = np.repeat(starts - np.cumsum(come) + come, come) + np.arange(int(come.sum()))
    return source, is_new


def splice(
    storage: Storage,
    leaving: Indices,
    pre: Indices,
    post: Indices,
    delays: NDArray[np.int32] | None,
    *,
    places: Indices | None = None,
    copier: Copier = NUMPY,
    rooms: Rooms | None = None,
) -> tuple[Storage, Splice, Indices | slice]:
    """Change a CSR storage.

    Parameters
    ----------
    leaving
        Positions of entries to take out, ascending, without duplicates.
    pre, post
        Ranks of the entries to put in, of pairs that have none or whose entry leaves.
    delays
        Theirs [steps]; None if the storage has one delay for all.
    places
        Before which old entry each will stand, where that is known. What comes
        is in the order of the storage then.
    copier, rooms
        Who copies, and where to. The arrays of the old storage are given away.

    Returns
    -------
    The new storage, the splice, and the order of what comes in it.
    """
    major, minor = (pre, post) if storage.major is Side.PRE else (post, pre)
    groups = _Groups.of(storage, delays)
    keys = groups.keys_of(major, delays)
    order: Indices | slice = slice(None)
    if places is None:
        order = _order(keys, minor)
        keys, minor = keys[order], minor[order]
        places = _places(storage, groups, keys, minor, copier)
    joint = Splice(storage.n_synapses, leaving, places, copier=copier, rooms=rooms)
    lost = np.searchsorted(storage.row_ptr, leaving, side="right") - 1
    rows = groups.rows_after(storage, lost, keys)
    gone = Ends(lost, storage.index[leaving].astype(np.int64), leaving)
    columns = copier.columns(storage, rows["row_ptr"], gone, Ends(keys, minor, joint.places))
    index = joint.apply(storage.index, minor)  # in place, perhaps: nobody may look at it later
    changed = replace(
        storage,
        n_synapses=joint.n_new,
        n_slots=joint.n_new,
        index=index,
        delays=_spliced_delays(storage, joint, delays, order),
        by_column=columns,
        _dendrites=None,
        **rows,
    )
    return changed, joint, order


def _spliced_delays(
    storage: Storage, joint: Splice, delays: NDArray[np.int32] | None, order: Indices | slice
) -> NDArray[np.int32] | None:
    if storage.delays is None:
        return None
    assert delays is not None  # what comes has delays if what is there has
    return joint.apply(storage.delays, delays[order])


@dataclass(frozen=True, slots=True, eq=False)
class _Groups:
    """What `Storage.row_ptr` cuts: rows, or segments of one row and one delay.

    `keys` ascend; with segments they are ``row * n_delays + delay``.
    """

    keys: Indices
    n_delays: int  # 0 without segments

    @classmethod
    def of(cls, storage: Storage, delays: NDArray[np.int32] | None) -> _Groups:
        if storage.segment_ptr is None:
            return cls(np.arange(len(storage.row_ptr) - 1), 0)
        assert storage.segment_delay is not None  # it comes with the segments
        coming = 0 if delays is None else int(delays.max(initial=0))
        n_delays = max(int(storage.segment_delay.max(initial=0)), coming) + 1
        owner = storage.row_owner()
        return cls(owner * n_delays + storage.segment_delay, n_delays)

    def keys_of(self, major: Indices, delays: NDArray[np.int32] | None) -> Indices:
        """Return the groups into which entries of the rows `major` go."""
        if not self.n_delays:
            return major
        assert delays is not None  # segments are there because of delays
        return major * self.n_delays + delays

    def rows_after(self, storage: Storage, lost: Indices, coming: Indices) -> dict[str, NDArray]:
        """Return the arrays of the storage that say where rows begin.

        `lost` are the groups of what leaves, `coming` those of what comes.
        """
        lengths = np.diff(storage.row_ptr)
        lengths -= np.bincount(lost, minlength=len(lengths))
        if not self.n_delays:
            lengths += np.bincount(coming, minlength=len(lengths))
            return {"row_ptr": _pointers(lengths)}
        keys, place = np.unique(np.concatenate((self.keys, coming)), return_inverse=True)
        counts = np.bincount(place[: len(lengths)], lengths, len(keys)).astype(np.int64)
        counts += np.bincount(place[len(lengths) :], minlength=len(keys))
        keys, counts = keys[counts > 0], counts[counts > 0]
        assert storage.segment_ptr is not None  # there are segments
        n_rows = len(storage.segment_ptr) - 1
        return {
            "row_ptr": _pointers(counts),
            "segment_ptr": np.searchsorted(keys, np.arange(n_rows + 1) * self.n_delays),
            "segment_delay": (keys % self.n_delays).astype(np.int32),
        }


def _pointers(lengths: Indices) -> Indices:
    return np.concatenate(([0], np.cumsum(lengths)))


def _order(keys: Indices, minor: Indices) -> Indices:
    """Return the order by keys, and by the other number where these are equal."""
    order = np.argsort(_narrowed(minor), kind="stable")
    return order[np.argsort(_narrowed(keys[order]), kind="stable")]


def _narrowed(numbers: Indices) -> NDArray[np.integer]:
    """Return numbers as 16 bits if they fit: those are sorted by radix, ten times as fast."""
    return numbers.astype(np.uint16) if int(numbers.max(initial=0)) < 1 << 16 else numbers


def _places(
    storage: Storage, groups: _Groups, keys: Indices, minor: Indices, copier: Copier
) -> Indices:
    """Return before which old entry each new one stands."""
    if not groups.n_delays:
        place = copier.find(storage.row_ptr, storage.index, keys, minor)
        return np.where(place < 0, ~place, place)
    group = np.searchsorted(groups.keys, keys)
    is_known = group < len(groups.keys)
    is_known[is_known] = groups.keys[group[is_known]] == keys[is_known]
    low = storage.row_ptr[group]
    high = np.where(is_known, storage.row_ptr[np.minimum(group + 1, len(groups.keys))], low)
    return copier.bisect(storage.index, low, high, minor)


def locate(storage: Storage, pre: Indices, post: Indices, copier: Copier = NUMPY) -> Indices:
    """Return the position of the synapse of each pair in a CSR storage; -1 where there is none."""
    major, minor = (pre, post) if storage.major is Side.PRE else (post, pre)
    if storage.segment_ptr is None:
        return np.maximum(copier.find(storage.row_ptr, storage.index, major, minor), -1)
    found = np.full(len(major), -1, np.int64)
    first = storage.segment_ptr[major]  # the entry may be in any segment of the row
    n_segments = storage.segment_ptr[major + 1] - first
    asked = np.repeat(np.arange(len(major)), n_segments)
    row = np.arange(len(asked)) + np.repeat(first - np.cumsum(n_segments) + n_segments, n_segments)
    place = copier.find(storage.row_ptr, storage.index, row, minor[asked])
    is_there = place >= 0
    found[asked[is_there]] = place[is_there]
    return found


__all__ = ["NUMPY", "Copier", "Runs", "Splice", "locate", "splice"]
