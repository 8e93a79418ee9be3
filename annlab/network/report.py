"""Describe a network for readers: tables and typeset equations, as LaTeX or Markdown.

What a report says is gathered by `report_content`; how it looks is known to `report_latex` and
`report_markdown`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

from annlab.calls import told
from annlab.errors import ArgumentError, ArgumentTypeError, StateError
from annlab.network import context
from annlab.network.checks import read_flag
from annlab.network.files import read_path, written_whole
from annlab.network.network import Network
from annlab.network.report_content import sections
from annlab.network.report_latex import document
from annlab.network.report_markdown import markdown

DEFAULT_TITLE = "Network architecture"
_WRITERS: dict[str, Callable[..., str]] = {".tex": document, ".md": markdown}


@dataclass(frozen=True)
class Markdown:
    """A text that notebooks show typeset, and everything else as it is."""

    text: str

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        return self.text


def _report(
    network: Network | None = None,
    filename: str | Path | None = "./report.tex",
    standalone: bool = True,
    gather_subprojections: bool = False,
    title: str | None = None,
    author: str | None = None,
    date: str | None = None,
    *,
    net_id: int = 0,
) -> Markdown | None:
    """Write what a network is made of into a file, or show it.

    Populations, connectivity, models with their equations, parameters, inputs and measurements,
    in the tables that Nordlie, Gewaltig & Plesser (2009) propose. It works before and after
    compile; parameters show as they are now.

    Parameters
    ----------
    network
        The global network by default. Without it the file name may come first, as in scripts of
        version 4.
    filename
        ``.tex`` or ``.md``; None returns the Markdown, which a notebook shows typeset.
    standalone
        A whole document; or else only its tables, to be included into another one.
    gather_subprojections
        Tell projections between parts of the same two populations as one, where target, synapse
        and connector are the same.
    title, author, date
        Of the document.

    Raises
    ------
    ArgumentError
        If the file's name ends neither in ``.tex`` nor in ``.md``.
    StateError
        If there is no network.

    Source
    ------
    Nordlie, Gewaltig & Plesser (2009), PLoS Comput. Biol. 5(8):e1000456.

    Examples
    --------
    >>> from annlab import Network, Neuron
    >>> net = Network(seed=1)
    >>> pop = net.create(3, Neuron(parameters="tau = 10.0", equations="tau*dr/dt = -r"))
    >>> print(str(report(net, None))[:22])
    # Network architecture
    """
    chosen = _network(network, net_id)
    read_flag(standalone, "standalone of report()")
    read_flag(gather_subprojections, "gather_subprojections of report()")
    write = markdown if filename is None else _writer(read_path(filename))
    text = write(
        sections(chosen, gather_subprojections=gather_subprojections),
        title=DEFAULT_TITLE if title is None else str(title),
        author=None if author is None else str(author),
        date=None if date is None else str(date),
        standalone=standalone,
    )
    if filename is None:
        return Markdown(text)
    with written_whole(read_path(filename)) as draft:
        draft.write_text(text, encoding="utf-8")
    return None


_write = told(_report, "report")


@wraps(_report)
def report(*args: Any, **kwargs: Any) -> Markdown | None:
    if args and isinstance(args[0], str | Path):  # version 4 begins with the file
        return _write(None, *args, **kwargs)
    return _write(*args, **kwargs)


report.__name__ = report.__qualname__ = "report"


def _network(network: object, net_id: int) -> Network:
    if isinstance(network, Network):
        return network
    if network is not None:
        raise ArgumentTypeError(
            f"report() describes a network, not {network!r}", hint="write report(net, 'report.tex')"
        )
    if net_id == context.GLOBAL_ID and not context.has_global_network():
        raise _no_network()
    found = context.network_of_id(net_id)
    if found._is_blank():
        raise _no_network()
    return found


def _no_network() -> StateError:
    return StateError(
        "report() was given no network, and the global one is empty",
        hint="write report(net, 'report.tex'), or net.report('report.tex')",
    )


def _writer(path: Path) -> Callable[..., str]:
    if path.suffix not in _WRITERS:
        raise ArgumentError(
            f"a report cannot be written as {path.suffix or str(path)!r}",
            hint="use .tex or .md, or filename=None to show it",
        )
    return _WRITERS[path.suffix]


__all__ = ["Markdown", "report"]
