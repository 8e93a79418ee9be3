"""How a recording lies in its folder: a Zarr group, read and written here and nowhere else.

::

    /                    attributes: annlab_recording (version), name, object, dt [ms]
    /<variable>          attributes: rows [of each part], intervals [[first, end], ...]
    /<variable>/<k>      part k; attributes: kind, geometry, unit
        steps (n,)           of each entry
        values (n, columns)  or (n,) ranks of events
        label_<name>         what the columns are; row_ptr for dendrites

Each chunk is a file that replaces its forerunner at once, and what counts is written last, in one
file: the attributes ``rows`` and ``intervals``, which belong to the same moment. So whatever a
process was doing when it died, a reader finds all that was counted, and nothing else; it may also
read while another process writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annlab.errors import ConfigurationError
from annlab.network.series import Form, FormKind

VERSION = 1
_CHUNK_BYTES = 1 << 22
_CHUNK_STEPS = 1 << 19


def library() -> Any:  # a library that need not be there
    """Import Zarr, or say what to do."""
    try:
        import zarr  # it takes longer than starting a network
    except ImportError as error:
        raise ConfigurationError(
            f"recordings in files need the package zarr, which cannot be imported: {error}",
            hint='pip install "zarr>=3.1.5"',
        ) from error
    return zarr


# -- writing ----------------------------------------------------------------------------


def create(path: Path, header: Mapping[str, Any]) -> Any:
    """Return the group of a new recording."""
    zarr = library()
    store = zarr.storage.LocalStore(path)
    return zarr.create_group(store=store, attributes={"annlab_recording": VERSION, **header})


def is_there(path: Path) -> bool:
    """Tell whether the folder still has the group that was created in it."""
    return (path / "zarr.json").exists()


def add_variable(root: Any, name: str) -> Any:
    """Return the group of a variable of which nothing is recorded yet."""
    return root.create_group(name, attributes={"rows": [], "intervals": []})


def add_part(group: Any, number: int, form: Form, dtype: np.dtype, n_columns: int | None) -> Any:
    """Return the group of a part; one that was begun and never counted is replaced."""
    part = group.create_group(
        str(number),
        overwrite=True,
        attributes={
            "kind": str(form.kind),
            "geometry": list(form.geometry),
            "unit": form.unit,
        },
    )
    for name, labels in form.labels.items():
        part.create_array(f"label_{name}", data=np.ascontiguousarray(labels))
    if form.row_ptr is not None:
        part.create_array("row_ptr", data=np.ascontiguousarray(form.row_ptr))
    codec = library().codecs.BloscCodec(cname="lz4", clevel=1)
    part.create_array(
        "steps", shape=(0,), chunks=(_CHUNK_STEPS,), dtype=np.int64, compressors=codec
    )
    shape, chunks = _shapes(n_columns, dtype.itemsize)
    part.create_array("values", shape=shape, chunks=chunks, dtype=dtype, compressors=codec)
    return part


def _shapes(n_columns: int | None, item_bytes: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    if n_columns is None:
        return (0,), (_CHUNK_STEPS,)
    columns = max(1, min(n_columns, _CHUNK_BYTES // item_bytes))
    rows = max(1, _CHUNK_BYTES // (columns * item_bytes))
    return (0, n_columns), (rows, columns)


def append(part: Any, n_before: int, steps: NDArray[np.int64], payload: NDArray) -> None:
    """Write entries behind the first `n_before`. Done twice, it is as done once."""
    n = n_before + len(steps)
    for name, entries in (("steps", steps), ("values", payload)):
        array = part[name]
        if array.shape[0] < n:
            array.resize((n, *array.shape[1:]))
        array[n_before:n] = entries


def count(group: Any, rows: list[int], intervals: list[tuple[int, int]]) -> None:
    """Let what was written count; `intervals` are those of exactly these rows."""
    # Not `group.attrs.update`, which writes one attribute after the other.
    group.update_attributes({"rows": rows, "intervals": [list(i) for i in intervals]})


# -- reading ----------------------------------------------------------------------------


def form_of(part: Any) -> Form:
    """Return what the entries of a part stand for."""
    names = [name for name, _ in part.arrays() if name.startswith("label_")]
    return Form(
        FormKind(part.attrs["kind"]),
        # The order in which they were named: post before pre.
        {n.removeprefix("label_"): part[n][:] for n in sorted(names)},
        geometry=tuple(part.attrs["geometry"]),
        row_ptr=part["row_ptr"][:] if "row_ptr" in part else None,
        unit=part.attrs["unit"],
    )


def entries(part: Any, first: int, end: int) -> tuple[NDArray[np.int64], NDArray]:
    """Return (steps, payload) of some entries of a part."""
    return part["steps"][first:end], part["values"][first:end]


__all__ = [
    "VERSION",
    "add_part",
    "add_variable",
    "append",
    "count",
    "create",
    "entries",
    "form_of",
    "library",
]
