"""How much of the machine this process may take, where somebody set a limit.

In a container, on a JupyterHub or in a job of a cluster the machine has more memory and more cores
than a process may use. Memory beyond the limit is not refused but kills the process, and threads
beyond a share of the processor's time are not refused but put to sleep, while others wait for
them. So the limits are asked for: those of the control groups that the process is in, those of the
cores it is bound to, and that of its address space (``ulimit -v``). Knows Linux; elsewhere it finds
no limit.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

NO_LIMIT = 2**62
ROOT = Path("/")  # where ``proc`` and ``sys`` lie
# Version of control groups -> files with what is allowed and used, and the line of memory.stat for
# pages of files that the kernel drops when memory gets short: they count as used and are free.
_MEMORY_FILES = {
    1: ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    2: ("memory.max", "memory.current", "inactive_file"),
}


def allowed_bytes(root: Path = ROOT) -> int:
    """Return how many bytes the limits of this process leave, `NO_LIMIT` where there is none."""
    rooms = [_room(folder, version) for folder, version in _groups("memory", root)]
    return max(0, min([*rooms, _address_space(root)]))


def n_cores(root: Path = ROOT) -> int:
    """Return how many cores this process may use, at least 1.

    A group with the time of two and a half cores has two: a thread on the half would hold up the
    others in every step.
    """
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    shares = [_share(folder, version) for folder, version in _groups("cpu", root)]
    return max(1, min([bound or 1, *shares]))


def _groups(controller: str, root: Path) -> Iterator[tuple[Path, int]]:
    """Yield the folder of each group that holds this process, from the inner to the outer ones."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    mounted = root / "sys/fs/cgroup"
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            top, version = mounted / controller, 1
        elif not controllers:
            top, version = mounted, 2
        else:
            continue
        # A container sees its own group at the top, whatever its path outside is called.
        inner = top / path.lstrip("/")
        yield from (
            (folder, version)
            for folder in (inner, *inner.parents)
            if top in (folder, *folder.parents)
        )


def _room(folder: Path, version: int) -> int:
    limit_file, usage_file, reclaimable = _MEMORY_FILES[version]
    try:
        limit = (folder / limit_file).read_text().strip()
        if limit == "max" or int(limit) >= NO_LIMIT:
            return NO_LIMIT
        used = int((folder / usage_file).read_text())
        stat = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
    except (OSError, ValueError):
        return NO_LIMIT  # no such group here, or no memory controller in it
    return int(limit) - used + int(stat.get(reclaimable, 0))


def _share(folder: Path, version: int) -> int:
    """Return how many whole cores the processor time of a group is worth."""
    try:
        if version == 2:
            quota, period = (folder / "cpu.max").read_text().split()
        else:
            quota = (folder / "cpu.cfs_quota_us").read_text().strip()
            period = (folder / "cpu.cfs_period_us").read_text()
        if quota in ("max", "-1"):
            return NO_LIMIT
        return int(quota) // int(period)
    except (OSError, ValueError, ZeroDivisionError):
        return NO_LIMIT  # as above


def _address_space(root: Path) -> int:
    try:
        import resource  # Windows has none

        limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    except ImportError:
        return NO_LIMIT
    if limit == resource.RLIM_INFINITY:
        return NO_LIMIT
    used = 0
    with suppress(OSError):
        pages = (root / "proc/self/statm").read_text().split()[0]
        used = int(pages) * os.sysconf("SC_PAGE_SIZE")
    return limit - used
