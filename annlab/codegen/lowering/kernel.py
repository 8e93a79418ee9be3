"""Kernel IR: a model after discretisation, as straight lists of assignments.

This is what the back ends render (cpu, cuda) or interpret (reference). No ODE,
no method, no function of the user is left in it; and nothing of it knows C,
arrays, threads or storage.
"""

from __future__ import annotations

from dataclasses import dataclass

from annlab.ir.expr import Expr, Symbol
from annlab.ir.model import Distribution, Draw, NeuronModel, Reduction, SynapseModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """``target = clip(value, minimum, maximum)``.

    A target of kind TEMPORARY is declared here; it is visible to all later statements of the
    same list. ATTRIBUTE targets are stored. A CONDUCTANCE target means ``+=`` of `value` (the
    value holds the increment alone) if `is_increment`, else ``=``.
    """

    target: Symbol
    value: Expr
    minimum: Expr | None = None
    maximum: Expr | None = None
    text: str = ""  # the user's line, for the comment in the generated code
    is_frozen: bool = False  # takes no effect while the neuron is refractory
    is_increment: bool = False
    unless_post: bool = False
    is_gated: bool = False  # a statement on w in an event: skipped unless `plasticity`


@dataclass(frozen=True, slots=True, kw_only=True)
class PopulationKernel:
    """One step of a population.

    Attributes
    ----------
    invariants
        Temporaries of global symbols only (no draws, no local symbol): once per step, before
        all else. They see global variables as they are *after* `global_update`.
    global_update
        Once per step; own global attributes, global draws.
    update
        For each neuron, in order.
    """

    model: NeuronModel
    invariants: tuple[Statement, ...]
    global_update: tuple[Statement, ...]
    update: tuple[Statement, ...]
    spike: Expr | None
    reset: tuple[Statement, ...]
    axon_spike: Expr | None
    axon_reset: tuple[Statement, ...]
    stop: Expr | None = None

    @property
    def draws(self) -> tuple[Draw, ...]:
        return self.model.draws

    @property
    def reductions(self) -> tuple[Reduction, ...]:
        return self.model.reductions


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDriven:
    """Exact decay of an event-driven variable over `_elapsed` steps.

    ``x <- drive + (x - drive) * exp(-dt * elapsed * rate)``; `rate` = 1/tau [1/ms] and
    `drive` hold no variable of the block.
    """

    variable: Symbol
    rate: Expr
    drive: Expr
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectionKernel:
    """One step of a projection.

    `psp` is None where only spikes are transmitted. The symbol ``dt`` stands for the period of
    learning in the three update lists, and for the step everywhere else.
    """

    model: SynapseModel
    psp: Expr | None
    pre_spike: tuple[Statement, ...]
    pre_axon_spike: tuple[Statement, ...]
    post_spike: tuple[Statement, ...]
    event_driven: tuple[EventDriven, ...]
    invariants: tuple[Statement, ...]  # of the update lists; after global_update
    global_update: tuple[Statement, ...]
    semiglobal_update: tuple[Statement, ...]
    local_update: tuple[Statement, ...]

    @property
    def draws(self) -> tuple[Draw, ...]:
        return self.model.draws


__all__ = [
    "Distribution",
    "EventDriven",
    "PopulationKernel",
    "ProjectionKernel",
    "Statement",
]
