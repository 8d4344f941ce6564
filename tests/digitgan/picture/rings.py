"""Images of rings, for tests of how they are drawn."""

import numpy as np
from numpy.typing import NDArray


def rings(n: int, height: int = 28, width: int = 28) -> NDArray[np.uint8]:
    """Return images of rings that differ in size, with grey edges."""
    y, x = np.ogrid[:height, :width]
    squares = (2 * x - width + 1) ** 2 + (2 * y - height + 1) ** 2
    radii = np.arange(n)[:, None, None] + 12
    images: NDArray[np.uint8] = np.clip(255 - 4 * np.abs(squares - radii**2), 0, 255).astype(np.uint8)
    return images
