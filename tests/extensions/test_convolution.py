"""Convolution, pooling, copies and transposes: what they compute, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import annlab as ann
from annlab.errors import ArgumentError, ArgumentTypeError, ShapeError, StateError
from annlab.extensions.convolution import Convolution, Copy, Pooling, Transpose

SOURCE = ann.Neuron(parameters="r = 0.0")
SUM = ann.Neuron(equations="r = sum(exc)")
SPIKING = ann.Neuron(parameters="v = 0.0", equations="g_exc = g_exc", spike="v > 1.0")
SEED = 3


@pytest.fixture(params=["reference", "cpu", "cuda"])
def net(request: pytest.FixtureRequest) -> ann.Network:
    return ann.Network(dt=1.0, seed=SEED, backend=request.param)


@pytest.fixture
def plain() -> ann.Network:
    """For what is refused before anything runs."""
    return ann.Network(dt=1.0, seed=SEED, backend="reference")


def numbers(*shape: int) -> np.ndarray:
    return np.random.default_rng(SEED).normal(size=shape)


def convolved(net, pre, post, filter, *, options=None, bank=False, inputs=None, **projection):
    """Return the projection, its input and its output."""
    a, b = net.create(pre, SOURCE), net.create(post, SUM)
    values = numbers(*pre) if inputs is None else inputs
    a.r = values
    proj = net.connect(Convolution(a, b, "exc", **projection))
    getattr(proj, "connect_filters" if bank else "connect_filter")(filter, **(options or {}))
    net.compile()
    net.simulate(1.0)
    return proj, values, b


def correlated(values: np.ndarray, h: np.ndarray, **padding) -> np.ndarray:
    """Cross-correlate over all dimensions with steps of one, written as the definition has it."""
    before = [(n - 1) // 2 for n in h.shape]
    around = [(b, n - 1 - b) for b, n in zip(before, h.shape)]
    wide = np.pad(values, around, **(padding or {"mode": "constant"}))
    return np.einsum(
        wide_view := np.lib.stride_tricks.sliding_window_view(wide, h.shape),
        list(range(wide_view.ndim)),
        h,
        list(range(values.ndim, wide_view.ndim)),
        list(range(values.ndim)),
    )


# -- convolution ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "filter"),
    [((7,), (3,)), ((5, 4), (3, 2)), ((4, 3, 3), (3, 3, 1)), ((3, 3, 2, 2), (2, 3, 1, 2))],
)
def test_filters_are_moved_over_all_dimensions(net, shape, filter) -> None:
    h = numbers(*filter)
    _, values, out = convolved(net, shape, shape, h)
    assert out.r == pytest.approx(correlated(values, h))


@pytest.mark.parametrize(
    ("padding", "expected"),
    [
        ("border", {"mode": "edge"}),
        (2.5, {"mode": "constant", "constant_values": 2.5}),
    ],
)
def test_padding_stands_for_what_lies_outside(net, padding, expected) -> None:
    h = numbers(3, 3)
    _, values, out = convolved(net, (4, 5), (4, 5), h, options={"padding": padding})
    assert out.r == pytest.approx(correlated(values, h, **expected))


def test_padding_counts_in_a_maximum(net) -> None:
    options = {"padding": 0.0}
    inputs = np.full((3,), -1.0)
    _, _, out = convolved(
        net, (3,), (3,), np.ones(3), options=options, inputs=inputs, operation="max"
    )
    assert out.r.tolist() == [0.0, -1.0, 0.0]


def test_a_missing_last_dimension_is_covered_as_a_whole(net) -> None:
    h = numbers(3, 3, 2)
    _, values, out = convolved(net, (4, 4, 2), (4, 4), h)
    maps = [correlated(values[..., k], h[..., k]) for k in range(2)]
    assert out.r == pytest.approx(maps[0] + maps[1])


def test_a_kept_last_dimension_is_filtered_slice_by_slice(net) -> None:
    h = numbers(3, 3)
    _, values, out = convolved(net, (4, 4, 2), (4, 4, 2), h, options={"keep_last_dimension": True})
    assert out.r == pytest.approx(
        np.stack([correlated(values[..., k], h) for k in range(2)], axis=-1)
    )


def test_a_bank_makes_one_map_for_each_filter(net) -> None:
    h = numbers(2, 3, 3)
    _, values, out = convolved(net, (4, 4), (4, 4, 2), h, bank=True)
    assert out.r == pytest.approx(np.stack([correlated(values, one) for one in h], axis=-1))


def test_subsampling_gives_the_centres(net) -> None:
    h = numbers(3)
    _, values, out = convolved(net, (6,), (2,), h, options={"subsampling": [[4], [1]]})
    assert out.r == pytest.approx(correlated(values, h)[[4, 1]])


def test_weights_can_be_set_at_any_time(net) -> None:
    proj, values, out = convolved(net, (4, 4), (4, 4), numbers(3, 3))
    proj.weights = h = np.arange(9.0).reshape(3, 3)
    net.simulate(1.0)
    assert out.r == pytest.approx(correlated(values, h))
    assert proj.weights.tolist() == h.tolist()


def test_filters_are_whole_where_other_synapses_come_and_go(net) -> None:
    net.config(structural_plasticity=True)
    proj, values, out = convolved(net, (4,), (4,), [1.0, 2.0, 3.0], options={"padding": "border"})
    proj.weights = h = np.array([3.0, 2.0, 1.0])
    net.simulate(1.0)
    assert out.r == pytest.approx(correlated(values, h, mode="edge"))
    with pytest.raises(StateError, match="those of a Convolution are given by its pattern"):
        proj.dendrite(0).create_synapse(3)


@pytest.mark.parametrize(
    ("pre", "post", "filter", "options", "message"),
    [
        ((4, 4), (4, 4), (3,), {}, r"a filter of shape \(3,\) does not lead from \(4, 4\) to"),
        ((4, 4), (3, 4), (3, 3), {}, "4 presynaptic neurons along dimension 0 cannot be divided"),
        ((4,), (4,), (3,), {"subsampling": [[0]]}, r"subsampling has shape \(1, 1\), expected"),
        ((2,), (2,), (0,), {}, r"the filter of projection .* has shape \(0,\)"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(plain, pre, post, filter, options, message) -> None:
    proj = Convolution(plain.create(pre, SOURCE), plain.create(post, SUM), "exc")
    with pytest.raises(ShapeError, match=message):
        proj.connect_filter(np.ones(filter), **options)


def test_a_bank_has_a_filter_for_each_map(plain) -> None:
    proj = Convolution(plain.create((4, 4), SOURCE), plain.create((4, 4, 2), SUM), "exc")
    with pytest.raises(ShapeError, match="3 filters for a last postsynaptic dimension of 2"):
        proj.connect_filters(np.ones((3, 3, 3)))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"padding": "mirror"}, ArgumentError, "padding of projection .* is 'mirror'"),
        ({"delays": [1.0]}, ArgumentTypeError, "delays of connect_filter projection .* are list"),
        ({"subsampling": [[0], [9]]}, ArgumentError, "leaves the presynaptic population"),
    ],
)
def test_arguments_without_meaning_are_refused(plain, options, error, message) -> None:
    proj = Convolution(plain.create((2,), SOURCE), plain.create((2,), SUM), "exc")
    with pytest.raises(error, match=message):
        proj.connect_filter([1.0], **options)


def test_new_weights_have_the_shape_of_the_filter(plain) -> None:
    proj, _, _ = convolved(plain, (2,), (2,), [1.0])
    with pytest.raises(ShapeError, match=r"weights of .* have shape \(2,\), expected \(1,\)"):
        proj.weights = [1.0, 2.0]


def test_views_have_no_coordinates(plain) -> None:
    a, b = plain.create((4,), SOURCE), plain.create((4,), SUM)
    with pytest.raises(ArgumentError, match="connect_filter projection .* has a view on one side"):
        Convolution(a[:2], b, "exc").connect_filter([1.0])


@pytest.mark.parametrize("kind", [Convolution, Pooling, Copy])
def test_spiking_neurons_are_refused(plain, kind) -> None:
    a, b = plain.create(2, SPIKING), plain.create(2, SUM)
    with pytest.raises(ArgumentError, match=f"presynaptic neurons of a {kind.__name__} are spik"):
        kind(a, b, "exc")


# -- pooling ----------------------------------------------------------------------------


@pytest.mark.parametrize("operation", ["max", "min", "mean"])
def test_pooling_reduces_blocks(net, operation) -> None:
    a, b = net.create((4, 6), SOURCE), net.create((2, 2), SUM)
    a.r = values = numbers(4, 6)
    net.connect(Pooling(a, b, "exc", operation=operation)).pooling()
    net.compile()
    net.simulate(1.0)
    assert b.r == pytest.approx(getattr(values.reshape(2, 2, 2, 3), operation)(axis=(1, 3)))


@pytest.mark.parametrize(
    ("post", "extent", "message"),
    [
        ((2,), None, "joins populations of 2 and 1 dimensions"),
        ((3, 2), None, "4 presynaptic neurons along dimension 0 cannot be divided among 3"),
        ((2, 2), (2, 3), r"extent \(2, 3\) and \(2, 2\) neurons do not cover \(4, 4\)"),
        ((2, 2), (2,), r"extent \(2,\) and \(2, 2\) neurons do not cover \(4, 4\)"),
    ],
)
def test_extents_that_do_not_fit_are_refused(plain, post, extent, message) -> None:
    proj = Pooling(plain.create((4, 4), SOURCE), plain.create(post, SUM), "exc")
    with pytest.raises(ShapeError, match=message):
        proj.pooling(extent)


def test_pooling_over_all_of_a_dimension_leaves_it_out(net) -> None:
    """Feature maps are pooled into one; the extent was refused for the number of dimensions."""
    values = np.random.default_rng(SEED).normal(size=(4, 6, 3))
    a, b = net.create((4, 6, 3), SOURCE), net.create((2, 6), SUM)
    net.connect(Pooling(a, b, "exc", operation="max")).pooling(extent=(2, 1, 3))
    net.compile()
    a.r = values
    net.simulate(2.0)
    assert b.r == pytest.approx(values.reshape(2, 2, 6, 3).max(axis=(1, 3)))


def test_pooling_knows_three_operations(plain) -> None:
    a = plain.create(2, SUM)
    with pytest.raises(ArgumentError, match="the operation of a Pooling is 'sum'"):
        Pooling(a, a, "exc", operation="sum")


# -- copies and transposes --------------------------------------------------------------


def connected(net, connector, *args, synapse=None, **kwargs):
    a, b = net.create(3, SOURCE), net.create(3, SUM)
    a.r = [1.0, 10.0, 100.0]
    proj = net.connect(a, b, "exc", synapse)
    getattr(proj, connector)(*args, **kwargs)
    return proj


CONNECTORS = [
    ("from_matrix", (numbers(3, 3),)),
    ("from_matrix", (np.where(np.eye(3, k=1), np.nan, numbers(3, 3)),)),
    ("all_to_all", (0.5,)),
    ("one_to_one", (0.5,)),
]


@pytest.mark.parametrize(("connector", "args"), CONNECTORS)
def test_copies_and_transposes_follow_weights(net, connector, args) -> None:
    a = net.create(3, ann.Neuron(parameters="base = 1.0", equations="r = base\ns = sum(fb)"))
    b, c = net.create(3, SUM), net.create(3, SUM)
    a.base = [1.0, 10.0, 100.0]
    proj = net.connect(a, b, "exc")
    getattr(proj, connector)(*args)
    net.connect(Copy(a, c, "exc")).copy(proj)
    net.connect(Transpose(proj, "fb")).transpose()
    net.compile()
    proj.w = 2.0
    net.simulate(4.0)
    w = proj.connectivity_matrix(fill=0.0)
    assert b.r == pytest.approx(w @ [1.0, 10.0, 100.0])
    assert c.r == pytest.approx(b.r)
    assert a.s == pytest.approx(w.T @ b.r)


def test_copies_and_transposes_follow_learning(net) -> None:
    a = net.create(3, ann.Neuron(parameters="base = 1.0", equations="r = base\ns = sum(fb)"))
    b, c = net.create(3, SUM), net.create(3, SUM)
    proj = net.connect(a, b, "exc", ann.Synapse(equations="w += 0.5")).from_matrix(numbers(3, 3))
    net.connect(Copy(a, c, "exc")).copy(proj)
    net.connect(Transpose(proj, "fb")).transpose()
    net.compile()
    net.simulate(5.0)
    before, rates = np.array(proj.w), b.r.copy()
    net.simulate(1.0)
    assert b.r == pytest.approx(before.sum(axis=1))
    assert c.r == pytest.approx(b.r)
    assert a.s == pytest.approx(before.T @ rates)


def test_copies_follow_synapses_drawn_anew(net) -> None:
    proj = connected(net, "fixed_probability", 0.5, ann.Uniform(0.0, 1.0))
    c = net.create(3, SUM)
    copied = net.connect(Copy(proj.pre, c, "exc")).copy(proj)
    net.compile()
    old = proj.w
    proj.reset(synapses=True)
    net.simulate(1.0)
    assert proj.w != old
    assert copied.w == proj.w
    assert c.r == pytest.approx(proj.post.r)


def test_weights_are_shared_after_a_snapshot_of_other_synapses(net) -> None:
    a = net.create(30, ann.Neuron(parameters="base = 1.0", equations="r = base\ns = sum(fb)"))
    b, c = net.create(30, SUM), net.create(30, SUM)
    proj = net.connect(a, b, "exc", ann.Synapse(equations="w += 0.5")).fixed_probability(0.3, 1.0)
    copied = net.connect(Copy(a, c, "exc")).copy(proj)
    turned = net.connect(Transpose(proj, "fb")).transpose()
    net.compile()
    moment = net.snapshot()
    proj.reset(synapses=True)
    net.simulate(1.0)
    net.restore(moment)
    net.simulate(4.0)
    assert copied.w == proj.w
    assert turned.connectivity_matrix(fill=0.0).tolist() == (
        proj.connectivity_matrix(fill=0.0).T.tolist()
    )
    assert c.r == pytest.approx(b.r)
    assert b.r.max() > 0


def test_a_snapshot_brings_the_filter_back(net) -> None:
    proj, values, out = convolved(net, (4,), (4,), [1.0, 2.0, 3.0])
    moment = net.snapshot()
    proj.weights = [4.0, 5.0, 6.0]
    net.restore(moment)
    net.simulate(1.0)
    assert proj.weights.tolist() == [1.0, 2.0, 3.0]
    assert out.r == pytest.approx(correlated(values, np.array([1.0, 2.0, 3.0])))


@pytest.mark.parametrize(
    ("connector", "expected"), [("all_to_all", [6.0, 6.0, 6.0]), ("one_to_one", [3.0, 3.0, 0.0])]
)
def test_spikes_go_back_with_the_one_weight_there_is(net, connector, expected) -> None:
    a = net.create(3, ann.Neuron(equations="v = g_fb", spike="v > 99.0"))
    b = net.create(3, ann.Neuron("drive = 0.0", "v = drive + 0.0*g_exc", spike="v > 0.5"))
    proj = getattr(net.connect(a, b, "exc"), connector)(1.0)
    net.connect(Transpose(proj, "fb")).transpose()
    net.compile()
    b.drive = [1.0, 1.0, 0.0]
    proj.w = 3.0
    net.simulate(4.0)
    assert a.v.tolist() == expected


@pytest.mark.parametrize("owner", ["Copy", "Transpose"])
def test_shared_filters_are_refused(plain, owner) -> None:
    a = plain.create(2, SUM)
    filtered = Convolution(a, a, "exc").connect_filter([1.0])
    with pytest.raises(ArgumentError, match=f"a {owner} cannot use .* which is a Convolution"):
        Copy(a, a, "exc").copy(filtered) if owner == "Copy" else Transpose(filtered, "exc")


def test_a_transpose_is_that_of_a_projection(plain) -> None:
    with pytest.raises(ArgumentTypeError, match="a Transpose was given int"):
        Transpose(3, "exc")


def test_copies_join_equal_geometries(plain) -> None:
    proj = connected(plain, "all_to_all", 1.0)
    with pytest.raises(ShapeError, match=r"cannot copy .* geometries are \(2,\) and \(3,\)"):
        Copy(proj.pre, plain.create(2, SUM), "exc").copy(proj)


def test_weights_of_the_whole_projection_are_not_shared(plain) -> None:
    synapse = ann.Synapse(parameters="w = 1.0 : projection", psp="w * pre.r")
    proj = connected(plain, "all_to_all", 1.0, synapse=synapse)
    with pytest.raises(ArgumentError, match="has no weights of its synapses to share"):
        Transpose(proj, "exc").transpose()


def test_delays_are_not_transposed(plain) -> None:
    proj = connected(plain, "all_to_all", 1.0, delays=5.0)
    with pytest.raises(ArgumentError, match="has delays and cannot be transposed"):
        Transpose(proj, "exc").transpose()


def test_own_weights_of_spikes_are_not_transposed(plain) -> None:
    a = plain.create(2, SPIKING)
    proj = plain.connect(a, a, "exc").from_matrix(np.ones((2, 2)))
    with pytest.raises(ArgumentError, match="of spikes has one weight per synapse"):
        Transpose(proj, "exc").transpose()


def test_a_transpose_does_not_turn_spikes_into_rates(plain) -> None:
    proj = ann.DecodingProjection(plain.create(2, SPIKING), plain.create(2, SUM), "exc")
    with pytest.raises(ArgumentError, match="joins rate-coded and spiking neurons"):
        Transpose(proj, "exc")


def test_synapses_that_come_and_go_are_not_shared(plain) -> None:
    plain.config(structural_plasticity=True)
    proj = connected(plain, "all_to_all", 1.0)
    Copy(proj.pre, plain.create(3, SUM), "exc").copy(proj)
    with pytest.raises(StateError, match="in a network with structural plasticity"):
        plain.compile()


def test_both_projections_are_compiled(plain) -> None:
    proj = connected(plain, "all_to_all", 1.0)
    copied = Copy(proj.pre, plain.create(3, SUM), "exc").copy(proj)
    with pytest.raises(StateError, match="which is not part of the compiled network"):
        plain.compile(projections=[copied])


def test_copies_of_networks_share_among_themselves(net) -> None:
    proj = connected(net, "from_matrix", numbers(3, 3))
    c = net.create(3, SUM)
    net.connect(Copy(proj.pre, c, "exc")).copy(proj)
    convolution = net.connect(Convolution(proj.pre, net.create(3, SUM), "exc"))
    convolution.connect_filter([1.0, 2.0, 3.0], padding=1.0)
    net.compile()
    other = net.copy()
    other.get(proj).w = 2.0
    other.simulate(1.0)
    assert other.get(c).r.tolist() == [222.0] * 3
    assert other.get(convolution.post).r.tolist() == pytest.approx([33.0, 321.0, 213.0])


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"weights": "x"}, "the filter of projection .* cannot be 'x'"),
        ({"weights": 1j * np.ones((3, 3))}, "the filter of projection .* cannot be array"),
        ({"weights": np.ones((3, 3)), "subsampling": "x"}, "subsampling of .* cannot be 'x'"),
        ({"weights": np.ones((3, 3)), "keep_last_dimension": "x"}, "keep_last_dimension .* 'x'"),
    ],
)
def test_what_is_no_filter_is_told(plain: ann.Network, options: dict, text: str) -> None:
    proj = plain.connect(
        Convolution(plain.create((4, 4), SOURCE), plain.create((4, 4), SUM), "exc")
    )
    with pytest.raises(ArgumentTypeError, match=text):
        proj.connect_filter(**options)
