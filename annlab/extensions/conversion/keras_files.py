"""Read the models that Keras saves: what layers there are, in which order, with which weights.

Takes the name of a file, ``.keras`` (an archive of JSON and HDF5) or ``.h5``, and returns its
`KerasLayer`s from the input to the output. Needs neither Keras nor TensorFlow, runs nothing that
the file contains, and does not know what a layer means.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annlab.errors import ArgumentError, ConfigurationError
from annlab.network.files import existing_path

_CHAINS = ("Sequential", "Functional", "Model")  # the last one in files of Keras 2
_HOLDERS = ("layers", "_layer_checkpoint_dependencies")  # the folders of layers in `.keras` files
_WITH_WEIGHTS = ("Dense", "Conv2D")
_WORDS = (re.compile(r"(.)([A-Z][a-z]+)"), re.compile(r"([a-z])([A-Z])"))
_SAVE_AS = "save the whole model with model.save('model.keras')"

# Groups of weights by the name of the group, and within it by their place.
Groups = dict[str, dict[int, NDArray[np.float64]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class KerasLayer:
    """One layer as the file describes it; `weights` are in the order of Keras (kernel, bias)."""

    kind: str
    name: str
    config: Mapping[str, Any]  # Any: what JSON holds
    weights: tuple[NDArray[np.float64], ...] = ()

    def __str__(self) -> str:
        return f"layer {self.name!r} ({self.kind})"


def read_layers(filename: object) -> tuple[KerasLayer, ...]:
    """Return the layers of a saved model, in the order in which they are passed.

    Raises
    ------
    MissingFileError
        If there is no such file.
    ArgumentError
        If the file is damaged, or no model whose layers follow one another.
    ConfigurationError
        If h5py cannot be imported.
    """
    h5py = _library()
    path = existing_path(filename)
    if not path.is_file():
        raise ArgumentError(f"{str(path)!r} is no file but a folder", hint=_SAVE_AS)
    try:
        if zipfile.is_zipfile(path):
            return _from_archive(path, h5py)
        if h5py.is_hdf5(path):
            with h5py.File(path, "r") as file:
                return _from_hdf5(file)
    except ArgumentError as error:
        raise ArgumentError(f"{str(path)!r} {error}") from None
    # What a file of another make lacks is a key or a type.
    except (OSError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise ArgumentError(f"{str(path)!r} cannot be read: {error}", hint=_SAVE_AS) from error
    raise ArgumentError(
        f"{str(path)!r} is no model of Keras",
        why="it is neither an archive (.keras) nor a file of HDF5 (.h5)",
        hint=_SAVE_AS,
    )


def _library() -> Any:  # a library that need not be there
    """Import h5py, or say what to do."""
    try:
        import h5py  # only those who convert need it
    except ImportError as error:
        raise ConfigurationError(
            f"models of Keras need the package h5py, which cannot be imported: {error}",
            hint='pip install "h5py>=3.10"',
        ) from error
    return h5py


# -- the two kinds of files -------------------------------------------------------------


def _from_archive(path: Any, h5py: Any) -> tuple[KerasLayer, ...]:
    """Read `config.json` and `model.weights.h5` of a ``.keras`` file."""
    with zipfile.ZipFile(path) as archive:
        missing = {"config.json", "model.weights.h5"} - set(archive.namelist())
        if missing:
            raise ArgumentError(f"has no {min(missing)}", hint=_SAVE_AS)
        layers = _layers(json.loads(archive.read("config.json")))
        with h5py.File(io.BytesIO(archive.read("model.weights.h5")), "r") as file:
            by_place, by_name = _groups(file)
    # Keras numbers the folders of layers by their kind. Newer files tell the names of layers
    # beside, and other writers use these for the folders; what finds all layers is right.
    counted = _counted(layers)
    named = {layer.name: layer.name for layer in layers}
    for groups, key_of in ((by_name, named), (by_place, counted), (by_place, named)):
        if all(key_of[x.name] in groups for x in layers if x.kind in _WITH_WEIGHTS):
            return tuple(_with(x, groups.get(key_of[x.name], {})) for x in layers)
    return tuple(_with(x, by_place.get(counted[x.name], {})) for x in layers)


def _with(layer: KerasLayer, weights: Mapping[int, NDArray[np.float64]]) -> KerasLayer:
    return replace(layer, weights=tuple(weights[place] for place in sorted(weights)))


def _groups(file: Any) -> tuple[Groups, Groups]:
    """Return the weights by the folders of layers, and by the names that folders tell."""
    by_place: Groups = {}
    by_name: Groups = {}

    def visit(path: str, found: Any) -> None:
        # Files that were written under Windows have backslashes within names.
        parts = path.replace("\\", "/").split("/")
        is_weight = len(parts) == 4 and parts[2] == "vars" and parts[3].isdigit()
        if not is_weight or parts[0] not in _HOLDERS or not hasattr(found, "shape"):
            return
        values = np.asarray(found[()], dtype=np.float64)
        by_place.setdefault(parts[1], {})[int(parts[3])] = values
        name = found.parent.attrs.get("name")
        if name is not None:
            by_name.setdefault(_text(name), {})[int(parts[3])] = values

    file.visititems(visit)
    return by_place, by_name


def _counted(layers: Sequence[KerasLayer]) -> dict[str, str]:
    """Return the folder of each layer: dense, dense_1 ... whatever its name is."""
    seen: Counter[str] = Counter()
    found = {}
    for layer in layers:
        word = layer.kind
        for pattern in _WORDS:
            word = pattern.sub(r"\1_\2", word)
        word = word.lower()
        found[layer.name] = f"{word}_{seen[word]}" if seen[word] else word
        seen[word] += 1
    return found


def _from_hdf5(file: Any) -> tuple[KerasLayer, ...]:
    """Read a file of Keras 2, or what Keras 3 saves as ``.h5``."""
    if "model_config" not in file.attrs:
        raise ArgumentError("holds no model, perhaps weights alone", hint=_SAVE_AS)
    layers = _layers(json.loads(_text(file.attrs["model_config"])))
    weights = file["model_weights"]
    return tuple(replace(layer, weights=_in_group(weights, layer.name)) for layer in layers)


def _in_group(weights: Any, name: str) -> tuple[NDArray[np.float64], ...]:
    if name not in weights:
        return ()
    group = weights[name]
    names = [_text(found) for found in group.attrs.get("weight_names", ())]
    return tuple(np.asarray(group[found][()], dtype=np.float64) for found in names)


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


# -- the order of the layers ------------------------------------------------------------


def _layers(model: Mapping[str, Any]) -> tuple[KerasLayer, ...]:
    """Return the layers of a model that is a chain, without weights."""
    kind = model.get("class_name")
    if kind not in _CHAINS:
        raise ArgumentError(
            f"holds a model of the class {kind!r}",
            why="what it computes is in the code of that class, not in the file",
            hint="build it as keras.Sequential, and save it again",
        )
    config = model["config"]
    # The first versions of Keras 2 wrote the list alone.
    entries = config if isinstance(config, list) else config["layers"]
    if kind != "Sequential":
        entries = _in_order(entries)
    return tuple(
        KerasLayer(kind=e["class_name"], name=_name(e), config=e["config"]) for e in entries
    )


def _name(entry: Mapping[str, Any]) -> str:
    return str(entry["config"].get("name", entry.get("name", entry["class_name"])))


def _in_order(entries: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the layers of a functional model along their connections."""
    after: dict[str | None, Mapping[str, Any]] = {}
    for entry in entries:
        calls = entry.get("inbound_nodes") or []
        sources = [*_sources(calls)] or [None]
        for source in sources:
            if len(calls) > 1 or len(sources) > 1 or source in after:
                raise ArgumentError(
                    f"holds a model that branches at layer {_name(entry)!r}",
                    why="a layer of spiking neurons follows exactly one other",
                    hint="use a model whose layers form a chain",
                )
            after[source] = entry
    chain, last = [], None
    while last in after:
        chain.append(after.pop(last))
        last = _name(chain[-1])
    return chain


def _sources(node: object) -> Iterator[str]:
    """Yield the layers that a layer reads, as Keras 3 writes them, and as Keras 2 did."""
    if isinstance(node, Mapping):
        if "keras_history" in node:
            yield str(node["keras_history"][0])
        else:
            for value in node.values():
                yield from _sources(value)
    elif isinstance(node, list):
        if len(node) >= 3 and isinstance(node[0], str) and isinstance(node[1], int):
            yield node[0]
        else:
            for value in node:
                yield from _sources(value)


__all__ = ["KerasLayer", "read_layers"]
