"""Flags behind a script's name, and the file of settings."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from annlab.errors import AnnlabWarning, ConfigurationError
from annlab.network.command_line import read_flags

SHOW = """
import annlab as ann
net = ann.Network()
config = net._config
print(config.num_threads, config.dtype, config.visible_cores, config.sparse_matrix_format,
      config.trace_calls, config.verbose, config.debug, config.report)
"""


def run(script: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(script), *arguments],
        env={**os.environ, **environment},
        cwd=script.parent,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "script.py"
    path.write_text(SHOW)
    return path


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        (["-j", "3"], {"num_threads": 3}),
        (["--num-threads=3"], {"num_threads": 3}),
        (["--prec", "float"], {"precision": "float"}),
        (["--prec", "double"], {"precision": "double"}),
        (["--visible-cores", "0,2"], {"visible_cores": (0, 2)}),
        (["--report", "net.md"], {"report": "net.md"}),
        (["--trace", "both"], {"trace_calls": "both"}),
        (["--auto-tuning"], {"sparse_matrix_format": "auto"}),
        (["--gpu"], {"paradigm": "cuda"}),
        (["--gpu", "0"], {"paradigm": "cuda", "device": 0}),
        (["--gpu", "1"], {"paradigm": "cuda", "device": 1}),
        (["-v", "-d", "-c"], {"verbose": True, "debug": True}),
        (["--verbose", "--debug", "--clean"], {"verbose": True, "debug": True}),
        (["-f", "kernel.json", "--of-the-script", "words"], {}),
        ([], {}),
    ],
)
def test_flags_stand_for_options(arguments: list[str], options: dict[str, object]) -> None:
    assert read_flags(arguments) == options


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["-j", "2", "--gpu"], r"threads \(-j\) and for a GPU \(--gpu\)"),
        (["-j", "many"], "invalid int value: 'many'"),
        (["--gpu=-2"], "invalid .* value: '-2'"),
        (["--prec", "half"], "invalid choice: 'half'"),
        (["--trace", "all"], "invalid choice: 'all'"),
        (["--visible-cores", "a,b"], "invalid .* value: 'a,b'"),
    ],
)
def test_flags_that_do_not_fit_are_refused(arguments: list[str], text: str) -> None:
    with pytest.raises(ConfigurationError, match=text) as caught:
        read_flags(arguments)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize("arguments", [["--profile"], ["--profile-out", "folder"]])
def test_a_profile_is_told_to_do_nothing(arguments: list[str]) -> None:
    with pytest.warns(AnnlabWarning, match="--profile has no effect"):
        assert read_flags(arguments) == {}


def test_flags_change_the_defaults_of_a_script(script: Path) -> None:
    arguments = ("-j", "2", "--prec", "float", "--visible-cores", "0", "--trace", "init")
    found = run(script, *arguments, "-v", "-d", "--auto-tuning", "--report", "a.md", "mine")
    assert found.stdout.split("\n")[0] == "2 float32 (0,) auto init True True a.md", found.stderr


def test_a_script_may_have_flags_of_its_own(script: Path) -> None:
    found = run(script, "--epochs", "30", "-f", "a.json")
    assert found.stdout.strip() == "1 float64 () default None False False None", found.stderr


def test_flags_of_installed_programs_are_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "site-packages"
    folder.mkdir()
    program = folder / "program.py"
    program.write_text(SHOW)
    assert run(program, "-v", "-j", "7").stdout.startswith("1 float64")


def test_setup_in_the_script_has_the_last_word(tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text("import annlab as ann\nann.setup(num_threads=1)\n" + SHOW)
    assert run(path, "-j", "2").stdout.startswith("1 float64")


COMPILE = """
import annlab as ann
from annlab.codegen.build.compiler import find_compiler
print(find_compiler().flags[-1])
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"openmp": {"compiler": "default", "flags": "-O2 -g"}}', "-g"),
        ('{"openmp": {"compiler": "no-such-compiler"}}', "'no-such-compiler'"),
        ("{openmp", "the settings in "),
        ('["openmp"]', "the settings in "),
    ],
)
def test_a_file_of_settings_is_read(tmp_path: Path, text: str, expected: str) -> None:
    file = tmp_path / "annlab" / "annlab.json"
    file.parent.mkdir()
    file.write_text(text)
    script = tmp_path / "script.py"
    script.write_text(COMPILE)
    found = run(script, XDG_CONFIG_HOME=str(tmp_path), ANNLAB_CXX="")
    assert expected in found.stdout + found.stderr
