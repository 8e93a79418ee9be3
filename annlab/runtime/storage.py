"""How the synapses of a projection lie in memory.

`Connectivity` is what a connector makes: rows of synapses, or the pattern
"everybody to everybody". `Storage` is what the kernels walk. Users count
synapses by dendrite (postsynaptic neuron, then presynaptic rank); kernels walk
rows of the `major` side. `Storage.dendrites` translates between the two.

Spikes are delivered row by row of the presynaptic neuron (major PRE); weighted
sums of rates are taken row by row of the postsynaptic neuron (major POST).
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annlab.ir.expr import Side
from annlab.runtime.columns import Columns
from annlab.runtime.dendrites import Dendrites, DenseDendrites, of_pairs, of_rows
from annlab.runtime.drawing import plain
from annlab.runtime.drawing.source import Drawing
from annlab.runtime.held import Keeper, Lent, held
from annlab.runtime.memory import aligned, require

LINE = 8  # dense rows start on cache lines: a stride is a multiple of this many elements


class StorageKind(enum.StrEnum):
    """The layouts that the kernels know."""

    DENSE = "dense"
    CSR = "csr"
    ONE_TO_ONE = "one_to_one"


@dataclass(frozen=True, eq=False)
class Connectivity:
    """What a connector makes: compressed rows of the `major` side.

    Attributes
    ----------
    n_pre, n_post
        Sizes of the whole populations (also where views are connected).
    row_ptr
        (n_major + 1,) int64: row i holds entries ``row_ptr[i]:row_ptr[i + 1]``.
    index
        (n_synapses,) integer ranks of the other side, ascending within a row.
    weights
        One float for all, or (n_synapses,).
    delays
        One int for all, or (n_synapses,) integers [steps], >= 1.
    """

    major: Side
    n_pre: int
    n_post: int
    row_ptr: NDArray[np.int64]
    index: NDArray[np.integer]
    weights: float | NDArray
    delays: int | NDArray[np.integer] = 1

    @property
    def n_synapses(self) -> int:
        return len(self.index)


@dataclass(frozen=True, eq=False)
class AllToAll:
    """Every pair of two ranges of ranks, with or without the pairs of equal rank.

    `weights` is one float, or (post.stop - post.start, pre.stop - pre.start), or the rows of such
    a table, some at a time; with ``has_self = False`` the entries of equal rank are ignored.
    """

    n_pre: int
    n_post: int
    pre: range
    post: range
    has_self: bool
    weights: float | NDArray | Iterator[NDArray]
    delays: int = 1

    @property
    def n_synapses(self) -> int:
        n_pairs = len(self.pre) * len(self.post)
        return n_pairs if self.has_self else n_pairs - len(_overlap(self.pre, self.post))


def _overlap(a: range, b: range) -> range:
    return range(max(a.start, b.start), max(a.start, b.start, min(a.stop, b.stop)))


@dataclass(eq=False)
class Storage:
    """Synapses as the kernels walk them.

    DENSE
        ``rows`` x ``columns`` are ranges of ranks (major, minor); the value of (i, j) lies at
        ``(i - rows.start) * stride + j - columns.start``. Without `has_self` the entry of equal
        ranks does not exist; kernels leave its slot alone.
    CSR
        `row_ptr`, `index` (uint16 where the minor side allows, else int32). With per-synapse
        delays of spikes the rows are cut into segments of equal delay: neuron i owns segments
        ``segment_ptr[i]:segment_ptr[i + 1]``, segment s has delay ``segment_delay[s]`` and entries
        ``row_ptr[s]:row_ptr[s + 1]``.
    ONE_TO_ONE
        Entry k joins ``rows.start + k`` and ``columns.start + k`` (rows: pre, columns: post).

    Attributes
    ----------
    n_slots
        Length of the arrays that hold one value per synapse (>= n_synapses).
    delays
        Per-synapse delays [steps] in storage order, int32, or None if uniform.
    kept_post_ranks
        Postsynaptic neurons that have a dendrite even when it has no synapses (structural
        plasticity), ascending; None: those that have synapses.
    by_column
        The same synapses by the other side, once somebody has listed them.
    keeper
        A back end that has the arrays where it runs and gives them to who reads them.
    """

    kind: StorageKind
    major: Side
    n_pre: int
    n_post: int
    n_synapses: int
    n_slots: int
    rows: range = range(0)
    columns: range = range(0)
    stride: int = 0
    has_self: bool = True
    row_ptr: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))
    index: NDArray[np.integer] = field(default_factory=lambda: np.zeros(0, np.int32))
    delays: NDArray[np.int32] | None = None
    segment_ptr: NDArray[np.int64] | None = None
    segment_delay: NDArray[np.int32] | None = None
    kept_post_ranks: NDArray[np.int32] | None = None
    by_column: Columns | None = None
    _dendrites: Dendrites | None = None
    _longest: tuple[NDArray[np.int32] | None, int] | None = None
    keeper: Keeper | None = field(default=None, init=False)

    @property
    def has_delays(self) -> bool:
        """True if every synapse has a delay of its own."""
        return held(self, "delays") is not None

    @property
    def max_delay(self) -> int | None:
        """The longest per-synapse delay [steps], or None if the delay is uniform."""
        if not self.has_delays:
            return None
        if self._longest is None or self._longest[0] is not held(self, "delays"):
            self.note_longest(int(self.delays.max(initial=1)))  # type: ignore[union-attr]
        assert self._longest is not None
        return self._longest[1]

    def note_longest(self, steps: int) -> None:
        """Keep the longest delay of the array that is here: looking for it means reading all."""
        self._longest = held(self, "delays"), steps

    @property
    def dendrites(self) -> Dendrites:
        """The synapses in the order of the user. Made once, on first use."""
        if self._dendrites is None:
            self.fetch("row_ptr", "index")  # factors of decoding need them while they are bound
            match self.kind:
                case StorageKind.DENSE:
                    self._dendrites = DenseDendrites(self)
                case StorageKind.ONE_TO_ONE:
                    self._dendrites = of_pairs(self)
                case StorageKind.CSR:
                    self._dendrites = of_rows(self)
        return self._dendrites

    def pairs(self) -> tuple[NDArray, NDArray, NDArray]:
        """Return (pre ranks, post ranks, positions) of all synapses, in storage order."""
        if self.kind is StorageKind.DENSE:
            return _dense_pairs(self)
        if self.kind is StorageKind.ONE_TO_ONE:
            k = np.arange(self.n_synapses)
            return k + self.rows.start, k + self.columns.start, k
        major = np.repeat(self.row_owner(), np.diff(self.row_ptr))
        minor = self.index.astype(np.int64)
        positions = np.arange(self.n_synapses)
        if self.major is Side.PRE:
            return major, minor, positions
        return minor, major, positions

    def row_owner(self) -> NDArray[np.int64]:
        """Return the major rank of each row that `row_ptr` cuts."""
        n_rows = len(self.row_ptr) - 1
        if self.segment_ptr is None:
            return np.arange(n_rows)
        return np.repeat(np.arange(len(self.segment_ptr) - 1), np.diff(self.segment_ptr))

    def n_efferent(self) -> NDArray[np.int64]:
        """Return the number of synapses of each presynaptic neuron."""
        if self.kind is StorageKind.CSR and self.major is Side.PRE:
            counts = np.bincount(self.row_owner(), np.diff(self.row_ptr), minlength=self.n_pre)
            return counts.astype(np.int64)
        return np.bincount(self.dendrites.pre_ranks, minlength=self.n_pre)

    def nbytes(self) -> int:
        """Return the bytes of the index structures (values not included)."""
        arrays = (held(self, name) for name in LENT)
        return sum(a.nbytes for a in arrays if a is not None)

    def fetch(self, *names: str) -> None:
        """Bring arrays (all if none is named) up to date, also while a back end binds them."""
        for name in names or LENT:
            array = held(self, name)
            if self.keeper is not None and array is not None:
                self.keeper.fetch(array)

    def __getstate__(self) -> dict[str, Any]:
        """Travel without the back end, with the numbers of now."""
        self.fetch()
        return {**self.__dict__, "keeper": None}


# A dataclass takes a descriptor for a default value, so they come after it.
LENT = ("row_ptr", "index", "delays", "segment_ptr", "segment_delay")
for _name in LENT:
    setattr(Storage, _name, lent := Lent())
    lent.__set_name__(Storage, _name)


def _dense_pairs(storage: Storage) -> tuple[NDArray, NDArray, NDArray]:
    major, minor = np.meshgrid(storage.rows, storage.columns, indexing="ij")
    positions = (major - storage.rows.start) * storage.stride + (minor - storage.columns.start)
    major, minor, positions = major.ravel(), minor.ravel(), positions.ravel()
    if not storage.has_self:
        keep = major != minor
        major, minor, positions = major[keep], minor[keep], positions[keep]
    if storage.major is Side.PRE:
        return major, minor, positions
    return minor, major, positions


def build_storage(
    connectivity: Connectivity | AllToAll,
    *,
    major: Side,
    delays_cut_rows: bool,
    drawing: Drawing = plain,
) -> tuple[Storage, float | NDArray]:
    """Lay synapses out for the kernels.

    Parameters
    ----------
    connectivity
        Its arrays are taken over: they become those of the storage, in another order perhaps.
    major
        PRE for spikes, POST for weighted sums.
    delays_cut_rows
        True if rows have to be sorted by delay (delivery of spikes).
    drawing
        What sorts them.

    Returns
    -------
    The storage, and the weights in storage order (one float if they are all one number).

    Raises
    ------
    TooLargeError
        Before anything is allocated.
    """
    if isinstance(connectivity, AllToAll):
        return _dense(connectivity, major)
    if _is_one_to_one(connectivity):
        return _one_to_one(connectivity)
    return compressed(connectivity, major, delays_cut_rows=delays_cut_rows, drawing=drawing)


def _dense(pattern: AllToAll, major: Side) -> tuple[Storage, float | NDArray]:
    rows, columns = (pattern.pre, pattern.post)[:: 1 if major is Side.PRE else -1]
    stride = -(-len(columns) // LINE) * LINE
    storage = Storage(
        kind=StorageKind.DENSE,
        major=major,
        n_pre=pattern.n_pre,
        n_post=pattern.n_post,
        n_synapses=pattern.n_synapses,
        n_slots=len(rows) * stride,
        rows=rows,
        columns=columns,
        stride=stride,
        has_self=pattern.has_self,
    )
    if isinstance(pattern.weights, (float, int)):
        return storage, float(pattern.weights)
    require(storage.n_slots * 8, f"a dense projection of {pattern.n_synapses} synapses")
    given = pattern.weights
    blocks = iter((given,)) if isinstance(given, np.ndarray) else given
    block = next(blocks)
    weights = aligned(storage.n_slots, block.dtype)
    grid = weights[: storage.n_slots].reshape(len(rows), stride)
    table = grid[:, : len(columns)].T if major is Side.PRE else grid[:, : len(columns)]
    first = 0
    for some in chain((block,), blocks):
        table[first : first + len(some)] = some
        first += len(some)
    if not pattern.has_self:
        for rank in _overlap(rows, columns):
            grid[rank - rows.start, rank - columns.start] = 0
    return storage, weights[: storage.n_slots]


def _is_one_to_one(c: Connectivity) -> bool:
    """True if entry k joins pre ``a + k`` and post ``b + k`` for every k."""
    lengths = np.diff(c.row_ptr)
    used = np.flatnonzero(lengths)
    return (
        len(used) == c.n_synapses > 0
        and not isinstance(c.delays, np.ndarray)
        and bool(lengths.max() == 1)
        and used[-1] - used[0] + 1 == len(used)
        and bool(np.all(np.diff(c.index.astype(np.int64)) == 1))
    )


def _one_to_one(c: Connectivity) -> tuple[Storage, float | NDArray]:
    n = c.n_synapses
    first_major = int(np.flatnonzero(np.diff(c.row_ptr))[0])
    first_minor = int(c.index[0])
    pre, post = (first_major, first_minor) if c.major is Side.PRE else (first_minor, first_major)
    storage = Storage(
        kind=StorageKind.ONE_TO_ONE,
        major=Side.PRE,
        n_pre=c.n_pre,
        n_post=c.n_post,
        n_synapses=n,
        n_slots=n,
        rows=range(pre, pre + n),
        columns=range(post, post + n),
    )
    return storage, c.weights


def compressed(
    c: Connectivity, major: Side, *, delays_cut_rows: bool, drawing: Drawing = plain
) -> tuple[Storage, float | NDArray]:
    """Return rows of the `major` side whatever the pattern, and the weights in their order."""
    n_minor = c.n_post if major is Side.PRE else c.n_pre
    row_ptr, index, weights, delays = _with_major(c, major)
    segment_ptr = segment_delay = None
    if isinstance(delays, np.ndarray) and delays_cut_rows:
        delays = delays.astype(np.int32, copy=False)
        values = [a for a in (index, weights) if isinstance(a, np.ndarray)]
        row_ptr, segment_ptr, segment_delay = drawing.cut_rows(row_ptr, delays, values)
    narrow = np.uint16 if n_minor <= 2**16 else np.int32
    storage = Storage(
        kind=StorageKind.CSR,
        major=major,
        n_pre=c.n_pre,
        n_post=c.n_post,
        n_synapses=c.n_synapses,
        n_slots=c.n_synapses,
        row_ptr=np.ascontiguousarray(row_ptr, dtype=np.int64),
        index=np.ascontiguousarray(index, dtype=narrow),
        delays=delays.astype(np.int32, copy=False) if isinstance(delays, np.ndarray) else None,
        segment_ptr=segment_ptr,
        segment_delay=segment_delay,
    )
    return storage, weights


def _with_major(c: Connectivity, major: Side):
    """Return (row_ptr, index, weights, delays) with rows of the `major` side."""
    if c.major is major:
        return c.row_ptr, c.index, c.weights, c.delays
    n_rows = c.n_pre if major is Side.PRE else c.n_post
    order = np.argsort(c.index, kind="stable")  # radix sort for 16-bit ranks
    owner = np.repeat(np.arange(len(c.row_ptr) - 1, dtype=np.int32), np.diff(c.row_ptr))
    counts = np.bincount(c.index, minlength=n_rows)
    row_ptr = np.concatenate(([0], np.cumsum(counts)))
    return row_ptr, owner[order], _take(c.weights, order), _take(c.delays, order)


def _take(values: Any, order: NDArray) -> Any:
    return values[order] if isinstance(values, np.ndarray) else values


def with_delays(storage: Storage, delays: NDArray[np.integer]) -> tuple[Storage, NDArray | None]:
    """Return a storage whose synapses have other delays.

    Parameters
    ----------
    delays
        (n_slots,) steps in the order of `storage`.

    Returns
    -------
    The storage, and the order into which all values per synapse have to be brought, or None if
    they may stay.
    """
    if storage.segment_ptr is None:
        return replace(storage, delays=delays.astype(np.int32)), None
    owner = np.repeat(storage.row_owner(), np.diff(storage.row_ptr))
    order = np.lexsort((storage.index, owner))
    row_ptr = storage.row_ptr[storage.segment_ptr]
    index, delays = storage.index[order], np.asarray(delays, np.int32)[order]
    row_ptr, segment_ptr, segment_delay = plain.cut_rows(row_ptr, delays, [index, order])
    changed = replace(
        storage,
        row_ptr=row_ptr,
        index=index,
        delays=delays,
        segment_ptr=segment_ptr,
        segment_delay=segment_delay,
        by_column=None,
        _dendrites=None,
    )
    return changed, order
