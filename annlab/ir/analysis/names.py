"""Which names an attribute may have.

Some names mean something in every equation, some are members of the objects
that carry the attributes, some could not be spelled in generated code.
"""

from __future__ import annotations

import keyword

from annlab.errors import ModelError, Source, Span


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_IN_EQUATIONS = _words(
    "t dt t_pre t_post t_last last_spike rk_post rk_pre i j active refractory size "
    "pos positive neg negative modulo fabs ite clip True False power round "
    "pre post sum g_target pi"
)
_OF_POPULATIONS = _words(
    "name id geometry width height depth dimension ranks neuron_type targets attributes "
    "parameters variables functions init enabled max_delay initialized get set reset clear enable "
    "disable spike neuron neurons compute_firing_rate rank_from_coordinates "
    "coordinates_from_rank normalized_coordinates_from_rank save load live network explain"
)
_OF_PROJECTIONS = _words(
    "name id target synapse_type attributes parameters variables functions init max_delay "
    "uniform_delay connector_name connector_description initialized nb_synapses "
    "nb_synapses_per_dendrite post_ranks pre_ranks pre_rank dendrite dendrites synapse synapses "
    "get set delay transmission axon_transmission update plasticity enable_learning "
    "disable_learning connectivity_matrix receptive_fields receptive_field save load "
    "save_connectivity start_pruning stop_pruning start_creating stop_creating reset "
    "update_launch_config live network rank create_synapse create_synapses prune_synapse "
    "prune_synapses explain"
)


def check_name(name: str, *, of_neuron: bool, source: Source | None, span: Span | None) -> None:
    """Refuse a name that no attribute may have."""
    reason = _reason(name, of_neuron=of_neuron)
    if reason is not None:
        raise ModelError(
            f"an attribute cannot be called '{name}'",
            source=source,
            span=span,
            why=reason,
            hint="choose another name",
        )


def _reason(name: str, *, of_neuron: bool) -> str | None:
    if name in _IN_EQUATIONS:
        return f"'{name}' has a meaning of its own in equations"
    if keyword.iskeyword(name):
        return f"'{name}' is a word of Python"
    if not of_neuron and name in _OF_PROJECTIONS:
        return f"every projection has a member '{name}'"
    if of_neuron and name in _OF_POPULATIONS:
        return f"every population has a member '{name}'"
    if name.startswith("_"):
        return "names that begin with '_' are kept for generated code"
    return None
