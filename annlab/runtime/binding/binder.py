"""From arrays and kernels to tables of addresses.

A `Binder` lives as long as one binding: it keeps alive every array whose address
it has handed out. What a population, a projection or a recorder needs is said by
the modules beside this one.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from annlab.ir.expr import Locality
from annlab.runtime.memory import aligned
from annlab.runtime.schedule import Call
from annlab.runtime.state import NetworkState, PopulationState, SpikeRing
from annlab.runtime.streams import stream_key

Slot = NDArray | int | None
T = TypeVar("T")


class BoundKernel(Protocol):
    """A loaded kernel: what its slots are called, and its functions."""

    @property
    def manifest(self) -> dict: ...

    @property
    def slots(self) -> list[str]: ...

    def has(self, function: str) -> bool: ...

    def address(self, function: str) -> int:
        """Return what calls name an exported function by."""
        ...


class Binder:
    """Tables of addresses for one network.

    Attributes
    ----------
    n_threads
        The most that a run may use.
    service
        Where a recorder that is almost full asks the loop to return.
    followers
        (kernel, table) of what is done for a step once all threads have finished it.
    """

    def __init__(
        self,
        state: NetworkState,
        engine: Any,  # the module `engine` or what offers the same
        n_threads: int,
        service: NDArray[np.int64],
    ) -> None:
        self.state = state
        self.engine = engine
        self.n_threads = n_threads
        self.service = service
        self.followers: list[tuple[int, int]] = []
        self._kept: list[object] = []
        self._scratch: dict[int, NDArray] = {}
        self.dt = self.keep(np.array([state.dt], np.float64))

    def keep(self, value: T) -> T:
        """Keep a value alive as long as this binding."""
        self._kept.append(value)
        return value

    def part(self) -> Binder:
        """Return a binder for what may be bound again alone: what it keeps alive ends with it."""
        part = copy(self)
        part._kept = []
        return part

    def table(self, entries: Iterable[Slot]) -> int:
        """Return the address of a table of addresses."""
        return self.place(self.keep(self.addresses(entries)))

    def addresses(self, entries: Iterable[Slot]) -> NDArray[np.uint64]:
        """Return a table of addresses, of which at least one is there."""
        addresses = []
        for entry in entries:
            if isinstance(entry, np.ndarray):
                self._kept.append(entry)
                addresses.append(self.place(entry))
            else:
                addresses.append(int(entry or 0))
        return np.array(addresses or [0], np.uint64)

    def place(self, array: NDArray) -> int:
        """Return the address of an array for kernels."""
        return address(array)

    def numbers(self, *values: int) -> NDArray[np.int64]:
        """Return an array of integers that stays alive."""
        return self.keep(np.array(values, np.int64))

    def generic(
        self,
        name: str,
        slots: Iterable[Slot],
        *,
        reads: frozenset[str] = frozenset(),
        own_reads: frozenset[str] = frozenset(),
        writes: frozenset[str] = frozenset(),
        own_writes: frozenset[str] = frozenset(),
        is_serial: bool = False,
        n_items: int = 1,
    ) -> Call:
        """Return the call of a kernel that depends on no model."""
        return Call(
            kernel=self.engine.KERNELS[name], slots=self.table(slots), name=name, reads=reads,
            own_reads=own_reads, writes=writes, own_writes=own_writes, is_serial=is_serial,
            n_items=n_items,
        )  # fmt: skip

    def follow(self, name: str, slots: Iterable[Slot]) -> None:
        """Add a call for steps that all threads have finished."""
        self.followers.append((self.engine.KERNELS[name], self.table(slots)))

    def key(self, kind: str, name: str) -> NDArray:
        """Return the two words of an object's stream of random numbers."""
        return self.keep(np.array(stream_key(self.state.seed, kind, name), np.uint64))

    def reduction(self, p: PopulationState, name: str) -> NDArray:
        """Return the array of one element that holds a reduction."""
        if name not in p.reductions:
            p.reductions[name] = np.zeros(8, p.float_type)[:1]
        return p.reductions[name]

    def ring(self, ring: SpikeRing | None) -> tuple[Slot, ...]:
        """Return the four slots of a ring of spikes."""
        if ring is None:
            return (None, None, None, self.numbers(1, 0, 0))
        dims = self.numbers(ring.depth, ring.ranks.shape[1], max(1, self.n_threads))
        return (ring.ranks, ring.counts, ring.starts, dims)

    def ring_slot(self, p: PopulationState, ring: str, part: str) -> Slot:
        """Return one slot of a population's ring: "spikes" or "axon"."""
        found = self.ring(p.spikes if ring == "spikes" else p.axon_spikes)
        return found[("ranks", "counts", "starts", "dims").index(part)]

    def scratch(self, p: PopulationState) -> NDArray:
        """Return an array that takes what a population does not read."""
        return self._scratch.setdefault(id(p), self.keep(aligned(p.n, p.float_type)))


def address(array: NDArray) -> int:
    """Return where an array begins."""
    return array.__array_interface__["data"][0]


def is_global(p: PopulationState, name: str) -> bool:
    """Tell whether an attribute has one value for the whole population."""
    attribute = p.model.attribute(name)
    return attribute is not None and attribute.locality is Locality.GLOBAL
