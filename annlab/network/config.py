"""Options: their names, defaults and checks; `setup()` for those of later networks.

A `Config` is one network's set of options. `setup()` changes the defaults that
every later network copies, and those of the global network. The defaults themselves come
from the environment variables ANNLAB_BACKEND, ANNLAB_NUM_THREADS and ANNLAB_DTYPE, which is how
a test suite runs on another back end, and from the flags behind a script's name.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from annlab.calls import warn
from annlab.errors import (
    AnnlabError,
    AnnlabWarning,
    ArgumentError,
    ArgumentTypeError,
    ConfigurationError,
    nearest,
)
from annlab.ir.model import Method
from annlab.network.checks import read_number
from annlab.network.command_line import options_of_script
from annlab.runtime import backends

log = logging.getLogger("annlab")

STORAGE_FORMATS = (
    "lil", "csr", "dense", "ell", "ellr", "sell", "coo", "bsr", "hyb", "dia", "auto",
    "csr_vector", "csr_scalar", "default",
)  # fmt: skip
STORAGE_ORDERS = ("post_to_pre", "pre_to_post")
_PARADIGMS = {"openmp": "cpu", "cuda": "cuda"}
_PRECISIONS = {"double": np.float64, "float": np.float32}
# Options of other simulators' engines, accepted so that scripts run; annlab decides these itself.
_WITHOUT_EFFECT = (
    "use_cpp_connectors",
    "disable_split_matrix",
    "disable_SIMD_SpMV",
    "disable_SIMD_Eq",
    "disable_bitmask",
)


@dataclass(frozen=True, kw_only=True)
class Config:
    """The options of one network.

    Attributes
    ----------
    dt
        Step of the clock [ms].
    seed
        Of all random numbers; None draws one.
    method
        Of ODEs that name none.
    num_threads
        A number, or "auto".
    backend
        "cpu", "cuda" or "reference" (NumPy, slow, needs no compiler).
    device
        The number of the GPU for "cuda", as CUDA counts; None for the first, or what the user's
        settings say.
    dtype
        float64 or float32.
    check_nan
        Look for NaN after every step; slow.
    progress
        Show how far a run is: True, False, or None for long runs where somebody looks.
    visible_cores
        The cores that a run may use; all if empty.
    report
        A file that every network describes itself in when it is compiled.
    suppress_warnings, verbose
        Of the whole process: no warnings of annlab; tell what it does.
    show_time
        Tell how long compiling and simulating took.

    The others are accepted so that scripts run, and have no effect: annlab decides by itself.
    """

    dt: float = 1.0
    seed: int | None = None
    method: str = "explicit"
    structural_plasticity: bool = False
    num_threads: int | str = field(default_factory=lambda: _environment_threads())
    visible_cores: tuple[int, ...] = ()
    paradigm: str = "openmp"
    backend: str = field(default_factory=lambda: _environment_backend())
    device: int | None = None
    dtype: np.dtype = field(default_factory=lambda: _environment_dtype())
    check_nan: bool = False
    progress: bool | None = None
    report: str | None = None
    only_int_idx_type: bool = True
    verbose: bool = False
    suppress_warnings: bool = False
    show_time: bool = False
    debug: bool = False
    trace_calls: str | None = None
    disable_parallel_rng: bool = True
    use_seed_seq: bool = True
    use_cpp_connectors: bool = False
    disable_split_matrix: bool = True
    disable_SIMD_SpMV: bool = True
    disable_SIMD_Eq: bool = False
    disable_bitmask: bool = True
    sparse_matrix_format: str = "default"
    sparse_matrix_storage_order: str = "post_to_pre"
    disable_shared_library_time_offset: bool = True

    def changed(self, options: Mapping[str, object], *, origin: str) -> Config:
        """Return a copy with `options`, checked. Unknown names are warned of and ignored."""
        known = {f.name for f in fields(self)}
        changes: dict[str, object] = {}
        for name, value in options.items():
            if name == "precision":
                name, value = "dtype", _read_precision(value)
            if name not in known:
                near = nearest(name, known)
                hint = f"; did you mean {near!r}?" if near else ""
                warn(f"{origin}: unknown key {name!r}{hint}")
                continue
            changes[name] = _CHECKS[name](value) if name in _CHECKS else value
            if name == "paradigm":
                changes["backend"] = _PARADIGMS[str(value)]
            if name in _OF_THE_PROCESS:
                _OF_THE_PROCESS[name](bool(changes[name]))
        return replace(self, **changes)  # type: ignore[arg-type]  # names were checked above


_quiet: list[Any] = []  # the filter that silences the warnings of annlab


def _suppress_warnings(is_wanted: bool) -> None:
    """Show no warnings of annlab in this process, or show them again."""
    while _quiet:
        with suppress(ValueError):  # somebody else cleared the filters
            warnings.filters.remove(_quiet.pop())  # type: ignore[attr-defined]  # it is a list
    if is_wanted:
        warnings.simplefilter("ignore", AnnlabWarning)
        _quiet.append(warnings.filters[0])


def _tell_more(is_wanted: bool) -> None:
    """Show what annlab tells its log, on the terminal where nobody else reads it."""
    log.setLevel(logging.INFO if is_wanted else logging.NOTSET)
    if is_wanted and not log.hasHandlers():
        log.addHandler(logging.StreamHandler())


_OF_THE_PROCESS: dict[str, Callable[[bool], None]] = {
    "suppress_warnings": _suppress_warnings,
    "verbose": _tell_more,
}


def performance_options(options: Mapping[str, object]) -> list[str]:
    """Return the names among `options` that have no effect in annlab."""
    return [name for name in options if name in _WITHOUT_EFFECT]


_UNSAID = ("", "default", "False", "None")


def warn_of_build_options(**options: object) -> None:
    """Warn of arguments of compile() that would change the generated code elsewhere."""
    given = [name for name, value in options.items() if str(value) not in _UNSAID]
    if given:
        warn(
            f"compile(): {', '.join(given)} has no effect in annlab, which builds by itself; the "
            "environment variable ANNLAB_CXX names another compiler"
        )


def device_of(cuda_config: object) -> int | None:
    """Return the number of the GPU that an argument of compile() names, None if it names none."""
    if cuda_config is None:
        return None
    if not isinstance(cuda_config, Mapping):
        raise ArgumentTypeError(
            f"cuda_config of compile() is {cuda_config!r}", hint='give {"device": 0}, or nothing'
        )
    others = [str(key) for key in cuda_config if key != "device"]
    if others:
        warn(
            f"compile(): {', '.join(others)} of cuda_config has no effect in annlab; flags for "
            'NVRTC go into annlab.json: {"cuda": {"flags": ...}}'
        )
    return _read_device(cuda_config.get("device"))


def _environment_threads() -> int | str:
    text = os.environ.get("ANNLAB_NUM_THREADS", "1")
    with _of_environment("ANNLAB_NUM_THREADS"):
        return _read_threads(int(text) if text.isdecimal() else text)


def _environment_dtype() -> np.dtype:
    with _of_environment("ANNLAB_DTYPE"):
        return _read_dtype(os.environ.get("ANNLAB_DTYPE", "float64"))


def _environment_backend() -> str:
    name = os.environ.get("ANNLAB_BACKEND", "cpu")
    with _of_environment("ANNLAB_BACKEND"):
        _choice("back end", backends.names())(name)
    return name


@contextmanager
def _of_environment(variable: str) -> Iterator[None]:
    """Tell by which variable an option came that does not fit."""
    try:
        yield
    except (ArgumentError, ConfigurationError) as error:
        what, *rest = str(error).splitlines()
        said = [f"the environment variable {variable}: {what}", *rest]
        raise type(error)("\n".join(said)) from None


def _read_dt(value: object) -> float:
    step_ms = 0.0
    with suppress(AnnlabError):
        step_ms = read_number(value, "dt")
    if step_ms <= 0.0:
        raise ArgumentError(f"dt is {value!r}", hint="give the step in ms, a number above 0")
    return step_ms


def read_seed(value: object) -> int | None:
    """Check a seed: None, or an integer of at least 0 (-1 stands for None, as it did in 4.x)."""
    if value is None or (isinstance(value, (int, np.integer)) and value == -1):
        return None
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 0:
        raise ArgumentError(f"the seed is {value!r}", hint="give an integer of at least 0, or None")
    return int(value)


def _read_threads(value: object) -> int | str:
    is_number = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if value == "auto":
        return "auto"
    if not is_number or int(value) < 1:  # type: ignore[call-overload]
        raise ArgumentError(f"num_threads is {value!r}", hint='give a number from 1 on, or "auto"')
    return int(value)  # type: ignore[call-overload]


def _read_device(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 0:
        raise ArgumentError(
            f"device is {value!r}", hint="give the number of a GPU, from 0 on, or None"
        )
    return int(value)


def _read_dtype(value: object) -> np.dtype:
    try:
        dtype = np.dtype(value)  # type: ignore[call-overload]
    except TypeError:
        dtype = None
    # None is asked for by itself: NumPy calls it equal to float64.
    if dtype is None or dtype not in (np.dtype(np.float32), np.dtype(np.float64)):
        raise ConfigurationError(f"dtype is {value!r}", hint="use float64 or float32")
    return dtype  # type: ignore[return-value]


def _read_precision(value: object) -> type:
    if value not in _PRECISIONS:
        raise ConfigurationError(
            f"precision is {value!r}", hint="use dtype=float64 or dtype=float32 instead"
        )
    return _PRECISIONS[str(value)]


def _choice(
    what: str, known: tuple[str | None, ...], error: type[AnnlabError] = ConfigurationError
):
    def check(value: object) -> object:
        if value not in known:
            names = [name for name in known if name is not None]
            near = nearest(str(value), names)
            raise error(
                f"unknown {what} {value!r}",
                why=f"known here: {', '.join(names)}",
                hint=f"did you mean {near!r}?" if near else None,
            )
        return value

    return check


def _read_cores(value: object) -> tuple[int, ...]:
    is_list = isinstance(value, list | tuple | range)
    if not is_list or not all(isinstance(core, (int, np.integer)) for core in value):  # type: ignore[union-attr]
        raise ArgumentTypeError(f"visible_cores is {value!r}", hint="give a list of integers")
    return tuple(int(core) for core in value)  # type: ignore[union-attr]


def _switch(name: str) -> Callable[[object], bool]:
    def check(value: object) -> bool:
        if not isinstance(value, bool | int | np.bool_):
            raise ArgumentTypeError(f"{name} is {value!r}", hint="give True or False")
        return bool(value)

    return check


_SWITCHES = tuple(f.name for f in fields(Config) if f.type == "bool")
_CHECKS = {
    **{name: _switch(name) for name in _SWITCHES},
    "dt": _read_dt,
    "seed": read_seed,
    "method": _choice("method", (*(m.value for m in Method), "runge-kutta4")),
    "num_threads": _read_threads,
    "visible_cores": _read_cores,
    "trace_calls": _choice("trace_calls", (None, "init", "simulate", "both")),
    "backend": _choice("back end", backends.names()),
    "device": _read_device,
    "paradigm": _choice("paradigm", tuple(_PARADIGMS)),
    "dtype": _read_dtype,
    "sparse_matrix_format": _choice("sparse_matrix_format", STORAGE_FORMATS, ArgumentError),
    "sparse_matrix_storage_order": _choice("sparse_matrix_storage_order", STORAGE_ORDERS),
}

_defaults: Config | None = None
_flags_of_script: list[dict[str, object]] = []  # read once


def defaults() -> Config:
    """Return the options with which a network begins."""
    global _defaults
    if _defaults is None and not _flags_of_script:
        _flags_of_script.append(options_of_script())
    if _defaults is not None:
        return _defaults
    flags = _flags_of_script[0]
    if flags:
        _defaults = Config().changed(flags, origin="the command line")
    return _defaults if _defaults is not None else Config()


def change_defaults(options: Mapping[str, object]) -> None:
    """Change the options with which later networks begin; `setup()` for users."""
    global _defaults
    refused = performance_options(options)
    if refused:
        raise ConfigurationError(
            f"setup(): {refused[0]!r} cannot be set for all networks",
            hint=f"use Network.config({refused[0]}=...)",
        )
    _defaults = defaults().changed(options, origin="setup()")
    if options.get("seed") is not None:
        # Scripts draw initial values with NumPy's global generator and expect `seed` to rule it.
        np.random.seed(int(_defaults.seed or 0) % 2**32)  # noqa: NPY002


def restore_defaults(config: Config) -> None:
    """Take over the options with which the networks of another process begin."""
    global _defaults
    _defaults = config


def forget_defaults() -> None:
    """Return to the options that annlab comes with and those of the command line."""
    global _defaults
    if _defaults is not None:
        for name, change in _OF_THE_PROCESS.items():
            if getattr(_defaults, name):
                change(False)
    _defaults = None
