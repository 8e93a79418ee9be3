"""``python -m benchmarks.live``: measure live work in JupyterLab in headless Chromium.

Prints a table: what was measured, and the bar it is held against. Needs Chromium, the packages of
the tests (``pip install '.[lab,test,bench]'``), and a checkout: the helpers of ``tests/browser``
drive the page.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.compare import ROOT

sys.path.insert(0, str(ROOT / "tests" / "browser"))

import laboratory
import measures
import meter
import scenes

VALUE = "float(cells.d[0])"  # what the slider of the benchmark moves
TUTORIALS = ("01-first-steps", "izhikevich")


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live", description=__doc__)
    add = parser.add_argument
    names = ", ".join(MEASUREMENTS)
    # The empty list is what argparse checks where nothing is named.
    add("what", nargs="*", choices=[[], *MEASUREMENTS], metavar="NAME", help=f"of {names}")
    add("--seconds", type=float, default=20.0, help="of pictures")
    add("--repeat", type=int, default=5, help="of whatever is repeated; the median counts")
    add("--reruns", type=int, default=50, help="of each cell of `leaks`")
    options = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    for name in options.what or MEASUREMENTS:
        for line in MEASUREMENTS[name](options):
            print(line, flush=True)


def pictures(options: argparse.Namespace) -> Iterator[str]:
    """From the kernel to the picture, at the page's own speed and slowed down."""
    with _folder() as folder, measures.live_page(folder) as page:
        measures.start(page)
        for factor in (1, 4, 20):
            with meter.slowed(page, factor):
                page.wait_for_timeout(3000)
                meter.watch_frames(page)
                page.wait_for_timeout(options.seconds * 1000)
                drawn = meter.frames(page)
            label = "kernel to drawn" if factor == 1 else f"the same, page {factor} times slower"
            aim = "150 / 300 ms" if factor == 1 else ""
            yield _line(f"{label}, median / 95 %", _spread(drawn.latency_ms), aim)
            yield _line("  age when replaced, median / 95 %", _spread(drawn.oldest_ms))
            yield _line("  drawing, median / 95 %", _spread(drawn.draw_ms))
            yield _line("  pictures/s; frames lost", f"{drawn.rate_hz:.1f}; {drawn.n_lost}")
            n_told = sum(bool(badges) for badges in drawn.badges)
            yield _line('  pictures that say "behind by"', f"{n_told} of {len(drawn)}")


def sliders(options: argparse.Namespace) -> Iterator[str]:
    """From the hand to the network, with an idle and with a busy kernel."""
    for subshells in measures.SUBSHELLS:
        with _folder() as folder, measures.live_page(folder, subshells=subshells) as page:
            measures.start(page)
            for busy_s, aim in ((0.0, "50 ms"), (3.0, "the last arrives")):
                moves = measures.move_slider(
                    page, "d", n=4 * options.repeat, pause_ms=120, busy_s=busy_s, value=VALUE
                )
                state = f"{'busy' if busy_s else 'idle'} kernel, subshells {subshells}"
                seen = moves.latencies_ms[~np.isnan(moves.latencies_ms)]
                end = "" if moves.has_last else ", LAST ONE LOST"
                yield _line(f"slider to network, {state}", _spread(seen) + end, aim)


def runs(options: argparse.Namespace) -> Iterator[str]:
    """A run as fast as it can, with a dashboard and without."""
    with _folder() as folder, measures.live_page(folder) as page:
        times = measures.run_times(page, 200_000.0, options.repeat)
    bare = np.median(times["without"], axis=0)
    yield _line("run without a dashboard, wall / own time", _seconds(bare))
    for place in ("in sight", "out of sight"):
        ratio = np.median(times[place] / times["without"], axis=0)
        aim = "1.10" if place == "in sight" else "1.00"
        yield _line(f"  dashboard {place}, times as long", f"{ratio[0]:.2f} / {ratio[1]:.2f}", aim)


def tutorials(options: argparse.Namespace) -> Iterator[str]:
    """From "run all cells" in a fresh kernel to data on a live picture."""
    for name in TUTORIALS:
        for cache, n, aim in (("cold", 1, "8 s"), ("warm", options.repeat, "5 s")):
            with _folder() as folder, _cache(folder / "cache" if cache == "cold" else None):
                shutil.copy(ROOT / "notebooks" / f"{name}.ipynb", folder)
                with laboratory.jupyterlab(folder) as address, laboratory.browser_page() as page:
                    times = [
                        measures.time_to_first_picture(page, address, f"{name}.ipynb")
                        for _ in range(n)
                    ]
            what = f"{name}: run all to a first picture, {cache} cache"
            yield _line(what, f"{np.median(times):.1f} s", aim)


def leaks(options: argparse.Namespace) -> Iterator[str]:
    """What is left when a cell runs again and again."""
    views = scenes.VIEW_CELLS
    imports = "from annlab.widgets import *"
    with _folder() as folder, measures.live_page(folder, *views.values()) as page:
        laboratory.tell_kernel(page, f"{imports}\ndash.close()")
        for name, code in views.items():
            before, after = measures.growth(page, code, options.reruns, without_code=True)
            yield _line(f"{name}, {options.reruns} times again", _grown(before, after), "nothing")


MEASUREMENTS: Mapping[str, Callable[[argparse.Namespace], Iterator[str]]] = {
    "pictures": pictures,
    "sliders": sliders,
    "runs": runs,
    "tutorials": tutorials,
    "leaks": leaks,
}


def _grown(before: meter.Footprint, after: meter.Footprint) -> str:
    def more(name: str, unit: float = 1.0) -> float:
        return (getattr(after, name) - getattr(before, name)) / unit

    return (
        f"{more('n_threads'):+.0f} threads, {more('n_comms'):+.0f} comms, "
        f"{more('n_listeners'):+.0f} listeners, kernel {more('kernel_bytes', 1e6):+.1f} MB, "
        f"page {more('heap_bytes', 1e6):+.1f} MB of objects"
    )


def _line(what: str, found: str, aim: str = "") -> str:
    return f"{what:<52} {found:<28} {aim}".rstrip()


def _spread(times_ms: NDArray[np.float64]) -> str:
    middle, high = np.percentile(times_ms, [50, 95])
    return f"{middle:.0f} / {high:.0f} ms"


def _seconds(times_s: NDArray[np.float64]) -> str:
    return " / ".join(f"{t:.2f}" for t in times_s) + " s"


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="annlab-live-") as folder:
        yield Path(folder)


@contextmanager
def _cache(folder: Path | None) -> Iterator[None]:
    """Let the kernel compile into an empty `folder`; None: where it always does."""
    before = os.environ.get("ANNLAB_CACHE")
    if folder is not None:
        os.environ["ANNLAB_CACHE"] = str(folder)
    try:
        yield
    finally:
        os.environ.pop("ANNLAB_CACHE", None)
        if before is not None:
            os.environ["ANNLAB_CACHE"] = before


if __name__ == "__main__":
    main()
