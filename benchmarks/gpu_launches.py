"""Why a step takes as long as it does: its launches one by one.

Three views, since none of them tells all: each launch repeated alone, which leaves out what it
waits for; whole steps without the host; and what the driver says of kernels inside of the graphs,
where PyTorch is installed, which knows how to ask.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from annlab.runtime.cuda.runner import CudaRunner
from annlab.runtime.remodel import back_end

STEPS = 48  # recorders hold 64 steps at least, however many neurons spike
TIMES = 8  # a launch is repeated in each of them
MOST_STEPS = 960


def runner_of(network: Any) -> CudaRunner:
    """Return what runs a network on the device."""
    runner = back_end(network._runner)
    assert isinstance(runner, CudaRunner)
    return runner


def us_per_step(runner: CudaRunner) -> float:
    """Return how long a step takes [us] if the host does no more than launch it.

    The host does not hear of these steps: the network is of no use afterwards.
    """
    n_steps = min(MOST_STEPS, runner._recorders.most_steps())
    n_steps = max(1, n_steps - n_steps % 16)
    seconds = _timed(lambda: runner._graph.run(n_steps))
    first = runner.state.step
    runner._recorders.drain(first, first + n_steps - 1)
    return 1e6 * seconds / n_steps


def described(runner: CudaRunner) -> list[dict[str, Any]]:
    """Return the launches of a step, each with how long it takes if repeated alone [us].

    The network is of no use afterwards: sums, for one, are added several times.
    """
    found = []
    for launch in runner.launches:
        graph = runner.device.graph([launch] * TIMES, runner.tick)
        graph.run(1)
        first = runner.state.step
        runner._recorders.drain(first, first)
        seconds = _timed(lambda graph=graph: graph.run(STEPS))
        runner._recorders.drain(first, first + STEPS - 1)
        found.append(
            {
                "name": launch.name,
                "grid": launch.grid,
                "n_threads": launch.n_threads,
                "registers": getattr(launch.function, "num_regs", None),
                "local_bytes": getattr(launch.function, "local_size_bytes", None),
                "alone_us": 1e6 * seconds / (STEPS * TIMES),
            }
        )
    return found


def _timed(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def profiled(run: Callable[[], object], n_steps: int) -> dict[str, Any]:
    """Return how often each kernel runs in a step and how long [us], by the driver."""
    import torch
    from torch.profiler import ProfilerActivity, profile

    torch.cuda.init()
    with profile(activities=[ProfilerActivity.CUDA]) as seen:
        run()
    spans: dict[str, list[tuple[float, float]]] = {}
    for event in seen.events():
        if "cuda" in str(event.device_type).lower():
            span = (event.time_range.start, event.time_range.end)
            spans.setdefault(event.name, []).append(span)
    all_spans = sorted(span for found in spans.values() for span in found)
    if not all_spans:
        return {"error": "the profiler saw no kernel"}
    whole = all_spans[-1][1] - all_spans[0][0]
    busy = sum(end - begin for begin, end in all_spans)
    return {
        "n_steps": n_steps,
        "us_per_step": whole / n_steps,
        "idle_us_per_step": (whole - busy) / n_steps,
        "kernels": {
            name: {
                "per_step": len(found) / n_steps,
                "us": sum(end - begin for begin, end in found) / len(found),
            }
            for name, found in spans.items()
        },
    }
