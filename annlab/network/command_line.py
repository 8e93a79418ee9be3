"""Flags behind a script's name: ``python script.py -j 4 --prec float``.

They change the defaults of all networks of the process. Flags that annlab does not know belong to
the script and are left alone. Programs that are installed beside Python (a notebook's
kernel, a test runner) have flags of their own, which mean something else; they are not read.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from annlab.calls import warn
from annlab.errors import ConfigurationError

Options = dict[str, object]
_ANY_GPU = -1


class _Parser(argparse.ArgumentParser):
    """A parser that raises and does not end the process."""

    def error(self, message: str) -> NoReturn:
        raise ConfigurationError(
            f"the command line of the script: {message}",
            hint="flags of annlab are -j N, --prec double|float, --gpu [id], --visible-cores 0,1, "
            "--report file, --trace init|simulate|both, --auto-tuning, -v, -d, -c, --profile",
        ) from None  # the parser's own words are in the message


def options_of_script() -> Options:
    """Return what the command line of the running script says; nothing for other programs."""
    return read_flags(sys.argv[1:]) if _is_script() else {}


def read_flags(arguments: Sequence[str]) -> Options:
    """Return the options that flags stand for.

    Raises
    ------
    ConfigurationError
        If a flag has no fitting value, or two exclude each other.

    Examples
    --------
    >>> read_flags(["-j", "2", "--prec", "float", "--of-the-script"])
    {'num_threads': 2, 'precision': 'float'}
    """
    given, _ = _parser().parse_known_args(list(arguments))
    if given.gpu is not None and given.num_threads is not None:
        raise ConfigurationError(
            "the command line asks for threads (-j) and for a GPU (--gpu)", hint="give one of them"
        )
    if given.profile or given.profile_out is not None:
        warn("--profile has no effect in annlab; net.explain() and benchmarks tell where time goes")
    found = {
        "num_threads": given.num_threads,
        "precision": given.prec,
        "paradigm": None if given.gpu is None else "cuda",
        "device": None if given.gpu == _ANY_GPU else given.gpu,
        "visible_cores": given.visible_cores,
        "report": given.report,
        "trace_calls": given.trace,
        "sparse_matrix_format": "auto" if given.auto_tuning else None,
        "verbose": given.verbose or None,
        "debug": given.debug or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _parser() -> _Parser:
    parser = _Parser(add_help=False, allow_abbrev=False)
    # What a cleaned folder is for, a cache by content does without.
    parser.add_argument("-c", "--clean", action="store_true")
    parser.add_argument("-d", "--debug", action="store_true")
    parser.add_argument("-v", "--verbose", action="store_true")
    parser.add_argument("--prec", choices=("double", "float"))
    parser.add_argument("--report")
    parser.add_argument("--trace", choices=("init", "simulate", "both"))
    parser.add_argument("--auto-tuning", action="store_true")
    parser.add_argument("-j", "--num-threads", type=int)
    parser.add_argument("--visible-cores", type=_cores)
    parser.add_argument("--gpu", nargs="?", type=_number, const=_ANY_GPU)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--profile-out")
    return parser


def _cores(text: str) -> tuple[int, ...]:
    return tuple(int(core) for core in text.split(","))


def _number(text: str) -> int:
    """Read the number of a GPU; ValueError for what cannot be one."""
    if not text.isdecimal():
        raise ValueError(text)
    return int(text)


def _is_script() -> bool:
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    if file is None:
        return False
    script = Path(file).absolute()
    own = {Path(folder).absolute() for folder in (sys.prefix, sys.base_prefix)}
    return not any(folder in script.parents for folder in own if folder != Path("/usr")) and (
        "site-packages" not in script.parts and "dist-packages" not in script.parts
    )


__all__ = ["options_of_script", "read_flags"]
