"""Make the pictures that open the tutorials: ``python notebooks/images/make.py [name ...]``.

Each function below is one picture, made by annlab; its name is that of the notebook.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from annlab import Network, Neuron
from annlab.widgets.palette import COLOURS

FOLDER = Path(__file__).parent
WIDTH = 8.0  # inches; the text of a notebook is as wide
PICTURES: dict[str, Callable[[], Figure]] = {}

plt.rcParams.update(
    {
        "figure.constrained_layout.use": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.prop_cycle": plt.cycler(color=COLOURS),
        "font.size": 11,
        "savefig.dpi": 90,
    }
)


def picture(name: str) -> Callable[[Callable[[], Figure]], Callable[[], Figure]]:
    """Register the picture of a notebook."""

    def register(function: Callable[[], Figure]) -> Callable[[], Figure]:
        PICTURES[name] = function
        return function

    return register


@picture("01-first-steps")
def first_steps() -> Figure:
    net = Network(dt=0.1, seed=1)
    leaky = Neuron("tau = 20.0; B = 1.0", "tau * dr/dt = B - r : exponential")
    cells = net.create(3, leaky)
    cells.tau = [10.0, 20.0, 40.0]
    recorder = net.monitor(cells, "r")
    net.compile()
    net.simulate(120.0)
    rates = np.vstack([np.zeros((1, 3)), recorder.get("r")])

    fig, axis = plt.subplots(figsize=(WIDTH, 2.6))
    times = np.arange(len(rates)) * 0.1
    for rate, tau in zip(rates.T, cells.tau):
        axis.plot(times, rate, linewidth=2.5, label=f"$\\tau$ = {tau:.0f} ms")
        axis.plot(tau, 1 - np.exp(-1), "o", color=axis.lines[-1].get_color(), markersize=8)
    axis.axhline(1 - np.exp(-1), color="0.6", linestyle=":", zorder=0)
    axis.text(119, 0.56, "63 %", ha="right", va="center", color="0.4")
    axis.text(45, 0.17, r"$\tau\,\frac{dr}{dt} = B - r$", fontsize=19)
    axis.set(xlabel="time (ms)", ylabel="rate", xlim=(0, 120), ylim=(0, 1.05))
    axis.legend(frameon=False, loc="lower right")
    return fig


@picture("02-neural-field")
def neural_field() -> Figure:
    neuron = Neuron(
        "tau = 10.0 : population; noise = 0.05 : population; I = 0.0",
        """
        tau * du/dt = -u + sum(exc) + I + noise * Normal(0.0, 1.0)
        r = clip(u - 0.5, 0.0, 1.0)
        """,
    )
    net = Network(dt=1.0, seed=2)
    field = net.create((20, 20), neuron)
    ring = net.connect(field, field, "exc")
    ring.dog(amp_pos=0.36, sigma_pos=0.12, amp_neg=0.12, sigma_neg=0.36, limit=0.001)
    net.compile()
    row, column = np.mgrid[0:20, 0:20]
    spots = [np.exp(-((column - x) ** 2 + (row - 10) ** 2) / (2 * 2.5**2)) for x in (5, 15)]
    field.I = spots[0] + 0.9 * spots[1]
    maps = [field.I]
    for _ in range(2):
        net.simulate(300.0)
        maps.append(field.r)
        field.I = 0.0

    fig, axes = plt.subplots(1, 3, figsize=(WIDTH, 2.75))
    for axis, values, title in zip(axes, maps, ("input", "activity", "after the input")):
        axis.imshow(values, vmin=0, vmax=1)
        axis.set(title=title, xticks=[], yticks=[])
    return fig


def main(names: list[str]) -> None:
    """Make the pictures of these notebooks, or all."""
    for name in names or PICTURES:
        fig = PICTURES[name]()
        fig.savefig(FOLDER / f"{name}.png")
        plt.close(fig)


if __name__ == "__main__":
    main(sys.argv[1:])
