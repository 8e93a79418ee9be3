"""Who the text of a model belongs to, and where errors say it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from annlab.errors import ArgumentTypeError, ModelError, Source
from annlab.ir.expr import Locality


@dataclass(frozen=True, slots=True)
class Origin:
    """The model that is analysed, as messages call it."""

    label: str
    is_neuron: bool

    @property
    def what(self) -> str:
        return "neuron" if self.is_neuron else "synapse"

    def source(self, text: object, field: str) -> Source:
        """Return the text of one argument of the model."""
        if not isinstance(text, str):
            raise ArgumentTypeError(f"`{field}` of {self.label} must be text, not {text!r}")
        return Source(text, f"{field} of {self.label}")

    def sources(self, texts: object, field: str) -> list[Source]:
        """Return the texts of an argument that may be text or a list of texts."""
        if texts is None:
            return []
        if isinstance(texts, str):
            return [self.source(texts, field)]
        if not isinstance(texts, Sequence):
            raise ArgumentTypeError(
                f"`{field}` of {self.label} must be text or a list of texts, not {texts!r}"
            )
        return [self.source(text, field) for text in texts]

    def error(self, what: str, *, why: str | None = None, hint: str | None = None) -> ModelError:
        """Return an error about the model as a whole."""
        return ModelError(f"{what} in {self.label}", why=why, hint=hint)

    def allows(self, word: str) -> bool:
        """May a flag of locality stand in this kind of model?"""
        return (word == "population") == self.is_neuron


LOCALITY_FLAGS = {
    "population": Locality.GLOBAL,
    "projection": Locality.GLOBAL,
    "postsynaptic": Locality.SEMIGLOBAL,
}
