"""The synapses of a projection as users count them: dendrites, ranks, tables, images."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from annlab.calls import public, warn
from annlab.errors import ShapeError, UnknownObjectError
from annlab.ir.definition import Synapse
from annlab.network import synapse_values
from annlab.network.checks import read_fill, read_flag
from annlab.network.dendrite import Dendrite, IndividualSynapse
from annlab.network.projection_base import ProjectionBase, population_of
from annlab.network.synapse_matrix import matrix

if TYPE_CHECKING:
    from annlab.network.projection import Projection


class _Numbers(list[int]):
    """A list that scripts of version 4, where it was made by a method, may call."""

    def __call__(self) -> list[int]:
        return list(self)


@public
class ProjectionDendrites(ProjectionBase):
    """Who is connected to whom."""

    @property
    def size(self) -> int:
        """Number of dendrites: postsynaptic neurons with at least one synapse."""
        if self._state is None:
            warn(f"projection {self._label} has no dendrites before compile")
            return 0
        return len(self._settled("dendrites").storage.dendrites.post_ranks)

    def __len__(self) -> int:
        return self.size

    def __bool__(self) -> bool:
        return True  # `if proj:` asks whether there is a projection, not whether it is empty

    @property
    def nb_synapses(self) -> int:
        """Number of synapses."""
        return self._settled("synapses").storage.n_synapses

    @property
    def nb_synapses_per_dendrite(self) -> list[int]:
        """Number of synapses of each dendrite."""
        return _Numbers(np.diff(self._settled("synapses").storage.dendrites.row_ptr).tolist())

    def nb_efferent_synapses(self) -> list[int]:
        """Return the number of synapses of each presynaptic neuron.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(3, annlab.LeakyIntegrator)
        >>> weights = [[None, 1, 1], [None, None, None], [1, None, None]]
        >>> loop = net.connect(cells, cells, "exc").from_matrix(weights)
        >>> net.compile()
        >>> loop.nb_efferent_synapses(), loop.nb_synapses_per_dendrite
        ([1, 1, 1], [2, 1])
        """
        return self._settled("synapses").storage.n_efferent().tolist()

    _nb_efferent_synapses = nb_efferent_synapses

    @property
    def post_ranks(self) -> list[int]:
        """Ranks of the postsynaptic neurons that have synapses, ascending."""
        return self._settled("synapses").storage.dendrites.post_ranks.tolist()

    @property
    def pre_ranks(self) -> list[list[int]]:
        """Presynaptic ranks, one list per dendrite."""
        storage = self._settled("synapses").storage
        return synapse_values.by_dendrite(storage, storage.dendrites.pre_ranks)

    def pre_rank(self, post_rank: int) -> list[int]:
        """Return the presynaptic ranks of one postsynaptic neuron.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(3, annlab.LeakyIntegrator)
        >>> loop = net.connect(cells, cells, "exc").all_to_all(0.1)
        >>> net.compile()
        >>> loop.pre_rank(0)
        [1, 2]
        """
        return self.dendrite(post_rank).pre_ranks

    def dendrite(self, post: int | Sequence[int]) -> Dendrite:
        """Return the synapses of one postsynaptic neuron, given by rank or coordinates.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(3, annlab.LeakyIntegrator)
        >>> loop = net.connect(cells, cells, "exc").all_to_all(annlab.Uniform(0.0, 1.0))
        >>> net.compile()
        >>> loop.dendrite(1).pre_ranks
        [0, 2]
        """
        state = self._compiled("dendrites")
        rank = self._rank(self.post, post)
        row = state.storage.dendrites.row_of(rank)
        if row is None:
            raise UnknownObjectError(
                f"neuron {rank} has no dendrite in projection {self._label}",
                hint="post_ranks lists the neurons that have one",
            )
        return self._handle(rank)

    def _handle(self, rank: int) -> Dendrite:
        return Dendrite(cast("Projection", self), rank)  # the only class that derives from this

    def __getitem__(self, post: int | Sequence[int]) -> Dendrite:
        return self.dendrite(post)

    @property
    def dendrites(self) -> Iterator[Dendrite]:
        """All dendrites in ascending order of postsynaptic ranks."""
        return (self._handle(rank) for rank in self.post_ranks)

    def __iter__(self) -> Iterator[Dendrite]:
        return self.dendrites

    @property
    def synapse(self) -> Callable[..., IndividualSynapse]:
        """``proj.synapse(pre, post)`` is the synapse between two neurons, by rank or coordinates.

        ``proj.synapse = model`` gives all synapses another model, also while the network runs; see
        `Population.neuron`.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(3, annlab.LeakyIntegrator)
        >>> loop = net.connect(cells, cells, "exc").all_to_all(annlab.Uniform(0.0, 1.0))
        >>> net.compile()
        >>> loop.synapse(pre=0, post=2).w = 0.5
        >>> float(loop.connectivity_matrix()[2, 0])
        0.5
        """
        return self._synapse_between

    @synapse.setter
    def synapse(self, model: Synapse | type[Synapse]) -> None:
        from annlab.network.remodel import exchange_synapse  # models are rarely exchanged

        exchange_synapse([cast("Projection", self)], model).warn()

    def _synapse_between(
        self, pre: int | Sequence[int], post: int | Sequence[int]
    ) -> IndividualSynapse:
        return self.dendrite(post).synapse(self._rank(self.pre, pre))

    # -- tables ---------------------------------------------------------------------

    def connectivity_matrix(self, fill: float = 0.0) -> NDArray:
        """Return the weights (n_post, n_pre) of whole populations, `fill` without a synapse.

        Its columns are contiguous in memory where synapses lie by presynaptic neuron (spikes),
        its rows where they lie by postsynaptic neuron (rates).

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator)
        >>> loop = net.connect(cells, cells, "exc").all_to_all(0.5)
        >>> net.compile()
        >>> loop.connectivity_matrix()
        array([[0. , 0.5],
               [0.5, 0. ]])
        """
        state, missing = self._settled("synapses"), read_fill(fill)
        return self._now(lambda: matrix(state, "w", missing))

    def receptive_fields(self, variable: str = "w", in_post_geometry: bool = True) -> NDArray:
        """Return one big image made of the receptive fields of all postsynaptic neurons.

        Fields lie in the geometry of the postsynaptic population, or, if not
        `in_post_geometry`, one for each dendrite in a nearly square arrangement.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> pixels = net.create((2, 2), annlab.LeakyIntegrator)
        >>> cells = net.create((1, 2), annlab.LeakyIntegrator)
        >>> proj = net.connect(pixels, cells, "exc").from_matrix([[1, 2, 3, 4], [5, 6, 7, 8]])
        >>> net.compile()
        >>> proj.receptive_fields()  # two fields side by side
        array([[1., 2., 5., 6.],
               [3., 4., 7., 8.]])
        """
        state = self._settled("synapses")
        self._require_attribute(variable)
        is_in_geometry = read_flag(in_post_geometry, "in_post_geometry of receptive_fields()")
        pre, post = (tuple(population_of(side).geometry) for side in (self.pre, self.post))
        for geometry, side in ((pre, "pre"), *([(post, "post")] if is_in_geometry else [])):
            if len(geometry) != 2:
                raise ShapeError(
                    f"receptive_fields needs a {side}synaptic population of two dimensions, "
                    f"projection {self._label} has {len(geometry)}",
                    hint="in_post_geometry=False arranges the fields of any population"
                    if side == "post"
                    else None,
                )
        table = self._now(lambda: matrix(state, variable, 0.0))
        if not is_in_geometry:
            post_ranks = state.storage.dendrites.post_ranks
            n_columns = max(1, int(np.sqrt(len(post_ranks))))
            post = (-(-len(post_ranks) // n_columns), n_columns)
            chosen = np.zeros((post[0] * post[1], table.shape[1]), table.dtype)
            chosen[: len(post_ranks)] = table[post_ranks]
            table = chosen
        image = table.reshape(*post, *pre).transpose(0, 2, 1, 3)
        return image.reshape(post[0] * pre[0], post[1] * pre[1])

    @property
    def storage(self) -> str:
        """How the synapses lie in memory, in words."""
        storage = self._settled("storage").storage
        weights = "one shared weight" if self._state and self._state.has_single_weight else "own"
        return f"{storage.kind}, rows of the {storage.major}synaptic side, weights: {weights}"

    def size_in_bytes(self) -> int:
        """Return the memory of the synapses and their values [bytes].

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(100, annlab.LeakyIntegrator)
        >>> loop = net.connect(cells, cells, "exc").fixed_number_pre(10, annlab.Uniform(0.0, 1.0))
        >>> net.compile()
        >>> loop.nb_synapses, loop.size_in_bytes() < 20_000
        (1000, True)
        """
        state = self._state
        if state is None:
            return 0
        return state.storage.nbytes() + state.nbytes()

    _size_in_bytes = size_in_bytes


__all__ = ["ProjectionDendrites"]
