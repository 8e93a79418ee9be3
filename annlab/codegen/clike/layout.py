"""What of a projection's storage is part of its code."""

from __future__ import annotations

from dataclasses import dataclass

from annlab.ir.expr import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What of a projection's storage is part of its code.

    Attributes
    ----------
    storage
        dense, csr or one_to_one.
    major
        Whose rows are walked.
    has_delays
        One delay per synapse.
    n_targets
        Number of targets that an increment goes to.
    is_decoding
        Spikes of a window become a rate, whatever the synapse says.
    has_traces
        Event-driven variables are kept once per neuron (``SynapseModel.trace_sides``).
    has_young
        Some synapses came later than others and have values of their own beside the traces.
    """

    storage: str
    major: Side
    has_delays: bool
    n_targets: int
    is_decoding: bool = False
    has_traces: bool = False
    has_young: bool = False
