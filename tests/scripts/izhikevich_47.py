# ruff: noqa: E402, F403, F405, NPY002 -- kept as users of version 4.7 wrote it
"""Izhikevich (2003), IEEE Trans. Neural Netw. 14:1569-1572, in the style of version 4.7."""

from annlab import *

setup(dt=1.0, seed=7)

Izhikevich = Neuron(
    parameters="""
        noise = 5.0
        a = 0.02
        b = 0.2
        c = -65.0
        d = 2.0
        v_thresh = 30.0
    """,
    equations="""
        I = g_exc - g_inh + noise * Normal(0.0, 1.0)
        dv/dt = 0.04 * v^2 + 5.0 * v + 140.0 - u + I
        du/dt = a * (b * v - u)
    """,
    spike="v >= v_thresh",
    reset="v = c; u += d",
)

pop = Population(geometry=1000, neuron=Izhikevich)
Exc = pop[:800]
Inh = pop[800:]

import numpy as np

re = np.random.random(800)
ri = np.random.random(200)
Exc.noise = 5.0
Inh.noise = 2.0
Exc.a = 0.02
Inh.a = 0.02 + 0.08 * ri
Exc.b = 0.2
Inh.b = 0.25 - 0.05 * ri
Exc.c = -65.0 + 15.0 * re**2
Inh.c = -65.0
Exc.d = 8.0 - 6.0 * re**2
Inh.d = 2.0
pop.v = -65.0
pop.u = pop.v * pop.b

exc_proj = Projection(pre=Exc, post=pop, target="exc")
exc_proj.connect_all_to_all(weights=Uniform(0.0, 0.5))
inh_proj = Projection(pre=Inh, post=pop, target="inh")
inh_proj.connect_all_to_all(weights=Uniform(0.0, 1.0))

compile()

M = Monitor(pop, ["spike", "v"])
simulate(1000.0, measure_time=True)

spikes = M.get("spike")
v = M.get("v")
t, n = M.raster_plot(spikes)
fr = M.histogram(spikes)
mean_rate = M.mean_fr(spikes)
