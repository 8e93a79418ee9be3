"""Filters and extents as synapses: which neurons a filter or a block of neurons joins.

Recipes take the geometries of both sides and return rows of ordinary synapses, in the order in
which they are stored, with the place of each in the filter. They know no projections.
"""

from __future__ import annotations

import numbers
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annlab.errors import ArgumentError, ArgumentTypeError, ShapeError
from annlab.ir.expr import Side
from annlab.network.recipes import Ends, Recipe, check_delays, delay_steps
from annlab.runtime.drawing.source import Source
from annlab.runtime.storage import AllToAll, Connectivity

BORDER = "border"


@dataclass(frozen=True, kw_only=True)
class Layout(Recipe):
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
class Filter(Layout):
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
class Extent(Layout):
    """`pooling`."""

    name = "pooling"
    extent: tuple[int, ...] | None = None

    def entries(self, ends: Ends) -> tuple[NDArray[np.int64], ...]:
        pre_shape, post_shape = ends.pre_geometry, ends.post_geometry
        assert pre_shape is not None  # check() has refused views
        assert post_shape is not None
        if self.extent is None and len(pre_shape) != len(post_shape):
            raise ShapeError(
                f"pooling projection {ends.label} joins populations of {len(pre_shape)} and "
                f"{len(post_shape)} dimensions",
                hint="give both populations the same number of dimensions, or an extent",
            )
        extent = self.extent or tuple(_ratio(ends, k) for k in range(len(pre_shape)))
        blocks = _blocks(pre_shape, extent)
        # a dimension that is pooled as a whole may be left out of the postsynaptic population
        if blocks is None or [n for n in blocks if n > 1] != [n for n in post_shape if n > 1]:
            raise ShapeError(
                f"pooling projection {ends.label}: extent {extent} and {post_shape} neurons do not "
                f"cover {pre_shape}",
                why="in each dimension extent times postsynaptic neurons are the presynaptic ones",
            )
        post = np.indices(blocks).reshape(len(blocks), -1).T
        steps = np.indices(extent).reshape(len(extent), -1).T
        found = post[:, None] * np.array(extent) + steps
        ranks = np.asarray(np.ravel_multi_index(tuple(np.moveaxis(found, -1, 0)), pre_shape))
        return _kept(ranks, np.zeros_like(ranks), np.zeros(ranks.shape, bool), keeps_all=True)


def _blocks(shape: tuple[int, ...], extent: tuple[int, ...]) -> tuple[int, ...] | None:
    """Return how many blocks of `extent` make up `shape` in each dimension, or None."""
    if len(shape) != len(extent) or any(e < 1 or n % e for n, e in zip(shape, extent, strict=True)):
        return None
    return tuple(n // e for n, e in zip(shape, extent, strict=True))


__all__ = ["BORDER", "Extent", "Filter"]
