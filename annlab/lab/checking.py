"""Check the models of a cell as it is typed: what is wrong, and where in the cell.

Uses the parser and the analysis that the models will meet when the cell runs, so what is said here
is what the cell would say. Executes nothing of the cell.
"""

from __future__ import annotations

import re
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping

from annlab.errors import AnnlabError, AnnlabWarning, Source, Span, UnknownNameError
from annlab.ir.alone import analyse_alone
from annlab.ir.analysis.typing import BUILT_IN
from annlab.ir.analysis.values import DISTRIBUTIONS
from annlab.ir.definition import Neuron, Synapse
from annlab.lab.messages import Diagnostic, Diagnostics, Vocabulary
from annlab.lab.models_in_cells import KINDS, FoundModel, find_models
from annlab.language import parse_condition, parse_equations, parse_functions, parse_parameters
from annlab.language.flags import EQUATION_FLAGS, NO_FLAGS, PARAMETER_FLAGS
from annlab.language.tokens import KEYWORDS
from annlab.network import context
from annlab.network.constants import GLOBAL_CONSTANTS
from annlab.network.functions import GLOBAL_FUNCTIONS

_PARSERS: Mapping[str, Callable[[Source], object]] = {
    "parameters": parse_parameters,
    "equations": parse_equations,
    "functions": parse_functions,
    "spike": lambda source: parse_condition(source, NO_FLAGS),
    "axon_spike": lambda source: parse_condition(source, NO_FLAGS),
    "reset": parse_equations,
    "axon_reset": parse_equations,
    "pre_spike": parse_equations,
    "post_spike": parse_equations,
    "pre_axon_spike": parse_equations,
}
# The lines of a message that show the user's text, which stands in the cell already.
_EXCERPT = re.compile(r"\s*\d*\s*\| ")
_quiet = threading.Lock()


def check(source: str, variables: Mapping[str, object]) -> Diagnostics:
    """Return what is wrong with the models of a cell.

    Parameters
    ----------
    source
        Of the cell.
    variables
        The user's, by name.
    """
    try:
        models = find_models(source, variables)
    except AnnlabError as error:
        return Diagnostics(found=(_diagnostic(error, error.span or Span(0, 0)),))
    found = [d for model in models for d in _check_model(model)]
    return Diagnostics(found=tuple(dict.fromkeys(found)))


def vocabulary() -> Vocabulary:
    """Return the words of the language, for completion."""
    flags = EQUATION_FLAGS.names | PARAMETER_FLAGS.names
    return Vocabulary(
        functions=tuple(sorted({*BUILT_IN, *GLOBAL_FUNCTIONS} - DISTRIBUTIONS.keys())),
        distributions=tuple(sorted(DISTRIBUTIONS)),
        flags=tuple(sorted(flags)),
        keys=tuple(sorted(EQUATION_FLAGS.keys)),
        words=tuple(sorted(KEYWORDS | {"True", "False"})),
        names=("dt", "pi", "t"),
        synapse_names=("g_target", "post", "pre", "t_post", "t_pre", "w"),
        constants=tuple(sorted(_own_names())),
    )


def _check_model(model: FoundModel) -> Iterator[Diagnostic]:
    """Yield the mistakes of each line; if there are none, the first one of the whole."""
    mistakes = [d for name in model.texts for d in _check_texts(model, name)]
    yield from mistakes
    if not mistakes and not model.is_open:
        yield from _check_meaning(model)


def _check_texts(model: FoundModel, name: str) -> Iterator[Diagnostic]:
    parse = _PARSERS.get(name, _anything)
    for placed in model.texts[name]:
        try:
            parse(Source(placed.text))
        except AnnlabError as error:
            span = error.span or Span(0, len(placed.text))
            yield _diagnostic(error, Span(placed.place(span.start), placed.place(span.end)))


def _anything(source: Source) -> None:
    """Accept a text that the analysis alone can read."""


def _check_meaning(model: FoundModel) -> Iterator[Diagnostic]:
    try:
        # The warnings of a model that is being typed are no news for the cell that runs.
        with _quiet, warnings.catch_warnings():
            warnings.simplefilter("ignore", AnnlabWarning)
            definition: Neuron | Synapse = KINDS[model.kind](**model.fields)  # type: ignore[arg-type]  # the names are those of the class
            analyse_alone(definition)
    except AnnlabError as error:
        if not _is_of_a_network(error):
            yield _diagnostic(error, _place(error, model))
    except TypeError:
        return  # an argument of a wrong type, which Python tells when the cell runs


def _place(error: AnnlabError, model: FoundModel) -> Span:
    """Return where in the cell an error stands; under the name of the class if nowhere else."""
    if error.source is not None and error.span is not None:
        for placed in (p for texts in model.texts.values() for p in texts):
            if placed.text == error.source.text:
                return Span(placed.place(error.span.start), placed.place(error.span.end))
    return Span(*model.head)


def _is_of_a_network(error: AnnlabError) -> bool:
    """True if a name is unknown only as long as the model is in no network."""
    if not isinstance(error, UnknownNameError) or error.source is None or error.span is None:
        return False
    return error.source.text[error.span.start : error.span.end] in _own_names()


def _own_names() -> set[str]:
    """Return the constants of all networks."""
    names = {*GLOBAL_CONSTANTS}
    for network in context.networks():
        names |= network._constants.keys()
    return names


def _diagnostic(error: AnnlabError, span: Span) -> Diagnostic:
    advice = [line.strip() for line in str(error).splitlines()[1:] if not _EXCERPT.match(line)]
    return Diagnostic(
        start=span.start,
        end=max(span.end, span.start + 1),
        kind=type(error).__name__,
        message="\n".join([error.what, *advice]),
    )


__all__ = ["check", "vocabulary"]
