"""What a file holds of a projection: synapses, values, and what learning remembers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annlab.errors import ArgumentError, ShapeError
from annlab.ir.expr import Locality, Side
from annlab.network import synapse_values
from annlab.network.file_checks import Held, warn_of_unknown
from annlab.network.io_connectivity import delays_ms, ranks_by_synapse, read_pairs, saved_values
from annlab.network.projection import Projection
from annlab.network.recipes import delay_steps
from annlab.runtime.remodel import event_driven
from annlab.runtime.state import ProjectionState
from annlab.runtime.storage import Connectivity
from annlab.runtime.wiring import require_depth


def describe_projection(projection: Projection) -> dict[str, Any]:
    """Return what is written of a projection."""
    state = projection._settled("values to save")
    storage, dendrites = state.storage, state.storage.dendrites
    content: dict[str, Any] = {
        "name": projection.name,
        "pre": projection.pre.name,
        "post": projection.post.name,
        "target": projection.target,
        "post_ranks": dendrites.post_ranks,
        "pre_ranks": ranks_by_synapse(projection),
        "attributes": projection.attributes,
        "parameters": projection.parameters,
        "variables": projection.variables,
        "delays": delays_ms(projection),
    }
    for name in projection.attributes:
        content[name] = saved_values(projection, name)
    if state.last_event is not None:
        content["_last_event"] = dendrites.take(state.last_event).copy()
        content["_step"] = projection._network.current_step  # from which those are counted
    content["_learning"] = state.learning - np.array([0, projection._network.current_step])
    content["_flags"] = state.flags.copy()
    content["_nb_synapses"] = storage.n_synapses
    return content


def projection_loading(
    projection: Projection, content: Mapping[str, Any], filename: str
) -> Callable[[], None]:
    """Check what was read of a projection and return the function that puts it in place."""
    state = projection._settled("values to load into")
    owner = f"projection {projection.name!r}"
    if "post_ranks" not in content or "pre_ranks" not in content:
        raise ArgumentError(f"{filename!r} holds no connectivity of {owner}")
    post, pre = read_pairs(content, filename)
    held = Held(content, owner, filename)
    warn_of_unknown(content, projection.attributes, owner, filename)
    delays = _read_delays(projection, held, len(pre))
    is_alike = _is_connected_alike(projection, post, pre, delays)
    if not is_alike:
        _check_pairs(state, post, pre, f"{filename!r}: {owner}")
    dendrites = state.storage.dendrites.post_ranks if is_alike else np.unique(post)
    _check_weights(state, content, f"{filename!r}: {owner}")
    values = {
        name: held.numbers(
            name, state.values[name].dtype, _lengths(state, name, len(pre), len(dendrites))
        )
        for name in projection.attributes
        if name in content
    }
    timed = [e.variable.name for e in event_driven(state.model)]
    hidden = _read_hidden(state, held, len(pre), has_events=values.keys() >= set(timed))
    must_age = "_last_event" not in hidden and projection._ages(timed)

    def apply() -> None:
        if not is_alike:
            _reconnect(projection, post, pre, delays, values.get("w", np.zeros(1)))
        if must_age:
            projection._bring_to_now()
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


def _check_weights(state: ProjectionState, content: Mapping[str, Any], owner: str) -> None:
    if state.has_single_weight and "w" in content and np.size(content["w"]) != 1:
        raise ShapeError(
            f"{owner} keeps one weight for all synapses and the file has many",
            hint="connect with force_multiple_weights=True before loading",
        )


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


def _read_hidden(
    state: ProjectionState, held: Held, n: int, *, has_events: bool
) -> dict[str, NDArray]:
    """Return what is no attribute; of events only if all values that belong to them are there."""
    expected = {"_flags": len(state.flags), "_learning": len(state.learning)}
    if state.last_event is not None and has_events:
        expected["_last_event"] = n
    found = {
        key: held.numbers(key, np.dtype(np.int64), (length,))
        for key, length in expected.items()
        if key in held.content
    }
    if "_step" in held.content:
        found["_step"] = held.whole("_step", least=0, below=2**62, n=1)
    return found


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
        delay_steps(delays_ms(projection), projection._network.dt),
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
    dendrites, target = state.storage.dendrites, state.values[name]
    if synapse_values.locality(state, name) is Locality.LOCAL:
        dendrites.put(target, values)
    else:
        target[dendrites.post_ranks] = values


def _put_hidden(projection: Projection, content: Mapping[str, NDArray]) -> None:
    state = projection._settled("values")
    now = projection._network.current_step
    if state.last_event is not None and "_last_event" in content:
        since = now - int(content["_step"][0]) if "_step" in content else 0
        state.storage.dendrites.put(state.last_event, content["_last_event"] + since)
    if "_flags" in content:
        state.flags[:] = content["_flags"]
    if "_learning" in content:
        state.learning[:] = content["_learning"] + np.array([0, now])


__all__ = ["describe_projection", "projection_loading"]
