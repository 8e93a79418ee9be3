"""The neurons of a converted network: those that encode, those that compute, those that answer.

Each spike of an input or hidden neuron adds ``1/mask_tau`` to its trace `mask`, whose mean is thus
its firing rate [1/ms]. Refuses nothing: names are checked where users give them.
"""

from __future__ import annotations

from annlab.ir.definition import Neuron, Parameter

INPUTS = ("CPN", "poisson", "IB", "PSO")
HIDDEN = ("IaF",)
READ_OUTS = ("spike_count", "time_to_first_spike", "time_to_k_spikes", "membrane_potential")

_TRACE = "dmask/dt = -mask / mask_tau"
_MARK = "mask += 1.0 / mask_tau"
_RATES = {"rates": Parameter(0.0, locality="local"), "mask_tau": 20.0}
_THRESHOLD = {"vt": 1.0, "vr": 0.0}
_INTEGRATE = "dv/dt = g_exc : init=0.0, min=-2.0"


def input_neuron(encoding: str) -> Neuron:
    """Return the neuron that turns `rates` into spikes; `encoding` is one of `INPUTS`."""
    if encoding == "IB":
        return _bursting()
    return _oscillating() if encoding == "PSO" else _by_chance()


def _by_chance() -> Neuron:
    return Neuron(
        parameters=_RATES,
        equations=["p = Uniform(0.0, 1.0) * 1000.0 / dt", _TRACE],
        spike="p < rates",
        reset=_MARK,
        name="CPN",
        description="Spikes by chance, at a constant rate.",
    )


def _bursting() -> Neuron:
    """Izhikevich (2003), IEEE Trans. Neural Networks 14:1569-1572: intrinsically bursting."""
    return Neuron(
        parameters={**_RATES, "a": 0.02, "b": 0.2, "c": -55.0, "d": 4.0, "v_thresh": 30.0},
        equations=[
            # Both begin where a neuron without input rests.
            "dv/dt = 0.04*v*v + 5.0*v + 140.0 - u + rates : init=-70.0",
            "du/dt = a * (b*v - u) : init=-14.0",
            _TRACE,
        ],
        spike="v > v_thresh",
        reset=["v = c", "u += d", _MARK],
        name="IB",
        description="Bursts whose spikes grow in number with the input.",
    )


def _oscillating() -> Neuron:
    return Neuron(
        parameters={**_RATES, "vt": 1.0, "k": 8},
        equations=[
            # A period is added: the remainder of what is below 0 is no phase.
            "p = pow(2.0, -1.0 + modulo(t - 1 + k, k))",
            "v = rates",
            _TRACE,
        ],
        spike="v > p * vt",
        reset=_MARK,
        name="PSO",
        description="Spikes in those phases of an oscillation whose threshold the input exceeds.",
    )


def hidden_neuron() -> Neuron:
    """Return the integrate-and-fire neuron of hidden layers: without leak, reset to 0."""
    return Neuron(
        parameters={**_THRESHOLD, "mask_tau": 20.0},
        equations=[_INTEGRATE, _TRACE],
        spike="v >= vt",
        reset=["v = vr", _MARK],
        name="IaF",
        description="Integrates its input up to a threshold.",
    )


def read_out_neuron(read_out: str) -> Neuron:
    """Return the neuron of the last layer, which counts its spikes in `sc` if it has any."""
    if read_out == "membrane_potential":
        return Neuron(
            equations="dv/dt = g_exc : init=0.0",
            spike="False",
            name="Accumulator",
            description="Integrates its input and never spikes.",
        )
    return Neuron(
        parameters=_THRESHOLD,
        equations=[_INTEGRATE, "sc = sc : int"],
        spike="v >= vt",
        reset=["v = vr", "sc += 1"],
        name="IaF read-out",
        description="Integrates its input up to a threshold, and counts its spikes.",
    )


__all__ = ["HIDDEN", "INPUTS", "READ_OUTS", "hidden_neuron", "input_neuron", "read_out_neuron"]
