"""Rates drive spikes, spikes drive rates, in the style of version 5."""

import numpy as np

import annlab as ann

net = ann.Network(dt=1.0, seed=6)
rates = net.create(ann.TimedArray(np.array([[5.0], [50.0]]), schedule=[0.0, 500.0]))
poisson = net.create(ann.PoissonPopulation(500, target="exc"))
net.connect(rates, poisson, "exc").all_to_all(weights=1.0)
noise = net.create(ann.PoissonPopulation(500, rates="20.0 + 10.0*sin(2*pi*t/200.0)"))
reader = net.create(2, ann.Neuron(equations="r = sum(exc)"), name="reader")
decoded = [
    net.connect(ann.DecodingProjection(pre, reader[k], "exc", window=50.0))
    for k, pre in enumerate((poisson, noise))
]
for proj in decoded:
    proj.all_to_all(weights=1.0)
current = net.create(ann.InputArray(3))
cells = net.create(3, ann.IF_curr_exp(i_offset=0.0))
injection = net.connect(ann.CurrentInjection(current, cells, "exc"))
injection.connect_current()
current.r = [0.0, 1.0, 2.0]
spiking = net.create(ann.Rate2SpikePopulation(reader, scaling=2.0))
back = net.create(ann.Spike2RatePopulation(cells, window=100.0))
m, out = net.monitor(reader, "r"), net.monitor(cells, "spike")
net.compile()
net.simulate(1000.0)
r = m.get("r")
slow, fast = r[200:500, 0].mean(), r[600:, 0].mean()
wave = r[:, 1]
counts = [len(s) for s in out.get("spike").values()]
