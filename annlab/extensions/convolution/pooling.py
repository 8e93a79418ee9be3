"""Pooling: blocks of a population of rates, each reduced to one value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from annlab.calls import public
from annlab.errors import ArgumentError
from annlab.extensions.convolution.fixed import Fixed, require_rate_coded
from annlab.extensions.convolution.layouts import Extent
from annlab.ir.definition import Synapse
from annlab.network.checks import read_numbers

if TYPE_CHECKING:
    from annlab.network.network import Network


@public
class Pooling(Fixed):
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
        require_rate_coded(pre, post, "Pooling")
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
        return self._use(Extent(extent=given, delays=delays))

    connect_pooling = pooling


__all__ = ["Pooling"]
