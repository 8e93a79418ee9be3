"""Dendrites and single synapses: one row, one entry of a projection.

Both are light handles that hold ranks and ask the projection; nothing is cached,
so they stay right when connectivity changes.
"""

from __future__ import annotations

import numbers
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from annlab.errors import ArgumentError, StateError, UnknownObjectError
from annlab.ir.expr import Locality
from annlab.network import synapse_values
from annlab.network.attributes import unknown_attribute
from annlab.runtime.state import ProjectionState

if TYPE_CHECKING:
    from annlab.network.projection import Projection

_OWN = frozenset({"proj", "post_rank"})


class Dendrite:
    """All synapses of one projection onto one postsynaptic neuron.

    Model attributes are attributes of the dendrite: a list if local, a number otherwise.
    """

    proj: Projection
    post_rank: int

    def __init__(self, proj: Projection, post_rank: int) -> None:
        object.__setattr__(self, "proj", proj)
        object.__setattr__(self, "post_rank", int(post_rank))

    def __repr__(self) -> str:
        return f"<Dendrite of neuron {self.post_rank} in projection {self.proj._label}>"

    @property
    def _state(self) -> ProjectionState:
        return self.proj._compiled("dendrites")

    @property
    def idx(self) -> int:
        """The position among the dendrites of the projection."""
        row = self._state.storage.dendrites.row_of(self.post_rank)
        if row is None:
            raise UnknownObjectError(f"{self!r} has no synapses any more")
        return row

    @property
    def pre(self) -> Any:
        """The presynaptic population or view."""
        return self.proj.pre

    @property
    def target(self) -> str | list[str]:
        """The target of the projection."""
        return self.proj.target

    @property
    def attributes(self) -> list[str]:
        """Names of all attributes of the model."""
        return self.proj.attributes

    @property
    def parameters(self) -> list[str]:
        """Names of the parameters."""
        return self.proj.parameters

    @property
    def variables(self) -> list[str]:
        """Names of the variables."""
        return self.proj.variables

    @property
    def _rows(self) -> slice:
        return synapse_values.row_slice(self._state, self.idx)

    @property
    def size(self) -> int:
        """Number of synapses."""
        rows = self._rows
        return rows.stop - rows.start

    def __len__(self) -> int:
        return self.size

    @property
    def pre_ranks(self) -> list[int]:
        """Ranks of the presynaptic neurons, ascending."""
        return self._state.storage.dendrites.pre_ranks[self._rows].tolist()

    pre_rank = pre_ranks
    rank = pre_ranks

    @property
    def delay(self) -> Any:
        """Delays [ms]: one number, or a list."""
        storage, dt = self._state.storage, self.proj._network.dt
        if storage.delays is None:
            return self.proj.delay
        return (storage.delays[storage.dendrites.positions[self._rows]] * dt).tolist()

    def get(self, name: str) -> Any:
        """Return the values of an attribute."""
        return getattr(self, name)

    def set(self, values: Mapping[str, Any]) -> None:
        """Set several attributes."""
        for name, value in values.items():
            self.proj._require_attribute(name)
            setattr(self, name, value)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if self.proj._model.attribute(name) is None:
            raise unknown_attribute(name, repr(self), self.attributes)
        return self.proj._now(lambda: synapse_values.read_row(self._state, name, self.idx))

    def __setattr__(self, name: str, value: Any) -> None:
        if self.proj._model.attribute(name) is None:
            raise unknown_attribute(name, repr(self), self.attributes)
        proj = self.proj
        proj._now(
            lambda: synapse_values.write_row(
                self._state,
                name,
                self.idx,
                value,
                label=proj._label,
                rng=proj._network.default_rng,
            )
        )

    def synapse(self, position: int | Sequence[int]) -> IndividualSynapse:
        """Return the synapse from one presynaptic neuron, given by rank or coordinates."""
        rank = self.proj._rank(self.proj.pre, position)
        ranks = self._state.storage.dendrites.pre_ranks[self._rows]
        found = int(np.searchsorted(ranks, rank))
        if found == len(ranks) or ranks[found] != rank:
            raise UnknownObjectError(
                f"there is no synapse {rank} -> {self.post_rank} in projection {self.proj._label}",
                hint="pre_ranks lists the neurons that have one",
            )
        return IndividualSynapse(self, rank)

    def __getitem__(self, position: int | Sequence[int]) -> IndividualSynapse:
        return self.synapse(position)

    @property
    def synapses(self) -> Iterator[IndividualSynapse]:
        """All synapses in ascending order of presynaptic ranks."""
        return (IndividualSynapse(self, rank) for rank in self.pre_ranks)

    def __iter__(self) -> Iterator[IndividualSynapse]:
        return self.synapses

    def receptive_field(self, variable: str = "w", fill: float = 0.0) -> NDArray:
        """Return the values in the geometry of the presynaptic population."""
        self.proj._require_attribute(variable)
        state = self._state
        pre = getattr(self.pre, "population", self.pre)
        field = np.full(pre.size, fill)

        def read() -> None:
            ranks = state.storage.dendrites.pre_ranks[self._rows]
            field[ranks] = synapse_values.read_row(state, variable, self.idx)

        self.proj._now(read)
        return field.reshape(pre.geometry)

    def create_synapse(self, rank: int, w: float = 0.0, delay: float = 0) -> None:
        """Add a synapse."""
        raise _no_structural_plasticity(self)

    def create_synapses(
        self,
        ranks: Sequence[int],
        weights: ArrayLike | None = None,
        delays: ArrayLike | None = None,
    ) -> None:
        """Add several synapses."""
        raise _no_structural_plasticity(self)

    def prune_synapse(self, rank: int) -> None:
        """Remove a synapse."""
        raise _no_structural_plasticity(self)

    def prune_synapses(self, ranks: Sequence[int]) -> None:
        """Remove several synapses."""
        raise _no_structural_plasticity(self)


def _no_structural_plasticity(dendrite: Dendrite) -> StateError:
    return StateError(
        f"synapses of {dendrite!r} cannot be created or removed",
        why="this version of annlab has no structural plasticity",
    )


class IndividualSynapse:
    """One synapse; model attributes are numbers."""

    dendrite: Dendrite
    rank: int

    def __init__(self, dendrite: Dendrite, rank: int) -> None:
        object.__setattr__(self, "dendrite", dendrite)
        object.__setattr__(self, "rank", int(rank))

    def __repr__(self) -> str:
        proj = self.dendrite.proj
        return f"<Synapse {self.rank} -> {self.dendrite.post_rank} in projection {proj._label}>"

    def _place(self, name: str) -> tuple[NDArray, int]:
        """Return the array that holds the value, and where."""
        state, dendrite = self.dendrite._state, self.dendrite
        values = state.values[name]
        match synapse_values.locality(state, name):
            case Locality.GLOBAL:
                return values, 0
            case Locality.SEMIGLOBAL:
                return values, dendrite.post_rank
        rows = dendrite._rows
        ranks = state.storage.dendrites.pre_ranks[rows]
        entry = rows.start + int(np.searchsorted(ranks, self.rank))
        return values, int(synapse_values.places(state, slice(entry, entry + 1))[0])

    def _require(self, name: str) -> None:
        proj = self.dendrite.proj
        if name.startswith("_") or proj._model.attribute(name) is None:
            raise unknown_attribute(name, repr(self), proj.attributes)

    def __getattr__(self, name: str) -> Any:
        self._require(name)

        def read() -> Any:
            values, place = self._place(name)
            return values[place].item()

        return self.dendrite.proj._now(read)

    def __setattr__(self, name: str, value: Any) -> None:
        self._require(name)
        if not isinstance(value, numbers.Real | np.bool_):
            raise ArgumentError(f"{name!r} of {self!r} was given {value!r}", hint="give one number")
        if synapse_values.locality(self.dendrite._state, name) is not Locality.LOCAL:
            raise ArgumentError(
                f"{name!r} of {self!r} is shared with other synapses",
                hint="set it on the dendrite or the projection",
            )

        def write() -> None:
            values, place = self._place(name)
            values[place] = value

        self.dendrite.proj._now(write)
