"""Populations, views and neurons: geometry, attributes, refusals."""

from __future__ import annotations

import logging

import numpy as np
import pytest

import annlab as ann
from annlab.errors import (
    AnnlabWarning,
    ArgumentError,
    ArgumentTypeError,
    LocalityError,
    ModelError,
    ShapeError,
    StateError,
    TooLargeError,
    UnknownAttributeError,
    UnknownObjectError,
)

RATE = {
    "parameters": {"tau": 10.0, "gain": ann.Parameter(2.0, locality="global")},
    "equations": ["tau*dv/dt = 1.0 - v", "n = 3", ann.Variable("r = gain*v", init=0.5)],
}
SPIKING = {
    "parameters": "I = 1.0\nlimit = 3.5 : population",
    "equations": "v += I",
    "spike": "v > limit",
    "reset": "v = 0.0",
}


@pytest.fixture
def pop(net: ann.Network) -> ann.Population:
    return net.create((3, 4), ann.Neuron(**RATE), name="cortex")


@pytest.fixture
def spiking(net: ann.Network) -> ann.Population:
    return net.create(3, ann.Neuron(**SPIKING, refractory=2.0))


# -- geometry -----------------------------------------------------------------------


def test_a_population_knows_its_shape(pop: ann.Population) -> None:
    shape = (pop.geometry, pop.size, len(pop), pop.dimension, pop.width, pop.height, pop.depth)
    assert shape == ((3, 4), 12, 12, 2, 3, 4, 1)
    assert pop.ranks.tolist() == list(range(12))


def test_the_last_coordinate_runs_fastest(pop: ann.Population) -> None:
    assert pop.rank_from_coordinates((1, 2)) == 6
    assert pop.coordinates_from_rank(7) == (1, 3)


def test_normalised_coordinates_reach_the_norm(net: ann.Network, pop: ann.Population) -> None:
    assert pop.normalized_coordinates_from_rank(11, norm=2.0) == (2.0, 2.0)
    assert net.create(1, ann.Neuron(**RATE)).normalized_coordinates_from_rank(0) == (0.0,)


@pytest.mark.parametrize("coordinates", [(3, 0), (0, 99), (-1, 0), (1, 2, 3)])
def test_coordinates_outside_are_refused(pop: ann.Population, coordinates) -> None:
    with pytest.raises(UnknownObjectError) as caught:
        pop.rank_from_coordinates(coordinates)
    assert str(caught.value) == (
        f"population 'cortex' has no neuron at {coordinates}\n  its geometry is (3, 4)"
    )


def test_a_rank_outside_is_refused(pop: ann.Population) -> None:
    with pytest.raises(
        UnknownObjectError, match="has no neuron of rank 12\n  its ranks are 0 to 11"
    ):
        pop.neuron(12)


@pytest.mark.parametrize(
    ("geometry", "error", "text"),
    [
        ("a", ArgumentTypeError, "the geometry of a population is 'a'"),
        (0, ArgumentError, "extents are integers above 0"),
        ((2, -1), ArgumentError, "the geometry of a population is \\(2, -1\\)"),
        (2.5, ArgumentError, "extents are integers above 0"),
    ],
)
def test_impossible_geometries_are_refused(net, geometry, error, text: str) -> None:
    with pytest.raises(error, match=text):
        net.create(geometry, ann.Neuron(**RATE))


# -- indexing -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("index", "ranks"),
    [
        (5, [5]),
        (slice(2, 5), [2, 3, 4]),
        (slice(-3, None), [9, 10, 11]),
        ([1, 4], [1, 4]),
        (np.array([4, 1]), [4, 1]),
        ((1, slice(None)), [4, 5, 6, 7]),
        ((slice(0, 2), slice(1, 3)), [1, 2, 5, 6]),
        ((slice(None), -1), [3, 7, 11]),
    ],
)
def test_an_index_selects_neurons(pop: ann.Population, index, ranks: list[int]) -> None:
    view = pop[index]
    assert view.ranks.tolist() == ranks
    assert view.size == len(view) == len(ranks)


def test_a_mask_selects_neurons(pop: ann.Population) -> None:
    mask = np.zeros((3, 4), bool)
    mask[1, 2] = mask[2, 0] = True
    assert pop[mask].ranks.tolist() == [6, 8]


def test_a_block_keeps_its_geometry(pop: ann.Population) -> None:
    block = pop[0:2, 1:3]
    assert block.geometry == (2, 2)
    assert block.rank_from_coordinates((1, 0), local=True) == 2
    assert block.coordinates_from_rank(3, local=True) == (1, 1)


def test_full_coordinates_select_one_neuron(pop: ann.Population) -> None:
    assert pop[1, 2].rank == 6


@pytest.mark.parametrize("index", [12, [3, 12], (5, 0)])
def test_an_index_outside_is_refused(pop: ann.Population, index) -> None:
    with pytest.raises(UnknownObjectError, match="population 'cortex' cannot be indexed with"):
        pop[index]


def test_an_array_of_two_dimensions_is_no_index(pop: ann.Population) -> None:
    with pytest.raises(ArgumentError, match="indexed with an array of 2 dimensions"):
        pop[np.array([[1, 2], [3, 4]])]


def test_views_join_to_sorted_ranks(pop: ann.Population) -> None:
    both = pop[[5, 1]] + pop[1:3] + pop.neuron(9)
    assert both.ranks.tolist() == [1, 2, 5, 9]
    assert both.geometry is None


def test_neurons_join_to_a_view(pop: ann.Population) -> None:
    assert (pop.neuron(4) + pop.neuron(2)).ranks.tolist() == [2, 4]


def test_views_of_two_populations_do_not_join(pop, spiking) -> None:
    with pytest.raises(ArgumentError, match="'cortex' and 'pop1' cannot form one view"):
        pop[:1] + spiking[:1]


def test_a_view_without_a_block_has_no_coordinates(pop: ann.Population) -> None:
    with pytest.raises(ArgumentError, match="has no geometry\n  select a block"):
        (pop[:1] + pop[2:3]).rank_from_coordinates((0, 0), local=True)


def test_neurons_can_be_walked(pop: ann.Population) -> None:
    assert [n.rank for n in pop[4:6]] == [4, 5]
    assert len(list(pop)) == 12
    assert pop.neuron(1, 2).rank == pop.neuron((1, 2)).rank == 6


# -- reading and writing ------------------------------------------------------------


def test_attributes_are_arrays_of_the_geometry_or_numbers(pop: ann.Population) -> None:
    assert pop.v.shape == (3, 4)
    assert pop.gain == 2.0
    assert pop.r.tolist() == [[0.5] * 4] * 3
    assert (pop.parameters, pop.variables) == (["tau", "gain"], ["v", "n", "r"])


def test_what_is_read_is_a_copy(pop: ann.Population, net: ann.Network) -> None:
    net.compile()
    values = pop.v
    values[:] = 5.0
    assert pop.v.max() == 0.0


def test_live_values_are_the_numbers_themselves(pop: ann.Population, net: ann.Network) -> None:
    net.compile()
    live = pop.live("v")
    live[1, 2] = 7.0
    assert pop.v[1, 2] == 7.0
    net.step()
    assert live[1, 2] == pop.v[1, 2] != 7.0
    assert pop.live("gain").tolist() == [2.0]


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3.0, [[3.0] * 4] * 3),
        (np.arange(12), np.arange(12.0).reshape(3, 4)),
        (list(range(12)), np.arange(12.0).reshape(3, 4)),
        (np.ones((3, 4)), np.ones((3, 4))),
    ],
    ids=["number", "array", "list", "shaped"],
)
def test_values_are_set(pop, net, compiled: bool, value, expected) -> None:
    if compiled:
        net.compile()
    pop.v = value
    assert np.array_equal(pop.v, expected)


@pytest.mark.parametrize("compiled", [False, True])
def test_a_distribution_gives_each_neuron_its_own_value(pop, net, compiled: bool) -> None:
    if compiled:
        net.compile()
    pop.v = ann.Uniform(1.0, 2.0)
    assert len(np.unique(pop.v)) == 12


def test_the_seed_of_the_network_decides_the_draws() -> None:
    def drawn() -> np.ndarray:
        pop = ann.Network(seed=11).create(5, ann.Neuron(**RATE))
        pop.v = ann.Normal(0.0, 1.0)
        return pop.v

    assert np.array_equal(drawn(), drawn())


@pytest.mark.parametrize("compiled", [False, True])
def test_views_and_neurons_write_their_part(pop, net, compiled: bool) -> None:
    if compiled:
        net.compile()
    pop[0, :].v = [1.0, 2.0, 3.0, 4.0]
    pop[4:6].v = 9.0
    pop.neuron(11).v = -1.0
    assert pop.v.tolist() == [[1, 2, 3, 4], [9, 9, 0, 0], [0, 0, 0, -1]]
    assert pop[1:3].v.tolist() == [2.0, 3.0]
    assert pop.neuron(11).v == -1.0


def test_a_global_attribute_read_through_a_view_is_one_number(pop: ann.Population) -> None:
    assert pop[1:3].gain == 2.0


def test_several_attributes_are_set_or_none(pop: ann.Population) -> None:
    with pytest.raises(UnknownAttributeError):
        pop.set({"v": 1.0, "w": 2.0})
    assert pop.v.max() == 0.0
    pop.set({"v": 1.0, "gain": 4.0})
    assert (pop.v.min(), pop.gain) == (1.0, 4.0)
    assert pop.get("gain") == 4.0


def test_integers_and_booleans_keep_their_kind(net: ann.Network) -> None:
    pop = net.create(2, ann.Neuron(parameters="k = 3 : int\nf = True", equations="r = k"))
    assert (pop.k.dtype.kind, pop.f.dtype.kind) == ("i", "b")
    pop.k = 4.0
    assert pop.k.tolist() == [4, 4]


def test_float32_networks_store_float32() -> None:
    net = ann.Network(dtype=ann.float32)
    pop = net.create(2, ann.Neuron(**RATE))
    assert pop.v.dtype == np.float32
    net.compile()
    assert pop.v.dtype == np.float32


def test_a_variable_may_begin_with_a_parameter(net: ann.Network) -> None:
    pop = net.create(
        2, ann.Neuron(parameters="a = 0.5", equations=[ann.Variable("r = r", init="a")])
    )
    pop.a = [1.0, 2.0]
    assert pop.r.tolist() == [1.0, 2.0]
    net.compile()
    assert pop.r.tolist() == [1.0, 2.0]


def test_a_drawn_initial_value_is_the_one_that_was_shown(net: ann.Network) -> None:
    pop = net.create(4, ann.Neuron(equations=[ann.Variable("r = r", init=ann.Uniform(0, 1))]))
    shown = pop.r
    net.compile()
    assert np.array_equal(pop.r, shown)
    assert len(np.unique(shown)) == 4


# -- open localities ----------------------------------------------------------------


def test_values_per_neuron_make_an_open_parameter_local(pop, net, caplog) -> None:
    with caplog.at_level(logging.INFO, "annlab"):
        pop.tau = np.arange(1.0, 13.0)
        pop.tau = 2 * np.arange(1.0, 13.0)
    assert caplog.messages == [
        "attribute 'tau' of population 'cortex' becomes local: values per neuron were set on it"
    ]
    net.compile()
    assert pop.tau[0].tolist() == [2.0, 4.0, 6.0, 8.0]


@pytest.mark.parametrize("value", [5.0, [5.0, 5.0]])
def test_a_view_makes_an_open_parameter_local(pop: ann.Population, value) -> None:
    pop[:2].tau = value
    assert pop.tau[0].tolist() == [5.0, 5.0, 10.0, 10.0]


def test_a_number_leaves_an_open_parameter_global(pop: ann.Population) -> None:
    pop.tau = 20.0
    assert pop.tau == 20.0


@pytest.mark.parametrize(
    "write",
    [
        lambda p: setattr(p, "gain", [1.0] * 12),
        lambda p: setattr(p, "gain", ann.Uniform(0, 1)),
        lambda p: setattr(p[:2], "gain", 1.0),
        lambda p: setattr(p.neuron(0), "gain", 1.0),
    ],
)
def test_a_locality_that_was_said_is_kept(pop: ann.Population, write) -> None:
    with pytest.raises(LocalityError) as caught:
        write(pop)
    assert str(caught.value).splitlines()[0] == (
        "attribute 'gain' of population 'cortex' is global: it has one value, not one each"
    )


def test_an_open_locality_is_closed_by_compile(pop, net) -> None:
    net.compile()
    with pytest.raises(LocalityError, match="the network is compiled already"):
        pop.tau = np.ones(12)


# -- refusals -----------------------------------------------------------------------


def test_reading_an_unknown_attribute_suggests_the_nearest(pop: ann.Population) -> None:
    with pytest.raises(UnknownAttributeError) as caught:
        pop.tua
    assert str(caught.value) == (
        "population 'cortex' has no attribute 'tua'\n"
        "  known here: tau, gain, v, n, r\n"
        "  did you mean 'tau'?"
    )


@pytest.mark.parametrize("owner", [lambda p: p, lambda p: p[:2]])
def test_notebooks_can_complete_attributes(pop: ann.Population, owner) -> None:
    assert {"tau", "v", "get", "size"} <= set(dir(owner(pop)))


def test_hasattr_works(pop: ann.Population) -> None:
    assert hasattr(pop, "v")
    assert not hasattr(pop, "tua")


def test_writing_an_unknown_attribute_warns(pop: ann.Population) -> None:
    with pytest.warns(AnnlabWarning, match="has no attribute 'tua': .* did you mean 'tau'?"):
        pop.tua = 5.0
    assert pop.tua == 5.0


@pytest.mark.parametrize("owner", [lambda p: p[:2], lambda p: p.neuron(0)])
def test_views_and_neurons_refuse_unknown_attributes(pop: ann.Population, owner) -> None:
    with pytest.raises(UnknownAttributeError, match="did you mean 'tau'?"):
        owner(pop).tua = 1.0
    with pytest.raises(UnknownAttributeError, match="did you mean 'tau'?"):
        owner(pop).tua


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (
            [1.0, 2.0],
            ShapeError,
            "attribute 'v' of population 'cortex' has 12 values, 2 were given",
        ),
        ("one", ArgumentTypeError, "attribute 'v' of population 'cortex' cannot become"),
        ([[1.0], [1.0, 2.0]], ShapeError, "cannot take lists of different lengths"),
    ],
)
def test_values_that_do_not_fit_are_refused(pop, value, error, text: str) -> None:
    with pytest.raises(error, match=text):
        pop.v = value


def test_a_fraction_is_no_integer(net: ann.Network) -> None:
    pop = net.create(2, ann.Neuron(parameters="k = 3 : int", equations="r = k"))
    with pytest.raises(ArgumentError, match="'k' of population 'pop0' is an integer, 2.5 is none"):
        pop.k = 2.5


def test_a_member_of_populations_cannot_be_an_attribute(net: ann.Network) -> None:
    with pytest.raises(ModelError, match="every population has a member 'ranks'"):
        net.create(1, ann.Neuron(parameters="ranks = 1.0", equations="r = ranks"))


def test_a_population_needs_a_neuron(net: ann.Network) -> None:
    with pytest.raises(ArgumentTypeError, match="a population needs a Neuron, not 5"):
        net.create(1, 5)


def test_live_needs_a_compiled_network(pop: ann.Population) -> None:
    with pytest.raises(StateError, match="live\\('v'\\) needs a compiled network\n  call compile"):
        pop.live("v")


# -- spiking ------------------------------------------------------------------------


def test_spike_gives_the_ranks_of_the_last_step(spiking, net) -> None:
    net.compile()
    spiking.I = [4.0, 1.0, 5.0]
    net.step()
    assert spiking.spike.tolist() == [0, 2]
    assert spiking[1:].spike.tolist() == [2]


def test_spike_of_a_rate_coded_population_is_refused(pop, net) -> None:
    net.compile()
    with pytest.raises(StateError, match="is rate-coded: it has no spikes"):
        pop.spike


@pytest.mark.parametrize("compiled", [False, True])
def test_the_refractory_period_is_in_ms(compiled: bool) -> None:
    net = ann.Network(dt=0.1)
    spiking = net.create(3, ann.Neuron(**SPIKING, refractory=0.3))
    if compiled:
        net.compile()
    assert spiking.refractory == 0.3
    spiking.refractory = [0.1, 0.2, 0.5]
    assert spiking.refractory.tolist() == [0.1, 0.2, 0.5]


def test_a_refractory_period_below_0_is_refused(spiking: ann.Population) -> None:
    with pytest.raises(ArgumentError, match="a refractory period is finite and not below 0 ms"):
        spiking.refractory = -1.0


def test_a_linked_refractory_period_follows_its_attribute(net: ann.Network) -> None:
    pop = net.create(2, ann.Neuron(**SPIKING, refractory="I"))
    assert pop.refractory.tolist() == [1.0, 1.0]
    with pytest.warns(AnnlabWarning, match="the refractory period is not set, it follows 'I'"):
        pop.refractory = 3.0


def test_rate_coded_neurons_have_no_refractory_period(pop: ann.Population) -> None:
    with pytest.warns(AnnlabWarning, match="is rate-coded: it has no refractory period"):
        assert pop.refractory is None


@pytest.mark.parametrize("compiled_first", [False, True])
def test_the_firing_rate_counts_the_window(spiking, net, compiled_first: bool) -> None:
    if compiled_first:
        net.compile()
    spiking.compute_firing_rate(10.0)
    if not compiled_first:
        net.compile()
    spiking.I = [4.0, 1.0, 0.0]
    net.simulate(20.0)
    # Spikes at steps 12, 15, 18, and at 15.
    assert spiking.r.tolist() == [300.0, 100.0, 0.0]


@pytest.mark.parametrize("again", ["clear", "reset"])
@pytest.mark.parametrize("backend", ["cpu", "reference"])
def test_firing_rates_are_counted_from_0_again(again: str, backend: str) -> None:
    net = ann.Network(dt=1.0, backend=backend)
    cells = net.create(3, ann.Neuron(equations="v += 1.0", spike="v >= 10.0", reset="v = 0.0"))
    cells.compute_firing_rate(100.0)
    net.compile()
    net.simulate(205.0)
    assert cells.r.tolist() == [100.0] * 3
    getattr(cells, again)()
    assert cells.r.tolist() == [0.0] * 3
    net.simulate(1.0)
    assert cells.r.tolist() == [0.0] * 3
    net.simulate(11.0)
    assert cells.r.tolist() == [10.0] * 3


@pytest.mark.parametrize("backend", ["cpu", "reference"])
def test_a_new_window_counts_firing_rates_from_0(backend: str) -> None:
    net = ann.Network(dt=1.0, backend=backend)
    cells = net.create(3, ann.Neuron(equations="v += 1.0", spike="v >= 10.0", reset="v = 0.0"))
    cells.compute_firing_rate(100.0)
    net.compile()
    net.simulate(205.0)
    cells.compute_firing_rate(50.0)
    net.simulate(1.0)
    assert cells.r.tolist() == [0.0] * 3
    net.simulate(11.0)
    assert cells.r.tolist() == [20.0] * 3


@pytest.mark.parametrize(
    ("window", "text"), [(0.5, "a window of 0.5 ms is shorter than a step"), (-1.0, "shorter")]
)
def test_a_window_below_one_step_is_refused(spiking, window: float, text: str) -> None:
    with pytest.raises(ArgumentError, match=text):
        spiking.compute_firing_rate(window)


def test_rate_coded_neurons_have_no_firing_rate(pop: ann.Population) -> None:
    with pytest.raises(ArgumentError, match="is rate-coded: it has no firing rate"):
        pop.compute_firing_rate(10.0)


# -- inputs, control, reset ---------------------------------------------------------


def test_sums_that_nobody_makes_are_0_with_a_warning(pop: ann.Population, net) -> None:
    with pytest.warns(AnnlabWarning, match="sum\\('exc'\\) is 0: the network is not compiled"):
        assert pop.sum("exc").tolist() == np.zeros((3, 4)).tolist()
    net.compile()
    with pytest.warns(AnnlabWarning, match="sum\\('exc'\\) is 0: it has no input 'exc'"):
        pop.sum("exc")


def test_a_disabled_population_stands_still(pop: ann.Population, net: ann.Network) -> None:
    net.compile()
    pop.disable()
    net.simulate(3.0)
    assert (pop.v.max(), pop.enabled) == (0.0, False)
    pop.enable()
    net.simulate(1.0)
    assert pop.v.min() > 0.0


def test_reset_of_some_attributes_leaves_the_others(pop: ann.Population, net) -> None:
    pop.v = 0.25
    net.compile()
    net.simulate(2.0)
    pop.gain = 5.0
    pop.reset(["v"])
    assert (pop.v.max(), pop.gain) == (0.25, 5.0)
    pop.reset()
    assert pop.gain == 2.0


def test_reset_warns_of_unknown_attributes(pop: ann.Population, net: ann.Network) -> None:
    net.compile()
    with pytest.warns(AnnlabWarning, match="reset: population 'cortex' has no attribute 'tua'"):
        pop.reset(["tua", "v"])


def test_functions_of_the_model_can_be_called(net: ann.Network) -> None:
    pop = net.create(1, ann.Neuron(equations="r = twice(1.0)", functions="twice(x) = 2*x"))
    assert pop.functions == ["twice"]
    assert pop.twice([1.0, 2.0]) == [2.0, 4.0]
    with pytest.raises(ArgumentError, match="twice\\(\\) takes 1 lists, 2 given"):
        pop.twice([1.0], [2.0])


# -- first values that are computed ----------------------------------------------------


def test_a_first_value_is_computed_from_parameters_and_constants() -> None:
    net = ann.Network(backend="reference")
    net.constant("gap", 5.0)
    cells = net.create(
        3, ann.Neuron("b = 2*a; a = 3.0; c = gap - 1.0", "dr/dt = 0 : init = a*b - c")
    )
    assert cells.b.tolist() == [6.0] * 3
    assert cells.r.tolist() == [14.0] * 3
    net.compile()
    net.simulate(2.0)
    assert cells.r.tolist() == [14.0] * 3


def test_a_computed_first_value_follows_what_each_neuron_was_given() -> None:
    net = ann.Network(backend="reference")
    cells = net.create(3, ann.Neuron("a = 1.0", "r = r : init = 2*a"))
    cells.a = [1.0, 2.0, 3.0]
    net.compile()
    assert cells.r.tolist() == [2.0, 4.0, 6.0]


def test_a_refractory_period_of_a_rate_coded_neuron_is_warned_of(net: ann.Network) -> None:
    with pytest.warns(AnnlabWarning, match="refractory period of .* has no effect: only a neuron"):
        net.create(1, ann.Neuron(equations="r = t", refractory=2.0))


@pytest.mark.parametrize("part", [lambda p: p, lambda p: p[:2], lambda p: p.neuron(0)])
@pytest.mark.parametrize("is_compiled", [False, True])
def test_set_changes_all_attributes_or_none(net: ann.Network, part, is_compiled: bool) -> None:
    cells = net.create(3, ann.Neuron("k = 1.0; n = 2 : int", "r = k"))
    if is_compiled:
        net.compile()
    with pytest.raises(ArgumentError, match="'n' of population 'pop0' is an integer"):
        part(cells).set({"k": 9.0, "r": 1.0, "n": 2.5})
    assert (cells.k.tolist(), cells.r.tolist()) == ([1.0] * 3, [0.0] * 3)


def test_a_population_that_no_memory_holds_is_refused_by_name() -> None:
    net = ann.Network(backend="reference")
    net.create(10**12, ann.Neuron(equations="r = 1.0"), name="crowd")
    with pytest.raises(
        TooLargeError, match=r"'crowd' of 1e\+12 neurons needs [0-9.]+ GiB.*\n  use fewer neurons"
    ):
        net.compile()
