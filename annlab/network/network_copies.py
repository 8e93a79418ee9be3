"""Networks that are made of another one, and objects that come from another one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from annlab.calls import public
from annlab.errors import ArgumentTypeError, StateError, UnknownObjectError
from annlab.network import context, parallel
from annlab.network.dendrite import Dendrite
from annlab.network.monitor import Monitor
from annlab.network.network_base import OWN_KEYWORDS, NetworkBase
from annlab.network.neuron import IndividualNeuron
from annlab.network.population import Population
from annlab.network.projection import Projection
from annlab.network.projection_base import population_of
from annlab.network.recorders import whole_of
from annlab.network.view import PopulationView

if TYPE_CHECKING:
    from annlab.network.network import Network


@public
class NetworkCopies(NetworkBase):
    """Copies of the whole and of parts; `get` finds them."""

    def copy(self, *args: Any, **kwargs: Any) -> Network:
        """Return a new network of the same class, built with these arguments and compiled.

        Without arguments of its own it is built with those of this network. Options (`dt`, a
        `seed` that was given, `backend` ...) stay what they are: a copy of a network with a seed
        draws the same numbers. Give each copy a `seed` of its own for independent runs.

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
        >>> small.copy(seed=3).cells.size  # other random numbers
        2
        """
        if not self.compiled:
            raise StateError("only a compiled network can be copied", hint="call compile() first")
        from annlab.network.network import Network  # it is put together of this class

        whole = self._as_network()
        if type(whole) is Network:
            _refuse_arguments(args, kwargs)
            twin = Network.build((), kwargs, self._config)
            for name, constant in self._constants.items():
                if name not in twin._constants:
                    twin.constant(name, constant.value)
            twin.add(self._everything())
        elif args or not kwargs.keys() <= set(OWN_KEYWORDS):
            twin = type(whole).build(args, kwargs, self._config)
        else:
            twin = self._again(kwargs)
        twin.compile()
        return twin

    def _again(self, changes: Mapping[str, Any], **always: Any) -> Network:
        """Return an uncompiled network that is built as this one was, but for `changes`."""
        given = {**changes, **always}
        return parallel.build_again(
            type(self._as_network()), self._constructor, self._config, given
        )

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
        KeyboardInterrupt
            Ctrl-C ends all runs. Its `results` are those of the runs that had ended, None for the
            others.

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
        from annlab.network.network import Network

        whole = self._as_network()
        parallel.require_own_class(whole, Network)
        return parallel.run_copies(
            whole,
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
                self._remember_copy(obj, obj._copy(self._as_network()))
        for obj in given:
            if isinstance(obj, Projection) and not obj._is_part:
                self._remember_copy(obj, self._copy_projection(obj))
        for obj in given:
            if isinstance(obj, Monitor):
                self._remember_copy(obj, obj._copy(self._as_network(), self.get(obj.object)))
        for obj in given:
            if hasattr(obj, "_copy_into"):  # an object of annlab.extensions, made of the others
                self._remember_copy(obj, obj._copy_into(self._as_network()))

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
        return projection._copy(
            self._as_network(), self.get(projection.pre), self.get(projection.post)
        )

    def _adopt(self, population: Population) -> Population:
        if population.network is self:
            return population
        twin = population._copy(self._as_network(), draws_again=True)
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


def _refuse_arguments(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Refuse arguments for a class of the user where there is none."""
    unknown = [repr(a) for a in args] + [f"{k}=" for k in kwargs if k not in OWN_KEYWORDS]
    if unknown:
        raise ArgumentTypeError(
            f"copy() was given {', '.join(unknown)}",
            why="the network has no class of its own, whose arguments that could be",
            hint=f"give options ({', '.join(OWN_KEYWORDS)}), or write a class derived from Network",
        )


__all__ = ["NetworkCopies"]
