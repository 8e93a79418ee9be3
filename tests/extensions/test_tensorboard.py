"""What a logger writes is what TensorBoard reads; what it refuses leaves nothing behind."""

from __future__ import annotations

import gc
import io
import re
import resource
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import annlab as ann
from annlab.errors import (
    AnnlabWarning,
    ArgumentError,
    ArgumentTypeError,
    ConfigurationError,
    ShapeError,
    StateError,
    StorageError,
)
from annlab.extensions.tensorboard import Logger


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    pytest.importorskip("tensorboardX")
    return tmp_path / "runs"


@pytest.fixture
def logger(runs: Path) -> Iterator[Logger]:
    with Logger(runs, "one") as opened:
        yield opened


def events(folder: Path) -> list[Any]:
    """Return the events of all files in a folder, their checksums checked."""
    return [event for file in sorted(folder.glob("*tfevents*")) for event in _records(file)]


def _records(file: Path) -> Iterator[Any]:
    from tensorboardX.proto.event_pb2 import Event
    from tensorboardX.record_writer import masked_crc32c

    stream = io.BytesIO(file.read_bytes())
    while header := stream.read(8):
        (length,) = struct.unpack("<Q", header)
        sums = [struct.unpack("<I", stream.read(4))[0]]
        data = stream.read(length)
        sums.append(struct.unpack("<I", stream.read(4))[0])
        assert sums == [masked_crc32c(header), masked_crc32c(data)]
        yield Event.FromString(data)


def values(folder: Path) -> list[tuple[int, Any]]:
    """Return (step, value) of all that was logged, in its order."""
    return [(event.step, value) for event in events(folder) for value in event.summary.value]


def scalars(folder: Path) -> list[tuple[str, int, float]]:
    return [(value.tag, step, value.simple_value) for step, value in values(folder)]


def pixels(png: bytes) -> np.ndarray:
    """Return what Pillow, which knows nothing of annlab, sees."""
    image = pytest.importorskip("PIL.Image")
    with image.open(io.BytesIO(png)) as picture:
        return np.asarray(picture)


def pictures(folder: Path) -> list[np.ndarray]:
    return [pixels(value.image.encoded_image_string) for _, value in values(folder)]


# -- folders --------------------------------------------------------------------------


def test_a_file_begins_with_the_version_that_tensorboard_asks_for(logger) -> None:
    (event,) = events(logger.folder)
    assert event.file_version == "brain.Event:2"


def test_a_run_lies_in_the_folder_of_its_experiment(runs, logger) -> None:
    assert logger.folder == runs / "one"
    assert [p.name for p in runs.iterdir()] == ["one"]


def test_runs_without_a_name_do_not_mix(runs) -> None:
    with Logger(runs) as first, Logger(runs) as second:
        first.add_scalar("error", 1.0)
        second.add_scalar("error", 2.0)
    assert first.folder != second.folder
    assert {first.folder.parent, second.folder.parent} == {runs}
    assert scalars(first.folder) == [("error", 0, 1.0)]
    assert scalars(second.folder) == [("error", 0, 2.0)]


def test_two_loggers_of_one_experiment_keep_what_both_wrote(runs) -> None:
    """Within one second: files of one name would overwrite each other."""
    with Logger(runs, "one") as first, Logger(runs, "one") as second:
        first.add_scalar("a", 1.0)
        second.add_scalar("b", 2.0)
    assert sorted(scalars(runs / "one")) == [("a", 0, 1.0), ("b", 0, 2.0)]


def test_the_default_folder_is_runs(runs, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Logger() as logger:
        logger.add_scalar("error", 1.0)
    assert logger.folder.parent == Path("runs")
    assert scalars(logger.folder) == [("error", 0, 1.0)]


def test_an_experiment_may_be_a_folder_in_a_folder(runs) -> None:
    with Logger(str(runs), "tau/10") as logger:
        assert logger.folder == runs / "tau" / "10"


def test_a_logger_shows_its_folder(runs) -> None:
    logger = Logger(runs, "one")
    assert repr(logger) == f"<Logger of {str(runs / 'one')!r}>"
    logger.close()
    assert repr(logger) == f"<Logger of {str(runs / 'one')!r}, closed>"


# -- numbers --------------------------------------------------------------------------


def test_scalars_count_their_steps_for_each_tag(logger) -> None:
    for value in (0.5, 0.25):
        logger.add_scalar("error", value)
        logger.add_scalar("rate of exc", 10 * value)  # a tag keeps its blanks
    assert scalars(logger.folder) == [
        ("error", 0, 0.5),
        ("rate of exc", 0, 5.0),
        ("error", 1, 0.25),
        ("rate of exc", 1, 2.5),
    ]


def test_counting_goes_on_from_a_step_that_was_given(logger) -> None:
    logger.add_scalar("error", 1.0, step=10)
    logger.add_scalar("error", 2.0)
    logger.add_scalar("error", 3.0, np.int64(5))
    logger.add_scalar("error", 4.0, 7.0)
    assert [step for _, step, _ in scalars(logger.folder)] == [10, 11, 5, 7]


def test_each_kind_of_a_tag_is_counted_by_itself(logger) -> None:
    for _ in range(2):
        logger.add_scalar("w", 1.0)
        logger.add_histogram("w", [1.0, 2.0])
        logger.add_image("w", [[0.0, 1.0]])
    assert [step for step, _ in values(logger.folder)] == [0, 0, 0, 1, 1, 1]


def test_what_is_refused_does_not_count(logger) -> None:
    with pytest.raises(ArgumentTypeError):
        logger.add_scalar("error", "high")
    logger.add_scalar("error", 1.0)
    assert scalars(logger.folder) == [("error", 0, 1.0)]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, 1.0),
        (True, 1.0),
        (np.bool_(False), 0.0),
        (np.float32(0.5), 0.5),
        (np.array(0.5), 0.5),
        (np.array([[0.5]]), 0.5),
        (float("inf"), float("inf")),
        (10**400, float("inf")),
        (-(10**400), float("-inf")),
        (1e300, float("inf")),  # single precision
    ],
)
def test_a_scalar_may_be_any_number(logger, value, expected) -> None:
    logger.add_scalar("x", value)
    assert scalars(logger.folder) == [("x", 0, expected)]


def test_nan_is_logged_for_a_run_that_fails_is_to_be_seen(logger) -> None:
    logger.add_scalar("x", float("nan"))
    ((_, _, value),) = scalars(logger.folder)
    assert np.isnan(value)


def test_scalars_are_curves_of_one_tag_in_runs_of_their_own(logger) -> None:
    logger.add_scalars("rate", {"exc": 5.0, "inh": 12.0})
    logger.add_scalars("rate", {"exc": 6.0})
    logger.add_scalars("rate", {"inh": 13.0}, step=4)
    assert scalars(logger.folder / "rate" / "exc") == [("rate", 0, 5.0), ("rate", 1, 6.0)]
    assert scalars(logger.folder / "rate" / "inh") == [("rate", 0, 12.0), ("rate", 4, 13.0)]
    assert scalars(logger.folder) == []


def test_a_histogram_counts_all_values(logger) -> None:
    logger.add_histogram("w", np.arange(100.0).reshape(10, 10), step=3)
    ((step, value),) = values(logger.folder)
    found = value.histo
    assert (step, value.tag) == (3, "w")
    assert (found.min, found.max, found.num, found.sum) == (0.0, 99.0, 100.0, 4950.0)
    assert found.sum_squares == 328350.0
    assert sum(found.bucket) == 100.0
    assert len(found.bucket) == len(found.bucket_limit) == 50
    assert found.bucket[0] == 2.0
    assert found.bucket_limit[-1] == 99.0


@pytest.mark.parametrize(
    "given",
    [
        [3.0] * 4,
        [0.0] * 4,
        [1.0, np.nextafter(1.0, 2.0)],
        [0.0, 5e-324],
        [-1e150, 1e150],
        [1e150, 1e150],
        [True, False, True],
        np.array([1, 2, 200], np.uint8),
        7,
    ],
)
def test_a_histogram_is_of_any_values(logger, given) -> None:
    logger.add_histogram("w", given)
    ((_, value),) = values(logger.folder)
    assert sum(value.histo.bucket) == value.histo.num == np.size(given)
    assert value.histo.bucket_limit[-1] == value.histo.max


def test_a_histogram_is_of_rows_of_different_lengths(logger) -> None:
    logger.add_histogram("w", [[1.0, 2.0], [], [3.0]])
    logger.add_histogram("w", [[[1.0], [2.0, 3.0]], [4.0]])
    assert [value.histo.sum for _, value in values(logger.folder)] == [6.0, 10.0]


def test_a_histogram_is_of_the_weights_of_a_projection(logger) -> None:
    net = ann.Network(seed=1, backend="reference")
    cells = net.create(10, ann.LeakyIntegrator)
    proj = net.connect(cells, cells, "exc").fixed_probability(0.3, ann.Uniform(0.0, 1.0))
    net.compile()
    logger.add_histogram("w", proj.w)
    ((_, value),) = values(logger.folder)
    assert value.histo.num == proj.nb_synapses
    assert value.histo.sum == pytest.approx(sum(map(sum, proj.w)))


def test_each_call_of_add_parameters_is_a_run_of_its_own(logger) -> None:
    from tensorboardX.proto.plugin_hparams_pb2 import HParamsPluginData

    logger.add_parameters({"tau": np.int64(10), "rule": "Oja", "on": True}, {"accuracy": 0.5})
    logger.add_parameters({"tau": 20.0, "rule": "Hebb", "on": np.bool_(False)}, {"accuracy": 1})
    folders = [logger.folder / "parameters", logger.folder / "parameters_2"]
    assert [scalars(folder)[-1] for folder in folders] == [("accuracy", 0, 0.5), ("accuracy", 0, 1)]
    tags = ["_hparams_/experiment", "_hparams_/session_start_info", "_hparams_/session_end_info"]
    assert [value.tag for _, value in values(folders[0])] == [*tags, "accuracy"]
    told = values(folders[0])[1][1].metadata.plugin_data
    found = HParamsPluginData.FromString(told.content).session_start_info.hparams
    assert told.plugin_name == "hparams"
    assert found["tau"].number_value == 10.0
    assert found["rule"].string_value == "Oja"
    assert found["on"].bool_value is True


# -- pictures -------------------------------------------------------------------------

GREY = np.array([[0.0, 0.5, 1.0], [0.25, 0.75, 1.0]])
LEVELS = [[0, 128, 255], [64, 191, 255]]


@pytest.mark.parametrize(
    "given", [GREY, GREY.tolist(), GREY[:, :, np.newaxis], np.array(LEVELS, np.uint8)]
)
def test_a_grey_image_has_the_levels_that_were_given(logger, given) -> None:
    logger.add_image("grey", given, step=2)
    ((step, value),) = values(logger.folder)
    assert (step, value.tag) == (2, "grey")
    assert (value.image.height, value.image.width, value.image.colorspace) == (2, 3, 1)
    np.testing.assert_array_equal(pixels(value.image.encoded_image_string), LEVELS)


def test_an_image_of_flags_is_black_and_white(logger) -> None:
    logger.add_image("mask", np.array([[True, False]]))
    assert pictures(logger.folder)[0].tolist() == [[255, 0]]


def test_a_coloured_image_keeps_its_colours(logger) -> None:
    colours = np.zeros((2, 3, 3))
    colours[0, 0], colours[1, 2] = (1.0, 0.0, 0.5), (0.0, 1.0, 0.0)
    logger.add_image("colours", colours)
    ((_, value),) = values(logger.folder)
    assert (value.image.height, value.image.width, value.image.colorspace) == (2, 3, 3)
    expected = np.rint(colours * 255).astype(np.uint8)
    np.testing.assert_array_equal(pixels(value.image.encoded_image_string), expected)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64, np.uint8])
def test_equalize_stretches_an_image_to_all_levels(logger, dtype) -> None:
    logger.add_image("rates", np.array([[10, 20, 30]], dtype), equalize=True)
    assert pictures(logger.folder)[0].tolist() == [[0, 128, 255]]


def test_an_equalised_image_of_one_value_is_black(logger) -> None:
    logger.add_image("rates", np.full((2, 2), 7.0), equalize=True)
    assert not pictures(logger.folder)[0].any()


def test_values_beyond_black_and_white_are_clipped_with_a_warning(logger) -> None:
    with pytest.warns(AnnlabWarning, match="image 'rates' has values beyond 0 to 1, which are cli"):
        logger.add_image("rates", [[-1.0, 0.5, 300.0]])
    assert pictures(logger.folder)[0].tolist() == [[0, 128, 255]]


STACK = np.array([[[0.0, 0.2]], [[0.0, 0.4]], [[0.2, 1.0]]])  # three of (1, 2)


def test_images_lie_side_by_side(logger) -> None:
    logger.add_images("fields", STACK)
    assert pictures(logger.folder)[0].tolist() == [[0, 51, 0, 102], [51, 255, 0, 0]]


def test_equalize_stretches_images_together(logger) -> None:
    logger.add_images("fields", 10 * STACK - 1, equalize=True)
    assert pictures(logger.folder)[0].tolist() == [[0, 51, 0, 102], [51, 255, 0, 0]]


@pytest.mark.parametrize("equalize", [True, False])
def test_equalize_per_image_stretches_each_of_its_own(logger, equalize) -> None:
    logger.add_images("fields", STACK, equalize=equalize, equalize_per_image=True)
    assert pictures(logger.folder)[0].tolist() == [[0, 255, 0, 255], [0, 255, 0, 0]]


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((1, 4, 5), (4, 5)),
        ((2, 4, 5), (4, 10)),
        ((4, 4, 5), (8, 10)),
        ((5, 4, 5, 1), (8, 15)),
        ((10, 4, 5, 3), (12, 20, 3)),
    ],
)
def test_a_mosaic_is_about_square(logger, shape, expected) -> None:
    logger.add_images("fields", np.zeros(shape))
    assert pictures(logger.folder)[0].shape == expected


def test_pictures_need_no_pillow(logger, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    logger.add_image("rates", GREY)
    monkeypatch.undo()
    np.testing.assert_array_equal(pictures(logger.folder)[0], LEVELS)


@pytest.mark.parametrize("close", [True, False])
def test_a_figure_is_logged_and_closed_if_wanted(logger, close) -> None:
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("agg")
    figure = plt.figure(figsize=(2.0, 1.0), dpi=50)
    canvas = figure.canvas
    logger.add_figure("rate", figure, 3, close=close)
    assert (figure.number not in plt.get_fignums()) is close
    assert close or figure.canvas is canvas  # pyplot takes it away
    plt.close(figure)
    ((step, value),) = values(logger.folder)
    assert (step, value.tag) == (3, "rate")
    assert (value.image.height, value.image.width, value.image.colorspace) == (50, 100, 4)
    assert pixels(value.image.encoded_image_string).shape == (50, 100, 4)


# -- moments --------------------------------------------------------------------------


def test_events_can_be_read_before_anything_is_closed(logger) -> None:
    logger.add_scalar("error", 0.5)
    assert scalars(logger.folder) == [("error", 0, 0.5)]
    logger.flush()
    assert scalars(logger.folder) == [("error", 0, 0.5)]


def test_a_logger_that_is_forgotten_loses_nothing_and_closes_its_files(runs) -> None:
    """A file that is left open warns, and warnings are errors here."""
    logger = Logger(runs, "one")
    logger.add_scalars("rate", {"exc": 1.0})
    del logger
    gc.collect()
    assert scalars(runs / "one" / "rate" / "exc") == [("rate", 0, 1.0)]


def test_what_was_logged_before_an_error_stays(runs) -> None:
    def run() -> None:
        with Logger(runs, "one") as logger:
            logger.add_scalar("error", 0.5)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run()
    assert scalars(runs / "one") == [("error", 0, 0.5)]


def test_closing_twice_does_nothing(logger) -> None:
    logger.add_scalar("error", 0.5)
    logger.close()
    before = {path: path.read_bytes() for path in logger.folder.rglob("*") if path.is_file()}
    logger.close()
    after = {path: path.read_bytes() for path in logger.folder.rglob("*") if path.is_file()}
    assert before == after != {}


def test_threads_share_a_logger(logger) -> None:
    def log() -> None:
        for _ in range(50):
            logger.add_scalar("x", 1.0)

    threads = [threading.Thread(target=log) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [step for _, step, _ in scalars(logger.folder)] == list(range(200))


@contextmanager
def room_for(folder: Path, n_bytes: int) -> Iterator[None]:
    """Let the file in a folder grow by some bytes only, as on a disk that is full."""
    (file,) = folder.glob("*tfevents*")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file.stat().st_size + n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_told_and_leaves_whole_events(logger) -> None:
    logger.add_scalar("error", 0.5)
    with room_for(logger.folder, n_bytes=20), pytest.raises(StorageError) as refused:
        logger.add_scalar("error", 0.25)
    assert re.search(
        "events.*' cannot be written: File too large\n"
        "  it holds what was logged before\n"
        "  make room and log it again$",
        str(refused.value),
    )
    logger.add_scalar("error", 0.125)
    assert scalars(logger.folder) == [("error", 0, 0.5), ("error", 1, 0.125)]


# -- refusal --------------------------------------------------------------------------

Call = Callable[[Logger], object]

REFUSED: dict[str, tuple[Call, type[Exception], str]] = {
    "tag-of-another-kind": (
        lambda log: log.add_scalar(3, 1.0),  # type: ignore[arg-type]
        ArgumentTypeError,
        "the tag of a scalar is 3\n  give text between quotes",
    ),
    "tag-of-nothing": (
        lambda log: log.add_image(" ", GREY),
        ArgumentError,
        "the tag of an image is ' '\n  give a name in one line: 'rate/exc'",
    ),
    "tag-of-two-lines": (
        lambda log: log.add_histogram("a\nb", GREY),
        ArgumentError,
        "the tag of a histogram is 'a\\nb'\n  give a name in one line: 'rate/exc'",
    ),
    "text": (
        lambda log: log.add_scalar("x", "1.0"),  # type: ignore[arg-type]
        ArgumentTypeError,
        "scalar 'x' is '1.0'\n  give a number",
    ),
    "complex": (
        lambda log: log.add_scalar("x", 1j),  # type: ignore[arg-type]
        ArgumentTypeError,
        "scalar 'x' is 1j\n  give a number",
    ),
    "many": (
        lambda log: log.add_scalar("x", np.zeros(3)),  # type: ignore[arg-type]
        ShapeError,
        (
            "scalar 'x' has the shape (3,)\n"
            "  give one number, such as its mean(); add_histogram() takes many"
        ),
    ),
    "fractional-step": (
        lambda log: log.add_scalar("x", 1.0, 0.5),  # type: ignore[arg-type]
        ArgumentError,
        "the step of 'x' is 0.5\n  give a whole number of at least 0",
    ),
    "negative-step": (
        lambda log: log.add_histogram("x", [1.0], step=-1),
        ArgumentError,
        "the step of 'x' is -1\n  give a finite number of at least 0",
    ),
    "step-of-another-kind": (
        lambda log: log.add_image("x", GREY, "first"),  # type: ignore[arg-type]
        ArgumentTypeError,
        "the step of 'x' is 'first'\n  give a number",
    ),
    "endless-step": (
        lambda log: log.add_scalar("x", 1.0, step=2**63),
        ArgumentError,
        "the step of 'x' is 9223372036854775808\n  give one below 2**63",
    ),
    "scalars-of-another-kind": (
        lambda log: log.add_scalars("x", [1.0]),  # type: ignore[arg-type]
        ArgumentTypeError,
        "scalars 'x' are [1.0]\n  give a dictionary of names: {\"accuracy\": 0.9}",
    ),
    "no-scalars": (
        lambda log: log.add_scalars("x", {}),
        ArgumentError,
        "scalars 'x' are empty\n  give at least one name and its value",
    ),
    "one-of-the-scalars": (
        lambda log: log.add_scalars("x", {"a": 1.0, "b": None}),  # type: ignore[dict-item]
        ArgumentTypeError,
        "'b' of scalars 'x' is None\n  give a number",
    ),
    "scalars-elsewhere": (
        lambda log: log.add_scalars("x", {"../a": 1.0}),
        ArgumentError,
        (
            "a name among scalars 'x' is '../a'\n"
            "  it names a folder, which would not lie in that of the logger\n"
            "  give a name without '..' that does not begin with '/'"
        ),
    ),
    "scalars-at-the-root": (
        lambda log: log.add_scalars("/x", {"a": 1.0}),
        ArgumentError,
        (
            "the tag of scalars is '/x'\n"
            "  it names a folder, which would not lie in that of the logger\n"
            "  give a name without '..' that does not begin with '/'"
        ),
    ),
    "no-values": (
        lambda log: log.add_histogram("w", [[], []]),
        ShapeError,
        "histogram 'w' has no values, but the shape (2, 0)\n  give some",
    ),
    "values-of-another-kind": (
        lambda log: log.add_histogram("w", ["a", "b"]),
        ArgumentTypeError,
        "histogram 'w' is ['a', 'b']\n  give an array of numbers",
    ),
    "values-that-are-no-numbers": (
        lambda log: log.add_histogram("w", [1.0, np.nan]),
        ArgumentError,
        (
            "histogram 'w' holds values that are NaN, infinite or beyond 1e+150\n"
            "  say what to show there: np.nan_to_num(values, nan=0.0, posinf=1.0, neginf=0.0)"
        ),
    ),
    "image-with-holes": (
        lambda log: log.add_image("x", [[np.inf]], equalize=True),
        ArgumentError,
        (
            "image 'x' holds values that are NaN, infinite or beyond 1e+150\n"
            "  say what to show there: np.nan_to_num(values, nan=0.0, posinf=1.0, neginf=0.0)"
        ),
    ),
    "image-of-another-kind": (
        lambda log: log.add_image("x", None),  # type: ignore[arg-type]
        ArgumentTypeError,
        "image 'x' is None\n  give an array of numbers",
    ),
    "ragged-image": (
        lambda log: log.add_image("x", [[1.0], [1.0, 2.0]]),
        ArgumentTypeError,
        "image 'x' is [[1.0], [1.0, 2.0]]\n  give an array of numbers",
    ),
    "row": (
        lambda log: log.add_image("x", np.zeros(3)),
        ShapeError,
        (
            "image 'x' has the shape (3,)\n"
            "  pictures are (height, width), (height, width, 1) or (height, width, 3)\n"
            "  add_images() takes several"
        ),
    ),
    "colours-first": (
        lambda log: log.add_image("x", np.zeros((3, 8, 8))),
        ShapeError,
        (
            "image 'x' has the shape (3, 8, 8)\n"
            "  pictures are (height, width), (height, width, 1) or (height, width, 3)\n"
            "  add_images() takes several"
        ),
    ),
    "single-image": (
        lambda log: log.add_images("x", np.zeros((8, 8))),
        ShapeError,
        (
            "stack 'x' of images has the shape (8, 8)\n"
            "  pictures are (n, height, width), (n, height, width, 1) or (n, height, width, 3)\n"
            "  add_image() takes a single picture"
        ),
    ),
    "equalize": (
        lambda log: log.add_image("x", GREY, equalize="yes"),  # type: ignore[arg-type]
        ArgumentTypeError,
        "equalize of add_image() is 'yes'\n  give True or False",
    ),
    "equalize-per-image": (
        lambda log: log.add_images("x", [GREY], equalize_per_image=2),  # type: ignore[arg-type]
        ArgumentTypeError,
        "equalize_per_image of add_images() is 2\n  give True or False",
    ),
    "parameters-of-another-kind": (
        lambda log: log.add_parameters(10.0, {"accuracy": 0.5}),  # type: ignore[arg-type]
        ArgumentTypeError,
        'the parameters are 10.0\n  give a dictionary of names: {"accuracy": 0.9}',
    ),
    "no-metrics": (
        lambda log: log.add_parameters({"tau": 10.0}, {}),
        ArgumentError,
        "the metrics are empty\n  give at least one name and its value",
    ),
    "list-as-a-parameter": (
        lambda log: log.add_parameters({"tau": [10.0]}, {"a": 0.5}),  # type: ignore[dict-item]
        ArgumentTypeError,
        "parameter 'tau' is [10.0]\n  give a number, True, False or text",
    ),
    "parameter-that-is-no-number": (
        lambda log: log.add_parameters({"tau": np.nan}, {"a": 0.5}),
        ArgumentError,
        "parameter 'tau' is nan\n  give a finite number",
    ),
    "metric-of-another-kind": (
        lambda log: log.add_parameters({"tau": 1.0}, {"a": "good"}),  # type: ignore[dict-item]
        ArgumentTypeError,
        "metric 'a' is 'good'\n  give a number",
    ),
    "no-figure": (
        lambda log: log.add_figure("x", [1, 2]),
        ArgumentTypeError,
        "figure 'x' is [1, 2]\n  give a figure of matplotlib: plt.gcf(), or axes.figure",
    ),
    "closing-a-figure": (
        lambda log: log.add_figure("x", None, close="no"),  # type: ignore[arg-type]
        ArgumentTypeError,
        "close of add_figure() is 'no'\n  give True or False",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_refused_and_nothing_is_written(logger, case) -> None:
    call, kind, text = REFUSED[case]
    with pytest.raises(kind) as refused:
        call(logger)
    assert str(refused.value) == text
    assert scalars(logger.folder) == []
    assert [path for path in logger.folder.iterdir() if path.is_dir()] == []


AFTER_CLOSE: dict[str, Call] = {
    "add_scalar": lambda log: log.add_scalar("x", 1.0),
    "add_scalars": lambda log: log.add_scalars("x", {"a": 1.0}),
    "add_histogram": lambda log: log.add_histogram("x", [1.0]),
    "add_image": lambda log: log.add_image("x", GREY),
    "add_images": lambda log: log.add_images("x", [GREY]),
    "add_parameters": lambda log: log.add_parameters({"tau": 1.0}, {"a": 1.0}),
    "flush": lambda log: log.flush(),
    "with": lambda log: log.__enter__(),
}


@pytest.mark.parametrize("name", AFTER_CLOSE)
def test_a_closed_logger_takes_nothing_more(logger, name) -> None:
    logger.close()
    with pytest.raises(StateError) as refused:
        AFTER_CLOSE[name](logger)
    assert str(refused.value) == (
        f"the logger of {str(logger.folder)!r} is closed\n"
        "  log before close() and inside of 'with'; a new Logger of the same logdir and "
        "experiment goes on"
    )
    assert len(events(logger.folder)) == 1


def test_a_figure_for_a_closed_logger_stays_open(logger) -> None:
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("agg")
    figure = plt.figure()
    logger.close()
    with pytest.raises(StateError, match="is closed"):
        logger.add_figure("x", figure)
    assert figure.number in plt.get_fignums()
    plt.close(figure)


@pytest.mark.parametrize("experiment", ["one", None])
def test_a_folder_that_cannot_be_made_is_told(runs, experiment) -> None:
    runs.write_text("a file")
    with pytest.raises(StorageError) as refused:
        Logger(runs, experiment)
    assert str(refused.value).startswith(f"a logger cannot make '{runs}/")
    assert str(refused.value).endswith(
        "\n  make room, mend the permissions, or give another logdir or name"
    )
    assert runs.read_text() == "a file"


@pytest.mark.parametrize(
    ("arguments", "kind", "text"),
    [
        ((3,), ArgumentTypeError, "the folder of a logger cannot be called 3\n  give its name"),
        (("",), ArgumentTypeError, "the folder of a logger cannot be called ''\n  give its name"),
        (
            ("runs", 3),
            ArgumentTypeError,
            "the experiment of a logger is 3\n  give text between quotes",
        ),
        (
            ("runs", ".."),
            ArgumentError,
            (
                "the experiment of a logger is '..'\n"
                "  it names a folder, which would not lie in that of the logger\n"
                "  give a name without '..' that does not begin with '/'"
            ),
        ),
    ],
)
def test_a_folder_needs_a_name(arguments, kind, text) -> None:
    with pytest.raises(kind) as refused:
        Logger(*arguments)
    assert str(refused.value) == text


def test_without_the_library_a_logger_says_what_to_install(tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(ConfigurationError) as refused:
        Logger(tmp_path / "runs")
    said = str(refused.value)
    assert said.startswith("Logger() needs the package tensorboardX, which cannot be imported: ")
    assert said.endswith('\n  pip install "tensorboardX>=2.6"')
    assert not (tmp_path / "runs").exists()


def test_the_library_is_imported_for_the_first_logger_only() -> None:
    code = "import sys, annlab.extensions.tensorboard; print('tensorboardX' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "False\n"
