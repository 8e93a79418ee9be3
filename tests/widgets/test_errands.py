"""Threads that are used again."""

from __future__ import annotations

import os
import threading

import pytest
from conftest import eventually

from annlab.widgets import errands
from annlab.widgets.errands import MOST_WAITING, Errand


def of_thread(name: str = "annlab-errand") -> threading.Thread:
    """Return which thread does an errand, when it waits for the next."""
    threads: list[threading.Thread] = []
    errand = Errand(lambda: threads.append(threading.current_thread()), name)
    errand.begin()
    assert errand.wait(2.0)
    assert eventually(lambda: threads[0] in errands._waiting)
    return threads[0]


def errand_threads() -> set[str]:
    names = {t.name for t in threading.enumerate()}
    return {name for name in names if name.startswith(("annlab-errand", "annlab-waiting"))}


def test_one_errand_after_the_other_needs_one_thread() -> None:
    assert len({of_thread() for _ in range(20)}) == 1


def test_errands_at_one_time_have_threads_of_their_own_and_few_of_them_wait() -> None:
    n, together = 6, threading.Barrier(6)
    errands = [Errand(lambda: together.wait(2.0), f"annlab-errand-{k}") for k in range(n)]
    n_before = threading.active_count()
    for errand in errands:
        errand.begin()
    assert all(errand.wait(2.0) for errand in errands)
    assert not together.broken
    assert eventually(lambda: threading.active_count() <= n_before + MOST_WAITING)
    assert eventually(lambda: errand_threads() == {"annlab-waiting"})


def test_a_thread_has_the_name_of_its_errand_and_knows_it() -> None:
    found = []
    errand = Errand(lambda: found.append((threading.current_thread().name, errand.is_here)), "mine")
    errand.begin()
    assert errand.wait(2.0)
    assert found == [("mine", True)]
    assert not errand.is_here


def test_waiting_for_an_errand_has_an_end() -> None:
    go_on = threading.Event()
    errand = Errand(lambda: go_on.wait(5.0), "annlab-errand-slow")
    errand.begin()
    assert not errand.wait(0.01)
    go_on.set()
    assert errand.wait(2.0)


def test_an_errand_that_fails_is_told_of_and_leaves_the_next_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = []
    monkeypatch.setattr(threading, "excepthook", lambda failure: told.append(failure.exc_type))

    def fail() -> None:
        raise ValueError("no")

    for _ in range(MOST_WAITING + 1):
        errand = Errand(fail, "annlab-errand-fails")
        errand.begin()
        assert errand.wait(2.0)
        assert eventually(lambda: bool(told))
        assert told.pop() is ValueError
    of_thread()


def test_a_thread_that_waits_holds_nothing_of_its_last_errand() -> None:
    class Thing:
        is_gone = False

        def __del__(self) -> None:
            Thing.is_gone = True

        def use(self) -> None:
            pass

    errand = Errand(Thing().use, "annlab-errand")
    errand.begin()
    assert errand.wait(2.0)
    del errand
    assert eventually(lambda: Thing.is_gone)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes are forked here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_begins_with_threads_of_its_own() -> None:
    of_thread()
    child = os.fork()
    if not child:
        is_done = False
        try:
            errand = Errand(lambda: None, "annlab-errand")
            errand.begin()
            is_done = errand.wait(5.0)
        finally:
            os._exit(0 if is_done else 1)
    assert os.waitpid(child, 0)[1] == 0
