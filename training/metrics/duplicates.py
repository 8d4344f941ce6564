"""Knows how many images of a set are others' exact copies.

Does not know images that are merely alike; `training.metrics.neighbours` sees those as lost recall.
"""

import numpy as np
from numpy.typing import NDArray


def n_duplicates(images: NDArray[np.uint8]) -> int:
    """Return how many of the images (N, H, W) repeat an earlier one, pixel for pixel."""
    return len(images) - len({image.tobytes() for image in images})
