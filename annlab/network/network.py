"""Networks: what users build, compile, run and steer.

A network owns its populations, projections, monitors, constants, callbacks and
options. Compile turns them into a `NetworkState` and a `Runner`; from then on a
`Worker` runs them, and everything that touches numbers goes through `_call`,
which waits for the end of a slice if a simulation is under way.

The file is long because the class is what users look things up in; what takes more
than a few lines is done by the modules beside it.
"""

from __future__ import annotations

import inspect
import logging
import os
import secrets
import sys
import threading
import time
import weakref
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from itertools import count
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import numpy as np

from annlab.calls import InitSignature, public, told, warn
from annlab.errors import (
    ArgumentError,
    ArgumentTypeError,
    StateError,
    UnknownObjectError,
    nearest,
)
from annlab.ir.alone import Surroundings, provide_surroundings
from annlab.ir.analysis import analyse_neuron
from annlab.ir.definition import Neuron, Synapse
from annlab.ir.expr import Locality
from annlab.ir.model import NeuronModel
from annlab.network import config as options
from annlab.network import context, parallel
from annlab.network.assembly import assemble
from annlab.network.attributes import refuse_fixed
from annlab.network.burden import BURDEN
from annlab.network.callbacks import Callback, Schedule
from annlab.network.checks import read_flag, read_number, read_whole
from annlab.network.constants import GLOBAL_CONSTANTS, Constant, copy_global_constants
from annlab.network.dendrite import Dendrite
from annlab.network.early import check_methods
from annlab.network.estimates import MemoryEstimate, estimate_network, require_room
from annlab.network.functions import GLOBAL_FUNCTIONS, FunctionLibrary
from annlab.network.monitor import Monitor, tend
from annlab.network.neuron import IndividualNeuron
from annlab.network.notices import Notices
from annlab.network.population import Population
from annlab.network.progress import ProgressLine
from annlab.network.projection import Projection
from annlab.network.projection_base import population_of
from annlab.network.recorders import whole_of
from annlab.network.timing import n_steps
from annlab.network.view import PopulationView
from annlab.runtime.clocks import move_clock, rewind_clock
from annlab.runtime.runner import Runner, Until
from annlab.runtime.state import NetworkState
from annlab.runtime.watch import NanWatch
from annlab.runtime.worker import RunState, Upkeep, Worker

if TYPE_CHECKING:
    from types import TracebackType

    from annlab.network.explanation import Explanation
    from annlab.network.snapshot import Snapshot

log = logging.getLogger("annlab")
T = TypeVar("T")

_OPERATORS = ("and", "or")
_LAST_STEP = 2**62 - 1  # of a clock of 64 bits, with room for what is due later
_RESET_FLAGS = ("populations", "projections", "synapses", "monitors", "reseed_rng")
_OWN_KEYWORDS = ("dt", "seed", "backend", "num_threads", "dtype")


class _NetworkType(type):
    """Lets sub-classes write an ``__init__`` of their own that knows nothing of networks.

    `dt`, `seed` and the other options of a network are keywords of every constructor; they are
    removed before the user's ``__init__`` sees the arguments, unless it names them itself.
    """

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:  # Any: whatever the user's class takes
        return cls.build(args, kwargs, options.defaults())

    def build(cls, args: tuple[Any, ...], kwargs: dict[str, Any], config: options.Config) -> Any:
        """Make a network that begins with the options `config`."""
        network: Any = cls.__new__(cls)  # type: ignore[call-overload]  # a class, not a metaclass
        network._begin(config)
        network._constructor = (args, dict(kwargs))
        given = {k: kwargs[k] for k in _OWN_KEYWORDS if kwargs.get(k) is not None}
        network._change_config(given, origin=f"{cls.__name__}()")
        if cls.__init__ is Network.__init__:
            _refuse_unknown_options(kwargs)
        else:
            named = inspect.signature(cls.__init__).parameters
            kwargs = {k: v for k, v in kwargs.items() if k not in _OWN_KEYWORDS or k in named}
        begin = told(cls.__init__, "__init__", n_bound=1, also=_OWN_KEYWORDS)
        begin(network, *args, **kwargs)
        return network


@public
class Network(metaclass=_NetworkType):
    """A network of populations and projections.

    Sub-classes build their network in an ``__init__`` of their own, which need not call this one.

    Parameters
    ----------
    everything
        Put copies of all objects of the global network into this one.
    dt
        Step of the clock [ms].
    seed
        Of all random numbers; one is drawn if none is given.
    backend
        "cpu", "cuda", or "reference" (NumPy: slow, needs no compiler).
    num_threads
        A number, or "auto".
    dtype
        float64 or float32.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If an option does not fit, or is none.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(dt=0.5, seed=1, backend="reference")
    >>> cells = net.create(3, annlab.LeakyIntegrator(B=1.0))
    >>> net.compile()
    >>> net.simulate(100.0)  # the number of steps
    200
    >>> net.time
    100.0
    >>> net.id > 0, net.seed, net.default_rng.random() < 1.0, net.directory
    (True, 1, True, None)
    """

    __signature__ = InitSignature()

    def __init__(
        self,
        everything: bool = False,  # first, as in scripts of version 4
        *,
        dt: float | None = None,
        seed: int | None = None,
        backend: str | None = None,
        num_threads: int | str | None = None,
        dtype: Any = None,  # what numpy.dtype() takes
    ) -> None:
        if not isinstance(everything, bool):
            raise ArgumentTypeError(
                f"Network() was given {everything!r}", hint="name the option: Network(dt=0.1)"
            )
        values = (dt, seed, backend, num_threads, dtype)
        given = {k: v for k, v in zip(_OWN_KEYWORDS, values) if v is not None}
        self._change_config(given, origin="Network()")
        if everything:
            self.add(context.global_network()._everything())

    def _begin(self, config: options.Config, *, number: int | None = None) -> None:
        self._config = config
        self._id = context.register(self) if number is None else number
        self._populations: list[Population] = []
        self._projections: list[Projection] = []
        self._monitors: list[Monitor] = []
        # All of them, where compile() was told to take a part.
        self._whole: tuple[list[Population], list[Projection], list[Monitor]] | None = None
        self._extensions: list[Any] = []  # objects of annlab.extensions
        self._constants: dict[str, Constant] = {}
        self._functions = FunctionLibrary(self)
        self._notices = Notices()
        self._callbacks: list[Callback] = []
        self._has_callbacks = True
        # id of an object of another network -> that object (an id is its own only while it
        # lives) and its copy here
        self._copies: dict[int, tuple[object, Any]] = {}
        self._seed: int | None = None
        self._rng: np.random.Generator | None = None
        self._changing = threading.RLock()  # one thread at a time compiles or clears
        self._state: NetworkState | None = None
        self._runner: Runner | None = None
        self._watch: NanWatch | None = None
        self._worker: Worker | None = None
        self._free: weakref.finalize | None = None
        self._directory: str | None = None
        self._constructor: tuple[tuple[Any, ...], dict[str, Any]] = ((), {})
        copy_global_constants(self._constants, self)

    @classmethod
    def _of_number(cls, number: int) -> Network:
        network = cls.__new__(cls)
        network._begin(options.defaults(), number=number)
        return network

    # -- properties ---------------------------------------------------------------

    @property
    def id(self) -> int:
        """Number of the network; 0 is the global one."""
        return self._id

    def __setattr__(self, name: str, value: object) -> None:
        # What a class of the user calls as a method of ours is the business of that class.
        if not callable(getattr(Network, name, None)):
            refuse_fixed(self, name, "a network")
        object.__setattr__(self, name, value)

    @property
    def dt(self) -> float:
        """The step of the clock [ms]."""
        return self._config.dt

    @dt.setter
    def dt(self, dt: float) -> None:
        self.config(dt=dt)

    @property
    def seed(self) -> int:
        """The seed of all random numbers."""
        if self._seed is None:
            given = self._config.seed
            self._seed = secrets.randbits(32) if given is None else given
        return self._seed

    @seed.setter
    def seed(self, seed: int) -> None:
        raise StateError(
            "the seed of a network cannot be exchanged",
            hint="give it at the beginning: Network(seed=...), or use net.set_seed(...)",
        )

    @property
    def default_rng(self) -> np.random.Generator:
        """The NumPy generator of initial values, weights and connectivity."""
        if self._rng is None:
            self._rng = np.random.default_rng(self.seed)
        return self._rng

    @default_rng.setter
    def default_rng(self, rng: object) -> None:
        raise StateError(
            "the generator of a network cannot be exchanged", hint="use Network(seed=...)"
        )

    @property
    def current_step(self) -> int:
        """The next step to run.

        Set by hand, it changes what the clock shows and nothing else: whatever happened, is on its
        way or is due (inputs, learning, structural rules, monitors) keeps its distance to now.
        """
        state = self._state
        return 0 if state is None else state.step

    @current_step.setter
    def current_step(self, step: int) -> None:
        state = self._require_state("set the clock")
        number = read_whole(step, "the step of the clock")
        if number > _LAST_STEP:
            raise ArgumentError(f"the clock cannot show step {number}", hint="give less than 2^62")
        self._call(lambda: move_clock(state, number))

    @property
    def time(self) -> float:
        """The clock [ms]."""
        return self.current_step * self.dt

    @time.setter
    def time(self, time_ms: float) -> None:
        self.current_step = round(read_number(time_ms, "the time [ms]", least=0.0) / self.dt)

    @property
    def compiled(self) -> bool:
        """Whether the network was compiled, and can run."""
        return self._state is not None

    @property
    def directory(self) -> str | None:
        """The folder that was named at compile; None if everything went to the cache."""
        return self._directory

    @property
    def run_state(self) -> RunState:
        """What the network is doing: idle, blocking, running or paused."""
        return RunState.IDLE if self._worker is None else self._worker.run_state

    @property
    def running(self) -> bool:
        """True while the network runs, in the background or inside `simulate`."""
        return self.run_state in (RunState.RUNNING, RunState.BLOCKING)

    def __repr__(self) -> str:
        state = "compiled" if self.compiled else "not compiled"
        return (
            f"<{type(self).__name__} {self._id}: {len(self._populations)} populations, "
            f"{len(self._projections)} projections, {state}>"
        )

    # -- options ------------------------------------------------------------------

    def config(self, **kwargs: object) -> None:
        """Change options of this network, before compile; `check_nan`, `progress` at any time.

        ``check_nan=True`` looks for NaN after every step and raises a `SimulationError` that says
        where and when the first one appeared. It is slow.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> net.config(dt=0.5, method="exponential", num_threads="auto")
        >>> net.dt
        0.5
        """
        if not kwargs.keys() <= {"check_nan", "progress"}:
            self._require_uncompiled("change options")
        useless = options.performance_options(kwargs)
        if useless:
            warn(f"Network.config: {', '.join(useless)} has no effect in annlab")
        self._change_config(kwargs, origin="Network.config()")

    def _change_config(self, given: Mapping[str, object], *, origin: str) -> None:
        if not given:
            return
        self._config = self._config.changed(given, origin=origin)
        if "check_nan" in given and self._watch is not None:
            self._watch.is_on = self._config.check_nan
        if "seed" in given:
            self._seed = self._rng = None

    @property
    def _float_type(self) -> np.dtype:
        return self._config.dtype

    # -- building -----------------------------------------------------------------

    def create(
        self,
        geometry: int | tuple[int, ...] | Population | None = None,
        neuron: Neuron | type[Neuron] | None = None,
        stop_condition: str | None = None,
        name: str | None = None,
        population: Population | None = None,
        storage_order: str = "post_to_pre",
    ) -> Population:
        """Return a new population.

        Parameters
        ----------
        geometry
            Number of neurons or tuple of extents; or a population (an input, for instance), of
            which a copy becomes part of the network. The copy is returned.
        neuron
            The model.

        Raises
        ------
        ArgumentError
            If geometry or neuron is missing, or too much is given.
        StateError
            After compile.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(backend="reference")
        >>> net.create((2, 3), annlab.LeakyIntegrator, name="sheet")
        <Population 'sheet': 6 x Leaky integrator>
        """
        self._require_uncompiled("create a population")
        given = population
        if population is not None and not isinstance(population, Population):
            raise ArgumentTypeError(
                f"create() was given {population!r} as a population",
                hint="write net.create(geometry, neuron)",
            )
        if isinstance(geometry, Population):
            if population is not None:
                raise ArgumentError("create() was given two populations", hint="give one")
            given, geometry = geometry, None
        if given is not None:
            others = (geometry, neuron, stop_condition, name)
            if any(o is not None for o in others) or storage_order != "post_to_pre":
                raise ArgumentError(
                    "create() was given a population and the properties of another one",
                    hint="give either a population, or geometry and neuron",
                )
            return self._adopt(given)
        if geometry is None or neuron is None:
            missing = "geometry" if geometry is None else "neuron"
            raise ArgumentError(
                f"create() needs a {missing}", hint="write net.create(geometry, neuron)"
            )
        return Population(geometry, neuron, name, stop_condition, storage_order, network=self)

    def connect(
        self,
        pre: Population | PopulationView | Projection | str | None = None,
        post: Population | PopulationView | str | None = None,
        target: str | Sequence[str] = "",
        synapse: Synapse | type[Synapse] | None = None,
        name: str | None = None,
        projection: Projection | None = None,
        disable_omp: bool = True,
    ) -> Projection:
        """Return a new projection, which still needs a connector.

        Parameters
        ----------
        pre, post
            Populations, views or names. `pre` may be a projection made elsewhere, which becomes
            part of the network.
        target
            What the postsynaptic equations call the input.

        Raises
        ------
        ArgumentError
            If a side or the target is missing, or belongs to another network.
        UnknownObjectError
            If no population has the name.
        StateError
            After compile.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(backend="reference")
        >>> a = net.create(2, annlab.LeakyIntegrator, name="a")
        >>> net.connect("a", a, target="exc").all_to_all(weights=1.0)
        <Projection 'proj0' (a -> a), target 'exc'>
        """
        self._require_uncompiled("create a projection")
        if projection is not None and not isinstance(projection, Projection):
            raise ArgumentTypeError(
                f"connect() was given {projection!r} as a projection",
                hint='write net.connect(pre, post, target="exc")',
            )
        given = projection
        if isinstance(pre, Projection):
            given, pre = pre, None
        if given is not None:
            if target or any(o is not None for o in (pre, post, synapse, name)):
                raise ArgumentError(
                    "connect() was given a projection and the properties of another one",
                    hint="give either a projection, or pre, post and target",
                )
            return self._adopt_projection(given)
        for what, value in (("pre", pre), ("post", post), ("target", target)):
            if value is None or (isinstance(value, str | list | tuple) and not len(value)):
                raise ArgumentError(
                    f"connect() needs {what}", hint='write net.connect(pre, post, target="exc")'
                )
        assert pre is not None  # checked in the loop
        assert post is not None
        return Projection(
            self._side(pre),
            self._side(post),
            target,
            synapse,
            name,
            disable_omp,
            network=self,
        )

    def _side(self, side: object) -> Any:
        if isinstance(side, str):
            found = _named(self._populations, side)
            if found is None:
                raise UnknownObjectError(
                    f"there is no population {side!r}",
                    why=f"known here: {', '.join(p.name for p in self._populations)}",
                )
            return found
        if not isinstance(side, Population | PopulationView):
            raise ArgumentTypeError(
                f"connect() joins populations, not {side!r}",
                hint="give a population, a view or a name",
            )
        if side.network is not self:
            raise ArgumentError(
                f"population {side.name!r} belongs to another network",
                hint="create it with this network: net.create(...)",
            )
        return side

    def monitor(
        self,
        obj: Any,  # Population | PopulationView | Dendrite | Projection, checked by Monitor
        variables: str | Sequence[str] = (),
        period: float | None = None,
        period_offset: float | None = None,
        start: bool = True,
        name: str | None = None,
        *,
        window: tuple[float, float] | None = None,
        last: float | None = None,
        file: str | os.PathLike[str] | None = None,
    ) -> Monitor:
        """Return a new monitor; before or after compile.

        `window`, `last` [ms] and `file` say between which times of the clock it records, how much
        of it is kept, and where; see `Monitor`.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator(B=1.0))
        >>> watch = net.monitor(cells, "r", period=2.0)
        >>> net.compile()
        >>> net.simulate(6.0)
        6
        >>> watch.get("r").shape  # (time, neurons)
        (3, 2)
        """
        options = {"window": window, "last": last, "file": file}
        return Monitor(obj, variables, period, period_offset, start, name, network=self, **options)

    def boldmonitor(
        self,
        populations: Population | Sequence[Population] | None = None,
        bold_model: Any = None,  # a BoldModel: extensions are to the right of this package
        mapping: Mapping[str, str] | None = None,
        scale_factor: float | Sequence[float] | None = None,
        normalize_input: float | Sequence[float] | None = None,
        recorded_variables: str | Sequence[str] | None = None,
        start: bool = False,
    ) -> Any:
        """Return a new monitor of the BOLD signal, before compile; see `annlab.extensions.bold`.

        All populations and `balloon_RN` by default; `mapping` is ``{"I_CBF": "r"}``.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(10, annlab.LeakyIntegrator(B=0.1))
        >>> bold = net.boldmonitor(cells, mapping={"I_CBF": "r"}, start=True)
        >>> net.compile()
        >>> net.simulate(5.0)
        5
        >>> bold.get("BOLD").shape  # (time, 1)
        (5, 1)
        """
        self._require_uncompiled("add a BOLD monitor")
        bold = import_module("annlab.extensions.bold")
        return bold.BoldMonitor(
            self.get_populations() if populations is None else populations,
            bold.balloon_RN if bold_model is None else bold_model,
            mapping,
            scale_factor,
            normalize_input,
            recorded_variables,
            start,
            network=self,
        )

    def constant(self, name: str, value: float) -> Constant:
        """Return a constant of this network alone.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> baseline = net.constant("baseline", 0.5)
        >>> cells = net.create(1, annlab.Neuron(equations="r = 2.0 * baseline"))
        >>> net.compile()
        >>> net.step()
        >>> cells.r
        array([1.])
        >>> baseline.set(1.5)  # known here alone, and effective at once
        >>> net.step()
        >>> cells.r
        array([3.])
        """
        return Constant(name, value, self)

    def _add_constant(self, constant: Constant) -> None:
        self._require_uncompiled("add a constant")
        self._constants[constant.name] = constant

    # -- compile ------------------------------------------------------------------

    def compile(
        self,
        directory: str | None = None,
        clean: bool = False,
        compiler: str = "default",
        compiler_flags: str = "default",
        add_sources: str = "",
        extra_libs: str = "",
        cuda_config: Mapping[str, object] | None = None,
        annarchy_json: str = "",
        silent: bool = False,
        debug_build: bool = False,
        trace_calls: str | None = None,
        profile_enabled: bool = False,
        populations: Sequence[Population] | None = None,
        projections: Sequence[Projection] | None = None,
    ) -> None:
        """Build what runs the network. Structures compile, numbers do not.

        `directory`, `silent`, `populations` and `projections` are understood; the other arguments
        are accepted so that scripts run, and those that would change the code are warned of. A
        second call does nothing. If it fails, the network is as it was before, and not compiled.
        Of `populations` left out, the projections and monitors are left out as well.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(3, annlab.LeakyIntegrator)
        >>> net.compile()
        >>> net.compiled
        True
        """
        if self.compiled:
            log.info("%r is compiled already", self)
            if populations is not None or projections is not None:
                warn(
                    f"network {self._id} is compiled: compile() no longer looks at what it is to "
                    "take; call net.clear() first"
                )
            return
        options.warn_of_build_options(
            compiler=compiler,
            compiler_flags=compiler_flags,
            add_sources=add_sources,
            extra_libs=extra_libs,
            debug_build=debug_build,
            profile_enabled=profile_enabled,
        )
        options.warn_of_device(cuda_config)
        if directory is not None and not isinstance(directory, str | os.PathLike):
            raise ArgumentTypeError(
                f"directory of compile() is {directory!r}", hint="give the name of a folder"
            )
        begin = time.perf_counter()
        # Not while others wait for this network: one that is freed may first have to end its run.
        BURDEN.relieve()
        with self._changing:
            if self.compiled:  # by another thread meanwhile
                return
            self._build(populations, projections)
            self._directory = directory
        self._tell_of_compile(time.perf_counter() - begin)

    def _build(
        self,
        populations: Sequence[Population] | None,
        projections: Sequence[Projection] | None,
    ) -> None:
        try:
            self._restrict(populations, projections)
            self._state, self._runner = assemble(self)
        except BaseException:
            self._become_whole()
            raise
        self._watch = NanWatch(self._runner, self._state, is_on=self._config.check_nan)
        self._worker = Worker(
            self._watch, self._state, name=f"network {self._id}", upkeep=_upkeep_of(self)
        )
        # A forgotten network ends its background run; at exit no thread outlives the interpreter.
        self._free = weakref.finalize(self, self._worker.close)
        try:
            for monitor in self._monitors:
                monitor._attach(self._state)
            self._refresh()
        except BaseException:
            self.clear()
            raise
        BURDEN.add(self)

    def _tell_of_compile(self, seconds: float) -> None:
        log.info("%r took %.3g s to compile", self, seconds)
        if self._config.show_time:
            sys.stdout.write(f"Network {self._id} took {seconds:.3g} s to compile.\n")
        if self._config.report is not None:
            self.report(self._config.report)

    def _restrict(
        self,
        populations: Sequence[Population] | None,
        projections: Sequence[Projection] | None,
    ) -> None:
        """Leave out what compile() is not told to take, and what cannot be without it."""
        if populations is None and projections is None:
            return
        self._whole = self._populations, self._projections, self._monitors
        if populations is not None:
            self._populations = _only(self._populations, populations, "populations")
        chosen = self._projections
        if projections is not None:
            chosen = _only(self._projections, projections, "projections")
        lacking = {p.name: gone for p in chosen if (gone := _lost_ends(p, self._populations))}
        if lacking and projections is not None:
            name, gone = next(iter(lacking.items()))
            raise ArgumentError(
                f"compile() was given projection {name!r} without population {gone[0]!r}, which "
                "it connects",
                hint="add the population, or leave out the projection",
            )
        self._projections = [p for p in chosen if p.name not in lacking]
        here: list[Any] = [*self._populations, *self._projections]
        self._monitors = [m for m in self._monitors if any(whole_of(m.object) is o for o in here)]

    def _become_whole(self) -> None:
        """Take back what compile() was told to leave out."""
        if self._whole is None:
            return
        made_since = self._monitors
        self._populations, self._projections, self._monitors = self._whole
        self._monitors += [m for m in made_since if not any(m is old for old in self._monitors)]
        self._whole = None

    def clear(self) -> None:
        """Free what was compiled. The network can be changed and compiled again.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(3, annlab.LeakyIntegrator)
        >>> net.compile()
        >>> net.clear()
        >>> more = net.create(2, annlab.LeakyIntegrator)  # possible again
        >>> net.compiled
        False
        """
        with self._changing:
            if self._free is not None:
                self._free()
            for monitor in self._monitors:
                monitor._detach()
            for population in self._populations:
                population._detach()
            for projection in self._projections:
                projection._state = None
            self._state = self._runner = self._watch = self._worker = None
            self._become_whole()

    # -- running ------------------------------------------------------------------

    def simulate(
        self,
        duration: float,
        measure_time: bool = False,
        *,
        callbacks: bool = True,
        progress: bool | None = None,
        progress_bar: bool = False,
    ) -> int:
        """Run for `duration` [ms] and return the number of steps.

        A bar shows how far a run of more than a second is, in terminals and notebooks; with
        ``progress=True`` (or `progress_bar`) at once and everywhere, with ``progress=False`` never.
        ``net.config(progress=...)`` says so for all runs.

        Ctrl-C, or the stop button of a notebook, ends it between two steps; the network is whole
        then and may go on.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(dt=0.5)
        >>> cells = net.create(1, annlab.Neuron(equations="r = t"))
        >>> net.compile()
        >>> net.simulate(10.0)  # the number of steps
        20
        >>> net.time, net.current_step
        (10.0, 20)
        """
        worker = self._require_worker("simulate")
        steps = n_steps(duration, self.dt)
        doubt = self._call(lambda: require_room(self, steps))
        if doubt is not None:
            warn(doubt)
        schedule = self._schedule() if read_flag(callbacks, "callbacks of simulate()") else None
        is_wanted = True if read_flag(progress_bar, "progress_bar of simulate()") else progress

        def run() -> int:
            with self._progress(steps, is_wanted) as line:
                return worker.simulate(steps, callbacks=schedule, progress=line)

        return self._measured(measure_time, run)

    def simulate_until(
        self,
        max_duration: float,
        population: Population | PopulationView | Sequence[Population],
        operator: str = "and",
        measure_time: bool = False,
        *,
        progress: bool | None = None,
    ) -> float:
        """Run until the stop conditions of populations hold; return how long that took [ms].

        Parameters
        ----------
        max_duration
            Give up after so many ms.
        operator
            "and": all populations have to stop; "or": one is enough.
        progress
            As for `simulate`; the bar is full at `max_duration`.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(dt=0.5)
        >>> climb = annlab.Neuron(equations="dr/dt = 1.0")
        >>> ramp = net.create(3, climb, stop_condition="r > 4.5 : all")
        >>> net.compile()
        >>> net.simulate_until(100.0, ramp)  # how long it took [ms]
        5.0
        """
        worker = self._require_worker("simulate")
        if operator not in _OPERATORS:
            raise ArgumentError(f"unknown operator {operator!r}", hint='use "and" or "or"')
        chosen: list[Any] = (
            list(population) if isinstance(population, list | tuple) else [population]
        )
        members = [p.population if isinstance(p, PopulationView) else p for p in chosen]
        if not members:
            raise ArgumentError(
                "simulate_until() was given no population",
                why="nothing would stop the run",
                hint="write simulate_until(1000.0, population), or simulate(1000.0)",
            )
        for member in members:
            if not isinstance(member, Population):
                raise ArgumentTypeError(
                    f"simulate_until() watches populations, not {member!r}",
                    hint="write simulate_until(1000.0, population)",
                )
            if member.network is not self:
                raise ArgumentError(
                    f"network {self._id} cannot wait for population {member.name!r}",
                    why=f"it belongs to network {member.network.id}",
                )
        until = Until(tuple(p._require_state("simulate_until") for p in members), operator)
        steps = n_steps(max_duration, self.dt)

        def run() -> int:
            with self._progress(steps, progress) as line:
                return worker.simulate(steps, until=until, progress=line)

        return self._measured(measure_time, run) * self.dt

    def _progress(self, steps: int, is_wanted: bool | None) -> ProgressLine:
        if is_wanted is None:
            is_wanted = self._config.progress
        else:
            is_wanted = read_flag(is_wanted, "progress of a run")
        return ProgressLine(steps, is_wanted=is_wanted, step_ms=self.dt)

    def step(self) -> None:
        """Run one step. Callbacks are not called.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(dt=0.5)
        >>> cells = net.create(1, annlab.Neuron(equations="r += 1.0"))
        >>> net.compile()
        >>> net.step()
        >>> cells.r, net.time
        (array([1.]), 0.5)
        """
        self._require_worker("step").simulate(1)

    def start(self, duration: float | None = None, speed: float | None = None) -> None:
        """Run in the background and return at once.

        Everything may be read and set meanwhile; it takes effect between two slices. Callbacks
        are called. An exception ends the run and is raised at the next call from outside.

        Parameters
        ----------
        duration
            [ms]; None: until `stop`.
        speed
            At most so many ms of the model per ms on the wall; None: as fast as it can.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(1, annlab.Neuron("drive = 1.0", "r = drive"))
        >>> net.compile()
        >>> net.start(duration=100.0)
        >>> cells.drive = 2.0  # takes effect between two slices
        >>> net.wait()
        True
        >>> net.time
        100.0
        """
        worker = self._require_worker("start")
        if speed is not None and not read_number(speed, "speed of start()") > 0:
            raise ArgumentError(f"speed is {speed!r}", hint="give a number above 0, or None")
        worker.start(
            None if duration is None else n_steps(duration, self.dt),
            callbacks=self._schedule(),
            seconds_per_step=None if speed is None else self.dt / 1000.0 / speed,
        )

    def pause(self) -> None:
        """Hold the background run; returns when it holds.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(1, annlab.LeakyIntegrator)
        >>> net.compile()
        >>> net.start()
        >>> net.pause()
        >>> net.run_state, net.running
        (<RunState.PAUSED: 'paused'>, False)
        >>> net.stop()
        """
        self._require_worker("pause").pause()

    def resume(self) -> None:
        """Let the background run go on.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(1, annlab.LeakyIntegrator)
        >>> net.compile()
        >>> net.start()
        >>> net.pause()
        >>> net.resume()
        >>> net.running
        True
        >>> net.stop()
        """
        self._require_worker("resume").resume()

    def stop(self) -> None:
        """End the run; returns when it has ended. Harmless without one.

        A callback, or another thread, ends `simulate` with it: that returns the steps done so far.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(1, annlab.LeakyIntegrator)
        >>> net.compile()
        >>> net.start()
        >>> net.stop()
        >>> net.running
        False
        """
        if self._worker is not None:
            self._worker.stop()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end of the background run; False if `timeout` [s] passed first.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(1, annlab.LeakyIntegrator)
        >>> net.compile()
        >>> net.start(duration=50.0)
        >>> net.wait(timeout=60.0)
        True
        >>> net.time
        50.0
        """
        if timeout is not None:
            timeout = read_number(timeout, "timeout of wait() [s]", least=0.0)
        return self._require_worker("wait").wait(timeout)

    def _measured(self, is_wanted: bool, run: Callable[[], int]) -> int:
        is_wanted = read_flag(is_wanted, "measure_time of a run")
        begin = time.perf_counter()
        done = run()
        if is_wanted or self._config.show_time:
            seconds = time.perf_counter() - begin
            sys.stdout.write(
                f"{done * self.dt / 1000.0:g} s of the network took {seconds:.3g} s to simulate.\n"
            )
        return done

    def dashboard(self, **options: Any) -> Any:  # the widgets know the network, not the reverse
        """Show the network live in a notebook: controls, views, sliders.

        `options` are those of `annlab.widgets.dashboard`, which needs the extra ``lab``.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(backend="reference")
        >>> cells = net.create(2, annlab.Izhikevich, name="cells")
        >>> net.compile()
        >>> dash = net.dashboard()
        >>> dash
        <dashboard with 3 views>
        >>> dash.close()
        """
        return import_module("annlab.widgets").dashboard(self, **options)

    # -- reset --------------------------------------------------------------------

    def reset(
        self,
        populations: bool = True,
        projections: bool = False,
        synapses: bool = False,
        monitors: bool = True,
        reseed_rng: bool = True,
    ) -> None:
        """Return to the moment of compile.

        Parameters
        ----------
        populations
            Attributes get the values that they had then; spikes on their way are forgotten.
        projections
            Attributes of synapses too, but for `w`.
        synapses
            Connectivity and weights are drawn again (implies `projections`).
        monitors
            Recordings are dropped.
        reseed_rng
            Random numbers start again from the seed.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(seed=1)
        >>> cells = net.create(1, annlab.Neuron(equations="r += Uniform(0.0, 1.0)"))
        >>> net.compile()
        >>> net.simulate(10.0)
        10
        >>> first = float(cells.r[0])
        >>> net.reset()
        >>> net.time, cells.r
        (0.0, array([0.]))
        >>> net.simulate(10.0)
        10
        >>> float(cells.r[0]) == first  # the same random numbers
        True
        """
        state = self._require_state("reset")
        flags = (populations, projections, synapses, monitors, reseed_rng)
        for name, flag in zip(_RESET_FLAGS, flags, strict=True):
            read_flag(flag, f"{name} of reset()")
        if synapses and not projections:
            warn("reset(synapses=True) resets the attributes of the projections too")

        def apply() -> None:
            rewind_clock(state)
            if reseed_rng:
                self._rng = np.random.default_rng(self.seed)
                state.seed = self.seed
            else:
                state.seed = int(self.default_rng.integers(2**32))
            if populations:
                for population in self._populations:
                    population._start_again()
            if projections or synapses:
                for projection in self._projections:
                    projection.reset(synapses=synapses)
            if monitors:
                for monitor in self._monitors:
                    monitor.reset()
            self._refresh()

        self._call(apply)
        self._notices.tell()

    # -- files --------------------------------------------------------------------

    def save(self, filename: str, populations: bool = True, projections: bool = True) -> None:
        """Write the clock and all values; .npz (recommended), .gz, .mat, or else a pickle.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator, name="cells")
        >>> net.compile()
        >>> cells.r = [0.25, 0.5]
        >>> net.save("moment.npz")
        >>> cells.r = 0.0
        >>> net.load("moment.npz")
        >>> cells.r
        array([0.25, 0.5 ])
        """
        from annlab.network.io import save_network  # it imports this module

        save_network(self, filename, populations, projections)

    def load(
        self,
        filename: str,
        populations: bool = True,
        projections: bool = True,
        pickle_encoding: str | None = None,
        *,
        allow_pickle: bool = False,
    ) -> None:
        """Read what `save` wrote; objects are found by name. Nothing changes if it does not fit.

        `allow_pickle`: execute what a pickle of another program asks for. Only if you trust it.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(1, annlab.LeakyIntegrator, name="cells")
        >>> net.compile()
        >>> net.simulate(20.0)
        20
        >>> net.save("later.npz")
        >>> net.reset()
        >>> net.load("later.npz")
        >>> net.time
        20.0
        """
        from annlab.network.io import load_network

        load_network(
            self, filename, populations, projections, pickle_encoding, allow_pickle=allow_pickle
        )

    def snapshot(self) -> Snapshot:
        """Return the network as it is now; from there `restore` goes on bit for bit.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(seed=1)
        >>> cells = net.create(1, annlab.Neuron(equations="r = Uniform(0.0, 1.0)"))
        >>> net.compile()
        >>> moment = net.snapshot()
        >>> net.simulate(10.0)
        10
        >>> first = cells.r
        >>> net.restore(moment)
        >>> net.time
        0.0
        >>> net.simulate(10.0)
        10
        >>> bool(cells.r == first)
        True
        """
        from annlab.network.snapshot import take  # snapshots are rare: start is faster

        return take(self)

    def restore(self, snapshot: Snapshot) -> None:
        """Return to the moment of a snapshot; recordings and callbacks stay as they are.

        Raises
        ------
        ArgumentError
            If the snapshot is of another network or damaged; nothing is changed then.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(1, annlab.LeakyIntegrator)
        >>> net.compile()
        >>> net.simulate(5.0)
        5
        >>> moment = net.snapshot()
        >>> net.simulate(5.0)
        5
        >>> net.restore(moment)
        >>> net.time
        5.0
        """
        from annlab.network.snapshot import restore

        restore(self, snapshot)

    # -- learning -----------------------------------------------------------------

    def enable_learning(
        self,
        projections: Sequence[Projection] | None = None,
        period: float | None = None,
        offset: float | None = None,
    ) -> None:
        """Let projections learn; all of them by default.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator)
        >>> loop = net.connect(cells, cells, "exc", annlab.Oja).all_to_all(0.1)
        >>> net.compile()
        >>> net.disable_learning()
        >>> loop.update
        False
        >>> net.enable_learning(period=10.0)  # every 10 ms
        >>> loop.update
        True
        """
        with self._at_once():
            for projection in self._chosen(projections):
                projection.enable_learning(period, offset)

    def disable_learning(self, projections: Sequence[Projection] | None = None) -> None:
        """Stop learning; of all projections by default.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator)
        >>> loop = net.connect(cells, cells, "exc", annlab.Oja).all_to_all(0.1)
        >>> net.compile()
        >>> net.disable_learning([loop])
        >>> loop.update
        False
        """
        with self._at_once():
            for projection in self._chosen(projections):
                projection.disable_learning()

    def _chosen(self, projections: Sequence[Projection] | None) -> Sequence[Projection]:
        if projections is None:
            return self._projections
        chosen: Sequence[object] = [projections]
        if isinstance(projections, Sequence | set) and not isinstance(
            projections, str | Projection
        ):
            chosen = list(projections)
        for item in chosen:
            if not isinstance(item, Projection):
                raise ArgumentTypeError(
                    f"{item!r} is no projection",
                    hint="give projections; get_projection(name) finds one by its name",
                )
            if item._network is not self:
                raise ArgumentError(
                    f"projection {item.name!r} does not belong to network {self._id}",
                    why=f"it belongs to network {item._network.id}",
                    hint="write net.get(projection) for the copy in this network",
                )
        return [item for item in chosen if isinstance(item, Projection)]

    # -- looking up ---------------------------------------------------------------

    def get_population(self, name: str) -> Population | None:
        """Return a population by name, or None.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator, name="cells")
        >>> net.get_population("cells")
        <Population 'cells': 2 x Leaky integrator>
        """
        return self._looked_up("population", self._populations, name)

    def get_projection(self, name: str) -> Projection | None:
        """Return a projection by name, or None.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator)
        >>> loop = net.connect(cells, cells, "exc", name="loop").all_to_all(0.1)
        >>> net.get_projection("loop") is loop
        True
        """
        return self._looked_up("projection", self._projections, name)

    def get_monitor(self, name: str) -> Monitor | None:
        """Return a monitor by name, or None.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator)
        >>> watch = net.monitor(cells, "r", name="rates")
        >>> net.get_monitor("rates") is watch
        True
        """
        return self._looked_up("monitor", self._monitors, name)

    def get_extension(self, name: str) -> Any:
        """Return an object of annlab.extensions by name, or None.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator)
        >>> bold = net.boldmonitor(cells)
        >>> net.get_extension("bold0") is bold
        True
        """
        return self._looked_up("extension", self._extensions, name)

    def get_constant(self, name: str) -> Constant | None:
        """Return a constant by name, or None.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> c = net.constant("baseline", 0.5)
        >>> net.get_constant("baseline").value
        0.5
        """
        found = self._constants.get(name) if isinstance(name, str) else None
        if found is None:
            log.warning("network %d has no constant %r", self._id, name)
        return found

    def _looked_up(self, what: str, objects: Sequence[Any], name: str) -> Any:
        found = _named(objects, name)
        if found is None:
            log.warning("network %d has no %s %r", self._id, what, name)
        return found

    def get_populations(self) -> list[Population]:
        """Return all populations, in the order of creation.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator, name="cells")
        >>> net.get_populations()
        [<Population 'cells': 2 x Leaky integrator>]
        """
        return list(self._populations)

    def get_monitors(self) -> list[Monitor]:
        """Return all monitors, in the order of creation.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator)
        >>> watch = net.monitor(cells, "r")
        >>> net.get_monitors() == [watch]
        True
        """
        return list(self._monitors)

    def get_extensions(self) -> list[Any]:
        """Return all objects of annlab.extensions, in the order of creation.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator, name="cells")
        >>> bold = net.boldmonitor(cells)
        >>> net.get_extensions()
        [<BoldMonitor 'bold0' of cells: balloon_RN>]
        """
        return list(self._extensions)

    def get_constants(self) -> list[Constant]:
        """Return the constants of the network, copies of the global ones included.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> c = net.constant("baseline", 0.5)
        >>> [c.name for c in net.get_constants()]
        ['baseline']
        """
        return list(self._constants.values())

    def get_projections(
        self,
        post: Population | str | None = None,
        pre: Population | str | None = None,
        target: str | None = None,
        suppress_error: bool = False,
    ) -> list[Projection]:
        """Return the projections that fit; populations may be given by name.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> a, b = (net.create(2, annlab.LeakyIntegrator, name=name) for name in "ab")
        >>> forth = net.connect(a, b, "exc").one_to_one(1.0)
        >>> back = net.connect(b, a, "inh").one_to_one(1.0)
        >>> net.get_projections(pre="a") == [forth]
        True
        >>> net.get_projections(target="inh") == [back]
        True
        """
        for side in (post, pre):
            if side is not None and not isinstance(side, str | Population | PopulationView):
                raise ArgumentTypeError(
                    f"get_projections() was given {side!r} as a population",
                    hint="give a population, or its name",
                )
        found = [
            p
            for p in self._projections
            if _fits(p.post, post) and _fits(p.pre, pre) and _reaches(p, target)
        ]
        is_filtered = post is not None or pre is not None or target is not None
        is_quiet = read_flag(suppress_error, "suppress_error of get_projections()")
        if not found and is_filtered and not is_quiet:
            raise UnknownObjectError(
                "no projection fits",
                why=f"asked for post={_shown(post)}, pre={_shown(pre)}, target={target!r}",
                hint="get_projections() lists all of them",
            )
        return found

    # -- callbacks ----------------------------------------------------------------

    def callbacks_enabled(self) -> bool:
        """Return whether simulate() calls the functions of `every`.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> net.callbacks_enabled()
        True
        """
        return self._has_callbacks

    def disable_callbacks(self) -> None:
        """Let simulate() call no functions.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> net.disable_callbacks()
        >>> net.callbacks_enabled()
        False
        """
        self._has_callbacks = False

    def enable_callbacks(self) -> None:
        """Let simulate() call the functions of `every` again.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> net.disable_callbacks()
        >>> net.enable_callbacks()
        >>> net.callbacks_enabled()
        True
        """
        self._has_callbacks = True

    def clear_all_callbacks(self) -> None:
        """Forget all functions of `every`.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(1, annlab.LeakyIntegrator)
        >>> @annlab.every(network=net, period=1.0)
        ... def tell(n):
        ...     print(n)
        >>> net.compile()
        >>> net.simulate(2.0)
        0
        1
        2
        >>> net.clear_all_callbacks()
        >>> net.simulate(2.0)
        2
        """
        self._callbacks.clear()

    def _add_callback(self, callback: Callback) -> None:
        self._callbacks.append(callback)

    def _schedule(self) -> Schedule | None:
        if not self._has_callbacks or not self._callbacks:
            return None
        state = self._require_state("call functions")
        return Schedule(self._callbacks, start=state.n_run, dt=self.dt)

    # -- memory -------------------------------------------------------------------

    def size_in_bytes(self) -> int:
        """Return the bytes that neurons, synapses and recordings take.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(backend="reference")
        >>> cells = net.create(64, annlab.Neuron(equations="r = t"))
        >>> net.compile()
        >>> net.size_in_bytes()
        512
        """
        owners: list[Any] = [*self._populations, *self._projections, *self._monitors]
        return sum(int(o.size_in_bytes()) for o in owners)

    def memory_footprint(self, show_py_side: bool = True, show_cpp_side: bool = True) -> None:
        """Print how many bytes the numbers of the network take, object by object.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(64, annlab.Neuron(equations="r = t"), name="cells")
        >>> net.compile()
        >>> net.memory_footprint(show_py_side=False)
        cells: 512 bytes
        """
        members = (self._populations, self._projections, self._monitors)
        lines = []
        if read_flag(show_py_side, "show_py_side of memory_footprint()"):
            n_bytes = sum(sys.getsizeof(o) + sys.getsizeof(o.__dict__) for m in members for o in m)
            lines.append(f"Python objects: {n_bytes} bytes")
        if read_flag(show_cpp_side, "show_cpp_side of memory_footprint()"):
            lines += [f"{o.name}: {o.size_in_bytes()} bytes" for m in members for o in m]
        sys.stdout.write("\n".join(lines) + "\n")

    def memory_estimate(self, duration: float, rate: float | None = None) -> MemoryEstimate:
        """Return how much memory the recordings of a run of `duration` ms will take.

        Parameters
        ----------
        rate
            Firing rate [Hz] of all neurons whose spikes are recorded; left out, for each monitor
            the one recorded so far, or 10 Hz.

        Raises
        ------
        StateError
            Before compile.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(1000, annlab.LeakyIntegrator, name="cells")
        >>> watch = net.monitor(cells, "r")
        >>> net.compile()
        >>> net.memory_estimate(60_000.0)
        <0.48 GB in memory: Monitor_cells.r 0.48 GB>
        """
        return estimate_network(self, duration, rate)

    # -- names of version 4 -------------------------------------------------------

    def set_seed(self, seed: int, use_seed_seq: bool = True) -> None:
        """Set the seed, also after compile; what was drawn stays.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(seed=1)
        >>> net.set_seed(2)
        >>> net.seed
        2
        """
        self._config = self._config.changed({"seed": seed}, origin="set_seed()")
        self._seed = self._rng = None
        state = self._state
        if state is not None:

            def apply() -> None:
                state.seed = self.seed
                self._refresh()

            self._call(apply)

    def get_time(self) -> float:
        """Return the clock [ms], as `time` does.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> net.get_time()
        0.0
        """
        return self.time

    def set_time(self, t: float) -> None:
        """Set the clock [ms], as `time` does.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(dt=0.5)
        >>> cells = net.create(1, annlab.LeakyIntegrator)
        >>> net.compile()
        >>> net.set_time(10.0)
        >>> net.current_step
        20
        """
        self.time = t

    def get_current_step(self) -> int:
        """Return the next step to run, as `current_step` does.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> net.get_current_step()
        0
        """
        return self.current_step

    def set_current_step(self, n: int) -> None:
        """Set the clock in steps, as `current_step` does.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(dt=0.5)
        >>> cells = net.create(1, annlab.LeakyIntegrator)
        >>> net.compile()
        >>> net.set_current_step(20)
        >>> net.time
        10.0
        """
        self.current_step = n

    # -- copies -------------------------------------------------------------------

    def copy(self, *args: Any, **kwargs: Any) -> Network:
        """Return a new network of the same class, built with these arguments and compiled.

        Examples
        --------
        >>> import annlab
        >>> class Cells(annlab.Network):
        ...     def __init__(self, n):
        ...         self.cells = self.create(n, annlab.LeakyIntegrator)
        ...         self.compile()
        >>> small = Cells(2)
        >>> small.copy(5).cells.size  # shares the compiled code
        5
        """
        if not self.compiled:
            raise StateError("only a compiled network can be copied", hint="call compile() first")
        if type(self) is Network:
            _refuse_arguments(args, kwargs)
            twin = Network.build((), kwargs, self._config)
            for name, constant in self._constants.items():
                if name not in twin._constants:
                    twin.constant(name, constant.value)
            twin.add(self._everything())
        elif args or kwargs:
            twin = type(self).build(args, kwargs, self._config)
        else:
            twin = self._again({})
        twin.compile()
        return twin

    def _again(self, changes: Mapping[str, Any], **always: Any) -> Network:
        """Return an uncompiled network that is built as this one was, but for `changes`."""
        given = {**changes, **always}
        return parallel.build_again(type(self), self._constructor, self._config, given)

    def parallel_run(
        self,
        method: Callable[..., Any],
        number: int,
        max_processes: int = -1,
        seeds: str | Sequence[int] | None = None,
        measure_time: bool = False,
        **kwargs: Any,
    ) -> list[Any]:
        """Run `method(copy, ...)` on copies of this network, side by side; return the results.

        Each run has a process of its own, in which the copy is built; kernels are shared. Functions
        and classes of notebook cells work. What is given and returned is copied, so it cannot be a
        network. Without the package loky runs are threads of this process instead.

        Parameters
        ----------
        number
            How many copies.
        max_processes
            How many at a time; by default as many as there are cores.
        seeds
            None: random; "same"; "sequential": seed + 1, seed + 2 ...; or a list.
        kwargs
            For the constructor of the class, or else for `method`. A list holds one value per
            run; anything else is given to all.

        Raises
        ------
        ParallelRunError
            If a run fails, once all have ended. Its `results` are those of the others.

        Examples
        --------
        >>> import annlab
        >>> class Tuned(annlab.Network):
        ...     def __init__(self, gain):
        ...         self.cells = self.create(1, annlab.Neuron({"gain": gain}, "r = gain * t"))
        ...         self.compile()
        >>> def last_rate(net, duration):
        ...     net.simulate(duration)
        ...     return float(net.cells.r[0])
        >>> Tuned(1.0).parallel_run(last_rate, number=3, gain=[1.0, 2.0, 3.0], duration=5.0)
        [4.0, 8.0, 12.0]
        """
        parallel.require_own_class(self, Network)
        return parallel.run_copies(
            self,
            method,
            number,
            max_processes=max_processes,
            seeds=seeds,
            measure_time=measure_time,
            arguments=kwargs,
        )

    def __reduce__(self) -> NoReturn:
        raise ArgumentTypeError(
            "a network cannot be sent to another process or pickled",
            hint="send what it takes to build it, return its values; net.save() writes them",
        )

    def __copy__(self) -> NoReturn:
        raise ArgumentTypeError(
            "a network cannot be copied by Python's module copy",
            why="what runs it belongs to it alone",
            hint="net.copy() builds another one; net.snapshot() and net.save() keep its values",
        )

    def __deepcopy__(self, memo: object) -> NoReturn:
        self.__copy__()

    def _interrupt(self) -> None:
        if self._worker is not None:
            self._worker.interrupt()

    def add(self, objects: Any) -> None:
        """Put copies of objects of another network into this one; `get` finds them.

        Examples
        --------
        >>> import annlab
        >>> cells = annlab.Population(2, annlab.LeakyIntegrator, name="cells")  # global
        >>> net = annlab.Network()
        >>> net.add([cells])
        >>> net.get(cells).name
        'cells'
        """
        self._require_uncompiled("add objects")
        asked = list(objects) if isinstance(objects, list | tuple) else [objects]
        self._check_addable(asked)
        is_here = [getattr(o, "_network", None) is self or self._has_copy(o) for o in asked]
        new = {id(obj): obj for obj, is_old in zip(asked, is_here, strict=True) if not is_old}
        given = list(new.values())  # each once
        for obj in given:
            if isinstance(obj, Population):
                self._remember_copy(obj, obj._copy(self))
        for obj in given:
            if isinstance(obj, Projection) and not obj._is_part:
                self._remember_copy(obj, self._copy_projection(obj))
        for obj in given:
            if isinstance(obj, Monitor):
                self._remember_copy(obj, obj._copy(self, self.get(obj.object)))
        for obj in given:
            if hasattr(obj, "_copy_into"):  # an object of annlab.extensions, made of the others
                self._remember_copy(obj, obj._copy_into(self))

    def _check_addable(self, objects: Sequence[Any]) -> None:
        """Refuse what cannot be added before anything is."""
        here = {id(obj) for obj in objects}
        for obj in objects:
            is_known = isinstance(obj, Population | Projection | Monitor)
            if not is_known and not hasattr(obj, "_copy_into"):
                raise ArgumentTypeError(
                    f"a network cannot hold {obj!r}",
                    hint="add populations, projections or monitors",
                )
            needed: list[Any] = []
            if isinstance(obj, Projection) and not obj._is_part:
                needed = [obj.pre, obj.post]
            elif isinstance(obj, Monitor):
                needed = [obj.object]
            for other in map(whole_of, needed):
                if (
                    id(other) not in here
                    and not self._has_copy(other)
                    and other._network is not self
                ):
                    raise UnknownObjectError(
                        f"network {self._id} has no copy of {other!r}, which {obj!r} needs",
                        hint="add both: net.add([...])",
                    )

    def get(self, obj: Any) -> Any:
        """Return the copy in this network of an object of another one; of a list, a list.

        Objects that belong to this network are returned themselves.

        Examples
        --------
        >>> import annlab
        >>> cells = annlab.Population(2, annlab.LeakyIntegrator, name="cells")  # global
        >>> net = annlab.Network(everything=True)
        >>> net.get(cells) is net.get_population("cells")
        True
        """
        if isinstance(obj, list | tuple):
            return [self.get(o) for o in obj]
        if isinstance(obj, PopulationView):
            population = self.get(obj.population)
            return PopulationView(population, obj.ranks, obj.geometry)
        if isinstance(obj, IndividualNeuron):
            return self.get(obj.population).neuron(obj.rank)
        if isinstance(obj, Dendrite):
            return self.get(obj.proj).dendrite(obj.post_rank)
        if getattr(obj, "_network", None) is self:
            return obj
        if id(obj) not in self._copies:
            if not hasattr(obj, "_network") and not hasattr(obj, "_copy_into"):
                raise ArgumentTypeError(
                    f"get() was given {obj!r}, which is no object of a network",
                    hint="get_population(name), get_projection(name) and get_monitor(name) find "
                    "objects by their names",
                )
            hint = "its own objects are found by their names: get_population(name)"
            raise UnknownObjectError(
                f"network {self._id} has no copy of {obj!r}",
                hint=hint if self.compiled else "add it first: net.add([...])",
            )
        return self._copies[id(obj)][1]

    def _remember_copy(self, original: object, twin: object) -> None:
        self._copies[id(original)] = (original, twin)

    def _has_copy(self, original: object) -> bool:
        return id(original) in self._copies

    def _everything(self) -> list[Any]:
        return [*self._populations, *self._projections, *self._monitors, *self._extensions]

    def _copy_projection(self, projection: Projection) -> Projection:
        return projection._copy(self, self.get(projection.pre), self.get(projection.post))

    def _adopt(self, population: Population) -> Population:
        if population.network is self:
            return population
        twin = population._copy(self)
        self._remember_copy(population, twin)
        population.network._forget(population)
        return twin

    def _adopt_projection(self, projection: Projection) -> Projection:
        if projection._network is self:
            return projection
        twin = self._copy_projection(projection)
        self._remember_copy(projection, twin)
        return twin

    def _forget(self, population: Population) -> None:
        """Drop a population that was made only to be copied into another network."""
        sides = [population_of(s) for p in self._projections for s in (p.pre, p.post)]
        is_used = population in sides or any(m.object is population for m in self._monitors)
        if self._id == context.GLOBAL_ID and not self.compiled and not is_used:
            self._withdraw(population)

    def _withdraw(self, population: Population) -> None:
        self._populations.remove(population)
        for index, rest in enumerate(self._populations):
            rest._id = index

    # -- understanding ------------------------------------------------------------

    def explain(
        self,
        obj: Population | PopulationView | Projection | str | None = None,
        stage: str | Sequence[str] | None = None,
    ) -> Explanation:
        """Return what became of a model at each stage, from its text to the generated code.

        Parameters
        ----------
        obj
            A population or projection, or its name; the whole network by default.
        stage
            One or several of "text", "typed", "discretised", "storage", "code", "lines"; all of
            them by default.

        Raises
        ------
        UnknownObjectError
            If the network has no such object.
        ArgumentError
            If there is no such stage.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(backend="reference")
        >>> cells = net.create(2, annlab.Neuron("tau = 10.0", "tau*dr/dt = -r"), name="cells")
        >>> print(net.explain("cells", "text")["text"])
        parameters:
            tau = 10.0
        equations:
            tau*dr/dt = -r
        """
        from annlab.network.explain import explain, find  # it brings the symbolic library

        return explain(find(self, obj), stage)

    def report(
        self,
        filename: str | None = "./report.tex",
        standalone: bool = True,
        gather_subprojections: bool = False,
        title: str | None = None,
        author: str | None = None,
        date: str | None = None,
    ) -> Any:
        """Write what the network is made of to ``.tex`` or ``.md``; see `annlab.report`.

        Without a file name (None) the Markdown is returned, which notebooks show typeset.

        Examples
        --------
        >>> import annlab
        >>> from pathlib import Path
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator, name="cells")
        >>> net.compile()
        >>> net.report("network.md", title="Two cells")
        >>> print(Path("network.md").read_text().splitlines()[0])
        # Two cells
        """
        from annlab.network.report import report  # it imports this module

        options = (standalone, gather_subprojections, title, author, date)
        return report(self, filename, *options)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from annlab.network.display import network_bundle  # only notebooks ask

        return network_bundle(self)

    # -- for the objects of the network -------------------------------------------

    def _call(self, function: Callable[[], T]) -> T:
        """Execute `function` while no step is under way."""
        return function() if self._worker is None else self._worker.call(function)

    @contextmanager
    def _at_once(self) -> Iterator[None]:
        """Let several changes take effect together."""
        if self._worker is None:
            yield
            return
        with self._worker.hold():
            yield

    def _refresh(self) -> None:
        """Tell the back end that arrays were added or replaced. Call it inside `_call`."""
        if self._runner is not None:
            self._runner.refresh()

    def _analyse_neuron(
        self,
        definition: Neuron,
        localities: Mapping[str, Locality],
        stop_condition: str | None,
    ) -> NeuronModel:
        model = analyse_neuron(
            definition,
            localities=localities,
            stop_condition=stop_condition,
            **self._analysis_options(),
        )
        check_methods(model)
        return model

    def _analysis_options(self) -> dict[str, Any]:
        """Return what the analysis of a model has to know of its network."""
        return {
            "constants": self._constants,
            "functions": self._functions.texts(),
            "default_method": self._config.method,
        }

    def _local_functions(self, definition: Neuron | Synapse) -> dict[str, Callable[..., list]]:
        """Return the functions of a model as ones that take lists."""
        library = self._functions
        return {
            name: function
            for name in library.local_names(definition)
            if (function := library.local(definition, name)) is not None
        }

    def _constant_value(self, name: str) -> float:
        constant = self._constants.get(name)
        if constant is None:
            raise UnknownObjectError(
                f"there is no constant {name!r}",
                why=f"known here: {', '.join(self._constants)}",
                hint="write Constant(name, value) before the network is made",
            )
        return constant.value

    def _set_constant(self, name: str, value: float) -> None:
        state = self._state
        if state is None or name not in state.constants:
            return

        def apply() -> None:
            state.constants[name][0] = value

        self._call(apply)

    def _joining(self) -> Any:
        return context.joining(self)

    def _register_population(self, population: Population, name: str | None) -> tuple[int, str]:
        number = len(self._populations)
        taken = {p.name for p in self._populations}
        free = next(n for n in count(number) if f"pop{n}" not in taken)
        chosen = self._unique(name or f"pop{free}", taken)
        self._populations.append(population)
        return number, chosen

    def _unique(self, name: str, taken: Collection[str]) -> str:
        if name not in taken:
            return name
        number = 1
        while f"{name}_{number}" in taken:
            number += 1
        warn(f"the name {name!r} is taken; this one is called '{name}_{number}'")
        return f"{name}_{number}"

    def _add_projection(self, projection: Projection) -> None:
        self._require_uncompiled("create a projection")
        check_methods(projection._model)
        projection.name = self._unique(projection.name, [p.name for p in self._projections])
        self._projections.append(projection)

    def _register_monitor(self, monitor: Monitor) -> None:
        self._monitors.append(monitor)

    def _targets_of(self, population: Population) -> list[str]:
        found: dict[str, None] = {}
        for projection in self._projections:
            if population_of(projection.post) is population:
                found.update(dict.fromkeys(projection.targets))
        return list(found)

    def _max_delay_of(self, population: Population) -> int:
        outgoing = (p for p in self._projections if population_of(p.pre) is population)
        return max((p.max_delay for p in outgoing), default=1)

    def _is_blank(self) -> bool:
        return not self._populations

    def _require_uncompiled(self, what: str) -> None:
        if self.compiled:
            raise StateError(
                f"network {self._id} is compiled: it is too late to {what}",
                hint="do it before compile(), or call net.clear() first",
            )

    def _require_state(self, what: str) -> NetworkState:
        return self._require(self._state, what)

    def _require_worker(self, what: str) -> Worker:
        return self._require(self._worker, what)

    def _require(self, made: T | None, what: str) -> T:
        """Return a part that `compile` makes; another thread may just be compiling or clearing."""
        if made is None:
            raise StateError(
                f"network {self._id} cannot {what} before it is compiled",
                hint="call net.compile() first",
            )
        return made

    def __enter__(self) -> Network:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.clear()


def _refuse_unknown_options(kwargs: Mapping[str, Any]) -> None:
    """Say what a network takes; all other options are those of `config`."""
    known = (*_OWN_KEYWORDS, "everything")
    for name in kwargs:
        if name not in known:
            near = nearest(name, known)
            hint = f"did you mean {near!r}?" if near else f"call net.config({name}=...)"
            raise ArgumentTypeError(
                f"Network() takes no {name!r}", why=f"it takes: {', '.join(known)}", hint=hint
            )


def _refuse_arguments(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Refuse arguments for a class of the user where there is none."""
    unknown = [repr(a) for a in args] + [f"{k}=" for k in kwargs if k not in _OWN_KEYWORDS]
    if unknown:
        raise ArgumentTypeError(
            f"copy() was given {', '.join(unknown)}",
            why="the network has no class of its own, whose arguments that could be",
            hint=f"give options ({', '.join(_OWN_KEYWORDS)}), or write a class derived from "
            "Network",
        )


def _upkeep_of(network: Network) -> Upkeep:
    """Return what tends the monitors, and keeps neither them nor the network alive."""
    forgettable = weakref.ref(network)

    def upkeep(*, is_resting: bool) -> None:
        living = forgettable()
        if living is not None:
            tend(living._monitors, is_resting=is_resting)

    return upkeep


def _only(known: list[T], wanted: object, what: str) -> list[T]:
    """Return those objects of a network that compile() is told to take."""
    if not isinstance(wanted, Collection) or not all(any(w is k for k in known) for w in wanted):
        raise ArgumentTypeError(
            f"compile() was given {wanted!r} as {what}",
            hint=f"give a list of {what} of this network, or leave it out for all",
        )
    return [k for k in known if any(w is k for w in wanted)]


def _lost_ends(projection: Projection, populations: Sequence[Population]) -> list[str]:
    """Return the names of the ends of a projection that are not among `populations`."""
    ends = (population_of(side) for side in (projection.pre, projection.post))
    return [end.name for end in ends if not any(end is p for p in populations)]


def _named(objects: Sequence[Any], name: str) -> Any:
    return next((o for o in objects if isinstance(name, str) and o.name == name), None)


def _fits(side: Any, wanted: Population | PopulationView | str | None) -> bool:
    if wanted is None:
        return True
    if isinstance(wanted, str):
        return side.name == wanted
    return side is wanted or population_of(side) is wanted


def _reaches(projection: Projection, target: object) -> bool:
    return target is None or (isinstance(target, str) and target in projection.targets)


def _shown(wanted: Population | PopulationView | str | None) -> str:
    return repr(wanted if wanted is None or isinstance(wanted, str) else wanted.name)


def _surroundings() -> Surroundings:
    return Surroundings(constants=tuple(GLOBAL_CONSTANTS), functions=GLOBAL_FUNCTIONS)


context.provide_networks(Network._of_number)
provide_surroundings(_surroundings)

__all__ = ["Network"]
