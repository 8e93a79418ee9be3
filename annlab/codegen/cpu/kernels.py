"""From models to loaded kernels, by way of the cache.

A key says all that the binary depends on: the structure of the model, the
layout of the storage, the precision, this package's code generator, the
compiler and the processor. No number is part of it.
"""

from __future__ import annotations

import ctypes
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType

import numpy as np

from annlab.codegen.build import build as builder
from annlab.codegen.build import cache
from annlab.codegen.build.compiler import find_compiler
from annlab.codegen.clike.layout import Layout
from annlab.codegen.clike.requests import Request, fingerprint, hashed
from annlab.codegen.cpu.loose import LooseEngine, has_python_header
from annlab.errors import CacheError
from annlab.ir.digest import digest
from annlab.ir.model import NeuronModel, SynapseModel


@dataclass(frozen=True, slots=True)
class Kernel:
    """A loaded kernel: addresses of its functions, keys of its slots."""

    manifest: dict
    library: ctypes.CDLL
    key: str

    @property
    def slots(self) -> list[str]:
        return self.manifest["slots"]

    def has(self, function: str) -> bool:
        return function in self.manifest["functions"]

    def address(self, function: str) -> int:
        """Return the address of an exported function."""
        return ctypes.cast(getattr(self.library, function), ctypes.c_void_p).value or 0


def population_request(model: NeuronModel, float_type: np.dtype, name: str) -> Request:
    """Return the request for a population's kernel."""

    def render() -> tuple[str, dict]:
        from annlab.codegen.cpu.render import render_population  # a warm start needs no templates

        return render_population(model, float_type)

    return Request(_key("population", digest(model), float_type), f"population '{name}'", render)


def projection_request(
    model: SynapseModel, layout: Layout, float_type: np.dtype, name: str
) -> Request:
    """Return the request for a projection's kernels."""

    def render() -> tuple[str, dict]:
        from annlab.codegen.cpu.render import render_projection  # a warm start needs no templates

        return render_projection(model, layout, float_type)

    structure = digest(model, repr(layout))
    return Request(_key("projection", structure, float_type), f"projection '{name}'", render)


def obtain(requests: Sequence[Request]) -> list[Kernel]:
    """Return the kernels, compiling side by side what is not in the cache."""
    missing = {r.key: r for r in requests if _load(r.key) is None}
    if missing:
        with builder.Build() as work:
            if not engine.cache_info().currsize:
                # First, because it takes longest: it compiles while sources are still rendered.
                work.start(_engine_unit())
            for request in missing.values():
                work.start(_unit(request))
            work.finish()
    return [_loaded(request) for request in requests]


def _unit(request: Request) -> builder.Unit:
    """Render a kernel, and keep what a later process must know to use it without rendering.

    The binary has a key of its own, so that models of one source share it, and so that a change
    of the generator compiles only what came out differently.
    """
    source, manifest = request.render()
    key = f"{request.key.partition('-')[0]}-code-{hashed(source, _headers(), _compiler())}"
    cache.keep_manifest(request.key, {**manifest, "code": key})
    return builder.Unit(name=request.name, key=key, source=source)


def _loaded(request: Request) -> Kernel:
    kernel = _load(request.key)
    if kernel is None:
        raise _gone(request.name)
    return kernel


def _gone(name: str) -> CacheError:
    return CacheError(
        f"{name} has just been compiled and is no longer in the cache",
        hint="call compile() again",
    )


def _built(unit: builder.Unit) -> Path:
    """Return the file of a unit, compiled if this machine has not yet."""
    builder.build([unit])
    path = cache.code_file(unit.key)
    if path is None:
        raise _gone(unit.name)
    return path


_kernels: dict[str, Kernel] = {}


def _load(key: str) -> Kernel | None:
    """Return a kernel that is loaded or can be, or None."""
    if key not in _kernels:
        manifest = cache.read_manifest(key)
        path = cache.code_file(str(manifest.get("code"))) if manifest else None
        if manifest is None or path is None:
            return None
        try:
            _kernels[key] = Kernel(manifest, ctypes.CDLL(str(path)), key)
        except OSError as problem:
            raise _not_loadable(path, problem) from problem
    return _kernels[key]


def _not_loadable(path: Path, problem: Exception) -> CacheError:
    return CacheError(
        f"cannot load {path}",
        why=str(problem),
        hint=f"set {cache.VARIABLE} to a folder from which programs may be started "
        "(not mounted with noexec)",
    )


@lru_cache(maxsize=1)
def engine() -> ModuleType | LooseEngine:
    """Return the native loop's module, compiling it if this machine has not yet."""
    unit = _engine_unit()
    path = _built(unit)
    if not unit.is_bound:
        return LooseEngine(path)
    loader = importlib.machinery.ExtensionFileLoader("engine", str(path))
    spec = importlib.util.spec_from_loader("engine", loader)
    assert spec is not None
    try:
        module = importlib.util.module_from_spec(spec)
        loader.exec_module(module)
    except ImportError as problem:
        raise _not_loadable(path, problem) from problem
    return module


def _engine_unit() -> builder.Unit:
    python = f"{sys.implementation.cache_tag}-{sys.platform}"
    is_bound = has_python_header()
    kind = "engine" if is_bound else "loop"
    key = f"{kind}-{hashed(python, _headers(), _compiler())}"
    return builder.Unit(name="the engine", key=key, is_bound=is_bound)


def is_drawing_due(n_synapses: int, most: int) -> bool:
    """Tell whether `drawing_library` is there, or should be now.

    It should once `most` synapses have been asked for on this machine without it.
    """
    key = _drawing_unit().key
    if drawing_library.cache_info().currsize or cache.code_file(key) is not None:
        return True
    n_before = (cache.read_manifest(key) or {}).get("synapses", 0)
    if n_before + n_synapses >= most:
        return True
    cache.keep_manifest(key, {"synapses": n_before + n_synapses})
    return False


@lru_cache(maxsize=1)
def drawing_library() -> ctypes.CDLL:
    """Return the loops that draw synapses, compiling them if this machine has not yet."""
    path = _built(_drawing_unit())
    try:
        return ctypes.CDLL(str(path))
    except OSError as problem:
        raise _not_loadable(path, problem) from problem


def _drawing_unit() -> builder.Unit:
    key = f"drawing-{hashed(_headers(), _compiler())}"
    source = (builder.NATIVE / "drawing.cpp").read_text()
    return builder.Unit(name="the drawing of synapses", key=key, source=source)


def _key(kind: str, structure: str, float_type: np.dtype) -> str:
    return f"{kind}-{hashed(structure, float_type.name, fingerprint('cpu'), _compiler())}"


def _compiler() -> str:
    return find_compiler().identity()


@lru_cache(maxsize=1)
def _headers() -> str:
    """Return a digest of the C++ and Cython files that binaries are made from."""
    files = sorted(p for p in builder.NATIVE.iterdir() if p.is_file())
    return hashed(*(f"{path.name}:{path.read_text()}" for path in files))
