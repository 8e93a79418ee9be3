"""Arrays of the host and their copies on a device: who has the newest numbers.

Copies are made when somebody looks: a run uploads what was taken or changed since
the last one, and marks what kernels have written; reading an array downloads it.
Nothing is copied between steps.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from weakref import ReferenceType, ref

import numpy as np
from numpy.typing import NDArray

from annlab.errors import TooLargeError
from annlab.runtime.cuda.device import Block, Device

# Switches and settings, which their owners change without telling: looked at before every run.
SMALL_BYTES = 64
ALIGNMENT = 256  # of what a device reads at once; what is aligned on the host is so there
WORTH_ASKING = 1 << 26  # smaller requests are not compared with what is free


@dataclass(slots=True)
class _Copy:
    """One array of the host, in whole, and its copy.

    At most one side is newer: `is_newer` is the device's; `is_taken` says that the host's may be.
    """

    array: NDArray
    block: Block
    base: int  # address of the copy; as far from a multiple of `ALIGNMENT` as the array's
    image: bytes = b""  # of small arrays: what the device was last given
    is_written: bool = False  # by kernels
    is_newer: bool = False
    is_taken: bool = True
    is_bound: bool = field(default=True)


Make = Callable[["DeviceMemory"], NDArray]


class DeviceMemory:
    """The copies of one network's arrays; a `annlab.runtime.held.Keeper`."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self._copies: dict[int, _Copy] = {}
        self._owed: dict[int, tuple[ReferenceType[NDArray], Make]] = {}
        # Those that a run looks at: what may have changed on the host, and what kernels write. Most
        # of a network are tables that stay as they are.
        self._watched: list[_Copy] = []
        self._written: list[_Copy] = []
        self._is_binding = False
        self._lock = threading.RLock()  # of who binds and who reads

    # ---- binding ------------------------------------------------------------------------------

    @contextmanager
    def binding(self) -> Iterator[None]:
        """Hand out addresses, and then forget the arrays that were not asked for.

        Meanwhile taking an array does not count, and other threads that read one wait: a copy of
        theirs must not get among the launches that are captured.
        """
        with self._lock:
            self._is_binding = True
            for copy in self._all():
                copy.is_bound = copy.is_written = False
            self._written = []
            try:
                yield
            finally:
                self._is_binding = False
            for key in [k for k, copy in list(self._copies.items()) if not copy.is_bound]:
                self._download(self._copies[key])
                del self._copies[key]
            self._owed = {k: owed for k, owed in self._owed.items() if owed[0]() is not None}
            self._watched = self._all()

    def _all(self) -> list[_Copy]:
        """Return what is there now: other threads may read while a network ends."""
        return list(self._copies.values())

    def close(self) -> None:
        """Bring everything back to the host; what is owed is made of that when it is read."""
        with self.binding():
            pass

    def doubt(self) -> None:
        """Upload everything that the device has not changed: arrays may have been edited."""
        for copy in self._all():
            copy.is_taken = copy.is_taken or not copy.is_newer

    def address(self, array: NDArray) -> int:
        """Return where an array is on the device."""
        root = _root(array)
        return self._bound(root).base + _offset(array, root)

    def mark_written(self, array: NDArray) -> None:
        """Note that kernels write into an array."""
        self._note_written(self._bound(_root(array)))

    def _note_written(self, copy: _Copy) -> None:
        if not copy.is_written:
            copy.is_written = True
            self._written.append(copy)

    # ---- what begins on the device ------------------------------------------------------------

    def born(self, array: NDArray) -> int:
        """Return where an array is on the device, whose numbers are made there."""
        address = self.address(array)
        copy = self._copies[id(_root(array))]
        copy.is_newer, copy.is_taken = True, False
        return address

    def owe(self, array: NDArray, make: Make) -> None:
        """Have an array that kernels do not need made when somebody reads it."""
        self._owed[id(array)] = ref(array), make

    def drop(self, array: NDArray) -> None:
        """Forget an array and its copy."""
        dropped = self._copies.pop(id(_root(array)), None)
        self._watched = [copy for copy in self._watched if copy is not dropped]

    # -------------------------------------------------------------------------------------------

    def _bound(self, root: NDArray) -> _Copy:
        copy = self._copies.get(id(root))
        if copy is None:
            block = self.allocate(root.nbytes + ALIGNMENT)
            shift = (_address(root) - block.address) % ALIGNMENT
            copy = _Copy(root, block, block.address + shift)
            self._copies[id(root)] = copy
            self._watched.append(copy)
        copy.is_bound = True
        return copy

    def allocate(self, n_bytes: int) -> Block:
        """Return memory of the device.

        Raises
        ------
        TooLargeError
            Before anything is allocated, with the sizes.
        """
        if n_bytes > WORTH_ASKING and n_bytes > (free := self.device.available_bytes()):
            raise TooLargeError(
                f"an array needs {n_bytes / 2**30:.1f} GiB on the device and {free / 2**30:.1f} "
                "GiB are free",
                why=f"the device is {self.device.name}",
                hint='use fewer synapses, dtype=float32, or backend="cpu"',
            )
        return self.device.allocate(max(n_bytes, 1))

    # ---- copies -------------------------------------------------------------------------------

    def show(self, array: NDArray) -> None:
        """Bring an array up to date on the host; from now on it may be changed there."""
        with self._lock:
            copy = None if self._is_binding else self._copies.get(id(_root(array)))
            if copy is not None:
                self._download(copy)
                copy.is_taken = True

    def read(self, array: NDArray) -> None:
        """Bring an array up to date on the host; it will not be changed there."""
        with self._lock:
            if not self._is_binding:
                self.fetch(array)

    def fetch(self, array: NDArray) -> None:
        """Bring an array up to date, also while addresses are handed out."""
        with self._lock:
            owed = self._owed.pop(id(array), None)
            if owed is not None and owed[0]() is array:
                array[:] = owed[1](self)
                return
            copy = self._copies.get(id(_root(array)))
            if copy is not None:
                self._download(copy)

    def view(self, array: NDArray) -> Any:
        """Return the device's copy of an array as an array of the device."""
        root = _root(array)
        copy = self._copies[id(root)]
        self._upload(copy)
        copy.is_newer = True  # whoever has it may write
        self._note_written(copy)
        offset = copy.base - copy.block.address + _offset(array, root)
        return self.device.view(copy.block, offset, array)

    def before_run(self) -> None:
        """Upload what may have been changed on the host."""
        for copy in self._watched:
            self._upload(copy)
        # What nobody can write to is on the device now, for good.
        self._watched = [copy for copy in self._watched if copy.array.flags.writeable]

    def after_run(self) -> None:
        """Note what kernels have changed."""
        for copy in self._written:
            copy.is_newer = True

    def upload(self, array: NDArray) -> None:
        """Upload an array if it may have been changed."""
        self._upload(self._bound(_root(array)))

    def is_due(self, array: NDArray) -> bool:
        """Tell whether an array will be uploaded before the next run."""
        copy = self._copies.get(id(_root(array)))
        return copy is None or _is_due(copy)

    def _upload(self, copy: _Copy) -> None:
        if not _is_due(copy):
            return
        if copy.array.nbytes <= SMALL_BYTES:
            copy.image = copy.array.tobytes()
        self.device.write(copy.base, copy.array)
        copy.is_taken = False

    def _download(self, copy: _Copy) -> None:
        if copy.is_newer:
            self.device.read(copy.base, copy.array)
            copy.is_newer = False
            copy.image = copy.array.tobytes() if copy.array.nbytes <= SMALL_BYTES else b""


def _is_due(copy: _Copy) -> bool:
    if copy.is_newer:
        return False
    if copy.array.nbytes <= SMALL_BYTES:
        return copy.array.tobytes() != copy.image
    return copy.is_taken


def _root(array: NDArray) -> NDArray:
    """Return the array that owns the memory of a view."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def _offset(array: NDArray, root: NDArray) -> int:
    return _address(array) - _address(root)


def _address(array: NDArray) -> int:
    return array.__array_interface__["data"][0]
