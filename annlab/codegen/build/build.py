"""Compile units of native code, side by side, into the cache.

The only place that starts a compiler (but for the questions of `compiler.py`).
Two processes that need the same unit both compile it and the last one's atomic
rename wins: waiting for a lock that a killed process left behind would be worse.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from annlab.codegen.build import cache
from annlab.codegen.build.commands import NATIVE, Command, Unit, recipe
from annlab.codegen.build.compiler import Compiler, find_compiler
from annlab.codegen.build.failure import failure, was_killed
from annlab.errors import BuildError, CacheError
from annlab.limits import n_cores

__all__ = ["FORBID_VARIABLE", "NATIVE", "Build", "Unit", "build", "compilation_forbidden"]

FORBID_VARIABLE = "ANNLAB_FORBID_COMPILATION"
_POLL_S = 0.002


@contextmanager
def compilation_forbidden() -> Iterator[None]:
    """Make any compilation an error inside the block, also in processes started from it.

    For tests of what must not compile, and for measurements.
    """
    before = os.environ.get(FORBID_VARIABLE)
    os.environ[FORBID_VARIABLE] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[FORBID_VARIABLE]
        else:
            os.environ[FORBID_VARIABLE] = before


def build(units: Sequence[Unit]) -> None:
    """Compile what is not in the cache; see `Build`."""
    with Build() as work:
        for unit in units:
            work.start(unit)
        work.finish()


class Build:
    """Compilations under way, as many at a time as there are cores.

    A context: whatever still runs at its end is stopped, and nothing half-built stays.

    ``start`` returns at once, ``finish`` waits.
    """

    def __init__(self) -> None:
        self._waiting: list[_Job] = []
        self._running: list[_Job] = []
        self._scratch: tempfile.TemporaryDirectory | None = None
        self._keys: set[str] = set()

    def start(self, unit: Unit) -> None:
        """Begin to compile a unit, unless it is in the cache.

        Raises
        ------
        NoCompilerError, CacheError
        BuildError
            If compilation is forbidden.
        """
        if unit.key in self._keys or cache.code_file(unit.key) is not None:
            return
        if os.environ.get(FORBID_VARIABLE):
            raise BuildError(
                f"{unit.name} would have to be compiled, and {FORBID_VARIABLE} is set",
                hint="unset it to let annlab compile",
            )
        self._keys.add(unit.key)
        self._waiting.append(_Job(unit, find_compiler(), self._folder()))
        self._advance()

    def finish(self) -> None:
        """Wait until everything is in the cache.

        Raises
        ------
        CacheError
        BuildError
            With the command, the first error of the compiler, the generated line and the user's
            equation it came from; the path of the whole log.
        """
        while self._waiting or self._running:
            self._advance()
            time.sleep(_POLL_S)
        if self._keys:
            cache.prune_in_time()

    def __enter__(self) -> Build:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for job in self._running:
            job.stop()
        if self._scratch is not None:
            self._scratch.cleanup()

    def _folder(self) -> Path:
        if self._scratch is None:
            try:
                self._scratch = tempfile.TemporaryDirectory(
                    prefix="annlab-build-", ignore_cleanup_errors=True
                )
            except OSError as problem:
                raise _no_scratch(problem) from problem
        return Path(self._scratch.name)

    def _advance(self) -> None:
        self._running = [job for job in self._running if not job.is_finished()]
        for job in self._running:
            job.fill(self._n_free())
        while self._waiting and self._n_free() > 0:
            job = self._waiting.pop(0)
            self._running.append(job)
            job.fill(self._n_free())

    def _n_free(self) -> int:
        return n_cores() - sum(job.n_processes for job in self._running)


class _Job:
    """The commands that make one unit."""

    def __init__(self, unit: Unit, compiler: Compiler, scratch: Path) -> None:
        self.unit = unit
        self._attempts_left = 2
        try:
            made = recipe(unit, compiler, scratch)
        except OSError as problem:
            raise _no_scratch(problem) from problem
        self._recipe = made
        self._link = made.link
        self._waiting = list(made.chains)
        self._running: list[_Chain] = []

    @property
    def n_processes(self) -> int:
        return len(self._running)

    def fill(self, n_free: int) -> None:
        """Start commands on the cores that are free."""
        while self._waiting and n_free > 0:
            log = self._recipe.binary.with_suffix(f".{len(self._waiting)}.log")
            self._running.append(_Chain(self._waiting.pop(0), log))
            n_free -= 1

    def is_finished(self) -> bool:
        """Look after the commands; True once the unit is in the cache."""
        self._running = [chain for chain in self._running if not self._has_ended(chain)]
        if self._running or self._waiting:
            return False
        if self._link:
            self._waiting, self._link = [[self._link]], []
            self.fill(1)
            return False
        cache.keep_code(self.unit.key, self._recipe.binary.read_bytes(), self.unit.source or "")
        return True

    def _has_ended(self, chain: _Chain) -> bool:
        code = chain.poll()
        if code is None:
            return False
        if code == 0:
            return chain.next()
        log = chain.log.read_text(errors="replace")
        if was_killed(code, log) and self._attempts_left > 1:
            self._attempts_left -= 1
            chain.begin()
            return False
        raise failure(self.unit, chain.command, code, log)

    def stop(self) -> None:
        """End what runs."""
        for chain in self._running:
            chain.stop()


class _Chain:
    """Commands that follow each other."""

    def __init__(self, commands: list[Command], log: Path) -> None:
        self._left = list(commands)
        self.log = log
        self.begin()

    @property
    def command(self) -> Command:
        return self._left[0]

    def begin(self) -> None:
        """Start the current command, from its beginning."""
        try:
            with self.log.open("wb") as log:
                self._process = subprocess.Popen(
                    self.command,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    stdin=subprocess.DEVNULL,
                    env={**os.environ, "LC_ALL": "C"},  # `failure` reads English
                    start_new_session=True,  # a compiler is several processes; see `stop`
                )
        except OSError as problem:
            raise BuildError(
                f"cannot start {self.command[0]}", why=str(problem), hint="run: annlab doctor"
            ) from problem

    def poll(self) -> int | None:
        """Return the exit code of the current command once it has ended."""
        return self._process.poll()

    def next(self) -> bool:
        """Start the following command; True if there is none."""
        self._left.pop(0)
        if self._left:
            self.begin()
        return not self._left

    def stop(self) -> None:
        """End the command and what it has started."""
        if self._process.poll() is None:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except (OSError, AttributeError):
                self._process.kill()
            self._process.wait()


def _no_scratch(problem: OSError) -> CacheError:
    return CacheError(
        "cannot write the source to compile",
        why=str(problem),
        hint="free some space, or set TMPDIR to a folder on another disk",
    )
