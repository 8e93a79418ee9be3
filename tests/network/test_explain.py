"""Explain follows the user's lines to the generated code, at any moment and on any back end."""

from __future__ import annotations

import pytest

import annlab
from annlab import Network, Neuron, Synapse
from annlab.errors import ArgumentError, ArgumentTypeError, ModelError, UnknownObjectError

LINE = "tau*dv/dt = B - v + g_exc"
NEURON = Neuron(
    parameters={"tau": 10.0, "B": 1.0},
    equations=f"{LINE} : exponential, max=3.0",
    spike="v > 1.0",
    reset="v = 0.0",
    refractory=2.0,
)


@pytest.fixture
def built() -> Network:
    net = Network(backend="reference", seed=1)
    pop = net.create(10, NEURON, name="cells")
    net.connect(pop, pop, "exc", annlab.STDP(), name="loop").fixed_probability(0.5, weights=0.1)
    return net


def test_a_population_passes_all_stages(built: Network) -> None:
    found = built.explain("cells")
    assert found.stages == ("text", "typed", "discretised", "code", "lines")
    assert LINE in found["text"]
    assert "tau: global, open float parameter, initially 10" in found["typed"]
    assert "tau * dv/dt = B - v + g_exc  [local, float, exponential, at most 3.0]" in found["typed"]
    assert "g_exc = 0.0  [local, float, assignment, implicit]" in found["typed"]
    assert "_h0 = expm1(-(dt / tau))" in found["discretised"]
    assert 'extern "C" void update(' in found["code"]


def test_each_line_is_followed_to_its_own_code(built: Network) -> None:
    blocks = built.get_population("cells").explain("lines")["lines"].split("\n\n")
    (block,) = [b for b in blocks if b.startswith(LINE)]
    assert "means  tau * dv/dt = B - v + g_exc" in block
    assert "step   _h0 = expm1(-(dt / tau))" in block
    assert "C++    const real _h0 = " in block
    assert "v = v > 3.0 ? 3.0 : v;" in block
    assert "spike: v > 1.0" in blocks


def test_lines_with_temporaries_of_the_same_name_are_kept_apart(built: Network) -> None:
    blocks = built.explain("loop", "lines")["lines"].split("\n\n")
    (before,) = [b for b in blocks if b.startswith("w = clip(w + y")]
    (after,) = [b for b in blocks if b.startswith("w = clip(w + x")]
    assert "annlab::clip(w + y" in before
    assert "annlab::clip(w + y" not in after


def test_an_event_driven_variable_shows_its_decay(built: Network) -> None:
    text = built.explain("loop", "lines")["lines"]
    assert "before an event: x = 0.0 + (x - 0.0) * exp(-elapsed * 1.0 / tau_plus)" in text


def test_explaining_draws_nothing_and_decides_nothing(built: Network) -> None:
    before = built.default_rng.bit_generator.state
    built.explain()
    assert built.default_rng.bit_generator.state == before
    assert not built.compiled


def test_a_projection_shows_what_is_foreseen_and_then_what_is(built: Network) -> None:
    foreseen = built.explain("loop", "storage")["storage"]
    assert "foreseen: csr, rows of the presynaptic side" in foreseen
    built.compile()
    found = built.explain("loop", "storage")["storage"]
    assert "layout: csr, rows of the presynaptic side" in found
    assert "weights: one per synapse" in found
    assert "delays: 1 step for all" in found
    assert "indices: uint16" in found
    assert "not compiled: the network runs on backend='reference'" in built.explain("loop")["code"]


@pytest.mark.parametrize(
    ("connect", "layout"),
    [
        (lambda p: p.all_to_all(1.0), "dense"),
        (lambda p: p.one_to_one(1.0), "one_to_one"),
        (lambda p: p.one_to_one(1.0, delays=annlab.Uniform(1.0, 3.0)), "csr"),
        (lambda p: p, "csr"),
    ],
)
def test_the_layout_is_foreseen_from_the_connector(built: Network, connect, layout: str) -> None:
    cells = built.get_population("cells")
    projection = connect(built.connect(cells, cells, "exc"))
    assert f"foreseen: {layout}," in projection.explain("storage")["storage"]


def test_delays_per_synapse_are_told(built: Network) -> None:
    cells = built.get_population("cells")
    slow = built.connect(cells, cells, "exc")
    slow.all_to_all(1.0, delays=annlab.DiscreteUniform(1, 3))
    built.compile()
    assert "delays: one per synapse, at most 3 steps" in slow.explain("storage")["storage"]


def test_a_network_explains_all_its_objects(built: Network) -> None:
    found = built.explain()
    assert [p.title for p in found.parts] == [
        "Population 'cells': 10 x Spiking neuron",
        "Projection 'loop' (cells -> cells), target 'exc'",
    ]
    assert "dt 1 ms, reference back end, float64" in found["network"]
    assert LINE in found["text"]


def test_a_view_is_explained_as_its_population(built: Network) -> None:
    cells = built.get_population("cells")
    assert str(built.explain(cells[:3])) == str(cells.explain())


def test_it_prints_as_text_and_folds_in_a_notebook(built: Network) -> None:
    found = built.explain("cells")
    assert repr(found).startswith("Population 'cells': 10 x Spiking neuron\n=====")
    html = found._repr_html_()
    assert html.count("<details>") == len(found.stages)
    assert "$$" in html
    markdown = found._repr_markdown_()
    assert "```cpp\n" in markdown
    assert markdown.startswith("### Population 'cells'")


def test_generated_code_is_no_formula(built: Network) -> None:
    assert '<pre class="tex2jax_ignore' in built.explain("cells", "code")._repr_html_()
    assert "$$" not in built.explain("cells", "code")._repr_html_()


def test_a_bare_neuron_needs_no_network() -> None:
    found = annlab.explain(NEURON, ["discretised", "lines"])
    assert found.stages == ("discretised", "lines")


def test_a_bare_synapse_may_be_given_its_neurons() -> None:
    follower = Neuron("", "u = 1.0\nr = u")
    synapse = Synapse(psp="w * pre.u")
    assert (
        "transmit:\n    w * pre.u"
        in (annlab.explain(synapse, pre=follower, post=follower, target="exc")["discretised"])
    )
    assert "transmit:\n    w * pre.u" in annlab.explain(synapse)["discretised"]


def test_a_class_of_models_is_explained() -> None:
    assert annlab.explain(annlab.IBCM).title == "synapse 'IBCM'"


def test_an_unknown_name_is_refused_with_the_nearest(built: Network) -> None:
    with pytest.raises(UnknownObjectError) as caught:
        built.explain("cell")
    assert str(caught.value) == (
        f"network {built.id} has no population or projection 'cell'\n"
        "  known here: loop, cells\n"
        "  did you mean 'cells'?"
    )


def test_an_unknown_stage_is_refused_with_the_nearest(built: Network) -> None:
    with pytest.raises(ArgumentError) as caught:
        built.explain("cells", "coda")
    assert str(caught.value) == (
        "there is no stage 'coda' of Population 'cells': 10 x Spiking neuron\n"
        "  known here: text, typed, discretised, code, lines\n"
        "  did you mean 'code'?"
    )


def test_a_running_network_is_explained_without_a_stop(built: Network) -> None:
    built.compile()
    built.start()
    try:
        assert "layout: csr" in built.explain("loop", "storage")["storage"]
        assert built.running
    finally:
        built.stop()


def test_an_attribute_cannot_be_called_explain() -> None:
    net = Network(backend="reference")
    with pytest.raises(ModelError, match="an attribute cannot be called 'explain'"):
        net.create(1, Neuron("explain = 1.0", "r = explain"))


def test_something_else_is_refused() -> None:
    with pytest.raises(ArgumentTypeError, match="^3.0 cannot be explained\n  give a neuron"):
        annlab.explain(3.0)
