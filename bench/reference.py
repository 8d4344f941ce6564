"""Knows what the pictures of a seed must be, made in process. Does not know servers.

As most write it, a seed has other latents than in this project; each server is held to the way that it goes.
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
    """Return the largest difference in grey levels between pictures and what they must be.

    Args:
        way_name: how the seeds were made latents.
        seeds: of the pictures.
        pictures: PNGs in base64.
    """
    [wanted] = _session().run(["image"], feeds(way(way_name).latents(seeds)))
    return int(np.abs(_decoded(pictures).astype(int) - wanted).max())


@lru_cache(maxsize=1)
def _session() -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(MODEL, providers=["CPUExecutionProvider"])


def _decoded(pictures: list[str]) -> NDArray[np.uint8]:
    return np.stack([np.asarray(Image.open(io.BytesIO(base64.b64decode(each)))) for each in pictures])
