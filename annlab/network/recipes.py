"""Recipes: what a connector call asked for, and how synapses are drawn from it.

A recipe is a frozen value that the projection keeps. Synapses are drawn from it at
compile time, straight in the order in which the kernels will walk them, and drawn
again where connectivity is reset. One class per pattern; a new pattern is a new
class and a method in `annlab.network.connectors`.

Knows nothing of synaptic models and of how values are stored afterwards.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, TypeGuard

import numpy as np
from numpy.typing import NDArray

from annlab.calls import warn
from annlab.errors import (
    ArgumentError,
    ArgumentTypeError,
    ShapeError,
)
from annlab.ir.expr import Side
from annlab.network import patterns
from annlab.network.checks import read_flag, read_number
from annlab.network.distributions import RandomDistribution
from annlab.network.lil import LILConnectivity
from annlab.runtime.drawing.laws import Law, Purpose
from annlab.runtime.drawing.plain import index_dtype, mean_gap_of
from annlab.runtime.drawing.plan import Plan
from annlab.runtime.drawing.source import Source
from annlab.runtime.memory import require
from annlab.runtime.storage import AllToAll, Connectivity

OWN_WEIGHT_FORMATS = ("dense", "bsr")
BYTES_OF_RANK = 4
TABLE_BLOCK = 1 << 20  # weights of a dense table that exist twice for a moment: some for each core
MOST_STEPS = 2**31  # delays are 32-bit integers


@dataclass(frozen=True)
class Ends:
    """The two sides of a projection, as connectors see them.

    Attributes
    ----------
    pre, post
        Ranks in the order of the user's population or view.
    n_pre, n_post
        Sizes of the whole populations.
    is_recurrent
        Both sides belong to one population, so equal ranks are the same neuron.
    pre_geometry, post_geometry
        None where the side is a view.
    dt
        Step [ms].
    """

    label: str
    pre: NDArray[np.int64]
    post: NDArray[np.int64]
    n_pre: int
    n_post: int
    is_recurrent: bool
    pre_geometry: tuple[int, ...] | None
    post_geometry: tuple[int, ...] | None
    dt: float
    float_type: np.dtype

    @cached_property
    def sorted_pre(self) -> NDArray[np.int64]:
        return patterns.ascending(self.pre)

    @cached_property
    def sorted_post(self) -> NDArray[np.int64]:
        return patterns.ascending(self.post)

    def sides(self, major: Side) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return (ranks of rows, ranks of columns), ascending."""
        if major is Side.PRE:
            return self.sorted_pre, self.sorted_post
        return self.sorted_post, self.sorted_pre

    def own_columns(self, major: Side, *, allow_self: bool) -> NDArray[np.int64] | None:
        """Return the column of each row that must be left out, or None."""
        if allow_self or not self.is_recurrent:
            return None
        found = patterns.own_columns(*self.sides(major))
        return found if np.any(found >= 0) else None


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What a connector call asked for.

    `has_own_weights`: one value per synapse even where all weights are one number.
    """

    name: ClassVar[str]
    is_random: ClassVar[bool] = False  # pairs are drawn
    weights: Any = 0.0  # a number or a distribution; some recipes bring arrays
    delays: Any = 0.0
    has_own_weights: bool = False
    storage_format: str | None = None
    storage_order: str | None = None

    @property
    def called(self) -> str:
        """The connector that the user called, where one recipe is of several."""
        return self.name

    @property
    def description(self) -> str:
        """One sentence for reports."""
        return f"{self.name}, weights {_spelled(self.weights)}, delays {_spelled(self.delays)}"

    @property
    def has_single_weight(self) -> bool:
        """True if one number stands for all weights."""
        return (
            isinstance(self.weights, numbers.Real)
            and not self.has_own_weights
            and self.storage_format not in OWN_WEIGHT_FORMATS
        )

    def check(self, ends: Ends) -> None:
        """Refuse what cannot be connected, at the user's call."""
        read_flag(self.has_own_weights, f"force_multiple_weights of projection {ends.label}")
        _check_weights(self.weights, ends)
        check_delays(self.delays, ends)

    def n_expected(self, ends: Ends) -> float:
        """Return the (mean) number of synapses."""
        raise NotImplementedError

    def n_drawn(self, ends: Ends) -> float:
        """Return the (mean) number of synapses that are drawn; where only weights are, a quarter.

        That is what they cost beside synapses. Delays of their own count even where they are given:
        rows are cut by them.
        """
        if self.is_random or not isinstance(self.delays, numbers.Real):
            return self.n_expected(ends)
        return 0.25 * self.n_expected(ends) if is_distribution(self.weights) else 0.0

    def require_memory(self, ends: Ends, *, has_own_weights: bool) -> None:
        """Refuse a projection that cannot fit, before anything is allocated."""
        n_bytes = BYTES_OF_RANK + (ends.float_type.itemsize if has_own_weights else 0)
        if is_distribution(self.delays):
            n_bytes += 4
        n = self.n_expected(ends)
        require(int(n * n_bytes), f"projection {ends.label} of {n:.3g} synapses")

    def connect(self, ends: Ends, source: Source, major: Side) -> Connectivity | AllToAll:
        """Draw the synapses, as rows of the `major` side."""
        raise NotImplementedError

    def plan(self, ends: Ends, major: Side) -> Plan | None:
        """Return the same as numbers, if a device can draw it by itself."""
        return None

    def renewed(self) -> Recipe:
        """Return the recipe from which connectivity is drawn once more."""
        return self


def _spelled(value: object) -> str:
    if isinstance(value, numbers.Real):
        return f"{value:g}"
    return repr(value) if is_distribution(value) else type(value).__name__


def is_distribution(value: object) -> TypeGuard[RandomDistribution]:
    return isinstance(value, RandomDistribution)


def _law_of(values: RandomDistribution | float) -> float | Law | None:
    return values.law() if isinstance(values, RandomDistribution) else float(values)


def _check_weights(weights: object, ends: Ends) -> None:
    if isinstance(weights, numbers.Real) or is_distribution(weights):
        if isinstance(weights, numbers.Real) and not np.isfinite(float(weights)):
            raise ArgumentError(
                f"weights of projection {ends.label} are {weights!r}",
                hint="give a finite number; where no synapse is wanted, use from_matrix",
            )
        return
    raise ArgumentTypeError(
        f"weights of projection {ends.label} are {type(weights).__name__}",
        hint="give a number or a distribution; matrices go through from_matrix",
    )


def check_delays(delays: object, ends: Ends) -> None:
    if isinstance(delays, numbers.Real):
        if not np.isfinite(float(delays)) or delays < 0:
            raise ArgumentError(
                f"delay {delays!r} of projection {ends.label} is negative or not finite",
                hint="delays are in ms; 0 means one step",
            )
        delay_steps(delays, ends.dt)  # refuses endless ones
        return
    if not is_distribution(delays):
        raise ArgumentTypeError(
            f"delays of projection {ends.label} are {type(delays).__name__}",
            hint="give a number [ms] or a distribution",
        )
    if not _is_bounded(delays):
        raise ArgumentError(
            f"delays of projection {ends.label} are drawn from {type(delays).__name__} "
            "without a maximum",
            why="the longest delay decides how many steps are remembered",
            hint=f"give {type(delays).__name__}(..., max=...)",
        )
    if delays.max is not None:
        delay_steps(delays.max, ends.dt)
    if delays.reaches_below(0.0):
        warn(
            f"delays of projection {ends.label} are drawn from {delays!r}, which reaches below 0: "
            f"what is below one step becomes one step; min={ends.dt:g} says that this is meant"
        )


def _is_bounded(distribution: object) -> bool:
    is_binomial = type(distribution).__name__ == "Binomial"
    return is_binomial or getattr(distribution, "max", None) is not None


def draw_weights(
    weights: Any, shape: int | tuple[int, ...], ends: Ends, source: Source
) -> float | NDArray:
    """Return one float, or values of the network's float type drawn block by block."""
    if isinstance(weights, numbers.Real):
        return float(weights)
    return _drawn(weights, shape, ends, source)


def _drawn(
    weights: RandomDistribution,
    shape: int | tuple[int, ...],
    ends: Ends,
    source: Source,
    first: int = 0,
) -> NDArray:
    """Return the weights of the positions that begin with `first`."""
    values = np.empty(shape, dtype=ends.float_type)
    flat = values.reshape(-1)
    if (law := weights.law()) is not None:
        source.drawing.fill(flat, law, source.key, Purpose.WEIGHTS, first)
        return values
    for start in range(0, len(flat), patterns.BLOCK):
        block = flat[start : start + patterns.BLOCK]
        block[:] = weights.get_values(len(block), source.generator)
    return values


def delay_steps(delays_ms: Any, dt: float) -> NDArray[np.int32]:
    """Return delays in steps, rounded to the nearest, at least one.

    Raises
    ------
    ArgumentError
        If one is not finite, or longer than can be counted.
    """
    given = np.asarray(delays_ms, dtype=np.float64)
    steps = np.rint(given / dt)
    if not np.all(steps < MOST_STEPS):
        worst = given.ravel()[np.argmin(steps < MOST_STEPS)]
        raise ArgumentError(
            f"a delay cannot be {worst:g} ms",
            hint=f"give a number of ms below {MOST_STEPS * dt:g}, which are {MOST_STEPS} steps",
        )
    return np.maximum(steps, 1).astype(np.int32)


def draw_delays(delays: Any, n: int, ends: Ends, source: Source) -> int | NDArray[np.int32]:
    """Return one delay [steps], or one per synapse."""
    if isinstance(delays, numbers.Real):
        return int(delay_steps(delays, ends.dt))
    steps = np.empty(n, dtype=np.int32)
    if (law := delays.law()) is not None:
        delay_steps([law.high], ends.dt)  # refuses what cannot be counted
        law = replace(law, unit=ends.dt)
        source.drawing.fill(steps, law, source.key, Purpose.DELAYS)
        return steps
    for start in range(0, n, patterns.BLOCK):
        block = steps[start : start + patterns.BLOCK]
        block[:] = delay_steps(delays.get_values(len(block), source.generator), ends.dt)
    return steps


def join(
    ends: Ends,
    major: Side,
    counts: NDArray[np.int64],
    columns: NDArray,
    *,
    weights: float | NDArray,
    delays: int | NDArray,
) -> Connectivity:
    """Return rows of whole populations from rows of positions among `ends`."""
    rows, others = ends.sides(major)
    n_rows, n_columns = (ends.n_pre, ends.n_post)[:: 1 if major is Side.PRE else -1]
    row_ptr = np.zeros(n_rows + 1, dtype=np.int64)
    row_ptr[rows + 1] = counts
    np.cumsum(row_ptr, out=row_ptr)
    if len(others) != n_columns:
        columns = others.astype(index_dtype(n_columns))[columns]
    return Connectivity(
        major=major,
        n_pre=ends.n_pre,
        n_post=ends.n_post,
        row_ptr=row_ptr,
        index=columns,
        weights=weights,
        delays=delays,
    )


@dataclass(frozen=True, kw_only=True)
class _Pattern(Recipe):
    """A recipe that first finds pairs and then draws their values."""

    allow_self: bool = False

    def check(self, ends: Ends) -> None:
        super().check(ends)
        read_flag(self.allow_self, f"allow_self_connections of projection {ends.label}")

    def pairs(self, ends: Ends, source: Source, major: Side) -> tuple[NDArray[np.int64], NDArray]:
        """Return (entries per row, columns), rows being those of `major`."""
        raise NotImplementedError

    def plan(self, ends: Ends, major: Side) -> Plan | None:
        ranges, pattern = _dense_ranges(ends), self._pattern(major)
        weights, delays = _law_of(self.weights), _law_of(self.delays)
        if ranges is None or pattern is None or weights is None or delays is None:
            return None
        longest = delay_steps(delays.high if isinstance(delays, Law) else delays, ends.dt)
        return Plan(
            n_pre=ends.n_pre,
            n_post=ends.n_post,
            pre=ranges[0],
            post=ranges[1],
            is_recurrent=ends.is_recurrent and not self.allow_self,
            weights=weights,
            delays=replace(delays, unit=ends.dt) if isinstance(delays, Law) else int(longest),
            longest=int(longest),
            float_type=ends.float_type,
            **pattern,
        )

    def _pattern(self, major: Side) -> dict[str, Any] | None:
        """Return whose rows are drawn and how, or None if nothing is drawn."""
        return None

    def connect(self, ends: Ends, source: Source, major: Side) -> Connectivity | AllToAll:
        counts, columns = self.pairs(ends, source, major)
        return join(
            ends,
            major,
            counts,
            columns,
            weights=draw_weights(self.weights, len(columns), ends, source),
            delays=draw_delays(self.delays, len(columns), ends, source),
        )


@dataclass(frozen=True, kw_only=True)
class AllPairs(_Pattern):
    """`all_to_all`."""

    name = "all_to_all"

    def n_expected(self, ends: Ends) -> float:
        return float(len(ends.pre)) * len(ends.post)

    def require_memory(self, ends: Ends, *, has_own_weights: bool) -> None:
        if _dense_ranges(ends) and not has_own_weights and not is_distribution(self.delays):
            return  # a pattern needs no memory at all
        super().require_memory(ends, has_own_weights=has_own_weights)

    def pairs(self, ends: Ends, source: Source, major: Side) -> tuple[NDArray[np.int64], NDArray]:
        rows, columns = ends.sides(major)
        excluded = ends.own_columns(major, allow_self=self.allow_self)
        return patterns.all_rows(len(rows), len(columns), excluded)

    def connect(self, ends: Ends, source: Source, major: Side) -> Connectivity | AllToAll:
        ranges = _dense_ranges(ends)
        if ranges is None or is_distribution(self.delays):
            return super().connect(ends, source, major)
        pre, post = ranges
        return AllToAll(
            n_pre=ends.n_pre,
            n_post=ends.n_post,
            pre=pre,
            post=post,
            has_self=ends.own_columns(major, allow_self=self.allow_self) is None,
            weights=_dense_weights(self.weights, ends, source),
            delays=int(delay_steps(self.delays, ends.dt)),
        )


def _dense_weights(weights: Any, ends: Ends, source: Source) -> float | NDArray | Iterator[NDArray]:
    """Return one float, or the table (n_post, n_pre).

    A large one comes some rows at a time, so that it never exists twice.
    """
    n_rows, n_columns = len(ends.post), len(ends.pre)
    if isinstance(weights, numbers.Real) or n_rows * n_columns <= TABLE_BLOCK:
        return draw_weights(weights, (n_rows, n_columns), ends, source)
    n_block = max(1, TABLE_BLOCK // n_columns)
    return (
        _drawn(weights, (min(n_block, n_rows - start), n_columns), ends, source, start * n_columns)
        for start in range(0, n_rows, n_block)
    )


def _dense_ranges(ends: Ends) -> tuple[range, range] | None:
    pre, post = patterns.as_range(ends.sorted_pre), patterns.as_range(ends.sorted_post)
    return None if pre is None or post is None else (pre, post)


@dataclass(frozen=True, kw_only=True)
class OneToOne(Recipe):
    """`one_to_one`."""

    name = "one_to_one"

    def check(self, ends: Ends) -> None:
        super().check(ends)
        if self.storage_format == "dense":
            raise ArgumentError(
                f"one_to_one projection {ends.label} cannot be stored as 'dense'",
                hint="leave storage_format out",
            )
        if len(ends.pre) != len(ends.post):
            warn(
                f"one_to_one projection {ends.label} joins {len(ends.pre)} neurons to "
                f"{len(ends.post)}; only the first {min(len(ends.pre), len(ends.post))} are "
                "connected"
            )

    def n_expected(self, ends: Ends) -> float:
        return min(len(ends.pre), len(ends.post))

    def connect(self, ends: Ends, source: Source, major: Side) -> Connectivity | AllToAll:
        n = min(len(ends.pre), len(ends.post))
        weights = draw_weights(self.weights, n, ends, source)
        delays = draw_delays(self.delays, n, ends, source)
        return from_pairs(ends, major, ends.pre[:n], ends.post[:n], weights=weights, delays=delays)


def from_pairs(
    ends: Ends,
    major: Side,
    pre: NDArray[np.integer],
    post: NDArray[np.integer],
    *,
    weights: float | NDArray,
    delays: int | NDArray,
) -> Connectivity:
    """Return rows from pairs of ranks of whole populations, in any order."""
    rows, columns, n_rows, n_columns = (
        (pre, post, ends.n_pre, ends.n_post)
        if major is Side.PRE
        else (post, pre, ends.n_post, ends.n_pre)
    )
    counts, order = patterns.grouped(rows, columns, n_rows)
    if isinstance(weights, np.ndarray):
        weights = weights[order].astype(ends.float_type, copy=False)
    return Connectivity(
        major=major,
        n_pre=ends.n_pre,
        n_post=ends.n_post,
        row_ptr=np.concatenate(([0], np.cumsum(counts))),
        index=columns[order].astype(index_dtype(n_columns)),
        weights=weights,
        delays=delays[order] if isinstance(delays, np.ndarray) else delays,
    )


@dataclass(frozen=True, kw_only=True)
class FixedProbability(_Pattern):
    """`fixed_probability`."""

    name = "fixed_probability"
    is_random = True
    probability: float

    @property
    def description(self) -> str:
        return f"{self.name}({self.probability:g}), " + super().description.split(", ", 1)[1]

    def check(self, ends: Ends) -> None:
        super().check(ends)
        if not isinstance(self.probability, numbers.Real) or not 0 <= self.probability <= 1:
            raise ArgumentError(
                f"probability {self.probability!r} of projection {ends.label} "
                "is not between 0 and 1",
                hint="a share of all pairs: 0.1 connects a tenth of them",
            )

    def n_expected(self, ends: Ends) -> float:
        return float(self.probability) * len(ends.pre) * len(ends.post)

    def _pattern(self, major: Side) -> dict[str, Any] | None:
        is_drawn = mean_gap_of(float(self.probability)) > 0 if self.probability < 1 else False
        return {"drawn": major, "probability": float(self.probability)} if is_drawn else None

    def pairs(self, ends: Ends, source: Source, major: Side) -> tuple[NDArray[np.int64], NDArray]:
        rows, columns = ends.sides(major)
        excluded = ends.own_columns(major, allow_self=self.allow_self)
        if self.probability >= 1:
            return patterns.all_rows(len(rows), len(columns), excluded)
        return source.drawing.bernoulli(
            source.key, len(rows), len(columns), float(self.probability), excluded
        )


@dataclass(frozen=True, kw_only=True)
class FixedNumber(_Pattern):
    """`fixed_number_pre` (`fixed` is POST: every postsynaptic row) and `fixed_number_post`."""

    name = "fixed_number"
    is_random = True
    number: int
    fixed: Side

    @property
    def called(self) -> str:
        return "fixed_number_pre" if self.fixed is Side.POST else "fixed_number_post"

    @property
    def description(self) -> str:
        return f"{self.called}({self.number}), " + super().description.split(", ", 1)[1]

    def check(self, ends: Ends) -> None:
        super().check(ends)
        chosen, side = ("pre", ends.pre) if self.fixed is Side.POST else ("post", ends.post)
        is_count = isinstance(self.number, numbers.Integral) and not isinstance(self.number, bool)
        if not is_count or self.number < 0:
            raise ArgumentError(
                f"number {self.number!r} of projection {ends.label} is not a count of neurons"
            )
        if self.number > len(side):
            raise ArgumentError(
                f"fixed_number_{chosen} of projection {ends.label} asks for {self.number} "
                f"distinct {chosen}synaptic neurons and there are {len(side)}",
                hint=f"ask for at most {len(side)}, or write all_to_all",
            )
        own = ends.own_columns(self.fixed, allow_self=self.allow_self)
        if own is not None and self.number > len(side) - 1:
            raise ArgumentError(
                f"fixed_number_{chosen} of projection {ends.label} asks for {self.number} of "
                f"{len(side)} neurons without the neuron itself",
                hint=f"ask for at most {len(side) - 1}, or pass allow_self_connections=True",
            )

    def n_expected(self, ends: Ends) -> float:
        return float(self.number) * len(ends.post if self.fixed is Side.POST else ends.pre)

    def _pattern(self, major: Side) -> dict[str, Any] | None:
        return {"drawn": self.fixed, "number": self.number} if self.number else None

    def pairs(self, ends: Ends, source: Source, major: Side) -> tuple[NDArray[np.int64], NDArray]:
        rows, columns = ends.sides(self.fixed)
        excluded = ends.own_columns(self.fixed, allow_self=self.allow_self)
        drawing = source.drawing
        chosen = drawing.choice(source.key, len(rows), len(columns), self.number, excluded).ravel()
        counts = np.full(len(rows), self.number, dtype=np.int64)
        if major is self.fixed:
            return counts, chosen
        return drawing.transposed(counts, chosen, len(columns))


@dataclass(frozen=True, kw_only=True)
class Gaussian(Recipe):
    """`gaussian` and `dog`: weights that depend on the distance on the unit grid."""

    name = "gaussian"
    amp: float
    sigma: float
    amp_neg: float = 0.0
    sigma_neg: float = 1.0
    limit: float = 0.01
    allow_self: bool = False
    is_difference: bool = False

    @property
    def has_single_weight(self) -> bool:
        return False

    @property
    def called(self) -> str:
        return "dog" if self.is_difference else "gaussian"

    @property
    def description(self) -> str:
        shape = f"{self.amp:g}, {self.sigma:g}"
        if self.is_difference:
            shape += f", {self.amp_neg:g}, {self.sigma_neg:g}"
        return f"{self.called}({shape}), delays {_spelled(self.delays)}"

    def check(self, ends: Ends) -> None:
        for what in ("amp", "sigma", "amp_neg", "sigma_neg", "limit"):
            read_number(getattr(self, what), f"{what} of {self.called} projection {ends.label}")
        read_flag(self.allow_self, f"allow_self_connections of projection {ends.label}")
        check_delays(self.delays, ends)
        if ends.pre_geometry is None or ends.post_geometry is None:
            raise ArgumentError(
                f"{self.called} projection {ends.label} has a view on one side",
                why="distances are those of whole populations",
                hint="connect whole populations, or use from_matrix",
            )
        if len(ends.pre_geometry) != len(ends.post_geometry):
            raise ShapeError(
                f"{self.called} projection {ends.label} joins populations of "
                f"{len(ends.pre_geometry)} and {len(ends.post_geometry)} dimensions",
                hint="give both populations the same number of dimensions",
            )
        if self.sigma <= 0 or self.sigma_neg <= 0:
            raise ArgumentError(f"{self.called} projection {ends.label} needs a sigma above 0")

    @property
    def _threshold(self) -> float:
        return self.limit * abs(self.amp - self.amp_neg)

    @property
    def _radius(self) -> float:
        """Distance beyond which no weight can pass the threshold."""
        height = abs(self.amp) + abs(self.amp_neg)
        if height <= self._threshold:
            return 0.0
        if self._threshold <= 0:
            return np.inf
        wide = max(self.sigma, self.sigma_neg if self.is_difference else 0.0)
        return wide * float(np.sqrt(2 * np.log(height / self._threshold))) * (1 + 1e-9)

    def n_expected(self, ends: Ends) -> float:
        assert ends.pre_geometry is not None  # check() has refused views
        n = float(len(ends.post))
        for size in ends.pre_geometry:
            n *= min(size, 2 * self._radius * max(size - 1, 1) + 1)
        return n

    def connect(self, ends: Ends, source: Source, major: Side) -> Connectivity | AllToAll:
        assert ends.pre_geometry is not None  # check() has refused views
        assert ends.post_geometry is not None
        geometries = (ends.pre_geometry, ends.post_geometry)
        rows, columns = geometries if major is Side.PRE else geometries[::-1]
        radius = min(self._radius, 2.0 * np.sqrt(len(rows)))
        counts = np.zeros(int(np.prod(rows)), dtype=np.int64)
        found = patterns.Growing(index_dtype(int(np.prod(columns))))
        weights = patterns.Growing(ends.float_type)
        for owner, index, squared in patterns.neighbours(rows, columns, radius):
            values = self._weight(squared)
            keep = np.abs(values) > self._threshold
            if ends.is_recurrent and not self.allow_self:
                keep &= owner != index
            counts += np.bincount(owner[keep], minlength=len(counts))
            found.append(index[keep])
            weights.append(values[keep])
        return join(
            ends,
            major,
            counts,
            found.filled(),
            weights=weights.filled(),
            delays=draw_delays(self.delays, len(found), ends, source),
        )

    def _weight(self, squared: NDArray[np.float64]) -> NDArray[np.float64]:
        values = self.amp * np.exp(-squared / (2 * self.sigma**2))
        if self.is_difference:
            values -= self.amp_neg * np.exp(-squared / (2 * self.sigma_neg**2))
        return values


@dataclass(frozen=True, kw_only=True)
class Table(Recipe):
    """`from_matrix`: weights (n_post, n_pre), NaN where there is no synapse."""

    name = "from_matrix"

    @property
    def has_single_weight(self) -> bool:
        return False

    @property
    def description(self) -> str:
        return f"from_matrix{self.weights.shape}"

    def check(self, ends: Ends) -> None:
        expected = (len(ends.post), len(ends.pre))
        if self.weights.shape != expected:
            is_turned = self.weights.shape == expected[::-1]
            raise ShapeError(
                f"projection {ends.label}: weights have shape {self.weights.shape}, "
                f"expected {expected}",
                why=f"rows are postsynaptic neurons ({expected[0]}), columns presynaptic "
                f"({expected[1]}).",
                hint="pass pre_post=True" if is_turned else None,
            )
        if not isinstance(self.delays, np.ndarray):
            check_delays(self.delays, ends)
        elif self.delays.shape != expected:
            raise ShapeError(
                f"projection {ends.label}: delays have shape {self.delays.shape}, "
                f"expected {expected} like the weights"
            )
        elif not np.all(self.delays[~np.isnan(self.weights)] >= 0):
            raise ArgumentError(
                f"projection {ends.label}: a synapse has a negative delay or none at all"
            )

    def n_expected(self, ends: Ends) -> float:
        blocks = (self.weights[rows] for rows in _row_blocks(self.weights.shape))
        return float(sum(np.count_nonzero(~np.isnan(block)) for block in blocks))

    def connect(self, ends: Ends, source: Source, major: Side) -> Connectivity | AllToAll:
        pre, post = patterns.as_range(ends.pre), patterns.as_range(ends.post)
        has_one_delay = isinstance(self.delays, numbers.Real)
        if pre and post and has_one_delay and self.n_expected(ends) == self.weights.size:
            return AllToAll(
                n_pre=ends.n_pre,
                n_post=ends.n_post,
                pre=pre,
                post=post,
                has_self=True,
                weights=self.weights.astype(ends.float_type),
                delays=int(delay_steps(self.delays, ends.dt)),
            )
        return self._rows(ends, source, major)

    def _rows(self, ends: Ends, source: Source, major: Side) -> Connectivity:
        """Read the table some rows at a time: what it needs beside is small."""
        is_turned = major is Side.PRE
        weights = self.weights.T if is_turned else self.weights
        delays_ms = self.delays.T if is_turned and self._has_delays else self.delays
        sides = (ends.pre, ends.post) if is_turned else (ends.post, ends.pre)
        order_of_rows, order_of_columns = (_order(ranks) for ranks in sides)
        found = patterns.Growing(index_dtype(weights.shape[1]))
        values = patterns.Growing(ends.float_type)
        steps = patterns.Growing(np.dtype(np.int32))
        counts = np.zeros(weights.shape[0], np.int64)
        for here in _row_blocks(weights.shape):
            chosen = here if order_of_rows is None else order_of_rows[here]
            block = _in_order(weights[chosen], order_of_columns)
            exists = ~np.isnan(block)
            counts[here] = np.count_nonzero(exists, axis=1)
            found.append(np.nonzero(exists)[1])
            values.append(block[exists])
            if self._has_delays:
                part = _in_order(delays_ms[chosen], order_of_columns)[exists]
                steps.append(delay_steps(part, ends.dt))
        delays: int | NDArray = steps.filled()
        if not self._has_delays:
            delays = draw_delays(self.delays, len(found), ends, source)
        return join(ends, major, counts, found.filled(), weights=values.filled(), delays=delays)

    @property
    def _has_delays(self) -> bool:
        return isinstance(self.delays, np.ndarray)


def _row_blocks(shape: tuple[int, ...]) -> Iterator[slice]:
    """Cut a table into blocks of rows that stay in cache."""
    n_block = max(1, patterns.BLOCK // max(shape[1], 1))
    return (slice(start, start + n_block) for start in range(0, shape[0], n_block))


def _order(ranks: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Return what sorts the ranks of a side; None if they ascend already."""
    return None if np.all(np.diff(ranks) > 0) else np.argsort(ranks, kind="stable")


def _in_order(block: NDArray, order_of_columns: NDArray[np.int64] | None) -> NDArray:
    return block if order_of_columns is None else block[:, order_of_columns]


@dataclass(frozen=True, kw_only=True)
class SparseTable(Recipe):
    """`from_sparse`: weights (n_pre, n_post) as compressed rows of SciPy, one entry a pair."""

    name = "from_sparse"
    matrix: Any  # a csr or csc matrix of scipy.sparse, which has no types

    @property
    def has_single_weight(self) -> bool:
        return False

    @property
    def description(self) -> str:
        return f"{self.name}, {self.matrix.nnz} synapses"

    def check(self, ends: Ends) -> None:
        check_delays(self.delays, ends)

    def n_expected(self, ends: Ends) -> float:
        return float(self.matrix.nnz)

    def connect(self, ends: Ends, source: Source, major: Side) -> Connectivity | AllToAll:
        matrix = self.matrix
        for axis, order in enumerate((_order(ends.pre), _order(ends.post))):
            if order is not None:
                matrix = matrix[order] if axis == 0 else matrix[:, order]
        rows = matrix.tocsr() if major is Side.PRE else matrix.tocsc()
        rows = rows if rows.has_sorted_indices else rows.sorted_indices()
        n_columns = len(ends.post if major is Side.PRE else ends.pre)
        is_ours = rows is not self.matrix
        return join(
            ends,
            major,
            np.diff(rows.indptr).astype(np.int64),
            rows.indices.astype(index_dtype(n_columns)),
            weights=rows.data.astype(ends.float_type, copy=not is_ours),
            delays=int(delay_steps(self.delays, ends.dt)),
        )


@dataclass(frozen=True, kw_only=True)
class Entries(Recipe):
    """Synapses given one by one: sparse matrices, files, users' functions.

    `pre` and `post` are positions among the ranks of the two sides if `is_local`, else ranks
    of the whole populations. `again` makes the recipe anew where connectivity is drawn again.
    """

    name = "from_sparse"
    label: str = "from_sparse"
    pre: NDArray[np.int64]
    post: NDArray[np.int64]
    is_local: bool = False
    again: Callable[[], Entries] | None = None

    @property
    def has_single_weight(self) -> bool:
        return False

    @property
    def called(self) -> str:
        return self.label

    @property
    def description(self) -> str:
        return f"{self.label}, {len(self.pre)} synapses"

    def check(self, ends: Ends) -> None:
        for side, ranks, n in (
            ("presynaptic", self.pre, len(ends.pre) if self.is_local else ends.n_pre),
            ("postsynaptic", self.post, len(ends.post) if self.is_local else ends.n_post),
        ):
            bad = ranks[(ranks < 0) | (ranks >= n)]
            if len(bad):
                raise ArgumentError(
                    f"projection {ends.label}: there is no {side} rank {bad[0]}",
                    why=f"the population has {n} neurons",
                )
        self._refuse_doubles(ends)

    def _refuse_doubles(self, ends: Ends) -> None:
        pairs = self.post * np.int64(ends.n_pre) + self.pre
        if np.all(pairs[1:] > pairs[:-1]):  # as our own files are
            return
        found, counts = np.unique(pairs, return_counts=True)
        if len(found) < len(pairs):
            post, pre = divmod(int(found[counts > 1][0]), ends.n_pre)
            raise ArgumentError(
                f"projection {ends.label}: {self.label} has synapse {pre} -> {post} twice",
                hint="give every pair of neurons once",
            )

    def renewed(self) -> Recipe:
        if self.again is None:
            return self
        return replace(
            self.again(), storage_format=self.storage_format, storage_order=self.storage_order
        )

    def n_expected(self, ends: Ends) -> float:
        return float(len(self.pre))

    def connect(self, ends: Ends, source: Source, major: Side) -> Connectivity | AllToAll:
        pre = ends.pre[self.pre] if self.is_local else self.pre
        post = ends.post[self.post] if self.is_local else self.post
        delays = self.delays
        if isinstance(delays, np.ndarray):
            steps = delay_steps(delays, ends.dt)
            is_uniform = len(steps) > 0 and bool(np.all(steps == steps[0]))
            delays = int(steps[0]) if is_uniform else steps
        else:
            delays = int(delay_steps(delays, ends.dt))
        return from_pairs(ends, major, pre, post, weights=self.weights, delays=delays)


def entries_of(synapses: LILConnectivity, label: str) -> Entries:
    """Return the recipe of a connectivity made by hand."""
    post, pre, weights, delays_ms = synapses.arrays()
    return Entries(label=label, pre=pre, post=post, weights=weights, delays=delays_ms)
