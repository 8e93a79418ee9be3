"""What was trained with Keras classifies with spikes."""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import keras_models as keras
import numpy as np
import pytest
from keras_models import Layer, archive, conv, dense, hdf5, inputs, plain
from numpy.typing import NDArray

import annlab as ann
from annlab.errors import (
    AnnlabError,
    AnnlabWarning,
    ArgumentTypeError,
    ConfigurationError,
    MissingFileError,
    StateError,
)
from annlab.extensions.ann_to_snn_conversion import ANNtoSNNConverter

WIDE = [[0.8, -0.2, 0.1], [0.4, 0.6, -0.5]]  # two inputs, three neurons
BACK = [[0.5, -1.0], [0.25, 1.0], [-0.1, 0.3]]
TWO_LAYERS = [
    inputs(2),
    dense(WIDE, "first", "relu"),
    dense(BACK, "second", "softmax"),
]


@pytest.fixture(autouse=True)
def _on_the_reference(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("ANNLAB_BACKEND", "reference")
    ann.clear()
    yield
    ann.clear()


def _loaded(path: Path, **options: Any) -> ann.Network:
    return ANNtoSNNConverter().load_keras_model(path, show_info=False, **options)


def _matrices(net: ann.Network) -> list[NDArray]:
    """Return the weights (n_post, n_pre) of all projections."""
    return [proj.connectivity_matrix() for proj in net.get_projections()]


# -- answers -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def learnt() -> tuple[list[Layer], NDArray, NDArray]:
    """A network of two layers, samples, and the classes that it finds for them."""
    rng = np.random.default_rng(3)
    first, second = keras.trained(rng)
    samples, _ = keras.patterns(rng, 10)
    answers = (np.maximum(samples @ first, 0.0) @ second).argmax(axis=1)
    return [inputs(12), dense(first, "h", "relu"), dense(second, "o", "softmax")], samples, answers


@pytest.mark.parametrize("encoding", ["CPN", "IB", "PSO"])
@pytest.mark.parametrize(
    ("read_out", "options"),
    [
        ("spike_count", {}),
        ("time_to_first_spike", {}),
        ("time_to_k_spikes", {"k": 5}),
        ("membrane_potential", {}),
    ],
)
def test_spikes_find_the_classes_of_the_trained_network(
    tmp_path: Path,
    learnt: tuple[list[Layer], NDArray, NDArray],
    encoding: str,
    read_out: str,
    options: dict[str, int],
) -> None:
    layers, samples, answers = learnt
    converter = ANNtoSNNConverter(encoding, read_out=read_out, **options)
    net = converter.load_keras_model(archive(tmp_path / "m.keras", layers), show_info=False)
    net.set_seed(1)
    found = converter.predict(samples, duration_per_sample=150)
    # The first spike of all is a matter of chance more than the others.
    assert np.mean(found == answers) >= (0.8 if read_out == "time_to_first_spike" else 0.9)


@pytest.mark.parametrize("backend", ["cpu", "cuda"])  # of which the latter is emulated
def test_compiled_networks_find_them_too(
    tmp_path: Path,
    learnt: tuple[list[Layer], NDArray, NDArray],
    monkeypatch: pytest.MonkeyPatch,
    backend: str,
) -> None:
    monkeypatch.setenv("ANNLAB_BACKEND", backend)
    layers, samples, answers = learnt
    converter = ANNtoSNNConverter()
    net = converter.load_keras_model(archive(tmp_path / "m.keras", layers), show_info=False)
    net.set_seed(1)
    assert np.mean(converter.predict(samples[:10], 300) == answers[:10]) >= 0.9


def test_a_convolutional_network_finds_the_class_of_an_image(tmp_path: Path) -> None:
    """Two filters, one for rows and one for columns; the last layer counts what they find."""
    rows = np.array([[-1.0, -1.0, -1.0], [2.0, 2.0, 2.0], [-1.0, -1.0, -1.0]])
    kernel = np.stack([rows, rows.T], axis=-1)[:, :, None, :]
    layers = [
        inputs(8, 8, 1),
        conv(kernel, padding="same"),
        plain("AveragePooling2D", pool_size=[2, 2], strides=[2, 2], padding="valid"),
        plain("Dropout", rate=0.5),
        plain("Flatten"),
        dense(np.tile(np.eye(2), (16, 1)), activation="softmax"),
    ]
    images = np.zeros((4, 8, 8, 1))
    images[0, 3], images[1, :, 5], images[2, 6], images[3, :, 2] = 1.0, 1.0, 1.0, 1.0
    converter = ANNtoSNNConverter()
    net = converter.load_keras_model(archive(tmp_path / "m.keras", layers), show_info=False)
    net.set_seed(1)
    assert converter.predict(images, 300).tolist() == [0, 1, 0, 1]  # type: ignore[union-attr]
    assert [p.geometry for p in net.get_populations()] == [(8, 8, 1), (8, 8, 2), (4, 4, 2), (2,)]


def test_the_same_seed_gives_the_same_answers(tmp_path: Path) -> None:
    path = archive(tmp_path / "m.keras", TWO_LAYERS)
    counts = []
    for _ in range(2):
        converter = ANNtoSNNConverter()
        net = converter.load_keras_model(path, show_info=False)
        net.set_seed(7)
        converter.predict([[0.5, 0.7]] * 3, 200)
        counts.append(net.get_population("second").sc.tolist())  # type: ignore[union-attr]
    assert counts[0] == counts[1] != [0, 0]


def test_each_sample_has_noise_of_its_own(tmp_path: Path) -> None:
    converter = ANNtoSNNConverter()
    net = converter.load_keras_model(archive(tmp_path / "m.keras", TWO_LAYERS), show_info=False)
    net.set_seed(7)
    output: Any = net.get_population("second")
    counts = set()
    for _ in range(4):
        converter.predict([[0.5, 0.7]], 500)
        counts.add(tuple(output.sc))
    assert len(counts) > 1


@pytest.mark.parametrize(
    ("read_out", "expected"),
    [("spike_count", [[0, 1], []]), ("membrane_potential", [[0, 1], [0, 1]])],
)
def test_several_neurons_share_the_first_place(
    tmp_path: Path, read_out: str, expected: list[list[int]]
) -> None:
    layers = [inputs(2), dense([[1.0, 1.0], [1.0, 1.0]])]
    converter = ANNtoSNNConverter("PSO", read_out=read_out)
    converter.load_keras_model(archive(tmp_path / "m.keras", layers), show_info=False)
    assert converter.predict([[1.0, 0.0], [0.0, 0.0]], 50, multiple=True) == expected


def test_the_higher_potential_decides_between_equal_counts(tmp_path: Path) -> None:
    layers = [inputs(1), dense([[0.3, 0.4]])]
    converter = ANNtoSNNConverter("PSO", max_f=1.0)  # spikes in the first of eight phases alone
    converter.load_keras_model(
        archive(tmp_path / "m.keras", layers), show_info=False, scale_factor=0.4
    )
    assert converter.predict([[1.0]], 8 * 5, multiple=True) == [[0, 1]]
    assert converter.predict([[1.0]], 8 * 5) == [1]


@pytest.mark.parametrize("read_out", ["spike_count", "time_to_first_spike"])
def test_without_spikes_there_is_no_class(tmp_path: Path, read_out: str) -> None:
    converter = ANNtoSNNConverter(read_out=read_out)
    converter.load_keras_model(archive(tmp_path / "m.keras", TWO_LAYERS), show_info=False)
    assert converter.predict(np.zeros((2, 2)), 20).tolist() == [-1, -1]  # type: ignore[union-attr]


def test_samples_for_which_nothing_spikes_are_told(tmp_path: Path) -> None:
    converter = ANNtoSNNConverter()
    converter.load_keras_model(archive(tmp_path / "m.keras", TWO_LAYERS), show_info=False)
    with pytest.warns(AnnlabWarning, match="no output neuron spiked for 1 of 2 .* scale_factor"):
        found = converter.predict([[0.0, 0.0], [0.01, 0.0]], 20)
    assert list(found) == [-1, -1]


def test_bytes_instead_of_numbers_up_to_1_are_told(tmp_path: Path) -> None:
    converter = ANNtoSNNConverter()
    converter.load_keras_model(archive(tmp_path / "m.keras", TWO_LAYERS), show_info=False)
    with pytest.warns(AnnlabWarning, match="samples reach 255, .* 25500 Hz, .* at most at 1000 Hz"):
        converter.predict([[255.0, 0.0]], 20)


def test_a_read_out_that_waits_stops_early(tmp_path: Path) -> None:
    converter = ANNtoSNNConverter("PSO", read_out="time_to_k_spikes", k=3)
    net = converter.load_keras_model(archive(tmp_path / "m.keras", TWO_LAYERS), show_info=False)
    converter.predict([[1.0, 1.0]], 1000)
    output: Any = net.get_population("second")
    assert (output.sc.max(), net.time < 50.0) == (3, True)


def test_spikes_by_chance_come_at_the_rate_that_an_input_of_one_stands_for(tmp_path: Path) -> None:
    layers = [inputs(200), dense(np.ones((200, 1)))]
    converter = ANNtoSNNConverter("poisson", max_f=50.0)
    net = converter.load_keras_model(archive(tmp_path / "m.keras", layers), show_info=False)
    spikes = net.monitor(net.get_population("image"), "spike")  # type: ignore[arg-type]
    net.set_seed(1)
    converter.predict(np.ones((1, 200)), 1000)
    # A mean over 200 neurons and 1 s: a standard deviation of 0.5 Hz.
    assert spikes.mean_fr() == pytest.approx(50.0, abs=1.5)


@pytest.mark.parametrize("encoding", ["CPN", "IB", "PSO"])
def test_the_trace_of_an_input_is_its_firing_rate(tmp_path: Path, encoding: str) -> None:
    layers = [inputs(100), dense(np.ones((100, 1)))]
    converter = ANNtoSNNConverter(encoding)
    net = converter.load_keras_model(archive(tmp_path / "m.keras", layers), show_info=False)
    cells: Any = net.get_population("image")
    spikes = net.monitor(cells, "spike")
    trace = net.monitor(cells, "mask")
    net.set_seed(1)
    converter.predict(np.ones((1, 100)), 1000)
    mean = trace.get("mask")[200:].mean() * 1000.0
    assert mean == pytest.approx(spikes.mean_fr(), rel=0.1)


# -- weights -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("factor", "factors"), [(None, (2.0, 3.0)), (1.5, (1.5, 1.5)), ([4.0, 0.5], (4.0, 0.5))]
)
def test_weights_are_scaled_by_the_largest_sum_of_positive_ones(
    tmp_path: Path, factor: Any, factors: tuple[float, float]
) -> None:
    net = _loaded(archive(tmp_path / "m.keras", TWO_LAYERS), scale_factor=factor)
    for found, kernel, scale in zip(_matrices(net), (WIDE, BACK), factors, strict=True):
        weights = np.array(kernel, dtype=np.float32).astype(float)
        largest = np.maximum(weights, 0.0).sum(axis=0).max()
        assert found == pytest.approx(weights.T * scale / largest)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("strides", [[1, 1], [2, 3]])
def test_a_convolution_adds_what_lies_under_its_filters(
    tmp_path: Path, padding: str, strides: list[int]
) -> None:
    rng = np.random.default_rng(1)
    image, kernel = rng.random((6, 7, 2)), rng.normal(size=(3, 2, 2, 4)).astype(np.float32)
    layers = [
        inputs(*image.shape),
        conv(kernel, padding=padding, strides=strides),
        plain("Flatten"),
    ]
    net = _loaded(archive(tmp_path / "m.keras", layers), scale_factor=1.0)
    matrix = _matrices(net)[0]
    expected = _convolved(image, kernel, padding, strides)
    assert net.get_populations()[1].geometry == expected.shape
    largest = np.maximum(matrix, 0.0).sum(axis=1).max()
    assert largest == pytest.approx(1.0)
    scale = _largest_input(image.shape, kernel, padding, strides)
    assert matrix @ image.ravel() * scale == pytest.approx(expected.ravel())


def _largest_input(
    shape: tuple[int, ...], kernel: NDArray, padding: str, strides: list[int]
) -> float:
    return _convolved(np.ones(shape), np.maximum(kernel, 0.0), padding, strides).max()


def _convolved(image: NDArray, kernel: NDArray, padding: str, strides: list[int]) -> NDArray:
    """Return the output of a Conv2D, place by place."""
    size = kernel.shape[:2]
    if padding == "same":
        outputs = [-(-n // s) for n, s in zip(image.shape, strides)]
        lacks = [
            max((o - 1) * s + k - n, 0) for o, s, k, n in zip(outputs, strides, size, image.shape)
        ]
        image = np.pad(image, [*((lack // 2, lack - lack // 2) for lack in lacks), (0, 0)])
    outputs = [(n - k) // s + 1 for n, k, s in zip(image.shape, size, strides)]
    found = np.zeros((*outputs, kernel.shape[-1]))
    for y, x in np.ndindex(*outputs):
        top, left = y * strides[0], x * strides[1]
        part = image[top : top + size[0], left : left + size[1]]
        found[y, x] = np.einsum("yxc,yxcf->f", part, kernel)
    return found


def test_pooling_is_a_mean_over_what_lies_inside(tmp_path: Path) -> None:
    pool = plain("AveragePooling2D", pool_size=[2, 2], strides=[2, 2], padding="same")
    layers = [inputs(3, 3, 1), pool, plain("Flatten"), dense(np.ones((4, 2)))]
    net = _loaded(archive(tmp_path / "m.keras", layers))
    image = np.arange(9.0)
    assert _matrices(net)[0] @ image == pytest.approx([2.0, 3.5, 6.5, 8.0])


# -- files -------------------------------------------------------------------------------------

WRITERS = {
    "keras-3": lambda path: archive(path, TWO_LAYERS),
    "keras-3-with-names": lambda path: archive(path, TWO_LAYERS, tells_names=True),
    "folders-by-name": lambda path: archive(path, TWO_LAYERS, folders=keras.by_name),
    "windows": lambda path: archive(path, TWO_LAYERS, folders=keras.by_dependency),
    "functional": lambda path: archive(path, TWO_LAYERS, is_functional=True),
    "h5": lambda path: hdf5(path, TWO_LAYERS),
    "h5-of-keras-2": lambda path: hdf5(path, TWO_LAYERS, version=2),
    "functional-h5-of-keras-2": lambda path: hdf5(path, TWO_LAYERS, version=2, is_functional=True),
}


@pytest.mark.parametrize("writer", WRITERS)
def test_every_kind_of_file_is_read(tmp_path: Path, writer: str) -> None:
    net = _loaded(WRITERS[writer](tmp_path / "model"))
    assert [(p.name, p.size) for p in net.get_populations()] == [
        ("image", 2),
        ("first", 3),
        ("second", 2),
    ]
    assert _matrices(net)[0] == pytest.approx(np.transpose(WIDE) * 2.0 / 1.2)


def test_the_folders_of_layers_are_numbered_whatever_their_names_are(tmp_path: Path) -> None:
    """Names count all layers of a session, folders those of the model."""
    layers = [inputs(2), dense(WIDE, "dense_1", "relu"), dense(BACK, "dense_2")]
    net = _loaded(archive(tmp_path / "m.keras", layers))
    assert [m.shape for m in _matrices(net)] == [(3, 2), (2, 3)]


def test_old_files_need_not_tell_the_shape_of_the_input(tmp_path: Path) -> None:
    net = _loaded(hdf5(tmp_path / "m.h5", TWO_LAYERS[1:], version=2))
    assert [p.name for p in net.get_populations()] == ["input", "first", "second"]


@pytest.mark.parametrize(
    "relu",
    [
        plain("ReLU", max_value=None, negative_slope=0.0, threshold=0.0),
        plain("Activation", activation="relu"),
        plain("Activation", activation={"class_name": "function", "config": "relu"}),
    ],
)
def test_a_relu_may_be_a_layer(tmp_path: Path, relu: Layer) -> None:
    layers = [inputs(2), dense(WIDE, "first"), relu, dense(BACK, "second"), plain("Softmax")]
    assert len(_matrices(_loaded(archive(tmp_path / "m.keras", layers)))) == 2


def test_biases_of_zero_are_none(tmp_path: Path) -> None:
    kind, config, weights = dense(WIDE)
    layers = [inputs(2), (kind, config, [*weights, np.zeros(3)])]
    assert _loaded(archive(tmp_path / "m.keras", layers)).compiled


def test_it_tells_what_the_network_consists_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    converter = ANNtoSNNConverter()
    net = converter.load_keras_model(
        archive(tmp_path / "m.keras", TWO_LAYERS), directory=str(tmp_path / "code")
    )
    assert capsys.readouterr().out.splitlines() == [
        "image: 2 neurons, CPN",
        "first: 3 neurons, IaF, 6 synapses, weights times 1.66667",
        "second: 2 neurons, spike_count, 6 synapses, weights times 2.30769",
    ]
    assert converter.get_annarchy_network() is net
    assert net.directory == str(tmp_path / "code")
    assert repr(converter) == "<ANNtoSNNConverter: CPN, IaF, spike_count>"


# -- refusals ----------------------------------------------------------------------------------

POOL = {"pool_size": [2, 2], "strides": [2, 2], "padding": "valid"}
IMAGE = inputs(4, 4, 1)
FILTER = np.ones((3, 3, 1, 2))
KNOWN = (
    "known here: Activation, ActivityRegularization, AlphaDropout, AveragePooling2D, Conv2D, "
    "Dense, Dropout, Flatten, GaussianDropout, GaussianNoise, InputLayer, ReLU, Softmax, "
    "SpatialDropout2D"
)
UNFIT: dict[str, tuple[list[Layer], str]] = {
    "unknown": (
        [inputs(2), plain("LSTM", "memory")],
        f"layer 'memory' (LSTM) cannot be converted\n  {KNOWN}",
    ),
    "maximum": (
        [IMAGE, conv(FILTER), plain("MaxPooling2D", "pool", **POOL)],
        (
            f"layer 'pool' (MaxPooling2D) cannot be converted\n  {KNOWN}\n"
            "  spikes are added, and have no maximum: use AveragePooling2D"
        ),
    ),
    "activation": (
        [inputs(2), dense(WIDE, activation="tanh")],
        (
            "layer 'dense' (Dense) has the activation 'tanh'\n"
            "  the rate of a neuron grows with its input as relu does\n"
            "  train with activation='relu', the last layer with 'softmax' or 'linear'"
        ),
    ),
    "linear": (
        [inputs(2), dense(WIDE, "first"), dense(BACK, "second")],
        (
            "layer 'first' (Dense) has no relu, and layer 'second' (Dense) follows\n"
            "  rates of neurons are not negative, as relu is\n"
            "  train hidden layers with activation='relu'"
        ),
    ),
    "softmax": (
        [inputs(2), dense(WIDE, "first", "softmax"), dense(BACK, "second")],
        (
            "layer 'second' (Dense) follows a softmax in layer 'first' (Dense)\n"
            "  a softmax compares all neurons of a layer; only the last one can leave it out"
        ),
    ),
    "capped": (
        [inputs(2), dense(WIDE), plain("ReLU", max_value=6.0)],
        "layer 'relu' (ReLU) has a max_value\n  neurons have the plain relu alone",
    ),
    "bias": (
        [inputs(2), ("Dense", {"name": "dense"}, [np.array(WIDE), np.array([0.0, -0.25, 0.1])])],
        (
            "layer 'dense' (Dense) has biases, up to 0.25\n"
            "  neurons get spikes alone, whose number depends on the encoding\n"
            "  train with use_bias=False"
        ),
    ),
    "negative": (
        [inputs(1), dense([[-1.0, -2.0]])],
        (
            "layer 'dense' has no positive weight\n"
            "  its neurons would never spike\n"
            "  train the model first"
        ),
    ),
    "no-weights": (
        [inputs(2), ("Dense", {"name": "dense"}, [])],
        "the file has no weights for layer 'dense' (Dense)",
    ),
    "not-finite": (
        [inputs(1), dense([[np.nan, 1.0]])],
        (
            "layer 'dense' (Dense) has weights of shape (1, 2)\n"
            "  expected are finite numbers in 2 dimensions"
        ),
    ),
    "inputs": (
        [inputs(3), dense(WIDE)],
        "layer 'dense' (Dense) has weights for 2 inputs and gets 3",
    ),
    "not-flat": (
        [inputs(2, 2), dense(WIDE)],
        "layer 'dense' (Dense) gets inputs of shape (2, 2)\n  put a Flatten before it",
    ),
    "any-size": (
        [inputs(None, 4, 1), conv(FILTER)],
        (
            "layer 'image' (InputLayer) takes inputs of any size: (None, None, 4, 1)\n"
            "  each number of the input becomes a neuron\n"
            "  build the model with a fixed input shape"
        ),
    ),
    "no-shape": (
        [conv(FILTER)],
        (
            "layer 'conv2d' (Conv2D) does not know the shape of its input\n"
            "  begin the model with keras.Input(shape=...)"
        ),
    ),
    "input-without-shape": (
        [plain("InputLayer", "image"), dense(WIDE)],
        "layer 'image' (InputLayer) does not tell its shape",
    ),
    "dilated": (
        [IMAGE, conv(FILTER, dilation_rate=[2, 2])],
        "layer 'conv2d' (Conv2D) has dilation_rate=[2, 2]\n  only (1, 1) is known here",
    ),
    "channels": (
        [IMAGE, conv(FILTER, data_format="channels_first")],
        "layer 'conv2d' (Conv2D) has its channels first\n  use data_format='channels_last'",
    ),
    "large-filter": (
        [inputs(2, 4, 1), conv(FILTER)],
        "layer 'conv2d' (Conv2D) has windows (3, 3) larger than its input (2, 4)",
    ),
    "empty": (
        [IMAGE, plain("Flatten")],
        "the model has no layer with weights\n  add a Dense layer",
    ),
}


@pytest.mark.parametrize("what", UNFIT)
def test_what_spikes_cannot_do_is_refused_by_the_name_of_the_layer(
    tmp_path: Path, what: str
) -> None:
    layers, expected = UNFIT[what]
    with pytest.raises(AnnlabError) as caught:
        _loaded(archive(tmp_path / "m.keras", layers))
    assert (str(caught.value), isinstance(caught.value, ValueError)) == (expected, True)


def _empty(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as zipped:
        zipped.writestr("config.json", "{}")


def _weights_alone(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["dense/kernel"] = [1.0]


def _class_of_a_user(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps({"class_name": "MyModel", "config": {}})


def _branching(path: Path) -> None:
    layers = [inputs(2), dense(WIDE, "left"), dense(WIDE, "right")]
    hdf5(path, layers, is_functional=True)
    with h5py.File(path, "a") as file:
        content = json.loads(file.attrs["model_config"])
        entries = content["config"]["layers"]
        entries[2]["inbound_nodes"] = entries[1]["inbound_nodes"]
        file.attrs["model_config"] = json.dumps(content)


SAVE = "save the whole model with model.save('model.keras')"
UNREADABLE: dict[str, tuple[Any, str]] = {
    "folder": (lambda path: path.mkdir(), f"{{}} is no file but a folder\n  {SAVE}"),
    "text": (
        lambda path: path.write_text("no model"),
        (
            "{} is no model of Keras\n"
            "  it is neither an archive (.keras) nor a file of HDF5 (.h5)\n"
            f"  {SAVE}"
        ),
    ),
    "empty": (_empty, f"{{}} has no model.weights.h5\n  {SAVE}"),
    "weights": (_weights_alone, f"{{}} holds no model, perhaps weights alone\n  {SAVE}"),
    "class": (
        _class_of_a_user,
        (
            "{} holds a model of the class 'MyModel'\n"
            "  what it computes is in the code of that class, not in the file\n"
            "  build it as keras.Sequential, and save it again"
        ),
    ),
    "branches": (
        _branching,
        (
            "{} holds a model that branches at layer 'right'\n"
            "  a layer of spiking neurons follows exactly one other\n"
            "  use a model whose layers form a chain"
        ),
    ),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_a_file_that_holds_no_such_model_is_refused(tmp_path: Path, what: str) -> None:
    write, expected = UNREADABLE[what]
    path = tmp_path / "model"
    write(path)
    with pytest.raises(AnnlabError) as caught:
        _loaded(path)
    assert str(caught.value) == expected.replace("{}", repr(str(path)))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"no file '.*m\.keras'\n  the folder .* has none"):
        _loaded(tmp_path / "m.keras")


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.keras"
    with zipfile.ZipFile(path, "w") as zipped:
        zipped.writestr("config.json", json.dumps(keras.model(TWO_LAYERS)))
        zipped.writestr("model.weights.h5", b"damaged")
    with pytest.raises(AnnlabError, match=r"m\.keras' cannot be read: .*\n  save the whole model"):
        _loaded(path)


def test_without_h5py_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "h5py", None)
    expected = (
        r"models of Keras need the package h5py, which cannot be imported: .*\n"
        r'  pip install "h5py>=3\.10"'
    )
    with pytest.raises(ConfigurationError, match=expected):
        _loaded(tmp_path / "m.keras")


WRONG: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "encoding": (
        {"input_encoding": "CPM"},
        ValueError,
        "unknown input encoding 'CPM'\n  known here: CPN, poisson, IB, PSO\n  did you mean 'CPN'?",
    ),
    "neuron": (
        {"hidden_neuron": "LIF"},
        ValueError,
        "unknown hidden neuron 'LIF'\n  known here: IaF\n  did you mean 'IaF'?",
    ),
    "read-out": (
        {"read_out": "votes"},
        ValueError,
        (
            "unknown read-out 'votes'\n  known here: spike_count, time_to_first_spike, "
            "time_to_k_spikes, membrane_potential"
        ),
    ),
    "no-name": (
        {"read_out": 3},
        TypeError,
        (
            "the read-out is 3\n  use one of spike_count, time_to_first_spike, time_to_k_spikes, "
            "membrane_potential"
        ),
    ),
    "no-k": (
        {"read_out": "time_to_k_spikes"},
        ValueError,
        (
            "the read-out 'time_to_k_spikes' needs a number of spikes\n"
            "  add k: ANNtoSNNConverter(read_out='time_to_k_spikes', k=5)"
        ),
    ),
    "k": (
        {"read_out": "time_to_k_spikes", "k": 0},
        ValueError,
        "k is 0\n  give a finite number of at least 1",
    ),
    "rate": ({"max_f": 0.0}, ValueError, "max_f is 0.0\n  give a number above 0"),
    "keyword": (
        {"max_g": 1.0},
        TypeError,
        (
            "ANNtoSNNConverter() takes no 'max_g'\n"
            "  it takes: input_encoding, hidden_neuron, read_out, k, max_f\n"
            "  did you mean 'max_f'?"
        ),
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_options_that_do_not_fit_are_refused(what: str) -> None:
    options, kind, expected = WRONG[what]
    with pytest.raises(kind) as caught:
        ANNtoSNNConverter(**options)
    assert (str(caught.value), isinstance(caught.value, AnnlabError)) == (expected, True)


@pytest.mark.parametrize("call", ["get_annarchy_network", "predict"])
def test_without_a_model_there_is_nothing_to_ask(call: str) -> None:
    arguments = [[[0.5]]] if call == "predict" else []
    with pytest.raises(StateError) as caught:
        getattr(ANNtoSNNConverter(), call)(*arguments)
    assert str(caught.value) == "no model was loaded\n  call load_keras_model(filename) first"


@pytest.mark.parametrize(
    ("factor", "expected"),
    [
        (
            [1.0],
            (
                "scale_factor has 1 numbers for 2 layers with weights\n"
                "  give one number for each of them, or one for all"
            ),
        ),
        (-1.0, "scale_factor is -1.0\n  give a number above 0"),
        ([1.0, 0], "scale_factor is 0\n  give a number above 0"),
        ("two", "scale_factor is 'two'\n  give a number"),
    ],
)
def test_scale_factors_that_do_not_fit_are_refused(
    tmp_path: Path, factor: Any, expected: str
) -> None:
    with pytest.raises(AnnlabError) as caught:
        _loaded(archive(tmp_path / "m.keras", TWO_LAYERS), scale_factor=factor)
    assert str(caught.value) == expected


@pytest.mark.parametrize(
    ("samples", "options", "expected"),
    [
        (
            [0.5, 0.5],
            {},
            (
                "samples have shape (2,), expected (n_samples, 2)\n"
                "  for a single sample, write predict([sample])"
            ),
        ),
        ([[0.5] * 3], {}, "samples have shape (1, 3), expected (n_samples, 2)"),
        (
            [[-1.0, 0.5]],
            {},
            (
                "samples lie between -1 and 0.5\n"
                "  neurons have no negative firing rates, and no infinite ones\n"
                "  scale the samples to numbers between 0 and 1, for the training as well"
            ),
        ),
        (
            [[0.5, 0.5]],
            {"duration_per_sample": 0},
            "duration_per_sample [ms] is 0\n  give a number above 0",
        ),
        (
            [[0.5, 0.5]],
            {"multiple": "yes"},
            "multiple of predict() is 'yes'\n  give True or False",
        ),
    ],
)
def test_samples_that_do_not_fit_are_refused(
    tmp_path: Path, samples: Any, options: dict[str, Any], expected: str
) -> None:
    converter = ANNtoSNNConverter()
    converter.load_keras_model(archive(tmp_path / "m.keras", TWO_LAYERS), show_info=False)
    with pytest.raises(AnnlabError) as caught:
        converter.predict(samples, **options)
    assert str(caught.value) == expected


def test_a_file_needs_a_name() -> None:
    with pytest.raises(ArgumentTypeError, match=r"a file cannot be called 3"):
        _loaded(3)  # type: ignore[arg-type]


def test_a_model_that_is_refused_leaves_the_last_one(tmp_path: Path) -> None:
    converter = ANNtoSNNConverter()
    net = converter.load_keras_model(archive(tmp_path / "m.keras", TWO_LAYERS), show_info=False)
    with pytest.raises(ConfigurationError):
        converter.load_keras_model(archive(tmp_path / "n.keras", UNFIT["bias"][0]))
    assert converter.get_annarchy_network() is net
