"""Which compiler is taken, what is asked of it, and what is said where there is none."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest

from annlab.codegen.build import compiler
from annlab.codegen.build.build import Unit, build
from annlab.codegen.build.cache import code_file
from annlab.codegen.build.compiler import find_compiler
from annlab.errors import NoCompilerError

Script = Callable[[str, str], str]


@pytest.fixture
def no_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a machine without any compiler."""
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.setattr(compiler, "_zig", lambda: None)


@pytest.mark.usefixtures("no_compiler")
def test_without_a_compiler_the_error_says_what_to_install() -> None:
    with pytest.raises(NoCompilerError) as error:
        find_compiler()
    assert str(error.value) == (
        "no C++ compiler works on this machine\n"
        "  looked for: g++, clang++, c++, the Python package ziglang\n"
        "  install one (Debian: apt install g++; macOS: xcode-select --install; anywhere: "
        'pip install ziglang), or run without one: Network(backend="reference")'
    )


def test_annlab_cxx_comes_first(
    real_compiler: str, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = script("mine", f'exec {real_compiler} "$@"')
    other = script("other", f'exec {real_compiler} "$@"')
    monkeypatch.setenv("ANNLAB_CXX", mine)
    monkeypatch.setenv("CXX", other)
    assert find_compiler().command == (mine,)


def test_cxx_comes_before_what_is_on_the_path(
    real_compiler: str, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = script("other", f'exec {real_compiler} "$@"')
    monkeypatch.setenv("CXX", f"{other} -DUSER_OPTION")
    assert find_compiler().command == (other, "-DUSER_OPTION")


def test_cxx_that_does_not_work_is_passed_over(
    real_compiler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXX", "/nowhere/c++")
    assert find_compiler().command[0] != "/nowhere/c++"


def test_annlab_cxx_that_does_not_work_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANNLAB_CXX", "/nowhere/c++")
    with pytest.raises(NoCompilerError) as error:
        find_compiler()
    assert (
        "the compiler '/nowhere/c++' that the environment variable ANNLAB_CXX names does not"
        in (str(error.value))
    )
    assert "No such file or directory" in str(error.value)
    assert "correct the environment variable ANNLAB_CXX, or take it away" in str(error.value)


def test_a_compiler_of_c_plus_plus_17_is_named_with_its_own_words(
    script: Script, no_compiler: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = script(
        "old", 'case "$*" in *--version*) echo "old 4";; *) echo "no c++20 here" >&2; exit 1;; esac'
    )
    monkeypatch.setenv("CXX", old)
    with pytest.raises(NoCompilerError, match=f"{old}: no c\\+\\+20 here"):
        find_compiler()


def test_what_a_compiler_can_do_is_asked_once_for_all_processes(
    real_compiler: str, script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "calls"
    monkeypatch.setenv(
        "ANNLAB_CXX", script("logged", f'echo x >> {log}; exec {real_compiler} "$@"')
    )
    first = find_compiler()
    n_calls = len(log.read_text())
    compiler._find.cache_clear()  # as in another process
    assert find_compiler() == first
    assert len(log.read_text()) == n_calls


def test_a_new_compiler_in_the_same_place_is_asked_again(
    real_compiler: str, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANNLAB_CXX", script("mine", f'exec {real_compiler} "$@"'))
    before = find_compiler()
    version = 'case "$*" in *--version*) echo "g++ 99";; *)'
    script("mine", f'{version} exec {real_compiler} "$@";; esac')
    compiler._find.cache_clear()
    after = find_compiler()
    assert after.version == "g++ 99"
    assert after.identity() != before.identity()


def test_a_compiler_without_openmp_and_some_flags_is_used_without_them(
    real_compiler: str, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = "*-mprefer-vector-width*|*-fopenmp\\ *|*-fopenmp|*-lmvec*"
    monkeypatch.setenv(
        "ANNLAB_CXX",
        script(
            "poor",
            f'case "$*" in {refused}) echo "unknown option" >&2; exit 1;; '
            f'*) exec {real_compiler} "$@";; esac',
        ),
    )
    found = find_compiler()
    assert not found.has_openmp
    assert "-mprefer-vector-width=512" not in found.flags
    assert "-march=native" in found.flags
    assert found.libraries == ("-lm",)


def test_clang_is_not_asked_for_the_vector_library_of_gnu(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "ANNLAB_CXX",
        script("clang", 'case "$*" in *--version*) echo "clang version 22";; esac'),
    )
    found = find_compiler()
    assert found.libraries == ("-lm",)
    assert found.link_flags == ("-nostdlib++",)


def test_ziglang_compiles_kernels(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if importlib.util.find_spec("ziglang") is None:
        pytest.skip("the package ziglang is not installed (pip install ziglang)")
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert find_compiler().command[1] == "c++"
    build([Unit(name="a kernel", key="k", source='#include "kernel.hpp"\n')])
    assert code_file("k") is not None
