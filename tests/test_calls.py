"""Whoever calls with arguments that do not fit is told what there is, for every public name."""

from __future__ import annotations

import inspect
import pkgutil
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest

import annlab
import annlab.extensions
from annlab import calls, teach
from annlab.errors import AnnlabWarning, ArgumentTypeError
from annlab.network.dendrite import Dendrite, IndividualSynapse
from annlab.network.explanation import Explanation
from annlab.network.neuron import IndividualNeuron

EXTENSIONS = [m.name for m in pkgutil.iter_modules(annlab.extensions.__path__)]
# Networks take the keywords of users' classes, and tell by themselves of unknown ones.
FREE = {"Network.__init__", "Network.config", "Network.dashboard"}


def _public() -> Iterator[Any]:
    extensions = (import_module(f"annlab.extensions.{name}") for name in EXTENSIONS)
    for module in (annlab, annlab.models, teach, *extensions):
        for name in module.__all__:
            if str(getattr(getattr(module, name), "__module__", "")).startswith("annlab."):
                yield getattr(module, name)
    yield from (IndividualNeuron, IndividualSynapse, Dendrite, Explanation)


def _callables() -> Iterator[tuple[str, Any, int]]:
    """Yield (name, function, how many first arguments are not the user's) of all public ones."""
    for thing in _public():
        if not inspect.isclass(thing):
            yield thing.__name__, thing, 0
            continue
        for name in dir(thing):
            member = inspect.getattr_static(thing, name)
            plain = getattr(member, "__func__", member)
            is_ours = str(getattr(plain, "__module__", "")).startswith("annlab.")
            if not inspect.isfunction(plain) or not is_ours:
                continue
            if name.startswith("_") and name != "__init__":
                continue
            yield f"{thing.__name__}.{name}", plain, int(not isinstance(member, staticmethod))


def _takes_any_keyword(function: Callable[..., Any]) -> bool:
    kinds = [p.kind for p in inspect.signature(function).parameters.values()]
    return inspect.Parameter.VAR_KEYWORD in kinds


CALLABLES = {name: (function, n) for name, function, n in _callables()}


def test_many_names_are_public() -> None:
    assert len(CALLABLES) > 400


@pytest.mark.parametrize("name", CALLABLES)
def test_an_unknown_keyword_is_named(name: str) -> None:
    function, n_bound = CALLABLES[name]
    if name in FREE or _takes_any_keyword(function):
        pytest.skip("takes any keyword")
    owner = object.__new__(object) if n_bound else None
    with pytest.raises(ArgumentTypeError, match=r"\(\) takes no 'wibble'\n  it takes"):
        function(*([owner] * n_bound), wibble=1)


@pytest.fixture
def proj() -> annlab.Projection:
    net = annlab.Network(backend="reference")
    cells = net.create(3, annlab.LeakyIntegrator)
    return net.connect(cells, cells, "exc")


class LIF(annlab.Neuron):
    """A model of a user."""

    def __init__(self, tau_m: float = 10.0) -> None:
        super().__init__({"tau_m": tau_m}, "tau_m * dv/dt = -v", spike="v > 1.0", reset="v = 0.0")


class Field(annlab.Network):
    """A network of a user."""

    def __init__(self, n_cells: int) -> None:
        self.cells = self.create(n_cells, annlab.LeakyIntegrator)


Connect = Callable[[Any], object]
STORAGE = "storage_format, storage_order"
REFUSED: dict[str, tuple[Connect, str]] = {
    "misspelt": (
        lambda proj: proj.fixed_probability(probabilty=0.1, weights=1.0),
        (
            "fixed_probability() takes no 'probabilty'\n"
            "  it takes: probability, weights, delays, allow_self_connections, "
            f"force_multiple_weights, {STORAGE}\n"
            "  did you mean 'probability'?"
        ),
    ),
    "two-misspelt": (
        lambda proj: proj.one_to_one(weigths=1.0, delay=2.0),
        (
            "one_to_one() takes no 'weigths', 'delay'\n"
            f"  it takes: weights, delays, force_multiple_weights, {STORAGE}\n"
            "  did you mean 'weights' and 'delays'?"
        ),
    ),
    "name-of-version-4": (
        lambda proj: proj.connect_all_to_all(weight=1.0),
        (
            "connect_all_to_all() takes no 'weight'\n"
            "  it takes: weights, delays, allow_self_connections, force_multiple_weights, "
            f"{STORAGE}\n"
            "  did you mean 'weights'?"
        ),
    ),
    "missing": (
        lambda proj: proj.fixed_number_pre(),
        (
            "fixed_number_pre() needs 'number' and 'weights'\n"
            "  it takes: number, weights, delays, allow_self_connections, "
            f"force_multiple_weights, {STORAGE}\n"
            "  write fixed_number_pre(number=..., weights=...)"
        ),
    ),
    "twice": (
        lambda proj: proj.all_to_all(1.0, weights=2.0),
        (
            "all_to_all() was given 'weights' twice\n"
            "  it is argument 1, and was given by its name as well\n"
            "  give it once"
        ),
    ),
    "argument-of-none": (
        lambda proj: proj._network.step(10),
        "step() was given 1 argument and takes none\n  it takes none",
    ),
    "too-many": (
        lambda proj: annlab.SpikeSourceArray([1.0], "source", 3),
        (
            "SpikeSourceArray() was given 3 arguments and takes 2\n"
            "  it takes: spike_times, name, network\n"
            "  by name alone: network"
        ),
    ),
    "standard-model": (
        lambda proj: annlab.STP(tau_rek=5.0),
        "STP() takes no 'tau_rek'\n  it takes: tau_rec, tau_facil, U\n  did you mean 'tau_rec'?",
    ),
    "model-of-a-user": (
        lambda proj: LIF(tau_mm=3),  # type: ignore[call-arg]
        "LIF() takes no 'tau_mm'\n  it takes: tau_m\n  did you mean 'tau_m'?",
    ),
    "network-of-a-user": (
        lambda proj: Field(cells=3),  # type: ignore[call-arg]
        (
            "Field() takes no 'cells'\n"
            "  it takes: n_cells, dt, seed, backend, num_threads, dtype\n"
            "  did you mean 'n_cells'?"
        ),
    ),
    "field-of-a-dataclass": (
        lambda proj: annlab.Parameter(1.0, localty="local"),
        (
            "Parameter() takes no 'localty'\n"
            "  it takes: value, locality, type\n"
            "  did you mean 'locality'?"
        ),
    ),
    "global-function": (
        lambda proj: annlab.simulate(10.0, measuretime=True),
        (
            "simulate() takes no 'measuretime'\n"
            "  it takes: duration, measure_time, progress_bar, callbacks, "
            "show_monitor_memory_estimate, net_id\n"
            "  did you mean 'measure_time'?"
        ),
    ),
    "report": (
        lambda proj: annlab.report(proj._network, file="x.md"),
        (
            "report() takes no 'file'\n"
            "  it takes: network, filename, standalone, gather_subprojections, title, author, "
            "date, net_id\n"
            "  did you mean 'filename'?"
        ),
    ),
    "constant": (
        lambda proj: annlab.Constant("rest"),
        "Constant() needs 'value'\n  it takes: name, value, network\n  write Constant(value=...)",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_call_is_refused_in_words(proj: annlab.Projection, case: str) -> None:
    call, text = REFUSED[case]
    with pytest.raises(ArgumentTypeError) as caught:
        call(proj)
    assert str(caught.value) == text
    assert isinstance(caught.value, TypeError)


def test_an_error_inside_a_function_is_left_as_it_is() -> None:
    class Broken(annlab.Neuron):
        def __init__(self) -> None:
            len(3)  # type: ignore[arg-type]

    with pytest.raises(TypeError, match="has no len") as caught:
        Broken()
    assert not isinstance(caught.value, ArgumentTypeError)


def test_a_wrong_call_of_a_base_class_names_the_base_class() -> None:
    class Mine(annlab.Neuron):
        def __init__(self) -> None:
            super().__init__(parameter="tau = 10.0")  # type: ignore[call-arg]

    with pytest.raises(ArgumentTypeError, match=r"^Neuron\(\) takes no 'parameter'"):
        Mine()


def test_signatures_and_docstrings_are_those_of_the_functions() -> None:
    method = annlab.Projection.fixed_probability
    assert list(inspect.signature(method).parameters)[:3] == ["self", "probability", "weights"]
    assert (method.__doc__ or "").startswith("Connect each pair")
    assert list(inspect.signature(annlab.Izhikevich).parameters)[:4] == ["a", "b", "c", "d"]
    assert list(inspect.signature(annlab.Population).parameters)[:2] == ["geometry", "neuron"]
    assert list(inspect.signature(annlab.Projection).parameters)[:3] == ["pre", "post", "target"]
    assert list(inspect.signature(annlab.STP).parameters) == ["tau_rec", "tau_facil", "U"]


# -- warnings ---------------------------------------------------------------------------------


def _warned_here(call: Callable[[], object]) -> bool:
    """Is the warning about a line of this file?"""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        call()
    assert [w.category for w in seen] == [AnnlabWarning]
    return seen[0].filename == __file__


WARNED: dict[str, Callable[[annlab.Projection], object]] = {
    "an attribute": lambda proj: setattr(proj.pre, "tua", 3.0),
    "a second connector": lambda proj: proj.all_to_all(1.0).all_to_all(2.0),
    "an option": lambda proj: proj._network.config(methd="explicit"),
    "a flag of a model": lambda proj: proj._network.create(
        1, annlab.Neuron(equations="r = 1.0", refractory=2.0)
    ),
    "times": lambda proj: annlab.SpikeSourceArray([-1.0, 2.0], network=proj._network),
    "a copy": lambda proj: proj.pre.r.__setitem__(0, 1.0),
}


@pytest.mark.parametrize("what", WARNED)
def test_a_warning_is_about_the_line_of_the_user(proj: annlab.Projection, what: str) -> None:
    assert _warned_here(lambda: WARNED[what](proj))


# -- interactive sessions ---------------------------------------------------------------------


def test_a_script_is_not_interactive_only_since_a_shell_was_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.ps1", "In : ", raising=False)  # as a shell leaves it
    assert not calls.is_interactive()


def test_a_cell_of_ipython_is_interactive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("IPython.get_ipython", object)
    assert calls.is_interactive()


def test_the_prompt_of_python_is_interactive() -> None:
    code = "from annlab.calls import is_interactive\nprint('asked:', is_interactive())\n"
    done = subprocess.run(
        [sys.executable, "-i", "-q"], input=code, capture_output=True, text=True, timeout=60
    )
    assert "asked: True" in done.stdout
