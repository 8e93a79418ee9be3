"""Short-term depression and facilitation, in the style of version 5."""

import annlab as ann

net = ann.Network(dt=0.25)
neuron = ann.Neuron(
    parameters={"tau": 30.0, "tau_I": 3.0},
    equations=[
        ann.Variable("tau_I * dg_exc/dt = -g_exc", method="exponential"),
        ann.Variable("tau * dv/dt = -v + g_exc", method="exponential"),
    ],
    spike="v > 1000.0",
)
source = net.create(ann.SpikeSourceArray([[20.0 * k for k in range(1, 21)]]))
cells = net.create(2, neuron)
depressing = net.connect(source, cells[0], "exc", ann.STP(tau_rec=800.0, tau_facil=0.01, U=0.5))
depressing.all_to_all(weights=1.0)
facilitating = net.connect(source, cells[1], "exc", ann.STP(tau_rec=20.0, tau_facil=1000.0, U=0.05))
facilitating.all_to_all(weights=1.0)
watch = net.monitor(cells, "g_exc")
net.compile()
net.simulate(420.0)

g = watch.get("g_exc")
# The jump of the conductance at each spike, one step after it.
steps = [int(20.0 * k / 0.25) + 1 for k in range(1, 21)]
jumps = [[g[s, i] - g[s - 1, i] for s in steps] for i in range(2)]
