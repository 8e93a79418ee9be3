"""Structural plasticity of one projection: synapses that come and go while it exists.

Changes by hand are collected, found again by reading, and made in one pass over
the arrays (`annlab.runtime.splicing`) before the next step is run or a value is
read. So one change costs a search in one row, and a thousand changes between two steps
cost little more than one. Rules (`annlab.runtime.rules`) hand over their changes as arrays.

Knows no networks: what new synapses start with comes from a function.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from annlab.ir.expr import Locality, Side
from annlab.ir.model import Attribute
from annlab.runtime.memory import Rooms
from annlab.runtime.splicing import NUMPY, Copier, locate, splice
from annlab.runtime.state import NO_EVENT, ProjectionState
from annlab.runtime.storage import Connectivity, StorageKind, compressed
from annlab.runtime.traces import TraceMirror

Indices = NDArray[np.int64]

RULE_WEIGHT = "creating"  # what `Structure.beginning` is asked for the weights of a rule


class Beginning(Protocol):
    """What new synapses start with."""

    def __call__(self, name: str, n: int, rng: np.random.Generator | None) -> NDArray | float:
        """Return the initial values of attribute `name` of n synapses.

        `rng` is what to draw from; None: the generator of the network.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NewSynapses:
    """Synapses that come.

    Attributes
    ----------
    pre, post
        Ranks.
    delays
        [steps]; None where all have one.
    values
        By name.
    places
        Before which entries of the storage as it is they will stand; None: not looked up yet.
        Synapses with places are in the order of the storage.
    """

    pre: Indices
    post: Indices
    delays: NDArray[np.int32] | None
    values: dict[str, NDArray | float]
    places: Indices | None = None

    def __len__(self) -> int:
        return len(self.pre)


class RuleClock:
    """When a rule is evaluated: in steps ``origin + k * period``, while it is active.

    `values` holds [is active, period, origin] [steps].
    """

    def __init__(self) -> None:
        self.values = np.array([0, 1, 0], np.int64)

    def start(self, period: int, step: int) -> None:
        """Evaluate the rule in `step` and then every `period` steps."""
        self.values[:] = 1, period, step % period

    def stop(self) -> None:
        """Evaluate it no more."""
        self.values[0] = 0

    def move(self, by: int) -> None:
        """Keep the distance to now: the clock was set by hand."""
        self.values[2] = (self.values[2] + by) % self.values[1]

    def following(self, step: int) -> int | None:
        """Return the first step from `step` on in which the rule is due."""
        is_active, period, origin = (int(x) for x in self.values)
        return step + (origin - step) % period if is_active else None


class Structure:
    """The changes of one projection.

    Attributes
    ----------
    projection
        Whose synapses they are.
    post_ranks, pre_ranks
        Neurons between which rules may create synapses: those with a dendrite, and the
        presynaptic population or view; both ascend.
    creating, pruning
        When the rules are evaluated.
    is_unbound
        True from a change of the arrays until the back end has looked at them.
    followers
        Called after a change of the arrays, while no step is under way.
    copier
        Who works on long arrays; back ends may know better than NumPy.
    """

    def __init__(
        self,
        projection: ProjectionState,
        *,
        pre_ranks: NDArray[np.int64],
        beginning: Beginning,
        followers: Callable[[], Iterable[Callable[[], object]]],
    ) -> None:
        # Weakly, as the projection holds this: what is in a circle waits for Python's collector,
        # and synapses are large.
        self._projection = weakref.ref(projection)
        self.pre_ranks = np.unique(pre_ranks)
        self.beginning = beginning
        self.creating = RuleClock()
        self.pruning = RuleClock()
        self.is_unbound = False
        self.copier: Copier = NUMPY
        self._rooms = Rooms()
        self._followers = followers
        self._created: dict[int, tuple[float, int]] = {}  # pair -> weight, delay [steps]
        self._removed: dict[int, int] = {}  # pair -> position of its entry
        self._touched: set[int] = set()  # postsynaptic ranks

    @property
    def projection(self) -> ProjectionState:
        projection = self._projection()
        assert projection is not None  # it holds this, and nothing else does
        return projection

    @property
    def post_ranks(self) -> NDArray[np.int64]:
        """Postsynaptic ranks that have a dendrite, ascending."""
        kept = self.projection.storage.kept_post_ranks
        ranks = self.projection.storage.dendrites.post_ranks if kept is None else kept
        return ranks.astype(np.int64)

    # -- changes by hand ----------------------------------------------------------

    def touches(self, post: int | None = None) -> bool:
        """Tell whether a neuron (None: any) has changes that the arrays do not show yet."""
        return bool(self._touched) if post is None else post in self._touched

    def exists(self, post: int, pre: Indices) -> NDArray[np.bool_]:
        """Tell for each presynaptic rank whether there is a synapse onto `post`."""
        entries = self._entries(post, pre)
        return np.array(
            [
                pair in self._created or (entry >= 0 and pair not in self._removed)
                for pair, entry in zip(self._pairs(post, pre), entries.tolist(), strict=True)
            ],
            dtype=bool,
        )

    def ranks(self, post: int) -> list[int]:
        """Return the presynaptic ranks of a neuron, changes included, ascending."""
        dendrites = self.projection.storage.dendrites
        row = dendrites.row_of(post)
        assert row is not None  # only neurons with a dendrite are touched
        old = dendrites.pre_ranks[dendrites.row_ptr[row] : dendrites.row_ptr[row + 1]].tolist()
        n_pre = self.projection.pre.n
        first, last = post * n_pre, (post + 1) * n_pre
        gone = {pair - first for pair in self._removed if first <= pair < last}
        new = {pair - first for pair in self._created if first <= pair < last}
        return sorted({*old} - gone | new)

    def create(self, post: int, pre: Indices, weights: NDArray, delays: NDArray[np.int32]) -> None:
        """Note synapses that do not exist yet."""
        values = zip(weights.tolist(), delays.tolist(), strict=True)
        self._created.update(zip(self._pairs(post, pre), values, strict=True))
        self._touched.add(post)

    def remove(self, post: int, pre: Indices) -> None:
        """Note that synapses, which exist, have to go."""
        entries = self._entries(post, pre).tolist()
        for pair, entry in zip(self._pairs(post, pre), entries, strict=True):
            if self._created.pop(pair, None) is None:
                self._removed[pair] = entry
        self._touched.add(post)

    def _pairs(self, post: int, pre: Indices) -> list[int]:
        return (post * self.projection.pre.n + pre).tolist()

    def _entries(self, post: int, pre: Indices) -> Indices:
        return locate(self.projection.storage, pre, np.full(len(pre), post), self.copier)

    def forget(self) -> None:
        """Drop what is noted: the synapses were exchanged."""
        self._created, self._removed, self._touched = {}, {}, set()

    def settle(self, step: int) -> None:
        """Bring the arrays up to date; `step` is the next to run."""
        if not self._touched:
            return
        created, removed = self._created, self._removed
        post, pre = np.divmod(np.array(list(created), np.int64), self.projection.pre.n)
        weights = np.array([weight for weight, _ in created.values()], float)
        delays = np.array([delay for _, delay in created.values()], np.int32)
        try:
            new = self.new(pre, post, weights, delays=delays, rng=None)
            leaving = np.sort(np.array(list(removed.values()), np.int64))
            is_changed = self._change(leaving, new, step)
        finally:
            # Not before the arrays are there: other threads ask whether there is anything to wait
            # for. Also after an error: positions may be those of arrays that are gone.
            self.forget()
        if is_changed:
            self.announce()

    # -- changes of the arrays ----------------------------------------------------

    def new(
        self,
        pre: Indices,
        post: Indices,
        weights: NDArray | float,
        *,
        delays: NDArray[np.int32] | None,
        rng: np.random.Generator | None,
    ) -> NewSynapses:
        """Return synapses whose other attributes have their initial values."""
        return NewSynapses(
            pre=pre,
            post=post,
            delays=None if self.projection.storage.delays is None else delays,
            values={
                a.name: weights if a.name == "w" else self.beginning(a.name, len(pre), rng)
                for a in _local_attributes(self.projection)
            },
        )

    def change(self, leaving: Indices, new: NewSynapses, step: int) -> None:
        """Take entries out and put synapses in, before step `step` is run."""
        if self._change(leaving, new, step):
            self.announce()

    def _change(self, leaving: Indices, new: NewSynapses, step: int) -> bool:
        """The same, and nobody is told; False if there is nothing to do."""
        if not len(leaving) and not len(new):
            return False
        p = self.projection
        mirror = self._mirror(step)
        p.storage, joint, order = splice(
            p.storage,
            leaving,
            new.pre,
            new.post,
            new.delays,
            places=new.places,
            copier=self.copier,
            rooms=self._rooms,
        )
        # The initial values are those of now: nothing has decayed since the clock was 0.
        event = step + NO_EVENT
        coming = {name: _taken(values, order) for name, values in new.values.items()}
        if mirror is not None:
            mirror.follow(joint, coming, event)
        elif p._last_event is not None:
            p.last_event = joint.apply(p._last_event, event)
        for name, values in coming.items():
            if mirror is None or name not in mirror.names:
                p.values[name] = joint.apply(p.values.raw(name), values)
        return True

    def _mirror(self, step: int) -> TraceMirror | None:
        """Return the traces of neurons, if they stand for the values of synapses."""
        values = self.projection.values
        mirror = values.mirror
        if not isinstance(mirror, TraceMirror) or not mirror.take_back():
            values.mirror = None
            return None
        mirror.ripen(step)
        return mirror

    def ripe_at(self, step: int) -> int | None:
        """Return the first step from `step` on before which young synapses can be forgotten."""
        mirror = self.projection.values.mirror
        at = mirror.ripe_at if isinstance(mirror, TraceMirror) else None
        return None if at is None else max(at, step)

    def ripen(self, step: int) -> None:
        """Forget which synapses are young, before step `step`, where nobody can tell any more."""
        if self._mirror(step) is None:
            self.is_unbound = True

    def announce(self) -> None:
        """Tell all who hold the arrays that others have taken their place."""
        self.is_unbound = True
        for follow in self._followers():
            follow()


def make_editable(p: ProjectionState, *, major: Side, delay: int | None = None) -> None:
    """Lay out a projection so that single synapses can come and go: rows, own weights.

    Parameters
    ----------
    major
        Which side the rows belong to.
    delay
        A delay [steps] that new synapses will have; None: that of all others.
    """
    storage = p.storage
    needs_delays = storage.delays is None and delay not in (None, int(p.delay_steps[0]))
    p.values.publish()  # what a back end keeps elsewhere
    if storage.kind is not StorageKind.CSR or needs_delays:
        _compress(p, major, has_delays=needs_delays)
    if p.has_single_weight:
        p.values["w"] = np.full(p.storage.n_synapses, p.values["w"][0])
        p.has_single_weight = False
    if p.storage.kept_post_ranks is None:
        p.storage.kept_post_ranks = p.storage.dendrites.post_ranks
        # Listed from now on by copies: synapses come and go in the memory in which they are.
        p.storage._dendrites = None


def _compress(p: ProjectionState, major: Side, *, has_delays: bool) -> None:
    old = p.storage
    pre, post, positions = old.pairs()
    rows, columns = (pre, post) if major is Side.PRE else (post, pre)
    order = np.lexsort((columns, rows))
    n_rows = old.n_pre if major is Side.PRE else old.n_post
    delays: int | NDArray[np.int32] = int(p.delay_steps[0])
    if has_delays:
        delays = np.full(old.n_synapses, delays, np.int32)
    connectivity = Connectivity(
        major=major,
        n_pre=old.n_pre,
        n_post=old.n_post,
        row_ptr=np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=n_rows)))),
        index=columns[order].astype(np.int32),
        weights=positions[order],
        delays=delays if old.delays is None else old.delays[positions[order]],
    )
    p.storage, places = compressed(connectivity, major, delays_cut_rows=major is Side.PRE)
    assert isinstance(places, np.ndarray)  # the old positions went in as weights
    for attribute in _local_attributes(p):
        if attribute.name != "w" or not p.has_single_weight:
            p.values[attribute.name] = p.values[attribute.name][places]
    if p.last_event is not None:
        p.last_event = p.last_event[places]


def _taken(values: NDArray | float, order: Indices | slice) -> NDArray | float:
    return values[order] if isinstance(values, np.ndarray) else values


def _local_attributes(p: ProjectionState) -> list[Attribute]:
    return [a for a in p.model.attributes if a.locality is Locality.LOCAL]


__all__ = [
    "RULE_WEIGHT",
    "Beginning",
    "NewSynapses",
    "RuleClock",
    "Structure",
    "make_editable",
]
