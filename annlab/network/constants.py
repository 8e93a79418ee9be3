"""Constants: named numbers that every equation may use.

A global `Constant` is copied into every network made afterwards, and into those that are not
compiled yet; `net.constant` makes one for a single network. Both may be changed at any time.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, NoReturn

from annlab.calls import public
from annlab.errors import ArgumentError, ArgumentTypeError, UnknownAttributeError
from annlab.ir.analysis.names import check_name
from annlab.network import context

if TYPE_CHECKING:
    from annlab.network.network import Network

GLOBAL_CONSTANTS: dict[str, Constant] = {}


@public
class Constant(float):
    """A number with a name.

    Arithmetic gives plain floats and uses the number of the beginning; `value` is that of now.

    Parameters
    ----------
    name
        As it is written in equations.
    network
        That alone knows it, and is not compiled yet. By default all that are made later, and
        those that are there, have no constant of this name and are not compiled.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If the name is no name, the value no number or the network none.
    StateError
        If the network is compiled.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(backend="reference")
    >>> gain = net.constant("gain", 2.0)
    >>> cells = net.create(1, annlab.Neuron("", "r = 3.0 * gain"))
    >>> net.compile()
    >>> gain.set(4.0)
    >>> steps = net.simulate(1.0)
    >>> cells.r
    array([12.])
    >>> gain.name, gain.value
    ('gain', 4.0)
    """

    def __new__(cls, name: str, value: float, network: Network | None = None) -> Constant:
        if not isinstance(name, str) or not name.isidentifier():
            raise ArgumentError(f"a constant cannot be called {name!r}", hint="use one word")
        check_name(name, of_neuron=True, source=None, span=None)
        constant = super().__new__(cls, _read(name, value))
        return constant

    def __init__(self, name: str, value: float, network: Network | None = None) -> None:
        if network is not None:
            _check_network(network)
        self._belong(name, _read(name, value), network)
        if network is None:
            GLOBAL_CONSTANTS[name] = self
            self._join_networks()
        else:
            network._add_constant(self)

    def _join_networks(self) -> None:
        """Be known where equations may still be written: scripts declare as they go."""
        for network in context.networks():
            is_new = network.id == context.GLOBAL_ID or self._name not in network._constants
            if is_new and not network.compiled:
                self.copy_into(network)

    def _belong(self, name: str, value: float, network: Network | None) -> None:
        """Begin as the constant of one network, or of all."""
        self._name = name
        self._value = value
        self._network = None if network is None else weakref.ref(network)
        self._copies: weakref.WeakSet[_Holder] = weakref.WeakSet()
        self._holder = _Holder(self)

    def __setattr__(self, name: str, value: object) -> None:
        if name in ("name", "value"):
            raise UnknownAttributeError(
                f"{name!r} of constant {self.name!r} can be read and not be set",
                hint="call set(number)" if name == "value" else "make another constant",
            )
        object.__setattr__(self, name, value)

    @classmethod
    def fromhex(cls, string: str, /) -> NoReturn:
        """Refuse: a float has it, and no name for what it would make."""
        raise ArgumentTypeError(
            f"fromhex({string!r}) makes a number, and a constant has a name as well",
            hint="write Constant(name, float.fromhex(...))",
        )

    @property
    def name(self) -> str:
        """As it is written in equations."""
        return self._name

    @property
    def value(self) -> float:
        """The number as it is now."""
        return self._value

    def set(self, value: float) -> None:
        """Change the number, also while a network runs; of a global one in all its networks.

        Examples
        --------
        >>> import annlab
        >>> rest = annlab.Constant("rest", -65.0)
        >>> net = annlab.Network()
        >>> cells = net.create(1, annlab.Neuron(equations="r = rest"))
        >>> net.compile()
        >>> rest.set(-70.0)  # in all networks that know it
        >>> net.step()
        >>> rest.value, cells.r
        (-70.0, array([-70.]))
        """
        number = _read(self.name, value)
        self._value = number
        network = self._network() if self._network is not None else None
        if network is not None:
            network._set_constant(self.name, number)
        for holder in list(self._copies):
            holder.constant.set(number)

    def copy_into(self, network: Network) -> Constant:
        """Put a copy, which follows this one, into a network that is not compiled; return it.

        Examples
        --------
        >>> import annlab
        >>> rest = annlab.Constant("rest", -65.0)
        >>> net = annlab.Network()
        >>> rest.copy_into(net).value
        -65.0
        """
        _check_network(network)
        copy = Constant(self.name, self._value, network)
        self._lead(copy)
        return copy

    def _lead(self, copy: Constant) -> None:
        """Let `copy` follow this one."""
        self._copies.add(copy._holder)

    def __repr__(self) -> str:
        return f"Constant({self.name!r}, {self._value})"

    def __reduce__(self) -> tuple[object, ...]:
        return (float, (self._value,))


class _Holder:
    """Lets a WeakSet hold constants that are equal as numbers apart."""

    __slots__ = ("__weakref__", "constant")

    def __init__(self, constant: Constant) -> None:
        self.constant = constant


def _check_network(network: object) -> None:
    if not hasattr(network, "_add_constant"):
        raise ArgumentTypeError(
            f"a constant was given {network!r} as a network",
            hint="give a Network",
        )


def _read(name: str, value: object) -> float:
    if isinstance(value, Constant):
        return value.value
    try:
        number = float(value)  # type: ignore[arg-type]  # refused below
    except (TypeError, ValueError, OverflowError):
        raise ArgumentTypeError(f"constant {name!r} is {value!r}", hint="give one number") from None
    if math.isnan(number):
        raise ArgumentError(
            f"constant {name!r} cannot become NaN",
            why="whatever is computed of it becomes NaN as well",
            hint="give a number",
        )
    return number


def copy_global_constants(constants: MutableMapping[str, Constant], network: Network) -> None:
    """Put copies of all global constants that it does not have into a network."""
    for name, constant in GLOBAL_CONSTANTS.items():
        if name not in constants:
            constant.copy_into(network)
