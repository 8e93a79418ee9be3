"""Connectivity made by hand, one dendrite at a time.

What a user's function for `Projection.from_function` returns. Keeps delays in
milliseconds as they were given, so that no second conversion can go wrong, and
shows them in steps.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from annlab.calls import other_names, public, warn
from annlab.errors import ArgumentError, ArgumentTypeError, ShapeError
from annlab.network.checks import read_number, read_whole


@public
class LILConnectivity:
    """Lists of presynaptic ranks, weights and delays, one list per postsynaptic neuron.

    Parameters
    ----------
    dt
        Step [ms] in which `delay` is shown. Left out, the step of the projection counts.

    Examples
    --------
    >>> import annlab
    >>> synapses = annlab.LILConnectivity(dt=0.5)
    >>> synapses.add(3, [0, 2], weights=0.1, delays=1.5)
    >>> synapses.delay  # [steps]
    [[3, 3]]
    >>> synapses.post_rank, synapses.size, synapses.nb_synapses
    ([3], 1, 2)
    >>> synapses.max_delay, synapses.uniform_delay
    (3, 3)
    """

    def __init__(self, dt: float | None = None) -> None:
        if dt is not None and not read_number(dt, "dt of a LILConnectivity [ms]") > 0:
            raise ArgumentError(f"dt of a LILConnectivity is {dt!r} ms", hint="give a step above 0")
        self.dt = dt
        self._pre: dict[int, NDArray[np.int64]] = {}
        self._weights: dict[int, NDArray[np.float64]] = {}
        self._delays_ms: dict[int, NDArray[np.float64]] = {}

    @other_names(rk="post_rank", r="pre_ranks", w="weights", d="delays")
    def add(
        self, post_rank: int, pre_ranks: ArrayLike, weights: ArrayLike, delays: ArrayLike = 0.0
    ) -> None:
        """Add synapses from `pre_ranks` to `post_rank`; single weights and delays [ms] spread.

        Examples
        --------
        >>> import annlab
        >>> synapses = annlab.LILConnectivity()
        >>> synapses.add(0, [1, 2], weights=[0.5, 0.25], delays=2.0)
        >>> synapses.add(1, 0, weights=1.0)
        >>> synapses.pre_rank, synapses.w
        ([[1, 2], [0]], [[0.5, 0.25], [1.0]])
        """
        post = read_whole(post_rank, "the postsynaptic rank")
        pre = np.atleast_1d(np.asarray(pre_ranks))
        if pre.size == 0:
            return
        if pre.ndim != 1 or not np.issubdtype(pre.dtype, np.integer):
            raise ShapeError(
                f"presynaptic ranks of neuron {post_rank} are not a list of integers",
                hint="pass one list of ranks per call",
            )
        if int(pre.min()) < 0:
            raise ArgumentError(f"there is no neuron of rank {int(pre.min())}")
        spread = [
            _spread(v, len(pre), what, post)
            for v, what in ((weights, "weights"), (delays, "delays"))
        ]
        if np.any(spread[1] < 0):
            raise ArgumentError(f"a synapse of neuron {post} has a delay below 0 ms")
        self._insert(post, pre.astype(np.int64), *spread)

    push_back = add

    def _insert(
        self,
        post: int,
        pre: NDArray[np.int64],
        weights: NDArray[np.float64],
        delays: NDArray[np.float64],
    ) -> None:
        if post in self._pre:
            pre = np.concatenate((self._pre[post], pre))
            weights = np.concatenate((self._weights[post], weights))
            delays = np.concatenate((self._delays_ms[post], delays))
        elif self._pre and post < next(reversed(self._pre)):
            warn("postsynaptic ranks were not added in ascending order; they are sorted")
        order = np.argsort(pre, kind="stable")
        pre = pre[order]
        twice = pre[1:][np.diff(pre) == 0]
        if len(twice):
            raise ArgumentError(
                f"synapse {twice[0]} -> {post} is added twice",
                hint="give every pair of neurons once",
            )
        self._pre[post], self._weights[post] = pre, weights[order]
        self._delays_ms[post] = delays[order]

    @property
    def post_rank(self) -> list[int]:
        """Ranks of the postsynaptic neurons that have synapses, ascending."""
        return sorted(self._pre)

    @property
    def pre_rank(self) -> list[list[int]]:
        """Presynaptic ranks, one list per dendrite."""
        return [self._pre[post].tolist() for post in self.post_rank]

    @property
    def w(self) -> list[list[float]]:
        """Weights, one list per dendrite."""
        return [self._weights[post].tolist() for post in self.post_rank]

    @property
    def delay(self) -> list[list[int]]:
        """Delays [steps], one list per dendrite."""
        return [self._steps(self._delays_ms[post]).tolist() for post in self.post_rank]

    def _steps(self, delays_ms: NDArray[np.float64]) -> NDArray[np.int64]:
        return np.maximum(np.rint(delays_ms / (self.dt or 1.0)), 1).astype(np.int64)

    @property
    def size(self) -> int:
        """Number of dendrites."""
        return len(self._pre)

    @property
    def nb_synapses(self) -> int:
        """Number of synapses."""
        return sum(len(pre) for pre in self._pre.values())

    @property
    def max_delay(self) -> int:
        """The longest delay [steps]."""
        return max((int(self._steps(d).max()) for d in self._delays_ms.values()), default=1)

    @property
    def uniform_delay(self) -> int:
        """The delay of all synapses [steps], or -1 if they differ."""
        found = {int(s) for d in self._delays_ms.values() for s in np.unique(self._steps(d))}
        return found.pop() if len(found) == 1 else -1 if found else 1

    def validate(self, n_pre: int | None = None, n_post: int | None = None) -> None:
        """Check that all ranks exist.

        Raises
        ------
        ArgumentError
            If a rank is negative, or not below the size of its population where that is given.

        Examples
        --------
        >>> import annlab
        >>> synapses = annlab.LILConnectivity()
        >>> synapses.add(0, [1, 7], weights=0.5)
        >>> synapses.validate(n_pre=5)
        Traceback (most recent call last):
            ...
        annlab.errors.ArgumentError: there is no presynaptic rank 7, the population has 5 neurons
        """
        post = np.array(self.post_rank, dtype=np.int64)
        pre = self.arrays()[1]
        for ranks, n, side in ((pre, n_pre, "presynaptic"), (post, n_post, "postsynaptic")):
            bad = ranks[(ranks < 0) | (ranks >= (n if n is not None else np.inf))]
            if len(bad):
                known = "" if n is None else f", the population has {n} neurons"
                raise ArgumentError(f"there is no {side} rank {bad[0]}{known}")

    def arrays(self) -> tuple[NDArray, NDArray, NDArray, NDArray]:
        """Return (post ranks, pre ranks, weights, delays [ms]), one entry per synapse.

        Examples
        --------
        >>> import annlab
        >>> synapses = annlab.LILConnectivity()
        >>> synapses.add(0, [1, 2], weights=[0.5, 0.25])
        >>> post, pre, weights, delays_ms = synapses.arrays()
        >>> post, pre
        (array([0, 0]), array([1, 2]))
        """
        posts = self.post_rank
        if not posts:
            none = np.empty(0, np.int64)
            return none, none, np.empty(0), np.empty(0)
        tables = (self._pre, self._weights, self._delays_ms)
        pre, weights, delays = (np.concatenate([t[p] for p in posts]) for t in tables)
        return np.repeat(posts, [len(self._pre[p]) for p in posts]), pre, weights, delays


CSR = LILConnectivity


def _spread(values: ArrayLike | None, n: int, what: str, post_rank: int) -> NDArray[np.float64]:
    if hasattr(values, "get_values"):
        raise ArgumentTypeError(
            f"the {what} of neuron {post_rank} are a distribution",
            hint=f"draw them: {type(values).__name__}(...).get_values({n})",
        )
    try:
        if values is None:  # which NumPy takes for a nan
            raise TypeError
        array = np.atleast_1d(np.asarray(values, dtype=np.float64))
    except (TypeError, ValueError):
        raise ArgumentTypeError(
            f"the {what} of neuron {post_rank} are {values!r}",
            hint="give one number, or one for each presynaptic rank",
        ) from None
    if np.isnan(array).any():
        raise ArgumentError(
            f"the {what} of neuron {post_rank} are not all numbers",
            why=f"there is a nan at place {int(np.flatnonzero(np.isnan(array))[0])}: {values!r}",
        )
    if array.ndim != 1 or len(array) not in (1, n):
        raise ShapeError(
            f"{len(array)} {what} for {n} synapses of neuron {post_rank}",
            hint="give one value, or one for each presynaptic rank",
        )
    return np.broadcast_to(array, (n,)).copy()
