"""Rules of structural plasticity: phase 10 of a step, between two runs of a back end.

`StructuralRunner` lets the back end run up to a step in which a rule is due, asks the
rules and changes the projections: first all that create, then all that prune. Back
ends know nothing of it, and all get the same numbers: conditions are evaluated here, over
arrays, with random numbers that depend on seed, projection and step alone.

Where a rule's probability is below 1, the pairs that it may concern are drawn first, by
the distances between them, and the condition is asked for those alone: the same law as one
draw per pair, at a cost that grows with what changes and not with all pairs.
Source: Devroye (1986), Non-Uniform Random Variate Generation, ch. X.2 (geometric).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annlab.codegen.reference.evaluate import evaluate
from annlab.ir.expr import Locality, Side, Symbol, SymbolKind
from annlab.ir.model import StructuralRule
from annlab.runtime.free_pairs import FreePairs
from annlab.runtime.runner import Runner, Until
from annlab.runtime.splicing import NUMPY, Copier
from annlab.runtime.state import NetworkState, PopulationState, ProjectionState
from annlab.runtime.streams import Layout, Stream, stream_key
from annlab.runtime.structure import RULE_WEIGHT, NewSynapses, Structure

Indices = NDArray[np.int64]

_SELECTION = 0xFFFF  # the draw that selects; conditions have the numbers below
_CHUNK = 1 << 20  # so many pairs are looked at together


class StructuralRunner:
    """A runner of a network in which synapses come and go; see `annlab.runtime.runner.Runner`."""

    def __init__(self, inner: Runner, state: NetworkState) -> None:
        self.inner = inner
        self._copier: Copier = getattr(inner, "copier", NUMPY)  # not all back ends have their own
        self._state = state
        self._wants_attention = False

    def run(self, n_steps: int, until: Until | None = None) -> int:
        """Advance by at most `n_steps` and return how many were done."""
        done = 0
        while done < n_steps:
            self._bind()
            due = self._following(self._state.step)
            longest = n_steps - done
            if due is not None:
                longest = min(longest, due + 1 - self._state.step)
            ran = self.inner.run(longest, until)
            done += ran
            if due is not None and ran and self._state.step == due + 1:
                self._apply(due)
            is_over = ran < longest or (until is not None and until.holds())
            if is_over or self._wants_attention:
                break
        self._wants_attention = False
        return done

    def request_attention(self) -> None:
        """Make a `run` in another thread return soon."""
        self._wants_attention = True
        self.inner.request_attention()

    def refresh(self) -> None:
        """Bind again after arrays were replaced."""
        for structure in self._structures():
            structure.is_unbound = False
        self.inner.refresh()

    def follow(self, projections: Sequence[ProjectionState]) -> None:
        """Bind again after synapses of these came or went."""
        for p in projections:
            if p.structure is not None:
                p.structure.is_unbound = False
        self.inner.follow(projections)

    def close(self) -> None:
        """Free native memory."""
        self.inner.close()

    def _structures(self) -> Iterator[Structure]:
        return (p.structure for p in self._state.projections if p.structure is not None)

    def _bind(self) -> None:
        """Make the changes by hand, and let the back end look at what has changed."""
        for structure in self._structures():
            structure.copier = self._copier
            structure.settle(self._state.step)
        unbound = [s.projection for s in self._structures() if s.is_unbound]
        if unbound:
            self.follow(unbound)

    def _following(self, step: int) -> int | None:
        """Return the first step from `step` on after which there is something to do."""
        steps: list[int | None] = []
        for structure in self._structures():
            steps += [structure.creating.following(step), structure.pruning.following(step)]
            steps.append(structure.ripe_at(step))
        return min((due for due in steps if due is not None), default=None)

    def _apply(self, step: int) -> None:
        """Ask the rules that are due in `step`, which has just been run."""
        for structure in self._structures():
            if structure.ripe_at(step) == step:
                structure.ripen(step + 1)
            is_creating = structure.creating.following(step) == step
            is_pruning = structure.pruning.following(step) == step
            if not (is_creating or is_pruning):
                continue
            evaluation = _Evaluation(structure, self._state, step)
            new, leaving = evaluation.created(is_due=is_creating), np.empty(0, np.int64)
            if is_pruning:
                leaving, new = evaluation.pruned(new)
            structure.change(leaving, new, step + 1)


class _Evaluation:
    """The rules of one projection in one step."""

    def __init__(self, structure: Structure, network: NetworkState, step: int) -> None:
        self.structure = structure
        self.p = structure.projection
        self.network = network
        self.step = step

    def created(self, *, is_due: bool) -> NewSynapses:
        """Return the synapses that the creating rule makes now; none if it is not due."""
        rule, structure = self.p.model.creating, self.structure
        pre = post = np.empty(0, np.int64)
        places: Indices | None = None
        if is_due and rule is not None:
            pre, post, places = self._new_pairs(rule)
        rng = self._generator("creating")
        weights = structure.beginning(RULE_WEIGHT, len(pre), rng) if len(pre) else 0.0
        delays = np.full(len(pre), self._delay_of(rule), np.int32)
        new = structure.new(pre, post, weights, delays=delays, rng=rng)
        return replace(new, places=places)

    def _new_pairs(self, rule: StructuralRule) -> tuple[Indices, Indices, Indices | None]:
        """Return the ranks of what comes, row by row, and its places where they are known."""
        structure = self.structure
        free = FreePairs(
            self.p.storage, structure.pre_ranks, structure.post_ranks, structure.copier
        )
        none = np.empty(0, np.int64)
        found: list[tuple[Indices, Indices, Indices | None]] = [(none, none, none)]
        for numbers in self._picked(rule, "creating", free.n):
            pre, post, places = free.at(numbers)
            holds = self._holds(rule, "creating", _Synapses(self.p, pre=pre, post=post))
            if not holds.all():
                pre, post = pre[holds], post[holds]
                places = None if places is None else places[holds]
            found.append((pre, post, places))
        return _joined(found)

    def _delay_of(self, rule: StructuralRule | None) -> int:
        """Return the delay [steps] of synapses that a rule creates."""
        if rule is not None and rule.delay is not None:
            return max(1, round(rule.delay / self.network.dt))
        return int(self.p.delay_steps[0])

    def pruned(self, new: NewSynapses) -> tuple[Indices, NewSynapses]:
        """Return the positions of the synapses that leave, and what is left of the `new` ones."""
        rule, n = self.p.model.pruning, self.p.storage.n_synapses
        leaving, dropped = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        assert rule is not None  # start_pruning has looked
        for picked in self._picked(rule, "pruning", n + len(new)):
            cut = int(np.searchsorted(picked, n))
            old, young = picked[:cut], picked[cut:] - n
            if len(old):
                holds = self._holds(rule, "pruning", _Synapses(self.p, positions=old))
                leaving.append(old if holds.all() else old[holds])
            if len(young):
                synapses = _Synapses(
                    self.p,
                    pre=new.pre[young],
                    post=new.post[young],
                    delays=None if new.delays is None else new.delays[young],
                    values={name: _taken(v, young) for name, v in new.values.items()},
                )
                dropped.append(young[self._holds(rule, "pruning", synapses)])
        return np.concatenate(leaving), _without(new, np.concatenate(dropped))

    # -- random numbers -----------------------------------------------------------

    def _key(self, kind: str) -> tuple[int, int]:
        return stream_key(self.network.seed, kind, self.p.name)

    def _generator(self, kind: str) -> np.random.Generator:
        """Return the generator of this step for what the host draws: initial values, weights."""
        low, high = self._key(kind)
        return np.random.Generator(np.random.Philox(key=low | high << 32, counter=self.step << 128))

    def _picked(self, rule: StructuralRule, kind: str, n: int) -> Iterator[Indices]:
        copier, key = self.structure.copier, self._key(kind)
        return picked(
            n, rule.probability, lambda ids: copier.units(key, _SELECTION, self.step, ids)
        )

    def _holds(self, rule: StructuralRule, kind: str, synapses: _Synapses) -> NDArray[np.bool_]:
        float_type = self.network.float_type
        lookup = _Lookup(self.p, self.network, self.step, synapses, {})
        for draw in rule.draws:
            arguments = [
                float(evaluate(a, lookup, float_type=float_type))
                for a in draw.distribution.arguments
            ]
            stream = Stream(
                key=self._key(kind), draw=draw.index, layout=Layout.SINGLE, float_type=float_type
            )
            ids = synapses.post * self.p.pre.n + synapses.pre
            lookup.draws[draw.index] = stream.sample(
                draw.distribution.name, arguments, self.step, ids
            )
        holds = evaluate(rule.condition.expr, lookup, float_type=float_type)
        return np.broadcast_to(holds, (len(synapses),))


def picked(
    n: int, probability: float, uniform: Callable[[NDArray[np.uint64]], NDArray]
) -> Iterator[Indices]:
    """Pick each of ``0 ... n - 1`` with a probability; in ascending order, in chunks.

    `uniform` returns numbers of [0, 1) for the counters that it is given.
    """
    if probability <= 0:
        return
    if probability >= 1:
        for begin in range(0, n, _CHUNK):
            yield np.arange(begin, min(begin + _CHUNK, n))
        return
    last, n_drawn = -1, 0
    while last < n - 1:
        expected = (n - 1 - last) * probability
        n_chunk = min(_CHUNK, int(expected + 4 * np.sqrt(expected)) + 16)
        u = uniform(np.arange(n_drawn, n_drawn + n_chunk, dtype=np.uint64))
        # In floats until it is known to fit: a tiny probability makes huge distances.
        distances = np.floor(np.log1p(-u) / np.log1p(-probability)) + 1
        places = last + np.cumsum(distances)
        inside = places[places < n].astype(np.int64)
        yield inside
        if len(inside) < n_chunk:
            return
        last, n_drawn = int(inside[-1]), n_drawn + n_chunk


class _Synapses:
    """Synapses of which a condition is asked: entries of the projection, or pairs of neurons."""

    def __init__(
        self,
        p: ProjectionState,
        *,
        positions: Indices | None = None,
        pre: Indices | None = None,
        post: Indices | None = None,
        delays: NDArray[np.int32] | None = None,
        values: dict[str, Any] | None = None,
    ) -> None:
        self._p = p
        self._positions = positions
        self._pre, self._post = pre, post
        self._delays = delays
        self._values = values or {}

    def __len__(self) -> int:
        ranks = self._positions if self._positions is not None else self._pre
        assert ranks is not None  # one of them is given
        return len(ranks)

    @property
    def pre(self) -> Indices:
        """Presynaptic ranks."""
        return self._ends[0] if self._pre is None else self._pre

    @property
    def post(self) -> Indices:
        """Postsynaptic ranks."""
        return self._ends[1] if self._post is None else self._post

    @property
    def delays(self) -> NDArray[np.int32] | int:
        """Delays [steps]; pairs without a synapse see the present where delays differ."""
        storage = self._p.storage
        if storage.delays is None:
            return int(self._p.delay_steps[0])
        if self._positions is not None:
            return storage.delays[self._positions]
        return 1 if self._delays is None else self._delays

    def value(self, name: str) -> NDArray:
        """Return the values of a local attribute."""
        if self._positions is None:
            return self._values[name]
        return self._p.values[name][self._positions]

    @cached_property
    def _ends(self) -> tuple[Indices, Indices]:
        storage = self._p.storage
        assert self._positions is not None  # pairs know their ends
        if len(self._positions) == storage.n_synapses:
            major = np.repeat(storage.row_owner(), np.diff(storage.row_ptr))
        else:
            row = np.searchsorted(storage.row_ptr, self._positions, side="right") - 1
            major = storage.row_owner()[row]
        minor = storage.index[self._positions].astype(np.int64)
        return (major, minor) if storage.major is Side.PRE else (minor, major)


@dataclass(frozen=True, slots=True)
class _Lookup:
    """What the symbols of a condition mean for some synapses, after a step."""

    p: ProjectionState
    network: NetworkState
    step: int
    synapses: _Synapses
    draws: dict[int, NDArray]

    def __call__(self, symbol: Symbol) -> Any:  # an array or a number of any kind
        match symbol.kind:
            case SymbolKind.ATTRIBUTE if symbol.side is Side.OWN:
                return self._own(symbol)
            case SymbolKind.ATTRIBUTE if symbol.side is Side.PRE:
                return self._delayed(symbol)
            case SymbolKind.ATTRIBUTE:
                return self._of_neurons(self.p.post.values[symbol.name], symbol)
            case SymbolKind.INPUT:
                q = self.p.pre if symbol.side is Side.PRE else self.p.post
                return _input_of(q, symbol.name)[self._ranks(symbol.side)]
            case SymbolKind.CONSTANT:
                return self.network.constants[symbol.name][0]
            case SymbolKind.DRAW:
                return self.draws[int(symbol.name)]
            case SymbolKind.REDUCTION:
                q = self.p.pre if symbol.side is Side.PRE else self.p.post
                return q.reductions[symbol.name][0]
            case SymbolKind.CLOCK:
                return self._time(symbol.name)
        raise KeyError(symbol)

    def _ranks(self, side: Side) -> Indices:
        return self.synapses.pre if side is Side.PRE else self.synapses.post

    def _own(self, symbol: Symbol) -> Any:
        match symbol.locality:
            case Locality.LOCAL:
                return self.synapses.value(symbol.name)
            case Locality.SEMIGLOBAL:
                return self.p.values[symbol.name][self.synapses.post]
        return self.p.values[symbol.name][0]

    def _of_neurons(self, values: NDArray, symbol: Symbol) -> Any:
        is_local = symbol.locality is Locality.LOCAL
        return values[self._ranks(symbol.side)] if is_local else values[0]

    def _delayed(self, symbol: Symbol) -> Any:
        """Return a presynaptic attribute as the equations of the synapse saw it in this step."""
        live = self._of_neurons(self.p.pre.values[symbol.name], symbol)
        history, delays = self.p.pre.histories.get(symbol.name), self.synapses.delays
        if history is None or np.all(delays == 1):
            return live
        place = self.synapses.pre if symbol.locality is Locality.LOCAL else 0
        past = history.values[(self.step + 1 - delays) % history.depth, place]
        return np.where(delays == 1, live, past)

    def _time(self, name: str) -> Any:
        dt = self.network.dt
        match name:
            case "t":
                return self.step * dt
            case "t_pre":
                return self.p.pre.last_spike[self.synapses.pre] * dt
            case "t_post":
                return self.p.post.last_spike[self.synapses.post] * dt
        return dt


def _input_of(population: PopulationState, target: str) -> NDArray:
    found = population.sums.get(target, population.values.get(f"g_{target}"))
    return np.zeros(population.n) if found is None else found


def _taken(values: Any, chosen: Indices) -> Any:
    return values[chosen] if isinstance(values, np.ndarray) else values


def _joined(
    parts: list[tuple[Indices, Indices, Indices | None]],
) -> tuple[Indices, Indices, Indices | None]:
    pres, posts, places = zip(*parts, strict=True)
    known = [p for p in places if p is not None]
    is_known = len(known) == len(parts)
    return np.concatenate(pres), np.concatenate(posts), np.concatenate(known) if is_known else None


def _without(new: NewSynapses, dropped: Indices) -> NewSynapses:
    if not len(dropped):
        return new
    is_left = np.ones(len(new), bool)
    is_left[dropped] = False
    left = np.flatnonzero(is_left)
    return replace(
        new,
        pre=new.pre[left],
        post=new.post[left],
        delays=None if new.delays is None else new.delays[left],
        values={name: _taken(values, left) for name, values in new.values.items()},
        places=None if new.places is None else new.places[left],
    )


__all__ = ["StructuralRunner", "picked"]
