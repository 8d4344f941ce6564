"""Real handwritten digits, from the sample of MNIST that comes with the training, and files of them."""

import gzip
import io
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.processes import ROOT

_SAMPLE = ROOT / "training/sample"


@cache
def digits() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the test digits of the sample, white on black, and their labels: uint8 (N, 28, 28) and (N,)."""
    images = gzip.decompress((_SAMPLE / "t10k-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((_SAMPLE / "t10k-labels-idx1-ubyte.gz").read_bytes())
    return np.frombuffer(images, np.uint8, offset=16).reshape(-1, 28, 28), np.frombuffer(labels, np.uint8, offset=8)


def file_of(image: NDArray[np.uint8], format: str = "PNG", **options: Any) -> bytes:
    """Return a picture file of pixels.

    Args:
        image: grey, uint8 (H, W).
        format: Pillow's name of it.
        options: of Pillow's encoder.
    """
    file = io.BytesIO()
    Image.fromarray(image).save(file, format, **options)
    return file.getvalue()
