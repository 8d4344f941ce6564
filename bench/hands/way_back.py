"""How near a hand comes to the digit that it was read from, and how near the best of all styles comes."""

from collections.abc import Mapping
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from bench.hands.models import Encoded, Images, Labels, Model, Styles, rounded
from digitgan.contract.certainty import errors
from digitgan.contract.latents import seeds_to_latents
from training.choices import FIRST_SEED
from training.graphs.reading import generator_of
from training.metrics.judge import Judge
from training.networks.base import Generator

_SEEDS = 1_000_000
_ROUNDS = 200  # runs that are timed
_STEPS, _LEARNING_RATE = 400, 0.08  # of Adam, for the optimum
_PULL = 0.02  # weight of a style's squared norm beside its mean squared error / 100
_TOGETHER = 50  # styles that are optimised at once, so that activations stay in the cache


def measure(
    model: Model,
    graph: Path,
    images: Images,
    labels: Labels,
    encoded: Encoded,
    judges: Mapping[str, Judge],
    *,
    every: int,
) -> dict[str, Any]:
    """Return the figures of the way back.

    Args:
        model: whose encoder and generator are measured.
        graph: the generator's file, for the optimum.
        images: real digits, uint8 (N, 28, 28).
        labels: theirs, (N,).
        encoded: what the model's encoder makes of them.
        judges: by name; they read the digits that are drawn.
        every: one of so many digits is in the subset for the optimum.
    """
    kept = rounded(encoded.styles)
    exact, token = (model.draw(styles, encoded.labels) for styles in (encoded.styles, kept))
    some = slice(None, None, every)
    generator = generator_of(onnx.load(graph), model.card.style_size, model.card.n_classes)
    optimum = {"as encoded": _row(exact[some], images[some], encoded.styles[some])}
    for name, start, pull in (
        ("gradient, from the encoder's style", encoded.styles[some], 0.0),
        ("gradient, from zero", np.zeros_like(encoded.styles[some]), 0.0),
        ("gradient, from zero, pulled to likely styles", np.zeros_like(encoded.styles[some]), _PULL),
    ):
        styles = best_styles(generator, images[some], labels[some], start, pull, _STEPS)
        optimum[name] = _row(model.draw(styles, labels[some]), images[some], styles)
    found = model.encoder_card.encoder
    assert found is not None
    return {
        "digits": len(images),
        "label_accuracy": float(np.mean(encoded.labels == labels)),
        "seeds_norm_p95": _seeds_norm(kept.shape[1]),
        "rows": {
            "as encoded": _row(exact, images, encoded.styles) | {"read": _read(judges, exact, labels)},
            "as the token keeps it": _row(token, images, kept) | {"read": _read(judges, token, labels)},
        },
        "optimum": {"digits": len(images[some]), "steps": _STEPS, "rows": optimum},
        "nearest_generated": {"n": found.n_generated, "rms": found.nearest_generated.root_mean_square_error},
        "mean_digit": {"rms": found.mean_digit.root_mean_square_error},
        "cpu_ms": {str(n): _cpu_ms(model, images[:n]) for n in (1, 16)},
    }


def best_styles(
    generator: Generator, images: Images, labels: Labels, start: Styles, pull: float, n_steps: int
) -> Styles:
    """Return the styles that Adam finds, each for its own digit, by gradients through the generator.

    Args:
        generator: in evaluation mode.
        images: uint8 (N, 28, 28).
        labels: of the digits to draw, (N,).
        start: styles, (N, S).
        pull: weight of a style's squared norm beside the mean squared error in grey levels / 100.
        n_steps: of Adam.
    """
    return np.concatenate(
        [
            _descended(generator, images[rows], labels[rows], start[rows], pull, n_steps)
            for rows in (slice(first, first + _TOGETHER) for first in range(0, len(images), _TOGETHER))
        ]
    )


def _descended(
    generator: Generator, images: Images, labels: Labels, start: Styles, pull: float, n_steps: int
) -> Styles:
    targets, asked = torch.from_numpy(images.astype(np.float32)), torch.from_numpy(labels.astype(np.int64))
    styles = torch.from_numpy(start.copy()).requires_grad_()
    adam = torch.optim.Adam([styles], lr=_LEARNING_RATE)
    for _ in range(n_steps):
        drawn = (generator(styles, asked) + 1) * 127.5
        loss = (drawn - targets).square().mean(dim=(1, 2)).sum() / 100 + pull * styles.square().sum()
        adam.zero_grad()
        loss.backward()
        adam.step()
    found: Styles = styles.detach().numpy()
    return found


def _row(drawn: Images, images: Images, styles: Styles) -> dict[str, Any]:
    each = errors(drawn, images)
    return {
        "rms": float(np.sqrt(np.square(each).mean())),
        "median": float(np.median(each)),
        "p95": float(np.quantile(each, 0.95)),
        **_norms(styles),
    }


def _norms(styles: NDArray[np.float32]) -> dict[str, float]:
    norms = np.linalg.norm(styles, axis=1)
    return {
        "norm_mean": float(norms.mean()),
        "norm_p95": float(np.quantile(norms, 0.95)),
        "norm_most": float(norms.max()),
    }


def _seeds_norm(style_size: int) -> float:
    """Return the norm that 95 of 100 seeds' styles do not exceed; so many seeds fix its second decimal."""
    parts = np.arange(FIRST_SEED, FIRST_SEED + _SEEDS).reshape(-1, 10_000)
    norms = [np.linalg.norm(seeds_to_latents(part.tolist(), style_size), axis=1) for part in parts]
    return float(np.quantile(norms, 0.95))


def _read(judges: Mapping[str, Judge], images: Images, labels: Labels) -> dict[str, float]:
    return {name: float(np.mean(judge.read(images).labels == labels)) for name, judge in judges.items()}


def _cpu_ms(model: Model, images: Images) -> float:
    """Return the median milliseconds of processor time of a run."""
    model.encoder.run(images)
    spent = []
    for _ in range(_ROUNDS):
        began = process_time()
        model.encoder.run(images)
        spent.append(process_time() - began)
    return 1000 * median(spent)
