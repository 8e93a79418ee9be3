"""``python -m benchmarks.gpu``: everything that a machine with a GPU can say, in one go.

Correctness (conformance and agreement on the device, the same bits twice, compute-sanitizer) and
speed, each number beside its floor. Prints a table and writes JSON after every section, so an end
before the last one loses nothing. What is too late for the time that is left is skipped and named.
``--rehearse`` goes through all of it on the emulated device, with tiny networks: to see that the
script works, not for its numbers.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.gpu_worker import Job

ROOT = Path(__file__).parents[1]
REPORT_NAME = "gpu.json"
TESTS = (
    "tests/conformance",
    "tests/agreement/test_cuda_agreement.py",
    "tests/network/test_device_drawing.py",
)
SANITIZED = ("memcheck", "synccheck", "racecheck")
CHASED = (1 << 14, 1 << 24, 1 << 29)  # bytes: in the nearest cache, in the second, in none
HOST_TO_DEVICE, DEVICE_TO_DEVICE = 1, 3  # cudaMemcpyKind
LEAST_LEFT_S = 20.0  # no section begins with less


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A network to measure, and what it must reach: at most `limit` of `of` and `build_limit_s`."""

    job: Job
    of: str = ""
    limit: float = float("inf")
    build_limit_s: float = float("inf")
    name: str = ""

    def __post_init__(self) -> None:
        if not self.name:
            name = f"{self.job.case} {self.job.size:g} {self.job.dtype}"
            object.__setattr__(self, "name", name)


# What warps ask for ahead: where it helps, and whether it ever harms, is for a GPU to say.
NO_PREFETCH = "-DANNLAB_NO_PREFETCH"
BARS = (
    Bar(job=Job(case="izhikevich", size=1000, is_profiled=True), of="us_per_step", limit=10.0),
    Bar(job=Job(case="rate", size=4000, is_profiled=True), of="over_floor", limit=1.25),
    Bar(job=Job(case="rate", size=20_000), of="over_floor", limit=1.25),
    Bar(job=Job(case="rate", size=20_000, dtype="float32"), of="over_floor", limit=1.25),
    Bar(job=Job(case="coba", size=4000)),
    Bar(job=Job(case="coba", size=64_000)),
    Bar(job=Job(case="microcircuit", size=0.1)),
    Bar(job=Job(case="microcircuit", size=1.0, is_profiled=True), of="real_time_factor",
        limit=0.27, build_limit_s=10.0),
    Bar(job=Job(case="microcircuit", size=1.0, dtype="float32"), of="real_time_factor", limit=0.27,
        build_limit_s=10.0),
    Bar(job=Job(case="coba", size=1_000_000, wall_s=0.5, is_profiled=True)),
    Bar(job=Job(case="rate", size=20_000, flags=NO_PREFETCH),
        name="rate 20000 float64, no prefetch"),
    Bar(job=Job(case="rate", size=20_000, dtype="float32", flags=NO_PREFETCH),
        name="rate 20000 float32, no prefetch"),
    Bar(job=Job(case="coba", size=1_000_000, wall_s=0.5, flags=NO_PREFETCH),
        name="coba 1e+06, no prefetch"),
)  # fmt: skip
TINY = {"izhikevich": 200, "rate": 60, "microcircuit": 0.004, "coba": 300}


@dataclass(slots=True)
class Report:
    """What was found so far, and where it is written."""

    path: Path
    deadline: float
    found: dict[str, Any] = field(default_factory=dict)

    @property
    def left_s(self) -> float:
        return self.deadline - time.monotonic()

    def add(self, section: str, make: Callable[[], Any]) -> None:
        """Run a section; what goes wrong in it is a finding too."""
        if self.left_s < LEAST_LEFT_S:
            self.found[section] = {"skipped": f"{self.left_s:.0f} s were left"}
        else:
            begin = time.monotonic()
            try:
                self.found[section] = make()
            except Exception as error:  # noqa: BLE001 - the other sections have to run
                self.found[section] = {"error": f"{type(error).__name__}: {error}"}
            print(f"-- {section}: {time.monotonic() - begin:.1f} s", flush=True)
        self.path.write_text(json.dumps(self.found, indent=1) + "\n")


def main() -> None:
    """Do what the command line asks for."""
    options = _options()
    if options.rehearse:
        os.environ["ANNLAB_CUDA_EMULATE"] = "1"
    folder = Path(options.out)
    folder.mkdir(parents=True, exist_ok=True)
    report = Report(folder / REPORT_NAME, time.monotonic() + options.budget)
    report.add("machine", lambda: machine(is_rehearsal=options.rehearse))
    if "error" in report.found["machine"]:
        sys.exit(
            f"There is no GPU that can be used here: {report.found['machine']['error']}\n"
            "`annlab doctor` says what is missing; --rehearse goes through all without one."
        )
    speed = report.found["machine"].get("copy_bytes_per_s", 1e12)
    bars = [b for b in BARS if not options.only or b.job.case in options.only]
    if options.rehearse:
        bars = [_tiny(bar) for bar in bars]
    if not options.no_tests:
        report.add("tests", lambda: run_tests(report, is_rehearsal=options.rehearse))
    report.add("determinism", lambda: determinism(speed, is_rehearsal=options.rehearse))
    for bar in bars:
        report.add(bar.name, lambda bar=bar: measure(bar, speed, report.left_s))
    if not options.no_tests:
        report.add("sanitizer", lambda: sanitize(report))
    print(table(report.found, bars))
    print(f"written to {report.path}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    add = parser.add_argument
    add("--budget", type=float, default=450.0, help="seconds for all of it")
    add("--out", default=os.environ.get("OUT", "benchmarks/results"), help="folder of the report")
    add("--only", nargs="+", choices=sorted({bar.job.case for bar in BARS}))
    add("--no-tests", action="store_true", help="measure only")
    add("--rehearse", action="store_true", help="tiny networks on the emulated device")
    return parser.parse_args()


def _tiny(bar: Bar) -> Bar:
    job = replace(bar.job, size=TINY[bar.job.case], wall_s=0.1, is_profiled=False)
    return replace(bar, job=job)  # under its name


# ---- the machine ------------------------------------------------------------


def machine(*, is_rehearsal: bool) -> dict[str, Any]:
    """Return what the GPU is, and how fast it copies and launches."""
    if is_rehearsal:
        return {"name": "emulated", "copy_bytes_per_s": 1e10}
    import cupy

    properties = cupy.cuda.runtime.getDeviceProperties(0)
    free, total = cupy.cuda.runtime.memGetInfo()
    return {
        "name": properties["name"].decode(),
        "capability": f"{properties['major']}.{properties['minor']}",
        "multiprocessors": int(properties["multiProcessorCount"]),
        "l2_bytes": int(properties.get("l2CacheSize", 0)),
        "memory_bytes": int(total),
        "free_bytes": int(free),
        "cupy": cupy.__version__,
        "driver": int(cupy.cuda.runtime.driverGetVersion()),
        "runtime": int(cupy.cuda.runtime.runtimeGetVersion()),
        "copy_bytes_per_s": _copy_speed(cupy),
        "us_per_node_of_a_graph": _node_time(cupy),
        "latency_ns": _tried(lambda: {f"{n >> 10} KiB": _latency(cupy, n) for n in CHASED}),
    }


def _tried(ask: Callable[[], Any]) -> Any:
    """Return an answer, or the error: without it the rest is worth having."""
    try:
        return ask()
    except Exception as error:  # noqa: BLE001
        return f"{type(error).__name__}: {error}"


def _copy_speed(cupy: Any) -> float:
    """Return bytes read and written a second by a large copy."""
    runtime, n_bytes = cupy.cuda.runtime, 1 << 31
    source, target = cupy.cuda.alloc(n_bytes), cupy.cuda.alloc(n_bytes)
    runtime.memset(source.ptr, 0x5A, n_bytes)

    def copy() -> None:
        runtime.memcpyAsync(target.ptr, source.ptr, n_bytes, DEVICE_TO_DEVICE, 0)

    times = [_elapsed(cupy, copy) for _ in range(8)]
    return 2 * n_bytes / float(np.median(times[2:]))


def _node_time(cupy: Any) -> float:
    """Return the time that one kernel more in a chain of them takes [us], doing nothing."""
    kernel = cupy.RawKernel('extern "C" __global__ void nothing() {}', "nothing")
    kernel((1,), (32,), ())
    stream = cupy.cuda.Stream(non_blocking=True)
    with stream:
        stream.begin_capture()
        for _ in range(1000):
            kernel((1,), (32,), ())
        graph = stream.end_capture()
        times = [_elapsed(cupy, lambda: graph.launch(stream)) for _ in range(8)]
    return 1e6 * float(np.median(times[2:])) / 1000


CHASE = """extern "C" __global__ void chase(const unsigned* next, int n, unsigned* last) {
    unsigned place = 0;
    for (int k = 0; k < n; ++k) place = next[place];
    *last = place;
}"""


def _latency(cupy: Any, n_bytes: int) -> float:
    """Return how long a load takes [ns] that has to wait for the one before, in so much memory."""
    n, n_loads = n_bytes // 4, 20_000
    stride = int(0.618 * n) | 1  # far from all places of before
    following = ((np.arange(n, dtype=np.int64) + stride) % n).astype(np.uint32)
    memory, last = cupy.cuda.alloc(n_bytes), cupy.cuda.alloc(4)
    cupy.cuda.runtime.memcpy(memory.ptr, following.ctypes.data, n_bytes, HOST_TO_DEVICE)
    kernel = cupy.RawKernel(CHASE, "chase")
    arguments = (np.uint64(memory.ptr), np.int32(n_loads), np.uint64(last.ptr))
    times = [_elapsed(cupy, lambda: kernel((1,), (1,), arguments)) for _ in range(3)]
    return 1e9 * min(times) / n_loads


def _elapsed(cupy: Any, function: Callable[[], Any]) -> float:
    begin, end = cupy.cuda.Event(), cupy.cuda.Event()
    begin.record()
    function()
    end.record()
    end.synchronize()
    return 1e-3 * cupy.cuda.get_elapsed_time(begin, end)


# ---- correctness ------------------------------------------------------------


def run_tests(report: Report, *, is_rehearsal: bool) -> dict[str, Any]:
    """Run the tests that need a GPU."""
    chosen = ["tests/runtime/cuda/test_launches.py"] if is_rehearsal else [*TESTS, "-m", "gpu"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *chosen]
    if importlib.util.find_spec("xdist") and not is_rehearsal:
        command += ["-n", str(min(8, os.cpu_count() or 1))]
    found = _run(command, min(200.0, 0.5 * report.left_s), lines=60)
    if " passed" not in " ".join(found["output"][-3:]):
        found.setdefault("error", "no test has passed")  # skipped ones say nothing of the GPU
    return found


def determinism(speed: float, *, is_rehearsal: bool) -> dict[str, Any]:
    """Build and run networks twice; spikes and potentials must have the same bits."""
    found = {}
    for case, size in (("microcircuit", 0.05), ("coba", 4000), ("rate", 1000)):
        size = TINY[case] if is_rehearsal else size
        bar = Bar(job=Job(case=case, size=size, wall_s=0.1))
        runs = [measure(bar, speed, 120.0) for _ in range(2)]
        digests = [run.get("digest", run.get("error")) for run in runs]
        found[case] = {
            "digests": digests,
            "is_same": "digest" in runs[0] and len(set(digests)) == 1,
        }
    return found


def sanitize(report: Report) -> dict[str, Any]:
    """Run a network of each kind under compute-sanitizer, each array an allocation of its own."""
    tool = shutil.which("compute-sanitizer")
    if tool is None:
        return {"skipped": "there is no compute-sanitizer here"}
    found = {}
    for check in SANITIZED:
        command = [tool, "--tool", check, "--error-exitcode", "9", sys.executable, "-m",
                   "benchmarks.gpu_zoo"]  # fmt: skip
        found[check] = _run(command, min(90.0, 0.5 * report.left_s), lines=12)
    return found


def _run(command: list[str], timeout_s: float, *, lines: int) -> dict[str, Any]:
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=timeout_s, check=False
        )
    except subprocess.TimeoutExpired as error:
        told = error.stdout.decode(errors="replace") if error.stdout else ""
        return {"error": f"not done in {timeout_s:.0f} s", "output": told.splitlines()[-lines:]}
    output = (done.stdout + done.stderr).splitlines()
    return {"returncode": done.returncode, "output": output[-lines:]}


# ---- speed ------------------------------------------------------------


def measure(bar: Bar, copy_bytes_per_s: float, timeout_s: float) -> dict[str, Any]:
    """Return what a process of its own has measured, with ratio to the floor and verdict."""
    job = asdict(bar.job) | {"copy_bytes_per_s": copy_bytes_per_s}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.gpu_worker", json.dumps(job)],
            cwd=ROOT, capture_output=True, text=True, timeout=timeout_s, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"error": f"not done in {timeout_s:.0f} s"}
    if done.returncode != 0:
        return {"error": done.stderr[-2000:]}
    found = json.loads(done.stdout)
    found["over_floor"] = found["us_per_step"] / found["floor_us"]
    bars = [(bar.of, bar.limit), ("build_s", bar.build_limit_s)]
    asked = [(of, limit) for of, limit in bars if of and np.isfinite(limit)]
    if asked:
        found["bar"] = ", ".join(f"{of} <= {limit:g}" for of, limit in asked)
        found["is_met"] = all(found[of] <= limit for of, limit in asked)
    return found


def table(found: dict[str, Any], bars: list[Bar]) -> str:
    """Return what was measured as lines for people."""
    lines = [json.dumps(found.get("machine", {}))]
    for section in ("tests", "sanitizer", "determinism"):
        if section in found:
            lines.append(f"{section}: {_verdict(found[section])}")
    head = ("network", "us/step", "real time", "floor us", "ratio", "Hz", "build s", "first s")
    lines.append("{:32}{:>10}{:>10}{:>10}{:>8}{:>8}{:>9}{:>9}  bar".format(*head))
    for bar in bars:
        one = found.get(bar.name, {})
        if "us_per_step" not in one:
            told = str(one.get("error") or one.get("skipped")).strip().splitlines()
            lines.append(f"{bar.name:32}{told[-1]}"[:160])  # of a traceback the error
            continue
        verdict = f"{one['bar']}: {'met' if one['is_met'] else 'MISSED'}" if "bar" in one else ""
        lines.append(
            f"{bar.name:32}{one['us_per_step']:10.2f}{one['real_time_factor']:10.3f}"
            f"{one['floor_us']:10.2f}{one['over_floor']:8.2f}{one['rate_hz']:8.2f}"
            f"{one['build_s']:9.1f}{one['first_s']:9.2f}  {verdict}"
        )
        lines.append(f"    {_explained(one)}")
    return "\n".join(lines)


def _explained(one: dict[str, Any]) -> str:
    """Return of what a step consists."""
    parts = [
        f"{x['name']} {x['grid'][0]}x{x['grid'][1]} {x['alone_us']:.2f}" for x in one["launches"]
    ]
    told = f"without the host {one['device_us_per_step']:.2f} us; alone: {', '.join(parts)}"
    seen = one["profile"]
    if "kernels" in seen:
        kernels = (f"{k} {v['us']:.2f} x {v['per_step']:.2g}" for k, v in seen["kernels"].items())
        told += f"; in graphs: {', '.join(kernels)}, idle {seen['idle_us_per_step']:.2f}"
    elif "error" in seen:
        told += f"; no profile: {seen['error']}"
    return told


def _verdict(found: dict[str, Any]) -> str:
    if "output" in found:
        last = found["output"][-1] if found["output"] else ""
        return f"{found.get('error', 'returned ' + str(found.get('returncode')))}: {last}"
    parts = {k: v for k, v in found.items() if isinstance(v, dict)}
    if not parts:
        return json.dumps(found)
    return "; ".join(f"{k}: {v.get('is_same', _verdict(v))}" for k, v in parts.items())


if __name__ == "__main__":
    main()
