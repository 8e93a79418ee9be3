"""Networks of every kind, by name, of any size: each function fills an empty network."""

from __future__ import annotations

from collections.abc import Callable

import annlab as ann

RATE = {
    "parameters": "tau = 7.0 : population\nB = 0.2",
    "equations": "tau*dv/dt + v = B + sum(exc) - sum(inh)\nr = tanh(v)",
}
NOISY = {
    "parameters": "tau = 7.0 : population\nsigma = 0.3 : population",
    "equations": """
        x = Exponential(4.0) - Gamma(0.7, 0.3) + Binomial(5, 0.3) + DiscreteUniform(0, 2)
        tau*dv/dt + v = sum(exc) + Normal(0.0, sigma) + 0.01*LogNormal(0.0, 0.5) : exponential
        common = 0.5*common + Uniform(-0.1, 0.1) : population
        r = sin(v) + common
    """,
}
REDUCING = {
    "equations": """
        dv/dt = (0.3 - v + 0.2*mean(v) - 0.1*max(r))/5.0 + 0.01*Uniform(-1.0, 1.0) : rk4
        r = exp(v) / (1.0 + norm2(v)) + 0.001*norm1(r) - 0.01*min(v) + 0.1*sum(exc)
    """,
}
LIF = {
    "parameters": "tau = 8.0 : population\ndrive = 1.2",
    "equations": """
        tau*dv/dt = drive - v + g_exc - g_inh + Normal(0.0, 0.9) : exponential, init=0.4
        3.0*dg_exc/dt = -g_exc : exponential
    """,
    "spike": "v > 1.0",
    "reset": "v = 0.0",
    "refractory": 2.0,
}
IZHIKEVICH = {
    "parameters": {"a": 0.02, "b": 0.2, "c": -65.0, "d": 8.0, "noise": 5.0},
    "equations": [
        "I = g_exc - g_inh + noise*Normal(0.0, 1.0)",
        "dv/dt = 0.04*v^2 + 5.0*v + 140.0 - u + I",
        "du/dt = a*(b*v - u)",
        ann.Variable("common = 0.9*common + 0.1*mean(v)", locality="population"),
    ],
    "spike": "v >= 30.0",
    "reset": "v = c; u += d",
}
OJA = {
    "parameters": "eta = 0.05 : projection\nalpha = 0.8 : projection",
    "equations": """
        theta = 0.9*theta + 0.1*post.r^2 : postsynaptic
        dw/dt = eta*(pre.r*post.r - alpha*theta*w) + 0.001*mean(pre.r) : min=-1.0, max=1.0
    """,
}
STDP = {
    "parameters": "plus = 0.02 : projection\nminus = 0.015 : projection",
    "equations": "9.0*dx/dt = -x : event-driven\n11.0*dy/dt = -y : event-driven",
    "pre_spike": "g_target += w\nx += plus\nw -= y : min=0.0",
    "post_spike": "y += minus\nw += x : max=1.0",
}
DEPRESSING = {
    "parameters": "rest = 0.9 : projection",
    # Each trace depends on the other: they belong to synapses and decay in the rows.
    "equations": """
        9.0*dx/dt = 1.0 - x : event-driven, init=1.0
        11.0*dy/dt = rest - y : event-driven
    """,
    "pre_spike": "g_target += w*x*y\nx *= (1.0 - 0.3*y)\ny += 0.2*(1.0 - y)*w",
    "post_spike": "w += 0.01*x*y : max=1.0",
}
CONTINUOUS = {
    "equations": """
        6.0*ds/dt = tanh(post.v) - s + 0.1*Normal(0.0, 1.0)*exp(-abs(pre.v)) : exponential
    """,
    "psp": "0.02*w*(pre.v - post.v) + 0.01*s",
}

Fill = Callable[[ann.Network, int], object]


def rate_dense(net: ann.Network, n: int) -> None:
    """Sums over dense rows, without and with the neurons themselves."""
    pop = net.create(n, ann.Neuron(**RATE))
    pop.B = ann.Uniform(-0.5, 0.5)
    net.connect(pop, pop, "exc").all_to_all(ann.Uniform(0.0, 1.0 / n))
    net.connect(pop, pop, "inh").all_to_all(0.5 / n, allow_self_connections=True)


def rate_sparse(net: ann.Network, n: int) -> None:
    """Sums over compressed rows and pairs, with all that `operation` offers."""
    pop, other = net.create(n, ann.Neuron(**RATE)), net.create(n + 1, ann.Neuron(**RATE))
    pop.B = ann.Uniform(-0.5, 0.5)
    net.connect(pop, other, "exc").fixed_probability(0.2, ann.Normal(0.0, 0.1))
    net.connect(other, pop, "inh").fixed_probability(0.2, 0.01)
    net.connect(pop, pop, "exc").one_to_one(ann.Uniform(0.0, 0.3))
    largest = ann.Synapse(psp="w*pre.r*(1.0 + post.r)", operation="max")
    net.connect(pop, pop, "inh", largest).fixed_probability(0.1, ann.Uniform(-1.0, 1.0))


def rate_noisy(net: ann.Network, n: int) -> None:
    """Draws of every distribution, per neuron and for all."""
    pop = net.create(n, ann.Neuron(**NOISY))
    net.connect(pop, pop, "exc").fixed_probability(0.1, ann.Uniform(0.0, 0.2))


def rate_reducing(net: ann.Network, n: int) -> None:
    """Values of the whole population in the equations of its neurons."""
    pop = net.create(n, ann.Neuron(**REDUCING))
    pop.v = ann.Uniform(-1.0, 1.0)
    net.connect(pop, pop, "exc", ann.Synapse(psp="w*pre.r*mean(post.v)")).all_to_all(0.3 / n)


def rate_learning(net: ann.Network, n: int) -> None:
    """Every weight learns: dense (the sum runs ahead of the step), compressed, pairs."""
    pop = net.create(n, ann.Neuron(**RATE))
    pop.B = ann.Uniform(-0.5, 0.5)
    net.connect(pop, pop, "exc", ann.Synapse(**OJA)).all_to_all(ann.Uniform(0.0, 1.0 / n))
    net.connect(pop, pop, "inh", ann.Synapse(**OJA)).fixed_probability(0.1, ann.Uniform(0.0, 0.1))
    net.connect(pop, pop, "exc", ann.Synapse(**OJA)).one_to_one(0.1)


def rate_delayed(net: ann.Network, n: int) -> None:
    """Values of some steps ago, the same for all synapses and one each."""
    pop = net.create(n, ann.Neuron(**RATE))
    pop.B = ann.Uniform(-0.5, 0.5)
    net.connect(pop, pop, "exc").all_to_all(ann.Uniform(0.0, 1.0 / n), delays=3.0)
    delays = ann.DiscreteUniform(1, 6)
    net.connect(pop, pop, "inh").fixed_probability(0.2, ann.Uniform(0.0, 0.1), delays=delays)


def spiking_dense(net: ann.Network, n: int) -> None:
    """Views of one population, one row added after the other."""
    pop = net.create(n, ann.Neuron(**IZHIKEVICH))
    pop.v, pop.u = -65.0, ann.Uniform(-15.0, -12.0)
    cut = max(1, 4 * n // 5)
    net.connect(pop[:cut], pop, "exc").all_to_all(ann.Uniform(0.0, 0.5))
    net.connect(pop[cut:] if cut < n else pop, pop, "inh").all_to_all(ann.Uniform(0.0, 1.0))


def spiking_sparse(net: ann.Network, n: int) -> None:
    """Compressed rows with own weights and with one, and pairs."""
    pop = net.create(n, ann.Neuron(**LIF))
    net.connect(pop, pop, "exc").fixed_probability(0.1, ann.Uniform(0.0, 0.3))
    net.connect(pop, pop, "inh").fixed_probability(0.1, 0.2)
    net.connect(pop, pop, "exc").one_to_one(0.1, delays=2.0)


def spiking_delayed(net: ann.Network, n: int) -> None:
    """Spikes that arrive later, all together and each synapse for itself."""
    pop = net.create(n, ann.Neuron(**LIF))
    net.connect(pop, pop, "exc").all_to_all(ann.Uniform(0.0, 2.0 / n), delays=4.0)
    delays = ann.Uniform(1.0, 9.0)
    net.connect(pop, pop, "inh").fixed_probability(0.1, ann.Uniform(0.0, 0.3), delays=delays)


def spiking_stdp(net: ann.Network, n: int) -> None:
    """Traces of neurons, dense and sparse, with delays."""
    pop = net.create(n, ann.Neuron(**LIF))
    net.connect(pop, pop, "exc", ann.Synapse(**STDP)).all_to_all(ann.Uniform(0.0, 1.0 / n))
    net.connect(pop, pop, "inh", ann.Synapse(**STDP)).fixed_probability(
        0.1, ann.Uniform(0.0, 0.3), delays=ann.Uniform(1.0, 5.0)
    )


def spiking_depressing(net: ann.Network, n: int) -> None:
    """Exponentials in rows that threads share."""
    pop = net.create(n, ann.Neuron(**LIF))
    synapse = ann.Synapse(**DEPRESSING)
    net.connect(pop, pop, "exc", synapse).all_to_all(ann.Uniform(0.0, 1.0 / n))
    net.connect(pop, pop, "inh", synapse).fixed_probability(0.2, ann.Uniform(0.0, 0.3))
    net.connect(pop, pop, "exc", synapse).fixed_probability(
        0.2, ann.Uniform(0.0, 0.3), delays=ann.Uniform(1.0, 5.0)
    )


def spiking_continuous(net: ann.Network, n: int) -> None:
    """Sums in every step along rows of presynaptic neurons, with equations and draws."""
    pop = net.create(n, ann.Neuron(**LIF))
    synapse = ann.Synapse(**CONTINUOUS)
    net.connect(pop, pop, "exc", synapse).all_to_all(ann.Uniform(0.0, 1.0 / n))
    net.connect(pop, pop, "inh", synapse).fixed_probability(0.1, ann.Uniform(0.0, 0.3))
    net.connect(pop, pop, "exc", synapse).fixed_probability(
        0.1, ann.Uniform(0.0, 0.3), delays=ann.Uniform(1.0, 5.0)
    )


ZOO: dict[str, Fill] = {
    f.__name__: f
    for f in (
        rate_dense,
        rate_sparse,
        rate_noisy,
        rate_reducing,
        rate_learning,
        rate_delayed,
        spiking_dense,
        spiking_sparse,
        spiking_delayed,
        spiking_stdp,
        spiking_depressing,
        spiking_continuous,
    )
}


def compiled(name: str, n: int, **options: object) -> ann.Network:
    """Return a network of the zoo that records its spikes, if it has any."""
    net = ann.Network(dt=1.0, seed=5, **options)
    ZOO[name](net, n)
    for population in net.get_populations():
        net.monitor(population, "spike" if population.neuron_type.type == "spike" else "r")
    net.compile()
    return net
