"""Say, step by step, what annlab can use on this machine, and how to mend the rest.

Takes nothing; returns a `Report` of one `Check` per step, which prints as text
and shows as a table in a notebook. It tries things rather than look for them: it
compiles and runs small programs and imports the libraries. It changes
nothing on the machine but a probe file that it removes again, and it raises
nothing: a step that fails is a line of the report, with the original error.

Not called ``doctor``: a module of that name would hide the function ``annlab.doctor``.
"""

from __future__ import annotations

import ctypes
import enum
import html
import importlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from annlab._version import __version__
from annlab.calls import public
from annlab.codegen.build.cache import VARIABLE, cache_folder, preferred_folder, shared_folder, size
from annlab.codegen.build.compiler import OPENMP_FLAG, Compiler, find_compiler
from annlab.errors import AnnlabError, NoCompilerError
from annlab.limits import n_cores

__all__ = ["Check", "Report", "State", "doctor"]

COMPILE_LIMIT_S = 120
"""A first use of a compiler from PyPI builds its own libraries."""

ENOUGH_SPACE_MB = 200
"""Room for some hundreds of compiled models."""


class State(enum.StrEnum):
    """What a step found."""

    OK = "ok"
    MISSING = "missing"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One step: what was looked for, what was found, and how to mend it.

    Parameters
    ----------
    is_needed
        Whether annlab's native back end cannot do without it.
    """

    name: str
    state: State
    detail: str = ""
    error: str = ""
    mend: str = ""
    is_needed: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Report:
    """All steps, in the order in which a model meets them."""

    checks: tuple[Check, ...]

    @property
    def is_healthy(self) -> bool:
        """Whether everything that the native back end needs was found."""
        return all(check.state is State.OK for check in self.checks if check.is_needed)

    def __getitem__(self, name: str) -> Check:
        """Return the step of that name."""
        return next(check for check in self.checks if check.name == name)

    def __repr__(self) -> str:
        width = max(len(check.name) for check in self.checks)
        lines = [self._title()]
        for check in self.checks:
            lines.append(f"  {check.state:<8} {check.name:<{width}}  {check.detail}".rstrip())
            lines += [f"{' ' * 11}{line}" for line in check.error.splitlines()]
            lines += [f"{' ' * 11}-> {check.mend}"] if check.mend else []
        lines.append(self._verdict())
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = "".join(_html_row(check) for check in self.checks)
        return (
            f"<p><b>{html.escape(self._title())}</b></p>"
            f"<table><tbody>{rows}</tbody></table><p>{html.escape(self._verdict())}</p>"
        )

    def _title(self) -> str:
        there, allowed = os.cpu_count() or 1, n_cores()
        cores = f"{there} core{'s' if there > 1 else ''}"
        if allowed < there:
            cores = f"{allowed} of {cores}"
        return f"annlab {__version__} on {platform.system()} {platform.machine()}, {cores}"

    def _verdict(self) -> str:
        if self.is_healthy:
            return "Everything that simulations on the CPU need is there."
        return (
            "The native back end cannot be used yet; "
            'Network(backend="reference") runs in any case, slowly.'
        )


@public
def doctor() -> Report:
    """Try every step from Python to the GPU and report what works.

    Takes a few seconds, blocks, and may be called from any thread.

    Examples
    --------
    >>> import annlab
    >>> report = annlab.doctor()
    >>> report["Python"].state
    <State.OK: 'ok'>
    """
    steps: tuple[Callable[[], Iterator[Check]], ...] = (
        _python,
        _core_packages,
        _compiler,
        _cache,
        _notebook_packages,
        _gpu,
    )
    return Report(tuple(check for step in steps for check in step()))


def _html_row(check: Check) -> str:
    colour = {State.OK: "green", State.MISSING: "darkorange", State.BROKEN: "crimson"}[check.state]
    notes = [html.escape(check.detail)] if check.detail else []
    notes += [f"<pre>{html.escape(check.error)}</pre>"] if check.error else []
    notes += [f"&rarr; {html.escape(check.mend)}"] if check.mend else []
    return (
        f'<tr><td style="color:{colour}"><b>{check.state}</b></td>'
        f'<td style="text-align:left">{html.escape(check.name)}</td>'
        f'<td style="text-align:left">{"<br>".join(notes)}</td></tr>'
    )


# -- Python and the packages --------------------------------------------------


def _python() -> Iterator[Check]:
    yield Check(
        name="Python",
        state=State.OK,
        detail=f"{platform.python_version()}, {sys.executable}",
        is_needed=True,
    )
    header = Path(sysconfig.get_path("include"), "Python.h")
    has_header = header.exists()
    yield Check(
        name="Python headers",
        state=State.OK if has_header else State.MISSING,
        detail=str(header.parent) if has_header else f"no {header}; ctypes binds the native loop",
        mend="" if has_header else "not needed; on Debian and Ubuntu: apt-get install python3-dev",
    )


def _core_packages() -> Iterator[Check]:
    for name, module in (("NumPy", "numpy"), ("SymPy", "sympy"), ("Jinja2", "jinja2")):
        yield _package(name, module, mend=f"pip install {module}", is_needed=True)
    yield _package("Cython", "Cython", mend="pip install cython", is_needed=True)


def _notebook_packages() -> Iterator[Check]:
    for name, module in (
        ("JupyterLab", "jupyterlab"),
        ("ipykernel", "ipykernel"),
        ("ipywidgets", "ipywidgets"),
        ("Bokeh", "bokeh"),
        ("jupyter_bokeh", "jupyter_bokeh"),
        ("anywidget", "anywidget"),
        ("Matplotlib", "matplotlib"),
    ):
        yield _package(name, module, mend=f"pip install {module}")


def _package(name: str, module: str, *, mend: str, is_needed: bool = False) -> Check:
    """Import a library and report its version or its own error."""
    try:
        if module not in sys.modules and importlib.util.find_spec(module) is None:
            return Check(name=name, state=State.MISSING, mend=mend, is_needed=is_needed)
        version = str(getattr(importlib.import_module(module), "__version__", "installed"))
    except Exception as error:  # noqa: BLE001 - a broken library may raise anything
        return Check(
            name=name,
            state=State.BROKEN,
            error=_told(error),
            mend=f"{mend} --force-reinstall",
            is_needed=is_needed,
        )
    return Check(name=name, state=State.OK, detail=version, is_needed=is_needed)


# -- The compiler -------------------------------------------------------------

_CPLUSPLUS = """\
extern "C" int answer() { return 42; }
"""

_OPENMP = """\
#include <omp.h>
extern "C" int answer() {
    int n_threads = 0;
    #pragma omp parallel num_threads(2) reduction(+ : n_threads)
    n_threads += 1;
    return n_threads;
}
"""

# The declaration is what lets a loop call the vector form of exp without giving
# up the meaning of NaN.
_VECTOR_EXP = """\
extern "C" __attribute__((simd("notinbranch"), const)) double exp(double) noexcept;
extern "C" int answer() {
    alignas(64) static double x[512];
    for (int i = 0; i < 512; ++i) x[i] = exp(x[i]);
    return x[511] == 1.0;
}
"""

_MANGLED_VECTOR_NAME = b"_ZGV"
"""How the names of the vector maths library begin (x86-64 and AArch64 vector ABI)."""


def _compiler() -> Iterator[Check]:
    try:
        compiler = find_compiler()
    except NoCompilerError as error:
        yield Check(
            name="C++ compiler",
            state=State.MISSING,
            error=_told(error),
            is_needed=True,
        )
        return
    yield _cplusplus(compiler)
    yield _openmp(compiler)
    yield _vector_maths(compiler)


def _cplusplus(compiler: Compiler) -> Check:
    detail = f"{' '.join(compiler.command)}, {compiler.version}"
    try:
        _run_probe(compiler, _CPLUSPLUS)
    except _ProbeError as error:
        return Check(
            name="C++ compiler",
            state=State.BROKEN,
            detail=detail,
            error=str(error),
            mend="set ANNLAB_CXX to another compiler, or reinstall this one: apt-get install "
            "--reinstall g++",
            is_needed=True,
        )
    return Check(name="C++ compiler", state=State.OK, detail=detail, is_needed=True)


def _openmp(compiler: Compiler) -> Check:
    mend = "for g++: apt-get install libgomp1; for clang: apt-get install libomp-dev"
    if not compiler.has_openmp:
        return Check(
            name="OpenMP", state=State.MISSING, detail="annlab runs on one thread", mend=mend
        )
    try:
        n_threads, _ = _run_probe(compiler, _OPENMP, OPENMP_FLAG)
    except _ProbeError as error:
        return Check(
            name="OpenMP",
            state=State.BROKEN,
            detail="annlab runs on one thread",
            error=str(error),
            mend=mend,
        )
    if n_threads < 2:
        return Check(
            name="OpenMP",
            state=State.BROKEN,
            detail="a team of two threads was asked for and one came",
            mend="unset OMP_THREAD_LIMIT",
        )
    return Check(name="OpenMP", state=State.OK, detail="a team of two threads ran")


def _vector_maths(compiler: Compiler) -> Check:
    try:
        _, binary = _run_probe(compiler, _VECTOR_EXP, "-lmvec", "-lm")
    except _ProbeError as error:
        return Check(
            name="Vector maths",
            state=State.MISSING,
            detail="exp, log, sin are computed one at a time; all else works",
            error=str(error).splitlines()[0],
            mend="g++ with the GNU C library computes several at once: apt-get install g++",
        )
    if _MANGLED_VECTOR_NAME not in binary:
        return Check(
            name="Vector maths",
            state=State.MISSING,
            detail="the compiler left exp scalar; all else works",
        )
    return Check(name="Vector maths", state=State.OK, detail="exp is vectorised")


class _ProbeError(Exception):
    """A probe did not compile, load or answer; the text is the original error."""


def _run_probe(compiler: Compiler, source: str, *options: str) -> tuple[int, bytes]:
    """Compile a program with annlab's flags, call its ``answer`` and return that and the binary."""
    with tempfile.TemporaryDirectory(prefix="annlab-doctor-") as folder:
        text, library = Path(folder, "probe.cpp"), Path(folder, "probe.so")
        text.write_text(source)
        command = [
            *compiler.command,
            *compiler.flags,
            "-shared",
            "-fPIC",
            str(text),
            "-o",
            str(library),
            *options,
        ]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=COMPILE_LIMIT_S, check=False
            )
            if done.returncode != 0:
                raise _ProbeError(done.stderr.strip() or f"exit status {done.returncode}")
            return ctypes.CDLL(str(library)).answer(), library.read_bytes()
        except (OSError, subprocess.TimeoutExpired) as error:
            raise _ProbeError(_told(error)) from error


# -- The cache ----------------------------------------------------------------


def _cache() -> Iterator[Check]:
    name = "Cache folder"
    mend = f"set {VARIABLE} to a folder that you may write to"
    try:
        folder = cache_folder()
        _try_to_write(folder)
    except (AnnlabError, OSError) as error:
        yield Check(name=name, state=State.BROKEN, error=_told(error), mend=mend, is_needed=True)
        return
    n_files, n_bytes = size()
    free_mb = shutil.disk_usage(folder).free / 1e6
    detail = f"{folder}, {n_files} files, {n_bytes / 1e6:.1f} MB, {free_mb / 1e3:.1f} GB free"
    if free_mb < ENOUGH_SPACE_MB:
        yield Check(
            name=name,
            state=State.BROKEN,
            detail=detail,
            error=f"less than {ENOUGH_SPACE_MB} MB are free",
            mend=f"annlab cache clean, or {mend}",
            is_needed=True,
        )
    elif shared := shared_folder():
        detail = f"{shared} for what all use; models of your own in {detail}"
        yield Check(name=name, state=State.OK, detail=detail, is_needed=True)
    elif folder != preferred_folder():
        yield Check(
            name=name,
            state=State.BROKEN,
            detail=f"models are kept in {folder} instead, until it is emptied",
            error=_why_not(preferred_folder()),
            mend=mend,
        )
    else:
        yield Check(name=name, state=State.OK, detail=detail, is_needed=True)


def _why_not(folder: Path) -> str:
    """Return the error that keeps `folder` from being used."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _try_to_write(folder)
    except OSError as error:
        return _told(error)
    return f"{folder} belongs to another user"


def _try_to_write(folder: Path) -> None:
    with tempfile.TemporaryFile(dir=folder) as probe:
        probe.write(b"annlab")


# -- The GPU ------------------------------------------------------------------


def _gpu() -> Iterator[Check]:
    yield _driver()
    cupy = _package(
        "CuPy",
        "cupy",
        mend="only for a GPU: pip install cupy-cuda12x, or cupy-cuda13x for CUDA 13",
    )
    yield cupy
    if cupy.state is State.OK:
        yield _device()


def _driver() -> Check:
    name = "GPU driver"
    query = ["nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, timeout=30, check=False)
    except FileNotFoundError:
        return Check(
            name=name,
            state=State.MISSING,
            detail="no nvidia-smi; annlab runs on the CPU",
            mend="only for a GPU: install NVIDIA's driver",
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Check(name=name, state=State.BROKEN, error=_told(error))
    if done.returncode != 0:
        told = (done.stderr or done.stdout).strip()
        return Check(name=name, state=State.BROKEN, error=told, mend="reinstall NVIDIA's driver")
    return Check(name=name, state=State.OK, detail=done.stdout.strip().replace("\n", "; "))


def _device() -> Check:
    try:
        cupy = importlib.import_module("cupy")
        total = int(cupy.arange(10).sum())
    except Exception as error:  # noqa: BLE001 - CuPy's errors have no common base
        return Check(
            name="GPU",
            state=State.BROKEN,
            error=_told(error),
            mend="CuPy must be built for the driver's CUDA: cupy-cuda12x or cupy-cuda13x",
        )
    return Check(name="GPU", state=State.OK, detail=f"a sum on the device gave {total}")


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
