"""The work of `annlab.runtime.splicing` on long arrays, done by the native engine."""

from __future__ import annotations

from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from annlab.codegen.cpu.loose import LooseEngine
from annlab.runtime.binding.binder import address
from annlab.runtime.splicing import Indices, Runs


class NativeCopier:
    """A `Copier` that needs no arrays beside those it reads and fills."""

    def __init__(self, engine: ModuleType | LooseEngine) -> None:
        self._engine = engine

    def bisect(
        self, index: NDArray[np.integer], low: Indices, high: Indices, wanted: Indices
    ) -> Indices:
        """Return the first place of each range at which `index` is not below what is wanted."""
        bounds = [np.ascontiguousarray(a, np.int64) for a in (low, high, wanted)]
        place = np.empty(len(bounds[0]), np.int64)
        addresses = (address(a) for a in (*bounds, place))
        self._engine.bisect(address(index), index.itemsize == 2, len(place), *addresses)
        return place

    def splice(self, old: NDArray, made: NDArray, runs: Runs, coming: NDArray) -> None:
        """Fill `made` with the runs of `old` that stay and the values that come between them."""
        cuts = [np.ascontiguousarray(a, np.int64) for a in (runs.begins, runs.ends, runs.n_come)]
        self._engine.splice(
            address(old), address(made), old.itemsize, len(cuts[0]), *map(address, cuts),
            address(coming),
        )  # fmt: skip


__all__ = ["NativeCopier"]
