"""Snapshots: a network at one moment, from which it goes on bit for bit as it would have.

A snapshot holds what changes (values, inputs, spikes on their way, synapses, random
numbers, clock) and names what does not (models, sizes, step), so that a network that
differs is refused. It does not hold recordings and callbacks. Files are .npz without
pickled objects: reading one executes nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any  # Any: contents are nested, and files hold anything

import numpy as np
from numpy.typing import NDArray

from annlab.calls import public
from annlab.errors import AnnlabError, ArgumentError, ArgumentTypeError, MissingFileError
from annlab.ir.digest import digest
from annlab.network import archive
from annlab.network.files import read_path
from annlab.network.snapshot_neurons import describe_population, restoring_population
from annlab.network.snapshot_synapses import describe_synapses, fitting, restoring_synapses
from annlab.runtime.clocks import jump
from annlab.runtime.state import PopulationState, ProjectionState

if TYPE_CHECKING:
    from annlab.network.network import Network

VERSION = 1
_FORMAT = "annlab snapshot"


@public
@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """A network at one moment; made by `Network.snapshot`, used by `Network.restore`.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(dt=0.5, seed=1, backend="reference")
    >>> cells = net.create(3, annlab.LeakyIntegrator(B=1.0))
    >>> net.compile()
    >>> begin = net.snapshot()
    >>> net.simulate(10.0)
    20
    >>> net.restore(begin)
    >>> net.time
    0.0
    """

    _content: dict[str, Any]  # nested: arrays, numbers and texts by name

    @property
    def step(self) -> int:
        """The step that was the next to run."""
        return int(self._content["step"])

    @property
    def time(self) -> float:
        """The clock [ms]."""
        return self.step * float(self._content["dt"])

    def save(self, filename: str) -> None:
        """Write an .npz file, which `load_snapshot` reads.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(dt=0.5)
        >>> cells = net.create(2, annlab.LeakyIntegrator)
        >>> net.compile()
        >>> net.simulate(5.0)
        10
        >>> moment = net.snapshot()
        >>> moment.time, moment.step
        (5.0, 10)
        >>> moment.save("moment.npz")
        >>> annlab.load_snapshot("moment.npz").time
        5.0
        """
        _require_npz(filename)
        archive.write(filename, self._content)

    def __repr__(self) -> str:
        return f"<Snapshot at t = {self.time:g} ms>"


@public
def load_snapshot(filename: str) -> Snapshot:
    """Read a snapshot that `Snapshot.save` wrote. Never executes code.

    Raises
    ------
    ArgumentError
        If the file is no snapshot, damaged, or of another version.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network()
    >>> cells = net.create(2, annlab.LeakyIntegrator)
    >>> net.compile()
    >>> net.simulate(5.0)
    5
    >>> net.snapshot().save("moment.npz")
    >>> net.reset()
    >>> net.restore(annlab.load_snapshot("moment.npz"))
    >>> net.time
    5.0
    """
    _require_npz(filename)
    try:
        content = archive.read(filename)
    except MissingFileError:
        raise
    except ArgumentError as error:
        raise ArgumentError(
            f"{str(filename)!r} cannot be read as a snapshot", why=error.what
        ) from error
    if str(content.get("format")) != _FORMAT:
        raise ArgumentError(
            f"{str(filename)!r} is no snapshot", hint="use net.load() for what net.save() wrote"
        )
    if content.get("version") != VERSION:
        raise ArgumentError(
            f"{str(filename)!r} is a snapshot of version {content.get('version')}",
            why=f"this annlab reads version {VERSION}",
        )
    return Snapshot(content)


def _require_npz(filename: str) -> None:
    if read_path(filename).suffix != ".npz":
        raise ArgumentError(
            f"a snapshot cannot be kept in {str(filename)!r}", hint="its name has to end in .npz"
        )


# -- taking ---------------------------------------------------------------------------


def take(network: Network) -> Snapshot:
    """Return the network as it is now."""
    network._require_state("take a snapshot")
    return Snapshot(network._call(lambda: _content(network)))


def _content(network: Network) -> dict[str, Any]:
    state = network._require_state("take a snapshot")
    projections = [p._settled("synapses to hold") for p in network._projections]
    return {
        "format": _FORMAT,
        "version": VERSION,
        "backend": network._config.backend,
        "dt": state.dt,
        "float_type": state.float_type.name,
        "step": state.step,
        "seed": state.seed,
        "network_seed": network.seed,
        "generator": json.dumps(network.default_rng.bit_generator.state),
        "constants": {name: value.copy() for name, value in state.constants.items()},
        "populations": {
            str(k): _identity_of_population(p) | describe_population(p, state.step)
            for k, p in enumerate(state.populations)
        },
        "projections": {
            str(k): _identity_of_projection(p) | describe_synapses(p)
            for k, p in enumerate(projections)
        },
    }


def _identity_of_population(state: PopulationState) -> dict[str, Any]:
    identity = {"name": state.name, "size": state.n, "equations": digest(state.model)}
    return identity | {"inputs": _digest_of_inputs(state)}


def _identity_of_projection(state: ProjectionState) -> dict[str, Any]:
    return {
        "name": state.name,
        "pre": state.pre.name,
        "post": state.post.name,
        "target": ", ".join(state.targets),
        "equations": digest(state.model),
    }


def _digest_of_inputs(state: PopulationState) -> str:
    """Return a digest of the tables that a population follows and of its rate window."""
    sums = hashlib.sha256()
    for table in state.timed:
        sums.update(table.attribute.encode())
        for array in (table.rows, table.starts, table.period):
            _add(sums, array)
    if state.spike_table is not None:
        _add(sums, state.spike_table.steps)
        _add(sums, state.spike_table.ranks)
    if state.rate_window is not None:
        sums.update(b"window %d" % state.rate_window.window)
    return sums.hexdigest()


def _add(sums: Any, array: NDArray) -> None:
    sums.update(f"{array.dtype}{array.shape}".encode())
    sums.update(np.ascontiguousarray(array).tobytes())


# -- restoring ------------------------------------------------------------------------


def restore(network: Network, snapshot: Snapshot) -> None:
    """Bring the network to the moment of a snapshot. Nothing changes if it does not fit."""
    if not isinstance(snapshot, Snapshot):
        raise ArgumentTypeError(
            f"{type(snapshot).__name__} is no snapshot",
            hint="give what net.snapshot() or annlab.load_snapshot() returned",
        )
    network._require_state("restore a snapshot")
    network._call(lambda: _restore(network, snapshot._content))
    network._notices.tell()


def _restore(network: Network, content: Mapping[str, Any]) -> None:
    state = network._require_state("restore a snapshot")
    try:
        _require_same(network, content)
        changes = _changes(network, content)
    except AnnlabError:
        raise
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        raise ArgumentError(
            "the snapshot is damaged", why=f"something is missing or of another kind: {error}"
        ) from error
    jump(state, int(content["step"]))
    for change in changes:
        change()
    network._refresh()


def _require_same(network: Network, content: Mapping[str, Any]) -> None:
    """Refuse a snapshot of a network that differs."""
    state = network._require_state("restore a snapshot")
    _compare("dt", float(content["dt"]), state.dt)
    _compare("dtype", str(content["float_type"]), state.float_type.name)
    for kind, found in (
        ("population", [_identity_of_population(p) for p in state.populations]),
        ("projection", [_identity_of_projection(p) for p in state.projections]),
    ):
        held = content.get(f"{kind}s", {})
        _compare(f"number of {kind}s", len(held), len(found))
        for k, identity in enumerate(found):
            name = identity["name"]
            for what, value in identity.items():
                there = type(value)(held[str(k)][what])
                if what in ("equations", "inputs") and there != value:
                    _refuse(f"{kind} {name!r} has other {what} now")
                _compare(f"{what} of {kind} {name!r}", there, value)
    _compare("constants", sorted(content.get("constants", {})), sorted(state.constants))


def _compare(what: str, held: object, found: object) -> None:
    if held != found:
        _refuse(f"{what}: {held!r} in the snapshot, {found!r} in the network")


def _refuse(why: str) -> None:
    raise ArgumentError(
        "the snapshot is of another network",
        why=why,
        hint="restore it into the network it was taken of, or one built in the same way",
    )


def _changes(network: Network, content: Mapping[str, Any]) -> list[Callable[[], None]]:
    """Check all that is held and return what puts it in place, in order."""
    state = network._require_state("restore a snapshot")
    now = int(content["step"])
    if now < 0:
        raise ArgumentError(f"the snapshot is damaged: step {now}")
    backend = network._config.backend
    changes = [_random_numbers(network, content)]
    for name, value in state.constants.items():
        held = fitting(content["constants"][name], 1, value.dtype, f"constant {name!r}")
        changes.append(partial(_set_constant, network._constants.get(name), held, value))
    # Projections first: they make the rings and histories as deep as they have to be.
    for k, projection in enumerate(network._projections):
        held_synapses = content["projections"][str(k)]
        if "structure" in held_synapses and projection._state.structure is None:  # type: ignore[union-attr]  # compiled
            projection._changeable("restored")
        has_traces = str(content["backend"]) == backend
        changes.append(restoring_synapses(projection, held_synapses, state, has_traces=has_traces))
    for k, population in enumerate(network._populations):
        changes.append(restoring_population(population, content["populations"][str(k)], now))
    return changes


def _set_constant(constant: Any, held: NDArray, to: NDArray) -> None:
    if constant is not None and float(to[0]) != float(held[0]):
        constant.set(float(held[0]))
    to[:] = held


def _random_numbers(network: Network, content: Mapping[str, Any]) -> Callable[[], None]:
    generator = np.random.default_rng(0)
    try:
        generator.bit_generator.state = json.loads(str(content["generator"]))
    except (ValueError, KeyError, TypeError) as error:
        raise ArgumentError("the snapshot is damaged: random numbers", why=str(error)) from error

    seed, network_seed = int(content["seed"]), int(content["network_seed"])

    def apply() -> None:
        state = network._require_state("restore a snapshot")
        state.seed = seed
        network._seed = network_seed
        network.default_rng.bit_generator.state = generator.bit_generator.state

    return apply


__all__ = ["Snapshot", "load_snapshot", "restore", "take"]
