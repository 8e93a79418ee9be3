"""``%%neuron`` and ``%%synapse``: a model as the text of a cell, also of networks that run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

import annlab
from annlab.errors import ArgumentError, EquationError
from annlab.ir.listing import listing
from annlab.ir.sections import neuron_of, synapse_of

LEAKY = """%%neuron leaky
parameters:
    tau = 10.0
    B = 1.0
equations:
    tau*dr/dt = B - r
"""
SPIKING = """%%neuron lif
parameters: tau = 5.0 : population
equations:
    tau * dv/dt = 1.5 - v + g_exc
spike: v > 1.0
reset: v = 0.0
refractory: 2.0
"""
LEARNING = """%%synapse learning
equations:
    dx/dt = -x / 20.0 : event-driven
pre_spike:
    g_target += w
    x += 1.0
post_spike:
    w = clip(w + 0.01 * x, 0.0, 1.0)
"""

Run = Callable[[str], Any]


@pytest.fixture(autouse=True)
def forget_networks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("ANNLAB_BACKEND", "reference")
    annlab.clear()
    yield
    annlab.clear()


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    shell = InteractiveShell()
    shell.run_cell("%load_ext annlab").raise_error()
    shell.user_ns["annlab"] = annlab
    yield shell
    shell.history_manager.end_session()


@pytest.fixture
def run(shell: InteractiveShell) -> Run:
    """Run a cell, and raise what it raises."""

    def run(cell: str) -> Any:
        done = shell.run_cell(cell)
        done.raise_error()
        return done.result

    return run


def test_a_cell_defines_a_neuron(run: Run, shell: InteractiveShell, capsys) -> None:
    run(SPIKING)
    lif = shell.user_ns["lif"]
    assert (lif.type, lif.refractory, lif.name) == ("spike", 2.0, "lif")
    assert capsys.readouterr().out == "neuron 'lif' is defined; no network uses it yet\n"
    net = annlab.Network(dt=1.0)
    cells = net.create(2, lif)
    net.compile()
    net.simulate(20.0)
    assert cells.refractory == 2.0


def test_a_cell_defines_a_synapse(run: Run, shell: InteractiveShell, capsys) -> None:
    run(LEARNING)
    assert shell.user_ns["learning"].type == "spike"
    assert capsys.readouterr().out == "synapse 'learning' is defined; no network uses it yet\n"


@pytest.mark.parametrize("cell", [LEAKY, SPIKING, LEARNING])
def test_the_text_of_a_cell_is_what_explain_shows(cell: str) -> None:
    head, body = cell.split("\n", 1)
    read = neuron_of if "neuron" in head else synapse_of
    shown = listing(read(body, "one"))
    assert listing(read(shown, "one")) == shown
    assert [line.split(":")[0] for line in shown.splitlines() if line[0] != " "] == [
        line.split(":")[0] for line in body.splitlines() if line[0] != " "
    ]


def test_a_cell_without_sections_holds_equations(run: Run, shell: InteractiveShell) -> None:
    run("%%neuron plain\n# the simplest\nr = 2.0\n")
    net = annlab.Network()
    cells = net.create(1, shell.user_ns["plain"])
    net.compile()
    net.step()
    assert cells.r.tolist() == [2.0]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (
            "%%neuron cells\nr = 2.0\n",
            r"would replace <Population 'cells'.*\n.*\n.*cells.neuron = ",
        ),
        ("%%synapse loop\nw += 1.0\n", r"would replace <Projection 'loop'.*\n.*\n.*loop.synapse ="),
        ("%%neuron net\nr = 2.0\n", r"would replace <Network .*\n.*\n  name .*%%neuron my_neuron$"),
    ],
)
def test_a_cell_replaces_no_object_by_a_model(run: Run, cell: str, text: str) -> None:
    run(LEAKY)
    run("net = annlab.Network()\ncells = net.create(4, leaky, name='cells')")
    run("loop = net.connect(cells, cells, 'exc', name='loop').all_to_all(1.0)")
    with pytest.raises(ArgumentError, match=text):
        run(cell)
    assert run("cells.size, net.get_projections() == [loop]") == (4, True)


def test_a_cell_run_again_exchanges_the_model_where_it_is_used(run: Run, capsys) -> None:
    run(LEAKY)
    run("net = annlab.Network(seed=1)\ncells = net.create(4, leaky, name='cells')\nnet.compile()")
    run("cells.B = 3.0; net.start(speed=1.0)")
    capsys.readouterr()
    run(LEAKY.replace("tau*dr/dt = B - r", "r = 2 * B\n    s = r"))
    said = capsys.readouterr().out
    assert said.startswith("neuron 'leaky' runs in population 'cells' (4 neurons) after ")
    assert said.endswith(" s; new: s\n")
    run("net.stop(); net.step()")
    assert run("cells.r.tolist()") == [6.0] * 4
    assert run("cells.neuron_type.name") == "leaky"


def test_a_model_that_was_written_in_python_is_found_by_its_variable(run: Run, capsys) -> None:
    run("leaky = annlab.Neuron('B = 1.0', 'r = B')")
    run("cells = annlab.Population(4, leaky)\nannlab.compile()")
    run(LEAKY.replace("tau*dr/dt = B - r", "r = 5 * B"))
    assert "runs in population 'pop0' (4 neurons)" in capsys.readouterr().out
    run("annlab.simulate(1.0)")
    assert run("cells.r.tolist()") == [5.0] * 4


def test_a_synapse_is_exchanged_too(run: Run, capsys) -> None:
    run(SPIKING)
    run(LEARNING)
    run(
        "net = annlab.Network(dt=1.0, seed=1)\ncells = net.create(4, lif)\n"
        "loop = net.connect(cells, cells, 'exc', learning, name='loop').all_to_all(0.1)\n"
        "net.compile(); net.simulate(50.0); x = loop.x"
    )
    capsys.readouterr()
    run(LEARNING.replace("0.01", "0.02"))
    assert capsys.readouterr().out.startswith(
        "synapse 'learning' runs in projection 'loop' (pop0 -> pop0) after "
    )
    assert run("loop.x == x")
    assert run("'0.02' in net.explain('loop', 'text')['text']")


def test_what_stays_otherwise_than_the_text_is_said(run: Run, capsys) -> None:
    run(LEAKY)
    run("cells = annlab.Population(2, leaky, name='cells')\nannlab.compile()")
    capsys.readouterr()
    run(LEAKY.replace("10.0", "20.0"))
    assert "'tau' of population 'cells' keeps 10; its text says 20" in capsys.readouterr().out


def test_inputs_of_the_same_name_are_left_alone(run: Run, capsys) -> None:
    run("annlab.InputArray(2)\nannlab.compile()")
    run(LEAKY)
    assert "no network uses it yet" in capsys.readouterr().out


# -- mistakes -----------------------------------------------------------------------------


def test_a_mistake_shows_the_line_of_the_cell_and_changes_nothing(
    run: Run, shell: InteractiveShell, capsys
) -> None:
    run(LEAKY)
    run("net = annlab.Network(seed=1)\ncells = net.create(4, leaky, name='cells')\nnet.compile()")
    before = shell.user_ns["leaky"]
    capsys.readouterr()
    with pytest.raises(EquationError):
        run(LEAKY.replace("B - r", "B - rr"))
    assert capsys.readouterr().out == (
        "UnknownNameError: unknown name 'rr' in equations of neuron 'leaky'\n"
        "  6 |     tau*dr/dt = B - rr\n"
        "    |                     ^^\n"
        "  known here: tau, B, r, t, dt\n"
        "  did you mean 'r'?\n"
    )
    assert shell.user_ns["leaky"] is before
    assert run("cells.neuron_type.equations") == before.equations


def test_a_mistake_in_a_model_that_nobody_uses_is_shown_too(
    run: Run, shell: InteractiveShell
) -> None:
    with pytest.raises(EquationError, match="unknown name 'rr'"):
        run(LEAKY.replace("B - r", "B - rr"))
    assert "leaky" not in shell.user_ns


def test_the_constants_of_a_network_may_be_used(run: Run, shell: InteractiveShell) -> None:
    run("net = annlab.Network()\nnet.constant('k', 2.0)")
    run("%%neuron scaled\nr = k * t\n")
    run("pop = net.create(1, scaled); net.compile(); net.simulate(3.0)")
    assert shell.user_ns["pop"].r[0] == 2.0 * 2.0  # in the last step, at 2 ms


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "equation:\n    r = 1.0\n",
            (
                "unknown section 'equation' in %%neuron one\n"
                "  2 | equation:\n"
                "    | ^^^^^^^^\n"
                "  known here: parameters, equations, spike, axon_spike, reset, axon_reset, "
                "refractory, functions\n"
                "  did you mean 'equations'?"
            ),
        ),
        (
            "equations:\n    r = 1.0\nequations: s = 2.0\n",
            (
                "the section 'equations' comes twice in %%neuron one\n"
                "  4 | equations: s = 2.0\n"
                "    | ^^^^^^^^^\n"
                "  put all its lines under one header, and what comes before the first header too"
            ),
        ),
        (
            "r = 1.0\nequations: s = 2.0\n",
            (
                "the section 'equations' comes twice in %%neuron one\n"
                "  3 | equations: s = 2.0\n"
                "    | ^^^^^^^^^\n"
                "  put all its lines under one header, and what comes before the first header too"
            ),
        ),
    ],
)
def test_sections_that_cannot_be_read_are_pointed_at(text: str, message: str) -> None:
    with pytest.raises(EquationError) as caught:
        neuron_of(text, "one", first_line=2)
    assert str(caught.value) == message


def test_a_cell_needs_a_name(run: Run) -> None:
    with pytest.raises(ArgumentError) as caught:
        run("%%synapse two words\npsp: w\n")
    assert str(caught.value) == (
        "%%synapse needs the name of a variable, not 'two words'\n  write %%synapse my_synapse"
    )


# -- loading ------------------------------------------------------------------------------


def test_importing_annlab_in_ipython_is_enough() -> None:
    program = (
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance()\n"
        "shell.run_cell('import annlab')\n"
        "print('neuron' in shell.magics_manager.magics['cell'])\n"
        "import sys; print('annlab.network.network' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.split() == ["True", "False"], done.stderr


def test_outside_of_ipython_nothing_of_it_is_imported() -> None:
    program = "import annlab, sys; print('IPython' in sys.modules, 'annlab.magics' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.split() == ["False", "False"], done.stderr
