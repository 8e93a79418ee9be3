"""Older scripts call some arguments and methods by other names."""

from __future__ import annotations

import numpy as np
import pytest

import annlab as ann
from annlab.errors import ArgumentError, ArgumentTypeError, UnknownObjectError
from annlab.extensions.convolution import Copy, Transpose


@pytest.fixture
def net() -> ann.Network:
    return ann.Network(backend="reference", seed=1)


def test_synapses_are_listed_by_their_short_names() -> None:
    synapses = ann.LILConnectivity(1.0)
    synapses.add(rk=0, r=[1, 2], w=[0.1, 0.2], d=[1.0, 2.0])
    synapses.push_back(rk=3, r=[0], w=0.5, d=1.0)
    assert synapses.pre_rank == [[1, 2], [0]]
    assert synapses.delay == [[1, 2], [1]]


def test_an_error_behind_an_older_name_is_told_alone() -> None:
    with pytest.raises(ArgumentError, match="delay below 0") as raised:
        ann.LILConnectivity().add(rk=0, r=[1], w=1.0, d=-1.0)
    assert raised.value.__context__ is None


def test_an_argument_under_both_of_its_names_is_refused() -> None:
    with pytest.raises(ArgumentTypeError, match=r"add\(\) takes no 'rk'"):
        ann.LILConnectivity().add(0, [1], weights=1.0, rk=0, post_rank=0)


def test_rules_take_their_condition_as_an_equation(net: ann.Network) -> None:
    synapse = ann.Synapse(
        creating=ann.Creating(equation="pre.r > 0.5", w=0.5),
        pruning=ann.Pruning(equation="w < 0.2", proba=1.0),
    )
    cells = net.create(2, ann.Neuron(equations="r = 0.0"))
    loop = net.connect(cells, cells, "exc", synapse).from_matrix([[1.0, 0.1], [None, None]])
    net.compile()
    loop.start_pruning()
    net.step()
    assert loop.pre_ranks == [[0]]
    with pytest.raises(ArgumentTypeError, match="needs 'condition'"):
        ann.Pruning(proba=1.0)


def test_the_numbers_of_synapses_may_be_called(net: ann.Network) -> None:
    cells = net.create(2, ann.Neuron(equations="r = 0.0"))
    loop = net.connect(cells, cells, "exc").all_to_all(
        ann.Uniform(0.5, 1.0), allow_self_connections=True
    )
    net.compile()
    assert loop.nb_synapses_per_dendrite() == loop.nb_synapses_per_dendrite == [2, 2]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lambda: ann.Uniform(0.0, 1.0, 42), lambda: ann.Uniform(0.0, 1.0, seed=42)),
        (lambda: ann.Normal(0.0, 1.0, None, None, 42), lambda: ann.Normal(0.0, 1.0, seed=42)),
        (lambda: ann.Binomial(3, 0.5, 42), lambda: ann.Binomial(3, 0.5, seed=42)),
    ],
    ids=["uniform", "normal", "binomial"],
)
def test_a_number_in_the_place_of_a_generator_is_a_seed(one, other) -> None:
    assert one().get_list_values(5) == other().get_list_values(5)
    with pytest.raises(ArgumentTypeError, match="rng must be a NumPy generator"):
        ann.Uniform(0.0, 1.0, "42")


def test_a_list_of_monitors_is_a_list(net: ann.Network) -> None:
    cells = net.create(2, ann.Neuron(equations="r = 1.0"))
    first, second = net.monitor(cells, "r", name="first"), net.monitor(cells, "r", name="second")
    watches = ann.MonitorList(iterable=[])
    watches.append(second)
    watches.insert(0, first)
    assert list(watches) == [first, second]
    assert [m.name for m in watches[1:]] == ["second"]
    watches.remove(first)
    watches += [first]
    watches[0] = first
    del watches[1]
    watches[1:] = [second]
    assert [m.name for m in watches] == ["first", "second"]
    assert watches.pop() is second
    with pytest.raises(ArgumentTypeError, match="holds monitors, not 3"):
        watches.append(3)
    with pytest.raises(UnknownObjectError, match="is not in the list"):
        watches.remove(second)
    with pytest.raises(UnknownObjectError, match="has 1 monitors, and no monitor 4"):
        watches[4] = second
    watches["first"] = second
    assert watches.pop("second") is second
    assert not watches


def test_values_and_steps_by_their_older_names(net: ann.Network) -> None:
    cells = net.create(2, ann.Neuron(equations="r = 1.0"))
    loop = net.connect(cells, cells, "exc").all_to_all(
        ann.Uniform(0.5, 1.0), allow_self_connections=True
    )
    net.compile()
    loop.set(value={"w": 0.5})
    loop.dendrite(0).set(value={"w": 0.25})
    assert loop.w == [[0.25, 0.25], [0.5, 0.5]]
    assert loop.dendrite(0).synapse(pos=1).w == 0.25
    net.set_current_step(t=7)
    assert net.current_step == 7


def test_shared_weights_are_connected_by_their_older_names(net: ann.Network) -> None:
    a, b = net.create(2, ann.Neuron(equations="r = sum(exc)")), net.create(2, ann.Neuron("r = 1.0"))
    forth = net.connect(b, a, "exc").from_matrix(np.eye(2) * 3.0)
    copies = net.connect(Copy(b, a, "exc")).connect_copy(forth)
    back = net.connect(Transpose(forth, "exc")).connect_transpose()
    again = net.connect(Transpose(forth, "more")).connect()
    net.compile()
    net.step()
    assert a.r.tolist() == [6.0, 6.0]
    assert copies.pre is b
    assert back.pre is again.pre is a


def test_a_script_gets_numpy_and_the_lists_of_models_with_all_names() -> None:
    assert {"np", "models", "list_standard_neurons", "list_standard_synapses"} <= {*ann.__all__}
    assert ann.np is np
    assert ann.list_standard_neurons() == ann.models.list_standard_neurons()
    assert ann.list_standard_synapses() == ann.models.list_standard_synapses()
