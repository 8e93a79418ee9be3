"""The functions of version 4: the same verbs, acting on the global network.

`setup` also changes the defaults of all later networks. Every function takes
`net_id` last; 0 is the global network.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

from annlab.errors import AnnlabWarning, ArgumentError
from annlab.network import config as options
from annlab.network import context, parallel
from annlab.network.constants import GLOBAL_CONSTANTS
from annlab.network.functions import GLOBAL_FUNCTIONS
from annlab.network.monitor import Monitor
from annlab.network.network import Network
from annlab.network.population import Population
from annlab.network.projection import Projection

_FIXED_EARLY = ("dt", "dtype", "precision")


def setup(**kwargs: object) -> None:
    """Change the options of the global network and of all networks made later.

    Parameters
    ----------
    dt, seed, method, num_threads, backend, dtype ...
        As in `Config`; an unknown name is warned of.
    """
    options.change_defaults(kwargs)
    if not context.has_global_network():
        return
    network = context.global_network()
    late = [name for name in _FIXED_EARLY if name in kwargs]
    if late and not network._is_blank():
        warnings.warn(
            f"setup({late[0]}=...) comes after populations were made",
            AnnlabWarning,
            stacklevel=2,
        )
    network._require_uncompiled("change options")
    known = {k: v for k, v in kwargs.items() if k == "precision" or hasattr(network._config, k)}
    network._change_config(known, origin="setup()")


def magic_network() -> Network:
    """Return the global network, number 0."""
    return context.global_network()


def clear(
    functions: bool = True, neurons: bool = True, synapses: bool = True, constants: bool = True
) -> None:
    """Forget every network and everything global: options, functions, constants."""
    for network in context.networks():
        network.clear()
        network.clear_all_callbacks()
    context.forget()
    options.forget_defaults()
    if functions:
        GLOBAL_FUNCTIONS.clear()
    if constants:
        GLOBAL_CONSTANTS.clear()


def compile(*args: Any, net_id: int = 0, **kwargs: Any) -> None:  # its name in scripts
    """Compile the global network; arguments as for `Network.compile`."""
    context.network_of_id(net_id).compile(*args, **kwargs)


def simulate(
    duration: float,
    measure_time: bool = False,
    progress_bar: bool = False,
    callbacks: bool = True,
    show_monitor_memory_estimate: bool = False,
    net_id: int = 0,
) -> int:
    """Run the global network for `duration` ms."""
    network = context.network_of_id(net_id)
    return network.simulate(duration, measure_time, callbacks=callbacks, progress_bar=progress_bar)


def simulate_until(
    max_duration: float,
    population: Population | Sequence[Population],
    operator: str = "and",
    measure_time: bool = False,
    show_monitor_memory_estimate: bool = False,
    net_id: int = 0,
) -> float:
    """Run the global network until stop conditions hold; return how long that took [ms]."""
    network = context.network_of_id(net_id)
    return network.simulate_until(max_duration, population, operator, measure_time)


def step(net_id: int = 0) -> None:
    """Run one step of the global network."""
    context.network_of_id(net_id).step()


def reset(
    populations: bool = True,
    projections: bool = False,
    synapses: bool = False,
    monitors: bool = True,
    reseed_rng: bool = True,
    net_id: int = 0,
) -> None:
    """Return the global network to the moment of compile."""
    network = context.network_of_id(net_id)
    network.reset(populations, projections, synapses, monitors, reseed_rng)


def get_population(name: str, net_id: int = 0) -> Population | None:
    """Return a population by name; None, with a warning, if there is none."""
    return _found(context.network_of_id(net_id).get_population(name), "population", name)


def get_projection(name: str, net_id: int = 0) -> Projection | None:
    """Return a projection by name; None, with a warning, if there is none."""
    return _found(context.network_of_id(net_id).get_projection(name), "projection", name)


def get_constant(name: str, net_id: int = 0) -> Any:
    """Return a constant by name, or None."""
    return context.network_of_id(net_id).get_constant(name)


def _found(obj: Any, what: str, name: str) -> Any:
    if obj is None:
        warnings.warn(f"there is no {what} {name!r}", AnnlabWarning, stacklevel=3)
    return obj


def populations(net_id: int = 0) -> list[Population]:
    """Return all populations of the global network."""
    return context.network_of_id(net_id).get_populations()


def projections(
    post: Population | str | None = None,
    pre: Population | str | None = None,
    target: str | None = None,
    suppress_error: bool = False,
    net_id: int = 0,
) -> list[Projection]:
    """Return the projections of the global network that fit."""
    network = context.network_of_id(net_id)
    return network.get_projections(post, pre, target, suppress_error)


def monitors(obj: Any = None, net_id: int = 0) -> list[Monitor]:
    """Return the monitors of the global network, or those of one object."""
    found = context.network_of_id(net_id).get_monitors()
    return found if obj is None else [m for m in found if m.object is obj]


def enable_learning(
    projections: Sequence[Projection] | None = None,
    period: float | None = None,
    offset: float | None = None,
    net_id: int = 0,
) -> None:
    """Let projections of the global network learn."""
    context.network_of_id(net_id).enable_learning(projections, period, offset)


def disable_learning(projections: Sequence[Projection] | None = None, net_id: int = 0) -> None:
    """Stop learning in the global network."""
    context.network_of_id(net_id).disable_learning(projections)


def get_time(net_id: int = 0) -> float:
    """Return the clock [ms]; 0.0 before compile."""
    return context.network_of_id(net_id).time


def set_time(t: float, net_id: int = 0) -> None:
    """Set the clock [ms]."""
    context.network_of_id(net_id).time = t


def get_current_step(net_id: int = 0) -> int:
    """Return the next step to run."""
    return context.network_of_id(net_id).current_step


def set_current_step(n: int, net_id: int = 0) -> None:
    """Set the clock, in steps."""
    context.network_of_id(net_id).current_step = n


def dt(net_id: int = 0) -> float:
    """Return the step of the clock [ms]."""
    return context.network_of_id(net_id).dt


def set_seed(seed: int, use_seed_seq: bool = True, net_id: int = 0) -> None:
    """Set the seed of the global network."""
    context.network_of_id(net_id).set_seed(seed, use_seed_seq)


def callbacks_enabled(net_id: int = 0) -> bool:
    """Return whether simulate() calls the functions of `every`."""
    return context.network_of_id(net_id).callbacks_enabled()


def disable_callbacks(net_id: int = 0) -> None:
    """Let simulate() call no functions."""
    context.network_of_id(net_id).disable_callbacks()


def enable_callbacks(net_id: int = 0) -> None:
    """Let simulate() call the functions of `every` again."""
    context.network_of_id(net_id).enable_callbacks()


def clear_all_callbacks(net_id: int = 0) -> None:
    """Forget all functions of `every`."""
    context.network_of_id(net_id).clear_all_callbacks()


def parallel_run(
    method: Callable[..., Any],
    networks: Sequence[Network] | None = None,
    number: int = 0,
    max_processes: int = -1,
    measure_time: bool = False,
    sequential: bool = False,
    same_seed: bool = False,
    annarchy_json: str = "",
    visible_cores: Sequence[int] = (),
    **args: Any,
) -> list[Any]:
    """Run ``method(index, network, ...)`` on several networks, side by side.

    The networks live here, so each run is a thread: the native loop does not hold Python's lock.
    `Network.parallel_run` of a class of your own uses processes.

    Parameters
    ----------
    networks
        The networks; or else
    number
        how many copies of the global network. Their seeds differ unless `same_seed`.
    sequential
        One after the other.
    args
        For `method`. A list holds one value per run; anything else is given to all.
    """
    if not networks and number < 1:
        raise ArgumentError(
            "parallel_run() was given neither networks nor a number",
            hint="write parallel_run(method, networks=[...]) or parallel_run(method, number=4)",
        )
    chosen = list(networks) if networks else _copies_of_global(number, same_seed)
    return parallel.run_networks(
        method,
        chosen,
        max_processes=1 if sequential else max_processes,
        measure_time=measure_time,
        arguments=args,
    )


def _copies_of_global(number: int, same_seed: bool) -> list[Network]:
    original = context.global_network()
    seeds = [original.seed + (0 if same_seed else i + 1) for i in range(number)]
    return [Network(seed=seed, everything=True) for seed in seeds]


def functions(name: str, network: Network | None = None) -> Callable[..., list]:
    """Return a function of `add_function` as one that takes lists of equal length."""
    owner = network if network is not None else context.global_network()
    return owner._functions.find(name)
