"""The palette: what annlab brings, with its equations and a cell that uses it.

Neurons and synapses are the standard models themselves: their text, their signatures and their
sources. Connectors and inputs are rows of a table, because their meaning is not an equation of a
model. A cell uses the names that the user's notebook has, as far as it has them: those of one
network, the one that the last cell spoke of, else the newest.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType

import annlab.models as models
from annlab.ir.alone import analyse_alone
from annlab.ir.definition import Neuron, Synapse
from annlab.ir.typeset import latex_model
from annlab.lab.messages import Palette, PaletteEntry, PaletteKind
from annlab.network.connectors import Connectors
from annlab.network.inputs import (
    CurrentInjection,
    HomogeneousCorrelatedSpikeTrains,
    InputArray,
    PoissonPopulation,
    SpikeSourceArray,
    TimedArray,
    TimedPoissonPopulation,
)
from annlab.network.network import Network
from annlab.network.population import Population


def palette(variables: Mapping[str, object]) -> Palette:
    """Return all entries, their cells written with the user's own names."""
    names = _Names.of(variables)
    entries = [
        *(_model(kind, "neuron", names) for kind in models.list_standard_neurons()),
        *(_model(kind, "synapse", names) for kind in models.list_standard_synapses()),
        *(_connector(row, names) for row in _CONNECTORS),
        *(_input(row, names) for row in _INPUTS),
    ]
    return Palette(entries=tuple(entries))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names:
    """How the notebook calls things."""

    prefix: str  # "ann." or nothing
    opening: str  # the import, where it is missing
    network: str
    pre: str
    post: str

    @classmethod
    def of(cls, variables: Mapping[str, object]) -> _Names:
        shown = {k: v for k, v in list(variables.items()) if not k.startswith("_")}
        modules = [k for k, v in shown.items() if isinstance(v, ModuleType)]
        own = next((k for k in modules if getattr(shown[k], "__name__", "") == "annlab"), None)
        has_stars = own is None and "Izhikevich" in shown
        parts = {k: v for k, v in shown.items() if isinstance(v, Network | Population)}
        network = _meant(parts, variables.get("In"))
        populations = [k for k, v in parts.items() if isinstance(v, Population)]
        populations = [k for k in populations if _network_of(parts[k]) is network]
        called = next((k for k, v in parts.items() if v is network), None)
        called = called or (f"{populations[0]}.network" if populations else "net")
        if network is not None and not populations:
            populations = [f"{called}.get_population({p.name!r})" for p in network._populations]
        return cls(
            prefix="" if has_stars else f"{own or 'ann'}.",
            opening="" if own or has_stars else "import annlab as ann\n\n",
            network=called,
            pre=populations[0] if populations else "pre",
            post=populations[-1] if populations else "post",
        )

    def fill(self, code: str) -> str:
        """Put the names into a template: ``@`` stands for annlab's prefix."""
        code = code.replace("@", self.prefix)
        for placeholder in ("network", "pre", "post"):
            code = code.replace(f"<{placeholder}>", getattr(self, placeholder))
        return self.opening + code


def _meant(parts: Mapping[str, Network | Population], cells: object) -> Network | None:
    """Return the network that the last of IPython's `cells` names last; else the newest."""
    last = cells[-1] if isinstance(cells, list) and cells else ""
    words = re.findall(r"\w+", last) if isinstance(last, str) else []
    named = next((parts[word] for word in reversed(words) if word in parts), None)
    if named is not None:
        return _network_of(named)
    networks = [_network_of(part) for part in parts.values()]
    return max(networks, key=lambda network: network.id, default=None)


def _network_of(part: Network | Population) -> Network:
    return part if isinstance(part, Network) else part.network


# -- models -----------------------------------------------------------------------------


def _model(kind: type[Neuron] | type[Synapse], what: PaletteKind, names: _Names) -> PaletteEntry:
    model = analyse_alone(kind())  # type: ignore[call-arg]  # standard models need no arguments
    given = inspect.signature(kind).parameters.values()
    arguments = [f"    {p.name}={p.default!r},\n" for p in given if p.default is not None]
    variable = re.sub(r"\W+", "_", kind.__name__).lower()
    return PaletteEntry(
        name=kind.__name__,
        kind=what,
        summary=_first_line(kind),
        latex=latex_model(model),
        source=_source(kind),
        code=names.fill(f"{variable} = @{kind.__name__}(\n{''.join(arguments)})"),
    )


def _first_line(thing: object) -> str:
    text = inspect.getdoc(thing) or ""
    return text.partition("\n")[0].replace("`", "").replace("**", "^")


def _source(thing: object) -> str:
    """Return the published source that a docstring names."""
    _, found, rest = (inspect.getdoc(thing) or "").partition("Source\n------\n")
    paragraph, _, _ = rest.partition("\n\n")
    return " ".join(paragraph.split()) if found else ""


# -- connectors and inputs --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Row:
    """What connects or drives: its call with placeholders, and its formula."""

    thing: object
    code: str
    latex: str


_CONNECTORS = (
    _Row(
        Connectors.all_to_all,
        "all_to_all(weights=@Uniform(0.0, 1.0))",
        r"j \to i \quad \forall\, i \ne j",
    ),
    _Row(Connectors.one_to_one, "one_to_one(weights=1.0)", r"i \to i"),
    _Row(
        Connectors.fixed_probability,
        "fixed_probability(0.1, weights=@Uniform(0.0, 1.0), delays=1.0)",
        r"P(j \to i) = p",
    ),
    _Row(
        Connectors.fixed_number_pre,
        "fixed_number_pre(10, weights=@Uniform(0.0, 1.0))",
        r"\left|\{j : j \to i\}\right| = n \quad \forall\, i",
    ),
    _Row(
        Connectors.fixed_number_post,
        "fixed_number_post(10, weights=@Uniform(0.0, 1.0))",
        r"\left|\{i : j \to i\}\right| = n \quad \forall\, j",
    ),
    _Row(
        Connectors.gaussian,
        "gaussian(amp=1.0, sigma=0.1)",
        r"w_{ij} = A \, e^{-d_{ij}^2 / 2 \sigma^2}",
    ),
    _Row(
        Connectors.dog,
        "dog(amp_pos=1.0, sigma_pos=0.1, amp_neg=0.5, sigma_neg=0.3)",
        r"w_{ij} = A^{+} e^{-d_{ij}^2 / 2 \sigma_{+}^2} - A^{-} e^{-d_{ij}^2 / 2 \sigma_{-}^2}",
    ),
    _Row(
        Connectors.from_matrix,
        "from_matrix([[0.5] * <pre>.size] * <post>.size)",
        r"w_{ij} = W_{ij}",
    ),
)
_INPUTS = (
    _Row(
        InputArray,
        "inputs = <network>.create(@InputArray(100))",
        r"r_i \leftarrow \text{set by hand}",
    ),
    _Row(
        TimedArray,
        "rates = [[0.0] * 10, [1.0] * 10]  # (n_times, n_neurons)\n"
        "inputs = <network>.create(@TimedArray(rates=rates, schedule=100.0, period=200.0))",
        r"r_i(t) = R_{k i}, \quad t_k \le t < t_{k+1}",
    ),
    _Row(
        PoissonPopulation,
        "noise = <network>.create(@PoissonPopulation(100, rates=20.0))",
        r"P\left(\text{spike in } \Delta t\right) = \mathrm{rate} \cdot \Delta t",
    ),
    _Row(
        TimedPoissonPopulation,
        "noise = <network>.create(\n"
        "    @TimedPoissonPopulation(100, [10.0, 50.0], schedule=[0.0, 100.0], period=200.0)\n)",
        r"P\left(\text{spike in } \Delta t\right) = \mathrm{rate}(t) \cdot \Delta t",
    ),
    _Row(
        SpikeSourceArray,
        "source = <network>.create(@SpikeSourceArray([[10.0, 20.0], [15.0]]))",
        r"S_i(t) = \sum_k \delta(t - t_{ik})",
    ),
    _Row(
        HomogeneousCorrelatedSpikeTrains,
        "trains = <network>.create(\n"
        "    @HomogeneousCorrelatedSpikeTrains(100, rates=10.0, corr=0.3, tau=10.0)\n)",
        r"\frac{\mathrm{d}x}{\mathrm{d}t} = \frac{\mu - x}{\tau}"
        r" + \sigma \sqrt{\frac{2}{\tau}} \, \xi, \quad \mathrm{rate} = x^{+}",
    ),
    _Row(
        CurrentInjection,
        "current = <network>.create(@InputArray(<post>.size))\n"
        "flow = @CurrentInjection(current, <post>, \"exc\", network=<network>).connect_current()",
        r"g_{\mathrm{target}, i} \leftarrow g_{\mathrm{target}, i} + r_i",
    ),
)  # fmt: skip


def _connector(row: _Row, names: _Names) -> PaletteEntry:
    call = f'projection = <network>.connect(<pre>, <post>, "exc").{row.code}'
    return _entry(row, "connector", names.fill(call))


def _input(row: _Row, names: _Names) -> PaletteEntry:
    return _entry(row, "input", names.fill(row.code))


def _entry(row: _Row, kind: PaletteKind, code: str) -> PaletteEntry:
    return PaletteEntry(
        name=row.thing.__name__,  # type: ignore[attr-defined]  # a class or a function
        kind=kind,
        summary=_first_line(row.thing),
        latex=row.latex,
        source=_source(row.thing),
        code=code,
    )


__all__ = ["palette"]
