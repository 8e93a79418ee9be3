"""What users write: kept as given, checked as far as that needs no network."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from annlab.errors import AnnlabError, ArgumentError, ArgumentTypeError, ModelError
from annlab.ir.analysis import analyse_neuron
from annlab.ir.definition import Creating, Neuron, Parameter, Pruning, Synapse, Variable


class LIF(Neuron):
    def __init__(self, tau: float = 10.0) -> None:
        super().__init__(parameters={"tau": tau}, equations="tau*dv/dt = -v + g_exc", spike="v > 1")


def test_a_neuron_with_a_spike_condition_is_spiking() -> None:
    assert (Neuron().type, Neuron(spike="v > 1").type) == ("rate", "spike")


def test_the_arguments_of_a_neuron_keep_their_order() -> None:
    neuron = Neuron("a=1", "r=a", "r>1", "r>2", "r=0", "r=3", 5.0, "f(x)=x", "N", "told", {})
    assert (neuron.refractory, neuron.functions, neuron.name, neuron.short_description) == (
        5.0,
        "f(x)=x",
        "N",
        "told",
    )


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (Neuron(), "Rate-coded neuron"),
        (Neuron(spike="v > 1"), "Spiking neuron"),
        (Synapse(), "Rate-coded synapse"),
        (Synapse(pre_spike="w = 1"), "Spiking synapse"),
    ],
)
def test_models_have_names_even_if_none_is_given(model: Neuron | Synapse, name: str) -> None:
    assert model.name == name


def test_a_class_derived_from_neuron_is_a_model_of_its_own_name() -> None:
    assert repr(LIF()) == "<Neuron: neuron 'LIF'>"
    assert analyse_neuron(LIF(tau=5.0)).attribute("tau").init == 5.0  # type: ignore[union-attr]


def test_the_defaults_of_rules_are_those_of_the_language() -> None:
    assert (Creating("a > 1").w, Creating("a > 1").d, Pruning("a > 1").proba) == (0.0, None, 1.0)


@pytest.mark.parametrize(
    ("make", "kind", "text"),
    [
        (lambda: Synapse(operation="prod"), ModelError,
         "unknown operation 'prod' in a rate-coded synapse\n  known here: sum, max, min, mean"),
        (lambda: Synapse(operation="men", name="S"), ModelError,
         ("unknown operation 'men' in synapse 'S'\n  known here: sum, max, min, mean\n"
         "  did you mean 'mean'?")),
        (lambda: Synapse(pre_spike="g_target += w", operation="max"), ModelError,
         ("operation 'max' does not fit a spiking synapse\n"
         "  a synapse with `pre_spike` adds to the conductance\n  remove `operation`")),
        (lambda: Synapse(pre_axon_spike="g_target += w", post_spike="w += 1"), ModelError,
         ("`pre_axon_spike` together with `post_spike` in a spiking synapse\n"
         "  axonal projections cannot learn\n  use a second projection with its own synapse")),
        (lambda: Synapse() + Synapse(), ModelError,
         "synapses cannot be added\n  write one Synapse with the equations of both"),
        (lambda: Parameter(1.0, locality="locl"), ArgumentError,
         ("unknown locality 'locl'\n  known here: global, population, projection, semiglobal, "
         "postsynaptic, local\n  did you mean 'local'?")),
        (lambda: Parameter(1.0, type="complex"), ArgumentError,
         "unknown type 'complex' of an attribute\n  use float, int or bool"),
        (lambda: Variable("r = 1", type=str), ArgumentError,
         "unknown type <class 'str'> of an attribute\n  use float, int or bool"),
        (lambda: Variable(3), ArgumentTypeError,  # type: ignore[arg-type]
         "the equation of a Variable must be text, not 3"),
    ],
)  # fmt: skip
def test_what_needs_no_network_is_refused_at_once(
    make: Callable[[], object], kind: type[AnnlabError], text: str
) -> None:
    with pytest.raises(kind, match=f"^{re.escape(text)}$"):
        make()
