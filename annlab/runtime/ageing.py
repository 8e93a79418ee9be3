"""Bring event-driven variables to now, before something changes how they get there.

Such a variable is known as of the last event of its synapse, and the next event works out what came
in between from the numbers that it finds. Whoever sets the variable, or a parameter or constant of
its equation, calls `bring_to_now` first: what is set then counts from now on, and not from the last
event. Called while no step is under way.

Nothing decays while a projection stands still: it transmits nothing and runs no equations then.
Whoever lets it stand still or go on calls `bring_to_now` before that too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from annlab.ir.expr import Locality, Side, Symbol, SymbolKind, symbols
from annlab.ir.model import Method, SynapseModel
from annlab.runtime.state import NetworkState, ProjectionState
from annlab.runtime.storage import Storage, StorageKind

if TYPE_CHECKING:
    from annlab.codegen.lowering.kernel import EventDriven

_BLOCK = 1 << 16  # synapses at once: what is computed of them stays small, whatever the projection

Places = slice | NDArray[np.int64]


def is_part_of(model: SynapseModel, name: str, kind: SymbolKind = SymbolKind.ATTRIBUTE) -> bool:
    """Tell whether an attribute or a constant is event-driven, or stands in such an equation."""
    for e in model.equations:
        if e.method is Method.EVENT_DRIVEN:
            found = symbols(e.left) | symbols(e.right)
            if any(s.name == name and s.kind is kind for s in found):
                return True
            if e.variable.name == name and e.variable.kind is kind:
                return True
    return False


def solutions(p: ProjectionState) -> tuple[EventDriven, ...]:
    """Return how the event-driven variables of a projection decay. The first time takes longer."""
    known = p.solutions
    if known is None or known[0] is not p.model:
        # Importing the lowering costs more than starting a network, and few need it.
        from annlab.codegen.lowering import lower_synapse

        known = p.solutions = p.model, lower_synapse(p.model).event_driven
    return known[1]


def bring_to_now(
    p: ProjectionState, network: NetworkState, places: NDArray[np.int64] | None = None
) -> None:
    """Let event-driven variables decay until now, as if every synapse had just had an event.

    `places`: where the values of the synapses lie that it concerns; None: all.
    """
    # An event that arrives in a step sees what was valid at the end of the one before.
    valid = network.step - 1
    mirror = p.values.mirror
    if mirror is not None and mirror.bring_to(valid, is_still=p.is_still):
        return
    n = p.storage.n_slots if places is None else len(places)
    for first in range(0, n, _BLOCK):
        some = slice(first, min(first + _BLOCK, n))
        _decay(p, network, some if places is None else places[some], valid)


def decayed(
    values: NDArray, elapsed: NDArray, *, per_step: NDArray | float, drive: NDArray | float
) -> NDArray:
    """Return values as they are `elapsed` steps later."""
    with np.errstate(all="ignore"):
        later = drive + (values - drive) * np.exp(-per_step * elapsed)
    # In no time nothing decays, not even infinitely fast.
    return np.where(elapsed == 0, values, later).astype(values.dtype, copy=False)


def _decay(p: ProjectionState, network: NetworkState, places: Places, valid: int) -> None:
    from annlab.codegen.reference import evaluate  # as above

    events = p.last_event
    assert events is not None  # who has such variables has events
    elapsed = valid - events[places]
    if not elapsed.any():
        return
    events[places] = valid
    if p.is_still:
        return
    lookup = _lookup(p, network, places)
    for each in solutions(p):
        rate, drive = (
            np.asarray(evaluate(e, lookup, float_type=network.float_type))
            for e in (each.rate, each.drive)
        )
        values = p.values[each.variable.name]
        values[places] = decayed(values[places], elapsed, per_step=network.dt * rate, drive=drive)


def _lookup(
    p: ProjectionState, network: NetworkState, places: Places
) -> Callable[[Symbol], NDArray | float]:
    """Return what finds the numbers of the equations at some places: such as do not change."""

    def lookup(symbol: Symbol) -> NDArray | float:
        match symbol.kind:
            case SymbolKind.CONSTANT:
                return network.constants[symbol.name][0]
            case SymbolKind.CLOCK if symbol.name == "dt":
                return network.dt
            case SymbolKind.ATTRIBUTE if symbol.side is Side.OWN:
                values = p.values[symbol.name]
                if len(values) == 1:  # global, or one weight for all
                    return values[0]
                if symbol.locality is Locality.SEMIGLOBAL:
                    return values[_post_ranks(p.storage, places)]
                return values[places]
        raise KeyError(symbol.name)

    return lookup


def _post_ranks(storage: Storage, places: Places) -> NDArray[np.integer]:
    """Return the postsynaptic rank of the synapses at some places."""
    if isinstance(places, slice):
        places = np.arange(places.start, places.stop, dtype=np.int64)
    is_by_row = storage.major is Side.POST
    match storage.kind:
        case StorageKind.ONE_TO_ONE:
            return storage.columns.start + places
        case StorageKind.DENSE if is_by_row:
            return storage.rows.start + places // storage.stride
        case StorageKind.DENSE:
            # The padding of a row has no neuron, and nobody looks at what becomes of it.
            return np.minimum(storage.columns.start + places % storage.stride, storage.n_post - 1)
        case _ if is_by_row:
            rows = np.searchsorted(storage.row_ptr, places, side="right") - 1
            return storage.row_owner()[rows]
    return storage.index[places]


__all__ = ["bring_to_now", "decayed", "is_part_of", "solutions"]
