"""Knows how a report's pictures are made: rows of digits, the time-lapse of the sheets, all as data URIs.

Does not know which digits are shown, nor the page they stand on.
"""

import base64
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_PADDING = 2
_GREYS = 16  # as many levels as the eye needs in a small moving picture; fewer bytes
MOST_FRAMES = 100


def strip(images: NDArray[np.uint8], columns: int, scale: int = 2) -> str:
    """Return images (N, H, W), row by row, as the data URI of a PNG."""
    n, height, width = images.shape
    rows = -(-n // columns)
    padded = np.zeros((rows * columns, height + 2 * _PADDING, width + 2 * _PADDING), np.uint8)
    padded[:n, _PADDING:-_PADDING, _PADDING:-_PADDING] = images
    tiled = padded.reshape(rows, columns, height + 2 * _PADDING, width + 2 * _PADDING).swapaxes(1, 2)
    sheet = tiled.reshape(rows * tiled.shape[1], -1).repeat(scale, axis=0).repeat(scale, axis=1)
    return _uri([Image.fromarray(np.ascontiguousarray(sheet))])


def time_lapse(paths: Sequence[Path], milliseconds: int = 120) -> tuple[str, int]:
    """Return the sheets' animation as the data URI of an APNG, and its number of frames, at most 100.

    Sheets are written with each pixel doubled; here each is shown once, in 16 levels of grey. The last frame stays on.

    Args:
        paths: the sheets, oldest first, at least one.
        milliseconds: a frame.
    """
    chosen = np.unique(np.linspace(0, len(paths) - 1, min(len(paths), MOST_FRAMES)).round().astype(int))
    frames = []
    for index in chosen:
        with Image.open(paths[index]) as sheet:
            levels = np.asarray(sheet.convert("L"))[::2, ::2]
        step = 255 // (_GREYS - 1)
        frames.append(Image.fromarray(((levels.astype(np.uint16) + step // 2) // step * step).astype(np.uint8)))
    return _uri(frames, [milliseconds] * (len(frames) - 1) + [3_000]), len(frames)


def _uri(frames: Sequence[Image.Image], durations: Sequence[int] = ()) -> str:
    file = io.BytesIO()
    moving = {"save_all": True, "append_images": frames[1:], "duration": list(durations), "loop": 0}
    frames[0].save(file, format="PNG", optimize=True, **(moving if len(frames) > 1 else {}))
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
