"""Pictures for pages: rows of digits, and the time-lapse of a run's sheets, as files or data URIs."""

import base64
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_PADDING = 2
_LEVELS = 16  # levels that suffice for a small moving picture, for fewer bytes
MOST_FRAMES = 100


def strip(images: NDArray[np.uint8], columns: int, scale: int = 2) -> str:
    """Return images (N, H, W) or (N, H, W, 3), row by row, as the data URI of a PNG."""
    n, height, width, *channels = images.shape
    rows = -(-n // columns)
    cell = height + 2 * _PADDING, width + 2 * _PADDING
    padded = np.zeros((rows * columns, *cell, *channels), np.uint8)
    padded[:n, _PADDING:-_PADDING, _PADDING:-_PADDING] = images
    tiled = padded.reshape(rows, columns, *cell, *channels).swapaxes(1, 2)
    sheet = tiled.reshape(rows * cell[0], columns * cell[1], *channels).repeat(scale, axis=0).repeat(scale, axis=1)
    return _uri(_png([Image.fromarray(np.ascontiguousarray(sheet))]))


def time_lapse(paths: Sequence[Path], milliseconds: int = 120) -> tuple[str, int]:
    """Return the sheets' animation as the data URI of an APNG, and its number of frames, at most 100.

    Args:
        paths: the sheets, oldest first, at least one.
        milliseconds: per frame.
    """
    chosen = np.unique(np.linspace(0, len(paths) - 1, min(len(paths), MOST_FRAMES)).round().astype(int))
    return _uri(animation([paths[index] for index in chosen], milliseconds)), len(chosen)


def animation(paths: Sequence[Path], milliseconds: int) -> bytes:
    """Return an APNG that shows sheets one after another, in 16 levels of each channel, and stays on the last.

    Args:
        paths: of sheets, in which each pixel is doubled; the animation has each pixel once.
        milliseconds: per frame.
    """
    frames = []
    for path in paths:
        with Image.open(path) as sheet:
            levels = np.asarray(sheet)[::2, ::2]
        step = 255 // (_LEVELS - 1)
        frames.append(Image.fromarray(((levels.astype(np.uint16) + step // 2) // step * step).astype(np.uint8)))
    return _png(frames, [milliseconds] * (len(frames) - 1) + [3_000])


def _uri(file: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(file).decode()


def _png(frames: Sequence[Image.Image], durations: Sequence[int] = ()) -> bytes:
    file = io.BytesIO()
    moving = {"save_all": True, "append_images": frames[1:], "duration": list(durations), "loop": 0}
    frames[0].save(file, format="PNG", optimize=True, **(moving if len(frames) > 1 else {}))
    return file.getvalue()
