"""Knows how fast a graph runs: processor time an image, by the size of the batch.

Does not know what the graph computes.
"""

import time

import numpy as np

from digitgan.contract.card import Speed
from digitgan.contract.latents import seeds_to_latents
from training.graphs.parity import OnnxGenerator

BATCHES = (1, 16, 64, 256)
_REPEATS = 6
_METHOD = (
    f"processor time of one thread in onnxruntime's CPU provider, divided by the images of a run; the fastest run of "
    f"{_REPEATS * max(BATCHES):,} images"
)


def measure(generator: OnnxGenerator, latent_size: int, beside: OnnxGenerator | None = None) -> Speed:
    """Return how fast a graph runs here, and where another is given, how fast that one does.

    The two take turns, so that whatever else the machine does slows both. Processor time leaves out the waiting for a
    processor that others use, and the fastest run is the one that they disturbed least.

    Args:
        generator: of the model contract.
        latent_size: components of its latents.
        beside: the fp32 graph that it is a variant of.
    """
    generators = [generator, beside] if beside else [generator]
    latent = seeds_to_latents(range(max(BATCHES)), latent_size)
    fastest = np.full((len(generators), len(BATCHES)), np.inf)  # seconds an image
    for _ in range(_REPEATS):
        for column, size in enumerate(BATCHES):
            for row, each in enumerate(generators):
                for first in range(0, len(latent), size):
                    start = time.thread_time()
                    each.run(latent[first : first + size])
                    fastest[row, column] = min(fastest[row, column], (time.thread_time() - start) / size)
    own, *others = [dict(zip(BATCHES, map(_microseconds, row), strict=True)) for row in fastest]
    return Speed(method=_METHOD, microseconds=own, fp32_microseconds=others[0] if others else None)


def _microseconds(seconds: float) -> float:
    return round(float(seconds) * 1e6, 1)
