# ruff: noqa: F403, F405 -- kept as users of version 4.7 write it
"""Synapses that come where both sides are active and go when they are old, in 4.7 style."""

from annlab import *

setup(structural_plasticity=True, seed=8)
LeakyIntegratorNeuron = Neuron(
    parameters="tau = 10.0\nbaseline = 0.0",
    equations="tau * dr/dt + r = baseline + sum(exc) : min=0.0, max=2.0",
)
StructuralPlasticSynapse = Synapse(
    parameters="T = 200 : int, projection",
    equations="age = if pre.r * post.r > 1.0 : 0 else : age + 1 : init = 0, int",
    pruning="age > T : proba = 0.2",
    creating="pre.r * post.r > 1.0 : proba = 0.1, w = 0.01",
)
pop = Population(30, LeakyIntegratorNeuron)
proj = Projection(pop, pop, "exc", StructuralPlasticSynapse)
proj.connect_fixed_probability(probability=0.1, weights=0.01)
compile()
n_at_first = proj.nb_synapses
proj.start_creating(period=10.0)
proj.start_pruning(period=10.0)
pop[:10].baseline = 1.5
simulate(1000.0)
proj.stop_creating()
proj.stop_pruning()
n_now = proj.nb_synapses
matrix = proj.connectivity_matrix()
by_hand = proj.dendrite(0)
free = next(k for k in range(10, 30) if k not in by_hand.pre_ranks)
by_hand.create_synapse(free, 0.5)
created = by_hand.synapse(free).w
by_hand.prune_synapse(free)
remaining = free in proj.dendrite(0).pre_ranks
