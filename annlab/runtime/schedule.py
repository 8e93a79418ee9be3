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
        if self.is_serial and earlier.is_serial:
            return False  # the same thread does both
        mine, theirs = self._all(), earlier._all()
        for name, (mine_writes, mine_foreign) in mine.items():
            if name not in theirs:
                continue
            their_writes, their_foreign = theirs[name]
            if not (mine_foreign or their_foreign):
                continue
            if their_writes or (mine_writes and not name.startswith(RING)):
                return True
        return False

    def _all(self) -> dict[str, tuple[bool, bool]]:
        """Return name -> (is it written, by others than its owner)."""
        found: dict[str, tuple[bool, bool]] = {}
        for names, is_written, is_foreign in (
            (self.own_reads, False, self.is_serial),
            (self.reads, False, True),
            (self.own_writes, True, self.is_serial),
            (self.writes, True, True),
        ):
            for name in names:
                w, f = found.get(name, (False, False))
                found[name] = (w or is_written, f or is_foreign)
        return found


def place_barriers(calls: list[Call]) -> list[Call]:
    """Mark the calls before which the threads have to meet; as few as the data allow.

    Steps follow each other, so the end of the list is followed by its beginning.
    """
    since: list[Call] = []
    for _ in range(2):
        for call in calls:
            if call.barrier_before:
                since = [call]
                continue
            if any(call.must_follow(other) for other in since):
                call.barrier_before = True
                since = []
            since.append(call)
    if calls and not any(call.barrier_before for call in calls):
        calls[0].barrier_before = True  # recorders rely on one meeting a step
    return calls
