"""Many runs of one network, side by side.

Each run has a process of its own (`annlab.network.processes`), and the networks are built there.
Networks that live here already run in threads: the native loop does not hold Python's lock. So do
all runs where there is no library of process pools. An error of one run does not end the others.
"""

from __future__ import annotations

import inspect
import os
import reprlib
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from annlab.errors import ArgumentError, ArgumentTypeError, ParallelRunError, StateError
from annlab.network import processes
from annlab.network.config import Config
from annlab.network.processes import Arguments, Job, Outcome, Run
from annlab.network.progress import ProgressLine

if TYPE_CHECKING:
    from annlab.network.network import Network

_MAX_TOLD = 3  # errors in one message
Constructor = tuple[tuple[Any, ...], Arguments]


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
    shared_class, each_class = _spread(for_class, number)
    shared_method, each_method = _spread(for_method, number)
    each_seed = _seeds(network.seed, seeds, number)
    runs = [
        Run(of_class={**each_class[i], "seed": each_seed[i]}, of_method=each_method[i])
        for i in range(number)
    ]
    library = processes.pool_library()
    n_at_once = _n_at_once(number, max_processes)
    config = network._config
    if library is not None:
        config = processes.shared_cores(config, n_at_once, _n_cores())
    job = Job(
        cls=type(network),
        build=partial(build_again, type(network), network._constructor, config),
        method=method,
        of_class=shared_class,
        of_method=shared_method,
        **processes.surroundings(),
    )
    begin = time.perf_counter()
    if library is not None:
        is_built = network.compiled or config.backend == "reference"
        outcomes = processes.in_processes(
            library, job, runs, n_processes=n_at_once, is_built=is_built
        )
    else:
        outcomes = _in_threads(partial(_run_copy, job, runs), number, n_at_once)
    if measure_time:
        _tell_time(begin, number, n_at_once, "threads" if library is None else "processes")
    told = [{**for_class, **for_method, **run.of_class, **run.of_method} for run in runs]
    return _results(outcomes, told)


def run_networks(
    method: Callable[..., Any],
    networks: Sequence[Network],
    *,
    max_processes: int,
    measure_time: bool,
    arguments: Arguments,
) -> list[Any]:
    """Run ``method(index, network, ...)`` on each of several networks, in threads."""
    _require_function(method)
    shared, each = _spread(arguments, len(networks))

    def one(index: int, started: list[Network]) -> Any:
        network = networks[index]
        started.append(network)
        if not network.compiled:
            network.compile()
        return method(index, network, **shared, **each[index])

    n_at_once = _n_at_once(len(networks), max_processes)
    begin = time.perf_counter()
    outcomes = _in_threads(one, len(networks), n_at_once)
    if measure_time:
        _tell_time(begin, len(networks), n_at_once, "threads")
    return _results(outcomes, [{**shared, **own} for own in each])


def build_again(
    cls: type[Network], constructor: Constructor, config: Config, changes: Arguments
) -> Network:
    """Return an uncompiled network of the user's class, built as another one was but for `changes`.

    `constructor`: the positional and the named arguments that the other one was built with.
    """
    args, kwargs = constructor
    given = inspect.signature(cls.__init__).bind_partial(None, *args).arguments
    named = dict(list(given.items())[1:])
    if any(name in changes for name in named):  # they get their names, so that they can be replaced
        args, kwargs = (), {**named, **kwargs}
    return cls.build(args, {**kwargs, **changes}, config)


def require_own_class(network: Network, plain: type) -> None:
    """Refuse a network that was not built by a class of the user."""
    if type(network) is plain:
        raise StateError(
            "parallel_run() needs a network that can be built again",
            why="a plain Network does not know how it was built",
            hint="build it in the __init__ of a class derived from Network",
        )


# -- threads ------------------------------------------------------------------------------


def _run_copy(job: Job, runs: Sequence[Run], index: int, started: list[Network]) -> Any:
    run = runs[index]
    twin = job.build({**job.of_class, **run.of_class})
    started.append(twin)
    try:
        twin.compile()
        return job.method(twin, **job.of_method, **run.of_method)
    finally:
        twin.clear()


def _in_threads(
    one: Callable[[int, list[Network]], Any], number: int, n_threads: int
) -> list[Outcome]:
    started: list[Network] = []
    line = ProgressLine(number)

    def outcome(index: int) -> Outcome:
        try:
            return Outcome(result=one(index, started))
        except Exception as error:  # noqa: BLE001 -- whatever the user's function raises is told
            return Outcome(error=error)

    with ThreadPoolExecutor(n_threads, thread_name_prefix="annlab parallel") as pool:
        futures = [pool.submit(outcome, index) for index in range(number)]
        try:
            for n_done, _ in enumerate(as_completed(futures), start=1):
                line(n_done)
        except BaseException:
            for future in futures:
                future.cancel()
            for network in list(started):
                network._interrupt()
            raise
        finally:
            line.close()
    return [future.result() for future in futures]


# -- arguments ----------------------------------------------------------------------------


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


def _spread(arguments: Mapping[str, Any], number: int) -> tuple[Arguments, list[Arguments]]:
    """Return what is the same for all runs, and what is each run's own: lists are spread."""
    lists = {name: value for name, value in arguments.items() if isinstance(value, list)}
    for name, value in lists.items():
        if len(value) != number:
            raise ArgumentError(
                f"parallel_run(): {name} has {len(value)} values for {number} runs",
                hint="give one value per run, or one that is no list",
            )
    shared = {name: value for name, value in arguments.items() if name not in lists}
    return shared, [{name: v[i] for name, v in lists.items()} for i in range(number)]


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


def _n_at_once(number: int, max_processes: int) -> int:
    return min(number, max_processes if max_processes > 0 else _n_cores())


def _n_cores() -> int:
    return len(os.sched_getaffinity(0))


# -- results ------------------------------------------------------------------------------


def _tell_time(begin: float, number: int, n_at_once: int, what: str) -> None:
    seconds = time.perf_counter() - begin
    sys.stdout.write(f"{number} networks took {seconds:.3g} s in {n_at_once} {what}.\n")


def _results(outcomes: Sequence[Outcome], told: Sequence[Arguments]) -> list[Any]:
    """Return the results, or raise one error that tells of all that failed."""
    results = [outcome.result for outcome in outcomes]
    errors = {i: o.error for i, o in enumerate(outcomes) if o.error is not None}
    if not errors:
        return results
    lines = [_told(i, told[i], error) for i, error in list(errors.items())[:_MAX_TOLD]]
    if len(errors) > _MAX_TOLD:
        lines.append(f"and {len(errors) - _MAX_TOLD} more")
    raise ParallelRunError(
        f"parallel_run(): {len(errors)} of {len(outcomes)} runs failed",
        results=results,
        errors=errors,
        why="\n  ".join(lines),
        hint="what the others returned is in the `results` of this error, None for those that "
        "failed; their errors are in its `errors`, by number",
    ) from next(iter(errors.values()))


def _told(index: int, arguments: Arguments, error: Exception) -> str:
    given = ", ".join(f"{name}={reprlib.repr(value)}" for name, value in arguments.items())
    what = str(error).splitlines()[0] if str(error) else ""
    return f"run {index} ({given}): {type(error).__name__}{': ' if what else ''}{what}"
