"""Connectors: which synapses they make, and what they refuse."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from small import RATE, SPIKING, STEADY, Connect

import annlab
from annlab import LILConnectivity, Network, Normal, Projection, Uniform
from annlab.errors import (
    AnnlabWarning,
    ArgumentError,
    ArgumentTypeError,
    ConfigurationError,
    MissingFileError,
    ShapeError,
    StateError,
    TooLargeError,
)
from annlab.runtime import memory

BOTH_KINDS = pytest.mark.parametrize("spiking", [False, True], ids=["rates", "spikes"])

CONNECTORS: dict[str, Callable[[Projection], Projection]] = {
    "one_to_one": lambda p: p.one_to_one(Uniform(1.0, 2.0)),
    "all_to_all": lambda p: p.all_to_all(Uniform(1.0, 2.0)),
    "fixed_probability": lambda p: p.fixed_probability(0.5, Uniform(1.0, 2.0)),
    "fixed_number_pre": lambda p: p.fixed_number_pre(2, Uniform(1.0, 2.0)),
    "fixed_number_post": lambda p: p.fixed_number_post(2, Uniform(1.0, 2.0)),
    "gaussian": lambda p: p.gaussian(1.0, 0.5),
    "dog": lambda p: p.dog(2.0, 0.3, 1.0, 0.6),
}


@BOTH_KINDS
@pytest.mark.parametrize("name", CONNECTORS)
def test_a_connector_returns_its_projection_and_leaves_no_self_connection(
    network: Network, connect: Connect, name: str, spiking: bool
) -> None:
    pop = network.create(6, SPIKING if spiking else RATE)
    proj = connect(pop, pop, spiking=spiking)
    assert CONNECTORS[name](proj) is proj
    network.compile()
    has_self = bool(np.diag(proj.connectivity_matrix()).any())
    assert has_self == (name == "one_to_one")  # which is nothing else


@BOTH_KINDS
@pytest.mark.parametrize("name", CONNECTORS)
def test_lists_and_matrix_tell_the_same(
    network: Network, connect: Connect, name: str, spiking: bool
) -> None:
    proj = (
        CONNECTORS[name](connect(6, 5, spiking=spiking))
        if name != "one_to_one"
        else (CONNECTORS[name](connect(5, 5, spiking=spiking)))
    )
    network.compile()
    matrix = np.zeros((proj.post.size, proj.pre.size))
    for post, pre, weights in zip(proj.post_ranks, proj.pre_ranks, proj.w):
        assert pre == sorted(pre)
        matrix[post, pre] = weights
    np.testing.assert_array_equal(proj.connectivity_matrix(), matrix)
    assert proj.nb_synapses == sum(proj.nb_synapses_per_dendrite) == np.count_nonzero(matrix)


# Ranks of more than 65 536 neurons take 32 bits, pairs of more than 2^32 take 64.
@BOTH_KINDS
@pytest.mark.parametrize("sizes", [(70_000, 300), (300, 70_000), (70_000, 70_000)])
@pytest.mark.parametrize("name", ["fixed_number_pre", "fixed_number_post", "fixed_probability"])
def test_random_synapses_of_large_populations_are_where_they_are_drawn(
    connect: Connect, network: Network, name: str, sizes: tuple[int, int], spiking: bool
) -> None:
    n_pre, n_post = sizes
    proj = connect(n_pre, n_post, spiking=spiking)
    if name == "fixed_probability":
        proj.fixed_probability(3 / min(sizes) / max(sizes) * 1000, 1.0)
    else:
        getattr(proj, name)(2, 1.0)
    network.compile()
    pre, per_dendrite = np.concatenate(proj.pre_ranks), proj.nb_synapses_per_dendrite
    if name == "fixed_number_pre":
        assert per_dendrite == [2] * n_post
    elif name == "fixed_number_post":
        assert proj.nb_efferent_synapses() == [2] * n_pre
    else:
        assert 2500 < proj.nb_synapses < 3500
    # Each end is drawn from all: even quarters.
    quarters = np.bincount(pre * 4 // n_pre, minlength=4) / len(pre)
    np.testing.assert_allclose(quarters, 0.25, atol=0.1)
    owners = np.repeat(proj.post_ranks, per_dendrite)
    quarters = np.bincount(owners * 4 // n_post, minlength=4) / len(owners)
    np.testing.assert_allclose(quarters, 0.25, atol=0.1)


@pytest.mark.parametrize("allowed", [False, True])
def test_self_connections_exist_where_they_are_allowed(
    network: Network, connect: Connect, allowed: bool
) -> None:
    pop = network.create(4, RATE)
    proj = connect(pop, pop).all_to_all(1.0, allow_self_connections=allowed)
    network.compile()
    assert proj.nb_synapses == (16 if allowed else 12)


def test_equal_ranks_of_views_of_one_population_are_the_same_neuron(
    network: Network, connect: Connect
) -> None:
    pop = network.create(6, RATE)
    proj = connect(pop[:3], pop[1:5]).all_to_all(Uniform(0.5, 0.6))
    network.compile()
    assert proj.post_ranks == [1, 2, 3, 4]
    assert proj.pre_ranks == [[0, 2], [0, 1], [0, 1, 2], [0, 1, 2]]


def test_equal_ranks_of_two_populations_are_two_neurons(network: Network, connect: Connect) -> None:
    proj = connect(3, 3).all_to_all(1.0)
    network.compile()
    assert proj.nb_synapses == 9


@BOTH_KINDS
def test_views_with_gaps_are_connected_by_their_ranks(
    network: Network, connect: Connect, spiking: bool
) -> None:
    pre, post = (network.create(8, SPIKING if spiking else RATE) for _ in range(2))
    proj = connect(pre[[1, 4, 6]], post[[0, 7]], spiking=spiking).all_to_all(Uniform(1.0, 2.0))
    network.compile()
    assert proj.post_ranks == [0, 7]
    assert proj.pre_ranks == [[1, 4, 6], [1, 4, 6]]


def test_one_to_one_follows_the_order_of_a_view(network: Network, connect: Connect) -> None:
    pre, post = network.create(4, STEADY), network.create(3, RATE)
    proj = connect(pre[[3, 1]], post[:2]).one_to_one(1.0)
    network.compile()
    assert proj.pre_ranks == [[3], [1]]


def test_one_to_one_of_different_sizes_joins_the_first(network: Network, connect: Connect) -> None:
    proj = connect(4, 3)
    with pytest.warns(AnnlabWarning, match="joins 4 neurons to 3; only the first 3"):
        proj.one_to_one(1.0)
    network.compile()
    assert proj.pre_ranks == [[0], [1], [2]]


@BOTH_KINDS
@pytest.mark.parametrize("number", [0, 1, 3, 6])
def test_fixed_numbers_are_exact(
    network: Network, connect: Connect, number: int, spiking: bool
) -> None:
    by_post = connect(6, 9, spiking=spiking).fixed_number_pre(number, 1.0)
    by_pre = connect(9, 6, spiking=spiking).fixed_number_post(number, 1.0)
    network.compile()
    assert by_post.nb_synapses_per_dendrite == ([number] * 9 if number else [])
    assert by_pre.nb_efferent_synapses() == [number] * 9


def test_gaussian_weights_fall_off_with_the_distance(network: Network, connect: Connect) -> None:
    proj = connect(5, 5).gaussian(amp=2.0, sigma=0.25, limit=0.1)
    network.compile()
    distance = np.abs(np.subtract.outer(np.arange(5), np.arange(5))) / 4
    expected = 2.0 * np.exp(-(distance**2) / (2 * 0.25**2))
    expected[expected <= 0.2] = 0.0
    np.testing.assert_allclose(proj.connectivity_matrix(), expected, rtol=1e-12)


def test_a_difference_of_gaussians_is_cut_at_its_limit(network: Network, connect: Connect) -> None:
    proj = connect((3, 4), (2, 3)).dog(3.0, 0.2, 1.0, 0.5, limit=0.05)
    network.compile()
    grids = [
        np.stack(np.meshgrid(np.linspace(0, 1, a), np.linspace(0, 1, b), indexing="ij"), -1)
        for a, b in ((2, 3), (3, 4))
    ]
    post, pre = (g.reshape(-1, 2) for g in grids)
    squared = ((post[:, None] - pre) ** 2).sum(-1)
    expected = 3.0 * np.exp(-squared / 0.08) - np.exp(-squared / 0.5)
    expected[np.abs(expected) <= 0.05 * 2.0] = 0.0
    np.testing.assert_allclose(proj.connectivity_matrix(), expected, rtol=1e-12)


def test_a_single_neuron_lies_at_the_origin(network: Network, connect: Connect) -> None:
    proj = connect(1, 1).gaussian(1.0, 0.1)
    network.compile()
    assert proj.w == [[1.0]]


@BOTH_KINDS
@pytest.mark.parametrize("hole", [None, float("nan")])
def test_a_matrix_gives_weights_and_delays(
    network: Network, connect: Connect, spiking: bool, hole: float | None
) -> None:
    proj = connect(3, 2, spiking=spiking)
    proj.from_matrix([[0.1, hole, 0.3], [hole, 0.5, 0.6]], delays=[[1, hole, 2], [hole, 3, 0.5]])
    network.compile()
    assert proj.w == [[0.1, 0.3], [0.5, 0.6]]
    assert proj.delay == [[1.0, 2.0], [3.0, 0.5]]
    assert (proj.max_delay, proj.uniform_delay) == (6, -1)


def test_a_matrix_may_be_given_as_pre_by_post(network: Network, connect: Connect) -> None:
    weights = np.arange(1.0, 13).reshape(4, 3)
    proj = connect(4, 3).from_matrix(weights, pre_post=True)
    network.compile()
    np.testing.assert_array_equal(proj.connectivity_matrix(), weights.T)


@pytest.mark.parametrize("layout", ["lil", "csr", "csc"])
@BOTH_KINDS
def test_sparse_matrices_are_pre_by_post(
    network: Network, connect: Connect, layout: str, spiking: bool
) -> None:
    sparse = pytest.importorskip("scipy.sparse")
    table = np.array([[0, 2.0, 0], [0, 0, 4.0], [1.0, 3.0, 0], [0, 0, 0]])
    proj = connect(4, 3, spiking=spiking).from_sparse(sparse.csr_matrix(table).asformat(layout))
    network.compile()
    np.testing.assert_array_equal(proj.connectivity_matrix(), table.T)


@pytest.mark.parametrize("has_dt", [True, False])
def test_a_function_makes_a_connectivity(network: Network, connect: Connect, has_dt: bool) -> None:
    def pattern(pre, post, dt, w):
        synapses = LILConnectivity(dt=dt)
        synapses.add(2, [3, 1], [w, 2 * w], [1.0, 1.0])
        return synapses

    def pattern_of_version_4(pre, post, w):
        synapses = annlab.CSR()
        synapses.push_back(2, [3, 1], [w, 2 * w], [1.0, 1.0])
        return synapses

    proj = connect(4, 3)
    assert proj.connect_with_func(pattern if has_dt else pattern_of_version_4, w=0.5) is proj
    network.compile()
    assert (proj.post_ranks, proj.pre_ranks, proj.w) == ([2], [[1, 3]], [[1.0, 0.5]])
    assert proj.delay == 1.0


def test_a_function_is_called_again_when_synapses_are_drawn_again(
    network: Network, connect: Connect
) -> None:
    calls = []

    def pattern(pre, post):
        calls.append(len(calls))
        synapses = LILConnectivity()
        synapses.add(0, [len(calls)], 1.0)
        return synapses

    proj = connect(4, 3).from_function(pattern)
    network.compile()
    assert (calls, proj.pre_ranks) == ([0], [[1]])
    proj.reset(synapses=True)
    assert (calls, proj.pre_ranks) == ([0, 1], [[2]])


@pytest.mark.parametrize(
    "header",
    ["matrix coordinate real general", "matrix coordinate integer general"],
)
def test_rows_of_a_matrix_market_file_are_postsynaptic(
    network: Network, connect: Connect, tmp_path, header
) -> None:
    path = tmp_path / "w.mtx"
    path.write_text(f"%%MatrixMarket {header}\n% a comment\n3 4 2\n2 1 5\n3 4 7\n")
    proj = connect(4, 3).from_matrix_market(path)
    network.compile()
    expected = np.zeros((3, 4))  # as ANNarchy 5.0.4 reads it
    expected[1, 0], expected[2, 3] = 5, 7
    np.testing.assert_array_equal(proj.connectivity_matrix(), expected)


@pytest.mark.parametrize("layout", ["coordinate", "array"])
@pytest.mark.parametrize("symmetry", ["symmetric", "skew-symmetric"])
def test_symmetric_matrix_market_files_are_completed(
    network: Network, connect: Connect, tmp_path, layout: str, symmetry: str
) -> None:
    path = tmp_path / "w.mtx"
    is_skew = symmetry == "skew-symmetric"
    body = {"coordinate": "2 2 1\n2 1 5\n", "array": "2 2\n" + ("5\n" if is_skew else "0\n5\n0\n")}
    path.write_text(f"%%MatrixMarket matrix {layout} real {symmetry}\n{body[layout]}")
    proj = connect(2, 2).from_matrix_market(str(path))
    network.compile()
    expected = [[0, -5 if is_skew else 5], [5, 0]]
    np.testing.assert_array_equal(proj.connectivity_matrix(), expected)


def test_a_transposed_matrix_market_file_says_what_rows_are(connect: Connect, tmp_path) -> None:
    path = tmp_path / "w.mtx"
    path.write_text("%%MatrixMarket matrix coordinate real general\n4 3 1\n1 2 5\n")
    with pytest.raises(ShapeError) as caught:
        connect(4, 3).from_matrix_market(path)
    assert "shape (4, 3), expected (3, 4)\n  rows are postsynaptic" in str(caught.value)
    assert str(caught.value).endswith("write the transposed matrix")


# -- weights and delays -------------------------------------------------------------


def test_weights_without_a_generator_follow_the_seed_of_the_network() -> None:
    def weights(seed: int) -> list[list[float]]:
        net = Network(seed=seed, backend="reference")
        proj = net.connect(net.create(5, STEADY), net.create(5, RATE), "exc")
        proj.fixed_probability(0.5, Uniform(0.0, 1.0))
        net.compile()
        return proj.w

    assert weights(3) == weights(3)
    assert weights(3) != weights(4)


def test_synapses_are_drawn_again_on_reset(network: Network, connect: Connect) -> None:
    proj = connect(50, 50).fixed_probability(0.5, Uniform(0.0, 1.0))
    network.compile()
    before = proj.connectivity_matrix()
    proj.reset(synapses=True)
    assert not np.array_equal(proj.connectivity_matrix(), before)
    network.reset(synapses=True, projections=True)
    np.testing.assert_array_equal(proj.connectivity_matrix(), before)  # from the seed again


@pytest.mark.parametrize(("delays", "expected"), [(0.0, 0.5), (0.2, 0.5), (0.8, 1.0), (3.0, 3.0)])
def test_delays_are_rounded_to_steps(
    network: Network, connect: Connect, delays: float, expected: float
) -> None:
    proj = connect().all_to_all(1.0, delays=delays)
    network.compile()
    assert proj.delay == expected


@BOTH_KINDS
def test_random_delays_lie_between_one_step_and_the_maximum(
    network: Network, connect: Connect, spiking: bool
) -> None:
    proj = connect(20, 20, spiking=spiking).all_to_all(
        1.0, delays=Normal(1.0, 2.0, min=0.5, max=2.0)
    )
    network.compile()
    found = {d for row in proj.delay for d in row}
    assert found == {0.5, 1.0, 1.5, 2.0}


@pytest.mark.parametrize(
    "delays",
    [Normal(1.0, 2.0, max=2.0), Normal(1.0, 2.0, min=-1.0, max=2.0), Uniform(-1.0, 1.0)],
    ids=repr,
)
def test_delays_drawn_below_0_are_told(connect: Connect, delays) -> None:
    with pytest.warns(annlab.errors.AnnlabWarning, match=r"which reaches below 0: .*; min=0\.5"):
        connect().all_to_all(1.0, delays=delays)


@pytest.mark.parametrize(
    "delays",
    [Normal(5.0, 1.0, max=8.0), Normal(1.5, 0.75, min=0.0, max=8.0), Uniform(0.0, 1.0)],
    ids=repr,
)
def test_delays_that_stay_above_0_are_taken_in_silence(connect: Connect, delays) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        connect().all_to_all(1.0, delays=delays)


# -- refusals -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda p: p.all_to_all("0.1"), ArgumentTypeError, "weights of projection 'proj0' .* str"),
        (lambda p: p.all_to_all(1.0, delays=-1.0), ArgumentError, "delay -1.0 .* is negative"),
        (lambda p: p.all_to_all(1.0, delays="x"), ArgumentTypeError, "delays of .* are str"),
        (lambda p: p.all_to_all(1.0, delays=1e12), ArgumentError, "delay cannot be 1e[+]12 ms"),
        (lambda p: p.all_to_all(float("nan")), ArgumentError, "weights of .* are nan"),
        (
            lambda p: p.all_to_all(1.0, allow_self_connections="no"),
            ArgumentTypeError,
            "allow_self_connections of .* is 'no'",
        ),
        (
            lambda p: p.one_to_one(1.0, force_multiple_weights="no"),
            ArgumentTypeError,
            "force_multiple_weights of .* is 'no'",
        ),
        (lambda p: p.fixed_number_pre(True, 1.0), ArgumentError, "number True .* not a count"),
        (lambda p: p.from_matrix(1j * np.ones((3, 4))), ArgumentTypeError, "complex numbers"),
        (
            lambda p: p.all_to_all(1.0, delays=Normal(1.0, 1.0)),
            ArgumentError,
            r"drawn from Normal without a maximum\n.*\n.*give Normal\(..., max=...\)",
        ),
        (lambda p: p.fixed_probability(1.5, 1.0), ArgumentError, "probability 1.5 .* 0 and 1"),
        (
            lambda p: p.fixed_number_pre(5, 1.0),
            ArgumentError,
            "5 distinct pre.* there are 4\n  ask for at most 4",
        ),
        (lambda p: p.fixed_number_post(4, 1.0), ArgumentError, "4 distinct post.* there are 3"),
        (lambda p: p.fixed_number_pre(-1, 1.0), ArgumentError, "number -1 .* is not a count"),
        (lambda p: p.gaussian(1.0, 0.0), ArgumentError, "needs a sigma above 0"),
        (
            lambda p: p.from_matrix(np.zeros((4, 3))),
            ShapeError,
            r"weights have shape \(4, 3\), expected \(3, 4\)\n.*rows are post.*\n.*pre_post=True",
        ),
        (lambda p: p.from_matrix([[1.0], [1.0, 2.0]]), ShapeError, "no matrix of numbers"),
        (lambda p: p.from_matrix([1.0, 2.0]), ShapeError, "weights have 1 dimensions"),
        (
            lambda p: p.from_matrix(np.ones((3, 4)), delays=np.ones((2, 4))),
            ShapeError,
            r"delays have shape \(2, 4\), expected \(3, 4\)",
        ),
        (
            lambda p: p.from_matrix(np.ones((3, 4)), delays=-np.ones((3, 4))),
            ArgumentError,
            "negative delay",
        ),
        (lambda p: p.from_sparse(np.ones((4, 3))), ArgumentTypeError, "from_sparse .* got ndarray"),
        (
            lambda p: p.from_function(lambda pre, post: [1]),
            ArgumentTypeError,
            "returned list",
        ),
        (lambda p: p.from_matrix_market("w.txt"), ArgumentError, "no Matrix Market file"),
        (lambda p: p.from_matrix_market("no.mtx"), MissingFileError, "there is no file 'no.mtx'"),
        (lambda p: p.from_file("missing.npz"), MissingFileError, "no file 'missing.npz'"),
        (
            lambda p: p.all_to_all(1.0, storage_format="cssr"),
            ConfigurationError,
            r"unknown storage format 'cssr'\n.*\n.*did you mean 'csr'",
        ),
        (
            lambda p: p.all_to_all(1.0, storage_order="post"),
            ConfigurationError,
            "unknown storage order 'post'",
        ),
        (
            lambda p: p.one_to_one(storage_format="dense"),
            ArgumentError,
            "one_to_one projection .* cannot be stored as 'dense'",
        ),
    ],
)
def test_refused(connect: Connect, call, error: type[Exception], text: str) -> None:
    proj = connect(4, 3)
    with pytest.raises(error, match=text):
        call(proj)
    assert proj.connector_name == ""


@pytest.mark.parametrize("connector", ["gaussian", "dog"])
def test_views_have_no_distances(network: Network, connect: Connect, connector: str) -> None:
    proj = connect(network.create(4, STEADY)[:2], 3)
    arguments = (1.0, 0.5) if connector == "gaussian" else (1.0, 0.5, 2.0, 0.5)
    with pytest.raises(ArgumentError, match=f"{connector} projection .* has a view on one side"):
        getattr(proj, connector)(*arguments)


def test_distances_need_equal_dimensions(connect: Connect) -> None:
    with pytest.raises(ShapeError, match="populations of 2 and 1 dimensions"):
        connect((2, 2), 4).gaussian(1.0, 0.5)


@pytest.mark.parametrize("connector", ["fixed_number_pre", "fixed_number_post"])
def test_all_neurons_without_oneself_are_one_too_many(
    network: Network, connect: Connect, connector: str
) -> None:
    pop = network.create(4, RATE)
    with pytest.raises(ArgumentError, match="4 of 4 neurons without the neuron itself") as caught:
        getattr(connect(pop, pop), connector)(4, 1.0)
    assert "ask for at most 3" in str(caught.value)


@pytest.mark.parametrize("name", ["ell", "ellr", "coo", "hyb"])
def test_formats_that_cannot_carry_spikes_are_refused(connect: Connect, name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"storage format '{name}' cannot carry spikes"):
        connect(spiking=True).all_to_all(1.0, storage_format=name)


def test_sparse_matrices_take_one_delay_and_the_right_shape(connect: Connect) -> None:
    sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(ArgumentTypeError, match="one delay for all synapses"):
        connect().from_sparse(sparse.csr_matrix((4, 3)), delays=Uniform(1.0, 2.0))
    with pytest.raises(ShapeError, match=r"shape \(3, 4\), expected \(4, 3\)\n.*\n.*matrix.T"):
        connect().from_sparse(sparse.csr_matrix((3, 4)))


def test_ranks_that_do_not_exist_are_refused(connect: Connect) -> None:
    synapses = LILConnectivity()
    synapses.add(0, [9], 1.0)
    with pytest.raises(ArgumentError, match="there is no presynaptic rank 9\n.* has 4 neurons"):
        connect().from_function(lambda pre, post: synapses)


def test_synapses_that_share_a_weight_and_are_too_many_for_the_reference_are_refused() -> None:
    network = Network(backend="reference")
    cells = network.create(100_000, RATE)
    network.connect(cells, cells, "exc").all_to_all(1.0)
    with pytest.raises(TooLargeError, match="on the reference back end, which lists every synapse"):
        network.compile()


def test_a_projection_that_cannot_fit_is_refused_at_the_call(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "available_bytes", lambda: 1 << 30)
    proj = connect(100_000, 100_000)
    with pytest.raises(TooLargeError, match=r"projection 'proj0' .* of 1e\+10 synapses needs"):
        proj.all_to_all(Uniform(0.0, 1.0))
    proj.all_to_all(1.0)  # one shared weight: a pattern that needs no memory


def test_connecting_twice_warns_and_the_last_counts(network: Network, connect: Connect) -> None:
    proj = connect().all_to_all(1.0)
    with pytest.warns(AnnlabWarning, match="was already connected; the last connector counts"):
        proj.fixed_number_pre(1, 1.0)
    network.compile()
    assert proj.connector_name == "fixed_number_pre"
    assert proj.nb_synapses == 3


@pytest.mark.parametrize(
    ("called", "arguments"),
    [
        ("fixed_number_pre", (1, 1.0)),
        ("fixed_number_post", (1, 1.0)),
        ("gaussian", (1.0, 0.5)),
        ("dog", (1.0, 0.5, 0.5, 1.0)),
        ("from_function", (lambda pre, post: LILConnectivity(),)),
        ("from_matrix", (np.ones((3, 4)),)),
    ],
)
def test_projections_tell_the_connector_that_was_called(
    connect: Connect, called: str, arguments: tuple
) -> None:
    """Where one recipe is of several, they told another."""
    proj = getattr(connect(), called)(*arguments)
    assert proj.connector_name == called
    assert proj.connector_description.startswith(called)


def test_an_unconnected_projection_cannot_be_compiled(network: Network, connect: Connect) -> None:
    connect()
    with pytest.raises(StateError, match=r"projection 'proj0' .* is not connected\n.*all_to_all"):
        network.compile()


def test_a_compiled_projection_cannot_be_connected(network: Network, connect: Connect) -> None:
    proj = connect().all_to_all(1.0)
    network.compile()
    with pytest.raises(StateError, match="is compiled and cannot be connected anew"):
        proj.all_to_all(2.0)


# -- connectivity by hand -----------------------------------------------------------


def test_lists_by_hand_are_merged_and_sorted() -> None:
    synapses = LILConnectivity(dt=0.5)
    synapses.add(4, [2], 0.5, 1.5)
    synapses.add(4, [0, 1], [0.1, 0.2], [1.0, 0.0])
    synapses.add(5, [], [], [])
    with pytest.warns(AnnlabWarning, match="not added in ascending order"):
        synapses.add(1, [3], 7.0, 1.0)
    assert (synapses.post_rank, synapses.pre_rank) == ([1, 4], [[3], [0, 1, 2]])
    assert (synapses.w, synapses.delay) == ([[7.0], [0.1, 0.2, 0.5]], [[2], [2, 1, 3]])
    assert (synapses.size, synapses.nb_synapses) == (2, 4)
    assert (synapses.max_delay, synapses.uniform_delay) == (3, -1)


def test_lists_by_hand_refuse_the_same_pair_twice() -> None:
    synapses = LILConnectivity()
    synapses.add(1, [2], 0.5)
    with pytest.raises(ArgumentError, match="synapse 2 -> 1 is added twice"):
        synapses.add(1, [2], 0.5)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((0, [1, 2, 3], [0.1, 0.2]), "2 weights for 3 synapses of neuron 0"),
        ((0, [1, 2], 0.1, [1.0, 2.0, 3.0]), "3 delays for 2 synapses of neuron 0"),
        ((0, [0.5], 0.1), "not a list of integers"),
    ],
)
def test_lists_by_hand_have_to_fit(arguments, text: str) -> None:
    with pytest.raises(ShapeError, match=text):
        LILConnectivity().add(*arguments)


def test_validating_finds_ranks_that_do_not_exist() -> None:
    synapses = LILConnectivity()
    synapses.add(7, [2], 0.5)
    synapses.validate(n_pre=3, n_post=8)
    with pytest.raises(ArgumentError, match="no postsynaptic rank 7, the population has 7"):
        synapses.validate(n_post=7)


def test_a_matrix_is_what_it_was_when_it_was_given(network: Network, connect: Connect) -> None:
    sparse = pytest.importorskip("scipy.sparse")
    table, entries = np.ones((3, 4)), sparse.csr_matrix(np.ones((4, 3)))
    dense, compressed = connect().from_matrix(table), connect().from_sparse(entries)
    table[:], entries.data[:] = 9.0, 9.0
    network.compile()
    assert dense.connectivity_matrix().max() == compressed.connectivity_matrix().max() == 1.0


def test_masked_and_missing_entries_are_no_synapses(network: Network, connect: Connect) -> None:
    sparse = pytest.importorskip("scipy.sparse")
    table = np.arange(12.0).reshape(3, 4)
    masked = connect().from_matrix(np.ma.masked_greater(table, 5.0))
    missing = connect().from_sparse(sparse.csr_matrix(np.where(table > 5.0, np.nan, 1.0).T))
    network.compile()
    assert masked.pre_ranks == missing.pre_ranks == [[0, 1, 2, 3], [0, 1]]


def test_other_sparse_matrices_are_told_the_way(connect: Connect) -> None:
    sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(ArgumentTypeError, match=r"got coo_matrix\n  pass matrix.tocsr\(\)"):
        connect().from_sparse(sparse.coo_matrix((4, 3)))
    with pytest.raises(ArgumentTypeError, match="a sparse matrix\n  use from_sparse"):
        connect().from_matrix(sparse.csr_matrix((4, 3)))
    with pytest.raises(ArgumentTypeError, match="weights are complex"):
        connect().from_sparse(1j * sparse.csr_matrix(np.ones((4, 3))))


@BOTH_KINDS
def test_delays_too_long_to_be_remembered_are_refused(
    network: Network, connect: Connect, monkeypatch: pytest.MonkeyPatch, spiking: bool
) -> None:
    proj = connect(spiking=spiking).from_matrix(np.ones((3, 4)), delays=np.full((3, 4), 2.0))
    network.compile()
    monkeypatch.setattr(memory, "available_bytes", lambda: 1 << 27)
    with pytest.raises(TooLargeError, match="delay of 20000000 steps.*\n  shorten the longest"):
        proj.delay = [[1e7] * 4] * 3
    assert proj.delay == [[2.0] * 4] * 3
    network.simulate(2.0)


@pytest.mark.parametrize("value", [float("nan"), -1.0, float("inf"), 1e12])
def test_no_delay_of_a_synapse_may_be_impossible(
    network: Network, connect: Connect, value: float
) -> None:
    proj = connect().from_matrix(np.ones((3, 4)), delays=np.full((3, 4), 2.0))
    network.compile()
    with pytest.raises(ArgumentError, match="delay"):
        proj.delay = [[value] * 4] * 3
    assert proj.delay == [[2.0] * 4] * 3


def test_delays_may_be_drawn_anew(network: Network, connect: Connect) -> None:
    proj = connect().from_matrix(np.ones((3, 4)), delays=np.full((3, 4), 2.0))
    network.compile()
    proj.delay = Uniform(3.0, 5.0)
    assert 3.0 <= np.min(proj.delay) < np.max(proj.delay) <= 5.0


@pytest.mark.parametrize(
    ("add", "error", "text"),
    [
        (lambda c: c.add(0, [1], 1.0, -3.0), ArgumentError, "delay below 0 ms"),
        (lambda c: c.add("a", [1], 1.0), ArgumentTypeError, "the postsynaptic rank is 'a'"),
        (lambda c: c.add(1.5, [1], 1.0), ArgumentError, "the postsynaptic rank is 1.5"),
        (lambda c: c.add(0, [1], None), ArgumentTypeError, "the weights of neuron 0 are None"),
        (lambda c: c.add(0, [1], "a"), ArgumentTypeError, "the weights of neuron 0 are 'a'"),
        (
            lambda c: c.add(0, [1, 2], Uniform(0.0, 1.0)),
            ArgumentTypeError,
            r"Uniform\(...\).get_values\(2\)",
        ),
        (lambda c: LILConnectivity(dt=0.0), ArgumentError, "dt of a LILConnectivity is 0.0 ms"),
        (lambda c: LILConnectivity(dt="x"), ArgumentTypeError, "LILConnectivity .* is 'x'"),
    ],
)
def test_synapses_by_hand_are_checked(add, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        add(LILConnectivity())


def _file(tmp_path: Path, **changes: object) -> str:
    content = {
        "post_ranks": [0, 1],
        "pre_ranks": [[0], [1, 2]],
        "w": [[1.0], [2.0, 3.0]],
        "delay": 1.0,
    }
    path = tmp_path / "connectivity.data"
    path.write_bytes(pickle.dumps(content | changes))
    return str(path)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"w": [[1.0, 2.0], [3.0]]}, r"has \[2, 1\] values of 'w' for 3 synapses"),
        ({"w": "abc"}, "'w' are no numbers"),
        ({"pre_ranks": 3}, "ranks are no lists of integers"),
        ({"pre_ranks": [["a"], ["b", "c"]]}, "ranks are no lists of integers"),
        ({"pre_ranks": [[0.5], [1, 2]]}, "ranks are no lists of integers"),
        ({"pre_ranks": [[0], [1, 1]]}, "has synapse 1 -> 1 twice"),
        ({"delay": -3.0}, "a delay that is no time: -3 ms"),
    ],
)
def test_a_file_with_wrong_synapses_is_refused(
    connect: Connect, tmp_path: Path, changes: dict[str, object], text: str
) -> None:
    with pytest.raises((ArgumentError, ShapeError), match=text):
        connect().from_file(_file(tmp_path, **changes))


@pytest.mark.parametrize(("delay", "expected"), [(2.0, 2.0), (None, 0.5)])
@pytest.mark.parametrize("extension", ["data", "npz"])
def test_one_delay_or_none_may_stand_in_an_array_without_dimensions(
    network: Network, connect: Connect, tmp_path: Path, extension: str, delay, expected: float
) -> None:
    content = {
        "post_ranks": [0, 1],
        "pre_ranks": np.array([[0, 2], [1, 2]], dtype=object),
        "w": np.array([[0.5, 1.0], [1.5, 2.0]], dtype=object),
        "delay": np.array(delay, dtype=object),
    }
    path = tmp_path / f"version5.{extension}"
    if extension == "npz":
        np.savez(path, **content)
    else:
        path.write_bytes(pickle.dumps(content))
    proj = connect().from_file(str(path), allow_pickle=True)
    network.compile()
    assert (proj.pre_ranks, proj.w) == ([[0, 2], [1, 2]], [[0.5, 1.0], [1.5, 2.0]])
    assert proj.delay == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("coordinate real general\n2 3 2\n1 1 0.5\n1 1 0.6", "has synapse 0 -> 0 twice"),
        ("coordinate real general\n2 x 1\n1 1 1", "cannot be read"),
        ("coordinate real general\n2 3 1\n1.5 1 0.5", "no whole number"),
        ("coordinate real symmetric\n2 3 1\n1 1 1.0", "symmetric and has 2 rows of 3"),
    ],
)
def test_a_matrix_market_file_that_makes_no_sense_is_refused(
    connect: Connect, tmp_path: Path, text: str, reason: str
) -> None:
    path = tmp_path / "w.mtx"
    path.write_text(f"%%MatrixMarket matrix {text}\n")
    with pytest.raises((ArgumentError, ShapeError), match=reason):
        connect(3, 2).from_matrix_market(str(path))


def test_an_error_in_a_function_of_the_user_says_whose_synapses_it_made() -> None:
    def broken(pre: object, post: object) -> annlab.LILConnectivity:
        return annlab.LILConnectivity().add(0, [1 // 0], 1.0)

    net = annlab.Network(backend="reference")
    pop = net.create(3, annlab.LeakyIntegrator, name="cells")
    with pytest.raises(ZeroDivisionError) as caught:
        net.connect(pop, pop, "exc", name="loop").from_function(broken)
    assert caught.value.__notes__ == [
        "while from_function() made projection 'loop' (cells -> cells)"
    ]
