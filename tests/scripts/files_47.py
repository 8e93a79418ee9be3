# ruff: noqa: F403, F405 -- kept as users of version 4.7 write it
"""Save, load, go on; connectivity and parameters in files; two networks in one script; 4.7."""

import os
import tempfile

from annlab import *

folder = tempfile.mkdtemp()
setup(dt=0.5, seed=21)
leaky = Neuron(
    parameters={"tau": 10.0, "baseline": 0.1},
    equations=[Variable("tau*dr/dt + r = sum(exc) + baseline", min=0.0)],
)
a = Population(10, leaky, name="a")
b = Population(10, leaky, name="b")
a.baseline = 1.0
proj = Projection(a, b, "exc", Oja(eta=0.01), name="ab")
proj.connect_fixed_number_pre(4, weights=Uniform(0.0, 1.0), delays=DiscreteUniform(1, 5))


def chain(pre, post, weight):
    synapses = CSR()
    for rank in range(post.size):
        synapses.add(rank, [(rank + 1) % pre.size], [weight], [0.0])
    return synapses


back = Projection(b, a, "exc").connect_with_func(method=chain, weight=0.2)
compile()
simulate(50.0)
save(os.path.join(folder, "deep", "net.npz"))
save(filename=os.path.join(folder, "net.data"), populations=True, projections=True)
proj.save_connectivity(filename=os.path.join(folder, "ab.npz"))
save_parameters(os.path.join(folder, "parameters.json"))
at_50 = (get_time(), a.r, proj.w)
simulate(50.0)
at_100 = (get_time(), a.r, proj.w)
for name in ("deep/net.npz", "net.data"):
    load(os.path.join(folder, name))
    simulate(50.0)
again = (get_time(), a.r, proj.w)
a.tau = 77.0
load_parameters(os.path.join(folder, "parameters.json"))
tau = a.tau

net1 = Network(everything=True)
net2 = Network()
net2.add([a, b, proj])
for net in (net1, net2):
    net.compile()
    net.simulate(10.0)
net1.get(a).baseline = 3.0
names = [net1.get(a).name, net2.get(proj).name, len(net2.get_projections())]

clear()
setup(dt=0.5)
c = Population(10, leaky)
d = Population(10, leaky)
copy = Projection(c, d, "exc").connect_from_file(os.path.join(folder, "ab.npz"))
compile()
same = (copy.w, copy.delay)
