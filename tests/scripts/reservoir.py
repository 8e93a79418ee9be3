"""A chaotic reservoir of rates in a class of its own, in the style of version 5."""

import numpy as np
import scipy.sparse

import annlab as ann

N = 120


class Reservoir(ann.Network):
    """Feedback through a readout that is trained by ridge regression."""

    def __init__(self, gain: float = 1.3, sparseness: float = 0.1) -> None:
        tanh = ann.Neuron(
            parameters={"tau": 10.0},
            equations=["tau * dx/dt + x = sum(exc) + sum(inp)", "r = tanh(x)"],
        )
        self.inp = self.create(ann.TimedArray(geometry=1))
        self.pop = self.create(N, tanh)
        self.pop.x = ann.Uniform(-0.1, 0.1)
        rng = self.default_rng
        w = rng.normal(0.0, gain / np.sqrt(sparseness * N), (N, N))
        w[rng.random((N, N)) > sparseness] = 0.0
        self.rec = self.connect(self.pop, self.pop, "exc")
        self.rec.from_sparse(scipy.sparse.lil_matrix(w.T))
        self.win = self.connect(self.inp, self.pop, "inp").all_to_all(ann.Uniform(-1.0, 1.0))
        self.m = self.monitor(self.pop, "r")
        self.weights = w


net = Reservoir(gain=0.9, dt=1.0, seed=2)
net.compile()
t = np.arange(500)
u = np.sin(2 * np.pi * t / 50.0)
net.inp.update(rates=u.reshape(-1, 1))
net.simulate(500.0)
r = net.m.get("r")
target = np.sin(2 * np.pi * (t - 10) / 50.0)
train, test = slice(100, 400), slice(400, 500)
readout = np.linalg.solve(r[train].T @ r[train] + 1e-3 * np.eye(N), r[train].T @ target[train])
error = float(np.abs(r[test] @ readout - target[test]).max())
twin = net.copy(gain=0.5)
same_weights = np.allclose(net.rec.connectivity_matrix(), net.weights)
