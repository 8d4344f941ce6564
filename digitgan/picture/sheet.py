"""Layouts of small pictures in larger ones: contact sheets, strips, stacks, and one picture in the middle."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def sheet(images: NDArray[np.uint8], columns: int, padding: int = 0, scale: int = 1) -> NDArray[np.uint8]:
    """Return one picture of all images, row by row: uint8 (height, width[, 3]), black between and around them.

    With R = ceil(N / columns) rows, height is ``(R * (H + padding) + padding) * scale`` and width
    ``(columns * (W + padding) + padding) * scale``.

    Args:
        images: uint8 (N, H, W), or (N, H, W, 3) in colour, N at least 1.
        columns: pictures in a row, at least 1.
        padding: black pixels between pictures and around them, before scaling.
        scale: side of the square that each pixel becomes, at least 1.
    """
    n, height, width, *channels = images.shape
    n_full, n_left = divmod(n, columns)
    rows = n_full + (n_left > 0)
    down, across = height + padding, width + padding
    page = np.zeros((rows * down + padding, columns * across + padding, *channels), np.uint8)
    cells = page[padding:, padding:].reshape(rows, down, columns, across, *channels)
    cells = cells[:, :height, :, :width].swapaxes(1, 2)
    cells[:n_full] = images[: n_full * columns].reshape(n_full, columns, *images.shape[1:])
    cells[n_full:, :n_left] = images[n_full * columns :]
    return page.repeat(scale, axis=0).repeat(scale, axis=1) if scale > 1 else page


def strip(images: NDArray[np.uint8], gap: int = 0) -> NDArray[np.uint8]:
    """Return images side by side: uint8 (H, N * (W + gap) - gap), without a margin.

    Args:
        images: uint8 (N, H, W), N at least 1.
        gap: black pixels between two images.
    """
    n, height, width = images.shape
    row = np.zeros((height, n, width + gap), np.uint8)
    row[:, :, :width] = images.swapaxes(0, 1)
    return row.reshape(height, n * (width + gap))[:, : n * (width + gap) - gap]


def stack(strips: Sequence[NDArray[np.uint8]], padding: int = 0) -> NDArray[np.uint8]:
    """Return strips below each other, aligned on the left: uint8 (height, width), black between and around them.

    Args:
        strips: at least one, each uint8 (H, any width).
        padding: black pixels between strips and around them.
    """
    height, width = len(strips[0]), max(each.shape[1] for each in strips)
    page = np.zeros((len(strips) * (height + padding) + padding, width + 2 * padding), np.uint8)
    for row, each in enumerate(strips):
        top = padding + row * (height + padding)
        page[top : top + height, padding : padding + each.shape[1]] = each
    return page


def centre(image: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """Return a picture with the ink of an image in its middle: uint8 (height, width), black around it.

    Args:
        image: uint8 (H, W), whose ink is at most as high and as wide as the picture.
        height: rows of the picture.
        width: columns of it.
    """
    page = np.zeros((height, width), np.uint8)
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    if len(rows):
        ink = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        top, left = (height - ink.shape[0]) // 2, (width - ink.shape[1]) // 2
        page[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return page
