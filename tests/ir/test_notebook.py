"""A model shows itself in a notebook, also where it cannot be read."""

from __future__ import annotations

import pytest

import annlab
from annlab.ir.alone import analyse_alone
from annlab.ir.definition import Creating, Neuron, Parameter, Synapse, Variable
from annlab.ir.listing import listing


def test_what_was_written_is_listed_part_by_part() -> None:
    neuron = Neuron(
        parameters={"tau": 10.0, "B": Parameter(1.0, locality="local", type=int)},
        equations=["tau*dv/dt = B - v", Variable("r = v", min=0.0)],
        spike=None,
    )
    assert listing(neuron) == (
        "parameters:\n"
        "    tau = 10.0\n"
        "    B = 1.0 : local, int\n"
        "equations:\n"
        "    tau*dv/dt = B - v\n"
        "    r = v : min=0.0"
    )


def test_a_synapse_without_text_says_that_it_is_the_default() -> None:
    assert listing(Synapse()) == "(nothing: the default model)"


def test_rules_of_structure_are_listed_with_their_flags() -> None:
    synapse = Synapse(creating=Creating("pre.r > 1.0", proba=0.5))
    assert listing(synapse) == "creating:\n    pre.r > 1.0 : proba=0.5"


def test_a_neuron_shows_formulas_html_and_plain_text() -> None:
    bundle = Neuron("tau = 10.0", "tau*dr/dt = -r", name="Leaky")._repr_mimebundle_()
    assert bundle["text/plain"].startswith("neuron 'Leaky': User-defined rate-coded neuron.\n")
    assert r"\frac{\mathrm{d}r}{\mathrm{d}t}" in bundle["text/latex"]
    assert (
        "<td>tau</td><td>parameter</td><td>local</td><td>float</td><td>10</td>"
        in (bundle["text/html"])
    )


def test_html_escapes_what_the_user_wrote() -> None:
    bundle = Neuron("", "r = 1.0", name="<b>")._repr_mimebundle_()
    assert "neuron &#x27;&lt;b&gt;&#x27;" in bundle["text/html"]


def test_a_wrong_model_shows_its_text_and_the_error() -> None:
    bundle = Neuron("tau = 10.0", "tua*dr/dt = -r", name="Leaky")._repr_mimebundle_()
    assert "tua*dr/dt = -r" in bundle["text/plain"]
    assert "did you mean 'tau'?" in bundle["text/plain"]
    assert "did you mean &#x27;tau&#x27;?" in bundle["text/html"]
    assert "text/latex" not in bundle


def test_a_synapse_alone_reads_neurons_that_stand_in() -> None:
    synapse = Synapse(equations="dw/dt = pre.r * (post.u - post.sum(exc)) + mean(pre.v)")
    model = analyse_alone(synapse)
    assert model.pre_attributes == ("r",)
    assert [r.attribute for r in model.reductions] == ["v"]
    assert model.post_inputs == ("exc",)


def test_a_model_alone_knows_the_global_constants_and_functions() -> None:
    annlab.clear()
    annlab.Constant("kappa_c", 2.0)
    annlab.add_function("twice_f(x) = 2.0*x")
    try:
        model = analyse_alone(Neuron("", "r = twice_f(kappa_c)"))
    finally:
        annlab.clear()
    assert model.constants == ("kappa_c",)


@pytest.mark.parametrize("name", ["Izhikevich", "HH_cond_exp", "STDP", "STP", "IBCM"])
def test_every_standard_model_has_formulas(name: str) -> None:
    assert "aligned" in getattr(annlab, name)()._repr_mimebundle_()["text/latex"]
