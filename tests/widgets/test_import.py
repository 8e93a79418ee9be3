"""Who does not look pays nothing for the views."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["annlab.widgets", "bokeh", "ipywidgets", "matplotlib"])
def test_importing_annlab_and_building_a_network_loads_no_view(module: str) -> None:
    program = (
        "import sys; from annlab import Network, Neuron\n"
        "net = Network(backend='reference'); net.create(2, Neuron(equations='r = 1.0'))\n"
        "net.compile(); net.simulate(1.0)\n"
        f"print({module!r} in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr
