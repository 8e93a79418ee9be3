"""Projections, dendrites and synapses as users see them."""

from __future__ import annotations

import numpy as np
import pytest
from small import RATE, SPIKING, STEADY, Connect

import annlab
from annlab import (
    Constant,
    LeakyIntegrator,
    Network,
    Neuron,
    Parameter,
    Projection,
    Synapse,
    Uniform,
    Variable,
)
from annlab.errors import (
    AnnlabWarning,
    ArgumentError,
    ArgumentTypeError,
    LocalityError,
    ModelError,
    ShapeError,
    StateError,
    UnknownAttributeError,
    UnknownObjectError,
)

HOLES = [[None] * 4, [0.1, None, 0.3, None], [1.0, 2.0, 3.0, 4.0]]


def every_locality() -> Synapse:
    return Synapse(
        parameters="eta = 0.5 : projection\nk = 1.0\ns = 2.0 : postsynaptic",
        equations=["w += 0.0 * k", "n = 3 : int, init=7", "flag = True : bool"],
    )


@pytest.fixture
def proj(network: Network, connect: Connect) -> Projection:
    """A compiled projection with holes and attributes of every locality."""
    made = connect(4, 3, synapse=every_locality()).from_matrix(HOLES)
    network.compile()
    return made


# -- before compile -----------------------------------------------------------------


def test_before_compile_there_are_values_but_no_synapses(connect: Connect) -> None:
    proj = connect(synapse=every_locality()).all_to_all(1.0, delays=1.5)
    proj.eta, proj.k = 0.25, 3.0
    assert (proj.eta, proj.k, proj.delay) == (0.25, 3.0, 1.5)
    assert not proj.initialized
    with pytest.warns(AnnlabWarning, match="has no dendrites before compile"):
        assert proj.size == 0
    for read in (lambda: proj.nb_synapses, lambda: proj.dendrite(0), lambda: proj.pre_ranks):
        with pytest.raises(StateError, match="is not compiled.*\n.*call compile"):
            read()


def test_values_set_before_compile_are_where_reset_returns_to(
    network: Network, connect: Connect
) -> None:
    proj = connect(2, 2, synapse=every_locality()).all_to_all(1.0)
    proj.k = [[1.0, 2.0], [3.0, 4.0]]
    proj.s = Uniform(5.0, 6.0)
    network.compile()
    assert proj.k == [[1.0, 2.0], [3.0, 4.0]]
    assert all(5.0 <= s <= 6.0 for s in proj.s)
    proj.set({"k": 9.0, "eta": 9.0, "w": 9.0})
    proj.reset(["k"])
    assert (proj.k, proj.eta) == ([[1.0, 2.0], [3.0, 4.0]], 9.0)
    proj.reset()
    assert (proj.eta, proj.w) == (0.5, [[9.0, 9.0], [9.0, 9.0]])


def test_weights_set_before_compile_are_not_used(network: Network, connect: Connect) -> None:
    proj = connect().all_to_all(1.0, force_multiple_weights=True)
    with pytest.warns(AnnlabWarning, match="w of projection .* the weights of the connector count"):
        proj.w = 5.0
    network.compile()
    assert proj.w == [[1.0] * 4] * 3


def test_an_open_parameter_becomes_local_with_values_per_synapse(
    network: Network, connect: Connect
) -> None:
    proj = connect(2, 1, synapse=Synapse(parameters={"k": 1.0}, psp="k * w * pre.r"))
    proj.all_to_all(1.0)
    proj.k = [[2.0, 3.0]]
    network.compile()
    network.simulate(1.0)
    assert proj.k == [[2.0, 3.0]]
    assert proj.post.r.tolist() == [5.0]


def test_a_parameter_that_is_said_to_be_global_stays_global(connect: Connect) -> None:
    synapse = Synapse(parameters={"k": Parameter(1.0, locality="global")})
    proj = connect(synapse=synapse).all_to_all(1.0)
    with pytest.raises(LocalityError, match="attribute 'k' of projection .* is global"):
        proj.k = [[1.0] * 4] * 3


@pytest.mark.parametrize(
    ("arguments", "text"),
    [(("no population", RATE), "pre is str"), ((STEADY, 3), "pre is Neuron")],
)
def test_ends_have_to_be_populations(arguments, text: str) -> None:
    with pytest.raises(ArgumentTypeError, match=text):
        Projection(*arguments, "exc")


def test_spikes_need_neurons_that_receive_them(network: Network, connect: Connect) -> None:
    source = network.create(2, SPIKING)
    with pytest.raises(ArgumentError, match="sends spikes to rate-coded.*\n.*DecodingProjection"):
        connect(source, 2)


# -- reading and writing ------------------------------------------------------------


def test_attributes_have_the_form_of_their_locality(proj: Projection) -> None:
    assert proj.w == [[0.1, 0.3], [1.0, 2.0, 3.0, 4.0]]
    assert (proj.eta, proj.s, proj.k) == (0.5, [2.0, 2.0], [[1.0] * 2, [1.0] * 4])
    assert (proj.n[0], proj.flag[0]) == ([7, 7], [False, False])
    assert {type(proj.n[0][0]), type(proj.flag[0][0])} == {int, bool}


def test_attributes_are_set_by_number_list_or_distribution(proj: Projection) -> None:
    proj.k = [[5.0, 6.0], [1, 2, 3, 4]]
    proj.s = [8.0, 9.0]
    proj.eta = 0.125
    assert (proj.get("k"), proj.s, proj.eta) == ([[5, 6], [1, 2, 3, 4]], [8.0, 9.0], 0.125)
    proj.w = Uniform(2.0, 3.0)
    assert len({w for row in proj.w for w in row}) == 6
    assert all(2.0 <= w <= 3.0 for row in proj.w for w in row)
    proj.w = 0.5
    assert proj.w == [[0.5] * 2, [0.5] * 4]


def test_counts_and_ranks(proj: Projection) -> None:
    assert (proj.size, len(proj), proj.nb_synapses) == (2, 2, 6)
    assert proj.nb_synapses_per_dendrite == [2, 4]
    assert proj.nb_efferent_synapses() == [2, 1, 2, 1]
    assert (proj.post_ranks, proj.pre_ranks) == ([1, 2], [[0, 2], [0, 1, 2, 3]])
    assert proj.size_in_bytes() >= 6 * 8
    assert (proj.parameters, proj.variables) == (["eta", "k", "s"], ["w", "n", "flag"])


@pytest.mark.parametrize("neuron", [SPIKING, STEADY])
@pytest.mark.parametrize("delays", [0.0, Uniform(1.0, 4.0)])
def test_counting_synapses_lists_none(neuron: Neuron, delays: float | Uniform) -> None:
    """Of a hundred million synapses the list takes seconds, and more memory than they."""
    net = Network(seed=1, backend="reference")
    pre, post = net.create(30, neuron), net.create(20, neuron)
    proj = net.connect(pre, post, "exc").fixed_probability(0.2, weights=1.0, delays=delays)
    net.compile()
    counts = proj.nb_synapses_per_dendrite
    sizes = (proj.size, len(proj.post_ranks))
    efferent = proj.nb_efferent_synapses() if neuron is SPIKING else None
    assert proj._state is not None
    assert "_listed" not in vars(proj._state.storage.dendrites)
    assert counts == [len(ranks) for ranks in proj.pre_ranks]
    assert sizes == (len(counts), len(counts))
    found = np.bincount([r for ranks in proj.pre_ranks for r in ranks], minlength=30).tolist()
    assert efferent in (None, found)
    assert proj.nb_efferent_synapses() == found


def test_the_matrix_shows_weights_of_whole_populations(proj: Projection) -> None:
    expected = [[-1] * 4, [0.1, -1, 0.3, -1], [1, 2, 3, 4]]
    np.testing.assert_array_equal(proj.connectivity_matrix(fill=-1.0), expected)


@pytest.mark.parametrize(
    ("name", "value", "error", "text"),
    [
        ("k", [[1.0, 2.0]], ShapeError, "was given 1 lists and there are 2 dendrites"),
        ("k", [[1.0], [1.0] * 4], ShapeError, "given 1 values for the dendrite of neuron 1, .* 2"),
        ("k", "x", ArgumentTypeError, "cannot become .*'x'"),
        ("s", [1.0, 2.0, 3.0], ShapeError, "has 2 values, 3 were given"),
        ("eta", [1.0, 2.0], LocalityError, "attribute 'eta' .* is global"),
        ("n", 0.5, ArgumentError, "is an integer, 0.5 is none"),
        ("delay", [[1.0]], ArgumentTypeError, "has one delay for all synapses"),
        ("delay", 0.1, ArgumentError, r"delay 0.1 ms .* is below one step \(0.5 ms\)"),
        ("delay", 2.0, StateError, "was compiled without delays"),
    ],
)
def test_values_that_do_not_fit_are_refused(
    proj: Projection, name: str, value: object, error: type[Exception], text: str
) -> None:
    before = proj.get(name)
    with pytest.raises(error, match=text):
        setattr(proj, name, value)
    assert proj.get(name) == before


def test_unknown_names_are_told_apart_from_attributes(proj: Projection) -> None:
    with pytest.raises(UnknownAttributeError, match="has no attribute 'etta'\n.*\n.*mean 'eta'"):
        proj.etta
    with pytest.raises(UnknownAttributeError, match="has no attribute 'etta'"):
        proj.set({"etta": 1.0})
    with pytest.warns(AnnlabWarning, match="has no attribute 'etta'; did you mean 'eta'"):
        proj.etta = 1.0


@pytest.mark.parametrize("spiking", [False, True], ids=["rates", "spikes"])
def test_one_constant_weight_is_one_number(
    network: Network, connect: Connect, spiking: bool
) -> None:
    proj = connect(spiking=spiking).all_to_all(0.5)
    network.compile()
    assert proj.w == 0.5
    assert proj.dendrite(1).w == 0.5
    proj.w = 0.25
    np.testing.assert_array_equal(proj.connectivity_matrix(), np.full((3, 4), 0.25))
    assert "one shared weight" in proj.storage
    for many in ([[0.5] * 4] * 3, Uniform(0.0, 1.0)):
        with pytest.raises(ShapeError, match="one number for all .*\n.*force_multiple_weights"):
            proj.w = many
    assert proj.w == 0.25


@pytest.mark.parametrize(
    ("synapse", "options"),
    [
        (None, {"force_multiple_weights": True}),
        (None, {"storage_format": "dense"}),
        (Synapse(equations="w += 0.0"), {}),
    ],
    ids=["forced", "dense", "plastic"],
)
def test_other_projections_have_a_weight_per_synapse(
    network: Network, connect: Connect, synapse: Synapse | None, options: dict
) -> None:
    proj = connect(synapse=synapse).all_to_all(0.5, **options)
    network.compile()
    assert proj.w == [[0.5] * 4] * 3


def test_setting_weights_leaves_pairs_without_synapse_without_effect(network: Network) -> None:
    pop = network.create(3, Neuron(equations="r = sum(exc) + 1.0"))
    proj = network.connect(pop, pop, "exc", Synapse(equations="w += 0.0")).all_to_all(1.0)
    network.compile()
    proj.w = 2.0
    network.simulate(1.0)
    assert pop.r.tolist() == [5.0, 5.0, 5.0]


def test_variables_start_from_what_init_names(network: Network, connect: Connect) -> None:
    Constant("start_of_z", 4.0)
    net = Network(dt=1.0)
    synapse = Synapse(
        parameters="a = 3.0",
        equations=["x = x : init=a", "y = y : init=Uniform(1.0, 2.0)", "z = z : init=start_of_z"],
    )
    proj = net.connect(net.create(2, STEADY), net.create(1, RATE), "exc", synapse).all_to_all(1.0)
    proj.a = [[5.0, 6.0]]
    net.compile()
    assert (proj.x, proj.z) == ([[5.0, 6.0]], [[4.0, 4.0]])
    assert all(1.0 <= y <= 2.0 for y in proj.y[0])


# -- delays -------------------------------------------------------------------------


@pytest.mark.parametrize("spiking", [False, True], ids=["rates", "spikes"])
def test_delays_per_synapse_can_be_set(network: Network, connect: Connect, spiking: bool) -> None:
    weights = [[1.0, 10.0, 100.0]]
    proj = connect(3, 1, spiking=spiking).from_matrix(weights, delays=[[2.0, 1.0, 0.5]])
    network.compile()
    proj.delay = [[0.5, 3.0, 1.5]]
    assert proj.delay == [[0.5, 3.0, 1.5]]
    assert proj.w == weights
    assert proj.max_delay == 6
    with pytest.raises(ShapeError, match="attribute 'delay' .* has one value per synapse"):
        proj.delay = 1.0


def test_a_longer_delay_reads_further_back(network: Network) -> None:
    source = network.create(1, Neuron(equations="r = t"))
    sink = network.create(1, RATE)
    proj = network.connect(source, sink, "exc").one_to_one(1.0, delays=1.0)
    network.compile()
    network.simulate(5.0)
    proj.delay = 2.0
    network.simulate(5.0)
    assert sink.r[0] == 9.5 - 2.0
    assert (proj.delay, proj.uniform_delay) == (2.0, 4)


# -- flags --------------------------------------------------------------------------


@pytest.mark.parametrize("flag", ["transmission", "axon_transmission", "update", "plasticity"])
def test_flags_are_kept_through_compile(network: Network, connect: Connect, flag: str) -> None:
    proj = connect().all_to_all(1.0)
    assert getattr(proj, flag) is True
    setattr(proj, flag, False)
    network.compile()
    assert getattr(proj, flag) is False
    setattr(proj, flag, True)
    assert getattr(proj, flag) is True


def test_nothing_is_transmitted_without_transmission(network: Network, connect: Connect) -> None:
    proj = connect().all_to_all(1.0)
    proj.transmission = False
    network.compile()
    network.simulate(1.0)
    assert proj.post.r.tolist() == [0.0] * 3


@pytest.mark.parametrize(("spiking", "flag"), [(False, "update"), (True, "plasticity")])
def test_learning_is_a_matter_of_the_type(connect: Connect, spiking: bool, flag: str) -> None:
    proj = connect(spiking=spiking).all_to_all(1.0)
    proj.disable_learning()
    assert [proj.update, proj.plasticity] == [flag != "update", flag != "plasticity"]
    proj.enable_learning()
    assert [proj.update, proj.plasticity] == [True, True]


def test_learning_with_period_and_offset_counts_from_now(
    network: Network, connect: Connect
) -> None:
    proj = connect(1, 1, synapse=Synapse(equations="n += 1")).all_to_all(1.0)
    network.compile()
    network.simulate(3.5)
    proj.n = 0.0
    proj.enable_learning(period=2.0, offset=1.0)
    counts = []
    for _ in range(8):
        network.step()
        counts.append(proj.n[0][0])
    assert counts == [0, 0, 1, 1, 1, 1, 2, 2]


def test_an_offset_lies_inside_a_period(connect: Connect) -> None:
    proj = connect().all_to_all(1.0)
    with pytest.raises(ArgumentError, match="an offset of learning needs a period"):
        proj.enable_learning(offset=1.0)
    with pytest.raises(ArgumentError, match="offset 2 ms .* is not below the period of 2 ms"):
        proj.enable_learning(period=2.0, offset=2.0)


# -- dendrites ----------------------------------------------------------------------


def test_a_dendrite_shows_one_row(proj: Projection) -> None:
    dendrite = proj.dendrite(1)
    assert (dendrite.size, dendrite.idx, dendrite.pre_ranks) == (2, 0, [0, 2])
    assert (dendrite.w, dendrite.s, dendrite.eta) == ([0.1, 0.3], 2.0, 0.5)
    assert dendrite.delay == 0.5
    assert [d.post_rank for d in proj] == [1, 2]


def test_a_dendrite_is_found_by_coordinates(network: Network, connect: Connect) -> None:
    proj = connect((2, 2), (2, 3)).all_to_all(Uniform(0.0, 1.0))
    network.compile()
    assert proj[(1, 2)].post_rank == 5
    assert proj.dendrite((1, 2)).synapse((1, 0)).w == proj.connectivity_matrix()[5, 2]


def test_values_of_one_dendrite_leave_the_others(proj: Projection) -> None:
    dendrite = proj[1]
    dendrite.w = [7.0, 8.0]
    dendrite.set({"k": 5.0, "s": 6.0})
    assert proj.w == [[7.0, 8.0], [1.0, 2.0, 3.0, 4.0]]
    assert (proj.k, proj.s) == ([[5.0] * 2, [1.0] * 4], [6.0, 2.0])
    dendrite.w = Uniform(0.0, 1.0)
    assert all(0.0 <= w <= 1.0 for w in dendrite.w)


def test_one_synapse_is_read_and_written(proj: Projection) -> None:
    synapse = proj.synapse(2, 1)
    assert (synapse.rank, synapse.w, synapse.k, synapse.s, synapse.eta) == (2, 0.3, 1.0, 2.0, 0.5)
    synapse.w = 9.0
    assert proj.w[0] == [0.1, 9.0]
    assert [s.rank for s in proj[1]] == [0, 2]


@pytest.mark.parametrize(
    ("act", "error", "text"),
    [
        (lambda p: p.dendrite(0), UnknownObjectError, "neuron 0 has no dendrite in projection"),
        (lambda p: p.synapse(1, 1), UnknownObjectError, "there is no synapse 1 -> 1"),
        (
            lambda p: setattr(p[1], "eta", 1.0),
            ArgumentError,
            "'eta' .* one value for all",
        ),
        (lambda p: setattr(p[1], "w", [1.0]), ShapeError, "has 2 values, 1 were given"),
        (lambda p: setattr(p[1], "ww", 1.0), UnknownAttributeError, "has no attribute 'ww'"),
        (lambda p: p[1].ww, UnknownAttributeError, "has no attribute 'ww'"),
        (lambda p: p[1].set({"ww": 1.0}), UnknownAttributeError, "has no attribute 'ww'"),
        (lambda p: p[1].synapse(0).ww, UnknownAttributeError, "has no attribute 'ww'"),
        (lambda p: setattr(p[1][0], "w", [1.0]), ArgumentError, r"'w' .* was given \[1.0\]"),
        (lambda p: setattr(p[1][0], "s", 1.0), ArgumentError, "'s' .* is shared with other syn"),
    ],
)
def test_refused(proj: Projection, act, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        act(proj)


def test_launch_configurations_belong_to_gpus(proj: Projection) -> None:
    with pytest.warns(AnnlabWarning, match="does not run on a GPU"):
        proj.update_launch_config(16)


# -- receptive fields ---------------------------------------------------------------


def test_a_receptive_field_has_the_geometry_of_the_input(
    network: Network, connect: Connect
) -> None:
    proj = connect((2, 2), 3).from_matrix(HOLES)
    network.compile()
    np.testing.assert_array_equal(proj[1].receptive_field(fill=-1.0), [[0.1, -1], [0.3, -1]])


def test_receptive_fields_lie_where_their_neurons_lie(network: Network, connect: Connect) -> None:
    weights = np.arange(24.0).reshape(4, 6)
    proj = connect((2, 3), (2, 2)).from_matrix(weights)
    network.compile()
    image = proj.receptive_fields()
    assert image.shape == (4, 6)
    np.testing.assert_array_equal(image[:2, 3:], weights[1].reshape(2, 3))
    np.testing.assert_array_equal(image[2:, :3], weights[2].reshape(2, 3))


def test_receptive_fields_of_sparse_dendrites_are_filled_by_rank(
    network: Network, connect: Connect
) -> None:
    proj = connect((2, 2), 3).from_matrix(HOLES)
    network.compile()
    image = proj.receptive_fields(in_post_geometry=False)
    np.testing.assert_array_equal(image, [[0.1, 0], [0.3, 0], [1, 2], [3, 4]])
    with pytest.raises(ShapeError, match="a postsynaptic population of two dimensions.*has 1"):
        proj.receptive_fields()


# -- traces -------------------------------------------------------------------------


def test_semiglobal_variables_are_one_per_dendrite(network: Network, connect: Connect) -> None:
    synapse = Synapse(equations=[Variable("s += post.r + 1.0", locality="semiglobal")])
    proj = connect(4, 3, synapse=synapse).from_matrix(HOLES)
    network.compile()
    network.simulate(1.0)
    assert proj.s == pytest.approx([1.0 + 0.4 + 1.0 + 0.4, 1.0 + 10.0 + 1.0 + 10.0])


def test_values_are_read_and_set_as_arrays() -> None:
    net = Network(backend="reference", seed=1)
    cells = net.create(3, Neuron(equations="r = sum(exc)"))
    synapse = Synapse(parameters="k = 1.0 : postsynaptic\nq = 2.0 : projection", psp="w * pre.r")
    proj = net.connect(cells, cells, "exc", synapse)
    proj.from_matrix([[None, 1.0, 2.0], [None] * 3, [3.0, None, 4.0]])
    net.compile()
    proj.w = proj.get("w", as_array=True) * 2.0
    proj.k = proj.get("k", as_array=True) + [0.0, 1.0]
    assert (proj.w, proj.k, proj.q) == ([[2.0, 4.0], [6.0, 8.0]], [1.0, 2.0], 2.0)
    assert proj.get("q", as_array=True).tolist() == [2.0]
    with pytest.raises(ShapeError, match="'w' of projection .* has 4 values, 3 were given"):
        proj.w = np.ones(3)


def test_arrays_are_there_once_there_are_synapses() -> None:
    net = Network(backend="reference")
    cells = net.create(3, Neuron(equations="r = sum(exc)"))
    proj = net.connect(cells, cells, "exc").all_to_all(1.0)
    with pytest.raises(StateError, match="is not compiled, so it has no arrays yet"):
        proj.get("w", as_array=True)


def test_first_values_of_synapses_are_computed_in_the_order_in_which_they_depend() -> None:
    net = Network(backend="reference")
    cells = net.create(3, LeakyIntegrator)
    synapse = Synapse(
        "b = 2*a; a = 3.0; g = 2.0 : projection; s = 2*g : postsynaptic",
        "x = x : init = a*b + s\ny = y : init = g + 1, postsynaptic",
    )
    proj = net.connect(cells, cells, "exc", synapse).all_to_all(1.0)
    net.compile()
    assert (proj.b, proj.x) == ([[6.0] * 2] * 3, [[22.0] * 2] * 3)
    assert (proj.s, proj.y) == ([4.0] * 3, [3.0] * 3)


def test_a_parameter_named_by_an_earlier_one_has_its_value_in_time() -> None:
    net = Network(backend="reference")
    cells = net.create(2, LeakyIntegrator)
    synapse = Synapse({"a": "b", "b": "c", "c": 3.0}, "x = x : init = a")
    proj = net.connect(cells, cells, "exc", synapse).all_to_all(1.0)
    net.compile()
    assert (proj.a, proj.b, proj.x) == (3.0, 3.0, [[3.0], [3.0]])


def test_a_computed_first_value_is_a_number_before_compile(connect: Connect) -> None:
    synapse = Synapse("T = 3.0\nk = 2*T\nn = k", psp="w * k * n * pre.r")
    projection = connect(synapse=synapse)
    assert (projection.k, projection.n, projection.init["k"]) == (6.0, 6.0, 6.0)
    projection.T = Uniform(0.0, 1.0)
    with pytest.raises(StateError, match="'k' of projection .* is computed from 'T'"):
        _ = projection.k
    assert set(projection.init) == {"T", "w"}


def test_a_synapse_without_pre_spike_is_called_spiking_between_spiking_neurons(
    connect: Connect,
) -> None:
    with pytest.raises(ModelError, match="'z' in post_spike of a spiking synapse"):
        connect(synapse=Synapse(post_spike="w += z"), spiking=True)


def test_a_synapse_that_was_pruned_is_no_other_synapse(network: Network, connect: Connect) -> None:
    network.config(structural_plasticity=True)
    projection = connect().from_matrix(HOLES)
    network.compile()
    synapse = projection.synapse(2, 1)
    projection.dendrite(1).prune_synapse(2)
    with pytest.raises(UnknownObjectError, match="exists no more: it was pruned"):
        _ = synapse.w
    with pytest.raises(UnknownObjectError, match="exists no more"):
        synapse.w = 9.0
    assert projection.w == [[0.1], [1.0, 2.0, 3.0, 4.0]]


def test_a_field_that_is_filled_with_an_integer_keeps_its_fractions(
    network: Network, connect: Connect
) -> None:
    projection = connect(pre=(2, 2)).from_matrix(HOLES)
    network.compile()
    field = projection.dendrite(1).receptive_field(fill=-1)
    np.testing.assert_allclose(field, [[0.1, -1.0], [0.3, -1.0]])
    with pytest.raises(ArgumentTypeError, match="fill is 'x'"):
        projection.connectivity_matrix(fill="x")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["transmission", "axon_transmission", "update", "plasticity"])
def test_a_flag_is_true_or_false(connect: Connect, name: str) -> None:
    projection = connect()
    with pytest.raises(ArgumentTypeError, match=f"{name} of projection .* is 'no'"):
        setattr(projection, name, "no")
    assert getattr(projection, name) is True


@pytest.mark.parametrize("is_compiled", [False, True])
def test_set_changes_all_attributes_or_none(
    network: Network, connect: Connect, is_compiled: bool
) -> None:
    projection = connect(synapse=every_locality()).from_matrix(HOLES)
    if is_compiled:
        network.compile()
    before = {name: getattr(projection, name) for name in ("eta", "s", "k", "update")}
    with pytest.raises(ArgumentError, match="'n' of projection .* is an integer, 2.5 is none"):
        projection.set({"eta": 2.0, "s": 3.0, "k": 4.0, "update": False, "n": 2.5})
    assert {name: getattr(projection, name) for name in before} == before


def test_synapses_that_make_no_sense_are_not_created(network: Network, connect: Connect) -> None:
    network.config(structural_plasticity=True)
    dendrite = connect().from_matrix(HOLES).dendrite
    network.compile()
    with pytest.raises(ArgumentError, match="the delay of new synapses .* is -5 ms"):
        dendrite(1).create_synapse(1, w=1.0, delay=-5.0)
    with pytest.raises(ArgumentTypeError, match="ranks of neuron 1 .* are 3"):
        dendrite(1).create_synapses(3, 0.5)  # type: ignore[arg-type]
    assert dendrite(1).pre_ranks == [0, 2]


def test_a_parameter_may_be_called_population(network: Network) -> None:
    network.config(structural_plasticity=True)
    cells = network.create(2, Neuron("population = 3.0", "r = sum(exc)"))
    loop = network.connect(cells, cells, "exc").from_matrix([[1.0, None], [None, 1.0]])
    network.compile()
    loop.dendrite(0).create_synapse(1, 2.0)
    assert loop.w == [[1.0, 2.0], [1.0]]
    assert loop.dendrite(0).receptive_field().tolist() == [1.0, 2.0]


@pytest.mark.parametrize("backend", ["cpu", "reference"])
@pytest.mark.parametrize(
    ("later", "arrivals"), [(5.0, [6, 8]), (2.0, [6]), (6.0, [6, 9])], ids=["same", "less", "more"]
)
def test_a_changed_delay_counts_for_spikes_under_way(
    backend: str, later: float, arrivals: list[int]
) -> None:
    net = annlab.Network(dt=1.0, backend=backend)
    source = net.create(annlab.SpikeSourceArray([1.0, 3.0]))
    cells = net.create(1, annlab.Neuron(equations="x = g_exc", spike="x > 99.0"))
    proj = net.connect(source, cells, "exc").all_to_all(1.0, delays=5.0)
    monitor = net.monitor(cells, "x")
    net.compile()
    net.simulate(8.0)
    proj.delay = later
    net.simulate(10.0)
    assert np.flatnonzero(monitor.get("x")[:, 0]).tolist() == arrivals
