"""Many runs of one network, side by side.

Each run has a copy of the network and a thread of its own. The native loop does
not hold Python's lock, so runs share the cores; nothing has to be sent to another
process, so functions written in a notebook work, and so does what they return.
Kernels are built once.
"""

from __future__ import annotations

import inspect
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any

import numpy as np

from annlab.errors import ArgumentError, ArgumentTypeError, StateError

if TYPE_CHECKING:
    from annlab.network.network import Network

Arguments = dict[str, Any]


def run_copies(
    network: Network,
    method: Callable[..., Any],
    number: int,
    *,
    max_processes: int,
    seeds: str | Sequence[int] | None,
    measure_time: bool,
    arguments: Arguments,
) -> list[Any]:
    """Run `method(copy, ...)` on `number` copies of a network of the user's class."""
    _require_function(method)
    if number < 1:
        raise ArgumentError(f"parallel_run() of {number} networks", hint="number is at least 1")
    for_class, for_method = _split(type(network), arguments)
    each_class = _spread(for_class, number)
    each_method = _spread(for_method, number)
    each_seed = _seeds(network.seed, seeds, number)

    def one(index: int, started: list[Network]) -> Any:
        twin = network._again(each_class[index], seed=each_seed[index])
        started.append(twin)
        try:
            twin.compile()
            return method(twin, **each_method[index])
        finally:
            twin.clear()

    return _in_threads(one, number, max_processes, measure_time)


def run_networks(
    method: Callable[..., Any],
    networks: Sequence[Network],
    *,
    max_processes: int,
    measure_time: bool,
    arguments: Arguments,
) -> list[Any]:
    """Run ``method(index, network, ...)`` on each of several networks."""
    _require_function(method)
    each = _spread(arguments, len(networks))

    def one(index: int, started: list[Network]) -> Any:
        network = networks[index]
        started.append(network)
        if not network.compiled:
            network.compile()
        return method(index, network, **each[index])

    return _in_threads(one, len(networks), max_processes, measure_time)


def _in_threads(
    one: Callable[[int, list[Network]], Any], number: int, max_processes: int, measure_time: bool
) -> list[Any]:
    begin = time.perf_counter()
    n_threads = min(number, max_processes if max_processes > 0 else os.cpu_count() or 1)
    started: list[Network] = []
    with ThreadPoolExecutor(n_threads, thread_name_prefix="annlab parallel") as pool:
        futures = [pool.submit(one, index, started) for index in range(number)]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
            results = [f.result() for f in futures if f.done()]
        except BaseException:
            for future in futures:
                future.cancel()
            for network in list(started):
                network._interrupt()
            raise
    if measure_time:
        seconds = time.perf_counter() - begin
        sys.stdout.write(f"{number} networks took {seconds:.3g} s on {n_threads} threads.\n")
    return results


def _require_function(method: object) -> None:
    if not callable(method):
        raise ArgumentTypeError(
            f"parallel_run() needs a function, not {method!r}",
            hint="write a function whose first argument is the network",
        )


def _split(cls: type, arguments: Arguments) -> tuple[Arguments, Arguments]:
    named = inspect.signature(cls.__init__).parameters
    of_class = {k: v for k, v in arguments.items() if k in named}
    return of_class, {k: v for k, v in arguments.items() if k not in of_class}


def _spread(arguments: Mapping[str, Any], number: int) -> list[Arguments]:
    """Return the arguments of each run: lists are spread, everything else is the same for all."""
    for name, value in arguments.items():
        if isinstance(value, list) and len(value) != number:
            raise ArgumentError(
                f"parallel_run(): {name} has {len(value)} values for {number} runs",
                hint="give one value per run, or one that is no list",
            )
    return [
        {name: value[i] if isinstance(value, list) else value for name, value in arguments.items()}
        for i in range(number)
    ]


def _seeds(seed: int, seeds: str | Sequence[int] | None, number: int) -> list[int]:
    if seeds is None:
        return [int(s) for s in np.random.SeedSequence().generate_state(number)]
    if seeds == "same":
        return [seed] * number
    if seeds == "sequential":
        return [seed + i + 1 for i in range(number)]
    if isinstance(seeds, str) or len(seeds) != number:
        raise ArgumentError(
            f"parallel_run(): seeds={seeds!r} for {number} runs",
            hint='give "same", "sequential", None, or one seed per run',
        )
    return [int(s) for s in seeds]


def require_own_class(network: Network, plain: type) -> None:
    """Refuse a network that was not built by a class of the user."""
    if type(network) is plain:
        raise StateError(
            "parallel_run() needs a network that can be built again",
            why="a plain Network does not know how it was built",
            hint="build it in the __init__ of a class derived from Network",
        )
