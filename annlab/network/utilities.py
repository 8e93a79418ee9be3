"""Small helpers that scripts use: timing, sparse matrices, ms and steps."""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import numpy as np

from annlab.errors import ArgumentError
from annlab.network import context
from annlab.network.distributions import RandomDistribution

P = ParamSpec("P")
T = TypeVar("T")


def timeit(func: Callable[P, T]) -> Callable[P, T]:
    """Decorate a function so that it says how long it took.

    Examples
    --------
    >>> import annlab
    >>> @annlab.timeit
    ... def work():
    ...     return sum(range(10))
    >>> work()  # doctest: +ELLIPSIS
    work took ... s.
    45
    """

    @functools.wraps(func)
    def timed(*args: P.args, **kwargs: P.kwargs) -> T:
        begin = time.perf_counter()
        result = func(*args, **kwargs)
        name = getattr(func, "__name__", "the function")
        sys.stdout.write(f"{name} took {time.perf_counter() - begin:.3g} s.\n")
        return result

    return timed


def sparse_random_matrix(
    pre: int,
    post: int,
    proba: float | None = None,
    weights: float | RandomDistribution | None = None,
    *,
    p: float | None = None,
    weight: float | RandomDistribution | None = None,
) -> Any:  # scipy.sparse.lil_matrix, which need not be installed
    """Return a sparse matrix (pre, post) whose entries exist with probability `proba`.

    `p` and `weight` are the names of version 4 for `proba` and `weights`.

    Examples
    --------
    >>> import annlab
    >>> weights = annlab.sparse_random_matrix(10, 20, 0.1, 0.5)
    >>> weights.shape
    (10, 20)
    """
    from scipy.sparse import lil_matrix  # start is faster without it

    probability = proba if proba is not None else p
    value = weights if weights is not None else weight
    if probability is None or value is None:
        raise ArgumentError("sparse_random_matrix() needs a probability and weights")
    exists = np.random.default_rng().random((pre, post)) < probability
    matrix = lil_matrix((pre, post), dtype=float)
    n_entries = int(exists.sum())
    is_random = isinstance(value, RandomDistribution)
    matrix[exists] = value.get_values(n_entries) if is_random else np.full(n_entries, value)
    return matrix


def sparse_delays_from_weights(
    weights: Any = None,
    delays: float | RandomDistribution | None = None,
    *,
    weight_matrix: Any = None,
    delay: float | RandomDistribution | None = None,
) -> Any:
    """Return a sparse matrix of delays [ms] where `weights` has entries.

    `weight_matrix` and `delay` are the names of version 4.

    Examples
    --------
    >>> import annlab
    >>> weights = annlab.sparse_random_matrix(10, 20, 0.1, 0.5)
    >>> delays = annlab.sparse_delays_from_weights(weights, 2.0)
    >>> delays.nnz == weights.nnz
    True
    """
    matrix = weights if weights is not None else weight_matrix
    value = delays if delays is not None else delay
    if matrix is None or value is None:
        raise ArgumentError("sparse_delays_from_weights() needs weights and delays")
    result = matrix.tocsr().copy().astype(float)
    is_random = isinstance(value, RandomDistribution)
    result.data[:] = value.get_values(result.nnz) if is_random else value
    return result.tolil()


def convert_ms_to_steps(values: Any, net_id: int = 0) -> Any:
    """Return times [ms] as numbers of steps: a number, a list or an array.

    Examples
    --------
    >>> import annlab
    >>> annlab.setup(dt=0.5)
    >>> annlab.convert_ms_to_steps(3.0), annlab.convert_ms_to_steps([1.0, 2.0])
    (6, [2, 4])
    """
    return _converted(values, lambda x: np.rint(x / context.network_of_id(net_id).dt).astype(int))


def convert_steps_to_ms(values: Any, net_id: int = 0) -> Any:
    """Return numbers of steps as times [ms].

    Examples
    --------
    >>> import annlab
    >>> annlab.setup(dt=0.5)
    >>> annlab.convert_steps_to_ms(6)
    3.0
    """
    return _converted(values, lambda x: x * context.network_of_id(net_id).dt)


def _converted(values: Any, convert: Callable[[Any], Any]) -> Any:
    array = np.asarray(values)
    if array.dtype.kind not in "iuf":
        raise ArgumentError(f"{values!r} is no time", hint="give a number, a list or an array")
    result = convert(array.astype(float))
    if isinstance(values, np.ndarray):
        return result
    return result.tolist()
