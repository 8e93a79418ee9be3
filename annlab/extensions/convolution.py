"""Projections whose weights are shared: convolution, pooling, copies and transposes.

Filters are laid out as ordinary synapses at compile, one weight each, so every back end runs
them. A `Copy` and a `Transpose` have no weights of their own: they walk those of another
projection where they lie.
"""

from __future__ import annotations

import numbers
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from annlab.calls import public
from annlab.errors import ArgumentError, ArgumentTypeError, ShapeError, StateError
from annlab.ir.definition import Synapse
from annlab.ir.expr import Locality, Side
from annlab.network import synapse_values
from annlab.network.checks import read_flag, read_numbers
from annlab.network.projection import Drawn, Projection
from annlab.network.projection_base import population_of
from annlab.network.recipes import Ends, Recipe, check_delays, delay_steps
from annlab.runtime.drawing.source import Source
from annlab.runtime.state import ProjectionState
from annlab.runtime.storage import AllToAll, Connectivity, Storage, StorageKind, build_storage

if TYPE_CHECKING:
    from annlab.network.network import Network

DEFAULT_PSP = "pre.r * w"
BORDER = "border"
OUTSIDE = "is_outside"  # 1 for synapses that stand for the padding
MAX_DIMENSIONS = 4


# -- filters and extents as synapses -----------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Layout(Recipe):
    """Synapses given by coordinates; entries are in the order in which they are stored."""

    @property
    def has_single_weight(self) -> bool:
        return False

    def check(self, ends: Ends) -> None:
        if ends.pre_geometry is None or ends.post_geometry is None:
            raise ArgumentError(
                f"{self.name} projection {ends.label} has a view on one side",
                why="coordinates are those of whole populations",
                hint="connect whole populations",
            )
        if not isinstance(self.delays, numbers.Real):
            raise ArgumentTypeError(
                f"delays of {self.name} projection {ends.label} are {type(self.delays).__name__}",
                hint="give one number [ms]",
            )
        check_delays(self.delays, ends)
        self.entries(ends)

    def n_expected(self, ends: Ends) -> float:
        return float(len(self.entries(ends)[0]))

    def entries(self, ends: Ends) -> tuple[NDArray[np.int64], ...]:
        """Return (pre ranks, post ranks, places in the filter, 1 where padded)."""
        raise NotImplementedError

    def values(self, places: NDArray[np.int64]) -> NDArray | float:
        """Return the weights of entries."""
        return 1.0

    def connect(self, ends: Ends, source: Source, major: Side) -> Connectivity | AllToAll:
        pre, post, places, _ = self.entries(ends)
        counts = np.bincount(post, minlength=ends.n_post)
        return Connectivity(
            major=Side.POST,
            n_pre=ends.n_pre,
            n_post=ends.n_post,
            row_ptr=np.concatenate(([0], np.cumsum(counts))),
            index=pre,
            weights=self.values(places),
            delays=int(delay_steps(self.delays, ends.dt)),
        )


@dataclass(frozen=True, kw_only=True)
class _Filter(_Layout):
    """`connect_filter`, and `connect_filters` where `is_bank`."""

    name = "connect_filter"
    filter: NDArray[np.float64]
    is_bank: bool = False
    keeps_last: bool = False
    padding: float | str = 0.0
    subsampling: NDArray[np.int64] | None = None
    keeps_outside: bool = False

    @property
    def description(self) -> str:
        return f"connect_filter{'s' if self.is_bank else ''}{self.filter.shape}"

    def values(self, places: NDArray[np.int64]) -> NDArray:
        return self.filter.ravel()[places]

    def _spatial(self, ends: Ends) -> int:
        """Return over how many dimensions the filter is moved, or refuse the shapes."""
        pre, post = ends.pre_geometry, ends.post_geometry
        assert pre is not None  # check() has refused views
        assert post is not None
        one = self.filter.shape[1:] if self.is_bank else self.filter.shape
        if self.is_bank and self.filter.shape[0] != post[-1]:
            raise ShapeError(
                f"projection {ends.label}: {self.filter.shape[0]} filters for a last "
                f"postsynaptic dimension of {post[-1]}",
                hint="give one filter for each feature map",
            )
        maps = post[:-1] if self.is_bank else post
        if self.keeps_last:
            if len(one) == len(pre) - 1 and len(maps) == len(pre) and maps[-1] == pre[-1]:
                return len(one)
        elif len(one) == len(pre):
            if len(maps) == len(pre):
                return len(pre)
            if len(maps) == len(pre) - 1 and one[-1] == pre[-1]:
                return len(maps)
        raise ShapeError(
            f"projection {ends.label}: a filter of shape {one} does not lead from {pre} to {post}",
            why="it has the dimensions of the presynaptic population, the last one being covered "
            "as a whole if the postsynaptic population lacks it",
            hint="use keep_last_dimension=True to filter each feature map alone"
            if len(one) == len(pre) - 1
            else None,
        )

    def _centres(self, ends: Ends, n_spatial: int, post: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return (n_post, n_spatial) presynaptic coordinates around which filters lie."""
        assert ends.pre_geometry is not None
        assert ends.post_geometry is not None
        if self.subsampling is not None:
            given = self.subsampling
            if given.ndim != 2 or len(given) != len(post) or given.shape[1] < n_spatial:
                raise ShapeError(
                    f"projection {ends.label}: subsampling has shape {given.shape}, "
                    f"expected ({len(post)}, {len(ends.pre_geometry)})",
                    why="each postsynaptic neuron has a centre in the presynaptic population",
                )
            sizes = ends.pre_geometry[: given.shape[1]]
            if given.shape[1] > len(sizes) or np.any((given < 0) | (given >= sizes)):
                raise ArgumentError(
                    f"projection {ends.label}: subsampling leaves the presynaptic population",
                    why=f"its geometry is {ends.pre_geometry}",
                )
            return given[:, :n_spatial]
        centres = np.empty((len(post), n_spatial), np.int64)
        for k in range(n_spatial):
            ratio = _ratio(ends, k)
            centres[:, k] = (ratio - 1) // 2 + ratio * post[:, k]
        return centres

    def entries(self, ends: Ends) -> tuple[NDArray[np.int64], ...]:
        n_spatial = self._spatial(ends)
        pre_shape, post_shape = ends.pre_geometry, ends.post_geometry
        assert pre_shape is not None
        assert post_shape is not None
        one = self.filter.shape[1:] if self.is_bank else self.filter.shape
        post = np.indices(post_shape).reshape(len(post_shape), -1).T
        steps = np.indices(one).reshape(len(one), -1).T
        centres = self._centres(ends, n_spatial, post)
        middle = (np.array(one[:n_spatial]) - 1) // 2
        found = np.empty((len(post), len(steps), len(pre_shape)), np.int64)
        found[..., :n_spatial] = centres[:, None] + steps[:, :n_spatial] - middle
        if n_spatial < len(pre_shape):
            rest = post[:, None, n_spatial] if self.keeps_last else steps[None, :, -1]
            found[..., -1] = rest
        outside = np.any((found < 0) | (found >= pre_shape), axis=-1)
        inside = np.clip(found, 0, np.array(pre_shape) - 1)
        ranks = np.asarray(np.ravel_multi_index(tuple(np.moveaxis(inside, -1, 0)), pre_shape))
        places = np.broadcast_to(np.arange(len(steps)), ranks.shape)
        if self.is_bank:
            places = places + len(steps) * post[:, -1:]
        return _kept(ranks, places, outside, keeps_all=self.padding == BORDER or self.keeps_outside)


def _kept(
    ranks: NDArray[np.int64], places: NDArray, outside: NDArray[np.bool_], *, keeps_all: bool
) -> tuple[NDArray[np.int64], ...]:
    """Return the entries that become synapses, row by row in ascending order of ranks."""
    owner = np.broadcast_to(np.arange(len(ranks))[:, None], ranks.shape)
    keep = np.ones_like(outside) if keeps_all else ~outside
    pre, post, place = ranks[keep], owner[keep], places[keep]
    order = np.lexsort((pre, post))
    return pre[order], post[order], place[order], outside[keep][order].astype(np.int64)


def _ratio(ends: Ends, k: int) -> int:
    assert ends.pre_geometry is not None
    assert ends.post_geometry is not None
    n_pre, n_post = ends.pre_geometry[k], ends.post_geometry[k]
    if n_pre % n_post:
        raise ShapeError(
            f"projection {ends.label}: {n_pre} presynaptic neurons along dimension {k} cannot be "
            f"divided among {n_post}",
            hint="choose extents that divide each other",
        )
    return n_pre // n_post


@dataclass(frozen=True, kw_only=True)
class _Extent(_Layout):
    """`pooling`."""

    name = "pooling"
    extent: tuple[int, ...] | None = None

    def entries(self, ends: Ends) -> tuple[NDArray[np.int64], ...]:
        pre_shape, post_shape = ends.pre_geometry, ends.post_geometry
        assert pre_shape is not None  # check() has refused views
        assert post_shape is not None
        if len(pre_shape) != len(post_shape):
            raise ShapeError(
                f"pooling projection {ends.label} joins populations of {len(pre_shape)} and "
                f"{len(post_shape)} dimensions",
                hint="give both populations the same number of dimensions",
            )
        extent = self.extent or tuple(_ratio(ends, k) for k in range(len(pre_shape)))
        if tuple(np.multiply(extent, post_shape) if len(extent) == len(post_shape) else ()) != (
            pre_shape
        ):
            raise ShapeError(
                f"pooling projection {ends.label}: extent {extent} and {post_shape} neurons do not "
                f"cover {pre_shape}",
                why="in each dimension extent times postsynaptic neurons are the presynaptic ones",
            )
        post = np.indices(post_shape).reshape(len(post_shape), -1).T
        steps = np.indices(extent).reshape(len(extent), -1).T
        found = post[:, None] * np.array(extent) + steps
        ranks = np.asarray(np.ravel_multi_index(tuple(np.moveaxis(found, -1, 0)), pre_shape))
        return _kept(ranks, np.zeros_like(ranks), np.zeros(ranks.shape, bool), keeps_all=True)


class _Fixed(Projection):
    """A projection that is not saved, and whose synapses neither come nor go."""

    is_saveable = False

    @property
    def _is_structural(self) -> bool:
        return False

    def _changeable(self, what: str) -> ProjectionState:
        raise StateError(
            f"synapses of projection {self._label} cannot be {what}",
            why=f"those of a {type(self).__name__} are given by its pattern",
        )


@public
class Convolution(_Fixed):
    """Move a filter, or a bank of them, over the rates of a population.

    ``out[x] = sum_k h[k] * in[c(x) + k - centre]``, ``centre = (n - 1)//2`` along each dimension
    of the filter. Not saved: the filter is in the script.

    Parameters
    ----------
    psp, operation
        What a synapse transmits, and how that is reduced.

    Raises
    ------
    ArgumentError
        If one of the populations is spiking.

    Examples
    --------
    >>> import annlab
    >>> from annlab.extensions.convolution import Convolution
    >>> net = annlab.Network()
    >>> image = net.create(annlab.InputArray(5))
    >>> image.r = [0.0, 0.0, 1.0, 0.0, 0.0]
    >>> edges = net.create(5, annlab.Neuron(equations="r = sum(exc)"))
    >>> filtered = net.connect(Convolution(image, edges, "exc")).connect_filter([1.0, 2.0, 3.0])
    >>> net.compile()
    >>> net.step()
    >>> edges.r
    array([0., 3., 2., 1., 0.])
    >>> filtered.weights
    array([1., 2., 3.])
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
        _require_rates(pre, post, "Convolution")
        self._psp, self._operation = psp, operation
        synapse = Synapse(psp=psp, operation=operation)
        super().__init__(pre, post, target, synapse, name, network=network)

    def connect_filter(
        self,
        weights: ArrayLike,
        delays: float = 0.0,
        keep_last_dimension: bool = False,
        padding: float | str = 0.0,
        subsampling: Sequence[Sequence[int]] | None = None,
    ) -> Self:
        """Apply one filter.

        Parameters
        ----------
        keep_last_dimension
            The filter lacks the last dimension and is applied to each of its slices.
        padding
            The rate outside of the population, or "border": that of the nearest neuron inside.
        subsampling
            The presynaptic coordinates of the centre, for each postsynaptic neuron. By default
            centres are spread evenly.

        Raises
        ------
        ShapeError
            If the filter does not lead from one population to the other.

        Examples
        --------
        >>> import annlab
        >>> from annlab.extensions.convolution import Convolution
        >>> net = annlab.Network()
        >>> image = net.create(annlab.InputArray((4, 4)))
        >>> image.r = 1.0
        >>> small = net.create((2, 2), annlab.Neuron(equations="r = sum(exc)"))
        >>> blur = Convolution(image, small, "exc", network=net)
        >>> blur = blur.connect_filter([[0.25, 0.25], [0.25, 0.25]])
        >>> net.compile()
        >>> net.step()
        >>> small.r
        array([[1., 1.],
               [1., 1.]])
        """
        return self._apply(
            weights, delays, keep_last_dimension, padding, subsampling, is_bank=False
        )

    def connect_filters(
        self,
        weights: ArrayLike,
        delays: float = 0.0,
        keep_last_dimension: bool = False,
        padding: float | str = 0.0,
        subsampling: Sequence[Sequence[int]] | None = None,
    ) -> Self:
        """Apply several filters: the first axis is the last dimension of `post`.

        Examples
        --------
        >>> import annlab
        >>> from annlab.extensions.convolution import Convolution
        >>> net = annlab.Network()
        >>> signal = net.create(annlab.InputArray(4))
        >>> signal.r = [0.0, 1.0, 0.0, 0.0]
        >>> maps = net.create((4, 2), annlab.Neuron(equations="r = sum(exc)"))
        >>> bank = Convolution(signal, maps, "exc", network=net)
        >>> bank = bank.connect_filters([[0, 1, 0], [1, 0, -1]])
        >>> net.compile()
        >>> net.step()
        >>> maps.r  # one column for each filter
        array([[ 0., -1.],
               [ 1.,  0.],
               [ 0.,  1.],
               [ 0.,  0.]])
        """
        return self._apply(weights, delays, keep_last_dimension, padding, subsampling, is_bank=True)

    def _apply(
        self,
        weights: ArrayLike,
        delays: float,
        keeps_last: bool,
        padding: float | str,
        subsampling: Sequence[Sequence[int]] | None,
        *,
        is_bank: bool,
    ) -> Self:
        read_flag(keeps_last, f"keep_last_dimension of projection {self._label}")
        values = _filter(weights, self._label, max_dimensions=MAX_DIMENSIONS + is_bank)
        if padding != BORDER and not isinstance(padding, numbers.Real):
            raise ArgumentError(
                f"padding of projection {self._label} is {padding!r}",
                hint='give a number, or "border"',
            )
        adds_nothing = padding == 0 and self._psp == DEFAULT_PSP and self._operation == "sum"
        recipe = _Filter(
            filter=values,
            delays=delays,
            is_bank=is_bank,
            keeps_last=keeps_last,
            padding=padding,
            subsampling=None
            if subsampling is None
            else read_numbers(
                subsampling, f"subsampling of projection {self._label}", are_whole=True
            ).astype(np.int64),
            keeps_outside=padding != BORDER and not adds_nothing,
        )
        self._use(recipe)
        self._fit_model(recipe)
        return self

    def _fit_model(self, recipe: _Filter) -> None:
        """Let synapses that stand for the padding transmit it."""
        psp, parameters = self._psp, ""
        if recipe.keeps_outside:
            rate = rf"(pre.\1*(1.0 - {OUTSIDE}) + {float(recipe.padding)!r}*{OUTSIDE})"
            psp, parameters = re.sub(r"\bpre\.(\w+)", rate, psp), f"{OUTSIDE} = 0.0"
            self._localities = {OUTSIDE: Locality.LOCAL}
        else:
            self._localities = {}
        self.synapse_type = Synapse(parameters=parameters, psp=psp, operation=self._operation)
        self._model = self._first_analysis()

    def _initialise(self, names: Any) -> None:
        super()._initialise(names)
        recipe, state = self._recipe, self._compiled("synapses")
        if isinstance(recipe, _Filter) and recipe.keeps_outside:
            outside = recipe.entries(self._ends())[3]
            state.values[OUTSIDE][: len(outside)] = outside

    def _copy(self, network: Network, pre: Any, post: Any) -> Projection:
        twin = super()._copy(network, pre, post)
        if isinstance(self._recipe, _Filter):
            assert isinstance(twin, Convolution)
            twin._fit_model(self._recipe)
        return twin

    @property
    def weights(self) -> NDArray[np.float64]:
        """The filter, or the bank; a copy. What is assigned must have the same shape."""
        return self._now(self._read_filter)

    def _read_filter(self) -> NDArray[np.float64]:
        """Return the filter as the synapses have it: a snapshot may have brought old weights."""
        recipe, state = self._filtered(), self._state
        values = recipe.filter.copy()
        if state is not None:
            places = recipe.entries(self._ends())[2]
            values.ravel()[places] = state.values["w"][: len(places)]
        return values

    @weights.setter
    def weights(self, weights: ArrayLike) -> None:
        old = self._filtered()
        new = read_numbers(weights, f"weights of projection {self._label}")
        if new.shape != old.filter.shape:
            raise ShapeError(
                f"weights of projection {self._label} have shape {new.shape}, "
                f"expected {old.filter.shape} like the filter"
            )
        recipe = replace(old, filter=new)

        def change() -> None:
            self._recipe = recipe
            if self._state is not None:
                places = recipe.entries(self._ends())[2]
                self._state.values["w"][: len(places)] = recipe.values(places)

        self._now(change)

    def _filtered(self) -> _Filter:
        recipe = self._connected()
        assert isinstance(recipe, _Filter)
        return recipe


@public
class Pooling(_Fixed):
    """Reduce blocks of a population of rates to one value each.

    Parameters
    ----------
    operation
        "max", "min" or "mean".

    Examples
    --------
    >>> import annlab
    >>> from annlab.extensions.convolution import Pooling
    >>> net = annlab.Network()
    >>> image = net.create(annlab.InputArray((2, 4)))
    >>> image.r = [[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]
    >>> small = net.create((1, 2), annlab.Neuron(equations="r = sum(exc)"))
    >>> pool = net.connect(Pooling(image, small, "exc", operation="max")).pooling()
    >>> net.compile()
    >>> net.step()
    >>> small.r
    array([[6., 8.]])
    """

    def __init__(
        self,
        pre: Any,
        post: Any,
        target: str,
        psp: str = "pre.r",
        operation: str = "max",
        name: str | None = None,
        *,
        network: Network | None = None,
    ) -> None:
        _require_rates(pre, post, "Pooling")
        if operation not in ("max", "min", "mean"):
            raise ArgumentError(
                f"the operation of a Pooling is {operation!r}", hint='use "max", "min" or "mean"'
            )
        synapse = Synapse(psp=psp, operation=operation)
        super().__init__(pre, post, target, synapse, name, network=network)

    def pooling(self, extent: Sequence[int] | None = None, delays: float = 0.0) -> Self:
        """Join each neuron to its block; `extent` is what divides the populations by default.

        Examples
        --------
        >>> import annlab
        >>> from annlab.extensions.convolution import Pooling
        >>> net = annlab.Network()
        >>> image = net.create(annlab.InputArray((2, 4)))
        >>> image.r = [[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]
        >>> rows = net.create((2, 1), annlab.Neuron(equations="r = sum(exc)"))
        >>> pool = Pooling(image, rows, "exc", operation="mean", network=net).pooling(extent=(1, 4))
        >>> net.compile()
        >>> net.step()
        >>> rows.r
        array([[2.5],
               [6.5]])
        """
        given = None
        if extent is not None:
            found = read_numbers(extent, f"extent of projection {self._label}", are_whole=True)
            given = tuple(int(e) for e in np.atleast_1d(found))
        return self._use(_Extent(extent=given, delays=delays))

    connect_pooling = pooling


def _filter(weights: ArrayLike, label: str, *, max_dimensions: int) -> NDArray[np.float64]:
    values = read_numbers(weights, f"the filter of projection {label}")
    if not 0 < values.ndim <= max_dimensions or values.size == 0:
        raise ShapeError(
            f"the filter of projection {label} has shape {values.shape}",
            hint=f"give an array of 1 to {max_dimensions} dimensions",
        )
    return values


def _require_rates(pre: Any, post: Any, owner: str) -> None:
    for side, what in ((pre, "pre"), (post, "post")):
        population = population_of(side)
        if hasattr(population, "_model") and population._model.is_spiking:
            raise ArgumentError(
                f"the {what}synaptic neurons of a {owner} are spiking",
                hint="they have to be rate-coded",
            )


# -- the weights of another projection ------------------------------------------------------


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


class _Sharing(_Fixed):
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
        _require_rates(pre, post, "Copy")
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
        _require_rates(projection.pre, projection.post, "copied projection")
        self._require_weights(projection)
        self._source = projection
        return self._use(_Shared(label=f"copy of {projection.name}"))

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


__all__ = ["Convolution", "Copy", "Pooling", "Transpose"]
