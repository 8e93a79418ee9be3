"""The weights of another projection, walked where they lie: as they are, or in the other direction.

A `Copy` and a `Transpose` have no weights of their own. What is set in the other projection, or
learned by it, takes effect in them at once.
"""

from __future__ import annotations

import numbers
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from annlab.calls import public
from annlab.errors import ArgumentError, ArgumentTypeError, ShapeError, StateError
from annlab.extensions.convolution.filters import Convolution
from annlab.extensions.convolution.fixed import DEFAULT_PSP, Fixed, require_rate_coded
from annlab.extensions.convolution.pooling import Pooling
from annlab.ir.definition import Synapse
from annlab.ir.expr import Locality, Side
from annlab.network import synapse_values
from annlab.network.projection import Drawn, Projection
from annlab.network.projection_base import population_of
from annlab.network.recipes import Ends, Recipe, delay_steps
from annlab.runtime.drawing.source import Source
from annlab.runtime.state import ProjectionState
from annlab.runtime.storage import AllToAll, Connectivity, Storage, StorageKind, build_storage

if TYPE_CHECKING:
    from annlab.network.network import Network


@dataclass(frozen=True, kw_only=True)
class _Shared(Recipe):
    """Synapses that lie in another projection."""

    name = "shared"
    label: str = "copy"

    @property
    def description(self) -> str:
        return self.label

    def n_expected(self, ends: Ends) -> float:
        return 0.0

    def connect(self, ends: Ends, source: Source, major: Side) -> Connectivity | AllToAll:
        return Connectivity(
            major=major,
            n_pre=ends.n_pre,
            n_post=ends.n_post,
            row_ptr=np.zeros((ends.n_pre if major is Side.PRE else ends.n_post) + 1, np.int64),
            index=np.empty(0, np.int64),
            weights=0.0,
        )


class _Sharing(Fixed):
    """A projection that walks the weights of another one."""

    _source: Projection | None = None

    def _source_state(self) -> ProjectionState:
        source, network = self._source, self._network
        assert source is not None  # it is connected
        if source not in network._projections or source._state is None:
            raise StateError(
                f"projection {self._label} uses the weights of {source._label}, which is not part "
                "of the compiled network",
                hint="compile both",
            )
        has_changes = network._config.structural_plasticity or any(
            p._has_rules for p in network._projections
        )
        if has_changes:
            raise StateError(
                f"projection {self._label} cannot use the weights of {source._label}",
                why="in a network with structural plasticity synapses come and go",
            )
        return source._state

    def _require_weights(self, source: Projection) -> None:
        w = source._model.attribute("w")
        if w is not None and w.locality is not Locality.LOCAL:
            raise ArgumentError(
                f"projection {source._label} has no weights of its synapses to share",
                why=f"its w is {w.locality.name.lower()}",
            )

    def _storage(self, source: ProjectionState) -> Storage:
        raise NotImplementedError

    def _new_state(self, drawn: Drawn) -> ProjectionState:
        source = self._source_state()
        state = ProjectionState(
            name=self.name,
            index=self.id,
            pre=population_of(self.pre)._state,
            post=population_of(self.post)._state,
            targets=self.targets,
            model=self._model,
            storage=self._storage(source),
            has_single_weight=source.has_single_weight,
        )
        state.delay_steps[:] = source.delay_steps
        synapse_values.allocate(state, 0.0)
        _share_weights(state, source)
        return state

    def _rejoin(self, state: ProjectionState) -> None:
        source = self._source_state()
        state.storage = self._storage(source)
        state.has_single_weight = source.has_single_weight
        _share_weights(state, source)

    def _exchanged(self, source: Projection) -> None:
        if source is self._source and self._state is not None:
            self._draw_again()


@public
class Copy(_Sharing):
    """Use the synapses of another projection, with its weights as they are at any time.

    Attributes of the synapses but `w` are those of the copy. Rate-coded, and not in a network with
    structural plasticity.

    Examples
    --------
    >>> import annlab
    >>> from annlab.extensions.convolution import Copy
    >>> net = annlab.Network()
    >>> a, b = net.create(annlab.InputArray(2)), net.create(annlab.InputArray(2))
    >>> cells = net.create(1, annlab.Neuron(equations="r = sum(exc); m = sum(mod)"))
    >>> first = net.connect(a, cells, "exc").from_matrix([[1.0, 2.0]])
    >>> second = net.connect(Copy(b, cells, "mod")).copy(first)
    >>> a.r, b.r = 1.0, 10.0
    >>> net.compile()
    >>> net.step()
    >>> cells.r, cells.m
    (array([3.]), array([30.]))
    """

    def __init__(
        self,
        pre: Any,
        post: Any,
        target: str,
        psp: str = DEFAULT_PSP,
        operation: str = "sum",
        name: str | None = None,
        *,
        network: Network | None = None,
    ) -> None:
        require_rate_coded(pre, post, "Copy")
        synapse = Synapse(psp=psp, operation=operation)
        super().__init__(pre, post, target, synapse, name, network=network)

    def copy(self, projection: Projection) -> Self:
        """Take the synapses of `projection`, which joins populations of the same geometries.

        Examples
        --------
        >>> import annlab
        >>> from annlab.extensions.convolution import Copy
        >>> net = annlab.Network()
        >>> a, b = net.create(annlab.InputArray(2)), net.create(annlab.InputArray(2))
        >>> cells = net.create(1, annlab.Neuron(equations="r = sum(exc); m = sum(mod)"))
        >>> first = net.connect(a, cells, "exc").from_matrix([[1.0, 2.0]])
        >>> second = Copy(b, cells, "mod", network=net).copy(first)
        >>> net.compile()
        >>> first.w = [[3.0, 4.0]]
        >>> second.w
        [[3.0, 4.0]]
        """
        _require_ordinary(projection, "Copy")
        for what in ("pre", "post"):
            ours, theirs = getattr(self, what), getattr(projection, what)
            if _shape(ours) != _shape(theirs) or not np.array_equal(ours.ranks, theirs.ranks):
                raise ShapeError(
                    f"projection {self._label} cannot copy {projection._label}: the {what}synaptic "
                    f"geometries are {_shape(ours)} and {_shape(theirs)}",
                    hint="copy between populations or views of the same neurons",
                )
        require_rate_coded(projection.pre, projection.post, "copied projection")
        self._require_weights(projection)
        self._source = projection
        return self._use(_Shared(label=f"copy of {projection.name}"))

    connect_copy = copy  # its name in older scripts

    def _storage(self, source: ProjectionState) -> Storage:
        return source.storage

    def _copy(self, network: Network, pre: Any, post: Any) -> Projection:
        twin = super()._copy(network, pre, post)
        if self._source is not None:
            assert isinstance(twin, Copy)
            twin._source = network.get(self._source)
        return twin


@public
class Transpose(_Sharing):
    """Lead back from `projection.post` to `projection.pre`, with its weights as they are.

    Weights of single synapses can be used between rate-coded neurons; between spiking ones, where
    synapses are stored by the neuron that spikes, only a weight that is one number for all.

    Examples
    --------
    >>> import annlab
    >>> from annlab.extensions.convolution import Transpose
    >>> net = annlab.Network()
    >>> a = net.create(2, annlab.Neuron(equations="r = sum(back)"))
    >>> b = net.create(annlab.InputArray(1))
    >>> b.r = 1.0
    >>> forth = net.connect(a, b, "exc").from_matrix([[1.0, 2.0]])
    >>> back = net.connect(Transpose(forth, "back")).transpose()
    >>> net.compile()
    >>> net.step()
    >>> a.r
    array([1., 2.])
    """

    def __init__(
        self,
        projection: Projection,
        target: str,
        name: str | None = None,
        *,
        network: Network | None = None,
    ) -> None:
        _require_ordinary(projection, "Transpose")
        kinds = [population_of(s)._model.is_spiking for s in (projection.pre, projection.post)]
        if kinds[0] != kinds[1]:
            raise ArgumentError(
                f"projection {projection._label} joins rate-coded and spiking neurons",
                why="a Transpose leads from rates to rates, or from spikes to spikes",
            )
        self._source = projection
        super().__init__(projection.post, projection.pre, target, None, name, network=network)

    def transpose(self) -> Self:
        """Take the synapses.

        Examples
        --------
        >>> import annlab
        >>> from annlab.extensions.convolution import Transpose
        >>> net = annlab.Network()
        >>> a, b = net.create(2, annlab.LeakyIntegrator), net.create(3, annlab.LeakyIntegrator)
        >>> forth = net.connect(a, b, "exc").all_to_all(0.5)
        >>> back = Transpose(forth, "exc", network=net).transpose()
        >>> net.compile()
        >>> back.pre is b, back.post is a
        (True, True)
        """
        source = self._source
        assert source is not None  # set by the constructor
        recipe = source._connected()
        self._require_weights(source)
        is_undelayed = isinstance(recipe.delays, numbers.Real) and (
            delay_steps(recipe.delays, self._network.dt) == 1
        )
        if not is_undelayed:
            raise ArgumentError(
                f"projection {source._label} has delays and cannot be transposed",
                hint="connect it without delays",
            )
        if self._model.is_spiking and not source._keeps_one_weight(recipe):
            raise ArgumentError(
                f"projection {source._label} of spikes has one weight per synapse and cannot be "
                "transposed",
                why="its weights lie by presynaptic neuron, where spikes from the other side do "
                "not find them",
                hint="use one constant weight for all its synapses",
            )
        return self._use(_Shared(label=f"transpose of {source.name}"))

    connect_transpose = transpose  # its names in older scripts
    connect = transpose

    @property
    def _major(self) -> Side:
        """Sums walk the rows of the other projection, which are presynaptic here."""
        return Side.PRE

    def _storage(self, source: ProjectionState) -> Storage:
        old = source.storage
        if self._model.is_spiking:
            return _turned_pairs(old)
        is_pairwise = old.kind is StorageKind.ONE_TO_ONE
        return replace(
            old,
            major=Side.PRE,
            n_pre=old.n_post,
            n_post=old.n_pre,
            rows=old.columns if is_pairwise else old.rows,
            columns=old.rows if is_pairwise else old.columns,
            by_column=None,
            _dendrites=None,
        )

    def _copy(self, network: Network, pre: Any, post: Any) -> Projection:
        assert self._source is not None  # set by the constructor
        source = network.get(self._source)
        twin = Transpose(source, self.targets[0], self.name, network=network)
        twin._flags[:] = self._flags
        twin._given = dict(self._given)
        twin._recipe = self._recipe
        return twin


def _share_weights(state: ProjectionState, source: ProjectionState) -> None:
    """Take the array itself: weights are live."""
    if "w" in state.values and "w" in source.values:
        state.values["w"] = source.values["w"]


def _turned_pairs(old: Storage) -> Storage:
    """Return the opposite synapses, which all have the same weight, by presynaptic neuron."""
    pre, post, _ = old.pairs()
    order = np.lexsort((pre, post))
    counts = np.bincount(post, minlength=old.n_post)
    connectivity = Connectivity(
        major=Side.PRE,
        n_pre=old.n_post,
        n_post=old.n_pre,
        row_ptr=np.concatenate(([0], np.cumsum(counts))),
        index=pre[order],
        weights=0.0,
    )
    return build_storage(connectivity, major=Side.PRE, delays_cut_rows=True)[0]


def _shape(side: Any) -> tuple[int, ...]:
    return tuple(population_of(side).geometry)


def _require_ordinary(projection: object, owner: str) -> None:
    if not isinstance(projection, Projection):
        raise ArgumentTypeError(
            f"a {owner} was given {type(projection).__name__}", hint="give a projection"
        )
    if isinstance(projection, Convolution | Pooling | _Sharing):
        raise ArgumentError(
            f"a {owner} cannot use {projection._label}, which is a {type(projection).__name__}",
            why="it needs synapses with weights of their own",
        )


__all__ = ["Copy", "Transpose"]
