"""Keeping a network: in files, or as snapshots from which it goes on bit for bit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from annlab.calls import public
from annlab.network.network_base import NetworkBase

if TYPE_CHECKING:
    from annlab.network.snapshot import Snapshot


@public
class NetworkFiles(NetworkBase):
    """Writing, reading, and going back."""

    def save(self, filename: str, populations: bool = True, projections: bool = True) -> None:
        """Write the clock and all values; .npz (recommended), .gz, .mat, or else a pickle.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator, name="cells")
        >>> net.compile()
        >>> cells.r = [0.25, 0.5]
        >>> net.save("moment.npz")
        >>> cells.r = 0.0
        >>> net.load("moment.npz")
        >>> cells.r
        array([0.25, 0.5 ])
        """
        from annlab.network.io import save_network  # it imports this module

        save_network(self._as_network(), filename, populations, projections)

    def load(
        self,
        filename: str,
        populations: bool = True,
        projections: bool = True,
        pickle_encoding: str | None = None,
        *,
        allow_pickle: bool = False,
    ) -> None:
        """Read what `save` wrote; objects are found by name. Nothing changes if it does not fit.

        `allow_pickle`: execute what a pickle of another program asks for. Only if you trust it.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(1, annlab.LeakyIntegrator, name="cells")
        >>> net.compile()
        >>> net.simulate(20.0)
        20
        >>> net.save("later.npz")
        >>> net.reset()
        >>> net.load("later.npz")
        >>> net.time
        20.0
        """
        from annlab.network.io import load_network

        load_network(
            self._as_network(),
            filename,
            populations,
            projections,
            pickle_encoding,
            allow_pickle=allow_pickle,
        )

    def snapshot(self) -> Snapshot:
        """Return the network as it is now; from there `restore` goes on bit for bit.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(seed=1)
        >>> cells = net.create(1, annlab.Neuron(equations="r = Uniform(0.0, 1.0)"))
        >>> net.compile()
        >>> moment = net.snapshot()
        >>> net.simulate(10.0)
        10
        >>> first = cells.r
        >>> net.restore(moment)
        >>> net.time
        0.0
        >>> net.simulate(10.0)
        10
        >>> bool(cells.r == first)
        True
        """
        from annlab.network.snapshot import take  # snapshots are rare: start is faster

        return take(self._as_network())

    def restore(self, snapshot: Snapshot) -> None:
        """Return to the moment of a snapshot; recordings and callbacks stay as they are.

        Raises
        ------
        ArgumentError
            If the snapshot is of another network or damaged; nothing is changed then.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(1, annlab.LeakyIntegrator)
        >>> net.compile()
        >>> net.simulate(5.0)
        5
        >>> moment = net.snapshot()
        >>> net.simulate(5.0)
        5
        >>> net.restore(moment)
        >>> net.time
        5.0
        """
        from annlab.network.snapshot import restore

        restore(self._as_network(), snapshot)


__all__ = ["NetworkFiles"]
