"""Measure model runs on a device beside those on one processor, by the number of images in a run.

docs/benchmarks/gpu.md says what to expect of a GPU. The figures include the copies to and from the device.

    python -m bench.device --provider cuda
"""

import argparse
from functools import partial
from statistics import median
from typing import get_args

import numpy as np

from bench.apps.ways import ROOT
from bench.runtime import timed
from digitgan.contract.card import read_card, read_model_file
from digitgan.contract.latents import seeds_to_latents
from digitgan.engine.backend import ProviderName, Rows
from digitgan.engine.onnx_backend import OnnxBackend
from digitgan.engine.plan import OWN_CLASS

_MODELS = ("mlp", "digits")
_SIZES = (1, 8, 64, 256, 1024)


def _opened(model: str, provider: ProviderName) -> OnnxBackend:
    folder = ROOT / "exported" / model / "1"
    card = read_card(folder)
    return OnnxBackend(card, read_model_file(folder, card), provider=provider, threads=1, batch_images=_SIZES[-1])


def main() -> None:
    """Print a row for each model and size."""
    parser = argparse.ArgumentParser(prog="python -m bench.device", description="Measure model runs on a device.")
    parser.add_argument("--provider", choices=get_args(ProviderName), default="cuda")
    parser.add_argument("--rounds", type=int, default=9)
    given = parser.parse_args()
    print(f"| model | images | {given.provider}: ms a run | images/s | one processor: ms a run | times as many |")
    print("|---|---:|---:|---:|---:|---:|")
    for model in _MODELS:
        both = [_opened(model, provider) for provider in (given.provider, "cpu")]
        for size in _SIZES:
            latents = seeds_to_latents(range(size), both[0].card.latent_size)
            rows = Rows(latents, np.full(size, OWN_CLASS), np.ones(size, np.float32))
            turns = [[timed(partial(each.run, rows))[0] for each in both] for _ in range(given.rounds)]
            device_s, processor_s = (median(turn[i] for turn in turns) for i in (0, 1))
            print(
                f"| `{model}` | {size:,} | {device_s * 1e3:.2f} | {size / device_s:,.0f} | {processor_s * 1e3:.2f} "
                f"| {processor_s / device_s:.1f} |"
            )


if __name__ == "__main__":
    main()
