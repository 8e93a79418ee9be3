"""Users' functions in typed form: what back ends and calls from Python work with."""

from annlab.ir.analysis.functions import (
    UserFunction,
    analyse_function,
    analyse_functions,
    parse_function,
)

__all__ = ["UserFunction", "analyse_function", "analyse_functions", "parse_function"]
