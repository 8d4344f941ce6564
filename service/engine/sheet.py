"""Knows how many small pictures are laid out as one: contact sheets and strips, by columns, padding and scale.

Does not know PNG, seeds or what the pictures show.
"""

import numpy as np
from numpy.typing import NDArray


def sheet(images: NDArray[np.uint8], columns: int, padding: int = 0, scale: int = 1) -> NDArray[np.uint8]:
    """Return one picture of all images, row by row: uint8 (height, width), black where nothing stands.

    With R = ceil(N / columns) rows, height is ``(R * (H + padding) + padding) * scale`` and width
    ``(columns * (W + padding) + padding) * scale``. A strip is a sheet whose columns equal N.

    Args:
        images: uint8 (N, H, W), N at least 1.
        columns: pictures a row, at least 1.
        padding: black pixels between pictures and around them, before scaling.
        scale: each pixel becomes a square of this side, at least 1.
    """
    n, height, width = images.shape
    rows = -(-n // columns)
    cells = np.zeros((rows * columns, height + padding, width + padding), np.uint8)
    cells[:n, padding:, padding:] = images
    grid = cells.reshape(rows, columns, height + padding, width + padding).swapaxes(1, 2)
    page = grid.reshape(rows * (height + padding), columns * (width + padding))
    return np.pad(page, ((0, padding), (0, padding))).repeat(scale, axis=0).repeat(scale, axis=1)
