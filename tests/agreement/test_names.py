"""What users call their variables changes no number, whatever the generated code is full of."""

from __future__ import annotations

import numpy as np
import pytest

import annlab as ann
from annlab.runtime.cuda.device import EMULATE_VARIABLE

# Keywords, types, macros, what loops count with, and the same with underscores: the last could be
# told from the first no more. What looks like a name of the generated code itself comes after.
TEXT = (
    "new new_ new__ static_cast thread_local NULL INT32_MAX ANNLAB_INLINE ANNLAB_UNROLL uint64_t "
    "int32_t size_t SHARED Storage Csr k l k_ l_ real integer annlab double linux self lambda_ "
    "sum_exc sum_all sums mean_r norm2_r pre_r post_r pre_new trace_x event_pre p_w at_w now slots "
    "rand_0 unit_0 target_0 h0 new_v delays threadIdx warpSize blockDim m"
)
WORDS = TEXT.split()


@pytest.fixture(autouse=True)
def emulated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(EMULATE_VARIABLE, "1")


def declared(locality: tuple[str, ...]) -> str:
    """Return parameters of these names, with different values, and not all of one locality."""
    flags = (locality[k % len(locality)] for k in range(len(WORDS)))
    return "\n".join(f"{w} = {k}.0{flag}" for k, (w, flag) in enumerate(zip(WORDS, flags), 1))


ALL = " + ".join(f"{k} * {w}" for k, w in enumerate(WORDS, 1))
OF_NEURONS = declared(("", " : population"))
OF_SYNAPSES = declared(("", " : projection", " : postsynaptic"))


def numbers(backend: str) -> dict[str, np.ndarray]:
    """Return what neurons and synapses make of parameters of all these names."""
    net = ann.Network(dt=1.0, seed=1, backend=backend)
    rates = net.create(4, ann.Neuron(OF_NEURONS, f"out = sum(exc) + {ALL}\nr = 0.1 * sum(exc)"))
    continuous = net.connect(
        rates, rates, "exc",
        ann.Synapse(OF_SYNAPSES, f"seen = pre.r + {ALL}", psp=f"0.01 * (w + {ALL})"),
    )  # fmt: skip
    continuous.all_to_all(1.0, delays=ann.Uniform(1.0, 3.0))
    noise = net.create(ann.PoissonPopulation(10, rates=300.0))
    cells = net.create(5, ann.Izhikevich(noise=10.0))
    events = net.connect(
        noise, cells, "exc",
        ann.Synapse(
            OF_SYNAPSES,
            "seen += 0.0\n10.0 * dx/dt = -x : event-driven",
            pre_spike=f"g_target += w\nx += 1.0\nseen = x + t_pre + {ALL}",
            post_spike=f"seen = x + t_post + {ALL}",
        ),
    )  # fmt: skip
    events.all_to_all(1.0)
    net.compile()
    net.simulate(12.0)
    found = {"out": rates.out, "r": rates.r, "v": cells.v}
    found |= {f"seen {k}": np.array(p.seen) for k, p in enumerate((continuous, events))}
    return found


@pytest.mark.parametrize("backend", ["cpu", "cuda"])
def test_any_name_may_be_a_variable(backend: str) -> None:
    expected = numbers("reference")
    assert all(np.abs(values).max() > 0 for values in expected.values())
    for name, values in numbers(backend).items():
        np.testing.assert_allclose(values, expected[name], rtol=1e-9, err_msg=name)


# Two values that the generated code called the same.
TWINS = {
    "the input and a variable": ("sum_exc = 3.0 : population", "", "sum(exc) + 10 * sum_exc"),
    "a word and the same with an underscore": ("new = 1.0\nnew_ = 2.0", "", "new + 10 * new_"),
    "an input of the others and their variable": (
        "sum_exc = 3.0", "pre.sum_exc + 10 * pre.sum(exc)", "sum(exc)",
    ),
    "a mean of the others and their variable": (
        "mean_q = 3.0\nq = 2.0", "pre.mean_q + 10 * mean(pre.q)", "sum(exc)",
    ),
    "a norm of the others and their variable": (
        "norm2_q = 3.0\nq = 2.0", "post.norm2_q + 10 * norm2(post.q)", "sum(exc)",
    ),
    "words of the others": ("new = 1.0\nnew_ = 2.0", "pre.new + 10 * pre.new_", "sum(exc)"),
    "a target called all": ("", "", "sum(all) + 10 * sum()"),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:.*makes nothing of the target")
@pytest.mark.parametrize("backend", ["cpu", "cuda"])
@pytest.mark.parametrize("case", TWINS)
def test_two_values_do_not_become_one(case: str, backend: str) -> None:
    parameters, seen, output = TWINS[case]

    def found(name: str) -> tuple[np.ndarray, np.ndarray]:
        net = ann.Network(dt=1.0, backend=name)
        cells = net.create(3, ann.Neuron(parameters, f"v = {output}\nr = 1.0"))
        synapse = ann.Synapse(equations=f"seen = {seen or 'pre.r'}")
        proj = net.connect(cells, cells, "exc", synapse).all_to_all(0.5)
        net.connect(cells, cells, "all").all_to_all(0.25)
        net.compile()
        net.simulate(4.0)
        return cells.v, np.array(proj.seen)

    for own, reference in zip(found(backend), found("reference"), strict=True):
        np.testing.assert_allclose(own, reference, rtol=1e-12)


def test_a_synapse_may_follow_a_variable_of_the_others_under_a_name_like_theirs() -> None:
    """`pre_r` was declared twice: as the synapse's and as the one of the presynaptic neuron."""
    for backend in ("reference", "cpu", "cuda"):
        net = ann.Network(dt=1.0, backend=backend)
        cells = net.create(3, ann.Neuron(equations="r = 1.0"))
        low_pass = ann.Synapse(equations="dpre_r/dt = (pre.r - pre_r) / 5.0 : init = 0.0")
        proj = net.connect(cells, cells, "exc", low_pass).all_to_all(0.5)
        net.compile()
        net.simulate(3.0)
        # Explicit Euler.
        steps = [0.0]
        for rate in (1.0, 1.0, 1.0):
            steps.append(steps[-1] + (rate - steps[-1]) / 5.0)
        np.testing.assert_allclose(np.array(proj.pre_r), steps[3], rtol=1e-9)


@pytest.mark.parametrize("backend", ["cpu", "cuda"])
def test_a_sum_adds_nothing_to_a_variable_that_is_called_like_a_conductance(backend: str) -> None:
    net = ann.Network(dt=1.0, backend=backend)
    cells = net.create(3, ann.Neuron("g_exc = 1.0", "r = sum(exc) + g_exc"))
    net.connect(cells, cells, "exc", ann.Synapse(psp="w")).all_to_all(0.5)
    net.compile()
    net.simulate(4.0)
    assert cells.g_exc.tolist() == [1.0] * 3
    assert cells.r.tolist() == [2.0] * 3
