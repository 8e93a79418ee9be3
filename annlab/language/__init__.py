"""Text to syntax: lines, flags and expressions, each with its place in the text."""

from annlab.language.flags import (
    CREATING_FLAGS,
    EQUATION_FLAGS,
    NO_FLAGS,
    PRUNING_FLAGS,
    STOP_FLAGS,
    FlagTable,
)
from annlab.language.lines import (
    parse_condition,
    parse_equations,
    parse_expression,
    parse_functions,
    parse_parameters,
    parse_psp,
)
from annlab.language.printer import print_expression

__all__ = [
    "CREATING_FLAGS",
    "EQUATION_FLAGS",
    "NO_FLAGS",
    "PRUNING_FLAGS",
    "STOP_FLAGS",
    "FlagTable",
    "parse_condition",
    "parse_equations",
    "parse_expression",
    "parse_functions",
    "parse_parameters",
    "parse_psp",
    "print_expression",
]
