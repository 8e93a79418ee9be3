"""Steps of a projection: sums, events, event-driven variables, learning."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from typed_models import equation, local, semiglobal, shared, synapse

from annlab.codegen.lowering import lower_synapse
from annlab.codegen.reference import (
    LAST_EVENT_AT_START,
    Event,
    ProjectionInputs,
    deliver,
    post_events,
    psp_values,
    reduce_psp,
    update_synapses,
)

NAMES = {n: local(n) for n in ("w", "x", "y")} | {
    "tau": shared("tau"),
    "eta": shared("eta"),
    "n": shared("n"),
    "theta": semiglobal("theta"),
}
# Four synapses from three neurons onto two.
INPUTS = ProjectionInputs(
    pre_index=np.array([0, 1, 2, 0]),
    post_index=np.array([0, 0, 0, 1]),
    n_post=2,
    t_ms=0.0,
    dt_ms=1.0,
)


def state(**values: object) -> dict[str, np.ndarray]:
    zeros = {n: np.zeros(4) for n in "wxy"} | {n: np.zeros(()) for n in ("tau", "eta", "n")}
    zeros |= {"theta": np.zeros(2)}
    return zeros | {n: np.array(v, dtype=float) for n, v in values.items()}


@pytest.mark.parametrize(
    ("operation", "expected"),
    [("sum", -3.5), ("max", 2.0), ("min", -6.0), ("mean", -3.5 / 3)],
)
def test_psp_is_reduced_per_neuron_and_empty_dendrites_give_zero(operation, expected) -> None:
    kernel = lower_synapse(synapse(NAMES, psp="w*pre.r", is_spiking=False))
    inputs = replace(
        INPUTS,
        pre_index=np.arange(3),
        post_index=np.zeros(3, int),
        pre={"r": np.array([1.0, 2.0, -3.0])},
    )
    values = psp_values(kernel, {"w": np.array([0.5, 1.0, 2.0])}, inputs)
    found = reduce_psp(values, inputs.post_index, 2, operation)
    assert found == pytest.approx([expected, 0.0])


def test_spikes_add_up_on_one_neuron_and_the_conductance_comes_first() -> None:
    lines = ("g_target += w", "w += 1.0")
    model = synapse(NAMES, pre_spike=tuple(equation(x, NAMES) for x in lines))
    values, conductance = state(w=[1.0, 2.0, 3.0, 4.0]), np.zeros(2)
    event = Event(entries=np.array([0, 1, 3]), valid_step=0, conductance=conductance)
    deliver(lower_synapse(model), values, INPUTS, event)
    assert conductance.tolist() == [3.0, 4.0]
    assert values["w"].tolist() == [2.0, 3.0, 3.0, 5.0]


def test_weights_stay_while_plasticity_is_off() -> None:
    lines = ("g_target += w", "w += 1.0", "x += 1.0")
    model = synapse(NAMES, pre_spike=tuple(equation(x, NAMES) for x in lines))
    values = state(w=[1.0] * 4)
    event = Event(entries=np.arange(4), valid_step=0, conductance=np.zeros(2), is_plastic=False)
    deliver(lower_synapse(model), values, INPUTS, event)
    assert values["w"].tolist() == [1.0] * 4
    assert values["x"].tolist() == [1.0] * 4


def test_unless_post_skips_entries_whose_neuron_fired_too() -> None:
    lines = [equation("x += 1.0", NAMES, unless_post=True), equation("y += 1.0", NAMES)]
    values = state()
    event = Event(
        entries=np.arange(3),
        valid_step=0,
        has_post_fired=np.array([True, False, False, False]),
    )
    deliver(lower_synapse(synapse(NAMES, pre_spike=tuple(lines))), values, INPUTS, event)
    assert values["x"].tolist() == [0.0, 1.0, 1.0, 0.0]
    assert values["y"].tolist() == [1.0, 1.0, 1.0, 0.0]


@pytest.mark.parametrize(
    ("line", "name", "expected"),
    [("n += 1.0", "n", 3.0), ("theta += w", "theta", [3.0, 4.0])],
)
def test_what_synapses_share_counts_every_event(line, name, expected) -> None:
    model = synapse(NAMES, pre_spike=(equation(line, NAMES),))
    values = state(w=[1.0, 2.0, 3.0, 4.0])
    deliver(lower_synapse(model), values, INPUTS, Event(entries=np.array([0, 1, 3]), valid_step=0))
    assert values[name] == pytest.approx(expected)


def test_setting_the_conductance_lets_the_last_spike_win() -> None:
    model = synapse(NAMES, pre_spike=(equation("g_target = 2.0*g_target + w", NAMES),))
    values, conductance = state(w=[1.0, 2.0, 3.0, 4.0]), np.array([1.0, 0.0])
    event = Event(entries=np.arange(4), valid_step=0, conductance=conductance)
    deliver(lower_synapse(model), values, INPUTS, event)
    assert conductance.tolist() == [((1.0 * 2 + 1) * 2 + 2) * 2 + 3, 4.0]


def test_event_driven_variable_decays_exactly_between_events() -> None:
    model = synapse(
        NAMES,
        [equation("tau*dx/dt = eta - x", NAMES, "event-driven")],
        pre_spike=(equation("x += 1.0", NAMES),),
        post_spike=(equation("w = x", NAMES),),
    )
    kernel, values = lower_synapse(model), state(tau=10.0, eta=0.5)
    last = np.full(4, LAST_EVENT_AT_START)
    # Emitted in step 3, so it arrives in step 4; the neuron itself fires in step 8.
    deliver(kernel, values, INPUTS, Event(entries=np.array([0]), valid_step=3, last_event=last))
    at_spike = 0.5 - 0.5 * np.exp(-0.4) + 1.0
    assert values["x"][0] == pytest.approx(at_spike)
    post_events(
        kernel, values, INPUTS, Event(entries=np.array([0, 1, 2]), valid_step=8, last_event=last)
    )
    assert values["w"][0] == pytest.approx(0.5 + (at_spike - 0.5) * np.exp(-0.5))
    assert last.tolist() == [8, 8, 8, -1]


def test_learning_rules_run_globals_then_dendrites_then_synapses() -> None:
    lines = [
        equation("n = n + 1.0", NAMES),
        equation("tau*dtheta/dt + theta = post.r**2", NAMES, "exponential"),
        equation("dw/dt = eta*post.r*(post.r - theta)*pre.r*n", NAMES, bounds=("0.0", None)),
    ]
    kernel = lower_synapse(synapse(NAMES, lines, is_spiking=False))
    values = state(w=[0.5] * 4, tau=20.0, eta=0.01)
    pre, post = np.array([1.0, 2.0, -90.0, 1.0]), np.array([1.5, 2.0])
    update_synapses(kernel, values, replace(INPUTS, pre={"r": pre}, post={"r": post}))
    theta = -np.expm1(-0.05) * post**2
    change = 0.01 * (post * (post - theta))[INPUTS.post_index] * pre
    assert values["theta"] == pytest.approx(theta)
    assert values["w"] == pytest.approx(np.maximum(0.5 + change, 0.0))


def test_last_spikes_are_read_per_synapse_and_per_neuron() -> None:
    model = synapse(NAMES, post_spike=(equation("x = t_post - t_pre", NAMES),))
    inputs = replace(
        INPUTS, t_pre_ms=np.array([1.0, 2.0, 3.0, 1.0]), t_post_ms=np.array([10.0, 20.0])
    )
    values = state()
    post_events(lower_synapse(model), values, inputs, Event(entries=np.arange(4), valid_step=0))
    assert values["x"].tolist() == [9.0, 8.0, 7.0, 19.0]


def test_conductance_without_an_array_is_refused() -> None:
    model = synapse(NAMES, pre_spike=(equation("g_target += w", NAMES),))
    with pytest.raises(ValueError, match="a statement on g_target needs a conductance"):
        deliver(lower_synapse(model), state(), INPUTS, Event(entries=np.arange(4), valid_step=0))


def test_spiking_kernel_has_no_psp() -> None:
    with pytest.raises(ValueError, match="the kernel transmits only spikes"):
        psp_values(lower_synapse(synapse(NAMES)), state(), INPUTS)
