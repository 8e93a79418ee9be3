"""Networks: what users build, compile, run and steer.

A network owns its populations, projections, monitors, constants, callbacks and
options. Compile turns them into a `NetworkState` and a `Runner`; from then on a
`Worker` runs them, and everything that touches numbers goes through `_call`,
which waits for the end of a slice if a simulation is under way.

Here are its options, what it is built of, and compile. All else is in the classes that
`Network` is put together of, one for each concern, in the modules beside it.
"""

from __future__ import annotations

import inspect
import logging
import os
import sys
import threading
import time
import weakref
from collections.abc import Collection, Mapping, Sequence
from importlib import import_module
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from annlab.calls import InitSignature, public, told, warn
from annlab.errors import ArgumentError, ArgumentTypeError, UnknownObjectError, nearest
from annlab.ir.alone import Surroundings, provide_surroundings
from annlab.ir.analysis import analyse_neuron
from annlab.ir.definition import Neuron, Synapse
from annlab.ir.expr import Locality, SymbolKind
from annlab.ir.model import NeuronModel
from annlab.network import config as options
from annlab.network import context
from annlab.network.assembly import assemble
from annlab.network.attributes import refuse_fixed
from annlab.network.burden import BURDEN
from annlab.network.callbacks import Callback, Schedule
from annlab.network.constants import GLOBAL_CONSTANTS, Constant, copy_global_constants
from annlab.network.early import check_methods
from annlab.network.functions import GLOBAL_FUNCTIONS, FunctionLibrary
from annlab.network.monitor import Monitor
from annlab.network.monitor_file import tend
from annlab.network.network_base import OWN_KEYWORDS
from annlab.network.network_clock import NetworkClock
from annlab.network.network_copies import NetworkCopies
from annlab.network.network_description import NetworkDescription
from annlab.network.network_files import NetworkFiles
from annlab.network.network_learning import NetworkLearning
from annlab.network.network_lookup import NetworkLookup, named
from annlab.network.network_running import NetworkRunning
from annlab.network.notices import Notices
from annlab.network.population import Population
from annlab.network.projection import Projection
from annlab.network.projection_base import population_of
from annlab.network.recorders import whole_of
from annlab.network.view import PopulationView
from annlab.runtime.ageing import bring_to_now, is_part_of, solutions
from annlab.runtime.runner import Runner
from annlab.runtime.state import NetworkState
from annlab.runtime.watch import NanWatch
from annlab.runtime.worker import Upkeep, Worker

if TYPE_CHECKING:
    from types import TracebackType


log = logging.getLogger("annlab")
T = TypeVar("T")


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
        given = {k: kwargs[k] for k in OWN_KEYWORDS if kwargs.get(k) is not None}
        network._change_config(given, origin=f"{cls.__name__}()")
        if cls.__init__ is Network.__init__:
            _refuse_unknown_options(kwargs)
        else:
            named = inspect.signature(cls.__init__).parameters
            kwargs = {k: v for k, v in kwargs.items() if k not in OWN_KEYWORDS or k in named}
        begin = told(cls.__init__, "__init__", n_bound=1, also=OWN_KEYWORDS)
        begin(network, *args, **kwargs)
        return network


@public
class Network(
    NetworkClock,
    NetworkRunning,
    NetworkLearning,
    NetworkLookup,
    NetworkFiles,
    NetworkCopies,
    NetworkDescription,
    metaclass=_NetworkType,
):
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
        given = {k: v for k, v in zip(OWN_KEYWORDS, values) if v is not None}
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
        self._calls: Schedule | None = None
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

    def __setattr__(self, name: str, value: object) -> None:
        # What a class of the user calls as a method of ours is the business of that class.
        if not callable(getattr(Network, name, None)):
            refuse_fixed(self, name, "a network")
        object.__setattr__(self, name, value)

    @property
    def directory(self) -> str | None:
        """The folder that was named at compile; None if everything went to the cache."""
        return self._directory

    def __repr__(self) -> str:
        state = "compiled" if self.compiled else "not compiled"
        return (
            f"<{type(self).__name__} {self._id}: {len(self._populations)} populations, "
            f"{len(self._projections)} projections, {state}>"
        )

    # -- options ------------------------------------------------------------------

    @property
    def dt(self) -> float:
        """The step of the clock [ms]."""
        return self._config.dt

    @dt.setter
    def dt(self, dt: float) -> None:
        self.config(dt=dt)

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
            found = named(self._populations, side)
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

        `directory`, `silent`, `populations` and `projections` are understood, and of `cuda_config`
        the number of a GPU, ``{"device": 1}``, which comes before `Config`'s; the other arguments
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
                    f"take; call {self._as_called('clear')} first"
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
        gpu = options.device_of(cuda_config)
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
            self._build(populations, projections, gpu)
            if gpu is not None:  # so that copies run there too
                self._config = self._config.changed({"device": gpu}, origin="compile()")
            self._directory = directory
        self._tell_of_compile(time.perf_counter() - begin)

    def _build(
        self,
        populations: Sequence[Population] | None,
        projections: Sequence[Projection] | None,
        gpu: int | None,
    ) -> None:
        try:
            self._restrict(populations, projections)
            self._state, self._runner = assemble(self, gpu)
        except BaseException:
            self._become_whole()
            raise
        self._watch = NanWatch(self._runner, self._state, is_on=self._config.check_nan)
        self._worker = Worker(
            self._watch,
            self._state,
            name=f"network {self._id}",
            upkeep=_upkeep_of(self),
            network=self,
        )
        # A forgotten network ends its background run, and says if it failed.
        self._free = weakref.finalize(self, self._worker.forget)
        self._free.atexit = False  # the worker does more at the end of the process
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
                self._free.detach()
            if self._worker is not None:
                self._worker.close()
            for monitor in self._monitors:
                monitor._detach()
            for population in self._populations:
                population._detach()
            for projection in self._projections:
                projection._state = None
            self._state = self._runner = self._watch = self._worker = None
            self._become_whole()

    # -- running ------------------------------------------------------------------

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

    # -- files --------------------------------------------------------------------

    # -- learning -----------------------------------------------------------------

    # -- looking up ---------------------------------------------------------------

    # -- callbacks ----------------------------------------------------------------

    # -- memory -------------------------------------------------------------------

    # -- names of version 4 -------------------------------------------------------

    # -- copies -------------------------------------------------------------------

    # -- understanding ------------------------------------------------------------

    # -- for the objects of the network -------------------------------------------

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

        aged = [p for p in state.projections if is_part_of(p.model, name, SymbolKind.CONSTANT)]
        for p in aged:
            solutions(p)  # reading the model takes time, and nothing waits yet

        def apply() -> None:
            if state.constants[name][0] != value:
                for p in aged:
                    bring_to_now(p, state)
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
    known = (*OWN_KEYWORDS, "everything")
    for name in kwargs:
        if name not in known:
            near = nearest(name, known)
            hint = f"did you mean {near!r}?" if near else f"call net.config({name}=...)"
            raise ArgumentTypeError(
                f"Network() takes no {name!r}", why=f"it takes: {', '.join(known)}", hint=hint
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


def _surroundings() -> Surroundings:
    return Surroundings(constants=tuple(GLOBAL_CONSTANTS), functions=GLOBAL_FUNCTIONS)


context.provide_networks(Network._of_number)
provide_surroundings(_surroundings)

__all__ = ["Network"]
