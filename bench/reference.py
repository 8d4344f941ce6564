"""Compare the pictures of a server with those that its model draws in process.

Servers make the latents of a seed in one of two ways, so each is compared with the pictures of its own way.
"""

import base64
import io
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.apps.ways import MODEL, feeds, way
from digitgan.engine.runtime import onnxruntime


def difference(way_name: str, seeds: list[int], pictures: list[str]) -> int:
    """Return the largest difference in grey levels between pictures and the expected ones.

    Args:
        way_name: the way in which latents were made from the seeds.
        seeds: the seeds of the pictures.
        pictures: PNGs in base64.
    """
    [wanted] = _session().run(["image"], feeds(way(way_name).latents(seeds)))
    return int(np.abs(_decoded(pictures).astype(int) - wanted).max())


@lru_cache(maxsize=1)
def _session() -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(MODEL, providers=["CPUExecutionProvider"])


def _decoded(pictures: list[str]) -> NDArray[np.uint8]:
    return np.stack([np.asarray(Image.open(io.BytesIO(base64.b64decode(each)))) for each in pictures])
