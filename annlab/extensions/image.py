"""Pictures and cameras as inputs: rates that are the brightness of pixels, between 0 and 1.

An `ImagePopulation` is an `InputArray` whose rates come from a picture; those of a
`VideoPopulation` come from a camera. As in NumPy, rows of pixels come first, from top to bottom:
``(height, width)`` or ``(height, width, channels)``. Pillow, which reads files, and OpenCV, which
reads cameras, need not be there: they are imported when first needed.
"""

from __future__ import annotations

import io
import os
import re
import reprlib
import struct
import threading
import weakref
from importlib import import_module
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from annlab.calls import public, warn
from annlab.errors import (
    ArgumentError,
    ArgumentTypeError,
    ConfigurationError,
    ShapeError,
    StateError,
)
from annlab.network.checks import read_whole
from annlab.network.files import existing_path
from annlab.network.geometry import read_geometry
from annlab.network.inputs_rates import InputArray

if TYPE_CHECKING:
    from annlab.network.network import Network

_LUMA = (0.299, 0.587, 0.114)  # how bright red, green and blue look: ITU-R BT.601
_CHANNELS = (1, 3, 4)  # grey, colour, colour and transparency
_GREY_MODES = ("1", "L", "LA", "La")  # of Pillow
_VERSION = re.compile(r"\d+(\.\d+)*")


@public
class ImagePopulation(InputArray):
    """Rate-coded neurons whose rates `r` are the pixels of a picture, between 0 and 1.

    Parameters
    ----------
    geometry
        ``(height, width)`` for shades of grey, ``(height, width, 3)`` for red, green and blue.
        ``(height, width, 1)`` is another word for ``(height, width)``.

    Raises
    ------
    ShapeError
        If the geometry is none of these.
    ArgumentError, ArgumentTypeError
        If the geometry has no whole extents above 0.

    Examples
    --------
    >>> import annlab
    >>> import numpy as np
    >>> from annlab.extensions.image import ImagePopulation
    >>> net = annlab.Network()
    >>> retina = net.create(ImagePopulation((2, 3)))
    >>> retina.set_image(np.array([[0, 51, 102], [153, 204, 255]], dtype=np.uint8))
    >>> net.compile()
    >>> net.simulate(5.0)
    5
    >>> retina.r
    array([[0. , 0.2, 0.4],
           [0.6, 0.8, 1. ]])
    """

    def __init__(
        self,
        geometry: tuple[int, ...],
        name: str | None = None,
        *,
        network: Network | None = None,
    ) -> None:
        extents = _checked(read_geometry(geometry), type(self).__name__)
        super().__init__(extents, name, network=network)

    def set_image(self, filename: str | os.PathLike[str] | IO[bytes] | NDArray) -> None:
        """Show a picture; it stays until the next one.

        Colours become shades of grey, and shades of grey three equal channels, where the geometry
        asks for it; transparency is ignored. A picture of another size is stretched to the
        geometry, and annlab warns: each neuron has the mean of what it covers.

        Parameters
        ----------
        filename
            Name of a file that Pillow can read; or a file that is open for reading bytes; or an
            array, ``(height, width)`` or ``(height, width, channels)``, of bytes from 0 to 255,
            16-bit numbers from 0 to 65535, truth values, or floats from 0 to 1.

        Raises
        ------
        ArgumentTypeError
            If it is none of these.
        ArgumentError
            If the file is missing, damaged or no picture, or a float lies outside 0 to 1.
        ShapeError
            If the array has the shape of no picture.
        ConfigurationError
            If a file is to be read, and Pillow cannot be imported.

        Examples
        --------
        >>> import annlab
        >>> import numpy as np
        >>> from PIL import Image
        >>> from annlab.extensions.image import ImagePopulation
        >>> pixels = np.array([[[255, 0, 0], [0, 0, 255]]], dtype=np.uint8)
        >>> Image.fromarray(pixels).save("red-and-blue.png")
        >>> net = annlab.Network()
        >>> grey = net.create(ImagePopulation((1, 2)))
        >>> colour = net.create(ImagePopulation((1, 2, 3)))
        >>> grey.set_image("red-and-blue.png")
        >>> colour.set_image("red-and-blue.png")
        >>> grey.r, colour.r.tolist()
        (array([[0.299, 0.114]]), [[[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]])
        """
        pixels = _read(filename, self._label)
        if pixels.shape[:2] != self.geometry[:2]:
            warn(
                f"{self._label}: a picture of {_extents(pixels.shape)} pixels is resized to "
                f"{_extents(self.geometry)}"
            )
        self._show(pixels)

    def _show(self, pixels: NDArray[np.float64]) -> None:
        values = _with_channels(pixels, is_colour=self.geometry[2:] == (3,))
        for axis, extent in enumerate(self.geometry[:2]):
            values = _resized(values, extent, axis)
        values = np.clip(values, 0.0, 1.0)  # sums leave a rounding error
        self.set({"r": values.reshape(self.geometry)})


@public
class VideoPopulation(ImagePopulation):
    """Rate-coded neurons whose rates `r` are the pixels of a camera, between 0 and 1.

    The picture changes when `grab_image` is called. A camera belongs to one population: copies in
    other networks start their own. When the population is forgotten, so is its camera.

    Parameters
    ----------
    geometry
        As of an `ImagePopulation`.
    opencv_version
        Accepted for scripts: the OpenCV that is installed is used.

    Raises
    ------
    ShapeError, ArgumentError, ArgumentTypeError
        As of an `ImagePopulation`, and if `opencv_version` is no version.

    Examples
    --------
    >>> import annlab
    >>> from annlab.extensions.image import VideoPopulation
    >>> net = annlab.Network()
    >>> eye = net.create(VideoPopulation((48, 64), name="eye"))
    >>> net.compile()
    >>> eye.r.shape, float(eye.r.max())  # black, until start_camera() and grab_image()
    ((48, 64), 0.0)
    """

    _camera: _Camera | None = None
    _close: weakref.finalize

    def __init__(
        self,
        geometry: tuple[int, ...],
        opencv_version: str = "4",
        name: str | None = None,
        *,
        network: Network | None = None,
    ) -> None:
        if not _VERSION.fullmatch(str(opencv_version)):
            raise ArgumentError(
                f"opencv_version is {opencv_version!r}",
                hint='leave it out, or give a version such as "4"; a name is given by name=...',
            )
        super().__init__(geometry, name, network=network)

    def start_camera(self, camera_port: int = 0) -> None:
        """Open a camera, in place of the one that was open.

        If that is the same one, nothing happens. An example is in docs/user-guide.md.

        Parameters
        ----------
        camera_port
            Number of the camera; 0 is the first.

        Raises
        ------
        ArgumentError, ArgumentTypeError
            If the port is no whole number of at least 0, or the camera cannot be opened.
        ConfigurationError
            If OpenCV cannot be imported.
        """
        port = read_whole(camera_port, f"the camera port of {self._label}")
        if self._camera is not None and self._camera.port == port:
            return  # most cameras cannot be opened twice
        camera = _Camera(port, self._label)
        self.release()
        self._camera = camera
        self._close = weakref.finalize(self, camera.release)

    def grab_image(self) -> None:
        """Show the next frame of the camera, stretched to the geometry.

        Waits for the camera. May be called from a function that `every` calls.

        Raises
        ------
        StateError
            If no camera is open, or it gives no frame. The last picture stays.

        Examples
        --------
        >>> import annlab
        >>> from annlab.extensions.image import VideoPopulation
        >>> eye = annlab.Network().create(VideoPopulation((48, 64), name="eye"))
        >>> eye.grab_image()
        Traceback (most recent call last):
        annlab.errors.StateError: population 'eye' has no camera
          call start_camera() first
        """
        camera = self._camera
        if camera is None:
            raise StateError(f"{self._label} has no camera", hint="call start_camera() first")
        frame = camera.read()
        if frame is None:
            raise StateError(
                f"{self._label}: camera {camera.port} gives no frame",
                why="it was unplugged, released, or is used by another program",
                hint="call release(), then start_camera()",
            )
        # OpenCV begins with blue.
        pixels = frame[..., 2::-1] if frame.ndim == 3 else frame
        self._show(_as_unit(pixels, self._label))

    def release(self) -> None:
        """Close the camera, if one is open; the last picture stays.

        Examples
        --------
        >>> import annlab
        >>> from annlab.extensions.image import VideoPopulation
        >>> eye = annlab.Network().create(VideoPopulation((48, 64)))
        >>> eye.release()  # none is open: nothing happens
        """
        if self._camera is not None:
            self._camera = None
            self._close()


class _Camera:
    """A camera that OpenCV has opened. One thread at a time may use it."""

    def __init__(self, port: int, owner: str) -> None:
        cv2 = _library("cv2", "opencv-python-headless", f"{owner}: a camera")
        capture = cv2.VideoCapture(port)
        if not capture.isOpened():
            capture.release()
            raise ArgumentError(
                f"{owner}: camera {port} cannot be opened",
                why="there is none of this number, or another program uses it",
                hint="close that program, or give another camera_port",
            )
        self.port = port
        self._capture = capture
        self._lock = threading.Lock()

    def read(self) -> NDArray | None:
        """Return the next frame; None if there is none."""
        with self._lock:
            is_read, frame = self._capture.read()
        return frame if is_read else None

    def release(self) -> None:
        """Let other programs use the camera."""
        with self._lock:
            self._capture.release()


def _checked(geometry: tuple[int, ...], owner: str) -> tuple[int, ...]:
    """Return the geometry of the neurons: shades of grey have two dimensions."""
    if len(geometry) == 2 or (len(geometry) == 3 and geometry[2] in (1, 3)):
        return geometry[:2] if geometry[2:] == (1,) else geometry
    raise ShapeError(
        f"the geometry of {'an' if owner[0] in 'AEIOU' else 'a'} {owner} is {geometry}",
        hint="give (height, width) for shades of grey, or (height, width, 3) for colours",
    )


def _extents(shape: tuple[int, ...]) -> str:
    return f"{shape[0]} x {shape[1]}"


# -- pictures as arrays -----------------------------------------------------------------


def _read(source: Any, owner: str) -> NDArray[np.float64]:  # Any: whatever a user gives
    """Return the pixels, (height, width) or (height, width, channels), between 0 and 1."""
    if isinstance(source, np.ndarray):
        return _as_unit(source, owner)
    if isinstance(source, io.TextIOBase):
        raise ArgumentTypeError(
            f"{owner}: the file of a picture is open for reading text",
            hint='open it for reading bytes: open(filename, "rb")',
        )
    if hasattr(source, "read"):
        return _as_unit(_decoded(source, "a picture", owner), owner)
    if not isinstance(source, str | os.PathLike):
        raise ArgumentTypeError(
            f"{owner}: a picture cannot be {reprlib.repr(source)}",
            hint="give the name of a file, an open file, or an array: np.asarray(image)",
        )
    path = existing_path(source, "a picture", owner=owner)
    return _as_unit(_decoded(path, repr(str(path)), owner), owner)


def _decoded(file: Any, name: str, owner: str) -> NDArray:  # Any: a path or what can be read
    """Return what the file of a picture holds: grey, or red, green and blue."""
    pillow = _library("PIL.Image", "pillow", f"{owner}: the file of a picture")
    try:
        with pillow.open(file) as image:
            upright = import_module("PIL.ImageOps").exif_transpose(image)
            return _array_of(upright)
    except import_module("PIL").UnidentifiedImageError:
        raise ArgumentError(
            f"{owner}: {name} is no picture that Pillow can read",
            hint="give a .png, .jpg or .tif file, for instance",
        ) from None
    # What Pillow raises for files that are missing, damaged or far too large.
    except (OSError, SyntaxError, ValueError, struct.error, pillow.DecompressionBombError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ArgumentError(f"{owner}: {name} cannot be read: {reason}") from error


def _array_of(image: Any) -> NDArray:  # Any: an image of Pillow
    if image.mode == "I":  # how Pillow reads many files of 16 bits
        pixels = np.asarray(image)
        is_short = pixels.min() >= 0 and pixels.max() <= np.iinfo(np.uint16).max
        return pixels.astype(np.uint16) if is_short else pixels
    if image.mode == "F" or image.mode.startswith("I;16"):
        return np.asarray(image)
    return np.asarray(image.convert("L" if image.mode in _GREY_MODES else "RGB"))


def _as_unit(pixels: NDArray, owner: str) -> NDArray[np.float64]:
    """Return numbers between 0 and 1; whole ones as parts of the largest of their type."""
    is_picture = pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] in _CHANNELS)
    if not is_picture or not pixels.size:
        raise ShapeError(
            f"{owner}: a picture has shape {pixels.shape}",
            hint="give (height, width), or (height, width, channels) with 1, 3 or 4 channels",
        )
    is_float, is_flag = pixels.dtype.kind == "f", pixels.dtype.kind == "b"
    is_whole = pixels.dtype.kind == "u" and pixels.dtype.itemsize <= 2
    if np.ma.is_masked(pixels) or not (is_float or is_flag or is_whole):
        raise ArgumentTypeError(
            f"{owner}: the pixels of a picture are {_kind(pixels)}",
            hint="give floats between 0 and 1, or bytes between 0 and 255: array.astype(np.uint8)",
        )
    if is_whole:
        return pixels / float(np.iinfo(pixels.dtype).max)
    if not (pixels.min() >= 0.0 and pixels.max() <= 1.0):  # nor is NaN between them
        raise ArgumentError(
            f"{owner}: the pixels of a picture reach from {pixels.min():g} to {pixels.max():g}",
            why="a float is a part of the largest brightness, which is 1",
            hint="divide by the largest value, or give bytes: array.astype(np.uint8)",
        )
    return np.asarray(pixels, dtype=np.float64)


def _kind(pixels: NDArray) -> str:
    return "masked" if np.ma.is_masked(pixels) else f"of type {pixels.dtype}"


def _with_channels(pixels: NDArray[np.float64], *, is_colour: bool) -> NDArray[np.float64]:
    """Return (height, width, 3), or (height, width) without colours."""
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[..., 0]
    if pixels.ndim == 2:
        return np.repeat(pixels[..., None], 3, axis=2) if is_colour else pixels
    return pixels[..., :3] if is_colour else pixels[..., :3] @ np.array(_LUMA)


def _resized(pixels: NDArray[np.float64], n: int, axis: int) -> NDArray[np.float64]:
    """Return the means over `n` parts of equal extent; a pixel may belong to several in part."""
    extent = pixels.shape[axis]
    if extent == n:
        return pixels
    rows = np.moveaxis(pixels, axis, 0)
    sums = np.concatenate([np.zeros_like(rows[:1]), np.cumsum(rows, axis=0)])
    borders = np.arange(n + 1) * extent / n
    whole = np.minimum(borders.astype(np.intp), extent - 1)
    parts = (borders - whole).reshape(-1, *[1] * (rows.ndim - 1))
    means = np.diff(sums[whole] + parts * rows[whole], axis=0) * (n / extent)
    return np.moveaxis(means, 0, axis)


def _library(module: str, package: str, needed_by: str) -> Any:  # Any: it need not be there
    """Import a library, or say what to do."""
    try:
        return import_module(module)
    except ImportError as error:
        # Not annlab[image]: that name on PyPI is another package.
        raise ConfigurationError(
            f"{needed_by} needs the package {package}, which cannot be imported: {error}",
            hint=f"pip install {package}; in a checkout of annlab: pip install '.[image]'",
        ) from error


__all__ = ["ImagePopulation", "VideoPopulation"]
