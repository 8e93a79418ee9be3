"""The bar of a long run: on terminals and in notebooks, and nowhere else."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from IPython import display as ipython_display

import annlab
from annlab.network.progress import ProgressLine

# What the live views and JupyterLab's sidebar say of numbers, too.
NUMBERS = json.loads((Path(__file__).parents[1] / "numbers.json").read_text())


class Terminal(io.StringIO):
    def __init__(self, is_watched: bool = True) -> None:
        super().__init__()
        self._is_watched = is_watched

    def isatty(self) -> bool:
        return self._is_watched

    def screens(self) -> list[str]:
        """Return what the line has shown, one text after the other."""
        return [text.rstrip() for text in self.getvalue().split("\r") if text.strip()]


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def run(
    line: ProgressLine, clock: Clock, *, seconds: float, total: int, until: float = 1.0
) -> None:
    """Call the line a hundred times while `seconds` pass."""
    with line:
        for k in range(1, round(100 * until) + 1):
            clock.now = seconds * k / 100
            line(total * k // 100)


def line_on(stream: Terminal, **options: object) -> tuple[ProgressLine, Clock]:
    clock = Clock()
    return ProgressLine(10_000, stream=stream, clock=clock, step_ms=1.0, **options), clock


def test_a_run_of_less_than_a_second_shows_nothing() -> None:
    terminal = Terminal()
    line, clock = line_on(terminal)
    run(line, clock, seconds=0.99, total=10_000)
    assert terminal.getvalue() == ""


def test_a_long_run_shows_how_far_it_is_how_fast_and_how_long_it_takes() -> None:
    terminal = Terminal()
    line, clock = line_on(terminal)
    run(line, clock, seconds=20.0, total=10_000, until=0.5)
    screens = terminal.screens()
    assert screens[0] == (
        "[##                            ]   5 %  0.5 of 10 s, 0.5 x real time, 19 s left"
    )
    assert screens[-1].endswith("50 %  5.0 of 10 s, 0.5 x real time, 10 s left")
    assert terminal.getvalue().endswith(" " * 40 + "\r")  # wiped


def test_it_changes_at_most_five_times_a_second() -> None:
    terminal = Terminal()
    line, clock = line_on(terminal)
    run(line, clock, seconds=3.0, total=10_000)
    assert len(terminal.screens()) <= 5 * 2 + 1


@pytest.mark.parametrize(("is_wanted", "is_shown"), [(None, False), (False, False), (True, True)])
def test_where_nobody_looks_it_has_to_be_asked_for(is_wanted: bool | None, is_shown: bool) -> None:
    pipe = Terminal(is_watched=False)
    line, clock = line_on(pipe, is_wanted=is_wanted)
    run(line, clock, seconds=5.0, total=10_000)
    assert bool(pipe.getvalue()) is is_shown


def test_it_can_be_switched_off_on_a_terminal() -> None:
    terminal = Terminal()
    line, clock = line_on(terminal, is_wanted=False)
    run(line, clock, seconds=5.0, total=10_000)
    assert terminal.getvalue() == ""


@pytest.mark.parametrize(
    ("seconds", "text"), [(4.0, "3.8 s"), (100.0, "1 min 35 s"), (9000.0, "2 h 22 min")]
)
def test_the_time_that_is_left_is_told_in_words(seconds: float, text: str) -> None:
    terminal = Terminal()
    line, clock = line_on(terminal, is_wanted=True)
    with line:
        clock.now = seconds / 20
        line(500)
    assert terminal.screens()[-1].endswith(f", {text} left")


def test_what_has_no_steps_has_no_rate() -> None:
    terminal, clock = Terminal(), Clock()
    line = ProgressLine(8, stream=terminal, clock=clock, is_wanted=True)
    clock.now = 2.0
    line(2)
    assert terminal.screens()[-1].endswith("25 %  2 of 8, 6.0 s left")


# -- notebooks ----------------------------------------------------------------------------


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict, dict]]:
    """What a notebook was asked to display: (bundle, options)."""
    found: list[tuple[dict, dict]] = []
    shell = SimpleNamespace(kernel=object())
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    monkeypatch.setattr(ipython_display, "display", lambda b, **o: found.append((b, o)))
    return found


def test_a_notebook_gets_one_output_that_is_replaced(shown: list[tuple[dict, dict]]) -> None:
    clock = Clock()
    run(ProgressLine(10_000, clock=clock, step_ms=1.0), clock, seconds=4.0, total=10_000)
    assert [options["update"] for _, options in shown] == [False] + [True] * (len(shown) - 1)
    assert len({options["display_id"] for _, options in shown}) == 1
    assert len(shown) <= 5 * 3 + 2
    bundle, _ = shown[3]
    assert re.search(
        r'<progress value="0\.\d+" max="1" aria-label="simulated"', bundle["text/html"]
    )
    assert re.fullmatch(
        r"\d+ % · \d\.\d of 10 s, 2\.5 x real time, \d\.\d s left", bundle["text/plain"]
    )


def test_at_the_end_a_line_says_what_was_done(shown: list[tuple[dict, dict]]) -> None:
    clock = Clock()
    run(ProgressLine(10_000, clock=clock, step_ms=1.0), clock, seconds=4.0, total=10_000)
    assert shown[-1][0]["text/plain"] == "10 s in 4.0 s, 2.5 x real time"
    assert "progress" not in shown[-1][0]["text/html"]
    assert "10 s in 4.0 s · 2.5× real time" in shown[-1][0]["text/html"]


def test_a_run_that_was_interrupted_says_how_far_it_came(shown: list[tuple[dict, dict]]) -> None:
    clock = Clock()
    run(ProgressLine(10_000, clock=clock, step_ms=1.0), clock, seconds=4.0, total=10_000, until=0.5)
    assert shown[-1][0]["text/plain"] == "5.0 of 10 s in 2.0 s, 2.5 x real time"


def test_ipython_on_a_terminal_is_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("IPython.get_ipython", lambda: SimpleNamespace())
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    clock = Clock()
    run(ProgressLine(10, clock=clock), clock, seconds=4.0, total=10)
    assert terminal.screens()


# -- the calls of users -------------------------------------------------------------------


@pytest.fixture
def net() -> annlab.Network:
    net = annlab.Network(dt=1.0, backend="reference")
    net.create(1, annlab.Neuron(equations="r = t"), stop_condition="r > 5.0")
    net.compile()
    return net


@pytest.mark.parametrize(
    ("config", "options", "is_shown"),
    [
        (None, {}, False),
        (None, {"progress": True}, True),
        (None, {"progress_bar": True}, True),
        (True, {}, True),
        (True, {"progress": False}, False),
        (False, {"progress": True}, True),
    ],
)
def test_a_call_and_an_option_say_whether_there_is_a_bar(
    net: annlab.Network, capsys, config: bool | None, options: dict, is_shown: bool
) -> None:
    net.config(progress=config)
    net.simulate(20.0, **options)
    assert ("of 20 ms" in capsys.readouterr().err) is is_shown


def test_a_run_until_a_condition_has_a_bar_too(net: annlab.Network, capsys) -> None:
    net.simulate_until(1000.0, net.get_populations(), progress=True)
    assert "of 1 s" in capsys.readouterr().err


def test_the_default_of_all_networks_is_set_by_setup(capsys) -> None:
    annlab.setup(progress=True)
    try:
        net = annlab.Network(backend="reference")
        net.create(1, annlab.Neuron(equations="r = t"))
        net.compile()
        net.simulate(10.0)
        assert "of 10 ms" in capsys.readouterr().err
    finally:
        annlab.clear()


@pytest.mark.parametrize(("factor", "text"), [(f, t) for f, t in NUMBERS["factor"] if f > 0])
def test_a_speed_reads_as_it_does_in_a_live_view(factor: float, text: str) -> None:
    clock, terminal = Clock(), Terminal()
    line = ProgressLine(100, step_ms=10.0, stream=terminal, is_wanted=True, clock=clock)
    clock.now = 1.0 / factor
    line(100)
    assert f", {text.rstrip('×')} x real time" in terminal.screens()[-1]
