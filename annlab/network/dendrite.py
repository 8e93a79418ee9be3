"""Dendrites and single synapses: one row, one entry of a projection.

Both are light handles that hold ranks and ask the projection; nothing is cached,
so they stay right when connectivity changes.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from annlab.calls import other_names, public
from annlab.errors import ArgumentError, ArgumentTypeError, UnknownObjectError
from annlab.ir.expr import Locality
from annlab.network import synapse_values
from annlab.network.attributes import (
    names_and_values,
    one_value,
    set_together,
    unknown_attribute,
)
from annlab.network.checks import read_fill
from annlab.network.copies import copied
from annlab.network.projection_base import population_of
from annlab.runtime.state import ProjectionState

if TYPE_CHECKING:
    from annlab.network.projection import Projection

T = TypeVar("T")


@public
class Dendrite:
    """All synapses of one projection onto one postsynaptic neuron.

    Model attributes are attributes of the dendrite: a list if local, a number otherwise.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network()
    >>> cells = net.create(3, annlab.LeakyIntegrator)
    >>> loop = net.connect(cells, cells, "exc").all_to_all(annlab.Uniform(0.0, 1.0), delays=2.0)
    >>> net.compile()
    >>> dendrite = loop.dendrite(2)
    >>> dendrite.post_rank, dendrite.idx, dendrite.size, dendrite.pre_ranks
    (2, 2, 2, [0, 1])
    >>> dendrite.w = [0.25, 0.5]
    >>> dendrite.w
    [0.25, 0.5]
    >>> [synapse.rank for synapse in dendrite.synapses]
    [0, 1]
    >>> dendrite.pre is cells, dendrite.target, dendrite.delay
    (True, 'exc', 2.0)
    >>> dendrite.attributes, dendrite.parameters, dendrite.variables
    (['w'], ['w'], [])
    """

    proj: Projection
    post_rank: int

    def __init__(self, proj: Projection, post_rank: int) -> None:
        if not hasattr(type(proj), "dendrite") or not isinstance(post_rank, numbers.Integral):
            raise ArgumentTypeError(
                f"there is no dendrite {post_rank!r} of {proj!r}", hint="write proj.dendrite(rank)"
            )
        object.__setattr__(self, "proj", proj)
        object.__setattr__(self, "post_rank", int(post_rank))

    def __repr__(self) -> str:
        return f"<Dendrite of neuron {self.post_rank} in projection {self.proj._label}>"

    @property
    def _state(self) -> ProjectionState:
        return self.proj._settled("dendrites", self.post_rank)

    def _now(self, function: Callable[[], T]) -> T:
        """Do something while no step is under way, with the changes of this dendrite made."""
        return self.proj._now(function, self.post_rank)

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
        return len(self.pre_ranks)

    def __len__(self) -> int:
        return self.size

    @property
    def pre_ranks(self) -> list[int]:
        """Ranks of the presynaptic neurons, ascending."""
        state = self.proj._compiled("dendrites")
        structure = state.structure
        if structure is None:
            return self._ranks_of(state)

        def ranks() -> list[int]:
            if structure.touches(self.post_rank):
                return structure.ranks(self.post_rank)
            return self._ranks_of(state)

        return self.proj._network._call(ranks)  # between steps: synapses come and go

    def _ranks_of(self, state: ProjectionState) -> list[int]:
        return state.storage.dendrites.pre_of(self._rows).tolist()

    pre_rank = pre_ranks
    rank = pre_ranks

    @property
    def delay(self) -> Any:
        """Delays [ms]: one number, or a list."""

        def steps() -> NDArray[np.int32] | None:
            storage = self._state.storage
            if storage.delays is None:
                return None
            return storage.delays[storage.dendrites.positions_of(self._rows)]

        one_each = self._now(steps)
        if one_each is None:
            return self.proj.delay
        return (one_each * self.proj._network.dt).tolist()

    def get(self, name: str) -> Any:
        """Return the values of an attribute.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(3, annlab.LeakyIntegrator)
        >>> loop = net.connect(cells, cells, "exc").from_matrix([[0, 1, 2], [3, 0, 4], [5, 6, 0]])
        >>> net.compile()
        >>> loop.dendrite(1).get("w")
        [3.0, 0.0, 4.0]
        """
        self.proj._require_attribute(name)
        return getattr(self, name)

    @other_names(value="values")
    def set(self, values: Mapping[str, Any]) -> None:
        """Set several attributes.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(3, annlab.LeakyIntegrator)
        >>> loop = net.connect(cells, cells, "exc").all_to_all(annlab.Uniform(0.0, 1.0))
        >>> net.compile()
        >>> loop.dendrite(1).set({"w": [0.25, 0.5]})
        >>> loop.dendrite(1).w
        [0.25, 0.5]
        """
        for name in names_and_values(values, repr(self)):
            self.proj._require_attribute(name)
        must_age = self.proj._ages(values)
        with self.proj._network._at_once():
            if must_age:  # before anything is read that may have to be written back
                self._now(self._bring_to_now)
            set_together(
                values,
                read=self.get,
                write=self._write,
                restore=lambda name, value: self._write(name, value, is_restored=True),
            )

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if self.proj._model.attribute(name) is None:
            raise unknown_attribute(name, repr(self), self.attributes)
        values = self._now(lambda: synapse_values.read_row(self._state, name, self.idx))
        return copied(
            values, f"write dendrite.synapse(pre).{name} = value, or set {name} as a whole"
        )

    def __setattr__(self, name: str, value: Any) -> None:
        if self.proj._model.attribute(name) is None:
            raise unknown_attribute(name, repr(self), self.attributes)
        self._write(name, value)

    def _write(self, name: str, value: Any, *, is_restored: bool = False) -> None:
        proj = self.proj
        must_age = proj._ages([name])

        def write() -> None:
            if must_age:
                self._bring_to_now()
            synapse_values.write_row(
                self._state,
                name,
                self.idx,
                value,
                label=proj._label,
                rng=proj._network.default_rng,
                is_restored=is_restored,
            )

        self._now(write)
        proj._network._notices.tell(proj, name)

    def _bring_to_now(self) -> None:
        """Let the event-driven variables of these synapses decay until now."""
        self.proj._bring_to_now(synapse_values.places(self._state, self._rows))

    @other_names(pos="position")
    def synapse(self, position: int | Sequence[int]) -> IndividualSynapse:
        """Return the synapse from one presynaptic neuron, given by rank or coordinates.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(3, annlab.LeakyIntegrator)
        >>> loop = net.connect(cells, cells, "exc").from_matrix([[0, 1, 2], [3, 0, 4], [5, 6, 0]])
        >>> net.compile()
        >>> loop.dendrite(1).synapse(2).w
        4.0
        """
        rank = self.proj._rank(self.proj.pre, position)
        if rank not in self.pre_ranks:
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
        """Return the values in the geometry of the presynaptic population.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> pixels = net.create((2, 2), annlab.LeakyIntegrator)
        >>> cell = net.create(1, annlab.LeakyIntegrator)
        >>> proj = net.connect(pixels, cell, "exc").from_matrix([[1.0, 2.0, 3.0, None]])
        >>> net.compile()
        >>> proj.dendrite(0).receptive_field()
        array([[1., 2.],
               [3., 0.]])
        """
        self.proj._require_attribute(variable)
        state = self._state
        pre = population_of(self.pre)
        field = np.full(pre.size, read_fill(fill))

        def read() -> None:
            ranks = state.storage.dendrites.pre_of(self._rows)
            field[ranks] = synapse_values.read_row(state, variable, self.idx)

        self._now(read)
        return field.reshape(pre.geometry)

    # -- synapses that come and go --------------------------------------------------

    def create_synapse(self, rank: int, w: Any = 0.0, delay: Any = 0.0) -> None:
        """Make a synapse from one presynaptic neuron; also while the network runs.

        Parameters
        ----------
        rank
            Of the presynaptic neuron, in the whole population; or its coordinates.
        w
            A number or a distribution.
        delay
            [ms]; 0: that of all synapses, or one step where each has its own.

        Raises
        ------
        StateError
            If the network was compiled without ``structural_plasticity=True``.
        ArgumentError
            If the synapse exists, or its delay differs from the one delay of the projection.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> net.config(structural_plasticity=True)
        >>> cells = net.create(3, annlab.LeakyIntegrator)
        >>> loop = net.connect(cells, cells, "exc").one_to_one(1.0)
        >>> net.compile()
        >>> loop.dendrite(0).create_synapse(2, w=0.5)
        >>> loop.dendrite(0).pre_ranks, loop.dendrite(0).w
        ([0, 2], [1.0, 0.5])
        """
        self.create_synapses([rank], w, delay)

    def create_synapses(
        self, ranks: Sequence[int], weights: Any = None, delays: Any = None
    ) -> None:
        """Make several synapses; all of them or, if one is refused, none.

        Parameters
        ----------
        ranks
            Of presynaptic neurons, in any order.
        weights, delays
            One number for all, one each, or a distribution; see `create_synapse`. Attributes
            other than these get their initial values.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> net.config(structural_plasticity=True)
        >>> cells = net.create(3, annlab.LeakyIntegrator)
        >>> loop = net.connect(cells, cells, "exc").one_to_one(1.0)
        >>> net.compile()
        >>> loop.dendrite(0).create_synapses([2, 1], weights=[0.5, 0.25])
        >>> loop.dendrite(0).pre_ranks, loop.dendrite(0).w
        ([0, 1, 2], [1.0, 0.25, 0.5])
        """
        self.proj._create(self.post_rank, ranks, weights=weights, delays=delays)

    def prune_synapse(self, rank: int) -> None:
        """Remove a synapse; also while the network runs. The dendrite stays, even if empty.

        Raises
        ------
        StateError
            If the network was compiled without ``structural_plasticity=True``.
        UnknownObjectError
            If there is no such synapse.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> net.config(structural_plasticity=True)
        >>> cells = net.create(3, annlab.LeakyIntegrator)
        >>> loop = net.connect(cells, cells, "exc").all_to_all(1.0)
        >>> net.compile()
        >>> loop.dendrite(0).prune_synapse(2)
        >>> loop.dendrite(0).pre_ranks
        [1]
        """
        self.prune_synapses([rank])

    def prune_synapses(self, ranks: Sequence[int]) -> None:
        """Remove several synapses; all of them or, if one is missing, none.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> net.config(structural_plasticity=True)
        >>> cells = net.create(4, annlab.LeakyIntegrator)
        >>> loop = net.connect(cells, cells, "exc").all_to_all(1.0)
        >>> net.compile()
        >>> loop.dendrite(0).prune_synapses([1, 3])
        >>> loop.dendrite(0).pre_ranks
        [2]
        """
        self.proj._prune(self.post_rank, ranks)


@public
class IndividualSynapse:
    """One synapse; model attributes are numbers.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network()
    >>> cells = net.create(3, annlab.LeakyIntegrator)
    >>> loop = net.connect(cells, cells, "exc").all_to_all(annlab.Uniform(0.0, 1.0))
    >>> net.compile()
    >>> synapse = loop.synapse(pre=0, post=2)
    >>> synapse.w = 0.5
    >>> synapse.rank, synapse.dendrite.post_rank, synapse.w
    (0, 2, 0.5)
    """

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
        state = self.dendrite._state
        values = state.values[name]
        match synapse_values.locality(state, name):
            case Locality.GLOBAL:
                return values, 0
            case Locality.SEMIGLOBAL:
                return values, self.dendrite.post_rank
        return values, int(self._places()[0])

    def _places(self) -> NDArray[np.int64]:
        """Return where the local values lie: one place."""
        state, rows = self.dendrite._state, self.dendrite._rows
        ranks = state.storage.dendrites.pre_of(rows)
        entry = rows.start + int(np.searchsorted(ranks, self.rank))
        if self.rank not in ranks:
            raise UnknownObjectError(f"{self!r} exists no more: it was pruned")
        return synapse_values.places(state, slice(entry, entry + 1))

    def _require(self, name: str) -> None:
        proj = self.dendrite.proj
        if name.startswith("_") or proj._model.attribute(name) is None:
            raise unknown_attribute(name, repr(self), proj.attributes)

    def __getattr__(self, name: str) -> Any:
        self._require(name)

        def read() -> Any:
            values, place = self._place(name)
            return values[place].item()

        return self.dendrite._now(read)

    def __setattr__(self, name: str, value: Any) -> None:
        self._require(name)
        if not isinstance(value, numbers.Real | np.bool_):
            raise ArgumentError(f"{name!r} of {self!r} was given {value!r}", hint="give one number")
        if synapse_values.locality(self.dendrite._state, name) is not Locality.LOCAL:
            raise ArgumentError(
                f"{name!r} of {self!r} is shared with other synapses",
                hint="set it on the dendrite or the projection",
            )

        proj = self.dendrite.proj
        must_age = proj._ages([name])

        def write() -> None:
            if must_age:
                proj._bring_to_now(self._places())
            values, place = self._place(name)
            where = synapse_values.place_in(self.dendrite._state, name, repr(self))
            values[place] = one_value(value, values.dtype, where)

        self.dendrite._now(write)
        proj._network._notices.tell(proj, name)
