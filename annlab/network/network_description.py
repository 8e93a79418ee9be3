"""What a network tells of itself: its size, its models, a report."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from annlab.calls import public
from annlab.network.checks import read_flag
from annlab.network.estimates import MemoryEstimate, estimate_network
from annlab.network.network_base import NetworkBase
from annlab.network.population import Population
from annlab.network.projection import Projection
from annlab.network.view import PopulationView

if TYPE_CHECKING:
    from annlab.network.explanation import Explanation


@public
class NetworkDescription(NetworkBase):
    """For people and for notebooks."""

    def size_in_bytes(self) -> int:
        """Return the bytes that neurons, synapses and recordings take.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(backend="reference")
        >>> cells = net.create(64, annlab.Neuron(equations="r = t"))
        >>> net.compile()
        >>> net.size_in_bytes()
        512
        """
        owners: list[Any] = [*self._populations, *self._projections, *self._monitors]
        return sum(int(o.size_in_bytes()) for o in owners)

    def memory_footprint(self, show_py_side: bool = True, show_cpp_side: bool = True) -> None:
        """Print how many bytes the numbers of the network take, object by object.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(64, annlab.Neuron(equations="r = t"), name="cells")
        >>> net.compile()
        >>> net.memory_footprint(show_py_side=False)
        cells: 512 bytes
        """
        members = (self._populations, self._projections, self._monitors)
        lines = []
        if read_flag(show_py_side, "show_py_side of memory_footprint()"):
            n_bytes = sum(sys.getsizeof(o) + sys.getsizeof(o.__dict__) for m in members for o in m)
            lines.append(f"Python objects: {n_bytes} bytes")
        if read_flag(show_cpp_side, "show_cpp_side of memory_footprint()"):
            lines += [f"{o.name}: {o.size_in_bytes()} bytes" for m in members for o in m]
        sys.stdout.write("\n".join(lines) + "\n")

    def memory_estimate(self, duration: float, rate: float | None = None) -> MemoryEstimate:
        """Return how much memory the recordings of a run of `duration` ms will take.

        Parameters
        ----------
        rate
            Firing rate [Hz] of all neurons whose spikes are recorded; left out, for each monitor
            the one recorded so far, or 10 Hz.

        Raises
        ------
        StateError
            Before compile.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(1000, annlab.LeakyIntegrator, name="cells")
        >>> watch = net.monitor(cells, "r")
        >>> net.compile()
        >>> net.memory_estimate(60_000.0)
        <0.48 GB in memory: Monitor_cells.r 0.48 GB>
        """
        return estimate_network(self._as_network(), duration, rate)

    def explain(
        self,
        obj: Population | PopulationView | Projection | str | None = None,
        stage: str | Sequence[str] | None = None,
    ) -> Explanation:
        """Return what became of a model at each stage, from its text to the generated code.

        Parameters
        ----------
        obj
            A population or projection, or its name; the whole network by default.
        stage
            One or several of "text", "typed", "discretised", "storage", "code", "lines"; all of
            them by default.

        Raises
        ------
        UnknownObjectError
            If the network has no such object.
        ArgumentError
            If there is no such stage.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(backend="reference")
        >>> cells = net.create(2, annlab.Neuron("tau = 10.0", "tau*dr/dt = -r"), name="cells")
        >>> print(net.explain("cells", "text")["text"])
        parameters:
            tau = 10.0
        equations:
            tau*dr/dt = -r
        """
        from annlab.network.explain import explain, find  # it brings the symbolic library

        return explain(find(self._as_network(), obj), stage)

    def report(
        self,
        filename: str | None = "./report.tex",
        standalone: bool = True,
        gather_subprojections: bool = False,
        title: str | None = None,
        author: str | None = None,
        date: str | None = None,
    ) -> Any:
        """Write what the network is made of to ``.tex`` or ``.md``; see `annlab.report`.

        Without a file name (None) the Markdown is returned, which notebooks show typeset.

        Examples
        --------
        >>> import annlab
        >>> from pathlib import Path
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator, name="cells")
        >>> net.compile()
        >>> net.report("network.md", title="Two cells")
        >>> print(Path("network.md").read_text().splitlines()[0])
        # Two cells
        """
        from annlab.network.report import report  # it imports this module

        options = (standalone, gather_subprojections, title, author, date)
        return report(self._as_network(), filename, *options)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from annlab.network.display import network_bundle  # only notebooks ask

        return network_bundle(self._as_network())


__all__ = ["NetworkDescription"]
