"""Runs in processes of their own: what is sent to them, what they do, what comes back.

Processes begin from nothing and are never forked: a team of OpenMP threads does not survive a
fork. Functions and classes travel as code where the other process could not import them (a
notebook's cells, a script), so whatever works here works there. Kernels are built by the first
process that needs them; the others find them in the cache.
"""

from __future__ import annotations

import fcntl
import pickle
import re
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

from annlab.errors import ArgumentTypeError, SimulationError
from annlab.network import config as options
from annlab.network import context
from annlab.network.constants import GLOBAL_CONSTANTS, Constant
from annlab.network.crew import Crew
from annlab.network.functions import GLOBAL_FUNCTIONS
from annlab.network.progress import ProgressLine

if TYPE_CHECKING:
    from annlab.network.network import Network

Arguments = dict[str, Any]
_EXIT_CODES = re.compile(r"exit codes of the workers are \{(.*?)\}")
_UNSENDABLE = (pickle.PicklingError, TypeError, AttributeError, ValueError, RecursionError)


class Work(Protocol):
    """What is done in all runs; what is a run's own is given to its methods."""

    def network(self, run: Any) -> Network:
        """Return the network of a run, not compiled yet."""
        ...

    def result(self, network: Network, run: Any) -> Any:
        """Call the user's function on the network, which is compiled now."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What all runs share. It is sent once to each process.

    `defaults`, `constants` and `functions` are what was said to all networks: options, and what
    every model may use.
    """

    work: Work
    defaults: options.Config
    constants: Mapping[str, float]
    functions: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run returned, or why it did not."""

    result: Any = None
    error: Exception | None = None


def pool_library() -> ModuleType | None:
    """Return the library of process pools, or None if it is not installed."""
    try:
        import loky  # only parallel runs need it
    except ImportError:
        return None
    return loky


def _job(work: Work) -> Job:
    return Job(
        work=work,
        defaults=options.defaults(),
        constants={name: constant.value for name, constant in GLOBAL_CONSTANTS.items()},
        functions=dict(GLOBAL_FUNCTIONS),
    )


def in_processes(
    library: ModuleType,
    work: Work,
    runs: Sequence[Any],
    *,
    n_processes: int,
    is_built: bool,
    code: Sequence[Any],
    pack: Callable[[object], bytes] | None = None,
) -> list[Outcome]:
    """Return the outcomes in the order of `runs`; an interrupt ends the processes.

    A process that dies takes its run with it, and no other.

    `is_built`: the kernels are in the cache already. `code`: functions and classes whose modules
    travel as code, unless they can be imported there. `pack` makes bytes of what is sent.
    """
    with _by_value(*code):
        packed_job = packed(_job(work), "the function or what is given to all runs", pack)
        packed_runs = [packed(run, f"what is given to run {i}", pack) for i, run in enumerate(runs)]
    with tempfile.NamedTemporaryFile("w", prefix="annlab-built-") as gate:
        gate.write("built" if is_built else "")
        gate.flush()
        finished: dict[int, Outcome] = {}
        given = (packed_job, gate.name)
        line = ProgressLine(len(packed_runs))
        try:
            with Crew(library, n_processes, begin=_receive, given=given) as crew:
                for number, future in crew.run(_run, packed_runs):
                    finished[number] = _outcome(future, library)
                    line(len(finished))
        except KeyboardInterrupt as interrupt:
            keep(interrupt, finished, len(runs))
            raise
        finally:
            line.close()
    return [finished[number] for number in range(len(runs))]


def keep(interrupt: KeyboardInterrupt, finished: Mapping[int, Outcome], number: int) -> None:
    """Let an interrupt of `number` runs bring what was finished, as an error of some of them does.

    It stays a KeyboardInterrupt, so that nothing that handles errors goes on after it.
    """
    outcomes = [finished.get(i, Outcome()) for i in range(number)]
    told = interrupt.__dict__
    told["results"] = [outcome.result for outcome in outcomes]
    told["errors"] = {i: o.error for i, o in enumerate(outcomes) if o.error is not None}
    interrupt.add_note(
        f"parallel_run(): {len(finished)} of {number} runs had ended; what they returned is in the "
        "`results` of this interrupt, None for the others (at a prompt: sys.last_value.results)"
    )


@contextmanager
def _by_value(*objects: Any) -> Iterator[None]:
    """Let functions and classes travel as code if nobody else can import their modules.

    Those of ``__main__`` do so anyway.
    """
    import cloudpickle

    found = {name for o in objects if (name := getattr(o, "__module__", None)) in sys.modules}
    modules = [sys.modules[name] for name in found if not _is_importable(name)]
    for module in modules:
        cloudpickle.register_pickle_by_value(module)
    try:
        yield
    finally:
        for module in modules:
            cloudpickle.unregister_pickle_by_value(module)


def _is_importable(name: str) -> bool:
    try:
        return name == "__main__" or find_spec(name) is not None
    except (ImportError, ValueError):  # a module that was made without an import
        return False


def packed(value: object, what: str, pack: Callable[[object], bytes] | None = None) -> bytes:
    """Return a value as bytes, with the code of what another process cannot import."""
    import cloudpickle  # comes with the library of process pools

    try:
        return cloudpickle.dumps(value) if pack is None else pack(value)
    except _UNSENDABLE as error:
        raise ArgumentTypeError(
            f"parallel_run(): {what} cannot be sent to another process: {error}",
            why="every run has a process of its own, which gets copies of everything",
            hint="use the network that the function is given, not one from outside",
        ) from error


def _outcome(future: Any, library: ModuleType) -> Outcome:
    try:
        return pickle.loads(future.result())
    except library.BrokenProcessPool as error:
        died = SimulationError(
            "its process ended before the run did",
            why=_how_it_ended(str(error)),
            hint="it may have run out of memory: try a lower max_processes",
        )
        return Outcome(error=died)


def _how_it_ended(text: str) -> str:
    """Return what a pool tells of a process that died, with the signal that ended it."""
    codes = _EXIT_CODES.search(text)
    told = f" (exit code {codes[1]})" if codes else ""
    return f"{text.splitlines()[0]}{told}"


# -- in the other process ----------------------------------------------------------------

_received: list[tuple[bytes, Path]] = []


def _receive(job: bytes, gate: str) -> None:
    _received[:] = [(job, Path(gate))]


def _run(run: bytes) -> bytes:
    """Build a network, run the user's function on it, return the packed `Outcome`."""
    try:
        return packed(Outcome(result=_result(run)), "what the function returned")
    except SystemExit as error:
        return _packed_error(left_by(error))
    except Exception as error:  # noqa: BLE001 -- whatever the user's function raises is told
        return _packed_error(error)


def left_by(error: SystemExit) -> SimulationError:
    """Return what is told of a run that wanted to end the process: it ends itself alone."""
    return SimulationError(
        f"it called sys.exit({error.code!r})", hint="return a value, or raise an error"
    )


def _result(packed_run: bytes) -> Any:
    packed_job, gate = _received[0]
    context.forget()
    job: Job = pickle.loads(packed_job)  # anew for each run: no run sees what another one changed
    _surround(job)
    run = pickle.loads(packed_run)
    network = job.work.network(run)
    try:
        _compile(network, gate)
        return job.work.result(network, run)
    finally:
        network.clear()


def _surround(job: Job) -> None:
    options.restore_defaults(job.defaults)
    GLOBAL_FUNCTIONS.clear()
    GLOBAL_FUNCTIONS.update(job.functions)
    for name, value in job.constants.items():
        if name in GLOBAL_CONSTANTS:
            GLOBAL_CONSTANTS[name].set(value)
        else:
            Constant(name, value)


def _compile(network: Network, gate: Path) -> None:
    """Let one process build the kernels; the others wait for it, and find them in the cache."""
    with gate.open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # a process that dies gives it back
        if not file.read():
            network.compile()
            file.write("built")
    network.compile()  # nothing, where it was done above


def _packed_error(error: Exception) -> bytes:
    """Pack an error, as text if it cannot be made again elsewhere."""
    error.add_note("".join(traceback.format_exception(error)).rstrip())
    try:
        data = packed(Outcome(error=error), "the error")
        pickle.loads(data)
    except Exception:  # noqa: BLE001 -- classes of errors may do anything when they are made
        told = SimulationError(f"{type(error).__name__}: {error}")
        told.add_note(error.__notes__[-1])
        return packed(Outcome(error=told), "the error")
    return data


def shared_cores(config: options.Config, n_processes: int, n_cores: int) -> options.Config:
    """Return options with which `n_processes` runs side by side do not stand in their own way."""
    if config.num_threads != "auto":
        return config
    return replace(config, num_threads=max(1, n_cores // n_processes))
