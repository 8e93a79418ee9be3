"""From models to loaded kernels, by way of the cache.

A key says all that the binary depends on: the structure of the model, the
layout of the storage, the precision, this package's code generator, the
compiler and the processor. No number is part of it.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType

import numpy as np

from annlab.codegen.build import build as builder
from annlab.codegen.build.compiler import find_compiler
from annlab.codegen.cpu.layout import Layout
from annlab.ir.digest import digest
from annlab.ir.model import NeuronModel, SynapseModel

_PACKAGE = Path(__file__).parents[2]
_SOURCES = ("ir", "codegen")


@dataclass(frozen=True, slots=True)
class Request:
    """A kernel that somebody needs: its key, and how to make its source if it is not there."""

    key: str
    name: str
    render: Callable[[], tuple[str, dict]]


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
    unique = {r.key: r for r in requests}
    missing = [r for r in unique.values() if builder.find(r.key) is None]
    units = [] if builder.find(engine_key()) else [builder.Unit("the engine", engine_key(), "")]
    for request in missing:
        source, manifest = request.render()
        units.append(builder.Unit(request.name, request.key, source, manifest))
    builder.build(units)
    return [_load(r.key) for r in requests]


@lru_cache(maxsize=512)
def _load(key: str) -> Kernel:
    manifest = builder.find(key)
    assert manifest is not None
    return Kernel(manifest, ctypes.CDLL(str(builder.library(key))), key)


def source_of(key: str) -> str:
    """Return the generated source of a kernel in the cache."""
    return builder.source_file(key).read_text()


@lru_cache(maxsize=1)
def engine() -> ModuleType:
    """Return the native loop's module, compiling it if this machine has not yet."""
    key = engine_key()
    if builder.find(key) is None:
        builder.build([builder.Unit("the engine", key, "")])
    loader = importlib.machinery.ExtensionFileLoader("engine", str(builder.library(key)))
    spec = importlib.util.spec_from_loader("engine", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def engine_key() -> str:
    """Return the key of the native loop."""
    python = f"{sys.implementation.cache_tag}-{sys.platform}"
    return f"engine-{_hash(python, _fingerprint(), find_compiler().identity())}"


def _key(kind: str, structure: str, float_type: np.dtype) -> str:
    text = _hash(structure, float_type.name, _fingerprint(), find_compiler().identity())
    return f"{kind}-{text}"


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


@lru_cache(maxsize=1)
def _fingerprint() -> str:
    """Return a text that changes whenever the code generator does.

    Sizes and times of its files: reading them all would cost a warm start several milliseconds.
    """
    stamps = []
    for part in _SOURCES:
        for path in sorted((_PACKAGE / part).rglob("*")):
            if path.suffix in (".py", ".j2", ".hpp", ".pyx"):
                status = path.stat()
                stamps.append(f"{path.relative_to(_PACKAGE)}:{status.st_size}:{status.st_mtime_ns}")
    return _hash(*stamps)
