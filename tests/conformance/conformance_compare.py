"""Compare the result of a case with what is expected, as nested lists and dictionaries."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np


def plain(value: Any) -> Any:
    """Return arrays and tuples as lists, numbers of NumPy as those of Python, keys as text."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist()) if isinstance(value, np.ndarray) else value.item()
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return value


def differences(found: Any, expected: Any, *, rtol: float, atol: float) -> list[str]:
    """Return where the two differ, in words; empty if they agree."""
    return list(_differences(found, expected, rtol, atol, "result"))


def _differences(found: Any, expected: Any, rtol: float, atol: float, at: str) -> Iterator[str]:
    if isinstance(expected, dict):
        if not isinstance(found, dict) or found.keys() != expected.keys():
            yield f"{at}: {found!r}, expected the keys {sorted(expected)}"
            return
        for key, value in expected.items():
            yield from _differences(found[key], value, rtol, atol, f"{at}.{key}")
    elif isinstance(expected, list):
        if not isinstance(found, list) or len(found) != len(expected):
            yield f"{at}: {found!r}, expected {expected!r}"
            return
        for index, (one, other) in enumerate(zip(found, expected)):
            yield from _differences(one, other, rtol, atol, f"{at}[{index}]")
    elif not _agrees(found, expected, rtol, atol):
        yield f"{at}: {found!r}, expected {expected!r}"


def _agrees(found: Any, expected: Any, rtol: float, atol: float) -> bool:
    if isinstance(expected, bool | str) or expected is None:
        return found == expected
    return isinstance(found, int | float) and abs(found - expected) <= atol + rtol * abs(expected)


def out_of_range(found: Any, ranges: Mapping[str, tuple[float | None, float | None]]) -> list[str]:
    """Return the statistics that leave their bounds, in words."""
    return [
        f"{path}: {value!r} is not in [{low}, {high}]"
        for path, (low, high) in ranges.items()
        if not _lies_in(value := _at(found, path), low, high)
    ]


def _lies_in(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def _at(value: Any, path: str) -> Any:
    for part in re.findall(r"[^.\[\]]+", path):
        value = value[int(part)] if isinstance(value, list) else value[part]
    return value
