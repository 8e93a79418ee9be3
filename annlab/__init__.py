"""annlab: from equations in a notebook cell to a live, steerable network of neurons.

The public names. Each is loaded from where it lives when it is first used, so that
``import annlab`` takes no time.
"""

import sys as _sys
from importlib import import_module as _import_module
from typing import Any as _Any

from annlab._version import __release__, __version__

_PLACES = {
    "annlab.diagnosis": ("doctor",),
    "annlab.extensions.hybrid": ("Rate2SpikePopulation", "Spike2RatePopulation"),
    "annlab.ir.definition": (
        "Creating",
        "Neuron",
        "Parameter",
        "Pruning",
        "Synapse",
        "Variable",
    ),
    "annlab.models": (
        "EIF_cond_alpha_isfa_ista",
        "EIF_cond_exp_isfa_ista",
        "GIF_curr",
        "GIF_curr_exp",
        "HH_cond_exp",
        "Hebb",
        "IBCM",
        "IF_cond_alpha",
        "IF_cond_exp",
        "IF_curr_alpha",
        "IF_curr_exp",
        "Izhikevich",
        "LeakyIntegrator",
        "Oja",
        "STDP",
        "STP",
        "list_standard_neurons",
        "list_standard_synapses",
    ),
    "annlab.network.callbacks": ("every",),
    "annlab.network.constants": ("Constant",),
    "annlab.network.dendrite": ("Dendrite",),
    "annlab.network.distributions": (
        "Binomial",
        "DiscreteUniform",
        "Exponential",
        "Gamma",
        "LogNormal",
        "Normal",
        "Uniform",
    ),
    "annlab.network.explain": ("explain",),
    "annlab.network.functions": ("add_function",),
    "annlab.network.inputs_correlated": ("HomogeneousCorrelatedSpikeTrains",),
    "annlab.network.inputs_poisson": ("PoissonPopulation", "TimedPoissonPopulation"),
    "annlab.network.inputs_projections": ("CurrentInjection", "DecodingProjection"),
    "annlab.network.inputs_rates": ("InputArray", "TimedArray"),
    "annlab.network.inputs_spikes": ("SpikeSourceArray",),
    "annlab.network.io": ("load", "save"),
    "annlab.network.io_parameters": ("load_parameter", "load_parameters", "save_parameters"),
    "annlab.network.lil": ("CSR", "LILConnectivity"),
    "annlab.network.magic": (
        "callbacks_enabled",
        "clear",
        "clear_all_callbacks",
        "compile",
        "disable_callbacks",
        "disable_learning",
        "dt",
        "enable_callbacks",
        "enable_learning",
        "functions",
        "get_constant",
        "get_current_step",
        "get_population",
        "get_projection",
        "get_time",
        "magic_network",
        "monitors",
        "parallel_run",
        "populations",
        "projections",
        "reset",
        "set_current_step",
        "set_seed",
        "set_time",
        "setup",
        "simulate",
        "simulate_until",
        "step",
    ),
    "annlab.network.estimates": ("MemoryEstimate",),
    "annlab.network.monitor": ("Monitor",),
    "annlab.network.monitor_list": ("MonitorList",),
    "annlab.network.network": ("Network",),
    "annlab.network.population": ("Population",),
    "annlab.network.projection": ("Projection",),
    "annlab.network.recording": ("Recording", "open_recording"),
    "annlab.network.report": ("report",),
    "annlab.network.snapshot": ("Snapshot", "load_snapshot"),
    "annlab.network.statistics": (
        "coefficient_of_variation",
        "histogram",
        "inter_spike_interval",
        "mean_fr",
        "population_rate",
        "raster_plot",
        "smoothed_rate",
    ),
    "annlab.network.utilities": (
        "compute_delivered_afferent_spikes",
        "compute_delivered_efferent_spikes",
        "compute_delivered_spikes",
        "compute_delivered_spikes_per_second",
        "convert_ms_to_steps",
        "convert_steps_to_ms",
        "sparse_delays_from_weights",
        "sparse_random_matrix",
        "timeit",
    ),
    "annlab.network.view": ("PopulationView",),
    "numpy": ("float32", "float64"),
}
_MODULE_OF = {name: module for module, names in _PLACES.items() for name in names}
_NUMPY = "np"  # scripts of version 4 take it from here
_PACKAGES = ("errors", "extensions", "models", "teach", "widgets")

# A script that takes all names must not wait for the libraries that these bring.
_HEAVY = ("explain",)

__all__ = [  # pyright: ignore[reportUnsupportedDunderAll]
    *sorted((*(name for name in _MODULE_OF if name not in _HEAVY), "models", _NUMPY)),
    "__release__",
    "__version__",
]


def __getattr__(name: str) -> _Any:
    if name == _NUMPY:
        return _import_module("numpy")
    if name in _PACKAGES:
        return _import_module(f"annlab.{name}")
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'annlab' has no attribute {name!r}")
    if _MODULE_OF[name].startswith(("annlab.network", "annlab.extensions")):
        _import_module("annlab.network.network")  # it knows how the global network is made
    value = getattr(_import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def load_ipython_extension(shell: _Any) -> None:
    """``%load_ext annlab``: the cell magics ``%%neuron`` and ``%%synapse``."""
    _import_module("annlab.magics").load_ipython_extension(shell)


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULE_OF, *_PACKAGES})


if "IPython" in _sys.modules:
    _import_module("annlab.magics").load_where_ipython_runs()
    _import_module("annlab.lab.beacon").light()  # JupyterLab's sidebar finds the networks
