"""Runs of networks that exist, side by side: `parallel_run` of version 4.

A network is sent to a process of its own (`annlab.network.parcels`) together with the function,
goes on there from where it is here, and stays here as it is. Without a library of process pools
runs are threads, and the networks themselves run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any  # Any: what users' functions take and return

from annlab.network import parcels, processes
from annlab.network.network import Network
from annlab.network.parallel import (
    gathered,
    how_many_at_once,
    in_threads,
    require_function,
    spread,
    timed,
)
from annlab.network.parallel_arguments import OPTIONS, require_taken
from annlab.network.processes import Arguments
from annlab.network.snapshot import Snapshot

_OPTIONS_OF_4 = ("networks", "sequential", "same_seed", "visible_cores")


class _Given:
    """Networks that exist; each comes with its run."""

    def network(self, run: _GivenRun) -> Network:
        return run.network

    def result(self, network: Network, run: _GivenRun) -> Any:
        return run.method(run.index, network, **run.arguments)


class _Arrived(_Given):
    """Networks that were sent from another process."""

    def __init__(self, visible_cores: tuple[int, ...]) -> None:
        self._visible_cores = visible_cores

    def network(self, run: _GivenRun) -> Network:
        network = run.network
        parcels.settle(network)
        if self._visible_cores:
            network._config = replace(network._config, visible_cores=self._visible_cores)
        return network

    def result(self, network: Network, run: _GivenRun) -> Any:
        if run.moment is not None:
            network.restore(run.moment)
        return super().result(network, run)


@dataclass(frozen=True, slots=True, kw_only=True)
class _GivenRun:
    """The function travels with its network: what it names of it is the same object there."""

    index: int
    network: Network
    method: Callable[..., Any]
    arguments: Arguments
    moment: Snapshot | None = None


def run_networks(
    method: Callable[..., Any],
    networks: Sequence[Network],
    *,
    max_processes: int,
    measure_time: bool,
    visible_cores: tuple[int, ...],
    arguments: Arguments,
) -> list[Any]:
    """Run ``method(index, network, ...)`` on each of several networks."""
    require_function(method)
    require_taken(method, arguments, ("index", "net"), also=(*OPTIONS, *_OPTIONS_OF_4))
    number = len(networks)
    shared, each = spread(arguments, number)
    library = processes.pool_library()
    n_at_once = how_many_at_once(number, max_processes)
    runs = [
        _GivenRun(
            index=index,
            network=network,
            method=method,
            arguments={**shared, **each[index]},
            moment=network.snapshot() if library is not None and network.compiled else None,
        )
        for index, network in enumerate(networks)
    ]
    with timed(number, n_at_once, library, is_wanted=measure_time):
        if library is None:
            outcomes = in_threads(_Given(), runs, n_at_once, are_own=False)
        else:
            outcomes = processes.in_processes(
                library,
                _Arrived(visible_cores),
                runs,
                n_processes=n_at_once,
                is_built=all(n.compiled or n._config.backend == "reference" for n in networks),
                code=(method, *(c for n in networks for c in type(n).__mro__)),
                pack=parcels.pack,
            )
    return gathered(outcomes, [run.arguments for run in runs])


__all__ = ["run_networks"]
