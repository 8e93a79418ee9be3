"""Connectors: the methods of a projection that say which neurons are connected.

Checks what the user gives, turns it into a recipe (`annlab.network.recipes`) and
hands that to the projection. Every method returns the projection.
"""

from __future__ import annotations

import inspect
import numbers
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from annlab.calls import public, told
from annlab.errors import ArgumentTypeError, ConfigurationError, ShapeError, nearest
from annlab.ir.expr import Side
from annlab.network.config import STORAGE_FORMATS, STORAGE_ORDERS
from annlab.network.lil import LILConnectivity
from annlab.network.recipes import (
    AllPairs,
    Ends,
    Entries,
    FixedNumber,
    FixedProbability,
    Gaussian,
    OneToOne,
    Recipe,
    SparseTable,
    Table,
    check_delays,
    entries_of,
    is_distribution,
)

RATE_ONLY_FORMATS = ("ell", "ellr", "coo", "hyb", "dia", "csr_vector", "csr_scalar")
DEFAULT_SYNAPSE_FORMATS = ("coo", "hyb", "bsr", "sell", "dia")


@public
class Connectors:
    """The connector methods of a projection; each returns the projection.

    Weights are numbers or distributions. Delays are in ms, numbers or distributions; less than
    one step counts as one step. Formats change only performance; `Projection.storage` tells
    what is used.
    """

    pre: Any
    post: Any

    def _ends(self) -> Ends:
        raise NotImplementedError

    def _use(self, recipe: Recipe) -> Self:
        raise NotImplementedError

    def one_to_one(
        self,
        weights: Any = 1.0,
        delays: Any = 0.0,
        force_multiple_weights: bool = False,
        storage_format: str | None = None,
        storage_order: str | None = None,
    ) -> Self:
        """Connect the i-th neuron of one side to the i-th of the other.

        Where the sides differ in size, the rest is left out, with a warning.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(seed=1, backend="reference")
        >>> pre, post = net.create(3, annlab.LeakyIntegrator), net.create(3, annlab.LeakyIntegrator)
        >>> proj = net.connect(pre, post, "exc").one_to_one(weights=2.0)
        >>> net.compile()
        >>> proj.w
        2.0
        >>> proj.nb_synapses
        3
        """
        return self._use(
            OneToOne(
                weights=weights,
                delays=delays,
                has_own_weights=force_multiple_weights,
                storage_format=storage_format,
                storage_order=storage_order,
            )
        )

    def all_to_all(
        self,
        weights: Any,
        delays: Any = 0.0,
        allow_self_connections: bool = False,
        force_multiple_weights: bool = False,
        storage_format: str | None = None,
        storage_order: str | None = None,
    ) -> Self:
        """Connect every pair; a neuron to itself only if allowed.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(seed=1, backend="reference")
        >>> pre, post = net.create(3, annlab.LeakyIntegrator), net.create(3, annlab.LeakyIntegrator)
        >>> proj = net.connect(pre, post, "exc").all_to_all(weights=1.0)
        >>> net.compile()
        >>> proj.nb_synapses
        9
        """
        return self._use(
            AllPairs(
                weights=weights,
                delays=delays,
                allow_self=allow_self_connections,
                has_own_weights=force_multiple_weights,
                storage_format=storage_format,
                storage_order=storage_order,
            )
        )

    def fixed_probability(
        self,
        probability: float,
        weights: Any,
        delays: Any = 0.0,
        allow_self_connections: bool = False,
        force_multiple_weights: bool = False,
        storage_format: str | None = None,
        storage_order: str | None = None,
    ) -> Self:
        """Connect each pair independently with `probability`.

        Raises
        ------
        ArgumentError
            If the probability is not between 0 and 1.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(seed=1, backend="reference")
        >>> pre = net.create(100, annlab.LeakyIntegrator)
        >>> post = net.create(10, annlab.LeakyIntegrator)
        >>> proj = net.connect(pre, post, "exc").fixed_probability(0.1, weights=1.0)
        >>> net.compile()
        >>> 80 < proj.nb_synapses < 120
        True
        """
        return self._use(
            FixedProbability(
                probability=probability,
                weights=weights,
                delays=delays,
                allow_self=allow_self_connections,
                has_own_weights=force_multiple_weights,
                storage_format=storage_format,
                storage_order=storage_order,
            )
        )

    def fixed_number_pre(
        self,
        number: int,
        weights: Any,
        delays: Any = 0.0,
        allow_self_connections: bool = False,
        force_multiple_weights: bool = False,
        storage_format: str | None = None,
        storage_order: str | None = None,
    ) -> Self:
        """Connect exactly `number` distinct presynaptic neurons to each postsynaptic one.

        Raises
        ------
        ArgumentError
            If there are not so many neurons.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(seed=1, backend="reference")
        >>> pre, post = net.create(5, annlab.LeakyIntegrator), net.create(3, annlab.LeakyIntegrator)
        >>> proj = net.connect(pre, post, "exc").fixed_number_pre(2, weights=1.0)
        >>> net.compile()
        >>> proj.nb_synapses_per_dendrite
        [2, 2, 2]
        """
        return self._use(
            FixedNumber(
                number=number,
                fixed=Side.POST,
                weights=weights,
                delays=delays,
                allow_self=allow_self_connections,
                has_own_weights=force_multiple_weights,
                storage_format=storage_format,
                storage_order=storage_order,
            )
        )

    def fixed_number_post(
        self,
        number: int,
        weights: Any = 1.0,
        delays: Any = 0.0,
        allow_self_connections: bool = False,
        force_multiple_weights: bool = False,
        storage_format: str | None = None,
        storage_order: str | None = None,
    ) -> Self:
        """Connect each presynaptic neuron to exactly `number` distinct postsynaptic ones.

        Raises
        ------
        ArgumentError
            If there are not so many neurons.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(seed=1, backend="reference")
        >>> pre, post = net.create(5, annlab.LeakyIntegrator), net.create(3, annlab.LeakyIntegrator)
        >>> proj = net.connect(pre, post, "exc").fixed_number_post(2, weights=1.0)
        >>> net.compile()
        >>> proj.nb_efferent_synapses()
        [2, 2, 2, 2, 2]
        """
        return self._use(
            FixedNumber(
                number=number,
                fixed=Side.PRE,
                weights=weights,
                delays=delays,
                allow_self=allow_self_connections,
                has_own_weights=force_multiple_weights,
                storage_format=storage_format,
                storage_order=storage_order,
            )
        )

    def gaussian(
        self,
        amp: float,
        sigma: float,
        delays: Any = 0.0,
        limit: float = 0.01,
        allow_self_connections: bool = False,
        storage_format: str | None = None,
    ) -> Self:
        """Connect neighbours with ``amp * exp(-d**2 / (2 * sigma**2))``, down to ``limit * amp``.

        d is the distance of normalised coordinates: each axis runs from 0 to 1.

        Raises
        ------
        ArgumentError, ShapeError
            If a side is a view, or the populations differ in dimensions.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(seed=1, backend="reference")
        >>> pre, post = net.create(3, annlab.LeakyIntegrator), net.create(3, annlab.LeakyIntegrator)
        >>> proj = net.connect(pre, post, "exc").gaussian(amp=1.0, sigma=0.3)
        >>> net.compile()
        >>> proj.connectivity_matrix().round(2)
        array([[1.  , 0.25, 0.  ],
               [0.25, 1.  , 0.25],
               [0.  , 0.25, 1.  ]])
        """
        return self._use(
            Gaussian(
                amp=amp,
                sigma=sigma,
                delays=delays,
                limit=limit,
                allow_self=allow_self_connections,
                storage_format=storage_format,
            )
        )

    def dog(
        self,
        amp_pos: float,
        sigma_pos: float,
        amp_neg: float,
        sigma_neg: float,
        delays: Any = 0.0,
        limit: float = 0.01,
        allow_self_connections: bool = False,
        storage_format: str | None = None,
    ) -> Self:
        """Connect neighbours with a difference of two Gaussians of their distance.

        Raises
        ------
        ArgumentError, ShapeError
            If a side is a view, or the populations differ in dimensions.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(seed=1, backend="reference")
        >>> pre, post = net.create(3, annlab.LeakyIntegrator), net.create(3, annlab.LeakyIntegrator)
        >>> proj = net.connect(pre, post, "exc").dog(1.0, 0.2, 0.5, 0.7)
        >>> net.compile()
        >>> proj.connectivity_matrix().round(2)
        array([[ 0.5 , -0.34, -0.18],
               [-0.34,  0.5 , -0.34],
               [-0.18, -0.34,  0.5 ]])
        """
        return self._use(
            Gaussian(
                amp=amp_pos,
                sigma=sigma_pos,
                amp_neg=amp_neg,
                sigma_neg=sigma_neg,
                is_difference=True,
                delays=delays,
                limit=limit,
                allow_self=allow_self_connections,
                storage_format=storage_format,
            )
        )

    def from_matrix(
        self,
        weights: Any,
        delays: Any = 0.0,
        pre_post: bool = False,
        storage_format: str | None = None,
        storage_order: str | None = None,
    ) -> Self:
        """Connect with weights (n_post, n_pre); None or NaN where there is no synapse.

        `pre_post` says that rows are presynaptic neurons. `delays` may be a matrix [ms] too.

        Raises
        ------
        ShapeError
            If the matrix does not have the shape of the two sides.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(seed=1, backend="reference")
        >>> pre, post = net.create(2, annlab.LeakyIntegrator), net.create(2, annlab.LeakyIntegrator)
        >>> proj = net.connect(pre, post, "exc").from_matrix([[1.0, None], [2.0, 3.0]])
        >>> net.compile()
        >>> proj.w
        [[1.0], [2.0, 3.0]]
        """
        ends = self._ends()
        table = dense_table(weights, "weights", ends)
        if not (isinstance(delays, numbers.Real) or is_distribution(delays)):
            delays = dense_table(delays, "delays", ends)
            delays = delays.T if pre_post else delays
        return self._use(
            Table(
                weights=table.T if pre_post else table,
                delays=delays,
                storage_format=storage_format,
                storage_order=storage_order,
            )
        )

    def from_sparse(
        self,
        weights: Any,
        delays: float = 0.0,
        storage_format: str | None = None,
        storage_order: str | None = None,
    ) -> Self:
        """Connect with a lil, csr or csc matrix of SciPy, (n_pre, n_post).

        Raises
        ------
        ShapeError
            If the matrix does not have the shape of the two sides.
        ArgumentTypeError
            If it is no such matrix.

        Examples
        --------
        >>> import annlab, scipy.sparse
        >>> net = annlab.Network(backend="reference")
        >>> cells = net.create(2, annlab.LeakyIntegrator)
        >>> weights = scipy.sparse.lil_matrix([[0.0, 1.5], [0.0, 0.0]])
        >>> proj = net.connect(cells, cells, "exc").from_sparse(weights)
        >>> net.compile()
        >>> proj.post_ranks, proj.w
        ([1], [[1.5]])
        """
        recipe = sparse_table(weights, delays, self._ends())
        return self._use_entries(recipe, storage_format, storage_order)

    def from_function(
        self,
        method: Callable[..., LILConnectivity],
        storage_format: str | None = None,
        storage_order: str | None = None,
        **args: Any,
    ) -> Self:
        """Connect with what ``method(pre, post, dt, **args)`` returns; `dt` may be left out.

        Examples
        --------
        >>> import annlab
        >>> def chain(pre, post, weight):
        ...     synapses = annlab.LILConnectivity()
        ...     for rank in range(1, post.size):
        ...         synapses.add(rank, [rank - 1], [weight], [0.0])
        ...     return synapses
        >>> net = annlab.Network(backend="reference")
        >>> cells = net.create(3, annlab.LeakyIntegrator)
        >>> proj = net.connect(cells, cells, "exc").from_function(chain, weight=2.0)
        >>> net.compile()
        >>> proj.pre_ranks
        [[0], [1]]
        """

        def make() -> Entries:
            ends = self._ends()
            try:
                found = call_method(method, self.pre, self.post, dt=ends.dt, arguments=args)
            except Exception as error:
                error.add_note(f"while from_function() made projection {ends.label}")
                raise
            return replace(entries_of(found, "from_function"), again=make)

        return self._use_entries(make(), storage_format, storage_order)

    def from_file(
        self,
        filename: str,
        pickle_encoding: str | None = None,
        storage_format: str | None = None,
        storage_order: str | None = None,
        *,
        allow_pickle: bool = False,
    ) -> Self:
        """Connect with a file of `Projection.save_connectivity`.

        `allow_pickle`: execute what a pickle of another program asks for. Only if you trust it.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> a, b = net.create(2, annlab.LeakyIntegrator), net.create(2, annlab.LeakyIntegrator)
        >>> first = net.connect(a, b, "exc").all_to_all(0.5)
        >>> net.compile()
        >>> first.save_connectivity("first.npz")
        >>> net.clear()
        >>> second = net.connect(a, b, "inh").from_file("first.npz")
        >>> net.compile()
        >>> second.nb_synapses
        4
        """
        from annlab.network.io_connectivity import (
            read_connectivity,  # files are rarely read: start is faster
        )

        post, pre, weights, delays_ms = read_connectivity(
            filename, pickle_encoding=pickle_encoding, allow_pickle=allow_pickle
        )
        recipe = Entries(label="from_file", pre=pre, post=post, weights=weights, delays=delays_ms)
        return self._use_entries(recipe, storage_format, storage_order)

    def from_matrix_market(
        self,
        filename: str | os.PathLike[str],
        storage_format: str | None = None,
        storage_order: str | None = None,
    ) -> Self:
        """Connect with a Matrix Market file (``.mtx``): rows are postsynaptic neurons.

        Examples
        --------
        >>> import annlab
        >>> from scipy.io import mmwrite
        >>> from scipy.sparse import coo_matrix
        >>> weights = coo_matrix([[0.0, 0.25], [0.5, 0.0], [0.0, 0.0]])  # (n_post, n_pre)
        >>> mmwrite("weights.mtx", weights)
        >>> net = annlab.Network()
        >>> a, b = net.create(2, annlab.LeakyIntegrator), net.create(3, annlab.LeakyIntegrator)
        >>> proj = net.connect(a, b, "exc").from_matrix_market("weights.mtx")
        >>> net.compile()
        >>> proj.connectivity_matrix()  # (n_post, n_pre)
        array([[0.  , 0.25],
               [0.5 , 0.  ],
               [0.  , 0.  ]])
        """
        from annlab.network.archive import read_matrix_market

        shape, post, pre, weights = read_matrix_market(filename)
        ends = self._ends()
        expected = (len(ends.post), len(ends.pre))
        if shape != expected:
            raise ShapeError(
                f"projection {ends.label}: {str(filename)!r} holds a matrix of shape {shape}, "
                f"expected {expected}",
                why="rows are postsynaptic neurons, columns presynaptic",
                hint="write the transposed matrix" if shape == expected[::-1] else None,
            )
        recipe = Entries(
            label="from_matrix_market", pre=pre, post=post, weights=weights, is_local=True
        )
        return self._use_entries(recipe, storage_format, storage_order)

    def _use_entries(
        self, recipe: Entries | SparseTable, storage_format: str | None, storage_order: str | None
    ) -> Self:
        return self._use(
            replace(recipe, storage_format=storage_format, storage_order=storage_order)
        )

    connect_one_to_one = one_to_one
    connect_all_to_all = all_to_all
    connect_fixed_probability = fixed_probability
    connect_fixed_number_pre = fixed_number_pre
    connect_fixed_number_post = fixed_number_post
    connect_gaussian = gaussian
    connect_dog = dog
    connect_from_matrix = from_matrix
    connect_from_sparse = from_sparse
    connect_with_func = from_function
    connect_from_function = from_function
    connect_from_file = from_file
    connect_from_matrix_market = from_matrix_market


def check_storage(
    storage_format: str | None,
    storage_order: str | None,
    *,
    spiking: bool,
    has_own_synapse: bool,
) -> None:
    """Refuse names of formats that do not exist, or that cannot carry this kind of synapse."""
    if storage_format is not None and str(storage_format) not in STORAGE_FORMATS:
        guess = nearest(str(storage_format), STORAGE_FORMATS)
        raise ConfigurationError(
            f"unknown storage format {storage_format!r}",
            why=f"known here: {', '.join(STORAGE_FORMATS)}",
            hint=f"did you mean {guess!r}?" if guess else None,
        )
    if spiking and storage_format in RATE_ONLY_FORMATS:
        raise ConfigurationError(
            f"storage format {storage_format!r} cannot carry spikes",
            hint="use 'csr', 'dense' or 'auto', or leave storage_format out",
        )
    if not spiking and has_own_synapse and storage_format in DEFAULT_SYNAPSE_FORMATS:
        raise ConfigurationError(
            f"storage format {storage_format!r} is for the default synapse alone",
            hint="use 'csr', 'dense' or 'auto', or leave storage_format out",
        )
    if storage_order is not None and str(storage_order) not in STORAGE_ORDERS:
        raise ConfigurationError(
            f"unknown storage order {storage_order!r}",
            hint=f"use {' or '.join(map(repr, STORAGE_ORDERS))}",
        )


def sparse_table(matrix: Any, delays: float, ends: Ends) -> SparseTable:
    """Return the recipe of a SciPy matrix (n_pre, n_post)."""
    if getattr(matrix, "format", None) not in ("lil", "csr", "csc"):
        raise ArgumentTypeError(
            f"from_sparse of projection {ends.label} got {type(matrix).__name__}",
            hint="pass matrix.tocsr()"
            if hasattr(matrix, "tocsr")
            else "pass a lil, csr or csc matrix of scipy.sparse (presynaptic neurons are rows)",
        )
    if not isinstance(delays, numbers.Real):
        raise ArgumentTypeError(
            f"from_sparse of projection {ends.label} takes one delay for all synapses",
            hint="give a number [ms], or use from_matrix or from_function",
        )
    expected = (len(ends.pre), len(ends.post))
    if tuple(matrix.shape) != expected:
        raise ShapeError(
            f"projection {ends.label}: the sparse matrix has shape {tuple(matrix.shape)}, "
            f"expected {expected}",
            why="rows are presynaptic neurons, columns postsynaptic.",
            hint="pass matrix.T" if tuple(matrix.shape) == expected[::-1] else None,
        )
    check_delays(delays, ends)
    _refuse_complex(matrix, "weights", ends)
    # A copy: what becomes of the user's matrix afterwards is no business of ours, nor the reverse.
    found = matrix.tocsr() if matrix.format == "lil" else matrix.copy()
    found.sum_duplicates()
    if np.isnan(found.data).any():
        found = _without_holes(found)
    return SparseTable(matrix=found, delays=delays)


def _without_holes(matrix: Any) -> Any:
    """Return a SciPy matrix without the entries that are NaN."""
    entries = matrix.tocoo()
    exists = ~np.isnan(entries.data)
    kept = (entries.data[exists], (entries.row[exists], entries.col[exists]))
    return type(entries)(kept, shape=entries.shape).asformat(matrix.format)


def _refuse_complex(values: Any, what: str, ends: Ends) -> None:
    if getattr(getattr(values, "dtype", None), "kind", "") == "c":
        raise ArgumentTypeError(
            f"projection {ends.label}: {what} are complex numbers", hint="take .real or abs()"
        )


def dense_table(values: Any, what: str, ends: Ends) -> NDArray[np.float64]:
    """Return a matrix of floats, a copy; None and what is masked becomes NaN."""
    if hasattr(values, "tocsr"):
        raise ArgumentTypeError(
            f"projection {ends.label}: {what} are a sparse matrix",
            hint="use from_sparse, which takes presynaptic neurons as rows",
        )
    _refuse_complex(values, what, ends)
    if isinstance(values, np.ma.MaskedArray):
        values = np.ma.filled(values.astype(np.float64), np.nan)
    try:
        array = np.array(values, dtype=object if _has_none(values) else np.float64)
        if array.dtype == object:
            is_missing = np.equal(array, np.array(None, dtype=object))
            array = np.where(is_missing, np.nan, array).astype(np.float64)
    except (ValueError, TypeError) as error:
        raise ShapeError(
            f"projection {ends.label}: {what} are no matrix of numbers",
            why=str(error),
            hint="give rows of equal length; None or NaN where there is no synapse",
        ) from error
    if array.ndim != 2:
        raise ShapeError(
            f"projection {ends.label}: {what} have {array.ndim} dimensions, expected 2"
        )
    return array


def _has_none(values: Any) -> bool:
    if isinstance(values, np.ndarray):
        return values.dtype == object
    return any(v is None for row in values for v in (row if np.iterable(row) else (row,)))


def call_method(
    method: Callable[..., Any], pre: Any, post: Any, *, dt: float, arguments: dict[str, Any]
) -> LILConnectivity:
    """Call a user's connector function, with or without a parameter for the step."""
    if not callable(method):
        raise ArgumentTypeError(
            f"from_function() needs a function, not {method!r}",
            hint="write one that takes (pre, post) and returns a LILConnectivity",
        )
    try:
        parameters = inspect.signature(method).parameters
    except ValueError:  # some of those that are written in C do not tell
        raise ArgumentTypeError(
            f"from_function() cannot tell what {method!r} takes",
            hint="write a function that takes (pre, post) and returns a LILConnectivity",
        ) from None
    positional = [
        p
        for p in parameters.values()
        if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and p.name not in arguments
    ]
    wants_dt = "dt" in parameters or (
        len(positional) > 2 and positional[2].default is inspect.Parameter.empty
    )
    given: tuple[Any, ...] = (pre, post)
    if wants_dt and "dt" in parameters:
        arguments = {**arguments, "dt": dt}
    elif wants_dt:
        given = (pre, post, dt)
    found = told(method, getattr(method, "__name__", "the function"))(*given, **arguments)
    if not isinstance(found, LILConnectivity):
        raise ArgumentTypeError(
            f"{getattr(method, '__name__', 'the function')}() returned {type(found).__name__}",
            hint="return a LILConnectivity",
        )
    return found
