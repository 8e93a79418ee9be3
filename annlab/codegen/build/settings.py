"""What a user's own file says about compilers: `annlab.json`, which nobody needs to have.

It lies in the folder of settings (``~/.config/annlab``, or below XDG_CONFIG_HOME)::

    {"openmp": {"compiler": "clang++", "flags": "-O3"}, "cuda": {"device": 1, "flags": "-lineinfo"}}

"default" and an empty text stand for what annlab finds by itself.
"""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from annlab.errors import ConfigurationError

FILE = "annlab.json"
_UNSAID = ("", "default")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the user wants.

    Attributes
    ----------
    compiler
        The compiler for C++; None if any.
    flags, cuda_flags
        What it, and NVRTC, get after annlab's own flags.
    device
        The number of the GPU; None if any.
    """

    compiler: str | None = None
    flags: tuple[str, ...] = ()
    cuda_flags: tuple[str, ...] = ()
    device: int | None = None


def settings_file() -> Path:
    """Return where the file would lie."""
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "annlab" / FILE


def read_settings() -> Settings:
    """Return what the file says; nothing if there is none.

    Raises
    ------
    ConfigurationError
        If it cannot be read as JSON of the form above.
    """
    file = settings_file()
    try:
        text = file.read_text(encoding="utf-8")
    except OSError:
        return Settings()
    try:
        said = json.loads(text)
        openmp, cuda = said.get("openmp", {}), said.get("cuda", {})
        compiler, device = openmp.get("compiler", ""), cuda.get("device")
        flags, cuda_flags = _words(openmp.get("flags", "")), _words(cuda.get("flags", ""))
        if device is not None and (type(device) is not int or device < 0):
            raise ValueError(f"{device!r} is not the number of a device")
    except (ValueError, AttributeError) as error:
        raise ConfigurationError(
            f"the settings in {str(file)!r} cannot be read: "
            f"{error if isinstance(error, ValueError) else 'they are no table of texts'}",
            hint='write {"openmp": {"compiler": "g++", "flags": "-O3"}}, or remove the file',
        ) from error
    chosen = None if compiler in _UNSAID else str(compiler)
    return Settings(compiler=chosen, flags=flags, cuda_flags=cuda_flags, device=device)


def _words(flags: str) -> tuple[str, ...]:
    return () if flags in _UNSAID else tuple(shlex.split(flags))


def whose_fault(flags: Sequence[str]) -> str:
    """Return whom to ask where a compiler refuses annlab's code, given the user's own flags."""
    if not flags:
        return "this is a fault of annlab, please report it"
    return (
        f"the file {str(settings_file())!r} adds {shlex.join(flags)}: try without, and if it fails "
        "all the same, please report it"
    )


__all__ = ["Settings", "read_settings", "settings_file", "whose_fault"]
