"""Mistakes in the models of a cell, and where they are said to be."""

from __future__ import annotations

import pytest

import annlab as ann
from annlab.lab.checking import check, vocabulary
from annlab.lab.literals import Cell


def marked(source: str, **variables: object) -> list[tuple[str, str]]:
    """Return what is marked in a cell, and the first line of what is said of it."""
    found = check(source, variables).found
    return [(source[d.start : d.end], d.message.splitlines()[0]) for d in found]


GOOD = '''
import annlab as ann
cell = ann.Neuron(
    parameters="""
        tau = 10.0 : population
        E = -70.0
    """,
    equations="tau*dv/dt = E - v + g_exc : exponential, init=-70.0",
    spike="v > -50.0",
    reset="v = E",
    name="Leaky",
)
'''


def test_a_good_model_has_no_mistakes() -> None:
    assert marked(GOOD) == []


def test_a_cell_without_models_has_no_mistakes() -> None:
    assert marked("x = 'tua * 3 )'") == []


def test_an_unknown_name_is_marked_with_what_to_do() -> None:
    source = GOOD.replace("tau*dv/dt", "tua*dv/dt")
    assert marked(source) == [("tua", "unknown name 'tua'")]
    message = check(source, {}).found[0].message
    assert "did you mean 'tau'?" in message
    assert "|" not in message


@pytest.mark.parametrize(
    ("field", "text", "place"),
    [
        ("equations", "dv/dt = (1.0 - v", "("),
        ("spike", "v = 3.0", "="),
        ("reset", "v == 3.0", "=="),
        ("parameters", "tau = 10.0 : populatoin", "populatoin"),
    ],
)
def test_a_line_that_cannot_be_read_is_marked(field: str, text: str, place: str) -> None:
    found = marked(f'Neuron({field}="{text}")')
    assert found
    assert found[0][0] == place


def test_every_field_that_cannot_be_read_is_marked() -> None:
    source = 'Neuron(parameters="tau = = 1.0", equations="dv/dt = v +", spike="v >")'
    assert len(marked(source)) == 3


def test_a_bracket_that_is_never_closed_while_one_types_is_marked_inside_the_string() -> None:
    source = 'n = Neuron(equations="dv/dt = exp(-v")'
    start = source.index('"') + 1
    found = check(source, {}).found[0]
    assert start <= found.start < found.end <= len(source) - 1


def test_arguments_may_come_without_names() -> None:
    assert marked('Neuron("tau = 10.0", "tau*dr/dt = -q")') == [("q", "unknown name 'q'")]


def test_parameters_may_be_a_dictionary() -> None:
    ok = 'Neuron(parameters={"tau": 10.0, "B": Uniform(0, 1)}, equations="tau*dr/dt = B - r")'
    assert marked(ok) == []
    assert marked(ok.replace("B - r", "C - r")) == [("C", "unknown name 'C'")]
    assert marked('Neuron(parameters=dict(tau=10.0), equations="tau*dr/dt = -r")') == []


def test_a_text_may_stand_in_a_variable_of_the_cell() -> None:
    source = 'eqs = "tau*dr/dt = -q"\nNeuron("tau = 10.0", eqs)'
    assert marked(source) == [("q", "unknown name 'q'")]


def test_a_text_may_stand_in_a_variable_of_another_cell() -> None:
    assert marked('Neuron(params, "tau*dr/dt = -r")', params="tau = 10.0") == []
    assert marked('Neuron(params, "tua*dr/dt = -r")', params="tau = 10.0")[0][0] == "tua"


@pytest.mark.parametrize("unknown", ["params", "f'tau = {tau}'", "make()", "a + b"])
def test_what_only_running_tells_is_not_called_a_mistake(unknown: str) -> None:
    assert marked(f'Neuron({unknown}, "tau*dr/dt = -r")') == []
    assert len(marked(f'Neuron({unknown}, "tau*dr/dt = ")')) == 1


def test_a_synapse_is_checked_too() -> None:
    source = 'Synapse(parameters="eta = 0.1", equations="dw/dt = etta * pre.r * post.r")'
    assert marked(source) == [("etta", "unknown name 'etta'")]


def test_a_constant_of_a_network_is_known() -> None:
    net = ann.Network(backend="reference")
    net.constant("own_number", 2.0)
    assert marked('Neuron(equations="r = own_number")', net=net) == []


@pytest.mark.parametrize(
    "literal",
    [
        '"a = 1.0;" " r = qq"',
        '("a = 1.0;"\n    " r = qq")',
        '"a = 1.0\\n r = qq"',
        'r"a = 1.0; r = qq"',
        '"""a = 1.0 \\\n; r = qq"""',
        "'''\n  a = 1.0\n  r = qq\n'''",
        '"# ü ∂ 𝛕\\n r = qq"',
    ],
)
def test_the_place_is_right_however_the_string_is_written(literal: str) -> None:
    assert marked(f"ü = 1\ncell = Neuron(equations={literal})")[0][0] == "qq"


def test_lines_of_the_shell_are_no_python_and_do_not_disturb() -> None:
    source = '%time x = 1\n!ls\nNeuron(equations="r = qq")'
    assert marked(source) == [("qq", "unknown name 'qq'")]


def test_a_cell_that_is_not_python_yet_is_left_alone() -> None:
    assert marked('Neuron(equations="r = qq"') == []


def test_a_mistake_without_a_place_is_marked_at_the_name_of_the_class() -> None:
    found = marked('Synapse(pre_spike="g_target += w", operation="max")')
    assert found == [("Synapse", "operation 'max' does not fit a spiking synapse")]


MAGIC = """%%neuron leaky
parameters:
    tau = 10.0
equations:
    tau*dv/dt = -q
spike: v > 1.0
"""


def test_a_cell_magic_is_checked() -> None:
    assert marked(MAGIC) == [("q", "unknown name 'q'")]
    assert marked(MAGIC.replace("-q", "-v")) == []


def test_what_a_magic_writes_after_the_name_of_a_section_is_marked_at_its_place() -> None:
    assert marked(MAGIC.replace("-q", "-v").replace("v > 1.0", "v > qq")) == [
        ("qq", "unknown name 'qq'")
    ]


def test_an_unknown_section_of_a_magic_is_marked() -> None:
    found = marked(MAGIC.replace("spike:", "spikes:\n   "))
    assert found == [("spikes", "unknown section 'spikes'")]


def test_a_magic_of_a_synapse_is_checked() -> None:
    source = "%%synapse hebb\nparameters: eta = 0.1\nequations:\n    dw/dt = eta * pre.r * qq\n"
    assert marked(source) == [("qq", "unknown name 'qq'")]


def test_checking_defines_nothing() -> None:
    variables: dict[str, object] = {}
    check(MAGIC.replace("-q", "-v"), variables)
    assert variables == {}


def test_the_vocabulary_has_functions_flags_and_the_users_own() -> None:
    net = ann.Network(backend="reference")
    net.constant("my_constant", 2.0)
    words = vocabulary()
    assert {"exp", "clip", "pos"} <= set(words.functions)
    assert {"Normal", "Uniform"} <= set(words.distributions)
    assert {"exponential", "population", "event-driven"} <= set(words.flags)
    assert words.keys == ("init", "max", "min")
    assert "my_constant" in words.constants


def test_a_place_beyond_the_text_is_its_end() -> None:
    import ast

    cell = Cell('x = "ab"')
    node = ast.parse(cell.text).body[0].value  # type: ignore[attr-defined]  # an assignment
    placed = cell.placed(node)
    assert placed is not None
    assert [placed.place(k) for k in (0, 1, 2, 99)] == [5, 6, 7, 7]
