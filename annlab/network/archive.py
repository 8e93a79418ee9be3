"""Files of nested dictionaries: numbers, texts and arrays, by extension of the name.

``.npz``: compressed arrays, keys joined by ``/``, nothing pickled; ``.gz``: pickle,
compressed; ``.mat``: Matlab, writing only; anything else: pickle. Pickles are read
without executing what they ask for: only numbers, texts, containers and arrays come
out of them, unless the user trusts the file.

Knows nothing of networks.
"""

from __future__ import annotations

import gzip
import os
import pickle
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from annlab.errors import ArgumentError, ConfigurationError, ShapeError
from annlab.network.files import existing_path, read_path, written_whole

PROTOCOL = 4
_SAMPLE_BYTES = 1 << 16
_TRUST = "pass allow_pickle=True if you trust who made the file; its code will be executed"

_WRITTEN = "give a file that save() or save_connectivity() has written"

_UNREADABLE = (  # files of other programs, or damaged ones
    OSError,
    EOFError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    MemoryError,
    pickle.UnpicklingError,
    zipfile.BadZipFile,
    zlib.error,
)

# What pickles of arrays, numbers and containers refer to; names of NumPy 1 and 2.
_HARMLESS = {
    "builtins": {"set", "frozenset", "complex", "slice", "range", "bytearray"},
    "collections": {"OrderedDict"},
    "_codecs": {"encode"},
    "numpy": {"ndarray", "dtype"},
    **{
        f"numpy.{core}.{module}": {"_reconstruct", "scalar", "_frombuffer"}
        for core in ("core", "_core")
        for module in ("multiarray", "numeric")
    },
}


def write(filename: str | os.PathLike[str], content: Mapping[str, Any]) -> None:
    """Write a dictionary. The file is there whole or, if anything fails, as it was before."""
    path = read_path(filename)
    writer = _WRITERS.get(path.suffix, _write_pickle)
    with written_whole(path) as draft, draft.open("wb") as file:
        writer(file, content)


def read(
    filename: str | os.PathLike[str],
    *,
    pickle_encoding: str | None = None,
    allow_pickle: bool = False,
) -> dict[str, Any]:
    """Read a dictionary.

    Raises
    ------
    MissingFileError
        If there is no such file.
    ArgumentError
        If the file is damaged, or holds something else.
    """
    path = read_path(filename)
    if path.suffix == ".mat":
        raise ConfigurationError(
            f"{str(path)!r} is a Matlab file; annlab writes such files and does not read them",
            hint="save as .npz to load again",
        )
    existing_path(path)
    try:
        if path.suffix == ".npz":
            _require_zip(path)
            return _read_npz(path, allow_pickle=allow_pickle)
        opener: Callable[..., Any] = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rb") as file:
            content = _unpickled(file, pickle_encoding, allow_pickle=allow_pickle)
            file.read(1)  # to the end of a compressed file, where its checksum stands
    except _UNREADABLE as error:
        if isinstance(error, ArgumentError):
            raise
        raise ArgumentError(f"{str(path)!r} cannot be read: {error}", hint=_WRITTEN) from error
    if not isinstance(content, dict):
        raise ArgumentError(
            f"{str(path)!r} holds {type(content).__name__}, not saved values", hint=_WRITTEN
        )
    return content


# -- .npz ---------------------------------------------------------------------------


def _write_npz(file: IO[bytes], content: Mapping[str, Any]) -> None:
    arrays = {key: np.asarray(value) for key, value in _flattened(content).items()}
    bad = [key for key, array in arrays.items() if array.dtype == object]
    if bad:
        raise ArgumentError(f"{bad[0]!r} cannot be saved as .npz", why="it is no array of numbers")
    with zipfile.ZipFile(file, "w", compresslevel=1) as archive:
        for key, array in arrays.items():
            archive.compression = _compression(array)
            with archive.open(f"{key}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, array, allow_pickle=False)


def _compression(array: NDArray) -> int:
    """Return how to keep an array: compressed if that saves much, for it is slower than a disk.

    Weights that were learned or drawn hardly shrink; values that are the same nearly vanish.
    """
    middle = array.reshape(-1)[array.size // 2 :][: _SAMPLE_BYTES // max(1, array.itemsize)]
    sample = middle.tobytes()
    shrinks = len(zlib.compress(sample, 1)) < len(sample) // 4
    return zipfile.ZIP_DEFLATED if shrinks else zipfile.ZIP_STORED


def _flattened(content: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in content.items():
        if isinstance(value, Mapping):
            flat |= _flattened(value, f"{prefix}{key}/")
        else:
            flat[prefix + key] = value
    return flat


def _require_zip(path: Path) -> None:
    """Refuse what NumPy would take for a pickle."""
    with path.open("rb") as file:
        if not zipfile.is_zipfile(file):
            raise ArgumentError(
                f"{str(path)!r} cannot be read: it is damaged, or no .npz file",
                hint="what annlab saves as .npz is a zip archive of arrays",
            )


def _read_npz(path: Path, *, allow_pickle: bool) -> dict[str, Any]:
    content: dict[str, Any] = {}
    with np.load(path, allow_pickle=allow_pickle) as file:
        for key in file.files:
            try:
                value = file[key]
            except ValueError as error:
                raise ArgumentError(
                    f"{str(path)!r} holds pickled objects ({key!r})", hint=_TRUST
                ) from error
            *folders, name = key.split("/")
            place = content
            for folder in folders:
                place = place.setdefault(folder, {})
            place[name] = value[()] if value.ndim == 0 else value
    return content


# -- pickles ------------------------------------------------------------------------


def _write_pickle(file: IO[bytes], content: Mapping[str, Any]) -> None:
    pickle.dump(dict(content), file, protocol=PROTOCOL)


def _write_gz(file: IO[bytes], content: Mapping[str, Any]) -> None:
    with gzip.GzipFile(fileobj=file, mode="wb") as compressed:
        pickle.dump(dict(content), compressed, protocol=PROTOCOL)


def _unpickled(file: IO[bytes], encoding: str | None, *, allow_pickle: bool) -> Any:
    reader = pickle.Unpickler if allow_pickle else _Harmless
    return reader(file, encoding=encoding or "ASCII").load()


class _Harmless(pickle.Unpickler):
    """Reads numbers, texts, containers and arrays, and refuses everything else."""

    def find_class(self, module: str, name: str) -> Any:
        if name not in _HARMLESS.get(module, ()):
            raise ArgumentError(
                f"the file wants to execute {module}.{name} while it is read", hint=_TRUST
            )
        return super().find_class(module, name)


# -- Matlab -------------------------------------------------------------------------


def _write_mat(file: IO[bytes], content: Mapping[str, Any]) -> None:
    try:
        from scipy.io import savemat  # large, and only for this
    except ImportError as error:
        raise ConfigurationError(
            f"a .mat file needs the package scipy, which cannot be imported: {error}",
            hint="pip install scipy, or save as .npz",
        ) from error
    savemat(file, _visible(content), long_field_names=True)


def _visible(content: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out keys that begin with an underscore, which Matlab cannot have."""
    return {
        key: _visible(value) if isinstance(value, Mapping) else value
        for key, value in content.items()
        if not key.startswith("_")
    }


_WRITERS: dict[str, Callable[[IO[bytes], Mapping[str, Any]], None]] = {
    ".npz": _write_npz,
    ".gz": _write_gz,
    ".mat": _write_mat,
}


# -- Matrix Market ------------------------------------------------------------------


def read_matrix_market(
    filename: str | os.PathLike[str],
) -> tuple[tuple[int, int], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return (shape, rows, columns, values) of a ``.mtx`` file.

    Source
    ------
    Boisvert, Pozo & Remington (1996), The Matrix Market Exchange Formats, NISTIR 5935.
    """
    path = read_path(filename)
    if path.suffix != ".mtx":
        raise ArgumentError(f"{str(path)!r} is no Matrix Market file", hint="its name ends in .mtx")
    existing_path(path)
    try:
        with path.open() as lines:
            layout, number, symmetry = _header(lines.readline(), path)
            sizes = next(line for line in lines if line.strip() and not line.startswith("%"))
            n_rows, n_columns, *rest = (int(part) for part in sizes.split())
            table = np.loadtxt(lines, ndmin=2, comments="%")
    except (OSError, ValueError, StopIteration) as error:
        if isinstance(error, ArgumentError):
            raise
        raise ArgumentError(f"{str(path)!r} cannot be read: {error}") from error
    if symmetry != "general" and n_rows != n_columns:
        raise ShapeError(f"{str(path)!r} is {symmetry} and has {n_rows} rows of {n_columns}")
    if layout == "array":
        rows, columns, values = _from_array(table.ravel(), n_rows, n_columns, symmetry)
    else:
        table = table.reshape(-1, 2 if number == "pattern" else 3)
        if len(table) != rest[0]:
            raise ShapeError(f"{str(path)!r} announces {rest[0]} entries and has {len(table)}")
        if np.any(table[:, :2] % 1):
            raise ArgumentError(f"{str(path)!r} has a row or a column that is no whole number")
        rows, columns = (table[:, k].astype(np.int64) - 1 for k in (0, 1))
        values = np.ones(len(table)) if number == "pattern" else table[:, 2]
    return (n_rows, n_columns), *_mirrored(rows, columns, values, symmetry)


def _header(line: str, path: Path) -> tuple[str, str, str]:
    words = line.lower().split()
    known = (("coordinate", "array"), ("real", "integer", "pattern", "double"))
    is_known = len(words) == 5 and words[0] == "%%matrixmarket" and words[1] == "matrix"
    if not is_known or words[2] not in known[0] or words[3] not in known[1]:
        raise ArgumentError(
            f"{str(path)!r} does not begin like a Matrix Market file annlab can read",
            why=f"first line: {line.strip()!r}",
            hint="expected '%%MatrixMarket matrix coordinate real general'",
        )
    return words[2], words[3], words[4]


def _from_array(
    values: NDArray[np.float64], n_rows: int, n_columns: int, symmetry: str
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return the entries of a dense matrix; columns follow one another."""
    columns, rows = np.divmod(np.arange(n_rows * n_columns), n_rows)
    if symmetry != "general":
        first_below = 1 if symmetry == "skew-symmetric" else 0
        stored = rows - columns >= first_below
        rows, columns = rows[stored], columns[stored]
    if len(values) != len(rows):
        raise ShapeError(f"a dense matrix of {len(rows)} stored values has {len(values)}")
    return rows, columns, values


def _mirrored(
    rows: NDArray[np.int64], columns: NDArray[np.int64], values: NDArray, symmetry: str
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    if symmetry == "general":
        return rows, columns, values
    sign = -1.0 if symmetry == "skew-symmetric" else 1.0
    off = rows != columns
    return (
        np.concatenate((rows, columns[off])),
        np.concatenate((columns, rows[off])),
        np.concatenate((values, sign * values[off])),
    )
