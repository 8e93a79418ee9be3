"""What arrives at the neurons of a network, as sums in fixed point on the device.

Each sum is an array of integers for one target of one population; projections add to it, and
`settle_sums` adds it to the target and clears it, so it is 0 between two steps. See
`annlab.runtime.cuda.sums` for who may add and by which scale.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from weakref import ReferenceType, ref

import numpy as np
from numpy.typing import NDArray

from annlab.runtime.binding.binder import Binder, Slot
from annlab.runtime.cuda.memory import DeviceMemory
from annlab.runtime.cuda.sums import Addend, Extent, Sum, most_inputs, plan, sharing
from annlab.runtime.memory import aligned
from annlab.runtime.schedule import Call
from annlab.runtime.state import PopulationState, ProjectionState
from annlab.runtime.storage import Storage

_UNKNOWN = Extent(0, True)


class WeightBook:
    """What is known of the weights of a network, from one binding to the next.

    Weights are looked at when they are about to be uploaded, and taken for fit before.
    """

    def __init__(self, memory: DeviceMemory) -> None:
        self._memory = memory
        self._extents: dict[str, tuple[NDArray, Extent]] = {}
        self._inputs: dict[str, tuple[Storage, int]] = {}
        # Of what came to be on the device; perhaps it goes before anybody asks.
        self._noted: list[tuple[ReferenceType[Any], Any]] = []

    def note_weights(self, weights: NDArray, extent: Extent) -> None:
        """Hear of weights that the host has not seen."""
        self._noted.append((ref(weights), extent))

    def note_inputs(self, storage: Storage, n_inputs: int) -> None:
        """Hear how many synapses of a storage meet at one neuron, which the host has not seen."""
        self._noted.append((ref(storage), n_inputs))

    def _take_note(self, of: object) -> Any:
        """Return what was noted of an array or a storage, and forget it; None if nothing was."""
        for k, (noted, value) in enumerate(self._noted):
            if noted() is of:
                del self._noted[k]
                return value
        return None

    def extent(self, p: ProjectionState) -> Extent:
        """Return what is known of the weights of a projection."""
        weights, extent = self._extents.get(p.name, (None, _UNKNOWN))
        return extent if weights is p.values.held("w") else _UNKNOWN

    def review(self, p: ProjectionState) -> bool:
        """Look at weights that may have changed since they were uploaded; tell if they have."""
        weights = p.values.held("w")
        assumed = self.extent(p)
        known = self._extents.get(p.name)
        if known is not None and known[0] is weights and not self._memory.is_due(weights):
            return False
        found = self._take_note(weights)
        if found is None or self._memory.is_due(weights):  # changed since it was noted, perhaps
            found = Extent.of(weights)
        self._extents[p.name] = (weights, found)
        return found != assumed

    def is_as_reviewed(self, p: ProjectionState) -> bool:
        """Tell whether weights are sure to be those of the last review."""
        known = self._extents.get(p.name)
        return (
            known is not None
            and known[0] is p.values.held("w")
            and not self._memory.is_due(known[0])
        )

    def n_inputs(self, p: ProjectionState) -> int:
        """Return the most synapses of a projection onto one neuron."""
        known = self._inputs.get(p.name)
        if known is None or known[0] is not p.storage:
            noted = self._take_note(p.storage)
            n_inputs = most_inputs(p.storage) if noted is None else noted
            known = self._inputs[p.name] = (p.storage, n_inputs)
        return known[1]


@dataclass(frozen=True, slots=True)
class _Array:
    """A sum on the device."""

    sum: Sum
    values: NDArray[np.int64]
    scale: NDArray[np.float64]
    unit: NDArray[np.float64]  # of the last bit

    def set_exponent(self, exponent: int) -> None:
        self.scale[0], self.unit[0] = 2.0**exponent, 2.0**-exponent


class PendingSums:
    """The sums of one binding."""

    def __init__(
        self, binder: Binder, projections: Iterable[tuple[ProjectionState, int]], book: WeightBook
    ) -> None:
        """`projections` come with the number of kinds of events that use their synapses."""
        self._binder = binder
        self._book = book
        self._projections = list(projections)
        self._reviewed = False
        self._arrays = {key: [self._array(*key, s) for s in sums] for key, sums in self._plan()}

    def _plan(self) -> list[tuple[tuple[PopulationState, str], list[Sum]]]:
        addends: dict[tuple[PopulationState, str], list[Addend]] = {}
        for p, n_kinds in self._projections:
            n_inputs = n_kinds * self._book.n_inputs(p)
            for target in p.targets:
                addend = Addend(p.name, n_inputs, self._book.extent(p))
                addends.setdefault((p.post, target), []).append(addend)
        return [(key, plan(found)) for key, found in addends.items()]

    def _array(self, post: PopulationState, target: str, found: Sum) -> _Array:
        keep = self._binder.keep
        array = _Array(found, keep(aligned(post.n, np.int64)), keep(np.ones(1)), keep(np.ones(1)))
        array.set_exponent(found.exponent)
        return array

    def are_current(self) -> bool:
        """Look at the weights; return False if others share sums now, so that all must be bound."""
        if self._reviewed and all(self._book.is_as_reviewed(p) for p, _ in self._projections):
            return True
        self._reviewed = True
        have_changed = [self._book.review(p) for p, _ in self._projections]
        if not any(have_changed):
            return True
        planned = dict(self._plan())
        for key, arrays in self._arrays.items():
            if [a.sum.members for a in arrays] != [s.members for s in planned[key]]:
                return False
            for array, found in zip(arrays, planned[key], strict=True):
                array.set_exponent(found.exponent)
        return True

    def _find(self, p: ProjectionState, target: str) -> _Array | None:
        arrays = self._arrays.get((p.post, target), ())
        return next((a for a in arrays if p.name in a.sum.members), None)

    def takes(self, p: ProjectionState) -> bool:
        """Tell whether the weights of a projection are added here."""
        return all(self._find(p, target) is not None for target in p.targets)

    def is_first(self, p: ProjectionState, target: str) -> bool:
        """Tell whether a projection is the first that adds to a target."""
        onto = (q for q, _ in self._projections if q.post is p.post and target in q.targets)
        return p is next(onto, None)

    def slot(self, p: ProjectionState, kind: str, number: int) -> Slot:
        """Return a slot of a projection's kernel: pending, scale or sharing."""
        if kind == "sharing":
            return self._binder.numbers(*sharing(p.storage))
        array = self._find(p, p.targets[number])
        if array is None:
            return None
        return array.values if kind == "pending" else array.scale

    def settle(
        self, post: PopulationState, target: str, into: NDArray, name: str
    ) -> list[Settlement]:
        """Return how what arrived at a target gets there."""
        return [
            Settlement(
                post=post, into=into, name=name, sums=array.values, unit=array.unit,
                reads=frozenset(written_by(member) for member in array.sum.members),
            )
            for array in self._arrays.get((post, target), ())
        ]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """Bringing a sum to a target: by a call of its own, or by the one that updates the neurons.

    Attributes
    ----------
    into, sums, unit
        The target, the sums in fixed point, and what their last bit is worth.
    name
        Of the target in the schedule.
    reads
        What the projections that add to the sums write, in the schedule.
    """

    post: PopulationState
    into: NDArray
    sums: NDArray[np.int64]
    unit: NDArray[np.float64]
    name: str
    reads: frozenset[str]

    def call(self, binder: Binder) -> Call:
        """Return a call of its own."""
        names = frozenset({self.name})
        return binder.generic(
            f"settle_sums<{self.post.float_type.name}>",
            (self.into, self.sums, binder.numbers(self.post.n), self.unit),
            reads=self.reads, own_reads=names, own_writes=names, n_items=self.post.n,
        )  # fmt: skip

    def join(self, update: Call) -> None:
        """Tell the schedule that the update of the neurons does it."""
        update.reads |= self.reads
        update.own_writes |= {self.name}


def written_by(projection: str) -> str:
    """Return the name under which the schedule knows what a projection adds."""
    return f"{projection}.pending"
