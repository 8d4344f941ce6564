"""A picture depends on its seed, label and model only, not on other requests or on the worker that makes it.

Two worker processes with two threads each answer over real sockets, and every picture of every answer is compared with
the one that is made alone, in this process, with one thread.
"""

import base64
import hashlib
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
import pytest

from digitgan.contract.card import read_card, read_model_file
from digitgan.contract.latents import seeds_to_latents
from digitgan.engine.backend import Rows
from digitgan.engine.onnx_backend import OnnxBackend
from digitgan.engine.plan import OWN_CLASS
from digitgan.png.encoder import encode
from tests.processes import PATIENCE_S, serving

SEEDS = range(48)
MODELS = ("digits", "mlp")
BATCH_IMAGES = 64


def generator(models_dir: Path, model: str, threads: int) -> OnnxBackend:
    folder = models_dir / model / "1"
    card = read_card(folder)
    content = read_model_file(folder, card)
    return OnnxBackend(card, content, provider="cpu", threads=threads, batch_images=BATCH_IMAGES)


def rows(of: OnnxBackend, n: int) -> Rows:
    """Return the rows of seeds 0 .. n - 1."""
    latents = seeds_to_latents(range(n), of.card.latent_size)
    return Rows(latents, np.full(n, OWN_CLASS), np.ones(n, np.float32))


@pytest.fixture(scope="module")
def golden(models_dir: Path) -> dict[tuple[str, int], str]:
    """Return the sha256 of each model's PNG of each seed, made alone; the models reproduce their cards' hashes."""
    hashes = {}
    for model in MODELS:
        alone = generator(models_dir, model, threads=1)
        assert alone.reproduces_card
        each = rows(alone, len(SEEDS))
        for seed in SEEDS:
            one = slice(seed, seed + 1)
            pixels = alone.run(Rows(each.latents[one], each.labels[one], each.truncation[one])).pixels
            hashes[model, seed] = hashlib.sha256(encode(pixels)[0]).hexdigest()
    return hashes


def test_pictures_under_mixed_load_are_those_made_alone(
    golden: dict[tuple[str, int], str],
) -> None:
    chance = random.Random(0)
    requests = [
        (chance.choice(MODELS), chance.choices(SEEDS, k=chance.choice([1, 1, 1, 2, 3, 7, 8, 9, 33, 100, 200])))
        for _ in range(150)
    ]

    def differing(model: str, seeds: list[int]) -> int:
        with httpx.Client(
            base_url=service.url, timeout=PATIENCE_S
        ) as client:  # a new connection each time, to either worker
            answer = client.post("/generate", json={"model": model, "seeds": seeds}).raise_for_status().json()
        pictures = [base64.b64decode(image["png"]) for image in answer["images"]]
        wanted = [golden[model, seed] for seed in seeds]
        return sum(
            hashlib.sha256(picture).hexdigest() != sha256 for picture, sha256 in zip(pictures, wanted, strict=True)
        )

    with serving("--workers", "2", "--threads", "2") as service, ThreadPoolExecutor(16) as clients:
        assert sum(clients.map(lambda request: differing(*request), requests)) == 0


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 2, 3, 4])
@pytest.mark.parametrize("model", MODELS)
def test_no_batch_size_up_to_256_changes_a_picture(models_dir: Path, model: str, threads: int) -> None:
    whole = generator(models_dir, model, threads)
    largest = rows(whole, 256)
    wanted = whole.run(largest).pixels
    for n in range(1, 257):
        part = Rows(largest.latents[:n], largest.labels[:n], largest.truncation[:n])
        np.testing.assert_array_equal(whole.run(part).pixels, wanted[:n])
