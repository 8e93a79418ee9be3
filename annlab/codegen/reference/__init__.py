"""Kernel IR over NumPy: slow, plain, complete; what a model means, executable."""

from annlab.codegen.reference.evaluate import evaluate
from annlab.codegen.reference.population import (
    PopulationInputs,
    Spikes,
    is_stopping,
    step_population,
)
from annlab.codegen.reference.projection import (
    LAST_EVENT_AT_START,
    Event,
    ProjectionInputs,
    deliver,
    post_events,
    psp_values,
    reduce_psp,
    update_synapses,
)
from annlab.codegen.reference.statements import run_statements

__all__ = [
    "LAST_EVENT_AT_START",
    "Event",
    "PopulationInputs",
    "ProjectionInputs",
    "Spikes",
    "deliver",
    "evaluate",
    "is_stopping",
    "post_events",
    "psp_values",
    "reduce_psp",
    "run_statements",
    "step_population",
    "update_synapses",
]
