"""What the JupyterLab extension and the kernel say to each other, and nothing else.

Each class is one JSON object. `labextension/src/protocol.ts` has the same names and
fields, and a test compares the two. Whoever changes a message in a way that an older partner
would misread raises `VERSION`.

The page sends ``{"version", "id", "do", "arguments"}``, `do` a key of `REQUESTS`; the kernel
answers with a `Reply` of the same id, and sends a `Status` whenever something moves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Literal, TypeVar

from annlab.errors import ArgumentError

TARGET = "annlab:panel"
VERSION = 1
# A comm of this id is there as soon as annlab is imported, so that a page can see it.
BEACON = "annlab-panel"

State = Literal["not compiled", "stopped", "running", "paused", "failed"]
Action = Literal["run", "pause", "step", "stop", "reset"]
ViewKind = Literal["raster", "rate", "activity", "trace", "weights", "histogram"]
PaletteKind = Literal["neuron", "synapse", "connector", "input"]

T = TypeVar("T")


# -- what the kernel says ---------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkStatus:
    """What moves in a network. A new `revision` means that its outline has changed."""

    id: int
    revision: int
    label: str
    state: State
    time_ms: float
    factor: float  # simulated over wall time
    spikes_per_s: float | None  # of the wall clock; None without spiking neurons
    memory_bytes: int
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """All networks of a kernel, now."""

    version: int
    networks: tuple[NetworkStatus, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PopulationOutline:
    name: str
    size: int
    geometry: tuple[int, ...]
    model: str
    is_spiking: bool
    memory_bytes: int
    views: tuple[ViewKind, ...]  # the live views that can be opened of it


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectionOutline:
    name: str
    pre: str
    post: str
    target: str
    model: str
    connector: str
    n_synapses: int | None  # None before compile
    memory_bytes: int
    views: tuple[ViewKind, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkOutline:
    """What a network is made of."""

    id: int
    revision: int
    label: str
    dt_ms: float
    backend: str
    is_compiled: bool
    populations: tuple[PopulationOutline, ...]
    projections: tuple[ProjectionOutline, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeRow:
    name: str
    kind: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """One population or projection: its equations as LaTeX, its values."""

    name: str
    description: str
    latex: str
    attributes: tuple[AttributeRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """A mistake in a cell, between two of its characters (code points, from 0)."""

    start: int
    end: int
    kind: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostics:
    found: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The words of the language of models."""

    functions: tuple[str, ...]
    distributions: tuple[str, ...]
    flags: tuple[str, ...]
    keys: tuple[str, ...]  # flags that take a value: init=0.0
    words: tuple[str, ...]
    names: tuple[str, ...]
    synapse_names: tuple[str, ...]
    constants: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaletteEntry:
    """Something that annlab brings, and a cell that uses it."""

    name: str
    kind: PaletteKind
    summary: str
    latex: str
    source: str  # where it was published; "" where nowhere
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    entries: tuple[PaletteEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedView:
    """A live view that was made for a tab: a widget of that model id."""

    view: int
    model_id: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What became of a model at one stage on its way to the machine."""

    stage: str
    title: str
    text: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    title: str
    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The answer to request `id`: a value, or an error in one line with all of it below."""

    version: int
    id: int
    value: object
    error: str | None
    details: str | None


# -- what the page asks -----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Send a `Status` when something moves, from now on, or no more. Repeated as a sign of life."""

    is_shown: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AskOutline:
    network: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AskDetails:
    network: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    network: int
    action: Action


@dataclass(frozen=True, slots=True, kw_only=True)
class StopAll:
    """Stop every run of the kernel. The answer is the number of networks that ran."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskCheck:
    """Is the text of this cell right, as far as it defines models?"""

    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskVocabulary:
    """Which words does the language have?"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPalette:
    """What does annlab bring?"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenView:
    """Make a live view of a population or projection, for a tab of the page."""

    network: int
    name: str
    kind: ViewKind


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseView:
    """The tab is closed. The answer is whether there was such a view."""

    view: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AskExplained:
    """What became of the model of a population or projection?"""

    network: int
    name: str


# Request -> what it carries, and what the value of its answer is.
REQUESTS: Mapping[str, tuple[type, str]] = {
    "watch": (Watch, "Status"),
    "outline": (AskOutline, "NetworkOutline"),
    "details": (AskDetails, "Details"),
    "control": (Control, "NetworkStatus"),
    "stop_all": (StopAll, "number"),
    "check": (AskCheck, "Diagnostics"),
    "vocabulary": (AskVocabulary, "Vocabulary"),
    "palette": (AskPalette, "Palette"),
    "open_view": (OpenView, "OpenedView"),
    "close_view": (CloseView, "boolean"),
    "explain": (AskExplained, "Explained"),
}


def encode(message: object) -> dict[str, object]:
    """Return a message as what JSON can hold."""
    return asdict(message)  # type: ignore[call-overload]  # a dataclass, as all messages are


def decode(kind: type[T], content: Mapping[str, object]) -> T:
    """Return a message of the page.

    Raises
    ------
    ArgumentError
        If its fields are not those of `kind`.
    """
    names = {f.name for f in fields(kind)}  # type: ignore[arg-type]  # a dataclass
    if set(content) != names:
        sent, expected = (", ".join(sorted(found)) or "none" for found in (content, names))
        raise ArgumentError(
            f"the page sent a {kind.__name__} with the fields {sent}",
            why=f"expected: {expected}",
            hint="the extension and annlab are of different versions: install annlab again"
            " and reload the page",
        )
    return kind(**content)
