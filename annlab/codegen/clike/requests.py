"""What asks for a kernel: a key that says all its source depends on, and how to render it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_PACKAGE = Path(__file__).parents[2]
_GENERATOR = ("ir/**/*", "codegen/lowering/**/*", "codegen/clike/**/*", "codegen/*")


@dataclass(frozen=True, slots=True)
class Request:
    """A kernel that somebody needs: its key, and how to make its source if it is not there."""

    key: str
    name: str
    render: Callable[[], tuple[str, dict]]


def hashed(*parts: str) -> str:
    """Return a short digest of some texts."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


@lru_cache
def fingerprint(backend: str) -> str:
    """Return a text that changes whenever the code generator of a back end does.

    Sizes and times of its files: reading them all would cost a warm start several milliseconds.
    """
    stamps = []
    for pattern in (*_GENERATOR, f"codegen/{backend}/**/*"):
        for path in sorted(_PACKAGE.glob(pattern)):
            if path.suffix in (".py", ".j2", ".hpp", ".cuh", ".cu"):
                status = path.stat()
                stamps.append(f"{path.relative_to(_PACKAGE)}:{status.st_size}:{status.st_mtime_ns}")
    return hashed(*stamps)
