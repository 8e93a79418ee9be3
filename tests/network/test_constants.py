"""Constants: what they are made of, and which network knows them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import annlab
from annlab import Constant, Network
from annlab.errors import AnnlabError, ArgumentTypeError, StateError, UnknownAttributeError

Misuse = Callable[[Network], object]
CASES: dict[str, tuple[Misuse, type[AnnlabError], str]] = {
    "a-number-as-network": (
        lambda net: Constant("gain", 2.0, 3),  # type: ignore[arg-type]
        ArgumentTypeError,
        "a constant was given 3 as a network\n  give a Network",
    ),
    "a-copy-into-nothing": (
        lambda net: Constant("gain", 2.0).copy_into(None),  # type: ignore[arg-type]
        ArgumentTypeError,
        "a constant was given None as a network",
    ),
    "no-name": (
        lambda net: Constant.fromhex("0x1p3"),
        ArgumentTypeError,
        r"a constant has a name as well\n  write Constant\(name, float.fromhex\(...\)\)",
    ),
    "another-value": (
        lambda net: setattr(Constant("gain", 2.0), "value", 3.0),
        UnknownAttributeError,
        r"'value' of constant 'gain' can be read and not be set\n  call set\(number\)",
    ),
    "another-name": (
        lambda net: setattr(Constant("gain", 2.0), "name", "loss"),
        UnknownAttributeError,
        "'name' of constant 'gain' can be read and not be set\n  make another",
    ),
    "too-late": (
        lambda net: (net.compile(), Constant("gain", 2.0, net)),
        StateError,
        "it is too late to add a constant",
    ),
}


@pytest.mark.parametrize(("misuse", "error", "text"), CASES.values(), ids=list(CASES))
def test_it_is_told(net: Network, misuse: Misuse, error: type[AnnlabError], text: str) -> None:
    with pytest.raises(error, match=text):
        misuse(net)


def test_a_constant_that_is_made_for_a_network_is_known_there_alone(net: Network) -> None:
    gain = Constant("gain", 2.0, net)
    cells = net.create(1, annlab.Neuron(equations="r = gain"))
    net.compile()
    gain.set(3.0)
    net.step()
    assert cells.r == [3.0]
    assert Network().get_constants() == []


def test_a_copy_of_a_constant_follows_it_where_it_was_put() -> None:
    net = Network()
    gain = Constant("gain", 2.0)
    gain.copy_into(net)
    cells = net.create(1, annlab.Neuron(equations="r = gain"))
    net.compile()
    gain.set(3.0)
    net.step()
    assert cells.r == [3.0]


def test_a_constant_is_known_to_networks_that_are_there() -> None:
    """It was to those made afterwards alone, and in a script of one network to none."""
    annlab.Population(1, annlab.Neuron(equations="r = 1.0"))
    own, other, done = Network(), Network(), Network()
    own.constant("gain", 1.0)
    done.compile()
    gain = Constant("gain", 2.0)
    cells = annlab.Population(1, annlab.Neuron(equations="r = gain"))
    annlab.compile()
    gain.set(3.0)
    annlab.step()
    assert cells.r == [3.0]
    assert [c.value for c in (*own.get_constants(), *other.get_constants())] == [1.0, 3.0]
    assert done.get_constants() == []


def test_the_last_constant_of_a_name_counts_for_the_global_network() -> None:
    Constant("gain", 2.0)
    cells = annlab.Population(1, annlab.Neuron(equations="r = gain"))
    Constant("gain", 5.0)
    annlab.compile()
    annlab.step()
    assert cells.r == [5.0]
