"""Steps of a population: order, spikes, resets, refractory period."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from typed_models import equation, formula, local, neuron, run, shared

from annlab.codegen.lowering import lower_neuron
from annlab.codegen.reference import (
    PopulationInputs,
    is_stopping,
    run_statements,
    step_population,
)
from annlab.ir.expr import DType, Locality, Symbol, SymbolKind
from annlab.ir.model import Condition, StopCondition, StopMode

NAMES = {n: local(n) for n in ("v", "u", "r", "g_exc", "isi")} | {"c": shared("c")}
INPUTS = PopulationInputs(n_neurons=3, t_ms=4.0, dt_ms=1.0)


def state(**values: object) -> dict[str, np.ndarray]:
    zeros = {n: np.zeros(3) for n in ("v", "u", "r", "g_exc", "isi")} | {"c": np.zeros(())}
    return zeros | {n: np.array(v, dtype=float) for n, v in values.items()}


def test_spiking_neurons_are_reset_and_the_others_are_not() -> None:
    model = neuron(
        NAMES,
        [equation("v = v + 1.0", NAMES)],
        spike="v > 2.0",
        reset=tuple(equation(x, NAMES) for x in ("isi = t - t_last", "v = c", "u += v")),
    )
    values = state(v=[0.0, 2.0, 5.0], c=-1.0)
    inputs = replace(INPUTS, t_last_ms=np.array([0.0, 1.0, 3.0]))
    spikes = step_population(lower_neuron(model), values, inputs)
    assert spikes.somatic.tolist() == [False, True, True]
    assert values["v"].tolist() == [1.0, -1.0, -1.0]
    assert values["u"].tolist() == [0.0, -1.0, -1.0]
    assert values["isi"].tolist() == [0.0, 3.0, 1.0]


def test_refractory_neurons_are_frozen_except_conductances_and_do_not_spike() -> None:
    equations = [equation("v = v + 1.0", NAMES), equation("g_exc = 0.5*g_exc", NAMES)]
    model = neuron(NAMES, equations, spike="v > 2.0", refractory=1.0)
    values = state(v=[5.0, 5.0, 0.0], g_exc=[1.0, 1.0, 1.0])
    inputs = replace(INPUTS, is_refractory=np.array([True, False, True]))
    spikes = step_population(lower_neuron(model), values, inputs)
    assert values["v"].tolist() == [5.0, 6.0, 0.0]
    assert values["g_exc"].tolist() == [0.5, 0.5, 0.5]
    assert spikes.somatic.tolist() == [False, True, False]


@pytest.mark.parametrize("method", ["implicit", "midpoint", "exponential"])
def test_frozen_block_keeps_its_values_whatever_the_method(method) -> None:
    equations = [equation(f"d{x}/dt = 1.0 - {x}", NAMES, method) for x in "vu"]
    model = neuron(NAMES, equations, spike="v > 20.0", refractory=1.0)
    values = state(v=[3.0, 3.0, 3.0])
    step_population(
        lower_neuron(model), values, replace(INPUTS, is_refractory=np.array([True, True, False]))
    )
    assert values["v"][:2].tolist() == [3.0, 3.0]
    assert values["v"][2] < 3.0


def test_bounds_apply_to_frozen_variables_too() -> None:
    line = equation("v = v + 1.0", NAMES, bounds=(None, "2.0"))
    model = neuron(NAMES, [line], spike="v > 20.0", refractory=1.0)
    values = state(v=[3.0, 1.0, 1.0])
    mask = np.array([True, True, False])
    step_population(lower_neuron(model), values, replace(INPUTS, is_refractory=mask))
    assert values["v"].tolist() == [2.0, 1.0, 2.0]


def test_axonal_event_needs_a_soma_below_threshold_after_reset() -> None:
    model = replace(
        neuron(NAMES, [], spike="v > 4.0", reset=(equation("v = u", NAMES),)),
        axon_spike=Condition(expr=formula("v > 1.0", NAMES), text="v > 1.0"),
        axon_reset=(equation("r = 1.0", NAMES),),
    )
    values = state(v=[2.0, 5.0, 5.0], u=[0.0, 3.0, 0.0])
    spikes = step_population(lower_neuron(model), values, INPUTS)
    assert spikes.axonal.tolist() == [True, True, False]
    assert values["r"].tolist() == [1.0, 1.0, 0.0]


def test_inputs_draws_reductions_and_constants_reach_the_equations() -> None:
    names = NAMES | {
        "noise": Symbol("0", SymbolKind.DRAW),
        "m": Symbol("mean(v)", SymbolKind.REDUCTION, locality=Locality.GLOBAL),
        "K": Symbol("K", SymbolKind.CONSTANT, locality=Locality.GLOBAL),
    }
    model = neuron(NAMES, [equation("r = sum(exc) + noise + m*K + sum(inh)", names)])
    inputs = replace(
        INPUTS,
        inputs={"exc": np.array([1.0, 2.0, 3.0])},
        draws={0: np.array([0.1, 0.2, 0.3])},
        reductions={"mean(v)": 10.0},
        constants={"K": 2.0},
    )
    values = state()
    step_population(lower_neuron(model), values, inputs)
    assert values["r"] == pytest.approx([21.1, 22.2, 23.3])


def test_global_variables_come_first_and_feed_the_invariants() -> None:
    lines = ("v = exp(c)", "c = c + 1.0")
    found = run(neuron(NAMES, [equation(x, NAMES) for x in lines]), {"v": [0, 0]}, n_steps=2, dt=1)
    assert found["v"] == pytest.approx([np.exp(2.0)] * 2)


def test_stop_condition_is_told_per_neuron() -> None:
    stop = StopCondition(
        condition=Condition(expr=formula("v > 1.0", NAMES), text="v > 1.0"), mode=StopMode.ANY
    )
    kernel = lower_neuron(replace(neuron(NAMES, []), stop=stop))
    found = is_stopping(kernel, state(v=[0.0, 2.0, 1.0]), INPUTS)
    assert found.tolist() == [False, True, False]


def test_whole_and_truth_variables_are_converted_when_stored() -> None:
    names = {"k": local("k", DType.INT), "b": local("b", DType.BOOL), "x": local("x")}
    model = neuron(names, [equation("k = x", names), equation("b = x", names)])
    found = run(model, {"x": [-2.7, 0.0]}, n_steps=1, dt=1.0)
    assert found["k"].tolist() == [-2, 0]
    assert found["b"].tolist() == [True, False]


def test_single_precision_state_is_advanced_in_single_precision() -> None:
    model = neuron(NAMES, [equation("c*dv/dt = 1.0 - v", NAMES, "exponential")])
    values = {n: v.astype(np.float32) for n, v in state(c=10.0).items()}
    step_population(lower_neuron(model), values, replace(INPUTS, float_type=np.float32))
    assert values["v"].dtype == np.float32
    assert values["v"] == pytest.approx([-np.expm1(-0.1)] * 3, rel=1e-6)


def test_statements_see_temporaries_and_write_through_store() -> None:
    kernel = lower_neuron(neuron(NAMES, [equation("dv/dt = -v + t*2.0", NAMES)]))
    stored = {}
    table = {NAMES["v"]: np.array([1.0]), **dict.fromkeys(_clock("dt", "t"), 0.5)}
    temporaries = {}
    run_statements(
        kernel.invariants, table.__getitem__, stored.__setitem__, temporaries=temporaries
    )
    run_statements(kernel.update, table.__getitem__, stored.__setitem__, temporaries=temporaries)
    assert stored[NAMES["v"]] == pytest.approx([1.0])


def _clock(*wanted: str) -> list[Symbol]:
    return [Symbol(n, SymbolKind.CLOCK, locality=Locality.GLOBAL) for n in wanted]
