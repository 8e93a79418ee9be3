"""The cell magics ``%%neuron`` and ``%%synapse``: a model as the text of a cell.

Loaded by themselves where annlab is imported in IPython, and by ``%load_ext annlab``. A cell
defines the variable that it names; networks that use the model of this name get the new one, also
while they run. What the cells need is imported when the first of them runs.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from annlab.calls import running_shell
from annlab.errors import AnnlabError, ArgumentError, UnknownNameError

if TYPE_CHECKING:
    from annlab.ir.definition import Neuron, Synapse
    from annlab.network.network import Network
    from annlab.network.population import Population
    from annlab.network.projection import Projection
    from annlab.network.remodel import Exchanged

    Used = TypeVar("Used", Population, Projection)

_BODY_BEGINS = 2  # the line after that of the magic, as notebooks number lines


def load_ipython_extension(shell: Any) -> None:  # an InteractiveShell, which need not be installed
    """Let `shell` know the magics."""

    def neuron(line: str, cell: str) -> None:
        """Define a neuron: ``%%neuron name``, then its sections (parameters:, equations: ...)."""
        _shown(lambda: define_neuron(line.strip(), cell, shell.user_ns))

    def synapse(line: str, cell: str) -> None:
        """Define a synapse: ``%%synapse name``, then its sections (psp:, pre_spike: ...)."""
        _shown(lambda: define_synapse(line.strip(), cell, shell.user_ns))

    for magic in (neuron, synapse):
        shell.register_magic_function(magic, "cell")


def load_where_ipython_runs() -> None:
    """Load the magics into the shell from which annlab is imported, if there is one."""
    shell = running_shell()
    if shell is not None:
        load_ipython_extension(shell)


def _shown(define: Callable[[], str]) -> None:
    """Print what was done; show an error as annlab words it, without the way it came."""
    try:
        print(define())  # noqa: T201  # the answer of a cell
    except AnnlabError as error:
        said = f"{type(error).__name__}: {error}".splitlines()
        said += getattr(error, "__notes__", [])
        error._render_traceback_ = lambda: said  # type: ignore[attr-defined]  # IPython asks for it
        raise


def define_neuron(name: str, text: str, namespace: dict[str, Any]) -> str:
    """Define the neuron `name` in `namespace`, exchange it where it is used, and say what was done.

    Raises
    ------
    AnnlabError
        If the text is wrong or does not fit where it is used; everything is as before then.
    """
    _require_name(name, "neuron")
    new = import_module("annlab.ir.sections").neuron_of(text, name, first_line=_BODY_BEGINS)
    remodel = import_module("annlab.network.remodel")
    old = namespace.get(name)
    _require_free(name, old, "neuron")

    def users(network: Network) -> list[Population]:
        return [
            p
            for p in network._populations
            if _is_meant(p._given_neuron, p._definition.name, old, name)
            and remodel.is_exchangeable(p)
        ]

    return _define(name, new, namespace, users, remodel.exchange_neuron)


def define_synapse(name: str, text: str, namespace: dict[str, Any]) -> str:
    """Define the synapse `name`; as `define_neuron`."""
    _require_name(name, "synapse")
    new = import_module("annlab.ir.sections").synapse_of(text, name, first_line=_BODY_BEGINS)
    remodel = import_module("annlab.network.remodel")
    old = namespace.get(name)
    _require_free(name, old, "synapse")

    def users(network: Network) -> list[Projection]:
        return [
            p
            for p in network._projections
            if _is_meant(p._given_synapse, p.synapse_type.name, old, name)
            and remodel.is_exchangeable(p)
        ]

    return _define(name, new, namespace, users, remodel.exchange_synapse)


def _require_free(name: str, held: object, what: str) -> None:
    """Refuse to replace a population, a network ... by the model that it may be made of."""
    models = import_module("annlab.ir.definition")
    is_ours = type(held).__module__.startswith("annlab.")
    if is_ours and not isinstance(held, models.Neuron | models.Synapse):
        can_exchange = hasattr(type(held), what)
        raise ArgumentError(
            f"%%{what} {name} would replace {held!r}, which the variable {name!r} holds",
            why="the cell defines a model, under the name that it is given",
            hint=f"name the model: %%{what} my_{what}"
            + (f"; {name}.{what} = my_{what} puts it there" if can_exchange else ""),
        )


def _define(
    name: str,
    new: Neuron | Synapse,
    namespace: dict[str, Any],
    users: Callable[[Network], list[Used]],
    exchange: Callable[[Sequence[Used], Any], Exchanged],
) -> str:
    networks = _using(users)
    if len(networks) > 1:
        del networks
        gc.collect()  # one of them may be a network of a cell that was run again
        networks = _using(users)
    if not networks:
        _check(new)
    done = [str(exchange(users(network), new)) for network in networks]
    namespace[name] = new
    return "\n".join(done) or f"{new.label} is defined; no network uses it yet"


def _using(users: Callable[[Network], list[Any]]) -> list[Network]:
    import_module("annlab.network.network")  # it knows how the global network is made
    context = import_module("annlab.network.context")
    return [network for network in context.networks() if users(network)]


def _is_meant(given: object, known_as: str, old: object, name: str) -> bool:
    """Tell whether an object was made with what the variable holds, or with that name."""
    return (old is not None and given is old) or known_as == name


def _require_name(name: str, what: str) -> None:
    if not name.isidentifier():
        raise ArgumentError(
            f"%%{what} needs the name of a variable, not {name!r}",
            hint=f"write %%{what} my_{what}",
        )


def _check(new: Neuron | Synapse) -> None:
    """Refuse a mistake in a model that no network has read yet."""
    try:
        import_module("annlab.ir.alone").analyse_alone(new)
    except UnknownNameError:
        if not _has_own_names():
            raise


def _has_own_names() -> bool:
    """Tell whether a network knows constants or functions that others do not."""
    networks: Iterable[Network] = import_module("annlab.network.context").networks()
    shared = import_module("annlab.network.constants").GLOBAL_CONSTANTS
    return any(n._constants.keys() - shared.keys() for n in networks)


__all__ = [
    "define_neuron",
    "define_synapse",
    "load_ipython_extension",
    "load_where_ipython_runs",
]
