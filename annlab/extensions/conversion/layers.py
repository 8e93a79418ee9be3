"""Lay out the layers of an artificial network as synapses between layers of neurons.

Takes the layers of a file and returns the shape of the input and one `Stage` for each layer that
becomes neurons. Layers that act while training alone are passed over; those that spiking neurons
cannot compute are refused by their names. Knows nothing of populations.

Weights are scaled as in Diehl et al. (2015), IJCNN, doi:10.1109/IJCNN.2015.7280696.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annlab.errors import ArgumentError, ConfigurationError, ShapeError
from annlab.extensions.conversion.keras_files import KerasLayer

Shape = tuple[int, ...]

_TRAINING_ONLY = (
    "ActivityRegularization",
    "AlphaDropout",
    "Dropout",
    "GaussianDropout",
    "GaussianNoise",
    "SpatialDropout2D",
)
# What a number is in the configuration of a ReLU that is one.
_PLAIN_RELU = {"max_value": None, "negative_slope": 0.0, "threshold": 0.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A layer of neurons and the synapses onto it, one entry for each.

    `weights` belong to the pairs of `pre` and `post`, which are ranks.
    """

    name: str
    shape: Shape
    pre: NDArray[np.int64]
    post: NDArray[np.int64]
    weights: NDArray[np.float64]
    is_trained: bool


@dataclass(slots=True, kw_only=True)
class _Walk:
    """What is known between two layers."""

    shape: Shape | None = None  # of what the next layer gets
    input_shape: Shape | None = None
    input_name: str = "input"
    stages: list[Stage] = field(default_factory=list)
    linear: KerasLayer | None = None  # a layer that still lacks its relu
    end: KerasLayer | None = None  # a softmax

    def begin(self, shape: Shape, name: str | None = None) -> Shape:
        """Take the shape of the input."""
        self.shape = self.input_shape = shape
        self.input_name = name or self.input_name
        return shape

    def add(self, layer: KerasLayer, **parts: Any) -> None:  # the fields of a Stage
        if self.end is not None:
            raise _refusal(
                f"{layer} follows a softmax in {self.end}",
                "a softmax compares all neurons of a layer; only the last one can leave it out",
            )
        if self.linear is not None:
            raise _refusal(
                f"{self.linear} has no relu, and {layer} follows",
                "rates of neurons are not negative, as relu is",
                "train hidden layers with activation='relu'",
            )
        self.stages.append(Stage(name=layer.name, **parts))
        self.shape = self.stages[-1].shape


def read_stages(layers: Sequence[KerasLayer]) -> tuple[str, Shape, tuple[Stage, ...]]:
    """Return name and shape of the input, and what follows.

    Raises
    ------
    ConfigurationError
        If spiking neurons cannot do what a layer does.
    """
    walk = _Walk()
    for layer in layers:
        if walk.shape is None and (shape := _declared_shape(layer)) is not None:
            walk.begin(shape)
        if layer.kind in _TRAINING_ONLY:
            continue
        if layer.kind not in _READERS:
            raise _refusal(
                f"{layer} cannot be converted",
                f"known here: {', '.join(sorted([*_READERS, *_TRAINING_ONLY]))}",
                _INSTEAD.get(layer.kind),
            )
        _READERS[layer.kind](walk, layer)
    if walk.input_shape is None or not any(stage.is_trained for stage in walk.stages):
        raise _refusal("the model has no layer with weights", None, "add a Dense layer")
    return walk.input_name, walk.input_shape, tuple(walk.stages)


def scaled(stage: Stage, factor: float) -> Stage:
    """Return a stage whose most excited neuron gets `factor` if all its inputs spike at once.

    Weights are multiplied by ``factor / max_i sum_j max(0, w_ij)``.
    """
    positive = np.bincount(stage.post, np.maximum(stage.weights, 0.0), math.prod(stage.shape))
    largest = float(positive.max())
    if not largest > 0.0:
        raise _refusal(
            f"layer {stage.name!r} has no positive weight",
            "its neurons would never spike",
            "train the model first",
        )
    return replace(stage, weights=stage.weights * (factor / largest))


def _refusal(what: str, why: str | None = None, hint: str | None = None) -> ConfigurationError:
    return ConfigurationError(what, why=why, hint=hint)


def _declared_shape(layer: KerasLayer) -> Shape | None:
    """Return the shape of one sample, which an InputLayer or the first of all layers tells."""
    for key in ("batch_shape", "batch_input_shape"):
        given = layer.config.get(key)
        if given is None:
            continue
        if None in given[1:]:
            raise _refusal(
                f"{layer} takes inputs of any size: {tuple(given)}",
                "each number of the input becomes a neuron",
                "build the model with a fixed input shape",
            )
        return tuple(int(n) for n in given[1:])
    return None


# -- layers without neurons ---------------------------------------------------------------


def _input(walk: _Walk, layer: KerasLayer) -> None:
    if walk.shape is None:
        raise _refusal(f"{layer} does not tell its shape")
    walk.begin(walk.shape, layer.name)


def _flatten(walk: _Walk, layer: KerasLayer) -> None:
    # Neurons are numbered as Flatten numbers them, so nothing has to move.
    walk.shape = (math.prod(_shape(walk, layer)),)


def _shape(walk: _Walk, layer: KerasLayer, n_dimensions: int | None = None) -> Shape:
    shape = walk.shape
    if shape is None:
        raise _refusal(
            f"{layer} does not know the shape of its input",
            None,
            "begin the model with keras.Input(shape=...)",
        )
    if n_dimensions is not None and len(shape) != n_dimensions:
        hint = "put a Flatten before it" if n_dimensions == 1 else None
        raise _refusal(f"{layer} gets inputs of shape {shape}", None, hint)
    return shape


def _relu(walk: _Walk, layer: KerasLayer) -> None:
    odd = {k for k, v in _PLAIN_RELU.items() if (layer.config.get(k) or None) != (v or None)}
    if odd:
        raise _refusal(f"{layer} has a {min(odd)}", "neurons have the plain relu alone")
    walk.linear = None


def _softmax(walk: _Walk, layer: KerasLayer) -> None:
    walk.linear, walk.end = None, layer


def _activation(walk: _Walk, layer: KerasLayer) -> None:
    name = _named(layer.config.get("activation") or "linear")
    if name == "relu":
        walk.linear = None
    elif name == "softmax":
        _softmax(walk, layer)
    elif name != "linear":
        raise _refusal(
            f"{layer} has the activation {name!r}",
            "the rate of a neuron grows with its input as relu does",
            "train with activation='relu', the last layer with 'softmax' or 'linear'",
        )


def _named(activation: object) -> str:
    """Return the name of an activation, which may be written as an object."""
    if isinstance(activation, Mapping):
        config = activation.get("config")
        activation = config if isinstance(config, str) else activation.get("class_name")
    return str(activation).lower()


# -- layers of neurons --------------------------------------------------------------------


def _dense(walk: _Walk, layer: KerasLayer) -> None:
    kernel = _kernel(layer, n_dimensions=2)
    if walk.shape is None:  # old files need not tell
        walk.begin((kernel.shape[0],))
    _require_inputs(layer, _shape(walk, layer, 1)[-1], kernel.shape[0])
    post, pre = np.indices(kernel.T.shape).reshape(2, -1)
    walk.add(
        layer,
        shape=(kernel.shape[1],),
        pre=pre,
        post=post,
        weights=kernel.T.ravel(),
        is_trained=True,
    )
    walk.linear = layer
    _activation(walk, layer)


def _conv2d(walk: _Walk, layer: KerasLayer) -> None:
    kernel = _kernel(layer, n_dimensions=4)
    for key, usual in (("dilation_rate", (1, 1)), ("groups", 1)):
        given = layer.config.get(key, usual)
        if (_pair(given) if key == "dilation_rate" else given) != usual:
            raise _refusal(f"{layer} has {key}={given}", f"only {usual} is known here")
    shape = _shape(walk, layer, 3)
    n_rows, n_columns, n_inputs, n_filters = kernel.shape
    _require_inputs(layer, shape[-1], n_inputs)
    places = _windows(layer, shape, (n_rows, n_columns))
    channel, filters = np.indices((n_inputs, n_filters))
    weights = kernel[places.row, places.column]  # (n_pairs, n_inputs, n_filters)
    walk.add(
        layer,
        shape=(*places.shape, n_filters),
        pre=(places.pre[:, None, None] * n_inputs + channel).ravel(),
        post=(places.post[:, None, None] * n_filters + filters).ravel(),
        weights=weights.ravel(),
        is_trained=True,
    )
    walk.linear = layer
    _activation(walk, layer)


def _average(walk: _Walk, layer: KerasLayer) -> None:
    shape = _shape(walk, layer, 3)
    places = _windows(layer, shape, _pair(layer.config.get("pool_size", 2)))
    n_inside = np.bincount(places.post)[places.post]  # padding is no part of a mean
    channel = np.arange(shape[-1])
    walk.add(
        layer,
        shape=(*places.shape, shape[-1]),
        pre=(places.pre[:, None] * shape[-1] + channel).ravel(),
        post=(places.post[:, None] * shape[-1] + channel).ravel(),
        weights=np.repeat(1.0 / n_inside, shape[-1]),
        is_trained=False,
    )


def _kernel(layer: KerasLayer, *, n_dimensions: int) -> NDArray[np.float64]:
    if not layer.weights:
        raise ArgumentError(f"the file has no weights for {layer}")
    kernel, *rest = layer.weights
    if kernel.ndim != n_dimensions or not np.all(np.isfinite(kernel)):
        raise ShapeError(
            f"{layer} has weights of shape {kernel.shape}",
            why=f"expected are finite numbers in {n_dimensions} dimensions",
        )
    largest = max((float(np.abs(bias).max(initial=0.0)) for bias in rest), default=0.0)
    if largest > 0.0:
        raise _refusal(
            f"{layer} has biases, up to {largest:.3g}",
            "neurons get spikes alone, whose number depends on the encoding",
            "train with use_bias=False",
        )
    return kernel


def _require_inputs(layer: KerasLayer, n_given: int, n_expected: int) -> None:
    if n_given != n_expected:
        raise ShapeError(f"{layer} has weights for {n_expected} inputs and gets {n_given}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Windows:
    """Pairs of a place and a window that covers it, and where in the window the place lies."""

    shape: tuple[int, int]  # how many windows there are
    pre: NDArray[np.int64]
    post: NDArray[np.int64]
    row: NDArray[np.int64]
    column: NDArray[np.int64]


def _windows(layer: KerasLayer, shape: Shape, size: Shape) -> _Windows:
    """Move a window over an image of `shape` (rows, columns, channels)."""
    if layer.config.get("data_format") == "channels_first":
        raise _refusal(f"{layer} has its channels first", None, "use data_format='channels_last'")
    steps = _pair(layer.config.get("strides") or size)
    is_padded = str(layer.config.get("padding", "valid")).lower() == "same"
    counts, before = [], []
    for n, width, step in zip(shape[:2], size, steps, strict=True):
        count = -(-n // step) if is_padded else (n - width) // step + 1
        if count < 1:
            raise _refusal(f"{layer} has windows {size} larger than its input {shape[:2]}")
        counts.append(count)
        # The odd one of an odd padding is put behind.
        before.append(max((count - 1) * step + width - n, 0) // 2 if is_padded else 0)
    grid = np.indices((*counts, *size)).reshape(4, -1)
    y = grid[0] * steps[0] + grid[2] - before[0]
    x = grid[1] * steps[1] + grid[3] - before[1]
    inside = (y >= 0) & (y < shape[0]) & (x >= 0) & (x < shape[1])
    row, column, dy, dx = grid[:, inside]
    return _Windows(
        shape=(counts[0], counts[1]),
        pre=y[inside] * shape[1] + x[inside],
        post=row * counts[1] + column,
        row=dy,
        column=dx,
    )


def _pair(value: Any) -> tuple[int, int]:  # what JSON holds
    first, second = value if isinstance(value, list | tuple) else (value, value)
    return int(first), int(second)


_READERS: dict[str, Callable[[_Walk, KerasLayer], None]] = {
    "Activation": _activation,
    "AveragePooling2D": _average,
    "Conv2D": _conv2d,
    "Dense": _dense,
    "Flatten": _flatten,
    "InputLayer": _input,
    "ReLU": _relu,
    "Softmax": _softmax,
}
_INSTEAD = {
    "MaxPooling2D": "spikes are added, and have no maximum: use AveragePooling2D",
    "BatchNormalization": "fold it into the weights before it",
}

__all__ = ["Stage", "read_stages", "scaled"]
