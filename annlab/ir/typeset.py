"""Typed expressions and models as LaTeX, in the notation of papers.

Takes what the analysis made, so that a name shows as what it means: ``pre.r`` as the rate
of the presynaptic neuron, ``Normal(0.0, 1.0)`` as a distribution. Knows nothing of notebooks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from annlab.ir.expr import (
    Binary,
    Call,
    Cast,
    Compare,
    Expr,
    Literal,
    Logic,
    Select,
    Side,
    Symbol,
    SymbolKind,
    Unary,
)
from annlab.ir.model import Draw, Equation, NeuronModel, SynapseModel

_GREEK = frozenset(
    """alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau
    upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega""".split()  # noqa: SIM905 -- a list would take a line each
)
_SIGNS = {"plus": "+", "minus": "-"}
_RELATIONS = {"==": "=", "!=": r"\ne", "<": r"\lt", "<=": r"\le", ">": r"\gt", ">=": r"\ge"}
_LOGIC = {"and": (r"\land", 2), "or": (r"\lor", 1)}
_FUNCTIONS = {
    **{f: rf"\{f}" for f in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "min", "max")},
    "asin": r"\arcsin", "acos": r"\arccos", "atan": r"\arctan", "log": r"\ln",
}  # fmt: skip
_AROUND = {  # functions that papers write with signs around the argument
    "abs": (r"\left|", r"\right|"),
    "sqrt": (r"\sqrt{", "}"),
    "pos": (r"\left[", r"\right]^{+}"),
    "neg": (r"\left[", r"\right]^{-}"),
}
_DISTRIBUTIONS = {"Normal": r"\mathcal{N}", "Uniform": r"\mathcal{U}"}
_REDUCTIONS = {
    "mean": (r"\left\langle ", r" \right\rangle"),
    "norm1": (r"\left\lVert ", r" \right\rVert_{1}"),
    "norm2": (r"\left\lVert ", r" \right\rVert_{2}"),
    "min": (r"\min\left(", r"\right)"),
    "max": (r"\max\left(", r"\right)"),
}
_OR, _NOT, _RELATION, _SUM, _PRODUCT, _FRACTION, _ATOM = 1, 3, 4, 5, 6, 7, 9


def latex(expr: Expr, draws: Sequence[Draw] = ()) -> str:
    r"""Return `expr` as LaTeX, without dollar signs.

    `draws` are those of the model: a random number shows as its distribution.

    Examples
    --------
    >>> v = Symbol("v", SymbolKind.ATTRIBUTE)
    >>> print(latex(Binary("/", Binary("-", v, Literal(1.5)), Symbol("tau", SymbolKind.ATTRIBUTE))))
    \frac{v - 1.5}{\tau}
    """
    return _Writer(draws).text(expr)


def latex_model(model: NeuronModel | SynapseModel) -> str:
    """Return all equations, conditions and events of a model as one ``aligned`` block."""
    rows = _Rows(model.draws)
    rows.equations(model.equations)
    if isinstance(model, NeuronModel):
        rows.event(model.spike and model.spike.expr, r"\text{spike if }", model.reset)
        axon = model.axon_spike and model.axon_spike.expr
        rows.event(axon, r"\text{axonal spike if }", model.axon_reset)
    else:
        rows.transmission(model)
        rows.reaction(r"\text{presynaptic spike:}", model.pre_spike)
        rows.reaction(r"\text{presynaptic axonal spike:}", model.pre_axon_spike)
        rows.reaction(r"\text{postsynaptic spike:}", model.post_spike)
    if not rows.lines:
        return ""
    return "\\begin{aligned}\n" + " \\\\\n".join(rows.lines) + "\n\\end{aligned}"


def latex_name(name: str) -> str:
    r"""Return the name of a variable as LaTeX: ``tau_exc`` is ``\tau_{\mathrm{exc}}``."""
    head, *rest = name.split("_")
    if not head or not all(rest):
        return _plain(name)
    base, digits = _letters(head)
    below = [digits] if digits else []
    below += [_SIGNS.get(part, _word(part)) for part in rest]
    return _word(base) + (f"_{{{', '.join(below)}}}" if below else "")


def _plain(name: str) -> str:
    return r"\mathrm{" + name.replace("_", r"\_") + "}"


def _letters(word: str) -> tuple[str, str]:
    """Split ``tau1`` into ``tau`` and ``1``."""
    base = word.rstrip("0123456789")
    return (base, word[len(base) :]) if base else (word, "")


def _word(word: str) -> str:
    if word in _GREEK:
        return f"\\{word}"
    return word if len(word) == 1 or word.isdigit() else rf"\mathrm{{{word}}}"


class _Rows:
    """The lines of one aligned block."""

    def __init__(self, draws: Sequence[Draw]) -> None:
        self.writer = _Writer(draws)
        self.lines: list[str] = []

    def equations(self, equations: Sequence[Equation]) -> None:
        for equation in equations:
            if equation.source is not None:  # the implicit reset of a conductance is no news
                self.lines.append(self._equation(equation))

    def event(self, condition: Expr | None, title: str, then: Sequence[Equation]) -> None:
        if condition is not None:
            self.lines.append(f"& {title}{self.writer.text(condition)}{':' if then else ''}")
            self.lines += [rf"& \quad {self._line(e)}" for e in then]

    def reaction(self, title: str, then: Sequence[Equation]) -> None:
        if then:
            self.lines.append(f"& {title}")
            self.lines += [rf"& \quad {self._line(e)}" for e in then]

    def transmission(self, model: SynapseModel) -> None:
        if model.psp is not None:
            psp = self.writer.text(model.psp.expr)
            self.lines.append(rf"\mathrm{{psp}} &= {psp}")
            if model.operation != "sum":
                self.lines[-1] += rf" \qquad \text{{reduced by {model.operation}}}"

    def _equation(self, equation: Equation) -> str:
        write = self.writer.text
        relation = "&=" if equation.is_ode else r"&\leftarrow"
        return f"{write(equation.left)} {relation} {write(equation.right)}{self._bounds(equation)}"

    def _line(self, equation: Equation) -> str:
        return self._equation(equation).replace("&", "", 1)

    def _bounds(self, equation: Equation) -> str:
        name, low, high = (
            None if e is None else self.writer.text(e)
            for e in (equation.variable, equation.minimum, equation.maximum)
        )
        if low is None and high is None:
            return ""
        below = f"{low} \\le " if low is not None else ""
        above = f" \\le {high}" if high is not None else ""
        return rf", \quad {below}{name}{above}"


class _Writer:
    """Writes expressions; every method returns the text and how tightly it binds."""

    def __init__(self, draws: Sequence[Draw]) -> None:
        self.draws = {str(d.index): d for d in draws}

    def text(self, expr: Expr) -> str:
        return self._write(expr)[0]

    def _inside(self, expr: Expr, binding: int) -> str:
        text, own = self._write(expr)
        return text if own >= binding else rf"\left({text}\right)"

    def _write(self, expr: Expr) -> tuple[str, int]:
        match expr:
            case Literal(value):
                return _number(value)
            case Symbol():
                return self._symbol(expr)
            case Unary("not", operand):
                return rf"\lnot {self._inside(operand, _ATOM)}", _NOT
            case Unary(_, operand):
                return f"-{self._inside(operand, _PRODUCT)}", _SUM
            case Binary():
                return self._binary(expr)
            case Compare(op, left, right):
                sides = self._inside(left, _SUM), self._inside(right, _SUM)
                return f"{sides[0]} {_RELATIONS[op]} {sides[1]}", _RELATION
            case Logic(op, left, right):
                sign, binding = _LOGIC[op]
                return f"{self._inside(left, binding)} {sign} {self._inside(right, binding + 1)}", (
                    binding
                )
            case Call():
                return self._call(expr)
            case Select(condition, then, otherwise):
                rows = (
                    rf"{self.text(then)} & \text{{if }} {self.text(condition)}",
                    rf"{self.text(otherwise)} & \text{{otherwise}}",
                )
                return r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}", _OR
            case Cast(dtype, operand):
                return rf"\mathrm{{{dtype}}}\left({self.text(operand)}\right)", _ATOM
        raise TypeError(f"not an expression: {expr!r}")

    def _binary(self, expr: Binary) -> tuple[str, int]:
        left, right = expr.left, expr.right
        match expr.op:
            case "/":
                return rf"\frac{{{self.text(left)}}}{{{self.text(right)}}}", _FRACTION
            case "**":
                return f"{self._inside(left, _ATOM)}^{{{self.text(right)}}}", _ATOM - 1
            case "*":
                sides = self._inside(left, _PRODUCT), self._inside(right, _PRODUCT + 1)
                sign = r"\cdot" if sides[1][0].isdigit() else r"\,"
                return f"{sides[0]} {sign} {sides[1]}", _PRODUCT
        return f"{self._inside(left, _SUM)} {expr.op} {self._inside(right, _SUM + 1)}", _SUM

    def _call(self, call: Call) -> tuple[str, int]:
        name, arguments = call.function, call.arguments
        if name in _AROUND:
            before, after = _AROUND[name]
            return f"{before}{self.text(arguments[0])}{after}", _FRACTION
        if name == "power":
            return f"{self._inside(arguments[0], _ATOM)}^{{{self.text(arguments[1])}}}", _ATOM - 1
        if name == "modulo":
            sides = [self._inside(a, _FRACTION) for a in arguments]
            return rf"{sides[0]} \bmod {sides[1]}", _PRODUCT
        listed = ", ".join(self.text(a) for a in arguments)
        return rf"{_FUNCTIONS.get(name, _word(name))}\left({listed}\right)", _FRACTION

    def _symbol(self, symbol: Symbol) -> tuple[str, int]:
        name, binding = latex_name(symbol.name), _ATOM
        match symbol.kind:
            case SymbolKind.INPUT:
                target = rf"\mathrm{{{symbol.name}}}" if symbol.name else r"\,\cdot\,"
                name = rf"\mathrm{{sum}}\left({target}\right)"
            case SymbolKind.CONDUCTANCE:
                name = r"g_{\mathrm{target}}"
            case SymbolKind.GRADIENT:
                return rf"\frac{{\mathrm{{d}}{name}}}{{\mathrm{{d}}t}}", _FRACTION
            case SymbolKind.CLOCK if symbol.name == "dt":
                name = r"\Delta t"
            case SymbolKind.DRAW if symbol.name in self.draws:
                return self._draw(self.draws[symbol.name]), _FRACTION
            case SymbolKind.REDUCTION:
                return self._reduction(symbol), _FRACTION
        if symbol.side is not Side.OWN:
            return rf"{name}^{{\mathrm{{{symbol.side}}}}}", _ATOM - 1
        return name, binding

    def _draw(self, draw: Draw) -> str:
        kind = draw.distribution
        sign = _DISTRIBUTIONS.get(kind.name, rf"\mathrm{{{kind.name}}}")
        return rf"{sign}\left({', '.join(self.text(a) for a in kind.arguments)}\right)"

    def _reduction(self, symbol: Symbol) -> str:
        operation, _, attribute = symbol.name.rstrip(")").partition("(")
        before, after = _REDUCTIONS[operation]
        side = "" if symbol.side is Side.OWN else rf"^{{\mathrm{{{symbol.side}}}}}"
        return f"{before}{latex_name(attribute)}{side}{after}"


def _number(value: bool | float) -> tuple[str, int]:
    if isinstance(value, bool):
        return rf"\mathrm{{{str(value).lower()}}}", _ATOM
    if value == math.pi:
        return r"\pi", _ATOM
    mantissa, _, exponent = f"{value:.12g}".partition("e")
    binding = _SUM if value < 0 else _ATOM
    if not exponent:
        return mantissa, binding
    power = f"10^{{{int(exponent)}}}"
    if mantissa in ("1", "-1"):
        return mantissa[:-1] + power, min(binding, _ATOM - 1)
    return rf"{mantissa} \cdot {power}", min(binding, _PRODUCT)


__all__ = ["latex", "latex_model", "latex_name"]
