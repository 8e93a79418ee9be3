"""Convolution: filters that are moved over a population of rates."""

from __future__ import annotations

import numbers
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from annlab.calls import public
from annlab.errors import ArgumentError, ShapeError
from annlab.extensions.convolution.fixed import DEFAULT_PSP, Fixed, require_rate_coded
from annlab.extensions.convolution.layouts import BORDER, Filter
from annlab.ir.definition import Synapse
from annlab.ir.expr import Locality
from annlab.network.checks import read_flag, read_numbers
from annlab.network.projection import Projection

if TYPE_CHECKING:
    from annlab.network.network import Network

OUTSIDE = "is_outside"  # 1 for synapses that stand for the padding
MAX_DIMENSIONS = 4


@public
class Convolution(Fixed):
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
        require_rate_coded(pre, post, "Convolution")
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
            It is weighed, and goes through `psp`, like the rate of a neuron.
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
        recipe = Filter(
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

    def _fit_model(self, recipe: Filter) -> None:
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
        if isinstance(recipe, Filter) and recipe.keeps_outside:
            outside = recipe.entries(self._ends())[3]
            state.values[OUTSIDE][: len(outside)] = outside

    def _copy(self, network: Network, pre: Any, post: Any) -> Projection:
        twin = super()._copy(network, pre, post)
        if isinstance(self._recipe, Filter):
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

    def _filtered(self) -> Filter:
        recipe = self._connected()
        assert isinstance(recipe, Filter)
        return recipe


def _filter(weights: ArrayLike, label: str, *, max_dimensions: int) -> NDArray[np.float64]:
    values = read_numbers(weights, f"the filter of projection {label}")
    if not 0 < values.ndim <= max_dimensions or values.size == 0:
        raise ShapeError(
            f"the filter of projection {label} has shape {values.shape}",
            hint=f"give an array of 1 to {max_dimensions} dimensions",
        )
    return values


__all__ = ["Convolution"]
