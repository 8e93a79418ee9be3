"""Pictures of files and arrays become rates, and so do the frames of a camera.

The camera is a module ``cv2`` of the tests, so that neither OpenCV nor a camera is needed.
"""

from __future__ import annotations

import gc
import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import annlab as ann
from annlab.errors import (
    AnnlabWarning,
    ArgumentError,
    ArgumentTypeError,
    ConfigurationError,
    MissingFileError,
    ShapeError,
    StateError,
)
from annlab.extensions.image import ImagePopulation, VideoPopulation

LUMA = [0.299, 0.587, 0.114]
SHAPE = (4, 6)
GREY = np.random.default_rng(1).integers(0, 256, SHAPE, dtype=np.uint8)
COLOUR = np.random.default_rng(2).integers(0, 256, (*SHAPE, 3), dtype=np.uint8)


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    ann.clear()
    yield
    ann.clear()


def retina(geometry: tuple[int, ...] = SHAPE) -> ImagePopulation:
    net = ann.Network(backend="reference")
    population = net.create(ImagePopulation(geometry, name="retina"))
    assert isinstance(population, ImagePopulation)
    return population


def saved(folder: Path, pixels: NDArray | Image.Image, name: str = "picture.png") -> Path:
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    image.save(folder / name)
    return folder / name


# -- geometry ---------------------------------------------------------------------------


@pytest.mark.parametrize("make", [ImagePopulation, VideoPopulation])
@pytest.mark.parametrize(
    ("geometry", "error", "text"),
    [
        (24, ShapeError, r"Population is \(24,\)\n  give \(height, width\) for shades of grey"),
        ((4, 6, 2), ShapeError, r"is \(4, 6, 2\)"),
        ((4, 6, 4), ShapeError, r"is \(4, 6, 4\)"),
        ((4, 6, 3, 1), ShapeError, r"is \(4, 6, 3, 1\)"),
        ((4, 0), ArgumentError, "extents are integers above 0"),
        (None, ArgumentTypeError, "the geometry of a population is None"),
        ("4x6", ArgumentTypeError, "the geometry of a population is '4x6'"),
    ],
)
def test_a_geometry_that_is_no_picture_is_refused(
    make: Callable[[Any], object], geometry: object, error: type[Exception], text: str
) -> None:
    before = len(ann.populations())
    with pytest.raises(error, match=text):
        make(geometry)
    assert len(ann.populations()) == before


def test_a_geometry_is_needed() -> None:
    with pytest.raises(ArgumentTypeError, match=r"ImagePopulation\(\) needs 'geometry'"):
        ImagePopulation()  # type: ignore[call-arg]


# -- pictures ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("geometry", "pixels", "expected"),
    [
        (SHAPE, GREY, GREY / 255),
        ((*SHAPE, 1), GREY, GREY / 255),
        ((*SHAPE, 3), GREY, np.stack([GREY] * 3, axis=-1) / 255),
        (SHAPE, COLOUR, COLOUR / 255 @ LUMA),
        ((*SHAPE, 1), COLOUR, COLOUR / 255 @ LUMA),
        ((*SHAPE, 3), COLOUR, COLOUR / 255),
    ],
    ids=["grey", "grey-1", "grey-3", "colour", "colour-1", "colour-3"],
)
def test_pixels_become_rates_with_the_channels_of_the_geometry(
    tmp_path: Path, geometry: tuple[int, ...], pixels: NDArray, expected: NDArray
) -> None:
    population = retina(geometry)
    population.set_image(saved(tmp_path, pixels))
    assert population.r.shape == expected.shape
    assert population.r == pytest.approx(expected, abs=1e-12)


def _of_mode(mode: str) -> Image.Image:
    return Image.fromarray(COLOUR).convert(mode)


@pytest.mark.parametrize(
    ("image", "name", "expected"),
    [
        (Image.fromarray(GREY > 127), "bits.png", np.where(GREY > 127, 1.0, 0.0)),
        (_of_mode("LA"), "transparent.png", np.asarray(_of_mode("L")) / 255),
        (_of_mode("RGBA"), "transparent.png", COLOUR / 255 @ LUMA),
        (_of_mode("P"), "palette.gif", np.asarray(_of_mode("P").convert("RGB")) / 255 @ LUMA),
        (Image.fromarray(GREY.astype(np.uint16) * 257), "deep.png", GREY / 255),
        (Image.fromarray(GREY.astype(np.int32) * 257), "deep.tif", GREY / 255),
        (Image.fromarray((GREY / 255).astype(np.float32)), "floats.tif", GREY / 255),
    ],
    ids=["1", "LA", "RGBA", "P", "I;16", "I", "F"],
)
def test_every_kind_of_file_ends_between_0_and_1(
    tmp_path: Path, image: Image.Image, name: str, expected: NDArray
) -> None:
    population = retina()
    population.set_image(saved(tmp_path, image, name))
    assert population.r == pytest.approx(expected, abs=1e-6)


def test_a_photograph_stands_upright(tmp_path: Path) -> None:
    image = Image.fromarray(GREY)
    exif = image.getexif()
    exif[0x0112] = 6  # the camera was held on its side
    image.save(tmp_path / "photograph.png", exif=exif)
    population = retina((6, 4))
    population.set_image(tmp_path / "photograph.png")
    assert population.r == pytest.approx(np.rot90(GREY, -1) / 255)


def test_a_name_may_be_text_and_a_file_may_be_open(tmp_path: Path) -> None:
    path = saved(tmp_path, GREY)
    named, opened, held = retina(), retina(), retina()
    named.set_image(filename=str(path))
    with path.open("rb") as file:
        opened.set_image(file)
        assert not file.closed
    held.set_image(io.BytesIO(path.read_bytes()))
    assert [p.r.tolist() for p in (named, opened, held)] == [(GREY / 255).tolist()] * 3


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [
        (GREY, GREY / 255),
        (GREY[..., None], GREY / 255),
        (GREY.astype(np.uint16) * 257, GREY / 255),
        (GREY > 127, np.where(GREY > 127, 1.0, 0.0)),
        ((GREY / 255).astype(np.float32), GREY / 255),
        (np.dstack([COLOUR / 255, np.ones(SHAPE)]), COLOUR / 255 @ LUMA),
    ],
    ids=["bytes", "one-channel", "16-bit", "truth", "float32", "transparent"],
)
def test_an_array_is_a_picture(
    monkeypatch: pytest.MonkeyPatch, pixels: NDArray, expected: NDArray
) -> None:
    monkeypatch.setitem(sys.modules, "PIL.Image", None)  # it is not needed
    population = retina()
    population.set_image(pixels)
    assert population.r == pytest.approx(expected, abs=1e-6)


# -- sizes ------------------------------------------------------------------------------


def test_a_smaller_geometry_has_the_means_of_pixels(tmp_path: Path) -> None:
    population = retina((2, 2))
    text = "population 'retina': a picture of 4 x 6 pixels is resized to 2 x 2"
    with pytest.warns(AnnlabWarning, match=text) as seen:
        population.set_image(saved(tmp_path, GREY))
    assert population.r == pytest.approx(GREY.reshape(2, 2, 2, 3).mean((1, 3)) / 255)
    assert (len(seen), seen[0].filename) == (1, __file__)


def test_a_larger_geometry_repeats_pixels() -> None:
    population = retina((8, 18, 3))
    with pytest.warns(AnnlabWarning, match="is resized to 8 x 18"):
        population.set_image(COLOUR)
    assert population.r == pytest.approx(COLOUR.repeat(2, axis=0).repeat(3, axis=1) / 255)


@pytest.mark.parametrize(
    ("width", "expected"),
    [(2, [[1 / 6, 5 / 6]]), (1, [[0.5]]), (4, [[0.0, 1 / 3, 2 / 3, 1.0]])],
)
def test_a_pixel_between_two_neurons_counts_in_part(width: int, expected: list[object]) -> None:
    population = retina((1, width))
    with pytest.warns(AnnlabWarning, match="resized"):
        population.set_image(np.array([[0.0, 0.5, 1.0]]))
    # Of 4 neurons the second covers a quarter of the first pixel and half of the next one.
    assert population.r == pytest.approx(np.array(expected))


def test_rates_stay_between_0_and_1_however_they_are_summed() -> None:
    population = retina((7, 11))
    with pytest.warns(AnnlabWarning, match="resized"):
        population.set_image(np.ones((997, 1013)))
    assert population.r.max() <= 1.0
    assert population.r == pytest.approx(1.0, abs=1e-9)


# -- in networks ------------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["reference", "cpu"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_pictures_reach_other_neurons_before_and_after_compile(backend: str, dtype: str) -> None:
    net = ann.Network(backend=backend, dtype=dtype)
    image = net.create(ImagePopulation(SHAPE))
    reader = net.create(SHAPE, ann.Neuron(equations="r = sum(exc)"))
    net.connect(image, reader, "exc").one_to_one(2.0)
    image.set_image(GREY)
    net.compile()
    net.simulate(3.0)
    assert reader.r == pytest.approx(2.0 * GREY / 255, abs=1e-6)
    image.set_image(255 - GREY)
    net.simulate(3.0)
    assert reader.r == pytest.approx(2.0 - 2.0 * GREY / 255, abs=1e-6)


def test_reset_shows_the_picture_that_was_there_at_compile() -> None:
    population = retina()
    population.set_image(GREY)
    population.network.compile()
    population.set_image(COLOUR)
    population.network.reset()
    assert population.r == pytest.approx(GREY / 255)


def test_copies_show_what_was_shown_and_go_their_own_way() -> None:
    ann.setup(backend="reference")
    image = ImagePopulation(geometry=(*SHAPE, 1), name="image")
    video = VideoPopulation(SHAPE, "4.10", "video")
    image.set_image(GREY)
    video.set_image(COLOUR)
    net = ann.Network(everything=True)
    assert [type(p) for p in net.get_populations()] == [ImagePopulation, VideoPopulation]
    net.compile()
    image.set_image(255 - GREY)
    assert net.get(image).r == pytest.approx(GREY / 255)
    assert net.get(video).r == pytest.approx(COLOUR / 255 @ LUMA)
    assert (net.get(image).name, net.get(video).name) == ("image", "video")
    net.get(image).set_image(COLOUR)
    again = net.copy()
    assert again.get_population("image").geometry == SHAPE


def test_the_global_network_runs_them() -> None:
    ann.setup(backend="reference")
    image = ImagePopulation(SHAPE)
    ann.compile()
    image.set_image(GREY)
    ann.simulate(2.0)
    assert image.r == pytest.approx(GREY / 255)


def test_they_can_belong_to_a_network_from_the_begin() -> None:
    net = ann.Network(backend="reference")
    assert ImagePopulation(SHAPE, network=net).network is net
    assert VideoPopulation(SHAPE, network=net).network is net


# -- what is no picture -----------------------------------------------------------------


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "notes.png").write_text("no picture")
    whole = saved(tmp_path, np.tile(GREY, (20, 20)), "whole.png").read_bytes()
    (tmp_path / "half.png").write_bytes(whole[: len(whole) // 2])
    saved(tmp_path, Image.fromarray(np.full(SHAPE, -1, np.int32)), "negative.tif")
    return tmp_path


REFUSED: dict[str, tuple[Callable[[Path], Any], type[Exception], str]] = {
    "missing": (
        lambda f: f / "none.png",
        MissingFileError,
        r"'retina': there is no file '.*none.png'\n  the folder .* has none\n",
    ),
    "folder": (lambda f: f, ArgumentError, "cannot be read: Is a directory"),
    "no-picture": (
        lambda f: f / "notes.png",
        ArgumentError,
        r"'.*notes.png' is no picture that Pillow can read\n  give a .png, .jpg or .tif file",
    ),
    "half": (lambda f: f / "half.png", ArgumentError, "half.png' cannot be read: .*truncated"),
    "empty": (lambda f: io.BytesIO(), ArgumentError, "a picture is no picture that Pillow"),
    "negative": (lambda f: f / "negative.tif", ArgumentTypeError, "are of type int32\n  give fl"),
    "open-for-text": (
        lambda f: io.StringIO("no picture"),
        ArgumentTypeError,
        r'open for reading text\n  open it for reading bytes: open\(filename, "rb"\)',
    ),
    "number": (
        lambda f: 3,
        ArgumentTypeError,
        r"'retina': a picture cannot be 3\n  give the name of a file, an open file, or an array",
    ),
    "nothing": (lambda f: None, ArgumentTypeError, "a picture cannot be None"),
    "list": (lambda f: [[0, 255]], ArgumentTypeError, r"a picture cannot be \[\[0, 255\]\]"),
    "bytes": (lambda f: bytes(10_000), ArgumentTypeError, r"a picture cannot be b'.{,99}\n"),
    "image": (lambda f: Image.fromarray(GREY), ArgumentTypeError, r"array: np.asarray\(image\)"),
    "no-name": (lambda f: "", ArgumentTypeError, "a picture cannot be called ''\n  give its name"),
    "row": (lambda f: GREY[0], ShapeError, r"a picture has shape \(6,\)\n  give \(height, width\)"),
    "two-channels": (lambda f: COLOUR[..., :2], ShapeError, r"shape \(4, 6, 2\)"),
    "no-pixels": (lambda f: GREY[:0], ShapeError, r"shape \(0, 6\)"),
    "large-floats": (
        lambda f: GREY / 1.0,
        ArgumentError,
        r"reach from \d+ to \d+\n  a float is a part .*\n  divide by the largest value",
    ),
    "nan": (lambda f: np.full(SHAPE, np.nan), ArgumentError, "reach from nan to nan"),
    "integers": (
        lambda f: GREY.astype(int),
        ArgumentTypeError,
        r"are of type int64\n  give floats .*array.astype\(np.uint8\)",
    ),
    "complex": (lambda f: GREY * 1j, ArgumentTypeError, "are of type complex128"),
    "words": (lambda f: np.full(SHAPE, "x"), ArgumentTypeError, "are of type <U1"),
    "masked": (
        lambda f: np.ma.masked_less(GREY / 255, 0.5),
        ArgumentTypeError,
        "the pixels of a picture are masked",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_picture_is_refused_and_the_last_one_stays(files: Path, case: str) -> None:
    give, error, text = REFUSED[case]
    population = retina()
    population.set_image(GREY)
    with pytest.raises(error, match=text):
        population.set_image(give(files))
    assert population.r.tolist() == (GREY / 255).tolist()


def test_a_warning_that_is_an_error_changes_nothing() -> None:
    population = retina()
    with pytest.raises(AnnlabWarning, match="resized"):
        population.set_image(GREY[:2])
    assert population.r.tolist() == np.zeros(SHAPE).tolist()


def test_without_pillow_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(tmp_path, GREY)
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    text = r"'retina': the file of a picture needs the package pillow.*\n  pip install pillow; in a"
    with pytest.raises(ConfigurationError, match=text):
        retina().set_image(path)


# -- cameras ----------------------------------------------------------------------------


class Cameras:
    """Stands for OpenCV: cameras 0 and 1 are there, and give the frames of the test."""

    def __init__(self) -> None:
        self.frames: list[NDArray] = []
        self.opened: list[int] = []
        self.closed: list[int] = []

    def capture(self, port: int) -> Any:
        self.opened.append(port)
        is_open = [port < 2]

        def read() -> tuple[bool, NDArray | None]:
            has_frame = is_open[0] and bool(self.frames)
            return has_frame, self.frames.pop(0) if has_frame else None

        def release() -> None:
            is_open[0] = False
            self.closed.append(port)

        return SimpleNamespace(isOpened=lambda: is_open[0], read=read, release=release)


@pytest.fixture
def cameras(monkeypatch: pytest.MonkeyPatch) -> Cameras:
    made = Cameras()
    monkeypatch.setitem(sys.modules, "cv2", SimpleNamespace(VideoCapture=made.capture))
    return made


def eye(geometry: tuple[int, ...] = SHAPE) -> VideoPopulation:
    net = ann.Network(backend="reference")
    population = net.create(VideoPopulation(geometry, name="eye"))
    assert isinstance(population, VideoPopulation)
    return population


@pytest.mark.parametrize(
    ("geometry", "expected"),
    [
        (SHAPE, COLOUR / 255 @ LUMA),
        ((*SHAPE, 1), COLOUR / 255 @ LUMA),
        ((*SHAPE, 3), COLOUR / 255),
        ((2, 2, 3), COLOUR.reshape(2, 2, 2, 3, 3).mean((1, 3)) / 255),  # without a warning
    ],
)
def test_frames_become_rates(
    cameras: Cameras, geometry: tuple[int, ...], expected: NDArray
) -> None:
    cameras.frames = [COLOUR[..., ::-1]]  # OpenCV begins with blue
    population = eye(geometry)
    population.start_camera()
    population.grab_image()
    assert population.r == pytest.approx(expected)
    assert cameras.opened == [0]


def test_frames_may_be_grey_or_transparent(cameras: Cameras) -> None:
    cameras.frames = [GREY, GREY[..., None], np.dstack([COLOUR[..., ::-1], GREY])]
    population = eye()
    population.start_camera(camera_port=1)
    seen = []
    for _ in range(3):
        population.grab_image()
        seen.append(population.r)
    assert seen[0] == pytest.approx(GREY / 255)
    assert seen[1] == pytest.approx(GREY / 255)
    assert seen[2] == pytest.approx(COLOUR / 255 @ LUMA)


def test_frames_can_be_grabbed_while_the_network_runs(cameras: Cameras) -> None:
    cameras.frames = [np.full(SHAPE, value, np.uint8) for value in (51, 102, 153)]
    net = ann.Network(backend="reference")
    population = net.create(VideoPopulation(SHAPE))
    seen = net.monitor(population[0, 0:1], "r")
    population.start_camera()
    net.compile()

    @ann.every(network=net, period=2.0)
    def look(step: int) -> None:
        population.grab_image()

    net.simulate(6.0)
    assert seen.get("r").ravel() == pytest.approx([0.2, 0.2, 0.4, 0.4, 0.6, 0.6])


def test_a_camera_is_released_once(cameras: Cameras) -> None:
    population = eye()
    population.release()
    population.start_camera()
    population.release()
    population.release()
    assert cameras.closed == [0]
    with pytest.raises(StateError, match="population 'eye' has no camera\n  call start_camera"):
        population.grab_image()


def test_a_camera_is_released_with_its_population(cameras: Cameras) -> None:
    population = eye()
    population.start_camera()
    del population
    gc.collect()
    assert cameras.closed == [0]


def test_a_camera_that_is_open_is_not_opened_again(cameras: Cameras) -> None:
    population = eye()
    population.start_camera()
    population.start_camera(0)
    assert (cameras.opened, cameras.closed) == ([0], [])


def test_another_camera_takes_the_place_of_the_first(cameras: Cameras) -> None:
    population = eye()
    population.start_camera(0)
    population.start_camera(1)
    assert (cameras.opened, cameras.closed) == ([0, 1], [0])


def test_a_copy_has_no_camera(cameras: Cameras) -> None:
    ann.setup(backend="reference")
    population = VideoPopulation(SHAPE, name="eye")
    population.start_camera()
    net = ann.Network(everything=True)
    with pytest.raises(StateError, match="population 'eye' has no camera"):
        net.get(population).grab_image()


def test_grabbing_needs_a_camera() -> None:
    with pytest.raises(StateError, match="'eye' has no camera\n  call start_camera.. first"):
        eye().grab_image()


def test_a_camera_that_cannot_be_opened_leaves_the_other_one(cameras: Cameras) -> None:
    cameras.frames = [GREY]
    population = eye()
    population.start_camera(1)
    text = "'eye': camera 7 cannot be opened\n  there is none of this number.*\n  close that"
    with pytest.raises(ArgumentError, match=text):
        population.start_camera(7)
    population.grab_image()
    assert cameras.closed == [7]
    assert population.r == pytest.approx(GREY / 255)


def test_a_camera_that_gives_no_frame_leaves_the_last_one(cameras: Cameras) -> None:
    cameras.frames = [GREY]
    population = eye()
    population.start_camera()
    population.grab_image()
    text = r"'eye': camera 0 gives no frame\n  it was unplugged.*\n  call release\(\), then start"
    with pytest.raises(StateError, match=text):
        population.grab_image()
    assert population.r == pytest.approx(GREY / 255)


@pytest.mark.parametrize(
    ("port", "error", "text"),
    [
        (-1, ArgumentError, "the camera port of population 'eye' is -1"),
        (0.5, ArgumentError, "is 0.5\n  give a whole number of at least 0"),
        ("front", ArgumentTypeError, "is 'front'\n  give a number"),
        (True, ArgumentTypeError, "is True\n  give a number"),
    ],
)
def test_a_port_that_is_no_number_is_refused(
    cameras: Cameras, port: Any, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        eye().start_camera(port)
    assert cameras.opened == []


def test_without_opencv_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    text = "needs the package opencv-python-headless.*\n  pip install opencv-python-headless; in a"
    with pytest.raises(ConfigurationError, match=text):
        eye().start_camera()


@pytest.mark.parametrize("version", ["4", "4.10.0", 4, "5"])
def test_any_version_of_opencv_is_accepted(version: Any) -> None:
    assert VideoPopulation(SHAPE, version).geometry == SHAPE


@pytest.mark.parametrize("version", ["eye", "", None, (4,)])
def test_a_name_in_the_place_of_the_version_is_refused(version: Any) -> None:
    with pytest.raises(ArgumentError, match="opencv_version is .*\n  leave it out, or give a ver"):
        VideoPopulation(SHAPE, version)
