"""Drive input populations by hand: a slider for how strongly, a button for a moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from annlab.calls import public
from annlab.errors import ArgumentError, ArgumentTypeError
from annlab.network.checks import read_flag, read_number
from annlab.network.inputs import InputArray, SpikeSourceArray
from annlab.network.network import Network
from annlab.network.population import Population
from annlab.network.projection_base import population_of
from annlab.network.view import PopulationView
from annlab.widgets import naming
from annlab.widgets.given import read_title
from annlab.widgets.held import Held
from annlab.widgets.knobs import Knob
from annlab.widgets.pump import Json
from annlab.widgets.ranges import SliderRange
from annlab.widgets.sliders import Sliders
from annlab.widgets.source import network_of
from annlab.widgets.stimulus import can_stimulate, stimulate

Neurons = Population | PopulationView


@public
def inputs(
    what: Network | Neurons | Sequence[Neurons], *, title: str = "inputs", top: float | None = None
) -> Inputs:
    """Show a slider and a button for each input population.

    The slider moves `rates` (or the `r` of an `InputArray`), as one number or as a factor where
    each neuron has its own. While the button is held down the input is driven at the slider's
    upper limit. Populations without rates get a button that makes all their neurons spike once.

    Parameters
    ----------
    what
        A network (its populations with rates, and its arrays of spike times), a population, a
        view, or a list of them.
    title
        Shown above.
    top
        The upper limit of the sliders.

    Raises
    ------
    ArgumentError
        If the network has no input, or a population cannot be driven.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(backend="reference")
    >>> noise = net.create(annlab.PoissonPopulation(3, "noise", rates=10.0))
    >>> net.compile()
    >>> panel = inputs(net, top=100.0)
    >>> panel["noise"].value = 50.0
    >>> noise.rates
    array([50., 50., 50.])
    >>> panel.close()
    """
    network = network_of(what[0] if isinstance(what, (list, tuple)) and what else what)
    if isinstance(what, Network):
        items: list[Neurons] = [p for p in network.get_populations() if is_input(p)]
    else:
        items = list(what) if isinstance(what, (list, tuple)) else [what]  # type: ignore[list-item]
    if not items:
        raise ArgumentError(
            "the network has no input population",
            hint="pass populations: inputs(pop) makes their neurons spike",
        )
    for item in items:
        if not isinstance(item, Neurons):
            raise ArgumentTypeError(
                f"inputs() cannot drive {item!r}",
                hint="give a network, a population, a view, or a list of them",
            )
        if item.network is not network:
            raise ArgumentError("the populations of one panel must belong to one network")
    title = read_title(title, "inputs()")
    if top is not None and not read_number(top, "top of inputs()") > 0.0:
        raise ArgumentError(f"top of inputs() is {top!r}", hint="give a number above 0")
    given = None if title == "inputs" else title
    return Inputs(
        items, title=title, top=top, code=naming.call("inputs", what, title=given, top=top)
    )


@public
class Inputs(Sliders):
    """What `inputs` returns. ``panel["noise"]`` is the knob of the population `noise`.

    Examples
    --------
    >>> import annlab
    >>> from annlab.widgets import inputs
    >>> net = annlab.Network(backend="reference")
    >>> noise = net.create(annlab.PoissonPopulation(2, rates=10.0, name="noise"))
    >>> net.compile()
    >>> panel = inputs(net, top=100.0)
    >>> panel["noise"].value
    10.0
    >>> panel.close()
    """

    def __init__(
        self, items: Sequence[Neurons], *, title: str, top: float | None, code: str
    ) -> None:
        driven = [item for item in items if _drive(item) is not None]
        self._driven_names = [item.name for item in driven]
        pulsed = {item.name: item for item in items if _drive(item) is None}
        for name, item in pulsed.items():
            if not can_stimulate(population_of(item)):
                raise ArgumentError(
                    f"population '{name}' cannot be driven: it has no rates, and its spikes come "
                    "from no variable that grows over a threshold",
                    hint="use sliders(population)",
                )
        self._pulsed = {name: Held(item) for name, item in pulsed.items()}
        moved = [(item, str(_drive(item)), None) for item in driven]
        super().__init__(moved, title=title, code=code)
        for knob, item in zip(self._knobs.values(), driven):
            low, high = knob.range.low, top or _top(knob, item)
            low = min(low, 0.0) if high <= low else low  # of a top below all that there was
            is_logarithmic = knob.range.is_logarithmic and low > 0
            knob.range = SliderRange(low=low, high=high, is_logarithmic=is_logarithmic)
        self._show()

    def hold(self, name: str, on: bool) -> None:
        """Drive a population at its upper limit while `on`, then as its slider says.

        Examples
        --------
        >>> import annlab
        >>> from annlab.widgets import inputs
        >>> net = annlab.Network(backend="reference")
        >>> noise = net.create(annlab.PoissonPopulation(2, rates=10.0, name="noise"))
        >>> net.compile()
        >>> panel = inputs(net, top=100.0)
        >>> panel.hold("noise", True)
        >>> noise.rates
        array([100., 100.])
        >>> panel.hold("noise", False)
        >>> noise.rates
        array([10., 10.])
        >>> panel.close()
        """
        knob = self._of(name, self._knobs, "input with a slider")
        value = knob.value
        knob.move(knob.range.high if read_flag(on, "on of hold()") else value)
        knob._value = value

    def fire(self, name: str) -> None:
        """Let all neurons of a population spike once.

        Examples
        --------
        >>> import annlab
        >>> from annlab.widgets import inputs
        >>> net = annlab.Network(backend="reference")
        >>> pulse = net.create(annlab.SpikeSourceArray([[50.0], [60.0]], name="pulse"))
        >>> spikes = net.monitor(pulse, "spike")
        >>> net.compile()
        >>> panel = inputs(net)
        >>> panel.fire("pulse")
        >>> net.simulate(3.0)
        3
        >>> spikes.get("spike")
        {0: [0], 1: [0]}
        >>> panel.close()
        """
        item = self._of(name, self._pulsed, "input with a button").part
        stimulate(population_of(item), item.ranks)

    def _key(self, name: str) -> str:
        return super()._key(self._driven_names[len(self._knobs)])

    def _all_rows(self) -> list[dict[str, Json]]:
        rows: list[dict[str, Json]] = []
        for key, knob in self._knobs.items():
            first, *others = knob.rows(key)
            label = str(first["label"]).replace(knob.name, key, 1)
            rows += [{**first, "label": label, "button": "Hold"}, *others]
        for name in self._pulsed:
            blank = {"value": 0.0, "default": 0.0, "low": 0.0, "high": 1.0, "is_log": False}
            rows.append({
                **blank, "key": name, "label": name, "unit": "", "mode": "", "modes": [],
                "button": "Spike", "is_pulse": True,
            })  # fmt: skip
        return rows

    def _obey(self, content: Mapping[str, Any]) -> None:
        match content:
            case {"hold": key, "on": on}:
                self.hold(key, bool(on))
            case {"fire": key}:
                self.fire(key)
            case _:
                super()._obey(content)


def _drive(item: Neurons) -> str | None:
    """Return the attribute that says how active an input is."""
    if "rates" in item.parameters:
        return "rates"
    return "r" if isinstance(population_of(item), InputArray) else None


def is_input(population: Population) -> bool:
    return _drive(population) is not None or isinstance(population, SpikeSourceArray)


def _top(knob: Knob, item: Neurons) -> float:
    """Return an upper limit with room for a strong input."""
    if knob.mode != "value":
        return 5.0
    return max(knob.range.high, 100.0 if _drive(item) == "rates" else 1.0)
