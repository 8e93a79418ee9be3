"""Turn networks that were trained with Keras into networks of spiking neurons.

What is trained is a chain of layers with relu; its neurons are replaced by integrators whose
firing rates are what those compute. The file is read without Keras and TensorFlow.

Source: Diehl, Neil, Binas, Cook, Liu & Pfeiffer (2015), Fast-classifying, high-accuracy spiking
deep networks through weight and threshold balancing, IJCNN, doi:10.1109/IJCNN.2015.7280696.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from annlab.calls import public
from annlab.errors import ArgumentError, ArgumentTypeError, ShapeError, StateError, nearest
from annlab.extensions.conversion.keras_files import read_layers
from annlab.extensions.conversion.layers import Stage, read_stages, scaled
from annlab.extensions.conversion.neurons import (
    HIDDEN,
    INPUTS,
    READ_OUTS,
    hidden_neuron,
    input_neuron,
    read_out_neuron,
)
from annlab.extensions.conversion.samples import read_samples, warn_of_rates, warn_of_silence
from annlab.network.checks import read_flag, read_number, read_whole
from annlab.network.network import Network
from annlab.network.population import Population
from annlab.network.recipes import Entries

_UNDECIDED = -1
_STEP_MS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Converted:
    """A network that is ready to run."""

    network: Network
    input: Population
    output: Population


@public
class ANNtoSNNConverter:
    """Build a spiking network that classifies as a model of Keras does.

    Layers may be Dense, Conv2D, AveragePooling2D and Flatten, with relu between them; Dropout and
    noise are left out, as is the softmax of the last layer. Biases have to be 0: train with
    ``use_bias=False``. The network has a population for each layer of neurons, of the same name,
    and steps of 1 ms.

    Parameters
    ----------
    input_encoding
        "CPN" (or "poisson"): input neurons spike by chance at a constant rate of ``max_f * x`` Hz;
        "IB": intrinsically bursting neurons that get ``max_f * x``; "PSO": oscillating thresholds,
        ``2**(phase - 1)`` in phases 0 to 7 [ms], which ``max_f * x`` has to exceed.
    hidden_neuron
        "IaF": integrate and fire, without leak.
    read_out
        Which output neuron answers: the one with most spikes ("spike_count"), the first to spike
        ("time_to_first_spike") or to spike k times ("time_to_k_spikes"), or the one of the highest
        potential ("membrane_potential"), which then do not spike.
    k
        Number of spikes, for "time_to_k_spikes".
    max_f
        What an input of 1 is for the encoding, for "CPN" in Hz.

    Raises
    ------
    ArgumentError
        If a name is unknown, `k` is missing, or a number does not fit.
    ArgumentTypeError
        If an argument is of another type.

    Source
    ------
    Diehl et al. (2015), IJCNN, doi:10.1109/IJCNN.2015.7280696.

    Examples
    --------
    >>> from annlab.extensions.ann_to_snn_conversion import ANNtoSNNConverter
    >>> converter = ANNtoSNNConverter(read_out="time_to_k_spikes", k=3, max_f=200)
    >>> converter.input_encoding, converter.read_out, converter.k, converter.max_f
    ('CPN', 'time_to_k_spikes', 3, 200.0)
    """

    def __init__(
        self,
        input_encoding: str = "CPN",
        hidden_neuron: str = "IaF",
        read_out: str = "spike_count",
        *,
        k: int | None = None,
        max_f: float = 100.0,
    ) -> None:
        encoding = _known(input_encoding, INPUTS, "input encoding")
        self.input_encoding = "CPN" if encoding == "poisson" else encoding
        self.hidden_neuron = _known(hidden_neuron, HIDDEN, "hidden neuron")
        self.read_out = _known(read_out, READ_OUTS, "read-out")
        self.max_f = _positive(max_f, "max_f")
        self.k = None if k is None else read_whole(k, "k", least=1)
        if self.read_out == "time_to_k_spikes" and k is None:
            raise ArgumentError(
                "the read-out 'time_to_k_spikes' needs a number of spikes",
                hint="add k: ANNtoSNNConverter(read_out='time_to_k_spikes', k=5)",
            )
        self._converted: _Converted | None = None

    def __repr__(self) -> str:
        parts = f"{self.input_encoding}, {self.hidden_neuron}, {self.read_out}"
        return f"<ANNtoSNNConverter: {parts}>"

    def load_keras_model(
        self,
        filename: str | os.PathLike[str],
        directory: str = "annarchy",
        scale_factor: float | Sequence[float] | None = None,
        show_info: bool = True,
    ) -> Network:
        """Read a model that Keras has saved, and return its spiking network, compiled.

        Weights of layer l (0, 1 ... among those that have weights) are multiplied by ``s/M``, where
        M is the largest sum of the positive weights of one neuron.

        Parameters
        ----------
        filename
            A ``.keras`` or ``.h5`` file.
        directory
            As for `Network.compile`.
        scale_factor
            s: one number, or one for each layer with weights. Left out, it is ``l + 2``.
        show_info
            Print what the network consists of.

        Raises
        ------
        ArgumentError
            If the file cannot be read, or the scale factors do not fit.
        ConfigurationError
            If spiking neurons cannot do what a layer does; or if h5py is not installed.

        Examples
        --------
        A file as Keras writes it, of a model that tells which of two numbers is larger:

        >>> import h5py, json
        >>> from annlab.extensions.ann_to_snn_conversion import ANNtoSNNConverter
        >>> layers = [
        ...     {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [None, 2]}},
        ...     {"class_name": "Dense", "config": {"name": "larger", "activation": "softmax"}},
        ... ]
        >>> model = {"class_name": "Sequential", "config": {"layers": layers}}
        >>> with h5py.File("larger.h5", "w") as file:
        ...     file.attrs["model_config"] = json.dumps(model)
        ...     group = file.create_group("model_weights/larger")
        ...     group["kernel"] = [[1.0, -1.0], [-1.0, 1.0]]
        ...     group.attrs["weight_names"] = ["kernel"]
        >>> net = ANNtoSNNConverter().load_keras_model("larger.h5")
        x: 2 neurons, CPN
        larger: 2 neurons, spike_count, 4 synapses, weights times 2
        >>> net.get_population("larger").size
        2
        """
        is_shown = read_flag(show_info, "show_info of load_keras_model()")
        name, shape, stages = read_stages(read_layers(filename))
        n_trained = sum(stage.is_trained for stage in stages)
        factors = iter(_scale_factors(scale_factor, n_trained))
        fitted = [scaled(s, next(factors)) if s.is_trained else s for s in stages]
        converted = self._build(name, shape, fitted)
        converted.network.compile(directory=directory)
        self._converted = converted
        if is_shown:
            lines = [f"{name}: {converted.input.size} neurons, {self.input_encoding}"]
            lines += [self._line(old, new, stages) for old, new in zip(stages, fitted)]
            sys.stdout.write("\n".join(lines) + "\n")
        return converted.network

    def get_annarchy_network(self) -> Network:
        """Return the network of the model that was loaded last.

        Raises
        ------
        StateError
            If no model was loaded.

        Examples
        --------
        >>> import annlab
        >>> from annlab.extensions.ann_to_snn_conversion import ANNtoSNNConverter
        >>> converter = ANNtoSNNConverter()
        >>> try:
        ...     converter.get_annarchy_network()
        ... except annlab.errors.StateError as error:
        ...     print(error)
        no model was loaded
          call load_keras_model(filename) first
        """
        return self._require().network

    def predict(
        self,
        samples: ArrayLike,
        duration_per_sample: float = 1000,
        multiple: bool = False,
    ) -> NDArray[np.int64] | list[list[int]]:
        """Return the class of each sample: the rank of the neuron that answers.

        The network is reset before each sample, but for its random numbers: the noise of no two
        samples is the same. What monitors record is of the last one. Read-outs that wait for
        spikes stop when they come.

        Parameters
        ----------
        samples
            (n_samples, ...) of the shape of the input, or (n_samples, n_inputs); numbers of at
            least 0, by rule up to 1.
        duration_per_sample
            For how long each is shown at most [ms].
        multiple
            Return the list of all neurons that share the first place. Otherwise it is the one
            of the highest potential among them, and -1 where no neuron has spiked enough.

        Raises
        ------
        ShapeError
            If samples do not have the shape of the input.
        ArgumentError, ArgumentTypeError
            If samples hold something else than numbers of at least 0, or there is no duration.
        StateError
            If no model was loaded.

        Examples
        --------
        >>> import h5py, json
        >>> from annlab.extensions.ann_to_snn_conversion import ANNtoSNNConverter
        >>> dense = {"class_name": "Dense", "config": {"name": "larger"}}
        >>> model = {"class_name": "Sequential", "config": {"layers": [dense]}}
        >>> with h5py.File("larger.h5", "w") as file:
        ...     file.attrs["model_config"] = json.dumps(model)
        ...     group = file.create_group("model_weights/larger")
        ...     group["kernel"] = [[1.0, -1.0], [-1.0, 1.0]]
        ...     group.attrs["weight_names"] = ["kernel"]
        >>> converter = ANNtoSNNConverter()
        >>> net = converter.load_keras_model("larger.h5", show_info=False)
        >>> net.set_seed(1)
        >>> converter.predict([[0.9, 0.2], [0.1, 0.6]], duration_per_sample=200)
        array([0, 1])
        >>> converter.predict([[0.0, 0.0]], duration_per_sample=200)  # nothing to see
        array([-1])
        """
        converted = self._require()
        given = read_samples(samples, converted.input.geometry)
        duration_ms = _positive(duration_per_sample, "duration_per_sample [ms]")
        wants_all = read_flag(multiple, "multiple of predict()")
        if self.input_encoding in ("CPN", "poisson"):  # what others get is no rate
            warn_of_rates(given, max_rate_hz=self.max_f, limit_hz=1000.0 / _STEP_MS)
        answers = [self._winners(converted, sample, duration_ms) for sample in given]
        warn_of_silence(given, answers, n_needed=self._n_needed)
        if wants_all:
            return [sorted(winners) for winners in answers]
        return np.array([w[0] if w else _UNDECIDED for w in answers], dtype=np.int64)

    # -- helpers ------------------------------------------------------------------

    def _require(self) -> _Converted:
        if self._converted is None:
            raise StateError("no model was loaded", hint="call load_keras_model(filename) first")
        return self._converted

    @property
    def _waits(self) -> bool:
        return self.read_out.startswith("time_to_")

    @property
    def _n_needed(self) -> int:
        """How many spikes an answer takes."""
        return self.k if self.k and self.read_out == "time_to_k_spikes" else 1

    def _build(self, name: str, shape: tuple[int, ...], stages: Sequence[Stage]) -> _Converted:
        network = Network(dt=_STEP_MS)
        first = before = network.create(shape, input_neuron(self.input_encoding), name=name)
        for stage in stages:
            is_last = stage is stages[-1]
            layer = network.create(
                stage.shape,
                read_out_neuron(self.read_out) if is_last else hidden_neuron(),
                name=stage.name,
                stop_condition=f"sc >= {self._n_needed} : any" if is_last and self._waits else None,
            )
            recipe = Entries(
                label="from_sparse",
                pre=stage.pre,
                post=stage.post,
                weights=stage.weights,
            )
            network.connect(before, layer, "exc")._use_entries(recipe, None, None)
            before = layer
        return _Converted(network=network, input=first, output=before)

    def _line(self, old: Stage, new: Stage, stages: Sequence[Stage]) -> str:
        kind = self.read_out if old is stages[-1] else self.hidden_neuron
        parts = f"{math.prod(old.shape)} neurons, {kind}, {len(old.weights)} synapses"
        if not old.is_trained:
            return f"{old.name}: {parts}"
        largest = int(np.argmax(np.abs(old.weights)))
        return f"{old.name}: {parts}, weights times {new.weights[largest] / old.weights[largest]:g}"

    def _winners(
        self, converted: _Converted, sample: NDArray[np.float64], duration_ms: float
    ) -> list[int]:
        """Show one sample; return who shares the first place, the highest potential first."""
        network, output = converted.network, converted.output
        network.reset(reseed_rng=False)
        converted.input.set({"rates": self.max_f * sample})
        if self._waits:
            network.simulate_until(duration_ms, output, progress=False)
        else:
            network.simulate(duration_ms, progress=False)
        potential = np.ravel(output.v)
        if self.read_out == "membrane_potential":
            reached = potential
        else:
            reached = np.ravel(output.sc)
            if reached.max() < self._n_needed:
                return []
        first = np.flatnonzero(reached == reached.max())
        return first[np.argsort(-potential[first], kind="stable")].tolist()


def _known(given: object, names: Sequence[str], what: str) -> str:
    if not isinstance(given, str):
        raise ArgumentTypeError(f"the {what} is {given!r}", hint=f"use one of {', '.join(names)}")
    if given not in names:
        guess = nearest(given, names)
        raise ArgumentError(
            f"unknown {what} {given!r}",
            why=f"known here: {', '.join(names)}",
            hint=f"did you mean {guess!r}?" if guess else None,
        )
    return given


def _positive(value: object, what: str) -> float:
    number = read_number(value, what)
    if not number > 0.0:
        raise ArgumentError(f"{what} is {value!r}", hint="give a number above 0")
    return number


def _scale_factors(given: object, n_layers: int) -> list[float]:
    """Return one factor for each layer with weights."""
    if given is None:
        return [layer + 2.0 for layer in range(n_layers)]
    if not isinstance(given, Sequence | np.ndarray) or isinstance(given, str):
        return [_positive(given, "scale_factor")] * n_layers
    if len(given) != n_layers:
        raise ShapeError(
            f"scale_factor has {len(given)} numbers for {n_layers} layers with weights",
            hint="give one number for each of them, or one for all",
        )
    return [_positive(factor, "scale_factor") for factor in given]


__all__ = ["ANNtoSNNConverter"]
