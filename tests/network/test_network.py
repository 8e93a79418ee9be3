"""Networks: building, compile, running, reset, looking up; every refusal with its text."""

from __future__ import annotations

import gc
import inspect
import threading
import time
import warnings
import weakref

import numpy as np
import pytest

import annlab as ann
from annlab.errors import (
    AnnlabWarning,
    ArgumentError,
    ArgumentTypeError,
    ConfigurationError,
    StateError,
    UnknownNameError,
    UnknownObjectError,
)
from annlab.network.timing import n_steps
from annlab.runtime.worker import RunState

COUNTING = ann.Neuron(parameters={"gain": 1.0}, equations="r += gain")
SUMMING = ann.Neuron(equations="r = sum(exc)")
NOISY = ann.Neuron(equations="r = Uniform(0.0, 1.0)")


@pytest.fixture
def pop(net: ann.Network) -> ann.Population:
    return net.create(2, COUNTING)


# -- building -----------------------------------------------------------------------


def test_objects_are_named_and_numbered(net: ann.Network) -> None:
    one, two = net.create(1, COUNTING), net.create(1, COUNTING, name="second")
    three = net.create(1, COUNTING, name="pop7")
    assert [(p.name, p.id) for p in (one, two, three)] == [("pop0", 0), ("second", 1), ("pop2", 2)]
    assert net.get_population("second") is two
    assert net.get_populations() == [one, two, three]


def test_a_name_that_is_taken_is_changed_with_a_warning(net: ann.Network) -> None:
    net.create(1, COUNTING, name="a")
    with pytest.warns(AnnlabWarning, match="the name 'a' is taken; this one is called 'a_1'"):
        assert net.create(1, COUNTING, name="a").name == "a_1"


def test_an_input_is_copied_into_the_network(net: ann.Network) -> None:
    template = ann.InputArray(geometry=3)
    template.r = [1.0, 2.0, 3.0]
    pop = net.create(template)
    assert pop is not template
    assert pop.r.tolist() == [1.0, 2.0, 3.0]
    assert (net.get_populations(), ann.populations()) == ([pop], [])


def test_an_input_is_copied_also_while_the_global_network_is_compiled(net) -> None:
    ann.Population(1, COUNTING)
    ann.compile()
    pop = net.create(ann.InputArray(geometry=2))
    net.compile()
    assert (pop.network, len(ann.populations())) == (net, 1)
    with pytest.raises(StateError, match="network 0 is compiled: it is too late to create"):
        ann.Population(1, COUNTING)


def test_default_names_stay_apart_after_inputs_have_moved(net: ann.Network) -> None:
    template = ann.InputArray(geometry=2)
    first = ann.Population(1, COUNTING)
    net.create(template)
    assert [first.name, ann.Population(1, COUNTING).name] == ["pop1", "pop2"]


@pytest.mark.filterwarnings("ignore:.*makes nothing of the target")
def test_projections_are_found_by_ends_and_names(net: ann.Network) -> None:
    a, b = net.create(2, COUNTING, name="a"), net.create(2, SUMMING, name="b")
    one = net.connect("a", "b", "exc").all_to_all(1.0)
    two = net.connect(a, b[:1], "inh").all_to_all(1.0)
    assert net.get_projections() == [one, two]
    assert net.get_projections(pre="a", target="inh") == [two]
    assert net.get_projections(post=b, target="exc") == [one]
    assert b.targets == ["exc", "inh"]
    assert net.get_projections(pre=b, suppress_error=True) == []
    with pytest.raises(UnknownObjectError, match="asked for post=None, pre='b', target=None"):
        net.get_projections(pre=b)


def test_unknown_names_give_none_and_a_line_in_the_log(net: ann.Network, caplog) -> None:
    assert net.get_population("cortex") is None
    assert net.get_constant("alpha") is None
    assert caplog.messages == [
        f"network {net.id} has no population 'cortex'",
        f"network {net.id} has no constant 'alpha'",
    ]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"neuron": COUNTING}, "create\\(\\) needs a geometry"),
        ({"geometry": 2}, "create\\(\\) needs a neuron"),
    ],
)
def test_create_says_what_is_missing(net: ann.Network, arguments, text: str) -> None:
    with pytest.raises(ArgumentError, match=text):
        net.create(**arguments)


def test_create_takes_one_thing_at_a_time(net: ann.Network) -> None:
    given = ann.InputArray(geometry=1)
    with pytest.raises(ArgumentError, match="a population and the properties of another one"):
        net.create(given, COUNTING)
    with pytest.raises(ArgumentError, match="was given two populations"):
        net.create(given, population=given)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({}, "connect\\(\\) needs pre"),
        ({"pre": "pop0"}, "connect\\(\\) needs post"),
        ({"pre": "pop0", "post": "pop0"}, "connect\\(\\) needs target"),
    ],
)
def test_connect_says_what_is_missing(net, pop, arguments, text: str) -> None:
    with pytest.raises(ArgumentError, match=text):
        net.connect(**arguments)


def test_connect_refuses_what_is_not_of_this_network(net, pop) -> None:
    other = ann.Network().create(1, COUNTING)
    with pytest.raises(ArgumentError, match="population 'pop0' belongs to another network"):
        net.connect(pop, other, "exc")
    with pytest.raises(ArgumentTypeError, match="connect\\(\\) joins populations, not 5"):
        net.connect(pop, 5, "exc")
    with pytest.raises(UnknownObjectError, match="there is no population 'x'\n  known here: pop0"):
        net.connect(pop, "x", "exc")


# -- sub-classes --------------------------------------------------------------------


class Own(ann.Network):
    def __init__(self, gain: float = 1.0) -> None:
        self.pop = self.create(2, COUNTING)
        self.pop.gain = gain


def test_a_class_of_the_user_need_not_know_of_networks() -> None:
    net = Own(gain=2.0, dt=0.5, seed=4)
    net.compile()
    net.simulate(1.0)
    assert (net.dt, net.seed, net.pop.r.tolist()) == (0.5, 4, [4.0, 4.0])


def test_a_class_of_the_user_may_pass_options_on() -> None:
    class Fixed(ann.Network):
        def __init__(self, dt: float = 0.25) -> None:
            super().__init__(dt=dt)

    assert (Fixed().dt, Fixed(dt=0.5).dt) == (0.25, 0.5)


def test_a_copy_is_built_again_and_shares_nothing() -> None:
    net = Own(gain=2.0, dt=0.5)
    net.compile()
    same, other = net.copy(), net.copy(gain=7.0)
    other.simulate(1.0)
    assert (other.dt, other.pop.r[0], net.pop.r[0], same.pop.gain) == (0.5, 14.0, 0.0, 2.0)
    assert type(same) is Own


def test_a_copy_with_options_alone_keeps_the_arguments() -> None:
    class Needy(ann.Network):
        def __init__(self, size: int) -> None:
            self.pop = self.create(size, COUNTING)
            self.compile()

    net = Needy(3, seed=4, dt=0.5)
    other = net.copy(seed=9, dt=1.0)
    assert (other.pop.size, other.seed, other.dt) == (3, 9, 1.0)
    assert (net.copy().seed, net.copy(2).seed) == (4, 4)


def test_only_a_compiled_network_is_copied() -> None:
    with pytest.raises(StateError, match="only a compiled network can be copied"):
        Own().copy()


def test_a_plain_network_is_copied_object_by_object(net: ann.Network) -> None:
    a, b = net.create(2, COUNTING), net.create(1, SUMMING)
    a.gain = 3.0
    net.connect(a, b, "exc").all_to_all(0.5)
    net.compile()
    twin = net.copy()
    twin.simulate(3.0)
    assert [p.r.tolist() for p in twin.get_populations()] == [[9.0, 9.0], [6.0]]
    assert a.r.tolist() == [0.0, 0.0]


# -- options ------------------------------------------------------------------------


def test_every_network_has_a_number_and_a_seed() -> None:
    one, two = ann.Network(), ann.Network()
    assert (one.id, two.id) == (1, 2)
    assert one.seed != two.seed
    assert ann.Network(seed=9).default_rng.random() == np.random.default_rng(9).random()


@pytest.mark.parametrize(("name", "value"), [("seed", 3), ("default_rng", None)])
def test_seed_and_generator_cannot_be_exchanged(net: ann.Network, name: str, value) -> None:
    with pytest.raises(StateError, match="of a network cannot be exchanged"):
        setattr(net, name, value)


def test_options_are_those_of_the_network(net: ann.Network) -> None:
    net.config(dt=0.5, seed=12, method="exponential", precision="float")
    assert (net.dt, net.seed, net._config.method) == (0.5, 12, "exponential")
    assert net.create(1, COUNTING).r.dtype == np.float32


def test_the_method_may_be_chosen_after_populations_were_made(net: ann.Network) -> None:
    pop = net.create(1, ann.Neuron(equations=["10.0*dv/dt = 1.0 - v", "r = v"]))
    net.config(method="exponential")
    net.compile()
    net.step()
    assert pop.v[0] == pytest.approx(1 - np.exp(-0.1))


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"dt": 0.0}, ArgumentError, "dt is 0.0\n  give the step in ms"),
        ({"seed": -5}, ArgumentError, "the seed is -5"),
        ({"num_threads": 0}, ArgumentError, "num_threads is 0"),
        ({"method": "exponentail"}, ConfigurationError, "did you mean 'exponential'?"),
        ({"backend": "gpu"}, ConfigurationError, "unknown back end 'gpu'"),
        ({"paradigm": "mpi"}, ConfigurationError, "unknown paradigm 'mpi'"),
        ({"dtype": int}, ConfigurationError, "use float64 or float32"),
        ({"precision": "half"}, ConfigurationError, "precision is 'half'"),
        ({"sparse_matrix_format": "zzz"}, ArgumentError, "unknown sparse_matrix_format 'zzz'"),
    ],
)
def test_impossible_options_are_refused(net, options, error, text: str) -> None:
    with pytest.raises(error) as caught:
        net.config(**options)
    assert text in str(caught.value)


def test_an_unknown_option_is_warned_of(net: ann.Network) -> None:
    with pytest.warns(AnnlabWarning, match="unknown key 'methd'; did you mean 'method'?"):
        net.config(methd="implicit")


def test_options_of_other_engines_have_no_effect(net: ann.Network) -> None:
    with pytest.warns(AnnlabWarning, match="disable_SIMD_Eq has no effect in annlab"):
        net.config(disable_SIMD_Eq=True)


@pytest.mark.parametrize(
    ("name", "act"),
    [
        ("create a population", lambda n: n.create(1, COUNTING)),
        ("create a projection", lambda n: n.connect("pop0", "pop0", "exc")),
        ("change options", lambda n: n.config(dt=0.5)),
        ("add a constant", lambda n: n.constant("c", 1.0)),
        ("change options", lambda n: setattr(n, "dt", 0.5)),
    ],
)
def test_some_things_are_too_late_after_compile(net, pop, name: str, act) -> None:
    net.compile()
    with pytest.raises(StateError, match=f"is compiled: it is too late to {name}"):
        act(net)


# -- compile ------------------------------------------------------------------------


def test_a_second_compile_does_nothing(net: ann.Network, pop: ann.Population) -> None:
    net.compile()
    net.step()
    net.compile()
    assert pop.r[0] == 1.0


def test_an_empty_network_compiles_and_runs(net: ann.Network) -> None:
    net.compile()
    assert net.simulate(3.0) == 3


def test_a_failed_compile_leaves_everything_as_it_was(net: ann.Network) -> None:
    a, b = net.create(2, COUNTING), net.create(2, SUMMING)
    a.gain = 5.0
    first = net.connect(a, b, "exc").all_to_all(ann.Uniform(0.0, 1.0))
    second = net.connect(a, b, "exc")

    with pytest.raises(StateError, match="is not connected"):
        net.compile()

    assert not net.compiled
    assert not (a.initialized)
    assert not (first.initialized)
    second.one_to_one(2.0)
    net.compile()
    net.step()
    assert a.r.tolist() == [5.0, 5.0]
    twin = ann.Network(dt=net.dt, seed=net.seed, backend="reference")
    expected = twin.connect(twin.create(2, COUNTING), twin.create(2, SUMMING), "exc")
    expected.all_to_all(ann.Uniform(0.0, 1.0))
    twin.compile()
    assert first.w == expected.w


def test_a_cleared_network_can_be_changed_and_compiled_again(net, pop) -> None:
    pop.gain = 3.0
    net.compile()
    net.step()
    net.clear()
    assert not net.compiled
    net.create(1, COUNTING)
    net.compile()
    net.step()
    assert pop.r.tolist() == [3.0, 3.0]


def test_a_forgotten_network_is_freed() -> None:
    net = ann.Network()
    net.create(2, COUNTING)
    net.compile()
    number = net.id
    del net
    gc.collect()
    with pytest.raises(UnknownObjectError, match=f"there is no network {number}"):
        ann.get_time(net_id=number)


@pytest.mark.parametrize("is_recorded", [False, True])
def test_a_forgotten_network_ends_its_background_run(is_recorded: bool) -> None:
    net = ann.Network()
    cells = net.create(2, COUNTING)
    if is_recorded:
        net.monitor(cells, "r")
    net.compile()
    net.start()
    worker = net._worker
    del net, cells
    for _ in range(200):  # for a moment the run itself may hold the network
        gc.collect()
        if worker.run_state is RunState.IDLE:
            break
        time.sleep(0.05)
    assert worker.run_state is RunState.IDLE


def test_nobody_waits_for_a_slow_function_of_a_forgotten_run() -> None:
    """The collector may come in any call."""
    net = ann.Network(backend="reference")
    net.create(2, COUNTING)
    is_inside, may_go_on, is_closed = (threading.Event() for _ in range(3))

    @ann.every(network=net, period=1.0)
    def dawdle(n: int) -> None:
        is_inside.set()
        may_go_on.wait(60.0)

    net.compile()
    worker = net._worker
    assert worker is not None
    free = worker.runner.close
    worker.runner.close = lambda: (free(), is_closed.set())
    net.start()
    assert is_inside.wait(10.0)
    forgotten = weakref.ref(net)
    del net
    gc.collect()
    assert forgotten() is None
    assert not worker._finished.is_set()
    assert not is_closed.is_set()
    may_go_on.set()
    assert is_closed.wait(10.0)  # all the same


@pytest.mark.parametrize("act", ["simulate", "simulate_until", "step", "reset", "start", "wait"])
def test_nothing_runs_before_compile(net: ann.Network, pop, act: str) -> None:
    arguments = {"simulate": (1.0,), "simulate_until": (1.0, pop)}.get(act, ())
    with pytest.raises(StateError, match="before it is compiled\n  call net.compile\\(\\) first"):
        getattr(net, act)(*arguments)


# -- running ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("duration", "dt", "expected"),
    [
        (2.1, 0.3, 7),
        (1.2, 0.1, 12),
        (1.25, 0.5, 3),
        (0.0, 1.0, 0),
        (1e6, 0.1, 10_000_000),
        (0.05, 0.1, 1),
        (np.float32(3.0), 1.0, 3),
    ],
)
def test_durations_become_whole_steps(duration: float, dt: float, expected: int) -> None:
    assert n_steps(duration, dt) == expected


@pytest.mark.parametrize("duration", [-1.0, float("nan"), float("inf"), "10"])
def test_impossible_durations_are_refused(net: ann.Network, duration) -> None:
    net.compile()
    with pytest.raises(ArgumentError, match="a simulation cannot take"):
        net.simulate(duration)


def test_the_clock_counts_steps(net: ann.Network) -> None:
    net.config(dt=0.5)
    net.compile()
    net.simulate(2.0)
    net.step()
    assert (net.current_step, net.time) == (5, 2.5)
    net.time = 10.0
    assert net.current_step == 20
    with pytest.raises(ArgumentError, match="the step of the clock is -1"):
        net.current_step = -1


def test_a_step_takes_a_paused_run_on_with_its_callbacks(net: ann.Network) -> None:
    """It was refused, where the Step button of the bar works."""
    net.create(1, COUNTING)
    called: list[int] = []
    with net:
        ann.every(period=1.0)(called.append)
    net.compile()
    net.start()
    net.pause()
    begun, n_called = net.current_step, len(called)
    net.step()
    net.step()
    assert net.current_step == begun + 2
    assert net.run_state == "paused"
    assert len(called) > n_called
    net.resume()
    with pytest.raises(StateError, match="already runs in the background"):
        net.step()
    net.stop()


def test_spikes_on_their_way_keep_their_distance_when_the_clock_is_set(net) -> None:
    source = net.create(ann.SpikeSourceArray([[1.0]]))
    post = net.create(1, ann.Neuron(equations="v += g_exc", spike="v > 10.0"))
    net.connect(source, post, "exc").all_to_all(1.0, delays=4.0)
    net.compile()
    net.simulate(3.0)
    net.time = 101.0
    net.simulate(2.0)
    assert post.v[0] == 0.0
    net.simulate(1.0)
    assert post.v[0] == 1.0


def test_measured_time_is_told(net: ann.Network, capsys) -> None:
    net.compile()
    net.simulate(100.0, measure_time=True)
    assert capsys.readouterr().out.startswith("0.1 s of the network took ")


@pytest.mark.parametrize(("operator", "expected"), [("and", 5.0), ("or", 3.0)], ids=["and", "or"])
def test_conditions_of_populations_are_combined(net, operator: str, expected: float) -> None:
    a = net.create(1, COUNTING, stop_condition="r > 2.5")
    b = net.create(1, COUNTING, stop_condition="r > 4.5 : all")
    net.compile()
    assert net.simulate_until(50.0, [a, b], operator) == expected


def test_a_population_without_condition_never_stops(net, pop) -> None:
    net.compile()
    assert net.simulate_until(7.0, pop) == 7.0


def test_an_unknown_operator_is_refused(net, pop) -> None:
    net.compile()
    with pytest.raises(ArgumentError, match='unknown operator \'xor\'\n  use "and" or "or"'):
        net.simulate_until(5.0, pop, "xor")


# -- reset --------------------------------------------------------------------------


def test_reset_returns_to_the_moment_of_compile(net, pop) -> None:
    pop.gain = 2.0
    monitor = net.monitor(pop, "r")
    net.compile()
    net.simulate(3.0)
    pop.gain = 9.0
    net.reset()
    assert (net.time, pop.gain, pop.r.tolist()) == (0.0, 2.0, [0.0, 0.0])
    net.simulate(2.0)
    assert monitor.get("r").tolist() == [[2.0, 2.0], [4.0, 4.0]]


def test_reset_repeats_random_numbers_unless_told_otherwise(net: ann.Network) -> None:
    pop = net.create(4, NOISY)
    net.compile()
    net.step()
    first = pop.r
    net.reset()
    net.step()
    assert np.array_equal(pop.r, first)
    net.reset(reseed_rng=False)
    net.step()
    assert not np.array_equal(pop.r, first)


def test_the_same_seed_gives_the_same_numbers() -> None:
    def run(seed: int) -> list[float]:
        net = ann.Network(seed=seed)
        pop = net.create(3, NOISY)
        net.compile()
        net.simulate(3.0)
        return pop.r.tolist()

    assert run(1) == run(1) != run(2)


def test_what_else_is_in_a_network_does_not_change_random_numbers() -> None:
    def run(n_others: int) -> list[float]:
        net = ann.Network(seed=1)
        pop = net.create(3, NOISY, name="watched")
        for _ in range(n_others):
            net.create(5, NOISY)
        net.compile()
        net.simulate(3.0)
        return pop.r.tolist()

    assert run(0) == run(2)


def test_reset_of_synapses_tells_what_it_implies(net, pop) -> None:
    post = net.create(2, SUMMING)
    projection = net.connect(pop, post, "exc").all_to_all(ann.Uniform(0.0, 1.0))
    net.compile()
    before = projection.w
    with pytest.warns(AnnlabWarning, match="resets the attributes of the projections too"):
        net.reset(synapses=True, reseed_rng=False)
    assert projection.w != before


# -- constants and functions --------------------------------------------------------


def test_a_constant_changes_at_once_in_all_networks() -> None:
    alpha = ann.Constant("alpha", 2.0)
    nets = [ann.Network(), ann.Network()]
    pops = [n.create(1, ann.Neuron(equations="r = alpha")) for n in nets]
    for n in nets:
        n.compile()
    alpha.set(5.0)
    nets[1].get_constant("alpha").set(7.0)
    for n in nets:
        n.step()
    assert [p.r[0] for p in pops] == [5.0, 7.0]
    assert (alpha.value, alpha.name, isinstance(alpha, float)) == (5.0, "alpha", True)


def test_a_constant_of_a_network_is_unknown_elsewhere(net: ann.Network) -> None:
    net.constant("beta", 1.0)
    with pytest.raises(UnknownNameError, match="unknown name 'beta'"):
        ann.Network().create(1, ann.Neuron(equations="r = beta"))


@pytest.mark.parametrize(
    ("name", "value", "error", "text"),
    [
        ("a b", 1.0, ArgumentError, "a constant cannot be called 'a b'"),
        ("a", "one", ArgumentTypeError, "constant 'a' is 'one'\n  give one number"),
    ],
)
def test_impossible_constants_are_refused(name: str, value, error, text: str) -> None:
    with pytest.raises(error, match=text):
        ann.Constant(name, value)


def test_a_constant_cannot_have_a_name_with_a_meaning() -> None:
    with pytest.raises(ValueError, match="'t' has a meaning of its own in equations"):
        ann.Constant("t", 1.0)


def test_a_function_can_be_called_from_python(net: ann.Network) -> None:
    net.constant("k", 2.0)
    ann.add_function("scaled(x) = k * x")
    assert ann.functions("scaled", net)([1.0, 2.0]) == [2.0, 4.0]


def test_a_function_is_defined_once() -> None:
    ann.add_function("f(x) = x")
    ann.add_function("f(x) =  x")
    with pytest.raises(ArgumentError, match="the function 'f' exists already: f\\(x\\) = x"):
        ann.add_function("f(x) = 2*x")


def test_a_notebook_may_define_a_function_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("IPython.get_ipython", object)
    ann.add_function("f(x) = x")
    with pytest.warns(AnnlabWarning, match="the function 'f' is replaced"):
        ann.add_function("f(x) = 2*x")
    assert ann.functions("f")([3.0]) == [6.0]


def test_an_unknown_function_is_refused() -> None:
    ann.add_function("logistic(x) = x")
    with pytest.raises(UnknownObjectError, match="did you mean 'logistic'?"):
        ann.functions("logistics")


def test_lists_of_different_lengths_are_refused() -> None:
    ann.add_function("add(x, y) = x + y")
    with pytest.raises(ValueError, match="was given lists of lengths 2, 3"):
        ann.functions("add")([1, 2], [1, 2, 3])


# -- callbacks ----------------------------------------------------------------------


def test_a_callback_is_added_to_a_run_that_is_under_way(net: ann.Network) -> None:
    net.create(1, ann.Neuron(equations="r += 1.0"))
    net.compile()
    net.simulate(7.0)
    net.start()
    enough = threading.Event()
    steps: list[int] = []

    @ann.every(network=net, period=5.0)
    def look(n: int) -> None:
        steps.append(net.current_step)
        if n == 3:
            enough.set()

    assert enough.wait(30.0)
    net.clear_all_callbacks()
    n_calls = len(steps)
    before = net.current_step
    while net.current_step < before + 20:
        time.sleep(0.001)
    net.stop()
    assert len(steps) == n_calls
    assert steps[0] >= 7
    assert set(np.diff(steps)) == {5}


def test_a_callback_adds_another(net: ann.Network) -> None:
    net.create(1, ann.Neuron(equations="r += 1.0"))
    net.compile()
    calls: list[tuple[str, int]] = []

    @ann.every(network=net, period=10.0, offset=3.0)
    def first(n: int) -> None:
        calls.append(("first", net.current_step))
        if n == 0:
            ann.every(network=net, period=4.0)(lambda k: calls.append(("more", net.current_step)))

    net.simulate(14.0)
    assert calls == [("first", 3), ("more", 7), ("more", 11), ("first", 13)]


def test_callbacks_come_at_their_times(net: ann.Network) -> None:
    log: list[tuple[str, int, float]] = []

    @ann.every(network=net, period=10.0)
    def first(n: int) -> None:
        log.append(("first", n, net.time))

    @ann.every(network=net, period=10.0, offset=-2.0)
    def early(n: int) -> None:
        log.append(("early", n, net.time))

    net.compile()
    net.simulate(15.0)
    assert log == [("first", 0, 0.0), ("early", 0, 8.0), ("first", 1, 10.0)]


def test_the_only_network_is_meant_if_none_is_named(net: ann.Network) -> None:
    log: list[int] = []
    ann.every(5.0)(log.append)
    net.compile()
    net.simulate(11.0)
    assert log == [0, 1, 2]


def test_callbacks_can_be_switched_off_and_forgotten(net: ann.Network) -> None:
    log: list[int] = []
    ann.every(net, period=1.0)(log.append)
    net.compile()
    net.disable_callbacks()
    net.simulate(2.0)
    net.enable_callbacks()
    net.step()
    assert (log, net.callbacks_enabled()) == ([], True)
    net.clear_all_callbacks()
    net.simulate(2.0)
    assert log == []


def test_only_a_function_can_be_called_back(net: ann.Network) -> None:
    with pytest.raises(ArgumentTypeError, match="every\\(\\) decorates a function, not 5"):
        ann.every(net)(5)


def test_a_callback_may_change_the_network(net, pop) -> None:
    @ann.every(net, period=2.0)
    def double(n: int) -> None:
        pop.gain = 2.0 * pop.gain

    net.compile()
    net.simulate(4.0)
    assert pop.r[0] == 2 + 2 + 4 + 4


# -- background ---------------------------------------------------------------------


def test_a_network_runs_in_the_background_while_values_are_set(net, pop) -> None:
    net.compile()
    net.start()
    pop.gain = 0.0
    frozen = pop.r.tolist()
    assert net.running
    assert pop.r.tolist() == frozen
    net.stop()
    assert not net.running
    assert net.simulate(1.0) == 1


def test_a_background_run_of_a_given_time_ends_by_itself(net, pop) -> None:
    net.compile()
    net.start(25.0)
    assert net.wait(10.0)
    assert (net.time, pop.r[0]) == (25.0, 25.0)


def test_a_monitor_can_be_added_and_read_while_the_network_runs(net, pop) -> None:
    net.compile()
    net.start()
    monitor = net.monitor(pop, "r")
    while not len(rows := monitor.get("r")):
        pass
    net.stop()
    assert np.all(np.diff(rows[:, 0]) == 1.0)


def test_pause_and_resume(net, pop) -> None:
    net.compile()
    net.start()
    net.pause()
    assert net.time == net.time
    net.resume()
    net.stop()


def test_the_speed_must_be_above_0(net: ann.Network) -> None:
    net.compile()
    with pytest.raises(ArgumentError, match="speed is 0\n  give a number above 0, or None"):
        net.start(speed=0)


def test_several_values_are_set_between_the_same_two_steps(net: ann.Network) -> None:
    neuron = ann.Neuron(
        parameters="a = 0.0 : population\nb = 0.0 : population", equations="r = max(r, abs(a - b))"
    )
    pop = net.create(1, neuron)
    net.compile()
    net.start()
    for value in range(50):
        pop.set({"a": float(value), "b": float(value)})
    net.stop()
    assert pop.r[0] == 0.0


# -- parallel runs ------------------------------------------------------------------


def final_rate(net: Own, duration: float) -> float:
    net.simulate(duration)
    return float(net.pop.r[0])


def test_copies_run_side_by_side_with_their_own_arguments() -> None:
    net = Own(seed=3)
    net.compile()
    results = net.parallel_run(final_rate, 3, gain=[1.0, 2.0, 3.0], duration=2.0)
    assert results == [2.0, 4.0, 6.0]
    assert net.pop.r[0] == 0.0


@pytest.mark.parametrize(
    ("seeds", "expected"), [("same", [3, 3]), ("sequential", [4, 5]), ([8, 9], [8, 9])]
)
def test_the_seeds_of_copies_are_chosen(seeds, expected: list[int]) -> None:
    assert Own(seed=3).parallel_run(lambda net: net.seed, 2, seeds=seeds) == expected


def test_copies_keep_the_options_of_their_network() -> None:
    net = Own(dt=0.5)
    assert net.parallel_run(lambda n: (n.dt, n._config.backend), 1) == [(0.5, "reference")]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"number": 2, "gain": [1.0]}, "gain has 1 values for 2 runs"),
        ({"number": 2, "seeds": [1]}, "seeds=\\[1\\] for 2 runs"),
        ({"number": 2, "seeds": "other"}, "seeds='other' for 2 runs"),
        ({"number": 0}, "parallel_run\\(\\) of 0 networks"),
    ],
)
def test_impossible_parallel_runs_are_refused(arguments, text: str) -> None:
    with pytest.raises(ArgumentError, match=text):
        Own().parallel_run(lambda net: None, **arguments)


def test_a_plain_network_cannot_be_built_again(net: ann.Network) -> None:
    with pytest.raises(StateError, match="parallel_run\\(\\) needs a network that can be built"):
        net.parallel_run(lambda n: None, 2)


# -- warnings are for users ---------------------------------------------------------


def test_a_usual_script_warns_of_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net = Own(seed=1)
        net.compile()
        net.simulate(2.0)
        net.reset()


def test_help_shows_the_arguments_of_the_class() -> None:
    class Own(ann.Network):
        def __init__(self, weight: float) -> None: ...

    assert "dt" in inspect.signature(ann.Network).parameters
    assert list(inspect.signature(Own).parameters) == ["weight"]
