"""What monitors and projections offer to other libraries: methods that ask `interchange`.

`interchange` is imported when one of them is called, so that networks start without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from annlab.calls import public
from annlab.network.checks import read_names

if TYPE_CHECKING:
    from annlab.network.interchange import Source
    from annlab.network.projection import Projection


@public
class MonitorExchange:
    """Recordings as tables, arrays and blocks of other libraries.

    A value that was recorded in step n, and a spike of step n, has the time n*dt [ms]. As with
    `get`, what was read is forgotten unless `keep`.
    """

    def to_pandas(
        self, variables: str | Sequence[str] | None = None, keep: bool = False
    ) -> Any:  # a library that need not be there
        """Return a DataFrame for one name, otherwise a dictionary of them.

        Values: one row per record, indexed by ``time_ms``; one column per rank, or per
        (post, pre) of a projection. Spikes: one row each, with columns ``time_ms`` and ``rank``.

        Raises
        ------
        ConfigurationError
            If pandas cannot be imported.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(dt=0.5)
        >>> cells = net.create(2, annlab.Neuron(equations="r = t"), name="cells")
        >>> watch = net.monitor(cells, "r")
        >>> net.compile()
        >>> net.simulate(1.0)
        2
        >>> frame = watch.to_pandas("r")
        >>> frame.shape, list(frame.index)  # (time, rank), [ms]
        ((2, 2), [0.0, 0.5])
        """
        from annlab.network import interchange  # see above

        return interchange.to_pandas(cast("Source", self), variables, keep=keep)

    def to_xarray(self, variables: str | Sequence[str] | None = None, keep: bool = False) -> Any:
        """Return a DataArray for one name, otherwise a Dataset of all that are no events.

        The first dimension is ``time`` [ms]; then ``rank``, or ``width``, ``height`` and ``depth``
        of a population of several dimensions, or ``synapse`` with the coordinates ``post`` and
        ``pre``.

        Raises
        ------
        ConfigurationError
            If xarray cannot be imported.
        ArgumentError
            If spikes are asked for: they are no values over time.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(dt=0.5)
        >>> cells = net.create((2, 3), annlab.Neuron(equations="r = t"))
        >>> watch = net.monitor(cells, "r")
        >>> net.compile()
        >>> net.simulate(1.0)
        2
        >>> array = watch.to_xarray("r")
        >>> array.dims, array.shape
        (('time', 'width', 'height'), (2, 2, 3))
        """
        from annlab.network import interchange

        return interchange.to_xarray(cast("Source", self), variables, keep=keep)

    def to_neo(self, variables: str | Sequence[str] | None = None, keep: bool = False) -> Any:
        """Return a Neo Block: a Segment per uninterrupted recording.

        Spikes are SpikeTrains, one per recorded neuron, annotated with population and rank; values
        are AnalogSignals with the ranks as array annotations. Neo writes a Block in many formats.

        Raises
        ------
        ConfigurationError
            If Neo cannot be imported.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(annlab.SpikeSourceArray([[1.0, 3.0], [2.0]]))
        >>> spikes = net.monitor(cells, "spike")
        >>> net.compile()
        >>> net.simulate(5.0)
        5
        >>> block = spikes.to_neo()
        >>> [len(train) for train in block.segments[0].spiketrains]
        [2, 1]
        """
        from annlab.network import interchange

        return interchange.to_neo(cast("Source", self), variables, keep=keep)

    def to_nwb(
        self,
        filename: str,
        variables: str | Sequence[str] | None = None,
        keep: bool = False,
        **annotations: Any,
    ) -> None:
        """Write an ``.nwb`` file (Neurodata Without Borders) through Neo.

        `annotations` are those of the session: ``session_description``, ``identifier``,
        ``session_start_time`` (a datetime with time zone) ...; the first three have defaults.

        Raises
        ------
        ConfigurationError
            If Neo or PyNWB cannot be imported, or the file is not called ``.nwb``.

        Examples
        --------
        >>> from pathlib import Path
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(annlab.SpikeSourceArray([1.0, 3.0]))
        >>> spikes = net.monitor(cells, "spike")
        >>> net.compile()
        >>> net.simulate(5.0)
        5
        >>> spikes.to_nwb("spikes.nwb", session_description="two spikes")
        >>> Path("spikes.nwb").exists()
        True
        """
        from annlab.network import interchange

        source = cast("Source", self)
        interchange.to_nwb(source, filename, variables, keep=keep, annotations=annotations)


@public
class ProjectionExchange:
    """Synapses as matrices and graphs of other libraries."""

    def to_scipy(self, variable: str = "w", format: str = "csr") -> Any:
        """Return an attribute as a sparse matrix (n_post, n_pre) of whole populations.

        Synapses whose value is 0 are stored too, so that ``nnz`` is the number of synapses. The
        transpose has the form that `from_sparse` takes.

        Parameters
        ----------
        format
            "csr", "csc", "coo" or "lil".

        Raises
        ------
        ConfigurationError
            If SciPy cannot be imported.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(3, annlab.LeakyIntegrator)
        >>> loop = net.connect(cells, cells, "exc").from_matrix([[0, 1, 2], [3, 0, 4], [5, 6, 0]])
        >>> net.compile()
        >>> loop.to_scipy().toarray()
        array([[0., 1., 2.],
               [3., 0., 4.],
               [5., 6., 0.]])
        """
        from annlab.network import interchange_synapses

        return interchange_synapses.to_scipy(cast("Projection", self), variable, format)

    def to_networkx(self, variables: str | Sequence[str] = "w") -> Any:
        """Return a directed graph, with one edge per synapse.

        Nodes are ``(population, rank)``; edges have the attributes ``weight``, ``delay`` [ms], and
        what else of the model is asked for. ``networkx.compose`` joins the graphs of several
        projections of different populations.

        Raises
        ------
        ConfigurationError
            If networkx cannot be imported.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(3, annlab.LeakyIntegrator, name="cells")
        >>> loop = net.connect(cells, cells, "exc").all_to_all(0.5)
        >>> net.compile()
        >>> graph = loop.to_networkx()
        >>> graph.number_of_nodes(), graph.number_of_edges()
        (3, 6)
        """
        from annlab.network import interchange_synapses

        names = read_names(variables, "the variables of to_networkx()")
        return interchange_synapses.to_networkx(cast("Projection", self), names)


__all__ = ["MonitorExchange", "ProjectionExchange"]
