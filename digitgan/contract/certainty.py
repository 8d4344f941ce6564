"""How surely a picture was read: the two figures that the training bounds in a card, and the service refuses beyond."""

import numpy as np
from numpy.typing import NDArray


def confidences(scores: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the probability of the likeliest class by softmax: float64 (N,), 0 to 1.

    Args:
        scores: of N latents for C classes, (N, C).
    """
    wide = scores.astype(np.float64)
    relative: NDArray[np.float64] = np.exp(wide - wide.max(axis=1, keepdims=True)).sum(axis=1)
    return 1 / relative  # the likeliest class is 1 of the sum


def errors(images: NDArray[np.uint8], drawn: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return how far drawn images are from others: float64 (N,), root mean squares in grey levels, 0 to 255.

    Args:
        images: uint8 (N, H, W).
        drawn: uint8 (N, H, W).
    """
    root: NDArray[np.float64] = np.sqrt(np.square(images.astype(np.float64) - drawn).mean(axis=(1, 2)))
    return root
