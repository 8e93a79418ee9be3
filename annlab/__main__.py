"""The console command: ``annlab doctor``, ``annlab cache``, ``annlab --version``.

Takes the words of the command line, prints what the library returns, and ends
with 0 if all is well. Holds no knowledge of its own.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from annlab._version import __version__
from annlab.codegen.build.cache import cache_folder
from annlab.diagnosis import doctor
from annlab.errors import AnnlabError

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except (AnnlabError, OSError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="annlab", description="Networks of neurons, live.")
    parser.add_argument("--version", action="version", version=f"annlab {__version__}")
    commands = parser.add_subparsers(required=True, metavar="command")

    doctor_ = commands.add_parser("doctor", help="say what works on this machine")
    doctor_.set_defaults(run=_doctor)

    cache = commands.add_parser("cache", help="show or clean the compiled models")
    cache.add_argument("action", choices=["show", "clean"], nargs="?", default="show")
    cache.set_defaults(run=_cache)
    return parser


def _doctor(_: argparse.Namespace) -> int:
    report = doctor()
    print(report)
    return 0 if report.is_healthy else 1


def _cache(options: argparse.Namespace) -> int:
    folder = cache_folder()
    files = [path for path in folder.rglob("*") if path.is_file()]
    size_mb = sum(path.stat().st_size for path in files) / 1e6
    print(f"{folder}: {len(files)} files, {size_mb:.1f} MB")
    if options.action == "clean":
        _empty(folder)
        print("cleaned")
    return 0


def _empty(folder: Path) -> None:
    """Remove what is in `folder`; a run that has loaded a model keeps it."""
    for entry in folder.iterdir() if folder.exists() else ():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
