"""What a user sees of the build layer: each test starts the same script in a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

SCRIPT = """
import os
import sys
import annlab as ann
from annlab.errors import BuildError

LIF = ann.Neuron(
    parameters="tau = 10.0; I = 20.0",
    equations="tau * dv/dt + v = g_exc + I",
    spike="v > 15.0",
    reset="v = 0.0",
)

def run(backend):
    net = ann.Network(dt=1.0, seed=1, backend=backend)
    pop = net.create(20, LIF, name="pop")
    pop.v = ann.Uniform(0.0, 15.0)
    net.connect(pop, pop, "exc").all_to_all(0.1)
    net.compile()
    net.simulate(50.0)
    return round(float(pop.v.sum()), 6)

"""
Run = Callable[..., subprocess.CompletedProcess]


@pytest.fixture
def run(own_cache: Path) -> Run:
    """Return a function that runs statements after SCRIPT in a new process."""

    def start(statements: str, **environment: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-c", SCRIPT + statements],
            env={**os.environ, "ANNLAB_CACHE": str(own_cache), **environment},
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    return start


@pytest.fixture(scope="session")
def a_used_cache(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return a cache in which the script has run, and what it printed."""
    if shutil.which("g++") is None and shutil.which("clang++") is None:
        pytest.skip("no g++ or clang++ on this machine")
    folder = tmp_path_factory.mktemp("used")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT + "print(run('cpu'))"],
        env={**os.environ, "ANNLAB_CACHE": str(folder)},
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return folder, done.stdout


@pytest.fixture
def expected(a_used_cache: tuple[Path, str], own_cache: Path) -> str:
    """Fill the cache of this test; return what the script prints."""
    shutil.copytree(a_used_cache[0], own_cache)
    return a_used_cache[1]


def test_without_a_compiler_the_reference_runs_and_the_cpu_says_what_to_install(
    run: Run, tmp_path: Path
) -> None:
    done = run(
        "print(run('reference'))\n"
        "try:\n"
        "    run('cpu')\n"
        "except BuildError as error:\n"
        "    print(type(error).__name__, error)\n",
        PATH=str(tmp_path / "nothing"),
        PYTHONPATH=str(_without_ziglang(tmp_path)),
    )
    lines = done.stdout.splitlines()
    assert float(lines[0]) > 0
    assert lines[1] == "NoCompilerError no C++ compiler works on this machine"
    assert "apt install g++" in lines[3]
    assert "pip install ziglang" in lines[3]
    assert 'Network(backend="reference")' in lines[3]


def _without_ziglang(tmp_path: Path) -> Path:
    """Hide the package, should it be installed."""
    folder = tmp_path / "hidden"
    folder.mkdir()
    (folder / "ziglang.py").write_text("")
    return folder


def test_a_second_process_compiles_nothing(run: Run, expected: str) -> None:
    assert run("print(run('cpu'))", ANNLAB_FORBID_COMPILATION="1").stdout == expected


def test_a_warm_start_imports_neither_symbolic_nor_template_nor_notebook_libraries(
    run: Run, expected: str
) -> None:
    heavy = {"Cython", "IPython", "bokeh", "ipywidgets", "jinja2", "matplotlib", "scipy", "sympy"}
    done = run(f"run('cpu'); print(sorted(set(sys.modules) & {heavy!r}))")
    assert done.stdout == "[]\n", done.stderr


def test_a_cache_that_may_hold_nothing_is_enough_to_run(
    run: Run, expected: str, own_cache: Path
) -> None:
    (own_cache / ".pruned").unlink()
    # A neuron that is not in it has to be compiled, which is when the cache is made smaller.
    done = run("LIF.spike = 'v > 14.0'\nprint(run('cpu') > 0.0)", ANNLAB_CACHE_MB="0")
    assert done.stdout == "True\n", done.stderr


@pytest.mark.parametrize("pattern", ["population-code-*.so", "projection-code-*.so", "engine-*.so"])
@pytest.mark.parametrize("content", [b"", b"\x7fELF and then garbage"])
def test_damaged_code_is_made_again(
    run: Run, expected: str, own_cache: Path, pattern: str, content: bytes
) -> None:
    (damaged,) = own_cache.glob(pattern)
    damaged.write_bytes(content)
    done = run("print(run('cpu'))")
    assert done.stdout == expected, done.stderr
    assert len(damaged.read_bytes()) > 1000


def test_code_cut_short_is_made_again(run: Run, expected: str, own_cache: Path) -> None:
    for path in own_cache.glob("*.so"):
        os.truncate(path, path.stat().st_size // 2)
    done = run("print(run('cpu'))")
    assert done.stdout == expected, done.stderr


def test_damaged_manifests_are_made_again_without_a_compiler(
    run: Run, expected: str, own_cache: Path
) -> None:
    for path in own_cache.glob("p*.json"):
        path.write_text("{ not json")
    done = run("print(run('cpu'))", ANNLAB_FORBID_COMPILATION="1")
    assert done.stdout == expected, done.stderr


def test_a_full_cache_is_said_and_the_network_runs(
    run: Run, expected: str, tiny_disk: Path
) -> None:
    done = run("print(run('cpu'))", ANNLAB_CACHE=str(tiny_disk))
    assert done.stdout == expected, done.stderr
    assert "No space left on device" in done.stderr
    assert "compiled models are kept for this session only" in done.stderr
    assert not list(tiny_disk.glob(".*.*"))


def test_a_read_only_cache_is_used(run: Run, expected: str, own_cache: Path) -> None:
    bound = ["mount", "--bind", "-o", "ro", str(own_cache), str(own_cache)]
    if subprocess.run(bound, capture_output=True, check=False).returncode:
        pytest.skip("mounting a folder read-only is not allowed here")
    try:
        done = run("print(run('cpu'))", ANNLAB_FORBID_COMPILATION="1")
    finally:
        subprocess.run(["umount", str(own_cache)], check=True)
    assert done.stdout == expected, done.stderr


def test_a_read_only_cache_without_the_model_is_replaced(
    run: Run, expected: str, own_cache: Path, tmp_path: Path
) -> None:
    for path in own_cache.iterdir():
        path.unlink()
    bound = ["mount", "--bind", "-o", "ro", str(own_cache), str(own_cache)]
    if subprocess.run(bound, capture_output=True, check=False).returncode:
        pytest.skip("mounting a folder read-only is not allowed here")
    try:
        done = run("print(run('cpu'))")
    finally:
        subprocess.run(["umount", str(own_cache)], check=True)
    assert done.stdout == expected, done.stderr
    assert list((tmp_path / "home" / ".cache" / "annlab").glob("engine-*.so"))


def test_two_processes_may_compile_the_same_network_at_once(
    expected: str, tmp_path: Path, own_cache: Path
) -> None:
    shutil.rmtree(own_cache)
    both = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT + "print(run('cpu'))"], stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    assert [process.communicate(timeout=120)[0] for process in both] == [expected] * 2
    assert not list(own_cache.glob(".*.*"))


def test_a_failed_compilation_leaves_a_network_that_compiles_later(
    run: Run, expected: str, own_cache: Path, tmp_path: Path
) -> None:
    for path in own_cache.glob("population-*"):
        path.unlink()
    compiler = shutil.which("g++") or shutil.which("clang++")
    broken = tmp_path / "c++"
    broken.write_text(
        f'#!/bin/sh\ncase "$*" in *population*) kill -9 $$;; *) exec {compiler} "$@";; esac\n'
    )
    broken.chmod(0o755)
    done = run(
        "net = ann.Network(dt=1.0, seed=1, backend='cpu')\n"
        "pop = net.create(20, LIF, name='pop')\n"
        "pop.v = 3.0\n"
        "try:\n"
        "    net.compile()\n"
        "except BuildError as error:\n"
        "    print(str(error).splitlines()[0])\n"
        "del os.environ['ANNLAB_CXX']\n"
        "net.compile()\n"
        "net.simulate(1.0)\n"
        "print(float(pop.v[0]))",
        ANNLAB_CXX=str(broken),
    )
    assert done.stdout.splitlines() == [
        "the compiler was killed twice while it made population 'pop' (signal 9)",
        "4.7",
    ], done.stderr
