# ruff: noqa: F403, F405 -- kept as users of version 4.7 write it
"""Evidence that accumulates to a decision: functions, constants, conditions, operations; 4.7."""

import numpy as np

from annlab import *

setup(dt=1.0, seed=9)
threshold = Constant("threshold", 0.95)
add_function("logistic(x, gain) = 1 / (1 + exp(-gain*x))")
add_function("surprise(p) = if p > 0.0001: -ln(p) else: -ln(0.0001)")

evidence = Population(
    3, Neuron(parameters="r = 0.0 \n reliability = 1.0", equations=""), name="evidence"
)
belief = Neuron(
    parameters="""
        tau = 20.0 : population
        prior = 0.33
        gain = 4.0 : population
    """,
    equations="""
        likelihood = logistic(sum(exc) - 0.5, gain)
        joint = joint * likelihood^(dt/tau) : init=prior
        total = norm1(joint) : population
        r = if total > 0.0: joint / total else: prior
        entropy = r * surprise(r)
        is_sure = (r > threshold) : bool
    """,
    functions="half(x) = x / 2.0",
)
beliefs = Population(3, belief, name="beliefs", stop_condition="r > 0.95 : any")
best = Population(1, Neuron(equations="r = sum(max) + 0.0*sum()"), name="best")
Projection(evidence, beliefs, "exc", Synapse(psp="w * pre.r * pre.reliability")).connect_one_to_one(
    1.0
)
Projection(beliefs, best, "max", Synapse(psp="w * pre.r", operation="max")).connect_all_to_all(1.0)
m = Monitor(beliefs, ["r", "entropy", "total"])
compile()
evidence.r = np.array([0.9, 0.5, 0.1])
duration = simulate_until(max_duration=1000.0, population=beliefs)
decided = int(np.argmax(beliefs.r))
sure = beliefs.is_sure
simulate(2.0)
maximum = best.r[0]
halves = beliefs.half([1.0, 3.0])
values = functions("logistic")([0.0], [1.0])
recorded = m.get()
reset()
after_reset = evidence.r
evidence.r = [0.9, 0.5, 0.1]
threshold.set(0.3)
simulate(10.0)
sure_at_once = beliefs.is_sure
again = 10.0 + simulate_until(max_duration=1000.0, population=beliefs)
