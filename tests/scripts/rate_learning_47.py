# ruff: noqa: F403, F405 -- kept as users of version 4.7 write it
"""Hebb, Oja, IBCM and a BCM rule of one's own, fed by a callback, in 4.7 style."""

import numpy as np

from annlab import *

setup(seed=4)
add_function("positive_part(x) = if x > 0.0: x else: 0.0")
patterns = np.array([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]])

stimulus = Population(4, Neuron(parameters="r = 0.0"))
leaky = Neuron(
    parameters="tau = 2.0 : population",
    equations="tau * dr/dt + r = positive_part(sum(exc)) : min = 0.0",
)
cells = [Population(1, leaky, name=f"cell_{k}") for k in range(4)]
BCM = Synapse(
    parameters="eta = 0.01 : projection\ntau = 100.0 : projection",
    equations="""
        tau * dtheta/dt + theta = (post.r)^2 : postsynaptic, exponential
        dw/dt = eta * post.r * (post.r - theta) * pre.r : min=0.0, max=3.0
    """,
    psp="w * pre.r",
)
rules = [Hebb(eta=0.001), Oja(eta=0.02), IBCM(eta=0.01, tau=100.0), BCM]
projs = []
for cell, rule in zip(cells, rules):
    p = Projection(stimulus, cell, "exc", rule)
    projs.append(p.connect_all_to_all(Uniform(0.2, 0.4)))
m = Monitor(cells[1], "r")
compile()


@every(period=20.0)
def show_pattern(n):
    stimulus.r = patterns[0 if n % 4 else 1]  # the first pattern is three times as frequent


before = [p.dendrite(0).w for p in projs]
simulate(2000.0)
after = [p.dendrite(0).w for p in projs]
theta = projs[3].theta
n_recorded = len(m.get("r"))
