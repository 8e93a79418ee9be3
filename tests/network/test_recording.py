"""Recordings in files: what is in them, what survives, and what is said when it goes wrong."""

from __future__ import annotations

import errno
import json
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest
from small import Connect

import annlab as ann
from annlab.errors import (
    AnnlabWarning,
    ArgumentError,
    ConfigurationError,
    StorageError,
    UnknownObjectError,
)

zarr = pytest.importorskip("zarr")

CLOCK = ann.Neuron(equations=["r = t", ann.Variable("g = 2 * t", locality="global")])


@pytest.fixture
def source(network: ann.Network) -> ann.SpikeSourceArray:
    """Three neurons, at a step of 0.5 ms: spikes at steps 2, 8 / 4 / none."""
    return network.create(ann.SpikeSourceArray([[1.0, 4.0], [2.0], []]))


# -- what is in a file --------------------------------------------------------------


def test_a_file_has_what_a_monitor_in_memory_has(
    network: ann.Network, connect: Connect, tmp_path: Path
) -> None:
    pop = network.create((2, 3), CLOCK)
    source = network.create(ann.SpikeSourceArray([[1.0, 4.0], [2.0], []]))
    synapse = ann.Synapse(
        equations=[
            "w += 1.0",
            ann.Variable("s += 1.0", locality="semiglobal"),
            "c = t : projection",
        ]
    )
    ragged = connect(3, 2, synapse=synapse).from_matrix([[1.0, None, 2.0], [None, 3.0, None]])
    wanted = [
        (pop, ["r", "g"], None),
        (pop[:, 1], ["r"], None),
        (source, ["spike"], None),
        (ragged, ["w", "s", "c"], 1.0),
    ]
    memory = [network.monitor(obj, names, period) for obj, names, period in wanted]
    files = [
        network.monitor(obj, names, period, file=tmp_path / str(k))
        for k, (obj, names, period) in enumerate(wanted)
    ]
    network.compile()
    network.simulate(5.0)
    for k, (plain, monitor) in enumerate(zip(memory, files)):
        expected = plain.get()
        monitor.flush()
        recording = ann.open_recording(tmp_path / str(k))
        for found in (recording.get(), monitor.get(keep=True), monitor.get()):
            _assert_same(found, expected)
        assert recording.times() == plain.times()
        assert monitor.times() == plain.times()


def _assert_same(found: dict, expected: dict) -> None:
    assert sorted(found) == sorted(expected)
    for name, data in expected.items():
        if isinstance(data, dict):
            assert found[name] == data
            continue
        assert found[name].shape == data.shape
        assert [np.asarray(x).tolist() for x in found[name].ravel()] == [
            np.asarray(x).tolist() for x in data.ravel()
        ]


def test_reading_a_monitor_leaves_its_file_alone(network: ann.Network, tmp_path: Path) -> None:
    monitor = network.monitor(network.create(1, CLOCK), "r", file=tmp_path / "r")
    network.compile()
    network.simulate(1.0)
    assert monitor.get("r")[:, 0].tolist() == [0.0, 0.5]
    network.simulate(1.0)
    assert monitor.get("r")[:, 0].tolist() == [1.0, 1.5]
    monitor.reset()
    network.simulate(0.5)
    monitor.stop()
    monitor.flush()
    recording = ann.open_recording(tmp_path / "r")
    assert recording.get("r")[:, 0].tolist() == [0.0, 0.5, 1.0, 1.5, 2.0]
    assert recording.times(unit="ms") == {"r": {"start": [0.0], "stop": [2.5]}}


def test_statistics_of_a_file_are_those_of_the_monitor(
    network: ann.Network, source: ann.SpikeSourceArray, tmp_path: Path
) -> None:
    monitor = network.monitor(source, "spike", file=tmp_path / "s")
    network.compile()
    network.simulate(5.0)
    spikes = monitor.get("spike")
    monitor.flush()
    recording = ann.open_recording(tmp_path / "s")
    assert [p.tolist() for p in recording.raster_plot()] == [[1.0, 4.0, 2.0], [0, 0, 1]]
    assert recording.mean_fr() == monitor.mean_fr(spikes) == pytest.approx(3 / (3 * 5.0) * 1000)
    assert recording.population_rate().tolist() == monitor.population_rate(spikes).tolist()
    assert recording.inter_spike_interval() == [3.0]
    times, ranks = recording.get_spikes()
    assert (times.tolist(), ranks.tolist()) == ([1.0, 2.0, 4.0], [0, 1, 0])


def test_a_part_of_a_file_is_read_by_time(network: ann.Network, tmp_path: Path) -> None:
    monitor = network.monitor(network.create(2, CLOCK), "r", 1.0, file=tmp_path / "r")
    network.compile()
    network.simulate(20.0)
    monitor.flush()
    recording = ann.open_recording(tmp_path / "r")
    assert recording.get("r", window=(3.0, 6.0))[:, 0].tolist() == [3.0, 4.0, 5.0]
    assert recording.get("r", window=(30.0, float("inf"))).shape == (0, 2)
    with pytest.raises(ArgumentError, match="a window from 6 ms to 3 ms"):
        recording.get("r", window=(6.0, 3.0))


def test_other_libraries_take_a_file(network: ann.Network, tmp_path: Path) -> None:
    pytest.importorskip("pandas")
    pytest.importorskip("neo")
    monitor = network.monitor(network.create((1, 2), CLOCK, name="c"), "r", file=tmp_path / "r")
    network.compile()
    network.simulate(2.0)
    monitor.flush()
    recording = ann.open_recording(tmp_path / "r")
    assert recording.to_pandas("r").equals(monitor.to_pandas("r", keep=True))
    (signal,) = recording.to_neo().segments[0].analogsignals
    assert signal.magnitude.tolist() == monitor.get("r", reshape=False).tolist()


def test_synapses_that_come_and_go_are_parts_of_one_recording(
    network: ann.Network, connect: Connect, tmp_path: Path
) -> None:
    proj = connect(3, 1, synapse=ann.Synapse(equations="w += 1.0"))
    proj.from_matrix([[1.0, None, 2.0]])
    plain = network.monitor(proj, "w", period=1.0)
    monitor = network.monitor(proj, "w", period=1.0, file=tmp_path / "w")
    network.config(structural_plasticity=True)
    network.compile()
    network.simulate(1.0)
    proj.dendrite(0).create_synapse(1, 5.0)
    network.simulate(1.0)
    monitor.flush()
    expected = [[part.tolist() for part in row] for row in plain.get("w")]
    for found in (ann.open_recording(tmp_path / "w").get("w"), monitor.get("w")):
        assert [[part.tolist() for part in row] for row in found] == expected
    assert [len(row[0]) for row in expected] == [2, 3]


def test_a_network_that_is_compiled_again_goes_on_in_the_file(
    network: ann.Network, tmp_path: Path
) -> None:
    monitor = network.monitor(network.create(1, CLOCK), "r", file=tmp_path / "r")
    for _ in range(2):
        network.compile()
        network.simulate(1.0)
        network.clear()
    assert ann.open_recording(tmp_path / "r").get("r")[:, 0].tolist() == [0.0, 0.5, 0.0, 0.5]
    assert monitor.file == tmp_path / "r"


def test_a_copied_network_records_into_a_folder_of_its_own(
    network: ann.Network, tmp_path: Path
) -> None:
    network.monitor(network.create(1, CLOCK), "r", file=tmp_path / "r.zarr")
    network.compile()
    twin = network.copy()
    assert twin.get_monitors()[0].file == tmp_path / f"r_network{twin.id}.zarr"


# -- what survives ------------------------------------------------------------------

RUN = """
import sys
import annlab as ann
net = ann.Network(dt=1.0, seed=1, backend="reference")
cells = net.create(5, ann.Neuron(equations="v += 0.1", spike="v > 0.45", reset="v = 0.0"))
watch = net.monitor(cells, ["spike", "v"], file=sys.argv[1])
net.compile()
"""


def run(code: str, path: Path, **options: object) -> subprocess.Popen[str]:
    program = RUN + textwrap.dedent(code)
    return subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True, **options
    )


def killed(process: subprocess.Popen[str]) -> int:
    """Wait until the process says something, and kill it in the middle of whatever it does."""
    assert process.stdout is not None
    said = int(process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    return said


def test_nothing_that_was_flushed_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    code = """
        net.start()
        while True:
            step = net.current_step
            watch.flush()
            print(step, flush=True)
    """
    process = run(code, tmp_path / "r")
    assert process.stdout is not None
    process.stdout.readline()
    n_flushed = killed(process)  # what the clock said before a flush that has ended
    recording = ann.open_recording(tmp_path / "r")
    values, spikes = recording.get("v"), recording.get("spike")
    assert len(values) >= n_flushed
    expected = (0.1 * (np.arange(len(values)) % 5 + 1)) % 0.5
    assert np.allclose(values[:, 0] % 0.5, expected, atol=1e-6)
    # One variable is written after the other: death may come between the two.
    assert len(spikes[0]) >= n_flushed // 5
    assert np.array_equal(spikes[0], np.arange(len(spikes[0])) * 5 + 4)
    assert recording.times()["v"]["stop"][-1] >= len(values)


def test_a_running_network_flushes_by_itself(tmp_path: Path) -> None:
    process = run("net.start()\nprint(0, flush=True)\nnet.wait()", tmp_path / "r")
    assert process.stdout is not None
    try:
        deadline, n = time.monotonic() + 60.0, 0
        while n == 0 and time.monotonic() < deadline:
            time.sleep(0.2)
            try:
                n = len(ann.open_recording(tmp_path / "r").get("v"))
            except (ArgumentError, UnknownObjectError):
                continue
        assert n > 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize("ending", ["", "raise SystemExit(0)", "net.start()", "del net, watch"])
def test_the_end_of_the_process_loses_nothing(ending: str, tmp_path: Path) -> None:
    process = run(f"net.simulate(37.0)\n{ending}", tmp_path / "r")
    process.communicate(timeout=120)
    assert process.returncode == 0
    values = ann.open_recording(tmp_path / "r").get("v")
    assert len(values) == 37 if ending != "net.start()" else len(values) >= 37


def test_a_file_stays_where_it_was_begun(
    network: ann.Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path)
    monitor = network.monitor(network.create(2, CLOCK), "r", file="r")
    network.compile()
    monkeypatch.chdir(tmp_path / "other")
    network.simulate(2.0)
    monitor.flush()
    assert monitor.file == tmp_path / "r"
    assert len(ann.open_recording(tmp_path / "r").get("r")) == 4
    assert list((tmp_path / "other").iterdir()) == []


@pytest.mark.parametrize("ending", ["", "del net; gc.collect()"])
def test_what_cannot_be_written_at_the_end_is_told_to_be_lost(ending: str, tmp_path: Path) -> None:
    program = """
import gc, pathlib, sys
import annlab as ann
net = ann.Network(dt=1.0, backend="reference")
net.monitor(net.create(2, ann.Neuron(equations="r = t")), "r", file=sys.argv[1])
net.compile()
net.simulate(5.0)
pathlib.Path(sys.argv[1]).rename(sys.argv[1] + "_elsewhere")
"""
    done = subprocess.run(
        [sys.executable, "-c", program + ending, str(tmp_path / "r")],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    *_, what, lost = done.stderr.splitlines()
    assert what.endswith("cannot be written: the folder was removed or renamed since it was begun")
    assert lost == "  what was recorded since the last flush is lost"


# -- what was recorded, and when ----------------------------------------------------

FAST = """
import json, os, signal, sys, time
from contextlib import suppress
from pathlib import Path
import annlab as ann
net = ann.Network(dt=1.0, seed=1, backend="cpu")
regular = ann.Neuron(equations="v += 1.0", spike="v >= 10.0", reset="v = 0.0")
cells = net.create(4, regular)
watch = net.monitor(cells, ["spike", "v"], file=sys.argv[1], period=100.0)
net.compile()
net.start()
print("runs", flush=True)
awaited = ["spike", "v"]
while awaited:  # what is written first comes after a second, on a busy machine later
    with suppress(ValueError):  # it is being written
        about = json.loads(Path(sys.argv[1], awaited[-1], "zarr.json").read_text())
        if about["attributes"]["rows"]:
            awaited.pop()
time.sleep(0.6)
"""


def _assert_agrees(recording: ann.Recording) -> None:
    """Every neuron spikes in each tenth step, and values are taken in each hundredth."""
    spikes, values, times = recording.get_spikes()[0], recording.get("v"), recording.times()
    (stop,) = times["spike"]["stop"]
    assert len(spikes) == stop // 10 * 4 > 0
    (stop,) = times["v"]["stop"]
    assert len(values) == -(-stop // 100) > 0


@pytest.mark.parametrize("ending", ["sys.exit(0)", "SIGKILL", "SIGTERM"])
def test_a_file_says_it_recorded_what_is_in_it_however_the_process_ends(
    ending: str, tmp_path: Path
) -> None:
    code = ending if "." in ending else f"os.kill(os.getpid(), signal.{ending})"
    program = [sys.executable, "-c", f"{FAST}\n{code}", str(tmp_path / "r")]
    subprocess.run(program, stdout=subprocess.DEVNULL, timeout=120, check=False)
    recording = ann.open_recording(tmp_path / "r")
    _assert_agrees(recording)
    assert recording.mean_fr() == pytest.approx(100.0, rel=1e-3)


def test_the_rate_of_a_fast_run_is_read_while_it_goes_on(tmp_path: Path) -> None:
    program = [sys.executable, "-c", f"{FAST}\ntime.sleep(60.0)", str(tmp_path / "r")]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            found = _live_rates(ann.open_recording(tmp_path / "r"), n=10)
        finally:
            process.kill()
    assert found == pytest.approx([100.0] * 10, rel=0.01)


def _live_rates(recording: ann.Recording, n: int) -> list[float]:
    rates: list[float] = []
    deadline = time.monotonic() + 30.0
    while len(rates) < n and time.monotonic() < deadline:
        try:
            rates.append(recording.mean_fr())
        except (ArgumentError, UnknownObjectError):  # nothing is in it yet
            time.sleep(0.05)
    return rates


def test_a_buffer_that_is_full_waits_until_it_is_known_when_it_was_recorded(
    network: ann.Network, tmp_path: Path
) -> None:
    monitor = network.monitor(network.create(1, CLOCK), "r", file=tmp_path / "r")
    network.compile()
    network.simulate(1.0)
    monitor.flush()
    seen: list[tuple[int, dict]] = []

    @ann.every(period=1.0, offset=0.5, network=network)
    def look(n: int) -> None:
        monitor._tracks["r"].recorder.hand_over()  # as the loop does where a buffer is full
        monitor._file.write()
        recording = ann.open_recording(tmp_path / "r")
        seen.append((len(recording.get("r")), recording.times()))

    network.simulate(1.0)
    assert seen == [(2, {"r": {"start": [0], "stop": [2]}})]
    monitor.flush()
    assert len(ann.open_recording(tmp_path / "r").get("r")) == 4


def test_rows_and_intervals_are_written_at_once(
    network: ann.Network, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    put, seen = zarr.storage._local._put, []

    def note(path: Path, *args: object, **kwargs: object) -> object:
        written = put(path, *args, **kwargs)
        if path.parts[-3:] == ("file", "r", "zarr.json"):
            told = json.loads(path.read_text())["attributes"]
            seen.append((sum(told["rows"]), sum(end - first for first, end in told["intervals"])))
        return written

    monkeypatch.setattr(zarr.storage._local, "_put", note)
    monitor = network.monitor(network.create(1, CLOCK), "r", file=tmp_path / "file")
    network.compile()
    for _ in range(2):
        network.simulate(1.0)
        monitor.flush()
    assert seen[-1] == (4, 4)
    assert [rows for rows, _ in seen] == [steps for _, steps in seen]


def test_times_of_a_network_that_is_compiled_again_are_those_of_both(
    network: ann.Network, tmp_path: Path
) -> None:
    network.monitor(network.create(1, CLOCK), "r", file=tmp_path / "r")
    for _ in range(2):
        network.compile()
        network.simulate(1.0)
        network.clear()
    recording = ann.open_recording(tmp_path / "r")
    assert recording.times() == {"r": {"start": [0, 0], "stop": [2, 2]}}


def test_a_silent_population_is_recorded_as_long_as_it_runs(tmp_path: Path) -> None:
    net = ann.Network(dt=1.0, backend="reference")
    quiet = net.create(ann.SpikeSourceArray([1.0]))
    net.monitor(quiet, "spike", file=tmp_path / "r")
    net.compile()
    net.start(speed=1.0)
    deadline, stop = time.monotonic() + 20.0, 0
    while stop < 700 and time.monotonic() < deadline:
        time.sleep(0.1)
        stop = max([0, *ann.open_recording(tmp_path / "r").times()["spike"]["stop"]])
    net.stop()
    assert stop >= 700


def test_a_network_that_is_forgotten_has_written_everything(tmp_path: Path) -> None:
    net = ann.Network(dt=0.5)
    net.monitor(net.create(1, CLOCK), "r", file=tmp_path / "r")
    net.compile()
    net.simulate(3.0)
    net.clear()
    assert len(ann.open_recording(tmp_path / "r").get("r")) == 6


FORKS = """
import multiprocessing, os, sys, time
import annlab as ann
net = ann.Network(dt=1.0, seed=1, backend="reference")
cells = net.create(2, ann.Neuron(equations="r = t"))
watch = net.monitor(cells, "r", file=sys.argv[1])
net.compile()

def go_on(n):
    net.simulate(float(n))
    watch.flush()
    return str(watch.file)
"""


def _forked(code: str, path: Path) -> list[str]:
    program = [sys.executable, "-c", f"{FORKS}\n{textwrap.dedent(code)}", str(path)]
    done = subprocess.run(program, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("is_flushed", [True, False])
def test_a_forked_process_records_into_a_folder_of_its_own(
    is_flushed: bool, tmp_path: Path
) -> None:
    (child,) = _forked(
        f"""
        net.simulate(3.0)
        {"watch.flush()" if is_flushed else ""}
        with multiprocessing.get_context("fork").Pool(1) as pool:
            print(pool.apply(go_on, [4]))
            pool.close()
            pool.join()
        go_on(2)
        """,
        tmp_path / "r",
    )
    parent, there = ann.open_recording(tmp_path / "r"), ann.open_recording(child)
    assert parent.get("r")[:, 0].tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert parent.times() == {"r": {"start": [0], "stop": [5]}}
    assert there.get("r")[:, 0].tolist() == [3.0, 4.0, 5.0, 6.0]
    assert there.times() == {"r": {"start": [3], "stop": [7]}}


def test_a_forked_process_that_records_nothing_writes_nothing(tmp_path: Path) -> None:
    _forked(
        """
        net.start()
        time.sleep(0.7)
        child = os.fork()
        if child == 0:
            sys.exit(0)  # which writes what is left
        assert os.waitpid(child, 0)[1] == 0
        net.stop()
        """,
        tmp_path / "r",
    )
    recording = ann.open_recording(tmp_path / "r")
    values = recording.get("r")[:, 0]
    assert values.tolist() == list(range(len(values)))
    assert recording.times() == {"r": {"start": [0], "stop": [len(values)]}}
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


# -- what goes wrong ----------------------------------------------------------------


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """A disk that takes no more data while the list holds True."""
    is_full = [False]
    put = zarr.storage._local._put

    def refuse(path: Path, value: object, *args: object, **kwargs: object) -> object:
        if is_full[0] and "c" in path.parts:  # half way: metadata is written, data is not
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return put(path, value, *args, **kwargs)

    monkeypatch.setattr(zarr.storage._local, "_put", refuse)
    return is_full


def test_a_full_disk_is_told_and_loses_nothing(
    network: ann.Network, full_disk: list[bool], tmp_path: Path
) -> None:
    monitor = network.monitor(network.create(2, CLOCK), "r", file=tmp_path / "r")
    network.compile()
    network.simulate(2.0)
    monitor.flush()
    full_disk[0] = True
    network.simulate(2.0)
    text = "cannot be written: No space left on device\n.*still in memory\n.*call flush"
    with pytest.raises(StorageError, match=text):
        monitor.flush()
    with pytest.raises(OSError, match="No space left"):  # and so does whoever wants to go on
        network.simulate(1.0)
    assert ann.open_recording(tmp_path / "r").get("r")[:, 0].tolist() == [0.0, 0.5, 1.0, 1.5]
    expected = [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5]
    assert monitor.get("r", keep=True)[:, 0].tolist() == expected
    full_disk[0] = False
    network.simulate(0.5)  # tries again
    monitor.flush()
    assert ann.open_recording(tmp_path / "r").get("r")[:, 1].tolist() == [*expected, 4.0]
    assert monitor.get("r")[:, 1].tolist() == [*expected, 4.0]


def test_a_full_disk_ends_a_run_in_the_background(full_disk: list[bool], tmp_path: Path) -> None:
    net = ann.Network(dt=0.5)
    monitor = net.monitor(net.create(2, CLOCK), "r", file=tmp_path / "r")
    net.compile()
    full_disk[0] = True
    net.start()
    with pytest.raises(StorageError, match="No space left"):
        net.wait(60.0)
    n = net.current_step
    assert len(monitor.get("r", keep=True)) == n
    full_disk[0] = False
    monitor.flush()
    assert len(ann.open_recording(tmp_path / "r").get("r")) == n


def test_clearing_a_network_with_a_full_disk_warns(
    network: ann.Network, full_disk: list[bool], tmp_path: Path
) -> None:
    monitor = network.monitor(network.create(2, CLOCK), "r", file=tmp_path / "r")
    network.compile()
    network.simulate(2.0)
    full_disk[0] = True
    with pytest.warns(AnnlabWarning, match="No space left"):
        network.clear()
    full_disk[0] = False
    monitor.flush()
    assert len(ann.open_recording(tmp_path / "r").get("r")) == 4


@pytest.mark.parametrize("was_flushed", [True, False])
def test_a_folder_that_was_removed_is_told_and_what_is_in_memory_is_kept(
    network: ann.Network, tmp_path: Path, was_flushed: bool
) -> None:
    monitor = network.monitor(network.create(2, CLOCK), "r", file=tmp_path / "r")
    network.compile()
    network.simulate(2.0)
    if was_flushed:
        monitor.flush()
    (tmp_path / "r").rename(tmp_path / "elsewhere")
    network.simulate(1.0)
    with pytest.raises(
        StorageError,
        match="removed or renamed since it was begun\n.*still in memory\n.*put it back",
    ):
        monitor.flush()
    with pytest.raises(StorageError, match="put it back"):
        network.simulate(1.0)
    assert not (tmp_path / "r").exists()
    (tmp_path / "elsewhere").rename(tmp_path / "r")
    network.simulate(0.5)
    monitor.flush()
    assert len(ann.open_recording(tmp_path / "r").get("r")) == 7


def test_what_was_written_into_a_folder_that_is_gone_is_told_and_the_rest_can_be_read(
    network: ann.Network, tmp_path: Path
) -> None:
    monitor = network.monitor(network.create(2, CLOCK), "r", file=tmp_path / "r")
    network.compile()
    network.simulate(2.0)
    monitor.flush()
    (tmp_path / "r").rename(tmp_path / "elsewhere")
    network.simulate(1.0)
    with pytest.raises(
        StorageError, match="cannot be read any more\n.*removed.*\n.*still in memory"
    ):
        monitor.get("r")
    assert monitor.get("r")[:, 0].tolist() == [2.0, 2.5]
    (tmp_path / "elsewhere").rename(tmp_path / "r")
    monitor.flush()


def test_a_folder_may_go_when_all_is_in_it(network: ann.Network, tmp_path: Path) -> None:
    monitor = network.monitor(network.create(2, CLOCK), "r", file=tmp_path / "r")
    network.compile()
    network.simulate(2.0)
    monitor.flush()
    (tmp_path / "r").rename(tmp_path / "elsewhere")
    monitor.flush()
    network.clear()  # without a warning
    assert len(ann.open_recording(tmp_path / "elsewhere").get("r")) == 4


def test_a_path_that_cannot_be_written_is_refused_at_once(
    network: ann.Network, tmp_path: Path
) -> None:
    pop = network.create(1, CLOCK)
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(StorageError, match="cannot be written: Not a directory"):
        network.monitor(pop, "r", file=tmp_path / "taken" / "r")
    with pytest.raises(ArgumentError, match="there is something at .*taken.*\n.*never overwritten"):
        network.monitor(pop, "r", file=tmp_path / "taken")
    network.monitor(pop, "r", file=tmp_path / "r")
    with pytest.raises(ArgumentError, match="there is something at"):
        network.monitor(pop, "r", file=tmp_path / "r")
    assert len(network.get_monitors()) == 1


def test_what_is_no_recording_is_refused(network: ann.Network, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="there is no recording at .*nowhere"):
        ann.open_recording(tmp_path / "nowhere")
    zarr.create_group(tmp_path / "other")
    with pytest.raises(ArgumentError, match="is no recording of this version\n.*something else"):
        ann.open_recording(tmp_path / "other")
    zarr.create_group(tmp_path / "later", attributes={"annlab_recording": 99})
    with pytest.raises(ArgumentError, match="its version is 99, this annlab reads version 1"):
        ann.open_recording(tmp_path / "later")
    monitor = network.monitor(network.create(1, CLOCK), "r", file=tmp_path / "r")
    network.compile()
    recording = ann.open_recording(tmp_path / "r")
    with pytest.raises(ArgumentError, match="nothing of 'r' is in .* yet\n  run the network"):
        recording.get("r")
    with pytest.raises(ArgumentError, match="nothing of 'r' is in .* yet\n  run the network"):
        recording.get_spikes("r")
    network.simulate(1.0)
    monitor.flush()
    with pytest.raises(UnknownObjectError, match="has no 'rr'\n.*known here: r\n.*'r'"):
        recording.get("rr")
    with pytest.raises(ArgumentError, match="'r' of Monitor_pop0 is no event"):
        recording.get_spikes("r")


def test_without_zarr_the_user_is_told(
    network: ann.Network, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "zarr", None)
    pop = network.create(1, CLOCK)
    with pytest.raises(ConfigurationError, match=r"the package zarr(.|\n)*pip install .zarr"):
        network.monitor(pop, "r", file=tmp_path / "r")
    assert network.get_monitors() == []
    assert not (tmp_path / "r").exists()


def test_a_file_that_travels_becomes_one_beside_the_first(
    network: ann.Network, tmp_path: Path
) -> None:
    monitor = network.monitor(network.create(1, CLOCK), "r", file=tmp_path / "r.zarr")
    copies = [pickle.loads(pickle.dumps(monitor._file)) for _ in range(2)]
    assert [c.path.name for c in copies] == ["r_copy1.zarr", "r_copy2.zarr"]
    assert repr(ann.open_recording(copies[0].path)) == "<Recording of 'pop0': >"


@pytest.mark.parametrize("backend", ["cpu", "reference"])
def test_networks_that_run_in_other_processes_record_into_files_of_their_own(
    backend: str, tmp_path: Path
) -> None:
    net = ann.Network(dt=0.5, backend=backend)
    net.monitor(net.create(2, CLOCK), "r", file=tmp_path / "r.zarr")
    twin = net
    ann.parallel_run(method=_simulated, networks=[twin], measure_time=False)
    found = [p for p in sorted(tmp_path.iterdir()) if _n_recorded(p)]
    assert [_n_recorded(p) for p in found] == [8]


def _simulated(index: int, net: ann.Network) -> None:
    net.simulate(4.0)


def _n_recorded(path: Path) -> int:
    try:
        return len(ann.open_recording(path).get("r"))
    except (ArgumentError, UnknownObjectError):
        return 0


@pytest.mark.parametrize("part", ["zarr.json", "r/zarr.json", "r/0/values/c/0/0"])
def test_a_damaged_recording_is_told(network: ann.Network, tmp_path: Path, part: str) -> None:
    folder = tmp_path / "rates"
    watch = network.monitor(network.create(2, CLOCK), "r", file=folder)
    network.compile()
    network.simulate(5.0)
    watch.flush()
    damaged = folder / part
    damaged.write_bytes(damaged.read_bytes()[:-20])
    with pytest.raises(ArgumentError, match="is damaged|no recording at"):
        ann.open_recording(folder).get("r")
