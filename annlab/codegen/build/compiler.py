"""Find a C++ compiler and learn once what it can do.

The answer is kept in the cache folder, so that later processes start no
compiler to ask again. Knows nothing of kernels.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from annlab.codegen.build.cache import cache_folder, write_atomically
from annlab.errors import BuildError, NoCompilerError

# NaN and infinity keep their meaning; floating-point exceptions and errno are not observed, which
# is what lets the compiler vectorise conditions and calls of the maths library.
COMMON_FLAGS = (
    "-O3", "-std=c++20", "-fPIC", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=off",
    "-fno-exceptions", "-fno-rtti", "-w",
)  # fmt: skip
OPTIONAL_FLAGS = ("-march=native", "-fopenmp-simd", "-mprefer-vector-width=512")
OPENMP_FLAG = "-fopenmp"


@dataclass(frozen=True, slots=True)
class Compiler:
    """A compiler and the flags it takes.

    Attributes
    ----------
    command
        How it is started, e.g. ``("/usr/bin/g++",)`` or ``(python, "-m", "ziglang", "c++")``.
    """

    command: tuple[str, ...]
    version: str
    flags: tuple[str, ...]
    has_openmp: bool

    @property
    def path(self) -> str:
        return self.command[0]

    def identity(self) -> str:
        """Return a text that differs when binaries would: compiler, flags and processor."""
        return "|".join((*self.command, self.version, *self.flags, _processor()))


def find_compiler() -> Compiler:
    """Return the compiler to use.

    The first of: the command in the environment variable ANNLAB_CXX, the one in CXX, g++, clang++,
    c++, and the compiler of the `ziglang` package.

    Raises
    ------
    NoCompilerError
        If there is none that works; says what to install.
    """
    return _find(os.environ.get("ANNLAB_CXX"), os.environ.get("CXX"), os.environ.get("PATH", ""))


@lru_cache(maxsize=8)
def _find(first: str | None, second: str | None, path: str) -> Compiler:
    problems = []
    for command in _candidates(first, second, path):
        try:
            return _known(command) or _probe(command)
        except (OSError, subprocess.SubprocessError, BuildError) as problem:
            problems.append(f"{' '.join(command)}: {problem}")
    raise NoCompilerError(
        "no C++ compiler works on this machine",
        why="\n  ".join(problems) or None,
        hint="install one (Debian: apt install g++; macOS: xcode-select --install; or "
        "pip install 'annlab[compiler]'), or run without one: Network(backend=\"reference\")",
    )


def _candidates(first: str | None, second: str | None, path: str):
    for named in (first, second):
        if named:
            yield tuple(named.split())
    for name in ("g++", "clang++", "c++"):
        found = shutil.which(name, path=path)
        if found:
            yield (found,)
    if _has_ziglang():
        yield (sys.executable, "-m", "ziglang", "c++")


def _has_ziglang() -> bool:
    import importlib.util  # only on machines without a compiler

    return importlib.util.find_spec("ziglang") is not None


def _stamp(command: tuple[str, ...]) -> str:
    found = shutil.which(command[0]) or command[0]
    status = os.stat(found)
    return f"{'|'.join(command)}|{status.st_mtime_ns}|{status.st_size}|{'|'.join(COMMON_FLAGS)}"


def _known(command: tuple[str, ...]) -> Compiler | None:
    """Return what an earlier process learnt about this very compiler."""
    try:
        kept = json.loads((cache_folder() / "compiler.json").read_text())
        if kept["stamp"] != _stamp(command):
            return None
        return Compiler(
            command=tuple(kept["command"]),
            version=kept["version"],
            flags=tuple(kept["flags"]),
            has_openmp=kept["has_openmp"],
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _probe(command: tuple[str, ...]) -> Compiler:
    version = _output([*command, "--version"]).splitlines()[0]
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "probe.cpp")
        source.write_text("int main() { return 0; }\n")
        _try(command, source, ("-std=c++20",))
        flags = list(COMMON_FLAGS)
        # All at once in the usual case; one by one only if something is not understood.
        if _accepts(command, source, (*flags, *OPTIONAL_FLAGS)):
            flags += OPTIONAL_FLAGS
        else:
            flags += [f for f in OPTIONAL_FLAGS if _accepts(command, source, (*flags, f))]
        has_openmp = _accepts(command, source, (*flags, OPENMP_FLAG))
    compiler = Compiler(command, version, tuple(flags), has_openmp)
    try:
        write_atomically(
            cache_folder() / "compiler.json",
            json.dumps({"stamp": _stamp(command), **asdict(compiler)}).encode(),
        )
    except (OSError, BuildError):
        pass  # asking again costs a tenth of a second
    return compiler


def _accepts(command: tuple[str, ...], source: Path, flags: tuple[str, ...]) -> bool:
    try:
        _try(command, source, ("-Werror", *flags))
    except BuildError:
        return False
    return True


def _try(command: tuple[str, ...], source: Path, flags: tuple[str, ...]) -> None:
    flags = tuple(f for f in flags if f != "-w")
    target = source.with_suffix(".out")
    result = subprocess.run(
        [*command, *flags, str(source), "-o", str(target)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    if result.returncode:
        raise BuildError(result.stderr.strip()[:500] or f"exit code {result.returncode}")


def _output(command: list[str]) -> str:
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=True
    ).stdout


@lru_cache(maxsize=1)
def _processor() -> str:
    """Return what -march=native depends on: homes are shared among different machines."""
    import platform

    try:
        with open("/proc/cpuinfo") as lines:
            for line in lines:
                if line.startswith(("flags", "Features")):
                    return f"{platform.machine()} {hash_text(line)}"
    except OSError:
        pass
    return f"{platform.machine()} {platform.processor()}"


def hash_text(text: str) -> str:
    """Return a short digest of a text."""
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()[:16]
