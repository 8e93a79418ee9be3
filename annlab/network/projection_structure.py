"""Structural plasticity as users steer it: rules that start and stop, synapses made by hand.

The changes themselves are made by `annlab.runtime.structure` and `annlab.runtime.rules`; here is
who may ask for them, and what new synapses start with.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from typing import Any, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from annlab.calls import public
from annlab.errors import ArgumentError, ArgumentTypeError, StateError, UnknownObjectError
from annlab.ir.expr import Expr, Locality
from annlab.ir.model import Attribute, Distribution, StructuralRule, asks_for_nan
from annlab.network.attributes import Place, is_single, many_values
from annlab.network.checks import read_number
from annlab.network.distributions import RandomDistribution, from_model
from annlab.network.first_values import computed
from annlab.network.projection_base import ProjectionBase, population_of
from annlab.network.recipes import delay_steps
from annlab.runtime.state import ProjectionState, numpy_dtype
from annlab.runtime.structure import RULE_WEIGHT, RuleClock, Structure, make_editable

P = ParamSpec("P")
R = TypeVar("R")


@public
class ProjectionStructure(ProjectionBase):
    """Synapses that come and go."""

    _given: dict[str, Any]  # values set before compile

    def start_creating(self, period: float | None = None) -> None:
        """Let the rule `creating` of the synapse make synapses.

        Parameters
        ----------
        period
            Time [ms] between two evaluations, counted from now; every step by default.

        Raises
        ------
        StateError
            If the network is not compiled, or the synapse has no such rule.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(seed=1)
        >>> cells = net.create(3, annlab.Neuron("r = 2.0"))
        >>> grow = annlab.Synapse(creating="pre.r * post.r > 1.0 : w=0.5")
        >>> loop = net.connect(cells, cells, "exc", grow).one_to_one(1.0)
        >>> net.compile()
        >>> loop.start_creating(period=5.0)  # the first evaluation is in the next step
        >>> net.step()
        >>> loop.nb_synapses
        9
        """
        self._start("creating", self._model.creating, period)

    def stop_creating(self) -> None:
        """Let the rule `creating` rest.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(3, annlab.Neuron("r = 2.0"))
        >>> grow = annlab.Synapse(creating="pre.r * post.r > 1.0 : proba=0.5, w=0.5")
        >>> loop = net.connect(cells, cells, "exc", grow).one_to_one(1.0)
        >>> net.compile()
        >>> loop.start_creating()
        >>> loop.stop_creating()
        >>> net.simulate(10.0)
        10
        >>> loop.nb_synapses
        3
        """
        self._stop("creating", self._model.creating)

    def start_pruning(self, period: float | None = None) -> None:
        """Let the rule `pruning` of the synapse remove synapses.

        Parameters
        ----------
        period
            Time [ms] between two evaluations, counted from now; every step by default.

        Raises
        ------
        StateError
            If the network is not compiled, or the synapse has no such rule.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator)
        >>> fade = annlab.Synapse("limit = 5.0", "age = t", pruning="age > limit")
        >>> loop = net.connect(cells, cells, "exc", fade).one_to_one(1.0)
        >>> net.compile()
        >>> loop.start_pruning()
        >>> net.simulate(10.0)
        10
        >>> loop.nb_synapses
        0
        """
        self._start("pruning", self._model.pruning, period)

    def stop_pruning(self) -> None:
        """Let the rule `pruning` rest.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator)
        >>> fade = annlab.Synapse("limit = 5.0", "age = t", pruning="age > limit")
        >>> loop = net.connect(cells, cells, "exc", fade).one_to_one(1.0)
        >>> net.compile()
        >>> loop.start_pruning()
        >>> loop.stop_pruning()
        >>> net.simulate(10.0)
        10
        >>> loop.nb_synapses
        2
        """
        self._stop("pruning", self._model.pruning)

    def _start(self, kind: str, rule: StructuralRule | None, period: float | None) -> None:
        clock = self._clock(kind, rule)
        dt = self._network.dt
        name = f"period of `{kind}` of projection {self._label}"
        if period is not None and not read_number(period, name) > 0:
            raise ArgumentError(
                f"projection {self._label} cannot evaluate `{kind}` every {period!r} ms",
                hint=f"give a time above 0; a step takes {dt:g} ms",
            )
        every = 1 if period is None else max(1, round(period / dt))
        self._now(lambda: clock.start(every, self._network.current_step))

    def _stop(self, kind: str, rule: StructuralRule | None) -> None:
        clock = self._clock(kind, rule)
        self._now(clock.stop)

    def _clock(self, kind: str, rule: StructuralRule | None) -> RuleClock:
        state = self._compiled("synapses that come and go")
        if rule is None:
            raise StateError(
                f"the synapse of projection {self._label} has no rule `{kind}`",
                hint=f"give it one: Synapse(..., {kind}=...)",
            )
        assert state.structure is not None  # who has a rule has a structure
        return state.structure.creating if kind == "creating" else state.structure.pruning

    # -- by hand --------------------------------------------------------------------

    def _create(self, post: int, ranks: Any, *, weights: Any, delays: Any) -> None:
        """Make synapses onto the neuron `post`."""
        state = self._changeable("created")
        pre = self._presynaptic(post, ranks)
        owner = f"new synapses of neuron {post} in projection {self._label}"
        rng = self._network.default_rng
        w = many_values(
            0.0 if weights is None else weights,
            len(pre),
            numpy_dtype(self._require_attribute("w").dtype, self._network._config.dtype),
            Place("w", owner),
            rng=rng,
        )
        delays_ms = many_values(
            0.0 if delays is None else delays,
            len(pre),
            np.dtype(float),
            Place("delay", owner),
            rng=rng,
        )
        if np.any(delays_ms < 0):
            raise ArgumentError(f"the delay of {owner} is {delays_ms.min():g} ms")

        def create() -> None:
            structure = self._structure_of(state)
            steps = self._new_delays(state, delays_ms)
            exists = structure.exists(post, pre)
            if exists.any():
                raise ArgumentError(
                    f"projection {self._label} already has a synapse "
                    f"{pre[exists.argmax()]} -> {post}",
                    why="there is at most one synapse between two neurons",
                    hint="set its w, or prune it first",
                )
            structure.create(post, pre, w.copy(), steps)

        self._network._call(create)

    def _prune(self, post: int, ranks: Any) -> None:
        """Remove synapses onto the neuron `post`."""
        state = self._changeable("pruned")
        pre = self._presynaptic(post, ranks)

        def prune() -> None:
            structure = self._structure_of(state)
            exists = structure.exists(post, pre)
            if not exists.all():
                raise UnknownObjectError(
                    f"there is no synapse {pre[exists.argmin()]} -> {post} in projection "
                    f"{self._label}",
                    hint="pre_ranks lists the neurons that have one",
                )
            structure.remove(post, pre)

        self._network._call(prune)

    def _changeable(self, what: str) -> ProjectionState:
        state = self._compiled("synapses that come and go")
        network = self._network
        is_allowed = network._config.structural_plasticity or any(
            p._has_rules for p in network._projections
        )
        if not is_allowed:
            raise StateError(
                f"synapses of projection {self._label} cannot be {what}",
                why="the network was compiled without structural plasticity",
                hint="call net.config(structural_plasticity=True) before compile()",
            )
        return state

    def _structure_of(self, state: ProjectionState) -> Structure:
        """Return the structure; while no step is under way.

        A projection without rules, in a network whose other projections have them, is laid out
        for changes when the first is made: until then it runs as fast as it can.
        """
        if state.structure is None:
            self._lay_out_for_changes(state)
            state.structure = self._new_structure(state)
            state.structure.announce()
        return state.structure

    def _presynaptic(self, post: int, ranks: Any) -> NDArray[np.int64]:
        """Return presynaptic ranks in the order given, checked."""
        if not isinstance(ranks, Iterable) or isinstance(ranks, str) or ranks is np.ma.masked:
            raise ArgumentTypeError(
                f"presynaptic ranks of neuron {post} in projection {self._label} are {ranks!r}",
                hint="give a list of ranks; create_synapse and prune_synapse take one",
            )
        pre = np.array([self._rank(self.pre, rank) for rank in ranks], dtype=np.int64)
        n_pre = population_of(self.pre).size
        outside = (pre < 0) | (pre >= n_pre)
        if outside.any():
            raise ArgumentError(
                f"projection {self._label} has no presynaptic neuron {pre[outside.argmax()]}",
                why=f"ranks of {population_of(self.pre).name!r} go from 0 to {n_pre - 1}",
            )
        if len(np.unique(pre)) < len(pre):
            raise ArgumentError(
                f"ranks {pre.tolist()} for the dendrite of neuron {post} in projection "
                f"{self._label} name a neuron twice",
                why="there is at most one synapse between two neurons",
            )
        return pre

    def _new_delays(
        self, state: ProjectionState, delays_ms: NDArray[np.float64]
    ) -> NDArray[np.int32]:
        steps = delay_steps(delays_ms, self._network.dt)
        if state.storage.delays is not None:
            return steps
        of_all = int(state.delay_steps[0])
        differs = (delays_ms > 0) & (steps != of_all)
        if differs.any():
            raise ArgumentError(
                f"projection {self._label} has one delay of {of_all * self._network.dt:g} ms for "
                f"all synapses, {delays_ms[differs.argmax()]:g} ms was given",
                hint="connect with one delay per synapse, or leave the delay out",
            )
        return steps

    # -- compiling ------------------------------------------------------------------

    @property
    def _has_rules(self) -> bool:
        return self._model.creating is not None or self._model.pruning is not None

    def _lay_out_for_changes(self, state: ProjectionState) -> None:
        """Bring synapses into the layout in which they can come and go."""
        rule = self._model.creating
        delay = None if rule is None or rule.delay is None else rule.delay
        steps = None if delay is None else int(delay_steps(delay, self._network.dt))
        make_editable(state, major=self._major, delay=steps)

    def _new_structure(self, state: ProjectionState) -> Structure:
        return Structure(
            state,
            pre_ranks=np.asarray(self.pre.ranks, dtype=np.int64),
            beginning=_weakly(self._beginning),
            followers=_weakly(self._followers),
        )

    @property
    def _major(self) -> Any:
        raise NotImplementedError

    def _followers(self) -> Iterable[Callable[[], object]]:
        """Return what has to be done when synapses have come or gone."""
        return [monitor._follow for monitor in self._monitors]

    # -- what new synapses start with -----------------------------------------------

    def _beginning(self, name: str, n: int, rng: np.random.Generator | None) -> NDArray | float:
        if name == RULE_WEIGHT:
            rule = self._model.creating
            assert rule is not None  # it asks
            return self._begun(rule.weight, self._require_attribute("w"), n, rng)
        attribute = self._require_attribute(name)
        given = self._given.get(name, attribute.init)
        is_list = not isinstance(given, str | RandomDistribution | Distribution | Expr | None)
        if is_list and not is_single(given):
            given = attribute.init  # the list tells of the synapses that were there
        return self._begun(given, attribute, n, rng)

    def _begun(
        self, value: Any, attribute: Attribute, n: int, rng: np.random.Generator | None
    ) -> NDArray | float:
        if isinstance(value, Distribution):
            value = from_model(value)
        if isinstance(value, str):
            value = self._named_value(value, n, rng)
        if isinstance(value, Expr):
            value = computed(
                value,
                attribute=lambda name: self._named_value(name, n, rng),
                constant=self._network._constant_value,
            )
        dtype = numpy_dtype(attribute.dtype, self._network._config.dtype)
        owner = f"new synapses of projection {self._label}"
        place = Place(attribute.name, owner, lambda: asks_for_nan(self._model))
        generator = self._network.default_rng if rng is None else rng
        return many_values(0 if value is None else value, n, dtype, place, rng=generator)

    def _named_value(self, name: str, n: int, rng: np.random.Generator | None) -> NDArray | float:
        """Return the value of a constant, or what another attribute starts with."""
        attribute = self._model.attribute(name)
        if attribute is None:
            return self._network._constant_value(name)
        if attribute.locality is Locality.LOCAL:
            return self._beginning(name, n, rng)
        return float(self._compiled("values").values[name][0])


def _weakly(method: Callable[P, R]) -> Callable[P, R]:
    """Return a method that does not keep its projection alive, nor so the network.

    What runs a network is known to the end, by `weakref.finalize`: if it knew the network in turn,
    neither would ever be freed. A run in the background may ask once more before it is ended.
    """
    held = weakref.WeakMethod(method)

    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        found = held()
        if found is None:
            raise StateError("synapses cannot come or go: their network was deleted")
        return found(*args, **kwargs)

    return call


__all__ = ["ProjectionStructure"]
