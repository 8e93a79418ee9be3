"""Pictures of users as the bytes of a file.

Takes arrays, returns grey levels, mosaics of them and PNG. Knows nothing of TensorBoard.

Source: PNG (Portable Network Graphics) Specification, third edition, W3C (2025), sections 5, 9
and 11.
"""

from __future__ import annotations

import math
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annlab.calls import warn
from annlab.errors import ShapeError
from annlab.extensions.tensorboard.arguments import read_array

_WHITE = 255


def read_images(img: object, what: str, *, is_stack: bool) -> NDArray[Any]:
    """Return pictures (n, height, width, 1 or 3)."""
    array = read_array(img, what)
    images = array if is_stack else array[np.newaxis]
    images = images[..., np.newaxis] if images.ndim == 3 else images
    if images.ndim != 4 or images.shape[-1] not in (1, 3):
        n = "n, " if is_stack else ""
        why = f"pictures are ({n}height, width), ({n}height, width, 1) or ({n}height, width, 3)"
        other = "add_image() takes a single picture" if is_stack else "add_images() takes several"
        raise ShapeError(f"{what} has the shape {array.shape}", why=why, hint=other)
    return images


def stretched(images: NDArray[Any], *, is_each: bool = False) -> NDArray[np.float64]:
    """Return values from 0 to 1: of all pictures, or of each."""
    values = images.astype(np.float64)
    axes = (1, 2, 3) if is_each else None
    low, high = (bound(values, axis=axes, keepdims=True) for bound in (np.min, np.max))
    return (values - low) / np.where(high > low, high - low, 1.0)


def to_bytes(images: NDArray[Any], what: str) -> NDArray[np.uint8]:
    """Return levels from 0 to 255 of values from 0 to 1, or of what has levels already."""
    if images.dtype == np.uint8:
        return images
    values = images.astype(np.float64)
    clipped = np.clip(values, 0.0, 1.0)
    if (clipped != values).any():
        # The values are not told: warnings of one text are shown once.
        warn(f"{what} has values beyond 0 to 1, which are clipped; equalize=True stretches them")
    return np.rint(clipped * _WHITE).astype(np.uint8)


def mosaic(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return pictures (n, height, width, channels) side by side; places left over are black."""
    n, height, width, n_channels = images.shape
    n_columns = math.isqrt(n - 1) + 1
    n_rows = -(-n // n_columns)
    places = np.zeros((n_rows * n_columns, height, width, n_channels), np.uint8)
    places[:n] = images
    table = places.reshape(n_rows, n_columns, height, width, n_channels).swapaxes(1, 2)
    return table.reshape(n_rows * height, n_columns * width, n_channels)


def to_png(picture: NDArray[np.uint8]) -> bytes:
    """Return a picture (height, width, 1 or 3) as a PNG, for which Pillow is not needed."""
    height, width, n_channels = picture.shape
    kind = {1: 0, 3: 2}[n_channels]
    header = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    # Each line begins with the number of its filter: 0, none.
    lines = np.pad(picture.reshape(height, -1), ((0, 0), (1, 0)))
    data = zlib.compress(lines.tobytes())
    chunks = (_chunk(b"IHDR", header), _chunk(b"IDAT", data), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


__all__ = ["mosaic", "read_images", "stretched", "to_bytes", "to_png"]
