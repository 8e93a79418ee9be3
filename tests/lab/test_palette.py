"""What the palette offers, and that its cells run as they stand."""

from __future__ import annotations

import ast

import pytest

import annlab as ann
from annlab.lab.messages import PaletteEntry
from annlab.lab.palette import palette

ENTRIES = palette({}).entries


def of_kind(kind: str) -> list[str]:
    return [entry.name for entry in ENTRIES if entry.kind == kind]


def test_all_standard_models_are_there() -> None:
    assert of_kind("neuron") == [k.__name__ for k in ann.models.list_standard_neurons()]
    assert of_kind("synapse") == [k.__name__ for k in ann.models.list_standard_synapses()]


def test_connectors_and_inputs_are_there() -> None:
    assert {"all_to_all", "fixed_probability", "gaussian"} <= set(of_kind("connector"))
    assert {"InputArray", "PoissonPopulation", "SpikeSourceArray"} <= set(of_kind("input"))


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.name)
def test_an_entry_says_what_it_is(entry: PaletteEntry) -> None:
    assert entry.summary.endswith(".")
    assert entry.latex


def test_a_published_model_names_its_source() -> None:
    entry = next(e for e in ENTRIES if e.name == "Izhikevich")
    assert entry.source.startswith("Izhikevich (2003)")


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.name)
def test_the_cell_of_an_entry_runs(entry: PaletteEntry) -> None:
    """In a notebook that has a network with two spiking populations of equal size."""
    net = ann.Network(backend="reference", seed=1)
    cells = [net.create((10, 10), ann.Izhikevich) for _ in range(2)]
    variables = {"ann": ann, "my_net": net, "first": cells[0], "second": cells[1]}
    found = next(e for e in palette(variables).entries if e.name == entry.name)
    assert "import" not in found.code
    exec(compile(ast.parse(found.code), entry.name, "exec"), variables)  # noqa: S102
    if entry.kind in ("connector", "input"):
        assert "my_net" in found.code
        net.compile()
        net.simulate(2.0)


@pytest.mark.parametrize(
    ("variables", "begin"),
    [
        ({}, "import annlab as ann\n\nstp = ann.STP("),
        ({"al": ann}, "stp = al.STP("),
        ({"Izhikevich": ann.Izhikevich}, "stp = STP("),
    ],
)
def test_a_cell_calls_annlab_as_the_notebook_does(variables: dict, begin: str) -> None:
    entry = next(e for e in palette(variables).entries if e.name == "STP")
    assert entry.code.startswith(begin)


def all_to_all(variables: dict[str, object]) -> str:
    code = next(e.code for e in palette(variables).entries if e.name == "all_to_all")
    return code.partition(".all_to_all")[0].partition("projection = ")[2]


def two_networks() -> dict[str, object]:
    found: dict[str, object] = {"ann": ann}
    for letter in "ab":
        net = found[f"net{letter}"] = ann.Network(backend="reference")
        found[letter] = net.create(5, ann.Izhikevich, name=letter)
    return found


@pytest.mark.parametrize(
    ("last", "network"),
    [("", "b"), ("neta.simulate(10.0)", "a"), ("rates = a.r", "a"), ("b.a = a.a[0]", "a")],
)
def test_a_cell_speaks_of_one_network(last: str, network: str) -> None:
    """One of two networks was to connect a population of the other."""
    variables = {**two_networks(), "In": ["", last]}
    assert all_to_all(variables) == f'net{network}.connect({network}, {network}, "exc")'


def test_the_newest_network_is_meant_whichever_name_came_first() -> None:
    variables = two_networks()
    net = variables["neta"] = ann.Network(backend="reference")
    assert all_to_all(variables) == 'neta.connect(pre, post, "exc")'
    net.create(5, ann.Izhikevich, name="cells")
    cells = "neta.get_population('cells')"
    assert all_to_all(variables) == f'neta.connect({cells}, {cells}, "exc")'


def test_a_network_that_no_variable_holds_is_called_by_its_population() -> None:
    variables = two_networks()
    del variables["netb"]
    assert all_to_all(variables) == 'b.network.connect(b, b, "exc")'
