"""Many runs of one network, side by side.

Each run has a process of its own (`annlab.network.processes`), and the networks are built there.
Where there is no library of process pools, runs are threads: the native loop does not hold
Python's lock. An error of one run does not end the others. Networks that exist already run in the
same way (`annlab.network.parallel_given`).
"""

from __future__ import annotations

import inspect
import reprlib
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from annlab.errors import ArgumentError, ArgumentTypeError, ParallelRunError, StateError
from annlab.limits import n_cores
from annlab.network import processes
from annlab.network.checks import read_whole
from annlab.network.config import Config
from annlab.network.parallel_arguments import OPTIONS, named_by, require_taken
from annlab.network.processes import Arguments, Outcome, Work
from annlab.network.progress import ProgressLine

if TYPE_CHECKING:
    from annlab.network.network import Network

_MAX_TOLD = 3  # errors in one message
Constructor = tuple[tuple[Any, ...], Arguments]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Copies:
    """Copies of a network of the user's class, each with arguments of its own.

    `build` makes one from the arguments of the class, the seed among them.
    """

    build: Callable[[Arguments], Network]
    method: Callable[..., Any]
    of_class: Arguments
    of_method: Arguments

    def network(self, run: _CopyRun) -> Network:
        return self.build({**self.of_class, **run.of_class})

    def result(self, network: Network, run: _CopyRun) -> Any:
        return self.method(network, **self.of_method, **run.of_method)


@dataclass(frozen=True, slots=True, kw_only=True)
class _CopyRun:
    of_class: Arguments
    of_method: Arguments


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
    require_function(method)
    number = read_whole(number, "parallel_run(): number", least=-(2**31))
    if number < 1:
        raise ArgumentError(f"parallel_run() of {number} networks", hint="number is at least 1")
    for_class, for_method = _split(type(network), arguments)
    require_taken(method, for_method, ("net",), also=(*OPTIONS, "seeds", *named_by(type(network))))
    shared_class, each_class = spread(for_class, number)
    shared_method, each_method = spread(for_method, number)
    each_seed = _seeds(network.seed, seeds, number)
    runs = [
        _CopyRun(of_class={**each_class[i], "seed": each_seed[i]}, of_method=each_method[i])
        for i in range(number)
    ]
    library = processes.pool_library()
    n_at_once = how_many_at_once(number, max_processes)
    config = network._config
    if library is not None:
        config = processes.shared_cores(config, n_at_once, n_cores())
    work = _Copies(
        build=partial(build_again, type(network), network._constructor, config),
        method=method,
        of_class=shared_class,
        of_method=shared_method,
    )
    with timed(number, n_at_once, library, is_wanted=measure_time):
        if library is None:
            outcomes = in_threads(work, runs, n_at_once, are_own=True)
        else:
            outcomes = processes.in_processes(
                library,
                work,
                runs,
                n_processes=n_at_once,
                is_built=network.compiled or config.backend == "reference",
                code=(method, *type(network).__mro__),
            )
    told = [{**for_class, **for_method, **run.of_class, **run.of_method} for run in runs]
    return gathered(outcomes, told)


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


def in_threads(work: Work, runs: Sequence[Any], n_threads: int, *, are_own: bool) -> list[Outcome]:
    """Return the outcomes in the order of `runs`; networks of the runs' own are freed."""
    started: list[Network] = []
    line = ProgressLine(len(runs))

    def outcome(run: Any) -> Outcome:
        try:
            network = work.network(run)
            started.append(network)
            try:
                network.compile()
                return Outcome(result=work.result(network, run))
            finally:
                if are_own:
                    network.clear()
        except SystemExit as error:
            return Outcome(error=processes.left_by(error))
        except Exception as error:  # noqa: BLE001 -- whatever the user's function raises is told
            return Outcome(error=error)

    with ThreadPoolExecutor(n_threads, thread_name_prefix="annlab parallel") as pool:
        futures = [pool.submit(outcome, run) for run in runs]
        try:
            for n_done, _ in enumerate(as_completed(futures), start=1):
                line(n_done)
        except BaseException as error:
            for future in futures:
                future.cancel()
            for network in list(started):
                network._interrupt()
            if isinstance(error, KeyboardInterrupt):
                ended = [i for i, f in enumerate(futures) if f.done() and not f.cancelled()]
                processes.keep(error, {i: futures[i].result() for i in ended}, len(runs))
            raise
        finally:
            line.close()
    return [future.result() for future in futures]


# -- arguments ----------------------------------------------------------------------------


def require_function(method: object) -> None:
    if not callable(method):
        raise ArgumentTypeError(
            f"parallel_run() needs a function, not {method!r}",
            hint="write a function whose first argument is the network",
        )


def _split(cls: type, arguments: Arguments) -> tuple[Arguments, Arguments]:
    named = inspect.signature(cls.__init__).parameters
    of_class = {k: v for k, v in arguments.items() if k in named}
    return of_class, {k: v for k, v in arguments.items() if k not in of_class}


def spread(arguments: Mapping[str, Any], number: int) -> tuple[Arguments, list[Arguments]]:
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
    is_list = isinstance(seeds, Sequence | np.ndarray) and not isinstance(seeds, str)
    if not is_list or len(seeds) != number:
        raise ArgumentError(
            f"parallel_run(): seeds={seeds!r} for {number} runs",
            hint='give "same", "sequential", None, or one seed per run',
        )
    return [read_whole(s, "parallel_run(): a seed") for s in seeds]


def how_many_at_once(number: int, max_processes: int) -> int:
    wanted = read_whole(max_processes, "parallel_run(): max_processes", least=-1)
    if wanted == 0:
        raise ArgumentError(
            "parallel_run(): max_processes is 0", hint="give at least 1, or -1 for all cores"
        )
    return min(number, wanted if wanted > 0 else n_cores())


# -- results ------------------------------------------------------------------------------


@contextmanager
def timed(number: int, n_at_once: int, library: object, *, is_wanted: bool) -> Iterator[None]:
    begin = time.perf_counter()
    yield
    if is_wanted:
        seconds = time.perf_counter() - begin
        what = "threads" if library is None else "processes"
        sys.stdout.write(f"{number} networks took {seconds:.3g} s in {n_at_once} {what}.\n")


def gathered(outcomes: Sequence[Outcome], told: Sequence[Arguments]) -> list[Any]:
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
    run = f"run {index} ({given})" if given else f"run {index}"
    what = str(error).splitlines()[0] if str(error) else ""
    return f"{run}: {type(error).__name__}{': ' if what else ''}{what}"
