"""The two ways from seeds to PNG files that the servers are measured with.

`numpy` is how most people would write it: one random generator and one PNG encoder for each picture. `project` is this
project's own code. In the servers of others it shows which part of a difference comes from that code, and which part
from the server.
"""

import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "exported" / "mlp" / "1" / "model.onnx"
LATENT_SIZE = 100


@dataclass(frozen=True)
class Way:
    """Functions from seeds to latents, float32 (N, L), and from pixels, uint8 (N, H, W), to PNG files."""

    latents: Callable[[list[int]], NDArray[np.float32]]
    pngs: Callable[[NDArray[np.uint8]], list[bytes]]


def chosen() -> Way:
    """Return the way that BENCH_WAY names in the environment."""
    return way(os.environ.get("BENCH_WAY", "numpy"))


def way(name: str) -> Way:
    """Return the way with a name, `numpy` or `project`."""
    if name == "project":
        from digitgan.contract.latents import seeds_to_latents
        from digitgan.png.encoder import encode

        return Way(lambda seeds: seeds_to_latents(seeds, LATENT_SIZE), encode)
    return Way(_latents, _pngs)


def feeds(latents: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    """Return the inputs of the exported perceptron."""
    return {"latent": latents, "truncation": np.ones(len(latents), np.float32)}


def _latents(seeds: list[int]) -> NDArray[np.float32]:
    return np.stack([np.random.default_rng(seed).standard_normal(LATENT_SIZE, np.float32) for seed in seeds])


def _pngs(pixels: NDArray[np.uint8]) -> list[bytes]:
    from PIL import Image

    files = []
    for picture in pixels:
        file = io.BytesIO()
        Image.fromarray(picture).save(file, "PNG")
        files.append(file.getvalue())
    return files
