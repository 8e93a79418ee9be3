"""The doctor says what works, what does not, the original error and the cure."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import annlab
from annlab._version import __version__
from annlab.diagnosis import Check, Report, State, _cache


def run_annlab(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the console command in a fresh process, where no compiler was found before."""
    return subprocess.run(
        [sys.executable, "-m", "annlab", *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def step(output: str, name: str) -> str:
    """Return the lines of one step of a printed report."""
    lines = output.splitlines()
    start = next(i for i, line in enumerate(lines) if f" {name} " in f"{line} ")
    end = next(i for i in range(start + 1, len(lines)) if not lines[i].startswith(" " * 11))
    return "\n".join(lines[start:end])


@pytest.fixture
def folder_of_a_compiler_that_fails(tmp_path: Path) -> Path:
    script = tmp_path / "g++"
    script.write_text(
        "#!/bin/sh\n"
        'case "$*" in *version*) echo "g++ (fake) 99.0"; exit 0;; esac\n'
        "echo 'fatal error: disk on fire' >&2; exit 1\n"
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return tmp_path


def test_doctor_finds_this_machine_healthy(tmp_path: Path) -> None:
    done = run_annlab("doctor", ANNLAB_CACHE=str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(f"annlab {__version__} on ")
    assert "Everything that simulations on the CPU need is there." in done.stdout


@pytest.mark.parametrize(
    "name",
    ["Python", "Python headers", "NumPy", "SymPy", "Jinja2", "Cython", "C++ compiler"]
    + ["Cache folder", "JupyterLab", "ipywidgets", "Bokeh", "jupyter_bokeh", "anywidget"],
)
def test_every_step_is_ok_here(name: str, report: Report) -> None:
    assert report[name].state is State.OK


def test_a_missing_gpu_is_no_illness(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    check = annlab.doctor()["GPU driver"]
    assert check.state is State.MISSING
    assert not check.is_needed
    assert check.detail == "no nvidia-smi; annlab runs on the CPU"


def test_a_missing_compiler_names_the_package_to_install(tmp_path: Path) -> None:
    done = run_annlab(
        "doctor", PATH=str(tmp_path), CXX="", ANNLAB_CXX="", ANNLAB_CACHE=str(tmp_path)
    )
    told = step(done.stdout, "C++ compiler")
    assert done.returncode == 1
    assert told.startswith("  missing")
    assert "NoCompilerError: no C++ compiler works on this machine" in told
    assert "apt install g++" in told
    assert "pip install ziglang" in told
    assert 'Network(backend="reference") runs in any case, slowly.' in done.stdout


def test_a_compiler_that_fails_shows_its_own_words(folder_of_a_compiler_that_fails: Path) -> None:
    folder = folder_of_a_compiler_that_fails
    done = run_annlab(
        "doctor",
        PATH=str(folder),
        CXX="",
        ANNLAB_CXX="",
        ANNLAB_CACHE=str(folder / "cache"),
    )
    told = step(done.stdout, "C++ compiler")
    assert done.returncode == 1
    assert told.startswith("  missing")
    assert f"{folder / 'g++'}: fatal error: disk on fire" in told


@pytest.mark.parametrize("folder", ["/proc/annlab", "{file}/annlab"], ids=["read-only", "a file"])
def test_a_cache_that_cannot_be_written_says_why_and_what_to_set(
    folder: str, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.touch()
    folder = folder.format(file=file)
    done = run_annlab("doctor", ANNLAB_CACHE=folder, XDG_CACHE_HOME=folder, TMPDIR=str(tmp_path))
    told = step(done.stdout, "Cache folder")
    assert done.returncode == 0
    assert told.startswith("  broken")
    assert f"models are kept in {tmp_path}/annlab-{os.getuid()} instead" in told
    assert "Error: [Errno " in told
    assert f"'{folder}'" in told
    assert "set ANNLAB_CACHE to a folder that you may write to" in told


def test_a_cache_that_root_keeps_for_all_is_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared, may = tmp_path / "shared", os.access
    shared.mkdir()
    monkeypatch.setenv("ANNLAB_CACHE", str(shared))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(
        os, "access", lambda path, mode: may(path, mode) and (path != shared or not mode & os.W_OK)
    )
    [check] = _cache()
    assert check.state is State.OK
    assert check.detail.startswith(f"{shared} for what all use; models of your own in {tmp_path}")


def test_no_cache_at_all_is_an_illness(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    # The fallback's name is taken by a file.
    (tmp_path / f"annlab-{os.getuid()}").touch()
    nowhere = f"{file}/annlab"
    done = run_annlab("doctor", ANNLAB_CACHE=nowhere, XDG_CACHE_HOME=nowhere, TMPDIR=str(tmp_path))
    told = step(done.stdout, "Cache folder")
    assert done.returncode == 1
    assert "CacheError: there is no folder to keep compiled kernels in" in told


def test_a_broken_library_shows_its_own_error(tmp_path: Path) -> None:
    (tmp_path / "bokeh.py").write_text("raise RuntimeError('half installed')")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    done = run_annlab("doctor", PYTHONPATH=path, ANNLAB_CACHE=str(tmp_path))
    told = step(done.stdout, "Bokeh")
    assert done.returncode == 0
    assert told.startswith("  broken")
    assert "RuntimeError: half installed" in told
    assert "pip install bokeh --force-reinstall" in told


def test_report_shows_as_a_table_and_escapes_what_it_quotes() -> None:
    report = Report(
        (Check(name="OpenMP", state=State.BROKEN, error="<omp.h> not found", mend="install it"),)
    )
    table = report._repr_html_()
    assert "<td" in table
    assert "<pre>&lt;omp.h&gt; not found</pre>" in table
    assert "&rarr; install it" in table


def test_only_what_is_needed_makes_a_report_unhealthy() -> None:
    missing = Check(name="x", state=State.MISSING)
    needed = Check(name="y", state=State.MISSING, is_needed=True)
    assert Report((missing,)).is_healthy
    assert not Report((missing, needed)).is_healthy


def test_version_is_printed() -> None:
    assert run_annlab("--version").stdout == f"annlab {__version__}\n"


KERNEL = f"population-{7:024x}.so"


def test_cache_shows_its_size(tmp_path: Path) -> None:
    (tmp_path / KERNEL).write_bytes(bytes(1_500_000))
    done = run_annlab("cache", ANNLAB_CACHE=str(tmp_path))
    assert done.stdout == f"{tmp_path}: 1 files, 1.5 MB\n"


def test_cleaning_the_cache_leaves_what_is_not_of_annlab(tmp_path: Path) -> None:
    (tmp_path / KERNEL).touch()
    (tmp_path / "failed.log").touch()
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "data.json").touch()
    (tmp_path / "results.json").touch()
    done = run_annlab("cache", "clean", ANNLAB_CACHE=str(tmp_path))
    assert done.returncode == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["results.json", "thesis"]
    assert (tmp_path / "thesis" / "data.json").exists()


def test_a_wrong_command_is_refused() -> None:
    done = run_annlab("doktor")
    assert done.returncode == 2
    assert "invalid choice: 'doktor'" in done.stderr


@pytest.fixture(scope="module")
def report() -> Report:
    return annlab.doctor()
