"""Letting the projections of a network learn, or not."""

from __future__ import annotations

from collections.abc import Sequence

from annlab.calls import public
from annlab.errors import ArgumentError, ArgumentTypeError
from annlab.network.network_base import NetworkBase
from annlab.network.projection import Projection


@public
class NetworkLearning(NetworkBase):
    """All projections at once, or some."""

    def enable_learning(
        self,
        projections: Sequence[Projection] | None = None,
        period: float | None = None,
        offset: float | None = None,
    ) -> None:
        """Let projections learn; all of them by default.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator)
        >>> loop = net.connect(cells, cells, "exc", annlab.Oja).all_to_all(0.1)
        >>> net.compile()
        >>> net.disable_learning()
        >>> loop.update
        False
        >>> net.enable_learning(period=10.0)  # every 10 ms
        >>> loop.update
        True
        """
        with self._at_once():
            for projection in self._chosen(projections):
                projection.enable_learning(period, offset)

    def disable_learning(self, projections: Sequence[Projection] | None = None) -> None:
        """Stop learning; of all projections by default.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator)
        >>> loop = net.connect(cells, cells, "exc", annlab.Oja).all_to_all(0.1)
        >>> net.compile()
        >>> net.disable_learning([loop])
        >>> loop.update
        False
        """
        with self._at_once():
            for projection in self._chosen(projections):
                projection.disable_learning()

    def _chosen(self, projections: Sequence[Projection] | None) -> Sequence[Projection]:
        if projections is None:
            return self._projections
        chosen: Sequence[object] = [projections]
        if isinstance(projections, Sequence | set) and not isinstance(
            projections, str | Projection
        ):
            chosen = list(projections)
        for item in chosen:
            if not isinstance(item, Projection):
                raise ArgumentTypeError(
                    f"{item!r} is no projection",
                    hint="give projections; get_projection(name) finds one by its name",
                )
            if item._network is not self:
                raise ArgumentError(
                    f"projection {item.name!r} does not belong to network {self._id}",
                    why=f"it belongs to network {item._network.id}",
                    hint="write net.get(projection) for the copy in this network",
                )
        return [item for item in chosen if isinstance(item, Projection)]


__all__ = ["NetworkLearning"]
