"""The synapses of each postsynaptic neuron, where storage has them by presynaptic neuron.

Kernels walk them when a postsynaptic neuron spikes. The native back end lists them once
(`annlab.runtime.binding.storage`); after that the list follows synapses that come and go
(`annlab.runtime.binding.splicing`), in the memory where it lies.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from annlab.runtime.memory import has_room, with_room


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Entries by column, ascending by row within each; see the module.

    Attributes
    ----------
    pointers
        (n_post + 1,): column c has entries ``pointers[c]:pointers[c + 1]``.
    owners, positions
        The memory of `owner` (presynaptic rank) and `position` (in the storage) of each entry.
    start
        Where in this memory the entries begin.
    """

    pointers: NDArray[np.int64]
    owners: NDArray[np.int32]
    positions: NDArray[np.int32]
    start: int = 0

    @property
    def owner(self) -> NDArray[np.int32]:
        """Presynaptic ranks, a view."""
        return self.owners[self.start : self.start + int(self.pointers[-1])]

    @property
    def position(self) -> NDArray[np.int32]:
        """Positions in the storage, a view."""
        return self.positions[self.start : self.start + int(self.pointers[-1])]

    @classmethod
    def empty(cls, pointers: NDArray[np.int64], n: int, earlier: Columns | None = None) -> Columns:
        """Return room for n entries with no values in particular, that of `earlier` if it fits.

        They lie at the end of their memory: what is listed anew is written before what is read.
        """
        if earlier is not None and has_room(earlier.owners, n):
            owners, positions = earlier.owners, earlier.positions
        else:
            owners, positions = with_room(n, np.int32), with_room(n, np.int32)
        return cls(pointers, owners, positions, len(owners) - n)

    def following(self, pointers: NDArray[np.int64], lead: int) -> tuple[Columns, Columns]:
        """Return where the entries are, and where to list them anew with other `pointers`.

        `lead` is by how many entries writing may get ahead of reading.
        """
        n = int(pointers[-1])
        if not has_room(self.owners, n + lead):
            return self, Columns.empty(pointers, n)
        old = self
        if self.start < lead:
            old = replace(self, start=len(self.owners) - int(self.pointers[-1]))
            old.owner[:], old.position[:] = self.owner, self.position
        return old, replace(old, pointers=pointers, start=old.start - lead)


__all__ = ["Columns"]
