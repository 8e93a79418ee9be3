# ruff: noqa: C408 -- kept as users write it
"""Trials of timed inputs, excitability that follows a rate, inhibition that learns; 5.x style."""

import numpy as np

import annlab as ann


class Homeostatic(ann.Neuron):
    def __init__(self, rate=0.035):
        super().__init__(
            parameters=dict(
                tau=10.0,
                tau_rate=1000.0,
                target=ann.Parameter(rate, locality="global"),
                adapts=ann.Parameter(True, type="bool", locality="global"),
                ref=ann.Parameter(2.0, locality="local"),
            ),
            equations=[
                ann.Variable("tau*dg_exc/dt = -g_exc", method="exponential"),
                ann.Variable("tau*dg_inh/dt = -g_inh", method="exponential"),
                ann.Variable("tau*dv/dt = -v + gain*g_exc - g_inh"),
                ann.Variable("tau_rate*drate/dt = -rate"),
                ann.Variable(
                    "gain += if adapts: 0.03*(target - rate) else: 0.0", init=1.0, min=0.2, max=2.0
                ),
            ],
            spike="v > 1.0",
            reset="v = 0.0; rate += 10.0/tau_rate",
            refractory="ref",
        )


Relay = ann.Neuron("th = 1.0", "x += 0.23*g_exc", spike="x > th", reset="x -= th")
Interneuron = ann.Neuron(
    parameters="tau = 5.0",
    equations="tau*dg_exc/dt = -g_exc : exponential; v = g_exc",
    spike="v > 0.9",
    reset="v = 0.0",
)
iSTDP = ann.Synapse(
    parameters=dict(tau=20.0, eta=0.01, alpha=0.2, w_max=1.0),
    equations=["tau*dx/dt = -x : event-driven", "tau*dy/dt = -y : event-driven"],
    pre_spike="g_target += w; x += 1.0; w = clip(w + eta*(y - alpha), 0.0, w_max)",
    post_spike="y += 1.0; w = clip(w + eta*x, 0.0, w_max)",
)
FIRST = np.array([[0.0] * 4, [0.8, 0.1, 0.4, 0.2], [0.1, 0.9, 0.0, 0.5], [0.3] * 4])


class Circuit(ann.Network):
    def __init__(self, size=8):
        weights = np.random.RandomState(2).uniform(0.1, 0.6, (size, 4))
        self.inputs = self.create(
            ann.TimedArray(rates=FIRST, schedule=[0.0, 50.0, 120.0, 200.0], period=300.0)
        )
        self.relay = self.create(4, Relay)
        self.cells = self.create(size, Homeostatic())
        self.inhibition = self.create(2, Interneuron)
        self.connect(ann.CurrentInjection(self.inputs, self.relay, "exc")).connect_current()
        self.connect(self.relay, self.cells, "exc").from_matrix(weights)
        self.connect(self.cells, self.inhibition, "exc").all_to_all(0.7, delays=2.0)
        self.learning = self.connect(self.inhibition, self.cells, "inh", iSTDP).all_to_all(0.1)
        self.seen = self.monitor(self.cells, ["spike", "gain"])
        self.shown = self.monitor(self.inputs, "r", period=10.0)


net = Circuit(dt=1.0, seed=4)
net.cells.ref = np.arange(8.0) / 2.0
net.compile(silent=True)
net.simulate(600.0)
gain, shown = net.seen.get("gain"), net.shown.get("r")
rate = net.seen.mean_fr(net.seen.get("spike"))
learned = np.array(net.learning.w)

net.cells.adapts = False  # a trial with other inputs, and the same for all cells
net.inputs.update(np.full((2, 4), 0.5), schedule=[0.0, 10.0], period=20.0)
net.simulate(100.0)
trial_shown, trial_gain = net.shown.get("r"), net.seen.get("gain")

net.reset()  # back to the inputs of the beginning; what was learned stays
kept = np.array(net.learning.w)
net.simulate(100.0)
again_shown, adapts_again = net.shown.get("r"), net.cells.adapts
