"""Arrays of a state that a back end may keep elsewhere while it runs.

A back end with a memory of its own is a `Keeper`: whoever takes an array of the
state gets it with the numbers of now, and may change it. Without a keeper an array
is just an array.
"""

from __future__ import annotations

from typing import Any, Protocol

from numpy.typing import NDArray


class Keeper(Protocol):
    """Who has the newest numbers of arrays."""

    def show(self, array: NDArray) -> None:
        """Bring an array up to date; from now on it may be changed from outside."""
        ...

    def read(self, array: NDArray) -> None:
        """Bring an array up to date; it will not be changed."""
        ...

    def fetch(self, array: NDArray) -> None:
        """The same, also at moments when arrays are taken for their addresses alone."""
        ...


_PREFIX = "_held_"


def held(owner: object, name: str) -> Any:
    """Return the array of an attribute that is there, whoever has the newest numbers."""
    try:
        return owner.__dict__[_PREFIX + name]
    except KeyError:
        raise AttributeError(name) from None


class Held:
    """An attribute that is an array; its owner's ``keeper`` is told when somebody takes it."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, owner: Any, kind: type | None = None) -> Any:
        if owner is None:
            raise AttributeError(self._name)  # a field of a dataclass without a default
        array = held(owner, self._name)
        keeper = owner.__dict__.get("keeper")
        if keeper is not None and array is not None:
            self._tell(keeper, array)
        return array

    def __set__(self, owner: Any, array: NDArray | None) -> None:
        owner.__dict__[_PREFIX + self._name] = array

    def _tell(self, keeper: Keeper, array: NDArray) -> None:
        keeper.show(array)


class Lent(Held):
    """The same for an array that nobody changes in place: whoever takes it only reads."""

    def _tell(self, keeper: Keeper, array: NDArray) -> None:
        keeper.read(array)


class HeldArrays(dict[str, NDArray]):
    """Arrays by name; the keeper is told when somebody takes one."""

    keeper: Keeper | None = None

    def __getitem__(self, name: str) -> NDArray:
        array = super().__getitem__(name)
        if self.keeper is not None:
            self.keeper.show(array)
        return array

    def held(self, name: str) -> NDArray:
        """Return the array that is here, whoever has the newest numbers."""
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        try:
            return self[name]
        except KeyError:
            return default

    def items(self):
        self.publish()
        return super().items()

    def values(self):
        self.publish()
        return super().values()

    def publish(self) -> None:
        """Bring all arrays up to date."""
        if self.keeper is not None:
            for name in self:
                self[name]
