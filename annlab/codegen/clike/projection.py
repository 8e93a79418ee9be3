"""Projection kernel -> C: the context of ``projection.cpp.j2`` and ``projection.cu.j2``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from annlab.codegen.clike.body import (
    C_TYPE,
    Body,
    Line,
    Place,
    Slots,
    draw_unit,
    draw_value,
    draws_of,
    make_printer,
    used,
)
from annlab.codegen.clike.dialect import C_TYPES, dialect
from annlab.codegen.clike.layout import Layout
from annlab.codegen.lowering.kernel import EventDriven, ProjectionKernel, Statement
from annlab.codegen.printer import pointer_to
from annlab.ir.expr import DType, Expr, Literal, Locality, Side, Symbol, SymbolKind, substitute


@dataclass(frozen=True, slots=True)
class Trace:
    """What a trace of a neuron is worth now: the name it gets, the expression, the user's line."""

    name: str
    value: str
    comment: str

    @property
    def line(self) -> Line:
        return Line(f"const real {self.name} = {self.value};", self.comment)


@dataclass(slots=True, kw_only=True)
class Function:
    """One exported function: what it declares, what it does per row and per synapse.

    `row` holds what depends on the row's neuron alone and is loaded before the row's loop; `traces`
    what a synapse reads of the neuron at its other end; `value` is the contribution of one synapse
    to a sum.
    """

    scalars: list[Line] = field(default_factory=list)
    pointers: list[Line] = field(default_factory=list)
    invariants: list[Line] = field(default_factory=list)
    is_sequential: bool = False  # writes what several synapses share: one thread, one by one
    row: list[Line] = field(default_factory=list)
    row_stores: list[Line] = field(default_factory=list)
    traces: list[Trace] = field(default_factory=list)
    loads: list[Line] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    stores: list[Line] = field(default_factory=list)
    row_ends: list[Line] = field(default_factory=list)  # after the loop over a row
    value: str = ""
    synapse_arrays: list[str] = field(default_factory=list)  # one value a synapse: fetched early
    young_arrays: list[str] = field(default_factory=list)  # one value a young synapse
    young: Function | None = None  # for synapses that have values of their own beside traces


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectionContext:
    """All that the template prints."""

    real: str
    integer: str
    storage: str
    is_post_major: bool
    is_one_to_one: bool
    has_delays: bool
    is_decoding: bool
    is_spiking: bool
    can_share_weight: bool
    operation: str
    deliver: Function | None
    deliver_axon: Function | None
    post_events: Function | None
    commit_traces: Function | None
    transmit: Function | None
    update_global: Function | None
    update_semiglobal: Function | None
    update_synapses: Function | None
    runs_ahead: Function | None
    n_targets: int
    slot: dict[str, int]
    variants: list[tuple[str, str]]  # suffix of the exported names, template arguments


class ProjectionBuilder:
    """Makes the context of the kernels of one projection; a back end says what it does otherwise.

    Attributes
    ----------
    storage_slots
        Number of slots that each storage takes.
    may_run_ahead
        Whether the sum of the next step may be taken while the synapses are updated.
    """

    dialect = staticmethod(dialect)
    storage_slots: ClassVar = {"dense": 1, "csr": 9, "one_to_one": 1}
    may_run_ahead = True

    def __init__(self, kernel: ProjectionKernel, layout: Layout, float_type: np.dtype) -> None:
        self.kernel = kernel
        self.model = kernel.model
        self.layout = layout
        self.float_type = np.dtype(float_type)
        self.printer = make_printer(self.dialect(self.float_type))
        self.slots = Slots([f"storage:{k}" for k in range(self.storage_slots[layout.storage])])
        self.function = Function()
        self.age = 0
        self.traces = dict(self.model.trace_sides) if layout.has_traces else {}
        self.is_young = False  # while the functions for young synapses are made

    def build(self) -> tuple[ProjectionContext, list[str]]:
        kernel, model = self.kernel, self.model
        slot = {
            name.replace(":", "_").replace(".", "_"): self.slots(name) for name in self._fixed()
        }
        is_post_major = self.layout.major is Side.POST
        has_events = model.is_spiking and not is_post_major
        context = ProjectionContext(
            real=C_TYPES[self.float_type.name][0],
            integer=C_TYPES[self.float_type.name][1],
            storage={
                "dense": "annlab::Dense",
                "csr": "annlab::Csr",
                "one_to_one": "annlab::OneToOne",
            }[self.layout.storage],
            is_post_major=is_post_major,
            is_one_to_one=self.layout.storage == "one_to_one",
            has_delays=self.layout.has_delays,
            is_decoding=self.layout.is_decoding,
            is_spiking=model.is_spiking,
            can_share_weight=self._can_share_weight(),
            operation=model.operation,
            deliver=self._deliver() if has_events else None,
            deliver_axon=self._axon() if has_events else None,
            post_events=self._event(kernel.post_spike, is_pre=False) if kernel.post_spike else None,
            commit_traces=self._commit() if self.traces and has_events else None,
            transmit=self._transmit() if kernel.psp is not None else None,
            update_global=self._update(kernel.global_update) if kernel.global_update else None,
            update_semiglobal=self._update(kernel.semiglobal_update)
            if kernel.semiglobal_update
            else None,
            update_synapses=self._update(kernel.local_update) if kernel.local_update else None,
            runs_ahead=self._update(kernel.local_update, psp=kernel.psp)
            if self._can_run_ahead()
            else None,
            n_targets=self.layout.n_targets,
            slot=slot,
            variants=self._variants(),
        )
        return context, self.slots.keys

    def _fixed(self) -> list[str]:
        names = [
            "dt",
            "flags",
            "learning",
            "delay",
            "delays",
            "key",
            "sizes",
            "post.enabled",
            "ahead",
            "value:w",
        ]
        names += [f"target:{k}" for k in range(self.layout.n_targets)]
        if self.model.is_spiking:
            for ring in ("pre.spikes", "post.spikes"):
                names += [f"{ring}.{part}" for part in ("ranks", "counts", "starts", "dims")]
        if self.layout.has_young:
            parts = ("rows", "row_ptr", "columns", "column_ptr", "order", "owners")
            names += [f"young:{part}" for part in parts]
        if self.model.pre_axon_spike or self.model.axon_same_as_spike:
            names += [f"pre.axon.{part}" for part in ("ranks", "counts", "starts", "dims")]
        return names

    def _can_share_weight(self) -> bool:
        w = self.model.attribute("w")
        return w is not None and w.locality is Locality.LOCAL and not self.model.is_plastic

    def _can_run_ahead(self) -> bool:
        """Whether the sum of the next step may be taken while the synapses are updated.

        Nothing it reads changes between the two moments; the weights pass through the cache once.
        """
        kernel = self.kernel
        return (
            self.may_run_ahead
            and kernel.psp is not None
            and bool(kernel.local_update)
            and self.layout.major is Side.POST
            and self.layout.storage != "one_to_one"
            and self.model.operation == "sum"
            and not self.model.is_spiking
            and not self.layout.has_delays
            and not any(
                s.kind
                in (SymbolKind.DRAW, SymbolKind.CLOCK, SymbolKind.INPUT, SymbolKind.REDUCTION)
                for s in used((), kernel.psp)
            )
        )

    def _variants(self) -> list[tuple[str, str]]:
        storages = {"": "annlab::Dense"}
        if self.layout.storage == "csr":
            storages = {"_narrow": "annlab::Csr<uint16_t>", "_wide": "annlab::Csr<int32_t>"}
        elif self.layout.storage == "one_to_one":
            storages = {"": "annlab::OneToOne"}
        weights = {"_own": "false"}
        if self._can_share_weight():
            weights["_shared"] = "true"
        return [
            (index + weight, f"{storage}, {is_shared}")
            for index, storage in storages.items()
            for weight, is_shared in weights.items()
        ]

    # ---- the functions ------------------------------------------------------------------

    def _begin(self, *, age: int) -> Body:
        """Start a function whose presynaptic values are `age` steps younger than the delay."""
        self.function = Function()
        self.age = age
        return Body(self.printer, self._place)

    def _finish(self, body: Body, value: str = "", row: Side | None = None) -> Function:
        """Sort the lines of a body into those of a row (of the `row` side) and of a synapse."""
        row_index = "i" if (row or self.layout.major) is Side.POST else "j"
        function = self.function
        computed, function.row = function.row, []
        for line in body.loads:
            is_row = line.is_of(row_index) and not function.is_sequential
            (function.row if is_row else function.loads).append(line)
        for line in body.stores:
            is_row = line.is_of(row_index) and not function.is_sequential
            (function.row_stores if is_row else function.stores).append(line)
        function.row += computed
        function.lines = body.lines
        function.value = value
        return function

    def _transmit(self) -> Function:
        body = self._begin(age=0)
        assert self.kernel.psp is not None
        return self._finish(body, body.value(self.kernel.psp))

    def _update(self, statements: Sequence[Statement], psp: Expr | None = None) -> Function:
        body = self._begin(age=1)
        self._invariants(statements)
        self._draws(body, statements)
        for statement in statements:
            body.add(statement, guard="_is_plastic" if _is_weight(statement.target) else None)
        return self._finish(body, body.value(psp) if psp is not None else "")

    def _invariants(self, statements: Sequence[Statement]) -> None:
        wanted = {s.name for s in used(statements) if s.kind is SymbolKind.TEMPORARY}
        body = Body(self.printer, self._place_scalar)
        needed: list[Statement] = []
        for statement in reversed(self.kernel.invariants):
            if statement.target.name in wanted:
                wanted |= {s.name for s in used((statement,)) if s.kind is SymbolKind.TEMPORARY}
                needed.insert(0, statement)
        for statement in needed:
            body.add(statement)
        self.function.invariants = body.loads + body.lines

    def _draws(self, body: Body, statements: Sequence[Statement]) -> None:
        for draw in draws_of(self.model.draws, used(statements)):
            body.use(None, draw.distribution.arguments)
            stream = f"annlab::Stream::of(_slots[{self.slots('key')}], {draw.index})"
            identity = {
                Locality.LOCAL: "i * _n_pre + j",
                Locality.SEMIGLOBAL: "i",
                Locality.GLOBAL: "0",
            }[draw.locality]
            unit = draw_unit(draw, self.printer, stream, identity)
            body.lines.append(Line(f"const real _unit_{draw.index} = {unit};"))
            value = draw_value(draw, self.printer, f"_unit_{draw.index}")
            body.lines.append(Line(f"const real _rand_{draw.index} = {value};"))

    def _deliver(self) -> Function:
        """Spikes that arrive; of a decoding projection, those of the window count as a rate."""
        if not self.layout.is_decoding:
            return self._event(self.kernel.pre_spike, is_pre=True)
        body = self._begin(age=0)
        weight = self.model.attribute("w")
        assert weight is not None
        value = body.value(Symbol("w", SymbolKind.ATTRIBUTE, weight.dtype, weight.locality))
        pointer = self.slots.pointer("const real", "decoding_factor")
        self._declare(f"const real* const _factor = {pointer};")
        window = self.slots.pointer("const int64_t", "decoding_window")
        self._declare(f"const int64_t _window = *{window};")
        body.lines.append(
            Line(f"_target_0[i] += {value} * _factor[i];", "w * 1000/(dt * window * size)")
        )
        return self._finish(body)

    def _axon(self) -> Function | None:
        if self.model.axon_same_as_spike:
            return self._event(self.kernel.pre_spike, is_pre=True)
        if self.model.pre_axon_spike:
            return self._event(self.kernel.pre_axon_spike, is_pre=True)
        return None

    def _event(self, statements: Sequence[Statement], *, is_pre: bool) -> Function:
        function = self._event_of(statements, is_pre=is_pre)
        if self.traces and self.layout.has_young:
            traces, self.traces = self.traces, {}
            self.is_young = True
            young = function.young = self._event_of(statements, is_pre=is_pre)
            self.traces, self.is_young = traces, False
            for name in ("scalars", "pointers", "invariants"):  # they share a scope
                ours = getattr(function, name)
                ours += [line for line in getattr(young, name) if line not in ours]
        return function

    def _event_of(self, statements: Sequence[Statement], *, is_pre: bool) -> Function:
        # Postsynaptic events come after the neurons of the step, and so does what they see.
        body = self._begin(age=0 if is_pre else 1)
        self.function.is_sequential = any(_is_shared(s.target) for s in statements)
        valid = "_now->step - 1" if is_pre else "_now->step"
        if self.traces:
            statements = self._traces(body, statements, valid, is_pre=is_pre)
        else:
            self._decay(body, valid)
        for statement in statements:
            if statement.target.kind is SymbolKind.CONDUCTANCE:
                self._conductance(body, statement)
                continue
            guards = []
            if statement.is_gated:
                guards.append("_is_plastic")
            if statement.unless_post:
                guards.append(f"{self._last_spike_step('t_post').text} != _emitted")
            body.add(statement, guard=" && ".join(guards) or None)
        return self._finish(body, row=None if is_pre else Side.POST)

    def _decay(self, body: Body, valid: str) -> None:
        """Bring the event-driven variables of a synapse up to date."""
        if not self.kernel.event_driven:
            return
        key = self.slots("young:event" if self.is_young else "last_event")
        self.function.pointers.append(Line(f"int64_t* const _last = (int64_t*)_slots[{key}];"))
        last = f"_last[{'_m' if self.is_young else 'k'}]"
        if self.is_young:
            self.function.young_arrays.append("_last")
        body.lines.append(Line(f"const real _elapsed = annlab::to_real({valid} - {last}, real());"))
        for event in self.kernel.event_driven:
            body.use(event.rate, (event.drive, event.variable))
            body.add(_marker(event.variable, event.text))
            body.lines.pop()
            name = self.printer(event.variable)
            body.lines.append(
                Line(f"{name} = {self._decayed(event, name, '_elapsed')};", event.text)
            )
        body.lines.append(Line(f"{last} = {valid};"))

    def _decayed(self, event: EventDriven, value: str, elapsed: str) -> str:
        factor = f"annlab::exp(-(_dt * {self.printer.as_real(event.rate)}) * {elapsed})"
        if isinstance(event.drive, Literal) and event.drive.value == 0:
            return f"{value} * {factor}"
        drive = self.printer.as_real(event.drive)
        return f"{drive} + ({value} - {drive}) * {factor}"

    # ---- traces of neurons --------------------------------------------------------------

    def _traces(
        self, body: Body, statements: Sequence[Statement], valid: str, *, is_pre: bool
    ) -> list[Statement]:
        """Read the traces as of `valid`, advance those of the side that spikes; return the rest.

        A trace of the spiking side is one value for the whole row: its statements run before the
        loop, and what a later statement reads is the version of that moment.
        """
        spiking = Side.PRE if is_pre else Side.POST
        versions: dict[Symbol, Expr] = {}
        for event in self.kernel.event_driven:
            side = self.traces[event.variable.name]
            body.use(event.rate, (event.drive,))
            trace = self._trace(event, side, valid)
            if side is spiking:
                self.function.row.append(trace.line)
            else:
                self.function.traces.append(trace)
            versions[event.variable] = _version(event.variable, 0)
        rest: list[Statement] = []
        for statement in statements:
            changed = _substituted(statement, versions)
            if statement.target.name not in self.traces:
                rest.append(changed)
                continue
            old = versions[statement.target]
            assert isinstance(old, Symbol)
            new = _version(statement.target, int(old.name.rpartition("_")[2]) + 1)
            self._advance(body, changed, new)
            versions[statement.target] = new
        if not is_pre:
            self.function.row_ends = self._kept(versions, Side.POST, valid)
        return rest

    def _trace(self, event: EventDriven, side: Side, valid: str) -> Trace:
        index = "j" if side is Side.PRE else "i"
        name = event.variable.name
        pointer, events = _trace_pointer(event.variable), f"_event_{side}"
        self._declare(f"real* const {pointer} = {self.slots.pointer('real', f'trace:{name}')};")
        key = f"trace_event:{side}"
        self._declare(f"int64_t* const {events} = {self.slots.pointer('int64_t', key)};")
        elapsed = f"annlab::to_real({valid} - {events}[{index}], real())"
        value = self._decayed(event, f"{pointer}[{index}]", elapsed)
        return Trace(self.printer(_version(event.variable, 0)), value, event.text)

    def _advance(self, body: Body, statement: Statement, new: Symbol) -> None:
        """Add a statement on a trace to the lines before the loop."""
        row = Body(self.printer, body.place)
        row.add(_replaced_target(statement, new))
        lines = self.function.row
        limits = (statement.minimum, statement.maximum)
        if any(limit is not None for limit in limits):
            name = self.printer(new)
            row.lines[-1] = Line(row.lines[-1].code.replace("const ", "", 1), statement.text)
            for sign, limit in zip("<>", limits, strict=True):
                if limit is not None:
                    shown = self.printer.as_limit(limit, DType.FLOAT)
                    row.lines.append(Line(f"{name} = {name} {sign} {shown} ? {shown} : {name};"))
        lines += [*row.loads, *row.lines]

    def _kept(self, versions: dict[Symbol, Expr], side: Side, valid: str) -> list[Line]:
        """Return the lines that store the traces of a side and when they are valid."""
        index = "j" if side is Side.PRE else "i"
        lines = [
            Line(f"{_trace_pointer(variable)}[{index}] = {self.printer(version)};")
            for variable, version in versions.items()
            if self.traces[variable.name] is side
        ]
        events = f"_event_{side}"
        key = f"trace_event:{side}"
        self._declare(f"int64_t* const {events} = {self.slots.pointer('int64_t', key)};")
        return [*lines, Line(f"{events}[{index}] = {valid};")]

    def _commit(self) -> Function:
        """Store the presynaptic traces of the spikes that arrive.

        Apart from the delivery, because every thread reads them there and only the owner of the
        presynaptic neuron may write.
        """
        body = self._begin(age=0)
        own = [s for s in self.kernel.pre_spike if self.traces.get(s.target.name) is Side.PRE]
        valid = "_now->step - 1"
        versions: dict[Symbol, Expr] = {}
        for event in self.kernel.event_driven:
            if self.traces[event.variable.name] is Side.PRE:
                body.use(event.rate, (event.drive,))
                self.function.row.append(self._trace(event, Side.PRE, valid).line)
                versions[event.variable] = _version(event.variable, 0)
        for statement in own:
            changed = _substituted(statement, versions)
            old = versions[statement.target]
            assert isinstance(old, Symbol)
            new = _version(statement.target, int(old.name.rpartition("_")[2]) + 1)
            self._advance(body, changed, new)
            versions[statement.target] = new
        function = self.function
        function.row_ends = self._kept(versions, Side.PRE, valid)
        return function

    def _conductance(self, body: Body, statement: Statement) -> None:
        value = body.value(statement.value)
        sign = "+=" if statement.is_increment else "="
        for target in range(self.layout.n_targets):
            body.lines.append(Line(f"_target_{target}[i] {sign} {value};", statement.text))
            if statement.minimum is not None or statement.maximum is not None:
                body.use(None, (e for e in (statement.minimum, statement.maximum) if e))
                for test, limit in (("<", statement.minimum), (">", statement.maximum)):
                    if limit is not None:
                        shown = self.printer.as_limit(limit, DType.FLOAT)
                        place = f"_target_{target}[i]"
                        body.lines.append(
                            Line(f"{place} = {place} {test} {shown} ? {shown} : {place};")
                        )

    # ---- where symbols live -----------------------------------------------------------------

    def _place(self, symbol: Symbol) -> Place | None:
        match symbol.kind:
            case SymbolKind.TEMPORARY | SymbolKind.DRAW:
                return None
            case SymbolKind.CONDUCTANCE:
                return Place.element("_target_0", "i")
            case SymbolKind.CLOCK if symbol.name in ("t_pre", "t_post"):
                return self._last_spike(symbol.name)
            case SymbolKind.ATTRIBUTE if symbol.side is Side.OWN:
                return self._own(symbol)
            case SymbolKind.ATTRIBUTE if symbol.side is Side.PRE:
                return self._pre(symbol)
            case SymbolKind.ATTRIBUTE if symbol.locality is Locality.LOCAL:
                return self._element(symbol, f"post.value:{symbol.name}", symbol.dtype, "i")
            case SymbolKind.INPUT:
                index = "j" if symbol.side is Side.PRE else "i"
                key = f"{symbol.side}.sum:{symbol.name}"
                return self._element(symbol, key, DType.FLOAT, index)
        return self._place_scalar(symbol)

    def _last_spike(self, name: str) -> Place:
        step = self._last_spike_step(name)
        return replace(step, text=f"real(double({step.text}) * _dt64)")

    def _last_spike_step(self, name: str) -> Place:
        side, index = ("pre", "j") if name == "t_pre" else ("post", "i")
        pointer = f"_last_spike_{side}"
        slot = self.slots.pointer("const int64_t", f"{side}.last_spike")
        self._declare(f"const int64_t* const {pointer} = {slot};")
        return Place.element(pointer, index)

    def _own(self, symbol: Symbol) -> Place | None:
        if symbol.locality is Locality.GLOBAL:
            return self._place_scalar(symbol)
        if self.is_young and symbol.name in dict(self.model.trace_sides):
            pointer = self._pointer(symbol, f"young.value:{symbol.name}", symbol.dtype)
            if pointer not in self.function.young_arrays:
                self.function.young_arrays.append(pointer)
            return Place.element(pointer, "_m")
        pointer = self._pointer(symbol, f"value:{symbol.name}", symbol.dtype)
        if symbol.locality is Locality.SEMIGLOBAL:
            return Place.element(pointer, "i")
        is_maybe_shared = symbol.name == "w" and self._can_share_weight()
        array = f"(SHARED ? nullptr : {pointer})" if is_maybe_shared else pointer
        if array not in self.function.synapse_arrays:
            self.function.synapse_arrays.append(array)
        own = self._of_synapse(pointer)
        return replace(own, text=f"SHARED ? _shared_w : {own.text}") if is_maybe_shared else own

    def _of_synapse(self, array: str) -> Place:
        """Return the place of the value that a synapse has in an array."""
        return Place.element(array, "k")

    def _pre(self, symbol: Symbol) -> Place:
        """A presynaptic value as old as the delay says."""
        c_type, name = C_TYPE[symbol.dtype], self.printer.name(symbol)
        current = self.slots.pointer(f"const {c_type}", f"pre.value:{symbol.name}")
        history = self.slots.pointer(f"const {c_type}", f"pre.history:{symbol.name}")
        dims = self.slots.pointer("const int64_t", f"pre.history_dims:{symbol.name}")
        index = "j" if symbol.locality is Locality.LOCAL else "0"
        arguments = f"({current}, {history}, {dims}, _now->step + {self.age})"
        pointer = pointer_to(name)
        if self.layout.has_delays:
            self._declare(f"const annlab::Delayed<{c_type}> {pointer}{arguments};")
            return Place(f"{pointer}.at({self._of_synapse('_delays').text})[{index}]", "k")
        values = f"annlab::Delayed<{c_type}>{arguments}.at(_delay)"
        self._declare(f"const {c_type}* const {pointer} = {values};")
        return Place.element(pointer, index)

    def _element(self, symbol: Symbol, key: str, dtype: DType, index: str) -> Place:
        return Place.element(self._pointer(symbol, key, dtype), index)

    def _pointer(self, symbol: Symbol, key: str, dtype: DType) -> str:
        name = pointer_to(self.printer.name(symbol))
        c_type = C_TYPE[dtype]
        self._declare(f"{c_type}* const {name} = {self.slots.pointer(c_type, key)};")
        return name

    def _declare(self, code: str) -> None:
        line = Line(code)
        if line not in self.function.pointers:
            self.function.pointers.append(line)

    def _place_scalar(self, symbol: Symbol) -> Place | None:
        """Declare a value of the whole projection before the loops.

        Global variables of the projection are written in `update_global` through their slot.
        """
        side = "" if symbol.side is Side.OWN else f"{symbol.side}."
        match symbol.kind:
            case SymbolKind.ATTRIBUTE:
                key = f"{side}value:{symbol.name}"
            case SymbolKind.CONSTANT:
                key = f"constant:{symbol.name}"
            case SymbolKind.REDUCTION:
                key = f"{side}reduction:{symbol.name}"
            case _:
                return None
        place = Place(f"*{self.slots.pointer(C_TYPE[symbol.dtype], key)}")
        if symbol.side is Side.OWN and self._is_global_variable(symbol):
            return place
        line = Line(f"const {C_TYPE[symbol.dtype]} {self.printer.name(symbol)} = {place.text};")
        if line not in self.function.scalars:
            self.function.scalars.append(line)
        return None

    def _is_global_variable(self, symbol: Symbol) -> bool:
        kernel = self.kernel
        events = (*kernel.pre_spike, *kernel.pre_axon_spike, *kernel.post_spike)
        return any(s.target == symbol for s in (*kernel.global_update, *events))


def _trace_pointer(variable: Symbol) -> str:
    """Return the name of the array of a trace; young synapses have `_p_x` beside it."""
    return pointer_to(f"_trace_{variable.name}")


def _version(variable: Symbol, number: int) -> Symbol:
    """Return the name of a trace after `number` statements of the event."""
    return Symbol(f"_trace_{variable.name}_{number}", SymbolKind.TEMPORARY, variable.dtype)


def _substituted(statement: Statement, versions: dict[Symbol, Expr]) -> Statement:
    def now(expr: Expr | None) -> Expr | None:
        return None if expr is None else substitute(expr, versions)

    value = now(statement.value)
    assert value is not None
    return replace(
        statement, value=value, minimum=now(statement.minimum), maximum=now(statement.maximum)
    )


def _replaced_target(statement: Statement, target: Symbol) -> Statement:
    return replace(statement, target=target, minimum=None, maximum=None)


def _is_weight(target: Symbol) -> bool:
    return target.kind is SymbolKind.ATTRIBUTE and target.name == "w"


def _is_shared(target: Symbol) -> bool:
    """Tell whether an event writes a value that several synapses have in common."""
    return target.kind is SymbolKind.ATTRIBUTE and target.locality is not Locality.LOCAL


def _marker(variable: Symbol, text: str) -> Statement:
    """A statement that makes a body load and store a variable."""
    return Statement(target=variable, value=variable, text=text)
