"""A message of the page leaves the figures of a cell that is just running alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from comm.base_comm import BaseComm
from IPython.core.interactiveshell import InteractiveShell

from annlab.comms import leave_figures_alone


class Comm(BaseComm):
    """A comm without a kernel."""

    def publish_msg(self, *_: object, **__: object) -> None:
        """Send nothing."""


@pytest.fixture
def flushed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Return a list that grows when matplotlib would show and close all figures."""
    shell = InteractiveShell.instance()
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    times: list[str] = []

    def flush() -> None:
        times.append(threading.current_thread().name)

    shell.events.register("post_execute", flush)
    yield times
    shell.events.unregister("post_execute", flush)
    InteractiveShell.clear_instance()


def listening(heard: list[Mapping[str, Any]]) -> Comm:
    comm = Comm(target_name="annlab")
    comm.on_msg(heard.append)
    leave_figures_alone(comm)
    leave_figures_alone(comm)  # twice does no harm
    return comm


def on_another_thread(call: Callable[[], None]) -> None:
    thread = threading.Thread(target=call, name="subshell")
    thread.start()
    thread.join()


def test_without_care_a_message_on_another_thread_flushes_figures(flushed: list[str]) -> None:
    comm = Comm(target_name="annlab")
    comm.on_msg(lambda message: None)
    on_another_thread(lambda: comm.handle_msg({}))
    assert flushed == ["subshell"]


def test_a_message_on_another_thread_is_heard_and_flushes_no_figure(flushed: list[str]) -> None:
    heard: list[Mapping[str, Any]] = []
    comm = listening(heard)
    on_another_thread(lambda: comm.handle_msg({"content": 1}))
    assert heard == [{"content": 1}]
    assert flushed == []


def test_a_message_on_the_main_thread_is_executed_code_as_ever(flushed: list[str]) -> None:
    heard: list[Mapping[str, Any]] = []
    listening(heard).handle_msg({"content": 2})
    assert heard == [{"content": 2}]
    assert flushed == ["MainThread"]


def test_a_comm_of_another_kind_is_left_as_it_is() -> None:
    other = type("Other", (), {})()
    leave_figures_alone(other)
    assert vars(other) == {}
