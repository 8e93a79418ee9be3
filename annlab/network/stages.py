"""Models in words: what the analysis found, and what became of each line of the user.

Takes typed models, kernels and generated code; returns text. Knows no networks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from textwrap import indent

from annlab.codegen.lowering import EventDriven, PopulationKernel, ProjectionKernel, Statement
from annlab.codegen.lowering.describe import describe_expr, describe_statement
from annlab.ir.expr import Expr, SymbolKind, symbols
from annlab.ir.model import Attribute, Draw, Equation, NeuronModel, SynapseModel
from annlab.ir.notebook import how_many, initial

_DECLARATION = re.compile(r"const (?:real|integer|bool) (_\w+) = ")
_OWN_NAME = re.compile(r"\b_[a-z]+\d+\b|\b_live\b|\b_rand_\d+\b")


def typed_text(model: NeuronModel | SynapseModel) -> str:
    """Return the attributes, equations and conditions of a model, with what the analysis found."""
    lines = [_attribute_line(a) for a in model.attributes]
    lines += [_draw_line(d) for d in model.draws]
    for title, equations in _parts(model):
        lines += ["", f"{title}:", *(f"    {_equation(e)}" for e in equations)]
    for title, condition in _conditions(model):
        lines += ["", f"{title}:", f"    {describe_expr(condition)}"]
    return "\n".join(lines)


def _attribute_line(attribute: Attribute) -> str:
    kind = "parameter" if attribute.is_parameter else "variable"
    return (
        f"{attribute.name}: {how_many(attribute)} {attribute.dtype} {kind}, "
        f"initially {initial(attribute)}"
    )


def _draw_line(draw: Draw) -> str:
    kind = draw.distribution
    arguments = ", ".join(describe_expr(a) for a in kind.arguments)
    return f"random[{draw.index}]: {kind.name}({arguments}), {draw.locality}, drawn in each step"


def _equation(equation: Equation) -> str:
    text = f"{describe_expr(equation.left)} = {describe_expr(equation.right)}"
    return f"{text}  [{_properties(equation)}]"


def _properties(equation: Equation) -> str:
    low, high = equation.minimum, equation.maximum
    notes = [
        str(equation.variable.locality),
        str(equation.variable.dtype),
        str(equation.method) if equation.is_ode else "assignment",
        f"at least {describe_expr(low)}" if low is not None else "",
        f"at most {describe_expr(high)}" if high is not None else "",
        "implicit" if equation.source is None else "",
    ]
    return ", ".join(n for n in notes if n)


def _parts(model: NeuronModel | SynapseModel) -> list[tuple[str, Sequence[Equation]]]:
    names = ("equations", "reset", "axon_reset", "pre_spike", "pre_axon_spike", "post_spike")
    found = [(name, getattr(model, name, ())) for name in names]
    return [(name, equations) for name, equations in found if equations]


def _conditions(model: NeuronModel | SynapseModel) -> list[tuple[str, Expr]]:
    names = ("spike", "axon_spike", "psp")
    found = [(name, getattr(model, name, None)) for name in names]
    return [(name, condition.expr) for name, condition in found if condition is not None]


# -- line by line ---------------------------------------------------------------------


def line_by_line(
    model: NeuronModel | SynapseModel, kernel: PopulationKernel | ProjectionKernel, source: str
) -> str:
    """Follow each line of the user through the stages; `source` is the generated code."""
    follower = _Follower(kernel, source)
    equations = {e.text: e for _, part in _parts(model) for e in part}
    blocks = [follower.block(text, _equation(e)) for text, e in equations.items()]
    blocks += [f"{name}: {describe_expr(expr)}" for name, expr in _conditions(model)]
    return "\n\n".join(blocks)


@dataclass(slots=True)
class _Follower:
    """Finds what the stages made of one line."""

    kernel: PopulationKernel | ProjectionKernel
    source: str
    _statements: list[Statement] = field(default_factory=list)
    _lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in self.kernel.__slots__:
            value = getattr(self.kernel, name)
            if isinstance(value, tuple):
                self._statements += [s for s in value if isinstance(s, Statement)]
        self._lines = [line.strip() for line in self.source.splitlines()]

    def block(self, text: str, typed: str) -> str:
        """Return what became of the line `text`, stage by stage."""
        stages = (
            ("means", [typed]),
            ("step", self._steps(text)),
            ("C++", self._code(text)),
        )
        shown = [
            indent("\n".join(lines), "           ").replace(" " * 11, f"    {name:<7}", 1)
            for name, lines in stages
            if lines
        ]
        return "\n".join([text, *shown])

    def _steps(self, text: str) -> list[str]:
        found = [s for s in self._statements if s.text == text]
        shown = [*self._temporaries(found), *found]
        lines = [describe_statement(s).split("  # ")[0] for s in shown]
        events = getattr(self.kernel, "event_driven", ())
        return lines + [_decay(e) for e in events if e.text == text]

    def _temporaries(self, statements: Sequence[Statement]) -> list[Statement]:
        """Return the statements without a line of their own that `statements` use."""
        used = {
            s.name
            for statement in statements
            for s in symbols(statement.value)
            if s.kind is SymbolKind.TEMPORARY
        }
        found = [s for s in self._statements if s.target.name in used and not s.text]
        deeper = self._temporaries(found) if found else []
        return list(dict.fromkeys([*deeper, *found]))

    def _code(self, text: str) -> list[str]:
        comment = f"// {' '.join(text.split())}"
        places = [k for k, x in enumerate(self._lines) if " ".join(x.split()).endswith(comment)]
        found = []
        for k in places:
            found += [*self._declared_for(k), self._lines[k], *self._bounds(k)]
        return [line.split("  // ")[0] for line in dict.fromkeys(found)]

    def _declared_for(self, place: int) -> list[str]:
        """Return the declarations of the names that a line of code uses, outermost first."""
        needed = set(_OWN_NAME.findall(self._lines[place]))
        found: list[str] = []
        for line in reversed(self._lines[:place]):
            declared = _DECLARATION.match(line)
            if declared and declared[1] in needed:
                needed.remove(declared[1])
                needed |= set(_OWN_NAME.findall(line)) - {declared[1]}
                found.insert(0, line)
        return found

    def _bounds(self, place: int) -> list[str]:
        """Return the lines after `place` that keep the same variable in its bounds."""
        name = self._lines[place].split(" = ")[0]
        found = []
        for line in self._lines[place + 1 :]:
            if not line.startswith(f"{name} = {name} "):
                break
            found.append(line)
        return found


def _decay(event: EventDriven) -> str:
    name, drive = describe_expr(event.variable), describe_expr(event.drive)
    rate = describe_expr(event.rate)
    return f"before an event: {name} = {drive} + ({name} - {drive}) * exp(-elapsed * {rate})"


__all__ = ["line_by_line", "typed_text"]
