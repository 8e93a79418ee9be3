"""From the user's text to numbers: analysis, lowering and reference together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from annlab.codegen.lowering import describe, lower_neuron, lower_synapse
from annlab.codegen.reference import PopulationInputs, step_population
from annlab.errors import MethodError
from annlab.ir.analysis import analyse_neuron, analyse_synapse
from annlab.ir.definition import Neuron, Synapse

IZHIKEVICH = Neuron(
    parameters="a = 0.02\nb = 0.2\nc = -65.0\nd = 8.0\nv_thresh = 30.0\ni_offset = 10.0",
    equations="""
        I = g_exc - g_inh + i_offset
        dv/dt = 0.04*v^2 + 5.0*v + 140.0 - u + I : init = c
        du/dt = a*(b*v - u) : init = -13.0
    """,
    spike="v > v_thresh",
    reset="v = c; u += d",
    refractory=0.0,
)
START = {"a": 0.02, "b": 0.2, "c": -65.0, "d": 8.0, "v_thresh": 30.0, "v": -65.0, "u": -13.0}


def izhikevich_steps(n_steps: int, i_offset: float) -> tuple[list[float], list[int]]:
    model = analyse_neuron(IZHIKEVICH)
    kernel = lower_neuron(model)
    start = START | {"i_offset": i_offset}
    values = {a.name: np.full(1, start.get(a.name, 0.0)) for a in model.attributes}
    inputs = PopulationInputs(n_neurons=1, t_ms=0.0, dt_ms=1.0)
    trace, spikes = [], []
    for step in range(n_steps):
        fired = step_population(kernel, values, replace(inputs, t_ms=float(step)))
        trace.append(float(values["v"][0]))
        spikes += [step] if fired.somatic[0] else []
    return trace, spikes


def test_izhikevich_membrane_follows_the_published_steps() -> None:
    trace, _ = izhikevich_steps(4, 10.0)
    assert trace == pytest.approx([-58.0, -50.44, -37.900256, -7.0300398], rel=1e-7)


@pytest.mark.parametrize(
    ("i_offset", "expected"), [(10.0, [4, 31, 78, 125, 172]), (5.0, [9, 102, 199])]
)
def test_izhikevich_spikes_at_the_published_steps(i_offset, expected) -> None:
    assert izhikevich_steps(200, i_offset)[1] == expected


def test_method_error_points_into_the_text_of_the_model() -> None:
    model = analyse_neuron(
        Neuron(equations="x = 1.0\ndr/dt = 1.0 - r^2 : exponential", name="Quadratic")
    )
    with pytest.raises(MethodError) as info:
        lower_neuron(model)
    assert "  2 | dr/dt = 1.0 - r^2 : exponential\n    | ^^^^^^^^^^^^^^^^^\n" in str(info.value)


def test_reductions_and_inputs_are_shown_as_they_are_written() -> None:
    neuron = analyse_neuron(Neuron(equations="tau*dr/dt + r = sum(exc)", parameters={"tau": 10.0}))
    rule = Synapse(equations="w += mean(pre.r)*post.sum(exc)", psp="w*pre.r")
    kernel = lower_synapse(analyse_synapse(rule, pre=neuron, post=neuron, targets=("exc",)))
    assert "w = w + mean(pre.r) * post.sum(exc)" in describe(kernel)
