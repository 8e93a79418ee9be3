"""Compiling: side by side, again after a murder, and nothing half-built left behind."""

from __future__ import annotations

import ctypes
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from annlab.codegen.build import build as building
from annlab.codegen.build import cache
from annlab.codegen.build.build import Build, Unit, build, compilation_forbidden
from annlab.errors import BuildError, CacheError

Script = Callable[[str, str], str]
FOUR = 'extern "C" int four() { return 4; }\n'
WRONG = (
    'extern "C" double step(double v) {\n'
    "    return v + tua;  // tau * dv/dt + v = I\n"
    "}\n"
)  # fmt: skip


def unit(key: str = "key", source: str = FOUR) -> Unit:
    return Unit(name="population 'pop0'", key=key, source=source)


def names(folder: Path) -> list[str]:
    return sorted(
        path.name for path in folder.iterdir() if not path.name.startswith(("compiler-", "."))
    )


def run(key: str) -> int:
    path = cache.code_file(key)
    assert path is not None
    return ctypes.CDLL(str(path)).four()


@pytest.mark.usefixtures("real_compiler")
def test_a_unit_becomes_a_library_in_the_cache(own_cache: Path, tmp_path: Path) -> None:
    build([unit()])
    assert run("key") == 4
    assert names(own_cache) == ["key.cpp", "key.so"]
    assert names(tmp_path / "scratch") == []


@pytest.mark.usefixtures("real_compiler")
def test_units_are_compiled_side_by_side(own_cache: Path) -> None:
    keys = [f"key{k}" for k in range(5)]
    build([unit(key) for key in keys])
    assert [run(key) for key in keys] == [4] * 5


@pytest.mark.usefixtures("real_compiler")
def test_what_is_there_is_not_compiled_again(own_cache: Path) -> None:
    build([unit()])
    with compilation_forbidden():
        build([unit()])
    assert run("key") == 4


@pytest.mark.usefixtures("real_compiler")
def test_damaged_code_is_compiled_again(own_cache: Path) -> None:
    build([unit()])
    (own_cache / "key.so").write_bytes(b"garbage")
    build([unit()])
    assert run("key") == 4


# ---- the debug switch ---------------------------------------------------------------------------


def test_a_compilation_can_be_forbidden() -> None:
    with compilation_forbidden(), pytest.raises(BuildError) as error:
        build([unit()])
    assert str(error.value) == (
        "population 'pop0' would have to be compiled, and ANNLAB_FORBID_COMPILATION is set\n"
        "  unset it to let annlab compile"
    )


@pytest.mark.usefixtures("real_compiler")
def test_what_was_forbidden_is_allowed_again(own_cache: Path) -> None:
    with compilation_forbidden(), compilation_forbidden():
        pass
    build([unit()])
    assert run("key") == 4


# ---- errors -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("real_compiler")
def test_a_failed_compilation_names_the_equation(own_cache: Path, tmp_path: Path) -> None:
    with pytest.raises(BuildError) as error:
        build([unit(source=WRONG)])
    text = str(error.value)
    assert text.startswith("population 'pop0' could not be compiled\n")
    assert "'tua' was not declared" in text or "undeclared identifier 'tua'" in text
    assert "  2 | return v + tua;\n  from the equation: tau * dv/dt + v = I\n" in text
    assert "command: /" in text
    assert f"the whole log is in {own_cache / 'failed.log'}" in text
    assert WRONG in (own_cache / "failed.log").read_text()
    assert names(own_cache) == ["failed.log"]
    assert names(tmp_path / "scratch") == []


@pytest.mark.usefixtures("own_cache", "real_compiler")
def test_flags_of_the_user_are_named_where_a_compilation_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "config" / "annlab").mkdir(parents=True)
    settings = tmp_path / "config" / "annlab" / "annlab.json"
    settings.write_text('{"openmp": {"flags": "-fno-such-thing"}}')
    with pytest.raises(BuildError, match=f"{settings}' adds -fno-such-thing: try without"):
        build([unit()])


@pytest.mark.usefixtures("real_compiler")
def test_after_a_failure_the_next_model_compiles(own_cache: Path) -> None:
    with pytest.raises(BuildError):
        build([unit("other"), unit("wrong", WRONG)])
    build([unit()])
    assert run("key") == 4


def test_a_scratch_folder_that_cannot_be_made_is_said(
    real_compiler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    building.find_compiler()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    with pytest.raises(CacheError) as error:
        build([unit()])
    assert str(error.value).startswith("cannot write the source to compile\n")
    assert "set TMPDIR to a folder on another disk" in str(error.value)


def test_a_disk_that_is_full_of_temporary_files_is_said(
    real_compiler: str, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "ANNLAB_CXX",
        _failing(
            script, real_compiler, 'echo "key.cpp: fatal error: No space left on device"; exit 1'
        ),
    )
    with pytest.raises(CacheError, match="the disk is full: population 'pop0' could not be"):
        build([unit()])


def test_a_compiler_killed_once_is_started_again(
    real_compiler: str, script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = tmp_path / "murdered"
    once = f'if [ ! -e {mark} ]; then touch {mark}; kill -9 $$; fi; exec {real_compiler} "$@"'
    monkeypatch.setenv("ANNLAB_CXX", _failing(script, real_compiler, once))
    build([unit()])
    assert mark.exists()
    assert run("key") == 4


def test_a_part_of_the_compiler_killed_once_is_started_again(
    real_compiler: str, script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = tmp_path / "murdered"
    words = "fatal error: Killed signal terminated program cc1plus"
    once = (
        f'if [ ! -e {mark} ]; then touch {mark}; echo "g++: {words}"; exit 1; fi; '
        f'exec {real_compiler} "$@"'
    )
    monkeypatch.setenv("ANNLAB_CXX", _failing(script, real_compiler, once))
    build([unit()])
    assert run("key") == 4


def test_a_compiler_that_is_killed_always_leaves_nothing_and_says_why(
    real_compiler: str,
    script: Script,
    own_cache: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ANNLAB_CXX", _failing(script, real_compiler, "kill -9 $$"))
    with pytest.raises(BuildError) as error:
        build([unit()])
    text = str(error.value)
    assert text.startswith(
        "the compiler was killed twice while it made population 'pop0' (signal 9)\n"
    )
    assert "there may be too little memory; nothing is lost, call compile() again" in text
    assert names(own_cache) == ["failed.log"]
    assert names(tmp_path / "scratch") == []


def test_an_interrupt_stops_the_compilers(
    real_compiler: str,
    script: Script,
    own_cache: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ANNLAB_CXX", _failing(script, real_compiler, "sleep 60; exit 1"))
    interrupted = Build()
    with pytest.raises(KeyboardInterrupt):
        _interrupt(interrupted)
    assert interrupted._running[0]._running[0].poll() == -9
    assert names(own_cache) == []
    assert names(tmp_path / "scratch") == []


def _interrupt(work: Build) -> None:
    with work:
        work.start(unit())
        raise KeyboardInterrupt


def _failing(script: Script, real_compiler: str, behaviour: str) -> str:
    """Return a compiler that answers questions and misbehaves when it makes a kernel."""
    return script(
        "c++", f'case "$*" in *key.cpp*) {behaviour};; *) exec {real_compiler} "$@";; esac'
    )


# ---- other processes ----------------------------------------------------------------------------


_PROGRAM = f"""
from annlab.codegen.build.build import Unit, build
build([Unit(name="a kernel", key="key", source={FOUR!r})])
"""


def test_two_processes_may_compile_the_same_kernel_at_once(
    real_compiler: str,
    script: Script,
    own_cache: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Each waits until both compile.
    meet = (
        f"touch {tmp_path}/here.$$; "
        f"while [ $(ls {tmp_path}/here.* | wc -l) -lt 2 ]; do sleep 0.01; done; "
        f'exec {real_compiler} "$@"'
    )
    monkeypatch.setenv("ANNLAB_CXX", _failing(script, real_compiler, meet))
    both = [subprocess.Popen([sys.executable, "-c", _PROGRAM]) for _ in range(2)]
    assert [process.wait(timeout=60) for process in both] == [0, 0]
    assert run("key") == 4
    assert names(own_cache) == ["key.cpp", "key.so"]


def test_a_killed_process_is_no_hindrance_to_the_next(
    real_compiler: str,
    script: Script,
    own_cache: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mark = tmp_path / "compiling"
    slow = f'if [ ! -e {mark} ]; then touch {mark}; sleep 5; fi; exec {real_compiler} "$@"'
    monkeypatch.setenv("ANNLAB_CXX", _failing(script, real_compiler, slow))
    first = subprocess.Popen([sys.executable, "-c", _PROGRAM])
    while not mark.exists() and first.poll() is None:
        time.sleep(0.01)
    first.kill()
    first.wait()
    assert names(own_cache) == []
    build([unit()])
    assert run("key") == 4
