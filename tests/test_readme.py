"""What a newcomer copies from the README works."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import numpy as np
import pytest

import annlab

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_example_fires(tmp_path: Path) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    program = tmp_path / "example.py"
    program.write_text(block)
    names = runpy.run_path(str(program))
    assert np.size(names["times"]) > 1000
    assert np.size(names["times"]) == np.size(names["ranks"])


def test_the_error_that_is_shown_is_the_one_that_comes() -> None:
    text = re.search(r"```\n(UnknownNameError: .*?)\n```", README, flags=re.DOTALL)
    assert text is not None
    (equation,) = re.findall(r"1 \| (.+)", text[1])
    leaky = annlab.Neuron("tau = 10.0; B = 1.0", equation, name="Leaky")
    with pytest.raises(annlab.errors.UnknownNameError) as caught:
        annlab.Network().create(1, leaky)
    assert text[1] == f"UnknownNameError: {caught.value}"


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)#:]+)\)", README))
def test_every_link_leads_somewhere(target: str) -> None:
    assert (ROOT / target).exists()


@pytest.mark.parametrize("goal", re.findall(r"^make (\w+)", README, flags=re.MULTILINE))
def test_every_command_is_a_target_of_the_makefile(goal: str) -> None:
    assert re.search(rf"^{goal}:", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
