"""Forked processes: runs of the parent are over there, and no thread is waited for."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from annlab.runtime import threads
from annlab.runtime.threads import Threads

NETWORK = """
import hashlib, multiprocessing, os, sys, time
import annlab as ann

net = ann.Network(dt=0.1, seed=3, backend="cpu", num_threads=2)
noisy = ann.Neuron("", "dv/dt = (Normal(0.5, 1.0) - v) / 10.0", spike="v > 0.9", reset="v = 0")
cells = net.create(4000, noisy)
net.connect(cells, cells, "exc").fixed_number_pre(10, weights=0.1)
net.compile()

def digest():
    return hashlib.sha256(cells.v.tobytes()).hexdigest()

def go_on(_=0):
    net.simulate(20.0, callbacks=False)
    return digest()
"""


def said_by(code: str) -> list[str]:
    """Return what a program printed; it may hang, so it gets some time and no more."""
    program = f"{NETWORK}\n{textwrap.dedent(code)}"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=90, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_a_pool_that_forks_simulates_after_a_run_with_several_threads() -> None:
    here, *there = said_by("""
        net.simulate(20.0)
        there = []
        for _ in range(2):  # of two processes in one pool, one may do all
            with multiprocessing.get_context("fork").Pool(1) as pool:
                there += pool.map(go_on, range(1))
        print(go_on(), *there)
    """)
    assert there == [here, here]


def test_a_run_of_the_parent_is_over_in_the_child() -> None:
    child, parent = said_by("""
        net.start()
        time.sleep(0.5)
        child = os.fork()
        if child == 0:
            net.stop()
            before = net.current_step
            net.simulate(1.0)
            print("child", net.run_state, net.current_step - before, flush=True, sep="-")
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        before = net.current_step
        time.sleep(0.5)
        print("parent", net.run_state, net.current_step > before, sep="-")
        net.stop()
    """)
    assert child == "child-idle-10"
    assert parent == "parent-running-True"


def test_a_child_finds_no_half_of_a_step() -> None:
    here, there = said_by("""
        net.start()
        time.sleep(0.3)
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(write, f"{net.current_step} {digest()}".encode())
            os._exit(0)
        net.stop()
        os.waitpid(child, 0)
        step, there = os.read(read, 1000).decode().split()
        net.reset()
        net.simulate(int(step) * 0.1)
        print(digest(), there)
    """)
    assert here == there


def test_a_callback_may_fork() -> None:
    (said,) = said_by("""
        @ann.every(period=10.0, network=net)
        def fork(n):
            if n == 1:
                with multiprocessing.get_context("fork").Pool(1) as pool:
                    print(len(pool.map(go_on, [0])))
        net.simulate(20.0)
    """)
    assert said == "1"


def test_a_process_that_had_no_team_has_them_after_a_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "_teams", threads._Teams())
    threads.leave_teams()
    chosen = Threads(2, has_openmp=True)
    assert chosen.next(10) == (2, 10)
    threads.leave_teams()
    assert chosen.next(10) == (1, 10)
