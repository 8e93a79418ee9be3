"""Copies between host and device are made when somebody looks, and never in between."""

from __future__ import annotations

import threading
import time
from collections import Counter

import numpy as np
import pytest
from numpy.typing import NDArray

from annlab.errors import TooLargeError
from annlab.runtime.cuda.emulated import EmulatedDevice
from annlab.runtime.cuda.memory import DeviceMemory


class CountingDevice(EmulatedDevice):
    """Counts copies; the emulated device otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self.copies: Counter[str] = Counter()

    def write(self, address: int, array: NDArray) -> None:
        self.copies["up"] += 1
        super().write(address, array)

    def read(self, address: int, array: NDArray) -> None:
        self.copies["down"] += 1
        super().read(address, array)


@pytest.fixture
def device() -> CountingDevice:
    return CountingDevice()


@pytest.fixture
def memory(device: CountingDevice) -> DeviceMemory:
    return DeviceMemory(device)


def on_device(memory: DeviceMemory, array: NDArray) -> NDArray:
    found = np.zeros_like(array)
    memory.device.read(memory.address(array), found)
    return found


def test_views_of_an_array_share_its_copy(memory: DeviceMemory) -> None:
    values = np.arange(100.0)
    assert memory.address(values[10:20]) - memory.address(values) == 80
    memory.before_run()
    assert on_device(memory, values[10:20]).tolist() == list(range(10, 20))


def test_an_array_is_uploaded_once_and_again_after_somebody_took_it(
    memory: DeviceMemory, device: CountingDevice
) -> None:
    values = np.zeros(100)
    memory.address(values)
    for _ in range(3):
        memory.before_run()
        memory.after_run()
    assert device.copies["up"] == 1
    memory.show(values)
    values[:] = 7.0
    memory.before_run()
    assert device.copies["up"] == 2
    assert on_device(memory, values).tolist() == [7.0] * 100


def test_what_kernels_wrote_comes_down_when_it_is_looked_at_and_only_then(
    memory: DeviceMemory, device: CountingDevice
) -> None:
    values = np.zeros(100)
    memory.mark_written(values)
    for _ in range(5):
        memory.before_run()
        device.write(memory.address(values), np.full(100, 3.0))  # as a kernel would
        memory.after_run()
    assert device.copies["down"] == 0
    assert values.max() == 0.0
    for _ in range(2):
        memory.show(values)
    assert device.copies["down"] == 1
    assert values.tolist() == [3.0] * 100


def test_small_arrays_may_be_changed_without_a_word(memory: DeviceMemory) -> None:
    switch = np.ones(1, np.int32)
    memory.address(switch)
    memory.before_run()
    switch[0] = 0
    memory.before_run()
    assert on_device(memory, switch)[0] == 0


def test_a_small_array_that_kernels_wrote_is_not_overwritten(memory: DeviceMemory) -> None:
    flag = np.zeros(1, np.int32)
    memory.mark_written(flag)
    memory.before_run()
    memory.device.write(memory.address(flag), np.ones(1, np.int32))
    memory.after_run()
    memory.before_run()
    assert on_device(memory, flag)[0] == 1
    memory.show(flag)
    assert flag[0] == 1


def test_arrays_that_are_bound_no_more_come_home(memory: DeviceMemory) -> None:
    old = np.zeros(100)
    memory.mark_written(old)
    memory.before_run()
    memory.device.write(memory.address(old), np.ones(100))
    memory.after_run()
    with memory.binding():
        pass
    assert old.tolist() == [1.0] * 100


def test_taking_an_array_to_bind_it_copies_nothing(
    memory: DeviceMemory, device: CountingDevice
) -> None:
    values = np.zeros(100)
    memory.mark_written(values)
    memory.before_run()
    memory.after_run()
    with memory.binding():
        memory.show(values)
        memory.mark_written(values)
    memory.before_run()
    assert device.copies == {"up": 1}


def test_what_does_not_fit_is_refused_before_it_is_allocated(
    memory: DeviceMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CountingDevice, "available_bytes", lambda _: 3 << 30)
    with pytest.raises(TooLargeError, match=r"needs 8\.0 GiB on the device and 3\.0 GiB are free"):
        memory.allocate(8 << 30)


def test_what_begins_on_the_device_comes_down_when_it_is_read(
    memory: DeviceMemory, device: CountingDevice
) -> None:
    values = np.empty(100)
    device.write(memory.born(values), np.arange(100.0))
    device.copies.clear()
    for _ in range(2):
        memory.before_run()
        memory.after_run()  # of kernels that read it
    assert not device.copies
    memory.read(values)
    assert values.tolist() == list(range(100))
    memory.read(values)
    memory.before_run()
    assert device.copies == Counter(down=1)  # who only reads has changed nothing


def test_it_comes_down_where_addresses_are_handed_out_only_if_somebody_insists(
    memory: DeviceMemory, device: CountingDevice
) -> None:
    values = np.zeros(100)
    device.write(memory.born(values), np.full(100, 3.0))
    with memory.binding():
        memory.address(values)
        memory.read(values)
        assert values[0] == 0.0
        memory.fetch(values)
        assert values[0] == 3.0


@pytest.mark.parametrize("way", ["read", "show"])
def test_a_thread_that_reads_waits_until_addresses_are_handed_out(
    memory: DeviceMemory, device: CountingDevice, way: str
) -> None:
    values, read = np.zeros(100), []
    device.write(memory.born(values), np.full(100, 3.0))
    bring = getattr(memory, way)
    reader = threading.Thread(target=lambda: (bring(values), read.append(values[0])))
    with memory.binding():
        memory.address(values)
        reader.start()
        reader.join(0.05)
        assert not read
    reader.join()
    assert read == [3.0]


def test_after_a_binding_that_fails_arrays_are_read_as_before(
    memory: DeviceMemory, device: CountingDevice
) -> None:
    values = np.zeros(100)
    device.write(memory.born(values), np.full(100, 3.0))
    with pytest.raises(TooLargeError), memory.binding():
        raise TooLargeError("no room")
    memory.read(values)
    assert values[0] == 3.0


def test_threads_that_read_what_is_owed_all_get_it(memory: DeviceMemory) -> None:
    values, found = np.zeros(10), []

    def make(of: DeviceMemory) -> NDArray:
        time.sleep(0.05)
        return np.ones(10)

    memory.owe(values, make)
    readers = [
        threading.Thread(target=lambda: (memory.read(values), found.append(values[0])))
        for _ in range(3)
    ]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert found == [1.0] * 3


def test_what_kernels_do_not_need_is_made_when_it_is_read(memory: DeviceMemory) -> None:
    short, values = np.array([2, 3]), np.empty(10, np.int64)
    memory.owe(values, lambda of: np.repeat(short, 5) if of is memory else short)
    memory.close()
    memory.read(values)
    assert values.tolist() == [2] * 5 + [3] * 5
    values[0] = 7
    memory.read(values)  # made once
    assert values[0] == 7


def test_what_is_dropped_never_comes_down(memory: DeviceMemory, device: CountingDevice) -> None:
    values = np.zeros(100)
    memory.born(values)
    memory.drop(values)
    memory.close()
    assert not device.copies["down"]


def test_closing_brings_down_what_began_on_the_device(
    memory: DeviceMemory, device: CountingDevice
) -> None:
    values = np.zeros(100)
    device.write(memory.born(values), np.full(100, 3.0))
    memory.close()
    assert values[0] == 3.0


def test_what_nobody_can_write_to_goes_up_once_and_is_not_looked_at_again(
    memory: DeviceMemory, device: CountingDevice
) -> None:
    with memory.binding():
        table = np.arange(3)
        table.flags.writeable = False
        setting = np.zeros(1)
        for array in (table, setting):
            memory.address(array)
    memory.before_run()
    assert device.copies["up"] == 2
    setting[0] = 1.0
    memory.doubt()
    memory.before_run()
    assert device.copies["up"] == 3
    assert on_device(memory, table).tolist() == [0, 1, 2]
