"""NaN, negative rates and times that never come: refused, or told, where they are given."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from small import RATE, STEADY

import annlab
from annlab import Network, Neuron, Parameter, Projection, Synapse
from annlab.errors import AnnlabWarning, ArgumentError, ModelError

NAN = float("nan")
CELL = Neuron({"tau": 10.0, "B": Parameter(1.0, locality="local")}, "v = B\nr = sum(exc)")
LEARNING = Synapse({"eta": 0.1}, "w += eta\ntrace = 0.5 : postsynaptic")
# What is not known is NaN here, and the equations know it.
GUESSING = Neuron({"seen": Parameter(0.0, locality="local")}, "r = if isnan(seen): 0.5 else: seen")


def _path(net: Network, *, is_compiled: bool) -> Projection:
    pre, post = net.create(2, CELL, name="a"), net.create(2, CELL, name="b")
    path = net.connect(pre, post, "exc", LEARNING, name="path").all_to_all(1.0)
    if is_compiled:
        net.compile()
    return path


SET_LATER: dict[str, tuple[Callable[[Projection], object], str]] = {
    "variable": (lambda j: setattr(j.pre, "v", NAN), "'v' of population 'a'"),
    "parameter": (lambda j: setattr(j.pre, "B", [1.0, NAN]), "'B' of population 'a'"),
    "global parameter": (lambda j: setattr(j.pre, "tau", NAN), "'tau' of population 'a'"),
    "of a view": (lambda j: setattr(j.pre[:1], "v", NAN), "'v' of population 'a'"),
    "of a neuron": (lambda j: setattr(j.pre.neuron(1), "v", NAN), "'v' of population 'a'"),
    "by set": (lambda j: j.pre.set({"B": 2.0, "v": np.nan}), "'v' of population 'a'"),
    "as a number of numpy": (lambda j: setattr(j.pre, "v", np.float32(np.nan)), "'v' of pop"),
    "synaptic parameter": (lambda j: setattr(j, "eta", NAN), "'eta' of projection 'path'"),
}
SYNAPTIC: dict[str, tuple[Callable[[Projection], object], str]] = {
    "weights": (lambda j: setattr(j, "w", NAN), "'w' of projection 'path'"),
    "a weight": (lambda j: setattr(j, "w", [[1.0, NAN], [1.0, 1.0]]), "'w' of projection 'path'"),
    "an array": (lambda j: setattr(j, "w", np.array([NAN] * 4)), "'w' of projection 'path'"),
    "semiglobal": (lambda j: setattr(j, "trace", [1.0, NAN]), "'trace' of projection 'path'"),
    "of a dendrite": (
        lambda j: setattr(j.dendrite(1), "w", [NAN, 0.0]),
        "'w' of the dendrite of neuron 1 in projection 'path'",
    ),
    "of a synapse": (lambda j: setattr(j.synapse(0, 1), "w", NAN), "'w' of <Synapse 0 -> 1"),
}


@pytest.mark.parametrize("is_compiled", [False, True])
@pytest.mark.parametrize("what", SET_LATER)
def test_nan_is_refused_where_it_is_set(net: Network, what: str, *, is_compiled: bool) -> None:
    call, text = SET_LATER[what]
    path = _path(net, is_compiled=is_compiled)
    with pytest.raises(ArgumentError, match=f"attribute {text}.* cannot become NaN\n.*\n.*isnan"):
        call(path)
    assert path.pre.B.tolist() == [1.0, 1.0]
    assert path.pre.tau == 10.0
    assert not np.isnan(path.pre.v).any()


@pytest.mark.parametrize("what", SYNAPTIC)
def test_nan_is_refused_as_a_value_of_synapses(net: Network, what: str) -> None:
    call, text = SYNAPTIC[what]
    path = _path(net, is_compiled=True)
    with pytest.raises(ArgumentError, match=f"attribute {text}.* cannot become NaN"):
        call(path)
    assert path.w == [[1.0, 1.0], [1.0, 1.0]]


def test_nan_is_refused_as_the_weight_of_a_new_synapse(net: Network) -> None:
    net.config(structural_plasticity=True)
    path = net.connect(net.create(2, STEADY), net.create(2, RATE), "exc").one_to_one(1.0)
    net.compile()
    with pytest.raises(ArgumentError, match="'w' of new synapses of neuron 0.* cannot become NaN"):
        path.dendrite(0).create_synapse(1, w=NAN)
    assert path.nb_synapses == 2


@pytest.mark.parametrize(
    "model",
    [
        Neuron({"tau": NAN}, "r = tau"),
        Neuron({"tau": Parameter(NAN, locality="local")}, "r = tau"),
        Neuron(equations=annlab.Variable("r += 1.0", init=NAN)),
    ],
)
def test_nan_is_refused_as_a_first_value(net: Network, model: Neuron) -> None:
    with pytest.raises(ModelError, match="the first value of '(tau|r)' is NaN in a rate-coded"):
        net.create(1, model)


def test_equations_that_ask_for_nan_may_hold_it(net: Network) -> None:
    cells = net.create(3, GUESSING)
    cells.seen = [1.0, NAN, 2.0]
    net.compile()
    net.step()
    assert cells.r.tolist() == [1.0, 0.5, 2.0]
    cells[0].seen = NAN
    net.step()
    assert cells.r.tolist() == [0.5, 0.5, 2.0]
    first = Neuron({"seen": NAN}, "r = if isnan(seen): 0.5 else: seen")
    assert math.isnan(Network().create(1, first).seen)


def test_what_became_nan_by_itself_is_kept_where_a_set_is_refused(net: Network) -> None:
    cells = net.create(2, Neuron({"k": -1.0}, "r = sqrt(k)"))
    net.compile()
    net.step()
    assert np.isnan(cells.r).all()
    with pytest.raises(annlab.errors.ArgumentTypeError, match="'k' of"):
        cells.set({"r": 0.0, "k": "x"})
    assert np.isnan(cells.r).all()
    with pytest.raises(annlab.errors.LocalityError, match="'k' of"):
        cells[:1].set({"r": 0.0, "k": "x"})
    with pytest.raises(annlab.errors.LocalityError, match="'k' of"):
        cells.neuron(0).set({"r": 0.0, "k": 2.0})
    assert np.isnan(cells.r).all()


def test_what_became_nan_in_synapses_is_kept_where_a_set_is_refused(net: Network) -> None:
    rule = Synapse({"k": -1.0}, "x = sqrt(k)")
    path = net.connect(net.create(1, STEADY), net.create(1, RATE), "exc", rule).all_to_all(1.0)
    net.compile()
    net.step()
    for owner in (path, path.dendrite(0)):
        with pytest.raises(annlab.errors.AnnlabError, match="'k' of"):
            owner.set({"x": 0.0, "k": "x"})
        assert np.isnan(path.x).all()


def test_infinity_is_a_number(net: Network) -> None:
    cells = net.create(1, Neuron("tau = 10.0", "tau * dr/dt = 1.0"))
    cells.tau = np.inf
    net.compile()
    net.step()
    assert cells.r.tolist() == [0.0]


# -- constants --------------------------------------------------------------------------------


def test_a_constant_cannot_become_nan(net: Network) -> None:
    with pytest.raises(ArgumentError, match="constant 'rest' cannot become NaN"):
        annlab.Constant("rest", NAN)
    with pytest.raises(ArgumentError, match="constant 'gain' cannot become NaN"):
        net.constant("gain", NAN)
    gain = net.constant("gain", 1.0)
    with pytest.raises(ArgumentError, match="constant 'gain' cannot become NaN"):
        gain.set(NAN)
    assert gain.value == 1.0


# -- inputs -----------------------------------------------------------------------------------


NEGATIVE: dict[str, Callable[[annlab.Population], object]] = {
    "number": lambda p: setattr(p, "rates", -5.0),
    "one": lambda p: setattr(p, "rates", [1.0, -5.0]),
    "view": lambda p: setattr(p[:1], "rates", -5.0),
    "neuron": lambda p: setattr(p.neuron(1), "rates", -5.0),
    "set": lambda p: p.set({"rates": -5.0}),
    "distribution": lambda p: setattr(p, "rates", annlab.Uniform(-5.0, -4.0)),
}


@pytest.mark.parametrize("is_compiled", [False, True])
@pytest.mark.parametrize("what", NEGATIVE)
def test_a_negative_rate_is_refused_where_it_is_set(
    net: Network, what: str, *, is_compiled: bool
) -> None:
    noise = net.create(annlab.PoissonPopulation(2, rates=20.0, name="noise"))
    if is_compiled:
        net.compile()
    with pytest.raises(ArgumentError, match="PoissonPopulation 'noise': a rate is -[45].* Hz\n"):
        NEGATIVE[what](noise)
    assert noise.rates.tolist() == [20.0, 20.0]


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: annlab.PoissonPopulation(2, rates=-5), "'rates' of a PoissonPopulation .* is -5"),
        (lambda: annlab.PoissonPopulation(2, rates=[1.0, -5.0]), "a rate is -5 Hz\n  give rates"),
        (
            lambda: annlab.TimedPoissonPopulation(2, rates=[1.0, -5.0], schedule=[0.0, 1.0]),
            "TimedPoissonPopulation 'pop.': a rate is -5 Hz\n  give rates of at least 0",
        ),
    ],
)
def test_a_negative_rate_is_refused_where_an_input_is_made(
    make: Callable[[], object], text: str
) -> None:
    with pytest.raises(ArgumentError, match=text):
        make()
    assert annlab.populations() == []


def test_a_negative_rate_of_an_update_is_refused_and_the_old_ones_stay(net: Network) -> None:
    wave = annlab.TimedPoissonPopulation(2, rates=[1.0, 2.0], schedule=[0.0, 1.0])
    wave = net.create(wave)
    with pytest.raises(ArgumentError, match="a rate is -1 Hz"):
        wave.update([-1.0, 2.0])
    assert wave.rates == [1.0, 2.0]


def test_an_equation_below_zero_is_silence(net: Network) -> None:
    noise = net.create(annlab.PoissonPopulation(5, rates="1000.0 * (t - 5.0)"))
    spikes = net.monitor(noise, "spike")
    net.compile()
    net.simulate(9.0)
    steps = spikes.get_spikes()[0]
    assert steps.min() >= 6.0
    assert len(steps) > 5


@pytest.mark.parametrize("times", [[-1.0, 3.0], [[2.0], [-4.0, -3.0]]])
def test_spike_times_before_the_begin_are_told_of(net: Network, times: list) -> None:
    with pytest.warns(AnnlabWarning, match="times of a SpikeSourceArray lie before 0 ms"):
        source = annlab.SpikeSourceArray(times, network=net)
    with pytest.warns(AnnlabWarning, match="no spike will come of them"):
        source.spike_times = times


@pytest.mark.parametrize(
    ("name", "value"),
    [("schedule", [0.0, NAN]), ("schedule", -1.0), ("period", NAN), ("rates", [[NAN], [1.0]])],
)
def test_what_a_timed_array_follows_is_checked_where_it_is_set(
    net: Network, name: str, value: object
) -> None:
    flash = net.create(annlab.TimedArray([[1.0], [2.0]], schedule=[0.0, 5.0]))
    net.compile()
    with pytest.raises(ArgumentError, match="TimedArray: "):
        setattr(flash, name, value)
    assert (flash.schedule, flash.period) == ([0.0, 5.0], -1.0)
    assert flash.rates.tolist() == [[1.0], [2.0]]


def test_a_current_cannot_become_nan(net: Network) -> None:
    current = net.create(annlab.InputArray(1, name="current"))
    cell = net.create(1, Neuron(equations="v = g_exc", spike="v > 9.0"))
    net.connect(annlab.CurrentInjection(current, cell, "exc")).connect_current()
    net.compile()
    with pytest.raises(ArgumentError, match="'r' of population 'current' cannot become NaN"):
        current.r = NAN


def test_a_filter_cannot_hold_nan(net: Network) -> None:
    from annlab.extensions.convolution import Convolution

    pre, post = net.create((3, 3), STEADY), net.create((3, 3), RATE)
    edges = net.connect(Convolution(pre, post, "exc"))
    with pytest.raises(annlab.errors.ArgumentTypeError, match="the filter of projection"):
        edges.connect_filter([[1.0, NAN]])
    edges.connect_filter([[1.0, 2.0]])
    net.compile()
    with pytest.raises(annlab.errors.ArgumentTypeError, match="weights of projection"):
        edges.weights = [[1.0, NAN]]
