"""Whether a page can find annlab in a kernel."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest

from annlab.lab import beacon
from annlab.lab.messages import BEACON, TARGET


class Manager:
    """A kernel's comm manager, as far as the beacon needs one."""

    def __init__(self) -> None:
        self.comms: dict = {}
        self.targets: dict = {}

    def register_target(self, name, function) -> None:
        self.targets[name] = function

    def register_comm(self, comm) -> None:
        self.comms[comm.comm_id] = comm


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list:
    comm = pytest.importorskip("comm")
    sent: list = []

    class Quiet(comm.base_comm.BaseComm):
        def publish_msg(self, msg_type, data=None, **_) -> None:
            sent.append((msg_type, data))

    monkeypatch.setattr(comm, "create_comm", Quiet)
    return sent


def kernel_with(manager: Manager, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = SimpleNamespace(comm_manager=manager)
    monkeypatch.setattr(beacon, "_kernel", lambda: kernel)


def test_a_kernel_gets_the_target_and_the_beacon(
    monkeypatch: pytest.MonkeyPatch, sent: list
) -> None:
    manager = Manager()
    kernel_with(manager, monkeypatch)
    assert beacon.light()
    assert TARGET in manager.targets
    assert manager.comms[BEACON].target_name == TARGET
    # A message and no comm_open: front ends without the extension ignore it.
    assert sent == [("comm_msg", {"version": 1})]


def test_a_second_import_changes_nothing(monkeypatch: pytest.MonkeyPatch, sent: list) -> None:
    manager = Manager()
    kernel_with(manager, monkeypatch)
    beacon.light()
    beacon.light()
    assert len(sent) == 1


def test_without_a_kernel_there_is_no_beacon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beacon, "_kernel", lambda: None)
    assert not beacon.light()


def test_import_outside_of_a_kernel_brings_no_notebook_library() -> None:
    libraries = ("IPython", "comm", "ipykernel")
    program = f"import sys, annlab; print([m for m in {libraries} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
