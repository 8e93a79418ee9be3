"""Small models that the tests of the analysis share."""

from __future__ import annotations

import pytest

from annlab.ir.analysis import analyse_neuron
from annlab.ir.definition import Neuron
from annlab.ir.model import NeuronModel


@pytest.fixture(scope="session")
def rate() -> NeuronModel:
    neuron = Neuron(
        parameters={"tau": 10.0, "baseline": 0.0},
        equations="tau*dr/dt + r = sum(exc) + baseline",
        name="Rate",
    )
    return analyse_neuron(neuron)


@pytest.fixture(scope="session")
def spiking() -> NeuronModel:
    return analyse_neuron(Neuron(equations="v += g_exc", spike="v > 1", reset="v = 0"))
