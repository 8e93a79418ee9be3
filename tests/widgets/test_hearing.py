"""Whether what the page says can arrive while a cell runs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from annlab.widgets import hearing


class Shell:
    """What of IPython's shell is asked: its events, and the message that is served now."""

    def __init__(self, kind: str) -> None:
        self.callbacks: dict[str, Callable[[], None]] = {}
        self.events = SimpleNamespace(register=self.callbacks.__setitem__)
        parent = {"header": {"msg_type": kind}}
        self.kernel = SimpleNamespace(get_parent=lambda: parent)


def heard_on(thread_is_main: bool, monkeypatch: pytest.MonkeyPatch, kind: str) -> tuple:
    shell = Shell(kind)
    monkeypatch.setattr(hearing, "get_ipython", lambda: shell)
    monkeypatch.setattr(hearing, "_followed", {})
    heard = hearing.Hearing()
    if thread_is_main:
        heard.note()
    else:
        thread = threading.Thread(target=heard.note)
        thread.start()
        thread.join()
    return heard, shell.callbacks


def test_a_busy_cell_holds_up_what_comes_on_its_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    heard, callbacks = heard_on(True, monkeypatch, "comm_msg")
    assert heard.is_open
    callbacks["pre_execute"]()
    assert not heard.is_open
    callbacks["post_execute"]()
    assert heard.is_open


def test_a_busy_cell_does_not_hold_up_what_comes_on_a_thread_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heard, callbacks = heard_on(False, monkeypatch, "comm_msg")
    callbacks["pre_execute"]()
    assert heard.is_open


def test_the_cell_that_made_the_view_counts_as_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    heard, callbacks = heard_on(True, monkeypatch, "execute_request")
    assert not heard.is_open
    callbacks["post_execute"]()
    assert heard.is_open


def test_a_cell_in_a_cell_does_not_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    heard, callbacks = heard_on(True, monkeypatch, "comm_msg")
    for event in ("pre_execute", "pre_execute", "post_execute"):
        callbacks[event]()
    assert not heard.is_open


def test_outside_of_a_notebook_nothing_holds_messages_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "get_ipython", lambda: None)
    heard = hearing.Hearing()
    heard.note()
    assert heard.is_open
