"""What a newcomer copies from the README works."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_example_fires(tmp_path: Path) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    program = tmp_path / "example.py"
    program.write_text(block)
    names = runpy.run_path(str(program))
    assert np.size(names["times"]) > 1000
    assert np.size(names["times"]) == np.size(names["ranks"])


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)#:]+)\)", README))
def test_every_link_leads_somewhere(target: str) -> None:
    assert (ROOT / target).exists()


@pytest.mark.parametrize("goal", re.findall(r"^make (\w+)", README, flags=re.MULTILINE))
def test_every_command_is_a_target_of_the_makefile(goal: str) -> None:
    assert re.search(rf"^{goal}:", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
