"""Draw the pictures of the user guide with annlab: ``python docs/images/make_pictures.py``.

(`live-notebook.png` is a photograph: ``python tests/browser/make_picture.py``.)
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

import annlab as ann

FOLDER = Path(__file__).parent
INK, QUIET, EXCITED, INHIBITED = "#222832", "#8a919e", "#1f77b4", "#d95f02"
RATE = ann.Neuron("B = 0.0", "r = B + sum(exc)", name="rate")


def main() -> None:
    mpl.use("Agg")
    plt.rcParams |= {
        "axes.edgecolor": QUIET,
        "axes.labelcolor": INK,
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlesize": 10,
        "figure.dpi": 110,
        "font.size": 9,
        "text.color": INK,
        "xtick.color": QUIET,
        "ytick.color": QUIET,
    }
    for draw in (connectors, receptive_fields, bold, methods):
        figure = draw()
        figure.savefig(FOLDER / f"{draw.__name__.replace('_', '-')}.png")
        plt.close(figure)


def connectors() -> Figure:
    """Every kind of pattern between 20 and 20 neurons, as a matrix of weights."""
    drawn = ann.Uniform(0.2, 1.0)
    patterns: dict[str, Callable[[Any], Any]] = {
        "all_to_all": lambda p: p.all_to_all(drawn),
        "one_to_one": lambda p: p.one_to_one(drawn),
        "fixed_probability 0.2": lambda p: p.fixed_probability(0.2, drawn),
        "fixed_number_pre 3": lambda p: p.fixed_number_pre(3, drawn),
        "fixed_number_post 3": lambda p: p.fixed_number_post(3, drawn),
        "gaussian": lambda p: p.gaussian(amp=1.0, sigma=0.15),
        "dog": lambda p: p.dog(amp_pos=1.0, sigma_pos=0.1, amp_neg=0.5, sigma_neg=0.3),
        "from_function": lambda p: p.from_function(_ring),
    }
    figure, axes = plt.subplots(2, 4, figsize=(8.8, 4.4), layout="constrained")
    for axis, (name, connect) in zip(axes.flat, patterns.items()):
        net = ann.Network(seed=1)
        pre, post = net.create(20, RATE), net.create(20, RATE)
        projection = connect(net.connect(pre, post, "exc"))
        net.compile()
        image = axis.imshow(projection.connectivity_matrix(np.nan), cmap="RdBu_r", vmin=-1, vmax=1)
        axis.set(title=name, xticks=[0, 19], yticks=[0, 19])
        axis.spines[:].set_visible(True)
    axes[0, 0].set_ylabel("postsynaptic rank")
    axes[1, 0].set(ylabel="postsynaptic rank", xlabel="presynaptic rank")
    bar = figure.colorbar(image, ax=axes, aspect=30)
    bar.set_label("weight (white: 0 or none)")
    return figure


def _ring(pre: Any, post: Any, dt: float) -> ann.LILConnectivity:
    synapses = ann.LILConnectivity()
    for rank in range(post.size):
        synapses.add(rank, sorted([(rank - 4) % pre.size, (rank + 4) % pre.size]), 0.5)
    return synapses


def receptive_fields() -> Figure:
    """The image of the example: 3 x 4 cells that look at 8 x 8 places."""
    net = ann.Network(seed=1)
    retina, cells = net.create((8, 8), RATE), net.create((3, 4), RATE)
    eye = net.connect(retina, cells, "exc").gaussian(amp=1.0, sigma=0.15)
    net.compile()
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(8.4, 2.9), width_ratios=[1, 1.9], layout="constrained"
    )
    image = left.imshow(eye.receptive_fields(), cmap="viridis", vmin=0.0)
    left.set(title="proj.receptive_fields()", xticks=[], yticks=[])
    for k in range(1, 4):
        left.axvline(8 * k - 0.5, color="white", linewidth=0.8)
    for k in range(1, 3):
        left.axhline(8 * k - 0.5, color="white", linewidth=0.8)
    right.imshow(eye.connectivity_matrix(), cmap="viridis", vmin=0.0, aspect="auto")
    right.set(title="proj.connectivity_matrix()", xlabel="presynaptic rank", yticks=[0, 11])
    right.set_ylabel("postsynaptic rank")
    figure.colorbar(image, ax=right, label="weight")
    return figure


def bold() -> Figure:
    """Five seconds of doubled activity, and the signal that follows."""
    net = ann.Network(dt=1.0)
    cells = net.create(50, ann.Neuron("drive = 0.1", "r = drive"))
    monitor = net.boldmonitor(cells, mapping={"I_CBF": "r"}, normalize_input=2000.0)
    rates = net.monitor(cells, "r")
    net.compile()
    monitor.start()
    for drive, duration in ((0.1, 5000.0), (0.2, 5000.0), (0.1, 20000.0)):
        cells.drive = drive
        net.simulate(duration)
    figure, (top, bottom) = plt.subplots(
        2, 1, figsize=(6.4, 3.2), sharex=True, height_ratios=[1, 2.4], layout="constrained"
    )
    seconds = np.arange(30_000) / 1000.0
    top.plot(seconds, rates.get("r").mean(axis=1), color=QUIET)
    top.set(ylabel="mean r", ylim=(0.0, 0.25))
    bottom.plot(seconds, 100.0 * monitor.get("BOLD").ravel(), color=EXCITED)
    bottom.axhline(0.0, color=QUIET, linewidth=0.6)
    bottom.set(ylabel="BOLD [% change]", xlabel="time [s]", xlim=(0.0, 30.0))
    return figure


def methods() -> Figure:
    """What each method makes of a decay with steps that are half its time constant."""
    figure, axis = plt.subplots(figsize=(6.4, 3.0), layout="constrained")
    exact = np.linspace(0.0, 40.0, 200)
    axis.plot(exact, 1.0 - np.exp(-exact / 10.0), color=QUIET, linewidth=3.0, label="exact")
    styles = {
        "explicit": ("o", INHIBITED),
        "midpoint": ("^", "#7570b3"),
        "implicit": ("s", "#1b9e77"),
        "exponential": ("x", INK),
    }
    for method, (marker, colour) in styles.items():
        net = ann.Network(dt=5.0)
        cell = net.create(1, ann.Neuron("tau = 10.0", f"tau*dr/dt = 1.0 - r : {method}"))
        watch = net.monitor(cell, "r")
        net.compile()
        net.simulate(40.0)
        values = np.r_[0.0, watch.get("r").ravel()]
        axis.plot(5.0 * np.arange(9), values, marker, color=colour, markersize=5, label=method)
    axis.set(xlabel="time [ms]", ylabel="r", xlim=(0.0, 40.5), ylim=(0.0, 1.02))
    axis.legend(frameon=False, loc="lower right", title="tau = 10 ms, dt = 5 ms")
    return figure


if __name__ == "__main__":
    main()
