"""Files as Keras writes them, written without Keras; and networks to put into them.

`archive` writes the ``.keras`` files of Keras 3, `hdf5` the ``.h5`` files of Keras 2 and 3.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

Layer = tuple[str, dict[str, Any], list[NDArray]]  # kind, configuration with name, weights


def inputs(*shape: int | None, name: str = "image") -> Layer:
    return "InputLayer", {"name": name, "batch_shape": [None, *shape]}, []


def dense(kernel: Any, name: str = "dense", activation: Any = "linear", **config: Any) -> Layer:
    array = np.asarray(kernel, dtype=np.float32)
    given = {"name": name, "units": array.shape[1], "activation": activation, "use_bias": False}
    return "Dense", {**given, **config}, [array]


def conv(kernel: Any, name: str = "conv2d", **config: Any) -> Layer:
    array = np.asarray(kernel, dtype=np.float32)
    given = {
        "name": name,
        "filters": array.shape[-1],
        "kernel_size": list(array.shape[:2]),
        "strides": [1, 1],
        "padding": "valid",
        "data_format": "channels_last",
        "dilation_rate": [1, 1],
        "groups": 1,
        "activation": "relu",
    }
    return "Conv2D", {**given, **config}, [array]


def plain(kind: str, name: str | None = None, **config: Any) -> Layer:
    return kind, {"name": name or kind.lower(), **config}, []


def model(layers: Sequence[Layer], *, version: int = 3, is_functional: bool = False) -> Any:
    """Return the configuration of a model."""
    entries: list[dict[str, Any]] = []
    for kind, config, _ in layers:
        entry: dict[str, Any] = {"class_name": kind, "config": config}
        if version == 3:
            entry = {"module": "keras.layers", **entry, "registered_name": None}
        if is_functional:
            before = entries[-1]["config"]["name"] if entries else None
            entry |= {"name": config["name"], "inbound_nodes": _calls(before, version)}
        entries.append(entry)
    kind = "Functional" if is_functional else "Sequential"
    return {"class_name": kind, "config": {"name": "model", "layers": entries}}


def _calls(before: str | None, version: int) -> list[Any]:
    if before is None:
        return []
    if version == 2:
        return [[[before, 0, 0, {}]]]
    tensor = {"shape": [None, 2], "dtype": "float32", "keras_history": [before, 0, 0]}
    return [{"args": [{"class_name": "__keras_tensor__", "config": tensor}], "kwargs": {}}]


def by_kind(layers: Sequence[Layer]) -> list[str]:
    """Return the folders of Keras 3: dense, dense_1 ..., whatever layers are called."""
    seen: dict[str, int] = {}
    folders = []
    for kind, *_ in layers:
        word = {"AveragePooling2D": "average_pooling2d"}.get(kind, kind.lower())
        n = seen.get(word, 0)
        folders.append(f"layers/{word}_{n}" if n else f"layers/{word}")
        seen[word] = n + 1
    return folders


def by_name(layers: Sequence[Layer]) -> list[str]:
    return [f"layers/{config['name']}" for _, config, _ in layers]


def by_dependency(layers: Sequence[Layer]) -> list[str]:
    """Return the folders of files that TensorFlow 2.12 wrote under Windows."""
    return [f.replace("layers/", "_layer_checkpoint_dependencies\\") for f in by_kind(layers)]


def archive(
    path: Path,
    layers: Sequence[Layer],
    *,
    folders: Callable[[Sequence[Layer]], list[str]] = by_kind,
    tells_names: bool = False,
    **kind: Any,
) -> Path:
    """Write a ``.keras`` file."""
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        for folder, (_, config, weights) in zip(folders(layers), layers, strict=True):
            separator = "\\" if "\\" in folder else "/"
            group = file if separator == "\\" else file.create_group(f"{folder}/vars")
            if tells_names:
                group.attrs["name"] = config["name"]
            for number, array in enumerate(weights):
                file[f"{folder}{separator}vars{separator}{number}"] = array
        file["optimizer/vars/0"] = np.zeros(3)
    with zipfile.ZipFile(path, "w") as zipped:
        zipped.writestr("metadata.json", json.dumps({"keras_version": "3.4.1"}))
        zipped.writestr("config.json", json.dumps(model(layers, **kind)))
        zipped.writestr("model.weights.h5", content.getvalue())
    return path


def hdf5(path: Path, layers: Sequence[Layer], **kind: Any) -> Path:
    """Write an ``.h5`` file."""
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(model(layers, **kind))
        for _, config, weights in layers:
            group = file.create_group(f"model_weights/{config['name']}")
            names = [f"{config['name']}/{n}:0" for n in ("kernel", "bias")[: len(weights)]]
            group.attrs["weight_names"] = [name.encode() for name in names]
            for name, array in zip(names, weights, strict=True):
                group[name] = array
    return path


# -- a network that has learnt ---------------------------------------------------------------


def patterns(rng: np.random.Generator, n: int) -> tuple[NDArray, NDArray]:
    """Return noisy versions of three patterns of twelve numbers, and which of them each is."""
    classes = rng.integers(3, size=n)
    clean = np.repeat(np.eye(3), 4, axis=1) * 0.7
    return np.clip(clean[classes] + rng.normal(0.15, 0.15, (n, 12)), 0.0, 1.0), classes


def trained(rng: np.random.Generator, n_hidden: int = 16) -> list[NDArray]:
    """Return the weights of two layers, relu and softmax, after descent along the gradient."""
    samples, classes = patterns(rng, 300)
    first, second = rng.normal(0, 0.4, (12, n_hidden)), rng.normal(0, 0.4, (n_hidden, 3))
    for _ in range(300):
        hidden = np.maximum(samples @ first, 0.0)
        scores = np.exp(hidden @ second)
        error = scores / scores.sum(axis=1, keepdims=True) - np.eye(3)[classes]
        back = (error @ second.T) * (hidden > 0.0)
        second -= 0.5 * hidden.T @ error / len(samples)
        first -= 0.5 * samples.T @ back / len(samples)
    return [first, second]
