"""The BOLD signal of populations, computed while the network runs.

A `BoldMonitor` is an ordinary rate-coded neuron and ordinary projections onto it, so it runs on
every back end. Each population contributes its mean activity, relative to its baseline if wanted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from annlab.calls import public
from annlab.errors import AnnlabError, ArgumentError, ArgumentTypeError, UnknownObjectError, nearest
from annlab.extensions.bold_models import (
    BoldModel,
    balloon_CL,
    balloon_CN,
    balloon_maith2021,
    balloon_RL,
    balloon_RN,
    balloon_two_inputs,
)
from annlab.ir.definition import Neuron, Synapse
from annlab.network.checks import read_flag, read_numbers
from annlab.network.monitor import Monitor
from annlab.network.population import Population
from annlab.network.projection import Projection
from annlab.network.timing import n_steps

if TYPE_CHECKING:
    from annlab.network.network import Network

# Kept apart from the names of any model.
_AGE = "bold_age"
_DEFINES_R = re.compile(r"(?m)\bdr\s*/\s*dt\b|^\s*r\s*=")


@public
class BoldMonitor:
    """Record the BOLD signal of populations. It does nothing until `start`.

    Attributes of the model are attributes of the monitor.

    Parameters
    ----------
    populations
        One or several.
    bold_model
        A `BoldModel` or its class; `balloon_RN` by default.
    mapping
        Input of the model -> variable of the populations.
    scale_factor
        Weight of each population; by default its share of all neurons.
    normalize_input
        Time [ms] after `start`, for each population, over which a baseline is taken. Until then
        its input is 0; afterwards it is the relative deviation from the baseline. 0: as it is.
    recorded_variables
        Of the model; by default its output.
    start
        Begin with the network.

    Examples
    --------
    >>> import annlab
    >>> from annlab.extensions.bold import BoldMonitor
    >>> net = annlab.Network()
    >>> cells = net.create(10, annlab.LeakyIntegrator(B=0.1))
    >>> bold = BoldMonitor(cells, mapping={"I_CBF": "r"})
    >>> net.compile()
    >>> bold.start()
    >>> net.simulate(100.0)
    100
    >>> bold.get("BOLD").shape
    (100, 1)
    >>> round(bold.tau, 3)  # a parameter of the model
    0.98
    """

    _is_built = False

    def __init__(
        self,
        populations: Population | Sequence[Population],
        bold_model: BoldModel | type[BoldModel] = balloon_RN,
        mapping: Mapping[str, str] | None = None,
        scale_factor: float | Sequence[float] | None = None,
        normalize_input: float | Sequence[float] | None = None,
        recorded_variables: str | Sequence[str] | None = None,
        start: bool = False,
        *,
        network: Network | None = None,
        name: str | None = None,
    ) -> None:
        is_list = isinstance(populations, Sequence) and not isinstance(populations, str)
        given: list[Any] = list(populations) if is_list else [populations]  # type: ignore[arg-type]
        if not given or not all(isinstance(p, Population) for p in given):
            raise ArgumentTypeError(
                f"a BOLD monitor records populations, not {populations!r}",
                hint="give one population or a list of them",
            )
        self.populations = given
        self.model = _model(bold_model)
        self.mapping = _read_mapping({"I_CBF": "r"} if mapping is None else mapping)
        _check_mapping(self.mapping, self.model, given)
        self._network = network if network is not None else given[0].network
        self.scale_factor = _one_each(scale_factor, _shares(given), "scale_factor")
        self.normalize_input = _one_each(normalize_input, [0.0] * len(given), "normalize_input")
        if not min(self.normalize_input) >= 0.0:
            raise ArgumentError(
                f"normalize_input is {normalize_input!r} ms", hint="give a time, or 0 for none"
            )
        is_started = read_flag(start, "start of a BOLD monitor")
        self.name = name or f"bold{len(self._network._extensions)}"
        self._population = Population(1, self._neuron(), self.name, network=self._network)
        names = self.model.output if recorded_variables is None else recorded_variables
        before = list(self._network._projections)
        try:
            self._projections = self._connect()
            self._monitor = Monitor(self._population, names, start=False, network=self._network)
        except AnnlabError:  # nothing of it stays in the network
            self._network._projections[:] = before
            self._network._withdraw(self._population)
            raise
        self._network._extensions.append(self)
        self._population.disable()
        self._is_built = True
        if is_started:
            self.start()

    def __repr__(self) -> str:
        names = ", ".join(p.name for p in self.populations)
        return f"<BoldMonitor {self.name!r} of {names}: {self.model.name}>"

    # -- control and reading ------------------------------------------------------

    def start(self) -> None:
        """Begin to compute and to record; baselines are taken anew.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(10, annlab.LeakyIntegrator(B=0.1))
        >>> bold = net.boldmonitor(cells)
        >>> net.compile()
        >>> net.simulate(100.0)  # nothing is recorded yet
        100
        >>> bold.start()
        >>> net.simulate(10.0)
        10
        >>> len(bold.get("BOLD"))
        10
        """
        with self._network._at_once():
            for name in self._baselines():
                setattr(self._population, name, 0.0)
            self._population.enable()
            self._monitor.start()

    def stop(self) -> None:
        """End computing and recording; what was recorded stays.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(10, annlab.LeakyIntegrator(B=0.1))
        >>> bold = net.boldmonitor(cells, start=True)
        >>> net.compile()
        >>> net.simulate(10.0)
        10
        >>> bold.stop()
        >>> net.simulate(100.0)
        100
        >>> len(bold.get("BOLD"))
        10
        """
        self._population.disable()
        self._monitor.pause()

    def get(self, variable: str | None = None) -> Any:
        """Return what was recorded, (time, 1), and forget it; a dictionary without a name.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(10, annlab.LeakyIntegrator(B=0.1))
        >>> bold = net.boldmonitor(cells, recorded_variables=["I_CBF", "BOLD"], start=True)
        >>> net.compile()
        >>> net.simulate(10.0)
        10
        >>> sorted(bold.get())
        ['BOLD', 'I_CBF']
        """
        return self._monitor.get(variable)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not self._is_built:
            raise AttributeError(name)
        value = getattr(self._population, name)
        return value[0] if isinstance(value, np.ndarray) else value

    def __setattr__(self, name: str, value: Any) -> None:
        if self._is_built and name in self._population.attributes:
            setattr(self._population, name, value)
        else:
            object.__setattr__(self, name, value)

    def _baselines(self) -> list[str]:
        """Return the names of what a new baseline begins with."""
        used = [k for k, period in enumerate(self.normalize_input) if period > 0]
        return [*([_AGE] if used else []), *(f"{i}_base{k}" for i in self.mapping for k in used)]

    # -- building -----------------------------------------------------------------

    def _neuron(self) -> Neuron:
        """Return the model with ``sum(<input>)`` replaced by what the populations contribute."""
        parameters, before, after = [str(self.model.parameters or "")], [], []
        equations = str(self.model.equations)
        for key in self.mapping:
            parts = []
            for k, (scale, period) in enumerate(zip(self.scale_factor, self.normalize_input)):
                source = f"sum({_target(key, k)})"
                parameters.append(f"{key}_scale{k} = {float(scale)!r}")
                if period > 0:
                    steps = float(n_steps(period, self._network.dt))
                    parameters.append(f"{key}_steps{k} = {steps!r}")
                    before += _relative(key, k, source)
                    source = f"{key}_relative{k}"
                parts.append(f"{key}_scale{k}*{source}")
            equations = re.sub(rf"sum\(\s*{key}\s*\)", f"({' + '.join(parts)})", equations)
        if any(period > 0 for period in self.normalize_input):
            after.append(f"{_AGE} += 1.0")
        if not _DEFINES_R.search(equations):
            after.append(f"r = {self.model.output[0]}")
        return Neuron(
            parameters="\n".join(parameters),
            equations="\n".join([*before, equations, *after]),
            name=self.model.name,
            description=self.model.short_description,
        )

    def _connect(self) -> list[Projection]:
        made = []
        for key, variable in self.mapping.items():
            for k, population in enumerate(self.populations):
                proj = self._network.connect(
                    population,
                    self._population,
                    _target(key, k),
                    Synapse(psp=f"w * pre.{variable}"),
                    f"{self.name}_{key}_{population.name}",
                )
                made.append(proj.all_to_all(1.0 / population.size))
        return made

    def _copy_into(self, network: Network) -> BoldMonitor:
        """Return the same monitor of the copies of its populations, which `network` has."""
        parts = [self._population, *self._projections, self._monitor]
        network.add([part for part in parts if not network._has_copy(part)])
        twin = object.__new__(type(self))
        for name in ("model", "mapping", "scale_factor", "normalize_input", "name"):
            setattr(twin, name, getattr(self, name))
        twin._network = network
        twin.populations = network.get(self.populations)
        twin._population = network.get(self._population)
        twin._projections = network.get(self._projections)
        twin._monitor = network.get(self._monitor)
        network._extensions.append(twin)
        if not self._population.enabled:
            twin._population.disable()
        twin._is_built = True
        return twin


def _target(key: str, k: int) -> str:
    return f"{key}_of{k}"


def _relative(key: str, k: int, source: str) -> list[str]:
    """Return equations for the deviation from a baseline; 0 while that is taken."""
    mean, base, steps = f"{key}_mean{k}", f"{key}_base{k}", f"{key}_steps{k}"
    deviation = f"({mean} - {base})/(abs({base}) + 1e-7)"
    return [
        f"{mean} = {source}",
        f"{base} = if {_AGE} < {steps}: {base} + {mean}/{steps} else: {base}",
        f"{key}_relative{k} = if {_AGE} < {steps}: 0.0 else: {deviation}",
    ]


def _model(given: object) -> BoldModel:
    model = given() if isinstance(given, type) else given
    if not isinstance(model, BoldModel):
        raise ArgumentTypeError(
            f"bold_model is {given!r}", hint="give a BoldModel, such as balloon_RN()"
        )
    return model


def _read_mapping(mapping: object) -> dict[str, str]:
    if not isinstance(mapping, Mapping):
        raise ArgumentTypeError(
            f"the mapping of a BOLD monitor is {mapping!r}",
            hint='give a dictionary from inputs to variables: {"I_CBF": "r"}',
        )
    return dict(mapping)


def _check_mapping(
    mapping: Mapping[str, str], model: BoldModel, populations: Sequence[Population]
) -> None:
    unknown = [key for key in mapping if key not in model.inputs]
    missing = [key for key in model.inputs if key not in mapping]
    if unknown or missing:
        what = f"has no input {unknown[0]!r}" if unknown else f"needs its input {missing[0]!r}"
        raise ArgumentError(
            f"BOLD model {model.name!r} {what}",
            why=f"its inputs: {', '.join(model.inputs)}",
            hint='map each of them onto a variable: mapping={"I_CBF": "r"}',
        )
    for variable in mapping.values():
        for population in populations:
            if population.model.attribute(variable) is None:
                near = nearest(variable, population.attributes)
                raise UnknownObjectError(
                    f"population {population.name!r} has no variable {variable!r}",
                    why=f"known here: {', '.join(population.attributes)}",
                    hint=f"did you mean {near!r}?" if near else None,
                )


def _shares(populations: Sequence[Population]) -> list[float]:
    n = sum(p.size for p in populations)
    return [p.size / n for p in populations]


def _one_each(given: Any, default: list[float], what: str) -> list[float]:
    if given is None:
        return default
    values = [float(v) for v in np.atleast_1d(read_numbers(given, f"{what} of a BOLD monitor"))]
    if len(values) != len(default):
        raise ArgumentError(
            f"{what} has {len(values)} values for {len(default)} populations",
            hint="give one value for each population",
        )
    return values


__all__ = [
    "BoldModel",
    "BoldMonitor",
    "balloon_CL",
    "balloon_CN",
    "balloon_RL",
    "balloon_RN",
    "balloon_maith2021",
    "balloon_two_inputs",
]
