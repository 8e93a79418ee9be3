"""What a user's own file says about the compiler: `annlab.json`, which nobody needs to have.

It lies in the folder of settings (``~/.config/annlab``, or below XDG_CONFIG_HOME)::

    {"openmp": {"compiler": "clang++", "flags": "-O3 -march=native"}}

"default" and an empty text stand for what annlab finds by itself.
"""

from __future__ import annotations

import json
import os
import shlex
from dataclasses import dataclass
from pathlib import Path

from annlab.errors import ConfigurationError

FILE = "annlab.json"
_UNSAID = ("", "default")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The compiler that the user wants, None if any, and flags that come after annlab's own."""

    compiler: str | None = None
    flags: tuple[str, ...] = ()


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
        section = json.loads(text).get("openmp", {})
        compiler, flags = section.get("compiler", ""), section.get("flags", "")
        extra = () if flags in _UNSAID else tuple(shlex.split(flags))
    except (ValueError, AttributeError) as error:
        raise ConfigurationError(
            f"the settings in {str(file)!r} cannot be read: "
            f"{error if isinstance(error, ValueError) else 'they are no table of texts'}",
            hint='write {"openmp": {"compiler": "g++", "flags": "-O3"}}, or remove the file',
        ) from error
    return Settings(compiler=None if compiler in _UNSAID else str(compiler), flags=extra)


__all__ = ["Settings", "read_settings", "settings_file"]
