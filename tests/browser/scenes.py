"""Notebooks made for tests of the views: small networks, one view a cell."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

# Poisson neurons: as many spikes a second as one asks for, and nothing to settle.
NOISE = """
import annlab as ann
from annlab.widgets import *
net = ann.Network(dt=1.0, seed=1)
noise = net.create(ann.PoissonPopulation(1000, "noise", rates={rate}))
more = net.create(ann.PoissonPopulation((20, 20), "more", rates=5.0))
net.compile()
"""

# Spiking excitatory and inhibitory neurons, a plastic projection, a map, a field of rates.
MIXED = """
import numpy as np
import annlab as ann
from annlab.widgets import *
net = ann.Network(dt=1.0, seed=2)
cells = net.create(400, ann.Izhikevich(noise=5.0), name="cells")
image = net.create(ann.PoissonPopulation((20, 20), "image", rates=20.0))
field = net.create((24, 32), ann.Neuron(
    parameters="tau = 20.0 : population\\nbaseline = 0.0",
    equations="tau * dr/dt + r = baseline + 0.3 * Uniform(-1.0, 1.0) : min = 0.0",
), name="field")
y, x = np.mgrid[0:24, 0:32]
field.baseline = np.exp(-((y - 12) ** 2 + (x - 10) ** 2) / 40)
plastic = net.connect(image, cells, "exc", ann.STDP(), name="plastic")
plastic.fixed_probability(0.3, weights=ann.Uniform(0.0, 2.0))
inner = net.connect(cells[:80], cells, "inh", name="inner")
inner.fixed_probability(0.2, weights=ann.Uniform(0.0, 1.0))
net.compile()
image.rates = 60.0 * np.exp(-((np.mgrid[0:20, 0:20] - 9.5) ** 2).sum(0) / 30)
"""


# Eleven thousand spikes a second in real time, and all that a dashboard can show: two dimensions,
# spiking neurons with parameters, synapses that learn.
LIVE = """
import annlab as ann
net = ann.Network(dt=1.0, seed=1)
noise = net.create(ann.PoissonPopulation((25, 40), "noise", rates=10.0))
cells = net.create(200, ann.Izhikevich(noise=5.0), name="cells")
plastic = net.connect(noise, cells, "exc", ann.STDP(), name="plastic")
plastic.fixed_probability(0.1, weights=ann.Uniform(0.0, 0.5))
net.compile()
"""
SPIKES_PER_S = 10_000
DASHBOARD = "dash = net.dashboard()\ndash"
# One view a cell, each of which is run again and again.
VIEW_CELLS = {
    "raster": "raster(net)",
    "rate": "rate([noise, cells])",
    "trace": "trace(cells, 'v', ranks=[0, 1])",
    "activity": "activity(noise)",
    "weights": "weights(plastic)",
    "weight histogram": "weight_histogram(plastic)",
    "receptive fields": "receptive_fields(plastic, ranks=[0, 1, 2, 3])",
    "phase plane": "phase_plane(cells, x='v', y='u')",
    "sliders": "sliders(cells)",
    "inputs": "inputs(net)",
    "controls": "controls(net)",
    "dashboard": "net.dashboard()",
}


def write_notebook(path: Path, cells: Sequence[str]) -> None:
    """Write a notebook of code cells."""
    content = {
        "cells": [
            {
                "cell_type": "code",
                "execution_count": None,
                "id": f"cell-{k}",
                "metadata": {},
                "outputs": [],
                "source": source.strip(),
            }
            for k, source in enumerate(cells)
        ],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.write_text(json.dumps(content))
