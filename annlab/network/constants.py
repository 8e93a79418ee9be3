"""Constants: named numbers that every equation may use.

A global `Constant` is copied into every network made afterwards; `net.constant`
makes one for a single network. Both may be changed at any time.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import MutableMapping
from typing import TYPE_CHECKING

from annlab.calls import public
from annlab.errors import ArgumentError, ArgumentTypeError
from annlab.ir.analysis.names import check_name

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

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If the name is no name or the value no number.

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
    """

    name: str

    def __new__(cls, name: str, value: float, network: Network | None = None) -> Constant:
        if not isinstance(name, str) or not name.isidentifier():
            raise ArgumentError(f"a constant cannot be called {name!r}", hint="use one word")
        check_name(name, of_neuron=True, source=None, span=None)
        constant = super().__new__(cls, _read(name, value))
        return constant

    def __init__(self, name: str, value: float, network: Network | None = None) -> None:
        self._belong(name, _read(name, value), network)
        if network is None:
            GLOBAL_CONSTANTS[name] = self

    def _belong(self, name: str, value: float, network: Network | None) -> None:
        """Begin as the constant of one network, or of all."""
        self.name = name
        self._value = value
        self._network = None if network is None else weakref.ref(network)
        self._copies: weakref.WeakSet[_Holder] = weakref.WeakSet()
        self._holder = _Holder(self)

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
        """Return the network's own copy, which follows this one.

        Examples
        --------
        >>> import annlab
        >>> rest = annlab.Constant("rest", -65.0)
        >>> net = annlab.Network()
        >>> rest.copy_into(net).value
        -65.0
        """
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
            constants[name] = constant.copy_into(network)
