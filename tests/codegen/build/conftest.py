"""A cache of its own for every test, and compilers that misbehave on request."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from annlab.codegen.build import cache, compiler


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the test an empty cache and an empty folder for temporary files."""
    folder, scratch = tmp_path / "cache", tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("ANNLAB_CACHE", str(folder))
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    for name in ("ANNLAB_CXX", "CXX", "ANNLAB_FORBID_COMPILATION", "ANNLAB_CACHE_MB"):
        monkeypatch.delenv(name, raising=False)
    _forget()
    yield folder
    _forget()


def _forget() -> None:
    compiler._find.cache_clear()
    if cache._session_folder.cache_info().currsize:
        shutil.rmtree(cache._session_folder(), ignore_errors=True)
    cache._session_folder.cache_clear()


@pytest.fixture
def real_compiler() -> str:
    """Return a compiler's path."""
    found = shutil.which("g++") or shutil.which("clang++")
    if found is None:
        pytest.skip("no g++ or clang++ on this machine")
    return found


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str, str], str]:
    """Return a function that writes an executable shell script and gives its path."""

    def write(name: str, text: str) -> str:
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return str(path)

    return write


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder on a disk of 64 kB."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size=64k,uid={os.getuid()},mode=700", "tmpfs", folder],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("mounting a small disk is not allowed here")
    yield folder
    subprocess.run(["umount", folder], check=True)
