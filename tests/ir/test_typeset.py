"""Typed models become LaTeX as papers write them."""

from __future__ import annotations

import pytest

from annlab.ir.alone import analyse_alone
from annlab.ir.definition import Neuron, Synapse
from annlab.ir.typeset import latex, latex_model, latex_name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("v", "v"),
        ("tau", r"\tau"),
        ("tau_exc", r"\tau_{\mathrm{exc}}"),
        ("v_T", "v_{T}"),
        ("x1", "x_{1}"),
        ("k2_tau", r"k_{2, \tau}"),
        ("A_plus", "A_{+}"),
        ("noise", r"\mathrm{noise}"),
        ("_odd", r"\mathrm{\_odd}"),
    ],
)
def test_names_show_as_in_papers(name: str, expected: str) -> None:
    assert latex_name(name) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a - (b - c)", r"a - \left(b - c\right)"),
        ("a - b - c", "a - b - c"),
        ("(a + b)*c", r"\left(a + b\right) \, c"),
        ("a*(-b)", r"a \, \left(-b\right)"),
        ("a*2", r"a \cdot 2"),
        ("a/(b*c)", r"\frac{a}{b \, c}"),
        ("(a/b)^2", r"\left(\frac{a}{b}\right)^{2}"),
        ("a^b^c", "a^{b^{c}}"),
        ("1.5e-7*a", r"1.5 \cdot 10^{-7} \, a"),
        ("1e-3", "0.001"),
        ("1e20", "10^{20}"),
        ("-a", "-a"),
        ("abs(a) + sqrt(b)", r"\left|a\right| + \sqrt{b}"),
        ("pos(a) - neg(b)", r"\left[a\right]^{+} - \left[b\right]^{-}"),
        ("ln(a)*exp(b)", r"\ln\left(a\right) \, \exp\left(b\right)"),
        ("max(a, b)", r"\max\left(a, b\right)"),
        ("modulo(a, 3)", r"a \bmod 3"),
        ("power(a, 3)", "a^{3}"),
        ("mean(r)", r"\left\langle r \right\rangle"),
        ("norm2(r)", r"\left\lVert r \right\rVert_{2}"),
        ("sum(exc)", r"\mathrm{sum}\left(\mathrm{exc}\right)"),
        ("t + dt", r"t + \Delta t"),
        ("Normal(0.0, 2.0)", r"\mathcal{N}\left(0, 2\right)"),
        ("Gamma(1.0, 2.0)", r"\mathrm{Gamma}\left(1, 2\right)"),
        (
            "ite(a > b and not c == 1, a, b)",
            (
                r"\begin{cases} a & \text{if } a \gt b \land \lnot \left(c = 1\right)"
                r" \\ b & \text{otherwise} \end{cases}"
            ),
        ),
    ],
)
def test_expressions_keep_their_meaning(text: str, expected: str) -> None:
    model = analyse_alone(Neuron("a = 1.0; b = 2.0; c = 3.0", f"r = {text}"))
    assert latex(model.equations[0].right, model.draws) == expected


def test_an_ode_keeps_its_form_and_an_assignment_gets_an_arrow() -> None:
    model = analyse_alone(Neuron("tau = 10.0", "tau*dv/dt + v = 1.0\nr = v : min=0.0, max=2.0"))
    assert latex_model(model) == (
        "\\begin{aligned}\n"
        r"\tau \, \frac{\mathrm{d}v}{\mathrm{d}t} + v &= 1 \\" + "\n"
        r"r &\leftarrow v, \quad 0 \le r \le 2" + "\n"
        "\\end{aligned}"
    )


def test_spike_and_reset_stand_below_the_equations() -> None:
    model = analyse_alone(Neuron("", "dv/dt = g_exc", spike="v > 1.0", reset="v = 0.0"))
    written = latex_model(model)
    assert r"& \text{spike if }v \gt 1:" in written
    assert r"& \quad v \leftarrow 0" in written
    assert r"g_{\mathrm{exc}} &" not in written  # its implicit reset was not written by the user


def test_a_synapse_shows_its_sides_its_psp_and_its_events() -> None:
    oja = Synapse("eta = 0.1", "dw/dt = eta * pre.r * post.r", psp="w * pre.r", operation="max")
    written = latex_model(analyse_alone(oja))
    assert r"\eta \, r^{\mathrm{pre}} \, r^{\mathrm{post}}" in written
    assert r"\mathrm{psp} &= w \, r^{\mathrm{pre}} \qquad \text{reduced by max}" in written
    stdp = Synapse(pre_spike="g_target += w", post_spike="w += 0.1")
    written = latex_model(analyse_alone(stdp))
    assert r"& \text{presynaptic spike:}" in written
    assert r"g_{\mathrm{target}}" in written
    assert r"& \text{postsynaptic spike:}" in written


def test_a_model_without_equations_is_no_formula() -> None:
    assert latex_model(analyse_alone(Neuron("r = 0.0"))) == ""
