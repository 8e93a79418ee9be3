"""The console command: ``annlab doctor``, ``annlab cache``, ``annlab --version``.

Takes the words of the command line, prints what the library returns, and ends
with 0 if all is well. Holds no knowledge of its own.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from annlab._version import __version__
from annlab.codegen.build import cache
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

    kept = commands.add_parser("cache", help="show or clean the compiled models")
    kept.add_argument("action", choices=["show", "clean"], nargs="?", default="show")
    kept.set_defaults(run=_cache)
    return parser


def _doctor(_: argparse.Namespace) -> int:
    report = doctor()
    print(report)
    return 0 if report.is_healthy else 1


def _cache(options: argparse.Namespace) -> int:
    n_files, n_bytes = cache.size()
    print(f"{cache.cache_folder()}: {n_files} files, {n_bytes / 1e6:.1f} MB")
    if options.action == "clean":
        cache.clean()
        print("cleaned")
    return 0


if __name__ == "__main__":
    sys.exit(main())
