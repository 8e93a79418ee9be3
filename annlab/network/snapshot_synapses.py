"""The synapses of one projection as arrays, and back: connectivity, values, events, rules.

What comes back is checked before anything is changed, since kernels trust indices.
Knows nothing of files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annlab.errors import ArgumentError, ShapeError
from annlab.ir.expr import Locality, Side
from annlab.network.projection import Projection
from annlab.runtime.memory import aligned
from annlab.runtime.state import NetworkState, ProjectionState
from annlab.runtime.storage import Storage, StorageKind
from annlab.runtime.structure import Structure
from annlab.runtime.traces import TraceMirror
from annlab.runtime.wiring import deepen

Content = dict[str, Any]  # nested: arrays, numbers and texts by name

_NUMBERS = ("n_pre", "n_post", "n_synapses", "n_slots", "stride", "has_self")
_ARRAYS = {
    "row_ptr": np.int64,
    "delays": np.int32,
    "segment_ptr": np.int64,
    "segment_delay": np.int32,
    "kept_post_ranks": np.int32,
}


def describe_synapses(state: ProjectionState) -> Content:
    """Return copies of all that the synapses hold; changes by hand are made already."""
    state.values.publish()
    n_slots = state.storage.n_slots
    content: Content = {
        "storage": _of_storage(state.storage),
        "values": {name: np.array(state.values.raw(name)) for name in state.values},
        "has_single_weight": state.has_single_weight,
        "delay_steps": state.delay_steps.copy(),
        "flags": state.flags.copy(),
        "learning": state.learning.copy(),
    }
    if state.last_event is not None:
        content["last_event"] = state.last_event[:n_slots].copy()
    mirror = state.values.mirror
    if isinstance(mirror, TraceMirror):
        content["traces"] = {name: values.copy() for name, values in mirror.traces.items()}
        content["trace_events"] = {s.value: steps.copy() for s, steps in mirror.events.items()}
        content["young"] = mirror.young.copy()
        if mirror.ripe_at is not None:
            content["ripe_at"] = np.array([mirror.ripe_at])
    structure = state.structure
    if structure is not None:
        content["structure"] = {
            "creating": structure.creating.values.copy(),
            "pruning": structure.pruning.values.copy(),
        }
    return content


def _of_storage(storage: Storage) -> Content:
    content: Content = {name: getattr(storage, name) for name in _NUMBERS}
    content |= {"kind": storage.kind.value, "major": storage.major.value}
    for name in ("rows", "columns"):
        extent = getattr(storage, name)
        content[name] = np.array([extent.start, extent.stop])
    content["index"] = storage.index.copy()
    for name in _ARRAYS:
        array = getattr(storage, name)
        if array is not None:
            content[name] = array.copy()
    return content


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Held:
    """What a snapshot holds of a projection, checked; `rest` as it was found."""

    storage: Storage
    has_single_weight: bool
    values: dict[str, NDArray]
    last_event: NDArray | None
    traces: dict[str, NDArray] | None
    rest: Mapping[str, Any]


def restoring_synapses(
    projection: Projection, content: Mapping[str, Any], network: NetworkState, *, has_traces: bool
) -> Callable[[], None]:
    """Check what a snapshot holds of a projection; return the function that puts it in place.

    `has_traces`: the back end keeps traces of neurons as the one of the snapshot did.
    """
    state = projection._settled("synapses to restore")
    owner = f"projection {projection.name!r}"
    storage = _storage(content["storage"], state, projection)
    last_event = None
    if state.last_event is not None:
        dtype = np.dtype(np.int64)
        last_event = fitting(
            content.get("last_event"), storage.n_slots, dtype, f"events of {owner}"
        )
    _require_settings(state, content, owner)
    held = _Held(
        storage=storage,
        has_single_weight=bool(content["has_single_weight"]),
        values=_values(state, content, storage.n_slots, owner),
        last_event=last_event,
        traces=_mirrored(state, content, owner) if has_traces and "traces" in content else None,
        rest=content,
    )
    return lambda: _apply(projection, state, held, network)


def _values(
    state: ProjectionState, content: Mapping[str, Any], n_slots: int, owner: str
) -> dict[str, NDArray]:
    """Return the values of all attributes, checked."""
    lengths = {a.name: _length(a.locality, state, n_slots) for a in state.model.attributes}
    if content["has_single_weight"]:
        lengths["w"] = 1
    return {
        name: fitting(
            content["values"].get(name), n, state.values.raw(name).dtype, f"{name!r} of {owner}"
        )
        for name, n in lengths.items()
    }


def _require_settings(state: ProjectionState, content: Mapping[str, Any], owner: str) -> None:
    for name in ("flags", "learning", "delay_steps"):
        like = getattr(state, name)
        fitting(content[name], len(like), like.dtype, f"{name!r} of {owner}")
    periods = [content["delay_steps"][0], content["learning"][0]]
    if "ripe_at" in content:
        fitting(content["ripe_at"], 1, np.dtype(np.int64), f"the young synapses of {owner}")
    for rule in ("creating", "pruning") if "structure" in content else ():
        clock = content["structure"][rule]
        fitting(clock, 3, np.dtype(np.int64), f"the rule {rule!r} of {owner}")
        periods.append(clock[1])
    if min(periods) < 1 or (content["has_single_weight"] and state.model.is_plastic):
        raise ArgumentError(f"the snapshot is damaged: delay, periods or weights of {owner}")


def _apply(
    projection: Projection, state: ProjectionState, held: _Held, network: NetworkState
) -> None:
    is_same = state.has_single_weight == held.has_single_weight and _equal(
        state.storage, held.storage
    )
    if not is_same:
        state.storage, state.has_single_weight = held.storage, held.has_single_weight
    state.values.mirror = None
    for name, array in held.values.items():
        _put(state.values, name, array)
    if held.last_event is not None:
        state.last_event = _aligned(held.last_event)
    state.delay_steps[:] = held.rest["delay_steps"]
    state.flags[:] = projection._flags[:] = held.rest["flags"]
    state.learning[:] = held.rest["learning"]
    _restore_structure(projection, state, held.rest.get("structure"))
    if held.traces is not None:
        mirror = TraceMirror(state, network)
        events = {s: held.rest["trace_events"][s.value] for s in mirror.events}
        mirror.put(held.traces, events, _young(held.rest, held.storage))
        if "ripe_at" in held.rest:
            mirror.ripe_at = int(held.rest["ripe_at"][0])
    projection._rejoin(state)
    deepen(state, network.step)
    if not is_same:
        for follow in projection._followers():
            follow()


def fitting(found: Any, n: int, dtype: np.dtype, what: str) -> NDArray:
    """Return an array of a snapshot that has the length and type of what it will replace."""
    if found is None:
        raise ArgumentError(f"the snapshot does not hold {what}")
    array = np.asarray(found)
    if array.shape != (n,) or array.dtype != dtype:
        raise ShapeError(
            f"the snapshot holds {array.size} values ({array.dtype}) for {what}, "
            f"expected {n} ({dtype})"
        )
    return array


def _length(locality: Locality, state: ProjectionState, n_slots: int) -> int:
    match locality:
        case Locality.GLOBAL:
            return 1
        case Locality.SEMIGLOBAL:
            return state.post.n_padded
    return n_slots


def _put(values: dict[str, NDArray], name: str, array: NDArray) -> None:
    if len(values[name]) == len(array):
        values[name][:] = array
    else:
        values[name] = _aligned(array)


def _aligned(array: NDArray) -> NDArray:
    copy = aligned(len(array), array.dtype)[: len(array)]
    copy[:] = array
    return copy


# -- connectivity ---------------------------------------------------------------------


def _storage(content: Mapping[str, Any], state: ProjectionState, projection: Projection) -> Storage:
    """Return the connectivity of a snapshot.

    Raises
    ------
    ArgumentError
        If it is not one that kernels could walk.
    """
    try:
        storage = _read_storage(content)
        if _is_sound(storage, state, projection._major):
            return storage
    except (KeyError, TypeError, ValueError, IndexError):
        pass  # refused below
    raise ArgumentError(f"the snapshot is damaged: connectivity of projection {projection.name!r}")


def _read_storage(content: Mapping[str, Any]) -> Storage:
    storage = Storage(
        kind=StorageKind(str(content["kind"])),
        major=Side(str(content["major"])),
        n_pre=int(content["n_pre"]),
        n_post=int(content["n_post"]),
        n_synapses=int(content["n_synapses"]),
        n_slots=int(content["n_slots"]),
        stride=int(content["stride"]),
        has_self=bool(content["has_self"]),
        rows=range(*map(int, content["rows"])),
        columns=range(*map(int, content["columns"])),
        index=np.array(content["index"]),
    )
    for name, dtype in _ARRAYS.items():
        if name in content:
            setattr(storage, name, np.array(content[name], dtype=dtype))
    return storage


def _is_sound(s: Storage, state: ProjectionState, major: Side) -> bool:
    if s.kind is StorageKind.ONE_TO_ONE:
        major = Side.PRE
    if (s.n_pre, s.n_post, s.major) != (state.pre.n, state.post.n, major):
        return False
    n_major, n_minor = (s.n_pre, s.n_post) if s.major is Side.PRE else (s.n_post, s.n_pre)
    if s.kind is not StorageKind.CSR:
        return _has_sound_extent(s, n_major, n_minor)
    narrow = np.uint16 if n_minor <= 2**16 else np.int32
    n_rows = len(s.row_ptr) - 1
    is_cut = s.delays is not None and s.major is Side.PRE
    return (
        s.n_slots == s.n_synapses == len(s.index)
        and s.index.dtype == narrow
        and _within(s.index, 0, n_minor)
        and _ascends(s.row_ptr, s.n_synapses)
        and (is_cut or (n_rows == n_major and s.segment_ptr is None))
        and (not is_cut or _has_sound_segments(s, n_major, n_rows))
        and (s.delays is None or (len(s.delays) == s.n_slots and _within(s.delays, 1, 2**30)))
        and (s.kept_post_ranks is None or _within(s.kept_post_ranks, 0, s.n_post))
    )


def _has_sound_extent(s: Storage, n_major: int, n_minor: int) -> bool:
    is_inside = (
        0 <= s.rows.start <= s.rows.stop <= n_major
        and 0 <= s.columns.start <= s.columns.stop <= n_minor
    )
    if s.kind is StorageKind.ONE_TO_ONE:
        return is_inside and s.n_slots == s.n_synapses == len(s.rows) == len(s.columns)
    return is_inside and s.stride >= len(s.columns) and s.n_slots == len(s.rows) * s.stride


def _has_sound_segments(s: Storage, n_major: int, n_rows: int) -> bool:
    pointers, delays = s.segment_ptr, s.segment_delay
    return (
        pointers is not None
        and delays is not None
        and s.delays is not None
        and len(pointers) == n_major + 1
        and _ascends(pointers, n_rows)
        and len(delays) == n_rows
        # Rings are as deep as the longest delay of a synapse: segments may have no other.
        and np.array_equal(np.repeat(delays, np.diff(s.row_ptr)), s.delays)
        and _within(delays, 1, int(s.delays.max(initial=1)) + 1)
    )


def _ascends(pointers: NDArray, last: int) -> bool:
    return bool(pointers[0] == 0 and pointers[-1] == last and np.all(np.diff(pointers) >= 0))


def _within(array: NDArray, first: int, stop: int) -> bool:
    return not len(array) or bool(array.min() >= first and array.max() < stop)


def _equal(a: Storage, b: Storage) -> bool:
    if any(getattr(a, n) != getattr(b, n) for n in ("kind", "rows", "columns", *_NUMBERS)):
        return False
    return all(_equal_arrays(getattr(a, n), getattr(b, n)) for n in ("index", *_ARRAYS))


def _equal_arrays(a: NDArray | None, b: NDArray | None) -> bool:
    if a is None or b is None:
        return a is b
    return np.array_equal(a, b)


# -- traces and rules -----------------------------------------------------------------


def _mirrored(state: ProjectionState, content: Mapping[str, Any], owner: str) -> dict[str, NDArray]:
    """Return the traces of a snapshot, checked."""
    ends = {Side.PRE: state.pre, Side.POST: state.post}
    events = content["trace_events"]
    for side, population in ends.items():
        n = population.n_padded
        fitting(events.get(side.value), n, np.dtype(np.int64), f"events of {owner}")
    return {
        name: fitting(
            content["traces"].get(name),
            ends[side].n_padded,
            state.values.raw(name).dtype,
            f"the traces of {owner}",
        )
        for name, side in state.model.trace_sides
    }


def _young(content: Mapping[str, Any], storage: Storage) -> NDArray[np.int64]:
    """Return which synapses have values of their own beside the traces; none in old snapshots."""
    young = np.asarray(content.get("young", np.empty(0, np.int64)), np.int64).copy()
    if not (_within(young, 0, storage.n_synapses) and np.all(np.diff(young) > 0)):
        raise ArgumentError("the snapshot is damaged: it names synapses that are not there")
    return young


def _restore_structure(
    projection: Projection, state: ProjectionState, content: Mapping[str, Any] | None
) -> None:
    if content is None:
        state.structure = None  # made again when the first synapse comes or goes
        return
    structure: Structure = state.structure or projection._new_structure(state)
    state.structure = structure
    structure.forget()
    structure.creating.values[:] = content["creating"]
    structure.pruning.values[:] = content["pruning"]


__all__ = ["describe_synapses", "fitting", "restoring_synapses"]
