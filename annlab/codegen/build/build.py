"""Compile units of native code, side by side, into the cache; the only place that starts a compiler.

A unit is one kernel file (plain C++, loaded by address) or the engine (Cython). Its key says
all that its binary depends on; what is there already is not made again. Two processes that need
the same unit both compile it and the last one's atomic rename wins: waiting for a lock that a
killed process left behind would be worse.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from annlab.codegen.build.cache import cache_folder, write_atomically
from annlab.codegen.build.compiler import OPENMP_FLAG, Compiler, find_compiler
from annlab.errors import BuildError

FORBID_VARIABLE = "ANNLAB_FORBID_COMPILATION"
NATIVE = Path(__file__).parents[1] / "cpu" / "native"


@dataclass(frozen=True, slots=True)
class Unit:
    """One piece of native code.

    Attributes
    ----------
    name
        For people: ``population 'pop0'``.
    key
        Name of the files in the cache.
    source
        The C++ text; empty for the engine, which is made from its Cython file.
    manifest
        What a later process must know to use the binary; kept beside it.
    """

    name: str
    key: str
    source: str
    manifest: dict = field(default_factory=dict)


def find(key: str) -> dict | None:
    """Return the manifest of a finished unit, or None if there is none (or it is damaged)."""
    folder = cache_folder()
    try:
        manifest = json.loads((folder / f"{key}.json").read_text())
        if (folder / f"{key}.so").stat().st_size == manifest["size"]:
            return manifest
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None


def library(key: str) -> Path:
    """Return where the binary of a unit is."""
    return cache_folder() / f"{key}.so"


def source_file(key: str) -> Path:
    """Return where the source text of a unit is kept for reading."""
    return cache_folder() / f"{key}.cpp"


def build(units: Sequence[Unit]) -> None:
    """Compile what is missing, as many at a time as there are cores.

    Raises
    ------
    NoCompilerError, CacheError
    BuildError
        With the command, the first error of the compiler, the generated line and the user's
        equation it came from; the path of the whole log.
    """
    missing = [u for u in units if find(u.key) is None]
    if not missing:
        return
    if os.environ.get(FORBID_VARIABLE):
        raise BuildError(
            f"{missing[0].name} would have to be compiled, and {FORBID_VARIABLE} is set",
            hint="unset it to let annlab compile",
        )
    compiler = find_compiler()
    with tempfile.TemporaryDirectory(prefix="annlab-build-") as scratch:
        _run_all([_Job(u, compiler, Path(scratch)) for u in missing])


class _Job:
    """The commands that make one unit, one after the other."""

    def __init__(self, unit: Unit, compiler: Compiler, scratch: Path) -> None:
        self.unit = unit
        self.stem = scratch / unit.key
        self.binary = self.stem.with_suffix(".so")
        self.commands = self._commands(compiler)
        self.process: subprocess.Popen | None = None
        self.log = self.stem.with_suffix(".log")

    def _commands(self, compiler: Compiler) -> list[list[str]]:
        source = self.stem.with_suffix(".cpp")
        link = ["-shared", "-I", str(NATIVE), str(source), "-o", str(self.binary)]
        maths = ["-lm"] if sys.platform != "darwin" else ["-undefined", "dynamic_lookup"]
        if self.unit.source:
            source.write_text(self.unit.source)
            return [[*compiler.command, *compiler.flags, *link, *_vector_maths(compiler), *maths]]
        cython = [sys.executable, "-m", "cython", "-3", "--cplus", str(NATIVE / "engine.pyx"), "-o"]
        flags = [f for f in compiler.flags if f not in ("-fno-exceptions", "-fno-rtti", "-O3")]
        openmp = [OPENMP_FLAG] if compiler.has_openmp else []
        include = ["-I", sysconfig.get_path("include")]
        return [
            [*cython, str(source)],
            [*compiler.command, *flags, "-O1", *openmp, *include, *link, *maths],
        ]

    def start(self) -> None:
        """Start the next command."""
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                self.commands[0], stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
            )

    def is_finished(self) -> bool:
        """Look after the command; True once the unit is in the cache."""
        assert self.process is not None
        code = self.process.poll()
        if code is None:
            return False
        if code:
            raise _failure(self, code)
        self.commands.pop(0)
        if self.commands:
            self.start()
            return False
        self._keep()
        return True

    def _keep(self) -> None:
        folder = cache_folder()
        content = self.binary.read_bytes()
        if self.unit.source:
            write_atomically(folder / f"{self.unit.key}.cpp", self.unit.source.encode())
        write_atomically(folder / f"{self.unit.key}.so", content)
        manifest = {**self.unit.manifest, "size": len(content)}
        # Last: a unit counts as finished once its manifest is there.
        write_atomically(folder / f"{self.unit.key}.json", json.dumps(manifest).encode())


def _vector_maths(compiler: Compiler) -> list[str]:
    is_gcc = "clang" not in compiler.version.lower() and "zig" not in " ".join(compiler.command)
    is_x86_linux = sys.platform.startswith("linux") and os.uname().machine == "x86_64"
    return ["-lmvec"] if is_gcc and is_x86_linux else []


def _run_all(jobs: list[_Job]) -> None:
    n_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    waiting, running = list(jobs), []
    try:
        while waiting or running:
            while waiting and len(running) < n_cores:
                waiting[0].start()
                running.append(waiting.pop(0))
            running = [job for job in running if not job.is_finished()]
            time.sleep(0.002)
    finally:
        for job in running:
            if job.process is not None and job.process.poll() is None:
                job.process.kill()
                job.process.wait()


def _failure(job: _Job, code: int) -> BuildError:
    log = job.log.read_text(errors="replace")
    kept = cache_folder() / "failed.log"
    command = shlex.join(job.commands[0])
    try:
        write_atomically(kept, f"{command}\n\n{log}\n\n{job.unit.source}".encode())
    except BuildError:
        kept = Path("(could not be written)")
    if code < 0:
        return BuildError(
            f"the compiler was killed (signal {-code}) while it made {job.unit.name}",
            why=f"command: {command}",
            hint="there may be too little memory; call compile() again",
        )
    first = next((line for line in log.splitlines() if "error:" in line), log.strip()[:400])
    return BuildError(
        f"{job.unit.name} could not be compiled",
        why=f"{first}\n{_offending_line(first, job.unit.source)}  command: {command}",
        hint=f"the whole log is in {kept}; this is a fault of annlab, please report it",
    )


def _offending_line(error: str, source: str) -> str:
    """Return the generated line that an error points to; its comment is the user's equation."""
    parts = error.split(":")
    if len(parts) > 2 and parts[1].isdigit() and source:
        lines = source.splitlines()
        number = int(parts[1])
        if 1 <= number <= len(lines):
            return f"  {number} | {lines[number - 1].strip()}\n"
    return ""
