"""The functions of version 4: the same verbs, acting on the global network.

`setup` also changes the defaults of all later networks. Every function takes
`net_id` last; 0 is the global network.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

from annlab.calls import other_names, public, warn
from annlab.errors import ArgumentError, ArgumentTypeError
from annlab.network import config as options
from annlab.network import context
from annlab.network.checks import read_flag, read_whole
from annlab.network.constants import GLOBAL_CONSTANTS
from annlab.network.functions import GLOBAL_FUNCTIONS
from annlab.network.monitor import Monitor
from annlab.network.network import Network
from annlab.network.parallel_given import run_networks
from annlab.network.population import Population
from annlab.network.projection import Projection

_FIXED_EARLY = ("dt", "dtype", "precision")


@public
def setup(*args: object, **kwargs: object) -> None:
    """Change the options of the global network and of all networks made later.

    Parameters
    ----------
    dt, seed, method, num_threads, backend, dtype ...
        As in `Config`; an unknown name is warned of.

    Examples
    --------
    >>> import annlab
    >>> annlab.setup(dt=0.5, seed=42, num_threads=1)
    >>> annlab.dt()
    0.5
    >>> annlab.Network().dt
    0.5
    """
    if args:
        raise ArgumentTypeError(
            f"setup() was given {args[0]!r}", hint="name the option: setup(dt=0.1)"
        )
    if context.has_global_network():
        context.global_network()._require_uncompiled("change options")
    options.change_defaults(kwargs)
    if not context.has_global_network():
        return
    network = context.global_network()
    late = [name for name in _FIXED_EARLY if name in kwargs]
    if late and not network._is_blank():
        warn(f"setup({late[0]}=...) comes after populations were made")
    known = {k: v for k, v in kwargs.items() if k == "precision" or hasattr(network._config, k)}
    network._change_config(known, origin="setup()")


@public
def magic_network() -> Network:
    """Return the global network, number 0.

    Examples
    --------
    >>> import annlab
    >>> cells = annlab.Population(2, annlab.LeakyIntegrator, name="cells")
    >>> annlab.magic_network().id
    0
    >>> annlab.magic_network().get_populations()
    [<Population 'cells': 2 x Leaky integrator>]
    """
    return context.global_network()


@public
def clear(
    functions: bool = True, neurons: bool = True, synapses: bool = True, constants: bool = True
) -> None:
    """Forget every network and everything global: options, functions, constants.

    Examples
    --------
    >>> import annlab
    >>> cells = annlab.Population(2, annlab.LeakyIntegrator)
    >>> annlab.clear()
    >>> annlab.populations()
    []
    """
    given = {"functions": functions, "constants": constants, "neurons": neurons}
    for name, flag in (given | {"synapses": synapses}).items():
        read_flag(flag, f"{name} of clear()")
    for network in context.networks():
        network.clear()
        network.clear_all_callbacks()
    context.forget()
    options.forget_defaults()
    if functions:
        GLOBAL_FUNCTIONS.clear()
    if constants:
        GLOBAL_CONSTANTS.clear()


@public
def compile(*args: Any, net_id: int = 0, **kwargs: Any) -> None:  # its name in scripts
    """Compile the global network; arguments as for `Network.compile`.

    Examples
    --------
    >>> import annlab
    >>> cells = annlab.Population(2, annlab.LeakyIntegrator)
    >>> annlab.compile()
    >>> annlab.magic_network().compiled
    True
    """
    context.network_of_id(net_id).compile(*args, **kwargs)


@public
def simulate(
    duration: float,
    measure_time: bool = False,
    progress_bar: bool = False,
    callbacks: bool = True,
    show_monitor_memory_estimate: bool = False,
    net_id: int = 0,
) -> int:
    """Run the global network for `duration` ms.

    Examples
    --------
    >>> import annlab
    >>> annlab.setup(dt=0.5)
    >>> cells = annlab.Population(2, annlab.LeakyIntegrator(B=1.0))
    >>> annlab.compile()
    >>> annlab.simulate(10.0)  # the number of steps
    20
    >>> annlab.get_time()
    10.0
    """
    network = context.network_of_id(net_id)
    if read_flag(show_monitor_memory_estimate, "show_monitor_memory_estimate of simulate()"):
        _tell_memory(network, duration)
    return network.simulate(duration, measure_time, callbacks=callbacks, progress_bar=progress_bar)


@public
def simulate_until(
    max_duration: float,
    population: Population | Sequence[Population],
    operator: str = "and",
    measure_time: bool = False,
    show_monitor_memory_estimate: bool = False,
    net_id: int = 0,
) -> float:
    """Run the global network until stop conditions hold; return how long that took [ms].

    Examples
    --------
    >>> import annlab
    >>> climb = annlab.Neuron(equations="dr/dt = 1.0")
    >>> ramp = annlab.Population(1, climb, stop_condition="r > 4.5")
    >>> annlab.compile()
    >>> annlab.simulate_until(100.0, ramp)
    5.0
    """
    network = context.network_of_id(net_id)
    if read_flag(show_monitor_memory_estimate, "show_monitor_memory_estimate of simulate_until()"):
        _tell_memory(network, max_duration)
    return network.simulate_until(max_duration, population, operator, measure_time)


def _tell_memory(network: Network, duration: float) -> None:
    sys.stdout.write(f"Recordings will take {network.memory_estimate(duration)}\n")


@public
def step(net_id: int = 0) -> None:
    """Run one step of the global network.

    Examples
    --------
    >>> import annlab
    >>> cells = annlab.Population(1, annlab.Neuron(equations="r += 1.0"))
    >>> annlab.compile()
    >>> annlab.step()
    >>> cells.r
    array([1.])
    """
    context.network_of_id(net_id).step()


@public
def reset(
    populations: bool = True,
    projections: bool = False,
    synapses: bool = False,
    monitors: bool = True,
    reseed_rng: bool = True,
    net_id: int = 0,
) -> None:
    """Return the global network to the moment of compile.

    Examples
    --------
    >>> import annlab
    >>> cells = annlab.Population(1, annlab.Neuron(equations="r += 1.0"))
    >>> annlab.compile()
    >>> annlab.simulate(10.0)
    10
    >>> annlab.reset()
    >>> cells.r, annlab.get_time()
    (array([0.]), 0.0)
    """
    network = context.network_of_id(net_id)
    network.reset(populations, projections, synapses, monitors, reseed_rng)


@public
def get_population(name: str, net_id: int = 0) -> Population | None:
    """Return a population by name; None, with a warning, if there is none.

    Examples
    --------
    >>> import annlab
    >>> cells = annlab.Population(2, annlab.LeakyIntegrator, name="cells")
    >>> annlab.get_population("cells") is cells
    True
    """
    return _found(context.network_of_id(net_id).get_population(name), "population", name)


@public
def get_projection(name: str, net_id: int = 0) -> Projection | None:
    """Return a projection by name; None, with a warning, if there is none.

    Examples
    --------
    >>> import annlab
    >>> cells = annlab.Population(2, annlab.LeakyIntegrator)
    >>> loop = annlab.Projection(cells, cells, "exc", name="loop").all_to_all(0.1)
    >>> annlab.get_projection("loop") is loop
    True
    """
    return _found(context.network_of_id(net_id).get_projection(name), "projection", name)


@public
def get_constant(name: str, net_id: int = 0) -> Any:
    """Return a constant by name, or None.

    Examples
    --------
    >>> import annlab
    >>> baseline = annlab.Constant("baseline", 0.5)
    >>> annlab.get_constant("baseline").value
    0.5
    """
    return context.network_of_id(net_id).get_constant(name)


def _found(obj: Any, what: str, name: str) -> Any:
    if obj is None:
        warn(f"there is no {what} {name!r}")
    return obj


@public
def populations(net_id: int = 0) -> list[Population]:
    """Return all populations of the global network.

    Examples
    --------
    >>> import annlab
    >>> cells = annlab.Population(2, annlab.LeakyIntegrator, name="cells")
    >>> annlab.populations()
    [<Population 'cells': 2 x Leaky integrator>]
    """
    return context.network_of_id(net_id).get_populations()


@public
def projections(
    post: Population | str | None = None,
    pre: Population | str | None = None,
    target: str | None = None,
    suppress_error: bool = False,
    net_id: int = 0,
) -> list[Projection]:
    """Return the projections of the global network that fit.

    Examples
    --------
    >>> import annlab
    >>> cells = annlab.Population(2, annlab.LeakyIntegrator)
    >>> loop = annlab.Projection(cells, cells, "exc").all_to_all(0.1)
    >>> annlab.projections(target="exc") == [loop]
    True
    """
    network = context.network_of_id(net_id)
    return network.get_projections(post, pre, target, suppress_error)


@public
def monitors(obj: Any = None, net_id: int = 0) -> list[Monitor]:
    """Return the monitors of the global network, or those of one object.

    Examples
    --------
    >>> import annlab
    >>> cells = annlab.Population(2, annlab.LeakyIntegrator)
    >>> watch = annlab.Monitor(cells, "r")
    >>> annlab.monitors(cells) == [watch]
    True
    """
    found = context.network_of_id(net_id).get_monitors()
    return found if obj is None else [m for m in found if m.object is obj]


@public
def enable_learning(
    projections: Sequence[Projection] | None = None,
    period: float | None = None,
    offset: float | None = None,
    net_id: int = 0,
) -> None:
    """Let projections of the global network learn.

    Examples
    --------
    >>> import annlab
    >>> cells = annlab.Population(2, annlab.LeakyIntegrator)
    >>> loop = annlab.Projection(cells, cells, "exc", annlab.Oja).all_to_all(0.1)
    >>> annlab.compile()
    >>> annlab.disable_learning()
    >>> annlab.enable_learning(period=10.0)
    >>> loop.update
    True
    """
    context.network_of_id(net_id).enable_learning(projections, period, offset)


@public
def disable_learning(projections: Sequence[Projection] | None = None, net_id: int = 0) -> None:
    """Stop learning in the global network.

    Examples
    --------
    >>> import annlab
    >>> cells = annlab.Population(2, annlab.LeakyIntegrator)
    >>> loop = annlab.Projection(cells, cells, "exc", annlab.Oja).all_to_all(0.1)
    >>> annlab.compile()
    >>> annlab.disable_learning()
    >>> loop.update
    False
    """
    context.network_of_id(net_id).disable_learning(projections)


@public
def get_time(net_id: int = 0) -> float:
    """Return the clock [ms]; 0.0 before compile.

    Examples
    --------
    >>> import annlab
    >>> cells = annlab.Population(2, annlab.LeakyIntegrator)
    >>> annlab.compile()
    >>> annlab.simulate(5.0)
    5
    >>> annlab.get_time()
    5.0
    """
    return context.network_of_id(net_id).time


@public
def set_time(t: float, net_id: int = 0) -> None:
    """Set the clock [ms].

    Examples
    --------
    >>> import annlab
    >>> cells = annlab.Population(2, annlab.LeakyIntegrator)
    >>> annlab.compile()
    >>> annlab.set_time(20.0)
    >>> annlab.get_time()
    20.0
    """
    context.network_of_id(net_id).time = t


@public
def get_current_step(net_id: int = 0) -> int:
    """Return the next step to run.

    Examples
    --------
    >>> import annlab
    >>> annlab.setup(dt=0.5)
    >>> cells = annlab.Population(2, annlab.LeakyIntegrator)
    >>> annlab.compile()
    >>> annlab.simulate(5.0)
    10
    >>> annlab.get_current_step()
    10
    """
    return context.network_of_id(net_id).current_step


@public
@other_names(t="n")
def set_current_step(n: int, net_id: int = 0) -> None:
    """Set the clock, in steps.

    Examples
    --------
    >>> import annlab
    >>> annlab.setup(dt=0.5)
    >>> cells = annlab.Population(2, annlab.LeakyIntegrator)
    >>> annlab.compile()
    >>> annlab.set_current_step(10)
    >>> annlab.get_time()
    5.0
    """
    context.network_of_id(net_id).current_step = n


@public
def dt(net_id: int = 0) -> float:
    """Return the step of the clock [ms].

    Examples
    --------
    >>> import annlab
    >>> annlab.setup(dt=0.1)
    >>> annlab.dt()
    0.1
    """
    return context.network_of_id(net_id).dt


@public
def set_seed(seed: int, use_seed_seq: bool = True, net_id: int = 0) -> None:
    """Set the seed of the global network.

    Examples
    --------
    >>> import annlab
    >>> annlab.set_seed(42)
    >>> annlab.magic_network().seed
    42
    """
    context.network_of_id(net_id).set_seed(seed, use_seed_seq)


@public
def callbacks_enabled(net_id: int = 0) -> bool:
    """Return whether simulate() calls the functions of `every`.

    Examples
    --------
    >>> import annlab
    >>> annlab.callbacks_enabled()
    True
    """
    return context.network_of_id(net_id).callbacks_enabled()


@public
def disable_callbacks(net_id: int = 0) -> None:
    """Let simulate() call no functions.

    Examples
    --------
    >>> import annlab
    >>> annlab.disable_callbacks()
    >>> annlab.callbacks_enabled()
    False
    """
    context.network_of_id(net_id).disable_callbacks()


@public
def enable_callbacks(net_id: int = 0) -> None:
    """Let simulate() call the functions of `every` again.

    Examples
    --------
    >>> import annlab
    >>> annlab.disable_callbacks()
    >>> annlab.enable_callbacks()
    >>> annlab.callbacks_enabled()
    True
    """
    context.network_of_id(net_id).enable_callbacks()


@public
def clear_all_callbacks(net_id: int = 0) -> None:
    """Forget all functions of `every`.

    Examples
    --------
    >>> import annlab
    >>> cells = annlab.Population(2, annlab.LeakyIntegrator)
    >>> @annlab.every(period=1.0)
    ... def tell(n):
    ...     print(n)
    >>> annlab.compile()
    >>> annlab.clear_all_callbacks()
    >>> annlab.simulate(2.0)
    2
    """
    context.network_of_id(net_id).clear_all_callbacks()


@public
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

    Each run has a process of its own, to which the network is sent; it goes on there from where it
    is now, and does not change here. Populations, projections and monitors of it that the function
    names, or finds by ``network.get``, are those of the network over there. Without the package
    loky runs are threads of this process instead.

    Parameters
    ----------
    networks
        The networks; or else
    number
        how many copies of the global network. Their seeds differ unless `same_seed`.
    max_processes
        How many at a time; by default as many as there are cores.
    sequential
        One after the other.
    visible_cores
        The cores that the runs may use; all by default.
    args
        For `method`. A list holds one value per run; anything else is given to all.

    Raises
    ------
    ParallelRunError
        If a run fails, once all have ended. Its `results` are those of the others.
    KeyboardInterrupt
        Ctrl-C ends all runs. Its `results` are those of the runs that had ended, None for the
        others.

    Examples
    --------
    >>> import annlab
    >>> cells = annlab.Population(1, annlab.Neuron("gain = 1.0", "r = gain * t"))
    >>> def last_rate(index, net, gain):
    ...     net.get(cells).gain = gain
    ...     net.compile()
    ...     net.simulate(5.0)
    ...     return float(net.get(cells).r[0])
    >>> annlab.parallel_run(last_rate, number=3, gain=[1.0, 2.0, 3.0])
    [4.0, 8.0, 12.0]
    """
    number = read_whole(number, "parallel_run(): number")
    if (
        not isinstance(networks, Sequence | None)
        or isinstance(networks, str)
        or not all(isinstance(n, Network) for n in networks or ())
    ):
        raise ArgumentTypeError(
            f"parallel_run() was given {networks!r} as networks", hint="give a list of networks"
        )
    if not networks and number < 1:
        raise ArgumentError(
            "parallel_run() was given neither networks nor a number",
            hint="write parallel_run(method, networks=[...]) or parallel_run(method, number=4)",
        )
    chosen = list(networks) if networks else _copies_of_global(number, same_seed)
    return run_networks(
        method,
        chosen,
        max_processes=1 if sequential else max_processes,
        measure_time=measure_time,
        visible_cores=tuple(visible_cores),
        arguments=args,
    )


def _copies_of_global(number: int, same_seed: bool) -> list[Network]:
    original = context.global_network()
    seeds = [original.seed + (0 if same_seed else i + 1) for i in range(number)]
    return [Network(seed=seed, everything=True) for seed in seeds]


@public
def functions(name: str, network: Network | None = None) -> Callable[..., list]:
    """Return a function of `add_function` as one that takes lists of equal length.

    Examples
    --------
    >>> import annlab
    >>> annlab.add_function("double(x) = 2.0 * x")
    >>> annlab.functions("double")([1.0, 2.0])
    [2.0, 4.0]
    """
    owner = network if network is not None else context.global_network()
    return owner._functions.find(name)
