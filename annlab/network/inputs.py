"""Populations and projections that bring data into a network.

All of them are ordinary neurons or synapses: their equations are text, and data
given over time are tables that the running network reads (`TimedTable`,
`SpikeTable`). New data replace the tables between two slices of a run.

Each kind is in a module `inputs_*` beside this one, which brings them together.
"""

from annlab.network.inputs_correlated import HomogeneousCorrelatedSpikeTrains
from annlab.network.inputs_poisson import PoissonPopulation, TimedPoissonPopulation
from annlab.network.inputs_projections import CurrentInjection, DecodingProjection
from annlab.network.inputs_rates import InputArray, TimedArray
from annlab.network.inputs_spikes import SpikeSourceArray

__all__ = [
    "CurrentInjection",
    "DecodingProjection",
    "HomogeneousCorrelatedSpikeTrains",
    "InputArray",
    "PoissonPopulation",
    "SpikeSourceArray",
    "TimedArray",
    "TimedPoissonPopulation",
]
