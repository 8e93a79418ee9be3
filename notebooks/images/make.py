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

from annlab import Network, Neuron, Uniform
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


@picture("03-pulse-coupled")
def pulse_coupled() -> Figure:
    neuron = Neuron(
        "a = 0.02; b = 0.2; c = -65.0; d = 8.0; noise = 5.0; coupling = 1.0 : population",
        """
        I = coupling * (g_exc - g_inh) + noise * Normal(0.0, 1.0)
        dv/dt = 0.04 * v^2 + 5.0 * v + 140.0 - u + I : init = -65.0
        du/dt = a * (b * v - u) : init = -13.0
        """,
        spike="v >= 30.0",
        reset="v = c; u += d",
    )
    net = Network(dt=1.0, seed=2003)
    cortex = net.create(1000, neuron)
    exc, inh = cortex[:800], cortex[800:]
    r = np.random.default_rng(2003).random(1000)
    exc.set({"c": -65.0 + 15.0 * r[:800] ** 2, "d": 8.0 - 6.0 * r[:800] ** 2})
    inh.set({"a": 0.02 + 0.08 * r[800:], "b": 0.25 - 0.05 * r[800:], "d": 2.0, "noise": 2.0})
    net.connect(exc, cortex, "exc").all_to_all(Uniform(0.0, 0.5))
    net.connect(inh, cortex, "inh").all_to_all(Uniform(0.0, 1.0))
    monitor = net.monitor(cortex, "spike")
    net.compile()

    fig, axes = plt.subplots(1, 2, figsize=(WIDTH, 2.8), sharey=True)
    for axis, coupling in zip(axes, (0.0, 1.0)):
        net.reset()
        cortex.coupling = coupling
        net.simulate(1000.0)
        times, ranks = map(np.asarray, monitor.raster_plot(monitor.get("spike")))
        colours = np.where(ranks < 800, COLOURS[0], COLOURS[1])
        axis.scatter(times, ranks, s=0.5, c=colours, linewidths=0)
        axis.set(title=f"coupling {coupling:.0f}", xlabel="time (ms)", xlim=(0, 1000))
    axes[0].set(ylabel="neuron", ylim=(0, 1000))
    return fig


@picture("04-integrate-and-fire")
def integrate_and_fire() -> Figure:
    neuron = Neuron(
        "tau = 20.0; I = 1.6",
        "tau * dv/dt = -65.0 - v + 10.0 * I : exponential, init = -65.0",
        spike="v >= -50.0",
        reset="v = -65.0",
        refractory=2.0,
    )
    net = Network(dt=0.1, seed=4)
    cells = net.create(101, neuron)
    cells.I = np.linspace(0.0, 4.0, 101)
    monitor = net.monitor(cells, ["spike", "v"])
    net.compile()
    net.simulate(1000.0)
    data = monitor.get()
    rates = [len(data["spike"][rank]) for rank in range(101)]

    fig, (left, right) = plt.subplots(1, 2, figsize=(WIDTH, 2.6), width_ratios=[3, 2])
    v = data["v"][:1500, 50].copy()
    times = 0.1 * np.arange(1, 1501)
    left.plot(times, v)
    fired = 0.1 * (np.asarray(data["spike"][50]) + 1)
    left.vlines(fired[fired <= 150.0], -65.0, -20.0, color=COLOURS[0], linewidth=1.2)
    left.axhline(-50.0, color="0.6", linestyle=":")
    left.set(xlabel="time (ms)", ylabel="potential (mV)", xlim=(0, 150))
    right.plot(cells.I, rates, color=COLOURS[1], linewidth=2.5)
    right.set(xlabel="current (nA)", ylabel="rate (Hz)", xlim=(0, 4), ylim=(0, None))
    return fig


SQUID = Neuron(
    parameters="""
        gNa = 120.0 : population
        gK = 36.0 : population
        gL = 0.3 : population
        ENa = 50.0 : population
        EK = -77.0 : population
        EL = -54.387 : population
        C = 1.0 : population
        I = 0.0
    """,
    equations="""
        before = v
        C * dv/dt = gNa * m^3 * h * (ENa - v) + gK * n^4 * (EK - v) + gL * (EL - v) + I
            : rk4, init = -65.0
        dm/dt = alpha_m(v) * (1.0 - m) - beta_m(v) * m : rk4, init = 0.053
        dh/dt = alpha_h(v) * (1.0 - h) - beta_h(v) * h : rk4, init = 0.596
        dn/dt = alpha_n(v) * (1.0 - n) - beta_n(v) * n : rk4, init = 0.318
    """,
    functions="""
        alpha_m(v) = 0.1 * (v + 40.0) / (1.0 - exp(-(v + 40.0) / 10.0))
        beta_m(v) = 4.0 * exp(-(v + 65.0) / 18.0)
        alpha_h(v) = 0.07 * exp(-(v + 65.0) / 20.0)
        beta_h(v) = 1.0 / (1.0 + exp(-(v + 35.0) / 10.0))
        alpha_n(v) = 0.01 * (v + 55.0) / (1.0 - exp(-(v + 55.0) / 10.0))
        beta_n(v) = 0.125 * exp(-(v + 65.0) / 80.0)
    """,
    spike="v > 0.0 and before <= 0.0",
    name="Hodgkin-Huxley",
)


@picture("05-hodgkin-huxley")
def hodgkin_huxley() -> Figure:
    net = Network(dt=0.02, seed=5)
    cell = net.create(1, SQUID)
    monitor = net.monitor(cell, ["v", "m", "h", "n"])
    net.compile()
    net.simulate(3.0)
    cell.I = 20.0
    net.simulate(1.0)
    cell.I = 0.0
    net.simulate(16.0)
    data = monitor.get()
    times = 0.02 * np.arange(1, 1001)

    fig, axes = plt.subplot_mosaic([["v", "plane"], ["gates", "plane"]], figsize=(WIDTH, 3.2))
    axes["v"].plot(times, data["v"], color="0.35")
    axes["v"].set(ylabel="v (mV)", xlim=(0, 20), xticks=[])
    for gate in "mhn":
        axes["gates"].plot(times, data[gate], label=gate)
    axes["gates"].set(xlabel="time (ms)", ylabel="gate", xlim=(0, 20), ylim=(0, 1.15))
    axes["gates"].legend(frameon=False, ncols=3, handlelength=1, loc="upper right")
    axes["plane"].plot(data["v"], data["n"], color=COLOURS[3], linewidth=2.5)
    axes["plane"].set(xlabel="v (mV)", ylabel="n")
    return fig


ADEX = Neuron(
    parameters="""
        C = 200.0
        gL = 10.0
        E = -70.0
        V_T = -50.0
        Delta = 2.0
        a = 2.0
        tau_w = 30.0
        b = 0.0
        V_r = -58.0
        I = 500.0
    """,
    equations="""
        C * dv/dt = gL * (E - v) + gL * Delta * exp((v - V_T) / Delta) - w + I : init = E
        tau_w * dw/dt = a * (v - E) - w
    """,
    spike="v > 0.0",
    reset="v = V_r; w += b",
    name="AdEx",
)


@picture("06-adex")
def adex() -> Figure:
    net = Network(dt=0.05, seed=6)
    cells = net.create(4, ADEX)
    cells.set(
        {
            "gL": [10.0, 12.0, 10.0, 12.0],
            "E": [-70.0, -70.0, -58.0, -70.0],
            "a": [2.0, 2.0, 2.0, -10.0],
            "tau_w": [30.0, 300.0, 120.0, 300.0],
            "b": [0.0, 60.0, 100.0, 0.0],
            "V_r": [-58.0, -58.0, -46.0, -58.0],
            "I": [500.0, 500.0, 210.0, 300.0],
        }
    )
    cells.v = cells.E
    monitor = net.monitor(cells, ["spike", "v"])
    net.compile()
    net.simulate(500.0)
    data = monitor.get()
    potentials = data["v"]
    for rank in range(4):
        potentials[data["spike"][rank], rank] = 0.0  # recordings hold the value after the reset

    fig, axes = plt.subplots(2, 2, figsize=(WIDTH, 2.8), sharex=True, sharey=True)
    titles = ("even", "tiring", "bursting", "quickening")
    for axis, v, title, colour in zip(axes.flat, potentials.T, titles, COLOURS):
        axis.plot(0.05 * np.arange(1, len(v) + 1), v, color=colour, linewidth=1)
        axis.set_title(title, fontsize=11)
    for axis in axes[1]:
        axis.set(xlabel="time (ms)", xlim=(0, 500))
    for axis in axes[:, 0]:
        axis.set_ylabel("v (mV)")
    return fig


def main(names: list[str]) -> None:
    """Make the pictures of these notebooks, or all."""
    for name in names or PICTURES:
        fig = PICTURES[name]()
        fig.savefig(FOLDER / f"{name}.png")
        plt.close(fig)


if __name__ == "__main__":
    main(sys.argv[1:])
