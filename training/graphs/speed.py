"""Measures how fast a graph runs: processor time per image, by batch size."""

import time

import numpy as np

from digitgan.contract.card import Speed
from digitgan.contract.latents import seeds_to_latents

from .sessions import GeneratorSession

BATCHES = (1, 16, 64, 256)
_REPEATS = 6
_METHOD = (
    f"processor time of one thread in onnxruntime's CPU provider, divided by the images of a run; the fastest run of "
    f"{_REPEATS * max(BATCHES):,} images"
)


def measure(generator: GeneratorSession, latent_size: int, beside: GeneratorSession | None = None) -> Speed:
    """Return how fast a graph runs on this machine and, if another graph is given, how fast that one runs.

    The two take turns, so that other load on the machine slows both. Processor time excludes waiting for a processor,
    and the fastest run is the least disturbed one.

    Args:
        generator: of the model contract.
        latent_size: components of its latents.
        beside: the fp32 graph of which it is a variant.
    """
    generators = [generator, beside] if beside else [generator]
    latent = seeds_to_latents(range(max(BATCHES)), latent_size)
    fastest = np.full((len(generators), len(BATCHES)), np.inf)  # seconds per image
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
