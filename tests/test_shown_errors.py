"""What a cell shows of an error: the user's lines and the message, and nothing of the inside."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

import annlab
from annlab.errors import ArgumentError, BuildError, StateError
from annlab.shells import shown


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setenv("ANNLAB_BACKEND", "reference")
    shell = InteractiveShell()
    monkeypatch.setattr("annlab.shells.running_shell", lambda: shell)
    shell.user_ns["al"] = annlab
    yield shell
    shell.history_manager.end_session()


@pytest.fixture
def said(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> Callable[[str], str]:
    """Run a cell and return what it prints."""

    def run(cell: str) -> str:
        shell.run_cell(cell)
        return re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)

    return run


MODEL = 'net = al.Network()\nbad = al.Neuron(equations="tau*dr/dt = -r")\nnet.create(5, bad)'


def test_a_cell_shows_its_own_line_and_the_message(said: Callable[[str], str]) -> None:
    text = said(MODEL)
    assert "----> 3 net.create(5, bad)" in text
    assert "unknown name 'tau' in equations" in text
    assert "tau*dr/dt = -r\n" in text
    assert "population.py" not in text
    assert len(text.splitlines()) < 20


def test_lines_of_a_library_between_are_shown(said: Callable[[str], str]) -> None:
    text = said(
        "import functools\nnet = al.Network()\n"
        "functools.reduce(lambda a, b: net.simulate(b), [1.0, 2.0])"
    )
    assert text.count("net.simulate(b)") >= 1
    assert "cannot simulate before it is compiled" in text
    assert "network_running.py" not in text


def test_everything_is_shown_if_asked_for(
    said: Callable[[str], str], shell: InteractiveShell
) -> None:
    shell.run_line_magic("xmode", "Verbose")
    assert "network_running.py" in said("net = al.Network()\nnet.simulate(3.0)")


def test_what_the_error_was_is_not_changed(shell: InteractiveShell) -> None:
    cause = ValueError("inside")

    def fail() -> None:
        try:
            raise cause
        except ValueError as problem:
            raise BuildError("it could not be built") from problem

    with pytest.raises(BuildError) as raised:
        fail()
    error = raised.value
    trace, inner = error.__traceback__, cause.__traceback__
    text = "\n".join(shown(error))
    assert (error.__traceback__, error.__cause__) == (trace, cause)
    assert cause.__traceback__ is inner
    assert error.__suppress_context__
    assert "inside" in text  # raised in this file, which is no part of annlab


def test_a_cause_inside_annlab_is_not_shown(said: Callable[[str], str]) -> None:
    text = said('al.Uniform(0.0, 1.0).get_values("x")')
    assert "cannot be drawn 'x' times" in text
    assert "During handling" not in text
    assert "direct cause" not in text


def test_a_cause_in_the_users_code_is_shown_with_its_line(
    said: Callable[[str], str],
) -> None:
    text = said(
        "def f():\n    return 1 / 0\n"
        "try:\n    f()\nexcept ZeroDivisionError as problem:\n"
        '    raise al.errors.ArgumentError("f fails") from problem'
    )
    assert "return 1 / 0" in text
    assert "f fails" in text


def test_without_ipython_there_is_one_line_for_the_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annlab.shells.running_shell", lambda: None)
    assert shown(StateError("too late")) == ["StateError: too late"]
    assert ArgumentError("wrong")._render_traceback_() == ["ArgumentError: wrong"]
