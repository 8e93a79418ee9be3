"""Strategies that write valid models at random, as a user would: as text.

Every stored value is bounded, so that nothing overflows, and every number that something is
compared with is an odd one, so that no comparison hangs on the last digit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

BOUND = 3.0  # of every variable
THRESHOLDS = ("0.3137", "-0.2719", "1.0931")
NUMBERS = ("0.37", "1.3", "-0.81", "2.0", "3")
LOCAL_PARAMETERS = ("p", "q")
GLOBAL_PARAMETERS = ("G", "H")
UNARY = (
    "tanh({})", "sin({})", "cos({})", "atan({})", "exp(-abs({}))", "sqrt(abs({}))",
    "log(1.3 + abs({}))", "pos({})", "neg({})", "clip({}, -0.71, 0.83)", "power(tanh({}), 3)",
    "tanh({})^2", "-({})", "f({}, G)",
)  # fmt: skip
BINARY = (
    "({} + {})", "({} - {})", "({} * {})", "({} / (1.5 + abs({})))", "min({}, {})", "max({}, {})",
    "pow(1.2 + abs({}), tanh({}))", "f({}, {})",
)  # fmt: skip
CASES = (
    "ite({} > 0.3137, {}, {})",
    "({1} if {0} < 1.0931 else {2})",
    "ite(({} > -0.2719) and not ({} < 0.1113), {}, 0.53)",
)
DRAWS = (
    "Uniform(-0.5, 0.5)", "DiscreteUniform(0, 3)", "Normal(0.1, H)", "LogNormal(-1.0, 0.3)",
    "Exponential(4.0)", "Gamma(2.0, 0.25)", "Binomial(4, 0.3)", "Uniform(0.0, H)",
)  # fmt: skip
FUNCTION = "f(x, y) = x * tanh(y) / (1.0 + x^2)"
COUPLED = ("implicit", "midpoint", "rk4")
LINEAR = ("exponential", "semiimplicit")


@dataclass(frozen=True, slots=True, kw_only=True)
class NeuronText:
    """The arguments of a neuron; `spike` is empty for a rate-coded one."""

    parameters: str
    equations: str
    spike: str = ""
    reset: str = ""
    refractory: float | str | None = None
    axon_spike: str = ""

    @property
    def is_spiking(self) -> bool:
        return bool(self.spike)


@dataclass(frozen=True, slots=True, kw_only=True)
class SynapseText:
    """The arguments of a synapse; empty ones are left out."""

    parameters: str
    equations: str = ""
    psp: str = ""
    operation: str = "sum"
    pre_spike: str = ""
    post_spike: str = ""
    pre_axon_spike: str = ""


def expressions(
    names: Sequence[str], *, max_leaves: int = 4, has_cases: bool = True
) -> SearchStrategy[str]:
    """Return expressions of some of `names`."""
    leaves = st.sampled_from((*names, *names, *NUMBERS))
    return st.recursive(leaves, _with_cases if has_cases else _combined, max_leaves=max_leaves)


def _combined(parts: SearchStrategy[str]) -> SearchStrategy[str]:
    unary = st.builds(str.format, st.sampled_from(UNARY), parts)
    return unary | st.builds(str.format, st.sampled_from(BINARY), parts, parts)


def _with_cases(parts: SearchStrategy[str]) -> SearchStrategy[str]:
    return _combined(parts) | st.builds(str.format, st.sampled_from(CASES), parts, parts, parts)


@st.composite
def _parameters(draw: DrawFn, flag: str) -> str:
    lines = [f"p = {draw(st.sampled_from(NUMBERS))}", "q = 0.77"]
    lines += [f"G = 1.21 : {flag}", f"H = 0.43 : {flag}", f"n = 2 : int, {flag}", "on = True"]
    return "\n".join(lines)


@st.composite
def _bounds(draw: DrawFn) -> str:
    low = draw(st.sampled_from([f"min={-BOUND}", "min=-abs(q) - 1.0"]))
    high = draw(st.sampled_from([f"max={BOUND}", "max=H + 1.0"]))
    return f"{low}, {high}"


@st.composite
def _initial(draw: DrawFn) -> str:
    return draw(st.sampled_from(["", ", init=0.31", ", init=q", ", init=Uniform(-0.4, 0.4)"]))


@st.composite
def _assignment(draw: DrawFn, name: str, names: Sequence[str]) -> str:
    flags = f"{draw(_bounds())}{draw(_initial())}"
    right = draw(expressions(names))
    if draw(st.booleans()):
        return f"{name} {draw(st.sampled_from(['=', '+=', '-=']))} {right} : {flags}"
    limit = draw(st.sampled_from(THRESHOLDS))
    condition = f"{draw(st.sampled_from(names))} > {limit}"
    other = draw(expressions(names, max_leaves=2))
    return f"{name} = if {condition}: {right} else: {other} : {flags}"


@st.composite
def _ode(draw: DrawFn, name: str, names: Sequence[str], others: Sequence[str], coupled: str) -> str:
    """Write an ODE; `others` are the names that no implicit system solves for."""
    method = draw(st.sampled_from(("", "explicit", coupled, *LINEAR)))
    flags = f"{draw(_bounds())}{draw(_initial())}{', ' if method else ''}{method}"
    if method in LINEAR or method == "implicit":
        drive = draw(expressions(others, has_cases=False))
        form = draw(
            st.sampled_from(
                (
                    "5.0*d{0}/dt = {1} - {0}",
                    "5.0*d{0}/dt + {0} = {1}",
                    "d{0}/dt = ({1} - {0}) / (4.0 + abs(q))",
                    "5.0*d{0}/dt = (G - {0}) + abs(p)*({1} - {0})",
                )
            )
        )
        return f"{form.format(name, drive)} : {flags}"
    return f"4.0*d{name}/dt = {draw(expressions(names))} - {name} : {flags}"


@st.composite
def _equations(
    draw: DrawFn, own: Sequence[str], given: Sequence[str], coupled: str | None = None
) -> list[str]:
    """Write one equation for each of `own`, which may use all of them and all of `given`."""
    chosen = coupled or draw(st.sampled_from(COUPLED))
    names = [*own, *given]
    return [
        draw(_ode(name, names, given, chosen) if draw(st.booleans()) else _assignment(name, names))
        for name in own
    ]


@st.composite
def _global_equation(draw: DrawFn, reductions: Sequence[str], flag: str) -> str:
    right = draw(expressions(["G", "H", "n", "t", "dt", *reductions, *DRAWS[:2]], max_leaves=3))
    form = draw(st.sampled_from(["m = {}", "6.0*dm/dt = {} - m", "m = if t > 2.113: {} else: G"]))
    return f"{form.format(right)} : min=-2.0, max=2.0, {flag}"


@st.composite
def rate_neurons(draw: DrawFn) -> NeuronText:
    own = ("r", *draw(st.sampled_from([("u",), ("u", "v"), ("u", "v", "w")])))
    reductions = tuple(f"{op}({own[-1]})" for op in ("mean", "max", "min", "norm1", "norm2"))
    given = [*LOCAL_PARAMETERS, *GLOBAL_PARAMETERS, "n", "on", "t", "dt", "m", "sum(exc)"]
    given += ["drive", *draw(st.lists(st.sampled_from(DRAWS), max_size=2)), *reductions]
    inputs = "drive = 0.7*tanh(sum(exc)) + 0.4*sum(inh) - 0.3*sum() : min=-3.0, max=3.0"
    lines = [
        draw(_global_equation(reductions, "population")),
        *draw(st.permutations([inputs, *draw(_equations(own, given))])),
    ]
    return NeuronText(parameters=draw(_parameters("population")), equations="\n".join(lines))


@st.composite
def spiking_neurons(draw: DrawFn) -> NeuronText:
    own = draw(st.sampled_from([("u",), ("u", "z")]))
    given = [*LOCAL_PARAMETERS, *GLOBAL_PARAMETERS, "n", "t", "m", "v", "g_exc", "g_inh"]
    given += ["mean(v)", *draw(st.lists(st.sampled_from(DRAWS), max_size=2))]
    coupled = draw(st.sampled_from(COUPLED))
    membrane = draw(
        st.sampled_from(
            (
                f"6.0*dv/dt = p + 1.6 - v + g_exc - g_inh + Normal(0.0, 1.3) : {coupled}",
                "6.0*dv/dt = p + 1.6 - v + g_exc - g_inh + u : exponential",
                "v += 0.11*(p + 1.7) + 0.2*(g_exc - g_inh) + Uniform(0.0, 0.2)",
                "5.0*dv/dt = 0.7*v^2 + 1.4 + g_exc*(1.9 - v) - g_inh",
            )
        )
    )
    flags = "" if ":" in membrane else " : "
    membrane += f"{flags}{', ' if ':' in membrane and not flags else ''}min=-3.0, max=3.0, init=0.2"
    conductances = draw(
        st.sampled_from(
            ((), ("3.0*dg_exc/dt = -g_exc",), ("3.0*dg_inh/dt = -g_inh : exponential",),
             ("g_exc *= 0.8", "4.0*dg_inh/dt + g_inh = 0.0"))
        )
    )  # fmt: skip
    lines = [
        draw(_global_equation(("mean(v)", "max(u)"), "population")),
        *draw(st.permutations([membrane, *conductances, *draw(_equations(own, given, coupled))])),
    ]
    return NeuronText(
        parameters=draw(_parameters("population")),
        equations="\n".join(lines),
        spike=draw(st.sampled_from(("v > 0.7183", "(v > 0.8319) and (u < 2.7113)"))),
        reset=draw(st.sampled_from(("v = 0.0", "v = -0.3; u += 0.2", "v -= 0.9; u = t - t_last"))),
        refractory=draw(st.sampled_from((None, 1.0, 2.5, "q", "H"))),
        axon_spike=draw(st.sampled_from(("", "", "u > 0.9113"))),
    )


@st.composite
def rate_synapses(draw: DrawFn) -> SynapseText:
    attributes = ["w", "pre.r", "post.r", "pre.u", "pre.m", "G", "H"]
    parameters = draw(_parameters("projection"))
    lines = []
    if draw(st.booleans()):
        lines.append(draw(_global_equation(("mean(pre.r)", "max(post.u)"), "projection")))
        attributes.append("m")
    if draw(st.booleans()):
        names = ["post.r", "post.u", "post.sum(exc)", "G", "H", "norm2(pre.r)", *DRAWS[:1]]
        lines.append(
            f"5.0*ds/dt = {draw(expressions(names))} - s : postsynaptic, min=-2.0, max=2.0"
        )
        attributes.append("s")
    given = [*attributes[1:], "p", "q", "t", "pre.sum(exc)", "mean(pre.r)"]
    own = draw(st.sampled_from([(), ("w",), ("a",), ("w", "a")]))
    lines += draw(_equations(own, [*given, *draw(st.lists(st.sampled_from(DRAWS), max_size=1))]))
    psp = draw(st.sampled_from(("", "w * pre.r")) | expressions([*attributes, *own, "q"]))
    operation = draw(st.sampled_from(("sum", "sum", "max", "min", "mean")))
    return SynapseText(
        parameters=parameters, equations="\n".join(lines), psp=psp, operation=operation
    )


@st.composite
def spiking_synapses(draw: DrawFn) -> SynapseText:
    kind = draw(st.sampled_from(("delta", "stdp", "stp", "general", "continuous", "axon")))
    parameters = draw(_parameters("projection"))
    traces = draw(
        st.sampled_from(
            (
                "4.0*dx/dt = -x : event-driven\n7.0*dy/dt = -y : event-driven",
                "4.0*dx/dt = -x : event-driven\nq*dy/dt = p - y : event-driven, init=0.3",
                "4.0*dx/dt = -x : exponential\n7.0*dy/dt = -y",
                "4.0*dx/dt = -x\n7.0*dy/dt = -y : event-driven",
            )
        )
    )
    unless = draw(st.sampled_from(("", ", unless_post")))
    texts = {
        "delta": {"pre_spike": draw(st.sampled_from(("g_target += w", "g_target += G*w*q")))},
        "stdp": {
            "equations": traces,
            "pre_spike": f"g_target += w; x += H; w -= 0.3*y : min=-1.0, max=2.0{unless}",
            "post_spike": "y += 0.7; w += 0.2*x : max=2.0",
        },
        "stp": {
            "equations": "8.0*dx/dt = 1.0 - x : init=1.0, event-driven\n"
            "5.0*dy/dt = H - y : event-driven",
            "pre_spike": "g_target += w*x*y; x *= (1 - 0.3*y); y += 0.2*(1 - y)",
        },
        "general": {
            "equations": "\n".join(
                draw(_equations(("a", "b"), ["w", "p", "G", "pre.v", "post.v", "post.u", "t"]))
            ),
            "pre_spike": "g_target += w*tanh(a); b += post.u * (t - t_post)/(10.0 + t)"
            + (" : unless_post" if unless else ""),
            "post_spike": "w += 0.1*tanh(b) : min=0.0, max=1.5\n"
            "a = tanh(pre.u) + t - t_pre : max=2.0",
        },
        "continuous": {
            "equations": "\n".join(draw(_equations(("a",), ["w", "p", "H", "pre.v", "post.v"]))),
            "psp": draw(st.sampled_from(("w * (pre.v - post.v)", "w*a", "w * tanh(a + pre.u)*G"))),
        },
        "axon": {"pre_spike": "g_target += w", "pre_axon_spike": "g_target += 0.3*w*G"},
    }
    return SynapseText(parameters=parameters, **texts[kind])
