# ruff: noqa: F403, F405 -- kept as users of version 4.7 write it
"""Excitation and inhibition by conductances, a tenth of Vogels & Abbott (2005), in 4.7 style."""

from annlab import *

setup(dt=0.1, seed=11)

COBA = Neuron(
    parameters="""
        El = -60.0  : population
        Vr = -60.0  : population
        Erev_exc = 0.0  : population
        Erev_inh = -80.0  : population
        Vt = -50.0   : population
        tau = 20.0   : population
        tau_exc = 5.0   : population
        tau_inh = 10.0  : population
        I = 20.0 : population
    """,
    equations="""
        tau * dv/dt = (El - v) + g_exc * (Erev_exc - v) + g_inh * (Erev_inh - v ) + I
        tau_exc * dg_exc/dt = - g_exc
        tau_inh * dg_inh/dt = - g_inh
    """,
    spike="v > Vt",
    reset="v = Vr",
    refractory=5.0,
)

P = Population(geometry=400, neuron=COBA)
Pe = P[:320]
Pi = P[320:]
P.v = Normal(-55.0, 5.0)
P.g_exc = Normal(4.0, 1.5)
P.g_inh = Normal(20.0, 12.0)

Ce = Projection(pre=Pe, post=P, target="exc")
Ce.connect_fixed_probability(weights=6.0 / 10.0, probability=0.2)
Ci = Projection(pre=Pi, post=P, target="inh")
Ci.connect_fixed_probability(weights=6.7, probability=0.2)

m = Monitor(P, ["spike"])
compile()
simulate(250.0)

data = m.get("spike")
t, n = m.raster_plot(data)
rate = m.mean_fr(data)
