"""What to start to turn the source of a unit into a binary.

Takes a unit and a compiler, gives command lines; starts nothing.
"""

from __future__ import annotations

import sys
import sysconfig
from dataclasses import dataclass, field
from pathlib import Path

from annlab.codegen.build.compiler import OPENMP_FLAG, Compiler

NATIVE = Path(__file__).parents[1] / "cpu" / "native"
Command = list[str]

# The loop and the services are short and bound by memory; -O3 would double their compile time.
_ENGINE_REPLACES = {"-O3": "-O2"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One piece of native code.

    Attributes
    ----------
    name
        For people: ``population 'pop0'``.
    key
        Of its binary: says all that the binary depends on.
    source
        The C++ text; None for the engine, whose files are part of the package.
    is_bound
        Of the engine: with a Python module around it, which needs Python's header.
    flags
        Beside the compiler's own, which they may override.
    """

    name: str
    key: str
    source: str | None = None
    is_bound: bool = True
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a unit is made.

    Attributes
    ----------
    chains
        Commands one after the other; chains side by side.
    link
        What follows when all chains are done; may be empty.
    """

    binary: Path
    chains: list[list[Command]] = field(default_factory=list)
    link: Command = field(default_factory=list)


def recipe(unit: Unit, compiler: Compiler, scratch: Path) -> Recipe:
    """Return how to make a unit in the folder `scratch`; writes its source there."""
    binary = scratch / f"{unit.key}.so"
    if unit.source is None:
        return _engine_recipe(compiler, scratch / unit.key, binary, is_bound=unit.is_bound)
    source = scratch / f"{unit.key}.cpp"
    source.write_text(unit.source)
    flags = [*compiler.flags, *_shared(compiler, binary), *unit.flags, "-I", str(NATIVE)]
    compile_ = [*compiler.command, *flags, str(source), *compiler.libraries]
    return Recipe(binary, [[compile_]])


def _engine_recipe(compiler: Compiler, stem: Path, binary: Path, *, is_bound: bool) -> Recipe:
    """The loop is C++; Cython writes C that binds it. The two are compiled side by side."""
    stem.mkdir()
    binding, binding_object = stem / "engine.c", stem / "binding.o"
    loop_object = stem / "engine.o"
    openmp = [OPENMP_FLAG] if compiler.has_openmp else []
    flags = [_ENGINE_REPLACES.get(flag, flag) for flag in compiler.flags]
    python = ["-I", sysconfig.get_path("include"), "-I", sysconfig.get_path("platinclude")]
    include = ["-I", str(NATIVE)]
    cython = [sys.executable, "-m", "cython", "-3", str(NATIVE / "engine.pyx"), "-o", str(binding)]
    bind = [*compiler.command, "-x", "c", "-O1", "-fPIC", "-w", *python, *include, "-c"]
    loop = [*compiler.command, *flags, *openmp, *include, "-c", str(NATIVE / "engine.cpp")]
    # With all flags: ziglang builds its own libraries anew for every set of them.
    link = [*compiler.command, *flags, *openmp, *_shared(compiler, binary)]
    chains = [[[*loop, "-o", str(loop_object)]]]
    objects = [str(loop_object)]
    if is_bound:
        chains.insert(0, [cython, [*bind, str(binding), "-o", str(binding_object)]])
        objects.insert(0, str(binding_object))
    return Recipe(binary, chains, [*link, *objects, *compiler.libraries])


def _shared(compiler: Compiler, binary: Path) -> Command:
    undefined = ["-undefined", "dynamic_lookup"] if sys.platform == "darwin" else []
    return ["-shared", *compiler.link_flags, *undefined, "-o", str(binary)]
