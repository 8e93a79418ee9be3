"""Save and load networks, single objects, connectivity and parameters.

What is saved is what users see (values, ranks, delays) and what it takes to go on as
if nothing had happened: the clock, times of last spikes, spikes on their way.
Objects are found again by name. Reading checks everything before it changes anything.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annlab.calls import public, warn
from annlab.errors import ArgumentError, ConfigurationError, ShapeError, StateError
from annlab.ir.expr import Locality, Side
from annlab.network import archive, context, synapse_values
from annlab.network.archive import read_matrix_market
from annlab.network.attributes import set_together
from annlab.network.checks import read_flag
from annlab.network.file_checks import Held
from annlab.network.files import read_path, written_whole
from annlab.network.network import Network
from annlab.network.patterns import index_dtype
from annlab.network.population import Population
from annlab.network.projection import Projection
from annlab.network.recipes import MOST_STEPS, delay_steps
from annlab.runtime.clocks import rewind_clock
from annlab.runtime.state import PopulationState, ProjectionState, SpikeRing
from annlab.runtime.storage import Connectivity
from annlab.runtime.wiring import require_depth

log = logging.getLogger("annlab")

_HIDDEN = "_"  # begins keys that are not attributes
_KINDS = ("populations", "projections", "network", "constants")  # in files of parameters


# -- networks -----------------------------------------------------------------------


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
    save_network(_network(net_id), filename, populations, projections)


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
        _network(net_id),
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
    for name in sorted(found.keys() - members.keys() - excluded):
        warn(f"{filename!r} holds {name!r}, which the network does not have: ignored")
    step = None
    if "time_step" in content:
        clock = Held(content, "the network", filename)
        step = int(clock.whole("time_step", least=0, below=2**62, n=1)[0])
    _warn_of_another_step(network, content, filename)
    chosen = {name: members[name] for name in members if name in found}

    def apply() -> None:
        changes = [_loading(obj, found[name], filename) for name, obj in chosen.items()]
        if step is not None:
            rewind_clock(network._require_state("load"), step)
        for change in changes:
            change()
        network._refresh()

    network._call(apply)


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


def _network(net_id: int | Network) -> Network:
    return net_id if isinstance(net_id, Network) else context.meant_network(net_id)


def _description(obj: Population | Projection) -> dict[str, Any]:
    return _of_population(obj) if isinstance(obj, Population) else _of_projection(obj)


def _loading(
    obj: Population | Projection, content: Mapping[str, Any], filename: str
) -> Callable[[], None]:
    """Check what was read and return the function that puts it in place."""
    if isinstance(obj, Population):
        return _load_population(obj, content, filename)
    return _load_projection(obj, content, filename)


# -- populations --------------------------------------------------------------------


def _of_population(population: Population) -> dict[str, Any]:
    state = population._require_state("save")
    content: dict[str, Any] = {
        "name": population.name,
        "geometry": np.array(population.geometry),
        "size": population.size,
        "attributes": population.attributes,
        "parameters": population.parameters,
        "variables": population.variables,
    }
    for name in population.attributes:
        content[name] = population.get(name)
    if state.model.is_spiking:
        content["_last_spike"] = state.last_spike[: state.n].copy()
        content["_frozen_until"] = state.frozen_until[: state.n].copy()
        content["_refractory_steps"] = state.refractory_steps[: state.n].copy()
    now = population.network.current_step
    for key, ring in _rings(state):
        steps, ranks = _in_flight(ring, now)
        content[f"{key}_steps"], content[f"{key}_ranks"] = steps, ranks
    for name, history in state.histories.items():
        rows = [history.at(s)[: _width(state, name)] for s in range(now - history.depth, now)]
        content[f"_history_{name}"] = np.array(rows)
    return content


def _rings(state: PopulationState) -> list[tuple[str, SpikeRing]]:
    rings = (("_spikes", state.spikes), ("_axon_spikes", state.axon_spikes))
    return [(key, ring) for key, ring in rings if ring is not None]


def _in_flight(ring: SpikeRing, now: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the spikes that a ring remembers as (steps before now, ranks)."""
    parts = [ring.at(s) for s in range(now - ring.depth, now)]
    ages = np.arange(ring.depth, 0, -1)
    return np.repeat(ages, [len(p) for p in parts]), np.concatenate(parts)


def _width(state: PopulationState, name: str) -> int:
    attribute = state.model.attribute(name)
    assert attribute is not None  # histories are made of attributes
    return state.n if attribute.locality is Locality.LOCAL else 1


def _load_population(
    population: Population, content: Mapping[str, Any], filename: str
) -> Callable[[], None]:
    state = population._require_state("load")
    held = Held(content, f"population {population.name!r}", filename)
    values = {
        name: held.numbers(name, state.values[name].dtype, (_width(state, name),))
        for name in population.attributes
        if name in content
    }
    hidden = [
        (getattr(state, key), held.numbers(f"_{key}", getattr(state, key).dtype, (state.n,)))
        for key in ("last_spike", "frozen_until", "refractory_steps")
        if state.model.is_spiking and f"_{key}" in content
    ]
    memory = _read_memory(state, held)
    _warn_of_unknown(content, population.attributes, f"population {population.name!r}", filename)

    def apply() -> None:
        for name, array in values.items():
            state.values[name][: len(array)] = array
        for array, numbers in hidden:
            array[: state.n] = numbers
        _restore_memory(state, memory, population.network.current_step)

    return apply


def _read_memory(state: PopulationState, held: Held) -> dict[str, NDArray]:
    """Return the spikes on their way and the older values that a file holds."""
    found: dict[str, NDArray] = {}
    for key, _ in _rings(state):
        if f"{key}_steps" not in held.content or f"{key}_ranks" not in held.content:
            continue
        ages = held.whole(f"{key}_steps", least=1, below=MOST_STEPS)
        ranks = held.whole(f"{key}_ranks", least=0, below=state.n, n=len(ages))
        if len(np.unique(ages * state.n + ranks)) < len(ages):
            raise held.error(f"{key}_ranks", "names a neuron twice in one step")
        found |= {f"{key}_steps": ages, f"{key}_ranks": ranks.astype(np.int32)}
    for name in state.histories:
        key, width = f"_history_{name}", _width(state, name)
        if key in held.content:
            n = np.size(held.content[key])
            numbers = held.numbers(key, state.values[name].dtype, (n - n % width,))
            found[key] = numbers.reshape(-1, width)
    return found


def _restore_memory(state: PopulationState, memory: Mapping[str, NDArray], now: int) -> None:
    for key, ring in _rings(state):
        ring.clear()
        ages, ranks = (memory.get(f"{key}_{part}", np.empty(0)) for part in ("steps", "ranks"))
        for age in range(1, ring.depth + 1):
            ring.put(now - age, ranks[ages == age])
    for name, history in state.histories.items():
        width = _width(state, name)
        history.values[:, :width] = state.values[name][:width]
        for age, row in enumerate(memory.get(f"_history_{name}", ())[::-1], start=1):
            if age <= history.depth:
                history.at(now - age)[:width] = row


def _warn_of_unknown(
    content: Mapping[str, Any], known: list[str], owner: str, filename: str
) -> None:
    described = content.get("attributes")
    saved = [str(name) for name in described] if described is not None else []
    for name in saved:
        if name not in known:
            warn(f"{filename!r} holds {name!r} of {owner}, which it does not have: ignored")


# -- projections --------------------------------------------------------------------


def _of_projection(projection: Projection) -> dict[str, Any]:
    state = projection._settled("values to save")
    storage, dendrites = state.storage, state.storage.dendrites
    content: dict[str, Any] = {
        "name": projection.name,
        "pre": projection.pre.name,
        "post": projection.post.name,
        "target": projection.target,
        "post_ranks": dendrites.post_ranks,
        "pre_ranks": _ranks_by_synapse(projection),
        "attributes": projection.attributes,
        "parameters": projection.parameters,
        "variables": projection.variables,
        "delays": _delays_ms(projection),
    }
    for name in projection.attributes:
        content[name] = _saved_values(projection, name)
    if state.last_event is not None:
        content["_last_event"] = state.last_event[dendrites.positions]
    content["_learning"] = state.learning - np.array([0, projection._network.current_step])
    content["_flags"] = state.flags.copy()
    content["_nb_synapses"] = storage.n_synapses
    return content


def _ranks_by_synapse(projection: Projection) -> NDArray[np.integer]:
    """Return row among the dendrites and presynaptic rank (2, n) of every synapse.

    In the narrowest type, because what is written takes the time of the disk.
    """
    state = projection._settled("synapses")
    dendrites, n = state.storage.dendrites, state.storage.n_synapses
    table = np.empty((2, n), index_dtype(max(state.pre.n, state.post.n)))
    lengths = np.diff(dendrites.row_ptr)
    table[0] = np.repeat(np.arange(len(lengths), dtype=table.dtype), lengths)
    table[1] = dendrites.pre_ranks
    return table


def _delays_ms(projection: Projection) -> float | NDArray[np.float64]:
    state = projection._settled("delays")
    storage, dt = state.storage, projection._network.dt
    if storage.delays is None:
        return int(state.delay_steps[0]) * dt
    return storage.delays[storage.dendrites.positions].astype(np.float64) * dt


def _saved_values(projection: Projection, name: str) -> Any:
    """Return one value, one per dendrite, or one per synapse in the user's order."""
    state = projection._settled("values")
    if synapse_values.locality(state, name) is Locality.LOCAL:
        return synapse_values.flat(state, name)
    return np.asarray(synapse_values.read(state, name))


def _load_projection(
    projection: Projection, content: Mapping[str, Any], filename: str
) -> Callable[[], None]:
    state = projection._settled("values to load into")
    owner = f"projection {projection.name!r}"
    if "post_ranks" not in content or "pre_ranks" not in content:
        raise ArgumentError(f"{filename!r} holds no connectivity of {owner}")
    post, pre = _read_pairs(content, filename)
    held = Held(content, owner, filename)
    _warn_of_unknown(content, projection.attributes, owner, filename)
    delays = _read_delays(projection, held, len(pre))
    is_alike = _is_connected_alike(projection, post, pre, delays)
    if not is_alike:
        _check_pairs(state, post, pre, f"{filename!r}: {owner}")
    dendrites = state.storage.dendrites.post_ranks if is_alike else np.unique(post)
    if state.has_single_weight and "w" in content and np.size(content["w"]) != 1:
        raise ShapeError(
            f"{filename!r}: {owner} keeps one weight for all synapses and the file has many",
            hint="connect with force_multiple_weights=True before loading",
        )

    values = {
        name: held.numbers(
            name, state.values[name].dtype, _lengths(state, name, len(pre), len(dendrites))
        )
        for name in projection.attributes
        if name in content
    }
    hidden = _read_hidden(state, held, len(pre))

    def apply() -> None:
        if not is_alike:
            _reconnect(projection, post, pre, delays, values.get("w", np.zeros(1)))
        for name, numbers in values.items():
            _put_values(projection, name, numbers)
        _put_hidden(projection, hidden)

    return apply


def _check_pairs(state: ProjectionState, post: NDArray, pre: NDArray, owner: str) -> None:
    """Refuse ranks that do not exist, and pairs that stand twice."""
    if not len(pre):
        return
    is_outside = pre.max() >= state.pre.n or post.max() >= state.post.n
    if is_outside or min(pre.min(), post.min()) < 0:
        raise ShapeError(f"{owner} has ranks that its populations do not have")
    pairs = post.astype(np.int64) * state.pre.n + pre
    if not np.all(pairs[1:] > pairs[:-1]) and len(np.unique(pairs)) < len(pairs):
        raise ArgumentError(f"{owner} has two synapses between the same two neurons")


def _read_delays(projection: Projection, held: Held, n: int) -> float | NDArray[np.float64]:
    """Return the delays [ms] of a file, which the presynaptic population can remember."""
    dt = projection._network.dt
    if "delays" not in held.content:
        return dt
    found = held.numbers("delays", np.dtype(np.float64), (1, n))
    if not np.all(found >= 0):
        raise held.error("delays", "holds what is no time")
    steps = delay_steps(found, dt)
    require_depth(projection._settled("delays"), int(steps.max(initial=1)))
    return float(found[0]) if np.ndim(held.content["delays"]) == 0 else found


def _lengths(state: ProjectionState, name: str, n: int, n_dendrites: int) -> tuple[int, ...]:
    """Return how many values of an attribute may be given."""
    match synapse_values.locality(state, name):
        case Locality.LOCAL:
            return 1, n
        case Locality.SEMIGLOBAL:
            return 1, n_dendrites
    return (1,)


def _read_hidden(state: ProjectionState, held: Held, n: int) -> dict[str, NDArray]:
    expected = {"_flags": len(state.flags), "_learning": len(state.learning)}
    if state.last_event is not None:
        expected["_last_event"] = n
    return {
        key: held.numbers(key, np.dtype(np.int64), (length,))
        for key, length in expected.items()
        if key in held.content
    }


def _pairs(content: Mapping[str, Any]) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
    """Return (post ranks, pre ranks) of all synapses from any of the forms in use.

    Tables of 16-bit and 32-bit ranks, which is what annlab writes, stay narrow: loading waits
    for memory.
    """
    post_ranks = _whole(content["post_ranks"])
    given = content["pre_ranks"]
    if isinstance(given, np.ndarray) and given.ndim == 2 and given.dtype != object:
        is_table = given.shape[0] == 2 and _n_synapses(content, given.shape[1]) == given.shape[1]
        if is_table:
            is_narrow = given.dtype in (np.int32, np.uint16)
            rank_type = np.int32 if is_narrow else np.int64
            return post_ranks.astype(rank_type)[given[0]], given[1].astype(rank_type, copy=False)
    lengths = [len(row) for row in given]
    pre = np.concatenate([_whole(row) for row in given]) if lengths else np.empty(0, np.int64)
    return np.repeat(post_ranks, lengths), pre


def _whole(ranks: Any) -> NDArray[np.int64]:
    given = np.asarray(ranks)
    whole = given.astype(np.int64)
    if whole.ndim != 1 or not np.array_equal(whole, given):
        raise ValueError(f"{ranks!r} is no list of whole numbers")
    return whole


def _n_synapses(content: Mapping[str, Any], default: int) -> int:
    return int(content.get("nb_synapses", content.get("_nb_synapses", default)))


def _is_connected_alike(
    projection: Projection, post: NDArray, pre: NDArray, delays: float | NDArray
) -> bool:
    storage = projection._settled("synapses").storage
    dendrites = storage.dendrites
    is_same = np.array_equal(dendrites.pre_ranks, pre) and np.array_equal(
        synapse_values.owners(storage), post
    )
    return is_same and np.array_equal(
        delay_steps(delays, projection._network.dt),
        delay_steps(_delays_ms(projection), projection._network.dt),
    )


def _reconnect(
    projection: Projection, post: NDArray, pre: NDArray, delays: float | NDArray, weights: NDArray
) -> None:
    state = projection._settled("synapses")
    order = np.lexsort((pre, post))
    counts = np.bincount(post, minlength=state.post.n)
    steps = delay_steps(delays, projection._network.dt)
    values = weights.astype(state.pre.float_type)
    connectivity = Connectivity(
        major=Side.POST,
        n_pre=state.pre.n,
        n_post=state.post.n,
        row_ptr=np.concatenate(([0], np.cumsum(counts))),
        index=pre[order].astype(np.int32),
        weights=float(values[0]) if len(values) == 1 else values[order],
        delays=int(steps) if steps.ndim == 0 else steps[order],
    )
    projection._exchange_synapses(projection._laid_out(connectivity))


def _put_values(projection: Projection, name: str, values: NDArray) -> None:
    state = projection._settled("values")
    if len(values) == 1:
        synapse_values.write(
            state,
            name,
            values[0],
            label=projection._label,
            rng=projection._network.default_rng,
        )
        return
    is_local = synapse_values.locality(state, name) is Locality.LOCAL
    places = synapse_values.places(state) if is_local else state.storage.dendrites.post_ranks
    state.values[name][places] = values


def _put_hidden(projection: Projection, content: Mapping[str, NDArray]) -> None:
    state = projection._settled("values")
    if state.last_event is not None and "_last_event" in content:
        state.last_event[state.storage.dendrites.positions] = content["_last_event"]
    if "_flags" in content:
        state.flags[:] = content["_flags"]
    if "_learning" in content:
        now = projection._network.current_step
        state.learning[:] = content["_learning"] + np.array([0, now])


# -- connectivity -------------------------------------------------------------------


def save_connectivity(projection: Projection, filename: str) -> None:
    """Write the ranks, weights and delays [ms] of a projection.

    ``pre_ranks`` (2, n_synapses): the position of the dendrite in ``post_ranks``, and the
    presynaptic rank; ``w`` and ``delay``: one number, or one per synapse in the same order.
    """

    def describe() -> dict[str, Any]:
        state = projection._settled("connectivity to save")
        return {
            "name": projection.name,
            "post_ranks": state.storage.dendrites.post_ranks,
            "pre_ranks": _ranks_by_synapse(projection),
            "w": _saved_values(projection, "w"),
            "delay": _delays_ms(projection),
            "max_delay": projection.max_delay,
            "uniform_delay": projection.uniform_delay,
            "size": len(state.storage.dendrites.post_ranks),
            "nb_synapses": state.storage.n_synapses,
        }

    projection._settled("connectivity to save")
    archive.write(filename, projection._network._call(describe))


def read_connectivity(
    filename: str,
    *,
    pickle_encoding: str | None = None,
    allow_pickle: bool = False,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Return (post ranks, pre ranks, weights, delays [ms]), one entry per synapse."""
    content = archive.read(filename, pickle_encoding=pickle_encoding, allow_pickle=allow_pickle)
    missing = {"post_ranks", "pre_ranks", "w", "delay"} - content.keys()
    if missing:
        raise ArgumentError(
            f"{filename!r} holds no connectivity: {', '.join(sorted(missing))} is missing",
            hint="such files are written by Projection.save_connectivity",
        )
    post, pre = _read_pairs(content, filename)
    weights, delays = (_per_synapse(content, k, len(pre), filename) for k in ("w", "delay"))
    if np.any(~(delays >= 0)):
        raise ArgumentError(f"{filename!r} has a delay that is no time: {delays.min():g} ms")
    return post.astype(np.int64), pre.astype(np.int64), weights, delays


def _read_pairs(
    content: Mapping[str, Any], filename: str
) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
    """Return (post ranks, pre ranks) of all synapses of a file that somebody else may have made."""
    try:
        post, pre = _pairs(content)
    except (TypeError, ValueError, IndexError) as error:
        raise ArgumentError(
            f"{filename!r} holds no connectivity: its ranks are no lists of integers",
            why=str(error),
        ) from error
    return post, pre


def _per_synapse(
    content: Mapping[str, Any], what: str, n: int, filename: str
) -> NDArray[np.float64]:
    """Return one number per synapse, given as such, as one for all, or as a list per dendrite."""
    values = content[what]
    is_nested = isinstance(values, list | np.ndarray) and any(
        isinstance(row, list | np.ndarray) for row in values
    )
    try:
        parts = [np.ravel(row) for row in values] if is_nested else [np.ravel(values)]
        array = np.concatenate(parts).astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"{filename!r}: {what!r} are no numbers", why=str(error)) from error
    lengths = [len(part) for part in parts]
    rows = content["pre_ranks"]
    is_wrong = is_nested and np.ndim(rows[0]) == 1 and lengths != [len(row) for row in rows]
    if isinstance(rows, np.ndarray) and rows.ndim == 2:  # a table of pairs, and not of rows
        is_wrong = False
    if is_wrong or array.size not in (1, n):
        raise ShapeError(f"{filename!r} has {lengths} values of {what!r} for {n} synapses")
    return np.broadcast_to(array, (n,))


# -- parameters ---------------------------------------------------------------------


@public
def save_parameters(filename: str, net_id: int | Network = 0) -> None:
    """Write all global parameters and the constants of a network as JSON.

    Examples
    --------
    >>> import annlab
    >>> from pathlib import Path
    >>> cell = annlab.Neuron({"tau": 10.0}, "tau*dr/dt = -r")
    >>> cells = annlab.Population(2, cell, name="cells")
    >>> annlab.save_parameters("parameters.json")
    >>> '"tau": 10.0' in Path("parameters.json").read_text()
    True
    """
    network = _network(net_id)
    content = {
        "populations": {p.name: _global_parameters(p) for p in network.get_populations()},
        "projections": {p.name: _global_parameters(p) for p in network.get_projections()},
        "network": {},
        "constants": {c.name: float(c.value) for c in network.get_constants()},
    }
    with written_whole(read_path(filename)) as draft:
        draft.write_text(json.dumps(content, indent=4) + "\n")


def _global_parameters(obj: Population | Projection) -> dict[str, Any]:
    return {
        a.name: obj.get(a.name)
        for a in obj._model.attributes
        if a.is_parameter and a.locality is Locality.GLOBAL
    }


@public
def load_parameters(
    filename: str, global_only: bool = True, verbose: bool = False, net_id: int | Network = 0
) -> dict[str, float]:
    """Set parameters from a JSON file; return its `network` entries as floats.

    Parameters
    ----------
    global_only
        Leave values per neuron or synapse alone.
    verbose
        Log what is set.

    Examples
    --------
    >>> import annlab
    >>> cell = annlab.Neuron({"tau": 10.0}, "tau*dr/dt = -r")
    >>> cells = annlab.Population(2, cell, name="cells")
    >>> annlab.save_parameters("parameters.json")
    >>> cells.tau = 20.0
    >>> options = annlab.load_parameters("parameters.json")
    >>> cells.tau
    10.0
    """
    network = _network(net_id)
    path = read_path(filename)
    if path.suffix == ".xml":
        raise ConfigurationError(
            f"{filename!r} is a parameter file of an old version", hint="use load_parameter()"
        )
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ArgumentError(f"{filename!r} cannot be read: {error}") from error
    tables = {kind: _table(content, kind, filename) for kind in _KINDS}
    constants, options = (_floats(tables[k], k, filename) for k in ("constants", "network"))
    owners: list[tuple[Population | Projection, dict[str, Any]]] = []
    for kind, objects in (
        ("populations", network.get_populations()),
        ("projections", network.get_projections()),
    ):
        for obj in objects:
            values = _table(tables[kind], obj.name, filename)
            owners.append((obj, _settable(obj, values, global_only=global_only)))
    set_together(
        {str(k): values for k, (_, values) in enumerate(owners)},
        read=lambda k: {name: owners[int(k)][0].get(name) for name in owners[int(k)][1]},
        write=lambda k, values: owners[int(k)][0].set(values),  # type: ignore[arg-type]  # of `owners`
    )
    for constant in network.get_constants():
        constant.set(constants.get(constant.name, constant.value))
    if verbose:
        for obj, values in owners:
            for name, value in values.items():
                log.info("%s.%s = %s", obj.name, name, value)
    return options


def _table(content: Any, name: str, filename: str) -> dict[str, Any]:
    """Return a part of a file of parameters, which is a table of names and values."""
    found = content.get(name, {}) if isinstance(content, dict) else None
    if not isinstance(found, dict):
        raise ArgumentError(
            f"{filename!r} is no file of parameters: {name!r} is no table",
            hint="save_parameters() writes such files",
        )
    return found


def _floats(table: Mapping[str, Any], kind: str, filename: str) -> dict[str, float]:
    try:
        return {name: float(value) for name, value in table.items()}
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"{filename!r}: {kind!r} holds no number: {error}") from error


def _settable(
    obj: Population | Projection, values: Mapping[str, Any], *, global_only: bool
) -> dict[str, Any]:
    """Return the values of attributes that the object has and that are wanted."""
    kinds = {a.name: a.locality for a in obj._model.attributes}
    return {
        name: value
        for name, value in values.items()
        if name in kinds and not (global_only and kinds[name] is not Locality.GLOBAL)
    }


@public
def load_parameter(in_file: str) -> dict[str, float]:
    """Return the parameters of an XML file of an old version. Deprecated."""
    from xml.etree import ElementTree  # only for old files

    warn("load_parameter() reads files of old versions; use load_parameters()", DeprecationWarning)
    try:
        root = ElementTree.parse(in_file).getroot()
    except (OSError, ElementTree.ParseError) as error:
        raise ArgumentError(f"{in_file!r} cannot be read: {error}") from error
    found: dict[str, float] = {}
    for element in root.iter():
        if element.text is None or list(element):
            continue
        try:
            found[element.tag] = float(element.text)
        except ValueError:
            continue
    return found


__all__ = [
    "load",
    "load_network",
    "load_object",
    "load_parameter",
    "load_parameters",
    "read_connectivity",
    "read_matrix_market",
    "save",
    "save_connectivity",
    "save_network",
    "save_object",
    "save_parameters",
]
