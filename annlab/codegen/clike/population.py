"""Population kernel -> C: the context of ``population.cpp.j2`` and ``population.cu.j2``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from annlab.codegen.clike.body import (
    C_TYPE,
    Body,
    Line,
    Place,
    Slots,
    block_filler,
    draw_unit,
    draw_value,
    draws_of,
    make_printer,
    used,
)
from annlab.codegen.clike.dialect import C_TYPES, dialect
from annlab.codegen.lowering.kernel import PopulationKernel, Statement
from annlab.codegen.printer import Printer, pointer_to
from annlab.ir.expr import DType, Locality, Symbol, SymbolKind
from annlab.ir.model import Draw


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawLines:
    """Random numbers: an array of unit draws of a block, or one unit draw, then the number."""

    array: str
    fill: Line
    load: Line


@dataclass(frozen=True, slots=True, kw_only=True)
class PopulationContext:
    """All that the template prints; every string is an expression, a declaration or a statement."""

    real: str
    integer: str
    scalars: list[Line]
    pointers: list[Line]
    invariants: list[Line]
    has_global: bool
    global_lines: list[Line]
    draws: list[DrawLines]
    loads: list[Line]
    lines: list[Line]
    stores: list[Line]
    has_refractory: bool
    refractory_steps: str
    spike: str | None
    reset: Body | None
    axon_spike: str | None
    axon_after_reset: str | None
    axon_reset: Body | None
    stop: str | None
    stop_loads: list[Line]
    stop_needs_all: bool
    slot: dict[str, int]


class PopulationBuilder:
    """Makes the context of one kernel; a back end replaces what it spells in another way."""

    dialect = staticmethod(dialect)
    rings = ("ranks", "counts", "starts", "dims")  # the slots of a list of spikes

    def __init__(self, kernel: PopulationKernel, float_type: np.dtype) -> None:
        self.kernel = kernel
        self.model = kernel.model
        self.float_type = np.dtype(float_type)
        self.printer: Printer = make_printer(self.dialect(self.float_type))
        self.slots = Slots()
        self.scalars: dict[str, Line] = {}
        self.pointers: dict[str, Line] = {}

    def build(self) -> tuple[PopulationContext, list[str]]:
        for key in ("enabled", "size", "dt", "key"):
            self.slots(key)
        kernel = self.kernel
        has_refractory = self.model.is_spiking and self.model.refractory is not None
        update = self._update(has_refractory)
        spike = update.condition(kernel.spike) if kernel.spike is not None else None
        axon = update.condition(kernel.axon_spike) if kernel.axon_spike is not None else None
        reset = self._reset(kernel.reset) if spike is not None else None
        after_reset = None
        if kernel.axon_spike is not None and kernel.spike is not None and reset is not None:
            own = reset.condition(kernel.axon_spike)
            after_reset = f"{own} & !{reset.condition(kernel.spike)}"
        stop_body = Body(self.printer, self._place)
        context = PopulationContext(
            real=C_TYPES[self.float_type.name][0],
            integer=C_TYPES[self.float_type.name][1],
            invariants=self._invariants(),
            has_global=bool(kernel.global_update),
            global_lines=self._global_lines(),
            draws=self._draws(Locality.LOCAL),
            loads=update.loads,
            lines=update.lines,
            stores=update.stores,
            has_refractory=has_refractory,
            refractory_steps=self._refractory_steps(reset) if has_refractory else "0",
            spike=spike,
            reset=reset,
            axon_spike=axon,
            axon_after_reset=after_reset,
            axon_reset=self._reset(kernel.axon_reset) if axon is not None else None,
            stop=stop_body.condition(kernel.stop) if kernel.stop is not None else None,
            stop_loads=stop_body.loads,
            stop_needs_all=self.model.stop is not None and self.model.stop.mode == "all",
            scalars=list(self.scalars.values()),
            pointers=list(self.pointers.values()),
            slot=self._fixed_slots(),
        )
        return context, self.slots.keys

    def _fixed_slots(self) -> dict[str, int]:
        names = ["enabled", "size", "dt", "key"]
        if self.model.is_spiking:
            names += ["last_spike", "frozen_until", "refractory_steps"]
            names += [f"spikes.{p}" for p in self.rings]
        if self.model.axon_spike is not None:
            names += [f"axon.{p}" for p in self.rings]
        if self.kernel.stop is not None:
            names.append("stopped")
        return {name.replace(".", "_"): self.slots(name) for name in names}

    def _update(self, has_refractory: bool) -> Body:
        body = Body(self.printer, self._place)
        for statement in self.kernel.update:
            guard = "_live" if has_refractory and statement.is_frozen else None
            body.add(statement, guard=guard)
        return body

    def _reset(self, statements: tuple[Statement, ...]) -> Body:
        body = Body(self.printer, self._place)
        for statement in statements:
            body.add(statement)
        return body

    def _refractory_steps(self, reset: Body | None) -> str:
        name = self.model.refractory
        attribute = self.model.attribute(name) if isinstance(name, str) else None
        if attribute is None:
            return "_refractory_steps[i]"
        symbol = Symbol(attribute.name, SymbolKind.ATTRIBUTE, attribute.dtype, attribute.locality)
        assert reset is not None
        reset.use(symbol)
        return f"int64_t(annlab::round(double({self.printer(symbol)}) / _dt64))"

    def _invariants(self) -> list[Line]:
        body = Body(self.printer, self._place_scalar)
        for statement in self.kernel.invariants:
            body.add(statement)
        return body.lines

    def _global_lines(self) -> list[Line]:
        """Lines of the population-wide equations; they read and write their slots directly."""
        body = Body(self.printer, self._place_global)
        draws = self._draw_scalars(draws_of(self.model.draws, used(self.kernel.global_update)))
        for statement in self.kernel.global_update:
            body.add(statement)
        return [*body.loads, *draws, *body.lines, *body.stores]

    def _draw_scalars(self, draws: list[Draw]) -> list[Line]:
        lines = []
        for draw in draws:
            unit = draw_unit(draw, self.printer, self._stream(draw), "0")
            lines.append(Line(f"const real _unit_{draw.index} = {unit};"))
            value = draw_value(draw, self.printer, f"_unit_{draw.index}")
            lines.append(Line(f"const real _rand_{draw.index} = {value};"))
        return lines

    def _draws(self, locality: Locality) -> list[DrawLines]:
        found = []
        for draw in self.model.draws:
            if draw.locality is not locality:
                continue
            for argument in draw.distribution.arguments:
                Body(self.printer, self._place).use(argument)
            found.append(self._draw(draw))
        return found

    def _draw(self, draw: Draw) -> DrawLines:
        """Return the lines of one draw: for a block of neurons at a time."""
        array, filler = f"_unit_{draw.index}", block_filler(draw)
        stream = self._stream(draw)
        if filler is not None:
            fill = f"{filler}({stream}, _now->step, _base, {array});"
        else:
            unit = draw_unit(draw, self.printer, stream, "_base + l")
            fill = f"for (int l = 0; l < annlab::BLOCK; ++l) {array}[l] = {unit};"
        value = draw_value(draw, self.printer, f"{array}[l]")
        load = Line(f"const real _rand_{draw.index} = {value};")
        return DrawLines(array=array, fill=Line(fill, draw.distribution.name), load=load)

    def _stream(self, draw: Draw) -> str:
        return f"annlab::Stream::of(_slots[{self.slots('key')}], {draw.index})"

    def _place(self, symbol: Symbol) -> Place | None:
        """Where the loop over neurons finds a symbol."""
        match symbol.kind:
            case SymbolKind.TEMPORARY | SymbolKind.DRAW | SymbolKind.SPIKED:
                return None
            case SymbolKind.CLOCK if symbol.name == "t_last":
                return Place("real(double(_last_spike[i]) * _dt64)", "i", "_last_spike")
            case SymbolKind.INPUT:
                return self._array(symbol, f"sum:{symbol.name}", DType.FLOAT)
            case SymbolKind.ATTRIBUTE if symbol.locality is Locality.LOCAL:
                return self._array(symbol, f"value:{symbol.name}", symbol.dtype)
        return self._place_scalar(symbol)

    def _array(self, symbol: Symbol, key: str, dtype: DType) -> Place:
        name = pointer_to(self.printer.name(symbol))
        c_type = C_TYPE[dtype]
        pointer = self.slots.pointer(c_type, key)
        self.pointers[name] = Line(f"{c_type}* const __restrict {name} = {pointer};")
        return Place.element(name, "i")

    def _place_scalar(self, symbol: Symbol) -> Place | None:
        """Declare a global value before the loop; it needs no load inside."""
        place = self._place_global(symbol)
        if place is not None:
            name = self.printer.name(symbol)
            self.scalars[name] = Line(f"const {C_TYPE[symbol.dtype]} {name} = {place.text};")
        return None

    def _place_global(self, symbol: Symbol) -> Place | None:
        match symbol.kind:
            case SymbolKind.ATTRIBUTE:
                key = f"value:{symbol.name}"
            case SymbolKind.CONSTANT:
                key = f"constant:{symbol.name}"
            case SymbolKind.REDUCTION:
                key = f"reduction:{symbol.name}"
            case _:
                return None
        return Place(f"*{self.slots.pointer(C_TYPE[symbol.dtype], key)}")
