"""Save and load networks and single objects.

What is saved is what users see (values, ranks, delays) and what it takes to go on as
if nothing had happened: the clock, times of last spikes, spikes on their way.
Objects are found again by name. Reading checks everything before it changes anything. What
is written of each kind of object, and how it is read, is said by the modules `io_*`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from annlab.calls import public, warn
from annlab.errors import ArgumentError, StateError
from annlab.network import archive, context
from annlab.network.checks import read_flag
from annlab.network.file_checks import Held
from annlab.network.io_population import describe_population, population_loading
from annlab.network.io_projection import describe_projection, projection_loading
from annlab.network.network import Network
from annlab.network.population import Population
from annlab.network.projection import Projection
from annlab.runtime.clocks import rewind_clock


@public
def save(
    filename: str, populations: bool = True, projections: bool = True, net_id: int | Network = 0
) -> None:
    """Save a network (`save_network`); the global one by default.

    Examples
    --------
    >>> import annlab
    >>> from pathlib import Path
    >>> cells = annlab.Population(2, annlab.LeakyIntegrator, name="cells")
    >>> annlab.compile()
    >>> cells.r = 0.5
    >>> annlab.save("moment.npz")
    >>> Path("moment.npz").exists()
    True
    """
    save_network(context.meant_network(net_id), filename, populations, projections)


@public
def load(
    filename: str,
    populations: bool = True,
    projections: bool = True,
    pickle_encoding: str | None = None,
    net_id: int | Network = 0,
    *,
    allow_pickle: bool = False,
) -> None:
    """Load a network (`load_network`); the global one by default.

    Examples
    --------
    >>> import annlab
    >>> cells = annlab.Population(2, annlab.LeakyIntegrator, name="cells")
    >>> annlab.compile()
    >>> cells.r = 0.5
    >>> annlab.save("moment.npz")
    >>> cells.r = 0.0
    >>> annlab.load("moment.npz")
    >>> cells.r
    array([0.5, 0.5])
    """
    load_network(
        context.meant_network(net_id),
        filename,
        populations,
        projections,
        pickle_encoding,
        allow_pickle=allow_pickle,
    )


def save_network(
    network: Network, filename: str, populations: bool = True, projections: bool = True
) -> None:
    """Write the clock and the values of all objects; the extension decides the format."""

    def describe() -> dict[str, Any]:
        content: dict[str, Any] = {
            "time_step": network.current_step,
            "dt": network.dt,
            "net_id": network.id,
            "obj_names": [o.name for o in _members(network, populations, projections)],
        }
        for obj in _members(network, populations, projections):
            content[obj.name] = _description(obj)
        return content

    _require_compiled(network, "saved")
    archive.write(filename, network._call(describe))


def load_network(
    network: Network,
    filename: str,
    populations: bool = True,
    projections: bool = True,
    pickle_encoding: str | None = None,
    *,
    allow_pickle: bool = False,
) -> None:
    """Read what `save_network` wrote. Nothing changes if anything does not fit."""
    _require_compiled(network, "loaded")
    content = archive.read(filename, pickle_encoding=pickle_encoding, allow_pickle=allow_pickle)
    if str(content.get("format")) == "annlab snapshot":
        raise ArgumentError(
            f"{filename!r} holds a snapshot", hint="use net.restore(annlab.load_snapshot(...))"
        )
    members = {o.name: o for o in _members(network, populations, projections)}
    found = {k: v for k, v in content.items() if isinstance(v, Mapping)}
    excluded = {o.name for o in _members(network, True, True)} - members.keys()
    _refuse_another_network(filename, found.keys() - excluded, members.keys())
    for name in sorted(found.keys() - members.keys() - excluded):
        warn(f"{filename!r} holds {name!r}, which the network does not have: ignored")
    step = None
    if "time_step" in content:
        clock = Held(content, "the network", filename)
        step = int(clock.whole("time_step", least=0, below=2**62, n=1)[0])
    _warn_of_another_step(network, content, filename)
    chosen = {name: members[name] for name in members if name in found}
    for name, obj in chosen.items():
        if isinstance(obj, Projection):
            _refuse_other_ends(obj, found[name], filename)

    def apply() -> None:
        changes = [_loading(obj, found[name], filename) for name, obj in chosen.items()]
        if step is not None:
            rewind_clock(network._require_state("load"), step)
        for change in changes:
            change()
        network._refresh()

    network._call(apply)
    network._notices.tell()


def _refuse_another_network(filename: str, there: Iterable[str], here: Iterable[str]) -> None:
    there, here = set(there), set(here)
    if there and here and not there & here:
        raise ArgumentError(
            f"{filename!r} holds nothing that the network has",
            why=f"there: {_listed(there)}; here: {_listed(here)}",
            hint="objects are found by their names: give them the names that they were saved with",
        )


def _refuse_other_ends(projection: Projection, content: Mapping[str, Any], filename: str) -> None:
    """Refuse what another projection had saved: names given by count move with each new one.

    A population that has a new name is no reason: nothing here is called as the file says.
    """
    known = {population.name for population in projection._network.get_populations()}
    there = [str(content.get(side, "")) for side in ("pre", "post")]
    here = [projection.pre.name, projection.post.name]
    if any(old != new and old in known for old, new in zip(there, here, strict=True)):
        raise ArgumentError(
            f"{filename!r}: projection {projection.name!r} led from {there[0]!r} to {there[1]!r}, "
            f"and here from {here[0]!r} to {here[1]!r}",
            why="projections are found by their names, which are counted where none is given",
            hint="give it the name that this one has in the file, or load with projections=False",
        )


def _listed(names: set[str]) -> str:
    first = sorted(names)[:5]
    return ", ".join(map(repr, first)) + (" ..." if len(names) > len(first) else "")


def _warn_of_another_step(network: Network, content: Mapping[str, Any], filename: str) -> None:
    """Tell what is counted in steps, and so means another time here."""
    there = content.get("dt", network.dt)
    if isinstance(there, float) and there != network.dt:
        warn(
            f"{filename!r} was saved with a step of {there:g} ms, and the step of the network is "
            f"{network.dt:g} ms: the clock, refractory neurons and what is on its way count in "
            "steps"
        )


def save_object(obj: Population | Projection, filename: str) -> None:
    """Write the values of one population or projection."""
    _require_compiled(obj._network, "saved")
    archive.write(filename, obj._network._call(lambda: _description(obj)))


def load_object(
    obj: Population | Projection,
    filename: str,
    *,
    pickle_encoding: str | None = None,
    allow_pickle: bool = False,
) -> None:
    """Read the values of one population or projection."""
    network = obj._network
    _require_compiled(network, "loaded")
    content = archive.read(filename, pickle_encoding=pickle_encoding, allow_pickle=allow_pickle)

    own = content.get(obj.name)
    if isinstance(own, Mapping):  # of a file that holds a whole network
        content = dict(own)
    if not any(name in content for name in obj.attributes):
        raise ArgumentError(
            f"{filename!r} holds nothing of {obj.name!r}",
            hint="load what its save() has written, or net.save()",
        )

    def apply() -> None:
        _loading(obj, content, filename)()
        network._refresh()

    network._call(apply)
    network._notices.tell()


def _members(network: Network, populations: bool, projections: bool) -> list[Any]:
    read_flag(populations, "populations")
    read_flag(projections, "projections")
    return [
        *(network.get_populations() if populations else ()),
        *(p for p in network.get_projections() if projections and p.is_saveable),
    ]


def _require_compiled(network: Network, what: str) -> None:
    if not network.compiled:
        raise StateError(
            f"the network cannot be {what} before compile", hint="call compile() first"
        )


def _description(obj: Population | Projection) -> dict[str, Any]:
    return describe_population(obj) if isinstance(obj, Population) else describe_projection(obj)


def _loading(
    obj: Population | Projection, content: Mapping[str, Any], filename: str
) -> Callable[[], None]:
    """Check what was read and return the function that puts it in place."""
    if isinstance(obj, Population):
        return population_loading(obj, content, filename)
    return projection_loading(obj, content, filename)


__all__ = ["load", "load_network", "load_object", "save", "save_network", "save_object"]
