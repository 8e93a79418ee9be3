"""What users do wrong is refused at the call, in words that name it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from small import RATE, SPIKING, STEADY

import annlab
from annlab import Network, Neuron, Parameter, PopulationView, Projection, Synapse
from annlab.errors import (
    AnnlabError,
    AnnlabWarning,
    ArgumentError,
    ArgumentTypeError,
    ConfigurationError,
    ModelError,
    ShapeError,
    UnknownAttributeError,
    UnknownObjectError,
)

Misuse = Callable[[Network], object]


def _pair(net: Network) -> Projection:
    return net.connect(net.create(4, STEADY, name="a"), net.create(4, RATE, name="b"), "exc")


FLAGGED = Neuron({"is_on": Parameter(True, type=bool, locality="local")}, "r = t")
COUNTING = Synapse("n = 1 : int", psp="n * w * pre.r")


def _counting(net: Network) -> Projection:
    ends = net.create(1, STEADY), net.create(1, RATE)
    projection = net.connect(*ends, "exc", COUNTING).all_to_all(1.0)
    net.compile()
    return projection


def _run(net: Network, call: Callable[[Network], object]) -> object:
    _pair(net).all_to_all(annlab.Uniform(0.0, 1.0))
    net.compile()
    return call(net)


MISUSES: dict[str, tuple[Misuse, type[AnnlabError], str]] = {
    # -- networks
    "step-as-first-argument": (
        lambda net: Network(0.1),  # type: ignore[arg-type]
        ArgumentTypeError,
        r"Network\(\) was given 0.1\n  name the option: Network\(dt=0.1\)",
    ),
    "geometry-in-a-list": (
        lambda net: net.create([3, 2], RATE),  # type: ignore[arg-type]
        ArgumentTypeError,
        r"geometry of a population is \[3, 2\]",
    ),
    "number-as-population": (
        lambda net: net.create(population=3),  # type: ignore[arg-type]
        ArgumentTypeError,
        r"create\(\) was given 3 as a population",
    ),
    "population-with-a-name": (
        lambda net: net.create(annlab.InputArray(3), name="eye"),
        ArgumentError,
        "a population and the properties of another one",
    ),
    "number-as-projection": (
        lambda net: net.connect(projection=3),  # type: ignore[arg-type]
        ArgumentTypeError,
        r"connect\(\) was given 3 as a projection",
    ),
    "projection-with-a-name": (
        lambda net: net.connect(_pair(net), name="other"),
        ArgumentError,
        "a projection and the properties of another one",
    ),
    "number-as-target": (
        lambda net: net.connect(net.create(1, RATE), net.create(1, RATE), 3),  # type: ignore[arg-type]
        ArgumentTypeError,
        'target of a projection cannot be 3\n  give one word.*"exc"',
    ),
    "two-words-as-target": (
        lambda net: net.connect(net.create(1, RATE), net.create(1, RATE), "a b"),
        ArgumentTypeError,
        "target of a projection cannot be 'a b'",
    ),
    "text-as-step": (
        lambda net: _run(net, lambda n: setattr(n, "current_step", "now")),
        ArgumentTypeError,
        "the step of the clock is 'now'",
    ),
    "option-of-config": (
        lambda net: Network(method="rk4"),  # type: ignore[call-arg]
        ArgumentTypeError,
        r"Network\(\) takes no 'method'\n.*\n  call net.config\(method=...\)",
    ),
    "misspelt-option": (
        lambda net: Network(dtt=0.1),  # type: ignore[call-arg]
        ArgumentTypeError,
        "takes no 'dtt'\n.*\n  did you mean 'dt'",
    ),
    "step-as-argument-of-setup": (
        lambda net: annlab.setup(0.1),
        ArgumentTypeError,
        r"setup\(\) was given 0.1\n  name the option",
    ),
    "no-such-dtype": (
        lambda net: net.config(dtype="foo"),
        ConfigurationError,
        "dtype is 'foo'\n  use float64 or float32",
    ),
    "word-as-flag-of-clear": (
        lambda net: annlab.clear("all"),  # type: ignore[arg-type]
        ArgumentTypeError,
        r"functions of clear\(\) is 'all'",
    ),
    "endless-run": (
        lambda net: _run(net, lambda n: n.simulate(1e300)),
        ArgumentError,
        r"cannot take 1e\+300 ms\n  these are more steps",
    ),
    "projections-of-a-number": (
        lambda net: _run(net, lambda n: n.get_projections(pre=3)),
        ArgumentTypeError,
        r"get_projections\(\) was given 3 as a population",
    ),
    "callback-without-argument": (
        lambda net: annlab.every(network=net, period=1.0)(lambda: None),  # type: ignore[arg-type]
        ArgumentTypeError,
        r"one number, which it does not take\n  write def f\(n\)",
    ),
    "no-networks-to-run": (
        lambda net: annlab.parallel_run(print, networks=[3]),  # type: ignore[list-item]
        ArgumentTypeError,
        r"parallel_run\(\) was given \[3\] as networks",
    ),
    "matrix-of-half-a-neuron": (
        lambda net: annlab.sparse_random_matrix(2.5, 5, 0.5, 1.0),  # type: ignore[arg-type]
        ArgumentError,
        "a number of neurons is 2.5",
    ),
    "matrix-more-than-sure": (
        lambda net: annlab.sparse_random_matrix(5, 5, 1.5, 1.0),
        ArgumentError,
        "the probability is 1.5",
    ),
    "delays-of-a-word": (
        lambda net: annlab.sparse_delays_from_weights("x", 1.0),
        ArgumentTypeError,
        "was given str as weights",
    ),
    "time-of-a-number": (
        lambda net: annlab.timeit(3),  # type: ignore[arg-type]
        ArgumentTypeError,
        r"timeit\(\) decorates a function, not 3",
    ),
    "report-with-a-word-as-flag": (
        lambda net: net.report(None, standalone="no"),  # type: ignore[arg-type]
        ArgumentTypeError,
        r"standalone of report\(\) is 'no'",
    ),
    "until-a-stranger": (
        lambda net: _run(net, lambda n: n.simulate_until(1.0, Network().create(1, RATE))),
        ArgumentError,
        "cannot wait for population 'pop0'\n  it belongs to network",
    ),
    "word-as-speed": (
        lambda net: _run(net, lambda n: n.start(speed="fast")),
        ArgumentTypeError,
        r"speed of start\(\) is 'fast'",
    ),
    "word-as-timeout": (
        lambda net: _run(net, lambda n: n.wait("long")),
        ArgumentTypeError,
        r"timeout of wait\(\) \[s\] is 'long'",
    ),
    "draws-of-a-word": (
        lambda net: annlab.Uniform(0.0, 1.0).get_values("x"),  # type: ignore[arg-type]
        ArgumentError,
        r"Uniform\(0.0, 1.0\) cannot be drawn 'x' times",
    ),
    "half-a-step": (
        lambda net: _run(net, lambda n: setattr(n, "current_step", 2.5)),
        ArgumentError,
        "the step of the clock is 2.5\n  give a whole number of at least 0",
    ),
    "word-as-flag-of-reset": (
        lambda net: _run(net, lambda n: n.reset("neurons")),  # type: ignore[arg-type]
        ArgumentTypeError,
        r"populations of reset\(\) is 'neurons'\n  give True or False",
    ),
    "copy-with-arguments": (
        lambda net: _run(net, lambda n: n.copy(3, n=4)),
        ArgumentTypeError,
        r"copy\(\) was given 3, n=\n  the network has no class of its own",
    ),
    "id-of-a-network": (
        lambda net: setattr(net, "id", 3),
        UnknownAttributeError,
        "'id' of a network can be read and not be set",
    ),
    "size-of-a-population": (
        lambda net: setattr(net.create(2, RATE), "size", 3),
        UnknownAttributeError,
        "'size' of population 'pop0' can be read and not be set",
    ),
    "size-of-a-view": (
        lambda net: setattr(net.create(2, RATE)[:1], "size", 3),
        UnknownAttributeError,
        "'size' of the view of 1 neurons of population 'pop0' can be read",
    ),
    "method-as-attribute": (
        lambda net: setattr(net.create(2, RATE), "sum", 3),
        UnknownAttributeError,
        r"'sum' of population 'pop0' is a method and cannot be set\n  call it: sum\(...\)",
    ),
    "number-of-synapses": (
        lambda net: _run(net, lambda n: setattr(n.get_projections()[0], "nb_synapses", 3)),
        UnknownAttributeError,
        "'nb_synapses' of projection 'proj0'.*can be read and not be set",
    ),
    "another-end": (
        lambda net: _run(net, lambda n: setattr(n.get_projections()[0], "target", "inh")),
        UnknownAttributeError,
        r"'target' of projection 'proj0' .* cannot be exchanged\n  connect\(\) makes another",
    ),
    "nan-as-truth": (
        lambda net: setattr(net.create(1, FLAGGED), "is_on", float("nan")),
        ArgumentError,
        "'is_on' of population 'pop0' is a truth value, nan is none\n  give True or False",
    ),
    "half-an-integer-at-first": (
        lambda net: net.create(1, Neuron(equations="n = 1 : int, init=0.5\nr = n")),
        ModelError,
        "first value of 'n', which is an integer, is 0.5 in",
    ),
    "no-integer-at-first": (
        lambda net: net.create(1, Neuron({"n": Parameter(float("nan"), type=int)}, "r = n")),
        ModelError,
        "first value of 'n', which is an integer, is nan",
    ),
    "half-a-synaptic-integer": (
        lambda net: setattr(
            net.connect(net.create(1, STEADY), net.create(1, RATE), "exc", COUNTING), "n", [[0.5]]
        ),
        ArgumentError,
        "'n' of projection 'proj0'.*is an integer, 0.5 is none",
    ),
    "half-an-integer-of-one-synapse": (
        lambda net: setattr(_counting(net).synapse(0, 0), "n", 0.5),
        ArgumentError,
        "'n' of <Synapse 0 -> 0 .* is an integer, 0.5 is none",
    ),
    "number-for-set-of-a-dendrite": (
        lambda net: _counting(net).dendrite(0).set(3),  # type: ignore[arg-type]
        ArgumentTypeError,
        r"set\(\) of <Dendrite of neuron 0 .* was given 3",
    ),
    "number-for-set-of-a-neuron": (
        lambda net: net.create(1, RATE).neuron(0).set(3),  # type: ignore[arg-type]
        ArgumentTypeError,
        r"set\(\) of neuron 0 of population 'pop0' was given 3",
    ),
    "time-before-the-begin": (
        lambda net: _run(net, lambda n: setattr(n, "time", -1.0)),
        ArgumentError,
        r"the time \[ms\] is -1.0\n  give a finite number of at least 0",
    ),
    "until-a-number": (
        lambda net: _run(net, lambda n: n.simulate_until(1.0, 3)),
        ArgumentTypeError,
        r"simulate_until\(\) watches populations, not 3",
    ),
    "file-without-a-name": (
        lambda net: _run(net, lambda n: n.save(3)),
        ArgumentTypeError,
        "a file cannot be called 3",
    ),
    # -- options
    "a-number-of-cores": (
        lambda net: net.config(visible_cores=3),
        ArgumentTypeError,
        "visible_cores is 3\n  give a list of integers",
    ),
    "a-word-as-switch": (
        lambda net: net.config(structural_plasticity="yes"),
        ArgumentTypeError,
        "structural_plasticity is 'yes'\n  give True or False",
    ),
    "an-unknown-trace": (
        lambda net: net.config(trace_calls="both of them"),
        ConfigurationError,
        "unknown trace_calls",
    ),
    "no-such-core": (
        lambda net: _run(_with_core(net, 4000), lambda n: n),
        ConfigurationError,
        "visible_cores: there is no core 4000 for this process\n  it may use",
    ),
    # -- populations and views
    "too-few-coordinates": (
        lambda net: net.create((3, 4), RATE).rank_from_coordinates((1,)),
        UnknownObjectError,
        r"has no neuron at \(1,\)\n  its geometry is \(3, 4\)",
    ),
    "fractions-as-coordinates": (
        lambda net: net.create((3, 4), RATE).rank_from_coordinates((1.5, 2)),  # type: ignore[list-item]
        ArgumentTypeError,
        r"are integers, not \(1.5, 2\)\n  give one for each dimension",
    ),
    "view-of-a-number": (
        lambda net: PopulationView(3, [1]),  # type: ignore[arg-type]
        ArgumentTypeError,
        "a view shows a population, not 3",
    ),
    "view-of-another-shape": (
        lambda net: PopulationView(net.create(5, RATE), [1, 2, 3], geometry=(2, 2)),
        ShapeError,
        r"a view of 3 neurons cannot have the geometry \(2, 2\)",
    ),
    "a-neuron-twice": (
        lambda net: net.connect(net.create(5, STEADY)[[1, 2, 1]], net.create(2, RATE), "exc"),
        ArgumentError,
        "neuron 1 stands twice in the presynaptic view of 3 neurons",
    ),
    # -- projections
    "a-word-as-rank": (
        lambda net: _run(net, lambda n: n.get_projections()[0]["first"]),  # type: ignore[index]
        ArgumentTypeError,
        "coordinates in population 'b' are integers, not 'first'",
    ),
    "a-word-as-period": (
        lambda net: _run(net, lambda n: n.enable_learning(period="long")),  # type: ignore[arg-type]
        ArgumentTypeError,
        r"the period of learning \[ms\] is 'long'",
    ),
    "a-negative-offset": (
        lambda net: _run(net, lambda n: n.enable_learning(period=3.0, offset=-1.0)),
        ArgumentError,
        r"the offset of learning \[ms\] is -1.0",
    ),
    "a-word-as-amplitude": (
        lambda net: _pair(net).gaussian("high", 0.1),  # type: ignore[arg-type]
        ArgumentTypeError,
        "amp of gaussian projection 'proj0' .* is 'high'",
    ),
    "a-number-as-function": (
        lambda net: _pair(net).from_function(3),  # type: ignore[arg-type]
        ArgumentTypeError,
        r"from_function\(\) needs a function, not 3",
    ),
    "a-negative-rank": (
        lambda net: annlab.LILConnectivity().add(-1, [0], 1.0),
        ArgumentError,
        "the postsynaptic rank is -1",
    ),
    # -- monitors
    "a-word-as-monitor-period": (
        lambda net: net.monitor(net.create(1, RATE), "r", period="often"),  # type: ignore[arg-type]
        ArgumentTypeError,
        r"the period of Monitor_pop0 \[ms\] is 'often'",
    ),
    "a-negative-monitor-period": (
        lambda net: net.monitor(net.create(1, RATE), "r", period=-2.0),
        ArgumentError,
        r"the period of Monitor_pop0 \[ms\] is -2.0",
    ),
    "a-number-as-variable": (
        lambda net: net.monitor(net.create(1, RATE), 3),  # type: ignore[arg-type]
        ArgumentTypeError,
        "a monitor cannot record 3\n  give a name, or a list of names",
    ),
    "variables-are-read-only": (
        lambda net: setattr(net.monitor(net.create(1, RATE), "r"), "variables", ["r"]),
        UnknownAttributeError,
        r"variables of Monitor_pop0 cannot be set\n  call start\(variables\)",
    ),
    # -- distributions and functions
    "a-word-as-bound": (
        lambda net: annlab.Uniform("low", 1.0),  # type: ignore[arg-type]
        ArgumentTypeError,
        "Uniform: min is 'low'",
    ),
    "no-bound": (
        lambda net: annlab.Uniform(0.0, None),  # type: ignore[arg-type]
        ArgumentTypeError,
        "Uniform: max is None",
    ),
    "a-bound-that-is-none": (
        lambda net: annlab.Normal(0.0, 1.0, max=float("nan")),
        ArgumentError,
        "Normal: max is nan",
    ),
    "fractions-for-integers": (
        lambda net: annlab.DiscreteUniform(0.5, 3),  # type: ignore[arg-type]
        ArgumentError,
        "DiscreteUniform: 0.5 and 3 are no integers",
    ),
    "a-word-as-rate-of-decay": (
        lambda net: annlab.Exponential("fast"),  # type: ignore[arg-type]
        ArgumentTypeError,
        "Exponential: Lambda is 'fast'",
    ),
    "a-number-as-added-function": (
        lambda net: annlab.add_function(3),  # type: ignore[arg-type]
        ArgumentTypeError,
        "a function is text, not 3",
    ),
    "a-number-as-functions-of-a-model": (
        lambda net: net.create(1, annlab.Neuron(equations="r = 1", functions=3)),  # type: ignore[arg-type]
        ArgumentTypeError,
        "`functions` of a rate-coded neuron must be text, not 3",
    ),
    # -- inputs
    "rates-and-a-target": (
        lambda net: annlab.PoissonPopulation(3, rates=10.0, target="exc"),
        ArgumentError,
        "a PoissonPopulation was given rates and a target",
    ),
    "a-word-as-window": (
        lambda net: annlab.DecodingProjection(
            net.create(1, SPIKING),
            net.create(1, RATE),
            "exc",
            window="wide",  # type: ignore[arg-type]
        ),
        ArgumentTypeError,
        r"window of a DecodingProjection \[ms\] is 'wide'",
    ),
    "a-current-from-a-number": (
        lambda net: annlab.CurrentInjection(3, net.create(1, SPIKING), "exc"),
        ArgumentTypeError,
        "a CurrentInjection joins populations, not 3",
    ),
    "a-word-as-mean-rate": (
        lambda net: annlab.HomogeneousCorrelatedSpikeTrains(3, "high", 0.1, 10.0),  # type: ignore[arg-type]
        ArgumentTypeError,
        "HomogeneousCorrelatedSpikeTrains: a rate is 'high'",
    ),
    "a-word-as-time-constant": (
        lambda net: annlab.HomogeneousCorrelatedSpikeTrains(3, 10.0, 0.1, "long"),  # type: ignore[arg-type]
        ArgumentTypeError,
        r"HomogeneousCorrelatedSpikeTrains: tau \[ms\] is 'long'",
    ),
    "a-schedule-in-words": (
        lambda net: annlab.TimedArray(np.ones((2, 3)), schedule="daily"),  # type: ignore[arg-type]
        ArgumentTypeError,
        "TimedArray: schedule is 'daily'\n  give a list of times",
    ),
    "rates-for-other-neurons": (
        lambda net: annlab.TimedPoissonPopulation(3, [[1.0, 2.0]], [0.0]),
        ShapeError,
        "2 rates for 3 neurons\n  give one rate per time",
    ),
    "more-than-full-correlation": (
        lambda net: annlab.HomogeneousCorrelatedSpikeTrains(3, 10.0, 1.5, 10.0),
        ArgumentError,
        "spike trains of 10 Hz and correlation 1.5\n  .*correlations lie between 0 and 1",
    ),
    # -- what was refused before, and not tested in words
    "no-step-at-all": (lambda net: Network(dt=0.0), ArgumentError, "dt is 0.0\n  give the step in"),
    "integers-as-precision": (
        lambda net: net.config(dtype=int),
        ConfigurationError,
        "dtype is <class 'int'>\n  use float64 or float32",
    ),
    "a-negative-speed": (
        lambda net: _run(net, lambda n: n.start(speed=-1.0)),
        ArgumentError,
        "speed is -1.0\n  give a number above 0, or None",
    ),
    "an-unknown-order": (
        lambda net: net.create(1, RATE, storage_order="upwards"),
        ArgumentError,
        "unknown storage_order 'upwards'\n  use one of post_to_pre, pre_to_post",
    ),
    "no-such-projection": (
        lambda net: _run(net, lambda n: n.get_projections(pre="b")),
        UnknownObjectError,
        "no projection fits\n  asked for post=None, pre='b', target=None",
    ),
    "an-array-as-sparse-matrix": (
        lambda net: _pair(net).from_sparse(np.ones((4, 4))),
        ArgumentTypeError,
        "from_sparse of projection 'proj0' .* got ndarray\n  pass a lil, csr or csc matrix",
    ),
    "a-function-that-connects-nothing": (
        lambda net: _pair(net).from_function(lambda pre, post: 3),  # type: ignore[arg-type,return-value]
        ArgumentTypeError,
        r"<lambda>\(\) returned int\n  return a LILConnectivity",
    ),
    "delays-in-words": (
        lambda net: _pair(net).all_to_all(1.0, delays="long"),
        ArgumentTypeError,
        "delays of projection 'proj0' .* are str",
    ),
    "a-word-as-constant": (
        lambda net: net.constant("gain", "high"),  # type: ignore[arg-type]
        ArgumentTypeError,
        "constant 'gain' is 'high'\n  give one number",
    ),
    "a-view-and-a-number": (
        lambda net: net.create(3, RATE)[0:2] + 3,
        ArgumentTypeError,
        "view of 2 neurons of population 'pop0' cannot be joined with 3",
    ),
    "a-matrix-of-nothing": (
        lambda net: annlab.sparse_random_matrix(3, 3),
        ArgumentError,
        r"sparse_random_matrix\(\) needs a probability and weights",
    ),
    "a-word-as-time": (
        lambda net: annlab.convert_ms_to_steps("soon"),
        ArgumentError,
        "'soon' is no time\n  give a number, a list or an array",
    ),
    "no-seconds": (
        lambda net: annlab.compute_delivered_spikes_per_second(_pair(net), {}, {}, 0.0),
        ArgumentError,
        "seconds is 0.0\n  give a duration above 0",
    ),
    "a-function-without-its-list": (
        lambda net: _function(net)([1.0]),
        ArgumentError,
        r"ramp\(\) takes 2 lists, 1 given\n  write ramp\(x, y\)",
    ),
    "values-for-other-synapses": (
        lambda net: _run(net, lambda n: setattr(n.get_projections()[0].dendrite(0), "w", [1.0])),
        ShapeError,
        "attribute 'w' of the dendrite of neuron 0 .* has 4 values, 1 were given",
    ),
    # -- callbacks
    "a-word-as-network": (
        lambda net: annlab.every("often", 2.0),  # type: ignore[arg-type]
        ArgumentTypeError,
        r"every\(\) was given 'often' as a network",
    ),
    "a-word-as-period-of-calls": (
        lambda net: annlab.every(net, period="often"),  # type: ignore[arg-type]
        ArgumentTypeError,
        r"every\(\): period \[ms\] is 'often'",
    ),
}


def _function(net: Network) -> Callable[..., list]:
    annlab.add_function("ramp(x, y) = x + y")
    return annlab.functions("ramp", net)


def _with_core(net: Network, core: int) -> Network:
    net.config(visible_cores=[core])
    return net


@pytest.mark.parametrize(("misuse", "error", "text"), MISUSES.values(), ids=list(MISUSES))
def test_a_misuse_is_told(
    net: Network, misuse: Misuse, error: type[AnnlabError], text: str
) -> None:
    with pytest.raises(error, match=text):
        misuse(net)


@pytest.mark.parametrize("argument", ["compiler", "compiler_flags", "add_sources", "extra_libs"])
def test_build_options_that_change_nothing_are_told(net: Network, argument: str) -> None:
    with pytest.warns(AnnlabWarning, match=rf"compile\(\): {argument} has no effect"):
        net.compile(**{argument: "-O0"})


def test_warnings_can_be_silenced(net: Network) -> None:
    cells = net.create(1, RATE)
    annlab.setup(suppress_warnings=True)
    cells.unknown = 1  # would warn, and warnings are errors here
    annlab.setup(suppress_warnings=False)
    with pytest.warns(AnnlabWarning, match="has no attribute 'other'"):
        cells.other = 1


def test_clear_lets_warnings_come_back(net: Network) -> None:
    annlab.setup(suppress_warnings=True)
    annlab.clear()
    with pytest.warns(AnnlabWarning, match="has no attribute 'other'"):
        net.create(1, RATE).other = 1


def test_a_report_is_written_at_compile(net: Network, tmp_path: Path) -> None:
    net.config(report=str(tmp_path / "net.md"))
    net.create(2, RATE, name="cells")
    net.compile()
    assert "cells" in (tmp_path / "net.md").read_text()


def test_the_time_of_compiling_is_told(net: Network, capsys: pytest.CaptureFixture[str]) -> None:
    net.config(show_time=True)
    net.compile()
    assert "s to compile.\n" in capsys.readouterr().out


def test_memory_is_told_object_by_object(net: Network, capsys: pytest.CaptureFixture[str]) -> None:
    _pair(net).all_to_all(1.0)
    net.monitor(net.get_population("b"), "r", name="watch")
    net.compile()
    net.memory_footprint()
    net.memory_footprint(show_py_side=False)
    lines = capsys.readouterr().out.splitlines()
    names = [line.split(":")[0] for line in lines]
    assert names == ["Python objects", *["a", "b", "proj0", "watch"] * 2]


def test_a_run_keeps_to_its_cores(net: Network) -> None:
    before = os.sched_getaffinity(0)
    core = min(before)
    seen: list[set[int]] = []
    net.config(visible_cores=[core])
    cells = net.create(1, STEADY)
    net.compile()
    inner = net._runner.inner  # type: ignore[union-attr]
    run = inner.run

    def watched(n_steps: int, until: object = None) -> int:
        seen.append(os.sched_getaffinity(0))
        return run(n_steps, until)

    inner.run = watched  # type: ignore[method-assign]
    net.simulate(3.0)
    assert seen
    assert all(cores == {core} for cores in seen)
    assert os.sched_getaffinity(0) == before
    assert np.all(cells.r == 1.0)


# -- what is said at the call, though it would go on ---------------------------------


@pytest.mark.parametrize(
    ("neuron", "target", "said"),
    [
        (annlab.LeakyIntegrator, "exd", "it reads 'exc', 'inh'; did you mean 'exc'?"),
        (annlab.Izhikevich, ["exc", "inx"], "it reads 'exc', 'inh'; did you mean 'inh'?"),
        (annlab.Izhikevich, "gaba", "it reads 'exc', 'inh'"),
        (
            annlab.Neuron("g_K = 1.0", "dv/dt = g_K - v + g_exc", spike="v > 1"),
            "K",
            "its 'g_K' is a parameter, which spikes cannot change",
        ),
    ],
    ids=["rates", "one-of-two", "no-such", "parameter"],
)
def test_a_target_that_no_equation_reads_is_warned_of(
    neuron: annlab.Neuron, target: str, said: str
) -> None:
    net = Network(backend="reference")
    cells = net.create(2, neuron, name="cells")
    with pytest.warns(AnnlabWarning) as caught:
        net.connect(cells, cells, target)
    text = str(caught[0].message)
    assert "projection 'proj0' (cells -> cells): population 'cells' makes nothing of" in text
    assert text.endswith(said)
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    "neuron", [annlab.Neuron("", "r = sum()"), STEADY, annlab.LeakyIntegrator], ids=str
)
def test_a_target_that_is_read_or_belongs_to_no_input_is_not_warned_of(
    neuron: annlab.Neuron,
) -> None:
    net = Network(backend="reference")
    cells = net.create(2, neuron)
    assert net.connect(cells, cells, "inh").target == "inh"


@pytest.mark.parametrize(
    ("ask", "meant"),
    [
        (lambda p, j: p.neurn, "neuron"),
        (lambda p, j: j.all_to_al(1.0), "all_to_all"),
        (lambda p, j: j.dendrit(0), "dendrite"),
    ],
)
def test_what_has_nearly_the_name_of_a_method_is_told(
    ask: Callable[..., object], meant: str
) -> None:
    net = Network(backend="reference")
    cells = net.create(2, annlab.LeakyIntegrator)
    with pytest.raises(UnknownAttributeError, match=f"did you mean '{meant}'"):
        ask(cells, net.connect(cells, cells, "exc"))


def test_a_nan_among_values_by_hand_is_told_with_its_place() -> None:
    rows = annlab.LILConnectivity()
    with pytest.raises(ArgumentError, match=r"not all numbers\n  there is a nan at place 1"):
        rows.add(2, [3, 1], [5.0, float("nan")], [1.0])


def test_synapses_cannot_sum_what_is_their_own() -> None:
    net = Network(backend="reference")
    cells = net.create(2, annlab.LeakyIntegrator)
    rule = annlab.Synapse(equations="n = sum(w) : postsynaptic")
    with pytest.raises(AnnlabError, match="'w' is the synapse's own"):
        net.connect(cells, cells, "exc", rule)


def test_synapses_that_learn_may_have_a_target_that_nobody_reads() -> None:
    net = Network(backend="reference")
    cells = net.create(2, annlab.LeakyIntegrator)
    assert net.connect(cells, cells, "lateral", annlab.Oja()).target == "lateral"


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (
            lambda net, p, j: j.enable_learning(period=2.5),
            "of learning of .* is 2.5 ms, .* 2 ms are",
        ),
        (
            lambda net, p, j: (annlab.every(network=net, period=1.4)(print), net.simulate(1.0)),
            r"the period of print\(\) under every\(\) is 1.4 ms, .* 1 ms are taken",
        ),
    ],
)
def test_times_between_the_steps_are_told(act: Callable[..., object], said: str) -> None:
    net = Network(dt=1.0, backend="reference")
    cells = net.create(2, annlab.LeakyIntegrator)
    proj = net.connect(cells, cells, "exc", annlab.Oja()).all_to_all(0.1)
    net.compile()
    with pytest.warns(AnnlabWarning, match=said):
        act(net, cells, proj)


def test_a_period_of_inputs_between_the_steps_is_told() -> None:
    net = Network(dt=0.3, backend="reference")
    net.create(annlab.TimedArray(rates=[[1.0], [2.0]], schedule=3.0, period=20.0))
    with pytest.warns(AnnlabWarning, match="is 20 ms, no multiple of dt=0.3 ms: 20.1 ms are"):
        net.compile()


def test_rows_of_a_schedule_that_its_period_cuts_off_are_told() -> None:
    with pytest.warns(AnnlabWarning, match="1 of 3 times in the schedule are not before"):
        annlab.TimedArray(rates=[[1.0], [2.0], [3.0]], schedule=[0.0, 10.0, 20.0], period=15.0)


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        (lambda p, j: setattr(p, "r", 10**400), ArgumentError, "a number of 401 digits"),
        (lambda p, j: setattr(p, "k", np.nan), ArgumentError, "'k' .* is an integer, nan is none"),
        (
            lambda p, j: setattr(p, "r", np.ma.array([1.0, 2.0], mask=[True, False])),
            ArgumentTypeError,
            r"values are masked\n  fill them",
        ),
        (lambda p, j: p.set(3), ArgumentTypeError, r"set\(\) of population 'a' was given 3"),
        (lambda p, j: p[:1].set("r"), ArgumentTypeError, "was given 'r'\n  give a dictionary"),
        (lambda p, j: j.set([3]), ArgumentTypeError, r"was given \[3\]\n  give a dictionary"),
        (lambda p, j: p.get(3), UnknownAttributeError, "has no attribute 3"),
        (lambda p, j: j.get(3), UnknownAttributeError, "has no attribute 3"),
        (lambda p, j: p.twice("ab"), ArgumentTypeError, r"twice\(\) was given 'ab'"),
        (lambda p, j: setattr(p, "refractory", np.inf), ArgumentError, "is finite"),
        (lambda p, j: p.network.enable_learning("proj0"), ArgumentTypeError, "'proj0' is no proj"),
        (lambda p, j: p.network.disable_learning(3), ArgumentTypeError, "3 is no projection"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_without_a_word_of_numpy(
    call: Callable[[annlab.Population, Projection], object], kind: type[AnnlabError], text: str
) -> None:
    net = Network(backend="reference")
    model = annlab.Neuron(
        "k = 1 : int; x = 1.0", "v = r + g_exc", spike="v > 1", functions="twice(x) = 2 * x"
    )
    if "refractory" not in text and "finite" not in text:
        model = annlab.Neuron("k = 1 : int", "r = 1 + sum(exc)", functions="twice(x) = 2 * x")
    cells = net.create(2, model, name="a")
    projection = net.connect(cells, cells, "exc").all_to_all(1.0)
    net.compile()
    with pytest.raises(kind, match=text):
        call(cells, projection)


def test_objects_are_added_all_or_none_and_once(net: Network) -> None:
    other = Network()
    pre, post = other.create(2, STEADY, name="pre"), other.create(2, RATE, name="post")
    projection = other.connect(pre, post, "exc").one_to_one(1.0)
    with pytest.raises(ArgumentTypeError, match="cannot hold 3"):
        net.add([pre, 3])
    with pytest.raises(UnknownObjectError, match="has no copy of .*'post'.*\n  add both"):
        net.add([pre, projection])
    assert net.get_populations() == []
    net.add([pre, post, projection])
    net.add([pre, post, projection])
    assert [p.name for p in net.get_populations()] == ["pre", "post"]
    assert net.get(pre.neuron(1)).population is net.get(pre)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"number": 1.5}, "number is 1.5"),
        ({"number": "x"}, "number is 'x'"),
        ({"number": 2, "seeds": 3}, "seeds=3 for 2 runs"),
        ({"number": 2, "max_processes": 0}, "max_processes is 0"),
        ({"number": 2, "max_processes": "x"}, "max_processes is 'x'"),
    ],
)
def test_runs_side_by_side_are_counted_in_whole_numbers(options: dict, text: str) -> None:
    class Own(Network):
        def __init__(self) -> None:
            self.create(1, RATE)

    with pytest.raises((ArgumentError, ArgumentTypeError), match=text):
        Own().parallel_run(print, **options)


@pytest.mark.parametrize(
    ("variable", "value", "text"),
    [
        ("ANNLAB_BACKEND", "cudda", "unknown back end 'cudda'\n.*\n  did you mean 'cuda'?"),
        ("ANNLAB_NUM_THREADS", "x", "num_threads is 'x'\n  give a number from 1 on"),
        ("ANNLAB_DTYPE", "foo", "dtype is 'foo'\n  use float64 or float32"),
    ],
)
def test_an_option_of_the_environment_is_told_by_its_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, text: str
) -> None:
    monkeypatch.setenv(variable, value)
    annlab.clear()  # defaults are read anew
    with pytest.raises(AnnlabError, match=f"the environment variable {variable}: {text}"):
        Network()
