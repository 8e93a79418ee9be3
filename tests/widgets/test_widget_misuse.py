"""What views, sliders and dashboards cannot do is told at the call, in words that name it.

Found by calling each with everything: most of it died in the words of traits, of Bokeh or of NumPy,
or made a widget that showed nothing.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import annlab
from annlab import Network, widgets
from annlab.errors import (
    AnnlabError,
    ArgumentError,
    ArgumentTypeError,
    StateError,
    StorageError,
    TooLargeError,
    UnknownAttributeError,
    UnknownObjectError,
)
from annlab.widgets.channel import pump_of


class World:
    """A network with one of each, as the cases want it, and a neighbour."""

    def __init__(self) -> None:
        self.net = Network(dt=1.0, seed=1, backend="reference")
        self.cells = self.net.create(4, annlab.Izhikevich, name="cells")
        self.sheet = self.net.create((2, 3), annlab.LeakyIntegrator, name="sheet")
        self.noise = self.net.create(annlab.PoissonPopulation(3, "noise", rates=10.0))
        self.pulse = self.net.create(annlab.SpikeSourceArray([[1.0], [2.0]], name="pulse"))
        one = annlab.Uniform(0.0, 1.0)
        self.loop = self.net.connect(self.sheet, self.sheet, "exc", name="loop").all_to_all(one)
        self.net.compile()
        self.other = Network(dt=1.0, seed=1, backend="reference")
        self.foreign = self.other.create(4, annlab.Izhikevich, name="foreign")
        self.noise_there = self.other.create(annlab.PoissonPopulation(3, "hum", rates=10.0))
        self.other.compile()


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    for net in (world.net, world.other):
        pump_of(net).close()


def _closed(view: Any) -> Any:
    view.close()
    return view


live: Any = widgets  # called with what its types forbid
Misuse = Callable[[Any], object]
CASES: dict[str, tuple[Misuse, type[AnnlabError], str]] = {
    # -- times, scales, names
    "word-as-window": (
        lambda w: live.raster(w.net, window_ms="long"),
        ArgumentTypeError,
        r"window_ms of raster\(\) is 'long'\n  give a number",
    ),
    "endless-window": (
        lambda w: live.rate(w.net, window_ms=float("inf")),
        ArgumentError,
        r"window_ms of rate\(\) is inf\n  give a finite number",
    ),
    "window-of-years": (
        lambda w: live.activity(w.sheet, window_ms=1e12),
        ArgumentError,
        r"window_ms of activity\(\) is 1000000000000.0\n  give a number of ms of at most 1e\+09",
    ),
    "window-beyond-the-memory": (
        lambda w: live.trace(w.cells, ranks=range(4), window_ms=1e9 - 1.0),
        TooLargeError,
        "so long a trace needs .* GiB and .* are free\n  give a smaller window_ms",
    ),
    "bins-wider-than-the-window": (
        lambda w: live.rate(w.net, bin_ms=50.0, window_ms=20.0),
        ArgumentError,
        "bins of 50 ms do not fit into a window of 20 ms",
    ),
    "number-as-title": (
        lambda w: live.raster(w.net, title=3),
        ArgumentTypeError,
        r"title of raster\(\) is 3\n  give text",
    ),
    "number-as-names": (
        lambda w: live.raster(w.cells, names=3),
        ArgumentTypeError,
        r"names of raster\(\) are 3\n  give a name, or a list",
    ),
    "one-end-of-the-colours": (
        lambda w: live.activity(w.sheet, limits=(1.0,)),
        ArgumentTypeError,
        r"the limits of the colours are \(1.0,\)\n  give two numbers",
    ),
    "words-as-ends": (
        lambda w: live.weights(w.loop, limits=("a", "b")),
        ArgumentTypeError,
        "a limit of the scale is 'a'",
    ),
    "axis-upside-down": (
        lambda w: live.phase_plane(w.cells, x_limits=(30.0, -80.0)),
        ArgumentError,
        "the x axis cannot go from 30 to -80\n  give the lower end first",
    ),
    "too-many-bars": (
        lambda w: live.weight_histogram(w.loop, n_bars=10**9),
        ArgumentError,
        "cannot have 1000000000 bars\n  give at most 10000",
    ),
    # -- neurons and variables
    "list-as-variable": (
        lambda w: live.trace(w.cells, ["v"]),
        UnknownAttributeError,
        r"population 'cells' has no variable \['v'\]\n  known here",
    ),
    "number-as-ranks": (
        lambda w: live.trace(w.cells, ranks=3),
        ArgumentTypeError,
        "ranks of 'cells' are 3\n  give a list of whole numbers",
    ),
    "half-a-rank": (
        lambda w: live.receptive_fields(w.loop, ranks=[0.5]),
        ArgumentTypeError,
        r"ranks of 'sheet' are \[0.5\]",
    ),
    "no-field": (
        lambda w: live.receptive_fields(w.loop, ranks=[]),
        ArgumentError,
        "a picture of fields shows 1 to 6 neurons, 0 were given",
    ),
    "rank-of-nobody": (
        lambda w: live.stimulate(w.cells, [99]),
        UnknownObjectError,
        "'cells' has no neuron 99\n  its ranks are 0 to 3",
    ),
    "rank-of-no-source": (
        lambda w: live.stimulate(w.pulse, [-1]),
        UnknownObjectError,
        "'pulse' has no neuron -1",
    ),
    "view-to-stimulate": (
        lambda w: live.stimulate(w.cells[:2], [0]),
        ArgumentTypeError,
        r"stimulate\(\) cannot reach view of 2 neurons.*\n  give a population, and the ranks",
    ),
    "half-a-row": (
        lambda w: live.raster(w.cells).stimulate(0.5),
        UnknownObjectError,
        "the raster has no row 0.5\n  its rows are 0 to 3",
    ),
    "word-as-row": (
        lambda w: live.raster(w.cells).stimulate("first"),
        ArgumentTypeError,
        r"the row of stimulate\(\) is 'first'",
    ),
    # -- sliders
    "sliders-of-a-network": (
        lambda w: live.sliders(w.net),
        ArgumentTypeError,
        r"sliders\(\) cannot move <Network .*\n  give a population, .*inputs\(net\)",
    ),
    "number-as-limits": (
        lambda w: live.sliders(w.cells, a=3),
        ArgumentTypeError,
        "the limits of the slider of 'a' are 3",
    ),
    "no-limits": (
        lambda w: live.sliders(w.cells, a=None),
        ArgumentTypeError,
        r"the limits of the slider of 'a' are None\n.*sliders\(thing, 'a'\)",
    ),
    "endless-limits": (
        lambda w: live.sliders(w.cells, a=(0.0, float("inf"))),
        ArgumentError,
        "a limit of the slider of 'a' is inf",
    ),
    "huge-limits": (
        lambda w: live.sliders(w.cells, a=(0, 10**400)),
        ArgumentError,
        "a limit of the slider of 'a' is 10000.*\n  give a finite number",
    ),
    "word-as-value": (
        lambda w: setattr(live.sliders(w.cells)["a"], "value", "large"),
        ArgumentTypeError,
        "value of 'a' is 'large'",
    ),
    "misspelt-value": (
        lambda w: setattr(live.sliders(w.cells)["a"], "valeu", 0.1),
        UnknownAttributeError,
        "the slider of 'a' has no 'valeu'\n.*\n  did you mean 'value'?",
    ),
    "endless-value": (
        lambda w: setattr(live.sliders(w.cells)["a"], "value", float("inf")),
        ArgumentError,
        "value of 'a' is inf",
    ),
    "word-as-limit": (
        lambda w: live.sliders(w.cells)["a"].set_limits("low", 1.0),
        ArgumentTypeError,
        "a limit of the slider of 'a' is 'low'",
    ),
    "misspelt-slider": (
        lambda w: live.sliders(w.cells)["noize"],
        UnknownObjectError,
        "there is no slider 'noize'\n  known here: a, .*\n  did you mean 'noise'?",
    ),
    # -- inputs
    "network-in-a-list": (
        lambda w: live.inputs([w.net]),
        ArgumentTypeError,
        r"inputs\(\) cannot drive <Network",
    ),
    "inputs-of-two-networks": (
        lambda w: live.inputs([w.noise, w.noise_there]),
        ArgumentError,
        "the populations of one panel must belong to one network",
    ),
    "word-as-top": (
        lambda w: live.inputs(w.net, top="high"),
        ArgumentTypeError,
        r"top of inputs\(\) is 'high'",
    ),
    "top-below-nothing": (
        lambda w: live.inputs(w.net, top=-1.0),
        ArgumentError,
        r"top of inputs\(\) is -1.0\n  give a number above 0",
    ),
    "hold-of-a-button": (
        lambda w: live.inputs(w.net).hold("pulse", True),
        UnknownObjectError,
        "there is no input with a slider 'pulse'\n  known here: noise",
    ),
    "fire-of-a-slider": (
        lambda w: live.inputs(w.net).fire("noise"),
        UnknownObjectError,
        "there is no input with a button 'noise'\n  known here: pulse",
    ),
    # -- controls and dashboards
    "word-as-speed": (
        lambda w: live.controls(w.net, speed="fast"),
        ArgumentTypeError,
        "speed of the run button is 'fast'",
    ),
    "list-as-button": (
        lambda w: live.controls(w.net).press(["run"]),
        ArgumentError,
        r"there is no button \['run'\]",
    ),
    "dashboard-of-a-population": (
        lambda w: live.dashboard(w.cells),
        ArgumentTypeError,
        r"dashboard\(\) shows a network, not <Population .*\n  write net.dashboard\(\)",
    ),
    "one-view-alone": (
        lambda w: w.net.dashboard(views=live.raster(w.net)),
        ArgumentTypeError,
        r"views of dashboard\(\) are <live raster .*\n  give a list: views=\[raster\(net\), ...\]",
    ),
    "population-as-view": (
        lambda w: w.net.dashboard(views=[w.cells]),
        ArgumentTypeError,
        r"views of dashboard\(\) are \[<Population",
    ),
    "view-as-panel": (
        lambda w: w.net.dashboard(panels=[live.raster(w.net)]),
        ArgumentTypeError,
        r"panels of dashboard\(\) are \[<live raster",
    ),
    "view-of-another-network": (
        lambda w: w.net.dashboard(views=[live.raster(w.other)]),
        ArgumentError,
        "<live raster of .* cannot be part of this dashboard\n  it belongs to another network",
    ),
    "panel-of-another-network": (
        lambda w: w.net.dashboard(panels=[live.sliders(w.foreign)]),
        ArgumentError,
        "<sliders of .* cannot be part of this dashboard",
    ),
    "closed-view": (
        lambda w: w.net.dashboard(views=[_closed(live.raster(w.net))]),
        StateError,
        "the live raster of .* ended: closed, or its network was cleared .*\n  run its cell again",
    ),
    "number-as-preset": (
        lambda w: w.net.dashboard().save(3),
        ArgumentTypeError,
        "the name of a preset is 3",
    ),
    "list-as-preset": (
        lambda w: w.net.dashboard().restore(["calm"]),
        UnknownObjectError,
        r"there is no preset \['calm'\]",
    ),
    "misspelt-panel": (
        lambda w: w.net.dashboard().panels["cell"],
        UnknownObjectError,
        "the dashboard has no panel 'cell'\n.*\n  did you mean 'cells'?",
    ),
    "picture-without-a-name": (
        lambda w: live.raster(w.cells).snapshot().save(3),
        ArgumentTypeError,
        "a file cannot be called 3",
    ),
}


@pytest.mark.parametrize(("misuse", "error", "text"), CASES.values(), ids=list(CASES))
def test_it_is_told(world: World, misuse: Misuse, error: type[AnnlabError], text: str) -> None:
    with pytest.raises(error, match=text):
        misuse(world)


def test_a_picture_that_cannot_be_written_is_told(world: World, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, and no folder")
    picture = live.raster(world.cells).snapshot()
    with pytest.raises(StorageError, match="x.png' cannot be written"):
        picture.save(tmp_path / "taken" / "x.png")


def test_a_slider_stays_where_it_was_if_it_is_moved_to_no_number(world: World) -> None:
    panel = live.sliders(world.cells)
    with pytest.raises(ArgumentTypeError):
        panel["a"].value = None
    assert (panel["a"].value, world.cells.a.tolist()) == (0.02, [0.02] * 4)


def test_two_panels_of_one_title_are_both_there(world: World) -> None:
    panels = [live.sliders(world.cells, "a"), live.sliders(world.cells, "b")]
    dash = world.net.dashboard(panels=panels)
    assert {title: list(panel) for title, panel in dash.panels.items()} == {
        "cells": ["a"],
        "cells 2": ["b"],
    }


def _functions() -> Iterator[tuple[str, Any, int]]:
    """Yield (name, function, how many first arguments are not the user's) of all public ones."""
    for name in widgets.__all__:
        thing = getattr(widgets, name)
        if not inspect.isclass(thing):
            yield name, thing, 0
            continue
        for member, function in inspect.getmembers_static(thing, inspect.isfunction):
            is_ours = function.__module__.startswith("annlab.")
            if is_ours and (member == "__init__" or not member.startswith("_")):
                yield f"{name}.{member}", function, 1


FUNCTIONS = {name: (function, n) for name, function, n in _functions()}
FREE = {"sliders", "LiveView.__init__", "LiveFigure.__init__"}  # names of parameters, of traits
FREE |= {name for name in FUNCTIONS if name.endswith(".add_traits")}


@pytest.mark.parametrize("name", sorted(FUNCTIONS.keys() - FREE))
def test_an_unknown_keyword_is_named(name: str) -> None:
    function, n_bound = FUNCTIONS[name]
    with pytest.raises(ArgumentTypeError, match=r"\(\) takes no 'wibble'\n  it takes"):
        function(*([object()] * n_bound), wibble=1)


def test_a_misspelt_keyword_of_sliders_is_named(world: World) -> None:
    with pytest.raises(UnknownAttributeError, match="'cells' has no attribute 'titel'"):
        live.sliders(world.cells, titel="Cells")


def test_a_misspelt_keyword_of_a_dashboard_is_told_what_was_meant(world: World) -> None:
    with pytest.raises(ArgumentTypeError, match="takes no 'view'\n.*\n  did you mean 'views'?"):
        world.net.dashboard(view=[])
