"""Knows generated images for the renderers to show, and how any decoder reads a PNG. Does not know models."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from service.engine.backend import Images
from service.engine.engine import Generated
from tests.cards import a_card


def generated(n: int, *, height: int = 2, width: int = 3, seeds: bool = True, labels: bool = True) -> Generated:
    """Return n images of random pixels, with seeds 100, 101, ... and labels 0, 1, ..."""
    pixels = np.random.default_rng(n).integers(0, 256, (n, height, width), np.uint8)
    images = Images(pixels, np.arange(n) if labels else None)
    return Generated(a_card(), list(range(100, 100 + n)) if seeds else None, images, queue_s=0.0, model_s=0.0)


def decoded(png: bytes) -> NDArray[np.uint8]:
    """Return a greyscale PNG's pixels: uint8 (height, width)."""
    with Image.open(io.BytesIO(png)) as image:
        assert image.format == "PNG"
        assert image.mode == "L"
        return np.asarray(image)
