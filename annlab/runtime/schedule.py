"""The order of one step, and where threads have to wait for each other.

Takes calls of kernels with what they read and write; returns the same calls with
barriers. Knows nothing of addresses.

A thread owns a range of neurons and all synapses onto them. A call that touches
only what its thread owns never waits. `Access` says which it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field

RING = "ring:"  # spikes of past steps: a slot is not written again before all have read it


@dataclass(slots=True, kw_only=True)
class Call:
    """One call of a kernel in every step.

    Attributes
    ----------
    own_reads, own_writes
        Names of what a thread touches only where it is the owner.
    reads, writes
        Names of what it touches anywhere.
    is_serial
        Done by one thread alone.
    n_items
        How many threads may share it at most, for back ends that have so many.
    """

    kernel: int
    slots: int
    name: str
    own_reads: frozenset[str] = field(default_factory=frozenset)
    own_writes: frozenset[str] = field(default_factory=frozenset)
    reads: frozenset[str] = field(default_factory=frozenset)
    writes: frozenset[str] = field(default_factory=frozenset)
    is_serial: bool = False
    n_items: int = 1
    barrier_before: bool = False

    def must_follow(self, earlier: Call) -> bool:
        """Tell whether all threads must have finished `earlier` before this call begins."""
        since = _Since()
        since.add(earlier.accesses())
        return since.must_be_finished_for(self.accesses())

    def accesses(self) -> dict[str, Access]:
        """Return how each name is touched."""
        found: dict[str, Access] = {}
        for names, is_written, is_foreign in (
            (self.own_reads, False, self.is_serial),
            (self.reads, False, True),
            (self.own_writes, True, self.is_serial),
            (self.writes, True, True),
        ):
            for name in names:
                _, written, foreign = found.get(name, (False, False, False))
                found[name] = self.is_serial, written or is_written, foreign or is_foreign
        return found


# Whether a name is touched by one thread alone, written, and touched by others than its owner.
Access = tuple[bool, bool, bool]


class _Since:
    """What was touched since the threads met last, by name: looked at once, not call by call."""

    def __init__(self) -> None:
        self._accesses: dict[str, set[Access]] = {}

    def add(self, accesses: dict[str, Access]) -> None:
        for name, access in accesses.items():
            self._accesses.setdefault(name, set()).add(access)

    def must_be_finished_for(self, accesses: dict[str, Access]) -> bool:
        return any(
            _clash(name, mine, theirs)
            for name, mine in accesses.items()
            for theirs in self._accesses.get(name, ())
        )


def _clash(name: str, mine: Access, theirs: Access) -> bool:
    mine_serial, mine_writes, mine_foreign = mine
    their_serial, their_writes, their_foreign = theirs
    if mine_serial and their_serial:
        return False  # the same thread does both
    if not (mine_foreign or their_foreign):
        return False
    return their_writes or (mine_writes and not name.startswith(RING))


def place_barriers(calls: list[Call]) -> list[Call]:
    """Mark the calls before which the threads have to meet; as few as the data allow.

    Steps follow each other, so the end of the list is followed by its beginning.
    """
    since = _Since()
    touched = [call.accesses() for call in calls]
    for _ in range(2):
        for call, accesses in zip(calls, touched, strict=True):
            if call.barrier_before or since.must_be_finished_for(accesses):
                call.barrier_before = True
                since = _Since()
            since.add(accesses)
    if calls and not any(call.barrier_before for call in calls):
        calls[0].barrier_before = True  # recorders rely on one meeting a step
    return calls
