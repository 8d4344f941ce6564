"""Measure an upper limit of this machine: from seeds to the bytes of an answer in one process, without HTTP.

python -m bench.chain --processes 2 --images 256
"""

import argparse
import json
import multiprocessing
from functools import partial
from multiprocessing.synchronize import Barrier
from time import perf_counter

import orjson
import pybase64

from bench.apps.ways import ROOT
from digitgan.engine.onnx_backend import OnnxBackend
from digitgan.engine.plan import Plan
from digitgan.engine.repository import Repository
from digitgan.engine.source import Seeds
from digitgan.png.encoder import encode

_BATCH_IMAGES = 64


def answer(generator: OnnxBackend, seeds: list[int]) -> bytes:
    """Return the body of the answer to a request for some seeds."""
    plan, size = Plan(source=Seeds(seeds)), generator.card.latent_size
    images = []
    for start in range(0, len(seeds), _BATCH_IMAGES):
        stop = min(start + _BATCH_IMAGES, len(seeds))
        made = generator.run(plan.rows(start, stop, size))
        labels = made.labels.tolist() if made.labels is not None else [None] * (stop - start)
        images += [
            {"seed": seed, "label": label, "png": pybase64.b64encode_as_string(png)}
            for seed, label, png in zip(seeds[start:stop], labels, encode(made.pixels), strict=True)
        ]
    return orjson.dumps({"model": generator.card.model, "version": generator.card.version, "images": images})


def _measure(model: str, images: int, threads: int, seconds: float, together: Barrier) -> float:
    """Return the images a second of one process, started together with the others."""
    load = partial(OnnxBackend, provider="cpu", threads=threads, batch_images=_BATCH_IMAGES)
    [generator] = [each for each in Repository(ROOT / "exported", load).load() if each.card.model == model]
    assert isinstance(generator, OnnxBackend)
    answer(generator, list(range(images)))
    together.wait()
    started, n = perf_counter(), 0
    while (passed := perf_counter() - started) < seconds:
        answer(generator, list(range(n, n + images)))
        n += images
    return n / passed


def main() -> None:
    """Print the images a second of all processes, as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="mlp")
    parser.add_argument("--images", type=int, default=256)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=2.0)
    given = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, context.Pool(given.processes) as pool:
        together = manager.Barrier(given.processes)
        job = (given.model, given.images, given.threads, given.seconds, together)
        rates = pool.starmap(_measure, [job] * given.processes, chunksize=1)
    print(json.dumps({"images_per_s": sum(rates)}))


if __name__ == "__main__":
    main()
