"""Calls of kernels to launches: calls of one kernel that do not disturb each other share one.

A launch costs microseconds whatever it does, and a network has many projections of one
kind. Those onto different neurons lie side by side in one launch; those onto the same
neurons follow each other there, in the order of the calls, because the same threads own
the same neurons in all of them.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from annlab.runtime.schedule import Call

ANYTHING = "*"  # who reads this may read all that others write
RECORD = "record:"  # written for the host alone


class Relation(enum.Enum):
    """What two calls are to each other."""

    FREE = "free"  # in any order, or at once
    CHAIN = "chain"  # one after the other, neuron by neuron
    BARRIER = "barrier"  # the second when the first is over


@dataclass(slots=True)
class Batch:
    """Calls of one kernel that become one launch: groups lie side by side."""

    groups: list[list[Call]] = field(default_factory=list)

    @property
    def calls(self) -> Iterable[Call]:
        return (call for group in self.groups for call in group)

    @property
    def kernel(self) -> int:
        return self.groups[0][0].kernel

    def take(self, call: Call) -> bool:
        """Add a call if its kernel may do it in the same launch."""
        if call.kernel != self.kernel:
            return False
        touched = []
        for group in self.groups:
            found = {relation(earlier, call) for earlier in group}
            if Relation.BARRIER in found:
                return False
            if Relation.CHAIN in found:
                touched.append(group)
        if len(touched) > 1:
            return False
        if touched:
            touched[0].append(call)
        else:
            self.groups.append([call])
        return True

    def is_free_of(self, call: Call) -> bool:
        """Tell whether a call may come before this batch as well as after it."""
        return all(relation(earlier, call) is Relation.FREE for earlier in self.calls)


def batches(calls: Iterable[Call]) -> list[Batch]:
    """Return launches that have the effect of the calls in their order; as few as may be."""
    found: list[Batch] = []
    for call in calls:
        for batch in reversed(found):
            if batch.take(call):
                break
            if not batch.is_free_of(call):
                found.append(Batch([[call]]))
                break
        else:
            found.append(Batch([[call]]))
    return found


def relation(earlier: Call, later: Call) -> Relation:
    """Say in what order two calls must come."""
    if not _shares(earlier, later):
        return Relation.FREE
    if earlier.is_serial or later.is_serial or ANYTHING in earlier.reads | later.reads:
        return Relation.BARRIER
    plain = replace(earlier, is_serial=False)
    has_foreign = later.must_follow(plain) or plain.must_follow(later)
    return Relation.BARRIER if has_foreign else Relation.CHAIN


def _shares(a: Call, b: Call) -> bool:
    """Tell whether one writes what the other touches."""
    a_writes, b_writes = a.own_writes | a.writes, b.own_writes | b.writes
    a_all, b_all = a_writes | a.own_reads | a.reads, b_writes | b.own_reads | b.reads
    if a_writes & b_all or b_writes & a_all:
        return True
    return (ANYTHING in a_all and _for_device(b_writes)) or (
        ANYTHING in b_all and _for_device(a_writes)
    )


def _for_device(names: Iterable[str]) -> bool:
    return any(not name.startswith(RECORD) for name in names)
