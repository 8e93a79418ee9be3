# ruff: noqa: F403, F405 -- kept as users of version 4.7 write it
"""A two-dimensional neural field with a difference of Gaussians, in 4.7 style."""

import numpy as np

from annlab import *

setup(dt=1.0, seed=1, num_threads=2)
N = 20
baseline = Neuron(
    parameters="baseline = 0.0",
    equations="r = baseline + Uniform(-0.1, 0.1) : min=0.0",
)
field = Neuron(
    parameters="tau = 10.0 : population",
    equations="""
        tau * dmu/dt + mu = sum(exc) + sum(inh)
        r = if mu < 0.0 : 0.0 else: if mu > 1.0: 1.0 else: mu
    """,
)
InputPop = Population(geometry=(N, N), neuron=baseline, name="InputPop")
FocusPop = Population(geometry=(N, N), neuron=field, name="FocusPop")
ff = Projection(pre=InputPop, post=FocusPop, target="exc")
ff.connect_one_to_one(weights=1.0, delays=20.0)
lateral = Projection(pre=FocusPop, post=FocusPop, target="inh")
lateral.connect_dog(amp_pos=0.2, sigma_pos=0.1, amp_neg=0.1, sigma_neg=0.7)
compile()
x, y = np.meshgrid(np.linspace(0, 1, N), np.linspace(0, 1, N), indexing="ij")


def bump(cx: float, cy: float):
    return 0.5 * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / 2.0 / 0.1**2)


m = Monitor(FocusPop, "r")
InputPop.baseline = bump(0.25, 0.5)
simulate(80.0)
first = FocusPop.r
InputPop.baseline = bump(0.75, 0.5)
simulate(120.0)
second = FocusPop.r
r = m.get("r", reshape=True)
centre = FocusPop[N // 2, N // 2].r
middle = FocusPop[5:15, 5:15]
shape = lateral.receptive_fields().shape
field_of_one = lateral.dendrite((10, 10)).receptive_field()
neighbour = FocusPop.rank_from_coordinates((10, 11))
