"""Write a syntax tree as text that reads back as the same tree."""

from __future__ import annotations

from annlab.language.syntax import (
    Apply,
    Conditional,
    Dotted,
    Gradient,
    Infix,
    Name,
    Node,
    Number,
    Prefix,
    Text,
)


def print_expression(node: Node) -> str:
    """Return the text of `node`; every operand that is an operation stands in brackets."""
    match node:
        case Number(value=value):
            return repr(value)
        case Text(value=value):
            return repr(value)
        case Name(name=name):
            return name
        case Dotted(owner=owner, name=name):
            return f"{owner}.{name}"
        case Gradient(name=name):
            return f"d{name}/dt"
        case Apply(function=function, arguments=arguments, owner=owner):
            inside = ", ".join(print_expression(a) for a in arguments)
            return f"{owner}.{function}({inside})" if owner else f"{function}({inside})"
        case Prefix(op=op, operand=operand):
            return f"{op}{' ' if op == 'not' else ''}{_operand(operand)}"
        case Infix(op=op, left=left, right=right):
            return f"{_operand(left)} {op} {_operand(right)}"
        case Conditional(condition=condition, then=then, otherwise=otherwise):
            return f"{_operand(then)} if {_operand(condition)} else {_operand(otherwise)}"
        case _:
            raise TypeError(f"not a node: {node!r}")


def _operand(node: Node) -> str:
    # A bare name may look like the upper half of a gradient: (dv) / (dt).
    is_atom = isinstance(node, Number | Dotted | Apply | Gradient | Text)
    is_plain_name = isinstance(node, Name) and not node.name.startswith("d")
    text = print_expression(node)
    return text if is_atom or is_plain_name else f"({text})"


__all__ = ["print_expression"]
