"""Names, flags, seeds and lists of the wrong kind are refused in words, whatever they are.

Found by calling every public name with everything: an array that is compared, a number that is
walked through, a list that is looked up, each died in NumPy's or Python's words before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from small import RATE, STEADY

import annlab
from annlab import Network, Neuron
from annlab.errors import AnnlabError
from annlab.extensions.bold import BoldModel, BoldMonitor, balloon_RN

TABLE = np.zeros((2, 3))


class World:
    """A network with one of each, as the cases want it."""

    def __init__(self) -> None:
        self.net = Network(backend="reference")
        self.a = self.net.create(3, STEADY, name="a")
        self.b = self.net.create((2, 2), RATE, name="b")
        self.cells = self.net.create(2, annlab.Izhikevich, name="cells")
        self.path = self.net.connect(self.a, self.b, "exc", name="path").all_to_all(0.5)
        self.watch = self.net.monitor(self.b, "r", name="watch")
        self.net.config(structural_plasticity=True)
        self.net.compile()


def _new() -> Any:
    net = Network(backend="reference")
    return net.connect(net.create(2, STEADY), net.create(2, RATE), "exc")


def _compile_with(**options: Any) -> None:
    net = Network(backend="reference")
    net.create(2, STEADY)
    net.compile(**options)


def _poisson(parameters: Any) -> object:
    return annlab.PoissonPopulation(3, rates=1.0, parameters=parameters)


CASES: dict[str, tuple[Callable[[Any], object], str]] = {
    # -- parameters of Poisson populations
    "array-as-parameters": (lambda w: _poisson(TABLE), "must be a dictionary or text, not array"),
    "number-as-parameters": (lambda w: _poisson(3), "must be a dictionary or text, not 3"),
    "numbers-as-parameters": (lambda w: _poisson([1, 2]), "must be text, not 1"),
    # -- names
    "array-as-attribute": (lambda w: w.a.get(TABLE), "population 'a' has no attribute array"),
    "dictionary-as-attribute": (lambda w: w.a[:2].get({}), "population 'a' has no attribute {}"),
    "number-as-stage": (lambda w: w.a.explain(3), "the stages of .* are 3\n  give a name"),
    "number-as-attributes": (lambda w: w.a.reset(3), "attributes are 3\n  give a name, or a list"),
    "number-as-attributes-of-synapses": (lambda w: w.path.reset(2.5), "attributes of .*are 2.5"),
    "number-as-variables": (lambda w: w.watch.to_pandas(3), "the variables are 3"),
    "number-as-variables-of-a-graph": (lambda w: w.path.to_networkx(3), r"to_networkx\(\) are 3"),
    "list-as-format": (lambda w: w.path.to_scipy(format=[]), r"unknown format \[\] of a sparse"),
    "array-as-unit": (lambda w: w.watch.times(unit=TABLE), "unknown unit array"),
    "array-as-storage": (lambda w: _new().all_to_all(1.0, storage_format=TABLE), "storage format"),
    "array-as-target": (lambda w: w.net.get_projections(target=TABLE), "no projection fits"),
    "array-as-operation": (lambda w: annlab.Synapse(operation=TABLE), "unknown operation array"),
    "list-as-function": (lambda w: annlab.functions(["f"]), r"there is no function \['f'\]"),
    # -- flags
    "array-as-keep": (lambda w: w.watch.get(keep=TABLE), "keep of watch is array"),
    "array-as-grid": (lambda w: w.watch.get(reshape=TABLE), "reshape of watch is array"),
    "array-as-arrangement": (
        lambda w: w.path.receptive_fields(in_post_geometry=TABLE),
        r"in_post_geometry of receptive_fields\(\) is array",
    ),
    "array-as-recorded": (lambda w: w.watch.get_spikes(TABLE), "watch does not record array"),
    "array-as-synapses": (lambda w: w.path.reset(synapses=TABLE), "synapses of reset.* is array"),
    "array-as-quiet": (
        lambda w: w.net.get_projections(target="x", suppress_error=TABLE),
        r"suppress_error of get_projections\(\) is array",
    ),
    "array-as-side": (lambda w: w.net.memory_footprint(TABLE), "show_py_side of memory_footprint"),
    "word-as-local": (lambda w: w.b[:2].rank_from_coordinates(0, local="x"), "local is 'x'"),
    # -- numbers
    "word-as-window": (lambda w: w.cells.compute_firing_rate("x"), "the window of .* is 'x'"),
    "endless-window": (lambda w: w.cells.compute_firing_rate(1e30), "a window of 1e.30 ms are"),
    "endless-time": (lambda w: setattr(w.net, "time", 1e300), "the clock cannot show step"),
    "word-as-seed": (lambda w: annlab.Uniform(0.0, 1.0, seed="x"), "Uniform: seed is 'x'"),
    "negative-seed": (lambda w: annlab.Normal(0.0, 1.0, seed=-5), "Normal: seed is -5"),
    "word-as-generator": (
        lambda w: annlab.Uniform(0.0, 1.0).get_values(3, rng="x"),
        r"Uniform\(0.0, 1.0\) cannot be drawn by 'x'",
    ),
    "word-as-rate": (lambda w: w.net.memory_estimate(1.0, rate="x"), "the firing rate .* is 'x'"),
    "endless-geometry": (lambda w: Network().create(np.inf, RATE), "geometry of a population is"),
    "nan-as-geometry": (lambda w: Network().create((2, np.nan), RATE), "geometry of a population"),
    "type-as-value": (lambda w: setattr(w.b, "r", int), "cannot become <class 'int'>"),
    "no-capacitance": (lambda w: annlab.GIF_curr(C_m=0.0), "GIF_curr: C_m is 0.0\n  give a capac"),
    "word-as-capacitance": (lambda w: annlab.GIF_curr_exp(C_m="x"), "GIF_curr_exp: C_m is 'x'"),
    "word-in-a-balloon": (lambda w: balloon_RN(phi="x"), "a balloon: phi is 'x'"),
    "ragged-times": (lambda w: annlab.convert_ms_to_steps([[1], [2, 3]]), "is no time"),
    "endless-start": (lambda w: annlab.population_rate({0: [1]}, start=-(10**30)), "first step"),
    "list-as-norm": (lambda w: w.b.normalized_coordinates_from_rank(0, norm=[]), r"norm is \[\]"),
    "half-a-rank": (lambda w: annlab.PopulationView(w.a, [0.5]), r"ranks of a view are \[0.5\]"),
    # -- lists and tables
    "number-as-ranks": (lambda w: annlab.PopulationView(w.a, 3), "the ranks of a view are 3"),
    "masked-ranks": (
        lambda w: w.path.dendrite(0).create_synapses(np.ma.masked),
        "presynaptic ranks of neuron 0",
    ),
    "masked-coordinates": (lambda w: w.b.rank_from_coordinates(np.ma.masked), "are integers"),
    "one-number-as-monitors": (lambda w: annlab.MonitorList(3), "holds monitors, not 3"),
    "list-as-extra-values": (lambda w: Neuron(extra_values=[1]), r"`extra_values` are \[1\]"),
    "array-as-mapping": (
        lambda w: BoldMonitor([w.a], mapping=TABLE, network=w.net),
        "the mapping of a BOLD monitor is array",
    ),
    "number-as-inputs": (lambda w: BoldModel(inputs=3), "inputs of a BOLD model are 3"),
    "number-as-populations": (lambda w: _compile_with(populations=3), "given 3 as populations"),
    "strange-population": (lambda w: _compile_with(populations=[w.a]), "as populations\n  give"),
    "number-as-projection": (
        lambda w: annlab.compute_delivered_efferent_spikes(3, {}),
        "3 is no projection",
    ),
    "number-as-spikes": (
        lambda w: annlab.compute_delivered_efferent_spikes(w.path, 3),
        r"the spikes are 3\n  give what",
    ),
    "dendrite-of-nothing": (lambda w: annlab.Dendrite(3, 0), "there is no dendrite 0 of 3"),
    # -- functions of users
    "connector-of-no-arguments": (
        lambda w: _new().from_function(lambda: 1),
        r"<lambda>\(\) was given 2 arguments and takes none",
    ),
    "type-as-connector": (lambda w: _new().from_function(int), "cannot tell what <class 'int'>"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_of_the_wrong_kind_is_named(case: str) -> None:
    call, text = CASES[case]
    with pytest.raises(AnnlabError, match=text):
        call(World())


@pytest.mark.parametrize("name", [TABLE, [1], {}, 3])
def test_nothing_is_called_by_what_is_no_name(name: Any) -> None:
    net = World().net
    assert net.get_population(name) is None
    assert net.get_monitor(name) is None
    assert net.get_constant(name) is None


def test_what_can_be_written_may_be_a_name() -> None:
    assert Network().create(1, RATE, name=3).name == "3"
    assert Neuron(equations="r = 1.0", name=TABLE, description=TABLE).name == str(TABLE)
