"""Small helpers that scripts use: timing, sparse matrices, ms and steps."""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import numpy as np

from annlab.calls import public
from annlab.errors import ArgumentError, ArgumentTypeError
from annlab.network import context
from annlab.network.checks import read_number, read_whole
from annlab.network.distributions import RandomDistribution

if TYPE_CHECKING:
    from annlab.network.projection import Projection

P = ParamSpec("P")
T = TypeVar("T")


@public
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

    if not callable(func):
        raise ArgumentTypeError(
            f"timeit() decorates a function, not {func!r}", hint="write @timeit above a function"
        )

    @functools.wraps(func)
    def timed(*args: P.args, **kwargs: P.kwargs) -> T:
        begin = time.perf_counter()
        result = func(*args, **kwargs)
        name = getattr(func, "__name__", "the function")
        sys.stdout.write(f"{name} took {time.perf_counter() - begin:.3g} s.\n")
        return result

    return timed


@public
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
    name = "sparse_random_matrix()"
    shape = tuple(read_whole(n, f"{name}: a number of neurons") for n in (pre, post))
    if not 0.0 <= read_number(probability, f"{name}: the probability") <= 1.0:
        raise ArgumentError(f"{name}: the probability is {probability!r}", hint="give 0 to 1")
    if not isinstance(value, RandomDistribution):
        value = read_number(value, f"{name}: the weight")
    exists = np.random.default_rng().random(shape) < probability
    matrix = lil_matrix(shape, dtype=float)
    n_entries = int(exists.sum())
    is_random = isinstance(value, RandomDistribution)
    matrix[exists] = value.get_values(n_entries) if is_random else np.full(n_entries, value)
    return matrix


@public
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
    if not hasattr(matrix, "tocsr"):
        raise ArgumentTypeError(
            f"sparse_delays_from_weights() was given {type(matrix).__name__} as weights",
            hint="give a matrix of scipy.sparse",
        )
    if not isinstance(value, RandomDistribution):
        value = read_number(value, "sparse_delays_from_weights(): the delay [ms]", least=0.0)
    result = matrix.tocsr().copy().astype(float)
    is_random = isinstance(value, RandomDistribution)
    result.data[:] = value.get_values(result.nnz) if is_random else value
    return result.tolil()


@public
def compute_delivered_efferent_spikes(
    proj: Projection, pre_spikes: Mapping[int, Sequence[int]]
) -> int:
    """Return how many synapses the presynaptic spikes have reached.

    Parameters
    ----------
    pre_spikes
        What a monitor of the presynaptic population returned for ``spike``: rank -> steps.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network()
    >>> source = net.create(annlab.SpikeSourceArray([[1.0, 2.0], [3.0]]))
    >>> cells = net.create(10, annlab.Izhikevich)
    >>> proj = net.connect(source, cells, "exc").all_to_all(0.1)
    >>> before, after = net.monitor(source, "spike"), net.monitor(cells, "spike")
    >>> net.compile()
    >>> steps = net.simulate(10.0)
    >>> spikes = before.get("spike"), after.get("spike")
    >>> annlab.compute_delivered_efferent_spikes(proj, spikes[0])
    30
    >>> annlab.compute_delivered_spikes(proj, *spikes)
    30
    """
    _require_projection(proj)
    return _delivered(pre_spikes, dict(enumerate(proj.nb_efferent_synapses())))


@public
def compute_delivered_afferent_spikes(
    proj: Projection, post_spikes: Mapping[int, Sequence[int]]
) -> int:
    """Return how many synapses the postsynaptic spikes have reached: those of their dendrites.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network()
    >>> source = net.create(annlab.SpikeSourceArray([[1.0], [3.0]]))
    >>> loop = net.connect(source, source, "exc").all_to_all(0.1)
    >>> spikes = net.monitor(source, "spike")
    >>> net.compile()
    >>> steps = net.simulate(10.0)
    >>> annlab.compute_delivered_afferent_spikes(loop, spikes.get("spike"))
    2
    """
    _require_projection(proj)
    return _delivered(post_spikes, dict(zip(proj.post_ranks, proj.nb_synapses_per_dendrite)))


@public
def compute_delivered_spikes(
    proj: Projection,
    pre_spikes: Mapping[int, Sequence[int]],
    post_spikes: Mapping[int, Sequence[int]],
) -> int:
    """Return how many events the synapses of a projection have seen, of both sides.

    Postsynaptic spikes count where the synapse learns from them.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network()
    >>> source = net.create(annlab.SpikeSourceArray([[1.0], [3.0]]))
    >>> loop = net.connect(source, source, "exc", annlab.STDP).all_to_all(0.1)
    >>> spikes = net.monitor(source, "spike")
    >>> net.compile()
    >>> steps = net.simulate(10.0)
    >>> seen = spikes.get("spike")
    >>> annlab.compute_delivered_spikes(loop, seen, seen)
    4
    """
    events = compute_delivered_efferent_spikes(proj, pre_spikes)
    if proj._model.post_spike:
        events += compute_delivered_afferent_spikes(proj, post_spikes)
    return events


@public
def compute_delivered_spikes_per_second(
    proj: Projection,
    pre: Mapping[int, Sequence[int]],
    post: Mapping[int, Sequence[int]],
    seconds: float,
    scale_factor: float = 10**6,
) -> float:
    """Return the events of a projection per second of computing, in units of `scale_factor`.

    Parameters
    ----------
    seconds
        How long the simulation took.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network()
    >>> source = net.create(annlab.SpikeSourceArray([[1.0], [3.0]]))
    >>> loop = net.connect(source, source, "exc").all_to_all(0.1)
    >>> spikes = net.monitor(source, "spike")
    >>> net.compile()
    >>> steps = net.simulate(10.0)
    >>> seen = spikes.get("spike")
    >>> annlab.compute_delivered_spikes_per_second(loop, seen, seen, 0.5, scale_factor=1.0)
    4.0
    """
    if not read_number(seconds, "seconds") > 0:
        raise ArgumentError(f"seconds is {seconds!r}", hint="give a duration above 0")
    return compute_delivered_spikes(proj, pre, post) / seconds / scale_factor


def _require_projection(proj: object) -> None:
    if not hasattr(type(proj), "nb_efferent_synapses"):
        raise ArgumentTypeError(f"{proj!r} is no projection", hint="give a projection, then spikes")


def _delivered(spikes: Mapping[int, Sequence[int]], synapses: Mapping[int, int]) -> int:
    if not isinstance(spikes, Mapping):
        raise ArgumentTypeError(
            f"the spikes are {spikes!r}", hint="give what monitor.get('spike') returned"
        )
    return sum(len(steps) * synapses.get(rank, 0) for rank, steps in spikes.items())


@public
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


@public
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
    try:
        array = np.asarray(values)
    except ValueError:  # lists of unequal lengths
        array = np.asarray(None)
    if array.dtype.kind not in "iuf":
        raise ArgumentError(f"{values!r} is no time", hint="give a number, a list or an array")
    result = convert(array.astype(float))
    if isinstance(values, np.ndarray):
        return result
    return result.tolist()
