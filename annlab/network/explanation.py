"""What `explain` returns: titled sections of text, folded in a notebook.

Knows how to show itself and nothing of networks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from annlab.calls import public
from annlab.errors import ArgumentError, nearest
from annlab.ir.notebook import box, folded, formula, preformatted
from annlab.network.checks import read_names


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One stage of a model on its way; `language` is that of a Markdown block."""

    stage: str
    title: str
    text: str
    language: str = "text"


@public
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Explanation:
    """What became of a model at each stage; of a network, the explanations of its `parts`.

    Prints as text. ``explanation["code"]`` is the text of one stage alone, `stages` lists them.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network()
    >>> cells = net.create(2, annlab.Neuron("tau = 10.0", "tau*dr/dt = -r"), name="cells")
    >>> found = net.explain("cells")
    >>> found.stages
    ('text', 'typed', 'discretised', 'code', 'lines')
    >>> print(found["discretised"])
    Rate-coded neuron
    for each neuron:
        r = r - dt * (r / tau)  # tau*dr/dt = -r
    """

    title: str
    sections: tuple[Section, ...] = ()
    parts: tuple[Explanation, ...] = ()
    formulas: str = ""  # LaTeX, for the notebook

    @property
    def stages(self) -> tuple[str, ...]:
        """Names of the stages that there are, in the order in which a model passes them."""
        names = [s.stage for s in self.sections]
        return tuple(dict.fromkeys([*names, *(s for p in self.parts for s in p.stages)]))

    def only(self, stages: str | Iterable[str]) -> Explanation:
        """Return the explanation without all other stages.

        Raises
        ------
        ArgumentError
            If there is no such stage.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.Neuron("tau = 10.0", "tau*dr/dt = -r"), name="cells")
        >>> net.explain("cells").only(["text", "typed"]).stages
        ('text', 'typed')
        """
        wanted = read_names(stages, f"the stages of {self.title}")
        for stage in wanted:
            if stage not in self.stages:
                near = nearest(stage, self.stages)
                raise ArgumentError(
                    f"there is no stage {stage!r} of {self.title}",
                    why=f"known here: {', '.join(self.stages)}",
                    hint=f"did you mean {near!r}?" if near else None,
                )
        return self._restricted(wanted)

    def _restricted(self, stages: list[str]) -> Explanation:
        return replace(
            self,
            sections=tuple(s for s in self.sections if s.stage in stages),
            parts=tuple(p._restricted(stages) for p in self.parts if set(stages) & {*p.stages}),
            formulas=self.formulas if "typed" in stages else "",
        )

    def __getitem__(self, stage: str) -> str:
        """Return the text of one stage; of several objects, one after the other."""
        chosen = self.only(stage)
        texts = [s.text for s in chosen.sections]
        return "\n".join([*texts, *(p[stage] for p in chosen.parts)])

    def __str__(self) -> str:
        blocks = [f"{self.title}\n{'=' * len(self.title)}"]
        blocks += [f"{s.title}\n{'-' * len(s.title)}\n{s.text}" for s in self.sections]
        return "\n\n".join([*blocks, *(str(p) for p in self.parts)])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        shown = [folded(s.title, preformatted(s.text)) for s in self.sections]
        nested = [folded(p.title, p._repr_html_()) for p in self.parts]
        return box(self.title, formula(self.formulas), *shown, *nested)

    def _repr_markdown_(self) -> str:
        return self._markdown(level=3)

    def _markdown(self, level: int) -> str:
        blocks = [f"{'#' * level} {self.title}"]
        blocks += [f"$$\n{self.formulas}\n$$"] if self.formulas else []
        blocks += [
            f"<details><summary>{s.title}</summary>\n\n```{s.language}\n{s.text}\n```\n\n</details>"
            for s in self.sections
        ]
        return "\n\n".join([*blocks, *(p._markdown(level + 1) for p in self.parts)])


__all__ = ["Explanation", "Section"]
