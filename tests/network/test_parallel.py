"""Parallel runs: processes that begin from nothing, and what comes back from them."""

from __future__ import annotations

import contextlib
import os
import pickle
import runpy
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import annlab as ann
from annlab.codegen.build.build import compilation_forbidden
from annlab.errors import ArgumentTypeError, ParallelRunError, SimulationError
from annlab.network.crew import Crew


class Counter(ann.Network):
    """Adds `gain` to a rate in every step."""

    def __init__(self, n: int, gain: float = 1.0) -> None:
        self.pop = self.create(n, ann.Neuron(parameters="gain = 1.0", equations="r += gain"))
        self.pop.gain = gain


def rates(net: Counter, duration: float = 1.0) -> list[float]:
    net.simulate(duration)
    return net.pop.r.tolist()


def fail_at(net: Counter, key: int) -> int:
    if key == 1:
        raise ValueError("no such luck")
    return key


@pytest.fixture
def without_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the library of process pools."""
    monkeypatch.setitem(sys.modules, "loky", None)


@pytest.fixture(params=["processes", "threads"])
def way(request: pytest.FixtureRequest) -> str:
    """Both ways to run side by side."""
    if request.param == "threads":
        request.getfixturevalue("without_processes")
    else:
        pytest.importorskip("loky")
    return request.param


needs_loky = pytest.mark.skipif(find_spec("loky") is None, reason="loky is not installed")


# -- results ------------------------------------------------------------------------


def test_results_come_in_the_order_of_the_runs(way: str) -> None:
    found = Counter(2, seed=3).parallel_run(
        rates, 3, gain=[1.0, 2.0, 3.0], duration=2.0, max_processes=2
    )
    assert found == [[2.0, 2.0], [4.0, 4.0], [6.0, 6.0]]


def test_a_positional_argument_of_the_class_is_exchanged(way: str) -> None:
    assert Counter(5).parallel_run(rates, 2, n=[1, 2]) == [[1.0], [1.0, 1.0]]


@needs_loky
def test_every_run_is_in_another_process() -> None:
    here, there = os.getpid(), Counter(1).parallel_run(lambda net: os.getpid(), 1)[0]
    assert there != here


def test_without_the_library_runs_are_threads(without_processes: None) -> None:
    names = Counter(1).parallel_run(lambda net: threading.current_thread().name, 1)
    assert names[0].startswith("annlab parallel")


@needs_loky
def test_arrays_are_given_and_returned() -> None:
    table = np.arange(6.0).reshape(2, 3)
    found = Counter(1).parallel_run(lambda net, table: table * 2, 2, table=table)
    assert [f.tolist() for f in found] == [(table * 2).tolist()] * 2


@needs_loky
def test_no_run_sees_what_another_one_changed() -> None:
    seen: list[int] = []

    def add(net: Counter) -> int:
        seen.append(1)
        return len(seen)

    assert Counter(1).parallel_run(add, 2, max_processes=1) == [1, 1]
    assert seen == []


@needs_loky
def test_what_was_said_to_all_networks_holds_there() -> None:
    ann.setup(dt=0.25)
    ann.Constant("parallel_k", 3.0)
    ann.add_function("parallel_f(x) = 2*x")

    class Local(ann.Network):
        def __init__(self) -> None:
            self.pop = self.create(1, ann.Neuron(equations="r = parallel_f(parallel_k)"))

    def run(net: Any) -> tuple[float, float, float]:
        net.step()
        return float(net.pop.r[0]), net.dt, ann.Network().dt

    assert Local().parallel_run(run, 1) == [(6.0, 0.25, 0.25)]


def test_the_time_is_told(way: str, capsys: pytest.CaptureFixture[str]) -> None:
    Counter(1).parallel_run(rates, 2, measure_time=True, max_processes=1)
    assert capsys.readouterr().out.startswith("2 networks took ")


@needs_loky
def test_compiled_kernels_are_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANNLAB_BACKEND", "cpu")
    net = Counter(3)
    net.compile()
    with compilation_forbidden():
        assert net.parallel_run(rates, 2, gain=[1.0, 2.0]) == [[1.0] * 3, [2.0] * 3]


@needs_loky
@pytest.mark.parametrize("has_guard", [True, False])
def test_classes_and_functions_of_a_script_work(tmp_path: Path, has_guard: bool) -> None:
    script = tmp_path / "script.py"
    call = "print(Own(a=1.0).parallel_run(run, 2, a=[2.0, 3.0]))"
    script.write_text(
        textwrap.dedent("""
        import annlab as ann
        FACTOR = 10.0
        class Base(ann.Network):
            def __init__(self, a):
                super().__init__()
                self.p = self.create(1, ann.Neuron(parameters=dict(k=a), equations="r = k"))
        class Own(Base):
            def __init__(self, a):
                super().__init__(a)
        def helper(x):
            return FACTOR * x
        def run(net):
            net.simulate(1.0)
            return helper(float(net.p.r[0]))
        """)
        + (f"if __name__ == '__main__':\n    {call}\n" if has_guard else f"{call}\n")
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout == "[20.0, 30.0]\n", done.stderr


@needs_loky
def test_modules_that_nobody_else_can_import_work(tmp_path: Path) -> None:
    (tmp_path / "hidden.py").write_text("FACTOR = 10\ndef run(net):\n    return FACTOR * 2\n")
    found = runpy.run_path(str(tmp_path / "hidden.py"))["run"]
    assert Counter(1).parallel_run(found, 1) == [20]


# -- failures -----------------------------------------------------------------------


def failure(call: Callable[[], object]) -> ParallelRunError:
    with pytest.raises(ParallelRunError) as caught:
        call()
    return caught.value


def test_an_error_names_the_run_and_its_parameters(way: str) -> None:
    net = Counter(1, seed=3)
    error = failure(
        lambda: net.parallel_run(fail_at, 3, gain=[1.0, 2.0, 3.0], key=[0, 1, 2], seeds="same")
    )
    assert str(error).startswith(
        "parallel_run(): 1 of 3 runs failed\n"
        "  run 1 (gain=2.0, key=1, seed=3): ValueError: no such luck\n"
        "  what the others returned is in the `results` of this error"
    )


def test_a_run_without_parameters_is_told_by_its_number_alone() -> None:
    networks = [Counter(1), Counter(1)]
    error = failure(lambda: ann.parallel_run(lambda index, net: [][index], networks))
    assert "\n  run 1: IndexError: list index out of range\n" in str(error)


def test_an_error_does_not_lose_the_results_of_the_others(way: str) -> None:
    error = failure(lambda: Counter(1).parallel_run(fail_at, 3, key=[0, 1, 2]))
    assert error.results == [0, None, 2]
    assert [(i, type(e), str(e)) for i, e in error.errors.items()] == [
        (1, ValueError, "no such luck")
    ]
    assert error.__cause__ is error.errors[1]


@needs_loky
def test_an_error_brings_the_traceback_of_its_process() -> None:
    error = failure(lambda: Counter(1).parallel_run(fail_at, 1, key=1))
    assert "in fail_at" in error.errors[0].__notes__[0]


def test_many_errors_are_not_all_told(way: str) -> None:
    error = failure(lambda: Counter(1).parallel_run(fail_at, 5, key=1))
    assert str(error).count("ValueError") == 3
    assert "\n  and 2 more\n" in str(error)


def test_a_network_that_cannot_be_built_is_a_failed_run(way: str) -> None:
    error = failure(lambda: Counter(1).parallel_run(rates, 2, n=[1, 0]))
    assert error.results == [[1.0], None]
    assert "run 1 (n=0, seed=" in str(error)


def test_a_run_that_wants_to_end_the_process_is_a_failed_run(way: str) -> None:
    def leave(net: Counter, n_left: int) -> int:
        return sys.exit(3) if n_left else 7

    error = failure(lambda: Counter(1).parallel_run(leave, 2, n_left=[1, 0]))
    assert error.results == [None, 7]
    with pytest.raises(SimulationError, match=r"it called sys.exit\(3\)\n  return a value"):
        raise error.errors[0]


@needs_loky
def test_an_error_that_cannot_travel_is_told_in_words() -> None:
    class Odd(Exception):
        def __init__(self, one: int, two: int) -> None:
            super().__init__(f"{one} and {two}")

    def fail(net: Counter) -> None:
        raise Odd(1, 2)

    error = failure(lambda: Counter(1).parallel_run(fail, 1))
    assert str(error.errors[0]) == "Odd: 1 and 2"


@needs_loky
def test_a_process_that_dies_is_a_failed_run() -> None:
    error = failure(lambda: Counter(1).parallel_run(lambda net: os._exit(3), 1))
    text = "its process ended before the run did\n  A worker process .*\n  it may have run out of"
    with pytest.raises(RuntimeError, match=text):
        raise error.errors[0]


def die_at(net: Counter, key: int) -> int:
    if key == 1:
        os.kill(os.getpid(), signal.SIGKILL)  # as the kernel does where memory runs out
    return key


@needs_loky
@pytest.mark.parametrize("max_processes", [1, 2, 4])
def test_a_process_that_dies_takes_no_other_run_with_it(max_processes: int) -> None:
    error = failure(
        lambda: Counter(1).parallel_run(
            die_at, 6, key=[0, 1, 2, 3, 4, 5], max_processes=max_processes
        )
    )
    assert error.results == [0, None, 2, 3, 4, 5]
    assert list(error.errors) == [1]
    assert "run 1 (key=1, " in str(error)
    assert "SIGKILL" in str(error.errors[1])


@needs_loky
def test_a_crew_goes_on_after_a_process_that_died_between_two_runs() -> None:
    import loky

    with Crew(loky, 1, begin=int, given=()) as crew:
        ((_, first),) = crew.run(_own_id, [b""])
        os.kill(int(first.result()), signal.SIGKILL)
        time.sleep(1.0)
        ((_, second),) = crew.run(_own_id, [b""])
        assert second.result() != first.result()


def _own_id(run: bytes) -> bytes:
    return str(os.getpid()).encode()


INTERRUPTED = """
import signal, sys, threading, time
import annlab as ann
if "threads" in sys.argv:
    sys.modules["loky"] = None

class Own(ann.Network):
    def __init__(self):
        self.p = self.create(1, ann.Neuron(equations="r += 1.0"))

def run(net, key):
    net.simulate(1.0)
    if key > 1:
        net.simulate(1e9)
    return key

def interrupt():
    time.sleep(10.0)
    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

if __name__ == "__main__":
    net = Own(backend="reference")
    threading.Thread(target=interrupt, daemon=True).start()
    try:
        net.parallel_run(run, 4, key=[0, 1, 2, 3], max_processes=2)
    except KeyboardInterrupt as error:
        print(error.results, error.errors, error.__notes__[0].split(";")[0])
"""


@pytest.mark.parametrize("kind", ["processes", "threads"])
def test_an_interrupt_does_not_lose_what_was_finished(kind: str, tmp_path: Path) -> None:
    if kind == "processes":
        pytest.importorskip("loky")
    script = tmp_path / "script.py"
    script.write_text(INTERRUPTED)
    done = subprocess.run(
        [sys.executable, str(script), kind],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    text = "[0, 1, None, None] {} parallel_run(): 2 of 4 runs had ended\n"
    assert done.stdout == text, done.stderr


@pytest.mark.parametrize("kind", ["SIGTERM", "SIGKILL"])
def test_processes_end_with_the_one_that_began_them(kind: str, tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    pytest.importorskip("loky")
    lock = tmp_path / "lock"
    lock.touch()
    script = textwrap.dedent(f"""
        import fcntl
        import os
        import annlab as ann

        class Endless(ann.Network):
            def __init__(self, gain=1.0):
                self.pop = self.create(1, ann.Neuron(equations="r += 1.0"))

        def run(net):
            with open({str(lock)!r}) as held:
                fcntl.flock(held, fcntl.LOCK_SH)  # until this process ends
                os.write(1, b"runs\\n")  # at once, or the lines of two processes mingle
                net.simulate(1e12)

        net = Endless()
        net.compile()
        net.parallel_run(run, 2, gain=[1.0, 2.0], max_processes=2)
    """)
    (tmp_path / "script.py").write_text(script)
    command = [sys.executable, str(tmp_path / "script.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        try:
            assert parent.stdout is not None
            assert [parent.stdout.readline() for _ in range(2)] == ["runs\n"] * 2
            parent.send_signal(getattr(signal, kind))
            assert parent.wait(60.0) != 0
        finally:  # or a test that failed would wait for it
            parent.kill()
    with lock.open() as free:
        for _ in range(600):
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(free, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            time.sleep(0.1)
    pytest.fail("the processes go on")


def test_an_error_of_given_networks_names_the_run() -> None:
    networks = [ann.Network() for _ in range(2)]

    def fail(index: int, net: ann.Network, key: int) -> int:
        return fail_at(net, key)

    error = failure(lambda: ann.parallel_run(fail, networks, key=[0, 1]))
    assert "\n  run 1 (key=1): ValueError: no such luck\n" in str(error)
    assert error.results == [0, None]


@pytest.mark.parametrize(
    ("given", "near"),
    [({"seeds": "same"}, "did you mean 'same_seed'"), ({"timeout": 5.0}, "what the function is")],
)
def test_an_argument_that_nobody_takes_is_refused_at_the_call(given: dict, near: str) -> None:
    def run(index: int, net: ann.Network, gain: float = 1.0) -> None:
        raise AssertionError("no run begins")

    (name,) = given
    text = (
        f"parallel_run\\(\\) takes no '{name}', and neither does run\\(\\)\n"
        "  it takes: number, .*same_seed.*; run\\(\\) takes: gain besides index and net\n"
        f"  {near}.*def run\\(index, net, {name}\\)"
    )
    with pytest.raises(ArgumentTypeError, match=text):
        ann.parallel_run(method=run, number=3, **given)
    with pytest.raises(ArgumentTypeError, match=text):
        ann.parallel_run(run, [ann.Network()], **given)


def test_an_argument_that_neither_class_nor_function_takes_is_refused() -> None:
    text = "takes no 'timeout'.*\n.*seeds, n, gain; rates.* takes: duration besides net"
    with pytest.raises(ArgumentTypeError, match=text):
        Counter(1).parallel_run(rates, 2, timeout=3.0)


@pytest.mark.parametrize("given", [{"gain": 1.0}, {"a": 1, "b": [1, 2]}])
def test_a_function_that_takes_anything_is_given_it(way: str, given: dict) -> None:
    def anything(net: Counter, **options: object) -> list[str]:
        return sorted(options)

    found = Counter(1).parallel_run(anything, 2, **given)
    assert found == [[] if "gain" in given else ["a", "b"]] * 2


@needs_loky
def test_a_function_that_cannot_be_sent_is_refused() -> None:
    net = Counter(1)
    text = (
        "parallel_run\\(\\): the function or what is given to all runs cannot be sent to another "
        "process: a network cannot be sent .*"
        "every run has a process of its own, which gets copies of everything\n"
        "  use the network that the function is given, not one from outside"
    )
    with pytest.raises(ArgumentTypeError, match=f"(?s){text}"):
        net.parallel_run(lambda other: net.time, 1)


@needs_loky
def test_an_argument_that_cannot_be_sent_is_refused() -> None:
    with pytest.raises(ArgumentTypeError, match="what is given to run 1 cannot be sent"):
        Counter(1).parallel_run(lambda net, lock: None, 2, lock=[1, threading.Lock()])


@needs_loky
def test_a_result_that_cannot_be_sent_is_a_failed_run() -> None:
    error = failure(lambda: Counter(1).parallel_run(lambda net: net, 1))
    assert "what the function returned cannot be sent to another process" in str(error)


def test_a_network_is_not_pickled() -> None:
    text = "a network cannot be sent to another process or pickled\n  send what it takes to build"
    with pytest.raises(ArgumentTypeError, match=text):
        pickle.dumps(Counter(1))
