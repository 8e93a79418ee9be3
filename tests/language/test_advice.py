"""What messages advise where a model was written as one writes elsewhere."""

from __future__ import annotations

import pytest

import annlab
from annlab.errors import AnnlabError


def refused(parameters: str, equations: str) -> str:
    net = annlab.Network(backend="reference")
    with pytest.raises(AnnlabError) as info:
        net.create(1, annlab.Neuron(parameters, equations))
    return str(info.value)


def between_spiking(**parts: str) -> annlab.Network:
    net = annlab.Network(backend="reference")
    cells = net.create(1, annlab.Neuron("", "v = g_exc", spike="v > 1.0"))
    net.connect(cells, cells, "exc", annlab.Synapse(**parts)).all_to_all(1.0, 0.0, True)
    net.compile()
    return net


@pytest.mark.parametrize(
    ("parameters", "equations", "advice"),
    [
        ("a = 1.0", "r = np.exp(a)", "leave 'np.' out: write 'exp'"),
        ("a = 1.0", "r = pst.r", "did you mean 'post.r'?"),
        ("a = 10 ms", "r = a", "a number has no unit, and times are in ms"),
        ("a = 10*ms", "r = a", "a number has no unit, and times are in ms: leave 'ms' out"),
        ("a = 1.0", "r = a * 3.0 * nS", "leave 'nS' out"),
        ("a = 1.0", "r = a : volt", "leave ': volt' out"),
        ("a = 1.0", "r = a : millivolts", "leave ': millivolts' out"),
        ("a = 1.0", "r = a : 1", "leave ': 1' out"),
        ("a = 1.0 : ms", "r = a", "leave ': ms' out"),
        ("dr/dt = -r", "", "an equation belongs to `equations`"),
        ("tau*dr/dt = -r", "", "an equation belongs to `equations`"),
        ("r = sum(exc)", "", "write it in `equations`, which read the input"),
        ("a = 1.2.3", "r = a", "a number has one decimal point"),
        ("a = 1e", "r = a", "digits must follow the exponent"),
        ("a = 1.0", "if a > 1.0: r = 2.0", "'variable = if condition: value else: value'"),
    ],
)
def test_message_says_what_to_write(parameters: str, equations: str, advice: str) -> None:
    assert advice in refused(parameters, equations)


def test_a_single_letter_is_a_variable_and_no_unit() -> None:
    assert "known here: a, r, t, dt" in refused("a = 1.0", "r = a * V")
    assert "unit" not in refused("a = 1.0", "r = a * V")


def test_parameters_in_a_circle_are_shown_where_they_stand() -> None:
    assert "\n  1 | a = b\n    | ^\n" in refused("a = b\nb = a", "r = a")


@pytest.mark.parametrize("side", ["pre", "post"])
def test_neuron_without_attribute_is_told_from_an_unknown_name(side: str) -> None:
    with pytest.raises(AnnlabError, match=f"write '{side}.' and an attribute of the {side}synap"):
        between_spiking(equations=f"x = {side} + 1.0")


@pytest.mark.parametrize("name", ["g_targt", "gtarget", "g_traget"])
def test_misspelt_conductance_of_the_target_is_told(name: str) -> None:
    with pytest.warns(UserWarning, match=f"makes a new variable '{name}'; did you mean 'g_target'"):
        between_spiking(pre_spike=f"{name} += w")


@pytest.mark.filterwarnings("error")
def test_other_variables_of_events_are_made_without_a_word() -> None:
    net = between_spiking(pre_spike="g_target += w; trace += 1.0; gain = 2.0")
    assert {"trace", "gain"} <= set(net.get_projections()[0].attributes)
