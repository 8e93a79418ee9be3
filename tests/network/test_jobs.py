"""A job that is told to end keeps its moment, and the next one goes on from there."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

# The script of docs/user-guide.md, "Jobs that have to end", with a model in it.
JOB = """
import signal
import sys
from pathlib import Path
import annlab as ann

net = ann.Network(dt=0.1, seed=1, backend=sys.argv[2])
cells = net.create(50, ann.Izhikevich, name="cells")
cells.noise = 5.0
weights = ann.Uniform(0.0, 0.5)
net.connect(cells, cells, "exc").fixed_probability(0.2, weights=weights, delays=1.5)
net.compile()

moment = Path("moment.npz")
if moment.exists():
    net.restore(ann.load_snapshot("moment.npz"))
signal.signal(signal.SIGTERM, lambda *_: net.stop())
print("runs", flush=True)
net.simulate(float(sys.argv[1]) - net.time)
net.snapshot().save("moment.npz")
print(net.current_step, cells.v.tobytes().hex())
"""
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM")


def job(folder: Path, duration: float, backend: str) -> subprocess.Popen[str]:
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-c", JOB, str(duration), backend]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)


def outcome(process: subprocess.Popen[str]) -> tuple[int, str]:
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    step, values = out.splitlines()[-1].split()
    return int(step), values


@pytest.mark.parametrize("backend", ["cpu", "reference"])
def test_a_job_that_was_told_to_end_is_continued_to_the_same_numbers(
    tmp_path: Path, backend: str
) -> None:
    endless = job(tmp_path / "parts", 1e9, backend)
    assert endless.stdout is not None
    assert endless.stdout.readline() == "runs\n"
    while endless.poll() is None:  # the first may come before the run has begun
        endless.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            endless.wait(0.5)
    steps, _ = outcome(endless)
    assert steps < 1e9
    whole_ms = steps * 0.1 + 20.0
    continued = outcome(job(tmp_path / "parts", whole_ms, backend))
    assert continued == outcome(job(tmp_path / "whole", whole_ms, backend))
