"""What may be allocated obeys the limits of a container, a hub or a shell."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import annlab
from annlab import limits
from annlab.limits import NO_LIMIT, allowed_bytes, n_cores

GIB = 2**30
NAMES = {
    1: ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    2: ("memory.max", "memory.current", "inactive_file"),
}


def group(folder: Path, version: int, limit: int | str, used: int = 0, cached: int = 0) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    limit_name, used_name, line = NAMES[version]
    (folder / limit_name).write_text(f"{limit}\n")
    (folder / used_name).write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"anon 1\n{line} {cached}\n")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the root of a machine without limits."""
    monkeypatch.setattr(limits, "_address_space", lambda root: NO_LIMIT)
    (tmp_path / "proc/self").mkdir(parents=True)
    return tmp_path


def membership(machine: Path, text: str) -> None:
    (machine / "proc/self/cgroup").write_text(text)


def test_a_machine_without_control_groups_has_no_limit(machine: Path) -> None:
    assert allowed_bytes(machine) == NO_LIMIT


@pytest.mark.parametrize(
    ("version", "line", "place"),
    [
        (2, "0::/user.slice/ada\n", "sys/fs/cgroup/user.slice/ada"),
        (1, "4:cpu,memory:/ada\n3:cpuset:/\n", "sys/fs/cgroup/memory/ada"),
        # Inside a container the path is that of the outside; the files are at the top.
        (2, "0::/\n", "sys/fs/cgroup"),
        (1, "4:memory:/docker/0123\n", "sys/fs/cgroup/memory"),
    ],
)
def test_the_limit_of_a_group_counts(machine: Path, version: int, line: str, place: str) -> None:
    membership(machine, line)
    group(machine / place, version, 2 * GIB, used=GIB, cached=GIB // 4)
    assert allowed_bytes(machine) == GIB + GIB // 4


def test_the_tightest_of_nested_groups_counts(machine: Path) -> None:
    membership(machine, "0::/class/ada\n")
    group(machine / "sys/fs/cgroup/class/ada", 2, "max", used=GIB)
    group(machine / "sys/fs/cgroup/class", 2, 8 * GIB, used=5 * GIB)
    assert allowed_bytes(machine) == 3 * GIB


@pytest.mark.parametrize("none", ["max", str(2**63 - 4096)])
def test_a_group_may_have_no_limit(machine: Path, none: str) -> None:
    membership(machine, "0::/\n")
    group(machine / "sys/fs/cgroup", 2, none)
    assert allowed_bytes(machine) == NO_LIMIT


def test_a_group_that_is_full_leaves_nothing(machine: Path) -> None:
    membership(machine, "0::/\n")
    group(machine / "sys/fs/cgroup", 2, GIB, used=GIB + 1)
    assert allowed_bytes(machine) == 0


def share(folder: Path, version: int, quota: int | str) -> None:
    """Let a group have so many microseconds of processor time in each 100 000."""
    folder.mkdir(parents=True, exist_ok=True)
    if version == 2:
        (folder / "cpu.max").write_text(f"{quota} 100000\n")
    else:
        (folder / "cpu.cfs_quota_us").write_text(f"{-1 if quota == 'max' else quota}\n")
        (folder / "cpu.cfs_period_us").write_text("100000\n")


@pytest.fixture
def of_many_cores(machine: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the root of a machine with 64 cores."""
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: set(range(64)), raising=False)
    return machine


@pytest.mark.parametrize(
    ("version", "line", "place"),
    [
        (2, "0::/user.slice/ada\n", "sys/fs/cgroup/user.slice/ada"),
        (2, "0::/\n", "sys/fs/cgroup"),
        (1, "4:cpu,cpuacct:/ada\n3:memory:/\n", "sys/fs/cgroup/cpu/ada"),
        (1, "4:cpu,cpuacct:/docker/0123\n", "sys/fs/cgroup/cpu"),
    ],
)
@pytest.mark.parametrize(
    ("quota", "cores"), [(200_000, 2), (250_000, 2), (50_000, 1), ("max", 64), (99_000_000, 64)]
)
def test_a_share_of_the_processor_is_so_many_cores(
    of_many_cores: Path, version: int, line: str, place: str, quota: int | str, cores: int
) -> None:
    membership(of_many_cores, line)
    share(of_many_cores / place, version, quota)
    assert n_cores(of_many_cores) == cores


def test_the_tightest_share_of_nested_groups_counts(of_many_cores: Path) -> None:
    membership(of_many_cores, "0::/class/ada\n")
    share(of_many_cores / "sys/fs/cgroup/class/ada", 2, "max")
    share(of_many_cores / "sys/fs/cgroup/class", 2, 400_000)
    assert n_cores(of_many_cores) == 4


def test_a_process_has_the_cores_that_it_is_bound_to(of_many_cores: Path) -> None:
    assert n_cores(of_many_cores) == 64  # no groups here


def test_threads_beyond_the_share_of_a_container_are_warned_of(
    of_many_cores: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    membership(of_many_cores, "0::/\n")
    share(of_many_cores / "sys/fs/cgroup", 2, 200_000)
    monkeypatch.setattr("annlab.runtime.threads.n_cores", lambda: n_cores(of_many_cores))
    net = annlab.Network(seed=1)
    net.create(10, annlab.Izhikevich)
    net.config(num_threads=13)  # no other test asks for so many, and it is said once
    with pytest.warns(UserWarning, match="num_threads is 13, and this process may use 2 cores"):
        net.compile()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds to ulimit -v")
def test_a_recording_beyond_the_limit_of_the_shell_is_refused_before_the_run() -> None:
    program = """
import resource
import annlab as ann
net = ann.Network(dt=0.1, seed=1, backend="reference")
cells = net.create(1000, ann.Izhikevich)
net.monitor(cells, "v")
net.compile()
resource.setrlimit(resource.RLIMIT_AS, (2**32, resource.RLIM_INFINITY))
try:
    net.simulate(600_000.0)
except ann.errors.TooLargeError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "48.00 GB" in done.stdout, done.stdout + done.stderr
