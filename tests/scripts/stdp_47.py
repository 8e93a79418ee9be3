# ruff: noqa: F403, F405 -- kept as users of version 4.7 write it
"""Many Poisson inputs onto one cell whose synapses learn, in 4.7 style."""

from annlab import *

setup(dt=1.0, seed=3)

IF = Neuron(
    parameters="""
        tau_m = 10.0
        tau_e = 5.0
        vt = -54.0
        vr = -60.0
        El = -74.0
        Ee = 0.0
    """,
    equations="""
        tau_m * dv/dt = El - v + g_exc * (Ee - vr) : init = -60.0
        tau_e * dg_exc/dt = - g_exc
    """,
    spike="v > vt",
    reset="v = vr",
)

STDP_own = Synapse(
    parameters="""
        tau_plus = 20.0 : projection
        tau_minus = 20.0 : projection
        A_plus = 0.01 : projection
        A_minus = 0.01 : projection
        w_max = 0.01 : projection
    """,
    equations="""
        tau_plus * dx/dt = -x : event-driven
        tau_minus * dy/dt = -y : event-driven
    """,
    pre_spike="""
        g_target += w
        x += A_plus * w_max
        w = clip(w + y, 0.0 , w_max)
    """,
    post_spike="""
        y -= A_minus * w_max
        w = clip(w + x, 0.0 , w_max)
    """,
)

Input = PoissonPopulation(name="Input", geometry=400, rates=40.0)
Output = Population(name="Output", geometry=1, neuron=IF)
proj = Projection(pre=Input, post=Output, target="exc", synapse=STDP_own)
proj.connect_all_to_all(weights=Uniform(0.0, 0.01))
own = Projection(Input, Output, "none", STDP(tau_plus=20.0, w_max=0.01)).connect_all_to_all(0.005)

compile()
before = [list(w) for w in proj.w]
Mi, Mo, Mw = Monitor(Input, "spike"), Monitor(Output, "spike"), Monitor(proj, "w", period=500.0)
simulate(2000.0, measure_time=True)
output_rate = Mo.mean_fr()
input_rate = Mi.mean_fr()
weights = Mw.get("w")
after = proj.dendrite(0).w
disable_learning()
frozen = proj.dendrite(0).w
simulate(100.0)
still = proj.dendrite(0).w
