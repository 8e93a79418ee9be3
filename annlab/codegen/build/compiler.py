"""Find a C++ compiler and learn once what it can do.

The answer is kept in the cache folder, so that later processes start no
compiler to ask again. Knows nothing of kernels.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path

from annlab.codegen.build.cache import keep_manifest, read_manifest
from annlab.codegen.build.settings import read_settings, settings_file
from annlab.errors import BuildError, CacheError, NoCompilerError

# NaN and infinity keep their meaning; floating-point exceptions and errno are not observed, which
# is what lets the compiler vectorise conditions and calls of the maths library.
COMMON_FLAGS = (
    "-O3", "-std=c++20", "-fPIC", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=off",
    "-fno-exceptions", "-fno-rtti", "-w",
)  # fmt: skip
OPTIONAL_FLAGS = ("-march=native", "-fopenmp-simd", "-mprefer-vector-width=512")
# The kernels use nothing of the C++ standard library; ziglang would build it on first use.
NO_STANDARD_LIBRARY = "-nostdlib++"
OPENMP_FLAG = "-fopenmp"
VECTOR_MATHS = "-lmvec"
VARIABLE = "the environment variable ANNLAB_CXX"


@dataclass(frozen=True, slots=True)
class Compiler:
    """A compiler and the flags it takes.

    Attributes
    ----------
    command
        How it is started, e.g. ``("/usr/bin/g++",)`` or ``(python, "-m", "ziglang", "c++")``.
    flags
        For compiling.
    link_flags, libraries
        For linking; libraries come last.
    """

    command: tuple[str, ...]
    version: str
    flags: tuple[str, ...]
    has_openmp: bool
    link_flags: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ("-lm",)

    @property
    def path(self) -> str:
        return self.command[0]

    def identity(self) -> str:
        """Return a text that differs when binaries would: compiler, flags and processor."""
        parts = (*self.command, self.version, *self.flags, *self.link_flags, *self.libraries)
        return "|".join((*parts, str(self.has_openmp), _processor()))


def find_compiler() -> Compiler:
    """Return the compiler to use.

    The one that the environment variable ANNLAB_CXX or the user's `annlab.json` names; without
    them the first that works of CXX, g++, clang++, c++ and the compiler of the `ziglang` package.

    Raises
    ------
    NoCompilerError
        If there is none that works; says what to install.
    """
    settings = read_settings()
    by_variable = os.environ.get("ANNLAB_CXX")
    place = VARIABLE if by_variable else f"the file {str(settings_file())!r}"
    second, path = os.environ.get("CXX"), os.environ.get("PATH", "")
    found = _find(by_variable or settings.compiler, place, second, path)
    return replace(found, flags=(*found.flags, *settings.flags))


@lru_cache(maxsize=8)
def _find(named: str | None, place: str, second: str | None, path: str) -> Compiler:
    problems = []
    for command in [tuple(shlex.split(named))] if named else _candidates(second, path):
        try:
            return _known(command) or _probe(command)
        except (OSError, subprocess.SubprocessError, BuildError) as problem:
            problems.append(f"{' '.join(command)}: {problem}")
    if named:
        raise NoCompilerError(
            f"the compiler {named!r} that {place} names does not work",
            why="\n  ".join(problems),
            hint=f"correct {place}, or take it away to let annlab look for a compiler",
        )
    raise NoCompilerError(
        "no C++ compiler works on this machine",
        why="\n  ".join(problems) or "looked for: g++, clang++, c++, the Python package ziglang",
        hint="install one (Debian: apt install g++; macOS: xcode-select --install; anywhere: "
        'pip install ziglang), or run without one: Network(backend="reference")',
    )


def _candidates(named: str | None, path: str) -> Iterator[tuple[str, ...]]:
    if named:
        yield tuple(shlex.split(named))
    for name in ("g++", "clang++", "c++"):
        found = shutil.which(name, path=path)
        if found:
            yield (found,)
    zig = _zig()
    if zig is not None:
        yield (str(zig), "c++")


def _zig() -> Path | None:
    """Return the compiler that `pip install ziglang` brings."""
    import importlib.util  # only on machines without a compiler

    spec = importlib.util.find_spec("ziglang")
    folders = [Path(f) for f in (spec.submodule_search_locations or ())] if spec else []
    return next((f / "zig" for f in folders if (f / "zig").exists()), None)


def _stamp(command: tuple[str, ...]) -> str:
    found = shutil.which(command[0]) or command[0]
    status = os.stat(found)
    tried = (*COMMON_FLAGS, *OPTIONAL_FLAGS, NO_STANDARD_LIBRARY, OPENMP_FLAG, VECTOR_MATHS)
    return "|".join((*command, str(status.st_mtime_ns), str(status.st_size), *tried, _processor()))


def _memory(command: tuple[str, ...]) -> str:
    """Return the key under which the answer of a compiler is kept."""
    return f"compiler-{hash_text(' '.join(command))}"


def _known(command: tuple[str, ...]) -> Compiler | None:
    """Return what an earlier process learnt about this very compiler."""
    kept = read_manifest(_memory(command))
    try:
        if kept is None or kept.pop("stamp") != _stamp(command):
            return None
        return Compiler(
            command=tuple(kept["command"]),
            version=kept["version"],
            flags=tuple(kept["flags"]),
            has_openmp=kept["has_openmp"],
            link_flags=tuple(kept["link_flags"]),
            libraries=tuple(kept["libraries"]),
        )
    except (OSError, KeyError, TypeError):
        return None


def _probe(command: tuple[str, ...]) -> Compiler:
    version = _version(command)
    with tempfile.TemporaryDirectory() as folder:
        probe = _Probe(command, Path(folder))
        compiler = probe.everything(version) or probe.one_by_one(version)
    with suppress(CacheError):  # asking again costs a tenth of a second
        keep_manifest(_memory(command), {"stamp": _stamp(command), **asdict(compiler)})
    return compiler


class _Probe:
    """Asks a compiler what it can do, with the smallest of libraries."""

    def __init__(self, command: tuple[str, ...], folder: Path) -> None:
        self._command = command
        self._plain = folder / "plain.cpp"
        self._plain.write_text('extern "C" int annlab_answer() { return 0; }\n')
        self._openmp = folder / "openmp.cpp"
        self._openmp.write_text(
            '#include <omp.h>\nextern "C" int annlab_answer() { return omp_get_thread_num(); }\n'
        )

    def everything(self, version: str) -> Compiler | None:
        """Return a compiler that takes every flag, as g++ and ziglang on Linux do, or None."""
        flags = (*COMMON_FLAGS, *OPTIONAL_FLAGS)
        link_flags = (NO_STANDARD_LIBRARY,) if _is_clang(version) else ()
        libraries = _libraries(version)
        known = (*flags, *link_flags, *libraries)
        has_openmp = self._accepts(self._openmp, *known, OPENMP_FLAG)
        if not has_openmp and not self._accepts(self._plain, *known):
            return None
        return Compiler(self._command, version, flags, has_openmp, link_flags, libraries)

    def one_by_one(self, version: str) -> Compiler:
        """Return a compiler with the flags that it understands.

        Raises
        ------
        BuildError
            If it does not even know C++20.
        """
        self._try(self._plain, "-std=c++20")
        flags: list[str] = []
        for flag in (*COMMON_FLAGS, *OPTIONAL_FLAGS):
            if self._accepts(self._plain, *flags, flag):
                flags.append(flag)
        libraries = tuple(x for x in _libraries(version) if self._accepts(self._plain, *flags, x))
        has_openmp = self._accepts(self._openmp, *flags, OPENMP_FLAG)
        return Compiler(self._command, version, tuple(flags), has_openmp, (), libraries)

    def _accepts(self, source: Path, *flags: str) -> bool:
        try:
            self._try(source, "-Werror", *flags)
        except BuildError:
            return False
        return True

    def _try(self, source: Path, *flags: str) -> None:
        kept = [f for f in flags if f != "-w"]  # it would hide that a flag is unknown
        libraries = [f for f in kept if f.startswith("-l")]
        options = [f for f in kept if not f.startswith("-l")]
        target = source.with_suffix(".so")
        result = subprocess.run(
            [*self._command, *options, "-shared", str(source), "-o", str(target), *libraries],
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        if result.returncode:
            raise BuildError(result.stderr.strip()[:500] or f"exit code {result.returncode}")


def _is_clang(version: str) -> bool:
    return "clang" in version.lower()


def _libraries(version: str) -> tuple[str, ...]:
    """Return the libraries of mathematics; only g++ finds the vectorised functions by itself."""
    is_x86_linux = sys.platform.startswith("linux") and os.uname().machine == "x86_64"
    return (VECTOR_MATHS, "-lm") if is_x86_linux and not _is_clang(version) else ("-lm",)


def _version(command: tuple[str, ...]) -> str:
    said = subprocess.run(
        [*command, "--version"], capture_output=True, text=True, timeout=120, check=True
    )
    return said.stdout.partition("\n")[0].strip()


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
